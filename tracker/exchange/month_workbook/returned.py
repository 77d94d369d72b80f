"""Month returned: a month's workbook that came back, read: whose it is, its rows, and what was typed into each.

Rows are known by their codes, columns by their headings and, where somebody rewrote one, by where it stood: sorted,
moved and hidden ones are all the same. A cell that says what stood in it says nothing.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tracker.exchange.imports.draft_plan import LeftOut
from tracker.exchange.imports.draft_reading import REPORTED
from tracker.exchange.month_workbook.gathering import TICKED, UNCHANGED_HEADING, is_ticked
from tracker.exchange.month_workbook.marks import VERSION, Marks, without_marks
from tracker.exchange.reading.cells import ReadRow, RowReader
from tracker.exchange.reading.faultbook import FaultBook
from tracker.exchange.reading.field_reading import reader_of
from tracker.exchange.reading.heading_words import plain_heading
from tracker.exchange.reading.headings import Column, Table, find_table
from tracker.exchange.reading.rows import RawRow, project_rows
from tracker.exchange.reading.workbooks import Cell, Sheet, cell_name, column_letters
from tracker.ledger.drafts import UNCHANGED
from tracker.model.faults import Fault, Flaw, Severity
from tracker.model.fields import FIELD
from tracker.model.folding import says_nothing_new
from tracker.model.months import chinese_month
from tracker.model.names import plain_name
from tracker.model.places import Place, Places
from tracker.model.printing import print_value
from tracker.model.programme import Programme
from tracker.model.values import Said, said_text
from tracker.model.written import cell_text


@dataclass(slots=True)
class ReturnedRow:
    """One row of a workbook that came back.

    `typed` are the fields whose cells say anything new, `read` what they say: values, fields emptied, fields with a
    fault. `blanked` are those whose text was only deleted, which says nothing. `ticked` is the row's 本月无变化, None
    where it cannot be told, `tick_cell` where it stands, "" for nowhere.
    """

    code: str
    read: ReadRow
    typed: list[str]
    blanked: list[str]
    ticked: bool | None
    tick_cell: str


@dataclass(slots=True)
class Returned:
    """A workbook that came back: its rows, what was found wrong, what is said about it, and what is not read.

    `left_out` are texts in columns that only the task force changes, `unread` columns whose heading means no field, as
    (sheet, cell, heading).
    """

    rows: list[ReturnedRow] = field(default_factory=list)
    book: FaultBook = field(default_factory=FaultBook)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    unread: list[tuple[str, str, str]] = field(default_factory=list)


def wrong_book(marks: Marks, programme: Programme, month: str, within: Place, places: Places) -> Fault | None:
    """Give the fault of a workbook that was made for something else, None where it belongs here."""
    county = places.find(marks.county)
    name = county.name if county else marks.county
    belongs = f"{name}{chinese_month(marks.month)}"
    here = f"{within.name}{chinese_month(month)}"
    if marks.version != VERSION:
        why = "它的版式与现在的不同，请重新下载工作簿，把填的内容抄过去"
    elif marks.programme != programme.key:
        why = f"它属于专项“{marks.programme_name}”，这里是专项“{programme.name}”；请到那个专项的月报页交回"
    elif marks.month != month or county is None or not county.within(within):
        why = f"这里是{here}的月报；请到{belongs}的月报页交回，或改用{here}的工作簿"
    else:
        return None
    return Fault(Severity.STOP, f"这是{belongs}的月报工作簿（专项“{marks.programme_name}”），{why}。没有记入任何内容。")


def read_returned(
    marks: Marks, programme: Programme, county: Place, places: Places, names: Mapping[str, str], sheets: Sequence[Sheet]
) -> Returned:
    """Read what was typed into a workbook that came back; `names` are the county's listed projects by code."""
    found = Returned()
    tables: list[tuple[Sheet, Table]] = []
    for sheet in without_marks(sheets):
        table = find_table(sheet) if sheet.rows else None
        if isinstance(table, Table):
            tables.append((sheet, table))
        elif isinstance(table, Fault):
            found.faults.append(table)
    if not tables and not found.faults:
        message = "这是月报工作簿，可是里面找不到要填的表：表头“项目名称”等被删去了。请恢复表头，或重新下载工作簿。"
        found.faults.append(Fault(Severity.STOP, message))
    if found.faults:
        return found
    seen: dict[str, ReturnedRow] = {}
    by_name = {plain_name(name): code for code, name in names.items()}
    by_name |= {plain_name(bases["name"]): code for code, bases in marks.bases.items()}
    for sheet, table in tables:
        for row in _Table(found, marks, programme, county, places, sheet, table).rows(by_name):
            earlier = seen.setdefault(row.code, row)
            if earlier is row:
                found.rows.append(row)
                continue
            where = "" if earlier.read.sheet == row.read.sheet else f"工作表“{earlier.read.sheet}”"
            again = f"与{where}第 {earlier.read.number} 行是同一个项目，重复了；请删去一行"
            note_at(found.book, row.read, "name", Flaw(Severity.FIX, again))
    return found


def note_at(book: FaultBook, row: ReadRow, name: str, flaw: Flaw) -> None:
    """Note a flaw at a row's cell."""
    said = said_text(row.raw.cells.get(name)) or None
    heading = FIELD[name].heading
    book.note(row.sheet, row.cell_of(name), flaw, field=name, said=said, heading=heading, row=row.number)


def _index_of(cell: str) -> int:
    """Give the column of a cell's name, from 0."""
    index = 0
    for letter in cell.rstrip("0123456789"):
        index = index * 26 + ord(letter) - 64
    return index - 1


class _Table:
    """Reads the rows of one sheet against what the workbook held when it was made."""

    def __init__(
        self, found: Returned, marks: Marks, programme: Programme, county: Place, places: Places, sheet: Sheet,
        table: Table,
    ) -> None:  # fmt: skip
        self.found, self.marks, self.sheet = found, marks, sheet
        self.table, self.tick = self._columns(table)
        categories = list(programme.categories)
        homes = dict.fromkeys(marks.bases, county.code)
        self.reader = RowReader(self.table, programme, places, county, categories, homes, found.book)
        self.readers = {
            name: reader_of(FIELD[name], column.unit or self.table.corner_unit or "万元")
            for name, column in self.table.columns.items()
            if name in FIELD
        }
        self.plain = {name: reader_of(FIELD[name]) for name in self.readers}
        self.cells = dict(sheet.rows)

    def _columns(self, table: Table) -> tuple[Table, int | None]:
        """Give the table with the columns whose headings somebody rewrote, and where 本月无变化 stands."""
        columns, unread, tick = dict(table.columns), [], None
        taken = {column.index for column in columns.values()}
        stood = {column_letters(index): (index, name) for index, name in enumerate(self.marks.columns)}
        for cell, heading in table.unread:
            index, name = stood.get(cell.rstrip("0123456789"), (-1, ""))
            if plain_heading(heading) == UNCHANGED_HEADING:
                tick = _index_of(cell)
            elif name in FIELD and name not in columns and index not in taken:
                columns[name] = Column(index, name, heading, None)
                self.found.notes.append(f"{cell} 的表头“{heading}”没有认出，按原来的“{FIELD[name].heading}”读。")
            elif name == UNCHANGED and tick is None:
                tick = index
            else:
                unread.append((cell, heading))
        self.found.unread += [(table.sheet, cell, heading) for cell, heading in unread]
        missing = [FIELD[name].heading for name in self.marks.columns if name in FIELD and name not in columns]
        if missing:
            self.found.notes.append(f"表里少了这些栏，按没有改动处理：{'、'.join(missing)}。")
        return dataclasses.replace(table, columns=columns, unread=unread), tick

    def rows(self, by_name: Mapping[str, str]) -> Iterator[ReturnedRow]:
        """Give the rows of projects that the workbook was made with; any other is a fault."""
        codes = {plain_name(code): code for code in self.marks.bases}
        for raw in project_rows(self.sheet, self.table):
            named = plain_name(cell_text(raw.cells.get("name")))
            code = codes.get(plain_name(cell_text(raw.cells.get("code")))) or by_name.get(named)
            if code is None or code not in self.marks.bases:
                name = said_text(raw.cells.get("name"))
                why = (
                    f"“{name}”不是这本工作簿里原有的项目；新项目由专班登记，请先报专班列入清单，再删去这一行。"
                    "原有的项目请恢复它的项目编码"
                )
                note_at(self.found.book, ReadRow(self.table.sheet, raw), "name", Flaw(Severity.FIX, why))
                continue
            yield self._row(code, raw, named)

    def _row(self, code: str, raw: RawRow, named: str) -> ReturnedRow:
        bases = self.marks.bases[code]
        typed: list[str] = []
        blanked: list[str] = []
        for name in self.table.columns:
            if name not in bases or name == "name":
                continue
            changed = self._changed(name, raw.cells.get(name), bases[name])
            if name not in REPORTED:
                if changed:
                    text = said_text(raw.cells.get(name))
                    why = "灰色的栏由专班更正"
                    self.found.left_out.append(LeftOut(bases["name"], FIELD[name].heading, text, why))
            elif changed:
                typed.append(name)
            elif changed is None:
                blanked.append(name)
        kept = {name: raw.cells.get(name) for name in typed}
        said = {name: kept.get(name) for name in raw.cells}
        read = self.reader.read(
            RawRow(raw.number, {**said, "name": bases["name"], "code": code}, raw.places, None)
        )  # fmt: skip
        read.cleared &= set(typed)
        read.values = {name: value for name, value in read.values.items() if name in typed}
        read.raw = raw
        if named and named != plain_name(bases["name"]):
            other = (
                f"编码 {code} 的项目原来是“{bases['name']}”，表中写的是“{said_text(raw.cells.get('name'))}”；"
                "请核对这一行是不是错位了；确认后按编码填报，名称不变"
            )
            note_at(self.found.book, read, "name", Flaw(Severity.ASK, other))
        return ReturnedRow(code, read, typed, blanked, *self._tick(bases, raw, read))

    def _changed(self, name: str, cell: Cell, base: str) -> bool | None:
        """Say whether a cell says anything else than what stood in it; None where its text was only deleted."""
        if cell_text(cell) == base:
            return False
        reading = self.readers[name](cell)
        if reading.said is Said.BLANK:
            return (True if FIELD[name].blank_empties else None) if base else False
        if reading.said is Said.CLEARED:
            return bool(base)
        if reading.value is None or reading.flaw is not None:
            return True
        stood = self.plain[name](base).value if name in REPORTED else None
        return print_value(name, reading.value) != base and not (
            stood is not None and says_nothing_new(name, stood, reading.value)
        )

    def _tick(self, bases: Mapping[str, str], raw: RawRow, read: ReadRow) -> tuple[bool | None, str]:
        if self.tick is None:
            return bases.get(UNCHANGED) == TICKED, ""
        cells = self.cells[raw.number]
        cell = cells[self.tick] if len(cells) > self.tick else None
        place = cell_name(raw.number, self.tick)
        ticked = is_ticked(cell)
        if ticked is None:
            why = f"“{said_text(cell)}”看不懂，本月没有变化请写“{TICKED}”，有变化请留空"
            flaw = Flaw(Severity.FIX, why)
            self.found.book.note(
                read.sheet, place, flaw, field=None, said=said_text(cell), heading=UNCHANGED_HEADING, row=raw.number
            )
        return ticked, place
