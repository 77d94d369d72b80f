"""What the browser tests share: the invented province behind a real server, and Chromium in front of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Playwright, sync_playwright

from tests.browser.driving import WIDE, browsing, serving
from tests.web.builders import province_ledger

OpenPage = Callable[..., Page]


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(province_ledger(tmp_path_factory.mktemp("browser") / "province")) as served:
        yield served


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as started:
        yield started


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
