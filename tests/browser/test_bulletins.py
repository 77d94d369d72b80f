"""The words of a bulletin in Chromium: two people at once, figures that stay the ledger's, and no word that is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from playwright.sync_api import Browser, Page, expect

from tests.browser.driving import NARROW
from tests.browser.office import Office, picture, working
from tests.web.callers import with_people
from tests.web.papers import papers_ledger
from tests.web.returning import BEFORE
from tracker.ledger import password_hashing
from tracker.ledger.bulletins import WordingPlace, wordings_of
from tracker.ledger.opening import open_ledger

ROOM, WORDS = f"/bulletin/{BEFORE}/1407", f"/bulletin/{BEFORE}/1407/words"


def test_two_people_word_a_bulletin_and_nothing_is_lost(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(password_hashing, "_HASHER", PasswordHasher.from_parameters(CHEAPEST))
    directory = with_people(papers_ledger(tmp_path / "ledger"), "system", "city", "province")
    with working(browser, directory) as office:
        desk = _opened_from_the_room(office)
        phone = _opened_on_a_telephone(office)
        _figures_are_put_in_by_keyboard(desk)
        _what_was_left_is_still_there(desk)
        _figures_stay_the_ledgers(desk)
        _saved(desk)
        _a_lone_change_is_taken_back(desk)
        _conflict_is_settled(phone)
        _read_in_the_room(desk)
    ledger = open_ledger(directory)
    kept = wordings_of(ledger, WordingPlace("yihong", BEFORE, "140700"))
    assert {part: each.text for part, each in kept.items()} == {
        "title": "市里的标题",
        "section:next": "继续推进，已完工【已完工】项。",
        "section:problems": "省里写的问题。",
    }
    ledger.close()


def _opened_from_the_room(office: Office) -> Page:
    page = office.at("city", ROOM)
    picture(page, "bulletin-room")
    _fits(page)
    page.locator(".acts").get_by_role("link", name="核对文字").click()
    page.wait_for_url(f"**{WORDS}")
    picture(page, "bulletin-words")
    _fits(page)
    return page


def _opened_on_a_telephone(office: Office) -> Page:
    office.machine("province", NARROW)
    page = office.at("province", WORDS)
    _fits(page)
    return page


def _fits(page: Page) -> None:
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")


def _figures_are_put_in_by_keyboard(page: Page) -> None:
    """Write a sentence and put a figure into it without the mouse; what will be printed follows."""
    words, shown = page.locator("#part-next"), page.locator("#part-next-shown")
    words.focus()
    page.keyboard.press("Control+A")
    page.keyboard.type("继续推进，已完工【")
    page.get_by_role("button", name="【已完工】", exact=True).focus()
    page.keyboard.press("Enter")
    expect(words).to_be_focused()
    page.keyboard.type("项。")
    expect(words).to_have_value("继续推进，已完工【已完工】项。")
    expect(shown).to_have_text("继续推进，已完工0项。")
    expect(page.locator("#said")).to_have_text("有 1 处没有保存。")


def _what_was_left_is_still_there(page: Page) -> None:
    """Leave the page without saving: the browser asks first, and what was typed is there again afterwards."""
    asked: list[str] = []

    def leave(dialog: object) -> None:
        asked.append(getattr(dialog, "type", ""))
        getattr(dialog, "accept")()  # noqa: B009

    page.once("dialog", leave)
    page.get_by_role("link", name="看通报全文").click()
    page.wait_for_url(f"**{ROOM}")
    assert asked == ["beforeunload"]
    page.goto(WORDS)
    expect(page.locator("#part-next")).to_have_value("继续推进，已完工【已完工】项。")
    expect(page.locator("#said")).to_contain_text("已放回")


def _figures_stay_the_ledgers(page: Page) -> None:
    """A figure that is typed by hand, or a mark that is tampered with, is not saved; all that was typed stays."""
    total = page.locator("#part-total")
    before = total.input_value()
    total.fill("已开工 99 项，已完工【已完工=99】项。")
    expect(page.locator("#part-total-shown .figure-unknown")).to_have_text("【已完工=99】")
    page.locator("#part-title").fill("市里的标题")
    page.locator(".return-bar").get_by_role("button", name="保存").click()
    expect(page.locator(".notice-red")).to_contain_text("没有保存：有 1 处要改，1 处数字要核实")
    expect(page.locator("#part-total-ask")).to_contain_text("写了“99 项”")
    expect(page.locator("#part-total-fault")).to_contain_text("没有【已完工=99】这个数字标记")
    expect(total).to_have_value("已开工 99 项，已完工【已完工=99】项。")
    expect(page.locator("#part-next")).to_have_value("继续推进，已完工【已完工】项。")
    picture(page, "bulletin-words-faults")
    page.get_by_role("button", name="恢复原来的文字：一、总体进展").click()
    expect(total).to_have_value(before)
    expect(page.locator("#part-title")).to_have_value("市里的标题")


def _saved(page: Page) -> None:
    page.locator(".return-bar").get_by_role("button", name="保存").click()
    expect(page.locator(".notice").first).to_contain_text("已保存：标题、六、下一步工作要求。")
    picture(page, "bulletin-words-saved")


def _a_lone_change_is_taken_back(page: Page) -> None:
    """Type after saving, open the page again, and take the only change back: what was left does not return."""
    total = page.locator("#part-total")
    before = total.input_value()
    total.fill("改了一半")
    page.once("dialog", lambda dialog: dialog.accept())
    page.reload()
    expect(total).to_have_value("改了一半")
    page.get_by_role("button", name="看填好的样子").click()
    page.get_by_role("button", name="恢复原来的文字：一、总体进展").click()
    expect(page.locator(".notice").first).to_contain_text("与已保存的相同")
    expect(total).to_have_value(before)
    expect(page.locator("#said")).to_have_text("")


def _conflict_is_settled(page: Page) -> None:
    """Save over what somebody saved meanwhile, from a telephone: both texts stand there, and each is chosen by hand."""
    page.locator("#part-title").fill("省里的标题")
    page.locator("#part-problems").fill("省里写的问题。")
    page.locator(".return-bar").get_by_role("button", name="保存").click()
    expect(page.locator(".notice-red")).to_contain_text("1 处在您打开以后别人改过")
    expect(page.locator(".clash")).to_contain_text("市里的标题")
    expect(page.locator(".clash")).to_contain_text("city 测试员")
    expect(page.locator("#part-title")).to_have_value("省里的标题")
    picture(page, "bulletin-words-conflict")
    _fits(page)
    page.get_by_role("button", name="用现在的").click()
    expect(page.locator("#part-title")).to_have_value("市里的标题")
    expect(page.locator("#part-problems")).to_have_value("省里写的问题。")
    page.locator(".return-bar").get_by_role("button", name="保存").click()
    expect(page.locator(".notice").first).to_contain_text("已保存：五、存在问题。")


def _read_in_the_room(page: Page) -> None:
    page.goto(ROOM)
    text = page.locator(".bulletin-text")
    for words in ("市里的标题", "继续推进，已完工0项。", "省里写的问题。"):
        expect(text).to_contain_text(words)
    expect(page.locator(".acts .button-primary")).to_have_text("印发")
    picture(page, "bulletin-room-worded")
    page.locator("a.figure-in-text[title='项目数']").click()
    expect(page.locator("h1")).to_contain_text("4 项工程")
