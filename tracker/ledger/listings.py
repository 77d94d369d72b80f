"""Listings: an area's list narrowed by filters, searched, put in order and taken page by page.

Every filter is SQL, what is bound to it, and the words that say it: a page, an export and their tests
ask for the same selection and can say which it is.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tracker.ledger.changes import changed_projects, earlier_month
from tracker.ledger.columns import FIELD_COLUMNS
from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import places_of, standing_month
from tracker.ledger.ranking_table import UNFILLED
from tracker.ledger.standings import (
    CONDITIONS,
    SUMS,
    Narrowed,
    ProjectState,
    plain_rows,
    project_columns,
    project_states,
    scope_condition,
    scope_parameters,
)
from tracker.model.months import chinese_month
from tracker.model.names import plain_name
from tracker.model.pinyin_initials import has_initials, is_initials
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.model.stages import STAGE_WORDS, Stage

PAGE_SIZE = 45
"""Projects on one page of a list."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; None where it is not.

    `city` and `county` are places' codes; "" asks for projects whose category, level or stage is not
    filled in; `stage` is a stage's stored name; `lamp` one of LAMP_CONDITIONS; `count` and `without` are
    counts of CONDITIONS; `search` is text in which spaces separate what must all be found.
    """

    search: str = ""
    city: str | None = None
    county: str | None = None
    category: str | None = None
    level: str | None = None
    stage: str | None = None
    lamp: str | None = None
    reported: bool | None = None
    problem: bool | None = None
    changed: bool | None = None
    count: str | None = None
    without: str | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter: a condition over `state`, the values bound to it, and the words that say it.

    The words of counts are the pages' own: theirs are "".
    """

    sql: str
    parameters: Mapping[str, str]
    words: str


@dataclass(frozen=True, slots=True)
class Selection:
    """A list's projects, counted and added up as a whole; sums in 分, None where none of them is known."""

    conditions: tuple[Condition, ...]
    counts: Mapping[str, int]
    sums: Mapping[str, int | None]
    projects: tuple[ProjectState, ...]

    @property
    def number(self) -> int:
        """Give how many projects the whole selection holds."""
        return self.counts["projects"]

    @property
    def words(self) -> list[str]:
        """Give the filters in words, in the order they are asked for."""
        return [condition.words for condition in self.conditions if condition.words]


_RED, _LATE_START = f"coalesce({CONDITIONS['late_completion']}, 0)", f"coalesce({CONDITIONS['late_start']}, 0)"
LAMP_CONDITIONS: dict[str, tuple[str, str]] = {
    "behind": (f"({_RED} OR {_LATE_START})", "亮灯为预警或提醒"),
    "red": (_RED, "亮灯为预警"),
    "amber": (f"(NOT {_RED} AND {_LATE_START})", "亮灯为提醒"),
    "green": (f"NOT ({_RED} OR {_LATE_START})", "亮灯为正常"),
}
"""Which projects show a lamp, as a condition over `state` and in words."""

_THIS_YEAR = SUMS["year_plan"][1]
LISTED_SUMS: dict[str, tuple[str, str]] = {
    name: SUMS[name] for name in ("total_investment", "year_plan", "cumulative_investment", "year_done")
}
"""The sums of a list, as SUMS has them: what is added up, and over which projects."""

COUNTED = ("projects", "started", "completed", "behind", "unreported")
"""The counts of CONDITIONS that come with every list."""

_STAGE_ORDER = " ".join(f"WHEN '{stage.value}' THEN {position}" for position, stage in enumerate(Stage))
_EARLIEST_MISSED = (
    f"min(CASE WHEN {_LATE_START} THEN start_due ELSE '9999' END, CASE WHEN {_RED} THEN completion_due ELSE '9999' END)"
)
ORDERS: dict[str, tuple[str, ...]] = {
    "code": (),
    "county": ("county",),
    "category": ("category",),
    "level": ("level",),
    "stage": (f"CASE effective_stage {_STAGE_ORDER} END",),
    "lamp": (f"CASE WHEN {_RED} THEN 0 WHEN {_LATE_START} THEN 1 ELSE 2 END", _EARLIEST_MISSED),
    "total_investment": ("total_investment",),
    "year_plan": (f"CASE WHEN {_THIS_YEAR} THEN year_plan END",),
    "year_done": (f"CASE WHEN {_THIS_YEAR} THEN year_done END",),
    "cumulative_investment": ("cumulative_investment",),
    # As model.folding.progress_share says it; quotients of equal fractions are equal here too.
    "progress": (
        "CASE WHEN progress_percent IS NOT NULL THEN progress_percent / 10000.0 WHEN completed THEN 1.0 "
        "WHEN NOT started THEN 0.0 WHEN total_investment > 0 "
        "THEN min(1.0 * cumulative_investment / total_investment, 1.0) END",
    ),
    "planned_start": ("start_due", "planned_start"),
    "actual_start": ("actual_start",),
    "planned_completion": ("completion_due", "planned_completion"),
    "actual_completion": ("actual_completion",),
}
"""What a list can be put in order by: the columns of ORDER BY for each name; the code follows them all."""


def select(
    ledger: Ledger,
    programme: Programme,
    month: str,
    within: Place,
    wanted: Wanted,
    order: str = "code",
    *,
    descending: bool = False,
    page: int | None = None,
    fields: Sequence[str] = FIELD_COLUMNS,
) -> Selection:
    """Give an area's listed projects that a list is narrowed to, in order.

    With a page (from 1) only its projects come; counts and sums are always of the whole selection. What
    is unknown comes last in either direction, and the code decides between equals. `fields` are those whose
    values are wanted: each costs its time for every project. Raises ValueError for an order that is not one
    of ORDERS.
    """
    standing = standing_month(ledger, programme.key, month)
    ordered = _ordered(order, descending=descending)
    if standing is None:
        return Selection((), dict.fromkeys(COUNTED, 0), dict.fromkeys(LISTED_SUMS), ())
    conditions = tuple(conditions_of(ledger, programme, month, within, wanted))
    chosen, bound = _chosen(programme, standing, month, within, conditions)
    counts = [f"coalesce(sum({CONDITIONS[name]}), 0)" for name in COUNTED]
    sums = [f"sum(CASE WHEN {which} THEN {column} END)" for column, which in LISTED_SUMS.values()]
    totals = tuple(
        ledger.connection.execute(f"SELECT {', '.join(counts + sums)} FROM state WHERE {chosen}", bound).fetchone()
    )
    taken, passed = (-1, 0) if page is None else (PAGE_SIZE, (page - 1) * PAGE_SIZE)
    return Selection(
        conditions,
        dict(zip(COUNTED, totals, strict=False)),
        dict(zip(LISTED_SUMS, totals[len(COUNTED) :], strict=True)),
        tuple(_taken(ledger, chosen, bound, ordered, taken, passed, fields)),
    )


def first_ones(
    ledger: Ledger, programme: Programme, month: str, within: Place, wanted: Wanted, order: str, number: int
) -> list[ProjectState]:
    """Give the first few projects of what `select` gives, without counting and adding up the others.

    Raises ValueError for an order that is not one of ORDERS.
    """
    standing = standing_month(ledger, programme.key, month)
    ordered = _ordered(order, descending=False)
    if standing is None:
        return []
    conditions = conditions_of(ledger, programme, month, within, wanted)
    chosen, bound = _chosen(programme, standing, month, within, conditions)
    return _taken(ledger, chosen, bound, ordered, number, 0)


def _ordered(order: str, *, descending: bool) -> str:
    """Give the columns of ORDER BY."""
    if order not in ORDERS:
        raise ValueError(f"no order by {order}")
    direction = "DESC" if descending else "ASC"
    # Without a test for NULL the key itself gives the order by code, and a page is read without sorting all.
    ordered = "".join(f"({column}) IS NULL, ({column}) {direction}, " for column in ORDERS[order])
    return ordered + ("project" if ORDERS[order] else f"project {direction}")


def _chosen(
    programme: Programme, standing: str, month: str, within: Place, conditions: Iterable[Condition]
) -> tuple[str, dict[str, Any]]:
    """Give what WHERE says of a selection, and what is bound to it."""
    bound: dict[str, Any] = {**scope_parameters(programme, standing, month, within)}
    chosen = ["programme = :programme AND month = :standing AND listed", scope_condition(within)]
    for condition in conditions:
        chosen.append(condition.sql)
        bound |= condition.parameters
    return " AND ".join(chosen), bound


def _taken(
    ledger: Ledger,
    chosen: str,
    bound: Mapping[str, Any],
    ordered: str,
    taken: int,
    passed: int,
    fields: Sequence[str] = FIELD_COLUMNS,
) -> list[ProjectState]:
    """Give some of a selection's projects in order: `taken` of them (-1: all) after those passed over."""
    rows = plain_rows(
        ledger,
        f"SELECT {project_columns(fields)} FROM state WHERE {chosen} ORDER BY {ordered} LIMIT :taken OFFSET :passed",
        {**bound, "taken": taken, "passed": passed},
    )
    return project_states(rows, fields)


def conditions_of(ledger: Ledger, programme: Programme, month: str, within: Place, wanted: Wanted) -> list[Condition]:
    """Give the filters of a list, each with its words."""
    found = []
    for column, code in (("city", wanted.city), ("county", wanted.county)):
        if code is not None:
            place = places_of(ledger, programme).find(code)
            found.append(_equals(column, place.code if place else code, place.name if place else code))
    for column, title, value in (("category", "类别", wanted.category), ("level", "级别", wanted.level)):
        if value is not None:
            found.append(_equals(column, value, f"{title}为“{value or UNFILLED}”"))
    if wanted.stage is not None:
        words = STAGE_WORDS[Stage(wanted.stage)] if wanted.stage else UNFILLED
        found.append(_equals("effective_stage", wanted.stage, f"阶段为“{words}”"))
    if wanted.lamp is not None:
        sql, words = LAMP_CONDITIONS[wanted.lamp]
        found.append(Condition(sql, {}, words))
    if wanted.reported is not None:
        silent = f"({CONDITIONS['unreported']})"
        found.append(
            Condition(f"NOT {silent}", {}, "本月已报送") if wanted.reported else Condition(silent, {}, "本月未报送")
        )
    if wanted.problem is not None:
        problem = f"({CONDITIONS['with_problem']})"
        found.append(
            Condition(problem, {}, "有存在问题") if wanted.problem else Condition(f"NOT {problem}", {}, "没有存在问题")
        )
    for count, negated in ((wanted.count, ""), (wanted.without, "NOT ")):
        if count is not None and (count, negated) != ("projects", ""):
            found.append(Condition(f"{negated}coalesce({CONDITIONS[count]}, 0)", {}, ""))
    if wanted.changed is not None:
        found.append(_changed(ledger, programme, month, within, changed=wanted.changed))
    if wanted.search.split():
        found.append(_found(ledger, programme, month, within, wanted.search))
    return found


def narrowed_to(conditions: Iterable[Condition]) -> Narrowed:
    """Give several filters as the one condition that `tallies` of `standings` takes."""
    sql, bound = ["1"], dict[str, str]()
    for condition in conditions:
        sql.append(f"({condition.sql})")
        bound |= condition.parameters
    return " AND ".join(sql), bound


def _equals(column: str, value: str, words: str) -> Condition:
    return Condition(f"coalesce({column}, '') = :wanted_{column}", {f"wanted_{column}": value}, words)


def _among(name: str, codes: list[str], words: str, negated: str = "") -> Condition:
    sql = f"project {negated}IN (SELECT value FROM json_each(:{name}))"
    return Condition(sql, {name: json.dumps(codes)}, words)


def _of_all_listed(
    ledger: Ledger, programme: Programme, month: str, within: Place, columns: str
) -> list[tuple[Any, ...]]:
    """Give some columns of all projects of an area's list, in no order."""
    standing = standing_month(ledger, programme.key, month)
    if standing is None:
        return []
    return plain_rows(
        ledger,
        f"SELECT {columns} FROM state WHERE programme = :programme AND month = :standing AND listed "
        f"AND {scope_condition(within)}",
        scope_parameters(programme, standing, month, within),
    ).fetchall()


def _changed(ledger: Ledger, programme: Programme, month: str, within: Place, *, changed: bool) -> Condition:
    codes = [code for (code,) in _of_all_listed(ledger, programme, month, within, "project")]
    before = earlier_month(ledger, programme, month)
    since = f"比{chinese_month(before)}" if before else "本月"
    different = changed_projects(ledger, programme, month, codes)
    if changed:
        return _among("changed", different, f"{since}有变化")
    return _among("changed", different, f"{since}没有变化", "NOT ")


def _found(ledger: Ledger, programme: Programme, month: str, within: Place, search: str) -> Condition:
    places = places_of(ledger, programme)
    rows = _of_all_listed(ledger, programme, month, within, "project, name, county, category, responsible_unit")
    counties = {}
    for county in {county for _, _, county, _, _ in rows}:
        place = places.find(county)
        counties[county] = places.full_name(place) if place else ""
    # Terms are cut apart first: a plain name holds no spaces. Each keeps of the projects that all before it found.
    for term in map(plain_name, search.split()):
        letters = term if is_initials(term) else ""
        # What many projects share is searched once.
        in_counties = {
            county
            for county, name in counties.items()
            if term in _plain(name) or (letters and has_initials(name, letters))
        }
        in_words = {word for row in rows for word in row[3:] if word and term in _plain(word)}
        rows = [
            row
            for row in rows
            if row[2] in in_counties
            or not in_words.isdisjoint(row[3:])
            or term in _plain(row[0])
            or term in _plain(row[1])
            or (letters and has_initials(row[1], letters))
        ]
    return _among("found", [row[0] for row in rows], f"搜索“{' '.join(search.split())}”")


@lru_cache(maxsize=20_000)
def _plain(text: str) -> str:
    return plain_name(text)


@dataclass(frozen=True, slots=True)
class Choices:
    """What an area's list holds to choose from: values with how many projects have each; "" for none."""

    city: Mapping[str, int]
    county: Mapping[str, int]
    category: Mapping[str, int]
    level: Mapping[str, int]
    stage: Mapping[str, int]


def choices_of(ledger: Ledger, programme: Programme, month: str, within: Place) -> Choices:
    """Give the cities, counties, categories, levels and stages that occur in an area's list, in order."""
    columns = "city, county, coalesce(category, ''), coalesce(level, ''), coalesce(effective_stage, '')"
    rows = _of_all_listed(ledger, programme, month, within, columns)
    found = [dict(Counter(values)) for values in zip(*rows, strict=True)] or [{}, {}, {}, {}, {}]
    city, county, category, level = (dict(sorted(each.items())) for each in found[:4])
    stages = {value: found[4][value] for value in ("", *Stage) if value in found[4]}
    return Choices(city, county, category, level, stages)
