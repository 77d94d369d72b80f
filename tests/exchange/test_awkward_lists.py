"""Awkward lists: files as offices really send them go through reading and intake, rightly read or rightly refused."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest

from tests.exchange.builders import HEADINGS, change_sheet, project, rewrite, write_xls, write_xlsx
from tests.exchange.lists import Office, at
from tests.exchange.odf import ods_table, write_ods
from tracker.exchange.imports.importing import ImportResult
from tracker.exchange.reading.workbooks import Cell, start_reading
from tracker.model.dates import PartialDate
from tracker.model.faults import Fault

Rows = list[list[Cell]]


def sent(office: Office, path: Path) -> ImportResult:
    """Import a file as an office sends it."""
    sheets = start_reading(path).sheets()
    assert not isinstance(sheets, Fault), sheets
    return office.sends(sheets)


def loaded(office: Office, path: Path, projects: int) -> None:
    """Import a file that is beyond doubt."""
    result = sent(office, path)
    assert result.faults == []
    assert (result.rows_read, result.projects_registered) == (projects, projects)


def refused(office: Office, path: Path) -> Fault:
    """Import a file with one fault, and give it."""
    (fault,) = sent(office, path).faults
    return fault


def test_two_rows_of_headings_with_gaps(office: Office, tmp_path: Path) -> None:
    rows: Rows = [
        ["重点工程推进台账"],
        [],
        ["序号", "县（市、区）", "项目名称", "投资（万元）", None, None, "开工时间", None, "责任"],
        [None, None, None, "总投资", "年度计划", "累计完成", "计划", "实际", "单位"],
        [1, "榆次区", "甲污水处理工程", 3000, 1000, 500, "2023年3月", "2023年6月", "水利局"],
    ]
    loaded(office, write_xlsx(tmp_path / "两行表头.xlsx", {"台账": rows}), 1)
    assert office.value("year_plan") == Decimal(1000)
    assert office.value("cumulative_investment") == Decimal(500)
    assert office.value("planned_start") == PartialDate(2023, 3)
    assert office.value("actual_start") == PartialDate(2023, 6)
    assert office.value("responsible_unit") == "水利局"


def test_a_blank_row_inside_ends_nothing(office: Office, tmp_path: Path) -> None:
    rows = [HEADINGS, project(1), [None], [" ", "　"], project(2), project(3, name="丙工程")]
    rows[5][3] = "约三千"
    fault = refused(office, write_xlsx(tmp_path / "空行.xlsx", {"清单": rows}))
    assert (fault.cell, fault.field) == ("D6", "total_investment")
    rows[5][3] = 3000
    loaded(office, write_xlsx(tmp_path / "空行.xlsx", {"清单": rows}), 3)


def test_hidden_and_filtered_rows_and_columns_count(office: Office, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "隐藏.xlsx", {"清单": [HEADINGS, project(1), project(2), project(3)]})
    book = openpyxl.load_workbook(path)
    sheet = book["清单"]
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["D"].hidden = True
    sheet.auto_filter.ref = "A1:F4"
    sheet.auto_filter.add_filter_column(0, ["1", "3"])
    book.save(path)
    loaded(office, path, 3)
    assert office.value("total_investment", "140702-0002") == Decimal(201)


def test_formulas_count_with_their_results(office: Office, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "公式.xlsx", {"清单": [HEADINGS, project(1), project(2)]})
    change_sheet(path, b"<v>201</v>", b"<f>D2*2</f><v>201</v>")
    change_sheet(path, b'r="F3" t="inlineStr">', b'r="F3" t="str"><f>""</f><v></v></c><c r="G3" t="inlineStr">')
    loaded(office, path, 2)
    assert office.value("total_investment", "140702-0002") == Decimal(201)
    assert office.value("responsible_unit", "140702-0002") is None


@pytest.mark.parametrize("ending", ["</c>", "<v></v></c>", "<v/></c>", "<v /></c>"])
def test_a_formula_without_its_result_is_named(office: Office, tmp_path: Path, ending: str) -> None:
    path = write_xlsx(tmp_path / "未计算.xlsx", {"清单": [HEADINGS, project(1), project(2)]})
    change_sheet(path, b"<v>201</v></c>", b"<f>SUM(A1:A9)&gt;0</f>" + ending.encode())
    fault = refused(office, path)
    assert (fault.severity.value, fault.sheet, fault.cell) == ("fix", "清单", "D3")
    assert fault.message.startswith("第 3 行“总投资（万元）”：“=SUM(A1:A9)>0”是公式，文件里没有保存它的结果")
    assert "重新计算并保存" in fault.message


def test_a_workbook_written_by_a_program_is_not_calculated(office: Office, tmp_path: Path) -> None:
    rows: Rows = [[*HEADINGS], *(project(number) for number in (1, 2)), ["合计", None, None, "=SUM(D2:D3)"]]
    rows[1][0], rows[2][1] = "=ROW()-1", "=B2"
    assert at(sent(office, write_xlsx(tmp_path / "程序.xlsx", {"清单": rows}))) == [("fix", "B3")]


@pytest.mark.parametrize("kind", ["xlsx", "xls", "ods"])
def test_a_county_merged_downwards(office: Office, tmp_path: Path, kind: str) -> None:
    rows: Rows = [HEADINGS, project(1), project(2, None), project(3, None), project(4, "太谷区")]
    path = tmp_path / f"合并.{kind}"
    if kind == "xlsx":
        write_xlsx(path, {"清单": rows}, ["B2:B4"])
    elif kind == "xls":
        write_xls(path, rows, (1, 3, 1, 1))
    else:
        write_ods(path, ods_table(rows, merges=[(2, 2, 4, 2)]))
    loaded(office, path, 4)
    assert [office.value("county", f"140702-000{n}") for n in (1, 2, 3)] == ["140702"] * 3
    assert office.value("county", "140703-0001") == "140703"


def test_a_leader_merged_over_projects_holds_for_each_in_an_ods(office: Office, tmp_path: Path) -> None:
    rows: Rows = [[*HEADINGS, "包联领导"], [*project(1), "示例领导"], project(2), project(3)]
    loaded(office, write_ods(tmp_path / "合并.ods", ods_table(rows, merges=[(2, 7, 3, 7)])), 3)
    leaders = [office.value("contact_leader", f"140702-000{n}") for n in (1, 2, 3)]
    assert leaders == ["示例领导", "示例领导", None]


def test_sums_in_an_unsupported_unit_are_refused_at_their_heading(office: Office, tmp_path: Path) -> None:
    rows: Rows = [[*HEADINGS[:3], "总投资（千元）", *HEADINGS[4:]], project(1)]
    (fault,) = sent(office, write_xlsx(tmp_path / "单位.xlsx", {"清单": rows})).faults
    assert (fault.severity.value, fault.cell) == ("stop", "D1")
    assert "只能是万元、亿元或元" in fault.message


def test_sums_in_yuan_that_the_heading_calls_wan_are_asked_about(office: Office, tmp_path: Path) -> None:
    rows: Rows = [[*HEADINGS, "累计完成投资（万元）"], [*project(1), 950_000]]
    fault = refused(office, write_xlsx(tmp_path / "单位.xlsx", {"清单": rows}))
    assert (fault.severity.value, fault.cell) == ("ask", "G2")
    assert "请核对单位和数字" in fault.message


def test_totals_in_the_middle_are_no_projects(office: Office, tmp_path: Path) -> None:
    rows: Rows = [
        HEADINGS,
        ["合计", None, None, 604.5],
        ["一、", None, "榆次区（2项）", 301.5],
        project(1), project(2), [None, None, "小计", 301.5],
        ["二、", None, "太谷区（1项）", 303],
        [3, "太谷区", "丙工程", 303, None, None], [None, "其中：省级", None, 303],
        [None, None, "注：以上含续建。"],
    ]  # fmt: skip
    loaded(office, write_xlsx(tmp_path / "合计.xlsx", {"清单": rows}), 3)
    assert office.value("total_investment", "140703-0001") == Decimal(303)


def test_a_phantom_cell_far_below_is_no_project_and_far_out_is_named(office: Office, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "幽灵.xlsx", {"清单": [HEADINGS, project(1)]})
    book = openpyxl.load_workbook(path)
    book["清单"]["D60000"] = 0
    book["清单"]["E60001"] = " "
    book.save(path)
    loaded(office, path, 1)
    book["清单"]["ZZ9"] = "。"
    book.save(path)
    fault = start_reading(path).sheets()
    assert isinstance(fault, Fault)
    assert (fault.sheet, fault.cell) == ("清单", "ZZ9")
    assert "远在表格之外" in fault.message


def test_a_heading_that_stands_twice_is_refused(office: Office, tmp_path: Path) -> None:
    rows: Rows = [[*HEADINGS, "总投资（万元）"], [*project(1), 99]]
    (fault,) = sent(office, write_xlsx(tmp_path / "重复.xlsx", {"清单": rows})).faults
    assert (fault.severity.value, fault.cell) == ("stop", "G1")
    assert "D1 和 G1 的表头都是" in fault.message


def test_dates_as_text_in_a_dozen_hands(office: Office, tmp_path: Path) -> None:
    day, month = PartialDate(2023, 6, 30), PartialDate(2023, 6)
    written: list[tuple[Cell, PartialDate | None]] = [
        ("2023-06-30", day), ("2023/6/30", day), ("2023.6.30", day), ("2023年6月30日", day), ("20230630", day),
        ("２０２３年６月３０号", day), (20230630, day), (45107, day), ("45107", day), ("2023-06-30 00:00:00", day),
        (" 2023 年 6 月 ", month), ("2023.06", month), ("2023年6月底", month), ("2023/06", month), ("202306", month),
        ("2023年6月上旬", month), (datetime.date(2023, 6, 30), day), ("—", None), ("未开工", None), ("", None),
    ]  # fmt: skip
    rows = [HEADINGS, *(project(number) for number in range(1, len(written) + 1))]
    for row, (said, _) in zip(rows[1:], written, strict=True):
        row[4] = said
    loaded(office, write_xlsx(tmp_path / "日期.xlsx", {"清单": rows}), len(written))
    for number, (said, meant) in enumerate(written, start=1):
        assert office.value("actual_start", f"140702-{number:04}") == meant, said


def test_wrong_dates_are_named_at_their_cells(office: Office, tmp_path: Path) -> None:
    wrong: list[Cell] = ["去年六月", "6月30日", "2023年2月30日", "23.6", "2023", "2025-01", "#N/A"]
    rows = [HEADINGS, *(project(number) for number in range(1, len(wrong) + 1))]
    for row, said in zip(rows[1:], wrong, strict=True):
        row[4] = said
    result = sent(office, write_xlsx(tmp_path / "日期.xlsx", {"清单": rows}))
    assert at(result) == [("fix", f"E{number}") for number in range(2, len(wrong) + 2)]


def test_an_ods_with_everything(office: Office, tmp_path: Path) -> None:
    rows: Rows = [
        ["榆次区重点工程清单"],
        HEADINGS,
        [1, None, "甲\n工程", 300.5, datetime.date(2023, 6, 30), None],
        [2, None, "乙 & 丙工程", "1,234.5", "2023年6月底", "水利局"],
        [3, None, "丁工程", "#REF!", "=TODAY()", None],
    ]
    path = write_ods(tmp_path / "清单.ods", ods_table(rows, merges=[(1, 1, 1, 6)]))
    result = sent(office, path)
    assert at(result) == [("fix", "D5"), ("fix", "E5")]
    assert "公式错误" in result.faults[0].message
    assert "没有保存它的结果" in result.faults[1].message
    loaded(office, write_ods(path, ods_table(rows[:4], merges=[(1, 1, 1, 6)])), 2)
    assert office.value("name") == "甲工程"
    assert office.value("actual_start") == PartialDate(2023, 6, 30)
    assert office.value("total_investment", "140702-0002") == Decimal("1234.5")


TEXT = (
    "附件1,,,,,,,\r\n榆次区重点工程清单,,,,,,,\r\n\r\n序号,县（市、区）,项目名称,总投资（万元）,实际开工时间,责任人,联系电话,备注\r\n"
    '1,榆次区,"甲工程\r\n（一期）",1200.50,2023/6/30,示例人员,00350000123,\r\n'
    '2,,乙工程,"1,234.5",2023年6月,示例人员,="00350000123",含“引号”，逗号\r\n合计,,,"2,435.0",,,,\r\n'
)  # fmt: skip


@pytest.mark.parametrize(
    ("encoding", "separator"),
    [("gb18030", ","), ("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t"), ("gb18030", "\t")],
)
def test_a_list_as_text(office: Office, tmp_path: Path, encoding: str, separator: str) -> None:
    text = TEXT if separator == "," else TEXT.replace('"1,234.5"', "1234.5").replace('"2,435.0"', "2435")
    path = tmp_path / "2024年清单.csv"
    path.write_bytes(text.replace(",", separator).encode(encoding))
    loaded(office, path, 2)
    assert office.value("name") == "甲工程（一期）"
    assert office.value("total_investment") == Decimal("1200.5")
    assert office.value("total_investment", "140702-0002") == Decimal("1234.5")
    assert [office.value("phone", f"140702-000{n}") for n in (1, 2)] == ["00350000123", "00350000123"]
    assert office.value("actual_start") == PartialDate(2023, 6, 30)


def test_a_fault_in_a_text_has_the_cell_that_a_sheet_would_show(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "榆次区.csv"
    path.write_bytes(TEXT.replace("1200.50", "约三千").encode("gb18030"))
    fault = refused(office, path)
    assert (fault.sheet, fault.cell) == ("榆次区", "D5")


def test_the_county_may_stand_in_the_name_of_a_text_file(office: Office, tmp_path: Path) -> None:
    path = tmp_path / "workbook"
    path.write_bytes("项目名称,总投资（万元）,实际开工时间\n甲工程,5,2023年6月\n".encode())
    sheets = start_reading(path, name="太谷区.csv").sheets()
    assert not isinstance(sheets, Fault)
    assert office.sends(sheets).projects_registered == 1
    assert office.value("county", "140703-0001") == "140703"


def test_the_list_stands_in_the_second_sheet(office: Office, tmp_path: Path) -> None:
    notes: Rows = [["填报说明"], ["一、项目名称与批复文件一致。"], ["二、投资单位为万元。", "三、按月填报。"]]
    path = write_xlsx(tmp_path / "第二张.xlsx", {"填报说明": notes, "清单": [HEADINGS, project(1)], "空": []})
    loaded(office, path, 1)


def test_the_headings_stand_in_row_seven(office: Office, tmp_path: Path) -> None:
    rows: Rows = [
        ["附件3"], [], ["晋中市重点工程清单"], ["填报单位：榆次区水利局"], ["填报时间：2024年8月31日"],
        [None, None, None, None, None, "单位：亿元"],
        ["序号", "县（市、区）", "项目名称", "总投资", "实际开工时间", "责任单位"],
        project(1),
    ]  # fmt: skip
    loaded(office, write_xlsx(tmp_path / "第七行.xlsx", {"清单": rows}), 1)
    assert office.value("total_investment") == Decimal(1_005_000)


def test_numbers_as_text_with_blanks_around_them(office: Office, tmp_path: Path) -> None:
    written: list[Cell] = [
        " 1234.5 ",
        "１２３４．５",
        "1,234.5",
        "1234.5万元",
        "　1234.50",
        "0.12345亿元",
        "¥1,234.5\n",
    ]
    rows = [HEADINGS, *(project(number) for number in range(1, len(written) + 1))]
    for row, said in zip(rows[1:], written, strict=True):
        row[0], row[3] = f" {row[0]} ", said
    loaded(office, write_xlsx(tmp_path / "文本数字.xlsx", {"清单": rows}), len(written))
    for number, said in enumerate(written, start=1):
        assert office.value("total_investment", f"140702-{number:04}") == Decimal("1234.5"), said
    rows[1][3] = "1 234.5"
    assert refused(office, write_xlsx(tmp_path / "空格.xlsx", {"清单": rows})).cell == "D2"


@pytest.mark.parametrize("text", [False, True])
def test_a_row_of_units_below_the_headings(office: Office, tmp_path: Path, text: bool) -> None:
    rows: Rows = [
        ["序号", "县（市、区）", "项目名称", "总投资", "累计完成投资", "实际开工时间"],
        [None, None, None, "（亿元）", "（万元）", None],
        ["1", "2", "3", "4", "5", "6"],
        ["1", "榆次区", "甲工程", "1.5", "300", "2023年6月"],
    ]
    path = tmp_path / ("单位行.csv" if text else "单位行.xlsx")
    if text:
        path.write_text("\n".join(",".join(str(cell or "") for cell in row) for row in rows), encoding="gb18030")
    else:
        write_xlsx(path, {"清单": rows})
    loaded(office, path, 1)
    assert office.value("total_investment") == Decimal(15_000)
    assert office.value("cumulative_investment") == Decimal(300)


def as_wps(name: str, content: bytes) -> bytes:
    """Make of a sheet and its styles what WPS writes."""
    return content.replace(b'<dimension ref="A1:F3"', b'<dimension ref="A1:A1"').replace(
        b"</fills>", b"<fill/></fills>"
    )


def test_a_file_saved_by_wps(office: Office, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "金山.xlsx", {"清单": [HEADINGS, project(1), project(2)]})
    loaded(office, rewrite(path, as_wps), 2)
