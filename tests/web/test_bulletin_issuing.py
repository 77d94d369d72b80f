"""Issuing from the pages: what was seen is issued once, for good; what is in the way is said and nothing is lost."""

from __future__ import annotations

import datetime
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.builders import YIHONG
from tests.web.callers import text_of
from tests.web.papers import Bench, head, key_of, papers_ledger, printed_at_once, settled
from tests.web.reading_pages import read_page
from tests.web.returning import BEFORE, COUNTY, MONTH, code, enter, token_of
from tracker.exchange.bulletins.composing import SECTION_PART
from tracker.exchange.paper import printer
from tracker.ledger.audit import Asked, entries
from tracker.ledger.bulletins import Issued, WordingPlace, bulletins_of, file_of, save_wordings
from tracker.ledger.checking import check
from tracker.ledger.handle import shanghai_now
from tracker.ledger.opening import open_ledger
from tracker.ledger.projects import correct
from tracker.ledger.writing import writing
from tracker.web.background_work import OUTCOME
from tracker.web.printing_work import PRINTING_NAME
from tracker.web.site import create_site

PAGE = f"/bulletin/{BEFORE}/{COUNTY}/issue"
TODAY = shanghai_now().date()
NUMBER = f"榆次专班通报〔{TODAY.year}〕1号"
EARLIER = TODAY - datetime.timedelta(days=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return papers_ledger(tmp_path_factory.mktemp("issuing") / "ledger")


@pytest.fixture
def city(county: Path) -> FlaskClient:
    return enter(create_site(county).test_client(), "demo-city")


def posted(client: FlaskClient, page: TestResponse, address: str = PAGE, **typed: str) -> TestResponse:
    """Press 印发 on a page, with what it offers and what is typed into it."""
    html = text_of(page)
    offered = {name: found[1] for name in ("seen", "number", "signed_on")
               if (found := re.search(rf'name="{name}"[^>]* value="([^"]*)"', html))}  # fmt: skip
    data = {"csrf_token": token_of(page), "key": key_of(page), **offered, **typed}
    return client.post(address, data=data)


def issued(directory: Path) -> list[Issued]:
    ledger = open_ledger(directory)
    try:
        return bulletins_of(ledger, YIHONG.key)
    finally:
        ledger.close()


def worded(directory: Path, part: str, text: str, version: int = 0, corrects: str = "") -> None:
    ledger = open_ledger(directory)
    place = WordingPlace(YIHONG.key, BEFORE, COUNTY, corrects)
    save_wordings(ledger, place, {part: text}, {part: version}, "李四")
    ledger.close()


def test_a_bulletin_is_seen_numbered_printed_and_issued(county: Path, city: FlaskClient) -> None:
    worded(county, "copied_to", "市政府办公室")
    page = city.get(PAGE)
    shown = read_page(text_of(page))
    assert shown.heading == "印发榆次区2024年8月通报"
    assert f'value="{NUMBER}"' in text_of(page)
    assert f'value="{TODAY}"' in text_of(page)
    assert "抄送 第 1 稿" in shown.text
    assert shown.link_named("先看草稿 PDF") == f"/printed/{BEFORE}/{COUNTY}/bulletin.pdf"
    # The same click twice is one bulletin.
    jobs = {posted(city, page).headers["Location"] for _ in range(2)}
    (job,) = jobs
    answer = settled(city, job)
    (own,) = issued(county)
    assert (own.number, own.signed_on, own.issued_by) == (NUMBER, TODAY.isoformat(), "晋中市专班（示例）")
    done = read_page(text_of(answer))
    assert f"已印发 {NUMBER}" in done.text
    assert own.sha256 in done.text
    ledger = open_ledger(county)
    assert file_of(ledger, own)[:5] == b"%PDF-"
    (entry,) = entries(ledger, Asked(event="bulletin"))
    assert (entry.account, entry.role, entry.allowed) == ("晋中市专班（示例）", "task_force", True)
    assert check(ledger) == []
    ledger.close()
    # The key was used, and the month has its bulletin: whoever comes later sees it.
    assert posted(city, page, number=f"榆次专班通报〔{TODAY.year}〕2号").status_code == 409
    assert f"已经印发：{NUMBER}" in read_page(text_of(city.get(PAGE))).text
    assert city.get(f"/printed/{BEFORE}/{COUNTY}/bulletin.pdf").headers["Location"].startswith("/bulletin/file/")
    assert len(issued(county)) == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"number": "通报第8号"}, "应写成 机关代字〔年份〕顺序号"),
        ({"signed_on": "下周"}, "请写明成文日期"),
        ({"signed_on": (TODAY + datetime.timedelta(days=1)).isoformat()}, "还没有到"),
        ({"signed_on": EARLIER.isoformat()}, "早于封账日期"),
        ({"number": "榆次专班通报〔2020〕1号"}, "文号写的是〔2020〕"),
    ],
)
def test_what_is_typed_wrong_comes_back_with_a_sentence(
    county: Path, city: FlaskClient, typed: dict[str, str], sentence: str
) -> None:
    answer = posted(city, city.get(PAGE), **typed)
    assert answer.status_code == 422
    assert sentence in read_page(text_of(answer)).text
    assert all(f'value="{said}"' in text_of(answer) for said in typed.values())
    assert not (county / PRINTING_NAME).exists()


def test_what_is_unusual_is_issued_once_it_is_confirmed(
    county: Path, city: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed_at_once(monkeypatch)
    bench = Bench(county, monkeypatch)
    asked = posted(city, city.get(PAGE), signed_on=EARLIER.isoformat(), number="榆次专班通报〔2020〕1号")
    assert asked.status_code == 422
    posted(city, asked, early="y", other_year="y")
    bench.work()
    assert [(each.number, each.signed_on) for each in issued(county)] == [
        ("榆次专班通报〔2020〕1号", EARLIER.isoformat())
    ]


def test_a_month_that_is_not_closed_has_only_a_draft(county: Path, city: FlaskClient) -> None:
    open_page = f"/bulletin/{MONTH}/{COUNTY}/issue"
    answer = city.get(open_page)
    assert "2024年9月还没有封账" in read_page(text_of(answer)).text
    refused = city.post(open_page, data={"csrf_token": token_of(city.get(PAGE)), "number": NUMBER})
    assert refused.status_code == 409
    assert issued(county) == []


def test_words_that_move_on_are_never_issued_unseen(
    county: Path, city: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed_at_once(monkeypatch)
    bench = Bench(county, monkeypatch)
    page = city.get(PAGE)
    worded(county, "copied_to", "市政府办公室")
    refused = posted(city, page, number=f"榆次专班通报〔{TODAY.year}〕7号")
    assert refused.status_code == 409
    assert "您打开这一页以后" in text_of(refused)
    assert f'value="榆次专班通报〔{TODAY.year}〕7号"' in text_of(refused)
    # The page shows them now; they move on once more while it is printed.
    job = posted(city, refused).headers["Location"]
    worded(county, "copied_to", "市政府", version=1)
    before = head(county)
    bench.work()
    back = city.get(job)
    assert "排版以后通报的文字又有改动（李四" in text_of(back)
    assert f'value="榆次专班通报〔{TODAY.year}〕7号"' in text_of(back)
    assert (head(county), issued(county)) == (before, [])
    posted(city, back)
    bench.work()
    assert [each.number for each in issued(county)] == [f"榆次专班通报〔{TODAY.year}〕7号"]


def test_of_two_who_issue_at_once_one_wins_and_the_other_sees_it(
    county: Path, city: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed_at_once(monkeypatch)
    bench = Bench(county, monkeypatch)
    province = enter(create_site(county).test_client(), "demo-province")
    first = posted(city, city.get(PAGE)).headers["Location"]
    second = posted(province, province.get(PAGE), number=f"晋水专班通报〔{TODAY.year}〕9号").headers["Location"]
    bench.work()
    assert city.get(first).headers["Location"].startswith(f"/bulletin/{BEFORE}/{COUNTY}?issued=")
    seen = province.get(second)
    assert seen.status_code == 409
    assert f"已经印发（{NUMBER}）" in text_of(seen)
    assert f"您填的没有用上：晋水专班通报〔{TODAY.year}〕9号" in text_of(seen)
    assert [each.number for each in issued(county)] == [NUMBER]
    # A process that died after it had issued, before it could say so.
    (county / PRINTING_NAME / first[-64:] / OUTCOME).unlink()
    assert city.get(first).status_code == 303


def test_a_printer_that_fails_leaves_the_ledger_and_what_was_typed(
    county: Path, city: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = Bench(county, monkeypatch)
    page, before = city.get(PAGE), head(county)
    job = posted(city, page, number=f"榆次专班通报〔{TODAY.year}〕5号").headers["Location"]
    with monkeypatch.context() as short:
        short.setattr(printer, "MEMORY", 64 << 20)
        bench.work()
    failed = city.get(job)
    assert "排版没有完成（" in text_of(failed)
    assert f'value="榆次专班通报〔{TODAY.year}〕5号"' in text_of(failed)
    assert head(county) == before
    printed_at_once(monkeypatch)
    # Pressed once more on the page that is still open, it is the same work, begun anew.
    assert posted(city, page, number=f"榆次专班通报〔{TODAY.year}〕5号").headers["Location"] == job
    bench.work()
    assert len(issued(county)) == 1


def test_a_correction_names_its_reason_and_what_it_corrects(
    county: Path, city: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed_at_once(monkeypatch)
    bench = Bench(county, monkeypatch)
    posted(city, city.get(PAGE))
    bench.work()
    corrected(county, "100")
    address = f"{PAGE}?corrects={NUMBER}"
    assert "还没有写明更正的事由" in read_page(text_of(city.get(address))).text
    worded(county, f"{SECTION_PART}reason", "一个县的投资数填报有误。", corrects=NUMBER)
    page = city.get(address)
    assert read_page(text_of(page)).heading == "印发榆次区2024年8月更正通报"
    said: dict[str, Any] = {"reason": "甲工程投资数有误"}
    assert "请写明更正的理由" in text_of(posted(city, page, address))
    job = posted(city, page, address, **said).headers["Location"]
    # Another correction comes while it is printed: what would be issued is no longer true.
    corrected(county, "200")
    bench.work()
    refused = city.get(job)
    assert "排版期间台账有了变化" in text_of(refused)
    assert 'value="甲工程投资数有误"' in text_of(refused)
    posted(city, refused, address, **said)
    bench.work()
    own, later = issued(county)
    assert (own.corrected_by, later.corrects, later.reason) == ((later.number,), own.number, "甲工程投资数有误")
    assert later.number == f"榆次专班通报〔{TODAY.year}〕2号"


def corrected(directory: Path, said: str) -> None:
    ledger = open_ledger(directory)
    with writing(ledger, f"correct:{said}", "专班") as writes:
        correct(writes, YIHONG, code(1), BEFORE, {"total_investment": Decimal(said)}, (), "填报有误")
    ledger.close()
