"""Rows: which are projects, which are not, and what merges and carried counties add."""

from __future__ import annotations

import pytest

from tests.exchange.builders import HEADINGS, project, projects_of, sheet_of, table_of
from tracker.exchange.reading.rows import project_rows
from tracker.exchange.reading.workbooks import Cell


def numbers_of(rows: list[list[Cell]], merges: list[tuple[int, int, int, int]] | None = None) -> list[int]:
    return [row.number for row in projects_of(rows, merges or [])]


def test_a_row_says_what_is_written_and_where() -> None:
    (row,) = projects_of([["清单"], HEADINGS, [1, "榆次区", "甲\n工程 ", "  ", None, "水利局"]])
    assert row.number == 3
    assert row.cells == {
        "county": "榆次区", "name": "甲\n工程 ", "total_investment": None, "actual_start": None,
        "responsible_unit": "水利局",
    }  # fmt: skip
    assert {name: row.places[name] for name in row.cells} == {
        "county": "B3", "name": "C3", "total_investment": "D3", "actual_start": "E3", "responsible_unit": "F3",
    }  # fmt: skip
    assert row.sub_heading is None


@pytest.mark.parametrize(
    "cells",
    [
        ["合  计", None, "共44项", 544506.26],
        ["合计", "6项"],
        [None, None, "小计", 147430.02],
        [None, "榆次区小计", None, 5000],
        [None, "总计：", None, 5000, None, "示例"],
        ["其中", None, "省级项目", 5000],
        [None, None, "其中：省级", 5000],
        [None, None, "一、工业园区小计", 5000],
        [None, None, "合计（44项）", 5000],
        [None, "榆次区", None, 5000, 600],
        [None, None, None, 544506.26],
        [None, None, 44, 544506.26],
        ["注：1.本表由各县（市、区）专班填报；2.标★为省级重点工程。"],
        ["备注：数据截至8月底"],
        [None, None, "说明：以上为全部项目"],
        ["填表人：", None, None, None, "审核人："],
        ["填表人：", None, "示例人员", None, "审核人：", "示例人员"],
        [None, None, "填报人：示例人员", None, "联系电话：1"],
        ["单位负责人（签字）：", None, None, "填报时间：2024年8月"],
        [None, None, "以下空白"],
        [None, None, "。"],
        [None, None, 7],
        [None, None, None, None, None, None, None, "."],
        [45],
        [45, None, None, 0, "—", "/"],
        [1, 2, 3, 4, 5, 6],
        ["甲", "乙", "丙", 1, 2, 3],
        HEADINGS,
        ["序 号", "县（市、区）", "项目\n名称", "总投资（万元）"],
        ["  ", None, " "],
    ],
)
def test_what_is_no_project(cells: list[Cell]) -> None:
    assert numbers_of([HEADINGS, project(1), cells, project(2)]) == [2, 4]


@pytest.mark.parametrize(
    "cells",
    [
        [2, "榆次区", "小流域综合治理"],
        [2, "榆次区", "合作区污水处理工程"],
        [2, "榆次区", "总干渠改造（统计名录库）工程"],
        [2, "榆次区", "其中村污水处理工程", 5],
        [2, "榆次区", "农村生活污水治理工程（12项）", 5],
        [2, "榆次区", "一、二期污水处理工程", 5],
        ["2-1", "榆次区", "甲"],
        ["（2）", "榆次区", "甲"],
        ["②", "榆次区", "甲"],
        ["★", "榆次区", "甲工程"],
        [None, None, "只有名称的工程"],
        [None, "榆次区", "乙工程"],
        [None, None, "一、二期连接工程", 5, "2023年6月", "水利局"],
        [None, None, "农村生活污水治理工程（5个村）", 5],
        [2, "榆次区", None, 5],
        [2, None, None, None, None, "水利局"],
        [None, "榆次区", None, 5, "2023年6月", "水利局"],
        [2, None, 123.0, 5],
        [2, None, "/", 5, "2023年6月"],
        [2, None, "注：这是名称"],
    ],
)
def test_what_could_be_a_project_is_kept(cells: list[Cell]) -> None:
    assert numbers_of([HEADINGS, project(1), cells, project(3)]) == [2, 3, 4]


@pytest.mark.parametrize(
    ("cells", "merges", "expected"),
    [
        (["一、工业园区污水处理工程（12项）"], [(2, 1, 2, 6)], ("A2", "一、工业园区污水处理工程（12项）")),
        (["（一）工业园区"], [], ("A2", "（一）工业园区")),
        ([None, None, "二、工业园区（3项）", 5000], [], ("C2", "二、工业园区（3项）")),
        (["一", None, "工业园区", 5000, None, "12项"], [], ("C2", "工业园区")),
        (["（一）", "工业园区（12项）"], [], ("B2", "工业园区（12项）")),
        (["工业园区污水处理工程"], [(2, 1, 2, 6)], ("A2", "工业园区污水处理工程")),
        (["榆次区"], [], ("A2", "榆次区")),
        (["一、工业\n园区"], [], ("A2", "一、工业 园区")),
    ],
)
def test_sub_headings(cells: list[Cell], merges: list[tuple[int, int, int, int]], expected: tuple[str, str]) -> None:
    rows = projects_of([HEADINGS, cells, project(1), [None, None, "小计", 5], project(2)], merges)
    assert [(row.number, row.sub_heading) for row in rows] == [(3, expected), (5, expected)]


def test_the_nearest_sub_heading_holds() -> None:
    rows = projects_of([HEADINGS, ["一、甲类（1项）"], project(1), ["二、乙类（1项）"], project(2)])
    assert [row.sub_heading for row in rows] == [("A2", "一、甲类（1项）"), ("A4", "二、乙类（1项）")]


def test_chinese_numerals_alone_are_running_numbers() -> None:
    rows: list[list[Cell]] = [HEADINGS, ["一", "榆次区", "甲工程", 5], ["二", "榆次区", "乙工程", 6]]
    assert numbers_of(rows) == [2, 3]


def test_a_numbered_row_with_its_own_dates_and_unit_is_a_project() -> None:
    assert numbers_of([HEADINGS, ["一", "榆次区", "打包工程", 5, "2023年6月", "水利局"], project(1)]) == [2, 3]


def test_a_repeated_title_is_no_sub_heading() -> None:
    title: list[Cell] = ["晋中市项目推进台账"]
    rows = projects_of([title, HEADINGS, project(1), title, HEADINGS, project(2)])
    assert [(row.number, row.sub_heading) for row in rows] == [(3, None), (6, None)]


def test_notes_go_on_over_several_rows() -> None:
    foot: list[list[Cell]] = [[None], ["注：1.按月填报。"], [None, None, "2.金额单位为万元；"], ["3.标★为省级。"]]
    assert numbers_of([HEADINGS, project(1), *foot]) == [2]


def test_a_second_header_row_repeated_is_no_project() -> None:
    upper: list[Cell] = ["序号", "项目名称", "计划时间", None, "备注"]
    lower: list[Cell] = [None, None, "开工时间", "完工时间", None]
    rows: list[list[Cell]] = [upper, lower, [1, "甲工程", "x", "y"], upper, lower, [2, "乙工程", "x", "y"]]
    assert numbers_of(rows) == [3, 6]


def test_a_stray_mark_far_below_and_blank_rows_are_nothing() -> None:
    sheet = sheet_of([HEADINGS, project(1), [None], project(2)])
    sheet.rows.append((60_000, [None] * 19 + ["."]))
    assert [row.number for row in project_rows(sheet, table_of(sheet))] == [2, 4]


def test_a_county_is_carried_over_blank_and_merged_cells() -> None:
    rows = projects_of(
        [
            HEADINGS,
            project(1),
            project(2, None),
            ["二、某类（2项）"],
            project(3, None),
            project(4, "太谷区"),
            project(5, " "),
        ],
        [(2, 2, 3, 2)],
    )
    assert [(row.cells["county"], row.places["county"]) for row in rows] == [
        ("榆次区", "B2"), ("榆次区", "B2"), ("榆次区", "B2"), ("太谷区", "B6"), ("太谷区", "B6"),
    ]  # fmt: skip


def test_a_ditto_mark_means_the_county_above() -> None:
    rows = projects_of([HEADINGS, project(1), project(2, "同上"), project(3, "〃")])
    assert [(row.cells["county"], row.places["county"]) for row in rows] == [("榆次区", "B2")] * 3


def test_totals_and_notes_are_not_carried_as_counties() -> None:
    rows = projects_of(
        [HEADINGS, ["合计", "全市", None, 9], project(1, None), [None, "太谷区小计", None, 5], project(2, None)]
    )
    assert [row.cells["county"] for row in rows] == [None, None]


def test_a_county_merged_from_its_subtotal_row_down() -> None:
    rows = projects_of([HEADINGS, [None, "榆次区", "小计", 9], project(1, None), project(2, None)], [(2, 2, 4, 2)])
    assert [(row.cells["county"], row.places["county"]) for row in rows] == [("榆次区", "B2")] * 2


def test_another_city_forgets_the_county() -> None:
    heads: list[Cell] = ["市", "县", "项目名称", "总投资"]
    rows = projects_of(
        [heads, ["晋中市", "榆次区", "甲工程", 1], [None, None, "乙工程", 1], ["太原市", None, "丙工程", 1]]
    )
    assert [(row.cells["city"], row.cells["county"]) for row in rows] == [
        ("晋中市", "榆次区"), ("晋中市", "榆次区"), ("太原市", None),
    ]  # fmt: skip


def test_other_columns_are_filled_only_within_their_merge() -> None:
    rows = projects_of(
        [HEADINGS, project(1), [2, None, "乙工程"], [3, None, "丙工程"]], [(2, 6, 3, 6), (2, 4, 3, 4), (2, 5, 3, 5)]
    )
    assert [row.cells["responsible_unit"] for row in rows] == ["水利局", "水利局", None]
    assert [row.places["responsible_unit"] for row in rows] == ["F2", "F2", "F4"]
    assert [row.cells["actual_start"] for row in rows] == ["2023年6月", "2023年6月", None]
    assert [row.cells["total_investment"] for row in rows] == [100.5, None, None]  # a sum must not count twice


def test_hostile_merges_cost_no_more_than_the_sheet() -> None:
    merges = [(1, 1, 20_000, 16_384), *[(2, 2, 1_048_576, 2)] * 20_000, (2, 6, 1_048_576, 16_384)]
    rows = projects_of([HEADINGS, project(1), *(project(number, None) for number in range(2, 500))], merges)
    assert len(rows) == 499
    assert rows[-1].places["county"] == "B2"


def test_a_list_without_running_numbers() -> None:
    heads: list[Cell] = ["项目名称", "总投资", "责任单位"]
    rows: list[list[Cell]] = [
        ["一、某类（2项）", 9], ["甲工程", 5, "水利局"], ["乙工程"], ["合计", 9], ["说明：无"],
        ["填表人：某", None, "审核人：某"],
    ]  # fmt: skip
    assert numbers_of([heads, *rows], [(3, 1, 3, 3)]) == [3, 4]
    assert projects_of([heads, *rows])[0].sub_heading == ("A2", "一、某类（2项）")
