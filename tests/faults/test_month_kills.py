"""Sending, accepting, sending back and closing: killed or refused by the disk, each is there whole or not at all."""

from __future__ import annotations

import os
import re
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from tests.faults.importing import ROOT, copied, steady_environment
from tests.faults.monthly import CLOSE, DISTURBED, SEND, Dump, Step, found_whole, month_ledger, steps, undisturbed
from tests.ledger.builders import dump, standing_clock
from tracker.ledger.opening import open_ledger
from tracker.ledger.writing import AlreadyRecordedError

EVERY = steps()
KILLS = 100
REFUSALS = (("write", "ENOSPC"), ("pwrite64", "ENOSPC"), ("fdatasync", "EIO"), ("fsync", "EIO"), ("rename", "EACCES"))


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger at rest, before the first step."""
    return month_ledger(tmp_path_factory.mktemp("base") / "ledger")


@pytest.fixture(scope="module")
def expected(base: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Dump]:
    """What the ledger holds before the first step and after each: records, states, drafts, marks."""
    found = undisturbed(copied(base, tmp_path_factory.mktemp("whole") / "ledger"), EVERY)
    assert len({repr(each) for each in found}) == len(EVERY) + 1, "a step leaves no trace"
    return found


def working(data: Path, first: int) -> tuple[int, int]:
    """Start a process that carries out all steps from one on and says each one's number; gives it and its mouth."""
    heard, said = os.pipe()
    process = os.fork()
    if process:
        os.close(said)
        return process, heard
    try:
        ledger = open_ledger(data, standing_clock)
        os.write(said, b"ready\n")
        for number in range(first, len(EVERY)):
            EVERY[number].run(ledger)
            os.write(said, f"{number}\n".encode())
    finally:
        os._exit(0)


class Listening:
    """What a process has said so far, line by line."""

    def __init__(self, heard: int) -> None:
        self.heard = heard
        self.said = b""
        self.ended = False

    def until(self, line: str) -> None:
        """Listen until a line is said, or nothing more can be."""
        while line.encode() not in self.said.split(b"\n") and not self.ended:
            self.take()

    def until_moment(self, moment: float) -> None:
        """Listen until a moment of the steady clock."""
        while not self.ended and (left := moment - time.monotonic()) > 0:
            if select.select([self.heard], [], [], left)[0]:
                self.take()

    def take(self) -> None:
        """Take in what was said."""
        piece = os.read(self.heard, 4096)
        self.ended = not piece
        self.said += piece

    def last(self, otherwise: int) -> int:
        """Give the last number that was said as a whole line."""
        numbers = [int(line) for line in self.said.split(b"\n")[:-1] if line.isdigit()]
        return numbers[-1] if numbers else otherwise


def killed(data: Path, first: int, disturbed: int, moment: float) -> int:
    """Kill the process some seconds into a step; gives the last step that it acknowledged."""
    process, heard = working(data, first)
    listening = Listening(heard)
    try:
        listening.until("ready" if disturbed == first else str(disturbed - 1))
        listening.until_moment(time.monotonic() + moment)
    finally:
        os.kill(process, signal.SIGKILL)
    while not listening.ended:
        listening.take()
    os.close(heard)
    os.waitpid(process, 0)
    return listening.last(first - 1)


def longest_of(data: Path) -> dict[str, float]:
    """Give how long each kind of step takes at most, in seconds."""
    found: dict[str, float] = {}
    ledger = open_ledger(data, standing_clock)
    for step in EVERY:
        started = time.monotonic()
        step.run(ledger)
        found[step.kind] = max(found.get(step.kind, 0), time.monotonic() - started)
    ledger.close()
    return found


def test_a_hundred_kills_while_a_month_is_sent_reviewed_and_closed(
    base: Path, expected: list[Dump], tmp_path: Path
) -> None:
    seconds = longest_of(copied(base, tmp_path / "timed"))
    started, killings, outcomes = time.monotonic(), Counter[str](), Counter[str]()
    data, done = tmp_path / "ledger", len(EVERY)
    for seed in range(2 * KILLS):
        if sum(killings[kind] for kind in DISTURBED) == KILLS:
            break
        chance = Random(seed)
        if not any(step.kind in DISTURBED for step in EVERY[done:]):
            shutil.rmtree(data, ignore_errors=True)
            data, done = copied(base, data), 0
        ahead = [number for number in range(done, len(EVERY)) if EVERY[number].kind in DISTURBED]
        disturbed = chance.choice(ahead[:3])
        moment = chance.uniform(0, seconds[EVERY[disturbed].kind])
        acknowledged = killed(data, done, disturbed, moment)
        done = acknowledged + 1
        if done == len(EVERY):
            # It was quicker than ever before, and nothing was left to be killed.
            outcomes["all done"] += 1
            found_whole(data, expected[done], expected[done], f"seed {seed}")
            continue
        step = EVERY[done]
        what = f"seed {seed}: killed {moment * 1000:.1f} ms into {EVERY[disturbed].key}, in {step.key}"
        there = found_whole(data, expected[done], expected[done + 1], what)
        print(f"{what}: {'there' if there else 'not there'}")
        killings[step.kind] += 1
        outcomes["there" if there else "not there"] += 1
        retry(data, step, there, expected[done + 1], what)
        done += 1
    print(f"{killings.total()} kills in {time.monotonic() - started:.1f} s: {dict(killings)}, {dict(outcomes)}")
    assert all(killings[kind] for kind in DISTURBED), killings
    assert sum(killings[kind] for kind in DISTURBED) == KILLS, killings
    assert all(outcomes[each] for each in ("there", "not there")), "all kills at the same moment prove nothing"


def retry(data: Path, step: Step, there: bool, after: Dump, what: str) -> None:
    """Do again what was not acknowledged, with its key: it is recorded once, or said to be recorded already."""
    ledger = open_ledger(data, standing_clock)
    try:
        try:
            step.run(ledger)
        except AlreadyRecordedError:
            assert there, f"{what}: said to be recorded, and is not"
        else:
            assert not there or step.kind not in (*DISTURBED, "open"), f"{what}: recorded a second time"
        assert dump(ledger) == after, f"{what}: a retry does not come to the same"
    finally:
        ledger.close()


def first_of(kind: str) -> int:
    return next(number for number, step in enumerate(EVERY) if step.kind == kind)


@pytest.fixture(scope="module", params=[SEND, CLOSE])
def resting(request: pytest.FixtureRequest, base: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[int, Path]:
    """A step, and the ledger as it is when the step begins."""
    number = first_of(request.param)
    data = copied(base, tmp_path_factory.mktemp("resting") / "ledger")
    undisturbed(data, EVERY[:number])
    return number, data


def traced(data: Path, number: int, log: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Carry out a step in a process of its own whose system calls are watched."""
    return subprocess.run(
        # With its filter the kernel stops the process at these calls only, not at the thousands of Python's start.
        ["strace", "-qq", "-f", "--seccomp-bpf", "-o", str(log), *options,
         sys.executable, "-m", "tests.faults.monthly", str(data), str(number)],
        check=False, capture_output=True, text=True, cwd=ROOT, env=steady_environment(),
    )  # fmt: skip


def chosen(number: int, long_form: bool) -> list[int]:
    """Give which of some calls are to fail: each in the long form, the first, the last and two between else."""
    return sorted({1, (number + 2) // 3, (2 * number + 2) // 3, number} if not long_form else range(1, number + 1))


def test_a_disk_that_refuses_one_call_leaves_nothing_half(
    resting: tuple[int, Path], expected: list[Dump], tmp_path: Path, long_form: bool
) -> None:
    number, rest = resting
    log, data = tmp_path / "calls", tmp_path / "ledger"
    names = ",".join(call for call, _ in REFUSALS)
    done = traced(copied(rest, data), number, log, "-e", f"trace={names}")
    assert done.returncode == 0, done.stderr
    calls = Counter(re.findall(r"^\d+ +(\w+)\(", log.read_text(errors="replace"), re.MULTILINE))
    shutil.rmtree(data)
    outcomes = Counter[str]()
    for call, error in REFUSALS:
        assert calls[call], f"a step without any {call} is not what this test was written for"
        for when in chosen(calls[call], long_form):
            copied(rest, data)
            fault = f"inject={call}:error={error}:when={when}"
            done = traced(data, number, log, "-e", f"trace={call}", "-e", fault)
            what = f"{EVERY[number].key} {call} {error} {when} of {calls[call]}"
            assert "(INJECTED)" in log.read_text(errors="replace"), f"{what}: the fault did not fire"
            there = found_whole(data, expected[number], expected[number + 1], what)
            if EVERY[number].key in done.stdout:
                assert there, f"{what}: said to be done and is not there"
                outcomes["acknowledged"] += 1
            else:
                outcomes["there" if there else "refused"] += 1
            retry(data, EVERY[number], there, expected[number + 1], what)
            shutil.rmtree(data)
    print(f"{EVERY[number].key}: {dict(calls)}: {dict(outcomes)}")
    assert all(outcomes[each] for each in ("refused", "acknowledged")), outcomes
