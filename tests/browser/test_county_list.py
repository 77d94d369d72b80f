"""The county list in a real browser: nothing overflows, the keyboard sorts, and no script is needed."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.driving import DESKS, HANDS, NARROW, scrolls_sideways
from tracker.web.list_columns import COLUMNS

LIST = "/list/2024-08/14"


@pytest.mark.parametrize("sizes", [DESKS, HANDS], ids=["desk", "hand"])
def test_no_list_scrolls_the_page_sideways(
    open_page: OpenPage, address: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    page = open_page(sizes[0], touch=sizes == HANDS)
    for query in ("", "?lamp=behind&sort=lamp", f"?column={','.join(COLUMNS)}", "?q=zzzz&sort=wrong"):
        page.goto(address + LIST + query)
        assert scrolls_sideways(page, sizes) == [], query


def test_the_keyboard_sorts(open_page: OpenPage, address: str) -> None:
    page = open_page()
    page.goto(address + LIST)
    page.locator("thead a", has_text="总投资").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**?sort=-total_investment")
    assert page.locator("th[aria-sort=descending]").inner_text().startswith("总投资")
    shown = page.locator("tbody tr:not(.whole) .key-total_investment").all_inner_texts()
    assert shown == sorted(shown, key=float, reverse=True)
    page.locator("thead a", has_text="总投资").press("Enter")
    page.wait_for_url("**?sort=total_investment")


@pytest.mark.parametrize("scripts", [True, False])
def test_filters_search_and_columns_work(open_page: OpenPage, address: str, scripts: bool) -> None:
    page = open_page(scripts=scripts)
    page.goto(address + LIST)
    page.get_by_role("searchbox", name="搜索").fill("fhgd")
    page.locator("select[name=lamp]").select_option("behind")
    page.get_by_text("选择列").click()
    page.get_by_role("checkbox", name="联系电话").check()
    page.get_by_role("button", name="应用").click()
    page.wait_for_url("**/list/**q=fhgd**")
    assert "显示：亮灯为预警或提醒，搜索“fhgd”" in page.locator(".shown").inner_text()
    assert "联系电话" in page.locator("thead").inner_text()
    names = page.locator("tbody .cell-name a").all_inner_texts()
    assert names
    assert all("汾河谷地" in name for name in names)
    page.get_by_role("link", name="清除").click()
    assert page.url == address + LIST


def test_the_head_and_the_name_stay_in_sight(open_page: OpenPage, address: str) -> None:
    page = open_page()
    page.goto(address + LIST)
    page.evaluate("() => window.scrollTo({top: 1800, behavior: 'instant'})")
    assert page.locator("thead th").first.bounding_box()["y"] == pytest.approx(0, abs=1)  # type: ignore[index]
    page.goto(f"{address}{LIST}?column={','.join(COLUMNS)}")
    scroller, name = page.locator(".scroller"), page.locator("tbody .cell-name").nth(1)
    before = name.bounding_box()
    scroller.evaluate("it => { it.scrollLeft = 400; }")
    assert scroller.evaluate("it => it.scrollLeft") > 0
    assert name.bounding_box() == before


def test_a_row_is_a_card_on_a_phone_and_sorting_a_choice(open_page: OpenPage, address: str) -> None:
    page = open_page(NARROW, touch=True)
    page.goto(address + LIST)
    card = page.locator(".county-list tbody tr").nth(1)
    for piece in (".cell-name", ".key-stage", ".key-lamp", ".key-total_investment", ".key-cumulative_investment"):
        assert card.locator(piece).is_visible()
    assert not page.locator("thead").is_visible()
    page.locator("select[name=sort]").select_option("lamp")
    page.get_by_role("button", name="筛选").click()
    page.wait_for_url("**sort=lamp**")
    assert "预警" in card.locator(".key-lamp").inner_text()
    for control in page.locator(".asking-search > *, .asking select, .asking summary").all():
        box = control.bounding_box()
        assert box is not None
        assert box["height"] >= 40
