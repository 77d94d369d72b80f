"""Project rows: which rows of a table are projects, and what each of their cells says.

Totals, sub-headings, notes, signatures, stray marks and repeated headings are no projects; hidden rows and
columns are data like any other. In doubt a row is a project: a fault can be mended, a row dropped silently
cannot.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from tracker.exchange.reading.heading_words import CITY, SERIAL, heading_field, is_numbers_row, plain_heading
from tracker.exchange.reading.headings import Table
from tracker.exchange.reading.workbooks import Cell, Sheet, cell_name, column_letters
from tracker.model.fields import FIELD, Kind

_NUMERAL = "[一二三四五六七八九十百]+"
_ARABIC = re.compile(r"\(?[0-9]{1,6}(?:[.\-、][0-9]{1,4})*\)?[.、]?")
_CHINESE_SERIAL = re.compile(rf"\(?{_NUMERAL}\)?[、.]?")
_NUMBERED = re.compile(rf"(?:{_NUMERAL}[、.:]|\({_NUMERAL}\)|第{_NUMERAL}[类批部分章])")
_COUNTED = re.compile(r"\((?:共|计|合计)*[0-9]+[项个](?:项目|工程|[,、;][^()]*)?\)$")
_TOTAL = re.compile(
    r"(?:.{0,12}?)(?:合计|小计|总计|共计)(?:\(.*\)|:.*|[0-9].*)?|其中(?:[:,、].*)?|共?计?[0-9]+[项个](?:项目|工程)?|累计"
)
_NOTE = re.compile(
    r"(?:注|备注|附注|注释|说明|填表说明|填报说明|填写说明)[0-9]*[:.、]|以下空白|"
    r"(?:填报|编制|报送|金额|制表|牵头)?(?:单位|日期|时间):|附件[0-9]*[:：]"
)
_SIGNATURE = re.compile(
    r"(?:填表|填报|制表|制|审核|复核|审批|审定|签发|经办|统计|单位负责|部门负责|负责|分管|主要|主管|联系|报送)"
    r"(?:负责)?(?:人员?|领导|签字|电话|日期|时间)?(?:\(.{0,8}\))?:|.{0,12}\((?:签字|盖章|签章|公章)\)"
)
_LISTED_NOTE = re.compile(r"[0-9]+[.、)].*|[*※].*|.*[。；;]")
_BLANKS = frozenset({"-", "—", "–", "－", "/", "／", "无", "——", "、", "\\"})
_LONGEST_SUB_HEADING = 60
_NUMBERS = (int, float)


@dataclass(slots=True)
class RawRow:
    """One project row as written.

    `number` is the sheet's own row number; `cells` gives what each field of the list holds (None where
    blank), `places` the cell it stands in; for a value carried down, the cell it was written in.
    `sub_heading` is the nearest sub-heading above: its cell and text.
    """

    number: int
    cells: dict[str, Cell]
    places: dict[str, str]
    sub_heading: tuple[str, str] | None


class CellNames(dict[str, str]):
    """The cell of each field of a row: the row's own, found when somebody asks, or one put here (merged, carried)."""

    __slots__ = ("letters", "row")

    def __init__(self, row: str, letters: dict[str, str]) -> None:
        """Start with the row's own cells: its number as text, and the letters of each field's column."""
        super().__init__()
        self.row, self.letters = row, letters

    def __missing__(self, name: str) -> str:
        """Name the row's own cell; raises KeyError for a field without a column."""
        return self.letters[name] + self.row

    def get(self, name: str, default: str | None = None) -> str | None:  # type: ignore[override]
        """Give a field's cell, or the default where it has no column."""
        return self[name] if name in self or name in self.letters else default


_DITTO = frozenset({"同上", "〃", "″", '"', "“", "”"})
"""What people write for "the place of the row above"."""


@dataclass(slots=True)
class _Seen:
    """What the rows above have said: the nearest sub-heading, and carried counties and cities by field."""

    sub_heading: tuple[str, str] | None
    carried: dict[str, tuple[Cell, str]]
    after_notes: bool


def _plain(cell: Cell) -> str:
    return "".join(unicodedata.normalize("NFKC", cell).split()) if isinstance(cell, str) else ""


def _blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and (not cell or cell.isspace()))


def _is_arabic(cell: Cell) -> bool:
    """Say whether a cell of the serial column holds a running number: 1, 1.0, "（1）", "1-1", "①"."""
    if isinstance(cell, int | float):
        return not isinstance(cell, bool)
    return _ARABIC.fullmatch(_plain(cell)) is not None


def _says_something(cell: Cell) -> bool:
    """Say whether a cell holds more than a blank, a dash or the zero that a prefilled formula leaves."""
    return not (_blank(cell) or (isinstance(cell, str) and _plain(cell) in _BLANKS) or cell == 0)


def _is_figure(cell: Cell) -> bool:
    """Say whether a cell is a number, or text that is nothing but one."""
    if isinstance(cell, str):
        return re.fullmatch(r"[-+]?[0-9][0-9,]*(?:\.[0-9]+)?(?:%|万元|亿元|元|[项个])?", _plain(cell)) is not None
    return isinstance(cell, int | float)


class _Reader:
    """Tells the rows of one table apart; made once a sheet."""

    def __init__(self, sheet: Sheet, table: Table) -> None:
        self.table = table
        self.name = table.columns["name"].index
        self.serial = table.columns[SERIAL].index if SERIAL in table.columns else None
        self.labels = [
            column.index for field, column in table.columns.items() if field in ("name", "county", CITY, SERIAL)
        ]
        self.mapped = sorted(column.index for column in table.columns.values())
        self.fields = [(field, column.index) for field, column in table.columns.items() if field != SERIAL]
        self.letters = {field: column_letters(index) for field, index in self.fields}
        self.width = 1 + max(index for _, index in self.fields)
        self.titles = {_plain(text) for _, text in table.notices}
        self.header = self._header_texts(sheet)
        self.wide = self._wide_merges(sheet)
        serials = [row for _, row in sheet.rows if self.serial is not None and len(row) > self.serial]
        self.numbered = self.serial is not None and any(
            _is_arabic(row[self.serial]) and len(row) > self.name and not _blank(row[self.name]) for row in serials
        )

    def _header_texts(self, sheet: Sheet) -> dict[int, set[str]]:
        """Give the texts of the header rows by column index, to know a repeated header by."""
        texts: dict[int, set[str]] = {}
        for number, cells in sheet.rows:
            if self.table.first_header_row <= number <= self.table.last_header_row:
                for index, cell in enumerate(cells):
                    if isinstance(cell, str) and not cell.isspace():
                        texts.setdefault(index, set()).add(plain_heading(cell))
        return texts

    def _wide_merges(self, sheet: Sheet) -> dict[tuple[int, int], int]:
        """Give by row and index of its first cell how many read columns a merge spans."""
        spans: dict[tuple[int, int], int] = {}
        for merge in sheet.merges:
            if merge.last_column > merge.first_column and merge.first_row > self.table.last_header_row:
                span = sum(merge.first_column <= index + 1 <= merge.last_column for index in self.mapped)
                spans[merge.first_row, merge.first_column - 1] = span
        return spans

    def is_project(self, number: int, cells: list[Cell], seen: _Seen) -> bool:
        """Say whether a row is a project; notes in `seen` what a row that is none says about those below."""
        name = cells[self.name] if len(cells) > self.name else None
        serial = cells[self.serial] if self.serial is not None and len(cells) > self.serial else None
        if type(serial) in _NUMBERS and type(name) is str and len(name) > 6 and "计" not in name and "其" not in name:
            return True  # the plain case, decided quickly: a running number and a name that is no total
        filled = [index for index, cell in enumerate(cells) if not _blank(cell)]
        if not filled or is_numbers_row(cells) or self._repeats_header(cells, filled):
            return False
        if self._is_total(cells, filled):
            self._note_total(number, cells, seen)
            return False
        arabic = self.serial is not None and _is_arabic(serial)
        if not arabic and self._is_note(cells, filled, seen):
            seen.after_notes = True
            return False
        if self._is_sub_heading(number, cells, filled, serial, arabic):
            text_at = next((i for i in (self.name, *filled) if i in filled and isinstance(cells[i], str)), filled[0])
            if self.serial is not None and text_at == self.serial and len(filled) > 1:
                text_at = next((i for i in filled if i != self.serial and isinstance(cells[i], str)), text_at)
            text = str(cells[text_at])
            if _plain(text) not in self.titles:
                seen.sub_heading = (cell_name(number, text_at), " ".join(text.split()))
            return False
        if _blank(name):
            return self._is_nameless_project(cells, arabic)
        if arabic:
            return True
        if len(filled) > 1:
            return not all(_is_figure(cells[index]) for index in filled)  # unlabelled sums
        return self._can_be_name(name)

    def _repeats_header(self, cells: list[Cell], filled: list[int]) -> bool:
        """Say whether every filled cell of a row repeats the heading over it, at least two of them."""
        if len(filled) < 2:
            return False
        matching = 0
        for index in filled:
            cell = cells[index]
            if not isinstance(cell, str):
                return False
            if plain_heading(cell) in self.header.get(index, ()):
                matching += 1
            elif heading_field(cell) is None:
                return False
        return matching >= 2

    def _is_total(self, cells: list[Cell], filled: list[int]) -> bool:
        """Say whether a label column, or the row's first filled cell, names a total."""
        for index in {*self.labels, filled[0]}:
            if index < len(cells) and isinstance(cells[index], str):
                plain = _plain(cells[index])
                if _TOTAL.fullmatch(plain) and (index != self.serial or not _ARABIC.fullmatch(plain)):
                    return True
        return False

    def _note_total(self, number: int, cells: list[Cell], seen: _Seen) -> None:
        """Keep the county a subtotal row states for the rows below, where only its name cell says 小计."""
        labels = [index for index in self.labels if index != self.name and index < len(cells)]
        if not any(_TOTAL.fullmatch(_plain(cells[index])) for index in labels):
            values, places = self.written(number, cells)
            self._carry(values, places, seen)

    def _is_note(self, cells: list[Cell], filled: list[int], seen: _Seen) -> bool:
        """Say whether a row is a note, a signature line, or goes on with notes above it."""
        first = cells[filled[0]]
        if not isinstance(first, str) or filled[0] not in (*self.mapped, 0):
            return False
        plain = _plain(first)
        if _NOTE.match(plain) or _SIGNATURE.match(plain):
            return True
        if len(filled) == 1 and seen.after_notes:
            return _LISTED_NOTE.fullmatch(plain) is not None
        return len(filled) == 1 and filled[0] != self.name and _LISTED_NOTE.fullmatch(plain) is not None

    def _is_sub_heading(self, number: int, cells: list[Cell], filled: list[int], serial: Cell, arabic: bool) -> bool:
        """Say whether a row heads those below it: numbered, counted, merged across, or alone in its row."""
        if arabic:
            return False
        first = cells[filled[0]]
        if not isinstance(first, str) or filled[0] not in self.labels:
            return False
        plain = _plain(first)
        numbered = _NUMBERED.match(plain) is not None or _COUNTED.search(plain) is not None
        if len(filled) == 1:
            if numbered or self.wide.get((number, filled[0]), 1) > 1:
                return True
            worded = re.search(r"[^\W\d_]{2}", plain) is not None and len(plain) <= _LONGEST_SUB_HEADING
            return filled[0] != self.name and worded
        chinese = self.serial is not None and _CHINESE_SERIAL.fullmatch(_plain(serial)) is not None
        if not (numbered or (chinese and self.numbered)):
            return False
        # Subtotals may stand beside it; dates, persons and progress make it a project.
        details = [i for i in filled if i in self.mapped and i not in self.labels and not _is_figure(cells[i])]
        return len([index for index in details if _says_something(cells[index])]) < 2

    def _is_nameless_project(self, cells: list[Cell], arabic: bool) -> bool:
        """Say whether a row without a name is a project whose name is missing."""
        others = [
            cells[index]
            for index in self.mapped
            if index not in (self.serial, self.name) and index < len(cells) and _says_something(cells[index])
        ]
        if arabic:
            return bool(others)
        places = {self.table.columns[field].index for field in ("county", CITY) if field in self.table.columns}
        worded = any(
            _says_something(cells[index])
            and (
                isinstance(cells[index], datetime.date)
                or (isinstance(cells[index], str) and not _is_figure(cells[index]))
            )
            for index in self.mapped
            if index < len(cells) and index not in places and index != self.serial
        )
        return len(others) >= 3 and worded

    def _can_be_name(self, name: Cell) -> bool:
        """Say whether a text alone in its row can be a project's name rather than a stray mark."""
        plain = _plain(name)
        return len(plain) > 1 and re.search(r"[^\W\d_]", plain) is not None and plain not in self.titles

    def _carry(self, written: dict[str, Cell], places: dict[str, str], seen: _Seen) -> None:
        """Remember the county and city a row states; another city forgets the county above."""
        for field in (CITY, "county"):
            value = written.get(field)
            if value is not None:
                if field == CITY and seen.carried.get(CITY, (value, ""))[0] != value:
                    seen.carried.pop("county", None)
                seen.carried[field] = (value, places[field])

    def written(self, number: int, cells: list[Cell]) -> tuple[dict[str, Cell], dict[str, str]]:
        """Give what each field of a row holds and the cell it stands in."""
        if len(cells) < self.width:
            cells = cells + [None] * (self.width - len(cells))
        values = {field: cells[index] for field, index in self.fields}
        for field, cell in values.items():
            if cell.__class__ is str and (not cell or cell.isspace()):
                values[field] = None
        return values, CellNames(str(number), self.letters)

    def raw_row(self, number: int, cells: list[Cell], merged: list[tuple[str, Cell, str]], seen: _Seen) -> RawRow:
        """Make a project row: its own cells, what merges add, then county and city carried down."""
        values, places = self.written(number, cells)
        for field, value, place in merged:
            if values[field] is None:
                values[field], places[field] = value, place
        for field in (CITY, "county"):
            if str(values.get(field)).strip() in _DITTO and field in values:
                values[field] = None
        self._carry(values, places, seen)
        for field, (value, place) in seen.carried.items():
            if values[field] is None:
                values[field], places[field] = value, place
        return RawRow(number, values, places, seen.sub_heading)


def _merged_values(sheet: Sheet, table: Table) -> dict[int, list[tuple[str, Cell, str]]]:
    """Give by row number what merges over several rows add: field, value and the cell it is written in.

    Sums and quantities are not repeated: one sum written for three projects must not count three times.
    Ranges are cut to the filled rows and may not overlap, so that no range costs more than the sheet has cells.
    """
    by_index = {column.index: field for field, column in table.columns.items()}
    numbers = [number for number, _ in sheet.rows if number > table.last_header_row]
    if not numbers:
        return {}
    rows = dict(sheet.rows)
    added: dict[int, list[tuple[str, Cell, str]]] = {}
    reached: dict[str, int] = {}
    for merge in sorted(sheet.merges, key=lambda merge: merge.first_row):
        field = by_index.get(merge.first_column - 1)
        if field is None or field == SERIAL or merge.last_row <= merge.first_row:
            continue
        if field in FIELD and FIELD[field].kind in (Kind.MONEY, Kind.QUANTITY):
            continue
        anchor = rows.get(merge.first_row, [])
        value = anchor[merge.first_column - 1] if len(anchor) >= merge.first_column else None
        if _blank(value) or merge.first_row <= table.last_header_row:
            continue
        start = max(merge.first_row, reached.get(field, 0))
        for number in numbers[bisect_right(numbers, start) : bisect_right(numbers, merge.last_row)]:
            place = cell_name(number if field == "name" else merge.first_row, merge.first_column - 1)
            added.setdefault(number, []).append((field, value, place))
        reached[field] = max(start, merge.last_row)
    return added


def project_rows(sheet: Sheet, table: Table) -> list[RawRow]:
    """Give the project rows below a table's headings, in the sheet's order."""
    return list(each_project_row(sheet, table))


def each_project_row(sheet: Sheet, table: Table) -> Iterator[RawRow]:
    """Give the project rows one by one: of a long list they need not all be held."""
    reader = _Reader(sheet, table)
    merged = _merged_values(sheet, table)
    seen = _Seen(None, {}, False)
    for number, cells in sheet.rows:
        if number <= table.last_header_row:
            continue
        if not reader.is_project(number, cells, seen):
            continue
        seen.after_notes = False
        yield reader.raw_row(number, cells, merged.get(number, []), seen)
