"""What the tests of the official tables share: a province with a closed month, a correction, and hostile texts."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.web.builders import BEFORE, NOW, PHONE, YIHONG, area, province_ledger
from tracker.exchange.tables.asking import Asked
from tracker.exchange.tables.registry import KINDS
from tracker.exchange.writing.table_json import table_as_object
from tracker.ledger.closing import close_month
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.projects import correct
from tracker.ledger.standings import listing
from tracker.ledger.writing import writing
from tracker.model.dates import PartialDate
from tracker.model.folding import StatementKind
from tracker.model.stages import Stage

HOSTILE_COUNTY = "140728"
HOSTILE = (
    "=cmd|' /C calc'!A0", "+1+1工程", "-2工程", "@SUM(A1)", "<b>粗体</b>&amp;工程", "<r><t>原样</t></r>",
    "𠮷县_x0041_工程", "名" * 200,
)  # fmt: skip
"""Names that a sheet, a text file or a page could take for more than they are."""

AREAS = ("14", "1407", "140702", "140729")
MONTHS = (BEFORE, NOW, "2024-11", "2020-01")
"""A closed month, an open one, one that was not opened, one before everything."""


def made_ledger(directory: Path) -> Ledger:
    """Make the province, with hostile projects in one county, July closed, and one project of it corrected since."""
    ledger = open_ledger(province_ledger(directory))
    with writing(ledger, "hostile", "测试员") as writes:
        for name in HOSTILE:
            code = writes.register(
                YIHONG.key, NOW,
                {"name": name, "county": HOSTILE_COUNTY, "total_investment": Decimal(1000), "phone": PHONE,
                 "planned_start": PartialDate(2024, 6), "responsible_unit": name},
            )  # fmt: skip
            said = {
                "stage": Stage.NOT_STARTED, "problem": name, "progress": f"{name}\n第二行", "year_plan": Decimal(100),
                "cumulative_investment": Decimal(0), "month_investment": Decimal("0.123456"),
                "problem_owner": name, "problem_limit": PartialDate(2024, 8, 1),
            }  # fmt: skip
            writes.state(YIHONG.key, code, NOW, StatementKind.RETURN, said)
    with writing(ledger, "close", "省专班 测试员") as writes:
        close_month(writes, YIHONG, BEFORE, area(ledger, "14"), "到期")
    corrected = next(each for each in listing(ledger, YIHONG, BEFORE, area(ledger, "140702")) if not each.state.started)
    with writing(ledger, "correct", "省专班 测试员") as writes:
        values = {"actual_start": PartialDate(2024, 6, 3), "stage": Stage.UNDER_CONSTRUCTION}
        correct(writes, YIHONG, corrected.code, BEFORE, values, (), "漏报开工")
    return ledger


def asked(ledger: Ledger, code: str = "1407", month: str = NOW, **more: Any) -> Asked:
    """Ask for tables of a place at a month."""
    return Asked(ledger, YIHONG, month, area(ledger, code), **more)


def told(kind: str, request: Asked) -> dict[str, Any]:
    """Give what programs are told of a table that is one."""
    (table,) = KINDS[kind].make(request)
    return table_as_object(table)


def lines(told_table: dict[str, Any], *ranks: str) -> list[dict[str, Any]]:
    """Give a table's lines of some ranks, the plain ones where none is named."""
    return [line for line in told_table["lines"] if line["rank"] in (ranks or ("plain",))]
