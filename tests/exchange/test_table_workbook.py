"""Printed tables as files: what the workbook says on screen, on paper and calculated anew; text for programs."""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import subprocess
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, Paper, PrintedTable, TableColumn, TableLine
from tracker.exchange.writing.sheet_rows import LONGEST_TEXT
from tracker.exchange.writing.table_csv import table_as_csv
from tracker.exchange.writing.table_json import tables_as_json
from tracker.exchange.writing.table_layout import PAGE_WIDTHS
from tracker.exchange.writing.table_measuring import LONG_TABLE
from tracker.exchange.writing.table_workbook import sheet_names, write_tables

MONEY = "#,##0.00##"
HARD_TEXTS = (
    "=1+1", "+8", "-1", "@SUM(A1)", "\t制表", "=HYPERLINK(\"http://x\")", "http://example.com/a?b=1&c=<2>",
    "mailto:x@y", "<r><t>生文本</t></r>", "_x0041_工程", "_x005F_", "_x000D_", "#N/A", "TRUE", "00123", "1E5",
    "2024-08-05", " 前后 ", "第一行\n第二行", "喆堃玥镕虒磛", "𠮷野家㐂", "污水厂🏭", "e\u0301", "'引号",
    "&amp;", "]]>", "a  b",
)  # fmt: skip
RECALCULATING = (
    '<?xml version="1.0" encoding="UTF-8"?><oor:items xmlns:oor="http://openoffice.org/2001/registry">'
    '<item oor:path="/org.openoffice.Office.Calc/Formula/Load"><prop oor:name="OOXMLRecalcMode" oor:op="fuse">'
    "<value>0</value></prop></item></oor:items>"
)


def project(number: int, quarters: int) -> TableLine:
    actual = datetime.date(2024, 4, number % 28 + 1)
    cells = [
        Written(number, "0"),
        Written(f"示范河第{number}标段水环境综合治理工程"),
        Written(1000.1 * number, MONEY, f"{1000.1 * number:.2f}"),
        *(Written(number * quarter / 8 if (number + quarter) % 5 else None, MONEY) for quarter in range(quarters)),
        Written(number * 7 % 101 / 2, '0.0"%"', f"{number * 7 % 101 / 2:.1f}"),
        Written(actual, "yyyy-mm-dd") if number % 3 else Written("2024年4月"),
        Written("主体完工，正在安装设备" * (1 + number % 4) if number % 6 else None),
        Written(f"140702-{number:04d}"),
    ]
    return TableLine(tuple(cells))


def summed(label: str, rank: LineRank, columns: Sequence[TableColumn], lines: dict[int, TableLine]) -> TableLine:
    """Give the line that adds up some lines, by their positions."""
    cells = [
        Written(float(f"{sum(line.cells[index].value or 0 for line in lines.values()):.15g}"), MONEY)  # type: ignore[misc]
        if column.summed
        else Written(label if index == 1 else None)
        for index, column in enumerate(columns)
    ]
    return TableLine(tuple(cells), rank, tuple(lines))


def dispatch(name: str, paper: Paper, count: int, quarters: int = 3) -> PrintedTable:
    """Give a table of two sections with their sums, heads that columns share, and notes."""
    columns = [
        TableColumn("number", "序号"),
        TableColumn("name", "项目名称", bounds=(22, 44), left=True),
        TableColumn("total", "总投资", "万元", summed=True),
        *(
            TableColumn(f"quarter_{index}", f"第{index}批", "万元", "投资安排", summed=True)
            for index in range(quarters)
        ),
        TableColumn("share", "占年度计划", "%", "进度"),
        TableColumn("actual", "实际开工", "", "进度"),
        TableColumn("progress", "形象进度", bounds=(16, 60), left=True),
        TableColumn("code", "项目编码", on_paper=False),
    ]
    half = count // 2
    blanks = [Written(None)] * (len(columns) - 1)
    first = {number + 2: project(number, quarters) for number in range(1, half + 1)}
    start = half + 5
    second = {start + number: project(half + 1 + number, quarters) for number in range(count - half)}
    parts = {
        2: summed("小计", LineRank.SUBTOTAL, columns, first),
        start - 1: summed("小计", LineRank.SUBTOTAL, columns, second),
    }
    lines = {
        0: summed("合计", LineRank.TOTAL, columns, parts),
        1: TableLine((Written("一、榆次区"), *blanks), LineRank.SECTION),
        start - 2: TableLine((Written("=二、太谷区"), *blanks), LineRank.SECTION),
        **first, **second, **parts,
    }  # fmt: skip
    return PrintedTable(
        "dispatch", name, f"晋中市示范工程{name}（2024年8月）", columns, [lines[number] for number in sorted(lines)],
        "填报时间：2024年8月", "单位：万元",
        ["注：占年度计划为一月以来累计除以年度计划。" * 4, "=SUM(A1)"], "附件2", True, 2, paper,
    )  # fmt: skip


def texts() -> PrintedTable:
    columns = [TableColumn("number", "序号"), TableColumn("said", "文字", bounds=(8, 30), left=True)]
    lines = [TableLine((Written(number, "0"), Written(text))) for number, text in enumerate(HARD_TEXTS, start=1)]
    return PrintedTable("texts", "文字", "=标题", columns, lines, said="@范围")


TABLES = {
    "调度表": dispatch("调度表", Paper.A4, 24),
    "大幅调度表": dispatch("大幅调度表", Paper.A3, 24),
    "分页调度表": dispatch("分页调度表", Paper.A4, 40, 16),
    "竖排表": dispatch("竖排表", Paper.A4_UPRIGHT, 6, 1),
    "文字": texts(),
}
SIZES = {Paper.A4: (842, 595), Paper.A4_UPRIGHT: (595, 842), Paper.A3: (1191, 842)}


@dataclass(frozen=True)
class Files:
    """One workbook of several tables: as written, as LibreOffice calculates it anew, and as it prints it."""

    written: Path
    again: Path
    pages: list[tuple[str, tuple[int, int]]]

    def sheet(self, name: str, *, values: bool = True) -> Worksheet:
        found = openpyxl.load_workbook(self.written, data_only=values)[name]
        assert isinstance(found, Worksheet)
        return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("tables")
    written, spoiled = folder / "tables.xlsx", folder / "spoiled.xlsx"
    write_tables(written, list(TABLES.values()))
    # What LibreOffice gives for a sum is worked out by itself: of this copy's sums every result is wrong.
    with zipfile.ZipFile(written) as source, zipfile.ZipFile(spoiled, "w") as copy:
        for name in source.namelist():
            copy.writestr(name, re.sub(rb"</f><v>[^<]*</v>", b"</f><v>0.5</v>", source.read(name)))
    profile = folder / "profile" / "user"
    profile.mkdir(parents=True)
    (profile / "registrymodifications.xcu").write_text(RECALCULATING, encoding="utf-8")
    office = ("soffice", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to")
    told(*office, "xlsx:Calc MS Excel 2007 XML", "--outdir", str(folder / "again"), str(spoiled))
    told(*office, "pdf", "--outdir", str(folder), str(written))
    pdf = folder / "tables.pdf"
    count = int(re.findall(r"Pages:\s+(\d+)", told("pdfinfo", str(pdf)))[0])
    sizes = re.findall(r"size:\s+([\d.]+) x ([\d.]+)", told("pdfinfo", "-l", str(count), str(pdf)))
    pages = told("pdftotext", "-layout", str(pdf), "-").split("\f")
    return Files(
        written,
        folder / "again" / "spoiled.xlsx",
        [(text, (round(float(wide)), round(float(high)))) for text, (wide, high) in zip(pages, sizes, strict=False)],
    )


def told(*command: str) -> str:
    return subprocess.run(command, capture_output=True, check=True, timeout=300).stdout.decode()


def comparable(value: Any) -> Any:
    return round(float(value), 9) if isinstance(value, int | float) else value


def test_libreoffice_comes_to_the_same_sums_and_reads_back_every_cell(files: Files) -> None:
    again = openpyxl.load_workbook(files.again, data_only=True)
    assert again.sheetnames == list(TABLES)
    for name, table in TABLES.items():
        ours, theirs, formulas = files.sheet(name), again[name], files.sheet(name, values=False)
        for row in ours.iter_rows():
            for cell in row:
                # openpyxl leaves the escape of a text that looks like one, LibreOffice does not write it.
                if name == "文字" and cell.column == 2:
                    continue
                told_again = theirs.cell(cell.row, cell.column).value
                assert comparable(told_again) == comparable(cell.value), (name, cell.coordinate)
        sums = [cell.value for row in formulas.iter_rows() for cell in row if cell.data_type == "f"]
        assert name == "文字" or len(sums) == 3 * sum(column.summed for column in table.columns)
    assert files.sheet("调度表", values=False)["C6"].value == "=SUM(C8,C22)"
    assert files.sheet("调度表", values=False)["C8"].value == "=SUM(C9:C20)"
    for path in (files.written, files.again):
        rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_name("文字").to_python()[-len(HARD_TEXTS) :]
        assert [row[1] for row in rows] == list(HARD_TEXTS)


def test_no_text_is_a_formula_or_a_link(files: Files) -> None:
    book = openpyxl.load_workbook(files.written)
    for sheet in book.worksheets:
        cells = [cell for row in sheet.iter_rows() for cell in row]
        assert all(str(cell.value).startswith("=SUM(") for cell in cells if cell.data_type == "f")
        assert {cell.data_type for cell in cells} <= {"s", "n", "d", "f"}
        assert not any(cell.hyperlink for cell in cells)
    quoted = {str(row[1].value) for row in book["文字"].iter_rows() if row[1].quotePrefix}
    assert quoted == {text for text in HARD_TEXTS if text[0] in "=+-@\t"}
    with pytest.raises(ValueError, match="sheets keep"):
        write_tables(io.BytesIO(), [replace(texts(), title="长" * (LONGEST_TEXT + 1))])


def test_a_place_that_cannot_be_written_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_tables(tmp_path / "none" / "tables.xlsx", [texts()])


def test_the_sheet_is_laid_out_as_the_table_says(files: Files) -> None:
    sheet = files.sheet("调度表")
    assert (sheet["A1"].value, sheet["A1"].font.name) == ("附件2", "黑体")
    assert (sheet["A2"].value, sheet["A2"].alignment.horizontal) == ("晋中市示范工程调度表（2024年8月）", "center")
    assert (sheet["A3"].value, sheet["H3"].value) == ("填报时间：2024年8月", None)
    assert "单位：万元" in [cell.value for cell in sheet[3]]
    assert [cell.value for cell in sheet[4]] == [
        "序号",
        "项目名称",
        "总投资\n（万元）",
        "投资安排",
        None,
        None,
        "进度",
        None,
        "形象进度",
    ]
    assert [sheet.cell(5, column).value for column in (1, 4, 8)] == [None, "第0批\n（万元）", "实际开工"]
    merged = {str(each) for each in sheet.merged_cells.ranges}
    assert {"A1:I1", "A2:I2", "A4:A5", "D4:F4", "G4:H4", "A7:I7", "A21:I21", "A35:I35"} <= merged
    assert (sheet["B6"].value, sheet["B6"].font.name, sheet["B8"].value) == ("合计", "黑体", "小计")
    assert (sheet["A21"].value, sheet["A21"].alignment.horizontal) == ("=二、太谷区", "left")
    assert (sheet["B9"].alignment.horizontal, sheet["C9"].alignment.horizontal, sheet["B9"].font.name) == (
        "left", "right", "仿宋"
    )  # fmt: skip
    assert (sheet["H9"].is_date, sheet["H9"].number_format, sheet["H11"].value) == (True, "yyyy-mm-dd", "2024年4月")
    assert (sheet["G9"].value, sheet["G9"].number_format) == (3.5, '0.0"%"')
    assert {sheet["C9"].border.left.style, sheet["I34"].border.bottom.style} == {"thin"}
    assert (sheet.freeze_panes, sheet.print_title_rows, sheet.print_area) == ("C7", "$1:$5", "'调度表'!$A$1:$I$36")
    assert (sheet.oddFooter.left.text, sheet.oddFooter.center.text) == ("示例数据", "第 &P 页 共 &N 页")
    assert sheet.row_dimensions[35].height > 18
    wide = files.sheet("分页调度表")
    assert (wide.page_setup.scale, wide.print_title_cols, wide.page_setup.pageOrder) == (85, "$A:$B", "overThenDown")
    assert len(wide.col_breaks.brk) == 1


def test_the_tables_print_on_the_pages_expected(files: Files) -> None:
    by_title: dict[str, list[str]] = {name: [] for name in TABLES}
    for text, size in files.pages:
        squeezed = "".join(text.split())
        name = next(name for name, table in TABLES.items() if "".join(table.title.split()) in squeezed)
        assert size == SIZES[TABLES[name].paper], name
        by_title[name].append(squeezed)
    assert {name: len(pages) for name, pages in by_title.items()} == {
        "调度表": 2, "大幅调度表": 1, "分页调度表": 8, "竖排表": 1, "文字": 2,
    }  # fmt: skip
    for name, pages in by_title.items():
        assert all("附件2" in page and "单位：万元" in page and "示例数据" in page for page in pages) or name == "文字"
        assert all("序号" in page for page in pages), name
        assert "###" not in "".join(pages)
        if name != "文字":
            said = "".join(pages)
            assert all(said.count(f"示范河第{number}标段") >= 1 for number in range(1, 7)), name
            assert said.count("注：占年度计划") == 4, name
    assert f"第{len(files.pages)}页共{len(files.pages)}页" in "".join(files.pages[-1][0].split())


def test_a_long_table_has_room_for_its_widest_number_and_adds_it_up(tmp_path: Path) -> None:
    count = 3 * LONG_TABLE
    columns = [
        TableColumn("number", "序号"),
        TableColumn("sum", "投资", "万元", summed=True),
        TableColumn("mixed", "投资", "元", summed=True),
        TableColumn("said", "说明", bounds=(8, 20), left=True),
    ]
    mixed: dict[int, str | float] = {7: "1234567890123456.7"}
    lines = [
        TableLine((
            Written(number, "0"),
            # The widest has the most decimals, not the greatest value, and stands where no sample looks.
            Written(987654.123456 if number == 4_001 else 1_000_000.0, "#,##0.00####"),
            Written(mixed.get(number, 1.0)),
            Written("长" * (number % 50)),
        ))
        for number in range(count)
    ]  # fmt: skip
    total = TableLine(
        (Written("合计"), Written(count * 1e6 - 12345.876544, MONEY), Written(float(count)), Written(None)),
        LineRank.TOTAL,
        range(1, count + 1),
    )
    write_tables(tmp_path / "long.xlsx", [PrintedTable("long", "长", "长表", columns, [total, *lines])])
    sheet = openpyxl.load_workbook(tmp_path / "long.xlsx").worksheets[0]
    assert sheet.column_dimensions["B"].width >= len("987,654.123456") + 2
    assert sheet["B3"].value == f"=SUM(B4:B{count + 3})"
    # Recalculating would leave out the number that its cell holds as text.
    assert sheet["C3"].value == count
    assert sheet.row_dimensions[4 + 49].height > sheet.row_dimensions[4 + 1].height
    assert sum(sheet.column_dimensions[letter].width for letter in "ABCD") <= PAGE_WIDTHS[Paper.A4]


def test_sheets_have_names_that_sheets_may_bear() -> None:
    names = sheet_names(["甲/乙*[丙]?:\\", "表", "表", "A" * 40, "a" * 40, "", "'引'", "𠮷" * 20])
    assert names[1:3] == ["表", "表（2）"]
    assert names[5:7] == ["表（3）", "引"]
    assert len({name.casefold() for name in names}) == len(names)
    assert all(0 < len(name.encode("utf-16-le")) <= 62 and not re.search(r"[\[\]:*?/\\]", name) for name in names)


def test_programs_get_the_data_as_text_and_as_json() -> None:
    table = TABLES["竖排表"]
    content = table_as_csv(table)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == [
        "序号", "项目名称", "总投资（万元）", "投资安排·第0批（万元）", "进度·占年度计划（%）", "进度·实际开工",
        "形象进度", "项目编码",
    ]  # fmt: skip
    assert rows[1] == [
        "1", "示范河第1标段水环境综合治理工程", "1000.1", "0", "3.5", "2024-04-02",
        "主体完工，正在安装设备" * 2, "140702-0001",
    ]  # fmt: skip
    assert len(rows) == 1 + 6
    assert table_as_csv(texts()).decode("utf-8-sig").splitlines()[1] == "1,\u3000=1+1"
    told = json.loads(tables_as_json([table]))
    assert (told["table"], told["said"], told["columns"][3]) == (
        "dispatch", "填报时间：2024年8月",
        {"key": "quarter_0", "heading": "第0批", "group": "投资安排", "unit": "万元"},
    )  # fmt: skip
    assert [line["rank"] for line in told["lines"][:4]] == ["total", "section", "subtotal", "plain"]
    assert told["lines"][1] == {"rank": "section", "text": "一、榆次区"}
    plain = told["lines"][3]
    assert (plain["number"], plain["total"], plain["share"], plain["actual"]) == (1, "1000.10", "3.5", "2024-04-02")
    assert (plain["quarter_0"], told["lines"][0]["share"]) == ("0.00", None)
    assert list(json.loads(tables_as_json([table, texts()]))) == ["tables"]
    with pytest.raises(ValueError, match="rank"):
        tables_as_json([replace(table, columns=[TableColumn("rank", "位次"), *table.columns[1:]])])
