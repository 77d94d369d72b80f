"""Sending the return: what would be sent, row by row, and the lead's signature under all of it."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field

from flask import Blueprint, redirect, render_template
from flask.typing import ResponseReturnValue
from wtforms import HiddenField

from tracker.exchange.imports.draft_reading import REPORTED, DraftedReturn, DraftedRow, read_drafts, reasons_of
from tracker.ledger.handle import Ledger, RefusedError, StorageError
from tracker.ledger.months import deadline
from tracker.ledger.records import hash_of
from tracker.ledger.returns import Reported, send
from tracker.ledger.writing import AlreadyRecordedError, writing
from tracker.model.fields import FIELD
from tracker.model.printing import print_value
from tracker.web.forms import WritingForm
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.return_rows import tasks_of
from tracker.web.return_sent import late, limits
from tracker.web.returns import county_where
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import Where

blueprint = Blueprint("sending", __name__)

_KEY = re.compile(r"[0-9a-f]{32}")
_EMPTIED = "（清空）"


class SendForm(WritingForm):
    """Sign and send: `key` is the one-time key of the press, `shown` the checksum of what the page showed."""

    key = HiddenField()
    shown = HiddenField()


@dataclass(frozen=True, slots=True)
class Change:
    """One field that changes: its heading with its unit, what held and what will, and the answer to a doubt."""

    title: str
    before: str
    after: str
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """What would be sent: rows with their changes, rows without any, by the projects' names.

    `replies` are the answers to whoever sent a row back: the project's name, what was asked, the answer.
    """

    changed: list[tuple[str, str, list[Change]]] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    replies: list[tuple[str, str, str]] = field(default_factory=list)

    @property
    def number(self) -> int:
        """Give how many rows would be sent."""
        return len(self.changed) + len(self.unchanged)


def sheet_of(drafted: DraftedReturn) -> Sheet:
    """Give what would be sent of a return as it stands."""
    sheet = Sheet()
    for each in drafted.projects:
        if not each.ready:
            continue
        reported = each.reported()
        if each.row.sent_back and each.reply:
            sheet.replies.append((each.row.name, reasons_of(each.row), each.reply))
        if reported.values or reported.cleared:
            status = ("退回后重报" if each.mended else "退回后重报，没有改动") if each.row.sent_back else ""
            sheet.changed.append((each.row.name, status, _changes(each, reported)))
        else:
            sheet.unchanged.append(each.row.name)
    return sheet


def _changes(row: DraftedRow, reported: Reported) -> list[Change]:
    known = row.known.values if row.known else {}
    answers = {str(said["field"]): str(said["answer"]) for said in reported.answers}
    return [
        Change(
            FIELD[name].title,
            print_value(name, known[name]) if name in known else "",
            _EMPTIED if name in reported.cleared
            else print_value(name, reported.values[name]) if name in reported.values
            else print_value(name, known[name]) if name in known else "",
            answers.get(name, ""),
        )
        for name in REPORTED
        if name in reported.values or name in reported.cleared or name in answers
    ]  # fmt: skip


def _checksum(drafted: DraftedReturn) -> str:
    """Give the checksum of everything that a signature would be put under."""
    sheet = sheet_of(drafted)
    return hash_of({
        "changed": [[name, [[each.title, each.before, each.after, each.answer] for each in changes]]
                    for name, _, changes in sheet.changed],
        "unchanged": sheet.unchanged,
        "replies": [list(each) for each in sheet.replies],
    })  # fmt: skip


@blueprint.get("/return/<month>/<area>/send")
@room(Permission.FILL)
def show(month: str, area: str) -> ResponseReturnValue:
    """Show what would be sent, for the lead to sign."""
    where = county_where(month, area)
    ledger = page_ledger()
    return _page(where, ledger, _drafted(ledger, where))


def _drafted(ledger: Ledger, where: Where) -> DraftedReturn:
    return read_drafts(ledger, where.programme, where.month, where.area)


def _page(where: Where, ledger: Ledger, drafted: DraftedReturn, moved: str = "") -> str:
    form = SendForm(formdata=None, data={"key": secrets.token_hex(16), "shown": _checksum(drafted)})
    return render_template(
        "return_send.html",
        where=where, room="return", form=form, sheet=sheet_of(drafted), tasks=tasks_of(drafted), moved=moved,
        refusal=limits(ledger, where, drafted), due=deadline(where.programme, where.month),
        overdue=late(ledger, where, drafted),
        back=where.to("returns.show"), here=where.to("sending.sign"),
    )  # fmt: skip


@blueprint.post("/return/<month>/<area>/send")
@room(Permission.SEND)
def sign(month: str, area: str) -> ResponseReturnValue:
    """Sign and send a county's return: all its rows at once, as they were shown, or nothing."""
    where = county_where(month, area)
    form = SendForm()
    key = form.key.data or ""
    if not form.validate() or not _KEY.fullmatch(key):
        ledger = page_ledger()
        return _page(where, ledger, _drafted(ledger, where), "这一页不完整，没有报送；请核对后再签发。"), 422
    with writable_ledger() as ledger:
        try:
            # Read with the ledger held, so that what is signed is what was shown, and nothing else is sent.
            with writing(ledger, key, identity().person) as writes:
                drafted = _drafted(ledger, where)
                _refuse_unready(drafted, form.shown.data or "")
                send(writes, where.programme, where.month, where.area, drafted.rows, drafted.seen)
        except AlreadyRecordedError:
            pass
        except RefusedError as refusal:
            return _page(where, ledger, _drafted(ledger, where), str(refusal)), 409
        except StorageError as refusal:
            return _page(where, ledger, _drafted(ledger, where), str(refusal)), 503
    return redirect(where.to("returns.show", sent="yes"), 303)


def _refuse_unready(drafted: DraftedReturn, shown: str) -> None:
    if drafted.projects and not all(each.ready for each in drafted.projects):
        raise RefusedError("还有没填好的项目，没有报送；请先回去填好。")
    if drafted.projects and _checksum(drafted) != shown:
        raise RefusedError("打开本页以后又有人改动，没有报送。下面是现在的内容，请核对后再签发。")
