"""Offices and their lists: a real ledger that lists, built cell by cell, are imported into."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.exchange.builders import sheet_of
from tracker.exchange.imports.importing import ImportRequest, ImportResult, import_sheets
from tracker.exchange.programme_file import NATIONAL, read_programme
from tracker.exchange.reading.workbooks import Cell, Sheet
from tracker.ledger.handle import Ledger
from tracker.ledger.opening import creating_ledger, open_ledger
from tracker.ledger.programmes import find_programme, places_of
from tracker.ledger.projects import state_at
from tracker.ledger.records import head_of
from tracker.ledger.standings import tallies
from tracker.ledger.writing import writing
from tracker.model.folding import State
from tracker.model.places import Unit
from tracker.model.programme import Programme

Rows = list[list[Cell]]
MONTH = "2024-08"


def listed(*projects: Mapping[str, Cell], headings: Iterable[str] = ()) -> Rows:
    """Make a list from mappings of heading to cell: its columns are the headings met, in order.

    县（市、区） is 榆次区 where a project does not say; `headings` adds columns that stay blank.
    """
    columns = list(
        dict.fromkeys([*(name for row in projects for name in ("项目名称", "县（市、区）", *row)), *headings])
    )
    columns += [name for name in ("总投资（万元）",) if name not in columns and len(columns) < 3]
    return [list(columns), *([{"县（市、区）": "榆次区", **row}.get(name) for name in columns] for row in projects)]


@dataclasses.dataclass
class Office:
    """A ledger with one programme, and the means to import lists and to look at what came of them."""

    ledger: Ledger

    @property
    def programme(self) -> Programme:
        return find_programme(self.ledger, None)

    def sends(
        self, rows: Rows | list[Sheet], month: str = MONTH, within: str = "1407", *, accept: bool = False,
        dry_run: bool = False, merges: Iterable[tuple[int, int, int, int]] = (), name: str = "清单",
    ) -> ImportResult:  # fmt: skip
        """Import a list, or sheets, given in memory."""
        sheets = [row for row in rows if isinstance(row, Sheet)] or [
            sheet_of([row for row in rows if isinstance(row, list)], merges, name)
        ]
        place = places_of(self.ledger, self.programme).find(within)
        assert place is not None
        path = self.ledger.directory.parent / "清单.xlsx"
        path.write_bytes(b"a workbook")
        request = ImportRequest(path, month, place, "填报员", accept, dry_run)
        return import_sheets(self.ledger, self.programme, request, sheets)

    def knows(self, *projects: Mapping[str, Cell], month: str = "2024-07", within: str = "1407") -> None:
        """Import projects that are beyond doubt, so that the ledger knows them."""
        result = self.sends(listed(*projects), month, within, accept=True)
        assert not result.refused, result.faults

    def state(self, code: str, month: str = MONTH) -> State:
        """Give a project's state at a month."""
        state = state_at(self.ledger, self.programme, code, month)
        assert state is not None
        return state

    def value(self, field: str, code: str = "140702-0001", month: str = MONTH) -> object:
        """Give one value of a project at a month, or None."""
        return self.state(code, month).values.get(field)

    def counts(self, month: str = MONTH, within: str = "1407") -> tuple[int, int, int]:
        """Give the projects, those started and those completed of an area's list."""
        place = places_of(self.ledger, self.programme).find(within)
        assert place is not None
        tally = tallies(self.ledger, self.programme, month, place)[""]
        return tally["projects"], tally["started"], tally["completed"]

    def content(self) -> list[object]:
        """Give everything the database holds, table by table, and the head of its records."""
        connection = self.ledger.connection
        tables = [row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {table: [tuple(row) for row in connection.execute(f"SELECT * FROM {table}")] for table in tables}  # noqa: S608
        return [head_of(self.ledger), rows]


def make_office(directory: Path, *, definition: Path = NATIONAL, units: Iterable[Unit] = (), **settings: Any) -> Path:
    """Make a ledger with the programme of a definition, some settings changed and some units registered."""
    programme = dataclasses.replace(read_programme(definition)[0], **settings)
    with creating_ledger(directory / "ledger") as ledger, writing(ledger, "init", "专班") as writes:
        writes.define_programme(programme)
        for unit in units:
            writes.add_unit(programme.key, unit)
    return directory / "ledger"


@contextmanager
def office_with(
    directory: Path, *, definition: Path = NATIONAL, units: Iterable[Unit] = (), **settings: Any
) -> Iterator[Office]:
    """Open an office of its own, as `make_office` makes it, and close it at the end."""
    ledger = open_ledger(make_office(directory, definition=definition, units=units, **settings))
    try:
        yield Office(ledger)
    finally:
        ledger.close()


def at(result: ImportResult) -> list[tuple[str, str | None]]:
    """Give the severity and the cell of every fault, in order."""
    return [(fault.severity.value, fault.cell) for fault in result.faults]


def message(result: ImportResult) -> str:
    """Give the sentence of the only fault."""
    assert len(result.faults) == 1, result.faults
    return result.faults[0].message
