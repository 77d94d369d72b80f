"""Near names: what is asked about new names beside left-out ones, and how much work the asking may be."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.exchange.lists import Office, at, listed
from tracker.exchange.imports import matching
from tracker.exchange.reading.workbooks import Cell
from tracker.model.names import nearly_matching

TAIGU = {"县（市、区）": "太谷区"}


def sections(first: int, number: int, **more: Cell) -> list[dict[str, Cell]]:
    """Give projects of which only the number of the section differs."""
    return [{"项目名称": f"榆次区汾河谷地湿地修复工程第{first + each}标段", **more} for each in range(number)]


@pytest.fixture
def pairs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many names each new name was held against."""
    found: list[int] = []

    def counted(plain: str, known: Iterable[str]) -> str | None:
        names = list(known)
        found.append(len(names))
        return nearly_matching(plain, names)

    monkeypatch.setattr(matching, "nearly_matching", counted)
    return found


def test_a_new_name_near_a_left_out_one_is_asked_about(office: Office, pairs: list[int]) -> None:
    office.knows(*sections(1, 2))
    result = office.sends(listed(*sections(1, 1), *sections(31, 1)))
    assert at(result) == [("ask", "A3")]
    assert "与台账中的“榆次区汾河谷地湿地修复工程第2标段”" in result.faults[0].message
    assert pairs[-1:] == [1]


def test_thousands_of_new_names_beside_many_left_out_ones_are_one_question(office: Office, pairs: list[int]) -> None:
    office.knows(*sections(1, 50))
    pairs.clear()
    result = office.sends(listed(*sections(10_001, 2000)))
    assert sum(pairs) <= matching.MOST_COMPARISONS
    assert at(result) == [("ask", "A2")]
    assert "2000 个新名称" in result.faults[0].message
    assert "50 个项目表中没有提到" in result.faults[0].message
    assert "没有逐一比对" in result.faults[0].message
    assert result.id is None


def test_the_other_counties_are_still_asked_about_name_by_name(office: Office, pairs: list[int]) -> None:
    office.knows(*sections(1, 50), *sections(1, 1, **TAIGU))
    pairs.clear()
    result = office.sends(listed(*sections(10_001, 2000), *sections(31, 1, **TAIGU)))
    assert at(result) == [("ask", "A2"), ("ask", "A2002")]
    assert pairs == [1]


def test_all_of_a_file_together_stays_within_the_bound(
    office: Office, pairs: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matching, "MOST_COMPARISONS", 10)
    office.knows(*sections(1, 3), *sections(1, 3, **TAIGU))
    pairs.clear()
    result = office.sends(listed(*sections(31, 3), *sections(31, 3, **TAIGU)))
    assert pairs == [3, 3, 3]
    assert at(result) == [("ask", "A2"), ("ask", "A3"), ("ask", "A4"), ("ask", "A5")]
