"""What verbs ask for alike: the ledger, the programme, the area, the month, the person."""

from __future__ import annotations

import getpass
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import click

from tracker.commands.line import Options
from tracker.ledger.audit import Actor
from tracker.ledger.handle import Ledger, LedgerError, shanghai_now
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_place, find_programme, places_of
from tracker.model.months import chinese_month, is_month
from tracker.model.places import Place
from tracker.model.programme import Programme

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


LOCAL = "本机"
"""Where the command line's user acts from, as the audit log says it."""


class UnusableError(LedgerError):
    """Arguments that cannot be used; the text is a Chinese sentence."""


class Month(click.ParamType[str]):
    """A month `YYYY-MM` that has begun."""

    name = "month"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the month, or fail with what is expected."""
        text = str(value)
        if not is_month(text):
            self.fail(f"“{text}”应写成 YYYY-MM，例如 2024-08", param, ctx)
        if text > shanghai_now().strftime("%Y-%m"):
            self.fail(f"{chinese_month(text)}还没有到，请核对月份", param, ctx)
        return text


def month_option(function: Decorated) -> Decorated:
    """Let a verb take `--month`."""
    return click.option("--month", type=Month(), required=True, metavar="YYYY-MM", help="填报月，例如 2024-08。")(
        function
    )


def within_option(function: Decorated) -> Decorated:
    """Let a verb take `--within`."""
    return click.option("--within", metavar="代码", help="地区代码，例如 14、1407、140702；默认专项的全部范围。")(
        function
    )


@contextmanager
def opened(options: Options) -> Iterator[Ledger]:
    """Open the ledger that the options name, and close it at the end."""
    ledger = open_ledger(options.data)
    ledger.actor = caller(options)
    try:
        yield ledger
    finally:
        ledger.close()


def asked(ledger: Ledger, options: Options, within: str | None) -> tuple[Programme, Place]:
    """Find the programme and the area that a request names. Raises UnknownError."""
    programme = find_programme(ledger, options.programme)
    return programme, find_place(places_of(ledger, programme), programme, within)


def caller(options: Options) -> Actor:
    """Give who calls, for the audit log; a verb that records nothing must not fail for want of a name."""
    try:
        name = person(options)
    except UnusableError:
        name = LOCAL
    return Actor(name, None, LOCAL)


def person(options: Options) -> str:
    """Give the name that stands in the records: the one given, else the system's user."""
    name = (options.by or "").strip()
    if options.by is not None and not name:
        raise UnusableError("--as 后面要写操作人的姓名。")
    try:
        return name[:60] or getpass.getuser()
    except (KeyError, OSError) as error:
        raise UnusableError("系统里查不到当前用户的名字，请用 --as 写明操作人。") from error
