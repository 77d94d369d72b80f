"""Builders of workbooks and sheets, ten lines each: every test makes its own."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path

import openpyxl
import xlwt

from tracker.exchange.reading.headings import Table, find_table
from tracker.exchange.reading.rows import RawRow, project_rows
from tracker.exchange.reading.workbooks import Cell, Merge, Sheet

HEADINGS: list[Cell] = ["序号", "县（市、区）", "项目名称", "总投资（万元）", "实际开工时间", "责任单位"]
"""The headings of a plain list."""


def project(number: int, county: str | None = "榆次区", name: str | None = None) -> list[Cell]:
    """Give a plain list's row of a project."""
    return [number, county, name or f"第{number}号污水处理工程", 100.5 * number, "2023年6月", "水利局"]


def sheet_of(rows: Iterable[list[Cell]], merges: Iterable[tuple[int, int, int, int]] = (), name: str = "清单") -> Sheet:
    """Make a sheet in memory as reading would: empty rows left out, numbered from 1."""
    filled = [(number, list(cells)) for number, cells in enumerate(rows, start=1) if any(c is not None for c in cells)]
    return Sheet(name, filled, [Merge(*merge) for merge in merges])


def table_of(sheet: Sheet) -> Table:
    """Find a sheet's table, which must be there."""
    table = find_table(sheet)
    assert isinstance(table, Table), table
    return table


def projects_of(rows: Iterable[list[Cell]], merges: Iterable[tuple[int, int, int, int]] = ()) -> list[RawRow]:
    """Give the project rows of a sheet."""
    sheet = sheet_of(rows, merges)
    return project_rows(sheet, table_of(sheet))


def write_xlsx(path: Path, sheets: dict[str, list[list[Cell]]], merges: Iterable[str] = ()) -> Path:
    """Write an .xlsx with sheets of rows; `merges` ("A1:C1") go to the first."""
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.worksheets[0])
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for number, cells in enumerate(rows, start=1):
            for column, cell in enumerate(cells, start=1):
                if cell is not None:
                    sheet.cell(number, column, cell)
    for merge in merges:
        workbook.worksheets[0].merge_cells(merge)
    workbook.save(path)
    return path


def write_xls(path: Path, rows: list[list[Cell]], merge: tuple[int, int, int, int] | None = None) -> Path:
    """Write an .xls with one sheet; `merge` is first row, last row, first column, last column, from 0."""
    workbook = xlwt.Workbook()
    sheet = workbook.add_sheet("清单")
    if merge is not None:
        sheet.write_merge(*merge, rows[merge[0]][merge[2]])
    for number, cells in enumerate(rows):
        for column, cell in enumerate(cells):
            covered = merge is not None and merge[0] <= number <= merge[1] and merge[2] <= column <= merge[3]
            if cell is not None and not covered:
                sheet.write(number, column, cell)
    workbook.save(str(path))
    return path


def rewrite(path: Path, change: Callable[[str, bytes], bytes], extra: dict[str, bytes] | None = None) -> Path:
    """Write an archive's parts anew, each changed by `change(name, content)`, and add parts to it."""
    parts = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            parts[name] = change(name, archive.read(name))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**parts, **(extra or {})}.items():
            archive.writestr(name, content)
    return path


def change_sheet(path: Path, before: bytes, after: bytes) -> Path:
    """Replace bytes in the first sheet's part, which must hold them."""

    def change(name: str, content: bytes) -> bytes:
        if name != "xl/worksheets/sheet1.xml":
            return content
        assert before in content
        return content.replace(before, after)

    return rewrite(path, change)


def share_string(path: Path, before: str, text: bytes) -> Path:
    """Replace a text of the first sheet, wherever it stands, by one shared string (openpyxl writes none)."""
    main = b"http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    relation = b"http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings"
    kind = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    link = b'<Relationship Id="shared" Type="' + relation + b'" Target="sharedStrings.xml"/></Relationships>'
    part = b'<Override PartName="/xl/sharedStrings.xml" ContentType="' + kind + b'"/></Types>'
    written = before.encode("ascii", "xmlcharrefreplace")  # as openpyxl writes it where lxml is at hand
    change_sheet(path, b't="inlineStr"><is><t>' + written + b"</t></is>", b't="s"><v>0</v>')

    def change(name: str, content: bytes) -> bytes:
        return content.replace(b"</Relationships>", link) if name == "xl/_rels/workbook.xml.rels" else (
            content.replace(b"</Types>", part) if name == "[Content_Types].xml" else content
        )  # fmt: skip

    shared = b'<sst xmlns="' + main + b'" count="1" uniqueCount="1"><si><t>' + text + b"</t></si></sst>"
    return rewrite(path, change, {"xl/sharedStrings.xml": shared})


def archive(parts: dict[str, bytes]) -> bytes:
    """Give a zip archive's bytes."""
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in parts.items():
            made.writestr(name, content)
    return memory.getvalue()
