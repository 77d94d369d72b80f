"""The sums beneath a timeline: what was known at each month's end as steps, against their plan, on the same axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

from tracker.exchange.drawing.timeline_axis import Axis, Label, words_width
from tracker.model.months import month_number


@dataclass(frozen=True, slots=True)
class Level:
    """One step: from where to where it holds, and how high."""

    left: float
    right: float
    height: float


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums as drawn: the paths of their line, of the area beneath it and of the plan; their labels."""

    line: str = ""
    filled: str = ""
    whole: str = ""
    labels: tuple[Label, ...] = ()


def draw_sums(
    sums: Mapping[str, Decimal], whole: Mapping[str, Decimal], words: tuple[str, str], axis: Axis,
    reach: tuple[float, float],
) -> Sums:  # fmt: skip
    """Draw sums by month against their plan, from zero at the lower end of `reach` to the highest at its upper.

    `words` are those of the last sum and of the last plan; there is at least one sum.
    """
    top, bottom = reach
    highest = float(max(*sums.values(), *whole.values(), Decimal(0))) or 1.0
    ours, plan = (_levels(values, axis, highest, reach) for values in (sums, whole))
    line = _path(ours)
    ends = plan[-1].height if plan else top
    labels = [axis.label(axis.now - words_width(words[1]) - 6, ends - 8, words[1])] if plan else []
    labels.append(_label(axis, ours, plan, words[0], bottom, labels))
    return Sums(line, f"{line}V{bottom:g}H{ours[0].left:g}Z", _path(plan), tuple(labels))


def _levels(
    values: Mapping[str, Decimal], axis: Axis, highest: float, reach: tuple[float, float]
) -> list[Level]:  # fmt: skip
    """Give values as steps: each holds from its month's end to the next one's, the last to the page's month."""
    top, bottom = reach
    months = sorted(values)
    ends = [*(axis.after(month_number(month)) for month in months), axis.now]
    return [
        Level(left, right, round(bottom - float(values[month]) / highest * (bottom - top), 1))
        for month, (left, right) in zip(months, pairwise(ends), strict=True)
    ]


def _path(levels: Sequence[Level]) -> str:
    if not levels:
        return ""
    path = f"M{levels[0].left:g} {levels[0].height:g}"
    for before, level in pairwise(levels):
        if level.height != before.height:
            path += f"H{level.left:g}V{level.height:g}"
    return f"{path}H{levels[-1].right:g}"


def _label(
    axis: Axis, ours: Sequence[Level], plan: Sequence[Level], words: str, bottom: float, others: Sequence[Label]
) -> Label:  # fmt: skip
    """Put the words of the sums where neither their line nor the plan's runs through them, and no other words stand.

    That is above the line's end, in the area beneath it, or above an earlier step; where all of these are taken,
    above the line's end all the same.
    """
    width = words_width(words)
    places = [(axis.now - 6, ours[-1].height - 8), (axis.now - 6, bottom - 8)]
    places += [(level.right - 6, level.height - 8) for level in reversed(ours)]
    for right, line in places:
        box = (right - width, line - 13, right, line + 5)
        free = not any(_covers(other, box) for other in others)
        if free and box[0] >= axis.left and not _crosses(ours, box) and not _crosses(plan, box):
            return Label(round(box[0], 1), line, words)
    return axis.label(axis.now - width - 6, ours[-1].height - 8, words)


def _covers(label: Label, box: tuple[float, float, float, float]) -> bool:
    """Say whether other words stand in a box."""
    left, top, right, bottom = box
    across = label.at < right and label.at + words_width(label.words) > left
    return across and label.line - 13 < bottom and label.line + 5 > top


def _crosses(levels: Sequence[Level], box: tuple[float, float, float, float]) -> bool:
    """Say whether steps run through a box (left, top, right, bottom)."""
    left, top, right, bottom = box
    if any(level.left < right and level.right > left and top < level.height < bottom for level in levels):
        return True
    # Where a step rises, its line stands upright.
    rises = [(level.left, *sorted((before.height, level.height))) for before, level in pairwise(levels)]
    return any(left < at < right and upper < bottom and lower > top for at, upper, lower in rises)
