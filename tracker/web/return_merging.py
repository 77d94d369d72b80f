"""Return merging: what a workbook would enter into the drafts, as its page shows it: conflicts first, then the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.exchange.imports.draft_plan import Conflict, Doubt, DraftPlan, Entry, heading_of
from tracker.exchange.month_workbook.merging import shown_text
from tracker.ledger.drafts import UNCHANGED
from tracker.model.faults import Fault, Severity
from tracker.model.fields import FIELD


@dataclass(frozen=True, slots=True)
class FaultLine:
    """One fault: where it stands, what was written there, and what to do.

    A doubt has its project's name, the name of the control that takes the county's answer, and what stands in it.
    """

    place: str
    heading: str
    said: str
    sentence: str
    project: str = ""
    control: str = ""
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One conflict: both texts, who wrote the other one and when, and which was chosen so far (ours, theirs or "")."""

    name: str
    project: str
    cell: str
    heading: str
    mine: str
    theirs: str
    who: str
    control: str
    chosen: str


@dataclass(frozen=True, slots=True)
class Change:
    """One text that is to be entered: its field, what stands there now, and what will."""

    title: str
    before: str
    after: str
    cell: str


@dataclass(slots=True)
class MergePage:
    """What the page shows of a plan.

    `changes` are by project: name, code, changes; `ticked` are the projects that the file marks 本月无变化.
    """

    faults: list[FaultLine] = field(default_factory=list)
    questions: list[FaultLine] = field(default_factory=list)
    doubts: list[FaultLine] = field(default_factory=list)
    conflicts: list[Choice] = field(default_factory=list)
    changes: list[tuple[str, str, list[Change]]] = field(default_factory=list)
    ticked: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unread: list[tuple[str, str]] = field(default_factory=list)
    made_at: str = ""
    rows: int = 0

    @property
    def number(self) -> int:
        """Give how many texts would be entered, but for the conflicts."""
        return sum(len(changes) for _, _, changes in self.changes) + len(self.ticked)

    @property
    def to_enter(self) -> bool:
        """Say whether there is anything to enter."""
        return bool(self.number or self.conflicts)


def merge_page(
    plan: DraftPlan, chosen: Mapping[tuple[str, str], str], answers: Mapping[tuple[str, str], str]
) -> MergePage:
    """Give what the page shows of a plan; `chosen` and `answers` are what was chosen and typed so far."""
    page = MergePage(made_at=plan.made_at, rows=plan.rows_read, notes=list(plan.notes))
    page.faults = [_line(fault) for fault in plan.faults if fault.severity is not Severity.ASK]
    page.questions = [_line(fault) for fault in plan.questions]
    page.doubts = [_doubt(doubt, answers.get(doubt.place, "")) for doubt in plan.doubts]
    page.conflicts = [_choice(conflict, chosen.get(conflict.mine.place, "")) for conflict in plan.conflicts]
    page.left_out = [left.sentence for left in plan.left_out]
    page.unread = [(heading, cell) for _, cell, heading in plan.unread]
    by_project: dict[str, list[Entry]] = {}
    for entry in plan.entries:
        if entry.field == UNCHANGED and entry.text:
            page.ticked.append(entry.name)
        else:
            by_project.setdefault(entry.project, []).append(entry)
    page.changes = [(each[0].name, project, [_change(entry) for entry in each]) for project, each in by_project.items()]
    return page


def _line(fault: Fault, project: str = "", control: str = "", answer: str = "") -> FaultLine:
    place = f"{fault.sheet}!{fault.cell}" if fault.sheet and fault.cell else fault.sheet or ""
    heading = FIELD[fault.field].heading if fault.field else ""
    return FaultLine(place, heading, fault.said or "", fault.sentence, project, control, answer)


def _doubt(doubt: Doubt, answer: str) -> FaultLine:
    return _line(doubt.fault, doubt.name, f"answer:{doubt.project}:{doubt.field}", answer)


def _choice(conflict: Conflict, chosen: str) -> Choice:
    mine = conflict.mine
    who = "，".join(each for each in (conflict.by, conflict.at[:16].replace("T", " "), conflict.how) if each)
    return Choice(
        mine.name, mine.project, mine.cell, mine.heading, shown_text(mine.field, mine.text), conflict.theirs, who,
        f"take:{mine.project}:{mine.field}", chosen,
    )  # fmt: skip


def _change(entry: Entry) -> Change:
    title = FIELD[entry.field].title if entry.field in FIELD else heading_of(entry.field)
    return Change(title, shown_text(entry.field, entry.held), shown_text(entry.field, entry.text), entry.cell)
