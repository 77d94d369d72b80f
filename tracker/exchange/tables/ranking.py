"""Ranking table (排名表): units with their places by start, completion and the year's investment side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import cast

from tracker.exchange.tables import cells
from tracker.exchange.tables.asking import EVERYTHING, Asked, left_out_notes, rate_notes, some
from tracker.exchange.tables.cells import Block
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, PrintedTable, TableColumn
from tracker.ledger.ranking_table import Competitor, Group, RankedRow, Ranking, competitors_of, rankings
from tracker.model.measures import Measure, Tally, share_of
from tracker.model.places import PlaceLevel

RANKED = ("start", "completion", "investment")
"""The measures that stand side by side."""

_UNITS = {"city": "市", "county": "县（市、区）", "category": "工程类别", "level": "项目级别"}
_WORDS = {"start": "已开工", "completion": "已完工", "investment": "本年完成"}


def ranking_table(asked: Asked) -> PrintedTable:
    """Give the ranking of an area's units in the order of one measure; counties and zones apart where they compete so.

    Units without a place follow in their group, and those without a project are named below.
    """
    # A selection of projects does not compete: units are ranked with all they have.
    asked = replace(asked, wanted=EVERYTHING)
    group = group_of(asked)
    found = rankings(asked.ledger, asked.programme, asked.month, RANKED, group, asked.area)
    held = asked.tallies(group)
    measures = [found[key].measure for key in RANKED]
    columns = _columns(asked, group, measures)
    units = [each for each in competitors_of(asked.ledger, asked.programme, group, asked.area, held)]
    rows = {key: {row.code: row for row in ranked.rows} for key, ranked in found.items()}
    listed = _in_order([each for each in units if each.code in held], found[asked.order])
    whole = Block(_cells(asked, columns, measures, Competitor("", "合计", ""), asked.tally, {}), LineRank.TOTAL)
    blocks = [whole]
    peers = ""
    several = len({each.peers for each in listed}) > 1
    for number, unit in enumerate(listed, start=1):
        if several and unit.peers != peers:
            blocks.append(cells.section(unit.peers, len(columns)))
        peers = unit.peers
        own = {key: by_code[unit.code] for key, by_code in rows.items() if unit.code in by_code}
        blocks.append(Block(_cells(asked, columns, measures, unit, held[unit.code], own, number)))
    lines = cells.flattened(blocks)
    added = tuple(at for at, line in enumerate(lines) if line.rank is LineRank.PLAIN)
    lines[0] = cells.summing(lines[0], added)
    return asked.table(
        "ranking",
        "排名表",
        columns,
        lines,
        notes=[*_notes(asked, found, units, held), *rate_notes(measures), *left_out_notes(asked, measures)],
        unit=asked.money_unit,
        beside=f"按{found[asked.order].measure.title}排列，比率相同的并列",
        repeated=2,
    )


def group_of(asked: Asked) -> Group:
    """Give the grouping that is ranked: an area by its own parts, cities before counties, unless counties are asked."""
    if asked.by in ("category", "level"):
        return cast(Group, asked.by)
    large = asked.area.level in (PlaceLevel.COUNTRY, PlaceLevel.PROVINCE)
    return "city" if large and asked.by != "county" else "county"


def _columns(asked: Asked, group: Group, measures: Sequence[Measure]) -> list[TableColumn]:
    columns = [
        TableColumn("number", "序号"),
        TableColumn("code", "代码", on_paper=False),
        TableColumn("peers", "分组", on_paper=False),
        TableColumn("name", _UNITS[group], bounds=(14, 36), left=True),
        TableColumn("projects", "项目数", summed=True),
    ]
    for measure in measures:
        key, unit = measure.key, asked.money_unit if measure.money else ""
        over = measure.title.removesuffix("率") if measure.money else measure.title.removesuffix("率") + "情况"
        if measure.denominator != "projects":
            words = "年度计划" if measure.money else "应计"
            columns.append(TableColumn(f"{key}_denominator", words, unit, over, summed=True))
        columns.append(TableColumn(f"{key}_numerator", _WORDS[key], unit, over, summed=True))
        columns += [
            TableColumn(f"{key}_rate", measure.title.removeprefix("年度投资"), "%", over),
            TableColumn(f"{key}_place", "名次", group=over),
            TableColumn(f"{key}_tied", "并列", group=over, on_paper=False),
            TableColumn(f"{key}_change", "比上月", group=over),
        ]
    return columns


def _cells(
    asked: Asked, columns: Sequence[TableColumn], measures: Sequence[Measure], of: Competitor, tally: Tally,
    rows: Mapping[str, RankedRow], number: int | None = None,
) -> tuple[Written, ...]:  # fmt: skip
    unit = asked.money_unit
    said = {
        "number": Written(number),
        "code": cells.words(of.code),
        "peers": cells.words(of.peers),
        "name": Written(of.name),
        "projects": cells.count(tally["projects"]),
    }
    for measure in measures:
        key, row = measure.key, rows.get(measure.key)
        placed = row.placed if row else None
        numerator, denominator = tally[measure.numerator], tally[measure.denominator]
        said |= {
            f"{key}_numerator": cells.money(numerator, unit) if measure.money else cells.count(numerator),
            f"{key}_denominator": cells.money(denominator, unit) if measure.money else cells.count(denominator),
            f"{key}_rate": cells.rate(share_of(measure, tally), asked.programme.decimals),
            f"{key}_place": cells.place(placed),
            f"{key}_tied": cells.tied(placed),
            f"{key}_change": cells.movement(placed),
        }
    return tuple(said[column.key] for column in columns)


def _in_order(units: Sequence[Competitor], by: Ranking) -> list[Competitor]:
    """Give units in a ranking's order within their peers; those that it does not know last."""
    position = {row.code: at for at, row in enumerate(by.rows)}
    peers = list(dict.fromkeys(each.peers for each in units))
    return sorted(units, key=lambda each: (peers.index(each.peers), position.get(each.code, len(position))))


def _notes(
    asked: Asked, found: Mapping[str, Ranking], units: Sequence[Competitor], held: Mapping[str, Tally]
) -> list[str]:  # fmt: skip
    """Name what has no place: units without a project, and those whose projects all lack what a measure needs."""
    notes = []
    for ranked in found.values():
        unknown = [name for _, name in ranked.unknown]
        unplaced = [row.name for row in ranked.rows if row.placed is None and row.code]
        if unknown:
            notes.append(f"{ranked.measure.title}：项目全部缺数据，不排名的：{some(unknown)}。")
        if unplaced:
            notes.append(f"{ranked.measure.title}：没有计入的项目，不排名的：{some(unplaced)}。")
    empty = [each.name for each in units if each.competes and each.code not in held]
    if empty and asked.tally["projects"]:
        notes.append(f"没有项目，不排名的：{some(empty)}。")
    return notes
