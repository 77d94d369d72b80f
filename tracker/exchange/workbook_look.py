"""The cheap look at a file before it is read: what it is, and whether its size and parts are within limits.

Reads a zip archive's directory by itself: the standard library's zipfile costs more to import than the
whole reading of a county's list takes.
"""

from __future__ import annotations

import html
import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO


@dataclass(frozen=True, slots=True)
class Limits:
    """What a workbook may be at most.

    `file_bytes` of the file, `unpacked_bytes` of all its parts together (and of what reading hands over),
    number of `parts`, filled `rows` in the whole workbook (titles, headings, totals and notes have
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


@dataclass(frozen=True, slots=True)
class Part:
    """One file inside a zip archive: its name, where its header stands, its packed and unpacked bytes."""

    name: str
    offset: int
    packed: int
    size: int
    deflated: bool


ROWS_AROUND = 100
"""Rows beside the projects' own that a workbook may hold: titles, headings, subtotals, notes."""

SAVE_AS = "请用 Excel 或 WPS 打开后“另存为”Excel 工作簿（.xlsx），再上传。"
BROKEN = f"文件不完整或已损坏，无法读取。请重新下载或复制一份；{SAVE_AS}"
LOCKED = f"文件设有打开密码，无法读取。请先在 Excel 或 WPS 中取消密码；{SAVE_AS}"
_FOREIGN_BEGINNINGS = (
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
)
_OLE_BEGINNING = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_END_RECORD = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_FIRST_BYTES = 2048
_WINDOW = 1 << 20
_OVERLAP = 12_000
# Compiled where first needed: compiling them takes longer than looking at a county's list.
_DTD = rb"<!(?:DOCTYPE|ENTITY)"
_ERROR_MARK = rb"\st=[\"']e[\"']"
_ERROR_CELL = (
    rb"<(?:\w{1,20}:)?c\s(?=[^<>]{0,200}\bt=[\"']e[\"'])[^<>]{0,200}?\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"'][^<>]{0,200}>"
    rb"(?:<(?:\w{1,20}:)?f(?:\s[^<>]{0,500})?(?:/>|>[^<]{0,9000}</(?:\w{1,20}:)?f>))?<(?:\w{1,20}:)?v>(#[^<]{1,20})<"
)
_CELL = rb"<(?:\w{1,20}:)?c\s[^<>]{0,200}?\br=[\"']([A-Z]{1,3})([0-9]{1,7})[\"']"
_MOST_ERROR_CELLS = 1000


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:.1f} MB"


def look(file: BinaryIO, size: int, limits: Limits) -> list[Part] | str:
    """Look at a file of `size` bytes.

    Gives the parts of an .xlsx, an empty list for an .xls, or a Chinese sentence that says why the file
    cannot be read, what is expected and how to mend it.
    """
    if size == 0:
        return "文件是空的（0 字节）。请检查是否选错了文件，或重新保存后再上传。"
    if size > limits.file_bytes:
        return (
            f"文件大小为 {_megabytes(size)}，上限是 {_megabytes(limits.file_bytes)}。"
            "请删去图片、附件和无关的工作表，或分成几个文件。"
        )
    file.seek(0)
    beginning = file.read(512)
    if beginning.startswith(_OLE_BEGINNING):
        return _look_at_ole(file)
    if beginning.startswith(b"PK"):
        parts = _zip_parts(file, size, limits)
        return parts if isinstance(parts, str) else _look_at_parts(file, parts)
    for mark, kind in _FOREIGN_BEGINNINGS:
        if beginning.startswith(mark):
            return f"这是{kind}，不是 Excel 工作簿。请上传 .xlsx 或 .xls 格式的清单。"
    if b"\0" not in beginning or beginning.startswith((b"\xff\xfe", b"\xfe\xff")):
        return f"这是文本文件（如 CSV、网页格式），不是 Excel 工作簿。{SAVE_AS}"
    return f"无法识别文件格式，应为 .xlsx 或 .xls 工作簿。{SAVE_AS}"


def _look_at_ole(file: BinaryIO) -> list[Part] | str:
    """Tell an .xls from what else wears the same container; stream names stand in it as UTF-16."""
    file.seek(0)
    content = file.read()
    if "EncryptedPackage".encode("utf-16-le") in content:
        return LOCKED
    if not any(name.encode("utf-16-le") in content for name in ("Workbook\0", "Book\0")):
        if "WordDocument".encode("utf-16-le") in content:
            return "这是 Word 文档，不是 Excel 工作簿。请上传 .xlsx 或 .xls 格式的清单。"
        return BROKEN
    return []


def _zip_parts(file: BinaryIO, size: int, limits: Limits) -> list[Part] | str:
    """Read a zip archive's directory; a Chinese sentence where it is damaged or beyond the limits."""
    tail_start = max(0, size - 65_557)
    file.seek(tail_start)
    tail = file.read(65_557)
    position = tail.rfind(b"PK\5\6")
    if position < 0 or len(tail) - position < _END_RECORD.size:
        return BROKEN
    _, _, _, _, count, directory_size, _, _ = _END_RECORD.unpack_from(tail, position)
    if count > limits.parts or directory_size > limits.parts * 1000:
        return f"文件由 {count} 个部分组成，上限是 {limits.parts} 个。请删去图片和无关的工作表，再另存为 .xlsx。"
    start = tail_start + position - directory_size
    if start < 0:
        return BROKEN
    file.seek(start)
    directory = file.read(directory_size)
    parts: list[Part] = []
    at = 0
    while at + _ENTRY.size <= len(directory):
        entry = _ENTRY.unpack_from(directory, at)
        flags, method, packed, unpacked = entry[3], entry[4], entry[8], entry[9]
        name_length, extra_length, comment_length, offset = entry[10], entry[11], entry[12], entry[16]
        if entry[0] != b"PK\1\2" or method not in (0, 8):
            return BROKEN
        if flags & 1:
            return LOCKED
        name = directory[at + _ENTRY.size : at + _ENTRY.size + name_length].decode("utf-8", "replace")
        parts.append(Part(name.replace("\\", "/"), offset, packed, unpacked, method == 8))
        at += _ENTRY.size + name_length + extra_length + comment_length
    if len(parts) != count or at != len(directory):
        return BROKEN
    total = sum(part.size for part in parts)
    if total > limits.unpacked_bytes:
        return (
            f"文件解压后有 {_megabytes(total)}，上限是 {_megabytes(limits.unpacked_bytes)}。"
            "请删去无关的工作表、空行和格式，或分成几个文件。"
        )
    return parts


def _look_at_parts(file: BinaryIO, parts: list[Part]) -> list[Part] | str:
    """Tell an .xlsx from other archives, and refuse what a list never holds: macros, document types."""
    names = {part.name.lower() for part in parts}
    if "xl/vbaproject.bin" in names:
        return f"这是带宏的工作簿（.xlsm），为安全起见不读取。{SAVE_AS}"
    if "xl/workbook.bin" in names:
        return f"这是二进制工作簿（.xlsb），不能读取。{SAVE_AS}"
    if "content.xml" in names and "mimetype" in names:
        return f"这是 ODS 等开放文档格式，不能读取。{SAVE_AS}"
    if "word/document.xml" in names:
        return "这是 Word 文档，不是 Excel 工作簿。请上传 .xlsx 或 .xls 格式的清单。"
    if not any(name.startswith("xl/workbook") and name.endswith(".xml") for name in names):
        return f"这是压缩包，里面没有 Excel 工作簿的内容。请先解压，再上传其中的 .xlsx 文件。{SAVE_AS}"
    for part in parts:
        if part.name.lower().endswith((".xml", ".rels", ".vml")):
            beginning = next(unpacked(file, part, _FIRST_BYTES), None)
            if beginning is None and part.size:
                return BROKEN
            if beginning and re.search(_DTD, beginning.replace(b"\0", b""), re.IGNORECASE):
                return f"文件的“{part.name}”部分含有文档类型声明（DTD），正常的工作簿没有，为安全起见不读取。{SAVE_AS}"
    return parts


def unpacked(file: BinaryIO, part: Part, window: int = _WINDOW) -> Iterator[bytes]:
    """Give a part's content in pieces of at most `window` bytes; ends early where it is damaged.

    Never more than the directory's own size of the part, so that its limit holds here too.
    """
    file.seek(part.offset)
    header = file.read(30)
    if len(header) < 30 or header[:4] != b"PK\3\4":
        return
    name_length, extra_length = struct.unpack_from("<2H", header, 26)
    position, packed_left, left = part.offset + 30 + name_length + extra_length, part.packed, part.size
    inflater = zlib.decompressobj(-15)
    waiting = b""
    while left > 0:
        if not waiting and packed_left > 0:
            file.seek(position)
            waiting = file.read(min(packed_left, 1 << 16))
            position += len(waiting)
            packed_left -= len(waiting)
        if not waiting:
            return
        if part.deflated:
            try:
                piece = inflater.decompress(waiting, min(window, left))
            except zlib.error:
                return
            waiting = inflater.unconsumed_tail
            if not piece and inflater.eof:
                return
        else:
            piece, waiting = waiting[: min(window, left)], waiting[min(window, left) :]
        left -= len(piece)
        if piece:
            yield piece


def _windows(file: BinaryIO, part: Part) -> Iterator[bytes]:
    """Give a part's content in long pieces that overlap by more than a cell is long."""
    kept = b""
    for piece in unpacked(file, part):
        kept += piece
        if len(kept) >= _WINDOW:
            yield kept
            kept = kept[-_OVERLAP:]
    yield kept


def _worksheets(parts: list[Part]) -> Iterator[Part]:
    return (part for part in parts if part.name.lower().startswith("xl/worksheets/") and part.name.endswith(".xml"))


def column_number(letters: str) -> int:
    """Give a column's number, from 1, by its letters: `AA` is 27."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def error_cells(file: BinaryIO, parts: list[Part]) -> dict[str, dict[tuple[int, int], str]]:
    """Find the cells that hold an error such as `#REF!`, which calamine reads as blanks.

    Gives them by part name, then by (row, column) from 1; at most a thousand, only in .xlsx.
    """
    found: dict[str, dict[tuple[int, int], str]] = {}
    count = 0
    for part in _worksheets(parts):
        for window in _windows(file, part):
            if not re.search(_ERROR_MARK, window):
                continue
            for match in re.finditer(_ERROR_CELL, window):
                place = (int(match[2]), column_number(match[1].decode("ascii")))
                found.setdefault(part.name, {})[place] = match[3].decode("utf-8", "replace")
                count += 1
                if count >= _MOST_ERROR_CELLS:
                    return found
    return found


def far_cell(file: BinaryIO, parts: list[Part], limits: Limits) -> str | None:
    """Find a cell far outside any list, which reading failed at: its name, or None."""
    for part in _worksheets(parts):
        for window in _windows(file, part):
            for match in re.finditer(_CELL, window):
                letters = match[1].decode("ascii")
                if int(match[2]) > 2 * limits.rows or column_number(letters) > limits.columns:
                    return f"{letters}{int(match[2])}"
    return None


def sheet_parts(file: BinaryIO, parts: list[Part]) -> dict[str, str]:
    """Give the part name of each sheet by the sheet's name, as the workbook part and its relations say.

    Empty where either part is missing; XML's own escapes in names are undone.
    """
    by_name = {part.name: part for part in parts}
    workbook = next((name for name in by_name if re.fullmatch(r"xl/workbook[0-9]*\.xml", name)), "")
    relations = workbook.replace("xl/", "xl/_rels/") + ".rels"
    if workbook not in by_name or relations not in by_name:
        return {}
    targets = {link.get("Id", ""): link.get("Target", "") for link in _tags(file, by_name[relations], "Relationship")}
    found = {}
    for sheet in _tags(file, by_name[workbook], "sheet"):
        target = targets.get(sheet.get("id", ""), "")
        found[sheet.get("name", "")] = target[1:] if target.startswith("/") else f"xl/{target}"
    return found


def _tags(file: BinaryIO, part: Part, name: str) -> list[dict[str, str]]:
    """Give the attributes, without prefixes, of every tag of a name in a small part."""
    content = b"".join(unpacked(file, part)).decode("utf-8", "replace")
    tags = re.findall(rf"<(?:\w{{1,20}}:)?{name}\s([^<>]*)>", content)
    return [
        {key: html.unescape(value) for key, _, value in re.findall(r"(?:\w+:)?(\w+)\s*=\s*([\"'])(.*?)\2", tag)}
        for tag in tags
    ]
