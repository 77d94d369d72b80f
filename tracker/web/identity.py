"""Identity: who calls: an account that signed in, or whoever sits at the machine while there is no administrator."""

from __future__ import annotations

import getpass
import ipaddress
import re
from dataclasses import dataclass

from flask import g, request, session

from tracker.ledger.account_reading import Account, administrator_exists
from tracker.ledger.audit import Actor
from tracker.ledger.handle import LedgerError
from tracker.ledger.sessions import session_of
from tracker.model.places import Place
from tracker.model.roles import ROLE_WORDS, Permission, Role, permissions_of
from tracker.web.page_ledger import page_handle

SIGNED_IN = "signed_in"
"""The key under which the signed cookie holds the token of the server's session."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Who calls, and what they may do.

    `person` is the name that stands in records; `scope` the code of the place that bounds what they see, None
    where nothing does; `local` marks whoever sits at the machine of a ledger without an administrator, `closed`
    whoever calls such a ledger from elsewhere: to them it is not open at all.
    """

    person: str
    permissions: frozenset[Permission]
    account: Account | None = None
    scope: str | None = None
    local: bool = False
    closed: bool = False

    def may(self, permission: Permission) -> bool:
        """Say whether the role allows it; whether a place lies in the scope is asked where the place is known."""
        return permission in self.permissions

    @property
    def role(self) -> Role | None:
        """Give the account's role."""
        return self.account.role if self.account else None

    @property
    def role_words(self) -> str:
        """Give the role's word."""
        return ROLE_WORDS[self.role] if self.role else "本机" if self.local else ""

    def sees(self, place: Place, scope: Place | None) -> bool:
        """Say whether a place lies in the scope; `scope` is the scope's own place among the programme's."""
        return self.scope is None or (scope is not None and place.within(scope))


_LOOPBACK_HOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)
_FORWARDED = frozenset({"Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-Ip"})

NOBODY = Identity("", frozenset({Permission.EVERYONE}))
_ELSEWHERE = Identity("", frozenset(), closed=True)


def from_loopback() -> bool:
    """Say whether somebody at this machine calls: from its own address, by its own name, past no other server.

    Behind a proxy every request comes from this machine; a page elsewhere can point a name of its own at it. Only
    the headers give the one and the other away.
    """
    try:
        near = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False
    return near and is_loopback_name(request.headers.get("Host", "")) and not _FORWARDED & set(request.headers.keys())


def is_loopback_name(host: str) -> bool:
    """Say whether a Host header names this machine as only its own users do."""
    return _LOOPBACK_HOST.fullmatch(host) is not None


def identity() -> Identity:
    """Give who calls; found once a request."""
    if "identity" not in g:
        g.identity = _found()
    me: Identity = g.identity
    return me


def actor() -> Actor:
    """Give who calls as the audit log names them."""
    me = identity()
    name = me.account.name if me.account else me.person or "未登录"
    return Actor(name, me.role, request.remote_addr)


def _found() -> Identity:
    try:
        ledger = page_handle()
        token = session.get(SIGNED_IN)
        account = session_of(ledger, token) if isinstance(token, str) else None
        guarded = administrator_exists(ledger)
    except LedgerError:
        # There is no ledger to guard yet, or none that can be read: the page that says so is for the machine's own.
        return _local() if from_loopback() else _ELSEWHERE
    if account is not None:
        return Identity(account.person, permissions_of(account.role), account, account.scope)
    if guarded:
        return NOBODY
    return _local() if from_loopback() else _ELSEWHERE


def _local() -> Identity:
    """Give whoever sits at the machine: until somebody administers the ledger they may read and import."""
    return Identity(
        _system_user(), frozenset({Permission.EVERYONE, Permission.READ, Permission.IMPORT}), local=True
    )  # fmt: skip


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return "本机"
