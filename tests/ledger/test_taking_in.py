"""A database older than its files: nothing is overwritten, and what continues the chain is taken in."""

# ruff: noqa: S608 - statements that damage a ledger on purpose are put together from constants
from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from tests.ledger.builders import (
    PINGYAO,
    YUCI,
    dump,
    files_of,
    lines,
    open_months,
    register,
    standing_clock,
    state,
    tampered,
    truth_of,
)
from tracker.ledger.checking import check, heal, take_in
from tracker.ledger.dossiers import dossier_path
from tracker.ledger.handle import DATABASE_NAME, Ledger, LedgerError, RefusedError
from tracker.ledger.opening import open_ledger
from tracker.ledger.records import hash_of, head_of

FIRST = f"{YUCI}-0001"
FIRST_FILE = f"dossiers/{YUCI}/{FIRST}.json"


@pytest.fixture
def put_back(filled: Ledger) -> Iterator[tuple[Ledger, dict[str, Any]]]:
    """A ledger whose database was put back from a copy made before its last four records."""
    filled.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    older = (filled.directory / DATABASE_NAME).read_bytes()
    open_months(filled, "2024-09")
    state(filled, FIRST, "2024-09", cumulative_investment=260)
    new = register(filled, "2024-09", "丁工程", "140703")
    state(filled, new, "2024-09", cumulative_investment=1)
    newest = dump(filled)
    filled.close()
    (filled.directory / DATABASE_NAME).write_bytes(older)
    ledger = open_ledger(filled.directory, standing_clock)
    yield ledger, newest
    ledger.close()


def test_files_that_are_ahead_are_counted_kept_and_taken_in(put_back: tuple[Ledger, dict[str, Any]]) -> None:
    ledger, newest = put_back
    files = files_of(ledger)
    said = lines(ledger)
    assert "档案文件比数据库多 4 条记录" in said
    assert "check --heal" in said
    assert "dossiers/140703/140703-0001.json：有 2 条记录（从第 13 条起）是数据库没有的" in said
    with pytest.raises(RefusedError, match="多 4 条记录"):
        open_months(ledger, "2024-10")
    assert files_of(ledger) == files
    assert "已从档案文件收回 4 条记录。" in heal(ledger)
    assert dump(ledger) == newest
    assert files_of(ledger) == files
    assert check(ledger) == []
    open_months(ledger, "2024-10")
    assert check(ledger) == []


def test_taking_in_gives_how_many(put_back: tuple[Ledger, dict[str, Any]]) -> None:
    ledger, newest = put_back
    assert (take_in(ledger), take_in(ledger)) == (4, 0)
    assert dump(ledger)["state"] == newest["state"]


@pytest.mark.parametrize("lost", ["dossiers/programmes/works.json", FIRST_FILE])
def test_records_are_taken_in_all_or_none(put_back: tuple[Ledger, dict[str, Any]], lost: str) -> None:
    ledger, _ = put_back
    (ledger.directory / lost).unlink()
    files, held = files_of(ledger), truth_of(ledger)
    with pytest.raises(LedgerError, match=r"接不上数据库的校验链（缺第 1[12] 条记录）"):
        take_in(ledger)
    assert any("没有收回" in sentence for sentence in heal(ledger))
    assert truth_of(ledger) == held
    assert {path: content for path, content in files_of(ledger).items() if path in files} == files


def test_a_forged_record_is_not_taken_in(put_back: tuple[Ledger, dict[str, Any]]) -> None:
    ledger, _ = put_back
    path = dossier_path(ledger, FIRST)
    document = json.loads(path.read_bytes())
    entry = document["records"][-1]
    entry["details"]["statement"][0]["cumulative_investment"] = 1
    said = {name: value for name, value in entry.items() if name not in ("content_hash", "chain_hash")}
    entry["content_hash"] = hash_of(said)
    path.write_text(json.dumps(document, ensure_ascii=False, indent=1), encoding="utf-8")
    forged = path.read_bytes()
    with pytest.raises(LedgerError, match="第 12 条记录接不上校验链"):
        take_in(ledger)
    heal(ledger)
    assert path.read_bytes() == forged


def test_a_ledger_written_on_beside_its_files_overwrites_none_of_them(
    put_back: tuple[Ledger, dict[str, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    """Where even the hint was lost, the new records take old numbers: both histories stay readable."""
    ledger, _ = put_back
    (ledger.directory / "dossiers" / ".lock").unlink()
    before = files_of(ledger)
    state(ledger, FIRST, "2024-08", cumulative_investment=555)
    assert "没有覆盖" in capsys.readouterr().err
    said = lines(ledger)
    assert "比数据库多 4 条记录" in said
    assert "接不上数据库的校验链" in said
    heal(ledger)
    path = dossier_path(ledger, FIRST)
    assert path.read_bytes() == before[path]
    assert head_of(ledger)[0] == 11
    capsys.readouterr()


def test_a_dropped_tail_is_seen_by_the_mark_of_the_last_record(filled: Ledger) -> None:
    shutil.rmtree(filled.directory / "dossiers")
    ledger = tampered(filled, *(f"DELETE FROM {table} WHERE sequence = 10" for table in ("statement", "record")))
    assert "第 10 条记录：记录缺失：台账写到第 10 条，数据库里只到第 9 条" in lines(ledger)
    assert any("没有重建任何内容" in sentence for sentence in heal(ledger))
    assert head_of(ledger)[0] == 10
    ledger.close()


def test_a_dropped_tail_is_taken_in_again_from_the_files(filled: Ledger) -> None:
    before = dump(filled)
    ledger = tampered(filled, *(f"DELETE FROM {table} WHERE sequence = 10" for table in ("statement", "record")))
    assert "记录缺失" in lines(ledger)
    assert "已从档案文件收回 1 条记录。" in heal(ledger)
    assert dump(ledger) == before
    assert check(ledger) == []
    ledger.close()


def test_a_tail_that_the_files_hold_only_in_part_stays_missing(filled: Ledger) -> None:
    ledger = tampered(filled, *(f"DELETE FROM {table} WHERE sequence IN (9, 10)" for table in ("statement", "record")))
    dossier_path(ledger, f"{PINGYAO}-0001").unlink()
    with pytest.raises(LedgerError, match="缺第 10 条记录"):
        take_in(ledger)
    heal(ledger)
    assert head_of(ledger)[0] == 10
    assert "台账写到第 10 条，数据库里只到第 8 条" in lines(ledger)
    ledger.close()


def test_checking_does_not_wait_for_a_writer(filled: Ledger) -> None:
    other = open_ledger(filled.directory, standing_clock)
    other.connection.execute("BEGIN IMMEDIATE")
    assert check(filled) == []
    other.connection.execute("ROLLBACK")
    other.close()
