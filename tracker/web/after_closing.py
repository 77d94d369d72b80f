"""After closing: when a month's figures were frozen, and what was corrected since, beside them and never instead."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.exchange.tables.asking import corrected_words
from tracker.ledger.corrected import corrected_since, corrected_tally
from tracker.ledger.handle import Ledger
from tracker.ledger.months import Closing, months
from tracker.model.measures import Tally, measures_of, rate_of, tally_names
from tracker.web.whereabouts import Where
from tracker.web.wording import fraction, percent


@dataclass(frozen=True, slots=True)
class CorrectedFigure:
    """One rate as it was frozen and as it would be now, each with its fraction."""

    title: str
    frozen: str
    frozen_fraction: str
    now: str
    now_fraction: str

    @property
    def differs(self) -> bool:
        """Say whether the corrections move it."""
        return self.frozen_fraction != self.now_fraction


@dataclass(frozen=True, slots=True)
class AfterClosing:
    """A closed month: its closing, the projects corrected since as (address, name, words), the figures beside."""

    closing: Closing
    projects: list[tuple[str, str, str]]
    figures: list[CorrectedFigure]


def after_closing(ledger: Ledger, where: Where, frozen: Tally) -> AfterClosing | None:
    """Give what to say of a closed month, None for one that is open; `frozen` holds what the measures need."""
    month = months(ledger, where.programme.key).get(where.month)
    if month is None or month.closing is None:
        return None
    found = corrected_since(ledger, where.programme, where.month, where.area)
    projects = [(where.to_project(each.code), each.name, corrected_words(each)) for each in found]
    return AfterClosing(month.closing, projects, _figures(ledger, where, frozen) if found else [])


def _figures(ledger: Ledger, where: Where, frozen: Tally) -> list[CorrectedFigure]:
    measures = list(measures_of(where.programme).values())
    now = corrected_tally(ledger, where.programme, where.month, where.area, tally_names(measures))
    decimals = where.programme.decimals
    figures = [
        CorrectedFigure(
            measure.title,
            percent(rate_of(measure, frozen), decimals),
            fraction(frozen[measure.numerator], frozen[measure.denominator], is_money=measure.money),
            percent(rate_of(measure, now), decimals),
            fraction(now[measure.numerator], now[measure.denominator], is_money=measure.money),
        )
        for measure in measures
    ]
    return [figure for figure in figures if figure.differs]
