"""Ranking room: an area's units by every measure side by side; one unit over the months, and what more would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby
from typing import NamedTuple, cast

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tracker.exchange.drawing.charts import SMALL, Line, LineChart, Rated, place_chart, small_charts
from tracker.ledger.handle import Ledger
from tracker.ledger.ranking_table import Group, RankedRow, Ranking, rankings
from tracker.ledger.standings import tallies
from tracker.ledger.trends import MonthRates, UnitMonth, rate_series, unit_series
from tracker.model.measures import Tally, measures_of, tally_names
from tracker.model.months import chinese_month, last_day
from tracker.model.places import PlaceLevel
from tracker.model.ranking import Share, chinese_place, place_of
from tracker.web.page_ledger import page_ledger
from tracker.web.pictures import LinesPicture, bars_of, lines_picture, months_shown, rates_of
from tracker.web.ranking_rows import (
    FEW_PROJECTS,
    Asked,
    UnitRow,
    asked_of,
    leading_clauses,
    links_of,
    standing_clauses,
    unit_address,
    unit_rows,
    whole_row,
)
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import PLACE_GROUPS, NotThereError, Where, short_code, where_of
from tracker.web.wording import DASH, fraction, percent, place_in_text, share_percent

blueprint = Blueprint("rankings", __name__)

_MULTIPLES_AT_ONCE = 24
"""How many small trends stand on the page unasked; more are a press away (`?trends=all`)."""

_MONTHS_OF_A_UNIT = 13
"""How many months a unit's own page goes back: a year, and the month that it is compared with."""

_NEIGHBOURS = 5
"""How many better and worse ones stand beside a unit among many."""

_MOST_SUPPOSED = 9999
_USUALLY_SUPPOSED = 2


class SmallTrend(NamedTuple):
    """One unit's rate over the months, small, leading to its own page."""

    key: str
    name: str
    words: str
    description: str
    address: str
    chart: LineChart


@dataclass(frozen=True, slots=True)
class SmallTrends:
    """Every unit's small trend, with the numbers of them all: a row for each unit, a column for each month."""

    units: Sequence[SmallTrend]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Supposed:
    """What more starts or completions would change: the field's name, its word, how many, and the sentence."""

    field: str
    verb: str
    number: int
    sentence: str


@dataclass(frozen=True, slots=True)
class _Asking:
    """A ranking as a page asks for it: where, what, the whole area's tally and the ranking by every measure shown."""

    ledger: Ledger
    where: Where
    now: Tally
    asked: Asked
    found: Mapping[str, Ranking]

    @property
    def chosen(self) -> Ranking:
        """Give the ranking by the measure asked for."""
        return self.found[self.asked.measure.key]

    def shown(self, template: str, clauses: list[str], kept: Mapping[str, str | None], **more: object) -> str:
        """Render a page of this room; `kept` is what goes along to another month or area."""
        return render_template(
            template,
            where=self.where,
            room="ranking",
            kept={"by": request.args.get("by"), "group": request.args.get("group"), **kept},
            asked=self.asked,
            clauses=clauses,
            last_day=last_day(self.where.month),
            few_projects=FEW_PROJECTS,
            **more,
        )


def _asking(month: str, area: str, *, of_one: bool = False) -> _Asking | str:
    """Read what a page asks for; give the page that says so where the area's list is empty.

    `of_one` leaves out, where counties of many cities are ranked, the measures that the page of one unit does not
    need: each is a press away there, and ranking them all for one row costs more than the page itself.
    """
    ledger = page_ledger()
    where = where_of(ledger, month, area)
    names = ("projects", *tally_names(measures_of(where.programme).values()))
    now = tallies(ledger, where.programme, where.month, where.area, names=names)[""]
    if not now["projects"]:
        return render_template("overview_empty.html", where=where, room="ranking")
    asked = asked_of(where, now)
    if of_one and asked.group == "county" and where.area.level in (PlaceLevel.COUNTRY, PlaceLevel.PROVINCE):
        needed = ("start", "completion", asked.measure.key)
        asked = replace(asked, shown=[measure for measure in asked.shown if measure.key in needed])
    keys = [measure.key for measure in asked.shown]
    found = rankings(ledger, where.programme, where.month, keys, cast(Group, asked.group), where.area)
    return _Asking(ledger, where, now, asked, found)


@blueprint.get("/ranking/<month>/<area>")
@room(Permission.READ)
def show(month: str, area: str) -> ResponseReturnValue:
    """Show an area's units by every measure, in the order of one (`?by=`), by a grouping (`?group=`)."""
    asking = _asking(month, area)
    if isinstance(asking, str):
        return asking
    where, asked, found, chosen = asking.where, asking.asked, asking.found, asking.chosen
    rows = unit_rows(where, asked, found, asking.now)
    wanted = len(rows) <= _MULTIPLES_AT_ONCE or request.args.get("trends") == "all"
    return asking.shown(
        "ranking.html",
        leading_clauses(where, asked, chosen),
        {},
        whole=whole_row(where, asked, found, asking.now),
        peer_groups=[(peers, list(members)) for peers, members in groupby(rows, key=lambda row: row.peers)],
        few=any(row.few for row in rows),
        trends=_small_trends(asking, rows) if wanted else None,
        trends_elsewhere=0 if wanted else len(rows),
        unknown=links_of(where, asked.group, chosen.unknown),
        unknown_number=asking.now[asked.measure.unknown] if asked.measure.unknown else 0,
        unknown_address=where.to("projects.show", count=asked.measure.unknown or "projects", of=asked.measure.key),
        without_projects=links_of(where, asked.group, chosen.without_projects),
        among=_among(where),
    )


def _among(where: Where) -> tuple[str, str] | None:
    """Give the words and the address of this area's own place among those beside it, None at the top."""
    above = where.above
    if above is None:
        return None
    group = "city" if where.area.level is PlaceLevel.CITY else "county"
    address = where.to("rankings.show_unit", above, unit=short_code(where.area), group=group, by=request.args.get("by"))
    return f"{where.full_name}在{above.name}的名次", address


def _rates(months: Sequence[MonthRates], code: str) -> dict[str, Fraction]:
    return {at.month: Fraction(*at.shares[code]) for at in months if code in at.shares}


def _by_month(shares: Mapping[str, Share | None]) -> dict[str, Fraction]:
    return {month: Fraction(*share) for month, share in shares.items() if share is not None}


def _is_yearly(asked: Asked) -> bool:
    """Say whether the measure adds up a year's sums, which begin anew in January."""
    return asked.measure.key == "investment"


def _small_trends(asking: _Asking, rows: Sequence[UnitRow]) -> SmallTrends | None:
    """Draw every unit's rate over the months, all on one scale, with the whole area's behind it; None for one month."""
    where, asked = asking.where, asking.asked
    group, measure, names = cast(Group, asked.group), asked.measure, months_shown(where)
    if len(names) < 2:
        return None
    months = rate_series(asking.ledger, where.programme, names, measure, group, where.area)
    yearly, decimals = _is_yearly(asked), where.programme.decimals
    # Only what exceeds 100 % makes the scale higher than that.
    over = [Fraction(*share) for at in months for share in at.shares.values() if share[0] > share[1]]
    highest = max([Fraction(1), *over])
    drawn = [(row, rates) for row in rows if (rates := _rates(months, row.code))]
    whole = Line("whole", "", _by_month({at.month: at.share for at in months}), yearly=yearly)
    lines = [Line("done", "", rates, yearly=yearly) for _, rates in drawn]
    units, table = [], [("合计", *(share_percent(at.share, decimals) for at in months))]
    for number, ((row, rates), chart) in enumerate(
        zip(drawn, small_charts(whole, lines, names, SMALL, highest), strict=True)
    ):
        printed = {month: percent(rates.get(month), decimals) for month in names}
        known = [printed[month] for month in names if month in rates]
        said = f"{chinese_month(names[0])}到{chinese_month(names[-1])}，{measure.title}从 {known[0]} 到 {known[-1]}。"
        address = row.address or row.projects_address
        units.append(SmallTrend(f"small-{number}", row.name, known[-1], said, address, chart))
        table.append((row.name, *printed.values()))
    return SmallTrends(units, (asked.unit_words, *names), table)


@blueprint.get("/ranking/<month>/<area>/unit")
@room(Permission.READ)
def show_unit(month: str, area: str) -> ResponseReturnValue:
    """Show one unit (`?unit=`) of a ranking: its places, its way over the months, and what more would change."""
    asking = _asking(month, area, of_one=True)
    if isinstance(asking, str):
        return asking
    where, asked, found = asking.where, asking.asked, asking.found
    row, rivals = _unit(where, asked, asking.chosen)
    unit = request.args.get("unit")
    return asking.shown(
        "ranking_unit.html",
        standing_clauses(where, asked, row, len(rivals)),
        {"unit": unit, "stood": where.code},
        own=unit_rows(where, asked, found, asking.now, only=row.code)[0],
        row=row,
        addresses={key: unit_address(where, asked, row.code, key) for key in asked.measures},
        **_unit_pictures(asking, row, rivals),
        supposed=_supposed(where, found, row),
        unit=unit,
    )


def _unit(where: Where, asked: Asked, found: Ranking) -> tuple[RankedRow, list[RankedRow]]:
    """Give the row that the address names and those placed among its peers. Raises NotThereError."""
    code = request.args.get("unit") or ""
    place = where.places.find(code) if asked.group in PLACE_GROUPS else None
    code = place.code if place else code
    row = next((each for each in found.rows if each.code and each.code == code), None)
    if row is None:
        name = dict((*found.without_projects, *found.unknown)).get(code)
        why = f"{name}没有可排名的项目" if name else f"没有“{code}”这个单位"
        raise NotThereError(f"{where.full_name}各{asked.unit_words}的{asked.measure.title}排名里，{why}。")
    return row, [each for each in found.rows if each.peers == row.peers and each.placed is not None]


def _unit_pictures(asking: _Asking, row: RankedRow, rivals: Sequence[RankedRow]) -> dict[str, object]:
    """Draw a unit's rate beside the whole's, its places, and its bar among its peers'."""
    where, asked, names = asking.where, asking.asked, months_shown(asking.where)[-_MONTHS_OF_A_UNIT:]
    group, measure, title = cast(Group, asked.group), asked.measure, asked.measure.title
    drawn: dict[str, object] = {"rates": None, "places": None, "bars": None, "bars_left_out": 0}
    if len(names) > 1:
        months = unit_series(asking.ledger, where.programme, names, measure, group, where.area, row.code)
        own = _by_month({at.month: at.share for at in months})
        whole = _by_month({at.month: at.whole for at in months})
        pair = [("done", row.name, own), ("whole", "合计", whole)]
        drawn["rates"] = rates_of(
            "rates", f"{row.name}{title}与{where.full_name}合计", where, names, pair, yearly=_is_yearly(asked)
        )
        drawn["places"] = _places(where, asked, row, months)
    if len(rivals) > 1:
        near = _near(rivals, row)
        units = [
            Rated(
                each.name,
                chinese_place(each.placed) if each.placed else DASH,
                each.placed.place if each.placed else None,
                each.rate,
                share_percent(each.share, where.programme.decimals),
                each.code == row.code,
            )
            for each in near
        ]
        drawn["bars_left_out"] = len(rivals) - len(near)
        words = f"{row.peers or asked.unit_words} {len(units)} 个，按名次排列，相同的比率并列。"
        drawn["bars"] = bars_of(f"{where.full_name}各{row.peers or asked.unit_words}{title}", words, units)
    return drawn


def _near(rivals: Sequence[RankedRow], row: RankedRow) -> Sequence[RankedRow]:
    """Give those around a unit's place, where all of them would make too long a picture."""
    if len(rivals) <= _MULTIPLES_AT_ONCE or row not in rivals:
        return rivals[:_MULTIPLES_AT_ONCE]
    first = min(max(rivals.index(row) - _NEIGHBOURS, 0), len(rivals) - 2 * _NEIGHBOURS - 1)
    return rivals[first : first + 2 * _NEIGHBOURS + 1]


def _places(where: Where, asked: Asked, row: RankedRow, months: Sequence[UnitMonth]) -> LinesPicture | None:
    """Draw a unit's places over the months, the first at the top."""
    names = [at.month for at in months]
    placed = {at.month: at.placed for at in months if at.placed is not None}
    if not placed:
        return None
    first, last = placed[min(placed)], placed[max(placed)]
    line = Line("done", place_in_text(last), {month: found.place for month, found in placed.items()})
    lowest = max(at.last for at in months)
    cells = {}
    for at in months:
        cells[at.month] = (
            chinese_place(placed[at.month]) if at.month in placed else DASH,
            share_percent(at.share, where.programme.decimals),
            fraction(*at.numbers, is_money=asked.measure.money) if at.numbers else DASH,
        )
    return lines_picture(
        "places",
        f"{row.name}{asked.measure.title}名次",
        f"{chinese_month(min(placed))}{place_in_text(first)}，{chinese_month(max(placed))}{place_in_text(last)}。",
        lambda size: place_chart(line, names, lowest, size),
        ("月份", "名次", asked.measure.title, "分数"),
        cells,
    )


def _supposed(where: Where, found: Mapping[str, Ranking], row: RankedRow) -> list[Supposed]:
    """Say where the unit would stand if some more of its projects were started, or completed."""
    return [
        supposed
        for field, verb in (("start", "开工"), ("completion", "完工"))
        if (supposed := _one_supposed(where, found[field], row.code, field, verb)) is not None
    ]


def _one_supposed(where: Where, found: Ranking, code: str, field: str, verb: str) -> Supposed | None:
    row = next((each for each in found.rows if each.code == code), None)
    if row is None or row.placed is None or not row.denominator:
        return None
    asked = _number(f"more_{field}")
    left = row.denominator - row.numerator
    title, decimals = found.measure.title, where.programme.decimals
    if not left:
        rate = share_percent(row.share, decimals)
        return Supposed(field, verb, asked, f"计入的 {row.denominator} 项都已{verb}，{title}已是 {rate}。")
    more = min(asked, left)
    rivals = [each for each in found.rows if each.peers == row.peers and each.placed]
    shares = {each.code: each.share for each in rivals if each.share is not None}
    shares[code] = (row.numerator + more, row.denominator)
    then, _ = place_of(code, shares, where.programme.tie_rule)
    assert then is not None  # noqa: S101 - its share stands among them
    before, after = (place_in_text(placed) for placed in (row.placed, then))
    moved = (
        f"名次由{before} 升至{after}" if then.place < row.placed.place
        else f"名次仍为{after}" if before == after
        else f"名次由{before} 变为{after}"
    )  # fmt: skip
    limit = f"（未{verb}的只有 {left} 项）" if asked > left else ""
    rise = f"{title}由 {share_percent(row.share, decimals)} 变为 {share_percent(shares[code], decimals)}"
    sentence = f"若再{verb} {more} 项{limit}，其他单位不变，{rise}，{moved}。"
    return Supposed(field, verb, asked, sentence)


def _number(name: str) -> int:
    """Read how many more are supposed. Raises NotThereError for anything but a whole number in reach."""
    text = request.args.get(name, "").strip() or str(_USUALLY_SUPPOSED)
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_MOST_SUPPOSED))):
        raise NotThereError(f"“{text}”不是项目数，应为 0 到 {_MOST_SUPPOSED} 的整数，例如 2。")
    return int(text)
