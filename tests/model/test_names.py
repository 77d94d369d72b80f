"""Names: what counts as the same, and what comes near."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.model.names import nearly_matching, plain_name
from tracker.model.programme import category_name


@pytest.mark.parametrize(
    "written",
    [
        "榆次潇河流域\n工业园区污水处理工程(一期)",
        " 榆次潇河流域工业园区污水处理工程（一期） ",
        "榆次 潇河流域工业园区污水处理工程〔一期〕",
        "榆次潇河流域工业园区污水处理工程［一期］",
    ],
)
def test_spaces_line_breaks_and_brackets_make_no_difference(written: str) -> None:
    assert plain_name(written) == plain_name("榆次潇河流域工业园区污水处理工程（一期）")


def test_quotes_and_widths_make_no_difference() -> None:
    assert plain_name("“一泓清水”ＡＢ工程") == plain_name('"一泓清水"ab工程')


@pytest.mark.parametrize(("one", "other"), [("一期", "二期"), ("1号", "2号"), ("治理工程", "治理项目")])
def test_digits_and_numbers_count(one: str, other: str) -> None:
    assert plain_name(f"河道{one}") != plain_name(f"河道{other}")


@given(st.text(max_size=60))
def test_a_plain_name_is_plain_already(text: str) -> None:
    once = plain_name(text)
    assert plain_name(once) == once


def test_a_near_name_is_found_and_an_equal_one_is_none() -> None:
    known = [plain_name("榆次区工业废水深度处理工程"), plain_name("榆次区污水管网更新改造工程")]
    assert nearly_matching(plain_name("榆次区工业废水处理工程"), known) == known[0]
    assert nearly_matching(known[0], known[:1]) is None
    assert nearly_matching(plain_name("太谷区小流域水土保持综合治理工程"), known) is None


@pytest.mark.parametrize(
    "written",
    [
        "一、工业园区污水处理工程（12项）",
        "（一）工业园区污水处理工程",
        "(三) 工业园区污水处理",
        "1.工业园区污水处理工程",
        "2、工业园区污水处理 工程(共 12 项)",
        "十二、工业园区污水处理",
    ],
)
def test_numbering_counts_and_the_trailing_word_are_no_part_of_a_category(written: str) -> None:
    assert category_name(written) == "工业园区污水处理"


@pytest.mark.parametrize("name", ["三北防护林", "十大行动", "一泓清水"])
def test_a_numeral_that_begins_a_name_stays(name: str) -> None:
    assert category_name(name) == name
