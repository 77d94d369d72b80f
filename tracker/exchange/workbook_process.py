"""The child process that reads one workbook: a stand-alone script that knows nothing of the ledger.

Run by path as `python -I -X utf8 workbook_process.py WORKBOOK MEMORY SECONDS ROWS COLUMNS CHARACTERS`.
Reading happens apart because a hostile file ends its process (one cell at
XFD1048576 aborts it): here that is an ordinary outcome, which the parent turns into a sentence.

Standard output holds JSON, one value a line:

    {"sheet": name, "visible": true, "merges": [[first row, first column, last row, last column], …]}
    [row number, [cell, …]]                           the sheet's own numbers, from 1; empty rows left out
    {"limit": "rows"|"columns"|"characters"|"merges", "sheet": name, "cell": "B3"}    and nothing after it
    {"failed": name of the exception, "message": text}                                and nothing after it
    {"complete": true}                                only after everything was read

A cell is text, a number, true, false or null; `{"d": …}`, `{"m": …}`, `{"t": …}` hold a date, a date with
time and a time in ISO form, `{"s": …}` a duration in microseconds. Error cells arrive as blanks (calamine
has no text for them): the parent adds them.
"""

from __future__ import annotations

import datetime
import json
import math
import re
import resource
import sys
from pathlib import Path
from typing import BinaryIO

import python_calamine

MOST_MERGES = 100_000
"""Merged ranges a sheet may have; a list of 120,000 rows stays below it."""

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class LimitReachedError(Exception):
    """A limit was passed; `what` names it, `sheet` and `cell` the place."""

    def __init__(self, what: str, sheet: str, cell: str) -> None:
        super().__init__(what)
        self.what, self.sheet, self.cell = what, sheet, cell


def set_limits(memory: int, seconds: int) -> None:
    """Limit this process: bytes of address space, seconds of processor time, and no core file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))


def cell_name(row: int, column: int) -> str:
    """Give a cell's name from its row and column, both from 1: `B3`."""
    letters = ""
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


def encoded(value: object) -> dict[str, str | int]:
    """Give the JSON form of a value that JSON has no form for; raises TypeError for an unknown type."""
    kind = type(value)
    if kind is datetime.date:
        return {"d": str(value)}
    if isinstance(value, datetime.datetime):
        return {"m": value.isoformat()}
    if isinstance(value, datetime.time):
        return {"t": value.isoformat()}
    if isinstance(value, datetime.timedelta):
        return {"s": value // datetime.timedelta(microseconds=1)}
    raise TypeError(kind.__name__)


def cleaned(cell: object) -> object:
    """Give a cell without control characters, line ends as line feeds, numbers that are none as text."""
    if isinstance(cell, str):
        return _CONTROL.sub("", cell.replace("\r\n", "\n").replace("\r", "\n")) or None
    if isinstance(cell, float) and not math.isfinite(cell):
        return str(cell)
    return cell


class Reader:
    """Writes a workbook's sheets to `out`, counting rows over the whole workbook."""

    def __init__(self, out: BinaryIO, rows: int, columns: int, characters: int) -> None:
        self.out, self.rows, self.columns, self.characters = out, rows, columns, characters
        self.rows_read = 0
        self._encoder = json.JSONEncoder(
            ensure_ascii=False, check_circular=False, allow_nan=False, separators=(",", ":"), default=encoded
        )

    def write(self, value: object) -> None:
        """Write one line."""
        self.out.write(self._encoder.encode(value).encode("utf-8", "replace") + b"\n")

    def read(self, workbook: python_calamine.CalamineWorkbook) -> None:
        """Write every sheet that has cells, hidden ones too; chart sheets have none."""
        for position, data in enumerate(workbook.sheets_metadata):
            if data.typ == python_calamine.SheetTypeEnum.WorkSheet:
                visible = data.visible == python_calamine.SheetVisibleEnum.Visible
                self.read_sheet(workbook.get_sheet_by_index(position), visible)

    def read_sheet(self, sheet: python_calamine.CalamineSheet, visible: bool) -> None:
        """Write one sheet: its head line, then its rows that are not empty."""
        ranges = sheet.merged_cell_ranges or []
        if len(ranges) > MOST_MERGES:
            raise LimitReachedError("merges", sheet.name, cell_name(ranges[-1][0][0] + 1, ranges[-1][0][1] + 1))
        merges = [[top + 1, left + 1, bottom + 1, right + 1] for (top, left), (bottom, right) in ranges]
        self.write({"sheet": sheet.name, "visible": visible, "merges": merges})
        # iter_rows keeps the empty rows above the first filled one but drops the empty columns left of it.
        left_out: list[object] = [None] * (sheet.start[1] if sheet.start else 0)
        for number, row in enumerate(sheet.iter_rows(), start=1):
            if row.count("") == len(row):
                continue
            cells = left_out + [None if cell == "" else cell for cell in row]
            while cells[-1] is None:
                cells.pop()
            self.write_row(sheet.name, number, cells)

    def write_row(self, sheet: str, number: int, cells: list[object]) -> None:
        """Write one row; raises LimitReachedError where it is one too many, too wide or has too long a text."""
        self.rows_read += 1
        if self.rows_read > self.rows:
            raise LimitReachedError("rows", sheet, cell_name(number, 1))
        if len(cells) > self.columns:
            raise LimitReachedError("columns", sheet, cell_name(number, len(cells)))
        try:
            text = self._encoder.encode([number, cells])
        except ValueError:  # not a number, infinite: neither has a JSON form
            text = ""
        # An escape or an unprintable character is worth a second look at each cell; hardly a row has one.
        if not text or len(text) > self.characters or "\\" in text or not text.isprintable():
            for column, cell in enumerate(cells, start=1):
                if isinstance(cell, str) and len(cell) > self.characters:
                    raise LimitReachedError("characters", sheet, cell_name(number, column))
            text = self._encoder.encode([number, [cleaned(cell) for cell in cells]])
        self.out.write(text.encode("utf-8", "replace") + b"\n")


def main(arguments: list[str]) -> None:
    """Read the workbook named first to standard output, within the limits given after it."""
    memory, seconds, rows, columns, characters = (int(argument) for argument in arguments[1:])
    set_limits(memory, seconds)
    # Opened here and not by calamine, which would go by the name's ending instead of the content.
    with Path(arguments[0]).open("rb") as source, open(1, "wb", buffering=1 << 16) as out:
        reader = Reader(out, rows, columns, characters)
        try:
            with python_calamine.CalamineWorkbook.from_filelike(source) as workbook:
                reader.read(workbook)
            reader.write({"complete": True})
        except LimitReachedError as limit:
            reader.write({"limit": limit.what, "sheet": limit.sheet, "cell": limit.cell})
        except BaseException as error:  # a panic inside calamine is a BaseException and ends like any other
            reader.write({"failed": type(error).__name__, "message": str(error)[:500]})


if __name__ == "__main__":
    main(sys.argv[1:])
