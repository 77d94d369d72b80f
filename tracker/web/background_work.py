"""Background work: what takes too long for a page is done by a process of its own, which pages only ask how far it is.

What it is to do and how far it is stand in a folder of its own, so that any worker of the site, or the next start of
it, can tell. The process holds a lock in that folder for as long as it lives: who can take it knows that nobody works.
"""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tracker.ledger.handle import StorageError
from tracker.web.uploads import put

JOB, PROGRESS, OUTCOME = "work.json", "progress.json", "outcome.json"
"""The files in a folder of work: what is to be done, how far it is, and what came of it where it came to an end."""

_LOCK = "lock"
_ROOT = Path(__file__).resolve().parents[2]
_BETWEEN_NOTES = 0.4
"""Seconds between two notes of how far the work is."""


@contextmanager
def locked(folder: Path, name: str = _LOCK) -> Iterator[int | None]:
    """Hold the lock of a folder; gives its descriptor, None where somebody else holds it. Raises OSError."""
    descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield None
        else:
            yield descriptor
    finally:
        os.close(descriptor)


def is_locked(folder: Path, name: str = _LOCK) -> bool:
    """Say whether a process works in a folder."""
    try:
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CLOEXEC)
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


def launch(module: str, arguments: Sequence[str], locks: Sequence[int]) -> int:
    """Start a module as a process that keeps the locks it is handed for as long as it lives; gives its number.

    Raises OSError.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", module, *arguments, *map(str, locks)],
        cwd=_ROOT,
        pass_fds=locks,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    # Somebody must take note of its end, or it stays in the system's table of processes.
    threading.Thread(target=process.wait, daemon=True).start()
    return process.pid


def not_started(what: str, error: OSError) -> StorageError:
    """Give the error to raise where the disk refuses, or no process can be started, to do `what`."""
    reason = error.strerror or error
    return StorageError(f"没有开始{what}（{reason}）：磁盘已满、只读或出错。台账没有改动；请排除后再试。")


class Teller:
    """Notes how far the work in a folder is, now and then; `heed` is asked each time and may end it by raising."""

    def __init__(self, folder: Path, heed: Callable[[], None] | None = None) -> None:
        """Start with nothing told."""
        self._folder, self._heed = folder, heed
        self._told, self._step = 0.0, ""

    def __call__(self, step: str, done: int, of: int) -> None:
        """Hear of progress. Raises OSError, and what `heed` raises."""
        now = time.monotonic()
        if step == self._step and now - self._told < _BETWEEN_NOTES:
            return
        self._told, self._step = now, step
        if self._heed is not None:
            self._heed()
        put(self._folder / PROGRESS, {"step": step, "done": done, "of": of})
