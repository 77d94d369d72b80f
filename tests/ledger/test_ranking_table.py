"""The ranking table against a naive definition of places, on real ledgers."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.exchange.programme_file import SHANXI, read_programme
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import creating_ledger
from tracker.ledger.programmes import places_of
from tracker.ledger.ranking_table import COUNTY_PEERS, UNFILLED, ZONE_PEERS, RankedRow, ranking
from tracker.ledger.standings import tallies
from tracker.ledger.writing import writing
from tracker.model.folding import StatementKind
from tracker.model.places import Place, Unit
from tracker.model.programme import Programme, TieRule
from tracker.model.stages import Stage

YIHONG, _ = read_programme(SHANXI)
ZONES = (Unit("140771", "晋中经开区", "140700"), Unit("140772", "祁县经开区", "140700"))
UNITS = ("140702", "140725", "140781", "140771", "140772", "140213")
CATEGORIES = (None, "源头区水源培基涵养", "水生态环境智慧化监管", "目录外的一类")
BEFORE, NOW = "2024-07", "2024-08"

Project = dict[str, Any]

projects = st.lists(
    st.fixed_dictionaries(
        {
            "county": st.sampled_from(UNITS),
            "category": st.sampled_from(CATEGORIES),
            "started_before": st.booleans(),
            "started": st.booleans(),
            "plan": st.none() | st.integers(0, 3),
            "done": st.none() | st.integers(0, 3),
        }
    ),
    max_size=14,
)


@contextmanager
def ledger_of(given_projects: list[Project], programme: Programme = YIHONG) -> Iterator[Ledger]:
    with tempfile.TemporaryDirectory() as directory, creating_ledger(Path(directory) / "ledger") as ledger:
        with writing(ledger, "programme", "测试") as writes:
            writes.define_programme(programme)
            for zone in ZONES:
                writes.add_unit(programme.key, zone)
        codes = []
        with writing(ledger, "before", "测试") as writes:
            writes.open_month(programme.key, BEFORE)
            for number, project in enumerate(given_projects):
                named = {"name": f"第{number}号工程", "county": project["county"]}
                if project["category"] is not None:
                    named["category"] = project["category"]
                codes.append(writes.register(programme.key, BEFORE, named))
                _report(writes, programme, codes[-1], BEFORE, project, project["started_before"])
        with writing(ledger, "now", "测试") as writes:
            writes.open_month(programme.key, NOW)
            for code, project in zip(codes, given_projects, strict=True):
                _report(writes, programme, code, NOW, project, project["started"] or project["started_before"])
        yield ledger


def _report(writes: Any, programme: Programme, code: str, month: str, project: Project, started: bool) -> None:
    said: dict[str, Any] = {"stage": Stage.UNDER_CONSTRUCTION if started else Stage.NOT_STARTED}
    if project["plan"] is not None:
        said["year_plan"] = Decimal(project["plan"])
    if project["done"] is not None:
        said["year_investment"] = Decimal(project["done"])
    writes.state(programme.key, code, month, StatementKind.RETURN, said)


def area(ledger: Ledger, code: str) -> Place:
    found = places_of(ledger, YIHONG).find(code)
    assert found is not None
    return found


def naive_places(rows: list[RankedRow]) -> dict[str, tuple[int, bool]]:
    """A place is one more than the number of peers that are strictly better; tied means another is equal."""
    found = {}
    for row in rows:
        if row.rate is None or row.name == UNFILLED:
            continue
        peers = [other.rate for other in rows if other.peers == row.peers and other.rate is not None and other.code]
        better = sum(rate > row.rate for rate in peers)
        found[row.code] = (better + 1, sum(rate == row.rate for rate in peers) > 1)
    return found


@settings(max_examples=40)
@given(projects, st.sampled_from(["start", "investment"]), st.sampled_from(["county", "city", "category", "level"]))
def test_places_agree_with_a_naive_definition_and_nothing_falls_out(
    given_projects: list[Project], measure_key: str, group: Any
) -> None:
    with ledger_of(given_projects) as ledger:
        shanxi = area(ledger, "14")
        found = ranking(ledger, YIHONG, NOW, measure_key, group, shanxi)
        total = tallies(ledger, YIHONG, NOW, shanxi)[""]
        assert sum(row.numerator for row in found.rows) == total[found.measure.numerator]
        assert sum(row.denominator for row in found.rows) == total[found.measure.denominator]
        assert {row.code: (row.placed.place, row.placed.tied) for row in found.rows if row.placed} == naive_places(
            found.rows
        )
        for row in found.rows:
            assert row.rate == (Fraction(row.numerator, row.denominator) if row.denominator else None)
        unknown = {code for code, _ in found.unknown}
        assert not unknown & {row.code for row in found.rows}
        assert len(found.unknown_projects) == (total[found.measure.unknown] if found.measure.unknown else 0)
        orders = [
            (row.peers != COUNTY_PEERS, row.placed is None, row.placed.place if row.placed else 0, row.code)
            for row in found.rows
        ]
        assert orders == sorted(orders)
        before = ranking(ledger, YIHONG, BEFORE, measure_key, group, shanxi)
        earlier = {row.code: row.placed.place for row in before.rows if row.placed}
        for row in found.rows:
            if row.placed:
                expected = earlier[row.code] - row.placed.place if row.code in earlier else None
                assert row.placed.change == expected


def project(county: str, **said: Any) -> Project:
    return {
        "county": county, "category": None, "started_before": False, "started": False, "plan": None, "done": None,
        **said,
    }  # fmt: skip


def test_counties_and_zones_are_ranked_apart_and_together_as_the_programme_says() -> None:
    given_projects = [project("140771", started=True), project("140702", started=True), project("140725")]
    with ledger_of(given_projects) as ledger:
        rows = ranking(ledger, YIHONG, NOW, "start", "county", area(ledger, "1407")).rows
        assert [(row.code, row.peers, row.placed.place if row.placed else None) for row in rows] == [
            ("140702", COUNTY_PEERS, 1),
            ("140725", COUNTY_PEERS, 2),
            ("140771", ZONE_PEERS, 1),
        ]
    together = dataclasses.replace(YIHONG, separate_groups=False)
    with ledger_of(given_projects, together) as ledger:
        rows = ranking(ledger, together, NOW, "start", "county", area(ledger, "1407")).rows
        assert [(row.code, row.peers, row.placed.place if row.placed else None) for row in rows] == [
            ("140702", "", 1),
            ("140771", "", 1),
            ("140725", "", 3),
        ]


def test_the_dense_rule_leaves_no_gap() -> None:
    dense = dataclasses.replace(YIHONG, tie_rule=TieRule.DENSE)
    with ledger_of([project("140702", started=True), project("140725", started=True), project("140781")], dense) as it:
        rows = ranking(it, dense, NOW, "start", "county", area(it, "1407")).rows
        assert [row.placed.place for row in rows if row.placed] == [1, 1, 2]


def test_units_without_projects_and_with_only_unknown_ones_are_named_beside() -> None:
    given_projects = [project("140702", plan=2, done=1), project("140725"), project("140725", plan=3)]
    with ledger_of(given_projects) as ledger:
        found = ranking(ledger, YIHONG, NOW, "investment", "county", area(ledger, "1407"))
        assert [row.code for row in found.rows] == ["140702"]
        assert found.unknown == [("140725", "寿阳县")]
        assert ("140781", "介休市") in found.without_projects
        assert ("140771", "晋中经开区") in found.without_projects
        assert {named["code"] for named in found.unknown_projects} == {"140725-0001", "140725-0002"}


def test_a_plan_of_nothing_gives_no_place_but_is_not_unknown() -> None:
    with ledger_of([project("140702", plan=0, done=0), project("140725", plan=1, done=1)]) as ledger:
        found = ranking(ledger, YIHONG, NOW, "investment", "county", area(ledger, "1407"))
        assert [(row.code, row.placed is None) for row in found.rows] == [("140725", False), ("140702", True)]
        assert found.unknown == []


def test_projects_without_a_category_stand_in_a_row_that_has_no_place() -> None:
    with ledger_of([project("140702", started=True), project("140702", category=CATEGORIES[1])]) as ledger:
        found = ranking(ledger, YIHONG, NOW, "start", "category", area(ledger, "14"))
        assert [(row.name, row.placed is None, row.numerator) for row in found.rows] == [
            (CATEGORIES[1], False, 0),
            (UNFILLED, True, 1),
        ]
        assert (CATEGORIES[2], CATEGORIES[2]) in found.without_projects
        assert UNFILLED not in [name for _, name in found.without_projects]


def test_namesakes_bear_their_city() -> None:
    with ledger_of([project("140702")]) as ledger:
        names = [
            name for _, name in ranking(ledger, YIHONG, NOW, "start", "county", area(ledger, "14")).without_projects
        ]
        assert "阳泉市城区" in names
        assert "晋城市城区" in names
        assert len(set(names)) == len(names)


def test_an_empty_ledger_ranks_nobody() -> None:
    with ledger_of([]) as ledger:
        found = ranking(ledger, YIHONG, "2020-01", "completion", "city", area(ledger, "14"))
        assert found.rows == []
        assert len(found.without_projects) == 11


def test_unknown_measures_and_groups_are_refused() -> None:
    with ledger_of([]) as ledger:
        with pytest.raises(KeyError):
            ranking(ledger, YIHONG, NOW, "beauty", "city", area(ledger, "14"))
        with pytest.raises(ValueError, match="no grouping by"):
            ranking(ledger, YIHONG, NOW, "start", "village", area(ledger, "14"))  # type: ignore[arg-type]
