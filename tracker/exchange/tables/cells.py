"""Cells: how counts, sums, rates, places and fields stand in an official table, and how programs are told them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from tracker.exchange.writing.list_values import Written, written
from tracker.exchange.writing.printed_table import LineRank, TableLine
from tracker.ledger.columns import fen
from tracker.ledger.standings import ProjectState
from tracker.model.fields import FIELD
from tracker.model.folding import State
from tracker.model.measures import FEN_PER_WAN, print_wan
from tracker.model.ranking import Placed, print_share
from tracker.model.stages import STAGE_WORDS
from tracker.model.written import clean_text

EMPTY = Written(None)
_MONEY_FORMAT = "#,##0.00"
_EXACT = 15
"""How many digits a sheet keeps of a number."""


def count(number: int | None) -> Written:
    """Write a count; nothing for None."""
    return EMPTY if number is None else Written(number, "#,##0")


def words(text: str | None) -> Written:
    """Write a text; nothing for None and ""."""
    return Written(clean_text(text)) if text else EMPTY


def money(sum_in_fen: int | None, unit: str = "万元") -> Written:
    """Write a sum given in 分 in 万元 or 亿元, exact; programs are told 万元 with two decimals."""
    if sum_in_fen is None:
        return EMPTY
    exact = Decimal(sum_in_fen) / (FEN_PER_WAN * (10_000 if unit == "亿元" else 1))
    value = int(exact) if exact == exact.to_integral_value() else float(exact)
    return Written(value, _MONEY_FORMAT, print_wan(sum_in_fen))


def rate(share: tuple[int, int] | None, decimals: int) -> Written:
    """Write a rate as its printed percentage, without its sign; nothing where the denominator is zero."""
    if share is None or not share[1]:
        return EMPTY
    printed = print_share(*share, decimals)
    return Written(float(printed), f"0.{'0' * decimals}" if decimals else "0", printed)


def place(placed: Placed | None) -> Written:
    """Write a place as a number that shows 并列 where others share it."""
    if placed is None:
        return EMPTY
    return Written(placed.place, '"并列"0' if placed.tied else "0")


def movement(placed: Placed | None) -> Written:
    """Write places gained as a number that shows its arrow; nothing where there is nothing to compare with."""
    if placed is None or placed.change is None:
        return EMPTY
    return Written(placed.change, '"↑"0;"↓"0;"—"')


def tied(placed: Placed | None) -> Written:
    """Say to programs whether others share a place."""
    return EMPTY if placed is None else Written(placed.tied)


def value(project: ProjectState, name: str) -> Written:
    """Write a field of a project; sums as `money`."""
    return state_value(project.state, name)


def state_value(state: State, name: str) -> Written:
    """Write a field of a state: the stage that counts, sums as `money`, the others as lists do."""
    if name == "stage":
        return EMPTY if state.stage is None else Written(STAGE_WORDS[state.stage])
    held = state.values.get(name)
    if held is None:
        return EMPTY
    if FIELD[name].unit == "万元":
        return money(fen(held))
    return written(FIELD[name], held)


@dataclass(slots=True)
class Block:
    """A line with the lines that it sums up, which follow it; without any it is a line by itself."""

    cells: Sequence[Written]
    rank: LineRank = LineRank.PLAIN
    parts: list[Block] = field(default_factory=list)


def flattened(blocks: Iterable[Block]) -> list[TableLine]:
    """Give blocks as lines one below the other; each sum line adds up the lines directly beneath it."""
    lines: list[TableLine] = []
    for block in blocks:
        _lay(block, lines)
    return lines


def _lay(block: Block, lines: list[TableLine]) -> int:
    """Add a block's lines; gives the position of its own."""
    at = len(lines)
    lines.append(TableLine(tuple(block.cells), block.rank))
    sums = tuple([_lay(part, lines) for part in block.parts])
    if sums:
        lines[at] = TableLine(tuple(block.cells), block.rank, sums)
    return at


def section(text: str, columns: int) -> Block:
    """Give a heading over all columns."""
    return Block((Written(text), *[EMPTY] * (columns - 1)), LineRank.SECTION)


def summing(line: TableLine, positions: tuple[int, ...]) -> TableLine:
    """Give a line as the sum of the lines at some positions."""
    return TableLine(line.cells, line.rank, positions)
