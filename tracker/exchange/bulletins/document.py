"""Document: what a bulletin says, before it is printed: sections with marks, the figures they stand for, its tables.

Whoever writes the words knows the ledger and no paper; whoever prints them knows this module and no ledger. A figure
stands in a text only as a mark (`【已开工】`), so that words may be edited and figures may not.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from tracker.exchange.writing.printed_table import PrintedTable
from tracker.model.faults import Fault, Severity

MARK = re.compile(r"【([^【】]*)】")
"""A mark in a text; what stands between the brackets is a key of the figures."""

_CHECKSUM_GROUP = 8

BULLETIN = "bulletin"
CORRECTION = "correction"
"""The kinds of bulletin; a correction names the one that it corrects."""


LONGEST_PARAGRAPH, MOST_PARAGRAPHS = 5_000, 400
"""Characters of a paragraph with its figures, and paragraphs of a section, that are printed."""


class UnknownMarkError(Exception):
    """A text holds marks that stand for no figure; `faults` says which, and what may have been meant."""

    def __init__(self, faults: list[Fault]) -> None:
        """Take the faults, one a mark."""
        super().__init__(faults[0].message)
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Section:
    """One section: its `key` for programs, its heading (`一、总体进展`), its paragraphs with marks in them."""

    key: str
    heading: str
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Bulletin:
    """One bulletin as it is printed.

    `kind` is BULLETIN or CORRECTION, `number` the document number (`晋水专班通报〔2024〕8号`), "" before it has one.
    `figures` gives the printed text of each mark. `corrects` names the bulletin that a correction corrects.
    `verify_address` is the page on which anyone can check it, "" where the printing machine knows none; `checksum` is
    the SHA-256 of what the text and the tables say (a file cannot name its own), "" for a draft.
    """

    programme_name: str
    month: str
    area_name: str
    kind: str
    issuer: str
    number: str
    title: str
    addressees: str
    sections: tuple[Section, ...]
    figures: Mapping[str, str]
    annexes: tuple[PrintedTable, ...]
    signed_by: str
    signed_on: datetime.date | None
    copied_to: str
    printed_by: str
    printed_on: datetime.date | None
    draft: bool
    demonstration: bool
    corrects: str = ""
    verify_address: str = ""
    checksum: str = ""

    def filled(self) -> tuple[Section, ...]:
        """Give the sections with the figures in place of their marks. Raises UnknownMarkError."""
        return tuple(
            Section(each.key, each.heading, tuple(filled_text(text, self.figures) for text in each.paragraphs))
            for each in self.sections
        )


def marks_of(text: str) -> list[str]:
    """Give the marks of a text in order, without their brackets."""
    return [found.strip() for found in MARK.findall(text)]


def filled_text(text: str, figures: Mapping[str, str]) -> str:
    """Give a text with the figures in place of its marks. Raises UnknownMarkError for marks that mean nothing."""
    faults = unknown_marks(text, figures)
    if faults:
        raise UnknownMarkError(faults)
    return MARK.sub(lambda found: figures[found[1].strip()], text)


def unknown_marks(text: str, figures: Mapping[str, str]) -> list[Fault]:
    """Give a fault for each mark of a text that stands for no figure, naming the nearest that does."""
    faults = []
    for name in dict.fromkeys(marks_of(text)):
        if name not in figures:
            near = get_close_matches(name, list(figures), n=1, cutoff=0.4)
            meant = f"是不是【{near[0]}】？" if near else "请从右侧的数字中选用，"
            message = f"没有【{name}】这个数字标记，{meant}改正后再保存。"
            faults.append(Fault(Severity.FIX, message, field="mark", said=f"【{name}】"))
    return faults


def checksum_lines(checksum: str) -> list[str]:
    """Give a SHA-256 as it stands on paper and on the page that checks it: two lines of four groups of eight."""
    groups = [checksum[at : at + _CHECKSUM_GROUP] for at in range(0, len(checksum), _CHECKSUM_GROUP)]
    return [" ".join(groups[at : at + 4]) for at in range(0, len(groups), 4)]
