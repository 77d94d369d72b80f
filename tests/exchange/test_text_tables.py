"""Text files as tables: encodings, separators, quotation marks, and where one that is broken is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from tracker.exchange.reading.workbooks import Cell, start_reading
from tracker.model.faults import Fault

HEAD = "序号,名称\n"


def rows_of(path: Path, content: bytes) -> list[tuple[int, list[Cell]]]:
    path.write_bytes(content)
    sheets = start_reading(path).sheets()
    assert not isinstance(sheets, Fault), sheets
    assert [sheet.name for sheet in sheets] == [path.stem]
    return sheets[0].rows


def refused(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    fault = start_reading(path).sheets()
    assert isinstance(fault, Fault)
    return fault.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_every_encoding_and_separator(tmp_path: Path, encoding: str, separator: str) -> None:
    text = '\n序号,名称,备注\r\n1,"甲\r\n㐀𠮷",\r\n\r\n007,"“乙”, ""丙""",="0351"\r\n'
    quoted = '“乙”, "丙"'.replace(",", separator)
    expected = [(2, ["序号", "名称", "备注"]), (3, ["1", "甲\n㐀𠮷"]), (5, ["007", quoted, "0351"])]
    assert rows_of(tmp_path / "表.txt", text.replace(",", separator).encode(encoding)) == expected


def test_the_separator_is_the_one_that_makes_columns(tmp_path: Path) -> None:
    rows = [f"{number};甲工程（1,234.5，含 2,000）;{number},5" for number in range(1, 9)]
    assert rows_of(tmp_path / "表.csv", "\n".join(rows).encode())[0] == (1, ["1", "甲工程（1,234.5，含 2,000）", "1,5"])
    assert rows_of(tmp_path / "表.csv", b"sep=;\n1,2;3\n") == [(1, ["1,2", "3"])]


def test_a_mixture_of_encodings_is_named_by_its_line(tmp_path: Path) -> None:
    utf8, gb18030 = (HEAD + "1,甲乙丙\n").encode(), "2,丁工程\n".encode("gb18030")
    assert "第 3 行（“2,”之后）的编码与其余部分不一致" in refused(tmp_path / "表.csv", utf8 + gb18030)
    mixed = refused(tmp_path / "表.csv", HEAD.encode("gb18030") + gb18030 + "3,一二三四".encode() + b"\n" + gb18030)
    assert mixed.startswith("第 3 行的编码与其余部分不一致")
    assert "第 1 行" in refused(tmp_path / "表.csv", HEAD.encode("utf-16")[:-1])


def test_an_unpaired_quotation_mark_swallows_no_rows(tmp_path: Path) -> None:
    said = refused(tmp_path / "表.csv", (HEAD + '1,甲\n2,"乙\n3,"丙"\n4,丁\n').encode())
    assert said.startswith("第 3 行起英文引号")
    assert rows_of(tmp_path / "表.csv", (HEAD + '1,5"管网"\n').encode())[1] == (2, ["1", '5"管网"'])


def test_blank_text_is_an_empty_sheet(tmp_path: Path) -> None:
    assert rows_of(tmp_path / "空.csv", b"\xef\xbb\xbf\r\n\r\n") == []
