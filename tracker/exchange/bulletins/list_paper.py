"""County list on paper (一县一清单): the columns that a county signs for, on turned sheets."""

from __future__ import annotations

from dataclasses import replace

from tracker.exchange.tables.asking import Asked
from tracker.exchange.writing.list_table import CountyList, printed_list
from tracker.exchange.writing.printed_table import Paper, PrintedTable

COLUMNS = (
    "county", "total_investment", "year_plan", "cumulative_investment", "planned_start", "actual_start",
    "planned_completion", "actual_completion", "stage", "progress", "problem", "responsible_unit",
)  # fmt: skip
"""What stands after a project's code and name; phone numbers leave the ledger with no paper."""


def list_table(asked: Asked) -> PrintedTable:
    """Give an area's list as it is signed."""
    projects = sorted(asked.projects(), key=lambda project: project.code)
    chosen = [column for column in COLUMNS if column != "county" or not asked.is_unit]
    shown = CountyList(asked.programme, asked.month, asked.area, asked.places, projects, "", chosen)
    # The list of a city or a province would share its columns out over twice as many small sheets.
    return replace(printed_list(shown), paper=Paper.A4 if asked.is_unit else Paper.A3, annex="")
