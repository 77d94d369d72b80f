"""Lamps: which colour a project shows at a month, and why.

The rule for now: red where the planned completion has passed without it, amber where the planned start has.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from tracker.model.dates import PartialDate
from tracker.model.folding import State
from tracker.model.problems import months_late


class Colour(StrEnum):
    """A lamp's colour, as style sheets name it."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"


SHAPES = {Colour.GREEN: "●", Colour.AMBER: "▲", Colour.RED: "■"}
WORDS = {Colour.GREEN: "正常", Colour.AMBER: "提醒", Colour.RED: "预警"}


@dataclass(frozen=True, slots=True)
class Lamp:
    """A lamp; `reasons` are sentences, the gravest first, `months_late` the months since the earliest missed plan."""

    colour: Colour
    reasons: tuple[str, ...] = ()
    months_late: int = 0

    @property
    def shape(self) -> str:
        """Give the shape that tells the colour to those who do not see it."""
        return SHAPES[self.colour]

    @property
    def word(self) -> str:
        """Give the lamp's word."""
        return WORDS[self.colour]


def lamp_of(state: State, month: str) -> Lamp:
    """Give a project's lamp at a month's end."""
    missed: list[tuple[str, PartialDate]] = []
    for field, what, done in (
        ("planned_completion", "完工", state.completed),
        ("planned_start", "开工", state.started),
    ):
        planned: PartialDate | None = state.values.get(field)
        if planned is not None and not done and planned.due_month <= month:
            missed.append((what, planned))
    if not missed:
        return Lamp(Colour.GREEN)
    colour = Colour.RED if missed[0][0] == "完工" else Colour.AMBER
    late = sorted(
        ((months_late(planned, month), what, planned) for what, planned in missed),
        key=lambda entry: -entry[0],
    )
    reasons = tuple(
        f"应于{planned.chinese}{what}，" + (f"已逾期 {by} 个月" if by else f"本月到期未{what}")
        for by, what, planned in late
    )
    return Lamp(colour, reasons, late[0][0])
