"""List layout: how wide a list's columns are, which share a page of paper, and how high its rows must be.

Widths are in digits of the list's own font, as sheets count them: a Chinese character counts two. The
measures of paper are in points.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

SCALE = 85
"""At how many per cent a list is printed: 10 pt become 8.5 pt."""

PAGE_WIDTH = 165
"""How many digits stand side by side on a page of A4 landscape: 784 pt between the margins, at 85 %.

A digit of Arial 10 pt, which sheets measure columns in, is 5.56 pt wide; spreadsheet programs that count in
whole pixels make it 5.25 pt, and leave a little room at the right.
"""

HIGHEST_ROW = 409
"""Sheets allow no higher row, in points."""

_LINE, _PADDING = 13.5, 3
_EDGE = 2
_USUAL_LINES = 8
_HEAD_LINE = 8
_NEVER_LAST = frozenset("（《「『【〔“‘(")
_NEVER_FIRST = frozenset("，。、；：？！）》」』】〕”’％%,.;:?!)")


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
    """A layout: each column's width and heading, the height of the headings and of each row, and the pages.

    Headings are broken into lines as wide as their column. `pages` gives by page, from left to right, its
    columns from 0, without those that every page repeats.
    """

    widths: list[int]
    headings: list[str]
    head_height: int
    heights: list[int]
    pages: list[range]


def text_width(line: str) -> int:
    """Give how wide a line is in digits: a Chinese character counts two."""
    return sum(2 if unicodedata.east_asian_width(one) in "FWA" else 1 for one in line)


def lines_of(text: str, room: int) -> int:
    """Give how many lines a text needs in a room so many digits wide.

    Lines break at Chinese characters and at spaces, never before closing marks; a word or a number that is
    longer than the room is broken where it must be.
    """
    return sum(_lines_of_one(line, max(room, 2)) for line in text.split("\n"))


def _lines_of_one(line: str, room: int) -> int:
    count, used = 1, 0
    for part in _parts(line):
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


def _parts(line: str) -> list[str]:
    """Take a line apart where it may be broken."""
    parts: list[str] = []
    for one in line:
        if parts and _stay_together(parts[-1][-1], one):
            parts[-1] += one
        else:
            parts.append(one)
    return parts


def _stay_together(before: str, after: str) -> bool:
    if before.isspace() or after.isspace():
        return False
    if after in _NEVER_FIRST or before in _NEVER_LAST:
        return True
    return not _is_wide(before) and not _is_wide(after)


def _is_wide(one: str) -> bool:
    return unicodedata.east_asian_width(one) in "FWA"


def lay_out(columns: Sequence[Column], repeated: int) -> Layout:
    """Lay columns out over as few pages side by side as they need, then give what room is left to their texts.

    The first `repeated` columns stand on every page. `heights` are those of the texts, row by row; every
    column has equally many.
    """
    most = PAGE_WIDTH - sum(_least(column, PAGE_WIDTH) for column in columns[:repeated])
    least = [_least(column, most) for column in columns]
    pages = _pages(least, repeated)
    widths = list(least)
    if len(pages) == 1:
        _grow(widths, columns, range(len(columns)), PAGE_WIDTH)
    else:
        for page in pages:
            _grow(widths, columns, page, PAGE_WIDTH - sum(widths[:repeated]))
    rooms = [width - _EDGE for width in widths]
    headings = [_broken(column.heading, room) for column, room in zip(columns, rooms, strict=True)]
    heights = [
        max(lines_of(text, room) for text, room in zip(row, rooms, strict=True))
        for row in zip(*(column.texts for column in columns), strict=True)
    ]
    head_height = _height(1 + max(heading.count("\n") for heading in headings))
    return Layout(widths, headings, head_height, [_height(lines) for lines in heights], pages)


def _height(lines: int) -> int:
    return min(max(18, math.ceil(lines * _LINE) + _PADDING), HIGHEST_ROW)


def _natural(texts: Sequence[str]) -> int:
    return max((text_width(line) for text in texts for line in text.split("\n")), default=0) + _EDGE


def _head_width(heading: str) -> int:
    """Give the least width of a heading: its words in two lines, long ones in more; its unit in one."""
    words, *unit = heading.split("\n")
    narrow = _HEAD_LINE if text_width(words) > _HEAD_LINE else math.ceil(text_width(words) / 4) * 2
    return max(narrow, 4, *(text_width(line) for line in unit)) + _EDGE


def _broken(heading: str, room: int) -> str:
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
    for part in _parts(words):
        if lines[-1] and text_width(lines[-1] + part) > longest:
            lines.append("")
        lines[-1] += part
    return "\n".join([*lines, *unit])


def _least(column: Column, most: int) -> int:
    """Give the narrowest width that a column is still read well in."""
    head, natural = _head_width(column.heading), _natural(column.texts)
    if column.narrowest is None:
        return max(head, natural)
    # A long text would make a tower of two-word lines of the narrowest column.
    longest = max((text_width(text) for text in column.texts), default=0)
    fitting = max(column.narrowest, min(math.ceil(longest / _USUAL_LINES) + _EDGE, most))
    return max(head, min(natural, fitting))


def _pages(widths: Sequence[int], repeated: int) -> list[range]:
    """Give the columns of each page: as few pages as can be, each about as full as the others."""
    free = PAGE_WIDTH - sum(widths[:repeated])
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


def _grow(widths: list[int], columns: Sequence[Column], page: Sequence[int], room: int) -> None:
    """Widen the columns of a page until the room is used up, the one first that most cells are broken in."""
    wanted = {index: [_natural([text]) for text in _all_texts(columns[index])] for index in page}
    for _ in range(room - sum(widths[index] for index in page)):
        broken = {
            index: sum(each > widths[index] for each in wanted[index])
            for index in page
            if widths[index] < columns[index].widest
        }
        neediest = max(broken, key=lambda index: broken[index], default=None)
        if neediest is None or not broken[neediest]:
            return
        widths[neediest] += 1


def _all_texts(column: Column) -> list[str]:
    return [column.heading, *column.texts]
