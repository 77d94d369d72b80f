// Drafts: every field of a return is saved as one types, one request a field, and the page shows what the answer says.
//
// Nothing that was typed is lost: a text stays in the page and in sessionStorage until the server has it; where
// somebody else saved another text meanwhile, both stand under the field until one is chosen. Without this script
// the page works through its buttons.
"use strict";
(() => {
  const form = document.getElementById("return");
  if (!form) return;

  const PAUSE = 600; // milliseconds without a key before a field is saved
  const AGAIN = 5000; // milliseconds before what could not be saved is tried again
  const STORED = `draft|${location.pathname}|`;
  const line = document.getElementById("saved");
  const token = form.querySelector("input[name=csrf_token]");
  const fields = new Map(); // "project|field" -> {version, base, clash, refused, timer}
  let queue = Promise.resolve();
  let trouble = null; // the sentence that says why saving does not work at the moment
  let retry = 0;
  let leaving = false; // a button was pressed; what it does comes after everything is saved
  let passing = false;

  const projectOf = (control) => control.closest("[data-project]").dataset.project;
  const keyOf = (control) => `${projectOf(control)}|${control.dataset.field}`;
  const textOf = (control) => (control.type === "checkbox" ? (control.checked ? "yes" : "") : control.value);
  const controls = () => [...form.querySelectorAll("[data-field]")];

  function shownText(control) {
    if (control.type === "checkbox") return control.defaultChecked ? "yes" : "";
    if (control.tagName !== "SELECT") return control.defaultValue;
    return ([...control.options].find((option) => option.defaultSelected) || control.options[0]).value;
  }

  function controlOf(key) {
    const [project, field] = key.split("|");
    const row = form.querySelector(`[data-project="${CSS.escape(project)}"]`);
    return row && row.querySelector(`[data-field="${CSS.escape(field)}"]`);
  }

  function fieldOf(control) {
    const key = keyOf(control);
    if (!fields.has(key)) {
      const version = Number(control.dataset.version || 0);
      fields.set(key, { version, base: shownText(control), clash: null, refused: null, timer: 0 });
    }
    return fields.get(key);
  }

  function unsaved() {
    return controls().filter((control) => textOf(control) !== fieldOf(control).base);
  }

  // The page ------------------------------------------------------------------------------------------------------

  function element(tag, text, className) {
    const made = document.createElement(tag);
    made.textContent = text || "";
    if (className) made.className = className;
    return made;
  }

  function say(sentence, link) {
    line.replaceChildren(sentence);
    if (!link) return;
    const way = element("a", "重新登录");
    way.href = `/signin?next=${encodeURIComponent(form.dataset.page)}`;
    way.target = "_blank";
    line.append(way);
  }

  function besides(control) {
    return control.closest(".form-row") || control.closest(".return-row").querySelector(".return-head");
  }

  function complain(control, sentence) {
    const place = besides(control);
    let said = place.querySelector(":scope > .refused");
    if (!said) {
      said = element("p", "", "form-fault refused");
      said.setAttribute("role", "alert");
      place.append(said);
    }
    said.textContent = sentence ? `■ ${sentence}` : "";
    said.hidden = !sentence;
  }

  function showClash(control, theirs) {
    const field = fieldOf(control);
    if (field.clash) field.clash.remove();
    const box = element("div", "", "clash");
    box.setAttribute("role", "alert");
    const who = theirs.by ? `${theirs.by}${theirs.at ? `（${theirs.at}）` : ""}` : "别人";
    box.append(element("p", `■ ${who}同时改了这一栏，两份都在：`, "form-fault"));
    const both = element("dl");
    const mine = element("dd", words(control, textOf(control)), "clash-mine");
    both.append(element("dt", "我的"), mine, element("dt", "对方的"), element("dd", words(control, theirs.text), "clash-theirs"));
    const choice = element("p", "", "clash-choice");
    const keep = element("button", "用我的");
    const take = element("button", "用对方的");
    keep.type = take.type = "button";
    choice.append(keep, " ", take);
    box.append(both, choice);
    keep.addEventListener("click", () => settle(control, box, theirs, false));
    take.addEventListener("click", () => settle(control, box, theirs, true));
    field.clash = box;
    besides(control).append(box);
  }

  function words(control, text) {
    if (control.type === "checkbox") return text ? "勾选" : "不勾选";
    return text || "（空）";
  }

  function settle(control, box, theirs, take) {
    const field = fieldOf(control);
    field.clash = null;
    field.version = theirs.version;
    if (take) {
      if (control.type === "checkbox") control.checked = Boolean(theirs.text);
      else put(control, theirs.text);
      field.base = theirs.text;
    } else {
      field.base = null;
    }
    box.remove();
    control.focus();
    save(control, true);
  }

  function put(control, text) {
    if (control.tagName === "SELECT" && ![...control.options].some((option) => option.value === text)) {
      control.append(new Option(text, text));
    }
    control.value = text;
  }

  function showRow(project, answer) {
    const row = form.querySelector(`[data-project="${CSS.escape(project)}"]`);
    row.querySelector("[data-state]").innerHTML = answer.state;
    row.querySelector("[data-ignored]").innerHTML = answer.ignored;
    const tick = row.querySelector("[data-field=unchanged]");
    const mark = fieldOf(tick);
    if (textOf(tick) === mark.base || mark.base === null) tick.checked = answer.unchanged.ticked;
    mark.base = answer.unchanged.ticked ? "yes" : "";
    mark.version = answer.unchanged.version;
    for (const [name, html] of Object.entries(answer.below)) {
      const control = row.querySelector(`[data-field="${CSS.escape(name)}"]`);
      const below = control && document.getElementById(`${control.id}-below`);
      if (!below) continue;
      // What somebody is writing below a field, the answer to a doubt, is left alone; the sentences above it follow.
      const writing = [...below.querySelectorAll("[data-field]")];
      if (writing.some((own) => own === document.activeElement || textOf(own) !== fieldOf(own).base)) {
        const fresh = new DOMParser().parseFromString(html, "text/html");
        for (const old of below.querySelectorAll(":scope > p")) old.remove();
        below.prepend(...fresh.querySelectorAll("body > p"));
        continue;
      }
      if (below.dataset.shown === html) continue;
      below.innerHTML = html;
      below.dataset.shown = html;
      for (const own of below.querySelectorAll("[data-field]")) fields.delete(keyOf(own));
      const faulty = below.querySelector(".form-fault:not(.form-ask)") !== null;
      control.closest(".form-row").classList.toggle("form-row-fault", faulty);
    }
    document.getElementById("title").innerHTML = answer.title;
    const tasks = document.getElementById("tasks");
    const open = tasks.querySelector("details[open]") !== null;
    tasks.innerHTML = answer.tasks;
    const rest = tasks.querySelector("details");
    if (rest) rest.open = open;
    const quiet = document.getElementById("quiet");
    quiet.hidden = !answer.quiet;
    quiet.querySelector("b").textContent = answer.quiet;
  }

  // Saving --------------------------------------------------------------------------------------------------------

  function remember(control) {
    const { version, base } = fieldOf(control);
    const key = STORED + keyOf(control);
    if (textOf(control) === base) sessionStorage.removeItem(key);
    else sessionStorage.setItem(key, JSON.stringify({ text: textOf(control), version }));
  }

  function save(control, anyway) {
    const field = fieldOf(control);
    clearTimeout(field.timer);
    field.timer = 0;
    const key = keyOf(control);
    queue = queue.then(() => send(key, anyway)).catch(() => failed("没有连上，", "连上以后自动再存。"));
    return queue;
  }

  function later(control) {
    const field = fieldOf(control);
    clearTimeout(field.timer);
    field.timer = setTimeout(() => save(control), PAUSE);
  }

  function saveAll() {
    for (const control of unsaved()) save(control);
    return queue;
  }

  async function send(key, anyway) {
    const control = controlOf(key);
    if (!control) return;
    const field = fieldOf(control);
    const text = textOf(control);
    if (field.clash || (!anyway && (text === field.base || text === field.refused))) return;
    if (!trouble) say("正在保存…");
    const [project, name] = key.split("|");
    const answer = await fetch(form.dataset.draft, {
      method: "POST",
      headers: { "X-CSRFToken": token.value },
      body: new URLSearchParams({ project, field: name, text, seen: String(field.version) }),
      keepalive: text.length < 4000,
    });
    if (answer.status === 409) {
      const said = await answer.json();
      working();
      if (said.theirs) showClash(control, said.theirs);
      else field.refused = text;
      complain(control, said.refused || "");
      say(said.theirs ? "有一栏别人也在改，请选用哪一份。" : "这一栏没有存下，内容还在页面上。");
      return;
    }
    if (answer.status === 400 || answer.status === 401 || answer.status === 403) {
      if (await renewed()) return send(key, anyway);
      failed("登录已经结束，", "登录后自动再存。", true);
      return;
    }
    if (answer.status === 404 || answer.status === 413) {
      working();
      field.refused = text;
      complain(control, answer.status === 404 ? "这个项目已不在本月的清单里，没有存下；请抄下内容，再刷新本页。" : "写得太长，没有存下，请删减。");
      return;
    }
    if (!answer.ok || answer.redirected) {
      failed("服务器没有存下，", "稍后自动再试。");
      return;
    }
    const said = await answer.json();
    working();
    field.version = said.version;
    field.base = text;
    field.refused = null;
    remember(control);
    complain(control, "");
    showRow(project, said);
    say(unsaved().length ? "正在保存…" : `已保存 ${said.at}`);
  }

  function failed(what, then, signIn) {
    trouble = what;
    say(`${what}刚才填的还在本页，${then}`, signIn);
    clearTimeout(retry);
    retry = setTimeout(saveAll, AGAIN);
  }

  function working() {
    trouble = null;
    clearTimeout(retry);
  }

  // After signing in anew the page's token is of no use: a fresh copy of the page brings another.
  let tried = "";
  async function renewed() {
    const page = await fetch(form.dataset.page, { headers: { Accept: "text/html" } });
    if (!page.ok || new URL(page.url).pathname !== location.pathname) return false;
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("#return input[name=csrf_token]");
    if (!fresh || fresh.value === tried) return false;
    token.value = tried = fresh.value;
    return true;
  }

  // What happens --------------------------------------------------------------------------------------------------

  form.addEventListener("input", (event) => {
    const control = event.target;
    if (!control.dataset.field) return;
    const { clash } = fieldOf(control);
    if (clash) clash.querySelector(".clash-mine").textContent = words(control, textOf(control));
    remember(control);
    if (control.type === "checkbox" || control.tagName === "SELECT") save(control);
    else later(control);
  });

  form.addEventListener("focusout", (event) => {
    if (event.target.dataset.field && fieldOf(event.target).timer) save(event.target);
  });

  form.addEventListener("keydown", (event) => {
    // Enter saves the field one is in; what sends the return is a button on the next page.
    if (event.key !== "Enter" || event.target.tagName !== "INPUT") return;
    event.preventDefault();
    if (event.target.dataset.field) save(event.target);
  });

  form.addEventListener("submit", async (event) => {
    if (passing) return;
    event.preventDefault();
    if (leaving) return;
    leaving = true;
    const button = event.submitter;
    await saveAll();
    // A form takes no second submission while the first one's event is still under way.
    await new Promise((done) => setTimeout(done));
    const left = unsaved();
    if (left.length) {
      leaving = false;
      if (!trouble) say(`还有 ${left.length} 栏没有存下，请先处理。`);
      const first = left[0];
      for (let at = first.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
      first.focus();
      return;
    }
    // Everything is saved: the button goes alone.
    for (const control of form.querySelectorAll("[data-field], [name^='seen:']")) control.disabled = true;
    passing = true;
    form.requestSubmit(button);
  });

  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    // Brought back by the browser as it was left, while others may have gone on writing.
    location.reload();
  });
  addEventListener("pagehide", saveAll);
  addEventListener("online", saveAll);
  document.addEventListener("visibilitychange", saveAll);

  // What a page left behind that could not save: it goes on from there.
  for (const control of controls()) {
    const stored = sessionStorage.getItem(STORED + keyOf(control));
    if (stored === null) continue;
    const { text, version } = JSON.parse(stored);
    const field = fieldOf(control);
    if (text === field.base) {
      sessionStorage.removeItem(STORED + keyOf(control));
      continue;
    }
    if (control.type === "checkbox") control.checked = Boolean(text);
    else put(control, text);
    field.version = version;
    for (let at = control.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
    save(control);
  }

  // Two texts that the server showed, because the page was sent as a whole.
  for (const box of form.querySelectorAll(".clash[data-field-id]")) {
    const control = document.getElementById(box.dataset.fieldId);
    fieldOf(control).base = null;
    box.remove();
    showClash(control, { text: box.dataset.text, version: Number(box.dataset.version), by: box.dataset.by, at: "" });
  }
})();
