"""Pictures: an area's trend, its stages and the standing of its units, as charts with their words and numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.exchange.drawing.charts import (
    NARROW,
    WIDE,
    BarChart,
    Column,
    Line,
    LineChart,
    Rated,
    Size,
    bar_chart,
    line_chart,
)
from tracker.exchange.drawing.charts import stacked as stack
from tracker.model.measures import Tally
from tracker.model.months import chinese_month
from tracker.model.stages import STAGE_WORDS, Stage
from tracker.web.whereabouts import Where
from tracker.web.wording import percent

_STAGES = (
    Stage.EFFECTIVE, Stage.IN_OPERATION, Stage.ACCEPTED, Stage.COMPLETED, Stage.UNDER_CONSTRUCTION, Stage.SUSPENDED,
    Stage.PREPARING, Stage.NOT_STARTED, Stage.PLANNED, None,
)  # fmt: skip
_GREYS = {
    "effective": "#06384D", "in_operation": "#084963", "accepted": "#0A5370", "completed": "#0B5C7D",
    "under_construction": "#85AEBE", "suspended": "#8A5300", "preparing": "#C4D3DB", "not_started": "#D7E0E8",
    "planned": "#E8EEF2", "unknown": "#F4F7F9",
}  # fmt: skip
SHORT_NAME = "本单位"
"""What a line is called beside it where its own name is too long."""
_LABEL_LETTERS = 5
_STAGE_SIZE = Size(336, 272, top=16, bottom=16)


@dataclass(frozen=True, slots=True)
class LinesPicture:
    """Lines over months, for a wide and a narrow page, with their words and their numbers."""

    key: str
    title: str
    description: str
    wide: LineChart
    narrow: LineChart
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class BarsPicture:
    """Bars of rates, for a wide and a narrow page, with their words and their numbers."""

    key: str
    title: str
    description: str
    wide: BarChart
    narrow: BarChart
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class StagesPicture:
    """Stages stacked; `greys` are the colours of paper, `shares` each layer's share in words."""

    key: str
    title: str
    description: str
    column: Column
    greys: Mapping[str, str]
    shares: Mapping[str, str]
    head: Sequence[str]
    rows: Sequence[Sequence[str]]


def months_shown(where: Where) -> list[str]:
    """Give the opened months up to the page's own, the last two years of them."""
    return [month for month in where.months if month <= where.month][-25:]


def trend_of(where: Where, by_month: Mapping[str, Tally]) -> LinesPicture | None:
    """Draw an area's starts and completions against the plan; `by_month` are its tallies at the months shown.

    None where fewer than two months hold a project: one month is no trend.
    """
    months = [month for month in months_shown(where) if by_month.get(month)]
    if len(months) < 2:
        return None
    last = by_month[months[-1]]

    def line(look: str, words: str, name: str, *, plan: bool = False) -> Line:
        return Line(look, f"{words} {last[name]}", {month: by_month[month][name] for month in months}, plan)

    lines = [
        line("started", "计划开工", "start_by_now", plan=True),
        line("started", "已开工", "started"),
        line("done", "计划完工", "completion_by_now", plan=True),
        line("done", "已完工", "completed"),
    ]
    counted = ("projects", "start_by_now", "started", "completion_by_now", "completed")
    return lines_picture(
        "trend",
        f"{where.full_name}开工、完工与计划",
        f"{chinese_month(months[0])}到{chinese_month(months[-1])}，每月累计的项目数。{chinese_month(months[-1])}："
        f"计划开工 {last['start_by_now']} 项，已开工 {last['started']} 项；"
        f"计划完工 {last['completion_by_now']} 项，已完工 {last['completed']} 项。",
        lambda size: line_chart(lines, months, size),
        ("月份", "清单内", "计划开工", "已开工", "计划完工", "已完工"),
        {month: [str(by_month[month][name]) for name in counted] for month in months},
    )


def lines_picture(
    key: str,
    title: str,
    description: str,
    draw: Callable[[Size], LineChart],
    head: Sequence[str],
    cells: Mapping[str, Sequence[str]],
) -> LinesPicture:
    """Draw lines for a wide and a narrow page; `cells` are the numbers behind them by month, in order."""
    rows = [(month, *printed) for month, printed in reversed(list(cells.items()))]
    return LinesPicture(key, title, description, draw(WIDE), draw(NARROW), head, rows)


def stages_of(where: Where, counts: Mapping[Stage | None, int]) -> StagesPicture:
    """Draw how many listed projects stand in each stage."""
    total = sum(counts.values())
    parts = [(stage.value if stage else "unknown", STAGE_WORDS[stage] if stage else "阶段不明", counts.get(stage, 0))
             for stage in _STAGES]  # fmt: skip
    column = stack(parts, _STAGE_SIZE)
    shares = {layer.look: percent(layer.share, where.programme.decimals) for layer in column.layers}
    said = "，".join(f"{layer.words} {layer.number} 项" for layer in column.layers)
    return StagesPicture(
        "stages",
        f"{where.full_name} {total} 项工程所处阶段",
        f"{where.month_words}：{said}。",
        column,
        _GREYS,
        shares,
        ("阶段", "项目", "占比"),
        [(layer.words, str(layer.number), shares[layer.look]) for layer in column.layers],
    )


def bars_of(title: str, description: str, units: Sequence[Rated]) -> BarsPicture:
    """Draw bars of rates in the order given."""
    return BarsPicture(
        "bars",
        title,
        description,
        bar_chart(units, WIDE.width, letters=20),
        bar_chart(units, NARROW.width, letters=9, right=64),
        ("单位", "名次", "率"),
        [(unit.name, unit.place, unit.words) for unit in units],
    )


def rates_of(
    key: str,
    title: str,
    where: Where,
    months: Sequence[str],
    lines: Sequence[tuple[str, str, Mapping[str, Fraction]]],
    *,
    yearly: bool,
) -> LinesPicture:
    """Draw rates over months; each line is (look, name, rates by month); `yearly` ones begin anew in January."""

    def words(rate: Fraction | None) -> str:
        return percent(rate, where.programme.decimals)

    drawn = [
        Line(
            look,
            f"{name if len(name) <= _LABEL_LETTERS else SHORT_NAME} {words(last_of(rates, months))}",
            {month: rates.get(month) for month in months},
            yearly=yearly,
        )
        for look, name, rates in lines
    ]
    described = "；".join(f"{name}从 {words(first_of(rates, months))} 到 {words(last_of(rates, months))}"
                         for _, name, rates in lines)  # fmt: skip
    return lines_picture(
        key,
        title,
        f"{chinese_month(months[0])}到{chinese_month(months[-1])}：{described}。",
        lambda size: line_chart(drawn, months, size, percent=True),
        ("月份", *(name for _, name, _ in lines)),
        {month: [words(rates.get(month)) for _, _, rates in lines] for month in months},
    )


def first_of(rates: Mapping[str, Fraction], months: Sequence[str]) -> Fraction | None:
    """Give the first known rate of the months."""
    return next((rates[month] for month in months if month in rates), None)


def last_of(rates: Mapping[str, Fraction], months: Sequence[str]) -> Fraction | None:
    """Give the last known rate of the months."""
    return next((rates[month] for month in reversed(months) if month in rates), None)
