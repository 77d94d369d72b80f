"""Printing that is killed, hangs or finds no room: told on the page, the ledger as it was, and tried again."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.faults.importing import ROOT
from tests.faults.test_month_disk_full import full_disk
from tests.web.callers import text_of
from tests.web.papers import PAPER, REFRESHES, Bench, head, papers_ledger, printed_at_once, settled
from tests.web.returning import enter, token_of
from tests.web.test_bulletin_issuing import NUMBER, PAGE, issued, posted
from tracker.exchange.paper.printer import Printed
from tracker.ledger.bulletins import BULLETINS_NAME
from tracker.ledger.checking import check
from tracker.ledger.opening import open_ledger
from tracker.web import printing_work, printing_worker
from tracker.web.background_work import locked
from tracker.web.printing_work import PRINTING_NAME, note_begun
from tracker.web.site import create_site

DIED = "排版的程序中途停了"


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return papers_ledger(tmp_path / "ledger")


@pytest.fixture
def city(directory: Path) -> FlaskClient:
    return enter(create_site(directory).test_client(), "demo-city")


def assert_sound(directory: Path) -> None:
    ledger = open_ledger(directory)
    assert check(ledger) == []
    ledger.close()


_STOPS = """
import signal, sys
from pathlib import Path
from tracker.web import printing_worker
def stop(*said):
    (Path(sys.argv[1]) / "printed").touch()
    signal.pause()
printing_worker.issue_printed = stop
printing_worker.main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4]), int(sys.argv[5]))
"""


def stopping(_module: str, arguments: Sequence[str], locks: Sequence[int]) -> subprocess.Popen[bytes]:
    """Start a process that prints and stops before it issues."""
    said = [sys.executable, "-c", _STOPS, *arguments, *map(str, locks)]
    return subprocess.Popen(said, cwd=ROOT, pass_fds=locks, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize("printed", [False, True])
def test_a_killed_printer_issues_nothing_and_the_next_press_does(
    directory: Path, city: FlaskClient, monkeypatch: pytest.MonkeyPatch, *, printed: bool
) -> None:
    processes: list[subprocess.Popen[bytes]] = []
    monkeypatch.setattr(printing_work, "launch", lambda *said: processes.append(stopping(*said)))
    page, before = city.get(PAGE), head(directory)
    job = posted(city, page).headers["Location"]
    while printed and not (directory / "printed").exists():
        assert REFRESHES in text_of(city.get(job))
    processes[0].kill()
    processes[0].wait()
    killed = settled(city, job)
    assert killed.status_code == 409
    assert DIED in text_of(killed)
    assert f'value="{NUMBER}"' in text_of(killed)
    assert (head(directory), issued(directory)) == (before, [])
    printed_at_once(monkeypatch)
    bench = Bench(directory, monkeypatch)
    assert posted(city, page).headers["Location"] == job
    bench.work()
    assert f"已印发 {NUMBER}" in text_of(settled(city, job))
    assert len(issued(directory)) == 1
    assert_sound(directory)


_HANGS = """
import signal, sys
from pathlib import Path
from tracker.web import printing_worker
printing_worker.LONGEST = 1
printing_worker.PRINTERS["leader"] = lambda *_said: signal.pause()
printing_worker.main(Path(sys.argv[1]), sys.argv[2], 0, int(sys.argv[3]), -1)
"""


def test_a_printer_that_hangs_ends_itself_and_is_tried_again(
    directory: Path, city: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(directory, monkeypatch)
    job = city.get(f"{PAPER}/leader.pdf").headers["Location"]
    folder = directory / PRINTING_NAME / job[-64:]
    with locked(folder) as lock:
        assert lock is not None
        note_begun(folder)
        hanging = subprocess.Popen(
            [sys.executable, "-c", _HANGS, str(directory), job[-64:], str(lock)], cwd=ROOT, pass_fds=[lock]
        )
    assert REFRESHES in text_of(city.get(job))
    assert hanging.wait() == -signal.SIGALRM
    died = city.get(job)
    assert DIED in text_of(died)
    assert city.post(job, data={"csrf_token": token_of(died)}).status_code == 303
    assert bench.asked == [job[-64:]] * 2


def large(of: Callable[[object], object]) -> Callable[[object, object, object], Printed]:
    """Print something that a full disk has no room for."""
    return lambda said, _tell, _parts: Printed(b"%PDF" + repr(of(said)).encode().ljust(200_000), 1)


def test_a_full_disk_keeps_no_half_of_a_document_and_issues_nothing(
    directory: Path, city: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("leader", "issue"):
        monkeypatch.setitem(printing_worker.PRINTERS, kind, large(type))
    bench = Bench(directory, monkeypatch)
    paper = city.get(f"{PAPER}/leader.pdf").headers["Location"]
    job = posted(city, city.get(PAGE)).headers["Location"]
    before = head(directory)
    with full_disk():
        bench.work()
    refused = city.get(job)
    assert "通报没有存成（File too large），没有印发，台账没有改动" in text_of(refused)
    assert "排好的文件没有存成（File too large）" in text_of(city.get(paper))
    assert (head(directory), issued(directory)) == (before, [])
    posted(city, refused)
    bench.work()
    assert len(issued(directory)) == 1
    assert len([path for path in (directory / BULLETINS_NAME).rglob("*") if path.is_file()]) == 2
    assert_sound(directory)
