"""Mutated workbooks: whatever chance makes of a list, reading and planning it ends in an answer."""

from __future__ import annotations

import resource
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.exchange.lists import Office
from tests.exchange.mutations import mutated, originals
from tracker.exchange.reading.workbooks import Sheet, start_reading
from tracker.model.faults import Fault, Severity

_AT_ONCE = 2
_LONGEST = 5.0
_MOST_GROWTH = 50 << 10
"""In kilobytes, as the system counts."""


def test_mutated_workbooks_end_in_an_answer(office: Office, tmp_path: Path, long_form: bool) -> None:
    files = originals(tmp_path)
    seeds = range(2000 if long_form else 200)
    print(f"seeds {seeds.start} to {seeds.stop - 1}; mutated(seed, originals(folder)) makes one again")

    def read(seed: int) -> tuple[int, list[Sheet] | Fault, float]:
        kind, content = mutated(seed, files)
        path = tmp_path / f"{seed}.{kind}"
        path.write_bytes(content)
        began = time.monotonic()
        try:
            return seed, start_reading(path).sheets(), time.monotonic() - began
        finally:
            path.unlink()

    refused = planned = 0
    before = 0
    with ThreadPoolExecutor(_AT_ONCE) as readers:
        for seed, sheets, reading in readers.map(read, seeds):
            began = time.monotonic()
            result = office.sends(sheets, dry_run=True) if isinstance(sheets, list) else None
            assert reading + time.monotonic() - began < _LONGEST, seed
            if isinstance(sheets, Fault):
                refused += 1
                assert sheets.severity is Severity.STOP, seed
                assert sheets.message.endswith("。"), seed
            elif result is not None:
                planned += 1
                assert all(fault.message.endswith("。") for fault in result.faults), seed
                assert result.faults or result.rows_read, seed
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            before = before or peak  # the first one loads what all of them need
            assert peak - before < _MOST_GROWTH, seed
    # Mutations that all break the file, or none, would try little.
    assert refused > len(seeds) // 10
    assert planned > len(seeds) // 10
