"""Callers: accounts with a known password, signed in through the page as people do, and posts with the page's token."""

from __future__ import annotations

from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.returning import token_of
from tracker.ledger.accounts import add_account
from tracker.ledger.opening import open_ledger
from tracker.ledger.signing_in import change_password
from tracker.model.roles import Role
from tracker.web.site import create_site

PASSWORD = "Fenhe-2024x"  # noqa: S105

PEOPLE: dict[str, tuple[Role | None, str | None]] = {
    "system": (Role.SYSTEM, None),
    "security": (Role.SECURITY, None),
    "audit": (Role.AUDIT, None),
    "province": (Role.TASK_FORCE, "14"),
    "city": (Role.TASK_FORCE, "1407"),
    "reader": (Role.READER, "1407"),
    "lead": (Role.LEAD, "140702"),
    "reporter": (Role.REPORTER, "140702"),
    "neighbour": (Role.LEAD, "140703"),
    "nobody-yet": (None, None),
}
"""An account for every role, by name: its role and scope."""


def with_people(directory: Path, *names: str) -> Path:
    """Give the ledger of a directory accounts (all of them where none is named) that have chosen their password."""
    ledger = open_ledger(directory)
    for name in names or PEOPLE:
        role, scope = PEOPLE[name]
        account, once = add_account(ledger, name, role, scope, f"{name} 测试员", f"{name}@example.cn")
        change_password(ledger, account, once, PASSWORD)
    ledger.close()
    return directory


def entered(client: FlaskClient, name: str, password: str = PASSWORD) -> FlaskClient:
    """Sign a client in with name and password."""
    answer = client.post(
        "/signin", data={"csrf_token": token_of(client.get("/signin")), "name": name, "password": password}
    )
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return client


def caller(directory: Path, name: str) -> FlaskClient:
    """Give a client of the ledger's site, signed in by name."""
    return entered(create_site(directory).test_client(), name)


def sent(client: FlaskClient, page: str, address: str, **data: str | list[str]) -> TestResponse:
    """Post to an address with the token of a page that the caller has open."""
    return client.post(address, data={"csrf_token": token_of(client.get(page)), **data})


def text_of(answer: TestResponse) -> str:
    """Give an answer's page."""
    return answer.get_data(as_text=True)
