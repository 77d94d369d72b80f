"""The lists behind figures, and the dossier: nothing missing, nothing twice, and the reason beside it."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.web.builders import NOW, PHONE, YIHONG
from tests.web.test_overview import area, page
from tracker.ledger.handle import Ledger
from tracker.ledger.standings import CONDITIONS, listing, tallies
from tracker.model.measures import measures_of
from tracker.web.counts import COUNT_TITLES, parts_of


def projects_on_every_page(client: FlaskClient, address: str) -> list[str]:
    """Give the addresses of the projects that a list holds on all its pages."""
    read = page(client, address)
    pages = [link for link, words in read.links if words.isdigit()] or [address]
    found = []
    for link in pages:
        found += [target for target, _ in page(client, link).links if target.startswith("/project/")]
    return found


def test_every_count_of_the_ledger_has_its_words() -> None:
    assert set(COUNT_TITLES) == set(CONDITIONS)


@pytest.mark.parametrize("count", list(CONDITIONS))
def test_every_count_lists_exactly_its_projects(client: FlaskClient, ledger: Ledger, count: str) -> None:
    expected = {project.code for project in listing(ledger, YIHONG, NOW, area(ledger, "14"), count)}
    listed = projects_on_every_page(client, f"/projects/{NOW}/14/{count}")
    assert len(listed) == len(expected)
    assert {address.split("/")[2].split("?")[0] for address in listed} == expected
    assert f"{len(expected)} 项" in page(client, f"/projects/{NOW}/14/{count}").heading


@pytest.mark.parametrize("measure_key", ["start", "completion", "investment", "investment_of_total", "progress"])
def test_the_parts_of_a_rate_are_its_lists(client: FlaskClient, ledger: Ledger, measure_key: str) -> None:
    measure = measures_of(YIHONG)[measure_key]
    tally = tallies(ledger, YIHONG, NOW, area(ledger, "14"))[""]
    for part in parts_of(measure, tally):
        without = f"&without={part.without}" if part.without else ""
        read = page(client, f"/projects/{NOW}/14/{part.count}?of={measure_key}{without}")
        address = f"/projects/{NOW}/14/{part.count}?of={measure_key}{without}"
        assert len(projects_on_every_page(client, address)) == part.number
        assert measure.sentence in read.text


def test_what_a_rate_leaves_out_says_why(client: FlaskClient) -> None:
    read = page(client, f"/projects/{NOW}/14/year_unknown?of=investment")
    reasons = [row[5] for row in read.rows[2:]]
    assert reasons
    assert all(reason.startswith("缺") for reason in reasons)


def test_late_projects_come_with_lamp_and_reason_the_latest_first(client: FlaskClient) -> None:
    rows = page(client, f"/projects/{NOW}/14/behind").rows[2:]
    assert {row[4] for row in rows} == {"■ 预警", "▲ 提醒"}
    assert all("逾期" in row[5] or "本月到期" in row[5] for row in rows)
    assert rows[0][4] == "■ 预警"


def test_a_category_narrows_the_list_and_the_rate(client: FlaskClient, ledger: Ledger) -> None:
    category = YIHONG.categories[0]
    expected = tallies(ledger, YIHONG, NOW, area(ledger, "14"), "category")[category]["completed"]
    read = page(client, f"/projects/{NOW}/14/completed?of=completion&category={category}")
    assert f"合计 {expected} 项" in read.text
    unfilled = tallies(ledger, YIHONG, NOW, area(ledger, "14"), "category")[""]["projects"]
    assert f"合计 {unfilled} 项" in page(client, f"/projects/{NOW}/14/projects?category=").text


def test_the_dossier_says_who_recorded_what(client: FlaskClient) -> None:
    read = page(client, "/project/140702-0001")
    assert "市专班 测试员" in read.text
    assert "省专班 测试员" in read.text
    assert "记录 3 条" in read.text
    assert ("/overview/2024-08/140702", "榆次区") in read.links


def test_phone_numbers_are_masked_on_every_page(client: FlaskClient) -> None:
    dossier = "/project/140702-0001"
    for address in (f"/projects/{NOW}/14/projects", f"/overview/{NOW}/14", f"/overview/{NOW}/140702", dossier):
        assert PHONE not in client.get(address).get_data(as_text=True)
    assert "尾号 1234" in client.get(dossier).get_data(as_text=True)


def test_the_dossier_of_an_earlier_month_is_as_it_then_was(client: FlaskClient) -> None:
    assert "2024年7月末的状态" in page(client, "/project/140702-0001?month=2024-07").text


@pytest.mark.parametrize("address", ["/projects/1999-01/14/projects", "/projects/1999-01/14/completed?of=completion"])
def test_a_list_without_any_project_says_what_comes_next(client: FlaskClient, address: str) -> None:
    assert page(client, address).heading == "1999年1月没有数据"
