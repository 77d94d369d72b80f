"""Uploads: the bytes somebody sent, kept beside the ledger as they came until they are imported or given up.

Each lies in a folder of its own that only this program's user may enter: `workbook` holds the bytes,
`upload.json` what was said with them, `choices.json` how somebody wants them read. Nothing here looks into the bytes.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from tracker.exchange.reading.reading_choices import NO_CHOICES, ReadingChoices, choices_from
from tracker.ledger.handle import Ledger, StorageError, sync_directory

UPLOADS_NAME = "uploads"
KEPT_DAYS = 7
"""Days that an upload waits to be confirmed."""

_KEY = re.compile(r"[0-9a-f]{32}")
_WORKBOOK, _SAID, _CHOICES = "workbook", "upload.json", "choices.json"
_LONGEST_NAME = 100
_BLOCK = 1 << 20


@dataclass(frozen=True, slots=True)
class Upload:
    """One upload: its key of 32 hexadecimal digits, what was said with it, and what it is.

    `name` is the sender's name of the file, fit to be shown; `within` a place's code; `at` is ISO 8601.
    """

    key: str
    name: str
    sha256: str
    size: int
    programme: str
    month: str
    within: str
    by: str
    at: str

    def folder(self, directory: Path) -> Path:
        """Give where all of it lies under a ledger's directory."""
        return directory / UPLOADS_NAME / self.key

    def workbook(self, directory: Path) -> Path:
        """Give where the bytes lie under a ledger's directory."""
        return self.folder(directory) / _WORKBOOK


def shown_name(sent: str | None) -> str:
    """Give the name of a file as it may be shown: without folders, control characters and endless length."""
    last = re.split(r"[/\\]", sent or "")[-1]
    visible = "".join(" " if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp") else one for one in last)
    name = " ".join(visible.split())
    if len(name) > _LONGEST_NAME:
        name = f"{name[: _LONGEST_NAME - 13]}…{name[-12:]}"
    return name or "未命名的文件"


def keep_upload(
    ledger: Ledger, content: IO[bytes], name: str | None, *, programme: str, month: str, within: str, by: str
) -> Upload:
    """Keep what was sent and what was said with it, durably. Raises StorageError where the disk refuses."""
    key = secrets.token_hex(16)
    folder = ledger.directory / UPLOADS_NAME / key
    try:
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        folder.mkdir(mode=0o700)
        digest, size = _write(folder / _WORKBOOK, content)
        upload = Upload(
            key, shown_name(name), digest, size, programme, month, within, by, ledger.clock().isoformat()
        )  # fmt: skip
        # Written last: an upload without it was cut short and is none.
        with _new(folder / _SAID) as file:
            file.write(json.dumps(asdict(upload), ensure_ascii=False).encode())
            file.flush()
            os.fsync(file.fileno())
        sync_directory(folder)
    except OSError as error:
        shutil.rmtree(folder, ignore_errors=True)
        raise StorageError(
            f"文件没有收下（{error.strerror or error}）：磁盘已满、只读或出错。台账没有改动；请排除后重新上传。"
        ) from error
    return upload


def _new(path: Path) -> IO[bytes]:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _write(path: Path, content: IO[bytes]) -> tuple[str, int]:
    """Write content to a new file; give its SHA-256 and its size in bytes."""
    digest, size = hashlib.sha256(), 0
    with _new(path) as file:
        while block := content.read(_BLOCK):
            file.write(block)
            digest.update(block)
            size += len(block)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest(), size


def find_upload(directory: Path, key: str) -> Upload | None:
    """Find an upload under a ledger's directory by its key; None where there is none."""
    if not _KEY.fullmatch(key):
        return None
    try:
        said = json.loads((directory / UPLOADS_NAME / key / _SAID).read_bytes())
        upload = Upload(**said)
    except (OSError, ValueError, TypeError):
        return None
    return upload if upload.key == key else None


def keep_choices(upload: Upload, directory: Path, choices: ReadingChoices) -> None:
    """Keep how somebody wants an upload read, in place of what was chosen before. Raises StorageError."""
    try:
        put(upload.folder(directory) / _CHOICES, choices.as_mapping())
    except OSError as error:
        raise StorageError(
            f"刚才的选择没有存成（{error.strerror or error}）：磁盘已满、只读或出错。台账没有改动；请排除后再试。"
        ) from error


def choices_of(upload: Upload, directory: Path) -> ReadingChoices:
    """Give how somebody wants an upload read."""
    said = taken(upload.folder(directory) / _CHOICES)
    try:
        return NO_CHOICES if said is None else choices_from(said)
    except ValueError:  # not what was kept: better asked again than read wrongly
        return NO_CHOICES


def put(path: Path, said: dict[str, Any]) -> None:
    """Put a JSON value into a file, whole or not at all. Raises OSError."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with _new(beside) as file:
            file.write(json.dumps(said, ensure_ascii=False).encode("utf-8", "surrogatepass"))
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)


def taken(path: Path) -> dict[str, Any] | None:
    """Give the JSON value of a file, None where there is none that can be read."""
    try:
        said = json.loads(path.read_bytes().decode("utf-8", "surrogatepass"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) else None


def give_up(directory: Path, key: str) -> None:
    """Remove an upload; nothing where there is none."""
    if _KEY.fullmatch(key):
        shutil.rmtree(directory / UPLOADS_NAME / key, ignore_errors=True)


def give_up_stale(directory: Path, now: datetime.datetime, imported: Callable[[str], bool]) -> None:
    """Remove the uploads that nobody confirmed within KEPT_DAYS; `imported` says whether one was."""
    oldest = (now - datetime.timedelta(days=KEPT_DAYS)).timestamp()
    try:
        folders = list((directory / UPLOADS_NAME).iterdir())
    except OSError:
        return
    for folder in folders:
        try:
            stale = folder.stat().st_mtime < oldest
        except OSError:  # another worker was faster
            continue
        if stale and _KEY.fullmatch(folder.name) and not imported(folder.name):
            give_up(directory, folder.name)
