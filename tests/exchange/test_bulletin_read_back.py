"""The printed bulletin read back: what stands on paper is what the annexed tables on paper and the ledger say."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tracker.exchange.bulletins.checking import contradictions
from tracker.exchange.bulletins.composing import composed
from tracker.exchange.bulletins.document import MARK, Bulletin
from tracker.exchange.bulletins.figures import COUNTED, RATES, SUMMED
from tracker.exchange.bulletins.printing import print_bulletin
from tracker.exchange.tables.asking import Asked
from tracker.exchange.writing.printed_table import LineRank
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_place, find_programme, places_of
from tracker.ledger.standings import tallies
from tracker.model.measures import print_yi

_TYPE_AREA = ("-x", "79", "-y", "105", "-W", "443", "-H", "638")
"""The type area of an upright page in points: neither what stands above it nor the page numbers."""


@pytest.fixture(scope="module")
def request_of_city(demonstration_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    ledger = open_ledger(shutil.copytree(demonstration_made, tmp_path_factory.mktemp("read") / "ledger"))
    programme = find_programme(ledger, None)
    yield Asked(ledger, programme, "2024-08", find_place(places_of(ledger, programme), programme, "1407"))
    ledger.close()


def text_of(content: bytes, file: Path, *options: str) -> str:
    """Give what a PDF says."""
    file.write_bytes(content)
    done = subprocess.run(["pdftotext", *options, str(file), "-"], capture_output=True, check=True)
    return done.stdout.decode()


def read_back(bulletin: Bulletin, said: str) -> dict[str, str]:
    """Give the figures that stand on paper where the text has its marks."""
    plain = "".join(said.split())
    found: dict[str, str] = {}
    at = 0
    for section in bulletin.sections:
        at = plain.index(section.heading, at) + len(section.heading)
        for paragraph in section.paragraphs:
            pieces = MARK.split("".join(paragraph.split()))
            pattern = "".join("(.+?)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))
            match = re.compile(pattern).match(plain, at)
            assert match, paragraph
            at = match.end()
            for mark, figure in zip(pieces[1::2], match.groups(), strict=True):
                assert found.setdefault(mark, figure) == figure, mark
    return found


def test_the_paper_says_what_its_tables_and_the_ledger_say(request_of_city: Asked, tmp_path: Path) -> None:
    bulletin = composed(request_of_city).bulletin
    # The other annexes are printed as these are.
    content = print_bulletin(replace(bulletin, annexes=bulletin.annexes[:2])).content
    paper = tmp_path / "通报.pdf"
    found = read_back(bulletin, text_of(content, paper, *_TYPE_AREA))
    assert {*COUNTED, *SUMMED, *RATES} - set(found) <= {"有问题", "未报", "未按期完工"}
    assert len(found) > 80
    assert contradictions(replace(bulletin, figures=found)) == []
    whole = tallies(request_of_city.ledger, request_of_city.programme, "2024-08", request_of_city.area)[""]
    counted = {mark: str(whole[name]) for mark, name in COUNTED.items() if mark in found}
    summed = {mark: f"{print_yi(whole[name])}亿元" for mark, name in SUMMED.items()}
    assert {mark: found[mark] for mark in (*counted, *summed)} == counted | summed
    # The sum lines of the annexed tables, as they are printed.
    everything = "".join(text_of(content, paper, "-layout").split())
    for table in bulletin.annexes[:2]:
        total = next(line for line in table.lines if line.rank is LineRank.TOTAL)
        counts = [str(cell.value) for cell, column in zip(total.cells, table.columns, strict=True)
                  if column.on_paper and isinstance(cell.value, int) and not column.unit]  # fmt: skip
        assert f"合计{''.join(counts[:4])}" in everything


def test_figures_on_paper_that_are_one_off_are_found(request_of_city: Asked, tmp_path: Path) -> None:
    bulletin = composed(request_of_city).bulletin
    off = {"已完工": "29", "完工率": "63.7%", "累计完成投资": "60.96亿元"}
    wrong = replace(bulletin, figures={**bulletin.figures, **off}, annexes=())
    found = read_back(wrong, text_of(print_bulletin(wrong).content, tmp_path / "错.pdf", *_TYPE_AREA))
    assert {mark: found[mark] for mark in off} == off
    for mark, said in off.items():
        faults = contradictions(replace(bulletin, figures={**bulletin.figures, mark: found[mark]}))
        assert {fault.said for fault in faults} == {said}
