"""The demonstration ledger meets what was published, and is the same on every machine."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from tracker.exchange.demonstration import make_demonstration
from tracker.ledger.checking import check
from tracker.ledger.handle import Ledger
from tracker.ledger.months import Phase, months
from tracker.ledger.opening import creating_ledger, open_ledger
from tracker.ledger.programmes import find_programme, months_of, places_of
from tracker.ledger.ranking_table import ranking
from tracker.ledger.records import head_of
from tracker.ledger.standings import listing, tallies
from tracker.model.measures import measures_of, print_wan, print_yi, rate_of
from tracker.model.months import shift_month
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.model.ranking import print_rate

SHANXI, JINZHONG = "140000", "140700"


@pytest.fixture(scope="module")
def demonstration(demonstration_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    directory = tmp_path_factory.mktemp("demonstration") / "ledger"
    shutil.copytree(demonstration_made, directory)
    ledger = open_ledger(directory)
    yield ledger
    ledger.close()


@pytest.fixture
def programme(demonstration: Ledger) -> Programme:
    return find_programme(demonstration, None)


def place(ledger: Ledger, programme: Programme, code: str) -> Place:
    found = places_of(ledger, programme).find(code)
    assert found is not None
    return found


def figures(ledger: Ledger, programme: Programme, month: str, code: str) -> dict[str, int]:
    return tallies(ledger, programme, month, place(ledger, programme, code))[""]


@pytest.mark.parametrize(
    ("month", "code", "counts", "rates"),
    [
        ("2023-12", SHANXI, (285, 213, 88), ("74.7", "30.9")),
        ("2024-08", JINZHONG, (44, 41, 28), ("93.2", "63.6")),
        ("2024-10", SHANXI, (285, 277, 138), ("97.2", "48.4")),
    ],
)
def test_the_published_counts_and_rates_hold(
    demonstration: Ledger, programme: Programme, month: str, code: str, counts: tuple[int, ...], rates: tuple[str, str]
) -> None:
    tally = figures(demonstration, programme, month, code)
    assert (tally["projects"], tally["started"], tally["completed"]) == counts
    measures = measures_of(programme)
    printed = [print_rate(rate_of(measures[key], tally), programme.decimals) for key in ("start", "completion")]
    assert tuple(printed) == rates


def test_without_decimals_jinzhong_reads_as_published(demonstration: Ledger, programme: Programme) -> None:
    tally = figures(demonstration, programme, "2024-08", JINZHONG)
    measures = measures_of(programme)
    assert print_rate(rate_of(measures["completion"], tally), 0) == "64"
    assert print_rate(rate_of(measures["start"], tally), 0) == "93"


def test_the_sum_invested_is_502_5_yi(demonstration: Ledger, programme: Programme) -> None:
    tally = figures(demonstration, programme, "2024-10", SHANXI)
    assert print_yi(tally["cumulative_investment"], 1) == "502.5"
    assert print_wan(tally["cumulative_investment"]) == "5025000.00"


@pytest.mark.parametrize(("code", "projects"), [("141000", 95), ("140700", 44), ("141100", 36), ("140900", 6)])
def test_the_published_city_totals_hold(demonstration: Ledger, programme: Programme, code: str, projects: int) -> None:
    for month in ("2023-12", "2024-08", "2024-10"):
        assert figures(demonstration, programme, month, code)["projects"] == projects


@pytest.mark.parametrize(("measure", "standing"), [("completion", 1), ("start", 3)])
def test_jinzhong_stands_as_published_among_the_cities(
    demonstration: Ledger, programme: Programme, measure: str, standing: int
) -> None:
    table = ranking(demonstration, programme, "2024-08", measure, "city", place(demonstration, programme, SHANXI))
    assert len(table.rows) == 11
    row = next(row for row in table.rows if row.code == JINZHONG)
    assert row.placed is not None
    assert (row.placed.place, row.placed.tied) == (standing, False)


def test_the_list_grew_from_280_to_285_and_the_old_months_did_not(demonstration: Ledger, programme: Programme) -> None:
    counts = {m: figures(demonstration, programme, m, SHANXI)["projects"] for m in months_of(demonstration, "yihong")}
    assert list(counts) == [shift_month("2023-06", number) for number in range(17)]
    assert counts["2023-09"] == 280
    assert counts["2023-10"] == 285


def test_starts_and_completions_never_fall(demonstration: Ledger, programme: Programme) -> None:
    months = months_of(demonstration, programme.key)
    for count in ("started", "completed", "cumulative_investment"):
        series = [figures(demonstration, programme, month, SHANXI)[count] for month in months]
        assert series == sorted(series)


def test_every_project_is_plausible(demonstration: Ledger, programme: Programme) -> None:
    """No invented project contradicts itself: the intake would accept each of them."""
    for project in listing(demonstration, programme, "2024-10", place(demonstration, programme, SHANXI)):
        values = project.state.values
        total, done = values["total_investment"], values["cumulative_investment"]
        assert 0 <= done <= total
        start, completion = values.get("actual_start"), values.get("actual_completion")
        if completion is not None:
            assert start is not None
            assert start.earliest < completion.earliest
            assert Fraction(done) == Fraction(total)
        assert values["planned_start"].earliest <= values["planned_completion"].latest


def test_it_is_marked_and_names_nobody(demonstration: Ledger, programme: Programme) -> None:
    assert programme.demonstration
    people = {
        project.state.values["responsible_person"]
        for project in listing(demonstration, programme, "2024-10", place(demonstration, programme, SHANXI))
    }
    assert people == {"示例人员"}
    phones = {
        project.state.values["phone"]
        for project in listing(demonstration, programme, "2024-10", place(demonstration, programme, SHANXI))
    }
    assert all(re.fullmatch(r"000-0000-[0-9]{4}", phone) for phone in phones)


def test_all_months_but_the_last_are_closed_with_the_figures_that_they_show(
    demonstration: Ledger, programme: Programme
) -> None:
    found = months(demonstration, programme.key)
    assert [month.phase for month in found.values()] == [Phase.CLOSED] * 16 + [Phase.OPEN]
    for month in list(found.values())[:-1]:
        tally = figures(demonstration, programme, month.month, SHANXI)
        assert month.closing is not None
        frozen = month.closing
        assert (frozen.projects, frozen.started, frozen.completed, frozen.unreported) == (
            tally["projects"], tally["started"], tally["completed"], tally["unreported"],
        )  # fmt: skip
    assert check(demonstration) == []


def test_what_was_renamed_and_corrected_after_the_closing_stands_beside_the_closed_month(
    demonstration: Ledger, programme: Programme
) -> None:
    beside = demonstration.connection.execute("SELECT month, project, name, progress FROM state_corrected").fetchall()
    assert [row["month"] for row in beside] == ["2024-06", "2024-06"]
    names = {row["project"]: row["name"] for row in beside if "（变更）" in row["name"]}
    assert len(names) == 1
    for code, name in names.items():
        listed = {
            month: project.name
            for month in ("2024-06", "2024-07")
            for project in listing(demonstration, programme, month, place(demonstration, programme, SHANXI))
            if project.code == code
        }
        assert listed == {"2024-06": listed["2024-06"], "2024-07": name}
        assert listed["2024-06"] != name


def test_it_is_the_same_every_time(demonstration: Ledger, tmp_path: Path) -> None:
    directory = tmp_path / "again"
    with creating_ledger(directory) as making:
        make_demonstration(making)
        assert head_of(making) == head_of(demonstration)
