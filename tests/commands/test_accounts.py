"""Accounts and the audit log on the command line, and when the site may leave the machine."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import granian
import pytest

from tests.commands.conftest import Call
from tests.ledger.builders import standing_clock
from tracker.ledger.accounts import find_account
from tracker.ledger.opening import open_ledger
from tracker.ledger.signing_in import change_password, sign_in
from tracker.model.roles import ROLE_WORDS, Role

ADD = ["account", "add"]
ONE_TIME = re.compile(r"[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}")
ANYWHERE = "0.0.0.0"  # noqa: S104


def test_an_account_is_added_with_a_password_shown_once(call: Call, tmp_path: Path) -> None:
    answer = call(*ADD, "yuci", "--role", "填报员", "--scope", "140702", "--person", "张三", "--email", "z@example.cn")
    assert (answer.code, answer.err) == (0, "")
    assert "填报员，晋中市榆次区" in answer.out
    shown = ONE_TIME.findall(answer.out)
    assert len(shown) == 1
    with_json = call(*ADD, "jinzhong", "--role", "task-force", "--scope", "1407", "--format", "json").object
    assert (with_json["role"], with_json["scope"], with_json["scope_name"]) == ("task_force", "140700", "晋中市")
    ledger = open_ledger(tmp_path / "filled")
    assert sign_in(ledger, "yuci", shown[0]).email == "z@example.cn"
    assert sign_in(ledger, "jinzhong", with_json["one_time_password"]).must_change
    ledger.close()
    listed = call("account", "list", "--format", "json")
    assert [(row["name"], row["person"], row["must_change"]) for row in listed.object["accounts"]] == [
        ("yuci", "张三", True), ("jinzhong", "jinzhong", True),
    ]  # fmt: skip
    for seen in (listed.out, call("account", "list").out, call("audit", "--format", "json").out):
        assert not ONE_TIME.search(seen)
        assert "argon2" not in seen


@pytest.mark.parametrize("role", Role)
def test_every_role_is_taken_by_its_key_and_by_its_word(call: Call, role: Role) -> None:
    scope = {Role.REPORTER: ["--scope", "140702"], Role.LEAD: ["--scope", "140702"],
             Role.TASK_FORCE: ["--scope", "14"], Role.READER: ["--scope", "1407"]}.get(role, [])  # fmt: skip
    for number, word in enumerate((role.value, role.value.replace("_", "-"), ROLE_WORDS[role])):
        added = call(*ADD, f"name{number}", "--role", word, *scope, "--format", "json")
        assert (added.code, added.object["role"], added.object["role_name"]) == (0, role.value, ROLE_WORDS[role])


@pytest.mark.parametrize(("arguments", "code", "said"), [
    (["yuci", "--role", "lead", "--scope", "1407"], 1, "县（市、区）或开发区"),
    (["yuci", "--role", "lead"], 1, "要写明范围"),
    (["yuci", "--role", "专班", "--scope", "140702"], 1, "一个市或省"),
    (["yuci", "--role", "system", "--scope", "14"], 1, "不设范围"),
    (["y", "--role", "system"], 1, "2 到 40 个字符"),
    (["taken", "--role", "system"], 1, "已经有"),
    (["yuci", "--role", "lead", "--scope", "9999"], 2, "没有代码为"),
    (["yuci", "--role", "boss"], 2, "没有“boss”这个角色"),
    (["yuci"], 2, "--role"),
])  # fmt: skip
def test_what_cannot_be_added_is_said(call: Call, arguments: list[str], code: int, said: str) -> None:
    call(*ADD, "taken", "--role", "audit")
    answer = call(*ADD, *arguments)
    assert (answer.code, answer.out) == (code, "")
    assert said in answer.err
    assert call(*ADD, *arguments, "--format", "json").object.keys() == {"error"}
    assert len(call("account", "list", "--format", "json").object["accounts"]) == 1


def test_disabling_enabling_and_resetting(call: Call) -> None:
    call(*ADD, "root1", "--role", "system")
    assert call("account", "disable", "root1", "--reason", "调离", "--format", "json").object["disabled"] is True
    assert call("account", "disable", "ROOT1").code == 1
    assert "已停用" in call("account", "list").out
    assert call("account", "enable", "root1", "--format", "json").object["disabled"] is False
    reset = call("account", "reset", "root1")
    assert (reset.code, len(ONE_TIME.findall(reset.out))) == (0, 1)
    assert ONE_TIME.fullmatch(call("account", "reset", "root1", "--format", "json").object["one_time_password"])
    moved = call("account", "role", "root1", "--role", "reader", "--scope", "14", "--format", "json").object
    assert (moved["role"], moved["scope"]) == ("reader", "140000")
    assert call("account", "reset", "nobody").code == 2


def test_policies_are_shown_and_set_whole(call: Call) -> None:
    default = {"profile": "dengbao", "idle_minutes": 30, "longest_hours": 12, "failures": 5, "lock_minutes": 15}
    assert call("account", "policy", "--format", "json").object == default
    refused = call("account", "policy", "--set", "failures=4", "--set", "lock_minutes=1")
    assert (refused.code, "5 到 1440" in refused.err) == (1, True)
    assert call("account", "policy", "--format", "json").object == default
    changed = call("account", "policy", "--set", "failures=4", "--set", "profile=asvs", "--format", "json").object
    assert changed == {**default, "failures": 4, "profile": "asvs"}
    assert "12 个字符" in call("account", "policy").out


def test_the_log_tells_what_was_done_and_refused_newest_last(call: Call) -> None:
    call("--as", "建账人", *ADD, "yuci", "--role", "lead", "--scope", "140702")
    call("--as", "建账人", *ADD, "yuci", "--role", "lead", "--scope", "140702")
    call("--as", "专班甲", "project", "rename", "140702-0001", "新名称", "--month", "2024-08", "--reason", "批复")
    found: list[dict[str, Any]] = call("audit", "--format", "json").object["entries"]
    assert [row["sequence"] for row in found] == list(range(1, len(found) + 1))
    last = [(row["account"], row["address"], row["event"], row["event_name"], row["allowed"]) for row in found[-3:]]
    assert last == [
        ("建账人", "本机", "account_added", "新增账号", True),
        ("建账人", "本机", "account_added", "新增账号", False),
        ("专班甲", "本机", "renaming", "更名", True),
    ]
    assert found[-1]["object"] == "2024-08 140702-0001"
    lines = call("audit").out.splitlines()
    assert len(lines) == len(found)
    assert re.fullmatch(
        r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d 专班甲（本机） 更名 2024-08 140702-0001：第 \d+ 条记录，批复", lines[-1]
    )
    assert "【被拒绝】新增账号 yuci" in lines[-2]
    assert len(call("audit", "--refused", "--format", "json").object["entries"]) == 1
    assert len(call("audit", "--account", "专班甲", "--format", "json").object["entries"]) == 1
    assert call("audit", "--since", "2999-01-01").out == "没有这样的审计记录。\n"
    assert call("audit", "--until", "1999-01-01", "--format", "json").object == {"entries": []}
    today = found[-1]["at"][:10]
    assert len(call("audit", "--since", today, "--until", today, "--search", "批复").out.splitlines()) == 1


@pytest.mark.parametrize("day", ["2024-8-1", "20240801", "2024-W31-4", "昨天", "", "0001-01-01"])
def test_a_day_that_is_none_is_said(call: Call, day: str) -> None:
    answer = call("audit", "--since", day)
    assert (answer.code, "YYYY-MM-DD" in answer.err) == (2, True)


def test_accounts_come_back_from_a_backup_and_not_from_dossiers(call: Call, tmp_path: Path) -> None:
    call(*ADD, "yuci", "--role", "lead", "--scope", "140702")
    call("backup", str(tmp_path / "copy"))
    restored = call("restore", str(tmp_path / "copy"), ledger="restored")
    assert (restored.code, "重新登录" in restored.out) == (0, True)
    assert len(call("account", "list", "--format", "json", ledger="restored").object["accounts"]) == 1
    last = call("audit", "--format", "json", ledger="restored").object["entries"][-1]
    assert (last["event"], last["object"], last["address"]) == ("restored", str(tmp_path / "copy"), "本机")
    for folder in ("dossiers", "originals"):
        shutil.copytree(tmp_path / "filled" / folder, tmp_path / folder)
    rebuilt = call("restore", str(tmp_path / "dossiers"), ledger="rebuilt")
    assert (rebuilt.code, "没有账号、审计日志" in rebuilt.out) == (0, True)
    assert call("account", "list", "--format", "json", ledger="rebuilt").object["accounts"] == []
    for ledger in ("restored", "rebuilt"):
        assert call("check", ledger=ledger).out == "台账完好。\n"


def test_the_site_leaves_the_machine_only_once_somebody_administers_it(
    call: Call, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served: list[str] = []

    class Server:
        def __init__(self, *_: object, address: str, **__: object) -> None:
            served.append(address)

        def serve(self) -> None:
            pass

    monkeypatch.setattr(granian, "Granian", Server)
    monkeypatch.setenv("TRACKER_DATA", "")
    serve = ["serve", "--host", ANYWHERE, "--port", "5099"]
    refused = call(*serve)
    assert (refused.code, "account add" in refused.err) == (2, True)
    once = call(*ADD, "root1", "--role", "system", "--format", "json").object["one_time_password"]
    assert call(*serve).code == 2
    ledger = open_ledger(tmp_path / "filled", standing_clock)
    ledger.connection.execute("UPDATE account SET password_set_at = created_at")
    change_password(ledger, find_account(ledger, "root1"), once, "Fenhe-2024x")
    ledger.close()
    assert served == []
    assert call(*serve).code == 0
    assert served == [ANYWHERE]
    for wrong in ("两层", "-1", "10", "١"):
        monkeypatch.setenv("TRACKER_PROXIES", wrong)
        refused = call(*serve)
        assert (refused.code, f"TRACKER_PROXIES 写的是“{wrong}”" in refused.err) == (2, True)
    monkeypatch.setenv("TRACKER_PROXIES", "1")
    call("account", "disable", "root1")
    assert call(*serve).code == 2
    assert served == [ANYWHERE]
