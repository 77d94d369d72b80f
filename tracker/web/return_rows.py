"""Rows of the return's page: one a project, with its fields, its state in words, and what is still to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.exchange.imports.draft_reading import DraftedReturn, DraftedRow
from tracker.ledger.drafts import ANSWER, REPLY, WHOLE_ROW
from tracker.model.faults import Severity
from tracker.model.printing import print_value
from tracker.model.stages import STAGE_WORDS
from tracker.web.return_fields import (
    Clash,
    FormField,
    Group,
    field_id,
    fields_of,
    ignored_changes,
    reply_field,
    seen_text,
    unchanged_field,
)

QUIET_FOR_LONG = 3
"""Months without news after which a row is pointed out."""


@dataclass(frozen=True, slots=True)
class StateWords:
    """How far a row is, in words, and the lamp that goes with it."""

    colour: str
    words: str


@dataclass(slots=True)
class FormRow:
    """One project as the return's page shows it.

    `summary` says what holds; `open` whether its fields stand open; `seen` is what the page was shown with.
    """

    project: str
    name: str
    id: str
    state: StateWords
    summary: str
    groups: list[Group]
    folded: list[FormField]
    unchanged: FormField
    reply: FormField | None
    quiet: int
    reason: str
    returned_by: str
    ignored: list[str]
    attachments: int
    open: bool
    seen: str

    @property
    def fields(self) -> list[FormField]:
        """Give every field of the row but its tick."""
        replied = [] if self.reply is None else [self.reply]
        return [*replied, *(each for group in self.groups for each in group.fields), *self.folded]


@dataclass(frozen=True, slots=True)
class Task:
    """One thing to do: where it stands in the page, its mark, and a sentence."""

    place: str
    mark: str
    words: str


@dataclass(slots=True)
class Tasks:
    """What a return still needs, counted: rows filled and not, fields to mend, doubts to answer."""

    filled: int = 0
    unfilled: list[Task] = field(default_factory=list)
    to_mend: list[Task] = field(default_factory=list)
    to_answer: list[Task] = field(default_factory=list)
    quiet: list[str] = field(default_factory=list)

    @property
    def done(self) -> bool:
        """Say whether nothing is left to do."""
        return not (self.unfilled or self.to_mend or self.to_answer)


def tasks_of(drafted: DraftedReturn) -> Tasks:
    """Give the to-do list of a return as it is being filled in."""
    found = Tasks()
    for each in drafted.projects:
        if each.filled:
            found.filled += 1
        else:
            place = row_id(each.row.project)
            found.unfilled.append(Task(place, "none", each.row.name))
            if not each.row.sent_back:
                found.quiet.append(each.row.project)
        for fault in each.unanswered:
            asks = fault.severity is Severity.ASK
            name = f"{ANSWER}{fault.field or WHOLE_ROW}" if asks else fault.field or ""
            task = Task(field_id(each.row.project, name), "ask" if asks else "fix", fault.message)
            (found.to_answer if asks else found.to_mend).append(task)
    return found


def row_id(project: str) -> str:
    """Give the place of a row in the page."""
    return f"row-{project}"


def in_order(drafted: DraftedReturn) -> list[DraftedRow]:
    """Give the rows as the page shows them: those that the review sent back first."""
    return sorted(drafted.projects, key=lambda each: not each.row.sent_back)


def row_of(
    drafted: DraftedRow, clashes: Mapping[str, Clash], quiet: int, attachments: int, opened: str = ""
) -> FormRow:
    """Give one row; `quiet` is for how many months nothing new was said, `opened` the project to show open."""
    row = drafted.row
    groups, folded = fields_of(drafted, clashes)
    unchanged, reply = unchanged_field(drafted), reply_field(drafted, clashes.get(REPLY))
    made = FormRow(
        row.project, row.name, row_id(row.project), state_words(drafted), _summary(drafted), groups, folded, unchanged,
        reply, quiet if quiet >= QUIET_FOR_LONG else 0, row.reason, row.verdict_by, ignored_changes(drafted),
        attachments, open=False, seen="",
    )  # fmt: skip
    fields = made.fields
    made.seen = seen_text(fields, unchanged)
    made.open = (
        row.project == opened
        or row.sent_back
        or (not drafted.unchanged and drafted.filled)
        or any(each.troubled for each in fields)
    )
    return made


def state_words(drafted: DraftedRow) -> StateWords:
    """Give how far a row is."""
    mend = sum(fault.severity is not Severity.ASK for fault in drafted.unanswered)
    answer = len(drafted.unanswered) - mend
    if mend:
        return StateWords("red", f"■ {mend} 处须改正" + (f"，{answer} 处待说明" if answer else ""))
    if any(fault.field is None for fault in drafted.unanswered):
        return StateWords("red", "■ 退回，请修改或答复")
    if answer:
        return StateWords("amber", f"▲ {answer} 处待说明")
    if drafted.row.sent_back and drafted.filled:
        return StateWords("green", "● 已修改，可重报" if drafted.mended else "● 已答复，可重报")
    if drafted.unchanged:
        return StateWords("green", "● 本月无变化")
    changed = len(drafted.values) + len(drafted.cleared)
    if drafted.row.sent_back:
        return StateWords("red", "■ 退回，待修改")
    return StateWords("green", f"● 改动 {changed} 处") if changed else StateWords("none", "未填")


def _summary(drafted: DraftedRow) -> str:
    """Say in a line what holds of the project."""
    known = drafted.known
    if known is None:
        return ""
    said = [STAGE_WORDS[known.stage]] if known.stage else []
    for name, words in (("cumulative_investment", "累计完成 {} 万元"), ("progress_percent", "进度 {} %")):
        if name in known.values:
            said.append(words.format(print_value(name, known.values[name])))
    return "，".join(said) or "还没有报过数"


def put_back(rows: list[FormRow], typed: Mapping[tuple[str, str], str]) -> None:
    """Put texts that could not be saved, by project and field, back where they were typed.

    What a row says it was shown with stays what is saved, so that they count as typed when they are sent again.
    """
    for row in rows:
        for each in (row.unchanged, *row.fields):
            for stands in (each, each.answer):
                if stands is not None:
                    stands.text = typed.get((row.project, stands.name), stands.text)
