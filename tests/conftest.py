"""What every test shares: the long form, the order of the files, and a demonstration ledger that is made once."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask import Flask
from flask.templating import Environment
from hypothesis import settings
from jinja2.bccache import Bucket, BytecodeCache

from tracker.exchange.demonstration import make_demonstration
from tracker.ledger import password_hashing
from tracker.ledger.opening import creating_ledger
from tracker.web import printing_work

# The short form tries the same examples on every run, so that a red run is red for a reason in the change;
# the long form looks for new ones. Deadlines measure the machine, not the code.
settings.register_profile("short", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("long", deadline=None, max_examples=2000, print_blob=True)

_LONGEST = (
    "browser/test_access.py", "faults/test_month_kills.py", "faults/test_import_kills.py",
    "exchange/test_list_workbook.py", "web/test_permissions.py", "browser/test_month_story.py",
    "browser/test_returns.py", "browser/test_reaching.py", "browser/test_uploads.py", "exchange/test_paper.py",
    "browser/test_overview.py", "ledger/test_damage.py", "web/test_county_list.py", "web/test_checking.py",
    "web/test_bulletins_pages.py", "faults/test_month_races.py", "web/test_bulletin_issuing.py",
    "faults/test_month_clicks.py", "exchange/test_list_on_paper.py", "faults/test_printing_faults.py",
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


@pytest.fixture(scope="session", autouse=True)
def quick_hashing() -> Iterator[None]:
    """Hash passwords cheaply: the program's own parameters take their time, as they should, where they are tested."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(password_hashing, "_HASHER", PasswordHasher.from_parameters(CHEAPEST))
        password_hashing._nobodys_hash.cache_clear()
        yield


class _Compiled(BytecodeCache):
    """Templates as they were compiled once, by name and content."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key + bucket.checksum in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key + bucket.checksum])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key + bucket.checksum] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once() -> Iterator[None]:
    """Compile a template once for all sites: an office has one, the tests make hundreds."""
    compiled = _Compiled()

    def environment(site: Flask, **options: Any) -> Environment:
        return Environment(site, bytecode_cache=compiled, **options)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Flask, "jinja_environment", staticmethod(environment))
        yield


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


@pytest.fixture(autouse=True, scope="session")
def _printers_that_do_not_stay() -> Iterator[None]:
    """Let the processes that print end with what they were started for: each test has a ledger of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printing_work, "STAYS_SECONDS", 0)
        yield
