"""Marked: the sender's own workbook given back, with what must be mended in its place."""

from __future__ import annotations

import io
import tempfile
from pathlib import Path

from flask import Blueprint, Response, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from tracker.exchange.imports.importing import plan_of
from tracker.exchange.imports.intake import untold
from tracker.exchange.marking.marked_workbook import MarkingError, mark_workbook
from tracker.exchange.marking.marking_words import marked_name
from tracker.model.faults import Fault
from tracker.web.identity import identity
from tracker.web.imports import read_upload, upload_sent
from tracker.web.page_ledger import page_ledger
from tracker.web.rooms import Permission, room
from tracker.web.upload_reading import import_of
from tracker.web.uploads import Upload
from tracker.web.whereabouts import where_of

blueprint = Blueprint("marked", __name__)

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@blueprint.get("/import/<key>/marked")
@room(Permission.IMPORT)
def give_back(key: str) -> ResponseReturnValue:
    """Give an upload back as a workbook with its faults marked; back to its preview where it has none."""
    upload = upload_sent(key)
    faults = _faults(upload)
    if not faults:
        return redirect(url_for("imports.look", key=key), 303)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "marked.xlsx"
        try:
            mark_workbook(upload.workbook(page_ledger().directory), path, faults, name=upload.name)
        except MarkingError as error:
            sentence = f"{error}这份清单的问题都在核对页上，返回上一页即可看到；台账没有改动。"
            return render_template("error.html", code=422, title="标注没有做成", sentence=sentence), 422
        content = io.BytesIO(path.read_bytes())
    response: Response = send_file(
        content, mimetype=_WORKBOOK, as_attachment=True, download_name=marked_name(upload.name)
    )  # fmt: skip
    response.headers["Cache-Control"] = "no-store"
    return response


def _faults(upload: Upload) -> list[Fault]:
    """Give what is wrong with an upload as it is read now. Raises NotThereError for one beyond the caller's scope."""
    ledger = page_ledger()
    where = where_of(ledger, upload.month, upload.within, upload.programme)
    sheets = read_upload(ledger, upload)
    if isinstance(sheets, Fault):
        return [sheets]
    asked = import_of(upload, ledger.directory, where.area, identity().person)
    return plan_of(ledger, where.programme, asked, sheets, untold).faults
