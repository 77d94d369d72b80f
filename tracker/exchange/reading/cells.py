"""Cells: from what a row has written to fields' values, each or the flaw that keeps it from being one."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tracker.exchange.reading.faultbook import FaultBook
from tracker.exchange.reading.field_reading import Reader, reader_of
from tracker.exchange.reading.headings import Table
from tracker.exchange.reading.rows import RawRow
from tracker.exchange.reading.workbooks import Uncalculated
from tracker.model.faults import Flaw, Severity
from tracker.model.fields import FIELD
from tracker.model.names import plain_name
from tracker.model.places import ROOT, Place, PlaceLevel, Places
from tracker.model.programme import Programme, category_name
from tracker.model.values import Cell, Reading, Said, read_text, said_text

_BETWEEN_PLACES = re.compile(r"[、,，;；/／\s]+")
_FORMULA_ERRORS = frozenset(
    {"#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#GETTING_DATA", "#SPILL!", "#CALC!"}
)
_BETWEEN_HAN = re.compile(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])|\n+")


_KEPT_READINGS = 1024
"""Readings that are remembered of one column."""

_NO_FIELDS: set[str] = set()
"""Shared by the rows to which nothing is added any more."""


@dataclass(slots=True)
class ReadRow:
    """One project row, read.

    `values` and `cleared` are what it says, `flawed` the fields whose cells have a fault (their values, if
    any, are compared with nothing), `county` the place it stands in.
    """

    sheet: str
    raw: RawRow
    values: dict[str, Any] = field(default_factory=dict)
    cleared: set[str] = field(default_factory=set)
    flawed: set[str] = field(default_factory=set)
    county: Place | None = None
    code: str | None = None
    known: bool = False

    @property
    def number(self) -> int:
        """Give the sheet's own number of the row."""
        return self.raw.number

    def cell_of(self, name: str) -> str:
        """Give the cell a fault about a field stands at: the field's own, else the name's."""
        places = self.raw.places
        return places.get(name) or places["name"]

    def forget_cells(self) -> None:
        """Forget what was written but for the name: once a row is compared nobody asks for it."""
        self.raw.cells = {"name": self.raw.cells.get("name")}
        self.flawed = self.flawed or _NO_FIELDS
        self.cleared = self.cleared or _NO_FIELDS

    def forget_values(self, but: Container[str]) -> None:
        """Forget what the row says, but for some fields: where rows are only counted."""
        self.values = {name: value for name, value in self.values.items() if name in but}
        self.cleared = {name for name in self.cleared if name in but} or _NO_FIELDS


class RowReader:
    """Reads the rows of one table for one programme: one reader a column, chosen once."""

    def __init__(
        self,
        table: Table,
        programme: Programme,
        places: Places,
        within: Place,
        categories: list[str],
        homes: Mapping[str, str],
        book: FaultBook,
    ) -> None:
        """Choose the readers.

        `categories` are the names the programme knows, `within` bounds the counties, `homes` gives the county
        code of every known project by the project's code.
        """
        self._table = table
        self._programme = programme
        self._places = places
        self._within = within
        self._area = places.find(programme.area) or within
        self._categories = {plain_name(name): name for name in categories}
        self._homes = homes
        self._codes = {plain_name(code): code for code in homes}
        self._book = book
        self._readers: dict[str, tuple[Reader, dict[Cell, Reading]]] = {
            name: (self._reader(name), {})
            for name in table.columns
            if name in FIELD and name not in ("county", "further_counties")
        }
        self._empties = {name for name in self._readers if FIELD[name].blank_empties}
        self._levels: dict[str, str | None] = {}
        self._known_categories: dict[str, tuple[str, str | None]] = {}
        self._counties: dict[tuple[str, str], Place | Flaw | tuple[Place, ...]] = {}
        self.sheet_county = self._county_of_sheet()

    def _reader(self, name: str) -> Reader:
        unit = self._table.columns[name].unit or self._table.corner_unit or "万元"
        return reader_of(FIELD[name], unit)

    def read(self, raw: RawRow) -> ReadRow:
        """Read one row; its flaws go into the fault book."""
        row = ReadRow(self._table.sheet, raw)
        cells = raw.cells
        for name, (reader, readings) in self._readers.items():
            cell = cells.get(name)
            kind = cell.__class__
            # What a column says again and again is read once; numbers are not kept, 1 and True being one key.
            reading = readings.get(cell) if kind is str or kind is date else None
            if reading is None:
                if (broken := _broken_formula(cell)) is not None:
                    self.fault(row, name, broken)
                    continue
                reading = reader(cell)
                if (kind is str or kind is date) and len(readings) < _KEPT_READINGS:
                    readings[cell] = reading
            if reading.flaw is not None:
                self.fault(row, name, reading.flaw)
            if reading.said is Said.CLEARED or (reading.said is Said.BLANK and name in self._empties):
                row.cleared.add(name)
            elif reading.value is not None:
                row.values[name] = reading.value
        self._finish_name(row)
        self._finish_county(row)
        self._finish_further(row)
        self._finish_category(row)
        self._finish_level(row)
        code = row.values.pop("code", None)
        row.code = self._codes.get(plain_name(code), code) if code else None
        row.cleared -= {"code", "name", "county"}
        return row

    def fault(self, row: ReadRow, name: str, flaw: Flaw) -> None:
        """Note a flaw at a row's cell for a field and mark the field as flawed."""
        row.flawed = row.flawed | {name}
        self._note(row, row.cell_of(name), name, flaw, said=row.raw.cells.get(name))

    def _note(self, row: ReadRow, cell: str, name: str, flaw: Flaw, said: Cell) -> None:
        column = self._table.columns.get(name)
        heading = _one_line(column.heading) if column else FIELD[name].heading
        self._book.note(
            row.sheet, cell, flaw, field=name, said=said_text(said) or None, heading=heading, row=_row_of(cell)
        )

    def _finish_name(self, row: ReadRow) -> None:
        name = row.values.get("name")
        if isinstance(name, str):
            row.values["name"] = _BETWEEN_HAN.sub("", name)
        elif "name" not in row.flawed:
            missing = Flaw(Severity.FIX, "缺项目名称，请填写与批复文件一致的名称；如本行不是项目，请删去。")
            self.fault(row, "name", missing)

    def _finish_county(self, row: ReadRow) -> None:
        row.values.pop("county", None)
        cell = row.raw.cells.get("county")
        if cell is None:
            row.county = self.sheet_county or self._county_of_heading(row)
            known = self._homes.get(self._codes.get(plain_name(str(row.values.get("code"))), ""))
            if row.county is None and known is not None:
                row.county = self._places.find(known)
            if row.county is None:
                have = (
                    "本行和上面都没有写县（市、区）"
                    if "county" in self._table.columns
                    else "表里没有“县（市、区）”一列"
                )
                message = f"{have}，工作表名和标题里也看不出是哪个县，请补上，例如 {self._example()}。"
                self.fault(row, "county", Flaw(Severity.FIX, message))
            return
        found = _broken_formula(cell) or self._resolve(cell, row.raw.cells.get("city"))
        if isinstance(found, Flaw):
            row.flawed = row.flawed | {"county"}
            self._note(row, row.cell_of("county"), "county", found, said=cell)
        elif isinstance(found, tuple):
            row.county = found[0]
            row.values["further_counties"] = tuple(place.code for place in found[1:])
        else:
            row.county = found

    def _example(self) -> str:
        units = self._places.units(self._within)
        return units[0].name if units else "榆次区"

    def _finish_further(self, row: ReadRow) -> None:
        cell = row.raw.cells.get("further_counties")
        if "further_counties" not in self._table.columns or cell is None:
            return
        reading = read_text(cell, 500)
        if reading.said is Said.CLEARED:
            row.cleared.add("further_counties")
        elif isinstance(reading.value, str):
            codes = []
            for part in _BETWEEN_PLACES.split(reading.value):
                found = self._resolve(part, None) if part else None
                # A project reaches into counties that the list itself is not about.
                beyond = self._candidates(part, "", self._area) if isinstance(found, Flaw) else []
                if len(beyond) == 1 and self._places.is_unit(beyond[0]):
                    found = beyond[0]
                if isinstance(found, Flaw):
                    self.fault(row, "further_counties", found)
                elif isinstance(found, Place):
                    codes.append(found.code)
            row.values["further_counties"] = tuple(codes)

    def _resolve(self, cell: Cell, city: Cell) -> Place | Flaw | tuple[Place, ...]:
        text, city_text = said_text(cell), said_text(city) if city is not None else ""
        if text.isdecimal():
            text = unicodedata.normalize("NFKC", text)
        key = (text, city_text)
        if key not in self._counties:
            self._counties[key] = self._fresh_county(text, city_text)
        return self._counties[key]

    def _fresh_county(self, text: str, city: str) -> Place | Flaw | tuple[Place, ...]:
        single = self._single_county(text, city)
        parts = [part for part in _BETWEEN_PLACES.split(text) if part]
        if isinstance(single, Flaw) and len(parts) > 1:
            several = [self._single_county(part, city) for part in parts]
            places = tuple(place for place in several if isinstance(place, Place))
            return places if len(places) == len(several) else next(p for p in several if isinstance(p, Flaw))
        return single

    def _single_county(self, text: str, city: str) -> Place | Flaw:
        found = self._candidates(text, city, self._within)
        if len(found) == 1:
            return self._misplaced(found[0], text, city) or self._usable(found[0], text)
        if len(found) > 1:
            names = "、".join(f"{self._places.full_name(place)}（{place.code}）" for place in found)
            example = self._places.full_name(found[0])
            return Flaw(Severity.FIX, f"“{text}”有 {len(found)} 个：{names}，请写明是哪个市的，例如 {example}。")
        return self._unknown_county(text, city)

    def _misplaced(self, place: Place, text: str, city: str) -> Flaw | None:
        """Give the flaw of a county beside which another city is named, or None."""
        beside = [found for found in self._places.named(city, self._area) if found.level is PlaceLevel.CITY]
        if not city or len(beside) != 1 or place.within(beside[0]):
            return None
        where = self._places.full_name(place)
        return Flaw(Severity.FIX, f"“{text}”不在{beside[0].name}（{where}），请核对市和县（市、区）两列。")

    def _unknown_county(self, text: str, city: str) -> Flaw:
        for scope, named in ((self._area, "本次导入的范围"), (ROOT, "本专项的范围")):
            outside = self._candidates(text, city, scope)
            if outside:
                bounds = self._within if scope is self._area else self._area
                where = self._places.full_name(outside[0])
                mend = "，或改用更大的导入范围（--within）" if scope is self._area else ""
                return Flaw(
                    Severity.FIX, f"“{text}”（{where}）不在{named}（{bounds.name}）内，请核对县（市、区）名称{mend}。"
                )
        nearest = self._places.nearest(text, self._within)
        name = nearest.name if nearest and nearest.within(self._within) else nearest and self._places.full_name(nearest)
        hint = f"，最接近的是“{name}”" if name else ""
        example = nearest.name if nearest and nearest.within(self._within) else self._example()
        return Flaw(Severity.FIX, f"没有“{text}”这个县（市、区）{hint}，请改成全称，例如 {example}。")

    def _candidates(self, text: str, city: str, scope: Place) -> list[Place]:
        by_code = self._places.find(text)
        if by_code is not None:
            return [by_code] if by_code.within(scope) and by_code.level is not PlaceLevel.COUNTRY else []
        if city:
            combined = self._places.named(city + text, scope)
            if combined:
                return combined
        return self._places.named(text, scope)

    def _usable(self, place: Place, text: str) -> Place | Flaw:
        if self._places.is_unit(place):
            return place
        message = (
            f"“{text}”是{place.name}，不是县（市、区），请写到县，例如 {self._example()}；"
            "市本级的项目请先登记为排名单元。"
        )
        return Flaw(Severity.FIX, message)

    def _county_of_sheet(self) -> Place | None:
        """Give the county that the sheet's name, its title or the import's scope names."""
        named = self._candidates(self._table.sheet.strip(), "", self._within)
        if len(named) == 1 and self._places.is_unit(named[0]):
            return named[0]
        for text in (self._table.sheet, *(text for _, text in self._table.notices)):
            found = self._county_in(text)
            if found is not None:
                return found
        return self._within if self._places.is_unit(self._within) else None

    def _county_in(self, text: str) -> Place | None:
        """Give the one county a text names; where it names several, the one it begins with, if any."""
        plain = plain_name(text)
        city = next((c for c in self._places.cities(self._within) if plain_name(c.name) in plain), None)
        scope = city if city is not None and not self._places.is_unit(city) else self._within
        hits: list[tuple[int, int, Place]] = []
        for place in self._places.units(scope):
            name = plain_name(place.name)
            start = plain.find(name)
            if start >= 0:
                hits.append((start, -len(name), place))
        hits.sort(key=lambda hit: (hit[0], hit[1]))
        if len(hits) == 1 and hits[0][1] < -1:
            return hits[0][2]
        if hits and (hits[0][0] == 0 or (city is not None and hits[0][0] == len(plain_name(city.name)))):
            return hits[0][2]
        return None

    def _county_of_heading(self, row: ReadRow) -> Place | None:
        if row.raw.sub_heading is None:
            return None
        found = self._candidates(category_name(row.raw.sub_heading[1]), "", self._within)
        return found[0] if len(found) == 1 and self._places.is_unit(found[0]) else None

    def _finish_category(self, row: ReadRow) -> None:
        written = row.values.get("category")
        cell = row.cell_of("category")
        if "category" not in self._table.columns and row.raw.sub_heading is not None:
            cell, written = row.raw.sub_heading
            if self._county_of_heading(row) is not None:
                return
        if not isinstance(written, str):
            return
        if written not in self._known_categories:
            bare = category_name(written)
            self._known_categories[written] = bare, self._categories.get(plain_name(bare))
        name, known = self._known_categories[written]
        row.values["category"] = known or name
        if known is None and self._programme.categories:
            close = _nearest(name, self._categories)
            hint = f"，最接近的是“{close}”" if close else ""
            if self._programme.categories_complete:
                names = "、".join(self._categories.values())
                flaw = Flaw(Severity.FIX, f"“{name}”不是本专项的工程类别{hint}，请改成规定的类别：{names}。")
            else:
                flaw = Flaw(Severity.ASK, f"“{name}”是台账里还没有的工程类别{hint}；确认后按新类别登记。")
            row.flawed = row.flawed | {"category"}
            self._note(row, cell, "category", flaw, said=written)

    def _finish_level(self, row: ReadRow) -> None:
        written = row.values.get("level")
        if not isinstance(written, str) or not self._programme.levels:
            return
        if written not in self._levels:
            self._levels[written] = self._programme.level_named(written)
        known = self._levels[written]
        if known is not None:
            row.values["level"] = known
            return
        names = "、".join(level.name for level in self._programme.levels)
        self.fault(
            row, "level", Flaw(Severity.ASK, f"“{written}”不在本专项的项目级别（{names}）里；确认后按原样登记。")
        )


def _broken_formula(cell: Cell) -> Flaw | None:
    """Give the flaw of a cell whose formula came to an error, or to nothing that was kept; None for any other."""
    if cell.__class__ is str:
        if cell[:1] != "#" or cell not in _FORMULA_ERRORS:
            return None
        return Flaw(Severity.FIX, f"“{cell}”是公式错误，请改成内容本身，没有内容就留空。")
    if cell.__class__ is not Uncalculated:
        return None
    mend = "请用 Excel 或 WPS 打开，重新计算并保存后再上传，或者直接填数值"
    return Flaw(Severity.FIX, f"“{said_text(cell)}”是公式，文件里没有保存它的结果；{mend}。")


def _nearest(name: str, known: Mapping[str, str]) -> str | None:
    close = difflib.get_close_matches(plain_name(name), known, n=1, cutoff=0.6)
    return known[close[0]] if close else None


def _one_line(text: str) -> str:
    return "".join(text.split())


def _row_of(cell: str) -> int | None:
    digits = cell.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return int(digits) if digits.isdigit() else None
