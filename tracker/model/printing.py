"""Printing: fields' values as people read them, the same on screen, on paper and in files."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tracker.model.fields import FIELD, Kind
from tracker.model.values import print_date, print_money, print_percent, print_quantity, print_stage

_PRINTERS: dict[Kind, Callable[[Any], str]] = {
    Kind.MONEY: print_money,
    Kind.QUANTITY: print_quantity,
    Kind.PERCENT: print_percent,
    Kind.PLANNED_DATE: print_date,
    Kind.ACTUAL_DATE: print_date,
    Kind.STAGE: print_stage,
    Kind.PLACES: "、".join,
}


def print_value(name: str, value: Any) -> str:
    """Print a field's value without its unit: money in 万元, dates with their precision, stages in words."""
    printer = _PRINTERS.get(FIELD[name].kind)
    return printer(value) if printer else str(value)
