"""Copying: a backup of the ledger in one file, and a ledger made again from a backup or from dossiers alone."""

from __future__ import annotations

import hashlib
import json
import os
import re
import sqlite3
import stat
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Any

from tracker.ledger.attachments import ATTACHMENTS_NAME, bring_contents
from tracker.ledger.audit import AUDIT_PLACE
from tracker.ledger.bulletins import BULLETINS_NAME, bring_bulletins
from tracker.ledger.checking import Defect, check
from tracker.ledger.dossier_reading import read_contents
from tracker.ledger.dossiers import DOSSIERS_NAME, LOCK_NAME, UNFINISHED, dossier_place, write_behind
from tracker.ledger.handle import (
    DATABASE_NAME,
    Clock,
    Ledger,
    LedgerError,
    LedgerExistsError,
    StorageError,
    connect,
    shanghai_now,
    sync_directory,
)
from tracker.ledger.opening import bring_up_to_date, creating_ledger, has_ledger, open_ledger
from tracker.ledger.originals import ORIGINALS_NAME, bring_originals
from tracker.ledger.records import GENESIS, Record, head_of, insert_records
from tracker.ledger.sessions import end_all
from tracker.ledger.states import rebuild_states
from tracker.ledger.surveying import continuation, dossier_files
from tracker.ledger.verifying import verify_truth

FORMAT = 1
KIND = "yihong-ledger-backup"
MANIFEST_NAME = "manifest.json"

_FOLDERS = (ATTACHMENTS_NAME, ORIGINALS_NAME, BULLETINS_NAME)
"""What is packed beside the database: files under their own SHA-256."""

_BLOCK = 1024 * 1024
_LARGEST_MANIFEST = 64 * _BLOCK
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class _Manifest:
    """What a backup says of itself: the last record, and size and SHA-256 of each member by name."""

    sequence: int
    chain_hash: str
    members: dict[str, tuple[int, str]]


def backup(ledger: Ledger, file: Path) -> None:
    """Copy the ledger, while others go on writing, into one new file.

    The database is copied at one moment through SQLite's backup interface and verified; dossiers follow from
    it and are not packed. Attachments and the files of imports are packed after it, so that none that it names
    is left out. Raises LedgerError, and leaves no file, where that is not possible.
    """
    try:
        if file.exists():
            raise LedgerExistsError(f"“{file}”已经存在，为免覆盖没有改动。请换一个文件名。")
        if not file.parent.is_dir():
            raise LedgerError(f"没有“{file.parent}”这个目录，请先建立它，或换一个位置。")
        with tempfile.TemporaryDirectory(prefix=f".{file.name}.", dir=file.parent) as working:
            copy, packed = Path(working, DATABASE_NAME), Path(working, "packed")
            head = _copy_database(ledger, copy)
            members = {DATABASE_NAME: copy}
            for folder in _FOLDERS:
                members |= _files_in(ledger.directory / folder)
            _pack(packed, members, head, ledger.clock().isoformat())
            if file.exists():
                raise LedgerExistsError(f"“{file}”已经存在，为免覆盖没有改动。请换一个文件名。")
            packed.rename(file)
        sync_directory(file.parent)
    except OSError as error:
        raise LedgerError(f"备份没有做成：“{file}”写不进去（{error.strerror or error}）。") from error
    except sqlite3.Error as error:
        raise LedgerError(f"备份没有做成：台账读不出（{error}），请先用 app.py check 核对。") from error


def _copy_database(ledger: Ledger, copy: Path) -> tuple[int, str]:
    """Copy the database of one moment to a file, and make sure that the copy is whole; gives its head."""
    with closing(sqlite3.connect(copy, isolation_level=None)) as target:
        ledger.connection.backup(target)
        # The copy must be one file: in the live database's mode, part of it could stay in a file beside it.
        target.execute("PRAGMA journal_mode = DELETE")
    with closing(connect(copy)) as connection:
        copied = Ledger(copy.parent, connection, ledger.clock)
        truth = verify_truth(copied)
        if truth.defects:
            raise LedgerError(
                f"备份没有做成：台账有损坏（{_first_of(truth.defects)}）。请先用 app.py check 核对；以前的备份请留好。"
            )
        return head_of(copied)


@contextmanager
def private_copy(ledger: Ledger, beside: Path) -> Iterator[Ledger]:
    """Give a copy of one moment of a ledger to try things out on; it is gone afterwards.

    Others go on writing meanwhile. `beside` is the folder in which the copy may lie. Raises StorageError where the
    disk has no room for it.
    """
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".copy.", dir=beside) as working,
            closing(connect(Path(working, DATABASE_NAME))) as connection,
        ):
            ledger.connection.backup(connection)
            # It need not outlive a power cut, and nobody else looks at it.
            for pragma in ("journal_mode = MEMORY", "synchronous = OFF"):
                connection.execute(f"PRAGMA {pragma}")
            yield Ledger(Path(working), connection, ledger.clock, actor=ledger.actor)
    except (sqlite3.OperationalError, OSError) as error:
        raise StorageError(f"试算没有做成（{error}）：磁盘已满或出错。台账没有改动；请排除后再试。") from error


def _files_in(directory: Path) -> dict[str, Path]:
    """Give a folder's files by the names they are packed under."""
    files = [
        path
        for path in sorted(directory.rglob("*"))
        if path.is_file() and not path.is_symlink() and not path.name.endswith(UNFINISHED)
    ]
    return {f"{directory.name}/{path.relative_to(directory).as_posix()}": path for path in files}


def _pack(packed: Path, members: dict[str, Path], head: tuple[int, str], made_at: str) -> None:
    described: dict[str, dict[str, Any]] = {}
    with packed.open("xb") as file:
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, strict_timestamps=False) as archive:
            for name, path in members.items():
                digest, size = hashlib.sha256(), 0
                with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
                    while block := source.read(_BLOCK):
                        target.write(block)
                        digest.update(block)
                        size += len(block)
                described[name] = {"bytes": size, "sha256": digest.hexdigest()}
            manifest = {
                "kind": KIND,
                "format": FORMAT,
                "made_at": made_at,
                "sequence": head[0],
                "chain_hash": head[1],
                "members": described,
            }
            archive.writestr(MANIFEST_NAME, json.dumps(manifest, ensure_ascii=False, indent=1))
        file.flush()
        os.fsync(file.fileno())


def restore(source: Path, directory: Path, clock: Clock = shanghai_now) -> Ledger:
    """Make a ledger in an empty place from a backup file, or from a folder of dossiers alone; gives it open.

    Everything is verified before the ledger becomes visible. Raises LedgerError, and leaves nothing behind,
    where the source is damaged or the place is not empty.
    """
    try:
        _refuse_occupied(directory)
        if source.is_dir():
            with creating_ledger(directory, clock) as ledger:
                _fill_from_dossiers(ledger, source)
                beside = source if (source / DOSSIERS_NAME).is_dir() else source.parent
                bring_contents(ledger, beside / ATTACHMENTS_NAME)
                bring_originals(ledger, beside / ORIGINALS_NAME)
                bring_bulletins(ledger, beside / BULLETINS_NAME)
                _make_sure(ledger)
        else:
            with _unpacked(source) as (archive, manifest), creating_ledger(directory, clock) as ledger:
                _fill_from_backup(ledger, archive, manifest)
                _make_sure(ledger)
    except OSError as error:
        raise LedgerError(f"恢复没有做成：{error.strerror or error}。没有留下任何内容。") from error
    except sqlite3.Error as error:
        raise LedgerError(f"恢复没有做成：“{source}”里的数据库读不出（{error}）。没有留下任何内容。") from error
    return open_ledger(directory, clock)


def _refuse_occupied(directory: Path) -> None:
    if not directory.exists():
        return
    if not directory.is_dir():
        raise LedgerExistsError(f"“{directory}”是一个文件，不能在这里恢复台账。请换一个目录。")
    if has_ledger(directory):
        raise LedgerExistsError(f"“{directory}”里已有台账，为免覆盖没有改动。请换一个目录，或先把它移走。")
    dossiers = directory / DOSSIERS_NAME
    if dossiers.is_dir():
        records = sum(len(_whole_records(path)) for _, path in dossier_files(dossiers))
        aside = directory.with_name(f"{directory.name}-old")
        raise LedgerExistsError(
            f"“{directory}”里没有数据库，但档案文件还在，共有 {records} 条记录，为免覆盖没有改动。"
            f"请先把它改名为“{aside}”再恢复；也可以由这些档案重建：app.py restore {aside / DOSSIERS_NAME}。"
        )


def _make_sure(ledger: Ledger) -> None:
    """Write the dossiers of a restored ledger and check all of it. Raises LedgerError."""
    ledger.connection.execute("UPDATE dossier_file SET written = 0")
    ledger.being_made = False
    write_behind(ledger)
    # A break in the audit log and a lost file are named by `check` from then on, but must not keep the records
    # from coming back.
    harmless = (AUDIT_PLACE, *(f"{folder}/" for folder in _FOLDERS))
    defects = [defect for defect in check(ledger) if not defect.place.startswith(harmless)]
    if defects:
        raise LedgerError(
            f"恢复没有做成：内容核对不过，有 {len(defects)} 处问题，第一处是 {_first_of(defects)}。没有留下任何内容。"
        )


def _first_of(defects: list[Defect]) -> str:
    return f"{defects[0].place}：{defects[0].sentence.removesuffix('。')}"


def _whole_records(path: Path) -> list[Record]:
    try:
        return read_contents(path.read_bytes()).records
    except OSError:
        return []


def _fill_from_dossiers(ledger: Ledger, source: Path) -> None:
    """Put the records of all dossiers of a folder into an empty ledger, once their chain has been verified."""
    folder = source / DOSSIERS_NAME if (source / DOSSIERS_NAME).is_dir() else source
    records: list[Record] = []
    for place, path in dossier_files(folder):
        if place == LOCK_NAME or place.endswith(UNFINISHED):
            continue
        contents = read_contents(path.read_bytes())
        if contents.damaged:
            raise LedgerError(
                f"恢复没有做成：档案文件“{path}”第 {contents.damaged[0]} 条记录的内容与校验值不符，文件已损坏。"
            )
        if not contents.records or any(dossier_place(record.subject) != place for record in contents.records):
            raise LedgerError(f"恢复没有做成：“{path}”不是台账的档案文件，或不在它原来的位置。")
        records += contents.records
    if not records:
        raise LedgerError(f"恢复没有做成：“{source}”里没有档案文件，也不是备份文件。")
    connection = ledger.connection
    connection.execute("BEGIN IMMEDIATE")
    try:
        insert_records(ledger, continuation(records, (0, GENESIS), {}))
        rebuild_states(ledger)
        connection.execute("COMMIT")
    except (sqlite3.Error, ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        raise LedgerError(f"恢复没有做成：档案文件不全或互不衔接（{error}）。") from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


@contextmanager
def _unpacked(source: Path) -> Iterator[tuple[zipfile.ZipFile, _Manifest]]:
    """Open a backup file and check what it says of itself, before anything of it is unpacked."""
    if not source.exists():
        raise LedgerError(f"没有“{source}”这个文件，请核对路径。")
    try:
        with zipfile.ZipFile(source) as archive:
            yield archive, _manifest_of(archive, source)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, EOFError, NotImplementedError, UnicodeError) as error:
        raise LedgerError(f"“{source}”不是备份文件，或已损坏（{error}）。") from error


def _manifest_of(archive: zipfile.ZipFile, source: Path) -> _Manifest:
    damaged = LedgerError(f"“{source}”不是台账的备份文件，或已损坏：读不出 {MANIFEST_NAME}。")
    try:
        if archive.getinfo(MANIFEST_NAME).file_size > _LARGEST_MANIFEST:
            raise damaged
        document = json.loads(_read(archive, MANIFEST_NAME, _LARGEST_MANIFEST))
        if document["kind"] != KIND:
            raise damaged
        if document["format"] > FORMAT:
            raise LedgerError(f"“{source}”由更新版本的程序备份，请先升级程序。")
        members = {name: (int(said["bytes"]), str(said["sha256"])) for name, said in dict(document["members"]).items()}
        manifest = _Manifest(int(document["sequence"]), str(document["chain_hash"]), members)
    except (KeyError, ValueError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise damaged from error
    names = archive.namelist()
    if sorted(names) != sorted([MANIFEST_NAME, *members]) or DATABASE_NAME not in members:
        raise LedgerError(f"“{source}”里的文件与 {MANIFEST_NAME} 所列的不一致，没有恢复。")
    for info in archive.infolist():
        if not _is_safe(info):
            raise LedgerError(f"“{source}”里有不该有的文件“{info.filename}”，没有恢复。")
        if info.filename != MANIFEST_NAME and info.file_size != members[info.filename][0]:
            raise LedgerError(f"“{source}”里的 {info.filename} 大小不符，备份已损坏，没有恢复。")
    return manifest


def _is_safe(info: zipfile.ZipInfo) -> bool:
    """Say whether a member is one that `backup` packs, and unpacking it stays where it belongs."""
    name = info.filename
    if name in (MANIFEST_NAME, DATABASE_NAME):
        return True
    mode = info.external_attr >> 16
    return (
        name.startswith(tuple(f"{folder}/" for folder in _FOLDERS))
        and not info.is_dir()
        and not stat.S_ISLNK(mode)
        and "\\" not in name
        and ":" not in name
        and "\0" not in name
        and PurePosixPath(name).as_posix() == name
        and not {"", ".", ".."} & set(name.split("/"))
    )


def _fill_from_backup(ledger: Ledger, archive: zipfile.ZipFile, manifest: _Manifest) -> None:
    """Put a backup's database and files into an empty ledger, verified by the manifest."""
    for name, (size, sha256) in manifest.members.items():
        path = ledger.directory / ("unpacked" if name == DATABASE_NAME else name)
        path.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as target:
            _unpack(archive, name, size, sha256, target)
        sync_directory(path.parent)
    unpacked = ledger.directory / "unpacked"
    with closing(sqlite3.connect(f"{unpacked.resolve().as_uri()}?mode=ro", uri=True)) as database:
        database.backup(ledger.connection)
    unpacked.unlink()
    bring_up_to_date(ledger.connection)
    end_all(ledger)
    if head_of(ledger) != (manifest.sequence, manifest.chain_hash):
        raise LedgerError(f"备份里的数据库与 {MANIFEST_NAME} 所写的最后一条记录不符，没有恢复。")


def _unpack(archive: zipfile.ZipFile, name: str, size: int, sha256: str, target: IO[bytes]) -> None:
    digest, left = hashlib.sha256(), size
    with _opened(archive, name) as packed:
        while block := packed.read(min(_BLOCK, left + 1)):
            left -= len(block)
            if left < 0:
                break
            digest.update(block)
            target.write(block)
    if left != 0 or not _SHA256.fullmatch(sha256) or digest.hexdigest() != sha256:
        raise LedgerError(f"备份里的 {name} 与 {MANIFEST_NAME} 所写的校验值不符，备份已损坏，没有恢复。")
    target.flush()
    os.fsync(target.fileno())


def _read(archive: zipfile.ZipFile, name: str, most: int) -> bytes:
    with _opened(archive, name) as packed:
        return packed.read(most)


@contextmanager
def _opened(archive: zipfile.ZipFile, name: str) -> Iterator[IO[bytes]]:
    """Open a member; whatever its damaged bytes make the unpacking fail with becomes BadZipFile."""
    try:
        with archive.open(name) as packed:
            yield packed
    except (OSError, LedgerError, zipfile.BadZipFile):
        raise
    except Exception as error:
        raise zipfile.BadZipFile(f"{name}: {error}") from error
