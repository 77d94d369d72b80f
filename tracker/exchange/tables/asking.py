"""Asking: what one table is about, the figures it is made of, and the sentences that stand around every table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from tracker.exchange.writing.list_table import projects_at
from tracker.exchange.writing.list_values import place_text
from tracker.exchange.writing.printed_table import DEMONSTRATION, Paper, PrintedTable, TableColumn, TableLine
from tracker.ledger.corrected import Corrected, corrected_since, corrected_tally
from tracker.ledger.handle import Ledger
from tracker.ledger.listings import Condition, Wanted, conditions_of, narrowed_to, select
from tracker.ledger.months import Month, months
from tracker.ledger.programmes import places_of, standing_month
from tracker.ledger.standings import ProjectState, tallies
from tracker.model.fields import FIELD
from tracker.model.measures import Measure, Tally, measures_of, share_of, tally_names
from tracker.model.months import chinese_month, last_day
from tracker.model.places import ROOT, Place, PlaceLevel, Places
from tracker.model.programme import Programme
from tracker.model.ranking import print_share

BY_WORDS = {"area": "地区", "category": "工程类别", "level": "项目级别"}
"""What a summary or a ranking can go by, in words."""

ORDERS = ("completion", "start", "investment")
"""By which measure the lines of a ranking stand in order."""

EVERYTHING = Wanted()
_NAMED = 20
_SIGNS = "-－—–−+＋"
_NOTHING_CHOSEN: Sequence[TableLine] = ()


@dataclass(frozen=True)
class Asked:
    """One table as it is asked for: of which ledger, programme, month, area and selection.

    `month` need not be open: the states of the last open one before it stand in, as on every page. `by` is one of
    BY_WORDS, or "county" for the counties of a larger area; `order` one of ORDERS; `wanted` narrows the projects;
    `annex` is the number that is printed above the title, "" for none; `project` is a dossier's code.
    """

    ledger: Ledger
    programme: Programme
    month: str
    area: Place
    by: str = "area"
    order: str = "completion"
    wanted: Wanted = EVERYTHING
    annex: str = ""
    project: str = ""

    @cached_property
    def places(self) -> Places:
        """Give the divisions and units of the programme."""
        return places_of(self.ledger, self.programme)

    @cached_property
    def conditions(self) -> list[Condition]:
        """Give the filters of the selection."""
        return conditions_of(self.ledger, self.programme, self.month, self.area, self.wanted)

    @property
    def is_large(self) -> bool:
        """Say whether the area is a province or more, so that its sums are told in 亿元."""
        return self.area.level in (PlaceLevel.COUNTRY, PlaceLevel.PROVINCE)

    @property
    def money_unit(self) -> str:
        """Give the unit of an area's sums."""
        return "亿元" if self.is_large else "万元"

    @property
    def is_unit(self) -> bool:
        """Say whether projects stand directly in the area."""
        return self.places.is_unit(self.area)

    @cached_property
    def month_opened(self) -> Month | None:
        """Give the month where it was opened."""
        return months(self.ledger, self.programme.key).get(self.month)

    @cached_property
    def area_name(self) -> str:
        """Give the area's name; two counties of one name are told apart by their city."""
        if self.area.level not in (PlaceLevel.COUNTY, PlaceLevel.UNIT):
            return self.area.name
        top = self.places.find(self.programme.area) or ROOT
        namesakes = len(self.places.named(self.area.name, top)) > 1
        return self.places.full_name(self.area) if namesakes else self.area.name

    def tallies(self, group: str | None = None) -> dict[str, dict[str, int]]:
        """Give the ledger's counts and sums of the selection, whole under "" or by a grouping."""
        narrowed = narrowed_to(self.conditions)
        return tallies(self.ledger, self.programme, self.month, self.area, group, narrowed=narrowed)

    @cached_property
    def tally(self) -> dict[str, int]:
        """Give the counts and sums of the whole selection."""
        return self.tallies()[""]

    def projects(self, count: str | None = None) -> list[ProjectState]:
        """Give the projects of the selection as they stand in the month, by place and code.

        `count` keeps only those that a count of the ledger counts.
        """
        found = projects_at(self.ledger, self.programme, self.month, self.area)
        if count is not None or self.wanted != EVERYTHING:
            wanted = self.wanted if count is None else replace(self.wanted, count=count)
            chosen = select(self.ledger, self.programme, self.month, self.area, wanted, fields=("name",))
            kept = {project.code for project in chosen.projects}
            found = [project for project in found if project.code in kept]
        return sorted(found, key=lambda project: (*self.place_order(project.county), project.code))

    def place_order(self, code: str) -> tuple[str, str]:
        """Give what places are put in order by: their city, then their own code."""
        place = self.places.find(code)
        return (self.places.city(place).code if place else "", code)

    def city_of(self, county: str) -> Place:
        """Give the city of a county by its code."""
        place = self.places.find(county)
        return self.places.city(place) if place else self.area

    def place_name(self, code: str) -> str:
        """Give the shortest name that means a place in the area, so that two 城区 are told apart."""
        return place_text(self.places, code, self.area)

    def rate(self, measure: Measure, tally: Tally) -> str | None:
        """Print a measure's rate without its sign; None where the denominator is zero."""
        share = share_of(measure, tally)
        return None if share is None else print_share(*share, self.programme.decimals)

    def table(
        self,
        key: str,
        word: str,
        columns: Sequence[TableColumn],
        lines: Sequence[TableLine] = _NOTHING_CHOSEN,
        *,
        notes: Iterable[str] = (),
        unit: str = "",
        beside: str = "",
        paper: Paper = Paper.A4,
        repeated: int = 1,
    ) -> PrintedTable:
        """Give a table of this area and month: its title, what is said below it and `beside` that, its notes."""
        mark = f"（{DEMONSTRATION}）" if self.programme.demonstration else ""
        return PrintedTable(
            key=key,
            name=word,
            title=f"{self.area_name}{self.programme.name}工程{word}（{chinese_month(self.month)}）{mark}",
            columns=columns,
            lines=lines,
            said="　".join(part for part in (self._until, self._selection, beside) if part),
            unit=f"单位：{unit}" if unit else "",
            notes=[*notes, *standing_notes(self)],
            annex=self.annex,
            demonstration=self.programme.demonstration,
            repeated=repeated,
            paper=paper,
        )

    @property
    def _until(self) -> str:
        day = last_day(self.month)
        opened = self.month_opened
        state = "（本月没有开放填报）" if opened is None else "（已封账）" if opened.closing else "（尚未封账）"
        return f"截至{day.year}年{day.month}月{day.day}日{state}"

    @property
    def _selection(self) -> str:
        words = "，".join(condition.words for condition in self.conditions if condition.words)
        return f"范围：{words}" if words else ""


def annex_words(number: str) -> str:
    """Give what stands above a title for an annex number: `附件1`; "" for none, or for one with a sign before it."""
    number = "".join(number.split()).removeprefix("附件")
    return f"附件{number}" if number and number[0] not in _SIGNS else ""


def some(names: Sequence[str]) -> str:
    """Name the first of many."""
    more = f" 等 {len(names)} 个" if len(names) > _NAMED else ""
    return "、".join(names[:_NAMED]) + more


def standing_notes(asked: Asked) -> list[str]:
    """Say what every table of a month says: another month that stands in, an empty list, later corrections."""
    ledger, programme, month = asked.ledger, asked.programme, asked.month
    standing = standing_month(ledger, programme.key, month)
    notes = []
    if standing is not None and standing != month:
        notes.append(f"{chinese_month(month)}没有开放填报，按{chinese_month(standing)}的状态计算。")
    if not asked.tally["projects"]:
        chosen = "符合条件的" if asked.conditions else ""
        notes.append(f"{asked.area_name}{chinese_month(month)}没有{chosen}项目。")
    closing = asked.month_opened.closing if asked.month_opened else None
    if closing is None:
        return notes
    corrected = corrected_since(ledger, programme, month, asked.area)
    if corrected:
        named = [f"{each.name}（{corrected_words(each)}）" for each in corrected]
        notes.append(
            f"本月已于 {closing.at[:10]} 封账，表中是封账时的数字；封账后更正 {len(corrected)} 项：{some(named)}。"
            + _corrected_rates(asked)
        )
    return notes


def corrected_words(corrected: Corrected) -> str:
    """Say what became of a project after its month was closed."""
    if corrected.frozen is None:
        return "封账后补登记"
    if corrected.frozen.listed and not corrected.now.listed:
        return "封账后终止或撤销登记"
    headings = [FIELD[name].heading for name in corrected.fields]
    return f"更正{'、'.join(headings)}" if headings else "阶段有更正"


def _corrected_rates(asked: Asked) -> str:
    """Say which rates of the area the corrections move."""
    measures = measures_of(asked.programme)
    names = tally_names(measures.values())
    now = corrected_tally(asked.ledger, asked.programme, asked.month, asked.area, names)
    frozen = tallies(asked.ledger, asked.programme, asked.month, asked.area, names=names)[""]
    moved = [
        f"{measure.title} {asked.rate(measure, frozen) or '—'} % 变为 {asked.rate(measure, now) or '—'} %"
        for measure in measures.values()
        if share_of(measure, frozen) != share_of(measure, now)
    ]
    return f"按更正后的数字，{'，'.join(moved)}。" if moved else ""


def rate_notes(measures: Iterable[Measure]) -> list[str]:
    """Give the sentence of each measure."""
    return [f"{measure.sentence}。" for measure in measures]


def left_out_notes(asked: Asked, measures: Iterable[Measure]) -> list[str]:
    """Name the projects that each measure leaves out because something is unknown."""
    notes = []
    for measure in measures:
        if measure.unknown and asked.tally[measure.unknown]:
            names = [project.name for project in asked.projects(measure.unknown)]
            notes.append(f"{measure.title}不含 {len(names)} 个数据不明的项目：{some(names)}。")
    return notes


def shared_columns(asked: Asked) -> list[TableColumn]:
    """Give the first columns of every table of projects: number, county (where there are several), code, name."""
    county = TableColumn("county", "县（市、区）", bounds=(8, 20))
    return [
        TableColumn("number", "序号"),
        TableColumn("county_code", "县代码", on_paper=False),
        replace(county, on_paper=not asked.is_unit),
        TableColumn("code", "项目编码"),
        TableColumn("name", "项目名称", bounds=(22, 44), left=True),
    ]


def by_county(projects: Iterable[ProjectState]) -> Mapping[str, list[ProjectState]]:
    """Give projects by county, both in the order they come in."""
    found: dict[str, list[ProjectState]] = {}
    for project in projects:
        found.setdefault(project.county, []).append(project)
    return found
