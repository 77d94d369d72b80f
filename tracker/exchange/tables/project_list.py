"""County list (一县一清单) as one of the official tables: every project of the selection with every field it fills."""

from __future__ import annotations

from dataclasses import replace

from tracker.exchange.tables.asking import Asked
from tracker.exchange.writing.list_table import CountyList, printed_list
from tracker.exchange.writing.printed_table import PrintedTable


def project_list(asked: Asked) -> PrintedTable:
    """Give the list of an area, as the list's own page gives it with every column."""
    words = "，".join(condition.words for condition in asked.conditions if condition.words)
    projects = sorted(asked.projects(), key=lambda project: project.code)
    shown = CountyList(asked.programme, asked.month, asked.area, asked.places, projects, words)
    return replace(printed_list(shown), annex=asked.annex)
