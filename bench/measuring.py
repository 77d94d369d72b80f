"""Measuring: two things in turn, A B A B …, and the ratio of their medians."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable


def in_turn(measured: Callable[[], object], floor: Callable[[], object], runs: int) -> tuple[float, float]:
    """Run both in turn, once for warmth and then `runs` times; give their median seconds."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for run in range(runs + 1):
        for kept, function in zip(seconds, (measured, floor), strict=True):
            start = time.perf_counter()
            function()
            if run:
                kept.append(time.perf_counter() - start)
    return statistics.median(seconds[0]), statistics.median(seconds[1])


def report(what: str, measured: float, floor: float, floor_name: str, goal: float) -> None:
    """Print a line: the times, their ratio, and the goal it is read against."""
    ratio = f"{measured / floor:.1f} x {floor_name} ({floor * 1000:.2f} ms)"
    print(f"{what}: {measured * 1000:.1f} ms = {ratio}; goal {goal} x")
