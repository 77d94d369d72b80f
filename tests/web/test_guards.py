"""What every answer carries, whoever asks for what; what is refused; what is shown when something breaks."""

from __future__ import annotations

import logging
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests.web.builders import empty_ledger
from tests.web.reading_pages import read_page
from tracker.ledger.accounts import add_account
from tracker.ledger.opening import creating_ledger, open_ledger
from tracker.ledger.signing_in import change_password
from tracker.model.roles import Role
from tracker.web.guarding import LARGEST_REQUEST, NAMES
from tracker.web.rooms import Permission, permission_of
from tracker.web.site import create_site, site_from_environment

ADDRESSES = (
    "/",
    "/go?month=2024-08&area=1407",
    "/overview/2024-08/14",
    "/overview/2024-08/140702",
    "/overview/1999-01/14",
    "/overview/2024-13/14",
    "/projects/2024-08/14/completed",
    "/list/2024-08/14",
    "/list/2024-08/14?q=zzzz",
    "/list/2024-08/14/excel",
    "/bulletin/2024-08/1407",
    "/gallery",
    "/project/140702-0001",
    "/project/140702-0001/file",
    "/project/nobody",
    "/import/00000000000000000000000000000000",
    "/static/yihong.css",
    "/static/nothing.css",
    "/nowhere",
)


def test_every_route_declares_who_may_use_it(site: Flask) -> None:
    rules = list(site.url_map.iter_rules())
    assert len(rules) >= 6
    for rule in rules:
        assert permission_of(site.view_functions[rule.endpoint]) in Permission, f"{rule} declares no permission"


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_answer_carries_the_security_headers(client: FlaskClient, address: str) -> None:
    headers = client.get(address, buffered=True).headers
    assert headers["Content-Security-Policy"] == (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Server"] == ""
    assert "Set-Cookie" not in headers


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_page_holds_inline_style_or_script(client: FlaskClient, address: str) -> None:
    response = client.get(address, buffered=True)
    if response.mimetype != "text/html" or response.status_code == 302:
        return
    html = response.get_data(as_text=True)
    assert "<script" not in html
    assert "<style" not in html
    for _, name, _ in read_page(html).attributes:
        assert name != "style"
        assert not name.startswith("on")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:5000", "localhost", "LOCALHOST:8080", "[::1]", "[::1]:5000"])
def test_loopback_names_are_served(client: FlaskClient, host: str) -> None:
    assert client.get("/overview/2024-08/14", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "localhost.evil:80", "10.0.0.5", "", "127.0.0.1:x", "[::2]"]
)
def test_any_other_host_is_refused(client: FlaskClient, host: str) -> None:
    response = client.get("/overview/2024-08/14", headers={"Host": host})
    assert response.status_code == 400
    assert "山西" not in response.get_data(as_text=True)


def test_callers_from_elsewhere_are_refused_whatever_host_they_claim(client: FlaskClient) -> None:
    response = client.get("/overview/2024-08/14", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert response.status_code == 403
    assert "本机" in read_page(response.get_data(as_text=True)).heading


def test_the_size_of_a_request_is_limited(site: Flask) -> None:
    assert site.config["MAX_CONTENT_LENGTH"] == LARGEST_REQUEST


def test_other_methods_are_refused_in_chinese(client: FlaskClient) -> None:
    response = client.post("/overview/2024-08/14", data={"a": "b"})
    assert response.status_code == 405
    assert "这个地址不接受这种操作" in response.get_data(as_text=True)


def test_a_page_that_does_not_exist_leads_back(client: FlaskClient) -> None:
    response = client.get("/nowhere")
    assert response.status_code == 404
    page = read_page(response.get_data(as_text=True))
    assert page.heading == "没有这一页"
    assert page.link_named("回到最近一个月的总览") == "/"


def test_a_failure_shows_a_number_that_stands_in_the_log(province: Path, caplog: pytest.LogCaptureFixture) -> None:
    site = create_site(province)

    def broken(**_named: object) -> str:
        raise RuntimeError("a secret reason")

    site.view_functions["overview.show"] = broken
    with caplog.at_level(logging.ERROR):
        response = site.test_client().get("/overview/2024-08/14")
    html = response.get_data(as_text=True)
    assert response.status_code == 500
    number = html.split('class="failure">')[1].split("<")[0]
    assert number in caplog.text
    assert "a secret reason" in caplog.text
    assert "a secret reason" not in html
    assert response.headers["Content-Security-Policy"]


def test_a_directory_without_a_ledger_says_how_to_make_one(tmp_path: Path) -> None:
    response = create_site(tmp_path).test_client().get("/")
    assert response.status_code == 503
    assert "app.py init --demo" in response.get_data(as_text=True)


def test_a_ledger_made_later_is_found_without_a_restart(tmp_path: Path) -> None:
    client = create_site(tmp_path / "ledger").test_client()
    assert client.get("/").status_code == 503
    empty_ledger(tmp_path / "ledger")
    assert client.get("/").status_code == 302


def test_a_broken_ledger_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "ledger.sqlite3").write_bytes(b"no database at all" * 100)
    response = create_site(tmp_path).test_client().get("/overview/2024-08/14")
    assert response.status_code == 503
    assert "无法读取" in response.get_data(as_text=True)


def test_a_ledger_without_a_programme_says_how_to_add_one(tmp_path: Path) -> None:
    with creating_ledger(tmp_path / "ledger"):
        pass
    response = create_site(tmp_path / "ledger").test_client().get("/")
    assert response.status_code == 200
    assert "app.py programme add" in response.get_data(as_text=True)


def test_the_environment_names_the_ledger(province: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TRACKER_DATA", str(province))
    assert site_from_environment().test_client().get("/").headers["Location"] == "/overview/2024-08/14"


def test_static_files_keep_for_good_and_stay_inside_their_folder(client: FlaskClient) -> None:
    response = client.get("/static/yihong.css", buffered=True)
    assert response.status_code == 200
    assert "immutable" in response.headers["Cache-Control"]
    assert client.get("/static/../pyproject.toml").status_code == 404
    assert client.get("/overview/2024-08/14").headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("header", ["X-Forwarded-For", "Forwarded", "Via", "X-Real-IP"])
def test_nobody_behind_a_proxy_passes_for_somebody_at_the_machine(client: FlaskClient, header: str) -> None:
    assert client.get("/overview/2024-08/14", headers={header: "127.0.0.1"}).status_code == 403


def test_a_site_with_an_administrator_answers_to_its_names(
    province: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(province, tmp_path / "ledger")
    site = create_site(tmp_path / "ledger")
    elsewhere: dict[str, Any] = {"base_url": "https://ledger.example.cn", "environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    assert site.test_client().get("/signin", **elsewhere).status_code == 400
    with closing(open_ledger(tmp_path / "ledger")) as ledger:
        account, password = add_account(ledger, "xitong", Role.SYSTEM)
        change_password(ledger, account, password, "Chang-Cheng-2026")
    assert site.test_client().get("/signin", **elsewhere).status_code == 200
    assert site.test_client().get("/overview/2024-08/14", **elsewhere).status_code == 303
    monkeypatch.setenv(NAMES, "tai-zhang.example.cn other.example.cn")
    assert site.test_client().get("/signin", **elsewhere).status_code == 400
    elsewhere["base_url"] = "https://Tai-Zhang.example.cn:8443"
    assert site.test_client().get("/signin", **elsewhere).status_code == 200
