"""Table workbook: printed tables as .xlsx, one a sheet, laid out for paper and recalculated from their own cells.

A table that one page holds is fitted to the page's width; a wider one goes over several pages side by side, each
with the title and the columns that tell the lines apart.
"""

from __future__ import annotations

import itertools
import re
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_col_to_name

from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import DEMONSTRATION, LineRank, Paper, PrintedTable, TableLine
from tracker.exchange.writing.sheet_rows import RowSheet, blank_cell, number_cell, style_of, text_cell
from tracker.exchange.writing.table_layout import (
    EDGE,
    PAGE_WIDTHS,
    SCALE,
    lay_out,
    lines_of,
    lines_of_many,
    row_height,
    text_width,
)
from tracker.exchange.writing.table_measuring import LONG_TABLE, Measured, measured

BODY, HEAD = "仿宋", "黑体"
_SIZE, _ANNEX_SIZE, _TITLE_SIZE = 10, 14, 16
MEASURE = {"font_name": "Arial", "font_size": 10}
"""What sheets measure columns in. Digits of it, or of its twin Liberation Sans, are of one width everywhere; what
stands in for a missing 仿宋 is up to a quarter wider, and with it the columns would not fit their pages."""

_SHADE, _BAND = "#EEF1F4", "#F7F8FA"
_RUNNING_FONT = f'&"{BODY},Regular"&{_SIZE}'
_PAPER_NUMBERS = {Paper.A4: 9, Paper.A4_UPRIGHT: 9, Paper.A3: 8}
_UNIT_WIDTH = 12
_STARTS_FORMULA = "=+-@\t"
_MOST_RANGES, _LONGEST_NAME = 200, 31
_BY_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def write_tables(target: Path | IO[bytes], tables: Sequence[PrintedTable]) -> None:
    """Write tables as one workbook to a file or a stream. Raises OSError where it cannot be written."""
    names = sheet_names([table.name for table in tables])
    with tempfile.TemporaryDirectory(prefix="tables") as folder:
        book = Workbook(
            str(target) if isinstance(target, Path) else target,
            {"constant_memory": True, "tmpdir": folder, "default_format_properties": MEASURE},
        )
        book.set_properties({"author": "一泓台账", "title": tables[0].title if tables else ""})
        looks = Looks(book)
        try:
            for name, table in zip(names, tables, strict=True):
                _SheetWriting(book.add_worksheet(name, RowSheet), looks, table).write()
            book.close()
        except FileCreateError as error:
            raise OSError(*error.args[0].args) from error
        finally:
            for sheet in book.worksheets():
                sheet.give_up()


def sheet_names(wanted: Sequence[str]) -> list[str]:
    """Give names that sheets may bear, each once, as near to the wanted ones as can be."""
    names: list[str] = []
    for name in wanted:
        base = _BY_NAME.sub(" ", name).strip(" '") or "表"
        for number in itertools.count(1):
            suffix = f"（{number}）" if number > 1 else ""
            cut = _shortened(base, _LONGEST_NAME - len(suffix)) + suffix
            if cut.casefold() not in {other.casefold() for other in names}:
                names.append(cut)
                break
    return names


def _shortened(text: str, units: int) -> str:
    """Cut a text to so many UTF-16 units, which sheets count in."""
    return text.encode("utf-16-le", "ignore")[: 2 * units].decode("utf-16-le", "ignore").rstrip(" '")


class Looks:
    """The looks of a workbook's cells, each made once."""

    def __init__(self, book: Workbook) -> None:
        self._book = book
        self._made: dict[tuple[str, int, str, str, str, bool, bool], int] = {}

    def number(
        self,
        font: str,
        horizontal: str,
        number_format: str = "General",
        fill: str = "",
        *,
        size: int = _SIZE,
        border: bool = True,
        quoted: bool = False,
    ) -> int:
        """Give the number of a look; `quoted` marks a text that looks like a formula."""
        key = (font, size, horizontal, number_format, fill, border, quoted)
        if key not in self._made:
            said = {
                "font_name": font, "font_size": size, "align": horizontal, "valign": "vcenter", "text_wrap": True,
                "num_format": number_format, "border": int(border), "quote_prefix": quoted,
            }  # fmt: skip
            if fill:
                said |= {"bg_color": fill, "pattern": 1}
            self._made[key] = style_of(self._book.add_format(said))
        return self._made[key]


class _SheetWriting:
    """One table on its way onto one sheet: rows are put from the top down, then what goes over several cells."""

    def __init__(self, sheet: RowSheet, looks: Looks, table: PrintedTable) -> None:
        self.sheet, self.looks, self.table = sheet, looks, table
        self.measured: Measured = measured(table)
        self.columns = self.measured.columns
        self.letters = [xl_col_to_name(index) for index in range(len(self.columns))]
        self.repeated = min(table.repeated, len(self.columns))
        self.layout = lay_out(self.measured.texts, self.repeated, PAGE_WIDTHS[table.paper])
        pages, count = self.layout.pages, len(self.columns)
        self.parts = [range(page.start, page.stop) for page in pages] if len(pages) > 1 else [range(count)]
        """What goes over a whole page's width: a cell merged of repeated columns and others would be cut."""
        self.row = 0
        self.merges: list[tuple[int, int, int, int]] = []

    def write(self) -> None:
        """Write the sheet, top to bottom, and how it is printed."""
        table = self.table
        if table.annex:
            self._put_over(table.annex, HEAD, "left", _ANNEX_SIZE, 6, 20)
        self._put_over(table.title, HEAD, "center", _TITLE_SIZE, 8, 22)
        if table.said or table.unit:
            self._put_said_and_unit()
        self._put_heads()
        head_row = self.row - 1
        self._put_lines(self.row)
        last_line = self.row - 1
        for note in table.notes:
            part = self.parts[0]
            style = self.looks.number(BODY, "left", border=False)
            height = row_height(lines_of(note, self._width(part) - EDGE))
            self.merges.append((self.row, part.start, self.row, part.stop - 1))
            self._put(height, text_cell(self._place(part.start), style, note))
        self.sheet.end_rows(self.row, len(self.columns))
        self.sheet.set_widths(self.layout.widths)
        for merge in self.merges:
            self.sheet.merge_written(*merge)
        self._set_page(head_row, last_line)

    def _place(self, column: int) -> str:
        return f"{self.letters[column]}{self.row + 1}"

    def _width(self, columns: Sequence[int]) -> int:
        return sum(self.layout.widths[index] for index in columns)

    def _put(self, height: float, cells: str) -> None:
        self.sheet.put_row(self.row, height, cells)
        self.row += 1

    def _put_over(self, text: str, font: str, horizontal: str, size: int, padding: int, line: int) -> None:
        """Put a line of words over the columns of each page; every page repeats it."""
        style, lines, cells = self.looks.number(font, horizontal, size=size, border=False), 1, []
        for part in self.parts:
            lines = max(lines, lines_of(text, int(self._width(part) * _SIZE / size)))
            self.merges.append((self.row, part.start, self.row, part.stop - 1))
            cells.append(text_cell(self._place(part.start), style, text))
        self._put(padding + line * lines, "".join(cells))

    def _put_said_and_unit(self) -> None:
        """Put what the table is about at the left of each page, and its unit at the right."""
        said, unit = self.table.said, self.table.unit
        lines, cells = 1, []
        for part in self.parts:
            widths = [self.layout.widths[index] for index in part]
            room = sum(widths) - max(_UNIT_WIDTH, text_width(unit) + EDGE) if unit else sum(widths)
            before = max(1, sum(reached <= room for reached in itertools.accumulate(widths)))
            lines = max(lines, lines_of(said, sum(widths[:before])))
            middle = part.start + before
            self.merges.append((self.row, part.start, self.row, middle - 1))
            cells.append(text_cell(self._place(part.start), self.looks.number(BODY, "left", border=False), said))
            if unit and middle < part.stop:
                self.merges.append((self.row, middle, self.row, part.stop - 1))
                cells.append(text_cell(self._place(middle), self.looks.number(BODY, "right", border=False), unit))
        self._put(6 + 14 * lines, "".join(cells))

    def _put_heads(self) -> None:
        """Put the headings: one row, or two where neighbours share a head."""
        style = self.looks.number(HEAD, "center", fill=_SHADE)
        headings = self.layout.headings
        high = row_height(max(1 + heading.count("\n") for heading in headings))
        if not any(column.group for column in self.columns):
            cells = (text_cell(self._place(index), style, heading) for index, heading in enumerate(headings))
            self._put(high, "".join(cells))
            return
        above: list[str] = []
        below: list[str] = []
        upper = 1
        for group, members in self._grouped():
            first, last = members[0], members[-1]
            upper = max(upper, lines_of(group, self._width(members) - EDGE))
            for index in members:
                above.append(text_cell(self._place(index), style, group if group else headings[index])
                             if index == first or not group else blank_cell(self._place(index), style))  # fmt: skip
                place = f"{self.letters[index]}{self.row + 2}"
                below.append(text_cell(place, style, headings[index]) if group else blank_cell(place, style))
                if not group:
                    self.merges.append((self.row, index, self.row + 1, index))
            if group:
                self.merges.append((self.row, first, self.row, last))
        lower = max(1 + heading.count("\n")
                    for column, heading in zip(self.columns, headings, strict=True) if column.group)  # fmt: skip
        self._put(row_height(upper), "".join(above))
        self._put(max(row_height(lower), high - row_height(upper)), "".join(below))

    def _grouped(self) -> list[tuple[str, list[int]]]:
        """Give the columns by the head they share on one page, from left to right."""
        starts = {page.start for page in self.layout.pages}
        found: list[tuple[str, list[int]]] = []
        for index, column in enumerate(self.columns):
            if found and found[-1][0] == column.group and index not in starts:
                found[-1][1].append(index)
            else:
                found.append((column.group, [index]))
        return found

    def _put_lines(self, first_row: int) -> None:
        kept = self.measured.kept
        rooms = [width - EDGE for width in self.layout.widths]
        count_lines = lines_of_many if len(self.table.lines) > LONG_TABLE else lines_of
        styles: dict[LineRank, list[dict[str | bool, int]]] = {rank: [{} for _ in self.columns] for rank in LineRank}
        for line in self.measured.lines:
            if line.rank is LineRank.SECTION:
                self._put_section(line)
                continue
            cells = line.cells if kept is None else [line.cells[index] for index in kept]
            sums = self._formulas(line, cells, first_row) if line.sums else {}
            self._put_line(line.rank, cells, styles[line.rank], rooms, sums, count_lines)

    def _put_line(
        self,
        rank: LineRank,
        cells: Sequence[Written],
        styles: Sequence[dict[str | bool, int]],
        rooms: Sequence[int],
        sums: dict[int, str],
        count_lines: Callable[[str, int], int],
    ) -> None:
        """Put one line; cells that look alike share one look. The innermost loop of all that is written."""
        number, lines, written = self.row + 1, 1, []
        for index, (letter, room, found, cell) in enumerate(zip(self.letters, rooms, styles, cells, strict=True)):
            value = cell.value
            # All texts of a column look alike, but for those that look like a formula.
            if isinstance(value, str):
                key: str | bool = value[:1] in _STARTS_FORMULA and value != ""
            else:
                key = value is not None and cell.number_format
            style = found.get(key)
            if style is None:
                style = found[key] = self._style(rank, index, cell, quoted=key is True)
            place = f"{letter}{number}"
            if isinstance(value, str):
                written.append(text_cell(place, style, value))
                if (2 * len(value) > room or "\n" in value) and (needed := count_lines(value, room)) > lines:
                    lines = needed
            elif value is None:
                written.append(blank_cell(place, style))
            else:
                written.append(number_cell(place, style, value, sums.get(index, "")))
        self._put(row_height(lines), "".join(written))

    def _style(self, rank: LineRank, index: int, cell: Written, *, quoted: bool) -> int:
        """Give the look of a cell: numbers stand right, but for the running numbers of the first column."""
        total = rank is LineRank.TOTAL
        number = isinstance(cell.value, int | float)
        right = number and (total or index > 0)
        left = self.columns[index].left and not total and not number
        return self.looks.number(
            HEAD if rank in (LineRank.TOTAL, LineRank.SUBTOTAL) else BODY,
            "right" if right else "left" if left else "center",
            cell.number_format,
            "" if rank is LineRank.PLAIN else _BAND,
            quoted=quoted,
        )

    def _put_section(self, line: TableLine) -> None:
        """Put a heading among the lines, over all columns; over the repeated ones where there are several pages."""
        stop = len(self.columns) if len(self.layout.pages) == 1 else self.repeated
        words = str(line.cells[0].value or "")
        style = self.looks.number(HEAD, "left", fill=_BAND)
        self.merges.append((self.row, 0, self.row, stop - 1))
        blank = (blank_cell(self._place(index), style) for index in range(1, len(self.columns)))
        height = row_height(lines_of(words, self._width(range(stop)) - EDGE))
        self._put(height, "".join([text_cell(self._place(0), style, words), *blank]))

    def _formulas(self, line: TableLine, cells: Sequence[Written], first_row: int) -> dict[int, str]:
        """Give the sums of a line as formulas over the cells that they add up, by column.

        A sum of which a part is no number in its cell stays a number: recalculating would lose the part.
        """
        ranges = _ranges(line.sums, first_row)
        if len(ranges) > _MOST_RANGES:
            return {}
        formulas = {}
        for index, cell in enumerate(cells):
            if isinstance(cell.value, int | float) and self.measured.adds_up(index, line.sums, cell.value):
                letter = self.letters[index]
                places = (f"{letter}{top}" if top == end else f"{letter}{top}:{letter}{end}" for top, end in ranges)
                formulas[index] = f"SUM({','.join(places)})"
        return formulas

    def _set_page(self, head_row: int, last_line: int) -> None:
        """Set what stays in sight on screen, and how the table comes out on paper."""
        table, sheet, last = self.table, self.sheet, len(self.columns) - 1
        totals = sum(1 for _ in itertools.takewhile(lambda line: line.rank is LineRank.TOTAL, table.lines))
        sheet.freeze_panes(head_row + 1 + (totals if totals <= 2 else 0), self.repeated)
        if table.filtered:
            sheet.autofilter(head_row, 0, last_line, last)
        sheet.print_area(0, 0, self.row - 1, last)
        sheet.repeat_rows(0, head_row)
        sheet.set_paper(_PAPER_NUMBERS[table.paper])
        if table.paper is not Paper.A4_UPRIGHT:
            sheet.set_landscape()
        if len(self.layout.pages) == 1:
            sheet.fit_to_pages(1, 0)
            sheet.center_horizontally()
        else:
            # Sheets fitted to pages choose the breaks themselves, and would cut the titles.
            sheet.set_print_scale(SCALE)
            sheet.set_v_pagebreaks([page.stop for page in self.layout.pages[:-1]])
            sheet.repeat_columns(0, self.repeated - 1)
        sheet.print_across()
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.set_header("", {"margin": 0.3})
        mark = f"&L{_RUNNING_FONT}{DEMONSTRATION}" if table.demonstration else ""
        sheet.set_footer(f"{mark}&C{_RUNNING_FONT}第 &P 页 共 &N 页", {"margin": 0.3, "scale_with_doc": False})


def _ranges(positions: Sequence[int], first_row: int) -> list[tuple[int, int]]:
    """Give lines, by their positions, as ranges of rows as sheets number them."""
    if isinstance(positions, range) and positions.step == 1:
        return [(positions.start + first_row + 1, positions.stop + first_row)]
    ranges: list[tuple[int, int]] = []
    for row in sorted(position + first_row + 1 for position in positions):
        if ranges and ranges[-1][1] == row - 1:
            ranges[-1] = (ranges[-1][0], row)
        else:
            ranges.append((row, row))
    return ranges
