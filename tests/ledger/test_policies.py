"""Policies: their defaults and bounds, and what they say of themselves."""

from __future__ import annotations

import pytest

from tracker.ledger.audit import entries
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.policies import POLICY_WORDS, Policies, policies, policy_lines, set_policies
from tracker.model.passwords import Profile


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
