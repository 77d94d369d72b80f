"""A county that has a month to report, whoever signs in to do it, and short ways to fill its page in."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.builders import YIHONG, build_ledger
from tracker.ledger.handle import Ledger
from tracker.ledger.writing import writing
from tracker.model.dates import PartialDate
from tracker.model.folding import StatementKind
from tracker.model.stages import Stage
from tracker.web.site import create_site

BEFORE, MONTH = "2024-08", "2024-09"
COUNTY, ELSEWHERE = "140702", "140703"
PAGE = f"/return/{MONTH}/{COUNTY}"


def county_ledger(directory: Path, projects: int = 20) -> Path:
    """Make a ledger in which 榆次区 has reported August and has September to report; 太谷区 has one project."""

    def fill(ledger: Ledger) -> None:
        with writing(ledger, "august", "省专班 测试员") as writes:
            writes.open_month(YIHONG.key, BEFORE)
            for number in range(projects):
                planned = {"pipe_length_planned": Decimal(12)} if number == 0 else {}
                code = writes.register(
                    YIHONG.key, BEFORE,
                    {"name": f"榆次区第{number + 1}号治理工程", "county": COUNTY, "total_investment": Decimal(3000),
                     **planned},
                )  # fmt: skip
                said = {
                    "stage": Stage.UNDER_CONSTRUCTION, "actual_start": PartialDate(2024, 3, 5),
                    "cumulative_investment": Decimal(500 + number), "year_investment": Decimal(300 + number),
                    "progress_percent": Decimal(20), "progress": "主体工程施工中。",
                }  # fmt: skip
                writes.state(YIHONG.key, code, BEFORE, StatementKind.RETURN, said)
            writes.register(YIHONG.key, BEFORE, {"name": "太谷区甲工程", "county": ELSEWHERE})
        with writing(ledger, "september", "省专班 测试员") as writes:
            writes.open_month(YIHONG.key, MONTH)

    return build_ledger(directory, fill)


def worked_in(directory: Path, projects: int, *accounts: str) -> Path:
    """Make the county's ledger, in which some of the demonstration's accounts have signed in before."""
    county_ledger(directory, projects)
    for account in accounts:
        enter(create_site(directory).test_client(), account)
    return directory


def code(number: int) -> str:
    """Give the code of the county's project by its number, from 1."""
    return f"{COUNTY}-{number:04d}"


def token_of(response: TestResponse) -> str:
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', response.get_data(as_text=True))
    assert found is not None
    return found[1]


def enter(client: FlaskClient, account: str) -> FlaskClient:
    """Sign a client in as one of the demonstration's accounts."""
    token = token_of(client.get("/signin"))
    answer = client.post("/signin/demonstration", data={"csrf_token": token, "account": account})
    assert answer.status_code == 303
    return client


def hidden(html: str) -> dict[str, str]:
    """Give what a page's hidden inputs hold, by name."""
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', html)
    found += re.findall(r'<input name="([^"]+)" type="hidden" value="([^"]*)">', html)
    return dict(found)


def filled(client: FlaskClient, **typed: str) -> dict[str, str]:
    """Give what a browser without scripts would post from the return's page: all that it shows, then what is typed.

    `typed` names fields as `p3_stage`: the third project's stage.
    """
    html = client.get(PAGE).get_data(as_text=True)
    return {**shown(html), **{_named(name): text for name, text in typed.items()}}


def _named(name: str) -> str:
    project, _, field = name.partition("_")
    return f"{code(int(project[1:]))}:{field}"


def shown(html: str) -> dict[str, str]:
    """Give what the fields of a page hold, as a browser would send them."""
    found = hidden(html)
    for tag in re.findall(r'<input type="(?:text|checkbox)"[^>]*>', html):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        if name and value and ("checkbox" not in tag or tag.rstrip(">").endswith(" checked")):
            found[name[1]] = value[1]
    for name, inside in re.findall(r'<textarea[^>]* name="([^"]*)"[^>]*>\n(.*?)</textarea>', html, re.DOTALL):
        found[name] = inside
    for name, inside in re.findall(r'<select[^>]* name="(\d[^"]*)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r"<option selected>([^<]*)<", inside)
        found[name] = chosen[1] if chosen else ""
    return found
