"""Programmes on pages: made from a shipped definition or one's own, set with a reason, units registered."""

from __future__ import annotations

import io
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.callers import caller, sent, text_of, with_people
from tests.web.reading_pages import read_page
from tests.web.returning import token_of
from tracker.exchange.programme_file import SHANXI, read_programme
from tracker.ledger.opening import creating_ledger, open_ledger
from tracker.ledger.programmes import programmes, units_of
from tracker.ledger.reading import reading
from tracker.ledger.writing import writing
from tracker.model.programme import Programme

PAGE = "/programmes/yihong"
REASON = "省专班通知"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("programmes") / "ledger"
    with creating_ledger(directory):
        pass
    with_people(directory, "system", "security", "audit")
    return directory


@pytest.fixture
def empty(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "ledger")
    return tmp_path / "ledger"


@pytest.fixture
def directory(empty: Path) -> Path:
    ledger = open_ledger(empty)
    with writing(ledger, "first", "测试") as writes:
        writes.define_programme(read_programme(SHANXI)[0])
    ledger.close()
    return empty


def held(directory: Path) -> list[Programme]:
    with reading(directory) as ledger:
        return programmes(ledger)


def form_of(client: FlaskClient) -> dict[str, str]:
    """Give what the form of the settings holds, as a browser would send it."""
    html = text_of(client.get(PAGE)).split("</form>")[0]
    found = {}
    for tag in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        if name:
            found[name[1]] = value[1] if value else ""
    for name, inside in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', html, re.DOTALL):
        chosen = re.search(r'<option selected value="([^"]*)"', inside)
        found[name] = chosen[1] if chosen else ""
    return found


def upload(client: FlaskClient, content: bytes, **more: Any) -> TestResponse:
    return client.post(
        "/programmes",
        data={"csrf_token": token_of(client.get("/programmes")), "source": "file",
              "file": (io.BytesIO(content), "定义.toml"), **more},
        content_type="multipart/form-data",
    )  # fmt: skip


def test_an_empty_ledger_leads_the_system_administrator_to_its_first_programme(empty: Path) -> None:
    client = caller(empty, "system")
    assert client.get("/").headers["Location"] == "/programmes"
    page = read_page(text_of(client.get("/programmes")))
    assert page.heading == "先登记一个专项"
    for _ in range(2):
        answer = sent(client, "/programmes", "/programmes", source="yihong", key="p" * 32)
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
    assert [each.key for each in held(empty)] == ["yihong"]
    assert client.get("/").headers["Location"] == "/accounts"
    again = sent(client, "/programmes", "/programmes", source="yihong")
    assert (again.status_code, "代号和名称都不能重复" in text_of(again)) == (409, True)


def test_an_office_brings_its_own_definition(empty: Path) -> None:
    client = caller(empty, "system")
    own = 'key = "rivers"\nname = "母亲河复苏"\narea = "140000"\n'
    own += '[[units]]\ncode = "140771"\nname = "开发区"\ncity = "1407"\n'
    answer = upload(client, b"\xef\xbb\xbf" + own.encode(), reason=REASON)
    assert answer.headers["Location"] == "/programmes/rivers"
    assert "开发区（晋中市）" in text_of(client.get("/programmes/rivers"))
    with reading(empty) as ledger:
        reasons = ledger.connection.execute("SELECT DISTINCT reason FROM record").fetchall()
    assert [row["reason"] for row in reasons] == [REASON]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "缺少设置 key"), (b"\xff\xfe\x00", "不是正确的 TOML"), (b"key = ", "不是正确的 TOML"),
        (b"a = " + b"[" * 3000, "不是正确的 TOML"), (b"#" * 70_000, "不会超过"),
        (b'key = "X"\nname = "a"', "只能用小写字母"), (b'key = "a"\nname = "a"\ncolour = 1', "不认识的设置：colour"),
        (b'key = "a"\nname = "a"\nreporting_day = 31', "应为 1 到 28"),
        (b'key = "a"\nname = "a"\narea = "99"', "不在行政区划里"),
        (b'key = "a"\nname = "a"\nexpected_projects = "many"', "应为整数"),
        (b'key = "a"\nname = "a"\nexpected_projects = -1', "应为 1 到 999999"),
        (b'key = "a"\nname = "a"\ndemonstration = true', "只能由 app.py init --demo 建立"),
        (b'key = "<b>"\nname = "a"', "&lt;b&gt;"),
    ],
)  # fmt: skip
def test_a_faulty_definition_is_said_and_nothing_is_made(empty: Path, content: bytes, said: str) -> None:
    answer = upload(caller(empty, "system"), content)
    assert (answer.status_code, said in text_of(answer)) == (422, True)
    assert held(empty) == []


def test_a_definition_must_be_chosen(empty: Path) -> None:
    client = caller(empty, "system")
    for source in ("", "file", "../../etc/passwd"):
        answer = sent(client, "/programmes", "/programmes", source=source)
        assert (answer.status_code, "请选一份" in text_of(answer)) == (422, True)


def test_settings_change_with_a_reason(directory: Path) -> None:
    client = caller(directory, "system")
    form = form_of(client)
    changed = {**form, "decimals": "2", "tie_rule": "dense", "separate_groups": "no", "reporting_day": "8",
               "review_levels": "2", "expected_projects": "", "categories_complete": "yes",
               "reason": REASON}  # fmt: skip
    for _ in range(2):
        assert client.post(PAGE, data=changed).status_code in (303, 409)
    now = held(directory)[0]
    assert (now.decimals, now.tie_rule, now.separate_groups, now.reporting_day) == (2, "dense", False, 8)
    assert (now.review_levels, now.expected_projects, now.categories_complete) == (2, None, True)
    with reading(directory) as ledger:
        rows = ledger.connection.execute("SELECT reason, recorded_by FROM record WHERE kind = 'programme'").fetchall()
    assert [tuple(row) for row in rows] == [(None, "测试"), (REASON, "system 测试员")]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"reason": ""}, "请写明为什么改"), ({"decimals": "5"}, "应为 0、1 或 2"),
     ({"reporting_day": "31"}, "应为 1 到 28"),
     ({"name": ""}, "请填写专项名称"), ({"decimals": "一"}, "form-fault"), ({"tie_rule": "x"}, "form-fault"),
     ({"reason": "长" * 501}, "最多 500 个字"), ({"name": "长" * 61}, "不能超过 60 个字"), ({}, "设置本来就是这样")],
)  # fmt: skip
def test_a_wrong_setting_is_said_and_what_was_typed_stays(directory: Path, wrong: dict[str, str], said: str) -> None:
    client = caller(directory, "system")
    before = held(directory)
    answer = client.post(PAGE, data={**form_of(client), "reason": REASON, **wrong})
    page = text_of(answer)
    assert (answer.status_code, said in page) == (422, True)
    assert "Traceback" not in page
    for text in wrong.values():
        assert text in page
    assert held(directory) == before


def test_two_who_set_at_once_are_shown_both(directory: Path) -> None:
    first, second = caller(directory, "system"), caller(directory, "system")
    one, two = form_of(first), form_of(second)
    assert first.post(PAGE, data={**one, "decimals": "2", "reason": REASON}).status_code == 303
    answer = second.post(PAGE, data={**two, "reporting_day": "10", "reason": REASON})
    page = text_of(answer)
    assert answer.status_code == 409
    assert "刚刚有人改过" in page
    assert "现在是：2" in page
    assert "现在是：5" in page
    assert 'value="10"' in page
    assert held(directory)[0].reporting_day == 5


def test_a_ranking_unit_is_registered_once_with_a_reason(directory: Path) -> None:
    client = caller(directory, "system")
    token = token_of(client.get(PAGE))
    unit = {"unit-csrf_token": token, "unit-key": "u" * 32, "unit-code": "140771", "unit-name": "晋中 开发区",
            "unit-city": "1407", "unit-reason": REASON}  # fmt: skip
    for _ in range(2):
        assert client.post(f"{PAGE}/unit", data=unit).status_code == 303
    with reading(directory) as ledger:
        assert [(each.code, each.name, each.city) for each in units_of(ledger, "yihong")] == [
            ("140771", "晋中 开发区", "140700")
        ]
    for wrong, said in (
        ({"unit-code": "140771"}, "已经被别的地区或单元使用"), ({"unit-code": "140702"}, "已经被别的地区或单元使用"),
        ({"unit-code": "140772", "unit-city": "6101"}, "不在专项"), ({"unit-reason": ""}, "请写明理由"),
        ({"unit-code": "中"}, "只能用 20 个以内"), ({"unit-city": "99"}, "没有代码为"),
    ):  # fmt: skip
        answer = client.post(f"{PAGE}/unit", data={**unit, "unit-key": "v" * 32, **wrong})
        assert answer.status_code in (409, 422)
        assert said in text_of(answer)


def test_only_the_system_administrator_comes_here(directory: Path) -> None:
    for name in ("security", "audit"):
        assert caller(directory, name).get("/programmes").status_code == 403
    assert caller(directory, "system").get("/programmes/nothing").status_code == 404
