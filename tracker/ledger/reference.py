"""Reference: facts that are checked in beside the program."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from tracker.model.places import Places

REFERENCE_DIRECTORY = Path(__file__).resolve().parents[2] / "data" / "reference"


@cache
def divisions() -> Places:
    """Give all divisions of China (GB/T 2260), without the ranking units that programmes register."""
    with (REFERENCE_DIRECTORY / "divisions.csv").open(encoding="utf-8", newline="") as file:
        return Places(csv.DictReader(file))
