"""Sessions: they end when they should, everywhere at once, and reading pages stays a read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.ledger.builders import YUCI, MovingClock
from tracker.ledger.accounts import (
    Account,
    add_account,
    add_demonstration_account,
    disable_account,
    reset_password,
    set_role,
)
from tracker.ledger.checking import check
from tracker.ledger.copying import backup, restore
from tracker.ledger.handle import DATABASE_NAME, Ledger
from tracker.ledger.opening import open_ledger
from tracker.ledger.policies import set_policies
from tracker.ledger.sessions import begin, end, end_all, session_of
from tracker.ledger.signing_in import change_password
from tracker.model.roles import Role

ADDRESS = "10.1.2.3"


@pytest.fixture
def people(ledger: Ledger, clock: MovingClock) -> Iterator[Ledger]:
    """The fresh ledger with one account, under a clock that the test moves."""
    opened = open_ledger(ledger.directory, clock)
    add_demonstration_account(opened, "zhang", Role.REPORTER, YUCI, "张三")
    yield opened
    opened.close()


@pytest.fixture
def zhang(people: Ledger) -> Account:
    return add_demonstration_account(people, "zhang2", Role.REPORTER, YUCI, "张三")


def seen_at(ledger: Ledger) -> list[str]:
    return [row["seen_at"] for row in ledger.connection.execute("SELECT seen_at FROM session")]


def test_a_session_stands_for_its_account_until_it_ends(people: Ledger, zhang: Account) -> None:
    token = begin(people, zhang, ADDRESS)
    assert session_of(people, token) == zhang
    end(people, token)
    assert session_of(people, token) is None


def test_tokens_are_long_differ_and_are_not_kept(people: Ledger, zhang: Account) -> None:
    tokens = {begin(people, zhang, ADDRESS) for _ in range(20)}
    assert len(tokens) == 20
    assert min(map(len, tokens)) >= 43
    kept = b"".join(path.read_bytes() for path in people.directory.rglob("*") if path.is_file())
    assert not any(token.encode() in kept for token in tokens)


@pytest.mark.parametrize("token", ["", "x", "\x00", "\ud800", "x" * 100_000, "' OR ''='"])
def test_what_is_no_token_is_nobodys(people: Ledger, zhang: Account, token: str) -> None:
    begin(people, zhang, ADDRESS)
    assert session_of(people, token) is None
    end(people, token)


def test_the_hash_that_is_kept_is_no_token(people: Ledger, zhang: Account) -> None:
    begin(people, zhang, ADDRESS)
    kept = people.connection.execute("SELECT token_hash FROM session").fetchone()[0]
    assert session_of(people, kept) is None


def test_signing_in_again_ends_the_session_before(people: Ledger, zhang: Account) -> None:
    first = begin(people, zhang, ADDRESS)
    second = begin(people, zhang, ADDRESS, first)
    assert (session_of(people, first), session_of(people, second)) == (None, zhang)
    other = begin(people, zhang, ADDRESS)
    assert session_of(people, second) == session_of(people, other) == zhang


def test_idle_for_thirty_minutes_ends_it(people: Ledger, zhang: Account, clock: MovingClock) -> None:
    token = begin(people, zhang, ADDRESS)
    for _ in range(3):
        clock.move(minutes=29, seconds=59)
        assert session_of(people, token) == zhang
    clock.move(minutes=30)
    assert session_of(people, token) is None
    clock.move(minutes=-5)
    assert session_of(people, token) == zhang


def test_twelve_hours_end_it_however_busy(people: Ledger, zhang: Account, clock: MovingClock) -> None:
    token = begin(people, zhang, ADDRESS)
    for _ in range(12 * 3 - 1):
        clock.move(minutes=20)
        assert session_of(people, token) == zhang
    clock.move(minutes=20)
    assert session_of(people, token) is None


def test_the_policy_says_how_long(people: Ledger, zhang: Account, clock: MovingClock) -> None:
    token = begin(people, zhang, ADDRESS)
    clock.move(minutes=6)
    set_policies(people, {"idle_minutes": "5"})
    assert session_of(people, token) is None
    set_policies(people, {"idle_minutes": "60", "longest_hours": "1"})
    assert session_of(people, token) == zhang
    clock.move(minutes=54)
    assert session_of(people, token) is None


def test_a_clock_set_back_ends_nothing(people: Ledger, zhang: Account, clock: MovingClock) -> None:
    token = begin(people, zhang, ADDRESS)
    clock.move(hours=-20)
    assert session_of(people, token) == zhang


def test_that_it_was_seen_is_written_once_a_minute(people: Ledger, zhang: Account, clock: MovingClock) -> None:
    token = begin(people, zhang, ADDRESS)
    before = people.connection.total_changes
    for _ in range(59):
        clock.move(seconds=1)
        session_of(people, token)
    assert people.connection.total_changes == before
    clock.move(seconds=1)
    session_of(people, token)
    assert people.connection.total_changes == before + 1
    assert seen_at(people) == [clock.now.isoformat()]


def test_within_a_page_nothing_is_written(people: Ledger, zhang: Account, clock: MovingClock) -> None:
    token = begin(people, zhang, ADDRESS)
    before = seen_at(people)
    clock.move(minutes=10)
    people.connection.execute("BEGIN")
    assert session_of(people, token) == zhang
    people.connection.execute("ROLLBACK")
    assert seen_at(people) == before


def test_a_reader_does_not_wait_for_a_writer(people: Ledger, zhang: Account, clock: MovingClock) -> None:
    token = begin(people, zhang, ADDRESS)
    patience = people.connection.execute("PRAGMA busy_timeout").fetchone()[0]
    clock.move(minutes=10)
    with closing(sqlite3.connect(people.directory / DATABASE_NAME, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        assert session_of(people, token) == zhang
        writer.execute("ROLLBACK")
    assert people.connection.execute("PRAGMA busy_timeout").fetchone()[0] == patience
    assert session_of(people, token) == zhang
    assert seen_at(people) == [clock.now.isoformat()]


@pytest.mark.parametrize("act", [
    lambda ledger: disable_account(ledger, "li"),
    lambda ledger: reset_password(ledger, "li"),
    lambda ledger: set_role(ledger, "li", Role.LEAD, YUCI),
    end_all,
], ids=["disabling", "reset", "role", "all"])  # fmt: skip
def test_every_session_ends_at_once(people: Ledger, zhang: Account, act: Callable[[Ledger], object]) -> None:
    li, _ = add_account(people, "li", Role.REPORTER, YUCI)
    tokens = [begin(people, li, ADDRESS), begin(people, li, ADDRESS)]
    others = begin(people, zhang, ADDRESS)
    elsewhere = open_ledger(people.directory, people.clock)
    assert session_of(elsewhere, tokens[0]) == li
    act(people)
    assert [session_of(elsewhere, token) for token in tokens] == [None, None]
    ended = people.connection.execute("SELECT count(*) FROM session WHERE ended_at IS NULL").fetchone()[0]
    assert session_of(elsewhere, others) == (zhang if ended else None)
    elsewhere.close()


def test_a_changed_password_ends_every_session(people: Ledger) -> None:
    li, once = add_account(people, "li", Role.REPORTER, YUCI)
    token = begin(people, li, ADDRESS)
    changed = change_password(people, li, once, "Fenhe-2024x")
    assert session_of(people, token) is None
    assert session_of(people, begin(people, changed, ADDRESS)) == changed


def test_a_disabled_account_has_no_session_even_if_one_was_left(people: Ledger, zhang: Account) -> None:
    token = begin(people, zhang, ADDRESS)
    people.connection.execute("UPDATE account SET disabled = 1")
    assert session_of(people, token) is None


def test_old_sessions_are_cleared_away(people: Ledger, zhang: Account, clock: MovingClock) -> None:
    for _ in range(3):
        begin(people, zhang, ADDRESS)
    clock.move(days=3)
    begin(people, zhang, ADDRESS)
    assert len(seen_at(people)) == 1


def test_a_restored_ledger_knows_the_accounts_and_no_session(
    people: Ledger, zhang: Account, tmp_path: Path, clock: MovingClock
) -> None:
    token = begin(people, zhang, ADDRESS)
    set_policies(people, {"failures": "3"})
    log = people.connection.execute("SELECT count(*) FROM audit").fetchone()[0]
    backup(people, tmp_path / "backup")
    restored = restore(tmp_path / "backup", tmp_path / "restored", clock)
    assert session_of(people, token) == zhang
    assert session_of(restored, token) is None
    for table, count in (("account", 2), ("policy", 1), ("audit", log)):
        assert restored.connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == count  # noqa: S608
    assert check(restored) == []
    restored.close()
