"""Faults: what is wrong with something a person wrote, as an object that every way out shows alike."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much a fault matters: it ends the reading, it must be mended, or it must be confirmed."""

    STOP = "stop"
    FIX = "fix"
    ASK = "ask"


SEVERITY_WORDS = {Severity.STOP: "无法读取", Severity.FIX: "须改正", Severity.ASK: "请确认"}


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with one written value, before it is known where it stands.

    `message` is a Chinese sentence: what was found, what is expected, how to mend it.
    """

    severity: Severity
    message: str


@dataclass(frozen=True, slots=True)
class Fault:
    """A flaw at its place.

    `sheet` and `cell` ("B3") name the place in a workbook and are None where there is none;
    `field` is a field's name from `tracker.model.fields`, or None; `said` is the text as written.
    """

    severity: Severity
    message: str
    sheet: str | None = None
    cell: str | None = None
    field: str | None = None
    said: str | None = None

    @property
    def sentence(self) -> str:
        """Give the message without the row and heading in front, which stand beside it wherever the cell does."""
        return self.message.partition("：")[2] if self.message.startswith("第 ") else self.message

    def as_mapping(self) -> dict[str, str | None]:
        """Give the fault in the form that scripts read: severity, sheet, cell, field, said, message."""
        return {
            "severity": self.severity.value,
            "sheet": self.sheet,
            "cell": self.cell,
            "field": self.field,
            "said": self.said,
            "message": self.message,
        }
