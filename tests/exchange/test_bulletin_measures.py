"""The bulletins of the demonstration ledger as they are printed, measured against GB/T 9704-2012."""

from __future__ import annotations

import io
import shutil
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from pypdf import PdfReader

from tests.exchange.test_bulletin_paper import FONTS, MILLIMETRE, Page, Word, inside, pages_of, told
from tracker.exchange.bulletins.composing import composed
from tracker.exchange.bulletins.document import Bulletin
from tracker.exchange.bulletins.dossier_paper import dossier_page
from tracker.exchange.bulletins.leader import leader_page
from tracker.exchange.bulletins.list_paper import list_table
from tracker.exchange.bulletins.printing import print_bulletin, print_dossier, print_leader_page, print_list
from tracker.exchange.tables.asking import Asked
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_place, find_programme, places_of

RARE = "喆堃玥镕虒磛"
MARKS = ("草稿（尚未印发）", "示例数据")
LEFT, RIGHT = 28 * MILLIMETRE, (210 - 26) * MILLIMETRE


@dataclass(frozen=True)
class Measured:
    """A printed bulletin, what it was printed from, and its pages."""

    bulletin: Bulletin
    pdf: Path
    pages: list[Page]

    def text(self, number: int) -> str:
        return "".join(word.text for word in self.pages[number - 1].words)


@pytest.fixture(scope="module")
def demonstration(demonstration_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = open_ledger(shutil.copytree(demonstration_made, tmp_path_factory.mktemp("measures") / "ledger"))
    yield opened
    opened.close()


def asked(ledger: Ledger, code: str, month: str) -> Asked:
    programme = find_programme(ledger, None)
    return Asked(ledger, programme, month, find_place(places_of(ledger, programme), programme, code))


def printed(ledger: Ledger, code: str, month: str, file: Path, annexes: slice) -> Measured:
    request = asked(ledger, code, month)
    own = composed(request)
    last = f"{own.defaults['section:next']}\n联系人：{'、'.join(RARE)}。"
    bulletin = composed(request, {"section:next": last}).bulletin
    bulletin = replace(bulletin, annexes=bulletin.annexes[annexes], verify_address="https://example.org/8")
    file.write_bytes(print_bulletin(bulletin).content)
    return Measured(bulletin, file, pages_of(file))


@pytest.fixture(scope="module")
def city(demonstration: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return printed(demonstration, "1407", "2024-08", tmp_path_factory.mktemp("city") / "city.pdf", slice(None))


@pytest.fixture(scope="module")
def province(demonstration: Ledger, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    file = tmp_path_factory.mktemp("province") / "province.pdf"
    return printed(demonstration, "14", "2024-10", file, slice(1, 3))


def rows_of(page: Page) -> list[list[Word]]:
    """Give the lines of the type area from the top down, each from left to right."""
    rows: dict[int, list[Word]] = {}
    for word in sorted((each for each in page.words if inside(each, page)), key=lambda each: each.bottom):
        near = next((at for at in rows if abs(at - word.bottom) < 8), round(word.bottom))
        rows.setdefault(near, []).append(word)
    return [sorted(row, key=lambda each: each.left) for row in rows.values()]


@pytest.mark.parametrize("which", ["city", "province"])
def test_a_full_page_of_text_has_22_lines_of_28_characters(which: str, request: pytest.FixtureRequest) -> None:
    bulletin: Measured = request.getfixturevalue(which)
    full = [rows for page in bulletin.pages[1:3] for rows in [rows_of(page)]]
    assert [len(rows) for rows in full] == [22, 22]
    whole, chinese = 0, 0
    for row in (row for rows in full for row in rows):
        text = "".join(word.text for word in row)
        assert min(abs(row[0].left - LEFT - away) for away in (0, 2 * 15.78)) < MILLIMETRE, text
        assert row[-1].right < RIGHT + MILLIMETRE, text
        whole += abs(row[-1].right - RIGHT) < MILLIMETRE
        if abs(row[-1].right - RIGHT) < MILLIMETRE and all(unicodedata.east_asian_width(one) in "FWA" for one in text):
            chinese += 1
            assert len(text) + 2 * (row[0].left > LEFT + 20) in (27, 28, 29), text
    assert whole > 22
    for rows in full:
        pitch = (rows[-1][0].bottom - rows[0][0].bottom) / 21
        assert abs(pitch - 28.9) < 0.2
    assert chinese


@pytest.mark.parametrize("which", ["city", "province"])
def test_everything_stands_in_the_type_area_but_the_marks_and_the_numbers(
    which: str, request: pytest.FixtureRequest
) -> None:  # fmt: skip
    bulletin: Measured = request.getfixturevalue(which)
    numbered = 0
    for number, page in enumerate(bulletin.pages, start=1):
        outside = [word for word in page.words if not inside(word, page) and word.text not in MARKS]
        numbered += bool(outside)
        assert "".join(word.text for word in outside) in ("", f"—{number}—")
        for word in outside:
            upright = page.width < page.height
            assert word.top > page.height - 35 * MILLIMETRE if upright else word.right < 35 * MILLIMETRE, (number, word)
    assert numbered >= len(bulletin.pages) - 2


def test_only_the_six_fonts_and_all_of_them_embedded(city: Measured) -> None:
    listed = [line.split() for line in told("pdffonts", str(city.pdf)).splitlines()[2:]]
    assert {line[0].rpartition("Bulletin-")[2] for line in listed} == FONTS
    assert {line[-5] for line in listed} == {"yes"}


def test_rare_characters_are_printed_and_read_back(city: Measured, province: Measured) -> None:
    for bulletin in (city, province):
        assert f"联系人：{'、'.join(RARE)}。" in "".join(told("pdftotext", str(bulletin.pdf), "-").split())


def test_the_signature_stands_with_text_and_no_line_holds_a_letter_or_two_alone(
    city: Measured, province: Measured
) -> None:
    for bulletin in (city, province):
        said = [bulletin.text(number) for number in range(1, len(bulletin.pages) + 1)]
        signed = next(at for at, text in enumerate(said) if "年月日" in text)
        assert "联系人" in said[signed]
        assert "附件：1." in said[signed]
        for page in bulletin.pages[1:signed]:
            for row in rows_of(page):
                assert len("".join(word.text for word in row)) > 2


def test_bookmarks_and_what_the_file_says_of_itself(city: Measured) -> None:
    reader = PdfReader(city.pdf)
    titles = [str(item.title) for item in reader.outline if not isinstance(item, list)]
    annexes = [f"附件{number}　{annex.title}" for number, annex in enumerate(city.bulletin.annexes, start=1)]
    assert titles == [*(section.heading for section in city.bulletin.sections), *annexes, "印发信息"]
    found = [reader.get_destination_page_number(item) for item in reader.outline if not isinstance(item, list)]
    assert found == sorted(page for page in found if page is not None)
    for title, page in zip(titles[:6], found, strict=False):
        assert title in "".join(reader.pages[page or 0].extract_text().split())
    assert reader.metadata is not None
    assert (reader.metadata.title, reader.metadata.author) == (city.bulletin.title, city.bulletin.issuer)
    assert str(reader.metadata["/Keywords"]) == "一泓清水入黄河，晋中市，2024-08，通报"
    assert str(reader.root_object["/Lang"]) == "zh-CN"


def elements_of(reader: PdfReader) -> list[Any]:
    """Give the elements of a document's structure, as those hear it who have it read out."""
    found, ahead = [], [reader.root_object["/StructTreeRoot"]]
    while ahead:
        element: Any = ahead.pop().get_object()
        if not isinstance(element, dict):
            continue
        found += [element] if "/S" in element else []
        below: Any = element.get("/K", [])
        below = below.get_object() if hasattr(below, "get_object") else below
        ahead += reversed(
            [each for each in (below if isinstance(below, list) else [below]) if not isinstance(each, int)]
        )
    return found


def test_all_that_is_printed_can_be_read_out(city: Measured, demonstration: Ledger) -> None:
    request = asked(demonstration, "1407", "2024-08")
    code = request.projects()[0].code
    leader = print_leader_page(leader_page(request)).content
    dossier = print_dossier(dossier_page(replace(request, project=code))).content
    listed = print_list(
        list_table(replace(request, area=find_place(request.places, request.programme, "140781"))), "局"
    )
    contents = (city.pdf.read_bytes(), leader, dossier, listed.content)
    for content in contents:
        reader = PdfReader(io.BytesIO(content))
        elements = elements_of(reader)
        roles = Counter(str(each["/S"]) for each in elements)
        assert {"/H1", "/P", "/Table", "/TR", "/TD"} <= set(roles)
        assert all(str(each.get("/Alt", "")) for each in elements if each["/S"] == "/Figure")
        assert bool(roles["/Figure"]) is (content is not listed.content)
        assert "/MarkInfo" in reader.root_object
        assert reader.metadata is not None
        assert reader.metadata.title
        assert str(reader.root_object["/Lang"]).startswith("zh")
    assert roles["/TH"] > 5
