"""Which months a title or a line of the kind 填报时间 names."""

from __future__ import annotations

import datetime

import pytest

from tests.exchange.lists import Office, Rows, at, listed, message
from tracker.exchange.reading.notices import months_named, print_months
from tracker.exchange.reading.workbooks import Cell

AUGUST = "2024-08"


@pytest.mark.parametrize(
    ("text", "months"),
    [
        ("晋中市2024年8月推进台账", ["2024-08"]),
        ("２０２４年 ８ 月", ["2024-08"]),
        ("二〇二四年八月", ["2024-08"]),
        ("二○二三年十二月清单", ["2023-12"]),
        ("2024年1-8月完成情况", ["2024-08"]),
        ("2024年1月—8月完成情况", ["2024-08"]),
        ("1—7月份完成情况", ["2024-07"]),
        ("2024年7月26日至8月25日", ["2024-08"]),
        ("2024年7月26日—2024年9月25日", ["2024-07", "2024-08", "2024-09"]),
        ("填报时间：2024-09-03", ["2024-09"]),
        ("填报时间：2024.9.3", ["2024-09"]),
        ("填报日期：20240903", ["2024-09"]),
        ("填报时间：9月3日", ["2024-09"]),
        ("截至7月底", ["2024-07"]),
        ("8月份进展", ["2024-08"]),
        ("7月推进台账", ["2024-07"]),
        ("按9月3日会议要求整理", []),
        ("请于9月5日前报送", []),
        ("一月一更新清单", []),
        ("2023—2025年工程", []),
        ("市发〔2024〕8号", []),
        ("2024年第8期", []),
        ("2024年度", []),
        ("2024年13月", []),
        ("", []),
    ],
)
def test_months_are_found_as_people_write_them(text: str, months: list[str]) -> None:
    assert months_named(text, AUGUST) == months


def test_a_plans_span_over_years_names_every_month_in_it() -> None:
    months = months_named("2023年4月—2025年12月实施方案", AUGUST)
    assert (months[0], months[-1], len(months)) == ("2023-04", "2025-12", 33)
    assert print_months(months) == "2023年4月至2025年12月"


@pytest.mark.parametrize(
    "around",
    [
        ["工程清单（2024年7月）"],
        [None, "填报时间：2024年9月3日"],
        ["工程清单", None, "截至2024年7月底"],
        ["填报时间：", "2024年9月"],
        ["填报时间：", datetime.date(2024, 9, 3)],
    ],
)
def test_another_month_above_the_list_is_asked(office: Office, around: list[Cell]) -> None:
    rows: Rows = [around, *listed({"项目名称": "甲"})]
    result = office.sends(rows)
    assert [severity for severity, _ in at(result)] == ["ask"]
    assert "2024年8月" in message(result)
    assert not office.sends(rows, accept=True).refused


@pytest.mark.parametrize(
    "around", [["工程清单（2024年8月）"], [None, "填报时间：2024年08月31日"], ["2024年1—8月清单"], ["清单"]]
)
def test_the_month_itself_or_none_is_not_asked(office: Office, around: list[Cell]) -> None:
    assert at(office.sends([around, *listed({"项目名称": "甲"})])) == []


def test_a_signature_line_below_the_list_counts_too(office: Office) -> None:
    rows: Rows = [*listed({"项目名称": "甲"}), ["填报人：示例", None, "填报时间：2024年9月2日"]]
    assert at(office.sends(rows)) == [("ask", "C3")]
