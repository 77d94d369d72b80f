"""Tagging: drawn tables join the structure that screen readers follow (tagged PDF, ISO 32000-1, 14.7 and 14.8).

What was laid out brings a structure tree of its own; drawn pages get elements beside it: a section a table, in it the
title, the table with its rows, heads and cells, and what stands below. There are some ten thousand of them in a
province's bulletin, so each is written as it stands in the file and not built of pypdf's objects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pypdf.generic import IndirectObject, NameObject, NumberObject, PdfObject

from tracker.exchange.paper.table_drawing import Block, Placed

if TYPE_CHECKING:
    from pypdf import PageObject, PdfWriter


class Written(PdfObject):
    """An object as it stands in the file."""

    def __init__(self, text: str = "") -> None:
        """Take the text, which may be set until the file is written."""
        self.text = text

    def write_to_stream(self, stream: Any, encryption_key: Any = None) -> None:
        """Write it."""
        stream.write(self.text.encode("ascii"))


class Structure:
    """The structure tree of a document while drawn pages are added to it."""

    def __init__(self, writer: PdfWriter) -> None:
        """Take the tree of a document that was laid out tagged."""
        root: Any = writer.root_object["/StructTreeRoot"]
        self._writer = writer
        self._document = root["/K"][0]
        self._numbers = root["/ParentTree"].get_object()["/Nums"]
        self._next = max([int(each) for each in self._numbers[::2]], default=-1) + 1

    def place_of(self, page: PageObject | None) -> int:
        """Give where among the document's elements those of a laid out page begin; None means behind all."""
        held = self._document.get_object()["/K"]
        wanted = page.indirect_reference if page is not None else None
        return next((at for at, each in enumerate(held) if each.get_object().raw_get("/Pg") == wanted), len(held))

    def leave_out(self, page: PageObject) -> None:
        """Take the elements of a page out of the document."""
        held = self._document.get_object()["/K"]
        for each in [each for each in held if each.get_object().raw_get("/Pg") == page.indirect_reference]:
            held.remove(each)

    def add_table(self, pages: Sequence[tuple[PageObject, Placed]], at: int) -> None:
        """Add a section for the pages of one table; `at` is its place among the document's elements."""
        finish, section = self._element("Sect", self._document.idnum)
        in_section: list[int] = []
        end_table: Callable[[Sequence[int]], None] | None = None
        in_table: list[int] = []
        table = 0
        for page, drawn in pages:
            if end_table is not None and not drawn.continued:
                end_table(in_table)
                end_table = None
            owners: list[int] = []
            for row, blocks in _by_row(drawn.blocks):
                if row < 0:
                    in_section += self._marked(blocks, section, page, owners)
                    continue
                if end_table is None:
                    end_table, table = self._element("Table", section, page)
                    in_table = []
                    in_section.append(table)
                end_row, line = self._element("TR", table, page)
                in_table.append(line)
                end_row(self._marked(blocks, line, page, owners))
            self._own(page, owners)
        if end_table is not None:
            end_table(in_table)
        finish(in_section)
        self._document.get_object()["/K"].insert(at, IndirectObject(section, 0, self._writer))

    def _marked(self, blocks: Sequence[Block], parent: int, page: PageObject, owners: list[int]) -> list[int]:
        """Add the elements of blocks; those that hold text are noted among the `owners` of the page's marked texts."""
        found = []
        for block in blocks:
            kids = f"/K {len(owners)}" if block.lines else ""
            text = f"{_start(block.tag, parent, page)}{_table_attributes(block)}{kids}>>"
            number = self._add(Written(text))
            if kids:
                owners.append(number)
            found.append(number)
        return found

    def _element(
        self, kind: str, parent: int, page: PageObject | None = None
    ) -> tuple[Callable[[Sequence[int]], None], int]:
        """Add an element that holds others; gives what is told of those in the end, and its number."""
        element = Written()

        def finish(kids: Sequence[int]) -> None:
            element.text = f"{_start(kind, parent, page)}/K [{' '.join(f'{kid} 0 R' for kid in kids)}]>>"

        return finish, self._add(element)

    def _own(self, page: PageObject, owners: Sequence[int]) -> None:
        """Note which elements the marked texts of a page belong to, in their order."""
        page[NameObject("/StructParents")] = NumberObject(self._next)
        page[NameObject("/Tabs")] = NameObject("/S")
        self._numbers.append(NumberObject(self._next))
        number = self._add(Written(f"[{' '.join(f'{owner} 0 R' for owner in owners)}]"))
        self._numbers.append(IndirectObject(number, 0, self._writer))
        self._next += 1

    def _add(self, held: Written) -> int:
        return int(self._writer._add_object(held).idnum)


def _start(kind: str, parent: int, page: PageObject | None) -> str:
    where = f"/Pg {page.indirect_reference.idnum} 0 R" if page is not None and page.indirect_reference else ""
    return f"<</Type /StructElem/S /{kind}/P {parent} 0 R{where}"


def _table_attributes(block: Block) -> str:
    """Give what a head or a cell says of itself: which way a head goes, how many columns and rows it goes over."""
    said = "/Scope /Column" if block.tag == "TH" else ""
    if block.across > 1:
        said += f"/ColSpan {block.across}"
    if block.down > 1:
        said += f"/RowSpan {block.down}"
    return f"/A <</O /Table{said}>>" if said else ""


def _by_row(blocks: Sequence[Block]) -> list[tuple[int, list[Block]]]:
    """Give the blocks with a tag by the row they belong to, those outside the table each by itself (-1)."""
    found: list[tuple[int, list[Block]]] = []
    for block in blocks:
        if not block.tag:
            continue
        if block.row >= 0 and found and found[-1][0] == block.row:
            found[-1][1].append(block)
        else:
            found.append((block.row, [block]))
    return found
