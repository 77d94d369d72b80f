"""What befalls projects, done on pages in Chromium: in the dossier, the lists of the right months, and the figures."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import Browser, Page, expect

from tests.browser.office import Office, picture, working
from tests.web.callers import with_people
from tests.web.returning import BEFORE, COUNTY, ELSEWHERE, MONTH, code, county_ledger
from tracker.ledger.checking import check
from tracker.ledger.opening import open_ledger

REASON = "县政府2024年第7次会议议定"
PROJECTS = 6


def test_every_action_stands_in_the_dossier_the_lists_and_the_figures(browser: Browser, tmp_path: Path) -> None:
    directory = with_people(county_ledger(tmp_path / "ledger", projects=PROJECTS), "system", "city", "province")
    with working(browser, directory) as office:
        office.day(2024, 10, 7)
        _august_is_closed(office)
        page = office.at("city", "/")
        old = _names(page, BEFORE, COUNTY)
        _renamed(page)
        _moved(page)
        _terminated(page)
        _split(page)
        _corrected(page)
        # What the closed month's list says stays as it was.
        assert _names(page, BEFORE, COUNTY) == old
        assert _projects(page, BEFORE, "1407") == PROJECTS + 1
        # One ended, one became two.
        assert _projects(page, MONTH, "1407") == PROJECTS + 1 - 1 - 1 + 2
    ledger = open_ledger(directory)
    assert check(ledger) == []
    ledger.close()


def _august_is_closed(office: Office) -> None:
    page = office.at("province", f"/month/{BEFORE}/14/close")
    page.locator("#reason").fill("太谷区没有报送，按期封账。")
    page.get_by_role("button", name="封账").click()
    expect(page.locator(".counted").first).to_contain_text("已封账")


def _act(page: Page, project: str, word: str, fields: dict[str, str]) -> None:
    """Do something about a project from September on: without a reason it is refused, and what was typed stays."""
    page.goto(f"/project/{project}?month={MONTH}")
    page.get_by_role("link", name=word, exact=True).click()
    for name, text in fields.items():
        place = page.locator(f"#{name}")
        if place.evaluate("place => place.tagName") == "SELECT":
            place.select_option(text)
        else:
            place.fill(text)
    picture(page, f"action-{word}")
    # The browser itself asks for the reason; what it lets through, the server asks for.
    page.locator("main form").last.evaluate("form => form.noValidate = true")
    page.get_by_role("button", name=word, exact=True).click()
    expect(page.locator("main")).to_contain_text("请写明理由")
    for name, text in fields.items():
        expect(page.locator(f"#{name}")).to_have_value(text)
    page.locator("#reason").fill(REASON)
    page.get_by_role("button", name=word, exact=True).click()
    page.wait_for_url(f"**/project/{project}?month={MONTH}")
    story = page.locator(".stories li").filter(has_text=REASON).first
    expect(story).to_contain_text(word)
    expect(story).to_contain_text("city 测试员")


def _names(page: Page, month: str, area: str) -> list[str]:
    """Give the projects' codes and names that the list of a month and an area shows."""
    page.goto(f"/list/{month}/{area}")
    return [" ".join(text.split()) for text in page.locator("table tbody .cell-name").all_inner_texts()]


def _projects(page: Page, month: str, area: str) -> int:
    """Give how many projects the figures of a month and an area count."""
    page.goto(f"/overview/{month}/{area}")
    found = re.search(r"清单内全部 (\d+) 项", page.locator(".counted").first.inner_text())
    assert found is not None
    return int(found[1])


def _renamed(page: Page) -> None:
    _act(page, code(1), "更名", {"name": "榆次区湿地新区工程"})
    assert any("榆次区湿地新区工程" in name for name in _names(page, MONTH, COUNTY))
    assert not any("榆次区湿地新区工程" in name for name in _names(page, BEFORE, COUNTY))


def _moved(page: Page) -> None:
    _act(page, code(2), "换县", {"county": ELSEWHERE})
    assert any("榆次区第2号治理工程" in name for name in _names(page, MONTH, ELSEWHERE))
    assert not any("榆次区第2号治理工程" in name for name in _names(page, MONTH, COUNTY))
    assert (_projects(page, MONTH, ELSEWHERE), _projects(page, BEFORE, ELSEWHERE)) == (2, 1)


def _terminated(page: Page) -> None:
    _act(page, code(3), "终止", {})
    expect(page.locator("main")).to_contain_text("已经终止")
    assert not any("榆次区第3号治理工程" in name for name in _names(page, MONTH, COUNTY))
    assert any("榆次区第3号治理工程" in name for name in _names(page, BEFORE, COUNTY))


def _split(page: Page) -> None:
    _act(page, code(4), "拆分", {"names": "榆次区四号东段工程\n榆次区四号西段工程"})
    expect(page.locator(".stories li").first).to_contain_text("榆次区四号东段工程")
    found = _names(page, MONTH, COUNTY)
    assert sum("榆次区四号" in name for name in found) == 2
    assert not any("榆次区第4号治理工程" in name for name in found)


def _corrected(page: Page) -> None:
    page.goto(f"/projects/{MONTH}/{COUNTY}/completed")
    before = page.locator(".projects tbody tr:not(.whole)").count()
    _act(page, code(5), "更正", {"field-stage": "完工", "field-actual_completion": "2024-09-20"})
    expect(page.locator(".stories li").first).to_contain_text("建设阶段")
    page.goto(f"/projects/{MONTH}/{COUNTY}/completed")
    assert page.locator(".projects tbody tr:not(.whole)").count() == before + 1
    page.goto(f"/projects/{BEFORE}/{COUNTY}/completed")
    assert page.locator(".projects tbody tr:not(.whole)").count() == before
