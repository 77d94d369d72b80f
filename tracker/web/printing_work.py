"""Printing work: documents are printed by processes of their own, two at once; others wait until one of them is free.

What a document says is composed by the page that asks for it, within one read of the ledger, and kept in a folder that
is named after all that it says: asked for again unchanged it is there. `background_work` tells how such work goes.
"""

from __future__ import annotations

import datetime
import enum
import fractions
import hashlib
import io
import os
import pickle
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, is_dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from tracker.exchange.bulletins import printing as bulletin_printing
from tracker.exchange.paper import printer
from tracker.web.background_work import JOB, OUTCOME, PROGRESS, is_locked, launch, locked, not_started
from tracker.web.uploads import put, taken

PRINTING_NAME = "printing"
AT_ONCE = 2
"""Processes that print at once; each has one more that lays pages out."""
STAYS_SECONDS = 60
"""How long a process waits for the next document: who looks at a draft, changes a word and looks again does not wait
for it to start."""
KEPT_SECONDS = 24 * 3600
"""How long what was printed stays: it can be made again at any time."""

DOCUMENT = "document.pdf"
_CONTENT = "content"
_IDLE = "idle"
"""The lock of the process that waits for the next document."""
LOOK_EVERY = 0.1
"""Seconds between two looks for the next document."""
_PICKED_UP = 1.0
"""Seconds after which the process that waits for the next document counts as gone."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Printing:
    """How the printing of one document stands.

    `job` is what was asked for. `running` says that a process works on it, `begun` that one did, `outcome` is what
    came of it where it came to an end; `before` is how many others that wait were asked for earlier. `done` of `of`
    is how far it is.
    """

    digest: str
    folder: Path
    job: Mapping[str, Any]
    running: bool
    begun: bool
    outcome: Mapping[str, Any] | None
    done: int
    of: int
    before: int

    @property
    def waits(self) -> bool:
        """Say whether no process was free for it yet."""
        return not self.running and not self.begun and self.outcome is None

    @property
    def died(self) -> bool:
        """Say that nobody works on it any more, and nothing came of it."""
        return not self.running and self.begun and self.outcome is None

    @property
    def printed(self) -> Path | None:
        """Give the PDF where it is there."""
        path = self.folder / DOCUMENT
        return path if self.outcome is not None and "pages" in self.outcome and path.is_file() else None


def digest_of(*said: object) -> str:
    """Give the digest of all that a document says, and of what gives it its look."""
    return hashlib.sha256(repr((_look(), *said)).encode("utf-8", "surrogatepass")).hexdigest()


@cache
def _look() -> tuple[tuple[str, int, int], ...]:
    """Give what changes with the templates and the program that print: a document printed before looks otherwise."""
    folders = (printer.TEMPLATES, Path(printer.__file__).parent, Path(bulletin_printing.__file__).parent)
    files = sorted(path for folder in folders for path in folder.iterdir() if path.is_file())
    return tuple((path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files)


def ask(directory: Path, digest: str, job: Mapping[str, Any], content: object) -> None:
    """Ask for a document, and start to print it where a process is free; asked for before, it is the same work.

    `job` needs `kind` (one of `printing_worker.PRINTERS`); `content` is what that prints. Raises StorageError.
    """
    folder = directory / PRINTING_NAME / digest
    try:
        _clear_stale(directory)
        folder.parent.mkdir(mode=0o700, exist_ok=True)
        if taken(folder / JOB) is None:
            folder.mkdir(mode=0o700, exist_ok=True)
            beside = folder / f".content.{os.getpid()}.{time.monotonic_ns()}"
            beside.write_bytes(_pickled(content))
            beside.replace(folder / _CONTENT)
            # Written last: without it nothing was asked for.
            put(folder / JOB, dict(job))
    except OSError as error:
        raise not_started("排版", error) from error
    begin(directory, digest)


def begin(directory: Path, digest: str) -> None:
    """Start what was asked for, unless it was begun or no process is free. Raises StorageError."""
    root = directory / PRINTING_NAME
    folder = root / digest
    if _picked_up(folder):
        return
    try:
        with locked(folder) as lock:
            if lock is None or (folder / PROGRESS).exists():
                return
            for slot in range(AT_ONCE):
                with locked(root, f"slot-{slot}") as free:
                    if free is not None:
                        note_begun(folder)
                        arguments = [str(directory.absolute()), digest, str(STAYS_SECONDS)]
                        launch("tracker.web.printing_worker", arguments, [lock, free])
                        return
    except OSError as error:
        raise not_started("排版", error) from error


def _picked_up(folder: Path) -> bool:
    """Say whether the process that waits for the next document takes it; gives False where none waits."""
    until = time.monotonic() + _PICKED_UP
    while is_locked(folder.parent, _IDLE) and time.monotonic() < until:
        if (folder / PROGRESS).exists():
            return True
        time.sleep(LOOK_EVERY / 2)
    return (folder / PROGRESS).exists()


def next_asked(directory: Path, seconds: float) -> bool:
    """Wait until something is asked for; gives False where nothing was, or another process waits already."""
    root = directory / PRINTING_NAME
    until = time.monotonic() + seconds
    with suppress(OSError), locked(root, _IDLE) as idle:
        while idle is not None and time.monotonic() < until and root.is_dir():
            if waiting(directory):
                return True
            time.sleep(LOOK_EVERY)
    return False


def note_begun(folder: Path) -> None:
    """Note that a process works on what was asked for. Raises OSError."""
    put(folder / PROGRESS, {"step": "", "done": 0, "of": 0})


def begin_anew(directory: Path, digest: str) -> None:
    """Print again what failed. Raises StorageError."""
    folder = directory / PRINTING_NAME / digest
    try:
        with locked(folder) as lock:
            if lock is None:
                return
            for name in (PROGRESS, OUTCOME, DOCUMENT):
                (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise not_started("排版", error) from error
    begin(directory, digest)


def printing_of(directory: Path, digest: str) -> Printing | None:
    """Give how the printing of a digest stands; None where nothing was asked for, or it was cleared away."""
    if not _DIGEST.fullmatch(digest):
        return None
    folder = directory / PRINTING_NAME / digest
    # In this order: what begins in between still waits, what ends in between has left its outcome.
    progress = taken(folder / PROGRESS)
    running = is_locked(folder)
    job = taken(folder / JOB)
    if job is None:
        return None
    outcome = taken(folder / OUTCOME)
    said = progress or {}
    before = 0
    if not running and progress is None and outcome is None:
        names = [each.name for each in waiting(directory)]
        before = names.index(digest) if digest in names else 0
    return Printing(
        digest, folder, job, running, progress is not None, outcome,
        int(said.get("done", 0)), int(said.get("of", 0)), before,
    )  # fmt: skip


def waiting(directory: Path) -> list[Path]:
    """Give the folders of what was asked for and not begun, the earliest first."""
    found = []
    for folder in _folders(directory):
        with suppress(OSError):
            if not (folder / PROGRESS).exists() and not (folder / OUTCOME).exists():
                found.append(((folder / JOB).stat().st_mtime_ns, folder))
    return [folder for _, folder in sorted(found)]


def _folders(directory: Path) -> Iterator[Path]:
    with suppress(FileNotFoundError):
        yield from (each for each in (directory / PRINTING_NAME).iterdir() if _DIGEST.fullmatch(each.name))


def _clear_stale(directory: Path) -> None:
    """Remove what was printed more than a day ago."""
    oldest = time.time() - KEPT_SECONDS
    for folder in _folders(directory):
        with suppress(FileNotFoundError):
            if folder.stat().st_mtime < oldest and not is_locked(folder):
                shutil.rmtree(folder, ignore_errors=True)


class _ByValue(pickle.Pickler):
    """Writes members of enumerations by their value: Python 3.11.2 would have them looked up by `getattr`."""

    def reducer_override(self, held: object) -> Any:
        """Give how a member is made again; everything else goes the usual way."""
        return (type(held), (held.value,)) if isinstance(held, enum.Enum) else NotImplemented


def _pickled(content: object) -> bytes:
    written = io.BytesIO()
    _ByValue(written).dump(content)
    return written.getvalue()


class _Known(pickle.Unpickler):
    """Reads back what documents are made of and nothing else: a file from elsewhere cannot call anything."""

    _PLAIN = (datetime.date, Decimal, fractions.Fraction, range)

    def find_class(self, module: str, name: str) -> type:
        """Give a class that a content names. Raises UnpicklingError for anything that documents do not hold."""
        for plain in self._PLAIN:
            if (module, name) == (plain.__module__, plain.__qualname__):
                return plain
        found = super().find_class(module, name) if module.startswith("tracker.") and "." not in name else None
        if isinstance(found, type) and (is_dataclass(found) or issubclass(found, enum.Enum)):
            return found
        raise pickle.UnpicklingError(f"{module}.{name} is no part of a document")


def content_of(folder: Path) -> Any:
    """Give what is to be printed. Raises OSError, and ValueError for what is no document."""
    held = (folder / _CONTENT).read_bytes()
    try:
        return _Known(io.BytesIO(held)).load()
    except (pickle.UnpicklingError, EOFError, AttributeError, TypeError, IndexError) as error:
        raise ValueError(str(error)) from error
