"""Months: which phase each month of a programme is in, who closed it and when, and who may still report."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.ledger.handle import SHANGHAI, Ledger, RefusedError
from tracker.model.months import chinese_month, shift_month
from tracker.model.programme import Programme


class Phase(StrEnum):
    """How far a month is: counties report, reporting has ended, its figures are frozen."""

    OPEN = "open"
    LOCKED = "locked"
    CLOSED = "closed"


PHASE_WORDS = {Phase.OPEN: "填报中", Phase.LOCKED: "已截止填报", Phase.CLOSED: "已封账"}


@dataclass(frozen=True, slots=True)
class Closing:
    """The freezing of a month: its record's number, who, when, and the figures that were frozen."""

    sequence: int
    at: str
    by: str
    projects: int
    started: int
    completed: int
    unreported: int
    state_hash: str


@dataclass(slots=True)
class Month:
    """One opened month; `permitted` gives each county that may report late, and its last day `YYYY-MM-DD`."""

    month: str
    opened_at: str
    opened_by: str
    phase: Phase = Phase.OPEN
    closing: Closing | None = None
    permitted: dict[str, str] = field(default_factory=dict)


def months(ledger: Ledger, key: str) -> dict[str, Month]:
    """Give a programme's opened months in order."""
    found: dict[str, Month] = {}
    for row in ledger.connection.execute(
        "SELECT record.sequence, kind, month, recorded_at, recorded_by, permission.county, permission.until, "
        "closing.projects, closing.started, closing.completed, closing.unreported, closing.state_hash "
        "FROM record LEFT JOIN permission USING (sequence) LEFT JOIN closing USING (sequence) "
        "WHERE programme = ? AND kind IN ('month', 'locking', 'unlocking', 'permission', 'closing') "
        "ORDER BY record.sequence",
        (key,),
    ):
        month = found.setdefault(row["month"], Month(row["month"], row["recorded_at"], row["recorded_by"]))
        if row["kind"] == "locking":
            month.phase = Phase.LOCKED
        elif row["kind"] == "unlocking":
            month.phase = Phase.OPEN
        elif row["kind"] == "permission":
            month.permitted[row["county"]] = row["until"]
        elif row["kind"] == "closing":
            month.phase = Phase.CLOSED
            month.closing = Closing(
                row["sequence"], row["recorded_at"], row["recorded_by"], row["projects"], row["started"],
                row["completed"], row["unreported"], row["state_hash"],
            )  # fmt: skip
    return dict(sorted(found.items()))


def closings(ledger: Ledger, key: str) -> dict[str, int]:
    """Give the number of the closing record of every closed month of a programme, by month."""
    rows = ledger.connection.execute(
        "SELECT month, sequence FROM record WHERE programme = ? AND kind = 'closing' ORDER BY month", (key,)
    )
    return {row["month"]: row["sequence"] for row in rows}


def deadline(programme: Programme, month: str) -> datetime.date:
    """Give the day by which a month's returns are due: the programme's reporting day of the month after."""
    following = shift_month(month, 1)
    return datetime.date(int(following[:4]), int(following[5:7]), programme.reporting_day)


def local_day(ledger: Ledger) -> datetime.date:
    """Give today's date in Shanghai, by the ledger's clock."""
    return ledger.clock().astimezone(SHANGHAI).date()


def refuse_closed(ledger: Ledger, key: str, month: str) -> None:
    """Refuse to take what counts in a closed month without a reason. Raises RefusedError."""
    if month in closings(ledger, key):
        raise RefusedError(
            f"{chinese_month(month)}已经封账，数字不再改动，不能补报或重新导入。"
            "如果当时报错了，请用“更正”写明理由：更正计入之后的月份，并列在原数字旁边。"
        )


@dataclass(frozen=True, slots=True)
class Admission:
    """What of a month a county may report today: everything, only what a review sent back, or nothing.

    `refusal` is the Chinese sentence that says why not everything may be reported, None where everything may;
    `mending` says that rows which a review sent back may be mended and sent again.
    """

    refusal: str | None = None
    mending: bool = True

    def admits(self, *, sent_back: bool) -> bool:
        """Say whether a row may be written and sent; `sent_back` marks one that a review sent back."""
        return self.refusal is None or (self.mending and sent_back)


def admission(ledger: Ledger, programme: Programme, month: str, county: str) -> Admission:
    """Give what a county may report for a month today.

    What a review sends back after the month was locked may still be mended: it was reported in time to be looked
    at, and only the task force could have asked for it.
    """
    found = months(ledger, programme.key).get(month)
    words = chinese_month(month)
    if found is None:
        return Admission(f"{words}还没有开放填报，请等专班开放。", mending=False)
    if found.phase is Phase.CLOSED:
        return Admission(f"{words}已经封账，不能再报。如果当时报错了，请联系专班办理更正。", mending=False)
    until = found.permitted.get(county)
    if found.phase is Phase.LOCKED and (until is None or local_day(ledger).isoformat() > until):
        late = f"准许迟报的期限 {until} 已过" if until else "没有准许迟报"
        return Admission(f"{words}已经截止填报，{late}。确需补报，请联系专班准许迟报。")
    return Admission()
