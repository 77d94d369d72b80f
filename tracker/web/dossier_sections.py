"""Sections of a dossier: its facts, what was corrected or changed by decision, and every record."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from tracker.ledger.handle import Ledger
from tracker.ledger.histories import CHANGING, History, parts_of, replaced_by, statement_row
from tracker.ledger.records import Record
from tracker.model.fields import FIELD, FIELDS, Kind
from tracker.model.folding import State, StatementKind
from tracker.model.months import chinese_month
from tracker.model.places import Places
from tracker.model.record_words import RECORD_WORDS
from tracker.web.dossier_words import Fact, Signature, facts_of, printed_value, signature_of

_BASICS = (
    "county", "further_counties", "category", "level", "batch", "package_of", "nature", "content",
    "responsible_unit", "responsible_person", "phone", "contact_leader",
)  # fmt: skip
_MONEY = tuple(field.name for field in FIELDS if field.kind is Kind.MONEY)
_OUTPUTS = tuple(field.name for field in FIELDS if field.kind is Kind.QUANTITY)
_PROGRESS = ("progress", "progress_percent", "problem", "problem_owner", "problem_limit", "remark")
_TITLES = {each.name: each.title for each in FIELDS}
_ALWAYS_SHOWN = frozenset({"total_investment", "cumulative_investment"})


def basics_of(state: State, places: Places) -> list[Fact]:
    """Give what a project is and who answers for it."""
    return facts_of(state.values, _BASICS, places)


def fact_groups(state: State, places: Places) -> list[tuple[str, list[Fact]]]:
    """Give the other fields that hold, under their headings; the key dates stand at the page's top."""
    groups = (("资金", _MONEY), ("进展", _PROGRESS), ("建设规模", _OUTPUTS))
    found = [(title, facts_of(state.values, names, places, _ALWAYS_SHOWN & {*names})) for title, names in groups]
    return [(title, facts) for title, facts in found if facts]


@dataclass(frozen=True, slots=True)
class Replaced:
    """One field that a record changed, printed: "" for nothing."""

    title: str
    before: str
    now: str


@dataclass(frozen=True, slots=True)
class Decision:
    """A correction or another change that is no monthly return.

    `about` names the record it takes back, `parts` are those a project was split into as (code, name), and
    `taken_back` says that a later record undid this one.
    """

    kind: str
    month: str
    reason: str
    signature: Signature
    replaced: list[Replaced] = field(default_factory=list)
    about: str = ""
    parts: list[tuple[str, str]] = field(default_factory=list)
    taken_back: str = ""


def decisions_of(ledger: Ledger, history: History, month: str, places: Places) -> list[Decision]:
    """Give what was corrected, renamed, moved, ended or taken back up to a month, the latest recorded first."""
    chosen = [
        record
        for record in history.records
        if record.head["kind"] in CHANGING and record.head["month"] <= month
    ]  # fmt: skip
    return [_decision(ledger, history, record, places) for record in reversed(chosen)]


def _decision(ledger: Ledger, history: History, record: Record, places: Places) -> Decision:
    said = history.said[record.sequence]
    is_split = said.kind is StatementKind.SPLITTING
    return Decision(
        kind=RECORD_WORDS[said.kind],
        month=said.month,
        reason=str(record.head["reason"] or ""),
        signature=signature_of(record),
        replaced=_replaced(history, record.sequence, places),
        about=_withdrawn_words(history, record),
        parts=parts_of(ledger, history, said.month) if is_split else [],
        taken_back=_taken_back(history, record),
    )


def _replaced(history: History, sequence: int, places: Places) -> list[Replaced]:
    return [
        Replaced(
            FIELD[name].title,
            printed_value(FIELD[name], before, places),
            printed_value(FIELD[name], now, places),
        )
        for name, before, now in replaced_by(history, sequence)
    ]


def _withdrawn_words(history: History, record: Record) -> str:
    number = statement_row(record).get("withdraws")
    if number is None:
        return ""
    said = history.said.get(int(number))
    what = f"（{chinese_month(said.month)}{RECORD_WORDS[said.kind]}）" if said else ""
    return f"撤销第 {number} 号记录{what}"


def _taken_back(history: History, record: Record) -> str:
    later = history.taken_back.get(record.sequence)
    return f"已由第 {later.sequence} 号记录撤销，不再计入" if later else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One record as the full list shows it: what it is, who made it, what it says (a line a field) and why."""

    month: str
    kind: str
    signature: Signature
    source: str
    reason: str
    said: str
    taken_back: str


def entries_of(history: History, places: Places) -> list[Entry]:
    """Give every record of a dossier, the latest first."""
    return [_entry(history, record, places) for record in reversed(history.records)]


def _entry(history: History, record: Record, places: Places) -> Entry:
    number = record.head["import"]
    return Entry(
        month=chinese_month(str(record.head["month"])),
        kind=RECORD_WORDS[str(record.head["kind"])],
        signature=signature_of(record),
        source="" if number is None else f"随导入 {number}" + _named(history.imports.get(number)),
        reason=str(record.head["reason"] or ""),
        said="\n".join(_lines(history, record, places)),
        taken_back=_taken_back(history, record),
    )


def _lines(history: History, record: Record, places: Places) -> Iterator[str]:
    """Give what a record says, a line a field, and what it says of another record."""
    said = history.said.get(record.sequence)
    if said is not None:
        for name, value in said.values.items():
            yield f"{_TITLES[name]}：{printed_value(FIELD[name], value, places)}"
        if said.cleared:
            yield f"清空：{'、'.join(each.heading for each in FIELDS if each.name in said.cleared)}"
    row = statement_row(record)
    if row.get("split_from"):
        yield f"拆分自：{row['split_from']}"
    about = _withdrawn_words(history, record)
    if about:
        yield about
    if row.get("answers") is not None:
        yield f"审的是第 {row['answers']} 号记录" + (
            "" if row.get("final") or record.head["reason"] else "，转上一级再审"
        )
    if row.get("awaits") is not None and not history.accepted.get(record.sequence):
        yield "还没有通过审核，暂不计入"
    for returned in record.details.get("returned_field", ()):
        yield f"“{FIELD[returned['field']].heading}”：{returned['reason']}"
    for answered in record.details.get("answered_fault", ()):
        yield f"对“{answered['message']}”的答复：{answered['answer']}"
    for attached in record.details.get("attachment", ()):
        yield f"{attached['name']}，{attached['bytes']} 字节，SHA-256 {attached['sha256'][:12]}"


def _named(name: str | None) -> str:
    return f"（{name}）" if name else ""
