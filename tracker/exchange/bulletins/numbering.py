"""Numbering: parts of a document become one PDF, with page numbers, bookmarks and what the document says of itself.

Page numbers are 14 pt 宋体, `— 1 —`, their bar 7 mm below the type area, odd pages right, even pages left, one
character in. A turned sheet has its number where an upright one has it once the sheets lie bound.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tracker.exchange.paper.printer import Part, Printed, filled
from tracker.exchange.paper.tables import MILLIMETRE

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader

SIZE = 14
_BAR = (35 - 7) * MILLIMETRE
"""How high the number's bar is above the edge of the sheet."""
_BAR_MIDDLE = 0.28
"""How high the dash of the font stands above its base line, in em."""
_LEFT, _RIGHT = 28 * MILLIMETRE, 26 * MILLIMETRE
_GAP = 0.3
_CODE = re.compile(rb"<([0-9A-Fa-f]+)>\s*<([0-9A-Fa-f]+)>")


_LETTERS = frozenset("—0123456789")


@dataclass(frozen=True, slots=True)
class Piece:
    """A printed part in its document: whether its pages are numbered, whether it must end on an even page.

    `bookmark` leads to its first page; "" leaves it its own bookmarks.
    """

    printed: Printed
    bookmark: str = ""
    numbered: bool = True
    even: bool = False


def digits_part() -> Part:
    """Give the part that brings the font of page numbers; it is no page of the document."""
    return Part(filled("digits.html", {}))


def joined(pieces: Sequence[Piece], digits: Printed, said: Mapping[str, str]) -> Printed:
    """Join parts into one document; `said` is what it says of itself (/Title, /Author, …).

    A piece that must end on an even page is preceded by a blank one where needed; then neither has a number, as the
    standard asks.
    """
    from pypdf import PdfReader, PdfWriter  # noqa: PLC0415 - read while the parts are being printed
    from pypdf.generic import BooleanObject, DictionaryObject, NameObject, TextStringObject  # noqa: PLC0415

    writer = PdfWriter()
    digits_page = PdfReader(io.BytesIO(digits.content)).pages[0]
    codes, widths, font = _font_of(digits_page)
    font = font.clone(writer).indirect_reference
    for piece in pieces:
        reader = PdfReader(io.BytesIO(piece.printed.content))
        numbered = piece.numbered
        if piece.even and (len(writer.pages) + len(reader.pages)) % 2:
            size = reader.pages[0].mediabox
            writer.add_blank_page(float(size.width), float(size.height))
            numbered = False
        first = len(writer.pages)
        for page in reader.pages:
            writer.add_page(page)
        for number in range(first, len(writer.pages)):
            if numbered:
                _stamp(writer.pages[number], number + 1, font, codes, widths, writer)
        for title, at in [(piece.bookmark, 0)] if piece.bookmark else _bookmarks(reader):
            writer.add_outline_item(title=title, page_number=first + at)
    root = writer.root_object
    root[NameObject("/Lang")] = TextStringObject("zh-CN")
    root[NameObject("/ViewerPreferences")] = DictionaryObject({NameObject("/DisplayDocTitle"): BooleanObject(True)})
    writer.add_metadata({"/Producer": "WeasyPrint, pypdf", **said})
    made = io.BytesIO()
    writer.write(made)
    return Printed(made.getvalue(), len(writer.pages))


def _bookmarks(reader: PdfReader) -> Iterable[tuple[str, int]]:
    """Give the bookmarks of a part, all on one level, with their pages from 0."""
    for item in reader.outline:
        if not isinstance(item, list):
            page = reader.get_destination_page_number(item)
            yield str(item.title), page or 0


def _font_of(page: PageObject) -> tuple[dict[str, str], dict[str, float], Any]:
    """Give of the page with the digits: each one's code, its width in em, and the font."""
    resources: Any = page["/Resources"]
    for each in resources["/Font"].values():
        font = each.get_object()
        codes = {
            bytes.fromhex(letter.decode()).decode("utf-16-be"): code.decode()
            for code, letter in _CODE.findall(font["/ToUnicode"].get_data())
            if len(letter) == 4
        }
        # What else stands on the page (a mark above the type area) has fonts of its own.
        if codes.keys() >= _LETTERS:
            return codes, _widths(font["/DescendantFonts"][0].get_object()["/W"], codes), font
    raise ValueError("the page with the digits has no font that holds them")


def _widths(listed: Any, codes: Mapping[str, str]) -> dict[str, float]:
    by_code: dict[int, float] = {}
    held = [each.get_object() for each in listed]
    at = 0
    while at < len(held):
        if isinstance(held[at + 1], list):
            by_code |= {int(held[at]) + more: float(width) for more, width in enumerate(held[at + 1])}
            at += 2
        else:
            by_code |= dict.fromkeys(range(int(held[at]), int(held[at + 1]) + 1), float(held[at + 2]))
            at += 3
    return {letter: by_code[int(code, 16)] / 1000 for letter, code in codes.items() if letter in _LETTERS}


def _stamp(
    page: PageObject, number: int, font: Any, codes: Mapping[str, str], widths: Mapping[str, float], writer: Any
) -> None:
    """Put a page's number on it, after what it holds."""
    from pypdf.generic import ArrayObject, DecodedStreamObject, DictionaryObject, NameObject  # noqa: PLC0415

    digits = str(number)
    bar = widths["—"]
    wide = (2 * bar + 2 * _GAP + sum(widths[one] for one in digits)) * SIZE
    width, height = float(page.mediabox.width), float(page.mediabox.height)
    turned = width > height
    across = height if turned else width
    at = across - _RIGHT - SIZE - wide if number % 2 else _LEFT + SIZE
    up = _BAR - _BAR_MIDDLE * SIZE
    # The turned sheet's left edge is the bound document's foot.
    place = f"0 -1 1 0 {up:.2f} {height - at:.2f}" if turned else f"1 0 0 1 {at:.2f} {up:.2f}"
    space = f"{-1000 * _GAP:.0f}"
    shown = f"[<{codes['—']}> {space} <{''.join(codes[one] for one in digits)}> {space} <{codes['—']}>] TJ"
    after = DecodedStreamObject()
    after.set_data(f"\nQ\nBT 0 g /PageNumber {SIZE} Tf {place} Tm {shown} ET\n".encode())
    before = DecodedStreamObject()
    before.set_data(b"q\n")
    contents: Any = page.raw_get("/Contents") if "/Contents" in page else []
    held = contents if isinstance(contents, ArrayObject) else [contents]
    page[NameObject("/Contents")] = ArrayObject([writer._add_object(before), *held, writer._add_object(after)])
    resources: Any = page["/Resources"].get_object()
    own = DictionaryObject(resources)
    fonts = DictionaryObject(own.get("/Font", DictionaryObject()).get_object())
    fonts[NameObject("/PageNumber")] = font
    own[NameObject("/Font")] = fonts
    page[NameObject("/Resources")] = own


@cache
def ready() -> None:
    """Read what joining needs; done while the parts are being printed, which takes no longer then."""
    import pypdf  # noqa: F401, PLC0415
