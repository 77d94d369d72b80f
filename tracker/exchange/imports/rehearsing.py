"""Rehearsing: an import carried out and taken back in one breath, to see beforehand what it would come to."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from tracker.exchange.imports.importing import ImportRequest, ImportResult, NothingToWriteError, plan_of, record, report
from tracker.exchange.imports.intake import Plan, Progress, untold
from tracker.exchange.reading.headings import Table
from tracker.exchange.reading.workbooks import Sheet
from tracker.ledger.handle import Ledger
from tracker.ledger.reading import one_moment
from tracker.ledger.records import head_of
from tracker.ledger.standings import states_at, tallies
from tracker.ledger.writing import writing
from tracker.model.faults import Fault
from tracker.model.fields import STATED, Kind
from tracker.model.folding import State
from tracker.model.programme import Programme


@dataclass(frozen=True, slots=True)
class Difference:
    """One field's value before and after the import, None where there is none; for `stage` the stage that counts."""

    field: str
    before: Any
    after: Any


@dataclass(frozen=True, slots=True)
class Affected:
    """A project that the import says something about, in the order of the file.

    `sheet` and `row` say where; `differences` are what becomes of its fields, none where only its return is
    recorded.
    """

    code: str
    name: str
    county: str
    sheet: str
    row: int
    differences: tuple[Difference, ...]


@dataclass(slots=True)
class Rehearsal:
    """What an import would do.

    `result` reports it as the import itself would; `rows` counts the rows of each table. Where a fault must be
    mended first, nothing was carried out: `new` and `known` are empty and `before` and `after` None. Else they
    are the projects affected and the tallies of the area at the month; questions count as answered. `digest`
    is what to agree to.
    """

    result: ImportResult
    digest: str = ""
    tables: list[Table] = field(default_factory=list)
    rows: dict[str, int] = field(default_factory=dict)
    new: list[Affected] = field(default_factory=list)
    known: list[Affected] = field(default_factory=list)
    before: Mapping[str, int] | None = None
    after: Mapping[str, int] | None = None


def rehearse(
    ledger: Ledger,
    programme: Programme,
    request: ImportRequest,
    sheets: list[Sheet] | Fault,
    progress: Progress = untold,
) -> Rehearsal:
    """Carry an import out up to the point where it would be kept, look at what came of it, and take it back.

    What is shown is therefore counted by what counts everything else. The plan is made while others may write; the
    write lock is held only from there on, which for a long file is long: whoever rehearses one does it on a private
    copy of the ledger. Raises LedgerError as writing does.
    """
    request = replace(request, accept_warnings=True)
    found = Rehearsal(ImportResult(None, request.file_name, request.month))
    if isinstance(sheets, Fault):
        found.result.faults, found.result.refused = [sheets], True
        return found
    with one_moment(ledger):
        seen, plan = head_of(ledger), plan_of(ledger, programme, request, sheets, progress)
    if not _tell(found, plan, request):
        return found
    with suppress(NothingToWriteError), writing(ledger, f"rehearsal:{uuid.uuid4()}", request.by) as writes:
        if head_of(ledger) != seen:
            plan = plan_of(ledger, programme, request, sheets, progress)
            if not _tell(found, plan, request):
                raise NothingToWriteError
        found.before = tallies(ledger, programme, request.month, request.within)[""]
        record(writes, programme, plan, request, found.result, _NO_ORIGINAL, progress)
        progress("counting", 0, 0)
        writes.finish()
        found.after = tallies(ledger, programme, request.month, request.within)[""]
        _compare(found, plan, states_at(ledger, programme, request.month))
        raise NothingToWriteError
    return found


_NO_ORIGINAL = ("0" * 64, 0)
"""What stands for the kept file in a record that is taken back."""


def _tell(found: Rehearsal, plan: Plan, request: ImportRequest) -> bool:
    """Put into a rehearsal what a plan comes to; says whether there is anything to carry out."""
    found.result = ImportResult(None, request.file_name, request.month)
    report(found.result, plan, request)
    found.digest, found.tables, found.rows = plan.digest(), plan.tables, {}
    for each in plan.rows:
        found.rows[each.row.sheet] = found.rows.get(each.row.sheet, 0) + 1
    return not found.result.refused and found.result.returns_recorded > 0


def _compare(found: Rehearsal, plan: Plan, after: Mapping[str, State]) -> None:
    """Sort out what becomes of each project; new ones, which have no code yet, are known by county and name."""
    known = {planned.code for planned in plan.rows}
    made = {(state.values["county"], state.values["name"]): state for code, state in after.items() if code not in known}
    for planned in plan.rows:
        if not planned.changes:
            continue
        row = planned.row
        if planned.code is None:
            county = row.county.code if row.county else ""
            state = made[county, row.values["name"]]
        else:
            state = after[planned.code]
        affected = Affected(
            planned.code or "", state.values["name"], state.values["county"], row.sheet, row.number,
            tuple(_differences(planned.known, state)),
        )  # fmt: skip
        (found.new if planned.code is None else found.known).append(affected)


def _differences(known: State | None, after: State) -> Iterator[Difference]:
    before: Mapping[str, Any] = known.values if known else {}
    for declared in STATED:
        name = declared.name
        was, stands = before.get(name), after.values.get(name)
        if declared.kind is Kind.STAGE:
            was, stands = known.stage if known else None, after.stage
        if was != stands:
            yield Difference(name, was, stands)
