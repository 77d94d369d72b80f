"""Reminding: which counties have still something to report, whom that concerns, and who was reminded already."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from tracker.ledger.account_reading import Account, accounts
from tracker.ledger.audit import note
from tracker.ledger.handle import Ledger, StorageError
from tracker.ledger.months import Phase, admission, local_day, months
from tracker.ledger.programmes import find_place, places_of
from tracker.ledger.returns import TO_FILL, WAITING, RowStatus, county_returns
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.model.roles import Role

REMINDED = frozenset({Role.REPORTER, Role.LEAD})
"""The roles that a county's reminder goes to."""


@dataclass(frozen=True, slots=True)
class Owing:
    """What one county has still to report for a month: rows without a return, and rows that were sent back."""

    month: str
    county: Place
    unreported: int
    sent_back: int


def owing_words(owed: Owing) -> str:
    """Say what a county owes: 还有 3 项没有报，1 项被退回."""
    parts = [f"还有 {owed.unreported} 项没有报"] if owed.unreported else []
    return "，".join([*parts, f"有 {owed.sent_back} 项被退回"] if owed.sent_back else parts)


def unclosed_months(ledger: Ledger, programme: Programme) -> list[str]:
    """Give the opened months whose figures are not frozen yet, in order."""
    return [month for month, found in months(ledger, programme.key).items() if found.phase is not Phase.CLOSED]


def owing(ledger: Ledger, programme: Programme, month: str, within: Place) -> list[Owing]:
    """Give the counties of an area that have something to report for a month and may report it today."""
    places = places_of(ledger, programme)
    found = []
    for county in county_returns(ledger, programme, month, within):
        place = places.find(county.county)
        if place is None or not county.number(*TO_FILL):
            continue
        admitted = admission(ledger, programme, month, county.county)
        unreported = county.number(RowStatus.UNREPORTED, RowStatus.DRAFTED) * admitted.admits(sent_back=False)
        sent_back = county.number(RowStatus.SENT_BACK) * admitted.admits(sent_back=True)
        if unreported or sent_back:
            found.append(Owing(month, place, unreported, sent_back))
    return found


def outstanding(ledger: Ledger, programme: Programme, month: str, within: Place) -> tuple[int, int]:
    """Give how many counties of an area have not reported everything, and how many returns await a review."""
    counties = county_returns(ledger, programme, month, within)
    return sum(bool(county.number(*TO_FILL)) for county in counties), sum(each.number(*WAITING) for each in counties)


def area_of(ledger: Ledger, programme: Programme) -> Place:
    """Give a programme's whole area."""
    return find_place(places_of(ledger, programme), programme, None)


def to_remind(ledger: Ledger, county: Place) -> list[Account]:
    """Give the accounts that a county's reminder goes to: reporters and leads with an address who may sign in."""
    return [
        account
        for account in accounts(ledger)
        if account.role in REMINDED and account.scope == county.code and account.email and not account.disabled
    ]


def claim_reminder(ledger: Ledger, programme: Programme, owed: Owing, address: str) -> bool:
    """Note that an address is reminded today of a month; False where it was already, by this run or another.

    It is noted before anything is sent, so that two timers never send twice. Raises StorageError.
    """
    now = ledger.clock()
    day = local_day(ledger).isoformat()
    return _change(
        ledger, "INSERT OR IGNORE INTO reminder (programme, month, county, day, address, sent_at) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (programme.key, owed.month, owed.county.code, day, address, now.isoformat()),
    ) == 1  # fmt: skip


def give_up_reminder(ledger: Ledger, programme: Programme, owed: Owing, address: str) -> None:
    """Take the note back where sending failed, so that the next run tries again. Raises StorageError."""
    _change(
        ledger, "DELETE FROM reminder WHERE programme = ? AND month = ? AND county = ? AND day = ? AND address = ?",
        (programme.key, owed.month, owed.county.code, local_day(ledger).isoformat(), address),
    )  # fmt: skip


def was_reminded(ledger: Ledger, programme: Programme, owed: Owing, address: str) -> bool:
    """Say whether an address was reminded today of a month."""
    row = ledger.connection.execute(
        "SELECT 1 FROM reminder WHERE programme = ? AND month = ? AND county = ? AND day = ? AND address = ?",
        (programme.key, owed.month, owed.county.code, local_day(ledger).isoformat(), address),
    ).fetchone()
    return row is not None


def note_reminder(ledger: Ledger, owed: Owing, account: str, failure: str | None) -> None:
    """Put into the audit log that an account was reminded, or why it could not be; the address stays out."""
    about = f"{owed.month} {owed.county.code} {account}"
    note(ledger, "reminder", failure is None, about, failure)


def _change(ledger: Ledger, statement: str, parameters: tuple[str, ...]) -> int:
    try:
        # Outside a transaction one statement is one of its own.
        return ledger.connection.execute(statement, parameters).rowcount
    except sqlite3.OperationalError as error:
        raise StorageError(f"催报没有登记成（{error}），没有发信。请排除后再试一次。") from error
