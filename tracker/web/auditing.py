"""Auditing: the audit administrator reads, searches and exports the log; nobody changes it."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Iterator
from io import StringIO

from flask import Blueprint, Response, render_template, request
from flask.typing import ResponseReturnValue

from tracker.ledger.audit import EVENT_WORDS, Asked, Entry, chain_breaks, count_entries, entries, note
from tracker.model.roles import ROLE_WORDS, Role
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError

blueprint = Blueprint("auditing", __name__)

_AT_ONCE = 100
_FIRST_OF_A_FORMULA = frozenset("=+-@\t\r")


@blueprint.get("/audit")
@room(Permission.AUDIT)
def show() -> ResponseReturnValue:
    """Show the rows of the log that are asked for, the newest first."""
    ledger = page_ledger()
    asked = _asked(limit=_AT_ONCE + 1)
    found = list(entries(ledger, asked))
    more = len(found) > _AT_ONCE
    rows = found[:_AT_ONCE]
    kept = {name: value for name, value in request.args.items() if value and name != "before"}
    return render_template(
        "audit.html", room="audit", rows=rows, number=count_entries(ledger, _asked()), kept=kept, words=role_words,
        events=EVENT_WORDS, older=rows[-1].sequence if more else None, breaks=list(chain_breaks(ledger)),
    )  # fmt: skip


def role_words(entry: Entry) -> str:
    """Give the word of the role that somebody acted in, "" where there was none."""
    return ROLE_WORDS[Role(entry.role)] if entry.role else ""


def _asked(limit: int | None = None) -> Asked:
    before = request.args.get("before", "")
    if before and not (before.isascii() and before.isdigit() and len(before) < 16):
        raise NotThereError(f"“{before}”不是日志的编号，请从审计页重新找。")
    return Asked(
        search=(request.args.get("q") or "").strip()[:100] or None,
        since=_day("since"),
        until=_day("until"),
        account=(request.args.get("account") or "").strip() or None,
        event=request.args.get("event") if request.args.get("event") in EVENT_WORDS else None,
        refused=request.args.get("refused") == "yes",
        before=int(before) if before else None,
        limit=limit,
    )


def _day(name: str) -> str | None:
    written = (request.args.get(name) or "").strip()
    if not written:
        return None
    try:
        return datetime.date.fromisoformat(written).isoformat()
    except ValueError as error:
        raise NotThereError(f"日期写的是“{written}”，应为“年-月-日”，例如 2026-11-05。") from error


@blueprint.get("/audit/csv")
@room(Permission.AUDIT)
def export() -> ResponseReturnValue:
    """Give the rows that are asked for as CSV (UTF-8 with its mark, so that offices' programs read it)."""
    rows = list(entries(page_ledger(), _asked()))
    with writable_ledger() as ledger:
        note(ledger, "audit_exported", True, None, f"{len(rows)} 条")
    answer = Response(_lines(rows), mimetype="text/csv")
    answer.headers["Content-Disposition"] = "attachment; filename=audit.csv"
    return answer


def _lines(rows: list[Entry]) -> Iterator[str]:
    yield "\ufeff"
    head = ("编号", "时间", "账号", "身份", "来源地址", "事件", "对象", "结果", "说明")
    for row in (head, *(_cells(entry) for entry in rows)):
        line = StringIO()
        csv.writer(line).writerow([_harmless(cell) for cell in row])
        yield line.getvalue()


def _cells(entry: Entry) -> tuple[str, ...]:
    return (
        str(entry.sequence), entry.at, entry.account, role_words(entry), entry.address or "", entry.event_word,
        entry.object or "", "完成" if entry.allowed else "拒绝", entry.detail or "",
    )  # fmt: skip


def _harmless(cell: str) -> str:
    # A table program takes such a text for a formula; an apostrophe in front makes it a text again.
    return f"'{cell}" if cell[:1] in _FIRST_OF_A_FORMULA else cell
