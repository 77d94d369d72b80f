"""Notices: which months a title, or a line that says when a list was filled in, names."""

from __future__ import annotations

import re
import unicodedata

from tracker.model.months import chinese_month, is_month, month_number, month_of_number, year_of

_DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
_CHINESE_YEAR = re.compile("[二一][〇○零一二三四五六七八九]{3}(?=年)")
_CHINESE_MONTH = re.compile("(?<=年)(十[一二]?|[一二三四五六七八九])(?=月)|(十[一二]?|[一二三四五六七八九])(?=月份)")
_SPAN = "(?:-|—|–|~|至|到)+"
_YEAR = "((?:19|20)[0-9]{2})"
_DAY = "(?:[0-9]{1,2}日)?"
_SPAN_OF_YEARS = re.compile(rf"(?<![0-9]){_YEAR}年([0-9]{{1,2}})月{_DAY}{_SPAN}{_YEAR}年([0-9]{{1,2}})月")
_SPAN_IN_YEAR = re.compile(rf"(?<![0-9]){_YEAR}年[0-9]{{1,2}}月?{_DAY}{_SPAN}([0-9]{{1,2}})月")
_SPAN_ALONE = re.compile(rf"(?<![0-9])[0-9]{{1,2}}月?{_DAY}{_SPAN}(?=[0-9]{{1,2}}月)")
_IN_YEAR = re.compile(
    rf"(?<![0-9]){_YEAR}(?:年([0-9]{{1,2}})月|([./-])([0-9]{{1,2}})(?![0-9])|(0[1-9]|1[0-2])[0-3][0-9](?![0-9]))"
)
_ALONE = re.compile(r"(?<![0-9年./-])([0-9]{1,2})月(?![0-9]|底?前)")
_ALONE_WITH_DAY = re.compile(r"(?<![0-9年./-])([0-9]{1,2})月(?![0-9]{1,2}日?前|底?前)")
_SAYS_WHEN = re.compile("填报|填表|报送|制表|截至|截止")


def months_named(text: str, month: str) -> list[str]:
    """Give the months `YYYY-MM` that a text names, in order.

    A span within a year (2024年1—8月) names the month it ends with; one over years (2023年4月—2025年12月) is
    a plan's and names every month in it. A month without a year (8月份) lies in the year of `month`; a day
    without a year (9月3日) counts only where the text says that the list was filled in then.
    """
    plain = "".join(unicodedata.normalize("NFKC", text).split())
    plain = _CHINESE_YEAR.sub(lambda match: match[0].translate(_DIGITS), plain)
    plain = _CHINESE_MONTH.sub(lambda match: _month_in_digits(match[0]), plain)
    found: set[str] = set()
    for first_year, first, last_year, last in _SPAN_OF_YEARS.findall(plain):
        ends = [f"{first_year}-{int(first):02d}", f"{last_year}-{int(last):02d}"]
        if all(is_month(end) for end in ends):
            found |= {month_of_number(n) for n in range(month_number(ends[0]), month_number(ends[1]) + 1)}
    plain = _SPAN_IN_YEAR.sub(r"\1年\2月", _SPAN_OF_YEARS.sub("", plain))
    for year, written, _, joined, packed in _IN_YEAR.findall(plain):
        found.add(f"{year}-{int(written or joined or packed):02d}")
    rest = _SPAN_ALONE.sub("", _IN_YEAR.sub("", plain))
    for number in (_ALONE_WITH_DAY if _SAYS_WHEN.search(plain) else _ALONE).findall(rest):
        found.add(f"{year_of(month)}-{int(number):02d}")
    return sorted(name for name in found if is_month(name))


def _month_in_digits(written: str) -> str:
    """Give a month's Chinese numeral in digits: 十二 is 12."""
    if written.startswith("十"):
        return "1" + (written[1:].translate(_DIGITS) or "0")
    return written.translate(_DIGITS)


def print_months(months: list[str]) -> str:
    """Print months for a sentence: each by name, a long run by its first and last."""
    if len(months) > 3:
        return f"{chinese_month(months[0])}至{chinese_month(months[-1])}"
    return "、".join(chinese_month(month) for month in months)
