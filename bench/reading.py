"""Reading a clean list, faults and all, against calamine's bare reading of the same file.

`python -m bench.reading [ROWS [RUNS]]`: the intake of 20,000 rows in this process.
`python -m bench.reading import [ROWS]`: the command line's `import --dry-run` of 100,000 rows x 25 columns against a
process that loads the same file with calamine and goes through its rows; the memory of the command and of its reading
child, each by itself.
"""

from __future__ import annotations

import datetime
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from random import Random

import xlsxwriter
from python_calamine import CalamineWorkbook

from bench.measuring import in_turn, report
from tracker.exchange.imports.intake import plan_import
from tracker.exchange.programme_file import NATIONAL, read_programme, record_programme
from tracker.exchange.reading.workbooks import COMMAND_LIMITS, Cell, start_reading
from tracker.ledger.opening import creating_ledger, open_ledger
from tracker.ledger.reference import divisions
from tracker.ledger.writing import writing

ROOT = Path(__file__).resolve().parents[1]
IMPORT_GOAL = 8.0
MOST_MEMORY = 300
"""Megabytes of the command; its reading child is told beside it."""

HEADINGS = (
    "序号", "县（市、区）", "项目名称", "工程类别", "项目级别", "总投资（万元）", "年度计划投资（万元）",
    "累计完成投资（万元）", "计划开工时间", "计划完工时间", "实际开工时间", "实际完工时间", "形象进度", "责任单位",
    "责任人", "联系电话", "存在问题", "批次", "建设规模及内容", "建设性质", "本年完成投资（万元）",
    "本月完成投资（万元）", "建设阶段", "包联领导", "备注",
)  # fmt: skip

# Loads the file and goes through its rows, as little as anybody who reads it can do.
_BARE = """
import sys
from python_calamine import CalamineWorkbook
with open(sys.argv[1], "rb") as file:
    for row in CalamineWorkbook.from_filelike(file).get_sheet_by_index(0).iter_rows():
        pass
"""


def rows_of(rows: int) -> Iterable[list[Cell]]:
    """Give the rows of a clean list over the counties of Shanxi."""
    chance = Random(1)
    places = divisions()
    shanxi = places.find("14")
    assert shanxi is not None
    counties = [places.full_name(place) for place in places.units(shanxi)]
    first = datetime.date(2023, 3, 1)
    for number in range(1, rows + 1):
        county = counties[number % len(counties)]
        start = first + datetime.timedelta(days=chance.randrange(200))
        done = start + datetime.timedelta(days=chance.randrange(60, 300)) if number % 3 else None
        total = chance.randrange(100_000, 9_000_000) / 100
        yield [
            number, county, f"{county}第{number}号治理工程", "河道治理", "省级", total, round(total / 2, 2),
            round(total / 3, 2), start, start + datetime.timedelta(days=500), start, done,
            f"完成 {number % 100}%", f"{county}水利局", "示例人员", "000-0000-0000", None, "第一批",
            f"治理河道 {number % 97 / 10} km，新建管网 {number % 31 / 10} km", "新建", round(total / 4, 2),
            round(total / 50, 2), "完工" if done else "在建", "示例领导", None,
        ]  # fmt: skip


def write_list(path: Path, rows: int, columns: int = 17) -> None:
    """Write a clean list."""
    book = xlsxwriter.Workbook(path, {"default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet("工程清单")
    for number, cells in enumerate([list(HEADINGS), *rows_of(rows)]):
        sheet.write_row(number, 0, cells[:columns])
    book.close()


def intake(rows: int = 20_000, runs: int = 3) -> None:
    """Measure reading and planning in this process and print it."""
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


class _Watched:
    """A process watched while it runs: its own peak of memory and that of its children, in megabytes."""

    def __init__(self, *command: str) -> None:
        self.peaks: dict[int, int] = {}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
        began = time.perf_counter()
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, env=environment)
        watcher = threading.Thread(target=self._watch)
        watcher.start()
        assert self._process.wait() == 0, command
        self.seconds = time.perf_counter() - began
        watcher.join()

    def _watch(self) -> None:
        own = self._process.pid
        while self._process.poll() is None:
            with suppress(OSError, LookupError):  # a process that has just ended
                children = Path(f"/proc/{own}/task/{own}/children").read_text(encoding="ascii").split()
                for pid in (own, *map(int, children)):
                    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8")
                    peak = int(status.split("VmHWM:", maxsplit=1)[1].split()[0]) >> 10
                    self.peaks[pid] = max(peak, self.peaks.get(pid, 0))
            time.sleep(0.05)

    @property
    def own(self) -> int:
        return self.peaks.get(self._process.pid, 0)

    @property
    def child(self) -> int:
        return max((peak for pid, peak in self.peaks.items() if pid != self._process.pid), default=0)


def import_line(rows: int = 100_000, columns: int = 25) -> None:
    """Measure `import --dry-run` as a whole process and print it, with its memory."""
    with tempfile.TemporaryDirectory() as folder:
        path, ledger = Path(folder) / "list.xlsx", str(Path(folder) / "ledger")
        write_list(path, rows, columns)
        app = [sys.executable, str(ROOT / "app.py"), "--data", ledger]
        subprocess.run([*app, "init", "--empty"], check=True, capture_output=True)
        runs: list[_Watched] = []

        def read() -> None:
            runs.append(_Watched(*app, "import", str(path), "--month", "2024-08", "--within", "14", "--dry-run"))

        def bare() -> None:
            subprocess.run([sys.executable, "-c", _BARE, str(path)], check=True)

        measured, floor = in_turn(read, bare, 3)
    report(f"import --dry-run of {rows} x {columns}", measured, floor, "calamine's bare reading", IMPORT_GOAL)
    own, child = max(run.own for run in runs), max(run.child for run in runs)
    print(f"memory at most: the command {own} MB (goal {MOST_MEMORY} MB), its reading child {child} MB")


def main(*arguments: str) -> None:
    """Measure what is asked for."""
    if arguments[:1] == ("import",):
        import_line(*map(int, arguments[1:]))
    else:
        intake(*map(int, arguments))


if __name__ == "__main__":
    main(*sys.argv[1:])
