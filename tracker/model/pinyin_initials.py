"""Pinyin initials: finding a Chinese name by the first letters of its syllables (fhsd finds 汾河湿地)."""

from __future__ import annotations

import os
import unicodedata
from functools import lru_cache


@lru_cache(maxsize=20_000)
def letters_of(character: str) -> frozenset[str]:
    """Give the letters one character may be searched by: of each of its readings, or its own.

    Letters come in small type; the set is empty for punctuation and for whatever has no reading.
    """
    plain = unicodedata.normalize("NFKC", character).casefold()
    if plain.isascii():
        return frozenset(plain) if plain.isalnum() else frozenset()
    # Loading the readings takes a tenth of a second: only whoever searches by letters waits for it, once.
    # Phrases would treble that, and cannot help where each character is asked for alone.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    from pypinyin import Style, pinyin  # noqa: PLC0415

    readings = pinyin(character, style=Style.FIRST_LETTER, heteronym=True, errors="ignore")
    return frozenset(letter for reading in readings for letter in reading if letter.isascii() and letter)


@lru_cache(maxsize=20_000)
def initials_of(name: str) -> tuple[frozenset[str], ...]:
    """Give the letters of each character of a name, without those that have none (punctuation, spaces)."""
    return tuple(found for found in map(letters_of, name) if found)


def is_initials(written: str) -> bool:
    """Say whether something written can be initials: letters and digits, at least one of them a letter."""
    return written.isascii() and written.isalnum() and not written.isdigit()


def has_initials(name: str, written: str) -> bool:
    """Say whether the initials of successive characters of a name can be read as what was written."""
    wanted = written.casefold()
    initials = initials_of(name)
    return any(
        wanted[0] in initials[start]
        and all(letter in found for letter, found in zip(wanted, initials[start:], strict=False))
        for start in range(len(initials) - len(wanted) + 1)
    )
