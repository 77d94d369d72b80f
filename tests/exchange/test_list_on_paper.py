"""A list on paper: LibreOffice prints what the workbook promises, read back from the pages it makes."""

from __future__ import annotations

import html
import itertools
import re
import shutil
import subprocess
from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tracker.exchange.writing.list_table import CountyList, printed_list, projects_at
from tracker.exchange.writing.table_workbook import write_tables
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_programme, places_of
from tracker.model.printing import print_value

MONTH = "2024-10"
SEEN = "seen"
SENTENCE = "阶段为在建，亮灯为预警或提醒"
HEADER_ROWS = 3
PAGE_HEIGHT = 595.3
MARGINS = (0.5 + 0.6) * 72


@dataclass(frozen=True)
class Word:
    """A word as it stands on paper, in points from the page's upper left corner."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Paper:
    """A list as a workbook and as the pages LibreOffice made of it; `total` is its 总投资 as printed."""

    pdf: Path
    sheet: Worksheet
    names: list[str]
    total: str

    @cached_property
    def pages(self) -> list[list[Word]]:
        written = told("pdftotext", "-bbox", str(self.pdf), "-")
        found = r'<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">(.*?)</word>'
        return [
            [
                Word(*map(float, place), html.unescape(text))
                for *place, text in re.findall(found, page, re.DOTALL)
            ]
            for page in written.split("<page ")[1:]
        ]  # fmt: skip

    @property
    def wide(self) -> int:
        return len(self.sheet.col_breaks.brk) + 1

    @cached_property
    def scale(self) -> float:
        """How much smaller than in the workbook the rows are, measured between the first page's first and last."""
        rows = rows_on(self.pages[0])
        first, last = min(rows), max(rows)
        between = sum(map(self.height, range(first + 1, last))) + (self.height(first) + self.height(last)) / 2
        return (rows[last] - rows[first]) / between

    def height(self, row: int) -> float:
        height = self.sheet.row_dimensions[row].height
        assert height is not None
        return height

    @property
    def room(self) -> float:
        """How high the rows of a page may be together, beside those that every page repeats."""
        return (PAGE_HEIGHT - MARGINS) / self.scale - sum(self.height(row) for row in range(1, HEADER_ROWS + 1))


def rows_on(words: list[Word]) -> dict[int, float]:
    """Give the rows that a page shows, each with where its middle is: they are known by their running numbers."""
    head = next(word for word in words if word.text == "序号")
    below = [word for word in words if word.top > head.bottom and head.left - 9 < word.middle[0] < head.right + 9]
    serials = [word for word in below if re.fullmatch("合计|[0-9]+", word.text)]
    numbers = [(0 if word.text == "合计" else int(word.text), word.middle[1]) for word in serials]
    return {HEADER_ROWS + 1 + number: middle for number, middle in numbers}


def told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, timeout=300).stdout.decode()


@pytest.fixture(scope="module")
def papers(demonstration_made: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Paper]:
    """The lists of the province, of each of its cities, and one as a screen shows it, printed by one LibreOffice."""
    folder = tmp_path_factory.mktemp("papers")
    lists: dict[str, CountyList] = {}
    shutil.copytree(demonstration_made, folder / "ledger")
    with closing(open_ledger(folder / "ledger")) as ledger:
        programme = find_programme(ledger, None)
        places = places_of(ledger, programme)
        shanxi = places.find("14")
        assert shanxi is not None
        for area in (shanxi, *places.cities(shanxi)):
            projects = projects_at(ledger, programme, MONTH, area)
            lists[area.code] = CountyList(programme, MONTH, area, places, projects)
        seen = ["county", "category", "stage", "total_investment", "cumulative_investment", "progress"]
        lists[SEEN] = CountyList(programme, MONTH, shanxi, places, lists[shanxi.code].projects[::-3], SENTENCE, seen)
    for code, shown in lists.items():
        write_tables(folder / f"{code}.xlsx", [printed_list(shown)])
    told(
        "soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
        "--outdir", str(folder), *(str(folder / f"{code}.xlsx") for code in lists),
    )  # fmt: skip
    return {
        code: Paper(
            folder / f"{code}.pdf",
            openpyxl.load_workbook(folder / f"{code}.xlsx").worksheets[0],
            [str(project.state.values["name"]) for project in shown.projects],
            print_value("total_investment", sum_of(shown)),
        )
        for code, shown in lists.items()
    }


def sum_of(shown: CountyList) -> Decimal:
    return sum((project.state.values.get("total_investment", Decimal()) for project in shown.projects), Decimal())


def test_every_list_has_the_pages_that_its_layout_promises(papers: dict[str, Paper]) -> None:
    assert len(papers) == 13
    for code, paper in papers.items():
        size = told("pdfinfo", str(paper.pdf))
        width, height = map(float, re.findall(r"Page size:\s+([\d.]+) x ([\d.]+)", size)[0])
        assert (round(width), round(height)) == (842, 595), code
        bands = [sorted(rows_on(words)) for words in paper.pages]
        assert len(bands) % paper.wide == 0, code
        side_by_side = [bands[start : start + paper.wide] for start in range(0, len(bands), paper.wide)]
        assert all(band == pages[0] for pages in side_by_side for band in pages), code
        above_each_other = [pages[0] for pages in side_by_side]
        rows = [row for band in above_each_other for row in band]
        assert rows == list(range(HEADER_ROWS + 1, paper.sheet.max_row + 1)), code
        for band, following in itertools.pairwise(above_each_other):
            # No page has room for the next one's first row, but for what is lost in whole pixels.
            assert sum(map(paper.height, [*band, following[0]])) > paper.room * 0.97, (code, band)
        assert code != SEEN or paper.wide == 1


def test_every_page_says_what_it_is_and_which_columns_it_has(papers: dict[str, Paper]) -> None:
    for code, paper in papers.items():
        title = str(paper.sheet.cell(1, 1 if paper.wide == 1 else 4).value)
        breaks = [3, *(each.id for each in paper.sheet.col_breaks.brk), paper.sheet.max_column]
        for number, words in enumerate(paper.pages, start=1):
            across = (number - 1) % paper.wide
            text = squeezed("".join(word.text for word in words))
            assert squeezed(title) in text, (code, number)
            assert f"第{number}页共{len(paper.pages)}页" in text, (code, number)
            assert text.count("示例数据") == 2, (code, number)
            assert "单位：万元" in text
            assert code != SEEN or f"范围：{SENTENCE}" in text
            heads = [str(paper.sheet.cell(3, column).value) for column in (1, 2, 3)]
            heads += [
                str(paper.sheet.cell(3, column + 1).value) for column in range(breaks[across], breaks[across + 1])
            ]
            words_said = [word.text for word in words]
            for line in (line for head in heads for line in head.split("\n")):
                assert line in words_said, (code, number, line)


def test_print_is_large_enough_to_read(papers: dict[str, Paper]) -> None:
    for code, paper in papers.items():
        sizes = re.findall(
            r'<fontspec id="\d+" size="(\d+)"', told("pdftohtml", "-xml", "-i", "-stdout", "-zoom", "3", str(paper.pdf))
        )
        assert sizes
        assert min(map(int, sizes)) / 3 >= 8, code


def test_no_cell_is_cut(papers: dict[str, Paper]) -> None:
    for code, paper in papers.items():
        names = []
        for number, words in enumerate(paper.pages):
            left, right = name_column(paper, words)
            for row, middle in rows_on(words).items():
                half = paper.height(row) * paper.scale / 2
                inside = [word for word in words if abs(word.middle[1] - middle) < half]
                # A word's box is higher than its ink by a line's spacing.
                outside = [word for word in inside if max(middle - word.top, word.bottom - middle) > half + 1.5]
                assert not outside, (code, row)
                assert not any("###" in word.text for word in inside), (code, row)
                if number % paper.wide == 0 and row > HEADER_ROWS + 1:
                    name = [word for word in inside if left < word.middle[0] < right]
                    name.sort(key=lambda word: (round(word.top), word.left))
                    names.append((row, "".join(word.text for word in name)))
        assert [name for _, name in sorted(names)] == [squeezed(name) for name in paper.names], code


def name_column(paper: Paper, words: list[Word]) -> tuple[float, float]:
    """Give where the column of names lies on a page, from where the middles of two headings stand."""
    code, name = (next(word.middle[0] for word in words if word.text == head) for head in ("项目编码", "项目名称"))
    widths = [paper.sheet.column_dimensions[letter].width for letter in "BC"]
    reach = (name - code) / sum(widths) * widths[1]
    return name - reach, name + reach


def test_sums_on_paper_are_the_sums_of_the_projects(papers: dict[str, Paper]) -> None:
    for code, paper in papers.items():
        assert any(word.text.replace(",", "") == paper.total.replace(",", "") for word in paper.pages[0]), code


def squeezed(text: str) -> str:
    return "".join(text.split())
