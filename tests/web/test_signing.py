"""Signing in: what is said to whoever gets it wrong, what a one-time password opens, when sessions end."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.web.builders import NOW, one_project_ledger
from tests.web.callers import PASSWORD, caller, entered, sent, text_of, with_people
from tests.web.reading_pages import read_page
from tests.web.returning import token_of
from tracker.exchange.programme_file import NATIONAL, read_programme
from tracker.ledger.accounts import add_account, disable_account, set_role
from tracker.ledger.audit import Asked, entries
from tracker.ledger.opening import creating_ledger, open_ledger
from tracker.ledger.policies import set_policies
from tracker.ledger.reading import reading
from tracker.ledger.writing import writing
from tracker.model.roles import Role
from tracker.web.site import create_site, site_from_environment

OVERVIEW = f"/overview/{NOW}/140702"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("signing") / "ledger"
    one_project_ledger(directory, {})
    with_people(directory, "system", "lead")
    return directory


@pytest.fixture
def directory(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "ledger")
    return tmp_path / "ledger"


@pytest.fixture
def client(directory: Path) -> FlaskClient:
    return create_site(directory).test_client()


def change(directory: Path, statement: str) -> None:
    ledger = open_ledger(directory)
    ledger.connection.execute(statement)
    ledger.close()


def attempt(client: FlaskClient, name: str, password: str, **more: str) -> tuple[int, str]:
    answer = sent(client, "/signin", "/signin", name=name, password=password, **more)
    return answer.status_code, text_of(answer)


def test_a_right_password_leads_to_where_one_was_going(client: FlaskClient) -> None:
    asked = client.get(OVERVIEW)
    assert (asked.status_code, asked.headers["Location"]) == (303, f"/signin?next={OVERVIEW}")
    page = text_of(client.get(asked.headers["Location"]))
    assert f'name="next" type="hidden" value="{OVERVIEW}"' in page
    answer = sent(client, "/signin", "/signin", name="LEAD", password=PASSWORD, next=OVERVIEW)
    assert answer.headers["Location"] == OVERVIEW
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert client.get(OVERVIEW).status_code == 200


@pytest.mark.parametrize(
    "address",
    ["/\\evil.example", "//evil.example", "https:evil.example", "\t//evil.example", "/\t/evil.example", "https://evil.example/",
     "\\\\evil.example", "javascript:alert(1)", "evil.example", "", "///evil.example", "/signin", "/\n/evil.example"],
)  # fmt: skip
def test_nobody_is_led_to_another_site(client: FlaskClient, address: str) -> None:
    answer = sent(client, "/signin", "/signin", name="lead", password=PASSWORD, next=address)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")


def test_a_wrong_password_keeps_the_name_and_says_no_more_than_for_a_name_there_is_not(client: FlaskClient) -> None:
    code, wrong = attempt(client, "lead", "Wrong-2024x")
    assert code == 422
    assert "用户名或密码不对" in wrong
    assert 'value="lead"' in wrong
    assert "Wrong-2024x" not in wrong
    _, unknown = attempt(client, "ghost", "Wrong-2024x")
    said = re.compile(r'class="form-fault"[^>]*>(.*?)</p>', re.DOTALL)
    assert said.findall(unknown) == said.findall(wrong)
    assert client.get(OVERVIEW).status_code == 303


def test_five_wrong_passwords_lock_the_account_for_every_worker(directory: Path, client: FlaskClient) -> None:
    for _ in range(5):
        assert "不对" in attempt(client, "lead", "Wrong-2024x")[1]
    code, locked = attempt(create_site(directory).test_client(), "lead", PASSWORD)
    assert code == 422
    assert "请过 15 分钟再试" in locked
    for _ in range(5):
        attempt(client, "ghost", "Wrong-2024x")
    assert "锁定" in attempt(client, "ghost", "Wrong-2024x")[1]
    change(directory, "UPDATE account SET locked_until = '2020-01-01T00:00:00+08:00'")
    assert attempt(client, "lead", PASSWORD)[0] == 303


@pytest.mark.parametrize("name", ["", "x" * 5000, "'; DROP TABLE account; --", "张三\x00", "\u202e"])
def test_whatever_is_typed_for_a_name_is_a_sentence(client: FlaskClient, name: str) -> None:
    code, page = attempt(client, name, "x")
    assert code == 422
    assert 'class="form-fault"' in page


def test_a_one_time_password_opens_nothing_until_it_is_changed(directory: Path, client: FlaskClient) -> None:
    ledger = open_ledger(directory)
    _, once = add_account(ledger, "new", Role.LEAD, "140702")
    ledger.close()
    entered(client, "new", once)
    for address in ("/", OVERVIEW, "/return/2024-08/140702"):
        assert client.get(address, follow_redirects=True).request.path == "/account"
    assert "一次性密码" in text_of(client.get("/account"))
    weak = sent(client, "/account", "/account", current=once, new="short", again="short")
    assert (weak.status_code, "form-fault" in text_of(weak)) == (422, True)
    unlike = sent(client, "/account", "/account", current=once, new=PASSWORD, again=PASSWORD + "1")
    assert "两遍新密码不一样" in text_of(unlike)
    same = sent(client, "/account", "/account", current=once, new=once, again=once)
    assert "原密码一样" in text_of(same)
    assert client.get(OVERVIEW).headers["Location"] == "/account"
    done = sent(client, "/account", "/account", current=once, new=PASSWORD, again=PASSWORD)
    assert done.status_code == 303
    assert "密码已改" in text_of(client.get(done.headers["Location"]))
    assert client.get(OVERVIEW).status_code == 200


def test_a_one_time_password_is_good_for_a_week(directory: Path, client: FlaskClient) -> None:
    ledger = open_ledger(directory)
    _, once = add_account(ledger, "late", Role.LEAD, "140702")
    ledger.close()
    change(directory, "UPDATE account SET password_set_at = '2024-01-01T00:00:00+08:00' WHERE name = 'late'")
    code, page = attempt(client, "late", once)
    assert (code, "已经过期" in page) == (422, True)


def test_a_password_older_than_the_rules_allow_is_changed_first(directory: Path) -> None:
    client = caller(directory, "lead")
    change(directory, "UPDATE account SET password_set_at = '2024-01-01T00:00:00+08:00' WHERE name = 'lead'")
    assert client.get(OVERVIEW).headers["Location"] == "/account"
    assert "按规定每 90 天更换一次" in text_of(client.get("/account"))
    ledger = open_ledger(directory)
    set_policies(ledger, {"profile": "asvs"})
    ledger.close()
    assert client.get(OVERVIEW).status_code == 200


def test_changing_the_password_ends_every_other_session_at_once(directory: Path) -> None:
    first, second = caller(directory, "lead"), caller(directory, "lead")
    assert (
        sent(first, "/account", "/account", current=PASSWORD, new="Fenhe-2025y", again="Fenhe-2025y").status_code == 303
    )
    assert first.get(OVERVIEW).status_code == 200
    assert second.get(OVERVIEW).status_code == 303


def test_disabling_and_another_role_end_sessions_at_once(directory: Path) -> None:
    for deed in (
        lambda ledger: set_role(ledger, "lead", Role.LEAD, "140703"),
        lambda ledger: disable_account(ledger, "lead"),
    ):
        client = caller(directory, "lead")
        assert client.get("/account").status_code == 200
        ledger = open_ledger(directory)
        deed(ledger)
        ledger.close()
        assert client.get("/account").status_code == 303
    assert "已停用" in attempt(create_site(directory).test_client(), "lead", PASSWORD)[1]


@pytest.mark.parametrize("column", ["seen_at", "began_at"])
def test_a_session_ends_when_it_was_idle_or_open_too_long(directory: Path, column: str) -> None:
    client = caller(directory, "lead")
    assert client.get(OVERVIEW).status_code == 200
    change(directory, f"UPDATE session SET {column} = '2024-01-01T00:00:00+08:00'")  # noqa: S608
    assert client.get(OVERVIEW).headers["Location"].startswith("/signin")


def test_signing_out_ends_the_session_on_the_server(directory: Path) -> None:
    client = caller(directory, "lead")
    stolen = client.get_cookie("yihong")
    assert stolen is not None
    assert sent(client, "/account", "/signout").headers["Location"] == "/signin"
    other = create_site(directory).test_client()
    other.set_cookie("yihong", stolen.value)
    assert other.get(OVERVIEW).status_code == 303
    with reading(directory) as ledger:
        assert [entry.account for entry in entries(ledger, Asked(event="sign_out"))] == ["lead"]


def test_the_session_before_is_worth_nothing_after_signing_in(directory: Path, client: FlaskClient) -> None:
    client.get("/signin")
    before = client.get_cookie("yihong")
    entered(client, "lead")
    after = client.get_cookie("yihong")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    other = create_site(directory).test_client()
    other.set_cookie("yihong", before.value)
    assert other.get(OVERVIEW).status_code == 303


@pytest.mark.parametrize("address", ["/signin", "/signin/demonstration", "/account", "/signout", "/first"])
def test_nothing_is_done_without_the_pages_token(directory: Path, address: str) -> None:
    client = caller(directory, "lead")
    for token in (None, "forged"):
        answer = client.post(address, data={"csrf_token": token} if token else {})
        assert answer.status_code == 400
        assert "表单" in text_of(answer) or "重新" in text_of(answer)
    assert client.get(OVERVIEW).status_code == 200


def test_a_real_ledger_lets_nobody_in_without_a_password(tmp_path: Path) -> None:
    with creating_ledger(tmp_path / "real") as ledger, writing(ledger, "first", "测试") as writes:
        writes.define_programme(read_programme(NATIONAL)[0])
    with_people(tmp_path / "real", "system")
    client = create_site(tmp_path / "real").test_client()
    assert "以示例身份进入" not in text_of(client.get("/signin"))
    assert sent(client, "/signin", "/signin/demonstration", account="demo-audit").status_code == 404


def test_the_demonstration_lets_in_only_whoever_sits_at_the_machine(client: FlaskClient) -> None:
    page = read_page(text_of(client.get("/signin")))
    assert "以示例身份进入" in page.text
    away = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
    token = token_of(client.get("/signin", **away))
    assert "以示例身份进入" not in text_of(client.get("/signin", **away))
    answer = client.post("/signin/demonstration", data={"csrf_token": token, "account": "demo-audit"}, **away)
    assert answer.status_code == 404
    token = token_of(client.get("/signin"))
    assert client.post("/signin/demonstration", data={"csrf_token": token, "account": "root"}).status_code == 404


def test_entering_the_demonstration_stands_in_the_audit_log(directory: Path, client: FlaskClient) -> None:
    assert sent(client, "/signin", "/signin/demonstration", account="demo-audit").status_code == 303
    with reading(directory) as ledger:
        entry = next(entries(ledger, Asked(event="sign_in")))
    assert (entry.account, entry.role, entry.address, entry.allowed) == ("demo-audit", "audit", "127.0.0.1", True)
    assert entry.detail == "示例台账，不用密码进入"


@pytest.mark.parametrize(
    ("proxies", "address"), [(None, "127.0.0.1"), ("0", "127.0.0.1"), ("1", "192.0.2.7"), ("2", "203.0.113.9")]
)
def test_the_audit_log_names_the_caller_whom_trusted_proxies_name(
    directory: Path, monkeypatch: pytest.MonkeyPatch, proxies: str | None, address: str
) -> None:
    monkeypatch.setenv("TRACKER_DATA", str(directory))
    if proxies is None:
        monkeypatch.delenv("TRACKER_PROXIES", raising=False)
    else:
        monkeypatch.setenv("TRACKER_PROXIES", proxies)
    client = site_from_environment().test_client()
    through = {"headers": {"X-Forwarded-For": "127.0.0.1, 203.0.113.9, 192.0.2.7"}}
    token = token_of(client.get("/signin", **through))
    answer = client.post("/signin", data={"csrf_token": token, "name": "lead", "password": PASSWORD}, **through)
    assert answer.status_code == 303
    with reading(directory) as ledger:
        assert next(entries(ledger, Asked(event="sign_in"))).address == address


@pytest.mark.parametrize("proxies", [0, 1, 2, 3])
def test_whoever_comes_through_a_proxy_does_not_sit_at_the_machine(directory: Path, proxies: int) -> None:
    site = create_site(directory, proxies=proxies)
    through = {"headers": {"X-Forwarded-For": "127.0.0.1, 127.0.0.1, 127.0.0.1"}}
    assert "以示例身份进入" not in text_of(site.test_client().get("/signin", **through))
    assert "以示例身份进入" in text_of(site.test_client().get("/signin"))


@pytest.mark.parametrize(
    ("name", "landing"),
    [("province", "/overview/2024-08/14"), ("city", "/overview/2024-08/1407"), ("lead", "/overview/2024-08/140702"),
     ("system", "/accounts"), ("security", "/policy"), ("audit", "/audit"), ("nobody-yet", "/account")],
)  # fmt: skip
def test_everybody_lands_where_their_work_begins(tmp_path: Path, name: str, landing: str) -> None:
    directory = tmp_path / "ledger"
    one_project_ledger(directory, {})
    with_people(directory, *{"system", name})
    assert create_site(directory).test_client().get("/").headers["Location"] == "/signin"
    assert caller(directory, name).get("/").headers["Location"] == landing
