"""Whole: everything the ledger holds of an area up to a month, for whoever takes it along as tables."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tracker.ledger.handle import Ledger
from tracker.ledger.standings import (
    ProjectState,
    plain_rows,
    project_columns,
    project_states,
    scope_condition,
    scope_parameters,
)
from tracker.model.places import Place
from tracker.model.programme import Programme

_AT_ONCE = 500


class RecordHead(NamedTuple):
    """What every record says of itself; `imported` is the number of the import it came with."""

    sequence: int
    kind: str
    month: str | None
    project: str | None
    recorded_at: str
    recorded_by: str
    reason: str | None
    imported: int | None
    content_hash: str


@dataclass(frozen=True, slots=True)
class AreaStates:
    """The kept states of an area's projects up to a month, by month and code, those off the list as well.

    They are read whenever they are asked for, some at a time: there may be more than fit into memory.
    """

    ledger: Ledger
    programme: Programme
    month: str
    within: Place

    def __len__(self) -> int:
        (number,) = next(self._rows("count(*)"))
        return int(number)

    def __iter__(self) -> Iterator[ProjectState]:
        rows = self._rows(project_columns(), " ORDER BY month, project")
        while some := rows.fetchmany(_AT_ONCE):
            yield from project_states(some)

    def _rows(self, columns: str, order: str = "") -> sqlite3.Cursor:
        return plain_rows(
            self.ledger,
            f"SELECT {columns} FROM state WHERE programme = :programme AND month <= :month "
            f"AND {scope_condition(self.within)}{order}",
            scope_parameters(self.programme, self.month, self.month, self.within),
        )


def area_records(ledger: Ledger, programme: Programme, month: str, within: Place) -> list[RecordHead]:
    """Give the records up to a month that are about projects which ever stood in an area, or about no project."""
    rows = plain_rows(
        ledger,
        "SELECT sequence, kind, month, project, recorded_at, recorded_by, reason, import, content_hash FROM record "
        "WHERE programme = :programme AND (month IS NULL OR month <= :month) AND (project IS NULL OR project IN "
        f"(SELECT project FROM state WHERE programme = :programme AND {scope_condition(within)})) ORDER BY sequence",
        scope_parameters(programme, month, month, within),
    )
    return [RecordHead(*row) for row in rows]
