"""Opening: how a ledger is made, opened and brought up to date."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker.ledger.dossiers import DOSSIERS_NAME, write_behind
from tracker.ledger.handle import (
    DATABASE_NAME,
    SCHEMA_VERSION,
    Clock,
    Ledger,
    LedgerError,
    LedgerExistsError,
    NoLedgerError,
    connect,
    described,
    shanghai_now,
    sync_directory,
)


def bring_up_to_date(connection: sqlite3.Connection) -> None:
    """Apply the migrations a database lacks. Raises LedgerError for one that a later program wrote."""
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found == SCHEMA_VERSION:
        return
    if found > SCHEMA_VERSION:
        raise LedgerError(
            f"这本台账由更新版本的程序写成（结构版本 {found}，本程序为 {SCHEMA_VERSION}），请先升级程序。"
        )
    # Only a database that lacks a migration waits for sqlite-utils.
    from tracker.ledger.schema import migrate  # noqa: PLC0415

    migrate(described(connection))


def has_ledger(directory: Path) -> bool:
    """Say whether a ledger lies in the directory."""
    return (directory / DATABASE_NAME).is_file()


def open_ledger(directory: Path, clock: Clock = shanghai_now) -> Ledger:
    """Open the ledger in a directory, apply pending migrations, and finish what a crash interrupted.

    Raises NoLedgerError where there is none and LedgerError where it cannot be read.
    """
    path = directory / DATABASE_NAME
    if not path.is_file():
        if (directory / DOSSIERS_NAME).is_dir():
            raise NoLedgerError(
                f"“{directory}”里有档案文件，却没有台账数据库 {DATABASE_NAME}。请把这个目录改名后恢复："
                f"app.py restore 备份文件，或 app.py restore 改名后的目录/{DOSSIERS_NAME}（由档案重建）。"
            )
        raise NoLedgerError(
            f"“{directory}”里没有台账。请先建立：app.py init --demo（示例台账）或 app.py init --empty（空台账）。"
        )
    try:
        connection = connect(path)
        if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
            # Bringing it up to date would make an empty ledger of what a crash or a full disk cut to nothing.
            connection.close()
            raise LedgerError(f"台账文件“{path}”是空的或开头已损坏。请用最近的备份恢复：app.py restore 备份文件。")
        bring_up_to_date(connection)
    except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
        # SQLite quotes a damaged name in its message, and the message then is no text.
        raise LedgerError(
            f"台账文件“{path}”无法读取（{error}）。请用最近的备份恢复：app.py restore 备份文件。"
        ) from error
    ledger = Ledger(directory, connection, clock)
    write_behind(ledger)
    return ledger


@contextmanager
def creating_ledger(directory: Path, clock: Clock = shanghai_now) -> Iterator[Ledger]:
    """Make a new ledger, whole or not at all: it is filled beside its place and then renamed into it.

    Gives the open ledger; raises LedgerExistsError where the directory holds anything already.
    """
    if directory.exists() and any(directory.iterdir()):
        raise LedgerExistsError(f"“{directory}”里已有内容，为免覆盖没有改动。请换一个目录，或先把它移走。")
    directory.parent.mkdir(parents=True, exist_ok=True)
    making = directory.parent / f".{directory.name}.{os.getpid()}.making"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir()
    try:
        connection = connect(making / DATABASE_NAME)
        described(connection).enable_wal()
        bring_up_to_date(connection)
        ledger = Ledger(making, connection, clock, being_made=True)
        try:
            yield ledger
            ledger.being_made = False
            write_behind(ledger)
            ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        finally:
            ledger.close()
        sync_directory(making)
        if directory.exists():
            directory.rmdir()
        making.rename(directory)
        sync_directory(directory.parent)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
