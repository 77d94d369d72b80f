"""Sheet rows: a sheet of XlsxWriter's whose rows are written as they are, one after the other.

XlsxWriter writes a sheet cell by cell through five layers of calls, which takes three quarters of the time of a
long table, and takes some texts for more than they are: what begins with `<r>` goes into the file as raw XML. Here
a row is one text, put where XlsxWriter keeps the rows of its `constant_memory` mode; all else of the file is its own.
"""

from __future__ import annotations

import datetime
import re
from xml.sax.saxutils import escape

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

LONGEST_TEXT = 32_767
"""Sheets keep no longer text in a cell."""

_UNUSUAL = re.compile("[&<>\x00-\x1f\ud800-\udfff\ufffe\uffff]|_x[0-9A-Fa-f]{4}_|^\\s|\\s$")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_LINE_ENDS = re.compile("\r\n?")
_ESCAPED = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
"""In the file's own form `_x0041_` stands for a character; such a text is escaped to stay what it is."""

_FIRST_DAY = datetime.date(1899, 12, 30).toordinal()
"""Sheets count days from here, and are wrong about February 1900."""


class RowSheet(Worksheet):  # type: ignore[misc]
    """A sheet that takes whole rows, from the first one down. Its workbook must be in `constant_memory` mode."""

    def put_row(self, row: int, height: float, cells: str) -> None:
        """Write a row, counted from 0, of a height in points, from its cells in XML."""
        self.row_data_fh.write(f'<row r="{row + 1}" ht="{height}" customHeight="1">{cells}</row>')

    def end_rows(self, rows: int, columns: int) -> None:
        """Say how many rows and columns were written."""
        self.dim_rowmin, self.dim_rowmax = 0, rows - 1
        self.dim_colmin, self.dim_colmax = 0, columns - 1

    def give_up(self) -> None:
        """Close what the rows were written to, where their workbook will not be."""
        self._opt_close()

    def merge_written(self, first_row: int, first_column: int, last_row: int, last_column: int) -> None:
        """Make one cell of several that are written, all counted from 0; one alone stays as it is."""
        if (first_row, first_column) != (last_row, last_column):
            self.merge.append([first_row, first_column, last_row, last_column])

    def set_widths(self, widths: list[int]) -> None:
        """Set the columns' widths in digits, the first column's first."""
        for index, width in enumerate(widths):
            # Given in digits, XlsxWriter would add a cell's edges to them.
            self.set_column_pixels(index, index, width * self.max_digit_width)


def style_of(look: Format) -> int:
    """Give the number by which cells name a look."""
    number: int = look._get_xf_index()
    return number


def text_cell(place: str, style: int, text: str) -> str:
    """Give a cell that holds a text as it is, never a formula: its place as A1, its look.

    What no file can hold (control characters, lone surrogates) is left out. Raises ValueError where sheets would cut
    the text.
    """
    if len(text) > LONGEST_TEXT // 2 and len(text.encode("utf-16-le", "surrogatepass")) > 2 * LONGEST_TEXT:
        raise ValueError(f"{len(text)} characters at {place}: sheets keep {LONGEST_TEXT}")
    if not _UNUSUAL.search(text):
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t>{text}</t></is></c>'
    kept = _ESCAPED.sub("_x005F_", _FORBIDDEN.sub("", _LINE_ENDS.sub("\n", text)))
    return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(kept)}</t></is></c>'


def number_cell(place: str, style: int, number: int | float | datetime.date, formula: str = "") -> str:
    """Give a cell that holds a number or a day, or a formula that comes to it."""
    if isinstance(number, datetime.date):
        number = number.toordinal() - _FIRST_DAY
    worked_out = f"<f>{formula}</f>" if formula else ""
    return f'<c r="{place}" s="{style}">{worked_out}<v>{+number!r}</v></c>'


def blank_cell(place: str, style: int) -> str:
    """Give a cell that holds nothing but its look."""
    return f'<c r="{place}" s="{style}"/>'
