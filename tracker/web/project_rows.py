"""Project rows: listed projects as tables and cards show them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from tracker.ledger.standings import ProjectState
from tracker.model.folding import State
from tracker.model.measures import print_wan
from tracker.model.printing import print_value
from tracker.model.stages import STAGE_WORDS
from tracker.web.counts import reason_of
from tracker.web.lamps import Lamp, lamp_of
from tracker.web.whereabouts import Where, place_words
from tracker.web.wording import DASH


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """One project, printed; sums in 万元; "—" where nothing is known."""

    code: str
    name: str
    address: str
    county: str
    category: str
    stage: str
    lamp: Lamp
    total_investment: str
    cumulative_investment: str
    planned_start: str
    actual_start: str
    planned_completion: str
    actual_completion: str
    reason: str


def printed(values: dict[str, Any], field: str) -> str:
    """Print one of a project's fields; a dash where it is unknown."""
    value = values.get(field)
    return DASH if value is None else print_value(field, value)


def stage_words(state: State) -> str:
    """Give the word of the stage that counts; a dash where none is known."""
    return DASH if state.stage is None else STAGE_WORDS[state.stage]


def rows_of(
    where: Where, projects: Iterable[ProjectState], count: str = "projects", without: str | None = None
) -> list[ProjectRow]:
    """Print projects as of the page's month, each with the reason why it stands in a list."""
    found = []
    for project in projects:
        values, lamp = project.state.values, lamp_of(project.state, where.month)
        found.append(
            ProjectRow(
                code=project.code,
                name=project.name,
                address=where.to_project(project.code),
                county=place_words(where.places, project.county),
                category=printed(values, "category"),
                stage=stage_words(project.state),
                lamp=lamp,
                total_investment=printed(values, "total_investment"),
                cumulative_investment=printed(values, "cumulative_investment"),
                planned_start=printed(values, "planned_start"),
                actual_start=printed(values, "actual_start"),
                planned_completion=printed(values, "planned_completion"),
                actual_completion=printed(values, "actual_completion"),
                reason=reason_of(project.state, count, without, lamp),
            )
        )
    return found


@dataclass(frozen=True, slots=True)
class Total:
    """The line of sums above a list: how many projects, and their sums in 万元 as far as they are known."""

    number: int
    total_investment: str
    cumulative_investment: str


def total_of(projects: list[ProjectState]) -> Total:
    """Sum up the projects of one list."""

    def summed(field: str) -> str:
        known = [project.state.values[field] for project in projects if field in project.state.values]
        return print_value(field, sum(known, Decimal(0))) if known else DASH

    return Total(len(projects), summed("total_investment"), summed("cumulative_investment"))


def total_of_sums(number: int, sums: Mapping[str, int | None]) -> Total:
    """Give the same from sums in 分 that the ledger added up, None where nothing is known."""

    def summed(name: str) -> str:
        fen = sums[name]
        return DASH if fen is None else print_wan(fen)

    return Total(number, summed("total_investment"), summed("cumulative_investment"))
