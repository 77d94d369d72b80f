"""Reading choices: how somebody wants a workbook read where the program alone would read it otherwise, or not at all.

They go with the file they are about: sheets by name, columns by index. What an office's headings mean by an earlier
list goes with them, so that both are weighed in one place.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tracker.exchange.reading.heading_words import CITY, REPORTING, SERIAL, meaning_of, plain_heading
from tracker.ledger.heading_choices import HeadingChoice
from tracker.model.fields import FIELD, Kind

UNITS = ("元", "万元", "亿元")
"""The units of sums that a list may be read in."""

NOT_READ = ""
"""What stands for a field where a column is not to be read."""

OTHER_COLUMNS = {SERIAL: "序号", CITY: "市", REPORTING: "本月填报"}
"""The columns that are read but are no fields, with their words."""

MOST_HEADING_ROWS = 3

_MOST_SHEETS, _MOST_COLUMNS, _LAST_ROW = 200, 1000, 1 << 20
_CHOSEN_RANK, _REMEMBERED_RANK = -1, 1000


class Origin(StrEnum):
    """Why a heading means what it does: it is known, somebody chose it for this file, an earlier list taught it."""

    KNOWN = "known"
    CHOSEN = "chosen"
    REMEMBERED = "remembered"


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """One column: the field it is read as (NOT_READ for none, None as the program reads it), the unit of its sums."""

    field: str | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class SheetChoice:
    """One sheet: whether it is read, the first and last row of its headings, the unit where none is written, columns.

    None everywhere leaves it to the program; columns count from 0, and are about headings in just these rows.
    """

    read: bool | None = None
    rows: tuple[int, int] | None = None
    unit: str | None = None
    columns: Mapping[int, ColumnChoice] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReadingChoices:
    """How a workbook is to be read: `sheets` by name; `remembered` by (group's heading, heading), both plain."""

    sheets: Mapping[str, SheetChoice] = field(default_factory=dict)
    remembered: Mapping[tuple[str, str], HeadingChoice] = field(default_factory=dict)

    def of(self, sheet: str) -> SheetChoice:
        """Give what was chosen for a sheet."""
        return self.sheets.get(sheet, AS_WRITTEN)

    def as_mapping(self) -> dict[str, Any]:
        """Give what somebody chose in the form that is kept as JSON; what is remembered is not part of it."""
        return {"sheets": {name: _sheet_mapping(choice) for name, choice in self.sheets.items()}}

    def digest(self) -> str:
        """Give a digest that changes with anything chosen or remembered."""
        remembered = sorted((*key, each.field, each.unit or "") for key, each in self.remembered.items())
        said = json.dumps([self.as_mapping(), remembered], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


AS_WRITTEN = SheetChoice()
NO_CHOICES = ReadingChoices()


@dataclass(frozen=True, slots=True)
class Meant:
    """What a heading means: the field (NOT_READ for none), how sure that is against another (less is surer), why.

    `known` is what the program by itself would read; `unit` and `day` (YYYY-MM-DD) belong to what is remembered.
    """

    field: str
    rank: int
    origin: Origin
    known: str | None
    unit: str | None = None
    day: str = ""


def meaning_in(choices: ReadingChoices, sheet: str, index: int, parent: str, own: str) -> Meant | None:
    """Give what the heading over a column means, or None: as chosen, else as known, else as remembered.

    What is remembered counts against a known heading only where somebody corrected just that meaning.
    """
    plain = plain_heading(parent), plain_heading(own)
    known = meaning_of(*plain)
    known_field = known[0] if known else None
    remembered = choices.remembered.get(plain)
    day = remembered.chosen_at[:10] if remembered else ""
    chosen = choices.of(sheet).columns.get(index)
    if chosen is not None and chosen.field is not None:
        return Meant(chosen.field, _CHOSEN_RANK, Origin.CHOSEN, known_field)
    if remembered is None or not is_readable(remembered.field):
        return Meant(known[0], known[1], Origin.KNOWN, known_field) if known else None
    if known is None:
        return Meant(remembered.field, _REMEMBERED_RANK, Origin.REMEMBERED, None, remembered.unit, day)
    if known_field != remembered.field and known_field == remembered.corrects:
        return Meant(remembered.field, known[1], Origin.REMEMBERED, known_field, remembered.unit, day)
    unit = remembered.unit if known_field == remembered.field else None
    return Meant(known[0], known[1], Origin.KNOWN, known_field, unit, day if unit else "")


def is_readable(name: str) -> bool:
    """Say whether a column can be read as this: a declared field, one of OTHER_COLUMNS, or not at all."""
    return name in FIELD or name in OTHER_COLUMNS or name == NOT_READ


def column_words(name: str) -> str:
    """Give what a column is read as in people's words."""
    return FIELD[name].heading if name in FIELD else OTHER_COLUMNS.get(name, "不读取")


def is_money(name: str | None) -> bool:
    """Say whether a field holds a sum, so that its column has a unit."""
    return name in FIELD and FIELD[name].kind is Kind.MONEY


def choices_from(said: object) -> ReadingChoices:
    """Give the choices that a JSON value holds. Raises ValueError, with a Chinese sentence, for what is none."""
    sheets = _mapping(_mapping(said, "读法").get("sheets", {}), "工作表")
    if len(sheets) > _MOST_SHEETS:
        raise ValueError(f"工作表超过 {_MOST_SHEETS} 张，请删去无关的工作表后重新上传。")
    return ReadingChoices({name: _sheet_from(_mapping(each, f"工作表“{name}”")) for name, each in sheets.items()})


def _sheet_mapping(choice: SheetChoice) -> dict[str, Any]:
    columns = {
        str(index): {"field": each.field, "unit": each.unit} for index, each in sorted(choice.columns.items())
    }  # fmt: skip
    rows = list(choice.rows) if choice.rows else None
    return {"read": choice.read, "rows": rows, "unit": choice.unit, "columns": columns}


def _sheet_from(said: Mapping[str, Any]) -> SheetChoice:
    read, rows, columns = said.get("read"), said.get("rows"), _mapping(said.get("columns", {}), "各列")
    if read not in (None, True, False):
        raise ValueError("是否读取一张工作表只能是读或不读。")
    if len(columns) > _MOST_COLUMNS:
        raise ValueError(f"一张工作表最多对应 {_MOST_COLUMNS} 列。")
    chosen = {}
    for index, each in columns.items():
        if not (index.isascii() and index.isdigit() and int(index) < _MOST_COLUMNS):
            raise ValueError(f"没有“{index}”这一列。")
        column = _mapping(each, "一列")
        chosen[int(index)] = ColumnChoice(_field(column.get("field")), unit_chosen(column.get("unit")))
    if chosen and rows is None:
        raise ValueError("指定了各列的内容，就要同时指定表头在第几行。")
    return SheetChoice(read, None if rows is None else _rows(rows), unit_chosen(said.get("unit")), chosen)


def _mapping(said: object, what: str) -> Mapping[str, Any]:
    if not isinstance(said, dict):
        raise ValueError(f"{what}的写法不对，请在页面上重新选。")
    return said


def _field(said: object) -> str | None:
    if said is None or (isinstance(said, str) and is_readable(said)):
        return said
    raise ValueError(f"没有“{str(said)[:40]}”这项内容，请从列表里选一项，或选“不读取”。")


def unit_chosen(said: object) -> str | None:
    """Give a unit of sums, None for none chosen. Raises ValueError, with a Chinese sentence, for another one."""
    if said is None or (isinstance(said, str) and said in UNITS):
        return said
    raise ValueError(f"金额单位写的是“{str(said)[:20]}”，只能是 {'、'.join(UNITS)}。")


def _rows(said: object) -> tuple[int, int]:
    if not (isinstance(said, list) and len(said) == 2 and all(isinstance(each, int) for each in said)):
        raise ValueError("表头的行写成两个数：从第几行到第几行，例如 3 和 4。")
    return checked_rows(said[0], said[1])


def checked_rows(first: int, last: int) -> tuple[int, int]:
    """Give the rows that headings stand in. Raises ValueError, with a Chinese sentence, for what cannot be rows."""
    if not 1 <= first <= _LAST_ROW:
        raise ValueError(f"表头从第 {first} 行开始：行号应从 1 起，例如 3。")
    if last < first:
        raise ValueError(f"表头写的是第 {first} 行到第 {last} 行，后一个不能小于前一个；只有一行时两个写成一样。")
    if last - first >= MOST_HEADING_ROWS:
        raise ValueError(f"表头写的是第 {first} 行到第 {last} 行，最多 {MOST_HEADING_ROWS} 行；标题行不算表头。")
    return first, last
