"""States: what follows from the truth for every project and month, kept for fast reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracker.ledger.columns import FIELD_COLUMNS, fen, from_columns, loaded, to_columns
from tracker.ledger.handle import Ledger
from tracker.ledger.months import closings
from tracker.ledger.programmes import definition_at, months_of, places_of, programmes
from tracker.ledger.records import hash_of
from tracker.model.folding import ABOUT_OTHERS, State, Statement, StatementKind, advance, counting, standing
from tracker.model.measures import wan_of
from tracker.model.places import Places
from tracker.model.programme import Programme
from tracker.model.stages import Stage

_DERIVED = (
    "province", "city", "listed", "reported", "started", "completed", "effective_stage", "start_due",
    "completion_due", "on_schedule", "year_opening", "year_done", "derived_cumulative",
)  # fmt: skip
STATE_COLUMNS = ("programme", "month", "project", *_DERIVED, *FIELD_COLUMNS)
"""The columns of `state`: its key, what is derived, and the fields' values."""


WITHDRAWN = "EXISTS (SELECT 1 FROM statement AS later WHERE later.withdraws = record.sequence)"
"""The condition over `record` that a later record takes it back."""

AWAITING = (
    "NOT coalesce((SELECT verdict.final FROM statement AS verdict WHERE verdict.answers = record.sequence "
    "ORDER BY verdict.sequence DESC LIMIT 1), statement.awaits IS NULL)"
)
"""The condition over `record` and `statement` that the last review did not accept it, or that none has seen it."""

_ABOUT_OTHERS = ", ".join(f"'{kind.value}'" for kind in sorted(ABOUT_OTHERS))

_EVER = 2**62
"""A number that no record reaches."""


def statements_of(
    ledger: Ledger, project: str, from_month: str | None = None, upto: int | None = None
) -> list[Statement]:
    """Give what was said about a project and still counts, by month and then in recorded order.

    `from_month` leaves earlier months out; it is for whoever has a state before that month, which knows name
    and county of a project whose registration was taken back. `upto` is the number of the last record that
    is looked at, as if nothing had been recorded since.
    """
    rows = ledger.connection.execute(
        "SELECT record.month AS said_month, record.kind AS said_kind, statement.*, "
        "EXISTS (SELECT 1 FROM statement AS later WHERE later.withdraws = record.sequence AND later.sequence <= :upto) "
        "AS withdrawn, "
        "NOT coalesce((SELECT verdict.final FROM statement AS verdict WHERE verdict.answers = record.sequence "
        "AND verdict.sequence <= :upto ORDER BY verdict.sequence DESC LIMIT 1), statement.awaits IS NULL) AS awaiting "
        "FROM record JOIN statement USING (sequence) WHERE record.project = :project AND record.month >= :first "
        "AND record.sequence <= :upto ORDER BY record.month, record.sequence",
        {"project": project, "first": from_month or "", "upto": _EVER if upto is None else upto},
    )
    said = [_statement(row) for row in rows]
    return standing(said) if from_month is None else counting(said)


def last_stated_month(ledger: Ledger, project: str) -> str | None:
    """Give the last month that anything which still counts was said of a project for; None where nothing is."""
    row = ledger.connection.execute(
        "SELECT max(record.month) AS month FROM record JOIN statement USING (sequence) WHERE record.project = ? "
        f"AND kind NOT IN ({_ABOUT_OTHERS}) AND NOT {WITHDRAWN} AND NOT {AWAITING}",
        (project,),
    ).fetchone()
    month: str | None = row["month"]
    return month


def _statement(row: sqlite3.Row) -> Statement:
    said = {name: row[name] for name in FIELD_COLUMNS}
    cleared = row["cleared"]
    return Statement(
        row["said_month"],
        StatementKind(row["said_kind"]),
        from_columns(said),
        frozenset(cleared.split()) if cleared else frozenset(),
        bool(row["withdrawn"]),
        bool(row["awaiting"]),
    )


READ_COLUMNS = (
    "month", "reported", "effective_stage", "started", "completed", "listed", "year_opening", "year_done",
    "derived_cumulative", "on_schedule",
)  # fmt: skip
"""What `state_of_columns` reads beside the fields, in its order."""


def state_of_row(row: Mapping[str, Any]) -> State:
    """Give the state that a stored row holds."""
    return state_of_columns(
        [row[name] for name in READ_COLUMNS], FIELD_COLUMNS, [row[name] for name in FIELD_COLUMNS]
    )  # fmt: skip


def state_of_columns(read: Sequence[Any], fields: Sequence[str], stored: Iterable[Any]) -> State:
    """Give the state of a row taken apart: READ_COLUMNS and the columns of some fields, each in their order.

    Fields that are not among them are absent from the state's values, as if they were unknown.
    """
    month, reported, stage, started, completed, listed, opening, done, derived, on_schedule = read
    return State(
        month,
        loaded(fields, stored),
        bool(reported),
        Stage(stage) if stage else None,
        bool(started),
        bool(completed),
        bool(listed),
        None if opening is None else wan_of(opening),
        None if done is None else wan_of(done),
        bool(derived),
        None if on_schedule is None else bool(on_schedule),
    )


def row_of_state(programme: str, project: str, state: State, places: Places) -> tuple[Any, ...]:
    """Give the row of `state` that keeps a state, in the order of STATE_COLUMNS."""
    values = state.values
    place = places.find(values["county"])
    if place is None:
        raise ValueError(f"{project} stands in {values['county']}, which is no place")
    start, completion = values.get("planned_start"), values.get("planned_completion")
    stored = to_columns(values)
    return (
        programme, state.month, project, places.province(place).code, places.city(place).code, int(state.listed),
        int(state.reported), int(state.started), int(state.completed), state.stage.value if state.stage else None,
        start.due_month if start else None, completion.due_month if completion else None,
        None if state.on_schedule is None else int(state.on_schedule), fen(state.year_opening), fen(state.year_done),
        int(state.derived_cumulative), *(stored.get(name) for name in FIELD_COLUMNS),
    )  # fmt: skip


def fold_project(
    statements: Iterable[Statement], months: Iterable[str], previous: State | None, programme: Programme
) -> Iterator[State]:
    """Give a project's state at each of the months, from its first statement (or `previous`) on."""
    by_month: dict[str, list[Statement]] = {}
    for statement in statements:
        by_month.setdefault(statement.month, []).append(statement)
    for month in months:
        said = by_month.get(month, ())
        if previous is None and not said:
            continue
        previous = advance(previous, month, said, programme)
        yield previous


def derive(ledger: Ledger, programme: Programme, projects: Iterable[str], from_month: str) -> None:
    """Recompute, in the open transaction, the states of some projects from a month on.

    Closed months keep what was frozen; where it is no longer what the records say, `state_corrected` tells it.
    """
    connection = ledger.connection
    closed = closings(ledger, programme.key)
    months = months_of(ledger, programme.key)
    places = places_of(ledger, programme)
    rows, corrected = [], []
    marks = ", ".join("?" * len(closed))
    differing = _corrected_projects(ledger, programme.key)
    for project in projects:
        # A frozen state lacks what was corrected since: where there is such a one, everything is folded anew.
        previous = None if project in differing else _state_before(ledger, project, from_month)
        connection.execute(
            f"DELETE FROM state WHERE project = ? AND month >= ? AND month NOT IN ({marks})",
            (project, from_month, *closed),
        )
        if project in differing:
            connection.execute("DELETE FROM state_corrected WHERE project = ? AND month >= ?", (project, from_month))
        said = statements_of(ledger, project, None if previous is None else from_month)
        unfolded = [month for month in months if previous is None or month >= from_month]
        for state in fold_project(said, unfolded, previous, programme):
            if state.month >= from_month and state.month not in closed:
                rows.append(row_of_state(programme.key, project, state, places))
        corrected += [
            row for month in closed if month >= from_month
            for row in _corrected_row(ledger, programme.key, project, month, closed[month], places)
        ]  # fmt: skip
    insert_states(connection, rows)
    insert_states(connection, corrected, "state_corrected")


def _state_before(ledger: Ledger, project: str, from_month: str) -> State | None:
    """Give the kept state before a month, None where there is none."""
    row = ledger.connection.execute(
        "SELECT * FROM state WHERE project = ? AND month < ? ORDER BY month DESC LIMIT 1", (project, from_month)
    ).fetchone()
    return state_of_row(row) if row else None


def _corrected_projects(ledger: Ledger, key: str) -> set[str]:
    """Give the projects of which a closed month's frozen state lacks a correction."""
    rows = ledger.connection.execute("SELECT DISTINCT project FROM state_corrected WHERE programme = ?", (key,))
    return {row["project"] for row in rows}


def _corrected_row(
    ledger: Ledger, key: str, project: str, month: str, closing: int, places: Places
) -> list[tuple[Any, ...]]:
    """Give the row of `state_corrected` of a project at a closed month, none where the frozen one still holds."""
    late = ledger.connection.execute(
        "SELECT 1 FROM record WHERE project = ? AND month <= ? AND sequence > ?", (project, month, closing)
    ).fetchone()
    if late is None:
        return []
    frozen = ledger.connection.execute(
        "SELECT * FROM state WHERE project = ? AND month = ?", (project, month)
    ).fetchone()
    now = state_at_closing(ledger, key, project, month, closing, with_corrections=True)
    if now is not None:
        row = row_of_state(key, project, now, places)
        return [row] if frozen is None or row != tuple(frozen[name] for name in STATE_COLUMNS) else []
    if frozen is None:
        return []
    # What is no longer known of at all leaves the list.
    unlisted = STATE_COLUMNS.index("listed")
    kept = tuple(frozen[name] for name in STATE_COLUMNS)
    return [(*kept[:unlisted], 0, *kept[unlisted + 1 :])]


def state_at_closing(
    ledger: Ledger, key: str, project: str, month: str, closing: int, *, with_corrections: bool = False
) -> State | None:
    """Fold a project's state at a closed month as it was when the closing was recorded.

    `with_corrections` lets what was recorded since count as well, by the definition that held then.
    """
    programme = definition_at(ledger, key, closing)
    said = [
        statement
        for statement in statements_of(ledger, project, upto=None if with_corrections else closing)
        if statement.month <= month
    ]
    months = sorted({each for each in months_of(ledger, key) if each <= month} | {each.month for each in said})
    states = list(fold_project(said, months, None, programme))
    return states[-1] if states else None


def carry_forward(ledger: Ledger, programme: Programme, month: str, touched: Iterable[str]) -> list[str]:
    """Write, in the open transaction, the states at a newly opened month of all projects but the touched.

    Gives the projects that it left out because the month before is frozen without their corrections: their
    states are to be derived.
    """
    earlier = ledger.connection.execute(
        "SELECT max(month) AS month FROM state WHERE programme = ? AND month < ?", (programme.key, month)
    ).fetchone()["month"]
    if earlier is None:
        return []
    places = places_of(ledger, programme)
    left_out = _corrected_projects(ledger, programme.key)
    skipped = left_out | set(touched)
    rows = [
        row_of_state(programme.key, row["project"], advance(state_of_row(row), month, (), programme), places)
        for row in ledger.connection.execute(
            "SELECT * FROM state WHERE programme = ? AND month = ?", (programme.key, earlier)
        ).fetchall()
        if row["project"] not in skipped
    ]
    insert_states(ledger.connection, rows)
    return sorted(left_out)


@dataclass(frozen=True, slots=True)
class Fresh:
    """One project's states folded from the truth alone.

    `kept` as `state` is to hold them, closed months as frozen; `corrected` the rows of `state_corrected`.
    """

    project: str
    kept: list[tuple[Any, ...]]
    corrected: list[tuple[Any, ...]]


def fresh_states(ledger: Ledger, programme: Programme) -> Iterator[Fresh]:
    """Give every project of a programme, by code, with its rows folded from the truth alone."""
    months = months_of(ledger, programme.key)
    closed = closings(ledger, programme.key)
    places = places_of(ledger, programme)
    redefined = ledger.connection.execute(
        "SELECT max(sequence) AS last FROM record WHERE programme = ? AND kind = 'programme'", (programme.key,)
    ).fetchone()["last"]
    last: dict[str, dict[str, int]] = {}
    for row in ledger.connection.execute(
        "SELECT project, month, max(sequence) AS last FROM record WHERE programme = ? AND project IS NOT NULL "
        "GROUP BY project, month ORDER BY project",
        (programme.key,),
    ):
        last.setdefault(row["project"], {})[row["month"]] = row["last"]
    for project, spoken in last.items():
        folded: dict[str, State | None] = {
            state.month: state for state in fold_project(statements_of(ledger, project), months, None, programme)
        }
        corrected = []
        for month, closing in closed.items():
            late = any(number > closing for said_month, number in spoken.items() if said_month <= month)
            if late or redefined > closing:
                now = state_at_closing(ledger, programme.key, project, month, closing, with_corrections=True)
                folded[month] = state_at_closing(ledger, programme.key, project, month, closing)
                corrected += _difference(programme.key, project, folded[month], now, places)
        states = [folded[month] for month in sorted(folded)]
        kept = [row_of_state(programme.key, project, state, places) for state in states if state is not None]
        yield Fresh(project, kept, corrected)


def _difference(
    key: str, project: str, frozen: State | None, now: State | None, places: Places
) -> list[tuple[Any, ...]]:
    """Give the row that tells what a frozen state would be with its corrections, none where they are the same."""
    if now is not None:
        row = row_of_state(key, project, now, places)
        return [] if frozen is not None and row == row_of_state(key, project, frozen, places) else [row]
    return [] if frozen is None else [row_of_state(key, project, replace(frozen, listed=False), places)]


def rebuild_states(ledger: Ledger) -> None:
    """Recompute, in the open transaction, every state of the ledger from the truth alone."""
    for table in ("state", "state_corrected"):
        ledger.connection.execute(f"DELETE FROM {table}")
    for programme in programmes(ledger):
        fresh = list(fresh_states(ledger, programme))
        insert_states(ledger.connection, [row for each in fresh for row in each.kept])
        insert_states(ledger.connection, [row for each in fresh for row in each.corrected], "state_corrected")


def insert_states(connection: sqlite3.Connection, rows: list[tuple[Any, ...]], table: str = "state") -> None:
    """Add rows in the order of STATE_COLUMNS to the derived states."""
    connection.executemany(
        f"INSERT INTO {table} ({', '.join(STATE_COLUMNS)}) VALUES ({', '.join('?' * len(STATE_COLUMNS))})", rows
    )


def state_hash(ledger: Ledger, key: str, month: str) -> str:
    """Give the SHA-256 of a month's states as they are kept: what a closing freezes."""
    rows = ledger.connection.execute(
        f"SELECT {', '.join(STATE_COLUMNS)} FROM state WHERE programme = ? AND month = ? ORDER BY project", (key, month)
    )
    # Without what is unknown, so that a column added later, which knows nothing of this month, changes nothing.
    return hash_of({
        row["project"]: {name: said for name, said in zip(STATE_COLUMNS, row, strict=True) if said is not None}
        for row in rows
    })  # fmt: skip
