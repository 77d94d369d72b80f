"""The ledger of one page: opened when first asked for, read as of one moment, closed with the request."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

from flask import Flask, current_app, g

from tracker.ledger.handle import Ledger
from tracker.ledger.reading import reading

_DIRECTORY = "TRACKER_LEDGER"


def keep_ledger(site: Flask, directory: Path) -> None:
    """Tell a site where its ledger lies, and have what a request opened closed at its end."""
    site.config[_DIRECTORY] = directory
    site.teardown_appcontext(_close)


def page_ledger() -> Ledger:
    """Give the ledger of the current request; every use in one request sees the same moment.

    Raises LedgerError as `open_ledger` does.
    """
    if "ledger" not in g:
        stack = ExitStack()
        g.ledger = stack.enter_context(reading(current_app.config[_DIRECTORY]))
        g.ledger_stack = stack
    ledger: Ledger = g.ledger
    return ledger


def _close(_error: BaseException | None) -> None:
    stack: ExitStack | None = g.pop("ledger_stack", None)
    if stack is not None:
        stack.close()
