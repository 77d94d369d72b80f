"""The child process that opens an office's template: it tells its marks, or fills them; it knows nothing of the ledger.

Started by `office_template`; its arguments are ACTION TEMPLATE TARGET MEMORY SECONDS. It happens
apart because openpyxl takes as much memory and time as a hostile file asks for. Standard output holds one line of
JSON: what was found or `{"filled": lines}`, or `{"failed": name of the exception}`.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from tracker.exchange.office_layouts.template_filling import Filling, fill_sheet
from tracker.exchange.office_layouts.template_marks import MARK, plain_mark
from tracker.exchange.reading.workbook_process import set_limits

FARTHEST_ROW, FARTHEST_COLUMN = 2_000, 200
"""A template's last row and column: a layout is small, and a stray cell far away is a mistake."""

_MERGED = re.compile(rb"<(?:[A-Za-z0-9]+:)?mergeCell\s[^>]*ref\s*=\s*[\"'][A-Z]*[0-9]*:[A-Z]*([0-9]+)")
_LOST = (
    ("xl/drawings/", (b"<xdr:sp>", b"<xdr:sp ", b"<xdr:cxnSp", b"<xdr:grpSp"), "图形、文本框"),
    ("xl/ctrlprops/", (b"",), "控件"),
    ("xl/activex/", (b"",), "控件"),
    ("xl/slicers/", (b"",), "切片器"),
    ("xl/timelines/", (b"",), "日程表"),
    ("xl/threadedcomments/", (b"",), "批注里的讨论"),
    ("xl/worksheets/", (b"legacyDrawingHF",), "页眉页脚里的图片"),
    (
        "xl/worksheets/",
        (b"x14:conditionalFormatting", b"x14:dataValidation ", b"x14:sparkline"),
        "新版的条件格式、迷你图",
    ),
)
"""What openpyxl does not write back, by the part that holds it and what stands there."""


def marked_cells(sheet: Worksheet) -> Iterator[tuple[Cell, list[str]]]:
    """Give the cells of a sheet that hold marks, with their marks, from the top down."""
    for place in sorted(sheet._cells):
        cell = sheet._cells[place]
        if isinstance(cell, Cell) and cell.value is not None and not isinstance(cell.value, int | float):
            marks = MARK.findall(str(cell.value))
            if marks:
                yield cell, [plain_mark(mark) for mark in marks]


def examined(path: Path) -> dict[str, Any]:
    """Give the marks of a template, each with its place, a far cell, and what would be lost of it.

    Raises ValueError where merged cells reach so far that openpyxl would make millions of cells of them.
    """
    if any(int(row) > 2 * FARTHEST_ROW for row in _merged_rows(path)):
        raise ValueError("merged cells reach too far")
    book = openpyxl.load_workbook(path, rich_text=True)
    found: list[dict[str, Any]] = []
    far = None
    for sheet in book.worksheets:
        for row, column in sheet._cells:
            if row > FARTHEST_ROW or column > FARTHEST_COLUMN:
                far = {"sheet": sheet.title, "cell": f"{get_column_letter(column)}{row}"}
        tall = {
            (row, column)
            for merged in sheet.merged_cells.ranges
            if merged.max_row > merged.min_row
            for row in range(merged.min_row, merged.max_row + 1)
            for column in range(merged.min_col, merged.max_col + 1)
        }
        found += [
            {
                "sheet": sheet.title,
                "cell": cell.coordinate,
                "row": cell.row,
                "marks": marks,
                "formula": cell.data_type == "f",
                "tall": any(row == cell.row for row, _ in tall),
            }
            for cell, marks in marked_cells(sheet)
        ]
    return {"marks": found, "far": far, "lost": _lost(path), "sheets": len(book.worksheets)}


def _merged_rows(path: Path) -> Iterator[bytes]:
    """Give the last rows of the merged cells of all sheets."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.lower().startswith("xl/worksheets/") and name.endswith(".xml"):
                yield from _MERGED.findall(archive.read(name))


def _lost(path: Path) -> list[str]:
    """Name what of a workbook openpyxl would not write back."""
    words: list[str] = []
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            for folder, signs, word in _LOST:
                if word not in words and name.lower().startswith(folder) and not name.endswith(".rels"):
                    content = archive.read(name)
                    if any(sign in content for sign in signs):
                        words.append(word)
    return words


def filled(path: Path, target: Path, wish: Mapping[str, Any]) -> int:
    """Fill a template with a table and save it; gives how many lines it has."""
    book = openpyxl.load_workbook(path, rich_text=True)
    filling = Filling.of(wish)
    for sheet in book.worksheets:
        cells = list(marked_cells(sheet))
        line = next((cell.row for cell, marks in cells if filling.line_marks.intersection(marks)), None)
        fill_sheet(sheet, [cell for cell, _ in cells], line, filling)
    book.save(target)
    return filling.count


def main(arguments: list[str]) -> None:
    """Do what the first argument says with the template, within the limits given last."""
    action, template, target, *numbers = arguments
    memory, seconds = map(int, numbers)
    set_limits(memory, seconds)
    try:
        if action == "examine":
            answer = examined(Path(template))
        else:
            answer = {"filled": filled(Path(template), Path(target), json.load(sys.stdin))}
    except BaseException as error:  # a hostile file may raise anything
        answer = {"failed": type(error).__name__, "message": str(error)[:500]}
    sys.stdout.write(json.dumps(answer) + "\n")
