"""`init`: a new ledger, the demonstration one or an empty one."""

from __future__ import annotations

from pathlib import Path

import click

from tracker.commands.line import UNUSABLE, ChineseHelp, Options, answer, fail, shared_options


@click.command(cls=ChineseHelp, help="建立新台账；已有台账时不会覆盖。")
@click.option("--demo", is_flag=True, help="示例台账：285 项工程，2023-06 至 2024-10，全部为示例数据。")
@click.option("--empty", is_flag=True, help="空台账；用 --programme 指定专项定义文件（TOML），默认为全国的空白专项。")
@shared_options
@click.pass_obj
def init(options: Options, demo: bool, empty: bool) -> None:
    """Make a new ledger where there is none."""
    from tracker.commands.requests import person
    from tracker.exchange.demonstration import make_demonstration
    from tracker.exchange.programme_file import NATIONAL, read_programme, record_programme
    from tracker.ledger.opening import creating_ledger
    from tracker.ledger.writing import writing

    if demo == empty:
        fail(options, "请写明建立哪一种台账：--demo（示例台账）或 --empty（空台账）。", UNUSABLE)
    if demo and options.programme:
        fail(options, "示例台账的专项是固定的，--programme 只和 --empty 一起用。", UNUSABLE)
    definition = None if demo else read_programme(Path(options.programme) if options.programme else NATIONAL)
    with creating_ledger(options.data) as ledger:
        if definition is None:
            programme = make_demonstration(ledger)
        else:
            programme, units = definition
            with writing(ledger, "init", person(options)) as writes:
                record_programme(writes, programme, units)
    mapping = {"data": str(options.data), "programme": programme.key, "name": programme.name}
    answer(options, mapping, f"已建立台账：{options.data}，专项“{programme.name}”。")
