"""What the tests of reading share: an office with an empty ledger of the national programme."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.lists import Office, make_office
from tracker.ledger.opening import open_ledger


@pytest.fixture(scope="session")
def empty_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a closed ledger that knows the national programme; tests copy it."""
    return make_office(tmp_path_factory.mktemp("empty"))


@pytest.fixture
def office(empty_directory: Path, tmp_path: Path) -> Iterator[Office]:
    """An office whose programme has no categories and spans the country."""
    shutil.copytree(empty_directory, tmp_path / "ledger")
    opened = Office(open_ledger(tmp_path / "ledger"))
    yield opened
    opened.ledger.close()
