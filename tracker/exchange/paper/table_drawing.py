"""Table drawing: where each line of text, each ground and each rule of a table's page stands.

A page of a table is known to the point before it is drawn (`tables.py`), so it is placed here and not laid out
again. Measures are in points from the upper left corner of the sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from tracker.exchange.paper.lettering import Face, Lettering, Line, base_line
from tracker.exchange.paper.tables import (
    ABOVE_NOTES,
    ABOVE_SIGNING,
    AREAS,
    BELOW_TITLE,
    LABEL,
    MILLIMETRE,
    NOTE_LINE,
    NOTE_SIZE,
    SAID_LINE,
    SAID_SIZE,
    SIGNING_LINE,
    SIGNING_SIZE,
    TITLE_LINE,
    TITLE_SIZE,
    Cell,
    TablePage,
)
from tracker.exchange.paper.text import width_of
from tracker.exchange.writing.printed_table import Paper

SHEETS = {
    Paper.A4_UPRIGHT: (210 * MILLIMETRE, 297 * MILLIMETRE),
    Paper.A4: (297 * MILLIMETRE, 210 * MILLIMETRE),
    Paper.A3: (420 * MILLIMETRE, 297 * MILLIMETRE),
}
"""Width and height of each sheet."""

CORNERS = {paper: (28 if paper is Paper.A4_UPRIGHT else 35, 37 if paper is Paper.A4_UPRIGHT else 28) for paper in Paper}
"""Left and top margin of each sheet, in millimetres; a turned sheet's head is at the edge that is bound."""

_SIDE = 3.0
_LABEL_SIZE, _LABEL_LINE = 16, 28.8
_MARK_SIZE, _MARK_LINE, _ABOVE_AREA = 10.5, 14.0, 5 * MILLIMETRE
_GROUNDED = frozenset({"total", "section", "subtotal"})
_IN_HEI = frozenset({"head", "total", "section"})
_GROUND, _MUTED = "0.949 g", "0.318 0.376 0.435 rg"
_RULE, _EDGE = 0.4, 0.9


@dataclass(frozen=True, slots=True)
class Box:
    """A cell at its place on the sheet: its row's number on the page and look, the cell, its edges."""

    row: int
    look: str
    cell: Cell
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Block:
    """Lines that belong together, and what they are to who has the page read out: `H1`, `P`, `TH`, `TD`.

    A cell has the number of its row on the page, and how many columns and rows it goes over; what is repeated or no
    text of the document has no tag.
    """

    tag: str
    lines: tuple[Line, ...]
    row: int = -1
    across: int = 1
    down: int = 1


@dataclass(frozen=True, slots=True)
class Placed:
    """A page on which everything has its place: the sheet's size, grounds and rules as operators, marks, blocks.

    `continued` says that its table is that of the page before, with the same columns.
    """

    width: float
    height: float
    strokes: str
    marks: tuple[Line, ...]
    blocks: tuple[Block, ...]
    continued: bool

    @property
    def lines(self) -> Iterator[Line]:
        """Give every line of text."""
        yield from self.marks
        for block in self.blocks:
            yield from block.lines


def area_of(page: TablePage) -> tuple[float, float, float]:
    """Give the left and right edge of a page's type area, and its upper one."""
    left, top = (each * MILLIMETRE for each in CORNERS[page.paper])
    return left, left + AREAS[page.paper][0] * MILLIMETRE, top


def table_top(page: TablePage) -> float:
    """Give where a page's table begins, below its mark, title and what is said."""
    top = area_of(page)[2] + (LABEL if page.annex else 0) + len(page.title) * TITLE_LINE
    return top + (BELOW_TITLE if page.title else 0) + (SAID_LINE if page.said or page.unit else 0)


def boxes_of(page: TablePage) -> Iterator[Box]:
    """Give the cells of a page's table, row by row; a head that goes over two rows comes with the first."""
    left, top = area_of(page)[0], table_top(page)
    edges = list(accumulate(page.widths, initial=left))
    rows = [*page.heads, *page.rows]
    hanging: set[int] = set()
    for number, row in enumerate(rows):
        column, below = 0, set[int]()
        for cell in row.cells:
            while column in hanging:
                column += 1
            end = column + cell.across
            high = sum(each.height for each in rows[number : number + cell.down])
            yield Box(number, row.look, cell, edges[column], top, edges[end], top + high)
            if cell.down > 1:
                below |= set(range(column, end))
            column = end
        hanging = below
        top += row.height


def _marks(page: TablePage, marks: str) -> Iterator[Line]:
    left, right, top = area_of(page)
    above = top - _ABOVE_AREA - _MARK_LINE
    yield Line(marks, Face.HEI, _MARK_SIZE, left, right, base_line(above, _MARK_LINE, _MARK_SIZE))


def _below(page: TablePage) -> Iterator[Block]:
    """Give what stands below a page's table: notes and signatures."""
    left, right, _ = area_of(page)
    top = table_top(page) + page.height + ABOVE_NOTES
    if page.notes:
        bases = [base_line(top + at * NOTE_LINE, NOTE_LINE, NOTE_SIZE) for at in range(len(page.notes))]
        lines = (
            Line(text, Face.SONG, NOTE_SIZE, left, right, base) for text, base in zip(page.notes, bases, strict=True)
        )
        yield Block("P", tuple(lines))
    top += len(page.notes) * NOTE_LINE + ABOVE_SIGNING - ABOVE_NOTES
    for line in page.signing:
        yield Block(
            "P", (Line(line, Face.SONG, SIGNING_SIZE, left, right, base_line(top, SIGNING_LINE, SIGNING_SIZE)),)
        )
        top += SIGNING_LINE


def _above(page: TablePage) -> Iterator[Block]:
    """Give what stands above a page's table: annex, title, what is said and the unit."""
    left, right, top = area_of(page)
    if page.annex:
        yield Block(
            "P", (Line(page.annex, Face.HEI, _LABEL_SIZE, left, right, base_line(top, _LABEL_LINE, _LABEL_SIZE)),)
        )
        top += LABEL
    if page.title:
        bases = [base_line(top + at * TITLE_LINE, TITLE_LINE, TITLE_SIZE) for at in range(len(page.title))]
        titles = zip(page.title, bases, strict=True)
        yield Block("H1", tuple(Line(text, Face.TITLE, TITLE_SIZE, left, right, base, "") for text, base in titles))
    if page.said or page.unit:
        base = base_line(table_top(page) - SAID_LINE, SAID_LINE, SAID_SIZE)
        between = right - min(width_of(page.unit, SAID_SIZE), (right - left) / 3)
        yield Block("P", (Line(page.said, Face.SONG, SAID_SIZE, left, between - SAID_SIZE, base),))
        yield Block("P", (Line(page.unit, Face.SONG, SAID_SIZE, between, right, base, "r"),))


def _cell(page: TablePage, box: Box, *, repeated: bool) -> Block:
    """Give a cell's lines, in the middle of its height."""
    head = box.look == "head"
    face = Face.HEI if box.look in _IN_HEI else Face.SONG
    words = box.cell.text.split("\n") if box.cell.text else []
    top = (box.top + box.bottom - len(words) * page.pitch) / 2
    align = box.cell.look if box.cell.look in ("l", "r") else ""
    lines = tuple(
        Line(text, face, page.size, box.left + _SIDE, box.right - _SIDE,
             base_line(top + at * page.pitch, page.pitch, page.size), align)
        for at, text in enumerate(words)
    )  # fmt: skip
    tag = "" if head and repeated else "TH" if head else "TD"
    return Block(tag, lines, box.row, box.cell.across, box.cell.down)


def placed(pages: Sequence[TablePage], marks: str) -> list[Placed]:
    """Place all that stands on the pages of a table; `marks` (草稿, 示例数据) stand above it, "" for none."""
    found = []
    before: TablePage | None = None
    for page in pages:
        found.append(_placed(page, marks, continued=before is not None and before.heads == page.heads))
        before = page
    return found


@lru_cache(200)
def _placed(page: TablePage, marks: str, *, continued: bool) -> Placed:
    """Place a page; one that is printed again as it was is not placed anew."""
    width, height = SHEETS[page.paper]
    boxes = list(boxes_of(page))
    blocks = (*_above(page), *(_cell(page, box, repeated=continued) for box in boxes), *_below(page))
    strokes = _grounds_and_rules(page, boxes, height)
    return Placed(width, height, strokes, tuple(_marks(page, marks)) if marks else (), blocks, continued)


def drawn(page: Placed, lettering: Lettering) -> str:
    """Give the operators that draw a page; each block with a tag and text is marked with its number among those."""
    marks = "".join(lettering.drawn(line, page.height) for line in page.marks)
    parts = [f"/Artifact BMC\n{page.strokes}"]
    if marks:
        parts.append(f"q {_MUTED}\n{marks}Q\n")
    parts.append("EMC\n")
    number = 0
    for block in page.blocks:
        if not block.lines:
            continue
        if block.tag:
            parts.append(f"/{block.tag} <</MCID {number}>> BDC\n")
            number += 1
        else:
            parts.append("/Artifact BMC\n")
        parts += [lettering.drawn(line, page.height) for line in block.lines]
        parts.append("EMC\n")
    return "".join(parts)


def _grounds_and_rules(page: TablePage, boxes: Iterable[Box], high: float) -> str:
    """Give the operators for the grounds of cells and for all edges; PDF counts from the lower edge."""
    left, right, _ = area_of(page)
    upper = high - table_top(page)
    grounds, edges = [], [f"{left:.2f} {upper:.2f} m {left:.2f} {upper - page.height:.2f} l"]
    for box in boxes:
        top, bottom = high - box.top, high - box.bottom
        if box.look in _GROUNDED:
            grounds.append(f"{box.left:.2f} {bottom:.2f} {box.right - box.left:.2f} {top - bottom:.2f} re")
        edges.append(f"{box.left:.2f} {bottom:.2f} m {box.right:.2f} {bottom:.2f} l {box.right:.2f} {top:.2f} l")
    ground = f"q {_GROUND} {' '.join(grounds)} f Q\n" if grounds else ""
    head = f"{_EDGE} w {left:.2f} {upper:.2f} m {right:.2f} {upper:.2f} l S"
    return f"{ground}q 0 G {_RULE} w {' '.join(edges)} S {head} Q\n"
