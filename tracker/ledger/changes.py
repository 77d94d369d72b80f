"""Changes: what a month says of its projects that the month before did not."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tracker.ledger.columns import FIELD_COLUMNS, from_columns
from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import standing_month
from tracker.ledger.standings import plain_rows
from tracker.model.folding import DATES, MONTHLY, YEARLY, says_nothing_new
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
    before = earlier_month(ledger, programme, month)
    if before is None:
        return []
    compared = ["effective_stage", *_compared_columns(before, month)]
    # Two dates that differ may still agree (2024-05 and 2024-05-12); anything else that differs has changed.
    may_agree = [name for name in compared if name in DATES]
    certain = " OR ".join(
        ["earlier.project IS NULL"]
        + [f"(now.{name} IS NULL) <> (earlier.{name} IS NULL)" for name in may_agree]
        + [f"now.{name} IS NOT earlier.{name}" for name in compared if name not in DATES]
    )
    different = " OR ".join(f"now.{name} IS NOT earlier.{name}" for name in may_agree)
    rows = plain_rows(
        ledger,
        f"SELECT now.project, {certain} FROM state AS now LEFT JOIN state AS earlier ON earlier.listed "
        "AND (earlier.programme, earlier.month, earlier.project) = (now.programme, :before, now.project) "
        "WHERE now.programme = :programme AND now.month = :month "
        f"AND now.project IN (SELECT value FROM json_each(:projects)) AND ({certain} OR {different})",
        {"programme": programme.key, "before": before, "month": month, "projects": json.dumps(list(projects))},
    )
    found = dict(rows)
    doubtful = changes_of(ledger, programme, month, [code for code, is_certain in found.items() if not is_certain])
    return sorted(code for code, is_certain in found.items() if is_certain or code in doubtful)


def _compared(
    ledger: Ledger, programme: Programme, month: str, projects: Iterable[str]
) -> Iterator[tuple[str, list[str], Sequence[Any] | None, Sequence[Any]]]:
    """Give each project with the columns to compare, their values in the month before (None: not listed) and now."""
    before = earlier_month(ledger, programme, month)
    if before is None:
        return
    compared = _compared_columns(before, month)
    rows = plain_rows(
        ledger,
        f"SELECT month, project, listed, effective_stage, {', '.join(compared)} FROM state "
        "WHERE programme = :programme AND month IN (:before, :month) "
        "AND project IN (SELECT value FROM json_each(:projects))",
        {"programme": programme.key, "before": before, "month": month, "projects": json.dumps(sorted(projects))},
    )
    earlier, now = {}, []
    for row_month, project, listed, *values in rows:
        if row_month == month:
            now.append((project, values))
        elif listed:
            earlier[project] = values
    for project, values in sorted(now):
        yield project, compared, earlier.get(project), values


def _compared_columns(before: str, month: str) -> list[str]:
    """Give the fields that two months are compared by: a month's own sums, and over a year's end a year's, are not."""
    over_the_year = YEARLY if year_of(before) != year_of(month) else ()
    return [name for name in FIELD_COLUMNS if name not in (*MONTHLY, *over_the_year, "stage")]


def _differences(compared: list[str], known: Sequence[Any], said: Sequence[Any]) -> Iterator[Change]:
    if known[0] != said[0]:
        yield Change("stage", *(Stage(stage) if stage else None for stage in (known[0], said[0])))
    stored = [each for each in zip(compared, known[1:], said[1:], strict=True) if each[1] != each[2]]
    before = from_columns({name: was for name, was, _ in stored})
    now = from_columns({name: stands for name, _, stands in stored})
    for name, *_ in stored:
        if not says_nothing_new(name, before.get(name), now.get(name)):
            yield Change(name, before.get(name), now.get(name))
