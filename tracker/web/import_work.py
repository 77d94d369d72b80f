"""Import work: long files are looked at and imported by a process of their own, which pages only ask how far it is.

What it is to do and how far it is stand in the upload's folder, so that any worker of the site, or the next start of
it, can tell. The process holds a lock in that folder for as long as it lives: who can take it knows that nobody works.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tracker.ledger.handle import StorageError
from tracker.web.uploads import put, taken

LONG_BYTES = 300_000
"""From this size on a file is taken for long before it is read: some 2,000 rows of an ordinary list."""
LONG_ROWS = 2_000
"""From this many rows on a list is long."""

Verb = Literal["preview", "confirm"]

JOB, PROGRESS, PREVIEW, OUTCOME = "work.json", "progress.json", "preview.json", "outcome.json"
_LONG, _LOCK, _STOP = "long", "lock", "stop"
_ROOT = Path(__file__).resolve().parents[2]

STEP_WORDS = {
    "opening": "打开文件",
    "reading": "读各行",
    "comparing": "与台账比对",
    "recording": "逐项试算",
    "counting": "算合计",
}
"""The steps of a preview in their order; `recording` is the recording itself where it is confirmed."""


@dataclass(frozen=True, slots=True)
class Work:
    """How a long file's work stands.

    `verb` is None where none was begun. `running` says that a process works on it, `stopped` that somebody ended it,
    `outcome` is what came of it where it came to an end. Where all three say no it died. `step` and `done` of `of`
    are how far it is.
    """

    verb: Verb | None
    running: bool = False
    stopped: bool = False
    outcome: dict[str, Any] | None = None
    step: str = "opening"
    done: int = 0
    of: int = 0

    @property
    def died(self) -> bool:
        """Say that nobody works on it any more, and nothing came of it."""
        return self.verb is not None and not self.running and not self.stopped and self.outcome is None


def is_long(folder: Path, size: int) -> bool:
    """Say whether an upload is worked on by a process of its own."""
    return size >= LONG_BYTES or (folder / _LONG).exists()


def call_long(folder: Path) -> None:
    """Note that an upload has more rows than its size lets expect."""
    with suppress(OSError):
        (folder / _LONG).touch(mode=0o600)


def work_in(folder: Path) -> Work:
    """Give how the work in an upload's folder stands."""
    # Asked first: what ends in between has left its outcome.
    running = _is_locked(folder)
    job = taken(folder / JOB)
    if job is None:
        return Work(None, running)
    verb: Verb = "confirm" if job.get("verb") == "confirm" else "preview"
    progress = taken(folder / PROGRESS) or {}
    return Work(
        verb,
        running,
        (folder / _STOP).exists(),
        taken(folder / OUTCOME),
        str(progress.get("step", "opening")),
        int(progress.get("done", 0)),
        int(progress.get("of", 0)),
    )


def start(folder: Path, ledger: Path, key: str, verb: Verb, **said: Any) -> bool:
    """Start the work on an upload; `said` goes with it. Gives False where somebody works on it already.

    Raises StorageError where the disk refuses, or no process can be started.
    """
    try:
        with _locked(folder) as lock:
            if lock is None:
                return False
            for name in (PROGRESS, PREVIEW, OUTCOME, _STOP):
                (folder / name).unlink(missing_ok=True)
            for left in folder.glob(".copy.*"):  # of one that was killed
                shutil.rmtree(left, ignore_errors=True)
            put(folder / JOB, {"verb": verb, **said})
            # The child keeps the lock that it is handed for as long as it lives.
            process = subprocess.Popen(
                [sys.executable, "-m", "tracker.web.import_worker", str(ledger.absolute()), key, str(lock)],
                cwd=_ROOT,
                pass_fds=(lock,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,
            )
    except OSError as error:
        raise StorageError(
            f"没有开始处理（{error.strerror or error}）：磁盘已满、只读或出错。台账没有改动；请排除后再试。"
        ) from error
    # Somebody must take note of its end, or it stays in the system's table of processes.
    threading.Thread(target=process.wait, daemon=True).start()
    return True


def stop(folder: Path) -> None:
    """Ask the process that looks at an upload to end; an import that was confirmed is not stopped halfway."""
    with suppress(OSError):
        (folder / _STOP).touch(mode=0o600)


def is_asked_to_stop(folder: Path) -> bool:
    """Say whether somebody asked for the end of the work, or took its folder away."""
    return (folder / _STOP).exists() or not folder.is_dir()


@contextmanager
def _locked(folder: Path) -> Iterator[int | None]:
    """Hold the lock of an upload's folder; gives its descriptor, None where somebody else holds it."""
    descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)


def _is_locked(folder: Path) -> bool:
    try:
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        # Shared, so that two who ask do not take each other for somebody at work.
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False
