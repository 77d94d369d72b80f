"""Ranking table: the units of an area ranked by one measure at a month, and whatever has no place, named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import known_categories, places_of
from tracker.ledger.standings import named, tallies
from tracker.model.measures import Measure, Tally, measures_of, tally_names
from tracker.model.months import shift_month
from tracker.model.places import Place, PlaceLevel, Places
from tracker.model.programme import Programme
from tracker.model.ranking import Placed, Share, place_shares

Group = Literal["county", "city", "category", "level"]

PLACE_GROUPS = frozenset({"city", "county"})
"""The groupings whose units are places."""

COUNTY_PEERS = "县（市、区）"
ZONE_PEERS = "开发区"
UNFILLED = "未填"
"""The row of the projects whose category or level nobody has written."""

ROW_COUNTS = ("projects", "behind")
"""The counts that every row of a ranking has, whatever its measure."""


class RankedRow(NamedTuple):
    """One unit's row.

    `code` is a place's code, or the name itself for a category or level ("" for projects that bear none);
    `tally` holds ROW_COUNTS and what the measures asked for need; sums of money are in 分; `placed` is
    None where the denominator is zero, and for projects without a category or level,
    which are no unit that competes; `peers` names the group the place was given in, "" where all units are
    ranked together.
    """

    placed: Placed | None
    code: str
    name: str
    tally: Tally
    numerator: int
    denominator: int
    peers: str

    @property
    def rate(self) -> Fraction | None:
        """Give the exact rate."""
        return Fraction(self.numerator, self.denominator) if self.denominator else None

    @property
    def share(self) -> Share | None:
        """Give the rate as its two numbers, for whoever only prints it; None where the denominator is zero."""
        return (self.numerator, self.denominator) if self.denominator else None


@dataclass(frozen=True, slots=True)
class Ranking:
    """Units in order of peer group, place and code, those without a place last in their group.

    `without_projects` are units on whose list nothing stands, `unknown` those all of whose projects lack
    what the measure needs, both as (code, name); `unknown_projects` are the projects that the measure
    leaves out, wherever they are.
    """

    measure: Measure
    rows: list[RankedRow]
    without_projects: list[tuple[str, str]] = field(default_factory=list)
    unknown: list[tuple[str, str]] = field(default_factory=list)
    unknown_projects: list[dict[str, str]] = field(default_factory=list)


class Competitor(NamedTuple):
    """A unit that a ranking knows of, with a project or without."""

    code: str
    name: str
    peers: str
    competes: bool = True


def ranking(ledger: Ledger, programme: Programme, month: str, measure_key: str, group: Group, within: Place) -> Ranking:
    """Rank the units of an area by a measure of `measures_of` at a month `YYYY-MM`.

    `change` of a place is against the calendar month before. Raises KeyError for an unknown measure and
    ValueError for an unknown group.
    """
    found = rankings(ledger, programme, month, [measure_key], group, within)[measure_key]
    if found.measure.unknown:
        found.unknown_projects.extend(named(ledger, programme, month, within, found.measure.unknown))
    return found


def rankings(
    ledger: Ledger, programme: Programme, month: str, measure_keys: Iterable[str], group: Group, within: Place
) -> dict[str, Ranking]:
    """Rank the units of an area by several measures at once: as `ranking`, with the ledger asked only once.

    The projects that a measure leaves out are not named: `unknown_projects` stays empty.
    """
    measures = measures_of(programme)
    chosen = [measures[key] for key in measure_keys]
    now = tallies(ledger, programme, month, within, group, (*ROW_COUNTS, *tally_names(chosen)))
    divided = [name for measure in chosen for name in (measure.numerator, measure.denominator)]
    before = tallies(ledger, programme, shift_month(month, -1), within, group, divided)
    by_peers: dict[str, list[Competitor]] = {}
    for competitor in competitors_of(ledger, programme, group, within, (*now, *before)):
        by_peers.setdefault(competitor.peers, []).append(competitor)
    return {measure.key: _ranked(measure, programme, by_peers, now, before) for measure in chosen}


def _ranked(
    measure: Measure,
    programme: Programme,
    by_peers: Mapping[str, Sequence[Competitor]],
    now: Mapping[str, Tally],
    before: Mapping[str, Tally],
) -> Ranking:
    found = Ranking(measure, [])
    numerator, denominator, unknown = measure.numerator, measure.denominator, measure.unknown
    for peers, members in by_peers.items():
        competing = {code: name for code, name, _, competes in members if competes}
        earlier = place_shares(_shares_of(measure, before, competing), programme.tie_rule)
        shares = _shares_of(measure, now, competing)
        placed = place_shares(shares, programme.tie_rule, {each.key: each.place for each in earlier})
        for each in placed:
            code = each.key
            found.rows.append(RankedRow(each, code, competing[code], now[code], *shares[code], peers))
        unplaced = []
        for code, name, _, competes in members:
            tally = now.get(code)
            if tally is None:
                if competes:
                    found.without_projects.append((code, name))
            elif unknown and not tally[denominator] and tally[unknown] == tally["projects"]:
                found.unknown.append((code, name))
            elif code not in shares:
                unplaced.append(RankedRow(None, code, name, tally, tally[numerator], tally[denominator], peers))
        found.rows.extend(sorted(unplaced, key=lambda row: row.code))
    return found


_PEER_ORDER = {"": 0, COUNTY_PEERS: 1, ZONE_PEERS: 2}


def _shares_of(measure: Measure, by_code: Mapping[str, Tally], codes: Iterable[str]) -> dict[str, Share]:
    """Give the rates of some units by code, unreduced; those without one are absent."""
    numerator, denominator = measure.numerator, measure.denominator
    return {
        code: (tally[numerator], tally[denominator])
        for code in codes
        if (tally := by_code.get(code)) is not None and tally[denominator]
    }


def rivals_of(ledger: Ledger, programme: Programme, group: Group, code: str, met: Iterable[str]) -> set[str]:
    """Give those of the units met that a unit is ranked among, itself with them where it was met."""
    if group not in PLACE_GROUPS:
        return {name for name in met if name}
    places = places_of(ledger, programme)
    peers_of = _peers_of if group == "county" and programme.separate_groups else _together
    own = places.find(code)
    known = ((met_code, places.find(met_code)) for met_code in met)
    return {met_code for met_code, place in known if place and own and peers_of(place) == peers_of(own)}


def competitors_of(
    ledger: Ledger, programme: Programme, group: Group, within: Place, met: Iterable[str]
) -> list[Competitor]:
    """Give the units of a grouping, those that the ledger met among them, by peer group and code."""
    if group in PLACE_GROUPS:
        places = places_of(ledger, programme)
        peers_of = _peers_of if group == "county" and programme.separate_groups else _together
        listed = places.units(within) if group == "county" else places.cities(within)
        return _of_places(places, listed, peers_of, met)
    if group == "category":
        listed_names = known_categories(ledger, programme)
    elif group == "level":
        listed_names = [level.name for level in programme.levels]
    else:
        raise ValueError(f"no ranking by {group}")
    names = dict.fromkeys([*listed_names, *sorted(name for name in met if name)])
    return [*(Competitor(name, name, "") for name in names), Competitor("", UNFILLED, "", competes=False)]


def _peers_of(place: Place) -> str:
    return ZONE_PEERS if place.level is PlaceLevel.UNIT else COUNTY_PEERS


def _together(_place: Place) -> str:
    return ""


def _of_places(
    places: Places, listed: Iterable[Place], peers_of: Callable[[Place], str], met: Iterable[str]
) -> list[Competitor]:
    by_code = {place.code: place for place in listed}
    # A project that stands in a place which is no unit (a city's own) must not fall out of the sums.
    for code in met:
        place = places.find(code)
        if code not in by_code and place is not None:
            by_code[code] = place
    uses: dict[str, int] = {}
    for place in by_code.values():
        uses[place.name] = uses.get(place.name, 0) + 1
    found = [
        Competitor(place.code, place.name if uses[place.name] == 1 else places.full_name(place), peers_of(place))
        for place in by_code.values()
    ]
    return sorted(found, key=lambda unit: (_PEER_ORDER[unit.peers], unit.code))
