"""Files: official tables as the bytes of a workbook, of text or of JSON."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tracker.exchange.writing.printed_table import PrintedTable
from tracker.exchange.writing.table_csv import table_as_csv
from tracker.exchange.writing.table_json import tables_as_json
from tracker.ledger.handle import LedgerError

FORMS = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".json": "application/json",
}
"""The endings that tables are written under, each with its media type."""


class SeveralTablesError(LedgerError):
    """Several tables were to go into a file that holds one."""


def write_files(target: Path | IO[bytes], ending: str, kind: str, tables: Sequence[PrintedTable]) -> None:
    """Write tables of a kind to a file or a stream in one of FORMS.

    Raises SeveralTablesError where .csv is asked for more than one, and OSError where the file cannot be written.
    """
    if ending == ".xlsx":
        _write_workbook(target, kind, tables)
        return
    if ending == ".csv" and len(tables) > 1:
        names = "、".join(table.name for table in tables)
        raise SeveralTablesError(f".csv 只能放一张表，这里有 {len(tables)} 张（{names}），请改用 .xlsx 或 .json。")
    written = table_as_csv(tables[0]) if ending == ".csv" else tables_as_json(list(tables))
    if isinstance(target, Path):
        target.write_bytes(written)
    else:
        target.write(written)


def _write_workbook(target: Path | IO[bytes], kind: str, tables: Sequence[PrintedTable]) -> None:
    # A workbook's writer takes a while to load, and text does without it.
    if kind == "dossier":
        from tracker.exchange.tables.dossier_sheet import write_dossier  # noqa: PLC0415

        write_dossier(target, tables)
        return
    from tracker.exchange.writing.table_workbook import write_tables  # noqa: PLC0415

    write_tables(target, tables)
