"""Marks of a sheet: what calamine leaves out of it and the child process that reads it adds."""

from __future__ import annotations

from dataclasses import dataclass, field

MOST_MARKS = 1000
"""Marked cells of one sort that are kept; a list with more of them has one mistake a thousand times."""

Place = tuple[int, int]
"""A cell's row and column, both from 1."""


@dataclass(slots=True)
class SheetMarks:
    """Of one sheet: error texts and formulas without a result by place, merged ranges, and content that is far off.

    `merges` are first row, first column, last row, last column, from 1, or None where calamine itself gives them;
    `far` is the last cell of what stands beyond the limits.
    """

    errors: dict[Place, str] = field(default_factory=dict)
    formulas: dict[Place, str] = field(default_factory=dict)
    merges: list[list[int]] | None = None
    far: Place | None = None
