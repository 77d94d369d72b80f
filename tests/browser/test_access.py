"""Every page for everybody: axe finds nothing, the console says nothing, nothing is asked of elsewhere or overflows."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import ConsoleMessage, Page, Request, Response

from tests.browser.driving import NARROW, WIDE
from tests.browser.every_page import PAGES, STATES
from tests.browser.month_pages import MONTH_PAGES, People

_AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
# Every rule that is on by default, best practices among them, and the size of targets.
_FIND = """rules => axe.run({
    rules: {'target-size': {enabled: true}},
    ...(rules ? {runOnly: {type: 'rule', values: rules}} : {}),
    resultTypes: ['violations'],
  }).then(found => ({
    violations: found.violations.flatMap(it => it.nodes.map(
      node => `${it.id}: ${node.target.join(' ')}: ${node.failureSummary}`)),
    checked: [...found.passes, ...found.violations, ...found.incomplete].map(it => it.id),
  }))"""
_COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""What depends on the ground; the rest of a page is the same in the dark."""
_OVERFLOW = "() => document.scrollingElement.scrollWidth - document.documentElement.clientWidth"
_CLEAR = "() => document.querySelector('.return-bar') && scrollTo(0, document.scrollingElement.scrollHeight)"
"""Brings the bar that stays in sight to its own place: what it covers elsewhere is reached by scrolling."""
_SIZED = "size => innerWidth === size[0] && innerHeight === size[1]"
_STANDS = ((WIDE, "light"), (NARROW, "light"), (WIDE, "dark"), (NARROW, "dark"))
"""How a page is looked at; the short form takes the first and the last, which are both widths and both grounds."""
_ALIKE = {
    "overview-province-latest", "overview-province-investment", "ranking-province-counties", "list-province",
    "list-month-not-open",
}  # fmt: skip
"""Long pages with the pieces of others; that none of them overflows or complains, the overview's tests see."""
_STATUS = {"not-found": 404, "not-found-address": 404, "not-found-project": 404, "no-ledger": 503, "failure": 500}


class _Listening:
    """Gathers what a page complains of and what it asks for, until it is let go."""

    def __init__(self, page: Page) -> None:
        self._page = page
        self.complaints: list[str] = []
        self.asked: list[str] = []
        self._on = (
            ("console", self._said),
            ("pageerror", self._failed),
            ("requestfailed", self._lost),
            ("response", self._came),
        )

    def __enter__(self) -> _Listening:
        for event, heard in self._on:
            self._page.on(event, heard)  # type: ignore[call-overload]
        return self

    def __exit__(self, *_error: object) -> None:
        for event, heard in self._on:
            self._page.remove_listener(event, heard)

    def _said(self, message: ConsoleMessage) -> None:
        # Chromium itself writes the status of an error page to the console; the test looks at the status.
        if message.type in ("error", "warning") and message.location["url"] != self._page.url:
            self.complaints.append(message.text)

    def _failed(self, error: Any) -> None:
        self.complaints.append(str(error))

    def _lost(self, request: Request) -> None:
        self.complaints.append(f"{request.url} did not come")

    def _came(self, response: Response) -> None:
        self.asked.append(response.url)
        if response.status >= 400 and response.request.resource_type != "document":
            self.complaints.append(f"{response.url} came with {response.status}")


@pytest.mark.parametrize("name", [name for name in (*PAGES, *STATES) if name not in _ALIKE])
def test_everybody_can_use_the_page(tab: Page, every_page: dict[str, str], name: str, long_form: bool) -> None:
    _examine(tab, every_page[name], _STATUS.get(name, 200), long_form)


@pytest.mark.parametrize("name", MONTH_PAGES)
def test_everybody_can_work_on_the_month(people: People, name: str, long_form: bool) -> None:
    page, address = people.page(name)
    _examine(page, address, 200, long_form)


@pytest.mark.parametrize(("heading", "written"), [("项目编码", "没有的编码"), ("总投资", 98765.5)])
def test_everybody_can_look_at_an_import_before_it_is_made(
    tab: Page, every_page: dict[str, str], tmp_path: Path, heading: str, written: str | float,
    long_form: bool,
) -> None:  # fmt: skip
    # Every month before the last is closed, and takes no list.
    open_list = every_page["list-county"].replace("2024-08", "2024-10")
    workbook = load_workbook(BytesIO(tab.request.get(f"{open_list}/excel").body()))
    sheet = workbook.worksheets[0]
    head = next(cell for row in sheet for cell in row if str(cell.value).startswith(heading))
    sheet.cell(next(cell.row for cell in sheet["A"] if cell.value == 2), head.column).value = written
    workbook.save(tmp_path / "清单.xlsx")
    _stand(tab, WIDE, "light")
    tab.goto(every_page["import"])
    tab.get_by_label("清单文件").set_input_files(tmp_path / "清单.xlsx")
    tab.get_by_label("填报月").fill("2024-10")
    tab.get_by_role("button", name="上传并核对").click()
    tab.wait_for_url(re.compile("/import/.+"))
    assert str(written) in tab.locator("main").inner_text()
    _examine(tab, tab.url, 200, long_form)


def _stand(tab: Page, size: tuple[int, int], colours: str) -> None:
    tab.set_viewport_size({"width": size[0], "height": size[1]})
    tab.emulate_media(color_scheme=colours)  # type: ignore[arg-type]
    tab.wait_for_function(_SIZED, arg=size)


def _examine(tab: Page, address: str, status: int, long_form: bool) -> None:
    with _Listening(tab) as heard:
        _stand(tab, WIDE, "light")
        answer = tab.goto(address)
        assert answer is not None
        assert answer.status == status
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "unsafe-inline" not in policy
        assert "unsafe-eval" not in policy
        # Given by the debugger and not by the page, axe needs no hole in the page's policy.
        tab.evaluate(_AXE)
        found = {}
        for size, colours in _STANDS if long_form else (_STANDS[0], _STANDS[-1]):
            _stand(tab, size, colours)
            assert tab.evaluate(_OVERFLOW) <= 0, f"scrolls sideways at {size[0]} px"
            tab.evaluate(_CLEAR)
            found[size[0], colours] = tab.evaluate(_FIND, _COLOUR_RULES if colours == "dark" and long_form else None)
    assert heard.asked
    assert all(url.split("/")[2] == address.split("/")[2] for url in heard.asked)
    assert heard.complaints == []
    assert {key: result["violations"] for key, result in found.items() if result["violations"]} == {}
    assert all("color-contrast" in result["checked"] for result in found.values())


def test_axe_would_find_what_is_wrong(tab: Page, every_page: dict[str, str]) -> None:
    tab.emulate_media(color_scheme="light")
    tab.goto(every_page["no-ledger"])
    tab.evaluate(_AXE)
    tab.evaluate("""() => {
      document.querySelector('h1').style.color = '#ccc';
      document.querySelector('main').append(document.createElement('input'));
    }""")
    found = {violation.split(":")[0] for violation in tab.evaluate(_FIND, None)["violations"]}
    assert {"color-contrast", "label"} <= found
