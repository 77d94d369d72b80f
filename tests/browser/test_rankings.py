"""The ranking room and the pictures in a real browser: readable at every width, by keyboard, without scripts."""

from __future__ import annotations

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.driving import DESKS, HANDS, NARROW, WIDE, scrolls_sideways

_FOCUSED = "() => [document.activeElement.textContent.trim(), getComputedStyle(document.activeElement).outlineStyle]"
_ROOMS = (
    "/overview/2024-08/14",
    "/ranking/2024-08/14",
    "/ranking/2024-08/14?group=county&trends=all",
    "/ranking/2024-08/14?group=category&by=investment",
    "/ranking/2024-08/1407?by=start",
    "/ranking/2024-08/14/unit?unit=1407&group=city",
)
# Labels of a picture that lie on one another, or outside the window.
_COVERED = """() => [...document.querySelectorAll('svg.chart')].filter(it => it.getBoundingClientRect().width)
  .flatMap(picture => {
    const boxes = [...picture.querySelectorAll('text')].map(it => [it.textContent, it.getBoundingClientRect()]);
    return boxes.flatMap(([words, box], index) => [
      ...(box.left < 0 || box.right > innerWidth ? [words + ' leaves the window'] : []),
      ...boxes.slice(index + 1).filter(([, other]) => box.left < other.right - 1 && other.left < box.right - 1 &&
        box.top < other.bottom - 4 && other.top < box.bottom - 4).map(([other]) => words + ' covers ' + other)]);
  })"""


@pytest.mark.parametrize("sizes", [DESKS, HANDS], ids=["desk", "hand"])
def test_no_room_scrolls_sideways_or_complains(
    open_page: OpenPage, address: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    page = open_page(sizes[0], touch=sizes == HANDS)
    for room in _ROOMS:
        page.goto(address + room)
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme=colours)
            assert scrolls_sideways(page, sizes) == [], (room, colours)


def test_no_label_of_a_picture_covers_another(open_page: OpenPage, address: str) -> None:
    page = open_page()
    for room in _ROOMS:
        page.goto(address + room)
        for size in (WIDE, NARROW):
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.wait_for_function("size => innerWidth === size[0]", arg=size)
            assert page.evaluate(_COVERED) == [], (room, size)


def test_the_keyboard_reaches_every_choice_of_the_room(open_page: OpenPage, address: str) -> None:
    page = open_page(scripts=False)
    page.goto(f"{address}/ranking/2024-08/14")
    reached = []
    for _ in range(24):
        page.keyboard.press("Tab")
        words, outline = page.evaluate(_FOCUSED)
        reached.append(words)
        assert outline == "solid"
    for words in ("开工率", "完工率", "年度投资完成率", "达到序时进度率", "市", "县（市、区）", "类别", "级别"):
        assert words in reached
    page.get_by_role("link", name="开工率").first.press("Enter")
    page.wait_for_url(f"{address}/ranking/2024-08/14?by=start")


def test_two_presses_lead_from_the_overview_to_the_projects_behind_a_city(open_page: OpenPage, address: str) -> None:
    page = open_page()
    page.goto(f"{address}/overview/2024-08/14")
    page.get_by_role("navigation", name="主导航").get_by_role("link", name="排名").click()
    row = page.locator(".places tr", has_text="晋中市")
    words = row.locator(".chosen a").inner_text()
    row.locator(".chosen a").click()
    assert f"已完工 {words.split(' / ')[0]} 项" in page.locator("h1").inner_text()


def test_more_is_supposed_without_scripts(open_page: OpenPage, address: str) -> None:
    page = open_page(NARROW, touch=True, scripts=False)
    page.goto(f"{address}/ranking/2024-08/14/unit?unit=1407&group=city")
    page.locator("input[name=more_completion]").fill("1")
    page.get_by_role("button", name="计算").click()
    page.wait_for_url("**more_completion=1*")
    assert "若再完工 1 项" in page.locator(".supposed").inner_text()
    assert page.locator("h1").inner_text().startswith("晋中市完工率")


@pytest.mark.parametrize(("size", "shown"), [(WIDE, "wide"), (NARROW, "narrow")])
def test_one_picture_is_shown_and_its_numbers_are_a_press_away(
    open_page: OpenPage, address: str, size: tuple[int, int], shown: str
) -> None:
    page = open_page(size)
    page.goto(f"{address}/overview/2024-08/14")
    pictures = page.locator("section[aria-labelledby=trend-heading] svg")
    assert [picture.get_attribute("class") for picture in pictures.all() if picture.is_visible()] == [
        f"chart chart-{shown}"
    ]
    table = page.locator("section[aria-labelledby=trend-heading] table")
    assert not table.is_visible()
    page.locator("section[aria-labelledby=trend-heading] summary").click()
    assert table.is_visible()
    assert table.locator("tbody tr").first.inner_text().startswith("2024-08")
