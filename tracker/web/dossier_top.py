"""The top of a dossier: its sentence, and its rates with their fractions: investment, the year's, progress."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.ledger.columns import fen
from tracker.ledger.histories import differences
from tracker.model.fields import FIELD
from tracker.model.folding import State, elapsed_share
from tracker.model.measures import INVESTMENT, INVESTMENT_OF_TOTAL, PROGRESS, Measure, rate_of, wan_of
from tracker.model.months import year_of
from tracker.model.printing import print_value
from tracker.model.programme import Programme
from tracker.model.ranking import print_rate
from tracker.web.dossier_words import share_of, stage_said
from tracker.web.figures import Figure, Movement
from tracker.web.project_rows import printed
from tracker.web.wording import DASH, percent

MONTHS_ANCHOR = "#months"
"""Where a dossier's figures come from: its table of months."""

_DATES = (("开工", "planned_start", "actual_start"), ("完工", "planned_completion", "actual_completion"))


@dataclass(frozen=True, slots=True)
class DatePair:
    """开工 or 完工: planned and actual date, printed."""

    what: str
    planned: str
    actual: str


def title_of(state: State, programme: Programme) -> list[str]:
    """Give the page's title in clauses: name, stage, and the one figure that says how far the project is."""
    clauses = [f"{state.values['name']}，", stage_said(state)]
    share = share_of(state)
    if share is not None and not state.completed and state.started:
        clauses[1:] = [f"{clauses[1]}，", f"完成进度 {percent(share, programme.decimals)}"]
    elif state.completed and "cumulative_investment" in state.values:
        clauses[1:] = [f"{clauses[1]}，", f"完成投资 {printed(state.values, 'cumulative_investment')} 万元"]
    return clauses


def dates_of(state: State) -> list[DatePair]:
    """Give the four key dates as two pairs."""
    return [
        DatePair(what, printed(state.values, planned), printed(state.values, actual))
        for what, planned, actual in _DATES
    ]


def figures_of(states: Sequence[State], programme: Programme, month: str) -> list[Figure]:
    """Give the figures of a project at the last of its states, for a page of a month.

    A year's sums are left out where the state that stands in is of another year, as every list leaves them out.
    """
    state, before = states[-1], states[-2] if len(states) > 1 else None
    of_year = year_of(state.month) == year_of(month)
    year_done = fen(state.year_done) if of_year else None
    return [
        _money(
            INVESTMENT_OF_TOTAL,
            programme,
            ("累计完成", fen(state.values.get("cumulative_investment"))),
            ("总投资", fen(state.values.get("total_investment"))),
            _movement(before, state),
        ),
        _money(
            INVESTMENT,
            programme,
            ("本年完成", year_done),
            ("年度计划", fen(state.values.get("year_plan")) if of_year else None),
            None,
        ),
        _progress(state, programme),
    ]


def _money(
    measure: Measure, programme: Programme, done: tuple[str, int | None], plan: tuple[str, int | None],
    movement: Movement | None,
) -> Figure:  # fmt: skip
    rate = None
    if done[1] is not None and plan[1] is not None:
        rate = rate_of(measure, {measure.numerator: done[1], measure.denominator: plan[1]})
    said = " / ".join(_wan(fen) for _, fen in (done, plan))
    return Figure(
        title=measure.title,
        rate=percent(rate, programme.decimals),
        fraction=f"{said} 万元",
        address=MONTHS_ANCHOR,
        sentence=measure.sentence,
        movement=movement,
        standing=f"{done[0]} / {plan[0]}",
        unknown=0,
        unknown_address="",
    )


def _wan(sum_in_fen: int | None) -> str:
    """Print one project's sum in 万元 as fields are printed, to the last digit that is known."""
    return DASH if sum_in_fen is None else print_value("total_investment", wan_of(sum_in_fen))


def _movement(before: State | None, state: State) -> Movement | None:
    if before is None or not {"cumulative_investment"} <= before.values.keys() & state.values.keys():
        return None
    change = next((it for it in differences(before, state) if it.field == "cumulative_investment"), None)
    if change is None:
        return Movement(0, "与上月持平")
    by = change.now - change.before
    return Movement(1 if by > 0 else -1, f"{print_value('cumulative_investment', abs(by))} 万元，比上月")


def _progress(state: State, programme: Programme) -> Figure:
    share = share_of(state)
    elapsed = elapsed_share(state.values, state.month)
    if "progress_percent" in state.values:
        source = "按填报的进度"
    elif state.completed or not state.started:
        source = "按阶段"
    else:
        source = "按累计完成占总投资"
    return Figure(
        title=FIELD["progress_percent"].heading,
        rate=percent(share, programme.decimals),
        fraction=f"序时进度 {percent(elapsed, programme.decimals)}",
        address=MONTHS_ANCHOR,
        sentence=PROGRESS.sentence,
        movement=None,
        standing="；".join([_against(share, elapsed, state, programme), *([source] if share is not None else [])]),
        unknown=0,
        unknown_address="",
    )


def _against(share: Fraction | None, elapsed: Fraction | None, state: State, programme: Programme) -> str:
    """Say whether a project keeps up with the time that has passed, as the ledger judged it."""
    if not state.listed:
        return "已终止，不再比较"
    if state.on_schedule is None or share is None or elapsed is None:
        return "无法与序时进度比较"
    if state.on_schedule:
        return "达到序时进度"
    return f"落后 {print_rate(elapsed - share, programme.decimals)} 个百分点"
