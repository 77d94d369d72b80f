"""The lamp's rule and its sentences."""

from __future__ import annotations

from tracker.model.dates import PartialDate
from tracker.model.folding import State
from tracker.web.lamps import Colour, lamp_of


def state(started: bool, completed: bool, **values: PartialDate) -> State:
    return State("2024-08", dict(values), started=started, completed=completed)


def test_nothing_planned_is_nothing_missed() -> None:
    assert lamp_of(state(False, False), "2024-08").colour is Colour.GREEN


def test_a_plan_due_this_month_is_missed_at_its_end() -> None:
    lamp = lamp_of(state(False, False, planned_start=PartialDate(2024, 8)), "2024-08")
    assert (lamp.colour, lamp.word, lamp.reasons) == (Colour.AMBER, "提醒", ("应于2024年8月开工，本月到期未开工",))
    assert lamp_of(state(False, False, planned_start=PartialDate(2024, quarter=3)), "2024-08").colour is Colour.GREEN


def test_a_missed_completion_outweighs_a_missed_start() -> None:
    lamp = lamp_of(
        state(False, False, planned_start=PartialDate(2024, 1, 5), planned_completion=PartialDate(2024, 7)), "2024-08"
    )
    assert lamp.colour is Colour.RED
    assert lamp.reasons == ("应于2024-01-05开工，已逾期 7 个月", "应于2024年7月完工，已逾期 1 个月")
    assert lamp.months_late == 7


def test_what_is_done_is_not_late() -> None:
    planned = {"planned_start": PartialDate(2023, 1), "planned_completion": PartialDate(2024, 1)}
    assert lamp_of(state(True, True, **planned), "2024-08").colour is Colour.GREEN
