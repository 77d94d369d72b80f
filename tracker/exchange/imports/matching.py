"""Matching: which known project a row means: by its code, else by its name in its county."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tracker.exchange.reading.cells import ReadRow
from tracker.ledger.projects import Identity, by_name
from tracker.model.faults import Flaw, Severity
from tracker.model.names import nearly_matching, plain_name
from tracker.model.places import Place, Places

MOST_COMPARISONS = 40_000
"""Pairs of a new and a left-out name of a file that are looked at for nearness: 200 by 200, some seconds."""


@dataclass(slots=True)
class Match:
    """The known project a row means, or None for a new one; `flaws` are (field, flaw) found in matching."""

    code: str | None = None
    flaws: list[tuple[str, Flaw]] = field(default_factory=list)


class Matcher:
    """Matches the rows of a file one after the other; what needs all of them comes at the end."""

    def __init__(self, known: Mapping[str, Identity], month: str, places: Places, within: Place) -> None:
        """Start; `within` is the area the file may speak of: a code may not reach beyond it."""
        self._known, self._month, self._places, self._within = known, month, places, within
        self._names = by_name(known, month)
        self._first: dict[object, tuple[str, ReadRow]] = {}
        self._named: set[str] = set()
        self._fresh: dict[str, list[tuple[str, ReadRow]]] = {}

    def match(self, row: ReadRow) -> Match:
        """Match a row; one that repeats another's code or name gets its flaw at its name."""
        name = row.values.get("name")
        plain = plain_name(name) if isinstance(name, str) else ""
        match = _match(row, plain, self._known, self._names, self._month, self._places, self._within)
        key: object = match.code
        named = plain, row
        if match.code is not None:
            self._named.add(match.code)
        elif row.county is not None and isinstance(name, str):
            key = (row.county.code, plain)
            if row.code is None:
                self._fresh.setdefault(row.county.code, []).append(named)
        if key is not None:
            earlier_plain, earlier = self._first.setdefault(key, named)
            if earlier is not row:
                where = "" if earlier.sheet == row.sheet else f"工作表“{earlier.sheet}”"
                known_as = f"（台账中的 {match.code}，现名或曾用名）" if earlier_plain != plain else ""
                message = f"与{where}第 {earlier.number} 行是同一个项目{known_as}，重复了；请删去一行，或改成不同的名称"
                match.flaws.append(("name", Flaw(Severity.FIX, message)))
        return match

    def near_names(self) -> Iterator[tuple[ReadRow, Flaw]]:
        """Ask about new names that nearly match a known project of the county which the file does not name.

        Every new name is held against every left-out one of its county. Where that would come to more than
        MOST_COMPARISONS, a county is asked about as a whole, at its first new name.
        """
        unnamed: dict[str, dict[str, Identity]] = {}
        for code, identity in self._known.items():
            if code not in self._named:
                held_name, county = identity.at(self._month)
                unnamed.setdefault(county, {})[plain_name(held_name)] = identity
        left = MOST_COMPARISONS
        for county, fresh in self._fresh.items():
            candidates = unnamed.get(county, {})
            if len(fresh) * len(candidates) > left:
                message = (
                    f"表中这个县有 {len(fresh)} 个新名称，台账中又有 {len(candidates)} 个项目表中没有提到，"
                    "太多，没有逐一比对名称是否相近；请核对县和名称，确认后都按新项目登记"
                )
                yield fresh[0][1], Flaw(Severity.ASK, message)
                continue
            left -= len(fresh) * len(candidates)
            for plain, row in fresh if candidates else ():
                flaw = _near_name(plain, row, candidates, self._month)
                if flaw is not None:
                    yield row, flaw


def _match(
    row: ReadRow,
    plain: str,
    known: Mapping[str, Identity],
    names: Mapping[tuple[str, str], str],
    month: str,
    places: Places,
    within: Place,
) -> Match:
    match = Match()
    name = row.values.get("name")
    if row.code is not None:
        identity = known.get(row.code)
        if identity is None:
            message = f"台账里没有编码“{row.code}”，请核对；新项目的编码由台账编定，请留空"
            match.flaws.append(("code", Flaw(Severity.FIX, message)))
            return match
        match.code = identity.code
        home = places.find(identity.at(month)[1])
        if home is not None and not home.within(within):
            message = (
                f"编码 {row.code} 的项目在{places.full_name(home)}，不在本次导入的范围（{within.name}）内，"
                "请核对编码，或改用更大的导入范围（--within）"
            )
            match.flaws.append(("code", Flaw(Severity.FIX, message)))
            return match
        _compare(row, identity, month, places, match)
    elif row.county is not None and isinstance(name, str):
        match.code = names.get((row.county.code, plain))
    return match


def _compare(row: ReadRow, identity: Identity, month: str, places: Places, match: Match) -> None:
    """Ask where a row found by its code bears another name or county: changing those is an action of its own."""
    held_name, held_county = identity.at(month)
    name = row.values.get("name")
    if isinstance(name, str) and plain_name(name) not in {plain_name(borne) for _, borne, _ in identity.borne}:
        message = (
            f"编码 {identity.code} 在台账中的名称是“{held_name}”，表中写的是“{name}”；"
            "确认后按该项目登记，名称不变，改名请用“更名”"
        )
        match.flaws.append(("name", Flaw(Severity.ASK, message)))
    if row.county is not None and row.county.code not in {county for _, _, county in identity.borne}:
        place = places.find(held_county)
        held = places.full_name(place) if place else held_county
        message = (
            f"编码 {identity.code} 在台账中属于{held}，表中写的是{row.county.name}；"
            "确认后按该项目登记，所在县不变，换县请用“划转”"
        )
        match.flaws.append(("county", Flaw(Severity.ASK, message)))


def _near_name(plain: str, row: ReadRow, candidates: Mapping[str, Identity], month: str) -> Flaw | None:
    near = nearly_matching(plain, candidates)
    if near is None:
        return None
    identity = candidates[near]
    return Flaw(
        Severity.ASK,
        f"“{row.values['name']}”与台账中的“{identity.at(month)[0]}”（{identity.code}）相近；"
        "如是同一项目请改成台账中的名称，确认后按新项目登记",
    )
