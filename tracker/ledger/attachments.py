"""Attachments: photos and papers about a project's month, kept as bytes under their own SHA-256 beside the database.

The bytes lie durably in their file before a record names them, so that no record ever lacks its file; a file
that no record names is what a crash left, and harms nothing.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tracker.ledger.dossiers import UNFINISHED
from tracker.ledger.handle import Ledger, RefusedError, StorageError, UnknownError, sync_directory
from tracker.ledger.months import refuse_closed
from tracker.ledger.states import WITHDRAWN
from tracker.ledger.verifying import Defect
from tracker.ledger.writing import Writing

ATTACHMENTS_NAME = "attachments"

MOST_OF_A_PROJECT = 30
"""Attachments that one project may have for one month."""

_LONGEST_NAME = 120
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment as it is recorded: its record's number, what it is about, what it is, since when and by whom.

    `taken_at` is the time that a photo itself gives, in ISO form, with an offset only where the camera knew it.
    """

    sequence: int
    programme: str
    project: str
    month: str
    name: str
    media_type: str
    size: int
    sha256: str
    taken_at: str | None
    recorded_at: str
    recorded_by: str

    @property
    def is_picture(self) -> bool:
        """Say whether it can be shown on a page; a paper can only be fetched."""
        return self.media_type.startswith("image/")


def attachment_path(ledger: Ledger, sha256: str) -> Path:
    """Give the file that holds a content."""
    return ledger.directory / ATTACHMENTS_NAME / sha256[:2] / sha256


def keep_content(ledger: Ledger, content: bytes) -> str:
    """Keep bytes under their SHA-256, durably, readable by this program's user only; gives the SHA-256.

    What is kept already stays as it is. Raises StorageError where the disk refuses.
    """
    digest = hashlib.sha256(content).hexdigest()
    path = attachment_path(ledger, digest)
    try:
        if not _is_whole(path, digest):
            write_durably(path, content)
    except OSError as error:
        raise StorageError(f"附件没有存成（{error.strerror or error}），请检查磁盘后再传一次。") from error
    return digest


def write_durably(path: Path, content: bytes) -> None:
    """Put bytes into their place, two folders below the ledger's, whole or not at all. Raises OSError."""
    for directory in (path.parent.parent, path.parent):
        if not directory.is_dir():
            directory.mkdir(mode=0o700, exist_ok=True)
            sync_directory(directory.parent)
    unfinished = path.with_name(f".{secrets.token_hex(8)}{UNFINISHED}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError:
        unfinished.unlink(missing_ok=True)
        raise
    sync_directory(path.parent)


def _is_whole(path: Path, sha256: str) -> bool:
    try:
        return _digest(path) == sha256
    except FileNotFoundError:
        return False


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def attach(
    writing: Writing,
    programme: str,
    project: str,
    month: str,
    *,
    name: str,
    media_type: str,
    content: bytes,
    taken_at: str | None = None,
) -> int:
    """Keep bytes and record them as an attachment of a project's month; gives the record's number.

    `name` is the sender's own, fit to be shown. Raises RefusedError for a closed month, for what is attached
    already and for more than MOST_OF_A_PROJECT, StorageError where the disk refuses.
    """
    ledger = writing.ledger
    refuse_closed(ledger, programme, month)
    there = attachments_of(ledger, programme, month, [project])
    if len(there) >= MOST_OF_A_PROJECT:
        raise RefusedError(f"这个项目本月已有 {len(there)} 个附件，最多 {MOST_OF_A_PROJECT} 个；请先撤去不用的。")
    digest = hashlib.sha256(content).hexdigest()
    for each in there:
        if each.sha256 == digest:
            raise RefusedError(f"这个文件已经传过（“{each.name}”），没有重复登记。")
    keep_content(ledger, content)
    return writing.attach(
        programme, project, month,
        {"name": short_name(name), "media_type": media_type, "bytes": len(content), "sha256": digest}
        | ({"taken_at": taken_at} if taken_at else {}),
    )  # fmt: skip


def short_name(name: str) -> str:
    """Give a file's name short enough to be kept, with its end, where its kind stands."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 21]}…{name[-20:]}"


def detach(writing: Writing, attachment: Attachment, reason: str) -> int:
    """Record that an attachment no longer counts, with the reason; record and file stay. Raises RefusedError."""
    refuse_closed(writing.ledger, attachment.programme, attachment.month)
    why = reason.strip()
    if not why:
        raise RefusedError("请写明撤去附件的理由，例如：传错了项目。")
    there = attachments_of(writing.ledger, attachment.programme, attachment.month, [attachment.project])
    if attachment.sequence not in {each.sequence for each in there}:
        raise RefusedError(f"“{attachment.name}”已经撤去，没有重复登记。")
    return writing.withdraw(
        attachment.programme, attachment.project, attachment.month, attachment.sequence, reason=why
    )  # fmt: skip


_ATTACHED = (
    "SELECT record.sequence, record.programme, record.project, record.month, record.recorded_at, record.recorded_by, "
    "attachment.name, attachment.media_type, attachment.bytes, attachment.sha256, attachment.taken_at "
    "FROM attachment JOIN record USING (sequence)"
)


def attachments_of(ledger: Ledger, programme: str, month: str | None, projects: Iterable[str]) -> list[Attachment]:
    """Give some projects' attachments for a month (None: for all), as recorded, without those taken back."""
    found: list[Attachment] = []
    for project in projects:
        rows = ledger.connection.execute(
            f"{_ATTACHED} WHERE record.programme = ? AND record.project = ? AND record.kind = 'attachment' "
            f"AND coalesce(?, record.month) = record.month AND NOT {WITHDRAWN} ORDER BY record.sequence",
            (programme, project, month),
        )
        found += [Attachment(*_in_order(row)) for row in rows]
    return found


def attached_since(ledger: Ledger, programme: str, project: str, month: str, sequence: int) -> bool:
    """Say whether a project's attachments for a month were added to, or taken back, after a record."""
    row = ledger.connection.execute(
        "SELECT 1 FROM record LEFT JOIN statement USING (sequence) WHERE record.programme = ? AND record.project = ? "
        "AND record.month = ? AND record.sequence > ? AND (record.kind = 'attachment' "
        "OR statement.withdraws IN (SELECT sequence FROM attachment)) LIMIT 1",
        (programme, project, month, sequence),
    ).fetchone()
    return row is not None


def attachment_numbered(ledger: Ledger, sequence: int) -> Attachment:
    """Give the attachment that a record holds, one taken back as well. Raises UnknownError where there is none."""
    row = ledger.connection.execute(f"{_ATTACHED} WHERE record.sequence = ?", (sequence,)).fetchone()
    if row is None:
        raise UnknownError("没有这个附件，请从项目的档案里打开。")
    return Attachment(*_in_order(row))


def _in_order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    return tuple(
        row[name]
        for name in (
            "sequence", "programme", "project", "month", "name", "media_type", "bytes", "sha256", "taken_at",
            "recorded_at", "recorded_by",
        )
    )  # fmt: skip


def attachment_defects(ledger: Ledger) -> list[Defect]:
    """Look at every attachment's file: what is missing or no longer what was attached, by its place."""
    defects = []
    for row in ledger.connection.execute(
        "SELECT attachment.sha256, attachment.name, min(record.sequence) AS sequence, record.project "
        "FROM attachment JOIN record USING (sequence) GROUP BY attachment.sha256 ORDER BY sequence"
    ).fetchall():
        path = attachment_path(ledger, row["sha256"])
        about = f"项目 {row['project']} 的附件“{row['name']}”（第 {row['sequence']} 条记录）"
        try:
            wrong = "" if _digest(path) == row["sha256"] else "的文件与登记时不同，被改动或已损坏"
        except FileNotFoundError:
            wrong = "的文件不见了"
        except OSError as error:
            wrong = f"的文件读不出（{error.strerror or error}）"
        if wrong:
            place = path.relative_to(ledger.directory).as_posix()
            defects.append(Defect(place, f"{about}{wrong}，请从最近的备份里取回。"))
    return defects


def bring_contents(ledger: Ledger, source: Path) -> None:
    """Bring the contents that a ledger's records name from another ledger's attachments; what is not there stays out.

    Raises StorageError where the disk refuses to keep one.
    """
    for row in ledger.connection.execute("SELECT DISTINCT sha256 FROM attachment").fetchall():
        digest = row["sha256"]
        there = source / digest[:2] / digest
        if _is_whole(there, digest):
            keep_content(ledger, there.read_bytes())
