"""The tables: columns as the fields are declared, strict types, refusing checks, and guards over the truth."""

from __future__ import annotations

import sqlite3

import pytest

from tests.ledger.builders import fill
from tracker.ledger.handle import Ledger, described
from tracker.ledger.schema import expected_schema, guards, migrate, schema_of
from tracker.ledger.tables import ADDED_ONLY, DETAIL_TABLES, TRUTH_TABLES
from tracker.model.fields import FIELDS, STATED, Kind
from tracker.model.folding import StatementKind
from tracker.model.programme import TieRule
from tracker.model.stages import Stage

NUMBERS = (Kind.MONEY, Kind.QUANTITY, Kind.PERCENT)


def types_of(ledger: Ledger, table: str) -> dict[str, str]:
    return {row["name"]: row["type"] for row in ledger.connection.execute(f"PRAGMA table_info({table})")}


@pytest.mark.parametrize("table", ["statement", "state"])
def test_every_stated_field_has_its_column_and_no_other_has(ledger: Ledger, table: str) -> None:
    columns = types_of(ledger, table)
    kept = {field.name: "INTEGER" if field.kind in NUMBERS else "TEXT" for field in STATED}
    assert {name: columns.pop(name) for name in kept} == kept
    others = {field.name for field in FIELDS} & columns.keys()
    assert not others
    if table == "statement":
        assert columns.keys() == {
            "sequence", "cleared", "split_from", "withdraws", "awaits", "answers", "final",
        }  # fmt: skip


def test_fields_stand_in_the_order_of_declaration(ledger: Ledger) -> None:
    declared = [field.name for field in STATED]
    for table in ("statement", "state"):
        assert [name for name in types_of(ledger, table) if name in set(declared)] == declared


def test_every_table_is_strict(ledger: Ledger) -> None:
    loose = [
        row["name"]
        for row in ledger.connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
        if not row["strict"] and not row["name"].startswith(("_sqlite", "sqlite_"))
    ]
    assert loose == []


def test_the_tables_of_a_ledger_are_those_that_the_migrations_make(ledger: Ledger) -> None:
    assert schema_of(ledger.database) == expected_schema()


def test_every_kind_of_statement_is_a_kind_of_record() -> None:
    others = {
        "programme", "unit", "month", "import", "sending", "attachment", "locking", "unlocking", "permission",
        "closing", "bulletin",
    }  # fmt: skip
    assert {kind.value for kind in StatementKind} | others == expected_schema().kinds


def refused(ledger: Ledger, statement: str) -> str:
    ledger.connection.execute("BEGIN")
    try:
        with pytest.raises(sqlite3.IntegrityError) as caught:
            ledger.connection.execute(statement)
    finally:
        ledger.connection.execute("ROLLBACK")
    return str(caught.value)


RECORD = (
    "INSERT INTO record (sequence, kind, programme, recorded_at, recorded_by, request, content_hash, chain_hash{}) "
)
HASHES = "'{0}', '{0}'".format("a" * 64)


@pytest.mark.parametrize(
    "statement",
    [
        RECORD.format("") + f"VALUES (0, 'month', 'works', 'x', 'x', 'x', {HASHES})",
        RECORD.format("") + f"VALUES (99, 'gossip', 'works', 'x', 'x', 'x', {HASHES})",
        RECORD.format("") + f"VALUES (99, 'month', '', 'x', 'x', 'x', {HASHES})",
        RECORD.format("") + f"VALUES (99, 'month', 'works', 'x', '', 'x', {HASHES})",
        RECORD.format("") + f"VALUES (99, 'month', 'works', 'x', 'x', '', {HASHES})",
        RECORD.format("") + "VALUES (99, 'month', 'works', 'x', 'x', 'x', 'short', 'short')",
        RECORD.format(", month") + f"VALUES (99, 'month', 'works', 'x', 'x', 'x', {HASHES}, '2024-8')",
        RECORD.format(", reason") + f"VALUES (99, 'month', 'works', 'x', 'x', 'x', {HASHES}, '')",
        RECORD.format(", previous") + f"VALUES (99, 'month', 'works', 'x', 'x', 'x', {HASHES}, 98)",
        "INSERT INTO statement (sequence) VALUES (98)",
    ],
)
def test_records_that_cannot_be_are_refused(ledger: Ledger, statement: str) -> None:
    assert refused(ledger, statement)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("total_investment", "-1"),
        ("total_investment", "'三千'"),
        ("cumulative_investment", "1.5"),
        ("progress_percent", "10001"),
        ("pipe_length_done", "-1"),
        ("actual_start", "'2024-Q2'"),
        ("actual_completion", "'2024'"),
        ("planned_start", "'2024-Q5'"),
        ("planned_completion", "'2024-8'"),
        ("problem_limit", "'月底'"),
        ("stage", "'开工'"),
        ("name", "''"),
        ("remark", "''"),
    ],
)
def test_statements_that_cannot_be_are_refused(ledger: Ledger, column: str, value: str) -> None:
    ledger.connection.execute(RECORD.format("") + f"VALUES (99, 'return', 'works', 'x', 'x', 'x', {HASHES})")
    assert refused(ledger, f"INSERT INTO statement (sequence, {column}) VALUES (99, {value})")  # noqa: S608


def test_every_stage_and_tie_rule_of_the_model_is_storable(ledger: Ledger) -> None:
    sql = expected_schema().statements
    assert all(f"'{stage.value}'" in sql["table", "statement"] for stage in Stage)
    assert all(f"'{rule.value}'" in sql["table", "programme_version"] for rule in TieRule)


def one_row_everywhere(ledger: Ledger) -> None:
    fill(ledger)
    number = ledger.connection.execute("SELECT max(sequence) FROM record").fetchone()[0]
    ledger.connection.execute(
        "INSERT INTO import_file VALUES (?, 'a.xlsx', ?, 1, '140000', 1, 1, 1, 0, 1)", (number, "a" * 64)
    )
    for row in (
        "accepted_fault VALUES (?, 0, NULL, NULL, NULL, NULL, '请核对')",
        "import_choice VALUES (?, 0, 'heading', '清单', '计划投资额', 'total_investment', 1)",
        "sending VALUES (?, '140702', 2, 1, 1)",
        "answered_fault VALUES (?, 0, 'stage', '在建', '请核对', '已核对')",
        "returned_field VALUES (?, 0, 'stage', '与照片不符')",
        f"attachment VALUES (?, '照片.jpg', 'image/jpeg', 3, '{'a' * 64}', NULL)",
        "permission VALUES (?, '140702', '2024-09-10')",
        f"closing VALUES (?, 1, '{'a' * 64}', 3, 1, 1, 0, '{'a' * 64}')",
        f"bulletin VALUES (?, '14', '通报〔2024〕1号', '通报', '2024-09-10', 1, 1, '{'a' * 64}', '{'a' * 64}', NULL)",
    ):
        ledger.connection.execute(f"INSERT INTO {row}", (number,))


@pytest.mark.parametrize("table", ADDED_ONLY)
def test_rows_of_the_truth_and_of_the_log_are_neither_changed_nor_deleted(ledger: Ledger, table: str) -> None:
    one_row_everywhere(ledger)
    before = ledger.connection.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608
    assert before
    column = before[0].keys()[0]
    assert "only added" in refused(ledger, f"UPDATE {table} SET {column} = {column}")  # noqa: S608
    assert "only added" in refused(ledger, f"DELETE FROM {table}")  # noqa: S608
    assert "only added" in refused(ledger, f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")  # noqa: S608
    assert ledger.connection.execute(f"SELECT * FROM {table}").fetchall() == before  # noqa: S608


def test_detail_tables_are_part_of_the_truth() -> None:
    assert set(DETAIL_TABLES) | {"record", "record_kind"} == set(TRUTH_TABLES)
    assert {*TRUTH_TABLES, "audit"} == set(ADDED_ONLY)
    assert len(guards()) == 2 * len(ADDED_ONLY)


def test_migrating_again_puts_lost_guards_back(ledger: Ledger) -> None:
    ledger.connection.execute("DROP TRIGGER record_update_refused")
    migrate(described(ledger.connection))
    assert schema_of(ledger.database) == expected_schema()


def test_foreign_keys_are_on_and_commits_are_durable(ledger: Ledger) -> None:
    read = {name: ledger.connection.execute(f"PRAGMA {name}").fetchone()[0] for name in ("foreign_keys", "synchronous")}
    assert read == {"foreign_keys": 1, "synchronous": 2}
    assert ledger.connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
