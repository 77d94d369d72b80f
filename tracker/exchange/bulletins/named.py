"""Named: the projects and places that a bulletin names, as they stand in its text under their marks.

What many have in common is said once: how late they are, the problem that they have.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from tracker.exchange.tables.asking import some
from tracker.ledger.standings import ProjectState
from tracker.model.problems import months_late

if TYPE_CHECKING:
    from tracker.exchange.bulletins.figures import Facts

MOST_NAMED = 30
"""Of more projects the most delayed are named, and all stand in the annexed table."""

FEW_PROBLEMS = 3
"""So many are told one by one; more are told by what the problem is."""

_FIRST_NAMED = 10
_MOST_KINDS = 5
_LONGEST_PROBLEM = 60
_BLANKS = re.compile(r"(?<=[^\x00-\x7f]) | (?=[^\x00-\x7f])")


def named_figures(facts: Facts) -> dict[str, str]:
    """Give the names that stand in a bulletin's text, and how many they are, by their marks."""
    month = facts.asked.month
    said = {}
    for mark, projects, planned in (
        ("未按期开工", facts.late_start, "planned_start"),
        ("未按期完工", facts.late_completion, "planned_completion"),
    ):
        late = {each.code: months_late(each.state.values[planned], month) for each in projects}
        named = most_delayed(projects, lambda project, late=late: late[project.code])  # type: ignore[misc]
        said[f"{mark}分布"] = _counts(facts, projects)
        said[f"{mark}名单"] = _delayed(facts, named, late, whole=len(named) == len(projects))
        said[f"{mark}名单项数"] = str(len(named))
    said["问题分布"] = _counts(facts, facts.problems)
    said["问题涉及地区数"] = str(len(facts.by_part(facts.problems)))
    said["问题涉及类别"] = _by_name(each.state.values.get("category") or "未填类别" for each in facts.problems)
    said |= _problems(facts.problems)
    said["迟报地区"] = some(facts.late_counties)
    said["迟报地区数"] = str(len(facts.late_counties))
    said["未报全地区"] = some(facts.missing_counties)
    said["未报全地区数"] = str(len(facts.missing_counties))
    said["没有项目的地区"] = some(without_projects(facts))
    said["没有项目的地区数"] = str(len(without_projects(facts)))
    said["更正项目数"] = str(len(facts.corrected))
    said["更正名单"] = some([each.name for each in facts.corrected])
    return said


def without_projects(facts: Facts) -> list[str]:
    """Give the parts of the area on whose list nothing stands."""
    ranking = facts.ranked.get("completion")
    return [] if ranking is None else [name for _, name in ranking.without_projects]


def most_delayed(projects: Sequence[ProjectState], late: Callable[[ProjectState], int]) -> list[ProjectState]:
    """Give the projects to be named: all, or of very many the most delayed; a tie at the cut lengthens the list."""
    if len(projects) <= MOST_NAMED:
        return list(projects)
    cut = sorted((late(each) for each in projects), reverse=True)[_FIRST_NAMED - 1]
    return [each for each in projects if late(each) >= cut]


def _delayed(facts: Facts, projects: Sequence[ProjectState], late: Mapping[str, int], *, whole: bool) -> str:
    """Name projects by the part of the area they lie in, the latest first; how many only where all are named."""

    def words(own: Sequence[ProjectState]) -> str:
        ordered = sorted(own, key=lambda each: -late[each.code])
        return "、".join(
            f"{'、'.join(names)}（{'均' if len(names) > 1 else ''}{_late_words(months)}）"
            for months, same in groupby(ordered, key=lambda each: late[each.code])
            for names in [[each.name for each in same]]
        )

    if facts.asked.is_unit:
        return words(projects)
    return "；".join(
        f"{part}{f'{len(own)}项，为' if whole else '的'}{words(own)}" for part, own in facts.by_part(projects).items()
    )


def _late_words(months: int) -> str:
    return f"逾期{months}个月" if months else "本月到期"


def _counts(facts: Facts, projects: Sequence[ProjectState]) -> str:
    return "、".join(f"{name}{len(own)}项" for name, own in facts.by_part(projects).items())


def _by_name(names: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for name in names:
        counts[name] = counts.get(name, 0) + 1
    return "、".join(f"{name}{count}项" for name, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _problems(projects: Sequence[ProjectState]) -> dict[str, str]:
    """Give the problems one by one where there are few; else by what they are, those of most projects first.

    Of very many only what several projects have in common is told, without their names.
    """
    if len(projects) <= FEW_PROBLEMS:
        return {"问题归类": "", "问题名单": "；".join(f"{each.name}（{_problem_of(each)}）" for each in projects)}
    kinds: dict[str, list[str]] = {}
    for project in projects:
        kinds.setdefault(_problem_of(project), []).append(project.name)
    ordered = sorted(kinds.items(), key=lambda kind: -len(kind[1]))
    common = "、".join(f"{kind}的{len(names)}项" for kind, names in ordered[:_MOST_KINDS] if len(names) > 1)
    named = "；".join(f"{kind}的{len(names)}项（{'、'.join(names)}）" for kind, names in ordered)
    return {"问题归类": common, "问题名单": named if len(projects) <= MOST_NAMED else common}


def _problem_of(project: ProjectState) -> str:
    """Give a project's problem as it stands within a sentence."""
    text = " ".join(str(project.state.values["problem"]).split()).strip("。；，、 ")
    text = re.sub("[。；]", "，", _BLANKS.sub("", text))
    return text if len(text) <= _LONGEST_PROBLEM else f"{text[:_LONGEST_PROBLEM]}…"
