"""Dossier sheet: the small tables of a dossier below one another on one upright page, on a grid of narrow columns."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from xlsxwriter import Workbook
from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.utility import xl_col_to_name

from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import DEMONSTRATION, PrintedTable
from tracker.exchange.writing.sheet_rows import RowSheet, blank_cell, number_cell, text_cell
from tracker.exchange.writing.table_layout import EDGE, lines_of, row_height
from tracker.exchange.writing.table_workbook import BODY, HEAD, MEASURE, Looks

_GRID, _NARROW = 28, 4
"""How many columns the grid has, and how wide each is in digits: together a page's width."""

_LABEL = 6
"""How many columns of the grid a fact's heading takes."""

_SPANS = {
    "nodes": (5, 6, 6, 11),
    "months": (4, 3, 4, 4, 4, 3, 3, 3),
    "problems": (11, 5, 4, 4, 4),
    "changes": (4, 3, 10, 6, 5),
}
"""How many columns of the grid each column of a part takes."""

_NUMERALS = "一二三四五"
_MOST = {"months": 13, "problems": 5, "changes": 5}
"""How many lines of a part one page has room for; which of them, `_kept` says."""

_LEFT_OUT = {"months": "更早的 {} 个月", "problems": "另有 {} 个问题", "changes": "更早的 {} 条"}
_SHADE = "#EEF1F4"
_AIR = 2
"""How many points higher than elsewhere rows are: a page of its own has the room."""

_WIDE_FACTS = frozenset({"name", "content", "progress", "remark"})


def write_dossier(target: Path | IO[bytes], parts: Sequence[PrintedTable]) -> None:
    """Write a dossier's parts as a workbook of one page. Raises OSError where it cannot be written."""
    with tempfile.TemporaryDirectory(prefix="tables") as folder:
        book = Workbook(
            str(target) if isinstance(target, Path) else target,
            {"constant_memory": True, "tmpdir": folder, "default_format_properties": MEASURE},
        )
        book.set_properties({"author": "一泓台账", "title": parts[0].title})
        _Form(book.add_worksheet("工程档案", RowSheet), Looks(book)).write(parts)
        try:
            book.close()
        except FileCreateError as error:
            raise OSError(*error.args[0].args) from error


class _Form:
    """One page on its way onto a sheet, row by row; each row is cells that go over some columns of the grid."""

    def __init__(self, sheet: RowSheet, looks: Looks) -> None:
        self.sheet, self.looks = sheet, looks
        self.row = 0
        self.merges: list[tuple[int, int, int, int]] = []

    def write(self, parts: Sequence[PrintedTable]) -> None:
        """Write the page and how it is printed."""
        first = parts[0]
        if first.annex:
            self._put([(Written(first.annex), _GRID, self.looks.number(HEAD, "left", size=14, border=False))], 26)
        self._put([(Written(first.title), _GRID, self.looks.number(HEAD, "center", size=16, border=False))], 34)
        right, left = (self.looks.number(BODY, side, border=False) for side in ("right", "left"))
        self._put([(Written(first.said), 20, left), (Written(first.unit), 8, right)], 20)
        for numeral, part in zip(_NUMERALS, parts, strict=True):
            section = self.looks.number(HEAD, "left", fill=_SHADE)
            self._put([(Written(f"{numeral}、{part.name}"), _GRID, section)], 21)
            if part.key == "facts":
                self._put_facts(part)
            else:
                self._put_table(part)
        for note in [note for part in parts for note in part.notes]:
            self._put([(Written(note), _GRID, left)])
        self.sheet.end_rows(self.row, _GRID)
        self.sheet.set_widths([_NARROW] * _GRID)
        for merge in self.merges:
            self.sheet.merge_written(*merge)
        self._set_page(first)

    def _put_facts(self, part: PrintedTable) -> None:
        """Put facts two in a row; a long one has a row to itself."""
        label, text = self.looks.number(HEAD, "center"), self.looks.number(BODY, "left")
        half = _GRID // 2
        waiting: list[tuple[Written, int, int]] = []
        for line in part.lines:
            name, heading, value = line.cells
            shown = value if value.value is not None else Written("—")
            long = name.value in _WIDE_FACTS or lines_of(str(shown.value), (half - _LABEL) * _NARROW - EDGE) > 2
            if long:
                self._put_pair(waiting, text)
                waiting = []
                self._put([(heading, _LABEL, label), (shown, _GRID - _LABEL, text)])
                continue
            waiting += [(heading, _LABEL, label), (shown, half - _LABEL, text)]
            if len(waiting) == 4:
                self._put(waiting)
                waiting = []
        self._put_pair(waiting, text)

    def _put_pair(self, waiting: Sequence[tuple[Written, int, int]], text: int) -> None:
        """Put a fact that waited for a second one by itself."""
        if waiting:
            heading, (said, _, _) = waiting[0], waiting[1]
            self._put([heading, (said, _GRID - _LABEL, text)])

    def _put_table(self, part: PrintedTable) -> None:
        """Put a part's headings and lines; where it has none, that."""
        spans = _SPANS[part.key]
        if not part.lines:
            self._put([(Written("无"), _GRID, self.looks.number(BODY, "center"))])
            return
        head = self.looks.number(HEAD, "center")
        headings = [f"{each.heading}\n（{each.unit}）" if each.unit else each.heading for each in part.columns]
        self._put([(Written(words), span, head) for words, span in zip(headings, spans, strict=True)])
        kept, left_out = _kept(part)
        for line in kept:
            self._put([
                (cell, span, self._look(cell, left=column.left))
                for cell, span, column in zip(line, spans, part.columns, strict=True)
            ])  # fmt: skip
        if left_out:
            words = f"{_LEFT_OUT[part.key].format(left_out)}没有印在这一页。"
            self._put([(Written(words), _GRID, self.looks.number(BODY, "left"))])

    def _look(self, cell: Written, *, left: bool) -> int:
        if isinstance(cell.value, int | float):
            return self.looks.number(BODY, "right", cell.number_format)
        return self.looks.number(BODY, "left" if left else "center", cell.number_format)

    def _put(self, cells: Sequence[tuple[Written, int, int]], height: float = 0) -> None:
        """Put one row of (what is said, over how many columns, in which look)."""
        at, written, lines = 0, [], 1
        for said, span, look in cells:
            place = self._place(at)
            if said.value is None:
                written.append(blank_cell(place, look))
            elif isinstance(said.value, str):
                written.append(text_cell(place, look, said.value))
                lines = max(lines, lines_of(said.value, span * _NARROW - EDGE))
            else:
                written.append(number_cell(place, look, said.value))
            written += [blank_cell(self._place(other), look) for other in range(at + 1, at + span)]
            self.merges.append((self.row, at, self.row, at + span - 1))
            at += span
        self.sheet.put_row(self.row, height or row_height(lines) + _AIR, "".join(written))
        self.row += 1

    def _place(self, column: int) -> str:
        return f"{xl_col_to_name(column)}{self.row + 1}"

    def _set_page(self, first: PrintedTable) -> None:
        sheet = self.sheet
        sheet.print_area(0, 0, self.row - 1, _GRID - 1)
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 1)
        sheet.center_horizontally()
        sheet.hide_gridlines(2)
        sheet.set_margins(left=0.6, right=0.6, top=0.6, bottom=0.7)
        mark = f'&L&"{BODY},Regular"&10{DEMONSTRATION}' if first.demonstration else ""
        sheet.set_footer(f'{mark}&C&"{BODY},Regular"&10第 &P 页 共 &N 页', {"margin": 0.3, "scale_with_doc": False})


def _kept(part: PrintedTable) -> tuple[list[Sequence[Written]], int]:
    """Give the lines of a part that one page has room for, the latest months and changes, and how many it has not."""
    most = _MOST.get(part.key, len(part.lines))
    lines = [line.cells for line in part.lines]
    kept = lines[-most:] if part.key == "months" else lines[:most]
    return list(kept), len(lines) - len(kept)
