"""What the fault tests share: a small ledger, a small list, and what must hold after a process died."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import openpyxl

from tracker.ledger.checking import check
from tracker.ledger.opening import open_ledger
from tracker.ledger.records import head_of

ROOT = Path(__file__).resolve().parents[2]
HEADINGS = ("县（市、区）", "项目名称", "总投资（万元）", "累计完成投资（万元）", "实际开工时间", "实际完工时间")
ROWS = (
    ("榆次区", "甲渠治理工程", 1200, 300, "2024-03-01", None),
    ("榆次区", "乙渠治理工程", 800, 800, "2023-09-01", "2024-06-30"),
    ("太谷区", "丙河治理工程", 560, 0, None, None),
)


def write_list(path: Path, rows: tuple[tuple[object, ...], ...] = ROWS) -> Path:
    """Write a small list of projects."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(HEADINGS)
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def command(data: Path, *arguments: str) -> list[str]:
    """Give the command line of a verb on a ledger."""
    return [sys.executable, str(ROOT / "app.py"), "--data", str(data), *arguments]


def importing(data: Path, file: Path, month: str) -> list[str]:
    """Give the command that imports a list."""
    return command(data, "import", str(file), "--month", month, "--within", "1407", "--format", "json")


def run(arguments: list[str]) -> dict[str, object]:
    """Run a verb to its end and give its object."""
    done = subprocess.run(arguments, check=True, capture_output=True, text=True, cwd=ROOT)
    answer: dict[str, object] = json.loads(done.stdout or "{}")
    return answer


def copied(base: Path, place: Path) -> Path:
    """Copy a ledger that nobody has open."""
    shutil.copytree(base, place)
    return place


def assert_whole(data: Path, before: int, after: int) -> int:
    """Start on the ledger as the next process would, and assert that the import is there whole or not at all.

    Gives the number of records found.
    """
    ledger = open_ledger(data)
    try:
        defects = check(ledger)
        records = head_of(ledger)[0]
    finally:
        ledger.close()
    assert defects == []
    assert records in (before, after)
    return records


def steady_environment() -> dict[str, str]:
    """Give an environment in which every run makes the same calls: no bytecode is written on the way."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
