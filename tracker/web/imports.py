"""Imports: a list is sent, shown as it was understood, confirmed, and taken back where it was wrong."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.exchange.importing import ImportRequest, import_sheets
from tracker.exchange.rehearsing import rehearse
from tracker.exchange.workbooks import PAGE_LIMITS, Sheet, start_reading
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.imports import RecordedImport, import_with_key, recent_imports
from tracker.ledger.withdrawing import withdraw_import
from tracker.ledger.writing import AlreadyRecordedError
from tracker.model.faults import Fault
from tracker.model.months import is_month
from tracker.web.identity import identity
from tracker.web.import_forms import ConfirmForm, DiscardForm, UndoForm, UploadForm, upload_form
from tracker.web.import_preview import preview_of
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.uploads import KEPT_DAYS, Upload, find_upload, give_up, give_up_stale, keep_upload
from tracker.web.whereabouts import NotThereError, Where, place_words, where_of

blueprint = Blueprint("imports", __name__)

_RECENT = 20
_NOT_ACCEPTED = "请先核对“请确认”的每一条，属实就勾选这里，再导入。"
_MOVED_ON = "台账刚才有了变化，没有导入。下面是重新比对的结果，请再看一遍，再确认。"
_GONE = f"没有这次上传：可能已经放弃，或者超过 {KEPT_DAYS} 天没有确认，或者地址不完整。台账没有改动，请重新上传清单。"


@blueprint.get("/import")
@room(Permission.IMPORT)
def show() -> ResponseReturnValue:
    """Show what a list is sent with, set to `?month=`, `?area=` and `?programme=`, and the latest imports."""
    where = _asked_where()
    return _form_page(where, upload_form(where, _today()))


@blueprint.post("/import")
@room(Permission.IMPORT)
def send() -> ResponseReturnValue:
    """Keep a list's bytes, and lead to what they mean; the ledger stays as it is."""
    ledger = page_ledger()
    where = where_of(ledger, None, None, request.form.get("programme") or None)
    form = upload_form(where, _today())
    if not form.validate():
        return _form_page(where, form), 422
    give_up_stale(ledger.directory, ledger.clock(), lambda key: import_with_key(ledger, key) is not None)
    sent = form.workbook.data
    upload = keep_upload(
        ledger, sent.stream, sent.filename,
        programme=where.programme.key, month=str(form.month.data), within=form.area.data, by=identity().person,
    )  # fmt: skip
    return redirect(url_for("imports.look", key=upload.key), 303)


@blueprint.get("/import/<key>")
@room(Permission.IMPORT)
def look(key: str) -> ResponseReturnValue:
    """Show what a list that was sent would change; once it is imported, what came of it."""
    recorded = _recorded(key)
    if recorded is not None:
        return _result_page(recorded, UndoForm())
    return _preview_page(_upload(key), ConfirmForm(formdata=None))


@blueprint.post("/import/<key>/confirm")
@room(Permission.IMPORT)
def confirm(key: str) -> ResponseReturnValue:
    """Import exactly the bytes that were sent, if the plan is still the one that was seen."""
    if _recorded(key) is not None:
        return redirect(url_for("imports.look", key=key), 303)
    upload, form = _upload(key), ConfirmForm()
    try:
        with writable_ledger() as ledger:
            where = where_of(ledger, upload.month, upload.within, upload.programme)
            # Whoever confirms without having seen a plan has agreed to none.
            asked = _request(ledger, where, upload, agreed=form.agreed.data or "-", accept=form.accept.data)
            result = import_sheets(ledger, where.programme, asked, _sheets(ledger, upload))
    except AlreadyRecordedError:
        return redirect(url_for("imports.look", key=key), 303)
    if result.id is not None:
        return redirect(url_for("imports.look", key=key), 303)
    if result.outdated:
        return _preview_page(upload, ConfirmForm(formdata=None), _MOVED_ON), 409
    form.accept.errors = [_NOT_ACCEPTED]
    return _preview_page(upload, form), 422


@blueprint.post("/import/<key>/discard")
@room(Permission.IMPORT)
def discard(key: str) -> ResponseReturnValue:
    """Forget a list that was sent; an imported one stays."""
    if _recorded(key) is not None:
        return redirect(url_for("imports.look", key=key), 303)
    upload = _upload(key)
    where = where_of(page_ledger(), upload.month, upload.within, upload.programme)
    give_up(page_ledger().directory, key)
    return redirect(where.to("imports.show"), 303)


@blueprint.post("/import/<key>/undo")
@room(Permission.IMPORT)
def undo(key: str) -> ResponseReturnValue:
    """Take an import back, with a reason."""
    recorded = _recorded(key)
    if recorded is None:
        raise NotThereError("没有这次导入，地址可能不完整。请从最近的导入里重新找。")
    form = UndoForm()
    if not form.validate() and recorded.undone is None:
        return _result_page(recorded, form), 422
    if recorded.undone is None:
        with writable_ledger() as ledger:
            try:
                withdraw_import(ledger, recorded.number, identity().person, form.reason.data)
            except RefusedError:
                if (now := import_with_key(ledger, key)) is None or now.undone is None:
                    raise
    return redirect(url_for("imports.look", key=key), 303)


def _recorded(key: str) -> RecordedImport | None:
    """Find an import in the caller's scope. Raises NotThereError for one beyond it, as for an upload that is gone."""
    recorded = import_with_key(page_ledger(), key)
    if recorded is not None and not _in_scope(recorded):
        raise NotThereError(_GONE)
    return recorded


def _in_scope(recorded: RecordedImport) -> bool:
    try:
        where_of(page_ledger(), recorded.month, recorded.within, recorded.programme)
    except NotThereError:
        return False
    return True


def _asked_where() -> Where:
    """Read where a list is to go from the query; what is no month or area there is left out."""
    month, area = request.args.get("month"), request.args.get("area")
    try:
        return where_of(page_ledger(), month if month and is_month(month) else None, area or None)
    except NotThereError:
        return where_of(page_ledger(), None, None)


def _today() -> str:
    return page_ledger().clock().strftime("%Y-%m")


def _upload(key: str) -> Upload:
    upload = find_upload(page_ledger().directory, key)
    if upload is None:
        raise NotThereError(_GONE)
    return upload


def _request(ledger: Ledger, where: Where, upload: Upload, *, agreed: str = "", accept: bool = False) -> ImportRequest:
    return ImportRequest(
        upload.workbook(ledger.directory), upload.month, where.area, identity().person, accept_warnings=accept,
        name=upload.name, key=upload.key, agreed=agreed,
    )  # fmt: skip


def _sheets(ledger: Ledger, upload: Upload) -> list[Sheet] | Fault:
    """Read what was sent, in a process of its own."""
    path = upload.workbook(ledger.directory)
    try:
        if hashlib.sha256(path.read_bytes()).hexdigest() != upload.sha256:
            raise NotThereError("收下的文件后来被改动或已损坏，不能导入。台账没有改动，请重新上传清单。")
    except OSError as error:
        raise NotThereError(_GONE) from error
    reading = start_reading(path, PAGE_LIMITS)
    try:
        return reading.sheets()
    finally:
        reading.stop()


def _form_page(where: Where, form: UploadForm) -> str:
    recent = recent_imports(page_ledger(), where.programme.key, _RECENT)
    return render_template(
        "import.html",
        where=where,
        room="import",
        form=form,
        limit=PAGE_LIMITS,
        recent=[(each, place_words(where.places, each.within)) for each in recent if _in_scope(each)],
    )


def _preview_page(upload: Upload, form: ConfirmForm, notice: str = "") -> str:
    with writable_ledger() as ledger:
        where = where_of(ledger, upload.month, upload.within, upload.programme)
        rehearsal = rehearse(ledger, where.programme, _request(ledger, where, upload), _sheets(ledger, upload))
    preview = preview_of(where, rehearsal)
    form.agreed.data = preview.digest
    return render_template(
        "import_preview.html", where=where, room="import", upload=upload, preview=preview, form=form,
        discard=DiscardForm(formdata=None), notice_text=notice,
    )  # fmt: skip


def _result_page(recorded: RecordedImport, form: UndoForm) -> str:
    where = where_of(page_ledger(), recorded.month, recorded.within, recorded.programme)
    shown: dict[str, Any] = {"where": where, "room": "import", "recorded": recorded, "form": form}
    return render_template("import_result.html", **shown)
