"""`import`: a list from an office becomes a month's returns, or an import is taken back."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import click

from tracker.commands.line import DONE, REFUSED, UNUSABLE, ChineseHelp, Options, answer, shared_options
from tracker.commands.requests import Month, within_option
from tracker.exchange.workbooks import COMMAND_LIMITS, start_reading
from tracker.model.faults import SEVERITY_WORDS, Fault, Severity
from tracker.model.months import chinese_month

_SHOWN_CELLS = 12
_SHOWN_PROJECTS = 5


@click.command(
    cls=ChineseHelp,
    help="导入一份清单（.xlsx 或 .xls），登记为某月的月报；有“须改正”的问题时什么也不写。或用 --undo 撤销一次导入。",
)
@click.argument("file", metavar="文件", type=click.Path(path_type=Path), required=False)
@click.option("--month", type=Month(), metavar="YYYY-MM", help="填报月，例如 2024-08；导入时必写。")
@within_option
@click.option("--dry-run", is_flag=True, help="只读不写，看看会怎样。")
@click.option("--accept-warnings", is_flag=True, help="“请确认”的问题都属实，照样登记。")
@click.option("--draft", is_flag=True, help="只记入各县的草稿，不算数；核对后用 return send 报送。")
@click.option("--undo", type=click.IntRange(min=1), metavar="编号", help="撤销这个编号的导入；原来的记录保留。")
@click.option("--reason", metavar="理由", help="为什么撤销，记入档案；撤销时必写。")
@shared_options
@click.pass_context
def import_list(
    context: click.Context,
    *,
    file: Path | None,
    month: str | None,
    within: str | None,
    dry_run: bool,
    accept_warnings: bool,
    draft: bool,
    undo: int | None,
    reason: str | None,
) -> None:
    """Import a list, or take an import back, and answer with what came of it."""
    options: Options = context.obj
    if undo is not None:
        if file is not None or month or within or dry_run or accept_warnings or draft:
            raise click.UsageError("--undo 只和 --reason 一起用，不写文件、月份和地区。", context)
        _undo(options, undo, reason)
    if reason is not None:
        raise click.UsageError("--reason 是撤销导入的理由，要和 --undo 一起用。", context)
    parameters = {parameter.name: parameter for parameter in context.command.params}
    if file is None:
        raise click.MissingParameter(ctx=context, param=parameters["file"])
    if month is None:
        raise click.MissingParameter(ctx=context, param=parameters["month"])
    _import(options, file, month, within, dry_run, accept_warnings, draft)


def _undo(options: Options, number: int, reason: str | None) -> NoReturn:
    from tracker.commands.requests import opened, person
    from tracker.ledger.withdrawing import withdraw_import

    with opened(options) as ledger:
        done = withdraw_import(ledger, number, person(options), reason)
    lines = [f"已撤销导入 {number}（“{done.file}”，{chinese_month(done.month)}）：撤回月报 {done.returns} 个。"]
    for projects, what in ((done.removed, "的登记一并撤销"), (done.kept, "另有别的记录，名称和所在县保留")):
        if projects:
            lines.append(f"{len(projects)} 个项目{what}：{_some(projects)}。")
    answer(options, done.as_mapping(), "\n".join(lines))


def _import(
    options: Options,
    file: Path,
    month: str,
    within: str | None,
    dry_run: bool,
    accept_warnings: bool,
    draft: bool,
) -> NoReturn:
    # The child process reads the workbook while this one loads and opens what it needs.
    reading = start_reading(file, COMMAND_LIMITS)
    try:
        from tracker.commands.requests import asked, opened, person
        from tracker.exchange.draft_importing import import_drafts
        from tracker.exchange.importing import ImportRequest, import_sheets

        with opened(options) as ledger:
            programme, area = asked(ledger, options, within)
            request = ImportRequest(file, month, area, person(options), accept_warnings, dry_run)
            result = (import_drafts if draft else import_sheets)(ledger, programme, request, reading.sheets())
    finally:
        reading.stop()
    stopped = any(fault.severity is Severity.STOP for fault in result.faults)
    code = UNUSABLE if stopped else REFUSED if result.refused else DONE
    lines = [*fault_lines(result.faults), *result.notes]
    if result.unread_columns:
        lines.append("没有读的列：" + "、".join(f"{c['heading']}（{c['cell']}）" for c in result.unread_columns) + "。")
    if result.refused:
        questions = all(fault.severity is Severity.ASK for fault in result.faults)
        how = "核对属实后加 --accept-warnings 再导入" if questions else "请改正后再导入"
        lines.append(f"共 {len(result.faults)} 处问题，台账没有改动；{how}。")
    else:
        verb = "试读" if dry_run else "导入"
        lines.append(
            f"{verb}“{result.file}”到 {chinese_month(month)}：读到 {result.rows_read} 个项目，"
            + (
                f"记入草稿 {result.drafted} 个，其余 {result.unchanged} 个没有变化或已报送；报送用 return send。"
                if result.drafted is not None
                else f"新登记 {result.projects_registered} 个，记入月报 {result.returns_recorded} 个，"
                f"没有变化 {result.unchanged} 个。"
            )
        )
        if result.not_mentioned:
            named = _some(result.not_mentioned)
            lines.append(f"清单内有 {len(result.not_mentioned)} 个项目本文件没有提到：{named}。")
        if result.id is not None:
            lines.append(f"导入编号 {result.id}。")
    answer(options, result.as_mapping(), "\n".join(lines), code)


def _some(projects: list[dict[str, str]]) -> str:
    names = "、".join(f"{project['name']}（{project['code']}）" for project in projects[:_SHOWN_PROJECTS])
    return names + ("等" if len(projects) > _SHOWN_PROJECTS else "")


def fault_lines(faults: list[Fault]) -> list[str]:
    """Give a line a sentence; the same sentence over many cells becomes one line that names them."""
    cells: dict[tuple[Severity, str | None, str], list[str]] = {}
    for fault in faults:
        cells.setdefault((fault.severity, fault.sheet, fault.sentence), []).append(fault.cell or "")
    lines = []
    for (severity, sheet, sentence), places in cells.items():
        shown = "、".join(place for place in places[:_SHOWN_CELLS] if place)
        more = f" 等 {len(places)} 处" if len(places) > _SHOWN_CELLS else ""
        where = f" {sheet}!{shown}{more}" if sheet and shown else f" {sheet}" if sheet else ""
        lines.append(f"【{SEVERITY_WORDS[severity]}】{where} {sentence}")
    return lines
