"""The room of bulletins and the page of their words: what each state shows whom, and that no word is lost."""

from __future__ import annotations

import datetime
import html as escaping
import re
import shutil
from decimal import Decimal
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from argon2.profiles import CHEAPEST
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.builders import YIHONG, area, page, two_programmes_ledger
from tests.web.callers import caller, text_of, with_people
from tests.web.papers import papers_ledger
from tests.web.returning import BEFORE, COUNTY, MONTH, code, hidden
from tracker.exchange.bulletins.composing import composed, issue_order, sealed
from tracker.exchange.paper.printer import Printed
from tracker.exchange.tables.asking import Asked
from tracker.ledger import password_hashing
from tracker.ledger.bulletins import WordingPlace, bulletins_of, issue, save_wordings
from tracker.ledger.opening import open_ledger
from tracker.ledger.projects import correct
from tracker.ledger.writing import writing
from tracker.model.months import shift_month
from tracker.web.bulletin_parts import difference_of
from tracker.web.bulletin_text import grouped_figures
from tracker.web.site import create_site

ROOM, WORDS = f"/bulletin/{BEFORE}/1407", f"/bulletin/{BEFORE}/1407/words"
NUMBER, PROVINCIAL = "晋中专班通报〔2024〕8号", "山西专班通报〔2024〕3号"
TOTAL = "section:total"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password_hashing, "_HASHER", PasswordHasher.from_parameters(CHEAPEST))
        directory = papers_ledger(tmp_path_factory.mktemp("bulletins") / "ledger")
        return with_people(directory, "system", "province", "city", "reader", "lead")


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_hashing, "_HASHER", PasswordHasher.from_parameters(CHEAPEST))


def issued(directory: Path, number: str, code: str = "140700", corrects: str = "") -> int:
    """Issue August's bulletin of an area, printed as a few bytes; gives the number of its record."""
    ledger = open_ledger(directory)
    try:
        place = area(ledger, code)
        old = next((each for each in bulletins_of(ledger, YIHONG.key) if each.number == corrects), None)
        draft = composed(
            Asked(ledger, YIHONG, BEFORE, place), number=number, signed_on=datetime.date(2024, 9, 12), corrects=old
        )
        order = issue_order(sealed(draft.bulletin), place, Printed(number.encode(), 7), "投资数有误" if old else "")
        with writing(ledger, number, "市专班 测试员") as writes:
            return issue(writes, YIHONG.key, place, order)
    finally:
        ledger.close()


def fields_of(html: str) -> dict[str, str]:
    """Give what the form of words holds, as a browser sends it; ticks that are not set stay out."""
    form = html[html.index('<form id="words"') :]
    found = hidden(form)
    found |= dict(re.findall(r'<input type="text"[^>]* name="([^"]+)" value="([^"]*)"', form))
    found |= dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>\n(.*?)</textarea>', form, re.DOTALL))
    return {name: escaping.unescape(text) for name, text in found.items()}


def saved(client: FlaskClient, opened: dict[str, str], do: str = "save", **typed: str) -> TestResponse:
    """Send the form as it was opened, with what was typed since: `title=…`, `total=…` for a section."""
    words = {f"text:{part if part == 'title' else f'section:{part}'}": text for part, text in typed.items()}
    return client.post(WORDS, data={**opened, **words, "do": do})


def opened_by(client: FlaskClient) -> dict[str, str]:
    return fields_of(text_of(client.get(WORDS)))


def acts(html: str) -> list[tuple[str, bool]]:
    """Give the buttons at the head of a page: their words, and whether one is primary."""
    head = html[html.index('class="page-head"') : html.index('class="counted"')]
    found = re.findall(r'<a class="button( button-primary)?" href="[^"]*">([^<]+)</a>', head)
    return [(words, bool(primary)) for primary, words in found]


def step_now(html: str) -> str:
    found = re.search(r'aria-current="step">\s*<span class="bulletin-step-word">(?:<a [^>]*>)?([^<]+)', html)
    return found[1] if found else ""


def test_the_room_leads_each_role_to_the_next_step(county: Path) -> None:
    city, reader = caller(county, "city"), caller(county, "reader")
    still_open = text_of(city.get(f"/bulletin/{MONTH}/1407"))
    assert "本月尚未封账" in page(city, f"/bulletin/{MONTH}/1407").heading
    assert (acts(still_open), step_now(still_open)) == ([("改文字", True)], "封账")
    assert "封账以后才能印发" in still_open
    # A city sees how far the month is; the province's task force closes it.
    assert f'href="/month/{MONTH}/1407"' in still_open
    assert f'href="/month/{MONTH}/14/close"' in text_of(caller(county, "province").get(f"/bulletin/{MONTH}/1407"))

    closed = text_of(city.get(ROOM))
    assert page(city, ROOM).heading == "晋中市2024年8月通报：草稿，未印发"
    assert (acts(closed), step_now(closed)) == ([("印发", False), ("核对文字", True)], "文字")
    seen = text_of(reader.get(ROOM))
    assert acts(seen) == [("草稿 PDF", True)]
    assert "/words" not in seen
    assert "/issue" not in seen

    assert saved(city, opened_by(city), title="关于八月进展的通报").status_code == 303
    worded = text_of(city.get(ROOM))
    assert (acts(worded), step_now(worded)) == ([("改文字", False), ("印发", True)], "印发")
    assert "改了 1 处" in worded
    assert "关于八月进展的通报" in worded

    sequence = issued(county, NUMBER)
    for client, expected in ((city, [("更正", False), ("打开 PDF", True)]), (reader, [("打开 PDF", True)])):
        done = text_of(client.get(ROOM))
        assert (acts(done), step_now(done)) == (expected, "")
        assert f'href="/bulletin/file/{sequence}.pdf"' in done
    assert page(city, ROOM).heading == f"晋中市2024年8月通报：已印发，{NUMBER}"


def test_the_navigation_leads_to_the_room_and_the_room_to_the_tables_and_back(county: Path) -> None:
    client = caller(county, "reader")
    assert page(client, f"/overview/{BEFORE}/1407").link_named("通报") == ROOM
    tables = page(client, ROOM).link_named("报表")
    assert tables == f"/tables/{BEFORE}/1407"
    assert page(client, tables).link_named("回通报") == ROOM
    assert client.get(f"/go?room=bulletin&month={BEFORE}&area=1407").headers["Location"] == ROOM
    assert client.get(f"/go?room=tables&month={BEFORE}&area=1407").headers["Location"] == tables


def test_every_figure_of_the_text_leads_to_what_it_is_counted_from(county: Path) -> None:
    client = caller(county, "reader")
    html = text_of(client.get(ROOM))
    found = re.findall(r'<a class="figure-in-text" href="([^"]+)" title="([^"]+)">([^<]+)</a>', html)
    shown = {mark: (escaping.unescape(address), text) for address, mark, text in found}
    assert shown["项目数"] == (f"/projects/{BEFORE}/1407/projects", "4")
    assert shown["已开工"] == (f"/projects/{BEFORE}/1407/started", "3")
    assert shown["开工率"][0] == f"/ranking/{BEFORE}/1407?by=start"
    assert [shown[mark][1] for mark in ("总投资", "累计完成投资")] == ["9000.00万元", "1503.00万元"]
    assert "合计 4 项 9000.00 1503.00" in page(client, shown["累计完成投资"][0]).text
    city = caller(county, "city")
    looked = text_of(saved(city, opened_by(city), "look", total="【本年完成投资】"))
    assert f'href="/ranking/{BEFORE}/1407?by=investment" title="本年完成投资"' in looked
    assert len(shown) > 10
    for address in sorted({address for address, _ in shown.values()}):
        assert client.get(address).status_code == 200, address
    assert "4 项工程" in page(client, shown["项目数"][0]).heading
    annexes = html[html.index('class="bulletin-annexes"') :]
    for table in ("?by=category#summary", "#dispatch"):
        assert f'href="/tables/{BEFORE}/1407{table}"' in annexes


def test_what_was_issued_is_shown_as_it_was_issued(county: Path) -> None:
    city = caller(county, "city")
    saved(city, opened_by(city), title="关于八月进展的通报")
    first = issued(county, NUMBER)
    assert city.get(WORDS).headers["Location"] == ROOM
    late = saved(city, {**opened_by_correction(city), "text:title": "后来的标题"})
    assert late.status_code == 409
    assert "印发后不再改动" in text_of(late)
    assert 'value="后来的标题"' in text_of(late)
    second = issued(county, "晋中专班通报〔2024〕9号", corrects=NUMBER)
    issued(county, PROVINCIAL, "140000")
    html = text_of(city.get(ROOM))
    assert "关于八月进展的通报" in html
    assert re.search(r"<dt>更正通报</dt><dd>晋中专班通报〔2024〕9号</dd>", html)
    assert re.search(rf"<dt>更正的是</dt><dd>{NUMBER}，投资数有误</dd>", html)
    assert len(re.findall(r'<code class="digest">[0-9a-f]{64}</code>', html)) == 2
    assert f"/bulletin/file/{first}.pdf" in html
    assert f"/bulletin/file/{second}.pdf" in html
    assert html.count('href="/check?number=') == 3
    # A county finds what the areas above it issued, another month what was issued before.
    below = text_of(caller(county, "lead").get(f"/bulletin/{BEFORE}/{COUNTY}"))
    assert re.search(rf"{PROVINCIAL}</a> <span class=\"muted\">山西省", below)
    assert re.search(rf"{NUMBER}</a> <span class=\"muted\">晋中市", below)
    assert '发到榆次区的通报：<a href="/bulletin/file/' in below
    later = page(city, f"/bulletin/{MONTH}/1407")
    assert later.link_named("2024年8月") == ROOM
    # A file that is gone costs the text, not the page.
    shutil.rmtree(county / "bulletins")
    broken = text_of(city.get(ROOM))
    assert "文件不见了或已损坏" in broken
    assert "全文暂时读不出" in broken


def opened_by_correction(client: FlaskClient) -> dict[str, str]:
    return fields_of(text_of(client.get(f"{WORDS}?corrects={NUMBER}")))


def test_a_correction_is_worded_on_the_same_page(county: Path) -> None:
    city = caller(county, "city")
    assert city.get(f"{WORDS}?corrects={NUMBER}").status_code == 404
    issued(county, NUMBER)
    opened = opened_by_correction(city)
    assert NUMBER in opened["text:section:reason"]
    address = f"{WORDS}?corrects={NUMBER}"
    sent = city.post(address, data={**opened, "text:section:reason": "附件写错了。"})
    assert sent.status_code == 303
    assert "已保存：一、更正事由" in text_of(city.get(sent.headers["Location"]))
    draft = text_of(city.get(f"{ROOM}?corrects={NUMBER}"))
    assert "附件写错了。" in draft
    assert acts(draft) == [("改文字", False), ("印发", True)]
    # The month's own bulletin and its words stay as they are.
    assert "更正通报草稿" in text_of(city.get(ROOM))
    assert "附件写错了。" not in text_of(city.get(ROOM))


def test_nothing_to_tell_is_said(county: Path, tmp_path: Path) -> None:
    city = caller(county, "city")
    nothing = page(city, f"/bulletin/{BEFORE}/140721")
    assert "没有项目，没有通报" in nothing.heading
    assert nothing.link_named("看晋中市的通报") == ROOM
    # Nor can it be worded or issued by its address.
    for beside in ("words", "issue"):
        assert city.get(f"/bulletin/{BEFORE}/140721/{beside}").headers["Location"] == f"/bulletin/{BEFORE}/140721"
    assert "还没有印发" in page(city, ROOM).text
    assert "没有印发过其他月份的通报" in page(city, ROOM).text
    assert "没有数据" in page(city, f"/bulletin/{shift_month(BEFORE, -1)}/1407").heading
    later = page(city, f"/bulletin/{shift_month(MONTH, 2)}/1407")
    assert later.heading.endswith("草稿，本月没有开放填报")
    directory = two_programmes_ledger(tmp_path / "several")
    client = create_site(directory).test_client()
    assert "programme=other" in text_of(client.get(f"/bulletin/{BEFORE}/1407?programme=other"))


def test_words_are_saved_part_by_part_and_taken_back(county: Path) -> None:
    city = caller(county, "city")
    opened = opened_by(city)
    answer = saved(city, opened, total="至月底，【已开工】项已开工。")
    assert answer.status_code == 303
    html = text_of(city.get(answer.headers["Location"]))
    assert "已保存：一、总体进展。" in html
    assert "改了 1 处" in html
    assert re.search(r"city 测试员 \d{4}-\d\d-\d\d \d\d:\d\d\s+保存", html)
    assert re.search(r"至月底，<a [^>]*>3</a>项已开工。", html)
    assert "<ins>至月底，【已开工】项已开工。</ins>" in html
    again = opened_by(city)
    assert "没有改动" in text_of(city.get(saved(city, again).headers["Location"]))
    # The program's own words come back into the field first, and stand once they are saved.
    back = fields_of(text_of(saved(city, again, do=f"default|{TOTAL}", title="另一个标题")))
    assert (back[f"text:{TOTAL}"], back["text:title"]) == (opened[f"text:{TOTAL}"], "另一个标题")
    assert {**opened_by(city), "csrf_token": again["csrf_token"]} == again
    saved(city, back, title=again["text:title"])
    assert "恢复原来的文字" in text_of(city.get(WORDS))
    assert "与程序写的相同" in text_of(city.get(WORDS))


def test_figures_typed_by_hand_are_asked_about_and_unknown_marks_refused(county: Path) -> None:
    city = caller(county, "city")
    opened = opened_by(city)
    typed = "已开工 41 项，见【已开公】。"
    answer = saved(city, opened, total=typed, title="<b>标题</b>")
    html = text_of(answer)
    assert answer.status_code == 422
    assert "没有保存：有 1 处要改，1 处数字要核实" in html
    assert "是不是【已开工】" in html
    assert "写了“41 项”" in html
    kept = fields_of(html)
    assert (kept[f"text:{TOTAL}"], kept["text:title"]) == (typed, "<b>标题</b>")
    assert "<b>标题" not in html
    # A tick answers for the figures that it names, for no other.
    sure = {f"sure:{TOTAL}": "41 项"}
    other = saved(city, kept | sure, total="已开工 42 项。")
    assert other.status_code == 422
    assert "写了“42 项”" in text_of(other)
    assert saved(city, kept | sure, total="已开工 41 项。").status_code == 303
    # What was answered for is not asked about again.
    assert saved(city, opened_by(city), total="全市已开工 41 项。").status_code == 303
    looked = saved(city, opened_by(city), do="look", total="只看看【已完工】。")
    assert "有 1 处还没有保存" in text_of(looked)
    assert "全市已开工 41 项。" in opened_by(city)[f"text:{TOTAL}"]


def test_two_people_on_one_part_lose_nothing(county: Path) -> None:
    city, province = caller(county, "city"), caller(county, "province")
    first, second = opened_by(city), opened_by(province)
    assert saved(province, second, title="省里的标题").status_code == 303
    # Another part of the same page gets in no one's way.
    assert saved(city, first, next="市里的要求。").status_code == 303
    answer = saved(city, first, title="市里的标题", problems="市里写的问题。")
    html = text_of(answer)
    assert answer.status_code == 409
    shown = dict(re.findall(r"<dt>(您打开时|现在|您填的)</dt><dd>([^<]*)</dd>", html))
    assert shown == {"您打开时": first["text:title"], "现在": "省里的标题", "您填的": "市里的标题"}
    assert "province 测试员" in html
    kept = fields_of(html)
    assert (kept["text:title"], kept["text:section:problems"]) == ("市里的标题", "市里写的问题。")
    assert kept["text:section:next"] == "市里的要求。"
    assert opened_by(province)["text:title"] == "省里的标题"
    theirs = fields_of(text_of(saved(city, kept, do="standing|title")))
    assert (theirs["text:title"], theirs["text:section:problems"]) == ("省里的标题", "市里写的问题。")
    assert saved(city, kept).status_code == 303
    assert opened_by(province)["text:title"] == "市里的标题"
    assert opened_by(province)["text:section:problems"] == "市里写的问题。"


def test_a_form_that_says_little_or_nonsense_changes_nothing(county: Path) -> None:
    city = caller(county, "city")
    before = opened_by(city)
    token = {"csrf_token": before["csrf_token"]}
    for data in ({}, {"text:gone": "x", "seen:title": "x"}, {"do": "default|gone"}, {"seen:title": "9" * 40}):
        assert city.post(WORDS, data=token | data).status_code in (200, 303)
    assert {**opened_by(city), **token} == before
    long = saved(city, before, next="长" * 6001)
    assert long.status_code == 422
    assert "最多 6000 个字" in text_of(long)
    assert fields_of(text_of(long))["text:section:next"] == "长" * 6001


def test_a_correction_is_asked_for_where_nothing_issued_tells_of_it(county: Path) -> None:
    city, untold = caller(county, "city"), "项印发的通报没有写到"

    def corrected(number: int) -> None:
        ledger = open_ledger(county)
        with writing(ledger, f"correct:{number}", "专班") as writes:
            correct(writes, YIHONG, code(number), BEFORE, {"total_investment": Decimal(100)}, (), "填报有误")
        ledger.close()

    corrected(1)
    issued(county, NUMBER)
    # The bulletin says itself what was corrected before it was issued.
    assert untold not in text_of(city.get(ROOM))
    corrected(2)
    assert f"有 1 {untold}" in text_of(city.get(ROOM))
    assert untold not in text_of(caller(county, "reader").get(ROOM))
    later = issued(county, "晋中专班通报〔2024〕9号", corrects=NUMBER)
    told = text_of(caller(county, "reader").get(ROOM))
    assert untold not in text_of(city.get(ROOM))
    assert f'这份通报已有更正通报：<a href="/bulletin/file/{later}.pdf">晋中专班通报〔2024〕9号</a>。' in told
    # Who has just issued a correction opens that, not what it corrects.
    assert f'<a href="/bulletin/file/{later}.pdf">打开 ' in text_of(city.get(f"{ROOM}?issued={later}"))


def test_words_that_a_later_correction_made_wrong_are_mended_before_they_are_issued(county: Path) -> None:
    ledger = open_ledger(county)
    place = WordingPlace(YIHONG.key, BEFORE, "140700")
    save_wordings(ledger, place, {TOTAL: "见【更正后已开工】。"}, {}, "市专班 测试员")
    ledger.close()
    city = caller(county, "city")
    room = text_of(city.get(ROOM))
    assert acts(room) == [("核对文字", True)]
    assert "有 1 处要改，改好才能印发" in room
    assert '<span class="figure-unknown">【更正后已开工】</span>' in room
    opened = opened_by(city)
    assert "没有【更正后已开工】这个数字标记" in text_of(city.get(WORDS))
    # Words beside can be saved all the same.
    assert saved(city, opened, title="另一个标题").status_code == 303


def test_figures_are_found_in_their_groups_whatever_a_category_is_called() -> None:
    figures = dict.fromkeys(
        ("已开工", "问题整治·已开工", "开工率排名·县", "附件·项目", "比较月", "问题名单", "年度"), "1"
    )
    grouped = {title: [mark for mark, _ in marks] for title, marks in grouped_figures(figures)}
    assert grouped == {
        "项目数和比率": ["已开工"], "分类进展": ["问题整治·已开工"], "排名": ["开工率排名·县"], "附件": ["附件·项目"],
        "与上次相比": ["比较月"], "问题和报送": ["问题名单"], "日期和其他": ["年度"],
    }  # fmt: skip


def test_a_difference_is_told_sentence_by_sentence() -> None:
    assert difference_of("甲。乙。丙。", "甲。丁。丙。") == [
        ("", "甲。"),
        ("del", "乙。"),
        ("ins", "丁。"),
        ("", "丙。"),
    ]
    assert difference_of("", "甲\n") == [("ins", "甲\n")]
