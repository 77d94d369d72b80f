"""A fresh ledger for each test of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.builders import fill, new_ledger, standing_clock
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger


@pytest.fixture(scope="session")
def fresh_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a closed ledger that knows one programme; tests copy it."""
    directory = tmp_path_factory.mktemp("fresh") / "ledger"
    new_ledger(directory).close()
    return directory


@pytest.fixture
def ledger(fresh_directory: Path, tmp_path: Path) -> Iterator[Ledger]:
    """A ledger that knows one programme, open in `tmp_path / "ledger"`."""
    shutil.copytree(fresh_directory, tmp_path / "ledger")
    opened = open_ledger(tmp_path / "ledger", standing_clock)
    yield opened
    opened.close()


@pytest.fixture
def filled(ledger: Ledger) -> Ledger:
    """The same ledger with two months, three projects and ten records."""
    fill(ledger)
    return ledger
