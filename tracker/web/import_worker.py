"""Import worker: the process that looks at one long list, or imports it, and tells how far it is.

Run as `python -m tracker.web.import_worker LEDGER KEY LOCK`: the ledger's directory, the upload's key, the descriptor
of the lock that it was handed and keeps until it ends. What it is to do stands in the upload's folder.
"""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from tracker.exchange.imports.importing import import_sheets
from tracker.exchange.imports.rehearsing import rehearse
from tracker.exchange.reading.workbooks import PAGE_LIMITS, Sheet
from tracker.ledger.audit import Actor
from tracker.ledger.copying import private_copy
from tracker.ledger.handle import Ledger, LedgerError
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_programme, places_of
from tracker.ledger.records import head_of
from tracker.ledger.writing import AlreadyRecordedError
from tracker.model.faults import Fault
from tracker.model.places import Place, Places
from tracker.model.programme import Programme
from tracker.model.roles import Role
from tracker.web.background_work import JOB, OUTCOME, Teller
from tracker.web.import_preview import preview_of
from tracker.web.import_work import PREVIEW, is_asked_to_stop
from tracker.web.upload_reading import CHANGED, import_of, sheets_of
from tracker.web.uploads import Upload, find_upload, put, taken

_PATIENT = replace(PAGE_LIMITS, seconds=30)
"""What may be read here: as much as on a page, but no request waits for it."""


class StoppedError(Exception):
    """Somebody asked for the end of the work."""


def main(directory: Path, key: str) -> None:
    """Do what the upload's folder says, and leave there what came of it."""
    upload = find_upload(directory, key)
    job = taken(upload.folder(directory) / JOB) if upload else None
    if upload is None or job is None:
        return
    folder = upload.folder(directory)

    def heed() -> None:
        if job["verb"] == "preview" and is_asked_to_stop(folder):
            raise StoppedError

    tell = Teller(folder, heed)
    try:
        ledger = open_ledger(directory)
        try:
            role = job.get("role")
            ledger.actor = Actor(job["by"], Role(role) if role else None, job.get("address"))
            outcome = (_confirm if job["verb"] == "confirm" else _preview)(ledger, upload, job, tell)
        finally:
            ledger.close()
    except StoppedError:
        return
    except LedgerError as error:
        outcome = {"sentence": str(error)}
    with suppress(FileNotFoundError):  # given up meanwhile
        put(folder / OUTCOME, outcome)


def _preview(ledger: Ledger, upload: Upload, job: dict[str, Any], tell: Teller) -> dict[str, Any]:
    folder = upload.folder(ledger.directory)
    programme, places, area = _about(ledger, upload)
    sheets = _sheets(ledger, upload)
    tell("reading", 0, _rows(sheets))
    with private_copy(ledger, folder) as copy:
        revision = head_of(copy)
        asked = import_of(upload, ledger.directory, area, job["by"])
        rehearsal = rehearse(copy, programme, asked, sheets, tell)
    put(
        folder / PREVIEW,
        {"revision": list(revision), "preview": preview_of(places, rehearsal).as_mapping(), "choices": job["choices"]},
    )
    return {"seen": True}


def _confirm(ledger: Ledger, upload: Upload, job: dict[str, Any], tell: Teller) -> dict[str, Any]:
    programme, _, area = _about(ledger, upload)
    sheets = _sheets(ledger, upload)
    try:
        asked = import_of(upload, ledger.directory, area, job["by"], agreed=job["agreed"], accept=job["accept"])
        result = import_sheets(ledger, programme, asked, sheets, tell)
    except AlreadyRecordedError:
        return {"imported": True}
    if result.id is not None:
        return {"imported": True}
    return {"outdated": result.outdated, "refused": result.refused}


def _about(ledger: Ledger, upload: Upload) -> tuple[Programme, Places, Place]:
    """Find what an upload is about; that its sender may touch it was asked when it was sent."""
    programme = find_programme(ledger, upload.programme)
    places = places_of(ledger, programme)
    area = places.find(upload.within)
    if area is None:
        raise LedgerError(f"没有代码为“{upload.within}”的地区，没有处理。请重新上传清单。")
    return programme, places, area


def _sheets(ledger: Ledger, upload: Upload) -> list[Sheet] | Fault:
    try:
        sheets = sheets_of(upload, ledger.directory, _PATIENT)
    except OSError as error:
        raise LedgerError(CHANGED) from error
    if sheets is None:
        raise LedgerError(CHANGED)
    return sheets


def _rows(sheets: list[Sheet] | Fault) -> int:
    return 0 if isinstance(sheets, Fault) else sum(len(sheet.rows) for sheet in sheets)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
