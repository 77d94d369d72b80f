"""Workbooks to be marked, and what a test looks at in them before and after."""

from __future__ import annotations

import datetime
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xlsxwriter
from openpyxl.cell import Cell
from openpyxl.worksheet.worksheet import Worksheet

from tests.exchange.builders import rewrite
from tracker.exchange.reading.workbooks import PAGE_LIMITS, Limits, Sheet, start_reading
from tracker.model.faults import Fault, Severity

HEAD = ["序号", "县（市、区）", "项目名称", "总投资（万元）", "实际开工时间", "备注"]
RED, AMBER = "FFFFD9D4", "FFFFEBC0"
OWN_FILL = "DDEBF7"


def fault(cell: str, sentence: str, severity: Severity = Severity.FIX, said: str = "", sheet: str = "清单") -> Fault:
    return Fault(
        severity, f"第 {re.sub('[A-Z]', '', cell)} 行“总投资”：{sentence}", sheet, cell, "total_investment", said
    )


def rich_workbook(path: Path) -> Path:
    """Write a list with everything beside its values that offices put into theirs."""
    book = xlsxwriter.Workbook(str(path))
    sheet = book.add_worksheet("清单")
    plain = book.add_format(
        {"border": 1, "font_name": "仿宋", "num_format": "#,##0.00", "align": "right", "locked": False}
    )
    filled = book.add_format({"border": 2, "bg_color": OWN_FILL, "bold": True, "font_color": "#7F0000"})
    gradient = book.add_format({"pattern": 4, "fg_color": "#FFCC00", "bg_color": "#FFFFFF", "rotation": 45})
    red, bold = book.add_format({"color": "red"}), book.add_format({"bold": True})
    sheet.merge_range("A1:F1", "某某市工程清单", book.add_format({"align": "center", "font_size": 18}))
    sheet.write_row("A2", HEAD, filled)
    for number in range(3, 13):
        sheet.write_row(f"A{number}", [number - 2, "榆次区", f"第{number}号污水处理工程"], plain)
        sheet.write_number(f"D{number}", 100.5 * number, gradient if number % 3 == 0 else plain)
        sheet.write_datetime(f"E{number}", datetime.date(2024, 3, number), book.add_format({"num_format": "yyyy/m/d"}))
    sheet.merge_range("B5:B8", "太谷区", filled)
    sheet.write_rich_string("F4", "资金", red, "未到位", bold, "，请协调")
    sheet.write_formula("D14", "=SUM(D3:D12)", plain, 7537.5)
    sheet.write_comment("D3", "请核对\n第二行", {"author": "张三"})
    sheet.write_comment("C4", "名称以批复为准", {"author": "张三"})
    sheet.set_row(9, None, None, {"hidden": True})
    sheet.set_column("C:C", 32)
    sheet.set_column("H:H", 12, filled)
    sheet.autofilter("A2:F12")
    sheet.freeze_panes(2, 0)
    sheet.conditional_format("D3:D12", {"type": "data_bar"})
    sheet.data_validation("B3:B12", {"validate": "list", "source": ["榆次区", "太谷区"]})
    sheet.insert_textbox("H3", "填表说明：单位为万元")
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=清单!$D$3:$D$12"})
    sheet.insert_chart("H10", chart)
    sheet.protect("", {"format_cells": True})
    other = book.add_worksheet("说明")
    other.write_string("A1", "另一张表", filled)
    other.write_comment("A1", "不要动这里", {"author": "李四"})
    other.add_table("B3:C5", {"columns": [{"header": "甲"}, {"header": "乙"}]})
    book.define_name("全部投资", "=清单!$D$3:$D$12")
    book.close()
    thread = b'<threadedComment ref="C4" personId="{0}" id="{1}"><text>see the approval</text></threadedComment>'
    return rewrite(path, _with_thread, {"xl/threadedComments/threadedComment1.xml": thread})


def _with_thread(name: str, content: bytes) -> bytes:
    kind = b"http://schemas.microsoft.com/office/2017/10/relationships/threadedComment"
    link = b'<Relationship Id="rId9" Type="' + kind + b'" Target="../threadedComments/threadedComment1.xml"/>'
    ending = b"</Relationships>"
    return content.replace(ending, link + ending) if name == "xl/worksheets/_rels/sheet1.xml.rels" else content


FAULTS = [
    fault("D3", "远大于总投资。", Severity.ASK, "301.5"),
    fault("B7", "没有这个县。", said="太谷曲"),
    fault("D6", "不是数字。", said="约三千"),
    fault("D9", "为负。"),
    fault("E10", "在填报月之后。"),
    fault("G12", "缺开工时间。"),
    fault("D20", "缺总投资。"),
    fault("H25", "这里也缺。"),
    Fault(Severity.ASK, "表上写的是 2024 年 7 月，请核对月份。", "清单", "A1", None, "某某市工程清单"),
]
MARKED = {"D3": AMBER, "B5": RED, "D6": RED, "D9": RED, "E10": RED, "G12": RED, "D20": RED, "H25": RED, "A1": AMBER}


WRONG = [HEAD, [1, "榆茨区", "甲工程", 100, "2024-03-01", None], [2, "榆次区", "乙工程", "约三千", "2024-02-31", None],
         [3, "太谷区", "丙工程", -5, None, None]]  # fmt: skip


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def look(cell: Cell, *, but_fill: bool = False) -> list[str]:
    kinds = (cell.font, cell.border, cell.alignment, cell.protection, cell.number_format, cell.quotePrefix)
    return [repr(kind) for kind in (*kinds, *(() if but_fill else (cell.fill,)))]


def cells(sheet: Worksheet) -> Iterator[Any]:
    for row in sheet.iter_rows(min_row=1, max_row=30, max_col=12):
        yield from row


def colour(cell: Any) -> str:
    """The mark's colour, whichever of its shades it is; "" for none."""
    said = cell.fill.fgColor.rgb if cell.fill.fill_type == "solid" else ""
    near = [mark for mark in (RED, AMBER) if isinstance(said, str) and said
            and all(0 <= int(mark[at : at + 2], 16) - int(said[at : at + 2], 16) < 8 for at in (2, 4, 6))]  # fmt: skip
    return near[0] if near else ""


def read(path: Path, limits: Limits = PAGE_LIMITS) -> list[Sheet] | Fault:
    reading = start_reading(path, limits)
    try:
        return reading.sheets()
    finally:
        reading.stop()
