"""Imports: a list is sent, shown as it was understood, confirmed, and taken back where it was wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from flask import Blueprint, Response, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from tracker.exchange.imports.importing import import_sheets
from tracker.exchange.imports.rehearsing import rehearse
from tracker.exchange.reading.workbooks import PAGE_LIMITS, Sheet
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.heading_choices import choices_in_force
from tracker.ledger.imports import RecordedImport, accepted_faults, import_choices, import_with_key, recent_imports
from tracker.ledger.originals import original_path
from tracker.ledger.records import head_of
from tracker.ledger.withdrawing import withdraw_import
from tracker.ledger.writing import AlreadyRecordedError
from tracker.model.faults import Fault
from tracker.model.months import is_month
from tracker.web.identity import actor, identity
from tracker.web.import_forms import ConfirmForm, DiscardForm, UndoForm, UploadForm, WorkForm, upload_form
from tracker.web.import_preview import MOST_FAULTS, Preview, folded, preview_from, preview_of
from tracker.web.import_reading import choice_lines
from tracker.web.import_work import (
    LONG_ROWS,
    PREVIEW,
    STEP_WORDS,
    Verb,
    Work,
    call_long,
    is_long,
    start,
    stop,
    work_in,
)
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.upload_reading import CHANGED, import_of, is_refused_at_sight, sheets_of
from tracker.web.uploads import KEPT_DAYS, Upload, choices_of, find_upload, give_up, give_up_stale, keep_upload, taken
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
    give_up_stale(ledger.directory, ledger.clock(), _has_only_the_upload)
    sent = form.workbook.data
    upload = keep_upload(
        ledger, sent.stream, sent.filename,
        programme=where.programme.key, month=str(form.month.data), within=form.area.data, by=identity().person,
    )  # fmt: skip
    return redirect(url_for("imports.look", key=upload.key), 303)


@blueprint.get("/import/<key>")
@room(Permission.IMPORT)
def look(key: str) -> ResponseReturnValue:
    """Show what a list that was sent would change, or how far that is; once it is imported, what came of it."""
    recorded = _recorded(key)
    if recorded is not None:
        return _result_page(recorded, UndoForm())
    upload = upload_sent(key)
    if not _is_long(upload):
        return _preview_page(upload, ConfirmForm(formdata=None))
    return _long_page(upload)


@blueprint.post("/import/<key>/confirm")
@room(Permission.IMPORT)
def confirm(key: str) -> ResponseReturnValue:
    """Import exactly the bytes that were sent, if the plan is still the one that was seen."""
    if _recorded(key) is not None:
        return redirect(url_for("imports.look", key=key), 303)
    upload, form = upload_sent(key), ConfirmForm()
    if _is_long(upload):
        return _confirm_long(upload, form)
    try:
        with writable_ledger() as ledger:
            where = where_of(ledger, upload.month, upload.within, upload.programme)
            # Whoever confirms without having seen a plan has agreed to none.
            asked = import_of(
                upload, ledger.directory, where.area, identity().person,
                agreed=form.agreed.data or "-", accept=form.accept.data,
            )  # fmt: skip
            result = import_sheets(ledger, where.programme, asked, read_upload(ledger, upload))
    except AlreadyRecordedError:
        return redirect(url_for("imports.look", key=key), 303)
    if result.id is not None:
        return redirect(url_for("imports.look", key=key), 303)
    if result.outdated:
        return _preview_page(upload, ConfirmForm(formdata=None), _MOVED_ON), 409
    form.accept.errors = [_NOT_ACCEPTED]
    return _preview_page(upload, form), 422


@blueprint.post("/import/<key>/work")
@room(Permission.IMPORT)
def work(key: str) -> ResponseReturnValue:
    """End the look at a long list, or begin it anew."""
    if _recorded(key) is None:
        upload, form = upload_sent(key), WorkForm()
        where_of(page_ledger(), upload.month, upload.within, upload.programme)
        standing = work_in(_folder(upload))
        if standing.running and form.stop.data and standing.verb == "preview":
            stop(_folder(upload))
        elif not standing.running and form.again.data:
            _start(upload, "preview")
    return redirect(url_for("imports.look", key=key), 303)


@blueprint.post("/import/<key>/discard")
@room(Permission.IMPORT)
def discard(key: str) -> ResponseReturnValue:
    """Forget a list that was sent; an imported one stays."""
    if _recorded(key) is not None:
        return redirect(url_for("imports.look", key=key), 303)
    upload = upload_sent(key)
    standing = work_in(_folder(upload))
    if standing.running and standing.verb == "confirm":
        return redirect(url_for("imports.look", key=key), 303)
    where = where_of(page_ledger(), upload.month, upload.within, upload.programme)
    give_up(page_ledger().directory, key)
    return redirect(where.to("imports.show"), 303)


@blueprint.get("/import/<key>/original")
@room(Permission.IMPORT)
def original(key: str) -> ResponseReturnValue:
    """Give the file that an import was read from, byte for byte."""
    recorded = _recorded(key)
    if recorded is None or not recorded.kept:
        raise NotThereError("没有这次导入的原文件：可能还没有导入，或者是较早的导入，当时没有保留原文件。")
    path = original_path(page_ledger(), recorded.sha256)
    if not path.is_file():
        raise NotThereError(f"原文件“{recorded.file}”不见了，请管理员用 app.py check 核对，从备份里取回。")
    response: Response = send_file(
        path, mimetype="application/octet-stream", as_attachment=True, download_name=recorded.file, etag=recorded.sha256
    )
    response.headers["Cache-Control"] = "no-store"
    return response


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


def upload_sent(key: str) -> Upload:
    """Find an upload. Raises NotThereError where there is none, or it is gone."""
    upload = find_upload(page_ledger().directory, key)
    if upload is None:
        raise NotThereError(_GONE)
    return upload


def read_upload(ledger: Ledger, upload: Upload) -> list[Sheet] | Fault:
    """Read what was sent, in a process of its own. Raises NotThereError where it is gone or no longer what it was."""
    try:
        sheets = sheets_of(upload, ledger.directory)
    except OSError as error:
        raise NotThereError(_GONE) from error
    if sheets is None:
        raise NotThereError(CHANGED)
    return sheets


def _folder(upload: Upload) -> Path:
    return upload.folder(page_ledger().directory)


def _is_long(upload: Upload) -> bool:
    """Say whether an upload is worked on by a process of its own; what cannot be read at all is told at once."""
    if not is_long(_folder(upload), upload.size):
        return False
    try:
        return not is_refused_at_sight(upload, page_ledger().directory)
    except OSError as error:
        raise NotThereError(_GONE) from error


def _has_only_the_upload(key: str) -> bool:
    """Say whether an upload was imported before originals were kept: its folder is all there is of the file."""
    recorded = import_with_key(page_ledger(), key)
    return recorded is not None and not recorded.kept


def _choices_digest(where: Where, upload: Upload) -> str:
    """Give a digest of how an upload is read now: by what was chosen for it and by what is remembered."""
    ledger = page_ledger()
    remembered = choices_in_force(ledger, where.programme.key, where.places, where.area)
    return replace(choices_of(upload, ledger.directory), remembered=remembered).digest()


def _start(upload: Upload, verb: Verb, **more: object) -> None:
    """Start the work on a long upload, in the name of who calls."""
    where = where_of(page_ledger(), upload.month, upload.within, upload.programme)
    me = actor()
    start(
        _folder(upload), page_ledger().directory, upload.key, verb, by=identity().person,
        role=me.role.value if me.role else None, address=me.address, choices=_choices_digest(where, upload), **more,
    )  # fmt: skip


def _long_page(upload: Upload) -> ResponseReturnValue:
    """Show what is kept of a long list's preview while it holds; else how far the work is, begun where it is not."""
    where = where_of(page_ledger(), upload.month, upload.within, upload.programme)
    standing = work_in(_folder(upload))
    if standing.running:
        return _progress_page(where, upload, standing)
    outcome = standing.outcome or {}
    if standing.verb is None or (standing.verb == "confirm" and ("outdated" in outcome or "refused" in outcome)):
        _start(upload, "preview")
        moved = _MOVED_ON.partition("下面")[0] if outcome.get("outdated") else ""
        return _progress_page(where, upload, Work("preview", running=True), moved)
    if (standing.stopped and not outcome) or standing.died or outcome.get("sentence"):
        return _progress_page(where, upload, standing)
    preview = _kept_preview(where, upload)
    if preview is None:
        _start(upload, "preview")
        return _progress_page(where, upload, Work("preview", running=True), "台账或读法有了变化，正在重新比对。")
    return _shown(where, upload, preview, ConfirmForm(formdata=None))


def _kept_preview(where: Where, upload: Upload) -> Preview | None:
    """Give the preview that the work left, as long as neither the ledger nor the way of reading has changed since."""
    said = taken(_folder(upload) / PREVIEW)
    if said is None or said.get("revision") != list(head_of(page_ledger())):
        return None
    if said.get("choices") != _choices_digest(where, upload):
        return None
    try:
        return preview_from(said["preview"])
    except (KeyError, TypeError, AttributeError):
        return None


def _confirm_long(upload: Upload, form: ConfirmForm) -> ResponseReturnValue:
    """Start the import of a long list that was seen and agreed to."""
    where = where_of(page_ledger(), upload.month, upload.within, upload.programme)
    preview = None if work_in(_folder(upload)).running else _kept_preview(where, upload)
    if preview is not None and preview.asks and not form.accept.data:
        form.accept.errors = [_NOT_ACCEPTED]
        return _shown(where, upload, preview, form), 422
    if preview is not None and preview.digest == form.agreed.data:
        _start(upload, "confirm", agreed=preview.digest, accept=bool(form.accept.data))
    return redirect(url_for("imports.look", key=upload.key), 303)


def _progress_page(where: Where, upload: Upload, standing: Work, notice: str = "") -> str:
    return render_template(
        "import_progress.html", where=where, room="import", upload=upload, work=standing, steps=STEP_WORDS,
        form=WorkForm(formdata=None), discard=DiscardForm(formdata=None), notice_text=notice,
    )  # fmt: skip


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
        sheets = read_upload(ledger, upload)
        if not isinstance(sheets, Fault) and sum(len(sheet.rows) for sheet in sheets) > LONG_ROWS:
            call_long(_folder(upload))
            _start(upload, "preview")
            return _progress_page(where, upload, Work("preview", running=True), notice)
        asked = import_of(upload, ledger.directory, where.area, identity().person)
        rehearsal = rehearse(ledger, where.programme, asked, sheets)
    return _shown(where, upload, preview_of(where.places, rehearsal), form, notice)


def _shown(where: Where, upload: Upload, preview: Preview, form: ConfirmForm, notice: str = "") -> str:
    form.agreed.data = preview.digest
    return render_template(
        "import_preview.html", where=where, room="import", upload=upload, preview=preview, form=form,
        discard=DiscardForm(formdata=None), notice_text=notice,
    )  # fmt: skip


def _result_page(recorded: RecordedImport, form: UndoForm) -> str:
    ledger = page_ledger()
    where = where_of(ledger, recorded.month, recorded.within, recorded.programme)
    shown: dict[str, Any] = {"where": where, "room": "import", "recorded": recorded, "form": form}
    accepted = folded(accepted_faults(ledger, recorded.number), MOST_FAULTS)
    return render_template(
        "import_result.html", accepted=accepted, choices=choice_lines(import_choices(ledger, recorded.number)), **shown
    )
