"""Standings: every count and sum of every area against plain counting over the list."""

from __future__ import annotations

import dataclasses
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.ledger.builders import (
    DATONG_COUNTY,
    DONGGUAN,
    JIYUAN,
    KEY,
    PINGYAO,
    PROGRAMME,
    TAIGU,
    YUCI,
    ZONE,
    open_months,
    place,
    register,
    standing_clock,
    state,
    values,
)
from tracker.ledger.columns import fen
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import places_of
from tracker.ledger.standings import (
    CONDITIONS,
    SUMS,
    ProjectState,
    empty_tally,
    listing,
    named,
    states_at,
    tallies,
)
from tracker.ledger.writing import writing
from tracker.model.folding import State, StatementKind
from tracker.model.measures import FEN_PER_WAN
from tracker.model.stages import Stage

COUNTIES = (YUCI, TAIGU, PINGYAO, DATONG_COUNTY, ZONE.code, JIYUAN, DONGGUAN, "110101")
MONTHS = ("2023-12", "2024-07", "2024-08")
NOW = "2024-08"
SCOPES = ("000000", "14", "1407", YUCI, ZONE.code, "41", JIYUAN, "44", DONGGUAN, "11", "1402", "6523")


@pytest.fixture(scope="module")
def filled(fresh_directory: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Ninety projects whose facts are drawn by chance, over three months."""
    directory = tmp_path_factory.mktemp("standings") / "ledger"
    shutil.copytree(fresh_directory, directory)
    ledger = open_ledger(directory, standing_clock)
    chance = random.Random(20240801)
    with writing(ledger, "fill", "测试员") as writes:
        for month in MONTHS:
            writes.open_month(KEY, month)
        for number in range(90):
            first = chance.choice(MONTHS)
            county = COUNTIES[number % len(COUNTIES)]
            code = writes.register(KEY, first, values(name=f"工程{number}", county=county, **planned(chance)))
            for month in MONTHS:
                if month >= first and chance.random() < 0.7:
                    kind = StatementKind.RETURN if chance.random() < 0.8 else StatementKind.CORRECTION
                    writes.state(KEY, code, month, kind, values(**reported(chance)))
            if chance.random() < 0.1:
                writes.state(KEY, code, NOW, StatementKind.TERMINATION, {"stage": Stage.TERMINATED})
    yield ledger
    ledger.close()


def planned(chance: random.Random) -> dict[str, object]:
    drawn = {
        "category": chance.choice([None, "生态修复", "水环境治理", "其他"]),
        "level": chance.choice([None, "省级", "市级"]),
        "total_investment": chance.choice([None, 0, 1000, 2500.25]),
        "planned_start": chance.choice([None, "2023-06", "2024-Q3", "2024-08-31", "2024-09", "2025-Q1"]),
        "planned_completion": chance.choice([None, "2024-06-30", "2024-08", "2024-Q3", "2025-12"]),
    }
    return {name: value for name, value in drawn.items() if value is not None}


def reported(chance: random.Random) -> dict[str, object]:
    drawn = {
        "year_plan": chance.choice([None, None, 0, 300, 450.5]),
        "cumulative_investment": chance.choice([None, 0, 100, 700.75]),
        "year_investment": chance.choice([None, None, 80]),
        "actual_start": chance.choice([None, None, "2023-07-01", "2024-02"]),
        "actual_completion": chance.choice([None, None, None, "2024-07-15"]),
        "stage": chance.choice([None, Stage.SUSPENDED, Stage.PREPARING]),
        "progress_percent": chance.choice([None, None, 10, 95]),
        "problem": chance.choice([None, None, "征地"]),
        "month_investment": chance.choice([None, 12.5]),
    }
    return {name: value for name, value in drawn.items() if value is not None}


def due(state: State, name: str, month: str = NOW) -> bool:
    return name in state.values and state.values[name].due_month <= month


def year_known(state: State) -> bool:
    return state.year_done is not None and "year_plan" in state.values


def total_known(state: State) -> bool:
    return "cumulative_investment" in state.values and "total_investment" in state.values


def this_year(state: State) -> bool:
    return "planned_start" in state.values and state.values["planned_start"].year == int(NOW[:4])


PLAIN: dict[str, Callable[[State], bool]] = {
    "projects": lambda state: True,
    "started": lambda state: state.started,
    "completed": lambda state: state.completed,
    "not_started": lambda state: not state.started,
    "under_construction": lambda state: state.started and not state.completed,
    "unreported": lambda state: not (state.reported and state.month == NOW),
    "start_this_year": this_year,
    "start_by_now": lambda state: due(state, "planned_start"),
    "completion_by_now": lambda state: due(state, "planned_completion"),
    "started_of_start_this_year": lambda state: state.started and this_year(state),
    "started_of_start_by_now": lambda state: state.started and due(state, "planned_start"),
    "started_of_completion_by_now": lambda state: state.started and due(state, "planned_completion"),
    "completed_of_start_this_year": lambda state: state.completed and this_year(state),
    "completed_of_start_by_now": lambda state: state.completed and due(state, "planned_start"),
    "completed_of_completion_by_now": lambda state: state.completed and due(state, "planned_completion"),
    "late_start": lambda state: not state.started and due(state, "planned_start"),
    "late_completion": lambda state: not state.completed and due(state, "planned_completion"),
    "behind": lambda state: (
        (not state.started and due(state, "planned_start"))
        or (not state.completed and due(state, "planned_completion"))
    ),
    "on_schedule": lambda state: state.on_schedule is True,
    "schedule_known": lambda state: state.on_schedule is not None,
    "schedule_unknown": lambda state: state.on_schedule is None,
    "year_unknown": lambda state: not year_known(state),
    "total_unknown": lambda state: not total_known(state),
    "with_problem": lambda state: "problem" in state.values,
}
"""The conditions said a second time, over states as the model knows them."""

PLAIN_SUMS: dict[str, Callable[[State], int | None]] = {
    "total_investment": lambda state: fen(state.values.get("total_investment")),
    "year_plan": lambda state: fen(state.values.get("year_plan")),
    "cumulative_investment": lambda state: fen(state.values.get("cumulative_investment")),
    "year_done": lambda state: fen(state.year_done),
    "month_done": lambda state: fen(state.values.get("month_investment")),
    "year_done_known": lambda state: fen(state.year_done) if year_known(state) else None,
    "year_plan_known": lambda state: fen(state.values["year_plan"]) if year_known(state) else None,
    "cumulative_known": lambda state: fen(state.values["cumulative_investment"]) if total_known(state) else None,
    "total_known": lambda state: fen(state.values["total_investment"]) if total_known(state) else None,
}


def counted(listed: list[ProjectState]) -> dict[str, int]:
    """Count and add up a list in plain Python."""
    counts = {name: sum(condition(project.state) for project in listed) for name, condition in PLAIN.items()}
    sums = {name: sum(amount(project.state) or 0 for project in listed) for name, amount in PLAIN_SUMS.items()}
    return {**counts, **sums}


def listed_in(ledger: Ledger, scope: str) -> list[ProjectState]:
    """Give the list of an area from all states, by the places' paths alone."""
    places, area = places_of(ledger, PROGRAMME), place(ledger, scope)
    found = []
    for code, held in sorted(states_at(ledger, PROGRAMME, NOW).items()):
        county = places.find(held.values["county"])
        assert county is not None
        if held.listed and county.within(area):
            found.append(ProjectState(code, held.values["name"], county.code, held))
    return found


def test_every_count_and_sum_has_a_plain_meaning() -> None:
    assert PLAIN.keys() == CONDITIONS.keys()
    assert PLAIN_SUMS.keys() == SUMS.keys()


def test_the_drawn_ledger_shows_every_case(filled: Ledger) -> None:
    everywhere = counted(listed_in(filled, "000000"))
    assert [name for name, number in everywhere.items() if number == 0] == []
    assert all(0 < everywhere[name] < everywhere["projects"] for name in PLAIN if name != "projects")


@pytest.mark.parametrize("scope", SCOPES)
def test_tallies_of_an_area_are_plain_counts_over_its_list(filled: Ledger, scope: str) -> None:
    area = place(filled, scope)
    listed = listing(filled, PROGRAMME, NOW, area)
    assert listed == listed_in(filled, scope)
    assert tallies(filled, PROGRAMME, NOW, area) == {"": counted(listed)}


@pytest.mark.parametrize("group", ["city", "county", "category", "level"])
def test_tallies_by_group_are_plain_counts_over_each_groups_list(filled: Ledger, group: str) -> None:
    places, area = places_of(filled, PROGRAMME), place(filled, "000000")
    grouped: dict[str, list[ProjectState]] = {}
    for project in listing(filled, PROGRAMME, NOW, area):
        if group == "city":
            county = places.find(project.county)
            assert county is not None
            key = places.city(county).code
        else:
            key = project.state.values.get(group, "")
        grouped.setdefault(key, []).append(project)
    assert tallies(filled, PROGRAMME, NOW, area, group) == {key: counted(projects) for key, projects in grouped.items()}
    for key, projects in grouped.items():
        assert listing(filled, PROGRAMME, NOW, area, group=(group, key)) == projects


@pytest.mark.parametrize("condition", CONDITIONS)
def test_every_count_can_be_taken_apart(filled: Ledger, condition: str) -> None:
    for scope in ("000000", "1407", ZONE.code):
        area = place(filled, scope)
        projects = listing(filled, PROGRAMME, NOW, area, condition)
        expected = [project for project in listed_in(filled, scope) if PLAIN[condition](project.state)]
        assert projects == expected
        assert len(projects) == tallies(filled, PROGRAMME, NOW, area)[""][condition]
        names = [{"code": project.code, "name": project.name} for project in projects]
        assert named(filled, PROGRAMME, NOW, area, condition) == names


def test_counties_beside_cities_and_cities_without_counties_count_once(filled: Ledger) -> None:
    by_city = tallies(filled, PROGRAMME, NOW, place(filled, "000000"), "city")
    by_county = tallies(filled, PROGRAMME, NOW, place(filled, "000000"), "county")
    for code in (JIYUAN, DONGGUAN):
        assert by_city[code] == by_county[code]
        assert by_city[code] == tallies(filled, PROGRAMME, NOW, place(filled, code))[""]
    assert by_city["140700"]["projects"] == sum(
        by_county[code]["projects"] for code in (YUCI, TAIGU, PINGYAO, ZONE.code)
    )
    total = tallies(filled, PROGRAMME, NOW, place(filled, "000000"))[""]
    for groups in (by_city, by_county):
        assert sum(tally["projects"] for tally in groups.values()) == total["projects"]


def test_an_area_without_projects_and_a_month_before_all_give_zeros(filled: Ledger) -> None:
    empty = place(filled, "6523")
    assert tallies(filled, PROGRAMME, NOW, empty) == {"": empty_tally()}
    assert tallies(filled, PROGRAMME, NOW, empty, "county") == {}
    before = "2023-11"
    assert tallies(filled, PROGRAMME, before, place(filled, "14")) == {"": empty_tally()}
    assert tallies(filled, PROGRAMME, before, place(filled, "14"), "city") == {}
    assert listing(filled, PROGRAMME, before, place(filled, "14")) == []
    assert named(filled, PROGRAMME, before, place(filled, "14"), "started") == []
    assert states_at(filled, PROGRAMME, before) == {}


@pytest.mark.parametrize("group", [None, "city", "category"])
def test_tallies_can_be_narrowed_to_those_wanted(filled: Ledger, group: str | None) -> None:
    area, wanted = place(filled, "14"), ("started", "year_plan", "projects")
    for month in (NOW, "2023-11"):
        whole = tallies(filled, PROGRAMME, month, area, group)
        assert tallies(filled, PROGRAMME, month, area, group, wanted) == {
            value: {name: tally[name] for name in wanted} for value, tally in whole.items()
        }
    with pytest.raises(KeyError):
        tallies(filled, PROGRAMME, NOW, area, group, ["beauty"])
    kept = tallies(filled, PROGRAMME, NOW, area, group, narrowed=("level = :wanted", {"wanted": "省级"}))
    assert sum(tally["projects"] for tally in kept.values()) == sum(
        project.state.values.get("level") == "省级" for project in listing(filled, PROGRAMME, NOW, area)
    )


def test_unknown_groups_are_refused(filled: Ledger) -> None:
    with pytest.raises(ValueError, match="no grouping"):
        tallies(filled, PROGRAMME, NOW, place(filled, "14"), "name")
    with pytest.raises(ValueError, match="no grouping"):
        listing(filled, PROGRAMME, NOW, place(filled, "14"), group=("name", "甲"))


def test_another_programmes_projects_do_not_count(filled: Ledger) -> None:
    other = dataclasses.replace(PROGRAMME, key="other")
    assert tallies(filled, other, NOW, place(filled, "14")) == {"": empty_tally()}


def test_a_year_plan_ends_with_its_year_even_where_no_month_of_the_next_was_opened(ledger: Ledger) -> None:
    open_months(ledger, "2024-10")
    code = register(ledger, "2024-10", "甲工程", total_investment=100)
    state(ledger, code, "2024-10", year_plan=50, year_investment=20)
    area = place(ledger, "14")
    december = tallies(ledger, PROGRAMME, "2024-12", area)[""]
    january = tallies(ledger, PROGRAMME, "2025-01", area)[""]
    assert (december["year_plan"], december["year_unknown"]) == (50 * FEN_PER_WAN, 0)
    assert (january["year_plan"], january["year_unknown"]) == (0, 1)
    assert january["total_investment"] == 100 * FEN_PER_WAN
