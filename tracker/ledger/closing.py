"""Closing: a month's phases as the task force leads them, and the freezing of its figures.

A closed month never changes: its states stay as they were, whatever is recorded later. Corrections that come
after count in the months that follow, and beside the frozen figures (`state_corrected`).
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.months import Phase, local_day, months
from tracker.ledger.returns import WAITING, CountyReturn, RowStatus, county_returns
from tracker.ledger.standings import tallies
from tracker.ledger.states import state_hash
from tracker.ledger.writing import Writing
from tracker.model.months import chinese_month, month_number, month_of_number
from tracker.model.places import Place, PlaceLevel
from tracker.model.programme import Programme


@dataclass(frozen=True, slots=True)
class Unsettled:
    """What stands between a month and its closing: counties that did not report all, and rows to be reviewed.

    `missing` and `sent_back` keep their last state when the month is closed; `waiting` must be decided first.
    """

    missing: list[CountyReturn]
    sent_back: list[CountyReturn]
    waiting: list[CountyReturn]

    @property
    def nothing(self) -> bool:
        """Say whether everything is reported and accepted."""
        return not (self.missing or self.sent_back or self.waiting)


def unsettled(ledger: Ledger, programme: Programme, month: str, within: Place) -> Unsettled:
    """Give what is not settled in a month, by county."""
    counties = county_returns(ledger, programme, month, within)

    def having(*statuses: RowStatus) -> list[CountyReturn]:
        return [county for county in counties if county.number(*statuses)]

    return Unsettled(having(RowStatus.UNREPORTED, RowStatus.DRAFTED), having(RowStatus.SENT_BACK), having(*WAITING))


def open_month(writing: Writing, programme: Programme, month: str) -> None:
    """Open a month for returns. Raises RefusedError for one that is open already and one that lies ahead."""
    if month in months(writing.ledger, programme.key):
        raise RefusedError(f"{chinese_month(month)}已经开放过，没有重复开放。")
    today = local_day(writing.ledger)
    if month > today.isoformat()[:7]:
        raise RefusedError(f"{chinese_month(month)}还没有到，今天是 {today.isoformat()}；请到当月再开放。")
    writing.open_month(programme.key, month)


def lock_month(writing: Writing, programme: Programme, month: str) -> None:
    """End the reporting of a month: counties need a permission from now on. Raises RefusedError."""
    _in_phase(writing.ledger, programme, month, Phase.OPEN)
    writing.note_month("locking", programme.key, month, {}, None)


def unlock_month(writing: Writing, programme: Programme, month: str, reason: str) -> None:
    """Let every county report again for a locked month, with a reason. Raises RefusedError."""
    _in_phase(writing.ledger, programme, month, Phase.LOCKED)
    writing.note_month("unlocking", programme.key, month, {}, _needed(reason, "多数县尚未报送"))


def permit_late(
    writing: Writing, programme: Programme, month: str, county: Place, until: datetime.date, reason: str
) -> None:
    """Let one county report a locked month until a day. Raises RefusedError."""
    _in_phase(writing.ledger, programme, month, Phase.OPEN, Phase.LOCKED)
    if until < local_day(writing.ledger):
        raise RefusedError(f"准许迟报的期限 {until.isoformat()} 已经过去，请写今天或以后的日期。")
    details = {"permission": [{"county": county.code, "until": until.isoformat()}]}
    writing.note_month("permission", programme.key, month, details, _needed(reason, "当地受灾，道路中断"))


def close_month(writing: Writing, programme: Programme, month: str, area: Place, reason: str) -> None:
    """Freeze a month; `area` is the programme's whole. It must be the first thing its request records.

    Raises RefusedError where returns are still to be reviewed, where counties are missing and no reason is
    given, and where an earlier month is still open.
    """
    ledger = writing.ledger
    if writing.recorded:
        raise ValueError("a closing stands alone in its request")
    _in_phase(ledger, programme, month, Phase.OPEN, Phase.LOCKED)
    earlier = [each.month for each in months(ledger, programme.key).values() if each.phase is not Phase.CLOSED]
    if earlier and earlier[0] < month:
        raise RefusedError(f"{chinese_month(earlier[0])}还没有封账，请按月份先后封账。")
    found = unsettled(ledger, programme, month, area)
    if found.waiting:
        waiting = sum(county.number(*WAITING) for county in found.waiting)
        raise RefusedError(f"还有 {waiting} 项已报待审，请先通过或退回，再封账。")
    if not found.nothing and not reason.strip():
        named = len({county.county for county in (*found.missing, *found.sent_back)})
        raise RefusedError(f"还有 {named} 个县（市、区）没有报全，封账后沿用上次的状态；仍要封账请写明理由。")
    tally = tallies(ledger, programme, month, area)[""]
    sequence, head = writing.head()
    row = {
        "head_sequence": sequence, "head_hash": head, "projects": tally["projects"], "started": tally["started"],
        "completed": tally["completed"], "unreported": tally["unreported"],
        "state_hash": state_hash(ledger, programme.key, month),
    }  # fmt: skip
    writing.note_month("closing", programme.key, month, {"closing": [row]}, reason.strip() or None)


def next_month_to_open(found: Iterable[str]) -> str | None:
    """Give the month after the last opened one, None where none has been opened."""
    last = max(found, default=None)
    return None if last is None else month_of_number(month_number(last) + 1)


def reviews_for_good(programme: Programme, scope: Place) -> bool:
    """Say whether a review by the task force of an area accepts a return for good."""
    if programme.review_levels == 1:
        return True
    return scope.level in (PlaceLevel.PROVINCE, PlaceLevel.COUNTRY) or scope.code == programme.area


def _in_phase(ledger: Ledger, programme: Programme, month: str, *phases: Phase) -> None:
    found = months(ledger, programme.key).get(month)
    words = chinese_month(month)
    if found is None:
        raise RefusedError(f"{words}还没有开放，请先开放这个月。")
    if found.phase not in phases:
        state = {Phase.OPEN: "正在填报", Phase.LOCKED: "已经截止填报", Phase.CLOSED: "已经封账"}[found.phase]
        raise RefusedError(f"{words}{state}，不能这样做。")


def _needed(reason: str, example: str) -> str:
    text = reason.strip()
    if not text:
        raise RefusedError(f"请写明理由，例如：{example}。")
    return text
