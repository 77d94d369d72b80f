"""The room of tables: what it offers, what its links give, and where it says why there is nothing."""

from __future__ import annotations

import io
import json
from pathlib import Path
from urllib.parse import quote

import openpyxl
import pytest
from flask.testing import FlaskClient

from tests.web.builders import BEFORE, NOW, YIHONG, area, page
from tests.web.returning import county_ledger, enter
from tracker.ledger.handle import Ledger
from tracker.ledger.standings import listing, tallies
from tracker.web.site import create_site


def test_every_table_is_offered_with_its_three_files(client: FlaskClient, ledger: Ledger) -> None:
    html = client.get(f"/tables/{NOW}/1407?annex=3").get_data(as_text=True)
    for kind in ("list", "dispatch", "summary", "ranking", "behind", "problems", "timeliness"):
        for ending in ("xlsx", "csv", "json"):
            assert f'href="/tables/{NOW}/1407/{kind}.{ending}?annex=3"' in html, kind
    assert f'href="/tables/{NOW}/1407/ledger.xlsx' in html
    assert "ledger.csv" not in html
    number = tallies(ledger, YIHONG, NOW, area(ledger, "1407"))[""]["projects"]
    assert f"共 {number} 项工程" in html
    assert 'aria-current="page">通报</a>' in html


@pytest.mark.parametrize("ending", ["xlsx", "csv", "json"])
@pytest.mark.parametrize("kind", ["list", "dispatch", "summary", "ranking", "behind", "problems", "timeliness"])
def test_a_link_gives_the_file_it_says(client: FlaskClient, kind: str, ending: str) -> None:
    answer = client.get(f"/tables/{NOW}/1407/{kind}.{ending}")
    assert answer.status_code == 200
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert f"filename*=UTF-8''{quote('晋中市')}" in disposition
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    if ending == "json":
        assert json.loads(answer.get_data())["table"] == kind
    elif ending == "xlsx":
        assert openpyxl.load_workbook(io.BytesIO(answer.get_data())).worksheets[0].max_row > 4


def test_choices_go_along_to_the_files(client: FlaskClient, ledger: Ledger) -> None:
    category = YIHONG.categories[2]
    html = client.get(f"/tables/{NOW}/14?by=category&order=start&category={category}&annex=2").get_data(as_text=True)
    assert f"类别为“{category}”" in html
    found = json.loads(client.get(f"/tables/{NOW}/14/dispatch.json?category={category}").get_data())
    expected = listing(ledger, YIHONG, NOW, area(ledger, "14"), group=("category", category))
    assert sum(line["rank"] == "plain" for line in found["lines"]) == len(expected) > 0
    summary = json.loads(client.get(f"/tables/{NOW}/14/summary.json?by=category&annex=2").get_data())
    assert summary["title"].startswith("山西省一泓清水入黄河工程分类别汇总表")
    # What means nothing is passed over.
    plain = client.get(f"/tables/{NOW}/14/summary.json?by=beauty&category=x&level=y&order=z").get_data()
    assert plain == client.get(f"/tables/{NOW}/14/summary.json").get_data()


def test_where_there_is_nothing_the_page_says_so(client: FlaskClient) -> None:
    html = client.get(f"/tables/{NOW}/140922").get_data(as_text=True)
    assert "没有项目" in html
    assert "/dispatch.xlsx" not in html
    assert client.get(f"/tables/{NOW}/140922/dispatch.xlsx").status_code == 200
    one = client.get(f"/tables/{NOW}/140702").get_data(as_text=True)
    assert "只有一个单位，不排名" in one
    for wrong in ("dispatch.pdf", "beauty.xlsx", "ledger.csv", "dossier.xlsx?project=140702-9999"):
        answer = client.get(f"/tables/{NOW}/1407/{wrong}")
        assert answer.status_code == 404
        assert "。" in answer.get_data(as_text=True)


def test_a_dossier_is_one_press_away_from_its_page(client: FlaskClient, ledger: Ledger) -> None:
    project = listing(ledger, YIHONG, NOW, area(ledger, "140702"))[0]
    read = page(client, f"/project/{project.code}?month={BEFORE}")
    answer = client.get(read.link_named("Excel"))
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.get_data())).worksheets[0]
    assert project.name in [cell.value for row in sheet.iter_rows() for cell in row]
    assert client.get(f"/tables/{NOW}/140781/dossier.xlsx?project={project.code}").status_code == 404


def test_the_choosers_keep_the_room_and_its_choices(client: FlaskClient) -> None:
    answer = client.get(f"/go?room=tables&month={BEFORE}&area=1408&by=level&annex=4")
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/tables/{BEFORE}/1408?by=level&annex=4"
    read = page(client, f"/ranking/{NOW}/14?by=start")
    assert read.link_named("Excel") == f"/tables/{NOW}/14/ranking.xlsx?by=area&order=start"


def test_nobody_gets_tables_beyond_their_scope(tmp_path: Path) -> None:
    county_ledger(tmp_path / "ledger")
    site = create_site(tmp_path / "ledger")
    for name, entries in (("demo-lead", 5), ("demo-city", 6), ("demo-reader", 4)):
        html = enter(site.test_client(), name).get("/tables/2024-08/140702").get_data(as_text=True)
        nav = html.partition('aria-label="主导航"')[2].partition("</nav>")[0]
        assert nav.count("<a ") == entries
        assert "通报" in nav
    lead = enter(site.test_client(), "demo-lead")
    assert lead.get("/tables/2024-08/140702/dispatch.xlsx").status_code == 200
    for address in ("1407/dispatch.xlsx", "140703/dispatch.csv", "140703/dossier.xlsx?project=140703-0001",
                    "140702/dossier.xlsx?project=140703-0001", "14/ledger.json"):  # fmt: skip
        assert lead.get(f"/tables/2024-08/{address}").status_code == 404, address
    assert enter(site.test_client(), "demo-system").get("/tables/2024-08/140702/list.csv").status_code == 403
