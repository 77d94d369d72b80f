"""An office's own layout on the page: sent, refused with its cells, used, replaced, taken back; by its office alone."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from tests.web.builders import NOW, YIHONG
from tests.web.callers import caller, sent, with_people
from tests.web.returning import token_of
from tracker.ledger.audit import entries
from tracker.ledger.handle import LedgerError, RefusedError
from tracker.ledger.office_templates import content_of, find_template, office_templates
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import places_of

CITY = f"/templates/{NOW}/1407"
KIND = "dispatch"


@pytest.fixture(scope="module")
def peopled(province: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("templates") / "ledger"
    shutil.copytree(province, directory)
    return with_people(directory, "city", "lead", "province")


@pytest.fixture
def directory(peopled: Path, tmp_path: Path) -> Path:
    shutil.copytree(peopled, tmp_path / "ledger")
    return tmp_path / "ledger"


def upload(client: FlaskClient, content: bytes, name: str = "市局调度表", file: str = "模板.xlsx") -> TestResponse:
    token = token_of(client.get(CITY))
    data = {"csrf_token": token, "kind": KIND, "name": name, "workbook": (io.BytesIO(content), file)}
    return client.post(CITY, data=data, content_type="multipart/form-data")


def marked(**cells: str) -> bytes:
    book, written = openpyxl.Workbook(), io.BytesIO()
    said = {"A1": "{{标题}}", "A3": "{{#}}", "B3": "{{项目名称}}", "C3": "{{总投资}}", "C4": "{{合计:总投资}}"}
    for place, text in {**said, **cells}.items():
        book.worksheets[0][place] = text
    book.save(written)
    return written.getvalue()


def rows_of(answer: TestResponse) -> list[tuple[object, ...]]:
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return list(openpyxl.load_workbook(io.BytesIO(answer.get_data())).worksheets[0].iter_rows(values_only=True))


def test_an_office_sends_its_layout_and_everybody_of_its_area_exports_with_it(directory: Path) -> None:
    city, county = caller(directory, "city"), caller(directory, "lead")
    begun = city.get(f"{CITY}/{KIND}.xlsx")
    assert "{{标题}}" in str(rows_of(begun))
    refused = upload(city, marked(B3="{{项目名子}}", D7="{{月分}}"))
    html = refused.get_data(as_text=True)
    assert refused.status_code == 422
    assert all(said in html for said in ("Sheet!B3", "{{项目名称}}", "Sheet!D7", "{{月份}}", "市局调度表"))
    assert upload(city, b"a,b\n", file="a.csv").status_code == 422
    assert upload(city, marked(), name=" ").status_code == 422
    assert upload(city, marked()).status_code == 303
    for client, area in ((city, "1407"), (county, "140702")):
        link = re.search(rf'href="(/tables/{NOW}/{area}/{KIND}\.xlsx\?template=[^"]+)"',
                         client.get(f"/tables/{NOW}/{area}").get_data(as_text=True))  # fmt: skip
        assert link is not None, area
        rows = rows_of(client.get(link[1].replace("&amp;", "&")))
        official = rows_of(client.get(f"/tables/{NOW}/{area}/{KIND}.xlsx"))
        assert rows[0][0] == official[0][0]
        assert [row[0] for row in rows[2:-1]] == list(range(1, len(rows) - 2))
        assert sum(float(str(row[2] or 0)) for row in rows[2:-1]) == pytest.approx(float(str(rows[-1][2])))
    # The whole province's task force sees it in the city only, and another table has none.
    assert "template=" not in caller(directory, "province").get(f"/tables/{NOW}/14").get_data(as_text=True)
    assert city.get(f"/tables/{NOW}/1407/list.xlsx?template=市局调度表").status_code == 404


def test_a_new_version_ends_the_one_before_and_what_is_removed_stays_to_be_looked_at(directory: Path) -> None:
    city = caller(directory, "city")
    for content in (marked(), marked(), marked(A9="第二版")):
        assert upload(city, content).status_code == 303
    ledger = open_ledger(directory)
    second, first = office_templates(ledger, YIHONG.key, "140700")
    assert (second.ended_at, first.ended_by) == (None, "city")
    kept = city.get(f"{CITY}/{first.number}.xlsx").get_data()
    assert hashlib.sha256(kept).hexdigest() == first.sha256 != second.sha256
    assert sent(city, CITY, f"{CITY}/remove", number=str(second.number)).status_code == 303
    assert sent(city, CITY, f"{CITY}/remove", number=str(second.number)).status_code == 409
    assert city.get(f"{CITY}/{second.number}.xlsx").get_data() == content_of(ledger, second)
    places = places_of(ledger, YIHONG)
    area = places.find("1407")
    assert area is not None
    with pytest.raises(RefusedError, match="还没有"):
        find_template(ledger, YIHONG.key, places, area, KIND, "市局调度表")
    assert [each.event for each in entries(ledger) if each.allowed and each.event.startswith("template")] == [
        "template_removed", "template_added", "template_added", "template_added"
    ]  # fmt: skip
    ledger.connection.execute("UPDATE template_content SET content = x'00'")
    with pytest.raises(LedgerError, match="损坏"):
        content_of(ledger, second)
    ledger.close()


def test_only_the_task_force_keeps_layouts_and_only_its_own(directory: Path) -> None:
    assert upload(caller(directory, "city"), marked()).status_code == 303
    lead = caller(directory, "lead")
    for address in (CITY, f"{CITY}/1.xlsx", f"/templates/{NOW}/140702"):
        assert lead.get(address).status_code in (403, 404), address
    assert caller(directory, "city").get(f"/templates/{NOW}/1401").status_code == 404
    # A number of another area is not there, whoever asks.
    province = caller(directory, "province")
    assert province.get(f"/templates/{NOW}/14/1.xlsx").status_code == 404
    assert sent(province, f"/templates/{NOW}/14", f"/templates/{NOW}/14/remove", number="1").status_code == 409
    assert province.get(f"{CITY}/1.xlsx").status_code == 200
