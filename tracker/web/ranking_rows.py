"""Ranking rows: what a ranking is asked for, and an area's units with their standing by every measure, printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from urllib.parse import quote, urlencode

from flask import request

from tracker.ledger.ranking_table import RankedRow, Ranking
from tracker.model.measures import Measure, Tally, measures_of, rate_of
from tracker.model.ranking import Placed
from tracker.web.counts import first_part
from tracker.web.figures import scale_of
from tracker.web.whereabouts import NotThereError, Where, short_code
from tracker.web.wording import bar_width, fraction, percent, place_in_text

FEW_PROJECTS = 3
"""Below this many projects one of them moves a rate so much that its place says little."""

_NAMED_LEADERS = 3


@dataclass(frozen=True, slots=True)
class Standing:
    """A place and a rate by one measure, printed; `address` leads to the projects of the fraction."""

    measure: Measure
    placed: Placed | None
    rate: str
    bar: str
    fraction: str
    address: str
    chosen: bool


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One unit with its standing by every measure shown; `address` leads to its own page, "" where it has none."""

    code: str
    name: str
    beside: str
    address: str
    projects: int
    projects_address: str
    few: bool
    standings: list[Standing]
    peers: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a ranking is asked for: its measure, its grouping, what else is offered, and the measures side by side."""

    measure: Measure
    group: str
    groups: Mapping[str, str]
    measures: Mapping[str, Measure]
    shown: list[Measure]

    @property
    def unit_words(self) -> str:
        """Give the word for the units compared."""
        return self.groups[self.group]


def asked_of(where: Where, now: Tally) -> Asked:
    """Read measure and grouping from the address. Raises NotThereError, with what is offered, for others."""
    measures = measures_of(where.programme)
    # A county or zone holds no other to compare.
    groups = {key: words for key, words in where.groups.items() if not (where.is_unit and key == "county")}
    by = request.args.get("by") or "completion"
    group = request.args.get("group") or next(iter(groups))
    if by not in measures:
        offered = "、".join(f"{measure.title}（{key}）" for key, measure in measures.items())
        raise NotThereError(f"没有名为“{by}”的指标，可选：{offered}。")
    if group not in groups:
        offered = "、".join(f"{words}（{key}）" for key, words in groups.items())
        raise NotThereError(f"{where.full_name}不能按“{group}”比较，可选：{offered}。")
    money = "investment" if now["year_plan_known"] else "investment_of_total"
    keys = ["start", "completion", by if measures[by].money else money, "progress"]
    return Asked(measures[by], group, groups, measures, [measures[key] for key in keys])


def unit_rows(where: Where, asked: Asked, found: Mapping[str, Ranking], now: Tally) -> list[UnitRow]:
    """Give the rows in the chosen measure's order; units that only it does not know stand last among their peers."""
    by_code = {key: {row.code: row for row in ranking.rows} for key, ranking in found.items()}
    ordered = {row.code: row for ranking in (found[asked.measure.key], *found.values()) for row in ranking.rows}
    groups = list(dict.fromkeys(row.peers for row in ordered.values()))
    scales = _scales(asked, found, now)
    rows = sorted(ordered.values(), key=lambda row: groups.index(row.peers))
    lists = _lists(where, asked)
    return [_unit_row(where, asked, row, by_code, scales, lists) for row in rows]


def _lists(where: Where, asked: Asked) -> dict[str, str]:
    """Give the address of the whole area's list behind each measure's fraction, and of its projects under ""."""
    found = {"": where.to("projects.show", count="projects")}
    for measure in asked.shown:
        count, without = first_part(measure)
        found[measure.key] = where.to("projects.show", count=count, of=measure.key, without=without)
    return found


def _narrowed(where: Where, asked: Asked, address: str, code: str) -> str:
    """Give a list's address narrowed to a unit; building each anew costs more than all else on the page."""
    if asked.group in ("city", "county"):
        place = where.places.find(code)
        here = quote(short_code(place) if place else code, safe="")
        return address.replace(f"/{where.month}/{where.code}/", f"/{where.month}/{here}/", 1)
    return f"{address}{'&' if '?' in address else '?'}{urlencode({asked.group: code})}"


def _scales(asked: Asked, found: Mapping[str, Ranking], now: Tally) -> dict[str, Fraction]:
    return {
        measure.key: scale_of([rate_of(measure, now), *(row.rate for row in found[measure.key].rows)])
        for measure in asked.shown
    }


def _unit_row(
    where: Where,
    asked: Asked,
    row: RankedRow,
    by_code: Mapping[str, Mapping[str, RankedRow]],
    scales: Mapping[str, Fraction],
    lists: Mapping[str, str],
) -> UnitRow:
    place = where.places.find(row.code) if asked.group == "county" else None
    above = where.places.city(place) if place else where.area
    return UnitRow(
        code=row.code,
        name=row.name,
        beside=above.name if above.code not in (row.code, where.area.code) else "",
        address=unit_address(where, asked, row.code),
        projects=row.tally["projects"],
        projects_address=_narrowed(where, asked, lists[""], row.code),
        few=row.tally["projects"] < FEW_PROJECTS,
        standings=[
            _standing(
                where,
                measure,
                by_code[measure.key].get(row.code),
                row.tally,
                scales[measure.key],
                _narrowed(where, asked, lists[measure.key], row.code),
                chosen=measure.key == asked.measure.key,
            )
            for measure in asked.shown
        ],
        peers=row.peers,
    )


def _standing(
    where: Where,
    measure: Measure,
    row: RankedRow | None,
    tally: Tally,
    full: Fraction,
    address: str,
    *,
    chosen: bool,
) -> Standing:
    rate = rate_of(measure, tally)
    numbers = tally[measure.numerator], tally[measure.denominator]
    return Standing(
        measure,
        row.placed if row else None,
        percent(rate, where.programme.decimals),
        bar_width(rate, full),
        fraction(*numbers, is_money=measure.money) if rate is not None else "",
        address,
        chosen,
    )


def whole_row(where: Where, asked: Asked, found: Mapping[str, Ranking], now: Tally) -> UnitRow:
    """Give the line of the whole area, which stands first, as the offices do."""
    scales, lists = _scales(asked, found, now), _lists(where, asked)
    return UnitRow(
        code="",
        name="合计",
        beside="",
        address="",
        projects=now["projects"],
        projects_address=lists[""],
        few=False,
        standings=[
            _standing(
                where,
                measure,
                None,
                now,
                scales[measure.key],
                lists[measure.key],
                chosen=measure.key == asked.measure.key,
            )
            for measure in asked.shown
        ],
        peers="",
    )


def unit_address(where: Where, asked: Asked, code: str, by: str | None = None) -> str:
    """Give the address of a unit's own page; "" for the projects that bear no category or level."""
    if not code:
        return ""
    place = where.places.find(code) if asked.group in ("city", "county") else None
    unit = short_code(place) if place else code
    return where.to("rankings.show_unit", unit=unit, group=asked.group, by=by or asked.measure.key)


def leading_clauses(where: Where, asked: Asked, found: Ranking) -> list[str]:
    """Give the title: who leads by the chosen measure, among how many, with rate and fraction."""
    measure = asked.measure
    rivals = [row for row in found.rows if row.placed is not None]
    opening = f"{where.full_name}各{asked.unit_words}{measure.title}："
    if not rivals:
        return [opening, "没有能排名次的"]
    # Counties and zones are ranked apart: the title speaks of the first group, the counties.
    rivals = [row for row in rivals if row.peers == rivals[0].peers]
    first = [row for row in rivals if row.placed is not None and row.placed.place == 1]
    rate = percent(first[0].rate, where.programme.decimals)
    if len(first) == 1:
        row = first[0]
        return [
            opening,
            f"{row.name}第 1，",
            f"{fraction(row.numerator, row.denominator, is_money=measure.money)}，",
            rate,
        ]
    names = "、".join(row.name for row in first[:_NAMED_LEADERS])
    more = f"等 {len(first)} 个" if len(first) > _NAMED_LEADERS else ""
    return [opening, f"{names}{more}并列第 1，", rate]


def standing_clauses(where: Where, asked: Asked, row: RankedRow, rivals: int) -> list[str]:
    """Give a unit's title: its rate, its fraction and its place among its peers."""
    measure = asked.measure
    rate = percent(row.rate, where.programme.decimals)
    among = row.peers or asked.unit_words
    if row.placed is None:
        return [f"{row.name}{measure.title} {rate}，", f"在{where.full_name}各{among}中没有名次"]
    return [
        f"{row.name}{measure.title} {rate}，",
        f"{fraction(row.numerator, row.denominator, is_money=measure.money)}，",
        f"在{where.full_name} {rivals} 个{among}中{place_in_text(row.placed)}",
    ]
