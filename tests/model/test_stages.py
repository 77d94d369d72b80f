"""Stages: what words and dates make together."""

from __future__ import annotations

import pytest

from tracker.model.dates import PartialDate, date_of_text
from tracker.model.stages import (
    COMPLETED,
    STAGE_OF_WORD,
    STARTED,
    Stage,
    contradicts,
    effective_stage,
    goes_backwards,
)

DAY = PartialDate(2024, 3, 1)


@pytest.mark.parametrize("word", ["谋划", "储备", "前期", "未开工"])
def test_words_that_mean_not_started(word: str) -> None:
    assert STAGE_OF_WORD[word] not in STARTED


@pytest.mark.parametrize("word", ["开工", "在建", "施工", "续建", "停工"])
def test_words_that_mean_started(word: str) -> None:
    assert STAGE_OF_WORD[word] in STARTED - COMPLETED


@pytest.mark.parametrize("word", ["完工", "已完工", "竣工", "已竣工", "竣工验收", "投运", "达效"])
def test_words_that_mean_completed_and_so_started(word: str) -> None:
    assert STAGE_OF_WORD[word] in STARTED & COMPLETED


@pytest.mark.parametrize(
    ("word", "start", "completion", "stage"),
    [
        (None, None, None, None),
        (None, DAY, None, Stage.UNDER_CONSTRUCTION),
        (None, None, DAY, Stage.COMPLETED),
        (Stage.NOT_STARTED, DAY, None, Stage.UNDER_CONSTRUCTION),
        (Stage.SUSPENDED, DAY, None, Stage.SUSPENDED),
        (Stage.COMPLETED, DAY, None, Stage.COMPLETED),
        (Stage.UNDER_CONSTRUCTION, DAY, DAY, Stage.COMPLETED),
        (Stage.IN_OPERATION, DAY, DAY, Stage.IN_OPERATION),
        (Stage.TERMINATED, DAY, DAY, Stage.TERMINATED),
        (Stage.PREPARING, None, None, Stage.PREPARING),
    ],
)
def test_a_date_outweighs_a_word_and_a_word_counts_alone(
    word: Stage | None, start: PartialDate | None, completion: PartialDate | None, stage: Stage | None
) -> None:
    assert effective_stage(word, start, completion) is stage


def test_a_word_behind_a_date_contradicts_it() -> None:
    assert contradicts(Stage.UNDER_CONSTRUCTION, DAY, DAY)
    assert contradicts(Stage.NOT_STARTED, DAY, None)
    assert not contradicts(Stage.COMPLETED, DAY, None)
    assert not contradicts(Stage.TERMINATED, DAY, DAY)
    assert not contradicts(Stage.PLANNED, None, None)


@pytest.mark.parametrize(
    ("known", "said", "backwards"),
    [
        (Stage.COMPLETED, Stage.UNDER_CONSTRUCTION, True),
        (Stage.UNDER_CONSTRUCTION, Stage.NOT_STARTED, True),
        (Stage.PREPARING, Stage.PLANNED, True),
        (Stage.PREPARING, Stage.NOT_STARTED, False),
        (Stage.NOT_STARTED, Stage.PLANNED, False),
        (Stage.UNDER_CONSTRUCTION, Stage.SUSPENDED, False),
        (Stage.COMPLETED, Stage.ACCEPTED, False),
        (Stage.COMPLETED, Stage.TERMINATED, False),
    ],
)
def test_what_goes_backwards(known: Stage, said: Stage, backwards: bool) -> None:
    assert goes_backwards(known, said) is backwards


@pytest.mark.parametrize("text", ["2024-08-05", "2024-08", "2024-Q3"])
def test_dates_keep_their_precision_there_and_back(text: str) -> None:
    assert date_of_text(text).text == text


def test_a_vaguer_date_agrees_with_a_finer_one_inside_it() -> None:
    month, day, quarter = PartialDate(2024, 3), PartialDate(2024, 3, 31), PartialDate(2024, quarter=1)
    assert month.agrees_with(day)
    assert quarter.agrees_with(month)
    assert not day.agrees_with(month)
    assert not PartialDate(2024, 4).agrees_with(day)
    assert quarter.due_month == "2024-03"
    assert day.due_month == "2024-03"
