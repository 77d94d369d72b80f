"""Ranking: places from exact fractions, with ties and movement."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from tracker.model.programme import TieRule


class Placed(NamedTuple):
    """One unit's place.

    `tied` says that others share it; `change` is places gained since the month before (negative: lost),
    None where either month gives it no place.
    """

    key: str
    place: int
    tied: bool
    change: int | None = None


def place_units(rates: Mapping[str, Fraction], rule: TieRule) -> list[Placed]:
    """Rank units by rate, best first, equal fractions on the better place, keys in order within a tie.

    `skip` leaves out the places that a tie uses up (1, 1, 3: as Shanxi publishes), `dense` does not.
    """
    # Over one common denominator the fractions compare as whole numbers: exact, and many times faster.
    common = math.lcm(*(rate.denominator for rate in rates.values()))
    shares = {key: rate.numerator * (common // rate.denominator) for key, rate in rates.items()}
    counts = Counter(shares.values())
    placed: list[Placed] = []
    place = 0
    last: int | None = None
    # Sorting keeps the order of equals, and that is the keys' own.
    for position, key in enumerate(sorted(sorted(shares), key=shares.__getitem__, reverse=True), start=1):
        share = shares[key]
        if share != last:
            place = position if rule is TieRule.SKIP else place + 1
            last = share
        placed.append(Placed(key, place, counts[share] > 1))
    return placed


def with_change(now: Sequence[Placed], before: Sequence[Placed]) -> list[Placed]:
    """Give the places with their movement against an earlier ranking."""
    earlier = {placed.key: placed.place for placed in before}
    return [Placed(key, place, tied, earlier[key] - place if key in earlier else None) for key, place, tied, _ in now]


def head_of(placed: Sequence[Placed], size: int) -> list[Placed]:
    """Give the best `size` places; a tie at the cut lengthens the list."""
    return [p for p in placed if p.place <= size] if placed else []


def print_rate(rate: Fraction | None, decimals: int) -> str | None:
    """Print a rate as a percentage without its sign, rounded half up once from the exact fraction.

    `decimals` is 0, 1 or 2; None gives None.
    """
    if rate is None:
        return None
    numerator, denominator = rate.numerator, rate.denominator
    whole = (200 * 10**decimals * abs(numerator) + denominator) // (2 * denominator)
    digits = str(whole).rjust(decimals + 1, "0")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return f"-{text}" if numerator < 0 and whole else text


def chinese_place(placed: Placed, *, in_table: bool = True) -> str:
    """Print a place: `3` or `并列3` in a table cell, `第3` or `并列第3` in text."""
    number = str(placed.place) if in_table else f"第{placed.place}"
    return f"并列{number}" if placed.tied else number
