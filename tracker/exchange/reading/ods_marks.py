"""What calamine leaves out of an .ods: merged ranges, errors, formulas without a result; and far-off content.

Only the tags of tables, rows and cells are looked at, in one pass over the content's bytes.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

from tracker.exchange.reading.sheet_marks import MOST_MARKS, SheetMarks

_TAG = re.compile(rb"<(/?)table:(table|table-row|table-cell|covered-table-cell)(?=[\s/>])([^<>]{0,20000})>")
_ATTRIBUTE = re.compile(rb"([\w-]+:[\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_ERROR_TEXT = re.compile(rb"\s*<text:p>(#[^<]{1,20}|Err:[0-9]{1,5})</text:p>")
_LONGEST_TAG = 24_000
_LAST_ROW, _LAST_COLUMN = 1 << 20, 1 << 14
_REPEATED_COLUMNS, _REPEATED_ROWS = b"table:number-columns-repeated", b"table:number-rows-repeated"
_SPANNED = (b"table:number-rows-spanned", b"table:number-columns-spanned")


def ods_marks(pieces: Iterable[bytes], rows: int, columns: int) -> dict[str, SheetMarks]:
    """Gather the marks of every sheet, by the sheet's name, from a content part given in pieces.

    Content counts as far off beyond `rows` or `columns`.
    """
    walker = _Walker(rows, columns)
    kept = b""
    for piece in pieces:
        kept += piece
        if len(kept) > _LONGEST_TAG:
            kept = kept[walker.walk(kept, len(kept) - _LONGEST_TAG) :]
    walker.walk(kept, len(kept))
    return walker.sheets


class _Walker:
    """Counts rows and columns along the tags."""

    def __init__(self, rows: int, columns: int) -> None:
        self.rows, self.columns = rows, columns
        self.sheets: dict[str, SheetMarks] = {}
        self.sheet: SheetMarks | None = None
        self.row, self.next_row, self.column, self.repeated = 0, 1, 1, 1

    def walk(self, content: bytes, until: int) -> int:
        """Take every tag that begins before `until`; give where to go on."""
        at = 0
        for match in _TAG.finditer(content):
            if match.start() >= until:
                break
            at = match.end()
            self._take(content, match)
        return max(at, until)

    def _take(self, content: bytes, match: re.Match[bytes]) -> None:
        closing, name, written = match.groups()
        if name == b"table":
            if closing:
                self.sheet = None
                return
            title = _attributes(written).get(b"table:name", b"").decode("utf-8", "replace")
            self.sheet = self.sheets.setdefault(html.unescape(title), SheetMarks(merges=[]))
            self.row, self.next_row = 0, 1
        elif self.sheet is None or closing:
            return
        elif name == b"table-row":
            self.row, self.column = self.next_row, 1
            self.repeated = _count(_attributes(written), _REPEATED_ROWS) if b"repeated" in written else 1
            self.next_row = self.row + self.repeated
        else:
            self._take_cell(self.sheet, written, content, match.end())

    def _take_cell(self, sheet: SheetMarks, written: bytes, content: bytes, end: int) -> None:
        here = self.row, self.column
        plain = b"repeated" not in written and b"spanned" not in written and b"formula" not in written
        if plain and b'"error"' not in written:
            self.column += 1
            return
        said = _attributes(written)
        times = _count(said, _REPEATED_COLUMNS)
        self.column += times
        down, right = (_count(said, name) for name in _SPANNED)
        if (down > 1 or right > 1) and sheet.merges is not None:
            sheet.merges.append([here[0], here[1], here[0] + down - 1, here[1] + right - 1])
        filled = b"office:value-type" in said
        if filled and (self.next_row - 1 > self.rows or self.column - 1 > self.columns):
            sheet.far = min(self.next_row - 1, _LAST_ROW), min(self.column - 1, _LAST_COLUMN)
        if said.get(b"calcext:value-type") == b"error":
            error = _ERROR_TEXT.match(content, end)
            if error and len(sheet.errors) < MOST_MARKS:
                text = error[1].decode("utf-8", "replace")
                sheet.errors[here] = text if text.startswith("#") else "#VALUE!"
        elif b"table:formula" in said and not filled and len(sheet.formulas) < MOST_MARKS:
            formula = html.unescape(said[b"table:formula"].decode("utf-8", "replace"))
            sheet.formulas[here] = formula[formula.find("=") :]


def _attributes(written: bytes) -> dict[bytes, bytes]:
    return {name: one or other for name, one, other in _ATTRIBUTE.findall(written)}


def _count(said: dict[bytes, bytes], name: bytes) -> int:
    """Give how often something is repeated or how far it reaches; 1 where that is not said or no number."""
    digits = said.get(name, b"")
    return max(1, int(digits)) if digits.isdigit() and len(digits) < 20 else 1
