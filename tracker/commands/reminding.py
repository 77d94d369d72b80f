"""`remind`: on the workdays around the reporting day, ask the counties by e-mail for what they still owe."""

from __future__ import annotations

import datetime
import os
from collections import Counter
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import click

from tracker.commands.line import DONE, REFUSED, ChineseHelp, Options, answer, shared_options
from tracker.commands.requests import Month, UnusableError, opened
from tracker.exchange.mailing import SERVER, MailError, MailServer, MailServerError, letter, mail_server, postman
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.months import deadline, local_day
from tracker.ledger.programmes import find_programme
from tracker.ledger.reference import workdays
from tracker.ledger.reminding import (
    Owing,
    area_of,
    claim_reminder,
    give_up_reminder,
    note_reminder,
    owing,
    owing_words,
    to_remind,
    unclosed_months,
    was_reminded,
)
from tracker.model.months import chinese_month
from tracker.model.programme import Programme
from tracker.model.workdays import reminder_days

ADDRESS = "TRACKER_ADDRESS"
"""The environment's variable for the address under which people open the site, for the link in a letter."""

SENT, DONE_BEFORE, FAILED = "已发", "今天已发过", "没有发出"


@dataclass(slots=True)
class Errand:
    """One letter: which county owes what, to which account, and what became of it."""

    owed: Owing
    account: str
    address: str
    outcome: str = "待发"


@click.command(cls=ChineseHelp, help="催报：报送日前后的工作日给没有报全的县发邮件，每县每天最多一次；供每日定时运行。")
@click.option("--month", "named", type=Month(), metavar="YYYY-MM", help="只催这个月；默认所有没有封账的月份。")
@click.option("--before", default=3, show_default=True, type=click.IntRange(0, 25), metavar="天数",
              help="报送日前几天催一次；0 为不催。")  # fmt: skip
@click.option("--after", default=1, show_default=True, type=click.IntRange(0, 25), metavar="天数",
              help="报送日后几天催一次；0 为不催。")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="只列出要发给谁，不发。")
@shared_options
@click.pass_obj
def remind(options: Options, named: str | None, before: int, after: int, dry_run: bool) -> None:
    """Send today's reminders, or say that today is no day for any."""
    server, link = mail_server(), _link()
    if server is None and not dry_run:
        raise UnusableError(
            f"还没有设置邮件服务器，没有发信。请设置环境变量 {SERVER}（例如 smtp://user:password@mail.example.cn:587），"
            "或用 --dry-run 只列出名单。"
        )
    with opened(options) as ledger:
        programme = find_programme(ledger, options.programme)
        today = local_day(ledger)
        months, notes = _due(ledger, programme, named, today, before, after)
        errands, unreachable = _errands(ledger, programme, months)
        if server is not None and not dry_run:
            _deliver(ledger, programme, server, errands, link)
        else:
            for errand in errands:
                if was_reminded(ledger, programme, errand.owed, errand.address):
                    errand.outcome = DONE_BEFORE
    failed = sum(errand.outcome.startswith(FAILED) for errand in errands)
    mapping = {
        "day": today.isoformat(),
        "months": months,
        "letters": [_mapping(errand) for errand in errands],
        "unreachable": [_county(owed) for owed in unreachable],
        "sent": sum(errand.outcome == SENT for errand in errands),
        "failed": failed,
        "notes": notes,
    }
    answer(options, mapping, "\n".join(_lines(errands, unreachable, notes)), REFUSED if failed else DONE)


def _link() -> str | None:
    """Give the address under which people open the site, None where the environment does not say."""
    written = os.environ.get(ADDRESS, "").strip().rstrip("/")
    if not written:
        return None
    parts = urlsplit(written)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UnusableError(f"环境变量 {ADDRESS} 应是打开本站的地址，例如 http://10.0.0.8:5000。")
    return written


def _due(
    ledger: Ledger, programme: Programme, named: str | None, today: datetime.date, before: int, after: int
) -> tuple[list[str], list[str]]:
    """Give the months that are asked for today, and what is to be said of days and months."""
    unclosed = unclosed_months(ledger, programme)
    if named is not None and named not in unclosed:
        raise RefusedError(f"{chinese_month(named)}没有开放或已经封账，没有可催的。")
    known, months, notes = workdays(), [], []
    for month in [named] if named else unclosed:
        days = reminder_days(deadline(programme, month), before, after, known)
        if today in days:
            months.append(month)
        elif named or not days.keys().isdisjoint(_coming(today)):
            listed = "、".join(day.isoformat() for day in days)
            notes.append(f"{chinese_month(month)}：今天（{today.isoformat()}）不催；催报日是 {listed}。")
    if not months and not notes:
        notes.append(f"今天（{today.isoformat()}）没有要催的月份。")
    if not known.knows(today):
        notes.append(f"{today.year} 年的放假安排没有收录，暂按周一至周五；请更新 data/reference/holidays.csv。")
    return months, notes


def _coming(today: datetime.date) -> list[datetime.date]:
    return [today + datetime.timedelta(days=shift) for shift in range(1, 32)]


def _errands(ledger: Ledger, programme: Programme, months: list[str]) -> tuple[list[Errand], list[Owing]]:
    """Give the letters of the day, and the counties that nobody can be written to for."""
    errands, unreachable = [], []
    for month in months:
        for owed in owing(ledger, programme, month, area_of(ledger, programme)):
            found = to_remind(ledger, owed.county)
            errands += [Errand(owed, account.name, account.email or "") for account in found]
            if not found:
                unreachable.append(owed)
    return errands, unreachable


def _deliver(ledger: Ledger, programme: Programme, server: MailServer, errands: list[Errand], link: str | None) -> None:
    """Send the letters, each noted before it goes; what fails for one does not stop the others."""
    broken: MailServerError | None = None
    with postman(server) as carrier:
        for errand in errands:
            if broken is None and not claim_reminder(ledger, programme, errand.owed, errand.address):
                errand.outcome = DONE_BEFORE
                continue
            try:
                if broken is not None:
                    raise broken
                carrier.send(_letter(server, programme, errand, link))
                errand.outcome = SENT
                note_reminder(ledger, errand.owed, errand.account, None)
            except MailError as error:
                if broken is None:
                    give_up_reminder(ledger, programme, errand.owed, errand.address)
                broken = error if isinstance(error, MailServerError) else None
                errand.outcome = f"{FAILED}：{error}"
                note_reminder(ledger, errand.owed, errand.account, str(error))


def _letter(server: MailServer, programme: Programme, errand: Errand, link: str | None) -> EmailMessage:
    owed = errand.owed
    due = deadline(programme, owed.month)
    what = owing_words(owed)
    where = f"\n打开月报：{link}/return/{owed.month}/{owed.county.code}?programme={programme.key}" if link else ""
    text = (
        f"{owed.county.name}：\n\n"
        f"“{programme.name}”{chinese_month(owed.month)}月报{what}，"
        f"请于 {due.year}年{due.month}月{due.day}日前报送。{where}\n\n"
        "这封信由一泓台账自动发出，不必回复；收信前已经报送的，请不必理会。\n"
    )
    subject = f"【催报】{owed.county.name}{chinese_month(owed.month)}月报{what}（{due.month}月{due.day}日前）"
    return letter(server, errand.address, subject, text)


def _county(owed: Owing) -> dict[str, Any]:
    return {
        "month": owed.month, "county": owed.county.code, "county_name": owed.county.name,
        "unreported": owed.unreported, "sent_back": owed.sent_back,
    }  # fmt: skip


def _mapping(errand: Errand) -> dict[str, Any]:
    return {**_county(errand.owed), "account": errand.account, "outcome": errand.outcome}


def _lines(errands: list[Errand], unreachable: list[Owing], notes: list[str]) -> list[str]:
    lines = [
        f"{chinese_month(each.owed.month)} {each.owed.county.name}（{owing_words(each.owed)}）："
        f"{each.account}，{each.outcome}"
        for each in errands
    ]
    lines += [
        f"{chinese_month(owed.month)} {owed.county.name}（{owing_words(owed)}）：没有填邮箱的填报账号，请电话催报"
        for owed in unreachable
    ]
    if errands:
        counts = Counter(each.outcome.partition("：")[0] for each in errands)
        lines.append("，".join(f"{outcome} {number} 封" for outcome, number in counts.items()) + "。")
    return lines + notes
