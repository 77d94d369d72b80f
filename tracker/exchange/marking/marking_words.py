"""Words of marking: what marks in a sender's workbook are recognised by, when it comes back mended.

Told apart from the modules that put them there, because reading must know them too and needs nothing else of marking.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

AUTHOR = "一泓台账"
"""Who our comments are by."""

COMMENT_MARK = f"【{AUTHOR}·"
"""What each line of ours in a comment begins with; the severity's word and 】 follow."""

SHEET_NAME = "问题清单"
"""What the sheet that lists the faults is called, where the sender has none of this name."""

SHEET_MARK = "yihong-ledger faults 1"
"""What stands in a hidden column of that sheet: whatever it is called by now, it is ours and no list of projects."""

LIST_NAME = "_yihong_faults"
"""The hidden defined name that leads to that sheet."""

_MARKED_WITHIN = 5
_MARKED_END = "-标注"


def marked_name(name: str) -> str:
    """Give what a sender's file is called when it is given back: `清单.xls` comes back as `清单-标注.xlsx`."""
    stem = name.rpartition(".")[0] or name
    return f"{stem.removesuffix(_MARKED_END)}{_MARKED_END}.xlsx"


def is_fault_sheet(rows: Iterable[tuple[int, Sequence[object]]]) -> bool:
    """Say whether rows, as a sheet gives them, are those of the sheet that lists the faults."""
    return any(SHEET_MARK in cells for _, cells in islice(rows, _MARKED_WITHIN))
