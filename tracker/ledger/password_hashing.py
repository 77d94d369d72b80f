"""Password hashing: Argon2id, at the same cost whether there is an account or not; and one-time passwords."""

from __future__ import annotations

import secrets
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from tracker.model.passwords import MOST_LENGTH

# RFC 9106, section 4, second recommended option: Argon2id, 3 passes over 64 MiB in 4 lanes. It is above the
# least that OWASP's password storage sheet asks for.
_HASHER = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)

ONE_TIME_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
"""What one-time passwords are made of: nothing that looks like something else (i l 1, o 0)."""

_GROUPS, _GROUP_LENGTH = 3, 4


def hash_password(password: str) -> str:
    """Give the Argon2id hash of a password with its parameters and its salt, as it is stored."""
    return _HASHER.hash(_encoded(password))


def password_fits(stored: str | None, password: str) -> bool:
    """Say whether a password is the one that was hashed.

    With None (no such account, no password yet) a hash is verified all the same, so that the time which the
    answer takes tells nothing.
    """
    # Made before the verification in either case, so that its own time tells nothing either.
    nobodys = _nobodys_hash()
    encoded = _encoded(password[:MOST_LENGTH])
    try:
        _HASHER.verify(nobodys if stored is None else stored, encoded)
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None and len(password) <= MOST_LENGTH


def is_outdated(stored: str) -> bool:
    """Say whether a hash was made with other parameters than today's."""
    return _HASHER.check_needs_rehash(stored)


def one_time_password() -> str:
    """Give a random password in readable groups, such as `k7mp-x2rd-9hqa`: 31 characters to the 12th, 59 bits."""
    groups = ("".join(secrets.choice(ONE_TIME_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash(secrets.token_bytes(16))


def _encoded(password: str) -> bytes:
    # Half of a surrogate pair can arrive from a forged form; it is a wrong password, not a fault of the program.
    return password.encode("utf-8", "surrogatepass")
