"""Timelines: bars stand where their dates are, vague dates come to a point, and lateness shows by shape."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.exchange.drawing.timeline import (
    NARROW,
    WIDE,
    Course,
    Mark,
    Shape,
    Timeline,
    Words,
    contradictory,
    timeline,
)
from tracker.exchange.drawing.timeline_axis import words_width
from tracker.model.dates import PartialDate, date_of_text
from tracker.model.months import month_number, month_of_number

WORDS = Words("计划 2023年3月 — 2024年2月", "实际 2023-05-15 — 至今", "晚开工 2 个月；未完工，已逾期 8 个月",
              "截至2024年10月末", "累计完成 1500.00 万元", "总投资 3000.00 万元")  # fmt: skip


def drawn(course: Course, size: object = WIDE, words: Words = WORDS) -> Timeline:
    found = timeline(course, words, size)  # type: ignore[arg-type]
    assert found is not None
    return found


def course(month: str = "2024-10", since: str = "2023-06", **dates: str) -> Course:
    more = {name: value for name, value in dates.items() if name == "ended"}
    known = {name: date_of_text(text) for name, text in dates.items() if name != "ended"}
    return Course(month, since, **known, **more, started="actual_start" in known)  # type: ignore[arg-type]


def points(shape: Shape) -> list[tuple[float, float]]:
    """Give every point of an outline."""
    found, y = [], 0.0
    for letter, numbers in re.findall(r"([MLHV])([-\d. ]+)", shape.path):
        parts = [float(number) for number in numbers.split()]
        if letter in "ML":
            x, y = parts
        elif letter == "H":
            x = parts[0]
        found.append((x, y))
    return found


def at(picture: Timeline, months: float) -> float:
    """Give where a moment lies: months since the axis began."""
    left, _, right, _ = picture.field
    first, last = (month_number(month) for month in picture.months)
    return left + (right - left) * months / (last - first + 1)


def shape(picture: Timeline, look: str) -> Shape:
    (found,) = [each for each in picture.shapes if each.look == look]
    return found


def looks(picture: Timeline) -> list[str]:
    return [each.look for each in picture.shapes]


@st.composite
def dates(draw: st.DrawFn) -> PartialDate:
    year = draw(st.integers(2019, 2027))
    kind = draw(st.sampled_from(("day", "month", "quarter")))
    if kind == "quarter":
        return PartialDate(year, quarter=draw(st.integers(1, 4)))
    month = draw(st.integers(1, 12))
    return PartialDate(year, month, draw(st.integers(1, 28))) if kind == "day" else PartialDate(year, month)


months = st.integers(month_number("2018-01"), month_number("2028-12")).map(month_of_number)
perhaps = st.one_of(st.none(), dates())
sums = st.one_of(
    st.none(), st.dictionaries(months, st.decimals(0, 10**6, places=2, allow_nan=False), min_size=1, max_size=30)
)
marks = st.lists(st.builds(Mark, months, st.sampled_from(("更名", "更正", "终止")), st.booleans()), max_size=8)


@st.composite
def courses(draw: st.DrawFn) -> Course:
    month = draw(months)
    known = [draw(perhaps) for _ in range(4)]
    values = draw(sums)
    if values is not None:
        values = {each: value for each, value in values.items() if each <= month} or None
    ended = draw(st.one_of(st.none(), months.filter(lambda it: it <= month)))
    return Course(
        month, min(draw(months), month), *known, ended, draw(st.booleans()),
        [mark for mark in draw(marks) if mark.month <= month], values, values and draw(st.sampled_from((values, {}))),
    )  # fmt: skip


@given(courses(), st.sampled_from((WIDE, NARROW)))
def test_everything_stands_within_the_axis_and_in_order(given: Course, size: object) -> None:
    picture = timeline(given, WORDS, size)  # type: ignore[arg-type]
    if not given.dates:
        assert picture is None
        return
    assert picture is not None
    left, top, right, bottom = picture.field
    assert bottom + picture.size.bottom == picture.size.height
    for each in picture.shapes:
        assert left <= each.reach[0] <= each.reach[1] <= right
        for x, y in points(each):
            assert each.reach[0] <= x <= each.reach[1]
            assert top <= y <= bottom
        for x in map(float, re.findall(r"[ML]([\d.]+) ", each.stripes)):
            assert each.reach[0] <= x <= each.reach[1]
    assert left <= picture.now <= right
    assert all(left <= at <= right for at, _ in (*picture.years, *picture.month_words))
    for earlier, later in itertools.pairwise(at for at, _ in picture.years):
        assert earlier < later
    for earlier, later in itertools.pairwise(at for at, _ in picture.month_words):
        assert later - earlier >= 33
    for earlier, later in itertools.pairwise(picture.marks):
        assert earlier.at < later.at
        if earlier.words:
            assert earlier.at + 10 + words_width(earlier.words) <= later.at
    if given.sums:
        for x, y in re.findall(r"M([\d.]+) ([\d.]+)", picture.sums):
            assert left <= float(x) <= right
            assert top <= float(y) <= bottom


@given(courses())
def test_wide_and_narrow_show_the_same(given: Course) -> None:
    wide, narrow = timeline(given, WORDS, WIDE), timeline(given, WORDS, NARROW)
    assert (wide is None) == (narrow is None)
    if wide is None or narrow is None:
        return
    assert wide.months == narrow.months
    assert [mark.ending for mark in wide.marks] == [mark.ending for mark in narrow.marks]
    share = (narrow.field[2] - narrow.field[0]) / (wide.field[2] - wide.field[0])
    assert narrow.now - narrow.field[0] == pytest.approx((wide.now - wide.field[0]) * share, abs=0.2)
    for look in ("planned", "actual", "over", "waiting"):
        both = [[each for each in picture.shapes if each.look == look] for picture in (wide, narrow)]
        # A piece of a few days may be too thin for the narrow picture; what is longer is in both.
        for ours, theirs in zip(*both, strict=False):
            for here, there in zip(ours.reach, theirs.reach, strict=True):
                assert there - narrow.field[0] == pytest.approx((here - wide.field[0]) * share, abs=0.3)
        if any(each.reach[1] - each.reach[0] > 3 for each in both[0]):
            assert both[1]


@given(dates(), dates())
def test_a_planned_bar_reaches_from_the_first_day_to_the_last_it_may_mean(start: PartialDate, end: PartialDate) -> None:
    picture = drawn(Course("2024-10", "2023-06", start, end))
    if contradictory(start, end):
        assert looks(picture)[:2] == ["alone-planned", "alone-planned"]
        return
    planned = shape(picture, "planned")
    xs = sorted({x for x, _ in points(planned)})
    axis = month_number(picture.months[0])
    begins = month_number(start.earliest.isoformat()[:7]) - axis
    assert at(picture, begins) - 0.1 <= planned.reach[0] < at(picture, begins + 1)
    ends = month_number(end.due_month) - axis
    assert at(picture, ends) - 0.1 <= planned.reach[1] <= max(at(picture, ends + 1), planned.reach[0]) + 0.1
    if end.day is None and end.earliest > start.latest:
        # Vague ends come to a point: it has been reached at the end of the month due, and begins where it may be.
        assert planned.reach[1] == pytest.approx(at(picture, ends + 1), abs=0.1)
        months_vague = end.last_month - end.first_month + 1
        assert xs[-2] == pytest.approx(at(picture, ends + 1 - months_vague), abs=0.1)


def test_a_day_is_blunt_and_a_month_comes_to_a_point() -> None:
    exact = drawn(course(planned_start="2023-04-01", planned_completion="2024-03-31"))
    assert len({x for x, _ in points(shape(exact, "planned"))}) == 2
    vague = drawn(course(planned_start="2023-04", planned_completion="2024-03"))
    xs = sorted({x for x, _ in points(shape(vague, "planned"))})
    assert len(xs) == 4
    assert xs[1] - xs[0] == pytest.approx(xs[3] - xs[2], abs=0.2)
    assert shape(exact, "planned").reach == shape(vague, "planned").reach
    quarter = drawn(course(planned_start="2023-04", planned_completion="2024-Q1"))
    assert shape(quarter, "planned").reach == shape(vague, "planned").reach


def test_what_goes_on_ends_at_the_page_s_month_and_what_lies_beyond_the_plan_is_striped() -> None:
    picture = drawn(course(planned_start="2023-06", planned_completion="2024-02", actual_start="2023-06-15"))
    assert looks(picture) == ["planned", "actual", "over"]
    actual, over = shape(picture, "actual"), shape(picture, "over")
    assert actual.reach[1] == over.reach[0] == pytest.approx(at(picture, 9), abs=0.1)
    assert over.reach[1] == picture.now
    assert over.stripes
    assert not actual.stripes


def test_in_time_nothing_is_striped() -> None:
    picture = drawn(course(planned_start="2023-06", planned_completion="2024-10", actual_start="2023-06-15"))
    assert looks(picture) == ["planned", "actual"]
    # Completed in the month that was planned: whether before or after the day is not known.
    vague = course(planned_start="2023-06", planned_completion="2024-03-10", actual_start="2023-06-01",
                   actual_completion="2024-03")  # fmt: skip
    assert looks(drawn(vague)) == ["planned", "actual"]


def test_completed_late_is_striped_up_to_the_completion() -> None:
    picture = drawn(
        course(planned_start="2023-06", planned_completion="2024-02", actual_start="2023-06-01",
               actual_completion="2024-05-31")
    )  # fmt: skip
    over = shape(picture, "over")
    assert over.reach == pytest.approx((at(picture, 9), at(picture, 12)), abs=0.1)
    assert over.reach[1] < picture.now


def test_begun_after_the_planned_completion_is_striped_as_a_whole() -> None:
    picture = drawn(course(planned_start="2023-01", planned_completion="2023-03", actual_start="2023-07-01"))
    assert looks(picture) == ["planned", "waiting", "over"]


def test_waiting_lasts_from_the_planned_start_to_the_actual_one_or_until_now() -> None:
    late = drawn(course(planned_start="2023-06", planned_completion="2024-12", actual_start="2023-09-01"))
    assert shape(late, "waiting").reach == pytest.approx((at(late, 1), at(late, 3)), abs=0.1)
    never = drawn(course(planned_start="2023-06", planned_completion="2024-12"))
    assert shape(never, "waiting").reach[1] == never.now
    begun = Course("2024-10", "2023-06", date_of_text("2023-06"), started=True)
    assert "waiting" not in looks(drawn(begun))


def test_a_project_that_ended_without_a_date_goes_no_further() -> None:
    picture = drawn(course(actual_start="2023-06-01", ended="2024-01"))
    assert shape(picture, "actual").reach[1] == pytest.approx(at(picture, 8), abs=0.1)
    assert picture.now == pytest.approx(at(picture, 17), abs=0.1)


@pytest.mark.parametrize("name", ["planned_start", "planned_completion", "actual_completion"])
def test_a_date_without_its_other_end_is_a_lozenge(name: str) -> None:
    picture = drawn(course(month="2023-06", **{name: "2023-08-15"}))
    alone = shape(picture, f"alone-{name.split('_', maxsplit=1)[0]}")
    assert (alone.reach[0] + alone.reach[1]) / 2 == pytest.approx(at(picture, 2 + 14.5 / 31), abs=0.2)
    assert alone.reach[1] - alone.reach[0] >= 11.9


def test_sums_hold_until_the_next_month_and_rise_at_its_end() -> None:
    known = {"2023-07": Decimal(0), "2023-09": Decimal(500), "2024-01": Decimal(1000)}
    picture = drawn(Course("2024-02", "2023-06", date_of_text("2023-06"), sums=known, whole={"2023-07": Decimal(2000)}))
    bottom = picture.field[3]
    heights = [float(y) for y in re.findall(r"V([\d.]+)", picture.sums)]
    assert heights == [bottom - 88 / 4, bottom - 88 / 2]
    steps = [float(x) for x in re.findall(r"H([\d.]+)", picture.sums)]
    assert steps == [pytest.approx(at(picture, months), abs=0.1) for months in (4, 8, 9)]
    began, height, ended = map(float, re.findall(r"[\d.]+", picture.whole))
    assert began == pytest.approx(at(picture, 2), abs=0.1)
    assert (height, ended) == (bottom - 88, picture.now)


@pytest.mark.parametrize("done", [500, 1900, 1990, 2000, 2100])
def test_the_words_of_sums_and_plan_never_stand_on_each_other(done: int) -> None:
    known = {"2023-07": Decimal(0), "2023-11": Decimal(done)}
    given = Course("2024-10", "2023-06", date_of_text("2023-06"), sums=known, whole={"2023-07": Decimal(2000)})
    ours, plan = (
        next(label for label in drawn(given).labels if label.words == words) for words in (WORDS.sums, WORDS.whole)
    )
    apart = ours.at + words_width(ours.words) <= plan.at or plan.at + words_width(plan.words) <= ours.at
    assert apart or abs(ours.line - plan.line) >= 18


def test_what_is_late_takes_a_line_of_its_own_where_there_is_no_room() -> None:
    given = course(planned_start="2023-06", planned_completion="2024-02", actual_start="2023-06-15")
    wide, narrow = drawn(given), drawn(given, NARROW)
    assert [label.words for label in wide.labels if label.late] == [WORDS.actual]
    assert [label.words for label in narrow.labels if label.late] == [""]
    assert narrow.size.height > wide.size.height
    for picture in (wide, narrow):
        for label in picture.labels:
            assert label.at + words_width(label.words + label.late) <= picture.field[2]


def test_nothing_known_is_no_picture() -> None:
    assert timeline(Course("2024-10", "2023-06"), WORDS, WIDE) is None
