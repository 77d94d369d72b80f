"""Reading: a ledger opened for one reader who must see one moment of it, however long the reading takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger


@contextmanager
def reading(directory: Path) -> Iterator[Ledger]:
    """Give the ledger of a directory within one read transaction; it is closed afterwards.

    What others write meanwhile is not seen, so figures on one page agree with each other. Raises
    LedgerError as `open_ledger` does.
    """
    ledger = open_ledger(directory)
    try:
        with one_moment(ledger):
            yield ledger
    finally:
        ledger.close()


@contextmanager
def one_moment(ledger: Ledger) -> Iterator[None]:
    """See one moment of an open ledger, whatever others write meanwhile, without keeping them from it."""
    ledger.connection.execute("BEGIN")
    try:
        yield
    finally:
        if ledger.connection.in_transaction:
            ledger.connection.execute("ROLLBACK")
