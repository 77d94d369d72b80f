"""Draft reading: what a county has filled in for a month, read and checked like any list, ready to be sent or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracker.exchange.contradictions import check_row
from tracker.exchange.field_reading import read_field
from tracker.exchange.intake import background_of
from tracker.ledger.drafts import ANSWER, UNCHANGED, Draft, drafts_of
from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import places_of
from tracker.ledger.returns import TO_FILL, Reported, ReturnRow, RowStatus, rows_of_month, stated_in
from tracker.model.faults import Fault, Flaw, Severity
from tracker.model.fields import FIELD, FIELDS
from tracker.model.folding import State, says_nothing_new
from tracker.model.places import Place, Places
from tracker.model.printing import print_value
from tracker.model.programme import Programme
from tracker.model.values import Said

REPORTED = tuple(each.name for each in FIELDS if each.reported)
"""The fields that a county states each month, in the order of declaration."""


@dataclass(slots=True)
class DraftedRow:
    """One project's return as it is being filled in.

    `known` is the state that holds without it, `before` the one at the end of the month before; `sent` what
    the county had sent before the review returned it. `texts` are the fields as they stand in the form,
    `values` and `cleared` what they say, `faults` what is wrong with them; `answers` are the county's reasons
    by field. `unchanged` is the mark 本月无变化.
    """

    row: ReturnRow
    known: State | None
    before: State | None
    drafts: Mapping[str, Draft]
    texts: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    flawed: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    unchanged: bool = False

    @property
    def filled(self) -> bool:
        """Say whether anything is said of the project: a change, or that there is none."""
        return self.unchanged or bool(self.values or self.cleared or self.flawed)

    @property
    def unanswered(self) -> list[Fault]:
        """Give the faults that keep the row from being sent: those to mend, and doubts without an answer."""
        return [
            fault
            for fault in self.faults
            if fault.severity is not Severity.ASK or not self.answers.get(fault.field or "", "").strip()
        ]

    @property
    def ready(self) -> bool:
        """Say whether the row can be sent."""
        return self.filled and not self.unanswered

    def reported(self) -> Reported:
        """Give the row as it is to be recorded."""
        answered = tuple(
            {
                "field": fault.field, "said": fault.said, "message": fault.message,
                "answer": self.answers[fault.field or ""].strip(),
            }
            for fault in self.faults
            if fault.severity is Severity.ASK
        )  # fmt: skip
        return Reported(self.row.project, dict(self.values), frozenset(self.cleared), answered)


@dataclass(slots=True)
class DraftedReturn:
    """A county's return as it is being filled in: the rows that it may still write, by code."""

    projects: list[DraftedRow]

    @property
    def rows(self) -> list[Reported]:
        """Give what can be sent now."""
        return [project.reported() for project in self.projects if project.ready]

    @property
    def seen(self) -> dict[str, dict[str, int]]:
        """Give the versions of the drafts that were read, by project and field."""
        return {
            project.row.project: {name: draft.version for name, draft in project.drafts.items()}
            for project in self.projects
            if project.drafts
        }

    @property
    def faults(self) -> list[Fault]:
        """Give every fault that keeps a row from being sent."""
        return [fault for project in self.projects for fault in project.unanswered]

    @property
    def unfilled(self) -> list[DraftedRow]:
        """Give the rows of which nothing is said yet."""
        return [project for project in self.projects if not project.filled]


def read_drafts(ledger: Ledger, programme: Programme, month: str, county: Place) -> DraftedReturn:
    """Read a county's drafts for a month, every row that it may write, and check each against what is known."""
    rows = [row for row in rows_of_month(ledger, programme, month, county) if row.status in TO_FILL]
    drafts = drafts_of(ledger, programme.key, month, [row.project for row in rows])
    background = background_of(ledger, programme, month)
    places = places_of(ledger, programme)
    return DraftedReturn([
        _read(
            ledger, programme, month, places,
            DraftedRow(row, background.now.get(row.project), background.before.get(row.project), drafts[row.project]),
        )
        for row in rows
    ])  # fmt: skip


def _read(ledger: Ledger, programme: Programme, month: str, places: Places, drafted: DraftedRow) -> DraftedRow:
    known = drafted.known.values if drafted.known else {}
    if drafted.row.status is RowStatus.SENT_BACK and drafted.row.sequence is not None:
        drafted.values, cleared = stated_in(ledger, drafted.row.sequence)
        drafted.cleared = set(cleared)
    mark = drafted.drafts.get(UNCHANGED)
    drafted.unchanged = mark is not None and mark.text == "yes"
    for name in REPORTED:
        draft = drafted.drafts.get(name)
        held = None if name in drafted.cleared else drafted.values.get(name, known.get(name))
        if draft is None:
            drafted.texts[name] = "" if held is None else print_value(name, held)
        else:
            drafted.texts[name] = draft.text
            _read_text(drafted, name, draft.text, known.get(name), programme, places)
        answer = drafted.drafts.get(ANSWER + name)
        if answer is not None:
            drafted.answers[name] = answer.text
    if drafted.unchanged:
        drafted.values, drafted.cleared, drafted.flawed, drafted.faults = {}, set(), set(), []
        return drafted
    columns = set(REPORTED)
    if "actual_start" in known and "actual_start" not in drafted.cleared:
        # What the form shows as known need not be said once more.
        columns.discard("actual_start")
    check_row(drafted, month, columns, drafted.known, drafted.before, _note)
    return drafted


def _read_text(
    drafted: DraftedRow, name: str, text: str, known: Any, programme: Programme, places: Places
) -> None:  # fmt: skip
    drafted.values.pop(name, None)
    drafted.cleared.discard(name)
    reading = read_field(name, text, programme, places)
    if reading.flaw is not None:
        _note(drafted, name, reading.flaw)
    if reading.value is not None:
        if not says_nothing_new(name, known, reading.value):
            drafted.values[name] = reading.value
    elif reading.said in (Said.BLANK, Said.CLEARED) and known is not None:
        # On a form whoever empties a field sees what was in it: a blank says so here, unlike in a list.
        drafted.cleared.add(name)


def _note(drafted: DraftedRow, name: str, flaw: Flaw) -> None:
    drafted.flawed.add(name)
    sentence = f"“{drafted.row.name}”的“{FIELD[name].heading}”：{flaw.message}"
    drafted.faults.append(Fault(flaw.severity, sentence, field=name, said=drafted.texts.get(name) or None))
