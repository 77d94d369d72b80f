"""Named lists of what is behind (未按期开工、未按期完工名单): the projects whose planned month has passed."""

from __future__ import annotations

from tracker.exchange.tables import cells
from tracker.exchange.tables.asking import Asked, shared_columns
from tracker.exchange.tables.cells import Block
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import PrintedTable, TableColumn
from tracker.ledger.standings import ProjectState
from tracker.model.problems import months_late

_LISTS = (
    ("late_start", "一、未按期开工", "planned_start"),
    ("late_completion", "二、未按期完工", "planned_completion"),
)


def behind_table(asked: Asked) -> PrintedTable:
    """Give the projects not started and those not completed on time, each with its plan and how late it is."""
    columns = _columns(asked)
    blocks = []
    for count, words, planned in _LISTS:
        projects = asked.projects(count)
        blocks.append(cells.section(f"{words}（{len(projects)} 项）", len(columns)))
        blocks += [_line(asked, each, number, words, planned) for number, each in enumerate(projects, start=1)]
    return asked.table(
        "behind",
        "未按期开工完工名单",
        columns,
        cells.flattened(blocks),
        notes=[
            "计划开工（完工）的月份已过或在本月，到本月底仍未开工（完工）的列入；逾期月数从计划月份的次月起算，"
            "“0”为本月到期。一个项目可以在两处都有。"
        ],
        repeated=3 if asked.is_unit else 4,
    )


def _columns(asked: Asked) -> list[TableColumn]:
    planned = "计划时间"
    return [
        *shared_columns(asked),
        TableColumn("kind", "情况", on_paper=False),
        TableColumn("planned_start", "开工", group=planned),
        TableColumn("planned_completion", "完工", group=planned),
        TableColumn("actual_start", "实际开工"),
        TableColumn("months_late", "逾期", "个月"),
        TableColumn("stage", "建设阶段"),
        TableColumn("progress", "形象进度", bounds=(14, 40), left=True),
        TableColumn("problem", "存在问题\n（原因）", bounds=(16, 50), left=True),
        TableColumn("responsible_unit", "责任单位", bounds=(10, 24)),
        TableColumn("responsible_person", "责任人", bounds=(8, 16)),
    ]


def _line(asked: Asked, project: ProjectState, number: int, words: str, planned: str) -> Block:
    dates = (cells.value(project, name) for name in ("planned_start", "planned_completion", "actual_start"))
    texts = ("stage", "progress", "problem", "responsible_unit", "responsible_person")
    return Block((
        Written(number),
        Written(project.county),
        cells.words(asked.place_name(project.county)),
        Written(project.code),
        cells.words(project.name),
        Written(words.partition("、")[2]),
        *dates,
        Written(months_late(project.state.values[planned], asked.month)),
        *(cells.value(project, name) for name in texts),
    ))  # fmt: skip
