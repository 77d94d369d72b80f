"""Dossiers: one file a project, equal to a rebuild, written after the commit, never a reason to fail."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.ledger.builders import (
    KEY,
    PINGYAO,
    YUCI,
    dump,
    fill,
    open_months,
    register,
    request,
    standing_clock,
    state,
)
from tracker.ledger.checking import check
from tracker.ledger.dossier_reading import read_contents
from tracker.ledger.dossiers import build_dossier, dossier_path, furthest_written, only_writer, subject_records
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.records import GENESIS, chain, hash_of, head_of
from tracker.ledger.writing import writing

SUBJECTS = (f"programme:{KEY}", f"{YUCI}-0001", f"{YUCI}-0002", f"{PINGYAO}-0001")


def test_every_file_equals_a_rebuild(ledger: Ledger) -> None:
    fill(ledger)
    files = {path.relative_to(ledger.directory / "dossiers") for path in ledger.directory.rglob("*.json")}
    assert {str(path) for path in files} == {
        "programmes/works.json",
        f"{YUCI}/{YUCI}-0001.json",
        f"{YUCI}/{YUCI}-0002.json",
        f"{PINGYAO}/{PINGYAO}-0001.json",
    }
    for subject in SUBJECTS:
        assert dossier_path(ledger, subject).read_bytes() == build_dossier(ledger, subject)


def test_a_file_reads_back_as_its_records(ledger: Ledger) -> None:
    fill(ledger)
    for subject in SUBJECTS:
        contents = read_contents(dossier_path(ledger, subject).read_bytes())
        assert contents.damaged == []
        assert contents.records == subject_records(ledger, subject)


def test_all_files_together_hold_the_whole_chain(ledger: Ledger) -> None:
    fill(ledger)
    records = [
        record for subject in SUBJECTS for record in read_contents(dossier_path(ledger, subject).read_bytes()).records
    ]
    link = GENESIS
    for number, record in enumerate(sorted(records, key=lambda record: record.sequence), start=1):
        assert record.sequence == number
        assert hash_of(record.content()) == record.content_hash
        link = chain(link, record.content_hash)
        assert record.chain_hash == link
    assert (len(records), link) == head_of(ledger)
    assert furthest_written(ledger) == len(records)


def test_a_file_can_be_read_by_people(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    text = dossier_path(ledger, code).read_text(encoding="utf-8")
    assert '"项目名称": "甲工程"' in text
    document = json.loads(text)
    assert document["subject"] == code
    assert document["now"]["填报月"] == "2024-08"
    assert document["now"]["累计完成投资（万元）"] == "180.00"


def test_opening_a_month_changes_the_programmes_file_only(ledger: Ledger) -> None:
    fill(ledger)
    before = {subject: dossier_path(ledger, subject).read_bytes() for subject in SUBJECTS}
    open_months(ledger, "2024-09")
    changed = [subject for subject in SUBJECTS if dossier_path(ledger, subject).read_bytes() != before[subject]]
    assert changed == [f"programme:{KEY}"]
    assert check(ledger) == []


def test_files_are_written_after_the_commit(ledger: Ledger) -> None:
    open_months(ledger, "2024-07")
    with writing(ledger, request(), "测试员") as writes:
        code = writes.register(KEY, "2024-07", {"name": "甲工程", "county": YUCI})
        assert not dossier_path(ledger, code).exists()
    assert dossier_path(ledger, code).exists()


def put_in_the_way(ledger: Ledger, county: str) -> Path:
    """Put a file where a county's folder of dossiers belongs, so that nothing can be written into it."""
    obstacle = ledger.directory / "dossiers" / county
    obstacle.write_text("挡住", encoding="utf-8")
    return obstacle


def test_a_disk_that_refuses_does_not_fail_the_write_and_is_made_good_later(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    open_months(ledger, "2024-07")
    obstacle = put_in_the_way(ledger, YUCI)
    code = register(ledger, "2024-07", "甲工程")
    assert "档案文件暂未更新" in capsys.readouterr().err
    assert code in dump(ledger)["state"][0]
    assert any(code in defect.place for defect in check(ledger))
    register(ledger, "2024-07", "乙工程", PINGYAO)
    capsys.readouterr()
    assert dossier_path(ledger, f"{PINGYAO}-0001").is_file()
    obstacle.unlink()
    again = open_ledger(ledger.directory, standing_clock)
    assert capsys.readouterr().err == ""
    assert dossier_path(again, code).read_bytes() == build_dossier(again, code)
    assert check(again) == []
    again.close()


def test_the_next_write_makes_the_files_good(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    open_months(ledger, "2024-07")
    obstacle = put_in_the_way(ledger, YUCI)
    register(ledger, "2024-07", "甲工程")
    assert "下次打开台账时自动补写" in capsys.readouterr().err
    obstacle.unlink()
    register(ledger, "2024-07", "乙工程", PINGYAO)
    assert check(ledger) == []


def test_a_crash_between_commit_and_file_is_made_good_at_the_next_opening(ledger: Ledger) -> None:
    fill(ledger)
    ledger.being_made = True
    state(ledger, f"{YUCI}-0001", "2024-08", cumulative_investment=200)
    ledger.close()
    again = open_ledger(ledger.directory, standing_clock)
    assert check(again) == []
    again.close()


def test_half_written_files_are_replaced(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    path = dossier_path(ledger, code)
    path.with_name(path.name + ".writing").write_text("写到一半", encoding="utf-8")
    state(ledger, code, "2024-08", cumulative_investment=200)
    assert not path.with_name(path.name + ".writing").exists()
    assert check(ledger) == []


def test_a_file_that_knows_more_is_not_overwritten(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    code = fill(ledger)[0]
    older = ledger.directory.with_name("older")
    shutil.copytree(ledger.directory, older)
    state(ledger, code, "2024-08", cumulative_investment=200)
    richer = dossier_path(ledger, code).read_bytes()
    other = open_ledger(older, standing_clock)
    dossier_path(other, code).write_bytes(richer)
    state(other, code, "2024-08", cumulative_investment=300)
    assert "没有覆盖" in capsys.readouterr().err
    assert dossier_path(other, code).read_bytes() == richer
    other.close()


def test_a_damaged_file_is_replaced_when_its_project_is_next_written(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    dossier_path(ledger, code).write_bytes(
        dossier_path(ledger, code).read_bytes().replace("甲".encode(), "申".encode())
    )
    state(ledger, code, "2024-08", cumulative_investment=200)
    assert check(ledger) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{}",
        b"[]",
        b'{"records": 5}',
        b"\xff\xfe\x00",
        b'{"sequence": 1',
        b'{"sequence": 1}',
        b'{"sequence": "1"}',
        b'{"sequence": 0, "kind": "month"}',
        b'{"sequence": 1, "details": {"sqlite_master": [{}]}}',
        b'{"sequence": 1, "details": [[[[[' + b"[" * 100_000,
        b'{"sequence": 1, "kind": "' + b"9" * 5000,
        b'{"sequence": 1, "previous": ' + b"9" * 5000 + b"}",
        b'{"sequence": ' + b"9" * 5000 + b"}",
    ],
)
def test_reading_never_raises(raw: bytes) -> None:
    assert read_contents(raw).records == []


def test_records_with_columns_that_no_table_has_are_not_read(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    document = json.loads(dossier_path(ledger, code).read_bytes())
    for table, column in (("statement", 'name", "x'), ("record", "kind"), ("statement", "sequence")):
        entry = dict(document["records"][0])
        entry["details"] = {table: [{column: "1"}]}
        said = {name: value for name, value in entry.items() if name not in ("content_hash", "chain_hash")}
        entry["content_hash"] = hash_of(said)
        contents = read_contents(json.dumps({"records": [entry]}).encode())
        assert (contents.records, contents.damaged) == ([], [entry["sequence"]])


def test_files_that_another_process_writes_for_long_are_left_to_it(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracker.ledger.writing._PATIENCE", 0.0)
    open_months(ledger, "2024-07")
    with only_writer(ledger):
        code = register(ledger, "2024-07", "甲工程")
        open_ledger(ledger.directory).close()
        assert not dossier_path(ledger, code).exists()
    open_ledger(ledger.directory).close()
    assert dossier_path(ledger, code).read_bytes() == build_dossier(ledger, code)
    assert check(ledger) == []
