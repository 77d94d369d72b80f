"""The child process that puts marks into one workbook: it knows nothing of the ledger.

Started by `marked_workbook`; its arguments are WORKBOOK TARGET MEMORY SECONDS BYTES, and the faults
stand on standard input: `{"file": name, "faults": [{severity, word, sheet, cell, heading, said, sentence}, …]}`. It
happens apart because it parses what a foreign file says: a hostile one ends a child, which the parent turns into a
sentence.

Standard output holds one line of JSON: `{"sheet": name of the added sheet, "cells": number of marked cells}`, or
`{"failed": name of the exception}`; the target is whole only after the first.
"""

from __future__ import annotations

import json
import re
import resource
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO

from lxml import etree

from tracker.exchange.marking.comment_parts import EMPTY_SHAPES, Comments, plain_line, with_shapes, without_shapes
from tracker.exchange.marking.fault_sheet import HEAD_ROW, Listed, fault_sheet, filter_range, quoted
from tracker.exchange.marking.marking_words import COMMENT_MARK, LIST_NAME, SHEET_MARK, SHEET_NAME
from tracker.exchange.marking.sheet_bytes import Place, Scan, cell_name, edited, place_of, scanned
from tracker.exchange.marking.style_marks import AMBER, EMPTY_STYLES, RED, Styles
from tracker.exchange.marking.workbook_parts import (
    Element,
    NotMarkableError,
    Package,
    Relations,
    ensure_default_type,
    ensure_type,
    in_utf8,
    local_name,
    parsed,
    printed,
)

_TRANSITIONAL_RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_STRICT_RELATIONS = "http://purl.oclc.org/ooxml/officeDocument/relationships"
_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_SHAPES = "application/vnd.openxmlformats-officedocument.vmlDrawing"
_LARGEST_LIST = 20_000_000
_MOST_COMMENTS = 5_000
"""How many cells get a comment, as each is a drawing; the others are filled, and listed like any."""

_RECORD = re.compile("FF[0-9A-F]{6} [-01](?: |$)")
_GRAVITY = {"ask": 0, "fix": 1, "stop": 2}


@dataclass(frozen=True, slots=True)
class Worksheet:
    """One sheet of the workbook: its name, its part, and its element in the workbook's own part."""

    name: str
    part: str
    element: Element


class Book:
    """The workbook's own part, and the sheets it names."""

    def __init__(self, package: Package) -> None:
        """Find and read it. Raises NotMarkableError where there is none."""
        self.package = package
        main = Relations(package, "").of_kind("officeDocument")
        self.part = main.target if main is not None else "xl/workbook.xml"
        self.root = parsed(package.read(self.part))
        self.namespace = etree.QName(self.root).namespace or ""
        strict = self.namespace.startswith("http://purl.oclc.org")
        self.kinds = _STRICT_RELATIONS if strict else _TRANSITIONAL_RELATIONS
        self.relations = Relations(package, self.part)
        self.list = self._child("sheets")
        self.sheets = list(self._sheets())

    def _sheets(self) -> Iterator[Worksheet]:
        for element in self.list:
            number = next((said for key, said in element.attrib.items() if etree.QName(key).localname == "id"), "")
            part = self.relations.by_id(number)
            if part is not None and self.package.find(part):
                yield Worksheet(element.get("name", ""), part, element)

    def _child(self, name: str) -> Element:
        found = next((each for each in self.root if local_name(each) == name), None)
        if found is None:
            raise NotMarkableError(f"no {name}")
        return found

    def own_list(self) -> tuple[Worksheet | None, list[str]]:
        """Find the sheet of faults that an earlier marking added, and its record of what the marks stand for."""
        led_to = {
            re.sub("''", "'", (each.text or "").rpartition("!")[0].strip("'"))
            for each in self._names()
            if each.get("name") == LIST_NAME
        }
        for sheet in self.sheets:
            if sheet.name in led_to or sheet.name.startswith(SHEET_NAME):
                texts = _texts_of(self.package, self, sheet)
                if SHEET_MARK in texts:
                    return sheet, [text for text in texts if _RECORD.match(text)]
        return None, []

    def _names(self) -> list[Element]:
        found = next((each for each in self.root if local_name(each) == "definedNames"), None)
        return [] if found is None else list(found)

    def put_list(self, own: Worksheet | None, make: Callable[[], bytes], count: int) -> str:
        """Put the sheet of faults in the place of an earlier one or behind all sheets; give its name."""
        if own is None:
            own = self._added_sheet()
        else:
            # What the program that saved it hung on it goes with it.
            folder, _, name = own.part.rpartition("/")
            self.package.drop(f"{folder}/_rels/{name}.rels")
        self.package.put(own.part, make())
        self._define_names(own, count)
        self.package.put(self.part, printed(self.root))
        return own.name

    def _added_sheet(self) -> Worksheet:
        taken = {each.get("name", "").lower() for each in self.list}
        names = (SHEET_NAME, *(f"{SHEET_NAME}{number}" for number in range(2, len(taken) + 3)))
        name = next(each for each in names if each not in taken)
        part = self.package.free_name("xl/worksheets/sheet{}.xml")
        self.package.put(part, b"")
        ensure_type(self.package, part, f"{_SPREADSHEET}.worksheet+xml")
        element = etree.SubElement(self.list, f"{{{self.namespace}}}sheet")
        numbers = [int(each.get("sheetId", "0")) for each in self.list if each.get("sheetId", "0").isdigit()]
        element.set("name", name)
        element.set("sheetId", str(max(numbers, default=0) + 1))
        element.set(f"{{{self.kinds}}}id", self.relations.add(f"{self.kinds}/worksheet", part))
        return Worksheet(name, part, element)

    def _define_names(self, own: Worksheet, count: int) -> None:
        """Name what a sheet with a filter and repeated rows has to name, and the sheet itself."""
        found = next((each for each in self.root if local_name(each) == "definedNames"), None)
        if found is None:
            found = etree.Element(f"{{{self.namespace}}}definedNames")
            before = ("sheets", "functionGroups", "externalReferences")
            last = max(position for position, each in enumerate(self.root) if local_name(each) in before)
            self.root.insert(last + 1, found)
        position = str(self.list.index(own.element))
        for each in list(found):
            if each.get("name") == LIST_NAME or each.get("localSheetId") == position:
                found.remove(each)
        for name, said, hidden, local in (
            ("_xlnm._FilterDatabase", filter_range(own.name, count), True, True),
            ("_xlnm.Print_Titles", f"{quoted(own.name)}!${HEAD_ROW}:${HEAD_ROW}", False, True),
            (LIST_NAME, f"{quoted(own.name)}!$A$1", True, False),
        ):
            made = etree.SubElement(found, f"{{{self.namespace}}}definedName")
            made.set("name", name)
            if local:
                made.set("localSheetId", position)
            if hidden:
                made.set("hidden", "1")
            made.text = said


def _texts_of(package: Package, book: Book, sheet: Worksheet) -> list[str]:
    """Give the texts of a sheet's cells in their order; none where it is too large to be a list of faults."""
    content = package.read(sheet.part)
    if len(content) > _LARGEST_LIST:
        return []
    texts: list[str | int] = []
    for cell in (each for each in parsed(content).iter() if local_name(each) == "c"):
        parts = [each for each in cell.iter() if local_name(each) in ("v", "t")]
        said = "".join(each.text or "" for each in parts)
        if cell.get("t") == "s":
            texts.append(int(said) if said.isdigit() else -1)
        else:
            texts.append(said)
    shared = _shared(book, {each for each in texts if isinstance(each, int)})
    return [shared.get(each, "") if isinstance(each, int) else each for each in texts]


def _shared(book: Book, wanted: set[int]) -> dict[int, str]:
    """Give some of the workbook's shared strings, gone through without keeping the others."""
    relation = book.relations.of_kind("sharedStrings")
    if relation is None or not wanted:
        return {}
    parser = etree.XMLPullParser(events=("end",), resolve_entities=False, no_network=True, huge_tree=False)
    content = book.package.read(relation.target)
    found: dict[int, str] = {}
    number = 0
    for start in range(0, len(content), 1 << 16):
        parser.feed(content[start : start + (1 << 16)])
        for _, element in parser.read_events():
            if local_name(element) == "si":
                if number in wanted:
                    found[number] = "".join(each.text or "" for each in element.iter() if local_name(each) == "t")
                number += 1
                while element.getprevious() is not None:
                    element.getparent().remove(element.getprevious())
    return found


@dataclass(slots=True)
class _Marks:
    """What is to be marked in one sheet: how gravely each cell, and the lines of its comment."""

    kinds: dict[Place, int]
    lines: dict[Place, str]


class Marking:
    """One workbook being marked."""

    def __init__(self, source: BinaryIO, file: str, faults: Iterable[Listed]) -> None:
        """Read what every marking needs; `file` is what the sender calls the workbook."""
        self.package = Package(source)
        self.book = Book(self.package)
        self._file = file
        self._faults = list(faults)
        styles = self.book.relations.of_kind("styles")
        self._styles_part = styles.target if styles else self.package.free_name("xl/styles{}.xml", 0)
        self.styles = Styles(self.package.read(self._styles_part) if styles else EMPTY_STYLES)
        if styles is None:
            self.package.put(self._styles_part, EMPTY_STYLES)
            self.book.relations.add(f"{self.book.kinds}/styles", self._styles_part)
            ensure_type(self.package, self._styles_part, f"{_SPREADSHEET}.styles+xml")
        self._comments_left = _MOST_COMMENTS

    def write(self, target: BinaryIO) -> dict[str, Any]:
        """Mark the workbook and write it; gives what is answered."""
        own, record = self.book.own_list()
        foreign = [sheet for sheet in self.book.sheets if sheet is not own]
        if own is not None or any(self._has_comments_of_ours(sheet) for sheet in foreign):
            self.styles.restore(record)
        cells = 0
        by_name: dict[str, list[Listed]] = {}
        for fault in self._faults:
            by_name.setdefault(fault.sheet, []).append(fault)
        for sheet in foreign:
            cells += self._mark_sheet(sheet, by_name.get(sheet.name, ()))
        names = {sheet.name for sheet in foreign}
        listed = [replace(each, link=_link(each)) if each.sheet in names else each for each in self._faults]
        name = self.book.put_list(
            own, lambda: fault_sheet(listed, self._file, self.styles, self.book.namespace), len(listed)
        )
        self.package.put(self._styles_part, printed(self.styles.root))
        self.package.write(target)
        return {"sheet": name, "cells": cells}

    def _comments_part(self, sheet: Worksheet) -> str | None:
        relation = Relations(self.package, sheet.part).of_kind("comments")
        return relation.target if relation else None

    def _has_comments_of_ours(self, sheet: Worksheet) -> bool:
        part = self._comments_part(sheet)
        return part is not None and COMMENT_MARK in "".join(parsed(self.package.read(part)).itertext())

    def _mark_sheet(self, sheet: Worksheet, faults: Iterable[Listed]) -> int:
        """Mark one sheet's cells, after taking out what was said in it before; give how many."""
        placed = [(place, fault) for fault in faults if (place := place_of(fault.cell)) is not None]
        if not placed and not self._has_comments_of_ours(sheet):
            return 0
        content = in_utf8(self.package.read(sheet.part))
        scan = scanned(content)
        marks = _Marks({}, {})
        for place, fault in placed:
            _note(marks, scan.anchor(place), fault)
        drawing = self._comment(sheet, scan, marks)
        if marks.kinds:
            kinds = marks.kinds.items()
            fills = {place: partial(self.styles.marked, kind=RED if gravity else AMBER) for place, gravity in kinds}
            self.package.put(sheet.part, edited(content, scan, fills, drawing))
        return len(marks.kinds)

    def _comment(self, sheet: Worksheet, scan: Scan, marks: _Marks) -> str:
        """Put a sheet's comments right; give the element that its cells need beside them, "" for none."""
        relations = Relations(self.package, sheet.part)
        part = self._comments_part(sheet)
        comments = Comments(self.package.read(part) if part else None, self.book.namespace)
        gone = comments.clean()
        lines = dict(list(marks.lines.items())[: self._comments_left])
        self._comments_left -= len(lines)
        new = comments.add(lines)
        if part is None and not lines:
            return ""
        if part is None:
            part = self.package.free_name("xl/comments{}.xml")
            relations.add(f"{self.book.kinds}/comments", part)
            ensure_type(self.package, part, f"{_SPREADSHEET}.comments+xml")
        self.package.put(part, comments.printed())
        shapes = relations.by_id(scan.drawing) if scan.drawing else None
        drawing = ""
        if shapes is None or not self.package.find(shapes):
            if not new:
                return ""
            gone = set()
            shapes = self.package.free_name("xl/drawings/vmlDrawing{}.vml")
            self.package.put(shapes, EMPTY_SHAPES)
            ensure_default_type(self.package, "vml", _SHAPES)
            number = relations.add(f"{self.book.kinds}/vmlDrawing", shapes)
            drawing = f'<legacyDrawing xmlns:r="{self.book.kinds}" r:id="{number}"/>'
        before = in_utf8(self.package.read(shapes))
        # The shape of a comment that was ours alone serves the new one at the same place.
        after = with_shapes(
            without_shapes(before, gone - lines.keys()), scan, {place: lines[place] for place in new - gone}
        )
        if after != before:
            self.package.put(shapes, after)
        return drawing


def _note(marks: _Marks, place: Place, fault: Listed) -> None:
    """Note a fault at the cell that shows it; what several faults say there stands line by line."""
    line = f"{COMMENT_MARK}{fault.word}】{plain_line(fault.sentence)}"
    marks.lines[place] = f"{marks.lines[place]}\n{line}" if place in marks.lines else line
    marks.kinds[place] = max(marks.kinds.get(place, 0), _GRAVITY.get(fault.severity, 1))


def _link(fault: Listed) -> str:
    place = place_of(fault.cell)
    return f"{quoted(fault.sheet)}!{cell_name(place) if place else 'A1'}" if fault.cell else ""


def set_limits(memory: int, seconds: int, size: int) -> None:
    """Limit this process: bytes of address space, seconds of processor time, bytes of a file, no core file."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def main(arguments: list[str]) -> None:
    """Mark the workbook named first into the file named second, within the limits given after them."""
    source, target = map(Path, arguments[:2])
    wish = json.load(sys.stdin.buffer)
    memory, seconds, size = (int(argument) for argument in arguments[2:])
    set_limits(memory, seconds, size)
    try:
        with source.open("rb") as before, target.open("wb") as after:
            answer = Marking(before, wish["file"], (Listed(**each) for each in wish["faults"])).write(after)
    except BaseException as error:  # whatever this workbook ends it with is this workbook's fault
        answer = {"failed": type(error).__name__, "message": str(error)[:300]}
    sys.stdout.write(json.dumps(answer) + "\n")
