"""A fresh ledger for each test of this folder."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ledger.builders import MovingClock, fill, new_ledger, standing_clock
from tests.ledger.people import ADDRESS
from tracker.ledger.audit import Actor
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


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def people(ledger: Ledger, clock: MovingClock) -> Iterator[Ledger]:
    """The fresh ledger, acted on by whoever makes its accounts, under a clock that the test moves."""
    opened = open_ledger(ledger.directory, clock)
    opened.actor = Actor("建账人", None, ADDRESS)
    yield opened
    opened.close()
