"""Ranking table: the units of an area ranked by one measure at a month, and whatever has no place, named."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import known_categories, places_of
from tracker.ledger.standings import named, tallies
from tracker.model.measures import Measure, Tally, measures_of, rate_of, tally_names
from tracker.model.months import shift_month
from tracker.model.places import Place, PlaceLevel, Places
from tracker.model.programme import Programme
from tracker.model.ranking import Placed, place_units, with_change

Group = Literal["county", "city", "category", "level"]

COUNTY_PEERS = "县（市、区）"
ZONE_PEERS = "开发区"
UNFILLED = "未填"
"""The row of the projects whose category or level nobody has written."""

ROW_COUNTS = ("projects", "behind")
"""The counts that every row of a ranking has, whatever its measure."""


class RankedRow(NamedTuple):
    """One unit's row.

    `code` is a place's code, or the name itself for a category or level ("" for projects that bear none);
    `tally` holds ROW_COUNTS and what the measures asked for need; sums of money are in 分; `rate` is None
    where the denominator is zero; `placed` is None there, and for projects without a category or level,
    which are no unit that competes; `peers` names the group the place was given in, "" where all units are
    ranked together.
    """

    placed: Placed | None
    code: str
    name: str
    tally: Tally
    numerator: int
    denominator: int
    rate: Fraction | None
    peers: str


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
    return rankings(ledger, programme, month, [measure_key], group, within)[measure_key]


def rankings(
    ledger: Ledger, programme: Programme, month: str, measure_keys: Iterable[str], group: Group, within: Place
) -> dict[str, Ranking]:
    """Rank the units of an area by several measures at once: as `ranking`, with the ledger asked only once."""
    measures = measures_of(programme)
    chosen = [measures[key] for key in measure_keys]
    now = tallies(ledger, programme, month, within, group, (*ROW_COUNTS, *tally_names(chosen)))
    divided = [name for measure in chosen for name in (measure.numerator, measure.denominator)]
    before = tallies(ledger, programme, shift_month(month, -1), within, group, divided)
    competitors = competitors_of(ledger, programme, group, within, (*now, *before))
    found = {measure.key: _ranked(measure, programme, competitors, now, before) for measure in chosen}
    for measure in chosen:
        if measure.unknown:
            found[measure.key].unknown_projects.extend(named(ledger, programme, month, within, measure.unknown))
    return found


def _ranked(
    measure: Measure,
    programme: Programme,
    competitors: Iterable[Competitor],
    now: Mapping[str, Tally],
    before: Mapping[str, Tally],
) -> Ranking:
    rates = rates_of(measure, now)
    earlier = placed_by_peers(competitors, rates_of(measure, before), programme)
    placed = {
        place.key: place
        for peers, places in placed_by_peers(competitors, rates, programme).items()
        for place in with_change(places, earlier.get(peers, ()))
    }
    found = Ranking(measure, [])
    numerator, denominator, unknown = measure.numerator, measure.denominator, measure.unknown
    for code, name, peers, competes in competitors:
        tally, rate = now.get(code), rates.get(code)
        if tally is None:
            if competes:
                found.without_projects.append((code, name))
        elif rate is None and unknown and tally[unknown] == tally["projects"]:
            found.unknown.append((code, name))
        else:
            found.rows.append(
                RankedRow(placed.get(code), code, name, tally, tally[numerator], tally[denominator], rate, peers)
            )
    found.rows.sort(key=_order)
    return found


_PEER_ORDER = {"": 0, COUNTY_PEERS: 1, ZONE_PEERS: 2}


def _order(row: RankedRow) -> tuple[int, bool, int, str]:
    return _PEER_ORDER[row.peers], row.placed is None, row.placed.place if row.placed else 0, row.code


def rates_of(measure: Measure, by_code: Mapping[str, Tally]) -> dict[str, Fraction]:
    """Give the rates of units by code; those without one are absent."""
    return {code: rate for code, tally in by_code.items() if (rate := rate_of(measure, tally)) is not None}


def placed_by_peers(
    competitors: Iterable[Competitor], rates: Mapping[str, Fraction], programme: Programme
) -> dict[str, list[Placed]]:
    """Give the places of each peer group at one month, from every unit's rate."""
    by_peers: dict[str, dict[str, Fraction]] = {}
    for code, _, peers, competes in competitors:
        if competes and code in rates:
            by_peers.setdefault(peers, {})[code] = rates[code]
    return {peers: place_units(of_peers, programme.tie_rule) for peers, of_peers in by_peers.items()}


def competitors_of(
    ledger: Ledger, programme: Programme, group: Group, within: Place, met: Iterable[str]
) -> list[Competitor]:
    """Give the units of a grouping, those that the ledger met among them, by peer group and code."""
    if group in ("county", "city"):
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
