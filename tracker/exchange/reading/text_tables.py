"""Tables in text files (.csv, .txt): which encoding, which separator, and the cells, all of them as text.

Read in pieces: nothing here holds a whole file. Part of the child process that reads files from outside.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from typing import BinaryIO

LONGEST_LINE = 1 << 22
"""Characters of one line: 200 columns of 20,000 characters."""

_BLOCK = 1 << 20
_SAMPLE = 1 << 16
_NEAR = 12
_MARKED = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_SEPARATORS = "\t;,"
_NEARLY_ALL = 0.8
_HAN = re.compile("[一-鿿]")
# Below this many Chinese characters, what reads as UTF-8 at a file's beginning may be an accident of GB18030.
_SURELY_UTF8 = 4
_EXCEL_SEPARATOR = re.compile(r"sep=([,;\t|])\r?\n?")
_EXCEL_TEXT = re.compile(r'="(.*)"', re.DOTALL)


class NoTableError(Exception):
    """A text file that is no table: `what` is encoding, nul, line, quote or prose, `line` where, `near` after what."""

    def __init__(self, what: str, line: int, near: str = "") -> None:
        super().__init__(what)
        self.what, self.line, self.near = what, line, near


def text_rows(file: BinaryIO, characters: int) -> Iterator[tuple[int, list[str]]]:
    """Give the rows of a table with their numbers as a sheet shows them, from 1, blank ones left out.

    `characters` limits one cell. Raises NoTableError for what is no table of text.
    """
    encoding = encoding_of(file)
    separator, skipped = _separator_of(file, encoding)
    text = _reopened(file, encoding)
    csv.field_size_limit(characters)
    lines = _lines(text)
    for _ in range(skipped):
        next(lines, "")
    number = 0
    # Strict: a quotation mark without its partner would otherwise swallow the rows below it without a word.
    rows = csv.reader(lines, delimiter=separator, strict=True)
    while True:
        try:
            row = next(rows, None)
        except csv.Error as error:
            raise NoTableError("quote", number + 1) from error
        if row is None:
            return
        number += 1
        if any(row):
            yield number, [_unwrapped(cell) if cell.startswith('="') else cell for cell in row]


def encoding_of(file: BinaryIO) -> str:
    """Tell the encoding by reading all of a file; raises NoTableError where none fits, with the line."""
    file.seek(0)
    beginning = file.read(4)
    for mark, encoding in _MARKED:
        if beginning.startswith(mark):
            trouble, _ = _trouble(file, encoding)
            if trouble is not None:
                raise trouble
            return encoding
    trouble, read = _trouble(file, "utf-8")
    if trouble is None:
        return "utf-8"
    if trouble.what != "encoding" or read >= _SURELY_UTF8:
        raise trouble
    trouble, _ = _trouble(file, "gb18030")
    if trouble is not None:  # what came before it may be UTF-8 in truth and is not worth showing
        raise NoTableError(trouble.what, trouble.line)
    _refuse_mixture(file)
    return "gb18030"


def _trouble(file: BinaryIO, encoding: str) -> tuple[NoTableError | None, int]:
    """Decode a whole file; give what is wrong with it, if anything, and how many Chinese characters came before."""
    file.seek(0)
    decoder = codecs.getincrementaldecoder(encoding)()
    lines, han, before = 1, 0, ""
    while True:
        block = file.read(_BLOCK)
        try:
            text = decoder.decode(block, final=not block)
        except UnicodeDecodeError as error:
            # The decoder's own state is of no use any more: what it had before the error decodes by itself.
            good = error.object[: error.start]
            plain = encoding if not encoding.startswith("utf-16") or lines == 1 else "utf-16-le"
            before += good.decode(plain, "replace")
            return NoTableError("encoding", lines + before.count("\n"), _near(before)), han + len(_HAN.findall(before))
        nul = text.find("\0")
        if nul >= 0:
            return NoTableError("nul", lines + text.count("\n", 0, nul), _near(text[:nul])), han
        if not block:
            return None, han
        lines += text.count("\n")
        han = han if han >= _SURELY_UTF8 else han + len(_HAN.findall(text))


def _near(text: str) -> str:
    """Give the last characters of the line a text ends with."""
    return text[-_NEAR:].rpartition("\n")[2].strip()


def _refuse_mixture(file: BinaryIO) -> None:
    """Raise NoTableError where a line of a GB18030 file is UTF-8: as GB18030 it would be read as other characters."""
    file.seek(0)
    for number, line in enumerate(iter(lambda: file.readline(_BLOCK), b""), start=1):
        if line.isascii():
            continue
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError:
            continue
        if len(_HAN.findall(text)) > 1:
            raise NoTableError("encoding", number)


def _reopened(file: BinaryIO, encoding: str) -> io.TextIOWrapper:
    file.seek(0)
    return io.TextIOWrapper(file, encoding=encoding, newline="")


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    """Give the lines; raises NoTableError for one that no table has."""
    number = 0
    while line := text.readline(LONGEST_LINE):
        number += 1
        if len(line) >= LONGEST_LINE:
            raise NoTableError("line", number)
        yield line


def _separator_of(file: BinaryIO, encoding: str) -> tuple[str, int]:
    """Tell the separator; also how many lines to leave out.

    It is the one by which nearly all rows have the same three cells or more, a tab before a semicolon before a comma,
    for commas stand in sums and sentences as well; else the one by which most cells fall into rows of one width.
    Raises NoTableError where nothing separates anything.
    """
    text = _reopened(file, encoding)
    sample = text.read(_SAMPLE)
    text.detach()
    stated = _EXCEL_SEPARATOR.match(sample)
    if stated is not None:
        return stated[1], 1
    whole = len(sample) < _SAMPLE
    best, most = "", 0
    for separator in _SEPARATORS:
        widths = Counter(_widths(sample, separator, whole))
        cells, width = max((((width - 1) * count, width) for width, count in widths.items()), default=(0, 0))
        if width > 2 and widths[width] >= _NEARLY_ALL * sum(widths.values()):
            return separator, 0
        if cells > most:
            best, most = separator, cells
    if not best and sample.strip():
        raise NoTableError("prose", sample.count("\n") + 1)
    return best or ",", 0


def _widths(sample: str, separator: str, whole: bool) -> list[int]:
    """Give the number of cells of every filled row of a sample; its last row may be cut and counts only if whole."""
    widths = []
    try:
        for row in csv.reader(io.StringIO(sample, newline=""), delimiter=separator):
            if any(row):
                widths.append(len(row))
    except csv.Error:
        pass
    return widths if whole or len(widths) < 2 else widths[:-1]


def _unwrapped(cell: str) -> str:
    """Give the text of ="00123", by which digits are kept from becoming a number."""
    wrapped = _EXCEL_TEXT.fullmatch(cell)
    return wrapped[1].replace('""', '"') if wrapped else cell
