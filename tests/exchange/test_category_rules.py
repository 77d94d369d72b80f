"""Reading rule 8: categories and levels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.exchange.lists import Office, Rows, at, listed, message, office_with
from tracker.ledger.writing import writing

CATEGORIES = ("工业园区污水处理", "源头区水源培基涵养")


@pytest.mark.parametrize(
    "written",
    [
        "工业园区污水处理", "工业园区污水处理工程", "一、工业园区污水处理工程（12项）", "（二）工业园区污水处理",
        "1.工业园区污水处理工程",
        "3、工业园区污水处理(共12个)", "工业园区\n污水处理",
    ],
)  # fmt: skip
def test_numbering_count_and_trailing_word_are_no_part_of_the_name(tmp_path: Path, written: str) -> None:
    with office_with(tmp_path, categories=CATEGORIES, categories_complete=True) as office:
        assert at(office.sends(listed({"项目名称": "甲", "工程类别": written}))) == []
        assert office.value("category") == "工业园区污水处理"


def test_a_complete_programme_refuses_an_unknown_category_and_names_the_nearest(tmp_path: Path) -> None:
    with office_with(tmp_path, categories=CATEGORIES, categories_complete=True) as office:
        result = office.sends(listed({"项目名称": "甲", "工程类别": "工业园区污水治理"}), accept=True)
        assert at(result) == [("fix", "C2")]
        assert "最接近的是“工业园区污水处理”" in message(result)


def test_an_incomplete_programme_takes_an_unknown_category_with_a_question(tmp_path: Path) -> None:
    with office_with(tmp_path, categories=CATEGORIES) as office:
        rows = listed({"项目名称": "甲", "工程类别": "智慧化监管工程"})
        assert at(office.sends(rows)) == [("ask", "C2")]
        office.sends(rows, accept=True)
        assert office.value("category") == "智慧化监管"
        again = listed({"项目名称": "乙", "工程类别": "智慧化监管"})
        assert at(office.sends(again)) == []


def test_a_programme_made_complete_refuses_what_it_took_before(tmp_path: Path) -> None:
    with office_with(tmp_path, categories=CATEGORIES) as office:
        office.knows({"项目名称": "甲", "工程类别": "智慧化监管"})
        with writing(office.ledger, "complete", "专班") as writes:
            writes.define_programme(replace(office.programme, categories_complete=True))
        assert at(office.sends(listed({"项目名称": "乙", "工程类别": "智慧化监管"}))) == [("fix", "C2")]


def test_a_programme_without_categories_takes_all(office: Office) -> None:
    office.knows({"项目名称": "甲", "工程类别": "工业园区污水处理"})
    assert at(office.sends(listed({"项目名称": "乙", "工程类别": "工业园区污水治理"}))) == []


SUB_HEADED: Rows = [
    ["序号", "项目名称", "县（市、区）", "总投资（万元）"],
    ["一、工业园区污水处理工程（2项）"],
    [1, "甲", "榆次区", 5],
    [2, "乙", "榆次区", 6],
    ["二、源头区水源培基涵养工程（1项）"],
    [3, "丙", "榆次区", 7],
]


def test_sub_headings_give_categories_where_there_is_no_column(tmp_path: Path) -> None:
    with office_with(tmp_path, categories=CATEGORIES, categories_complete=True) as office:
        assert at(office.sends(SUB_HEADED)) == []
        met = [office.value("category", f"140702-000{number}") for number in (1, 2, 3)]
        assert met == [CATEGORIES[0], CATEGORIES[0], CATEGORIES[1]]


def test_an_unknown_sub_heading_is_one_fault_at_its_cell(tmp_path: Path) -> None:
    with office_with(tmp_path, categories=CATEGORIES[1:]) as office:
        assert at(office.sends(SUB_HEADED)) == [("ask", "A2")]
        assert not office.sends(SUB_HEADED, accept=True).refused
        assert at(office.sends(SUB_HEADED)) == []


@pytest.mark.parametrize("written", ["省级", "省级重点", "省重点", " 省级\n重点"])
def test_levels_have_synonyms(office: Office, written: str) -> None:
    assert at(office.sends(listed({"项目名称": "甲", "项目级别": written}))) == []
    assert office.value("level") == "省级"


def test_an_unknown_level_is_asked(office: Office) -> None:
    assert at(office.sends(listed({"项目名称": "甲", "项目级别": "乡级"}))) == [("ask", "C2")]
