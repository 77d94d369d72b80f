"""Projects with a history, for the dossier's tests: overrun, corrected, moved, split, taken back, without dates."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.web.builders import PHONE, YIHONG, build_ledger
from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import find_place, places_of
from tracker.ledger.projects import correct, move, rename, split, terminate
from tracker.ledger.writing import Writing, writing
from tracker.model.dates import date_of_text
from tracker.model.folding import StatementKind
from tracker.model.months import month_of_number
from tracker.model.stages import Stage

MONTHS = [month_of_number(2023 * 12 + 2 + number) for number in range(18)]
"""2023-03 to 2024-08."""
NOW = MONTHS[-1]
LONG, ENDED, BARE, SPLIT, HOSTILE = "140702-0001", "140702-0002", "140702-0003", "140702-0004", "140702-0005"
"""A long story; one moved and terminated; one without dates; one split; one whose texts try to break the page."""
MARKUP = '<script>alert("1")</script>&'


def story_ledger(directory: Path) -> Path:
    """Make a ledger of five projects in 榆次区 and eighteen months, and the parts of one of them."""
    return build_ledger(directory, _fill)


def said(**values: Any) -> dict[str, Any]:
    """Give fields' values: sums from numbers, dates from their stored text."""
    dates = {"planned_start", "planned_completion", "actual_start", "actual_completion", "problem_limit"}
    made: dict[str, Any] = {}
    for name, value in values.items():
        if name in dates:
            made[name] = date_of_text(value)
        else:
            made[name] = Decimal(str(value)) if isinstance(value, int | float) else value
    return made


def report(ledger: Ledger, code: str, month: str, cleared: Iterable[str] = (), **values: Any) -> None:
    """Record a month's return."""
    with writing(ledger, f"{code}-{month}-{len(values)}", "榆次区 测试员") as writes:
        _report(writes, code, month, cleared, **values)


def _fill(ledger: Ledger) -> None:
    with writing(ledger, "register", "省专班 测试员") as writes:
        for month in MONTHS:
            writes.open_month(YIHONG.key, month)
        _register(writes, "汾河谷地湿地修复工程", total_investment=3000, planned_start="2023-04",
                  planned_completion="2024-Q1", category=YIHONG.categories[0], level=YIHONG.levels[0].name,
                  responsible_unit="某某水务有限公司", phone=PHONE, content="新建人工湿地 300 亩。")  # fmt: skip
        _register(writes, "城区雨污分流管网改造工程", total_investment=1200.5, planned_start="2023-05-10",
                  planned_completion="2024-05-20")  # fmt: skip
        _register(writes, "农村黑臭水体整治工程")
        _register(writes, "潇河生态修复工程", planned_start="2024-03", planned_completion="2025-06")
        _register(writes, MARKUP, category=MARKUP[:60], problem=MARKUP, progress=MARKUP)
    _tell_long(ledger)
    places = places_of(ledger, YIHONG)
    with writing(ledger, "ended", "榆次区 测试员") as writes:
        for month in MONTHS[:8]:
            _report(writes, ENDED, month, stage=Stage.UNDER_CONSTRUCTION, actual_start="2023-06-01")
    with writing(ledger, "move", "市专班 测试员") as writes:
        move(writes, YIHONG, ENDED, find_place(places, YIHONG, "140703"), "2023-09", "行政区划调整")
        terminate(writes, YIHONG, ENDED, "2023-11", "选址涉及文物，不再实施")
        split(writes, YIHONG, SPLIT, ["潇河上段修复工程", "潇河下段修复工程"], "2024-02", "分段审批")


def _report(writes: Writing, code: str, month: str, cleared: Iterable[str] = (), **values: Any) -> None:
    writes.state(YIHONG.key, code, month, StatementKind.RETURN, said(**values), cleared)


def _register(writes: Writing, name: str, **values: Any) -> str:
    return writes.register(YIHONG.key, MONTHS[0], {"name": name, "county": "140702", **said(**values)})


def _tell_long(ledger: Ledger) -> None:
    with writing(ledger, "long", "榆次区 测试员") as writes:
        for number, month in enumerate(MONTHS):
            # One month is left out.
            if number != 15:
                _report(writes, LONG, month, ("problem",) if number == 7 else (), **_long_values(number, month))
    with writing(ledger, "rename", "市专班 测试员") as writes:
        rename(writes, YIHONG, LONG, "汾河谷地湿地保护与修复工程", "2023-08", "可研批复更名")
    with writing(ledger, "correct", "市专班 测试员") as writes:
        values = said(total_investment=3280.5, phone="13900005678", planned_start="2023-04-20")
        correct(writes, YIHONG, LONG, "2024-02", values, ["content"], "初设批复调整概算")


def _long_values(number: int, month: str) -> dict[str, Any]:
    values: dict[str, Any] = {"stage": Stage.NOT_STARTED if number < 3 else Stage.UNDER_CONSTRUCTION}
    if number >= 3:
        values |= {"actual_start": "2023-06", "cumulative_investment": min(150 * (number - 2), 1500)}
    if month >= "2024-01":
        values["year_plan"] = 1400
    if number in (4, 5, 6):
        values |= {"problem": "用地手续尚未办结。", "problem_owner": "市自然资源局", "problem_limit": "2023-08"}
    elif number >= 14:
        values |= {"problem": "资金缺口 200 万元，\n需省级补助。", "problem_owner": "市财政局",
                   "problem_limit": "2024-06-30"}  # fmt: skip
    if number % 4 == 0:
        values["progress"] = f"完成主体工程的 {number * 5}%。"
    return values
