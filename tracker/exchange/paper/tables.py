"""Paper tables: a printed table cut into pages and its texts into lines, ready to be drawn.

Widths come from the fonts' own measures, lines are broken here and rows are as high as their lines: so it is known
before anything is drawn what stands on which page. Measures are in points.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from itertools import groupby
from math import floor

from tracker.exchange.paper.text import broken, width_of
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, Paper, PrintedTable, TableColumn, TableLine
from tracker.exchange.writing.table_layout import lay_out
from tracker.exchange.writing.table_measuring import Measured, measured

MILLIMETRE = 72 / 25.4

SIZES = (10.5, 10.0, 9.5, 9.0, 8.5, 8.0)
"""The sizes of tables' texts: the largest in which all columns find room side by side, else the smallest."""

_READABLE, _FEW_ROWS = 9.0, 4
"""How small a table's texts may become so that its last few rows need no page of their own."""

AREAS = {Paper.A4_UPRIGHT: (156, 225), Paper.A4: (225, 156), Paper.A3: (348, 243)}
"""Width and height of the type area of each sheet, in millimetres."""

MOST_LINES = 14
"""Lines of one cell; what is longer stands in the ledger, and a text of a page would push all others from it."""

_PITCH = 1.32
_PADDING, _TIGHT = 5.2, 3.2
"""What a row is higher than its lines, above and below together; tight where that saves a page."""
_SIDES = 6.4
_WHOLE = 4
"""Letters of a column's longest text that are never broken: a person's name, 县（市、区）."""
_SLACK = 6
TITLE_SIZE, TITLE_LINE = 18, 28.8
LABEL = 2 * 28.8
"""The annex mark and the empty line below it."""
BELOW_TITLE = 10.0
SAID_SIZE, SAID_LINE = 10.5, 20.0
NOTE_SIZE, NOTE_LINE, ABOVE_NOTES = 9, 13.0, 6.0
SIGNING_SIZE, SIGNING_LINE, ABOVE_SIGNING = 10.5, 18.0, 16.0
_NUMBER_SHAPE = re.compile(r'^(?P<before>(?:"[^"]*")*)(?P<digits>[#,0.]*)(?P<after>(?:"[^"]*"|%)*)$')


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as printed: its text with its line breaks, its side (`l`, `r`, "" for the middle), columns and rows."""

    text: str
    look: str = ""
    across: int = 1
    down: int = 1


@dataclass(frozen=True, slots=True)
class Row:
    """One row as printed: its look (`head`, its line's rank, "" for a plain one), its cells, how high it is."""

    look: str
    cells: tuple[Cell, ...]
    height: float


@dataclass(frozen=True, slots=True)
class TablePage:
    """One page of a table: the first has annex mark, title and what is said; the last has notes and signatures."""

    paper: Paper
    size: float
    pitch: float
    widths: tuple[float, ...]
    heads: tuple[Row, ...]
    rows: tuple[Row, ...]
    annex: str = ""
    title: tuple[str, ...] = ()
    said: str = ""
    unit: str = ""
    notes: tuple[str, ...] = ()
    signing: tuple[str, ...] = ()

    @property
    def cells(self) -> int:
        """Give how many cells stand on it."""
        return sum(len(row.cells) for row in (*self.heads, *self.rows))

    @property
    def height(self) -> float:
        """Give how high the table is."""
        return sum(row.height for row in (*self.heads, *self.rows))


def cell_text(cell: Written) -> str:
    """Print what a cell holds, as a workbook shows it: the same digits, the same words before and behind them."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, datetime.date):
        return f"{value:%Y-%m-%d}"
    if cell.number_format == "General":
        return format(value, ".15g")
    return _number_text(value, cell.number_format)


@lru_cache(20_000)
def _number_text(value: int | float, number_format: str) -> str:
    formats = number_format.split(";")
    chosen = formats[0]
    if len(formats) > 1 and value < 0:
        chosen, value = formats[1], -value
    elif len(formats) > 2 and value == 0:
        chosen = formats[2]
    shape = _NUMBER_SHAPE.match(chosen)
    if shape is None:
        raise ValueError(f"no such number format: {number_format}")
    digits, before, after = shape["digits"], shape["before"].replace('"', ""), shape["after"].replace('"', "")
    if not digits:
        return before + after
    decimals = digits.partition(".")[2]
    exact = Decimal(repr(value)).quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    shown = f"{exact:,f}" if "," in digits else f"{exact:f}"
    whole, point, fraction = shown.partition(".")
    least = decimals.count("0")
    fraction = fraction[:least] + fraction[least:].rstrip("0")
    return before + whole + (point + fraction if fraction else "") + after


def table_pages(table: PrintedTable, annex: str | None = None, signing: str = "") -> list[TablePage]:
    """Cut a table into its pages, in the order they are read.

    `annex` stands above the title, by default the table's own; `signing` is what is signed below the last line.
    """
    found = measured(table)
    wide = AREAS[table.paper][0] * MILLIMETRE
    kept = found.kept
    lines = [
        line if kept is None or line.rank is LineRank.SECTION
        else TableLine(tuple(line.cells[index] for index in kept), line.rank)
        for line in found.lines
    ]  # fmt: skip
    sheet = _Sheet(
        table, table.annex if annex is None else annex, tuple(broken(table.title, TITLE_SIZE, wide, balanced=True)),
        tuple(broken(signing, SIGNING_SIZE, wide)) if signing else (),
    )  # fmt: skip
    longest = [
        max((width_of(line, 1) for text in column.texts for line in text.split("\n")), default=0.0)
        for column in found.texts
    ]
    for size in SIZES:
        parts = _parts(found, longest, table.repeated, size, wide)
        if len(parts) == 1:
            break
    pages = sheet.pages(size, _PADDING, found.columns, lines, parts)
    if len(pages) > 1 and len(pages[-1].rows) <= _FEW_ROWS:
        # A little closer or smaller, and the last few lines need no page of their own.
        for smaller, padding in _narrower(size):
            parts = _parts(found, longest, table.repeated, smaller, wide)
            fewer = sheet.pages(smaller, padding, found.columns, lines, parts)
            if len(fewer) < len(pages):
                return fewer
    return pages


def _narrower(size: float) -> list[tuple[float, float]]:
    """Give sizes and paddings to try for a table that nearly finds room on a page less, the least change first."""
    smaller = [each for each in SIZES if _READABLE <= each < size]
    return [(size, _TIGHT), *((each, padding) for each in smaller for padding in (_PADDING, _TIGHT))]


def _parts(
    found: Measured, longest: Sequence[float], repeated: int, size: float, wide: float
) -> list[tuple[list[int], tuple[float, ...]]]:  # fmt: skip
    """Give the columns of each sheet side by side with their widths, which fill the type area.

    `longest` is each column's widest line in em. Numbers, dates and words as short as a name are never broken: their
    columns take what they need from the others.
    """
    # The layout counts in digits of half a letter, two of which stay free in each column.
    room = floor((wide + len(found.columns) * (size - _SIDES)) / (size / 2))
    layout = lay_out(found.texts, repeated, room)
    parts = []
    least = [
        width * size + _SIDES + 0.3 if column.narrowest is None or width <= _WHOLE else 0
        for width, column in zip(longest, found.texts, strict=True)
    ]
    for page in layout.pages:
        columns = [*range(repeated), *page] if len(layout.pages) > 1 else list(range(len(found.columns)))
        factor = wide / sum(layout.widths[index] for index in columns)
        widths = [layout.widths[index] * factor for index in columns]
        fixed: set[int] = set()
        share = 1.0
        while True:
            # What some take, the others give: until none of these is narrower than what it holds.
            narrow = {
                index for index, width in zip(columns, widths, strict=True)
                if index not in fixed and width * share < least[index]
            }  # fmt: skip
            if not narrow:
                break
            fixed |= narrow
            rest = sum(width for index, width in zip(columns, widths, strict=True) if index not in fixed)
            share = max((wide - sum(least[index] for index in fixed)) / rest, 0.05) if rest else 1.0
        parts.append((columns, tuple(
            least[index] if index in fixed else width * share
            for index, width in zip(columns, widths, strict=True)
        )))  # fmt: skip
    return parts


class _Sheet:
    """The sheets of one table while its rows are put on them."""

    def __init__(self, table: PrintedTable, annex: str, title: tuple[str, ...], signing: tuple[str, ...]) -> None:
        self.table, self.paper = table, table.paper
        self.annex, self.title, self.signing = annex, title, signing
        self.high = AREAS[table.paper][1] * MILLIMETRE
        self.size = self.pitch = self.padding = 0.0

    def pages(
        self, size: float, padding: float, columns: Sequence[TableColumn], lines: Sequence[TableLine],
        parts: Sequence[tuple[list[int], tuple[float, ...]]],
    ) -> list[TablePage]:  # fmt: skip
        """Give the pages: over the lines from the top down, and for each over the columns that share a sheet."""
        self.size, self.pitch, self.padding = size, round(size * _PITCH, 2), padding
        heads = [self._heads([columns[index] for index in held], widths) for held, widths in parts]
        rows = [
            [self._row(line, columns, held, widths) for line in lines]
            for held, widths in parts
        ]  # fmt: skip
        heights = [max(each.height for each in same) for same in zip(*rows, strict=True)] if lines else []
        head = max(sum(row.height for row in found) for found in heads)
        notes = self._notes()
        above = (LABEL if self.annex else 0) + len(self.title) * TITLE_LINE + BELOW_TITLE + SAID_LINE
        below = len(notes) * NOTE_LINE + ABOVE_NOTES + 2 if notes else 0.0
        below += len(self.signing) * SIGNING_LINE + ABOVE_SIGNING if self.signing else 0
        cuts = _cuts(lines, heights, self.high - head - _SLACK, above, below)
        made = []
        for number, (start, stop) in enumerate(cuts):
            for part, (_, widths) in enumerate(parts):
                page = TablePage(
                    self.paper, self.size, self.pitch, widths, tuple(heads[part]),
                    tuple(replace(row, height=height) for row, height in
                          zip(rows[part][start:stop], heights[start:stop], strict=True)),
                )  # fmt: skip
                if number == part == 0:
                    page = replace(page, annex=self.annex, title=self.title, said=self.table.said, unit=self.table.unit)
                if number == len(cuts) - 1 and part == len(parts) - 1:
                    page = replace(page, notes=tuple(notes), signing=self.signing)
                made.append(page)
        return made

    def _heads(self, columns: Sequence[TableColumn], widths: Sequence[float]) -> list[Row]:
        size, pitch = self.size, self.pitch
        grouped = any(column.group for column in columns)
        upper: list[Cell] = []
        lower: list[Cell] = []
        places = list(zip(columns, widths, strict=True))
        high_above = high_below = 1
        for group, members in groupby(places, key=lambda place: place[0].group or place[0].key):
            held = list(members)
            if held[0][0].group:
                words = broken(group, size, sum(width for _, width in held) - _SIDES, balanced=True)
                upper.append(Cell("\n".join(words), across=len(held)))
                high_above = max(high_above, len(words))
            for column, width in held:
                words = [
                    part for line in column.heading.split("\n")
                    for part in broken(line, size, width - _SIDES + 3, balanced=True)
                ]  # fmt: skip
                if column.unit:
                    words += broken(f"（{column.unit}）", size, width)
                cell = Cell("\n".join(words), down=2 if grouped and not column.group else 1)
                (lower if column.group else upper).append(cell)
                if column.group or not grouped:
                    high_below = max(high_below, len(words))
                else:
                    high_below = max(high_below, len(words) - 1)
        above, below = (lines * pitch + self.padding for lines in (high_above, high_below))
        if not grouped:
            return [Row("head", tuple(upper), below)]
        return [Row("head", tuple(upper), above), Row("head", tuple(lower), below)]

    def _row(
        self, line: TableLine, columns: Sequence[TableColumn], held: Sequence[int], widths: Sequence[float]
    ) -> Row:  # fmt: skip
        size, pitch = self.size, self.pitch
        if line.rank is LineRank.SECTION:
            words = broken(cell_text(line.cells[0]), size, sum(widths) - _SIDES)[:MOST_LINES]
            return Row("section", (Cell("\n".join(words), "l", across=len(held)),), len(words) * pitch + self.padding)
        total = line.rank is LineRank.TOTAL
        cells, most = [], 1
        for index, width in zip(held, widths, strict=True):
            written = line.cells[index]
            text = cell_text(written)
            number = isinstance(written.value, int | float)
            if text:
                words = broken(text, size, width - _SIDES)
                # A name that stands under another is moved in; other blanks around a text mean nothing.
                words[0] = text[: len(text) - len(text.lstrip("\u3000"))] + words[0]
                if len(words) > MOST_LINES:
                    words = [*words[: MOST_LINES - 1], "……（全文见台账）"]
                text = "\n".join(words)
                most = max(most, len(words))
            right = number and (total or index > 0)
            cells.append(Cell(text, "r" if right else "l" if columns[index].left and not total and not number else ""))
        return Row(
            line.rank.value if line.rank is not LineRank.PLAIN else "", tuple(cells), most * pitch + self.padding
        )

    def _notes(self) -> list[str]:
        wide = AREAS[self.paper][0] * MILLIMETRE
        notes = self.table.notes
        numbered = [f"{number}. {note}" for number, note in enumerate(notes, start=1)] if len(notes) > 1 else notes
        found: list[str] = []
        for number, note in enumerate(numbered):
            lines = broken(note, NOTE_SIZE, wide - 2 * NOTE_SIZE - 2)[:MOST_LINES]
            found += [("注：" if not number and not at else "\u3000\u3000") + line for at, line in enumerate(lines)]
        return found


def _cuts(
    lines: Sequence[TableLine], heights: Sequence[float], room: float, above: float, below: float
) -> list[tuple[int, int]]:  # fmt: skip
    """Give from which to which line each page goes: none ends with a heading or a sum, the last has two lines."""
    cuts: list[tuple[int, int]] = []
    start = 0
    while True:
        free = room - (above if not cuts else 0)
        stop = start
        used = 0.0
        while stop < len(lines) and (used + heights[stop] <= free or stop == start):
            used += heights[stop]
            stop += 1
        if stop == len(lines):
            if used + below > free and stop - start > 1:
                # The notes go with the last lines to a page of their own.
                last = _kept_together(lines, start, stop - 1)
                cuts += [(start, last), (last, stop)]
            else:
                cuts.append((start, stop))
            return cuts
        if stop == len(lines) - 1 and stop - start > 2:
            stop -= 1
        stop = _kept_together(lines, start, stop)
        cuts.append((start, stop))
        start = stop


def _kept_together(lines: Sequence[TableLine], start: int, stop: int) -> int:
    """Move a cut up before headings and sums, as far as something stays above it."""
    moved = stop
    while moved > start + 1 and lines[moved - 1].rank is not LineRank.PLAIN:
        moved -= 1
    return moved if moved > start + 1 else stop
