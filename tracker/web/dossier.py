"""Dossier: everything ever recorded about one project, plainly: facts, months, who recorded what, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tracker.ledger.columns import FIELD_COLUMNS, from_columns
from tracker.ledger.dossiers import subject_records
from tracker.ledger.handle import UnknownError
from tracker.ledger.projects import project_programme, state_at
from tracker.ledger.records import Record
from tracker.model.fields import FIELD, FIELDS, Field, Kind
from tracker.model.folding import StatementKind
from tracker.model.months import chinese_month, is_month
from tracker.model.places import Places
from tracker.model.printing import print_value
from tracker.web.lamps import lamp_of
from tracker.web.page_ledger import page_ledger
from tracker.web.project_rows import stage_words
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError, place_words, where_of
from tracker.web.wording import masked_phone

blueprint = Blueprint("dossier", __name__)

KIND_WORDS = {
    StatementKind.REGISTRATION: "登记",
    StatementKind.RETURN: "月报",
    StatementKind.CORRECTION: "更正",
    StatementKind.RENAMING: "更名",
    StatementKind.MOVING: "换县",
    StatementKind.TERMINATION: "终止",
    StatementKind.SPLITTING: "拆分",
    StatementKind.WITHDRAWAL: "撤销",
}

_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("时间", ("planned_start", "actual_start", "planned_completion", "actual_completion")),
    (
        "资金",
        ("total_investment", "year_plan", "cumulative_investment", "year_investment", "month_investment",
         "funding_received", "funding_paid"),
    ),
    ("进展", ("progress", "progress_percent", "problem", "problem_owner", "problem_limit", "remark")),
    ("责任", ("responsible_unit", "responsible_person", "phone", "contact_leader")),
)  # fmt: skip
_ALWAYS_SHOWN = frozenset({"planned_start", "actual_start", "planned_completion", "actual_completion",
                           "total_investment", "cumulative_investment"})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One field that holds: its heading with its unit, and its value ("" where a shown field is unknown)."""

    title: str
    value: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One record: when it was made and by whom, what kind it is, what it says and why."""

    sequence: int
    month: str
    kind: str
    said: list[Fact]
    recorded_at: str
    recorded_by: str
    reason: str


@blueprint.get("/project/<code>")
@room(Permission.LOOPBACK_READER)
def show(code: str) -> ResponseReturnValue:
    """Show a project as of a month (`?month=`, else the latest) with everything recorded about it."""
    ledger = page_ledger()
    try:
        key = project_programme(ledger, code)
    except UnknownError as error:
        raise NotThereError(str(error)) from error
    month = request.args.get("month") or None
    where = where_of(ledger, month if month is None or is_month(month) else None, None, key)
    if month is not None and not is_month(month):
        raise NotThereError(f"月份写的是“{month}”，应为“年-月”，例如 {where.month}。")
    state = state_at(ledger, where.programme, code, where.month)
    records = subject_records(ledger, code)
    if state is None:
        taken_back = next((record for record in records if record.head["kind"] == "withdrawal"), None)
        if taken_back is not None:
            raise NotThereError(f"项目 {code} 的登记已撤销（{taken_back.head['reason']}），不在任何月份的清单里。")
        first = min(str(record.head["month"]) for record in records)
        raise NotThereError(f"{where.month_words}时项目 {code} 还没有登记，它自{chinese_month(first)}起在清单里。")
    place = where.places.find(state.values["county"])
    stood = where_of(ledger, where.month, place.code if place else None, key)
    return render_template(
        "dossier.html",
        where=stood,
        room="dossier",
        kept={"code": code, "stood": place and place.path.rsplit("/", 1)[-1]},
        code=code,
        name=state.values["name"],
        state=state,
        stage=stage_words(state),
        lamp=lamp_of(state, where.month),
        basics=_facts(state.values, _basic_fields(), where.places),
        groups=[(title, _facts(state.values, names, where.places)) for title, names in _GROUPS],
        outputs=_facts(state.values, _output_fields(), where.places),
        entries=[_entry(record, where.places) for record in reversed(records)],
    )


def _basic_fields() -> tuple[str, ...]:
    grouped = {name for _, names in _GROUPS for name in names}
    left = {"code", "name", "stage", *grouped, *_output_fields()}
    return tuple(field.name for field in FIELDS if field.name not in left)


def _output_fields() -> tuple[str, ...]:
    return tuple(field.name for field in FIELDS if field.kind is Kind.QUANTITY)


def _facts(values: Mapping[str, Any], names: tuple[str, ...], places: Places) -> list[Fact]:
    return [
        Fact(FIELD[name].title, _printed(FIELD[name], values.get(name), places))
        for name in names
        if name in values or name in _ALWAYS_SHOWN
    ]


def _printed(field: Field, value: Any, places: Places) -> str:
    if value is None:
        return ""
    if field.kind is Kind.PLACE:
        return place_words(places, value)
    if field.kind is Kind.PLACES:
        return "、".join(place_words(places, code) for code in value)
    return print_value(field.name, value)


def _entry(record: Record, places: Places) -> Entry:
    """Print one record; phone numbers stand in this list only with their last digits."""
    statement = record.details.get("statement", [{}])[0]
    values = from_columns({name: statement.get(name) for name in FIELD_COLUMNS})
    said = []
    for field in FIELDS:
        if field.name in values:
            text = _printed(field, values[field.name], places)
            said.append(Fact(field.title, masked_phone(text) if field.name == "phone" else text))
    cleared = statement.get("cleared")
    if cleared:
        said.append(Fact("清空", "、".join(FIELD[name].heading for name in str(cleared).split() if name in FIELD)))
    if statement.get("split_from"):
        said.append(Fact("拆分自", str(statement["split_from"])))
    return Entry(
        sequence=record.sequence,
        month=str(record.head["month"]),
        kind=KIND_WORDS[StatementKind(record.head["kind"])],
        said=said,
        recorded_at=str(record.head["recorded_at"])[:16].replace("T", " "),
        recorded_by=str(record.head["recorded_by"]),
        reason=str(record.head["reason"] or ""),
    )
