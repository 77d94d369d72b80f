"""Summary (汇总表): counts, rates and sums of an area by its parts, by category or by level, the whole first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import cast

from tracker.exchange.tables import cells
from tracker.exchange.tables.asking import BY_WORDS, Asked, left_out_notes, rate_notes, some
from tracker.exchange.tables.cells import Block
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, PrintedTable, TableColumn
from tracker.ledger.ranking_table import Competitor, Group, competitors_of
from tracker.model.measures import Measure, Tally, measures_of, share_of


def summary_table(asked: Asked) -> PrintedTable:
    """Give the summary of an area by BY_WORDS; of a province each city is followed by its counties."""
    columns = _columns(asked)
    parts = _by_area(asked) if asked.by not in ("category", "level") else _by_name(asked, cast(Group, asked.by))
    whole = Block(_cells(asked, columns, "合计", "", asked.tally), LineRank.TOTAL, parts)
    measures = measures_of(asked.programme)
    used = [measures[key] for key in ("start", "completion", "investment", "investment_of_total")]
    return asked.table(
        "summary",
        summary_name(asked.by),
        columns,
        cells.flattened([whole]),
        notes=[*rate_notes(used), *left_out_notes(asked, used), *_without_projects(asked)],
        unit=asked.money_unit,
    )


def summary_name(by: str) -> str:
    """Give what a summary by one of BY_WORDS is called: `分地区汇总表`."""
    return f"分{BY_WORDS.get(by, BY_WORDS['area']).removeprefix('工程').removeprefix('项目')}汇总表"


def _columns(asked: Asked) -> list[TableColumn]:
    measures, unit = measures_of(asked.programme), asked.money_unit
    done, year, whole, late = "建设情况", "年度投资", "累计投资", "未按期"
    return [
        TableColumn("code", "代码", on_paper=False),
        TableColumn("name", BY_WORDS.get(asked.by, BY_WORDS["area"]), bounds=(16, 36), left=True),
        TableColumn("projects", "项目数", summed=True),
        TableColumn("not_started", "未开工", group=done, summed=True),
        TableColumn("under_construction", "在建", group=done, summed=True),
        TableColumn("completed", "完工", group=done, summed=True),
        *_rate_columns(measures["start"], "started", "开工"),
        *_rate_columns(measures["completion"], "", "完工"),
        TableColumn("total_investment", "总投资", unit, summed=True),
        TableColumn("year_plan", "计划", unit, year, summed=True),
        TableColumn("year_done", "完成", unit, year, summed=True),
        TableColumn("investment_rate", "完成率", "%", year),
        TableColumn("cumulative_investment", "完成", unit, whole, summed=True),
        TableColumn("investment_of_total_rate", "占总投资", "%", whole),
        TableColumn("late_start", "开工", group=late, summed=True),
        TableColumn("late_completion", "完工", group=late, summed=True),
        TableColumn("with_problem", "有问题", summed=True),
    ]


def _rate_columns(measure: Measure, counted: str, verb: str) -> Iterator[TableColumn]:
    """Give a rate's columns: what is counted, what it is divided by where that is not every project, the rate."""
    plain = measure.denominator == "projects"
    group = "" if plain and not counted else f"{verb}情况" if plain else f"按期应{verb}"
    if counted:
        yield TableColumn(counted, f"已{verb}", group="" if not plain else group, summed=True)
    if not plain:
        yield TableColumn(f"{measure.key}_denominator", "应计", group=group, summed=True)
        yield TableColumn(f"{measure.key}_numerator", f"已{verb}", group=group, summed=True)
    yield TableColumn(f"{measure.key}_rate", measure.title, "%", group)


def _cells(
    asked: Asked, columns: Sequence[TableColumn], name: str, code: str, tally: Tally, said: str = ""
) -> tuple[Written, ...]:
    measures = measures_of(asked.programme)
    found = {"code": cells.words(code), "name": Written(name, said=said)}
    for measure in measures.values():
        found[f"{measure.key}_rate"] = cells.rate(share_of(measure, tally), asked.programme.decimals)
        if not measure.money:
            found[f"{measure.key}_numerator"] = cells.count(tally[measure.numerator])
            found[f"{measure.key}_denominator"] = cells.count(tally[measure.denominator])
    for column in columns:
        if column.key not in found:
            held = tally[column.key]
            found[column.key] = cells.money(held, column.unit) if column.unit else cells.count(held)
    return tuple(found[column.key] for column in columns)


def _by_area(asked: Asked) -> list[Block]:
    columns, counties = _columns(asked), asked.tallies("county")
    if asked.is_unit:
        return []
    names = {each.code: each.name for each in _competitors(asked, "county", counties)}
    ordered = sorted(counties, key=asked.place_order)
    if not asked.is_large:
        return [Block(_cells(asked, columns, names[code], code, counties[code])) for code in names if code in counties]
    found = []
    for city, tally in sorted(asked.tallies("city").items()):
        line = Block(_cells(asked, columns, asked.place_name(city), city, tally), LineRank.SUBTOTAL)
        members = [code for code in ordered if asked.city_of(code).code == city]
        for code in members if members != [city] else ():
            place = asked.places.find(code)
            name = "本级" if code == city or place is None else place.name
            shown = f"\u3000\u3000\u3000{name}" if line.parts else f"其中：{name}"
            line.parts.append(Block(_cells(asked, columns, shown, code, counties[code], name)))
        found.append(line)
    return found


def _by_name(asked: Asked, group: Group) -> list[Block]:
    columns, held = _columns(asked), asked.tallies(group)
    return [
        Block(_cells(asked, columns, each.name, each.code, held[each.code]))
        for each in _competitors(asked, group, held)
        if each.code in held
    ]


def _competitors(asked: Asked, group: Group, met: Mapping[str, Tally]) -> list[Competitor]:
    return competitors_of(asked.ledger, asked.programme, group, asked.area, met)


def _without_projects(asked: Asked) -> list[str]:
    """Name the parts of the area on whose list nothing stands."""
    group: Group = cast(Group, asked.by if asked.by in ("category", "level") else "county")
    if asked.conditions or not asked.tally["projects"] or (group == "county" and asked.is_unit):
        return []
    held = asked.tallies(group)
    names = [each.name for each in _competitors(asked, group, held) if each.code not in held and each.competes]
    return [f"没有项目的：{some(names)}。"] if names else []
