"""Dispatch table (调度表): every project with its year's plan, what was done this month, this year and since its start.

Sums stand above what they add up: the whole area first, then each city or county.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tracker.exchange.tables import cells
from tracker.exchange.tables.asking import Asked, by_county, left_out_notes, rate_notes, shared_columns
from tracker.exchange.tables.cells import Block
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, Paper, PrintedTable, TableColumn
from tracker.ledger.columns import fen
from tracker.ledger.standings import ProjectState
from tracker.model.measures import INVESTMENT, INVESTMENT_OF_TOTAL, Tally, share_of


def dispatch_table(asked: Asked) -> PrintedTable:
    """Give the dispatch table of an area: its projects by county, with sums of the area and of each part."""
    projects = asked.projects()
    columns = _columns(asked)
    numbered = {project.code: number for number, project in enumerate(projects, start=1)}
    lines = {code: [_project(asked, each, numbered[each.code]) for each in held]
             for code, held in by_county(projects).items()}  # fmt: skip
    whole = Block(_sums(asked.tally, columns, asked, "合计"), LineRank.TOTAL, _parts(asked, lines, columns))
    return asked.table(
        "dispatch",
        "调度表",
        columns,
        cells.flattened([whole]),
        notes=[
            "年度投资的“本月完成”为各县填报的当月数，没有填报的留空。",
            *rate_notes((INVESTMENT, INVESTMENT_OF_TOTAL)),
            *left_out_notes(asked, (INVESTMENT, INVESTMENT_OF_TOTAL)),
        ],
        unit="万元",
        paper=Paper.A3,
        repeated=3 if asked.is_unit else 4,
    )


def _columns(asked: Asked) -> list[TableColumn]:
    month = int(asked.month[5:7])
    since = f"1—{month}月完成" if month > 1 else "1月完成"
    year, whole, start, completion = "年度投资", "累计投资", "开工时间", "完工时间"
    return [
        *shared_columns(asked)[:-1],
        TableColumn("name", "项目名称", bounds=(30, 44), left=True),
        TableColumn("stage", "建设阶段"),
        TableColumn("total_investment", "总投资", "万元", summed=True),
        TableColumn("year_plan", "年度计划", "万元", year, summed=True),
        TableColumn("month_done", "本月完成", "万元", year, summed=True),
        TableColumn("year_done", since, "万元", year, summed=True),
        TableColumn("year_rate", "占年度计划", "%", year),
        TableColumn("cumulative_investment", "累计完成", "万元", whole, summed=True),
        TableColumn("total_rate", "占总投资", "%", whole),
        TableColumn("progress", "形象进度", bounds=(18, 40), left=True),
        TableColumn("planned_start", "计划", group=start),
        TableColumn("actual_start", "实际", group=start),
        TableColumn("planned_completion", "计划", group=completion),
        TableColumn("actual_completion", "实际", group=completion),
        TableColumn("responsible_unit", "责任单位", bounds=(10, 24)),
        TableColumn("problem", "存在问题", bounds=(14, 50), left=True),
    ]


def _parts(asked: Asked, lines: Mapping[str, Sequence[Block]], columns: Sequence[TableColumn]) -> list[Block]:
    """Give what the whole area's sum adds up: projects of a county, counties of a city, cities of what is larger."""
    if asked.is_unit:
        return [line for held in lines.values() for line in held]
    by_county_sums = asked.tallies("county")
    if not asked.is_large:
        return [_county(asked, code, held, by_county_sums, columns, LineRank.SUBTOTAL) for code, held in lines.items()]
    found: dict[str, Block] = {}
    by_city_sums = asked.tallies("city")
    for code, held in lines.items():
        city = asked.city_of(code)
        if city.code not in found:
            sums = _sums(by_city_sums[city.code], columns, asked, "小计", city.code)
            found[city.code] = Block(sums, LineRank.SUBTOTAL)
        # A line that repeats the one below it says nothing.
        whole = len(held) == 1 or city.code == code
        found[city.code].parts += (
            held if whole else [_county(asked, code, held, by_county_sums, columns, LineRank.PART)]
        )
    return list(found.values())


def _county(
    asked: Asked, code: str, held: Sequence[Block], sums: Mapping[str, Tally], columns: Sequence[TableColumn],
    rank: LineRank,
) -> Block:  # fmt: skip
    return Block(_sums(sums[code], columns, asked, "小计", code), rank, list(held))


def _sums(
    tally: Tally, columns: Sequence[TableColumn], asked: Asked, word: str, code: str = ""
) -> tuple[Written, ...]:  # fmt: skip
    decimals = asked.programme.decimals
    said: dict[str, Written] = {
        "number": Written(word),
        "county_code": cells.words(code),
        "county": cells.words(asked.place_name(code) if code else ""),
        "name": Written(f"{tally['projects']} 项，开工 {tally['started']}，完工 {tally['completed']}"),
        "year_rate": cells.rate(share_of(INVESTMENT, tally), decimals),
        "total_rate": cells.rate(share_of(INVESTMENT_OF_TOTAL, tally), decimals),
    }
    return tuple(
        cells.money(tally[column.key]) if column.summed else said.get(column.key, cells.EMPTY) for column in columns
    )


def _project(asked: Asked, project: ProjectState, number: int) -> Block:
    state, decimals = project.state, asked.programme.decimals
    plan, done = fen(state.values.get("year_plan")), fen(state.year_done)
    total, cumulative = fen(state.values.get("total_investment")), fen(state.values.get("cumulative_investment"))
    names = ("progress", "planned_start", "actual_start", "planned_completion", "actual_completion",
             "responsible_unit", "problem")  # fmt: skip
    return Block((
        Written(number),
        Written(project.county),
        cells.words(asked.place_name(project.county)),
        Written(project.code),
        cells.words(project.name),
        cells.value(project, "stage"),
        cells.money(total),
        cells.money(plan),
        cells.value(project, "month_investment"),
        cells.money(done),
        cells.rate((done, plan) if done is not None and plan else None, decimals),
        cells.money(cumulative),
        cells.rate((cumulative, total) if cumulative is not None and total else None, decimals),
        *(cells.value(project, name) for name in names),
    ))  # fmt: skip
