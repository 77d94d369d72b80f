"""Trends: what the ledger says of an area month after month, each month by its own list, asked in one query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import standing_month
from tracker.ledger.ranking_table import Competitor, Group, competitors_of, placed_by_peers, rates_of
from tracker.ledger.standings import grouping, plain_rows, scope_condition, tally_expression
from tracker.model.measures import Measure, Tally, rate_of
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.model.ranking import Placed
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
    # Without a grouping the rows come in order of the months, and nothing is sorted.
    key, grouped = (grouping(group), "month, 2") if group else ("''", "month")
    chosen = tuple(dict.fromkeys(names))
    found: dict[str, dict[str, dict[str, int]]] = {month: {} for month in months}
    if not months:
        return found
    rows = plain_rows(
        ledger,
        f"SELECT month, {key}, {', '.join(map(_at_its_own_month, chosen))} FROM state WHERE programme = :programme "
        f"AND month BETWEEN :first AND :last AND listed AND {scope_condition(within)} GROUP BY {grouped}",
        {"programme": programme.key, "first": min(months), "last": max(months), "within": within.code},
    )
    for month, value, *numbers in rows:
        if month in found:
            found[month][value] = dict(zip(chosen, numbers, strict=True))
    return found


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
    """All units of an area by one measure at one month: `tallies` and `rates` by the unit's code.

    `rate` is the whole area's; units without a rate are absent from `rates`.
    """

    month: str
    rate: Fraction | None
    tallies: Mapping[str, Tally]
    rates: Mapping[str, Fraction]


@dataclass(frozen=True, slots=True)
class MonthRanking(MonthRates):
    """The same with the units' places; units without a rate have none."""

    placed: Mapping[str, Placed]


def rate_series(
    ledger: Ledger, programme: Programme, months: Sequence[str], measure: Measure, group: Group, within: Place
) -> list[MonthRates]:
    """Give every unit's rate by a measure at each opened month, in the order of the months."""
    parts = (measure.numerator, measure.denominator)
    found = []
    for month, by_code in series(ledger, programme, months, within, parts, group).items():
        whole = {name: sum(tally[name] for tally in by_code.values()) for name in parts}
        found.append(MonthRates(month, rate_of(measure, whole), by_code, rates_of(measure, by_code)))
    return found


def ranking_series(
    ledger: Ledger, programme: Programme, months: Sequence[str], measure: Measure, group: Group, within: Place
) -> list[MonthRanking]:
    """Give every unit's rate and place by a measure at each opened month, in the order of the months."""
    rates = rate_series(ledger, programme, months, measure, group, within)
    met = sorted({code for at in rates for code in at.tallies})
    competitors = competitors_of(ledger, programme, group, within, met)
    return [
        MonthRanking(at.month, at.rate, at.tallies, at.rates, _placed(competitors, at.rates, programme)) for at in rates
    ]


def _placed(
    competitors: Sequence[Competitor], rates: Mapping[str, Fraction], programme: Programme
) -> dict[str, Placed]:
    by_peers = placed_by_peers(competitors, rates, programme)
    return {placed.key: placed for of_peers in by_peers.values() for placed in of_peers}
