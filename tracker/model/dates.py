"""Dates that keep the precision they were written with: a day, a month or a quarter."""

from __future__ import annotations

import calendar
import datetime
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A day (`2024-08-05`), a month (`2024-08`) or a quarter (`2024-Q3`).

    `month` is None for a quarter, `day` is None for a month or a quarter, `quarter` is None
    otherwise. Quarters occur among planned dates only.
    """

    year: int
    month: int | None = None
    day: int | None = None
    quarter: int | None = None

    @property
    def text(self) -> str:
        """Give the form that is stored: `2024-08-05`, `2024-08` or `2024-Q3`."""
        if self.month is None:
            return f"{self.year:04d}-Q{self.quarter}"
        if self.day is None:
            return f"{self.year:04d}-{self.month:02d}"
        return f"{self.year:04d}-{self.month:02d}-{self.day:02d}"

    @property
    def chinese(self) -> str:
        """Give the form that people read: `2024-08-05`, `2024年8月` or `2024年第3季度`."""
        if self.month is None:
            return f"{self.year}年第{self.quarter}季度"
        if self.day is None:
            return f"{self.year}年{self.month}月"
        return self.text

    @property
    def first_month(self) -> int:
        """Give the number (1-12) of the first month the date may lie in."""
        return self.month if self.month is not None else 3 * (self.quarter or 1) - 2

    @property
    def last_month(self) -> int:
        """Give the number (1-12) of the last month the date may lie in."""
        return self.month if self.month is not None else 3 * (self.quarter or 1)

    @property
    def earliest(self) -> datetime.date:
        """Give the first day the date may mean."""
        return datetime.date(self.year, self.first_month, self.day or 1)

    @property
    def latest(self) -> datetime.date:
        """Give the last day the date may mean."""
        month = self.last_month
        return datetime.date(self.year, month, self.day or calendar.monthrange(self.year, month)[1])

    @property
    def due_month(self) -> str:
        """Give the month `YYYY-MM` by whose end the date has passed."""
        return f"{self.year:04d}-{self.last_month:02d}"

    def agrees_with(self, finer: PartialDate) -> bool:
        """Say whether `finer` lies wholly within this date, so that this one adds nothing to it."""
        return self.earliest <= finer.earliest and finer.latest <= self.latest


def date_of_text(text: str) -> PartialDate:
    """Read the stored form back; the inverse of `PartialDate.text`.

    Raises ValueError for any other text: stored dates are written by this program only.
    """
    if len(text) == 7 and text[5] == "Q":
        return PartialDate(int(text[:4]), quarter=int(text[6]))
    if len(text) == 7:
        return PartialDate(int(text[:4]), int(text[5:7]))
    day = datetime.date.fromisoformat(text)
    return PartialDate(day.year, day.month, day.day)
