"""Justified: a paragraph cut into lines that all end at the right edge, as official documents are set.

The printer stretches lines only at blanks, which Chinese has none of; here the lines of a whole paragraph are chosen
at once, so that they are drawn apart or together as little as can be, a number keeps its unit, and no letter or two
stand alone in the last line. Measures are in points.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from tracker.exchange.paper.text import printable, width_of
from tracker.exchange.writing.line_breaking import breakable_parts

SIZE, CLOSER = 16.0, -0.22
"""The size of the text, and how much closer than that its letters stand: so 28 of them fill 156 mm."""

LOOSEST, TIGHTEST = 3.0, -0.45
"""How much farther apart or closer than usual the letters of a line may be drawn."""

_KEPT = re.compile(r"第?[0-9][0-9.,]*(?:%|亿元|万元|个|项|位|年|月|日)")
_LONGEST_CHOSEN = 1_500
"""Characters of a paragraph whose lines are chosen together; a longer one is filled line by line."""

_LEAST_LAST = 4
_ALONE = 25.0
_TOO_WIDE = 1e6


@dataclass(frozen=True, slots=True)
class SetLine:
    """One line of a paragraph: its text and how far apart its letters stand."""

    text: str
    spacing: float


@lru_cache(1_000)
def justified(text: str, room: float, indent: float) -> tuple[SetLine, ...]:
    """Cut a paragraph into lines `room` wide, the first of them `indent` narrower; the last one ends where it ends.

    A paragraph that is printed again as it was is not cut anew.
    """
    parts = _kept_together(printable(text).replace("\n", " "), room - indent)
    widths = [_width(part) for part in parts]
    cuts = _chosen(parts, widths, room, indent) if len(text) <= _LONGEST_CHOSEN else _filled(widths, room, indent)
    lines = []
    for start, stop in zip([0, *cuts], cuts, strict=False):
        line = "".join(parts[start:stop]).strip(" ")
        if not line:
            continue
        extra = _extra(line, _width(line), room - (0 if start else indent))
        extra = min(extra, 0.0) if stop == len(parts) else extra
        lines.append(SetLine(line, round(CLOSER + min(max(extra, TIGHTEST), LOOSEST), 2)))
    return tuple(lines)


def _width(text: str) -> float:
    narrower = 0.091 * text.count("1") + 0.013 * text.count("7")
    return width_of(text, SIZE) + CLOSER * len(text) - narrower * SIZE


def _extra(line: str, width: float, room: float) -> float:
    """Give by how much the letters of a line must move apart to fill it; the last one's own room lies beyond."""
    return (room - width) / max(len(line) - 1, 1)


def _kept_together(text: str, room: float) -> list[str]:
    """Give the parts of a text between which lines may end; none is wider than a line."""
    kept: set[int] = set()
    for found in _KEPT.finditer(text):
        kept |= set(range(found.start() + 1, found.end()))
    parts: list[str] = []
    at = 0
    for part in breakable_parts(text):
        if at in kept and _width(parts[-1] + part) <= room:
            parts[-1] += part
        elif _width(part) > room:
            parts += part
        else:
            parts.append(part)
        at += len(part)
    return parts


def _filled(widths: list[float], room: float, indent: float) -> list[int]:
    """Give after which parts lines end: each holds what finds room."""
    cuts, used = [], indent
    for at, width in enumerate(widths):
        if used + width > room + 0.3 and used:
            cuts.append(at)
            used = 0.0
        used += width
    return [*cuts, len(widths)]


def _chosen(parts: list[str], widths: list[float], room: float, indent: float) -> list[int]:
    """Give after which parts lines end, so that all of them together are stretched least."""
    best = [0.0] + [_TOO_WIDE * len(parts)] * len(parts)
    before = [0] * (len(parts) + 1)
    for stop in range(1, len(parts) + 1):
        width, letters = 0.0, 0
        for start in range(stop - 1, -1, -1):
            width += widths[start]
            letters += len(parts[start])
            own = room - (0 if start else indent)
            extra = (own - width) / max(letters - 1, 1)
            if extra < TIGHTEST and start < stop - 1:
                break
            cost = best[start] + _cost(extra, letters, last=stop == len(parts), first=start == 0)
            if cost < best[stop]:
                best[stop], before[stop] = cost, start
    cuts = [len(parts)]
    while before[cuts[0]]:
        cuts.insert(0, before[cuts[0]])
    return cuts


def _cost(extra: float, letters: int, *, last: bool, first: bool) -> float:
    if last and extra >= 0:
        return 0.0 if first or letters >= _LEAST_LAST else _ALONE
    return (extra / 0.2) ** 2 if extra < 0 else extra**2
