"""Ledgers for the pages' tests: some 120 invented projects over the eleven cities of Shanxi, in two months."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from flask.testing import FlaskClient

from tests.web.reading_pages import ReadPage, read_page
from tracker.exchange.programme_file import SHANXI, read_programme
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import creating_ledger
from tracker.ledger.programmes import places_of
from tracker.ledger.reference import divisions
from tracker.ledger.writing import Writing, writing
from tracker.model.dates import PartialDate
from tracker.model.folding import StatementKind
from tracker.model.places import Place, Unit
from tracker.model.programme import Programme
from tracker.model.stages import Stage

BEFORE, NOW = "2024-07", "2024-08"
YIHONG: Programme = dataclasses.replace(read_programme(SHANXI)[0], demonstration=True)
ZONE = Unit("140771", "晋中经济技术开发区", "140700")
PHONE = "13800001234"

_WORKS = (
    "汾河谷地湿地修复工程", "城区污水处理厂提质增效工程", "工业园区污水集中处理设施工程", "潇河入河口人工湿地工程",
    "农村黑臭水体整治工程", "岩溶大泉水源涵养工程", "河道生态缓冲带建设工程", "雨污分流管网改造工程",
    "入河排污口规范化整治工程", "水环境智慧监测平台工程",
)  # fmt: skip


def build_ledger(directory: Path, fill: Callable[[Ledger], None]) -> Path:
    """Make a ledger with the Shanxi programme and whatever `fill` writes into it."""
    with creating_ledger(directory) as ledger:
        with writing(ledger, "programme", "测试") as writes:
            writes.define_programme(YIHONG)
        fill(ledger)
    return directory


def empty_ledger(directory: Path) -> Path:
    """Make a ledger with a programme and without a month."""
    return build_ledger(directory, lambda _ledger: None)


def one_project_ledger(directory: Path, registered: Mapping[str, Any], said: Mapping[str, Any] | None = None) -> str:
    """Make a ledger of one project in 榆次区 with some values; give its code."""
    codes: list[str] = []

    def fill(ledger: Ledger) -> None:
        with writing(ledger, "one", "测试员") as writes:
            writes.open_month(YIHONG.key, NOW)
            codes.append(writes.register(YIHONG.key, NOW, {"name": "甲工程", "county": "140702", **registered}))
            if said is not None:
                writes.state(YIHONG.key, codes[0], NOW, StatementKind.RETURN, said)

    build_ledger(directory, fill)
    return codes[0]


def two_programmes_ledger(directory: Path) -> Path:
    """Make a ledger whose second programme (`other`, no demonstration) holds one project in 榆次区."""
    other = dataclasses.replace(YIHONG, key="other", name="另一个专项", demonstration=False)

    def fill(ledger: Ledger) -> None:
        with writing(ledger, "other", "测试") as writes:
            writes.define_programme(other)
            writes.open_month("other", NOW)
            writes.register("other", NOW, {"name": "乙工程", "county": "140702", "category": "生态修复"})

    return build_ledger(directory, fill)


def area(ledger: Ledger, code: str) -> Place:
    """Find a place of the Shanxi programme."""
    found = places_of(ledger, YIHONG).find(code)
    assert found is not None
    return found


def page(client: FlaskClient, address: str, status: int = 200) -> ReadPage:
    """Get a page and read it back."""
    response = client.get(address)
    assert response.status_code == status
    return read_page(response.get_data(as_text=True))


def province_ledger(directory: Path) -> Path:
    """Make the invented province: two months, ties, a zone, late and silent projects, missing sums."""
    return build_ledger(directory, _fill_province)


def _fill_province(ledger: Ledger) -> None:
    chance = Random(140000)
    places = divisions()
    shanxi = places.find("14")
    assert shanxi is not None
    counties = [place.code for place in places.units(shanxi) if place.path.split("/")[1] != "1409"]
    few = [place.code for place in places.units(shanxi) if place.path.split("/")[1] == "1409"][:2]
    stands = [*few, "140702", "140702", "140781", "140781", ZONE.code, *(chance.choice(counties) for _ in range(113))]
    with writing(ledger, "units", "测试") as writes:
        writes.add_unit(YIHONG.key, ZONE)
    with writing(ledger, "first", "省专班 测试员") as writes:
        writes.open_month(YIHONG.key, BEFORE)
        projects = [(_register(writes, chance, number, code), chance.random()) for number, code in enumerate(stands)]
        _report(writes, chance, BEFORE, projects, shift=0.0)
    with writing(ledger, "second", "市专班 测试员") as writes:
        writes.open_month(YIHONG.key, NOW)
        _report(writes, chance, NOW, projects[:-9], shift=0.06)


def _register(writes: Writing, chance: Random, number: int, county: str) -> str:
    place = divisions().find(county)
    start = PartialDate(2023, chance.randint(3, 12))
    values: dict[str, Any] = {
        "name": f"{place.name if place else '经开区'}{_WORKS[number % len(_WORKS)]}"
        + ("（二期）" if number > 60 else ""),
        "county": county,
        "total_investment": Decimal(chance.randint(80_000, 3_200_000)) / 100,
        "planned_start": start,
        "planned_completion": PartialDate(2024, chance.randint(5, 12)),
        "responsible_unit": "某某水务有限公司",
        "responsible_person": "某某",
        "phone": PHONE,
    }
    if number % 17:
        values["category"] = YIHONG.categories[number % len(YIHONG.categories)]
    if number % 5:
        values["level"] = YIHONG.levels[number % len(YIHONG.levels)].name
    return writes.register(YIHONG.key, BEFORE, values)


def _report(writes: Writing, chance: Random, month: str, projects: Iterable[tuple[str, float]], shift: float) -> None:
    for position, (code, pace) in enumerate(projects):
        share = min(pace * 1.3 + shift, 1.0)
        stage = Stage.NOT_STARTED if share < 0.12 else Stage.UNDER_CONSTRUCTION if share < 0.75 else Stage.COMPLETED
        said: dict[str, Any] = {"stage": stage}
        if stage is not Stage.NOT_STARTED:
            said["actual_start"] = PartialDate(2023, 4 + position % 9, 1 + position % 28)
        if stage is Stage.COMPLETED:
            said["actual_completion"] = PartialDate(2024, 2 + position % 6, 5)
        if position % 11:
            said["year_plan"] = Decimal(2000 + position * 25)
            said["year_investment"] = (said["year_plan"] * Decimal(str(round(share, 2)))).quantize(Decimal("0.01"))
            said["cumulative_investment"] = said["year_investment"] + 300
        said["progress_percent"] = Decimal(round(share * 100))
        said["progress"] = "主体工程施工中。" if stage is Stage.UNDER_CONSTRUCTION else "按计划推进。"
        if position % 13 == 0:
            said["problem"] = "用地手续尚未办结，需市自然资源部门协调。"
        writes.state(YIHONG.key, code, month, StatementKind.RETURN, said)
