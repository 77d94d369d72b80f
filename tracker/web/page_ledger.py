"""The ledger of one page: opened when first asked for, read as of one moment, closed with the request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import Flask, current_app, g

from tracker.ledger.handle import Clock, Ledger, shanghai_now
from tracker.ledger.opening import open_ledger

_DIRECTORY, _CLOCK = "TRACKER_LEDGER", "TRACKER_CLOCK"


def keep_ledger(site: Flask, directory: Path, clock: Clock = shanghai_now) -> None:
    """Tell a site where its ledger lies and what time it is there; what a request opened is closed at its end."""
    site.config[_DIRECTORY], site.config[_CLOCK] = directory, clock
    site.teardown_appcontext(_close)


def page_handle() -> Ledger:
    """Give the open ledger of the current request before anything is read as of one moment.

    Raises LedgerError as `open_ledger` does.
    """
    if "ledger" not in g:
        g.ledger = open_ledger(current_app.config[_DIRECTORY], current_app.config[_CLOCK])
    ledger: Ledger = g.ledger
    return ledger


def page_ledger() -> Ledger:
    """Give the ledger of the current request; every use in one request sees the same moment.

    Raises LedgerError as `open_ledger` does.
    """
    ledger = page_handle()
    if not ledger.connection.in_transaction:
        ledger.connection.execute("BEGIN")
    return ledger


@contextmanager
def writable_ledger() -> Iterator[Ledger]:
    """Open the page's ledger a second time, to write: what the page reads stays of one moment.

    What is recorded names who calls in the audit log.
    """
    from tracker.web.identity import actor  # noqa: PLC0415  # identity is found in the page's ledger

    ledger = open_ledger(current_app.config[_DIRECTORY], current_app.config[_CLOCK])
    ledger.actor = actor()
    try:
        yield ledger
    finally:
        ledger.close()


def _close(_error: BaseException | None) -> None:
    ledger: Ledger | None = g.pop("ledger", None)
    if ledger is not None:
        if ledger.connection.in_transaction:
            ledger.connection.execute("ROLLBACK")
        ledger.close()
