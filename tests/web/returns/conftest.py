"""What the tests of a county's return share: the ledger behind its pages, open beside them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger


@pytest.fixture
def ledger(county: Path) -> Iterator[Ledger]:
    opened = open_ledger(county)
    yield opened
    opened.close()
