"""`audit`: the log of who did what, and what was refused."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from typing import Any

import click

from tracker.commands.line import ChineseHelp, Options, answer, shared_options
from tracker.commands.requests import opened
from tracker.ledger.audit import Asked, Entry, entries
from tracker.model.roles import ROLE_WORDS, Role


class Day(click.ParamType[str]):
    """A day `YYYY-MM-DD`."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Give the day, or fail with what is expected."""
        text = str(value)
        try:
            day = datetime.date.fromisoformat(text)
        except ValueError:
            day = None
        # The standard library also takes forms (20240801, 2024-W31-4) that would not be compared rightly.
        if day is None or day.isoformat() != text or not 1900 <= day.year <= 9000:
            self.fail(f"“{text}”应写成 YYYY-MM-DD，例如 2024-08-01", param, ctx)
        return text


@click.command(cls=ChineseHelp, help="审计日志：谁在什么时候做了什么、什么被拒绝；最新的在最后。")
@click.option("--since", type=Day(), metavar="YYYY-MM-DD", help="从这一天起。")
@click.option("--until", type=Day(), metavar="YYYY-MM-DD", help="到这一天为止（含当天）。")
@click.option("--account", metavar="账号", help="只看一个账号或操作人。")
@click.option("--refused", is_flag=True, help="只看被拒绝的。")
@click.option("--search", metavar="文字", help="只看含有这些文字的。")
@shared_options
@click.pass_obj
def audit(
    options: Options, since: str | None, until: str | None, account: str | None, refused: bool, search: str | None
) -> None:
    """Print the rows of the audit log, the newest last."""
    asked = Asked(search=search, since=since, until=until, account=account, refused=refused)
    with opened(options) as ledger:
        found = list(entries(ledger, asked))[::-1]
    mapping = {"entries": [{**asdict(entry), "event_name": entry.event_word} for entry in found]}
    answer(options, mapping, "\n".join(map(_line, found)) or "没有这样的审计记录。")


def _line(entry: Entry) -> str:
    at = datetime.datetime.fromisoformat(entry.at)
    role = ROLE_WORDS[Role(entry.role)] if entry.role else None
    where = "，".join(word for word in (role, entry.address) if word)
    about = f" {entry.object}" if entry.object else ""
    detail = f"：{entry.detail}" if entry.detail else ""
    who = f"{entry.account}（{where}）" if where else entry.account
    refused = "" if entry.allowed else "【被拒绝】"
    return f"{at:%Y-%m-%d %H:%M:%S} {who} {refused}{entry.event_word}{about}{detail}"
