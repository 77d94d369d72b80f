"""Composing: a bulletin whole, from the ledger's figures, the task force's words where it wrote any, and the tables.

A draft can be made at any time. What is issued is sealed: it bears the SHA-256 of everything that it says, because a
file cannot name its own.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from tracker.exchange.bulletins.annexes import annex_marks, annexes_of
from tracker.exchange.bulletins.corrections import (
    correction_annexes,
    correction_marks,
    correction_sections,
    correction_title,
)
from tracker.exchange.bulletins.document import BULLETIN, CORRECTION, Bulletin, Section
from tracker.exchange.bulletins.figures import Facts, facts_of
from tracker.exchange.bulletins.words import (
    default_addressees,
    default_issuer,
    default_sections,
    default_title,
)
from tracker.exchange.paper.printer import Printed
from tracker.exchange.tables.asking import Asked
from tracker.exchange.writing.table_json import table_as_object
from tracker.ledger.bulletins import Issue, Issued, WordingPlace, wordings_of
from tracker.model.places import Place

FORMAT = 1

HEAD_PARTS = {
    "issuer": "发文机关标志", "title": "标题", "addressees": "主送机关", "signed_by": "发文机关署名",
    "copied_to": "抄送", "printed_by": "印发机关",
}  # fmt: skip
"""The parts of a bulletin beside its sections that may be worded anew, and what each is called."""

SECTION_PART = "section:"
"""What stands before a section's key where its words are kept."""


@dataclass(frozen=True, slots=True)
class Composed:
    """A bulletin, the facts that it is written from, and by part its words and those of the program's own."""

    bulletin: Bulletin
    facts: Facts
    texts: Mapping[str, str]
    defaults: Mapping[str, str]


def default_parts(facts: Facts, corrects: Issued | None = None) -> tuple[dict[str, str], tuple[Section, ...]]:
    """Give the program's own words by part, and the sections that they make."""
    if corrects is None:
        sections, title = default_sections(facts), default_title(facts)
    else:
        sections = correction_sections(facts, corrects.title, corrects.number)
        title = correction_title(corrects.title)
    issuer = default_issuer(facts)
    said = {
        "issuer": issuer, "title": title, "addressees": default_addressees(facts), "signed_by": issuer,
        "copied_to": "", "printed_by": f"{issuer}办公室",
    }  # fmt: skip
    return said | {f"{SECTION_PART}{each.key}": "\n".join(each.paragraphs) for each in sections}, sections


def composed(
    asked: Asked,
    wordings: Mapping[str, str | None] | None = None,
    *,
    number: str = "",
    signed_on: datetime.date | None = None,
    corrects: Issued | None = None,
    annexed: bool = True,
) -> Composed:
    """Give the draft of a month's bulletin, or of one that corrects an issued one.

    `wordings` are the words by part that stand for the program's own; without them those that the ledger keeps. A
    page that shows the text alone has the tables left out (`annexed`), which take most of the time.
    """
    facts = facts_of(asked)
    facts.figures.update(annex_marks(asked) if corrects is None else correction_marks(facts))
    defaults, sections = default_parts(facts, corrects)
    if wordings is None:
        wordings = kept_wordings(asked, corrects)
    said = defaults | {part: text for part, text in wordings.items() if text is not None and part in defaults}
    worded = tuple(
        replace(each, paragraphs=paragraphs_of(said[f"{SECTION_PART}{each.key}"])) for each in sections
    )  # fmt: skip
    bulletin = Bulletin(
        programme_name=asked.programme.name,
        month=asked.month,
        area_name=asked.area_name,
        kind=BULLETIN if corrects is None else CORRECTION,
        issuer=said["issuer"],
        number=number,
        title=said["title"],
        addressees=said["addressees"],
        sections=worded,
        figures=dict(facts.figures),
        annexes=correction_annexes(facts) if corrects else annexes_of(asked) if annexed else (),
        signed_by=said["signed_by"],
        signed_on=signed_on,
        copied_to=said["copied_to"],
        printed_by=said["printed_by"],
        printed_on=signed_on,
        draft=True,
        demonstration=asked.programme.demonstration,
        corrects=corrects.number if corrects else "",
    )
    return Composed(bulletin, facts, said, defaults)


def wording_place(asked: Asked, corrects: Issued | None = None) -> WordingPlace:
    """Give where the ledger keeps the words of a bulletin."""
    return WordingPlace(asked.programme.key, asked.month, asked.area.code, corrects.number if corrects else "")


def kept_wordings(asked: Asked, corrects: Issued | None = None) -> dict[str, str | None]:
    """Give the words by part that the task force saved for a bulletin."""
    return {part: each.text for part, each in wordings_of(asked.ledger, wording_place(asked, corrects)).items()}


def paragraphs_of(text: str) -> tuple[str, ...]:
    """Give a text's paragraphs, one a line, without empty ones."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def said_of_bulletin(bulletin: Bulletin) -> bytes:
    """Give everything that a bulletin says as JSON, the same bytes for the same words, figures and tables."""
    said = {
        "format": FORMAT,
        "programme": bulletin.programme_name,
        "month": bulletin.month,
        "area": bulletin.area_name,
        "kind": bulletin.kind,
        "corrects": bulletin.corrects,
        "issuer": bulletin.issuer,
        "number": bulletin.number,
        "title": bulletin.title,
        "addressees": bulletin.addressees,
        "sections": [
            {
                "key": own.key,
                "heading": own.heading,
                "marked": list(own.paragraphs),
                "paragraphs": list(full.paragraphs),
            }
            for own, full in zip(bulletin.sections, bulletin.filled(), strict=True)
        ],
        "figures": dict(bulletin.figures),
        "annexes": [{"annex": table.annex, **table_as_object(table)} for table in bulletin.annexes],
        "signed_by": bulletin.signed_by,
        "signed_on": bulletin.signed_on.isoformat() if bulletin.signed_on else None,
        "copied_to": bulletin.copied_to,
        "printed_by": bulletin.printed_by,
        "printed_on": bulletin.printed_on.isoformat() if bulletin.printed_on else None,
        "demonstration": bulletin.demonstration,
    }
    return (json.dumps(said, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode("utf-8", "replace")


def sealed(bulletin: Bulletin, verify_address: str = "") -> Bulletin:
    """Give a bulletin as it is issued: no draft, with the SHA-256 of what it says. Raises ValueError without number."""
    if not bulletin.number or bulletin.signed_on is None:
        raise ValueError("what is issued has a number and a date")
    checksum = hashlib.sha256(said_of_bulletin(bulletin)).hexdigest()
    return replace(bulletin, draft=False, verify_address=verify_address, checksum=checksum)


def issue_order(
    bulletin: Bulletin, area: Place, printed: Printed, reason: str = "", seen: Mapping[str, int] | None = None
) -> Issue:
    """Give what the ledger is to issue: a sealed bulletin and its printed file; `seen` as in `Issue`.

    Raises ValueError for a draft.
    """
    if bulletin.draft or bulletin.signed_on is None:
        raise ValueError("only a sealed bulletin is issued")
    return Issue(
        month=bulletin.month,
        area=area,
        number=bulletin.number,
        title=bulletin.title,
        signed_on=bulletin.signed_on,
        content=printed.content,
        pages=printed.pages,
        said=said_of_bulletin(bulletin),
        corrects=bulletin.corrects,
        reason=reason,
        seen=seen,
    )
