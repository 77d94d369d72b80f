"""Parts of a zip archive: its directory, and their content in small pieces.

Reads the directory by itself: the standard library's zipfile costs more to import than the whole reading of a
county's list takes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from tracker.exchange.reading.reading_rules import BROKEN, LOCKED, megabytes


@dataclass(frozen=True, slots=True)
class Part:
    """One file inside a zip archive: its name, where its header stands, its packed and unpacked bytes."""

    name: str
    offset: int
    packed: int
    size: int
    deflated: bool


_END_RECORD = struct.Struct("<4s4H2LH")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_WINDOW = 1 << 20
_OVERLAP = 12_000


def archive_parts(file: BinaryIO, size: int, most_parts: int, most_bytes: int) -> list[Part] | str:
    """Read the directory of an archive of `size` bytes.

    Gives its parts, or a Chinese sentence where it is damaged, locked, or has more parts or unpacked bytes
    than allowed.
    """
    tail_start = max(0, size - 65_557)
    file.seek(tail_start)
    tail = file.read(65_557)
    position = tail.rfind(b"PK\5\6")
    if position < 0 or len(tail) - position < _END_RECORD.size:
        return BROKEN
    _, _, _, _, count, directory_size, _, _ = _END_RECORD.unpack_from(tail, position)
    if count > most_parts or directory_size > most_parts * 1000:
        return f"文件由 {count} 个部分组成，上限是 {most_parts} 个。请删去图片和无关的工作表，再另存为 .xlsx。"
    start = tail_start + position - directory_size
    if start < 0:
        return BROKEN
    file.seek(start)
    directory = file.read(directory_size)
    parts: list[Part] = []
    at = 0
    while at + _ENTRY.size <= len(directory):
        entry = _ENTRY.unpack_from(directory, at)
        flags, method, packed, unpacked_size = entry[3], entry[4], entry[8], entry[9]
        name_length, extra_length, comment_length, offset = entry[10], entry[11], entry[12], entry[16]
        if entry[0] != b"PK\1\2" or method not in (0, 8):
            return BROKEN
        if flags & 1:
            return LOCKED
        name = directory[at + _ENTRY.size : at + _ENTRY.size + name_length].decode("utf-8", "replace")
        parts.append(Part(name.replace("\\", "/"), offset, packed, unpacked_size, method == 8))
        at += _ENTRY.size + name_length + extra_length + comment_length
    if len(parts) != count or at != len(directory):
        return BROKEN
    total = sum(part.size for part in parts)
    if total > most_bytes:
        return (
            f"文件解压后有 {megabytes(total)}，上限是 {megabytes(most_bytes)}。"
            "请删去无关的工作表、空行和格式，或分成几个文件。"
        )
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


def windows(file: BinaryIO, part: Part) -> Iterator[bytes]:
    """Give a part's content in long pieces that overlap by more than a cell is long."""
    kept = bytearray()
    for piece in unpacked(file, part):
        kept += piece
        if len(kept) >= _WINDOW:
            yield bytes(kept)
            del kept[:-_OVERLAP]
    yield bytes(kept)
