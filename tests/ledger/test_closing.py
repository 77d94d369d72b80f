"""Closing: a month's figures are frozen; what comes later stands beside them and in the months that follow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.ledger.builders import (
    KEY,
    PINGYAO,
    PROGRAMME,
    TAIGU,
    YUCI,
    accept_rows,
    at_day,
    close,
    dump,
    frozen_rows,
    lines,
    new_ledger,
    open_months,
    place,
    register,
    request,
    row_of,
    send_row_back,
    send_rows,
    state,
    tampered,
    truth_of,
    values,
    wan,
)
from tracker.ledger.checking import heal
from tracker.ledger.closing import (
    close_month,
    lock_month,
    next_month_to_open,
    open_month,
    permit_late,
    unlock_month,
    unsettled,
)
from tracker.ledger.copying import restore
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.months import Phase, closings, deadline, months
from tracker.ledger.projects import correct, move, rename, split, terminate
from tracker.ledger.returns import Reported
from tracker.ledger.standings import states_at, tallies
from tracker.ledger.withdrawing import withdraw_import
from tracker.ledger.writing import writing
from tracker.model.folding import StatementKind

EARLIER, MONTH, NEXT = "2024-07", "2024-08", "2024-09"
FIRST, SECOND, THIRD = f"{YUCI}-0001", f"{YUCI}-0002", f"{PINGYAO}-0001"


def act(ledger: Ledger, does: Callable[..., Any], *arguments: Any) -> Any:
    """Carry out one action of the task force."""
    with writing(ledger, request(), "专班") as writes:
        return does(writes, PROGRAMME, *arguments)


def refused(ledger: Ledger, what: str, does: Callable[[], object]) -> None:
    """Assert that something is refused with a sentence, and that nothing was recorded."""
    before = dump(ledger)
    with pytest.raises(RefusedError, match=what):
        does()
    assert dump(ledger) == before


@pytest.fixture
def closed(filled: Ledger) -> Ledger:
    """The filled ledger with both its months closed."""
    close(filled, EARLIER)
    close(filled, MONTH)
    return filled


def figures(ledger: Ledger, month: str) -> dict[str, int]:
    return tallies(ledger, PROGRAMME, month, place(ledger, "140000"))[""]


def corrected(ledger: Ledger) -> dict[tuple[str, str], dict[str, Any]]:
    """Give what closed months would be with their corrections, by month and project."""
    rows = ledger.connection.execute("SELECT * FROM state_corrected")
    return {(row["month"], row["project"]): dict(zip(row.keys(), row, strict=True)) for row in rows}


def test_a_closing_keeps_who_when_why_and_the_figures(filled: Ledger) -> None:
    close(filled, EARLIER, " 两县未报 ")
    month = months(filled, KEY)[EARLIER]
    assert month.phase is Phase.CLOSED
    found = month.closing
    assert found is not None
    tally = figures(filled, EARLIER)
    assert (found.projects, found.started, found.completed, found.unreported) == (
        tally["projects"], tally["started"], tally["completed"], tally["unreported"],
    )  # fmt: skip
    assert (found.by, found.projects, found.unreported) == ("专班", 3, 2)
    reason = filled.connection.execute("SELECT reason FROM record WHERE kind = 'closing'").fetchone()
    assert reason["reason"] == "两县未报"
    assert lines(filled) == ""


def test_a_month_with_everything_accepted_closes_without_a_reason(filled: Ledger) -> None:
    close(filled, EARLIER)
    send_rows(filled, MONTH, YUCI, Reported(SECOND))
    accept_rows(filled, MONTH, SECOND)
    assert unsettled(filled, PROGRAMME, MONTH, place(filled, "140000")).nothing
    close(filled, MONTH, "")
    assert months(filled, KEY)[MONTH].phase is Phase.CLOSED


def test_a_closing_is_refused_while_returns_wait(filled: Ledger) -> None:
    close(filled, EARLIER)
    send_rows(filled, MONTH, YUCI, Reported(SECOND))
    refused(filled, "还有 1 项已报待审", lambda: close(filled, MONTH))
    accept_rows(filled, MONTH, SECOND, final=False)
    refused(filled, "还有 1 项已报待审", lambda: close(filled, MONTH))


def test_a_closing_wants_a_reason_where_counties_are_missing_or_were_sent_back(filled: Ledger) -> None:
    refused(filled, "还有 2 个县（市、区）没有报全", lambda: close(filled, EARLIER, "  "))
    close(filled, EARLIER)
    refused(filled, "还有 1 个县（市、区）没有报全", lambda: close(filled, MONTH, ""))
    send_rows(filled, MONTH, YUCI, Reported(SECOND))
    send_row_back(filled, MONTH, SECOND)
    found = unsettled(filled, PROGRAMME, MONTH, place(filled, "140000"))
    assert ([each.county for each in found.sent_back], found.missing, found.waiting) == ([YUCI], [], [])
    refused(filled, "没有报全", lambda: close(filled, MONTH, ""))
    close(filled, MONTH)


def test_months_close_in_their_order_and_once(filled: Ledger) -> None:
    refused(filled, "2024年7月还没有封账，请按月份先后封账", lambda: close(filled, MONTH))
    refused(filled, "2024年9月还没有开放", lambda: close(filled, NEXT))
    close(filled, EARLIER)
    refused(filled, "已经封账", lambda: close(filled, EARLIER))
    assert list(closings(filled, KEY)) == [EARLIER]


def test_a_closing_stands_alone_in_its_request(filled: Ledger) -> None:
    with writing(filled, request(), "专班") as writes:
        writes.open_month(KEY, NEXT)
        with pytest.raises(ValueError, match="stands alone"):
            close_month(writes, PROGRAMME, EARLIER, place(filled, "140000"), "到期")
    assert closings(filled, KEY) == {}


def test_a_month_is_opened_once_and_not_before_it_begins(filled: Ledger) -> None:
    act(filled, open_month, NEXT)
    refused(filled, "已经开放过", lambda: act(filled, open_month, NEXT))
    refused(filled, "2024年10月还没有到，今天是 2024-09-01", lambda: act(filled, open_month, "2024-10"))
    filled.clock = at_day("2024-10-01")
    act(filled, open_month, "2024-10")
    assert next_month_to_open(months(filled, KEY)) == "2024-11"
    assert next_month_to_open([]) is None


def test_phases_follow_one_another(filled: Ledger) -> None:
    refused(filled, "正在填报", lambda: act(filled, unlock_month, MONTH, "再开放"))
    act(filled, lock_month, MONTH)
    assert months(filled, KEY)[MONTH].phase is Phase.LOCKED
    refused(filled, "已经截止填报", lambda: act(filled, lock_month, MONTH))
    refused(filled, "请写明理由", lambda: act(filled, unlock_month, MONTH, " "))
    act(filled, unlock_month, MONTH, "多数县尚未报送")
    assert months(filled, KEY)[MONTH].phase is Phase.OPEN
    close(filled, EARLIER)
    refused(filled, "已经封账", lambda: act(filled, lock_month, EARLIER))
    refused(filled, "已经封账", lambda: act(filled, unlock_month, EARLIER, "再开放"))


def test_a_permission_wants_a_reason_and_a_day_to_come(filled: Ledger) -> None:
    yuci, today = place(filled, YUCI), at_day("2024-09-01")().date()
    gone = at_day("2024-08-31")().date()
    refused(filled, "已经过去", lambda: act(filled, permit_late, MONTH, yuci, gone, "受灾"))
    refused(filled, "请写明理由", lambda: act(filled, permit_late, MONTH, yuci, today, ""))
    act(filled, permit_late, MONTH, yuci, today, "受灾")
    assert months(filled, KEY)[MONTH].permitted == {YUCI: "2024-09-01"}


def test_a_month_is_due_on_the_reporting_day_of_the_month_after() -> None:
    assert deadline(PROGRAMME, "2024-12").isoformat() == "2025-01-05"


LATER: dict[str, Callable[[Ledger], object]] = {
    "correcting": lambda ledger: act(
        ledger, correct, FIRST, EARLIER, values(cumulative_investment=20, total_investment=1500), (), "报错"
    ),
    "emptying": lambda ledger: act(ledger, correct, FIRST, EARLIER, {}, ("problem",), "报错"),
    "renaming": lambda ledger: act(ledger, rename, FIRST, "甲改名工程", EARLIER, "批复"),
    "moving": lambda ledger: act(ledger, move, FIRST, place(ledger, TAIGU), EARLIER, "区划调整"),
    "terminating": lambda ledger: act(ledger, terminate, FIRST, EARLIER, "停建"),
}


@pytest.mark.parametrize("what", LATER)
def test_a_closed_month_stands_still_and_the_later_ones_follow(closed: Ledger, what: str) -> None:
    frozen = {month: frozen_rows(closed, month) for month in (EARLIER, MONTH)}
    tally = {month: figures(closed, month) for month in frozen}
    LATER[what](closed)
    assert {month: frozen_rows(closed, month) for month in frozen} == frozen
    assert {month: figures(closed, month) for month in frozen} == tally
    assert {month for month, project in corrected(closed)} == {EARLIER, MONTH}
    assert {project for _, project in corrected(closed)} == {FIRST}
    open_months(closed, NEXT)
    beside, now = corrected(closed)[MONTH, FIRST], row_of(closed, FIRST, NEXT)
    assert now is not None
    for column in ("total_investment", "name", "county", "city", "problem", "effective_stage", "listed"):
        assert now.get(column) == beside[column]
    assert lines(closed) == ""


def test_a_correction_before_and_one_after_the_next_months_opening_give_the_same(closed: Ledger) -> None:
    open_months(closed, NEXT)
    LATER["correcting"](closed)
    assert wan(row_of(closed, FIRST, NEXT), "total_investment") == 1500
    assert wan(row_of(closed, FIRST, NEXT), "cumulative_investment") == 180
    assert wan(row_of(closed, FIRST, MONTH), "total_investment") == 3000
    assert lines(closed) == ""


def test_a_correction_taken_back_by_another_leaves_nothing_beside_the_frozen_figures(closed: Ledger) -> None:
    act(closed, correct, FIRST, MONTH, values(progress="误写"), (), "报错")
    assert set(corrected(closed)) == {(MONTH, FIRST)}
    act(closed, correct, FIRST, MONTH, values(progress="主体施工"), (), "更正错了")
    assert corrected(closed) == {}
    assert lines(closed) == ""


def test_what_follows_on_a_closed_month_follows_on_its_corrections(closed: Ledger) -> None:
    LATER["correcting"](closed)
    held = states_at(closed, PROGRAMME, MONTH)[FIRST].values
    assert held["total_investment"] == 1500
    assert wan(row_of(closed, FIRST, MONTH), "total_investment") == 3000


def test_nothing_is_registered_or_split_into_a_closed_month(closed: Ledger) -> None:
    refused(closed, "已经封账", lambda: register(closed, MONTH, "新工程"))
    refused(closed, "已经封账", lambda: act(closed, split, FIRST, ["甲一", "甲二"], MONTH, "分标"))
    refused(closed, "已经封账", lambda: state(closed, FIRST, MONTH, progress="补报"))


def test_an_import_into_a_month_closed_since_is_taken_back_beside_the_frozen_figures(filled: Ledger) -> None:
    file = {"name": "清单.xlsx", "sha256": "a" * 64, "bytes": 1, "within": "140000", "rows_read": 2,
            "projects_registered": 1, "returns_recorded": 2, "unchanged": 0}  # fmt: skip
    with writing(filled, request(), "填报员") as writes:
        number = writes.note_import(KEY, MONTH, file, [])
        new = writes.register(KEY, MONTH, values(name="丁工程", county=TAIGU), imported_by=number)
        for code in (new, SECOND):
            said = values(cumulative_investment=33)
            writes.state(KEY, code, MONTH, StatementKind.RETURN, said, imported_by=number)
    close(filled, EARLIER)
    close(filled, MONTH)
    open_months(filled, NEXT)
    frozen, tally = frozen_rows(filled, MONTH), figures(filled, MONTH)
    done = withdraw_import(filled, number, "专班", "导错了月份")
    assert ([project["code"] for project in done.removed], done.returns) == ([new], 2)
    assert (frozen_rows(filled, MONTH), figures(filled, MONTH)) == (frozen, tally)
    beside = corrected(filled)
    assert {key: row["listed"] for key, row in beside.items()} == {(MONTH, SECOND): 1, (MONTH, new): 0}
    assert beside[MONTH, SECOND]["cumulative_investment"] is None
    assert wan(row_of(filled, SECOND, NEXT), "cumulative_investment") is None
    assert row_of(filled, new, NEXT) is None
    assert lines(filled) == ""


def test_a_new_definition_changes_open_months_only(closed: Ledger) -> None:
    open_months(closed, NEXT)
    frozen = [figures(closed, month) for month in (EARLIER, MONTH)]
    stages = frozenset(PROGRAMME.started_stages)
    with writing(closed, request(), "专班") as writes:
        writes.define_programme(replace(PROGRAMME, completed_stages=stages), "口径调整")
    assert [figures(closed, month) for month in (EARLIER, MONTH)] == frozen
    assert figures(closed, NEXT)["completed"] == figures(closed, NEXT)["started"] > frozen[1]["completed"]
    assert corrected(closed) == {}
    assert lines(closed) == ""


def test_an_earlier_month_that_is_opened_late_leaves_closed_ones_alone(closed: Ledger) -> None:
    frozen = frozen_rows(closed, EARLIER)
    open_months(closed, "2024-06")
    early = register(closed, "2024-06", "早年工程", TAIGU)
    assert frozen_rows(closed, EARLIER) == frozen
    assert set(corrected(closed)) == {(EARLIER, early), (MONTH, early)}
    open_months(closed, NEXT)
    assert row_of(closed, early, NEXT) is not None
    assert lines(closed) == ""


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE state SET total_investment = 1 WHERE month = '2024-07' AND project = '140702-0001'",
        "DELETE FROM state WHERE month = '2024-08' AND project = '140702-0002'",
        "INSERT INTO state (programme, month, project, province, city, listed, reported, started, completed, "
        "derived_cumulative) VALUES ('works', '2024-07', '140702-0009', '140000', '140700', 1, 0, 0, 0, 0)",
    ],
)
def test_a_frozen_row_that_was_tampered_with_is_found_and_mended(closed: Ledger, statement: str) -> None:
    before = dump(closed)
    reopened = tampered(closed, statement)
    assert "封账" in lines(reopened)
    heal(reopened)
    assert lines(reopened) == ""
    assert dump(reopened)["state"] == before["state"]
    reopened.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE state_corrected SET total_investment = 1 WHERE month = '2024-07'",
        "DELETE FROM state_corrected WHERE month = '2024-08'",
        "INSERT INTO state_corrected SELECT * FROM state WHERE month = '2024-08' AND project = '140702-0002'",
        "UPDATE state_corrected SET project = '140702-0009'",
    ],
)
def test_a_correction_that_was_tampered_with_is_found_and_mended(closed: Ledger, statement: str) -> None:
    LATER["correcting"](closed)
    before = dump(closed)
    reopened = tampered(closed, statement)
    assert "状态" in lines(reopened)
    heal(reopened)
    assert lines(reopened) == ""
    assert dump(reopened)["state_corrected"] == before["state_corrected"]
    reopened.close()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE closing SET projects = 9",
        "UPDATE closing SET state_hash = head_hash",
        "DELETE FROM closing",
        "UPDATE permission SET until = '2030-01-01'",
        "UPDATE sending SET on_time = 1 - on_time",
        "UPDATE returned_field SET reason = '改'",
        "UPDATE statement SET final = 1 - final WHERE final IS NOT NULL",
        "UPDATE statement SET awaits = NULL WHERE awaits = 1",
    ],
)
def test_what_was_recorded_of_a_month_is_under_its_hash(filled: Ledger, statement: str) -> None:
    act(filled, permit_late, MONTH, place(filled, YUCI), at_day("2024-09-02")().date(), "受灾")
    send_rows(filled, MONTH, YUCI, Reported(SECOND))
    send_row_back(filled, MONTH, SECOND, "核对", {"progress": "写具体"})
    close(filled, EARLIER)
    assert lines(filled) == ""
    reopened = tampered(filled, statement)
    assert "内容与校验值不符" in lines(reopened)
    reopened.close()


def test_the_dossiers_alone_restore_closings_reviews_and_corrections(closed: Ledger) -> None:
    LATER["correcting"](closed)
    open_months(closed, NEXT)
    send_rows(closed, NEXT, YUCI, Reported(SECOND, values(progress="打桩")), Reported(FIRST))
    accept_rows(closed, NEXT, SECOND)
    send_row_back(closed, NEXT, FIRST, "核对", {"progress": "写具体"})
    restored = restore(closed.directory / "dossiers", closed.directory.parent / "again", at_day("2024-09-01"))
    assert truth_of(restored) == truth_of(closed)
    for table in ("state", "state_corrected", "closing", "sending", "returned_field", "permission"):
        assert dump(restored)[table] == dump(closed)[table]
    assert months(restored, KEY) == months(closed, KEY)
    assert lines(restored) == ""
    restored.close()


def test_programmes_close_each_for_itself(tmp_path_factory: pytest.TempPathFactory) -> None:
    other = replace(PROGRAMME, key="other", name="另一专项")
    ledger = new_ledger(tmp_path_factory.mktemp("two") / "ledger")
    with writing(ledger, request(), "专班") as writes:
        writes.define_programme(other)
        writes.open_month("other", EARLIER)
    open_months(ledger, EARLIER)
    close(ledger, EARLIER)
    with writing(ledger, request(), "专班") as writes:
        writes.register("other", EARLIER, values(name="甲", county=YUCI))
    assert months(ledger, "other")[EARLIER].phase is Phase.OPEN
    assert lines(ledger) == ""
    ledger.close()
