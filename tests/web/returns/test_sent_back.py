"""What a review sent back: it is mended or answered for, also after reporting has ended, and both levels see it."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.builders import YIHONG
from tests.web.callers import sent, text_of
from tests.web.reading_pages import read_page
from tests.web.returning import COUNTY, MONTH, PAGE, code, enter, filled, hidden, token_of, worked_in
from tracker.ledger.attachments import attach
from tracker.ledger.closing import lock_month
from tracker.ledger.drafts import REPLY
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import find_place, places_of
from tracker.ledger.returns import Reported, RowStatus, answered_faults, rows_of_month, send, send_back
from tracker.ledger.standings import states_at
from tracker.ledger.writing import writing
from tracker.web.site import create_site

SEND = f"{PAGE}/send"
REVIEW = f"/review/{MONTH}/{COUNTY}"
ANSWERED = {"field": "cumulative_investment", "said": "400", "message": "小于上月", "answer": "上月多报一笔。"}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 榆次区 three rows, two of them sent and sent back: one with an answered doubt, one without a change."""
    directory = worked_in(tmp_path_factory.mktemp("back") / "ledger", 3, "demo-lead", "demo-city", "demo-province")
    ledger = open_ledger(directory)
    place = find_place(places_of(ledger, YIHONG), YIHONG, COUNTY)
    rows = [Reported(code(1), {"cumulative_investment": Decimal(400)}, answers=(ANSWERED,)), Reported(code(2))]
    with writing(ledger, "send", "负责人") as writes:
        send(writes, YIHONG, MONTH, place, rows, {})
    for row in rows_of_month(ledger, YIHONG, MONTH, place)[:2]:
        fields = {"cumulative_investment": "与凭证不符。"} if row.project == code(1) else {}
        with writing(ledger, row.project, "市专班") as writes:
            send_back(
                writes, YIHONG, MONTH, place, (row.project, row.sequence or 0), "" if fields else "请核实。", fields,
                final=True,
            )  # fmt: skip
    ledger.close()
    return directory


@pytest.fixture
def status(ledger: Ledger) -> Callable[[int], RowStatus]:
    """Give what the ledger says of a project's return by the project's number."""

    def found(number: int) -> RowStatus:
        place = find_place(places_of(ledger, YIHONG), YIHONG, COUNTY)
        return next(r.status for r in rows_of_month(ledger, YIHONG, MONTH, place) if r.project == code(number))

    return found


def lock(ledger: Ledger) -> None:
    with writing(ledger, "lock", "省专班") as writes:
        lock_month(writes, YIHONG, MONTH)


def section(client: FlaskClient, number: int) -> str:
    html = text_of(client.get(PAGE))
    found = re.search(rf'<section class="return-row" id="row-{code(number)}".*?</section>', html, re.DOTALL)
    assert found is not None
    return found[0]


def save(client: FlaskClient, more: dict[str, str] | None = None, **typed: str) -> None:
    answer = client.post(PAGE, data={**filled(client, **typed), **(more or {})})
    assert answer.status_code == 303


def reply(number: int, text: str) -> dict[str, str]:
    return {f"{code(number)}:{REPLY}": text}


def words(client: FlaskClient) -> str:
    return read_page(text_of(client.get(PAGE))).text


def sign(client: FlaskClient) -> int:
    """Press the button, or what somebody could post who is not shown it."""
    page = client.get(SEND)
    forged = {"csrf_token": token_of(client.get(PAGE)), "key": "0" * 32, "shown": ""}
    return client.post(SEND, data={**forged, **hidden(text_of(page))}).status_code


def test_a_locked_month_takes_what_was_sent_back_and_nothing_else(
    ledger: Ledger, lead: FlaskClient, status: Callable[[int], RowStatus]
) -> None:
    stale = filled(lead, p3_progress="迟到的进度。")
    lock(ledger)
    page = text_of(lead.get(PAGE))
    assert "2024年9月已截止填报，只能修改并重报退回的 2 项。" in page
    assert "现已过期" not in page
    assert re.findall(r'class="return-row" id="row-([^"]+)"', page) == [code(1), code(2)]
    refused = lead.post(PAGE, data=stale)
    assert (refused.status_code, "迟到的进度。" in text_of(refused)) == (409, True)
    overview = read_page(text_of(lead.get(f"/overview/{MONTH}/{COUNTY}")))
    assert overview.link_named("2024年9月月报有 2 项被退回，改好请重报") == PAGE
    assert "照片" in text_of(lead.get(f"{PAGE}/attachments/{code(1)}"))
    assert "没有准许迟报" not in text_of(lead.get(f"{PAGE}/attachments/{code(1)}"))
    assert "没有准许迟报" in text_of(lead.get(f"{PAGE}/attachments/{code(3)}"))
    save(lead, reply(2, "已到现场核实，确无变化。"), p1_cumulative_investment="480")
    assert sign(lead) == 303
    assert [status(number) for number in (1, 2, 3)] == [RowStatus.SENT, RowStatus.SENT, RowStatus.UNREPORTED]
    assert "没有准许迟报" in text_of(lead.get(PAGE))


def test_a_row_is_not_sent_again_as_it_was_without_a_reply_that_the_review_sees(
    county: Path, lead: FlaskClient, ledger: Ledger, status: Callable[[int], RowStatus]
) -> None:
    lock(ledger)
    page = read_page(text_of(lead.get(PAGE)))
    asked = "“榆次区第2号治理工程”退回理由：请核实；没有改动，请改正，或写明为什么不改。"
    assert page.link_named(asked) == f"#f-{code(2)}-answer-row"
    assert "退回理由：累计完成投资：与凭证不符；没有改动" in page.text
    assert "待说明 2 处" in page.text
    assert ("还不能报送" in text_of(lead.get(SEND)), sign(lead)) == (True, 409)
    save(lead, reply(2, " "), p1_cumulative_investment="480")
    assert "待说明 1 处" in words(lead)
    assert sign(lead) == 409
    save(lead, reply(2, "已到现场<核实>，确无变化。"))
    assert "● 已答复，可重报" in section(lead, 2)
    assert "● 已修改，可重报" in section(lead, 1)
    sheet = read_page(text_of(lead.get(SEND)))
    assert ["榆次区第2号治理工程", "请核实", "已到现场<核实>，确无变化。"] in sheet.rows
    assert sign(lead) == 303
    assert status(2) is RowStatus.SENT
    for account, address in (("demo-city", REVIEW), ("demo-city", f"/project/{code(2)}?month={MONTH}")):
        seen = text_of(enter(create_site(county).test_client(), account).get(address))
        assert "退回理由：请核实；重报没有改动" in seen
        assert "已到现场&lt;核实&gt;，确无变化。" in seen


def test_ticking_no_change_once_more_is_no_change(lead: FlaskClient) -> None:
    assert " checked" in section(lead, 2)
    save(lead, p2_unchanged="yes", p2_problem="征地未完成。")
    assert "● 已修改，可重报" in section(lead, 2)
    save(lead, p2_unchanged="yes")
    assert "■ 退回，请修改或答复" in section(lead, 2)


def test_a_photo_that_was_asked_for_is_a_change(ledger: Ledger, lead: FlaskClient) -> None:
    assert "■ 退回，请修改或答复" in section(lead, 2)
    with writing(ledger, "photo", "负责人") as writes:
        attach(writes, YIHONG.key, code(2), MONTH, name="现场.png", media_type="image/png", content=b"\x89PNG")
    assert "● 已修改，可重报" in section(lead, 2)


def test_answers_to_doubts_stand_where_the_row_is_opened_again(
    lead: FlaskClient, ledger: Ledger, status: Callable[[int], RowStatus]
) -> None:
    assert 'value="上月多报一笔。"' in section(lead, 1)
    assert "待说明 2 处" in words(lead)
    save(lead, {f"{code(1)}:answer:cumulative_investment": ""}, p1_progress="已核对。")
    assert "▲ 1 处待说明" in section(lead, 1)
    save(lead, {f"{code(1)}:answer:cumulative_investment": "上月多报一笔，附凭证。"})
    save(lead, reply(2, "属实。"), p3_unchanged="yes")
    assert sign(lead) == 303
    assert status(1) is RowStatus.SENT
    place = find_place(places_of(ledger, YIHONG), YIHONG, COUNTY)
    row = rows_of_month(ledger, YIHONG, MONTH, place)[0]
    assert [each["answer"] for each in answered_faults(ledger, row.sequence or 0)] == ["上月多报一笔，附凭证。"]


def test_two_levels_from_the_county_to_the_province_and_back_and_counted(
    county: Path, ledger: Ledger, lead: FlaskClient, status: Callable[[int], RowStatus]
) -> None:
    with writing(ledger, "two levels", "系统管理员") as writes:
        writes.define_programme(dataclasses.replace(YIHONG, review_levels=2), "两级审核")
    city = enter(create_site(county).test_client(), "demo-city")
    province = enter(create_site(county).test_client(), "demo-province")

    def named(client: FlaskClient, number: int) -> str:
        found = re.search(rf'name="row" value="({code(number)}:\d+)"', text_of(client.get(REVIEW)))
        assert found is not None
        return found[1]

    def judged(client: FlaskClient, what: str, row: str, **more: str) -> int:
        return sent(client, REVIEW, f"{REVIEW}/{what}", row=row, **more).status_code

    save(lead, reply(2, "属实。"), p1_cumulative_investment="480", p3_unchanged="yes")
    assert sign(lead) == 303
    assert "这里通过后，由上一级专班终审" in text_of(city.get(REVIEW))
    assert judged(city, "accept", named(city, 1)) == 303
    assert status(1) is RowStatus.PASSED_ON
    assert "已通过、待上一级终审 1 项" in text_of(city.get(REVIEW))
    assert "晋中市专班（示例） 已通过，待终审" in text_of(province.get(REVIEW))
    assert judged(province, "back", named(province, 1), reason="与支付凭证不符。") == 303
    assert status(1) is RowStatus.SENT_BACK
    assert "省专班（示例） 退回：与支付凭证不符。" in text_of(lead.get(PAGE))
    save(lead, p1_cumulative_investment="470")
    assert sign(lead) == 303
    # What the city passed on it may take back itself, until the province has accepted it.
    assert judged(city, "accept", named(city, 1)) == 303
    assert judged(city, "back", named(city, 1), reason="市里再核一遍。") == 303
    save(lead, reply(1, "已与市里核对。"))
    assert sign(lead) == 303
    assert judged(city, "accept", named(city, 1)) == 303
    assert str(states_at(ledger, YIHONG, MONTH)[code(1)].values["cumulative_investment"]) == "500"
    row = named(province, 1)
    assert judged(province, "accept", row) == 303
    assert str(states_at(ledger, YIHONG, MONTH)[code(1)].values["cumulative_investment"]) == "470"
    assert row not in text_of(city.get(REVIEW))
    refused = sent(city, REVIEW, f"{REVIEW}/back", row=row, reason="市里想改。")
    assert (refused.status_code, "只能由终审的专班退回" in text_of(refused)) == (409, True)
    assert "市里想改。" in text_of(refused)
    assert status(1) is RowStatus.ACCEPTED
    assert judged(province, "back", named(province, 1), reason="省里再核。") == 303
    assert status(1) is RowStatus.SENT_BACK
