"""Drafts: what is being filled in is kept as it was typed, and no text is lost to another window."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.builders import (
    KEY,
    YUCI,
    dump,
    fill,
    lines,
    listed_row,
    new_ledger,
    send_row_back,
    send_rows,
    standing_clock,
    values,
)
from tracker.ledger.drafts import Draft, DraftConflictError, DraftPlace, drafted_projects, drafts_of, save_draft
from tracker.ledger.handle import Ledger, RefusedError, StorageError
from tracker.ledger.opening import open_ledger
from tracker.ledger.returns import Reported, RowStatus

MONTH = "2024-08"


@pytest.fixture
def spot(filled: Ledger) -> DraftPlace:
    """The place of a field of the project that has not reported."""
    return DraftPlace(KEY, MONTH, f"{YUCI}-0002", "progress")


def text_at(ledger: Ledger, spot: DraftPlace) -> str | None:
    draft = drafts_of(ledger, KEY, spot.month, [spot.project])[spot.project].get(spot.field)
    return draft.text if draft else None


def test_a_text_is_kept_as_it_was_typed_right_or_wrong(filled: Ledger, spot: DraftPlace) -> None:
    typed = "  约三千 <b>万元</b>\n=1+1 "
    saved = save_draft(filled, spot, typed, 0, "填报员")
    assert (saved.text, saved.version, saved.saved_by) == (typed, 1, "填报员")
    assert drafts_of(filled, KEY, MONTH, [spot.project]) == {spot.project: {"progress": saved}}
    assert drafted_projects(filled, KEY, MONTH) == {spot.project}
    assert listed_row(filled, spot.project, MONTH).status is RowStatus.DRAFTED


def test_a_draft_is_there_on_another_machine(filled: Ledger, spot: DraftPlace) -> None:
    saved = save_draft(filled, spot, "打桩", 0, "填报员")
    other = open_ledger(filled.directory, standing_clock)
    assert save_draft(other, spot, "打桩完成", saved.version, "负责人").version == 2
    other.close()
    assert text_at(filled, spot) == "打桩完成"


def test_a_draft_counts_nothing_and_is_no_part_of_the_truth(filled: Ledger, spot: DraftPlace) -> None:
    before = dump(filled)
    save_draft(filled, spot, "打桩", 0, "填报员")
    after = dump(filled)
    assert {table for table in before if before[table] != after[table]} == {"draft"}
    assert lines(filled) == ""


def test_another_text_saved_meanwhile_is_a_conflict_and_neither_is_lost(filled: Ledger, spot: DraftPlace) -> None:
    save_draft(filled, spot, "甲写的", 0, "甲")
    with pytest.raises(DraftConflictError) as conflict:
        save_draft(filled, spot, "乙写的", 0, "乙")
    assert (conflict.value.standing.text, conflict.value.standing.saved_by) == ("甲写的", "甲")
    assert text_at(filled, spot) == "甲写的"
    assert not filled.connection.in_transaction
    assert save_draft(filled, spot, "乙写的", conflict.value.standing.version, "乙").version == 2


def test_the_same_text_twice_is_saved_once(filled: Ledger, spot: DraftPlace) -> None:
    first = save_draft(filled, spot, "打桩", 0, "甲")
    assert save_draft(filled, spot, "打桩", 0, "乙") == first


def test_a_window_left_open_over_a_sending_cannot_overwrite_what_was_begun_since(
    filled: Ledger, spot: DraftPlace
) -> None:
    stale = save_draft(filled, spot, "旧窗口", 0, "甲")
    seen = {spot.project: {"progress": stale.version}}
    send_rows(filled, MONTH, YUCI, Reported(spot.project, values(progress="旧窗口")), seen=seen)
    assert text_at(filled, spot) is None
    with pytest.raises(DraftConflictError):
        save_draft(filled, spot, "旧窗口又改", stale.version, "甲")
    send_row_back(filled, MONTH, spot.project)
    begun = save_draft(filled, spot, "退回后重写", 0, "乙")
    assert begun.version > stale.version
    with pytest.raises(DraftConflictError):
        save_draft(filled, spot, "旧窗口又改", stale.version, "甲")
    assert text_at(filled, spot) == "退回后重写"


@pytest.mark.parametrize("seen", [{}, {"progress": 1}, {"progress": 2, "remark": 1}])
def test_what_changed_since_it_was_read_is_not_sent(filled: Ledger, spot: DraftPlace, seen: dict[str, int]) -> None:
    save_draft(filled, spot, "打桩", 0, "甲")
    save_draft(filled, spot, "打桩完成", 1, "乙")
    before = dump(filled)
    row = Reported(spot.project, values(progress="打桩"))
    with pytest.raises(RefusedError, match="别处又有改动"):
        send_rows(filled, MONTH, YUCI, row, seen={spot.project: seen})
    assert dump(filled) == before
    send_rows(filled, MONTH, YUCI, row, seen={spot.project: {"progress": 2}})


def test_sending_one_row_leaves_the_drafts_of_others(filled: Ledger, spot: DraftPlace) -> None:
    kept = DraftPlace(KEY, "2024-07", spot.project, "progress")
    save_draft(filled, kept, "上月的", 0, "甲")
    seen = {spot.project: {"progress": save_draft(filled, spot, "打桩", 0, "甲").version}}
    send_rows(filled, MONTH, YUCI, Reported(spot.project), seen=seen)
    assert (text_at(filled, spot), text_at(filled, kept)) == (None, "上月的")


def test_a_disk_that_refuses_is_said_and_leaves_no_transaction(filled: Ledger, spot: DraftPlace) -> None:
    filled.connection.execute("PRAGMA query_only = ON")
    with pytest.raises(StorageError, match="草稿没有存成"):
        save_draft(filled, spot, "打桩", 0, "甲")
    assert not filled.connection.in_transaction


def test_what_the_database_does_not_take_leaves_no_transaction(filled: Ledger, spot: DraftPlace) -> None:
    with pytest.raises(sqlite3.IntegrityError):
        save_draft(filled, spot._replace(field=""), "打桩", 0, "甲")
    assert not filled.connection.in_transaction


def test_two_writers_at_once_lose_no_text(filled: Ledger, spot: DraftPlace) -> None:
    """Each writer's text is in the draft, or the writer was told so and shown what stands there."""
    answers: dict[str, Draft | DraftConflictError] = {}
    start = threading.Barrier(8)

    def write(name: str) -> None:
        own = open_ledger(filled.directory, standing_clock)
        start.wait()
        try:
            answers[name] = save_draft(own, spot, name, 0, name)
        except DraftConflictError as conflict:
            answers[name] = conflict
        finally:
            own.close()

    writers = [threading.Thread(target=write, args=(f"填报员{number}",)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    kept = [name for name, answer in answers.items() if isinstance(answer, Draft)]
    assert kept == [text_at(filled, spot)]
    told = [answer.standing.text for answer in answers.values() if isinstance(answer, DraftConflictError)]
    assert told == kept * 7


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """One ledger for all examples of a test; they leave nothing in it but drafts."""
    ledger = new_ledger(tmp_path_factory.mktemp("shared") / "ledger")
    fill(ledger)
    yield ledger
    ledger.close()


@given(
    writes=st.lists(
        st.tuples(st.booleans(), st.sampled_from(["甲", "乙", "丙"]), st.booleans()), min_size=1, max_size=20
    )
)
def test_no_text_is_overwritten_by_who_has_not_seen_it(shared: Ledger, writes: list[tuple[bool, str, bool]]) -> None:
    """Two windows on one field, saving and looking in any order: what goes away was on the page of who replaced it."""
    ledger = shared
    spot = DraftPlace(KEY, MONTH, f"{YUCI}-0002", "progress")
    ledger.connection.execute("DELETE FROM draft")
    pages = [("", 0), ("", 0)]
    for first, text, looks in writes:
        window = 0 if first else 1
        if looks:
            standing = drafts_of(ledger, KEY, MONTH, [spot.project])[spot.project].get("progress")
            pages[window] = (standing.text, standing.version) if standing else ("", 0)
        before = text_at(ledger, spot) or ""
        shown = pages[window][0]
        try:
            saved = save_draft(ledger, spot, text, pages[window][1], "某人")
            pages[window], told = (saved.text, saved.version), None
        except DraftConflictError as conflict:
            told = conflict.standing.text
        after = text_at(ledger, spot) or ""
        if told is None:
            assert (before in (shown, text), after) == (True, text)
        else:
            assert (told, after) == (before, before)
