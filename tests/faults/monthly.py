"""A month's work as steps that always do the same: what the fault tests of sending, reviewing and closing disturb.

Run as a program, it carries one step out on a ledger and prints the step's key once it is acknowledged.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.ledger.builders import KEY, PINGYAO, PROGRAMME, YUCI, close, dump, new_ledger, place, standing_clock, values
from tracker.ledger.checking import check, heal
from tracker.ledger.closing import close_month
from tracker.ledger.drafts import DraftPlace, drafts_of, save_draft, saving_together
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.returns import Reported, accept, rows_of_month, send, send_back
from tracker.ledger.writing import Writing, writing
from tracker.model.folding import StatementKind

BEFORE = "2024-05"
MONTHS = ("2024-06", "2024-07", "2024-08")
SEND, ACCEPT, BACK, CLOSE = "send", "accept", "back", "close"
DISTURBED = (SEND, ACCEPT, BACK, CLOSE)
"""The kinds of steps that are killed; the others prepare them."""

_FIELD = "progress"

Dump = dict[str, list[tuple[Any, ...]]]


def code(county: str, number: int) -> str:
    """Give the code of a county's project."""
    return f"{county}-{number:04d}"


A, B, C, D = (code(YUCI, number) for number in range(1, 5))
E, F = (code(PINGYAO, number) for number in range(1, 3))


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that somebody does in a month: the key of its request, what it is, and the doing of it."""

    key: str
    kind: str
    run: Callable[[Ledger], None]


def month_ledger(directory: Path, projects: tuple[int, int] = (4, 2)) -> Path:
    """Make a ledger of two counties with some projects each, of which one month was reported."""
    ledger = new_ledger(directory)
    with writing(ledger, "before", "测试员") as writes:
        writes.open_month(KEY, BEFORE)
        for county, number in zip((YUCI, PINGYAO), projects, strict=True):
            for each in range(number):
                made = writes.register(KEY, BEFORE, values(name=f"第{each + 1}号治理工程", county=county))
                writes.state(KEY, made, BEFORE, StatementKind.RETURN, values(cumulative_investment=100))
    close(ledger, BEFORE)
    ledger.close()
    return directory


def steps() -> list[Step]:
    """Give all steps in order: every month opened, filled in, sent, sent back in part, sent anew, accepted, closed."""
    found: list[Step] = []
    for month in MONTHS:

        def add(kind: str, run: Callable[[Ledger, Writing, str], object], month: str = month) -> None:
            found.append(_recording(f"{month}:{len(found)}:{kind}", kind, month, run))

        def type_into(*projects: str, month: str = month) -> None:
            found.append(_typing(f"{month}:{len(found)}:type", month, projects))

        add("open", lambda _ledger, writes, month: writes.open_month(KEY, month))
        type_into(A, B, C, E)
        add(SEND, lambda ledger, writes, month: _send(ledger, writes, month, YUCI, A, B))
        add(SEND, lambda ledger, writes, month: _send(ledger, writes, month, PINGYAO, E, F))
        add(ACCEPT, lambda ledger, writes, month: _accept(ledger, writes, month, A))
        add(BACK, lambda ledger, writes, month: _send_back(ledger, writes, month, B))
        type_into(B, D)
        add(SEND, lambda ledger, writes, month: _send(ledger, writes, month, YUCI, B, C, D))
        add(BACK, lambda ledger, writes, month: _send_back(ledger, writes, month, E))
        add(ACCEPT, lambda ledger, writes, month: _accept(ledger, writes, month, B, C, D, F))
        # What is filled in and not sent is still there after the month is closed.
        type_into(E)
        add(CLOSE, _close)
    return found


def _recording(key: str, kind: str, month: str, run: Callable[[Ledger, Writing, str], object]) -> Step:
    def carried_out(ledger: Ledger) -> None:
        with writing(ledger, key, "测试员") as writes:
            run(ledger, writes, month)

    return Step(key, kind, carried_out)


def _typing(key: str, month: str, projects: tuple[str, ...]) -> Step:
    def typed(ledger: Ledger) -> None:
        with saving_together(ledger):
            for project, drafts in drafts_of(ledger, KEY, month, projects).items():
                seen = drafts[_FIELD].version if _FIELD in drafts else 0
                save_draft(ledger, DraftPlace(KEY, month, project, _FIELD), f"{key} {project}", seen, "填报员")

    return Step(key, "type", typed)


def _send(ledger: Ledger, writes: Writing, month: str, county: str, *projects: str) -> None:
    drafts = drafts_of(ledger, KEY, month, projects)
    rows = [Reported(project, {name: draft.text for name, draft in drafts[project].items()}) for project in projects]
    seen = {project: {name: draft.version for name, draft in drafts[project].items()} for project in projects}
    send(writes, PROGRAMME, month, place(ledger, county), rows, seen)


def _seen(ledger: Ledger, month: str, *projects: str) -> dict[str, int]:
    rows = rows_of_month(ledger, PROGRAMME, month, place(ledger, PROGRAMME.area))
    return {row.project: row.sequence or 0 for row in rows if row.project in projects}


def _accept(ledger: Ledger, writes: Writing, month: str, *projects: str) -> None:
    accept(writes, PROGRAMME, month, place(ledger, PROGRAMME.area), _seen(ledger, month, *projects), final=True)


def _send_back(ledger: Ledger, writes: Writing, month: str, project: str) -> None:
    [returned] = _seen(ledger, month, project).items()
    area = place(ledger, PROGRAMME.area)
    send_back(writes, PROGRAMME, month, area, returned, "请核对", {_FIELD: "写明进度"}, final=True)


def _close(ledger: Ledger, writes: Writing, month: str) -> None:
    close_month(writes, PROGRAMME, month, place(ledger, PROGRAMME.area), "一县没有报全")


def undisturbed(data: Path, every: list[Step]) -> list[Dump]:
    """Carry all steps out and give what the ledger holds before the first and after each."""
    ledger = open_ledger(data, standing_clock)
    try:
        found = [dump(ledger)]
        for step in every:
            step.run(ledger)
            found.append(dump(ledger))
    finally:
        ledger.close()
    return found


def found_whole(data: Path, before: Dump, after: Dump, what: str) -> bool:
    """Start on a ledger as the next process would; say whether a disturbed step is there.

    Asserts that it is there whole or not at all, and that there is nothing to mend.
    """
    ledger = open_ledger(data, standing_clock)
    try:
        assert check(ledger) == [], what
        assert heal(ledger) == [], what
        found = dump(ledger)
        [requests] = ledger.connection.execute("SELECT count(DISTINCT request) FROM record").fetchone()
        [noted] = ledger.connection.execute("SELECT count(*) FROM audit WHERE allowed").fetchone()
    finally:
        ledger.close()
    assert noted == requests, f"{what}: the audit log does not say what was recorded"
    assert found in (before, after), f"{what}: half of it is there"
    return found == after


def main() -> None:
    """Carry out the step whose number is given, on the ledger that is given, and say so."""
    step = steps()[int(sys.argv[2])]
    ledger = open_ledger(Path(sys.argv[1]), standing_clock)
    step.run(ledger)
    print(step.key, flush=True)
    ledger.close()


if __name__ == "__main__":
    main()
