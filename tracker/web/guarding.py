"""Guarding: what every answer carries and every request must meet, whatever room it is for."""

from __future__ import annotations

import re

from flask import Flask, Response, abort, request

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
_LOOPBACK_HOST = re.compile(r"(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{1,5})?", re.IGNORECASE)

LARGEST_REQUEST = 10 * 1024 * 1024
"""The most a request may carry, in bytes."""


def guard(site: Flask) -> None:
    """Put the guards around every route of a site."""
    site.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    site.before_request(_refuse_foreign_host)
    site.after_request(_add_headers)


def _refuse_foreign_host() -> None:
    # A page elsewhere can point a name of its own at 127.0.0.1 and read the ledger through the visitor's
    # browser (DNS rebinding); only the Host header gives it away.
    if _LOOPBACK_HOST.fullmatch(request.headers.get("Host", "")) is None:
        abort(400, "本站只在本机开放，请从 http://127.0.0.1 或 http://localhost 打开。")


def _add_headers(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
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
