"""Screenshots of every page, wide and narrow, light and dark: `python -m tests.browser.screenshots OUT [NAME ...]`.

With `--print` also every page as it goes to paper, as PDF. The ledgers are made anew each time.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.driving import NARROW, WIDE, browsing, launching
from tests.browser.every_page import PAGES, STATES, serving_every_page
from tests.browser.month_pages import MONTH_PAGES, People, serving_month

_SHOWN = (("wide-light", WIDE, False), ("wide-dark", WIDE, True), ("narrow-light", NARROW, False),
          ("narrow-dark", NARROW, True))  # fmt: skip

_NAMES = ", ".join([*PAGES, *STATES, *MONTH_PAGES])


def _take(page: Page, pages: dict[str, str], out: Path, words: str, *, printed: bool) -> None:
    for name, address in pages.items():
        page.goto(address)
        page.screenshot(path=out / f"{name}-{words}.png", full_page=True)
        if printed:
            page.pdf(path=out / f"{name}.pdf", prefer_css_page_size=True, print_background=True)


def _take_month(people: People, names: list[str], out: Path) -> None:
    for name in names:
        page, address = people.page(name)
        for words, size, dark in _SHOWN:
            page.set_viewport_size({"width": size[0], "height": size[1]})
            page.emulate_media(color_scheme="dark" if dark else "light")
            page.goto(address)
            page.screenshot(path=out / f"{name}-{words}.png", full_page=True)


def main() -> None:
    """Take the screenshots."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("names", nargs="*", help=f"which pages; all of them by default: {_NAMES}")
    parser.add_argument("--print", action="store_true", dest="printed", help="also as PDF")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for talkative in ("werkzeug", "tracker.web"):
        logging.getLogger(talkative).setLevel(logging.CRITICAL)
    with (
        tempfile.TemporaryDirectory() as made,
        sync_playwright() as playwright,
        launching(playwright) as browser,
        serving_every_page(Path(made) / "ledgers") as pages,
    ):
        chosen = {name: address for name, address in pages.items() if not given.names or name in given.names}
        for words, size, dark in _SHOWN:
            with browsing(browser, size, dark=dark, touch=size == NARROW) as context:
                printed = given.printed and words == "wide-light"
                _take(context.new_page(), chosen, given.out, words, printed=printed)
        month = [name for name in MONTH_PAGES if not given.names or name in given.names]
        with serving_month(Path(made) / "month", browser) as people:
            _take_month(people, month, given.out)


if __name__ == "__main__":
    main()
