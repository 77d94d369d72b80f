"""Finding the table in a sheet: which row holds the headings, and which column is which field.

Headings are compared after NFKC without white space, exactly, against the declared headings and synonyms, unless
somebody chose otherwise or an office's earlier list taught it. A heading may stand in one row or in two (a group over
its sub-headings), with merged cells or with the merging left out.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass, replace
from functools import partial

from tracker.exchange.reading.heading_rows import (
    HEADER_WITHIN,
    Candidate,
    WrittenHeading,
    candidate_at,
    candidates,
    likeliest,
)
from tracker.exchange.reading.heading_words import heading_field, is_numbers_row, is_unit, plain_heading, unit_in
from tracker.exchange.reading.reading_choices import (
    NO_CHOICES,
    UNITS,
    Meant,
    Origin,
    ReadingChoices,
    SheetChoice,
    column_words,
    is_money,
    meaning_in,
)
from tracker.exchange.reading.workbooks import Cell, Sheet, cell_name
from tracker.model.faults import Fault, Severity
from tracker.model.fields import FIELD

_EXPECTED = ("name", "county", "total_investment", "actual_start", "actual_completion")
_LANDMARKS = ("name", "county", "total_investment", "cumulative_investment")
_CORNER_UNIT = re.compile(
    r"(?:^|[^一-鿿]|金额|货币|计量|投资|资金)单位:[^:]{0,10}?([百千十]?(?:万元|亿元|元))(?![一-鿿])"
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is read.

    `index` counts from 0; `field` is a declared field's name, `serial` or `city`; `heading` is the text as
    written, group and sub-heading joined; `unit` is 万元, 亿元 or 元 where the heading of a sum says so, or
    somebody did.
    """

    index: int
    field: str
    heading: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Heading:
    """One heading and what became of it.

    `parent` and `own` are the texts of the group ("" for none) and of the heading, on one line; `field` is what its
    column is read as, "" for nothing; `origin` says why, None where it means nothing known. `known` is what the
    program by itself would read, `written_unit` the unit that the file states for the column, `chosen_unit` the one
    that was chosen or remembered, `day` when an earlier list taught it.
    """

    index: int
    cell: str
    parent: str
    own: str
    field: str
    origin: Origin | None = None
    known: str | None = None
    written_unit: str | None = None
    chosen_unit: str | None = None
    day: str = ""

    @property
    def written(self) -> str:
        """Give group and heading as one text."""
        return f"{self.parent} {self.own}" if self.parent else self.own


@dataclass(frozen=True, slots=True)
class Table:
    """The table of a sheet: where its headings stand (rows of the sheet) and what each column holds.

    `unread` are headings nothing is read from, each with its cell. `corner_unit` is the unit of sums stated
    above the table, or chosen for the sheet. `notices` are the texts above the headings, and those elsewhere that say
    when the list was filled in. `headings` are all of them, with what became of each.
    """

    sheet: str
    first_header_row: int
    last_header_row: int
    columns: dict[str, Column]
    unread: list[tuple[str, str]]
    corner_unit: str | None
    notices: list[tuple[str, str]]
    headings: tuple[Heading, ...] = ()


@dataclass(frozen=True, slots=True)
class NoTable:
    """A sheet without recognisable headings: the headings found in its likeliest row, those missing.

    `unread` are the unrecognised texts of that row, each with its cell: a misspelt heading is among them.
    """

    sheet: str
    found: list[str]
    missing: list[str]
    unread: list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LookedAt:
    """What a look at a sheet's headings found: the rows they stand in or most likely do, and what became of each.

    `rows` is None where the sheet holds no text at all; `found` is what `find_table` gives.
    """

    rows: tuple[int, int] | None
    headings: tuple[Heading, ...]
    found: Table | NoTable | Fault


def find_table(sheet: Sheet, choices: ReadingChoices = NO_CHOICES) -> Table | NoTable | Fault:
    """Find the headings of a sheet within its first forty filled rows, or in the rows that were chosen.

    Gives the table; `NoTable` where no row has the project's name and two further recognised headings; a
    Fault (stop) where the headings contradict each other: one heading twice, a second and different row of
    headings further down, a unit of sums that is not supported; and where what was chosen does not fit the sheet.
    """
    return look_at(sheet, choices).found


def look_at(sheet: Sheet, choices: ReadingChoices = NO_CHOICES) -> LookedAt:
    """Find the headings of a sheet as `find_table` does, and tell what became of each, found or not."""
    choice = choices.of(sheet.name)
    meaning = partial(meaning_in, choices, sheet.name)
    if choice.rows is not None:
        best = candidate_at(sheet, *choice.rows, meaning)
        if not best.headings:
            return LookedAt(choice.rows, (), _nothing_there(sheet, choice.rows))
    else:
        every = [candidate for candidate in candidates(sheet, meaning) if candidate.fields]
        usable = [candidate for candidate in every if len(candidate.fields) >= 3 and "name" in candidate.fields]
        if not usable:
            guess = max(every, key=lambda candidate: len(candidate.fields), default=None) or likeliest(sheet, meaning)
            seen = _headings(guess, _Sorted.of(guess)) if guess else ()
            return LookedAt(guess.rows if guess else None, seen, _no_table(sheet, every))
        best = max(usable, key=lambda candidate: len(candidate.fields))  # the first of equals: one row before two
    sort = _Sorted.of(best)
    headings = _headings(best, sort)
    if sort.clash is not None:
        return LookedAt(best.rows, headings, _clash(sheet, *sort.clash))
    if "name" not in sort.taken:
        return LookedAt(best.rows, headings, _nameless(sheet, best.rows))
    return _with_units(sheet, choice, best, headings, sort)


def _with_units(
    sheet: Sheet, choice: SheetChoice, best: Candidate, headings: tuple[Heading, ...], sort: _Sorted
) -> LookedAt:
    """Settle the unit of every sum, and give the table."""
    first, last = best.rows
    last, row_units = _extended(sheet, last)
    unread = [(heading.cell, _one_line(heading.own)) for heading in sort.unread]
    corner = (choice.unit, "") if choice.unit else _corner_unit(sheet, first, unread)
    settled = []
    for heading in headings:
        if is_money(heading.field):
            column = choice.columns.get(heading.index)
            chosen = column.unit if column is not None else None
            written = heading.written_unit or row_units.get(heading.index)
            if chosen is None and not written and corner[0] is None:
                chosen = heading.chosen_unit
            heading = replace(heading, written_unit=written, chosen_unit=chosen)  # noqa: PLW2901
        settled.append(heading)
    headings = tuple(settled)
    columns = {
        heading.field: Column(
            heading.index, heading.field, heading.written,
            (heading.chosen_unit or heading.written_unit) if is_money(heading.field) else None,
        )
        for heading in headings
        if heading.field
    }  # fmt: skip
    for unit, cell in [*((column.unit, cell_name(last, column.index)) for column in columns.values()), corner]:
        if unit is not None and unit not in UNITS:
            message = f"金额单位写的是“{unit}”，只能是万元、亿元或元。请换算后再上传。"
            return LookedAt(best.rows, headings, Fault(Severity.STOP, message, sheet.name, cell, said=unit))
    notices = _notices(sheet, first, last, columns)
    if isinstance(notices, Fault):
        return LookedAt(best.rows, headings, notices)
    table = Table(sheet.name, first, last, columns, unread, corner[0], notices, headings)
    return LookedAt(best.rows, headings, table)


@dataclass(slots=True)
class _Sorted:
    """The headings sorted out: which has each field, which are left over, and two that claim one field."""

    taken: dict[str, tuple[Meant, WrittenHeading]]
    unread: list[WrittenHeading]
    clash: tuple[str, WrittenHeading, WrittenHeading] | None

    @classmethod
    def of(cls, candidate: Candidate) -> _Sorted:
        """Sort a candidate's headings: of two with one field the surer, as long as they differ and nobody chose."""
        sort = cls({}, [], None)
        for heading, meant in zip(candidate.headings, candidate.meant, strict=True):
            if meant is None or not meant.field:
                sort.unread.append(heading)
                continue
            if meant.field not in sort.taken:
                sort.taken[meant.field] = (meant, heading)
                continue
            earlier, other = sort.taken[meant.field]
            same = (plain_heading(other.parent), plain_heading(other.own)) == (
                plain_heading(heading.parent),
                plain_heading(heading.own),
            )
            if sort.clash is None and (same or Origin.CHOSEN in (earlier.origin, meant.origin)):
                sort.clash = meant.field, other, heading
            if meant.rank < earlier.rank:
                sort.taken[meant.field] = (meant, heading)
            sort.unread.append(other if meant.rank < earlier.rank else heading)
        sort.unread.sort(key=lambda heading: heading.index)
        return sort


def _headings(candidate: Candidate, sort: _Sorted) -> tuple[Heading, ...]:
    """Tell what became of each heading, in the order of the columns."""
    found = []
    for heading, meant in zip(candidate.headings, candidate.meant, strict=True):
        read = meant is not None and meant.field and sort.taken[meant.field][1] is heading
        unread_on_purpose = meant is not None and not meant.field
        found.append(
            Heading(
                heading.index, heading.cell, _one_line(heading.parent), _one_line(heading.own),
                meant.field if meant and read else "",
                meant.origin if meant and (read or unread_on_purpose) else None,
                meant.known if meant else None,
                (unit_in(heading.own) or unit_in(heading.parent)) if meant and is_money(meant.field) else None,
                meant.unit if meant else None,
                meant.day if meant else "",
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda heading: heading.index))


def _clash(sheet: Sheet, field: str, one: WrittenHeading, other: WrittenHeading) -> Fault:
    if plain_heading(one.own) == plain_heading(other.own) and plain_heading(one.parent) == plain_heading(other.parent):
        message = (
            f"{one.cell} 和 {other.cell} 的表头都是“{_one_line(other.own)}”，分不清以哪一列为准。请删去或改名其中一列。"
        )
    else:
        message = (
            f"{one.cell}“{_one_line(one.own)}”和 {other.cell}“{_one_line(other.own)}”都读作“{column_words(field)}”，"
            "一项内容只能来自一列。请把其中一列改为“不读取”或别的内容。"
        )
    return Fault(Severity.STOP, message, sheet.name, other.cell, said=other.own)


def _nameless(sheet: Sheet, rows: tuple[int, int]) -> Fault:
    message = (
        f"工作表“{sheet.name}”{row_words(rows)}的表头里，没有哪一列读作“{FIELD['name'].heading}”。"
        "请指出哪一列是项目名称，或核对表头在第几行。"
    )
    return Fault(Severity.STOP, message, sheet.name)


def _nothing_there(sheet: Sheet, rows: tuple[int, int]) -> Fault:
    last = sheet.rows[-1][0] if sheet.rows else 0
    why = f"有内容的行到第 {last} 行为止" if rows[0] > last else "这里没有文字"
    message = f"工作表“{sheet.name}”的表头写的是{row_words(rows)}，{why}。请看着表格的开头重新填。"
    return Fault(Severity.STOP, message, sheet.name)


def row_words(rows: tuple[int, int]) -> str:
    """Give rows as people read them."""
    return f"第 {rows[0]} 行" if rows[0] == rows[1] else f"第 {rows[0]}—{rows[1]} 行"


def _is_text(cell: Cell) -> bool:
    return isinstance(cell, str) and not cell.isspace()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _extended(sheet: Sheet, last: int) -> tuple[int, dict[int, str]]:
    """Take a row of units and a row of column numbers below the headings as part of them.

    Gives the last row of the headings and the unit by column index where a row of units states it.
    """
    units: dict[int, str] = {}
    for number, cells in sheet.rows:
        if number <= last:
            continue
        if number != last + 1:
            break
        if not is_numbers_row(cells):
            texts = {i: cell for i, cell in enumerate(cells) if isinstance(cell, str) and not cell.isspace()}
            figures = any(cell is not None and not isinstance(cell, str) for cell in cells)
            if figures or not any(is_unit(text) for text in texts.values()):
                break
            if not all(is_unit(text) or plain_heading(text).startswith("(") for text in texts.values()):
                break
            units |= {i: plain_heading(text).strip("()") for i, text in texts.items() if is_unit(text)}
        last = number
    return last, units


def _corner_unit(sheet: Sheet, first: int, unread: list[tuple[str, str]]) -> tuple[str | None, str]:
    """Give the unit of sums stated above or among the headings and its cell, the nearest where several are."""
    for place, text in unread:
        if (match := _CORNER_UNIT.search("".join(unicodedata.normalize("NFKC", text).split()))) is not None:
            return match[1], place
    for number, cells in reversed(sheet.rows[:HEADER_WITHIN]):
        if number >= first:
            continue
        before = ""
        for index, cell in enumerate(cells):
            if not isinstance(cell, str) or not _is_text(cell):
                continue
            plain = "".join(unicodedata.normalize("NFKC", cell).split())
            if (match := _CORNER_UNIT.search(plain)) is not None:
                return match[1], cell_name(number, index)
            if is_unit(plain) and (before.endswith("单位:") or plain.startswith("(") or not before):
                return plain_heading(plain).strip("()"), cell_name(number, index)
            before = plain
    return None, ""


def _notices(sheet: Sheet, first: int, last: int, columns: dict[str, Column]) -> list[tuple[str, str]] | Fault:
    """Gather the texts above the headings and those elsewhere that say when the list was filled in.

    截至 counts below the headings only where no project stands in the row: 截至7月底完成60% is progress, not
    the list's month. A Fault (stop) where another row of headings stands in other columns.
    """
    notices: list[tuple[str, str]] = []
    name = columns["name"].index
    for number, cells in sheet.rows:
        if number < first:
            dated = (isinstance(cell, datetime.date) or _is_text(cell) for cell in cells)
            notices += [(cell_name(number, i), str(cells[i])) for i, notice in enumerate(dated) if notice]
            continue
        text = "\t".join([cell for cell in cells if type(cell) is str])
        if "填报" not in text and "截至" not in text and "称" not in text:
            continue
        project = number > last and len(cells) > name and cells[name] is not None
        for index, cell in enumerate(cells):
            if isinstance(cell, str) and ("填报时间" in cell or "填报日期" in cell or ("截至" in cell and not project)):
                notices.append((cell_name(number, index), cell))
        if number > last and "称" in text:
            moved = _moved_heading(cells, columns)
            if moved is not None:
                return Fault(
                    Severity.STOP,
                    f"第 {number} 行又有一套表头，各列的位置与第 {last} 行的表头不同。请把两张表分到两个工作表。",
                    sheet.name,
                    cell_name(number, moved),
                    said=str(cells[moved]),
                )
    return notices


def _moved_heading(cells: list[Cell], columns: dict[str, Column]) -> int | None:
    """Give the index of the first heading that stands in another column than above, where a row is one of headings."""
    found = {index: heading_field(cell) for index, cell in enumerate(cells) if isinstance(cell, str) and len(cell) < 30}
    fields = {field for field in found.values() if field is not None}
    if "name" not in fields or len(fields) < 3:
        return None
    for index, field in found.items():
        if field in _LANDMARKS and field in columns and columns[field].index != index:
            return index
    return None


def _no_table(sheet: Sheet, every: list[Candidate]) -> NoTable:
    """Say what was found in the likeliest row and what is missing there."""
    if not every:
        return NoTable(sheet.name, [], [FIELD[name].heading for name in _EXPECTED], [])
    best = max(every, key=lambda candidate: len(candidate.fields))
    sort = _Sorted.of(best)
    found = [] if sort.clash else [heading.written for heading in _headings(best, sort) if heading.field]
    unread = [] if sort.clash else [(heading.cell, _one_line(heading.own)) for heading in sort.unread]
    expected = _EXPECTED if len(best.fields) < 3 else ("name",)
    missing = [FIELD[name].heading for name in expected if name not in best.fields]
    return NoTable(sheet.name, found, missing, unread)
