"""Every page: the demonstration ledger's rooms, and what stands where there is no ledger, no month or no answer."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from flask import Flask

from tests.browser.driving import serving
from tests.web.builders import empty_ledger
from tracker.exchange.demonstration import make_demonstration
from tracker.ledger.opening import creating_ledger
from tracker.web.list_columns import COLUMNS
from tracker.web.site import create_site

PAGES = {
    "overview-province": "/overview/2024-08/14",
    "overview-province-latest": "/overview/2024-10/14",
    "overview-province-counties": "/overview/2024-08/14?group=county&by=start",
    "overview-province-investment": "/overview/2024-08/14?by=investment",
    "overview-province-categories": "/overview/2024-08/14?group=category&by=progress",
    "overview-city": "/overview/2024-08/1407",
    "overview-county": "/overview/2024-08/140702",
    "ranking-province": "/ranking/2024-08/14",
    "ranking-province-counties": "/ranking/2024-08/14?group=county&by=start",
    "ranking-province-categories": "/ranking/2024-08/14?group=category&by=investment",
    "ranking-city": "/ranking/2024-08/1407",
    "ranking-unit": "/ranking/2024-08/14/unit?unit=1407&group=city",
    "ranking-unit-county": "/ranking/2024-08/1407/unit?unit=140702&group=county&by=progress",
    "list-province": "/list/2024-08/14",
    "list-city": "/list/2024-08/1407",
    "list-county": "/list/2024-08/140702",
    "list-filtered": "/list/2024-08/14?lamp=behind&sort=lamp",
    "list-columns": "/list/2024-08/1407?column=stage,total_investment,planned_completion,progress_words,phone",
    "list-every-column": f"/list/2024-08/1407?column={','.join(COLUMNS)}",
    "list-nothing-found": "/list/2024-08/14?q=zzzz",
    "list-unheeded": "/list/2024-08/14?sort=beauty&lamp=blue",
    "projects-completed": "/projects/2024-08/1407/completed",
    "projects-behind": "/projects/2024-08/14/behind",
    "projects-left-out": "/projects/2024-08/14/year_unknown?of=investment",
    "bulletin-county": "/bulletin/2024-08/140702",
    "tables": "/tables/2024-08/1407?by=category&annex=3",
    "dossier": "/project/140702-0001?month=2024-08",
    "check": "/check",
    "gallery": "/gallery",
    "import": "/import",
    "month-before-the-first": "/overview/1999-01/14",
    "month-not-open": "/overview/2099-01/14",
    "list-month-not-open": "/list/2099-01/14",
    "not-found": "/overview/2024-13/14",
    "not-found-address": "/nowhere",
    "not-found-project": "/project/nobody",
}
"""Every page of a ledger of Shanxi's programme, the demonstration's above all: its name and its address."""

STATES = {
    "empty-overview": ("empty", "/overview/2024-08/14"),
    "empty-list": ("empty", "/list/2024-08/14"),
    "no-programme": ("no-programme", "/"),
    "no-ledger": ("no-ledger", "/"),
    "failure": ("failing", "/overview/2024-08/14"),
}
"""The pages of other sites: their name, the site and the address in it."""

ALIKE = frozenset({
    "overview-province-latest", "overview-province-counties", "overview-province-investment",
    "overview-province-categories", "ranking-province", "ranking-province-counties", "ranking-province-categories",
    "list-province", "list-every-column", "list-unheeded", "list-month-not-open",
})  # fmt: skip
"""Pages with the same pieces as others, in other numbers: tests that try every control leave them out."""


@contextmanager
def serving_every_page(directory: Path, demonstration: Path | None = None) -> Iterator[dict[str, str]]:
    """Make the ledgers in a directory and serve them; gives every page's whole address by its name.

    A demonstration ledger that was made before is copied.
    """
    if demonstration is not None:
        shutil.copytree(demonstration, directory / "demonstration")
    else:
        with creating_ledger(directory / "demonstration") as ledger:
            make_demonstration(ledger)
    empty_ledger(directory / "empty")
    with creating_ledger(directory / "no-programme"):
        pass
    sites = {name: create_site(directory / name) for name in ("demonstration", "empty", "no-programme", "no-ledger")}
    sites["failing"] = _failing(directory / "demonstration")
    with ExitStack() as stack:
        served = {name: stack.enter_context(serving(site)) for name, site in sites.items()}
        yield {name: served["demonstration"] + path for name, path in PAGES.items()} | {
            name: served[site] + path for name, (site, path) in STATES.items()
        }


def _failing(directory: Path) -> Flask:
    """Give a site whose overview fails for a reason that the program did not foresee."""
    site = create_site(directory)

    def failing(**_named: str) -> str:
        raise RuntimeError("failing on purpose")

    site.view_functions["overview.show"] = failing
    return site
