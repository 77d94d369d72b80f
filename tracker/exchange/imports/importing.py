"""Importing: one file into one month of the ledger, all of it or none, and what came of it."""

from __future__ import annotations

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tracker.exchange.imports.intake import Plan, Planned, Progress, plan_import, untold
from tracker.exchange.month_workbook.marks import marks_of
from tracker.exchange.reading.reading_choices import NO_CHOICES, ReadingChoices
from tracker.exchange.reading.workbooks import Sheet
from tracker.ledger.handle import Ledger
from tracker.ledger.heading_choices import remember_headings
from tracker.ledger.imports import REQUEST_PREFIX
from tracker.ledger.months import refuse_closed
from tracker.ledger.originals import keep_original
from tracker.ledger.projects import ensure_month
from tracker.ledger.reading import one_moment
from tracker.ledger.records import head_of
from tracker.ledger.writing import Writing, writing
from tracker.model.faults import Fault, Severity
from tracker.model.fields import FIELD
from tracker.model.folding import StatementKind
from tracker.model.places import Place
from tracker.model.programme import Programme


@dataclass(slots=True)
class ImportResult:
    """What an import did or would do.

    `id` is the number of the import's record, None where nothing was written; `refused` says that faults
    kept it from being written, `outdated` that the ledger says something else than the plan that was agreed
    to; every row is either recorded or unchanged. `drafted` is the number of projects of which drafts were
    entered instead, None where returns were.
    """

    id: int | None
    file: str
    month: str
    rows_read: int = 0
    projects_registered: int = 0
    returns_recorded: int = 0
    unchanged: int = 0
    not_mentioned: list[dict[str, str]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    refused: bool = False
    outdated: bool = False
    notes: list[str] = field(default_factory=list)
    unread_columns: list[dict[str, str]] = field(default_factory=list)
    drafted: int | None = None

    def as_mapping(self) -> dict[str, Any]:
        """Give the result in the form that scripts read."""
        return {
            "id": self.id,
            "file": self.file,
            "month": self.month,
            "rows_read": self.rows_read,
            "projects_registered": self.projects_registered,
            "returns_recorded": self.returns_recorded,
            "unchanged": self.unchanged,
            "not_mentioned": self.not_mentioned,
            "faults": [fault.as_mapping() for fault in self.faults],
            "notes": self.notes,
            "unread_columns": self.unread_columns,
            **({} if self.drafted is None else {"drafted": self.drafted}),
        }


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is to be imported: the file, the month, the area it may speak of, and who answers for it.

    `accept_warnings` accepts what is only asked; `dry_run` writes nothing in any case. `name` is what the
    sender calls the file, where it is kept under another name; `key` tells this request from every other;
    `agreed` is the digest of the plan that somebody has seen and agreed to: no other is carried out. `choices` say how
    somebody wants the file read.
    """

    path: Path
    month: str
    within: Place
    by: str
    accept_warnings: bool = False
    dry_run: bool = False
    name: str = ""
    key: str = field(default_factory=lambda: str(uuid.uuid4()))
    agreed: str = ""
    choices: ReadingChoices = NO_CHOICES

    @property
    def file_name(self) -> str:
        """Give the name that stands in the record."""
        return self.name or self.path.name


_EVERY = 100
_MONTH_WORKBOOK = (
    "这是月报工作簿：按清单导入，没有改动的项目也会记为已报，做好工作簿以后别处改过的内容会被表里的盖住。"
    "请在县里的月报页交回，或在命令行用 import --draft 记入草稿；确要按清单导入，请确认。"
)


class NothingToWriteError(Exception):
    """Leaves the write transaction without a trace."""


def import_sheets(
    ledger: Ledger,
    programme: Programme,
    request: ImportRequest,
    sheets: list[Sheet] | Fault,
    progress: Progress = untold,
) -> ImportResult:
    """Import what was read of a file, or say why not; the ledger is unchanged unless `id` is given.

    Nobody is kept from writing while the plan is made; where somebody wrote meanwhile it is made anew, so that it
    fits the ledger it is written to. The file itself is kept before anything names it. Raises RefusedError where
    anything would be written into a closed month.
    """
    result = ImportResult(None, request.file_name, request.month)
    if isinstance(sheets, Fault):
        result.faults, result.refused = [sheets], True
        return result
    if request.dry_run:
        report(result, plan_of(ledger, programme, request, sheets, progress, keep_values=False), request)
        if result.returns_recorded:
            refuse_closed(ledger, programme.key, request.month)
        return result
    with one_moment(ledger):
        seen, plan = head_of(ledger), plan_of(ledger, programme, request, sheets, progress)
    with suppress(NothingToWriteError), writing(ledger, f"{REQUEST_PREFIX}{request.key}", request.by) as writes:
        if head_of(ledger) != seen:
            plan = plan_of(ledger, programme, request, sheets, progress)
        report(result, plan, request)
        result.outdated = bool(request.agreed) and plan.digest() != request.agreed
        if result.refused or result.outdated or not result.returns_recorded:
            raise NothingToWriteError
        refuse_closed(ledger, programme.key, request.month)
        original = keep_original(ledger, request.path)
        result.id = record(writes, programme, plan, request, result, original, progress)
        remember_headings(ledger, programme.key, plan.taught, request.by)
        progress("counting", 0, 0)
    return result


def plan_of(
    ledger: Ledger, programme: Programme, request: ImportRequest, sheets: list[Sheet], progress: Progress,
    *, keep_values: bool = True,
) -> Plan:  # fmt: skip
    """Give what a request would write into the ledger as it stands.

    A month's workbook read as a list reports for every row of it, and lays what stood in it over what came about
    since: that is asked about.
    """
    plan = plan_import(
        ledger, programme, request.month, request.within, sheets, request.choices, progress, keep_values=keep_values
    )
    if marks_of(sheets) is not None:
        plan.faults.insert(0, Fault(Severity.ASK, _MONTH_WORKBOOK))
    return plan


def report(result: ImportResult, plan: Plan, request: ImportRequest) -> None:
    """Put into a result what a plan comes to."""
    result.rows_read = len(plan.rows)
    result.not_mentioned = plan.not_mentioned
    result.faults = plan.faults
    result.notes = plan.notes
    result.unread_columns = [{"sheet": sheet, "cell": cell, "heading": said} for sheet, cell, said in plan.unread]
    result.refused = plan.refused(request.accept_warnings)
    if not result.refused:
        result.projects_registered = sum(each.code is None for each in plan.rows)
        result.returns_recorded = sum(each.changes for each in plan.rows)
        result.unchanged = result.rows_read - result.returns_recorded


def record(
    writes: Writing,
    programme: Programme,
    plan: Plan,
    request: ImportRequest,
    result: ImportResult,
    original: tuple[str, int],
    progress: Progress = untold,
) -> int:
    """Record a plan; gives the number of the import's record.

    `result` reports the same plan, `original` is the file that is kept: its SHA-256 and its size in bytes.
    """
    ensure_month(writes, programme, request.month)
    file = {
        "name": request.file_name,
        "sha256": original[0],
        "bytes": original[1],
        "kept": 1,
        "within": request.within.code,
        "rows_read": result.rows_read,
        "projects_registered": result.projects_registered,
        "returns_recorded": result.returns_recorded,
        "unchanged": result.unchanged,
    }
    accepted = [fault.as_mapping() for fault in plan.faults if fault.severity is Severity.ASK]
    number = writes.note_import(programme.key, request.month, file, accepted, plan.used)
    for done, each in enumerate(plan.rows, start=1):
        if each.changes:
            _record_row(writes, programme, each, request.month, number)
        if done % _EVERY == 0:
            progress("recording", done, len(plan.rows))
    return number


def _record_row(writes: Writing, programme: Programme, planned: Planned, month: str, number: int) -> None:
    row = planned.row
    values = {name: value for name, value in row.values.items() if name != "name"}
    values |= planned.introduced
    code = planned.code
    if code is None:
        if row.county is None:
            raise ValueError(f"row {row.number} of {row.sheet} has no county")
        facts = {name: value for name, value in values.items() if not FIELD[name].reported}
        named = {"name": row.values["name"], "county": row.county.code, **facts}
        code = writes.register(programme.key, month, named, imported_by=number)
        values = {name: value for name, value in values.items() if FIELD[name].reported}
    writes.state(
        programme.key, code, month, StatementKind.RETURN, values, row.cleared, imported_by=number
    )  # fmt: skip
