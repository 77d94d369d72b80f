"""Account reading: who may sign in, as the ledger knows them. Hashes of passwords never leave the ledger's floor."""

from __future__ import annotations

import datetime
import re
import sqlite3
import unicodedata
from dataclasses import dataclass

from tracker.ledger.handle import Ledger, UnknownError
from tracker.model.roles import ROLE_WORDS, Role

_NAME = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff._@-]{1,39}")

_COLUMNS = (
    "id, name, person, role, scope, email, password_set_at, must_change, disabled, demonstration, failures, "
    "locked_until, created_at, created_by"
)


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account.

    `scope` is the full code of a place, None where the role needs none; `must_change` says that the password is
    still the one-time one; `locked_until` is the end of the last lock, which may have passed; times are aware.
    """

    id: int
    name: str
    person: str
    role: Role | None
    scope: str | None
    email: str | None
    password_set_at: datetime.datetime | None
    must_change: bool
    disabled: bool
    demonstration: bool
    failures: int
    locked_until: datetime.datetime | None
    created_at: datetime.datetime
    created_by: str

    @property
    def role_word(self) -> str:
        """Give the role in Chinese."""
        return ROLE_WORDS[self.role] if self.role else "未设角色"

    def locked(self, now: datetime.datetime) -> bool:
        """Say whether nobody can sign in with this account now, because a password was guessed at too often."""
        return self.locked_until is not None and now < self.locked_until


def account_name(written: str) -> str:
    """Give the form in which a written account name is looked up: a Chinese keyboard may write it full-width."""
    return unicodedata.normalize("NFKC", written).strip()


def is_account_name(name: str) -> bool:
    """Say whether an account may have such a name: 2 to 40 Chinese characters, letters, digits and . _ @ -."""
    return _NAME.fullmatch(name) is not None


def accounts(ledger: Ledger) -> list[Account]:
    """Give every account, disabled ones too, in the order they were made."""
    return [_account(row) for row in ledger.connection.execute(f"SELECT {_COLUMNS} FROM account ORDER BY id")]


def account_of(ledger: Ledger, number: int) -> Account | None:
    """Give the account of a number, or None."""
    row = ledger.connection.execute(f"SELECT {_COLUMNS} FROM account WHERE id = ?", (number,)).fetchone()
    return _account(row) if row else None


def account_named(ledger: Ledger, name: str) -> Account | None:
    """Give the account of a name, upper and lower case alike, or None."""
    row = ledger.connection.execute(
        f"SELECT {_COLUMNS} FROM account WHERE name = ?", (_storable(account_name(name)),)
    ).fetchone()
    return _account(row) if row else None


def find_account(ledger: Ledger, name: str) -> Account:
    """Give the account of a name. Raises UnknownError where there is none."""
    found = account_named(ledger, name)
    if found is None:
        raise UnknownError(f"没有“{account_name(name)}”这个账号。用 account list 查看已有的账号。")
    return found


def administrator_exists(ledger: Ledger) -> bool:
    """Say whether somebody can administer accounts: enabled, no demonstration, the one-time password changed."""
    row = ledger.connection.execute(
        "SELECT 1 FROM account WHERE role = ? AND disabled = 0 AND demonstration = 0 AND must_change = 0 "
        "AND password_hash IS NOT NULL LIMIT 1",
        (Role.SYSTEM.value,),
    ).fetchone()
    return row is not None


def _storable(text: str) -> str:
    # SQLite takes no half of a surrogate pair, which a forged form can send: no account has such a name.
    return text.encode("utf-8", "replace").decode()


def _account(row: sqlite3.Row) -> Account:
    return Account(
        id=row["id"],
        name=row["name"],
        person=row["person"],
        role=Role(row["role"]) if row["role"] else None,
        scope=row["scope"],
        email=row["email"],
        password_set_at=_moment(row["password_set_at"]),
        must_change=bool(row["must_change"]),
        disabled=bool(row["disabled"]),
        demonstration=bool(row["demonstration"]),
        failures=row["failures"],
        locked_until=_moment(row["locked_until"]),
        created_at=datetime.datetime.fromisoformat(row["created_at"]),
        created_by=row["created_by"],
    )


def _moment(text: str | None) -> datetime.datetime | None:
    return datetime.datetime.fromisoformat(text) if text else None
