"""The sender's own workbook, given back from the page that shows what is wrong with it."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from tests.exchange.builders import rewrite, write_xlsx
from tests.web.builders import NOW, empty_ledger
from tests.web.callers import entered, with_people
from tests.web.returning import token_of
from tracker.exchange.marking.marking_words import SHEET_NAME
from tracker.exchange.reading.workbooks import Cell
from tracker.web.site import create_site

HEAD: list[Cell] = ["县（市、区）", "项目名称", "总投资（万元）"]
WRONG: list[list[Cell]] = [HEAD, ["榆茨区", "甲工程", 100], ["榆次区", "乙工程", "约三千"]]
BUTTON = "下载标注问题的原表"


@pytest.fixture(scope="session")
def empty_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_ledger(tmp_path_factory.mktemp("marked") / "ledger")


@pytest.fixture
def client(empty_directory: Path, tmp_path: Path) -> FlaskClient:
    """Somebody at the machine of a ledger that has no accounts yet."""
    shutil.copytree(empty_directory, tmp_path / "ledger")
    return create_site(tmp_path / "ledger").test_client()


def send(client: FlaskClient, content: bytes, name: str, area: str = "1407") -> str:
    """Send a list; give the address of its preview."""
    fields = {"csrf_token": token_of(client.get("/import")), "month": NOW, "area": area,
              "workbook": FileStorage(io.BytesIO(content), name)}  # fmt: skip
    boundary, body = encode_multipart(fields)
    answer = client.post("/import", data=body, content_type=f"multipart/form-data; boundary={boundary}")
    assert answer.status_code == 303, answer.get_data(as_text=True)
    return answer.headers["Location"]


def book_of(answer: TestResponse) -> openpyxl.Workbook:
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.data))


def test_the_preview_gives_the_workbook_back_and_it_comes_in_mended(client: FlaskClient, tmp_path: Path) -> None:
    address = send(client, write_xlsx(tmp_path / "a.xlsx", {"清单": WRONG}).read_bytes(), "某县 清单.xlsx")
    page = client.get(address).get_data(as_text=True)
    assert BUTTON in page
    link = re.search(r'href="([^"]*/marked)"', page)
    assert link
    answer = client.get(link[1])
    name = "filename*=UTF-8''%E6%9F%90%E5%8E%BF%20%E6%B8%85%E5%8D%95-%E6%A0%87%E6%B3%A8.xlsx"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert name in answer.headers["Content-Disposition"]
    assert answer.headers["Content-Type"].endswith("spreadsheetml.sheet")
    assert answer.headers["Cache-Control"] == "no-store"
    book = book_of(answer)
    assert {cell.coordinate for row in book["清单"] for cell in row if cell.comment} == {"A2", "C3"}
    assert "“某县 清单.xlsx”共有 2 处问题" in book[SHEET_NAME]["A2"].value
    book["清单"]["A2"] = "榆次区"
    book.save(tmp_path / "b.xlsx")
    address = send(client, (tmp_path / "b.xlsx").read_bytes(), "某县 清单-标注.xlsx")
    answer = client.get(f"{address}/marked")
    assert name in answer.headers["Content-Disposition"]
    book = book_of(answer)
    assert {cell.coordinate for row in book["清单"] for cell in row if cell.comment} == {"C3"}
    book["清单"]["C3"] = 3000
    book.save(tmp_path / "c.xlsx")
    address = send(client, (tmp_path / "c.xlsx").read_bytes(), "好了.xlsx")
    assert BUTTON not in client.get(address).get_data(as_text=True)
    answer = client.get(f"{address}/marked")
    assert (answer.status_code, answer.headers["Location"]) == (303, address)


def test_only_whom_a_list_concerns_gets_it_back(client: FlaskClient, tmp_path: Path) -> None:
    content = write_xlsx(tmp_path / "a.xlsx", {"清单": WRONG}).read_bytes()
    far, near = send(client, content, "清单.xlsx", "1402"), send(client, content, "清单.xlsx", "1407")
    with_people(tmp_path / "ledger", "city")
    city = entered(client.application.test_client(), "city")
    assert city.get(f"{near}/marked").status_code == 200
    unknown = city.get(f"/import/{'0' * 32}/marked")
    foreign = city.get(f"{far}/marked")
    assert (foreign.status_code, unknown.status_code) == (404, 404)


def test_a_workbook_that_takes_no_marks_says_so_and_keeps_its_faults_on_the_page(
    client: FlaskClient, tmp_path: Path
) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"清单": WRONG})
    rewrite(path, lambda name, part: part + b"<" if name == "[Content_Types].xml" else part)
    address = send(client, path.read_bytes(), "清单.xlsx")
    answer = client.get(f"{address}/marked")
    assert answer.status_code == 422
    assert "标注没有做成" in answer.get_data(as_text=True)
    assert "榆茨区" in client.get(address).get_data(as_text=True)


def test_a_file_that_is_no_list_offers_nothing_to_download(client: FlaskClient) -> None:
    address = send(client, b"%PDF-1.4", "清单.xlsx")
    assert BUTTON not in client.get(address).get_data(as_text=True)
    assert client.get(f"{address}/marked").status_code == 422
