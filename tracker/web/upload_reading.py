"""Upload reading: what an upload holds, read in a process of its own, and the import that it asks for."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tracker.exchange.imports.importing import ImportRequest
from tracker.exchange.reading.workbook_look import look
from tracker.exchange.reading.workbooks import PAGE_LIMITS, Limits, Sheet, start_reading
from tracker.model.faults import Fault
from tracker.model.places import Place
from tracker.web.uploads import Upload, choices_of

CHANGED = "收下的文件后来被改动或已损坏，不能导入。台账没有改动，请重新上传清单。"


def sheets_of(upload: Upload, directory: Path, limits: Limits = PAGE_LIMITS) -> list[Sheet] | Fault | None:
    """Read what was sent; None where the bytes are no longer those. Raises OSError where they cannot be read."""
    path = upload.workbook(directory)
    with path.open("rb") as file:
        if hashlib.file_digest(file, "sha256").hexdigest() != upload.sha256:
            return None
    reading = start_reading(path, limits, upload.name)
    try:
        return reading.sheets()
    finally:
        reading.stop()


def is_refused_at_sight(upload: Upload, directory: Path) -> bool:
    """Say whether a cheap look shows already that the file cannot be read. Raises OSError where it is gone."""
    path = upload.workbook(directory)
    with path.open("rb") as file:
        return isinstance(look(file, path.stat().st_size, PAGE_LIMITS, upload.name), str)


def import_of(
    upload: Upload, directory: Path, area: Place, by: str, *, agreed: str = "", accept: bool = False
) -> ImportRequest:
    """Give the import that an upload asks for, of the area that its code stands for."""
    return ImportRequest(
        upload.workbook(directory), upload.month, area, by, accept_warnings=accept,
        name=upload.name, key=upload.key, agreed=agreed, choices=choices_of(upload, directory),
    )  # fmt: skip
