"""Numbers as people write them: grouping commas, units behind them, and what is none.

All arithmetic is exact: decimals, never floats. A number that cannot be taken exactly is a problem,
given as the Chinese words that follow its quotation.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from tracker.model.written import Cell


@dataclass(frozen=True, slots=True)
class NumberRule:
    """What numbers of one sort may be, and the words for those that are not.

    `step` is the smallest difference that is kept, `most` the largest number; `noise` is the relative
    difference up to which a computed number (a float) is taken for the nearest multiple of `step`;
    `example` is a number to copy, `units` names the units that may follow. `too_fine` and `too_large`
    follow the quotation of the number.
    """

    step: Decimal
    most: Decimal
    noise: Decimal
    example: str
    units: str
    too_fine: str
    too_large: str


_CURRENCY = r"(?:[￥¥]|RMB|人民币)?"
_WHOLE = r"([1-9][0-9]{0,2}(?:,[0-9]{3})+|[0-9]+)"
_NUMBER = re.compile(rf"{_WHOLE}(?:\.([0-9]+))?(.*)", re.DOTALL)
_MONEY = re.compile(rf"{_CURRENCY}{_WHOLE}(?:\.([0-9]+))?(.*)", re.DOTALL | re.IGNORECASE)
_NEGATIVE = re.compile(
    rf"{_CURRENCY}[-‐‑‒–—―−﹣负]+{_CURRENCY}[0-9].*|\({_CURRENCY}[0-9][0-9,.]*[^0-9()]*\)[^0-9]*", re.DOTALL
)
_ABOUT = re.compile(r"约|大概|近|左右|上下|余|多|不足|超|逾|以上|以下|以内|~|±")
_GROUPS = re.compile(r"[0-9,]+(?:\.[0-9]+)?[^0-9,.]*")
_ANY_DIGIT = re.compile(r"[0-9]")
# Within these bounds every product with a unit's factor stays below the 28 digits that decimals keep exactly.
_MOST_WHOLE_DIGITS = 13
_MOST_DECIMALS = 12
_MOST_INTEGER: int = 10**_MOST_WHOLE_DIGITS


def number_of_text(plain: str, factors: Mapping[str, Decimal], rule: NumberRule, money: bool = False) -> Decimal | str:
    """Read a squeezed text as a number times its unit's factor, or give the problem.

    `factors` has the units that may follow, in lower case, "" where none follows; a unit in brackets
    counts. `money` allows a currency sign in front.
    """
    match = (_MONEY if money else _NUMBER).fullmatch(plain)
    if match is None:
        return _problem(plain, rule)
    whole, decimals, tail = match.group(1), (match.group(2) or "").rstrip("0"), match.group(3)
    unit = tail[1:-1] if len(tail) > 2 and tail[0] == "(" and tail[-1] == ")" else tail
    factor = factors.get(unit.lower())
    if factor is None:
        if _ANY_DIGIT.search(tail) or tail[0] in ".," or _ABOUT.search(tail):
            return _problem(plain, rule)
        return f"的单位不认识，请写{rule.units}，例如 {rule.example}"
    whole = whole.replace(",", "").lstrip("0") or "0"
    if len(whole) > _MOST_WHOLE_DIGITS:
        return rule.too_large
    if len(decimals) > _MOST_DECIMALS:
        return rule.too_fine
    return bounded(Decimal(f"{whole}.{decimals}" if decimals else whole) * factor, rule)


def number_of_integer(number: int, factor: Decimal, rule: NumberRule) -> Decimal | str:
    """Take an integer cell times its unit's factor, or give the problem."""
    if number < 0:
        return negative(rule)
    return rule.too_large if number >= _MOST_INTEGER else bounded(Decimal(number) * factor, rule)


def number_of_float(number: float, factor: Decimal, rule: NumberRule) -> Decimal | str:
    """Take a float cell times its unit's factor, freed of binary noise, or give the problem.

    A float is taken for the shortest decimal that means it; what lies nearer to a multiple of the rule's
    step than its noise is that multiple.
    """
    if not math.isfinite(number):
        return not_a_number(rule)
    if number < 0:
        return negative(rule)
    if number >= _MOST_INTEGER:
        return rule.too_large
    if number == 0:
        return Decimal(0)
    exact = Decimal(repr(number)) * factor
    if exact > rule.most:
        return rule.too_large
    rounded = exact.quantize(rule.step, ROUND_HALF_UP)
    return rounded if abs(rounded - exact) <= rule.noise * exact else rule.too_fine


def number_of_cell(written: Cell, factor: Decimal, rule: NumberRule) -> Decimal | str:
    """Take any cell but a text as a number times a factor, or give the problem."""
    if isinstance(written, bool) or not isinstance(written, (int, float)):
        if isinstance(written, (datetime.date, datetime.time, datetime.timedelta)):
            return f"是日期或时间，不是数字，请把单元格格式改为“常规”再写数字，例如 {rule.example}"
        return not_a_number(rule)
    if isinstance(written, int):
        return number_of_integer(written, factor, rule)
    return number_of_float(written, factor, rule)


def bounded(number: Decimal, rule: NumberRule) -> Decimal | str:
    """Give an exact number if it is neither too large nor too fine for its rule, else the problem."""
    if number > rule.most:
        return rule.too_large
    return number if number % rule.step == 0 else rule.too_fine


def negative(rule: NumberRule) -> str:
    """Give the problem of a number below zero."""
    return f"是负数，这里应为 0 或正数，请核实后改写，例如 {rule.example}"


def not_a_number(rule: NumberRule) -> str:
    """Give the problem of what is no number at all."""
    return f"不是数字，请写成数字，例如 {rule.example}"


def _problem(plain: str, rule: NumberRule) -> str:
    """Say what is wrong with a squeezed text that is no acceptable number, as closely as can be seen."""
    if plain.startswith("#"):
        return f"是公式错误，请改成数字，例如 {rule.example}"
    if _NEGATIVE.fullmatch(plain):
        return negative(rule)
    if _ANY_DIGIT.search(plain) and _ABOUT.search(plain):
        return f"是约数，请写成确定的数字，例如 {rule.example}"
    if "," in plain and _GROUPS.fullmatch(plain):
        return "的逗号位置不对，应每三位一个逗号或不写逗号，例如 1,234.5"
    return not_a_number(rule)


def quoted_number(number: Decimal) -> str:
    """Print a number inside a message, without trailing zeros."""
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
