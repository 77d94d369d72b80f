"""Policies: the rules for passwords, sign-in and sessions, which the security administrator sets within bounds."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.ledger.audit import audited
from tracker.ledger.handle import Ledger, RefusedError
from tracker.model.passwords import PROFILE_WORDS, Profile


@dataclass(frozen=True, slots=True)
class Policies:
    """The rules in force: the yardstick for passwords; how long a session lives; when an account is locked."""

    profile: Profile = Profile.DENGBAO
    idle_minutes: int = 30
    longest_hours: int = 12
    failures: int = 5
    lock_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Setting:
    """A rule that is a number: its Chinese name, its unit, and the bounds beyond which it protects nobody."""

    word: str
    unit: str
    lowest: int
    highest: int


SETTINGS = {
    "idle_minutes": Setting("无操作自动退出", "分钟", 5, 60),
    "longest_hours": Setting("一次登录最长", "小时", 1, 24),
    "failures": Setting("连续输错锁定", "次", 3, 10),
    "lock_minutes": Setting("锁定时长", "分钟", 5, 1440),
}
"""The rules that are numbers. Common practice of 等保 for its unstated numbers: 5 failures, 15 and 30 minutes."""

POLICY_WORDS = {"profile": "密码要求", **{name: setting.word for name, setting in SETTINGS.items()}}
"""Every rule's Chinese name by its key."""


def policies(ledger: Ledger) -> Policies:
    """Give the rules in force; what was never set, or cannot be what it is, is as it is by default."""
    kept = {row["name"]: row["value"] for row in ledger.connection.execute("SELECT name, value FROM policy")}
    defaults = Policies()
    values: dict[str, int] = {}
    for name in SETTINGS:
        # The table is open to whoever can write the file: a value out of bounds must not take a lock away.
        number = _number(name, kept.get(name, ""))
        values[name] = getattr(defaults, name) if number is None else number
    profile = kept.get("profile")
    known = Profile(profile) if profile in list(Profile) else defaults.profile
    return Policies(profile=known, **values)


def set_policies(ledger: Ledger, said: dict[str, str]) -> Policies:
    """Set rules by key from text, all of them or none, noted in the audit log; gives the rules then in force.

    Raises RefusedError, saying what can be set and within which bounds.
    """
    with audited(ledger, "policy_set", " ".join(said)) as change:
        before = policies(ledger)
        for name, text in said.items():
            ledger.connection.execute(
                "INSERT INTO policy (name, value) VALUES (?, ?) "
                "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, _checked(name, text.strip())),
            )
        after = policies(ledger)
        changed = [name for name in POLICY_WORDS if getattr(before, name) != getattr(after, name)]
        change.detail = "；".join(
            f"{POLICY_WORDS[name]}由 {getattr(before, name)} 改为 {getattr(after, name)}" for name in changed
        )
    return after


def policy_lines(rules: Policies) -> list[str]:
    """Give the rules as lines for people, each with its key."""
    lines = [f"密码要求（profile）：{rules.profile.value}，{PROFILE_WORDS[rules.profile]}"]
    return lines + [
        f"{setting.word}（{name}）：{getattr(rules, name)} {setting.unit}，可设 {setting.lowest} 到 {setting.highest}"
        for name, setting in SETTINGS.items()
    ]


def _checked(name: str, text: str) -> str:
    if name == "profile":
        if text not in list(Profile):
            words = "、".join(
                f"{profile.value}（{word.partition('（')[0]}）" for profile, word in PROFILE_WORDS.items()
            )
            raise RefusedError(f"密码要求写的是“{text}”，应为 {words} 之一，例如 profile=dengbao。")
        return text
    setting = SETTINGS.get(name)
    if setting is None:
        raise RefusedError(f"没有“{name}”这项策略，可设的有：{'、'.join(POLICY_WORDS)}。")
    number = _number(name, text)
    if number is None:
        raise RefusedError(
            f"{setting.word}写的是“{text}”，应为 {setting.lowest} 到 {setting.highest} 的整数（{setting.unit}），"
            f"例如 {name}={getattr(Policies(), name)}。"
        )
    return str(number)


def _number(name: str, text: str) -> int | None:
    setting = SETTINGS[name]
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        return None
    number = int(text)
    return number if setting.lowest <= number <= setting.highest else None
