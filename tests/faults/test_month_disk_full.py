"""A full disk while a month is filled in, sent and reviewed: said on the page, nothing half saved, no text lost."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.ledger.builders import dump
from tests.web.builders import YIHONG, area
from tests.web.returning import BEFORE, COUNTY, MONTH, PAGE, code, county_ledger, enter, filled, hidden, shown, token_of
from tracker.ledger.checking import check
from tracker.ledger.closing import close_month
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.writing import writing
from tracker.web.site import create_site

_SMALLEST = 32 * 1024
"""The size of the file by which SQLite's readers find each other: without it nothing can even be read."""

TYPED = "磁盘满的时候写的一句话。"


@contextmanager
def full_disk() -> Iterator[None]:
    """Let no file grow beyond what reading needs, as on a disk without room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (_SMALLEST, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """A county with three rows to report, whose log of changes has grown to where the disk ends."""
    directory = county_ledger(tmp_path / "ledger", projects=3)
    ledger = open_ledger(directory)
    yield ledger
    ledger.close()


@pytest.fixture
def lead(ledger: Ledger) -> FlaskClient:
    return enter(create_site(ledger.directory).test_client(), "demo-lead")


@pytest.fixture
def province(ledger: Ledger) -> FlaskClient:
    return enter(create_site(ledger.directory).test_client(), "demo-province")


def refused(client: FlaskClient, ledger: Ledger, page: str, address: str, said: dict[str, str]) -> str:
    """Post while the disk is full: the page says so, the ledger stays as it was, and a page can be read on."""
    before = dump(ledger)
    with full_disk():
        answer = client.post(address, data=said)
        reading = client.get(page)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 503, text
    assert "磁盘已满" in text, text
    assert "Traceback" not in text
    assert reading.status_code == 200, reading.get_data(as_text=True)
    assert dump(ledger) == before
    assert check(ledger) == []
    return text


def ready(client: FlaskClient) -> None:
    """Fill the whole return in."""
    answer = client.post(PAGE, data={**filled(client, p1_progress="堤防完成。"), "do": "save"})
    assert answer.status_code == 303
    quiet = f"{code(2)} {code(3)}"
    assert client.post(PAGE, data={**filled(client), "do": "quiet", "quiet": quiet}).status_code == 303


def signed(client: FlaskClient) -> dict[str, str]:
    return said_by(client.get(f"{PAGE}/send"))


def said_by(page: TestResponse) -> dict[str, str]:
    return {**hidden(page.get_data(as_text=True)), "csrf_token": token_of(page)}


def test_a_return_that_cannot_be_saved_comes_back_as_it_was_typed(lead: FlaskClient, ledger: Ledger) -> None:
    typed = {**filled(lead, p1_progress=TYPED, p2_problem=f"另{TYPED}"), "do": "review"}
    text = refused(lead, ledger, PAGE, PAGE, typed)
    again = shown(text)
    assert again[f"{code(1)}:progress"] == TYPED
    assert again[f"{code(2)}:problem"] == f"另{TYPED}"
    # Sent again once there is room, the very page that came back saves it all.
    assert lead.post(PAGE, data={**again, "do": "save"}).status_code == 303
    assert {row["text"] for row in ledger.connection.execute("SELECT text FROM draft")} == {TYPED, f"另{TYPED}"}


def test_a_return_that_cannot_be_sent_can_be_sent_once_there_is_room(lead: FlaskClient, ledger: Ledger) -> None:
    ready(lead)
    said = signed(lead)
    refused(lead, ledger, PAGE, f"{PAGE}/send", said)
    assert "堤防完成。" in lead.get(f"{PAGE}/send").get_data(as_text=True)
    assert lead.post(f"{PAGE}/send", data=said).status_code == 303
    [number] = ledger.connection.execute("SELECT count(*) FROM record WHERE kind = 'sending'").fetchone()
    assert number == 1


def test_a_reason_that_cannot_be_recorded_comes_back(lead: FlaskClient, province: FlaskClient, ledger: Ledger) -> None:
    ready(lead)
    assert lead.post(f"{PAGE}/send", data=signed(lead)).status_code == 303
    review = f"/review/{MONTH}/{COUNTY}"
    said = said_by(province.get(review))
    text = refused(province, ledger, review, f"{review}/back", {**said, "reason": TYPED})
    assert TYPED in text


def test_a_month_that_cannot_be_closed_stays_open(province: FlaskClient, ledger: Ledger) -> None:
    with writing(ledger, "before", "专班") as writes:
        close_month(writes, YIHONG, BEFORE, area(ledger, YIHONG.area), "一县没有报全")
    page = f"/month/{MONTH}/140000"
    said = said_by(province.get(f"{page}/close"))
    text = refused(province, ledger, page, f"{page}/close", {**said, "reason": TYPED})
    assert TYPED in text
