"""Attachments: photos and papers of a project's month, added and taken back by the county, shown to all readers."""

from __future__ import annotations

import re
import secrets
import unicodedata

from flask import Blueprint, Response, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from wtforms import HiddenField, StringField
from wtforms.validators import Optional

from tracker.ledger.attachments import (
    Attachment,
    attach,
    attachment_numbered,
    attachment_path,
    attachments_of,
    detach,
)
from tracker.ledger.handle import Ledger, RefusedError, UnknownError
from tracker.ledger.months import admission
from tracker.ledger.programmes import find_programme
from tracker.ledger.projects import state_at
from tracker.ledger.returns import TO_FILL, ReturnRow, rows_of_month
from tracker.ledger.writing import AlreadyRecordedError, writing
from tracker.web.forms import WritingForm
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.returns import county_where
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError, Where, where_of

blueprint = Blueprint("attachments", __name__)

_KEY = re.compile(r"[0-9a-f]{32}")
_SANDBOX = "sandbox; default-src 'none'"


class AttachForm(WritingForm):
    """Files to attach; they are read from the request itself."""

    key = HiddenField()


class DetachForm(WritingForm):
    """Take an attachment back, with a reason."""

    key = HiddenField()
    reason = StringField("撤去理由", [Optional()])


@blueprint.get("/return/<month>/<area>/attachments/<project>")
@room(Permission.FILL)
def show(month: str, area: str, project: str) -> ResponseReturnValue:
    """Show the attachments of one project's month, and the form that adds to them."""
    where = county_where(month, area)
    return _page(where, page_ledger(), project)


def _row(ledger: Ledger, where: Where, project: str) -> ReturnRow:
    rows = rows_of_month(ledger, where.programme, where.month, where.area)
    found = next((row for row in rows if row.project == project), None)
    if found is None:
        raise NotThereError(f"项目 {project} 不在{where.full_name}{where.month_words}的清单里。")
    return found


def _refusal(ledger: Ledger, where: Where, row: ReturnRow) -> str | None:
    """Give why nothing may be attached any more, or None."""
    admitted = admission(ledger, where.programme, where.month, where.area.code)
    if not admitted.admits(sent_back=row.sent_back):
        return admitted.refusal
    if row.status not in TO_FILL:
        return "这个项目本月已经报送，附件不能再增减；如要补充，请联系专班退回。"
    return None


def _page(where: Where, ledger: Ledger, project: str, faults: list[str] | None = None) -> str:
    from tracker.exchange.attachment_reading import picture_size  # noqa: PLC0415  # loads the decoder

    row = _row(ledger, where, project)
    found = attachments_of(ledger, where.programme.key, where.month, [project])
    return render_template(
        "attachments.html",
        where=where, room="return", row=row, faults=faults or [], refusal=_refusal(ledger, where, row),
        attachments=[(each, picture_size(attachment_path(ledger, each.sha256)) if each.is_picture else None)
                     for each in found],
        form=AttachForm(formdata=None, data={"key": secrets.token_hex(16)}),
        detach=DetachForm(formdata=None, data={"key": secrets.token_hex(16)}),
        here=where.to("attachments.add", project=project), back=where.to("returns.show", open=project),
    )  # fmt: skip


@blueprint.post("/return/<month>/<area>/attachments/<project>")
@room(Permission.FILL)
def add(month: str, area: str, project: str) -> ResponseReturnValue:
    """Attach the files that were sent; those that cannot be attached are named, the others are kept."""
    from tracker.exchange.attachment_reading import prepare  # noqa: PLC0415

    where = county_where(month, area)
    form = AttachForm()
    files = [file for file in request.files.getlist("file") if file.filename]
    faults = [] if files else ["还没有选文件，请先选照片或 PDF。"]
    key = form.key.data or ""
    if not form.validate() or not _KEY.fullmatch(key):
        faults, files = ["这一页不完整，没有登记；请再选一次文件。"], []
    with writable_ledger() as ledger:
        refusal = _refusal(ledger, where, _row(ledger, where, project))
        if refusal is not None:
            faults, files = [refusal], []
        for number, file in enumerate(files):
            name = shown_name(file.filename or "")
            try:
                made = prepare(file.read(), name)
                with writing(ledger, f"{key}-{number}", identity().person) as writes:
                    attach(
                        writes, where.programme.key, project, where.month,
                        name=name, media_type=made.media_type, content=made.content, taken_at=made.taken_at,
                    )  # fmt: skip
            except AlreadyRecordedError:
                continue
            except RefusedError as error:
                faults.append(str(error))
        if faults:
            return _page(where, ledger, project, faults), 422
    return redirect(where.to("attachments.show", project=project), 303)


@blueprint.post("/return/<month>/<area>/attachments/<project>/<int:sequence>")
@room(Permission.FILL)
def take_back(month: str, area: str, project: str, sequence: int) -> ResponseReturnValue:
    """Take an attachment back, with a reason; its record stays in the dossier."""
    where = county_where(month, area)
    form = DetachForm()
    with writable_ledger() as ledger:
        row = _row(ledger, where, project)
        there = attachments_of(ledger, where.programme.key, where.month, [project])
        found = next((each for each in there if each.sequence == sequence), None)
        if found is None:
            raise NotThereError("没有这个附件，或者它已经撤去。")
        refusal = _refusal(ledger, where, row)
        if refusal is not None or not form.validate() or not _KEY.fullmatch(form.key.data or ""):
            return _page(where, ledger, project, [refusal or "这一页不完整，没有撤去；请再试一次。"]), 422
        try:
            with writing(ledger, form.key.data or "", identity().person) as writes:
                detach(writes, found, form.reason.data or "")
        except AlreadyRecordedError:
            pass
        except RefusedError as error:
            return _page(where, ledger, project, [str(error)]), 422
    return redirect(where.to("attachments.show", project=project), 303)


def shown_name(sent: str) -> str:
    """Give the name of a file as it may be shown: without folders, control characters and needless space."""
    last = re.split(r"[/\\]", sent)[-1]
    visible = "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") else one for one in last)
    return " ".join(visible.split()) or "未命名的文件"


@blueprint.get("/attachment/<int:sequence>")
@room(Permission.READ)
def fetch(sequence: int) -> ResponseReturnValue:
    """Give an attachment's bytes: a photo to be shown, a paper only to be kept; nothing in it can run here."""
    ledger = page_ledger()
    found = _in_scope(ledger, sequence)
    path = attachment_path(ledger, found.sha256)
    if not path.is_file():
        raise NotThereError(f"附件“{found.name}”的文件不见了，请管理员用 app.py check 核对，从备份里取回。")
    response: Response = send_file(
        path, mimetype=found.media_type, as_attachment=not found.is_picture, download_name=found.name, etag=found.sha256
    )
    response.headers["Content-Security-Policy"] = _SANDBOX
    response.headers["Cache-Control"] = "no-store"
    return response


def _in_scope(ledger: Ledger, sequence: int) -> Attachment:
    """Find an attachment of a project in the caller's scope. Raises NotThereError, in one sentence for both."""
    nowhere = NotThereError("没有这个附件，或者它不在您的范围内。")
    try:
        found = attachment_numbered(ledger, sequence)
        programme = find_programme(ledger, found.programme)
    except UnknownError as error:
        raise nowhere from error
    state = state_at(ledger, programme, found.project, found.month)
    if state is None:
        raise nowhere
    try:
        where_of(ledger, found.month, str(state.values["county"]), found.programme)
    except NotThereError as error:
        raise nowhere from error
    return found
