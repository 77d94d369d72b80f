"""Heading rows: readings of a sheet's first rows as headings, alone or as groups over their sub-headings.

A group may be merged over its columns or have the merging left out. The rows that somebody names are read as
headings whatever stands in them.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable
from dataclasses import dataclass

from tracker.exchange.reading.heading_words import BRACKETED, heading_field, is_unit, plain_heading
from tracker.exchange.reading.reading_choices import Meant
from tracker.exchange.reading.workbooks import Cell, Merge, Sheet, cell_name
from tracker.model.values import said_text

HEADER_WITHIN = 40
"""How many filled rows are looked at for headings."""

_LONGEST_PARENT = 12
_TITLE_LIKE = re.compile(r"[:]|清单|台账|一览表|明细表|汇总表|统计表|附件|表$")
_WHO_AND_WHEN = re.compile(r"(?:填报|填表|报送|制表)(?:单位|时间|日期|人)")

Meaning = Callable[[int, str, str], Meant | None]
"""What the heading over a column means, from the column's index, the group's text and the heading's own."""


@dataclass(frozen=True, slots=True)
class WrittenHeading:
    """What stands over one column: the group's text or "", the column's own text and its cell."""

    index: int
    cell: str
    parent: str
    own: str


@dataclass(slots=True)
class Candidate:
    """A reading of one row, or of several, as the headings; `meant` is what each heading means."""

    rows: tuple[int, int]
    headings: list[WrittenHeading]
    meant: list[Meant | None]

    @property
    def fields(self) -> set[str]:
        """Give the fields that are recognised."""
        return {meant.field for meant in self.meant if meant is not None and meant.field}


def candidates(sheet: Sheet, meaning: Meaning) -> list[Candidate]:
    """Read each of the first rows as headings, alone and together with the row below."""
    rows = sheet.rows[: HEADER_WITHIN + 1]
    merged_over = _merges(sheet)
    found = []
    for position, (number, cells) in enumerate(rows[:HEADER_WITHIN]):
        if sum(cell is not None and not isinstance(cell, str) for cell in cells) > 1:
            continue  # numbers and dates: data
        found.append(_meant((number, number), _written(number, cells), meaning))
        if position + 1 < len(rows) and rows[position + 1][0] == number + 1:
            pair = _paired(number, cells, rows[position + 1][1], merged_over, meaning)
            if pair is not None:
                found.append(pair)
    return found


def candidate_at(sheet: Sheet, first: int, last: int, meaning: Meaning) -> Candidate:
    """Read the rows that somebody named as headings; without headings where nothing stands in them."""
    by_number = dict(sheet.rows[: HEADER_WITHIN + last])
    rows = {number: _as_text(by_number.get(number, [])) for number in range(first, last + 1)}
    below = rows[last]
    if last == first:
        return _meant((first, last), _written(last, below), meaning)
    above = rows[last - 1]
    merged_over = _merges(sheet)
    if last == first + 1:
        pair = _paired(first, above, below, merged_over, meaning)
        if pair is not None:
            return pair
    width = max(map(len, rows.values()))
    upper, lower = _texts(above, width), _texts(below, width)
    # Of three rows the highest speaks where the one beneath it is blank.
    for index, text in enumerate(_texts(rows[first], width)):
        upper[index] = upper[index] or text
    groups = _groups(last - 1, upper, lower, merged_over)
    headings = []
    for index in range(width):
        anchor = groups[index]
        if lower[index]:
            group = upper[anchor] if anchor is not None else ""
            headings.append(WrittenHeading(index, cell_name(last, index), group, lower[index]))
        elif upper[index]:
            headings.append(WrittenHeading(index, cell_name(last - 1, index), "", upper[index]))
    return _meant((first, last), headings, meaning)


def likeliest(sheet: Sheet, meaning: Meaning) -> Candidate | None:
    """Give the row that looks most like headings where none can be read as such: the first with the most texts."""
    single = [each for each in candidates(sheet, meaning) if each.rows[0] == each.rows[1] and each.headings]
    return max(single, key=lambda each: (len(each.fields), len(each.headings)), default=None)


def _written(number: int, cells: list[Cell]) -> list[WrittenHeading]:
    return [
        WrittenHeading(index, cell_name(number, index), "", cell)
        for index, cell in enumerate(cells)
        if isinstance(cell, str) and not cell.isspace()
    ]


def _as_text(cells: list[Cell]) -> list[Cell]:
    return [
        said_text(cell) if isinstance(cell, int | float | datetime.date | datetime.time) else cell for cell in cells
    ]  # fmt: skip


def _meant(rows: tuple[int, int], headings: list[WrittenHeading], meaning: Meaning) -> Candidate:
    return Candidate(rows, headings, [meaning(each.index, each.parent, each.own) for each in headings])


def _merges(sheet: Sheet) -> dict[tuple[int, int], Merge]:
    return {(merge.first_row, merge.first_column - 1): merge for merge in sheet.merges}


def _texts(cells: list[Cell], width: int) -> list[str]:
    texts = [cell if isinstance(cell, str) and not cell.isspace() else "" for cell in cells]
    return texts + [""] * (width - len(texts))


def _paired(
    number: int, above: list[Cell], below: list[Cell], merged_over: dict[tuple[int, int], Merge], meaning: Meaning
) -> Candidate | None:
    """Read two rows as groups over sub-headings; None where the lower row is plainly none of headings."""
    if any(cell is not None and not isinstance(cell, str) for cell in below):
        return None
    if any(isinstance(cell, str) and _WHO_AND_WHEN.match(plain_heading(cell)) for cell in above):
        return None  # who filled the list in, and when: nothing that groups columns
    width = max(len(above), len(below))
    upper, lower = _texts(above, width), _texts(below, width)
    groups = _groups(number, upper, lower, merged_over)
    headings: list[WrittenHeading] = []
    recognised_below = False
    for index in range(width):
        anchor = groups[index]
        if not lower[index]:
            if upper[index]:
                headings.append(WrittenHeading(index, cell_name(number, index), "", upper[index]))
            continue
        group = upper[anchor] if anchor is not None else ""
        if upper[index] and not group and not _TITLE_LIKE.search(plain_heading(upper[index])):
            group = upper[index]
        heading = WrittenHeading(index, cell_name(number + 1, index), group, lower[index])
        recognised = meaning(index, group, lower[index]) is not None
        over = heading_field(upper[index]) if upper[index] else None
        if over is not None and not recognised and groups.count(index) < 2:
            if not is_unit(lower[index]):
                return None  # a value below a heading: the lower row is data
            own = f"{upper[index]}（{lower[index].strip('()（）')}）"
            heading = WrittenHeading(index, cell_name(number, index), "", own)
            recognised = True
        recognised_below = recognised_below or recognised
        headings.append(heading)
    anchors = {anchor for anchor in groups if anchor is not None}
    merged = any((merge := merged_over.get((number, anchor))) and merge.last_column > anchor + 1 for anchor in anchors)
    beside = any(heading_field(upper[index]) for index in range(width) if upper[index] and not lower[index])
    # Without these the upper row is a title or a line such as 填报单位, not part of the headings.
    holds = recognised_below and (beside or merged or len(anchors) > 1)
    return _meant((number, number + 1), headings, meaning) if holds else None


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
