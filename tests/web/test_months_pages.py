"""A month's page: how far the counties are, and who may open, lock, permit and close."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.web.builders import YIHONG
from tests.web.callers import caller, sent, text_of, with_people
from tests.web.reading_pages import read_page
from tests.web.returning import BEFORE, COUNTY, ELSEWHERE, MONTH, code, county_ledger
from tracker.ledger.months import Phase, months
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import places_of
from tracker.ledger.reading import reading
from tracker.ledger.returns import Reported, send
from tracker.ledger.writing import writing

PAGE = f"/month/{MONTH}/14"
EARLIER = f"/month/{BEFORE}/14"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 榆次区 two of its three rows sent, and 太谷区 none."""
    directory = county_ledger(tmp_path_factory.mktemp("months") / "ledger", projects=3)
    with_people(directory, "system", "city", "province", "lead")
    ledger = open_ledger(directory)
    county = places_of(ledger, YIHONG).find(COUNTY)
    assert county is not None
    with writing(ledger, "sent", "负责人") as writes:
        send(writes, YIHONG, MONTH, county, [Reported(code(1)), Reported(code(2))], {})
    ledger.close()
    return directory


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "ledger")
    return tmp_path / "ledger"


def phase(directory: Path, month: str = MONTH) -> Phase | None:
    with reading(directory) as ledger:
        found = months(ledger, YIHONG.key).get(month)
    return found.phase if found else None


def test_each_county_stands_with_its_state_and_numbers(directory: Path) -> None:
    page = read_page(text_of(caller(directory, "province").get(PAGE)))
    assert page.heading.startswith("山西省2024年9月月报：2 个县（市、区）")
    assert "没有报全 2 个" in page.heading
    assert page.rows[1][:2] == ["榆次区晋中市", "▲ 填报中"]
    assert page.rows[1][2:7] == ["3", "—", "2", "—", "1"]
    assert page.rows[2][:2] == ["太谷区晋中市", "■ 未报"]


def test_the_list_of_the_missing_has_a_title_with_counts_for_paper(directory: Path) -> None:
    client = caller(directory, "city")
    answer = client.get(f"/month/{MONTH}/1407?only=missing")
    page = read_page(text_of(answer))
    assert page.heading == "晋中市2024年9月月报：还有 2 个县（市、区）没有报全，共 2 项"
    assert re.search(r"截至 20\d\d-\d\d-\d\d \d\d:\d\d", page.text)
    assert "missing-list" in text_of(answer)


def test_a_month_is_locked_unlocked_and_locked_only_once_a_press(directory: Path) -> None:
    client = caller(directory, "province")
    for _ in range(2):
        assert sent(client, PAGE, f"{PAGE}/lock", key="l" * 32).status_code == 303
    assert phase(directory) is Phase.LOCKED
    again = sent(client, PAGE, f"{PAGE}/lock", key="m" * 32)
    assert (again.status_code, "已经截止填报" in text_of(again)) == (409, True)
    unreasoned = sent(client, PAGE, f"{PAGE}/unlock", reason=" ")
    assert (unreasoned.status_code, "请写明理由" in text_of(unreasoned)) == (409, True)
    assert sent(client, PAGE, f"{PAGE}/unlock", reason="多数县尚未报送").status_code == 303
    assert phase(directory) is Phase.OPEN
    too_long = sent(client, PAGE, f"{PAGE}/lock", reason="长" * 501)
    assert (too_long.status_code, phase(directory)) == (422, Phase.OPEN)


def test_nothing_that_was_typed_about_a_month_is_lost(directory: Path) -> None:
    client = caller(directory, "province")
    long = "多数县尚未报送，" * 70
    late = {"county": ELSEWHERE, "until": "2098-12-31", "reason": long}
    permit = text_of(sent(client, PAGE, f"{PAGE}/permit", **late))
    assert f'value="{long}"' in permit
    assert f'<option selected value="{ELSEWHERE}">' in permit
    assert 'value="2098-12-31"' in permit
    assert "理由有 560 个字，最多 500 个" in permit
    undated = text_of(sent(client, PAGE, f"{PAGE}/permit", **{**late, "until": "31.12.", "reason": "受灾"}))
    assert 'value="31.12."' in undated
    assert 'value="受灾"' in undated
    sent(client, PAGE, f"{PAGE}/lock")
    unlock = sent(client, PAGE, f"{PAGE}/unlock", reason=long)
    assert (unlock.status_code, f'value="{long}"' in text_of(unlock)) == (422, True)
    sent(client, PAGE, f"{PAGE}/unlock", reason="再开")
    gone = sent(client, PAGE, f"{PAGE}/unlock", reason="多数县<尚未>报送")
    assert (gone.status_code, '"given-back">多数县&lt;尚未&gt;报送<' in text_of(gone)) == (409, True)


def test_the_reason_of_a_refused_closing_stays_on_its_page(directory: Path) -> None:
    client = caller(directory, "province")
    long = "省里要求按期封账，" * 60
    refused = sent(client, f"{EARLIER}/close", f"{EARLIER}/close", reason=long)
    assert (refused.status_code, f'value="{long}"' in text_of(refused)) == (422, True)
    assert "2024年8月封账" in read_page(text_of(refused)).heading
    early = sent(client, PAGE, f"{PAGE}/close", reason="省里<要求>")
    assert (early.status_code, '"given-back">省里&lt;要求&gt;<' in text_of(early)) == (409, True)


def test_an_empty_key_is_no_key_that_was_used_before(directory: Path) -> None:
    client = caller(directory, "province")
    assert sent(client, PAGE, f"{PAGE}/lock", key="").status_code == 303
    assert sent(client, PAGE, f"{PAGE}/unlock", key="", reason="再开").status_code == 303
    assert sent(client, PAGE, f"{PAGE}/lock", key="").status_code == 303
    assert phase(directory) is Phase.LOCKED


def test_the_next_month_is_opened_and_none_that_lies_ahead(directory: Path) -> None:
    client = caller(directory, "province")
    assert "开放2024年10月" in text_of(client.get(PAGE))
    assert sent(client, PAGE, "/month/2024-10/14/open").status_code == 303
    assert phase(directory, "2024-10") is Phase.OPEN
    ahead = sent(client, PAGE, "/month/2098-01/14/open")
    assert (ahead.status_code, "还没有到" in text_of(ahead)) == (409, True)
    assert phase(directory, "2098-01") is None


@pytest.mark.parametrize("action", ["open", "lock", "unlock", "close"])
def test_a_citys_task_force_does_not_lead_the_programmes_month(directory: Path, action: str) -> None:
    client = caller(directory, "city")
    own = f"/month/{MONTH}/1407"
    page = text_of(client.get(own))
    assert f"{own}/{action}" not in page.replace(f"{own}/permit", "")
    answer = sent(client, own, f"{own}/{action}", reason="x")
    assert (answer.status_code, phase(directory)) == (404, Phase.OPEN)
    assert "您的范围是晋中市" in text_of(answer)


def test_one_county_is_permitted_to_report_late(directory: Path) -> None:
    client = caller(directory, "city")
    own = f"/month/{MONTH}/1407"
    late = {"county": ELSEWHERE, "until": "2098-12-31", "reason": "当地受灾"}
    assert sent(client, own, f"{own}/permit", **late).status_code == 303
    assert "2098-12-31" in text_of(client.get(own))
    past = sent(client, own, f"{own}/permit", **{**late, "until": "2020-01-01"})
    assert (past.status_code, "已经过去" in text_of(past)) == (409, True)
    for wrong in ("", "31.12."):
        answer = sent(client, own, f"{own}/permit", **{**late, "until": wrong})
        assert (answer.status_code, "准许迟报到哪一天" in text_of(answer)) == (422, True)
    for county in ("140215", "1407", "", "nowhere"):
        assert sent(client, own, f"{own}/permit", **{**late, "county": county}).status_code == 404


def test_closing_names_what_is_unsettled_and_then_freezes(directory: Path) -> None:
    client = caller(directory, "province")
    earlier = text_of(client.get(f"{EARLIER}/close"))
    assert "封账冻结山西省2024年8月" in earlier
    assert sent(client, EARLIER, f"{EARLIER}/close", reason="八月按导入封账").status_code == 303
    assert phase(directory, BEFORE) is Phase.CLOSED
    page = text_of(client.get(f"{PAGE}/close"))
    assert "还有 2 项已报待审，审完才能封账" in page
    waiting = sent(client, PAGE, f"{PAGE}/close", reason="x")
    assert (waiting.status_code, "请先通过或退回" in text_of(waiting)) == (409, True)
    review = f"/review/{MONTH}/{COUNTY}"
    rows = re.findall(r'name="row" value="([^"]+)"', text_of(client.get(review)))
    sent(client, review, f"{review}/accept", row=sorted(set(rows)))
    page = text_of(client.get(f"{PAGE}/close"))
    assert "没有报送" in page
    assert "太谷区" in page
    unreasoned = sent(client, PAGE, f"{PAGE}/close")
    assert (unreasoned.status_code, "没有报全" in text_of(unreasoned)) == (409, True)
    assert sent(client, PAGE, f"{PAGE}/close", reason="省里要求按期封账").status_code == 303
    assert phase(directory) is Phase.CLOSED
    shut = text_of(client.get(PAGE))
    assert "已封账" in shut
    assert "province 测试员于" in shut
    assert "已经封账" in text_of(client.get(f"{PAGE}/close"))
    assert "已经封账" in text_of(sent(client, PAGE, f"{PAGE}/close", reason="x"))


def test_months_close_in_order(directory: Path) -> None:
    client = caller(directory, "province")
    answer = sent(client, PAGE, f"{PAGE}/close", reason="x")
    assert (answer.status_code, "2024年8月还没有封账" in text_of(answer)) == (409, True)


def test_the_timeliness_ranking_counts_months_on_time(directory: Path) -> None:
    page = read_page(text_of(caller(directory, "province").get(PAGE)))
    assert "报送及时率排名" in page.text
    assert any("榆次区" in row for row in page.rows[3:])
