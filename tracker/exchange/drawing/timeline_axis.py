"""The axis of a timeline: where days and months stand, which of them are named, and how wide words are drawn."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass

from tracker.exchange.drawing.charts import Size
from tracker.model.dates import PartialDate
from tracker.model.months import last_day, month_number, month_of_number, year_of

GAP = 8
"""The room between a label's words and those in red after them."""
_LEAST_MONTHS = 6
_EVERY = (1, 2, 3, 6, 12)
_YEARS = (1, 2, 5, 10, 20, 50)


@dataclass(frozen=True, slots=True)
class Label:
    """Words in the picture: where they begin, and on which line; `late` follows them in the colour of lateness."""

    at: float
    line: float
    words: str
    late: str = ""


def words_width(words: str) -> float:
    """Give about how wide words are drawn: 13 for a Chinese letter, 7.5 for others."""
    # Chinese letters and signs are three bytes long, the digits and Latin letters of these words one.
    chinese = (len(words.encode()) - len(words)) / 2
    return 7.5 * len(words) + 5.5 * chinese


class Axis:
    """Where days and months stand: every month is as wide as every other one.

    `first` is the number of its first month, `last` the one after its last; `now` is where the page's month ends.
    """

    def __init__(self, months: Iterable[str], dates: Iterable[PartialDate], month: str, size: Size) -> None:
        numbers = [month_number(each) for each in (month, *months)]
        for date in dates:
            numbers += [month_number(f"{date.year:04d}-{date.first_month:02d}"), month_number(date.due_month)]
        self.first, self.last = min(numbers), max(numbers) + 1
        self.last = max(self.last, self.first + _LEAST_MONTHS)
        self.left, self.right = float(size.left), float(size.width - size.right)
        self.month = (self.right - self.left) / (self.last - self.first)
        self.now = self.after(month_number(month))

    def at(self, number: float) -> float:
        """Give where a month of this number begins; a fraction of one lies within it."""
        return round(min(max(self.left + (number - self.first) * self.month, self.left), self.right), 1)

    def after(self, number: int) -> float:
        """Give where a month ends."""
        return self.at(number + 1)

    def day(self, day: datetime.date, *, ended: bool = False) -> float:
        """Give where a day begins, or where it ends."""
        number = month_number(f"{day.year:04d}-{day.month:02d}")
        days = last_day(f"{day.year:04d}-{day.month:02d}").day
        return self.at(number + (day.day - (0 if ended else 1)) / days)

    def reach(self, date: PartialDate) -> tuple[float, float]:
        """Give where a date may lie: from the beginning of its first day to the end of its last."""
        return self.day(date.earliest), self.day(date.latest, ended=True)

    def label(self, at: float, line: float, words: str, late: str = "") -> Label:
        """Put words where they belong, moved as little as needed to stay within the field."""
        room = self.right - words_width(words + late) - (GAP if words and late else 0)
        return Label(round(max(min(at, room), self.left), 1), line, words, late)

    def ticks(self) -> list[float]:
        """Give where months begin: as many as can be told apart."""
        every = next((step for step in _EVERY if step * self.month >= 5), 12)
        return [self.at(number) for number in range(self.first, self.last) if number % every == 0]

    def month_words(self) -> list[tuple[float, str]]:
        """Give the middles of months with their words: as many as find room, counted from January."""
        every = next((step for step in _EVERY if step * self.month >= 34), None)
        if every is None or every == 12:
            return []
        return [
            (self.at(number + 0.5), f"{number % 12 + 1}月")
            for number in range(self.first, self.last)
            if number % every == 0 and self.left + 12 <= self.at(number + 0.5) <= self.right - 12
        ]

    def years(self) -> list[tuple[float, str]]:
        """Give where years begin: as many as find room for their words, the first one cut by the axis among them."""
        every = next((step for step in _YEARS if step * 12 * self.month >= 52), 100)
        found = []
        for year in range(year_of(month_of_number(self.first)), year_of(month_of_number(self.last - 1)) + 1):
            begins, ends = max(year * 12, self.first), min((year + 1) * 12, self.last)
            if (year % every == 0 or begins == self.first) and (ends - begins) * self.month * every >= 48:
                found.append((self.at(begins), f"{year}年"))
        return found
