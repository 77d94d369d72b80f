"""`import`: a list from an office becomes a month's returns, or an import is taken back."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import click

from tracker.commands.line import DONE, REFUSED, UNUSABLE, ChineseHelp, Options, answer, shared_options
from tracker.commands.requests import Month, within_option
from tracker.exchange.marking.marking_words import marked_name
from tracker.exchange.reading.workbooks import COMMAND_LIMITS, start_reading
from tracker.model.faults import SEVERITY_WORDS, Fault, Severity
from tracker.model.months import chinese_month

_SHOWN_CELLS = 12
_SHOWN_PROJECTS = 5


@dataclass(frozen=True, slots=True)
class _How:
    """How a list is imported: whether anything is written and what, and where it is given back with its faults."""

    dry_run: bool
    accept_warnings: bool
    draft: bool
    marked: Path | None


@click.command(
    cls=ChineseHelp,
    help="导入一份清单（.xlsx、.xls、.ods 或 .csv），登记为某月的月报；有“须改正”的问题时什么也不写。"
    "或用 --undo 撤销一次导入。",
)
@click.argument("file", metavar="文件", type=click.Path(path_type=Path), required=False)
@click.option("--month", type=Month(), metavar="YYYY-MM", help="填报月，例如 2024-08；导入时必写。")
@within_option
@click.option("--dry-run", is_flag=True, help="只读不写，看看会怎样。")
@click.option("--accept-warnings", is_flag=True, help="“请确认”的问题都属实，照样登记。")
@click.option("--draft", is_flag=True, help="只记入各县的草稿，不算数；核对后用 return send 报送。")
@click.option("--marked", metavar="文件.xlsx", type=click.Path(path_type=Path),
              help="有问题时，另写一份标注了问题的原表：单元格加底纹和批注，附问题清单；原来的文件不动。")  # fmt: skip
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
    marked: Path | None,
    undo: int | None,
    reason: str | None,
) -> None:
    """Import a list, or take an import back, and answer with what came of it."""
    options: Options = context.obj
    if undo is not None:
        if file is not None or month or within or dry_run or accept_warnings or draft or marked is not None:
            raise click.UsageError("--undo 只和 --reason 一起用，不写文件、月份和地区。", context)
        _undo(options, undo, reason)
    if reason is not None:
        raise click.UsageError("--reason 是撤销导入的理由，要和 --undo 一起用。", context)
    parameters = {parameter.name: parameter for parameter in context.command.params}
    if file is None:
        raise click.MissingParameter(ctx=context, param=parameters["file"])
    if month is None:
        raise click.MissingParameter(ctx=context, param=parameters["month"])
    if marked is not None:
        _check_marked(file, marked)
    _import(options, file, month, within, _How(dry_run, accept_warnings, draft, marked))


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
    how: _How,
) -> NoReturn:
    # The child process reads the workbook while this one loads and opens what it needs.
    reading = start_reading(file, COMMAND_LIMITS)
    # Nothing goes in circles here: looking for circles among the cells of 100,000 rows costs a third of the time.
    gc.disable()
    try:
        from tracker.commands.requests import asked, opened, person
        from tracker.exchange.imports.draft_importing import import_drafts
        from tracker.exchange.imports.importing import ImportRequest, import_sheets

        with opened(options) as ledger:
            programme, area = asked(ledger, options, within)
            request = ImportRequest(file, month, area, person(options), how.accept_warnings, how.dry_run)
            result = (import_drafts if how.draft else import_sheets)(ledger, programme, request, reading.sheets())
    finally:
        gc.enable()
        reading.stop()
    stopped = any(fault.severity is Severity.STOP for fault in result.faults)
    code = UNUSABLE if stopped else REFUSED if result.refused else DONE
    lines = [*fault_lines(result.faults), *result.notes]
    if result.unread_columns:
        lines.append("没有读的列：" + "、".join(f"{c['heading']}（{c['cell']}）" for c in result.unread_columns) + "。")
    if result.refused:
        questions = all(fault.severity is Severity.ASK for fault in result.faults)
        advice = "核对属实后加 --accept-warnings 再导入" if questions else "请改正后再导入"
        lines.append(f"共 {len(result.faults)} 处问题，台账没有改动；{advice}。")
    else:
        verb = "试读" if how.dry_run else "导入"
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
    mapping = result.as_mapping()
    if how.marked is not None:
        mapping["marked"], sentence = _mark(file, how.marked, result.faults)
        mapping["notes"] = [*result.notes, sentence]
        lines.append(sentence)
    answer(options, mapping, "\n".join(lines), code)


def _check_marked(file: Path, marked: Path) -> None:
    """Refuse a place where no marked workbook may be written, before anything is done."""
    from tracker.commands.requests import UnusableError

    if marked.suffix.lower() != ".xlsx":
        raise UnusableError(f"--marked 写的是“{marked}”，应以 .xlsx 结尾，例如 {marked_name(file.name)}。")
    if not marked.parent.is_dir():
        raise UnusableError(f"没有“{marked.parent}”这个文件夹，请先建立它，或换一个位置。")
    if marked.is_dir():
        raise UnusableError(f"“{marked}”是一个文件夹，请写文件名，例如 {marked / marked_name(file.name)}。")
    if marked.resolve() == file.resolve() or (marked.exists() and file.exists() and marked.samefile(file)):
        raise UnusableError(f"--marked 写的就是要导入的文件“{file}”，原来的文件不能盖掉，请换一个名字。")


def _mark(file: Path, marked: Path, faults: list[Fault]) -> tuple[str | None, str]:
    """Write the sender's workbook with its faults in place; give its path, None where there is none, and a sentence."""
    if not faults:
        return None, "没有问题，不用标注，没有另写原表。"
    from tracker.exchange.marking.marked_workbook import MarkingError, mark_workbook

    try:
        done = mark_workbook(file, marked, faults, limits=COMMAND_LIMITS)
    except MarkingError as error:
        return None, str(error)
    where = f"标注了 {done.cells} 个单元格，问题列在工作表“{done.sheet}”"
    return str(marked), f"已把标注了问题的原表写到“{marked}”：{where}。"


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
