"""Headings: which row they stand in, which column is which field, and what is said where that fails."""

from __future__ import annotations

import pytest

from tests.exchange.builders import HEADINGS, project, sheet_of, table_of
from tracker.exchange.reading.heading_words import heading_field, is_numbers_row, meaning_of, plain_heading
from tracker.exchange.reading.headings import NoTable, find_table
from tracker.exchange.reading.workbooks import Cell
from tracker.model.faults import Fault, Severity
from tracker.model.fields import FIELDS


def fields_of(rows: list[list[Cell]], merges: list[tuple[int, int, int, int]] | None = None) -> dict[str, int]:
    return {field: column.index for field, column in table_of(sheet_of(rows, merges or [])).columns.items()}


def test_every_declared_heading_and_synonym_is_its_field() -> None:
    for field in FIELDS:
        for heading in (field.heading, field.title, *field.synonyms):
            assert heading_field(heading) == field.name, heading


@pytest.mark.parametrize(
    ("heading", "field"),
    [
        ("序\n号", "serial"),
        ("县\n（市、区）", "county"),
        ("县(市,区)", "county"),
        ("区（县、市）", "county"),
        ("市（县、区）", "county"),
        ("所属县（市、区）", "county"),
        ("县", "county"),
        ("涉及县（市、区）", "further_counties"),
        ("市", "city"),
        ("市（州）", "city"),
        ("工  程  名  称", "name"),
        ("*项目名称：", "name"),
        ("建设规模\n及主要内容", "content"),
        ("总投资\n（亿元）", "total_investment"),
        ("总投资/万元", "total_investment"),
        ("总投资万元", "total_investment"),
        ("总投资额（万元）", "total_investment"),
        ("完成投资（本月）", "month_investment"),
        ("开工时间（计划）", "planned_start"),
        ("拟竣工时间", "planned_completion"),
        ("年度计划", "year_plan"),
        ("总投资（其中中央资金）", None),
        ("总投姿", None),
        ("项目名秤", None),
        ("上年完成投资", None),
    ],
)
def test_a_heading_by_itself(heading: str, field: str | None) -> None:
    assert heading_field(heading) == field


@pytest.mark.parametrize(
    ("parent", "own", "field"),
    [
        ("投资情况", "年度计划", "year_plan"),
        ("投资情况", "自开工累计\n完成投资", "cumulative_investment"),
        ("计划", "开工时间", "planned_start"),
        ("计划时间", "竣工时间", "planned_completion"),
        ("预计", "完工时间", "planned_completion"),
        ("实际", "完工时间", "actual_completion"),
        ("计划与实际完成时间", "开工时间", "actual_start"),
        ("开工时间", "计划", "planned_start"),
        ("开工时间", "实际", "actual_start"),
        ("完成投资", "本月", "month_investment"),
        ("本年", "完成投资", "year_investment"),
        ("本月投资情况", "完成投资", None),
        ("上年", "完成投资", None),
        ("项目", "名称", "name"),
        ("责任单位", "名称", "responsible_unit"),
        ("责任单位", "联系电话", "phone"),
        ("存在问题", "责任单位", "problem_owner"),
        ("存在问题", "解决时限", "problem_limit"),
    ],
)
def test_a_sub_heading_under_its_group(parent: str, own: str, field: str | None) -> None:
    match = meaning_of(plain_heading(parent), plain_heading(own))
    assert (match[0] if match else None) == field


def test_a_plain_list() -> None:
    table = table_of(sheet_of([HEADINGS, project(1)]))
    assert (table.first_header_row, table.last_header_row) == (1, 1)
    assert list(table.columns) == [
        "serial", "county", "name", "total_investment", "actual_start", "responsible_unit",
    ]  # fmt: skip
    assert table.columns["total_investment"].unit == "万元"
    assert table.columns["total_investment"].heading == "总投资（万元）"
    assert table.columns["name"].unit is None
    assert (table.unread, table.corner_unit, table.notices) == ([], None, [])


TITLE: list[Cell] = ["2024年建设计划项目清单"]
UPPER: list[Cell] = ["序号", "项目名称", "计划", None, "投资情况（亿元）", None, "开工时间", None, "备注"]
LOWER: list[Cell] = [None, None, "开工时间", "完工时间", "总投资", "自开工累计完成投资", "计划", "实际", None]
DATA: list[Cell] = [1, "甲工程", "2023年", "2024年", 5, 6, "x", "2023年6月", None]


def test_two_header_rows_with_merges() -> None:
    upper: list[Cell] = ["序号", "项目名称", "计划", None, "投资情况（亿元）", None, "实际", None, "备注"]
    lower: list[Cell] = [None, None, "开工时间", "完工时间", "总投资", "累计", "开工时间", "完工时间", None]
    merges = [(1, 1, 1, 9), (2, 3, 2, 4), (2, 5, 2, 6), (2, 7, 2, 8), (2, 1, 3, 1), (2, 2, 3, 2), (2, 9, 3, 9)]
    table = table_of(sheet_of([TITLE, upper, lower, DATA], merges))
    assert (table.first_header_row, table.last_header_row) == (2, 3)
    assert {field: column.index for field, column in table.columns.items()} == {
        "serial": 0, "name": 1, "planned_start": 2, "planned_completion": 3, "total_investment": 4,
        "actual_start": 6, "actual_completion": 7, "remark": 8,
    }  # fmt: skip
    assert table.columns["total_investment"].unit == "亿元"
    assert table.unread == [("F3", "累计")]
    assert table.notices == [("A1", TITLE[0])]


def test_two_header_rows_without_any_merge() -> None:
    upper = [*UPPER[:6], "实际", None, "备注"]
    lower: list[Cell] = [*LOWER[:6], "开工时间", "完工时间", None]
    assert fields_of([TITLE, upper, lower, DATA]) == {
        "serial": 0, "name": 1, "planned_start": 2, "planned_completion": 3, "total_investment": 4,
        "cumulative_investment": 5, "actual_start": 6, "actual_completion": 7, "remark": 8,
    }  # fmt: skip


def test_the_same_planned_date_twice_in_other_words_keeps_one() -> None:
    table = table_of(sheet_of([UPPER, LOWER, DATA]))
    assert table.columns["planned_start"].index == 2  # 计划 over 开工时间; 开工时间 over 计划 comes second
    assert table.columns["actual_start"].index == 7
    assert table.unread == [("G2", "计划")]


def test_the_name_may_stand_in_the_second_row() -> None:
    upper: list[Cell] = ["基本情况", None, None, "投资", None]
    lower: list[Cell] = ["序号", "项目名称", "县（市、区）", "总投资", "完成投资"]
    assert fields_of([upper, lower, [1, "甲工程", "榆次区", 1, 2]]) == {
        "serial": 0, "name": 1, "county": 2, "total_investment": 3, "cumulative_investment": 4,
    }  # fmt: skip


@pytest.mark.parametrize("merges", [[], [(1, 1, 1, 4)]])
def test_a_title_over_everything_plans_nothing(merges: list[tuple[int, int, int, int]]) -> None:
    rows: list[list[Cell]] = [["建设计划项目"], ["项目名称", "开工时间", "完工时间", "总投资"], ["甲工程", "x", "y", 1]]
    assert fields_of(rows, merges) == {"name": 0, "actual_start": 1, "actual_completion": 2, "total_investment": 3}


def test_a_short_title_beside_the_corner_is_no_group() -> None:
    rows: list[list[Cell]] = [["2024年8月", None, None, None, "单位：亿元"], HEADINGS, project(1)]
    table = table_of(sheet_of(rows))
    assert (table.first_header_row, table.corner_unit) == (2, "亿元")


def test_a_group_counts_even_where_the_lower_row_would_do_alone() -> None:
    upper: list[Cell] = ["基本情况", None, "计划时间", None]
    lower: list[Cell] = ["序号", "项目名称", "开工时间", "完工时间"]
    assert fields_of([upper, lower, [1, "甲", "x", "y"]]) == {
        "serial": 0, "name": 1, "planned_start": 2, "planned_completion": 3,
    }  # fmt: skip


def test_a_row_of_data_is_no_second_header_row() -> None:
    rows: list[list[Cell]] = [["项目名称", "建设阶段", "备注"], ["甲工程", "前期", "计划"], ["乙工程", "在建", None]]
    assert table_of(sheet_of(rows)).last_header_row == 1


def test_column_numbers_and_units_below_belong_to_the_headings() -> None:
    heads: list[Cell] = ["序号", "项目名称", "总投资", "累计完成投资"]
    units: list[Cell] = [None, None, "（亿元）", "（万元）"]
    table = table_of(sheet_of([heads, units, [1, 2, 3, 4], [1, "甲工程", 5, 6]]))
    assert table.last_header_row == 3
    assert [table.columns[name].unit for name in ("total_investment", "cumulative_investment")] == ["亿元", "万元"]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ([1.0, 2.0, 3.0, 4.0], True),
        (["甲", "乙", 1, 2, 3], True),
        (["（1）", "（2）", "（3）=（1）+（2）"], True),
        (["栏次", "1", "2", "3"], True),
        ([1, 2], False),
        ([1, "榆次区", 2], False),
        ([5864.36, 3798.9, 5864.36], False),
        ([1, 3, 7], False),
    ],
)
def test_rows_that_number_the_columns(cells: list[Cell], expected: bool) -> None:
    assert is_numbers_row(cells) is expected


@pytest.mark.parametrize(
    ("corner", "unit"),
    [
        ("单位：万元", "万元"),
        ("（金额单位：亿元）", "亿元"),
        ("单位：个、亿元", "亿元"),
        ("  单 位 ： 元 ", "元"),
        ("填报单位：元氏县水利局", None),
        ("填报单位：万元乡", None),
        ("单位：公里", None),
    ],
)
def test_the_unit_in_a_corner(corner: str, unit: str | None) -> None:
    table = table_of(sheet_of([["清单"], [None, None, corner], HEADINGS, project(1)]))
    assert table.corner_unit == unit
    assert table.notices == [("A1", "清单"), ("C2", corner)]


def test_a_unit_that_is_not_supported_stops() -> None:
    fault = find_table(sheet_of([["单位：千元"], HEADINGS, project(1)]))
    assert isinstance(fault, Fault)
    assert (fault.severity, fault.cell) == (Severity.STOP, "A1")
    assert "千元" in fault.message


def test_two_equal_headings_stop_and_name_both_cells() -> None:
    fault = find_table(sheet_of([["清单"], [*HEADINGS, "责任\n单位"], project(1)]))
    assert isinstance(fault, Fault)
    assert (fault.severity, fault.sheet, fault.cell) == (Severity.STOP, "清单", "G2")
    assert "F2 和 G2" in fault.message


def test_of_two_headings_with_one_meaning_the_declared_one_wins() -> None:
    table = table_of(
        sheet_of([["序号", "建设地点", "项目名称", "县（市、区）", "没听说过的"], [1, "某村", "甲", "榆次区", 1]])
    )
    assert table.columns["county"].index == 3
    assert table.unread == [("B1", "建设地点"), ("E1", "没听说过的")]


def test_a_misspelt_name_heading_is_reported_with_what_was_found() -> None:
    heads: list[Cell] = ["序号", "项目名秤", "县（市、区）", "总投资（万元）"]
    found = find_table(sheet_of([heads, [1, "甲工程", "榆次区", 1]]))
    assert found == NoTable("清单", ["序号", "县（市、区）", "总投资（万元）"], ["项目名称"], [("B1", "项目名秤")])


def test_a_sheet_of_notes_has_no_table() -> None:
    found = find_table(sheet_of([["填报说明：1.按月填报；2.金额单位为万元。"]]))
    assert isinstance(found, NoTable)
    assert found.found == []
    assert "项目名称" in found.missing


def test_name_and_one_more_are_too_few() -> None:
    assert isinstance(find_table(sheet_of([["项目名称", "备注"], ["甲工程", "x"]])), NoTable)


def test_headings_may_stand_far_down_but_not_anywhere() -> None:
    above: list[list[Cell]] = [["说明"]] * 39
    assert table_of(sheet_of([*above, HEADINGS, project(1)])).first_header_row == 40
    assert isinstance(find_table(sheet_of([*above, ["说明"], HEADINGS, project(1)])), NoTable)


def test_notices_are_gathered_from_the_foot_but_not_from_progress() -> None:
    rows = [
        ["清单（2024年8月）"],
        HEADINGS,
        [*project(1), "截至2024年7月底完成60%"],
        ["填报时间：2024年9月"],
        ["注：数据截至8月底"],
    ]
    assert table_of(sheet_of(rows)).notices == [
        ("A1", "清单（2024年8月）"), ("A4", "填报时间：2024年9月"), ("A5", "注：数据截至8月底"),
    ]  # fmt: skip


def test_another_row_of_headings_in_other_columns_stops() -> None:
    other: list[Cell] = ["序号", "项目名称", "县（市、区）", "总投资（万元）"]
    fault = find_table(sheet_of([HEADINGS, project(1), other, [1, "乙工程", "太谷区", 5]]))
    assert isinstance(fault, Fault)
    assert fault.cell == "B3"
    assert not isinstance(find_table(sheet_of([HEADINGS, project(1), HEADINGS, project(2)])), Fault)


def test_a_merge_over_the_whole_sheet_costs_nothing() -> None:
    table = table_of(sheet_of([TITLE, HEADINGS, project(1)], [(1, 1, 20_000, 16_384)]))
    assert table.first_header_row == 2
