"""Accounts: names, addresses, roles with their scopes, and who may not be lost."""

from __future__ import annotations

import pytest

from tests.ledger.builders import JIYUAN, KEY, YUCI
from tests.ledger.people import ADDRESS, GOOD, refused, settled
from tracker.ledger.accounts import (
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
from tracker.ledger.sessions import begin, session_of
from tracker.ledger.signing_in import Outcome, change_due, change_password, sign_in
from tracker.model.roles import Role


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


def test_accounts_stand_beside_the_records(people: Ledger) -> None:
    before = people.connection.execute("SELECT count(*) FROM record WHERE programme = ?", (KEY,)).fetchone()[0]
    settled(people)
    assert people.connection.execute("SELECT count(*) FROM record").fetchone()[0] == before
