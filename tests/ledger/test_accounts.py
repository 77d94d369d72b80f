"""Accounts: one-time passwords, locks that hold over processes, roles with their scopes, and who may not be lost."""

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

from tests.ledger.builders import JIYUAN, KEY, YUCI, MovingClock, standing_clock
from tracker.ledger import password_hashing
from tracker.ledger.accounts import (
    Account,
    account_named,
    accounts,
    add_account,
    add_demonstration_account,
    administrator_exists,
    disable_account,
    enable_account,
    find_account,
    reset_password,
    set_role,
)
from tracker.ledger.audit import Actor, Asked, entries
from tracker.ledger.handle import Ledger, RefusedError, UnknownError
from tracker.ledger.opening import open_ledger
from tracker.ledger.policies import POLICY_WORDS, Policies, policies, policy_lines, set_policies
from tracker.ledger.sessions import begin, session_of
from tracker.ledger.signing_in import (
    ONE_TIME_DAYS,
    Outcome,
    PasswordRefusedError,
    SignInRefusedError,
    change_due,
    change_password,
    sign_in,
)
from tracker.model.passwords import Profile
from tracker.model.roles import Role

GOOD, BETTER, WRONG = "Fenhe-2024x", "Qinhe-2025y", "Sanggan-1y"
ADDRESS = "10.1.2.3"
OWN = password_hashing._HASHER
Exchange = Callable[[PasswordHasher], None]
QUICK = PasswordHasher.from_parameters(CHEAPEST)


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def hasher(monkeypatch: pytest.MonkeyPatch) -> Iterator[Exchange]:
    """Exchange what hashes passwords: the program's own parameters take their time, as they should."""

    def exchange(other: PasswordHasher) -> None:
        monkeypatch.setattr(password_hashing, "_HASHER", other)
        password_hashing._nobodys_hash.cache_clear()

    exchange(QUICK)
    yield exchange
    password_hashing._nobodys_hash.cache_clear()


@pytest.fixture
def people(ledger: Ledger, clock: MovingClock, hasher: Exchange) -> Iterator[Ledger]:
    """The fresh ledger under a clock that the test moves, where hashing is quick."""
    opened = open_ledger(ledger.directory, clock)
    opened.actor = Actor("建账人", None, ADDRESS)
    yield opened
    opened.close()


def settled(ledger: Ledger, name: str = "zhang", role: Role = Role.REPORTER, scope: str | None = YUCI) -> Account:
    """Make an account that has changed its one-time password to GOOD."""
    account, once = add_account(ledger, name, role, scope)
    return change_password(ledger, account, once, GOOD)


def refused(ledger: Ledger, name: str, password: str) -> tuple[Outcome, str]:
    with pytest.raises(SignInRefusedError) as caught:
        sign_in(ledger, name, password)
    return caught.value.outcome, str(caught.value)


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
    password_hashing._HASHER = QUICK

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

    def __init__(self) -> None:
        super().__init__()
        self.verified: list[Any] = []

    def verify(self, hash: str | bytes, password: str | bytes) -> Any:
        self.verified.append(extract_parameters(str(hash)))
        return super().verify(hash, password)


def test_who_does_not_exist_costs_as_much_and_sounds_the_same(
    people: Ledger, clock: MovingClock, hasher: Exchange
) -> None:
    counted = Counted()
    hasher(counted)
    settled(people)
    settled(people, "li")
    disable_account(people, "li")
    add_demonstration_account(people, "demo", Role.READER, "14", "示例")
    counted.verified.clear()
    known = [refused(people, "zhang", WRONG) for _ in range(6)]
    assert counted.verified == [RFC_9106_LOW_MEMORY] * 6
    for name in ("nobody", "li", "demo"):
        counted.verified.clear()
        assert [refused(people, name, WRONG) for _ in range(6)] == known
        assert counted.verified == [RFC_9106_LOW_MEMORY] * 6
    clock.move(minutes=15)
    assert {refused(people, name, WRONG) for name in ("zhang", "nobody", "li", "demo")} == {known[0]}
    assert refused(people, "li", GOOD)[0] is Outcome.DISABLED


@pytest.mark.parametrize("name", ["", " ", "\x00", "\ud800x", "x" * 5000, "' OR 1=1 --", "z%", "a\nb", "密码 Secret-1"])
@pytest.mark.parametrize("password", ["", "\ud800", "x" * 5000])
def test_strange_names_and_passwords_are_wrong_and_not_logged(people: Ledger, name: str, password: str) -> None:
    assert refused(people, name, password)[0] is Outcome.WRONG
    noted = next(entries(people))
    assert (noted.account, noted.address, noted.allowed) == ("—", ADDRESS, False)


def test_disabling_and_enabling(people: Ledger) -> None:
    settled(people)
    disable_account(people, "zhang", "调离")
    outcome, sentence = refused(people, "zhang", GOOD)
    assert (outcome, "停用" in sentence) == (Outcome.DISABLED, True)
    for action, said in ((disable_account, "已经停用"), (reset_password, "先启用")):
        with pytest.raises(RefusedError, match=said):
            action(people, "zhang")
    enable_account(people, "zhang")
    assert sign_in(people, "zhang", GOOD)
    with pytest.raises(RefusedError, match="没有停用"):
        enable_account(people, "zhang")
    disabled = [
        (entry.object, entry.detail, entry.allowed) for entry in entries(people, Asked(event="account_disabled"))
    ]
    assert disabled == [("zhang", "账号“zhang”已经停用，没有改动。", False), ("zhang", "调离", True)]


@pytest.mark.parametrize(("name", "said"), [
    ("z", "2 到 40 个"), ("-zhang", "2 到 40 个"), ("zhang san", "2 到 40 个"), ("z" * 41, "2 到 40 个"),
    ("zh\nang", "2 到 40 个"), ("", "2 到 40 个"), ("ZHANG", "已经有"),
])  # fmt: skip
def test_names_that_cannot_be_are_refused(people: Ledger, name: str, said: str) -> None:
    add_account(people, "zhang", Role.REPORTER, YUCI)
    with pytest.raises(RefusedError, match=said):
        add_account(people, name, Role.REPORTER, YUCI)
    assert [account.name for account in accounts(people)] == ["zhang"]


@pytest.mark.parametrize("email", ["zhang", "a b@c.cn", "a@b\nBcc: x@y.cn", "a@b", "<a@b.cn>", "a@b.cn,c@d.cn"])
def test_addresses_that_cannot_be_are_refused(people: Ledger, email: str) -> None:
    with pytest.raises(RefusedError, match="电子邮箱"):
        add_account(people, "zhang", Role.REPORTER, YUCI, None, email)
    assert accounts(people) == []


@pytest.mark.parametrize(("role", "scope", "kept"), [
    (Role.REPORTER, YUCI, YUCI), (Role.LEAD, "140771", "140771"), (Role.LEAD, JIYUAN, JIYUAN),
    (Role.REPORTER, "4419", "441900"), (Role.TASK_FORCE, "1407", "140700"), (Role.TASK_FORCE, "14", "140000"),
    (Role.TASK_FORCE, JIYUAN, JIYUAN), (Role.TASK_FORCE, "000000", "000000"), (Role.READER, YUCI, YUCI),
    (Role.READER, "14", "140000"), (Role.READER, "000000", "000000"), (Role.SYSTEM, None, None),
    (Role.SECURITY, "", None), (Role.AUDIT, None, None), (None, None, None),
])  # fmt: skip
def test_scopes_that_fit_their_role(people: Ledger, role: Role | None, scope: str | None, kept: str | None) -> None:
    assert add_account(people, "zhang", role, scope)[0].scope == kept


@pytest.mark.parametrize(("role", "scope", "said"), [
    (Role.REPORTER, "1407", "县（市、区）或开发区"), (Role.LEAD, "14", "县（市、区）或开发区"),
    (Role.REPORTER, None, "要写明范围"), (Role.READER, " ", "要写明范围"), (Role.TASK_FORCE, None, "要写明范围"),
    (Role.TASK_FORCE, YUCI, "一个市或省"), (Role.TASK_FORCE, "140771", "一个市或省"), (Role.SYSTEM, "14", "不设范围"),
    (Role.SECURITY, YUCI, "不设范围"), (Role.AUDIT, "14", "不设范围"), (None, "14", "不设范围"),
])  # fmt: skip
def test_scopes_that_do_not_fit_are_refused_and_noted(
    people: Ledger, role: Role | None, scope: str | None, said: str
) -> None:
    with pytest.raises(RefusedError, match=said) as caught:
        add_account(people, "zhang", role, scope)
    assert account_named(people, "zhang") is None
    noted = next(entries(people))
    assert (noted.event, noted.object, noted.allowed, noted.detail) == (
        "account_added", "zhang", False, str(caught.value),
    )  # fmt: skip


def test_a_place_that_is_none_is_said(people: Ledger) -> None:
    with pytest.raises(UnknownError, match="9999"):
        add_account(people, "zhang", Role.READER, "9999")


def test_a_role_is_changed_and_the_sessions_end(people: Ledger) -> None:
    account = settled(people)
    token = begin(people, account, ADDRESS)
    assert session_of(people, token) == account
    changed = set_role(people, "zhang", Role.TASK_FORCE, "1407")
    assert (changed.role, changed.scope) == (Role.TASK_FORCE, "140700")
    assert session_of(people, token) is None
    assert "填报员，晋中市榆次区" in (next(entries(people)).detail or "")


def test_nobody_acts_on_their_own_account_or_takes_the_last_administrator(people: Ledger) -> None:
    settled(people, "root1", Role.SYSTEM, None)
    settled(people, "guard", Role.SECURITY, None)
    people.actor = Actor("guard", Role.SECURITY, ADDRESS)
    with pytest.raises(RefusedError, match="自己的角色"):
        set_role(people, "guard", Role.SYSTEM)
    with pytest.raises(RefusedError, match="最后一个可用的系统管理员"):
        set_role(people, "root1", Role.READER, "14")
    people.actor = Actor("root1", Role.SYSTEM, ADDRESS)
    with pytest.raises(RefusedError, match="自己的账号"):
        disable_account(people, "root1")
    people.actor = Actor("root2", Role.SYSTEM, ADDRESS)
    with pytest.raises(RefusedError, match="最后一个可用的系统管理员"):
        disable_account(people, "root1")
    settled(people, "root2", Role.SYSTEM, None)
    assert disable_account(people, "root1").disabled


def test_there_is_an_administrator_once_the_password_has_been_changed(people: Ledger) -> None:
    add_demonstration_account(people, "demo-system", Role.SYSTEM, None, "示例")
    settled(people, "guard", Role.SECURITY, None)
    account, once = add_account(people, "root1", Role.SYSTEM)
    assert not administrator_exists(people)
    change_password(people, account, once, GOOD)
    assert administrator_exists(people)
    disable_account(people, "root1")
    assert not administrator_exists(people)


def test_a_demonstration_account_has_no_password(people: Ledger) -> None:
    demo = add_demonstration_account(people, "demo", Role.LEAD, YUCI, "示例")
    assert (demo.demonstration, demo.must_change, change_due(people, demo)) == (True, False, None)
    assert refused(people, "demo", "")[0] is Outcome.WRONG
    with pytest.raises(RefusedError, match="示例账号"):
        reset_password(people, "demo")
    assert session_of(people, begin(people, demo, "127.0.0.1")) == find_account(people, "demo")


def test_policies_have_defaults_bounds_and_words(people: Ledger) -> None:
    assert policies(people) == Policies(Profile.DENGBAO, 30, 12, 5, 15)
    set_policies(people, {"failures": "3", "profile": "asvs", "lock_minutes": " 60 "})
    assert policies(people) == Policies(Profile.ASVS, 30, 12, 3, 60)
    noted = next(entries(people))
    assert noted.detail == "密码要求由 dengbao 改为 asvs；连续输错锁定由 5 改为 3；锁定时长由 15 改为 60"
    assert all(any(f"（{name}）" in line for line in policy_lines(policies(people))) for name in POLICY_WORDS)


@pytest.mark.parametrize(("name", "value"), [
    ("failures", "2"), ("failures", "11"), ("failures", "五"), ("failures", "٥"), ("idle_minutes", "0"),
    ("idle_minutes", "-30"), ("longest_hours", "25"), ("lock_minutes", "9" * 50), ("profile", "none"), ("colour", "1"),
])  # fmt: skip
def test_policies_out_of_bounds_are_refused_whole_and_noted(people: Ledger, name: str, value: str) -> None:
    with pytest.raises(RefusedError, match=r"[一-鿿].*。$"):
        set_policies(people, {"idle_minutes": "10", name: value})
    assert policies(people) == Policies()
    assert not next(entries(people)).allowed


def test_a_policy_spoilt_behind_the_program_is_as_by_default(people: Ledger) -> None:
    people.connection.execute(
        "INSERT INTO policy VALUES ('failures', '999999'), ('profile', 'x'), ('lock_minutes', '')"
    )
    assert policies(people) == Policies()


def test_accounts_stand_beside_the_records(people: Ledger) -> None:
    before = people.connection.execute("SELECT count(*) FROM record WHERE programme = ?", (KEY,)).fetchone()[0]
    settled(people)
    assert people.connection.execute("SELECT count(*) FROM record").fetchone()[0] == before
