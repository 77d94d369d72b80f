"""Issuing a bulletin: its number and date are given, it is printed by a process of its own, and issued for good.

What was seen is what is issued: whatever moved on meanwhile is refused with a sentence, and all that was typed stays.
"""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, DateField, HiddenField, StringField

from tracker.exchange.bulletins.checking import faults_of_issue
from tracker.exchange.bulletins.composing import (
    HEAD_PARTS,
    SECTION_PART,
    Composed,
    composed,
    said_of_bulletin,
    sealed,
    wording_place,
)
from tracker.exchange.bulletins.words import default_word
from tracker.exchange.tables.asking import Asked
from tracker.ledger.bulletins import (
    Issued,
    bulletin_numbered,
    bulletins_of,
    next_number,
    own_bulletin,
    read_number,
    wordings_of,
)
from tracker.ledger.handle import Ledger, RefusedError, StorageError, UnknownError
from tracker.ledger.months import local_day
from tracker.model.faults import Fault
from tracker.web.bulletin_text import corrected_of
from tracker.web.checking import address_fault, check_address, opens_only_here
from tracker.web.forms import WritingForm, new_key, request_key
from tracker.web.identity import actor, identity
from tracker.web.page_ledger import page_ledger
from tracker.web.printed import held, progress_page, seconds_of
from tracker.web.printing_work import Printing, ask, begin, begin_anew, digest_of, printing_of
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import Where, where_of
from tracker.web.wording import chinese_day

blueprint = Blueprint("bulletin_issuing", __name__)

_LONGEST_REASON = 500
_DIED = "排版的程序中途停了（可能是重新启动、内存不够或时间太长），没有印发，台账没有改动。您填的都还在，请再印发一次。"


class IssueForm(WritingForm):
    """Number, date and reason; `seen` is the digest of what its reader saw, the ticks answer what is unusual."""

    key = HiddenField()
    seen = HiddenField()
    number = StringField("发文字号", render_kw={"maxlength": 40, "autocomplete": "off"})
    signed_on = DateField("成文日期")
    reason = StringField("更正的理由", render_kw={"maxlength": _LONGEST_REASON, "autocomplete": "off"})
    early = BooleanField("成文日期确实早于封账日期")
    other_year = BooleanField("文号的年份与成文日期不同，确实如此")


@dataclass(frozen=True)
class _Page:
    """The page of one bulletin that is to be issued."""

    ledger: Ledger
    where: Where
    asked: Asked
    corrects: Issued | None

    @cached_property
    def draft(self) -> Composed:
        """Give the draft as the ledger has it now."""
        return composed(self.asked, corrects=self.corrects)

    @cached_property
    def faults(self) -> list[Fault]:
        """Give what keeps the draft from being issued."""
        return faults_of_issue(self.draft)

    @cached_property
    def seen(self) -> str:
        """Give the digest of all that the draft says; "" where it may not be issued as it is."""
        return "" if self.faults else hashlib.sha256(said_of_bulletin(self.draft.bulletin)).hexdigest()

    @cached_property
    def issued(self) -> Issued | None:
        """Give the bulletin that is issued already, where this one is a month's own."""
        where = self.where
        return None if self.corrects else own_bulletin(self.ledger, where.programme.key, where.month, where.area.code)

    @property
    def closed_on(self) -> datetime.date | None:
        """Give the day on which the month was closed."""
        opened = self.asked.month_opened
        closing = opened.closing if opened else None
        return datetime.date.fromisoformat(closing.at[:10]) if closing else None

    def address(self, endpoint: str = "bulletin_issuing.issue", **more: str | None) -> str:
        """Give the address of a page about the same bulletin."""
        return self.where.to(endpoint, corrects=self.corrects.number if self.corrects else None, **more)

    def first_form(self) -> IssueForm:
        """Give the form with the next number and today's date."""
        today = local_day(self.ledger)
        word = default_word(self.draft.facts)
        number = next_number(self.ledger, self.where.programme.key, self.where.area.code, today.year, word)
        return self.form({"number": number, "signed_on": today})

    def form(self, typed: Mapping[str, Any]) -> IssueForm:
        """Give the form with what was typed, about what is shown now."""
        return IssueForm(formdata=None, data={**typed, "key": new_key(), "seen": self.seen})

    def shown(self, form: IssueForm, refusal: str = "") -> str:
        """Give the page; the ticks are asked only where there is something to answer."""
        bulletin = self.draft.bulletin
        return render_template(
            "bulletin_issue.html", where=self.where, room="bulletin", page=self, form=form, refusal=refusal,
            bulletin=bulletin, faults=self.faults, words=self._words(),
            figures=bulletin.figures,
            asks=[field for field in (form.early, form.other_year) if field.errors or field.data],
            draft=self.address("printed.show", kind="bulletin"),
            only_here=opens_only_here(check_address(self.seen)), address_fault=address_fault(),
        )  # fmt: skip

    def _words(self) -> list[tuple[str, str]]:
        """Give the parts whose words somebody wrote, each with who and when."""
        headings = {f"{SECTION_PART}{each.key}": each.heading for each in self.draft.bulletin.sections}
        titles = HEAD_PARTS | headings
        return [
            (titles[part], f"第 {each.version} 稿，{each.saved_at[:16].replace('T', ' ')} {each.saved_by}")
            for part, each in wordings_of(self.ledger, wording_place(self.asked, self.corrects)).items()
            if part in titles and each.text is not None
        ]


@blueprint.route("/bulletin/<month>/<area>/issue", methods=["GET", "POST"])
@room(Permission.BULLETINS)
def issue(month: str, area: str) -> ResponseReturnValue:
    """Show what will be issued and ask for its number and date (`?corrects=` for a correction); then issue it.

    `?job=` tells how far that is, and leads to the bulletin once it is issued.
    """
    ledger = page_ledger()
    where = where_of(ledger, month, area)
    corrects = corrected_of(ledger, where, request.args.get("corrects"))
    page = _Page(ledger, where, Asked(ledger, where.programme, where.month, where.area), corrects)
    if not page.asked.tally["projects"] and not page.issued:
        return redirect(where.to("bulletins.show"), 303)
    if request.method == "POST":
        return _sent(page, IssueForm())
    standing = printing_of(ledger.directory, request.args.get("job", ""))
    if standing is not None and standing.job.get("about") == _about(page):
        return _follow(page, standing)
    return page.shown(page.first_form())


def _about(page: _Page) -> dict[str, str]:
    """Give what an address asks for: work that was asked for by another address is none of its business."""
    return {
        "programme": page.where.programme.key, "month": page.where.month, "area": page.where.area.code,
        "kind": "issue", "corrects": page.corrects.number if page.corrects else "",
    }  # fmt: skip


def _sent(page: _Page, form: IssueForm) -> ResponseReturnValue:
    """Begin to issue what was seen, or show the form again with what keeps it from being issued."""
    where = page.where
    if page.issued:
        return page.shown(form, f"{where.full_name}{where.month_words}的通报已经印发，没有再印发一份。"), 409
    if page.closed_on is None:
        return page.shown(form, f"{where.month_words}还没有封账，通报只能看草稿；请先封账再印发。"), 409
    if page.faults:
        return page.shown(form, "通报有要改的地方，没有印发，见下面。您填的都还在。"), 409
    wrong, day = _wrong(page, form), form.signed_on.data
    if wrong or day is None:
        return page.shown(form, f"没有印发：{wrong}您填的都还在。"), 422
    if form.seen.data != page.seen:
        form.seen.data = page.seen
        moved = "您打开这一页以后，通报的文字或数字有了变化，没有印发。请重新看过草稿，再印发；您填的都还在。"
        return page.shown(form, moved), 409
    return _begun(page, form, day)


def _wrong(page: _Page, form: IssueForm) -> str:
    """Look at what was typed; the sentence of what is wrong, which stands at its field too, or ""."""
    wrong: list[str] = []

    def at(field: Any, sentence: str) -> None:
        field.errors = [*field.errors, sentence]
        wrong.append(sentence)

    number, day, today = None, form.signed_on.data, local_day(page.ledger)
    try:
        number = read_number(form.number.data or "")
        form.number.data = str(number)
        taken = bulletin_numbered(page.ledger, str(number))
        at(form.number, f"发文字号“{number}”已经用过（{taken.title}），请换一个号。")
    except RefusedError as error:
        at(form.number, str(error))
    except UnknownError:
        pass  # nobody bears it
    if day is None:
        at(form.signed_on, "请写明成文日期，例如 2024-09-12。")
    elif day > today:
        at(form.signed_on, f"成文日期 {day} 还没有到，今天是 {today}；请写今天或以前的日期。")
    elif page.corrects and day.isoformat() < page.corrects.signed_on:
        at(form.signed_on, f"更正通报不能早于原通报（{page.corrects.signed_on}），请改正日期。")
    elif page.closed_on and day < page.closed_on and not form.early.data:
        at(form.early, f"成文日期 {day} 早于封账日期 {page.closed_on}，请改日期，或确认。")
    if number and day and number.year != day.year and not form.other_year.data:
        at(form.other_year, f"文号写的是〔{number.year}〕，成文日期在 {day.year} 年，请改正，或确认。")
    reason = (form.reason.data or "").strip()
    if page.corrects and not reason:
        at(form.reason, "请写明更正的理由，例如：附件2中一个县的投资数填报有误。")
    if len(reason) > _LONGEST_REASON:
        at(form.reason, f"理由有 {len(reason)} 个字，最多 {_LONGEST_REASON} 个字，请写要点。")
    return "".join(wrong)


def _begun(page: _Page, form: IssueForm, day: datetime.date) -> ResponseReturnValue:
    """Ask for the printing of the sealed bulletin, which is issued once it is printed; pressed twice, it is one."""
    where, me, by = page.where, actor(), identity()
    bulletin = page.draft.bulletin
    bulletin = replace(
        bulletin, number=str(form.number.data), signed_on=day, printed_on=day,
        annexes=tuple(held(table) for table in bulletin.annexes),
    )  # fmt: skip
    bulletin = sealed(bulletin, check_address(sealed(bulletin).checksum))
    versions = wordings_of(page.ledger, wording_place(page.asked, page.corrects))
    asked = {
        "programme": where.programme.key, "month": where.month, "area": where.area.code, "scope": where.top.code,
        "corrects": page.corrects.number if page.corrects else "", "reason": (form.reason.data or "").strip(),
        "seen": {part: each.version for part, each in versions.items()}, "checksum": bulletin.checksum,
        "by": by.person, "role": me.role.value if me.role else None, "address": me.address,
        "request": request_key("bulletin", form.key.data),
    }  # fmt: skip
    typed = {
        "number": form.number.data, "signed_on": day.isoformat(), "reason": form.reason.data or "",
        "early": form.early.data, "other_year": form.other_year.data,
    }  # fmt: skip
    job = {
        "kind": "issue", "about": _about(page), "issue": asked, "typed": typed,
        "name": f"{where.full_name}{where.month_words}{'更正' if page.corrects else ''}通报（{bulletin.number}）",
        "what": f"正文和 {len(bulletin.annexes)} 个附件，成文日期{chinese_day(day)}",
        "seconds": seconds_of(bulletin.annexes),
    }  # fmt: skip
    digest = digest_of(asked["request"], asked["reason"], bulletin)
    try:
        before = printing_of(page.ledger.directory, digest)
        if before is not None and (before.died or "sentence" in (before.outcome or {})):
            begin_anew(page.ledger.directory, digest)
        else:
            ask(page.ledger.directory, digest, job, bulletin)
    except StorageError as error:
        return page.shown(form, f"{error}您填的都还在。"), 503
    return redirect(page.address(job=digest), 303)


def _follow(page: _Page, standing: Printing) -> ResponseReturnValue:
    """Show how far it is; lead to the bulletin once it is issued, and back to the form where it was not."""
    asked, outcome = standing.job["issue"], standing.outcome or {}
    number = outcome.get("issued")
    if number is None and not standing.running:
        number = _issued_all_the_same(page, asked["checksum"])
    if number is not None:
        return redirect(page.where.to("bulletins.show", issued=str(number)), 303)
    sentence = outcome.get("sentence", "") or (_DIED if standing.died else "")
    if not sentence:
        try:
            begin(page.ledger.directory, standing.digest)
        except StorageError as error:
            sentence = str(error)
    if sentence:
        typed = standing.job["typed"]
        form = page.form({**typed, "signed_on": datetime.date.fromisoformat(typed["signed_on"])})
        return page.shown(form, sentence), 409
    return progress_page(
        page.where, "bulletin", standing.job, standing,
        here=page.address(job=standing.digest), back=page.where.to("bulletins.show"),
    )  # fmt: skip


def _issued_all_the_same(page: _Page, checksum: str) -> int | None:
    """Give the record of a bulletin that was issued although its process died before it could say so."""
    where = page.where
    for each in bulletins_of(page.ledger, where.programme.key, where.month, where.area.code):
        if each.said_sha256 == checksum:
            return each.sequence
    return None
