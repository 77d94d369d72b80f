"""Reading rule 3: where a row lies, and what is said when that cannot be seen."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.builders import sheet_of
from tests.exchange.lists import Office, Rows, at, listed, message, office_with
from tracker.exchange.programme_file import SHANXI
from tracker.exchange.reading.workbooks import Cell
from tracker.ledger.projects import identities
from tracker.model.places import Unit

ZONE = Unit("140771", "晋中开发区", "140700")


def places_met(office: Office) -> set[str]:
    """Give the county codes of all registered projects."""
    return {code.split("-")[0] for code in identities(office.ledger, office.programme)}


@pytest.mark.parametrize(
    "written",
    [
        "140702",
        "１４０７０２",
        140702,
        140702.0,
        "榆次区",
        " 榆 次 区",
        "榆次\n区",
        "晋中市榆次区",
        "山西省晋中市榆次区",
        "山西省榆次区",
    ],
)
def test_a_county_is_known_by_code_and_by_name_with_what_lies_above_it(office: Office, written: Cell) -> None:
    assert at(office.sends(listed({"项目名称": "甲工程", "县（市、区）": written}))) == []
    assert places_met(office) == {"140702"}


def test_a_name_borne_twice_in_the_scope_is_not_guessed(office: Office) -> None:
    rows = listed({"项目名称": "甲工程", "县（市、区）": "桥西区"})
    result = office.sends(rows, within="13", accept=True)
    assert at(result) == [("fix", "B2")]
    assert "石家庄市桥西区（130104）" in message(result)
    assert "张家口市桥西区（130703）" in message(result)
    assert at(office.sends(rows, within="1307")) == []
    assert places_met(office) == {"130703"}


def test_a_city_beside_a_county_tells_two_of_one_name_apart(office: Office) -> None:
    rows: Rows = [
        ["市", "县（市、区）", "项目名称", "总投资（万元）"],
        ["张家口市", "桥西区", "甲工程", 5],
        [None, "桥东区", "乙", 6],
    ]
    assert at(office.sends(rows, within="13")) == []
    assert places_met(office) == {"130703", "130702"}


def test_a_county_that_is_not_in_the_city_beside_it_must_be_mended(office: Office) -> None:
    rows: Rows = [["市", "县（市、区）", "项目名称", "总投资（万元）"], ["太原市", "榆次区", "甲工程", 5]]
    result = office.sends(rows, within="14", accept=True)
    assert at(result) == [("fix", "B2")]
    assert "晋中市榆次区" in message(result)


def test_chengqu_is_ambiguous_in_the_province_and_plain_in_its_city(office: Office) -> None:
    rows = listed({"项目名称": "甲工程", "县（市、区）": "城区"})
    result = office.sends(rows, within="14", accept=True)
    assert at(result) == [("fix", "B2")]
    assert "阳泉市城区（140302）" in message(result)
    assert "晋城市城区（140502）" in message(result)
    assert at(office.sends(rows, within="1403")) == []
    assert places_met(office) == {"140302"}


def test_an_unknown_county_names_the_nearest_inside_the_scope_first(office: Office) -> None:
    result = office.sends(listed({"项目名称": "甲工程", "县（市、区）": "榆茨区"}), accept=True)
    assert (at(result), result.faults[0].field, result.faults[0].said) == ([("fix", "B2")], "county", "榆茨区")
    assert "榆次区" in message(result)


def test_an_unknown_county_has_the_nearest_one_as_its_example(office: Office) -> None:
    found = message(office.sends(listed({"项目名称": "甲工程", "县（市、区）": "介休县市"})))
    assert "最接近的是“介休市”，请改成全称，例如 介休市。" in found


def test_the_nearest_county_outside_the_scope_is_named_with_its_city(office: Office) -> None:
    found = message(office.sends(listed({"项目名称": "甲工程", "县（市、区）": "杏花领区"})))
    assert "太原市杏花岭区" in found


@pytest.mark.parametrize(
    ("written", "where"), [("小店区", "太原市小店区"), ("140105", "太原市小店区"), ("黄埔区", "广州市黄埔区")]
)
def test_a_county_outside_the_scope_says_where_it_lies(office: Office, written: str, where: str) -> None:
    result = office.sends(listed({"项目名称": "甲工程", "县（市、区）": written}), accept=True)
    assert at(result) == [("fix", "B2")]
    assert where in message(result)
    assert "晋中市" in message(result)


def test_a_county_outside_the_programme_is_not_called_unknown(tmp_path: Path) -> None:
    with office_with(tmp_path, definition=SHANXI) as office:
        result = office.sends(listed({"项目名称": "甲工程", "县（市、区）": "黄埔区"}), within="14")
        assert "没有“黄埔区”" not in message(result)
        assert "本专项的范围（山西省）" in message(result)


def test_a_city_that_has_counties_is_no_place_for_a_project(office: Office) -> None:
    result = office.sends(listed({"项目名称": "甲工程", "县（市、区）": "晋中市"}))
    assert at(result) == [("fix", "B2")]
    assert "榆次区" in message(result)


def test_a_county_is_carried_down_over_blank_and_merged_cells(office: Office) -> None:
    head: list[Cell] = ["县（市、区）", "项目名称", "总投资（万元）"]
    rows: Rows = [head, ["榆次区", "甲", 1], [None, "乙", 2], ["介休市", "丙", 3], [None, "丁", 4]]
    assert at(office.sends(rows, merges=[(4, 1, 5, 1)])) == []
    assert sorted(identities(office.ledger, office.programme)) == [
        "140702-0001", "140702-0002", "140781-0001", "140781-0002",
    ]  # fmt: skip


def test_a_fault_of_a_carried_county_stands_once_at_the_cell_it_was_written_in(office: Office) -> None:
    rows: Rows = [["县（市、区）", "项目名称", "总投资（万元）"], ["榆茨区", "甲", 1], [None, "乙", 2], [None, "丙", 3]]
    assert at(office.sends(rows)) == [("fix", "A2")]


def test_counties_come_from_the_sheets_names(office: Office) -> None:
    rows: Rows = [["项目名称", "总投资（万元）", "实际开工时间"], ["污水处理工程", 1, "2023-06"]]
    assert at(office.sends([sheet_of(rows, name="榆次区"), sheet_of(rows, name="介休市（1项）")])) == []
    assert places_met(office) == {"140702", "140781"}


def test_a_county_comes_from_the_title(office: Office) -> None:
    rows: Rows = [["介休市重点工程清单"], ["项目名称", "总投资（万元）", "实际开工时间"], ["甲工程", 1, "2023-06"]]
    assert at(office.sends(rows, name="Sheet1")) == []
    assert places_met(office) == {"140781"}


def test_a_list_that_says_no_county_anywhere_must_be_mended(office: Office) -> None:
    rows: Rows = [["晋中市工程清单"], ["项目名称", "总投资（万元）", "实际开工时间"], ["甲工程", 1, "2023-06"]]
    assert at(office.sends(rows, name="Sheet1")) == [("fix", "A3")]


def test_zones_and_places_without_counties_hold_projects(tmp_path: Path) -> None:
    with office_with(tmp_path, units=[ZONE]) as office:
        written = ["晋中开发区", "济源市", "东莞市", "儋州市"]
        rows = listed(*({"项目名称": "甲工程", "县（市、区）": name} for name in written))
        assert at(office.sends(rows, within="000000")) == []
        assert places_met(office) == {"140771", "419001", "441900", "460400"}
        for scope in ("1407", "140771", "41", "419001", "4419", "441900", "44"):
            assert office.counts(within=scope)[0] == 1, scope


def test_several_counties_in_one_cell_make_the_first_the_lead(office: Office) -> None:
    assert at(office.sends(listed({"项目名称": "潇河治理工程", "县（市、区）": "榆次区、太谷区"}))) == []
    assert office.value("further_counties") == ("140703",)
    assert office.counts() == (1, 0, 0)
