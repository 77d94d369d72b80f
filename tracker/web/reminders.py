"""Reminders: the quiet line on the pages of whoever has something to do for a month, leading to where it is done."""

from __future__ import annotations

from dataclasses import dataclass

from flask import request, url_for

from tracker.ledger.handle import LedgerError
from tracker.ledger.months import deadline
from tracker.ledger.programmes import find_place, places_of
from tracker.ledger.reminding import outstanding, owing, owing_words, unclosed_months
from tracker.model.months import chinese_month
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger
from tracker.web.rooms import Permission
from tracker.web.whereabouts import NoProgrammeError, NotThereError, asked_programme, short_code

_MONTHS_AT_MOST = 2
"""Months that a line is shown for, the latest first: an office that never closes one is not reproached for all."""


@dataclass(frozen=True, slots=True)
class Reminder:
    """One line: what is to be done, and the page where it is done."""

    words: str
    address: str


def reminders(programme: Programme | None = None) -> list[Reminder]:
    """Give what the caller has to do for the months that are not closed; nothing on the very page it is done on."""
    me = identity()
    fills, leads = me.may(Permission.FILL), me.may(Permission.MONTHS)
    if me.account is None or me.account.must_change or not (fills or leads):
        return []
    ledger = page_ledger()
    try:
        programme, every = asked_programme(ledger, programme.key if programme else None)
        area = find_place(places_of(ledger, programme), programme, None)
    except (LedgerError, NoProgrammeError, NotThereError):
        return []
    scope = places_of(ledger, programme).find(me.scope or "") or area
    within = area if area.within(scope) else scope
    line = _owed if fills else _outstanding
    found = [
        line(programme, month, within) for month in reversed(unclosed_months(ledger, programme)[-_MONTHS_AT_MOST:])
    ]
    shown = []
    for words, endpoint, month in filter(None, found):
        address = url_for(endpoint, month=month, area=short_code(within))
        if address != request.path:
            shown.append(Reminder(words, f"{address}?programme={programme.key}" if len(every) > 1 else address))
    return shown


_Line = tuple[str, str, str]
"""What is to be done, the endpoint where it is done, and the month."""


def _owed(programme: Programme, month: str, county: Place) -> _Line | None:
    due = deadline(programme, month)
    for owed in owing(page_ledger(), programme, month, county):
        # What was sent back was reported in time, or late, already.
        when = f"{due.month}月{due.day}日前报送" if owed.unreported else "改好请重报"
        words = f"{chinese_month(month)}月报{owing_words(owed)}，{when}"
        return words, "returns.show", month
    return None


def _outstanding(programme: Programme, month: str, area: Place) -> _Line | None:
    missing, waiting = outstanding(page_ledger(), programme, month, area)
    said = [f"{missing} 个县没有报全"] if missing else []
    said += [f"待审 {waiting} 项"] if waiting else []
    if not said:
        return None
    endpoint = "months.show" if missing else "reviews.show"
    return f"{chinese_month(month)}月报：{'，'.join(said)}", endpoint, month
