"""Papers: a small county with a closed month, who asks for its documents, and ways to follow how far they are."""

from __future__ import annotations

import fcntl
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.builders import YIHONG, area
from tests.web.returning import BEFORE, COUNTY, county_ledger
from tracker.exchange.paper.printer import Printed
from tracker.ledger.closing import close_month
from tracker.ledger.opening import open_ledger
from tracker.ledger.records import head_of
from tracker.ledger.writing import writing
from tracker.web import printing_work, printing_worker
from tracker.web.background_work import locked
from tracker.web.printing_work import AT_ONCE, PRINTING_NAME

PAPER = f"/printed/{BEFORE}/{COUNTY}"
REFRESHES = 'http-equiv="refresh"'


def papers_ledger(directory: Path) -> Path:
    """Make a county of three projects whose August is closed and whose September is open."""
    county_ledger(directory, projects=3)
    ledger = open_ledger(directory)
    with writing(ledger, "closing", "省专班 测试员") as writes:
        close_month(writes, YIHONG, BEFORE, area(ledger, "140000"), "按期封账")
    ledger.close()
    return directory


def settled(client: FlaskClient, address: str) -> TestResponse:
    """Follow a page that updates itself until it stands still."""
    directory = client.application.config["TRACKER_LEDGER"]
    while True:
        answer = client.get(address)
        if answer.status_code == 303:
            address = answer.headers["Location"]
        elif answer.mimetype != "text/html" or REFRESHES not in answer.get_data(as_text=True):
            return answer
        for lock in (directory / PRINTING_NAME).glob("*/lock"):
            with lock.open("rb") as held:
                fcntl.flock(held, fcntl.LOCK_SH)  # given once nobody works any more


@contextmanager
def nobody_free(directory: Path) -> Iterator[None]:
    """Keep all processes that print busy."""
    (directory / PRINTING_NAME).mkdir(mode=0o700, exist_ok=True)
    with ExitStack() as busy:
        for slot in range(AT_ONCE):
            assert busy.enter_context(locked(directory / PRINTING_NAME, f"slot-{slot}")) is not None
        yield


class Bench:
    """Stands in for the processes that print: counts how often one is started, and prints when it is told to."""

    def __init__(self, directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.directory, self.asked = directory, list[str]()
        monkeypatch.setattr(printing_work, "launch", lambda _module, arguments, _locks: self.asked.append(arguments[1]))

    def work(self) -> None:
        """Print what was asked for, in the order of asking."""
        for digest in self.asked:
            printing_worker.work_on(self.directory, self.directory / PRINTING_NAME / digest)
        self.asked.clear()


def printed_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let documents be printed as a few bytes, where it matters what becomes of them and not how they look."""
    for kind in printing_worker.PRINTERS:
        monkeypatch.setitem(
            printing_worker.PRINTERS, kind, lambda said, _tell, _parts: Printed(f"%PDF {said}".encode(), 2)
        )


def key_of(answer: TestResponse) -> str:
    """Give the one-time key of a form."""
    found = re.search(r'name="key"[^>]* value="([0-9a-f]{32})"', answer.get_data(as_text=True))
    assert found
    return found[1]


def head(directory: Path) -> tuple[int, str]:
    """Give the ledger's last record."""
    ledger = open_ledger(directory)
    try:
        return head_of(ledger)
    finally:
        ledger.close()
