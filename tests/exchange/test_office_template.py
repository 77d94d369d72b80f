"""An office's own layout: a workbook with marks is filled; what stands around the lines keeps its place and look."""

from __future__ import annotations

import datetime
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.pagebreak import Break

from tests.exchange import hostile_files
from tracker.exchange.office_layouts.office_template import (
    MOST_LINES,
    Examined,
    TemplateError,
    examine,
    fill,
    starter,
)
from tracker.exchange.office_layouts.template_marks import plain_mark
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, PrintedTable, TableColumn, TableLine
from tracker.exchange.writing.table_workbook import write_tables
from tracker.model.faults import Severity

COLUMNS = [
    TableColumn("number", "序号"),
    TableColumn("name", "项目名称"),
    TableColumn("area", "地区"),
    TableColumn("total", "总投资", "万元", summed=True),
    TableColumn("plan", "计划", "万元", "本年投资", summed=True),
    TableColumn("start", "实际开工"),
]
WORDS = {"月份": "2024年8月", "地区": "晋中市", "专项": "示范"}


def table(count: int, name: str = "第{}标段工程") -> PrintedTable:
    lines = [
        TableLine((
            Written(number, "0"), Written(name.format(number)), Written("榆次区"), Written(100.5 * number, "#,##0.00"),
            Written(None), Written(datetime.date(2024, 8, number % 28 + 1), "yyyy-mm-dd"),
        ))
        for number in range(1, count + 1)
    ]  # fmt: skip
    sums = [Written("合计"), Written(None), Written(None), Written(sum(100.5 * each for each in range(1, count + 1))),
            Written(None), Written(None)]  # fmt: skip
    total = TableLine(tuple(sums), LineRank.TOTAL, range(1, count + 1))
    return PrintedTable(
        "dispatch", "调度表", "示范调度表", COLUMNS, [total, *lines], "截至8月31日", "单位：万元", ["注一", "=注二"]
    )


def template() -> openpyxl.Workbook:
    """Give a layout with everything around the line that has to move with what stands below it."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "本单位'格式"
    side = Side(style="medium", color="FF0000")
    for place, said in {
        "A1": "{{标题}}", "A2": "{{ 月份 }}·{{地区}}（{{专项}}）", "F2": "{{单位}}",
        "A3": "序", "B3": "工程", "D3": "投资", "E3": "计划", "F3": "开工", "G3": "折半",
        "A4": "{{#}}", "B4": "{{项目名称}}（{{地区}}）", "D4": "{{总投资}}", "E4": "{{本年投资·计划}}",
        "F4": "{{实际开工}}", "G4": "=D4/2", "A5": "合计", "D5": "{{合计：总投资}}", "E5": "=SUM(D4:D4)",
        "F5": "=D5*$D$3", "A7": "{{注}}", "A8": "制表人",
    }.items():  # fmt: skip
        sheet[place] = said
    for column in "ABCDEFG":
        sheet[f"{column}4"].border = Border(bottom=side)
        sheet[f"{column}4"].font = Font(name="楷体", size=12)
    sheet["B4"].alignment = Alignment(wrap_text=True)
    sheet["D4"].number_format = "0.0"
    sheet["A8"].fill = PatternFill("solid", fgColor="00FF00")
    for merged in ("A1:G1", "B3:C3", "B4:C4", "A7:G7", "B8:C9"):
        sheet.merge_cells(merged)
    sheet.row_dimensions[4].height, sheet.row_dimensions[5].height = 20, 33
    sheet.column_dimensions["B"].width, sheet.column_dimensions["C"].width = 30, 8
    sheet.print_area = "A1:G8"
    sheet.print_title_rows = "1:3"
    sheet.row_breaks.append(Break(id=6))
    sheet.auto_filter.ref = "A3:G4"
    sheet.conditional_formatting.add(
        "D4:D4", CellIsRule(operator="greaterThan", formula=["100"], fill=PatternFill(bgColor="FF0000"))
    )
    validation = DataValidation(type="whole", sqref="A4 A8")
    sheet.add_data_validation(validation)
    book.create_sheet("封面")["A1"] = "='本单位''格式'!D5"
    return book


def content_of(book: openpyxl.Workbook) -> bytes:
    written = io.BytesIO()
    book.save(written)
    return written.getvalue()


def filled(shown: PrintedTable, book: openpyxl.Workbook | None = None) -> openpyxl.Workbook:
    target = io.BytesIO()
    fill(content_of(book or template()), shown, WORDS, target)
    return openpyxl.load_workbook(target)


def plain(value: Any) -> Any:
    return value.date() if isinstance(value, datetime.datetime) else value


def look(cell: Any) -> tuple[Any, ...]:
    return (cell.font.name, cell.font.size, cell.border.bottom.style, cell.fill.fgColor.rgb, cell.alignment.wrap_text)


def test_a_layout_is_filled_and_what_stands_below_moves_down() -> None:
    book = filled(table(4))
    sheet = book.worksheets[0]
    assert [sheet["A1"].value, sheet["A2"].value, sheet["F2"].value] == [
        "示范调度表", "2024年8月·晋中市（示范）", "单位：万元"
    ]  # fmt: skip
    assert [[plain(cell.value) for cell in row] for row in sheet["A4:G7"]] == [
        [number, f"第{number}标段工程（榆次区）", None, 100.5 * number, None,
         datetime.date(2024, 8, number + 1), f"=D{number + 3}/2"]
        for number in range(1, 5)
    ]  # fmt: skip
    assert [cell.value for cell in sheet[8]][:6] == ["合计", None, None, 1005, "=SUM(D4:D7)", "=D8*$D$3"]
    assert (sheet["A10"].value, sheet["A10"].data_type, sheet["A11"].value) == ("注一\n=注二", "s", "制表人")
    before = template().worksheets[0]
    for old, new in (("A4", "A7"), ("B4", "B6"), ("G4", "G7"), ("D5", "D8"), ("A8", "A11")):
        assert look(sheet[new]) == look(before[old]), new
    assert (sheet["D7"].number_format, sheet["F7"].is_date) == ("0.0", True)
    assert {str(each) for each in sheet.merged_cells.ranges} == {
        "A1:G1", "B3:C3", "B4:C4", "B5:C5", "B6:C6", "B7:C7", "A10:G10", "B11:C12"
    }  # fmt: skip
    assert [sheet.row_dimensions[row].height for row in (4, 7, 8, 5)] == [20, 20, 33, 20]
    assert (sheet.print_area, sheet.print_title_rows, sheet.auto_filter.ref) == (
        "'本单位''格式'!$A$1:$G$11", "$1:$3", "A3:G7"
    )  # fmt: skip
    assert [each.id for each in sheet.row_breaks.brk] == [9]
    assert [str(each.sqref) for each in sheet.conditional_formatting] == ["D4:D7"]
    assert str(sheet.data_validations.dataValidation[0].sqref) in ("A4:A7 A11", "A11 A4:A7")
    assert book["封面"]["A1"].value == "='本单位''格式'!D8"


def test_rows_grow_for_long_texts_and_a_text_is_never_a_formula() -> None:
    sheet = filled(table(2, '=HYPERLINK("http://x")_x0041_' + "长" * 60)).worksheets[0]
    assert sheet.row_dimensions[4].height > 60
    assert (sheet["B5"].data_type, sheet["B5"].value.startswith("=HYPERLINK")) == ("s", True)
    book = template()
    book.worksheets[0]["B4"] = "{{项目名称}}"
    sheet = filled(table(1, "=1+1"), book).worksheets[0]
    assert (sheet["B4"].value, sheet["B4"].data_type, sheet["B4"].quotePrefix) == ("=1+1", "s", True)


def test_a_table_without_lines_leaves_one_empty_row() -> None:
    sheet = filled(table(0)).worksheets[0]
    assert [cell.value for cell in sheet[4]][:4] == [None, None, None, None]
    assert sheet["A5"].value == "合计"
    with pytest.raises(TemplateError, match="最多导出"):
        fill(content_of(template()), table(MOST_LINES + 1), WORDS, io.BytesIO())


def faults_of(book: openpyxl.Workbook) -> list[tuple[str | None, str | None, str]]:
    found = examine(content_of(book), "模板.xlsx", table(1))
    assert isinstance(found, list)
    assert {fault.severity for fault in found} == {Severity.FIX}
    return [(fault.sheet, fault.cell, fault.message) for fault in found]


def test_every_wrong_mark_is_named_with_its_cell_and_what_comes_nearest() -> None:
    good = examine(content_of(template()), "模板.xlsx", table(1))
    assert isinstance(good, Examined)
    assert (good.marks, good.lost) == (13, "")
    book = template()
    sheet = book.worksheets[0]
    sheet["B4"], sheet["F2"] = "{{项目名字}}", "{{单位名}}"
    sheet["E5"] = '="{{月份}}"&1'
    sheet["A6"] = "{{总投资}}"
    found = faults_of(book)
    assert [(name, cell) for name, cell, _ in found] == [(sheet.title, cell) for cell in ("F2", "B4", "E5", "A6")]
    for (_, _, message), expected in zip(found, ("{{单位}}", "{{项目名称}}", "公式", "{{合计:列名}}"), strict=True):
        assert expected in message
    sheet.merge_cells("A4:A5")
    del sheet["A6"]
    assert any("上下合并" in message for _, _, message in faults_of(book))
    empty = openpyxl.Workbook()
    empty.worksheets[0]["A1"] = "{{标题}}"
    assert "逐项重复的一行" in faults_of(empty)[0][2]
    far = template()
    far.worksheets[0]["A5000"] = "误留"
    assert [(name, cell) for name, cell, _ in faults_of(far)] == [("本单位'格式", "A5000")]


@pytest.mark.parametrize("make", [hostile_files.far_cell, hostile_files.everything_in_one_merge])
def test_a_hostile_file_is_one_sentence(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path / "hostile.xlsx")
    found = examine(path.read_bytes(), path.name, table(1))
    assert isinstance(found, list)
    assert len(found) == 1
    assert "请" in found[0].message


def test_a_layout_made_in_one_month_goes_for_the_others() -> None:
    assert (
        plain_mark("合计： 1—10月完成") == plain_mark("合计:1—9月完成") == plain_mark("合计:1月完成") == "合计:本年完成"
    )
    assert plain_mark("11月完成") == "11月完成"


def test_what_an_office_begins_with_is_a_layout_without_faults() -> None:
    shown = table(3)
    begun, target = io.BytesIO(), io.BytesIO()
    write_tables(begun, [starter(shown)])
    found = examine(begun.getvalue(), "样子.xlsx", shown)
    assert isinstance(found, Examined), found
    fill(begun.getvalue(), shown, WORDS, target)
    official = io.BytesIO()
    write_tables(official, [shown])
    ours, usual = (openpyxl.load_workbook(each, data_only=True).worksheets[0] for each in (target, official))
    said = [[[cell.value for cell in row] for row in sheet.iter_rows(min_row=1)] for sheet in (ours, usual)]
    # The usual form has a row for each note and none for a missing annex number.
    assert said[0][1:-1] == said[1][:-2]


def test_what_will_be_lost_is_said_beforehand() -> None:
    written = io.BytesIO(content_of(template()))
    with zipfile.ZipFile(written, "a") as archive:
        archive.writestr("xl/drawings/drawing9.xml", "<xdr:wsDr><xdr:sp></xdr:sp></xdr:wsDr>")
    found = examine(written.getvalue(), "模板.xlsx", table(1))
    assert isinstance(found, Examined)
    assert found.lost == "图形、文本框"
    assert isinstance(examine(b"a,b\n1,2\n", "a.csv", table(1)), list)
