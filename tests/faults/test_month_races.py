"""Two at once: whoever writes into the same row, no text that was said to be saved is lost without a word."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.faults.monthly import code, month_ledger
from tests.ledger.builders import KEY, PROGRAMME, YUCI, open_months, place, standing_clock
from tracker.ledger.checking import check
from tracker.ledger.drafts import DraftConflictError, DraftPlace, drafts_of, save_draft
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.opening import open_ledger
from tracker.ledger.returns import Reported, send, stated_in
from tracker.ledger.writing import writing

MONTH = "2024-06"
INTERLEAVINGS = 200
FIELDS = ("progress", "problem")
SAVINGS = 5

Event = dict[str, Any]
Part = Callable[[Ledger, Random, str], Iterator[Event]]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with an open month and a project for every interleaving."""
    directory = month_ledger(tmp_path_factory.mktemp("races") / "ledger", projects=(2 * INTERLEAVINGS, 1))
    ledger = open_ledger(directory, standing_clock)
    open_months(ledger, MONTH)
    ledger.close()
    return directory


class Process:
    """A process that plays the same part on one project after another, each when told to."""

    def __init__(self, data: Path, name: str, part: Part) -> None:
        heard, self._say = os.pipe()
        self._hear, said = os.pipe()
        self.number = os.fork()
        if self.number:
            os.close(heard)
            os.close(said)
            self._answers = os.fdopen(self._hear)
            return
        try:
            # What it was told to others must not keep this process from hearing the end.
            os.close(self._say)
            ledger = open_ledger(data, standing_clock)
            with os.fdopen(heard) as told, os.fdopen(said, "w") as answers:
                for line in told:
                    seed, project = line.split()
                    events = list(part(ledger, Random(f"{name} {seed}"), project))
                    answers.write(json.dumps(events) + "\n")
                    answers.flush()
        finally:
            os._exit(0)

    def begin(self, seed: int, project: str) -> None:
        """Tell it to begin."""
        os.write(self._say, f"{seed} {project}\n".encode())

    def events(self) -> list[Event]:
        """Give what happened to it, once it is through."""
        found: list[Event] = json.loads(self._answers.readline())
        return found

    def end(self) -> None:
        """Let it end."""
        os.close(self._say)
        os.waitpid(self.number, 0)
        self._answers.close()


def writer(name: str) -> Part:
    """Give the part of somebody who types into both fields, and sometimes writes over what he was told of."""

    def part(ledger: Ledger, chance: Random, project: str) -> Iterator[Event]:
        known = dict.fromkeys(FIELDS, 0)
        for number in range(SAVINGS):
            field = chance.choice(FIELDS)
            text = f"{name} 写的第 {number} 稿"
            for _ in range(chance.randint(1, 3)):
                seen = known[field]
                try:
                    saved = save_draft(ledger, DraftPlace(KEY, MONTH, project, field), text, seen, name)
                except DraftConflictError as conflict:
                    known[field] = conflict.standing.version
                    yield {"told": conflict.standing.text, "field": field, "by": name}
                    continue
                known[field] = saved.version
                yield {"saved": text, "version": saved.version, "seen": seen, "field": field, "by": name}
                break

    return part


def both(data: Path, one: Part, other: Part, first: int) -> Iterator[tuple[int, str, list[Event], list[Event]]]:
    """Let two processes play their parts at once on one project after another; gives what happened to each."""
    processes = Process(data, "one", one), Process(data, "other", other)
    try:
        for seed in range(INTERLEAVINGS):
            project = code(YUCI, first + seed)
            for process in processes:
                process.begin(seed, project)
            yield seed, project, processes[0].events(), processes[1].events()
    finally:
        # The later one holds a copy of the earlier one's mouthpiece.
        for process in reversed(processes):
            process.end()


def test_two_who_write_into_the_same_fields_lose_no_text(data: Path) -> None:
    started, ledger, outcomes = time.monotonic(), open_ledger(data, standing_clock), Counter[str]()
    try:
        for seed, project, *told in both(data, writer("甲"), writer("乙"), 1):
            what = f"seed {seed}, {project}"
            standing = drafts_of(ledger, KEY, MONTH, [project])[project]
            saved = [event for each in told for event in each if "saved" in event]
            by_version = {(event["field"], event["version"]): event for event in saved}
            assert len(by_version) == len(saved), f"{what}: two texts were saved as the same version"
            for events in told:
                aware: set[tuple[str, str]] = set()
                for event in events:
                    if "told" in event:
                        aware.add((event["field"], event["told"]))
                        outcomes["told of a conflict"] += 1
                        continue
                    aware.add((event["field"], event["saved"]))
                    before = by_version.get((event["field"], event["version"] - 1))
                    if before is not None:
                        assert (event["field"], before["saved"]) in aware, f"{what}: {before} was overwritten unseen"
                        outcomes["overwritten knowingly"] += before["by"] != event["by"]
            for field in FIELDS:
                last = max((each["version"] for each in saved if each["field"] == field), default=0)
                if last:
                    assert standing[field].text == by_version[field, last]["saved"], f"{what}: a text was lost"
            outcomes["saved"] += len(saved)
    finally:
        ledger.close()
    print(f"{INTERLEAVINGS} interleavings in {time.monotonic() - started:.1f} s: {dict(outcomes)}")
    assert all(outcomes[each] for each in ("told of a conflict", "overwritten knowingly")), "they never met"


def sender(ledger: Ledger, chance: Random, project: str) -> Iterator[Event]:
    """Send the row as it stands, as often as it is refused; gives what was sent of it."""
    for number in range(chance.randint(1, 4)):
        drafts = drafts_of(ledger, KEY, MONTH, [project])[project]
        row = Reported(project, {field: draft.text for field, draft in drafts.items()})
        seen = {project: {field: draft.version for field, draft in drafts.items()}}
        try:
            with writing(ledger, f"{project}:{number}", "负责人") as writes:
                send(writes, PROGRAMME, MONTH, place(ledger, YUCI), [row], seen)
        except RefusedError as refusal:
            yield {"refused": str(refusal)}
            continue
        yield {"sent": dict(row.values)}
        break


def test_what_is_saved_while_the_row_is_sent_is_sent_or_stays(data: Path) -> None:
    started, ledger, outcomes = time.monotonic(), open_ledger(data, standing_clock), Counter[str]()
    try:
        for seed, project, typed, sending in both(data, writer("甲"), sender, INTERLEAVINGS + 1):
            what = f"seed {seed}, {project}"
            standing = drafts_of(ledger, KEY, MONTH, [project])[project]
            sent = next((event["sent"] for event in sending if "sent" in event), None)
            outcomes["refused"] += sum("refused" in event for event in sending)
            outcomes["sent" if sent is not None else "not sent"] += 1
            for field in FIELDS:
                last = next((e for e in reversed(typed) if "saved" in e and e["field"] == field), None)
                if last is None:
                    continue
                stays = field in standing and standing[field].text == last["saved"]
                assert stays or (sent is not None and sent.get(field) == last["saved"]), f"{what}: {last} was dropped"
                outcomes["stays" if stays else "was sent"] += 1
            if sent is not None:
                row = ledger.connection.execute(
                    "SELECT max(sequence) AS last FROM record WHERE project = ? AND kind = 'return'", (project,)
                ).fetchone()
                assert stated_in(ledger, row["last"])[0] == sent, f"{what}: something else was sent"
        assert check(ledger) == []
    finally:
        ledger.close()
    print(f"{INTERLEAVINGS} interleavings in {time.monotonic() - started:.1f} s: {dict(outcomes)}")
    assert all(outcomes[each] for each in ("sent", "refused", "stays", "was sent")), outcomes
