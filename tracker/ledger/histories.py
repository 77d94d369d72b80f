"""Histories: one project through all its months: its states, its records, what each of them replaced, and its file."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from tracker.ledger.changes import Change
from tracker.ledger.columns import from_columns
from tracker.ledger.dossier_reading import fits_its_hash, read_contents
from tracker.ledger.dossiers import DOSSIERS_NAME, dossier_path, dossier_place, dossier_text, present_words
from tracker.ledger.handle import Ledger
from tracker.ledger.records import Record, load_records
from tracker.ledger.states import state_of_row
from tracker.model.fields import FIELDS, STATED
from tracker.model.folding import MONTHLY, YEARLY, State, Statement, StatementKind, advance, counting, says_nothing_new
from tracker.model.months import year_of
from tracker.model.programme import Programme

CHANGING = frozenset(
    {
        StatementKind.CORRECTION,
        StatementKind.RENAMING,
        StatementKind.MOVING,
        StatementKind.TERMINATION,
        StatementKind.SPLITTING,
        StatementKind.WITHDRAWAL,
    }
)
"""The kinds of record that are neither a project's registration nor its monthly return."""

_MONTH_TO_MONTH = tuple(field.name for field in STATED if field.name not in (*MONTHLY, "stage"))


@dataclass(frozen=True)
class History:
    """Everything the ledger holds about one project.

    `states` are its kept states, one an opened month from its registration on, those of closed months as they
    were frozen; none where the registration was taken back and nobody else speaks of it. `corrected` are, by
    month, the frozen states that no longer hold, as later records make them. `records` are its records in
    sequence, `imports` the names of the files that some of them came with, by the import's number.
    """

    programme: Programme
    code: str
    states: tuple[State, ...]
    records: tuple[Record, ...]
    imports: Mapping[int, str]
    corrected: Mapping[str, State] = field(default_factory=dict)

    @cached_property
    def known(self) -> list[State]:
        """Give the states as all records make them, in order of the months."""
        return [self.corrected.get(state.month, state) for state in self.states]

    def until(self, month: str) -> list[State]:
        """Give the states up to a month's end, in order."""
        return [state for state in self.states if state.month <= month]

    @cached_property
    def taken_back(self) -> dict[int, Record]:
        """Give, by the number of each record that no longer counts, the record that took it back."""
        found = {}
        for record in self.records:
            withdrawn = statement_row(record).get("withdraws")
            if withdrawn is not None:
                found[int(withdrawn)] = record
        return found

    @cached_property
    def accepted(self) -> dict[int, bool]:
        """Give, by the number of each return that a review judged, whether the last judgement accepts it for good."""
        rows = (statement_row(record) for record in self.records)
        return {int(row["answers"]): bool(row["final"]) for row in rows if row.get("answers") is not None}

    @cached_property
    def said(self) -> dict[int, Statement]:
        """Give what each record says of the project, by its number; attachments say nothing."""
        return {
            record.sequence: Statement(
                record.head["month"],
                StatementKind(record.head["kind"]),
                from_columns(statement_row(record)),
                frozenset(str(statement_row(record).get("cleared") or "").split()),
                record.sequence in self.taken_back,
                not self.accepted.get(record.sequence, statement_row(record).get("awaits") is None),
            )
            for record in self.records
            if "statement" in record.details
        }

    def held_before(self, sequence: int) -> Mapping[str, Any]:
        """Give the values that held when a record was laid over them: of its month, without what came after it.

        What was recorded later and counts for the same month or an earlier one is part of the fold where it
        belongs: by month, then in recorded order.
        """
        own = self.said[sequence]
        earlier = [state for state in self.known if state.month < own.month]
        same_month = [
            said for number, said in sorted(self.said.items()) if number < sequence and said.month == own.month
        ]
        return advance(earlier[-1] if earlier else None, own.month, counting(same_month), self.programme).values

    def reports_of(self, month: str) -> list[Record]:
        """Give the monthly returns of a month that count, in sequence."""
        return [
            record
            for record in self.records
            if record.head["month"] == month
            and record.head["kind"] == StatementKind.RETURN
            and not self.said[record.sequence].withdrawn
            and not self.said[record.sequence].awaiting
        ]

    @property
    def text(self) -> bytes:
        """Give the dossier as its file should have it."""
        # As ledger.dossiers finds it: the month last stated, so that the file follows from its own records alone.
        months = [said.month for said in counting(self.said.values())]
        stated = next((state for state in self.known if months and state.month == max(months)), None)
        present = {} if stated is None else present_words(stated.month, stated.values)
        return dossier_text(self.code, list(self.records), present)


def statement_row(record: Record) -> Mapping[str, Any]:
    """Give what a record says of its project as it is stored; nothing where it says nothing."""
    return next(iter(record.details.get("statement", ())), {})


def history_of(ledger: Ledger, programme: Programme, code: str) -> History:
    """Give the whole history of a project, which is of this programme; empty for a code that nobody registered."""
    states, corrected = (_states(ledger, table, code) for table in ("state", "state_corrected"))
    records = tuple(load_records(ledger, "project = ?", (code,)))
    numbers = sorted({record.head["import"] for record in records if record.head["import"] is not None})
    rows = ledger.connection.execute(
        "SELECT sequence, name FROM import_file WHERE sequence IN (SELECT value FROM json_each(?))",
        (json.dumps(numbers),),
    )
    files = {row["sequence"]: row["name"] for row in rows}
    return History(programme, code, states, records, files, {state.month: state for state in corrected})


def _states(ledger: Ledger, table: str, code: str) -> tuple[State, ...]:
    cursor = ledger.connection.execute(f"SELECT * FROM {table} WHERE project = ? ORDER BY month", (code,))
    # As dictionaries: a state looks up every column by name, which rows of sqlite3 search for one by one.
    names = [column[0] for column in cursor.description]
    return tuple(state_of_row(dict(zip(names, row, strict=True))) for row in cursor)


def differences(before: State, now: State) -> tuple[Change, ...]:
    """Give what a month changed of a project, the stage that counts first, then the fields in their order.

    The same that `changes.changes_of` says of a whole list: a month's own sums are no change, a year's are
    compared within their year only, and a vaguer date that agrees changes nothing.
    """
    return tuple(_differences(before, now))


def _differences(before: State, now: State) -> Iterator[Change]:
    if before.stage != now.stage:
        yield Change("stage", before.stage, now.stage)
    new_year = year_of(before.month) != year_of(now.month)
    for name in _MONTH_TO_MONTH:
        was, stands = before.values.get(name), now.values.get(name)
        if was != stands and not (new_year and name in YEARLY) and not says_nothing_new(name, was, stands):
            yield Change(name, was, stands)


def replaced_by(history: History, sequence: int) -> list[tuple[str, Any, Any]]:
    """Give what a record changed as (field, before, now), None for nothing, in the fields' order."""
    said = history.said[sequence]
    if not said.values and not said.cleared:
        return []
    held = history.held_before(sequence)
    names = [each.name for each in FIELDS if each.name in said.values or each.name in said.cleared]
    return [(name, held.get(name), None if name in said.cleared else said.values[name]) for name in names]


def parts_of(ledger: Ledger, history: History, month: str) -> list[tuple[str, str]]:
    """Give (code, name) of the parts that a project was split into at a month, as they were registered."""
    rows = ledger.connection.execute(
        "SELECT record.project, statement.name FROM record JOIN statement USING (sequence) WHERE record.programme = ? "
        "AND record.kind = 'registration' AND record.month = ? AND statement.split_from = ? ORDER BY record.project",
        (history.programme.key, month, history.code),
    )
    return [(row["project"], row["name"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The projects before and after one in its county's list by code, as (code, name); None at either end."""

    before: tuple[str, str] | None
    after: tuple[str, str] | None


def neighbours_of(ledger: Ledger, programme: Programme, state: State, code: str) -> Neighbours:
    """Give a project's neighbours among those that its county's list holds at the state's month."""

    def nearest(beyond: str, order: str) -> tuple[str, str] | None:
        row = ledger.connection.execute(
            f"SELECT project, name FROM state WHERE programme = ? AND month = ? AND project {beyond} ? "
            f"AND county = ? AND listed ORDER BY project {order} LIMIT 1",
            (programme.key, state.month, code, state.values["county"]),
        ).fetchone()
        return None if row is None else (row["project"], row["name"])

    return Neighbours(nearest("<", "DESC"), nearest(">", "ASC"))


@dataclass(frozen=True, slots=True)
class FileStanding:
    """Whether a dossier's file says what the ledger says: where it lies, and a sentence where it does not."""

    place: str
    differs: str

    @property
    def agrees(self) -> bool:
        """Say whether the file holds exactly the bytes it should."""
        return not self.differs


_MEND = "请在本机运行 app.py check --heal 补写"
_LOOK = "请在本机运行 app.py check 核对台账"


def file_standing(ledger: Ledger, history: History) -> FileStanding:
    """Compare a dossier's file, byte by byte, with what the ledger would write."""
    return FileStanding(f"{DOSSIERS_NAME}/{dossier_place(history.code)}", _differs(ledger, history))


def _differs(ledger: Ledger, history: History) -> str:
    try:
        raw = dossier_path(ledger, history.code).read_bytes()
    except FileNotFoundError:
        return f"档案文件不在磁盘上，{_MEND}。"
    except OSError as error:
        return f"档案文件读不出（{error.strerror}），{_LOOK}。"
    if raw == history.text:
        return ""
    spoilt = [record.sequence for record in history.records if not fits_its_hash(record)]
    if spoilt:
        return f"数据库里第 {_numbers(spoilt)} 号记录与校验值不符，{_LOOK}；档案文件请保留。"
    found = read_contents(raw)
    held = {record.sequence: record.content_hash for record in found.records}
    known = {record.sequence: record.content_hash for record in history.records}
    more = sorted(held.keys() - known.keys())
    if more:
        return f"档案文件多出第 {_numbers(more)} 号记录；若刚有人填报，刷新本页即可，否则{_LOOK}。"
    if any(held[number] != known[number] for number in held):
        other = sorted(number for number in held if held[number] != known[number])
        return f"档案文件的第 {_numbers(other)} 号记录与数据库不同，{_LOOK}。"
    missing = sorted(known.keys() - held.keys())
    if missing:
        damaged = "缺少或损坏" if found.damaged else "缺少"
        return f"档案文件{damaged}第 {_numbers(missing)} 号记录，{_MEND}。"
    return f"档案文件的记录齐全，其余文字与台账不同，{_MEND}。"


def _numbers(numbers: list[int]) -> str:
    shown = "、".join(str(number) for number in numbers[:3])
    return shown if len(numbers) <= 3 else f"{shown} 等 {len(numbers)}"
