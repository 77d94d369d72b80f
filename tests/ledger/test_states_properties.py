"""Any statements, recorded in any order of months, leave the states that folding them from scratch gives."""

from __future__ import annotations

import shutil
import tempfile
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.builders import (
    DONGGUAN,
    KEY,
    PINGYAO,
    PROGRAMME,
    YUCI,
    ZONE,
    request,
    standing_clock,
)
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.states import STATE_COLUMNS, fold_project, fresh_states, rebuild_states
from tracker.ledger.writing import writing
from tracker.model.dates import date_of_text
from tracker.model.folding import Statement, StatementKind, advance
from tracker.model.stages import Stage

MONTHS = ("2023-11", "2023-12", "2024-01", "2024-03", "2024-04")

sums = st.integers(0, 400).map(Decimal)
said = st.fixed_dictionaries(
    {},
    optional={
        "cumulative_investment": sums,
        "year_investment": sums,
        "month_investment": sums,
        "year_plan": sums,
        "total_investment": sums,
        "planned_start": st.sampled_from(["2023-Q4", "2023-11", "2023-11-05", "2024-Q1"]).map(date_of_text),
        "planned_completion": st.sampled_from(["2024-03", "2024-Q1", "2025-01-31"]).map(date_of_text),
        "actual_start": st.sampled_from(["2023-11", "2023-11-20", "2024-01", "2024-01-09"]).map(date_of_text),
        "actual_completion": st.sampled_from(["2024-03", "2024-03-08"]).map(date_of_text),
        "stage": st.sampled_from([stage for stage in Stage if stage is not Stage.TERMINATED]),
        "progress_percent": st.integers(0, 100).map(Decimal),
        "problem": st.sampled_from(["征地", "资金"]),
        "county": st.sampled_from([YUCI, PINGYAO, ZONE.code, DONGGUAN]),
    },
)
statement = st.fixed_dictionaries(
    {
        "project": st.integers(0, 2),
        "month": st.integers(0, len(MONTHS) - 1),
        "kind": st.sampled_from(
            [StatementKind.RETURN, StatementKind.RETURN, StatementKind.CORRECTION, StatementKind.TERMINATION]
        ),
        "said": said,
        "cleared": st.sets(st.sampled_from(["problem", "cumulative_investment", "actual_start"]), max_size=1),
    }
)


def kept_states(ledger: Ledger, table: str = "state") -> list[tuple[Any, ...]]:
    rows = ledger.connection.execute(f"SELECT {', '.join(STATE_COLUMNS)} FROM {table} ORDER BY month, project")  # noqa: S608
    return [tuple(row) for row in rows]


def record_all(ledger: Ledger, registered: list[int], requests: list[list[dict[str, Any]]]) -> list[str]:
    """Register a project for each month in `registered`, then record the statements of each request."""
    opened: set[str] = set()
    codes = []
    for position, month in enumerate(registered):
        with writing(ledger, request(), "测试员") as writes:
            if MONTHS[month] not in opened:
                writes.open_month(KEY, MONTHS[month])
                opened.add(MONTHS[month])
            codes.append(writes.register(KEY, MONTHS[month], {"name": f"工程{position}", "county": YUCI}))
    for statements in requests:
        with writing(ledger, request(), "测试员") as writes:
            for one in statements:
                month = MONTHS[max(one["month"], registered[one["project"]])]
                if month not in opened:
                    writes.open_month(KEY, month)
                    opened.add(month)
                terminates = one["kind"] is StatementKind.TERMINATION
                values = {"stage": Stage.TERMINATED} if terminates else one["said"]
                writes.state(KEY, codes[one["project"]], month, one["kind"], values, one["cleared"] - values.keys())
    return codes


@given(
    registered=st.lists(st.sampled_from([0, 0, 0, 1, 2, 3, 4]), min_size=3, max_size=3),
    requests=st.lists(st.lists(statement, min_size=1, max_size=4), max_size=5),
)
def test_states_follow_from_the_truth_in_any_order_of_recording(
    fresh_directory: Path, registered: list[int], requests: list[list[dict[str, Any]]]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(fresh_directory, directory, dirs_exist_ok=True)
        ledger = open_ledger(Path(directory), standing_clock)
        try:
            # What counts here are the states: neither the files nor the disk.
            ledger.being_made = True
            ledger.connection.execute("PRAGMA synchronous = OFF")
            codes = record_all(ledger, registered, requests)
            incremental = kept_states(ledger)
            ledger.connection.execute("BEGIN")
            rebuild_states(ledger)
            assert kept_states(ledger) == incremental
            ledger.connection.execute("ROLLBACK")
            assert {fresh.project for fresh in fresh_states(ledger, PROGRAMME)} == set(codes)
        finally:
            ledger.close()


@given(statements=st.lists(statement, max_size=12), months=st.sets(st.sampled_from(MONTHS)))
def test_months_without_a_word_change_nothing_of_what_holds(statements: list[dict[str, Any]], months: set[str]) -> None:
    """A month that is opened and left empty between two others leaves the values of the later ones alone."""
    all_said = [
        Statement(MONTHS[given_now["month"]], StatementKind.RETURN, given_now["said"], frozenset(given_now["cleared"]))
        for given_now in statements
    ]
    spoken = sorted({one.month for one in all_said})
    few = {state.month: state for state in fold_project(all_said, spoken, None, PROGRAMME)}
    many = {state.month: state for state in fold_project(all_said, sorted({*spoken, *months}), None, PROGRAMME)}
    assert {month: many[month] for month in few} == few
    for earlier, later in zip(list(many.values()), list(many.values())[1:], strict=False):
        if later.month not in few:
            assert advance(earlier, later.month, (), PROGRAMME) == later
