"""Dates as people write them: with the precision they were written with, or the reason why they are none."""

from __future__ import annotations

import calendar
import datetime
import re
from functools import lru_cache

from tracker.model.dates import PartialDate
from tracker.model.months import FIRST_YEAR, LAST_YEAR
from tracker.model.written import (
    BLANK,
    KEPT_READINGS,
    LONGEST_KEPT,
    Cell,
    Reading,
    Said,
    ask,
    fix,
    nothing_said,
    plain_number,
    squeezed,
)

_VALUE = Said.VALUE
DATE_BLANKS = frozenset({"未开工", "尚未开工", "在建", "未完工", "尚未完工", "未竣工", "尚未竣工"})
"""Words that say in a date cell only that there is no date: no stage, no contradiction with other cells."""

_FIRST_SERIAL = 20000
_LAST_SERIAL = 60000
_SERIAL_ORIGIN = datetime.date(1899, 12, 30)
_EXAMPLE = "例如 2024年8月 或 2024-08-05"
_PLANNED_EXAMPLE = "例如 2024年8月、2024-08-05 或 2024年三季度"

_PART = r"(?:底|末|初|中|[上中下]旬)"
_MONTH = re.compile(rf"([0-9]{{4}})(年|[-./])([0-9]{{1,2}})(月份?{_PART}?)?")
_DAY = re.compile(r"([0-9]{4})(?:年([0-9]{1,2})月([0-9]{1,2})[日号]?|([-./])([0-9]{1,2})\4([0-9]{1,2})[日号]?)")
_TIME = re.compile(
    r"(.*[0-9][日号]?)(?:(?<=[日号])|[ T])(?:[01]?[0-9]|2[0-4]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
)
_NUMBER = re.compile(r"([0-9]{4,8})(?:\.0+)?")
_SERIAL_WITH_TIME = re.compile(r"([0-9]{5})\.[0-9]{1,20}")
_QUARTER = re.compile(
    r"([0-9]{4})(?:年第?([0-9一二三四五六])|第?([一二三四五六]))季度?(?:底|末)?|([0-9]{4})[年-]?Q([0-9])", re.IGNORECASE
)
_QUARTER_NUMBERS = {"一": 1, "二": 2, "三": 3, "四": 4, "1": 1, "2": 2, "3": 3, "4": 4}
_YEAR_END = re.compile(r"([0-9]{4})年年?(?:底|末)")
_YEAR_ONLY = re.compile(r"([0-9]{4})(?:\.0+)?(?:年度?(?:年?(?:初|中|内)|[上下]半年)?)?")
_SHORT_YEAR = re.compile(r"'?[0-9]{2}(?:年|[-./][0-9]{1,2}(?:[-./月]|$)).*", re.DOTALL)
_NO_YEAR = re.compile(r"[0-9]{1,2}月(?:[0-9]{1,2}[日号]?|份?(?:底|末|初|中|[上中下]旬)?)")
_PLANNED_BEFORE = re.compile(r"^(?:计划|预计|拟)于?(?=[0-9])")


def read_date(written: Cell, *, planned: bool) -> Reading:
    """Read a date; the value is a PartialDate: a day, a month or, where `planned`, a quarter.

    Whole numbers of eight digits are days (YYYYMMDD) and of six digits months (YYYYMM); numbers from 20000
    to 60000 are a workbook's serial days. Planned dates may be a season and may be limits (月底前); actual
    dates may not. What may mean two dates is asked for.
    """
    kind = type(written)
    if kind is datetime.date or kind is datetime.datetime:
        return _day_reading(written)
    if kind is str:
        text = str(written)
        return _date_of_text(text, planned) if len(text) <= LONGEST_KEPT else _fresh_date(text, planned)
    if written is None:
        return BLANK
    if isinstance(written, datetime.date):
        return _day_reading(written)
    if isinstance(written, (int, float)) and not isinstance(written, bool):
        reading = _date_of_text(plain_number(written), planned)
        return reading if reading.said is _VALUE else _no_date(written, planned)
    return _no_date(written, planned)


@lru_cache(maxsize=KEPT_READINGS)
def _day_reading(day: datetime.date) -> Reading:
    """Give the reading of a date object; a time of day is dropped."""
    return _checked(day, day.year, day.month, day.day)


def _fresh_date(text: str, planned: bool) -> Reading:
    """Read a date from a text, or from a number printed as a text."""
    plain = squeezed(text)
    nothing = BLANK if plain in DATE_BLANKS else nothing_said(plain)
    if nothing is not None:
        return nothing
    core = _without_hedges(plain) if planned else plain
    reading = _day(text, core) or _month(text, core) or _number(text, core) or _season(text, core, planned)
    return reading or _no_date(text, planned)


_date_of_text = lru_cache(maxsize=KEPT_READINGS)(_fresh_date)


def _without_hedges(plain: str) -> str:
    """Drop what makes a planned date a plan (预计), a limit (前) or a rough one (左右): it keeps the date itself."""
    core = _PLANNED_BEFORE.sub("", plain)
    for word in ("以前", "之前", "前", "左右"):
        if core.endswith(word):
            return core[: -len(word)]
    return core


def _day(text: str, core: str) -> Reading | None:
    """Read a day, with or without a time of day behind it, or give None."""
    with_time = _TIME.fullmatch(core)
    match = _DAY.fullmatch(with_time.group(1) if with_time else core)
    if match is None:
        return None
    year, month, day, _, other_month, other_day = match.groups()
    return _checked(text, int(year), int(month or other_month), int(day or other_day))


def _month(text: str, core: str) -> Reading | None:
    """Read a month, also 月底, 月初 and 上旬 of it, or give None."""
    match = _MONTH.fullmatch(core)
    if match is None:
        return None
    year, separator, month, word = match.groups()
    if separator == "年" and word is None:
        return None
    if separator == "." and not word:
        if month == "0" or core.endswith(".00"):
            return None
        if month == "1":
            return _perhaps_october(text, int(year))
    return _checked(text, int(year), int(month))


def _perhaps_october(text: str, year: int) -> Reading:
    """Ask whether 2023.1 is January, or October whose zero a sheet dropped."""
    january, october = f"{year}年1月", f"{year}年10月"
    reading = _checked(text, year, 1)
    if reading.flaw is not None:
        return reading
    question = f"可能是 1 月，也可能是丢了末尾 0 的 10 月，暂按{january}理解，请确认，或改写成 {january} 或 {october}"
    return ask(text, reading.value, question)


def _number(text: str, core: str) -> Reading | None:
    """Read a whole number as YYYYMMDD, YYYYMM or a serial day, or give None."""
    match = _NUMBER.fullmatch(core) or _SERIAL_WITH_TIME.fullmatch(core)
    if match is None:
        return None
    digits = match.group(1)
    if len(digits) == 8:
        return _checked(text, int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    if len(digits) == 6:
        return _checked(text, int(digits[:4]), int(digits[4:]))
    if len(digits) == 5 and _FIRST_SERIAL <= int(digits) <= _LAST_SERIAL:
        day = _SERIAL_ORIGIN + datetime.timedelta(days=int(digits))
        return _checked(text, day.year, day.month, day.day)
    return None


def _season(text: str, core: str, planned: bool) -> Reading | None:
    """Read a quarter or the end of a year, which only planned dates may be, or give None."""
    match = _QUARTER.fullmatch(core)
    if match is not None:
        year = int(match.group(1) or match.group(4))
        quarter = _QUARTER_NUMBERS.get(match.group(2) or match.group(3) or match.group(5))
        if not planned:
            return fix(text, "只写到季度，实际时间要写到月或日，" + _EXAMPLE)
        if quarter is None:
            return fix(text, "没有这个季度，请写一到四季度，例如 2024年三季度")
        return _wrong_year(text, year) or Reading(_VALUE, PartialDate(year, quarter=quarter), None)
    match = _YEAR_END.fullmatch(core)
    if match is None:
        return None
    if not planned:
        return fix(text, "没有写月份，实际时间要写到月或日，" + _EXAMPLE)
    year = int(match.group(1))
    december = f"{year}年12月"
    question = f"没有写月份，暂按{december}理解，请确认，或写明月份，例如 {december}"
    return _wrong_year(text, year) or ask(text, PartialDate(year, 12), question)


def _checked(written: Cell, year: int, month: int, day: int | None = None) -> Reading:
    """Give the reading of a year, month and day that stand in a cell, if there is such a date."""
    if not 1 <= month <= 12:
        return fix(written, "没有这个月，月份应为 1 到 12，例如 2024年8月")
    wrong_year = _wrong_year(written, year)
    if wrong_year is not None:
        return wrong_year
    if day is not None and not 1 <= day <= calendar.monthrange(year, month)[1]:
        last = calendar.monthrange(year, month)[1]
        return fix(
            written, f"没有这一天，{year}年{month}月只有 1 到 {last} 日，请核实后改写，例如 {year}-{month:02d}-{last}"
        )
    return Reading(_VALUE, PartialDate(year, month, day), None)


def _wrong_year(written: Cell, year: int) -> Reading | None:
    """Give the flaw of a year that no project of these lists can have, or None."""
    if FIRST_YEAR <= year <= LAST_YEAR:
        return None
    return fix(written, f"的年份不对，年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间，例如 2024-08-05")


def _no_date(written: Cell, planned: bool) -> Reading:
    """Say why a cell is no date, as closely as can be seen."""
    example = _PLANNED_EXAMPLE if planned else _EXAMPLE
    problem = "不是日期，请写到月或日，" + example
    if isinstance(written, str):
        problem = _problem(squeezed(written), planned, example) or problem
    elif isinstance(written, (int, float)) and not isinstance(written, bool):
        problem = _problem(plain_number(written), planned, example) or problem
    return fix(written, problem)


def _problem(plain: str, planned: bool, example: str) -> str | None:
    """Give what is wrong with a squeezed text that is no date where that can be seen."""
    year = _YEAR_ONLY.fullmatch(plain.removesuffix("前") if planned else plain)
    if year is not None and FIRST_YEAR <= int(year.group(1)) <= LAST_YEAR:
        return f"只有年份，请写明月份，例如 {year.group(1)}年8月"
    if plain.startswith("#"):
        return "是公式错误，请改成日期，" + example
    if _SHORT_YEAR.fullmatch(plain):
        return "的年份要写四位，请改写，" + example
    if _NO_YEAR.fullmatch(plain):
        return "没有写年份，请写明年份，" + example
    if not planned and len(plain) <= LONGEST_KEPT and _date_of_text(plain, True).value is not None:
        return "像是计划或大概的时间，实际时间要写确定的年月，" + example
    return None


def print_date(value: PartialDate) -> str:
    """Print a date as people read it: `2024-08-05`, `2024年8月` or `2024年第3季度`."""
    return value.chinese
