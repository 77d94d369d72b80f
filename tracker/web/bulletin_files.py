"""Bulletins' files: what was issued, byte for byte, for everyone whom the bulletin concerns."""

from __future__ import annotations

import io

from flask import Blueprint, Response, render_template, send_file
from flask.typing import ResponseReturnValue

from tracker.ledger.bulletins import Issued, bulletin_of_record, file_of
from tracker.ledger.handle import Ledger, LedgerError, UnknownError
from tracker.ledger.programmes import find_programme, places_of
from tracker.web.guarding import PDF_POLICY
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError

blueprint = Blueprint("bulletin_files", __name__)


def may_open(ledger: Ledger, issued: Issued) -> bool:
    """Say whether the caller may have a bulletin's file: its area holds their scope, or their scope its area."""
    me = identity()
    if not me.may(Permission.READ):
        return False
    if me.scope is None:
        return True
    places = places_of(ledger, find_programme(ledger, issued.programme))
    scope, area = places.find(me.scope), places.find(issued.area)
    return scope is not None and area is not None and (scope.within(area) or area.within(scope))


@blueprint.get("/bulletin/file/<int:sequence>.pdf")
@room(Permission.READ)
def show(sequence: int) -> ResponseReturnValue:
    """Give an issued bulletin's file; a damaged one is not given out, and the page says what to do."""
    ledger = page_ledger()
    nowhere = NotThereError("没有这份通报，或者它不在您的范围内。")
    try:
        issued = bulletin_of_record(ledger, sequence)
    except UnknownError as error:
        raise NotThereError(str(nowhere)) from error
    if not may_open(ledger, issued):
        raise nowhere
    try:
        content = file_of(ledger, issued)
    except LedgerError as error:
        page = render_template("error.html", code=503, title="通报的文件没有给出", sentence=str(error))
        return page, 503
    response: Response = send_file(
        io.BytesIO(content), mimetype="application/pdf", download_name=f"{issued.number}.pdf", etag=issued.sha256
    )
    # A browser may keep what never changes, but asks each time: whoever signed out gets it from nowhere.
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = PDF_POLICY
    return response
