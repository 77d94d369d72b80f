"""Every page of the site against an empty page with the same base template; and how large they are, compressed.

`python -m bench.pages [LEDGER [AREA [CITY]]]`; without a ledger it makes the demonstration ledger.
"""

from __future__ import annotations

import gzip
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from flask import Flask, current_app, render_template
from flask.testing import FlaskClient
from jinja2 import Template

from bench.measuring import in_turn
from tracker.exchange.demonstration import make_demonstration
from tracker.ledger.opening import creating_ledger
from tracker.web.page_ledger import page_ledger
from tracker.web.rooms import Permission, room
from tracker.web.site import create_site
from tracker.web.whereabouts import where_of

GOAL, LARGEST = 4.0, 150_000
_RUNS = 40


@room(Permission.READ)
def _empty(month: str, area: str) -> str:
    """An empty page: the bar with its choosers and nothing beneath."""
    return render_template(_empty_template(), where=where_of(page_ledger(), month, area), room="overview")


@cache
def _empty_template() -> Template:
    """Give its template, compiled once, as every other page's is: compiling is no part of a page's time."""
    return current_app.jinja_env.from_string("{% extends 'base.html' %}")


def pages_of(month: str, area: str, city: str, project: str) -> dict[str, str]:
    """Give the address of every page by its name."""
    county = project.split("-", maxsplit=1)[0]
    list_of, projects = f"/list/{month}/{area}", f"/projects/{month}/{area}"
    return {
        "overview of the province": f"/overview/{month}/{area}",
        "overview by counties": f"/overview/{month}/{area}?group=county",
        "overview of a city": f"/overview/{month}/{city}",
        "overview of a county": f"/overview/{month}/{county}",
        "list of the province": list_of,
        "list, late ones first": f"{list_of}?sort=lamp",
        "list, what changed": f"{list_of}?changed=yes",
        "list, searched by initials": f"{list_of}?q=wsc",
        "list of a city": f"/list/{month}/{city}",
        "projects of the province": f"{projects}/projects",
        "projects behind": f"{projects}/behind",
        "projects left out": f"{projects}/year_unknown?of=investment",
        "dossier": f"/project/{project}",
        **{
            f"ranking by {group}": f"/ranking/{month}/{area}?group={group}"
            for group in ("city", "county", "category", "level")
        },
        "a city in the ranking": f"/ranking/{month}/{area}/unit?unit={city}&group=city",
        "a county in the ranking": f"/ranking/{month}/{area}/unit?unit={county}&group=county",
        "month without projects": f"/overview/1999-01/{area}",
    }


def rooms_of_the_month(month: str, area: str, county: str) -> dict[str, tuple[str, str]]:
    """Give (account, address) of the pages that only an account sees, by their names."""
    return {
        "month": ("demo-city", f"/month/{month}/{area}"),
        "bulletin of a city": ("demo-city", f"/bulletin/{month}/{area}"),
        "words of a bulletin": ("demo-city", f"/bulletin/{month}/{area}/words"),
        "review of a county": ("demo-city", f"/review/{month}/{county}"),
        "return of a county": ("demo-lead", f"/return/{month}/{county}"),
    }


def _site(directory: Path) -> Flask:
    site = create_site(directory)
    site.add_url_rule("/empty/<month>/<area>", "empty", _empty)
    return site


def _get(client: FlaskClient, address: str) -> bytes:
    return client.get(address).get_data()


def _enter(client: FlaskClient, account: str) -> bool:
    """Enter a demonstration ledger as one of its accounts; False in any other ledger."""
    token = client.get("/signin").get_data(as_text=True).split('name="csrf_token"', maxsplit=1)[1].split('value="')[1]
    data = {"csrf_token": token.split('"', maxsplit=1)[0], "account": account}
    return client.post("/signin/demonstration", data=data).status_code == 303


def _measure(client: FlaskClient, name: str, address: str, empty: str) -> None:
    """Print a page's time against the empty page's, and its size; nothing for a page that there is not."""
    answer = client.get(address)
    if answer.status_code == 404:
        return
    assert answer.status_code == 200, f"{address}: {answer.status}"
    size = len(gzip.compress(answer.get_data()))
    measured, floor = in_turn(lambda: _get(client, address), lambda: _get(client, empty), _RUNS)
    verdict = "" if measured / floor < GOAL and size < LARGEST else "  <- over the goal"
    print(
        f"{name:28} {measured * 1000:6.1f} ms = {measured / floor:4.1f} x an empty page ({floor * 1000:.1f} ms), "
        f"{size / 1000:5.1f} kB gzip{verdict}"
    )


def main(directory: Path, area: str = "14", city: str = "1407") -> None:
    """Measure and print, one line a page; pages that this site does not have are left out."""
    client = _site(directory).test_client()
    month = client.get("/").headers["Location"].split("/")[2]
    found = client.get(f"/projects/{month}/{city}/projects").get_data(as_text=True)
    project = found.split('href="/project/', maxsplit=1)[1].split("?", maxsplit=1)[0]
    empty = f"/empty/{month}/{area}"
    for name, address in pages_of(month, area, city, project).items():
        _measure(client, name, address, empty)
    with tempfile.TemporaryDirectory() as folder:
        # Entering makes an account: that is no business of the ledger given.
        entered = _site(shutil.copytree(directory, Path(folder) / "ledger"))
        county = project.split("-", maxsplit=1)[0]
        for name, (account, address) in rooms_of_the_month(month, city, county).items():
            someone = entered.test_client()
            if _enter(someone, account):
                _measure(someone, name, address, f"/empty/{month}/{county}")
    print(f"goal: {GOAL} x an empty page with the same base, {LARGEST // 1000} kB gzip")


def _demonstration(folder: str) -> Path:
    directory = Path(folder) / "ledger"
    with creating_ledger(directory) as ledger:
        make_demonstration(ledger)
    return directory


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        given = sys.argv[1:]
        main(Path(given[0]) if given else _demonstration(made), *given[1:])
