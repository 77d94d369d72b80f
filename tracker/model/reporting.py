"""Reporting: in which groups and order a county is asked for what it reports, on its page and in its workbook alike."""

from __future__ import annotations

from tracker.model.fields import FIELDS

REPORTED_GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("阶段和时间", ("stage", "actual_start", "actual_completion")),
    ("投资", ("cumulative_investment", "year_investment", "month_investment")),
    ("进展和问题", ("progress_percent", "progress", "problem", "problem_owner", "problem_limit")),
)
"""What is asked first, by the groups' titles."""

SELDOM_REPORTED = ("year_plan", "funding_received", "funding_paid", "problem_owner", "problem_limit", "remark")
"""What is seldom stated: the page folds it away, the workbook has it at the right."""

OUTPUTS = tuple(field.name for field in FIELDS if field.reported and field.name.endswith("_done"))
"""What a project delivers; asked only of projects that plan it, or of which it was ever said."""


def planned_output(name: str) -> str:
    """Give the field that says how much of an output is planned."""
    return name.replace("_done", "_planned")
