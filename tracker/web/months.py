"""Months: how far each county's return is, and what the task force does with a month: open, lock, permit, close."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import DateField, HiddenField, SelectField, StringField
from wtforms.validators import Optional

from tracker.ledger.closing import (
    Unsettled,
    close_month,
    lock_month,
    next_month_to_open,
    open_month,
    permit_late,
    unlock_month,
    unsettled,
)
from tracker.ledger.handle import SHANGHAI, RefusedError, StorageError
from tracker.ledger.months import PHASE_WORDS, Month, Phase, deadline, local_day, months
from tracker.ledger.returns import STATUS_WORDS, WAITING, CountyReturn, RowStatus, county_returns
from tracker.ledger.timeliness import PUNCTUALITY_WORDS, Punctuality, Timely, timeliness
from tracker.ledger.writing import AlreadyRecordedError, Writing, writing
from tracker.model.months import shift_month
from tracker.web.forms import WritingForm, choices, new_key, request_key
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError, Where, place_words, where_of
from tracker.web.wording import DASH, percent, place_in_text

blueprint = Blueprint("months", __name__)

_LONGEST_REASON = 500

COLOURS = {
    RowStatus.UNREPORTED: "red", RowStatus.DRAFTED: "amber", RowStatus.SENT: "amber", RowStatus.PASSED_ON: "amber",
    RowStatus.SENT_BACK: "red", RowStatus.ACCEPTED: "green",
}  # fmt: skip
"""The lamp that goes with each status."""


class MonthForm(WritingForm):
    """One press about a month, with a reason where it needs one."""

    key = HiddenField()
    reason = StringField("理由", [Optional()])


class PermitForm(MonthForm):
    """Late permission for one county until a day."""

    county = SelectField("县（市、区）", validate_choice=False)
    until = DateField("准许到", [Optional()])


@dataclass(frozen=True, slots=True)
class CountyRow:
    """One county's line on a month's page."""

    code: str
    name: str
    found: CountyReturn
    status: str
    colour: str
    numbers: dict[str, int]
    sent_at: str
    punctuality: str
    permitted: str
    address: str
    beside: str = ""
    """The city of a county, where several cities' counties stand together."""


@blueprint.get("/month/<month>/<area>")
@room(Permission.MONTHS)
def show(month: str, area: str) -> ResponseReturnValue:
    """Show how far each county's return is (`?only=missing` for the list to print), and the year's timeliness."""
    return _page(where_of(page_ledger(), month, area))


def _page(where: Where, refusal: str = "", typed: MonthForm | None = None) -> str:
    """Give the page; `typed` is the form of a press that was refused, to be shown with what was typed into it."""
    ledger = page_ledger()
    known = months(ledger, where.programme.key)
    month = known.get(where.month)
    counties = county_returns(ledger, where.programme, where.month, where.area)
    ranked = timeliness(ledger, where.programme, where.month, where.area)
    rows = [_row(where, county, month, {each.county: each for each in ranked}) for county in counties]
    only = request.args.get("only")
    missing = [row for row in rows if row.found.status not in (RowStatus.ACCEPTED, *WAITING)]
    following = next_month_to_open(known)
    today = local_day(ledger)
    return render_template(
        "month.html",
        where=where, room="month", month=month, rows=missing if only == "missing" else rows, only=only,
        clauses=_missing_clauses(where, missing) if only == "missing" else _clauses(where, rows),
        phase=PHASE_WORDS[month.phase] if month else "没有开放",
        due=deadline(where.programme, where.month), overdue=today > deadline(where.programme, where.month),
        waiting=sum(row.found.number(*WAITING) for row in rows), missing=len(missing),
        leads=where.scope is None, form=MonthForm(formdata=None, data={"key": new_key()}),
        permit=_permit_form(rows, typed) if month and month.phase is not Phase.CLOSED else None,
        unlock=_unlock_form(typed), typed=typed, written=_written(typed),
        following=following if following and following <= today.isoformat()[:7] else None,
        ranked=[_timely(where, each) for each in ranked], refusal=refusal, phases=Phase,
        at=ledger.clock().astimezone(SHANGHAI),
    )  # fmt: skip


def _clauses(where: Where, rows: list[CountyRow]) -> list[str]:
    settled = sum(row.found.status is RowStatus.ACCEPTED for row in rows)
    waiting = sum(row.found.status in WAITING for row in rows)
    return [
        f"{where.full_name}{where.month_words}月报：{len(rows)} 个县（市、区），", f"已通过 {settled} 个，",
        f"待审 {waiting} 个，", f"没有报全 {len(rows) - settled - waiting} 个",
    ]  # fmt: skip


def _missing_clauses(where: Where, missing: list[CountyRow]) -> list[str]:
    start = f"{where.full_name}{where.month_words}月报："
    if not missing:
        return [f"{start}各县都已报全"]
    projects = sum(row.numbers["empty"] + row.numbers["back"] for row in missing)
    return [f"{start}还有 {len(missing)} 个县（市、区）没有报全，", f"共 {projects} 项"]


def _row(where: Where, county: CountyReturn, month: Month | None, ranked: dict[str, Timely]) -> CountyRow:
    status = county.status
    timely = ranked.get(county.county)
    found = timely.by_month.get(where.month) if timely else None
    return CountyRow(
        county.county, place_words(where.places, county.county), county, STATUS_WORDS[status], COLOURS[status],
        {"all": len(county.rows), "accepted": county.number(RowStatus.ACCEPTED), "waiting": county.number(*WAITING),
         "back": county.number(RowStatus.SENT_BACK),
         "empty": county.number(RowStatus.UNREPORTED, RowStatus.DRAFTED)},
        county.sent_at[:16].replace("T", " ") or DASH,
        PUNCTUALITY_WORDS[found] if found else DASH,
        month.permitted.get(county.county, "") if month else "",
        where.to("reviews.show", county.county),
        _city(where, county.county),
    )  # fmt: skip


def _city(where: Where, county: str) -> str:
    place = where.places.find(county)
    city = where.places.city(place) if place else None
    return city.name if city is not None and city.code not in (where.area.code, county) else ""


def _timely(where: Where, timely: Timely) -> dict[str, Any]:
    return {
        "name": place_words(where.places, timely.county),
        "placed": timely.placed,
        "rate": percent(timely.rate, where.programme.decimals),
        "number": len(timely.by_month),
        **{each.value: timely.number(each) for each in Punctuality},
    }


def _written(typed: MonthForm | None) -> str:
    """Give the reason that was typed for a press which was refused."""
    return ((typed.reason.data or "") if typed else "").strip()


def _unlock_form(typed: MonthForm | None) -> MonthForm:
    refilled = typed is not None and not isinstance(typed, PermitForm)
    return typed if refilled and typed else MonthForm(formdata=None, data={"key": new_key()})


def _permit_form(rows: list[CountyRow], typed: MonthForm | None) -> PermitForm:
    form = typed if isinstance(typed, PermitForm) else PermitForm(formdata=None, data={"key": new_key()})
    form.county.choices = choices((row.code, row.name) for row in rows if row.found.status is not RowStatus.ACCEPTED)
    return form


_Action = Callable[[Writing, Where, MonthForm], None]


def _open(writes: Writing, where: Where, _form: MonthForm) -> None:
    open_month(writes, where.programme, where.month)


def _lock(writes: Writing, where: Where, _form: MonthForm) -> None:
    lock_month(writes, where.programme, where.month)


def _unlock(writes: Writing, where: Where, form: MonthForm) -> None:
    unlock_month(writes, where.programme, where.month, form.reason.data or "")


def _close(writes: Writing, where: Where, form: MonthForm) -> None:
    close_month(writes, where.programme, where.month, where.top, form.reason.data or "")


_ACTIONS: dict[str, _Action] = {"open": _open, "lock": _lock, "unlock": _unlock, "close": _close}


@blueprint.post("/month/<month>/<area>/<action>")
@room(Permission.MONTHS)
def act(month: str, area: str, action: str) -> ResponseReturnValue:
    """Open, lock, unlock or close a month; only the task force of the programme's whole area may."""
    where = where_of(page_ledger(), month, area)
    form = MonthForm()
    if action not in _ACTIONS:
        raise NotThereError("没有这种操作，请返回月报页，用页面上的按钮。")
    if where.scope is not None:
        raise NotThereError(f"开放、截止和封账由{where.programme.name}的专班办理，您的范围是{where.scope.name}。")
    return _carried_out(where, form, _ACTIONS[action], request_key(f"month:{action}", form.key.data))


@blueprint.post("/month/<month>/<area>/permit")
@room(Permission.MONTHS)
def permit(month: str, area: str) -> ResponseReturnValue:
    """Let one county report late until a day."""
    where = where_of(page_ledger(), month, area)
    form = PermitForm()
    county = where.places.find(form.county.data or "")
    if county is None or not county.within(where.area) or not where.places.is_unit(county):
        raise NotThereError("请选要准许迟报的县（市、区）。")
    until = form.until.data
    if until is None:
        form.until.errors = ["请写明准许迟报到哪一天，例如 2024-09-10。"]
        return _page(where, form.until.errors[0], form), 422

    def permitted(writes: Writing, at: Where, _form: MonthForm) -> None:
        permit_late(writes, at.programme, at.month, county, until, form.reason.data or "")

    return _carried_out(where, form, permitted, request_key("month:permit", form.key.data))


def _carried_out(where: Where, form: MonthForm, action: _Action, key: str) -> ResponseReturnValue:
    reason = form.reason.data or ""
    back = _closing_page if action is _close else _page
    typed = form if action not in (_open, _lock) else None
    if len(reason) > _LONGEST_REASON:
        form.reason.errors = [f"理由有 {len(reason)} 个字，最多 {_LONGEST_REASON} 个，请写要点。"]
        return back(where, form.reason.errors[0], typed), 422
    with writable_ledger() as ledger:
        try:
            with writing(ledger, key, identity().person) as writes:
                action(writes, where, form)
        except AlreadyRecordedError:
            pass
        except (RefusedError, StorageError) as refusal:
            return back(where, str(refusal), typed), 503 if isinstance(refusal, StorageError) else 409
    return redirect(where.to("months.show"), 303)


@blueprint.get("/month/<month>/<area>/close")
@room(Permission.MONTHS)
def closing(month: str, area: str) -> ResponseReturnValue:
    """Show what is missing and what is unanswered before a month is closed, and what closing it means."""
    return _closing_page(where_of(page_ledger(), month, area))


def _closing_page(where: Where, refusal: str = "", typed: MonthForm | None = None) -> str:
    ledger = page_ledger()
    found: Unsettled = unsettled(ledger, where.programme, where.month, where.area)
    return render_template(
        "month_close.html",
        where=where, room="month", month=months(ledger, where.programme.key).get(where.month), found=found,
        name=lambda county: place_words(where.places, county), earlier=shift_month(where.month, -1),
        form=typed or MonthForm(formdata=None, data={"key": new_key()}), leads=where.scope is None, refusal=refusal,
        waiting=sum(county.number(*WAITING) for county in found.waiting), phases=Phase, statuses=RowStatus,
        review=lambda county: where.to("reviews.show", county), place=place_in_text, written=_written(typed),
    )  # fmt: skip
