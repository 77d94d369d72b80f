"""Month's workbook: what a county is given to fill in offline, before it becomes a file.

One row a project that is still to be reported: what it is in locked columns, then an open column for each field that
a county reports, filled with what holds now or is being typed. Values are written as in any list, so that reading an
untouched workbook gives the same values again.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracker.exchange.imports.draft_reading import DraftedRow, read_drafts
from tracker.exchange.month_workbook.marks import Marks
from tracker.exchange.reading.field_reading import read_field
from tracker.exchange.writing.list_values import Written, written
from tracker.ledger.drafts import UNCHANGED
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.months import admission, deadline
from tracker.ledger.programmes import places_of
from tracker.ledger.records import head_of
from tracker.ledger.returns import TO_FILL, CountyReturn, RowStatus, county_returns
from tracker.model.fields import FIELD
from tracker.model.folding import Values
from tracker.model.months import chinese_month
from tracker.model.places import Place, Places
from tracker.model.printing import print_value
from tracker.model.programme import Programme
from tracker.model.reporting import OUTPUTS, REPORTED_GROUPS, SELDOM_REPORTED, planned_output
from tracker.model.values import Said, read_text
from tracker.model.written import clean_text

TICKED = "是"
"""What stands under 本月无变化 where nothing is to be said of a project."""

UNCHANGED_HEADING = "本月无变化"
SERIAL = "serial"
_IDENTITY = (SERIAL, "code", "name")
_FACTS = ("category", "level", "total_investment", "planned_start", "planned_completion")
_TICK_TEXT = "yes"


@dataclass(frozen=True, slots=True)
class BookCell:
    """One cell: what stands in it, the same as text, what stood there last month, and its value where it is one."""

    written: Written
    base: str
    before: str = ""
    value: Any = None


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One project: what its cells hold, by column; `returned` is why a review sent it back."""

    code: str
    cells: dict[str, BookCell]
    returned: str = ""


@dataclass(frozen=True, slots=True)
class MonthBook:
    """What a month's workbook of a county holds.

    `locked` and `open` are its columns from left to right, by field; `sent` is how many projects were sent before and
    are left out; `due` is the day by which the return is due.
    """

    programme: Programme
    month: str
    county: Place
    full_name: str
    due: datetime.date
    locked: tuple[str, ...]
    open: tuple[str, ...]
    rows: Sequence[MonthRow]
    sent: int
    revision: int
    made_at: str

    @property
    def month_words(self) -> str:
        """Give the month as people read it."""
        return chinese_month(self.month)

    @property
    def file_name(self) -> str:
        """Give the name that the file should have."""
        mark = "（示例数据）" if self.programme.demonstration else ""
        return f"{self.full_name}{self.month_words}月报{mark}.xlsx"

    @property
    def marks(self) -> Marks:
        """Give what the hidden sheet says."""
        columns = (*self.locked, *self.open)
        based = [name for name in columns if name not in (SERIAL, "code")]
        bases = {row.code: {name: row.cells[name].base for name in based} for row in self.rows}
        return Marks(
            self.programme.key, self.programme.name, self.county.code, self.month, self.revision, self.made_at, columns,
            bases,
        )  # fmt: skip


def month_book(ledger: Ledger, programme: Programme, month: str, county: Place) -> MonthBook:
    """Gather a county's workbook for a month.

    Raises RefusedError where the month takes no returns, for an area that is no county, and where nothing is left to
    be reported.
    """
    places = places_of(ledger, programme)
    returns = county_returns(ledger, programme, month, county)
    if not places.is_unit(county):
        counties = [place for each in returns if (place := places.find(each.county))]
        named = "、".join(f"{place.name}（{place.path.rsplit('/', 1)[-1]}）" for place in counties)
        raise RefusedError(
            f"月报工作簿一县一本，{county.name}不是一个县（市、区）。这里有项目的县：{named or '没有'}。"
        )
    books = _books(ledger, programme, month, county, returns, places)
    refusal = admission(ledger, programme, month, county.code).refusal
    if not books and refusal is not None:
        raise RefusedError(refusal)
    if not books:
        why = "清单里的项目都已报送" if returns else "清单里没有项目"
        name = _full_name(places, programme, county)
        raise RefusedError(f"{name}{chinese_month(month)}没有要报的项目（{why}），不用填工作簿。")
    return books[0]


def month_books(ledger: Ledger, programme: Programme, month: str, area: Place) -> list[MonthBook]:
    """Gather the workbooks of an area's counties that may report for a month and have something left to, by code.

    Raises RefusedError where there is none.
    """
    returns = [each for each in county_returns(ledger, programme, month, area) if each.number(*TO_FILL)]
    books = _books(ledger, programme, month, area, returns, places_of(ledger, programme))
    if not books:
        raise RefusedError(f"{area.name}{chinese_month(month)}没有要报的县：月份没有开放，或都已报送。")
    return books


def _books(
    ledger: Ledger, programme: Programme, month: str, area: Place, returns: Sequence[CountyReturn], places: Places
) -> list[MonthBook]:  # fmt: skip
    drafted: dict[str, list[DraftedRow]] = {}
    for each in read_drafts(ledger, programme, month, area).projects:
        drafted.setdefault(each.row.county, []).append(each)
    made = head_of(ledger)[0], ledger.clock().isoformat()
    found = []
    for returned in returns:
        county = places.find(returned.county)
        rows = drafted.get(returned.county)
        if county is None or not rows:
            continue
        facts, columns = _columns(rows)
        found.append(
            MonthBook(
                programme, month, county, _full_name(places, programme, county), deadline(programme, month),
                (*_IDENTITY, *facts), columns,
                [_row(number, each, facts, columns, programme, places) for number, each in enumerate(rows, start=1)],
                len(returned.rows) - len(rows), *made,
            )
        )  # fmt: skip
    return found


def _full_name(places: Places, programme: Programme, county: Place) -> str:
    namesakes = places.named(county.name, places.find(programme.area) or county)
    return places.full_name(county) if len(namesakes) > 1 else county.name


def _columns(rows: Sequence[DraftedRow]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the locked columns that any project fills, and the open ones."""
    known = [each.known.values for each in rows if each.known]
    facts = [name for name in _FACTS if name == "total_investment" or any(name in values for values in known)]
    outputs = [name for name in OUTPUTS if any(_has_output(each, name) for each in rows)]
    planned = [planned_output(name) for name in outputs if any(planned_output(name) in each for each in known)]
    first = [name for _, names in REPORTED_GROUPS for name in names]
    seldom = [name for name in SELDOM_REPORTED if name not in first]
    return (*facts, *planned), (UNCHANGED, *first, *outputs, *seldom)


def _has_output(drafted: DraftedRow, name: str) -> bool:
    known: Values = drafted.known.values if drafted.known else {}
    return planned_output(name) in known or bool(drafted.texts[name]) or name in drafted.row.fields


def _row(
    number: int, drafted: DraftedRow, facts: Sequence[str], columns: Sequence[str], programme: Programme, places: Places
) -> MonthRow:  # fmt: skip
    known: Values = drafted.known.values if drafted.known else {}
    before: Values = drafted.before.values if drafted.before else {}
    code, title = drafted.row.project, clean_text(drafted.row.name)
    cells = {
        SERIAL: BookCell(Written(number, "0"), str(number)),
        "code": BookCell(Written(code), code),
        "name": BookCell(Written(title), title),
    }
    for name in facts:
        cells[name] = _cell_of_value(name, known.get(name))
    for name in columns:
        if name != UNCHANGED:
            last = print_value(name, before[name]) if name in before else ""
            cells[name] = replace(held_cell(name, drafted, programme, places), before=last)
    tick = TICKED if drafted.unchanged else ""
    cells[UNCHANGED] = BookCell(Written(tick or None), tick)
    returned = ""
    if drafted.row.status is RowStatus.SENT_BACK:
        fields = [f"{FIELD[name].heading}：{why}" for name, why in drafted.row.fields.items()]
        returned = "；".join([*([drafted.row.reason] if drafted.row.reason else []), *fields])
    return MonthRow(code, cells, returned)


def held_cell(name: str, drafted: DraftedRow, programme: Programme, places: Places) -> BookCell:
    """Give the cell for what a field of the return holds now: a draft as it was typed, else the value that holds."""
    if name not in drafted.drafts:
        known: Values = drafted.known.values if drafted.known else {}
        return _cell_of_value(name, None if name in drafted.cleared else drafted.values.get(name, known.get(name)))
    text = drafted.texts[name]
    reading = read_field(name, text, programme, places)
    if reading.value is None or reading.flaw is not None:
        plain = clean_text(text) if reading.said is Said.VALUE else ""
        return BookCell(Written(plain or None), plain)
    return _cell_of_value(name, reading.value)


def _cell_of_value(name: str, value: Any) -> BookCell:
    if value is None:
        return BookCell(Written(None), "")
    return BookCell(written(FIELD[name], value), print_value(name, value), value=value)


def is_ticked(cell: object) -> bool | None:
    """Say whether a cell under 本月无变化 is ticked; None for what is neither yes nor no."""
    said = str(read_text(None if cell is None else str(cell), 0).value or "").replace(" ", "").lower()
    if said in ("是", "√", "✓", "✔", "对", "y", "yes", "true", "1", "无变化", UNCHANGED_HEADING):
        return True
    return False if said in ("", "否", "×", "n", "no", "false", "0", "有变化", "清空") else None


def tick_text(*, ticked: bool) -> str:
    """Give the draft's text for the mark 本月无变化."""
    return _TICK_TEXT if ticked else ""
