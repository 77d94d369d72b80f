"""Review rows: what each return changes against what is known, its doubts and the county's answers, gravest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tracker.exchange.imports.draft_reading import reasons_of
from tracker.ledger.handle import Ledger
from tracker.ledger.returns import WAITING, ReturnRow, RowStatus, answered_faults, quiet_months, stated_in
from tracker.ledger.standings import listing
from tracker.model.fields import FIELD, FIELDS, Kind
from tracker.model.folding import State
from tracker.model.places import Place
from tracker.model.printing import print_value
from tracker.model.programme import Programme
from tracker.web.wording import DASH

LONG_QUIET = 3
"""Months without any change from which on a quiet row is pointed out."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field's old and new value, printed; `difference` is the new sum less the old one, "" for no sum."""

    field: str
    title: str
    before: str
    after: str
    difference: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A doubt that the county confirmed: the field's heading, the sentence, and its reason."""

    heading: str
    message: str
    answer: str


@dataclass(slots=True)
class ReviewRow:
    """One return as the review sees it; `quiet` is for how many months in a row nothing changed."""

    row: ReturnRow
    address: str
    changes: list[Change] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    quiet: int = 0

    @property
    def asked(self) -> str:
        """Give why it was sent back, in one line."""
        return reasons_of(self.row)

    @property
    def value(self) -> str:
        """Give the project and the number of its return as it is seen, as forms send it."""
        return f"{self.row.project}:{self.row.sequence}"


@dataclass(slots=True)
class ReviewRows:
    """The returns of an area: with doubts, with changes, without a change; passed on; sent back; accepted."""

    doubtful: list[ReviewRow] = field(default_factory=list)
    changed: list[ReviewRow] = field(default_factory=list)
    quiet: list[ReviewRow] = field(default_factory=list)
    passed_on: list[ReviewRow] = field(default_factory=list)
    sent_back: list[ReviewRow] = field(default_factory=list)
    accepted: list[ReviewRow] = field(default_factory=list)
    empty: list[ReviewRow] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        """Give how many returns the caller has still to decide on."""
        return len(self.doubtful) + len(self.changed) + len(self.quiet)


def review_rows(
    ledger: Ledger,
    programme: Programme,
    month: str,
    within: Place,
    rows: Iterable[ReturnRow],
    address: Any,
    *,
    final: bool,
) -> ReviewRows:
    """Sort returns into what the caller looks at first; `final` says that theirs is the last review."""
    # A return that awaits its review does not count yet: what holds without it is what the ledger shows.
    known = {project.code: project.state for project in listing(ledger, programme, month, within)}
    quiet = quiet_months(ledger, programme, month, within)
    found = ReviewRows()
    for row in rows:
        shown = ReviewRow(row, address(row.project), quiet=quiet.get(row.project, 0))
        if row.sequence is not None and row.status in (*WAITING, RowStatus.SENT_BACK):
            shown.changes = _changes(ledger, row.sequence, known.get(row.project))
            shown.answers = [Answer(FIELD[each["field"]].heading if each["field"] in FIELD else "", each["message"],
                                    each["answer"]) for each in answered_faults(ledger, row.sequence)]  # fmt: skip
        _part(found, shown, final=final).append(shown)
    return found


def _part(found: ReviewRows, shown: ReviewRow, *, final: bool) -> list[ReviewRow]:
    status = shown.row.status
    if status is RowStatus.SENT_BACK:
        return found.sent_back
    if status is RowStatus.ACCEPTED:
        return found.accepted
    if status not in WAITING:
        return found.empty
    if status is RowStatus.PASSED_ON and not final:
        return found.passed_on
    return found.doubtful if shown.answers else found.changed if shown.changes else found.quiet


def _changes(ledger: Ledger, sequence: int, known: State | None) -> list[Change]:
    values, cleared = stated_in(ledger, sequence)
    held: Mapping[str, Any] = known.values if known else {}
    changes = []
    for each in FIELDS:
        if each.name in values and values[each.name] != held.get(each.name):
            old, new = held.get(each.name), values[each.name]
            changes.append(Change(each.name, each.title, _printed(each.name, old), _printed(each.name, new),
                                  _difference(each.kind, old, new)))  # fmt: skip
        elif each.name in cleared and each.name in held:
            changes.append(Change(each.name, each.title, _printed(each.name, held[each.name]), "清空"))
    return changes


def _printed(name: str, value: Any) -> str:
    return DASH if value is None else print_value(name, value)


def _difference(kind: Kind, old: Any, new: Any) -> str:
    if kind is not Kind.MONEY or not isinstance(old, Decimal) or not isinstance(new, Decimal):
        return ""
    return f"{'+' if new >= old else '−'}{abs(new - old):.2f}"
