"""Every page on paper: A4, without bar and controls, the heads of tables on every sheet, links as plain words."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from tests.browser.driving import WIDE
from tests.browser.every_page import ALIKE, PAGES
from tests.browser.month_pages import People

_READING = [name for name in PAGES if name not in ALIKE and name != "import"]
_A4 = [595, 842]
# What is drawn though it belongs to the screen, and links that look like links.
_LEFT = """() => [
  ...[...document.querySelectorAll('.rooms, .chooser, form, button, select, input, .pages, .choices, .skip')],
  ...[...document.querySelectorAll('main a')].filter(it => {
    const style = getComputedStyle(it);
    return style.textDecorationLine !== 'none' || style.color !== getComputedStyle(it.parentElement).color;
  }),
].filter(it => it.checkVisibility({visibilityProperty: true})).map(it => it.outerHTML.slice(0, 120))"""


@pytest.fixture
def paper(tab: Page) -> Iterator[Page]:
    tab.set_viewport_size({"width": WIDE[0], "height": WIDE[1]})
    tab.emulate_media(media="print", color_scheme="dark")
    yield tab
    tab.emulate_media(media="screen", color_scheme="light")


@pytest.mark.parametrize("name", _READING)
def test_paper_holds_what_is_read_and_nothing_to_press(paper: Page, every_page: dict[str, str], name: str) -> None:
    paper.goto(every_page[name])
    assert paper.evaluate(_LEFT) == []
    assert paper.locator("h1").first.is_visible()
    assert paper.evaluate("() => getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    for ribbon in paper.locator(".ribbon").all():
        assert ribbon.is_visible()


@pytest.mark.parametrize("name", ["month", "month-missing", "review-area", "review", "audit", "dossier-acting"])
def test_paper_holds_the_month_and_nothing_to_press(people: People, name: str) -> None:
    page, address = people.page(name)
    page.goto(address)
    page.emulate_media(media="print", color_scheme="dark")
    found = page.evaluate(_LEFT)
    page.emulate_media(media="screen", color_scheme="light")
    assert found == []


def test_a_long_list_repeats_its_head_and_says_what_it_shows(paper: Page, every_page: dict[str, str]) -> None:
    paper.goto(every_page["list-city"])
    sheets = PdfReader(BytesIO(paper.pdf(prefer_css_page_size=True, print_background=True))).pages
    texts = [sheet.extract_text() for sheet in sheets]
    assert len(texts) > 1
    assert all("累计完成" in text and "本月变化" in text for text in texts)
    assert "显示：全部工程；共 44 项" in texts[0].replace("\n", "")
    assert "示例数据" in texts[0]
    assert all(sorted(round(side) for side in sheet.mediabox[2:]) == _A4 for sheet in sheets)  # type: ignore[index]
