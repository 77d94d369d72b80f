"""Every form in which offices write sums, stages, shares, quantities and texts, and what must be refused."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest

from tests.model.readings import BLANKS, accepted, asked, refused
from tracker.model.stages import STAGE_OF_WORD, Stage
from tracker.model.values import (
    BLANK,
    CLEARED,
    Cell,
    print_money,
    print_percent,
    print_quantity,
    print_stage,
    read_money,
    read_percent,
    read_quantity,
    read_stage,
    read_text,
    said_text,
)


@pytest.mark.parametrize("written", BLANKS)
def test_blanks_say_nothing(written: Cell) -> None:
    for reading in (
        read_money(written), read_stage(written), read_percent(written), read_quantity(written, "km"),
        read_text(written, 60),
    ):  # fmt: skip
        assert reading == BLANK


@pytest.mark.parametrize("written", ["清空", " 清空 ", "清 空", "清空\n"])
def test_the_clearing_word_clears(written: str) -> None:
    for reading in (
        read_money(written), read_stage(written), read_percent(written), read_quantity(written, "km"),
        read_text(written, 60),
    ):  # fmt: skip
        assert reading == CLEARED


@pytest.mark.parametrize(
    ("written", "unit", "value"),
    [
        ("1,234.5", "万元", "1234.5"),
        ("1234.5万元", "万元", "1234.5"),
        (" 5236.5 ", "万元", "5236.5"),
        ("12\u3000万元", "万元", "12"),
        ("0.12亿元", "万元", "1200"),
        ("0.12亿", "万元", "1200"),
        ("2.342936亿元", "万元", "23429.36"),
        ("300万", "万元", "300"),
        ("300万", "亿元", "300"),
        ("20,450", "万元", "20450"),
        ("1,234,567.89", "元", "123.456789"),
        ("１，２３４．５", "万元", "1234.5"),
        ("1234.5（万元）", "亿元", "1234.5"),
        ("￥3000", "万元", "3000"),
        ("¥3,000.00元", "万元", "0.3"),
        ("RMB 3000元", "万元", "0.3"),
        ("人民币3000万元", "元", "3000"),
        ("12", "亿元", "120000"),
        ("30000", "元", "3"),
        ("0.01元", "万元", "0.000001"),
        ("0", "万元", "0"),
        ("0.0000000000", "万元", "0"),
        ("5864.3600000000000000000000000000000000000", "万元", "5864.36"),
        ("0012.5", "万元", "12.5"),
        (5864.36, "万元", "5864.36"),
        (20450.0, "万元", "20450"),
        (20450, "万元", "20450"),
        (0, "万元", "0"),
        (0.0, "万元", "0"),
        (-0.0, "万元", "0"),
        (0.1 + 0.2, "万元", "0.3"),
        (1234.5600000000001, "万元", "1234.56"),
        (4000 / 3, "万元", "1333.333333"),
        (2.342936, "亿元", "23429.36"),
        (123456.78, "元", "12.345678"),
        (0.000001, "万元", "0.000001"),
        (1e9, "万元", "1000000000"),
        (123456789.123456, "万元", "123456789.123456"),
    ],
)  # fmt: skip
def test_sums_are_taken_exactly(written: Cell, unit: str, value: str) -> None:
    assert accepted(read_money(written, unit)) == Decimal(value)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("约三千", "不是数字，请写成数字，例如 3000"),
        ("约3000", "约数"),
        ("3000左右", "约数"),
        ("3000余万元", "约数"),
        ("-120", "负数"),
        ("－120", "负数"),
        ("−120万元", "负数"),
        ("—120", "负数"),
        ("(120)", "负数"),
        ("（1,120.5）", "负数"),
        ("￥-3", "负数"),
        (-120.0, "负数"),
        (-1, "负数"),
        (-(10**400), "负数"),
        ("1,23", "逗号"),
        ("12,34,567", "逗号"),
        ("1,2345", "逗号"),
        ("0,123", "逗号"),
        (",123", "逗号"),
        ("1.2.3", "不是数字"),
        ("12 345", "不是数字"),
        ("3.", "不是数字"),
        (".5", "不是数字"),
        ("1e5", "不是数字"),
        ("100-200", "不是数字"),
        ("#REF!", "公式错误"),
        ("=A1", "不是数字"),
        ("①", "不是数字"),
        ("½", "不是数字"),
        ("12²", "单位"),
        ("٣٤", "不是数字"),
        ("3000美元", "单位"),
        ("3千", "单位"),
        ("1亿2000万元", "不是数字"),
        ("0.0000001", "分"),
        ("12345.678元", "分"),
        ("1.123456000000000000000000000000001", "分"),
        (0.0000001, "分"),
        (5e-324, "分"),
        ("1000000000.01", "太大"),
        ("9" * 400, "太大"),
        ("9" * 30000, "太大"),
        (1e9 + 1, "太大"),
        (1e308, "太大"),
        (10**4000, "太大"),
        ("100001亿元", "太大"),
        (float("nan"), "不是数字"),
        (float("inf"), "不是数字"),
        (True, "不是数字"),
        (False, "不是数字"),
        (datetime.date(2023, 6, 30), "日期"),
        (datetime.datetime(2023, 6, 30, 8), "日期"),  # noqa: DTZ001 workbooks know no zones
        (datetime.time(8), "日期"),
        (datetime.timedelta(days=3), "日期"),
    ],
)  # fmt: skip
def test_what_is_no_sum_is_refused_with_its_reason(written: Cell, words: str) -> None:
    assert words in refused(read_money(written))


def test_equal_numbers_of_other_kinds_do_not_stand_in_for_each_other() -> None:
    assert accepted(read_money(1)) == accepted(read_money(1.0)) == accepted(read_money("1")) == 1
    refused(read_money(True))
    assert accepted(read_money(1)) == 1


def test_the_message_of_an_approximate_sum_reads_as_published() -> None:
    assert refused(read_money("约三千")) == "“约三千”不是数字，请写成数字，例如 3000。"


def test_an_unknown_unit_of_a_heading_is_the_callers_mistake() -> None:
    with pytest.raises(KeyError):
        read_money("3", "美元")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("5864.36", "5864.36"), ("0.123456", "0.123456"), ("3", "3.00"), ("0", "0.00"), ("-0", "0.00"),
        ("12.3", "12.30"),
        ("12.345", "12.345"), ("1E+9", "1000000000.00"), ("5864.360000", "5864.36"), ("100", "100.00"),
    ],
)  # fmt: skip
def test_sums_are_printed_with_two_to_six_decimals(value: str, text: str) -> None:
    assert print_money(Decimal(value)) == text


@pytest.mark.parametrize(("word", "stage"), STAGE_OF_WORD.items())
def test_every_stage_word_is_read(word: str, stage: Stage) -> None:
    assert accepted(read_stage(word)) is stage
    assert accepted(read_stage(f" {word[:1]} {word[1:]}\n")) is stage


def test_stages_are_printed_by_their_word() -> None:
    assert print_stage(Stage.UNDER_CONSTRUCTION) == "在建"
    assert all(accepted(read_stage(print_stage(stage))) is stage for stage in Stage)


@pytest.mark.parametrize(
    "written", ["完成了", "开", "60%", 3, 3.0, True, datetime.date(2023, 6, 30), "#N/A", "在建" * 50]
)
def test_what_is_no_stage_is_refused_with_the_words_that_count(written: Cell) -> None:
    message = refused(read_stage(written))
    assert "谋划" in message
    assert "终止" in message


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("60%", "60"), ("60％", "60"), ("60 %", "60"), ("60", "60"), (60, "60"), (60.5, "60.5"), ("60.25", "60.25"),
        (100, "100"),
        (0, "0"), (0.0, "0"), ("0", "0"), ("0%", "0"), ("1%", "1"), ("0.6%", "0.6"), ("６０", "60"),
        ("100.00%", "100"), (1.5, "1.5"),
    ],
)  # fmt: skip
def test_percentages(written: Cell, value: str) -> None:
    assert accepted(read_percent(written)) == Decimal(value)


@pytest.mark.parametrize(
    ("written", "value"),
    [(0.6, "60"), ("0.6", "60"), (1, "100"), (1.0, "100"), ("1", "100"), ("1.0", "100"), (0.28, "28"),
    (0.7731234, "77.31"), ("0.7731", "77.31")],
)  # fmt: skip
def test_possible_shares_are_asked_for(written: Cell, value: str) -> None:
    assert asked(read_percent(written)) == Decimal(value)


@pytest.mark.parametrize(
    "written",
    [
        "约60%", 101, 100.01, "100.5%", -1, -0.5, "-5%", "60%左右", "60.123", 60.123, "0.77312", "60‰", "六成",
        True, 1e308, 0.00001, 0.99999,
        float("nan"), 10**4000, "9" * 400, datetime.date(2023, 6, 30), "0." + "0" * 30 + "1", "60%%",
    ],
)  # fmt: skip
def test_what_is_no_percentage_is_refused(written: Cell) -> None:
    refused(read_percent(written))


@pytest.mark.parametrize(
    ("written", "unit", "value"),
    [
        ("12.6公里", "km", "12.6"), ("12.6千米", "km", "12.6"), ("12.6KM", "km", "12.6"), ("6581米", "km", "6.581"),
        ("6581m", "km", "6.581"),
        ("12.6", "km", "12.6"), (6.581, "km", "6.581"), (12, "km", "12"), ("0.5万公里", "km", "5000"),
        ("3000立方米/天", "m³/d", "3000"), ("3000吨/日", "m³/d", "3000"), ("3000m³/日", "m³/d", "3000"),
        ("3000m3/d", "m³/d", "3000"),
        ("1.5万吨/日", "m³/d", "15000"), ("1.5万m³/d", "m³/d", "15000"), ("1.5万", "m³/d", "15000"),
        ("３０００㎥／ｄ", "m³/d", "3000"),
        ("120亩", "亩", "120"), ("1.2万亩", "亩", "12000"), ("8公顷", "亩", "120"),
        ("3.5平方公里", "km²", "3.5"), ("3.5km2", "km²", "3.5"), ("3.5㎢", "km²", "3.5"),
        ("3500000㎡", "km²", "3.5"), ("350公顷", "km²", "3.5"),
        ("7座", "座", "7"), ("7", "座", "7"), ("1,200（米）", "m", "1200"), ("0", "km", "0"), (0.0, "km", "0"),
    ],
)  # fmt: skip
def test_quantities_in_their_units(written: Cell, unit: str, value: str) -> None:
    assert accepted(read_quantity(written, unit)) == Decimal(value)


@pytest.mark.parametrize(
    ("written", "unit"),
    [
        ("约12km", "km"), ("12里", "km"), ("12亩", "km²"), ("3000㎡", "亩"), ("3000吨", "m³/d"), ("-3", "km"),
        (-3.0, "km"), ("12.3456", "km"),
        (12.3456, "km"), ("1米5", "km"), ("1.5.2", "km"), ("5m3", "m²"), (True, "km"), (1e300, "km"),
        (float("inf"), "km"), ("9" * 400, "km"),
        (10**4000, "km"), ("12³", "km"), (datetime.date(2023, 6, 30), "km"), ("12-13km", "km"),
    ],
)  # fmt: skip
def test_what_is_no_quantity_is_refused(written: Cell, unit: str) -> None:
    refused(read_quantity(written, unit))


def test_quantities_and_percentages_are_printed_without_sign_and_needless_zeros() -> None:
    assert [print_quantity(Decimal(text)) for text in ("3000", "12.500", "0.001", "0", "1E+3")] == [
        "3000",
        "12.5",
        "0.001",
        "0",
        "1000",
    ]
    assert [print_percent(Decimal(text)) for text in ("60", "60.50", "100", "0")] == ["60", "60.5", "100", "0"]


@pytest.mark.parametrize(
    ("written", "text"),
    [
        (" 榆次区\u3000", "榆次区"), ("a\r\nb\rc\x0bd", "a\nb\nc\nd"), ("x\x00y\ud800z\ufeff\uffff", "xyz"),
        ("a\tb", "a b"), (3.0, "3"), (3, "3"),
        (13800000000.0, "13800000000"), (0.1 + 0.2, "0.3"), (1e-7, "0.0000001"), (True, "TRUE"),
        (datetime.date(2023, 6, 30), "2023-06-30"),
        (datetime.datetime(2023, 6, 30), "2023-06-30"), (datetime.datetime(2023, 6, 30, 8), "2023-06-30 08:00:00"),  # noqa: DTZ001 workbooks know no zones
        (datetime.time(8), "08:00:00"),
        ("无问题", "无问题"), ("-5℃", "-5℃"), ("Ａ座①", "Ａ座①"),
    ],
)  # fmt: skip
def test_texts_are_cleaned_and_numbers_become_plain_text(written: Cell, text: str) -> None:
    assert accepted(read_text(written, 60)) == text


def test_a_text_too_long_is_refused_with_both_lengths() -> None:
    assert accepted(read_text("字" * 60, 60)) == "字" * 60
    message = refused(read_text("字" * 61, 60))
    assert "61" in message
    assert "60" in message
    refused(read_text(1e308, 4))
    assert accepted(read_text("字" * 5000, 0)) == "字" * 5000


@pytest.mark.parametrize("written", [float("nan"), float("inf")])
def test_what_is_no_number_is_no_text_either(written: float) -> None:
    refused(read_text(written, 60))


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("字" * 41, "字" * 40 + "…"), ("字" * 40, "字" * 40), ("a\n b", "a b"), (-120.0, "-120"), (None, ""),
        (10**4000, "1e+4000"), (1e308, "1e+308"),
        (datetime.date(2026, 3, 4), "2026-03-04"), ("\ud800x", "x"),
    ],
)  # fmt: skip
def test_quotations_are_one_short_line(written: Cell, text: str) -> None:
    assert said_text(written) == text
