"""Paper text: how wide texts are in the fonts of paper, and where their lines are broken.

Chinese letters are one em wide, others as the Latin font measures them; what neither knows counts as one em, which
nothing exceeds. Lines break at Chinese letters and blanks, never before closing or after opening marks.
"""

from __future__ import annotations

from functools import lru_cache
from math import ceil

from tracker.exchange.writing.line_breaking import breakable_parts
from tracker.model.written import clean_text

_LATIN = {
    " ": 256, "!": 308, '"': 376, "#": 574, "$": 550, "%": 923, "&": 779, "'": 196, "(": 364, ")": 364, "*": 478,
    "+": 580, ",": 327, "-": 346, ".": 327, "/": 352, ":": 327, ";": 327, "<": 580, "=": 580, ">": 580, "?": 432,
    "@": 912, "A": 718, "B": 670, "C": 691, "D": 770, "E": 652, "F": 629, "G": 741, "H": 853, "I": 405, "J": 403,
    "K": 731, "L": 625, "M": 975, "N": 796, "O": 767, "P": 641, "Q": 767, "R": 715, "S": 567, "T": 659, "U": 797,
    "V": 714, "W": 1053, "X": 700, "Y": 687, "Z": 605, "[": 344, "\\": 352, "]": 344, "^": 580, "_": 563, "`": 435,
    "a": 557, "b": 638, "c": 538, "d": 629, "e": 547, "f": 388, "g": 566, "h": 663, "i": 332, "j": 311, "k": 607,
    "l": 334, "m": 974, "n": 661, "o": 596, "p": 638, "q": 607, "r": 462, "s": 473, "t": 367, "u": 653, "v": 548,
    "w": 838, "x": 564, "y": 552, "z": 498, "{": 374, "|": 316, "}": 374, "~": 580,
}  # fmt: skip
"""Widths of the Latin font's letters in thousandths of an em; digits are taken as wide as the widest of them."""

_WIDTHS = {**_LATIN, **dict.fromkeys("0123456789", 562), "\n": 0}


def printable(text: str) -> str:
    """Give a text without what is not seen: control characters, marks of direction, lone surrogates."""
    cleaned = clean_text(text)
    return cleaned if cleaned.isprintable() else "".join(
        one if one.isprintable() or one in "\n\u3000" else " " if one.isspace() else "" for one in cleaned
    )  # fmt: skip


def width_of(text: str, size: float) -> float:
    """Give how wide a text without line breaks is, in points; never less than it prints."""
    widths = _WIDTHS
    return sum(widths.get(one, 1000) for one in text) * size / 1000


def broken(text: str, size: float, room: float, *, balanced: bool = False) -> list[str]:
    """Break a text into lines no wider than `room` points; `balanced` makes them about equally long."""
    lines: list[str] = []
    for line in printable(text).split("\n"):
        if len(line) * size <= room:
            lines.append(line)
            continue
        found = _broken(line, size, round(room, 1))
        if balanced and len(found) > 1:
            least = max(ceil(width_of(line, size) / len(found)), size * 2)
            while least < room and len(_broken(line, size, round(least, 1))) > len(found):
                least += size / 2
            found = _broken(line, size, round(min(least, room), 1))
        lines += found
    return lines


@lru_cache(20_000)
def _broken(line: str, size: float, room: float) -> tuple[str, ...]:
    if width_of(line, size) <= room:
        return (line,)
    room = max(room, size)
    lines, kept, used = [], "", 0.0
    for part in breakable_parts(line):
        width = width_of(part, size)
        if used + width > room and (kept.strip() or width > room):
            if kept.strip() and width <= room:
                lines.append(kept.rstrip())
                kept, used = "", 0.0
                if part.isspace():
                    continue
            else:
                # A word longer than a line begins where it stands and fills as many lines as it needs.
                for one in part:
                    wide = width_of(one, size)
                    if used + wide > room:
                        lines.append(kept.rstrip())
                        kept, used = "", 0.0
                    kept, used = kept + one, used + wide
                continue
        kept, used = kept + part, used + width
    if kept.strip():
        lines.append(kept.rstrip())
    return tuple(lines)
