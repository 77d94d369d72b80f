"""Reading rule 4: dates keep their precision, and what only looks like one is asked about or refused."""

from __future__ import annotations

import datetime

import pytest

from tests.exchange.lists import Office, at, listed, message
from tracker.exchange.reading.workbooks import Cell
from tracker.model.dates import PartialDate


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("2023年6月", "2023-06"),
        ("2023.06", "2023-06"),
        ("2023/6/30", "2023-06-30"),
        (datetime.date(2023, 6, 30), "2023-06-30"),
        (20230630, "2023-06-30"),
        ("20230630", "2023-06-30"),
        (45107, "2023-06-30"),
        ("45107", "2023-06-30"),
        (20000, "1954-10-03"),
        ("2023年6月底", "2023-06"),
        ("2023年6月上旬", "2023-06"),
        ("2023年6月中旬", "2023-06"),
        ("２０２３年６月下旬", "2023-06"),
    ],
)
def test_dates_are_read_with_the_precision_they_have(office: Office, written: Cell, text: str) -> None:
    assert at(office.sends(listed({"项目名称": "甲", "实际开工时间": written}))) == []
    said = office.value("actual_start")
    assert isinstance(said, PartialDate)
    assert said.text == text


def test_a_season_is_a_planned_date_only(office: Office) -> None:
    rows = listed({"项目名称": "甲", "计划开工时间": "2024年三季度", "实际开工时间": "2024年二季度"})
    assert at(office.sends(rows)) == [("fix", "D2")]
    assert at(office.sends(listed({"项目名称": "甲", "计划开工时间": "2024年三季度"}))) == []


@pytest.mark.parametrize("written", ["2023.1", 2023.1])
def test_a_number_that_may_have_lost_its_zero_is_asked(office: Office, written: Cell) -> None:
    rows = listed({"项目名称": "甲", "实际开工时间": written})
    result = office.sends(rows)
    assert at(result) == [("ask", "C2")]
    assert "10 月" in message(result)
    assert at(office.sends(rows, accept=True)) == [("ask", "C2")]
    assert office.value("actual_start") == PartialDate(2023, 1)


@pytest.mark.parametrize("written", ["未开工", "在建", "未完工", "未竣工", "无", "—", "/", "", "  ", None])
def test_blank_words_in_date_cells_say_nothing(office: Office, written: Cell) -> None:
    """They are no stage and contradict no other cell: 未开工 beside a completed project's progress is no matter."""
    office.knows({"项目名称": "甲", "实际开工时间": "2023-06"})
    rows = listed({"项目名称": "甲", "实际开工时间": written, "建设阶段": "在建"})
    assert at(office.sends(rows)) == []
    assert office.value("actual_start") == PartialDate(2023, 6)
    fresh = office.sends(listed({"项目名称": "乙", "实际开工时间": written, "实际完工时间": written}))
    assert at(fresh) == []
    assert not office.state("140702-0002").started


def test_the_word_in_construction_in_the_completion_cell_starts_nothing(office: Office) -> None:
    assert at(office.sends(listed({"项目名称": "甲", "实际完工时间": "在建"}))) == []
    assert office.counts() == (1, 0, 0)


def test_a_vaguer_date_that_agrees_changes_nothing(office: Office) -> None:
    office.knows({"项目名称": "甲", "实际开工时间": "2023-06-30"}, month="2024-08")
    result = office.sends(listed({"项目名称": "甲", "实际开工时间": "2023年6月"}))
    assert (result.unchanged, result.returns_recorded, result.id) == (1, 0, None)
    assert office.value("actual_start") == PartialDate(2023, 6, 30)


def test_a_finer_or_another_date_changes(office: Office) -> None:
    office.knows({"项目名称": "甲", "实际开工时间": "2023-06"}, month="2024-08")
    assert office.sends(listed({"项目名称": "甲", "实际开工时间": "2023-06-15"})).returns_recorded == 1
    assert office.value("actual_start") == PartialDate(2023, 6, 15)
    assert office.sends(listed({"项目名称": "甲", "实际开工时间": "2023年7月"})).returns_recorded == 1
    assert office.value("actual_start") == PartialDate(2023, 7)


@pytest.mark.parametrize(
    "written", ["2024年13月", "2024-02-30", "20240230", "去年", "19999", "2023年", 60001, True, 3.7]
)
def test_what_is_no_date_must_be_mended(office: Office, written: Cell) -> None:
    result = office.sends(listed({"项目名称": "甲", "实际开工时间": written}), accept=True)
    assert at(result) == [("fix", "C2")]
    assert "例如" in message(result)


def test_an_actual_date_after_the_month_must_be_mended(office: Office) -> None:
    rows = listed({"项目名称": "甲", "实际开工时间": "2024-09-01"}, {"项目名称": "乙", "实际开工时间": "2024-08-31"})
    assert at(office.sends(rows, accept=True)) == [("fix", "C2")]
    planned = listed({"项目名称": "乙", "计划开工时间": "2025-09"})
    assert at(office.sends(planned)) == []


def test_a_contradiction_of_two_dates_stands_at_the_start_cell(office: Office) -> None:
    rows = listed({"项目名称": "甲", "实际开工时间": "2024-03", "实际完工时间": "2024-02-28"})
    result = office.sends(rows)
    assert at(result) == [("fix", "C2")]
    assert "2024年3月" in message(result)
    assert "2024-02-28" in message(result)
    planned = listed({"项目名称": "甲", "计划开工时间": "2025年", "计划完工时间": "2024-02"})
    assert at(office.sends(planned)) == [("fix", "C2")]
    planned = listed({"项目名称": "甲", "计划开工时间": "2025-01", "计划完工时间": "2024-02"})
    assert at(office.sends(planned)) == [("fix", "C2")]


def test_the_same_month_for_start_and_completion_is_no_contradiction(office: Office) -> None:
    rows = listed({"项目名称": "甲", "实际开工时间": "2024-03-15", "实际完工时间": "2024年3月"})
    assert at(office.sends(rows)) == []


def test_a_future_start_that_is_after_the_completion_is_one_fault_with_two_reasons(office: Office) -> None:
    rows = listed({"项目名称": "甲", "实际开工时间": "2026-03-04", "实际完工时间": "2024-03-04"})
    result = office.sends(rows)
    assert at(result) == [("fix", "C2")]
    assert "晚于填报月" in message(result)
    assert "晚于实际完工时间" in message(result)


def test_a_value_that_is_itself_a_fault_is_compared_with_nothing(office: Office) -> None:
    rows = listed(
        {
            "项目名称": "甲",
            "实际开工时间": "2024年13月",
            "实际完工时间": "2024-03",
            "总投资（万元）": "约三千",
            "累计完成投资": 9e5,
        }
    )
    assert at(office.sends(rows)) == [("fix", "C2"), ("fix", "E2")]


def test_a_completion_without_a_start_is_a_fault_at_the_empty_start_cell(office: Office) -> None:
    rows = listed({"项目名称": "甲", "实际开工时间": None, "实际完工时间": "2024-03"})
    result = office.sends(rows, accept=True)
    assert at(result) == [("fix", "C2")]
    assert result.faults[0].field == "actual_start"


def test_a_completion_without_a_start_is_a_fault_even_where_the_start_is_known(office: Office) -> None:
    office.knows({"项目名称": "甲", "实际开工时间": "2023-06"})
    result = office.sends(listed({"项目名称": "甲", "实际开工时间": None, "实际完工时间": "2024-03"}))
    assert at(result) == [("fix", "C2")]
    assert "台账中是 2023年6月" in message(result)


def test_a_completion_in_a_list_without_a_start_column_is_taken(office: Office) -> None:
    assert at(office.sends(listed({"项目名称": "甲", "实际完工时间": "2024-03"}))) == []
    assert office.counts() == (1, 1, 1)
