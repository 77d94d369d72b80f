"""Originals: the files that imports were read from, kept as they came under their own SHA-256 beside the database.

A file lies durably in its place before the record that names it is committed; one that no record names is what a
crash left, and harms nothing.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path
from typing import IO

from tracker.ledger.dossiers import UNFINISHED
from tracker.ledger.handle import Ledger, StorageError, sync_directory
from tracker.ledger.verifying import Defect

ORIGINALS_NAME = "originals"

_BLOCK = 1 << 20


def original_path(ledger: Ledger, sha256: str) -> Path:
    """Give the file that holds a content."""
    return ledger.directory / ORIGINALS_NAME / sha256[:2] / sha256


def keep_original(ledger: Ledger, source: Path) -> tuple[str, int]:
    """Keep a file's content durably, once, readable by this program's user only; gives SHA-256 and size in bytes.

    Raises StorageError where the disk refuses, or where the file cannot be read any more.
    """
    top = ledger.directory / ORIGINALS_NAME
    unfinished = top / f".{secrets.token_hex(8)}{UNFINISHED}"
    try:
        _make(top)
        try:
            with source.open("rb") as content, _new(unfinished) as file:
                digest, size = _copy(content, file)
                file.flush()
                os.fsync(file.fileno())
            path = original_path(ledger, digest)
            if not is_whole(path, digest):
                _make(path.parent)
                unfinished.replace(path)
                sync_directory(path.parent)
        finally:
            unfinished.unlink(missing_ok=True)
    except OSError as error:
        raise StorageError(
            f"原文件没有存成（{error.strerror or error}），没有导入，台账没有改动；请检查磁盘和文件后再试。"
        ) from error
    return digest, size


def _make(directory: Path) -> None:
    if not directory.is_dir():
        directory.mkdir(mode=0o700, exist_ok=True)
        sync_directory(directory.parent)


def _new(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _copy(source: IO[bytes], target: IO[bytes] | None) -> tuple[str, int]:
    """Read a content to its end, writing it to another file where one is given; gives its SHA-256 and its size."""
    digest, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        digest.update(block)
        size += len(block)
        if target is not None:
            target.write(block)
    return digest.hexdigest(), size


def is_whole(path: Path, sha256: str) -> bool:
    """Say whether a file holds exactly the content that its name promises. Raises OSError where it cannot be read."""
    try:
        with path.open("rb") as file:
            return _copy(file, None)[0] == sha256
    except FileNotFoundError:
        return False


def original_defects(ledger: Ledger) -> list[Defect]:
    """Look at every kept file: what is missing or no longer what was imported, by its place."""
    defects = []
    for row in ledger.connection.execute(
        "SELECT sha256, name, min(sequence) AS sequence FROM import_file WHERE kept = 1 GROUP BY sha256 "
        "ORDER BY sequence"
    ).fetchall():
        path = original_path(ledger, row["sha256"])
        try:
            there = path.exists()
            wrong = "" if is_whole(path, row["sha256"]) else "与导入时不同，被改动或已损坏" if there else "不见了"
        except OSError as error:
            wrong = f"读不出（{error.strerror or error}）"
        if wrong:
            place = path.relative_to(ledger.directory).as_posix()
            about = f"导入 {row['sequence']} 的原文件“{row['name']}”"
            defects.append(Defect(place, f"{about}{wrong}，请从最近的备份里取回。"))
    return defects


def bring_originals(ledger: Ledger, source: Path) -> None:
    """Bring the files that a ledger's imports name from another ledger's originals; what is not there stays out.

    Raises StorageError where the disk refuses to keep one.
    """
    for row in ledger.connection.execute("SELECT DISTINCT sha256 FROM import_file WHERE kept = 1").fetchall():
        there = source / row["sha256"][:2] / row["sha256"]
        if is_whole(there, row["sha256"]):
            keep_original(ledger, there)
