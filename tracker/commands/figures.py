"""`status` and `rank`: a month's figures of an area, and the places of the units in it."""

from __future__ import annotations

from typing import Any

import click

from tracker.commands.line import ChineseHelp, Choice, Options, answer, shared_options
from tracker.commands.requests import asked, month_option, opened, within_option
from tracker.ledger.ranking_table import Group, RankedRow, Ranking, ranking
from tracker.ledger.standings import named, tallies
from tracker.model.measures import Measure, measures_of, print_wan, rate_of
from tracker.model.months import chinese_month
from tracker.model.ranking import chinese_place, print_rate

_GROUPS = {"county": "县（市、区）", "city": "市", "category": "工程类别", "level": "项目级别"}
_SHOWN_NAMES = 12


@click.command(cls=ChineseHelp, help="某月某地区的数字：项目数、开工、完工、投资和各项比率。")
@month_option
@within_option
@shared_options
@click.pass_obj
def status(options: Options, month: str, within: str | None) -> None:
    """Answer with an area's figures at a month."""
    with opened(options) as ledger:
        programme, area = asked(ledger, options, within)
        tally = tallies(ledger, programme, month, area)[""]
        unreported = named(ledger, programme, month, area, "unreported")
        measures = measures_of(programme)
        unknown = {
            key: named(ledger, programme, month, area, measures[key].unknown)
            for key in ("investment", "investment_of_total")
        }
    rates = {key: print_rate(rate_of(measure, tally), programme.decimals) for key, measure in measures.items()}
    mapping: dict[str, Any] = {
        "month": month,
        "projects": tally["projects"],
        "started": tally["started"],
        "completed": tally["completed"],
        "start_rate": rates["start"],
        "completion_rate": rates["completion"],
        "total_investment": print_wan(tally["total_investment"]),
        "year_plan": print_wan(tally["year_plan"]),
        "cumulative_investment": print_wan(tally["cumulative_investment"]),
        "investment_rate_total": rates["investment_of_total"],
        "investment_rate_year": rates["investment"],
        "unreported": unreported,
        "unknown_total": unknown["investment_of_total"],
        "unknown_year": unknown["investment"],
    }
    lines = [
        f"{programme.name} · {area.name} · {chinese_month(month)}"
        + ("（示例数据）" if programme.demonstration else ""),
        f"项目 {tally['projects']} 个，已开工 {tally['started']} 个{_percent(rates['start'])}，"
        f"已完工 {tally['completed']} 个{_percent(rates['completion'])}",
        f"总投资 {print_wan(tally['total_investment'])} 万元，"
        f"累计完成 {print_wan(tally['cumulative_investment'])} 万元{_percent(rates['investment_of_total'])}",
        f"年度计划 {print_wan(tally['year_plan'])} 万元，年度投资完成率 {_rate(rates['investment'])}",
        *_left_out("总投资完成率", unknown["investment_of_total"]),
        *_left_out("年度投资完成率", unknown["investment"]),
        f"本月未报 {len(unreported)} 个",
    ]
    answer(options, mapping, "\n".join(lines))


def _left_out(rate: str, projects: list[dict[str, str]]) -> list[str]:
    """Give the line that names the projects a rate leaves out; none where it leaves out none."""
    names = _some([project["name"] for project in projects])
    return [f"{rate}不含 {len(projects)} 个金额不明的项目：{names}"] if projects else []


def _some(names: list[str]) -> str:
    more = f" 等 {len(names)} 个" if len(names) > _SHOWN_NAMES else ""
    return "、".join(names[:_SHOWN_NAMES]) + more


def _percent(rate: str | None) -> str:
    return f"（{rate} %）" if rate is not None else ""


def _rate(rate: str | None) -> str:
    return f"{rate} %" if rate is not None else "—"


@click.command(cls=ChineseHelp, help="某月的排名：开工、完工、年度投资或达到序时进度。")
@month_option
@click.option("--by", "measure", type=Choice(["start", "completion", "investment", "progress"]), required=True,
              help="按什么排：开工率、完工率、年度投资完成率、达到序时进度率。")  # fmt: skip
@click.option("--group", type=Choice(list(_GROUPS)), required=True, help="排什么：县、市、类别或级别。")
@within_option
@shared_options
@click.pass_obj
def rank(options: Options, month: str, measure: str, group: Group, within: str | None) -> None:
    """Answer with the places of an area's units by one measure."""
    with opened(options) as ledger:
        programme, area = asked(ledger, options, within)
        table = ranking(ledger, programme, month, measure, group, area)
    mapping = {
        "rows": [_row(row, table.measure, programme.decimals) for row in table.rows if row.placed],
        "without_projects": [{"code": code, "name": name} for code, name in table.without_projects],
        "unknown": [{"code": code, "name": name} for code, name in table.unknown],
        "unknown_projects": table.unknown_projects,
        "unplaced": [{"code": row.code, "name": row.name} for row in table.rows if row.placed is None],
    }
    title = f"{programme.name} · {area.name} · {chinese_month(month)} · {_GROUPS[group]} · {table.measure.title}"
    answer(options, mapping, _table_text(title, table, programme.decimals))


def _row(row: RankedRow, measure: Measure, decimals: int) -> dict[str, Any]:
    if row.placed is None:
        raise ValueError("a row without a place is not ranked")
    return {
        "place": row.placed.place,
        "tied": row.placed.tied,
        "code": row.code,
        "name": row.name,
        "numerator": print_wan(row.numerator) if measure.money else row.numerator,
        "denominator": print_wan(row.denominator) if measure.money else row.denominator,
        "rate": print_rate(row.rate, decimals),
        "change": row.placed.change,
        "peers": row.peers,
    }


def _table_text(title: str, table: Ranking, decimals: int) -> str:
    lines = [title, table.measure.sentence + "。"]
    peers = None
    for row in table.rows:
        if row.placed is None:
            continue
        if row.peers != peers and row.peers:
            lines.append(f"—— {row.peers} ——")
        peers = row.peers
        said = _row(row, table.measure, decimals)
        moved = row.placed.change
        arrow = "—" if not moved else f"↑{moved}" if moved > 0 else f"↓{-moved}"
        fraction = f"{said['numerator']}/{said['denominator']}"
        lines.append(f"{chinese_place(row.placed)}\t{row.name}\t{fraction}\t{said['rate']} %\t{arrow}")
    if table.unknown:
        lines.append("数据不明，不排名：" + _some([name for _, name in table.unknown]))
    unplaced = [row.name for row in table.rows if row.placed is None]
    if unplaced:
        lines.append("没有可比的项目，不排名：" + _some(unplaced))
    if table.without_projects:
        lines.append("没有项目：" + _some([name for _, name in table.without_projects]))
    return "\n".join(lines)
