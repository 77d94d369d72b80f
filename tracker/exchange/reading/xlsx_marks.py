"""What calamine leaves out of an .xlsx: errors, formulas without a result; and cells that are far off.

Part of the child process that reads files from outside: a hostile part may take long to look through.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO

from tracker.exchange.reading.archive_parts import Part, unpacked, windows
from tracker.exchange.reading.sheet_marks import MOST_MARKS, Place, SheetMarks

# Compiled where first needed: compiling them takes longer than looking at a county's list. A tag is taken whole
# before anything is asked of it, so that no file makes them try again and again.
_TAG = rb"<(?:\w{1,20}:)?c\s([^<>]{1,400})>"
_ERROR_CELL = (
    _TAG + rb"(?:<(?:\w{1,20}:)?f(?:\s[^<>]{0,500})?(?:/>|>[^<]{0,9000}</(?:\w{1,20}:)?f>))?"
    rb"<(?:\w{1,20}:)?v>(#[^<]{1,20})<"
)
_NO_RESULT = rb"(?:</(?:\w{1,20}:)?c>|<(?:\w{1,20}:)?v(?:\s?/>|></))"
_FORMULA_MARK = rb"<(?:/(?:\w{1,20}:)?f|(?:\w{1,20}:)?f(?:\s[^<>]{0,500})?/)>" + _NO_RESULT
_FORMULA_CELL = _TAG + rb"<(?:\w{1,20}:)?f(?:\s[^<>]{0,500})?(?:/>|>([^<]{0,9000})</(?:\w{1,20}:)?f>)" + _NO_RESULT
_TYPE = rb"(?:^|\s)t=[\"']([a-zA-Z]{1,20})[\"']"
_REFERENCE = rb"(?:^|\s)r=[\"']([A-Z]{1,3})([0-9]{1,10})[\"']"


def column_number(letters: str) -> int:
    """Give a column's number, from 1, by its letters: `AA` is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _worksheets(parts: list[Part]) -> Iterator[Part]:
    return (part for part in parts if part.name.lower().startswith("xl/worksheets/") and part.name.endswith(".xml"))


def xlsx_marks(file: BinaryIO, parts: list[Part]) -> dict[str, SheetMarks]:
    """Find the cells that hold an error such as `#REF!`, or a formula without its result, by the sheet's name."""
    found: dict[str, SheetMarks] = {}
    errors = formulas = 0
    for part in _worksheets(parts):
        marks = SheetMarks()
        for window in windows(file, part):
            # One byte is sought far faster than two, and most sheets have neither of these.
            if errors < MOST_MARKS and b"#" in window and (b't="e"' in window or b"t='e'" in window):
                for place, kind, text in _cells(_ERROR_CELL, window):
                    if kind == b"e":
                        marks.errors[place] = text.decode("utf-8", "replace")
                        errors += 1
            formula = b"f" in window and (b"f>" in window or b"<f" in window)
            if formulas < MOST_MARKS and formula and re.search(_FORMULA_MARK, window):
                for place, kind, text in _cells(_FORMULA_CELL, window):
                    if kind != b"str":  # a formula whose result is an empty text says so by its type
                        marks.formulas[place] = "=" + _plain(text.decode("utf-8", "replace"))
                        formulas += 1
        if marks.errors or marks.formulas:
            found[part.name] = marks
    names = _sheet_parts(file, parts) if found else {}
    return {sheet: found[part] for sheet, part in names.items() if part in found}


def _cells(pattern: bytes, window: bytes) -> Iterator[tuple[Place, bytes, bytes]]:
    """Give place, type and found text of every cell that a pattern matches."""
    for match in re.finditer(pattern, window):
        place = _place(match[1])
        if place is not None:
            kind = re.search(_TYPE, match[1])
            yield place, kind[1] if kind else b"", match[2] or b""


def _place(attributes: bytes) -> Place | None:
    """Give the place that a cell's attributes name, or None."""
    match = re.search(_REFERENCE, attributes)
    return (int(match[2]), column_number(match[1].decode("ascii"))) if match else None


def _plain(text: str) -> str:
    """Give a text without XML's escapes."""
    if "&" not in text:
        return text
    import html  # noqa: PLC0415 - hardly ever needed, and slow to load

    return html.unescape(text)


def far_cell(file: BinaryIO, parts: list[Part], rows: int, columns: int) -> tuple[str, Place] | None:
    """Find a cell far outside any list, which reading failed at: below `rows` or right of `columns`.

    Gives the sheet's name ("" where it cannot be told) and the place, or None.
    """
    for part in _worksheets(parts):
        for window in windows(file, part):
            for match in re.finditer(_TAG, window):
                place = _place(match[1])
                if place is not None and (place[0] > rows or place[1] > columns):
                    names = {name: sheet for sheet, name in _sheet_parts(file, parts).items()}
                    return names.get(part.name, ""), place
    return None


def _sheet_parts(file: BinaryIO, parts: list[Part]) -> dict[str, str]:
    """Give the part name of each sheet by the sheet's name, as the workbook part and its relations say.

    Empty where either part is missing; XML's own escapes in names are undone.
    """
    by_name = {part.name: part for part in parts}
    workbook = next((name for name in by_name if re.fullmatch(r"xl/workbook[0-9]*\.xml", name)), "")
    relations = workbook.replace("xl/", "xl/_rels/") + ".rels"
    if workbook not in by_name or relations not in by_name:
        return {}
    targets = {link.get("Id", ""): link.get("Target", "") for link in _tags(file, by_name[relations], "Relationship")}
    found = {}
    for sheet in _tags(file, by_name[workbook], "sheet"):
        target = targets.get(sheet.get("id", ""), "")
        found[sheet.get("name", "")] = target[1:] if target.startswith("/") else f"xl/{target}"
    return found


def _tags(file: BinaryIO, part: Part, name: str) -> list[dict[str, str]]:
    """Give the attributes, without prefixes, of every tag of a name in a small part."""
    content = b"".join(unpacked(file, part)).decode("utf-8", "replace")
    tags = re.findall(rf"<(?:\w{{1,20}}:)?{name}\s([^<>]*)>", content)
    return [
        {key: _plain(value) for key, _, value in re.findall(r"(?:\w+:)?(\w+)\s*=\s*([\"'])(.*?)\2", tag)}
        for tag in tags
    ]
