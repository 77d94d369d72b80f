"""Months of reporting: text of the form `YYYY-MM`, compared as text and counted as whole months."""

from __future__ import annotations

import calendar
import datetime
import re
from functools import lru_cache

FIRST_YEAR = 1950
LAST_YEAR = 2099
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def is_month(text: str) -> bool:
    """Say whether the text is a month `YYYY-MM` between 1950 and 2099."""
    match = _MONTH.fullmatch(text)
    return match is not None and FIRST_YEAR <= int(match.group(1)) <= LAST_YEAR


def month_number(month: str) -> int:
    """Give the running number of a month, so that differences count months."""
    return int(month[:4]) * 12 + int(month[5:7]) - 1


def month_of_number(number: int) -> str:
    """Give the month with a running number; the inverse of `month_number`."""
    return f"{number // 12:04d}-{number % 12 + 1:02d}"


def shift_month(month: str, by: int) -> str:
    """Give the month that lies `by` months later (earlier where negative)."""
    return month_of_number(month_number(month) + by)


def year_of(month: str) -> int:
    """Give the year a month lies in."""
    return int(month[:4])


@lru_cache(maxsize=1024)
def last_day(month: str) -> datetime.date:
    """Give the last day of a month."""
    year, number = int(month[:4]), int(month[5:7])
    return datetime.date(year, number, calendar.monthrange(year, number)[1])


def chinese_month(month: str) -> str:
    """Print a month as people read it: `2024年8月`."""
    return f"{int(month[:4])}年{int(month[5:7])}月"
