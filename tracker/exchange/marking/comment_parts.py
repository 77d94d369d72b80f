"""Comment parts: a sheet's comments and the shapes they are shown in, added to without disturbing what is there.

What we say is a line of its own in a comment and begins with a mark of ours, so that it can be taken out again
wherever it stands, and what people wrote beside it stays. Comment shapes are VML, which programs write loosely:
it is edited as text and never parsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from lxml import etree

from tracker.exchange.marking.marking_words import AUTHOR, COMMENT_MARK
from tracker.exchange.marking.sheet_bytes import LAST_COLUMN, LAST_ROW, Place, Scan, cell_name, place_of
from tracker.exchange.marking.workbook_parts import Element, NotMarkableError, local_name, parsed, printed

_OURS = re.compile(rf"(?:^|\n){COMMENT_MARK}[^\n]*")
_AUTHOR_ALONE = re.compile(rf"\s*(?:{AUTHOR}[:：]?)?\s*")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_SHAPE = re.compile(rb"<((?:\w+:)?)shape\s(?:(?!</\1shape>).)*</\1shape>", re.DOTALL)
_NOTE_PLACE = re.compile(rb"<(?:\w+:)?(Row|Column)>\s*([0-9]{1,7})\s*</")
_SHAPE_NUMBER = re.compile(rb"\bid\s*=\s*[\"']_x0000_s([0-9]{1,9})[\"']")
_BLOCKS = re.compile(rb"(<(?:\w+:)?idmap\s[^>]*\bdata\s*=\s*[\"'])([0-9, ]*)([\"'])")
_WHOLE = re.compile(rb"</(?:\w+:)?xml\s*>\s*$")
_BLOCK = 1024
_LONGEST = 1000
_NAMES = (
    b'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    b'xmlns:x="urn:schemas-microsoft-com:office:excel"'
)
_KIND = (
    b'<v:shapetype id="_x0000_t202" coordsize="21600,21600" o:spt="202" path="m,l,21600r21600,l21600,xe">'
    b'<v:stroke joinstyle="miter"/><v:path gradientshapeok="t" o:connecttype="rect"/></v:shapetype>'
)
EMPTY_SHAPES = (
    b"<xml " + _NAMES + b'><o:shapelayout v:ext="edit"><o:idmap v:ext="edit" data="1"/></o:shapelayout>' + _KIND
) + b"</xml>"
_COMMENT_WIDTH, _LINE_HEIGHT, _LINE_CHARACTERS = 300, 19, 20
_USUAL_WIDTH, _USUAL_HEIGHT = 72, 20
_FARTHEST = 60
"""How many columns or rows a comment's shape goes over at most: hidden ones are of no width."""


def printable(text: str) -> str:
    """Give a text without what XML cannot hold."""
    return _UNPRINTABLE.sub("", text)


def plain_line(text: str) -> str:
    """Give a text as one line that XML can hold."""
    return " ".join(printable(text).split())


class Comments:
    """A sheet's comments, being cleaned and added to."""

    def __init__(self, content: bytes | None, namespace: str) -> None:
        """Read the part, or begin one. Raises etree.XMLSyntaxError."""
        if content is None:
            content = f'<comments xmlns="{namespace}"><authors/><commentList/></comments>'.encode()
        self.root = parsed(content)
        self._namespace = etree.QName(self.root).namespace or namespace
        self._list = self._child("commentList")

    def clean(self) -> set[Place]:
        """Take out every line of ours; give the places whose comments held nothing else and are gone."""
        gone = set()
        for comment in list(self._list):
            texts = [each for each in comment.iter() if local_name(each) == "t"]
            whole = "".join(each.text or "" for each in texts)
            cuts = [match.span() for match in _OURS.finditer(whole)]
            if not cuts:
                continue
            _cut(texts, cuts)
            left = "".join(each.text or "" for each in texts)
            for run in [each.getparent() for each in texts if not each.text and local_name(each.getparent()) == "r"]:
                run.getparent().remove(run)
            if _AUTHOR_ALONE.fullmatch(left):
                self._list.remove(comment)
                if (place := place_of(comment.get("ref", ""))) is not None:
                    gone.add(place)
        return gone

    def add(self, said: Mapping[Place, str]) -> set[Place]:
        """Say a line at each place, at the end of the comment that is there; give the places that had none."""
        there = {place_of(each.get("ref", "")): each for each in self._list if local_name(each) == "comment"}
        new = set()
        for place, line in sorted(said.items()):
            comment = there.get(place)
            if comment is None:
                new.add(place)
                comment = etree.SubElement(self._list, self._name("comment"))
                comment.set("ref", cell_name(place))
                comment.set("authorId", str(self._author()))
            text = next((each for each in comment if local_name(each) == "text"), None)
            if text is None:
                text = etree.Element(self._name("text"))
                comment.insert(0, text)
            self._append(text, line, place not in new)
        return new

    def printed(self) -> bytes:
        """Give the part's bytes."""
        return printed(self.root)

    def _append(self, text: Element, line: str, further: bool) -> None:
        runs = sum(local_name(each) in ("t", "r") for each in text)
        run = etree.Element(self._name("r"))
        text.insert(runs, run)
        style = etree.SubElement(run, self._name("rPr"))
        for name, value in (("sz", "10"), ("color", "81"), ("rFont", "宋体"), ("family", "3"), ("charset", "134")):
            etree.SubElement(style, self._name(name)).set("indexed" if name == "color" else "val", value)
        said = etree.SubElement(run, self._name("t"))
        said.text = ("\n" if further else "") + line[:_LONGEST]
        said.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")

    def _author(self) -> int:
        authors = self._child("authors")
        names = [each.text or "" for each in authors]
        if AUTHOR not in names:
            etree.SubElement(authors, self._name("author")).text = AUTHOR
            return len(names)
        return names.index(AUTHOR)

    def _child(self, name: str) -> Element:
        found = next((each for each in self.root if local_name(each) == name), None)
        if found is None:
            found = etree.Element(self._name(name))
            self.root.insert(0 if name == "authors" else len(self.root), found)
        return found

    def _name(self, name: str) -> str:
        return f"{{{self._namespace}}}{name}"


def _cut(texts: Iterable[Element], cuts: list[tuple[int, int]]) -> None:
    """Take spans of the whole text out of the pieces it stands in."""
    at = 0
    for each in texts:
        said = each.text or ""
        kept = "".join(
            one for place, one in enumerate(said, start=at) if not any(start <= place < end for start, end in cuts)
        )
        at += len(said)
        if kept != said:
            each.text = kept


def without_shapes(content: bytes, places: set[Place]) -> bytes:
    """Take the shapes of comments that are gone out of a sheet's VML."""

    def kept(match: re.Match[bytes]) -> bytes:
        return b"" if _note_place(match[0]) in places else match[0]

    return _SHAPE.sub(kept, content) if places else content


def _note_place(shape: bytes) -> Place | None:
    found = {match[1]: int(match[2]) + 1 for match in _NOTE_PLACE.finditer(shape)}
    if b"Note" not in shape or len(found) != 2:
        return None
    return found[b"Row"], found[b"Column"]


def with_shapes(content: bytes, scan: Scan, said: Mapping[Place, str]) -> bytes:
    """Add a shape for the comment at each place, which holds `said`, to a sheet's VML."""
    if not said:
        return content
    if not _WHOLE.search(content):
        if _SHAPE.search(content):
            raise NotMarkableError("comment shapes")
        content = EMPTY_SHAPES
    head, _, tail = content.rpartition(b"</")
    taken = max((int(match[1]) for match in _SHAPE_NUMBER.finditer(content)), default=_BLOCK)
    made = [] if b"_x0000_t202" in content else [_KIND]
    numbers = range(taken + 1, taken + 1 + len(said))
    made += [
        _shape(number, scan, place, text) for number, (place, text) in zip(numbers, sorted(said.items()), strict=True)
    ]
    if not all(name in content for name in re.findall(rb"xmlns:\w", _NAMES)):
        made = [re.sub(rb"^<v:\w+", lambda match: match[0] + b" " + _NAMES, each) for each in made]
    return _with_blocks(head, numbers) + b"".join(made) + b"</" + tail


def _with_blocks(content: bytes, numbers: range) -> bytes:
    """Say in the VML that the shapes' numbers are taken: they are given out in blocks of 1024."""

    def extended(match: re.Match[bytes]) -> bytes:
        blocks = [each.strip().decode() for each in match[2].split(b",") if each.strip()]
        needed = [str(block) for block in range(numbers.start // _BLOCK, (numbers.stop - 1) // _BLOCK + 1)]
        return match[1] + ",".join(dict.fromkeys([*blocks, *needed])).encode() + match[3]

    return _BLOCKS.sub(extended, content, count=1)


def _shape(number: int, scan: Scan, place: Place, text: str) -> bytes:
    lines = sum(-(-len(line) // _LINE_CHARACTERS) for line in text.split("\n"))
    row, column = place
    height = 12 + _LINE_HEIGHT * max(2, min(lines, 14))
    left, top = min(column, LAST_COLUMN - _FARTHEST), min(max(row - 2, 0), LAST_ROW - _FARTHEST)
    right, right_rest = _reach(left, 12 + _COMMENT_WIDTH, lambda each: _pixels_wide(scan, each))
    bottom, bottom_rest = _reach(top, 4 + height, lambda each: _pixels_high(scan, each))
    anchor = f"{left}, 12, {top}, 4, {right}, {right_rest}, {bottom}, {bottom_rest}"
    size = f"width:{_COMMENT_WIDTH * 3 // 4}pt;height:{height * 3 // 4}pt"
    return (
        f'<v:shape id="_x0000_s{number}" type="#_x0000_t202" '
        f'style="position:absolute;margin-left:60pt;margin-top:1.5pt;{size};z-index:1;visibility:hidden" '
        'fillcolor="#fffbf0" o:insetmode="auto"><v:fill color2="#fffbf0"/>'
        '<v:shadow on="t" color="black" obscured="t"/><v:path o:connecttype="none"/>'
        '<v:textbox style="mso-direction-alt:auto"><div style="text-align:left"></div></v:textbox>'
        '<x:ClientData ObjectType="Note"><x:MoveWithCells/><x:SizeWithCells/>'
        f"<x:Anchor>{anchor}</x:Anchor><x:AutoFill>False</x:AutoFill>"
        f"<x:Row>{row - 1}</x:Row><x:Column>{column - 1}</x:Column></x:ClientData></v:shape>"
    ).encode()


def _reach(start: int, pixels: int, size: Callable[[int], int]) -> tuple[int, int]:
    """Give the row or column, from 0, in which so many pixels from the start of another end, and how far inside."""
    at = start
    while (here := size(at + 1)) <= pixels and at < start + _FARTHEST - 1:
        pixels -= here
        at += 1
    return at, min(pixels, here)


def _pixels_wide(scan: Scan, column: int) -> int:
    width = next((each.width for each in scan.columns if each.first <= column <= each.last), scan.width)
    return _USUAL_WIDTH if width is None else int(min(max(width, 0), 255) * 7 + 5) if width else 0


def _pixels_high(scan: Scan, row: int) -> int:
    there = scan.rows.get(row)
    height = there.height if there is not None and there.height is not None else scan.height
    return _USUAL_HEIGHT if height is None else int(min(max(height, 0), 409) * 4 / 3)
