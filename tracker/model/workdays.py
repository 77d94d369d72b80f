"""Workdays: which days offices work in China, by the State Council's published days off and make-up workdays."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Workdays:
    """The published exceptions from Monday to Friday: days off, weekend days worked, and the years they cover."""

    off: frozenset[datetime.date]
    worked: frozenset[datetime.date]

    @property
    def years(self) -> frozenset[int]:
        """Give the years whose arrangement is known."""
        return frozenset(day.year for day in (*self.off, *self.worked))

    def knows(self, day: datetime.date) -> bool:
        """Say whether the arrangement of a day's year is known; beyond it Monday to Friday stand in."""
        return day.year in self.years

    def works(self, day: datetime.date) -> bool:
        """Say whether offices work on a day."""
        return day in self.worked or (day.weekday() < _SATURDAY and day not in self.off)

    def last_by(self, day: datetime.date) -> datetime.date:
        """Give the last workday that is not after a day."""
        return self._towards(day, -1)

    def first_from(self, day: datetime.date) -> datetime.date:
        """Give the first workday that is not before a day."""
        return self._towards(day, 1)

    def _towards(self, day: datetime.date, step: int) -> datetime.date:
        while not self.works(day):
            day += datetime.timedelta(days=step)
        return day


def workdays_of(rows: Iterable[Mapping[str, str]]) -> Workdays:
    """Read rows with `day` (YYYY-MM-DD) and `kind` (off or worked). Raises ValueError for any other kind."""
    found: dict[str, set[datetime.date]] = {"off": set(), "worked": set()}
    for row in rows:
        if row["kind"] not in found:
            raise ValueError(f"a day is off or worked, not {row['kind']!r}")
        found[row["kind"]].add(datetime.date.fromisoformat(row["day"]))
    return Workdays(frozenset(found["off"]), frozenset(found["worked"]))


def reminder_days(
    due: datetime.date, before: int, after: int, workdays: Workdays
) -> dict[datetime.date, datetime.date]:
    """Give the days on which a return due on a day is asked for: some days before, on the day, some days after.

    Each is a workday: what falls on a day off moves forward to the workday before it, so that it is still in
    time, and after the deadline to the workday after it. Gives for each day the day that it stands for; 0 leaves
    the day before or after out.
    """
    found: dict[datetime.date, datetime.date] = {}
    for shift in sorted({-before, 0, after}):
        day = due + datetime.timedelta(days=shift)
        found.setdefault(workdays.last_by(day) if shift <= 0 else workdays.first_from(day), day)
    return found
