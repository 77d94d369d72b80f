"""Writing: one request, all of it or none, once; in order whatever the clock says and however many write."""

from __future__ import annotations

import dataclasses
import datetime
import multiprocessing
import threading
from decimal import Decimal
from pathlib import Path

import pytest

from tests.ledger.builders import (
    DONGGUAN,
    JIYUAN,
    KEY,
    NOW,
    PINGYAO,
    PROGRAMME,
    YUCI,
    ZONE,
    dump,
    fill,
    open_months,
    register,
    register_many,
    row_of,
    standing_clock,
    state,
    values,
)
from tracker.ledger.checking import check
from tracker.ledger.handle import Ledger, LedgerError, LedgerExistsError, NoLedgerError, RefusedError
from tracker.ledger.opening import creating_ledger, open_ledger
from tracker.ledger.programmes import find_programme, months_of
from tracker.ledger.records import head_of, load_records
from tracker.ledger.writing import AlreadyRecordedError, writing
from tracker.model.folding import StatementKind
from tracker.model.programme import Programme


def test_a_new_ledger_knows_its_programme_and_is_sound(ledger: Ledger) -> None:
    assert find_programme(ledger, None) == PROGRAMME
    assert check(ledger) == []


def test_codes_count_within_the_county_of_registration(ledger: Ledger) -> None:
    open_months(ledger, "2024-07")
    counties = [YUCI, PINGYAO, YUCI, ZONE.code, JIYUAN, DONGGUAN, YUCI]
    codes = [register(ledger, "2024-07", f"工程{number}", county) for number, county in enumerate(counties)]
    assert codes == [
        f"{YUCI}-0001", f"{PINGYAO}-0001", f"{YUCI}-0002", f"{ZONE.code}-0001", f"{JIYUAN}-0001", f"{DONGGUAN}-0001",
        f"{YUCI}-0003",
    ]  # fmt: skip


def test_codes_go_on_within_one_request_and_past_four_digits(ledger: Ledger) -> None:
    open_months(ledger, "2024-07")
    with writing(ledger, "many", "测试员") as writes:
        codes = [writes.register(KEY, "2024-07", {"name": f"工程{n}", "county": YUCI}) for n in range(3)]
        writes._counters[YUCI] = 9999
        codes.append(writes.register(KEY, "2024-07", {"name": "第一万个工程", "county": YUCI}))
    codes.append(register(ledger, "2024-07", "后一个工程"))
    assert codes == [*(f"{YUCI}-000{n}" for n in (1, 2, 3)), f"{YUCI}-10000", f"{YUCI}-10001"]


def test_codes_are_not_given_twice_by_two_programmes(ledger: Ledger) -> None:
    other = dataclasses.replace(PROGRAMME, key="other", name="另一专项")
    with writing(ledger, "other", "测试员") as writes:
        writes.define_programme(other)
        writes.open_month(KEY, "2024-07")
        writes.open_month("other", "2024-07")
        first = writes.register(KEY, "2024-07", {"name": "甲", "county": YUCI})
    with writing(ledger, "second", "测试员") as writes:
        second = writes.register("other", "2024-07", {"name": "甲", "county": YUCI})
    assert (first, second) == (f"{YUCI}-0001", f"{YUCI}-0002")
    with pytest.raises(LedgerError, match="2 个专项"):
        find_programme(ledger, None)


def test_months_are_opened_in_any_order_and_known_in_order(ledger: Ledger) -> None:
    open_months(ledger, "2024-08")
    open_months(ledger, "2023-12", "2024-02")
    assert months_of(ledger, KEY) == ["2023-12", "2024-02", "2024-08"]


def test_a_request_is_recorded_once(ledger: Ledger) -> None:
    with writing(ledger, "key", "测试员") as writes:
        number = writes.open_month(KEY, "2024-07")
    before = dump(ledger)
    with pytest.raises(AlreadyRecordedError, match="已经登记过") as caught, writing(ledger, "key", "测试员"):
        pytest.fail("the block must not run")
    assert caught.value.sequences == [number]
    assert dump(ledger) == before


def test_twenty_threads_with_one_key_leave_one_record(ledger: Ledger) -> None:
    open_months(ledger, "2024-07")
    code = register(ledger, "2024-07", "甲工程")
    before = head_of(ledger)[0]
    start = threading.Barrier(20)
    outcomes: list[str] = []

    def click() -> None:
        own = open_ledger(ledger.directory, standing_clock)
        try:
            start.wait()
            with writing(own, "one click", "测试员") as writes:
                writes.state(KEY, code, "2024-07", StatementKind.RETURN, values(cumulative_investment=5))
            outcomes.append("recorded")
        except AlreadyRecordedError as error:
            outcomes.append(f"already {error.sequences}")
        finally:
            own.close()

    threads = [threading.Thread(target=click) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == [f"already [{before + 1}]"] * 19 + ["recorded"]
    assert head_of(ledger)[0] == before + 1
    assert check(ledger) == []


class SomethingWrongError(Exception):
    """What a test raises in the middle of a request."""


def break_off(ledger: Ledger, code: str) -> None:
    with writing(ledger, "broken", "测试员") as writes:
        writes.open_month(KEY, "2024-09")
        writes.register(KEY, "2024-09", {"name": "半个工程", "county": YUCI})
        writes.state(KEY, code, "2024-09", StatementKind.RETURN, values(cumulative_investment=900))
        raise SomethingWrongError


def test_an_exception_leaves_nothing(ledger: Ledger) -> None:
    codes = fill(ledger)
    before = dump(ledger)
    files = {path: path.read_bytes() for path in ledger.directory.rglob("*.json")}
    with pytest.raises(SomethingWrongError):
        break_off(ledger, codes[0])
    assert dump(ledger) == before
    assert {path: path.read_bytes() for path in ledger.directory.rglob("*.json")} == files
    with writing(ledger, "broken", "测试员") as writes:
        writes.open_month(KEY, "2024-09")
    assert months_of(ledger, KEY)[-1] == "2024-09"


def test_what_cannot_be_derived_is_not_recorded(ledger: Ledger) -> None:
    open_months(ledger, "2024-07")
    before = dump(ledger)
    with pytest.raises(ValueError, match="no place"), writing(ledger, "nowhere", "测试员") as writes:
        writes.register(KEY, "2024-07", {"name": "甲", "county": "999999"})
    assert dump(ledger) == before


def test_sums_finer_than_one_cent_are_not_recorded(ledger: Ledger) -> None:
    open_months(ledger, "2024-07")
    before = dump(ledger)
    with pytest.raises(ValueError, match="finer"):
        register(ledger, "2024-07", "甲", total_investment=Decimal("1.0000001"))
    assert dump(ledger) == before


def test_records_stand_in_sequence_though_the_clock_is_set_back(ledger: Ledger) -> None:
    open_months(ledger, "2024-07")
    code = register(ledger, "2024-07", "甲工程")
    state(ledger, code, "2024-07", cumulative_investment=10)
    ledger.clock = lambda: NOW - datetime.timedelta(days=400)
    state(ledger, code, "2024-07", cumulative_investment=20)
    times = [record.head["recorded_at"] for record in load_records(ledger, "project = ?", (code,))]
    assert times[-1] < times[-2]
    row = row_of(ledger, code, "2024-07")
    assert row is not None
    assert row["cumulative_investment"] == 20_000_000
    assert check(ledger) == []


def test_several_processes_write_at_once(ledger: Ledger) -> None:
    open_months(ledger, "2024-07")
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=register_many, args=(ledger.directory, name)) for name in ("甲", "乙", "丙")]
    for writer in writers:
        writer.start()
    found = [defect for _ in range(5) for defect in check(ledger) if "dossiers/" not in defect.place]
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0, 0, 0]
    assert found == []
    assert check(ledger) == []
    codes = [row[0] for row in ledger.connection.execute("SELECT DISTINCT project FROM state ORDER BY project")]
    assert codes == [f"{YUCI}-{number:04d}" for number in range(1, 31)]


def test_who_recorded_it_and_why_stand_in_the_record(ledger: Ledger) -> None:
    with writing(ledger, "with reason", "调度员") as writes:
        writes.define_programme(PROGRAMME, reason="按省里通知")
    record = list(load_records(ledger))[-1]
    said = {name: record.head[name] for name in ("recorded_by", "reason", "recorded_at", "request")}
    assert said == {
        "recorded_by": "调度员",
        "reason": "按省里通知",
        "recorded_at": "2024-09-01T08:30:00+08:00",
        "request": "with reason",
    }


def test_a_definition_without_a_single_term_is_kept(ledger: Ledger) -> None:
    bare = Programme("bare", "没有名目的专项", started_stages=frozenset(), completed_stages=frozenset())
    with writing(ledger, "bare", "测试员") as writes:
        writes.define_programme(bare)
    assert find_programme(ledger, "bare") == bare
    assert check(ledger) == []


def test_a_ledger_is_not_made_over_anything(tmp_path: Path, ledger: Ledger) -> None:
    with pytest.raises(LedgerExistsError, match="已有内容"), creating_ledger(ledger.directory):
        pytest.fail("the block must not run")
    with pytest.raises(NoLedgerError, match="没有台账"):
        open_ledger(tmp_path / "nothing")


def test_a_ledger_that_fails_while_being_made_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(SomethingWrongError), creating_ledger(tmp_path / "new"):
        raise SomethingWrongError
    assert list(tmp_path.iterdir()) == []


def test_a_database_cut_to_nothing_is_not_taken_for_a_new_one(ledger: Ledger) -> None:
    fill(ledger)
    ledger.close()
    path = ledger.directory / "ledger.sqlite3"
    path.write_bytes(b"")
    with pytest.raises(LedgerError, match="是空的或开头已损坏"):
        open_ledger(ledger.directory)
    assert path.read_bytes() == b""
    path.write_bytes("这不是数据库".encode() * 200)
    with pytest.raises(LedgerError, match="无法读取"):
        open_ledger(ledger.directory)


def test_a_ledger_of_a_later_program_is_refused(ledger: Ledger) -> None:
    ledger.connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LedgerError, match="先升级程序"):
        open_ledger(ledger.directory)


def test_nothing_is_written_while_the_files_are_ahead(ledger: Ledger) -> None:
    (ledger.directory / "dossiers" / ".lock").write_text(str(head_of(ledger)[0] + 3), encoding="ascii")
    before = dump(ledger)
    with pytest.raises(RefusedError, match=r"多 3 条记录.*check --heal"):
        open_months(ledger, "2024-07")
    assert dump(ledger) == before
