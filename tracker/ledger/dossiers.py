"""Dossiers: one file a project and one a programme, complete, readable, rebuilt from the database.

The database is written first and the file after it, so a file is never ahead of the truth; what a crash
leaves behind is finished when the ledger is next opened or written. A file that holds records the database
lacks (the database was put back from an older copy) is never overwritten.
"""

from __future__ import annotations

import fcntl
import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tracker.ledger.columns import FIELD_COLUMNS, from_columns
from tracker.ledger.dossier_reading import chain_hashes, fits_its_hash, read_contents
from tracker.ledger.handle import Ledger, sync_directory
from tracker.ledger.records import Record, load_records
from tracker.ledger.states import last_stated_month
from tracker.model.fields import FIELD
from tracker.model.printing import print_value

FORMAT = 1
PROGRAMME_PREFIX = "programme:"
DOSSIERS_NAME = "dossiers"
PROGRAMMES_NAME = "programmes"
LOCK_NAME = ".lock"
"""The file that writers of dossiers lock; it notes the last record that any dossier was written for."""
UNFINISHED = ".writing"
"""What a file's name ends with until it is complete."""

_BETWEEN_TRIES = 0.02


def dossier_place(subject: str) -> str:
    """Give where a dossier lies among the dossiers: under the county of registration, or under `programmes`."""
    if subject.startswith(PROGRAMME_PREFIX):
        return f"{PROGRAMMES_NAME}/{subject.removeprefix(PROGRAMME_PREFIX)}.json"
    return f"{subject.rsplit('-', 1)[0]}/{subject}.json"


def dossier_path(ledger: Ledger, subject: str) -> Path:
    """Give the file of a dossier."""
    return ledger.directory / DOSSIERS_NAME / dossier_place(subject)


def subject_records(ledger: Ledger, subject: str) -> list[Record]:
    """Give a dossier's records in sequence."""
    if subject.startswith(PROGRAMME_PREFIX):
        key = subject.removeprefix(PROGRAMME_PREFIX)
        return list(load_records(ledger, "programme = ? AND project IS NULL", (key,)))
    return list(load_records(ledger, "project = ?", (subject,)))


def build_dossier(ledger: Ledger, subject: str) -> bytes:
    """Give a dossier's text: what holds now in words, then every record with its hashes."""
    return dossier_text(subject, subject_records(ledger, subject), _present(ledger, subject))


def dossier_text(subject: str, records: list[Record], present: Mapping[str, str] | None) -> bytes:
    """Give the text of a dossier from its records and, for a project, what holds now in words."""
    # A line a fact and a line a record: readable, and a tenth of the time that indenting all of it takes.
    lines = [f'"format": {FORMAT}', f'"subject": {_json(subject)}']
    if present is not None:
        facts = ",\n  ".join(f"{_json(heading)}: {_json(value)}" for heading, value in present.items())
        lines.append(f'"now": {{\n  {facts}\n }}')
    told = ",\n  ".join(
        _json({**record.content(), "content_hash": record.content_hash, "chain_hash": record.chain_hash})
        for record in records
    )
    lines.append(f'"records": [\n  {told}\n ]')
    return ("{\n " + ",\n ".join(lines) + "\n}\n").encode()


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _present(ledger: Ledger, subject: str) -> dict[str, str] | None:
    if subject.startswith(PROGRAMME_PREFIX):
        return None
    # The month last stated, not the last one opened: the file must follow from its own records alone.
    last = last_stated_month(ledger, subject)
    # What holds now is what the records say, even where a closed month's figures stay without a correction.
    for table in ("state_corrected", "state"):
        row = ledger.connection.execute(
            f"SELECT * FROM {table} WHERE project = ? AND month = ?", (subject, last)
        ).fetchone()
        if row is not None:
            break
    else:
        return {}
    return present_words(row["month"], from_columns({name: row[name] for name in FIELD_COLUMNS}))


def present_words(month: str, values: Mapping[str, Any]) -> dict[str, str]:
    """Give in words what holds of a project at the month last stated; `values` in the order of the fields."""
    return {"填报月": month, **{FIELD[name].title: print_value(name, value) for name, value in values.items()}}


def write_behind(ledger: Ledger, patience: float = 0.0) -> None:
    """Write every dossier whose file lacks a record that the database holds.

    Where another process writes files for longer than `patience` (seconds), as after a long import, they are left
    to it: it goes on until none is behind. A disk that refuses leaves the files as they are, with a line on standard
    error: the truth is in the database, and the next opening tries again.
    """
    query = "SELECT subject FROM dossier_file WHERE written < sequence"
    try:
        if ledger.connection.execute(f"{query} LIMIT 1").fetchone() is None:
            return
        kept: list[str] = []
        tried: set[str] = set()
        with only_writer(ledger, patience):
            while subjects := {row["subject"] for row in ledger.connection.execute(query)} - tried:
                tried |= subjects
                kept += write_dossiers(ledger, sorted(subjects))
    except BlockingIOError:
        return
    except OSError as error:
        _tell(f"台账已写入数据库，档案文件暂未更新（{error.strerror}），下次打开台账时自动补写。")
    except (sqlite3.DatabaseError, ValueError, TypeError, ArithmeticError) as error:
        # The request is recorded: damage elsewhere in the database must not make it look refused.
        _tell(f"档案文件暂未更新（{error}），请运行 app.py check 核对台账。")
    else:
        for reason in kept:
            _tell(reason)


def _tell(sentence: str) -> None:
    print(sentence, file=sys.stderr)  # noqa: T201


def write_dossiers(ledger: Ledger, subjects: list[str]) -> list[str]:
    """Rebuild the files of some dossiers and note how far each file goes; the caller is the only writer.

    Gives a Chinese sentence for each file that was kept as it is, because it holds more than the database
    or because the database's own records are damaged. Raises OSError once all others are written.
    """
    written: list[tuple[int, str]] = []
    directories: set[Path] = set()
    kept: list[str] = []
    refused: OSError | None = None
    for subject in subjects:
        ledger.connection.execute("BEGIN")
        try:
            sequence = ledger.connection.execute(
                "SELECT sequence FROM dossier_file WHERE subject = ?", (subject,)
            ).fetchone()["sequence"]
            records = subject_records(ledger, subject)
            present = _present(ledger, subject)
        finally:
            ledger.connection.execute("COMMIT")
        path = dossier_path(ledger, subject)
        reason = _reason_to_keep(path, records)
        if reason is not None:
            kept.append(reason)
            continue
        try:
            _replace(path, dossier_text(subject, records, present))
        except OSError as error:
            # What is in the way of one file must not keep the others behind.
            refused = error
            continue
        directories.add(path.parent)
        written.append((sequence, subject))
    for directory in directories:
        sync_directory(directory)
    if written:
        note_furthest(ledger, max(furthest_written(ledger), *(sequence for sequence, _ in written)))
    ledger.connection.execute("BEGIN IMMEDIATE")
    ledger.connection.executemany("UPDATE dossier_file SET written = ? WHERE subject = ?", written)
    ledger.connection.execute("COMMIT")
    if refused is not None:
        raise refused
    return kept


def _reason_to_keep(path: Path, records: list[Record]) -> str | None:
    """Give why a file must not be replaced by a rebuild from these records, or None.

    The file may be the last place where something is still whole or still known.
    """
    if not all(map(fits_its_hash, records)):
        return f"档案文件 {path.name} 没有更新：数据库里这份档案的记录已损坏，请运行 app.py check 核对台账。"
    try:
        raw = path.read_bytes()
    except OSError:
        return None
    if chain_hashes(raw) <= {record.chain_hash for record in records}:
        return None
    found, known = read_contents(raw), {record.content_hash for record in records}
    more = sum(record.content_hash not in known for record in found.records)
    if more or found.entries > len(records):
        return f"档案文件 {path.name} 比数据库多出记录，没有覆盖，请运行 app.py check 核对台账。"
    return None


def _replace(path: Path, content: bytes) -> None:
    if not path.parent.is_dir():
        path.parent.mkdir(parents=True, exist_ok=True)
        sync_directory(path.parent.parent)
    unfinished = path.with_name(path.name + UNFINISHED)
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        try:
            view = memoryview(content)
            while view:
                view = view[os.write(descriptor, view) :]
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise


@contextmanager
def only_writer(ledger: Ledger, patience: float | None = None) -> Iterator[None]:
    """Keep two processes from rebuilding files at once, so that the later state of a file stays.

    Waits for the other as long as it takes, or for `patience` seconds. Raises BlockingIOError where that is not
    enough, OSError where the disk refuses.
    """
    directory = ledger.directory / DOSSIERS_NAME
    if not directory.is_dir():
        directory.mkdir(exist_ok=True)
        sync_directory(ledger.directory)
    descriptor = os.open(directory / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _lock(descriptor, patience)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, patience: float | None) -> None:
    if patience is None:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        return
    until = time.monotonic() + patience
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise
            time.sleep(_BETWEEN_TRIES)
        else:
            return


def furthest_written(ledger: Ledger) -> int:
    """Give the number of the last record that any dossier was written for, 0 where that is not noted.

    Where it lies beyond the ledger's head, the database is older than the files. It is a hint that costs one
    small read; `check` looks at the files themselves.
    """
    try:
        noted = (ledger.directory / DOSSIERS_NAME / LOCK_NAME).read_bytes()
    except OSError:
        return 0
    return int(noted) if noted.isdigit() and len(noted) < 19 else 0


def note_furthest(ledger: Ledger, sequence: int) -> None:
    """Note the number of the last record that any dossier was written for. Raises OSError."""
    (ledger.directory / DOSSIERS_NAME / LOCK_NAME).write_text(str(sequence), encoding="ascii")
