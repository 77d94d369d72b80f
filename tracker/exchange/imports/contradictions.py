"""Contradictions: what a row says against itself, against the month and against what is known."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from tracker.model.dates import PartialDate
from tracker.model.faults import Flaw, Severity
from tracker.model.fields import FIELD
from tracker.model.folding import State
from tracker.model.months import chinese_month, last_day, year_of
from tracker.model.stages import STAGE_WORDS, Stage, contradicts, goes_backwards
from tracker.model.values import print_date, print_money

FAR_ABOVE_TOTAL = Decimal("1.5")
"""A cumulative or year sum above this multiple of the total investment is asked about."""


class Row(Protocol):
    """What is said of one project, in a list or on a page: values, fields emptied, and fields with a fault."""

    values: dict[str, Any]
    cleared: set[str]
    flawed: set[str]


_Row = TypeVar("_Row", bound=Row)
Note = Callable[[_Row, str, Flaw], None]


def check_row(
    row: _Row, month: str, columns: set[str], known: State | None, before: State | None, note: Note[_Row]
) -> None:
    """Note every contradiction of one row.

    `known` is the project's state that holds at the month, `before` the state at the end of the month
    before, both None where there is none; `columns` are the fields the list has. A value that is itself a
    fault is compared with nothing.
    """
    flawed = frozenset(row.flawed)
    _check_dates(row, month, columns, known, flawed, note)
    _check_sums(row, month, known, before, flawed, note)
    _check_stage(row, known, flawed, note)


def _holding(row: Row, name: str, known: State | None, flawed: frozenset[str]) -> Any:
    """Give the value that would hold after the row: its own, else the known one; None where flawed."""
    if name in flawed or name in row.cleared:
        return None
    if name in row.values:
        return row.values[name]
    return known.values.get(name) if known is not None else None


def _date(row: Row, name: str, known: State | None, flawed: frozenset[str]) -> PartialDate | None:
    value = _holding(row, name, known, flawed)
    return value if isinstance(value, PartialDate) else None


def _check_dates(
    row: _Row, month: str, columns: set[str], known: State | None, flawed: frozenset[str], note: Note[_Row]
) -> None:
    end = last_day(month)
    for name in ("actual_start", "actual_completion"):
        said = row.values.get(name)
        if isinstance(said, PartialDate) and name not in flawed and said.earliest > end:
            message = f"{print_date(said)} 晚于填报月 {chinese_month(month)}，还没有发生的请留空，写错的请改正"
            note(row, name, Flaw(Severity.FIX, message))
    for start_name, completion_name in (("actual_start", "actual_completion"), ("planned_start", "planned_completion")):
        if not {start_name, completion_name} & row.values.keys():
            continue
        start = _date(row, start_name, known, flawed)
        completion = _date(row, completion_name, known, flawed)
        if start is not None and completion is not None and start.earliest > completion.latest:
            at = start_name if start_name in columns else completion_name
            words = FIELD[start_name].heading, FIELD[completion_name].heading
            message = f"{words[0]}（{print_date(start)}）晚于{words[1]}（{print_date(completion)}），请核对两个时间"
            note(row, at, Flaw(Severity.FIX, message))
    if "actual_start" in columns and "actual_start" not in flawed and "actual_completion" not in flawed:
        completion = row.values.get("actual_completion")
        if completion is not None and "actual_start" not in row.values:
            # The list is to be whole in itself, even where the ledger knows the start.
            held = _date(row, "actual_start", known, flawed)
            hint = f"台账中是 {print_date(held)}" if held else "例如 2023年8月"
            message = f"有完工时间（{print_date(completion)}）而没有开工时间，请补上开工时间，{hint}"
            note(row, "actual_start", Flaw(Severity.FIX, message))


def _check_sums(
    row: _Row, month: str, known: State | None, before: State | None, flawed: frozenset[str], note: Note[_Row]
) -> None:
    total = _holding(row, "total_investment", known, flawed)
    for name in ("cumulative_investment", "year_investment", "year_plan"):
        said = row.values.get(name)
        if not isinstance(said, Decimal) or name in flawed:
            continue
        if isinstance(total, Decimal) and said > total * FAR_ABOVE_TOTAL:
            sums = f"{FIELD[name].heading} {print_money(said)} 万元远大于总投资 {print_money(total)} 万元"
            message = f"{sums}，请核对单位和数字；属实请确认"
            note(row, name, Flaw(Severity.ASK, message))
    new_year = before is not None and year_of(before.month) != year_of(month)
    for name in ("cumulative_investment",) if new_year else ("cumulative_investment", "year_investment"):
        said = row.values.get(name)
        last = before.values.get(name) if before is not None else None
        if isinstance(said, Decimal) and name not in flawed and last is not None and said < last:
            message = (
                f"{FIELD[name].heading} {print_money(said)} 万元小于上月的 {print_money(last)} 万元，请核对；属实请确认"
            )
            note(row, name, Flaw(Severity.ASK, message))


def _check_stage(row: _Row, known: State | None, flawed: frozenset[str], note: Note[_Row]) -> None:
    word = row.values.get("stage")
    if known is not None and not known.listed and word is not Stage.TERMINATED and "stage" not in flawed:
        at = "stage" if isinstance(word, Stage) else "name"
        hint = "确认后重新列入清单" if isinstance(word, Stage) else "如要重新列入清单，请写明建设阶段"
        note(row, at, Flaw(Severity.ASK, f"台账中该项目已经终止，表中又有这一行；{hint}"))
    if not isinstance(word, Stage) or "stage" in flawed:
        return
    written = STAGE_WORDS[word]
    start = _date(row, "actual_start", known, flawed)
    completion = _date(row, "actual_completion", known, flawed)
    if contradicts(word, start, completion):
        dates = (
            f"实际完工时间为 {print_date(completion)}"
            if completion
            else f"实际开工时间为 {print_date(start)}"
            if start
            else ""
        )
        note(
            row,
            "stage",
            Flaw(Severity.ASK, f"建设阶段写的是“{written}”，而{dates}，两者不一致，请核对；确认后以时间为准"),
        )
    elif known is not None and known.listed and known.stage is not None and goes_backwards(known.stage, word):
        note(
            row,
            "stage",
            Flaw(Severity.ASK, f"建设阶段由“{STAGE_WORDS[known.stage]}”退回“{written}”，请核对；属实请确认"),
        )
