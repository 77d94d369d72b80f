"""The 117-county ranking over 285 projects x 36 months, against one SQL aggregate over the same rows."""

from __future__ import annotations

import sys
import tempfile
from decimal import Decimal
from pathlib import Path
from random import Random

from bench.measuring import in_turn, report
from tracker.exchange.programme_file import SHANXI, read_programme, record_programme
from tracker.ledger.opening import creating_ledger, open_ledger
from tracker.ledger.ranking_table import ranking
from tracker.ledger.reference import divisions
from tracker.ledger.writing import writing
from tracker.model.folding import StatementKind
from tracker.model.months import shift_month
from tracker.model.programme import Programme
from tracker.model.stages import Stage

MONTHS = [shift_month("2023-01", number) for number in range(36)]


def fill(directory: Path, projects: int) -> Programme:
    """Make a ledger in which every project reports every month."""
    chance = Random(1)
    programme, units = read_programme(SHANXI)
    shanxi = divisions().find("14")
    assert shanxi is not None
    counties = divisions().units(shanxi)
    with creating_ledger(directory) as ledger:
        codes: list[str] = []
        for month in MONTHS:
            with writing(ledger, month, "bench") as writes:
                if not codes:
                    record_programme(writes, programme, units)
                writes.open_month(programme.key, month)
                for number in range(projects):
                    if len(codes) <= number:
                        county = counties[number % len(counties)].code
                        facts = {"name": f"第{number}号工程", "county": county, "total_investment": Decimal(5000)}
                        codes.append(writes.register(programme.key, month, facts))
                    stage = chance.choice([Stage.PREPARING, Stage.UNDER_CONSTRUCTION, Stage.COMPLETED])
                    said = {"stage": stage, "cumulative_investment": Decimal(number)}
                    writes.state(programme.key, codes[number], month, StatementKind.RETURN, said)
    return programme


def main(projects: int = 285, runs: int = 60) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        programme = fill(Path(folder) / "ledger", projects)
        ledger = open_ledger(Path(folder) / "ledger")
        area = divisions().find("14")
        assert area is not None
        month = MONTHS[-1]
        aggregate = (
            "SELECT county, count(*), sum(started), sum(completed), sum(total_investment), sum(year_plan), "
            "sum(cumulative_investment) FROM state WHERE programme = ? AND month IN (?, ?) GROUP BY month, county"
        )
        months = (programme.key, month, MONTHS[-2])
        measured, floor = in_turn(
            lambda: ranking(ledger, programme, month, "completion", "county", area),
            lambda: ledger.connection.execute(aggregate, months).fetchall(),
            runs,
        )
        over_all = "SELECT county, sum(started), sum(completed) FROM state WHERE programme = ? GROUP BY county"
        _, whole = in_turn(lambda: None, lambda: ledger.connection.execute(over_all, (programme.key,)).fetchall(), runs)
        ledger.close()
    report(
        f"ranking of {projects} projects x 36 months", measured, floor, "an aggregate over the two months it reads", 5
    )
    report("the same", measured, whole, "an aggregate over all months", 5)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
