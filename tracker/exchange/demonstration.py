"""Demonstration: a whole ledger made from a recipe with a fixed seed, every word of it 示例数据.

The recipe (`data/demo/recipe.toml`) fixes the figures that were published; chance fills in the rest, the
same on every machine, down to the records' times and the chain's last hash.
"""

from __future__ import annotations

import datetime
import tomllib
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from tracker.exchange.programme_file import SHANXI, read_programme
from tracker.ledger.closing import close_month
from tracker.ledger.handle import SHANGHAI, Ledger
from tracker.ledger.projects import correct, rename
from tracker.ledger.reference import divisions
from tracker.ledger.writing import Writing, writing
from tracker.model.dates import PartialDate
from tracker.model.fields import FIELD
from tracker.model.folding import StatementKind
from tracker.model.months import last_day, month_number, month_of_number, shift_month
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.model.stages import Stage

RECIPE = Path(__file__).resolve().parents[2] / "data" / "demo" / "recipe.toml"

_ACTED_ON = "2024-06"
"""The month that one project is renamed from and one corrected in, after its closing."""
_CENT = Decimal("0.01")
_SKIPPED_SHARE = 0.02
_PROBLEM_SHARE = 0.12


@dataclass(slots=True)
class _Work:
    """One invented project: its facts, and the months in which things happen to it (None: not yet)."""

    county: Place
    listed: str
    facts: dict[str, Any]
    started: str | None
    completed: str | None
    start_day: PartialDate | None = None
    completion_day: PartialDate | None = None
    shares: dict[str, Decimal] = field(default_factory=dict)
    cumulative: dict[str, Decimal] = field(default_factory=dict)
    code: str = ""


def make_demonstration(ledger: Ledger, recipe_file: Path = RECIPE) -> Programme:
    """Fill a new ledger with the demonstration programme; gives the programme."""
    recipe = tomllib.loads(recipe_file.read_text(encoding="utf-8"))
    chance = Random(recipe["seed"])  # noqa: S311 - invented data, the same every time
    programme = replace(read_programme(SHANXI)[0], demonstration=True)
    months = _months(recipe["first_month"], recipe["last_month"])
    works = [work for city in recipe["cities"] for work in _works_of_city(city, recipe, chance)]
    for work in chance.sample([w for w in works if _may_be_listed_late(w, recipe)], recipe["late_listed"]):
        work.listed = recipe["late_listed_month"]
    _invest(works, months, Decimal(recipe["invested_wan"]), chance)
    for month in months:
        _record_month(ledger, programme, month, works, recipe, chance)
        if month != months[-1]:
            _close_month(ledger, programme, month, recipe)
        if month == _ACTED_ON:
            _record_actions(ledger, programme, works, recipe)
    return programme


def _months(first: str, last: str) -> list[str]:
    return [month_of_number(number) for number in range(month_number(first), month_number(last) + 1)]


def _between(first: str, last: str, chance: Random) -> str:
    return month_of_number(chance.randint(month_number(first), month_number(last)))


def _day_in(month: str, chance: Random) -> PartialDate:
    return PartialDate(int(month[:4]), int(month[5:7]), chance.randint(1, last_day(month).day))


def _works_of_city(city: dict[str, Any], recipe: dict[str, Any], chance: Random) -> list[_Work]:
    counties = _counties(city, chance)
    chance.shuffle(counties)
    taken: set[str] = set()
    works = []
    first, second, third = recipe["anchor_months"]
    for position, county in enumerate(counties):
        started = _start_month(position, city["started"], (recipe["first_month"], first, second, third), chance)
        completed = _completion_month(position, city["completed"], started, (first, second, third), chance)
        work = _Work(county, recipe["first_month"], _facts(county, recipe, taken, chance), started, completed)
        work.start_day = _day_in(started, chance) if started else None
        work.completion_day = _day_in(completed, chance) if completed else None
        _plan_dates(work, recipe["last_month"], chance)
        works.append(work)
    return sorted(works, key=lambda work: work.county.code)


def _counties(city: dict[str, Any], chance: Random) -> list[Place]:
    places = divisions()
    fixed = city.get("counties")
    if fixed:
        return [_place(code) for code, count in fixed.items() for _ in range(count)]
    area = _place(city["code"])
    units = places.units(area)
    weights = [chance.uniform(0.3, 1.7) for _ in units]
    return chance.choices(units, weights, k=city["projects"])


def _place(code: str) -> Place:
    place = divisions().find(code)
    if place is None:
        raise ValueError(f"the recipe names {code}, which is no division")
    return place


def _start_month(position: int, counts: list[int], anchors: tuple[str, str, str, str], chance: Random) -> str | None:
    """Give the month a city's project starts in, so that the anchors' counts come out."""
    opening, first, second, third = anchors
    if position < counts[0]:
        return _between(shift_month(opening, -3), shift_month(first, -1 if position < counts[0] - 2 else 0), chance)
    if position < counts[1]:
        return _between(shift_month(first, 1), second, chance)
    return _between(shift_month(second, 1), third, chance) if position < counts[2] else None


def _completion_month(
    position: int, counts: list[int], started: str | None, anchors: tuple[str, str, str], chance: Random
) -> str | None:
    first, second, third = anchors
    if started is None or position >= counts[2]:
        return None
    soonest = shift_month(started, 1)
    if position < counts[0]:
        return _between(min(max(soonest, "2023-08"), first), first, chance)
    if position < counts[1]:
        return _between(max(soonest, shift_month(first, 1)), second, chance)
    return _between(shift_month(second, 1), third, chance)


def _may_be_listed_late(work: _Work, recipe: dict[str, Any]) -> bool:
    return work.started is None or work.started > recipe["late_listed_month"]


def _facts(county: Place, recipe: dict[str, Any], taken: set[str], chance: Random) -> dict[str, Any]:
    categories = recipe["categories"]
    while True:
        category = chance.choices(categories, [c["weight"] for c in categories])[0]
        name = county.name + chance.choice(category["works"])
        if name in taken:
            name = name.removesuffix("工程").removesuffix("项目") + "二期工程"
        if name not in taken:
            break
    taken.add(name)
    facts: dict[str, Any] = {
        "name": name,
        "county": county.code,
        "category": category["name"],
        "level": "省级",
        "batch": "第一批",
        "nature": chance.choice(["新建", "改建", "扩建"]),
        "total_investment": Decimal(round(chance.lognormvariate(9.9, 0.75))),
        "responsible_unit": county.name + chance.choice(recipe["units"]),
        "responsible_person": recipe["person"],
        "phone": f"000-0000-{chance.randint(0, 9999):04d}",
    }
    if category["output"]:
        planned = Decimal(chance.randint(*category["range"]))
        facts[f"{category['output']}_planned"] = planned
        output = FIELD[f"{category['output']}_planned"]
        facts["content"] = f"{output.heading.removeprefix('计划')} {planned} {output.unit}（示例）"
    return facts


def _plan_dates(work: _Work, last_month: str, chance: Random) -> None:
    start = shift_month(work.started, -chance.choice([0, 0, 1, 1, 2, -1])) if work.started else _between(
        "2024-06", shift_month(last_month, 2), chance
    )  # fmt: skip
    if work.completed:
        completion = max(shift_month(work.completed, chance.choice([0, 1, 2, 3, 6, -1])), shift_month(start, 2))
    else:
        completion = _between(max(shift_month(start, 6), "2024-09"), "2025-12", chance)
    work.facts["planned_start"] = PartialDate(int(start[:4]), int(start[5:7]))
    work.facts["planned_completion"] = PartialDate(int(completion[:4]), int(completion[5:7]))


def _invest(works: list[_Work], months: list[str], invested: Decimal, chance: Random) -> None:
    """Give every project its cumulative investment month by month; the last month adds up to `invested`."""
    for work in works:
        _spread(work, months, chance)
    last = months[-1]
    rough = sum((work.facts["total_investment"] * work.shares[last] for work in works), Decimal(0))
    for work in works:
        work.facts["total_investment"] = (work.facts["total_investment"] * invested / rough).quantize(_CENT)
        total = work.facts["total_investment"]
        work.cumulative = {month: (total * share).quantize(_CENT) for month, share in work.shares.items()}
    rest = invested - sum((work.cumulative[last] for work in works), Decimal(0))
    odd = next(work for work in works if work.started and not work.completed and work.started < months[-3])
    odd.cumulative[last] += rest


def _spread(work: _Work, months: list[str], chance: Random) -> None:
    if work.started is None:
        work.shares = dict.fromkeys(months, Decimal(0))
        return
    start, now = month_number(work.started), month_number(months[-1])
    end = month_number(work.completed) if work.completed else None
    reached = Decimal(1) if end is not None else Decimal(str(round(chance.uniform(0.25, 0.9), 4)))
    length = max((end if end is not None else now) - start + 1, 1)
    for month in months:
        passed = min(max(month_number(month) - start + 1, 0), length)
        work.shares[month] = (reached * passed / length).quantize(Decimal("0.0001"))


def _record_month(
    ledger: Ledger, programme: Programme, month: str, works: list[_Work], recipe: dict[str, Any], chance: Random
) -> None:
    """Record a month as its returns would have come in, dated the third of the month after."""
    following = shift_month(month, 1)
    reported = datetime.datetime(int(following[:4]), int(following[5:7]), 3, 9, 0, tzinfo=SHANGHAI)
    ledger.clock = lambda: reported
    with writing(ledger, f"demonstration:{month}", recipe["by"]) as writes:
        if month == recipe["first_month"]:
            writes.define_programme(programme)
        writes.open_month(programme.key, month)
        for work in works:
            if work.listed > month:
                continue
            if work.listed == month:
                late = month != recipe["first_month"]
                work.facts["batch"] = "增补" if late else "第一批"
                reason = "示例：增补列入清单" if late else None
                work.code = writes.register(programme.key, month, work.facts, reason=reason)
            _record_return(writes, programme, work, month, recipe, chance)


def _record_return(
    writes: Writing, programme: Programme, work: _Work, month: str, recipe: dict[str, Any], chance: Random
) -> None:
    eventful = month in (work.listed, work.started, work.completed, *recipe["anchor_months"]) or month.endswith("-01")
    if not eventful and chance.random() < _SKIPPED_SHARE:
        return
    problem = chance.choice(recipe["problems"]) if not work.completed and chance.random() < _PROBLEM_SHARE else None
    values = _said(work, month)
    if problem:
        values["problem"] = problem
    cleared = () if problem else ("problem",)
    writes.state(programme.key, work.code, month, StatementKind.RETURN, values, cleared)


def _said(work: _Work, month: str) -> dict[str, Any]:
    started = work.started is not None and work.started <= month
    completed = work.completed is not None and work.completed <= month
    cumulative = work.cumulative[month]
    before = work.cumulative.get(shift_month(month, -1), Decimal(0))
    values: dict[str, Any] = {
        "cumulative_investment": cumulative,
        "month_investment": max(cumulative - before, Decimal(0)),
        "progress": _progress(work, month, started, completed),
    }
    opening = work.cumulative.get("2023-12", Decimal(0)) if month >= "2024-01" else Decimal(0)
    values["year_investment"] = cumulative - opening
    if month == work.listed or month.endswith("-01"):
        total = work.facts["total_investment"]
        goal = "2023-12" if month < "2024-01" else "2024-10"
        wanted = (work.cumulative[goal] - opening) * Decimal("1.15") + total * Decimal("0.02")
        values["year_plan"] = min(wanted, total).quantize(_CENT)
    if started:
        values["actual_start"] = work.start_day
        values["stage"] = Stage.UNDER_CONSTRUCTION
        values["progress_percent"] = (work.shares[month] * 100).quantize(Decimal("0.1"))
    else:
        values["stage"] = Stage.PREPARING
    if completed:
        values["actual_completion"] = work.completion_day
        values["stage"] = Stage.COMPLETED
    _deliver(work, month, values)
    return values


def _deliver(work: _Work, month: str, values: dict[str, Any]) -> None:
    for name, planned in work.facts.items():
        if name.endswith("_planned") and work.started and work.started <= month:
            done = (planned * work.shares[month]).quantize(Decimal(1))
            values[name.replace("_planned", "_done")] = done


def _progress(work: _Work, month: str, started: bool, completed: bool) -> str:
    if completed:
        return "工程已全部完工，正在组织验收"
    if not started:
        return "正在办理前期手续"
    share = work.shares[month]
    steps = ((Decimal("0.2"), "施工准备和场地平整"), (Decimal("0.5"), "主体施工"), (Decimal("0.8"), "设备安装"))
    step = next((words for limit, words in steps if share < limit), "收尾和调试")
    return f"{step}，完成总工程量的 {(share * 100).quantize(Decimal(1))} %"


def _close_month(ledger: Ledger, programme: Programme, month: str, recipe: dict[str, Any]) -> None:
    """Close a month on the tenth of the month after, whoever is missing."""
    following = shift_month(month, 1)
    moment = datetime.datetime(int(following[:4]), int(following[5:7]), 10, 9, 0, tzinfo=SHANGHAI)
    ledger.clock = lambda: moment
    with writing(ledger, f"demonstration:close {month}", recipe["by"]) as writes:
        close_month(writes, programme, month, _place(programme.area), "示例：未报项目沿用上月状态")


def _record_actions(ledger: Ledger, programme: Programme, works: list[_Work], recipe: dict[str, Any]) -> None:
    """Record one renaming and one correction, so that dossiers and closed months show what they look like."""
    built = [work for work in works if work.started and not work.completed and work.started < "2024-03"]
    renamed, corrected = built[0], built[1]
    moment = datetime.datetime(2024, 7, 15, 10, 0, tzinfo=SHANGHAI)
    ledger.clock = lambda: moment
    with writing(ledger, "demonstration:rename", recipe["by"]) as writes:
        name = renamed.facts["name"].removesuffix("工程").removesuffix("项目") + "（变更）工程"
        rename(writes, programme, renamed.code, name, _ACTED_ON, "示例：按批复变更名称")
    with writing(ledger, "demonstration:correct", recipe["by"]) as writes:
        values = {"progress": "主体施工（示例：更正形象进度）"}
        correct(writes, programme, corrected.code, _ACTED_ON, values, (), "示例：原填内容有误")
