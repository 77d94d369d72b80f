"""`import` of 44 rows as a whole process, against `app.py --help`."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.measuring import in_turn, report
from bench.reading import write_list

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def run(*arguments: str) -> None:
    """Run the command line as a user would."""
    command = [sys.executable, str(ROOT / "app.py"), *arguments]
    subprocess.run(command, check=True, capture_output=True, env=ENVIRONMENT)


def main(runs: int = 12) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "list.xlsx"
        write_list(path, 44)
        ledgers = [Path(folder) / f"ledger{number}" for number in range(runs + 1)]
        for ledger in ledgers:
            run("--data", str(ledger), "init", "--empty")
        empty = itertools.chain(ledgers)
        measured, floor = in_turn(
            lambda: run("--data", str(next(empty)), "import", str(path), "--month", "2024-08", "--within", "14"),
            lambda: run("--help"),
            runs,
        )
    report("import of 44 rows", measured, floor, "app.py --help", 4)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
