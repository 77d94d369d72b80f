"""Problems: what a project's problems were, how long each stood, and whether its limit has passed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tracker.model.dates import PartialDate
from tracker.model.folding import State
from tracker.model.months import chinese_month, month_number


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem as it was reported: the months it stood, whether it still does, and what became of its limit.

    `overdue` is "" where there is no limit or it has not passed.
    """

    text: str
    first: str
    last: str
    is_open: bool
    owner: str
    limit: str
    overdue: str

    @property
    def months_words(self) -> str:
        """Say from when to when it stood."""
        if self.is_open:
            return f"{chinese_month(self.first)}起"
        if self.first == self.last:
            return chinese_month(self.first)
        return f"{chinese_month(self.first)}—{chinese_month(self.last)}"


def problems_of(states: Sequence[State]) -> list[Problem]:
    """Give every problem of a project with the months it stood, open ones first, then the latest."""
    runs: list[list[State]] = []
    for state in states:
        text = state.values.get("problem")
        if text is None:
            runs.append([])
        elif runs and runs[-1] and runs[-1][-1].values["problem"] == text:
            runs[-1].append(state)
        else:
            runs.append([state])
    found = [_problem(run, states[-1]) for run in runs if run]
    return sorted(found, key=lambda it: (it.is_open, it.last), reverse=True)


def _problem(run: Sequence[State], now: State) -> Problem:
    last = run[-1]
    limit: PartialDate | None = last.values.get("problem_limit")
    is_open = last is now
    return Problem(
        text=str(last.values["problem"]),
        first=run[0].month,
        last=last.month,
        is_open=is_open,
        owner=str(last.values.get("problem_owner", "")),
        limit=limit.chinese if limit else "",
        overdue=limit_words(limit, last.month, is_open=is_open),
    )


def limit_words(limit: PartialDate | None, month: str, *, is_open: bool = True) -> str:
    """Say what became of a problem's limit by a month's end; "" where there is none or it has not passed."""
    if limit is None or limit.due_month > month:
        return ""
    late = months_late(limit, month)
    return "期满之后才解决" if not is_open else f"已逾期 {late} 个月" if late else "本月到期"


def months_late(planned: PartialDate, month: str) -> int:
    """Give how many months after the one by whose end a plan was due a month lies; 0 where it is that month."""
    return month_number(month) - month_number(planned.due_month)
