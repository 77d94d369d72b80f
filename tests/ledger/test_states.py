"""States: what holds of a project at a month follows from what was said, in whatever order it was recorded."""

from __future__ import annotations

import dataclasses
from decimal import Decimal

from tests.ledger.builders import (
    DATONG_COUNTY,
    KEY,
    PINGYAO,
    PROGRAMME,
    YUCI,
    fill,
    open_months,
    place,
    register,
    request,
    row_of,
    state,
    values,
    wan,
)
from tracker.ledger.checking import check
from tracker.ledger.handle import Ledger
from tracker.ledger.projects import move, split, state_at, terminate
from tracker.ledger.standings import listing, states_at, tallies
from tracker.ledger.writing import writing
from tracker.model.folding import StatementKind
from tracker.model.stages import Stage


def listed(ledger: Ledger, month: str) -> list[str]:
    return [project.name for project in listing(ledger, PROGRAMME, month, place(ledger, "14"))]


def test_a_late_month_is_followed_by_the_later_ones(ledger: Ledger) -> None:
    open_months(ledger, "2024-06")
    code = register(ledger, "2024-06", "甲工程", total_investment=1000)
    open_months(ledger, "2024-08")
    state(ledger, code, "2024-08", progress="主体完成")
    open_months(ledger, "2024-07")
    state(ledger, code, "2024-07", cumulative_investment=250, actual_start="2024-07-02")
    for month, sum_done, started in (("2024-06", None, 0), ("2024-07", Decimal(250), 1), ("2024-08", Decimal(250), 1)):
        row = row_of(ledger, code, month)
        assert row is not None
        assert (wan(row, "cumulative_investment"), row["started"]) == (sum_done, started)
    assert check(ledger) == []


def test_a_month_opened_late_takes_over_what_held_before_it(ledger: Ledger) -> None:
    open_months(ledger, "2024-06")
    code = register(ledger, "2024-06", "甲工程", total_investment=1000)
    open_months(ledger, "2024-09")
    later = register(ledger, "2024-09", "乙工程")
    open_months(ledger, "2024-07")
    assert wan(row_of(ledger, code, "2024-07"), "total_investment") == 1000
    assert row_of(ledger, later, "2024-07") is None
    assert check(ledger) == []


def test_one_request_may_open_months_and_speak_of_the_last_only(ledger: Ledger) -> None:
    open_months(ledger, "2024-06")
    code = register(ledger, "2024-06", "甲工程", total_investment=1000)
    with writing(ledger, request(), "测试员") as writes:
        writes.open_month(KEY, "2024-07")
        writes.open_month(KEY, "2024-08")
        writes.state(KEY, code, "2024-08", StatementKind.RETURN, values(cumulative_investment=10))
    assert wan(row_of(ledger, code, "2024-07"), "total_investment") == 1000
    assert wan(row_of(ledger, code, "2024-08"), "cumulative_investment") == 10
    assert check(ledger) == []


def test_a_months_sum_ends_with_its_month_and_a_years_with_its_year(ledger: Ledger) -> None:
    open_months(ledger, "2023-11", "2023-12", "2024-01")
    code = register(ledger, "2023-11", "甲工程", year_plan=500)
    state(ledger, code, "2023-11", month_investment=20, year_investment=120, cumulative_investment=300)
    november, december, january = (row_of(ledger, code, month) for month in ("2023-11", "2023-12", "2024-01"))
    assert (wan(november, "month_investment"), wan(november, "year_investment")) == (20, 120)
    assert (wan(december, "month_investment"), wan(december, "year_investment")) == (None, 120)
    assert wan(december, "year_plan") == 500
    assert (wan(january, "year_investment"), wan(january, "year_plan")) == (None, None)
    assert wan(january, "cumulative_investment") == 300


def test_a_vaguer_date_leaves_the_finer_one_unless_it_corrects_it(ledger: Ledger) -> None:
    open_months(ledger, "2024-07", "2024-08", "2024-09")
    code = register(ledger, "2024-07", "甲工程", planned_completion="2025-03")
    state(ledger, code, "2024-07", actual_start="2024-05-06")
    state(ledger, code, "2024-08", actual_start="2024-05", planned_completion="2025-Q1")
    august = row_of(ledger, code, "2024-08")
    assert august is not None
    assert (august["actual_start"], august["planned_completion"]) == ("2024-05-06", "2025-03")
    state(ledger, code, "2024-09", actual_start="2024-06")
    state(ledger, code, "2024-08", StatementKind.CORRECTION, actual_start="2024-05")
    assert [row_of(ledger, code, month)["actual_start"] for month in ("2024-07", "2024-08", "2024-09")] == [  # type: ignore[index]
        "2024-05-06",
        "2024-05",
        "2024-06",
    ]


def test_cumulative_is_last_months_plus_this_months_and_follows_a_late_month(ledger: Ledger) -> None:
    open_months(ledger, "2024-06", "2024-07", "2024-08")
    code = register(ledger, "2024-06", "甲工程")
    state(ledger, code, "2024-06", cumulative_investment=100)
    state(ledger, code, "2024-08", month_investment=7)
    assert wan(row_of(ledger, code, "2024-08"), "cumulative_investment") == 107
    state(ledger, code, "2024-07", cumulative_investment=150)
    august = row_of(ledger, code, "2024-08")
    assert wan(august, "cumulative_investment") == 157
    assert august is not None
    assert august["derived_cumulative"] == 1
    july = row_of(ledger, code, "2024-07")
    assert july is not None
    assert july["derived_cumulative"] == 0
    state(ledger, code, "2024-08", cumulative_investment=160)
    assert wan(row_of(ledger, code, "2024-08"), "cumulative_investment") == 160
    assert check(ledger) == []


def test_a_months_sum_alone_makes_no_cumulative_where_none_was_known(ledger: Ledger) -> None:
    open_months(ledger, "2024-06")
    code = register(ledger, "2024-06", "甲工程")
    state(ledger, code, "2024-06", month_investment=7)
    assert wan(row_of(ledger, code, "2024-06"), "cumulative_investment") is None


def test_done_this_year_is_the_difference_to_last_years_end(ledger: Ledger) -> None:
    open_months(ledger, "2023-12", "2024-08")
    code = register(ledger, "2023-12", "甲工程")
    state(ledger, code, "2023-12", cumulative_investment=100)
    state(ledger, code, "2024-08", cumulative_investment=340, year_investment=999)
    row = row_of(ledger, code, "2024-08")
    assert (wan(row, "year_opening"), wan(row, "year_done")) == (100, 240)


def test_done_this_year_is_else_the_stated_sum(ledger: Ledger) -> None:
    open_months(ledger, "2024-08")
    code = register(ledger, "2024-08", "甲工程")
    state(ledger, code, "2024-08", cumulative_investment=340, year_investment=55, actual_start="2024-02")
    assert wan(row_of(ledger, code, "2024-08"), "year_done") == 55


def test_done_this_year_is_else_the_cumulative_of_a_project_started_this_year(ledger: Ledger) -> None:
    open_months(ledger, "2024-08")
    code = register(ledger, "2024-08", "甲工程")
    state(ledger, code, "2024-08", cumulative_investment=340, actual_start="2024-02")
    assert wan(row_of(ledger, code, "2024-08"), "year_done") == 340


def test_done_this_year_is_else_unknown(ledger: Ledger) -> None:
    open_months(ledger, "2024-08")
    code = register(ledger, "2024-08", "甲工程", year_plan=100)
    state(ledger, code, "2024-08", cumulative_investment=340, actual_start="2023-02")
    assert wan(row_of(ledger, code, "2024-08"), "year_done") is None
    tally = tallies(ledger, PROGRAMME, "2024-08", place(ledger, "14"))[""]
    assert (tally["year_unknown"], tally["year_done_known"], tally["year_plan_known"]) == (1, 0, 0)


def test_the_years_opening_is_the_last_cumulative_known_before_it(ledger: Ledger) -> None:
    open_months(ledger, "2023-10", "2024-02", "2024-08")
    code = register(ledger, "2023-10", "甲工程")
    state(ledger, code, "2023-10", cumulative_investment=100)
    state(ledger, code, "2024-02", cumulative_investment=130)
    state(ledger, code, "2024-08", cumulative_investment=190)
    assert [wan(row_of(ledger, code, month), "year_done") for month in ("2024-02", "2024-08")] == [30, 90]


def test_moving_changes_county_and_city_from_its_month_on(ledger: Ledger) -> None:
    open_months(ledger, "2024-06", "2024-07", "2024-08")
    code = register(ledger, "2024-06", "甲工程", YUCI)
    with writing(ledger, request(), "测试员") as writes:
        move(writes, PROGRAMME, code, place(ledger, DATONG_COUNTY), "2024-07", "区划调整")
    rows = {month: row_of(ledger, code, month) for month in ("2024-06", "2024-07", "2024-08")}
    assert {month: (row["county"], row["city"]) for month, row in rows.items() if row} == {
        "2024-06": (YUCI, "140700"),
        "2024-07": (DATONG_COUNTY, "140200"),
        "2024-08": (DATONG_COUNTY, "140200"),
    }
    assert tallies(ledger, PROGRAMME, "2024-06", place(ledger, "14"), "city").keys() == {"140700"}
    assert tallies(ledger, PROGRAMME, "2024-08", place(ledger, "14"), "city").keys() == {"140200"}


def test_a_terminated_project_leaves_the_list_from_its_month_on(ledger: Ledger) -> None:
    open_months(ledger, "2024-06", "2024-07", "2024-08")
    code = register(ledger, "2024-06", "甲工程")
    register(ledger, "2024-06", "乙工程")
    with writing(ledger, request(), "测试员") as writes:
        terminate(writes, PROGRAMME, code, "2024-07", "不再实施")
    assert [listed(ledger, month) for month in ("2024-06", "2024-07", "2024-08")] == [
        ["甲工程", "乙工程"], ["乙工程"], ["乙工程"],
    ]  # fmt: skip
    assert not states_at(ledger, PROGRAMME, "2024-08")[code].listed


def test_a_split_project_is_followed_by_its_parts_in_the_list(ledger: Ledger) -> None:
    open_months(ledger, "2024-06", "2024-07")
    code = register(ledger, "2024-06", "甲工程", PINGYAO, category="生态修复", planned_start="2024-Q3")
    with writing(ledger, request(), "测试员") as writes:
        parts = split(writes, PROGRAMME, code, ["甲一期", "甲二期"], "2024-07", "分期实施")
    assert listed(ledger, "2024-06") == ["甲工程"]
    assert listed(ledger, "2024-07") == ["甲一期", "甲二期"]
    row = row_of(ledger, parts[0], "2024-07")
    assert row is not None
    assert (row["county"], row["category"], row["planned_start"]) == (PINGYAO, "生态修复", "2024-Q3")
    assert row_of(ledger, parts[0], "2024-06") is None


def test_an_unreported_project_keeps_its_last_state_and_is_named(ledger: Ledger) -> None:
    codes = fill(ledger)
    open_months(ledger, "2024-09")
    row = row_of(ledger, codes[0], "2024-09")
    assert row is not None
    assert (row["reported"], row["started"], wan(row, "cumulative_investment")) == (0, 1, Decimal(180))
    everywhere = place(ledger, "14")
    assert len(listing(ledger, PROGRAMME, "2024-09", everywhere, "unreported")) == 3
    assert [found.code for found in listing(ledger, PROGRAMME, "2024-08", everywhere, "unreported")] == [codes[1]]


def test_a_month_that_was_never_opened_shows_the_last_one_as_unreported(ledger: Ledger) -> None:
    fill(ledger)
    tally = tallies(ledger, PROGRAMME, "2024-11", place(ledger, "14"))[""]
    assert (tally["projects"], tally["unreported"]) == (3, 3)
    assert tallies(ledger, PROGRAMME, "2024-06", place(ledger, "14"))[""]["projects"] == 0


def test_the_list_of_an_old_month_stays_as_it_was(ledger: Ledger) -> None:
    """The plan of 2023-03 named 280 projects, the working list later 285."""
    ledger.being_made = True  # hundreds of files are not what this is about
    with writing(ledger, request(), "测试员") as writes:
        writes.open_month(KEY, "2023-03")
        for number in range(280):
            writes.register(KEY, "2023-03", {"name": f"工程{number}", "county": YUCI})
    with writing(ledger, request(), "测试员") as writes:
        writes.open_month(KEY, "2023-12")
        for number in range(5):
            writes.register(KEY, "2023-12", {"name": f"新增工程{number}", "county": PINGYAO})
    counts = [
        tallies(ledger, PROGRAMME, month, place(ledger, "14"))[""]["projects"]
        for month in ("2023-03", "2023-11", "2023-12", "2024-05")
    ]
    assert counts == [280, 280, 285, 285]
    assert len(listed(ledger, "2023-03")) == 280


def test_a_stage_word_counts_where_no_date_is_given(ledger: Ledger) -> None:
    open_months(ledger, "2024-07", "2024-08")
    code = register(ledger, "2024-07", "甲工程")
    state(ledger, code, "2024-07", stage=Stage.SUSPENDED)
    state(ledger, code, "2024-08", stage=Stage.IN_OPERATION)
    july, august = row_of(ledger, code, "2024-07"), row_of(ledger, code, "2024-08")
    assert july is not None
    assert august is not None
    assert (july["started"], july["completed"], august["started"], august["completed"]) == (1, 0, 1, 1)


def test_cleared_fields_are_unknown_from_that_month_on(ledger: Ledger) -> None:
    codes = fill(ledger)
    state(ledger, codes[0], "2024-08", cleared=["problem", "actual_start"])
    july, august = row_of(ledger, codes[0], "2024-07"), row_of(ledger, codes[0], "2024-08")
    assert july is not None
    assert august is not None
    assert (july["problem"], july["started"]) == ("征地未完成", 1)
    assert ("problem" in august, "actual_start" in august, august["started"]) == (False, False, 0)


def test_a_changed_definition_counts_all_months_anew(ledger: Ledger) -> None:
    codes = fill(ledger)
    state(ledger, codes[1], "2024-07", stage=Stage.PREPARING)
    generous = dataclasses.replace(PROGRAMME, started_stages=PROGRAMME.started_stages | {Stage.PREPARING})
    with writing(ledger, request(), "测试员") as writes:
        writes.define_programme(generous, "前期也算开工")
    assert [row_of(ledger, codes[1], month)["started"] for month in ("2024-07", "2024-08")] == [1, 1]  # type: ignore[index]
    assert check(ledger) == []


def test_the_state_asked_for_is_the_state_that_is_kept(ledger: Ledger) -> None:
    codes = fill(ledger)
    for month in ("2024-07", "2024-08"):
        kept = states_at(ledger, PROGRAMME, month)
        assert {code: state_at(ledger, PROGRAMME, code, month) for code in codes} == kept
    assert state_at(ledger, PROGRAMME, codes[0], "2024-06") is None
