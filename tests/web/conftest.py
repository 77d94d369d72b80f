"""What the pages' tests share: an invented province, made once, and a client in front of it."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.builders import empty_ledger, province_ledger
from tests.web.returning import enter
from tests.web.sending import Sender
from tracker.ledger.handle import Ledger
from tracker.ledger.reading import reading
from tracker.web.site import create_site


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return province_ledger(tmp_path_factory.mktemp("web") / "province")


@pytest.fixture(scope="session")
def site(province: Path) -> Flask:
    return create_site(province)


@pytest.fixture
def client(site: Flask) -> FlaskClient:
    return site.test_client()


@pytest.fixture(scope="session")
def empty_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of a ledger with a programme and without a month; tests copy it."""
    return empty_ledger(tmp_path_factory.mktemp("imports") / "ledger")


@pytest.fixture
def sender(empty_directory: Path, tmp_path: Path) -> Sender:
    """Somebody at the machine, before a ledger of their own."""
    shutil.copytree(empty_directory, tmp_path / "ledger")
    return Sender(tmp_path / "ledger", tmp_path)


@pytest.fixture
def senders_ledger(sender: Sender) -> Iterator[Ledger]:
    """The ledger that the sender sends to, open beside the pages."""
    opened = sender.ledger()
    yield opened
    opened.close()


@pytest.fixture
def ledger(province: Path) -> Iterator[Ledger]:
    with reading(province) as opened:
        yield opened


@pytest.fixture
def county(made: Path, tmp_path: Path) -> Path:
    """A copy of the ledger that a module makes as `made`, for one test to write in."""
    shutil.copytree(made, tmp_path / "ledger")
    return tmp_path / "ledger"


@pytest.fixture
def lead(county: Path) -> FlaskClient:
    """The county's lead, who signs."""
    return enter(create_site(county).test_client(), "demo-lead")


@pytest.fixture
def reporter(county: Path) -> FlaskClient:
    """The county's reporter, who fills in."""
    return enter(create_site(county).test_client(), "demo-reporter")
