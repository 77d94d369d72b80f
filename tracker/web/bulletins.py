"""Bulletin room (通报): a month's bulletin of an area, as a draft or as issued, and where the month's end stands."""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from flask import Blueprint, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.exchange.bulletins.checking import faults_of_issue
from tracker.exchange.bulletins.composing import Composed, composed, wording_place
from tracker.exchange.tables.asking import Asked
from tracker.ledger.bulletins import Issued, Wording, bulletins_of, said_of, wordings_of
from tracker.ledger.corrected import corrected_since
from tracker.ledger.handle import Ledger, LedgerError
from tracker.ledger.programmes import find_place
from tracker.model.faults import Fault
from tracker.model.months import chinese_month
from tracker.model.places import Place
from tracker.web.bulletin_text import ShownText, corrected_of, shown_draft, shown_issued
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import Where, where_of
from tracker.web.wording import chinese_day

blueprint = Blueprint("bulletins", __name__)

_MOST_EARLIER = 12
"""How many other months' bulletins are listed."""

_COUNTED = ("项目数", "已开工", "已完工", "完工率")
_CORRECTED = "更正项目数"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the month's end: its word, how it stands, `state` done, now or later, and where it is done."""

    word: str
    said: str
    state: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done next: its words and address; one of a page is primary."""

    words: str
    address: str
    primary: bool = False


@dataclass(frozen=True, slots=True)
class IssuedRow:
    """An issued bulletin as it is listed, with the addresses of its file, its check and its correction."""

    issued: Issued
    file: str
    check: str
    correct: str = ""
    drafted: bool = False
    """Whether words of a correction that is not issued were saved."""


@dataclass(frozen=True)
class Standing:
    """How a bulletin stands: what was issued, whose correction it is, whose words were saved, what its month is."""

    where: Where
    asked: Asked
    issued: list[Issued]
    corrects: Issued | None
    words: Mapping[str, Wording]

    @property
    def own(self) -> Issued | None:
        """Give the issued bulletin that the page is about; None for a draft."""
        return self.issued[0] if self.issued and self.corrects is None else None

    @property
    def closed(self) -> bool:
        """Say whether the month is closed."""
        return self.asked.month_opened is not None and self.asked.month_opened.closing is not None

    @property
    def kept(self) -> dict[str, str | None]:
        """Give what goes along in addresses about the same bulletin."""
        return {"corrects": self.corrects.number if self.corrects else None}

    @property
    def writes(self) -> bool:
        """Say whether the caller words and issues bulletins."""
        return identity().may(Permission.BULLETINS)


@blueprint.get("/bulletin/<month>/<area>")
@room(Permission.READ)
def show(month: str, area: str) -> ResponseReturnValue:
    """Show an area's bulletin of a month: what was issued, else the draft; `?corrects=` shows a correction's draft."""
    ledger = page_ledger()
    where = where_of(ledger, month, area)
    corrects = corrected_of(ledger, where, request.args.get("corrects"))
    if not where.standing_month:
        return render_template("overview_empty.html", where=where, room="bulletin")
    asked = Asked(ledger, where.programme, where.month, where.area)
    at = Standing(
        where, asked, bulletins_of(ledger, where.programme.key, where.month, where.area.code), corrects,
        wordings_of(ledger, wording_place(asked, corrects)),
    )  # fmt: skip
    shared = {
        "where": where,
        "room": "bulletin",
        "at": at,
        "rows": [_row(at, each) for each in at.issued],
        "just": next((each for each in at.issued if str(each.sequence) == request.args.get("issued")), None),
        "above": _issued_above(ledger, where),
        "earlier": _other_months(ledger, where),
    }
    if not asked.tally["projects"] and not at.issued:
        return render_template("bulletins_empty.html", **shared)
    return render_template("bulletins.html", **shared, **(_as_issued(at, at.own) if at.own else _as_draft(at)))


def _as_draft(at: Standing) -> dict[str, Any]:
    draft = composed(at.asked, corrects=at.corrects, annexed=False)
    faults = faults_of_issue(draft) if at.writes and at.closed else []
    what = f"{at.where.full_name}{at.where.month_words}{'更正' if at.corrects else ''}通报："
    state = "未印发" if at.closed else "本月尚未封账" if at.asked.month_opened else "本月没有开放填报"
    return {
        "clauses": [what, "草稿，", state],
        "counted": {mark: draft.bulletin.figures[mark] for mark in _COUNTED},
        "text": shown_draft(at.where, at.asked, draft.bulletin),
        "steps": _steps(at, draft),
        "acts": _acts(at, faults),
        "faults": faults,
        "damage": "",
        "papers": _papers(at),
        "corrected": 0,
    }


def _as_issued(at: Standing, own: Issued) -> dict[str, Any]:
    said, damage = _said(at, own)
    return {
        "clauses": [f"{at.where.full_name}{at.where.month_words}通报：", "已印发，", own.number],
        "counted": {mark: said["figures"][mark] for mark in _COUNTED} if said else {},
        "text": _issued_text(at, said) if said else None,
        "steps": _steps(at, None),
        "acts": _acts(at, []),
        "faults": [],
        "damage": damage,
        "papers": _papers(at),
        "corrected": _untold(at) if at.writes else 0,
    }


def _untold(at: Standing) -> int:
    """Give how many projects were corrected since the closing that the last of what was issued does not tell of."""
    last = at.issued[-1]
    said, damage = _said(at, last)
    if damage:
        return 0
    corrected = corrected_since(at.asked.ledger, at.asked.programme, last.month, at.where.area)
    return max(len(corrected) - int(said["figures"][_CORRECTED]), 0)


def _issued_text(at: Standing, said: Mapping[str, Any]) -> ShownText:
    shown = shown_issued(at.where, at.asked, said)
    return shown._replace(signed_on=chinese_day(datetime.date.fromisoformat(shown.signed_on)))


def _said(at: Standing, own: Issued) -> tuple[dict[str, Any], str]:
    """Give what an issued bulletin says, or nothing and the sentence that says why."""
    try:
        found: dict[str, Any] = json.loads(said_of(at.asked.ledger, own))
    except LedgerError as error:
        return {}, str(error)
    return found, ""


def _steps(at: Standing, draft: Composed | None) -> list[Step]:
    """Give the month's end step by step: closed, worded, issued."""
    opened = at.asked.month_opened
    closing = opened.closing if opened else None
    if closing:
        first = Step("封账", f"{closing.at[:10]} {closing.by}", "done")
    else:
        said = "还没有封账" if opened else "本月没有开放填报"
        first = Step("封账", said, "now", _closing_address(at))
    if draft is None:
        return [first, Step("文字", "已定稿", "done"), Step("印发", f"{at.issued[0].signed_on}", "done")]
    changed = sum(draft.texts[part] != own for part, own in draft.defaults.items())
    last = max(at.words.values(), key=lambda each: each.saved_at, default=None)
    words = f"改了 {changed} 处" if changed else "与程序写的相同"
    if last:
        words += f"，{last.saved_at[:16].replace('T', ' ')} {last.saved_by}"
    ready = at.closed and last is not None
    second = Step("文字", words, "done" if ready else "now" if at.closed else "later", _words_address(at))
    return [first, second, Step("印发", "还没有印发", "now" if ready else "later")]


def _closing_address(at: Standing) -> str:
    """Give where the caller closes the month, or sees how far it is; "" where neither is theirs."""
    where = at.where
    if not identity().may(Permission.MONTHS):
        return ""
    return where.to("months.closing" if where.scope is None else "months.show", where.top)


def _words_address(at: Standing) -> str:
    return at.where.to("bulletin_words.edit", **at.kept) if at.writes else ""


def _acts(at: Standing, faults: list[Fault]) -> list[Act]:
    """Give what the caller can do next, the primary one last.

    A closed month's words are looked at once before they are issued; what cannot be issued is mended first.
    """
    if at.own:
        acts = [Act("更正", at.where.to("bulletin_words.edit", corrects=at.own.number))] if at.writes else []
        file = url_for("bulletin_files.show", sequence=at.own.sequence)
        return [*acts, Act("打开 PDF", file, primary=True)]
    if not at.writes:
        return [Act("草稿 PDF", _draft_paper(at), primary=True)]
    may_issue = at.closed and not faults
    checked = may_issue and bool(at.words)
    words = Act("改文字" if checked or not at.closed else "核对文字", _words_address(at), primary=not checked)
    if not may_issue:
        return [words]
    issue = Act("印发", at.where.to("bulletin_issuing.issue", **at.kept), primary=checked)
    return [words, issue] if checked else [issue, words]


def _papers(at: Standing) -> list[tuple[str, str]]:
    """Give what can be had of the month beside: drafts on paper, the leader's page, the list, the tables."""
    drafts = [("草稿 PDF", _draft_paper(at))] if at.own is None and at.writes else []
    return [
        *drafts,
        ("领导一页 PDF", at.where.to("printed.show", kind="leader")),
        ("项目清单 PDF", at.where.to("printed.show", kind="list")),
        ("报表", at.where.to("tables.show")),
    ]


def _draft_paper(at: Standing) -> str:
    return at.where.to("printed.show", kind="bulletin", **at.kept)


def _row(at: Standing, each: Issued) -> IssuedRow:
    row = _listed(each)
    if not at.writes:
        return row
    drafted = not each.corrected_by and wordings_of(at.asked.ledger, wording_place(at.asked, each))
    correct = at.where.to("bulletin_words.edit", corrects=each.number)
    return replace(row, correct=correct, drafted=bool(drafted))


def _listed(each: Issued) -> IssuedRow:
    file = url_for("bulletin_files.show", sequence=each.sequence)
    return IssuedRow(each, file, url_for("checking.show", number=each.number))


def _issued_above(ledger: Ledger, where: Where) -> list[tuple[str, list[IssuedRow]]]:
    """Give what the areas above issued for the month, from the programme's own down, by the area's name.

    A bulletin goes to everybody below, so that their scope does not matter here.
    """
    top = find_place(where.places, where.programme, None)
    way: list[Place] = []
    at = where.area
    while at.code != top.code:
        at = where.places.parent(at)
        way.insert(0, at)
    return [
        (place.name, [_listed(each) for each in bulletins_of(ledger, where.programme.key, where.month, place.code)])
        for place in way
    ]


def _other_months(ledger: Ledger, where: Where) -> list[tuple[str, str, list[Issued]]]:
    """Give the area's bulletins of other months as (month in words, address, those issued), the newest first."""
    issued = bulletins_of(ledger, where.programme.key, None, where.area.code)
    others = sorted((each for each in issued if each.month != where.month), key=lambda each: each.month, reverse=True)
    found = [
        (chinese_month(month), where.to("bulletins.show", month=month), list(own))
        for month, own in groupby(others, key=lambda each: each.month)
    ]
    return found[:_MOST_EARLIER]
