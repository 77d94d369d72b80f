"""Charts: the geometry of the pictures, as numbers for SVG; the same on screen and on paper, without any ledger.

Lengths are in the picture's own units (one pixel at its natural width) and rounded to a tenth: a picture's
precision, never a figure's. Figures stand beside them as the text that the caller printed.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from tracker.model.months import month_number, month_of_number

_LINE_HEIGHT = 20
"""The least distance between two labels, so that neither covers the other."""
_LETTER = 13
"""How wide a Chinese letter of a label is."""
_BEFORE_NAMES = 60
"""Where names begin in a bar chart, behind the places."""
_NICE_STEPS = (1, 2, 5, 10)


@dataclass(frozen=True, slots=True)
class Size:
    """How large a picture is, and the room around its field for labels."""

    width: int
    height: int
    left: int = 40
    right: int = 128
    top: int = 16
    bottom: int = 44


WIDE = Size(848, 312, left=48, right=136)
NARROW = Size(358, 272, left=44, right=112)
SMALL = Size(184, 64, left=2, right=8, top=8, bottom=8)
"""A line among many others: it has no axis of its own, only the first and last value in words."""


@dataclass(frozen=True, slots=True)
class Line:
    """One series to draw: `values` by month (None or absent: unknown); `label` says its last value in words.

    `look` is its class: done, started, whole; `plan` makes it dashed and without marks; `yearly` breaks it where a
    year begins, for sums that begin anew with it.
    """

    look: str
    label: str
    values: Mapping[str, Fraction | int | None]
    plan: bool = False
    yearly: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """One mark of an axis: where, its words, and under them the year where one begins."""

    at: float
    words: str
    year: str = ""


@dataclass(frozen=True, slots=True)
class DrawnLine:
    """A line as drawn: its path (`pieces` are broken where a month is unknown), its marks and its label."""

    look: str
    plan: bool
    pieces: tuple[str, ...]
    marks: tuple[tuple[float, float], ...]
    end: tuple[float, float]
    label: str
    label_at: float

    @property
    def dots(self) -> str:
        """Give the path of the marks: lines of no length, which their caps make visible."""
        return "".join(f"M{x} {y}h0" for x, y in self.marks)


@dataclass(frozen=True, slots=True)
class LineChart:
    """Lines over months: `field` is (left, top, right, bottom); ticks upwards and along the months."""

    size: Size
    field: tuple[int, int, int, int]
    upwards: tuple[Tick, ...]
    along: tuple[Tick, ...]
    lines: tuple[DrawnLine, ...]


def nice_top(highest: Fraction | int, steps: int = 4) -> tuple[Fraction, Fraction]:
    """Give (top, step) of an axis from zero: a step of 1, 2 or 5 times a power of ten, at most `steps` + 1 of them."""
    if highest <= 0:
        return Fraction(1), Fraction(1)
    least = Fraction(highest) / steps
    power = Fraction(10) ** math.floor(math.log10(least))
    step = next(power * nice for nice in _NICE_STEPS if power * nice >= least)
    return step * math.ceil(Fraction(highest) / step), step


def line_chart(
    lines: Sequence[Line], months: Sequence[str], size: Size, *, percent: bool = False, reach: Fraction | int = 0
) -> LineChart:
    """Draw lines over months, from zero up; `months` are `YYYY-MM` in order, not necessarily without gaps.

    `percent` writes the axis as percentages of rates, with 100 % as its least top; an axis of counts has no steps
    below one. `reach` is what the axis must hold beside the lines' own values, so that several pictures share a
    scale. Raises ValueError without a month.
    """
    if not months:
        raise ValueError("a chart needs a month")
    field = (size.left, size.top, size.width - size.right, size.height - size.bottom)
    known = [value for line in lines for month in months if (value := line.values.get(month)) is not None]
    top, step = _axis(max([reach, *known]), percent=percent)
    along = _along(months, field)
    drawn = _labelled([_drawn(line, months, along, field, top) for line in lines if _is_known(line, months)], field)
    upwards = tuple(
        Tick(_height(step * number, top, field), _axis_words(step * number, percent=percent))
        for number in range(int(top / step) + 1)
    )
    return LineChart(size, field, upwards, _month_ticks(months, along, field), drawn)


def small_charts(
    whole: Line, lines: Sequence[Line], months: Sequence[str], size: Size, reach: Fraction | int = 0
) -> list[LineChart]:
    """Draw lines of rates, each in a small picture of its own with the whole's line behind it, all on one scale.

    The pictures have neither axes nor labels; their top is 100 %, or above it where `reach`, the highest rate of
    them all, or the whole exceeds it. Raises ValueError without a month.
    """
    if not months:
        raise ValueError("a chart needs a month")
    field = (size.left, size.top, size.width - size.right, size.height - size.bottom)
    behind = [value for month in months if (value := whole.values.get(month)) is not None]
    top, _ = _axis(max([reach, *behind]), percent=True)
    along = _along(months, field)
    ground = (_drawn(whole, months, along, field, top),) if behind else ()
    return [LineChart(size, field, (), (), (*ground, _drawn(line, months, along, field, top))) for line in lines]


def place_chart(line: Line, months: Sequence[str], last: int, size: Size) -> LineChart:
    """Draw places over months, the first at the top and `last`, the number of units, at the bottom."""
    field = (size.left, size.top, size.width - size.right, size.height - size.bottom)
    span = max(last - 1, 1)
    turned = {month: None if place is None else span - (place - 1) for month, place in line.values.items()}
    along = _along(months, field)
    shown = Line(line.look, line.label, turned, line.plan)
    drawn = [_drawn(shown, months, along, field, Fraction(span))] if _is_known(shown, months) else []
    step = max(1, math.ceil(span / 5))
    places = sorted({*range(1, last + 1, step), last})
    if len(places) > 2 and places[-1] - places[-2] < step / 2:
        places.pop(-2)
    upwards = tuple(Tick(_height(Fraction(span - place + 1), Fraction(span), field), str(place)) for place in places)
    return LineChart(size, field, upwards, _month_ticks(months, along, field), _labelled(drawn, field))


def _axis(highest: Fraction | int, *, percent: bool) -> tuple[Fraction, Fraction]:
    if percent:
        return (Fraction(1), Fraction(1, 4)) if highest <= 1 else nice_top(highest)
    top, step = nice_top(highest)
    return (Fraction(math.ceil(top)), Fraction(1)) if step < 1 else (top, step)


def _axis_words(value: Fraction, *, percent: bool) -> str:
    shown = value * 100 if percent else value
    number = str(shown.numerator) if shown.denominator == 1 else f"{float(shown):g}"
    return f"{number} %" if percent else number


def _is_known(line: Line, months: Sequence[str]) -> bool:
    return any(line.values.get(month) is not None for month in months)


def _along(months: Sequence[str], field: tuple[int, int, int, int]) -> dict[str, float]:
    """Give where each month stands: by the calendar, so that a month left out leaves its room."""
    left, _, right, _ = field
    first, last = month_number(months[0]), month_number(months[-1])
    if first == last:
        return {months[0]: (left + right) / 2}
    return {month: round(left + (right - left) * (month_number(month) - first) / (last - first), 1) for month in months}


def _height(value: Fraction | int, top: Fraction, field: tuple[int, int, int, int]) -> float:
    _, upper, _, lower = field
    # One division of whole numbers: of the many points of a picture each would else make fractions of its own.
    share = value.numerator * top.denominator / (value.denominator * top.numerator)
    return round(lower - (lower - upper) * share, 1)


def _drawn(
    line: Line, months: Sequence[str], along: Mapping[str, float], field: tuple[int, int, int, int], top: Fraction
) -> DrawnLine:
    pieces: list[list[tuple[float, float]]] = [[]]
    for before, month in zip(("", *months), months, strict=False):
        value = line.values.get(month)
        if line.yearly and before[:4] != month[:4] and pieces[-1]:
            pieces.append([])
        if value is not None:
            pieces[-1].append((along[month], _height(max(value, 0), top, field)))
        elif pieces[-1]:
            pieces.append([])
    points = [piece for piece in pieces if piece]
    marks = tuple(point for piece in points for point in piece)
    paths = tuple("M" + " L".join(f"{x:g} {y:g}" for x, y in piece) for piece in points)
    return DrawnLine(line.look, line.plan, paths, marks, marks[-1], line.label, marks[-1][1])


def _labelled(lines: Sequence[DrawnLine], field: tuple[int, int, int, int]) -> tuple[DrawnLine, ...]:
    places = spread([line.end[1] for line in lines], field[1], field[3])
    return tuple(
        DrawnLine(line.look, line.plan, line.pieces, line.marks, line.end, line.label, at)
        for line, at in zip(lines, places, strict=True)
    )


def spread(wanted: Sequence[float], lowest: float, highest: float, apart: float = _LINE_HEIGHT) -> list[float]:
    """Move labels apart, each as little as needed, in their order; between `lowest` and `highest` where they fit."""
    order = sorted(range(len(wanted)), key=lambda index: wanted[index])
    places: dict[int, float] = {}
    at = -math.inf
    for index in order:
        at = max(wanted[index], at + apart, lowest)
        places[index] = at
    limit = highest
    for index in reversed(order):
        places[index] = min(places[index], limit)
        limit = places[index] - apart
    return [round(places[index], 1) for index in range(len(wanted))]


def _month_ticks(
    months: Sequence[str], along: Mapping[str, float], field: tuple[int, int, int, int]
) -> tuple[Tick, ...]:
    """Give as many months as find room, the first and each January with its year."""
    first, last = month_number(months[0]), month_number(months[-1])
    room = (field[2] - field[0]) / 48
    every = next((step for step in (1, 2, 3, 6, 12) if (last - first) / step <= room), 24)
    # Counted from January, so that the year's turn is always among them.
    shown = [number for number in range(first, last + 1) if number % every == 0]
    if first not in shown and (not shown or shown[0] - first >= every):
        shown.insert(0, first)
    width = (field[2] - field[0]) / max(last - first, 1)
    ticks: list[Tick] = []
    for number in shown or [first]:
        month = month_of_number(number)
        at = along[month] if month in along else round(field[0] + width * (number - first), 1)
        ticks.append(Tick(at, f"{int(month[5:])}月", f"{month[:4]}年" if not ticks or month.endswith("-01") else ""))
    return tuple(ticks)


@dataclass(frozen=True, slots=True)
class Bar:
    """One row of a bar chart as drawn: `tie` is (top, bottom) of the bracket that begins here, None elsewhere."""

    name: str
    place: str
    words: str
    top: float
    width: float
    marked: bool
    tie: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class BarChart:
    """Bars of rates from zero; `full` is where 100 % stands when a rate exceeds it, None otherwise."""

    size: Size
    row: int
    thick: int
    bars: tuple[Bar, ...]
    full: float | None


@dataclass(frozen=True, slots=True)
class Rated:
    """One unit of a bar chart: name, place as printed and as number (None: no place), rate and its words."""

    name: str
    place: str
    number: int | None
    rate: Fraction | None
    words: str
    marked: bool = False


def bar_chart(units: Sequence[Rated], width: int, *, letters: int, right: int = 128, row: int = 28) -> BarChart:
    """Draw bars of rates in the order given; units that share a place are joined by a bracket.

    Names are cut to `letters` letters: the picture's table has them whole.
    """
    highest = max([Fraction(1), *(unit.rate for unit in units if unit.rate is not None)])
    left = _BEFORE_NAMES + _LETTER * min(max((len(unit.name) for unit in units), default=0), letters) + 12
    room = width - left - right
    runs = _ties(units)
    bars = tuple(
        Bar(
            unit.name if len(unit.name) <= letters else f"{unit.name[: letters - 1]}…",
            unit.place,
            unit.words,
            index * row,
            0.0 if unit.rate is None else round(room * float(max(unit.rate, Fraction(0)) / highest), 1),
            unit.marked,
            (index * row + 8, (runs[index] + 1) * row - 8) if index in runs else None,
        )
        for index, unit in enumerate(units)
    )
    size = Size(width, max(len(units), 1) * row, left=left, right=right, top=0, bottom=0)
    return BarChart(size, row, 12, bars, round(left + room / float(highest), 1) if highest > 1 else None)


def _ties(units: Sequence[Rated]) -> dict[int, int]:
    """Give the first and the last index of every run of units that share a place."""
    found: dict[int, int] = {}
    start = 0
    for index in range(1, len(units) + 1):
        if index < len(units) and units[index].number is not None and units[index].number == units[start].number:
            continue
        if index - start > 1:
            found[start] = index - 1
        start = index
    return found


@dataclass(frozen=True, slots=True)
class Layer:
    """One stage of a column: its class, its words, how many, and where it is drawn and labelled."""

    look: str
    words: str
    number: int
    share: Fraction
    top: float
    height: float
    label_at: float


@dataclass(frozen=True, slots=True)
class Column:
    """Stages stacked: layers from the top down."""

    size: Size
    thick: int
    layers: tuple[Layer, ...]


def stacked(parts: Sequence[tuple[str, str, int]], size: Size, thick: int = 64) -> Column:
    """Stack (look, words, number) from the top down; parts of nothing are left out."""
    shown = [part for part in parts if part[2] > 0]
    total = sum(number for _, _, number in shown)
    room = size.height - size.top - size.bottom
    layers: list[tuple[str, str, int, float, float]] = []
    at = float(size.top)
    for look, words, number in shown:
        height = room * number / total
        layers.append((look, words, number, at, height))
        at += height
    labels = spread([top + height / 2 for *_, top, height in layers], size.top + 8, size.height - size.bottom - 8, 24)
    return Column(
        size,
        thick,
        tuple(
            Layer(look, words, number, Fraction(number, total), round(top, 1), round(height, 1), label)
            for (look, words, number, top, height), label in zip(layers, labels, strict=True)
        ),
    )
