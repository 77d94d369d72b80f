"""Folding: what statements about a project make of it, month after month.

A statement says some fields' values for one month. The state at a month is the state at the month
before, with that month's statements laid over it in the order they were recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any

from tracker.model.dates import PartialDate
from tracker.model.fields import FIELDS, Kind, Span
from tracker.model.months import month_number, year_of
from tracker.model.programme import Programme
from tracker.model.stages import Stage, effective_stage

Values = Mapping[str, Any]
"""Field names and their values: Decimal (万元, units, percent), PartialDate, Stage, str, or a tuple of codes."""


class StatementKind(StrEnum):
    """What kind of record a statement is."""

    REGISTRATION = "registration"
    RETURN = "return"
    CORRECTION = "correction"
    RENAMING = "renaming"
    MOVING = "moving"
    TERMINATION = "termination"
    SPLITTING = "splitting"
    WITHDRAWAL = "withdrawal"
    ACCEPTANCE = "acceptance"
    SENDING_BACK = "sending_back"


ABOUT_OTHERS = frozenset({StatementKind.WITHDRAWAL, StatementKind.ACCEPTANCE, StatementKind.SENDING_BACK})
"""Statements that speak of another record and say nothing of the project themselves."""


@dataclass(frozen=True, slots=True)
class Statement:
    """What one record says about a project for a month.

    `cleared` names fields made empty; `withdrawn` says that a later record takes this one back; `awaiting`
    that it is a return which no review has accepted, or which the last review sent back.
    """

    month: str
    kind: StatementKind
    values: Values
    cleared: frozenset[str] = frozenset()
    withdrawn: bool = False
    awaiting: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """A project at the end of a month.

    `values` are the values that hold (a field that is unknown is absent); `reported` says whether the
    month itself was reported; `stage` is the stage that counts; `listed` is False from its termination on;
    money is in 万元: `year_opening` is the cumulative investment at last year's end, `year_done` what was
    done this year; both None where unknown. `derived_cumulative` says that the cumulative investment was
    computed as last month's plus this month's. `on_schedule` compares progress with elapsed time.
    """

    month: str
    values: dict[str, Any] = field(default_factory=dict)
    reported: bool = False
    stage: Stage | None = None
    started: bool = False
    completed: bool = False
    listed: bool = True
    year_opening: Decimal | None = None
    year_done: Decimal | None = None
    derived_cumulative: bool = False
    on_schedule: bool | None = None


IDENTITY = frozenset({"name", "county"})
"""What a project is known by: whoever speaks of one must have been told these first."""

DATES = frozenset(field.name for field in FIELDS if field.kind in (Kind.PLANNED_DATE, Kind.ACTUAL_DATE))
YEARLY = tuple(field.name for field in FIELDS if field.span is Span.YEAR)
MONTHLY = tuple(field.name for field in FIELDS if field.span is Span.MONTH)


def counting(statements: Iterable[Statement]) -> list[Statement]:
    """Give the statements that count, in the same order: not withdrawn, accepted, and about the project itself."""
    return [said for said in statements if not said.withdrawn and not said.awaiting and said.kind not in ABOUT_OTHERS]


def standing(statements: Sequence[Statement]) -> list[Statement]:
    """Give what counts of all that was ever said about a project, by month and in recorded order.

    Where the first that counts does not say name and county, because what said them was withdrawn, those of
    the registration come before it: what others said would otherwise be about nothing. Where nobody else
    speaks of the project, nothing is left.
    """
    left = counting(statements)
    if not left or left[0].values.keys() >= IDENTITY:
        return left
    registration = next((said for said in statements if said.kind is StatementKind.REGISTRATION), None)
    if registration is None:
        return left
    identity = {name: registration.values[name] for name in sorted(IDENTITY)}
    return [Statement(left[0].month, StatementKind.REGISTRATION, identity), *left]


def says_nothing_new(name: str, known: Any, said: Any) -> bool:
    """Say whether a stated value leaves a known one as it is: equal, or a vaguer date that agrees."""
    if known == said:
        return True
    if name in DATES and isinstance(known, PartialDate) and isinstance(said, PartialDate):
        return said.agrees_with(known)
    return False


def _carried(previous: State | None, month: str) -> dict[str, Any]:
    """Give what still holds of the month before: sums of a year or of a month end with theirs."""
    if previous is None:
        return {}
    values = dict(previous.values)
    if previous.month != month:
        for name in MONTHLY:
            values.pop(name, None)
    if year_of(previous.month) != year_of(month):
        for name in YEARLY:
            values.pop(name, None)
    return values


def _overlay(values: dict[str, Any], statement: Statement) -> None:
    """Lay a statement over values in place; only a correction may replace a date by a vaguer one."""
    for name, said in statement.values.items():
        if statement.kind is not StatementKind.CORRECTION and says_nothing_new(name, values.get(name), said):
            continue
        values[name] = said
    for name in statement.cleared:
        values.pop(name, None)


def advance(previous: State | None, month: str, statements: Iterable[Statement], programme: Programme) -> State:
    """Give the state at a month from the state before it and the month's statements in recorded order."""
    values = _carried(previous, month)
    reported = False
    said_month_sum = said_cumulative = False
    for statement in statements:
        _overlay(values, statement)
        reported = reported or statement.kind is StatementKind.RETURN
        said_month_sum = said_month_sum or "month_investment" in statement.values
        said_cumulative = said_cumulative or (
            "cumulative_investment" in statement.values or "cumulative_investment" in statement.cleared
        )
    before = previous.values.get("cumulative_investment") if previous is not None else None
    derived = said_month_sum and not said_cumulative and before is not None and "month_investment" in values
    if derived:
        values["cumulative_investment"] = before + values["month_investment"]
    return _state_of(previous, month, values, reported, derived, programme)


def _state_of(
    previous: State | None, month: str, values: dict[str, Any], reported: bool, derived: bool, programme: Programme
) -> State:
    stage = effective_stage(values.get("stage"), values.get("actual_start"), values.get("actual_completion"))
    started = stage in programme.started_stages
    completed = stage in programme.completed_stages
    opening = _year_opening(previous, month)
    return State(
        month=month,
        values=values,
        reported=reported,
        stage=stage,
        started=started,
        completed=completed,
        listed=stage is not Stage.TERMINATED,
        year_opening=opening,
        year_done=_year_done(values, month, opening),
        derived_cumulative=derived,
        on_schedule=_on_schedule(values, month, started, completed),
    )


def _year_opening(previous: State | None, month: str) -> Decimal | None:
    """Give the cumulative investment at last year's end, where a month of last year or before knew it."""
    if previous is None:
        return None
    if year_of(previous.month) == year_of(month):
        return previous.year_opening
    cumulative: Decimal | None = previous.values.get("cumulative_investment")
    return cumulative


def _year_done(values: Values, month: str, opening: Decimal | None) -> Decimal | None:
    """Give what was invested this year.

    The difference to last year's end, else the stated sum, else the cumulative sum of a project started
    this year, else None.
    """
    cumulative: Decimal | None = values.get("cumulative_investment")
    if opening is not None and cumulative is not None:
        return cumulative - opening
    stated: Decimal | None = values.get("year_investment")
    if stated is not None:
        return stated
    start: PartialDate | None = values.get("actual_start")
    if start is not None and start.year == year_of(month):
        return cumulative
    return None


def progress_share(values: Values, started: bool, completed: bool) -> Fraction | None:
    """Give how far a project is, 0 to 1.

    The stated percentage, else what its stage proves, else the share of its total investment that is
    done, else None.
    """
    percent: Decimal | None = values.get("progress_percent")
    if percent is not None:
        return Fraction(percent) / 100
    if completed:
        return Fraction(1)
    if not started:
        return Fraction(0)
    total: Decimal | None = values.get("total_investment")
    done: Decimal | None = values.get("cumulative_investment")
    if total and done is not None:
        return min(Fraction(done) / Fraction(total), Fraction(1))
    return None


def elapsed_share(values: Values, month: str) -> Fraction | None:
    """Give the share of the planned duration that has passed by a month's end (序时进度), 0 to 1.

    Counted in whole months; None where the planned dates are unknown or contradict each other.
    """
    start: PartialDate | None = values.get("planned_start")
    completion: PartialDate | None = values.get("planned_completion")
    if start is None or completion is None:
        return None
    first, last, now = month_number(start.due_month), month_number(completion.due_month), month_number(month)
    if last < first:
        return None
    return max(Fraction(0), min(Fraction(now - first + 1, last - first + 1), Fraction(1)))


def _on_schedule(values: Values, month: str, started: bool, completed: bool) -> bool | None:
    elapsed = elapsed_share(values, month)
    share = progress_share(values, started, completed)
    return None if elapsed is None or share is None else share >= elapsed
