"""`project`: what happens to a project beside its monthly returns, each with a reason."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any, TypeVar

import click

from tracker.commands.line import ChineseGroup, Options, answer, shared_options
from tracker.commands.requests import UnusableError, month_option, opened, person
from tracker.exchange.reading.field_reading import read_field
from tracker.ledger import projects
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.programmes import find_place, find_programme, places_of
from tracker.ledger.writing import Writing, writing
from tracker.model.faults import Severity
from tracker.model.fields import FIELD, FIELDS
from tracker.model.programme import Programme
from tracker.model.values import Said

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


@click.group(cls=ChineseGroup, help="项目的更名、划转、终止、拆分、更正；每一项都要写明从哪个月起和理由。")
def project() -> None:
    """Group the actions."""


def _action_options(function: Decorated) -> Decorated:
    click.option("--reason", required=True, metavar="理由", help="为什么，记入档案。")(function)
    month_option(function)
    return shared_options(function)


def _carry_out(
    options: Options, code: str, act: Callable[[Writing, Programme, Ledger], list[str] | None], done: str
) -> None:
    with opened(options) as ledger:
        key = projects.project_programme(ledger, code)
        programme = find_programme(ledger, options.programme or key)
        with writing(ledger, f"project:{uuid.uuid4()}", person(options)) as writes:
            codes = act(writes, programme, ledger)
    mapping: dict[str, Any] = {"code": code, **({"parts": codes} if codes else {})}
    answer(options, mapping, done + (f"新编码：{'、'.join(codes)}。" if codes else ""))


@project.command(help="更名：编码不变，从所写的月份起用新名称。")
@click.argument("code", metavar="编码")
@click.argument("name", metavar="新名称")
@_action_options
@click.pass_obj
def rename(options: Options, code: str, name: str, month: str, reason: str) -> None:
    """Rename a project."""
    _carry_out(
        options, code, lambda writes, programme, _: projects.rename(writes, programme, code, name, month, reason),
        f"项目 {code} 从 {month} 起更名为“{name.strip()}”。",
    )  # fmt: skip


@project.command(help="划转：从所写的月份起归另一个县（市、区）。")
@click.argument("code", metavar="编码")
@click.option("--county", required=True, metavar="代码", help="新的县（市、区）或单元的代码。")
@_action_options
@click.pass_obj
def move(options: Options, code: str, county: str, month: str, reason: str) -> None:
    """Move a project to another county."""

    def act(writes: Writing, programme: Programme, ledger: Ledger) -> None:
        places = places_of(ledger, programme)
        place = find_place(places, programme, county)
        if not places.is_unit(place):
            raise UnusableError(f"{place.name}（{place.code}）不是县（市、区），请写到县，例如 140702。")
        projects.move(writes, programme, code, place, month, reason)

    _carry_out(options, code, act, f"项目 {code} 从 {month} 起划转到 {county}。")


@project.command(help="终止：从所写的月份起不再列入清单。")
@click.argument("code", metavar="编码")
@_action_options
@click.pass_obj
def terminate(options: Options, code: str, month: str, reason: str) -> None:
    """Take a project off the list."""
    _carry_out(
        options, code, lambda writes, programme, _: projects.terminate(writes, programme, code, month, reason),
        f"项目 {code} 从 {month} 起终止，不再列入清单。",
    )  # fmt: skip


@project.command(help="拆分：原项目从所写的月份起离开清单，拆出的各项目另行登记。")
@click.argument("code", metavar="编码")
@click.option("--into", "names", multiple=True, required=True, metavar="名称", help="拆出的项目，写两次以上。")
@_action_options
@click.pass_obj
def split(options: Options, code: str, names: tuple[str, ...], month: str, reason: str) -> None:
    """Split a project into parts."""
    _carry_out(
        options, code, lambda writes, programme, _: projects.split(writes, programme, code, names, month, reason),
        f"项目 {code} 从 {month} 起拆分为 {len(names)} 个项目。",
    )  # fmt: skip


@project.command(help="更正：从所写的月份起改正填错的内容，原来的记录保留。字段用英文名或表头都可以。")
@click.argument("code", metavar="编码")
@click.option("--set", "settings", multiple=True, required=True, metavar="字段=值",
              help="例如 --set 总投资=3000；值写“清空”即去掉。")  # fmt: skip
@click.option("--accept-warnings", is_flag=True, help="有疑问的值属实，照样登记。")
@_action_options
@click.pass_obj
def correct(
    options: Options, code: str, settings: tuple[str, ...], accept_warnings: bool, month: str, reason: str
) -> None:
    """Correct what was recorded."""

    def act(writes: Writing, programme: Programme, ledger: Ledger) -> None:
        values: dict[str, Any] = {}
        cleared: set[str] = set()
        for setting in settings:
            name, value = _setting(setting)
            reading = read_field(name, value, programme, places_of(ledger, programme))
            if reading.flaw and (reading.flaw.severity is not Severity.ASK or not accept_warnings):
                hint = "；属实请加 --accept-warnings" if reading.flaw.severity is Severity.ASK else ""
                raise RefusedError(f"“{FIELD[name].heading}”：{reading.flaw.message.removesuffix('。')}{hint}。")
            if reading.said is Said.VALUE:
                values[name] = reading.value
            elif reading.said is Said.CLEARED:
                cleared.add(name)
            else:
                raise UnusableError(f"“{FIELD[name].heading}”没有写值；要去掉原来的内容，请写“清空”。")
        projects.correct(writes, programme, code, month, values, cleared, reason)

    _carry_out(options, code, act, f"项目 {code} 的 {month} 已更正。")


def _setting(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    heading = name.strip()
    for field in FIELDS:
        if equals and heading in (field.name, field.heading, field.title):
            return field.name, value
    raise UnusableError(
        f"“{text}”应写成 字段=值，例如 总投资=3000；字段有：{'、'.join(f.heading for f in FIELDS[1:])}。"
    )
