"""Correcting: what somebody writes to correct a project, read and checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracker.exchange.imports.contradictions import check_row
from tracker.exchange.reading.field_reading import read_field
from tracker.model.faults import Fault, Flaw, Severity
from tracker.model.fields import FIELD, FIELDS
from tracker.model.folding import State
from tracker.model.places import Places
from tracker.model.printing import print_value
from tracker.model.programme import Programme
from tracker.model.values import Said


@dataclass(slots=True)
class Correction:
    """A correction as it stands in its form: the fields' texts, what they change, and what is wrong with them.

    `held` is what holds now, printed; `moved` names the fields that somebody else changed since the form was
    filled and that are written otherwise here.
    """

    texts: dict[str, str] = field(default_factory=dict)
    held: dict[str, str] = field(default_factory=dict)
    moved: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    flawed: set[str] = field(default_factory=set)
    faults: list[Fault] = field(default_factory=list)

    @property
    def to_mend(self) -> list[Fault]:
        """Give the faults that must be mended."""
        return [fault for fault in self.faults if fault.severity is not Severity.ASK]

    @property
    def doubts(self) -> list[Fault]:
        """Give the faults that may be confirmed."""
        return [fault for fault in self.faults if fault.severity is Severity.ASK]

    def faults_of(self, name: str) -> list[Fault]:
        """Give the faults of one field."""
        return [fault for fault in self.faults if fault.field == name]


def read_correction(
    programme: Programme, places: Places, state: State, month: str, texts: Mapping[str, str],
    seen: Mapping[str, str] | None = None,
) -> Correction:  # fmt: skip
    """Read the texts of a correction against the state that holds; a text that prints what holds says nothing.

    `seen` gives what the fields showed when the form was filled: a text that still is what was seen says nothing
    either, whatever somebody else recorded meanwhile.
    """
    correction = Correction()
    for each in FIELDS:
        held = state.values.get(each.name)
        printed = "" if held is None else _printed(each.name, held)
        text = texts.get(each.name)
        shown = (seen or {}).get(each.name, printed).replace("\r\n", "\n").strip()
        if text is not None and text.replace("\r\n", "\n").strip() == shown:
            text = None
        correction.held[each.name] = printed
        correction.texts[each.name] = printed if text is None else text
        if text is None or text.replace("\r\n", "\n").strip() == printed.strip():
            continue
        if shown != printed.replace("\r\n", "\n").strip():
            correction.moved.append(each.name)
        reading = read_field(each.name, text, programme, places)
        if reading.flaw is not None:
            _note(correction, each.name, reading.flaw)
        if reading.value is not None:
            correction.values[each.name] = reading.value
        elif reading.said in (Said.BLANK, Said.CLEARED) and held is not None:
            correction.cleared.add(each.name)
    if correction.values or correction.cleared:
        # Only what is corrected is compared: whoever mends one date need not answer for another.
        check_row(correction, month, set(correction.values), state, None, _note)
    return correction


def _printed(name: str, value: Any) -> str:
    return print_value(name, value)


def _note(correction: Correction, name: str, flaw: Flaw) -> None:
    correction.flawed.add(name)
    correction.faults.append(
        Fault(flaw.severity, flaw.message, field=name, said=correction.texts.get(name) or FIELD[name].heading)
    )
