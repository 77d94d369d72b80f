"""Driving: the real site behind a real server, and Debian's Chromium in front of it."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Playwright
from werkzeug.serving import make_server

WIDE, NARROW = (1440, 900), (390, 844)
_ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run",
]  # fmt: skip


def browser_program() -> str:
    """Give the browser that ./test found, else Debian's."""
    found = os.environ.get("TRACKER_CHROMIUM") or shutil.which("chromium")
    assert found, "no Chromium: run ./test, which installs it"
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
