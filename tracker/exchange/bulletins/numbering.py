"""Numbering: laid out pages and drawn tables become one PDF, with page numbers, bookmarks and structure.

Page numbers are 14 pt 宋体, `— 1 —`, their bar 7 mm below the type area, odd pages right, even pages left, one
character in. A turned sheet has its number where an upright one has it once the sheets lie bound.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from tracker.exchange.paper.lettering import Face, Lettering, Line, alphabet_of
from tracker.exchange.paper.printer import Printed, filled
from tracker.exchange.paper.table_drawing import SHEETS, Placed, drawn
from tracker.exchange.paper.tables import MILLIMETRE
from tracker.exchange.writing.printed_table import Paper

if TYPE_CHECKING:
    from pypdf import PageObject, PdfReader, PdfWriter

SIZE = 14
_BAR = (35 - 7) * MILLIMETRE
"""How high the number's bar is above the edge of the sheet."""
_BAR_MIDDLE = 0.28
"""How high the dash of the font stands above its base line, in em."""
_LEFT, _RIGHT = 28 * MILLIMETRE, 26 * MILLIMETRE
_ALPHABET = "alphabet"
"""The bookmark of the pages that bring the letters, as in `official.css`."""


@dataclass(frozen=True, slots=True)
class Table:
    """A table's drawn pages, and the bookmark that leads to the first of them."""

    pages: Sequence[Placed]
    bookmark: str


@dataclass(frozen=True, slots=True)
class Laid:
    """What was laid out: the PDF as it was read, how many pages it has before the alphabet, its bookmarks by page."""

    reader: PdfReader
    pages: int
    bookmarks: Sequence[tuple[str, int]]


def alphabet_page(tables: Iterable[Table]) -> str:
    """Give the page that brings the letters of drawn pages, and those of page numbers."""
    digits = Line("—0123456789", Face.NUMBER, SIZE, 0, 0, 0)
    lines = (line for table in tables for page in table.pages for line in page.lines)
    return filled("alphabet.html", {"alphabet": alphabet_of([digits, *lines])})


def laid(printed: Printed) -> Laid:
    """Take what was printed, tagged and with an alphabet at its end, apart."""
    from pypdf import PdfReader  # noqa: PLC0415 - read while the document is being laid out

    reader = PdfReader(io.BytesIO(printed.content))
    bookmarks = list(_bookmarks(reader))
    pages = next(page for title, page in bookmarks if title == _ALPHABET)
    return Laid(reader, pages, [each for each in bookmarks if each[1] < pages])


def joined(
    document: Laid, tables: Sequence[Table] = (), after: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Printed:  # fmt: skip
    """Join what was laid out and drawn tables into one document with page numbers and bookmarks.

    The tables come behind `after` laid out pages, by default behind all. What comes behind them must end on an even
    page: a blank one precedes it where needed; then neither has a number, as the standard asks. `progress` is told
    (pages drawn, of how many).
    """
    from pypdf import PdfWriter  # noqa: PLC0415
    from pypdf.generic import NameObject  # noqa: PLC0415

    from tracker.exchange.paper.tagging import Structure  # noqa: PLC0415

    writer = PdfWriter(clone_from=document.reader)
    writer.pdf_header = "%PDF-1.7"
    resources: Any = writer.pages[document.pages].raw_get("/Resources")
    lettering = Lettering(resources.get_object()["/Font"])
    structure = Structure(writer)
    for index in reversed(range(document.pages, len(writer.pages))):
        structure.leave_out(writer.pages[index])
        writer.remove_page(index)
    front = document.pages if after is None else after
    at = structure.place_of(writer.pages[front] if front < document.pages else None)
    whole = sum(len(table.pages) for table in tables)
    bookmarks = [each for each in document.bookmarks if each[1] < front]
    number = front
    for place, table in enumerate(tables):
        bookmarks.append((table.bookmark, number))
        drawn_pages = []
        for each in table.pages:
            number += 1
            writer.insert_blank_page(each.width, each.height, number - 1)
            page = writer.pages[number - 1]
            _draw(writer, page, each, number, resources, lettering)
            drawn_pages.append((page, each))
            if progress is not None:
                progress(number - front, whole)
        structure.add_table(drawn_pages, at + place)
    numbered = len(writer.pages)
    if front < document.pages and len(writer.pages) % 2:
        writer.insert_blank_page(*SHEETS[Paper.A4_UPRIGHT], number)
        numbered = number
    bookmarks += [
        (title, len(writer.pages) - document.pages + page) for title, page in document.bookmarks if page >= front
    ]
    for index in (*range(front), *range(number, numbered)):
        _stamp(writer, writer.pages[index], index + 1, lettering)
    writer.root_object.pop(NameObject("/Outlines"), None)
    for title, index in bookmarks:
        writer.add_outline_item(title=title, page_number=index)
    made = io.BytesIO()
    writer.write(made)
    return Printed(made.getvalue(), len(writer.pages))


def _bookmarks(reader: PdfReader) -> Iterable[tuple[str, int]]:
    """Give the bookmarks of what was laid out, all on one level, with their pages from 0."""
    for item in reader.outline:
        if not isinstance(item, list):
            page = reader.get_destination_page_number(item)
            yield str(item.title), page or 0


def _draw(
    writer: PdfWriter, page: PageObject, held: Placed, number: int, resources: Any, lettering: Lettering
) -> None:  # fmt: skip
    """Draw a page, with its number."""
    from pypdf.generic import DecodedStreamObject, NameObject  # noqa: PLC0415

    content = DecodedStreamObject()
    content.set_data(f"{drawn(held, lettering)}{_number(number, held.width, held.height, lettering)}".encode())
    page[NameObject("/Contents")] = writer._add_object(content.flate_encode())
    page[NameObject("/Resources")] = resources


def _stamp(writer: PdfWriter, page: PageObject, number: int, lettering: Lettering) -> None:
    """Put a page's number on it, after what it holds; the fonts are those of all pages that were laid out."""
    from pypdf.generic import ArrayObject, DecodedStreamObject, NameObject  # noqa: PLC0415

    width, height = float(page.mediabox.width), float(page.mediabox.height)
    before, after = DecodedStreamObject(), DecodedStreamObject()
    before.set_data(b"q\n")
    after.set_data(f"\nQ\n{_number(number, width, height, lettering)}".encode())
    contents: Any = page.raw_get("/Contents")
    held = contents if isinstance(contents, ArrayObject) else [contents]
    page[NameObject("/Contents")] = ArrayObject([writer._add_object(before), *held, writer._add_object(after)])


def _number(number: int, width: float, height: float, lettering: Lettering) -> str:
    """Give the operators that draw a page's number."""
    turned = width > height
    across = height if turned else width
    text = f"— {number} —"
    wide = lettering.width(Face.NUMBER, text, SIZE)
    at = across - _RIGHT - SIZE - wide if number % 2 else _LEFT + SIZE
    up = _BAR - _BAR_MIDDLE * SIZE
    # The turned sheet's left edge is the bound document's foot.
    place = f"0 -1 1 0 {up:.2f} {height - at:.2f}" if turned else f"1 0 0 1 {at:.2f} {up:.2f}"
    line = Line(text, Face.NUMBER, SIZE, 0, wide + 1, 0)
    return f"/Artifact BMC\nq 0 g {place} cm\n{lettering.drawn(line, 0)}Q\nEMC\n"


@cache
def ready() -> None:
    """Read what joining needs; done while the document is being laid out, which takes no longer then."""
    import pypdf  # noqa: F401, PLC0415

    import tracker.exchange.paper.tagging  # noqa: F401, PLC0415
