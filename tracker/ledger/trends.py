"""Trends: what the ledger says of an area month after month, each month by its own list, asked in one query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import standing_month
from tracker.ledger.ranking_table import Group, rivals_of
from tracker.ledger.standings import grouping, plain_rows, scope_condition, tally_expression
from tracker.model.measures import Measure
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.model.ranking import Placed, Share, place_of
from tracker.model.stages import Stage

TREND_COUNTS = ("projects", "started", "completed", "start_by_now", "completion_by_now")
"""What a trend of an area shows: its list, what was done, and the plan of that month's own list."""

# Each row is judged at its own month, where a single month's figures are judged at the asked one.
_OF_ITS_OWN_MONTH = ((":month", "state.month"), (":year", "substr(state.month, 1, 4)"))


def series(
    ledger: Ledger,
    programme: Programme,
    months: Sequence[str],
    within: Place,
    names: Iterable[str] = TREND_COUNTS,
    group: str | None = None,
) -> dict[str, dict[str, dict[str, int]]]:
    """Give some counts and sums of an area's list at each opened month, by the values of a column of `state`.

    `months` are opened months `YYYY-MM` and the keys of the answer; under each stand the tallies that
    `tallies` of `standings` gives for that month, narrowed to `names`: under "" without a `group` (city,
    county, category, level), else by its values; months and values without a listed project hold nothing.
    Sums are in 分. Raises ValueError for an unknown grouping and KeyError for an unknown name.
    """
    chosen = tuple(dict.fromkeys(names))
    found: dict[str, dict[str, dict[str, int]]] = {month: {} for month in months}
    for month, value, *numbers in _rows(ledger, programme, months, within, chosen, group):
        if month in found:
            found[month][value] = dict(zip(chosen, numbers, strict=True))
    return found


def _rows(
    ledger: Ledger, programme: Programme, months: Sequence[str], within: Place, names: Sequence[str], group: str | None
) -> Iterable[tuple[Any, ...]]:
    """Give month, value of the grouping and the tallies named, from the first of the months to the last."""
    # Without a grouping the rows come in order of the months, and nothing is sorted.
    key, grouped = (grouping(group), "month, 2") if group else ("''", "month")
    words = ", ".join(map(_at_its_own_month, names))
    if not months:
        return ()
    return plain_rows(
        ledger,
        f"SELECT month, {key}, {words} FROM state WHERE programme = :programme "
        f"AND month BETWEEN :first AND :last AND listed AND {scope_condition(within)} GROUP BY {grouped}",
        {"programme": programme.key, "first": min(months), "last": max(months), "within": within.code},
    )


def _at_its_own_month(name: str) -> str:
    words = tally_expression(name)
    for asked, own in _OF_ITS_OWN_MONTH:
        words = words.replace(asked, own)
    return words


def stage_counts(ledger: Ledger, programme: Programme, month: str, within: Place) -> dict[Stage | None, int]:
    """Give how many listed projects of an area stand in each stage at a month; None: no stage is known."""
    rows = ledger.connection.execute(
        f"SELECT effective_stage, count(*) FROM state WHERE programme = :programme AND month = :standing "
        f"AND listed AND {scope_condition(within)} GROUP BY effective_stage",
        {
            "programme": programme.key,
            "standing": standing_month(ledger, programme.key, month),
            "within": within.code,
        },
    )
    return {Stage(name) if name else None: number for name, number in rows}


@dataclass(frozen=True, slots=True)
class MonthRates:
    """All units of an area by one measure at one month.

    `share` is the whole area's rate, None where it has none; `shares` are the units' by code, those without
    one absent. Rates are numerator and denominator as they are, unreduced; sums of money in 分.
    """

    month: str
    share: Share | None
    shares: Mapping[str, Share]


class UnitMonth(NamedTuple):
    """One unit of an area by one measure at one month.

    `whole` is the whole area's rate, `numbers` are the unit's numerator and denominator, None where it has no
    project; `placed` is its place among its peers and `last` the last place that any of them has.
    """

    month: str
    whole: Share | None
    numbers: tuple[int, int] | None
    placed: Placed | None
    last: int

    @property
    def share(self) -> Share | None:
        """Give the unit's rate, None where it has none."""
        return self.numbers if self.numbers and self.numbers[1] else None


def rate_series(
    ledger: Ledger, programme: Programme, months: Sequence[str], measure: Measure, group: Group, within: Place
) -> list[MonthRates]:
    """Give every unit's rate by a measure at each opened month, in the order of the months."""
    return [
        MonthRates(month, _whole(numbers), {code: share for code, share in numbers.items() if share[1]})
        for month, numbers in _numbers(ledger, programme, months, measure, group, within).items()
    ]


def unit_series(
    ledger: Ledger,
    programme: Programme,
    months: Sequence[str],
    measure: Measure,
    group: Group,
    within: Place,
    code: str,
) -> list[UnitMonth]:
    """Give one unit's rate and place by a measure at each opened month, in the order of the months."""
    by_month = _numbers(ledger, programme, months, measure, group, within)
    rivals = rivals_of(ledger, programme, group, code, set().union(*by_month.values()))
    found = []
    for month, numbers in by_month.items():
        shares = {each: share for each, share in numbers.items() if share[1] and each in rivals}
        placed, last = place_of(code, shares, programme.tie_rule)
        found.append(UnitMonth(month, _whole(numbers), numbers.get(code), placed, last))
    return found


def _whole(numbers: Mapping[str, tuple[int, int]]) -> Share | None:
    numerator, denominator = (sum(column) for column in zip(*numbers.values(), strict=True)) if numbers else (0, 0)
    return (numerator, denominator) if denominator else None


def _numbers(
    ledger: Ledger, programme: Programme, months: Sequence[str], measure: Measure, group: Group, within: Place
) -> dict[str, dict[str, tuple[int, int]]]:
    """Give a measure's numerator and denominator by month and unit."""
    found: dict[str, dict[str, tuple[int, int]]] = {month: {} for month in months}
    parts = (measure.numerator, measure.denominator)
    for month, code, numerator, denominator in _rows(ledger, programme, months, within, parts, group):
        if month in found:
            found[month][code] = (numerator, denominator)
    return found
