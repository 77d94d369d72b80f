"""A list goes out and comes back: nothing lost, nothing asked, nothing reported that was not."""

from __future__ import annotations

import csv
import io
import json
import re
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
from tracker.exchange.imports.importing import ImportRequest, ImportResult, import_sheets
from tracker.exchange.reading.workbooks import COMMAND_LIMITS, Sheet, start_reading
from tracker.exchange.writing.list_table import CountyList, Derived, printed_list, projects_at
from tracker.exchange.writing.list_values import written
from tracker.exchange.writing.table_csv import table_as_csv
from tracker.exchange.writing.table_json import tables_as_json
from tracker.exchange.writing.table_workbook import write_tables
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
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


def heads_of(sheet: Any) -> list[str]:
    """Give the headings of a list's sheet without their line breaks."""
    return ["".join(str(cell.value).split()) for cell in sheet[3]]


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
    shown = CountyList(programme, month, area, places, projects, **settings)
    write_tables(path, [printed_list(shown)])
    return len(projects)


def read_back(ledger: Ledger, month: str, code: str, path: Path) -> ImportResult:
    programme = find_programme(ledger, None)
    area = places_of(ledger, programme).find(code)
    assert area is not None
    return import_sheets(ledger, programme, ImportRequest(path, month, area, "专班"), sheets_of(path))


def assert_reads_back(ledger: Ledger, month: str, code: str, path: Path, **settings: Any) -> int:
    """Assert that a list read back changes nothing and raises no question; gives how many projects it has."""
    before, count = head_of(ledger), exported(ledger, month, code, path, **settings)
    result = read_back(ledger, month, code, path)
    assert (result.faults, result.not_mentioned, result.unread_columns) == ([], [], []), (code, month)
    assert (result.unchanged, result.rows_read, result.id) == (count, count, None), (code, month)
    assert head_of(ledger) == before
    return count


@pytest.fixture(scope="module")
def demonstration(demonstration_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """The demonstration's ledger; lists that are read back must not change it."""
    directory = tmp_path_factory.mktemp("lists") / "demonstration"
    shutil.copytree(demonstration_made, directory)
    ledger = open_ledger(directory)
    yield ledger
    ledger.close()


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
    sheet.cell(5, heads_of(sheet).index("累计完成投资（万元）") + 1, 12.5)
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


@pytest.fixture(scope="module")
def hard(empty_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """A ledger of projects with hard texts and values in every field; lists that are read back must not change it."""
    directory = tmp_path_factory.mktemp("hard") / "ledger"
    shutil.copytree(empty_directory, directory)
    office = Office(open_ledger(directory))
    with writing(office.ledger, "hard", "专班") as writes:
        ensure_month(writes, office.programme, MONTH)
        for number, text in enumerate(HARD_TEXTS):
            code = writes.register(office.programme.key, MONTH, {"name": f"{text}工程{number}号", "county": "140702"})
            writes.state(office.programme.key, code, MONTH, StatementKind.RETURN, hard_values(text))
    yield office.ledger
    office.ledger.close()


@pytest.mark.parametrize("area", ["14", "1407", "140702", "000000"])
def test_every_field_comes_back_as_it_was(hard: Ledger, tmp_path: Path, area: str) -> None:
    path = tmp_path / "清单.xlsx"
    assert assert_reads_back(hard, MONTH, area, path) == len(HARD_TEXTS)
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
    # The sums are formulas of our own; nothing else is one.
    assert {(cell.data_type, cell.row) for cell in cells if cell.data_type not in ("s", "n", "d")} == {("f", 4)}
    assert {str(cell.value)[:5] for cell in cells if cell.data_type == "f"} == {"=SUM("}
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
        found = [place for county in counties if (place := places.find(county)) is not None]
        assert len(found) == len(counties)
        above = [upper for place in found for upper in (places.city(place), places.province(place))]
        for area in {place.code for place in (*found, *above)}:
            assert assert_reads_back(office.ledger, MONTH, area, path) >= 1


def test_the_sheet_is_laid_out_for_screen_and_paper(demonstration: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "清单.xlsx"
    exported(demonstration, "2024-10", "1407", path, sentence="计划在2024年3月前开工而没有开工")
    sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    pages = [4, *(each.id + 1 for each in sheet.col_breaks.brk)]
    assert len(pages) == 3
    for first in pages:
        assert sheet.cell(1, first).value == "晋中市一泓清水入黄河工程项目清单（2024年10月）（示例数据）"
        assert sheet.cell(2, first).value == "填报时间：2024年10月　范围：计划在2024年3月前开工而没有开工"
    heads = heads_of(sheet)
    assert heads[:4] == ["序号", "项目编码", "项目名称", "县（市、区）"]
    assert heads[-1] == "本月填报"
    assert (sheet["A4"].value, sheet["C4"].value) == ("合计", "共 44 个项目")
    for name, field in FIELD.items():
        if field.kind in (Kind.MONEY, Kind.QUANTITY) and field.title in heads:
            column = heads.index(field.title) + 1
            said = [sheet.cell(row, column).value for row in range(4, 49)]
            known = [Decimal(str(value)) for value in said if value is not None]
            assert known[0] == sum(known[1:]), name
    last = sheet.cell(3, sheet.max_column).column_letter
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("D5", f"A3:{last}48")
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert (sheet.page_setup.scale, sheet.page_setup.pageOrder) == (85, "overThenDown")
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$1:$3", "$A:$C")
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
    assert sheet.oddFooter.left.text == "示例数据"
    assert {cell.font.name for cell in sheet[5]} == {"仿宋"}
    assert {cell.font.name for cell in sheet[3]} == {"黑体"}
    assert read_back(demonstration, "2024-10", "1407", path).faults == []


def test_days_are_dates_and_sums_are_numbers(demonstration: Ledger, tmp_path: Path) -> None:
    path = tmp_path / "清单.xlsx"
    exported(demonstration, "2024-10", "1407", path, columns=["actual_start", "planned_start", "total_investment"])
    row = openpyxl.load_workbook(path).worksheets[0][5]
    assert (row[3].is_date, row[3].number_format) == (True, "yyyy-mm-dd")
    # A month as a date would be read back as its first day.
    assert re.fullmatch(r"\d{4}年\d{1,2}月", str(row[4].value))
    assert (row[5].data_type, row[5].number_format) == ("n", "#,##0.00####")


CHOSEN = (
    (), ("county",), ("city",), ("stage",), ("actual_completion",), ("planned_start", "stage"), ("reported", "problem"),
    ("cumulative_investment", "total_investment", "city", "county"), ("progress",), ("month_investment",),
    ("year_investment", "category"), ("further_counties", "level"), ("remark", "phone"),
)  # fmt: skip


@pytest.mark.parametrize("columns", CHOSEN, ids="-".join)
def test_a_list_of_chosen_columns_reads_back_without_a_change(
    demonstration: Ledger, tmp_path: Path, columns: tuple[str, ...]
) -> None:
    path = tmp_path / "清单.xlsx"
    # 2024-03 has projects that have not reported, 2024-11 was not opened.
    for month, area in (("2024-10", "1407"), ("2024-03", "1410"), ("2024-11", "1407")):
        assert_reads_back(demonstration, month, area, path, columns=columns)
    titles = {"reported": "本月填报", "city": "市"}
    wanted = [titles.get(name) or FIELD[name].title for name in columns]
    heads = heads_of(openpyxl.load_workbook(path).worksheets[0])
    assert heads == ["序号", "项目编码", "项目名称", *wanted, *(["本月填报"] * ("本月填报" not in wanted))]


@pytest.mark.parametrize("columns", [*CHOSEN, None])
def test_hard_values_come_back_from_chosen_columns(
    hard: Ledger, tmp_path: Path, columns: tuple[str, ...] | None
) -> None:
    for area in ("14", "1407"):
        assert_reads_back(hard, MONTH, area, tmp_path / "清单.xlsx", columns=columns)


def test_a_part_of_a_list_in_another_order_reads_back_without_a_change(demonstration: Ledger, tmp_path: Path) -> None:
    programme = find_programme(demonstration, None)
    places = places_of(demonstration, programme)
    area = places.find("1407")
    assert area is not None
    path, before = tmp_path / "清单.xlsx", head_of(demonstration)
    projects = projects_at(demonstration, programme, "2024-10", area)
    part = [project for project in reversed(projects) if not project.state.completed]
    assert 0 < len(part) < len(projects)
    derived = [
        Derived("亮灯", "", {project.code: "=预警" for project in part}),
        Derived("进度", "%", {project.code: Decimal("33.3") for project in part[1:]}),
        Derived("本年完成", "万元", {project.code: Decimal("1234.5") for project in part}, summed=True),
    ]
    columns: list[str | Derived] = [*derived, "county"]
    shown = CountyList(programme, "2024-10", area, places, part, "阶段为在建，亮灯为预警", columns)
    write_tables(path, [printed_list(shown)])
    result = read_back(demonstration, "2024-10", "1407", path)
    assert (result.faults, result.unchanged, result.id) == ([], len(part), None)
    assert [said["heading"] for said in result.unread_columns] == ["亮灯", "进度 （%）", "本年完成 （万元）"]
    assert len(result.not_mentioned) == len(projects) - len(part)
    assert head_of(demonstration) == before
    sheet = openpyxl.load_workbook(path, data_only=True).worksheets[0]
    assert [row[1].value for row in sheet.iter_rows(min_row=5)] == [project.code for project in part]
    assert [cell.value for cell in sheet[4]][3:6] == [None, None, float(Decimal("1234.5") * len(part))]
    assert (sheet["D5"].data_type, sheet["D5"].quotePrefix, sheet["E5"].value) == ("s", True, None)


def test_without_a_choice_every_filled_field_has_its_column(office: Office, tmp_path: Path) -> None:
    office.knows({"项目名称": "甲工程", "总投资（万元）": 1, "备注": "说明", "联系电话": "0354-1234567"})
    exported(office.ledger, "2024-07", "1407", tmp_path / "清单.xlsx")
    heads = heads_of(openpyxl.load_workbook(tmp_path / "清单.xlsx").worksheets[0])
    assert "备注" in heads
    assert "联系电话" not in heads
    assert "批次" not in heads


def test_a_list_as_text_holds_what_the_workbook_holds(demonstration: Ledger) -> None:
    programme = find_programme(demonstration, None)
    places = places_of(demonstration, programme)
    area = places.find("1407")
    assert area is not None
    projects = projects_at(demonstration, programme, "2024-10", area)
    columns: list[str | Derived] = ["actual_start", "total_investment", Derived("亮灯", "", {projects[0].code: "=1+1"})]
    shown = CountyList(programme, "2024-10", area, places, projects, columns=columns)
    content = table_as_csv(printed_list(shown))
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
    assert rows[0] == ["序号", "项目编码", "项目名称", "实际开工时间", "总投资（万元）", "亮灯", "本月填报"]
    assert [row[1] for row in rows[1:]] == [project.code for project in projects]
    values = projects[0].state.values
    assert rows[1][3:6] == [
        values["actual_start"].earliest.isoformat(),
        f"{values['total_investment']:f}",
        "\u3000=1+1",
    ]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t")) for row in rows for cell in row)
    lines = json.loads(tables_as_json([printed_list(shown)]))["lines"]
    assert (lines[0]["rank"], lines[0]["name"]) == ("total", "共 44 个项目")
    assert lines[1]["code"] == projects[0].code
    assert lines[1]["total_investment"] == f"{values['total_investment']:.2f}"


def test_a_list_without_projects_is_a_list(office: Office, tmp_path: Path) -> None:
    assert exported(office.ledger, MONTH, "1407", tmp_path / "清单.xlsx") == 0
    assert openpyxl.load_workbook(tmp_path / "清单.xlsx").worksheets[0]["C4"].value == "共 0 个项目"


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
