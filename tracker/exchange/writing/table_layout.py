"""Table layout: how wide a table's columns are, which share a page of paper, and how high its rows must be.

Widths are in digits of the sheet's own font, as sheets count them: a Chinese character counts two. The
measures of paper are in points.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from tracker.exchange.writing.line_breaking import breakable_parts, is_wide
from tracker.exchange.writing.printed_table import Paper

SCALE = 85
"""At how many per cent a table is printed: 10 pt become 8.5 pt."""

PAGE_WIDTHS = {Paper.A4: 165, Paper.A4_UPRIGHT: 113, Paper.A3: 239}
"""How many digits stand side by side on a page, at 85 %: A4 across has 784 pt between the margins.

A digit of Arial 10 pt, which sheets measure columns in, is 5.56 pt wide; spreadsheet programs that count in
whole pixels make it 5.25 pt, and leave a little room at the right.
"""

HIGHEST_ROW = 409
"""Sheets allow no higher row, in points."""

EDGE = 2
"""What stays free at the sides of a cell, in digits."""

_LINE, _PADDING = 13.5, 3
_USUAL_LINES = 8
_HEAD_LINE, _SHORT_HEAD = 8, 6
_WIDEST_SPREAD = 1.6


@dataclass(frozen=True, slots=True)
class Column:
    """What one column has to hold: its heading and its cells' texts.

    `narrowest` and `widest` bound a column whose texts may be broken into lines; None where they may not,
    as with numbers and dates.
    """

    heading: str
    texts: Sequence[str]
    narrowest: int | None = None
    widest: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout: each column's width and heading, how many lines the highest heading has, and the pages.

    Headings are broken into lines as wide as their column. `pages` gives by page, from left to right, its
    columns from 0, without those that every page repeats.
    """

    widths: list[int]
    headings: list[str]
    head_lines: int
    pages: list[range]


def text_width(line: str) -> int:
    """Give how wide a line is in digits: a Chinese character counts two."""
    return len(line) if line.isascii() else _mixed_width(line)


@lru_cache(20_000)
def _mixed_width(line: str) -> int:
    return sum(2 if is_wide(one) else 1 for one in line)


def lines_of(text: str, room: int) -> int:
    """Give how many lines a text needs in a room so many digits wide.

    Lines break at Chinese characters and at spaces, never before closing marks; a word or a number that is
    longer than the room is broken where it must be.
    """
    room = max(room, 2)
    if 2 * len(text) <= room and "\n" not in text:
        return 1
    return _broken_lines(text, room)


def lines_of_many(text: str, room: int) -> int:
    """Give about how many lines a text needs, never fewer than nearly all do: cheap, for texts by the million."""
    if "\n" in text:
        return lines_of(text, room)
    # In UTF-8 a Chinese character has three bytes; at the end of a line one may not find room.
    return 1 + (len(text.encode("utf-8", "ignore")) + len(text)) // 2 // max(room - 2, 2)


@lru_cache(20_000)
def _broken_lines(text: str, room: int) -> int:
    return sum(_lines_of_one(line, room) for line in text.split("\n"))


def _lines_of_one(line: str, room: int) -> int:
    if text_width(line) <= room:
        return 1
    count, used = 1, 0
    for part in breakable_parts(line):
        width = text_width(part)
        if used + width <= room:
            used += width
            continue
        if width <= room:
            count, used = count + 1, width
            continue
        # A part longer than a line starts on its own line and fills as many as it needs.
        count += (1 if used else 0) + (width - 1) // room
        used = (width - 1) % room + 1
    return count


def row_height(lines: int) -> int:
    """Give how high a row is that so many lines of text stand in, as far as sheets allow it."""
    return min(max(18, math.ceil(lines * _LINE) + _PADDING), HIGHEST_ROW)


def lay_out(columns: Sequence[Column], repeated: int, page_width: int = PAGE_WIDTHS[Paper.A4]) -> Layout:
    """Lay columns out over as few pages side by side as they need, then give what room is left to their texts.

    The first `repeated` columns stand on every page; a page is `page_width` digits wide.
    """
    most = page_width - sum(_least(column, page_width) for column in columns[:repeated])
    least = [_least(column, most) for column in columns]
    pages = _pages(least, repeated, page_width)
    widths = list(least)
    if len(pages) == 1:
        _grow(widths, columns, range(len(columns)), page_width)
        widths = _spread(widths, page_width * SCALE // 100)
    else:
        for page in pages:
            _grow(widths, columns, page, page_width - sum(widths[:repeated]))
    headings = [broken(column.heading, width - EDGE) for column, width in zip(columns, widths, strict=True)]
    return Layout(widths, headings, 1 + max(heading.count("\n") for heading in headings), pages)


def _natural(texts: Sequence[str]) -> int:
    return max((text_width(line) for text in texts for line in text.split("\n")), default=0) + EDGE


def _head_width(heading: str) -> int:
    """Give the least width of a heading: short words in one line, others in two or more; its unit."""
    words, *unit = heading.split("\n")
    wide = text_width(words)
    narrow = _HEAD_LINE if wide > _HEAD_LINE else math.ceil(wide / 4) * 2 if wide > _SHORT_HEAD else wide
    return max(narrow, 4, *(text_width(line) for line in unit)) + EDGE


def broken(heading: str, room: int) -> str:
    """Break a heading into lines of about one length; its unit keeps a line of its own."""
    words, *unit = heading.split("\n")
    wide = text_width(words)
    if wide <= room:
        return heading
    room -= room % 2
    # Chinese words have two characters more often than not.
    step = 2 if wide % 4 else 4
    longest = min(math.ceil(wide / math.ceil(wide / room) / step) * step, room)
    lines = [""]
    for part in breakable_parts(words):
        if lines[-1] and text_width(lines[-1] + part) > longest:
            lines.append("")
        lines[-1] += part
    return "\n".join([*lines, *unit])


def _least(column: Column, most: int) -> int:
    """Give the narrowest width that a column is still read well in."""
    head, natural = _head_width(column.heading), _natural(column.texts)
    if column.narrowest is None:
        return max(head, min(natural, most))
    # A long text would make a tower of two-word lines of the narrowest column.
    longest = max((text_width(text) for text in column.texts), default=0)
    fitting = max(column.narrowest, min(math.ceil(longest / _USUAL_LINES) + EDGE, most))
    return max(head, min(natural, fitting))


def _pages(widths: Sequence[int], repeated: int, page_width: int) -> list[range]:
    """Give the columns of each page: as few pages as can be, each about as full as the others."""
    free = max(1, page_width - sum(widths[:repeated]))
    fewest = _filled(widths, repeated, free)
    even = next(room for room in range(1, free + 1) if len(_filled(widths, repeated, room)) == len(fewest))
    return _filled(widths, repeated, even)


def _filled(widths: Sequence[int], repeated: int, free: int) -> list[range]:
    """Fill one page after the other with the columns that follow the repeated ones."""
    starts, used = [repeated], 0
    for index in range(repeated, len(widths)):
        if used and used + widths[index] > free:
            starts.append(index)
            used = 0
        used += widths[index]
    return [range(start, end) for start, end in pairwise([*starts, len(widths)])]


def _spread(widths: list[int], room: int) -> list[int]:
    """Widen all columns alike where they would leave much of the page empty even at its full size."""
    factor = min(room / sum(widths), _WIDEST_SPREAD)
    return [int(width * factor) for width in widths] if factor > 1 else widths


def _grow(widths: list[int], columns: Sequence[Column], page: Sequence[int], room: int) -> None:
    """Widen the columns of a page until the room is used up, the one first that most cells are broken in."""
    wanted = {
        index: sorted(_natural([text]) for text in (columns[index].heading, *columns[index].texts)) for index in page
    }
    for _ in range(room - sum(widths[index] for index in page)):
        broken_cells = {
            index: len(wanted[index]) - bisect_right(wanted[index], widths[index])
            for index in page
            if widths[index] < columns[index].widest
        }
        neediest = max(broken_cells, key=lambda index: broken_cells[index], default=None)
        if neediest is None or not broken_cells[neediest]:
            return
        widths[neediest] += 1
