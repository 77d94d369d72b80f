"""Screenshots of every page, wide and narrow, light and dark: `python -m tests.browser.screenshots OUT --data DIR`."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from tests.browser.driving import NARROW, WIDE, browsing, serving

_SHOWN = (("wide-light", WIDE, False), ("wide-dark", WIDE, True), ("narrow-light", NARROW, False),
          ("narrow-dark", NARROW, True))  # fmt: skip


def pages_of(page: Page, address: str, area: str, city: str) -> dict[str, str]:
    """Give every page's address by its name, starting from the latest month."""
    page.goto(address)
    month = page.locator("select[name=month]").input_value()
    overview, projects = f"{address}/overview/{month}", f"{address}/projects/{month}"
    page.goto(f"{projects}/{city}/projects")
    project = page.locator(".projects tbody tr:nth-child(2) a").first.get_attribute("href")
    page.goto(f"{address}{project}")
    county = page.locator(".crumbs a").last.get_attribute("href")
    assert county is not None
    county_code = county.split("?")[0].rsplit("/", 1)[-1]
    ranking = f"{address}/ranking/{month}"
    return {
        "overview-province": f"{overview}/{area}",
        "overview-province-counties": f"{overview}/{area}?group=county&by=start",
        "overview-province-investment": f"{overview}/{area}?by=investment",
        "overview-province-categories": f"{overview}/{area}?group=category&by=progress",
        "overview-city": f"{overview}/{city}",
        "overview-county": f"{address}{county}",
        "ranking-province": f"{ranking}/{area}",
        "ranking-province-counties": f"{ranking}/{area}?group=county&by=start",
        "ranking-province-categories": f"{ranking}/{area}?group=category&by=investment",
        "ranking-city": f"{ranking}/{city}",
        "ranking-unit": f"{ranking}/{area}/unit?unit={city}&group=city",
        "ranking-unit-places": f"{ranking}/{city}/unit?unit={county_code}&group=county&by=progress",
        "projects-completed": f"{projects}/{city}/completed",
        "projects-behind": f"{projects}/{area}/behind",
        "projects-left-out": f"{projects}/{area}/year_unknown?of=investment",
        "project": f"{address}{project}",
        "empty-month": f"{address}/overview/1999-01/{area}",
        "month-not-open": f"{address}/overview/2099-01/{area}",
        "not-found": f"{address}/overview/2024-13/{area}",
    }


def main() -> None:
    """Take the screenshots."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--data", type=Path, required=True, help="the ledger's directory")
    parser.add_argument("--area", default="14")
    parser.add_argument("--city", default="1407")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    with serving(given.data) as address, sync_playwright() as playwright, tempfile.TemporaryDirectory() as profiles:
        for words, size, dark in _SHOWN:
            with browsing(playwright, Path(profiles) / words, size, dark=dark, touch=size == NARROW) as context:
                page = context.new_page()
                for name, target in pages_of(page, address, given.area, given.city).items():
                    page.goto(target)
                    page.screenshot(path=given.out / f"{name}-{words}.png", full_page=True)


if __name__ == "__main__":
    main()
