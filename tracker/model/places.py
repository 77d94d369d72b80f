"""Places: divisions of China and the ranking units registered under them, each with a path.

Divisions follow GB/T 2260. A county hangs on its city, or on its province where there is no city between
(municipalities, 济源, 仙桃); a city without counties (东莞, 中山, 儋州, 嘉峪关) is itself a unit; a zone
(开发区) or other unit is registered under its city.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from tracker.model.names import plain_name

ROOT_CODE = "000000"


class PlaceLevel(StrEnum):
    """The level of a place; a unit is a zone or another ranking unit that is no division."""

    COUNTRY = "country"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    UNIT = "unit"


@dataclass(frozen=True, slots=True)
class Place:
    """A division or a ranking unit.

    `path` runs from the province down: `14/1407/140702`; it is empty for the whole country, and a place
    lies within another exactly when its path starts with the other's.
    """

    code: str
    name: str
    level: PlaceLevel
    path: str

    def within(self, scope: Place) -> bool:
        """Say whether this place is `scope` or lies inside it."""
        return not scope.path or self.path == scope.path or self.path.startswith(scope.path + "/")


@dataclass(frozen=True, slots=True)
class Unit:
    """A ranking unit that is no division: its code, its name and the city it is registered under."""

    code: str
    name: str
    city: str


ROOT = Place(ROOT_CODE, "全国", PlaceLevel.COUNTRY, "")


def _short(code: str) -> str:
    """Drop the filling zeros of a province's or city's code, as paths write it."""
    return code[:2] if code.endswith("0000") else code[:4] if code.endswith("00") else code


class Places:
    """The divisions and the units of one programme, found by code, by name and by nearness of name."""

    def __init__(self, divisions: Iterable[Mapping[str, str]], units: Iterable[Unit] = ()) -> None:
        """Take rows with code, name, level and parent_code, parents first, and the units beside them."""
        self._by_code: dict[str, Place] = {ROOT_CODE: ROOT}
        self._names: dict[str, dict[str, list[Place]]] = {}
        self._units: dict[str, tuple[Place, ...]] = {}
        self._parents: dict[str, str] = {}
        self._with_children: set[str] = {ROOT_CODE}
        for row in divisions:
            self._add(row["code"], row["name"], PlaceLevel(row["level"]), row["parent_code"] or ROOT_CODE)
        for unit in units:
            self._add(unit.code, unit.name, PlaceLevel.UNIT, unit.city)

    def _add(self, code: str, name: str, level: PlaceLevel, parent_code: str) -> None:
        parent = self._by_code[parent_code]
        short = code if level is PlaceLevel.UNIT else _short(code)
        path = f"{parent.path}/{short}" if parent.path else short
        place = Place(code, name, level, path)
        self._by_code[code] = place
        self._parents[code] = parent_code
        if level is not PlaceLevel.UNIT:
            self._with_children.add(parent_code)

    def with_units(self, units: Iterable[Unit]) -> Places:
        """Give the same divisions with further units registered; this object stays as it is."""
        copy = Places(())
        copy._by_code = dict(self._by_code)
        copy._parents = dict(self._parents)
        copy._with_children = set(self._with_children)
        for unit in units:
            copy._add(unit.code, unit.name, PlaceLevel.UNIT, unit.city)
        return copy

    def find(self, code: str) -> Place | None:
        """Find a place by its code: 14, 1407, 140702, any of them filled up to six digits, or a unit's."""
        place = self._by_code.get(code)
        if place is None and code.isascii() and code.isdigit() and len(code) in (2, 4):
            place = self._by_code.get(code.ljust(6, "0"))
        return place

    def parent(self, place: Place) -> Place:
        """Give the place this one hangs on; the country hangs on itself."""
        return self._by_code[self._parents.get(place.code, ROOT_CODE)]

    def province(self, place: Place) -> Place:
        """Give the province a place lies in (itself for a province, the country for the country)."""
        head = place.path.split("/", 1)[0]
        return self._by_code[head.ljust(6, "0")] if head else ROOT

    def city(self, place: Place) -> Place:
        """Give the city a place lies in; itself where it hangs on the province, or is larger than a city."""
        parts = place.path.split("/")
        if len(parts) < 3:
            return place
        return self._by_code[parts[1].ljust(6, "0")]

    def is_unit(self, place: Place) -> bool:
        """Say whether projects stand directly in this place: a county, a zone, a place without counties."""
        return place.code not in self._with_children

    def units(self, scope: Place) -> list[Place]:
        """Give every place within the scope that can hold projects, by code."""
        if scope.code not in self._units:
            found = [place for place in self._by_code.values() if place.within(scope) and self.is_unit(place)]
            self._units[scope.code] = tuple(sorted(found, key=lambda place: place.code))
        return list(self._units[scope.code])

    def cities(self, scope: Place) -> list[Place]:
        """Give every city within the scope, and the counties that stand beside cities, by code."""
        found = {self.city(place).code: self.city(place) for place in self.units(scope)}
        return [found[code] for code in sorted(found)]

    def children(self, scope: Place) -> list[Place]:
        """Give the places directly beneath a scope, by code."""
        return sorted(
            (self._by_code[code] for code, parent in self._parents.items() if parent == scope.code),
            key=lambda place: place.code,
        )

    def full_name(self, place: Place) -> str:
        """Give the name with the names above it, which tells two 城区 apart: `阳泉市城区`."""
        above = self.city(place)
        return place.name if above.code == place.code else above.name + place.name

    def named(self, name: str, scope: Place) -> list[Place]:
        """Find the places of a written name within a scope: by name, or by province, city and name.

        Gives every match, so that more than one means the name is ambiguous there.
        """
        plain = plain_name(name)
        names = self._names_within(scope)
        found = names.get(plain)
        if found:
            return list(found)
        return [
            place
            for length in range(2, len(plain) - 1)
            for place in names.get(plain[length:], ())
            if plain[:length] in self._prefixes(place)
        ]

    def _names_within(self, scope: Place) -> dict[str, list[Place]]:
        """Give the places of a scope by their plain names; made when a scope is first searched."""
        if scope.code not in self._names:
            names: dict[str, list[Place]] = {}
            for place in self._by_code.values():
                if place.within(scope):
                    names.setdefault(plain_name(place.name), []).append(place)
            self._names[scope.code] = names
        return self._names[scope.code]

    def _prefixes(self, place: Place) -> set[str]:
        """Give the texts that may stand before a place's name to say where it lies."""
        city, province = self.city(place), self.province(place)
        prefixes = {plain_name(province.name)}
        if city.code != place.code:
            prefixes |= {plain_name(city.name), plain_name(province.name + city.name)}
        return prefixes

    def nearest(self, name: str, scope: Place) -> Place | None:
        """Give the unit whose name comes nearest to a written one: inside the scope first, then anywhere."""
        for region in (scope, ROOT):
            by_name = {plain_name(place.name): place for place in reversed(self.units(region))}
            by_name |= {plain_name(self.full_name(place)): place for place in by_name.values()}
            close = difflib.get_close_matches(plain_name(name), by_name, n=1, cutoff=0.5)
            if close:
                return by_name[close[0]]
        return None
