"""A month as its people live it, in Chromium, from an empty ledger to a correction after the closing."""

from __future__ import annotations

import dataclasses
import re
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.city_works import COUNTIES, Work, fraction, say, works
from tests.browser.driving import NARROW, WIDE
from tests.browser.office import Office, import_list, picture, working
from tracker.ledger.checking import check
from tracker.ledger.opening import creating_ledger, open_ledger

CARRIED, ROW_BY_ROW, LATE, *IMPORTED = COUNTIES
CITY, PROVINCE = "1407", "14"
AUGUST, SEPTEMBER, OCTOBER = "2024-08", "2024-09", "2024-10"
PEOPLE = {
    "sheng": ("省专班 甲", "task_force", PROVINCE), "jinzhong": ("晋中市专班 乙", "task_force", CITY),
    "yuci": ("榆次区负责人 丙", "lead", CARRIED), "taigu-tian": ("太谷区填报员 丁", "reporter", ROW_BY_ROW),
    "taigu": ("太谷区负责人 戊", "lead", ROW_BY_ROW), "yushe": ("榆社县负责人 己", "lead", LATE),
}  # fmt: skip
"""Who works here: the person's name, role and scope by the name of the account."""
MONTH_PAGE, REVIEW = f"/month/{SEPTEMBER}/{PROVINCE}", f"/review/{SEPTEMBER}/{CITY}"


def field(page: Page, code: str, name: str) -> Locator:
    """Give a field of the return's page, its row opened."""
    found = page.locator(f"#f-{code}-{name}")
    if not found.is_visible():
        page.locator(f"#row-{code} summary").first.click()
    return found


def typed(page: Page, code: str, name: str, text: str) -> None:
    """Type into a field and leave it; it is saved then."""
    place = field(page, code, name)
    if place.evaluate("place => place.tagName") == "SELECT":
        place.select_option(text)
    else:
        place.fill(text)
        place.blur()
    expect(page.locator("#saved")).to_contain_text("已保存")


def signed(page: Page) -> None:
    """Check a return and send it."""
    page.get_by_role("button", name="检查并报送").first.click()
    page.get_by_role("button", name="签发报送").click()
    expect(page.get_by_text("专班正在审核").first).to_be_visible()


def status(page: Page, county: str) -> str:
    """Give a county's line of a month's page, its cells apart by a space."""
    row = page.locator(".months-state tbody tr").filter(has=page.get_by_role("rowheader", name=COUNTIES[county]))
    return " ".join(row.inner_text().split())


def shows(page: Page, title: str, share: str, counted: str) -> None:
    """Expect a figure of the overview to be what it should."""
    figure = page.locator(".figure").filter(has=page.get_by_role("heading", name=title, exact=True))
    expect(figure.locator(".figure-rate")).to_have_text(re.compile(rf"^\s*{re.escape(share[:-1])}\s*%\s*$"))
    expect(figure.locator(".figure-fraction")).to_have_text(counted)


def test_a_month_from_an_empty_ledger_to_a_correction_after_its_closing(browser: Browser, tmp_path: Path) -> None:
    directory = tmp_path / "ledger"
    with creating_ledger(directory):
        pass
    known = works()
    with working(browser, directory) as office:
        _administrators_prepare(office)
        _august_is_imported_and_closed(office, known)
        office.day(2024, 9, 28)
        _one_county_carries_forward(office)
        _one_reports_row_by_row_on_a_telephone(office, known)
        _eight_are_imported(office, known)
        _the_task_force_reviews(office, known)
        office.day(2024, 10, 6)
        _one_is_late(office, known)
        _september_is_closed(office)
        _figures_are_what_was_said(office, SEPTEMBER, known)
        _a_correction_stands_beside(office, known)
        _the_log_knows(office)
    ledger = open_ledger(directory)
    assert check(ledger) == []
    ledger.close()


def _administrators_prepare(office: Office) -> None:
    page = office.machine("本机")
    page.goto("/")
    expect(page.locator("main")).to_contain_text("专项")
    page.goto("/first")
    picture(page, "first")
    page.get_by_role("button", name="建立").click()
    once = page.locator(".one-time code").all_inner_texts()
    picture(page, "first-made")
    assert len(set(once)) == 3
    for name, password in zip(("xitong", "anquan", "shenji"), once, strict=True):
        office.first_time(name, password)
    picture(office.at("xitong", "/account"), "account")
    page = office.at("xitong", "/programmes")
    picture(page, "programmes-empty")
    page.get_by_role("button", name="登记").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("一泓清水入黄河")
    picture(page, "programme")
    passwords = {}
    for name, (person, _, _) in PEOPLE.items():
        page = office.at("xitong", "/accounts")
        page.locator("#name").fill(name)
        page.locator("#person").fill(person)
        page.get_by_role("button", name="新建").click()
        passwords[name] = page.locator(".one-time code").inner_text()
    picture(page, "accounts")
    for name, (_, role, scope) in PEOPLE.items():
        page = office.at("anquan", f"/policy/{name}")
        page.locator("#role").select_option(role)
        page.locator("#scope").fill(scope)
        page.get_by_role("button", name="保存").click()
        page.wait_for_url("**/policy")
    picture(page, "policy")
    for name, password in passwords.items():
        office.first_time(name, password, NARROW if name == "taigu-tian" else WIDE)


def _august_is_imported_and_closed(office: Office, known: dict[str, Work]) -> None:
    page = office.at("jinzhong", "/import")
    import_list(page, AUGUST, CITY, [work.row for work in known.values()])
    expect(page.locator("h1")).to_contain_text("新登记 44 个")
    office.day(2024, 9, 6)
    page = office.at("sheng", f"/month/{AUGUST}/{PROVINCE}/close")
    expect(page.locator("main")).to_contain_text("全部已报并通过")
    page.get_by_role("button", name="封账").click()
    expect(page.locator(".counted").first).to_contain_text("已封账")
    page.get_by_role("button", name="开放2024年9月").click()
    page.wait_for_url(f"**{MONTH_PAGE}")
    assert "未报" in status(page, LATE)
    picture(page, "month-opened")


def _one_county_carries_forward(office: Office) -> None:
    page = office.at("yuci", f"/return/{SEPTEMBER}/{CARRIED}")
    picture(page, "return")
    expect(page.locator("#quiet")).to_have_text("其余 4 项本月无变化")
    page.locator("#quiet").click()
    expect(page.get_by_text("已把 4 项记为“本月无变化”")).to_be_visible()
    page.get_by_role("button", name="检查并报送").first.click()
    picture(page, "return-send")
    page.get_by_role("button", name="签发报送").click()
    expect(page.get_by_text("专班正在审核")).to_be_visible()
    picture(page, "return-sent")


def _one_reports_row_by_row_on_a_telephone(office: Office, known: dict[str, Work]) -> None:
    first, second, third, fourth = [code for code in known if code.startswith(ROW_BY_ROW)]
    page = office.at("taigu-tian", f"/return/{SEPTEMBER}/{ROW_BY_ROW}")
    assert page.evaluate("innerWidth") == NARROW[0]
    typed(page, first, "cumulative_investment", "约七百")
    below = page.locator(f"#f-{first}-cumulative_investment-below")
    expect(below).to_contain_text("“约七百”不是数字")
    typed(page, second, "cumulative_investment", "590")
    expect(page.locator(f"#f-{second}-cumulative_investment-below")).to_contain_text("小于上月的 600.00 万元")
    picture(page, "return-faults")
    typed(page, first, "cumulative_investment", "7000")
    typed(page, first, "year_investment", "600")
    answer = page.locator(f"[id='f-{second}-answer-cumulative_investment']")
    answer.fill("上月多报一笔，已核减。")
    answer.blur()
    typed(page, third, "stage", "在建")
    typed(page, third, "actual_start", "2024-09-10")
    page.locator(f"#row-{fourth} .tick").tap()
    _answer_the_rest(page, first)
    expect(page.locator("#tasks")).to_contain_text("未填 0 项 · 须改正 0 处 · 待说明 0 处")
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW[0]
    page.get_by_role("button", name="检查并报送").last.tap()
    expect(page.get_by_text("请负责人签发")).to_be_visible()
    picture(page, "return-send-reporter")
    signed(office.at("taigu", f"/return/{SEPTEMBER}/{ROW_BY_ROW}"))
    say(known[first], cumulative="7000", year="600")
    say(known[second], cumulative="590")
    say(known[third], stage="在建", started="2024-09-10")


def _answer_the_rest(page: Page, code: str) -> None:
    """Answer what is asked about a row that goes beyond what was planned; the task force will not believe it."""
    answers = page.locator(f"[id^='f-{code}-answer-']")
    expect(answers.first).to_be_visible()
    for place in answers.all():
        place.fill("按县里台账填报。")
        place.blur()
        expect(page.locator("#saved")).to_contain_text("已保存")


def _eight_are_imported(office: Office, known: dict[str, Work]) -> None:
    chosen = [work for work in known.values() if work.county in IMPORTED]
    for work in chosen:
        if work.code.endswith(("-0001", "-0002")):
            say(work, cumulative="650", year="550")
    for county in IMPORTED[:3]:
        say(known[f"{county}-0003"], stage="在建", started="2024-09-18")
    say(known[f"{IMPORTED[0]}-0001"], stage="完工", completed="2024-09-20")
    page = office.at("jinzhong", "/import")
    import_list(page, SEPTEMBER, CITY, [work.row for work in chosen])
    expect(page.locator("h1")).to_contain_text("新登记 0 个")
    expect(page.locator("h1")).to_contain_text("记入月报 32 个")
    page = office.at("jinzhong", f"/month/{SEPTEMBER}/{CITY}")
    assert all("通过" in status(page, county) for county in IMPORTED)


def _one_is_late(office: Office, known: dict[str, Work]) -> None:
    office.at("sheng", MONTH_PAGE).get_by_role("button", name="截止填报").click()
    path = f"/return/{SEPTEMBER}/{LATE}"
    page = office.at("yushe", path)
    expect(page.locator("main")).to_contain_text("2024年9月已经截止填报，没有准许迟报。确需补报，请联系专班准许迟报。")
    expect(page.get_by_role("button", name="签发报送")).to_have_count(0)
    picture(page, "return-refused")
    task_force = office.at("jinzhong", f"/month/{SEPTEMBER}/{CITY}")
    task_force.get_by_text("准许一个县迟报").click()
    task_force.locator("#county").select_option(LATE)
    task_force.locator("#until").fill("2024-10-08")
    task_force.locator("details.permit #reason").first.fill("山洪冲断道路")
    picture(task_force, "month-permit")
    task_force.get_by_role("button", name="准许", exact=True).click()
    expect(task_force.locator(".months-state")).to_contain_text("2024-10-08")
    page.goto(path)
    begun = f"{LATE}-0003"
    typed(page, begun, "stage", "在建")
    typed(page, begun, "actual_start", "2024-09-25")
    expect(page.locator("#quiet")).to_have_text("其余 3 项本月无变化")
    page.locator("#quiet").click()
    expect(page.get_by_text("已把 3 项记为“本月无变化”")).to_be_visible()
    signed(page)
    expect(page.locator("main")).to_contain_text("迟报")
    task_force.goto(f"/review/{SEPTEMBER}/{LATE}")
    _accept_all(task_force)
    say(known[begun], stage="在建", started="2024-09-25")


def _the_task_force_reviews(office: Office, known: dict[str, Work]) -> None:
    page = office.at("jinzhong", REVIEW)
    expect(page.get_by_role("heading", level=1)).to_contain_text("待审 8 项")
    picture(page, "review-area")
    page.get_by_role("link", name=COUNTIES[CARRIED]).click()
    page.get_by_role("button", name="通过这 4 项").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("已通过 4 项")
    page.goto(f"/review/{SEPTEMBER}/{ROW_BY_ROW}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("待审 4 项")
    expect(page.locator("main")).to_contain_text("上月多报一笔，已核减。")
    doubted = f"{ROW_BY_ROW}-0001"
    row = page.locator(".review-rows li").filter(has_text=doubted)
    row.get_by_text("退回", exact=True).first.click()
    page.locator(f"#back-{doubted}-cumulative_investment").fill("超过总投资，疑多写一个 0，请核对。")
    picture(page, "review")
    row.get_by_role("button", name="退回").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("待审 3 项")
    _accept_all(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("没有待审的，已通过 3 项")
    _the_county_mends(office, doubted)
    say(known[doubted], cumulative="700")
    page.reload()
    _accept_all(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("已通过 4 项")
    picture(page, "review-done")


def _accept_all(page: Page) -> None:
    """Accept what waits in a county, one group of rows after the other."""
    while (button := page.get_by_role("button", name=re.compile("^通过这 ")).first).is_visible():
        before = page.get_by_role("heading", level=1).inner_text()
        button.click()
        expect(page.get_by_role("heading", level=1)).not_to_have_text(before)


def _the_county_mends(office: Office, code: str) -> None:
    page = office.at("taigu-tian", f"/return/{SEPTEMBER}/{ROW_BY_ROW}")
    picture(page, "return-sent-back")
    below = page.locator(f"#f-{code}-cumulative_investment-below")
    expect(below).to_contain_text("退回：超过总投资，疑多写一个 0，请核对。")
    typed(page, code, "cumulative_investment", "700")
    signed(office.at("taigu", f"/return/{SEPTEMBER}/{ROW_BY_ROW}"))


def _september_is_closed(office: Office) -> None:
    page = office.at("sheng", f"{MONTH_PAGE}/close")
    expect(page.locator("main")).to_contain_text("全部已报并通过，可以封账。")
    picture(page, "month-close")
    page.get_by_role("button", name="封账").click()
    expect(page.locator(".counted").first).to_contain_text("已封账")
    assert "迟报" in status(page, LATE)
    assert "按时" in status(page, CARRIED)
    picture(page, "month-closed")


def _figures_are_what_was_said(office: Office, month: str, known: dict[str, Work]) -> None:
    page = office.at("jinzhong", f"/overview/{month}/{CITY}")
    started, started_share = fraction(known, "在建", "完工")
    completed, completed_share = fraction(known, "完工")
    year = sum(Decimal(work.year) for work in known.values())
    shows(page, "开工率", started_share, f"{started} / {len(known)} 项")
    shows(page, "完工率", completed_share, f"{completed} / {len(known)} 项")
    planned = Decimal(1000 * len(known))
    share = (100 * year / planned).quantize(Decimal("0.1"), ROUND_HALF_UP)
    shows(page, "年度投资完成率", f"{share}%", f"{year / 10000:.2f} / {planned / 10000:.2f} 亿元")
    picture(page, f"overview-{month}")
    page.goto(f"/ranking/{month}/{CITY}?by=completion&group=county")
    for county in IMPORTED[:2]:
        own = {code: work for code, work in known.items() if work.county == county}
        row = page.locator("table tbody tr").filter(has_text=COUNTIES[county]).first
        expect(row).to_contain_text(f"{fraction(own, '完工')[0]} / {len(own)}")
    picture(page, f"ranking-{month}")


def _a_correction_stands_beside(office: Office, known: dict[str, Work]) -> None:
    work = known[f"{IMPORTED[1]}-0002"]
    frozen, now = (
        fraction(known, "完工"),
        fraction({**known, work.code: dataclasses.replace(work, stage="完工")}, "完工"),
    )
    page = office.at("jinzhong", f"/project/{work.code}?month={SEPTEMBER}")
    page.get_by_role("link", name="更正").click()
    page.locator("#field-stage").fill("完工")
    page.locator("#field-actual_completion").fill("2024-09-27")
    picture(page, "correct")
    # The browser itself asks for the reason; what it lets through, the server asks for.
    page.locator("form.form-wide").evaluate("form => form.noValidate = true")
    page.get_by_role("button", name="更正").click()
    expect(page.locator("main")).to_contain_text("请写明理由")
    expect(page.locator("#field-actual_completion")).to_have_value("2024-09-27")
    page.locator("#reason").fill("9月27日已通过完工验收，县里漏报。")
    page.get_by_role("button", name="更正").click()
    page.wait_for_url(f"**/project/{work.code}?month={SEPTEMBER}")
    expect(page.locator("#decisions ~ ol")).to_contain_text("9月27日已通过完工验收，县里漏报。")
    _figures_are_what_was_said(office, SEPTEMBER, known)
    page = office.at("jinzhong", f"/overview/{SEPTEMBER}/{CITY}")
    beside = page.locator(".corrected-figures tr").filter(has_text="完工率")
    expect(beside).to_contain_text(f"{frozen[0]} / {len(known)}")
    expect(beside).to_contain_text(f"{now[0]} / {len(known)}")
    picture(page, "overview-corrected")
    leading = office.at("sheng", MONTH_PAGE)
    leading.get_by_role("button", name="开放2024年10月").click()
    leading.wait_for_url(f"**/month/{OCTOBER}/{PROVINCE}")
    say(work, stage="完工", completed="2024-09-27")
    _figures_are_what_was_said(office, OCTOBER, known)


def _the_log_knows(office: Office) -> None:
    page = office.at("shenji", "/audit")
    expect(page.locator("main")).to_contain_text("sheng")
    picture(page, "audit")
