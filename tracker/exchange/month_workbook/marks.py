"""Marks of a month's workbook: what a hidden sheet says of the workbook it came with, and of each cell as it was made.

The sheet says whose workbook it is, and what every open cell held when it was made: what was typed is told by
it from what stood there, however long the workbook was away. It carries its own checksum: a sheet that was
touched counts as none, and the workbook as any list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tracker.exchange.reading.workbooks import Sheet
from tracker.ledger.records import hash_of

MARKS_SHEET = "台账标记"
VERSION = "1"
"""The form of the workbook; a later form gets another number."""

_FIRST_WORDS = "一泓台账月报工作簿"
_PROGRAMME, _COUNTY, _MONTH, _MADE = "专项", "县", "月份", "生成"
_COLUMNS, _BASES, _CHECKSUM = "各列", "原值", "校验"


@dataclass(frozen=True, slots=True)
class Marks:
    """What a workbook says of itself.

    `programme` and `county` are key and code, `programme_name` the programme's name then; `revision` is the
    ledger's when it was made, `made_at` ISO 8601. `columns` are the list's columns from A, by field; `bases` give
    by project and column, but its number and code, the text that stood in the cell, "" for nothing.
    """

    programme: str
    programme_name: str
    county: str
    month: str
    revision: int
    made_at: str
    columns: tuple[str, ...]
    bases: Mapping[str, Mapping[str, str]]
    version: str = VERSION

    @property
    def based(self) -> tuple[str, ...]:
        """Give the columns of which the texts are kept."""
        return tuple(next(iter(self.bases.values()), {}))


def rows_of_marks(marks: Marks) -> list[list[str]]:
    """Give the rows of the hidden sheet."""
    rows = [
        [_FIRST_WORDS, marks.version],
        [_PROGRAMME, marks.programme, marks.programme_name],
        [_COUNTY, marks.county],
        [_MONTH, marks.month],
        [_MADE, str(marks.revision), marks.made_at],
        [_COLUMNS, *marks.columns],
        [_BASES, *marks.based],
        *([code, *bases.values()] for code, bases in marks.bases.items()),
    ]
    return [*rows, [_CHECKSUM, _checksum(rows)]]


def marks_of(sheets: Sequence[Sheet]) -> Marks | None:
    """Find the marks among a workbook's sheets; None where there are none, or where somebody changed them."""
    marked = next((sheet for sheet in sheets if _holds_marks(sheet)), None)
    if marked is None:
        return None
    return _read([["" if cell is None else str(cell) for cell in cells] for _, cells in marked.rows])


def without_marks(sheets: Sequence[Sheet]) -> list[Sheet]:
    """Give a workbook's sheets but the hidden one of the marks, whole or not."""
    return [sheet for sheet in sheets if not _holds_marks(sheet)]


def _holds_marks(sheet: Sheet) -> bool:
    return bool(sheet.rows) and sheet.rows[0][1][0] == _FIRST_WORDS


def _read(rows: list[list[str]]) -> Marks | None:
    *said, last = rows
    if last[:2] != [_CHECKSUM, _checksum(said)]:
        return None
    try:
        (_, version), programme, (_, county), (_, month), (_, revision, made_at) = said[:5]
        columns, names = said[5][1:], said[6][1:]
        bases = {row[0]: dict(zip(names, _padded(row[1:], len(names)), strict=True)) for row in said[7:]}
        return Marks(
            programme[1], programme[2], county, month, int(revision), made_at, tuple(columns), bases, version
        )  # fmt: skip
    except (ValueError, IndexError):
        return None


def _padded(cells: list[str], width: int) -> list[str]:
    return [*cells, *[""] * (width - len(cells))]


def _checksum(rows: Sequence[Sequence[str]]) -> str:
    """Give the checksum of rows; blanks at a row's end, which no sheet keeps, do not count."""
    return hash_of({"rows": [_ended(row) for row in rows]})


def _ended(row: Sequence[str]) -> list[str]:
    cells = list(row)
    while cells and not cells[-1]:
        cells.pop()
    return cells
