"""The return's workbook: a county's month as a file to fill in, and its way back into the drafts, seen first."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField

from tracker.exchange.imports.draft_importing import (
    decided,
    enter,
    plan_drafts,
    refuse_unreportable,
    sentence_of_choice,
)
from tracker.exchange.imports.draft_plan import DraftPlan, Entry
from tracker.exchange.month_workbook.gathering import MonthBook, month_book, month_books
from tracker.exchange.month_workbook.merging import shown_text
from tracker.exchange.reading.file_errors import reason_of
from tracker.exchange.reading.workbooks import PAGE_LIMITS, Sheet
from tracker.ledger.drafts import saving_together
from tracker.ledger.handle import Ledger, RefusedError, StorageError
from tracker.ledger.imports import import_with_key
from tracker.ledger.months import deadline
from tracker.model.faults import Fault
from tracker.web.forms import WritingForm
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.return_merging import merge_page
from tracker.web.returns import county_where
from tracker.web.rooms import Permission, room
from tracker.web.upload_reading import CHANGED, import_of, sheets_of
from tracker.web.uploads import KEPT_DAYS, Upload, find_upload, give_up_stale, keep_upload, put, taken
from tracker.web.whereabouts import NotThereError, Where, where_of

blueprint = Blueprint("workbooks", __name__)

_XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DONE = "drafted.json"
_OURS, _THEIRS = "ours", "theirs"
_GONE = f"没有这次交回：可能超过 {KEPT_DAYS} 天没有确认，或者地址不完整。草稿没有改动，请重新上传工作簿。"
_MOVED_ON = "刚才又有人改了草稿，没有记入。下面是重新比对的结果，请再看一遍，再确认。"
_UNDECIDED = "还有 {} 处两边不同，没有选以哪一份为准；选好再记入。"
_NOT_ACCEPTED = "请先核对“请确认”的每一条，属实就勾选，再记入。"


class BookForm(WritingForm):
    """A workbook that comes back."""

    workbook = FileField(
        "填好的工作簿",
        [FileRequired("请选择填好的工作簿。如果刚才选过，浏览器不会保留，需要重新选一次。")],
        render_kw={"accept": ".xlsx,.xls,.ods,.csv"},
    )


class MergeForm(WritingForm):
    """What was seen, and how it is decided; the choices themselves are named by project and field."""

    agreed = HiddenField()
    accept = BooleanField("“请确认”的内容都已核对属实")


@blueprint.get("/return/<month>/<area>/workbook")
@room(Permission.FILL)
def show(month: str, area: str) -> ResponseReturnValue:
    """Show where the month's workbook is fetched, and where it comes back."""
    return _show_page(county_where(month, area), BookForm(formdata=None))


def _show_page(where: Where, form: BookForm) -> str:
    ledger = page_ledger()
    refusal, book = "", None
    try:
        book = month_book(ledger, where.programme, where.month, where.area)
    except RefusedError as error:
        refusal = str(error)
    return render_template(
        "return_workbook.html", where=where, room="return", form=form, book=book, refusal=refusal, limit=PAGE_LIMITS,
        due=deadline(where.programme, where.month), back=where.to("returns.show"), here=where.to("workbooks.send"),
        file=where.to("workbooks.fetch"),
    )  # fmt: skip


@blueprint.get("/return/<month>/<area>/workbook.xlsx")
@room(Permission.FILL)
def fetch(month: str, area: str) -> ResponseReturnValue:
    """Give the county's workbook for the month, filled with what holds now."""
    where = county_where(month, area)
    try:
        book = month_book(page_ledger(), where.programme, where.month, where.area)
    except RefusedError as refusal:
        raise NotThereError(str(refusal)) from refusal
    return send_file(BytesIO(_bytes_of(book)), _XLSX, True, book.file_name)


@blueprint.get("/month/<month>/<area>/workbooks.zip")
@room(Permission.MONTHS)
def every(month: str, area: str) -> ResponseReturnValue:
    """Give the workbooks of all counties of an area that have something to report, in one archive."""
    where = where_of(page_ledger(), month, area)
    try:
        books = month_books(page_ledger(), where.programme, where.month, where.area)
    except RefusedError as refusal:
        raise NotThereError(str(refusal)) from refusal
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as files:
        for book in books:
            files.writestr(book.file_name, _bytes_of(book))
    archive.seek(0)
    return send_file(archive, "application/zip", True, f"{where.full_name}{where.month_words}月报工作簿.zip")


def _bytes_of(book: MonthBook) -> bytes:
    # A workbook's writer takes a while to load, and pages do not need it.
    from tracker.exchange.month_workbook.workbook_file import write_month_book  # noqa: PLC0415

    stream = BytesIO()
    write_month_book(stream, book)
    return stream.getvalue()


@blueprint.post("/return/<month>/<area>/workbook")
@room(Permission.FILL)
def send(month: str, area: str) -> ResponseReturnValue:
    """Keep a workbook's bytes, and lead to what they mean; no draft is touched."""
    where, form = county_where(month, area), BookForm()
    if not form.validate():
        return _show_page(where, form), 422
    ledger = page_ledger()
    give_up_stale(ledger.directory, ledger.clock(), lambda key: import_with_key(ledger, key) is not None)
    sent = form.workbook.data
    upload = keep_upload(
        ledger, sent.stream, sent.filename,
        programme=where.programme.key, month=where.month, within=where.area.code, by=identity().person,
    )  # fmt: skip
    return redirect(where.to("workbooks.look", key=upload.key), 303)


@blueprint.get("/return/<month>/<area>/workbook/<key>")
@room(Permission.FILL)
def look(month: str, area: str, key: str) -> ResponseReturnValue:
    """Show what a workbook would enter into the drafts; once it is entered, what was."""
    where = county_where(month, area)
    upload = _upload(where, key)
    done = _done(page_ledger(), upload)
    if done is not None:
        return render_template(
            "return_workbook_done.html", where=where, room="return", upload=upload, done=done,
            back=where.to("returns.show"),
        )  # fmt: skip
    plan = _plan(page_ledger(), where, upload, _sheets(page_ledger(), upload))
    return _merge_page(where, upload, plan, MergeForm(formdata=None))


@blueprint.post("/return/<month>/<area>/workbook/<key>")
@room(Permission.FILL)
def confirm(month: str, area: str, key: str) -> ResponseReturnValue:
    """Enter what was seen into the drafts, each conflict as it was decided; twice pressed, once entered."""
    where = county_where(month, area)
    upload, form = _upload(where, key), MergeForm()
    entered = redirect(where.to("returns.show", book=key), 303)
    with writable_ledger() as ledger:
        if _done(ledger, upload) is not None:
            return entered
        sheets = _sheets(ledger, upload)
        plan = _plan(ledger, where, upload, sheets)
        try:
            with saving_together(ledger):
                plan = _plan(ledger, where, upload, sheets)
                refusal, status = _refusal(plan, form)
                if not refusal:
                    refuse_unreportable(plan)
                    _enter(ledger, where, upload, plan)
                    return entered
        except RefusedError as error:
            refusal, status = str(error), 409
        except StorageError as error:
            refusal, status = str(error), 503
        if status == 409 and _done(ledger, upload) is not None:
            return entered
        return _merge_page(where, upload, plan, form, refusal), status


def _refusal(plan: DraftPlan, form: MergeForm) -> tuple[str, int]:
    """Give why a plan cannot be entered as it was confirmed, and the answer's status; "" where it can."""
    if plan.digest() != form.agreed.data:
        return _MOVED_ON, 409
    if plan.broken:
        return "这份工作簿里有须改正的内容，没有记入；改正后请重新上传。", 422
    undecided = sum(_choice(*conflict.mine.place) == "" for conflict in plan.conflicts)
    if undecided:
        return _UNDECIDED.format(undecided), 422
    if plan.questions and not form.accept.data:
        return _NOT_ACCEPTED, 422
    return "", 200


def _choice(project: str, field: str) -> str:
    """Give what was chosen for one conflict: ours, theirs, or nothing yet."""
    said = request.form.get(f"take:{project}:{field}") or request.form.get("take")
    return said if said in (_OURS, _THEIRS) else ""


def _answers(plan: DraftPlan) -> dict[tuple[str, str], str]:
    """Give the county's answers to doubts, as they were typed."""
    said = {doubt.place: request.form.get(f"answer:{doubt.project}:{doubt.field}", "") for doubt in plan.doubts}
    return {place: text.replace("\r\n", "\n").strip() for place, text in said.items()}


def _enter(ledger: Ledger, where: Where, upload: Upload, plan: DraftPlan) -> None:
    """Enter a plan as it was decided, and keep beside the upload what came of it: no text that gave way is lost."""
    ours = {conflict.mine.place for conflict in plan.conflicts if _choice(*conflict.mine.place) == _OURS}
    entries = decided(plan, ours, _answers(plan))
    enter(ledger, where.programme, import_of(upload, ledger.directory, where.area, identity().person), entries)
    done = {
        "at": ledger.clock().isoformat(),
        "by": identity().person,
        "entries": [_told(entry) for entry in sorted(entries, key=lambda entry: entry.project)],
        "choices": [sentence_of_choice(conflict, ours) for conflict in plan.conflicts],
        "left_out": [left.sentence for left in plan.left_out],
        "notes": plan.notes,
    }
    try:
        put(upload.folder(ledger.directory) / _DONE, done)
    except OSError as error:
        raise StorageError(f"没有记入（{reason_of(error)}）：磁盘已满、只读或出错。请排除后再记入一次。") from error


def _told(entry: Entry) -> dict[str, str]:
    return {
        "name": entry.name, "heading": entry.heading, "before": shown_text(entry.field, entry.held),
        "after": shown_text(entry.field, entry.text),
    }  # fmt: skip


def _upload(where: Where, key: str) -> Upload:
    upload = find_upload(page_ledger().directory, key)
    about = (where.programme.key, where.month, where.area.code)
    if upload is None or (upload.programme, upload.month, upload.within) != about:
        raise NotThereError(_GONE)
    return upload


def _done(ledger: Ledger, upload: Upload) -> Mapping[str, Any] | None:
    return taken(upload.folder(ledger.directory) / _DONE)


def _sheets(ledger: Ledger, upload: Upload) -> list[Sheet] | Fault:
    """Read what was sent, in a process of its own. Raises NotThereError where it is gone or damaged."""
    try:
        sheets = sheets_of(upload, ledger.directory)
    except OSError as error:
        raise NotThereError(_GONE) from error
    if sheets is None:
        raise NotThereError(CHANGED)
    return sheets


def _plan(ledger: Ledger, where: Where, upload: Upload, sheets: list[Sheet] | Fault) -> DraftPlan:
    asked = import_of(upload, ledger.directory, where.area, identity().person)
    return plan_drafts(ledger, where.programme, asked, sheets)


def _merge_page(where: Where, upload: Upload, plan: DraftPlan, form: MergeForm, refusal: str = "") -> str:
    form.agreed.data = plan.digest()
    chosen = {conflict.mine.place: _choice(*conflict.mine.place) for conflict in plan.conflicts}
    return render_template(
        "return_workbook_merge.html", where=where, room="return", upload=upload, form=form, refusal=refusal,
        closed=plan.refusal, page=merge_page(plan, chosen, _answers(plan)), back=where.to("returns.show"),
        here=where.to("workbooks.confirm", key=upload.key), again=where.to("workbooks.show"), kept_days=KEPT_DAYS,
    )  # fmt: skip
