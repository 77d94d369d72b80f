"""The actions that are no monthly return: each takes effect from its month on, with a reason, or is refused."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest

from tests.ledger.builders import (
    DATONG_COUNTY,
    KEY,
    PINGYAO,
    PROGRAMME,
    YUCI,
    dump,
    fill,
    open_months,
    place,
    register,
    request,
    row_of,
    said_of,
    values,
    wan,
)
from tracker.ledger.checking import check
from tracker.ledger.handle import Ledger, RefusedError, UnknownError
from tracker.ledger.programmes import months_of
from tracker.ledger.projects import (
    by_name,
    correct,
    identities,
    move,
    project_programme,
    rename,
    split,
    terminate,
)
from tracker.ledger.records import load_records
from tracker.ledger.writing import Writing, writing
from tracker.model.folding import StatementKind

Action = Callable[[Writing], object]


def act(ledger: Ledger, action: Action) -> object:
    with writing(ledger, request(), "测试员") as writes:
        return action(writes)


def column(ledger: Ledger, code: str, name: str) -> dict[str, object]:
    """Give a column of a project's kept states by month."""
    query = f"SELECT month, {name} AS kept FROM state WHERE project = ? ORDER BY month"  # noqa: S608
    rows = ledger.connection.execute(query, (code,))
    return {row["month"]: row["kept"] for row in rows}


def test_renaming_holds_from_its_month_on_and_keeps_the_code(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    act(ledger, lambda writes: rename(writes, PROGRAMME, code, " 甲工程（一期） ", "2024-08", "批复更名"))
    assert column(ledger, code, "name") == {"2024-07": "甲工程", "2024-08": "甲工程（一期）"}
    assert said_of(ledger, code)[-1] is StatementKind.RENAMING
    known = identities(ledger, PROGRAMME)[code]
    assert [known.at(month) for month in ("2024-01", "2024-07", "2024-08")] == [
        ("甲工程", YUCI), ("甲工程", YUCI), ("甲工程（一期）", YUCI),
    ]  # fmt: skip
    assert known.first_month == "2024-07"
    assert check(ledger) == []


def test_both_names_of_a_renamed_project_find_it(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    act(ledger, lambda writes: rename(writes, PROGRAMME, code, "甲新", "2024-08", "批复更名"))
    found = by_name(identities(ledger, PROGRAMME), "2024-08")
    assert (found[YUCI, "甲新"], found[YUCI, "甲工程"]) == (code, code)


def test_a_name_that_another_project_bears_now_finds_that_one(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    act(ledger, lambda writes: rename(writes, PROGRAMME, code, "甲新", "2024-08", "批复更名"))
    other = register(ledger, "2024-08", "甲工程")
    assert by_name(identities(ledger, PROGRAMME), "2024-08")[YUCI, "甲工程"] == other


def test_an_action_in_an_old_month_reaches_the_later_ones(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    act(ledger, lambda writes: move(writes, PROGRAMME, code, place(ledger, PINGYAO), "2024-07", "原登记有误"))
    assert column(ledger, code, "county") == {"2024-07": PINGYAO, "2024-08": PINGYAO}


def test_moving_over_the_citys_border(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    act(ledger, lambda writes: move(writes, PROGRAMME, code, place(ledger, DATONG_COUNTY), "2024-08", "区划调整"))
    assert column(ledger, code, "city") == {"2024-07": "140700", "2024-08": "140200"}
    assert (ledger.directory / "dossiers" / YUCI / f"{code}.json").is_file()
    assert check(ledger) == []


def test_terminating(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    act(ledger, lambda writes: terminate(writes, PROGRAMME, code, "2024-08", "不再实施"))
    assert column(ledger, code, "listed") == {"2024-07": 1, "2024-08": 0}
    assert column(ledger, code, "started") == {"2024-07": 1, "2024-08": 0}


def test_splitting_names_where_the_parts_come_from(ledger: Ledger) -> None:
    code = fill(ledger)[1]
    parts = act(ledger, lambda writes: split(writes, PROGRAMME, code, ["乙甲", "乙乙"], "2024-08", "分期"))
    assert parts == [f"{YUCI}-0003", f"{YUCI}-0004"]
    assert column(ledger, code, "listed") == {"2024-07": 1, "2024-08": 0}
    rows = ledger.connection.execute("SELECT name, split_from FROM statement WHERE split_from IS NOT NULL").fetchall()
    assert [tuple(row) for row in rows] == [("乙甲", code), ("乙乙", code)]
    first = row_of(ledger, f"{YUCI}-0003", "2024-08")
    assert first is not None
    assert (first["planned_start"], "total_investment" in first) == ("2024-Q2", False)
    assert check(ledger) == []


def test_correcting_lies_over_what_was_said_and_leaves_it_in_the_dossier(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    corrected = values(cumulative_investment=60)
    act(ledger, lambda writes: correct(writes, PROGRAMME, code, "2024-07", corrected, ["problem"], "数字填错"))
    july, august = row_of(ledger, code, "2024-07"), row_of(ledger, code, "2024-08")
    assert (wan(july, "cumulative_investment"), wan(august, "cumulative_investment")) == (60, 180)
    assert july is not None
    assert "problem" not in july
    assert said_of(ledger, code) == [
        StatementKind.REGISTRATION, StatementKind.RETURN, StatementKind.CORRECTION, StatementKind.RETURN,
    ]  # fmt: skip


def test_every_action_opens_its_month_and_records_its_reason(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    act(ledger, lambda writes: rename(writes, PROGRAMME, code, "甲新", "2024-10", "  批复更名 "))
    assert months_of(ledger, KEY) == ["2024-07", "2024-08", "2024-10"]
    assert list(load_records(ledger))[-1].head["reason"] == "批复更名"
    assert check(ledger) == []


def test_corrections_need_no_return(ledger: Ledger) -> None:
    code = fill(ledger)[1]
    act(ledger, lambda writes: correct(writes, PROGRAMME, code, "2024-08", values(year_plan=5), [], "补录"))
    assert column(ledger, code, "reported") == {"2024-07": 0, "2024-08": 0}


REFUSALS: dict[str, tuple[Callable[[Writing, str], object], str]] = {
    "rename without reason": (lambda w, c: rename(w, PROGRAMME, c, "新", "2024-08", " "), "--reason"),
    "move without reason": (lambda w, c: move(w, PROGRAMME, c, place(w.ledger, PINGYAO), "2024-08", ""), "--reason"),
    "terminate without reason": (lambda w, c: terminate(w, PROGRAMME, c, "2024-08", ""), "--reason"),
    "split without reason": (lambda w, c: split(w, PROGRAMME, c, ["一", "二"], "2024-08", "\n"), "--reason"),
    "correct without reason": (lambda w, c: correct(w, PROGRAMME, c, "2024-08", {}, ["remark"], ""), "--reason"),
    "rename to nothing": (lambda w, c: rename(w, PROGRAMME, c, "  ", "2024-08", "因"), "不能为空"),
    "rename to a novel": (lambda w, c: rename(w, PROGRAMME, c, "长" * 201, "2024-08", "因"), "200 个字"),
    "rename to the same": (lambda w, c: rename(w, PROGRAMME, c, "甲工程", "2024-08", "因"), "已经叫"),
    "rename to a namesake": (lambda w, c: rename(w, PROGRAMME, c, "乙 工程", "2024-08", "因"), "同名项目“乙工程”"),
    "rename before registration": (
        lambda w, c: rename(w, PROGRAMME, c, "新", "2024-06", "因"),
        "2024年6月.*还没有登记",
    ),
    "move to where it is": (lambda w, c: move(w, PROGRAMME, c, place(w.ledger, YUCI), "2024-08", "因"), "已经在榆次区"),
    "split into one": (lambda w, c: split(w, PROGRAMME, c, ["一"], "2024-08", "因"), "至少两个"),
    "split into namesakes": (lambda w, c: split(w, PROGRAMME, c, ["一", " 一 "], "2024-08", "因"), "至少两个不同"),
    "split into a nameless one": (lambda w, c: split(w, PROGRAMME, c, ["一", " "], "2024-08", "因"), "至少两个"),
    "split into a known one": (lambda w, c: split(w, PROGRAMME, c, ["一", "乙工程"], "2024-08", "因"), "同名项目"),
    "correct nothing": (lambda w, c: correct(w, PROGRAMME, c, "2024-08", {}, [], "因"), "没有写要更正的内容"),
    "correct the name": (lambda w, c: correct(w, PROGRAMME, c, "2024-08", {"name": "新"}, [], "因"), "project rename"),
    "empty the county": (lambda w, c: correct(w, PROGRAMME, c, "2024-08", {}, ["county"], "因"), "project move"),
    "correct the code": (lambda w, c: correct(w, PROGRAMME, c, "2024-08", {"code": "1"}, [], "因"), "编码不能改"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_what_cannot_be_is_refused_and_changes_nothing(ledger: Ledger, case: str) -> None:
    code = fill(ledger)[0]
    before = dump(ledger)
    action, sentence = REFUSALS[case]
    with pytest.raises(RefusedError, match=sentence) as caught:
        act(ledger, lambda writes: action(writes, code))
    assert str(caught.value).endswith("。")
    assert dump(ledger) == before


def test_what_was_terminated_is_not_terminated_or_split_again(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    act(ledger, lambda writes: terminate(writes, PROGRAMME, code, "2024-07", "不再实施"))
    with pytest.raises(RefusedError, match="已经终止"):
        act(ledger, lambda writes: terminate(writes, PROGRAMME, code, "2024-08", "因"))
    with pytest.raises(RefusedError, match="不能拆分"):
        act(ledger, lambda writes: split(writes, PROGRAMME, code, ["一", "二"], "2024-08", "因"))


def test_moving_to_where_a_namesake_stands_is_refused(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    register(ledger, "2024-08", "甲 工程", PINGYAO)
    with pytest.raises(RefusedError, match="同名项目"):
        act(ledger, lambda writes: move(writes, PROGRAMME, code, place(ledger, PINGYAO), "2024-08", "因"))


def test_unknown_projects_and_those_of_other_programmes_are_refused(ledger: Ledger) -> None:
    code = fill(ledger)[0]
    with pytest.raises(UnknownError, match="140702-0001"):
        project_programme(ledger, "140702-9999")
    other = dataclasses.replace(PROGRAMME, key="other", name="另一专项")
    with writing(ledger, request(), "测试员") as writes:
        writes.define_programme(other)
    with pytest.raises(RefusedError, match="不在专项“另一专项”里"):
        act(ledger, lambda writes: rename(writes, other, code, "新", "2024-08", "因"))
    assert project_programme(ledger, code) == KEY


def test_a_name_may_be_borne_again_in_another_county(ledger: Ledger) -> None:
    open_months(ledger, "2024-07")
    register(ledger, "2024-07", "甲工程", YUCI)
    code = register(ledger, "2024-07", "乙工程", PINGYAO)
    act(ledger, lambda writes: rename(writes, PROGRAMME, code, "甲工程", "2024-07", "因"))
    assert by_name(identities(ledger, PROGRAMME), "2024-07") == {
        (YUCI, "甲工程"): f"{YUCI}-0001",
        (PINGYAO, "甲工程"): code,
        (PINGYAO, "乙工程"): code,
    }
