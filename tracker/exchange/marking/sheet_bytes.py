"""Sheet bytes: a sheet's XML edited in place, so that whatever is not marked stays as it was, byte for byte.

A sheet is gone through once, by a parser that tells where each row stands and builds nothing; only the rows that
hold a marked cell are then looked into. Rows and columns count from 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from tracker.exchange.marking.workbook_parts import NotMarkableError

_TAG = re.compile(rb"<[^\s/>]+(?:\s+[^\s=<>]+\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*\s*/?>")
_ATTRIBUTE = rb"\s+%s\s*=\s*(?:\"[^\"<]*\"|'[^'<]*')"
_CELL = re.compile(r"([A-Z]{1,3})([1-9][0-9]{0,6})")
LAST_ROW, LAST_COLUMN = 1_048_576, 16_384
"""The last row and column that a sheet can have."""
_AFTER_DRAWING = frozenset({
    "legacyDrawingHF", "drawingHF", "picture", "oleObjects", "controls", "webPublishItems", "tableParts", "extLst",
    "AlternateContent",
})  # fmt: skip
"""What may follow a sheet's legacyDrawing, of what stands behind its cells."""

Place = tuple[int, int]
"""A cell: its row and its column."""


def place_of(cell: str) -> Place | None:
    """Give the place that a cell's name (`B3`) means; None where it means none."""
    match = _CELL.fullmatch(cell.replace("$", ""))
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    row = int(match[2])
    return (row, column) if row <= LAST_ROW and column <= LAST_COLUMN else None


def cell_name(place: Place) -> str:
    """Give a cell's name (`B3`) by its place."""
    row, column = place
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{letters}{row}"


@dataclass(slots=True)
class Row:
    """A row as it stands in the bytes.

    `start` is where its tag begins, `end` where its end tag does, of no meaning for an empty element; `style` is None
    where it has none of its own.
    """

    start: int
    end: int
    style: int | None
    height: float | None


@dataclass(frozen=True, slots=True)
class Columns:
    """A run of columns, both ends included: their style, and their width in digits (None: as usual; 0: hidden)."""

    first: int
    last: int
    style: int
    width: float | None


@dataclass(slots=True)
class Scan:
    """Where everything stands in a sheet's bytes.

    `cells` is where `<sheetData` begins, `cells_end` where its end tag does, of no meaning for an empty element;
    `merges` are (top, left, bottom, right); `drawing` is the relation's id of the sheet's comment shapes; `before` is
    where such an element may be put; `prefix` is that of the sheet's own elements, with its colon.
    """

    rows: dict[int, Row] = field(default_factory=dict)
    columns: list[Columns] = field(default_factory=list)
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    width: float | None = None
    height: float | None = None
    cells: int = -1
    cells_end: int = -1
    drawing: str | None = None
    before: int = -1
    prefix: str = ""

    def anchor(self, place: Place) -> Place:
        """Give the cell that shows what is put at a place: the first of its merged range."""
        row, column = place
        for top, left, bottom, right in self.merges:
            if top <= row <= bottom and left <= column <= right:
                return top, left
        return place

    def inherited(self, place: Place) -> int:
        """Give the style that a cell which is not written has from its row or its column."""
        row = self.rows.get(place[0])
        if row is not None and row.style is not None:
            return row.style
        return next((each.style for each in self.columns if each.first <= place[1] <= each.last), 0)


def _plain(name: str) -> str:
    return name.rpartition(":")[2]


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text is not None else None
    except ValueError:
        return None


def _whole(text: str | None) -> int:
    return int(text) if text is not None and text.isascii() and text.isdigit() else 0


class _Scanner:
    """Listens to the parser and fills a scan."""

    def __init__(self) -> None:
        self.scan = Scan()
        self._depth = 0
        self._row = 0
        self._open: Row | None = None
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = _refuse

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > 3:
            return
        plain = _plain(name)
        if self._depth == 3:
            if plain == "row" and self.scan.cells >= 0 and self.scan.cells_end < 0:
                self._start_row(attributes)
            elif plain == "mergeCell":
                self._note_merge(attributes.get("ref", ""))
            elif plain == "col":
                hidden = attributes.get("hidden") in ("1", "true")
                width = 0.0 if hidden else _number(attributes.get("width"))
                first, last = _whole(attributes.get("min")), _whole(attributes.get("max"))
                self.scan.columns.append(Columns(first, last, _whole(attributes.get("style")), width))
        elif self._depth == 2:
            self._start_part(plain, attributes)
        elif plain == "worksheet":
            self.scan.prefix = name[: -len(plain)]

    def _start_part(self, plain: str, attributes: dict[str, str]) -> None:
        scan = self.scan
        if plain == "sheetData" and scan.cells < 0:
            scan.cells = self.parser.CurrentByteIndex
        elif plain == "sheetFormatPr":
            scan.width, scan.height = (_number(attributes.get(f"default{each}")) for each in ("ColWidth", "RowHeight"))
        elif plain == "legacyDrawing":
            scan.drawing = next((said for key, said in attributes.items() if _plain(key) == "id"), None)
        elif plain in _AFTER_DRAWING and scan.cells_end >= 0 and scan.before < 0:
            scan.before = self.parser.CurrentByteIndex

    def _start_row(self, attributes: dict[str, str]) -> None:
        self._row = _whole(attributes.get("r")) or self._row + 1
        styled = attributes.get("customFormat") in ("1", "true")
        height = 0.0 if attributes.get("hidden") in ("1", "true") else _number(attributes.get("ht"))
        self._open = Row(
            self.parser.CurrentByteIndex, -1, _whole(attributes.get("s")) if styled else None, height
        )  # fmt: skip
        self.scan.rows.setdefault(self._row, self._open)

    def _note_merge(self, reference: str) -> None:
        ends = [place_of(each) for each in reference.split(":")]
        if len(ends) == 2 and ends[0] and ends[1]:
            self.scan.merges.append((*ends[0], *ends[1]))

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth == 2 and self._open is not None:
            self._open.end, self._open = self.parser.CurrentByteIndex, None
        elif self._depth == 1 and self.scan.cells_end < 0 and _plain(name) == "sheetData":
            self.scan.cells_end = self.parser.CurrentByteIndex
        elif self._depth == 0 and self.scan.before < 0:
            self.scan.before = self.parser.CurrentByteIndex


def _refuse(*_said: object) -> None:
    raise NotMarkableError("document type")


def scanned(content: bytes) -> Scan:
    """Go through a sheet's bytes, in UTF-8. Raises expat.ExpatError, NotMarkableError where it is no worksheet."""
    scanner = _Scanner()
    scanner.parser.Parse(content, True)
    if scanner.scan.cells < 0:
        raise NotMarkableError("no cells")
    return scanner.scan


@dataclass(frozen=True, slots=True)
class _Patch:
    start: int
    end: int
    content: bytes


def edited(content: bytes, scan: Scan, styles: Mapping[Place, Callable[[int], int]], drawing: str = "") -> bytes:
    """Give a sheet's bytes with new styles at some places and, where given, an element that holds comment shapes.

    `styles` gives for each place what turns the style it has into the one it is to have; `drawing` is the element,
    without the sheet's own prefix. Missing cells and rows are added in their order.
    """
    patches: list[_Patch] = []
    by_row: dict[int, dict[int, Callable[[int], int]]] = {}
    for (row, column), style in styles.items():
        by_row.setdefault(row, {})[column] = style
    for number in sorted(by_row.keys() & scan.rows.keys()):
        patches += _row_patches(content, scan, number, scan.rows[number], by_row[number])
    patches += _missing_rows(content, scan, {n: by_row[n] for n in sorted(by_row.keys() - scan.rows.keys())})
    if drawing:
        patches.append(_Patch(scan.before, scan.before, drawing.replace("<", f"<{scan.prefix}", 1).encode()))
    return _patched(content, patches)


def _patched(content: bytes, patches: Iterable[_Patch]) -> bytes:
    pieces, at = [], 0
    for patch in sorted(patches, key=lambda each: (each.start, each.end)):
        pieces += [content[at : patch.start], patch.content]
        at = patch.end
    return b"".join([*pieces, content[at:]])


def _tag_end(content: bytes, start: int) -> int:
    match = _TAG.match(content, start)
    if match is None:
        raise NotMarkableError("tag")
    return match.end()


def _missing_rows(content: bytes, scan: Scan, wanted: Mapping[int, Mapping[int, Callable[[int], int]]]) -> list[_Patch]:
    """Add the rows that are not written, each before the next one that is."""
    after: dict[int, bytes] = {}
    for number, cells in wanted.items():
        at = min((row.start for other, row in scan.rows.items() if other > number), default=scan.cells_end)
        made = "".join(_cell(scan, (number, column), cells[column]) for column in sorted(cells))
        after[at] = after.get(at, b"") + f'<{scan.prefix}row r="{number}">{made}</{scan.prefix}row>'.encode()
    end = _tag_end(content, scan.cells)
    tag = content[scan.cells : end]
    if after and tag.endswith(b"/>"):  # an empty element has to be opened first
        opened = tag.rstrip(b"/>").rstrip() + b">"
        closed = f"</{scan.prefix}sheetData>".encode()
        return [_Patch(scan.cells, end, opened + b"".join(after.values()) + closed)]
    return [_Patch(at, at, made) for at, made in after.items()]


def _cell(scan: Scan, place: Place, style: Callable[[int], int]) -> str:
    return f'<{scan.prefix}c r="{cell_name(place)}" s="{style(scan.inherited(place))}"/>'


def _row_patches(
    content: bytes, scan: Scan, number: int, row: Row, wanted: Mapping[int, Callable[[int], int]]
) -> list[_Patch]:
    """Give the changes in one row that is written."""
    tag_end = _tag_end(content, row.start)
    tag = content[row.start : tag_end]
    empty = tag.endswith(b"/>")
    there = {} if empty else _cells(content, row)
    patches, new = [], []
    for column, style in sorted(wanted.items()):
        if column in there:
            start = row.start + there[column][0]
            patches.append(_restyled(content, start, there[column][1], style))
            continue
        new.append(column)
        if not empty:
            at = min((start for other, (start, _) in there.items() if other > column), default=row.end - row.start)
            made = _cell(scan, (number, column), style).encode()
            patches.append(_Patch(row.start + at, row.start + at, made))
    if new:
        # A row tells how far its cells reach; beside other cells it would tell something wrong.
        shorter = re.sub(_ATTRIBUTE % b"spans", b"", tag)
        if empty:
            cells = "".join(_cell(scan, (number, column), wanted[column]) for column in new)
            opened = shorter.rstrip(b"/>").rstrip() + b">"
            return [_Patch(row.start, tag_end, opened + f"{cells}</{scan.prefix}row>".encode())]
        if shorter != tag:
            patches.append(_Patch(row.start, tag_end, shorter))
    return _joined(patches)


def _joined(patches: list[_Patch]) -> list[_Patch]:
    """Join what is put in at one place, in the order given."""
    joined: list[_Patch] = []
    for patch in patches:
        if joined and (patch.start, patch.end) == (joined[-1].start, joined[-1].end) and patch.start == patch.end:
            joined[-1] = _Patch(patch.start, patch.end, joined[-1].content + patch.content)
        else:
            joined.append(patch)
    return joined


def _cells(content: bytes, row: Row) -> dict[int, tuple[int, int]]:
    """Give the cells of a row by column: where each stands after the row's start, and its style."""
    found: dict[int, tuple[int, int]] = {}
    last = depth = 0
    parser = expat.ParserCreate("UTF-8")

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal last, depth
        depth += 1
        if depth == 2 and _plain(name) == "c":
            place = place_of(attributes.get("r", ""))
            last = place[1] if place else last + 1
            found.setdefault(last, (parser.CurrentByteIndex, _whole(attributes.get("s"))))

    def end(_name: str) -> None:
        nonlocal depth
        depth -= 1

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.Parse(content[row.start : content.index(b">", row.end) + 1], True)
    return found


def _restyled(content: bytes, start: int, before: int, style: Callable[[int], int]) -> _Patch:
    """Give a cell's tag another style."""
    end = _tag_end(content, start)
    tag = re.sub(_ATTRIBUTE % b"s", b"", content[start:end])
    name_end = re.match(rb"<[^\s/>]+", tag)
    if name_end is None:
        raise NotMarkableError("tag")
    at = re.match(_ATTRIBUTE % b"r", tag[name_end.end() :])
    position = name_end.end() + (at.end() if at else 0)
    return _Patch(start, end, tag[:position] + f' s="{style(before)}"'.encode() + tag[position:])
