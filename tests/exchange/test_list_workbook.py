"""A list goes out and comes back: nothing lost, nothing asked, nothing reported that was not."""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.exchange.lists import Office, listed, office_with
from tracker.exchange.demonstration import make_demonstration
from tracker.exchange.importing import ImportRequest, ImportResult, import_sheets
from tracker.exchange.list_values import written
from tracker.exchange.list_workbook import CountyList, projects_at, write_list
from tracker.exchange.workbooks import COMMAND_LIMITS, Sheet, start_reading
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import creating_ledger, open_ledger
from tracker.ledger.programmes import find_programme, places_of
from tracker.ledger.projects import correct, ensure_month, rename
from tracker.ledger.records import head_of
from tracker.ledger.standings import named
from tracker.ledger.writing import writing
from tracker.model.dates import date_of_text
from tracker.model.fields import FIELD, STATED, Kind
from tracker.model.folding import StatementKind
from tracker.model.places import PlaceLevel, Unit
from tracker.model.stages import Stage

MONTH = "2024-08"


def sheets_of(path: Path) -> list[Sheet]:
    reading = start_reading(path, COMMAND_LIMITS)
    try:
        sheets = reading.sheets()
    finally:
        reading.stop()
    assert isinstance(sheets, list), sheets
    return sheets


def exported(ledger: Ledger, month: str, code: str, path: Path, **settings: Any) -> int:
    """Write the list of a month and an area; gives how many projects it has."""
    programme = find_programme(ledger, None)
    places = places_of(ledger, programme)
    area = places.find(code)
    assert area is not None
    projects = projects_at(ledger, programme, month, area)
    write_list(path, CountyList(programme, month, area, places, projects, **settings))
    return len(projects)


def read_back(ledger: Ledger, month: str, code: str, path: Path) -> ImportResult:
    programme = find_programme(ledger, None)
    area = places_of(ledger, programme).find(code)
    assert area is not None
    return import_sheets(ledger, programme, ImportRequest(path, month, area, "专班"), sheets_of(path))


def assert_reads_back(ledger: Ledger, month: str, code: str, path: Path) -> int:
    """Assert that a list read back changes nothing and raises no question; gives how many projects it has."""
    before, count = head_of(ledger), exported(ledger, month, code, path)
    result = read_back(ledger, month, code, path)
    assert (result.faults, result.not_mentioned, result.unread_columns) == ([], [], []), (code, month)
    assert (result.unchanged, result.rows_read, result.id) == (count, count, None), (code, month)
    assert head_of(ledger) == before
    return count


@pytest.fixture
def demonstration(demonstration_directory: Path, tmp_path: Path) -> Iterator[Ledger]:
    shutil.copytree(demonstration_directory, tmp_path / "demonstration")
    ledger = open_ledger(tmp_path / "demonstration")
    yield ledger
    ledger.close()


@pytest.fixture(scope="module")
def demonstration_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("demonstration") / "ledger"
    with creating_ledger(directory) as ledger:
        make_demonstration(ledger)
    return directory


def test_every_area_of_the_demonstration_reads_back_without_a_change(demonstration: Ledger, tmp_path: Path) -> None:
    places = places_of(demonstration, find_programme(demonstration, None))
    shanxi = places.find("14")
    assert shanxi is not None
    path = tmp_path / "清单.xlsx"
    assert assert_reads_back(demonstration, "2024-10", "14", path) == 285
    cities = [assert_reads_back(demonstration, "2024-10", city.code, path) for city in places.cities(shanxi)]
    assert sum(cities) == 285
    counties = [county for county in places.units(shanxi) if county.path.startswith("14/1407/")]
    assert sum(_count_of(demonstration, county.code, path) for county in counties) == 44


def _count_of(ledger: Ledger, code: str, path: Path) -> int:
    if exported(ledger, "2024-10", code, path) == 0:
        return 0
    return assert_reads_back(ledger, "2024-10", code, path)


def test_reading_a_list_back_does_not_report_for_those_who_have_not(demonstration: Ledger, tmp_path: Path) -> None:
    programme = find_programme(demonstration, None)
    area = places_of(demonstration, programme).find("14")
    assert area is not None
    for month in ("2024-02", "2024-03", "2024-09"):
        unreported = named(demonstration, programme, month, area, "unreported")
        assert unreported
        assert_reads_back(demonstration, month, "14", tmp_path / "清单.xlsx")
        assert named(demonstration, programme, month, area, "unreported") == unreported
    # A month that nobody opened: everything in it is carried, nothing is reported, and it stays unopened.
    assert_reads_back(demonstration, "2024-11", "14", tmp_path / "清单.xlsx")
    assert_reads_back(demonstration, "2025-01", "14", tmp_path / "清单.xlsx")


def test_an_unreported_row_that_somebody_fills_in_is_a_return(office: Office, tmp_path: Path) -> None:
    office.knows({"项目名称": "甲工程", "总投资（万元）": 100}, {"项目名称": "乙工程", "总投资（万元）": 100})
    path = tmp_path / "清单.xlsx"
    exported(office.ledger, MONTH, "1407", path)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    heads = [str(cell.value).split("\n")[0] for cell in sheet[3]]
    sheet.cell(5, heads.index("累计完成投资") + 1, 12.5)
    book.save(path)
    result = read_back(office.ledger, MONTH, "1407", path)
    assert (result.faults, result.returns_recorded, result.unchanged) == ([], 1, 1)
    assert office.value("cumulative_investment") == Decimal("12.5")
    assert office.state("140702-0001").reported


HARD_TEXTS = (
    "=1+1", "+8", "-HYPERLINK(\"x\")", "@SUM(A1)", "=cmd|' /C calc'!A0", "第一行\n第二行", "𠮷野家㐂污水厂",
    "_x0041_工程", "a  b", "'引号", "#N/A 不是错误", "TRUE", "00123", "2024-08", "1E5", "&P<b>&amp;", "合计", "e\u0301",
    "填报单位：水务局",
)  # fmt: skip


def hard_values(text: str) -> dict[str, Any]:
    """Give a value for every field, each of its kind's hardest."""
    by_kind: dict[Kind, Any] = {
        Kind.MONEY: Decimal("1234567.123456"), Kind.QUANTITY: Decimal("12.345"), Kind.PERCENT: Decimal("0.6"),
        Kind.PLANNED_DATE: date_of_text("2024-Q3"), Kind.ACTUAL_DATE: date_of_text("2024-07"),
        Kind.STAGE: Stage.SUSPENDED, Kind.PLACES: ("140703", "140106"), Kind.CATEGORY: "水环境治理",
    }  # fmt: skip
    left = {"name", "county", "actual_completion", "total_investment"}
    said = {field.name: by_kind.get(field.kind, text[: field.longest or 200]) for field in STATED}
    said = {name: value for name, value in said.items() if name not in left}
    return {**said, "total_investment": Decimal("999999999.999999")}


@pytest.mark.parametrize("area", ["14", "1407", "140702", "000000"])
def test_every_field_comes_back_as_it_was(office: Office, tmp_path: Path, area: str) -> None:
    with writing(office.ledger, "hard", "专班") as writes:
        ensure_month(writes, office.programme, MONTH)
        for number, text in enumerate(HARD_TEXTS):
            code = writes.register(office.programme.key, MONTH, {"name": f"{text}工程{number}号", "county": "140702"})
            writes.state(office.programme.key, code, MONTH, StatementKind.RETURN, hard_values(text))
    path = tmp_path / "清单.xlsx"
    assert assert_reads_back(office.ledger, MONTH, area, path) == len(HARD_TEXTS)
    # Not only unchanged: what was read is what was written, field by field.
    row = [cell.value for cell in openpyxl.load_workbook(path).worksheets[0][5]]
    assert "0.6%" in row
    assert "2024年第3季度" in row
    assert "2024年7月" in row


def test_a_text_is_never_a_formula(office: Office, tmp_path: Path) -> None:
    office.knows({"项目名称": "甲工程", "总投资（万元）": 1})
    with writing(office.ledger, "texts", "专班") as writes:
        rename(writes, office.programme, "140702-0001", "=1+1甲工程", "2024-07", "试")
        correct(writes, office.programme, "140702-0001", "2024-07", {"remark": "#N/A", "problem": "@x"}, (), "试")
    path = tmp_path / "清单.xlsx"
    exported(office.ledger, "2024-07", "1407", path)
    cells = [cell for row in openpyxl.load_workbook(path).worksheets[0].iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}
    assert {cell.value for cell in cells if cell.quotePrefix} == {"=1+1甲工程", "@x"}


def test_places_of_every_sort_are_found_again(tmp_path: Path) -> None:
    zone = Unit("140771", "晋中开发区", "140700")
    with office_with(tmp_path, units=[zone]) as office:
        counties = ["140771", "140702", "419001", "441900", "460400", "140302", "140403", "110105", "220104"]
        with writing(office.ledger, "places", "专班") as writes:
            ensure_month(writes, office.programme, MONTH)
            for county in counties:
                code = writes.register(office.programme.key, MONTH, {"name": "甲工程", "county": county})
                further = {"further_counties": tuple(other for other in counties if other != county)}
                writes.state(office.programme.key, code, MONTH, StatementKind.RETURN, further)
        path = tmp_path / "清单.xlsx"
        assert assert_reads_back(office.ledger, MONTH, "000000", path) == len(counties)
        places = places_of(office.ledger, office.programme)
        for county in counties:
            place = places.find(county)
            assert place is not None
            for area in {place.code, places.city(place).code, places.province(place).code}:
                assert assert_reads_back(office.ledger, MONTH, area, path) >= 1


def test_the_sheet_is_laid_out_for_screen_and_paper(demonstration: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "清单.xlsx"
    exported(demonstration, "2024-10", "1407", path, sentence="计划在2024年3月前开工而没有开工")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet["A1"].value == "晋中市一泓清水入黄河工程项目清单（2024年10月）（示例数据）"
    assert sheet["A2"].value == "填报时间：2024年10月　范围：计划在2024年3月前开工而没有开工"
    assert [cell.value for cell in sheet[3]][:4] == ["序号", "项目编码", "县（市、区）", "项目名称"]
    assert (sheet["A4"].value, sheet["D4"].value) == ("合计", "共 44 个项目")
    heads = [str(cell.value) for cell in sheet[3]]
    total = heads.index("总投资\n（万元）")
    assert Decimal(str(sheet.cell(4, total + 1).value)) == sum(
        Decimal(str(sheet.cell(row, total + 1).value)) for row in range(5, 49)
    )
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == (
        "E5",
        f"A3:{sheet.cell(3, sheet.max_column).column_letter}48",
    )
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
    assert sheet.print_title_rows == "$3:$3"
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
    assert sheet.oddFooter.left.text == "示例数据"
    assert {cell.font.name for cell in sheet[5]} == {"仿宋"}
    assert {cell.font.name for cell in sheet[3]} == {"黑体"}
    assert read_back(demonstration, "2024-10", "1407", path).faults == []


def test_chosen_fields_and_streams(office: Office) -> None:
    office.knows({"项目名称": "甲工程", "总投资（万元）": 1, "备注": "说明", "联系电话": "0354-1234567"})
    area = places_of(office.ledger, office.programme).find("1407")
    assert area is not None
    projects = projects_at(office.ledger, office.programme, "2024-07", area)
    heads = []
    for fields in (None, ["remark", "total_investment"], ["phone"]):
        stream = io.BytesIO()
        places = places_of(office.ledger, office.programme)
        write_list(stream, CountyList(office.programme, "2024-07", area, places, projects, fields=fields))
        heads.append([str(cell.value).split("\n")[0] for cell in openpyxl.load_workbook(stream).worksheets[0][3]])
    assert "备注" in heads[0]
    assert "联系电话" not in heads[0]
    assert heads[1][4:] == ["总投资", "备注", "本月填报"]
    assert heads[2][4:] == ["联系电话", "本月填报"]


def test_a_list_without_projects_is_a_list(office: Office, tmp_path: Path) -> None:
    assert exported(office.ledger, MONTH, "1407", tmp_path / "清单.xlsx") == 0
    assert openpyxl.load_workbook(tmp_path / "清单.xlsx").worksheets[0]["D4"].value == "共 0 个项目"


def test_a_project_may_reach_into_counties_that_the_list_is_not_about(office: Office) -> None:
    project = {"项目名称": "潇河治理工程", "涉及县（市、区）": "太谷区、太原市小店区", "总投资（万元）": 1}
    assert office.sends(listed(project), within="140702").faults == []
    assert office.value("further_counties") == ("140703", "140105")


@given(st.decimals(0, 10**9, places=6), st.sampled_from(["total_investment", "pipe_length_done", "progress_percent"]))
def test_numbers_in_cells_are_the_numbers(value: Decimal, name: str) -> None:
    field = FIELD[name]
    if field.kind is Kind.QUANTITY:
        value = value.quantize(Decimal("0.001"))
    if field.kind is Kind.PERCENT:
        value = (value % 100).quantize(Decimal("0.01"))
    said = written(field, value).value
    assert Decimal(str(said).removesuffix("%")) == value
    assert field.kind is not Kind.PERCENT or isinstance(said, str) == (0 < value <= 1)


def test_levels_without_counties_are_units(office: Office) -> None:
    place = places_of(office.ledger, office.programme).find("441900")
    assert place is not None
    assert place.level is PlaceLevel.CITY
