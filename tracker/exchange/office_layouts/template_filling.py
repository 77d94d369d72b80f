"""Template filling: a sheet of an office's own layout takes a table, and what stands below its lines moves down.

openpyxl moves cells and nothing else; merged cells, heights, formulas, print areas and breaks, validations and
conditional formats, pictures and filters are moved here.
"""

from __future__ import annotations

import datetime
import math
import re
from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from openpyxl.cell.cell import Cell
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formula.tokenizer import Token, Tokenizer
from openpyxl.formula.translate import Translator
from openpyxl.worksheet.dimensions import RowDimension
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.worksheet import Worksheet

from tracker.exchange.office_layouts.template_marks import MARK, NUMBER, plain_mark
from tracker.exchange.writing.table_layout import EDGE, HIGHEST_ROW, lines_of

_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PLACE = re.compile(r"(\$?[A-Z]{1,3}\$?)([0-9]{1,7})")
_USUAL_WIDTH, _USUAL_HEIGHT, _USUAL_SIZE = 8.43, 15.0, 11.0
_MEASURED_SIZE, _LINE_SPACING = 10.0, 1.35

Value = tuple[str | int | float | datetime.date | None, str]
"""What goes into a cell, and the format that it is shown in where the cell has none of its own."""


@dataclass(frozen=True, slots=True)
class Filling:
    """What goes into a template: words and sums by mark, a table's `columns` by position; `names` gives a mark's.

    A row with any of the `line_marks` is the one that is repeated, `count` times.
    """

    words: Mapping[str, Value]
    names: Mapping[str, int]
    columns: Sequence[Sequence[Value]]
    count: int
    line_marks: frozenset[str]

    @classmethod
    def of(cls, wish: Mapping[str, Any]) -> Filling:
        """Read what the parent says."""
        return cls(
            {mark: _value(said) for mark, said in wish["words"].items()},
            wish["names"],
            [[_value(said) for said in column] for column in wish["columns"]],
            wish["count"],
            frozenset(wish["of_line"]),
        )

    def of_line(self, number: int, mark: str) -> Value:
        """Give what a mark means in a line, counted from 0."""
        if mark == NUMBER:
            return number + 1, "0"
        position = self.names.get(mark)
        return self.words.get(mark, (None, "General")) if position is None else self.columns[position][number]

    def of_sheet(self, mark: str) -> Value:
        """Give what a mark means beside the lines."""
        return self.words.get(mark, (None, "General"))


def _value(said: Any) -> Value:
    value, number_format = said
    if isinstance(value, dict):
        return datetime.date.fromisoformat(value["d"]), number_format
    return value, number_format


def fill_sheet(sheet: Worksheet, marked: Sequence[Cell], line: int | None, filling: Filling) -> None:
    """Fill the marked cells of a sheet; the row `line`, if any, is repeated for every line of the table."""
    in_line = [cell for cell in marked if cell.row == line]
    for cell in marked:
        if cell.row != line:
            _fill(cell, filling.of_sheet)
    if line is None:
        return
    texts = {cell.column: cell.value for cell in in_line}
    if filling.count > 1:
        _make_room(sheet, line, filling.count - 1)
    widths = _widths_of(sheet, line)
    for number in range(filling.count):
        for column, text in texts.items():
            cell = _cell(sheet, line + number, column)
            cell.value = text
            _fill(cell, lambda mark, number=number: filling.of_line(number, mark))  # type: ignore[misc]
        _fit_height(sheet, line + number, widths)
    if not filling.count:
        for cell in in_line:
            cell.value = None


def _fill(cell: Cell, meaning: Callable[[str], Value]) -> None:
    """Put what its marks mean into a cell: a number or a day where it is one mark and nothing else."""
    text = str(cell.value)
    alone = MARK.fullmatch(text.strip())
    if alone:
        value, number_format = meaning(plain_mark(alone[1]))
        if not isinstance(value, str):
            cell.value = value
            if value is not None and (cell.number_format == "General" or isinstance(value, datetime.date)):
                cell.number_format = number_format
            return
        text = value
    else:
        text = MARK.sub(lambda mark: _printed(meaning(plain_mark(mark[1]))), text)
    cell.value = _ESCAPE.sub("_x005F_", _FORBIDDEN.sub("", text)) or None
    if cell.value is not None:
        # openpyxl takes = for a formula and #N/A for an error.
        cell.data_type = "s"
        if text.startswith(("=", "+", "-", "@", "\t")):
            cell.quotePrefix = True


def _printed(value: Value) -> str:
    said, _ = value
    if said is None:
        return ""
    if isinstance(said, datetime.date):
        return f"{said:%Y-%m-%d}"
    return said if isinstance(said, str) else format(said, ".15g")


def _make_room(sheet: Worksheet, line: int, more: int) -> None:
    """Put `more` rows like `line` below it; what stands below moves down."""
    flat = [each for each in sheet.merged_cells.ranges if each.min_row == line]
    pattern = {cell.column: cell for cell in sheet[line] if isinstance(cell, Cell)}
    formulas = {column: str(cell.value) for column, cell in pattern.items() if cell.data_type == "f"}
    heights = {row: copy(each) for row, each in sheet.row_dimensions.items()}
    sheet.insert_rows(line + 1, more)

    def moved(row: int) -> int:
        return row + more if row > line else row

    _move_what_is_around(sheet, moved, line, more)
    sheet.row_dimensions.clear()
    for row, height in heights.items():
        sheet.row_dimensions[moved(row)] = _dimension(sheet, height, moved(row))
    for number in range(1, more + 1):
        if line in heights:
            sheet.row_dimensions[line + number] = _dimension(sheet, heights[line], line + number)
        for column, cell in pattern.items():
            twin = _cell(sheet, line + number, column)
            twin._style = copy(cell._style)  # type: ignore[attr-defined]
            if column in formulas:
                origin = cell.coordinate
                twin.value = Translator(formulas[column], origin).translate_formula(twin.coordinate)
            elif cell.value is not None:
                twin.value, twin.data_type = cell.value, cell.data_type
        for merged in flat:
            sheet.merge_cells(None, line + number, merged.min_col, line + number, merged.max_col)


def _dimension(sheet: Worksheet, like: RowDimension, row: int) -> RowDimension:
    return RowDimension(
        sheet, index=row, ht=like.ht, hidden=like.hidden, outlineLevel=like.outlineLevel, collapsed=like.collapsed
    )


def _move_what_is_around(sheet: Worksheet, moved: Callable[[int], int], line: int, more: int) -> None:
    """Move what openpyxl leaves where it was; what covers the line grows."""

    def stretched(written: str) -> str:
        # The first row of a range stays with the line; its last one goes to the last of its copies.
        first, colon, last = written.partition(":")
        begins = _PLACE.sub(lambda place: f"{place[1]}{moved(int(place[2]))}", first)
        ends = _PLACE.sub(lambda place: f"{place[1]}{int(place[2]) + (more if int(place[2]) >= line else 0)}", last)
        return f"{begins}{colon}{ends}"

    for merged in list(sheet.merged_cells.ranges):
        if merged.min_row > line:
            merged.shift(row_shift=more)
    for each in [*sheet._images, *sheet._charts]:  # type: ignore[attr-defined]
        for end in (getattr(each.anchor, "_from", None), getattr(each.anchor, "to", None)):
            if end is not None and end.row >= line:
                end.row += more

    def covering(written: str) -> str:
        """Let a rule for one cell of the line go for that cell of every line."""
        row = int(_PLACE.sub(r"\2", written)) if ":" not in written else 0
        return (
            f"{written}:{stretched(f'{written}:{written}').rpartition(':')[2]}" if row == line else stretched(written)
        )

    _stretch_rules(sheet, stretched, covering)
    if sheet.print_area:
        areas = [area.rpartition("!")[2] for area in str(sheet.print_area).split(",")]
        sheet.print_area = [stretched(area) for area in areas]
    sheet.row_breaks.brk = [Break(id=moved(each.id)) for each in sheet.row_breaks.brk]
    for cell in _cells_of(sheet):
        if cell.hyperlink is not None:
            cell.hyperlink.ref = cell.coordinate
    _stretch_formulas(sheet, stretched)


def _stretch_rules(sheet: Worksheet, stretched: Callable[[str], str], covering: Callable[[str], str]) -> None:
    """Let conditional formats, validations, filters and tables cover the same cells as before."""
    conditional = ConditionalFormattingList()
    for formatting in sheet.conditional_formatting:
        ranges = " ".join(covering(each) for each in str(formatting.sqref).split())
        for rule in formatting.rules:
            conditional.add(ranges, rule)
    sheet.conditional_formatting = conditional
    for validation in sheet.data_validations.dataValidation:
        validation.sqref = type(validation.sqref)(" ".join(covering(each) for each in str(validation.sqref).split()))
    if sheet.auto_filter.ref:
        sheet.auto_filter.ref = stretched(sheet.auto_filter.ref)
    for table in sheet.tables.values():
        table.ref = stretched(table.ref)
        if table.autoFilter is not None:
            table.autoFilter.ref = stretched(table.autoFilter.ref)


def _cells_of(sheet: Worksheet) -> list[Cell]:
    """Give the cells that a sheet holds, however far apart they are."""
    return [cell for cell in sheet._cells.values() if isinstance(cell, Cell)]


def _stretch_formulas(sheet: Worksheet, stretched: Callable[[str], str]) -> None:
    """Let the workbook's formulas name the same cells of a sheet as before."""
    for other in sheet.parent.worksheets:  # type: ignore[union-attr]
        for cell in _cells_of(other):
            if cell.data_type != "f" or not isinstance(cell.value, str):
                continue
            tokens = Tokenizer(cell.value)
            for token in tokens.items:
                if token.type == Token.OPERAND and token.subtype == Token.RANGE:
                    name, mark, place = token.value.rpartition("!")
                    of_this = name.strip("'").replace("''", "'") == sheet.title if mark else other is sheet
                    if of_this and _PLACE.search(place):
                        token.value = f"{name}{mark}{stretched(place)}"
            cell.value = tokens.render()  # type: ignore[no-untyped-call]


def _widths_of(sheet: Worksheet, line: int) -> dict[int, float]:
    """Give the width of each cell of a row, in digits; of merged ones that of all."""
    usual = sheet.sheet_format.defaultColWidth or _USUAL_WIDTH
    single = {}
    for letter, dimension in sheet.column_dimensions.items():
        for column in range(dimension.min or 0, (dimension.max or 0) + 1):
            single[column] = dimension.width
        single.setdefault(sheet[f"{letter}1"].column, dimension.width)
    widths = {column: single.get(column, usual) for column in range(1, sheet.max_column + 1)}
    for merged in sheet.merged_cells.ranges:
        if merged.min_row == line:
            columns = range(merged.min_col, merged.max_col + 1)
            widths[merged.min_col] = sum(single.get(column, usual) for column in columns)
    return widths


def _cell(sheet: Worksheet, row: int, column: int) -> Cell:
    """Give a cell that can hold something: one of a merged range but the first is none."""
    cell = sheet.cell(row, column)
    if not isinstance(cell, Cell):
        raise TypeError(cell.coordinate)
    return cell


def _fit_height(sheet: Worksheet, row: int, widths: Mapping[int, float]) -> None:
    """Make a row as high as its longest text needs, never lower than the template has it."""
    needed = 0.0
    for column, width in widths.items():
        cell = sheet.cell(row, column)
        if isinstance(cell, Cell) and isinstance(cell.value, str) and cell.alignment.wrap_text:
            size = float(cell.font.size or _USUAL_SIZE)
            room = int((width - EDGE) * _MEASURED_SIZE / size)
            needed = max(needed, lines_of(cell.value, room) * size * _LINE_SPACING + 3)
    dimension = sheet.row_dimensions[row]
    if needed > (dimension.height or sheet.sheet_format.defaultRowHeight or _USUAL_HEIGHT):
        dimension.height = min(math.ceil(needed), HIGHEST_ROW)
