"""Guarding: what every answer carries and every request must meet, whatever room it is for."""

from __future__ import annotations

import os

from flask import Flask, Response, abort, request

from tracker.ledger.account_reading import administrator_exists
from tracker.ledger.handle import LedgerError
from tracker.web.identity import is_loopback_name
from tracker.web.page_ledger import page_handle

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

PDF_POLICY = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; frame-ancestors 'none'"
"""What a browser's own reader of PDF files needs, and nothing else."""

NAMES = "TRACKER_HOSTS"
"""The environment variable that lists, by blanks, the names a site answers to once it has left loopback."""

LARGEST_REQUEST = 10 * 1024 * 1024
"""The most a request may carry, in bytes."""


def guard(site: Flask) -> None:
    """Put the guards around every route of a site."""
    site.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    # A return of a hundred projects is one form; what is too large for it is too large altogether.
    site.config["MAX_FORM_MEMORY_SIZE"] = LARGEST_REQUEST
    site.before_request(_refuse_foreign_host)
    site.after_request(_add_headers)


def _refuse_foreign_host() -> None:
    # A page elsewhere can point a name of its own at 127.0.0.1 and read the ledger through the visitor's
    # browser (DNS rebinding); only the Host header gives it away. Once people sign in, the cookie belongs to
    # the name they signed in at, and the site may have names of its own.
    host = request.headers.get("Host", "")
    if is_loopback_name(host):
        return
    if not _administered():
        abort(400, "本站只在本机开放，请从 http://127.0.0.1 或 http://localhost 打开。")
    names = os.environ.get(NAMES, "").split()
    if names and host.rsplit(":", 1)[0].lower() not in {name.lower() for name in names}:
        abort(400, f"本站没有“{host[:80]}”这个名字，请用管理员公布的地址打开。")


def _administered() -> bool:
    try:
        return administrator_exists(page_handle())
    except LedgerError:
        return False


def _add_headers(response: Response) -> Response:
    # What people attached brings a stricter one of its own.
    response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    # Left out, the server would put in its own name.
    response.headers["Server"] = ""
    if "Cache-Control" not in response.headers:
        # Pages hold an office's data: no copy of them stays in a shared computer's cache.
        response.headers["Cache-Control"] = "no-store"
    return response
