"""Timeline: a project's planned and its actual course on one axis of months, as numbers for SVG, without any ledger.

A date of which only the month or the quarter is known ends in a point: the point lies where the date may lie at
the earliest (a beginning) or at the latest (an end, as `PartialDate.due_month` counts it). Lengths are in the
picture's own units and rounded to a tenth, as in `charts`; all words are the caller's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from tracker.exchange.drawing.charts import Size
from tracker.exchange.drawing.timeline_axis import GAP, Axis, Label, words_width
from tracker.exchange.drawing.timeline_sums import Sums, draw_sums
from tracker.model.dates import PartialDate
from tracker.model.months import month_number, month_of_number

WIDE = Size(912, 0, left=1, right=8, top=20, bottom=44)
NARROW = Size(358, 0, left=1, right=4, top=20, bottom=44)
"""Widths and margins; how high a picture is follows from what it holds."""

_LANE = 44
_BAR = 14
_SUMS = 88
_MARKS = 28
_STRIPE = 6
_LINE = 18


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened to the record in a month: its words; `ending` where the project left the list."""

    month: str
    words: str
    ending: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """What a timeline shows.

    `month` is the page's, at whose end everything stands; `since` the month of registration. `ended` is the month
    at whose end the project was over (completed, terminated), None while it goes on; it closes the bar of a project
    whose completion has no date. `sums` are what is drawn by the months' ends, in one unit with `whole`, their plan.
    """

    month: str
    since: str
    planned_start: PartialDate | None = None
    planned_completion: PartialDate | None = None
    actual_start: PartialDate | None = None
    actual_completion: PartialDate | None = None
    ended: str | None = None
    started: bool = False
    marks: Sequence[Mark] = ()
    sums: Mapping[str, Decimal] | None = None
    whole: Mapping[str, Decimal] | None = None

    @property
    def dates(self) -> list[PartialDate]:
        """Give the dates that are known."""
        every = (self.planned_start, self.planned_completion, self.actual_start, self.actual_completion)
        return [date for date in every if date is not None]


@dataclass(frozen=True, slots=True)
class Words:
    """What stands beside the bars: each lane's words, those in red after them, and those of sums and page's month."""

    planned: str
    actual: str
    late: str
    now: str
    sums: str = ""
    whole: str = ""


@dataclass(frozen=True, slots=True)
class Shape:
    """One drawn piece: `look` names its class (planned, actual, over, waiting, alone), `path` its outline.

    `reach` is (left, right); `stripes` are lines across it that tell it by shape.
    """

    look: str
    path: str
    reach: tuple[float, float]
    stripes: str = ""


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """A mark as drawn: where it stands, whether it ends the project, its words ("" where there was no room)."""

    at: float
    ending: bool
    words: str


@dataclass(frozen=True, slots=True)
class Timeline:
    """A timeline as drawn; `field` is (left, top, right, bottom), `months` the first and the last of its axis.

    `years` are (where the year begins within the field, its words), `month_words` (the middle of a month, its
    words), `ground` the path of the axis with a tick where a month begins; `sums` and `whole` are paths on the
    ground, `filled` the area beneath the sums.
    """

    size: Size
    field: tuple[int, int, int, int]
    months: tuple[str, str]
    years: tuple[tuple[float, str], ...]
    month_words: tuple[tuple[float, str], ...]
    ground: str
    now: float
    labels: tuple[Label, ...]
    shapes: tuple[Shape, ...]
    marks: tuple[DrawnMark, ...]
    marks_line: float
    sums: str = ""
    filled: str = ""
    whole: str = ""


def timeline(course: Course, words: Words, size: Size) -> Timeline | None:
    """Draw a course; None where it has no date at all. `size` gives the width and the margins."""
    if not course.dates:
        return None
    axis = Axis([course.since, *(mark.month for mark in course.marks)], course.dates, course.month, size)
    planned_top = size.top + 28
    # On a narrow picture what is late may need a line of its own.
    together = words_width(words.actual + words.late) + GAP <= axis.right - axis.left
    actual_top = planned_top + _LANE + (0 if together else _LINE)
    bottom = actual_top + _BAR + 12
    marks_line = bottom + 10.0
    if course.marks:
        bottom += _MARKS
    sums_top = bottom + 28
    if course.sums:
        bottom = sums_top + _SUMS
    field = (size.left, size.top, size.width - size.right, bottom)
    shapes = (*_planned(course, axis, planned_top), *_actual(course, axis, actual_top))
    begins = _begins(shapes, axis.left, "planned", "alone-planned")
    labels = [
        axis.label(axis.now - words_width(words.now) / 2, size.top - 8, words.now),
        axis.label(begins, planned_top - 8, words.planned),
    ]
    begins = _begins(shapes, begins, "actual", "alone-actual", "over", "waiting")
    if together:
        labels.append(axis.label(begins, actual_top - 8, words.actual, words.late))
    else:
        labels.append(axis.label(begins, actual_top - 8 - _LINE, words.actual))
        labels.append(axis.label(begins, actual_top - 8, "", words.late))
    drawn = Sums()
    if course.sums:
        said = (words.sums, words.whole)
        drawn = draw_sums(course.sums, course.whole or {}, said, axis, (float(sums_top), float(bottom)))
    return Timeline(
        Size(size.width, bottom + size.bottom, size.left, size.right, size.top, size.bottom),
        field,
        (month_of_number(axis.first), month_of_number(axis.last - 1)),
        tuple(axis.years()),
        tuple(axis.month_words()),
        f"M{size.left} {bottom}H{size.width - size.right}" + "".join(f"M{at:g} {bottom}v4" for at in axis.ticks()),
        axis.now,
        (*labels, *drawn.labels),
        shapes,
        tuple(_drawn_marks(course.marks, axis)),
        marks_line,
        drawn.line,
        drawn.filled,
        drawn.whole,
    )


def _begins(shapes: Sequence[Shape], otherwise: float, *looks: str) -> float:
    """Give where the first of some shapes begins."""
    return min((shape.reach[0] for shape in shapes if shape.look in looks), default=otherwise)


def _outline(xs: tuple[float, float, float, float], top: float) -> str:
    """Give a bar from its first to its last point; between the middle two it is whole, outside it comes to a point."""
    first, begin, end, last = xs
    middle, bottom = top + _BAR / 2, top + _BAR
    return (
        f"M{first:g} {middle:g}L{begin:g} {top:g}H{end:g}L{last:g} {middle:g}L{end:g} {bottom:g}H{begin:g}"
        f"L{first:g} {middle:g}Z"
    )


def _bar(look: str, xs: tuple[float, float, float, float], top: float) -> Shape:
    return Shape(look, _outline(xs, top), (xs[0], xs[3]))


def _striped(look: str, xs: tuple[float, float, float, float], top: float) -> Shape:
    """Give a bar with lines across, which stay within its whole part."""
    _, begin, end, _ = xs
    lines = []
    at = begin
    while at + _STRIPE <= end:
        lines.append(f"M{at:g} {top + _BAR:g}L{at + _STRIPE:g} {top:g}")
        at = round(at + _STRIPE, 1)
    return Shape(look, _outline(xs, top), (xs[0], xs[3]), "".join(lines))


def _alone(look: str, date: PartialDate, axis: Axis, top: float) -> Shape:
    """Give a date that has no other end: a lozenge as wide as what it may mean."""
    first, last = axis.reach(date)
    middle = round((first + last) / 2, 1)
    # A day alone would be too thin to see; the field's edge holds it back.
    first, last = max(min(first, middle - 6), axis.left), min(max(last, middle + 6), axis.right)
    return _bar(f"alone-{look}", (round(first, 1), middle, middle, round(last, 1)), top)


def _between(start: PartialDate, end: tuple[float, float], axis: Axis) -> tuple[float, float, float, float]:
    """Give the four points of a bar from a start to an end (surely there, at the latest there)."""
    first, begin = axis.reach(start)
    if start.day is not None:
        begin = first
    # What should be over before it began takes no room.
    sure, last = max(end[0], first), max(end[1], first)
    begin = min(begin, last)
    if begin > sure:
        begin = sure = round((begin + sure) / 2, 1)
    return first, begin, sure, last


def _end(date: PartialDate, axis: Axis) -> tuple[float, float]:
    first, last = axis.reach(date)
    return (last, last) if date.day is not None else (first, last)


def contradictory(start: PartialDate | None, completion: PartialDate | None) -> bool:
    """Say whether a course would end before it begins, whatever its vague dates mean."""
    return start is not None and completion is not None and completion.latest < start.earliest


def _planned(course: Course, axis: Axis, top: float) -> list[Shape]:
    start, completion = course.planned_start, course.planned_completion
    if start is None or completion is None or contradictory(start, completion):
        return [_alone("planned", date, axis, top) for date in (start, completion) if date is not None]
    return [_bar("planned", _between(start, _end(completion, axis), axis), top)]


def _actual(course: Course, axis: Axis, top: float) -> list[Shape]:
    start, completion = course.actual_start, course.actual_completion
    if contradictory(start, completion):
        return [_alone("actual", date, axis, top) for date in (start, completion) if date is not None]
    shapes = _waited(course, axis, top)
    if start is None:
        return shapes + ([] if completion is None else [_alone("actual", completion, axis, top)])
    if completion is not None:
        end = _end(completion, axis)
    else:
        ended = axis.after(month_number(course.ended)) if course.ended else axis.now
        end = (ended, ended)
    return shapes + _with_overrun(course, axis, _between(start, end, axis), top)


def _with_overrun(course: Course, axis: Axis, xs: tuple[float, float, float, float], top: float) -> list[Shape]:
    """Part a bar where the plan ended; only what surely lies beyond it is an overrun."""
    due = course.planned_completion
    surely = course.actual_completion.earliest if course.actual_completion else None
    first, begin, end, last = xs
    if due is None or (surely is not None and surely <= due.latest):
        return [_bar("actual", xs, top)]
    cut = axis.day(due.latest, ended=True)
    if cut >= last:
        return [_bar("actual", xs, top)]
    if cut <= first:
        return [_striped("over", xs, top)]
    cut = min(max(cut, begin), end)
    return [_bar("actual", (first, begin, cut, cut), top), _striped("over", (cut, cut, end, last), top)]


def _waited(course: Course, axis: Axis, top: float) -> list[Shape]:
    """Give the time between the planned start and the actual one, or the page's month where there is none."""
    due = course.planned_start
    if due is None or (course.actual_start is None and course.started):
        return []
    begin = axis.day(due.latest, ended=True)
    if course.actual_start is not None:
        end = axis.reach(course.actual_start)[0]
    else:
        end = axis.after(month_number(course.ended)) if course.ended else axis.now
    if end <= begin:
        return []
    middle = top + _BAR / 2
    return [Shape("waiting", f"M{begin:g} {middle:g}H{end:g}", (begin, end))]


def _drawn_marks(marks: Sequence[Mark], axis: Axis) -> list[DrawnMark]:
    """Put marks at the middle of their months; words that would cover the ones before are left out."""
    by_month: dict[str, list[Mark]] = {}
    for mark in sorted(marks, key=lambda it: it.month):
        by_month.setdefault(mark.month, []).append(mark)
    drawn = []
    free = axis.left
    for number, (month, those) in enumerate(by_month.items()):
        at = axis.at(month_number(month) + 0.5)
        words = "、".join(dict.fromkeys(mark.words for mark in those))
        following = list(by_month)[number + 1 :]
        limit = axis.at(month_number(following[0]) + 0.5) - 10 if following else axis.right
        fits = at - 8 >= free and at + 10 + words_width(words) <= limit
        drawn.append(DrawnMark(at, any(mark.ending for mark in those), words if fits else ""))
        free = at + 10 + (words_width(words) if fits else 0)
    return drawn
