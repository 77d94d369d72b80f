"""Accounts: made, given a role, disabled and reset; every change and every refusal stands in the audit log."""

from __future__ import annotations

import re

from tracker.ledger.account_reading import (
    Account,
    account_name,
    account_named,
    account_of,
    accounts,
    administrator_exists,
    find_account,
    is_account_name,
)
from tracker.ledger.audit import actor_of, audited
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.password_hashing import hash_password, one_time_password
from tracker.ledger.scopes import checked_scope, scope_name
from tracker.ledger.sessions import end_all
from tracker.model.roles import ROLE_WORDS, Role
from tracker.model.written import clean_text

__all__ = [
    "Account", "account_named", "account_of", "accounts", "add_account", "add_demonstration_account",
    "administrator_exists", "disable_account", "enable_account", "find_account", "reset_password", "set_role",
]  # fmt: skip

_EMAIL = re.compile(r"[^@\s<>,;:\"\\()\[\]]{1,64}@[0-9A-Za-z.-]{1,180}\.[0-9A-Za-z-]{2,}")
_LONGEST_PERSON = 40


def add_account(
    ledger: Ledger,
    name: str,
    role: Role | None,
    scope: str | None = None,
    person: str | None = None,
    email: str | None = None,
) -> tuple[Account, str]:
    """Make an account; gives it with its one-time password, which is kept nowhere and must be changed.

    Without a role the account can do nothing until the security administrator gives it one. Raises RefusedError
    where the name is taken or something is not as it should be, UnknownError for a place there is not.
    """
    password = one_time_password()
    return _added(ledger, name, role, scope, person, email, hash_password(password)), password


def add_demonstration_account(ledger: Ledger, name: str, role: Role, scope: str | None, person: str) -> Account:
    """Make an account of the demonstration ledger: it has no password, so nobody signs in with one."""
    return _added(ledger, name, role, scope, person, None, None)


def _added(
    ledger: Ledger, name: str, role: Role | None, scope: str | None, person: str | None, email: str | None,
    password_hash: str | None,
) -> Account:  # fmt: skip
    plain = account_name(name)
    with audited(ledger, "account_added", plain) as change:
        if not is_account_name(plain):
            raise RefusedError(
                f"账号名“{clean_text(plain)[:50]}”不行：要 2 到 40 个字符，用汉字、字母、数字和 . _ @ -，"
                "以汉字、字母或数字开头，例如 yuci-zhang。"
            )
        if account_named(ledger, plain) is not None:
            raise RefusedError(f"已经有“{plain}”这个账号（停用的也占着名字），请换一个名字。")
        place = checked_scope(ledger, role, scope)
        now = ledger.clock().isoformat()
        ledger.connection.execute(
            "INSERT INTO account (name, person, role, scope, email, password_hash, password_set_at, must_change, "
            "demonstration, created_at, created_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                plain, _checked_person(person, plain), role.value if role else None, place, _checked_email(email),
                password_hash, now if password_hash else None, int(password_hash is not None),
                int(password_hash is None), now, actor_of(ledger).name,
            ),
        )  # fmt: skip
        change.detail = _role_and_place(ledger, role, place)
    return find_account(ledger, plain)


def _role_and_place(ledger: Ledger, role: Role | None, scope: str | None) -> str:
    word = ROLE_WORDS[role] if role else "未设角色"
    return f"{word}，{scope_name(ledger, scope)}（{scope}）" if scope else word


def _checked_person(person: str | None, name: str) -> str:
    cleaned = " ".join(clean_text(person or "").split())
    if len(cleaned) > _LONGEST_PERSON:
        raise RefusedError(f"姓名有 {len(cleaned)} 个字，最多 {_LONGEST_PERSON} 个。")
    return cleaned or name


def _checked_email(email: str | None) -> str | None:
    written = (email or "").strip()
    if written and not _EMAIL.fullmatch(written):
        raise RefusedError(f"电子邮箱“{clean_text(written)[:80]}”写得不对，例如 zhang@example.cn。")
    return written or None


def set_role(ledger: Ledger, name: str, role: Role | None, scope: str | None = None) -> Account:
    """Give an account another role or scope; its sessions end. Raises RefusedError and UnknownError."""
    found = find_account(ledger, name)
    with audited(ledger, "role_set", found.name) as change:
        found = find_account(ledger, name)
        actor = actor_of(ledger)
        if actor.role is not None and actor.name == found.name:
            raise RefusedError("不能改自己的角色和范围，请另一位安全管理员来改。")
        if role is not Role.SYSTEM:
            _refuse_last(ledger, found)
        place = checked_scope(ledger, role, scope)
        ledger.connection.execute(
            "UPDATE account SET role = ?, scope = ? WHERE id = ?", (role.value if role else None, place, found.id)
        )
        end_all(ledger, found.id)
        before = _role_and_place(ledger, found.role, found.scope)
        change.detail = f"由{before}改为{_role_and_place(ledger, role, place)}"
    return find_account(ledger, name)


def disable_account(ledger: Ledger, name: str, reason: str | None = None) -> Account:
    """Disable an account: its sessions end, nobody signs in with it; what it did stays under its name."""
    found = find_account(ledger, name)
    with audited(ledger, "account_disabled", found.name) as change:
        found = find_account(ledger, name)
        if found.disabled:
            raise RefusedError(f"账号“{found.name}”已经停用，没有改动。")
        actor = actor_of(ledger)
        if actor.role is not None and actor.name == found.name:
            raise RefusedError("不能停用自己的账号，请另一位系统管理员来停用。")
        _refuse_last(ledger, found)
        ledger.connection.execute("UPDATE account SET disabled = 1 WHERE id = ?", (found.id,))
        end_all(ledger, found.id)
        change.detail = reason
    return find_account(ledger, name)


def _refuse_last(ledger: Ledger, leaving: Account) -> None:
    """Refuse to take away the last account that could make others.

    Whoever sits at the machine can always make another one, so only accounts are refused this.
    """
    if actor_of(ledger).role is None or leaving.role is not Role.SYSTEM or leaving.disabled or leaving.demonstration:
        return
    others = [
        account
        for account in accounts(ledger)
        if account.role is Role.SYSTEM and not account.disabled and not account.demonstration
        and account.id != leaving.id
    ]  # fmt: skip
    if not others:
        raise RefusedError(
            f"“{leaving.name}”是最后一个可用的系统管理员，停用或改掉之后就没有人能管账号了。请先新增另一个系统管理员。"
        )


def enable_account(ledger: Ledger, name: str) -> Account:
    """Enable a disabled account again, with the password it had; a lock is lifted."""
    found = find_account(ledger, name)
    with audited(ledger, "account_enabled", found.name):
        found = find_account(ledger, name)
        if not found.disabled:
            raise RefusedError(f"账号“{found.name}”没有停用，没有改动。")
        ledger.connection.execute(
            "UPDATE account SET disabled = 0, failures = 0, locked_until = NULL WHERE id = ?", (found.id,)
        )
    return find_account(ledger, name)


def reset_password(ledger: Ledger, name: str) -> tuple[Account, str]:
    """Give an account a new one-time password, which is kept nowhere; a lock is lifted, its sessions end."""
    password = one_time_password()
    password_hash = hash_password(password)
    found = find_account(ledger, name)
    with audited(ledger, "password_reset", found.name):
        found = find_account(ledger, name)
        if found.demonstration:
            raise RefusedError(f"“{found.name}”是示例账号，没有密码。")
        if found.disabled:
            raise RefusedError(f"账号“{found.name}”已经停用，请先启用再重置密码。")
        ledger.connection.execute(
            "UPDATE account SET password_hash = ?, password_set_at = ?, must_change = 1, failures = 0, "
            "locked_until = NULL WHERE id = ?",
            (password_hash, ledger.clock().isoformat(), found.id),
        )
        end_all(ledger, found.id)
    return find_account(ledger, name), password
