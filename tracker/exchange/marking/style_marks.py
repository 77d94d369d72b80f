"""Style marks: a sender's styles with one more fill, and the way back to the fill that was there.

A marked cell has the style it had, but for its fill. Which fill it had before is told by the mark's own colour: each
former fill gets a shade of its own, apart by what no eye sees, so that the way back holds wherever the cell is moved,
copied or sorted to, and however styles are numbered anew by the program that saves the workbook next.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass

from lxml import etree

from tracker.exchange.marking.workbook_parts import Element, local_name, parsed

RED, AMBER = 0xFFD9D4, 0xFFEBC0
"""The fills of what must be mended and of what is asked; shades of them lie at most this far below."""
_STEPS = 8
_MOST_SHADES = _STEPS**3
_NOTHING = "-"
_ORDER = ("numFmts", "fonts", "fills", "borders", "cellStyleXfs", "cellXfs", "cellStyles", "dxfs", "tableStyles")
_FIRST = {
    "fonts": "<font><sz val='11'/><name val='宋体'/></font>",
    "fills": "<fill><patternFill patternType='none'/></fill><fill><patternFill patternType='gray125'/></fill>",
    "borders": "<border><left/><right/><top/><bottom/><diagonal/></border>",
    "cellStyleXfs": "<xf numFmtId='0' fontId='0' fillId='0' borderId='0'/>",
    "cellXfs": "<xf numFmtId='0' fontId='0' fillId='0' borderId='0' xfId='0'/>",
}
"""What stands first in each list that a workbook may lack."""

TRANSITIONAL = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
EMPTY_STYLES = (
    f'<styleSheet xmlns="{TRANSITIONAL}">{"".join(f"<{kind}>{inside}</{kind}>" for kind, inside in _FIRST.items())}'
    "<cellStyles><cellStyle name='Normal' xfId='0' builtinId='0'/></cellStyles></styleSheet>"
).encode()
"""The styles of a workbook that has none."""


@dataclass(frozen=True, slots=True)
class Former:
    """What a marked cell's fill was: its element as text, "" for none, and whether its style says it is its own."""

    fill: str
    applied: str


def _shade(kind: int, number: int) -> str:
    """Give the colour that stands for the former fill of a number, as styles write it."""
    red, rest = divmod(number, _STEPS * _STEPS)
    green, blue = divmod(rest, _STEPS)
    return f"FF{kind - (red << 16) - (green << 8) - blue:06X}"


class Styles:
    """A workbook's styles, being added to."""

    def __init__(self, content: bytes) -> None:
        """Read the part. Raises etree.XMLSyntaxError."""
        self.root = parsed(content)
        self._namespace = etree.QName(self.root).namespace or TRANSITIONAL
        self._formers = [Former("", "")]
        self._made: dict[tuple[int, int], int] = {}
        self._keys: dict[str, dict[bytes, int]] = {}

    def marked(self, style: int, kind: int) -> int:
        """Give the style that is like another but for the fill; `kind` is RED or AMBER.

        Where no shade is left the style stays as it is.
        """
        if (style, kind) not in self._made:
            styles = self._list("cellXfs")
            base = deepcopy(styles[style if style < len(styles) else 0])
            former = self._former(base)
            if former not in self._formers:
                self._formers.append(former)
            number = self._formers.index(former)
            if number >= _MOST_SHADES:
                return style
            colour = _shade(kind, number)
            fill = f'<patternFill patternType="solid"><fgColor rgb="{colour}"/><bgColor indexed="64"/></patternFill>'
            base.set("fillId", str(self.add("fills", f"<fill>{fill}</fill>")))
            base.set("applyFill", "1")
            self._made[style, kind] = self._added("cellXfs", base)
        return self._made[style, kind]

    def record(self) -> list[str]:
        """Give what each shade stands for, one a line, as `restore` takes it back."""
        return [
            f"{_shade(kind, number)} {former.applied or _NOTHING} {former.fill}"
            for number, former in enumerate(self._formers)
            for kind in (RED, AMBER)
        ]

    def restore(self, record: Iterable[str]) -> None:
        """Give every marked style the fill it had; where the record of the marking is lost (empty), none."""
        formers: dict[str, Former] = {}
        for line in record:
            colour, applied, fill = (*line.split(" ", 2), "", "")[:3]
            if re.fullmatch("FF[0-9A-F]{6}", colour):
                formers[colour] = Former(fill, "" if applied == _NOTHING else applied)
        if not formers:
            formers = {_shade(kind, number): Former("", "") for kind in (RED, AMBER) for number in range(_MOST_SHADES)}
        fills = {
            str(number): formers[colour]
            for number, fill in enumerate(self._list("fills"))
            if (colour := _solid_colour(fill)) in formers
        }
        for style in self._list("cellXfs"):
            former = fills.get(style.get("fillId", ""))
            if former is not None:
                style.set("fillId", str(self._restored(former.fill)))
                style.attrib.pop("applyFill", None)
                if former.applied in ("0", "1"):
                    style.set("applyFill", former.applied)

    def add(self, kind: str, text: str) -> int:
        """Add an element, given as text, to the list of a kind (`fonts`) unless it stands there; give its number."""
        return self._added(kind, self._element(text))

    def _element(self, text: str) -> Element:
        """Make an element of the styles' own namespace; whatever namespace the text has is put aside."""
        return self._renamed(parsed(text.encode()), None)

    def _renamed(self, source: Element, parent: Element | None) -> Element:
        """Copy an element under a parent, everything in it renamed into the styles' own namespace."""
        name = f"{{{self._namespace}}}{local_name(source)}"
        made = etree.Element(name, nsmap=self.root.nsmap) if parent is None else etree.SubElement(parent, name)
        made.attrib.update(source.attrib)
        for child in source:
            if local_name(child):
                self._renamed(child, made)
        return made

    def _list(self, kind: str) -> Element:
        found = next((each for each in self.root if local_name(each) == kind), None)
        if found is None:
            later = _ORDER[_ORDER.index(kind) + 1 :]
            before = sum(local_name(each) in _ORDER and local_name(each) not in later for each in self.root)
            found = etree.Element(f"{{{self._namespace}}}{kind}")
            self.root.insert(before, found)
        if not len(found) and kind in _FIRST:
            for each in self._element(f"<some>{_FIRST[kind]}</some>"):
                found.append(each)
        return found

    def _added(self, kind: str, element: Element) -> int:
        found = self._list(kind)
        if kind not in self._keys:
            self._keys[kind] = {}
            for number, each in enumerate(found):
                self._keys[kind].setdefault(_key(each), number)
        key = _key(element)
        if key not in self._keys[kind]:
            self._keys[kind][key] = len(found)
            found.append(element)
            found.set("count", str(len(found)))
        return self._keys[kind][key]

    def _former(self, style: Element) -> Former:
        number = style.get("fillId", "0")
        fills = self._list("fills")
        position = int(number) if number.isdigit() and int(number) < len(fills) else 0
        fill = deepcopy(fills[position])
        pattern = fill[0] if len(fill) else None
        nothing = pattern is None or (
            local_name(pattern) == "patternFill" and pattern.get("patternType", "none") == "none" and not len(pattern)
        )
        etree.cleanup_namespaces(fill)
        text = "" if nothing else etree.tostring(fill, encoding="unicode", with_tail=False)
        return Former(" ".join(text.split()), style.get("applyFill", ""))

    def _restored(self, fill: str) -> int:
        """Give the number of a former fill, which the list still has where the workbook was not saved anew."""
        if not fill:
            return 0
        try:
            return self._added("fills", self._element(fill))
        except etree.XMLSyntaxError:  # somebody wrote into our record
            return 0


def _solid_colour(fill: Element) -> str:
    """Give the colour of a fill of one plain colour, "" for any other."""
    pattern = fill[0] if len(fill) else None
    if pattern is None or local_name(pattern) != "patternFill" or pattern.get("patternType") != "solid":
        return ""
    colours = [each.get("rgb", "").upper() for each in pattern if local_name(each) == "fgColor"]
    return colours[0] if colours else ""


def _key(element: Element) -> bytes:
    """Give what two elements that say the same have in common."""
    copied = deepcopy(element)
    copied.tail = None
    key: bytes = etree.tostring(copied, method="c14n", exclusive=True)
    return key
