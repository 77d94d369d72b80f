"""Figures: an area's rates as large numbers, each with its fraction, its movement and its place among its peers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import find_place
from tracker.ledger.ranking_table import Group, Ranking, rankings
from tracker.model.measures import Measure, Tally, measures_of, rate_of
from tracker.model.months import shift_month, year_of
from tracker.model.places import PlaceLevel
from tracker.model.ranking import Share
from tracker.web.counts import first_part
from tracker.web.whereabouts import Where
from tracker.web.wording import fraction, money, percent, place_in_text


@dataclass(frozen=True, slots=True)
class Movement:
    """What changed against the month before: 1 up, -1 down, 0 level; and in words."""

    direction: int
    words: str


@dataclass(frozen=True, slots=True)
class Figure:
    """One rate.

    `standing` is its place among the areas beside it, "" where there is none to compare with; `unknown` is
    how many projects it leaves out, with the address of their list.
    """

    title: str
    rate: str
    fraction: str
    address: str
    sentence: str
    movement: Movement | None
    standing: str
    unknown: int
    unknown_address: str


def figures_of(ledger: Ledger, where: Where, now: Tally, before: Tally | None) -> list[Figure]:
    """Give the four figures of the page's area; `before` is its tally a month earlier, None where unknown."""
    measures = measures_of(where.programme)
    money_key = "investment" if now["year_plan_known"] else "investment_of_total"
    keys = ["start", "completion", money_key, "progress"]
    beside = _beside(ledger, where, keys)
    return [_figure(where, measures[key], now, before, beside) for key in keys]


def _figure(
    where: Where, measure: Measure, now: Tally, before: Tally | None, beside: tuple[str, Mapping[str, Ranking]]
) -> Figure:
    count, without = first_part(measure)
    return Figure(
        title=measure.title,
        rate=percent(rate_of(measure, now), where.programme.decimals),
        fraction=fraction(now[measure.numerator], now[measure.denominator], is_money=measure.money),
        address=where.to("projects.show", count=count, of=measure.key, without=without),
        sentence=measure.sentence,
        movement=movement_of(measure, now, before, where.month),
        standing=_standing(where, measure, beside),
        unknown=now[measure.unknown] if measure.unknown else 0,
        unknown_address=where.to("projects.show", count=measure.unknown or "projects", of=measure.key),
    )


def movement_of(measure: Measure, now: Tally, before: Tally | None, month: str) -> Movement | None:
    """Give how a measure's numerator moved since the month before; None where there was none.

    Sums of a year begin anew in January and are not compared across it.
    """
    if before is None or not before["projects"]:
        return None
    yearly = measure.key == "investment"
    if yearly and year_of(month) != year_of(shift_month(month, -1)):
        return Movement(0, "新年度起算")
    by = now[measure.numerator] - before[measure.numerator]
    if not by:
        return Movement(0, "与上月持平")
    amount = money(abs(by)) if measure.money else f"{abs(by)} 项"
    return Movement(1 if by > 0 else -1, f"{amount}，比上月")


def _beside(ledger: Ledger, where: Where, keys: list[str]) -> tuple[str, Mapping[str, Ranking]]:
    """Rank the areas that this one stands among: a province's cities, a city's counties.

    Whoever sees an area is told its place there, as bulletins publish it, and nothing else of the others.
    """
    if where.area.code == find_place(where.places, where.programme, None).code:
        return "", {}
    above = where.places.parent(where.area)
    group: Group = "city" if where.area.level is PlaceLevel.CITY else "county"
    return above.name, rankings(ledger, where.programme, where.month, keys, group, above)


def _standing(where: Where, measure: Measure, beside: tuple[str, Mapping[str, Ranking]]) -> str:
    name, by_measure = beside
    rows = by_measure[measure.key].rows if name else []
    for row in rows:
        if row.code == where.area.code and row.placed is not None:
            peers = sum(other.peers == row.peers and other.placed is not None for other in rows)
            words = row.peers or ("市" if where.area.level is PlaceLevel.CITY else "地区")
            return f"{name} {peers} 个{words}中{place_in_text(row.placed)}" if peers > 1 else ""
    return ""


def scale_of(shares: Iterable[Share | None]) -> Fraction:
    """Give what fills a bar: 100 %, or the highest rate where one exceeds it."""
    return max([Fraction(1), *(Fraction(*share) for share in shares if share is not None and share[0] > share[1])])
