"""What the tests of reading share: an office with an empty ledger of the national programme."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.exchange.lists import Office, make_office
from tests.exchange.month_books import COUNTIES, sheets_made, three_counties
from tracker.exchange.reading.workbooks import Sheet
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.reading import reading


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


@pytest.fixture(scope="session")
def three_counties_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a closed ledger in which three counties have September to report; tests copy it."""
    return three_counties(tmp_path_factory.mktemp("three") / "ledger")


@pytest.fixture
def ledger(three_counties_made: Path, tmp_path: Path) -> Iterator[Ledger]:
    """The three counties' ledger, open."""
    shutil.copytree(three_counties_made, tmp_path / "ledger")
    opened = open_ledger(tmp_path / "ledger")
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def sheets(three_counties_made: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Sheet]:
    """The first county's workbook as it is read; tests change copies."""
    with reading(three_counties_made) as opened:
        return sheets_made(opened, COUNTIES[0], tmp_path_factory.mktemp("made"))
