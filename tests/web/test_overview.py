"""The overview's figures are the ledger's, each leads to its projects, and nothing typed in an address breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.builders import (
    BEFORE,
    NOW,
    YIHONG,
    area,
    empty_ledger,
    one_project_ledger,
    page,
    two_programmes_ledger,
)
from tests.web.reading_pages import read_page
from tracker.ledger.handle import Ledger
from tracker.ledger.ranking_table import ranking
from tracker.ledger.standings import tallies
from tracker.model.measures import measures_of, rate_of
from tracker.model.ranking import chinese_place, print_rate
from tracker.web.site import create_site


def test_the_front_door_leads_to_the_latest_month(client: FlaskClient) -> None:
    assert client.get("/").headers["Location"] == f"/overview/{NOW}/14"


@pytest.mark.parametrize(
    ("code", "name"), [("14", "山西省"), ("1407", "晋中市"), ("140781", "介休市"), ("140771", "晋中经济技术开发区")]
)
def test_the_title_says_the_ledgers_figures(client: FlaskClient, ledger: Ledger, code: str, name: str) -> None:
    tally = tallies(ledger, YIHONG, NOW, area(ledger, code))[""]
    rate = print_rate(rate_of(measures_of(YIHONG)["completion"], tally), YIHONG.decimals)
    heading = page(client, f"/overview/{NOW}/{code}").heading
    projects, started, completed = tally["projects"], tally["started"], tally["completed"]
    assert heading == f"{name} {projects} 项工程，已开工 {started} 项，已完工 {completed} 项，完工率 {rate} %"


def test_filled_codes_are_the_same_area(client: FlaskClient) -> None:
    assert page(client, f"/overview/{NOW}/140700").heading == page(client, f"/overview/{NOW}/1407").heading


@pytest.mark.parametrize("by", ["start", "completion", "investment", "investment_of_total", "progress"])
@pytest.mark.parametrize("group", ["city", "county", "category", "level"])
def test_the_ranking_is_the_ledgers(client: FlaskClient, ledger: Ledger, by: str, group: str) -> None:
    found = ranking(ledger, YIHONG, NOW, by, group, area(ledger, "14"))  # type: ignore[arg-type]
    read = page(client, f"/overview/{NOW}/14?by={by}&group={group}")
    body = [row for row in read.rows if len(row) == 8]
    assert body[0][2] == "合计"
    # An overview ranks 25 at most, and whoever ties with the last of them; the rest is a press away.
    shown = len(body) - 1
    assert shown == len(found.rows) or shown >= 25
    if shown < len(found.rows):
        last, next_one = found.rows[shown - 1].placed, found.rows[shown].placed
        assert last is not None
        assert next_one is None or next_one.place > last.place
        assert f"全部 {len(found.rows)} 个" in read.text
    for row, expected in zip(body[1:], found.rows[:shown], strict=True):
        assert row[0].replace(" ", "") == (chinese_place(expected.placed) if expected.placed else "—")
        assert row[2].split(" ")[0] in (expected.name, expected.name.split(" ")[0])
        printed = print_rate(expected.rate, YIHONG.decimals)
        assert row[3] == (f"{printed} %" if printed else "—")
    for _, name in (*found.without_projects, *found.unknown):
        assert name in read.text


def test_ties_and_the_missing_are_said(client: FlaskClient) -> None:
    read = page(client, f"/overview/{NOW}/1407?by=investment")
    assert "没有项目，不排名" in read.text
    assert "单独排名" in read.text
    assert "并列" in page(client, f"/overview/{NOW}/14?by=start&group=county").text


def test_every_figure_leads_to_as_many_projects(client: FlaskClient, ledger: Ledger) -> None:
    read = page(client, f"/overview/{NOW}/14")
    tally = tallies(ledger, YIHONG, NOW, area(ledger, "14"))[""]
    for words, number in (
        (f"{tally['started']} / {tally['projects']} 项", tally["started"]),
        (f"{tally['completed']} / {tally['projects']} 项", tally["completed"]),
        (f"{tally['on_schedule']} / {tally['schedule_known']} 项", tally["on_schedule"]),
        (f"{tally['year_unknown']} 项缺数据", tally["year_unknown"]),
    ):
        assert f"合计 {number} 项" in page(client, read.link_named(words)).text


def test_every_fraction_of_the_ranking_leads_to_as_many_projects(client: FlaskClient) -> None:
    for group in ("city", "category", "level"):
        read = page(client, f"/overview/{NOW}/14?by=start&group={group}")
        body = [row for row in read.rows if len(row) == 8]
        addresses = [address for address, _ in read.links if "/started" in address and "of=start" in address]
        for row, address in zip(body, addresses[-len(body) :], strict=True):
            numerator = int(row[5].split(" / ")[0])
            text = page(client, address).text
            assert f"合计 {numerator} 项" in text if numerator else "没有项目" in text


def test_movement_is_against_the_month_before(client: FlaskClient, ledger: Ledger) -> None:
    now = tallies(ledger, YIHONG, NOW, area(ledger, "14"))[""]
    before = tallies(ledger, YIHONG, BEFORE, area(ledger, "14"))[""]
    assert f"{now['started'] - before['started']} 项，比上月" in page(client, f"/overview/{NOW}/14").text
    assert "比上月" not in page(client, f"/overview/{BEFORE}/14").text


def test_a_city_knows_its_place(client: FlaskClient, ledger: Ledger) -> None:
    row = next(
        r for r in ranking(ledger, YIHONG, NOW, "completion", "city", area(ledger, "14")).rows if r.code == "140700"
    )
    assert row.placed is not None
    tied = "并列" if row.placed.tied else ""
    assert f"山西省 11 个市中{tied}第 {row.placed.place}" in page(client, f"/overview/{NOW}/1407").text


def test_a_county_shows_its_projects(client: FlaskClient, ledger: Ledger) -> None:
    tally = tallies(ledger, YIHONG, NOW, area(ledger, "140702"))[""]
    read = page(client, f"/overview/{NOW}/140702")
    assert f"合计 {tally['projects']} 项" in read.text
    assert ("/overview/2024-08/1407", "晋中市") in read.links


def test_silent_projects_are_counted_and_listed(client: FlaskClient, ledger: Ledger) -> None:
    tally = tallies(ledger, YIHONG, NOW, area(ledger, "14"))[""]
    assert tally["unreported"] == 9
    read = page(client, f"/overview/{NOW}/14")
    assert "合计 9 项" in page(client, read.link_named("全部 9 项未报送")).text


def test_the_choosers_lead_to_the_same_room(client: FlaskClient) -> None:
    assert client.get("/go?room=overview&month=2024-07&area=1407&by=start").headers["Location"] == (
        "/overview/2024-07/1407?by=start"
    )
    assert client.get("/go?room=projects&month=2024-07&area=14&count=behind").headers["Location"] == (
        "/projects/2024-07/14/behind"
    )
    assert client.get("/go?room=dossier&code=140702-0001&stood=140702&area=140702&month=2024-07").headers[
        "Location"
    ] == ("/project/140702-0001?month=2024-07")
    assert client.get("/go").headers["Location"] == f"/overview/{NOW}/14"


@pytest.mark.parametrize(
    "address",
    [
        "/overview/2024-13/14", "/overview/202408/14", "/overview/%F0%9F%92%A7/14", "/overview/2024-08/99",
        "/overview/2024-08/31", "/overview/2024-08/%00", "/overview/2024-08/1407021", "/overview/2024-08/14?by=beauty",
        "/overview/2024-08/14?group=village", "/overview/2024-08/1407?group=city",
        "/overview/2024-08/14?programme=none",
        "/go?month=never", "/go?month=2024-08&area=x", "/projects/2024-08/14/everything", "/projects/2024-08/14/1%3D1",
        "/projects/2024-08/14/started?without=nothing", "/projects/2024-08/14/started?of=nothing",
        "/projects/2024-08/14/started?page=99", "/projects/2024-08/14/started?page=%EF%BC%91", "/project/999999-0001",
        "/project/140702-0001?month=x", "/project/140702-0001?month=2001-01",
    ],
)  # fmt: skip
def test_an_address_that_names_nothing_is_a_sentence(client: FlaskClient, address: str) -> None:
    read = page(client, address, 404)
    assert read.heading == "没有这一页"
    assert "Traceback" not in read.text


def test_a_month_before_the_first_leads_to_those_there_are(client: FlaskClient) -> None:
    read = page(client, "/overview/1999-01/14")
    assert read.heading == "1999年1月没有数据"
    assert read.link_named("看2024年7月") == f"/overview/{BEFORE}/14"


def test_a_month_not_open_says_whose_states_it_shows(client: FlaskClient) -> None:
    assert "还没有开放填报" in page(client, "/overview/2024-10/14").text
    assert "还没有开放填报" not in page(client, f"/overview/{NOW}/14").text


def test_a_county_without_projects_leads_up(client: FlaskClient, ledger: Ledger) -> None:
    code = ranking(ledger, YIHONG, NOW, "start", "county", area(ledger, "1407")).without_projects[0][0]
    read = page(client, f"/overview/{NOW}/{code}")
    assert "没有项目" in read.heading
    assert read.link_named("看晋中市") == f"/overview/{NOW}/1407"


def test_an_empty_ledger_says_what_to_do(tmp_path: Path) -> None:
    client = create_site(empty_ledger(tmp_path / "ledger")).test_client()
    read = page(client, client.get("/").headers["Location"])
    assert "app.py import" in read.text


def test_user_texts_are_escaped_everywhere(tmp_path: Path) -> None:
    hostile = '<script>alert("1")</script><img src=x onerror=alert(1)>{{ 7*7 }}'
    code = one_project_ledger(
        tmp_path / "ledger",
        {"name": hostile, "category": hostile[:60], "responsible_unit": hostile, "phone": "138 0000 1234"},
        {"progress": hostile, "problem": "第一行\n第二行" + hostile},
    )
    client = create_site(tmp_path / "ledger").test_client()
    for address in (
        f"/overview/{NOW}/140702", f"/overview/{NOW}/14?group=category", f"/projects/{NOW}/14/projects",
        f"/project/{code}", f"/project/{hostile}", f"/overview/{hostile}/14",
        f"/projects/{NOW}/14/projects?category={hostile}",
    ):  # fmt: skip
        html = client.get(address).get_data(as_text=True)
        assert "<script" not in html
        assert "<img" not in html
        assert "49" not in read_page(html).heading
    assert hostile in read_page(client.get(f"/project/{code}").get_data(as_text=True)).heading


def test_several_programmes_stay_in_the_address(tmp_path: Path) -> None:
    client = create_site(two_programmes_ledger(tmp_path / "ledger")).test_client()
    read = page(client, f"/overview/{NOW}/14?programme=other")
    assert read.heading.startswith("山西省 1 项工程")
    assert "示例数据" not in read.text
    for address, _ in read.links:
        if address.startswith(("/overview/", "/projects/")):
            assert "programme=other" in address
    assert "乙工程" in page(client, "/project/140702-0001").heading
