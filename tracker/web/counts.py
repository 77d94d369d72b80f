"""Counts: the words for every count of projects, and how a rate comes apart into lists of projects."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.model.folding import State, progress_share
from tracker.model.measures import Measure, Tally
from tracker.web.lamps import Lamp
from tracker.web.wording import DASH

COUNT_TITLES: dict[str, str] = {
    "projects": "清单内",
    "started": "已开工",
    "completed": "已完工",
    "not_started": "未开工",
    "under_construction": "已开工未完工",
    "unreported": "本月未报送",
    "start_this_year": "计划本年开工",
    "start_by_now": "计划到本月底应开工",
    "completion_by_now": "计划到本月底应完工",
    "started_of_start_this_year": "计划本年开工且已开工",
    "started_of_start_by_now": "计划到本月底应开工且已开工",
    "started_of_completion_by_now": "计划到本月底应完工且已开工",
    "completed_of_start_this_year": "计划本年开工且已完工",
    "completed_of_start_by_now": "计划到本月底应开工且已完工",
    "completed_of_completion_by_now": "计划到本月底应完工且已完工",
    "late_start": "到期未开工",
    "late_completion": "到期未完工",
    "behind": "到期未开工或未完工",
    "on_schedule": "达到序时进度",
    "schedule_known": "能够比较序时进度",
    "schedule_unknown": "不能比较序时进度",
    "year_unknown": "本年投资不明",
    "total_unknown": "累计投资或总投资不明",
    "with_problem": "有存在问题",
}
"""The words before "N 项" for every count that the ledger knows."""

_REST_TITLES = {
    ("projects", "started"): "未开工",
    ("projects", "completed"): "未完工",
    ("projects", "year_unknown"): "本年投资已明",
    ("projects", "total_unknown"): "累计投资与总投资已明",
    ("schedule_known", "on_schedule"): "未达到序时进度",
}


def title_of(count: str, without: str | None) -> str:
    """Give the words for a count, or for what remains of it without another."""
    if without is None:
        return COUNT_TITLES[count]
    found = _REST_TITLES.get((count, without))
    if found is None and count == "projects":
        return f"不属于“{COUNT_TITLES[without]}”的"
    if found is None:
        # started_of_… and completed_of_… name what the rest has not reached.
        reached = "开工" if without.startswith("started") else "完工"
        return f"{COUNT_TITLES[count]}而未{reached}"
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """One list behind a rate: its role, the words for its projects, which they are, and how many."""

    role: str
    title: str
    count: str
    without: str | None
    number: int


def parts_of(measure: Measure, tally: Tally) -> list[Part]:
    """Take a rate apart: numerator, denominator, what the numerator lacks, and what neither counts."""
    if measure.money:
        counted = tally["projects"] - tally[measure.unknown]
        return [
            _part("计入", "projects", measure.unknown, counted),
            _part("未计入", measure.unknown, None, tally[measure.unknown]),
        ]
    numerator, denominator = tally[measure.numerator], tally[measure.denominator]
    parts = [
        _part("分子", measure.numerator, None, numerator),
        _part("分母", measure.denominator, None, denominator),
        _part("差额", measure.denominator, measure.numerator, denominator - numerator),
    ]
    if measure.unknown:
        parts.append(_part("未计入", measure.unknown, None, tally[measure.unknown]))
    elif measure.denominator != "projects":
        parts.append(_part("未计入", "projects", measure.denominator, tally["projects"] - denominator))
    return parts


def _part(role: str, count: str, without: str | None, number: int) -> Part:
    return Part(role, title_of(count, without), count, without, number)


def first_part(measure: Measure) -> tuple[str, str | None]:
    """Give (count, without) of the list that a rate's fraction leads to."""
    return ("projects", measure.unknown) if measure.money else (measure.numerator, None)


_NEEDED = {
    "year_unknown": (("year_plan", "年度计划投资"),),
    "total_unknown": (("total_investment", "总投资"), ("cumulative_investment", "累计完成投资")),
    "schedule_unknown": (("planned_start", "计划开工时间"), ("planned_completion", "计划完工时间")),
}


def reason_of(state: State, count: str, without: str | None, lamp: Lamp) -> str:
    """Say why a project stands in a list: what is missing, what is late, or what is still to come."""
    if count in _NEEDED:
        return _missing(state, count)
    if lamp.reasons:
        return "；".join(lamp.reasons)
    if count == "not_started" or without == "started":
        planned = state.values.get("planned_start")
        return f"应于{planned.chinese}开工，未到期" if planned else "未填计划开工时间"
    if without == "completed":
        planned = state.values.get("planned_completion")
        return f"应于{planned.chinese}完工，未到期" if planned else "未填计划完工时间"
    return DASH


def _missing(state: State, count: str) -> str:
    missing = [words for field, words in _NEEDED[count] if state.values.get(field) is None]
    if count == "year_unknown" and state.year_done is None:
        missing.append("本年完成投资")
    if count == "schedule_unknown" and progress_share(state.values, state.started, state.completed) is None:
        missing.append("完成进度（或投资）")
    return f"缺{'、'.join(missing)}" if missing else "计划完工早于计划开工，无法比较"
