"""Heading choices: an office's own before those above it, the latest before the older, and none lost unnoticed."""

from __future__ import annotations

import pytest

from tests.ledger.builders import KEY, PROGRAMME, place
from tracker.ledger.audit import entries
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.heading_choices import (
    HeadingChoice,
    choices_in_force,
    forget_heading,
    heading_choices,
    remember_headings,
)
from tracker.ledger.programmes import places_of


def remembers(ledger: Ledger, *choices: HeadingChoice, by: str = "李四") -> None:
    ledger.connection.execute("BEGIN IMMEDIATE")
    remember_headings(ledger, KEY, choices, by)
    ledger.connection.execute("COMMIT")


def in_force(ledger: Ledger, area: str) -> dict[str, str]:
    found = choices_in_force(ledger, KEY, places_of(ledger, PROGRAMME), place(ledger, area))
    return {heading: each.field for (_, heading), each in found.items()}


def test_an_offices_own_choice_goes_before_those_of_the_areas_above(ledger: Ledger) -> None:
    remembers(ledger, HeadingChoice("140000", "", "盘子", "year_plan"), HeadingChoice("140000", "", "叫法", "name"))
    remembers(ledger, HeadingChoice("140702", "", "盘子", "total_investment"))
    assert in_force(ledger, "140702") == {"盘子": "total_investment", "叫法": "name"}
    assert in_force(ledger, "140703") == {"盘子": "year_plan", "叫法": "name"}
    assert in_force(ledger, "140700") == {"盘子": "year_plan", "叫法": "name"}
    assert in_force(ledger, "419001") == {}
    assert choices_in_force(ledger, "other", places_of(ledger, PROGRAMME), place(ledger, "140702")) == {}


def test_a_later_choice_takes_the_place_of_the_earlier_and_the_log_has_both(ledger: Ledger) -> None:
    remembers(ledger, HeadingChoice("140702", "投资", "总的", "total_investment", "元"))
    remembers(ledger, HeadingChoice("140702", "投资", "总的", "", None, "year_plan"), by="王五")
    (known,) = heading_choices(ledger, KEY, "140702")
    assert (known.field, known.unit, known.corrects, known.chosen_by) == ("", None, "year_plan", "王五")
    assert known.chosen_at == "2024-09-01T08:30:00+08:00"
    log = [(each.event_word, each.detail) for each in entries(ledger)][:2]
    assert log == [("记住表头", "“投资 › 总的”不读取"), ("记住表头", "“投资 › 总的”读作总投资（元）")]


def test_forgetting_is_noted_and_what_nobody_remembers_cannot_be_forgotten(ledger: Ledger) -> None:
    remembers(ledger, HeadingChoice("140702", "", "盘子", "total_investment"))
    forget_heading(ledger, KEY, "140702", "", "盘子")
    assert heading_choices(ledger, KEY, "140702") == []
    with pytest.raises(RefusedError, match="没有记住“盘子”这个表头"):
        forget_heading(ledger, KEY, "140702", "", "盘子")
    log = [(each.event_word, each.allowed, each.object) for each in entries(ledger)][:2]
    assert log == [("删去记住的表头", False, "140702"), ("删去记住的表头", True, "140702")]
