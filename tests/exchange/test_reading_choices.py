"""Reading choices: what somebody points out is read just so, remembered for the office, and never guessed over."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.exchange.builders import HEADINGS, project, sheet_of
from tests.exchange.lists import MONTH, Office, listed, message
from tracker.exchange.imports.importing import ImportRequest, ImportResult, import_sheets
from tracker.exchange.reading.headings import NoTable, Table, find_table, look_at
from tracker.exchange.reading.reading_choices import ColumnChoice, Origin, ReadingChoices, SheetChoice, choices_from
from tracker.exchange.reading.workbooks import Cell, Sheet
from tracker.ledger.heading_choices import HeadingChoice, heading_choices
from tracker.ledger.imports import import_choices
from tracker.ledger.programmes import places_of
from tracker.model.faults import Fault, Severity

FOREIGN: list[list[Cell]] = [
    ["推进情况"],
    ["序", "工程叫法", "坐落", "盘子", None, "干到哪了"],
    [None, None, None, "总的", "今年的", None],
    [1, "甲工程", "榆次区", 12_000_000, 3_000_000, "主体施工"],
    [2, "乙工程", "榆次区", 8_000_000, 1_000_000, "基础施工"],
]
MERGED = [(2, 4, 2, 5)]
MATCHED = {1: "name", 2: "county", 3: "total_investment", 4: "year_plan", 5: "progress"}


def chosen(columns: dict[int, str | ColumnChoice], rows: tuple[int, int] = (2, 3), **sheet: Any) -> ReadingChoices:
    made = {index: ColumnChoice(each) if isinstance(each, str) else each for index, each in columns.items()}
    return ReadingChoices({"清单": SheetChoice(rows=rows, columns=made, **sheet)})


def remembering(*choices: tuple[str, str, str | None]) -> ReadingChoices:
    """Give choices by which a heading has a field, the last of each being what it corrects."""
    return ReadingChoices(
        remembered={
            ("", heading): HeadingChoice("140700", "", heading, field, None, corrects, "2024-08-05T09:00:00", "李四")
            for heading, field, corrects in choices
        }
    )


def fields_of(sheet: Sheet, choices: ReadingChoices) -> dict[str, str]:
    table = find_table(sheet, choices)
    assert isinstance(table, Table), table
    return {heading.own: heading.field for heading in table.headings}


def stopped(sheet: Sheet, choices: ReadingChoices) -> str:
    fault = find_table(sheet, choices)
    assert isinstance(fault, Fault)
    assert fault.severity is Severity.STOP
    return fault.message


def sends(office: Office, sheets: list[Sheet], choices: ReadingChoices, within: str = "140702") -> ImportResult:
    place = places_of(office.ledger, office.programme).find(within)
    assert place is not None
    path = office.ledger.directory.parent / "sent.xlsx"
    path.write_bytes(b"a workbook")
    request = ImportRequest(path, MONTH, place, "李四", accept_warnings=True, choices=choices)
    return import_sheets(office.ledger, office.programme, request, sheets)


# What they are


def test_choices_outlive_being_kept_as_json() -> None:
    choices = chosen({1: "name", 3: ColumnChoice("total_investment", "元"), 4: ""}, read=True, unit="万元")
    assert choices_from(json.loads(json.dumps(choices.as_mapping()))) == choices


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"sheets": {"清单": {"rows": [5, 4]}}}, "后一个不能小于前一个"),
        ({"sheets": {"清单": {"rows": [0, 1]}}}, "行号应从 1 起"),
        ({"sheets": {"清单": {"rows": [1, 9]}}}, "最多 3 行"),
        ({"sheets": {"清单": {"rows": "3"}}}, "写成两个数"),
        ({"sheets": {"清单": {"unit": "千元"}}}, "只能是 元、万元、亿元"),
        ({"sheets": {"清单": {"unit": ["元"]}}}, "只能是 元、万元、亿元"),
        ({"sheets": {"清单": {"read": "yes"}}}, "只能是读或不读"),
        ({"sheets": {"清单": {"rows": [1, 1], "columns": {"0": {"field": "salary"}}}}}, "没有“salary”这项内容"),
        ({"sheets": {"清单": {"rows": [1, 1], "columns": {"A": {"field": "name"}}}}}, "没有“A”这一列"),
        ({"sheets": {"清单": {"columns": {"0": {"field": "name"}}}}}, "同时指定表头在第几行"),
        ({"sheets": ["清单"]}, "工作表的写法不对"),
        ("清单", "读法的写法不对"),
    ],
)
def test_what_are_no_choices_is_refused_in_a_sentence(said: object, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        choices_from(said)


# Reading by them


def test_a_list_without_a_known_heading_is_read_as_it_is_pointed_out() -> None:
    sheet = sheet_of(FOREIGN, MERGED)
    assert isinstance(find_table(sheet), NoTable)
    table = find_table(sheet, chosen(MATCHED))  # type: ignore[arg-type]
    assert isinstance(table, Table)
    assert {field: column.heading for field, column in table.columns.items()} == {
        "serial": "序", "name": "工程叫法", "county": "坐落", "total_investment": "盘子 总的",
        "year_plan": "盘子 今年的", "progress": "干到哪了",
    }  # fmt: skip
    assert (table.first_header_row, table.last_header_row) == (2, 3)
    assert {heading.origin for heading in table.headings[1:]} == {Origin.CHOSEN}


def test_of_three_rows_the_highest_speaks_where_those_beneath_are_blank() -> None:
    rows: list[list[Cell]] = [
        ["名头", "地方", "钱", None], [None, None, "投资", None], [None, None, "总的", "今年"], ["甲", "榆次区", 1, 2],
    ]  # fmt: skip
    looked = look_at(sheet_of(rows), chosen({0: "name"}, (1, 3)))
    assert [(heading.parent, heading.own) for heading in looked.headings] == [
        ("", "名头"), ("", "地方"), ("投资", "总的"), ("投资", "今年"),
    ]  # fmt: skip


def test_what_is_pointed_out_wrongly_gets_a_sentence() -> None:
    sheet = sheet_of(FOREIGN, MERGED)
    both = stopped(sheet, chosen({1: "name", 3: "total_investment", 4: "total_investment"}))
    assert both == "D3“总的”和 E3“今年的”都读作“总投资”，一项内容只能来自一列。请把其中一列改为“不读取”或别的内容。"
    assert "没有哪一列读作“项目名称”" in stopped(sheet, chosen({3: "total_investment"}))
    assert "有内容的行到第 5 行为止" in stopped(sheet, chosen({}, (90, 90)))
    plain = sheet_of([HEADINGS, project(1)])
    assert "都读作“总投资”" in stopped(plain, chosen({5: "total_investment"}, (1, 1)))


def test_a_heading_written_twice_is_settled_by_leaving_one_out() -> None:
    sheet = sheet_of([["清单"], [*HEADINGS, "责任单位"], project(1)])
    assert "分不清以哪一列为准" in stopped(sheet, ReadingChoices())
    table = find_table(sheet, chosen({5: ""}, (2, 2)))
    assert isinstance(table, Table)
    assert table.columns["responsible_unit"].index == 6


@pytest.mark.parametrize(
    ("heading", "corner", "sheet_unit", "column_unit", "value"),
    [
        ("总投资", None, None, None, "1200"),
        ("总投资", None, "元", None, "0.12"),
        ("总投资", "单位：亿元", "元", None, "0.12"),
        ("总投资（亿元）", None, "元", None, "12000000"),
        ("总投资（亿元）", None, "万元", "元", "0.12"),
    ],
)
def test_the_unit_is_the_columns_else_the_headings_else_the_sheets(
    office: Office, heading: str, corner: str | None, sheet_unit: str | None, column_unit: str | None, value: str
) -> None:
    rows: list[list[Cell]] = [[corner or "清单"], ["项目名称", "县（市、区）", heading], ["甲工程", "榆次区", 1200]]
    columns = {2: ColumnChoice(None, column_unit)} if column_unit else {}
    choices = ReadingChoices({"清单": SheetChoice(rows=(2, 2), unit=sheet_unit, columns=columns)})
    assert sends(office, [sheet_of(rows)], choices).id is not None
    assert office.value("total_investment") == Decimal(value)


# Remembering


def test_what_is_remembered_gives_way_to_what_is_known_unless_somebody_corrected_just_that() -> None:
    sheet = sheet_of([["项目名称", "县（市、区）", "总投资", "盘子"], ["甲工程", "榆次区", 1, 2]])
    assert fields_of(sheet, remembering(("盘子", "year_plan", None)))["盘子"] == "year_plan"
    assert fields_of(sheet, remembering(("总投资", "year_plan", None)))["总投资"] == "total_investment"
    assert fields_of(sheet, remembering(("总投资", "year_plan", "year_investment")))["总投资"] == "total_investment"
    assert fields_of(sheet, remembering(("总投资", "year_plan", "total_investment")))["总投资"] == "year_plan"
    # A field that a known heading has already is not taken from it.
    assert fields_of(sheet, remembering(("盘子", "total_investment", None)))["盘子"] == ""


def test_the_next_list_of_the_office_is_read_without_asking(office: Office) -> None:
    matched = {**MATCHED, 3: ColumnChoice("total_investment", "元"), 4: ColumnChoice("year_plan", "元"), 5: ""}
    first = sends(office, [sheet_of(FOREIGN, MERGED)], chosen(matched))  # type: ignore[arg-type]
    assert first.returns_recorded == 2
    assert office.value("total_investment") == 1200
    assert first.id is not None
    used = import_choices(office.ledger, first.id)
    assert not any(each.remembered for each in used)
    assert {(each.kind, each.heading, each.said) for each in used} == {
        ("rows", "", "2-3"), ("heading", "工程叫法", "name"), ("heading", "坐落", "county"),
        ("heading", "盘子 总的", "total_investment"), ("unit", "盘子 总的", "元"),
        ("heading", "盘子 今年的", "year_plan"), ("unit", "盘子 今年的", "元"), ("heading", "干到哪了", ""),
    }  # fmt: skip
    later = [["九月"], ["填报说明"], *FOREIGN[1:3], [1, "丙工程", "榆次区", 5_000_000, 1_000_000, "未动"]]
    second = office.sends([sheet_of(later, [(3, 4, 3, 5)])], within="140702")
    assert (second.projects_registered, second.faults) == (1, [])
    assert office.value("total_investment", "140702-0003") == 500
    assert "progress" not in office.state("140702-0003").values
    assert second.notes[0].startswith("5 处表头按 ")
    assert "“盘子 总的”读作总投资" in second.notes[0]
    assert second.id is not None
    assert all(each.remembered for each in import_choices(office.ledger, second.id))
    # A neighbour's office writes its own headings.
    assert office.sends([sheet_of(FOREIGN, MERGED)], within="140703").faults[0].severity is Severity.STOP


def test_a_units_choice_for_the_whole_sheet_is_remembered_for_headings_that_say_none(office: Office) -> None:
    rows = listed({"项目名称": "甲工程", "总投资": 9_000_000, "年度计划投资（万元）": 100})
    sends(office, [sheet_of(rows)], ReadingChoices({"清单": SheetChoice(unit="元")}))
    known = heading_choices(office.ledger, office.programme.key, "140702")
    assert [(each.heading, each.field, each.unit) for each in known] == [("总投资", "total_investment", "元")]
    office.sends(listed({"项目名称": "乙工程", "总投资": 7_000_000}), within="140702")
    assert office.value("total_investment", "140702-0002") == 700
    # Where the list itself states a unit, that is the unit.
    office.sends([["单位：万元"], *listed({"项目名称": "丙工程", "总投资": 600})], within="140702")
    assert office.value("total_investment", "140702-0003") == 600


# Which sheets


def test_sheets_are_read_left_out_and_asked_for_by_name(office: Office) -> None:
    kept = sheet_of(listed({"项目名称": "甲工程"}), name="甲")
    other = sheet_of(listed({"项目名称": "乙工程"}), name="乙")
    notes = sheet_of([["说明"], ["请按月填报"]], name="说明")
    result = sends(office, [kept, other, notes], ReadingChoices({"乙": SheetChoice(read=False)}))
    assert (result.rows_read, result.id is not None) == (1, True)
    head = office.content()
    foreign = sends(office, [kept], ReadingChoices({"丙": SheetChoice(read=False)}))
    assert message(foreign) == "文件里没有“丙”这张工作表，请重新选要读的工作表。"
    none = sends(office, [kept], ReadingChoices({"甲": SheetChoice(read=False)}))
    assert message(none) == "没有选要读的工作表，请至少选一张。"
    wanted = sends(office, [kept, notes], ReadingChoices({"说明": SheetChoice(read=True)}))
    assert "工作表“说明”里找不到项目清单的表头" in message(wanted)
    assert office.content() == head
