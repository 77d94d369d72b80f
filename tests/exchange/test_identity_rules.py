"""Reading rules 1 and 2: how names are compared, which project is known, and what codes do."""

from __future__ import annotations

import pytest

from tests.exchange.builders import sheet_of
from tests.exchange.lists import Office, at, listed, message
from tracker.ledger.programmes import places_of
from tracker.ledger.projects import identities, move, rename
from tracker.ledger.writing import writing


@pytest.mark.parametrize(
    "written",
    [
        "潇河湿地工程（一期）",
        "潇河湿地工程(一期)",
        " 潇河\n湿地 工程\u3000〔一期〕",
        "潇河湿地工程【一期】",
        "潇河湿地工程[一期]",
        "潇河\u200b湿地工程「一期」",
    ],
)
def test_brackets_spaces_and_line_breaks_make_no_new_project(office: Office, written: str) -> None:
    office.knows({"项目名称": "潇河湿地工程（一期）"})
    result = office.sends(listed({"项目名称": written}))
    assert (result.projects_registered, result.returns_recorded, at(result)) == (0, 1, [])


def test_quotes_and_full_width_letters_are_unified(office: Office) -> None:
    office.knows({"项目名称": "“一泓清水”Ａ２工程"})
    assert office.sends(listed({"项目名称": '"一泓清水"A2工程'})).projects_registered == 0


@pytest.mark.parametrize(
    ("one", "other"), [("湿地工程一期", "湿地工程二期"), ("3号泵站工程", "4号泵站工程"), ("管网1期", "管网1号")]
)
def test_digits_stages_and_numbers_tell_projects_apart(office: Office, one: str, other: str) -> None:
    office.knows({"项目名称": one})
    result = office.sends(listed({"项目名称": one}, {"项目名称": other}))
    assert (result.projects_registered, at(result)) == (1, [])


def test_the_same_name_in_another_county_is_another_project(office: Office) -> None:
    office.knows({"项目名称": "污水处理工程", "县（市、区）": "榆次区"})
    assert office.sends(listed({"项目名称": "污水处理工程", "县（市、区）": "太谷区"})).projects_registered == 1
    assert set(identities(office.ledger, office.programme)) == {"140702-0001", "140703-0001"}


def test_a_code_finds_a_project_whatever_its_name(office: Office) -> None:
    office.knows({"项目名称": "甲工程"}, {"项目名称": "乙工程"})
    result = office.sends(listed({"项目编码": "140702-0002", "项目名称": "乙工程", "总投资（万元）": 5}))
    assert (result.projects_registered, result.returns_recorded, at(result)) == (0, 1, [])
    assert office.value("total_investment", "140702-0002") == 5


def test_a_code_with_another_name_is_asked_and_the_name_stays(office: Office) -> None:
    office.knows({"项目名称": "甲工程"})
    rows = listed({"项目编码": "140702-0001", "项目名称": "完全不同的名称"})
    assert at(office.sends(rows)) == [("ask", "A2")]
    assert not office.sends(rows, accept=True).refused
    assert office.value("name") == "甲工程"


def test_an_unknown_code_must_be_mended(office: Office) -> None:
    result = office.sends(listed({"项目名称": "甲工程", "项目编码": "140702-0009"}))
    assert at(result) == [("fix", "C2")]


def test_a_code_alone_says_where_a_project_lies(office: Office) -> None:
    office.knows({"项目名称": "甲工程"})
    rows = [["项目编码", "项目名称", "总投资（万元）"], ["140702-0001", "甲工程", 7]]
    assert at(office.sends(rows)) == []
    assert office.value("total_investment") == 7


def test_a_code_does_not_reach_beyond_the_scope(office: Office) -> None:
    office.knows({"项目名称": "甲工程", "县（市、区）": "太谷区"})
    rows = [["项目编码", "项目名称", "总投资（万元）"], ["140703-0001", "甲工程", 7]]
    result = office.sends(rows, within="140702", accept=True)
    assert at(result) == [("fix", "A2")]
    assert "不在本次导入的范围" in message(result)


def test_codes_are_four_digits_by_county_of_registration(office: Office) -> None:
    office.knows({"项目名称": "甲"}, {"项目名称": "乙"}, {"项目名称": "丙", "县（市、区）": "介休市"})
    assert set(identities(office.ledger, office.programme)) == {"140702-0001", "140702-0002", "140781-0001"}


def test_renaming_and_moving_keep_the_code_and_both_names_are_known(office: Office) -> None:
    office.knows({"项目名称": "甲工程"}, month="2024-06")
    taigu = places_of(office.ledger, office.programme).find("140703")
    assert taigu is not None
    with writing(office.ledger, "rename", "专班") as writes:
        rename(writes, office.programme, "140702-0001", "丙工程", "2024-07", "批复更名")
    with writing(office.ledger, "move", "专班") as writes:
        move(writes, office.programme, "140702-0001", taigu, "2024-07", "区划调整")
    now = office.sends(listed({"项目名称": "丙工程", "县（市、区）": "太谷区"}))
    assert (now.projects_registered, now.returns_recorded) == (0, 1)
    old = office.sends(listed({"项目名称": "甲工程", "总投资（万元）": 3}), "2024-06")
    assert (old.projects_registered, old.returns_recorded) == (0, 1)
    assert office.value("name", month="2024-06") == "甲工程"
    assert (office.value("name"), office.value("county"), office.value("total_investment")) == ("丙工程", "140703", 3)


NEAR, KNOWN = "榆次区污水管网更新改造项目", "榆次区污水管网更新改造工程"


def test_a_near_name_is_asked_and_accepting_registers_a_new_project(office: Office) -> None:
    office.knows({"项目名称": KNOWN})
    rows = listed({"项目名称": NEAR})
    result = office.sends(rows)
    assert (result.refused, at(result)) == (True, [("ask", "A2")])
    assert KNOWN in message(result)
    assert "140702-0001" in message(result)
    assert office.counts() == (1, 0, 0)
    accepted = office.sends(rows, accept=True)
    assert (accepted.projects_registered, office.counts()) == (1, (2, 0, 0))
    assert accepted.not_mentioned == [{"code": "140702-0001", "name": KNOWN}]


def test_a_near_name_is_not_asked_where_the_file_names_the_known_one_itself(office: Office) -> None:
    office.knows({"项目名称": KNOWN})
    result = office.sends(listed({"项目名称": NEAR}, {"项目名称": KNOWN}))
    assert (result.projects_registered, at(result)) == (1, [])


def test_a_near_name_in_another_county_is_not_asked(office: Office) -> None:
    office.knows({"项目名称": KNOWN})
    assert at(office.sends(listed({"项目名称": NEAR, "县（市、区）": "太谷区"}))) == []


def test_near_names_within_one_new_file_are_not_asked(office: Office) -> None:
    assert at(office.sends(listed({"项目名称": KNOWN}, {"项目名称": NEAR}))) == []


def test_duplicates_stand_at_the_later_rows_name(office: Office) -> None:
    rows = listed({"项目名称": "甲工程"}, {"项目名称": "乙工程"}, {"项目名称": "甲 工程"})
    result = office.sends(rows)
    assert at(result) == [("fix", "A4")]
    assert "第 2 行" in message(result)


def test_duplicates_across_sheets_name_the_sheet(office: Office) -> None:
    rows = listed({"项目名称": "甲工程"})
    result = office.sends([sheet_of(rows, name="一"), sheet_of(rows, name="二")])
    assert [(fault.severity.value, fault.sheet, fault.cell) for fault in result.faults] == [("fix", "二", "A2")]
    assert "工作表“一”第 2 行" in message(result)


def test_the_same_code_twice_is_a_duplicate(office: Office) -> None:
    office.knows({"项目名称": "甲工程"})
    rows = listed({"项目编码": "140702-0001", "项目名称": "甲工程"}, {"项目编码": "140702-0001", "项目名称": "甲工程"})
    assert [(fault.severity.value, fault.field) for fault in office.sends(rows).faults] == [("fix", "name")]


def test_a_code_and_the_name_of_the_same_project_are_duplicates(office: Office) -> None:
    office.knows({"项目名称": "甲工程"})
    rows = listed({"项目编码": "140702-0001", "项目名称": "甲工程"}, {"项目名称": "甲工程"})
    result = office.sends(rows)
    assert [(fault.severity.value, fault.field) for fault in result.faults] == [("fix", "name")]


def test_a_missing_name_must_be_mended_at_its_cell(office: Office) -> None:
    rows = [["序号", "项目名称", "县（市、区）", "总投资（万元）"], [1, "甲工程", "榆次区", 5], [2, None, "榆次区", 6]]
    result = office.sends(rows)
    assert at(result) == [("fix", "B3")]
    assert "缺项目名称" in message(result)


@pytest.mark.parametrize("written", ["１４０７０２－０００１", " 140702 - 0001 ", "140702—0001"])
def test_a_code_is_read_back_however_it_is_typed(office: Office, written: str) -> None:
    office.knows({"项目名称": "甲工程"})
    rows = [["项目编码", "项目名称", "总投资（万元）"], [written, "甲工程", 7]]
    assert at(office.sends(rows)) == []
    assert office.value("total_investment") == 7


def test_a_former_name_beside_the_present_one_says_why_it_is_a_duplicate(office: Office) -> None:
    office.knows({"项目名称": "甲工程"}, month="2024-06")
    with writing(office.ledger, "rename", "专班") as writes:
        rename(writes, office.programme, "140702-0001", "河道整治", "2024-07", "批复更名")
    result = office.sends(listed({"项目名称": "河道整治"}, {"项目名称": "甲工程"}))
    assert at(result) == [("fix", "A3")]
    assert "140702-0001，现名或曾用名" in message(result)


@pytest.mark.parametrize("heading", ["项目名称", "备注", "责任单位", "总投资（万元）", "实际开工时间", "工程类别"])
def test_a_formula_error_is_no_text(office: Office, heading: str) -> None:
    result = office.sends(listed({"项目名称": "甲工程", "总投资（万元）": 5, heading: "#REF!"}), accept=True)
    assert [(fault.severity.value, fault.said) for fault in result.faults] == [("fix", "#REF!")]
    assert "公式错误" in message(result)
