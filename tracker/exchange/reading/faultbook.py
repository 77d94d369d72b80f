"""The fault book: what is wrong with a file, gathered in one pass, one fault a cell."""

from __future__ import annotations

import dataclasses
import re

from tracker.model.faults import Fault, Flaw, Severity

_GRAVITY = {Severity.ASK: 0, Severity.FIX: 1, Severity.STOP: 2}
_CELL = re.compile(r"([A-Z]+)([0-9]+)")


@dataclasses.dataclass(slots=True)
class _Entry:
    severity: Severity
    field: str | None
    said: str | None
    heading: str
    row: int | None
    reasons: dict[str, None] = dataclasses.field(default_factory=dict)
    """The reasons in the order in which they were found, each once: one merged cell may have thousands."""


class FaultBook:
    """Faults by their cell; a second reason for a cell joins the first, and the graver severity stands."""

    def __init__(self) -> None:
        """Start empty."""
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._sheets: dict[str, int] = {}

    def note(
        self, sheet: str, cell: str, flaw: Flaw, *, field: str | None, said: str | None, heading: str, row: int | None
    ) -> None:
        """Note a flaw at a cell; `heading` and `row` say in the sentence where it stands."""
        self._sheets.setdefault(sheet, len(self._sheets))
        entry = self._entries.setdefault((sheet, cell), _Entry(flaw.severity, field, said, heading, row))
        if _GRAVITY[flaw.severity] > _GRAVITY[entry.severity]:
            entry.severity = flaw.severity
        entry.reasons.setdefault(flaw.message)

    def drop_questions(self, places: set[tuple[str, str]]) -> None:
        """Forget what would only be asked at some cells: nothing is to be written from them."""
        for place in places:
            entry = self._entries.get(place)
            if entry and entry.severity is Severity.ASK:
                del self._entries[place]

    def faults(self) -> list[Fault]:
        """Give the faults by sheet, row and column, each with its whole sentence."""
        return [
            Fault(entry.severity, _sentence(entry), sheet, cell, entry.field, entry.said)
            for (sheet, cell), entry in sorted(self._entries.items(), key=self._order)
        ]

    def _order(self, item: tuple[tuple[str, str], _Entry]) -> tuple[int, int, int, str]:
        sheet, cell = item[0]
        match = _CELL.fullmatch(cell)
        letters, row = (match.group(1), int(match.group(2))) if match else ("", 0)
        return self._sheets[sheet], row, len(letters), letters


def _sentence(entry: _Entry) -> str:
    reasons = "；".join(reason.removesuffix("。") for reason in entry.reasons) + "。"
    if entry.row is None:
        return reasons
    return f"第 {entry.row} 行“{entry.heading}”：{reasons}"
