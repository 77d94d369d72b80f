"""Stages of a project: their words, their order, and the stage that dates and words make together."""

from __future__ import annotations

from enum import StrEnum

from tracker.model.dates import PartialDate


class Stage(StrEnum):
    """The stages a project passes through, as stored."""

    PLANNED = "planned"
    NOT_STARTED = "not_started"
    PREPARING = "preparing"
    UNDER_CONSTRUCTION = "under_construction"
    SUSPENDED = "suspended"
    COMPLETED = "completed"
    ACCEPTED = "accepted"
    IN_OPERATION = "in_operation"
    EFFECTIVE = "effective"
    TERMINATED = "terminated"


STAGE_WORDS = {
    Stage.PLANNED: "谋划",
    Stage.NOT_STARTED: "未开工",
    Stage.PREPARING: "前期",
    Stage.UNDER_CONSTRUCTION: "在建",
    Stage.SUSPENDED: "停工",
    Stage.COMPLETED: "完工",
    Stage.ACCEPTED: "竣工验收",
    Stage.IN_OPERATION: "投运",
    Stage.EFFECTIVE: "达效",
    Stage.TERMINATED: "终止",
}
"""The word each stage is printed with."""

STAGE_SYNONYMS = {
    Stage.PLANNED: ("谋划", "储备", "谋划储备", "谋划阶段", "储备阶段"),
    Stage.NOT_STARTED: ("未开工", "尚未开工", "未动工", "待开工"),
    Stage.PREPARING: ("前期", "前期工作", "前期阶段", "前期准备", "开展前期", "前期手续"),
    Stage.UNDER_CONSTRUCTION: (
        "开工", "已开工", "在建", "施工", "续建", "正在施工", "施工中", "在施",
        "建设中", "正在建设", "开工在建", "开工/在建",
    ),
    Stage.SUSPENDED: ("停工", "已停工", "暂停", "停建"),
    Stage.COMPLETED: ("完工", "已完工", "竣工", "已竣工", "全部完工", "建成", "已建成"),
    Stage.ACCEPTED: ("竣工验收", "已竣工验收", "通过竣工验收", "已验收", "验收"),
    Stage.IN_OPERATION: ("投运", "已投运", "投入运行", "投入使用", "运行"),
    Stage.EFFECTIVE: ("达效", "已达效", "发挥效益"),
    Stage.TERMINATED: ("终止", "已终止", "取消", "已取消"),
}  # fmt: skip
"""What people write for each stage."""

STAGE_OF_WORD = {word: stage for stage, words in STAGE_SYNONYMS.items() for word in words}

STARTED = frozenset(
    {
        Stage.UNDER_CONSTRUCTION,
        Stage.SUSPENDED,
        Stage.COMPLETED,
        Stage.ACCEPTED,
        Stage.IN_OPERATION,
        Stage.EFFECTIVE,
    }
)
"""Stages that count as started unless the programme says otherwise; a suspended project stays started."""

COMPLETED = frozenset({Stage.COMPLETED, Stage.ACCEPTED, Stage.IN_OPERATION, Stage.EFFECTIVE})
"""Stages that count as completed unless the programme says otherwise."""

_RANKS = {
    Stage.PLANNED: 0,
    Stage.NOT_STARTED: 1,
    Stage.PREPARING: 1,
    Stage.UNDER_CONSTRUCTION: 2,
    Stage.SUSPENDED: 2,
    Stage.COMPLETED: 3,
    Stage.ACCEPTED: 4,
    Stage.IN_OPERATION: 5,
    Stage.EFFECTIVE: 6,
    Stage.TERMINATED: 9,
}


def goes_backwards(known: Stage, said: Stage) -> bool:
    """Say whether a newly written stage lies before the known one; termination is never backwards.

    未开工 says only that nothing was started, so it neither precedes nor follows 谋划 and 前期.
    """
    return known is not Stage.NOT_STARTED and _RANKS[said] < _RANKS[known]


def stage_by_dates(start: PartialDate | None, completion: PartialDate | None) -> Stage | None:
    """Give the stage that the actual dates alone prove, or None where there is no date."""
    if completion is not None:
        return Stage.COMPLETED
    return Stage.UNDER_CONSTRUCTION if start is not None else None


def contradicts(word: Stage, start: PartialDate | None, completion: PartialDate | None) -> bool:
    """Say whether a stage word denies what the actual dates prove."""
    proved = stage_by_dates(start, completion)
    return proved is not None and word is not Stage.TERMINATED and _RANKS[word] < _RANKS[proved]


def effective_stage(word: Stage | None, start: PartialDate | None, completion: PartialDate | None) -> Stage | None:
    """Give the stage that counts: a date outweighs a word, a word counts where no date is given."""
    proved = stage_by_dates(start, completion)
    if word is None or word is Stage.TERMINATED or proved is None:
        return word if word is not None else proved
    return proved if _RANKS[word] < _RANKS[proved] else word
