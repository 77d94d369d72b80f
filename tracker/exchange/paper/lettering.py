"""Lettering: letters that are put on pages one by one, in fonts that a printed document brought with it.

Tables and page numbers are placed by us: their lines are broken before, and laying each cell out again took nine
tenths of a bulletin's time. The document's last pages hold an alphabet: all letters that are wanted, in the faces
that they are wanted in. What those pages say of their fonts tells each letter's code and width; then they are left
out, and the fonts stay.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NamedTuple

_CODE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")
_SUBSET = re.compile(r"^/?[A-Z]{6}\+")


class Face(StrEnum):
    """What letters are set in; the value is the class of `official.css` that names its fonts."""

    SONG = "song"
    HEI = "hei"
    TITLE = "title-face"
    NUMBER = "number-face"


FONTS_OF = {
    Face.SONG: ("Bulletin-Latin", "Bulletin-Song"),
    Face.HEI: ("Bulletin-Latin", "Bulletin-Hei", "Bulletin-Song"),
    Face.TITLE: ("Bulletin-BiaoSong", "Bulletin-Song"),
    Face.NUMBER: ("Bulletin-Song",),
}
"""The fonts of each face in the order they are asked for a letter, as in `official.css`."""

UNKNOWN = "□"
"""What stands for a letter that none of the fonts has."""

_BLANK = 0.256

Alphabet = Mapping[Face, str]
"""The letters that are wanted, by face."""


class Letter(NamedTuple):
    """A letter of a face: its font's name among a page's resources, its code there (hexadecimal), its width in em."""

    font: str
    code: str
    width: float


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text at its place: its box from `left` to `right`, its base line, in points from the sheet's top.

    `align` is `l`, `r` or "" for the middle. A line that is wider than its box is set narrower.
    """

    text: str
    face: Face
    size: float
    left: float
    right: float
    base: float
    align: str = "l"


def base_line(top: float, pitch: float, size: float) -> float:
    """Give the base line of a line of text `pitch` high; all six fonts stand 0.88 em above it and 0.12 below."""
    return top + (pitch - size) / 2 + 0.88 * size


def alphabet_of(lines: Iterable[Line]) -> dict[Face, str]:
    """Give the letters that lines need, by face."""
    found: dict[Face, set[str]] = {}
    for line in lines:
        found.setdefault(line.face, {UNKNOWN}).update(line.text)
    return {
        face: "".join(sorted(one for one in letters if one.isprintable() and unicodedata.category(one)[0] not in "MZ"))
        for face, letters in found.items()
    }


class Lettering:
    """The letters that a printed document's fonts offer."""

    def __init__(self, fonts: Mapping[str, Any]) -> None:
        """Take the fonts of a page's resources by name, as pypdf gives them."""
        self._named: dict[str, dict[str, Letter]] = {}
        for name, held in fonts.items():
            font = held.get_object()
            letters = self._named.setdefault(_SUBSET.sub("", str(font["/BaseFont"])), {})
            letters |= _letters_of(name, font)
        self._faces: dict[Face, dict[str, Letter]] = {face: {} for face in Face}

    def letter(self, face: Face, one: str) -> Letter | None:
        """Give a letter of a face; None for what is not printed by itself (marks on other letters)."""
        known = self._faces[face]
        if one not in known:
            found = self._find(face, one)
            if found is None:
                return None
            known[one] = found
        return known[one]

    def _find(self, face: Face, one: str) -> Letter | None:
        if one.isspace():
            return Letter("", "", 1.0 if one == "\u3000" else _BLANK)
        stack = [*FONTS_OF[face], *self._named]
        for written in (one, unicodedata.normalize("NFKC", one)):
            for font in stack:
                if letter := self._named.get(font, {}).get(written):
                    return letter
        return None if unicodedata.combining(one) or one == UNKNOWN else self.letter(face, UNKNOWN)

    def drawn(self, line: Line, height: float) -> str:
        """Give the operators that put a line on a page `height` points high."""
        runs: list[tuple[str, list[str]]] = []
        wide = before = 0.0
        for one in unicodedata.normalize("NFC", line.text):
            letter = self.letter(line.face, one)
            if letter is None:
                continue
            wide += letter.width
            if not letter.font:
                # Moves to the right by the blank's width: numbers in TJ are thousandths of an em to the left.
                if runs:
                    runs[-1][1].append(f"> {-1000 * letter.width:.0f} <")
                else:
                    before += letter.width
                continue
            if not runs or runs[-1][0] != letter.font:
                runs.append((letter.font, []))
            runs[-1][1].append(letter.code)
        if not runs:
            return ""
        room, wide = line.right - line.left, wide * line.size
        narrower = ""
        at = line.left
        share = 1.0
        if wide > room + 0.01:
            share = max(room / wide, 0.01)
            narrower = f"{100 * share:.2f} Tz "
        elif line.align == "r":
            at = line.right - wide
        elif not line.align:
            at += (room - wide) / 2
        at += before * line.size * share
        shown = " ".join(f"{font} {line.size:g} Tf [<{''.join(codes)}>] TJ" for font, codes in runs)
        after = " 100 Tz" if narrower else ""
        return f"BT {narrower}1 0 0 1 {at:.2f} {height - line.base:.2f} Tm {shown}{after} ET\n"

    def width(self, face: Face, text: str, size: float) -> float:
        """Give how wide a text is, in points."""
        return sum(letter.width for one in text if (letter := self.letter(face, one))) * size


def _letters_of(name: str, font: Any) -> dict[str, Letter]:
    if "/ToUnicode" not in font:
        return {}
    codes: dict[str, str] = {}
    for code, written in _CODE.findall(font["/ToUnicode"].get_data()):
        letter = bytes.fromhex(written.decode()).decode("utf-16-be", "replace")
        if len(letter) == 1:
            codes[letter] = code.decode()
    widths = _widths(font["/DescendantFonts"][0].get_object())
    return {letter: Letter(name, code, widths(int(code, 16))) for letter, code in codes.items()}


def _widths(font: Any) -> Any:
    """Give a function from a code to its width in em."""
    by_code: dict[int, float] = {}
    held = [each.get_object() for each in font.get("/W", [])]
    at = 0
    while at < len(held):
        if isinstance(held[at + 1], list):
            by_code |= {int(held[at]) + more: float(width) for more, width in enumerate(held[at + 1])}
            at += 2
        else:
            by_code |= dict.fromkeys(range(int(held[at]), int(held[at + 1]) + 1), float(held[at + 2]))
            at += 3
    usual = float(font.get("/DW", 1000))
    return lambda code: by_code.get(code, usual) / 1000
