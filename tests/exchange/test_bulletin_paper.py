"""A bulletin on paper: measured as printed."""

from __future__ import annotations

import dataclasses
import datetime
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import segno
from pypdf import PdfReader

from tracker.exchange.bulletins.document import BULLETIN, Bulletin, Section
from tracker.exchange.bulletins.printing import modules_of, print_bulletin
from tracker.exchange.paper.printer import Press
from tracker.exchange.paper.tables import AREAS, cell_text, table_pages
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, Paper, PrintedTable, TableColumn, TableLine

MILLIMETRE = 72 / 25.4
DAY = datetime.date(2024, 9, 5)
TEXT = "截至八月底全市清单内工程各项工作按照计划时间有序推进各县市区人民政府逐项落实责任加快未开工项目前期工作" * 12
FONTS = {"BiaoSong", "FangSong", "Hei", "Kai", "Latin", "Song"}


@dataclass(frozen=True)
class Word:
    """A piece of text on a page: its box in points from the upper left corner."""

    left: float
    top: float
    right: float
    bottom: float
    text: str


@dataclass(frozen=True)
class Page:
    width: float
    height: float
    lines: list[list[Word]]

    @property
    def words(self) -> Iterator[Word]:
        return (word for line in self.lines for word in line)


def pages_of(pdf: Path) -> list[Page]:
    said = told("pdftotext", "-bbox-layout", str(pdf), "-")
    found = []
    box = r'xMin="([-\d.]+)" yMin="([-\d.]+)" xMax="([-\d.]+)" yMax="([-\d.]+)"'
    for width, height, held in re.findall(r'<page width="([\d.]+)" height="([\d.]+)">(.*?)</page>', said, re.S):
        lines = [
            [Word(*map(float, word[:4]), word[4]) for word in re.findall(rf"<word {box}>(.*?)</word>", line)]
            for line in re.findall(r"<line .*?>(.*?)</line>", held, re.S)
        ]
        found.append(Page(float(width), float(height), lines))
    return found


def told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, timeout=60).stdout.decode()


def table(lines: int, paper: Paper, name: str = "工程") -> PrintedTable:
    columns = [
        TableColumn("number", "序号"), TableColumn("name", "项目名称", bounds=(22, 44), left=True),
        TableColumn("done", "完成", "万元", "投资"), TableColumn("rate", "完成率", "%", "投资"),
    ]  # fmt: skip
    body = [
        TableLine((Written(at), Written(f"{name}{at}"), Written(1234.5 + at, "#,##0.00"), Written(64, "0")))
        for at in range(1, lines + 1)
    ]
    total = TableLine((Written("合计"), Written(None), Written(98765.4, "#,##0.00"), Written(64, "0")), LineRank.TOTAL)
    return PrintedTable("made", "表", "晋中市工程调度表（2024年8月）", columns, [total, *body], "截至2024年8月31日",
                        "单位：万元", ["统计口径说明。"], paper=paper)  # fmt: skip


def bulletin(*annexes: PrintedTable) -> Bulletin:
    sections = (
        Section("total", "一、总体进展", (TEXT, "共有【项目数】项工程。")),
        Section("ranking", "二、排名情况", ("（一）开工率", TEXT)),
    )
    return Bulletin(
        "一泓清水入黄河", "2024-08", "晋中市", BULLETIN, "晋中市工程建设工作专班", "晋水专班通报〔2024〕8号",
        "关于全市工程2024年8月建设进展情况的通报", "各县（市、区）人民政府", sections, {"项目数": "44"}, annexes,
        "晋中市工程建设工作专班", DAY, "市委办公室", "晋中市工程建设工作专班办公室", DAY,
        draft=False, demonstration=True,
        verify_address="https://example.org/verify/8", checksum="0123456789abcdef" * 4,
    )  # fmt: skip


@dataclass(frozen=True)
class Made:
    pdf: Path
    pages: list[Page]

    def text(self, number: int) -> str:
        return "".join(word.text for word in self.pages[number - 1].words)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    printed = print_bulletin(bulletin(table(40, Paper.A4), table(5, Paper.A4_UPRIGHT)))
    pdf = tmp_path_factory.mktemp("bulletin") / "bulletin.pdf"
    pdf.write_bytes(printed.content)
    pages = pages_of(pdf)
    assert len(pages) == printed.pages
    return Made(pdf, pages)


def inside(word: Word, page: Page, slack: float = MILLIMETRE) -> bool:
    across = page.width > page.height
    top, right, bottom, left = (28, 37, 26, 35) if across else (37, 26, 35, 28)
    return (
        word.left >= left * MILLIMETRE - slack and word.right <= page.width - right * MILLIMETRE + slack
        and word.top >= top * MILLIMETRE - slack and word.bottom <= page.height - bottom * MILLIMETRE + slack
    )  # fmt: skip


def test_a_full_page_has_22_lines_of_28_characters_within_the_type_area(made: Made) -> None:
    page = made.pages[1]
    body = [word for word in page.words if inside(word, page)]
    rows = sorted({round(word.top) for word in body})
    assert len(rows) == 22
    assert abs(rows[0] / MILLIMETRE - 37) < 2.5  # the letter is lower than its line by half of what is between lines
    longest = max(body, key=lambda word: len(word.text))
    assert len(longest.text) == 28
    assert abs(longest.left / MILLIMETRE - 28) < 1
    assert abs(longest.right / MILLIMETRE - (210 - 26)) < 1


def test_page_numbers_stand_outside_right_and_left_and_go_on_through_annexes(made: Made) -> None:
    assert made.text(len(made.pages) - 1) == ""  # the record block's page is even, and follows a blank one unnumbered
    for number, page in enumerate(made.pages[:-2], start=1):
        marks = [word for word in page.words if not inside(word, page) and word.text not in ("示例数据",)]
        assert "".join(word.text for word in marks) == f"—{number}—", number
        if page.width < page.height:
            assert all(word.top > page.height - 35 * MILLIMETRE for word in marks)
            edge = max(word.right for word in marks) if number % 2 else min(word.left for word in marks)
            away = page.width - 26 * MILLIMETRE - edge if number % 2 else edge - 28 * MILLIMETRE
            assert abs(away - 14) < 1.5
        else:
            assert all(word.right < 35 * MILLIMETRE for word in marks)


def test_only_the_six_fonts(made: Made) -> None:
    named = {line.split()[0].rpartition("Bulletin-")[2] for line in told("pdffonts", str(made.pdf)).splitlines()[2:]}
    assert named == FONTS


def test_annexes_repeat_their_heads_and_the_record_block_ends_the_last_even_page(made: Made) -> None:
    assert len(made.pages) % 2 == 0
    first = next(number for number in range(1, len(made.pages)) if made.text(number).startswith("示例数据附件1"))
    across = [number for number, page in enumerate(made.pages, start=1) if page.width > page.height]
    assert across[0] == first
    assert len(across) > 1
    assert all("项目名称" in made.text(number) and "万元" in made.text(number) for number in across)
    last = made.pages[-1]
    assert "抄送：市委办公室" in made.text(len(made.pages))
    assert "0123456789abcdef" in made.text(len(made.pages))
    lowest = max(word.bottom for word in last.words if "印发" in word.text)
    assert 0 < (last.height - 35 * MILLIMETRE - lowest) / MILLIMETRE < 4


def test_it_says_what_it_is(made: Made) -> None:
    reader = PdfReader(made.pdf)
    assert reader.metadata is not None
    assert reader.metadata.title == "关于全市工程2024年8月建设进展情况的通报"
    assert reader.trailer["/Root"]["/Lang"] == "zh-CN"
    assert [item.title for item in reader.outline][:2] == ["一、总体进展", "二、排名情况"]
    assert "共有44项工程" in "".join(made.text(number) for number in range(1, len(made.pages)))


def test_who_has_it_read_out_hears_headings_tables_heads_and_cells(made: Made) -> None:
    read = told("pdfinfo", "-struct-text", str(made.pdf))
    assert "Tagged:          yes" in told("pdfinfo", str(made.pdf))
    assert read.count("Table (block)") == 2
    first, second = read.split("Table (block)")[1:]
    # Each head once, however many pages repeat it; every cell, the empty ones too, in the order of its line.
    for section, lines in ((first, 41), (second, 6)):
        table_read = re.split(r"\n  (?=\w)", section)[0]
        assert re.findall(r'"([^"]+)"', table_read)[:4] == ["序号", "项目名称", "投资", "完成（万元）"]
        assert len(re.findall(r"\bTH\b", table_read)) == 5
        assert len(re.findall(r"\bTD\b", table_read)) == 4 * lines
    assert re.search(r"ColSpan.*2", told("pdfinfo", "-struct", str(made.pdf)))
    assert read.index("一、总体进展") < read.index("晋中市工程调度表") < read.index("抄送：市委办公室")
    assert "alphabet" not in read


def test_printed_again_it_is_the_same_and_one_process_prints_several(made: Made) -> None:
    asked = bulletin(table(40, Paper.A4), table(5, Paper.A4_UPRIGHT))
    told: list[tuple[int, int]] = []
    with Press() as press:
        press.warm()
        process = press.process
        others = [print_bulletin(bulletin(table(2, Paper.A3)), press=press).content for _ in range(2)]
        again = print_bulletin(asked, lambda done, whole: told.append((done, whole)), press)
        assert press.process is process
    assert others[0] == others[1]
    assert again.content == made.pdf.read_bytes()
    assert [done for done, _ in told] == list(range(1, len(told) + 1))
    assert {whole for _, whole in told} == {len(told)}


def test_a_text_without_end_is_cut(tmp_path: Path) -> None:
    endless = dataclasses.replace(bulletin(), sections=(Section("total", "一、", ("字" * 300_000,)),))
    pdf = tmp_path / "endless.pdf"
    pdf.write_bytes(print_bulletin(endless).content)
    assert len(pages_of(pdf)) <= 12
    page, *_ = table_pages(dataclasses.replace(table(0, Paper.A4), lines=[
        TableLine((Written(1), Written("字" * 300_000), Written(1), Written(2))),
    ]))  # fmt: skip
    assert page.rows[0].cells[1].text.endswith("……（全文见台账）")


@pytest.mark.parametrize(("value", "number_format", "shown"), [
    (1234.5, "#,##0.00", "1,234.50"), (1234, "#,##0.00####", "1,234.00"), (0.123456, "#,##0.00####", "0.123456"),
    (3, '"并列"0', "并列3"), (2, '"↑"0;"↓"0;"—"', "↑2"), (-2, '"↑"0;"↓"0;"—"', "↓2"), (0, '"↑"0;"↓"0;"—"', "—"),
    (60.5, '0.0#"%"', "60.5%"), (None, "0", ""), (datetime.date(2024, 8, 5), "yyyy-mm-dd", "2024-08-05"),
    (2.675, "0.00", "2.68"),
])  # fmt: skip
def test_cells_say_on_paper_what_the_workbook_shows(value: object, number_format: str, shown: str) -> None:
    assert cell_text(Written(value, number_format)) == shown  # type: ignore[arg-type]


def test_no_page_is_fuller_than_its_type_area_and_no_line_is_lost() -> None:
    asked = table(90, Paper.A4, "很长的项目名称要占几行才写得下的一项工程" * 2)
    pages = table_pages(asked, "附件1")
    assert sum(len(page.rows) for page in pages) == len(asked.lines)
    for page in pages:
        assert sum(row.height for row in (*page.heads, *page.rows)) <= AREAS[Paper.A4][1] * MILLIMETRE
    assert len(pages[-1].rows) > 1


def test_no_page_ends_with_the_sum_of_what_stands_on_the_next() -> None:
    asked = table(90, Paper.A4)
    lines = [
        dataclasses.replace(line, rank=LineRank.PART if at % 3 == 0 else LineRank.PLAIN)
        for at, line in enumerate(asked.lines)
    ]
    pages = table_pages(dataclasses.replace(asked, lines=lines))
    assert len(pages) > 3
    assert all(page.rows[-1].look == "" for page in pages[:-1])


def test_the_printed_code_is_the_address() -> None:
    matrix = [list(row) for row in segno.make("https://example.org/verify/8", error="m", micro=False).matrix]
    side, path = modules_of(matrix)
    drawn = [[0] * side for _ in range(side)]
    for left, down, wide in re.findall(r"M(\d+) (\d+)\.5h(\d+)", path):
        drawn[int(down)][int(left) : int(left) + int(wide)] = [1] * int(wide)
    assert drawn == matrix
