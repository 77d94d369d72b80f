"""What holds for every cell: no reader raises, what is printed reads back, white space and width do not matter."""

from __future__ import annotations

import calendar
import datetime
from collections.abc import Callable
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracker.model.dates import PartialDate
from tracker.model.faults import Severity
from tracker.model.stages import Stage
from tracker.model.values import (
    Cell,
    Reading,
    Said,
    print_date,
    print_money,
    print_percent,
    print_quantity,
    print_stage,
    read_date,
    read_money,
    read_percent,
    read_quantity,
    read_stage,
    read_text,
    said_text,
)

READERS: list[Callable[[Cell], Reading]] = [
    read_money,
    lambda cell: read_money(cell, "元"),
    lambda cell: read_money(cell, "亿元"),
    lambda cell: read_date(cell, planned=True),
    lambda cell: read_date(cell, planned=False),
    read_stage,
    read_percent,
    lambda cell: read_quantity(cell, "km"),
    lambda cell: read_quantity(cell, "亩"),
    lambda cell: read_quantity(cell, "m³/d"),
    lambda cell: read_text(cell, 200),
]
FULL_WIDTH = str.maketrans("0123456789.,%()/-", "０１２３４５６７８９．，％（）／－")
# What people write is made of these; random Unicode alone would hardly ever come near a number or a date.
PIECES = st.sampled_from(
    [*"0123456789.,-/%()（）年月日号前约余亿万元米里天吨#=eE+ \n\u3000\x00\ud800", "2023", "1,234", "季度", "底",
    "Q", "km", "m³/d", "左右", "清空", "无", "—"]
)  # fmt: skip
ANY_TEXT = st.one_of(
    st.text(st.characters(exclude_categories=[]), max_size=80),
    st.lists(PIECES, max_size=12).map("".join),
    st.from_regex(r"[0-9]{1,8}([.,年/-][0-9]{0,8}){0,3}[月日万元%前]{0,2}", fullmatch=True),
)
ANY_CELL = st.one_of(
    ANY_TEXT, st.floats(), st.integers(), st.integers(0, 10**9), st.floats(0, 3000), st.booleans(), st.none(),
    st.dates(), st.datetimes(), st.times(), st.timedeltas(),
)  # fmt: skip
YEARS = st.integers(1950, 2099)
DATES = st.one_of(
    st.dates(datetime.date(1950, 1, 1), datetime.date(2099, 12, 31)).map(lambda day: PartialDate(day.year,
    day.month, day.day)),
    st.builds(PartialDate, YEARS, st.integers(1, 12)),
    st.builds(lambda year, quarter: PartialDate(year, quarter=quarter), YEARS, st.integers(1, 4)),
)  # fmt: skip


@given(ANY_CELL)
@example(10**5000)
@example(-(10**5000))
@example("9" * 400)
@example("9" * 32767)
@example("(" * 32767)
@example("1," * 16000)
@example("\ud800" * 50)
@example(1e308)
@example(5e-324)
@example(datetime.datetime.max)  # noqa: DTZ901 workbooks know no zones
@example(datetime.timedelta.max)
def test_no_cell_raises_and_every_reading_is_consistent(cell: Cell) -> None:
    quoted = said_text(cell)
    assert len(quoted) <= 41
    assert len(quoted.splitlines()) <= 1
    for read in READERS:
        reading = read(cell)
        if reading.said is not Said.VALUE:
            assert reading.value is None
            assert reading.flaw is None
        elif reading.flaw is None:
            assert reading.value is not None
        else:
            assert (reading.value is None) == (reading.flaw.severity is Severity.FIX)
            assert reading.flaw.message.startswith(f"“{quoted}”")
            assert "\n" not in reading.flaw.message
            reading.flaw.message.encode()
        assert read(cell) == reading


@given(ANY_CELL)
def test_values_lie_within_their_bounds(cell: Cell) -> None:
    for read, most, step in ((read_money, 10**9, "1E-6"), (read_percent, 100, "0.01"), (READERS[7], 10**12, "0.001")):
        value = read(cell).value
        if value is not None:
            assert isinstance(value, Decimal)
            assert 0 <= value <= most
            assert value % Decimal(step) == 0
    date = read_date(cell, planned=False).value
    if date is not None:
        assert isinstance(date, PartialDate)
        assert date.quarter is None
        assert 1950 <= date.earliest.year <= 2099


@given(ANY_TEXT, st.text(" \n\t\u3000\xa0\r", max_size=3), st.text(" \n\t\u3000\xa0\r", max_size=3))
def test_white_space_around_and_width_do_not_matter(text: str, before: str, after: str) -> None:
    for read in READERS[:-1]:
        plain = read(text)
        for other in (read(before + text + after), read(text.translate(FULL_WIDTH))):
            assert (other.said, other.value) == (plain.said, plain.value)
            assert (other.flaw and other.flaw.severity) == (plain.flaw and plain.flaw.severity)


@given(st.integers(0, 10**15))
def test_sums_read_back(cents: int) -> None:
    value = Decimal(cents) / 10**6
    assert read_money(print_money(value)) == Reading(Said.VALUE, value, None)
    assert read_money(f"{print_money(value)}万元", "元") == Reading(Said.VALUE, value, None)


@given(st.integers(0, 10**13))
def test_floats_of_whole_cents_are_taken_for_their_sum(cents: int) -> None:
    assert read_money(cents / 10**6).value == Decimal(cents) / 10**6


@given(DATES)
def test_dates_read_back(date: PartialDate) -> None:
    assert read_date(print_date(date), planned=True) == Reading(Said.VALUE, date, None)
    assert read_date(date.text, planned=True) == Reading(Said.VALUE, date, None)


@given(st.integers(1950, 2099), st.integers(0, 99), st.integers(0, 99))
def test_eight_digits_are_a_day_or_refused(year: int, month: int, day: int) -> None:
    number = year * 10000 + month * 100 + day
    real = 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]
    for cell in (number, float(number), str(number)):
        assert read_date(cell, planned=False).value == (PartialDate(year, month, day) if real else None)


@given(st.one_of(st.just(0), st.integers(101, 10000)))
def test_percentages_read_back(hundredths: int) -> None:
    value = Decimal(hundredths) / 100
    assert read_percent(print_percent(value)) == Reading(Said.VALUE, value, None)


@given(st.integers(0, 10**15), st.sampled_from(["km", "m³/d", "亩", "km²", "座"]))
def test_quantities_read_back(thousandths: int, unit: str) -> None:
    value = Decimal(thousandths) / 1000
    assert read_quantity(print_quantity(value), unit) == Reading(Said.VALUE, value, None)
    assert read_quantity(print_quantity(value) + unit, unit) == Reading(Said.VALUE, value, None)


@given(ANY_TEXT)
def test_a_text_that_was_read_reads_as_itself(text: str) -> None:
    value = read_text(text, 200).value
    if value is not None:
        assert read_text(str(value), 200).value == value


@pytest.mark.parametrize("stage", list(Stage))
def test_stages_read_back(stage: Stage) -> None:
    assert read_stage(print_stage(stage)) == Reading(Said.VALUE, stage, None)
