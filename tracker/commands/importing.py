"""`import`: a list from an office becomes a month's returns."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.line import DONE, REFUSED, UNUSABLE, ChineseHelp, Options, answer, shared_options
from tracker.commands.requests import Month, within_option
from tracker.exchange.workbooks import COMMAND_LIMITS, start_reading
from tracker.model.faults import SEVERITY_WORDS, Fault, Severity
from tracker.model.months import chinese_month

_SHOWN_CELLS = 12


@click.command(cls=ChineseHelp, help="导入一份清单（.xlsx 或 .xls），登记为某月的月报。有“须改正”的问题时什么也不写。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("--month", type=Month(), required=True, metavar="YYYY-MM", help="填报月，例如 2024-08。")
@within_option
@click.option("--dry-run", is_flag=True, help="只读不写，看看会怎样。")
@click.option("--accept-warnings", is_flag=True, help="“请确认”的问题都属实，照样登记。")
@shared_options
@click.pass_obj
def import_list(
    options: Options, file: Path, month: str, within: str | None, dry_run: bool, accept_warnings: bool
) -> None:
    """Import a list and answer with what came of it."""
    # The child process reads the workbook while this one loads and opens what it needs.
    reading = start_reading(file, COMMAND_LIMITS)
    try:
        from tracker.commands.requests import asked, opened, person
        from tracker.exchange.importing import ImportRequest, import_sheets

        with opened(options) as ledger:
            programme, area = asked(ledger, options, within)
            request = ImportRequest(file, month, area, person(options), accept_warnings, dry_run)
            result = import_sheets(ledger, programme, request, reading.sheets())
    finally:
        reading.stop()
    stopped = any(fault.severity is Severity.STOP for fault in result.faults)
    code = UNUSABLE if stopped else REFUSED if result.refused else DONE
    lines = [*_fault_lines(result.faults), *result.notes]
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
            f"新登记 {result.projects_registered} 个，记入月报 {result.returns_recorded} 个，"
            f"没有变化 {result.unchanged} 个。"
        )
        if result.not_mentioned:
            names = "、".join(f"{project['name']}（{project['code']}）" for project in result.not_mentioned[:5])
            more = "等" if len(result.not_mentioned) > 5 else ""
            lines.append(f"清单内有 {len(result.not_mentioned)} 个项目本文件没有提到：{names}{more}。")
        if result.id is not None:
            lines.append(f"导入编号 {result.id}。")
    answer(options, result.as_mapping(), "\n".join(lines), code)


def _fault_lines(faults: list[Fault]) -> list[str]:
    """Give a line a sentence; the same sentence over many cells becomes one line that names them."""
    cells: dict[tuple[Severity, str | None, str], list[str]] = {}
    for fault in faults:
        sentence = fault.message.partition("：")[2] if fault.message.startswith("第 ") else fault.message
        cells.setdefault((fault.severity, fault.sheet, sentence), []).append(fault.cell or "")
    lines = []
    for (severity, sheet, sentence), places in cells.items():
        shown = "、".join(place for place in places[:_SHOWN_CELLS] if place)
        more = f" 等 {len(places)} 处" if len(places) > _SHOWN_CELLS else ""
        where = f" {sheet}!{shown}{more}" if sheet and shown else f" {sheet}" if sheet else ""
        lines.append(f"【{SEVERITY_WORDS[severity]}】{where} {sentence}")
    return lines
