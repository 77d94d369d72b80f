"""Reading rules 6 and 7: stages by word and by date, and what a blank says against what is known."""

from __future__ import annotations

import pytest

from tests.exchange.lists import Office, Rows, at, listed, message
from tracker.exchange.reading.workbooks import Cell
from tracker.model.dates import PartialDate
from tracker.model.stages import Stage

NOT_STARTED = ["谋划", "储备", "前期", "未开工"]
STARTED = ["开工", "在建", "施工", "续建", "停工"]
COMPLETED = ["完工", "已完工", "竣工", "已竣工", "竣工验收", "投运", "达效"]


@pytest.mark.parametrize(
    ("word", "counted"),
    [*((w, (1, 0, 0)) for w in NOT_STARTED), *((w, (1, 1, 0)) for w in STARTED), *((w, (1, 1, 1)) for w in COMPLETED)],
)
def test_a_stage_word_counts_without_dates_and_money(office: Office, word: str, counted: tuple[int, int, int]) -> None:
    assert (
        at(office.sends(listed({"项目名称": "甲", "建设阶段": word}, headings=["实际开工时间", "实际完工时间"]))) == []
    )
    assert office.counts() == counted


def test_dates_count_without_words(office: Office) -> None:
    dates: dict[str, Cell] = {"实际开工时间": "2023-06", "实际完工时间": "2024-03"}
    office.sends(listed({"项目名称": "甲", **dates}, {"项目名称": "乙", "实际开工时间": "2023-06"}, {"项目名称": "丙"}))
    assert office.counts() == (3, 2, 1)


def test_an_unknown_stage_names_the_words_there_are(office: Office) -> None:
    result = office.sends(listed({"项目名称": "甲", "建设阶段": "快了"}), accept=True)
    assert at(result) == [("fix", "C2")]
    assert "在建" in message(result)


def test_a_terminated_project_leaves_the_list_from_that_month_on(office: Office) -> None:
    office.knows({"项目名称": "甲", "建设阶段": "在建"}, {"项目名称": "乙", "建设阶段": "完工"})
    assert (
        at(office.sends(listed({"项目名称": "甲", "建设阶段": "终止"}, {"项目名称": "乙", "建设阶段": "完工"}))) == []
    )
    assert [office.counts(month) for month in ("2024-07", "2024-08", "2024-09")] == [(2, 2, 1), (1, 1, 1), (1, 1, 1)]


def test_a_terminated_project_that_is_listed_again_is_asked(office: Office) -> None:
    office.knows({"项目名称": "甲", "建设阶段": "终止"})
    assert at(office.sends(listed({"项目名称": "甲", "建设阶段": "终止"}))) == []
    rows = listed({"项目名称": "甲", "建设阶段": "在建"})
    assert at(office.sends(rows, "2024-09")) == [("ask", "C2")]
    office.sends(rows, "2024-09", accept=True)
    assert [office.counts(month) for month in ("2024-08", "2024-09")] == [(0, 0, 0), (1, 1, 0)]


def test_a_stage_going_backwards_is_asked_with_both_quoted(office: Office) -> None:
    office.knows({"项目名称": "甲", "建设阶段": "完工"})
    rows = listed({"项目名称": "甲", "建设阶段": "在建"})
    result = office.sends(rows)
    assert at(result) == [("ask", "C2")]
    assert "“完工”" in message(result)
    assert "“在建”" in message(result)
    office.sends(rows, accept=True)
    assert office.counts() == (1, 1, 0)


@pytest.mark.parametrize(
    ("before", "now"), [("在建", "停工"), ("停工", "在建"), ("未开工", "谋划"), ("前期", "未开工"), ("在建", "投运")]
)
def test_stages_beside_or_before_each_other_are_not_asked(office: Office, before: str, now: str) -> None:
    office.knows({"项目名称": "甲", "建设阶段": before})
    assert at(office.sends(listed({"项目名称": "甲", "建设阶段": now}))) == []


@pytest.mark.parametrize(
    ("word", "dates", "quoted"),
    [
        ("未开工", {"实际开工时间": "2023-06-05"}, "2023-06-05"),
        ("在建", {"实际开工时间": "2023-06", "实际完工时间": "2024-03"}, "2024年3月"),
        ("前期", {"实际开工时间": "2023-06", "实际完工时间": "2024-03"}, "2024年3月"),
    ],
)
def test_a_word_against_a_date_is_asked_with_both_quoted(
    office: Office, word: str, dates: dict[str, Cell], quoted: str
) -> None:
    rows = listed({"项目名称": "甲", "建设阶段": word, **dates})
    result = office.sends(rows)
    assert at(result) == [("ask", "C2")]
    assert f"“{word}”" in message(result)
    assert quoted in message(result)
    assert not office.sends(rows, accept=True).refused


def test_a_word_against_a_known_date_is_asked(office: Office) -> None:
    office.knows({"项目名称": "甲", "实际开工时间": "2023-06"})
    assert at(office.sends(listed({"项目名称": "甲", "建设阶段": "未开工"}))) == [("ask", "C2")]


def test_a_suspended_project_stays_started(office: Office) -> None:
    office.knows({"项目名称": "甲", "实际开工时间": "2023-06"})
    assert at(office.sends(listed({"项目名称": "甲", "建设阶段": "停工"}))) == []
    assert office.counts() == (1, 1, 0)


FULL: dict[str, Cell] = {
    "项目名称": "甲", "总投资（万元）": 100, "累计完成投资": 50, "实际开工时间": "2023-06", "责任单位": "水利局",
    "形象进度": "主体施工", "建设阶段": "在建", "存在问题": "资金缺口", "备注": "已约谈",
}  # fmt: skip


def test_a_column_that_the_list_lacks_says_nothing(office: Office) -> None:
    office.knows(FULL)
    office.sends(listed({"项目名称": "甲", "责任人": "示例"}))
    before, now = office.state("140702-0001", "2024-07").values, office.state("140702-0001").values
    assert {**before, "responsible_person": "示例"} == now


@pytest.mark.parametrize("blank", [None, "无", "/", "—", "  "])
def test_blanks_leave_what_is_known_but_empty_problem_and_remark(office: Office, blank: Cell) -> None:
    office.knows(FULL)
    blanked: dict[str, Cell] = {name: blank for name in FULL if name != "项目名称"}
    assert at(office.sends(listed({**blanked, "项目名称": "甲"}))) == []
    before, now = office.state("140702-0001", "2024-07").values, office.state("140702-0001").values
    assert now == {name: value for name, value in before.items() if name not in ("problem", "remark")}


def test_the_clearing_word_empties_any_field(office: Office) -> None:
    office.knows(FULL)
    cleared: dict[str, Cell] = {name: "清空" for name in FULL if name != "项目名称"}
    assert at(office.sends(listed({**cleared, "项目名称": "甲"}))) == []
    assert office.state("140702-0001").values == {"name": "甲", "county": "140702"}
    assert office.counts() == (1, 0, 0)


@pytest.mark.parametrize("field", ["项目名称", "县（市、区）"])
def test_name_and_county_cannot_be_emptied(office: Office, field: str) -> None:
    office.knows({"项目名称": "甲"})
    result = office.sends(listed({"项目名称": "甲", field: "清空"}), accept=True)
    assert [fault.severity.value for fault in result.faults] == ["fix"]


def test_emptying_what_is_empty_changes_nothing(office: Office) -> None:
    office.knows({"项目名称": "甲", "存在问题": None}, month="2024-08")
    assert office.sends(listed({"项目名称": "甲", "存在问题": "无", "备注": "清空"})).unchanged == 1


def test_an_unreported_project_keeps_its_state(office: Office) -> None:
    office.knows(FULL, {"项目名称": "乙"})
    result = office.sends(listed({"项目名称": "乙"}))
    assert result.not_mentioned == [{"code": "140702-0001", "name": "甲"}]
    assert not office.state("140702-0001").reported
    assert office.value("actual_start") == PartialDate(2023, 6)
    assert office.value("stage") is Stage.UNDER_CONSTRUCTION


def test_what_counts_as_started_is_the_programmes_setting(office: Office) -> None:
    rows: Rows = listed({"项目名称": "甲", "建设阶段": "停工"})
    assert office.programme.started_stages >= {Stage.SUSPENDED}
    office.sends(rows)
    assert office.counts() == (1, 1, 0)
