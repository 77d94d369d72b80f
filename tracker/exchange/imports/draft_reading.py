"""Draft reading: what a county has filled in for a month, read and checked like any list, ready to be sent or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracker.exchange.imports.contradictions import check_row
from tracker.exchange.imports.intake import background_of
from tracker.exchange.reading.field_reading import read_field
from tracker.ledger.attachments import attached_since
from tracker.ledger.drafts import ANSWER, UNCHANGED, WHOLE_ROW, Draft, drafts_of
from tracker.ledger.handle import Ledger
from tracker.ledger.months import admission
from tracker.ledger.programmes import places_of
from tracker.ledger.returns import SEE_FIELDS, TO_FILL, Reported, ReturnRow, answered_faults, rows_of_month, stated_in
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
    by field, under WHOLE_ROW the one to whoever sent the row back. `unchanged` is the mark 本月无变化, `mended`
    says that a row which was sent back is no longer what it was.
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
    mended: bool = False

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
            if fault.severity is not Severity.ASK or not self.answers.get(fault.field or WHOLE_ROW, "").strip()
        ]

    @property
    def reply(self) -> str:
        """Give what the county writes to whoever sent the row back, without the white around it."""
        return self.answers.get(WHOLE_ROW, "").strip()

    @property
    def ready(self) -> bool:
        """Say whether the row can be sent."""
        return self.filled and not self.unanswered

    def reported(self) -> Reported:
        """Give the row as it is to be recorded."""
        answered = [
            {
                "field": fault.field, "said": fault.said, "message": fault.message,
                "answer": self.answers[fault.field].strip(),
            }
            for fault in self.faults
            if fault.severity is Severity.ASK and fault.field is not None
        ]  # fmt: skip
        if self.row.sent_back and self.reply:
            message = f"退回理由：{reasons_of(self.row)}" + ("" if self.mended else "；重报没有改动")
            answered.insert(0, {"field": None, "said": None, "message": message, "answer": self.reply})
        return Reported(self.row.project, dict(self.values), frozenset(self.cleared), tuple(answered))


@dataclass(slots=True)
class DraftedReturn:
    """A county's return as it is being filled in: the rows that it may still write, by code."""

    projects: list[DraftedRow]

    def reply(self, text: str) -> None:
        """Give one reply to all rows that were sent back, have not been mended, and have no reply yet."""
        for project in self.projects:
            if project.row.sent_back and not project.mended and not project.reply:
                project.answers[WHOLE_ROW] = text

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


def reasons_of(row: ReturnRow) -> str:
    """Give why a row was sent back, the reasons of its fields among it, in one line; "" where it was not."""
    reasons = [f"{FIELD[name].heading if name in FIELD else name}：{why}" for name, why in row.fields.items()]
    # Where only fields have a reason, that of the row says no more than to look there.
    own = [] if not row.sent_back or (reasons and row.reason == SEE_FIELDS) else [row.reason]
    return "；".join(" ".join(each.split()).rstrip("。；") for each in [*own, *reasons])


def read_drafts(ledger: Ledger, programme: Programme, month: str, county: Place) -> DraftedReturn:
    """Read a county's drafts for a month, every row that it may write today, and check each against what is known."""
    to_fill = [row for row in rows_of_month(ledger, programme, month, county) if row.status in TO_FILL]
    admitted = {code: admission(ledger, programme, month, code) for code in {row.county for row in to_fill}}
    rows = [row for row in to_fill if admitted[row.county].admits(sent_back=row.sent_back)]
    if not rows:
        return DraftedReturn([])
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
    sent = _carry_over(ledger, drafted)
    mark = drafted.drafts.get(UNCHANGED)
    if mark is not None:
        drafted.unchanged = mark.text == "yes"
    for name in REPORTED:
        draft = drafted.drafts.get(name)
        held = None if name in drafted.cleared else drafted.values.get(name, known.get(name))
        if draft is None:
            drafted.texts[name] = "" if held is None else print_value(name, held)
        else:
            drafted.texts[name] = draft.text
            _read_text(drafted, name, draft.text, known.get(name), programme, places)
    drafted.answers |= {
        name.removeprefix(ANSWER): draft.text for name, draft in drafted.drafts.items() if name.startswith(ANSWER)
    }
    if drafted.unchanged:
        drafted.values, drafted.cleared, drafted.flawed, drafted.faults = {}, set(), set(), []
    else:
        _check(drafted, month, known)
    _ask_for_a_reply(ledger, programme, month, drafted, sent)
    return drafted


def _check(drafted: DraftedRow, month: str, known: Mapping[str, Any]) -> None:
    columns = set(REPORTED)
    if "actual_start" in known and "actual_start" not in drafted.cleared:
        # What the form shows as known need not be said once more.
        columns.discard("actual_start")
    check_row(drafted, month, columns, drafted.known, drafted.before, _note)


def _carry_over(ledger: Ledger, drafted: DraftedRow) -> tuple[dict[str, Any], frozenset[str]]:
    """Put what the county had sent, and how it had answered doubts, into a row that was sent back; gives the former."""
    if not drafted.row.sent_back or drafted.row.sequence is None:
        return {}, frozenset()
    values, cleared = stated_in(ledger, drafted.row.sequence)
    drafted.values, drafted.cleared = dict(values), set(cleared)
    drafted.unchanged = not values and not cleared
    drafted.answers = {
        said["field"]: said["answer"] for said in answered_faults(ledger, drafted.row.sequence) if said["field"]
    }
    return values, cleared


def _ask_for_a_reply(
    ledger: Ledger, programme: Programme, month: str, drafted: DraftedRow, sent: tuple[dict[str, Any], frozenset[str]]
) -> None:  # fmt: skip
    """Ask why a row that was sent back is to be sent again as it was."""
    row = drafted.row
    if not row.sent_back or row.verdict is None:
        return
    drafted.mended = (drafted.values, frozenset(drafted.cleared)) != sent or attached_since(
        ledger, programme.key, row.project, month, row.verdict
    )
    if not drafted.mended and drafted.filled:
        sentence = f"“{row.name}”退回理由：{reasons_of(row)}；没有改动，请改正，或写明为什么不改。"
        drafted.faults.insert(0, Fault(Severity.ASK, sentence))


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
