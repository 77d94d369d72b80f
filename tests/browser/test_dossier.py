"""The dossier in a real browser: nothing overflows, the keyboard goes on, and paper shows what the screen folds up."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import OpenPage
from tests.browser.driving import DESKS, HANDS, NARROW, WIDE, scrolls_sideways, serving
from tests.web.dossier_stories import BARE, ENDED, LONG, SPLIT, story_ledger
from tracker.web.site import create_site


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(create_site(story_ledger(tmp_path_factory.mktemp("dossier") / "ledger"))) as served:
        yield served


@pytest.mark.parametrize("sizes", [DESKS, HANDS], ids=["desk", "hand"])
def test_no_dossier_scrolls_the_page_sideways(
    open_page: OpenPage, told: str, sizes: tuple[tuple[int, int], ...]
) -> None:
    page = open_page(sizes[0], touch=sizes == HANDS)
    for code in (LONG, ENDED, BARE, SPLIT):
        page.goto(f"{told}/project/{code}")
        for summary in page.locator("summary").all():
            summary.click()
        assert scrolls_sideways(page, sizes) == [], code


def test_one_picture_is_shown_and_its_words_stay_within_it(open_page: OpenPage, told: str) -> None:
    for size, shown, hidden in ((WIDE, "wide", "narrow"), (NARROW, "narrow", "wide")):
        page = open_page(size)
        page.goto(f"{told}/project/{LONG}")
        assert not page.locator(f".timeline-{hidden}").is_visible()
        picture = page.locator(f".timeline-{shown}").bounding_box()
        assert picture is not None
        for words in page.locator(f".timeline-{shown} text").all():
            box = words.bounding_box()
            assert box is not None
            assert box["x"] >= picture["x"] - 1
            assert box["x"] + box["width"] <= picture["x"] + picture["width"] + 1


def test_the_keyboard_goes_to_the_next_project_and_opens_what_is_folded(open_page: OpenPage, told: str) -> None:
    page = open_page()
    page.goto(f"{told}/project/{LONG}")
    year = page.locator(".months-year > summary")
    year.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("rowheader", name="2023年3月").is_visible()
    page.locator("a[rel=next]").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/project/{BARE}**")
    assert page.locator("a[rel=prev]").is_visible()


def test_the_file_is_downloaded_under_the_project_s_code(open_page: OpenPage, told: str) -> None:
    page = open_page()
    page.goto(f"{told}/project/{LONG}")
    with page.expect_download() as started:
        page.get_by_role("link", name="档案文件（JSON）").click()
    assert started.value.suggested_filename == f"{LONG}.json"


def test_paper_is_upright_and_shows_what_the_screen_folds_up(open_page: OpenPage, told: str, tmp_path: Path) -> None:
    page = open_page()
    page.goto(f"{told}/project/{LONG}")
    assert not page.locator(".all-records .said").first.is_visible()
    page.emulate_media(media="print")
    for hidden in (".rooms", ".chooser", ".neighbours", ".exports", ".numbers"):
        assert not page.locator(hidden).first.is_visible()
    # A row that is folded up has no height on screen.
    assert page.locator(".months-year tbody tr").first.evaluate("it => it.getBoundingClientRect().height") > 10
    assert page.locator(".all-records .said").first.evaluate("it => it.getBoundingClientRect().height") > 10
    page.pdf(path=tmp_path / "dossier.pdf", prefer_css_page_size=True)
    sizes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", (tmp_path / "dossier.pdf").read_bytes())
    assert sizes
    assert all(float(width) == pytest.approx(595, abs=1) and float(height) > 841 for width, height in sizes)
