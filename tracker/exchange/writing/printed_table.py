"""Printed table: what one official table says, before it becomes a workbook, text for programs, or a page of paper.

Whoever makes a table knows the ledger and no file; whoever writes a file knows this module and no ledger. Every
table that the task force circulates is one of these, so that a figure stands alike in .xlsx, .csv and .json.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from tracker.exchange.writing.list_values import Written

DEMONSTRATION = "示例数据"
"""What stands on every table of a programme whose data are made up."""


class LineRank(StrEnum):
    """What a line is among the others: the sum of all, of a group, one of several parts of it, a heading, or plain."""

    TOTAL = "total"
    SUBTOTAL = "subtotal"
    PART = "part"
    SECTION = "section"
    PLAIN = "plain"


class Paper(StrEnum):
    """The sheet of paper a table is laid out for; all stand across (landscape) but `A4_UPRIGHT`."""

    A4 = "a4"
    A4_UPRIGHT = "a4_upright"
    A3 = "a3"


@dataclass(frozen=True, slots=True)
class TableColumn:
    """One column: its English `key` for programs, its heading, and the heading above that it shares with neighbours.

    Neighbours with the same `group` stand under one merged head; `unit` stands below the heading. `bounds` are the
    narrowest and widest width, in digits, of a column whose texts may be broken into lines; None where they may not.
    `left` sets texts flush left; numbers stand right in any case. `summed` says that a sum line adds this column up.
    A column that is not `on_paper` is for programs alone: it stands in .csv and .json and in no workbook.
    """

    key: str
    heading: str
    unit: str = ""
    group: str = ""
    bounds: tuple[int, int] | None = None
    left: bool = False
    summed: bool = False
    on_paper: bool = True


@dataclass(frozen=True, slots=True)
class TableLine:
    """One line: its cells, as many as there are columns, and what it is.

    A section's words stand in its first cell and go over all columns. `sums` gives the positions, from 0 among the
    table's lines, of those that a sum line adds up, so that a sheet can recalculate it; empty where it adds nothing.
    """

    cells: tuple[Written, ...]
    rank: LineRank = LineRank.PLAIN
    sums: Sequence[int] = ()


@dataclass(frozen=True, slots=True)
class PrintedTable:
    """One table: `key` for programs, `name` of its sheet (at most 31 characters), what stands around it, its lines.

    `said` stands at the left under the title (month, area, what is shown), `unit` at the right (`单位：万元`, "" for
    none), `notes` below the last line, `annex` above the title (`附件1`, "" for none). The first `repeated` columns
    stand on every page of paper. `filtered` lets lines be filtered on screen, where no head goes over several columns.
    `lines` may make its lines anew whenever they are asked for: long tables need not be held whole.
    """

    key: str
    name: str
    title: str
    columns: Sequence[TableColumn]
    lines: Sequence[TableLine]
    said: str = ""
    unit: str = ""
    notes: Sequence[str] = ()
    annex: str = ""
    demonstration: bool = False
    repeated: int = 1
    paper: Paper = Paper.A4
    filtered: bool = False
