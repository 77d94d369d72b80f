"""Marks in workbooks as other programs write them, in files that can hold none, and in those that end the marking."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.exchange.builders import archive, rewrite, write_xls, write_xlsx
from tests.exchange.marked_books import (
    FAULTS,
    HEAD,
    WRONG,
    cells,
    colour,
    fault,
    parts,
    read,
    rich_workbook,
)
from tracker.exchange.marking.marked_workbook import MarkingError, mark_workbook
from tracker.exchange.marking.marking_words import SHEET_NAME
from tracker.exchange.marking.sheet_bytes import scanned
from tracker.exchange.marking.workbook_parts import NotMarkableError, parsed
from tracker.model.faults import Fault

MAIN = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def as_wps(name: str, content: bytes) -> bytes:
    """Empty fills, absolute targets, a prefix for everything, rows and cells that do not say where they stand."""
    if name == "xl/styles.xml":
        return re.sub(rb"<fills.*?</fills>", b'<fills count="2"><fill/><fill/></fills>', content, flags=re.DOTALL)
    if name == "xl/_rels/workbook.xml.rels":
        return content.replace(b'Target="worksheets', b'Target="/xl/worksheets').replace(
            b'Target="/xl/xl', b'Target="/xl'
        )
    if name == "xl/worksheets/sheet1.xml":
        content = re.sub(rb' r="[A-Z]*[0-9]+"', b"", content)
        content = re.sub(rb"<(/?)([a-zA-Z])", rb"<\1x:\2", content)
        return content.replace(b'xmlns="', b'xmlns:x="').replace(b"</x:sheetData>", b"<!-- <x:c/> --></x:sheetData>")
    return content


STRICT = {
    MAIN: b"http://purl.oclc.org/ooxml/spreadsheetml/main",
    RELATIONS: b"http://purl.oclc.org/ooxml/officeDocument/relationships",
}


def as_strict(_name: str, content: bytes) -> bytes:
    for usual, strict in STRICT.items():
        content = content.replace(usual, strict)
    return content


def _transitional(content: bytes) -> bytes:
    for usual, strict in STRICT.items():
        content = content.replace(strict, usual)
    return content


def with_nothing(name: str, content: bytes) -> bytes:
    return re.sub(rb"<sheetData>.*</sheetData>", b"<sheetData/>", content) if name.endswith("sheet1.xml") else content


def in_utf16(name: str, content: bytes) -> bytes:
    return content.decode().encode("utf-16") if name.endswith("sheet1.xml") else content


def without_styles(name: str, content: bytes) -> bytes:
    if name == "[Content_Types].xml":
        return re.sub(rb"<Override [^>]*styles.xml[^>]*/>", b"", content)
    if name == "xl/_rels/workbook.xml.rels":
        return re.sub(rb"<Relationship [^>]*styles.xml[^>]*/>", b"", content)
    return re.sub(rb' s="\d+"', b"", content) if name.endswith("sheet1.xml") else content


@pytest.mark.parametrize("change", [as_wps, as_strict, with_nothing, in_utf16, without_styles])
def test_workbooks_as_other_programs_write_them(tmp_path: Path, change: Any) -> None:
    source, marked, again = (tmp_path / name for name in ("a.xlsx", "b.xlsx", "c.xlsx"))
    rewrite(write_xlsx(source, {"清单": WRONG}), change)
    if change is without_styles:
        source.write_bytes(archive({name: part for name, part in parts(source).items() if name != "xl/styles.xml"}))
    values = None if change in (with_nothing, in_utf16) else read(source)
    faults = [fault("D3", "不是数字。"), fault("H3", "多余。"), fault("B9", "缺县名。")]
    assert mark_workbook(source, marked, faults).cells == 3
    assert values is None or read(marked) == values
    assert mark_workbook(marked, again, faults[:1]).cells == 1
    for path, expected in ((marked, {"D3", "H3", "B9"}), (again, {"D3"})):
        content = {name: _transitional(part) for name, part in parts(path).items()}
        memory = io.BytesIO()
        with zipfile.ZipFile(memory, "w") as rewritten:
            for name, part in content.items():
                if name == "xl/styles.xml":  # openpyxl takes no empty fill
                    part = part.replace(b"<fill/>", b"<fill><patternFill/></fill>")  # noqa: PLW2901
                rewritten.writestr(name, part)
        sheet = openpyxl.load_workbook(memory)["清单"]
        assert {cell.coordinate for cell in cells(sheet) if colour(cell)} == expected
        assert {cell.coordinate for cell in cells(sheet) if cell.comment} == expected


def test_what_can_hold_no_marks_comes_back_as_its_values(tmp_path: Path) -> None:
    rows: Any = [HEAD, [1, "榆次区", "=甲工程", 100.5, "2024-03", None], [2, None, "+乙工程", True, None, "a\nb"]]
    xls = write_xls(tmp_path / "旧.xls", rows, (1, 2, 1, 1))
    text = "\n".join(",".join('"' + str(cell or "").replace('"', '""') + '"' for cell in row) for row in rows)
    csv = tmp_path / "榆次:区.csv"
    csv.write_bytes(text.encode("gb18030"))
    for source, name in ((xls, "清单"), (csv, "榆次_区")):
        before = read(source)
        assert not isinstance(before, Fault), before
        marked = tmp_path / f"{source.stem}.xlsx"
        faults = [fault("B3", "没有这个县。", sheet=before[0].name), fault("D3", "不是数字。", sheet=before[0].name)]
        assert mark_workbook(source, marked, faults).cells == 2
        after = read(marked)
        assert not isinstance(after, Fault), after
        assert [sheet.name for sheet in after] == [name]
        assert (after[0].rows, after[0].merges) == (before[0].rows, before[0].merges)
        book = openpyxl.load_workbook(marked)
        assert book.sheetnames == [name, SHEET_NAME]
        merged = source is xls
        found = {cell.coordinate for cell in cells(book[name]) if colour(cell)}
        assert found == {"B2" if merged else "B3", "D3"}
        assert (book[name]["C2"].data_type, book[name]["C2"].value, book[name]["C2"].quotePrefix) == (
            "s",
            "=甲工程",
            True,
        )


def test_dates_stay_dates(tmp_path: Path) -> None:
    import xlwt  # noqa: PLC0415

    book = xlwt.Workbook()
    sheet = book.add_sheet("清单")
    for column, (value, form) in enumerate([(45352, "yyyy-mm-dd"), (45352.5, "yyyy-mm-dd hh:mm"), (0.75, "hh:mm")]):
        sheet.write(0, column, value, xlwt.easyxf(num_format_str=form))
    book.save(str(tmp_path / "a.xls"))
    mark_workbook(tmp_path / "a.xls", tmp_path / "b.xlsx", [fault("A1", "请核对。")])
    before, after = read(tmp_path / "a.xls"), read(tmp_path / "b.xlsx")
    assert not isinstance(before, Fault)
    assert not isinstance(after, Fault)
    assert after[0].rows == before[0].rows


def test_document_types_and_entities_are_refused() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
    for reads in (parsed, scanned):
        with pytest.raises(NotMarkableError):
            reads(bomb)


def _cut(name: str, content: bytes) -> bytes:
    return content[: len(content) // 2] if name == "xl/worksheets/sheet1.xml" else content


def _cells_nowhere(name: str, content: bytes) -> bytes:
    return content.replace(b"sheetData", b"other") if name == "xl/worksheets/sheet1.xml" else content


def _loose_shapes(name: str, content: bytes) -> bytes:
    return content.replace(b"</xml>", b"") if name.endswith(".vml") else content


@pytest.mark.parametrize("change", [_cut, _cells_nowhere, _loose_shapes])
def test_a_workbook_that_cannot_be_marked_says_so_and_leaves_what_is_there(tmp_path: Path, change: Any) -> None:
    source, target = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    rewrite(rich_workbook(source), change)
    target.write_bytes(b"before")
    with pytest.raises(MarkingError, match=r"^标注没有做成：.*逐条修改"):
        mark_workbook(source, target, [fault("F9", "缺县名。")])
    assert target.read_bytes() == b"before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.xlsx", "b.xlsx"]


def test_what_is_no_workbook_or_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"%PDF-1.4")
    with pytest.raises(MarkingError, match=r"^标注没有做成：这是 ?PDF"):
        mark_workbook(tmp_path / "a.xlsx", tmp_path / "b.xlsx", FAULTS)
    with pytest.raises(MarkingError, match=r"^标注没有做成：文件没有写成"):
        mark_workbook(tmp_path / "a.xlsx", tmp_path / "没有" / "b.xlsx", FAULTS)
