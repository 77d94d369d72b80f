"""States: what follows from the truth for every project and month, kept for fast reading."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from tracker.ledger.columns import FIELD_COLUMNS, fen, from_columns, to_columns
from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import months_of, places_of, programmes
from tracker.model.folding import State, Statement, StatementKind, advance, counting, standing
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


def statements_of(ledger: Ledger, project: str, from_month: str | None = None) -> list[Statement]:
    """Give what was said about a project and still counts, by month and then in recorded order.

    `from_month` leaves earlier months out; it is for whoever has a state before that month, which knows name
    and county of a project whose registration was taken back.
    """
    rows = ledger.connection.execute(
        f"SELECT record.month AS said_month, record.kind AS said_kind, {WITHDRAWN} AS withdrawn, statement.* "
        "FROM record JOIN statement USING (sequence) WHERE record.project = ? AND record.month >= ? "
        "ORDER BY record.month, record.sequence",
        (project, from_month or ""),
    )
    said = [_statement(row) for row in rows]
    return standing(said) if from_month is None else counting(said)


def last_stated_month(ledger: Ledger, project: str) -> str | None:
    """Give the last month that anything which still counts was said of a project for; None where nothing is."""
    row = ledger.connection.execute(
        f"SELECT max(record.month) AS month FROM record WHERE project = ? AND kind <> 'withdrawal' AND NOT {WITHDRAWN}",
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
    )


def state_of_row(row: Mapping[str, Any]) -> State:
    """Give the state that a stored row holds."""
    on_schedule = row["on_schedule"]
    return State(
        month=row["month"],
        values=from_columns({name: row[name] for name in FIELD_COLUMNS}),
        reported=bool(row["reported"]),
        stage=Stage(row["effective_stage"]) if row["effective_stage"] else None,
        started=bool(row["started"]),
        completed=bool(row["completed"]),
        listed=bool(row["listed"]),
        year_opening=None if row["year_opening"] is None else wan_of(row["year_opening"]),
        year_done=None if row["year_done"] is None else wan_of(row["year_done"]),
        derived_cumulative=bool(row["derived_cumulative"]),
        on_schedule=None if on_schedule is None else bool(on_schedule),
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
    """Recompute, in the open transaction, the states of some projects from a month on."""
    connection = ledger.connection
    months = [month for month in months_of(ledger, programme.key) if month >= from_month]
    places = places_of(ledger, programme)
    rows = []
    for project in projects:
        before = connection.execute(
            "SELECT * FROM state WHERE project = ? AND month < ? ORDER BY month DESC LIMIT 1", (project, from_month)
        ).fetchone()
        previous = state_of_row(before) if before else None
        connection.execute("DELETE FROM state WHERE project = ? AND month >= ?", (project, from_month))
        said = statements_of(ledger, project, None if previous is None else from_month)
        for state in fold_project(said, months, previous, programme):
            rows.append(row_of_state(programme.key, project, state, places))
    insert_states(connection, rows)


def carry_forward(ledger: Ledger, programme: Programme, month: str, touched: Iterable[str]) -> None:
    """Write, in the open transaction, the states at a newly opened month of all projects but the touched."""
    earlier = ledger.connection.execute(
        "SELECT max(month) AS month FROM state WHERE programme = ? AND month < ?", (programme.key, month)
    ).fetchone()["month"]
    if earlier is None:
        return
    places = places_of(ledger, programme)
    skipped = set(touched)
    rows = [
        row_of_state(programme.key, row["project"], advance(state_of_row(row), month, (), programme), places)
        for row in ledger.connection.execute(
            "SELECT * FROM state WHERE programme = ? AND month = ?", (programme.key, earlier)
        ).fetchall()
        if row["project"] not in skipped
    ]
    insert_states(ledger.connection, rows)


def fresh_states(ledger: Ledger, programme: Programme) -> Iterator[tuple[str, list[State]]]:
    """Give every project of a programme, by code, with its states folded from the truth alone."""
    months = months_of(ledger, programme.key)
    projects = ledger.connection.execute(
        "SELECT DISTINCT project FROM record WHERE programme = ? AND project IS NOT NULL ORDER BY project",
        (programme.key,),
    ).fetchall()
    for row in projects:
        yield row["project"], list(fold_project(statements_of(ledger, row["project"]), months, None, programme))


def rebuild_states(ledger: Ledger) -> None:
    """Recompute, in the open transaction, every state of the ledger from the truth alone."""
    ledger.connection.execute("DELETE FROM state")
    for programme in programmes(ledger):
        places = places_of(ledger, programme)
        insert_states(
            ledger.connection,
            [
                row_of_state(programme.key, project, state, places)
                for project, states in fresh_states(ledger, programme)
                for state in states
            ],
        )


def insert_states(connection: sqlite3.Connection, rows: list[tuple[Any, ...]]) -> None:
    """Add rows in the order of STATE_COLUMNS to the derived states."""
    connection.executemany(
        f"INSERT INTO state ({', '.join(STATE_COLUMNS)}) VALUES ({', '.join('?' * len(STATE_COLUMNS))})", rows
    )
