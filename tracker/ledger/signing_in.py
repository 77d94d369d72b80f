"""Signing in: whether a password is right, counted so that nobody can guess on, whichever worker answers."""

from __future__ import annotations

import datetime
import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

from tracker.ledger.account_reading import Account, account_name, account_named, account_of, is_account_name
from tracker.ledger.audit import NOBODY, Actor, actor_of, audited, note
from tracker.ledger.handle import Ledger, RefusedError, StorageError
from tracker.ledger.password_hashing import hash_password, is_outdated, password_fits
from tracker.ledger.policies import Policies, policies
from tracker.ledger.reference import common_passwords
from tracker.ledger.sessions import end_all
from tracker.model.passwords import RENEWAL_DAYS, password_faults

ONE_TIME_DAYS = 7
"""For how many days a one-time password is good."""


class Outcome(StrEnum):
    """What came of an attempt; the value is what the audit log says."""

    RIGHT = "成功"
    WRONG = "用户名或密码不对"
    LOCKED = "账号锁定中"
    DISABLED = "账号已停用"
    EXPIRED = "一次性密码已过期"


class SignInRefusedError(RefusedError):
    """Nobody was signed in; the text is the sentence for whoever tried, `outcome` says which one."""

    def __init__(self, outcome: Outcome, sentence: str) -> None:
        """Take what came of the attempt, and its sentence."""
        super().__init__(sentence)
        self.outcome = outcome


class PasswordRefusedError(RefusedError):
    """A new password is not good enough; `faults` are the sentences, one a fault."""

    def __init__(self, faults: list[str]) -> None:
        """Take what is wrong with it."""
        super().__init__("".join(faults))
        self.faults = faults


def sign_in(ledger: Ledger, name: str, password: str) -> Account:
    """Give the account that a name and a password open; the attempt is counted and stands in the audit log.

    Raises SignInRefusedError. Whether there is such an account shows neither in the sentence nor in the time;
    that it is disabled or its one-time password too old is only said to who knows the password. The ledger must
    not be within a transaction.
    """
    typed = account_name(name)
    found = account_named(ledger, typed)
    _attempted(ledger, found, found.name if found else typed, password, "sign_in")
    # The outcome was right, so there is an account; it is read anew because its counts have changed.
    account = account_named(ledger, typed)
    assert account is not None  # noqa: S101
    return account


def change_password(ledger: Ledger, account: Account, current: str, new: str) -> Account:
    """Change one's own password; every session of the account ends, so the caller begins a new one.

    Raises SignInRefusedError where the present password is not right (counted like a sign-in, so that a stolen
    session cannot guess it), PasswordRefusedError where the new one does not do.
    """
    event = "password_changed"
    stored = _attempted(ledger, account, account.name, current, event)
    faults = password_faults(new, policies(ledger).profile, [account.name, account.person], common_passwords())
    if new == current:
        faults.append("新密码和原密码一样，请换一个。")
    new_hash = None if faults else hash_password(new)
    with audited(ledger, event, account.name):
        if faults:
            raise PasswordRefusedError(faults)
        changed = ledger.connection.execute(
            "UPDATE account SET password_hash = ?, password_set_at = ?, must_change = 0 "
            "WHERE id = ? AND password_hash = ? AND disabled = 0",
            (new_hash, ledger.clock().isoformat(), account.id, stored),
        )
        if changed.rowcount != 1:
            raise RefusedError("密码刚刚在别处改过或重置过，没有改动。请重新登录。")
        end_all(ledger, account.id)
    return account_of(ledger, account.id) or account


def change_due(ledger: Ledger, account: Account) -> str | None:
    """Say, in a Chinese sentence, why an account must change its password before anything else; None where not."""
    if account.demonstration:
        return None
    if account.must_change:
        return "这是一次性密码，请先改成自己的密码。"
    days = RENEWAL_DAYS[policies(ledger).profile]
    if days is not None and account.password_set_at is not None:
        age = ledger.clock() - account.password_set_at
        if age >= datetime.timedelta(days=days):
            return f"密码已用了 {age.days} 天，按规定每 {days} 天更换一次，请改一个新的。"
    return None


def _attempted(ledger: Ledger, found: Account | None, typed: str, password: str, event: str) -> str:
    """Try a password, count and note the attempt; gives the stored hash it fits. Raises SignInRefusedError."""
    stored = _stored(ledger, found)
    fits = password_fits(stored, password)
    renewed = hash_password(password) if fits and stored and is_outdated(stored) else None
    rules, now = policies(ledger), ledger.clock()
    with _deciding(ledger):
        # What was read before the slow hashing may be old: everything is read again, with nobody else writing.
        present = account_of(ledger, found.id) if found else None
        fits = fits and _stored(ledger, present) == stored
        outcome, until = _outcome(ledger, present, typed, fits, rules, now)
        if renewed and outcome is Outcome.RIGHT and present:
            ledger.connection.execute("UPDATE account SET password_hash = ? WHERE id = ?", (renewed, present.id))
            stored = renewed
        if outcome is not Outcome.RIGHT or event == "sign_in":
            note(ledger, event, outcome is Outcome.RIGHT, None, outcome.value, _who_tried(ledger, present, typed))
    if outcome is not Outcome.RIGHT or stored is None:
        left = math.ceil(((until or now) - now).total_seconds() / 60)
        raise SignInRefusedError(outcome, _sentence(outcome, event, rules, left))
    return stored


def _outcome(
    ledger: Ledger, present: Account | None, typed: str, fits: bool, rules: Policies, now: datetime.datetime
) -> tuple[Outcome, datetime.datetime | None]:
    """Decide on an attempt and count it, within the transaction; gives the outcome and the end of a lock."""
    if present is None:
        until = _end_of_seeming_lock(ledger, typed, rules, now)
        return (Outcome.LOCKED, until) if until else (Outcome.WRONG, None)
    if present.locked(now):
        return Outcome.LOCKED, present.locked_until
    if not fits:
        # A lock that has passed wipes the slate.
        failures = 1 if present.locked_until else present.failures + 1
        lock = now + datetime.timedelta(minutes=rules.lock_minutes) if failures >= rules.failures else None
        ledger.connection.execute(
            "UPDATE account SET failures = ?, locked_until = ? WHERE id = ?",
            (failures, lock.isoformat() if lock else None, present.id),
        )
        return Outcome.WRONG, None
    if present.disabled:
        return Outcome.DISABLED, None
    ledger.connection.execute("UPDATE account SET failures = 0, locked_until = NULL WHERE id = ?", (present.id,))
    age = now - (present.password_set_at or now)
    if present.must_change and age >= datetime.timedelta(days=ONE_TIME_DAYS):
        return Outcome.EXPIRED, None
    return Outcome.RIGHT, None


def _end_of_seeming_lock(
    ledger: Ledger, typed: str, rules: Policies, now: datetime.datetime
) -> datetime.datetime | None:
    """Say until when a name without an account seems locked, so that a lock does not tell which names there are."""
    if not is_account_name(typed):
        return None
    length = datetime.timedelta(minutes=rules.lock_minutes)
    rows = ledger.connection.execute(
        "SELECT at FROM audit WHERE at > ? AND event = 'sign_in' AND account = ? COLLATE NOCASE AND detail = ? "
        "ORDER BY at DESC",
        ((now - length).isoformat(), typed, Outcome.WRONG.value),
    ).fetchall()
    return datetime.datetime.fromisoformat(rows[0]["at"]) + length if len(rows) >= rules.failures else None


def _who_tried(ledger: Ledger, present: Account | None, typed: str) -> Actor:
    address = actor_of(ledger).address
    if present is not None:
        return Actor(present.name, present.role, address)
    # What is no account name may be a password that was typed into the wrong box: it must not be logged.
    return Actor(typed if is_account_name(typed) else NOBODY, None, address)


def _sentence(outcome: Outcome, event: str, rules: Policies, minutes_left: int) -> str:
    match outcome:
        case Outcome.LOCKED:
            return (
                f"连续输错 {rules.failures} 次，账号已锁定，请过 {minutes_left} 分钟再试；忘记密码请找系统管理员重置。"
            )
        case Outcome.DISABLED:
            return "这个账号已停用，请找系统管理员。"
        case Outcome.EXPIRED:
            return f"一次性密码只在 {ONE_TIME_DAYS} 天内有效，已经过期，请找系统管理员重置密码。"
    what = "用户名或密码不对" if event == "sign_in" else "原密码不对"
    return f"{what}，请核对后再输；连续输错 {rules.failures} 次锁定 {rules.lock_minutes} 分钟。"


def _stored(ledger: Ledger, account: Account | None) -> str | None:
    if account is None:
        return None
    row = ledger.connection.execute("SELECT password_hash FROM account WHERE id = ?", (account.id,)).fetchone()
    found: str | None = row["password_hash"] if row else None
    return found


@contextmanager
def _deciding(ledger: Ledger) -> Iterator[None]:
    """Hold the write transaction while an attempt is decided on and counted. Raises StorageError."""
    connection = ledger.connection
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise StorageError(f"现在不能登录：台账写不进去（{error}）。请排除后再试一次。") from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
