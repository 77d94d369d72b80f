"""List table: what a county list says, column by column, before it becomes a file of some kind.

The headings are the declared ones and every value is written so that reading it gives the same value again:
a project that has not reported is marked, so that reading the list back does not report for it. A column that
a list leaves out says nothing when it is read back; one that only screens have is under a heading that the
reader does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import overload

from tracker.exchange.reading.heading_words import REPORTED, UNREPORTED
from tracker.exchange.writing.list_values import Written, place_text, written, written_figure
from tracker.exchange.writing.printed_table import DEMONSTRATION, LineRank, PrintedTable, TableColumn, TableLine
from tracker.ledger.handle import Ledger
from tracker.ledger.standings import ProjectState, listing
from tracker.model.fields import FIELD, STATED, Field, Kind
from tracker.model.folding import advance
from tracker.model.months import chinese_month
from tracker.model.places import Place, PlaceLevel, Places
from tracker.model.programme import Programme
from tracker.model.written import clean_text

CORE = (
    "name", "category", "level", "total_investment", "year_plan", "cumulative_investment", "planned_start",
    "actual_start", "planned_completion", "actual_completion", "stage", "progress", "problem",
)  # fmt: skip
"""The fields that a list has a column for even where no project fills it."""

LEFT_OUT = frozenset({"county", "phone"})
"""Fields without a column of their own: the county stands behind the name, phone numbers stay in the dossiers."""

SHEET_NAME = "工程项目清单"
_BOUNDS = {Kind.NAME: (22, 44), Kind.TEXT: (16, 60), Kind.CATEGORY: (12, 30), Kind.WORD: (8, 24), Kind.PLACES: (12, 24)}
"""Between which widths columns of texts are set; the others are as wide as their longest cell."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A column that is no field: what a screen works out of the projects, by code; its sum where `summed`.

    Reading the list back passes it over, so its heading must be none that a field goes by. `key` names it for
    programs; without one it goes by its number.
    """

    heading: str
    unit: str
    values: Mapping[str, str | Decimal]
    summed: bool = False
    key: str = ""


@dataclass(frozen=True, slots=True)
class CountyList:
    """What a list shows: the projects as they stand in a month, in an area of a programme.

    `sentence` says in words which of the area's projects these are, "" for all of them. `columns` are the
    columns to show after the name, in order: names of fields, "city", "reported" (whether the month is) or
    derived ones; None for every field that any project fills. Whether the month is reported is always told:
    reading the list back must not report for anyone.
    """

    programme: Programme
    month: str
    area: Place
    places: Places
    projects: Sequence[ProjectState]
    sentence: str = ""
    columns: Sequence[str | Derived] | None = None


@dataclass(frozen=True, slots=True)
class _ListColumn:
    """One column: how it is set, what it says of a project, and of all of them where sums make sense."""

    column: TableColumn
    written: Callable[[int, ProjectState], Written]
    total: Callable[[Iterable[ProjectState]], Written] | None = None


class _Lines(Sequence[TableLine]):
    """A list's lines, made whenever they are asked for: the sums of all projects, then a line a project."""

    def __init__(self, columns: Sequence[_ListColumn], projects: Sequence[ProjectState]) -> None:
        self._columns, self._projects = columns, projects

    def __len__(self) -> int:
        return 1 + len(self._projects)

    def __iter__(self) -> Iterator[TableLine]:
        sums = (column.total(self._projects) if column.total else Written(None) for column in self._columns)
        yield TableLine(tuple(sums), LineRank.TOTAL, range(1, len(self)))
        said = [column.written for column in self._columns]
        for number, project in enumerate(self._projects, start=1):
            yield TableLine(tuple([say(number, project) for say in said]))

    @overload
    def __getitem__(self, index: int) -> TableLine: ...
    @overload
    def __getitem__(self, index: slice) -> list[TableLine]: ...
    def __getitem__(self, index: int | slice) -> TableLine | list[TableLine]:
        return list(self)[index]


def projects_at(ledger: Ledger, programme: Programme, month: str, area: Place) -> list[ProjectState]:
    """Give an area's listed projects as they stand in a month, opened or not, by code."""
    found = []
    for project in listing(ledger, programme, month, area):
        # A month that was not opened holds the states of an earlier one; sums of its year or month ended with it.
        state = project.state if project.state.month == month else advance(project.state, month, (), programme)
        found.append(replace(project, state=state))
    return found


def printed_list(shown: CountyList) -> PrintedTable:
    """Give a list as a table: the line of sums first, as offices have it, then a line a project.

    Running number, code and name stay in sight on screen and stand on every page of paper.
    """
    columns = _columns_of(shown)
    return PrintedTable(
        key="list",
        name=SHEET_NAME,
        title=title_of(shown),
        columns=[column.column for column in columns],
        lines=_Lines(columns, shown.projects),
        said=when_of(shown),
        unit="单位：万元",
        demonstration=shown.programme.demonstration,
        repeated=3,
        filtered=True,
    )


def title_of(shown: CountyList) -> str:
    """Give the list's title: the area, the programme, the month, and whether it is a demonstration."""
    month = chinese_month(shown.month)
    mark = f"（{DEMONSTRATION}）" if shown.programme.demonstration else ""
    return f"{shown.area.name}{shown.programme.name}工程项目清单（{month}）{mark}"


def when_of(shown: CountyList) -> str:
    """Say when the list was filled in, and which of the area's projects it shows.

    Both in one text: months that the sentence names raise no question where the list's own stands beside them.
    """
    return f"填报时间：{chinese_month(shown.month)}" + (f"　范围：{shown.sentence}" if shown.sentence else "")


def _columns_of(shown: CountyList) -> list[_ListColumn]:
    """Give a list's columns from left to right: number, code and name first, whether the month is reported last."""
    wanted = _every_column(shown) if shown.columns is None else list(shown.columns)
    wanted = [*(each for each in wanted if each not in ("code", "name")), *(["reported"] * ("reported" not in wanted))]
    cities = "city" in wanted
    return [
        _ListColumn(TableColumn("number", "序号"), lambda number, _: Written(number, "0"), lambda _: Written("合计")),
        _ListColumn(TableColumn("code", FIELD["code"].title), lambda _, project: Written(project.code)),
        _field_column(FIELD["name"], shown),
        *(_column(each, shown, number, cities=cities) for number, each in enumerate(wanted, start=1)),
    ]


def _column(wanted: str | Derived, shown: CountyList, number: int, *, cities: bool) -> _ListColumn:
    if isinstance(wanted, Derived):
        return _derived_column(wanted, number)
    places = shown.places
    match wanted:
        case "city":
            city = TableColumn("city", "市", bounds=(8, 16))
            return _ListColumn(city, lambda _, project: Written(_city(places, project.county)))
        case "county":
            # Where the list names cities, a county's name means the one in its city.
            county = TableColumn("county", FIELD["county"].title, bounds=(8, 20))
            return _ListColumn(county, lambda _, project: Written(
                place_text(places, project.county, shown.area, _city(places, project.county) if cities else "")
            ))  # fmt: skip
        case "reported":
            reported = TableColumn("reported", "本月填报")
            return _ListColumn(reported, lambda _, project: Written(_reporting(project, shown.month)))
    return _field_column(FIELD[wanted], shown)


def _every_column(shown: CountyList) -> list[str | Derived]:
    """Give the columns of a list for which none were chosen: where, every field that any project fills."""
    filled = {name for project in shown.projects for name in project.state.values}
    fields = [field.name for field in STATED if field.name in {*CORE, *filled} and field.name not in LEFT_OUT]
    cities = shown.area.level in (PlaceLevel.COUNTRY, PlaceLevel.PROVINCE)
    return [*(["city"] * cities), "county", *fields]


def _city(places: Places, county: str) -> str:
    place = places.find(county)
    return places.city(place).name if place else ""


def _reporting(project: ProjectState, month: str) -> str:
    return REPORTED if project.state.reported and project.state.month == month else UNREPORTED


def _field_column(field: Field, shown: CountyList) -> _ListColumn:
    name = field.name
    area = shown.places.find(shown.programme.area) or shown.area

    def say(_: int, project: ProjectState) -> Written:
        value = project.state.values.get(name)
        if field.kind is Kind.PLACES and value is not None:
            return Written("、".join(place_text(shown.places, code, area) for code in value))
        return Written(None) if value is None else written(field, value)

    def add_up(projects: Iterable[ProjectState]) -> Written:
        sums = [project.state.values[name] for project in projects if name in project.state.values]
        return written(field, sum(sums, Decimal())) if sums else Written(None)

    summed = field.kind in (Kind.MONEY, Kind.QUANTITY)
    left = field.kind in (Kind.NAME, Kind.TEXT)
    column = TableColumn(name, field.heading, field.unit, bounds=_BOUNDS.get(field.kind), left=left, summed=summed)
    return _ListColumn(column, say, _count if name == "name" else add_up if summed else None)


def _count(projects: Iterable[ProjectState]) -> Written:
    return Written(f"共 {len(list(projects))} 个项目")


def _derived_column(derived: Derived, number: int) -> _ListColumn:
    def say(_: int, project: ProjectState) -> Written:
        value = derived.values.get(project.code)
        if value is None:
            return Written(None)
        return Written(clean_text(value)) if isinstance(value, str) else written_figure(value)

    def add_up(_: Iterable[ProjectState]) -> Written:
        sums = [value for value in derived.values.values() if isinstance(value, Decimal)]
        return written_figure(sum(sums, Decimal())) if sums else Written(None)

    figures = any(isinstance(value, Decimal) for value in derived.values.values())
    column = TableColumn(
        derived.key or f"column_{number}",
        derived.heading,
        derived.unit,
        bounds=None if figures else _BOUNDS[Kind.TEXT],
        left=not figures,
        summed=derived.summed,
    )
    return _ListColumn(column, say, add_up if derived.summed else None)
