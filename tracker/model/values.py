"""Values: what a person wrote in a cell becomes a value, nothing, or a flaw; never an exception, never a guess.

Every reader takes a cell and gives a `Reading`; every printer gives a text that its reader reads back as the
same value. A flaw's message is one Chinese sentence that names neither row nor field: whoever knows the
place puts it in front. The readers of sums, quantities and dates stand in modules of their own and are
gathered here.
"""

from __future__ import annotations

import math
from functools import lru_cache

from tracker.model.money import print_money, read_money
from tracker.model.quantities import print_percent, print_quantity, read_percent, read_quantity, unit_factors
from tracker.model.stages import STAGE_OF_WORD, STAGE_WORDS, Stage
from tracker.model.written import (
    BLANK,
    CLEARED,
    KEPT_READINGS,
    LONGEST_KEPT,
    Cell,
    Reading,
    Said,
    cell_text,
    clean_text,
    fix,
    nothing_said,
    perhaps_nothing,
    said_text,
    squeezed,
)
from tracker.model.written_dates import print_date, read_date

__all__ = [
    "BLANK",
    "CLEARED",
    "Cell",
    "Reading",
    "Said",
    "print_date",
    "print_money",
    "print_percent",
    "print_quantity",
    "print_stage",
    "read_date",
    "read_money",
    "read_percent",
    "read_quantity",
    "read_stage",
    "read_text",
    "said_text",
    "unit_factors",
]

_VALUE = Said.VALUE
_STAGE_CHOICE = "、".join(STAGE_WORDS.values())


def read_stage(written: Cell) -> Reading:
    """Read a stage by its word or a synonym; the value is a Stage."""
    if type(written) is str:
        return _stage_of_text(written) if len(written) <= LONGEST_KEPT else _fresh_stage(written)
    return BLANK if written is None else _no_stage(written)


def _fresh_stage(text: str) -> Reading:
    """Read a stage from a text."""
    plain = squeezed(text)
    stage = STAGE_OF_WORD.get(plain)
    if stage is not None:
        return Reading(_VALUE, stage, None)
    return nothing_said(plain) or _no_stage(text)


_stage_of_text = lru_cache(maxsize=KEPT_READINGS)(_fresh_stage)


def _no_stage(written: Cell) -> Reading:
    """Give the flaw of what is no stage."""
    return fix(written, f"不是建设阶段，请从{_STAGE_CHOICE}中选一个，例如 在建")


def print_stage(value: Stage) -> str:
    """Print a stage by its word: `在建`."""
    return STAGE_WORDS[value]


def read_text(written: Cell, longest: int) -> Reading:
    """Read a text of at most `longest` characters (0: of any length); the value is the cleaned str.

    Numbers and dates become the text a person sees in the cell. Line breaks inside stay.
    """
    if type(written) is str:
        return _short_text(written, longest) if len(written) <= LONGEST_KEPT else _fresh_text(written, longest)
    return BLANK if written is None else _fresh_text(written, longest)


def _fresh_text(written: str | Cell, longest: int) -> Reading:
    """Read a text from a cell that holds something."""
    if isinstance(written, str):
        text = clean_text(written)
    elif isinstance(written, float) and not math.isfinite(written):
        return fix(written, "不是文字，请改写成文字或留空，例如 无")
    else:
        text = cell_text(written)
    if perhaps_nothing(text):
        nothing = nothing_said(squeezed(text))
        if nothing is not None:
            return nothing
    if longest and len(text) > longest:
        return fix(written, f"共 {len(text)} 个字，超过了 {longest} 个字，请删减，例如只写要点")
    return Reading(_VALUE, text, None)


# Few are kept: what repeats is units, persons and words, which stand in every other row.
_short_text = lru_cache(maxsize=4096)(_fresh_text)
