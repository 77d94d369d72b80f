"""Reading rule 5: sums of money, their units, and those that are asked about."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.exchange.lists import Office, Rows, at, listed, message
from tracker.exchange.reading.workbooks import Cell


@pytest.mark.parametrize(
    ("heading", "written", "wan"),
    [
        ("总投资", 3000, "3000"),
        ("总投资（万元）", "1,234.5", "1234.5"),
        ("总投资（亿元）", 0.12, "1200"),
        ("总投资（元）", 12345678.9, "1234.56789"),
        ("总投资（亿元）", "300万元", "300"),
        ("总投资（元）", "1.2亿元", "12000"),
        ("总投资（万元）", "5000元", "0.5"),
        ("总投资", "１２３４．５万元", "1234.5"),
        ("总投资", 0, "0"),
    ],
)
def test_a_sum_is_in_wan_unless_heading_or_cell_says_otherwise(
    office: Office, heading: str, written: Cell, wan: str
) -> None:
    assert at(office.sends(listed({"项目名称": "甲", heading: written}, headings=["备注"]))) == []
    assert office.value("total_investment") == Decimal(wan)


@pytest.mark.parametrize(("corner", "wan"), [("单位：万元", "1"), ("单位：亿元", "10000"), ("金额单位：元", "0.0001")])
def test_a_corner_gives_the_unit_and_a_heading_outweighs_it(office: Office, corner: str, wan: str) -> None:
    rows: Rows = [
        ["工程清单"],
        [None, None, None, corner],
        ["项目名称", "县（市、区）", "总投资", "累计完成投资（万元）"],
        ["甲", "榆次区", 1, 0],
    ]
    assert at(office.sends(rows)) == []
    assert office.value("total_investment") == Decimal(wan)


def test_sums_are_kept_exact_in_fen(office: Office) -> None:
    office.sends(listed({"项目名称": "甲", "总投资（元）": "1234567.89"}))
    rows = office.ledger.connection.execute("SELECT total_investment, typeof(total_investment) FROM state").fetchall()
    assert [tuple(row) for row in rows] == [(123456789, "integer")]


@pytest.mark.parametrize("written", ["约三千", "三千", "3000左右", "-120", -120, "3000—4000", True, "待定"])
def test_what_is_no_sum_or_negative_must_be_mended(office: Office, written: Cell) -> None:
    result = office.sends(listed({"项目名称": "甲", "总投资（万元）": written}), accept=True)
    assert at(result) == [("fix", "C2")]
    assert "例如" in message(result)


@pytest.mark.parametrize("heading", ["累计完成投资", "本年完成投资"])
def test_a_sum_far_above_the_total_is_asked(office: Office, heading: str) -> None:
    rows = listed({"项目名称": "甲", "总投资（万元）": 100, heading: 150.01})
    result = office.sends(rows)
    assert at(result) == [("ask", "D2")]
    assert "150.01" in message(result)
    assert "100.00" in message(result)
    assert not office.sends(rows, accept=True).refused


@pytest.mark.parametrize("heading", ["累计完成投资", "本年完成投资"])
def test_one_and_a_half_times_the_total_is_not_asked(office: Office, heading: str) -> None:
    assert at(office.sends(listed({"项目名称": "甲", "总投资（万元）": 100, heading: 150}))) == []


def test_a_known_total_is_compared_too(office: Office) -> None:
    office.knows({"项目名称": "甲", "总投资（万元）": 100})
    assert at(office.sends(listed({"项目名称": "甲", "累计完成投资": 200}))) == [("ask", "C2")]


@pytest.mark.parametrize("heading", ["累计完成投资", "本年完成投资"])
def test_a_sum_below_last_months_is_asked(office: Office, heading: str) -> None:
    office.knows({"项目名称": "甲", heading: 50})
    result = office.sends(listed({"项目名称": "甲", heading: 49.99}))
    assert at(result) == [("ask", "C2")]
    assert "49.99" in message(result)
    assert "50.00" in message(result)
    assert at(office.sends(listed({"项目名称": "甲", heading: 50}))) == []


def test_a_years_sum_begins_anew_and_the_cumulative_does_not(office: Office) -> None:
    office.knows({"项目名称": "甲", "本年完成投资": 50, "累计完成投资": 80}, month="2023-12")
    rows = listed({"项目名称": "甲", "本年完成投资": 5, "累计完成投资": 79})
    assert at(office.sends(rows, "2024-01")) == [("ask", "D2")]


def test_only_this_months_sum_makes_the_cumulative_and_says_so(office: Office) -> None:
    office.knows({"项目名称": "甲", "累计完成投资": 50})
    result = office.sends(listed({"项目名称": "甲", "本月完成投资": 7.5}))
    assert office.value("cumulative_investment") == Decimal("57.5")
    assert result.notes == ["1 个项目只填了本月完成投资，累计完成投资按上月累计加本月计算：甲。"]
    assert office.sends(listed({"项目名称": "甲", "本月完成投资": 7.5})).unchanged == 1
    assert office.sends(listed({"项目名称": "甲", "本月完成投资": 8})).returns_recorded == 1
    assert office.value("cumulative_investment") == Decimal("58")


def test_this_months_sum_without_a_known_cumulative_stays_unknown_and_says_so(office: Office) -> None:
    result = office.sends(listed({"项目名称": "甲", "本月完成投资": 7.5}))
    assert office.value("cumulative_investment") is None
    assert "仍为不明" in result.notes[0]


def test_a_stated_cumulative_outweighs_the_computed_one(office: Office) -> None:
    office.knows({"项目名称": "甲", "累计完成投资": 50})
    result = office.sends(listed({"项目名称": "甲", "本月完成投资": 7.5, "累计完成投资": 60}))
    assert (office.value("cumulative_investment"), result.notes) == (60, [])


def test_computed_sums_follow_when_an_older_month_comes_late(office: Office) -> None:
    office.knows({"项目名称": "甲", "累计完成投资": 50}, month="2024-06")
    office.sends(listed({"项目名称": "甲", "本月完成投资": 7}), "2024-08")
    assert office.value("cumulative_investment") == 57
    office.sends(listed({"项目名称": "甲", "累计完成投资": 55}), "2024-07")
    assert office.value("cumulative_investment") == 62
