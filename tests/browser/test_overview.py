"""The pages in a real browser: nothing overflows, the keyboard reaches everything, and no script is needed."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage
from tests.browser.driving import DESKS, HANDS, NARROW, scrolls_sideways
from tests.browser.every_page import PAGES

_FOCUS = """() => {
  const at = document.activeElement, style = getComputedStyle(at), box = at.getBoundingClientRect();
  return {name: at.getAttribute('name') || at.textContent.trim(),
          outline: style.outlineStyle + ' ' + style.outlineWidth,
          seen: box.width > 0 && box.height > 0 && box.right > 0};
}"""


@pytest.mark.parametrize("sizes", [DESKS, HANDS], ids=["desk", "hand"])
def test_no_page_scrolls_sideways_or_complains(
    open_page: OpenPage, address: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    page = open_page(sizes[0], touch=sizes == HANDS)
    for name, target in PAGES.items():
        if name.startswith("not-found"):
            continue  # Chromium itself writes every 404 to the console.
        page.goto(address + target)
        assert scrolls_sideways(page, sizes) == [], name


def _tabbed(page: Page, presses: int) -> list[dict[str, object]]:
    found = []
    for _ in range(presses):
        page.keyboard.press("Tab")
        found.append(page.evaluate(_FOCUS))
    return found


@pytest.mark.parametrize("dark", [False, True])
def test_tab_reaches_the_choosers_with_a_visible_ring(open_page: OpenPage, address: str, dark: bool) -> None:
    page = open_page(dark=dark)
    page.goto(f"{address}/overview/2024-08/14")
    reached = _tabbed(page, 40)
    names = [entry["name"] for entry in reached]
    assert names[:9] == ["跳到正文", "一泓台账", "总览", "排名", "清单", "通报", "month", "area", "查看"]
    assert all(entry["outline"] == "solid 3px" and entry["seen"] for entry in reached)


def test_the_skip_link_leads_to_the_text(open_page: OpenPage, address: str) -> None:
    page = open_page()
    page.goto(f"{address}/overview/2024-08/14")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("() => document.activeElement.id") == "main"


def test_month_and_area_change_without_scripts(open_page: OpenPage, address: str) -> None:
    page = open_page(scripts=False)
    page.goto(f"{address}/overview/2024-08/14?by=start")
    page.locator("select[name=month]").select_option("2024-07")
    page.locator("select[name=area]").select_option("1407")
    page.get_by_role("button", name="查看").click()
    page.wait_for_url(f"{address}/overview/2024-07/1407?by=start")
    assert page.locator("h1").inner_text().startswith("晋中市")


def test_two_presses_lead_from_the_province_to_the_projects_behind_a_city(open_page: OpenPage, address: str) -> None:
    page = open_page()
    page.goto(f"{address}/overview/2024-08/14")
    row = page.locator(".ranking tr", has_text="晋中市")
    numerator = row.locator(".cell-fraction").inner_text().split(" / ")[0]
    row.locator(".cell-fraction a").click()
    assert f"已完工 {numerator} 项" in page.locator("h1").inner_text()
    page.locator(".projects tbody tr:nth-child(2) a").click()
    assert "/project/" in page.url


def test_heads_stay_in_sight_on_long_tables(open_page: OpenPage, address: str) -> None:
    page = open_page()
    page.goto(f"{address}/projects/2024-08/14/projects")
    page.evaluate("() => window.scrollTo({top: 2400, behavior: 'instant'})")
    assert page.locator("thead th").first.bounding_box()["y"] == pytest.approx(0, abs=1)  # type: ignore[index]


def test_the_name_stays_in_sight_where_the_table_scrolls(open_page: OpenPage, address: str) -> None:
    page = open_page((820, 1180))
    page.goto(f"{address}/projects/2024-08/14/behind")
    scroller = page.locator(".scroller")
    before = page.locator("tbody .cell-name").nth(1).bounding_box()
    scroller.evaluate("it => { it.scrollLeft = 200; }")
    assert scroller.evaluate("it => it.scrollLeft") > 0
    assert page.locator("tbody .cell-name").nth(1).bounding_box() == before


def test_controls_are_large_enough_for_fingers(open_page: OpenPage, address: str) -> None:
    page = open_page(NARROW, touch=True)
    page.goto(f"{address}/overview/2024-08/1407")
    for control in page.locator(".bar a, .bar select, .bar button, .choices a, .crumbs a, .figure-fraction a").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 40, control.inner_text()


def test_a_row_is_a_card_on_a_phone(open_page: OpenPage, address: str) -> None:
    page = open_page(NARROW, touch=True)
    page.goto(f"{address}/projects/2024-08/14/behind")
    card = page.locator(".projects tbody tr").nth(1)
    for piece in (".cell-name", ".cell-stage", ".cell-lamp", ".cell-total", ".cell-done"):
        assert card.locator(piece).is_visible()
    assert not card.locator(".cell-category").is_visible()
