"""Corrected: what a closed month's figures would be with what was recorded since, beside those that were frozen."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.ledger.handle import Ledger
from tracker.ledger.standings import TALLY_NAMES, plain_rows, scope_condition, scope_parameters, tally_expression
from tracker.ledger.states import state_of_row
from tracker.model.fields import FIELDS
from tracker.model.folding import State
from tracker.model.places import Place
from tracker.model.programme import Programme

_WITH_CORRECTIONS = """(
    SELECT * FROM state_corrected WHERE programme = :programme AND month = :month
    UNION ALL
    SELECT * FROM state WHERE programme = :programme AND month = :month AND NOT EXISTS (
        SELECT 1 FROM state_corrected AS later
        WHERE later.programme = state.programme AND later.month = state.month AND later.project = state.project)
) AS state"""


@dataclass(frozen=True, slots=True)
class Corrected:
    """A project whose frozen state no longer holds: as it was frozen (None: it was not known), and as it is now."""

    code: str
    name: str
    frozen: State | None
    now: State

    @property
    def fields(self) -> list[str]:
        """Give the names of the fields that differ, in the order of their declaration."""
        before = self.frozen.values if self.frozen else {}
        return [field.name for field in FIELDS if before.get(field.name) != self.now.values.get(field.name)]


def corrected_since(ledger: Ledger, programme: Programme, month: str, within: Place) -> list[Corrected]:
    """Give the projects of an area whose frozen states at a closed month no longer hold, by code.

    A project that was moved into the area or out of it since belongs to both.
    """
    scope = scope_condition(within)
    rows = ledger.connection.execute(
        "SELECT * FROM state_corrected WHERE programme = :programme AND month = :month AND "
        f"({scope} OR project IN (SELECT project FROM state WHERE programme = :programme AND month = :month "
        f"AND {scope})) ORDER BY project",
        scope_parameters(programme, month, month, within),
    ).fetchall()
    found = []
    for row in rows:
        frozen = ledger.connection.execute(
            "SELECT * FROM state WHERE programme = ? AND month = ? AND project = ?",
            (programme.key, month, row["project"]),
        ).fetchone()
        now = state_of_row(row)
        found.append(Corrected(row["project"], now.values["name"], state_of_row(frozen) if frozen else None, now))
    return found


def corrected_tally(
    ledger: Ledger, programme: Programme, month: str, within: Place, names: Iterable[str] = TALLY_NAMES
) -> dict[str, int]:
    """Give counts and sums of an area's list at a closed month as they would be with what was recorded since."""
    chosen = tuple(dict.fromkeys(names))
    rows = plain_rows(
        ledger,
        f"SELECT {', '.join(map(tally_expression, chosen))} FROM {_WITH_CORRECTIONS} WHERE listed "
        f"AND {scope_condition(within)}",
        scope_parameters(programme, month, month, within),
    )
    return dict(zip(chosen, next(iter(rows)), strict=True))
