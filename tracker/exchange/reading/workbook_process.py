"""The child process that reads one file from outside: it knows calamine and text tables, nothing of the ledger.

Reading happens apart because a hostile file ends its process (one cell at
XFD1048576 aborts it): here that is an ordinary outcome, which the parent turns into a sentence.

Standard output holds JSON, one value a line:

    {"sheet": name, "visible": true, "merges": [[first row, first column, last row, last column], …]}
    [row number, [cell, …]]                           the sheet's own numbers, from 1; empty rows left out
    {"limit": "rows"|"columns"|"characters"|"merges", "sheet": name, "cell": "B3"}    and nothing after it
    {"text": what is wrong, "line": number, "near": text}                             and nothing after it
    {"failed": name of the exception, "message": text, "far": [sheet, "B3"] or null}  and nothing after it
    {"far": [sheet, "B3"] or null}                    all that is said where only a far-off cell is looked for
    {"complete": true}                                only after everything was read

A cell is text, a number, true, false or null; `{"d": …}`, `{"m": …}`, `{"t": …}` hold a date, a date with
time and a time in ISO form, `{"s": …}` a duration in microseconds, `{"f": …}` a formula that has no result.
What calamine leaves out is added here: errors and formulas without a result in .xlsx and .ods, merges in .ods.
"""

from __future__ import annotations

import json
import math
import re
import resource
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tracker.exchange.marking.marking_words import SHEET_MARK

if TYPE_CHECKING:
    import python_calamine

    from tracker.exchange.reading.archive_parts import Part
    from tracker.exchange.reading.sheet_marks import SheetMarks

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
    if kind is date:
        return {"d": str(value)}
    if isinstance(value, datetime):
        return {"m": value.isoformat()}
    if isinstance(value, time):
        return {"t": value.isoformat()}
    if isinstance(value, timedelta):
        return {"s": value // timedelta(microseconds=1)}
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

    def read_workbook(self, source: BinaryIO, marks: Mapping[str, SheetMarks]) -> None:
        """Write every sheet that has cells, hidden ones too; chart sheets have none.

        `marks` are what calamine leaves out, by sheet.
        """
        import python_calamine  # noqa: PLC0415 - a text file does without it

        with python_calamine.CalamineWorkbook.from_filelike(source) as workbook:
            for position, data in enumerate(workbook.sheets_metadata):
                if data.typ == python_calamine.SheetTypeEnum.WorkSheet:
                    visible = data.visible == python_calamine.SheetVisibleEnum.Visible
                    self.read_sheet(workbook.get_sheet_by_index(position), visible, marks.get(data.name))

    def read_sheet(self, sheet: python_calamine.CalamineSheet, visible: bool, marks: SheetMarks | None) -> None:
        """Write one sheet: its head line, then its rows that are not empty."""
        ranges = sheet.merged_cell_ranges or []
        merges = [[top + 1, left + 1, bottom + 1, right + 1] for (top, left), (bottom, right) in ranges]
        if marks is not None and marks.merges is not None:
            merges = marks.merges
        if len(merges) > MOST_MERGES:
            raise LimitReachedError("merges", sheet.name, cell_name(merges[-1][0], merges[-1][1]))
        self.write({"sheet": sheet.name, "visible": visible, "merges": merges})
        added: dict[int, dict[int, object]] = {}
        if marks is not None:
            for (at, column), error in marks.errors.items():
                added.setdefault(at, {})[column] = error
            for (at, column), formula in marks.formulas.items():
                added.setdefault(at, {})[column] = {"f": formula}
        # iter_rows keeps the empty rows above the first filled one but drops the empty columns left of it.
        left_out: list[object] = [None] * (sheet.start[1] if sheet.start else 0)
        for number, row in enumerate(sheet.iter_rows(), start=1):
            cells: list[object] = [cell if cell or not isinstance(cell, str) else None for cell in row]
            while cells and cells[-1] is None:
                cells.pop()
            if left_out and cells:
                cells = left_out + cells
            if added and number in added:
                cells = with_added(cells, added.pop(number))
            if not cells:
                continue
            self.write_row(sheet.name, number, cells)
            if number == 1 and SHEET_MARK in cells:
                return  # ours, in a workbook given back: its rows are not the sender's
        for number in sorted(added):
            self.write_row(sheet.name, number, with_added([], added[number]))

    def read_text(self, source: BinaryIO, name: str) -> None:
        """Write the one sheet of a text file."""
        from tracker.exchange.reading.text_tables import text_rows  # noqa: PLC0415 - a workbook does without it

        self.write({"sheet": name, "visible": True, "merges": []})
        for number, row in text_rows(source, self.characters):
            while not row[-1]:
                row.pop()
            self.write_row(name, number, [cell or None for cell in row])

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


def with_added(cells: list[object], extra: Mapping[int, object]) -> list[object]:
    """Give a row's cells with others put in at their columns (from 1)."""
    for column, cell in extra.items():
        cells.extend([None] * (column - len(cells)))
        cells[column - 1] = cell
    return cells


def _parts_of(source: BinaryIO) -> list[Part]:
    """Give the parts of an archive that was looked at before; none where it has become another."""
    from tracker.exchange.reading.archive_parts import archive_parts  # noqa: PLC0415 - .xls and text have none

    parts = archive_parts(source, source.seek(0, 2), 1 << 16, 1 << 32)
    return parts if isinstance(parts, list) else []


def marks_of(source: BinaryIO, kind: str, rows: int, columns: int) -> dict[str, SheetMarks]:
    """Give what calamine leaves out, by sheet."""
    if kind == "xlsx":
        from tracker.exchange.reading.xlsx_marks import xlsx_marks  # noqa: PLC0415 - only .xlsx

        return xlsx_marks(source, _parts_of(source))
    if kind == "ods":
        from tracker.exchange.reading.archive_parts import unpacked  # noqa: PLC0415 - only .ods
        from tracker.exchange.reading.ods_marks import ods_marks  # noqa: PLC0415 - only .ods

        content = next((part for part in _parts_of(source) if part.name == "content.xml"), None)
        return ods_marks(unpacked(source, content), rows, columns) if content else {}
    return {}


def far_off(source: BinaryIO, rows: int, columns: int) -> list[str] | None:
    """Give the sheet and the name of a cell far outside any list in an .xlsx, or None."""
    from tracker.exchange.reading.xlsx_marks import far_cell  # noqa: PLC0415 - only where reading failed

    found = far_cell(source, _parts_of(source), 2 * rows, columns)
    return [found[0], cell_name(*found[1])] if found else None


def main(arguments: list[str]) -> None:
    """Read the file named first, of the kind named second, to standard output, within the limits given after them.

    The kind `far` only looks for a far-off cell.
    """
    path, kind, name, *numbers = arguments
    memory, seconds, rows, columns, characters = map(int, numbers)
    set_limits(memory, seconds)
    marks: Mapping[str, SheetMarks] = {}
    # Opened here and not by calamine, which would go by the name's ending instead of the content.
    with Path(path).open("rb") as source, open(1, "wb", buffering=1 << 16) as out:
        reader = Reader(out, rows, columns, characters)
        try:
            if kind == "far":
                reader.write({"far": far_off(source, rows, columns)})
                return
            if kind == "text":
                reader.read_text(source, name)
            else:
                marks = marks_of(source, kind, rows, columns)
                source.seek(0)
                reader.read_workbook(source, marks)
            reader.write({"complete": True})
        except LimitReachedError as limit:
            reader.write({"limit": limit.what, "sheet": limit.sheet, "cell": limit.cell})
        except BaseException as error:  # a panic inside calamine is a BaseException and ends like any other
            trouble = getattr(error, "what", None)
            if trouble is not None:
                reader.write({"text": trouble, "line": getattr(error, "line", 0), "near": getattr(error, "near", "")})
                return
            far = next(([sheet, cell_name(*mark.far)] for sheet, mark in marks.items() if mark.far), None)
            reader.write({"failed": type(error).__name__, "message": str(error)[:500], "far": far})
