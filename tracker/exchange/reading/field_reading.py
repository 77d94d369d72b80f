"""Field reading: one written value of one field, the same for a cell, a form and the command line."""

from __future__ import annotations

from collections.abc import Callable

from tracker.model.faults import Flaw, Severity
from tracker.model.fields import FIELD, Field, Kind
from tracker.model.places import Place, Places
from tracker.model.programme import Programme, category_name
from tracker.model.values import (
    Cell,
    Reading,
    Said,
    read_date,
    read_money,
    read_percent,
    read_quantity,
    read_stage,
    read_text,
)

Reader = Callable[[Cell], Reading]

LONGEST_TEXT = 200
"""The cap, in characters, of a text field that declares none."""


def reader_of(field: Field, money_unit: str = "万元") -> Reader:
    """Give the reader of a field's kind; sums without a unit of their own are in `money_unit`."""
    match field.kind:
        case Kind.MONEY:
            return lambda cell: read_money(cell, money_unit)
        case Kind.PLANNED_DATE:
            return lambda cell: read_date(cell, planned=True)
        case Kind.ACTUAL_DATE:
            return lambda cell: read_date(cell, planned=False)
        case Kind.STAGE:
            return read_stage
        case Kind.PERCENT:
            return read_percent
        case Kind.QUANTITY:
            return lambda cell: read_quantity(cell, field.unit)
        case _:
            return lambda cell: read_text(cell, field.longest or LONGEST_TEXT)


def read_field(name: str, written: Cell, programme: Programme, places: Places) -> Reading:
    """Read a value of a field on its own, places, categories and levels included."""
    reading = reader_of(FIELD[name])(written)
    if reading.said is not Said.VALUE or not isinstance(reading.value, str):
        return reading
    match FIELD[name].kind:
        case Kind.CATEGORY:
            return Reading(Said.VALUE, category_name(reading.value), None)
        case Kind.LEVEL:
            return Reading(Said.VALUE, programme.level_named(reading.value) or reading.value, None)
        case Kind.PLACES:
            return _read_places(reading.value, programme, places)
    return reading


def _read_places(written: str, programme: Programme, places: Places) -> Reading:
    area = places.find(programme.area)
    codes = []
    for part in written.replace(",", "、").replace("，", "、").split("、"):
        found: list[Place] = places.named(part, area) if area else []
        by_code = places.find(part)
        if by_code is None and len(found) != 1:
            message = f"没有“{part}”这个县（市、区），或同名的不止一个，请写全称或代码，用顿号分隔。"
            return Reading(Said.VALUE, None, Flaw(Severity.FIX, message))
        codes.append(by_code.code if by_code else found[0].code)
    return Reading(Said.VALUE, tuple(codes), None)
