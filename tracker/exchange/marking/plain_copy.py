"""Plain copy: the values of a file that can hold no marks (.xls, .ods, .csv) as an .xlsx, cell for cell."""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable
from pathlib import Path

import xlsxwriter
from xlsxwriter.exceptions import XlsxWriterException
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from tracker.exchange.reading.workbooks import Cell, Limits, Sheet, start_reading
from tracker.model.faults import Fault

_LONGEST_NAME = 31
_FORBIDDEN = re.compile(r"[\[\]:*?/\\]")
_NARROWEST, _WIDEST = 8, 60
_MEASURED_ROWS = 500
_FORMULA_LIKE = ("=", "+", "-", "@", "\t")
_FORMATS = {"day": "yyyy-mm-dd", "moment": "yyyy-mm-dd hh:mm", "time": "hh:mm", "duration": "[h]:mm:ss"}
_FIRST_DAY = datetime.date(1900, 3, 1)
"""Sheets count days from 1900 and are wrong about its February: earlier days are written as text."""


def copy_plainly(source: Path, target: Path, limits: Limits, name: str = "") -> dict[str, str] | Fault:
    """Copy a file's values into a new .xlsx; give the names of the sheets that had to be changed, by their own.

    `name` is what the sender calls the file, which a text file's one sheet is called by. Gives the Fault where the
    file cannot be read. Texts stay texts, dates dates; no formula is ever made.
    """
    reading = start_reading(source, limits, name)
    try:
        sheets = reading.sheets()
    finally:
        reading.stop()
    if isinstance(sheets, Fault):
        return sheets
    changed: dict[str, str] = {}
    taken: set[str] = set()
    # Merged cells are written ahead of their rows, which a workbook that keeps none of them in memory cannot take.
    lean = not any(sheet.merges for sheet in sheets)
    with xlsxwriter.Workbook(str(target), {"constant_memory": lean, "strings_to_formulas": False}) as book:
        book.set_calc_mode("auto")
        formats = {name: book.add_format({"num_format": said}) for name, said in _FORMATS.items()}
        formats["quoted"] = book.add_format({"quote_prefix": True})
        for sheet in sheets:
            free = _free_name(sheet.name, taken)
            taken.add(free.lower())
            if free != sheet.name:
                changed[sheet.name] = free
            _copy_sheet(book.add_worksheet(free), sheet, formats)
        if not sheets:
            book.add_worksheet()
    return changed


def _free_name(name: str, taken: set[str]) -> str:
    """Give the nearest name to a sheet's own that an .xlsx allows and that is not taken."""
    plain = _FORBIDDEN.sub("_", name).strip("'")[:_LONGEST_NAME] or "Sheet"
    free, number = plain, 2
    while free.lower() in taken or free.lower() == "history":
        free = f"{plain[: _LONGEST_NAME - 4]}_{number}"
        number += 1
    return free


def _copy_sheet(target: Worksheet, sheet: Sheet, formats: dict[str, Format]) -> None:
    for column, width in enumerate(_widths(sheet)):
        target.set_column(column, column, width)
    for merge in sheet.merges:
        # What lies over another is no merge in an .xlsx; the values stand in their cells in any case.
        if (merge.first_row, merge.first_column) != (merge.last_row, merge.last_column):
            _merge(target, merge.first_row, merge.first_column, merge.last_row, merge.last_column)
    for number, cells in sheet.rows:
        for column, cell in enumerate(cells):
            if cell is not None:
                _copy_cell(target, number - 1, column, cell, formats)
    if not sheet.visible:
        target.hide()
    target.set_landscape()
    target.set_paper(9)
    target.fit_to_pages(1, 0)


def _merge(target: Worksheet, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
    try:
        target.merge_range(first_row - 1, first_column - 1, last_row - 1, last_column - 1, "")
    except XlsxWriterException:
        return


def _copy_cell(target: Worksheet, row: int, column: int, cell: Cell, formats: dict[str, Format]) -> None:
    match cell:
        case bool():
            target.write_boolean(row, column, cell)
        case int() | float():
            target.write_number(row, column, cell)
        case datetime.datetime() if cell.date() >= _FIRST_DAY:
            target.write_datetime(row, column, cell, formats["moment"])
        case datetime.date() if not isinstance(cell, datetime.datetime) and cell >= _FIRST_DAY:
            target.write_datetime(row, column, cell, formats["day"])
        case datetime.time():
            target.write_datetime(row, column, cell, formats["time"])
        case datetime.timedelta() if cell >= datetime.timedelta(0):
            target.write_datetime(row, column, cell, formats["duration"])
        case _:
            text = str(cell)
            target.write_string(row, column, text, formats["quoted"] if text.startswith(_FORMULA_LIKE) else None)


def _widths(sheet: Sheet) -> Iterable[float]:
    """Guess how wide each column must be, in digits, by the longest of its first texts that is no title."""
    widest: list[int] = []
    over = {
        (merge.first_row, merge.first_column - 1) for merge in sheet.merges if merge.last_column > merge.first_column
    }
    for number, cells in sheet.rows[:_MEASURED_ROWS]:
        widest += [_NARROWEST] * (len(cells) - len(widest))
        for column, cell in enumerate(cells):
            if cell is not None and (number, column) not in over:
                text = "0000-00-00" if isinstance(cell, datetime.date) else str(cell)
                room = max(sum(1 if one < "\u2000" else 2 for one in line) for line in text.split("\n"))
                widest[column] = max(widest[column], min(room + 2, _WIDEST))
    return widest
