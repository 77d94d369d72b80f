"""The return's page in Chromium: what is typed is kept at once and everywhere, and twenty projects take few presses."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from tests.browser.driving import NARROW, WIDE, browsing, serving
from tests.web.builders import YIHONG
from tests.web.returning import COUNTY, MONTH, PAGE, code, county_ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import places_of
from tracker.ledger.returns import RowStatus, rows_of_month, stated_in
from tracker.web.site import create_site

Machine = Callable[..., BrowserContext]

LEAD, REPORTER = "榆次区负责人（示例）", "榆次区填报员（示例）"
MOST_PRESSES = 25


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return county_ledger(tmp_path_factory.mktemp("made") / "ledger")


@pytest.fixture
def county(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "ledger")
    return tmp_path / "ledger"


@pytest.fixture
def machine(browser: Browser, county: Path) -> Iterator[Machine]:
    """Give a function that sits down at one more machine, signed in as somebody."""
    with ExitStack() as stack:
        address = stack.enter_context(serving(create_site(county)))

        def opened(person: str, size: tuple[int, int] = WIDE, **how: Any) -> BrowserContext:
            context = stack.enter_context(browsing(browser, size, **how))
            context.set_default_timeout(15_000)
            page = context.new_page()
            page.goto(f"{address}/signin")
            page.get_by_role("button", name=person).click()
            page.goto(address + PAGE)
            return context

        yield opened


def field(page: Page, number: int, name: str) -> Locator:
    """Give a field of a project, its row opened."""
    found = page.locator(f"#f-{code(number)}-{name}")
    if not found.is_visible():
        page.locator(f"#row-{code(number)} summary").first.click()
    return found


def saved(page: Page) -> None:
    expect(page.locator("#saved")).to_contain_text("已保存")


def drafts(county: Path) -> dict[tuple[str, str], str]:
    ledger = open_ledger(county)
    rows = ledger.connection.execute("SELECT project, field, text FROM draft").fetchall()
    ledger.close()
    return {(row["project"], row["field"]): row["text"] for row in rows}


class Fingers:
    """Somebody at the keyboard and the mouse, whose clicks and presses are counted beyond the values typed."""

    def __init__(self, page: Page) -> None:
        self.page, self.presses = page, 0

    def click(self, place: Locator) -> None:
        self.presses += 1
        place.click()

    def type_over(self, place: Locator, text: str) -> None:
        """Click into a field, mark what stands in it, and type the value."""
        self.click(place)
        self.presses += 1
        self.page.keyboard.press("Control+a")
        self.page.keyboard.type(text)

    def choose(self, place: Locator, word: str) -> None:
        """Open a choice and take one."""
        self.presses += 2
        place.select_option(word)


def test_twenty_projects_with_three_changes_take_few_presses(machine: Machine, county: Path) -> None:
    page = machine(LEAD).pages[0]
    page.goto(page.url.replace(PAGE, f"/overview/{MONTH}/{COUNTY}"))
    fingers = Fingers(page)
    fingers.click(page.get_by_role("navigation", name="主导航").get_by_role("link", name="月报"))
    for number, name, text in ((3, "cumulative_investment", "655.5"), (9, "progress", "管网完成。")):
        fingers.click(page.locator(f"#row-{code(number)} summary").first)
        fingers.type_over(page.locator(f"#f-{code(number)}-{name}"), text)
    fingers.click(page.locator(f"#row-{code(17)} summary").first)
    fingers.choose(page.locator(f"#f-{code(17)}-stage"), "停工")
    expect(page.locator("#quiet")).to_have_text("其余 17 项本月无变化")
    fingers.click(page.locator("#quiet"))
    expect(page.get_by_text("已把 17 项记为“本月无变化”")).to_be_visible()
    fingers.click(page.get_by_role("button", name="检查并报送").first)
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "榆次区2024年9月月报：将报送 20 项，有改动 3 项，无变化 17 项"
    )
    fingers.click(page.get_by_role("button", name="签发报送"))
    expect(page.get_by_text("专班正在审核")).to_be_visible()
    print(f"{fingers.presses} clicks and presses beyond the values typed")
    assert fingers.presses <= MOST_PRESSES
    ledger = open_ledger(county)
    place = places_of(ledger, YIHONG).find(COUNTY)
    assert place is not None
    rows = {row.project: row for row in rows_of_month(ledger, YIHONG, MONTH, place)}
    assert {row.status for row in rows.values()} == {RowStatus.SENT}
    assert sum(row.unchanged for row in rows.values()) == 17
    assert str(stated_in(ledger, rows[code(3)].sequence or 0)[0]["cumulative_investment"]) == "655.5"
    ledger.close()


def test_what_is_typed_stands_on_another_machine_at_once(machine: Machine) -> None:
    reporter = machine(REPORTER).pages[0]
    field(reporter, 2, "progress").fill("管网完成。")
    saved(reporter)
    lead = machine(LEAD).pages[0]
    expect(lead.locator(f"#f-{code(2)}-progress")).to_have_value("管网完成。")
    expect(lead.locator("#tasks")).to_contain_text("已填 1 项 · 未填 19 项")


def test_the_page_says_at_once_what_is_wrong_and_what_is_left(machine: Machine) -> None:
    page = machine(REPORTER).pages[0]
    cumulative = field(page, 2, "cumulative_investment")
    cumulative.fill("约三千")
    cumulative.blur()
    below = page.locator(f"#f-{code(2)}-cumulative_investment-below")
    expect(below).to_contain_text("“约三千”不是数字")
    expect(page.locator("#title")).to_contain_text("已填 1 项")
    expect(page.locator("#quiet")).to_have_text("其余 19 项本月无变化")
    page.get_by_role("link", name="“约三千”不是数字").click()
    expect(cumulative).to_be_focused()
    cumulative.fill("400")
    cumulative.blur()
    expect(below).to_contain_text("小于上月的 501.00 万元")
    answer = page.locator(f"[id='f-{code(2)}-answer-cumulative_investment']")
    answer.fill("上月误报。")
    answer.blur()
    expect(page.locator("#tasks")).to_contain_text("待说明 0 处")
    expect(answer).to_have_value("上月误报。")


def test_two_windows_on_one_field_show_both_texts_and_lose_none(machine: Machine, county: Path) -> None:
    context = machine(REPORTER)
    mine = context.pages[0]
    theirs = machine(LEAD).pages[0]
    field(theirs, 2, "progress").fill("对方的文字。")
    saved(theirs)
    field(mine, 2, "progress").fill("我的文字。")
    clash = mine.locator(f"#row-{code(2)} .clash")
    expect(clash).to_contain_text(f"{LEAD}（")
    expect(clash).to_contain_text("对方的文字。")
    expect(clash).to_contain_text("我的文字。")
    assert drafts(county)[code(2), "progress"] == "对方的文字。"
    expect(mine.locator(f"#f-{code(2)}-progress")).to_have_value("我的文字。")
    # Nothing leaves the page before one is chosen.
    mine.locator("#quiet").click()
    expect(mine.locator("#saved")).to_contain_text("还有 1 栏没有存下")
    clash.get_by_role("button", name="用我的").click()
    saved(mine)
    assert drafts(county)[code(2), "progress"] == "我的文字。"
    field(theirs, 2, "progress").fill("再改一次。")
    expect(theirs.locator(f"#row-{code(2)} .clash")).to_contain_text("我的文字。")
    theirs.get_by_role("button", name="用对方的").click()
    expect(theirs.locator(f"#f-{code(2)}-progress")).to_have_value("我的文字。")
    expect(theirs.locator(".clash")).to_have_count(0)
    assert drafts(county)[code(2), "progress"] == "我的文字。"


def test_what_is_typed_while_the_line_is_down_is_saved_when_it_is_back(machine: Machine, county: Path) -> None:
    context = machine(REPORTER)
    page = context.pages[0]
    progress = field(page, 2, "progress")
    context.set_offline(True)
    progress.fill("断网时写的。")
    expect(page.locator("#saved")).to_contain_text("没有连上，刚才填的还在本页")
    assert (code(2), "progress") not in drafts(county)
    context.set_offline(False)
    saved(page)
    assert drafts(county)[code(2), "progress"] == "断网时写的。"


def test_a_page_loaded_anew_goes_on_with_what_it_could_not_save(machine: Machine, county: Path) -> None:
    context = machine(REPORTER)
    page = context.pages[0]
    page.route("**/draft", lambda route: route.abort())
    field(page, 2, "progress").fill("没有存下的。")
    expect(page.locator("#saved")).to_contain_text("没有连上")
    page.unroute("**/draft")
    page.reload()
    expect(page.locator(f"#f-{code(2)}-progress")).to_have_value("没有存下的。")
    saved(page)
    assert drafts(county)[code(2), "progress"] == "没有存下的。"


def test_a_session_that_ends_while_typing_loses_nothing(machine: Machine, county: Path) -> None:
    context = machine(REPORTER)
    page = context.pages[0]
    progress = field(page, 2, "progress")
    progress.fill("第一句。")
    saved(page)
    other = context.new_page()
    other.goto(page.url.replace(PAGE, "/account"))
    other.get_by_role("button", name="退出登录").click()
    progress.fill("第一句。第二句。")
    expect(page.locator("#saved")).to_contain_text("登录已经结束，刚才填的还在本页")
    expect(page.locator("#saved").get_by_role("link", name="重新登录")).to_be_visible()
    other.get_by_role("button", name=REPORTER).click()
    page.evaluate("dispatchEvent(new Event('online'))")
    saved(page)
    assert drafts(county)[code(2), "progress"] == "第一句。第二句。"


def test_an_error_of_the_server_loses_no_text(machine: Machine, county: Path) -> None:
    page = machine(REPORTER).pages[0]
    page.route("**/draft", lambda route: route.fulfill(status=503, body="busy"))
    field(page, 2, "progress").fill("服务器忙。")
    expect(page.locator("#saved")).to_contain_text("服务器没有存下，刚才填的还在本页")
    page.locator("#quiet").click()
    expect(page.locator(f"#f-{code(2)}-progress")).to_have_value("服务器忙。")
    page.unroute("**/draft")
    page.evaluate("dispatchEvent(new Event('online'))")
    saved(page)
    assert drafts(county)[code(2), "progress"] == "服务器忙。"


def test_enter_saves_and_never_sends(machine: Machine, county: Path) -> None:
    page = machine(LEAD).pages[0]
    cumulative = field(page, 2, "cumulative_investment")
    cumulative.fill("655")
    cumulative.press("Enter")
    saved(page)
    assert page.url.endswith(PAGE)
    assert drafts(county) == {(code(2), "cumulative_investment"): "655"}


def test_the_tab_key_goes_through_a_row_in_its_order(machine: Machine) -> None:
    page = machine(LEAD).pages[0]
    field(page, 2, "stage").focus()
    order = ["stage"]
    for _ in range(5):
        page.keyboard.press("Tab")
        order.append(page.evaluate("document.activeElement.dataset.field"))
    assert order == [
        "stage", "actual_start", "actual_completion", "cumulative_investment", "year_investment", "month_investment",
    ]  # fmt: skip


def test_a_telephone_reports_too(machine: Machine, county: Path) -> None:
    page = machine(LEAD, NARROW, touch=True).pages[0]
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    page.locator(f"#row-{code(2)} summary").first.tap()
    cumulative = page.locator(f"#f-{code(2)}-cumulative_investment")
    cumulative.tap()
    cumulative.fill("655")
    page.locator(f"#row-{code(3)} .tick").tap()
    expect(page.locator("#quiet")).to_have_text("其余 18 项本月无变化")
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    small = page.evaluate(
        "[...document.querySelectorAll('.return button, .return input:not([type=hidden]), .return select, .tick')]"
        ".filter((each) => each.checkVisibility() && !each.classList.contains('unseen') && each.type !== 'checkbox')"
        ".filter((each) => each.getBoundingClientRect().height < 40).map((each) => each.outerHTML)"
    )
    assert small == []
    page.locator("#quiet").tap()
    expect(page.get_by_text("已把 18 项记为“本月无变化”")).to_be_visible()
    page.get_by_role("button", name="检查并报送").last.tap()
    expect(page.get_by_role("button", name="签发报送")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    page.get_by_role("button", name="签发报送").tap()
    expect(page.get_by_text("专班正在审核")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    assert drafts(county) == {}


def test_without_scripts_the_page_works_by_its_buttons(machine: Machine, county: Path) -> None:
    page = machine(LEAD, scripts=False).pages[0]
    page.locator(f"#row-{code(2)} summary").first.click()
    page.locator(f"#f-{code(2)}-progress").fill("管网完成。")
    page.get_by_role("button", name="保存草稿").last.click()
    assert drafts(county) == {(code(2), "progress"): "管网完成。"}
    assert page.get_by_text("草稿已保存").is_visible()
    page.get_by_role("button", name="其余 19 项本月无变化").click()
    page.get_by_role("button", name="检查并报送").first.click()
    page.get_by_role("button", name="签发报送").click()
    assert page.get_by_text("专班正在审核").is_visible()


def test_a_photo_is_attached_and_shown_at_its_size(machine: Machine, tmp_path: Path) -> None:
    from PIL import Image  # noqa: PLC0415

    Image.new("RGB", (1600, 1200), (10, 90, 120)).save(tmp_path / "现场.jpg")
    page = machine(LEAD).pages[0]
    field(page, 2, "progress").fill("管网完成。")
    page.locator(f"#row-{code(2)}").get_by_role("button", name="照片和附件").click()
    page.get_by_label("照片或 PDF").set_input_files(tmp_path / "现场.jpg")
    page.get_by_role("button", name="添加").click()
    picture = page.get_by_role("img", name="现场.jpg")
    expect(picture).to_be_visible()
    assert picture.evaluate("(each) => [each.naturalWidth, each.getAttribute('width')]") == [1600, "1600"]
    page.get_by_role("link", name="回到榆次区").click()
    expect(page.locator(f"#f-{code(2)}-progress")).to_have_value("管网完成。")
    expect(page.get_by_role("button", name="照片和附件（1）")).to_be_visible()
