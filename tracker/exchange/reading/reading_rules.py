"""Rules of reading: what a file may be at most, which kinds are taken, and the sentences for one that is not read."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook may be at most.

    `file_bytes` of the file, `unpacked_bytes` of all its parts together (and, halved, of the text that reading
    hands over), number of `parts`, filled `rows` in the whole workbook (titles, headings, totals and notes have
    `ROWS_AROUND` on top), `columns`, `cell_characters` of one cell's text, `memory_bytes` and `seconds`
    of the reading process.
    """

    file_bytes: int
    unpacked_bytes: int
    parts: int
    rows: int
    columns: int
    cell_characters: int
    memory_bytes: int
    seconds: int

    @property
    def text_bytes(self) -> int:
        """Give how much text reading hands over at most, in bytes of memory: it all has to fit into the reader's."""
        return self.unpacked_bytes // 2


ROWS_AROUND = 100
"""Rows beside the projects' own that a workbook may hold: titles, headings, subtotals, notes."""

TAKEN = ".xlsx、.xls、.ods 或 .csv"
"""The kinds of file that are read, as sentences name them."""

SAVE_AS = "请用 Excel 或 WPS 打开后“另存为”Excel 工作簿（.xlsx），再上传。"
BROKEN = f"文件不完整或已损坏，无法读取。请重新下载或复制一份；{SAVE_AS}"
LOCKED = f"文件设有打开密码，无法读取。请先在 Excel 或 WPS 中取消密码；{SAVE_AS}"
MACROS = (
    "这是带宏的工作簿。宏会在别人的电脑上运行，可能带有病毒，所以不收。"
    "请用 Excel 或 WPS 打开后“另存为”不带宏的 Excel 工作簿（.xlsx），数据不会变，再上传。"
)


def megabytes(size: int) -> str:
    """Give a size in bytes as people read it: `1.5 MB`."""
    return f"{size / 1_000_000:.1f} MB"
