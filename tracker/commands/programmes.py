"""`programme` and `unit`: the programmes of a ledger, their settings and their ranking units."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from tracker.commands.line import ChineseGroup, Options, answer, shared_options
from tracker.commands.requests import UnusableError, opened, person
from tracker.exchange.programme_file import read_programme, record_programme, record_unit
from tracker.ledger.programmes import find_programme, months_of, programmes
from tracker.ledger.writing import writing
from tracker.model.places import Unit
from tracker.model.programme import Denominator, Programme, TieRule, definition_faults

_SETTINGS: dict[str, Callable[[str], Any]] = {
    "name": str,
    "expected_projects": int,
    "categories_complete": lambda text: {"true": True, "false": False}[text],
    "decimals": int,
    "tie_rule": TieRule,
    "start_denominator": Denominator,
    "completion_denominator": Denominator,
    "reporting_day": int,
    "review_levels": int,
    "separate_groups": lambda text: {"true": True, "false": False}[text],
}


@click.group(cls=ChineseGroup, help="专项的查看、登记、设置。")
def programme() -> None:
    """Group what concerns programmes."""


@programme.command("list", help="列出台账里的专项。")
@shared_options
@click.pass_obj
def list_programmes(options: Options) -> None:
    """List the programmes."""
    with opened(options) as ledger:
        found = [(entry, months_of(ledger, entry.key)) for entry in programmes(ledger)]
    mapping = {"programmes": [{**_mapping(entry), "months": months} for entry, months in found]}
    lines = [
        f"{entry.name}（{entry.key}）：范围 {entry.area}，小数 {entry.decimals} 位，"
        + (f"月份 {months[0]} 至 {months[-1]}" if months else "还没有月报")
        for entry, months in found
    ]
    answer(options, mapping, "\n".join(lines) or "台账里还没有专项。")


def _mapping(entry: Programme) -> dict[str, Any]:
    return {
        "key": entry.key,
        "name": entry.name,
        "area": entry.area,
        "expected_projects": entry.expected_projects,
        "categories": list(entry.categories),
        "categories_complete": entry.categories_complete,
        "levels": [{"name": level.name, "synonyms": list(level.synonyms)} for level in entry.levels],
        "batches": list(entry.batches),
        "decimals": entry.decimals,
        "tie_rule": entry.tie_rule.value,
        "start_denominator": entry.start_denominator.value,
        "completion_denominator": entry.completion_denominator.value,
        "reporting_day": entry.reporting_day,
        "review_levels": entry.review_levels,
        "separate_groups": entry.separate_groups,
        "demonstration": entry.demonstration,
    }


@programme.command(help="按定义文件（TOML）登记一个专项。")
@click.argument("file", metavar="文件", type=click.Path(path_type=Path))
@click.option("--reason", metavar="理由", help="为什么，记入档案。")
@shared_options
@click.pass_obj
def add(options: Options, file: Path, reason: str | None) -> None:
    """Register a programme from its definition file."""
    definition, units = read_programme(file)
    with opened(options) as ledger, writing(ledger, f"programme:{uuid.uuid4()}", person(options)) as writes:
        record_programme(writes, definition, units, reason)
    answer(options, _mapping(definition), f"已登记专项“{definition.name}”（{definition.key}）。")


@programme.command("set", help=f"改专项的设置，例如 decimals=0；可改：{'、'.join(_SETTINGS)}。")
@click.argument("settings", metavar="设置=值", nargs=-1, required=True)
@click.option("--reason", required=True, metavar="理由", help="为什么，记入档案。")
@shared_options
@click.pass_obj
def set_programme(options: Options, settings: tuple[str, ...], reason: str) -> None:
    """Change a programme's settings; what follows from them is computed anew."""
    if not reason.strip():
        raise UnusableError("请用 --reason 写明理由。")
    with opened(options) as ledger:
        entry = find_programme(ledger, options.programme)
        changed = replace(entry, **dict(_setting(setting) for setting in settings))
        faults = definition_faults(changed)
        if faults:
            raise UnusableError("".join(faults))
        if changed != entry:
            with writing(ledger, f"programme:{uuid.uuid4()}", person(options)) as writes:
                writes.define_programme(changed, reason.strip())
    answer(
        options,
        _mapping(changed),
        f"专项“{changed.name}”的设置已更新。" if changed != entry else "设置本来就是这样，没有改动。",
    )


def _setting(text: str) -> tuple[str, Any]:
    name, _, value = text.partition("=")
    convert = _SETTINGS.get(name.strip())
    if convert is None:
        raise UnusableError(f"“{text}”应写成 设置=值，可改的设置有：{'、'.join(_SETTINGS)}。")
    try:
        return name.strip(), convert(value.strip())
    except (ValueError, KeyError) as error:
        raise UnusableError(
            f"设置 {name.strip()} 不能是“{value}”，例如 decimals=0、tie_rule=dense、separate_groups=false。"
        ) from error


@click.group(cls=ChineseGroup, help="登记开发区等不是行政区划的排名单元。")
def unit() -> None:
    """Group what concerns ranking units."""


@unit.command("add", help="在一个市下登记排名单元，例如 unit add 140771 晋中开发区 --city 1407。")
@click.argument("code", metavar="代码")
@click.argument("name", metavar="名称")
@click.option("--city", required=True, metavar="代码", help="所属的市。")
@click.option("--reason", metavar="理由", help="为什么，记入档案。")
@shared_options
@click.pass_obj
def add_unit(options: Options, code: str, name: str, city: str, reason: str | None) -> None:
    """Register a ranking unit under a city."""
    with opened(options) as ledger:
        entry = find_programme(ledger, options.programme)
        with writing(ledger, f"unit:{uuid.uuid4()}", person(options)) as writes:
            new = record_unit(writes, entry, Unit(code, name.strip(), city), reason)
    answer(options, {"code": new.code, "name": new.name, "city": new.city}, f"已登记单元“{new.name}”（{new.code}）。")
