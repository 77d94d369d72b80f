"""Builders of .ods files by hand: no library at hand writes them, and the hostile ones none would."""

from __future__ import annotations

import datetime
import zipfile
from collections.abc import Iterable
from html import escape
from pathlib import Path

from tracker.exchange.reading.workbooks import Cell

MIMETYPE = "application/vnd.oasis.opendocument.spreadsheet"
_SPACES = "".join(
    f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
) + ' xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'  # fmt: skip
_MANIFEST = (
    '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    '<manifest:file-entry manifest:full-path="content.xml">{}</manifest:file-entry></manifest:manifest>'
)


def ods_cell(cell: Cell, attributes: str = "") -> str:
    """Give a cell's XML; a text that begins with = is a formula without its result, one with # an error."""
    start = f"<table:table-cell{attributes} "
    if cell is None:
        return f"{start}/>"
    if isinstance(cell, bool):
        return f'{start}office:value-type="boolean" office:boolean-value="{str(cell).lower()}"/>'
    if isinstance(cell, int | float):
        return f'{start}office:value-type="float" office:value="{cell}"><text:p>{cell}</text:p></table:table-cell>'
    if isinstance(cell, datetime.date):
        return f'{start}office:value-type="date" office:date-value="{cell.isoformat()}"/>'
    text = str(cell)
    if text.startswith("="):
        return f'{start}table:formula="of:{escape(text)}"/>'
    kind = ' calcext:value-type="error" office:string-value=""' if text.startswith("#") else ""
    lines = "".join(f"<text:p>{escape(line)}</text:p>" for line in text.split("\n"))
    return f'{start}office:value-type="string"{kind}>{lines}</table:table-cell>'


def ods_table(rows: Iterable[list[Cell]], name: str = "清单", merges: Iterable[tuple[int, int, int, int]] = ()) -> str:
    """Give a table's XML; `merges` are first row, first column, last row, last column, from 1."""
    spans = {
        (
            top,
            left,
        ): f' table:number-rows-spanned="{bottom - top + 1}" table:number-columns-spanned="{right - left + 1}"'
        for top, left, bottom, right in merges
    }
    written = "".join(
        "<table:table-row>"
        + "".join(ods_cell(cell, spans.get((row, column), "")) for column, cell in enumerate(cells, start=1))
        + '<table:table-cell table:number-columns-repeated="16300"/></table:table-row>'
        for row, cells in enumerate(rows, start=1)
    )
    tail = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    return f'<table:table table:name="{escape(name)}">{written}{tail}</table:table>'


def write_ods(path: Path, tables: str, *, manifest: str = "", prologue: str = "") -> Path:
    """Write an .ods of tables' XML; `manifest` goes into its entry, `prologue` before the root."""
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?>{prologue}<office:document-content{_SPACES}><office:body>'
        f"<office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("mimetype", MIMETYPE, zipfile.ZIP_STORED)
        made.writestr("content.xml", content)
        made.writestr("META-INF/manifest.xml", _MANIFEST.format(manifest))
    return path
