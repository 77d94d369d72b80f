"""The audit log: everything is in it, refusals too; nothing forges a line, and nothing takes one away unseen."""

from __future__ import annotations

import multiprocessing
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.builders import KEY, YUCI, MovingClock, behind_the_guards, fill, open_months, register, standing_clock
from tracker.ledger import audit
from tracker.ledger.audit import EVENT_WORDS, Actor, Asked, Entry, chain_breaks, count_entries, entries, note
from tracker.ledger.checking import check
from tracker.ledger.copying import backup, restore
from tracker.ledger.handle import DATABASE_NAME, Ledger, LedgerError, RefusedError, StorageError
from tracker.ledger.opening import open_ledger
from tracker.ledger.schema import expected_schema
from tracker.ledger.writing import AlreadyRecordedError, writing
from tracker.model.roles import Role

ZHANG = Actor("zhang", Role.LEAD, "10.1.2.3")


@pytest.fixture
def log(ledger: Ledger, clock: MovingClock) -> Iterator[Ledger]:
    """The fresh ledger, acted on by an account, under a clock that the test moves."""
    opened = open_ledger(ledger.directory, clock)
    opened.actor = ZHANG
    yield opened
    opened.close()


def newest(ledger: Ledger) -> Entry:
    return next(entries(ledger))


def rows(ledger: Ledger) -> int:
    found: int = ledger.connection.execute("SELECT count(*) FROM audit").fetchone()[0]
    return found


def test_a_row_says_who_what_when_from_where_and_whether(log: Ledger) -> None:
    number = note(log, "page", False, "/accounts", "没有权限")
    expected = Entry(
        number, "2024-09-01T08:30:00+08:00", "zhang", "lead", "10.1.2.3", "page", "/accounts", False, "没有权限"
    )
    assert newest(log) == expected
    assert expected.event_word == "访问页面"
    log.actor = None
    note(log, "sign_out", True)
    assert newest(log).account == "—"


def test_every_request_that_records_leaves_one_row(log: Ledger) -> None:
    before = rows(log)
    open_months(log, "2024-07")
    assert rows(log) == before + 1
    code = register(log, "2024-07", "甲工程")
    found = newest(log)
    assert (found.account, found.role, found.address) == ("测试员", "lead", "10.1.2.3")
    assert (found.event, found.event_word, found.object, found.allowed) == (
        "registration", "登记", f"2024-07 {code}", True,
    )  # fmt: skip
    with writing(log, "many", "测试员") as writes:
        writes.open_month(KEY, "2024-08")
        for number in range(7):
            writes.register(KEY, "2024-08", {"name": f"工程{number}", "county": YUCI}, reason="新批")
    found = newest(log)
    assert (found.event, found.event_word) == ("month registration", "开放月份、登记")
    assert (found.object or "").endswith(f"{YUCI}-0006 等 7 个项目")
    assert (found.detail or "").endswith("，新批")
    with writing(log, "nothing", "测试员"):
        pass
    assert rows(log) == before + 3


def test_every_kind_of_record_has_a_word() -> None:
    assert expected_schema().kinds <= EVENT_WORDS.keys()


def open_and_raise(ledger: Ledger, request: str, error: Exception) -> None:
    with writing(ledger, request, "测试员") as writes:
        writes.open_month(KEY, "2024-08")
        raise error


def test_what_fails_leaves_no_row_and_what_is_refused_leaves_one(log: Ledger) -> None:
    open_months(log, "2024-07")
    before = rows(log)
    with pytest.raises(ZeroDivisionError):
        open_and_raise(log, "broken", ZeroDivisionError())
    assert rows(log) == before
    with pytest.raises(RefusedError, match="不行"):
        open_and_raise(log, "refused", RefusedError("这样不行。"))
    found = newest(log)
    assert (rows(log), found.event, found.object, found.detail, found.allowed) == (
        before + 1, "recording", "refused", "这样不行。", False,
    )  # fmt: skip
    with writing(log, "same", "测试员") as writes:
        writes.open_month(KEY, "2024-08")
    with pytest.raises(AlreadyRecordedError), writing(log, "same", "测试员"):
        pass
    assert "没有重复登记" in (newest(log).detail or "")
    assert check(log) == []


def test_a_log_that_cannot_be_written_does_not_hide_the_refusal(log: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(audit, "_append", full)
    with pytest.raises(RefusedError, match="不行"), writing(log, "refused", "测试员"):
        raise RefusedError("这样不行。")
    with pytest.raises(StorageError, match="磁盘已满"):
        note(log, "page", True)
    with pytest.raises(StorageError), writing(log, "unlogged", "测试员") as writes:
        writes.open_month(KEY, "2024-08")
    assert not log.connection.in_transaction
    assert log.connection.execute("SELECT 1 FROM record WHERE request = 'unlogged'").fetchone() is None


@pytest.mark.parametrize("evil", [
    "a\n2024-09-01 08:30:00 root 登录", "a\r\nb", "a\x1b[2Jb", "a\x00b", "a\u202eb", "a\u2028b", "\ud800a", "x" * 9999,
])  # fmt: skip
def test_nothing_forges_a_line(log: Ledger, evil: str) -> None:
    note(log, evil or "page", False, evil, evil, Actor(evil, None, evil))
    found = newest(log)
    for text, length in ((found.account, 60), (found.address, 64), (found.object, 200), (found.detail, 500)):
        assert text
        assert text.isprintable()
        assert len(text) <= length
    assert check(log) == []


def test_rows_are_neither_changed_nor_deleted(log: Ledger) -> None:
    note(log, "page", True)
    for statement in (
        "UPDATE audit SET account = 'li'",
        "DELETE FROM audit",
        "INSERT OR REPLACE INTO audit SELECT * FROM audit",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="only added"):
            log.connection.execute(statement)
    assert rows(log) > 0


def test_the_log_is_chained_and_sound(log: Ledger) -> None:
    fill(log)
    assert list(chain_breaks(log)) == []
    assert rows(log) == newest(log).sequence


@pytest.mark.parametrize(("statement", "place"), [
    ("UPDATE audit SET account = 'li' WHERE sequence = 3", "第 3 行"),
    ("UPDATE audit SET allowed = 1 - allowed WHERE sequence = 3", "第 3 行"),
    ("UPDATE audit SET at = '2024-01-01T00:00:00+08:00' WHERE sequence = 3", "第 3 行"),
    ("UPDATE audit SET detail = NULL WHERE sequence = 3", "第 3 行"),
    ("UPDATE audit SET chain_hash = replace(chain_hash, 'a', 'b') WHERE sequence = 3", "第 3 行"),
    ("DELETE FROM audit WHERE sequence = 3", "第 3 行"),
    ("DELETE FROM audit WHERE sequence IN (3, 4)", "第 3—4 行"),
    ("DELETE FROM audit WHERE sequence > 3", "第 4 行"),
    ("DELETE FROM audit", "第 1 行"),
    ("DELETE FROM audit_head", "audit_head"),
    ("UPDATE audit_head SET sequence = 3", "audit_head"),
])  # fmt: skip
def test_a_change_behind_the_guards_is_found_where_it_is(
    log: Ledger, statement: str, place: str, tmp_path: Path
) -> None:
    fill(log)
    log.close()
    behind_the_guards(log.directory, statement)
    opened = open_ledger(log.directory, standing_clock)
    found = list(chain_breaks(opened))
    assert len(found) == 1
    assert place in found[0][0]
    assert [defect.place for defect in check(opened)] == [found[0][0]]
    backup(opened, tmp_path / "backup")
    restored = restore(tmp_path / "backup", tmp_path / "restored", standing_clock)
    assert [defect.place for defect in check(restored)] == [found[0][0]]
    restored.close()
    opened.close()


def note_many(directory: Path, name: str) -> None:
    """Add twenty-five rows, as one of several workers."""
    own = open_ledger(directory, standing_clock)
    for number in range(25):
        note(own, "page", True, f"/{number}", None, Actor(name))
    own.close()


def test_several_processes_add_to_one_chain(log: Ledger) -> None:
    before = rows(log)
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=note_many, args=(log.directory, f"worker{each}")) for each in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0] * 4
    assert rows(log) == before + 100
    assert list(chain_breaks(log)) == []
    for each in range(4):
        mine = [entry.object for entry in entries(log, Asked(account=f"worker{each}"))]
        assert mine == [f"/{number}" for number in reversed(range(25))]


def test_rows_are_found_by_day_account_event_and_words(log: Ledger, clock: MovingClock) -> None:
    fill(log)
    clock.move(days=1)
    note(log, "sign_in", False, None, "用户名或密码不对", Actor("Li_1", None, "10.9.9.9"))
    clock.move(days=1)
    note(log, "sign_in", True, None, None, Actor("li%1", None, "10.9.9.9"))

    def found(asked: Asked) -> list[str]:
        assert count_entries(log, asked) == len(list(entries(log, asked)))
        return [entry.account for entry in entries(log, asked)]

    assert found(Asked(since="2024-09-02")) == ["li%1", "Li_1"]
    assert found(Asked(since="2024-09-02", until="2024-09-02")) == ["Li_1"]
    assert found(Asked(until="2024-08-31")) == []
    assert found(Asked(account="li_1")) == ["Li_1"]
    assert found(Asked(refused=True)) == ["Li_1"]
    assert found(Asked(search="%")) == ["li%1"]
    assert found(Asked(search="_1")) == ["Li_1"]
    assert found(Asked(search="登录")) == found(Asked(event="sign_in")) == ["li%1", "Li_1"]
    assert found(Asked(search="10.9.9")) == ["li%1", "Li_1"]
    assert found(Asked(search="' OR 1=1")) == []
    assert len(found(Asked(event="return"))) == 3
    assert len(found(Asked(search="140702-0001"))) >= 3


def test_pages_go_back_from_the_newest(log: Ledger) -> None:
    fill(log)
    everything = [entry.sequence for entry in entries(log)]
    assert everything == sorted(everything, reverse=True)
    paged: list[int] = []
    while page := [entry.sequence for entry in entries(log, Asked(limit=4, before=paged[-1] if paged else None))]:
        assert len(page) <= 4
        paged += page
    assert paged == everything


def test_nothing_is_recorded_where_the_log_cannot_be_kept(log: Ledger) -> None:
    log.close()
    with closing(sqlite3.connect(log.directory / DATABASE_NAME)) as connection:
        connection.execute("DROP TABLE audit_head")
    opened = open_ledger(log.directory, standing_clock)
    assert any("audit" in defect.place + defect.sentence for defect in check(opened))
    with pytest.raises(LedgerError), writing(opened, "unlogged", "测试员") as writes:
        writes.open_month(KEY, "2024-08")
    opened.close()
