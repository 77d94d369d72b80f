"""What every test shares: the long form, the order of the files, and a demonstration ledger that is made once."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest
from hypothesis import settings

from tracker.exchange.demonstration import make_demonstration
from tracker.ledger.opening import creating_ledger

# The short form tries the same examples on every run, so that a red run is red for a reason in the change;
# the long form looks for new ones. Deadlines measure the machine, not the code.
settings.register_profile("short", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=2000, print_blob=True)

_LONGEST = (
    "browser/test_access.py", "faults/test_import_kills.py", "exchange/test_list_workbook.py",
    "browser/test_returns.py", "browser/test_month_story.py", "faults/test_month_kills.py", "browser/test_reaching.py",
    "exchange/test_list_on_paper.py", "web/test_permissions.py", "browser/test_uploads.py", "web/test_uploads.py",
    "browser/test_county_list.py", "browser/test_overview.py", "browser/test_dossier.py", "browser/test_rankings.py",
)  # fmt: skip
"""The files that take longest: they begin first, so that no worker is left alone with one of them at the end."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", dest="long_form", help="take the long forms of the tests")


def _profile(config: pytest.Config) -> str:
    return "long" if config.getoption("long_form") else "short"


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile(_profile(config))


def pytest_report_header(config: pytest.Config) -> str:
    return f"form: {_profile(config)} (./test --all takes the long one)"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {f"tests/{name}": place for place, name in enumerate(_LONGEST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(places)))


@pytest.fixture(scope="session")
def long_form(pytestconfig: pytest.Config) -> bool:
    """Whether this run takes the long forms: more rounds, larger files, every kill point."""
    return bool(pytestconfig.getoption("long_form"))


@pytest.fixture(scope="session")
def demonstration_made(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """The directory of a closed demonstration ledger, made once for all workers of a run; tests copy it."""
    own = tmp_path_factory.getbasetemp()
    common = own.parent if hasattr(request.config, "workerinput") else own
    made = common / "demonstration"
    with (common / "demonstration.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            with creating_ledger(made) as ledger:
                make_demonstration(ledger)
    return made
