"""Whereabouts: which programme, month and area a page is about, read from its address and written into others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import quote, urlencode

from flask import request, url_for

from tracker.ledger.handle import Ledger, UnknownError
from tracker.ledger.programmes import find_place, months_of, places_of, programmes
from tracker.ledger.reference import divisions
from tracker.model.months import chinese_month, is_month, shift_month
from tracker.model.places import Place, PlaceLevel, Places
from tracker.model.programme import Programme
from tracker.web.identity import identity


class NotThereError(Exception):
    """An address that names nothing; its text is a Chinese sentence that says what does exist."""


class NoProgrammeError(Exception):
    """The ledger holds no programme yet."""


_PARTS_OF_PATHS = ("count", "action", "project", "sequence", "key", "kind")
"""What addresses under an area hold in their path beside month and area; everything else is asked in the query."""


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a chooser: what is sent, what is read, and whether it is the one in force."""

    value: str
    words: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the way from the programme's area down to where the page stands."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses of one page about unit after unit: what stands before and after the unit in each.

    Building each of a table's addresses anew costs more than all else on its page.
    """

    before: str
    after: str = ""

    def of(self, written: str) -> str:
        """Give the address about a unit, written as `Where.written` has it."""
        return f"{self.before}{written}{self.after}"


_PLAIN_IN_QUERIES = "!$'()*,/:;?@"
"""What need not be escaped in the query of an address, as Flask's own addresses have it."""

PLACE_GROUPS = frozenset({"city", "county"})
"""The groupings whose units are places, with pages of their own."""


def short_code(place: Place) -> str:
    """Give the code that addresses write for a place: 14, 1407, 140702 or a unit's."""
    return place.path.rsplit("/", 1)[-1] if place.path else place.code


@dataclass(frozen=True)
class Where:
    """What a page is about.

    `months` are the months that the programme has opened, in order; `month` need not be one of them;
    `several` says that the ledger holds other programmes beside this one.
    """

    programme: Programme
    programmes: tuple[Programme, ...]
    places: Places
    area: Place
    month: str
    months: tuple[str, ...]
    scope: Place | None = None
    """The caller's scope, where it is narrower than the programme's area."""

    @property
    def several(self) -> bool:
        """Say whether addresses must name the programme."""
        return len(self.programmes) > 1

    @property
    def month_words(self) -> str:
        """Give the month as people read it."""
        return chinese_month(self.month)

    @property
    def standing_month(self) -> str | None:
        """Give the month whose states hold at this one: itself where it is open, else the last before it."""
        return max((month for month in self.months if month <= self.month), default=None)

    def to(self, endpoint: str, area: Place | str | None = None, month: str | None = None, **more: str | None) -> str:
        """Give the address of another page about the same programme, month and area, or about others."""
        if isinstance(area, str):
            area = self.places.find(area)
        parts: dict[str, Any] = {name: more.pop(name) for name in _PARTS_OF_PATHS if name in more}
        stands = (endpoint, month or self.month, short_code(area or self.area), *parts.values())
        if stands not in self._paths:
            self._paths[stands] = url_for(endpoint, month=stands[1], area=stands[2], **parts)
        path = self._paths[stands]
        if self.several:
            more["programme"] = self.programme.key
        query = urlencode({name: value for name, value in more.items() if value is not None}, safe=_PLAIN_IN_QUERIES)
        return path if not query else f"{path}{'&' if '?' in path else '?'}{query}"

    @cached_property
    def _paths(self) -> dict[tuple[str | None, ...], str]:
        """Keep the addresses built so far without what is asked in them: a page has many that differ only in that."""
        return {}

    def written(self, group: str, code: str) -> str:
        """Give a unit of a grouping as addresses write it."""
        place = self.places.find(code) if group in PLACE_GROUPS else None
        return quote(short_code(place) if place else code, safe="")

    def addresses(self, group: str, endpoint: str, **more: str | None) -> Addresses:
        """Give the addresses of a page for a grouping's units: a place's own, else this area's narrowed to the unit."""
        address = self.to(endpoint, **more)
        if group in PLACE_GROUPS:
            before, after = address.split(f"/{self.month}/{quote(self.code, safe='')}", 1)
            return Addresses(f"{before}/{self.month}/", after)
        return Addresses(f"{address}{'&' if '?' in address else '?'}{group}=")

    def to_project(self, code: str) -> str:
        """Give the address of a project's dossier as of this month."""
        before, after = self._project_address
        return f"{before}{quote(code, safe='')}{after}"

    @cached_property
    def _project_address(self) -> tuple[str, str]:
        """Give what stands before and after a project's code in its address, built once a page."""
        before, _, after = url_for("dossier.show", code="-", month=self.month).partition("/-?")
        return f"{before}/", f"?{after}"

    @property
    def month_choices(self) -> list[Choice]:
        """Give the months to choose from, the latest first; the one in force is always among them."""
        shown = sorted({*self.months, self.month}, reverse=True)
        return [Choice(month, chinese_month(month), month == self.month) for month in shown]

    @property
    def area_choices(self) -> list[tuple[str, list[Choice]]]:
        """Give the areas to choose from, as (heading, choices): the programme's parts, and those of the way down."""
        top = self.top
        groups = [("", [self._choice(top)])]
        at = top
        for step in self._way[1:]:
            groups.append((f"{at.name}各地", [self._choice(place) for place in self.places.children(at)]))
            at = step
        children = self.places.children(at)
        if children:
            groups.append((f"{at.name}各地", [self._choice(place) for place in children]))
        return groups

    def _choice(self, place: Place) -> Choice:
        return Choice(short_code(place), place.name, place.code == self.area.code)

    @cached_property
    def top(self) -> Place:
        """Give the programme's whole area, or as much of it as the caller may see."""
        return self.scope or find_place(self.places, self.programme, None)

    @cached_property
    def _way(self) -> list[Place]:
        """Give the places from the programme's area down to this one."""
        way = [self.area]
        while way[0].code != self.top.code:
            way.insert(0, self.places.parent(way[0]))
        return way

    @property
    def above(self) -> Place | None:
        """Give the area this one lies in, None at the programme's own."""
        way = self._way
        return way[-2] if len(way) > 1 else None

    def crumbs(self, endpoint: str, **more: str | None) -> list[Crumb]:
        """Give the way down to this area; the last step is this area."""
        return [Crumb(place.name, self.to(endpoint, place, **more)) for place in self._way]

    @cached_property
    def full_name(self) -> str:
        """Give the area's name; two counties of one name are told apart by their city."""
        if self.area.level not in (PlaceLevel.COUNTY, PlaceLevel.UNIT):
            return self.area.name
        namesakes = len(self.places.named(self.area.name, self.top)) > 1
        return self.places.full_name(self.area) if namesakes else self.area.name

    @property
    def code(self) -> str:
        """Give the area's code as addresses and the command line write it."""
        return short_code(self.area)

    @property
    def is_unit(self) -> bool:
        """Say whether projects stand directly in this area."""
        return self.places.is_unit(self.area)

    @property
    def groups(self) -> dict[str, str]:
        """Give the groupings that a ranking within this area can have, with their words."""
        beside: dict[str, str] = {"category": "类别", "level": "级别"}
        if self.area.level in (PlaceLevel.COUNTRY, PlaceLevel.PROVINCE):
            return {"city": "市", "county": "县（市、区）", **beside}
        return {"county": "县（市、区）", **beside}


def asked_programme(ledger: Ledger, key: str | None = None) -> tuple[Programme, tuple[Programme, ...]]:
    """Give the programme that a request names (the first where it names none), and all of them.

    Raises NoProgrammeError and NotThereError.
    """
    found = tuple(programmes(ledger))
    if not found:
        raise NoProgrammeError
    wanted = key or request.args.get("programme")
    if not wanted:
        return found[0], found
    for programme in found:
        if programme.key == wanted:
            return programme, found
    listed = "、".join(f"{programme.name}（{programme.key}）" for programme in found)
    raise NotThereError(f"台账里没有代号为“{wanted}”的专项。现有：{listed}。")


def where_of(ledger: Ledger, month: str | None, area: str | None, programme_key: str | None = None) -> Where:
    """Read what a page is about from the parts of its address.

    Without a month it is the latest that is open (the clock's last month where none is), without an area
    the programme's whole, or as much of it as lies in the caller's scope. Raises NoProgrammeError, and
    NotThereError for what does not exist and for what lies beyond the scope, in the same words.
    """
    programme, every = asked_programme(ledger, programme_key)
    months = tuple(months_of(ledger, programme.key))
    if month is not None and not is_month(month):
        example = months[-1] if months else "2024-08"
        raise NotThereError(f"月份写的是“{month}”，应为“年-月”，例如 {example}。")
    places = places_of(ledger, programme)
    try:
        place = find_place(places, programme, area)
    except UnknownError as error:
        raise NotThereError(str(error)) from error
    scope = _scope(places, programme)
    place = _in_scope(scope, place, area)
    latest = months[-1] if months else shift_month(ledger.clock().strftime("%Y-%m"), -1)
    return Where(programme, every, places, place, month or latest, months, scope)


def _scope(places: Places, programme: Programme) -> Place | None:
    """Give the caller's scope where it is narrower than the programme's area. Raises NotThereError."""
    code = identity().scope
    if code is None:
        return None
    scope, area = places.find(code), find_place(places, programme, None)
    if scope is not None and area.within(scope):
        return None
    if scope is None or not scope.within(area):
        raise NotThereError(f"专项“{programme.name}”不包括您范围内的地区。")
    return scope


def unknown_project(code: str) -> NotThereError:
    """Give the sentence for a project there is not, the same for one beyond the caller's scope."""
    return NotThereError(f"没有编码为“{code}”的项目，或者它不在您的范围内。编码形如 140702-0001，可在清单里查到。")


def _in_scope(scope: Place | None, place: Place, asked: str | None) -> Place:
    """Give the place where it lies in the caller's scope; the scope itself where none was asked for.

    The one place where scope is checked for everything that stands under an area. Raises NotThereError.
    """
    if scope is None or place.within(scope):
        return place
    if asked is None and scope.within(place):
        return scope
    raise NotThereError(f"没有代码为“{asked or place.code}”的地区，或者它不在您的范围内。")


def place_words(places: Places, code: str) -> str:
    """Give the name of a place by its code; the code itself where nobody knows it."""
    place = places.find(code) or divisions().find(code)
    return place.name if place else code
