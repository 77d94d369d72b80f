"""Handle: an open ledger, what can keep it from being used, and how its files are made durable."""

from __future__ import annotations

import datetime
import os
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from sqlite_utils import Database

    from tracker.ledger.audit import Actor

DATABASE_NAME = "ledger.sqlite3"
SHANGHAI = ZoneInfo("Asia/Shanghai")
SCHEMA_VERSION = 6
"""The number of migrations in `tracker.ledger.schema`, kept in the database as `user_version`."""

_BUSY_MILLISECONDS = 15_000


class LedgerError(Exception):
    """Something that keeps a ledger from being used; its text is a Chinese sentence for the user."""


class NoLedgerError(LedgerError):
    """There is no ledger in the directory."""


class LedgerExistsError(LedgerError):
    """There is a ledger, or something else, where a new one was to be made."""


class StorageError(LedgerError):
    """The disk or the database refused to take a change; nothing was recorded, or the next start says so."""


class RefusedError(LedgerError):
    """What was asked of the ledger is not possible; the ledger is unchanged."""


class UnknownError(LedgerError):
    """A request names something that the ledger does not hold: a place, a programme, a project."""


def shanghai_now() -> datetime.datetime:
    """Give the local time of the programme, to the second."""
    return datetime.datetime.now(SHANGHAI).replace(microsecond=0)


Clock = Callable[[], datetime.datetime]


@dataclass
class Ledger:
    """An open ledger: its directory, the connection to its database, the clock that dates new records.

    `being_made` puts off the dossiers' files until the new ledger is whole; `actor` is who acts, for the audit log.
    """

    directory: Path
    connection: sqlite3.Connection
    clock: Clock = field(default=shanghai_now)
    being_made: bool = False
    actor: Actor | None = None

    @property
    def database(self) -> Database:
        """Give the database as sqlite-utils sees it: tables, columns, triggers, migrations."""
        return described(self.connection)

    def close(self) -> None:
        """Close the database; the ledger cannot be used afterwards."""
        self.connection.close()


def described(connection: sqlite3.Connection) -> Database:
    """Give sqlite-utils' view of a connection.

    It is loaded when asked for: making and describing tables is its work, while a month's figures and a
    month's returns are statements on the connection that need not wait for it.
    """
    from sqlite_utils import Database  # noqa: PLC0415

    return Database(connection, execute_plugins=False)


def connect(path: Path) -> sqlite3.Connection:
    """Connect to a database file with the settings the ledger relies on: foreign keys, durable commits."""
    connection = sqlite3.connect(path, isolation_level=None, timeout=_BUSY_MILLISECONDS / 1000, check_same_thread=False)
    connection.row_factory = sqlite3.Row
    for pragma in ("foreign_keys = ON", "recursive_triggers = ON", "synchronous = FULL",
                   f"busy_timeout = {_BUSY_MILLISECONDS}"):  # fmt: skip
        connection.execute(f"PRAGMA {pragma}")
    return connection


def sync_directory(directory: Path) -> None:
    """Make a directory's entries durable, so that a rename in it outlives a power cut."""
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
