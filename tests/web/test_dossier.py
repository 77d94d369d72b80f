"""The dossier: every figure as its file has it, what changed and who says so, and whether the file agrees."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from tests.web.builders import PHONE, YIHONG
from tests.web.dossier_stories import BARE, ENDED, HOSTILE, LONG, MARKUP, MONTHS, NOW, SPLIT, report, story_ledger
from tests.web.reading_pages import ReadPage, read_page
from tests.web.test_overview import area
from tracker.ledger.dossiers import build_dossier, dossier_path
from tracker.ledger.handle import Ledger
from tracker.ledger.histories import history_of
from tracker.ledger.opening import open_ledger
from tracker.ledger.reading import reading
from tracker.ledger.standings import listing
from tracker.ledger.writing import writing
from tracker.model.fields import FIELD
from tracker.model.folding import elapsed_share, progress_share
from tracker.model.stages import Stage
from tracker.web.site import create_site
from tracker.web.wording import percent


@pytest.fixture(scope="module")
def stories(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return story_ledger(tmp_path_factory.mktemp("dossier") / "ledger")


@pytest.fixture
def browser(stories: Path) -> FlaskClient:
    return create_site(stories).test_client()


@pytest.fixture
def told(stories: Path) -> Iterator[Ledger]:
    with reading(stories) as opened:
        yield opened


@pytest.fixture
def own(stories: Path, tmp_path: Path) -> Path:
    """The same ledger, for a test that changes something."""
    shutil.copytree(stories, tmp_path / "ledger")
    return tmp_path / "ledger"


def html_of(client: FlaskClient, code: str, month: str | None = None) -> str:
    response = client.get(f"/project/{code}" + (f"?month={month}" if month else ""))
    assert response.status_code == 200
    return response.get_data(as_text=True)


def page(client: FlaskClient, code: str, month: str | None = None) -> ReadPage:
    return read_page(html_of(client, code, month))


def month_rows(read: ReadPage) -> dict[str, list[str]]:
    return {row[0]: row for row in read.rows if re.fullmatch(r"\d{4}年\d+月", row[0]) and len(row) == 9}


def facts(html: str) -> dict[str, str]:
    """Give what the page lists as facts, by their titles, without what corrections replaced."""
    html = re.sub(r'<dl class="facts replaced">.*?</dl>', "", html, flags=re.DOTALL)
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", html, re.DOTALL)
    return {title: re.sub(r"<[^>]+>", "", value) for title, value in pairs}


def file_of(client: FlaskClient, code: str) -> dict[str, Any]:
    found: dict[str, Any] = client.get(f"/project/{code}/file").get_json()
    return found


@pytest.mark.parametrize("code", [LONG, ENDED, BARE, SPLIT])
def test_every_fact_is_what_the_file_says(browser: FlaskClient, code: str) -> None:
    now, html = file_of(browser, code)["now"], html_of(browser, code)
    shown = facts(html)
    elsewhere = {FIELD[name].title for name in ("planned_start", "actual_start", "planned_completion",
                                                "actual_completion", "name", "stage", "county", "phone")}  # fmt: skip
    held = {title: value for title, value in now.items() if title not in {*elsewhere, "填报月"}}
    assert {title: shown.get(title) for title in held} == held
    assert now["项目名称"] in read_page(html).heading
    assert now.get("建设阶段", "阶段未填") in read_page(html).heading


def test_the_key_dates_and_sums_are_what_the_file_says(browser: FlaskClient) -> None:
    now, read = file_of(browser, LONG)["now"], page(browser, LONG)
    assert ["开工", now["计划开工时间"], now["实际开工时间"]] in read.rows
    assert ["完工", now["计划完工时间"], "—"] in read.rows
    links = dict(reversed(link) for link in read.links)
    assert links[f"{now['累计完成投资（万元）']} / {now['总投资（万元）']} 万元"] == "#months"
    assert f"/ {now['年度计划投资（万元）']} 万元" in read.text


def test_every_month_says_what_its_state_holds(browser: FlaskClient, told: Ledger) -> None:
    rows = month_rows(page(browser, LONG))
    history = history_of(told, YIHONG, LONG)
    assert len(rows) == len(history.states) == len(MONTHS)
    for state in history.states:
        year, month = state.month.split("-")
        row = rows[f"{year}年{int(month)}月"]
        said = state.values.get("cumulative_investment")
        assert row[3] == ("—" if said is None else f"{said:.2f}")
        assert row[6] == percent(progress_share(state.values, state.started, state.completed), 1)
        reports = history.reports_of(state.month)
        assert row[8].startswith("榆次区 测试员" if reports else "未报送")


def test_a_month_says_what_it_changed_or_that_nothing_did(browser: FlaskClient) -> None:
    html = html_of(browser, LONG)
    rows = month_rows(read_page(html))
    assert rows["2024年8月"][7] == "与上月相同"
    assert rows["2024年6月"][7:] == ["与上月相同", "未报送"]
    assert "总投资 +280.50" in rows["2024年2月"][7]
    assert rows["2024年2月"][7].startswith("更正")
    assert "完成主体工程的 60%。" in rows["2024年3月"][7]
    assert rows["2023年3月"][7].startswith("新列入清单")
    marked = re.findall(r'<td class="[^"]*month-cumulative changed"[^>]*>([^<]*)', html)
    assert marked == [f"{150 * number:.2f}" for number in range(10, 0, -1)]


def test_long_histories_fold_earlier_years_up_and_short_ones_do_not(browser: FlaskClient) -> None:
    html = html_of(browser, LONG)
    assert html.count('<details class="months-year">') == 1
    assert "2023年 10 个月；年末在建，累计完成 1050.00 万元" in read_page(html).text
    # In the first months of a year the year before stays in sight.
    assert "months-year" not in html_of(browser, LONG, "2024-02")
    assert "months-year" not in html_of(browser, LONG, "2023-12")
    assert len(month_rows(page(browser, LONG, "2023-12"))) == 10


def test_problems_stand_with_their_months_their_owner_and_their_limit(browser: FlaskClient) -> None:
    text = page(browser, LONG).text
    assert "2 个，未解决 1 个" in text
    assert "未解决 2024年5月起 · 责任单位 市财政局 · 时限 2024-06-30 · ■ 已逾期 2 个月 资金缺口 200 万元" in text
    gone = "已不再列出 2023年7月—2023年9月 · 责任单位 市自然资源局 · 时限 2023年8月 · ■ 期满之后才解决"
    assert gone in text
    assert text.index("资金缺口") < text.index(gone)
    assert "时限 2024-06-30 · ■ 本月到期" in page(browser, LONG, "2024-06").text
    earlier = page(browser, LONG, "2024-05").text
    assert "时限 2024-06-30 资金缺口" in earlier
    assert "没有报过问题" in page(browser, BARE).text


def test_corrections_say_what_stood_before_who_changed_it_and_why(browser: FlaskClient) -> None:
    html = html_of(browser, LONG)
    text = read_page(html).text
    assert "2024年2月 · 更正 市专班 测试员" in text
    assert "理由：初设批复调整概算" in text
    assert "总投资（万元）原为3000.00 → 改为3280.50" in text
    assert "计划开工时间原为2023年4月 → 改为2023-04-20" in text
    assert "建设规模及内容原为新建人工湿地 300 亩。 → 改为清空" in text
    assert "联系电话原为尾号 1234 → 改为尾号 5678" in text
    assert "项目名称原为汾河谷地湿地修复工程 → 改为汾河谷地湿地保护与修复工程" in text
    assert "更正与变更 1 次" in page(browser, LONG, "2024-01").text
    assert "没有更正过" in page(browser, BARE).text


def test_moved_and_terminated_projects_keep_their_dossier(browser: FlaskClient) -> None:
    read = page(browser, ENDED)
    assert "县（市、区）原为榆次区 → 改为太谷区" in read.text
    assert "建设阶段原为在建 → 改为终止" in read.text
    assert "已经终止" in read.text
    assert ("/list/2024-08/140703", "太谷区清单") in read.links
    assert month_rows(read)["2024年8月"][2] == "—"
    # The file stays under the county of registration.
    assert f"dossiers/140702/{ENDED}.json" in read.text
    earlier = page(browser, ENDED, "2023-08")
    assert "原为榆次区" not in earlier.text
    assert "已经终止" not in earlier.text


def test_a_split_project_leads_to_its_parts(browser: FlaskClient) -> None:
    read = page(browser, SPLIT)
    parts = [(address, words) for address, words in read.links if words.startswith("潇河")]
    assert [words for _, words in parts] == ["潇河上段修复工程（140702-0006）", "潇河下段修复工程（140702-0007）"]
    for address, _ in parts:
        assert f"拆分自：{SPLIT}" in read_page(browser.get(address).get_data(as_text=True)).text


def test_what_was_taken_back_is_shown_with_what_took_it_back(own: Path) -> None:
    ledger = open_ledger(own)
    number = next(it for it in history_of(ledger, YIHONG, LONG).records if it.head["kind"] == "correction").sequence
    with writing(ledger, "back", "省专班 测试员") as writes:
        writes.withdraw(YIHONG.key, LONG, "2024-02", number, imported_by=number, reason="概算仍在审")
    later = history_of(ledger, YIHONG, LONG).records[-1].sequence
    ledger.close()
    client = create_site(own).test_client()
    text = page(client, LONG).text
    assert f"撤销第 {number} 号记录（2024年2月更正）" in text
    assert f"已由第 {later} 号记录撤销，不再计入" in text
    assert "理由：概算仍在审" in text
    assert facts(html_of(client, LONG))["总投资（万元）"] == "3000.00"


def test_the_timeline_tells_its_dates_and_what_is_late(browser: FlaskClient) -> None:
    html = html_of(browser, LONG)
    description = re.search(r'<desc id="course-wide-desc">(.*?)</desc>', html)
    assert description is not None
    assert description.group(1) == (
        "截至2024年8月末：计划 2023-04-20 — 2024年第1季度；实际 2023年6月 — 至今；"
        "晚开工 2 个月；未完工，已逾期 5 个月；总投资 3280.50 万元；累计完成 1500.00 万元。"
    )
    assert html.count('class="timeline-over"') == 2
    read = read_page(html)
    assert ["实际完工", "—"] in read.rows
    assert ["更名", "2023年8月"] in read.rows
    assert ["2024年1月末累计完成投资", "1200.00 万元"] in read.rows
    assert "timeline-over" not in html_of(browser, LONG, "2024-03")


def test_a_project_without_dates_has_a_sentence_instead_of_a_picture(browser: FlaskClient) -> None:
    html = html_of(browser, BARE)
    assert "画不出时间轴" in html
    assert "<figure" not in html


def test_progress_stands_against_the_time_that_has_passed(browser: FlaskClient, told: Ledger) -> None:
    state = history_of(told, YIHONG, LONG).until("2024-01")[-1]
    share, elapsed = progress_share(state.values, True, False), elapsed_share(state.values, "2024-01")
    text = page(browser, LONG, "2024-01").text
    assert f"完成进度 {percent(share, 1)} 序时进度 {percent(elapsed, 1)} 落后 43.3 个百分点；按累计完成占总投资" in text
    assert "无法与序时进度比较" in page(browser, BARE).text


def test_a_year_s_sums_are_left_out_where_another_year_stands_in(browser: FlaskClient) -> None:
    read = page(browser, LONG, "2025-03")
    assert "2025年3月还没有开放填报" in read.text
    assert "— / — 万元" in read.text
    assert "本月未报送" in read.text


def test_the_way_leads_through_the_countys_list_by_code(browser: FlaskClient, told: Ledger) -> None:
    codes = [project.code for project in listing(told, YIHONG, NOW, area(told, "140702"))]
    walked, at = [codes[0]], codes[0]
    while following := re.search(r'href="/project/([^?"]+)[^"]*" rel="next"', html_of(browser, at)):
        at = following.group(1)
        walked.append(at)
    assert walked == codes
    back = re.search(r'href="/project/([^?"]+)[^"]*" rel="prev"', html_of(browser, at))
    assert back is not None
    assert back.group(1) == codes[-2]
    assert 'rel="prev"' not in html_of(browser, codes[0])


def test_the_file_is_given_with_the_bytes_it_should_have(browser: FlaskClient, told: Ledger) -> None:
    response = browser.get(f"/project/{LONG}/file")
    assert response.mimetype == "application/json"
    assert response.headers["Content-Disposition"] == f"attachment; filename={LONG}.json"
    assert response.data == build_dossier(told, LONG) == dossier_path(told, LONG).read_bytes()
    # The download is the file itself, with the number as it was recorded.
    assert PHONE in response.get_data(as_text=True)
    assert browser.get("/project/140702-9999/file").status_code == 404
    assert browser.get(f"/project/{LONG}/file", environ_base={"REMOTE_ADDR": "192.0.2.7"}).status_code == 403


def test_the_page_shows_phone_numbers_by_their_end_only(browser: FlaskClient) -> None:
    html = html_of(browser, LONG)
    assert PHONE not in html
    assert "13900005678" not in html
    assert facts(html)["联系电话"] == "尾号 5678"


def test_the_page_says_whether_its_file_agrees_and_what_to_do(own: Path) -> None:
    client = create_site(own).test_client()
    assert "● 与档案文件一致" in page(client, LONG).text
    path = own / "dossiers" / "140702" / f"{LONG}.json"
    right = path.read_bytes()
    path.write_bytes(right.replace("湿地保护".encode(), "湿地".encode()))
    read = page(client, LONG)
    assert "与档案文件一致" not in read.text
    assert "app.py check --heal" in read.text
    assert client.get(f"/project/{LONG}/file").data == right
    path.unlink()
    assert "档案文件不在磁盘上" in page(client, LONG).text


def test_every_record_is_listed_with_its_number_and_its_hash(browser: FlaskClient, told: Ledger) -> None:
    html = html_of(browser, LONG)
    records = history_of(told, YIHONG, LONG).records
    assert f"全部记录 {len(records)} 条" in read_page(html).text
    for record in records:
        assert f"第 {record.sequence} 号，校验 <code>{record.chain_hash[:12]}</code>" in html
    # An earlier month's page still shows all that was ever recorded.
    assert f"全部记录 {len(records)} 条" in page(browser, LONG, "2023-03").text


def test_texts_never_become_markup(browser: FlaskClient) -> None:
    html = html_of(browser, HOSTILE)
    assert "<script" not in html
    assert html.count("&lt;script&gt;") > 5
    assert MARKUP in read_page(html).heading


def test_the_page_moves_on_with_the_next_return(own: Path) -> None:
    ledger = open_ledger(own)
    report(ledger, LONG, NOW, actual_completion="2024-08-20", cumulative_investment=3280.5, stage=Stage.COMPLETED)
    ledger.close()
    read = page(create_site(own).test_client(), LONG)
    assert read.heading == "汾河谷地湿地保护与修复工程，完工，完成投资 3280.50 万元"
    assert "晚完工 5 个月" in read.text
    assert "● 正常" in read.text
