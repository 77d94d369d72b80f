"""Wording: how figures, sums, places and people stand in a page's text."""

from __future__ import annotations

import datetime
import re
from fractions import Fraction

from tracker.model.measures import FEN_PER_WAN, print_wan, print_yi
from tracker.model.ranking import Placed, Share, chinese_place, print_rate, print_share

FEN_PER_YI = FEN_PER_WAN * 10_000
DASH = "—"
"""What stands where there is nothing."""

_DIGITS = re.compile(r"\d")


def percent(rate: Fraction | None, decimals: int) -> str:
    """Print a rate with its sign: `48.4 %`; a dash for None."""
    printed = print_rate(rate, decimals)
    return DASH if printed is None else f"{printed} %"


def share_percent(share: Share | None, decimals: int) -> str:
    """Print with its sign, as `percent` does, a rate that nobody has reduced."""
    return DASH if share is None else f"{print_share(*share, decimals)} %"


def money(fen: int) -> str:
    """Print a sum with its unit: in 亿元 from one 亿元 on, below in 万元."""
    return f"{print_yi(fen)} 亿元" if abs(fen) >= FEN_PER_YI else f"{print_wan(fen)} 万元"


def fraction(numerator: int, denominator: int, *, is_money: bool) -> str:
    """Print numerator and denominator in one unit: `28 / 44 项`, `31.20 / 98.00 亿元`."""
    if not is_money:
        return f"{numerator} / {denominator} 项"
    if max(abs(numerator), abs(denominator)) >= FEN_PER_YI:
        return f"{print_yi(numerator)} / {print_yi(denominator)} 亿元"
    return f"{print_wan(numerator)} / {print_wan(denominator)} 万元"


def place_in_text(placed: Placed) -> str:
    """Print a place in a sentence: `第 3`, `并列第 3`."""
    return chinese_place(placed, in_table=False).replace("第", "第 ")


def masked_phone(phone: str) -> str:
    """Print a phone number for lists: only its last four digits."""
    digits = _DIGITS.findall(phone)
    return f"尾号 {''.join(digits[-4:])}" if len(digits) > 4 else "已填"


def bar_width(rate: Fraction | None, full: Fraction) -> str:
    """Give the width of a bar, 0 to 100, where `full` fills the cell; a picture's precision, not a figure's."""
    return share_width(None if rate is None else (rate.numerator, rate.denominator), full)


def share_width(share: Share | None, full: Fraction) -> str:
    """Give the width of a bar, as `bar_width` does, for a rate that nobody has reduced."""
    if share is None or share[0] <= 0:
        return "0"
    filled = (share[0] * full.denominator) / (share[1] * full.numerator)
    return f"{min(filled, 1.0) * 100:.2f}".rstrip("0").rstrip(".")


def chinese_day(day: datetime.date) -> str:
    """Print a day in a sentence: `2024年8月31日`."""
    return f"{day.year}年{day.month}月{day.day}日"
