"""Trends: what the ledger says of an area month after month, each month by its own list, asked in one query."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import standing_month
from tracker.ledger.ranking_table import Competitor, Group, competitors_of, placed_by_peers
from tracker.ledger.standings import CONDITIONS, SUMS, scope_condition
from tracker.model.measures import Measure, Tally, rate_of
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.model.ranking import Placed
from tracker.model.stages import Stage

TREND_COUNTS = ("projects", "started", "completed", "start_by_now", "completion_by_now", "cumulative_investment")
"""What a trend of an area shows: its list, what was done, and the plan of that month's own list."""

_GROUPINGS = ("city", "county", "category", "level")
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
    if group is not None and group not in _GROUPINGS:
        raise ValueError(f"no grouping by {group}")
    chosen = tuple(dict.fromkeys(names))
    found: dict[str, dict[str, dict[str, int]]] = {month: {} for month in months}
    if not months:
        return found
    key = f"coalesce({group}, '')" if group else "''"
    columns = ", ".join(f"coalesce(sum({_counted(name)}), 0)" for name in chosen)
    rows = ledger.connection.execute(
        f"SELECT month, {key} AS grouped, {columns} FROM state WHERE programme = :programme "
        f"AND month BETWEEN :first AND :last AND listed AND {scope_condition(within)} GROUP BY month, grouped",
        {"programme": programme.key, "first": min(months), "last": max(months), "within": within.code},
    )
    for month, grouped, *numbers in rows:
        if month in found:
            found[month][grouped] = dict(zip(chosen, numbers, strict=True))
    return found


def _counted(name: str) -> str:
    if name in CONDITIONS:
        words = CONDITIONS[name]
    else:
        column, condition = SUMS[name]
        words = f"CASE WHEN {condition} THEN {column} END"
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
class MonthRanking:
    """All units of an area by one measure at one month: `rates` and `placed` by the unit's code.

    `rate` is the whole area's; units without a rate are absent from both.
    """

    month: str
    rate: Fraction | None
    tallies: Mapping[str, Tally]
    rates: Mapping[str, Fraction]
    placed: Mapping[str, Placed]


def ranking_series(
    ledger: Ledger, programme: Programme, months: Sequence[str], measure: Measure, group: Group, within: Place
) -> list[MonthRanking]:
    """Give every unit's rate and place by a measure at each opened month, in the order of the months."""
    names = ("projects", measure.numerator, measure.denominator)
    by_month = series(ledger, programme, months, within, names, group)
    met = sorted({code for by_code in by_month.values() for code in by_code})
    competitors = competitors_of(ledger, programme, group, within, met)
    return [_month_ranking(month, by_month[month], measure, programme, competitors) for month in months]


def _month_ranking(
    month: str,
    by_code: Mapping[str, Tally],
    measure: Measure,
    programme: Programme,
    competitors: Sequence[Competitor],
) -> MonthRanking:
    whole = {name: sum(tally[name] for tally in by_code.values()) for name in (measure.numerator, measure.denominator)}
    rates = {code: rate for code, tally in by_code.items() if (rate := rate_of(measure, tally)) is not None}
    places = placed_by_peers(competitors, by_code, measure, programme)
    placed = {place.key: place for of_peers in places.values() for place in of_peers}
    return MonthRanking(month, rate_of(measure, whole), by_code, rates, placed)
