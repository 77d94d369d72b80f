"""Quantities and percentages: lengths, areas, capacities in their field's unit, and shares from 0 to 100."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from tracker.model.written import (
    BLANK,
    KEPT_READINGS,
    LONGEST_KEPT,
    Cell,
    Reading,
    Said,
    ask,
    fix,
    nothing_said,
    squeezed,
)
from tracker.model.written_numbers import NumberRule, number_of_cell, number_of_text, quoted_number

_VALUE = Said.VALUE
_TEN_THOUSAND = Decimal("1E4")
_ONE = Decimal(1)

_PERCENT_RULE = NumberRule(
    step=Decimal("0.01"),
    most=Decimal(100),
    noise=Decimal("1E-12"),
    example="60",
    units="百分数",
    too_fine="的小数位太多，百分数最多两位小数，请四舍五入后改写，例如 60.25",
    too_large="超过 100，进度应在 0 到 100 之间，请核实后改写，例如 60",
)
# Shares are read finer than percentages: 0.7731 is 77.31 %. Whether a text is one shows only after reading.
_SHARE_STEP = Decimal("0.0001")
_EITHER_RULE = replace(_PERCENT_RULE, step=Decimal("1E-12"))
_PERCENT_FACTORS = {"": _ONE, "%": _ONE}

_CUBIC_METRES = ("m³", "m3", "m^3", "㎥", "立方米", "立方", "方", "吨", "t")
_SAME_UNITS: dict[str, tuple[str, ...]] = {
    # One ton of sewage is counted as one cubic metre everywhere in the trade.
    "m³/d": tuple(f"{amount}/{day}" for amount in _CUBIC_METRES for day in ("d", "日", "天")),
    "km": ("km", "㎞", "公里", "千米"),
    "m": ("m", "米"),
    "km²": ("km²", "km2", "km^2", "㎢", "平方公里", "平方千米"),
    "m²": ("m²", "m2", "m^2", "㎡", "平方米", "平米"),
    "m³": tuple(amount for amount in _CUBIC_METRES if amount not in ("吨", "t")),
    "公顷": ("公顷", "hm²", "hm2", "ha"),
    "亩": ("亩",),
}
# Exact relations only: a 亩 is 666.66… m², so neither is taken for the other.
_CONVERSIONS: dict[str, dict[str, Decimal]] = {
    "km": {"m": Decimal("0.001")},
    "m": {"km": Decimal("1E3")},
    "km²": {"m²": Decimal("1E-6"), "公顷": Decimal("0.01")},
    "m²": {"km²": Decimal("1E6"), "公顷": Decimal("1E4")},
    "公顷": {"m²": Decimal("1E-4"), "km²": Decimal("1E2")},
    "亩": {"公顷": Decimal(15), "km²": Decimal(1500)},
}


@lru_cache(maxsize=256)
def unit_factors(unit: str) -> dict[str, Decimal]:
    """Give every unit that may be written where `unit` is meant, in lower case, and how many `unit` it is.

    A unit that is not known here may be written as itself, and with 万 in front.
    """
    factors: dict[str, Decimal] = {unit.lower(): _ONE}
    for same, factor in ((unit, _ONE), *_CONVERSIONS.get(unit, {}).items()):
        factors |= {word.lower(): factor for word in _SAME_UNITS.get(same, ())}
    factors |= {f"万{word}": _TEN_THOUSAND * factor for word, factor in factors.items()}
    return factors | {"": _ONE, "万": _TEN_THOUSAND}


@lru_cache(maxsize=256)
def _quantity_rule(unit: str) -> NumberRule:
    """Give the rule of quantities in one unit."""
    return NumberRule(
        step=Decimal("0.001"),
        most=Decimal("1E12"),
        noise=Decimal("1E-12"),
        example=f"12.5{unit}",
        units=unit,
        too_fine=f"的小数位太多，以{unit}计最多三位小数，请四舍五入后改写，例如 12.345",
        too_large="太大，请检查数字和单位，例如 12.5",
    )


def read_quantity(written: Cell, unit: str) -> Reading:
    """Read a quantity; the value is a Decimal in `unit`, not negative, with at most three decimals.

    The unit itself, its other spellings and exactly related units may stand in the cell (公里, 米, 万吨/日).
    """
    if type(written) is str:
        return _quantity_of_text(written, unit) if len(written) <= LONGEST_KEPT else _fresh_quantity(written, unit)
    if written is None:
        return BLANK
    return _reading(written, number_of_cell(written, _ONE, _quantity_rule(unit)))


def _fresh_quantity(text: str, unit: str) -> Reading:
    """Read a quantity from a text."""
    plain = squeezed(text)
    return nothing_said(plain) or _reading(text, number_of_text(plain, unit_factors(unit), _quantity_rule(unit)))


_quantity_of_text = lru_cache(maxsize=KEPT_READINGS)(_fresh_quantity)


def print_quantity(value: Decimal) -> str:
    """Print a quantity without its unit and without trailing zeros: `12.5`, `3000`."""
    return _without_zeros(format(abs(value) if value == 0 else value, ".3f"))


def read_percent(written: Cell) -> Reading:
    """Read a percentage; the value is a Decimal from 0 to 100 with at most two decimals.

    A number above 0 and up to 1 without a sign may be a share (a cell formatted as a percentage holds 0.6
    for 60 %), so it is asked for, taken as a share. A computed share is rounded to the percentage's decimals,
    which the question then shows, but never to 0 or 100.
    """
    if type(written) is str:
        return _percent_of_text(written) if len(written) <= LONGEST_KEPT else _fresh_percent(written)
    if written is None:
        return BLANK
    if type(written) is float and 0 < written <= 1:
        percent = (Decimal(repr(written)) * 100).quantize(_PERCENT_RULE.step, ROUND_HALF_UP)
        if percent == 0 or (percent == 100 and written != 1):
            return fix(written, _PERCENT_RULE.too_fine)
        return _maybe_share(written, percent)
    if type(written) is int and written == 1:
        return _maybe_share(written, Decimal(100))
    return _reading(written, number_of_cell(written, _ONE, _PERCENT_RULE))


def _fresh_percent(text: str) -> Reading:
    """Read a percentage from a text."""
    plain = squeezed(text)
    nothing = nothing_said(plain)
    if nothing is not None:
        return nothing
    result = number_of_text(plain, _PERCENT_FACTORS, _EITHER_RULE)
    if isinstance(result, str):
        return fix(text, result)
    if 0 < result <= 1 and not plain.rstrip(")").endswith("%"):
        return _maybe_share(text, result * 100) if result % _SHARE_STEP == 0 else fix(text, _PERCENT_RULE.too_fine)
    return _reading(text, result if result % _PERCENT_RULE.step == 0 else _PERCENT_RULE.too_fine)


_percent_of_text = lru_cache(maxsize=KEPT_READINGS)(_fresh_percent)


def _maybe_share(written: Cell, percent: Decimal) -> Reading:
    """Ask whether a number up to 1 is a share."""
    meant, other = quoted_number(percent), quoted_number(percent / 100)
    return ask(
        written,
        percent,
        f"可能是 {meant}%，也可能是 {other}%，暂按 {meant}% 理解，请确认，或带上百分号改写，例如 {meant}%",
    )


def print_percent(value: Decimal) -> str:
    """Print a percentage without its sign and without trailing zeros: `60`, `60.5`."""
    return _without_zeros(format(abs(value) if value == 0 else value, ".2f"))


def _reading(written: Cell, result: Decimal | str) -> Reading:
    """Give the reading of a number, or of the problem there is with it."""
    return fix(written, result) if isinstance(result, str) else Reading(_VALUE, result, None)


def _without_zeros(text: str) -> str:
    """Drop the zeros that end a printed number's decimals, and the point where none are left."""
    return text.rstrip("0").rstrip(".")
