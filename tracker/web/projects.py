"""Projects: the list behind any figure: who is in the numerator, who in the denominator, who was left out and why."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tracker.ledger.handle import Ledger
from tracker.ledger.listings import PAGE_SIZE, Wanted, select
from tracker.ledger.listings import Selection as Selected
from tracker.ledger.ranking_table import UNFILLED
from tracker.ledger.standings import CONDITIONS, empty_tally, tallies
from tracker.model.measures import Measure, Tally, measures_of, rate_of
from tracker.model.months import last_day
from tracker.web.counts import COUNT_TITLES, Part, parts_of, title_of
from tracker.web.page_ledger import page_ledger
from tracker.web.project_rows import rows_of, total_of_sums
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError, Where, where_of
from tracker.web.wording import DASH, fraction, percent

blueprint = Blueprint("projects", __name__)

_LATE = frozenset({"behind", "late_start", "late_completion"})
_OFFERED = (
    "projects",
    "started",
    "not_started",
    "under_construction",
    "completed",
    "behind",
    "unreported",
    "with_problem",
)


@dataclass(frozen=True, slots=True)
class Selection:
    """Which projects a list shows: those of a count, without another's, of one category or level."""

    count: str
    without: str | None
    narrowed: tuple[str, str] | None
    measure: Measure | None

    @property
    def query(self) -> dict[str, str | None]:
        """Give the selection's part of the address, beside its count."""
        return {"without": self.without, "of": self.measure.key if self.measure else None, **self.narrowing}

    @property
    def narrowing(self) -> dict[str, str]:
        """Give the category or level as a part of the address."""
        return dict([self.narrowed]) if self.narrowed else {}

    @property
    def narrowed_words(self) -> str:
        """Give the category or level in words, "" where the list is not narrowed."""
        if not self.narrowed:
            return ""
        column, value = self.narrowed
        return f"{'类别' if column == 'category' else '级别'}“{value or UNFILLED}”"


@dataclass(frozen=True, slots=True)
class Tab:
    """One list to choose: its part of the rate and its address."""

    part: Part
    address: str
    chosen: bool


def _selection(where: Where, count: str) -> Selection:
    """Read a selection from the address. Raises NotThereError where it names a count that does not exist."""
    asked = request.args
    without = asked.get("without") or None
    for named in (count, without):
        if named is not None and named not in CONDITIONS:
            raise NotThereError(f"没有名为“{named}”的口径。可从总览里的数字点进来。")
    measures = measures_of(where.programme)
    key = asked.get("of") or None
    if key is not None and key not in measures:
        raise NotThereError(f"没有名为“{key}”的指标，可选：{'、'.join(measures)}。")
    narrowed = next(((column, asked[column]) for column in ("category", "level") if column in asked), None)
    return Selection(count, without, narrowed, measures[key] if key else _measure_of(measures, count, without))


def _measure_of(measures: dict[str, Measure], count: str, without: str | None) -> Measure | None:
    """Give the measure that a count is a part of, where exactly its own part says so."""
    if without is not None or count == "projects":
        return None
    return next((m for m in measures.values() if count in (m.numerator, m.denominator, m.unknown)), None)


def _selected(ledger: Ledger, where: Where, selection: Selection, page: int) -> Selected:
    """Give one page of a selection; late projects in order of lateness, others by code."""
    narrowed = selection.narrowing
    wanted = Wanted(
        count=selection.count,
        without=selection.without,
        category=narrowed.get("category"),
        level=narrowed.get("level"),
    )
    order = "lamp" if selection.count in _LATE else "code"
    return select(ledger, where.programme, where.month, where.area, wanted, order, page=page)


def _tally(ledger: Ledger, where: Where, selection: Selection) -> Tally:
    column, value = selection.narrowed or (None, "")
    return tallies(ledger, where.programme, where.month, where.area, column).get(value, empty_tally())


@blueprint.get("/projects/<month>/<area>/<count>")
@room(Permission.READ)
def show(month: str, area: str, count: str) -> ResponseReturnValue:
    """Show the projects that a figure counts."""
    ledger = page_ledger()
    where = where_of(ledger, month, area)
    selection = _selection(where, count)
    tally = _tally(ledger, where, selection)
    if not tally["projects"] and not selection.narrowed:
        return render_template("overview_empty.html", where=where, room="projects")
    page = _page()
    found = _selected(ledger, where, selection, page)
    pages = max(1, -(-found.number // PAGE_SIZE))
    if page > pages:
        raise NotThereError(f"这张清单共 {pages} 页，没有第“{page}”页。")
    measure = selection.measure
    rows = rows_of(where, found.projects, selection.count, selection.without)
    return render_template(
        "projects.html",
        where=where,
        room="projects",
        kept={"count": count, "of": request.args.get("of"), "without": selection.without},
        clauses=_clauses(where, selection, found.number, tally),
        last_day=last_day(where.month),
        selection=selection,
        measure=measure,
        rate=percent(rate_of(measure, tally), where.programme.decimals) if measure else "",
        fraction=fraction(tally[measure.numerator], tally[measure.denominator], is_money=measure.money)
        if measure
        else "",
        tabs=_tabs(where, selection, tally) if measure else [],
        others=_others(where, selection, tally),
        rows=rows,
        total=total_of_sums(found.number, found.sums),
        with_reason=any(row.reason != DASH for row in rows),
        page=page,
        pages=[
            (number, where.to("projects.show", count=count, page=str(number), **selection.query))
            for number in range(1, pages + 1)
        ],
    )


def _page() -> int:
    asked = request.args.get("page", "1")
    if not (asked.isascii() and asked.isdigit() and len(asked) <= 6 and int(asked)):
        raise NotThereError(f"页码写的是“{asked}”，应为从 1 起的整数。")
    return int(asked)


def _clauses(where: Where, selection: Selection, number: int, tally: Tally) -> list[str]:
    name = where.full_name + selection.narrowed_words
    if selection.count == "projects" and selection.without is None:
        return [f"{name} {number} 项工程，", f"已开工 {tally['started']} 项，", f"已完工 {tally['completed']} 项"]
    return [f"{name} {tally['projects']} 项工程，", f"{title_of(selection.count, selection.without)} {number} 项"]


def _tabs(where: Where, selection: Selection, tally: Tally) -> list[Tab]:
    measure = selection.measure
    if measure is None:
        return []
    return [
        Tab(
            part,
            where.to(
                "projects.show", count=part.count, without=part.without, of=measure.key, **selection.narrowing
            ),
            (part.count, part.without) == (selection.count, selection.without),
        )
        for part in parts_of(measure, tally)
    ]  # fmt: skip


def _others(where: Where, selection: Selection, tally: Tally) -> list[Tab]:
    """Give the lists that people ask for most, whatever rate they belong to."""
    return [
        Tab(
            Part("", "全部" if count == "projects" else COUNT_TITLES[count], count, None, tally[count]),
            where.to("projects.show", count=count, **selection.narrowing),
            count == selection.count and selection.without is None,
        )
        for count in _OFFERED
    ]
