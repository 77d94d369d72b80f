"""Official tables on paper: one LibreOffice prints them all, and works out anew the sums of copies that lost theirs."""

from __future__ import annotations

import re
import subprocess
import zipfile
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from tests.exchange.asked_tables import asked, made_ledger
from tests.web.builders import NOW, YIHONG, area
from tracker.exchange.tables.files import write_files
from tracker.exchange.tables.registry import KINDS
from tracker.ledger.standings import listing

PRINTED = (
    ("1408", "dispatch"), ("1408", "summary"), ("1408", "ranking"), ("1408", "behind"), ("1408", "timeliness"),
    ("1408", "dossier"), ("14", "dispatch"), ("14", "summary"), ("14", "problems"),
)  # fmt: skip
EMPTIED = ("14 dispatch", "14 summary", "1408 ranking")
"""Those of which a copy without the worked out sums is printed as well."""

A4, A4_UPRIGHT, A3 = (842, 595), (595, 842), (1191, 842)
ONE_PAGE = ("1408 summary", "1408 ranking", "1408 behind", "1408 timeliness", "1408 dossier")


@dataclass(frozen=True)
class Paper:
    """One table as a sheet, and as what LibreOffice made of it."""

    pdf: Path
    sheet: Worksheet

    @cached_property
    def pages(self) -> list[str]:
        """Give the text of each page."""
        return told("pdftotext", "-layout", str(self.pdf), "-").split("\f")[:-1]

    @property
    def size(self) -> tuple[int, int]:
        """Give width and height of the first page in points."""
        found = re.findall(r"Page size:\s+([\d.]+) x ([\d.]+)", told("pdfinfo", str(self.pdf)))
        return round(float(found[0][0])), round(float(found[0][1]))

    @property
    def wide(self) -> int:
        """Give how many pages stand side by side."""
        return len(self.sheet.col_breaks.brk) + 1

    def texts(self, first: int = 1, last: int | None = None) -> str:
        """Give the texts of some rows of the sheet, all in one."""
        rows = self.sheet.iter_rows(first, last)
        return "".join(cell.value for row in rows for cell in row if isinstance(cell.value, str))


def told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, timeout=300).stdout.decode()


def chinese(text: str) -> Counter[str]:
    """Count the Chinese characters of a text."""
    return Counter(re.findall("[\u4e00-\u9fff]", text))


def without_results(path: Path, target: Path) -> None:
    """Copy a workbook, leaving out what its formulas come to."""
    with zipfile.ZipFile(path) as read, zipfile.ZipFile(target, "w") as written:
        for name in read.namelist():
            content = read.read(name)
            if name.startswith("xl/worksheets/sheet"):
                content, found = re.subn(rb"(<f>[^<]*</f>)<v>[^<]*</v>", rb"\1", content)
                assert found > 3
            written.writestr(name, content)


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Paper]:
    folder = tmp_path_factory.mktemp("papers")
    ledger = made_ledger(folder / "ledger")
    project = listing(ledger, YIHONG, NOW, area(ledger, "140702"))[0].code
    files = []
    for code, kind in PRINTED:
        path = folder / f"{code} {kind}.xlsx"
        write_files(path, ".xlsx", kind, KINDS[kind].make(asked(ledger, code, project=project, annex="附件1")))
        files.append(path)
    ledger.close()
    for name in EMPTIED:
        without_results(folder / f"{name}.xlsx", folder / f"{name} again.xlsx")
        files.append(folder / f"{name} again.xlsx")
    told(
        "soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
        "--outdir", str(folder), *map(str, files),
    )  # fmt: skip
    return {path.stem: Paper(path.with_suffix(".pdf"), openpyxl.load_workbook(path).worksheets[0]) for path in files}


def test_tables_have_the_pages_and_the_paper_that_is_meant_for_them(papers: dict[str, Paper]) -> None:
    for name, paper in papers.items():
        size = A3 if "dispatch" in name else A4_UPRIGHT if "dossier" in name else A4
        assert paper.size == size, name
        assert (len(paper.pages) == 1) is (name.removesuffix(" again") in ONE_PAGE), name
        assert len(paper.pages) % paper.wide == 0, name
        for number, page in enumerate(paper.pages, start=1):
            said = "".join(page.split())
            assert f"第{number}页共{len(paper.pages)}页" in said, (name, number)
            assert "示例数据" in said, (name, number)
            assert "附件1" in said
            assert "###" not in page, (name, number)


def test_every_page_repeats_title_and_headings(papers: dict[str, Paper]) -> None:
    for name, paper in papers.items():
        if "dossier" in name:
            continue
        first, last = map(int, re.findall(r"\d+", str(paper.sheet.print_title_rows)))
        title = next(cell.value for row in paper.sheet.iter_rows(2, 2) for cell in row if cell.value)
        for number, page in enumerate(paper.pages):
            said = "".join(page.split())
            assert "".join(str(title).split()) in said, (name, number)
            if paper.wide == 1:
                assert not chinese(paper.texts(first, last)) - chinese(page), (name, number)


def test_no_character_of_a_table_is_lost_on_paper(papers: dict[str, Paper]) -> None:
    for name, paper in papers.items():
        if paper.wide > 1 or "dossier" in name:
            continue
        repeated = chinese(paper.texts(*map(int, re.findall(r"\d+", str(paper.sheet.print_title_rows)))))
        printed = chinese("".join(paper.pages))
        for _ in paper.pages[1:]:
            printed -= repeated
        assert not chinese(paper.texts()) - printed, name
    (dossier,) = papers["1408 dossier"].pages
    assert not chinese(papers["1408 dossier"].texts()) - chinese(dossier)


def test_recalculating_comes_to_the_same_sums(papers: dict[str, Paper]) -> None:
    for name in EMPTIED:
        assert papers[f"{name} again"].pages == papers[name].pages, name
        assert re.search(r"\d{1,3}(,\d{3})*\.\d\d", papers[name].pages[0])
