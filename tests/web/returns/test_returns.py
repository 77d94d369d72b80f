"""The return's page: what it shows, what a county sends with it, and what it refuses."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.builders import YIHONG
from tests.web.reading_pages import read_page
from tests.web.returning import (
    BEFORE,
    COUNTY,
    ELSEWHERE,
    MONTH,
    PAGE,
    code,
    enter,
    filled,
    hidden,
    token_of,
    worked_in,
)
from tracker.ledger.closing import lock_month
from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import places_of
from tracker.ledger.returns import RowStatus, accept, rows_of_month, send_back
from tracker.ledger.standings import states_at
from tracker.ledger.writing import writing
from tracker.web.site import create_site

SEND = f"{PAGE}/send"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worked_in(tmp_path_factory.mktemp("made") / "ledger", 5, "demo-lead", "demo-reporter", "demo-city")


def statuses(ledger: Ledger) -> list[RowStatus]:
    place = places_of(ledger, YIHONG).find(COUNTY)
    assert place is not None
    return [row.status for row in rows_of_month(ledger, YIHONG, MONTH, place)]


def records(ledger: Ledger) -> int:
    number: int = ledger.connection.execute("SELECT count(*) FROM record").fetchone()[0]
    return number


def drafts(ledger: Ledger) -> list[tuple[str, str, str]]:
    rows = ledger.connection.execute("SELECT project, field, text FROM draft ORDER BY project, field")
    return [tuple(row) for row in rows]


def text_of(client: FlaskClient, address: str = PAGE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return read_page(response.get_data(as_text=True)).text


def section(client: FlaskClient, number: int) -> str:
    html = client.get(PAGE).get_data(as_text=True)
    found = re.search(rf'<section class="return-row" id="row-{code(number)}".*?</section>', html, re.DOTALL)
    assert found is not None
    return found[0]


def fill_all(client: FlaskClient, **typed: str) -> None:
    """Fill in some fields and tick all other rows, as a browser without scripts does."""
    answer = client.post(PAGE, data={**filled(client, **typed), "do": "quiet"})
    assert answer.status_code == 303


def sign(client: FlaskClient) -> tuple[int, str]:
    page = client.get(SEND)
    answer = client.post(SEND, data=hidden(page.get_data(as_text=True)))
    return answer.status_code, answer.get_data(as_text=True)


def send_all(client: FlaskClient, **typed: str) -> None:
    fill_all(client, **typed)
    assert sign(client)[0] == 303


def forged_press(client: FlaskClient) -> dict[str, str]:
    """Give what somebody could post who is not shown the button."""
    return {"csrf_token": token_of(client.get(PAGE)), "key": "0" * 32, "shown": ""}


def test_every_project_is_a_row_with_what_holds_and_last_months_values(reporter: FlaskClient) -> None:
    html = reporter.get(PAGE).get_data(as_text=True)
    assert html.count('class="return-row"') == 5
    first = section(reporter, 1)
    assert f'name="{code(1)}:cumulative_investment" ' in first
    assert 'value="500.00"' in first
    assert "上月 500.00" in first
    assert "<option selected>在建</option>" in first
    page = read_page(html)
    assert page.heading == "榆次区2024年9月月报：5 项工程，已填 0 项，未填 5 项"
    assert "已填 0 项 · 未填 5 项 · 须改正 0 处 · 待说明 0 处" in page.text


def test_sums_of_the_month_start_empty(reporter: FlaskClient) -> None:
    shown = re.search(rf'name="{code(1)}:month_investment"[^>]* value="([^"]*)"', section(reporter, 1))
    assert shown is not None
    assert shown[1] == ""


def test_outputs_stand_only_where_they_are_planned(reporter: FlaskClient) -> None:
    assert "已建成管网长度" in section(reporter, 1)
    assert "已建成管网长度" not in section(reporter, 2)
    assert "已建成人工湿地面积" not in section(reporter, 1)


def test_a_fault_stands_at_its_field_and_in_the_list_that_leads_there(reporter: FlaskClient) -> None:
    answer = reporter.post(PAGE, data=filled(reporter, p2_cumulative_investment="约三千"))
    assert answer.status_code == 303
    html = section(reporter, 2)
    place = f"f-{code(2)}-cumulative_investment"
    below = re.search(rf'id="{place}-below">(.*?)</div>', html, re.DOTALL)
    assert below is not None
    assert "■</span> “约三千”不是数字" in below[1]
    assert 'value="约三千"' in html
    page = read_page(reporter.get(PAGE).get_data(as_text=True))
    assert "须改正 1 处" in page.text
    sentence = "“榆次区第2号治理工程”的“累计完成投资”：“约三千”不是数字，请写成数字，例如 3000。"
    assert page.link_named(sentence) == f"#{place}"


def test_a_doubt_asks_for_a_reason_and_is_settled_by_one(reporter: FlaskClient) -> None:
    reporter.post(PAGE, data=filled(reporter, p2_cumulative_investment="400"))
    assert "待说明 1 处" in text_of(reporter)
    assert "小于上月的 501.00 万元" in section(reporter, 2)
    assert f'name="{code(2)}:answer:cumulative_investment"' in section(reporter, 2)
    typed = filled(reporter) | {f"{code(2)}:answer:cumulative_investment": "上月误报。"}
    assert reporter.post(PAGE, data=typed).status_code == 303
    assert "待说明 0 处" in text_of(reporter)
    assert 'value="上月误报。"' in section(reporter, 2)


def test_one_press_ticks_all_rows_of_which_nothing_is_said(reporter: FlaskClient, ledger: Ledger) -> None:
    html = reporter.get(PAGE).get_data(as_text=True)
    assert "其余 5 项本月无变化" in read_page(html).text
    answer = reporter.post(PAGE, data={**filled(reporter, p2_cumulative_investment="620"), "do": "quiet"})
    assert answer.headers["Location"].endswith("marked=4")
    assert drafts(ledger) == [
        (code(1), "unchanged", "yes"), (code(2), "cumulative_investment", "620"), (code(3), "unchanged", "yes"),
        (code(4), "unchanged", "yes"), (code(5), "unchanged", "yes"),
    ]  # fmt: skip
    page = text_of(reporter, answer.headers["Location"])
    assert "已把 4 项记为“本月无变化”" in page
    assert "都填好了，可以检查并报送。" in page


def test_a_row_is_ticked_and_unticked_by_itself(reporter: FlaskClient, ledger: Ledger) -> None:
    reporter.post(PAGE, data=filled(reporter, p3_unchanged="yes"))
    assert drafts(ledger) == [(code(3), "unchanged", "yes")]
    unticked = filled(reporter)
    del unticked[f"{code(3)}:unchanged"]
    reporter.post(PAGE, data=unticked)
    assert drafts(ledger) == [(code(3), "unchanged", "")]
    assert "未填 5 项" in text_of(reporter)


def test_typing_a_change_takes_the_tick_away(reporter: FlaskClient, ledger: Ledger) -> None:
    reporter.post(PAGE, data=filled(reporter, p3_unchanged="yes"))
    reporter.post(PAGE, data=filled(reporter, p3_progress="管网完成。"))
    assert drafts(ledger) == [(code(3), "progress", "管网完成。"), (code(3), "unchanged", "")]


def test_rows_quiet_for_three_months_are_pointed_out(county: Path, ledger: Ledger) -> None:
    months = [MONTH, "2024-10", "2024-11", "2024-12"]
    client = enter(create_site(county).test_client(), "demo-lead")
    for month in months:
        if month != MONTH:
            with writing(ledger, month, "省专班") as writes:
                writes.open_month(YIHONG.key, month)
        page = PAGE.replace(MONTH, month)
        html = client.get(page).get_data(as_text=True)
        assert ("已连续 3 个月无变化，请核实" in html) == (month == "2024-12")
        posted = client.post(page, data={**hidden(html), "do": "quiet"})
        assert posted.status_code == 303
        signed = client.post(f"{page}/send", data=hidden(client.get(f"{page}/send").get_data(as_text=True)))
        assert signed.status_code == 303
        accept_all(ledger, month)


def accept_all(ledger: Ledger, month: str = MONTH) -> None:
    place = places_of(ledger, YIHONG).find(COUNTY)
    assert place is not None
    waiting = {row.project: row.sequence or 0 for row in rows_of_month(ledger, YIHONG, month, place)}
    with writing(ledger, f"accept {month}", "市专班 测试员") as writes:
        accept(writes, YIHONG, month, place, waiting, final=True)


def test_the_review_step_says_what_is_sent_and_a_reporter_cannot_sign(reporter: FlaskClient, ledger: Ledger) -> None:
    fill_all(reporter, p2_cumulative_investment="620", p2_progress="管网完成。")
    response = reporter.get(SEND)
    page = read_page(response.get_data(as_text=True))
    assert page.heading == "榆次区2024年9月月报：将报送 5 项，有改动 1 项，无变化 4 项"
    assert ["榆次区第2号治理工程", "累计完成投资（万元）", "501.00", "620.00"] in page.rows
    assert ["形象进度", "主体工程施工中。", "管网完成。"] in page.rows
    assert "填好了。请负责人签发" in page.text
    assert "签发报送</button>" not in response.get_data(as_text=True)
    before = records(ledger)
    assert reporter.post(SEND, data=forged_press(reporter)).status_code == 403
    assert records(ledger) == before
    assert set(statuses(ledger)) == {RowStatus.DRAFTED}


def test_a_lead_signs_and_the_page_says_what_was_sent(lead: FlaskClient, ledger: Ledger) -> None:
    send_all(lead, p2_cumulative_investment="620", p3_problem="征地未完成。")
    assert set(statuses(ledger)) == {RowStatus.SENT}
    assert drafts(ledger) == []
    page = text_of(lead)
    assert "由 榆次区负责人（示例） 签发报送，迟报。" in page
    assert "▲ 已报待审" in page
    assert "专班正在审核" in page
    assert "cumulative_investment" not in lead.get(PAGE).get_data(as_text=True)
    accept_all(ledger)
    assert "全部通过，已计入本月数字" in text_of(lead)
    assert str(states_at(ledger, YIHONG, MONTH)[code(2)].values["cumulative_investment"]) == "620"


def test_the_same_press_twice_sends_once(lead: FlaskClient, ledger: Ledger) -> None:
    fill_all(lead)
    posted = hidden(lead.get(SEND).get_data(as_text=True))
    assert lead.post(SEND, data=posted).status_code == 303
    sent = records(ledger)
    again = lead.post(SEND, data=posted)
    assert again.status_code == 303
    assert records(ledger) == sent


def test_nothing_is_sent_while_a_row_is_not_filled_or_faulty(lead: FlaskClient, ledger: Ledger) -> None:
    before = records(ledger)
    lead.post(PAGE, data=filled(lead, p1_unchanged="yes", p2_cumulative_investment="约三千"))
    page = text_of(lead, SEND)
    assert "还不能报送" in page
    assert "签发报送" not in page
    answer = lead.post(SEND, data=forged_press(lead))
    assert answer.status_code == 409
    assert "还有没填好的项目，没有报送" in answer.get_data(as_text=True)
    assert records(ledger) == before


def test_what_changed_after_the_review_step_was_shown_is_not_signed(lead: FlaskClient, ledger: Ledger) -> None:
    fill_all(lead, p2_cumulative_investment="620")
    posted = hidden(lead.get(SEND).get_data(as_text=True))
    lead.post(PAGE, data=filled(lead, p2_cumulative_investment="640"))
    before = records(ledger)
    answer = lead.post(SEND, data=posted)
    assert answer.status_code == 409
    page = read_page(answer.get_data(as_text=True))
    assert "打开本页以后又有人改动，没有报送" in page.text
    assert ["榆次区第2号治理工程", "累计完成投资（万元）", "501.00", "640.00"] in page.rows
    assert records(ledger) == before


def test_a_row_sent_back_stands_first_with_its_reasons_and_is_sent_again(lead: FlaskClient, ledger: Ledger) -> None:
    send_all(lead, p4_cumulative_investment="620", p4_progress="写错了。")
    place = places_of(ledger, YIHONG).find(COUNTY)
    assert place is not None
    returned = next(row for row in rows_of_month(ledger, YIHONG, MONTH, place) if row.project == code(4))
    with writing(ledger, "back", "市专班 测试员") as writes:
        send_back(
            writes, YIHONG, MONTH, place, (code(4), returned.sequence or 0), "请核对。", {"progress": "与照片不符。"},
            final=True,
        )  # fmt: skip
    html = lead.get(PAGE).get_data(as_text=True)
    assert re.findall(r'class="return-row" id="row-([^"]+)"', html) == [code(4)]
    row = section(lead, 4)
    assert "市专班 测试员 退回：请核对。" in row
    assert "退回：与照片不符。" in row
    assert 'value="620.00"' in row
    with writing(ledger, "lock", "省专班") as writes:
        lock_month(writes, YIHONG, MONTH)
    assert "只能修改并重报退回的 1 项" in text_of(lead)
    lead.post(PAGE, data=filled(lead, p4_progress="管网完成。"))
    assert sign(lead)[0] == 303
    assert set(statuses(ledger)) == {RowStatus.SENT}
    accept_all(ledger)
    held = states_at(ledger, YIHONG, MONTH)[code(4)].values
    assert (held["progress"], str(held["cumulative_investment"])) == ("管网完成。", "620")


def test_months_that_take_nothing_say_why(county: Path, ledger: Ledger, lead: FlaskClient) -> None:
    assert "还没有开放填报" in text_of(lead, PAGE.replace(MONTH, "2024-10"))
    typed = filled(lead, p2_progress="管网完成。")
    with writing(ledger, "lock", "省专班") as writes:
        lock_month(writes, YIHONG, MONTH)
    page = text_of(lead)
    assert "已经截止填报，没有准许迟报" in page
    answer = lead.post(PAGE, data=typed)
    assert answer.status_code == 409
    text = read_page(answer.get_data(as_text=True)).text
    assert "没有存下的内容" in text
    assert "管网完成。" in text
    assert drafts(ledger) == []


@pytest.mark.parametrize(
    "address",
    [PAGE.replace(COUNTY, ELSEWHERE), PAGE.replace(COUNTY, "1407"), PAGE.replace(COUNTY, "999999"),
     f"{PAGE.replace(COUNTY, ELSEWHERE)}/send", PAGE.replace(MONTH, "2024-13")],
)  # fmt: skip
def test_other_counties_and_places_that_are_none_are_not_there(reporter: FlaskClient, address: str) -> None:
    response = reporter.get(address)
    assert response.status_code == 404
    assert re.search("[一-龥]{6}", read_page(response.get_data(as_text=True)).text)


def test_an_area_that_is_no_county_says_so(county: Path) -> None:
    client = enter(create_site(county).test_client(), "demo-city")
    assert client.get(PAGE.replace(COUNTY, "1407")).status_code == 403


def test_a_foreign_row_in_a_forged_post_writes_nothing(reporter: FlaskClient, ledger: Ledger) -> None:
    foreign = f"{ELSEWHERE}-0001"
    typed = filled(reporter, p2_progress="管网完成。")
    typed |= {f"seen:{foreign}": "progress=0.00000000", f"{foreign}:progress": "伪造"}
    answer = reporter.post(PAGE, data=typed)
    assert answer.status_code == 404
    assert foreign in read_page(answer.get_data(as_text=True)).text
    assert drafts(ledger) == []


def test_without_the_pages_token_nothing_is_saved(reporter: FlaskClient, ledger: Ledger) -> None:
    typed = filled(reporter, p2_progress="管网完成。")
    del typed["csrf_token"]
    assert reporter.post(PAGE, data=typed).status_code == 400
    assert drafts(ledger) == []


def test_user_text_is_escaped(reporter: FlaskClient) -> None:
    reporter.post(PAGE, data=filled(reporter, p2_progress="<script>alert(1)</script>\n“二”", p2_problem_owner='"><b>'))
    html = section(reporter, 2)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<b>" not in html.replace("<b>5</b>", "")


def test_a_month_already_reported_by_import_is_shown_as_accepted(lead: FlaskClient) -> None:
    page = text_of(lead, PAGE.replace(MONTH, BEFORE))
    assert "● 通过" in page
    assert "全部通过" in page
