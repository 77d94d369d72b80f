"""Withdrawing: an import taken back by counter-records; nothing that was recorded is changed or deleted."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from tracker.ledger.handle import Ledger, RefusedError, UnknownError
from tracker.ledger.projects import needed_reason
from tracker.ledger.states import WITHDRAWN, statements_of
from tracker.ledger.writing import AlreadyRecordedError, writing
from tracker.model.folding import StatementKind


@dataclass(slots=True)
class Withdrawn:
    """What taking an import back did.

    `returns` counts the monthly returns that no longer count; `removed` are the projects that left the ledger
    with their registration, `kept` those that the import registered and others speak of: name and county of
    these stay. Both as `{code, name}`, by code.
    """

    number: int
    programme: str
    file: str
    month: str
    returns: int = 0
    removed: list[dict[str, str]] = field(default_factory=list)
    kept: list[dict[str, str]] = field(default_factory=list)

    def as_mapping(self) -> dict[str, Any]:
        """Give the result in the form that scripts read."""
        return {
            "id": self.number,
            "file": self.file,
            "month": self.month,
            "undone": self.returns,
            "projects_removed": self.removed,
            "projects_kept": self.kept,
        }


def withdraw_import(ledger: Ledger, number: int, by: str, reason: str | None) -> Withdrawn:
    """Take back everything an import recorded; gives what came of it.

    The month stays open and other imports' returns stay. Raises UnknownError for a number that is no import's,
    RefusedError without a reason and for an import that was taken back before.
    """
    found = _import_of(ledger, number)
    why = needed_reason(reason, "导错了月份")
    outcome = Withdrawn(number, found["programme"], found["name"], found["month"])
    try:
        with writing(ledger, f"undo:{number}", by) as writes:
            said = ledger.connection.execute(
                "SELECT record.sequence, record.kind, record.project, record.month, statement.name FROM record "
                f"JOIN statement USING (sequence) WHERE request = ? AND import = ? AND NOT {WITHDRAWN} "
                "ORDER BY record.sequence",
                (found["request"], number),
            ).fetchall()
            writes.note_withdrawal(found["programme"], found["month"], number, why)
            for row in said:
                writes.withdraw(
                    found["programme"], row["project"], row["month"], row["sequence"], imported_by=number, reason=why
                )
            outcome.returns = sum(row["kind"] == StatementKind.RETURN for row in said)
            registered = [row for row in said if row["kind"] == StatementKind.REGISTRATION]
    except AlreadyRecordedError as error:
        raise RefusedError(_when_withdrawn(ledger, number, error.sequences[0])) from error
    for row in sorted(registered, key=lambda row: str(row["project"])):
        project = {"code": row["project"], "name": row["name"]}
        (outcome.kept if statements_of(ledger, row["project"]) else outcome.removed).append(project)
    return outcome


def _import_of(ledger: Ledger, number: int) -> sqlite3.Row:
    row: sqlite3.Row | None = ledger.connection.execute(
        "SELECT record.programme, record.month, record.request, import_file.name FROM record "
        "JOIN import_file USING (sequence) WHERE record.sequence = ? AND record.kind = 'import'",
        (number,),
    ).fetchone()
    if row is None:
        raise UnknownError(f"台账里没有编号为 {number} 的导入。编号在导入完成时给出，也记在专项和项目的档案里。")
    return row


def _when_withdrawn(ledger: Ledger, number: int, sequence: int) -> str:
    row = ledger.connection.execute(
        "SELECT recorded_at, recorded_by, reason FROM record WHERE sequence = ?", (sequence,)
    ).fetchone()
    when = row["recorded_at"][:16].replace("T", " ")
    return f"导入 {number} 已由{row['recorded_by']}于 {when} 撤销（理由：{row['reason']}），没有再撤销。"
