"""Programmes in the ledger: their definitions, their ranking units and their months."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tracker.ledger.handle import Ledger, UnknownError
from tracker.ledger.reference import divisions
from tracker.model.names import plain_name
from tracker.model.places import Place, Places, Unit
from tracker.model.programme import Denominator, Level, Programme, TieRule
from tracker.model.stages import Stage


def definition_details(programme: Programme) -> dict[str, list[dict[str, Any]]]:
    """Give the detail rows that record a definition."""
    terms: list[dict[str, Any]] = []
    terms += [{"kind": "category", "name": name} for name in programme.categories]
    for level in programme.levels:
        terms.append({"kind": "level", "name": level.name})
        terms += [{"kind": "synonym", "name": word, "of": level.name} for word in level.synonyms]
    terms += [{"kind": "batch", "name": name} for name in programme.batches]
    terms += [{"kind": "started", "name": stage.value} for stage in sorted(programme.started_stages)]
    terms += [{"kind": "completed", "name": stage.value} for stage in sorted(programme.completed_stages)]
    version = {
        "name": programme.name,
        "area": programme.area,
        "expected_projects": programme.expected_projects,
        "categories_complete": int(programme.categories_complete),
        "decimals": programme.decimals,
        "tie_rule": programme.tie_rule.value,
        "start_denominator": programme.start_denominator.value,
        "completion_denominator": programme.completion_denominator.value,
        "reporting_day": programme.reporting_day,
        "separate_groups": int(programme.separate_groups),
        "demonstration": int(programme.demonstration),
        # One level is what every earlier definition meant without saying so, and a hash covers what is said.
        "review_levels": programme.review_levels if programme.review_levels != 1 else None,
    }
    return {"programme_version": [version], "programme_term": terms}


def definition_of(key: str, version: Mapping[str, Any], terms: list[Mapping[str, Any]]) -> Programme:
    """Give the definition that recorded rows hold; the inverse of `definition_details`."""

    def named(kind: str) -> tuple[str, ...]:
        return tuple(term["name"] for term in terms if term["kind"] == kind)

    synonyms: dict[str, list[str]] = {}
    for term in terms:
        if term["kind"] == "synonym":
            synonyms.setdefault(term["of"], []).append(term["name"])
    return Programme(
        key=key,
        name=version["name"],
        area=version["area"],
        expected_projects=version["expected_projects"],
        categories=named("category"),
        categories_complete=bool(version["categories_complete"]),
        levels=tuple(Level(name, tuple(synonyms.get(name, ()))) for name in named("level")),
        batches=named("batch"),
        decimals=version["decimals"],
        tie_rule=TieRule(version["tie_rule"]),
        start_denominator=Denominator(version["start_denominator"]),
        completion_denominator=Denominator(version["completion_denominator"]),
        started_stages=frozenset(Stage(name) for name in named("started")),
        completed_stages=frozenset(Stage(name) for name in named("completed")),
        reporting_day=version["reporting_day"],
        separate_groups=bool(version["separate_groups"]),
        demonstration=bool(version["demonstration"]),
        review_levels=version["review_levels"] or 1,
    )


def programmes(ledger: Ledger) -> list[Programme]:
    """Give every programme of the ledger as it is now defined, in the order they were first defined."""
    rows = ledger.connection.execute(
        "SELECT programme, min(sequence) AS first, max(sequence) AS latest FROM record "
        "WHERE kind = 'programme' GROUP BY programme ORDER BY first"
    ).fetchall()
    found = []
    for row in rows:
        found.append(_definition(ledger, row["programme"], row["latest"]))
    return found


def _definition(ledger: Ledger, key: str, sequence: int) -> Programme:
    version = ledger.connection.execute("SELECT * FROM programme_version WHERE sequence = ?", (sequence,)).fetchone()
    terms = ledger.connection.execute(
        "SELECT * FROM programme_term WHERE sequence = ? ORDER BY position", (sequence,)
    ).fetchall()
    return definition_of(key, version, terms)


def definition_number(ledger: Ledger, key: str) -> int:
    """Give the number of the record that last defined a programme; 0 where none did."""
    row = ledger.connection.execute(
        "SELECT max(sequence) AS latest FROM record WHERE kind = 'programme' AND programme = ?", (key,)
    ).fetchone()
    return row["latest"] or 0


def definition_at(ledger: Ledger, key: str, upto: int) -> Programme:
    """Give a programme as it was defined when the record with the number `upto` was the last."""
    row = ledger.connection.execute(
        "SELECT max(sequence) AS latest FROM record WHERE kind = 'programme' AND programme = ? AND sequence <= ?",
        (key, upto),
    ).fetchone()
    return _definition(ledger, key, row["latest"])


def find_programme(ledger: Ledger, named: str | None) -> Programme:
    """Find a programme by its key or its name; with None, the only one there is.

    Raises UnknownError, naming the programmes, where none or several fit.
    """
    found = programmes(ledger)
    listed = "、".join(f"{programme.name}（{programme.key}）" for programme in found)
    if named is not None:
        plain = plain_name(named)
        for programme in found:
            if plain in (programme.key, plain_name(programme.name)):
                return programme
        raise UnknownError(f"台账里没有“{named}”这个专项。现有：{listed or '无'}。")
    if len(found) != 1:
        raise UnknownError(
            f"台账里有 {len(found)} 个专项（{listed}），请用 --programme 写明是哪一个。"
            if found
            else "台账里还没有专项，请先用 programme add 登记一个。"
        )
    return found[0]


def units_of(ledger: Ledger, key: str) -> list[Unit]:
    """Give the ranking units registered for a programme beside the divisions, in order of registration."""
    rows = ledger.connection.execute(
        "SELECT unit.code, unit.name, unit.city FROM unit JOIN record USING (sequence) "
        "WHERE record.programme = ? AND record.kind = 'unit' ORDER BY sequence",
        (key,),
    )
    return [Unit(row["code"], row["name"], row["city"]) for row in rows]


def places_of(ledger: Ledger, programme: Programme) -> Places:
    """Give the divisions with the programme's ranking units."""
    units = units_of(ledger, programme.key)
    return divisions().with_units(units) if units else divisions()


def find_place(places: Places, programme: Programme, code: str | None) -> Place:
    """Find the area a request names by code, within the programme's area; the whole area for None.

    Raises UnknownError for an unknown code and for one outside the programme.
    """
    area = places.find(programme.area)
    if area is None:
        raise UnknownError(f"专项“{programme.name}”的范围代码 {programme.area} 不在行政区划里。")
    if code is None:
        return area
    place = places.find(code)
    if place is None:
        raise UnknownError(f"没有代码为“{code}”的地区。请写行政区划代码，例如 14（省）、1407（市）、140702（县）。")
    if not place.within(area):
        raise UnknownError(f"{place.name}（{place.code}）不在专项“{programme.name}”的范围（{area.name}）内。")
    return place


def months_of(ledger: Ledger, key: str) -> list[str]:
    """Give the months `YYYY-MM` that a programme has opened, in order, whatever their phase."""
    rows = ledger.connection.execute(
        "SELECT DISTINCT month FROM record WHERE programme = ? AND kind = 'month' ORDER BY month", (key,)
    )
    return [row["month"] for row in rows]


def standing_month(ledger: Ledger, key: str, month: str) -> str | None:
    """Give the latest opened month that is not after the asked one: its states are what holds then."""
    row = ledger.connection.execute(
        "SELECT max(month) AS month FROM record WHERE programme = ? AND kind = 'month' AND month <= ?", (key, month)
    ).fetchone()
    found: str | None = row["month"]
    return found


def known_categories(ledger: Ledger, programme: Programme) -> list[str]:
    """Give the categories the definition names and those its projects carry beside them, each once."""
    # CROSS JOIN: from the few statements that say a category to their records, not the other way about.
    rows = ledger.connection.execute(
        "SELECT DISTINCT statement.category AS category FROM statement CROSS JOIN record USING (sequence) "
        "WHERE record.programme = ? AND statement.category IS NOT NULL "
        "AND NOT EXISTS (SELECT 1 FROM statement AS later WHERE later.withdraws = record.sequence) ORDER BY category",
        (programme.key,),
    )
    known = {plain_name(name): name for name in programme.categories}
    for row in rows:
        known.setdefault(plain_name(row["category"]), row["category"])
    return list(known.values())
