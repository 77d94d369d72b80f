"""Saving a return's drafts: what was typed on a page, told from what stood there, one field after the other.

A text that somebody else changed meanwhile is never overwritten, and one that cannot be saved is given back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracker.exchange.imports.draft_reading import REPORTED, DraftedReturn, DraftedRow
from tracker.ledger.drafts import (
    ANSWER,
    REPLY,
    UNCHANGED,
    Draft,
    DraftConflictError,
    DraftPlace,
    save_draft,
    saving_together,
)
from tracker.ledger.handle import Ledger
from tracker.model.fields import FIELD
from tracker.model.printing import print_value
from tracker.web.return_fields import Clash, checksum, plain

LONGEST_DRAFT = 20_000
"""The most characters a draft may have; ten times what any field takes."""

_TICKED = "yes"
_LONGEST_VERSION = 18
"""The most digits of a version; the database's numbers have one more."""


@dataclass(frozen=True, slots=True)
class Typed:
    """One field as it was typed: where, the text, and the version of the draft that the page was shown with."""

    project: str
    field: str
    text: str
    seen: int

    @property
    def words(self) -> str:
        """Give what the field is called."""
        if self.field == UNCHANGED:
            return "本月无变化"
        if self.field == REPLY:
            return "对退回的答复"
        name = self.field.removeprefix(ANSWER)
        return FIELD[name].heading + ("的情况说明" if name != self.field else "")


@dataclass(slots=True)
class Saved:
    """What came of saving: the drafts that stand now, and the texts that met another one, by project and field."""

    drafts: dict[tuple[str, str], Draft] = field(default_factory=dict)
    clashes: dict[str, dict[str, Clash]] = field(default_factory=dict)


def is_draft_field(name: str) -> bool:
    """Say whether a name is one of a draft's fields."""
    return name in (UNCHANGED, REPLY) or name.removeprefix(ANSWER) in REPORTED


def is_version(written: str) -> bool:
    """Say whether a text is a draft's version."""
    return written.isascii() and written.isdecimal() and len(written) <= _LONGEST_VERSION


def typed_on(form: Mapping[str, str]) -> list[Typed]:
    """Give what was typed on a page that was sent as a whole; fields that were left as shown are not among it.

    Names in the form are `project:field`; `seen:project` says what the row was shown with.
    """
    found = []
    for name, seen in form.items():
        if not name.startswith("seen:"):
            continue
        project = name.removeprefix("seen:")
        shown = _shown_with(seen)
        answers = [key.removeprefix(f"{project}:") for key in form if key.startswith(f"{project}:{ANSWER}")]
        for each in (UNCHANGED, *REPORTED, *answers):
            text = form.get(f"{project}:{each}")
            if text is None and each == UNCHANGED and UNCHANGED in shown:
                text = ""
            if text is None or not is_draft_field(each):
                continue
            version, sum_ = shown.get(each, (0, checksum("")))
            if checksum(text) != sum_:
                found.append(Typed(project, each, plain(text), version))
    return found


def _shown_with(seen: str) -> dict[str, tuple[int, str]]:
    shown = {}
    for part in seen.split():
        name, _, rest = part.partition("=")
        version, _, sum_ = rest.partition(".")
        if is_version(version):
            shown[name] = (int(version), sum_)
    return shown


def save_typed(
    ledger: Ledger, programme: str, month: str, drafted: DraftedReturn, typed: list[Typed], by: str
) -> Saved:
    """Save what was typed of rows that may be written. Raises StorageError where the disk refuses.

    Typing a change into a row that is ticked 本月无变化 takes the tick away, except where it was ticked just now.
    """
    rows = {each.row.project: each for each in drafted.projects}
    saved = Saved()
    ticked = {each.project for each in typed if each.field == UNCHANGED and each.text}
    with saving_together(ledger):
        for each in typed:
            row = rows[each.project]
            _save(ledger, programme, month, each, by, row, saved)
            if each.field in REPORTED and each.project not in ticked and each.text != held_text(row, each.field):
                _untick(ledger, programme, month, row, by, saved)
    return saved


def _save(
    ledger: Ledger, programme: str, month: str, typed: Typed, by: str, row: DraftedRow, saved: Saved
) -> None:  # fmt: skip
    place = DraftPlace(programme, month, typed.project, typed.field)
    try:
        saved.drafts[typed.project, typed.field] = save_draft(ledger, place, typed.text, typed.seen, by)
    except DraftConflictError as conflict:
        theirs = conflict.standing
        if not theirs.version:
            # Theirs is gone with a return that was sent meanwhile: what holds now stands against mine.
            held = row.texts | {f"{ANSWER}{name}": text for name, text in row.answers.items()}
            theirs = Draft(held.get(typed.field, ""), 0, theirs.saved_at, theirs.saved_by)
        saved.clashes.setdefault(typed.project, {})[typed.field] = Clash(typed.text, theirs)


def _untick(ledger: Ledger, programme: str, month: str, row: DraftedRow, by: str, saved: Saved) -> None:
    mark = row.drafts.get(UNCHANGED)
    if not row.unchanged or (row.row.project, UNCHANGED) in saved.drafts:
        return
    typed = Typed(row.row.project, UNCHANGED, "", mark.version if mark else 0)
    _save(ledger, programme, month, typed, by, row, saved)


def held_text(row: DraftedRow, name: str) -> str:
    """Give what a field shows where nobody typed anything into it."""
    known = row.known.values if row.known else {}
    return print_value(name, known[name]) if name in known else ""


def tick_quiet(ledger: Ledger, programme: str, month: str, drafted: DraftedReturn, projects: set[str], by: str) -> int:
    """Tick rows 本月无变化 of which still nothing is said; gives how many. Raises StorageError."""
    saved = Saved()
    with saving_together(ledger):
        for each in drafted.unfilled:
            if each.row.project in projects:
                mark = each.drafts.get(UNCHANGED)
                typed = Typed(each.row.project, UNCHANGED, _TICKED, mark.version if mark else 0)
                _save(ledger, programme, month, typed, by, each, saved)
    return len(saved.drafts)
