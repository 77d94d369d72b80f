"""List workbook: the county list of a month and an area as .xlsx, laid out for paper and read back by our own reader.

A list that one page holds is fitted to the page's width; a wider one goes over several pages side by side, each
with the title and the columns that tell the projects apart.
"""

from __future__ import annotations

import itertools
import re
from array import array
from collections.abc import Sequence
from copy import copy
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.header_footer import _HeaderFooterPart as HeaderFooterPart
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from tracker.exchange.list_layout import SCALE, Column, Layout, lay_out, lines_of
from tracker.exchange.list_table import DEMONSTRATION, CountyList, ListColumn, cells_of, columns_of, title_of, when_of
from tracker.exchange.list_values import Written, print_for_cell

SHEET_NAME = "工程项目清单"
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_HEAD_ROW, _TOTAL_ROW, _FIRST_ROW = 3, 4, 5
_UNIT_WIDTH = 12
_REPEATED = 3
"""Running number, code and name stay in sight on screen and stand on every page of paper."""

_SIDE = Side(style="thin")
_BORDER = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_BODY, _HEAD, _TITLE = Font(name="仿宋", size=10), Font(name="黑体", size=10), Font(name="黑体", size=16)
_MEASURE = Font(name="Arial", size=10)
"""What sheets measure columns in. Digits of it, or of its twin Liberation Sans, are of one width everywhere; what
stands in for a missing 仿宋 is up to a quarter wider, and with it the columns would not fit their pages."""

_SHADE = PatternFill("solid", fgColor="EEF1F4")
_BAND = PatternFill("solid", fgColor="F7F8FA")
_RUNNING_FONT = "仿宋,Regular"


def write_list(target: Path | IO[bytes], shown: CountyList) -> None:
    """Write a list as a workbook to a file or a stream. Raises OSError where the file cannot be written."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET_NAME
    book._named_styles["Normal"].font = _MEASURE  # type: ignore[attr-defined]
    book.properties.creator = "一泓台账"
    book.properties.title = title_of(shown)
    columns = columns_of(shown)
    cells = [cells_of(column, shown) for column in columns]
    layout = lay_out(
        [
            Column(column.title, [print_for_cell(said.value, said.number_format) for said in said_there],
                   *(column.bounds or ()))
            for column, said_there in zip(columns, cells, strict=True)
        ],
        _REPEATED,
    )  # fmt: skip
    for index, (column, said_there) in enumerate(zip(columns, cells, strict=True), start=1):
        _write_column(sheet, index, layout.headings[index - 1], column, said_there)
        sheet.column_dimensions[get_column_letter(index)].width = layout.widths[index - 1]
    # Sheets are opened in programs that do not measure wrapped rows anew.
    sheet.row_dimensions[_HEAD_ROW].height = layout.head_height
    for number, height in enumerate(layout.heights, start=_TOTAL_ROW):
        sheet.row_dimensions[number].height = height
    _write_top(sheet, shown, layout)
    _set_page(sheet, shown, layout)
    book.save(target)


def _write_top(sheet: Worksheet, shown: CountyList, layout: Layout) -> None:
    """Write title, month and filters, and the unit of sums, over the columns of each page.

    Every page repeats these rows, so that each sheet of paper says what it is. Where there are several pages
    side by side, they stand beside the repeated columns: a merged cell across both would be cut.
    """
    title = title_of(shown)
    said = when_of(shown)
    heights = [0, 0]
    for page in layout.pages:
        first = page.start if len(layout.pages) > 1 else 0
        widths = layout.widths[first : page.stop]
        before = max(1, _before_unit(widths))
        _write_over(sheet, 1, first, len(widths), title, _TITLE, "center")
        _write_over(sheet, 2, first, before, said, _BODY, "left")
        if before < len(widths):
            _write_over(sheet, 2, first + before, len(widths) - before, "单位：万元", _BODY, "right")
        room = int(sum(widths) * _BODY.size / _TITLE.size)
        heights[0] = max(heights[0], 8 + 22 * lines_of(title, room))
        heights[1] = max(heights[1], 6 + 14 * lines_of(said, sum(widths[:before])))
    for row, height in enumerate(heights, start=1):
        sheet.row_dimensions[row].height = height


def _write_over(sheet: Worksheet, row: int, first: int, count: int, text: str, font: Font, horizontal: str) -> None:
    """Write a text into one cell merged of so many columns, the first counted from 0."""
    cell = _put(sheet.cell(row, first + 1), Written(text))
    cell.font = font
    cell.alignment = Alignment(horizontal=horizontal, vertical="center", wrap_text=True)
    if count > 1:
        sheet.merge_cells(start_row=row, start_column=first + 1, end_row=row, end_column=first + count)


def _before_unit(widths: Sequence[int]) -> int:
    """Give how many columns may be written over so that the unit of sums keeps its room at the right."""
    room = sum(widths) - _UNIT_WIDTH
    return sum(reached <= room for reached in itertools.accumulate(widths))


def _write_column(sheet: Worksheet, index: int, heading: str, column: ListColumn, cells: Sequence[Written]) -> None:
    """Write one column from its heading down; cells that look alike share one style."""
    head = _put(sheet.cell(_HEAD_ROW, index), Written(heading))
    _dress(head, _HEAD, "General", "center", _SHADE)
    total = _put(sheet.cell(_TOTAL_ROW, index), cells[0])
    number = isinstance(total.value, int | float)
    _dress(total, _HEAD, total.number_format, "right" if number else "center", _BAND)
    styles: dict[tuple[str, bool, bool], array[int]] = {}
    for position, said in enumerate(cells[1:]):
        cell = _put(sheet.cell(_FIRST_ROW + position, index), said)
        number = isinstance(said.value, int | float) and index > 1
        key = (said.number_format, number, bool(cell.quotePrefix))
        if key not in styles:
            quoted = cell.quotePrefix
            _dress(cell, _BODY, said.number_format, "right" if number else "left" if column.left else "center")
            cell.quotePrefix = quoted
            styles[key] = copy(cell._style)
        cell._style = copy(styles[key])


def _put(cell: Any, said: Written) -> Any:
    """Put a value into a cell; a text stays a text whatever it looks like."""
    if said.value is None:
        return cell
    cell.value = said.value
    if isinstance(said.value, str):
        # In the file's own form _x0041_ stands for a character; such a text is escaped to stay what it is.
        cell.value = _ESCAPE.sub("_x005F_", said.value)
        # openpyxl takes = for a formula and #N/A for an error.
        cell.data_type = "s"
        cell.quotePrefix = said.value.startswith(("=", "+", "-", "@", "\t"))
    cell.number_format = said.number_format
    return cell


def _dress(cell: Any, font: Font, number_format: str, horizontal: str, fill: PatternFill | None = None) -> None:
    cell.font, cell.border, cell.number_format = font, _BORDER, number_format
    cell.alignment = Alignment(horizontal=horizontal, vertical="center", wrap_text=True)
    if fill is not None:
        cell.fill = fill


def _set_page(sheet: Worksheet, shown: CountyList, layout: Layout) -> None:
    """Set what stays in sight on screen, and how the list comes out on paper."""
    last, last_row = get_column_letter(len(layout.widths)), _TOTAL_ROW + len(shown.projects)
    sheet.freeze_panes = f"{get_column_letter(_REPEATED + 1)}{_FIRST_ROW}"
    sheet.auto_filter.ref = f"A{_HEAD_ROW}:{last}{last_row}"
    sheet.print_area = f"A1:{last}{last_row}"
    sheet.print_title_rows = f"1:{_HEAD_ROW}"
    if len(layout.pages) > 1:
        sheet.print_title_cols = f"A:{get_column_letter(_REPEATED)}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    if len(layout.pages) == 1:
        sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    else:
        # Sheets fitted to pages choose the breaks themselves, and would cut the titles.
        sheet.page_setup.scale = SCALE
        for page in layout.pages[:-1]:
            sheet.col_breaks.append(Break(id=page.stop))
    sheet.page_setup.pageOrder = "overThenDown"
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.6
    sheet.page_margins.header, sheet.page_margins.footer = 0.3, 0.3
    sheet.print_options.horizontalCentered = len(layout.pages) == 1
    mark = HeaderFooterPart(DEMONSTRATION if shown.programme.demonstration else None, _RUNNING_FONT, 10)
    number = HeaderFooterPart("第 &P 页 共 &N 页", _RUNNING_FONT, 10)
    sheet.HeaderFooter.scaleWithDoc = False
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(left=mark, center=number)
