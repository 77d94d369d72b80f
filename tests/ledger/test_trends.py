"""Trends: every month of a series is what the same month's standings and ranking say by themselves."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tests.ledger.builders import (
    DATONG_COUNTY,
    KEY,
    PINGYAO,
    PROGRAMME,
    TAIGU,
    YUCI,
    ZONE,
    place,
    standing_clock,
    values,
)
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import months_of
from tracker.ledger.ranking_table import ranking
from tracker.ledger.standings import CONDITIONS, SUMS, listing, tallies
from tracker.ledger.trends import TREND_COUNTS, rate_series, series, stage_counts, unit_series
from tracker.ledger.writing import writing
from tracker.model.folding import StatementKind
from tracker.model.measures import measures_of, rate_of, tally_names
from tracker.model.stages import Stage

MONTHS = ("2023-11", "2023-12", "2024-01", "2024-03", "2024-04")
COUNTIES = (YUCI, TAIGU, PINGYAO, DATONG_COUNTY, ZONE.code)
SCOPES = ("000000", "14", "1407", YUCI, ZONE.code, "6523")


@pytest.fixture(scope="module")
def filled(fresh_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Sixty projects over five months with a gap and a year's turn; some join late, some end."""
    directory = tmp_path_factory.mktemp("trends") / "ledger"
    shutil.copytree(fresh_directory, directory)
    ledger = open_ledger(directory, standing_clock)
    chance = random.Random(20240404)
    with writing(ledger, "fill", "测试员") as writes:
        for month in MONTHS:
            writes.open_month(KEY, month)
        for number in range(60):
            first = chance.choice(MONTHS[:3])
            code = writes.register(KEY, first, values(**_planned(chance, number)))
            for month in MONTHS:
                if month >= first and chance.random() < 0.7:
                    writes.state(KEY, code, month, StatementKind.RETURN, values(**_reported(chance)))
            if number % 9 == 0:
                writes.state(KEY, code, "2024-03", StatementKind.TERMINATION, {"stage": Stage.TERMINATED})
    yield ledger
    ledger.close()


def _planned(chance: random.Random, number: int) -> dict[str, object]:
    drawn = {
        "name": f"工程{number}",
        "county": COUNTIES[number % len(COUNTIES)],
        "category": chance.choice([None, "生态修复", "水环境治理"]),
        "total_investment": chance.choice([None, 1000, 2500.25]),
        "planned_start": chance.choice([None, "2023-11", "2024-Q1", "2024-03-31", "2024-06"]),
        "planned_completion": chance.choice([None, "2023-12", "2024-03", "2024-Q2"]),
    }
    return {name: value for name, value in drawn.items() if value is not None}


def _reported(chance: random.Random) -> dict[str, object]:
    drawn = {
        "stage": chance.choice([Stage.NOT_STARTED, Stage.UNDER_CONSTRUCTION, Stage.COMPLETED, None]),
        "year_plan": chance.choice([None, 500, 800]),
        "cumulative_investment": chance.choice([None, 100, 250.5]),
        "year_investment": chance.choice([None, 90, 200]),
    }
    return {name: value for name, value in drawn.items() if value is not None}


@pytest.mark.parametrize("scope", SCOPES)
@pytest.mark.parametrize("group", [None, "city", "county", "category"])
def test_every_month_is_that_months_tallies(filled: Ledger, scope: str, group: str | None) -> None:
    area = place(filled, scope)
    names = (*CONDITIONS, *SUMS)
    found = series(filled, PROGRAMME, MONTHS, area, names, group)
    assert list(found) == list(MONTHS)
    for month in MONTHS:
        expected = tallies(filled, PROGRAMME, month, area, group)
        if not group and not expected[""]["projects"]:
            expected = {}
        assert found[month] == expected, month


def test_a_trend_holds_what_was_done_and_the_plan(filled: Ledger) -> None:
    area = place(filled, "14")
    found = series(filled, PROGRAMME, MONTHS, area)
    for month in MONTHS:
        whole = tallies(filled, PROGRAMME, month, area)[""]
        assert found[month][""] == {name: whole[name] for name in TREND_COUNTS}
        due = [each for each in listing(filled, PROGRAMME, month, area) if each.state.values.get("planned_completion")]
        assert found[month][""]["completion_by_now"] <= len(due)
    assert [found[month][""]["projects"] for month in MONTHS] != [60] * len(MONTHS)


def test_months_that_were_not_asked_for_are_absent(filled: Ledger) -> None:
    assert list(series(filled, PROGRAMME, ["2023-11", "2024-04"], place(filled, "14"))) == ["2023-11", "2024-04"]
    assert series(filled, PROGRAMME, [], place(filled, "14")) == {}


def test_what_does_not_exist_is_refused(filled: Ledger) -> None:
    with pytest.raises(ValueError, match="no grouping"):
        series(filled, PROGRAMME, MONTHS, place(filled, "14"), group="name")
    with pytest.raises(KeyError):
        series(filled, PROGRAMME, MONTHS, place(filled, "14"), ["beauty"])


@pytest.mark.parametrize("key", ["start", "completion", "investment", "investment_of_total", "progress"])
@pytest.mark.parametrize("group", ["county", "city", "category"])
def test_every_month_is_that_months_ranking(filled: Ledger, key: str, group: str) -> None:
    area, measure = place(filled, "14"), measures_of(PROGRAMME)[key]
    months = months_of(filled, KEY)
    expected = {month: ranking(filled, PROGRAMME, month, key, group, area) for month in months}  # type: ignore[arg-type]
    wholes = {month: rate_of(measure, tallies(filled, PROGRAMME, month, area)[""]) for month in months}
    for at in rate_series(filled, PROGRAMME, months, measure, group, area):  # type: ignore[arg-type]
        rates = {row.code: row.rate for row in expected[at.month].rows if row.rate is not None}
        assert {code: Fraction(*share) for code, share in at.shares.items()} == rates
        assert (Fraction(*at.share) if at.share else None) == wholes[at.month]
    units = {row.code for found in expected.values() for row in found.rows if row.code}
    assert units
    for code in units:
        for unit in unit_series(filled, PROGRAMME, months, measure, group, area, code):  # type: ignore[arg-type]
            rows = expected[unit.month].rows
            own = next((row for row in rows if row.code == code), None)
            assert (Fraction(*unit.whole) if unit.whole else None) == wholes[unit.month]
            assert (Fraction(*unit.share) if unit.share else None) == (own.rate if own else None)
            placed = own.placed if own else None
            places = [each and (each.place, each.tied) for each in (unit.placed, placed)]
            assert places[0] == places[1]
            if own:
                assert unit.numbers == (own.numerator, own.denominator)
                last = max((row.placed.place for row in rows if row.placed and row.peers == own.peers), default=0)
                assert unit.last == last


@pytest.mark.parametrize("scope", SCOPES)
def test_stages_are_counted_over_the_list(filled: Ledger, scope: str) -> None:
    area = place(filled, scope)
    # A month not opened has the states of the last one before it.
    for month, standing in (("2024-04", "2024-04"), ("2024-02", "2024-01"), ("2024-12", "2024-04")):
        expected: dict[Stage | None, int] = {}
        for project in listing(filled, PROGRAMME, standing, area):
            expected[project.state.stage] = expected.get(project.state.stage, 0) + 1
        assert stage_counts(filled, PROGRAMME, month, area) == expected
    assert stage_counts(filled, PROGRAMME, "2000-01", area) == {}


def test_trends_and_figures_read_the_narrow_index_alone(filled: Ledger) -> None:
    asked: list[str] = []
    filled.connection.set_trace_callback(asked.append)
    try:
        for group in (None, "county", "city", "category"):
            series(filled, PROGRAMME, MONTHS, place(filled, "14"), tally_names(measures_of(PROGRAMME).values()), group)
            tallies(filled, PROGRAMME, MONTHS[-1], place(filled, "14"), group, ("projects", "behind", "unreported"))
        stage_counts(filled, PROGRAMME, MONTHS[-1], place(filled, "14"))
    finally:
        filled.connection.set_trace_callback(None)
    read = [statement for statement in asked if " FROM state " in statement]
    assert len(read) == 9
    for statement in read:
        plan = [row["detail"] for row in filled.connection.execute(f"EXPLAIN QUERY PLAN {statement}")]
        assert any("USING COVERING INDEX state_figures" in step for step in plan), (statement, plan)
