"""Passwords: what a new one has to be, after one of two yardsticks that contradict each other.

等保 (GB/T 22239-2019, 7.1.4.1) asks for complexity and regular renewal; its common practice is 8 characters of
3 classes and 90 days. OWASP ASVS 5.0 (6.2) forbids both and asks for length and a list of common passwords
instead. So the yardstick is a setting; 等保 is what holds where nothing else was set.
"""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Collection, Iterable
from enum import StrEnum


class Profile(StrEnum):
    """Which yardstick passwords are measured by."""

    DENGBAO = "dengbao"
    ASVS = "asvs"


PROFILE_WORDS = {
    Profile.DENGBAO: "等保（至少 8 个字符、含三类，每 90 天更换）",
    Profile.ASVS: "ASVS（至少 12 个字符，不要求种类，不要求定期更换）",
}
"""What each profile asks for, in one line."""

LEAST_LENGTH = {Profile.DENGBAO: 8, Profile.ASVS: 12}
"""The fewest characters; ASVS 6.2.1 asks for 8 and recommends 15."""

RENEWAL_DAYS = {Profile.DENGBAO: 90, Profile.ASVS: None}
"""After how many days a password must be changed; None where it stays good (ASVS 6.2.10)."""

MOST_LENGTH = 128
"""The most characters; ASVS 6.2.9 asks that 64 be permitted."""

LEAST_CLASSES = 3

OWN_WORDS = frozenset({"yihong", "yihongtaizhang", "taizhang", "ledger", "yihongledger", "qingshui", "huanghe",
                       "一泓", "台账", "一泓台账", "清水", "黄河"})  # fmt: skip
"""Words of this very system, which a guesser would try first (ASVS 6.2.11)."""

_SHORTEST_PART = 3


def password_faults(password: str, profile: Profile, names: Iterable[str], common: Collection[str]) -> list[str]:
    """Give what is wrong with a new password, in Chinese sentences that never repeat it; empty where it is good.

    `names` are the account's and its owner's, which a password must not contain; `common` the passwords that
    guessers try first, in lower case. A password counts exactly as typed: nothing is trimmed or folded.
    """
    faults = []
    if any(unicodedata.category(character) in ("Cc", "Cs", "Cn") for character in password):
        faults.append("密码里有看不见的控制字符或残缺的字符，请用键盘能直接输入的字符。")
    least = LEAST_LENGTH[profile]
    if len(password) < least:
        faults.append(f"密码有 {len(password)} 个字符，至少要 {least} 个。")
    if len(password) > MOST_LENGTH:
        faults.append(f"密码有 {len(password)} 个字符，最多 {MOST_LENGTH} 个。")
    classes = _classes(password)
    if profile is Profile.DENGBAO and len(classes) < LEAST_CLASSES:
        held = f"现在只有{'、'.join(classes)}" if classes else "现在是空的"
        faults.append(f"密码要含大写字母、小写字母、数字、符号这四类中的三类，{held}。")
    if _contains_name(password, names):
        faults.append("密码里不能含有账号名或本人姓名。")
    if password and _is_guessable(password.casefold(), profile, common):
        faults.append("这个密码太常见或太有规律，会被最先猜到，请换一个。")
    return faults


def _classes(password: str) -> list[str]:
    """Give the words of the classes that occur: Latin letters of both cases, digits, everything else."""
    present = []
    if any("A" <= character <= "Z" for character in password):
        present.append("大写字母")
    if any("a" <= character <= "z" for character in password):
        present.append("小写字母")
    if any("0" <= character <= "9" for character in password):
        present.append("数字")
    if any(not (character.isascii() and character.isalnum()) for character in password):
        present.append("符号")
    return present


def _contains_name(password: str, names: Iterable[str]) -> bool:
    plain = password.casefold()
    for name in names:
        folded = name.casefold()
        # A name of one or two letters would stand in nearly every password by chance; one of two characters would not.
        short = len(folded) < (_SHORTEST_PART if folded.isascii() else 2)
        if folded and (plain in (folded, folded[::-1]) or (not short and (folded in plain or folded[::-1] in plain))):
            return True
    return False


def _is_guessable(plain: str, profile: Profile, common: Collection[str]) -> bool:
    if plain in common or plain in OWN_WORDS or _is_regular(plain):
        return True
    return profile is Profile.ASVS and _is_made_of_common(plain, common)


def _is_regular(plain: str) -> bool:
    """Say whether a password is one short piece again and again, or one run of neighbours (abcdefgh, 87654321)."""
    if any(len(plain) > size and plain == (plain[:size] * len(plain))[: len(plain)] for size in range(1, 5)):
        return True
    steps = {ord(after) - ord(before) for before, after in itertools.pairwise(plain)}
    return len(plain) > 1 and (steps <= {1, -9} or steps <= {-1, 9})


def _is_made_of_common(plain: str, common: Collection[str]) -> bool:
    """Say whether a password is a common one lengthened by digits and marks, or two common ones in a row.

    Lists of common passwords hold few of twelve characters and more: this is how people make them.
    """

    def known(part: str) -> bool:
        return len(part) >= _SHORTEST_PART and (part in common or part in OWN_WORDS)

    core = plain.strip("".join({character for character in plain if not character.isalpha()}))
    return known(core) or any(
        known(text[:cut]) and known(text[cut:]) for text in (plain, core) for cut in range(_SHORTEST_PART, len(text))
    )
