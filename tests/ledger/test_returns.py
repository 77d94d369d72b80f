"""Returns: what a county sends waits for its review, and counts from its final acceptance on."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

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
    lines,
    listed_row,
    open_months,
    place,
    register,
    request,
    row_of,
    send_row_back,
    send_rows,
    state,
    values,
    wan,
)
from tracker.ledger.closing import lock_month, permit_late, reviews_for_good, unlock_month
from tracker.ledger.dossiers import subject_records
from tracker.ledger.drafts import DraftPlace, save_draft
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.returns import (
    Reported,
    ReturnRow,
    RowStatus,
    accept,
    county_returns,
    quiet_months,
    rows_of_month,
    send_back,
    stated_in,
)
from tracker.ledger.standings import tallies
from tracker.ledger.states import last_stated_month
from tracker.ledger.writing import writing

MONTH = "2024-08"
CODE, OTHER = f"{YUCI}-0002", f"{YUCI}-0001"


def report(ledger: Ledger, code: str = CODE, month: str = MONTH, **said: float | str) -> None:
    """Send one row of a county's return."""
    send_rows(ledger, month, code.split("-", maxsplit=1)[0], Reported(code, values(**said)))


def status(ledger: Ledger, code: str = CODE, month: str = MONTH) -> RowStatus:
    return listed_row(ledger, code, month).status


def county(ledger: Ledger, code: str = YUCI, month: str = MONTH) -> tuple[RowStatus, bool | None]:
    """Give a county's status and whether it was on time."""
    found = next(
        each for each in county_returns(ledger, PROGRAMME, month, place(ledger, "140000")) if each.county == code
    )
    return found.status, found.on_time


def test_a_return_counts_from_its_acceptance_on(filled: Ledger) -> None:
    before = tallies(filled, PROGRAMME, MONTH, place(filled, YUCI))[""]
    report(filled, cumulative_investment=55.5, actual_start="2024-08-01")
    assert status(filled) is RowStatus.SENT
    assert tallies(filled, PROGRAMME, MONTH, place(filled, YUCI))[""] == before
    assert last_stated_month(filled, CODE) == "2024-07"
    assert accept_rows(filled, MONTH, CODE) == 1
    assert status(filled) is RowStatus.ACCEPTED
    after = tallies(filled, PROGRAMME, MONTH, place(filled, YUCI))[""]
    assert (after["started"], after["unreported"]) == (before["started"] + 1, before["unreported"] - 1)
    assert wan(row_of(filled, CODE, MONTH), "cumulative_investment") == 55.5
    assert lines(filled) == ""


def test_an_imported_return_counts_at_once(filled: Ledger) -> None:
    row = listed_row(filled, OTHER, MONTH)
    assert (row.status, row.unchanged) == (RowStatus.ACCEPTED, False)


def test_what_was_accepted_and_sent_back_counts_no_longer(filled: Ledger) -> None:
    report(filled, cumulative_investment=70)
    accept_rows(filled, MONTH, CODE)
    send_row_back(filled, MONTH, CODE, "比上月少", {"cumulative_investment": "请核对"})
    row = listed_row(filled, CODE, MONTH)
    assert (row.status, row.reason, row.fields) == (
        RowStatus.SENT_BACK, "比上月少", {"cumulative_investment": "请核对"},
    )  # fmt: skip
    assert (row.verdict_by, stated_in(filled, row.sequence or 0)) == (
        "专班", (values(cumulative_investment=70), frozenset()),
    )  # fmt: skip
    kept = row_of(filled, CODE, MONTH)
    assert kept is not None
    assert ("cumulative_investment" in kept, kept["reported"]) == (False, 0)
    assert lines(filled) == ""


def test_the_return_that_is_sent_anew_takes_the_place_of_the_one_sent_back(filled: Ledger) -> None:
    report(filled, cumulative_investment=70, progress="进行中")
    send_row_back(filled, MONTH, CODE)
    report(filled, cumulative_investment=50)
    accept_rows(filled, MONTH, CODE)
    kept = row_of(filled, CODE, MONTH)
    assert kept is not None
    assert (wan(kept, "cumulative_investment"), kept.get("progress")) == (50, None)
    kinds = [record.head["kind"] for record in subject_records(filled, CODE)]
    assert kinds == ["registration", "return", "sending_back", "return", "acceptance"]
    assert lines(filled) == ""


def test_what_is_sent_back_in_a_month_does_not_reach_the_later_ones(filled: Ledger) -> None:
    open_months(filled, "2024-09")
    report(filled, cumulative_investment=70)
    assert wan(row_of(filled, CODE, "2024-09"), "cumulative_investment") is None
    accept_rows(filled, MONTH, CODE)
    assert wan(row_of(filled, CODE, "2024-09"), "cumulative_investment") == 70
    send_row_back(filled, MONTH, CODE)
    assert wan(row_of(filled, CODE, "2024-09"), "cumulative_investment") is None


def test_with_two_levels_the_citys_acceptance_passes_on(filled: Ledger) -> None:
    report(filled, cumulative_investment=70)
    accept_rows(filled, MONTH, CODE, final=False)
    assert status(filled) is RowStatus.PASSED_ON
    assert wan(row_of(filled, CODE, MONTH), "cumulative_investment") is None
    with pytest.raises(RefusedError, match="市级通过，待省级审核"):
        accept_rows(filled, MONTH, CODE, final=False)
    accept_rows(filled, MONTH, CODE)
    assert status(filled) is RowStatus.ACCEPTED
    assert wan(row_of(filled, CODE, MONTH), "cumulative_investment") == 70
    assert lines(filled) == ""


def test_what_was_accepted_for_good_is_sent_back_by_the_final_review_only(filled: Ledger) -> None:
    report(filled, cumulative_investment=70)
    accept_rows(filled, MONTH, CODE, final=False)
    send_row_back(filled, MONTH, CODE, final=False)
    assert status(filled) is RowStatus.SENT_BACK
    report(filled, cumulative_investment=60)
    accept_rows(filled, MONTH, CODE)
    before = dump(filled)
    with pytest.raises(RefusedError, match="已经终审通过，只能由终审的专班退回"):
        send_row_back(filled, MONTH, CODE, final=False)
    assert dump(filled) == before
    send_row_back(filled, MONTH, CODE)
    assert status(filled) is RowStatus.SENT_BACK


@pytest.mark.parametrize(
    ("levels", "code", "final"), [(1, "140700", True), (2, "140700", False), (2, "140000", True), (2, "000000", True)]
)
def test_who_reviews_for_good(filled: Ledger, levels: int, code: str, final: bool) -> None:
    programme = dataclasses.replace(PROGRAMME, review_levels=levels)
    assert reviews_for_good(programme, place(filled, code)) is final


def test_a_city_as_the_whole_area_reviews_for_good(filled: Ledger) -> None:
    programme = dataclasses.replace(PROGRAMME, area="140700", review_levels=2)
    assert reviews_for_good(programme, place(filled, "140700"))


@pytest.mark.parametrize("again", ["sent anew", "judged"])
def test_a_review_of_what_has_changed_meanwhile_is_refused(filled: Ledger, again: str) -> None:
    report(filled, cumulative_investment=70)
    seen = listed_row(filled, CODE, MONTH).sequence or 0
    send_row_back(filled, MONTH, CODE)
    if again == "sent anew":
        report(filled, cumulative_investment=50)
    before = dump(filled)
    with pytest.raises(RefusedError, match="您看到的不是最新的一份"), writing(filled, request(), "专班") as writes:
        accept(writes, PROGRAMME, MONTH, place(filled, "140000"), {CODE: seen}, final=True)
    assert dump(filled) == before


def test_a_row_is_not_sent_twice(filled: Ledger) -> None:
    report(filled, cumulative_investment=70)
    before = dump(filled)
    for code in (CODE, OTHER):
        with pytest.raises(RefusedError, match="已经报送"):
            report(filled, code, cumulative_investment=80)
    assert dump(filled) == before


def test_only_the_countys_own_listed_projects_are_sent_and_judged(filled: Ledger) -> None:
    with pytest.raises(RefusedError, match="不在太谷区2024年8月的清单里"):
        send_rows(filled, MONTH, TAIGU, Reported(CODE))
    report(filled)
    with pytest.raises(RefusedError, match="不在"), writing(filled, request(), "专班") as writes:
        accept(
            writes, PROGRAMME, MONTH, place(filled, PINGYAO), {CODE: listed_row(filled, CODE, MONTH).sequence or 0},
            final=True,
        )  # fmt: skip


def test_nothing_at_all_is_neither_sent_nor_accepted(filled: Ledger) -> None:
    with pytest.raises(RefusedError, match="没有可报送的项目"):
        send_rows(filled, MONTH, YUCI)
    with pytest.raises(RefusedError, match="没有选中待审"):
        accept_rows(filled, MONTH)


def test_sending_back_wants_a_reason_on_the_row_or_on_a_field(filled: Ledger) -> None:
    report(filled)
    with pytest.raises(RefusedError, match="请写明退回的理由"):
        send_row_back(filled, MONTH, CODE, "  ")
    send_row_back(filled, MONTH, CODE, " ", {"progress": "请写具体"})
    assert listed_row(filled, CODE, MONTH).fields == {"progress": "请写具体"}


def test_a_row_that_is_not_sent_yet_is_not_sent_back(filled: Ledger) -> None:
    with pytest.raises(RefusedError, match="未报"), writing(filled, request(), "专班") as writes:
        send_back(writes, PROGRAMME, MONTH, place(filled, "140000"), (CODE, 0), "核对", {}, final=True)


def test_answers_to_doubts_stand_in_the_record(filled: Ledger) -> None:
    answer = {"field": "cumulative_investment", "said": "5000", "message": "远大于总投资", "answer": "概算已调整"}
    send_rows(filled, MONTH, YUCI, Reported(CODE, values(cumulative_investment=5000), answers=(answer,)))
    record = subject_records(filled, CODE)[-1]
    assert [{name: row[name] for name in answer} for row in record.details["answered_fault"]] == [answer]
    assert lines(filled) == ""


def test_no_change_is_counted_and_noticed_after_several_months(filled: Ledger) -> None:
    open_months(filled, "2024-09")
    assert quiet_months(filled, PROGRAMME, "2024-09", place(filled, YUCI)) == {}
    send_rows(filled, MONTH, YUCI, Reported(CODE))
    sending = filled.connection.execute("SELECT projects, unchanged FROM sending").fetchone()
    assert tuple(sending) == (1, 1)
    assert listed_row(filled, CODE, MONTH).unchanged
    send_row_back(filled, MONTH, CODE)
    send_rows(filled, MONTH, YUCI, Reported(CODE))
    send_rows(filled, "2024-09", YUCI, Reported(CODE), Reported(OTHER, values(progress="进行中")))
    assert quiet_months(filled, PROGRAMME, "2024-09", place(filled, YUCI)) == {CODE: 2}
    assert quiet_months(filled, PROGRAMME, MONTH, place(filled, YUCI)) == {CODE: 1}


def test_an_emptied_field_is_a_change(filled: Ledger) -> None:
    send_rows(filled, MONTH, YUCI, Reported(CODE, cleared=frozenset({"problem"})))
    assert not listed_row(filled, CODE, MONTH).unchanged


def test_a_countys_status_follows_its_rows(filled: Ledger) -> None:
    third = register(filled, "2024-07", "丁工程", TAIGU)
    fourth = register(filled, "2024-07", "戊工程", TAIGU)
    assert county(filled, TAIGU)[0] is RowStatus.UNREPORTED
    save_draft(filled, DraftPlace(KEY, MONTH, third, "progress"), "打桩", 0, "填报员")
    assert county(filled, TAIGU)[0] is RowStatus.DRAFTED
    seen = {third: {"progress": 1}}
    send_rows(filled, MONTH, TAIGU, Reported(third), Reported(fourth), seen=seen)
    assert county(filled, TAIGU)[0] is RowStatus.SENT
    accept_rows(filled, MONTH, third, fourth, final=False)
    assert county(filled, TAIGU)[0] is RowStatus.PASSED_ON
    send_row_back(filled, MONTH, third)
    assert county(filled, TAIGU)[0] is RowStatus.SENT_BACK
    report(filled, third)
    accept_rows(filled, MONTH, third, fourth)
    assert county(filled, TAIGU)[0] is RowStatus.ACCEPTED


@pytest.mark.parametrize(("day", "on_time"), [("2024-09-05", True), ("2024-09-06", False)])
def test_on_time_is_by_the_reporting_day_of_the_month_after(filled: Ledger, day: str, on_time: bool) -> None:
    code = register(filled, "2024-07", "丁工程", TAIGU)
    filled.clock = at_day(day)
    report(filled, code)
    assert county(filled, TAIGU) == (RowStatus.SENT, on_time)


def test_what_is_mended_after_the_deadline_was_on_time_and_what_is_first_sent_then_was_not(filled: Ledger) -> None:
    codes = [register(filled, "2024-07", name, TAIGU) for name in ("丁工程", "戊工程")]
    filled.clock = at_day("2024-09-04")
    report(filled, codes[0])
    assert county(filled, TAIGU)[1] is None
    send_row_back(filled, MONTH, codes[0])
    filled.clock = at_day("2024-09-10")
    report(filled, codes[0])
    assert county(filled, TAIGU)[1] is None
    assert listed_row(filled, codes[0], MONTH).on_time
    report(filled, codes[1])
    assert county(filled, TAIGU)[1] is False


def test_an_import_for_the_task_force_is_neither_on_time_nor_late(filled: Ledger) -> None:
    assert county(filled, PINGYAO) == (RowStatus.ACCEPTED, None)


def refused(ledger: Ledger, what: str) -> None:
    before = dump(ledger)
    with pytest.raises(RefusedError, match=what):
        report(ledger)
    assert dump(ledger) == before


def decide(ledger: Ledger, act: Callable[..., None], *arguments: object) -> None:
    with writing(ledger, request(), "专班") as writes:
        act(writes, PROGRAMME, MONTH, *arguments)


def test_a_locked_month_takes_a_return_only_with_permission_and_until_its_day(filled: Ledger) -> None:
    decide(filled, lock_month)
    refused(filled, "没有准许迟报")
    filled.clock = at_day("2024-09-10")
    until = at_day("2024-09-12")().date()
    decide(filled, permit_late, place(filled, TAIGU), until, "当地受灾")
    refused(filled, "没有准许迟报")
    decide(filled, permit_late, place(filled, YUCI), until, "当地受灾")
    filled.clock = at_day("2024-09-13")
    refused(filled, "期限 2024-09-12 已过")
    filled.clock = at_day("2024-09-12")
    report(filled)
    assert listed_row(filled, CODE, MONTH).on_time is False
    assert lines(filled) == ""


def test_what_was_sent_back_is_mended_in_a_locked_month_and_not_in_a_closed_one(filled: Ledger) -> None:
    other = register(filled, "2024-07", "丁工程", YUCI)
    report(filled, cumulative_investment=70)
    decide(filled, lock_month)
    send_row_back(filled, MONTH, CODE)
    with pytest.raises(RefusedError, match="“丁工程”还没有报过。2024年8月已经截止填报，没有准许迟报"):
        send_rows(filled, MONTH, YUCI, Reported(CODE, values(cumulative_investment=60)), Reported(other))
    assert status(filled) is RowStatus.SENT_BACK
    report(filled, cumulative_investment=60)
    assert status(filled) is RowStatus.SENT
    send_row_back(filled, MONTH, CODE)
    close(filled, "2024-07")
    close(filled, MONTH)
    refused(filled, "已经封账，不能再报")


def test_an_unlocked_month_takes_returns_again(filled: Ledger) -> None:
    decide(filled, lock_month)
    decide(filled, unlock_month, "多数县尚未报送")
    report(filled)
    assert status(filled) is RowStatus.SENT


def test_a_month_that_is_closed_or_was_never_opened_takes_no_return_and_no_review(filled: Ledger) -> None:
    with pytest.raises(RefusedError, match="还没有开放填报"):
        report(filled, month="2024-09")
    close(filled, "2024-07")
    with pytest.raises(RefusedError, match="已经封账，不能再报"):
        report(filled, month="2024-07")
    with pytest.raises(RefusedError, match="已经封账"):
        send_row_back(filled, "2024-07", OTHER)
    with pytest.raises(RefusedError, match="已经封账"):
        state(filled, OTHER, "2024-07", progress="补报")


def test_rows_of_an_area_are_its_listed_projects_by_county_and_code(filled: Ledger) -> None:
    def codes(area: str, month: str = MONTH) -> list[str]:
        rows: list[ReturnRow] = rows_of_month(filled, PROGRAMME, month, place(filled, area))
        return [row.project for row in rows]

    assert codes("140000") == [OTHER, CODE, f"{PINGYAO}-0001"]
    assert codes(PINGYAO) == [f"{PINGYAO}-0001"]
    assert codes("140000", "2024-05") == []
