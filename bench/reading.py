"""Reading a clean list of 20,000 rows, faults and all, against calamine's bare reading of the same file."""

from __future__ import annotations

import datetime
import sys
import tempfile
from pathlib import Path
from random import Random

import openpyxl
from python_calamine import CalamineWorkbook

from bench.measuring import in_turn, report
from tracker.exchange.intake import plan_import
from tracker.exchange.programme_file import NATIONAL, read_programme, record_programme
from tracker.exchange.workbooks import COMMAND_LIMITS, start_reading
from tracker.ledger.opening import creating_ledger, open_ledger
from tracker.ledger.reference import divisions
from tracker.ledger.writing import writing

HEADINGS = (
    "序号", "县（市、区）", "项目名称", "工程类别", "项目级别", "总投资（万元）", "年度计划投资（万元）",
    "累计完成投资（万元）", "计划开工时间", "计划完工时间", "实际开工时间", "实际完工时间", "形象进度", "责任单位",
    "责任人", "联系电话", "存在问题",
)  # fmt: skip


def write_list(path: Path, rows: int) -> None:
    """Write a clean list over the counties of Shanxi."""
    chance = Random(1)
    shanxi = divisions().find("14")
    assert shanxi is not None
    places = divisions()
    counties = [places.full_name(place) for place in places.units(shanxi)]
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("工程清单")
    sheet.append(HEADINGS)
    first = datetime.date(2023, 3, 1)
    for number in range(1, rows + 1):
        county = counties[number % len(counties)]
        start = first + datetime.timedelta(days=chance.randrange(200))
        done = start + datetime.timedelta(days=chance.randrange(60, 300)) if number % 3 else None
        total = chance.randrange(100_000, 9_000_000) / 100
        sheet.append(
            [number, county, f"{county}第{number}号治理工程", "河道治理", "省级", total, round(total / 2, 2),
             round(total / 3, 2), start, start + datetime.timedelta(days=500), start, done,
             f"完成 {number % 100}%", f"{county}水利局", "示例人员", "000-0000-0000", None]
        )  # fmt: skip
    book.save(path)


def main(rows: int = 20_000, runs: int = 3) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        write_list(path, rows)
        programme, units = read_programme(NATIONAL)
        with creating_ledger(Path(folder) / "ledger") as made, writing(made, "init", "bench") as writes:
            record_programme(writes, programme, units)
        ledger = open_ledger(Path(folder) / "ledger")
        area = divisions().find("14")
        assert area is not None

        def read() -> None:
            sheets = start_reading(path, COMMAND_LIMITS).sheets()
            assert isinstance(sheets, list)
            plan = plan_import(ledger, programme, "2024-08", area, sheets)
            assert len(plan.rows) == rows
            assert not plan.faults, plan.faults[:3]

        def bare() -> None:
            CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()

        measured, floor = in_turn(read, bare, runs)
        ledger.close()
    report(f"reading {rows} rows", measured, floor, "calamine's bare reading", 12)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
