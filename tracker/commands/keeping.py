"""`backup`, `restore` and `check`: keeping the ledger safe."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.line import DONE, REFUSED, ChineseHelp, Options, answer, shared_options
from tracker.commands.requests import caller, opened


@click.command(cls=ChineseHelp, help="备份台账到一个文件；可在使用中进行。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@shared_options
@click.pass_obj
def backup(options: Options, file: Path) -> None:
    """Copy the ledger, while it is in use, into one file."""
    from tracker.ledger.copying import backup as write_backup

    with opened(options) as ledger:
        write_backup(ledger, file)
    answer(options, {"file": str(file), "bytes": file.stat().st_size}, f"已备份到“{file}”。")


@click.command(cls=ChineseHelp, help="把备份文件（或档案文件夹）恢复到空的位置。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@shared_options
@click.pass_obj
def restore(options: Options, file: Path) -> None:
    """Make a ledger from a backup, or from dossiers, in an empty place."""
    from tracker.ledger.audit import note
    from tracker.ledger.copying import restore as read_backup
    from tracker.ledger.handle import shanghai_now
    from tracker.ledger.records import head_of

    ledger = read_backup(file, options.data, shanghai_now)
    try:
        records = head_of(ledger)[0]
        ledger.actor = caller(options)
        note(ledger, "restored", True, str(file), f"共 {records} 条记录")
    finally:
        ledger.close()
    told = f"已恢复到“{options.data}”，共 {records} 条记录。"
    if file.is_dir():
        told += "档案里没有账号、审计日志、附件和导入的原文件，请重新建立账号：app.py account add。"
    else:
        told += "恢复之前的登录都已失效，请重新登录。"
    answer(options, {"data": str(options.data), "records": records}, told)


@click.command(cls=ChineseHelp, help="核对台账：记录、链、推算的状态和档案文件；每个问题一行。")
@click.option("--heal", is_flag=True, help="修复能由记录推算出来的部分：状态、档案文件。")
@shared_options
@click.pass_obj
def check(options: Options, heal: bool) -> None:
    """Look for defects, one a line; exit 1 where there are any."""
    from tracker.ledger.checking import check as find_defects
    from tracker.ledger.checking import heal as mend

    with opened(options) as ledger:
        mended = mend(ledger) if heal else []
        defects = find_defects(ledger)
    mapping = {
        "healed": mended,
        "defects": [{"place": defect.place, "sentence": defect.sentence} for defect in defects],
    }
    lines = [*mended, *(f"{defect.place}：{defect.sentence}" for defect in defects)]
    answer(options, mapping, "\n".join(lines) or "台账完好。", REFUSED if defects else DONE)
