"""Lasting: since when what a project reports has stood unchanged."""

from __future__ import annotations

import json
from collections.abc import Iterable

from tracker.ledger.handle import Ledger
from tracker.ledger.standings import plain_rows
from tracker.model.programme import Programme


def problems_since(ledger: Ledger, programme: Programme, month: str, projects: Iterable[str]) -> dict[str, str]:
    """Give for each project with a problem at a month the first month of those, without a break, that had the same."""
    rows = plain_rows(
        ledger,
        "SELECT project, month, problem FROM state WHERE programme = :programme AND month <= :month "
        "AND project IN (SELECT value FROM json_each(:projects)) ORDER BY project, month",
        {"programme": programme.key, "month": month, "projects": json.dumps(list(projects))},
    )
    since: dict[str, str] = {}
    said: dict[str, str | None] = {}
    for project, at, problem in rows:
        if problem is None:
            since.pop(project, None)
        elif said.get(project) != problem:
            since[project] = at
        said[project] = problem
    return since
