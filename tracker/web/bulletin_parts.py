"""Bulletin parts: the words of a bulletin as they stand in the form, part by part, with all that is said of each."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from tracker.exchange.bulletins.checking import cleaned, faults_of_words
from tracker.exchange.bulletins.composing import HEAD_PARTS, SECTION_PART, Composed
from tracker.ledger.bulletins import Wording
from tracker.model.faults import Fault, Severity
from tracker.web.bulletin_text import Piece, Ways, paragraph_pieces

TEXT, SHOWN, SEEN, SURE = "text:", "shown:", "seen:", "sure:"
"""What stands before a part's key in the names of the form: the words typed, those that were shown, the version that
was shown, and the figures typed by hand that somebody answers for."""

_BETWEEN = "、"
"""What stands between the figures that one tick answers for."""

_LONGEST_VERSION = 9
_SENTENCE = re.compile(r"[^。；\n]*[。；\n]|[^。；\n]+")


@dataclass(frozen=True, slots=True)
class Typed:
    """One part as the form sent it; `sure` are the figures typed by hand that were ticked as checked."""

    text: str
    shown: str
    seen: int
    sure: frozenset[str] = frozenset()

    @property
    def touched(self) -> bool:
        """Say whether the words are others than those that were shown."""
        return self.text != self.shown


@dataclass(frozen=True, slots=True)
class Clash:
    """Other words that somebody saved for a part meanwhile: what was shown, what stands now, since when, by whom."""

    then: str
    now: str
    at: str
    by: str


@dataclass(frozen=True, slots=True)
class PartRow:
    """One part in the form.

    `default` are the program's own words, `filled` the words as they will be printed, `difference` the sentences that
    were taken out ("del"), put in ("ins") and kept (""), `asks` the figures typed by hand, `sure` whether they were
    answered for.
    """

    part: str
    title: str
    head: bool
    text: str
    shown: str
    seen: int
    default: str
    saved: Wording | None
    filled: Sequence[Sequence[Piece]]
    difference: Sequence[tuple[str, str]]
    faults: Sequence[str] = ()
    asks: Sequence[Fault] = ()
    sure: bool = False
    clash: Clash | None = None

    @property
    def id(self) -> str:
        """Give the part as element ids have it."""
        return f"part-{self.part.removeprefix(SECTION_PART)}"

    @property
    def changed(self) -> bool:
        """Say whether the words are others than the program's own."""
        return self.text != self.default

    @property
    def rows(self) -> int:
        """Give how many lines the field is high, where the browser does not find out itself."""
        lines = sum(-(-max(len(line), 1) // 28) for line in self.text.split("\n"))
        return min(max(lines, 4), 18)

    @property
    def said(self) -> str:
        """Give the figures that a tick answers for."""
        return _BETWEEN.join(fault.said or "" for fault in self.asks)


@dataclass(frozen=True)
class Words:
    """The words of one bulletin as they stand: the draft that they make, those saved, and the ways of figures."""

    draft: Composed
    saved: Mapping[str, Wording]
    ways: Ways
    clashes: dict[str, Clash] = field(default_factory=dict)

    def title(self, part: str) -> str:
        """Give what a part is called: `标题`, `一、总体进展`."""
        if part in HEAD_PARTS:
            return HEAD_PARTS[part]
        key = part.removeprefix(SECTION_PART)
        return next((each.heading for each in self.draft.bulletin.sections if each.key == key), part)

    def standing(self, part: str) -> str:
        """Give the words of a part that stand."""
        return cleaned(self.draft.texts[part])

    def default(self, part: str) -> str:
        """Give the program's own words of a part."""
        return cleaned(self.draft.defaults[part])

    def version(self, part: str) -> int:
        """Give the version of a part's saved words; 0 for the program's own."""
        return self.saved[part].version if part in self.saved else 0

    def typed_in(self, form: Mapping[str, str]) -> dict[str, Typed]:
        """Read what a form says of each part; a part that nobody touched is as it stands by now."""
        found = {}
        for part in self.draft.defaults:
            standing = self.standing(part)
            text, shown = (cleaned(form.get(name + part, standing)) for name in (TEXT, SHOWN))
            if text == shown:
                found[part] = Typed(standing, standing, self.version(part))
                continue
            seen = form.get(SEEN + part, "")
            usual = seen.isascii() and seen.isdecimal() and len(seen) <= _LONGEST_VERSION
            sure = frozenset(form.get(SURE + part, "").split(_BETWEEN)) - {""}
            found[part] = Typed(text, shown, int(seen) if usual else 0, sure)
        return found

    def as_they_stand(self) -> dict[str, Typed]:
        """Give every part as it stands."""
        return self.typed_in({})

    def faults(self, typed: Mapping[str, Typed]) -> dict[str, list[Fault]]:
        """Give what is to be mended or answered for, by part.

        Of words that nobody touched only what must be mended counts, and a figure that already stood is not asked
        about again.
        """
        standing = {part: self.standing(part) for part, each in typed.items() if each.touched}
        answered = {(fault.field, fault.said) for fault in faults_of_words(self.draft, standing)}
        found: dict[str, list[Fault]] = {}
        for fault in faults_of_words(self.draft, {part: each.text for part, each in typed.items()}):
            part = fault.field or ""
            asked = fault.severity is Severity.ASK
            if not asked or (typed[part].touched and (part, fault.said) not in answered):
                found.setdefault(part, []).append(fault)
        return found

    def rows(self, typed: Mapping[str, Typed]) -> list[PartRow]:
        """Give every part of the form with what is said of it."""
        faults = self.faults(typed)
        return [self._row(part, each, faults.get(part, [])) for part, each in typed.items()]

    def _row(self, part: str, typed: Typed, faults: Sequence[Fault]) -> PartRow:
        clash, default = self.clashes.get(part), self.default(part)
        asks = [fault for fault in faults if fault.severity is Severity.ASK]
        return PartRow(
            part=part,
            title=self.title(part),
            head=part in HEAD_PARTS,
            text=typed.text,
            shown=typed.shown,
            seen=typed.seen,
            default=default,
            saved=self.saved.get(part),
            filled=paragraph_pieces(typed.text, self.draft.bulletin.figures, self.ways),
            difference=difference_of(default, typed.text) if typed.text != default else (),
            faults=[fault.message for fault in faults if fault.severity is not Severity.ASK],
            asks=asks,
            sure=bool(asks) and unanswered(asks, typed.sure) == [],
            clash=clash,
        )


def unanswered(faults: Sequence[Fault], sure: frozenset[str]) -> list[Fault]:
    """Give the figures typed by hand that nobody answered for."""
    return [fault for fault in faults if fault.severity is Severity.ASK and fault.said not in sure]


def difference_of(before: str, after: str) -> list[tuple[str, str]]:
    """Give two texts sentence by sentence: those taken out as "del", put in as "ins", kept as ""."""
    old, new = _SENTENCE.findall(before), _SENTENCE.findall(after)
    found = []
    for how, start, end, begin, stop in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if how == "equal":
            found.append(("", "".join(old[start:end])))
            continue
        found += [
            (tag, text) for tag, text in (("del", "".join(old[start:end])), ("ins", "".join(new[begin:stop]))) if text
        ]
    return found
