"""Words of a dossier: fields' values as its page prints them, and the names of the kinds of record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from tracker.ledger.records import Record
from tracker.model.fields import FIELD, Field, Kind
from tracker.model.folding import State, progress_share
from tracker.model.places import Places
from tracker.model.printing import print_value
from tracker.web.project_rows import stage_words
from tracker.web.whereabouts import place_words
from tracker.web.wording import masked_phone


@dataclass(frozen=True, slots=True)
class Fact:
    """One field that holds: its heading with its unit, and its value ("" where a shown field is unknown)."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Signature:
    """Who recorded something and when, to the minute; `hash` is the beginning of the record's chain hash."""

    sequence: int
    by: str
    at: str
    hash: str

    @property
    def day(self) -> str:
        """Give the day alone."""
        return self.at[:10]


def signature_of(record: Record) -> Signature:
    """Say who made a record and when."""
    head = record.head
    at = str(head["recorded_at"])[:16].replace("T", " ")
    return Signature(record.sequence, str(head["recorded_by"]), at, record.chain_hash[:12])


def printed_value(field: Field, value: Any, places: Places) -> str:
    """Print a field's value: places by their names, phone numbers with their last digits only; "" for None."""
    if value is None:
        return ""
    if field.kind is Kind.PLACE:
        return place_words(places, value)
    if field.kind is Kind.PLACES:
        return "、".join(place_words(places, code) for code in value)
    return masked_phone(value) if field.name == "phone" else print_value(field.name, value)


def facts_of(
    values: Mapping[str, Any], names: Iterable[str], places: Places, always: frozenset[str] = frozenset()
) -> list[Fact]:
    """Print those of the named fields that hold, and the `always` shown ones also where they are unknown."""
    return [
        Fact(FIELD[name].title, printed_value(FIELD[name], values.get(name), places))
        for name in names
        if name in values or name in always
    ]


def share_of(state: State) -> Fraction | None:
    """Give how far a project is, None once it left the list: its stage then no longer says anything about it."""
    return progress_share(state.values, state.started, state.completed) if state.listed else None


def stage_said(state: State) -> str:
    """Give the word of the stage that counts, or that none is known."""
    return "阶段未填" if state.stage is None else stage_words(state)
