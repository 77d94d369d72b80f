"""Ranking: places from exact fractions, with ties and movement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
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


Share = tuple[int, int]
"""Numerator and denominator, the latter above zero, of a rate that nobody has reduced yet."""


def comparable(shares: Iterable[Share]) -> list[int]:
    """Give a whole number for each share: equal where the fractions are equal, larger where they are larger.

    Different fractions lie at least 1 / (the largest denominator squared) apart, so that many binary places
    of each tell them apart; and the same fraction has the same places, reduced or not.
    """
    shares = list(shares)
    places = 2 * max([denominator for _, denominator in shares], default=1).bit_length()
    return [(numerator << places) // denominator for numerator, denominator in shares]


_NOBODY: Mapping[str, int] = {}


def place_shares(shares: Mapping[str, Share], rule: TieRule, before: Mapping[str, int] = _NOBODY) -> list[Placed]:
    """Rank units by their shares, best first, equal ones on the better place, keys in order within a tie.

    `skip` leaves out the places that a tie uses up (1, 1, 3: as Shanxi publishes), `dense` does not. `before`
    are the places of an earlier ranking, which movement is told against.
    """
    rates = dict(zip(shares, comparable(shares.values()), strict=True))
    counts = Counter(rates.values())
    placed: list[Placed] = []
    place = 0
    last: int | None = None
    # Sorting keeps the order of equals, and that is the keys' own.
    for position, key in enumerate(sorted(sorted(rates), key=rates.__getitem__, reverse=True), start=1):
        rate = rates[key]
        if rate != last:
            place = position if rule is TieRule.SKIP else place + 1
            last = rate
        change = before[key] - place if key in before else None
        placed.append(Placed(key, place, counts[rate] > 1, change))
    return placed


def place_units(rates: Mapping[str, Fraction], rule: TieRule) -> list[Placed]:
    """Rank units by their rates as `place_shares` does."""
    return place_shares({key: (rate.numerator, rate.denominator) for key, rate in rates.items()}, rule)


def place_of(key: str, shares: Mapping[str, Share], rule: TieRule) -> tuple[Placed | None, int]:
    """Give the place that `place_shares` gives one unit (None where it has no share), and the last that anybody has.

    The others are not placed; the last is 0 where nobody has a share.
    """
    rates = comparable(shares.values())
    if not rates:
        return None, 0
    counted = list(set(rates)) if rule is TieRule.DENSE else rates
    last = len(counted) - counted.count(min(counted)) + 1
    if key not in shares:
        return None, last
    own = rates[list(shares).index(key)]
    place = 1 + len([rate for rate in counted if rate > own])
    return Placed(key, place, rates.count(own) > 1), last


def head_of(placed: Sequence[Placed], size: int) -> list[Placed]:
    """Give the best `size` places; a tie at the cut lengthens the list."""
    return [p for p in placed if p.place <= size] if placed else []


def print_rate(rate: Fraction | None, decimals: int) -> str | None:
    """Print a rate as a percentage without its sign, rounded half up once from the exact fraction.

    `decimals` is 0, 1 or 2; None gives None.
    """
    return None if rate is None else print_share(rate.numerator, rate.denominator, decimals)


def print_share(numerator: int, denominator: int, decimals: int) -> str:
    """Print as `print_rate` does the rate that a numerator and a denominator above zero make."""
    whole = (200 * 10**decimals * abs(numerator) + denominator) // (2 * denominator)
    digits = str(whole).rjust(decimals + 1, "0")
    text = f"{digits[:-decimals]}.{digits[-decimals:]}" if decimals else digits
    return f"-{text}" if numerator < 0 and whole else text


def chinese_place(placed: Placed, *, in_table: bool = True) -> str:
    """Print a place: `3` or `并列3` in a table cell, `第3` or `并列第3` in text."""
    number = str(placed.place) if in_table else f"第{placed.place}"
    return f"并列{number}" if placed.tied else number
