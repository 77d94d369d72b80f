"""An import that is killed is there whole or not at all, and the ledger is clean after the next start."""

from __future__ import annotations

import os
import re
import shutil
import signal
import time
from pathlib import Path
from random import Random

import pytest

from tests.commands import conftest as in_this_process
from tests.faults.forking import Forked, traced
from tests.faults.importing import assert_whole, command, copied, importing, run, write_list
from tracker.ledger.opening import open_ledger
from tracker.ledger.records import head_of

MONTH, NEXT_MONTH = "2024-07", "2024-08"
CHANGES_ON_DISK = ("write", "pwrite64", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "mkdir")
"""Every call through which an import changes the disk; being killed after one is being killed before the next."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with one month in it, at rest, beside the list of the next."""
    folder = tmp_path_factory.mktemp("base")
    run(command(folder / "ledger", "init", "--empty", "--format", "json"))
    run(importing(folder / "ledger", write_list(folder / "first.xlsx"), MONTH))
    write_list(
        folder / "second.xlsx",
        (
            ("榆次区", "甲渠治理工程", 1200, 500, "2024-03-01", None),
            ("榆次区", "乙渠治理工程", 800, 800, "2023-09-01", "2024-06-30"),
            ("太谷区", "丙河治理工程", 560, 10, "2024-08-02", None),
            ("祁县", "丁沟治理工程", 90, 0, None, None),
        ),
    )
    return folder


def verb(base: Path, data: Path) -> list[str]:
    """Give the arguments of the verb that imports the second list."""
    return importing(data, base / "second.xlsx", NEXT_MONTH)[2:]


def records_in(data: Path) -> int:
    ledger = open_ledger(data)
    try:
        return head_of(ledger)[0]
    finally:
        ledger.close()


@pytest.fixture(scope="module")
def counts(base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, int, float]:
    """Give the number of records before and after the second import, and how long it takes in seconds."""
    folder = tmp_path_factory.mktemp("whole")
    # Whatever the verb imports late is there from now on, in the forks too.
    assert in_this_process.run(verb(base, copied(base / "ledger", folder / "first"))) == 0
    data = copied(base / "ledger", folder / "ledger")
    started = time.monotonic()
    carried_out(verb(base, data))
    return records_in(base / "ledger"), records_in(data), time.monotonic() - started


def carried_out(arguments: list[str]) -> None:
    """Carry a verb out undisturbed."""
    forked = Forked(arguments)
    forked.let_go()
    said, _ = forked.said()
    assert forked.ended() == 0, said


def test_kills_at_random_moments(base: Path, counts: tuple[int, int, float], tmp_path: Path, long_form: bool) -> None:
    before, after, seconds = counts
    seen = {before: 0, after: 0}
    for seed in range(200 if long_form else 40):
        data = copied(base / "ledger", tmp_path / "ledger")
        moment = Random(seed).uniform(0, seconds * 1.1)
        forked = Forked(verb(base, data))
        forked.let_go()
        acknowledged, ended = forked.said(moment)
        if not ended:
            os.kill(forked.number, signal.SIGKILL)
            acknowledged += forked.said()[0]
        print(f"seed {seed}: killed after {moment:.3f} s, exit {forked.ended()}")
        found = assert_whole(data, before, after)
        seen[found] += 1
        if '"id"' in acknowledged:
            assert found == after, f"seed {seed}: an acknowledged import was lost"
        # The user tries again, and the ledger says the same as if nothing had happened.
        carried_out(verb(base, data))
        assert records_in(data) == after
        shutil.rmtree(data)
    assert seen[before], "no kill came before the commit: the moments prove nothing"


def calls_of(base: Path, folder: Path) -> dict[str, int]:
    """Count the calls that change the disk during one undisturbed import."""
    data = copied(base / "ledger", folder / "counted")
    log = folder / "calls"
    code, said = traced(verb(base, data), log, "-e", f"trace={','.join(CHANGES_ON_DISK)}")
    assert code == 0, said
    found: dict[str, int] = {}
    for name in re.findall(r"^(\w+)\(", log.read_text(errors="replace"), re.MULTILINE):
        found[name] = found.get(name, 0) + 1
    return found


def disturbed(base: Path, data: Path, call: str, fault: str) -> tuple[int, str]:
    """Import the second list while a call that changes the disk suffers a fault (`signal=KILL:when=3`).

    Gives the exit code and what was said.
    """
    copied(base / "ledger", data)
    return traced(verb(base, data), Path(os.devnull), "-e", f"trace={call}", "-e", f"inject={call}:{fault}")


@pytest.mark.parametrize("call", CHANGES_ON_DISK)
def test_a_kill_before_and_after_every_change_of_the_disk(
    base: Path, counts: tuple[int, int, float], tmp_path: Path, call: str
) -> None:
    before, after, _ = counts
    number = calls_of(base, tmp_path).get(call, 0)
    print(f"{call}: {number} calls")
    if call in ("write", "pwrite64", "fsync", "rename"):
        assert number, f"an import without any {call} is not what this test was written for"
    for when in range(1, number + 1):
        data = tmp_path / "ledger"
        code, _ = disturbed(base, data, call, f"signal=KILL:when={when}")
        assert code == -signal.SIGKILL, f"{call} {when}: the kill did not fire"
        assert_whole(data, before, after)
        shutil.rmtree(data)


def refused_at(number: int, long_form: bool) -> list[int]:
    """Give which of some calls are refused: each in the long form, else the first, the last and at most eight between.

    Where a kill does no harm before and after each of them, which every form tries, so many show what a refusal does.
    """
    if long_form or number <= 10:
        return list(range(1, number + 1))
    return sorted({1 + (number - 1) * part // 9 for part in range(10)})


@pytest.mark.parametrize(
    ("call", "error"), [("pwrite64", "ENOSPC"), ("fdatasync", "EIO"), ("fsync", "EIO"), ("rename", "EACCES")]
)
def test_a_disk_that_refuses_leaves_no_half_import(
    base: Path, counts: tuple[int, int, float], tmp_path: Path, call: str, error: str, long_form: bool
) -> None:
    before, after, _ = counts
    number = calls_of(base, tmp_path).get(call, 0)
    for when in refused_at(number, long_form):
        data = tmp_path / "ledger"
        code, said = disturbed(base, data, call, f"error={error}:when={when}")
        assert "Traceback" not in said, said
        found = assert_whole(data, before, after)
        if code == 0:
            assert found == after, f"{call} {when}: said to be done and is not there"
        shutil.rmtree(data)
