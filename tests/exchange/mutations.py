"""Mutations: small lists of every kind, and the ways in which chance spoils them."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Callable
from pathlib import Path
from random import Random

from tests.exchange.builders import archive, write_xls, write_xlsx
from tests.exchange.odf import ods_table, write_ods
from tracker.exchange.reading.workbooks import Cell

Mutation = Callable[[bytes, Random], bytes]

LIST: list[list[Cell]] = [
    ["附件1：榆次区重点工程清单（填报时间：2024年8月）"],
    ["序号", "县（市、区）", "项目名称", "总投资（万元）", "累计完成投资", "开工时间", "完工时间", "建设阶段", "问题"],
    [1, "榆次区", "甲污水处理工程", 3000.5, 1200, datetime.date(2023, 6, 30), None, "在建", "资金未到位"],
    [2, None, "乙河道治理工程\n（一期）", "0.12亿元", 300, "2023年6月底", "2024-05", "完工", None],
    ["二、", None, "太谷区（1项）", None, None, None, None, None, None],
    [3, "太谷区", "丙人工湿地工程", 45107, "—", 45107, "未完工", "停工", "无"],
    ["合计", None, None, 48107.5, 1500, None, None, None, None],
]  # fmt: skip

NASTY = (
    "", " ", "\u2028", "\u202e\u200b", "\ufffe", "\U0001f3d7" * 50, "é" * 3, "&#0;", "&#xD800;", "&undefined;", "]]>",
    "<![CDATA[", "-1", "0", "1e999", "NaN", "-Infinity", "99999999999999999999", "1048577", "A0", "ZZZZ1", "XFD1048576",
    "A1:XFD1048576", "=1+1", "#REF!", "2023-02-30", "清空", "9" * 60_000, "长" * 40_000, "\u3000" * 9, "true", "t",
)  # fmt: skip


def originals(folder: Path) -> dict[str, bytes]:
    """Give a small list as a file of each kind."""
    merges = [(1, 1, 1, 9), (3, 2, 4, 2)]
    paths = {
        "xlsx": write_xlsx(folder / "a.xlsx", {"清单": LIST, "说明": [["填报说明"]]}, ["A1:I1", "B3:B4"]),
        "xls": write_xls(folder / "a.xls", LIST, (2, 3, 1, 1)),
        "ods": write_ods(folder / "a.ods", ods_table(LIST, merges=merges)),
    }
    text = "\r\n".join(",".join(_quoted(cell) for cell in row) for row in LIST)
    return {
        **{kind: path.read_bytes() for kind, path in paths.items()},
        "csv": text.encode("utf-8-sig"),
        "gb.csv": text.encode("gb18030"),
        "txt": text.replace(",", "\t").encode("utf-16"),
    }


def _quoted(cell: Cell) -> str:
    text = "" if cell is None else str(cell)
    return f'"{text}"' if re.search(r'[",\n]', text) else text


def flipped(content: bytes, chance: Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice((1, 3, 30))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def truncated(content: bytes, chance: Random) -> bytes:
    return content[: chance.randrange(1, len(content))]


def cut_out(content: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.choice((1, 16, 512, 4096)) :]


def repeated(content: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(content))
    piece = content[start : start + chance.choice((1, 16, 512, 4096))]
    return content[:start] + piece * chance.choice((2, 50)) + content[start:]


def zeroed(content: bytes, chance: Random) -> bytes:
    start = chance.randrange(len(content) // 512 + 1) * 512
    return content[:start] + bytes(512) + content[start + 512 :]


def wrong_number(content: bytes, chance: Random) -> bytes:
    """Put a huge or odd number where a binary file may keep a length or a place."""
    changed = bytearray(content)
    at = chance.choice((chance.randrange(0, 96), chance.randrange(len(content)))) // 2 * 2
    changed[at : at + 4] = chance.choice((b"\xff\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\x80\0\0\0"))
    return bytes(changed)


def nasty_text(content: bytes, chance: Random) -> bytes:
    encoding = "utf-16" if content.startswith(b"\xff\xfe") else chance.choice(("utf-8", "gb18030", "utf-16-le"))
    start = chance.randrange(len(content)) // 2 * 2
    spoiled = chance.choice((*NASTY, '"', '"' * 3, "\0", ",", "\t;", "\r", "\n\n", "="))
    return content[:start] + spoiled.encode(encoding, "replace") + content[start:]


def _parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as made:
        return {name: made.read(name) for name in made.namelist()}


def swapped_parts(content: bytes, chance: Random) -> bytes:
    parts = _parts(content)
    one, other = chance.sample(sorted(parts), 2)
    parts[one], parts[other] = parts[other], parts[one]
    return archive(parts)


def lost_part(content: bytes, chance: Random) -> bytes:
    parts = _parts(content)
    spoiled = chance.choice(sorted(parts))
    if chance.random() < 0.5:
        del parts[spoiled]
    else:
        parts[spoiled] = chance.choice((b"", b"\xff" * 100, b"<x/>", bytes(50_000)))
    return archive(parts)


def changed_tokens(content: bytes, chance: Random) -> bytes:
    """Delete, double, move and spoil tags, attributes and texts of one part, most often of the one with the cells."""
    parts = _parts(content)
    cells = [name for name in parts if name.endswith(("sheet1.xml", "content.xml"))]
    name = chance.choice(cells if chance.random() < 0.7 else sorted(parts))
    tokens = re.findall(rb"<[^>]*>|[^<]+", parts[name])
    for _ in range(chance.choice((1, 1, 2, 8))):
        at = chance.randrange(len(tokens)) if tokens else 0
        match chance.randrange(5) if tokens else 5:
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, tokens[at] * chance.choice((1, 300)))
            case 2:
                other = chance.randrange(len(tokens))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3:
                tokens[at] = _spoiled_value(tokens[at], chance)
            case 4:
                tokens[at] = tokens[at] + chance.choice(NASTY).encode("utf-8", "replace")
    parts[name] = b"".join(tokens)
    return archive(parts)


def _spoiled_value(token: bytes, chance: Random) -> bytes:
    values = list(re.finditer(rb'(?<==")[^"]*(?=")', token))
    value = chance.choice(NASTY).encode("utf-8", "replace")
    if not values:
        return value
    match = chance.choice(values)
    return token[: match.start()] + value + token[match.end() :]


_ANY: tuple[Mutation, ...] = (flipped, truncated, cut_out, repeated)
_ARCHIVE: tuple[Mutation, ...] = (*_ANY, swapped_parts, lost_part, *([changed_tokens] * 8))
_MUTATIONS: dict[str, tuple[Mutation, ...]] = {
    "xlsx": _ARCHIVE,
    "ods": _ARCHIVE,
    "xls": (*_ANY, zeroed, wrong_number, wrong_number),
    "csv": (*_ANY, nasty_text, nasty_text),
    "gb.csv": (*_ANY, nasty_text),
    "txt": (*_ANY, nasty_text),
}


def mutated(seed: int, files: dict[str, bytes]) -> tuple[str, bytes]:
    """Give the kind and the content of the file that a seed makes, always the same."""
    chance = Random(seed)
    kind = chance.choice(("xlsx", "xlsx", "xlsx", "ods", "ods", "xls", "xls", "csv", "gb.csv", "txt"))
    content = files[kind]
    return kind, chance.choice(_MUTATIONS[kind])(content, chance)
