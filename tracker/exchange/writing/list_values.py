"""List values: how each kind of field stands in a cell of a list, so that reading it gives the value again."""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from tracker.model.dates import PartialDate
from tracker.model.fields import Field, Kind
from tracker.model.places import Place, Places
from tracker.model.printing import print_value
from tracker.model.values import print_percent
from tracker.model.written import clean_text

_MONEY_FORMAT = "#,##0.00####"
_FIGURE_FORMAT = "#,##0.0#"
_DAY_FORMAT = "yyyy-mm-dd"
_QUOTED = re.compile('"[^"]*"')
_FIRST_SHEET_YEAR = 1901
"""Sheets count days from 1900 and are wrong about its February."""


@dataclass(frozen=True, slots=True)
class Written:
    """What is put into a cell, None for nothing, and the format it is shown in.

    `said` is how programs are told it where that is not the value itself: money as text in 万元 with two decimals,
    a rate as text without a sign.
    """

    value: str | int | float | datetime.date | None
    number_format: str = "General"
    said: str = ""


def _number(value: Decimal, number_format: str, text: Callable[[Decimal], str]) -> Written:
    """Give a number where a sheet keeps every digit of it, else its text."""
    if value == value.to_integral_value() and abs(value) < 10**15:
        return Written(int(value), number_format)
    whole = float(value)
    if Decimal(format(whole, ".15g")) == value:
        return Written(whole, number_format)
    return Written(text(value))


def _quantity_format(value: Decimal) -> str:
    return "#,##0" if value == value.to_integral_value() else "#,##0.0##"


def written_figure(value: Decimal) -> Written:
    """Give a figure that is no field's: a sum or a rate, with its thousands separated."""
    return _number(value, _FIGURE_FORMAT, str)


def _plain_money(value: Decimal) -> str:
    """Give money as programs are told it: two decimals, more where it has more."""
    return f"{value:.2f}" if value == round(value, 2) else f"{value.normalize():f}"


def _percent(value: Decimal) -> Written:
    """Give a percentage as its number; what could be taken for a share (0.6, 1) as text with its sign."""
    if 0 < value <= 1:
        return Written(f"{print_percent(value)}%")
    return _number(value, '0"%"' if value == value.to_integral_value() else '0.0#"%"', lambda said: f"{said}%")


def _date(value: PartialDate) -> Written:
    """Give a day as a date; a month and a quarter as text, which keeps their precision."""
    if value.day is None or value.year < _FIRST_SHEET_YEAR:
        return Written(value.chinese)
    return Written(value.earliest, _DAY_FORMAT)


def written(field: Field, value: Any) -> Written:
    """Give what stands in the cell for a field's value."""
    match field.kind:
        case Kind.MONEY:
            cell = _number(value, _MONEY_FORMAT, lambda said: print_value(field.name, said))
            return Written(cell.value, cell.number_format, _plain_money(value))
        case Kind.QUANTITY:
            return _number(value, _quantity_format(value), lambda said: print_value(field.name, said))
        case Kind.PERCENT:
            return _percent(value)
        case Kind.PLANNED_DATE | Kind.ACTUAL_DATE:
            return _date(value)
    return Written(clean_text(print_value(field.name, value)))


def place_text(places: Places, code: str, area: Place, city: str = "") -> str:
    """Give the shortest of name, full name and code that means a place in a list of an area.

    `city` is what stands in the list's column of cities, "" where it has none.
    """
    place = places.find(code)
    if place is None:
        return code
    for text in (place.name, places.full_name(place)):
        found = (places.named(city + text, area) if city else []) or places.named(text, area)
        if [other.code for other in found] == [code]:
            return text
    return code


def print_for_cell(value: object, number_format: str) -> str:
    """Give about the text that a cell shows, to measure it by: never a shorter one."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, int | float):
        grouped, least, most, behind = _shape(number_format)
        shown = f"{value:,.{most}f}" if grouped else f"{value:.{most}f}"
        if most > least:
            whole, point, decimals = shown.partition(".")
            shown = whole + point + decimals[:least] + decimals[least:].rstrip("0")
        return shown + behind
    return f"{value:%Y-%m-%d}" if isinstance(value, datetime.date) else str(value)


def least_decimals(number_format: str) -> int:
    """Give how many decimals every number has in a format."""
    return _shape(number_format)[1]


@lru_cache(200)
def _shape(number_format: str) -> tuple[bool, int, int, str]:
    """Give of a number format: whether thousands are separated, the least and most decimals, what stands behind."""
    if number_format == "General":
        return False, 0, 6, ""
    # Of a format for positive, negative and no numbers the first is as wide as any.
    shown = number_format.partition(";")[0]
    digits, words = _QUOTED.sub("", shown), "".join(_QUOTED.findall(shown))
    decimals = digits.partition(".")[2].rstrip("%")
    share = "%%%" if digits.endswith("%") else ""
    return "," in digits, decimals.count("0"), len(decimals), share + words.replace('"', "")
