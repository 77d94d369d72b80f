"""Driving: the real site behind a real server, and Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, Playwright
from werkzeug.serving import make_server

WIDE, NARROW = (1440, 900), (390, 844)
DESKS, HANDS = (WIDE, (1280, 800)), ((820, 1180), NARROW, (320, 640))
"""The windows that pages are looked at in: on desks, and where fingers touch them."""

_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip


def browser_program() -> str:
    """Give the browser that ./test found, else Debian's, without windows where there is one."""
    debians = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    found = os.environ.get("TRACKER_CHROMIUM") or debians
    assert found, "no Chromium: run ./test, which installs it"
    return found


def scrolls_sideways(page: Page, sizes: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Give those windows in which an open page scrolls sideways; it is left in the last of them."""
    found = []
    for size in sizes:
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.wait_for_function("size => innerWidth === size[0] && innerHeight === size[1]", arg=size)
        if page.evaluate("() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth") > 0:
            found.append(size)
    return found


@contextmanager
def serving(site: Flask) -> Iterator[str]:
    """Serve a site on a free port; gives the address."""
    server = make_server("127.0.0.1", 0, site, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def launching(playwright: Playwright) -> Iterator[Browser]:
    """Start one browser; whoever sits at a machine of their own gets a context of it."""
    browser = playwright.chromium.launch(executable_path=browser_program(), args=_ARGUMENTS, headless=True)
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def browsing(
    browser: Browser, size: tuple[int, int] = WIDE, *, dark: bool = False, touch: bool = False, scripts: bool = True
) -> Iterator[BrowserContext]:
    """Sit down at a machine of one's own: gives a context that shares nothing with others of the browser."""
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        has_touch=touch,
        java_script_enabled=scripts,
        locale="zh-CN",
    )
    try:
        yield context
    finally:
        context.close()
