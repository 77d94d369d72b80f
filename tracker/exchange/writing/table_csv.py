"""Table as text: a printed table's data as .csv, for programs that calculate further with it."""

from __future__ import annotations

import csv
import datetime
import io

from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, PrintedTable, TableColumn

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARK = "\u3000"
"""A wide blank keeps spreadsheet programs from taking a text for a formula; reading it back drops the blank."""


def table_as_csv(table: PrintedTable) -> bytes:
    """Give a table as UTF-8 with a byte order mark: one row of headings, then one row a plain line.

    Sums and headings among the lines are left out: programs would count them once more. Figures stand as plain
    numbers in the unit of their column, days as 2024-08-05.
    """
    written = io.StringIO(newline="")
    rows = csv.writer(written)
    rows.writerow([_heading(column) for column in table.columns])
    rows.writerows([_text(cell) for cell in line.cells] for line in table.lines if line.rank is LineRank.PLAIN)
    return written.getvalue().encode("utf-8-sig")


def _heading(column: TableColumn) -> str:
    """Give a column's heading in one line: the head it shares, its own, its unit."""
    words = f"{column.group}·{column.heading}" if column.group else column.heading
    return f"{words}（{column.unit}）" if column.unit else words


def _text(cell: Written) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, datetime.date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, str):
        text = cell.said or value
        return f"{_MARK}{text}" if text.startswith(_STARTS_FORMULA) else text
    return format(value, ".15g")
