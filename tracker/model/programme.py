"""Programme: a list of projects under one plan, with the settings that nobody has published for all."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from tracker.model.names import plain_name
from tracker.model.stages import COMPLETED, STARTED, Stage


class TieRule(StrEnum):
    """How places go on after a tie: `skip` gives 1, 1, 3 (as Shanxi publishes), `dense` gives 1, 1, 2."""

    SKIP = "skip"
    DENSE = "dense"


class Denominator(StrEnum):
    """What a start or completion rate is divided by."""

    ALL = "all"
    START_THIS_YEAR = "start_this_year"
    START_BY_NOW = "start_by_now"
    COMPLETION_BY_NOW = "completion_by_now"


@dataclass(frozen=True, slots=True)
class Level:
    """A level of projects (省级) and the other words offices write for it (省级重点)."""

    name: str
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Programme:
    """The definition of one programme.

    `key` names it in files and addresses; `area` is a division code ("000000" for the whole country);
    `expected_projects` is the published size of the list or None; `categories_complete` refuses unknown
    categories, an empty `categories` takes all; `decimals` (0-2) of printed rates; `reporting_day` is the
    day of the following month by which a month is due; `separate_groups` ranks counties and zones apart;
    `demonstration` marks invented data; `review_levels` is 1 where the city's task force or the province's accepts
    a return for good, 2 where the city's passes it on to the province's.
    """

    key: str
    name: str
    area: str = "000000"
    expected_projects: int | None = None
    categories: tuple[str, ...] = ()
    categories_complete: bool = False
    levels: tuple[Level, ...] = ()
    batches: tuple[str, ...] = ()
    decimals: int = 1
    tie_rule: TieRule = TieRule.SKIP
    start_denominator: Denominator = Denominator.ALL
    completion_denominator: Denominator = Denominator.ALL
    started_stages: frozenset[Stage] = STARTED
    completed_stages: frozenset[Stage] = COMPLETED
    reporting_day: int = 5
    separate_groups: bool = True
    demonstration: bool = False
    review_levels: int = 1

    def level_named(self, written: str) -> str | None:
        """Give the level a written word means, or None where the programme does not know it."""
        plain = plain_name(written)
        for level in self.levels:
            if any(plain_name(word) == plain for word in (level.name, *level.synonyms)):
                return level.name
        return None


_NUMBERING = re.compile(
    r"^(?:[(（][一二三四五六七八九十百]+[)）]、?|[一二三四五六七八九十百]+[、.．:：]|[(（]?[0-9]{1,2}[)）、.．]+)"
)
_COUNT = re.compile(r"[(（][^()（）]*[0-9一二三四五六七八九十百]+[项个件][^()（）]*[)）]$")


def category_name(written: str) -> str:
    """Give a category's own name: numbering in front, （12项） and a trailing 工程 are no part of it."""
    text = "".join(written.split())
    text = _COUNT.sub("", text)
    text = _NUMBERING.sub("", text)
    return text.removesuffix("工程") or text


def definition_faults(programme: Programme) -> list[str]:
    """Give what is wrong with a definition, a Chinese sentence each; an empty list where nothing is."""
    faults = []
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", programme.key):
        faults.append(f"专项代号“{programme.key}”只能用小写字母、数字和连字符，以字母开头，例如 yihong。")
    if not programme.name or len(programme.name) > 60:
        faults.append("专项名称不能为空，也不能超过 60 个字。")
    expected = programme.expected_projects
    if expected is not None and not 0 < expected < 1_000_000:
        faults.append(f"公布的项目数写的是 {expected}，应为 1 到 999999 的整数；没有公布就不写。")
    if not 0 <= programme.decimals <= 2:
        faults.append(f"百分率小数位数写的是 {programme.decimals}，应为 0、1 或 2。")
    if not 1 <= programme.reporting_day <= 28:
        faults.append(f"每月报送日写的是 {programme.reporting_day}，应为 1 到 28。")
    if programme.review_levels not in (1, 2):
        faults.append(f"审核级数写的是 {programme.review_levels}，应为 1（一级审核）或 2（市、省两级审核）。")
    if not programme.completed_stages <= programme.started_stages:
        faults.append("算作完工的阶段必须同时算作开工。")
    if len({plain_name(name) for name in programme.categories}) != len(programme.categories):
        faults.append("工程类别有重名，请删去重复的。")
    return faults
