"""Ranking rows: what a ranking is asked for, and an area's units with their standing by every measure, printed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from flask import request
from markupsafe import Markup, escape

from tracker.ledger.ranking_table import RankedRow, Ranking
from tracker.model.measures import Measure, Tally, measures_of, share_of
from tracker.model.ranking import Placed, Share
from tracker.web.counts import first_part
from tracker.web.figures import scale_of
from tracker.web.whereabouts import PLACE_GROUPS, Addresses, NotThereError, Where, short_code
from tracker.web.wording import fraction, place_in_text, share_percent, share_width

FEW_PROJECTS = 3
"""Below this many projects one of them moves a rate so much that its place says little."""

_NAMED_LEADERS = 3


class Standing(NamedTuple):
    """A place and a rate by one measure, printed; `address`, escaped, leads to the projects of the fraction.

    `bar` is the width of the chosen measure's bar: the others show none.
    """

    measure: Measure
    placed: Placed | None
    rate: str
    bar: str
    fraction: str
    address: Markup
    chosen: bool


class UnitRow(NamedTuple):
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


@dataclass(frozen=True, slots=True)
class _Printing:
    """What the rows of one table share: what fills a bar, and the addresses that lead from a unit.

    `lists` are those of the projects behind each measure's fraction, escaped, and of all projects under "".
    """

    where: Where
    asked: Asked
    full: Fraction
    units: Addresses
    lists: Mapping[str, Addresses]


def _printing(where: Where, asked: Asked, found: Mapping[str, Ranking], now: Tally) -> _Printing:
    shares = [row.share for row in found[asked.measure.key].rows]
    before, after = unit_address(where, asked, "-").split("unit=-", 1)
    lists = {"": where.addresses(asked.group, "projects.show", count="projects")}
    for measure in asked.shown:
        count, without = first_part(measure)
        plain = where.addresses(asked.group, "projects.show", count=count, of=measure.key, without=without)
        lists[measure.key] = escaped(plain)
    full = scale_of([share_of(asked.measure, now), *shares])
    return _Printing(where, asked, full, Addresses(f"{before}unit=", after), lists)


def unit_rows(
    where: Where, asked: Asked, found: Mapping[str, Ranking], now: Tally, only: str | None = None
) -> list[UnitRow]:
    """Give the rows in the chosen measure's order; units that only it does not know stand last among their peers.

    `only` is the code of the one unit whose row is wanted.
    """
    by_code = {key: {row.code: row for row in ranking.rows} for key, ranking in found.items()}
    ordered = {row.code: row for ranking in (found[asked.measure.key], *found.values()) for row in ranking.rows}
    groups = list(dict.fromkeys(row.peers for row in ordered.values()))
    rows = sorted(ordered.values(), key=lambda row: groups.index(row.peers))
    printing = _printing(where, asked, found, now)
    return [_unit_row(printing, row, by_code) for row in rows if only in (None, row.code)]


def _unit_row(printing: _Printing, row: RankedRow, by_code: Mapping[str, Mapping[str, RankedRow]]) -> UnitRow:
    where, asked, lists = printing.where, printing.asked, printing.lists
    place = where.places.find(row.code) if asked.group == "county" else None
    above = where.places.city(place) if place else where.area
    written = where.written(asked.group, row.code)
    standings = []
    for measure in asked.shown:
        ranked = by_code[measure.key].get(row.code)
        address = Markup(lists[measure.key].of(written))  # noqa: S704 - its parts are escaped
        if ranked is None:
            # A unit of whose projects nothing is known by this measure: it has neither rate nor place.
            standings.append(_standing(printing, measure, None, None, address))
        else:
            standings.append(_standing(printing, measure, ranked.placed, ranked.share, address))
    return UnitRow(
        code=row.code,
        name=row.name,
        beside=above.name if above.code not in (row.code, where.area.code) else "",
        address=printing.units.of(written) if row.code else "",
        projects=row.tally["projects"],
        projects_address=lists[""].of(written),
        few=row.tally["projects"] < FEW_PROJECTS,
        standings=standings,
        peers=row.peers,
    )


def _standing(
    printing: _Printing, measure: Measure, placed: Placed | None, share: Share | None, address: Markup
) -> Standing:
    chosen = measure.key == printing.asked.measure.key
    return Standing(
        measure,
        placed,
        share_percent(share, printing.where.programme.decimals),
        share_width(share, printing.full) if chosen else "",
        "" if share is None else fraction(*share, is_money=measure.money),
        address,
        chosen,
    )


def whole_row(where: Where, asked: Asked, found: Mapping[str, Ranking], now: Tally) -> UnitRow:
    """Give the line of the whole area, which stands first, as the offices do."""
    printing = _printing(where, asked, found, now)
    standings = []
    for measure in asked.shown:
        count, without = first_part(measure)
        address = escape(where.to("projects.show", count=count, of=measure.key, without=without))
        standings.append(_standing(printing, measure, None, share_of(measure, now), address))
    return UnitRow(
        code="",
        name="合计",
        beside="",
        address="",
        projects=now["projects"],
        projects_address=where.to("projects.show", count="projects"),
        few=False,
        standings=standings,
        peers="",
    )


def unit_address(where: Where, asked: Asked, code: str, by: str | None = None) -> str:
    """Give the address of a unit's own page; "" for the projects that bear no category or level."""
    if not code:
        return ""
    place = where.places.find(code) if asked.group in PLACE_GROUPS else None
    unit = short_code(place) if place else code
    return where.to("rankings.show_unit", unit=unit, group=asked.group, by=by or asked.measure.key)


def links_of(where: Where, group: str, units: Iterable[tuple[str, str]]) -> list[tuple[str, str | None]]:
    """Give units' names, each with the address of its overview, None where the units are no places."""
    if group not in PLACE_GROUPS:
        return [(name, None) for _, name in units]
    addresses = where.addresses(group, "overview.show")
    return [(name, addresses.of(where.written(group, code))) for code, name in units]


def escaped(addresses: Addresses) -> Addresses:
    """Give addresses as a page holds them, once for all rows: a unit as addresses write it has nothing to escape."""
    return Addresses(str(escape(addresses.before)), str(escape(addresses.after)))


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
    rate = share_percent(first[0].share, where.programme.decimals)
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
    rate = share_percent(row.share, where.programme.decimals)
    among = row.peers or asked.unit_words
    if row.placed is None:
        return [f"{row.name}{measure.title} {rate}，", f"在{where.full_name}各{among}中没有名次"]
    return [
        f"{row.name}{measure.title} {rate}，",
        f"{fraction(row.numerator, row.denominator, is_money=measure.money)}，",
        f"在{where.full_name} {rivals} 个{among}中{place_in_text(row.placed)}",
    ]
