"""Drafts: what is being filled in, as it was typed, right or wrong, until it is sent; alive on every machine.

A draft is no truth: it is kept beside it, one text a project and field, with a version, so that two people who
write into one field at once both keep their text. Sending a return takes its drafts away; the versions of the
next ones lie beyond theirs, so that a page which is still open cannot write over what was begun since.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from tracker.ledger.handle import Ledger, StorageError

UNCHANGED = "unchanged"
"""The field under which a row's mark 本月无变化 is kept; its text is `yes`."""

ANSWER = "answer:"
"""What stands before a field's name where the county's answer to a doubt about it is kept."""

WHOLE_ROW = "row"
"""What stands for a field's name in an answer that is about the row: the reply to whoever sent it back."""

REPLY = f"{ANSWER}{WHOLE_ROW}"
"""The field under which the county's reply to a sending back is kept."""

_MOST_SAVINGS = 1_000_000
"""More often than anybody saves one field before the return is sent."""


@dataclass(frozen=True, slots=True)
class Draft:
    """One field's text as it was last saved; `version` grows with every saving."""

    text: str
    version: int
    saved_at: str
    saved_by: str


class DraftPlace(NamedTuple):
    """Where a draft stands: one field of one project's return for a month."""

    programme: str
    month: str
    project: str
    field: str


class DraftConflictError(Exception):
    """Somebody else saved another text meanwhile; `standing` is theirs, and nothing was overwritten."""

    def __init__(self, standing: Draft) -> None:
        """Take the draft that stands."""
        super().__init__(standing.text)
        self.standing = standing


def drafts_of(ledger: Ledger, key: str, month: str, projects: Iterable[str]) -> dict[str, dict[str, Draft]]:
    """Give the drafts of some projects for a month, by project and field."""
    wanted = list(projects)
    found: dict[str, dict[str, Draft]] = {project: {} for project in wanted}
    for project in wanted:
        for row in ledger.connection.execute(
            "SELECT * FROM draft WHERE programme = ? AND month = ? AND project = ?", (key, month, project)
        ):
            found[project][row["field"]] = Draft(row["text"], row["version"], row["saved_at"], row["saved_by"])
    return found


def drafted_projects(ledger: Ledger, key: str, month: str) -> set[str]:
    """Give the projects of which anything is being filled in for a month."""
    rows = ledger.connection.execute(
        "SELECT DISTINCT project FROM draft WHERE programme = ? AND month = ?", (key, month)
    )
    return {row["project"] for row in rows}


def save_draft(ledger: Ledger, place: DraftPlace, text: str, seen: int, by: str) -> Draft:
    """Save one field's text; `seen` is the version that was on the page, 0 for none. Gives the draft that stands.

    Raises DraftConflictError where another text was saved meanwhile, StorageError where the disk refuses.
    """
    connection = ledger.connection
    with saving_together(ledger):
        row = connection.execute(
            "SELECT * FROM draft WHERE programme = ? AND month = ? AND project = ? AND field = ?",
            place,
        ).fetchone()
        standing = Draft(row["text"], row["version"], row["saved_at"], row["saved_by"]) if row else None
        if standing is not None and standing.text == text:
            return standing
        if (standing.version if standing else 0) != seen:
            raise DraftConflictError(standing or Draft("", 0, "", ""))
        version = standing.version + 1 if standing else _first_version(ledger, place)
        saved = Draft(text, version, ledger.clock().isoformat(), by)
        connection.execute(
            "INSERT INTO draft VALUES (?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (programme, month, project, field) DO UPDATE SET text = excluded.text, "
            "version = excluded.version, saved_at = excluded.saved_at, saved_by = excluded.saved_by",
            (*place, text, saved.version, saved.saved_at, by),
        )
    return saved


@contextmanager
def saving_together(ledger: Ledger) -> Iterator[None]:
    """Save whatever is saved inside in one transaction: a page of drafts waits for the disk once, not field by field.

    Raises StorageError where the disk refuses; then nothing of it is saved.
    """
    connection = ledger.connection
    part_of_another = connection.in_transaction
    if part_of_another:
        yield
        return
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise StorageError(
            f"草稿没有存成（{error}）：磁盘已满、只读、出错，或别的程序一直占用着台账。"
            "刚才填的还在页面上，请排除后再存一次。"
        ) from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _first_version(ledger: Ledger, place: DraftPlace) -> int:
    """Give the version of a field's first draft: 1, or beyond every draft that was sent with the last return."""
    row = ledger.connection.execute(
        "SELECT max(sequence) AS last FROM record "
        "WHERE programme = ? AND month = ? AND project = ? AND kind = 'return'",
        place[:3],
    ).fetchone()
    return int(row["last"] or 0) * _MOST_SAVINGS + 1


def drop_drafts(ledger: Ledger, key: str, month: str, projects: Iterable[str]) -> None:
    """Drop, in the open transaction, the drafts of projects whose return was sent."""
    ledger.connection.executemany(
        "DELETE FROM draft WHERE programme = ? AND month = ? AND project = ?",
        [(key, month, project) for project in projects],
    )
