"""List of problems (问题清单): what hinders which project, who is to solve it by when, and since which month."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.exchange.tables import cells
from tracker.exchange.tables.asking import Asked, shared_columns
from tracker.exchange.tables.cells import Block
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import PrintedTable, TableColumn
from tracker.ledger.lasting import problems_since
from tracker.ledger.standings import ProjectState
from tracker.model.months import chinese_month
from tracker.model.problems import limit_words


def problem_table(asked: Asked) -> PrintedTable:
    """Give the projects of an area that have a problem in a month, by county."""
    projects = asked.projects("with_problem")
    since = problems_since(asked.ledger, asked.programme, asked.month, [each.code for each in projects])
    overdue = sum(bool(_overdue(asked, each)) for each in projects)
    return asked.table(
        "problems",
        "问题清单",
        _columns(asked),
        cells.flattened(_line(asked, each, number, since) for number, each in enumerate(projects, start=1)),
        notes=[
            f"共 {len(projects)} 项有问题，其中解决时限已到或已过的 {overdue} 项。"
            "“自何时起”为同一问题连续填报的第一个月；填报的文字改过，视为新的问题。"
        ],
        repeated=3 if asked.is_unit else 4,
    )


def _columns(asked: Asked) -> list[TableColumn]:
    return [
        *shared_columns(asked),
        TableColumn("stage", "建设阶段"),
        TableColumn("problem", "存在问题", bounds=(24, 70), left=True),
        TableColumn("since", "自何时起"),
        TableColumn("problem_owner", "问题\n责任单位", bounds=(10, 24)),
        TableColumn("problem_limit", "解决时限"),
        TableColumn("overdue", "是否到期"),
        TableColumn("responsible_unit", "责任单位", bounds=(10, 24)),
        TableColumn("responsible_person", "责任人", bounds=(8, 16)),
    ]


def _overdue(asked: Asked, project: ProjectState) -> str:
    return limit_words(project.state.values.get("problem_limit"), asked.month)


def _line(asked: Asked, project: ProjectState, number: int, since: Mapping[str, str]) -> Block:
    first = since.get(project.code)
    return Block((
        Written(number),
        Written(project.county),
        cells.words(asked.place_name(project.county)),
        Written(project.code),
        cells.words(project.name),
        cells.value(project, "stage"),
        cells.value(project, "problem"),
        Written(chinese_month(first), said=first) if first else cells.EMPTY,
        cells.value(project, "problem_owner"),
        cells.value(project, "problem_limit"),
        cells.words(_overdue(asked, project)),
        cells.value(project, "responsible_unit"),
        cells.value(project, "responsible_person"),
    ))  # fmt: skip
