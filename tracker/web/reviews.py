"""Reviews: the task force reads what counties sent, accepts it or sends it back with a reason."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, TextAreaField

from tracker.ledger.closing import reviews_for_good
from tracker.ledger.handle import RefusedError, StorageError
from tracker.ledger.months import PHASE_WORDS, Phase, months
from tracker.ledger.returns import STATUS_WORDS, accept, county_returns, rows_of_month, send_back
from tracker.ledger.writing import AlreadyRecordedError, writing
from tracker.model.fields import FIELD
from tracker.model.places import Place
from tracker.web.forms import WritingForm, new_key, request_key
from tracker.web.identity import identity
from tracker.web.months import COLOURS
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.review_rows import LONG_QUIET, review_rows
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError, Where, place_words, where_of

blueprint = Blueprint("reviews", __name__)

_REASON_FOR = "field-"
"""What stands before a field's name where the form gives the reason for it."""

_LONGEST_REASON = 500


class ReviewForm(WritingForm):
    """Accept the returns that are ticked."""

    key = HiddenField()


class BackForm(WritingForm):
    """Send one return back: a reason for the row, or for some of its fields."""

    key = HiddenField()
    row = HiddenField()
    reason = TextAreaField("退回理由")


def _scope(where: Where) -> Place:
    """Give the place that the caller reviews for."""
    return where.scope or where.top


@blueprint.get("/review/<month>/<area>")
@room(Permission.REVIEW)
def show(month: str, area: str) -> ResponseReturnValue:
    """Show what is to be reviewed: an area's counties, or one county's returns."""
    where = where_of(page_ledger(), month, area)
    return _county_page(where, BackForm(formdata=None)) if where.is_unit else _area_page(where)


def _area_page(where: Where) -> str:
    counties = county_returns(page_ledger(), where.programme, where.month, where.area)
    rows = [
        (place_words(where.places, county.county), where.to("reviews.show", county.county), county,
         STATUS_WORDS[county.status], COLOURS[county.status])
        for county in counties
    ]  # fmt: skip
    return render_template("review_area.html", where=where, room="review", rows=rows, phase=_phase(where))


def _phase(where: Where) -> str:
    month = months(page_ledger(), where.programme.key).get(where.month)
    return PHASE_WORDS[month.phase] if month else "没有开放"


def _county_page(where: Where, back: BackForm, refusal: str = "") -> str:
    ledger = page_ledger()
    final = reviews_for_good(where.programme, _scope(where))
    rows = review_rows(
        ledger, where.programme, where.month, where.area,
        rows_of_month(ledger, where.programme, where.month, where.area), where.to_project, final=final,
    )  # fmt: skip
    month = months(ledger, where.programme.key).get(where.month)
    counties = county_returns(ledger, where.programme, where.month, _scope(where))
    following = next((each.county for each in counties if each.county > where.area.code and each.number_waiting), None)
    return render_template(
        "review.html",
        where=where, room="review", rows=rows, back=back, final=final, refusal=refusal, phase=_phase(where),
        closed=month is None or month.phase is Phase.CLOSED, long_quiet=LONG_QUIET,
        form=ReviewForm(formdata=None, data={"key": new_key()}), key=new_key(),
        county=next((each for each in counties if each.county == where.area.code), None),
        following=(place_words(where.places, following), where.to("reviews.show", following)) if following else None,
        reason_for=_REASON_FOR, typed=request.form, typed_for=request.form.get("row", "").partition(":")[0],
        written=_written(),
    )  # fmt: skip


def _written() -> list[tuple[str, str]]:
    """Give the reasons that were sent to send a return back, each with what it is about."""
    reason = request.form.get("reason", "").strip()
    fields = [
        (FIELD[name.removeprefix(_REASON_FOR)].title, text.strip())
        for name, text in request.form.items()
        if name.startswith(_REASON_FOR) and name.removeprefix(_REASON_FOR) in FIELD and text.strip()
    ]
    return [("整项", reason), *fields] if reason else fields


@blueprint.post("/review/<month>/<area>/accept")
@room(Permission.REVIEW)
def pass_rows(month: str, area: str) -> ResponseReturnValue:
    """Accept the returns that are ticked, as they were seen."""
    where, form = where_of(page_ledger(), month, area), ReviewForm()
    projects = dict(_seen(each) for each in request.form.getlist("row"))
    final = reviews_for_good(where.programme, _scope(where))
    try:
        with (
            writable_ledger() as ledger,
            writing(ledger, request_key("accept", form.key.data), identity().person) as writes,
        ):
            accept(writes, where.programme, where.month, where.area, projects, final=final)
    except AlreadyRecordedError:
        pass
    except RefusedError as refusal:
        return _county_page(where, BackForm(formdata=None), str(refusal)), 409
    return redirect(where.to("reviews.show"), 303)


@blueprint.post("/review/<month>/<area>/back")
@room(Permission.REVIEW)
def return_row(month: str, area: str) -> ResponseReturnValue:
    """Send one return back, with a reason for the row or for some of its fields."""
    where, form = where_of(page_ledger(), month, area), BackForm()
    fields = {
        name.removeprefix(_REASON_FOR): text.strip()[:_LONGEST_REASON]
        for name, text in request.form.items()
        if name.startswith(_REASON_FOR) and name.removeprefix(_REASON_FOR) in FIELD and text.strip()
    }
    reason = (form.reason.data or "").strip()
    if len(reason) > _LONGEST_REASON:
        return _county_page(where, form, f"退回理由有 {len(reason)} 个字，最多 {_LONGEST_REASON} 个，请写要点。"), 422
    try:
        with (
            writable_ledger() as ledger,
            writing(ledger, request_key("back", form.key.data), identity().person) as writes,
        ):
            send_back(
                writes, where.programme, where.month, where.area, _seen(form.row.data or ""), reason, fields,
                final=reviews_for_good(where.programme, _scope(where)),
            )  # fmt: skip
    except AlreadyRecordedError:
        pass
    except (RefusedError, StorageError) as refusal:
        return _county_page(where, form, str(refusal)), 503 if isinstance(refusal, StorageError) else 409
    return redirect(where.to("reviews.show"), 303)


def _seen(written: str) -> tuple[str, int]:
    """Read a project and the number of its return as a form sends them. Raises NotThereError."""
    project, _, number = written.partition(":")
    if not project or not (number.isascii() and number.isdigit() and len(number) < 16):
        raise NotThereError("没有这一份月报，请返回审核页，用页面上的按钮。")
    return project, int(number)
