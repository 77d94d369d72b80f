"""Reaching things: two presses from a figure to its projects; every control by keyboard, the focus in sight."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.driving import NARROW, WIDE
from tests.browser.every_page import ALIKE, PAGES, STATES
from tests.browser.month_pages import MONTH_PAGES, People

# Every control that is shown, in the order of the page; and of each that the focus comes to, how it looks then.
# Of choices that exclude one another Tab comes to the chosen one, else the first, and the arrows lead on from there.
_WATCH = """() => {
  const clipped = it => it && (getComputedStyle(it).clipPath !== 'none' || clipped(it.parentElement));
  const controls = [...document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]')]
    .filter(it => !it.disabled && it.type !== 'hidden' && it.tabIndex >= 0)
    .filter(it => it.type !== 'radio' ||
      it === (it.form.querySelector(`[name="${it.name}"]:checked`) ?? it.form.querySelector(`[name="${it.name}"]`)))
    .filter(it => it.checkVisibility({visibilityProperty: true}));
  window.reached = [];
  document.addEventListener('focusin', event => {
    const style = getComputedStyle(event.target), box = event.target.getBoundingClientRect();
    window.reached.push({
      index: controls.indexOf(event.target),
      seen: box.width > 0 && box.height > 0 && box.right > 0 && !clipped(event.target),
      ring: style.outlineStyle === 'solid' && parseFloat(style.outlineWidth) >= 3 || style.boxShadow !== 'none',
      words: event.target.outerHTML.slice(0, 120),
    });
  });
  return controls.map(it => it.outerHTML.slice(0, 120));
}"""
_ROOMS = [name for name in (*PAGES, *STATES) if name not in ALIKE]


def _size(tab: Page, size: tuple[int, int]) -> None:
    tab.emulate_media(color_scheme="light")
    tab.set_viewport_size({"width": size[0], "height": size[1]})


def _tab_to(tab: Page, selector: str) -> None:
    for _ in range(80):
        tab.keyboard.press("Tab")
        if tab.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
    raise AssertionError(f"Tab never comes to {selector}")


def test_two_presses_lead_to_the_projects_behind_28_of_44(tab: Page, every_page: dict[str, str]) -> None:
    # 晋中 stands at 28 completed of 44 in August (published) and September 2024 of the demonstration ledger.
    _size(tab, WIDE)
    tab.goto(every_page["overview-province"])
    row = tab.locator(".ranking tr", has_text="晋中市")
    assert row.locator(".cell-fraction").inner_text() == "28 / 44"
    row.get_by_role("link", name="28 / 44").click()
    assert tab.locator("h1").inner_text() == "晋中市 44 项工程，已完工 28 项"
    assert tab.locator(".projects tbody tr:not(.whole)").count() == 28
    tab.get_by_role("link", name="分母").click()
    assert tab.locator(".projects tbody tr:not(.whole)").count() == 44


@pytest.mark.parametrize("name", _ROOMS)
def test_tab_reaches_every_control_in_the_order_of_the_page(tab: Page, every_page: dict[str, str], name: str) -> None:
    _size(tab, WIDE)
    _reach_all(tab, every_page[name])


def test_tab_reaches_every_control_of_the_month(people: People, long_form: bool) -> None:
    for name in MONTH_PAGES if long_form else list(MONTH_PAGES)[::3]:
        page, address = people.page(name)
        _size(page, WIDE)
        _reach_all(page, address)


@pytest.mark.parametrize("name", ["overview-city", "ranking-city", "list-county", "dossier", "gallery", "not-found"])
def test_tab_reaches_every_control_on_a_phone(tab: Page, every_page: dict[str, str], name: str) -> None:
    _size(tab, NARROW)
    _reach_all(tab, every_page[name])


def _reach_all(tab: Page, address: str) -> None:
    tab.goto(address)
    controls = tab.evaluate(_WATCH)
    assert "跳到正文" in controls[0]
    for presses in range(1, len(controls) + 13):  # Some have several stops: the parts of a date.
        tab.keyboard.press("Tab")
        # Before there were as many presses as controls, the way cannot be at its end.
        if presses >= len(controls) and tab.evaluate("() => document.activeElement === document.body"):
            break
    reached = tab.evaluate("() => window.reached")
    indices = list(dict.fromkeys(entry["index"] for entry in reached))
    assert [controls[index] for index in range(len(controls)) if index not in indices] == []
    assert indices == list(range(len(controls)))
    assert [entry["words"] for entry in reached if not entry["seen"]] == [], "focused but not in sight"
    assert [entry["words"] for entry in reached if not entry["ring"]] == [], "focused without a ring"


@pytest.mark.parametrize("name", ["overview-province", "list-province", "gallery", "no-ledger", "not-found"])
def test_the_skip_link_leads_past_the_bar(tab: Page, every_page: dict[str, str], name: str) -> None:
    _size(tab, WIDE)
    tab.goto(every_page[name])
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.evaluate("() => document.activeElement.id") == "main"
    tab.keyboard.press("Tab")
    assert tab.evaluate("() => !document.activeElement.closest('header')")


def test_the_keyboard_alone_filters_and_sorts(tab: Page, every_page: dict[str, str]) -> None:
    _size(tab, WIDE)
    tab.goto(every_page["list-province"])
    _tab_to(tab, "input[name=q]")
    tab.keyboard.type("wsc")
    _tab_to(tab, "select[name=lamp]")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Tab")
    _tab_to(tab, "thead a, summary")
    tab.keyboard.press("Enter")
    _tab_to(tab, ".asking-columns button")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**q=wsc**lamp=behind**")
    assert "亮灯为预警或提醒，搜索“wsc”" in tab.locator(".shown").inner_text()
    _tab_to(tab, "thead a[href*='sort=-total_investment']")
    tab.keyboard.press("Enter")
    tab.wait_for_url("**sort=-total_investment**")
    sums = [float(words) for words in tab.locator("tbody tr:not(.whole) .key-total_investment").all_inner_texts()]
    assert len(sums) > 1
    assert sums == sorted(sums, reverse=True)
