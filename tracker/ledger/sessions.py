"""Sessions: who is signed in, kept on the server so that a session can be ended at once.

A token is 32 random bytes; the database holds only its SHA-256, so that nobody who reads it can use it.
"""

from __future__ import annotations

import datetime
import hashlib
import secrets
import sqlite3
from contextlib import suppress

from tracker.ledger.account_reading import Account, account_of
from tracker.ledger.handle import Ledger
from tracker.ledger.policies import policies

_TOKEN_BYTES = 32
_SEEN_EVERY = datetime.timedelta(minutes=1)
_KEPT = datetime.timedelta(days=2)
_PATIENCE_MILLISECONDS = 100


def begin(ledger: Ledger, account: Account, address: str, previous: str | None = None) -> str:
    """Begin a session and give its token, which is nowhere else; the `previous` token of the same browser ends.

    The sign-in is in the audit log already: `sign_in`, or whoever lets somebody in without a password, notes it.
    """
    now = ledger.clock()
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    connection = ledger.connection
    connection.execute("BEGIN IMMEDIATE")
    try:
        if previous:
            end(ledger, previous)
        connection.execute("DELETE FROM session WHERE began_at < ?", ((now - _KEPT).isoformat(),))
        connection.execute(
            "INSERT INTO session (token_hash, account, began_at, seen_at, address) VALUES (?, ?, ?, ?, ?)",
            (_hash(token), account.id, now.isoformat(), now.isoformat(), address[:64]),
        )
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return token


def session_of(ledger: Ledger, token: str) -> Account | None:
    """Give the account that a token stands for, or None where its session has ended or never was.

    A session ends when it was idle too long or has lasted too long (the policies say how long), when it was
    ended, and when its account is disabled. Outside a transaction it is noted, at most once a minute, that the
    session was seen; within one nothing is written.
    """
    row = ledger.connection.execute(
        "SELECT began_at, seen_at, account FROM session WHERE token_hash = ? AND ended_at IS NULL", (_hash(token),)
    ).fetchone()
    if row is None:
        return None
    now, rules = ledger.clock(), policies(ledger)
    began, seen = (datetime.datetime.fromisoformat(row[name]) for name in ("began_at", "seen_at"))
    if now - seen >= datetime.timedelta(minutes=rules.idle_minutes):
        return None
    if now - began >= datetime.timedelta(hours=rules.longest_hours):
        return None
    account = account_of(ledger, row["account"])
    if account is None or account.disabled:
        return None
    if now - seen >= _SEEN_EVERY and not ledger.connection.in_transaction:
        _note_seen(ledger, token, now)
    return account


def _note_seen(ledger: Ledger, token: str, now: datetime.datetime) -> None:
    """Note that a session was seen; a reader must neither wait for a long write nor fail on a disk that is full."""
    connection = ledger.connection
    patience = connection.execute("PRAGMA busy_timeout").fetchone()[0]
    connection.execute(f"PRAGMA busy_timeout = {_PATIENCE_MILLISECONDS}")
    try:
        with suppress(sqlite3.OperationalError):
            connection.execute(
                "UPDATE session SET seen_at = ? WHERE token_hash = ? AND ended_at IS NULL AND seen_at < ?",
                (now.isoformat(), _hash(token), now.isoformat()),
            )
    finally:
        connection.execute(f"PRAGMA busy_timeout = {int(patience)}")


def end(ledger: Ledger, token: str) -> None:
    """End one session: its token is worth nothing any more."""
    ledger.connection.execute(
        "UPDATE session SET ended_at = ? WHERE token_hash = ? AND ended_at IS NULL",
        (ledger.clock().isoformat(), _hash(token)),
    )


def end_all(ledger: Ledger, account: int | None = None) -> None:
    """End every session of an account, or of everybody with None; part of the caller's transaction."""
    ledger.connection.execute(
        "UPDATE session SET ended_at = ? WHERE ended_at IS NULL AND (? IS NULL OR account = ?)",
        (ledger.clock().isoformat(), account, account),
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
