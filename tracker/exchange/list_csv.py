"""List as text: the county list of a month and an area as .csv, for programs that calculate further with it."""

from __future__ import annotations

import csv
import datetime
import io

from tracker.exchange.list_table import CountyList, cells_of, columns_of
from tracker.exchange.list_values import Written

_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARK = "\u3000"
"""A wide blank keeps spreadsheet programs from taking a text for a formula; reading it back drops the blank."""


def list_as_csv(shown: CountyList) -> bytes:
    """Give a list as UTF-8 with a byte order mark: one row of headings, then one row a project, without sums.

    Figures stand as plain numbers, days as 2024-08-05; the columns are those of the workbook.
    """
    columns = columns_of(shown)
    # The first cell is of the line of sums: programs would count it as a project.
    cells = [cells_of(column, shown)[1:] for column in columns]
    written = io.StringIO(newline="")
    rows = csv.writer(written)
    rows.writerow([column.title.replace("\n", "") for column in columns])
    rows.writerows([_text(said) for said in row] for row in zip(*cells, strict=True))
    return written.getvalue().encode("utf-8-sig")


def _text(said: Written) -> str:
    if said.value is None:
        return ""
    if isinstance(said.value, datetime.date):
        return f"{said.value:%Y-%m-%d}"
    if isinstance(said.value, str):
        return f"{_MARK}{said.value}" if said.value.startswith(_STARTS_FORMULA) else said.value
    return format(said.value, ".15g")
