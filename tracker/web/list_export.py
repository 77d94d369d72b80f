"""List export: the columns of a county list as seen, as a file holds them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from tracker.exchange.writing.list_table import Derived
from tracker.ledger.changes import changes_of
from tracker.ledger.handle import Ledger
from tracker.ledger.standings import ProjectState
from tracker.web.list_columns import COLUMNS, Column, Listed, listed_of
from tracker.web.whereabouts import Where
from tracker.web.wording import DASH

_DERIVED_HEADINGS = {
    "lamp": "亮灯",
    "year_done": "本年完成",
    "progress": "进度",
    "changed": "本月变化",
    "phone": "电话尾号",
}
"""The columns that are worked out or shortened for the screen, by their headings in files.

None of them is the heading of a field: reading the file back takes nothing from them.
"""

_FIELDS = {"progress_words": "progress"}
"""The fields of columns that are not named after theirs."""


def exported_columns(
    ledger: Ledger, where: Where, keys: Sequence[str], projects: Sequence[ProjectState]
) -> list[str | Derived]:
    """Give the columns of a file for those of a screen: fields by name, what is worked out with its values.

    `projects` are as the screen lists them.
    """
    derived = [key for key in keys if key in _DERIVED_HEADINGS]
    changes = {}
    if "changed" in derived:
        changes = changes_of(ledger, where.programme, where.month, [project.code for project in projects])
    listed = [listed_of(each, where.month, changes.get(each.code)) for each in projects] if derived else []
    return [_derived(where, COLUMNS[key], listed) if key in derived else _FIELDS.get(key, key) for key in keys]


def _derived(where: Where, column: Column, listed: Sequence[Listed]) -> Derived:
    values: dict[str, str | Decimal] = {}
    for each in listed:
        said = column.printing(where, each)
        if column.key == "lamp":
            values[each.project.code] = f"{each.lamp.word}：{said}" if said else each.lamp.word
        elif said != DASH:
            figures = column.style in ("number", "progress")
            values[each.project.code] = Decimal(said.rstrip(" %").replace(",", "")) if figures else said
    unit = "%" if column.key == "progress" else column.unit
    return Derived(_DERIVED_HEADINGS[column.key], unit, values, bool(column.total), f"shown_{column.key}")
