"""A project's history: the same states, changes and file as everywhere else, and what each record replaced."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.ledger.builders import KEY, PINGYAO, PROGRAMME, TAIGU, YUCI, open_months, place, register, request, state
from tracker.ledger.changes import changes_of
from tracker.ledger.dossiers import build_dossier, dossier_path
from tracker.ledger.handle import Ledger
from tracker.ledger.histories import FileStanding, differences, file_standing, history_of, neighbours_of, parts_of
from tracker.ledger.projects import correct, identities, move, rename, split, state_at, terminate
from tracker.ledger.writing import writing
from tracker.model.folding import StatementKind
from tracker.model.stages import Stage

MONTHS = ("2023-11", "2023-12", "2024-01", "2024-02")


@pytest.fixture
def told(ledger: Ledger) -> tuple[Ledger, str]:
    """A ledger of four months, and the code of a project that was reported, renamed, corrected and moved."""
    open_months(ledger, *MONTHS)
    code = register(ledger, "2023-11", "甲工程", total_investment=1000, planned_start="2023-Q4", phone="13800001234")
    state(ledger, code, "2023-11", stage=Stage.UNDER_CONSTRUCTION, actual_start="2023-11", month_investment=10)
    state(ledger, code, "2023-12", cumulative_investment=120, year_plan=200, problem="用地未批")
    state(ledger, code, "2024-01", cleared=["problem"], cumulative_investment=150, actual_start="2023-11-05")
    with writing(ledger, request(), "市专班") as writes:
        rename(writes, PROGRAMME, code, "乙工程", "2024-01", "批复更名")
        correct(writes, PROGRAMME, code, "2023-12", {"cumulative_investment": Decimal(100)}, ["year_plan"], "多报")
        correct(writes, PROGRAMME, code, "2024-01", {"cumulative_investment": Decimal(140)}, [], "再核")
        move(writes, PROGRAMME, code, place(ledger, TAIGU), "2024-02", "区划调整")
    return ledger, code


def test_states_and_text_are_those_of_the_ledger(told: tuple[Ledger, str]) -> None:
    ledger, code = told
    history = history_of(ledger, PROGRAMME, code)
    assert [held.month for held in history.states] == list(MONTHS)
    for held in history.states:
        assert held == state_at(ledger, PROGRAMME, code, held.month)
        assert history.until(held.month)[-1] == held
    assert history.until("2023-10") == []
    assert history.text == build_dossier(ledger, code) == dossier_path(ledger, code).read_bytes()


def test_changes_of_one_project_are_those_of_the_list(told: tuple[Ledger, str]) -> None:
    ledger, code = told
    history = history_of(ledger, PROGRAMME, code)
    found = 0
    for before, now in zip(history.states, history.states[1:], strict=False):
        listed = changes_of(ledger, PROGRAMME, now.month, [code]).get(code)
        assert differences(before, now) == (listed.fields if listed else ())
        found += bool(listed)
    assert found == 3


def test_what_a_record_replaced_is_what_held_before_it(told: tuple[Ledger, str]) -> None:
    ledger, code = told
    history = history_of(ledger, PROGRAMME, code)
    by_reason = {record.head["reason"]: record.sequence for record in history.records if record.head["reason"]}
    assert history.held_before(by_reason["批复更名"])["name"] == "甲工程"
    assert history.held_before(by_reason["区划调整"])["county"] == YUCI
    # The return of December came first, the correction of it later; January's correction lies over January's return.
    assert history.held_before(by_reason["多报"])["cumulative_investment"] == 120
    assert history.held_before(by_reason["多报"])["year_plan"] == 200
    assert history.held_before(by_reason["再核"])["cumulative_investment"] == 150
    registration = history.records[0].sequence
    assert dict(history.held_before(registration)) == {}


def test_what_was_taken_back_no_longer_counts_and_is_named(told: tuple[Ledger, str]) -> None:
    ledger, code = told
    number = next(
        record.sequence for record in history_of(ledger, PROGRAMME, code).records if record.head["reason"] == "再核"
    )
    with writing(ledger, request(), "市专班") as writes:
        writes.withdraw(KEY, code, "2024-01", number, imported_by=number, reason="误改")
    history = history_of(ledger, PROGRAMME, code)
    assert {taken: later.head["reason"] for taken, later in history.taken_back.items()} == {number: "误改"}
    assert history.said[number].withdrawn
    assert history.until("2024-01")[-1].values["cumulative_investment"] == 150
    assert [record.sequence for record in history.reports_of("2024-01")] == [
        record.sequence for record in history.records if record.head["month"] == "2024-01"
    ][:1]
    assert history.text == build_dossier(ledger, code)


def test_a_withdrawn_registration_leaves_records_and_a_file_but_no_state(ledger: Ledger) -> None:
    open_months(ledger, "2024-01")
    code = register(ledger, "2024-01", "甲工程")
    number = history_of(ledger, PROGRAMME, code).records[0].sequence
    with writing(ledger, request(), "市专班") as writes:
        writes.withdraw(KEY, code, "2024-01", number, imported_by=number, reason="误登")
    history = history_of(ledger, PROGRAMME, code)
    assert history.states == ()
    assert len(history.records) == 2
    assert history.text == build_dossier(ledger, code)
    assert file_standing(ledger, history).agrees


def test_a_code_that_nobody_registered_has_no_history(ledger: Ledger) -> None:
    history = history_of(ledger, PROGRAMME, "140702-0099")
    assert (history.states, history.records) == ((), ())


def test_neighbours_are_those_of_the_countys_list(ledger: Ledger) -> None:
    open_months(ledger, "2024-01")
    first, second, third, fourth = (register(ledger, "2024-01", name) for name in ("甲", "乙", "丙", "丁"))
    other = register(ledger, "2024-01", "别县", PINGYAO)
    with writing(ledger, request(), "市专班") as writes:
        terminate(writes, PROGRAMME, second, "2024-01", "不再实施")

    def beside(code: str) -> tuple[object, object]:
        found = neighbours_of(ledger, PROGRAMME, history_of(ledger, PROGRAMME, code).states[-1], code)
        return found.before, found.after

    assert beside(first) == (None, (third, "丙"))
    assert beside(third) == ((first, "甲"), (fourth, "丁"))
    assert beside(fourth) == ((third, "丙"), None)
    # What has left the list still lies between those that are on it.
    assert beside(second) == ((first, "甲"), (third, "丙"))
    assert beside(other) == (None, None)


def test_the_parts_of_a_split_are_named(ledger: Ledger) -> None:
    open_months(ledger, "2024-01", "2024-02")
    code = register(ledger, "2024-01", "甲工程")
    with writing(ledger, request(), "市专班") as writes:
        parts = split(writes, PROGRAMME, code, ["甲一", "甲二"], "2024-02", "分段")
    history = history_of(ledger, PROGRAMME, code)
    assert parts_of(ledger, history, "2024-02") == list(zip(parts, ("甲一", "甲二"), strict=True))
    assert parts_of(ledger, history, "2024-01") == []
    assert identities(ledger, PROGRAMME).keys() == {code, *parts}


def standing(told: tuple[Ledger, str], raw: bytes | None) -> FileStanding:
    ledger, code = told
    path = dossier_path(ledger, code)
    path.unlink()
    if raw is not None:
        path.write_bytes(raw)
    return file_standing(ledger, history_of(ledger, PROGRAMME, code))


def test_a_file_says_the_same_or_how_it_differs(told: tuple[Ledger, str]) -> None:
    ledger, code = told
    right = dossier_path(ledger, code).read_bytes()
    last = history_of(ledger, PROGRAMME, code).records[-1]
    assert standing(told, right) == FileStanding("dossiers/140702/140702-0001.json", "")
    assert "不在磁盘上" in standing(told, None).differs
    dossier_path(ledger, code).write_bytes(right)
    assert "记录齐全" in standing(told, right.replace("乙工程".encode(), "丙工程".encode(), 1)).differs
    # The last record cut off whole, then only damaged.
    cut = right[: right.rindex(b",\n  {")] + b"\n ]\n}\n"
    assert f"缺少第 {last.sequence} 号" in standing(told, cut).differs
    damaged = right.replace("区划调整".encode(), "区划".encode())
    assert f"缺少或损坏第 {last.sequence} 号" in standing(told, damaged).differs
    for differs in (standing(told, cut).differs, standing(told, damaged).differs):
        assert "app.py check --heal" in differs


def test_a_file_with_more_than_the_ledger_is_not_to_be_mended_over(told: tuple[Ledger, str]) -> None:
    ledger, code = told
    earlier = history_of(ledger, PROGRAMME, code)
    state(ledger, code, "2024-02", cumulative_investment=160)
    late = history_of(ledger, PROGRAMME, code).records[-1].sequence
    # The page's ledger still shows the moment before.
    differs = file_standing(ledger, earlier).differs
    assert f"多出第 {late} 号" in differs
    assert "--heal" not in differs


def test_a_file_that_cannot_be_read_says_so(told: tuple[Ledger, str]) -> None:
    ledger, code = told
    dossier_path(ledger, code).unlink()
    dossier_path(ledger, code).mkdir()
    assert "读不出" in file_standing(ledger, history_of(ledger, PROGRAMME, code)).differs


def test_a_record_damaged_in_the_database_is_named(told: tuple[Ledger, str]) -> None:
    ledger, code = told
    history = history_of(ledger, PROGRAMME, code)
    history.records[1].head["recorded_by"] = "别人"
    differs = file_standing(ledger, history).differs
    assert f"第 {history.records[1].sequence} 号记录与校验值不符" in differs
    assert "--heal" not in differs


def test_returns_of_a_month_are_those_that_count(told: tuple[Ledger, str]) -> None:
    ledger, code = told
    history = history_of(ledger, PROGRAMME, code)
    assert [len(history.reports_of(month)) for month in MONTHS] == [1, 1, 1, 0]
    assert history.said[history.reports_of("2023-12")[0].sequence].kind is StatementKind.RETURN
