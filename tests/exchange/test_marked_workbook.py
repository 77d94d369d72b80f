"""The workbook given back: marked where it is wrong, and otherwise the sender's own, cell by cell and part by part."""

from __future__ import annotations

import dataclasses
import re
import subprocess
import warnings
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from tests.exchange.builders import write_xlsx
from tests.exchange.lists import MONTH, Office
from tests.exchange.marked_books import (
    FAULTS,
    HEAD,
    MARKED,
    OWN_FILL,
    WRONG,
    cells,
    colour,
    fault,
    look,
    parts,
    read,
    rich_workbook,
)
from tracker.exchange.imports.importing import ImportRequest, import_sheets
from tracker.exchange.marking.marked_workbook import mark_workbook
from tracker.exchange.marking.marking_words import AUTHOR, COMMENT_MARK, SHEET_MARK, SHEET_NAME
from tracker.exchange.reading.workbooks import PAGE_LIMITS
from tracker.ledger.programmes import places_of
from tracker.model.faults import Fault, Severity


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The rich workbook, and as it is given back."""
    folder = tmp_path_factory.mktemp("rich")
    before = rich_workbook(folder / "原表.xlsx")
    after = folder / "原表-标注.xlsx"
    assert mark_workbook(before, after, FAULTS).cells == len(MARKED)
    return before, after


def test_a_marked_cell_has_another_fill_and_every_other_cell_its_own_format(rich: tuple[Path, Path]) -> None:
    before, after = (openpyxl.load_workbook(path) for path in rich)
    assert after.sheetnames == ["清单", "说明", SHEET_NAME]
    for name in before.sheetnames:
        for was, now in zip(cells(before[name]), cells(after[name]), strict=True):
            marked = MARKED.get(now.coordinate, "") if name == "清单" else ""
            assert colour(now) == marked, now.coordinate
            if now.coordinate != "H25":  # see below
                assert look(now, but_fill=bool(marked)) == look(was, but_fill=bool(marked)), now.coordinate
            assert now.value == was.value
    # A cell that nobody had written takes the look of its column.
    assert after["清单"]["H25"].font.b
    assert after["清单"]["H25"].border.left.style == "medium"


def test_every_part_without_a_mark_keeps_its_bytes(rich: tuple[Path, Path]) -> None:
    before, after = map(parts, rich)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {
        "[Content_Types].xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml",
        "xl/worksheets/sheet1.xml", "xl/comments1.xml", "xl/drawings/vmlDrawing1.vml",
    }  # fmt: skip
    assert set(after) - set(before) == {"xl/worksheets/sheet3.xml"}
    # Beside the styles of the marked cells and the cells put in, the sheet is the same text.
    sheet = after["xl/worksheets/sheet1.xml"].decode()
    added = re.compile(r'<c r="(?:G12|D20|H25)" s="\d+"/>|<row r="(?:20|25)">.*?</row>')
    plain = [re.sub(r' (?:s|spans)="[^"]*"', "", text)
             for text in (before["xl/worksheets/sheet1.xml"].decode(), added.sub("", sheet))]  # fmt: skip
    assert plain[0] == plain[1]
    order = [int(number) for number in re.findall(r'<row r="(\d+)"', sheet)]
    assert order == sorted(order)


def test_comments_say_what_is_wrong_beside_what_people_wrote(rich: tuple[Path, Path]) -> None:
    after = openpyxl.load_workbook(rich[1])
    said = {cell.coordinate: cell.comment for cell in cells(after["清单"]) if cell.comment}
    assert said.keys() == {*MARKED, "C4"}
    assert (said["C4"].author, said["C4"].text) == ("张三", "名称以批复为准")
    assert said["D3"].author == "张三"
    assert said["D3"].text == f"请核对\n第二行\n{COMMENT_MARK}请确认】远大于总投资。"
    assert (said["B5"].author, said["B5"].text) == (AUTHOR, f"{COMMENT_MARK}须改正】没有这个县。")
    assert after["说明"]["A1"].comment.text == "不要动这里"
    shapes = parts(rich[1])["xl/drawings/vmlDrawing1.vml"]
    places = sorted(zip(re.findall(rb"<x:Row>(\d+)<", shapes), re.findall(rb"<x:Column>(\d+)<", shapes), strict=True))
    assert len(places) == len(set(places)) == len(said)
    numbers = re.findall(rb'<v:shape id="([^"]+)"', shapes)
    assert len(set(numbers)) == len(said)


def test_the_list_leads_to_every_cell_and_holds_texts_only(tmp_path: Path) -> None:
    source = write_xlsx(tmp_path / "a.xlsx", {"甲'乙": [[*HEAD]], SHEET_NAME: [["张三记的问题"]]})
    faults = [fault("B3", "=HYPERLINK(\"http://x\")", said="=1+1", sheet="甲'乙"),
              fault("C4", "请核对。", Severity.ASK, "_x0041_ 𠮷\n第二行\x07", "甲'乙"),
              Fault(Severity.STOP, "全文件的问题。"), fault("B3", "不在的表。", sheet="没有这张表")]  # fmt: skip
    marked = mark_workbook(source, tmp_path / "b.xlsx", faults, name="甲县.xlsx")
    assert (marked.sheet, marked.cells) == (f"{SHEET_NAME}2", 2)
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    assert book[SHEET_NAME]["A1"].value == "张三记的问题"
    sheet = book[marked.sheet]
    assert sheet["A2"].value == "“甲县.xlsx”共有 4 处问题：须改正 2 处，请确认 1 处，无法读取 1 处。"
    rows = [[cell.value for cell in row] for row in sheet["A5:F8"]]
    assert rows == [
        ["须改正", "甲'乙", "B3", "总投资", "=1+1", '=HYPERLINK("http://x")'],
        ["请确认", "甲'乙", "C4", "总投资", "_x005F_x0041_ 𠮷\n第二行", "请核对。"],
        ["无法读取", "整个文件", "—", "", "", "全文件的问题。"],
        ["须改正", "没有这张表", "B3", "总投资", "", "不在的表。"],
    ]
    assert all(cell.data_type != "f" for row in sheet["A1:G8"] for cell in row)
    assert sheet["E5"].quotePrefix
    assert sheet["F5"].quotePrefix
    links = {cell.coordinate: cell.hyperlink.location for cell in sheet["C"] if cell.hyperlink}
    assert links == {"C5": "'甲''乙'!B3", "C6": "'甲''乙'!C4"}
    assert sheet.column_dimensions["G"].hidden
    assert sheet.print_title_rows == f"${4}:${4}"


def sends(office: Office, path: Path) -> list[Fault]:
    """Import a workbook as it is; give its faults."""
    place = places_of(office.ledger, office.programme).find("1407")
    assert place is not None
    request = ImportRequest(path, MONTH, place, "填报员", dry_run=True)
    return import_sheets(office.ledger, office.programme, request, read(path)).faults


def formats_of(book: Workbook) -> dict[str, list[str]]:
    return {cell.coordinate: look(cell) for cell in cells(book["清单"]) if cell.row <= 4}


def test_what_is_mended_loses_its_mark_and_only_what_is_wrong_keeps_one(office: Office, tmp_path: Path) -> None:
    source = write_xlsx(tmp_path / "a.xlsx", {"清单": WRONG})
    book = openpyxl.load_workbook(source)
    book["清单"]["D4"].fill = openpyxl.styles.PatternFill("solid", fgColor=OWN_FILL)
    book["清单"]["B2"].fill = openpyxl.styles.PatternFill(
        "solid", fgColor=openpyxl.styles.colors.Color(theme=4, tint=0.6)
    )
    book["清单"]["D4"].comment = openpyxl.comments.Comment("我的话", "张三")
    book.save(source)
    original = formats_of(openpyxl.load_workbook(source))
    faults = sends(office, source)
    assert [each.cell for each in faults] == ["B2", "D3", "E3", "D4"]
    once = tmp_path / "once.xlsx"
    mark_workbook(source, once, faults)
    assert [each.cell for each in sends(office, once)] == ["B2", "D3", "E3", "D4"]
    # Mended in another program, which numbers styles anew, with a row put in that moves everything.
    book = openpyxl.load_workbook(once)
    sheet = book["清单"]
    sheet["B2"], sheet["E3"], sheet["D4"] = "榆次区", "2024-02-01", 5
    book.save(once)
    left = sends(office, once)
    assert [each.cell for each in left] == ["D3"]
    twice = tmp_path / "twice.xlsx"
    assert mark_workbook(once, twice, left).sheet == SHEET_NAME
    book = openpyxl.load_workbook(twice)
    assert book.sheetnames == ["清单", SHEET_NAME]
    sheet = book["清单"]
    assert {cell.coordinate for cell in cells(sheet) if colour(cell)} == {"D3"}
    comments = {cell.coordinate: cell.comment.text for cell in cells(sheet) if cell.comment}
    assert comments.keys() == {"D3", "D4"}
    assert (comments["D4"], comments["D3"].count(COMMENT_MARK)) == ("我的话", 1)
    now = formats_of(book)
    assert {cell for cell in now if now[cell] != original[cell]} == {"D3"}
    assert [book[SHEET_NAME].cell(row, 3).value for row in (5, 6)] == ["D3", None]
    sheet["D3"] = 3000
    book.save(twice)
    assert sends(office, twice) == []


def test_marks_come_off_wherever_their_cells_went(tmp_path: Path) -> None:
    source, once, twice = (tmp_path / name for name in ("a.xlsx", "b.xlsx", "c.xlsx"))
    book = openpyxl.load_workbook(write_xlsx(source, {"清单": WRONG}))
    book["清单"]["E3"].fill = openpyxl.styles.PatternFill("solid", fgColor=OWN_FILL)
    book.save(source)
    mark_workbook(source, once, [fault("D3", "不是数字。"), fault("E3", "没有这一天。")])
    book = openpyxl.load_workbook(once)
    book["清单"].move_range("A3:F3", rows=7)
    book["清单"]["A1"]._style = book["清单"]["D10"]._style
    del book[SHEET_NAME]
    book.save(once)
    mark_workbook(once, twice, [fault("B2", "没有这个县。")])
    book = openpyxl.load_workbook(twice)
    assert {cell.coordinate for cell in cells(book["清单"]) if colour(cell)} == {"B2"}
    assert {cell.coordinate for cell in cells(book["清单"]) if cell.comment} == {"B2"}


def test_the_list_of_faults_is_never_read_as_a_list_of_projects(tmp_path: Path) -> None:
    source, marked = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    write_xlsx(source, {"项目名称": WRONG})
    said = Fault(Severity.FIX, "总投资（万元）", "项目名称", "B2", "county", "实际开工时间")
    mark_workbook(source, marked, [said] * 6)
    book = openpyxl.load_workbook(marked)
    assert any(cell.value == SHEET_MARK for cell in book[SHEET_NAME]["G"])
    book[SHEET_NAME].title = "改了名字"
    book.save(marked)
    sheets = read(marked)
    assert not isinstance(sheets, Fault)
    assert [sheet.name for sheet in sheets] == ["项目名称"]
    # Its rows do not count against what a list may have.
    mark_workbook(source, marked, [said] * 300)
    assert not isinstance(read(marked, dataclasses.replace(PAGE_LIMITS, rows=len(WRONG))), Fault)


def test_another_program_opens_it_and_its_marks_come_off_again(rich: tuple[Path, Path], tmp_path: Path) -> None:
    """LibreOffice shows fills and comments; what it saves anew, styles and comments of its own making, is unmarked."""
    plain = write_xlsx(tmp_path / "清单.xlsx", {"清单": WRONG})
    mark_workbook(plain, tmp_path / "清单-标注.xlsx", [fault("D3", "不是数字。")])
    done = subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx",
         "--outdir", str(tmp_path / "saved"), str(rich[1]), str(tmp_path / "清单-标注.xlsx")],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "Error" not in done.stdout + done.stderr
    # What LibreOffice adds to charts and bars is more than openpyxl knows.
    warnings.simplefilter("ignore", UserWarning)
    saved = openpyxl.load_workbook(tmp_path / "saved" / rich[1].name)
    assert {cell.coordinate for cell in cells(saved["清单"]) if colour(cell)} == MARKED.keys()
    assert {cell.coordinate for cell in cells(saved["清单"]) if cell.comment} == {*MARKED, "C4"}
    assert COMMENT_MARK in saved["清单"]["B5"].comment.text
    mark_workbook(tmp_path / "saved" / rich[1].name, tmp_path / "again.xlsx", FAULTS[:1])
    again = openpyxl.load_workbook(tmp_path / "again.xlsx")
    assert again.sheetnames == ["清单", "说明", SHEET_NAME]
    assert {cell.coordinate for cell in cells(again["清单"]) if colour(cell)} == {"D3"}
    assert {cell.coordinate for cell in cells(again["清单"]) if cell.comment} == {"D3", "C4"}
    assert again["清单"]["B5"].fill.fgColor.rgb == f"FF{OWN_FILL}"
    assert again["清单"]["D6"].fill.fill_type == openpyxl.load_workbook(rich[0])["清单"]["D6"].fill.fill_type
