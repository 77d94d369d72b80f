"""Leader's page: one sheet read in a minute: four figures, trend, ranking, the most delayed, what is asked of whom.

All figures are the ledger's own counts and sums; this module puts them into words and pictures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tracker.exchange.drawing.charts import Line, LineChart, Size, line_chart
from tracker.exchange.tables.asking import Asked
from tracker.exchange.tables.ranking import group_of
from tracker.ledger.months import months
from tracker.ledger.ranking_table import rankings
from tracker.ledger.standings import ProjectState, tallies
from tracker.ledger.trends import series
from tracker.model.measures import Measure, Tally, measures_of, print_wan, print_yi, share_of, tally_names
from tracker.model.months import chinese_month, last_day, shift_month, year_of
from tracker.model.problems import months_late
from tracker.model.ranking import chinese_place, print_share

MOST_DELAYED = 5
MOST_ASKED = 6
MOST_RANKED = 12
"""How much of each finds room on one sheet."""

_TREND = Size(636, 172, left=34, right=120, top=12, bottom=42)
_MONTHS = 25
_YI = 10_000_000_000
_COUNTED = ("projects", "started", "completed", "behind", "late_start", "late_completion", "unreported")
_TREND_LINES = (
    ("started", "计划开工", "start_by_now", True), ("started", "已开工", "started", False),
    ("done", "计划完工", "completion_by_now", True), ("done", "已完工", "completed", False),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class LeaderFigure:
    """One of the four figures: its title, the rate as printed with its sign, the fraction, the movement in words."""

    title: str
    rate: str
    fraction: str
    movement: str


@dataclass(frozen=True, slots=True)
class LeaderRow:
    """One unit of the ranking: place, name, fraction, rate as printed, movement, and its bar from 0 to 1."""

    place: str
    name: str
    fraction: str
    rate: str
    change: str
    bar: float


@dataclass(frozen=True, slots=True)
class LeaderPage:
    """What stands on a leader's page; `trend` is None where fewer than two months hold a project."""

    title: str
    said: str
    headline: str
    figures: tuple[LeaderFigure, ...]
    trend: LineChart | None
    trend_words: str
    ranked_title: str
    ranking: tuple[LeaderRow, ...]
    more_ranked: int
    delayed: tuple[tuple[str, str, str], ...]
    more_delayed: int
    requests: tuple[tuple[str, str], ...]
    notes: tuple[str, ...]
    demonstration: bool


def leader_page(asked: Asked) -> LeaderPage:
    """Gather an area's page at a month out of the ledger's own figures."""
    measures = measures_of(asked.programme)
    money = "investment" if asked.tally["year_plan_known"] else "investment_of_total"
    chosen = [measures[key] for key in ("start", "completion", money, "progress")]
    before = tallies(
        asked.ledger, asked.programme, shift_month(asked.month, -1), asked.area,
        names=("projects", *tally_names(chosen)),
    )[""]  # fmt: skip
    now, day = asked.tally, last_day(asked.month)
    trend, trend_words = _trend(asked)
    rows, more_ranked = _ranking(asked, measures["completion"])
    delayed, more_delayed = _delayed(asked)
    state = "" if asked.month_opened is None else "已封账" if asked.month_opened.closing else "尚未封账"
    reported = now["projects"] - now["unreported"]
    return LeaderPage(
        title=f"{asked.area_name}{asked.programme.name}工程进展（{chinese_month(asked.month)}）",
        said="　".join(filter(None, (
            f"截至{day.year}年{day.month}月{day.day}日", state, f"本月报送 {reported} / {now['projects']} 项",
        ))),
        headline=f"{now['projects']} 项工程，已开工 {now['started']} 项，已完工 {now['completed']} 项，"
        + (f"{now['behind']} 项到期未开工或未完工。" if now["behind"] else "没有到期未开工、未完工的。"),
        figures=tuple(_figure(asked, measure, now, before) for measure in chosen),
        trend=trend,
        trend_words=trend_words,
        ranked_title=f"{measures['completion'].title}排名",
        ranking=rows,
        more_ranked=more_ranked,
        delayed=delayed,
        more_delayed=more_delayed,
        requests=_requests(asked),
        notes=tuple(f"{measure.sentence}。" for measure in chosen[:3]),
        demonstration=asked.programme.demonstration,
    )  # fmt: skip


def _figure(asked: Asked, measure: Measure, now: Tally, before: Tally) -> LeaderFigure:
    numerator, denominator = now[measure.numerator], now[measure.denominator]
    share = share_of(measure, now)
    rate = "—" if share is None else f"{print_share(*share, asked.programme.decimals)} %"
    if measure.money:
        fraction = f"{_sum(asked, numerator, denominator)} / {_sum(asked, denominator, denominator, unit=True)}"
    else:
        fraction = f"{numerator} / {denominator} 项"
    return LeaderFigure(measure.title, rate, fraction, _movement(asked, measure, now, before))


def _movement(asked: Asked, measure: Measure, now: Tally, before: Tally) -> str:
    if not before["projects"]:
        return "上月没有数据"
    if measure.key == "investment" and year_of(asked.month) != year_of(shift_month(asked.month, -1)):
        return "新年度起算"
    by = now[measure.numerator] - before[measure.numerator]
    if not by:
        return "与上月持平"
    amount = _sum(asked, abs(by), abs(by), unit=True) if measure.money else f"{abs(by)} 项"
    return f"{'▲' if by > 0 else '▼'} {amount}，比上月"


def _sum(asked: Asked, fen: int, beside: int, *, unit: bool = False) -> str:
    """Print a sum, in 亿元 where that which stands beside it is at least one, as texts do."""
    in_yi = asked.is_large or beside >= _YI
    return (print_yi if in_yi else print_wan)(fen) + ((" 亿元" if in_yi else " 万元") if unit else "")


def _trend(asked: Asked) -> tuple[LineChart | None, str]:
    opened = [month for month in sorted(months(asked.ledger, asked.programme.key)) if month <= asked.month][-_MONTHS:]
    found = series(asked.ledger, asked.programme, opened, asked.area)
    held: Mapping[str, Tally] = {month: tally[""] for month, tally in found.items() if tally.get("")}
    if len(held) < 2:
        return None, ""
    last = held[max(held)]
    lines = [
        Line(look, f"{words} {last[name]}", {month: tally[name] for month, tally in held.items()}, plan)
        for look, words, name, plan in _TREND_LINES
    ]
    said = "，".join(f"{words} {last[name]} 项" for _, words, name, _ in _TREND_LINES)
    return line_chart(lines, sorted(held), _TREND), f"{chinese_month(max(held))}：{said}。"


def _ranking(asked: Asked, measure: Measure) -> tuple[tuple[LeaderRow, ...], int]:
    if asked.is_unit:
        return (), 0
    group = group_of(asked)
    found = rankings(asked.ledger, asked.programme, asked.month, [measure.key], group, asked.area)[measure.key]
    placed = [row for row in found.rows if row.placed is not None]
    full = max([1.0, *(row.numerator / row.denominator for row in placed)])
    rows = tuple(
        LeaderRow(
            chinese_place(row.placed, in_table=True),
            row.name,
            f"{row.numerator} / {row.denominator}",
            f"{print_share(row.numerator, row.denominator, asked.programme.decimals)} %",
            _change(row.placed.change),
            round(row.numerator / row.denominator / full, 4),
        )
        for row in placed[:MOST_RANKED]
        if row.placed is not None
    )
    return rows, len(placed) - len(rows)


def _change(change: int | None) -> str:
    return "" if change is None else "—" if not change else f"{'↑' if change > 0 else '↓'}{abs(change)}"


def _delayed(asked: Asked) -> tuple[tuple[tuple[str, str, str], ...], int]:
    """Give (name, where, how late) of the projects that are late by most months, and how many more there are."""
    found = [(_late(asked, project), project) for project in asked.projects("behind")]
    found.sort(key=lambda each: -max((by for by, _ in each[0]), default=0))
    rows = tuple(
        (project.name, asked.place_name(project.county), "；".join(words for _, words in late))
        for late, project in found[:MOST_DELAYED]
    )
    return rows, asked.tally["behind"] - len(rows)


def _late(asked: Asked, project: ProjectState) -> list[tuple[int, str]]:
    """Give by how many months a project is late with what, and the words for it."""
    late = []
    for what, name, done in (
        ("完工", "planned_completion", project.state.completed), ("开工", "planned_start", project.state.started),
    ):  # fmt: skip
        planned = project.state.values.get(name)
        if planned is not None and not done and planned.due_month <= asked.month:
            by = months_late(planned, asked.month)
            late.append((by, f"应于{planned.chinese}{what}，" + (f"逾期 {by} 个月" if by else "本月到期")))
    return late


_ASKED = (
    ("late_start", "{} 项尽快开工"), ("late_completion", "{} 项抓紧完工"),
    ("unreported", "{} 项补报月报"),
)  # fmt: skip


def _requests(asked: Asked) -> tuple[tuple[str, str], ...]:
    """Say what is asked of whom: the units with most that is late or not reported, then all others together."""
    group = "city" if asked.is_large else "county"
    by_unit = {asked.area.code: asked.tally} if asked.is_unit else asked.tallies(group)
    concerned = [each for each in by_unit.items() if any(each[1][name] for name, _ in _ASKED)]
    concerned.sort(key=lambda each: (-each[1]["behind"], -each[1]["unreported"], each[0]))
    rest = concerned[MOST_ASKED:]
    asked_of = [(asked.place_name(code), tally) for code, tally in concerned[: len(concerned) - len(rest)]]
    if rest:
        word = "市" if asked.is_large else "县（市、区）"
        added = {name: sum(tally[name] for _, tally in rest) for name, _ in _ASKED}
        asked_of.append((f"其余 {len(rest)} 个{word}", added))
    return tuple(
        (who, "，".join(words.format(tally[name]) for name, words in _ASKED if tally[name])) for who, tally in asked_of
    )
