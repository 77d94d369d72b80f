"""Checking and healing: what was changed is named, and only what follows from the truth is mended."""

# ruff: noqa: S608 - statements that damage a ledger on purpose are put together from constants
from __future__ import annotations

import shutil

import pytest

from tests.ledger.builders import (
    KEY,
    PINGYAO,
    YUCI,
    dump,
    files_of,
    lines,
    open_months,
    state,
    tampered,
    truth_of,
)
from tracker.ledger.checking import check, heal
from tracker.ledger.dossiers import dossier_path
from tracker.ledger.handle import DATABASE_NAME, Ledger
from tracker.ledger.records import GENESIS, Record, head_of, load_records
from tracker.ledger.surveying import continuation

FIRST = f"{YUCI}-0001"
FIRST_FILE = f"dossiers/{YUCI}/{FIRST}.json"


def test_a_sound_ledger_is_sound(filled: Ledger) -> None:
    before = dump(filled), files_of(filled)
    assert check(filled) == []
    assert heal(filled) == []
    assert (dump(filled), files_of(filled)) == before


def test_every_sentence_is_one(filled: Ledger) -> None:
    shutil.rmtree(filled.directory / "dossiers")
    for defect in check(tampered(filled, "UPDATE statement SET name = '改' WHERE name = '甲工程'")):
        assert defect.sentence.endswith("。")
        assert defect.place


# --- the truth changed behind the guards --------------------------------------------------------------------

REWRITE_CHAIN = "UPDATE record SET content_hash = '{0}' WHERE sequence = {1}"


@pytest.mark.parametrize(
    ("statement", "place"),
    [
        ("UPDATE statement SET cumulative_investment = 1 WHERE sequence = 7", "第 7 条记录（140702-0001）"),
        ("UPDATE statement SET name = '别的' WHERE sequence = 5", "第 5 条记录（140702-0002）"),
        ("UPDATE record SET recorded_by = '别人' WHERE sequence = 9", "第 9 条记录"),
        ("UPDATE record SET recorded_at = '2020-01-01' WHERE sequence = 1", "第 1 条记录（programme:works）"),
        ("UPDATE record SET project = '140702-0002' WHERE sequence = 9", "第 9 条记录"),
        (f"UPDATE record SET content_hash = '{'a' * 64}' WHERE sequence = 6", "第 6 条记录"),
        (f"UPDATE record SET chain_hash = '{'a' * 64}' WHERE sequence = 6", "第 6 条记录"),
        ("UPDATE programme_version SET decimals = 2", "第 1 条记录"),
        ("UPDATE programme_term SET name = '改了' WHERE position = 0", "第 1 条记录"),
        ("DELETE FROM programme_term WHERE position = 3", "第 1 条记录"),
        ("UPDATE unit SET name = '改了'", "第 2 条记录"),
        ("DELETE FROM statement WHERE sequence = 7", "第 7 条记录"),
        ("INSERT INTO statement (sequence, name) VALUES (3, '塞进来的')", "第 3 条记录"),
    ],
)
def test_a_changed_record_is_named_once_and_never_mended_silently(filled: Ledger, statement: str, place: str) -> None:
    files = files_of(filled)
    ledger = tampered(filled, statement)
    named = [defect for defect in check(ledger) if "条记录" in defect.place and DATABASE_NAME in defect.place]
    assert [place in defect.place for defect in named] == [True]
    assert "里的这一条是完好的" in named[0].sentence
    truth = truth_of(ledger)
    assert any("没有重建任何内容" in sentence for sentence in heal(ledger))
    assert truth_of(ledger) == truth
    assert files_of(ledger) == files
    assert place in lines(ledger)
    ledger.close()


def test_each_of_two_broken_links_is_named(filled: Ledger) -> None:
    ledger = tampered(filled, f"UPDATE record SET chain_hash = '{'a' * 64}' WHERE sequence IN (6, 7)")
    said = lines(ledger)
    assert "第 6 条记录（140728-0001）：校验链在这里断开" in said
    assert "第 7 条记录（140702-0001）：校验链在这里断开" in said
    ledger.close()


def test_the_next_write_does_not_spread_a_changed_record_into_its_file(
    filled: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    files = files_of(filled)
    ledger = tampered(filled, "UPDATE statement SET cumulative_investment = 1 WHERE sequence = 7")
    state(ledger, FIRST, "2024-08", progress="收尾")
    assert "记录已损坏" in capsys.readouterr().err
    path = dossier_path(ledger, FIRST)
    assert path.read_bytes() == files[path]
    ledger.close()


def test_a_record_taken_out_of_the_middle_is_missing(filled: Ledger) -> None:
    ledger = tampered(
        filled,
        "UPDATE record SET previous = NULL WHERE previous = 7",
        "DELETE FROM statement WHERE sequence = 7",
        "DELETE FROM record WHERE sequence = 7",
    )
    said = lines(ledger)
    assert "第 7 条记录：记录缺失。档案文件 dossiers/140702/140702-0001.json 里的这一条是完好的。" in said
    assert any("没有重建任何内容" in sentence for sentence in heal(ledger))
    ledger.close()


def test_a_whole_project_taken_out_is_missing(filled: Ledger) -> None:
    ledger = tampered(
        filled,
        *(f"DELETE FROM {table} WHERE sequence IN (6, 10)" for table in ("statement", "record")),
        f"DELETE FROM state WHERE project = '{PINGYAO}-0001'",
        f"DELETE FROM dossier_file WHERE subject = '{PINGYAO}-0001'",
    )
    said = lines(ledger)
    assert "第 6 条记录：记录缺失" in said
    assert "第 10 条记录：记录缺失" in said
    assert f"dossiers/{PINGYAO}/{PINGYAO}-0001.json" in said
    ledger.close()


def rewritten_last(ledger: Ledger, **head: object) -> tuple[Record, list[str]]:
    """Give the last record with its head changed and hashed anew, and the statements that put it in place."""
    last = head_of(ledger)[0]
    record, before = (
        next(load_records(ledger, "sequence = ?", (last,))),
        next(load_records(ledger, "sequence = ?", (last - 1,))),
    )
    record.head |= head
    record.hashed(before.chain_hash)
    said = "".join(f", {name} = {'NULL' if value is None else repr(value)}" for name, value in head.items())
    return record, [
        f"UPDATE record SET content_hash = '{record.content_hash}', chain_hash = '{record.chain_hash}'{said} "
        f"WHERE sequence = {last}",
        f"UPDATE head SET chain_hash = '{record.chain_hash}'",
    ]


def test_a_chain_written_anew_is_seen_by_the_files(filled: Ledger) -> None:
    """Whoever changes a record and computes all hashes anew still does not fit the dossiers."""
    ledger = tampered(filled, *rewritten_last(filled, recorded_by="别人")[1])
    assert "第 10 条记录与数据库里的不同" in lines(ledger)
    files = files_of(ledger)
    heal(ledger)
    assert files_of(ledger) == files
    ledger.close()


def test_a_record_that_denies_the_one_before_it_is_named(filled: Ledger) -> None:
    ledger = tampered(filled, *rewritten_last(filled, previous=None)[1])
    assert "所记的上一条应为第 6 条，写的是第 0 条" in lines(ledger)
    ledger.close()


def test_only_what_continues_the_chain_is_a_continuation(filled: Ledger) -> None:
    records = list(load_records(filled))
    assert continuation(list(reversed(records)), (0, GENESIS), {}) == records
    known = {record.subject: record.sequence for record in records[:-1]}
    nearly_last = records[-2].sequence, records[-2].chain_hash
    assert continuation(records[-1:], nearly_last, known) == records[-1:]
    cases = (
        (records[1:], (0, GENESIS), {}, "缺第 1 条"),
        (records[-1:], (9, "0" * 64), known, "第 10 条记录接不上校验链"),
        (records[-2:], nearly_last, known, "第 9 条记录与台账里已有的不是同一条"),
        ([records[-1], records[-1]], nearly_last, known, "第 10 条记录与台账里已有的不是同一条"),
        (records[-1:], nearly_last, {}, "第 10 条记录所记的上一条不对"),
        ([rewritten_last(filled, previous=5)[0]], nearly_last, known, "第 10 条记录所记的上一条不对"),
    )
    for given, last, previous, sentence in cases:
        with pytest.raises(ValueError, match=sentence):
            continuation(given, last, previous)


# --- guards, schema, derived rows -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("DROP TRIGGER record_delete_refused", "缺少触发器 record_delete_refused（防改动）"),
        ("CREATE TRIGGER sly AFTER INSERT ON record BEGIN SELECT 1; END", "多出触发器 sly"),
    ],
)
def test_lost_and_foreign_triggers_are_named_and_mended(filled: Ledger, statement: str, sentence: str) -> None:
    filled.connection.execute(statement)
    assert sentence in lines(filled)
    assert heal(filled) == ["已恢复防改动的触发器（1 个）。"]
    assert check(filled) == []


def test_a_guard_that_guards_nothing_is_named_and_mended(filled: Ledger) -> None:
    filled.connection.execute("DROP TRIGGER record_update_refused")
    filled.connection.execute("CREATE TRIGGER record_update_refused BEFORE UPDATE ON record BEGIN SELECT 1; END")
    assert "触发器 record_update_refused（防改动）与程序定义的不同" in lines(filled)
    heal(filled)
    assert check(filled) == []


@pytest.mark.parametrize(
    ("statement", "sentence"),
    [
        ("ALTER TABLE statement ADD COLUMN gossip TEXT", "表 statement 的列与程序声明的字段不符：gossip"),
        ("ALTER TABLE state DROP COLUMN remark", "表 state 的列与程序声明的字段不符：remark"),
        ("CREATE TABLE gossip (id INTEGER)", "多出表 gossip"),
        ("CREATE VIEW gossip AS SELECT 1", "多出视图 gossip"),
        ("DROP INDEX state_of_project", "缺少索引 state_of_project"),
        ("INSERT INTO record_kind VALUES ('gossip')", "record_kind"),
        ("DELETE FROM _sqlite_migrations", "结构升级的记载"),
        ("PRAGMA user_version = 99", "结构版本写的是 99"),
    ],
)
def test_a_changed_schema_is_named(filled: Ledger, statement: str, sentence: str) -> None:
    filled.connection.execute(statement)
    assert sentence in lines(filled)


@pytest.mark.parametrize(
    ("statement", "sentence", "done"),
    [
        (
            f"UPDATE state SET started = 0 WHERE project = '{FIRST}' AND month = '2024-08'",
            f"项目 {FIRST} 2024年8月的状态",
            "已按记录重新推算全部状态。",
        ),
        (
            f"UPDATE state SET year_done = 7 WHERE project = '{FIRST}'",
            "2024年7月、2024年8月的状态",
            "已按记录重新推算全部状态。",
        ),
        (f"DELETE FROM state WHERE project = '{FIRST}'", f"项目 {FIRST}", "已按记录重新推算全部状态。"),
        ("DELETE FROM state", f"项目 {PINGYAO}-0001", "已按记录重新推算全部状态。"),
        (
            f"UPDATE state SET project = '140702-0099' WHERE project = '{FIRST}'",
            "没有这个项目",
            "已按记录重新推算全部状态。",
        ),
        ("UPDATE state SET programme = 'other' WHERE month = '2024-07'", "的状态", "已按记录重新推算全部状态。"),
        ("UPDATE state SET stage = 'nonsense'", f"项目 {FIRST}", "已按记录重新推算全部状态。"),
        ("DELETE FROM head", "没有写明最后一条记录", "已重建最后一条记录的标记。"),
        ("UPDATE head SET sequence = 3", "标记与最后一条记录", "已重建最后一条记录的标记。"),
        ("UPDATE head SET sequence = 99", "标记与最后一条记录", "已重建最后一条记录的标记。"),
        ("UPDATE head SET chain_hash = 'x'", "标记与最后一条记录", "已重建最后一条记录的标记。"),
        (f"DELETE FROM dossier_file WHERE subject = '{FIRST}'", f"档案 {FIRST} 的标记", "已重建档案文件的标记。"),
        ("UPDATE dossier_file SET sequence = 1, written = 1", "的标记是第 1 条", "已重建档案文件的标记。"),
        ("INSERT INTO dossier_file VALUES ('140702-0077', 3, 3)", "没有它的记录", "已重建档案文件的标记。"),
        ("UPDATE dossier_file SET written = 77", "标记是第 77 条", "已重建档案文件的标记。"),
    ],
)
def test_derived_rows_are_compared_and_made_anew(filled: Ledger, statement: str, sentence: str, done: str) -> None:
    before = dump(filled), files_of(filled)
    filled.connection.execute(statement)
    assert sentence in lines(filled)
    assert heal(filled) == [done]
    assert (dump(filled), files_of(filled)) == before
    assert check(filled) == []


# --- files ----------------------------------------------------------------------------------------------


def test_missing_and_unreadable_files_are_named_and_written_again(filled: Ledger) -> None:
    before = files_of(filled)
    first, other = dossier_path(filled, FIRST), dossier_path(filled, f"programme:{KEY}")
    first.unlink()
    other.unlink()
    other.mkdir()
    said = lines(filled)
    assert f"{FIRST_FILE}：档案文件缺失（应有 3 条记录，从第 4 条起）" in said
    assert "dossiers/programmes/works.json：档案文件打不开" in said
    done = heal(filled)
    assert "档案文件写不进去" in done[-1]
    other.rmdir()
    assert heal(filled) == ["已重写 1 份档案文件。"]
    assert files_of(filled) == before
    assert check(filled) == []


def test_all_files_lost_are_all_written_again(filled: Ledger) -> None:
    before = files_of(filled)
    shutil.rmtree(filled.directory / "dossiers")
    assert len(check(filled)) == len(before)
    assert heal(filled) == [f"已重写 {len(before)} 份档案文件。"]
    assert files_of(filled) == before


def test_changed_words_beside_the_records_are_named(filled: Ledger) -> None:
    path = dossier_path(filled, FIRST)
    path.write_bytes(
        path.read_bytes().replace(
            '"累计完成投资（万元）": "180.00"'.encode(), '"累计完成投资（万元）": "980.00"'.encode()
        )
    )
    assert "条记录完好，但文件的其余部分" in lines(filled)
    heal(filled)
    assert check(filled) == []


def test_unknown_files_and_leftovers_are_named(filled: Ledger) -> None:
    dossiers = filled.directory / "dossiers"
    (dossiers / YUCI / "笔记.txt").write_text("随手记", encoding="utf-8")
    (dossiers / YUCI / f"{YUCI}-0099.json").write_bytes((dossiers / YUCI / f"{FIRST}.json").read_bytes())
    (dossiers / YUCI / f"{FIRST}.json.writing").write_text("写到一半", encoding="utf-8")
    said = lines(filled)
    assert f"dossiers/{YUCI}/笔记.txt：不认识的文件" in said
    assert f"dossiers/{YUCI}/{YUCI}-0099.json：不认识的文件" in said
    assert f"dossiers/{YUCI}/{FIRST}.json.writing：没有写完的临时文件" in said
    assert heal(filled) == ["已删去 1 个没有写完的临时文件。"]
    assert (dossiers / YUCI / "笔记.txt").exists()
    assert len(check(filled)) == 2


def test_a_mark_beyond_all_files_is_named_and_mended(filled: Ledger) -> None:
    (filled.directory / "dossiers" / ".lock").write_text("99", encoding="ascii")
    assert "写明档案写到第 99 条" in lines(filled)
    assert heal(filled) == ["已改正档案写到哪一条的标记。"]
    open_months(filled, "2024-09")
    assert check(filled) == []
