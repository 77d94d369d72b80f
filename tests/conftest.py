"""What every test shares: the long form, and how many examples the property-based tests try."""

from __future__ import annotations

import pytest
from hypothesis import settings

# The short form tries the same examples on every run, so that a red run is red for a reason in the change;
# the long form looks for new ones. Deadlines measure the machine, not the code.
settings.register_profile("short", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=2000, print_blob=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", dest="long_form", help="take the long forms of the tests")


def _profile(config: pytest.Config) -> str:
    return "long" if config.getoption("long_form") else "short"


def pytest_configure(config: pytest.Config) -> None:
    settings.load_profile(_profile(config))


def pytest_report_header(config: pytest.Config) -> str:
    return f"form: {_profile(config)} (./test --all takes the long one)"


@pytest.fixture(scope="session")
def long_form(pytestconfig: pytest.Config) -> bool:
    """Whether this run takes the long forms: more rounds, larger files, every kill point."""
    return bool(pytestconfig.getoption("long_form"))
