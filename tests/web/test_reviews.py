"""The review: accepting, sending back with reasons, and what is shown where somebody was faster."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest

from tests.web.builders import YIHONG
from tests.web.callers import caller, sent, text_of, with_people
from tests.web.reading_pages import read_page
from tests.web.returning import COUNTY, ELSEWHERE, MONTH, code, county_ledger
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import places_of
from tracker.ledger.returns import Reported, RowStatus, rows_of_month, send
from tracker.ledger.writing import writing

REVIEW = f"/review/{MONTH}/{COUNTY}"
ANSWERED = ({"field": "cumulative_investment", "said": "100", "message": "比上月少，请核对。", "answer": "按决算更正"},)


def send_all(ledger: Ledger, key: str, *rows: Reported) -> None:
    county = places_of(ledger, YIHONG).find(COUNTY)
    assert county is not None
    with writing(ledger, key, "负责人甲") as writes:
        send(writes, YIHONG, MONTH, county, rows, {})


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give 榆次区 four returns to be reviewed: one with an answered doubt, one with changes, two quiet ones."""
    directory = county_ledger(tmp_path_factory.mktemp("reviews") / "ledger", projects=4)
    with_people(directory, "system", "city", "province", "lead", "reader")
    ledger = open_ledger(directory)
    send_all(
        ledger, "sent",
        Reported(code(1), {"cumulative_investment": Decimal(100)}, frozenset(), ANSWERED),
        Reported(code(2), {"progress": "已<b>完成</b>七成"}), Reported(code(3)), Reported(code(4)),
    )  # fmt: skip
    ledger.close()
    return directory


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "ledger")
    return tmp_path / "ledger"


@pytest.fixture
def status(directory: Path) -> Callable[[int], RowStatus]:
    """Give what the ledger says of a project's return by the project's number."""

    def found(number: int) -> RowStatus:
        ledger = open_ledger(directory)
        county = places_of(ledger, YIHONG).find(COUNTY)
        assert county is not None
        rows = {row.project: row.status for row in rows_of_month(ledger, YIHONG, MONTH, county)}
        ledger.close()
        return rows[code(number)]

    return found


def values(page: str) -> dict[str, str]:
    """Give each project's return as the page names it, by the project's code."""
    return {each.partition(":")[0]: each for each in re.findall(r'name="row" value="([^"]+)"', page)}


def test_the_gravest_stand_first_and_what_changed_stands_beside_what_was(directory: Path) -> None:
    page = text_of(caller(directory, "city").get(REVIEW))
    order = [page.index(words) for words in ("有疑问、县里已答复", "有变化", "本月无变化")]
    assert order == sorted(order)
    assert "待审 4 项" in read_page(page).heading
    assert "按决算更正" in page
    assert "−400.00" in page
    assert "已&lt;b&gt;完成&lt;/b&gt;七成" in page
    assert "通过这 2 项" in page


def test_some_are_accepted_and_twice_is_once(directory: Path, status: Callable[[int], RowStatus]) -> None:
    client = caller(directory, "city")
    seen = values(text_of(client.get(REVIEW)))
    chosen = {"key": "k" * 32, "row": [seen[code(3)], seen[code(4)]]}
    for _ in range(2):
        answer = sent(client, REVIEW, f"{REVIEW}/accept", **chosen)
        assert (answer.status_code, answer.headers["Location"]) == (303, REVIEW)
    assert [status(number) for number in (1, 2, 3, 4)] == [
        RowStatus.SENT, RowStatus.SENT, RowStatus.ACCEPTED, RowStatus.ACCEPTED,
    ]  # fmt: skip
    assert "待审 2 项，已通过 2 项" in read_page(text_of(client.get(REVIEW))).heading


def test_a_return_goes_back_with_reasons_for_fields_and_the_county_sees_them(
    directory: Path, status: Callable[[int], RowStatus]
) -> None:
    client = caller(directory, "city")
    row = values(text_of(client.get(REVIEW)))[code(1)]
    reasons = {"field-cumulative_investment": "与银行<支付>不符", "field-nonsense": "x", "field-progress": "  "}
    answer = sent(client, REVIEW, f"{REVIEW}/back", key="b" * 32, row=row, reason="请附凭证", **reasons)
    assert answer.status_code == 303
    assert status(1) is RowStatus.SENT_BACK
    county = text_of(caller(directory, "lead").get(f"/return/{MONTH}/{COUNTY}"))
    for said in ("请附凭证", "与银行&lt;支付&gt;不符"):
        assert said in county
    line = read_page(text_of(caller(directory, "lead").get(f"/overview/{MONTH}/{COUNTY}")))
    assert line.link_named("2024年9月月报有 1 项被退回，改好请重报") == f"/return/{MONTH}/{COUNTY}"


def test_sending_back_wants_a_reason_and_keeps_what_was_written(directory: Path) -> None:
    client = caller(directory, "city")
    row = values(text_of(client.get(REVIEW)))[code(1)]
    none = sent(client, REVIEW, f"{REVIEW}/back", row=row, reason=" ")
    assert (none.status_code, "请写明退回的理由" in text_of(none)) == (409, True)
    long = sent(client, REVIEW, f"{REVIEW}/back", row=row, reason="长" * 501)
    assert (long.status_code, "最多 500 个" in text_of(long)) == (422, True)
    assert "长" * 501 in text_of(long)


def test_who_accepts_what_another_sent_back_meanwhile_is_shown_both(
    directory: Path, status: Callable[[int], RowStatus]
) -> None:
    city, province = caller(directory, "city"), caller(directory, "province")
    seen = values(text_of(city.get(REVIEW)))
    sent(province, REVIEW, f"{REVIEW}/back", row=seen[code(3)], reason="请补照片")
    answer = sent(city, REVIEW, f"{REVIEW}/accept", row=[seen[code(3)], seen[code(4)]])
    page = text_of(answer)
    assert answer.status_code == 409
    assert "已有变化，现在是“退回”" in page
    assert "请补照片" in page
    assert [status(3), status(4)] == [RowStatus.SENT_BACK, RowStatus.SENT]


def test_who_judges_what_the_county_sent_anew_is_shown_the_new_one_and_keeps_the_reason(
    directory: Path, status: Callable[[int], RowStatus]
) -> None:
    city = caller(directory, "city")
    old = values(text_of(city.get(REVIEW)))
    sent(city, REVIEW, f"{REVIEW}/back", row=old[code(2)], reason="请写明进度")
    ledger = open_ledger(directory)
    send_all(ledger, "anew", Reported(code(2), {"progress": "已完成八成"}))
    ledger.close()
    for address, more in ((f"{REVIEW}/accept", {}), (f"{REVIEW}/back", {"reason": "第二位审核人的理由"})):
        answer = sent(city, REVIEW, address, row=old[code(2)], **more)
        assert answer.status_code == 409
        assert "您看到的不是最新的一份" in text_of(answer)
        assert "已完成八成" in text_of(answer)
        assert more.get("reason", "") in text_of(answer)
    assert status(2) is RowStatus.SENT


@pytest.mark.parametrize("row", ["", "x", f"{ELSEWHERE}-0001:1", "140702-0001:٣", "140702-0001:" + "9" * 30])
def test_a_return_there_is_not_is_said(directory: Path, row: str) -> None:
    client = caller(directory, "city")
    for address in ("accept", "back"):
        answer = sent(client, REVIEW, f"{REVIEW}/{address}", row=row, reason="x")
        assert answer.status_code in (404, 409)
        assert "太谷区甲工程" not in text_of(answer)


def test_nobody_but_the_task_force_reviews(directory: Path, status: Callable[[int], RowStatus]) -> None:
    row = values(text_of(caller(directory, "city").get(REVIEW)))[code(1)]
    for name in ("lead", "reader"):
        client = caller(directory, name)
        assert client.get(REVIEW).status_code == 403
        assert sent(client, "/account", f"{REVIEW}/accept", row=row).status_code == 403
    assert status(1) is RowStatus.SENT


def test_an_areas_page_names_the_counties_with_something_to_review_first(directory: Path) -> None:
    page = read_page(text_of(caller(directory, "city").get(f"/review/{MONTH}/1407")))
    assert page.heading == "晋中市2024年9月：待审 4 项"
    assert page.rows[1][0] == "榆次区"
    line = read_page(text_of(caller(directory, "city").get(f"/overview/{MONTH}/1407")))
    assert line.link_named("2024年9月月报：1 个县没有报全，待审 4 项") == f"/month/{MONTH}/1407"
