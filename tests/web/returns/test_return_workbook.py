"""The return's workbook: fetched, filled in, given back, decided where two texts meet, and sent as always."""

from __future__ import annotations

import io
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.exchange.month_books import filled
from tests.web.builders import YIHONG
from tests.web.reading_pages import read_page
from tests.web.returning import MONTH, PAGE, code, enter, hidden, shown, token_of, worked_in
from tracker.ledger.closing import lock_month
from tracker.ledger.handle import Ledger
from tracker.ledger.writing import writing
from tracker.web.site import create_site

BOOK = f"{PAGE}/workbook"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return worked_in(tmp_path_factory.mktemp("made") / "ledger", 4, "demo-lead", "demo-reporter", "demo-city")


@pytest.fixture
def site(county: Path) -> Flask:
    return create_site(county)


def fetched(client: FlaskClient, path: Path) -> Path:
    answer = client.get(f"{BOOK}.xlsx")
    assert answer.status_code == 200
    path.write_bytes(answer.get_data())
    return path


def given(client: FlaskClient, path: Path, name: str = "榆次区9月.xlsx") -> str:
    """Give a workbook back; gives the address of what it would change."""
    data = {"csrf_token": token_of(client.get(BOOK)), "workbook": (io.BytesIO(path.read_bytes()), name)}
    answer = client.post(BOOK, data=data, content_type="multipart/form-data")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def confirmed(client: FlaskClient, address: str, **choices: str) -> TestResponse:
    """Press the page's button; `choices` are named `p1_progress` for the first project's, `all` for the rest."""
    fields = {"csrf_token": "", "agreed": "", **hidden(client.get(address).get_data(as_text=True))}
    for name, chosen in choices.items():
        kind, _, rest = name.partition("_")
        number, _, field = rest.partition("_")
        fields["take" if name == "all" else f"{kind}:{code(int(number[1:]))}:{field}"] = chosen
    return client.post(address, data=fields)


def type_in(client: FlaskClient, number: int, field: str, text: str) -> None:
    data = {
        "csrf_token": token_of(client.get(PAGE)),
        "project": code(number),
        "field": field,
        "text": text,
        "seen": "0",
    }
    assert client.post(f"{PAGE}/draft", data=data).status_code == 200


def drafts(ledger: Ledger) -> dict[tuple[str, str], str]:
    rows = ledger.connection.execute("SELECT project, field, text FROM draft ORDER BY project, field")
    return {(row["project"], row["field"]): row["text"] for row in rows}


def page_of(client: FlaskClient, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return read_page(answer.get_data(as_text=True)).text


def test_from_the_return_to_the_workbook_and_back_to_a_signed_return(
    reporter: FlaskClient, lead: FlaskClient, ledger: Ledger, tmp_path: Path
) -> None:
    assert read_page(reporter.get(PAGE).get_data(as_text=True)).link_named("用工作簿填报") == BOOK
    assert "用工作簿填报 4 项" in page_of(reporter, BOOK)
    path = fetched(reporter, tmp_path / "月报.xlsx")
    filled(path, p1_cumulative_investment=560, p1_progress="主体完工。", p2_unchanged="是", p3_unchanged="是",
           p4_cumulative_investment=400)  # fmt: skip
    # Meanwhile the lead types on the page.
    type_in(lead, 1, "cumulative_investment", "540")
    type_in(lead, 1, "remark", "网页上写的")
    address = given(reporter, path)
    before = drafts(ledger)
    said = page_of(reporter, address)
    assert "有 4 处要记入草稿，1 处两边不同" in said
    for text in (
        "540.00",
        "560.00",
        "榆次区负责人（示例）",
        "主体完工。",
        "小于上月的 503.00 万元",
        "记为本月无变化 2 项",
    ):
        assert text in said, text
    assert drafts(ledger) == before, "looking changes nothing"
    undecided = confirmed(reporter, address)
    assert (undecided.status_code, "还有 1 处两边不同" in undecided.get_data(as_text=True)) == (422, True)
    assert drafts(ledger) == before
    done = confirmed(reporter, address, take_p1_cumulative_investment="ours", answer_p4_cumulative_investment="核减。")
    assert (done.status_code, done.headers["Location"].startswith(f"{PAGE}?book=")) == (303, True)
    after = {
        (code(1), "cumulative_investment"): "560.00", (code(1), "progress"): "主体完工。",
        (code(1), "remark"): "网页上写的", (code(2), "unchanged"): "yes", (code(3), "unchanged"): "yes",
        (code(4), "cumulative_investment"): "400.00", (code(4), "answer:cumulative_investment"): "核减。",
    }  # fmt: skip
    assert drafts(ledger) == after
    again = {"csrf_token": token_of(reporter.get(PAGE)), "take": "theirs"}
    assert reporter.post(address, data=again).status_code == 303
    assert drafts(ledger) == after, "pressed twice, entered once"
    back = read_page(reporter.get(done.headers["Location"]).get_data(as_text=True))
    result = page_of(reporter, back.link_named("看记入了什么"))
    assert "以表为准，记为“560.00”" in result
    assert "“540.00”不再保留" in result
    assert "已填 4 项" in back.heading
    page = lead.get(f"{PAGE}/send").get_data(as_text=True)
    assert lead.post(f"{PAGE}/send", data=hidden(page)).status_code == 303
    assert drafts(ledger) == {}
    refused = reporter.get(f"{BOOK}.xlsx")
    assert (refused.status_code, "都已报送" in refused.get_data(as_text=True)) == (404, True)
    late = given_late(reporter, path)
    assert "已经报送（已报待审）" in late
    assert "没有要记入的" in late


def given_late(client: FlaskClient, path: Path) -> str:
    """Give a workbook back though there is nothing left to report; gives what the page says."""
    assert 'type="file"' not in client.get(BOOK).get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get("/account").get_data(as_text=True))
    assert token is not None
    data = {"csrf_token": token[1], "workbook": (io.BytesIO(path.read_bytes()), "月报.xlsx")}
    answer = client.post(BOOK, data=data, content_type="multipart/form-data")
    return page_of(client, answer.headers["Location"])


def test_what_moves_on_is_shown_again_and_the_text_that_gives_way_stays_in_sight(
    reporter: FlaskClient, lead: FlaskClient, ledger: Ledger, tmp_path: Path
) -> None:
    path = filled(fetched(reporter, tmp_path / "月报.xlsx"), p1_progress="表里写的", p2_progress="表里也写的",
                  p3_cumulative_investment=1)  # fmt: skip
    type_in(lead, 2, "progress", "网页上也写的")
    address = given(reporter, path)
    fields = {**hidden(reporter.get(address).get_data(as_text=True)), "take": "ours"}
    type_in(lead, 1, "progress", "网页上写的")
    before = drafts(ledger)
    answer = reporter.post(address, data=fields | {f"answer:{code(3)}:cumulative_investment": "写到一半"})
    html = answer.get_data(as_text=True)
    assert answer.status_code == 409
    for said in ("刚才又有人改了草稿", "网页上写的", "表里写的"):
        assert said in read_page(html).text
    assert shown(html)[f"answer:{code(3)}:cumulative_investment"] == "写到一半", "nothing typed is lost"
    assert drafts(ledger) == before
    assert confirmed(reporter, address, take_p2_progress="ours", all="theirs").status_code == 303
    assert drafts(ledger) == before | {
        (code(2), "progress"): "表里也写的", (code(3), "cumulative_investment"): "1.00"
    }  # fmt: skip
    result = page_of(reporter, address)
    assert "以系统为准，仍是“网页上写的”" in result
    assert "表中的“表里写的”没有记入" in result


def test_faults_are_at_their_cells_and_any_file_has_its_sentence(
    reporter: FlaskClient, ledger: Ledger, tmp_path: Path
) -> None:
    path = fetched(reporter, tmp_path / "月报.xlsx")
    assert "没有要记入的" in page_of(reporter, given(reporter, path))
    filled(path, p1_cumulative_investment="约三千", p2_progress="<b>好</b>")
    address = given(reporter, path)
    html = reporter.get(address).get_data(as_text=True)
    for said in ("还不能记入：1 处须改正", "约三千", "月报!"):
        assert said in read_page(html).text
    assert "&lt;b&gt;好&lt;/b&gt;" in html
    assert confirmed(reporter, address).status_code == 422
    (tmp_path / "a.xlsx").write_bytes(b"not a workbook")
    assert "须改正" in page_of(reporter, given(reporter, tmp_path / "a.xlsx"))
    answer = reporter.post(BOOK, data={"csrf_token": token_of(reporter.get(BOOK))})
    assert (answer.status_code, "请选择填好的工作簿" in answer.get_data(as_text=True)) == (422, True)
    assert drafts(ledger) == {}
    own = tmp_path / "县里的.csv"
    own.write_text("项目名称,形象进度,备注\n榆次区第1号治理工程,县里的表写的,备注\n", "utf-8")
    address = given(reporter, own, "县里的.csv")
    assert "按普通清单读到 1 个项目" in page_of(reporter, address)
    assert confirmed(reporter, address).status_code == 303
    assert drafts(ledger) == {(code(1), "progress"): "县里的表写的", (code(1), "remark"): "备注"}


def test_a_workbook_stays_where_it_belongs_and_a_locked_month_takes_none(
    reporter: FlaskClient, ledger: Ledger, tmp_path: Path
) -> None:
    path = filled(fetched(reporter, tmp_path / "月报.xlsx"), p1_progress="表里写的")
    address = given(reporter, path)
    fields = hidden(reporter.get(address).get_data(as_text=True))
    key = address.rsplit("/", 1)[-1]
    for foreign in (f"/return/2024-08/140702/workbook/{key}", f"{BOOK}/{'0' * 32}", f"{BOOK}/nothing"):
        assert reporter.get(foreign).status_code == 404
        assert reporter.post(foreign, data=fields).status_code == 404
    for beyond in ("140703/workbook", "140703/workbook.xlsx", "1407/workbook"):
        assert reporter.get(f"/return/{MONTH}/{beyond}").status_code == 404
    with writing(ledger, "october", "专班") as writes:
        writes.open_month(YIHONG.key, "2024-10")
    october = tmp_path / "十月.xlsx"
    october.write_bytes(reporter.get("/return/2024-10/140702/workbook.xlsx").get_data())
    said = page_of(reporter, given(reporter, october))
    assert "这是榆次区2024年10月的月报工作簿" in said
    assert "请到榆次区2024年10月的月报页交回" in said
    with writing(ledger, "lock", "专班") as writes:
        lock_month(writes, YIHONG, MONTH)
    answer = reporter.post(address, data=fields)
    assert (answer.status_code, "已经截止填报" in answer.get_data(as_text=True)) == (409, True)
    assert "表里写的" in page_of(reporter, address), "nothing typed is lost"
    assert "已经截止填报" in page_of(reporter, BOOK)
    assert drafts(ledger) == {}


def test_the_task_force_gets_all_counties_workbooks_in_one_archive(site: Flask) -> None:
    city = enter(site.test_client(), "demo-city")
    page = read_page(city.get(f"/month/{MONTH}/1407").get_data(as_text=True))
    answer = city.get(page.link_named("下载各县月报工作簿（.zip）"))
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(answer.get_data())) as archive:
        names = archive.namelist()
        assert [name.partition("2024")[0] for name in names] == ["榆次区", "太谷区"]
        book = openpyxl.load_workbook(io.BytesIO(archive.read(names[0])))
    assert book.worksheets[0]["B4"].value == code(1)
    assert city.get("/month/2024-12/1407/workbooks.zip").status_code == 404
