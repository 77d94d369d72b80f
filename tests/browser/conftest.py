"""What the browser tests share: the invented province behind a real server, and Chromium in front of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Error, Page, sync_playwright

from tests.browser.driving import WIDE, browsing, launching, serving
from tests.browser.every_page import serving_every_page
from tests.browser.month_pages import People, serving_month
from tests.web.builders import province_ledger
from tracker.web.site import create_site

OpenPage = Callable[..., Page]
Manner = tuple[bool, bool]
"""What a page is opened with and keeps for good: whether it feels fingers, and whether it runs scripts."""


@pytest.fixture(scope="session")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(create_site(province_ledger(tmp_path_factory.mktemp("browser") / "province"))) as served:
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests; each sits at machines of its own in it."""
    with sync_playwright() as playwright, launching(playwright) as started:
        yield started


@pytest.fixture(scope="session")
def every_page(demonstration_made: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Serve the demonstration ledger and what stands where there is none; gives every page's address by its name."""
    with serving_every_page(tmp_path_factory.mktemp("every-page"), demonstration_made) as served:
        yield served


@pytest.fixture(scope="session")
def people(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[People]:
    """Serve a county in the middle of its month; gives the pages of everybody who works on it."""
    with serving_month(tmp_path_factory.mktemp("month") / "ledger", browser) as served:
        yield served


@pytest.fixture(scope="session")
def tab(browser: Browser) -> Iterator[Page]:
    """Give one page, for tests that go to many addresses and leave nothing behind."""
    with browsing(browser) as context:
        yield context.new_page()


@pytest.fixture(scope="session")
def pages(browser: Browser) -> Iterator[Callable[[Manner, int], Page]]:
    """Give a function that gives the first, second … page of a manner: opening one takes longer than most tests."""
    opened: dict[Manner, list[Page]] = {}
    with ExitStack() as stack:

        def page(manner: Manner, number: int) -> Page:
            alike = opened.setdefault(manner, [])
            if number == len(alike):
                touch, scripts = manner
                alike.append(stack.enter_context(browsing(browser, touch=touch, scripts=scripts)).new_page())
            return alike[number]

        yield page


@pytest.fixture
def open_page(pages: Callable[[Manner, int], Page]) -> Iterator[OpenPage]:
    """Give a function that opens a page which remembers nothing; console errors fail the test at its end."""
    complaints: list[str] = []
    given: Counter[Manner] = Counter()

    def said(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            complaints.append(message.text)

    def failed(error: Error) -> None:
        complaints.append(str(error))

    with ExitStack() as stack:

        def opened(
            size: tuple[int, int] = WIDE, *, dark: bool = False, touch: bool = False, scripts: bool = True
        ) -> Page:
            page = pages((touch, scripts), given[touch, scripts])
            given[touch, scripts] += 1
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.emulate_media(media="screen", color_scheme="dark" if dark else "light")
            page.on("console", said)
            page.on("pageerror", failed)
            stack.callback(_left, page)
            stack.callback(page.remove_listener, "pageerror", failed)
            stack.callback(page.remove_listener, "console", said)
            return page

        yield opened
    assert complaints == []


def _left(page: Page) -> None:
    """Let a page forget what a test did on it."""
    page.evaluate("() => { if (origin !== 'null') { localStorage.clear(); sessionStorage.clear(); } }")
    page.context.clear_cookies()
    page.goto("about:blank")
