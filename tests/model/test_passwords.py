"""Passwords: the two yardsticks, and that neither can be talked round."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.ledger.reference import common_passwords
from tracker.model.passwords import LEAST_LENGTH, MOST_LENGTH, OWN_WORDS, RENEWAL_DAYS, Profile, password_faults

NAMES = ("yuci-zhang", "张三丰")
SENTENCE = re.compile(r"[一-鿿].*。")


def faults(password: str, profile: Profile = Profile.DENGBAO) -> list[str]:
    return password_faults(password, profile, NAMES, common_passwords())


@pytest.mark.parametrize("password", ["Fenhe-2024x", "汾河Bridge7", "aB3 defgh", "qk7-ZTwe", "x" * 40 + "Y1"])
def test_what_dengbao_takes(password: str) -> None:
    assert faults(password) == []


@pytest.mark.parametrize(("password", "said"), [
    ("", "至少要 8 个"),
    ("aB3-xyz", "有 7 个字符，至少要 8 个"),
    ("aB3-" + "x" * 125, "有 129 个字符，最多 128 个"),
    ("fenheqiao-", "现在只有小写字母、符号"),
    ("FENHEQIAO2", "现在只有大写字母、数字"),
    ("Yuci-Zhang9", "账号名或本人姓名"),
    ("X9-yuci-zhang", "账号名或本人姓名"),
    ("gnahz-icuY9", "账号名或本人姓名"),
    ("Aa1-张三丰", "账号名或本人姓名"),
    ("P@ssw0rd", "太常见"),
    ("Admin@123", "太常见"),
    ("Aa123456!", "太常见"),
    ("aB3-aB3-aB3-", "太有规律"),
    ("aB3\x00defgh", "控制字符"),
    ("aB3\ud800defgh", "残缺的字符"),
])  # fmt: skip
def test_what_dengbao_refuses(password: str, said: str) -> None:
    assert any(said in fault for fault in faults(password))


@pytest.mark.parametrize("password", [
    "correct horse battery", "汾河水清又清岸边柳树又发新芽", "kvwqzrtmxpld", "7 3 9 1 4 8 2 6", "x9" + "汾" * 62,
])  # fmt: skip
def test_what_asvs_takes_without_asking_for_classes(password: str) -> None:
    assert faults(password, Profile.ASVS) == []


@pytest.mark.parametrize(("password", "said"), [
    ("Kv9-zrtmxpl", "至少要 12 个"),
    ("passwordpassword", "太常见"),
    ("Password123456!", "太常见"),
    ("iloveyou-2024-2024", "太常见"),
    ("monkeydragon", "太常见"),
    ("yihong20242024", "太常见"),
    ("一泓台账一泓台账2024!!!!", "太常见"),
    ("aaaaaaaaaaaaaa", "太有规律"),
    ("abcdefghijklmnop", "太有规律"),
    ("098765432109", "太有规律"),
    ("yuci-zhang-2024", "账号名或本人姓名"),
])  # fmt: skip
def test_what_asvs_refuses(password: str, said: str) -> None:
    assert any(said in fault for fault in faults(password, Profile.ASVS))


@given(st.text(max_size=MOST_LENGTH + 5), st.sampled_from(Profile))
def test_any_text_is_judged_in_sentences_that_do_not_repeat_it(password: str, profile: Profile) -> None:
    found = faults(password, profile)
    assert all(SENTENCE.fullmatch(fault) for fault in found)
    if len(password) > 24:
        assert not any(password in fault for fault in found)
    if not LEAST_LENGTH[profile] <= len(password) <= MOST_LENGTH:
        assert found


@given(st.text(alphabet=string.ascii_lowercase + string.digits, max_size=MOST_LENGTH))
def test_two_classes_are_never_enough_for_dengbao(password: str) -> None:
    assert any("三类" in fault for fault in faults(password))


@given(st.sampled_from(sorted(common_passwords())), st.text(alphabet="0123456789!@#._-", max_size=9))
def test_a_common_password_stays_common_however_it_is_padded(common: str, padding: str) -> None:
    assert any("太常见" in fault for fault in faults(common, Profile.ASVS))
    assert any("太常见" in fault for fault in faults(common.upper()))
    if common.isalpha() and len(common) >= 3:
        assert any("太常见" in fault for fault in faults(common + padding, Profile.ASVS))
        assert any("太常见" in fault for fault in faults(padding + common.title(), Profile.ASVS))


@given(st.text(alphabet=string.ascii_letters + string.digits + "-_ ", min_size=8), st.sampled_from(Profile))
def test_names_are_found_wherever_they_stand(rest: str, profile: Profile) -> None:
    for name in NAMES:
        for password in (name + rest, rest + name, rest + name.upper() + rest, name[::-1] + rest):
            assert any("账号名" in fault for fault in faults(password, profile))


def test_the_list_holds_enough_that_the_rules_alone_would_pass() -> None:
    common = common_passwords()
    assert len([password for password in common if len(password) >= 8]) >= 3000
    assert all(password == password.casefold() and password.strip() == password for password in common)
    assert all(word == word.casefold() for word in OWN_WORDS)


def test_only_dengbao_asks_for_renewal() -> None:
    assert RENEWAL_DAYS == {Profile.DENGBAO: 90, Profile.ASVS: None}
