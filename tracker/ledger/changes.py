"""Changes: what a month says of its projects that the month before did not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.ledger.columns import FIELD_COLUMNS, from_columns
from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import standing_month
from tracker.model.folding import MONTHLY, YEARLY, says_nothing_new
from tracker.model.months import shift_month, year_of
from tracker.model.programme import Programme
from tracker.model.stages import Stage


@dataclass(frozen=True, slots=True)
class Change:
    """One field's value before and now, None where there is none; for `stage` it is the stage that counts."""

    field: str
    before: Any
    now: Any


@dataclass(frozen=True, slots=True)
class Changes:
    """What a month changed of a project; `entered` says that the list of the month before did not hold it."""

    entered: bool
    fields: tuple[Change, ...]


def earlier_month(ledger: Ledger, programme: Programme, month: str) -> str | None:
    """Give the opened month that a month is compared with; None where it is the first, or is not open itself."""
    if standing_month(ledger, programme.key, month) != month:
        return None
    return standing_month(ledger, programme.key, shift_month(month, -1))


def changes_of(ledger: Ledger, programme: Programme, month: str, projects: Iterable[str]) -> dict[str, Changes]:
    """Give what a month changed, by the codes of those among the projects of which it changed anything.

    Empty where there is no month to compare with. What was done within one month is no change, and a
    year's own sums are compared within their year only.
    """
    found = {}
    for project, compared, known, said in _compared(ledger, programme, month, projects):
        changed = Changes(True, ()) if known is None else Changes(False, tuple(_differences(compared, known, said)))
        if changed.entered or changed.fields:
            found[project] = changed
    return found


def changed_projects(ledger: Ledger, programme: Programme, month: str, projects: Iterable[str]) -> list[str]:
    """Give the codes of `changes_of` alone, in order, without finding out every change."""
    return [
        project
        for project, compared, known, said in _compared(ledger, programme, month, projects)
        if known is None or next(_differences(compared, known, said), None) is not None
    ]


def _compared(
    ledger: Ledger, programme: Programme, month: str, projects: Iterable[str]
) -> Iterator[tuple[str, list[str], Sequence[Any] | None, Sequence[Any]]]:
    """Give each project with the columns to compare, their values in the month before (None: not listed) and now."""
    before = earlier_month(ledger, programme, month)
    if before is None:
        return
    over_the_year = YEARLY if year_of(before) != year_of(month) else ()
    compared = [name for name in FIELD_COLUMNS if name not in (*MONTHLY, *over_the_year, "stage")]
    # Plain tuples in one order: looking names up in rows would take longer than everything else here.
    rows = ledger.connection.execute(
        f"SELECT month, project, listed, effective_stage, {', '.join(compared)} FROM state WHERE programme = ? "
        "AND month IN (?, ?) AND project IN (SELECT value FROM json_each(?))",
        (programme.key, before, month, json.dumps(sorted(projects))),
    )
    earlier, now = {}, []
    for row_month, project, listed, *values in map(tuple, rows):
        if row_month == month:
            now.append((project, values))
        elif listed:
            earlier[project] = values
    for project, values in sorted(now):
        yield project, compared, earlier.get(project), values


def _differences(compared: list[str], known: Sequence[Any], said: Sequence[Any]) -> Iterator[Change]:
    if known[0] != said[0]:
        yield Change("stage", *(Stage(stage) if stage else None for stage in (known[0], said[0])))
    for name, was, stands in zip(compared, known[1:], said[1:], strict=True):
        if was == stands:
            continue
        before, now = (from_columns({name: stored}).get(name) for stored in (was, stands))
        if not says_nothing_new(name, before, now):
            yield Change(name, before, now)
