"""The administrators' pages: accounts and their one-time passwords, roles and rules, the audit log."""

from __future__ import annotations

import csv
import re
import shutil
from io import StringIO
from pathlib import Path

import pytest

from tests.web.builders import NOW, one_project_ledger
from tests.web.callers import PASSWORD, caller, entered, sent, text_of, with_people
from tests.web.reading_pages import read_page
from tracker.ledger.accounts import find_account
from tracker.ledger.audit import Asked, Entry, entries, note
from tracker.ledger.opening import open_ledger
from tracker.ledger.policies import policies
from tracker.ledger.reading import reading
from tracker.model.roles import Role
from tracker.web.site import create_site

ONE_TIME = re.compile(r"<code>([a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4})</code>")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("accounts") / "ledger"
    one_project_ledger(directory, {})
    with_people(directory, "system", "security", "audit", "lead")
    return directory


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "ledger")
    return tmp_path / "ledger"


def log(directory: Path, **asked: str) -> list[Entry]:
    with reading(directory) as ledger:
        return list(entries(ledger, Asked(**asked)))  # type: ignore[arg-type]


def test_an_account_is_made_and_its_password_shown_this_once(directory: Path) -> None:
    client = caller(directory, "system")
    answer = sent(client, "/accounts", "/accounts", name="taigu", person="太谷填报员", email="t@example.cn")
    once = ONE_TIME.findall(text_of(answer))
    assert (answer.status_code, len(once)) == (200, 1)
    assert "只显示这一次" in text_of(answer)
    later = text_of(client.get("/accounts"))
    assert once[0] not in later
    assert "待授权" in later
    own = entered(create_site(directory).test_client(), "taigu", once[0])
    assert own.get("/", follow_redirects=True).request.path == "/account"
    assert [(entry.account, entry.object) for entry in log(directory, event="account_added", account="system")] == [
        ("system", "taigu")
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [({"name": "lead"}, "已经有"), ({"name": "x"}, "2 到 40 个字符"), ({"name": ""}, "请填写用户名"),
     ({"person": ""}, "请填写姓名"), ({"person": "长" * 41}, "最多 40 个"), ({"email": "nowhere"}, "写得不对"),
     ({"name": "<b>bad</b>"}, "不行")],
)  # fmt: skip
def test_what_cannot_be_an_account_is_said_and_what_was_typed_stays(
    directory: Path, data: dict[str, str], said: str
) -> None:
    typed = {"name": "new", "person": "某人", "email": "m@example.cn", **data}
    answer = sent(caller(directory, "system"), "/accounts", "/accounts", **typed)
    page = text_of(answer)
    assert (answer.status_code, said in page) == (422, True)
    assert "<b>bad</b>" not in page
    assert f'value="{typed["email"]}"' in page


def test_disabling_enabling_and_resetting_take_one_press(directory: Path) -> None:
    client = caller(directory, "system")
    for action, disabled in (("disable", True), ("enable", False)):
        assert sent(client, "/accounts", f"/accounts/lead/{action}").status_code == 303
        with reading(directory) as ledger:
            assert find_account(ledger, "lead").disabled is disabled
        again = sent(client, "/accounts", f"/accounts/lead/{action}")
        assert (again.status_code, "没有改动" in text_of(again)) == (409, True)
    once = ONE_TIME.findall(text_of(sent(client, "/accounts", "/accounts/lead/reset")))
    assert len(once) == 1
    assert sent(client, "/accounts", "/accounts/nobody/disable").status_code == 409
    assert sent(client, "/accounts", "/accounts/lead/erase").status_code == 404


def test_nobody_locks_themselves_or_the_last_administrator_out(directory: Path) -> None:
    answer = sent(caller(directory, "system"), "/accounts", "/accounts/system/disable")
    assert (answer.status_code, "不能停用自己的账号" in text_of(answer)) == (409, True)
    answer = sent(caller(directory, "security"), "/policy", "/policy/system", role="reader", scope="14")
    assert (answer.status_code, "最后一个可用的系统管理员" in text_of(answer)) == (422, True)
    answer = sent(caller(directory, "security"), "/policy", "/policy/security", role="system")
    assert (answer.status_code, "不能改自己的角色" in text_of(answer)) == (422, True)


def test_a_role_and_a_scope_are_granted_and_take_hold_at_once(directory: Path) -> None:
    lead = caller(directory, "lead")
    client = caller(directory, "security")
    answer = sent(client, "/policy/lead", "/policy/lead", role="lead", scope="140703")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/policy")
    assert lead.get(f"/overview/{NOW}/140702").status_code == 303
    assert caller(directory, "lead").get(f"/overview/{NOW}/140702").status_code == 404
    assert "由负责人" in (log(directory, event="role_set", account="security")[0].detail or "")


@pytest.mark.parametrize(
    ("role", "scope", "said"),
    [("lead", "1407", "县（市、区）或开发区"), ("lead", "", "要写明范围"), ("task_force", "140702", "一个市或省"),
     ("system", "14", "不设范围"), ("reader", "999999", "没有代码为"), ("boss", "", "form-fault")],
)  # fmt: skip
def test_a_scope_that_does_not_fit_is_said(directory: Path, role: str, scope: str, said: str) -> None:
    answer = sent(caller(directory, "security"), "/policy/lead", "/policy/lead", role=role, scope=scope)
    assert (answer.status_code, said in text_of(answer)) == (422, True)
    with reading(directory) as ledger:
        assert find_account(ledger, "lead").scope == "140702"


def test_rules_are_set_together_or_not_at_all(directory: Path) -> None:
    client = caller(directory, "security")
    rules = {"profile": "asvs", "idle_minutes": "20", "longest_hours": "8", "failures": "4", "lock_minutes": "30"}
    for wrong in ({"failures": "99"}, {"lock_minutes": "x"}, {"profile": "none"}, {"idle_minutes": ""}):
        answer = sent(client, "/policy", "/policy", **{**rules, **wrong})
        assert answer.status_code == 422
        with reading(directory) as ledger:
            assert policies(ledger).failures == 5
    assert sent(client, "/policy", "/policy", **rules).status_code == 303
    with reading(directory) as ledger:
        assert (policies(ledger).failures, policies(ledger).idle_minutes) == (4, 20)
    assert "4 次输错密码，账号锁定 30 分钟" in text_of(create_site(directory).test_client().get("/signin"))


def test_the_first_three_administrators_are_made_at_the_machine_only(tmp_path: Path) -> None:
    directory = tmp_path / "ledger"
    one_project_ledger(directory, {})
    client = create_site(directory).test_client()
    away = client.get("/first", environ_base={"REMOTE_ADDR": "192.0.2.7"})
    assert away.status_code in (403, 404)
    assert "xitong" not in text_of(away)
    alike = sent(client, "/first", "/first", system="one1", security="ONE1", audit="two2")
    assert (alike.status_code, "三个不同的用户名" in text_of(alike)) == (422, True)
    made = text_of(sent(client, "/first", "/first", system="xitong", security="anquan", audit="shenji"))
    once = ONE_TIME.findall(made)
    assert len(once) == 3
    assert client.get("/first").status_code == 404
    assert client.get(f"/overview/{NOW}/14").status_code == 200
    own = entered(create_site(directory).test_client(), "xitong", once[0])
    sent(own, "/account", "/account", current=once[0], new=PASSWORD, again=PASSWORD)
    assert client.get(f"/overview/{NOW}/14").status_code == 303
    with reading(directory) as ledger:
        assert [find_account(ledger, name).role for name in ("xitong", "anquan", "shenji")] == [
            Role.SYSTEM, Role.SECURITY, Role.AUDIT,
        ]  # fmt: skip


def fill_log(directory: Path, number: int) -> None:
    ledger = open_ledger(directory)
    for each in range(number):
        note(ledger, "page", each % 2 == 0, f"GET /{each:03d}", "=HYPERLINK(1)" if each == 7 else "说明")
    ledger.close()


def test_the_log_is_paged_searched_and_narrowed(directory: Path) -> None:
    fill_log(directory, 230)
    client = caller(directory, "audit")
    page = read_page(text_of(client.get("/audit?event=page")))
    assert page.heading == "审计日志 230 条"
    assert len(page.rows) == 101
    seen = [row[0] for row in page.rows[1:]]
    while any(words == "更早的" for _, words in page.links):
        page = read_page(text_of(client.get(page.link_named("更早的"))))
        seen += [row[0] for row in page.rows[1:]]
    assert len(seen) == len(set(seen)) == 230
    assert read_page(text_of(client.get("/audit?q=GET+%2F017"))).heading == "审计日志 1 条"
    assert read_page(text_of(client.get("/audit?event=page&refused=yes"))).heading == "审计日志 115 条"
    assert "没有符合这些条件的记录" in text_of(client.get("/audit?until=2001-01-01"))
    assert read_page(text_of(client.get("/audit?q=%25"))).heading == "审计日志 0 条"
    for wrong in ("since=gestern", "before=x", "before=" + "9" * 30):
        assert client.get(f"/audit?{wrong}").status_code == 404


def test_the_log_is_exported_as_it_is_narrowed_and_no_cell_is_a_formula(directory: Path) -> None:
    fill_log(directory, 12)
    answer = caller(directory, "audit").get("/audit/csv?event=page")
    text = text_of(answer)
    assert text.startswith("\ufeff编号,时间,账号")
    rows = list(csv.reader(StringIO(text.removeprefix("\ufeff"))))
    assert len(rows) == 13
    assert all(cell[:1] not in "=+@" for row in rows for cell in row if cell)
    assert any("'=HYPERLINK(1)" in row for row in rows)
    assert len(log(directory, event="audit_exported")) == 1


def test_a_log_that_was_tampered_with_says_so(directory: Path) -> None:
    ledger = open_ledger(directory)
    triggers = ledger.connection.execute("SELECT name FROM sqlite_master WHERE tbl_name = 'audit' AND type = 'trigger'")
    for (name,) in triggers.fetchall():
        ledger.connection.execute(f"DROP TRIGGER {name}")
    ledger.connection.execute("UPDATE audit SET account = 'nobody' WHERE sequence = 2")
    ledger.close()
    assert "日志的校验链有 1 处不符" in text_of(caller(directory, "audit").get("/audit"))


def test_what_was_refused_stands_in_the_log_with_who_tried(directory: Path) -> None:
    caller(directory, "lead").get("/accounts")
    refused = [entry for entry in log(directory, event="page") if not entry.allowed]
    assert [(entry.account, entry.role, entry.address, entry.object) for entry in refused] == [
        ("lead", "lead", "127.0.0.1", "GET /accounts")
    ]
