"""Signing in: one-time passwords, hashes, locks that hold over processes, and nothing that tells who exists."""

from __future__ import annotations

import multiprocessing
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher, extract_parameters
from argon2.profiles import CHEAPEST, RFC_9106_LOW_MEMORY

from tests.ledger.builders import YUCI, MovingClock, standing_clock
from tests.ledger.people import ADDRESS, BETTER, GOOD, WRONG, refused, settled
from tracker.ledger import password_hashing
from tracker.ledger.accounts import (
    add_account,
    add_demonstration_account,
    disable_account,
    find_account,
    reset_password,
)
from tracker.ledger.audit import Asked, entries
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.opening import open_ledger
from tracker.ledger.policies import set_policies
from tracker.ledger.signing_in import (
    ONE_TIME_DAYS,
    Outcome,
    PasswordRefusedError,
    SignInRefusedError,
    change_due,
    change_password,
    sign_in,
)
from tracker.model.roles import Role

OWN = password_hashing._HASHER
"""The program's own: while files are read, nothing has been exchanged for quicker hashing."""

Exchange = Callable[[PasswordHasher], None]


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Exchange]:
    """Exchange what hashes passwords."""

    def exchange(other: PasswordHasher) -> None:
        monkeypatch.setattr(password_hashing, "_HASHER", other)
        password_hashing._nobodys_hash.cache_clear()

    yield exchange
    password_hashing._nobodys_hash.cache_clear()


def everything_stored(directory: Path) -> bytes:
    return b"".join(path.read_bytes() for path in directory.rglob("*") if path.is_file())


def test_a_new_account_has_a_one_time_password_that_must_be_changed(people: Ledger) -> None:
    account, once = add_account(people, "ｚｈａｎｇ ", Role.REPORTER, YUCI, "张三", "zhang@example.cn")
    assert re.fullmatch(r"[a-hjkmnp-z2-9]{4}(-[a-hjkmnp-z2-9]{4}){2}", once)
    said = (account.name, account.person, account.role, account.scope, account.email, account.created_by)
    assert said == ("zhang", "张三", Role.REPORTER, YUCI, "zhang@example.cn", "建账人")
    assert account.must_change
    signed = sign_in(people, "ZHANG", once)
    assert signed == account
    assert "一次性密码" in (change_due(people, signed) or "")
    changed = change_password(people, signed, once, GOOD)
    assert not changed.must_change
    assert change_due(people, changed) is None
    assert sign_in(people, "zhang", GOOD).id == account.id
    assert refused(people, "zhang", once)[0] is Outcome.WRONG


def test_passwords_are_hashed_with_argon2id_and_stand_nowhere(people: Ledger, hasher: Exchange) -> None:
    hasher(OWN)
    account, once = add_account(people, "zhang", Role.REPORTER, YUCI)
    change_password(people, account, once, GOOD)
    with pytest.raises(SignInRefusedError):
        sign_in(people, "zhang", BETTER)
    with pytest.raises(SignInRefusedError):
        sign_in(people, WRONG + "!", BETTER)
    stored = people.connection.execute("SELECT password_hash FROM account").fetchone()[0]
    assert extract_parameters(stored) == RFC_9106_LOW_MEMORY
    kept = everything_stored(people.directory)
    assert stored.encode() in kept
    assert not any(password.encode() in kept for password in (once, GOOD, BETTER, WRONG + "!"))


def test_a_hash_of_weaker_parameters_is_made_anew_at_sign_in(people: Ledger, hasher: Exchange) -> None:
    account = settled(people)
    hasher(OWN)
    sign_in(people, account.name, GOOD)
    stored = people.connection.execute("SELECT password_hash FROM account").fetchone()[0]
    assert extract_parameters(stored) == RFC_9106_LOW_MEMORY
    sign_in(people, account.name, GOOD)


def test_a_one_time_password_expires(people: Ledger, clock: MovingClock) -> None:
    _, once = add_account(people, "zhang", Role.REPORTER, YUCI)
    clock.move(days=ONE_TIME_DAYS, seconds=-1)
    assert sign_in(people, "zhang", once).must_change
    clock.move(seconds=1)
    outcome, sentence = refused(people, "zhang", once)
    assert (outcome, "过期" in sentence) == (Outcome.EXPIRED, True)
    assert refused(people, "zhang", WRONG)[0] is Outcome.WRONG
    _, second = reset_password(people, "zhang")
    assert second != once
    assert sign_in(people, "zhang", second)


def test_dengbao_asks_for_a_new_password_after_90_days_and_asvs_does_not(people: Ledger, clock: MovingClock) -> None:
    account = settled(people)
    clock.move(days=89)
    assert change_due(people, account) is None
    clock.move(days=1)
    assert "90 天" in (change_due(people, account) or "")
    set_policies(people, {"profile": "asvs"})
    assert change_due(people, account) is None


def test_a_new_password_must_be_good_and_new_and_the_present_one_right(people: Ledger) -> None:
    account = settled(people)
    for new, said in ((GOOD, "一样"), ("short", "至少要 8 个"), ("zhang-9Zhang", "账号名")):
        with pytest.raises(PasswordRefusedError) as caught:
            change_password(people, account, GOOD, new)
        assert any(said in fault for fault in caught.value.faults)
    for _ in range(5):
        with pytest.raises(SignInRefusedError, match="原密码不对"):
            change_password(people, account, WRONG, BETTER)
    with pytest.raises(SignInRefusedError, match="锁定"):
        change_password(people, account, GOOD, BETTER)
    noted = [entry.detail for entry in entries(people, Asked(event="password_changed", refused=True))]
    assert noted.count("用户名或密码不对") == 5
    assert sum("至少要" in (detail or "") for detail in noted) == 1


def test_a_password_that_was_reset_meanwhile_is_not_overwritten(
    people: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = settled(people)
    from tracker.ledger import signing_in  # noqa: PLC0415

    def hashed_slowly(password: str) -> str:
        reset_password(people, "zhang")
        return password_hashing.hash_password(password)

    monkeypatch.setattr(signing_in, "hash_password", hashed_slowly)
    with pytest.raises(RefusedError, match="在别处改过或重置过"):
        change_password(people, account, GOOD, BETTER)
    assert find_account(people, "zhang").must_change


def test_five_failures_lock_for_fifteen_minutes(people: Ledger, clock: MovingClock) -> None:
    settled(people)
    for _ in range(4):
        assert refused(people, "zhang", WRONG)[0] is Outcome.WRONG
    sign_in(people, "zhang", GOOD)
    for _ in range(5):
        assert refused(people, "zhang", WRONG)[0] is Outcome.WRONG
    outcome, sentence = refused(people, "zhang", GOOD)
    assert (outcome, "15 分钟" in sentence) == (Outcome.LOCKED, True)
    clock.move(minutes=14, seconds=59)
    assert refused(people, "zhang", GOOD)[0] is Outcome.LOCKED
    assert find_account(people, "zhang").locked(clock.now)
    clock.move(seconds=1)
    assert refused(people, "zhang", WRONG)[0] is Outcome.WRONG
    assert find_account(people, "zhang").failures == 1
    assert sign_in(people, "zhang", GOOD).failures == 0


def test_a_reset_lifts_a_lock(people: Ledger) -> None:
    settled(people)
    for _ in range(6):
        refused(people, "zhang", WRONG)
    _, once = reset_password(people, "zhang")
    assert sign_in(people, "zhang", once)


def guess(directory: Path, start: Any, answers: Any) -> None:
    """Guess five times at once, as one of several workers."""
    password_hashing._HASHER = PasswordHasher.from_parameters(CHEAPEST)

    def try_once() -> None:
        mine = open_ledger(directory, standing_clock)
        start.wait()
        try:
            sign_in(mine, "zhang", WRONG)
        except SignInRefusedError as refusal:
            answers.put(refusal.outcome.value)
        finally:
            mine.close()

    threads = [threading.Thread(target=try_once) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_twenty_guesses_in_four_processes_are_counted_to_five(people: Ledger) -> None:
    settled(people)
    context = multiprocessing.get_context("spawn")
    start, answers = context.Barrier(20), context.Queue()
    workers = [context.Process(target=guess, args=(people.directory, start, answers)) for _ in range(4)]
    for worker in workers:
        worker.start()
    found = sorted(answers.get(timeout=120) for _ in range(20))
    for worker in workers:
        worker.join()
    assert found == sorted([Outcome.WRONG.value] * 5 + [Outcome.LOCKED.value] * 15)
    assert find_account(people, "zhang").failures == 5
    noted = [entry.detail for entry in entries(people, Asked(event="sign_in", refused=True))]
    assert sorted(noted) == found


class Counted(PasswordHasher):
    """A hasher that remembers what it verified."""

    def __init__(self, **parameters: Any) -> None:
        super().__init__(**parameters)
        self.verified: list[Any] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:
        self.verified.append(extract_parameters(str(hash)))
        return super().verify(hash, password)


def test_who_does_not_exist_costs_as_much_and_sounds_the_same(
    people: Ledger, clock: MovingClock, hasher: Exchange
) -> None:
    counted = Counted.from_parameters(CHEAPEST)
    hasher(counted)
    settled(people)
    settled(people, "li")
    disable_account(people, "li")
    add_demonstration_account(people, "demo", Role.READER, "14", "示例")
    counted.verified.clear()
    known = [refused(people, "zhang", WRONG) for _ in range(6)]
    assert counted.verified == [CHEAPEST] * 6
    for name in ("nobody", "li", "demo"):
        counted.verified.clear()
        assert [refused(people, name, WRONG) for _ in range(6)] == known
        assert counted.verified == [CHEAPEST] * 6
    clock.move(minutes=15)
    assert {refused(people, name, WRONG) for name in ("zhang", "nobody", "li", "demo")} == {known[0]}
    assert refused(people, "li", GOOD)[0] is Outcome.DISABLED


@pytest.mark.parametrize("name", ["", " ", "\x00", "\ud800x", "x" * 5000, "' OR 1=1 --", "z%", "a\nb", "密码 Secret-1"])
@pytest.mark.parametrize("password", ["", "\ud800", "x" * 5000])
def test_strange_names_and_passwords_are_wrong_and_not_logged(people: Ledger, name: str, password: str) -> None:
    assert refused(people, name, password)[0] is Outcome.WRONG
    noted = next(entries(people))
    assert (noted.account, noted.address, noted.allowed) == ("—", ADDRESS, False)
