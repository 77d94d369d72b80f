"""Originals: the files of imports are kept as they came, once, go with every backup, and none goes amiss unnoticed."""

from __future__ import annotations

import hashlib
import shutil
import stat
from pathlib import Path

import pytest

from tests.ledger.builders import KEY, lines, open_months, request, standing_clock
from tracker.ledger.checking import check
from tracker.ledger.copying import backup, private_copy, restore
from tracker.ledger.handle import Ledger, StorageError
from tracker.ledger.originals import ORIGINALS_NAME, keep_original, original_path
from tracker.ledger.records import head_of
from tracker.ledger.writing import writing

CONTENT = "一份清单".encode()
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def imported(ledger: Ledger, folder: Path, content: bytes = CONTENT, *, kept: bool = True) -> int:
    """Record an import of a file with some content, kept or, as before originals were, not."""
    source = folder / "sent.xlsx"
    source.write_bytes(content)
    with writing(ledger, request(), "测试员") as writes:
        sha256, size = keep_original(ledger, source) if kept else (hashlib.sha256(content).hexdigest(), len(content))
        file = {"name": "清单.xlsx", "sha256": sha256, "bytes": size, "within": "140700", "rows_read": 1,
                "projects_registered": 0, "returns_recorded": 0, "unchanged": 1}  # fmt: skip
        return writes.note_import(KEY, "2024-08", {**file, "kept": 1} if kept else file, [])


def test_a_file_is_kept_once_under_its_checksum_for_this_program_only(ledger: Ledger, tmp_path: Path) -> None:
    open_months(ledger, "2024-08")
    for _ in range(2):
        imported(ledger, tmp_path)
    imported(ledger, tmp_path, b"another", kept=False)
    path = original_path(ledger, SHA256)
    assert path == ledger.directory / "originals" / SHA256[:2] / SHA256
    assert path.read_bytes() == CONTENT
    files = [found for found in (ledger.directory / ORIGINALS_NAME).rglob("*") if found.is_file()]
    assert files == [path]
    assert {stat.S_IMODE(found.stat().st_mode) for found in (path.parent, path.parent.parent)} == {0o700}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert check(ledger) == []


def test_a_file_that_is_missing_or_changed_is_named_and_a_damaged_one_is_mended(ledger: Ledger, tmp_path: Path) -> None:
    open_months(ledger, "2024-08")
    number = imported(ledger, tmp_path)
    path = original_path(ledger, SHA256)
    path.write_bytes(b"something else")
    about = f"originals/{SHA256[:2]}/{SHA256}：导入 {number} 的原文件“清单.xlsx”"
    assert lines(ledger) == f"{about}与导入时不同，被改动或已损坏，请从最近的备份里取回。"
    path.unlink()
    assert lines(ledger) == f"{about}不见了，请从最近的备份里取回。"
    imported(ledger, tmp_path)
    assert check(ledger) == []


def test_backups_and_dossiers_bring_the_files_with_them(ledger: Ledger, tmp_path: Path) -> None:
    open_months(ledger, "2024-08")
    imported(ledger, tmp_path)
    backup(ledger, tmp_path / "backup.zip")
    for source, name in ((tmp_path / "backup.zip", "from-backup"), (ledger.directory, "from-dossiers")):
        again = restore(source, tmp_path / name, standing_clock)
        assert original_path(again, SHA256).read_bytes() == CONTENT
        assert check(again) == []
        again.close()
    # Records come back even where a file cannot: from then on it is named.
    shutil.rmtree(ledger.directory / ORIGINALS_NAME)
    without = restore(ledger.directory, tmp_path / "without", standing_clock)
    assert head_of(without) == head_of(ledger)
    assert "不见了" in lines(without)
    without.close()


def test_a_disk_that_refuses_the_file_lets_nothing_be_recorded(ledger: Ledger, tmp_path: Path) -> None:
    open_months(ledger, "2024-08")
    head = head_of(ledger)
    (ledger.directory / ORIGINALS_NAME).write_text("in the way")
    with pytest.raises(StorageError, match="原文件没有存成"):
        imported(ledger, tmp_path)
    assert head_of(ledger) == head


def test_a_private_copy_takes_everything_that_is_tried_on_it_with_it(ledger: Ledger, tmp_path: Path) -> None:
    head = head_of(ledger)
    with private_copy(ledger, tmp_path) as copy:
        ledger.connection.execute("BEGIN IMMEDIATE")  # somebody writes meanwhile
        open_months(copy, "2024-08")
        assert head_of(copy) != head
        ledger.connection.execute("ROLLBACK")
    assert head_of(ledger) == head
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".copy")] == []
