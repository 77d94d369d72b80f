"""A city's works: 44 invented projects in its eleven counties, and what has been said of each last."""

from __future__ import annotations

import dataclasses
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

COUNTIES = {
    "140702": "榆次区", "140703": "太谷区", "140721": "榆社县", "140722": "左权县", "140723": "和顺县",
    "140724": "昔阳县", "140725": "寿阳县", "140727": "祁县", "140728": "平遥县", "140729": "灵石县",
    "140781": "介休市",
}  # fmt: skip
WORKS = ("污水处理厂提质增效工程", "河道治理工程", "人工湿地工程", "雨污分流管网工程")


@dataclasses.dataclass
class Work:
    """One invented project and what has been said of it last; sums in 万元."""

    code: str
    name: str
    county: str
    stage: str = "在建"
    started: str = "2024-03-05"
    completed: str = ""
    cumulative: str = "600"
    year: str = "500"

    @property
    def row(self) -> dict[str, Any]:
        """Give its row of a list, as an office writes it."""
        return {
            "项目名称": self.name, "县（市、区）": COUNTIES[self.county], "工程类别": "重点流域生态环境综合治理",
            "总投资（万元）": 3000, "年度计划投资（万元）": 1000, "计划开工时间": "2024年3月",
            "计划完工时间": "2024年12月", "建设阶段": self.stage, "实际开工时间": self.started,
            "实际完工时间": self.completed, "累计完成投资（万元）": Decimal(self.cumulative),
            "本年完成投资（万元）": Decimal(self.year), "形象进度": "按计划推进。",
        }  # fmt: skip


def works() -> dict[str, Work]:
    """Give the city's 44 projects by code: in every county two that are being built, one to begin, one completed."""
    made = {}
    for county, name in COUNTIES.items():
        for number, what in enumerate(WORKS, 1):
            work = Work(f"{county}-{number:04d}", name + what, county)
            if number == 3:
                work.stage, work.started, work.cumulative, work.year = "未开工", "", "0", "0"
            if number == 4:
                work.stage, work.completed, work.cumulative, work.year = "完工", "2024-07-20", "2900", "900"
            made[work.code] = work
    return made


def fraction(known: dict[str, Work], *stages: str) -> tuple[int, str]:
    """Give how many projects stand at some stages, and their share as it is printed."""
    number = sum(work.stage in stages for work in known.values())
    share = (Decimal(100 * number) / len(known)).quantize(Decimal("0.1"), ROUND_HALF_UP)
    return number, f"{share}%"


def say(work: Work, **values: str) -> None:
    """Note what somebody says of a project."""
    for name, value in values.items():
        setattr(work, name, value)
