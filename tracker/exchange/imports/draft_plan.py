"""Draft plan: what a file would enter into a county's drafts, where two texts meet, and what is left out of it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field

from tracker.ledger.drafts import ANSWER, UNCHANGED
from tracker.model.faults import Fault, Severity
from tracker.model.fields import FIELD


@dataclass(frozen=True, slots=True)
class Entry:
    """One text that is to be kept as a draft: of which project's field, and what stands there now.

    `held` is what the page shows now, `seen` the version of the draft that stands, 0 for none; `sheet` and `cell` say
    where in the file it was written, "" for nowhere.
    """

    project: str
    name: str
    field: str
    text: str
    held: str = ""
    seen: int = 0
    sheet: str = ""
    cell: str = ""

    @property
    def heading(self) -> str:
        """Give what the field is called."""
        return heading_of(self.field)

    @property
    def place(self) -> tuple[str, str]:
        """Give what the entry is about: project and field."""
        return self.project, self.field


def heading_of(name: str) -> str:
    """Give what a draft's field is called."""
    if name == UNCHANGED:
        return "本月无变化"
    plain = name.removeprefix(ANSWER)
    return FIELD[plain].heading + ("的情况说明" if plain != name else "")


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two texts of one field, both changed: the file's (`mine`) and the one that stands, who wrote it and when.

    `how` says where the other one stands (在草稿里, in a correction …); `fault` is the question it comes to.
    """

    mine: Entry
    theirs: str
    by: str
    at: str
    how: str
    fault: Fault


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A text of the file that is not entered, and why: nothing that was typed goes without being shown."""

    name: str
    heading: str
    text: str
    why: str

    @property
    def sentence(self) -> str:
        """Say it in a line."""
        return f"“{self.name}”的“{self.heading}”写的是“{self.text or '（空）'}”，没有记入：{self.why}。"


@dataclass(frozen=True, slots=True)
class Doubt:
    """A question about a reported field, which its county answers when it sends the return."""

    fault: Fault
    project: str
    name: str
    field: str
    seen: int = 0

    @property
    def place(self) -> tuple[str, str]:
        """Give what the doubt is about: project and field."""
        return self.project, self.field


@dataclass(slots=True)
class DraftPlan:
    """What a file would enter: `entries` as they are, `conflicts` once somebody decides each.

    `doubts` may be answered, `faults` are all else that is wrong with the file; `refusal` says why the month takes
    nothing of it, "" where it takes something; `ticks` are the versions of marks 本月无变化 that a change of their
    project takes away; `unread` are columns whose heading means no field, as (sheet, cell, heading); `made_at` is
    when one of our own workbooks was made, "" for any other list.
    """

    rows_read: int = 0
    entries: list[Entry] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    not_mentioned: list[dict[str, str]] = field(default_factory=list)
    unread: list[tuple[str, str, str]] = field(default_factory=list)
    refusal: str = ""
    ticks: dict[str, int] = field(default_factory=dict)
    made_at: str = ""

    @property
    def merged(self) -> bool:
        """Say whether the file is one of our own workbooks, told from what stood in it."""
        return bool(self.made_at)

    @property
    def all_faults(self) -> list[Fault]:
        """Give everything that is wrong or asked, conflicts included, by its place in the file."""
        found = [
            *self.faults, *(doubt.fault for doubt in self.doubts), *(conflict.fault for conflict in self.conflicts)
        ]  # fmt: skip
        return sorted(found, key=_place)

    @property
    def broken(self) -> bool:
        """Say whether something must be mended before anything is entered."""
        return any(fault.severity is not Severity.ASK for fault in self.faults)

    @property
    def questions(self) -> list[Fault]:
        """Give what is asked of the file as a whole, beside doubts and conflicts."""
        return [fault for fault in self.faults if fault.severity is Severity.ASK]

    def digest(self) -> str:
        """Give a digest that changes with anything this plan would enter, write over, ask or leave out."""
        said = [self.entries, self.conflicts, self.doubts, self.faults, self.notes, self.left_out]
        return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()


def projects_of(entries: Iterable[Entry]) -> set[str]:
    """Give the projects that entries are about."""
    return {entry.project for entry in entries}


def _place(fault: Fault) -> tuple[str, int, int, str]:
    letters = (fault.cell or "").rstrip("0123456789")
    number = (fault.cell or "")[len(letters) :]
    return fault.sheet or "", int(number or 0), len(letters), letters
