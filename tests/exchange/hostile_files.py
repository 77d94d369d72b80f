"""Builders of hostile files: small to send, and without end for whoever trusts them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import xlwt
from xlwt.CompoundDoc import XlsDoc

from tests.exchange.builders import HEADINGS, archive, change_sheet, project, share_string, write_xls, write_xlsx
from tests.exchange.odf import ods_cell, ods_table, write_ods

ROWS = [HEADINGS, project(1), project(2)]
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


def plain(path: Path) -> Path:
    return write_xlsx(path, {"清单": ROWS})


def inserted(path: Path, xml: bytes, before: bytes = b"</sheetData>") -> Path:
    """Write a plain list with XML put into its sheet."""
    return change_sheet(plain(path), before, xml + before)


def far_cell(path: Path) -> Path:
    return inserted(path, b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')


def huge_shared_string(path: Path, size: int = 200_000_000) -> Path:
    return share_string(write_xlsx(path, {"清单": [["头", "长"]]}), "长", b"x" * size)


def lying_sizes(path: Path) -> Path:
    """A directory that says 5,000 bytes of a shared string that has 20 MB."""
    huge_shared_string(path, 20_000_000)
    with zipfile.ZipFile(path) as made:
        size = made.getinfo("xl/sharedStrings.xml").file_size
    path.write_bytes(path.read_bytes().replace(size.to_bytes(4, "little"), (5000).to_bytes(4, "little")))
    return path


def overlapping_parts(path: Path) -> Path:
    """Four hundred names for one part of half a megabyte: 200 MB in a few kilobytes."""
    content = archive({"xl/workbook.xml": b"<x/>", "xl/a.xml": b"<x>" + bytes(500_000)})
    start = content.index(b"PK\1\2")
    end = content.index(b"PK\5\6")
    entries = content[start:end]
    second = entries.index(b"PK\1\2", 4)
    directory = entries[:second] + entries[second:] * 399
    tail = bytearray(content[end:])
    tail[8:12] = (400).to_bytes(2, "little") * 2
    tail[12:16] = len(directory).to_bytes(4, "little")
    path.write_bytes(content[:start] + directory + bytes(tail))
    return path


def everything_in_one_merge(path: Path) -> Path:
    return change_sheet(
        plain(path),
        b"</sheetData>",
        b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD20000"/></mergeCells>',
    )


def foreign_entity(path: Path) -> Path:
    """A document type behind a comment longer than the first glance, that asks for a file of the server."""
    declared = b"<!--" + b" <a> " * 2000 + b'--><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return change_sheet(plain(path), b"<worksheet", declared + b"<worksheet")


def deep_nesting(path: Path) -> Path:
    return inserted(path, b"<row>" * 500_000 + b"</row>" * 500_000)


def endless_attribute(path: Path) -> Path:
    return inserted(path, b'<row r="4" spans="' + b"1" * 50_000_000 + b'"/>')


def endless_tags(path: Path) -> Path:
    """Beginnings of cells with errors that never become cells: whoever looks for them tries again and again."""
    return inserted(path, b'<row r="4"><c r="A4" t="e"><v>#REF!</v></c>' + (b'<c t="e" ' + b'r="A1" ' * 28) * 250_000)


def claimed_dimension(path: Path) -> Path:
    return change_sheet(plain(path), b'<dimension ref="A1:F3"', b'<dimension ref="A1:XFD1048576"')


def endless_row_numbers(path: Path) -> Path:
    return inserted(path, b'<row r="4294967295"><c r="A4294967295"><v>1</v></c></row>')


def many_parts(path: Path) -> Path:
    path.write_bytes(archive({"xl/workbook.xml": b"<x/>", **{f"xl/media/{n}.png": b"x" for n in range(600)}}))
    return path


def repeated_rows(path: Path) -> Path:
    row = f'<table:table-row table:number-rows-repeated="1048576">{ods_cell("x")}</table:table-row>'
    return write_ods(path, f'<table:table table:name="a">{row}</table:table>')


def repeated_cells(path: Path) -> Path:
    cell = ods_cell("x", ' table:number-columns-repeated="16384"')
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    return write_ods(path, f'<table:table table:name="a">{row}</table:table>')


def written_document_type(path: Path) -> Path:
    return write_ods(path, ods_table(ROWS), prologue='<!DOCTYPE a [<!ENTITY b "c">]>')


def locked_ods(path: Path) -> Path:
    return write_ods(path, ods_table(ROWS), manifest="<manifest:encryption-data/>")


def locked_xls(path: Path) -> Path:
    """An .xls whose stream says after its beginning (BOF, 20 bytes) that all the rest is encrypted."""
    book = xlwt.Workbook()
    book.add_sheet("清单").write(0, 0, "x")
    stream = book.get_biff_data()
    password = b"\x2f\0\x36\0" + b"\1\0\1\0\1\0" + bytes(48)
    with path.open("wb") as file:
        XlsDoc().save(file, stream[:20] + password + stream[20:])
    return path


def truncated_xls(path: Path) -> Path:
    write_xls(path, [HEADINGS, *(project(number) for number in range(1, 200))])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    return path


def zip_in_a_zip(path: Path) -> Path:
    inner = io.BytesIO(archive({"a": bytes(50_000_000)})).getvalue()
    path.write_bytes(archive({f"{number}.zip": inner for number in range(100)}))
    return path


def one_line(path: Path) -> Path:
    path.write_bytes("序号,项目名称\n1,".encode() + b"x" * 60_000_000)
    return path


def nul_bytes(path: Path) -> Path:
    path.write_bytes("序号,项目名称\n1,甲\0乙\n".encode() * 1000)
    return path


def lone_quote(path: Path) -> Path:
    path.write_bytes('序号,项目名称\n1,"甲\n'.encode() + "2,乙\n".encode() * 500_000)
    return path


def bytes_of(content: bytes) -> Callable[[Path], Path]:
    def build(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return build


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "远处单元格.xlsx": (far_cell, "单元格 XFD1048576 有内容"),
    "超长共享文字.xlsx": (huge_shared_string, "解压后有 200"),
    "大小不实.xlsx": (lying_sizes, "已损坏"),
    "重叠的部分.xlsx": (overlapping_parts, "解压后有 199"),
    "全表合并.xlsx": (everything_in_one_merge, ""),
    "外部实体.xlsx": (foreign_entity, "DTD"),
    "层层嵌套.xlsx": (deep_nesting, ""),
    "超长属性.xlsx": (endless_attribute, ""),
    "无尽标签.xlsx": (endless_tags, "已损坏"),
    "虚报范围.xlsx": (claimed_dimension, ""),
    "行号溢出.xlsx": (endless_row_numbers, "单元格 A4294967295 有内容"),
    "六百个部分.xlsx": (many_parts, "601 个部分"),
    "压缩包里的压缩包.xlsx": (zip_in_a_zip, "解压"),
    "重复的行.ods": (repeated_rows, "超过 20000 行"),
    "重复的格.ods": (repeated_cells, "XFD1048576"),
    "文档类型.ods": (written_document_type, "DTD"),
    "加密.ods": (locked_ods, "取消密码"),
    "加密.xls": (locked_xls, "取消密码"),
    "加密.xlsx": (bytes_of(OLE + bytes(504) + "EncryptedPackage".encode("utf-16-le")), "取消密码"),
    "半截.xls": (truncated_xls, "已损坏"),
    "只有开头.xls": (bytes_of(OLE), "已损坏"),
    "表格.et": (bytes_of(OLE + bytes(2000)), "（.et）"),
    "改名的压缩包.xlsx": (bytes_of(archive({"readme.txt": b"x"})), "压缩包"),
    "一行到底.csv": (one_line, "上限是 10.0 MB"),
    "空字符.csv": (nul_bytes, "第 2 行（“1,甲”之后）有空字符"),
    "引号不成对.csv": (lone_quote, "第 2 行起英文引号"),
}
"""Each hostile file by its name: what builds it, and what the sentence says; "" where it is read rightly."""
