"""Copying: a backup made while others write, restored whole or not at all, and a ledger from dossiers alone."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import random
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.ledger.builders import (
    PROGRAMME,
    YUCI,
    behind_the_guards,
    dump,
    fill,
    open_months,
    register_many,
    standing_clock,
    state,
    truth_of,
)
from tracker.ledger.checking import check
from tracker.ledger.copying import backup, restore
from tracker.ledger.handle import DATABASE_NAME, Ledger, LedgerError, LedgerExistsError
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_programme, months_of, units_of
from tracker.ledger.records import head_of


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    fill(ledger)
    attachments = ledger.directory / "attachments" / "ab"
    attachments.mkdir(parents=True)
    (attachments / "照片.jpg").write_bytes(b"\xff\xd8 photograph")
    (attachments / "empty").write_bytes(b"")
    return ledger


@pytest.fixture
def packed(filled: Ledger, tmp_path: Path) -> Path:
    file = tmp_path / "backup.zip"
    backup(filled, file)
    return file


def dossiers_of(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((directory / "dossiers").rglob("*.json"))}


def refused(source: Path, directory: Path) -> str:
    """Restore what must be refused: nothing may be left behind; gives the sentence."""
    before = sorted(directory.parent.iterdir())
    with pytest.raises(LedgerError) as caught:
        restore(source, directory, standing_clock)
    assert sorted(directory.parent.iterdir()) == before
    assert str(caught.value).endswith("。")
    return str(caught.value)


def test_a_backup_restores_the_same_ledger(filled: Ledger, packed: Path, tmp_path: Path) -> None:
    restored = restore(packed, tmp_path / "restored", standing_clock)
    assert dump(restored) == dump(filled)
    assert dossiers_of(restored.directory) == dossiers_of(filled.directory)
    assert check(restored) == []
    assert (restored.directory / "attachments/ab/照片.jpg").read_bytes() == b"\xff\xd8 photograph"
    assert (restored.directory / "attachments/ab/empty").read_bytes() == b""
    open_months(restored, "2024-09")
    assert check(restored) == []
    assert restored.connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    restored.close()
    assert {path.name for path in restored.directory.iterdir()} == {DATABASE_NAME, "dossiers", "attachments"}


def test_a_backup_says_what_it_holds(filled: Ledger, packed: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        manifest = json.loads(archive.read("manifest.json"))
        for name, said in manifest["members"].items():
            content = archive.read(name)
            assert (len(content), hashlib.sha256(content).hexdigest()) == (said["bytes"], said["sha256"])
        assert sorted(archive.namelist()) == sorted([*manifest["members"], "manifest.json"])
    assert (manifest["sequence"], manifest["chain_hash"]) == head_of(filled)
    assert (manifest["format"], manifest["made_at"]) == (1, "2024-09-01T08:30:00+08:00")


def test_a_backup_is_made_while_another_process_writes(ledger: Ledger, tmp_path: Path) -> None:
    open_months(ledger, "2024-07")
    writer = multiprocessing.get_context("spawn").Process(target=register_many, args=(ledger.directory, "甲"))
    writer.start()
    files = []
    while writer.is_alive() or len(files) < 3:
        files.append(tmp_path / f"backup-{len(files)}.zip")
        backup(ledger, files[-1])
    writer.join()
    assert writer.exitcode == 0
    heads = []
    for number, file in enumerate([files[0], files[len(files) // 2], files[-1]]):
        restored = restore(file, tmp_path / f"restored-{number}", standing_clock)
        heads.append(head_of(restored)[0])
        restored.close()
    assert heads == sorted(heads)
    assert list(tmp_path.glob(".*")) == []


def test_a_backup_overwrites_nothing(filled: Ledger, packed: Path, tmp_path: Path) -> None:
    before = packed.read_bytes()
    with pytest.raises(LedgerExistsError, match="已经存在"):
        backup(filled, packed)
    assert packed.read_bytes() == before
    with pytest.raises(LedgerError, match=r"没有“.*”这个目录"):
        backup(filled, tmp_path / "nowhere" / "backup.zip")


def test_a_backup_that_the_disk_refuses_leaves_nothing(filled: Ledger, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(LedgerError, match="写不进去"):
        backup(filled, folder / ("长" * 100 + ".zip"))
    assert list(folder.iterdir()) == []


def test_a_damaged_ledger_is_not_backed_up_as_if_it_were_whole(filled: Ledger, tmp_path: Path) -> None:
    filled.close()
    behind_the_guards(filled.directory, "UPDATE statement SET name = '改' WHERE name = '甲工程'")
    ledger = open_ledger(filled.directory, standing_clock)
    with pytest.raises(LedgerError, match=r"台账有损坏（ledger.sqlite3 第 4 条记录"):
        backup(ledger, tmp_path / "backup.zip")
    assert not (tmp_path / "backup.zip").exists()
    ledger.close()


def test_a_ledger_is_restored_from_dossiers_alone(filled: Ledger, tmp_path: Path) -> None:
    for number, source in enumerate((filled.directory / "dossiers", filled.directory)):
        restored = restore(source, tmp_path / f"restored-{number}", standing_clock)
        assert truth_of(restored) == truth_of(filled)
        assert dump(restored) == dump(filled)
        assert dossiers_of(restored.directory) == dossiers_of(filled.directory)
        assert find_programme(restored, None) == PROGRAMME
        assert months_of(restored, PROGRAMME.key) == ["2024-07", "2024-08"]
        assert [unit.name for unit in units_of(restored, PROGRAMME.key)] == ["测试开发区"]
        assert check(restored) == []
        restored.close()


def test_dossiers_that_are_not_complete_make_no_ledger(filled: Ledger, tmp_path: Path) -> None:
    source = tmp_path / "dossiers"
    for lost in dossiers_of(filled.directory):
        shutil.rmtree(source, ignore_errors=True)
        shutil.copytree(filled.directory / "dossiers", source)
        next(source.rglob(lost)).unlink()
        assert "不全或互不衔接（缺第" in refused(source, tmp_path / "restored")


def test_damaged_forged_and_misplaced_dossiers_make_no_ledger(filled: Ledger, tmp_path: Path) -> None:
    source = tmp_path / "dossiers"
    shutil.copytree(filled.directory / "dossiers", source)
    first = source / YUCI / f"{YUCI}-0001.json"
    whole = first.read_bytes()
    first.write_bytes(whole.replace("征地".encode(), "资金".encode()))
    assert "第 7 条记录的内容与校验值不符" in refused(source, tmp_path / "restored")
    first.write_bytes(whole)
    (source / YUCI / "笔记.json").write_text("{}", encoding="utf-8")
    assert "不是台账的档案文件" in refused(source, tmp_path / "restored")
    (source / YUCI / "笔记.json").unlink()
    first.rename(source / f"{YUCI}-0001.json")
    assert "不在它原来的位置" in refused(source, tmp_path / "restored")
    empty = tmp_path / "empty"
    empty.mkdir()
    assert "没有档案文件" in refused(empty, tmp_path / "restored")


def test_a_place_that_holds_anything_is_not_restored_into(filled: Ledger, packed: Path, tmp_path: Path) -> None:
    before = dump(filled)
    with pytest.raises(LedgerExistsError, match="已有台账"):
        restore(packed, filled.directory, standing_clock)
    assert dump(filled) == before
    other = tmp_path / "other"
    other.mkdir()
    (other / "file").write_text("别的", encoding="utf-8")
    with pytest.raises(LedgerExistsError, match="已有内容"):
        restore(packed, other, standing_clock)
    with pytest.raises(LedgerExistsError, match="是一个文件"):
        restore(packed, other / "file", standing_clock)


def test_dossiers_without_a_database_are_counted_and_offered(filled: Ledger, packed: Path, tmp_path: Path) -> None:
    directory = tmp_path / "lost"
    shutil.copytree(filled.directory / "dossiers", directory / "dossiers")
    before = dossiers_of(directory)
    with pytest.raises(LedgerExistsError, match=r"共有 10 条记录.*app.py restore .*lost-old/dossiers"):
        restore(packed, directory, standing_clock)
    assert dossiers_of(directory) == before
    with pytest.raises(LedgerError, match="有档案文件，却没有台账数据库"):
        open_ledger(directory)
    directory.rename(tmp_path / "lost-old")
    restored = restore(tmp_path / "lost-old" / "dossiers", directory, standing_clock)
    assert dump(restored) == dump(filled)
    restored.close()


def test_an_empty_directory_is_restored_into(filled: Ledger, packed: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    restored = restore(packed, tmp_path / "empty", standing_clock)
    assert dump(restored) == dump(filled)
    restored.close()


# --- damaged and hostile backups --------------------------------------------------------------------------


def test_a_backup_with_a_flipped_bit_is_refused_or_restores_the_same(
    filled: Ledger, packed: Path, tmp_path: Path, long_form: bool
) -> None:
    whole, held = packed.read_bytes(), dump(filled)
    directory = tmp_path / "restored"
    sentences = []
    for position in random.Random(5).sample(range(len(whole)), 400 if long_form else 24):
        changed = bytearray(whole)
        changed[position] ^= 16
        packed.write_bytes(changed)
        try:
            restored = restore(packed, directory, standing_clock)
        except LedgerError as error:
            sentences.append(str(error))
        else:
            assert dump(restored) == held
            restored.close()
            shutil.rmtree(directory)
        assert not directory.exists()
    assert len(sentences) > 15
    assert all(sentence.endswith("。") for sentence in sentences)


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.7, 0.99, 0.999])
def test_a_cut_backup_is_refused(packed: Path, tmp_path: Path, share: float) -> None:
    content = packed.read_bytes()
    packed.write_bytes(content[: int(len(content) * share)])
    assert "不是备份文件" in refused(packed, tmp_path / "restored")


def repacked(packed: Path, change: dict[str, Any], **added: bytes) -> Path:
    """Write a backup anew with an honest manifest over changed members, then change the manifest itself."""
    with zipfile.ZipFile(packed) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop("manifest.json"))
    members |= added
    manifest["members"] = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in members.items()
    }
    manifest |= change
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        archive.writestr("manifest.json", json.dumps(manifest))
    packed.write_bytes(buffer.getvalue())
    return packed


@pytest.mark.parametrize(
    "name",
    [
        "../escaped",
        "attachments/../../escaped",
        "/tmp/escaped",  # noqa: S108
        "attachments/..\\escaped",
        "attachments//escaped",
        "attachments/./escaped",
        "attachments/C:escaped",
        "dossiers/140702/140702-0001.json",
        "escaped",
        "attachments/",
    ],
)
def test_members_that_would_lie_elsewhere_are_refused(packed: Path, tmp_path: Path, name: str) -> None:
    assert "不该有的文件" in refused(repacked(packed, {}, **{name: b"x"}), tmp_path / "restored")
    assert not list(tmp_path.rglob("escaped*"))


def test_links_are_refused(packed: Path, tmp_path: Path) -> None:
    repacked(packed, {}, **{"attachments/link": b"/etc/passwd"})
    with zipfile.ZipFile(packed) as archive:
        members = [(info, archive.read(info)) for info in archive.infolist()]
    with zipfile.ZipFile(packed, "w") as archive:
        for info, content in members:
            if info.filename == "attachments/link":
                info.external_attr = 0o120777 << 16
            archive.writestr(info, content)
    assert "不该有的文件“attachments/link”" in refused(packed, tmp_path / "restored")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "something else"}, "读不出 manifest.json"),
        ({"format": 2}, "先升级程序"),
        ({"members": {}}, "不一致"),
        ({"members": 5}, "读不出 manifest.json"),
        ({"sequence": "many"}, "读不出 manifest.json"),
        ({"sequence": 3}, "最后一条记录不符"),
        ({"chain_hash": "0" * 64}, "最后一条记录不符"),
    ],
)
def test_manifests_that_do_not_fit_are_refused(
    packed: Path, tmp_path: Path, change: dict[str, Any], sentence: str
) -> None:
    assert sentence in refused(repacked(packed, change), tmp_path / "restored")


def test_a_wrong_checksum_is_refused(packed: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(packed) as archive:
        members = json.loads(archive.read("manifest.json"))["members"]
    members["attachments/ab/照片.jpg"]["sha256"] = "0" * 64
    assert "校验值不符" in refused(repacked(packed, {"members": members}), tmp_path / "restored")
    members["attachments/ab/照片.jpg"]["bytes"] += 1
    assert "大小不符" in refused(repacked(packed, {"members": members}), tmp_path / "restored")


def database_with(packed: Path, *statements: str) -> bytes:
    """Give the database of a backup after statements that its guards would have refused."""
    folder = packed.parent / "changed"
    folder.mkdir()
    with zipfile.ZipFile(packed) as archive:
        (folder / DATABASE_NAME).write_bytes(archive.read(DATABASE_NAME))
    behind_the_guards(folder, *statements)
    content = (folder / DATABASE_NAME).read_bytes()
    shutil.rmtree(folder)
    return content


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("UPDATE statement SET name = '改' WHERE name = '甲工程'", "第 4 条记录"),
        ("UPDATE state SET started = 1 - started", "状态"),
        ("CREATE TABLE gossip (id INTEGER)", "多出表 gossip"),
        ("CREATE TRIGGER sly AFTER INSERT ON record BEGIN SELECT 1; END", "多出触发器 sly"),
        ("PRAGMA user_version = 99", "先升级程序"),
        ("DROP TABLE accepted_fault", "缺少表 accepted_fault"),
    ],
)
def test_a_backup_whose_database_is_not_sound_is_refused(
    packed: Path, tmp_path: Path, statement: str, sentence: str
) -> None:
    database = database_with(packed, statement)
    assert sentence in refused(repacked(packed, {}, **{DATABASE_NAME: database}), tmp_path / "restored")


def test_other_files_are_no_backups(tmp_path: Path) -> None:
    assert "没有“" in refused(tmp_path / "nothing.zip", tmp_path / "restored")
    text = tmp_path / "notes.txt"
    text.write_text("不是备份", encoding="utf-8")
    assert "不是备份文件" in refused(text, tmp_path / "restored")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("a.txt", "x")
    assert "读不出 manifest.json" in refused(tmp_path / "other.zip", tmp_path / "restored")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("manifest.json", "[" * 100_000)
    assert "读不出 manifest.json" in refused(tmp_path / "other.zip", tmp_path / "restored")


def test_a_database_that_is_none_is_refused(packed: Path, tmp_path: Path) -> None:
    assert refused(repacked(packed, {}, **{DATABASE_NAME: b"not a database" * 400}), tmp_path / "restored")


def test_a_plain_copy_is_what_the_backup_saves_from(filled: Ledger, tmp_path: Path) -> None:
    """A plain copy of the live file lacks what is still in the log beside it; the backup has it."""
    filled.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    state(filled, f"{YUCI}-0001", "2024-08", cumulative_investment=999)
    shutil.copy(filled.directory / DATABASE_NAME, tmp_path / "plain.sqlite3")
    with closing(sqlite3.connect(tmp_path / "plain.sqlite3")) as plain:
        assert plain.execute("SELECT max(sequence) FROM record").fetchone()[0] == 10
    backup(filled, tmp_path / "backup.zip")
    restored = restore(tmp_path / "backup.zip", tmp_path / "restored", standing_clock)
    assert head_of(restored) == head_of(filled)
    assert head_of(restored)[0] == 11
    restored.close()
