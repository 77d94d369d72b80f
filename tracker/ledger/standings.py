"""Standings: what the ledger says of a month: figures of an area, of each unit in it, and their projects."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.ledger.columns import FIELD_COLUMNS
from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import standing_month
from tracker.ledger.states import READ_COLUMNS, state_of_columns, state_of_row
from tracker.model.folding import State
from tracker.model.months import year_of
from tracker.model.places import Place, PlaceLevel
from tracker.model.programme import Programme

_PLANNED_BY_NOW = {
    "start_this_year": "substr(planned_start, 1, 4) = :year",
    "start_by_now": "start_due <= :month",
    "completion_by_now": "completion_due <= :month",
}
# Where the asked month was not opened, the states of an earlier one hold; a year's sums end with their year.
_SAME_YEAR = "substr(state.month, 1, 4) = :year"
_YEAR_KNOWN = f"year_done IS NOT NULL AND year_plan IS NOT NULL AND {_SAME_YEAR}"
_TOTAL_KNOWN = "cumulative_investment IS NOT NULL AND total_investment IS NOT NULL"

CONDITIONS: dict[str, str] = {
    "projects": "1",
    "started": "started",
    "completed": "completed",
    "not_started": "NOT started",
    "under_construction": "started AND NOT completed",
    "unreported": "NOT (reported AND state.month = :month)",
    **_PLANNED_BY_NOW,
    **{f"started_of_{name}": f"started AND {condition}" for name, condition in _PLANNED_BY_NOW.items()},
    **{f"completed_of_{name}": f"completed AND {condition}" for name, condition in _PLANNED_BY_NOW.items()},
    "late_start": "NOT started AND start_due <= :month",
    "late_completion": "NOT completed AND completion_due <= :month",
    "behind": "(NOT started AND start_due <= :month) OR (NOT completed AND completion_due <= :month)",
    "on_schedule": "on_schedule = 1",
    "schedule_known": "on_schedule IS NOT NULL",
    "schedule_unknown": "on_schedule IS NULL",
    "year_unknown": f"NOT ({_YEAR_KNOWN})",
    "total_unknown": f"NOT ({_TOTAL_KNOWN})",
    "with_problem": "problem IS NOT NULL",
}
"""Which listed projects each count counts, as a condition over `state`."""

SUMS: dict[str, tuple[str, str]] = {
    "total_investment": ("total_investment", "1"),
    "year_plan": ("year_plan", _SAME_YEAR),
    "cumulative_investment": ("cumulative_investment", "1"),
    "year_done": ("year_done", _SAME_YEAR),
    "month_done": ("month_investment", "state.month = :month"),
    "year_done_known": ("year_done", _YEAR_KNOWN),
    "year_plan_known": ("year_plan", _YEAR_KNOWN),
    "cumulative_known": ("cumulative_investment", _TOTAL_KNOWN),
    "total_known": ("total_investment", _TOTAL_KNOWN),
}
"""What each sum of money adds up, in 分, and over which listed projects."""

TALLY_NAMES = (*CONDITIONS, *SUMS)
"""Every count and sum there is."""

_GROUPINGS = {
    "city": "city",
    "county": "county",
    "category": "coalesce(category, '')",
    "level": "coalesce(level, '')",
}


Narrowed = tuple[str, Mapping[str, str]]
"""A further condition over `state`, and what is bound to it."""

WHOLE: Narrowed = ("1", {})
"""The condition that leaves no project out."""


@dataclass(frozen=True, slots=True)
class ProjectState:
    """A listed project as it stands in a month; `county` is a place's code."""

    code: str
    name: str
    county: str
    state: State


def scope_condition(within: Place) -> str:
    """Give the condition that keeps the projects of an area; each row carries its province and city."""
    if within.level is PlaceLevel.COUNTRY:
        return "1"
    column = {PlaceLevel.PROVINCE: "province", PlaceLevel.CITY: "city"}.get(within.level, "county")
    return f"{column} = :within"


def scope_parameters(programme: Programme, standing: str, month: str, within: Place) -> dict[str, str]:
    """Give what the conditions over `state` are bound to: programme, months, year and area."""
    return {
        "programme": programme.key,
        "standing": standing,
        "month": month,
        "year": str(year_of(month)),
        "within": within.code,
    }


def empty_tally(names: Iterable[str] = TALLY_NAMES) -> dict[str, int]:
    """Give the tally of no project at all."""
    return dict.fromkeys(names, 0)


def grouping(group: str) -> str:
    """Give the expression over `state` that a grouping goes by. Raises ValueError for one that does not exist."""
    if group not in _GROUPINGS:
        raise ValueError(f"no grouping by {group}")
    return _GROUPINGS[group]


def tally_expression(name: str) -> str:
    """Give the aggregate over `state` that is a count or sum. Raises KeyError for an unknown name."""
    if name in CONDITIONS:
        return f"coalesce(sum({CONDITIONS[name]}), 0)"
    column, condition = SUMS[name]
    return f"coalesce(sum(CASE WHEN {condition} THEN {column} END), 0)"


def plain_rows(ledger: Ledger, statement: str, bound: Mapping[str, Any]) -> sqlite3.Cursor:
    """Run a statement whose rows come as plain tuples: many rows that are only taken apart need no names."""
    cursor = ledger.connection.cursor()
    cursor.row_factory = None
    return cursor.execute(statement, bound)


def tallies(
    ledger: Ledger,
    programme: Programme,
    month: str,
    within: Place,
    group: str | None = None,
    names: Iterable[str] = TALLY_NAMES,
    narrowed: Narrowed = WHOLE,
) -> dict[str, dict[str, int]]:
    """Give counts and sums of an area's list at a month, by the values of a column of `state`.

    `group` is city, county, category or level; with None there is one tally under "". Sums are in 分.
    Groups without a listed project are absent; projects without a category or level stand under "".
    `names` are the counts and sums wanted: each costs its time for every project; `narrowed` leaves projects out.
    Raises ValueError for an unknown grouping and KeyError for an unknown name.
    """
    chosen = tuple(dict.fromkeys(names))
    # Without a grouping there is one row and nothing to sort.
    key, grouped = (grouping(group), " GROUP BY 1") if group else ("''", "")
    standing = standing_month(ledger, programme.key, month)
    if standing is None:
        return {} if group else {"": empty_tally(chosen)}
    rows = plain_rows(
        ledger,
        f"SELECT {key}, {', '.join(map(tally_expression, chosen))} FROM state WHERE programme = :programme "
        f"AND month = :standing AND listed AND {scope_condition(within)} AND {narrowed[0]}{grouped}",
        {**narrowed[1], **scope_parameters(programme, standing, month, within)},
    )
    return {value: dict(zip(chosen, numbers, strict=True)) for value, *numbers in rows}


def listing(
    ledger: Ledger,
    programme: Programme,
    month: str,
    within: Place,
    condition: str = "projects",
    group: tuple[str, str] | None = None,
) -> list[ProjectState]:
    """Give the listed projects that a count of CONDITIONS counts, by code.

    `group` narrows to one value of a grouping column ("category", "工业园区污水处理").
    """
    standing = standing_month(ledger, programme.key, month)
    if standing is None:
        return []
    parameters = scope_parameters(programme, standing, month, within)
    narrowed = ""
    if group:
        column, value = group
        narrowed = f" AND {grouping(column)} = :value"
        parameters["value"] = value
    rows = plain_rows(
        ledger,
        f"SELECT {project_columns()} FROM state WHERE programme = :programme AND month = :standing AND listed "
        f"AND {scope_condition(within)} AND ({CONDITIONS[condition]}){narrowed} ORDER BY project",
        parameters,
    )
    return project_states(rows)


def project_columns(fields: Sequence[str] = FIELD_COLUMNS) -> str:
    """Give the columns of `state` that `project_states` reads."""
    return ", ".join(("project", "name", "county", *READ_COLUMNS, *fields))


def project_states(rows: Iterable[Sequence[Any]], fields: Sequence[str] = FIELD_COLUMNS) -> list[ProjectState]:
    """Give the projects of rows of `project_columns`, in their order; other fields are absent from their states."""
    first = 3 + len(READ_COLUMNS)
    return [
        ProjectState(row[0], row[1], row[2], state_of_columns(row[3:first], fields, row[first:])) for row in rows
    ]  # fmt: skip


def named(ledger: Ledger, programme: Programme, month: str, within: Place, condition: str) -> list[dict[str, str]]:
    """Give code and name of the listed projects that a count counts, by code."""
    standing = standing_month(ledger, programme.key, month)
    if standing is None:
        return []
    rows = ledger.connection.execute(
        f"SELECT project, name FROM state WHERE programme = :programme AND month = :standing AND listed "
        f"AND {scope_condition(within)} AND ({CONDITIONS[condition]}) ORDER BY project",
        scope_parameters(programme, standing, month, within),
    )
    return [{"code": row["project"], "name": row["name"]} for row in rows]


def states_at(ledger: Ledger, programme: Programme, month: str) -> dict[str, State]:
    """Give every project's state that holds at a month, listed or not, by code.

    What a closed month's figures lack counts here: what is said next follows on the corrections.
    """
    standing = standing_month(ledger, programme.key, month)
    return {
        row["project"]: state_of_row(row)
        for table in ("state", "state_corrected")
        for row in ledger.connection.execute(
            f"SELECT * FROM {table} WHERE programme = ? AND month = ?", (programme.key, standing)
        ).fetchall()
    }
