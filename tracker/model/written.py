"""What a person wrote in a cell, before it means anything: its kinds, its cleaning and how it is quoted.

The readers of `tracker.model.values` share this ground. Nothing here raises for any cell.
"""

from __future__ import annotations

import datetime
import math
import re
from decimal import Decimal
from enum import Enum
from typing import NamedTuple

from tracker.model.faults import Flaw, Severity

Cell = str | int | float | bool | datetime.date | datetime.datetime | datetime.time | datetime.timedelta | None
"""What a workbook cell (or a form's field, as text) holds."""

LONGEST_QUOTE = 40
"""A quotation of what was written is cut after this many characters."""

LONGEST_KEPT = 64
"""Readings of texts up to this length are remembered; longer ones hardly repeat and would fill the memory."""

KEPT_READINGS = 1 << 16
"""How many readings of one sort are remembered."""


class Said(Enum):
    """What a cell says: a value (right or wrong), nothing, or that the known value is to be emptied."""

    VALUE = "value"
    BLANK = "blank"
    CLEARED = "cleared"


class Reading(NamedTuple):
    """What a cell was read as.

    With `said` VALUE and no flaw, `value` is the value; with a flaw FIX it is None; with a flaw ASK it is
    what the cell is taken for once somebody accepts it. BLANK and CLEARED have neither value nor flaw.
    """

    said: Said
    value: object | None
    flaw: Flaw | None


BLANK = Reading(Said.BLANK, None, None)
"""Nothing was said."""

CLEARED = Reading(Said.CLEARED, None, None)
"""The known value is to be emptied."""

CLEARING_WORD = "清空"
BLANK_WORDS = frozenset({"", "无", "暂无"})

_FULL_WIDTH = {0xFEE0 + code: code for code in range(0x21, 0x7F)}
# Marks that no eye sees: zero-width ones, soft hyphens and the marks that turn the direction of writing.
_UNSEEN_MARKS = "\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
# Control characters but the white ones, half of a surrogate pair, and what no XML file may hold.
_UNSEEN = re.compile(f"[\\x00-\\x08\\x0e-\\x1f\\x7f-\\x84\\x86-\\x9f\ud800-\udfff\ufffe\uffff{_UNSEEN_MARKS}]+")
_LINE_ENDS = re.compile("\r\n?|[\x0b\x0c\x85\u2028\u2029]")
_ANY_FULL_WIDTH = re.compile("[\uff01-\uff5e]")
_NOT_BETWEEN_DIGITS = re.compile("(?<![0-9]) | (?![0-9])")
_NOTHING_BUT_STROKES = re.compile(r"[-‐‑‒–—―−─﹣]{1,8}|[/\\]{1,4}")
_FIRST_OF_NOTHING = frozenset("-‐‑‒–—―−─﹣－/／\\＼" + "".join(word[:1] for word in {*BLANK_WORDS, CLEARING_WORD}))
_HUGE_BITS = 4096


def clean_text(text: str) -> str:
    """Give a text without control characters, lone surrogates and unseen marks, lines ended alike, stripped."""
    # Nearly every text is clean but for line breaks and wide blanks, and finding that out is cheap.
    if text.isprintable() or text.replace("\n", " ").replace("\u3000", " ").isprintable():
        return text.strip()
    return _UNSEEN.sub("", _LINE_ENDS.sub("\n", text)).replace("\t", " ").strip()


def squeezed(text: str) -> str:
    """Give the form in which numbers, dates and stages are recognised.

    Full-width ASCII becomes plain ASCII and white space is dropped. Between two digits one blank stays,
    because joining `2023 6` or `12 345` would make another number of them. Other look-alikes (①, ², ½,
    digits of other scripts) stay what they are: they are not taken for numbers.
    """
    plain = clean_text(text)
    if not plain.isascii() and _ANY_FULL_WIDTH.search(plain):
        plain = plain.translate(_FULL_WIDTH)
    words = plain.split()
    if len(words) < 2:
        return words[0] if words else ""
    return _NOT_BETWEEN_DIGITS.sub("", " ".join(words))


def perhaps_nothing(clean: str) -> bool:
    """Say whether a cleaned text begins as those do that say nothing or clear; cheaper than `nothing_said`."""
    return not clean or clean[0] in _FIRST_OF_NOTHING


def nothing_said(plain: str) -> Reading | None:
    """Give BLANK or CLEARED for a squeezed text that is one of these, or None for any other text."""
    if not perhaps_nothing(plain):
        return None
    if plain in BLANK_WORDS or _NOTHING_BUT_STROKES.fullmatch(plain):
        return BLANK
    return CLEARED if plain == CLEARING_WORD else None


def fix(written: Cell, problem: str) -> Reading:
    """Give the reading of a cell that must be mended; `problem` goes on after the quotation, without full stop."""
    return Reading(Said.VALUE, None, Flaw(Severity.FIX, f"“{said_text(written)}”{problem}。"))


def ask(written: Cell, value: object, question: str) -> Reading:
    """Give the reading of a cell that counts as `value` once accepted; `question` goes on after the quotation."""
    return Reading(Said.VALUE, value, Flaw(Severity.ASK, f"“{said_text(written)}”{question}。"))


def plain_number(number: int | float) -> str:
    """Print a number as a sheet shows it: `3` for 3.0, at most 15 significant digits, no exponent where avoidable."""
    if isinstance(number, int):
        # Python refuses to print integers of more than 4300 digits.
        if number.bit_length() > _HUGE_BITS:
            return f"{'-' if number < 0 else ''}1e+{int(number.bit_length() * math.log10(2))}"
        return str(int(number))
    if not math.isfinite(number) or abs(number) >= 1e16 or 0 < abs(number) < 1e-9:
        return repr(number)
    return str(int(number)) if number.is_integer() else format(Decimal(format(number, ".15g")), "f")


def cell_text(written: Cell) -> str:
    """Give any cell as the text a person would see in it: `2023-06-30`, `TRUE`, `3`."""
    if isinstance(written, str):
        return clean_text(written)
    if isinstance(written, bool):
        return "TRUE" if written else "FALSE"
    if isinstance(written, (int, float)):
        return plain_number(written)
    return "" if written is None else _time_text(written)


def _time_text(written: datetime.date | datetime.time | datetime.timedelta) -> str:
    """Give a date, time or span as text; a day's midnight is only its day."""
    if isinstance(written, datetime.datetime):
        if written.time() == datetime.time():
            return written.date().isoformat()
        return written.isoformat(sep=" ", timespec="seconds")
    return str(written)


def said_text(written: Cell) -> str:
    """Give what was written as it is quoted: one line, at most 40 characters and then `…`."""
    # A cell may hold 32,767 characters; only its beginning can stand in a quotation.
    text = written[: 64 * LONGEST_QUOTE] if isinstance(written, str) else written
    line = " ".join(cell_text(text).split())
    return line if len(line) <= LONGEST_QUOTE else line[:LONGEST_QUOTE] + "…"
