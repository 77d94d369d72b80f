"""Import work: long files are looked at and imported by a process of their own, which pages only ask how far it is.

What it is to do and how far it is stand in the upload's folder; how such work goes is told in `background_work`.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tracker.web.background_work import JOB, OUTCOME, PROGRESS, is_locked, launch, locked, not_started
from tracker.web.uploads import put, taken

LONG_BYTES = 300_000
"""From this size on a file is taken for long before it is read: some 2,000 rows of an ordinary list."""
LONG_ROWS = 2_000
"""From this many rows on a list is long."""

Verb = Literal["preview", "confirm"]

PREVIEW = "preview.json"
_LONG, _STOP = "long", "stop"

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
    running = is_locked(folder)
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
        with locked(folder) as lock:
            if lock is None:
                return False
            for name in (PROGRESS, PREVIEW, OUTCOME, _STOP):
                (folder / name).unlink(missing_ok=True)
            for left in folder.glob(".copy.*"):  # of one that was killed
                shutil.rmtree(left, ignore_errors=True)
            put(folder / JOB, {"verb": verb, **said})
            launch("tracker.web.import_worker", [str(ledger.absolute()), key], [lock])
    except OSError as error:
        raise not_started("处理", error) from error
    return True


def stop(folder: Path) -> None:
    """Ask the process that looks at an upload to end; an import that was confirmed is not stopped halfway."""
    with suppress(OSError):
        (folder / _STOP).touch(mode=0o600)


def is_asked_to_stop(folder: Path) -> bool:
    """Say whether somebody asked for the end of the work, or took its folder away."""
    return (folder / _STOP).exists() or not folder.is_dir()
