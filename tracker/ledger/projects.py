"""Projects: who is known by which name and where, and the actions that are no monthly return."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracker.ledger.handle import Ledger, RefusedError, UnknownError
from tracker.ledger.programmes import months_of
from tracker.ledger.states import WITHDRAWN, fold_project, statements_of
from tracker.ledger.writing import Writing
from tracker.model.fields import FIELD
from tracker.model.folding import State, StatementKind
from tracker.model.months import chinese_month
from tracker.model.names import plain_name
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.model.stages import Stage


@dataclass(slots=True)
class Identity:
    """A registered project: since when it is known, and every (month, name, county) it has borne."""

    code: str
    first_month: str
    borne: list[tuple[str, str, str]] = field(default_factory=list)

    def at(self, month: str) -> tuple[str, str]:
        """Give name and county code at a month; before its registration, those it was registered with."""
        held = [entry for entry in self.borne if entry[0] <= month] or self.borne[:1]
        return held[-1][1], held[-1][2]


def identities(ledger: Ledger, programme: Programme) -> dict[str, Identity]:
    """Give every registered project of a programme, by code; not those whose registration was taken back."""
    found: dict[str, Identity] = {}
    rows = ledger.connection.execute(
        f"SELECT record.project, record.month, statement.name, statement.county, {WITHDRAWN} AS withdrawn "
        "FROM record JOIN statement USING (sequence) WHERE record.programme = ? "
        "AND (statement.name IS NOT NULL OR statement.county IS NOT NULL) ORDER BY record.month, record.sequence",
        (programme.key,),
    ).fetchall()
    for code in {row["project"] for row in rows if row["withdrawn"]}:
        for first in statements_of(ledger, code)[:1]:
            borne = first.month, first.values["name"], first.values["county"]
            found[code] = Identity(code, first.month, [borne])
    for row in rows:
        if row["withdrawn"]:
            continue
        identity = found.setdefault(row["project"], Identity(row["project"], row["month"]))
        name, county = identity.borne[-1][1:] if identity.borne else ("", "")
        identity.borne.append((row["month"], row["name"] or name, row["county"] or county))
    return found


def by_name(known: Mapping[str, Identity], month: str) -> dict[tuple[str, str], str]:
    """Give codes by (county code, plain name): names borne at the month first, then any ever borne."""
    found: dict[tuple[str, str], str] = {}
    for identity in known.values():
        for _, name, county in identity.borne:
            found.setdefault((county, plain_name(name)), identity.code)
    for identity in known.values():
        name, county = identity.at(month)
        found[county, plain_name(name)] = identity.code
    return found


def project_programme(ledger: Ledger, code: str) -> str:
    """Give the key of the programme a project is registered in. Raises UnknownError for an unknown code."""
    row = ledger.connection.execute(
        "SELECT programme FROM record WHERE project = ? AND kind = 'registration'", (code,)
    ).fetchone()
    if row is None:
        raise UnknownError(f"台账里没有编码为“{code}”的项目。编码形如 140702-0001，可在清单里查到。")
    programme: str = row["programme"]
    return programme


@dataclass(frozen=True, slots=True)
class Change:
    """One record that changed a project otherwise than by a return: its number, its kind, when, by whom and why."""

    sequence: int
    kind: str
    at: str
    by: str
    reason: str


def changes_of(ledger: Ledger, code: str, since: int = 0) -> list[Change]:
    """Give what was done about a project beside its returns after a record, in recorded order."""
    rows = ledger.connection.execute(
        "SELECT sequence, kind, recorded_at, recorded_by, reason FROM record WHERE project = ? AND sequence > ? "
        "AND kind IN ('registration', 'correction', 'renaming', 'moving', 'termination', 'splitting') "
        "ORDER BY sequence",
        (code, since),
    )
    return [Change(row[0], row[1], row[2], row[3], row[4] or "") for row in rows.fetchall()]


def state_at(
    ledger: Ledger, programme: Programme, code: str, month: str, upto: int | None = None
) -> State | None:  # fmt: skip
    """Give one project's state at a month, folded from what was said; None before its registration.

    `upto` is the number of the last record that is looked at, as if nothing had been recorded since.
    """
    statements = [said for said in statements_of(ledger, code, upto=upto) if said.month <= month]
    months = sorted(
        {*(said.month for said in statements), *(m for m in months_of(ledger, programme.key) if m <= month)}
    )
    states = list(fold_project(statements, months, None, programme))
    return states[-1] if states else None


def _known(writing: Writing, programme: Programme, code: str, month: str) -> State:
    if project_programme(writing.ledger, code) != programme.key:
        raise RefusedError(f"项目 {code} 不在专项“{programme.name}”里。")
    state = state_at(writing.ledger, programme, code, month)
    if state is None and not statements_of(writing.ledger, code):
        raise RefusedError(f"项目 {code} 的登记已随导入撤销；请重新导入，或用新的编码。")
    if state is None:
        raise RefusedError(f"{chinese_month(month)}时项目 {code} 还没有登记，请写登记之后的月份。")
    return state


def needed_reason(reason: str | None, example: str = "县政府批复更名") -> str:
    """Give a reason without the white around it. Raises RefusedError where there is none."""
    text = (reason or "").strip()
    if not text:
        raise RefusedError(f"请用 --reason 写明理由，例如 --reason {example}。")
    return text


def ensure_month(writing: Writing, programme: Programme, month: str) -> None:
    """Open a month where it is not open yet."""
    if month not in months_of(writing.ledger, programme.key):
        writing.open_month(programme.key, month)


def _refuse_namesake(writing: Writing, programme: Programme, month: str, code: str, name: str, county: str) -> None:
    known = identities(writing.ledger, programme)
    for other in known.values():
        held_name, held_county = other.at(month)
        if other.code != code and held_county == county and plain_name(held_name) == plain_name(name):
            raise RefusedError(f"同一个县已有同名项目“{held_name}”（{other.code}），不能重名。")


def rename(writing: Writing, programme: Programme, code: str, name: str, month: str, reason: str) -> None:
    """Give a project another name from a month on; its code stays. Raises RefusedError."""
    why = needed_reason(reason)
    state = _known(writing, programme, code, month)
    new = name.strip()
    if not new or len(new) > FIELD["name"].longest:
        raise RefusedError(f"新名称不能为空，也不能超过 {FIELD['name'].longest} 个字。")
    if new == state.values["name"]:
        raise RefusedError(f"项目 {code} 已经叫“{new}”，没有可改的。")
    _refuse_namesake(writing, programme, month, code, new, state.values["county"])
    ensure_month(writing, programme, month)
    writing.state(programme.key, code, month, StatementKind.RENAMING, {"name": new}, reason=why)


def move(writing: Writing, programme: Programme, code: str, county: Place, month: str, reason: str) -> None:
    """Put a project under another county from a month on; its code stays. Raises RefusedError."""
    why = needed_reason(reason)
    state = _known(writing, programme, code, month)
    if state.values["county"] == county.code:
        raise RefusedError(f"项目 {code} 已经在{county.name}，没有可改的。")
    _refuse_namesake(writing, programme, month, code, state.values["name"], county.code)
    ensure_month(writing, programme, month)
    writing.state(programme.key, code, month, StatementKind.MOVING, {"county": county.code}, reason=why)


def terminate(writing: Writing, programme: Programme, code: str, month: str, reason: str) -> None:
    """Take a project off the list from a month on. Raises RefusedError."""
    why = needed_reason(reason)
    state = _known(writing, programme, code, month)
    if not state.listed:
        raise RefusedError(f"项目 {code} 在{chinese_month(month)}已经终止。")
    ensure_month(writing, programme, month)
    writing.state(
        programme.key, code, month, StatementKind.TERMINATION, {"stage": Stage.TERMINATED}, reason=why
    )  # fmt: skip


def split(
    writing: Writing, programme: Programme, code: str, names: Iterable[str], month: str, reason: str
) -> list[str]:
    """Replace a project by parts from a month on; gives the parts' codes.

    It leaves the list; each part is registered in its county with its category, level, batch and planned
    dates, and reports from then on. Raises RefusedError.
    """
    why = needed_reason(reason)
    state = _known(writing, programme, code, month)
    parts = [name.strip() for name in names]
    if len(parts) < 2 or not all(parts) or len({plain_name(name) for name in parts}) != len(parts):
        raise RefusedError("拆分要写至少两个不同的新项目名称，例如 --into 甲工程 --into 乙工程。")
    if not state.listed:
        raise RefusedError(f"项目 {code} 在{chinese_month(month)}已经终止，不能拆分。")
    for name in parts:
        _refuse_namesake(writing, programme, month, code, name, state.values["county"])
    ensure_month(writing, programme, month)
    inherited = ("county", "further_counties", "category", "level", "batch", "nature", "planned_start",
                 "planned_completion", "responsible_unit", "responsible_person", "phone", "contact_leader")  # fmt: skip
    shared = {name: state.values[name] for name in inherited if name in state.values}
    writing.state(programme.key, code, month, StatementKind.SPLITTING, {"stage": Stage.TERMINATED}, reason=why)
    return [
        writing.register(programme.key, month, {**shared, "name": name}, reason=why, split_from=code) for name in parts
    ]


def correct(
    writing: Writing,
    programme: Programme,
    code: str,
    month: str,
    values: Mapping[str, Any],
    cleared: Iterable[str],
    reason: str,
) -> None:
    """Correct what holds of a project from a month on: the earlier statements stay, this one lies over them.

    Name and county have actions of their own. Raises RefusedError.
    """
    why = needed_reason(reason)
    _known(writing, programme, code, month)
    emptied = frozenset(cleared)
    if {"name", "county", "code"} & {*values, *emptied}:
        raise RefusedError("改名请用 project rename，换县请用 project move；编码不能改。")
    if not values and not emptied:
        raise RefusedError("没有写要更正的内容，例如 --set total_investment=3000。")
    ensure_month(writing, programme, month)
    writing.state(programme.key, code, month, StatementKind.CORRECTION, values, emptied, reason=why)
