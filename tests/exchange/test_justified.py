"""Paragraphs cut into lines that end at the right edge: nothing is lost, numbers keep units, no letter is alone."""

from __future__ import annotations

import random
import re

import pytest

from tracker.exchange.paper.justified import CLOSER, LOOSEST, SIZE, TIGHTEST, SetLine, justified
from tracker.exchange.writing.line_breaking import breakable_parts

ROOM, INDENT = 442.2, 31.56
UNITS = re.compile(r"第?[0-9.]+(?:%|亿元|万元|个|项|位|年|月|日)")
PIECES = (
    "已开工41项，", "开工率93.2%；", "累计完成投资609512.68万元，", "截至2024年8月31日，", "提高2.3个百分点。",
    "（第1位）", "晋中市、", "临汾市", "水土保持综合治理工程", "灵石县湿地公园保护修复工程（逾期3个月）；", "责任单位",
)  # fmt: skip


def right(line: SetLine, indent: float) -> float:
    """Give where the last letter of a line ends, from widths of the fonts themselves."""
    wide = {"1": 0.471, "7": 0.549, ".": 0.327, "%": 0.923, " ": 0.256}
    letters = [wide.get(one, 0.56 if one.isascii() else 1.0) * SIZE for one in line.text]
    return indent + sum(letters) + line.spacing * (len(letters) - 1)


@pytest.mark.parametrize("seed", range(40))
def test_lines_fill_the_page_hold_everything_and_end_where_they_may(seed: int) -> None:
    drawn = random.Random(seed)
    text = "".join(drawn.choice(PIECES) for _ in range(drawn.randint(4, 60)))
    lines = justified(text, ROOM, INDENT)
    assert "".join(line.text for line in lines) == text
    units = UNITS.findall(text)
    assert [unit for line in lines for unit in UNITS.findall(line.text)] == units
    for number, line in enumerate(lines):
        assert line.text[0] not in "，。；）%、"
        assert not line.text.endswith("（")
        assert CLOSER + TIGHTEST - 0.01 <= line.spacing <= CLOSER + LOOSEST
        edge = right(line, 0 if number else INDENT)
        assert edge < ROOM + 1.5
        if number < len(lines) - 1 and line.spacing < CLOSER + LOOSEST:
            assert edge > ROOM - 2.5
    assert len(lines) == 1 or len(lines[-1].text) > 3


def test_a_line_of_chinese_has_28_letters_at_their_usual_distance() -> None:
    lines = justified(
        "截至八月底全市清单内工程各项工作按照计划时间有序推进各县市区人民政府逐项落实责任" * 3, ROOM, INDENT
    )
    assert [len(line.text) for line in lines[:-1]] == [26, *[28] * (len(lines) - 2)]
    assert all(abs(line.spacing - CLOSER) < 0.02 for line in lines)


@pytest.mark.parametrize("text", ["", "W" * 300, "（" * 100, "，" * 100, "字" * 5_000, "1" * 400 + "项", "a b " * 700])
def test_what_no_line_can_hold_is_cut_all_the_same(text: str) -> None:
    lines = justified(text, ROOM, INDENT)
    assert "".join(line.text for line in lines).replace(" ", "") == text.replace(" ", "")
    assert all(right(line, 0 if at else INDENT) < ROOM + 1.5 for at, line in enumerate(lines))


def test_where_a_line_may_be_broken_is_said_in_one_place() -> None:
    assert breakable_parts("已完工（44项）占 93.2 %。") == [
        "已", "完", "工", "（44", "项）", "占", " ", "93.2 %。"
    ]  # fmt: skip
