"""Hostile files: each is refused with its sentence or read rightly, in time, within memory, the parent unmoved."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.exchange.hostile_files import HOSTILE, one_line

ROOT = Path(__file__).resolve().parents[2]
_MEGABYTE = 1 << 20

# A process of its own, so that its memory and its children's are those of the reading alone.
_MEASURE = """
import json, resource, sys, time
from pathlib import Path
from tracker.exchange.reading.workbooks import COMMAND_LIMITS, PAGE_LIMITS, Fault, start_reading
limits = {"page": PAGE_LIMITS, "command": COMMAND_LIMITS}[sys.argv[1]]
for path in sys.argv[2:]:
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    result = start_reading(Path(path), limits).sheets()
    said = result.message if isinstance(result, Fault) else [len(sheet.rows) for sheet in result]
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(json.dumps([said, time.monotonic() - began, grown * 1024, child * 1024]))
"""


def measured(limits: str, *paths: Path) -> list[tuple[str | list[int], float, int, int]]:
    """Read files one after the other; give what was said, seconds, growth and the children's peak so far, in bytes."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, limits, *map(str, paths)], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [tuple(json.loads(line)) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def readings(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[str | list[int], float, int, int]]:
    """All hostile files, read within a page's limits."""
    folder = tmp_path_factory.mktemp("hostile")
    paths = [build(folder / name) for name, (build, _) in HOSTILE.items()]
    return dict(zip(HOSTILE, measured("page", *paths), strict=True))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_harms_nobody(readings: dict[str, tuple[str | list[int], float, int, int]], name: str) -> None:
    said, seconds, grown, child = readings[name]
    expected = HOSTILE[name][1]
    if expected:
        assert isinstance(said, str), said
        assert expected in said
    else:
        assert said == [3]
    assert seconds < 5
    assert grown < 50 * _MEGABYTE
    assert child < 512 * _MEGABYTE


def test_one_line_without_end_is_no_table_at_the_command_line_either(tmp_path: Path) -> None:
    ((said, seconds, grown, child),) = measured("command", one_line(tmp_path / "一行到底.csv"))
    assert isinstance(said, str)
    assert "第 2 行长得不像表格的一行" in said
    assert seconds < 5
    assert grown < 50 * _MEGABYTE
    assert child < 512 * _MEGABYTE
