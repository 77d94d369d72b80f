"""Schema: the migrations that make the ledger's tables, and the guards that keep its truth unchanged."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sqlite_utils import Database, Migrations

from tracker.ledger.handle import SCHEMA_VERSION, connect, described
from tracker.ledger.tables import ADDED_ONLY

_MIGRATION_DIRECTORY = Path(__file__).parent / "migrations"

migrations = Migrations("ledger")


def _execute(database: Database, name: str) -> None:
    """Execute the statements of a migration's file; each of them ends with a line."""
    # In a transaction sqlite-utils' own executescript asks after every character whether a statement ends there,
    # which takes many times as long as the statements themselves.
    statement = ""
    for line in (_MIGRATION_DIRECTORY / name).read_text(encoding="utf-8").splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            database.conn.execute(statement.strip())
            statement = ""
    # Nothing, or what SQLite refuses as incomplete.
    database.conn.execute(statement.strip())


@migrations()
def m0001_ledger(database: Database) -> None:
    """Make the tables of the first version."""
    _execute(database, "0001_ledger.sql")


@migrations()
def m0002_withdrawals(database: Database) -> None:
    """Let a record take a statement back."""
    _execute(database, "0002_withdrawals.sql")


@migrations()
def m0003_months(database: Database) -> None:
    """Let counties send returns, the task force review and close, people sign in; and keep an audit log."""
    _execute(database, "0003_months.sql")


@migrations()
def m0004_workbooks(database: Database) -> None:
    """Keep the files of imports, how they were read, and what offices' headings mean."""
    _execute(database, "0004_workbooks.sql")


@migrations()
def m0005_office_templates(database: Database) -> None:
    """Keep the layouts of offices."""
    _execute(database, "0005_office_templates.sql")


@migrations()
def m0006_bulletins(database: Database) -> None:
    """Issue bulletins, and keep the words of those being drawn up."""
    _execute(database, "0006_bulletins.sql")


@cache
def guards() -> Mapping[str, str]:
    """Give the triggers that refuse any change of the truth, by name.

    They are made again after every migration, because rebuilding a table drops its triggers silently;
    `check` compares them with what the database holds.
    """
    return {
        f"{table}_{verb}_refused": (
            f"CREATE TRIGGER {table}_{verb}_refused BEFORE {verb.upper()} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, 'rows of {table} are only added'); END"
        )
        for table in ADDED_ONLY
        for verb in ("update", "delete")
    }


def migrate(database: Database) -> None:
    """Apply the pending migrations, all or none, and make the guards again."""
    connection = database.conn
    connection.execute("BEGIN IMMEDIATE")
    try:
        migrations.apply(database)
        for name, statement in guards().items():
            connection.execute(f"DROP TRIGGER IF EXISTS {name}")
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


@dataclass(frozen=True, slots=True)
class Schema:
    """What a ledger's database is made of.

    `statements` holds the SQL of every table, index and trigger by (type, name), `columns` each table's
    columns in order, `kinds` the kinds of record.
    """

    statements: dict[tuple[str, str], str]
    columns: dict[str, tuple[str, ...]]
    kinds: frozenset[str]


def schema_of(database: Database) -> Schema:
    """Give what a database is made of. Raises sqlite3.Error where it cannot be read."""
    connection = database.conn
    found = connection.execute("SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL").fetchall()
    tables = [row["name"] for row in found if row["type"] == "table"]
    columns = {
        table: tuple(row["name"] for row in connection.execute("SELECT name FROM pragma_table_info(?)", (table,)))
        for table in tables
    }
    kinds = connection.execute("SELECT name FROM record_kind").fetchall() if "record_kind" in tables else []
    return Schema(
        {(row["type"], row["name"]): row["sql"] for row in found}, columns, frozenset(row["name"] for row in kinds)
    )


@cache
def expected_schema() -> Schema:
    """Give what this program's migrations make of an empty database: the measure for every other one."""
    database = described(connect(Path(":memory:")))
    try:
        migrate(database)
        return schema_of(database)
    finally:
        database.close()
