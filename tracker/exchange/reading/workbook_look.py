"""The cheap look at a file before it is read: what it is, and whether its size and parts are within limits."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

from tracker.exchange.reading.archive_parts import Part, archive_parts, unpacked
from tracker.exchange.reading.reading_rules import BROKEN, LOCKED, MACROS, SAVE_AS, TAKEN, Limits, megabytes


class FileKind(Enum):
    """Which kind of list a file is, by its content: the name's ending may say anything."""

    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Found:
    """What a look found: the kind of list, and the parts of an archive (none for .xls and text)."""

    kind: FileKind
    parts: list[Part]


_FOREIGN_BEGINNINGS = (
    (b"%PDF", "PDF 文件"),
    (b"\x89PNG", "图片"),
    (b"\xff\xd8\xff", "图片"),
    (b"GIF8", "图片"),
    (b"Rar!", "RAR 压缩包"),
    (b"7z\xbc\xaf", "7z 压缩包"),
    (b"\x1f\x8b", "gzip 压缩包"),
)
_FOREIGN_TEXTS = (
    (rb"<(?:!doctype\s+html|html|head|body|table|meta|style|div|script)\b", "网页（HTML），只是名字像工作簿"),
    (rb"mime-version:|content-type:", "网页档案（MHTML），只是名字像工作簿"),
    (rb"<\?xml\b|<\?mso-application\b|<!doctype\b|<[a-z_][\w.-]{0,40}(?::[a-z]|[\s>/])", "XML 文件"),
    (rb"\{\\rtf", "RTF 文档"),
    (rb"[\[{]\s*[\"{\[]", "JSON 文件"),
)
_OLE_BEGINNING = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS = (
    "EncryptedPackage", "Workbook\0", "Book\0", "_VBA_PROJECT\0", "_VBA_PROJECT_CUR\0", "WordDocument",
    "PowerPoint Document",
)  # fmt: skip
_OLE_WINDOW = 1 << 20
_OLE_OVERLAP = 512
_WORKBOOK_BEGINNINGS = (b"\x09\x08\x10\0\0\x06\x05\0", b"\x09\x08\x08\0\0\x05\x05\0")
"""How an .xls's stream begins (BOF of the workbook's globals, BIFF8 and BIFF5)."""

_SHEET_TYPE = b"application/vnd.oasis.opendocument.spreadsheet"
_NO_MODULE = ("/", "-lc.xml", "-lb.xml")
"""How the entries of a folder of macros end that name libraries and hold no macro."""

_FIRST_BYTES = 2048
_PROLOGUE_BYTES = 1 << 16
_MANIFEST_BYTES = 1 << 20


def look(file: BinaryIO, size: int, limits: Limits, name: str = "") -> Found | str:
    """Look at a file of `size` bytes that its sender calls `name`.

    Gives what it is, or a Chinese sentence that says why it cannot be read, what is expected and how to mend it.
    """
    if size == 0:
        return "文件是空的（0 字节）。请检查是否选错了文件，或重新保存后再上传。"
    if size > limits.file_bytes:
        return (
            f"文件大小为 {megabytes(size)}，上限是 {megabytes(limits.file_bytes)}。"
            "请删去图片、附件和无关的工作表，或分成几个文件。"
        )
    file.seek(0)
    beginning = file.read(_FIRST_BYTES)
    if beginning.startswith(_OLE_BEGINNING):
        return _look_at_ole(file, name)
    if beginning.startswith(b"PK"):
        parts = archive_parts(file, size, limits.parts, limits.unpacked_bytes)
        return parts if isinstance(parts, str) else _look_at_parts(file, parts)
    for mark, kind in _FOREIGN_BEGINNINGS:
        if beginning.startswith(mark):
            return f"这是{kind}，不是清单。请上传 {TAKEN} 格式的清单。"
    return _look_at_text(beginning)


def _look_at_text(beginning: bytes) -> Found | str:
    """Tell a table in a text file from web pages, other notations and what is no text at all."""
    wide = beginning.startswith((b"\xff\xfe", b"\xfe\xff"))
    plain = (beginning.replace(b"\0", b"") if wide else beginning).removeprefix(b"\xef\xbb\xbf").lower()
    plain = (plain[2:] if wide else plain).lstrip()
    for pattern, kind in _FOREIGN_TEXTS:
        if re.match(pattern, plain):
            return f"这是{kind}，不是 Excel 工作簿。{SAVE_AS}"
    strange = len(re.findall(rb"[\0-\x08\x0e-\x1f]", plain))
    if not wide and strange * 4 > len(plain):
        return f"无法识别文件格式，应为 {TAKEN} 格式的清单。{SAVE_AS}"
    return Found(FileKind.TEXT, [])


def _look_at_ole(file: BinaryIO, name: str) -> Found | str:
    """Tell an .xls from what else wears the same container; stream names stand in it as UTF-16."""
    found = _stream_names(file)
    if "EncryptedPackage" in found or "FILEPASS" in found:
        return LOCKED
    if found & {"Workbook\0", "Book\0"}:
        return MACROS if found & {"_VBA_PROJECT\0", "_VBA_PROJECT_CUR\0"} else Found(FileKind.XLS, [])
    for stream, kind in (("WordDocument", "Word 文档"), ("PowerPoint Document", "PowerPoint 文稿")):
        if stream in found:
            return f"这是 {kind}，不是 Excel 工作簿。请上传 {TAKEN} 格式的清单。"
    if name.lower().endswith((".et", ".ett")):
        return f"这是 WPS 表格自己的格式（.et），不能直接读取。{SAVE_AS}"
    return BROKEN


def _stream_names(file: BinaryIO) -> set[str]:
    """Find which of the names that tell such files apart stand in one; FILEPASS where a workbook is encrypted."""
    wanted = {name.encode("utf-16-le"): name for name in _OLE_STREAMS}
    found: set[str] = set()
    file.seek(0)
    kept = b""
    while piece := file.read(_OLE_WINDOW):
        kept += piece
        found.update(name for mark, name in wanted.items() if mark in kept)
        if any(mark in kept and _is_encrypted(kept[kept.index(mark) :]) for mark in _WORKBOOK_BEGINNINGS):
            found.add("FILEPASS")
        kept = kept[-_OLE_OVERLAP:]
    return found


def _is_encrypted(stream: bytes) -> bool:
    """Say whether FILEPASS is among the first records of an .xls: the rest is encrypted ([MS-XLS] 2.4.117)."""
    at = 0
    for _ in range(6):
        kind, length = int.from_bytes(stream[at : at + 2], "little"), int.from_bytes(stream[at + 2 : at + 4], "little")
        if kind == 0x2F:
            return True
        at += 4 + length
    return False


def _look_at_parts(file: BinaryIO, parts: list[Part]) -> Found | str:
    """Tell workbooks from other archives, and refuse what a list never holds: macros, document types."""
    names = {part.name.lower(): part for part in parts}
    if any(name.endswith("vbaproject.bin") or name.startswith("xl/macrosheets/") for name in names):
        return MACROS
    if "xl/workbook.bin" in names:
        return f"这是二进制工作簿（.xlsb），不能读取。{SAVE_AS}"
    if "word/document.xml" in names:
        return f"这是 Word 文档，不是 Excel 工作簿。请上传 {TAKEN} 格式的清单。"
    if any(name.endswith(".iwa") for name in names):
        return "这是 Numbers 表格，不能读取。请在 Numbers 中“导出为”Excel（.xlsx），再上传。"
    kind = FileKind.XLSX
    if "mimetype" in names:
        refused = _refused_open_document(file, names)
        if refused is not None:
            return refused
        kind = FileKind.ODS
    elif not any(name.startswith("xl/workbook") and name.endswith(".xml") for name in names):
        return f"这是压缩包，里面没有 Excel 工作簿的内容。请先解压，再上传其中的 .xlsx 文件。{SAVE_AS}"
    for part in parts:
        # Old OpenOffice names a document type in its manifest, which nobody reads but `_refused_open_document`.
        if part.name.lower().endswith((".xml", ".rels", ".vml")) and part.name != "META-INF/manifest.xml":
            declared = _declares_type(file, part)
            if declared is None:
                return BROKEN
            if declared:
                return f"文件的“{part.name}”部分含有文档类型声明（DTD），正常的工作簿没有，为安全起见不读取。{SAVE_AS}"
    return Found(kind, parts)


def _declares_type(file: BinaryIO, part: Part) -> bool | None:
    """Say whether an XML part declares a document type before its root; None where it has no readable beginning."""
    for size in (_FIRST_BYTES, _PROLOGUE_BYTES):
        beginning = next(unpacked(file, part, size), None)
        if beginning is None:
            return None if part.size else False
        plain = _without_comments(beginning.replace(b"\0", b""))
        if re.search(rb"<!(?:DOCTYPE|ENTITY)", plain, re.IGNORECASE):
            return True
        if re.search(rb"<[^!?\s]", plain):
            return False
    return None if part.size > _PROLOGUE_BYTES else False


def _without_comments(content: bytes) -> bytes:
    """Give XML without its comments, up to one that does not end."""
    kept = []
    while True:
        before, mark, content = content.partition(b"<!--")
        kept.append(before)
        if not mark or b"-->" not in content:
            return b"".join(kept)
        content = content.partition(b"-->")[2]


def _refused_open_document(file: BinaryIO, names: dict[str, Part]) -> str | None:
    """Say why an archive in the OpenDocument manner is not read, or None for a spreadsheet."""
    said = next(unpacked(file, names["mimetype"], _FIRST_BYTES), b"")
    if not said.startswith(_SHEET_TYPE):
        return f"这是文字、图形等开放文档，不是表格。请上传 {TAKEN} 格式的清单。"
    manifest = names.get("meta-inf/manifest.xml")
    if manifest is not None:
        beginning = b"".join(unpacked(file, manifest, _MANIFEST_BYTES))[:_MANIFEST_BYTES]
        if b"encryption-data" in beginning or b"encrypted-package" in beginning:
            return LOCKED
    if "content.xml" not in names:
        return BROKEN
    if any(name.startswith(("basic/", "scripts/")) and not name.endswith(_NO_MODULE) for name in names):
        return MACROS
    return None
