"""`export`: what the ledger holds as a file that offices work with: the official tables of a month and an area."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from tracker.commands.line import ChineseGroup, Choice, Options, answer, shared_options
from tracker.commands.output_files import checked_ending, write_whole
from tracker.commands.requests import UnusableError, asked, month_option, opened, within_option
from tracker.exchange.office_layouts.office_template import SEVERAL, TemplateError, write_in_layout
from tracker.exchange.tables.asking import BY_WORDS, EVERYTHING, ORDERS, Asked, annex_words
from tracker.exchange.tables.files import FORMS, SeveralTablesError, write_files
from tracker.exchange.tables.registry import KINDS
from tracker.exchange.writing.printed_table import LineRank
from tracker.ledger.handle import Ledger
from tracker.ledger.listings import Wanted, choices_of
from tracker.ledger.office_templates import find_template
from tracker.ledger.programmes import find_programme, places_of
from tracker.ledger.projects import project_programme
from tracker.ledger.ranking_table import UNFILLED
from tracker.model.months import chinese_month
from tracker.model.places import ROOT, Place
from tracker.model.programme import Programme
from tracker.model.stages import STAGE_WORDS, Stage


@dataclass(frozen=True, slots=True)
class _Order:
    """One call of `export`: which kind of table, of what, to which file."""

    kind: str
    month: str
    file: Path
    within: str | None = None
    by: str = "area"
    order: str = ORDERS[0]
    annex: str = ""
    project: str = ""
    template: str = ""
    selection: Mapping[str, str] = field(default_factory=dict)


@click.group(cls=ChineseGroup, help="导出：把台账里的内容写成表格文件（.xlsx 可打印，.csv 和 .json 供其他软件用）。")
def export() -> None:
    """Group what can be exported."""


def _carry_out(options: Options, order: _Order) -> None:
    """Write the tables that are asked for to the file, and answer with what was written."""
    kind = KINDS[order.kind]
    ending = checked_ending(order.file, list(FORMS), f"{kind.name.removeprefix('项目')}.xlsx")
    with opened(options) as ledger:
        programme, area = _asked(ledger, options, order)
        wanted = _wanted(ledger, programme, order, area)
        request = Asked(
            ledger, programme, order.month, area, order.by, order.order, wanted, annex_words(order.annex), order.project
        )
        tables = kind.make(request)
        try:
            if order.template:
                if ending != ".xlsx":
                    raise UnusableError(f"本单位格式是工作簿，“{order.file}”应以 .xlsx 结尾。")
                layout = find_template(ledger, programme.key, request.places, area, kind.key, order.template)
                write_whole(order.file, lambda path: write_in_layout(ledger, layout, request, tables[0], path))
            else:
                write_whole(order.file, lambda path: write_files(path, ending, kind.key, tables))
        except (SeveralTablesError, TemplateError) as error:
            raise UnusableError(str(error)) from error
        # Long tables make their lines anew whenever they are asked for; only of one are they counted.
        lines = sum(line.rank is LineRank.PLAIN for line in tables[0].lines) if len(tables) == 1 else None
    month = chinese_month(order.month)
    told: dict[str, Any] = {"file": str(order.file)}
    if kind.key == "list":
        told["projects"] = lines
        answer(options, told, f"已把{area.name}{month}的 {lines} 个项目写到“{order.file}”。")
    of = f"项目 {order.project} " if order.project else area.name
    told |= {"table": kind.key, "tables": len(tables), **({} if lines is None else {"lines": lines})}
    size = f"（{len(tables)} 张表）" if lines is None else f"（{lines} 行）"
    answer(options, told, f"已把{of}{month}的{kind.name}{size}写到“{order.file}”。")


def _asked(ledger: Ledger, options: Options, order: _Order) -> tuple[Programme, Place]:
    """Give the programme and the area of an order; those of its project where it names one."""
    if not order.project:
        return asked(ledger, options, order.within)
    programme = find_programme(ledger, project_programme(ledger, order.project))
    return programme, places_of(ledger, programme).find(programme.area) or ROOT


def _wanted(ledger: Ledger, programme: Programme, order: _Order, area: Place) -> Wanted:
    """Read what narrows the projects. Raises UnusableError for a value that none of them has."""
    chosen = dict(order.selection)
    if not chosen:
        return EVERYTHING
    choices = choices_of(ledger, programme, order.month, area)
    for name, (word, values) in {
        "category": ("类别", {value or UNFILLED: value for value in choices.category}),
        "level": ("级别", {value or UNFILLED: value for value in choices.level}),
        "stage": ("阶段", {STAGE_WORDS[Stage(value)] if value else UNFILLED: value for value in choices.stage}),
    }.items():
        if name not in chosen:
            continue
        if chosen[name] not in values:
            listed = "、".join(values) or "没有项目"
            raise UnusableError(f"{area.name}没有{word}为“{chosen[name]}”的项目，可选：{listed}。")
        chosen[name] = values[chosen[name]]
    return Wanted(category=chosen.get("category"), level=chosen.get("level"), stage=chosen.get("stage"))


_output = click.option("-o", "--output", "file", required=True, metavar="文件", type=click.Path(path_type=Path),
                       help="写到哪个 .xlsx（或 .csv、.json）文件；已有同名文件时替换。")  # fmt: skip


def _checked_annex(_context: click.Context, _parameter: click.Parameter, number: str) -> str:
    """Give the annex number as written; one that means none is refused rather than passed over."""
    if number.strip() and not annex_words(number):
        raise UnusableError(f"附件编号“{number}”写得不对，应写成数字，例如 1。")
    return number


_annex = click.option(
    "--annex", default="", metavar="编号", callback=_checked_annex, help="附件编号，印在标题上方，例如 1。"
)
_template = click.option("--template", default="", metavar="名字", help="按本单位格式写：网页上“本单位格式”里的名字。")
_by = click.option("--by", type=Choice(list(BY_WORDS)), default="area", show_default=True,
                   help="按什么分：area 地区，category 类别，level 级别。")  # fmt: skip
_units = click.option("--by", type=Choice([*BY_WORDS, "county"]), default="area", show_default=True,
                      help="比什么：area 下一级地区，category 类别，level 级别；county 在省里直接比各县。")  # fmt: skip
_order = click.option("--order", type=Choice(list(ORDERS)), default=ORDERS[0], show_default=True,
                      help="按什么排列：completion 完工率，start 开工率，investment 年度投资完成率。")  # fmt: skip
_project = click.option("--project", required=True, metavar="编码", help="项目编码，例如 140702-0001。")
_SELECTED = ("category", "level", "stage")
_selection = (
    click.option("--category", metavar="类别", help="只要这一类别的项目。"),
    click.option("--level", metavar="级别", help="只要这一级别的项目。"),
    click.option("--stage", metavar="阶段", help="只要这一阶段的项目，例如 在建。"),
)


def _add_command(key: str) -> None:
    """Add the verb of one kind of table, with the options that it takes."""
    kind = KINDS[key]

    @click.pass_obj
    def carry_out(options: Options, /, **given: Any) -> None:
        asked_for = {name: given.pop(name) for name in _SELECTED if name in given}
        selection = {name: value for name, value in asked_for.items() if value is not None}
        _carry_out(options, _Order(key, selection=selection, **given))

    options: list[Callable[[Any], Any]] = [month_option, _project if key == "dossier" else within_option, _output]
    options += [_annex] if key != "ledger" else []
    options += [_template] if key not in SEVERAL else []
    options += [_units, _order] if key == "ranking" else [_by] if kind.by else []
    options += _selection if kind.narrowed else ()
    for option in reversed([*options, shared_options]):
        option(carry_out)
    export.command(key, help=f"{kind.name}：{kind.answers}。")(carry_out)


for _key in KINDS:
    _add_command(_key)
