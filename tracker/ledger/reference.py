"""Reference: facts that are checked in beside the program."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

from tracker.model.places import Places
from tracker.model.workdays import Workdays, workdays_of

REFERENCE_DIRECTORY = Path(__file__).resolve().parents[2] / "data" / "reference"


@cache
def divisions() -> Places:
    """Give all divisions of China (GB/T 2260), without the ranking units that programmes register."""
    with (REFERENCE_DIRECTORY / "divisions.csv").open(encoding="utf-8", newline="") as file:
        return Places(csv.DictReader(file))


@cache
def common_passwords() -> frozenset[str]:
    """Give the passwords that guessers try first, in lower case; source and licence stand in the file."""
    lines = (REFERENCE_DIRECTORY / "common_passwords.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(line for line in lines if line and not line.startswith("#"))


@cache
def workdays() -> Workdays:
    """Give the published days off and make-up workdays; the notices they stand in are named in the file."""
    lines = (REFERENCE_DIRECTORY / "holidays.csv").read_text(encoding="utf-8").splitlines()
    return workdays_of(csv.DictReader(line for line in lines if not line.startswith("#")))
