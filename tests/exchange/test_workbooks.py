"""Reading workbooks: what comes through, and how each hostile or broken file ends in one sentence."""

from __future__ import annotations

import dataclasses
import datetime
import os
import time
from pathlib import Path

import openpyxl
import pytest

from tests.exchange.builders import (
    HEADINGS,
    archive,
    change_sheet,
    project,
    rewrite,
    share_string,
    write_xls,
    write_xlsx,
)
from tests.exchange.hostile_files import everything_in_one_merge
from tracker.exchange.reading.workbooks import (
    COMMAND_LIMITS,
    PAGE_LIMITS,
    Limits,
    Merge,
    Sheet,
    Uncalculated,
    cell_name,
    column_letters,
    start_reading,
)
from tracker.model.faults import Fault, Severity

NOON = datetime.datetime.fromisoformat("2024-08-05T12:00:00")


def sheets_of(path: Path, limits: Limits = PAGE_LIMITS) -> list[Sheet]:
    result = start_reading(path, limits).sheets()
    assert isinstance(result, list), result
    return result


def fault_of(path: Path, limits: Limits = PAGE_LIMITS) -> Fault:
    result = start_reading(path, limits).sheets()
    assert isinstance(result, Fault), result
    assert result.severity is Severity.STOP
    assert result.message.endswith("。")
    return result


def plain_list(path: Path) -> Path:
    return write_xlsx(path, {"清单": [HEADINGS, project(1), project(2)]})


def test_cells_keep_their_types_and_places(tmp_path: Path) -> None:
    cells = [
        "文字", 1.5, True, datetime.date(2024, 8, 5), NOON, datetime.time(8, 15),
        datetime.timedelta(hours=30),
    ]  # fmt: skip
    path = write_xlsx(tmp_path / "a.xlsx", {"清单": [[], [], [None, None, *cells]]})
    ((number, row),) = sheets_of(path)[0].rows
    assert number == 3
    assert row == [None, None, *cells]
    assert [type(cell) for cell in row[2:]] == [type(cell) for cell in cells]


def test_both_formats_give_the_same_rows(tmp_path: Path) -> None:
    rows = [[None], HEADINGS, project(1), [None], project(2, county=None)]
    new = sheets_of(write_xlsx(tmp_path / "a.xlsx", {"清单": rows}, ["B3:B5"]))[0]
    old = sheets_of(write_xls(tmp_path / "a.xls", rows, (2, 4, 1, 1)))[0]
    assert [number for number, _ in new.rows] == [2, 3, 5]
    assert [number for number, _ in old.rows] == [2, 3, 5]
    assert old.rows[0] == new.rows[0]
    assert new.merges == old.merges == [Merge(3, 2, 5, 2)]


def test_content_decides_and_not_the_name(tmp_path: Path) -> None:
    assert sheets_of(plain_list(tmp_path / "a.xlsx").rename(tmp_path / "一 份.xls"))[0].rows[0] == (1, HEADINGS)
    assert sheets_of(write_xls(tmp_path / "b.xls", [HEADINGS]).rename(tmp_path / "无后缀"))[0].rows == [(1, HEADINGS)]


def test_hidden_rows_columns_and_sheets_are_read(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"清单": [HEADINGS, project(1)], "隐藏": [["x"]]})
    workbook = openpyxl.load_workbook(path)
    workbook["清单"].row_dimensions[2].hidden = True
    workbook["清单"].column_dimensions["C"].hidden = True
    workbook["隐藏"].sheet_state = "hidden"
    workbook.create_chartsheet("图")
    workbook.save(path)
    first, second = sheets_of(path)
    assert first.rows[1] == (2, project(1))
    assert (first.visible, second.visible) == (True, False)


def test_error_cells_come_as_their_text(tmp_path: Path) -> None:
    rows = [HEADINGS, [1, "榆次区", "甲工程", 5], [None]]
    path = write_xlsx(tmp_path / "a.xlsx", {"一 & 二": [["x"]], "清单": rows})
    workbook = openpyxl.load_workbook(path)
    workbook["清单"]["E2"].value, workbook["清单"]["E2"].data_type = "#REF!", "e"
    workbook["清单"]["B7"].value, workbook["清单"]["B7"].data_type = "#N/A", "e"
    workbook["一 & 二"]["C1"].value, workbook["一 & 二"]["C1"].data_type = "#DIV/0!", "e"
    workbook.save(path)
    first, second = sheets_of(path)
    assert first.rows == [(1, ["x", None, "#DIV/0!"])]
    assert second.rows[1:] == [(2, [1, "榆次区", "甲工程", 5, "#REF!"]), (7, [None, "#N/A"])]


def test_a_merge_over_the_whole_sheet_is_only_a_range(tmp_path: Path) -> None:
    (sheet,) = sheets_of(everything_in_one_merge(tmp_path / "a.xlsx"))
    assert sheet.merges == [Merge(1, 1, 20000, 16384)]
    assert len(sheet.rows) == 3


def test_a_formula_without_its_result_comes_as_its_text(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"清单": [["x", "=A1&1", "=1", 5], [None, "=B1"]]})
    change_sheet(path, b"<f>1</f><v></v>", b"<f>1</f><v>1</v>")
    ((_, first), (_, second)) = sheets_of(path)[0].rows
    assert first == ["x", "=A1&1", 1, 5]
    assert second == [None, "=B1"]
    assert [type(cell) for cell in (first[1], second[1])] == [Uncalculated, Uncalculated]


def test_a_false_dimension_hides_nothing(tmp_path: Path) -> None:
    path = change_sheet(plain_list(tmp_path / "a.xlsx"), b'<dimension ref="A1:F3"', b'<dimension ref="A1:A1"')
    assert [row for _, row in sheets_of(path)[0].rows] == [HEADINGS, project(1), project(2)]


def test_an_empty_fill_as_wps_writes_it_is_no_hindrance(tmp_path: Path) -> None:
    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"</fills>", b"<fill/></fills>")

    path = rewrite(plain_list(tmp_path / "a.xlsx"), change)
    assert sheets_of(path)[0].rows[1] == (2, project(1))


def test_control_characters_and_numbers_that_are_none_are_cleaned(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"清单": [["甲_x000D_乙_x0007_丙", 1e300, "a\nb"]]})
    change_sheet(path, b"<v>1e+300</v>", b"<v>nan</v>")
    assert sheets_of(path)[0].rows == [(1, ["甲\n乙丙", "nan", "a\nb"])]


def test_a_stray_mark_far_below_is_only_one_more_row(tmp_path: Path) -> None:
    path = plain_list(tmp_path / "a.xlsx")
    workbook = openpyxl.load_workbook(path)
    workbook.worksheets[0]["A60000"] = "。"
    workbook.save(path)
    assert sheets_of(path)[0].rows[-1] == (60000, ["。"])


def test_a_text_that_no_cell_holds_is_named_at_its_cell(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"清单": [["头", "长"]]})
    share_string(path, "长", b"x" * 40_000)
    fault = fault_of(path, COMMAND_LIMITS)
    assert (fault.sheet, fault.cell) == ("清单", "B1")
    assert "32767" in fault.message


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.9, 0.99])
def test_a_truncated_file_is_damaged(tmp_path: Path, share: float) -> None:
    path = plain_list(tmp_path / "a.xlsx")
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])
    assert "已损坏" in fault_of(path).message


def test_a_truncated_old_file_is_damaged(tmp_path: Path) -> None:
    path = write_xls(tmp_path / "a.xls", [HEADINGS, *(project(number) for number in range(1, 200))])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    fault_of(path)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ODS = b"application/vnd.oasis.opendocument.spreadsheet"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "0 字节"),
        ("本月完成三项工程。\n其余照旧。\n".encode(), "不是表格"),
        (b"\xef\xbb\xbf\n<html><table><tr><td>1</td></tr></table></html>", "HTML"),
        ("<HTML>".encode("utf-16"), "HTML"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><Workbook/>', "XML"),
        (b'{"rows": []}', "JSON"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG\r\n\x1a\n\0\0", "图片"),
        (b"\0\1\2\3" * 100, "无法识别"),
        (OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le"), "密码"),
        (OLE + bytes(504) + "WordDocument".encode("utf-16-le"), "Word"),
        (OLE + bytes(2000), "已损坏"),
        (archive({"readme.txt": b"x"}), "压缩包"),
        (archive({"word/document.xml": b"<w/>"}), "Word"),
        (archive({"xl/workbook.bin": b"x"}), ".xlsb"),
        (archive({"mimetype": ODS, "content.xml": b"<x/>"}), "已损坏"),
        (archive({"mimetype": ODS.replace(b"spreadsheet", b"text"), "content.xml": b"<x/>"}), "不是表格"),
        (archive({"xl/workbook.xml": b"<x/>", "xl/vbaProject.bin": b"x"}), "带宏"),
        (archive({"mimetype": ODS, "content.xml": b"<x/>", "Basic/Standard/Module1.xml": b"x"}), "带宏"),
        (OLE + bytes(504) + "Workbook\0_VBA_PROJECT\0".encode("utf-16-le"), "带宏"),
        (archive({"xl/workbook.xml": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}), "DTD"),
        (archive({"xl/workbook.xml": b"<x/>", **{f"xl/media/{n}.png": b"x" for n in range(600)}}), "601 个部分"),
        (archive({"xl/workbook.xml": b"<x/>"}), "已损坏"),
        (b"PK\3\4 not an archive at all", "已损坏"),
    ],
)
def test_what_is_no_workbook_is_named(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    assert said in fault_of(path).message


def test_what_cannot_be_opened_is_said(tmp_path: Path) -> None:
    assert "找不到" in fault_of(tmp_path / "没有.xlsx").message
    assert "不是文件" in fault_of(tmp_path).message
    os.mkfifo(tmp_path / "管道.xlsx")
    assert "不是文件" in fault_of(tmp_path / "管道.xlsx").message
    path = plain_list(tmp_path / "a.xlsx")
    fault = fault_of(path, dataclasses.replace(PAGE_LIMITS, file_bytes=1000))
    assert "上限是 0.0 MB" in fault.message


def test_a_zip_with_a_password_is_named(tmp_path: Path) -> None:
    content = bytearray(archive({"xl/workbook.xml": b"<x/>"}))
    content[content.index(b"PK\1\2") + 8] |= 1
    (tmp_path / "a.xlsx").write_bytes(content)
    assert "密码" in fault_of(tmp_path / "a.xlsx").message


def test_each_limit_names_its_cell(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"甲": [["x"], [None, "y" * 500]], "乙": [["x"], ["z"] * 4]})
    few = dataclasses.replace(PAGE_LIMITS, columns=3)
    wide = fault_of(path, few)
    assert (wide.sheet, wide.cell) == ("乙", "D2")
    long = fault_of(path, dataclasses.replace(PAGE_LIMITS, cell_characters=499))
    assert (long.sheet, long.cell) == ("甲", "B2")
    assert len(sheets_of(path, dataclasses.replace(PAGE_LIMITS, cell_characters=500))) == 2
    rows: list[list[str | int | float | bool | None]] = [[number] for number in range(105)]
    many = fault_of(
        write_xlsx(tmp_path / "b.xlsx", {"甲": rows[:50], "乙": rows}), dataclasses.replace(PAGE_LIMITS, rows=3)
    )
    assert (many.sheet, many.cell) == ("乙", "A54")  # a hundred rows are free for titles, totals and notes


def test_a_text_repeated_without_end_is_stopped(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"清单": [["长"] * 20 for _ in range(50)]})
    share_string(path, "长", b"x" * 20_000)
    assert len(sheets_of(path)[0].rows) == 50
    assert "合计超过" in fault_of(path, dataclasses.replace(PAGE_LIMITS, unpacked_bytes=20_000_000)).message


def test_time_is_limited_and_nothing_hangs(tmp_path: Path) -> None:
    rows = [project(number) for number in range(1, 15_000)]
    path = write_xls(tmp_path / "a.xls", rows)
    began = time.monotonic()
    fault = fault_of(path, dataclasses.replace(PAGE_LIMITS, seconds=0))
    assert "0 秒" in fault.message
    assert time.monotonic() - began < 5


def test_a_reading_nobody_waits_for_can_be_stopped(tmp_path: Path) -> None:
    reading = start_reading(plain_list(tmp_path / "a.xlsx"), PAGE_LIMITS)
    reading.stop()
    reading.stop()
    with pytest.raises(RuntimeError):
        reading.sheets()


def test_cell_names() -> None:
    assert [column_letters(index) for index in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]
    assert cell_name(3, 1) == "B3"
