"""Secret: what cookies and forms are signed with, and the cookies' settings that follow from it."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from flask import Flask, Request, current_app, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from tracker.ledger.handle import LedgerError, NoLedgerError, StorageError
from tracker.ledger.opening import has_ledger

VARIABLE = "TRACKER_SECRET"
FILE_NAME = "secret"
SHORTEST = 32
"""Bytes a secret has at least."""

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def secret_of(directory: Path) -> bytes:
    """Give a ledger's secret: that of the environment, else the one in its directory, made on first need.

    Workers that need it at the same moment get the same one. Raises NoLedgerError where there is no ledger,
    StorageError where the file can be neither made nor read, LedgerError where the secret is too short.
    """
    given = os.environ.get(VARIABLE, "").strip().encode()
    if given:
        return _long_enough(given, f"环境变量 {VARIABLE} ")
    if not has_ledger(directory):
        raise NoLedgerError(f"“{directory}”里没有台账。")
    path = directory / FILE_NAME
    try:
        if not path.exists():
            _make(path)
        return _long_enough(path.read_bytes().strip(), f"密钥文件“{path}”")
    except OSError as error:
        raise StorageError(
            f"密钥文件“{path}”写不进去或读不出（{error.strerror or error}），不能提交表单。请检查磁盘和目录权限。"
        ) from error


def _long_enough(secret: bytes, where: str) -> bytes:
    if len(secret) < SHORTEST:
        raise LedgerError(f"{where}太短，至少要 {SHORTEST} 个字节。请换一个随机的，或删去，由程序自行生成。")
    return secret


def _make(path: Path) -> None:
    """Make the file whole or not at all; where another worker was faster, its file stays."""
    beside = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(SHORTEST).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, never replaces what is there.
        with suppress(FileExistsError):
            path.hardlink_to(beside)
    finally:
        beside.unlink()


class _Sessions(SecureCookieSessionInterface):
    """Signed cookies; nobody who only reads needs the secret or gets a cookie."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Read the cookie of a request that has one."""
        if self.get_cookie_name(app) not in request.cookies:
            return self.session_class()
        with suppress(LedgerError):  # reading goes on without it
            known_secret(app)
        return super().open_session(app, request)

    def get_cookie_secure(self, app: Flask) -> bool:
        """Keep the cookie off plain connections where people reach the site over safe ones."""
        return request.is_secure or os.environ.get("TRACKER_ADDRESS", "").startswith("https:")


_DIRECTORY = "TRACKER_SECRET_DIRECTORY"


def keep_secret(site: Flask, directory: Path) -> None:
    """Have a site's cookies and forms signed with the secret of the ledger in a directory."""
    site.config[_DIRECTORY] = directory
    # Strict would withhold the cookie from whoever follows a link into the site, give them another, and so
    # spoil the forms they have open; no other site's form is sent with a Lax cookie either.
    site.config.update(
        SESSION_COOKIE_NAME="yihong", SESSION_COOKIE_HTTPONLY=True, SESSION_COOKIE_SAMESITE="Lax"
    )  # fmt: skip
    site.session_interface = _Sessions()
    site.before_request(_need_secret_for_forms)


def known_secret(site: Flask | None = None) -> bytes:
    """Give the secret that a site signs with, looked up once a process. Raises LedgerError as `secret_of` does."""
    site = site or current_app
    if site.secret_key is None:
        site.secret_key = secret_of(site.config[_DIRECTORY])
    secret = site.secret_key
    return secret if isinstance(secret, bytes) else secret.encode()


def _need_secret_for_forms() -> None:
    if request.method not in _READING:
        known_secret()
