"""Roles: who does what, as the programme's people are; one account has one role and one scope.

The three administrators of 等保 (GB/T 22239-2019) exclude one another, and none of them sees or touches what
counties report; whoever reports, reviews or reads administers nothing.
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What an account is for."""

    REPORTER = "reporter"
    LEAD = "lead"
    TASK_FORCE = "task_force"
    READER = "reader"
    SYSTEM = "system"
    SECURITY = "security"
    AUDIT = "audit"


ROLE_WORDS = {
    Role.REPORTER: "填报员",
    Role.LEAD: "负责人",
    Role.TASK_FORCE: "专班",
    Role.READER: "领导",
    Role.SYSTEM: "系统管理员",
    Role.SECURITY: "安全管理员",
    Role.AUDIT: "审计管理员",
}
"""Each role's word on screen and on paper."""


class Permission(StrEnum):
    """What a page or an action asks of whoever calls it."""

    EVERYONE = "everyone"
    """No account is needed: the sign-in page, the style sheet."""
    SIGNED_IN = "signed in"
    """Any account, whatever its role: its own page, its password, leaving."""
    READ = "read"
    """Figures, lists and dossiers of one's own scope."""
    FILL = "fill"
    """A county's return: fill it in."""
    SEND = "send"
    """A county's return: sign and send it."""
    REVIEW = "review"
    """Returns of the scope: accept them or send them back."""
    MONTHS = "months"
    """Months: open, lock and close them, permit latecomers."""
    PROJECTS = "projects"
    """Projects: rename, move, terminate, split and correct them."""
    IMPORT = "import"
    """Lists: import them and take an import back."""
    BULLETINS = "bulletins"
    """Bulletins: word, issue and correct them; reading them is READ."""
    ACCOUNTS = "accounts"
    """Accounts: make, disable and reset them."""
    PROGRAMMES = "programmes"
    """Programmes: make one, change its settings, register ranking units; nothing of what counties report."""
    POLICY = "policy"
    """Roles, scopes and the rules for passwords and sessions."""
    AUDIT = "audit"
    """The audit log: read, search and export it."""


_EVERY_ACCOUNT = frozenset({Permission.EVERYONE, Permission.SIGNED_IN})

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.REPORTER: _EVERY_ACCOUNT | {Permission.READ, Permission.FILL},
    Role.LEAD: _EVERY_ACCOUNT | {Permission.READ, Permission.FILL, Permission.SEND},
    Role.TASK_FORCE: _EVERY_ACCOUNT
    | {
        Permission.READ,
        Permission.REVIEW,
        Permission.MONTHS,
        Permission.PROJECTS,
        Permission.IMPORT,
        Permission.BULLETINS,
    },
    Role.READER: _EVERY_ACCOUNT | {Permission.READ},
    Role.SYSTEM: _EVERY_ACCOUNT | {Permission.ACCOUNTS, Permission.PROGRAMMES},
    Role.SECURITY: _EVERY_ACCOUNT | {Permission.POLICY},
    Role.AUDIT: _EVERY_ACCOUNT | {Permission.AUDIT},
}
"""What each role may do, within its scope."""


def permissions_of(role: Role | None) -> frozenset[Permission]:
    """Give what a role may do; an account that has none yet may only see its own page."""
    return PERMISSIONS[role] if role else _EVERY_ACCOUNT


ADMINISTRATORS = frozenset({Role.SYSTEM, Role.SECURITY, Role.AUDIT})
"""The roles that need no scope: they act on accounts, rules and the log, never on projects."""


def role_named(written: str) -> Role | None:
    """Give the role that a word means, its English key or its Chinese word; None where it means none."""
    plain = written.strip().replace("-", "_").lower()
    for role, word in ROLE_WORDS.items():
        if plain in (role.value, word):
            return role
    return None
