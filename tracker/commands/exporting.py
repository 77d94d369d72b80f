"""`export`: what the ledger holds as a file that offices work with."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import click

from tracker.commands.line import ChineseGroup, Options, answer, shared_options
from tracker.commands.requests import UnusableError, asked, month_option, opened, within_option
from tracker.exchange.file_errors import reason_of
from tracker.exchange.list_csv import list_as_csv
from tracker.exchange.list_table import CountyList, projects_at
from tracker.ledger.programmes import places_of
from tracker.model.months import chinese_month


@click.group(cls=ChineseGroup, help="导出：把台账里的内容写成表格文件。")
def export() -> None:
    """Group what can be exported."""


@export.command("list", help="一县一清单：某月某地区的项目清单。.xlsx 可打印，可原样导入；.csv 供其他软件用。")
@month_option
@within_option
@click.option("-o", "--output", "file", required=True, metavar="文件", type=click.Path(path_type=Path),
              help="写到哪个 .xlsx（或 .csv）文件；已有同名文件时替换。")  # fmt: skip
@shared_options
@click.pass_obj
def list_projects(options: Options, month: str, within: str | None, file: Path) -> None:
    """Write the list of a month and an area to a file."""
    if file.suffix.lower() not in (".xlsx", ".csv"):
        raise UnusableError(f"“{file}”应以 .xlsx 或 .csv 结尾，例如 清单.xlsx。")
    if not file.parent.is_dir():
        raise UnusableError(f"没有“{file.parent}”这个文件夹，请先建立它，或换一个位置。")
    if file.is_dir():
        raise UnusableError(f"“{file}”是一个文件夹，请写文件名，例如 {file / '清单.xlsx'}。")
    with opened(options) as ledger:
        programme, area = asked(ledger, options, within)
        projects = projects_at(ledger, programme, month, area)
        shown = CountyList(programme, month, area, places_of(ledger, programme), projects)
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.writing")
    try:
        # Whoever has the old file open, or loses power now, keeps a whole file.
        _write(unfinished, file.suffix.lower(), shown)
        unfinished.replace(file)
    except OSError as error:
        raise UnusableError(f"“{file}”没有写成（{reason_of(error)}），请核对文件夹的权限和磁盘空间。") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    sentence = f"已把{area.name}{chinese_month(month)}的 {len(projects)} 个项目写到“{file}”。"
    answer(options, {"file": str(file), "projects": len(projects)}, sentence)


def _write(path: Path, kind: str, shown: CountyList) -> None:
    if kind == ".csv":
        path.write_bytes(list_as_csv(shown))
        return
    # A workbook's writer takes a while to load.
    from tracker.exchange.list_workbook import write_list

    write_list(path, shown)
