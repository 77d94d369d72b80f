"""Words in headings: what a heading means by itself and under a group, and which unit of sums it states.

Compared after NFKC without white space, exactly, against the declared headings and their synonyms.
"""

from __future__ import annotations

import re
import unicodedata
from itertools import pairwise

from tracker.exchange.reading.workbooks import Cell
from tracker.model.fields import FIELD, FIELDS

SERIAL, CITY, REPORTING = "serial", "city", "reporting"
"""The columns that are read but are no fields: running number, city, whether the month is reported."""

REPORTED, UNREPORTED = "已报", "未报"
"""What our own lists write in the column that says whether a project's month is reported."""

_EXTRA = {
    SERIAL: ("序号", "序", "顺序号", "项次", "No", "No.", "№"),
    REPORTING: ("本月填报",),
    CITY: ("市", "地市", "设区市", "设区的市", "市州", "州市", "地级市", "所属市", "所在市", "所属地市", "市名称"),
}

BRACKETED = re.compile(r"\(([^()]*)\)")
_MONEY_UNIT = re.compile(r"([百千十]?(?:万元|亿元|元))")
_TRAILING_UNIT = re.compile(r"[/:,、]?[百千十]?(?:万元|亿元|元)$")
_COUNTY = re.compile(r"(?:项目)?(?:所属|所在)?(?=[县市区旗]*[县区旗])[县市区旗]{2,4}(?:名称)?")
_DECIDING = re.compile(r"计划|拟|预计|实际|本月|当月|上月|本年|当年|今年|年度|上年|去年|其中")
_LONGEST_HEADING = 60
_PLANNING = re.compile(r"计划|拟|预计")
_FINISHING = re.compile(r"实际|完成")
_OTHER_TIME = re.compile(r"上月|上年|去年|上一年|下月|下年|明年|其中")
_THIS_TIME = re.compile(r"本月|当月|本年|当年|今年|年度")
_PLANNED_FIELD = {"actual_start": "planned_start", "actual_completion": "planned_completion"}
_PURE_PLAN = frozenset({"计划", "拟", "预计", "计划安排", "计划情况", "年度计划", "本年计划", "投资计划"})
_DONE_FIELDS = frozenset({"cumulative_investment", "year_investment", "month_investment"})
_NUMBERS_ROW_WORDS = frozenset("甲乙丙丁戊己庚辛壬癸") | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ") | {"栏次", "列次"}


def plain_heading(text: str) -> str:
    """Give the form in which headings are compared: NFKC, brackets unified, no white space, no marks at the ends."""
    folded = "".join(unicodedata.normalize("NFKC", text).split())
    return folded.translate(_UNIFIED).strip("*★☆※:;,。")


_UNIFIED = str.maketrans("[{【〔〖]}】〕〗", "((((()))))")


def _known_headings() -> dict[str, tuple[str, int]]:
    """Give field and rank of every heading; rank 0 is the declared heading, then its synonyms in order."""
    known: dict[str, tuple[str, int]] = {}
    named = [(field.name, (field.heading, *field.synonyms)) for field in FIELDS]
    for name, words in [*named, *_EXTRA.items()]:
        for rank, word in enumerate(words):
            plain = plain_heading(word)
            known.setdefault(plain, (name, rank))
            known.setdefault(BRACKETED.sub("", plain), (name, rank))
    return known


_KNOWN = _known_headings()


def heading_field(text: str) -> str | None:
    """Give the field that a heading means by itself, or None."""
    match = _lookup(plain_heading(text))
    return match[0] if match else None


def _lookup(plain: str) -> tuple[str, int] | None:
    """Look a plain heading up: whole, with what its brackets say put in front or behind, then without them."""
    if not plain:
        return None
    if (match := _KNOWN.get(plain)) is not None or len(plain) > _LONGEST_HEADING:
        return match
    base = BRACKETED.sub("", plain)
    if _COUNTY.fullmatch(re.sub(r"[()、,/.·]", "", plain)):
        return "county", len(FIELD["county"].synonyms)
    for inside in BRACKETED.findall(plain):
        if (match := _KNOWN.get(inside + base) or _KNOWN.get(base + inside)) is not None:
            return match
        if _DECIDING.search(inside):  # 完成投资（本月） must not be taken for 完成投资
            return None
    for shorter in (base, _TRAILING_UNIT.sub("", base), _TRAILING_UNIT.sub("", base).removesuffix("额")):
        if (match := _KNOWN.get(shorter)) is not None:
            return match
    return None


def meaning_of(parent: str, own: str) -> tuple[str, int] | None:
    """Give what a sub-heading means under its group; both are plain, the group may be empty."""
    if not parent:
        return _lookup(own)
    base = BRACKETED.sub("", parent)
    words = _TRAILING_UNIT.sub("", BRACKETED.sub("", own)) or own
    pairs = [base + words, words + base]
    if "问题" in base:
        pairs.append("问题" + words)
    for pair in pairs:
        if (match := _lookup(pair)) is not None:
            return match
    if words in ("名称", "单位名称"):  # 责任单位 → 名称 is the unit's name, not the project's
        return _lookup(base) or (_lookup(own) if re.search("项目|工程|基本", base) else None)
    match = _lookup(own)
    if match is None:
        return None
    field = match[0]
    if _OTHER_TIME.search(base):
        return None
    if _PLANNING.search(base) and not _FINISHING.search(base) and field in _PLANNED_FIELD:
        return _PLANNED_FIELD[field], len(FIELD[_PLANNED_FIELD[field]].synonyms)
    if base in _PURE_PLAN and field in _DONE_FIELDS:
        return None
    if _THIS_TIME.search(base) and field == "cumulative_investment" and "累计" not in words:
        return None
    return match


def is_unit(text: str) -> bool:
    """Say whether a text is nothing but a unit of sums, such as （万元）."""
    plain = plain_heading(text).strip("()")
    return _MONEY_UNIT.fullmatch(plain) is not None


def unit_in(heading: str) -> str | None:
    """Give the unit of sums that a heading states in brackets or at its end."""
    plain = plain_heading(heading)
    for inside in BRACKETED.findall(plain):
        if (match := _MONEY_UNIT.search(inside)) is not None:
            return match[1]
    if (match := _TRAILING_UNIT.search(plain)) is not None:
        return match[0].lstrip("/:,、")
    return None


def is_numbers_row(cells: list[Cell]) -> bool:
    """Say whether a row only numbers the columns: 1 2 3 4 …, 甲 乙 1 2 …, (1) (2) (3)=(1)+(2) …."""
    written = [cell for cell in cells if cell is not None and cell != ""]
    if len(written) < 3:
        return False
    numbers: list[int] = []
    for cell in written:
        if isinstance(cell, bool) or not isinstance(cell, str | int | float):
            return False
        plain = plain_heading(f"{cell:g}" if isinstance(cell, float) else str(cell))
        head = plain.split("=", maxsplit=1)[0].strip("()")
        if head.isdecimal() and len(head) <= 3:
            numbers.append(int(head))
        elif plain not in _NUMBERS_ROW_WORDS:
            return False
    return len(numbers) < 2 or all(after - before == 1 for before, after in pairwise(numbers))
