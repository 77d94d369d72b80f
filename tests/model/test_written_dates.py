"""Every form in which offices write dates, planned and actual, and what must be refused."""

from __future__ import annotations

import datetime

import pytest

from tests.model.readings import BLANKS, accepted, asked, refused
from tracker.model.dates import PartialDate
from tracker.model.values import BLANK, CLEARED, Cell, print_date, read_date

DAY = PartialDate(2023, 6, 30)
JUNE = PartialDate(2023, 6)


def moment(hour: int) -> datetime.datetime:
    """Give a moment of the day as a workbook holds it, without a zone."""
    return datetime.datetime(2023, 6, 30, hour, 15)  # noqa: DTZ001


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2023年6月", JUNE), ("2023年06月", JUNE), ("2023 年 6 月", JUNE), ("2023年\n6月", JUNE),
        ("２０２３年６月", JUNE), ("2023年6月份", JUNE),
        ("2023年6月30日", DAY), ("2023年6月30号", DAY), ("2023年6月30", DAY), ("2023.6.30", DAY),
        ("2023.06.30", DAY), ("2023/6/30", DAY),
        ("2023／6／30", DAY), ("2023-06-30", DAY), ("2023-6-30", DAY), ("20230630", DAY), ("20230630.0", DAY),
        (20230630, DAY), (20230630.0, DAY),
        ("2023.06", JUNE), ("2023.6", JUNE), ("2023-6", JUNE), ("2023-06", JUNE), ("2023/06", JUNE),
        ("2023/6", JUNE), ("202306", JUNE), (202306, JUNE),
        (202306.0, JUNE), ("2023.6月", JUNE), ("45107", DAY), (45107, DAY), (45107.0, DAY), (45107.75, DAY),
        ("45107.75", DAY),
        ("2023-06-30 00:00:00", DAY), ("2023-06-30T08:00:00", DAY), ("2023/6/30 8:00", DAY),
        ("2023年6月30日 08:00", DAY),
        ("2023年6月底", JUNE), ("2023年6月末", JUNE), ("2023年6月初", JUNE), ("2023年6月中", JUNE),
        ("2023年6月上旬", JUNE), ("2023年6月中旬", JUNE),
        (" 2023年6月下旬", JUNE), (datetime.date(2023, 6, 30), DAY), (moment(0), DAY), (moment(23), DAY),
        (2023.11, PartialDate(2023, 11)), (2023.05, PartialDate(2023, 5)), (2023.2, PartialDate(2023, 2)),
        ("2023.10", PartialDate(2023, 10)),
        ("2023.01", PartialDate(2023, 1)), ("2023-1", PartialDate(2023, 1)), ("2023.1月", PartialDate(2023, 1)),
        ("2023.1.5", PartialDate(2023, 1, 5)),
        ("2024-02-29", PartialDate(2024, 2, 29)), (20000, PartialDate(1954, 10, 3)),
        (60000, PartialDate(2064, 4, 8)), (60000.5, PartialDate(2064, 4, 8)),
        ("1950-01-01", PartialDate(1950, 1, 1)), ("2099-12-31", PartialDate(2099, 12, 31)),
    ],
)  # fmt: skip
def test_days_and_months(written: Cell, value: PartialDate, planned: bool) -> None:
    assert accepted(read_date(written, planned=planned)) == value


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize(
    "written",
    [*BLANKS, "未开工", "尚未开工", "在建", "未完工", "尚未完工", "未竣工", " 未 开工\n"],
)
def test_blanks_in_a_date_cell(written: Cell, planned: bool) -> None:
    assert read_date(written, planned=planned) == BLANK


def test_the_clearing_word_clears_a_date() -> None:
    assert read_date("清空", planned=True) == CLEARED


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize("written", [2023.1, "2023.1", "２０２３．１", " 2023.1 "])
def test_a_zero_may_be_lost(written: Cell, planned: bool) -> None:
    assert asked(read_date(written, planned=planned)) == PartialDate(2023, 1)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("2024年三季度", PartialDate(2024, quarter=3)), ("2024年第三季度", PartialDate(2024, quarter=3)),
        ("2024年3季度", PartialDate(2024, quarter=3)),
        ("2024年第3季度", PartialDate(2024, quarter=3)), ("2024Q3", PartialDate(2024, quarter=3)),
        ("2024年Q3", PartialDate(2024, quarter=3)),
        ("2024-q3", PartialDate(2024, quarter=3)), ("2024年三季度末前", PartialDate(2024, quarter=3)),
        ("2025年3月底前", PartialDate(2025, 3)),
        ("2025年3月以前", PartialDate(2025, 3)), ("2025年3月之前", PartialDate(2025, 3)),
        ("2025年3月30日前", PartialDate(2025, 3, 30)),
        ("2025年3月左右", PartialDate(2025, 3)), ("2025.3前", PartialDate(2025, 3)),
        ("计划2024年8月", PartialDate(2024, 8)), ("预计2024年8月底", PartialDate(2024, 8)),
    ],
)  # fmt: skip
def test_planned_dates_may_be_seasons_and_limits_actual_ones_not(written: str, value: PartialDate) -> None:
    assert accepted(read_date(written, planned=True)) == value
    assert "实际时间" in refused(read_date(written, planned=False))


@pytest.mark.parametrize("written", ["2024年底", "2024年末", "2024年年底", "2024年底前"])
def test_the_end_of_a_year_is_asked_for_where_planned(written: str) -> None:
    assert asked(read_date(written, planned=True)) == PartialDate(2024, 12)
    assert "实际时间" in refused(read_date(written, planned=False))


@pytest.mark.parametrize("planned", [True, False])
@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("2024年13月", "没有这个月"), ("2024年0月", "没有这个月"), ("202313", "没有这个月"), (202313, "没有这个月"),
        (2023.13, "没有这个月"), ("2023-00", "没有这个月"),
        ("2023-02-30", "没有这一天"), (20230230, "没有这一天"), ("2023年2月29日", "没有这一天"),
        ("2023-06-00", "没有这一天"), ("20231301", "没有这个月"),
        (2023, "只有年份"), ("2023", "只有年份"), ("2023年", "只有年份"), (2023.0, "只有年份"),
        ("2023年上半年", "只有年份"), ("2023年初", "只有年份"),
        ("23年6月", "四位"), ("23.6.30", "四位"), ("23/6/30", "四位"), ("23-06", "四位"), (23.6, "四位"),
        ("'23年6月", "四位"),
        ("6月30日", "没有写年份"), ("6月底", "没有写年份"),
        ("1949-12-31", "年份"), ("2100年1月", "年份"), (19000101, "年份"), (datetime.date(1900, 1, 5), "年份"),
        ("2306.1", "年份"), ("0000-01-01", "年份"),
        (19999, "不是日期"), (60001, "不是日期"), (0, "不是日期"), (-45107, "不是日期"), (2023.111, "不是日期"),
        (1, "不是日期"),
        ("已完工", "不是日期"), ("待定", "不是日期"), ("2023年6", "不是日期"), ("2023 6", "不是日期"),
        ("2023 06 30", "不是日期"), ("2023.6-30", "不是日期"),
        ("2023年6月-8月", "不是日期"), ("二〇二三年六月", "不是日期"), ("2023-06-30 25:00", "不是日期"),
        ("2023年五月", "不是日期"), ("٢٠٢٣-٠٦", "不是日期"),
        ("②⓪②③年6月", "不是日期"), ("#VALUE!", "公式错误"), (True, "不是日期"), (False, "不是日期"),
        (datetime.time(8), "不是日期"),
        (datetime.timedelta(days=45107), "不是日期"), (float("nan"), "不是日期"), (float("inf"), "不是日期"),
        (1e308, "不是日期"), (10**4000, "不是日期"),
        ("9" * 400, "不是日期"), ("前", "不是日期"), ("左右", "不是日期"),
    ],
)  # fmt: skip
def test_what_is_no_date_is_refused_with_its_reason(written: Cell, words: str, planned: bool) -> None:
    assert words in refused(read_date(written, planned=planned))


def test_a_fifth_quarter_is_refused() -> None:
    assert "没有这个季度" in refused(read_date("2024年五季度", planned=True))
    assert "没有这个季度" in refused(read_date("2024Q5", planned=True))
    assert "年份" in refused(read_date("2124Q1", planned=True))
    assert "年份" in refused(read_date("2124年底", planned=True))


def test_dates_are_printed_with_their_precision() -> None:
    assert [print_date(date) for date in (DAY, JUNE, PartialDate(2024, quarter=3))] == [
        "2023-06-30",
        "2023年6月",
        "2024年第3季度",
    ]
