"""What a closed month's figures would be with later corrections, beside those that stay frozen."""

from __future__ import annotations

import pytest

from tests.ledger.builders import PINGYAO, PROGRAMME, YUCI, fill, place, request, row_of, values
from tracker.ledger.closing import close_month
from tracker.ledger.corrected import corrected_since, corrected_tally
from tracker.ledger.handle import Ledger
from tracker.ledger.projects import correct, move, terminate
from tracker.ledger.standings import tallies
from tracker.ledger.writing import writing

JULY = "2024-07"


@pytest.fixture
def closed(ledger: Ledger) -> tuple[Ledger, list[str]]:
    """A ledger whose first month is closed; with its projects' codes."""
    codes = fill(ledger)
    with writing(ledger, request(), "专班") as writes:
        close_month(writes, PROGRAMME, JULY, place(ledger, "000000"), "测试封账")
    return ledger, codes


def test_without_a_correction_nothing_stands_beside(closed: tuple[Ledger, list[str]]) -> None:
    ledger, _ = closed
    everywhere = place(ledger, "000000")
    assert corrected_since(ledger, PROGRAMME, JULY, everywhere) == []
    assert corrected_tally(ledger, PROGRAMME, JULY, everywhere) == tallies(ledger, PROGRAMME, JULY, everywhere)[""]


def test_a_correction_stands_beside_the_frozen_figure(closed: tuple[Ledger, list[str]]) -> None:
    ledger, codes = closed
    everywhere = place(ledger, "000000")
    frozen = tallies(ledger, PROGRAMME, JULY, everywhere)[""]
    with writing(ledger, request(), "专班") as writes:
        correct(writes, PROGRAMME, codes[1], JULY, values(actual_start="2024-06"), (), "漏报开工")
    assert tallies(ledger, PROGRAMME, JULY, everywhere)[""] == frozen
    now = corrected_tally(ledger, PROGRAMME, JULY, everywhere)
    assert now["started"] == frozen["started"] + 1
    assert now["projects"] == frozen["projects"]
    (found,) = corrected_since(ledger, PROGRAMME, JULY, everywhere)
    assert (found.code, found.fields) == (codes[1], ["actual_start"])
    later = row_of(ledger, codes[1], "2024-08")
    assert later is not None
    assert later["actual_start"] == "2024-06"
    assert corrected_since(ledger, PROGRAMME, JULY, place(ledger, PINGYAO)) == []


def test_a_project_that_left_or_moved_belongs_to_both_areas(closed: tuple[Ledger, list[str]]) -> None:
    ledger, codes = closed
    with writing(ledger, request(), "专班") as writes:
        move(writes, PROGRAMME, codes[0], place(ledger, PINGYAO), JULY, "行政区划调整")
        terminate(writes, PROGRAMME, codes[2], JULY, "重复登记")
    yuci, pingyao = place(ledger, YUCI), place(ledger, PINGYAO)
    assert [found.code for found in corrected_since(ledger, PROGRAMME, JULY, yuci)] == [codes[0]]
    assert {found.code for found in corrected_since(ledger, PROGRAMME, JULY, pingyao)} == {codes[0], codes[2]}
    assert corrected_tally(ledger, PROGRAMME, JULY, yuci, ["projects"]) == {"projects": 1}
    assert corrected_tally(ledger, PROGRAMME, JULY, pingyao, ["projects"]) == {"projects": 1}
    assert tallies(ledger, PROGRAMME, JULY, yuci, names=["projects"])[""] == {"projects": 2}
