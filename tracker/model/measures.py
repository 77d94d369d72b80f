"""Measures: what each rate counts, said once: numerator, denominator, and the sentence that names both.

A tally is a count or a sum over a list of projects; its name is the key under which the ledger computes
it. Pages, the command line and every export ask this module which tallies make a rate.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from tracker.model.programme import Denominator, Programme

Tally = Mapping[str, int]
"""Counts and sums by name; sums of money are in 分 (0.01 元)."""

FEN_PER_WAN = 1_000_000
"""分 in one 万元."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One rate: its numerator and denominator as names of tallies.

    `unknown` names the tally of projects that leave both because something is unknown, "" where nothing
    can be; `money` says that numerator and denominator are sums of money.
    """

    key: str
    title: str
    numerator: str
    denominator: str
    unknown: str
    money: bool
    sentence: str


_STARTED = "已开工数为累计数，包含已完工的"
_DENOMINATORS = {
    Denominator.ALL: ("projects", "清单内全部项目"),
    Denominator.START_THIS_YEAR: ("start_this_year", "计划本年开工的项目"),
    Denominator.START_BY_NOW: ("start_by_now", "计划到本月底应开工的项目"),
    Denominator.COMPLETION_BY_NOW: ("completion_by_now", "计划到本月底应完工的项目"),
}

INVESTMENT = Measure(
    "investment",
    "年度投资完成率",
    "year_done_known",
    "year_plan_known",
    "year_unknown",
    True,
    "年度投资完成率＝本年完成投资÷年度计划投资；两者有一项不明的项目不计入，另行列出",
)
INVESTMENT_OF_TOTAL = Measure(
    "investment_of_total",
    "总投资完成率",
    "cumulative_known",
    "total_known",
    "total_unknown",
    True,
    "总投资完成率＝累计完成投资÷总投资；两者有一项不明的项目不计入，另行列出",
)
PROGRESS = Measure(
    "progress",
    "达到序时进度率",
    "on_schedule",
    "schedule_known",
    "schedule_unknown",
    False,
    "达到序时进度率＝进度不低于序时进度的项目数÷能够比较的项目数；序时进度为计划工期已过月数的比例，"
    "进度取填报的百分比，未填的取累计完成投资占总投资的比例；缺计划时间或进度的不计入，另行列出",
)


def start_measure(programme: Programme) -> Measure:
    """Give the start rate with the programme's denominator."""
    denominator, words = _DENOMINATORS[programme.start_denominator]
    numerator = "started" if denominator == "projects" else f"started_of_{denominator}"
    return Measure("start", "开工率", numerator, denominator, "", False, f"开工率＝已开工项目数÷{words}；{_STARTED}")


def completion_measure(programme: Programme) -> Measure:
    """Give the completion rate with the programme's denominator."""
    denominator, words = _DENOMINATORS[programme.completion_denominator]
    numerator = "completed" if denominator == "projects" else f"completed_of_{denominator}"
    return Measure("completion", "完工率", numerator, denominator, "", False, f"完工率＝已完工项目数÷{words}")


def measures_of(programme: Programme) -> dict[str, Measure]:
    """Give every measure of a programme by its key."""
    measures = (start_measure(programme), completion_measure(programme), INVESTMENT, INVESTMENT_OF_TOTAL, PROGRESS)
    return {measure.key: measure for measure in measures}


def tally_names(measures: Iterable[Measure]) -> list[str]:
    """Give the names of the tallies that measures are made of: what they divide, and what they leave out."""
    names = [name for measure in measures for name in (measure.numerator, measure.denominator, measure.unknown)]
    return list(dict.fromkeys(name for name in names if name))


def rate_of(measure: Measure, tally: Tally) -> Fraction | None:
    """Give the exact rate of a tally, or None where the denominator is zero."""
    denominator = tally[measure.denominator]
    return Fraction(tally[measure.numerator], denominator) if denominator else None


def share_of(measure: Measure, tally: Tally) -> tuple[int, int] | None:
    """Give the same as numerator and denominator, as they are: what is only compared or printed need not be reduced."""
    denominator = tally[measure.denominator]
    return (tally[measure.numerator], denominator) if denominator else None


def wan_of(fen: int) -> Decimal:
    """Give a sum in 分 as 万元, exact."""
    return Decimal(fen) / FEN_PER_WAN


def print_wan(fen: int) -> str:
    """Print a sum given in 分 as 万元 with two decimals, half up."""
    return _half_up(fen, FEN_PER_WAN, 2)


def print_yi(fen: int, decimals: int = 2) -> str:
    """Print a sum given in 分 as 亿元 (1 亿元 = 10 000 万元), half up."""
    return _half_up(fen, FEN_PER_WAN * 10_000, decimals)


def _half_up(fen: int, unit: int, decimals: int) -> str:
    scaled = (2 * abs(fen) * 10**decimals + unit) // (2 * unit)
    whole, rest = divmod(scaled, 10**decimals)
    text = f"{whole}.{rest:0{decimals}d}" if decimals else str(whole)
    return f"-{text}" if fen < 0 and scaled else text
