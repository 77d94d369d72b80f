"""Sums of money: written in 万元, 亿元 or 元, kept as 万元 exact to 分 (0.000001 万元)."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from tracker.model.written import (
    BLANK,
    KEPT_READINGS,
    LONGEST_KEPT,
    Cell,
    Reading,
    Said,
    fix,
    nothing_said,
    squeezed,
)
from tracker.model.written_numbers import NumberRule, number_of_cell, number_of_text

MONEY_UNITS: dict[str, Decimal] = {"万元": Decimal(1), "亿元": Decimal("1E4"), "元": Decimal("1E-4")}
"""The units of money and how many 万元 each is."""

_CELL_UNITS = MONEY_UNITS | {"万": MONEY_UNITS["万元"], "亿": MONEY_UNITS["亿元"]}
_FACTORS = {unit: {"": factor} | _CELL_UNITS for unit, factor in MONEY_UNITS.items()}
_RULE = NumberRule(
    step=Decimal("0.000001"),
    most=Decimal("1E9"),
    # Sums that a sheet computed (a third of something) have no end; what they lose is far below one 分 in 万元.
    noise=Decimal("1E-6"),
    example="3000",
    units="万元、亿元或元",
    too_fine="的小数位太多，金额最多精确到分（0.01 元），请四舍五入后改写，例如 1234.56",
    too_large="太大，金额不能超过 10 万亿元，请检查数字和单位，例如 3000 或 30000000元",
)
_VALUE = Said.VALUE


def read_money(written: Cell, unit: str = "万元") -> Reading:
    """Read a sum; the value is a Decimal in 万元, exact to 分.

    `unit` is what the heading or the table's corner says (万元, 亿元 or 元); a unit in the cell itself
    outweighs it. Negative and approximate sums must be mended; zero is a value. Raises KeyError for another
    `unit` only.
    """
    if type(written) is float:
        # The shortest decimal of most sums has few places: it is the value, and nothing is left to check.
        if unit == "万元" and 0.001 <= written < 1e8:
            text = repr(written)
            if "." in text[-7:]:
                return Reading(_VALUE, Decimal(text), None)
    elif type(written) is str:
        return _money_of_text(written, unit) if len(written) <= LONGEST_KEPT else _fresh_money_of_text(written, unit)
    elif written is None:
        return BLANK
    result = number_of_cell(written, MONEY_UNITS[unit], _RULE)
    return fix(written, result) if isinstance(result, str) else Reading(_VALUE, result, None)


def _fresh_money_of_text(text: str, unit: str) -> Reading:
    """Read a sum from a text."""
    plain = squeezed(text)
    nothing = nothing_said(plain)
    if nothing is not None:
        return nothing
    result = number_of_text(plain, _FACTORS[unit], _RULE, money=True)
    return fix(text, result) if isinstance(result, str) else Reading(_VALUE, result, None)


_money_of_text = lru_cache(maxsize=KEPT_READINGS)(_fresh_money_of_text)


def print_money(value: Decimal) -> str:
    """Print a sum in 万元 with at least two decimals, up to six where they are needed: `5864.36`, `0.123456`."""
    text = format(abs(value) if value == 0 else value, ".6f")
    return text[:-4] + text[-4:].rstrip("0")
