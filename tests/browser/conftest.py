"""What the browser tests share: the invented province behind a real server, and Chromium in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, sync_playwright

from tests.browser.driving import WIDE, browsing, launching, serving
from tests.browser.every_page import serving_every_page
from tests.browser.month_pages import People, serving_month
from tests.web.builders import province_ledger
from tracker.web.site import create_site

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(create_site(province_ledger(tmp_path_factory.mktemp("browser") / "province"))) as served:
        yield served


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="session")
def every_page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Serve the demonstration ledger and what stands where there is none; gives every page's address by its name."""
    with serving_every_page(tmp_path_factory.mktemp("every-page")) as served:
        yield served


@pytest.fixture(scope="session")
def people(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Serve a county in the middle of its month; gives the pages of everybody who works on it."""
    with (
        launching(playwright) as browser,
        serving_month(tmp_path_factory.mktemp("month") / "ledger", browser) as served,
    ):
        yield served


@pytest.fixture(scope="session")
def tab(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Give one page of one browser, for tests that go to many addresses and leave nothing behind."""
    with browsing(playwright, tmp_path_factory.mktemp("tab") / "profile") as context:
        yield context.new_page()


@pytest.fixture
def open_page(playwright: Playwright, tmp_path: Path) -> Iterator[OpenPage]:
    """Give a function that opens a page in a browser of its own; console errors fail the test at its end."""
    complaints: list[str] = []
    with ExitStack() as stack:

        def opened(size: tuple[int, int] = WIDE, **how: Any) -> Page:
            profile = tmp_path / f"profile-{len(list(tmp_path.iterdir()))}"
            page = stack.enter_context(browsing(playwright, profile, size, **how)).new_page()
            page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            return page

        yield opened
    assert complaints == []
