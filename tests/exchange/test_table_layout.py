"""The layout of a table: nothing wider than its page, no heading changed, room for every text that sheets can show."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.exchange.writing.printed_table import Paper
from tracker.exchange.writing.table_layout import (
    HIGHEST_ROW,
    PAGE_WIDTHS,
    Column,
    lay_out,
    lines_of,
    lines_of_many,
    row_height,
    text_width,
)

FIRST = [
    Column("序号", ["合计", "1"]),
    Column("项目编码", ["", "140702-0001"]),
    Column("项目名称", ["", "甲工程"], 22, 44),
]


@pytest.mark.parametrize(
    ("text", "room", "lines"),
    [
        ("", 10, 1),
        ("甲乙丙丁戊", 10, 1),
        ("甲乙丙丁戊己", 10, 2),
        ("甲乙丙丁戊。", 10, 2),
        ("甲\n乙", 10, 2),
        ("甲乙丙 12345", 10, 2),
        ("a" * 25, 10, 3),
        ("甲" + "a" * 25, 10, 4),
        ("甲乙丙丁（示例）", 10, 2),
    ],
)
def test_lines_are_counted_as_sheets_break_them(text: str, room: int, lines: int) -> None:
    assert lines_of(text, room) == lines


@given(
    st.lists(st.tuples(st.text("甲乙丙（），12. ab\n", max_size=300), st.booleans()), max_size=20),
    st.sampled_from(Paper),
)
def test_every_page_holds_its_columns(texts: list[tuple[str, bool]], paper: Paper) -> None:
    columns = [Column("建设规模及内容", ["", text], 16, 60) if words else Column("总投资\n（万元）", ["", text[:12]])
               for text, words in texts]  # fmt: skip
    layout = lay_out([*FIRST, *columns], 3, PAGE_WIDTHS[paper])
    assert [index for page in layout.pages for index in page] == list(range(3, 3 + len(columns)))
    for page in layout.pages:
        assert sum(layout.widths[:3]) + sum(layout.widths[index] for index in page) <= PAGE_WIDTHS[paper]
    for heading, column, width in zip(layout.headings, [*FIRST, *columns], layout.widths, strict=True):
        assert "".join(heading.split()) == "".join(column.heading.split())
        assert max(map(text_width, heading.split("\n"))) < width


@given(st.text("甲乙丙（），12. ab\n", max_size=300), st.integers(8, 60))
def test_many_lines_are_counted_cheaply_and_never_too_few_by_much(text: str, room: int) -> None:
    exact, about = lines_of(text, room), lines_of_many(text, room)
    assert about >= exact - max(1, exact // 8)
    assert row_height(0) == 18
    assert row_height(1_000) == HIGHEST_ROW


def test_a_long_text_gets_a_wide_column_rather_than_a_tower() -> None:
    layout = lay_out([*FIRST, Column("备注", ["", "长" * 400], 16, 60), Column("存在问题", ["", "短"], 16, 60)], 3)
    assert row_height(lines_of("长" * 400, layout.widths[3] - 2)) < 200
    assert len(layout.pages) == 1
    longest = lay_out([*FIRST, Column("备注", ["", "长" * 1400], 16, 60)], 3)
    # It is whole at that height: the limit has not cut it.
    assert lines_of("长" * 1400, longest.widths[3] - 2) * 13.5 < HIGHEST_ROW
