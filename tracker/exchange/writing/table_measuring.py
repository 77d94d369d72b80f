"""Table measuring: what a printed table's columns have to hold, found in one pass over its lines.

A table of a hundred thousand lines is never held whole: of texts that may be broken a part is looked at, of numbers
and dates the widest is kept, and of columns that are added up the bare numbers.
"""

from __future__ import annotations

import datetime
import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.exchange.writing.list_values import Written, least_decimals, print_for_cell
from tracker.exchange.writing.printed_table import LineRank, PrintedTable, TableColumn, TableLine
from tracker.exchange.writing.table_layout import Column, text_width

LONG_TABLE = 2_000
"""Of a table with more lines, about so many are looked at for how wide their texts are."""

_DAY_WIDTH = len("2024-08-05")


@dataclass(frozen=True, slots=True)
class Measured:
    """A table's columns on paper, what they hold, and its lines; `kept` are their positions, None for every one.

    `addends` are by column on paper its numbers line by line, NaN where there is none, empty where it is not summed.
    """

    columns: list[TableColumn]
    texts: list[Column]
    lines: Sequence[TableLine]
    kept: list[int] | None
    addends: list[array[float]]

    def adds_up(self, column: int, positions: Sequence[int], value: float) -> bool:
        """Tell whether the numbers in a column's cells come to a value."""
        addends = self.addends[column]
        if not addends:
            return False
        found = math.fsum(each for position in positions if not math.isnan(each := addends[position]))
        return math.isclose(found, value, rel_tol=1e-12, abs_tol=1e-7)


def measured(table: PrintedTable) -> Measured:
    """Measure a table: its columns on paper, their texts, their numbers where they are added up."""
    kept = [index for index, column in enumerate(table.columns) if column.on_paper]
    columns = [table.columns[index] for index in kept]
    short = len(table.lines) <= LONG_TABLE
    lines = list(table.lines) if short else table.lines
    step = 1 if short else len(lines) // LONG_TABLE
    texts: list[list[str]] = [[] for _ in columns]
    addends: list[array[float]] = [array("d") for _ in columns]
    places = list(zip(kept, columns, texts, addends, strict=True))
    summed = [(addends, position) for position, column, _, addends in places if column.summed]
    fixed = [_Widest(position, found) for position, column, found, _ in places if column.bounds is None]
    bounded = [(found, position) for position, column, found, _ in places if column.bounds is not None]
    for number, line in enumerate(lines):
        cells = line.cells
        section = line.rank is LineRank.SECTION
        for found_addends, position in summed:
            value = None if section else cells[position].value
            found_addends.append(value if isinstance(value, int | float) else math.nan)
        if section:
            continue
        for widest in fixed:
            cell = cells[widest.position]
            if not widest.is_wider_than(cell):
                widest.look_at(cell)
        if number % step == 0 or line.rank is not LineRank.PLAIN:
            for found, position in bounded:
                found.append(_printed(cells[position]))
    return Measured(
        columns,
        [Column(_heading(column), held, *(column.bounds or ())) for column, held in zip(columns, texts, strict=True)],
        lines,
        None if len(kept) == len(table.columns) else kept,
        addends,
    )


class _Widest:
    """The widest text of a column, as the only one in `found`; between which numbers nothing wider can be.

    A number from `low` to `high` in the same format, with no more than `decimals`, is no wider.
    """

    __slots__ = ("decimals", "found", "high", "low", "number_format", "position", "width")

    def __init__(self, position: int, found: list[str]) -> None:
        self.position, self.found, self.width = position, found, 0
        self.low, self.high, self.number_format, self.decimals = 1.0, 0.0, "", 0

    def is_wider_than(self, cell: Written) -> bool:
        """Tell at a glance that a cell's text is no wider than those before; False where it must be looked at."""
        value = cell.value
        if isinstance(value, str):
            return len(value) <= self.width and value.isascii()
        if value is None or isinstance(value, datetime.date):
            return self.width >= _DAY_WIDTH
        # Most numbers lie between those that were looked at, and have no more decimals.
        between = self.low <= value <= self.high and cell.number_format == self.number_format
        return between and round(value, self.decimals) == value

    def look_at(self, cell: Written) -> None:
        """Take a cell's text where it is wider than those before."""
        text = _printed(cell)
        if 2 * len(text) > self.width and (width := max(map(text_width, text.split("\n")))) > self.width:
            self.width = width
            self.found[:] = [text]
        if isinstance(cell.value, int | float):
            if cell.number_format != self.number_format:
                self.low = self.high = cell.value
                self.number_format, self.decimals = cell.number_format, least_decimals(cell.number_format)
            self.low, self.high = min(self.low, cell.value), max(self.high, cell.value)


def _printed(cell: Written) -> str:
    return print_for_cell(cell.value, cell.number_format)


def _heading(column: TableColumn) -> str:
    """Give a heading with its unit on a line of its own."""
    return f"{column.heading}\n（{column.unit}）" if column.unit else column.heading
