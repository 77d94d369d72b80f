// Words of a bulletin: figures are put in with a press, what will be printed follows what is typed, and what was not
// saved is still there after the page was left. Without this script the page works through its buttons.
"use strict";
(() => {
  const form = document.getElementById("words");
  if (!form) return;

  const STORED = `words|${location.pathname}|${new URLSearchParams(location.search).get("corrects") || ""}`;
  const said = document.getElementById("said");
  const figures = new Map();
  const fields = [...form.querySelectorAll("[name^='text:']")];
  let last = null; // the text that was written in last, where a pressed figure goes
  let leaving = false;
  form.dataset.live = "";

  const beside = (field, name) => form.elements.namedItem(field.name.replace("text:", `${name}:`));
  const unsaved = () => fields.filter((field) => field.value !== beside(field, "shown").value.replaceAll("\r\n", "\n"));

  function element(tag, text, className) {
    const made = document.createElement(tag);
    made.textContent = text;
    if (className) made.className = className;
    return made;
  }

  // Figures -------------------------------------------------------------------------------------------------------

  for (const line of form.querySelectorAll("[data-mark]")) {
    figures.set(line.dataset.mark, line.dataset.value);
    const press = element("button", `【${line.dataset.mark}】`, "words-mark");
    press.type = "button";
    press.addEventListener("click", () => put(line.dataset.mark));
    line.querySelector("code").replaceWith(press);
  }
  const explained = form.querySelector(".words-figures .note");
  if (explained) explained.textContent = "点一个标记，就写进您刚才在写的那一段。";
  const panel = form.querySelector(".words-figures > details");
  if (panel && matchMedia("(min-width: 1181px)").matches) panel.open = true;

  function put(mark) {
    if (!last) {
      say("请先点一下要写进的那一段文字，再点标记。");
      return;
    }
    last.focus();
    const from = last.selectionStart;
    const begun = last.value[from - 1] === "【" ? 1 : 0; // somebody began to type the mark
    last.setRangeText(`【${mark}】`, from - begun, last.selectionEnd, "end");
    last.dispatchEvent(new Event("input", { bubbles: true }));
  }

  // What will be printed ------------------------------------------------------------------------------------------

  function fill(field) {
    const shown = document.getElementById(`${field.id}-shown`);
    if (!shown) return;
    const lines = field.value.split("\n").map((line) => line.trim()).filter(Boolean);
    shown.replaceChildren(...lines.map(paragraph));
    if (!lines.length) shown.append(element("p", "（这一部分没有文字，只印标题）", "muted"));
  }

  function paragraph(line) {
    const made = document.createElement("p");
    line.split(/【([^【】]*)】/).forEach((run, at) => {
      const mark = run.trim();
      if (at % 2 === 0) made.append(run);
      else if (figures.has(mark)) made.append(element("span", figures.get(mark), "figure-in-text"));
      else made.append(element("span", `【${run}】`, "figure-unknown"));
    });
    return made;
  }

  // What is not saved ---------------------------------------------------------------------------------------------

  function say(sentence) {
    if (said) said.textContent = sentence;
  }

  function count() {
    const left = unsaved().length;
    say(left ? `有 ${left} 处没有保存。` : "");
  }

  function remember() {
    const left = unsaved();
    if (!left.length) {
      sessionStorage.removeItem(STORED);
      return;
    }
    const kept = left.map((field) => [field.name, field.value, beside(field, "shown").value, beside(field, "seen").value]);
    sessionStorage.setItem(STORED, JSON.stringify(kept));
  }

  form.addEventListener("focusin", (event) => {
    if (event.target.dataset.marks !== undefined) last = event.target;
  });
  form.addEventListener("input", (event) => {
    if (!fields.includes(event.target)) return;
    fill(event.target);
    remember();
    count();
  });
  form.addEventListener("submit", () => {
    leaving = true;
  });
  addEventListener("beforeunload", (event) => {
    if (!leaving && unsaved().length) event.preventDefault();
  });
  addEventListener("pageshow", () => {
    leaving = false;
  });

  // The server's answer to what was sent shows it all; only a page opened anew takes up what was left behind.
  const address = new URL(location.href);
  if (form.dataset.answer !== undefined) remember();
  if (address.searchParams.has("saved")) {
    address.searchParams.delete("saved"); // opened again, it is a page opened anew
    history.replaceState(null, "", address);
  }
  const kept = JSON.parse(sessionStorage.getItem(STORED) || "[]");
  if (kept.length && !unsaved().length) {
    for (const [name, text, shown, seen] of kept) {
      const field = form.elements.namedItem(name);
      if (!field) continue;
      field.value = text;
      beside(field, "shown").value = shown;
      beside(field, "seen").value = seen;
      fill(field);
    }
    say(`上次没有保存的 ${unsaved().length} 处已放回，请核对后保存。`);
  }
})();
