"""`workbook`: the month's workbook that a county fills in offline, or those of all counties of an area."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import click

from tracker.commands.line import ChineseHelp, Options, answer, shared_options
from tracker.commands.output_files import write_whole
from tracker.commands.requests import UnusableError, asked, month_option, opened, within_option
from tracker.exchange.month_workbook.gathering import month_book, month_books
from tracker.exchange.reading.file_errors import reason_of
from tracker.model.months import chinese_month

_SUFFIX = ".xlsx"


@click.command(
    cls=ChineseHelp,
    help="月报工作簿：给一个县生成某月的填报表，可以离线填写；填好用月报页交回，或用 import --draft 导入。",
)
@month_option
@within_option
@click.option("-o", "--output", "target", required=True, metavar="文件", type=click.Path(path_type=Path),
              help="写到哪个 .xlsx 文件；写文件夹时，范围内每个要报的县各写一本。已有同名文件时替换。")  # fmt: skip
@shared_options
@click.pass_obj
def workbook(options: Options, month: str, within: str | None, target: Path) -> None:
    """Write a county's workbook to a file, or those of an area's counties into a folder."""
    one = target.suffix.lower() == _SUFFIX
    if target.suffix and not one and not target.is_dir():
        raise UnusableError(f"“{target}”应以 .xlsx 结尾，例如 月报.xlsx；或者写一个文件夹。")
    if one and target.is_dir():
        raise UnusableError(f"“{target}”是一个文件夹，请写文件名，例如 {target / '月报.xlsx'}。")
    above = target.parent if one or not target.is_dir() else target
    if not above.is_dir():
        raise UnusableError(f"没有“{above}”这个文件夹，请先建立它，或换一个位置。")
    with opened(options) as ledger:
        programme, area = asked(ledger, options, within)
        books = [month_book(ledger, programme, month, area)] if one else month_books(ledger, programme, month, area)
    files = [(book, target if one else target / book.file_name) for book in books]
    if not one:
        _make_folder(target)
    # A workbook's writer takes a while to load.
    from tracker.exchange.month_workbook.workbook_file import write_month_book

    for book, file in files:
        write_whole(file, partial(write_month_book, book=book))
    told: list[dict[str, Any]] = [
        {"code": book.county.code, "name": book.full_name, "file": str(file), "projects": len(book.rows)}
        for book, file in files
    ]
    if one:
        sentence = f"已把{books[0].full_name}{chinese_month(month)}的 {len(books[0].rows)} 个项目写到“{target}”。"
        answer(options, {"file": str(target), "projects": len(books[0].rows)}, sentence)
    lines = [f"已把{area.name}{chinese_month(month)}的 {len(files)} 本月报工作簿写到“{target}”："]
    lines += [f"{each['name']}　{each['projects']} 个项目　{Path(each['file']).name}" for each in told]
    answer(options, {"folder": str(target), "files": told}, "\n".join(lines))


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise UnusableError(f"“{folder}”没有建成（{reason_of(error)}），请核对上一级文件夹的权限。") from error
