"""List workbook: the county list of a month and an area as .xlsx, laid out for paper and read back by our own reader.

The headings are the declared ones and every value is written so that reading it gives the same value again:
a project that has not reported is marked, so that reading the list back does not report for it.
"""

from __future__ import annotations

import itertools
import math
import re
import unicodedata
from array import array
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.header_footer import HeaderFooterItem
from openpyxl.worksheet.header_footer import _HeaderFooterPart as HeaderFooterPart
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from tracker.exchange.heading_words import REPORTED, UNREPORTED
from tracker.exchange.list_values import Written, place_text, print_for_cell, written
from tracker.ledger.handle import Ledger
from tracker.ledger.standings import ProjectState, listing
from tracker.model.fields import FIELD, STATED, Field, Kind
from tracker.model.folding import advance
from tracker.model.months import chinese_month
from tracker.model.places import Place, PlaceLevel, Places
from tracker.model.programme import Programme

SHEET_NAME = "工程项目清单"
CORE = (
    "name", "category", "level", "total_investment", "year_plan", "cumulative_investment", "planned_start",
    "actual_start", "planned_completion", "actual_completion", "stage", "progress", "problem",
)  # fmt: skip
"""The fields that a list has a column for even where no project fills it."""

LEFT_OUT = frozenset({"county", "phone"})
"""Fields without a column of their own: the county stands in front, phone numbers stay in the dossiers."""

_DEMONSTRATION = "示例数据"
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_HEAD_ROW, _TOTAL_ROW, _FIRST_ROW = 3, 4, 5
_WIDEST = {Kind.NAME: 34, Kind.TEXT: 34, Kind.WORD: 20, Kind.CATEGORY: 30, Kind.PLACES: 20}
_CHARACTERS_A_PAGE = 210
"""How many characters of width one landscape page holds legibly; a wider list goes over two pages and more."""

_SIDE = Side(style="thin")
_BORDER = Border(left=_SIDE, right=_SIDE, top=_SIDE, bottom=_SIDE)
_BODY, _HEAD = Font(name="仿宋", size=10), Font(name="黑体", size=10)
_TITLE, _NARROW_TITLE = Font(name="黑体", size=18), Font(name="黑体", size=14)
_SHADE = PatternFill("solid", fgColor="EEF1F4")
_BAND = PatternFill("solid", fgColor="F7F8FA")


@dataclass(frozen=True, slots=True)
class CountyList:
    """What a list shows: the projects as they stand in a month, in an area of a programme.

    `sentence` says in words which of the area's projects these are, "" for all of them; `fields` are the
    fields to show, None for those that any project fills.
    """

    programme: Programme
    month: str
    area: Place
    places: Places
    projects: Sequence[ProjectState]
    sentence: str = ""
    fields: Sequence[str] | None = None


@dataclass(frozen=True, slots=True)
class _Column:
    """One column: its heading, what it says of a project, how it is set, and its sum where sums make sense."""

    title: str
    written: Callable[[int, ProjectState], Written]
    widest: int
    left: bool = False
    total: Callable[[Iterable[ProjectState]], Written] | None = None


def projects_at(ledger: Ledger, programme: Programme, month: str, area: Place) -> list[ProjectState]:
    """Give an area's listed projects as they stand in a month, opened or not, by code."""
    found = []
    for project in listing(ledger, programme, month, area):
        # A month that was not opened holds the states of an earlier one; sums of its year or month ended with it.
        state = project.state if project.state.month == month else advance(project.state, month, (), programme)
        found.append(replace(project, state=state))
    return found


def write_list(target: Path | IO[bytes], shown: CountyList) -> None:
    """Write a list as a workbook to a file or a stream. Raises OSError where the file cannot be written."""
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = SHEET_NAME
    book.properties.creator = "一泓台账"
    book.properties.title = _title(shown)
    columns = _columns(shown)
    widths: list[int] = []
    lines = [1] * (1 + len(shown.projects))
    for index, column in enumerate(columns, start=1):
        widths.append(_write_column(sheet, index, column, shown, lines))
    # Sheets are opened in programs that do not measure wrapped rows anew.
    for position, count in enumerate(lines):
        sheet.row_dimensions[_TOTAL_ROW + position].height = min(max(18, count * 13 + 5), 400)
    pages = math.ceil(sum(widths) / _CHARACTERS_A_PAGE)
    _write_top(sheet, shown, widths, pages)
    _set_page(sheet, shown, len(widths), pages)
    book.save(target)


def _title(shown: CountyList) -> str:
    month = chinese_month(shown.month)
    mark = f"（{_DEMONSTRATION}）" if shown.programme.demonstration else ""
    return f"{shown.area.name}{shown.programme.name}工程项目清单（{month}）{mark}"


def _columns(shown: CountyList) -> list[_Column]:
    area, places = shown.area, shown.places
    columns = [
        _Column("序号", lambda number, _: Written(number, "0"), 6, total=lambda _: Written("合计")),
        _Column(FIELD["code"].title, lambda _, project: Written(project.code), 40),
    ]
    beyond_city = _beyond_city(area)
    if beyond_city:
        columns.append(_Column("市", lambda _, project: Written(_city(places, project.county)), 16))
    columns.append(_Column(
        FIELD["county"].title,
        lambda _, project: Written(
            place_text(places, project.county, area, _city(places, project.county) if beyond_city else "")
        ),
        20,
    ))  # fmt: skip
    columns += [_field_column(FIELD[name], shown) for name in _shown_fields(shown)]
    columns.append(_Column("本月填报", lambda _, project: Written(_reporting(project, shown.month)), 8))
    return columns


def _name_column(shown: CountyList) -> int:
    """Give the number of the column of names, from 1: the last of those that stay in sight."""
    return 5 if _beyond_city(shown.area) else 4


def _beyond_city(area: Place) -> bool:
    return area.level in (PlaceLevel.COUNTRY, PlaceLevel.PROVINCE)


def _city(places: Places, county: str) -> str:
    place = places.find(county)
    return places.city(place).name if place else ""


def _reporting(project: ProjectState, month: str) -> str:
    return REPORTED if project.state.reported and project.state.month == month else UNREPORTED


def _shown_fields(shown: CountyList) -> list[str]:
    """Give the fields that get a column, in declared order; the name always does."""
    if shown.fields is not None:
        wanted = {"name", *shown.fields} - {"county"}
        return [field.name for field in STATED if field.name in wanted]
    filled = {name for project in shown.projects for name in project.state.values}
    return [field.name for field in STATED if field.name in {*CORE, *filled} and field.name not in LEFT_OUT]


def _field_column(field: Field, shown: CountyList) -> _Column:
    name = field.name
    area = shown.places.find(shown.programme.area) or shown.area

    def say(_: int, project: ProjectState) -> Written:
        value = project.state.values.get(name)
        if field.kind is Kind.PLACES and value is not None:
            return Written("、".join(place_text(shown.places, code, area) for code in value))
        return Written(None) if value is None else written(field, value)

    def add_up(projects: Iterable[ProjectState]) -> Written:
        sums = [project.state.values[name] for project in projects if name in project.state.values]
        return written(field, sum(sums, Decimal())) if sums else Written(None)

    summed = field.kind in (Kind.MONEY, Kind.QUANTITY)
    total = add_up if summed else None
    if name == "name":
        return _Column(_heading(field), say, _WIDEST[Kind.NAME], left=True,
                       total=lambda projects: Written(f"共 {len(list(projects))} 个项目"))  # fmt: skip
    return _Column(_heading(field), say, _WIDEST.get(field.kind, 18), left=field.kind is Kind.TEXT, total=total)


def _write_top(sheet: Worksheet, shown: CountyList, widths: Sequence[int], pages: int) -> None:
    """Write the title, and beneath it when the list was filled in and what sums are in.

    A list over several pages has its title above the columns that every page repeats.
    """
    width = len(widths) if pages == 1 else _name_column(shown)
    title = _put(sheet.cell(1, 1), Written(_title(shown)))
    title.font = _TITLE if pages == 1 else _NARROW_TITLE
    title.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
    sheet.merge_cells(start_row=1, start_column=1, end_row=1, end_column=width)
    # The month stands in the same cell, so that months in the sentence raise no question when read back.
    said = f"填报时间：{chinese_month(shown.month)}" + (f"　范围：{shown.sentence}" if shown.sentence else "")
    when = _put(sheet.cell(2, 1), Written(said))
    unit = _put(sheet.cell(2, _on_first_page(widths, pages)), Written("单位：万元"))
    when.font = unit.font = _BODY
    unit.alignment = Alignment(horizontal="right")
    sheet.row_dimensions[1].height, sheet.row_dimensions[2].height = 44, 18


def _on_first_page(widths: Sequence[int], pages: int) -> int:
    """Give a column that stands at the right of the first page."""
    if pages == 1:
        return len(widths)
    return max(5, sum(reached <= _CHARACTERS_A_PAGE * 0.85 for reached in itertools.accumulate(widths)))


def _write_column(sheet: Worksheet, index: int, column: _Column, shown: CountyList, lines: list[int]) -> int:
    """Write one column from its heading down; give its width, and raise `lines` to what its cells need.

    Cells that look alike share one style.
    """
    head = _put(sheet.cell(_HEAD_ROW, index), Written(column.title))
    _dress(head, _HEAD, "General", "center", _SHADE)
    total = _put(sheet.cell(_TOTAL_ROW, index), column.total(shown.projects) if column.total else Written(None))
    number = isinstance(total.value, int | float)
    _dress(total, _HEAD, total.number_format, "right" if number else "center", _BAND)
    styles: dict[tuple[str, bool, bool], array[int]] = {}
    texts = [print_for_cell(total.value, total.number_format)]
    for position, project in enumerate(shown.projects):
        said = column.written(position + 1, project)
        cell = _put(sheet.cell(_FIRST_ROW + position, index), said)
        number = isinstance(said.value, int | float) and index > 1
        key = (said.number_format, number, bool(cell.quotePrefix))
        if key not in styles:
            quoted = cell.quotePrefix
            _dress(cell, _BODY, said.number_format, "right" if number else "left" if column.left else "center")
            cell.quotePrefix = quoted
            styles[key] = copy(cell._style)
        cell._style = copy(styles[key])
        texts.append(print_for_cell(said.value, said.number_format))
    widest = max(_width(line) for text in [*texts, column.title] for line in text.split("\n"))
    room = max(min(widest, column.widest), *(_width(line) for line in column.title.split("\n")))
    for position, text in enumerate(texts):
        needed = sum(max(1, math.ceil(_width(line) / (room + 1))) for line in text.split("\n"))
        lines[position] = max(lines[position], needed)
    sheet.column_dimensions[get_column_letter(index)].width = room + 2
    return room + 2


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


def _width(line: str) -> int:
    """Give how wide a line is in Latin characters: a Chinese one counts two."""
    return sum(2 if unicodedata.east_asian_width(one) in "FWA" else 1 for one in line)


def _heading(field: Field) -> str:
    """Give a field's heading with its unit on a line of its own."""
    return f"{field.heading}\n（{field.unit}）" if field.unit else field.heading


def _set_page(sheet: Worksheet, shown: CountyList, width: int, pages: int) -> None:
    """Set what stays in sight on screen, and how the list comes out on paper."""
    last, last_row = get_column_letter(width), _TOTAL_ROW + len(shown.projects)
    name = _name_column(shown)
    sheet.freeze_panes = f"{get_column_letter(name + 1)}{_FIRST_ROW}"
    sheet.auto_filter.ref = f"A{_HEAD_ROW}:{last}{last_row}"
    sheet.row_dimensions[_HEAD_ROW].height = 36
    sheet.print_area = f"A1:{last}{last_row}"
    sheet.print_title_rows = f"{_HEAD_ROW}:{_HEAD_ROW}"
    if pages > 1:
        sheet.print_title_cols = f"A:{get_column_letter(name)}"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = pages, 0
    sheet.page_setup.pageOrder = "overThenDown"
    sheet.page_margins.left = sheet.page_margins.right = 0.4
    sheet.page_margins.top, sheet.page_margins.bottom = 0.5, 0.8
    sheet.page_margins.header, sheet.page_margins.footer = 0.2, 0.4
    sheet.print_options.horizontalCentered = True
    sheet.HeaderFooter.oddFooter = HeaderFooterItem(
        left=HeaderFooterPart(_DEMONSTRATION if shown.programme.demonstration else None),
        center=HeaderFooterPart("第 &P 页 共 &N 页"),
    )
