"""Workbook parts: the files inside an .xlsx, their relations and types; what is not changed is copied as it is packed.

Works on what a foreign file says, therefore only inside the marking process. Names of parts have no leading slash.
"""

from __future__ import annotations

import posixpath
import re
import struct
import zipfile
import zlib
from dataclasses import dataclass
from typing import Any, BinaryIO, TypeAlias
from urllib.parse import quote, unquote

from lxml import etree

Element: TypeAlias = Any
"""An element of lxml, which ships no types."""

_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s4B4H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_UTF8_NAME = 0x800
_PIECE = 1 << 20
_DECLARED = re.compile(rb"^<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"'][^>]*\?>")
_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


class NotMarkableError(Exception):
    """The workbook is built in a way that marks cannot be put into; nothing was written."""


def parsed(content: bytes) -> Element:
    """Parse a part: no entities, nothing from elsewhere, no huge tree.

    Raises etree.XMLSyntaxError, and NotMarkableError where it has a document type.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    root = etree.fromstring(content, parser)
    if root.getroottree().docinfo.doctype:
        raise NotMarkableError("document type")
    return root


def printed(root: Element) -> bytes:
    """Give a part's bytes; prefixes and namespaces stand as they were read."""
    text: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=False)
    return _HEAD + text


def local_name(element: Element) -> str:
    """Give an element's name without its namespace; "" for comments and instructions."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def in_utf8(content: bytes) -> bytes:
    """Give a part in UTF-8, so that its bytes can be edited in place."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = content.decode("utf-16")
        return _HEAD + re.sub(r"^<\?xml[^>]*\?>\s*", "", text).encode()
    content = content.removeprefix(b"\xef\xbb\xbf")
    declared = _DECLARED.match(content)
    if declared is None or declared[1].lower() in (b"utf-8", b"utf8", b"us-ascii"):
        return content
    return _HEAD + content[declared.end() :].decode(declared[1].decode("ascii")).encode()


@dataclass(frozen=True, slots=True)
class Relation:
    """One relation of a part: its id, the last word of its type (`worksheet`), and the part it leads to."""

    id: str
    kind: str
    target: str


class Package:
    """The parts of an .xlsx that is open for reading, and what is to become of them."""

    def __init__(self, source: BinaryIO) -> None:
        """Read the directory. Raises zipfile.BadZipFile, NotMarkableError where two parts have one name."""
        self._source = source
        self._archive = zipfile.ZipFile(source)
        self._entries = {_part_name(entry): entry for entry in self._archive.infolist()}
        if len(self._entries) != len(self._archive.infolist()):
            raise NotMarkableError("two parts of one name")
        self._folded = {name.lower(): name for name in self._entries}
        self._changed: dict[str, bytes | None] = {}

    def find(self, name: str) -> str | None:
        """Give a part's name as it is written, whatever its case; None where there is none."""
        found = self._folded.get(name.lower())
        return None if found is None or self._changed.get(found, b"") is None else found

    def read(self, name: str) -> bytes:
        """Give a part's content, changed ones as changed. Raises NotMarkableError where there is none."""
        found = self.find(name)
        if found is None:
            raise NotMarkableError(f"no part {name}")
        changed = self._changed.get(found)
        return self._archive.read(self._entries[found]) if changed is None else changed

    def put(self, name: str, content: bytes) -> None:
        """Change a part, or add it."""
        found = self._folded.setdefault(name.lower(), name)
        self._changed[found] = content

    def drop(self, name: str) -> None:
        """Leave a part out; nothing where there is none."""
        if (found := self.find(name)) is not None:
            self._changed[found] = None

    def free_name(self, pattern: str, number: int = 1) -> str:
        """Give the first unused name of a pattern such as `xl/comments{}.xml`; the number 0 is left out."""
        while (name := pattern.format(number or "")).lower() in self._folded:
            number += 1
        return name

    def write(self, target: BinaryIO) -> None:
        """Write the workbook: parts in their order, unchanged ones as they are packed, new ones last."""
        directory: list[bytes] = []
        for name, entry in self._entries.items():
            changed = self._changed.get(name, b"")
            if name not in self._changed:
                directory.append(self._copy(entry, target))
            elif changed is not None:
                directory.append(_add(entry.orig_filename, changed, target))
        for name, content in self._changed.items():
            if name not in self._entries and content is not None:
                directory.append(_add(name, content, target))
        start = target.tell()
        size = sum(target.write(entry) for entry in directory)
        target.write(_END.pack(b"PK\5\6", 0, 0, len(directory), len(directory), size, start, 0))

    def _copy(self, entry: zipfile.ZipInfo, target: BinaryIO) -> bytes:
        """Copy a part as it is packed; give its entry in the directory."""
        self._source.seek(entry.header_offset)
        header = self._source.read(_LOCAL.size)
        if len(header) < _LOCAL.size or not header.startswith(b"PK\3\4"):
            raise NotMarkableError("damaged part")
        name_length, extra_length = _LOCAL.unpack(header)[9:]
        self._source.seek(name_length + extra_length, 1)
        year, month, day, hour, minute, second = entry.date_time
        when = (hour << 11 | minute << 5 | second // 2, (year - 1980) << 9 | month << 5 | day)
        name = entry.orig_filename.encode("utf-8" if entry.flag_bits & _UTF8_NAME else "cp437")
        # What follows a part that was written in one go is told in its header here.
        flags = entry.flag_bits & ~0x8
        sizes = (entry.CRC, entry.compress_size, entry.file_size)
        made = _entry(name, flags, entry.compress_type, when, sizes, entry.external_attr, target)
        left = entry.compress_size
        while left:
            piece = self._source.read(min(left, _PIECE))
            if not piece:
                raise NotMarkableError("cut part")
            target.write(piece)
            left -= len(piece)
        return made


def _part_name(entry: zipfile.ZipInfo) -> str:
    return entry.orig_filename.replace("\\", "/").removeprefix("/")


def _entry(
    name: bytes, flags: int, method: int, when: tuple[int, int], sizes: tuple[int, int, int], kind: int, out: BinaryIO
) -> bytes:
    """Write a part's header; give its entry in the directory. `sizes` are its CRC, packed and unpacked bytes."""
    start = out.tell()
    out.write(_LOCAL.pack(b"PK\3\4", 20, flags, method, *when, *sizes, len(name), 0) + name)
    return (
        _CENTRAL.pack(b"PK\1\2", 20, 0, 20, 0, flags, method, *when, *sizes, len(name), 0, 0, 0, 0, kind, start) + name
    )


def _add(name: str, content: bytes, out: BinaryIO) -> bytes:
    """Write a part anew, dated as early as archives can say, so that the same work gives the same bytes."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    packed = packer.compress(content) + packer.flush()
    sizes = (zlib.crc32(content), len(packed), len(content))
    made = _entry(name.encode(), _UTF8_NAME, zipfile.ZIP_DEFLATED, (0, 1 << 5 | 1), sizes, 0, out)
    out.write(packed)
    return made


class Relations:
    """The relations of one part, written back into the package as soon as one is added."""

    def __init__(self, package: Package, part: str) -> None:
        """Read them; a part without any has none. `part` is "" for the whole package."""
        self._package, self._part = package, part
        folder, name = posixpath.split(part)
        self._name = posixpath.join(folder, "_rels", f"{name}.rels")
        found = package.find(self._name)
        self._root = parsed(package.read(found)) if found else etree.Element(
            f"{{{_PACKAGE}/relationships}}Relationships", nsmap={None: f"{_PACKAGE}/relationships"}
        )  # fmt: skip

    def all(self) -> list[Relation]:
        """Give the relations that lead to parts, in their order."""
        return [
            Relation(
                each.get("Id", ""), each.get("Type", "").rpartition("/")[2], self._resolved(each.get("Target", ""))
            )
            for each in self._root
            if local_name(each) == "Relationship" and each.get("TargetMode") != "External"
        ]

    def of_kind(self, kind: str) -> Relation | None:
        """Give the first relation of a kind that leads to a part there is."""
        return next((each for each in self.all() if each.kind == kind and self._package.find(each.target)), None)

    def by_id(self, number: str) -> str | None:
        """Give the part that a relation leads to."""
        return next((each.target for each in self.all() if each.id == number), None)

    def add(self, kind: str, target: str) -> str:
        """Add a relation of a whole type to a part; give its id."""
        taken = {each.get("Id") for each in self._root}
        number = next(f"rId{n}" for n in range(1, len(taken) + 2) if f"rId{n}" not in taken)
        start = posixpath.dirname(self._part) or "."
        made = etree.SubElement(self._root, f"{{{_PACKAGE}/relationships}}Relationship")
        made.set("Id", number)
        made.set("Type", kind)
        made.set("Target", quote(posixpath.relpath(target, start)))
        self._package.put(self._name, printed(self._root))
        return number

    def _resolved(self, target: str) -> str:
        whole = posixpath.join("/", posixpath.dirname(self._part), unquote(target))
        return posixpath.normpath(whole).lstrip("/")


def ensure_type(package: Package, part: str, content_type: str) -> None:
    """Say in the package what a part is."""
    root = _types(package)
    name = f"/{part}"
    if not any(each.get("PartName", "").lower() == name.lower() for each in root):
        made = etree.SubElement(root, f"{{{_PACKAGE}/content-types}}Override")
        made.set("PartName", name)
        made.set("ContentType", content_type)
        package.put("[Content_Types].xml", printed(root))


def ensure_default_type(package: Package, ending: str, content_type: str) -> None:
    """Say in the package what parts of an ending are, where nothing is said yet."""
    root = _types(package)
    if not any(each.get("Extension", "").lower() == ending for each in root):
        made = etree.Element(f"{{{_PACKAGE}/content-types}}Default")
        made.set("Extension", ending)
        made.set("ContentType", content_type)
        root.insert(0, made)
        package.put("[Content_Types].xml", printed(root))


def _types(package: Package) -> Element:
    return parsed(package.read("[Content_Types].xml"))
