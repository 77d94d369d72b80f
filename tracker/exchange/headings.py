"""Finding the table in a sheet: which row holds the headings, and which column is which field.

Headings are compared after NFKC without white space, exactly, against the declared headings and synonyms.
A heading may stand in one row or in two (a group over its sub-headings), with merged cells or with the
merging left out.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from dataclasses import dataclass

from tracker.exchange.heading_words import (
    BRACKETED,
    heading_field,
    is_numbers_row,
    is_unit,
    meaning_of,
    plain_heading,
    unit_in,
)
from tracker.exchange.workbooks import Cell, Merge, Sheet, cell_name
from tracker.model.faults import Fault, Severity
from tracker.model.fields import FIELD, Kind

_EXPECTED = ("name", "county", "total_investment", "actual_start", "actual_completion")
_LANDMARKS = ("name", "county", "total_investment", "cumulative_investment")
_HEADER_WITHIN = 40
_LONGEST_PARENT = 12
_TITLE_LIKE = re.compile(r"[:]|清单|台账|一览表|明细表|汇总表|统计表|附件|表$")
_WHO_AND_WHEN = re.compile(r"(?:填报|填表|报送|制表)(?:单位|时间|日期|人)")
_CORNER_UNIT = re.compile(
    r"(?:^|[^一-鿿]|金额|货币|计量|投资|资金)单位:[^:]{0,10}?([百千十]?(?:万元|亿元|元))(?![一-鿿])"
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column that is read.

    `index` counts from 0; `field` is a declared field's name, `serial` or `city`; `heading` is the text as
    written, group and sub-heading joined; `unit` is 万元, 亿元 or 元 where the heading of a sum says so.
    """

    index: int
    field: str
    heading: str
    unit: str | None


@dataclass(frozen=True, slots=True)
class Table:
    """The table of a sheet: where its headings stand (rows of the sheet) and what each column holds.

    `unread` are headings nothing is read from, each with its cell. `corner_unit` is the unit of sums stated
    above the table. `notices` are the texts above the headings, and those elsewhere that say when the list
    was filled in.
    """

    sheet: str
    first_header_row: int
    last_header_row: int
    columns: dict[str, Column]
    unread: list[tuple[str, str]]
    corner_unit: str | None
    notices: list[tuple[str, str]]


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
class _Heading:
    """What stands over one column: the group's text or "", the column's own text and its cell."""

    index: int
    cell: str
    parent: str
    own: str


@dataclass(slots=True)
class _Candidate:
    """A reading of one row, or of two, as the headings."""

    rows: tuple[int, int]
    headings: list[_Heading]
    fields: list[str | None]

    @property
    def score(self) -> int:
        return len({field for field in self.fields if field is not None})


def find_table(sheet: Sheet) -> Table | NoTable | Fault:
    """Find the headings of a sheet within its first forty filled rows.

    Gives the table; `NoTable` where no row has the project's name and two further recognised headings; a
    Fault (stop) where the headings contradict each other: one heading twice, a second and different row of
    headings further down, a unit of sums that is not supported.
    """
    candidates = [candidate for candidate in _candidates(sheet) if candidate.score]
    usable = [candidate for candidate in candidates if candidate.score >= 3 and "name" in candidate.fields]
    if not usable:
        return _no_table(sheet, candidates)
    best = max(usable, key=lambda candidate: candidate.score)  # the first of equals: one row before two
    columns, unread, twice = _columns(best)
    if twice is not None:
        one, other = twice
        return Fault(
            Severity.STOP,
            f"{one.cell} 和 {other.cell} 的表头都是“{_one_line(other.own)}”，分不清以哪一列为准。"
            "请删去或改名其中一列。",
            sheet.name,
            other.cell,
            said=other.own,
        )
    first, last = best.rows
    last, row_units = _extended(sheet, columns, last)
    columns = {
        field: Column(column.index, field, column.heading, column.unit or row_units.get(column.index))
        if field in FIELD and FIELD[field].kind is Kind.MONEY
        else column
        for field, column in columns.items()
    }
    corner = _corner_unit(sheet, first, unread)
    for unit, cell in [*((column.unit, cell_name(last, column.index)) for column in columns.values()), corner]:
        if unit is not None and unit not in ("万元", "亿元", "元"):
            message = f"金额单位写的是“{unit}”，只能是万元、亿元或元。请换算后再上传。"
            return Fault(Severity.STOP, message, sheet.name, cell, said=unit)
    notices = _notices(sheet, first, last, columns)
    if isinstance(notices, Fault):
        return notices
    return Table(sheet.name, first, last, columns, unread, corner[0], notices)


def _candidates(sheet: Sheet) -> list[_Candidate]:
    """Read each of the first rows as headings, alone and together with the row below."""
    rows = sheet.rows[: _HEADER_WITHIN + 1]
    merged_over = {(m.first_row, m.first_column - 1): m for m in sheet.merges}
    candidates = []
    for position, (number, cells) in enumerate(rows[:_HEADER_WITHIN]):
        if sum(cell is not None and not isinstance(cell, str) for cell in cells) > 1:
            continue  # numbers and dates: data
        single = [
            _Heading(index, cell_name(number, index), "", cell)
            for index, cell in enumerate(cells)
            if isinstance(cell, str) and not cell.isspace()
        ]
        candidates.append(_Candidate((number, number), single, [_field(heading) for heading in single]))
        if position + 1 < len(rows) and rows[position + 1][0] == number + 1:
            pair = _paired(number, cells, rows[position + 1][1], merged_over)
            if pair is not None:
                candidates.append(pair)
    return candidates


def _is_text(cell: Cell) -> bool:
    return isinstance(cell, str) and not cell.isspace()


def _field(heading: _Heading) -> str | None:
    match = meaning_of(plain_heading(heading.parent), plain_heading(heading.own))
    return match[0] if match else None


def _paired(
    number: int, above: list[Cell], below: list[Cell], merged_over: dict[tuple[int, int], Merge]
) -> _Candidate | None:
    """Read two rows as groups over sub-headings; None where the lower row is plainly none of headings."""
    if any(cell is not None and not isinstance(cell, str) for cell in below):
        return None
    if any(isinstance(cell, str) and _WHO_AND_WHEN.match(plain_heading(cell)) for cell in above):
        return None  # who filled the list in, and when: nothing that groups columns
    width = max(len(above), len(below))
    upper = [cell if isinstance(cell, str) and not cell.isspace() else "" for cell in _padded(above, width)]
    lower = [cell if isinstance(cell, str) and not cell.isspace() else "" for cell in _padded(below, width)]
    groups = _groups(number, upper, lower, merged_over)
    headings: list[_Heading] = []
    fields: list[str | None] = []
    recognised_below = False
    for index in range(width):
        anchor = groups[index]
        if not lower[index]:
            if upper[index]:
                headings.append(_Heading(index, cell_name(number, index), "", upper[index]))
                fields.append(_field(headings[-1]))
            continue
        group = upper[anchor] if anchor is not None else ""
        if upper[index] and not group and not _TITLE_LIKE.search(plain_heading(upper[index])):
            group = upper[index]
        heading = _Heading(index, cell_name(number + 1, index), group, lower[index])
        field = _field(heading)
        over = heading_field(upper[index]) if upper[index] else None
        if over is not None and field is None and groups.count(index) < 2:
            if not is_unit(lower[index]):
                return None  # a value below a heading: the lower row is data
            heading = _Heading(index, cell_name(number, index), "", f"{upper[index]}（{lower[index].strip('()（）')}）")
            field = over
        recognised_below = recognised_below or field is not None
        headings.append(heading)
        fields.append(field)
    anchors = {anchor for anchor in groups if anchor is not None}
    merged = any((merge := merged_over.get((number, anchor))) and merge.last_column > anchor + 1 for anchor in anchors)
    beside = any(heading_field(upper[index]) for index in range(width) if upper[index] and not lower[index])
    # Without these the upper row is a title or a line such as 填报单位, not part of the headings.
    holds = recognised_below and (beside or merged or len(anchors) > 1)
    return _Candidate((number, number + 1), headings, fields) if holds else None


def _padded(cells: list[Cell], width: int) -> list[Cell]:
    return cells + [None] * (width - len(cells))


def _groups(
    number: int, upper: list[str], lower: list[str], merged_over: dict[tuple[int, int], Merge]
) -> list[int | None]:
    """Give for each column the column whose upper cell is its group, or None.

    A group is as wide as its merged range; where merging was left out it goes on over blank cells to the
    right, as long as there are sub-headings below. What is long, reads like a title or spans the whole
    table is no group.
    """
    groups: list[int | None] = [None] * len(upper)
    for index, text in enumerate(upper):
        if not text or not lower[index]:
            continue
        merge = merged_over.get((number, index))
        end = index + 1
        if merge is not None and merge.last_column > merge.first_column:
            end = min(merge.last_column, len(upper))
        elif merge is None:
            while end < len(upper) and not upper[end] and lower[end] and (number, end) not in merged_over:
                end += 1
        groups[index:end] = [index] * (end - index)
    covered = [index for index, text in enumerate(lower) if text]
    for anchor in {group for group in groups if group is not None}:
        plain = BRACKETED.sub("", plain_heading(upper[anchor]))
        whole = (
            len(covered) > 2
            and all(groups[index] == anchor for index in covered)
            and not any(text for index, text in enumerate(upper) if index != anchor)
        )
        if whole or len(plain) > _LONGEST_PARENT or _TITLE_LIKE.search(plain):
            groups = [None if group == anchor else group for group in groups]
    return groups


def _columns(
    candidate: _Candidate,
) -> tuple[dict[str, Column], list[tuple[str, str]], tuple[_Heading, _Heading] | None]:
    """Give the column of each field, the headings left unread, and two equal headings where there are any."""
    taken: dict[str, tuple[int, _Heading]] = {}
    unread: list[_Heading] = []
    for heading in candidate.headings:
        match = meaning_of(plain_heading(heading.parent), plain_heading(heading.own))
        if match is None:
            unread.append(heading)
            continue
        field, rank = match
        if field not in taken:
            taken[field] = (rank, heading)
            continue
        other_rank, other = taken[field]
        if (plain_heading(other.parent), plain_heading(other.own)) == (
            plain_heading(heading.parent),
            plain_heading(heading.own),
        ):
            return {}, [], (other, heading)
        if rank < other_rank:
            taken[field] = (rank, heading)
        unread.append(other if rank < other_rank else heading)
    columns = {field: _column(field, heading) for field, (_, heading) in taken.items()}
    unread.sort(key=lambda heading: heading.index)
    return columns, [(heading.cell, _one_line(heading.own)) for heading in unread], None


def _column(field: str, heading: _Heading) -> Column:
    unit = None
    if field in FIELD and FIELD[field].kind is Kind.MONEY:
        unit = unit_in(heading.own) or unit_in(heading.parent)
    written = f"{heading.parent} {heading.own}" if heading.parent else heading.own
    return Column(heading.index, field, _one_line(written), unit)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _extended(sheet: Sheet, columns: dict[str, Column], last: int) -> tuple[int, dict[int, str]]:
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
    for number, cells in reversed(sheet.rows[:_HEADER_WITHIN]):
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


def _no_table(sheet: Sheet, candidates: list[_Candidate]) -> NoTable:
    """Say what was found in the likeliest row and what is missing there."""
    if not candidates:
        return NoTable(sheet.name, [], [FIELD[name].heading for name in _EXPECTED], [])
    best = max(candidates, key=lambda candidate: candidate.score)
    columns, unread, _ = _columns(best)
    found = [column.heading for column in sorted(columns.values(), key=lambda column: column.index)]
    expected = _EXPECTED if best.score < 3 else ("name",)
    missing = [FIELD[name].heading for name in expected if name not in best.fields]
    return NoTable(sheet.name, found, missing, unread)
