"""Imports: the lists that were imported, as recorded: from which file, by whom, what came of it, taken back or not."""

from __future__ import annotations

import re
import sqlite3
from dataclasses import dataclass

from tracker.ledger.handle import Ledger

REQUEST_PREFIX = "import:"
"""What stands before an import's own key in the idempotency key of its request."""

_KEY = re.compile(r"[0-9a-f]{32}")
_SELECT = (
    "SELECT record.*, import_file.*, undo.recorded_at AS undone_at, undo.recorded_by AS undone_by, "
    "undo.reason AS undone_because, "
    "(SELECT count(*) FROM accepted_fault WHERE accepted_fault.sequence = record.sequence) AS accepted "
    "FROM record JOIN import_file USING (sequence) LEFT JOIN record AS undo ON undo.programme = record.programme "
    "AND undo.kind = 'withdrawal' AND undo.month = record.month AND undo.project IS NULL "
    "AND undo.import = record.sequence WHERE record.kind = 'import' "
)


@dataclass(frozen=True, slots=True)
class Undone:
    """When an import was taken back (ISO 8601), by whom and why."""

    at: str
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class RecordedImport:
    """One import as it is recorded.

    `key` is the 32 hexadecimal digits that tell its request from every other, "" where it has none; `within`
    is the code of the area it could speak of, `accepted` how many questions were answered with it; `kept` says that
    the file itself is kept.
    """

    number: int
    key: str
    programme: str
    month: str
    within: str
    file: str
    sha256: str
    size: int
    at: str
    by: str
    rows_read: int
    projects_registered: int
    returns_recorded: int
    unchanged: int
    accepted: int
    kept: bool
    undone: Undone | None


@dataclass(frozen=True, slots=True)
class AcceptedFault:
    """A question that was answered with an import: where it stands, the field, what was said, the sentence."""

    sheet: str
    cell: str
    field: str
    said: str
    message: str


@dataclass(frozen=True, slots=True)
class ImportChoice:
    """One choice that an import was read by: rows of `import_choice` have its meaning."""

    kind: str
    sheet: str
    heading: str
    said: str
    remembered: bool


def recent_imports(ledger: Ledger, programme: str, most: int) -> list[RecordedImport]:
    """Give the latest imports of a programme, at most `most`, the last one first."""
    rows = ledger.connection.execute(
        f"{_SELECT} AND record.programme = ? ORDER BY record.sequence DESC LIMIT ?", (programme, most)
    )
    return [_recorded(row) for row in rows]


def import_with_key(ledger: Ledger, key: str) -> RecordedImport | None:
    """Find an import by its key of 32 hexadecimal digits; the command line writes it in groups."""
    if not _KEY.fullmatch(key):
        return None
    grouped = "-".join((key[:8], key[8:12], key[12:16], key[16:20], key[20:]))
    row = ledger.connection.execute(
        f"{_SELECT} AND record.request IN (?, ?)", (f"{REQUEST_PREFIX}{key}", f"{REQUEST_PREFIX}{grouped}")
    ).fetchone()
    return None if row is None else _recorded(row)


def accepted_faults(ledger: Ledger, number: int) -> list[AcceptedFault]:
    """Give the questions that were answered with an import, in the order of the file."""
    rows = ledger.connection.execute(
        "SELECT coalesce(sheet, ''), coalesce(cell, ''), coalesce(field, ''), coalesce(said, ''), message "
        "FROM accepted_fault WHERE sequence = ? ORDER BY position",
        (number,),
    )
    return [AcceptedFault(*row) for row in rows]


def import_choices(ledger: Ledger, number: int) -> list[ImportChoice]:
    """Give the choices that an import was read by, in the order of sheets and columns."""
    rows = ledger.connection.execute(
        "SELECT kind, sheet, coalesce(heading, ''), coalesce(said, ''), coalesce(remembered, 0) "
        "FROM import_choice WHERE sequence = ? ORDER BY position",
        (number,),
    )
    return [ImportChoice(row[0], row[1], row[2], row[3], bool(row[4])) for row in rows]


def _recorded(row: sqlite3.Row) -> RecordedImport:
    key = row["request"].removeprefix(REQUEST_PREFIX).replace("-", "")
    undone = Undone(row["undone_at"], row["undone_by"], row["undone_because"]) if row["undone_at"] else None
    return RecordedImport(
        number=row["sequence"],
        key=key if _KEY.fullmatch(key) else "",
        programme=row["programme"],
        month=row["month"],
        within=row["within"],
        file=row["name"],
        sha256=row["sha256"],
        size=row["bytes"],
        at=row["recorded_at"],
        by=row["recorded_by"],
        rows_read=row["rows_read"],
        projects_registered=row["projects_registered"],
        returns_recorded=row["returns_recorded"],
        unchanged=row["unchanged"],
        accepted=row["accepted"],
        kept=bool(row["kept"]),
        undone=undone,
    )
