"""Writing: one request becomes records, states and dossiers, all of it or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from tracker.ledger.audit import acting_as, note_records, note_refusal
from tracker.ledger.columns import to_columns
from tracker.ledger.dossiers import furthest_written, write_behind
from tracker.ledger.handle import Ledger, RefusedError, StorageError
from tracker.ledger.months import closings, refuse_closed
from tracker.ledger.programmes import definition_details, find_programme, months_of
from tracker.ledger.records import Record, head_of, insert_records
from tracker.ledger.states import carry_forward, derive
from tracker.model.folding import StatementKind
from tracker.model.places import Unit
from tracker.model.programme import Programme

_PATIENCE = 2.0
"""Seconds that a writer waits for another to be done with its files before it leaves its own to it."""


class AlreadyRecordedError(RefusedError):
    """The request was recorded before (a second click, a retry after a lost answer); nothing was added."""

    def __init__(self, sequences: list[int]) -> None:
        """Take the numbers of the records that the request left when it was first carried out."""
        super().__init__("这次提交已经登记过，没有重复登记。")
        self.sequences = sequences


class Writing:
    """One request's records, gathered in order and put into the ledger when the request ends.

    Every method adds a record and gives its number. `request` is the idempotency key, `by` the person
    whose name stands in the records.
    """

    def __init__(self, ledger: Ledger, request: str, by: str) -> None:
        """Start after the ledger's last record; the caller holds the write transaction."""
        self.ledger = ledger
        self._request = request
        self._by = by
        self._at = ledger.clock().isoformat()
        self._sequence, self._chain = head_of(ledger)
        self._records: list[Record] = []
        self._previous: dict[str, int] = {}
        self._touched: dict[str, dict[str, str]] = {}
        self._opened: dict[str, set[str]] = {}
        self._redefined: set[str] = set()
        self._counters: dict[str, int] = {}
        self._closed: dict[str, frozenset[str]] = {}

    def _append(
        self,
        kind: str,
        programme: str,
        details: Mapping[str, list[dict[str, Any]]],
        *,
        project: str | None = None,
        month: str | None = None,
        reason: str | None = None,
        imported_by: int | None = None,
    ) -> int:
        self._sequence += 1
        head = {
            "sequence": self._sequence, "kind": kind, "programme": programme, "project": project, "month": month,
            "recorded_at": self._at, "recorded_by": self._by, "reason": reason, "request": self._request,
            "import": imported_by, "previous": None,
        }  # fmt: skip
        record = Record(head, dict(details))
        head["previous"] = self._previous_of(record.subject)
        self._previous[record.subject] = self._sequence
        self._chain = record.hashed(self._chain).chain_hash
        self._records.append(record)
        return self._sequence

    def _previous_of(self, subject: str) -> int | None:
        if subject not in self._previous:
            row = self.ledger.connection.execute(
                "SELECT sequence FROM dossier_file WHERE subject = ?", (subject,)
            ).fetchone()
            return row["sequence"] if row else None
        return self._previous[subject]

    def define_programme(self, programme: Programme, reason: str | None = None) -> int:
        """Record a programme's definition, its first or a later one; later ones recompute its states."""
        self._redefined.add(programme.key)
        return self._append("programme", programme.key, definition_details(programme), reason=reason)

    def add_unit(self, programme: str, unit: Unit, reason: str | None = None) -> int:
        """Record a ranking unit that is no division."""
        row = {"code": unit.code, "name": unit.name, "city": unit.city}
        return self._append("unit", programme, {"unit": [row]}, reason=reason)

    def open_month(self, programme: str, month: str) -> int:
        """Record that a month `YYYY-MM` is open for returns."""
        self._opened.setdefault(programme, set()).add(month)
        return self._append("month", programme, {}, month=month)

    def note_month(
        self, kind: str, programme: str, month: str, details: Mapping[str, list[dict[str, Any]]], reason: str | None
    ) -> int:
        """Record what happens to a month: its locking, unlocking, closing, a permission, a county's sending."""
        return self._append(kind, programme, details, month=month, reason=reason)

    def head(self) -> tuple[int, str]:
        """Give the number and the chain hash of the last record, those of this request among them."""
        return self._sequence, self._chain

    def note_import(
        self,
        programme: str,
        month: str,
        file: Mapping[str, Any],
        accepted: Iterable[Mapping[str, Any]],
        choices: Iterable[Mapping[str, Any]] = (),
    ) -> int:
        """Record an import: its file (columns of `import_file`), the doubts that were accepted with it, its choices.

        `choices` are rows of `import_choice`: how it was read where the program would have read it otherwise.
        """
        details = {"import_file": [dict(file)]}
        faults = [{name: value for name, value in fault.items() if name != "severity"} for fault in accepted]
        if faults:
            details["accepted_fault"] = faults
        chosen = [dict(choice) for choice in choices]
        if chosen:
            details["import_choice"] = chosen
        return self._append("import", programme, details, month=month)

    def register(
        self,
        programme: str,
        month: str,
        values: Mapping[str, Any],
        *,
        imported_by: int | None = None,
        reason: str | None = None,
        split_from: str | None = None,
    ) -> str:
        """Record a new project with its first values (`name` and `county` among them); give its code.

        The code is `<code of the county of registration>-<four digits>` and never changes. Raises RefusedError
        for a closed month.
        """
        self._refuse_closed(programme, month)
        code = self._next_code(values["county"])
        details = {"statement": [{**to_columns(values), **({"split_from": split_from} if split_from else {})}]}
        kind = StatementKind.REGISTRATION.value
        self._touch(programme, code, month)
        self._append(
            kind, programme, details, project=code, month=month, reason=reason, imported_by=imported_by
        )  # fmt: skip
        return code

    def state(
        self,
        programme: str,
        project: str,
        month: str,
        kind: StatementKind,
        values: Mapping[str, Any],
        cleared: Iterable[str] = (),
        *,
        imported_by: int | None = None,
        reason: str | None = None,
        awaits: bool = False,
        answers: Iterable[Mapping[str, Any]] = (),
    ) -> int:
        """Record what is said about a known project for a month; `cleared` names fields made empty.

        `awaits` says that it counts only once a review accepts it; `answers` are rows of `answered_fault`.
        Raises RefusedError for the return of a closed month.
        """
        if kind is StatementKind.RETURN:
            self._refuse_closed(programme, month)
        row = to_columns(values)
        emptied = " ".join(sorted(cleared))
        if emptied:
            row["cleared"] = emptied
        if awaits:
            row["awaits"] = 1
        self._touch(programme, project, month)
        details = {"statement": [row]}
        answered = [dict(answer) for answer in answers]
        if answered:
            details["answered_fault"] = answered
        return self._append(
            kind.value, programme, details, project=project, month=month, reason=reason, imported_by=imported_by
        )  # fmt: skip

    def judge(
        self,
        kind: StatementKind,
        programme: str,
        project: str,
        month: str,
        answered: int,
        *,
        final: bool,
        reason: str | None = None,
        fields: Mapping[str, str] | None = None,
    ) -> int:
        """Record what a review says of a return: accepted (`final`: for good) or sent back, with reasons by field."""
        details: dict[str, list[dict[str, Any]]] = {"statement": [{"answers": answered, "final": int(final)}]}
        if fields:
            details["returned_field"] = [{"field": name, "reason": why} for name, why in fields.items()]
        self._touch(programme, project, month)
        return self._append(kind.value, programme, details, project=project, month=month, reason=reason)

    def _refuse_closed(self, programme: str, month: str) -> None:
        if programme not in self._closed:
            self._closed[programme] = frozenset(closings(self.ledger, programme))
        if month in self._closed[programme]:
            refuse_closed(self.ledger, programme, month)

    def attach(self, programme: str, project: str, month: str, file: Mapping[str, Any]) -> int:
        """Record an attachment of a project's month: its file (columns of `attachment`); its bytes are kept."""
        return self._append("attachment", programme, {"attachment": [dict(file)]}, project=project, month=month)

    def withdraw(
        self, programme: str, project: str, month: str, withdrawn: int, *, reason: str, imported_by: int | None = None
    ) -> int:
        """Record that what a record said about a project for a month no longer counts; both records stay."""
        self._touch(programme, project, month)
        return self._append(
            StatementKind.WITHDRAWAL.value, programme, {"statement": [{"withdraws": withdrawn}]},
            project=project, month=month, reason=reason, imported_by=imported_by,
        )  # fmt: skip

    def note_withdrawal(self, programme: str, month: str, imported_by: int, reason: str) -> int:
        """Record in the programme's own dossier that an import was taken back."""
        kind = StatementKind.WITHDRAWAL.value
        return self._append(kind, programme, {}, month=month, reason=reason, imported_by=imported_by)

    def _touch(self, programme: str, project: str, month: str) -> None:
        touched = self._touched.setdefault(programme, {})
        touched[project] = min(month, touched.get(project, month))

    def _next_code(self, county: str) -> str:
        if county not in self._counters:
            row = self.ledger.connection.execute(
                "SELECT max(CAST(substr(project, length(?) + 2) AS INTEGER)) AS last FROM record "
                "WHERE project > ? || '-' AND project < ? || '.'",
                (county, county, county),
            ).fetchone()
            self._counters[county] = row["last"] or 0
        self._counters[county] += 1
        return f"{county}-{self._counters[county]:04d}"

    def finish(self) -> None:
        """Put the records into the open transaction, with everything that follows from them."""
        insert_records(self.ledger, self._records)
        for key in {*self._touched, *self._opened, *self._redefined}:
            programme = find_programme(self.ledger, key)
            touched = self._touched.get(key, {})
            if key in self._redefined:
                self._derive_all(programme)
                continue
            opened = sorted(self._opened.get(key, ()))
            spoken_of = dict(touched)
            for month in opened:
                for project in carry_forward(self.ledger, programme, month, touched):
                    spoken_of.setdefault(project, month)
            by_month: dict[str, list[str]] = {}
            for project, month in spoken_of.items():
                # A month opened before the one that is spoken of was not carried forward to for this project.
                by_month.setdefault(min([month, *opened]), []).append(project)
            for month, projects in by_month.items():
                derive(self.ledger, programme, projects, month)

    def _derive_all(self, programme: Programme) -> None:
        months = months_of(self.ledger, programme.key)
        projects = self.ledger.connection.execute(
            "SELECT DISTINCT project FROM record WHERE programme = ? AND project IS NOT NULL", (programme.key,)
        ).fetchall()
        if months:
            derive(self.ledger, programme, [row["project"] for row in projects], months[0])

    @property
    def heads(self) -> list[dict[str, Any]]:
        """Give what has been recorded so far, without its details, in order."""
        return [record.head for record in self._records]

    @property
    def recorded(self) -> bool:
        """Say whether anything has been recorded so far."""
        return bool(self._records)


def _refuse_fork(ledger: Ledger) -> None:
    # Writing on after an older database was put back would give the numbers of the lost records away a second
    # time, and the records that only the files still hold could never be taken in again.
    ahead = furthest_written(ledger) - head_of(ledger)[0]
    if ahead > 0:
        raise RefusedError(
            f"档案文件比数据库多 {ahead} 条记录，数据库可能是较早的备份。请先用 app.py check --heal 收回，再登记。"
        )


@contextmanager
def writing(ledger: Ledger, request: str, by: str) -> Iterator[Writing]:
    """Carry out one request: give a Writing, and on leaving put all it gathered into the ledger at once.

    Raises AlreadyRecordedError where the request's key was recorded before, RefusedError where the dossiers
    hold more than the database. An exception inside the block
    leaves the ledger as it was; StorageError says that the disk refused. The dossiers on disk follow after
    the commit.
    """
    connection = ledger.connection
    try:
        connection.execute("BEGIN IMMEDIATE")
        earlier = connection.execute(
            "SELECT sequence FROM record WHERE request = ? ORDER BY sequence", (request,)
        ).fetchall()
        if earlier:
            raise AlreadyRecordedError([row["sequence"] for row in earlier])
        _refuse_fork(ledger)
        gathered = Writing(ledger, request, by)
        yield gathered
        gathered.finish()
        note_records(ledger, by, gathered.heads)
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        _roll_back(connection)
        raise StorageError(
            f"台账没有写成（{error}）：磁盘已满、只读、出错，或别的程序一直占用着台账。"
            "请排除后再试一次；已经登记过的不会重复登记。"
        ) from error
    except RefusedError as error:
        _roll_back(connection)
        note_refusal(ledger, "recording", request, str(error), acting_as(ledger, by))
        raise
    except BaseException:
        _roll_back(connection)
        raise
    if not ledger.being_made:
        write_behind(ledger, _PATIENCE)


def _roll_back(connection: sqlite3.Connection) -> None:
    """End the transaction; on a disk that refuses even this, closing the connection does it."""
    if connection.in_transaction:
        with suppress(sqlite3.OperationalError):
            connection.execute("ROLLBACK")
