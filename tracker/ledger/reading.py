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
        ledger.connection.execute("BEGIN")
        yield ledger
    finally:
        if ledger.connection.in_transaction:
            ledger.connection.execute("ROLLBACK")
        ledger.close()
