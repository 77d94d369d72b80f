"""Office: people at machines of their own, who sign in to one site, and the days that pass for all of them."""

from __future__ import annotations

import datetime
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import openpyxl
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page

from tests.browser.driving import NARROW, WIDE, serving
from tests.web.callers import PASSWORD
from tracker.ledger.handle import SHANGHAI
from tracker.web.site import create_site

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_PICTURES = os.environ.get("TRACKER_PICTURES")
"""Where pictures of what people look at are put; without it none are taken."""


class Office:
    """One site, the time there, and a machine for each of its people."""

    def __init__(self, address: str, browser: Browser, calendar: list[datetime.datetime]) -> None:
        self._address, self._browser, self._calendar = address, browser, calendar
        self._machines: dict[str, BrowserContext] = {}
        self._signed_in: dict[str, datetime.datetime] = {}
        self.complaints: list[str] = []

    def day(self, year: int, month: int, day: int) -> None:
        """Let the days pass until nine in the morning of one; every session ends over it."""
        self._calendar[0] = datetime.datetime(year, month, day, 9, tzinfo=SHANGHAI)

    def machine(self, person: str, size: tuple[int, int] = WIDE) -> Page:
        """Give the page that somebody has open at their own machine; a narrow one is a telephone."""
        if person not in self._machines:
            context = self._browser.new_context(
                base_url=self._address, locale="zh-CN", has_touch=size == NARROW,
                viewport={"width": size[0], "height": size[1]},
            )  # fmt: skip
            context.set_default_timeout(15_000)
            self._machines[person] = context
            page = context.new_page()
            page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return self._machines[person].pages[0]

    def closes(self) -> None:
        """Let everybody go home."""
        for machine in self._machines.values():
            machine.close()

    def first_time(self, person: str, once: str, size: tuple[int, int] = WIDE) -> Page:
        """Sign somebody in with a one-time password and have them choose their own, as they must."""
        page = self._signs_in(person, once, size)
        page.goto("/account")
        assert "改好之前，别的页面打不开" in page.locator("main").inner_text()
        page.locator("#current").fill(once)
        page.locator("#new").fill(PASSWORD)
        page.locator("#again").fill(PASSWORD)
        page.get_by_role("button", name="改密码").click()
        page.get_by_text("密码已改").wait_for()
        self._signed_in[person] = self._calendar[0]
        return page

    def at(self, person: str, path: str) -> Page:
        """Give somebody's page at an address, signed in anew where their session has ended."""
        page = self.machine(person)
        if self._signed_in.get(person) != self._calendar[0]:
            self._signs_in(person, PASSWORD, WIDE)
            self._signed_in[person] = self._calendar[0]
        page.goto(path)
        return page

    def _signs_in(self, person: str, password: str, size: tuple[int, int]) -> Page:
        page = self.machine(person, size)
        page.goto("/signin")
        page.locator("#name").fill(person)
        page.locator("#password").fill(password)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(lambda url: not url.endswith("/signin"))
        return page


@contextmanager
def working(browser: Browser, directory: Path) -> Iterator[Office]:
    """Serve the ledger of a directory to an office on 2 September 2024; an error in a page's script fails its end."""
    calendar = [datetime.datetime(2024, 9, 2, 9, tzinfo=SHANGHAI)]
    with serving(create_site(directory, lambda: calendar[0])) as address:
        office = Office(address, browser, calendar)
        try:
            yield office
        finally:
            office.closes()
        assert office.complaints == []


def import_list(page: Page, month: str, area: str, rows: Sequence[Mapping[str, object]]) -> None:
    """Send a workbook with these rows as the list of a month and an area, look at what it would do, and import it."""
    page.goto("/import")
    page.locator("#workbook").set_input_files(workbook(f"{month} 清单.xlsx", rows))
    page.locator("#month").fill(month)
    page.locator("#area").select_option(area)
    page.get_by_role("button", name="上传并核对").click()
    page.wait_for_url(re.compile("/import/.+"))
    picture(page, f"import-{month}")
    page.get_by_role("button", name="导入到").click()
    page.get_by_text("已导入").wait_for()


def workbook(name: str, rows: Sequence[Mapping[str, object]]) -> FilePayload:
    """Make a workbook of one sheet: a heading for every key, a row for every mapping."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    headings = list(dict.fromkeys(heading for row in rows for heading in row))
    sheet.append(headings)
    for row in rows:
        sheet.append([row.get(heading) for heading in headings])
    content = io.BytesIO()
    book.save(content)
    return {"name": name, "mimeType": _WORKBOOK, "buffer": content.getvalue()}


def picture(page: Page, name: str) -> None:
    """Put pictures of a page, wide and narrow, light and dark, where TRACKER_PICTURES says, if it does."""
    if not _PICTURES:
        return
    Path(_PICTURES).mkdir(parents=True, exist_ok=True)
    stood = page.viewport_size
    for size, words in ((WIDE, "wide"), (NARROW, "narrow")):
        page.set_viewport_size({"width": size[0], "height": size[1]})
        for colours in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if colours == "dark" else "light")
            page.screenshot(path=Path(_PICTURES) / f"{name}-{words}-{colours}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    if stood is not None:
        page.set_viewport_size(stood)
