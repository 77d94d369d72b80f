"""Timeliness: which counties reported each month on time, late or not at all, and how they rank by it.

A county is on time where the last of its listed projects was reported by the programme's reporting day of the
month after; a ranking of its own, apart from what the projects achieve.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from tracker.ledger.handle import Ledger
from tracker.ledger.months import deadline
from tracker.ledger.standings import scope_condition, scope_parameters
from tracker.ledger.states import WITHDRAWN
from tracker.model.months import year_of
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.model.ranking import Placed, place_units


class Punctuality(StrEnum):
    """How one county reported one month."""

    ON_TIME = "on_time"
    LATE = "late"
    MISSING = "missing"


PUNCTUALITY_WORDS = {Punctuality.ON_TIME: "按时", Punctuality.LATE: "迟报", Punctuality.MISSING: "未报全"}


@dataclass(slots=True)
class Timely:
    """One county's year up to a month: how it reported each month, and its place by the share of months on time."""

    county: str
    by_month: dict[str, Punctuality] = field(default_factory=dict)
    placed: Placed | None = None

    def number(self, punctuality: Punctuality) -> int:
        """Give how many months it reported so."""
        return sum(found is punctuality for found in self.by_month.values())

    @property
    def rate(self) -> Fraction:
        """Give the share of months reported on time."""
        return Fraction(self.number(Punctuality.ON_TIME), len(self.by_month))


def timeliness(ledger: Ledger, programme: Programme, month: str, within: Place) -> list[Timely]:
    """Rank the counties of an area by the months of the year, up to one, that they reported on time.

    In order of place and code. Counties without a listed project in a month have no duty in it.
    """
    rows = ledger.connection.execute(
        "WITH first AS (SELECT record.month, record.project, min(record.recorded_at) AS at FROM record "
        "WHERE record.programme = :programme AND record.kind = 'return' AND record.month BETWEEN :from AND :month "
        f"AND NOT {WITHDRAWN} GROUP BY record.month, record.project) "
        "SELECT state.month AS month, state.county AS county, count(*) AS projects, count(first.at) AS reported, "
        "max(first.at) AS at FROM state LEFT JOIN first ON first.month = state.month AND first.project = state.project "
        "WHERE state.programme = :programme AND state.month BETWEEN :from AND :month AND state.listed "
        f"AND {scope_condition(within)} GROUP BY state.month, state.county ORDER BY state.month",
        {**scope_parameters(programme, month, month, within), "from": f"{year_of(month)}-01"},
    )
    found: dict[str, Timely] = {}
    for row in rows:
        due = deadline(programme, row["month"]).isoformat()
        whole = row["reported"] == row["projects"]
        punctuality = (
            Punctuality.MISSING if not whole else Punctuality.ON_TIME if row["at"][:10] <= due else Punctuality.LATE
        )
        found.setdefault(row["county"], Timely(row["county"])).by_month[row["month"]] = punctuality
    places = place_units({county: timely.rate for county, timely in found.items()}, programme.tie_rule)
    for placed in places:
        found[placed.key].placed = placed
    return [found[placed.key] for placed in places]
