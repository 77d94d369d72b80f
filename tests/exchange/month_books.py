"""Three counties that have a month to report, and short ways to fill their workbooks in, in a file or in memory."""

from __future__ import annotations

import copy
import io
from decimal import Decimal
from pathlib import Path

import openpyxl

from tests.web.builders import YIHONG, build_ledger
from tracker.exchange.imports.draft_importing import import_drafts, plan_drafts
from tracker.exchange.imports.draft_plan import DraftPlan
from tracker.exchange.imports.draft_reading import read_drafts
from tracker.exchange.imports.importing import ImportRequest, ImportResult
from tracker.exchange.month_workbook.gathering import UNCHANGED_HEADING, month_book
from tracker.exchange.month_workbook.workbook_file import write_month_book
from tracker.exchange.reading.heading_words import plain_heading
from tracker.exchange.reading.workbooks import Cell, Sheet, start_reading
from tracker.ledger.drafts import UNCHANGED, DraftPlace, drafts_of, save_draft
from tracker.ledger.handle import Ledger
from tracker.ledger.programmes import places_of
from tracker.ledger.returns import RowStatus, accept, rows_of_month, send
from tracker.ledger.writing import writing
from tracker.model.dates import PartialDate
from tracker.model.fields import FIELD
from tracker.model.folding import StatementKind
from tracker.model.places import Place
from tracker.model.stages import Stage

BEFORE, MONTH = "2024-08", "2024-09"
COUNTIES = ("140702", "140703", "140781")
HEAD = 2
"""The row of headings among a list's filled rows, from 0."""


def three_counties(directory: Path) -> Path:
    """Make a ledger in which three counties have reported August for three projects each, with September open."""

    def fill(ledger: Ledger) -> None:
        with writing(ledger, "august", "专班 测试员") as writes:
            writes.open_month(YIHONG.key, BEFORE)
            for county in COUNTIES:
                for number in range(1, 4):
                    code = writes.register(
                        YIHONG.key, BEFORE,
                        {"name": f"{county}第{number}号治理工程", "county": county, "category": YIHONG.categories[0],
                         "level": "省级重点", "total_investment": Decimal(3000), "planned_start": PartialDate(2024, 3)},
                    )  # fmt: skip
                    said = {
                        "stage": Stage.UNDER_CONSTRUCTION, "actual_start": PartialDate(2024, 3, 5),
                        "cumulative_investment": Decimal(500), "year_investment": Decimal("300.5"),
                        "month_investment": Decimal(40), "progress_percent": Decimal("0.6"),
                        "progress": "=主体工程施工中。\n二标段", "problem": "用地手续未办结",
                    }  # fmt: skip
                    writes.state(YIHONG.key, code, BEFORE, StatementKind.RETURN, said)
        with writing(ledger, "september", "专班 测试员") as writes:
            writes.open_month(YIHONG.key, MONTH)

    return build_ledger(directory, fill)


def code(county: str, number: int) -> str:
    return f"{county}-{number:04d}"


def place(ledger: Ledger, county: str) -> Place:
    found = places_of(ledger, YIHONG).find(county)
    assert found is not None
    return found


def made(ledger: Ledger, county: str, path: Path) -> Path:
    """Write a county's workbook for September."""
    write_month_book(path, month_book(ledger, YIHONG, MONTH, place(ledger, county)))
    return path


def read(path: Path) -> list[Sheet]:
    reading = start_reading(path)
    try:
        sheets = reading.sheets()
    finally:
        reading.stop()
    assert isinstance(sheets, list), sheets
    return sheets


def sheets_made(ledger: Ledger, county: str, folder: Path) -> list[Sheet]:
    """Give a county's workbook as it is read."""
    return read(made(ledger, county, folder / f"{county}.xlsx"))


def heading(field: str) -> str:
    return UNCHANGED_HEADING if field == UNCHANGED else FIELD[field].heading


def filled(path: Path, *, into: Path | None = None, **cells: Cell) -> Path:
    """Fill a workbook in as Excel would: `cells` are named `p2_stage` for the second project's stage."""
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    columns = {plain_heading(str(cell.value)).partition("(")[0]: cell.column for cell in sheet[3]}
    for name, value in cells.items():
        number, _, field = name.partition("_")
        sheet.cell(3 + int(number[1:]), columns[heading(field)]).value = value
    book.save(into or path)
    return into or path


def edited(sheets: list[Sheet], **cells: Cell) -> list[Sheet]:
    """Give sheets with some cells of the list changed, named as for `filled`."""
    found = copy.deepcopy(sheets)
    rows = found[0].rows
    columns = [plain_heading(str(cell)).partition("(")[0] for cell in rows[HEAD][1]]
    for name, value in cells.items():
        number, _, field = name.partition("_")
        row = rows[HEAD + int(number[1:])][1]
        row.extend([None] * (len(columns) - len(row)))
        row[columns.index(heading(field))] = value
    return found


def request(
    ledger: Ledger, within: str, *, accept: bool = False, by: str = "填报员", month: str = MONTH
) -> ImportRequest:
    return ImportRequest(Path("月报.xlsx"), month, place(ledger, within), by, accept)


def planned(ledger: Ledger, sheets: list[Sheet], within: str = COUNTIES[0]) -> DraftPlan:
    return plan_drafts(ledger, YIHONG, request(ledger, within), sheets)


def entered(ledger: Ledger, sheets: list[Sheet], within: str = COUNTIES[0], *, accept: bool = False) -> ImportResult:
    return import_drafts(ledger, YIHONG, request(ledger, within, accept=accept), sheets)


def texts(ledger: Ledger, *codes: str) -> dict[str, dict[str, str]]:
    """Give the drafts that stand, by project and field."""
    found = drafts_of(ledger, YIHONG.key, MONTH, codes)
    return {code: {name: draft.text for name, draft in found[code].items()} for code in codes}


def typed(ledger: Ledger, project: str, field: str, text: str, by: str = "县里的人") -> None:
    """Save a draft as the page does."""
    standing = drafts_of(ledger, YIHONG.key, MONTH, [project])[project].get(field)
    save_draft(ledger, DraftPlace(YIHONG.key, MONTH, project, field), text, standing.version if standing else 0, by)


def written(ledger: Ledger, county: str) -> openpyxl.Workbook:
    """Give a county's workbook as openpyxl reads it."""
    stream = io.BytesIO()
    write_month_book(stream, month_book(ledger, YIHONG, MONTH, place(ledger, county)))
    return openpyxl.load_workbook(stream)


def sent(ledger: Ledger, county: str) -> None:
    """Sign and send what a county has drafted, and accept it."""
    drafted = read_drafts(ledger, YIHONG, MONTH, place(ledger, county))
    assert drafted.faults == []
    with writing(ledger, f"send {county}", "负责人") as writes:
        send(writes, YIHONG, MONTH, place(ledger, county), drafted.rows, drafted.seen)
    waiting = {row.project: row.sequence or 0 for row in rows_of_month(ledger, YIHONG, MONTH, place(ledger, county))
               if row.status is RowStatus.SENT}  # fmt: skip
    with writing(ledger, f"accept {county}", "专班") as writes:
        accept(writes, YIHONG, MONTH, place(ledger, county), waiting, final=True)
