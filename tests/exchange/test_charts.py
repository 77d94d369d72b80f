"""Charts: their geometry says what the numbers say, from zero, and no label covers another."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.exchange.drawing.charts import (
    NARROW,
    SMALL,
    WIDE,
    Line,
    Rated,
    Size,
    bar_chart,
    line_chart,
    nice_top,
    place_chart,
    small_charts,
    spread,
    stacked,
)

MONTHS = ["2023-11", "2023-12", "2024-01", "2024-03"]


@pytest.mark.parametrize(
    ("highest", "top", "step"),
    [
        (0, 1, 1),
        (1, 1, "0.5"),
        (8, 8, 2),
        (9, 10, 5),
        (285, 300, 100),
        (1000, 1000, 500),
        (Fraction(3, 2), "1.5", "0.5"),
    ],
)
def test_an_axis_ends_at_a_round_number(highest: Fraction | int, top: object, step: object) -> None:
    assert nice_top(highest) == (Fraction(str(top)), Fraction(str(step)))


@given(st.fractions(min_value=Fraction(1, 1000), max_value=10**9))
def test_an_axis_holds_its_highest_value_in_few_steps(highest: Fraction) -> None:
    top, step = nice_top(highest)
    assert highest <= top < highest + step
    assert top / step <= 5
    assert (top / step).denominator == 1


def test_lines_stand_where_their_values_are() -> None:
    chart = line_chart([Line("done", "已完工 100", dict(zip(MONTHS, (0, 25, 50, 100), strict=True)))], MONTHS, WIDE)
    left, top, right, bottom = chart.field
    heights = [y for _, y in chart.lines[0].marks]
    assert heights == [bottom - (bottom - top) * share for share in (0, 0.25, 0.5, 1)]
    places = [x for x, _ in chart.lines[0].marks]
    # February was not opened and keeps its room.
    assert places == [left, left + (right - left) / 4, left + (right - left) / 2, right]
    assert chart.upwards[0].words == "0"
    assert chart.upwards[0].at == bottom
    assert [tick.words for tick in chart.upwards] == ["0", "50", "100"]


def test_an_unknown_month_breaks_the_line() -> None:
    values = {"2023-11": 1, "2023-12": None, "2024-01": 2, "2024-03": 3}
    drawn = line_chart([Line("done", "", values)], MONTHS, WIDE).lines[0]
    assert len(drawn.pieces) == 2
    assert len(drawn.marks) == 3


def test_a_yearly_line_begins_anew_with_the_year() -> None:
    line = Line("done", "", dict.fromkeys(MONTHS, 1), yearly=True)
    assert len(line_chart([line], MONTHS, WIDE).lines[0].pieces) == 2


def test_several_pictures_share_a_scale() -> None:
    low = Line("done", "", {"2024-03": Fraction(1, 2)})
    assert line_chart([low], MONTHS, SMALL, percent=True, reach=Fraction(3, 2)).upwards[-1].words == "150 %"


def test_a_line_of_nothing_is_left_out() -> None:
    assert line_chart([Line("done", "", {}), Line("done", "", {"2024-03": 1})], MONTHS, WIDE).lines[0].marks
    assert len(line_chart([Line("done", "", {})], MONTHS, WIDE).lines) == 0


def test_counts_have_no_half_steps_and_rates_end_at_a_hundred() -> None:
    assert [tick.words for tick in line_chart([Line("done", "", {"2024-03": 1})], MONTHS, WIDE).upwards] == ["0", "1"]
    rates = line_chart([Line("done", "", {"2024-03": Fraction(1, 3)})], MONTHS, WIDE, percent=True)
    assert [tick.words for tick in rates.upwards] == ["0 %", "25 %", "50 %", "75 %", "100 %"]
    over = line_chart([Line("done", "", {"2024-03": Fraction(6, 5)})], MONTHS, WIDE, percent=True)
    assert [tick.words for tick in over.upwards][-1] == "150 %"


@pytest.mark.parametrize("size", [WIDE, NARROW])
@pytest.mark.parametrize("number", [1, 2, 7, 13, 25, 60])
def test_months_of_the_axis_leave_each_other_room(size: Size, number: int) -> None:
    months = [f"{2020 + index // 12}-{index % 12 + 1:02d}" for index in range(5, 5 + number)]
    ticks = line_chart([Line("done", "", {months[0]: 1})], months, size).along
    assert ticks[0].year
    gaps = [after.at - before.at for before, after in itertools.pairwise(ticks)]
    assert all(gap >= 36 for gap in gaps)
    assert all(bool(tick.year) for tick in ticks if tick.words == "1月")


def test_a_chart_needs_a_month() -> None:
    with pytest.raises(ValueError, match="month"):
        line_chart([], [], WIDE)


def test_the_first_place_is_at_the_top() -> None:
    chart = place_chart(Line("done", "第 11", {"2023-11": 1, "2024-03": 11}), MONTHS, 11, WIDE)
    _, top, _, bottom = chart.field
    assert [y for _, y in chart.lines[0].marks] == [top, bottom]
    assert chart.upwards[0].words == "1"
    assert chart.upwards[0].at == top
    assert chart.upwards[-1].words == "11"
    assert len(place_chart(Line("done", "", {"2023-11": 1}), MONTHS, 1, SMALL).lines) == 1


@given(st.lists(st.floats(0, 240), max_size=6))
def test_labels_are_moved_apart_in_their_order(wanted: list[float]) -> None:
    placed = spread(wanted, 0, 240)
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    for before, after in itertools.pairwise(order):
        assert placed[after] - placed[before] >= 19.9
    assert all(-0.1 <= at <= 240.1 for at in placed)


def test_labels_with_room_stay_where_they_are() -> None:
    assert spread([200, 10, 100], 0, 240) == [200, 10, 100]


def _rated(name: str, number: int | None, rate: Fraction | None) -> Rated:
    return Rated(name, str(number), number, rate, "")


def test_bars_begin_at_zero_and_ties_are_joined() -> None:
    half = Fraction(1, 2)
    units = [_rated("甲", 1, Fraction(1)), _rated("乙", 2, half), _rated("丙", 2, half), _rated("丁", 2, half),
             _rated("戊", 5, Fraction(0)), _rated("己", None, None)]  # fmt: skip
    chart = bar_chart(units, 600, letters=8)
    assert [bar.width for bar in chart.bars[1:]] == [chart.bars[0].width / 2] * 3 + [0, 0]
    assert [bar.tie is not None for bar in chart.bars] == [False, True, False, False, False, False]
    assert chart.bars[1].tie == (chart.row + 8, 4 * chart.row - 8)
    assert chart.full is None


def test_a_rate_beyond_all_keeps_the_mark_of_a_hundred() -> None:
    chart = bar_chart([_rated("甲", 1, Fraction(2)), _rated("乙", 2, Fraction(1))], 600, letters=8)
    assert chart.full == pytest.approx(chart.size.left + chart.bars[0].width / 2)
    assert chart.bars[1].width == chart.bars[0].width / 2


def test_long_names_are_cut() -> None:
    assert bar_chart([_rated("很长很长的单位名称", 1, Fraction(1))], 358, letters=5).bars[0].name == "很长很长…"


def test_stages_fill_the_column() -> None:
    column = stacked([("completed", "完工", 3), ("suspended", "停工", 0), ("planned", "谋划", 1)], Size(300, 232))
    assert [layer.look for layer in column.layers] == ["completed", "planned"]
    assert column.layers[0].height == 3 * column.layers[1].height
    assert column.layers[1].top == column.layers[0].top + column.layers[0].height
    assert sum(layer.share for layer in column.layers) == 1
    assert stacked([("completed", "完工", 0)], Size(300, 232)).layers == ()


def test_small_charts_share_one_scale_and_the_whole_behind_them() -> None:
    whole = Line("whole", "", dict(zip(MONTHS, (0, Fraction(1, 4), None, Fraction(1, 2)), strict=True)))
    units = [
        Line("done", "", dict(zip(MONTHS, (0, Fraction(1, 2), Fraction(1, 2), 1), strict=True))),
        Line("done", "", {MONTHS[3]: Fraction(3, 2)}),
    ]
    for reach, full in ((0, Fraction(1)), (Fraction(3, 2), Fraction(3, 2))):
        charts = small_charts(whole, units, MONTHS, SMALL, reach)
        _, top, _, bottom = charts[0].field
        assert [chart.lines[0] for chart in charts] == [charts[0].lines[0]] * len(units)
        assert charts[0].lines[0].marks[-1][1] == round(bottom - (bottom - top) * float(Fraction(1, 2) / full), 1)
        assert charts[0].lines[1].marks[-1][1] == round(bottom - (bottom - top) * float(1 / full), 1)
        assert not any(chart.upwards or chart.along for chart in charts)
    with pytest.raises(ValueError, match="month"):
        small_charts(whole, units, [], SMALL)
