"""Where there is nothing yet, or nothing at an address: what will stand there, and the one thing to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.builders import empty_ledger
from tests.web.reading_pages import ReadPage, read_page
from tracker.commands.line import VERBS
from tracker.ledger.opening import creating_ledger
from tracker.web.site import create_site

COMMANDS = re.compile(r"<pre><code>\.venv/bin/python app\.py ([^<]+)</code></pre>")


def _asked(client: FlaskClient, address: str) -> tuple[str, ReadPage]:
    html = client.get(address, follow_redirects=True).get_data(as_text=True)
    return html, read_page(html)


def _now(html: str) -> str:
    (step,) = re.findall(r'aria-current="step">\s*<h2>(.*?)</h2>', html)
    return str(step).split(" <")[0]


def test_without_a_ledger_the_first_of_five_steps_is_to_make_one(tmp_path: Path) -> None:
    html, page = _asked(create_site(tmp_path).test_client(), "/")
    assert _now(html) == "1. 建立台账"
    assert [line.split(" ")[0] for line in COMMANDS.findall(html)] == ["init", "init", "programme", "unit", "import"]
    assert "这里将列出" in page.text
    assert "已完成" not in page.text


def test_without_a_programme_the_second(tmp_path: Path) -> None:
    with creating_ledger(tmp_path / "ledger"):
        pass
    html, page = _asked(create_site(tmp_path / "ledger").test_client(), "/")
    assert _now(html) == "2. 写明专项"
    assert page.text.count("已完成") == 1
    assert not COMMANDS.findall(html)[0].startswith("init")


@pytest.mark.parametrize("room", ["overview", "ranking", "list"])
def test_without_a_month_the_units_and_the_list(tmp_path: Path, room: str) -> None:
    client = create_site(empty_ledger(tmp_path / "ledger")).test_client()
    html, page = _asked(client, f"/{room}/2024-08/14")
    assert _now(html) == "3. 登记开发区等单位"
    assert page.text.count("已完成") == 2
    assert page.heading.startswith("这里将列出山西省")
    assert "import 清单.xlsx --month 2024-08" in COMMANDS.findall(html)
    form = page.link_named("导入一份清单")
    assert client.get(form).status_code == 200


def test_every_command_told_exists(tmp_path: Path) -> None:
    html, _ = _asked(create_site(tmp_path).test_client(), "/")
    assert {line.split(" ")[0] for line in COMMANDS.findall(html)} <= set(VERBS)


def test_an_area_without_projects_says_what_will_stand_there(client: FlaskClient) -> None:
    html, page = _asked(client, "/overview/2024-08/140981")
    assert page.heading == "原平市在2024年8月没有项目"
    assert "这里将列出原平市的开工率、完工率和排名" in page.text
    assert COMMANDS.findall(html) == ["import 清单.xlsx --month 2024-08 --within 140981"]
    assert client.get(page.link_named("看忻州市")).status_code == 200


@pytest.mark.parametrize("address", ["/nowhere", "/project/nobody", "/overview/2024-13/14", "/list/2024-08/99"])
def test_an_address_that_names_nothing_leads_on(client: FlaskClient, address: str) -> None:
    assert client.get(address).status_code == 404
    html, page = _asked(client, address)
    for words in ("回到最近一个月的总览", "看各地的排名", "看全部工程的清单"):
        assert client.get(page.link_named(words), follow_redirects=True).status_code == 200
    (search,) = re.findall(r'<form class="ways-on" method="get" action="([^"]+)"', html)
    found = client.get(f"{search}?room=list&q=140702-0001", follow_redirects=True)
    assert "搜索“140702-0001”" in read_page(found.get_data(as_text=True)).text


def test_a_refusal_offers_no_search(client: FlaskClient) -> None:
    answer = client.get("/overview/2024-08/14", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert "ways-on" not in answer.get_data(as_text=True)
