"""The picture of a dossier: planned against actual on one axis, with its words, its numbers and what was changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from tracker.exchange.drawing.timeline import NARROW, WIDE, Course, Mark, Timeline, Words, contradictory, timeline
from tracker.ledger.histories import CHANGING, History
from tracker.model.dates import PartialDate
from tracker.model.folding import State, StatementKind
from tracker.model.months import chinese_month, month_number
from tracker.model.printing import print_value
from tracker.model.record_words import RECORD_WORDS

_ENDING = frozenset({StatementKind.TERMINATION, StatementKind.SPLITTING})


@dataclass(frozen=True, slots=True)
class CoursePicture:
    """A timeline for a wide and a narrow page, with its words and its numbers as (what, when or how much)."""

    title: str
    description: str
    wide: Timeline
    narrow: Timeline
    rows: Sequence[tuple[str, str]]


def picture_of(history: History, states: Sequence[State]) -> CoursePicture | None:
    """Draw a project's course up to the last of its states; None where none of its four dates is known."""
    now = states[-1]
    values = now.values
    sums, whole, sums_words, whole_words = _sums(states)
    course = Course(
        now.month,
        states[0].month,
        values.get("planned_start"),
        values.get("planned_completion"),
        values.get("actual_start"),
        values.get("actual_completion"),
        ended_in(states),
        now.started,
        marks_of(history, now.month),
        sums,
        whole,
    )
    late = late_words(now)
    words = Words(
        planned=_planned_words(course),
        actual=_actual_words(course, now),
        late=late,
        now=f"截至{chinese_month(now.month)}末",
        sums=sums_words,
        whole=whole_words,
    )
    wide, narrow = timeline(course, words, WIDE), timeline(course, words, NARROW)
    if wide is None or narrow is None:
        return None
    told = [words.planned, words.actual, *([late] if late else []), *filter(None, (whole_words, sums_words))]
    return CoursePicture("计划与实际", f"{words.now}：{'；'.join(told)}。", wide, narrow, _rows(course, late, states))


def ended_in(states: Sequence[State]) -> str | None:
    """Give the month from which on a project has been completed or off the list, None while it goes on."""
    if states[-1].listed and not states[-1].completed:
        return None
    ended = states[-1].month
    for state in reversed(states):
        if state.listed and not state.completed:
            break
        ended = state.month
    return ended


def marks_of(history: History, month: str) -> list[Mark]:
    """Give what was corrected, renamed, moved, ended or taken back up to a month."""
    return [
        Mark(said.month, RECORD_WORDS[said.kind], said.kind in _ENDING and not said.withdrawn)
        for said in history.said.values()
        if said.kind in CHANGING and said.month <= month
    ]


def months_late(planned: PartialDate | None, done_in: str) -> int | None:
    """Give by how many months something done in a month came after its plan; negative where before."""
    return None if planned is None else month_number(done_in) - month_number(planned.due_month)


def late_words(state: State) -> str:
    """Say what came later than planned, or is late now; "" where nothing is."""
    values = state.values
    said = []
    for what, planned, actual, done in (
        ("开工", values.get("planned_start"), values.get("actual_start"), state.started),
        ("完工", values.get("planned_completion"), values.get("actual_completion"), state.completed),
    ):
        late = months_late(planned, state.month if actual is None else actual.due_month)
        if late is None or (actual is None and (done or not state.listed)):
            continue
        if actual is not None and late > 0:
            said.append(f"晚{what} {late} 个月")
        elif actual is None and late >= 0:
            said.append(f"未{what}，已逾期 {late} 个月" if late else f"本月到期未{what}")
    return "；".join(said)


def _planned_words(course: Course) -> str:
    start, completion = course.planned_start, course.planned_completion
    if start is None and completion is None:
        return "计划 时间未填"
    note = "（完工早于开工）" if contradictory(start, completion) else ""
    return f"计划 {start.chinese if start else '未填'} — {completion.chinese if completion else '未填'}{note}"


def _actual_words(course: Course, state: State) -> str:
    start, completion = course.actual_start, course.actual_completion
    if start is None and completion is None:
        return f"实际 {'已开工，时间未填' if state.started else '未开工'}"
    if completion is not None:
        until = completion.chinese
    elif not state.listed:
        until = f"{chinese_month(course.ended or state.month)}终止"
    else:
        until = "已完工，时间未填" if state.completed else "至今"
    note = "（完工早于开工）" if contradictory(start, completion) else ""
    return f"实际 {start.chinese if start else '开工时间未填'} — {until}{note}"


_Sums = tuple[dict[str, Decimal], dict[str, Decimal], str, str]


def _sums(states: Sequence[State]) -> _Sums:
    """Give what is drawn beneath the bars: investment against the total, else the stated progress."""
    done = _known(states, "cumulative_investment")
    if done:
        total = {month: value for month, value in _known(states, "total_investment").items() if month >= min(done)}
        return (
            done,
            total,
            f"累计完成 {_printed(states, 'cumulative_investment')} 万元",
            f"总投资 {_printed(states, 'total_investment')} 万元" if total else "",
        )
    progress = _known(states, "progress_percent")
    if progress:
        full = dict.fromkeys((min(progress), states[-1].month), Decimal(100))
        return progress, full, f"完成进度 {_printed(states, 'progress_percent')} %", "100 %"
    return {}, {}, "", ""


def _known(states: Sequence[State], name: str) -> dict[str, Decimal]:
    return {state.month: state.values[name] for state in states if name in state.values}


def _printed(states: Sequence[State], name: str) -> str:
    """Print a value as it was last known."""
    return print_value(name, next(state.values[name] for state in reversed(states) if name in state.values))


def _rows(course: Course, late: str, states: Sequence[State]) -> list[tuple[str, str]]:
    dates = (
        ("计划开工", course.planned_start),
        ("实际开工", course.actual_start),
        ("计划完工", course.planned_completion),
        ("实际完工", course.actual_completion),
    )
    rows = [(what, date.chinese if date else "") for what, date in dates]
    rows += [("与计划相比", late)] if late else []
    rows += [(mark.words, chinese_month(mark.month)) for mark in course.marks]
    for state in reversed(states):
        done, percent = state.values.get("cumulative_investment"), state.values.get("progress_percent")
        if done is not None:
            words = f"{print_value('cumulative_investment', done)} 万元"
            rows.append((f"{chinese_month(state.month)}末累计完成投资", words))
        elif percent is not None:
            words = f"{print_value('progress_percent', percent)} %"
            rows.append((f"{chinese_month(state.month)}末完成进度", words))
    return rows
