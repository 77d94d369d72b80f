"""Writing a table: 100,000 lines against openpyxl's write-only mode, 44 against its bare writing of the same cells.

Each way of writing the long table has a process of its own, one after the other in turn, so that its greatest memory
is its own. A table of that length is never held whole: its lines are so many different ones over and over, so that
what it takes to make a line is not measured.
"""

from __future__ import annotations

import datetime
import io
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import overload

import openpyxl

from bench.measuring import in_turn, report
from tracker.exchange.writing.list_values import Written
from tracker.exchange.writing.printed_table import LineRank, PrintedTable, TableColumn, TableLine
from tracker.exchange.writing.table_workbook import write_tables

ROOT = Path(__file__).resolve().parents[1]
FIRST_DAY = datetime.date(2023, 3, 1)
KINDS = ("text", "text", "text", "number", "number", "number", "number", "day", "day", "text", "number")
COLUMNS, DIFFERENT = 25, 5_000


class Lines(Sequence[TableLine]):
    """Lines as a county list has them: names and progress in words, sums of money, days; one sum of all first."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.lines = [TableLine(tuple(said(number, column) for column in range(COLUMNS)))
                      for number in range(min(count, DIFFERENT))]  # fmt: skip
        sums = (Written(self.total(column), "#,##0.00####") if kind(column) == "number" else Written(None)
                for column in range(COLUMNS))  # fmt: skip
        self.sums = TableLine(tuple(sums), LineRank.TOTAL, range(1, 1 + count))

    def total(self, column: int) -> float:
        return sum(figure(number % DIFFERENT, column) for number in range(self.count))

    def __len__(self) -> int:
        return 1 + self.count

    def __iter__(self) -> Iterator[TableLine]:
        yield self.sums
        for number in range(self.count):
            yield self.lines[number % DIFFERENT]

    @overload
    def __getitem__(self, index: int) -> TableLine: ...
    @overload
    def __getitem__(self, index: slice) -> list[TableLine]: ...
    def __getitem__(self, index: int | slice) -> TableLine | list[TableLine]:
        return list(self)[index]


def kind(column: int) -> str:
    return KINDS[column % len(KINDS)]


def figure(number: int, column: int) -> float:
    return (number * 7919 + column * 104_729) % 9_000_000 / 4


def said(number: int, column: int) -> Written:
    if column == 0:
        return Written(number + 1, "0")
    if kind(column) == "number":
        return Written(figure(number, column), "#,##0.00####")
    if kind(column) == "day":
        return Written(FIRST_DAY + datetime.timedelta(days=(number + column) % 900), "yyyy-mm-dd")
    if column == 1:
        return Written(f"{140101 + number % 117}-{number % 10_000:04d}")
    if column % 2:
        return Written(f"已完成管网敷设 {number % 97} 公里，河道清淤 {number % 13} 公里")
    return Written(f"第{number}号河流水环境综合治理工程")


def table(count: int) -> PrintedTable:
    columns = [
        TableColumn(
            f"column_{index}",
            f"第{index}列",
            "万元" if kind(index) == "number" else "",
            bounds=(16, 44) if kind(index) == "text" and index > 1 else None,
            left=index > 1,
            summed=kind(index) == "number",
        )
        for index in range(COLUMNS)
    ]
    return PrintedTable("bench", "工程清单", "工程清单", columns, Lines(count), "填报时间：2024年8月", repeated=3)


def ours(shown: PrintedTable, target: io.BytesIO) -> None:
    write_tables(target, [shown])


def write_only(shown: PrintedTable, target: io.BytesIO) -> None:
    """Write the same values with openpyxl's write-only mode: no look, no width, no height."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("工程清单")
    for line in shown.lines:
        sheet.append([cell.value for cell in line.cells])
    book.save(target)


def bare(shown: PrintedTable, target: io.BytesIO) -> None:
    """Write the same values with openpyxl's usual mode, cell by cell, and nothing else."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for line in shown.lines:
        sheet.append([cell.value for cell in line.cells])
    book.save(target)


WAYS: dict[str, Callable[[PrintedTable, io.BytesIO], None]] = {"ours": ours, "write-only": write_only}


def alone(way: str, count: int) -> tuple[float, float]:
    """Write a long table in a process of its own; gives its seconds and its greatest memory in MB."""
    command = [sys.executable, "-m", "bench.writing", way, str(count)]
    told = subprocess.run(command, check=True, capture_output=True, cwd=ROOT).stdout
    seconds, megabytes = json.loads(told)
    return seconds, megabytes


def main(count: int = 100_000, runs: int = 3) -> None:
    """Measure and print."""
    shown = table(44)
    measured, floor = in_turn(lambda: ours(shown, io.BytesIO()), lambda: bare(shown, io.BytesIO()), 20)
    report("a table of 44 lines", measured, floor, "openpyxl's bare writing", 4)
    found: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
    for _ in range(runs):
        for way, kept in found.items():
            kept.append(alone(way, count))
    seconds = {way: statistics.median(each for each, _ in kept) for way, kept in found.items()}
    print(
        f"a table of {count} lines: {seconds['ours']:.1f} s, {max(memory for _, memory in found['ours']):.0f} MB; "
        f"openpyxl's write-only mode {seconds['write-only']:.1f} s = {seconds['write-only'] / seconds['ours']:.1f} x "
        "as long; goal 2.4 x, 300 MB"
    )


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in WAYS:
        long = table(int(sys.argv[2]))
        started = time.perf_counter()
        WAYS[sys.argv[1]](long, io.BytesIO())
        lasted = time.perf_counter() - started
        print(json.dumps([lasted, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024]))
    else:
        main(*map(int, sys.argv[1:]))
