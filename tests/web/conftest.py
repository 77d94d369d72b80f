"""What the pages' tests share: an invented province, made once, and a client in front of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.builders import province_ledger
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


@pytest.fixture
def ledger(province: Path) -> Iterator[Ledger]:
    with reading(province) as opened:
        yield opened
