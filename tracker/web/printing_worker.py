"""Printing worker: the process that prints what pages asked for, one document after another.

Run as `python -m tracker.web.printing_worker LEDGER DIGEST STAYS LOCK FREE`: the ledger's directory, which document,
how many seconds it waits for another one in the end, the descriptors of the document's lock and of the lock that says
which of the few printing processes this is.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from tracker.exchange.bulletins.document import UnknownMarkError
from tracker.exchange.bulletins.printing import print_bulletin, print_dossier, print_leader_page, print_list
from tracker.exchange.paper.printer import SECONDS, NotPrintedError, Press, Printed
from tracker.ledger.handle import StorageError
from tracker.web.background_work import JOB, OUTCOME, PROGRESS, Teller, locked
from tracker.web.issuing_work import issue_printed
from tracker.web.printing_work import (
    AT_ONCE,
    DOCUMENT,
    LOOK_EVERY,
    PRINTING_NAME,
    begin,
    content_of,
    next_asked,
    note_begun,
    waiting,
)
from tracker.web.uploads import put, taken

LONGEST = SECONDS + 60
"""Seconds after which a document ends the process that hangs over it; whoever looks on is told that it died."""

_DAMAGED = "排版的内容没有读出来，台账没有改动。请返回上一页，再打印一次。"

_Tell = Callable[[int, int], None]

PRINTERS: dict[str, Callable[[Any, _Tell, Press | None], Printed]] = {
    "bulletin": print_bulletin,
    "issue": print_bulletin,
    "leader": lambda content, _tell, press: print_leader_page(content, press),
    "list": lambda content, _tell, press: print_list(content[0], content[1], press),
    "dossier": lambda content, _tell, press: print_dossier(content, press),
}
"""What prints each kind of document, from what was composed for it."""


def main(directory: Path, digest: str, stays: float, lock: int, free: int) -> None:
    """Print a document, then those that wait, then those that are asked for within `stays` seconds of the last."""
    with Press() as press:
        press.warm()
        try:
            work_on(directory, directory / PRINTING_NAME / digest, press)
        finally:
            os.close(lock)
        while _take_next(directory, press):
            pass
        os.close(free)
        while next_asked(directory, stays):
            _take_all(directory, press)
    # Whoever asked between the last look and now found no process free.
    with suppress(StorageError):
        for folder in waiting(directory)[:1]:
            begin(directory, folder.name)


def _take_all(directory: Path, press: Press) -> None:
    """Print those that wait, as one of the few printing processes."""
    with suppress(OSError):
        for slot in range(AT_ONCE):
            with locked(directory / PRINTING_NAME, f"slot-{slot}") as free:
                if free is not None:
                    while _take_next(directory, press):
                        pass
                    return
    time.sleep(LOOK_EVERY)  # those that are busy take what waits before long


def _take_next(directory: Path, press: Press) -> bool:
    """Print the earliest of those that wait; gives False where there is none."""
    with suppress(OSError):
        for folder in waiting(directory):
            with locked(folder) as lock:
                if lock is not None and not (folder / PROGRESS).exists():
                    note_begun(folder)
                    work_on(directory, folder, press)
                    return True
    return False


def work_on(directory: Path, folder: Path, press: Press | None = None) -> None:
    """Print what a folder asks for, issue it where that is asked too, and leave there what came of it."""
    job = taken(folder / JOB)
    if job is None:
        return
    signal.alarm(LONGEST)
    try:
        outcome = _outcome(directory, folder, job, press)
    except NotPrintedError as error:
        outcome = {"sentence": str(error)}
    except UnknownMarkError as error:
        outcome = {"sentence": "".join(each.message for each in error.faults)}
    except ValueError:
        outcome = {"sentence": _DAMAGED}
    except OSError as error:
        reason = error.strerror or error
        outcome = {"sentence": f"排好的文件没有存成（{reason}）：磁盘已满、只读或出错。台账没有改动；请排除后再试。"}
    signal.alarm(0)
    with suppress(OSError):  # cleared away, or no room even for this: it is told as died
        put(folder / OUTCOME, outcome)


def _outcome(directory: Path, folder: Path, job: Mapping[str, Any], press: Press | None) -> dict[str, Any]:
    content, teller = content_of(folder), Teller(folder)

    def tell(done: int, of: int) -> None:
        with suppress(OSError):  # a note that is lost is not worth the document
            teller("printing", done, of)

    printed = PRINTERS[job["kind"]](content, tell, press)
    if "issue" in job:
        return issue_printed(directory, job["issue"], content, printed)
    beside = folder / f".{DOCUMENT}"
    beside.write_bytes(printed.content)
    beside.replace(folder / DOCUMENT)
    return {"pages": printed.pages}


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
