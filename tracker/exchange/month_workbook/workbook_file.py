"""Month's workbook as a file: the list to fill in, a short guide, and the hidden marks, written with XlsxWriter.

What may not change is grey and locked, without a password; what is asked for has a drop-down or a rule that warns and
lets pass: a rule that forbids would keep people from writing 2024年8月 or 清空.
"""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import IO, Any

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from tracker.exchange.month_workbook.gathering import SERIAL, TICKED, UNCHANGED_HEADING, MonthBook, MonthRow
from tracker.exchange.month_workbook.guide import guide_of
from tracker.exchange.month_workbook.marks import MARKS_SHEET, rows_of_marks
from tracker.exchange.writing.list_values import Written, print_for_cell
from tracker.exchange.writing.printed_table import DEMONSTRATION
from tracker.exchange.writing.table_layout import EDGE, SCALE, Column, Layout, lay_out, lines_of, row_height
from tracker.ledger.drafts import UNCHANGED
from tracker.model.fields import FIELD, Kind
from tracker.model.months import last_day
from tracker.model.stages import STAGE_WORDS
from tracker.model.written import CLEARING_WORD

LIST_SHEET, GUIDE_SHEET = "月报", "填报说明"
_HEAD_ROW, _FIRST_ROW = 2, 3
"""Rows from 0: title, month and where to, headings, then the projects."""

_REPEATED = 3
_EARLIEST = datetime.date(1990, 1, 1)
_LATEST_PLAN = datetime.date(2100, 12, 31)
_LONGEST_MESSAGE = 250
_SIDE_PADDING = 5 / 7
"""XlsxWriter adds five pixels of seven a digit to the width it is given."""

_ROOM = {
    Kind.MONEY: "123,456.00", Kind.PERCENT: "100.0%", Kind.PLANNED_DATE: "2024-08-05", Kind.ACTUAL_DATE: "2024-08-05",
    Kind.STAGE: "竣工验收", Kind.WORD: "某某县水利局", Kind.QUANTITY: "12,345.0",
}  # fmt: skip
"""What a column must have room for though nothing stands in it yet."""

_BOUNDS = {
    Kind.NAME: (26, 44), Kind.CATEGORY: (12, 22), Kind.LEVEL: (8, 14), Kind.WORD: (12, 24),
}  # fmt: skip
_TEXT_BOUNDS = {"progress": (30, 48), "problem": (24, 40), "remark": (18, 30)}
_NUMBERS = frozenset({Kind.MONEY, Kind.QUANTITY, Kind.PERCENT})
_DATES = frozenset({Kind.ACTUAL_DATE, Kind.PLANNED_DATE})
_EMPTY_FORMATS = {Kind.MONEY: "#,##0.00####", Kind.QUANTITY: "#,##0.0##", Kind.PERCENT: '0.0#"%"',
                  Kind.ACTUAL_DATE: "yyyy-mm-dd", Kind.PLANNED_DATE: "yyyy-mm-dd"}  # fmt: skip

_INK, _MUTED, _LINE = "#1B2733", "#51606F", "#B8C4CE"
_GREY, _HEAD_GREY, _HEAD_BLUE, _AMBER = "#F1F4F6", "#E3E8EC", "#D6E7EF", "#FBE9CC"
_ALLOWED = ("format_columns", "format_rows", "sort", "autofilter", "select_locked_cells", "select_unlocked_cells")


def write_month_book(target: Path | IO[bytes], book: MonthBook) -> None:
    """Write a month's workbook to a file or a stream. Raises OSError where the file cannot be written."""
    options = {
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "in_memory": True,
        "default_format_properties": {"font_name": "Arial", "font_size": 10},
    }  # fmt: skip
    workbook = Workbook(str(target) if isinstance(target, Path) else target, options)
    workbook.set_properties({
        "title": title_of(book), "author": "一泓台账",
        "created": datetime.datetime.fromisoformat(book.made_at).replace(tzinfo=None),
    })  # fmt: skip
    _Sheet(workbook, book).write()
    _write_guide(workbook, book)
    marks = workbook.add_worksheet(MARKS_SHEET)
    for number, row in enumerate(rows_of_marks(book.marks)):
        for index, text in enumerate(row):
            if text:
                marks.write_string(number, index, text)
    marks.protect("")
    marks.very_hidden()
    try:
        workbook.close()
    except FileCreateError as error:
        raise OSError(*error.args[0].args) from error


def title_of(book: MonthBook) -> str:
    """Give the title: the county, the programme, the month, and whether it is a demonstration."""
    mark = f"（{DEMONSTRATION}）" if book.programme.demonstration else ""
    return f"{book.full_name}{book.programme.name}月报（{book.month_words}）{mark}"


def _heading(name: str) -> str:
    if name == SERIAL:
        return "序号"
    if name == UNCHANGED:
        return UNCHANGED_HEADING
    field = FIELD[name]
    return f"{field.heading}\n（{field.unit}）" if field.unit else field.heading


def _kind(name: str) -> Kind | None:
    return FIELD[name].kind if name in FIELD else None


class _Sheet:
    """Writes the list that is filled in."""

    def __init__(self, workbook: Workbook, book: MonthBook) -> None:
        self.workbook, self.book = workbook, book
        self.sheet: Worksheet = workbook.add_worksheet(LIST_SHEET)
        self.columns = (*book.locked, *book.open)
        self.formats: dict[tuple[Any, ...], Format] = {}
        self.layout = self._laid_out()

    def _laid_out(self) -> Layout:
        """Lay the columns out; a last row that is not written keeps room in those that are still empty."""
        columns = []
        for name in self.columns:
            said_there = [row.cells[name].written for row in self.book.rows]
            texts = [print_for_cell(said.value, said.number_format) for said in said_there]
            kind = _kind(name)
            bounds = _TEXT_BOUNDS.get(name) or (_BOUNDS.get(kind) if kind else None)
            room = "" if name in self.book.locked or kind is None else _ROOM.get(kind, "")
            if name in _TEXT_BOUNDS:
                room = "字" * (_TEXT_BOUNDS[name][0] // 2 - 1)
            columns.append(Column(_heading(name), [*texts, room], *(bounds or ())))
        return lay_out(columns, _REPEATED)

    def _lines(self, row: MonthRow) -> int:
        """Give how many lines of text a row needs."""
        cells = [row.cells[name].written for name in self.columns]
        texts = [print_for_cell(said.value, said.number_format) for said in cells]
        return max(lines_of(text, width - EDGE) for text, width in zip(texts, self.layout.widths, strict=True))

    def format(self, **properties: Any) -> Format:
        """Give a format, made once."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            base = {
                "font_name": "仿宋", "font_size": 10, "font_color": _INK, "border": 1, "border_color": _LINE,
                "valign": "vcenter", "text_wrap": True,
            }  # fmt: skip
            self.formats[key] = self.workbook.add_format(base | properties)
        return self.formats[key]

    def write(self) -> None:
        """Write headings, projects, rules, and how the sheet stands on screen and on paper."""
        book, sheet, layout = self.book, self.sheet, self.layout
        for index, (heading, width) in enumerate(zip(layout.headings, layout.widths, strict=True)):
            fill = _HEAD_GREY if self.columns[index] in book.locked else _HEAD_BLUE
            style = self.format(font_name="黑体", align="center", bg_color=fill)
            sheet.write_string(_HEAD_ROW, index, heading, style)
            sheet.set_column(index, index, width - _SIDE_PADDING)
        sheet.set_row(_HEAD_ROW, row_height(layout.head_lines))
        for at, row in enumerate(book.rows, start=_FIRST_ROW):
            sheet.set_row(at, row_height(self._lines(row)))
            self._write_row(at, row)
        for index, name in enumerate(self.columns):
            if name in book.open:
                self._add_rule(index, name)
        self._write_top()
        self._set_up()

    def _write_row(self, at: int, row: MonthRow) -> None:
        sheet, locked = self.sheet, len(self.book.locked)
        sheet.set_comments_author("一泓台账")
        for index, name in enumerate(self.columns):
            said = row.cells[name].written
            number = isinstance(said.value, int | float) and name != SERIAL
            kind = _kind(name)
            align = "right" if number else "left" if kind in (Kind.NAME, Kind.TEXT) else "center"
            style: dict[str, Any] = {"num_format": said.number_format, "align": align}
            if index < locked:
                style |= {"bg_color": _AMBER if row.returned and name == "name" else _GREY, "font_color": _MUTED}
                if name == "name":
                    style["font_color"] = _INK
            else:
                style["locked"] = False
                if said.value is None and kind in _EMPTY_FORMATS:
                    style["num_format"] = _EMPTY_FORMATS[kind]
                    style["align"] = "right" if kind in _NUMBERS else "center"
            if isinstance(said.value, str) and said.value.startswith(("=", "+", "-", "@", "\t")):
                style["quote_prefix"] = True
            self._put(at, index, said, self.format(**style))
            if row.cells[name].before:
                self._note(at, index, f"上月：{row.cells[name].before}")
        if row.returned:
            self._note(at, _REPEATED - 1, f"退回：{row.returned}")

    def _put(self, at: int, index: int, said: Written, style: Format) -> None:
        if said.value is None:
            self.sheet.write_blank(at, index, None, style)
        elif isinstance(said.value, datetime.date):
            day = datetime.datetime.combine(said.value, datetime.time())
            self.sheet.write_datetime(at, index, day, style)
        elif isinstance(said.value, int | float):
            self.sheet.write_number(at, index, said.value, style)
        else:
            self.sheet.write_string(at, index, said.value, style)

    def _note(self, at: int, index: int, text: str) -> None:
        lines = min(2 + len(text) // 12, 12)
        shape = {"font_name": "仿宋", "font_size": 10, "width": 170, "height": 18 * lines}
        self.sheet.write_comment(at, index, text, shape)

    def _add_rule(self, index: int, name: str) -> None:
        """Let a column warn of what it does not expect, and say what it does."""
        first, last = _FIRST_ROW, _FIRST_ROW + len(self.book.rows) - 1
        rule = _rule(name, xl_rowcol_to_cell(first, index), self.book.month)
        message = _message(name)
        rule |= {
            "ignore_blank": True, "error_type": "warning", "error_title": "请核对",
            "error_message": f"{_one_line(name)}一般{_expected(name)}。确实要这样写，请按“是”。",
            "input_title": _one_line(name)[:32], "input_message": message,
        }  # fmt: skip
        self.sheet.data_validation(first, index, last, index, rule)

    def _write_top(self) -> None:
        """Write title and second line over the columns of each page, beside those that every page repeats."""
        title = self.workbook.add_format({"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"})
        line = self.workbook.add_format({"font_name": "仿宋", "font_size": 10, "align": "left", "valign": "vcenter"})
        book, pages = self.book, self.layout.pages
        asked = f"请于{book.due.month}月{book.due.day}日前交回"
        how = "灰色的不用改，白色的已带出现在的数，只改有变化的"
        for number, page in enumerate(pages):
            first = page.start if len(pages) > 1 else 0
            # The columns of a later printed page are not wide enough for all of it.
            parts = [f"填报时间：{book.month_words}", *([asked] if not number else []), "单位：万元"]
            said = "　".join([*parts, *([how] if not number else [])])
            for row, text, style in ((0, title_of(book), title), (1, said, line)):
                if page.stop - first > 1:
                    self.sheet.merge_range(row, first, row, page.stop - 1, text, style)
                else:
                    self.sheet.write_string(row, first, text, style)
        self.sheet.set_row(0, 30)
        self.sheet.set_row(1, 20)

    def _set_up(self) -> None:
        sheet, book, pages = self.sheet, self.book, self.layout.pages
        last_row, last = _FIRST_ROW + len(book.rows) - 1, len(self.columns) - 1
        sheet.freeze_panes(_FIRST_ROW, _REPEATED)
        sheet.autofilter(_HEAD_ROW, 0, last_row, last)
        sheet.protect("", dict.fromkeys(_ALLOWED, True))
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.repeat_rows(0, _HEAD_ROW)
        sheet.print_area(0, 0, last_row, last)
        sheet.print_across()
        if len(pages) > 1:
            sheet.repeat_columns(0, _REPEATED - 1)
            sheet.set_print_scale(SCALE)
            sheet.set_v_pagebreaks([page.stop for page in pages[:-1]])
        else:
            sheet.fit_to_pages(1, 0)
            sheet.center_horizontally()
        mark = f'&L&"仿宋,Regular"&10{DEMONSTRATION}' if book.programme.demonstration else ""
        sheet.set_footer(f'{mark}&C&"仿宋,Regular"&10第 &P 页 共 &N 页', {"margin": 0.3, "scale_with_doc": False})
        first_open = xl_rowcol_to_cell(_FIRST_ROW, len(book.locked))
        sheet.set_selection(first_open)


def _one_line(name: str) -> str:
    return _heading(name).replace("\n", "")


def _rule(name: str, cell: str, month: str) -> dict[str, Any]:
    """Give a column's rule; a date may be text, because 2024年8月 is one, and every cell may say 清空."""
    kind = _kind(name)
    if name == UNCHANGED:
        return {"validate": "list", "source": [TICKED]}
    if kind is Kind.STAGE:
        return {"validate": "list", "source": list(STAGE_WORDS.values())}
    if kind in _DATES:
        latest = last_day(month) if kind is Kind.ACTUAL_DATE else _LATEST_PLAN
        between = f"AND({cell}>={_day(_EARLIEST)},{cell}<={_day(latest)})"
        return {"validate": "custom", "value": f"=OR(ISTEXT({cell}),{between})"}
    if kind in _NUMBERS:
        most = f",{cell}<=100" if kind is Kind.PERCENT else ""
        return {"validate": "custom", "value": f'=OR(AND(ISNUMBER({cell}),{cell}>=0{most}),{cell}="{CLEARING_WORD}")'}
    return {"validate": "length", "criteria": "<=", "value": FIELD[name].longest}


def _day(day: datetime.date) -> str:
    return f"DATE({day.year},{day.month},{day.day})"


def _expected(name: str) -> str:
    kind = _kind(name)
    if name == UNCHANGED:
        return f"只填“{TICKED}”或留空"
    if kind is Kind.STAGE:
        return "从下拉的词里选"
    if kind is Kind.ACTUAL_DATE:
        return "填日期，不晚于填报月末；不知道是哪一天的可写 2024年8月"
    if kind is Kind.PLANNED_DATE:
        return "填日期，或写 2024年8月"
    if kind is Kind.PERCENT:
        return "填 0 到 100 的数"
    if kind in _NUMBERS:
        return "填不小于 0 的数"
    return f"不超过 {FIELD[name].longest} 个字"


def _message(name: str) -> str:
    if name == UNCHANGED:
        return "这个项目本月什么都没变，选“是”。改了别的栏就不用填。"
    said = [FIELD[name].help] if FIELD[name].help else []
    if _kind(name) in _DATES:
        said.append("例如 2024-08-05 或 2024年8月。")
    keep = "没有的留空。" if FIELD[name].blank_empties else f"要删掉原来的内容，写“{CLEARING_WORD}”。"
    said.append(f"没有变化的不动；{keep}")
    return "".join(said)[:_LONGEST_MESSAGE]


def _write_guide(workbook: Workbook, book: MonthBook) -> None:
    """Write the second sheet: how to fill the first in, and what each column asks for."""
    sheet: Worksheet = workbook.add_worksheet(GUIDE_SHEET)
    guide = guide_of(book)
    plain = {"font_name": "仿宋", "font_size": 12, "font_color": _INK, "text_wrap": True, "valign": "top"}
    title = workbook.add_format({"font_name": "黑体", "font_size": 16, "align": "center", "valign": "vcenter"})
    head = workbook.add_format(plain | {"font_name": "黑体", "font_size": 12, "valign": "vcenter"})
    text = workbook.add_format(plain)
    column = workbook.add_format(plain | {"font_size": 11, "border": 1, "border_color": _LINE, "valign": "vcenter"})
    sheet.set_column(0, 0, 26)
    sheet.set_column(1, 1, 64)
    sheet.merge_range(0, 0, 0, 1, guide.title, title)
    sheet.set_row(0, 34)
    at = 1
    for heading, sentences in guide.parts:
        sheet.merge_range(at, 0, at, 1, heading, head)
        sheet.set_row(at, 24)
        at += 1
        for sentence in sentences:
            sheet.merge_range(at, 0, at, 1, sentence, text)
            sheet.set_row(at, 17 * lines_of(sentence, 74) + 4)
            at += 1
    for name in book.open:
        help_text = _message(name)
        sheet.write_string(at, 0, _one_line(name), column)
        sheet.write_string(at, 1, help_text, column)
        sheet.set_row(at, 16 * lines_of(help_text, 58) + 4)
        at += 1
    sheet.hide_gridlines(2)
    sheet.protect("", dict.fromkeys(_ALLOWED, True))
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.set_margins(left=0.7, right=0.7, top=0.7, bottom=0.7)
    mark = f'&L&"仿宋,Regular"&10{DEMONSTRATION}' if book.programme.demonstration else ""
    sheet.set_footer(f'{mark}&C&"仿宋,Regular"&10第 &P 页 共 &N 页')
