"""Ranking: exact places, ties, movement, and rates printed once."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.model.measures import print_wan, print_yi
from tracker.model.programme import TieRule
from tracker.model.ranking import (
    Placed,
    chinese_place,
    comparable,
    head_of,
    place_of,
    place_shares,
    place_units,
    print_rate,
    print_share,
)

rates = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.fractions(min_value=0, max_value=2, max_denominator=12),
    max_size=12,
)


@given(rates, st.sampled_from(TieRule))
def test_places_follow_their_definition(units: dict[str, Fraction], rule: TieRule) -> None:
    placed = {p.key: p for p in place_units(units, rule)}
    assert placed.keys() == units.keys()
    for key, rate in units.items():
        better = [other for other in units.values() if other > rate]
        expected = 1 + (len(better) if rule is TieRule.SKIP else len(set(better)))
        assert placed[key].place == expected
        assert placed[key].tied == (list(units.values()).count(rate) > 1)


@given(rates)
def test_the_order_is_by_place_and_then_by_key(units: dict[str, Fraction]) -> None:
    placed = place_units(units, TieRule.SKIP)
    assert [(p.place, p.key) for p in placed] == sorted((p.place, p.key) for p in placed)


def test_a_tie_shares_the_better_place_and_skips_the_next() -> None:
    units = {"a": Fraction(1, 2), "b": Fraction(2, 4), "c": Fraction(1, 3)}
    assert [(p.place, p.tied) for p in place_units(units, TieRule.SKIP)] == [(1, True), (1, True), (3, False)]
    assert [p.place for p in place_units(units, TieRule.DENSE)] == [1, 1, 2]


def test_ties_are_judged_on_exact_fractions() -> None:
    nearly = {"a": Fraction(10**17, 3 * 10**17 + 1), "b": Fraction(1, 3)}
    assert [(p.key, p.tied) for p in place_units(nearly, TieRule.SKIP)] == [("b", False), ("a", False)]


def test_movement_is_places_gained() -> None:
    now = place_shares({"new": (0, 1), "b": (1, 2), "a": (1, 1)}, TieRule.SKIP, {"b": 1, "a": 4, "gone": 2})
    assert [(p.key, p.change) for p in now] == [("a", 3), ("b", -1), ("new", None)]


def test_a_tie_at_the_cut_lengthens_the_list() -> None:
    placed = place_units({"a": Fraction(1), "b": Fraction(1, 2), "c": Fraction(1, 2), "d": Fraction(0)}, TieRule.SKIP)
    assert [p.key for p in head_of(placed, 2)] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("fraction", "decimals", "text"),
    [
        (Fraction(28, 44), 0, "64"),
        (Fraction(28, 44), 1, "63.6"),
        (Fraction(28, 44), 2, "63.64"),
        (Fraction(41, 44), 0, "93"),
        (Fraction(41, 44), 1, "93.2"),
        (Fraction(213, 285), 1, "74.7"),
        (Fraction(277, 285), 1, "97.2"),
        (Fraction(138, 285), 1, "48.4"),
        (Fraction(1, 200), 0, "1"),
        (Fraction(5, 10000), 1, "0.1"),
        (Fraction(0), 1, "0.0"),
        (Fraction(3, 2), 1, "150.0"),
        (Fraction(-1, 3), 1, "-33.3"),
        (Fraction(-1, 10**6), 1, "0.0"),
    ],
)
def test_rates_are_rounded_half_up_once(fraction: Fraction, decimals: int, text: str) -> None:
    assert print_rate(fraction, decimals) == text


def test_no_rate_prints_nothing() -> None:
    assert print_rate(None, 1) is None


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(0, 2))
def test_printing_agrees_with_decimal_arithmetic(numerator: int, denominator: int, decimals: int) -> None:
    exact = Decimal(numerator * 100 * 10**20 // denominator) / 10**20
    quantum = Decimal(1).scaleb(-decimals)
    printed = Decimal(print_rate(Fraction(numerator, denominator), decimals) or "")
    assert abs(printed - exact.quantize(quantum, ROUND_HALF_UP)) <= quantum
    assert abs(Fraction(printed) - Fraction(numerator * 100, denominator)) <= Fraction(quantum) / 2


def test_places_print_as_offices_write_them() -> None:
    assert chinese_place(Placed("a", 3, tied=True)) == "并列3"
    assert chinese_place(Placed("a", 3, tied=True), in_table=False) == "并列第3"
    assert chinese_place(Placed("a", 3, tied=False), in_table=False) == "第3"


def test_money_prints_in_wan_and_yi() -> None:
    assert print_wan(54_450_626_0000) == "544506.26"
    assert print_wan(5_000) == "0.01"
    assert print_wan(4_999) == "0.00"
    assert print_wan(-1_234_500) == "-1.23"
    assert print_yi(5_025_000 * 1_000_000, 1) == "502.5"


shares = st.dictionaries(
    st.text("abcdefgh", min_size=1, max_size=3),
    st.tuples(st.integers(-20, 10**15), st.integers(1, 10**15)) | st.tuples(st.integers(0, 12), st.integers(1, 12)),
    max_size=12,
)


@given(shares, st.sampled_from(TieRule))
def test_one_units_place_is_the_one_it_has_among_all(units: dict[str, tuple[int, int]], rule: TieRule) -> None:
    placed = place_units({key: Fraction(*share) for key, share in units.items()}, rule)
    assert place_shares(units, rule) == placed
    last = max((each.place for each in placed), default=0)
    assert [place_of(each.key, units, rule) for each in placed] == [(each, last) for each in placed]
    assert place_of("nobody", units, rule) == (None, last)


@given(shares)
def test_shares_compare_as_their_fractions_do(units: dict[str, tuple[int, int]]) -> None:
    numbers = comparable(units.values())
    for one, share in zip(numbers, units.values(), strict=True):
        for other, beside in zip(numbers, units.values(), strict=True):
            assert (one < other) is (Fraction(*share) < Fraction(*beside))


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**9), st.integers(1, 9), st.integers(0, 2))
def test_a_share_prints_as_the_rate_it_is(numerator: int, denominator: int, factor: int, decimals: int) -> None:
    printed = print_rate(Fraction(numerator, denominator), decimals)
    assert print_share(numerator * factor, denominator * factor, decimals) == printed
