"""Annexes: the official tables behind a bulletin, numbered in order, and the marks under which its text names them."""

from __future__ import annotations

from dataclasses import replace

from tracker.exchange.tables.asking import EVERYTHING, Asked, annex_words
from tracker.exchange.tables.registry import KINDS
from tracker.exchange.tables.summary import summary_name
from tracker.exchange.writing.printed_table import PrintedTable
from tracker.model.months import chinese_month

_PLAN = (
    ("附件·地区", "summary", "area"),
    ("附件·类别", "summary", "category"),
    ("附件·排名", "ranking", "area"),
    ("附件·未按期", "behind", "area"),
    ("附件·问题", "problems", "area"),
    ("附件·报送", "timeliness", "area"),
    ("附件·项目", "dispatch", "area"),
)
_OF_SEVERAL = ("附件·地区", "附件·排名")
"""What says something only of an area with parts."""


def annex_plan(asked: Asked) -> list[tuple[str, str, str]]:
    """Give the annexes of an area's bulletin in order: mark, kind of table, what it goes by.

    A county alone has no ranking; an area without projects has one table, which says so.
    """
    if not asked.tally["projects"]:
        return [("附件·类别", "summary", "category")]
    return [entry for entry in _PLAN if not (asked.is_unit and entry[0] in _OF_SEVERAL)]


def annex_marks(asked: Asked) -> dict[str, str]:
    """Give the words of each annex by its mark: `附件1`, or `附件` where there is only one."""
    plan = annex_plan(asked)
    return {mark: _annex(number, len(plan)) for number, (mark, *_) in enumerate(plan, start=1)}


def annexes_of(asked: Asked) -> tuple[PrintedTable, ...]:
    """Give the annexed tables of an area's bulletin, each with its number."""
    found: list[PrintedTable] = []
    plan = annex_plan(asked)
    for number, (_, kind, by) in enumerate(plan, start=1):
        request = replace(asked, by=by, wanted=EVERYTHING, annex=_annex(number, len(plan)))
        # The bulletin's title has the month, and each table says until when its figures are.
        month = f"（{chinese_month(asked.month)}）"
        found += [replace(table, title=table.title.replace(month, "", 1)) for table in KINDS[kind].make(request)]
    return tuple(found)


def annex_titles(asked: Asked) -> list[tuple[str, str]]:
    """Give of each annex its words and its title, without making the tables."""
    plan = annex_plan(asked)
    names = [summary_name(by) if kind == "summary" else KINDS[kind].name for _, kind, by in plan]
    subject = f"{asked.area_name}{asked.programme.name}工程"
    return [(_annex(number, len(plan)), f"{subject}{name}") for number, name in enumerate(names, start=1)]


def _annex(number: int, annexes: int) -> str:
    return annex_words(str(number)) if annexes > 1 else "附件"
