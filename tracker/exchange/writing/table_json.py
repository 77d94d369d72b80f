"""Table as JSON: a printed table as one object, for other people's tools."""

from __future__ import annotations

import datetime
import json
from decimal import ROUND_HALF_UP, Decimal

from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, PrintedTable, TableColumn

_CENTS = Decimal("0.01")


def table_as_object(table: PrintedTable) -> dict[str, object]:
    """Give a table as an object that JSON can hold.

    `{table, title, said, unit, notes, demonstration, columns: [{key, heading, group, unit}], lines: [{rank, …}]}`:
    a line has its rank and a value by column key (null for a blank, days as 2024-08-05, money and rates as text);
    a heading among the lines has its words as `text`. Raises ValueError where a column's key is one of these.
    """
    if {column.key for column in table.columns} & {"rank", "text"}:
        raise ValueError("no column may be called rank or text: lines bear these already")
    return {
        "table": table.key,
        "title": table.title,
        "said": table.said,
        "unit": _told_in(table.unit),
        "notes": list(table.notes),
        "demonstration": table.demonstration,
        "columns": [_column(column) for column in table.columns],
        "lines": [
            {"rank": line.rank.value, "text": str(line.cells[0].value or "")}
            if line.rank is LineRank.SECTION
            else {"rank": line.rank.value}
            | {column.key: _value(cell, column) for column, cell in zip(table.columns, line.cells, strict=True)}
            for line in table.lines
        ],
    }


def tables_as_json(tables: list[PrintedTable]) -> bytes:
    """Give one table as its object, several as `{tables: [object, …]}`, in UTF-8."""
    objects = [table_as_object(table) for table in tables]
    said = objects[0] if len(objects) == 1 else {"tables": objects}
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode("utf-8", "replace")


def _column(column: TableColumn) -> dict[str, str]:
    return {"key": column.key, "heading": column.heading, "group": column.group, "unit": _told_in(column.unit)}


def _told_in(unit: str) -> str:
    """Give the unit that programs are told a sum in, whatever stands on paper."""
    return unit.replace("亿元", "万元")


def _value(cell: Written, column: TableColumn) -> object:
    if cell.said:
        return cell.said
    if column.unit == "万元" and isinstance(cell.value, int | float):
        # The shortest decimal of a number is what was written.
        return str(Decimal(repr(cell.value)).quantize(_CENTS, ROUND_HALF_UP))
    return cell.value.isoformat() if isinstance(cell.value, datetime.date) else cell.value
