"""Reminders by e-mail: who is written to, on which days, once, and what happens where the server refuses."""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import Call
from tests.commands.mail_server import mail_server
from tests.ledger.builders import at_day
from tracker.commands import requests
from tracker.exchange.mailing import MailServer
from tracker.ledger.opening import open_ledger
from tracker.ledger.reference import workdays
from tracker.model.workdays import reminder_days

ON_THE_DAY = "2024-11-05"
MONTH = "2024-10"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("TRACKER_SMTP", "TRACKER_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TRACKER_MAIL_FROM", "zhuanban@example.cn")


@pytest.fixture
def owing(call: Call) -> Call:
    """Give the filled ledger October, which nobody has reported: 榆次区 owes two rows, 介休市 one."""
    call("month", "open", MONTH)
    for name, county, email in (
        ("yuci-one", "140702", "one@example.cn"), ("yuci-two", "140702", "two@example.cn"),
        ("yuci-off", "140702", "off@example.cn"), ("jiexiu", "140781", "jiexiu@example.cn"),
        ("silent", "140781", ""), ("force", "1407", "force@example.cn"),
    ):  # fmt: skip
        role = "task-force" if name == "force" else "lead"
        email_option = ["--email", email] if email else []
        assert call("account", "add", name, "--role", role, "--scope", county, *email_option).code == 0
    call("account", "disable", "yuci-off")
    return call


def on(monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    """Let the commands' ledger live on a day."""
    monkeypatch.setattr(requests, "open_ledger", lambda directory: open_ledger(directory, at_day(day)))


def served(monkeypatch: pytest.MonkeyPatch, port: int, login: str = "") -> None:
    monkeypatch.setenv("TRACKER_SMTP", f"smtp://{login}127.0.0.1:{port}")


def test_the_counties_that_owe_something_are_written_to_once(owing: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, ON_THE_DAY)
    monkeypatch.setenv("TRACKER_ADDRESS", "http://10.0.0.8:5000/")
    with mail_server() as server:
        served(monkeypatch, server.server_address[1])
        answer = owing("remind", "--format", "json")
        assert (answer.code, answer.object["sent"], answer.object["failed"]) == (0, 3, 0)
        assert sorted(server.recipients) == ["jiexiu@example.cn", "one@example.cn", "two@example.cn"]
        letter = server.letters[server.recipients.index("one@example.cn")]
        assert letter["Subject"] == "【催报】榆次区2024年10月月报还有 2 项没有报（11月5日前）"
        assert (letter["From"], letter["To"]) == ("zhuanban@example.cn", "one@example.cn")
        assert letter["Auto-Submitted"] == "auto-generated"
        text = letter.get_content()
        assert "还有 2 项没有报，请于 2024年11月5日前报送" in text
        assert f"http://10.0.0.8:5000/return/{MONTH}/140702" in text
        assert server.greetings == ["localhost"]
        again = owing("remind", "--format", "json")
        assert (again.object["sent"], {each["outcome"] for each in again.object["letters"]}) == (0, {"今天已发过"})
        assert len(server.letters) == 3
    on(monkeypatch, "2024-11-06")
    with mail_server() as server:
        served(monkeypatch, server.server_address[1])
        assert owing("remind", "--format", "json").object["sent"] == 3


def test_no_personal_data_leaves_in_letters_answers_or_the_log(owing: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, ON_THE_DAY)
    with mail_server() as server:
        served(monkeypatch, server.server_address[1])
        answer = owing("remind")
        letters = "".join(str(letter.get_content()) for letter in server.letters)
    assert "湿地" not in letters
    assert "yuci-one" not in letters
    assert "@" not in answer.out
    log = owing("audit", "--search", "催报", "--format", "json")
    noted = [(entry["event_name"], entry["object"], entry["allowed"]) for entry in log.object["entries"]]
    assert ("催报", f"{MONTH} 140702 yuci-one", True) in noted
    assert len(noted) == 3
    assert "example.cn" not in log.out


def test_one_refused_address_does_not_stop_the_others(owing: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, ON_THE_DAY)
    with mail_server(refused=("one@example.cn",)) as server:
        served(monkeypatch, server.server_address[1])
        answer = owing("remind", "--format", "json")
        assert (answer.code, answer.object["sent"], answer.object["failed"]) == (1, 2, 1)
        outcome = {each["account"]: each["outcome"] for each in answer.object["letters"]}
        assert "不接受这个收件邮箱" in outcome["yuci-one"]
        assert outcome["jiexiu"] == outcome["yuci-two"] == "已发"
    refused = owing("audit", "--refused", "--search", "催报", "--format", "json").object["entries"]
    assert [entry["object"] for entry in refused] == [f"{MONTH} 140702 yuci-one"]
    with mail_server() as server:
        served(monkeypatch, server.server_address[1])
        assert owing("remind", "--format", "json").object["sent"] == 1
        assert server.recipients == ["one@example.cn"]


def test_a_server_that_is_not_there_is_tried_once_and_nothing_counts_as_sent(
    owing: Call, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(monkeypatch, ON_THE_DAY)
    with mail_server() as server:
        port = server.server_address[1]
    served(monkeypatch, port)
    answer = owing("remind", "--format", "json")
    assert (answer.code, answer.object["sent"], answer.object["failed"]) == (1, 0, 3)
    assert all("连不上" in each["outcome"] for each in answer.object["letters"])
    with mail_server() as server:
        served(monkeypatch, server.server_address[1])
        assert owing("remind", "--format", "json").object["sent"] == 3


def test_a_password_is_given_and_a_wrong_one_said_without_it(owing: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, ON_THE_DAY)
    with mail_server(login="zhuanban:p@ss word") as server:
        served(monkeypatch, server.server_address[1], "zhuanban:wrong@")
        wrong = owing("remind", "--format", "json")
        assert (wrong.code, wrong.object["sent"]) == (1, 0)
        assert "不接受用户名和密码" in wrong.out
        served(monkeypatch, server.server_address[1], "zhuanban:p%40ss%20word@")
        assert owing("remind", "--format", "json").object["sent"] == 3
    assert "p@ss" not in repr(MailServer("mail.example.cn", 25, "a@example.cn", "zhuanban", "p@ss"))


@pytest.mark.parametrize("day", ["2024-10-31", "2024-11-02", "2024-11-04", "2024-11-07", "2024-12-05"])
def test_nothing_is_sent_on_other_days(owing: Call, monkeypatch: pytest.MonkeyPatch, day: str) -> None:
    on(monkeypatch, day)
    with mail_server() as server:
        served(monkeypatch, server.server_address[1])
        answer = owing("remind", "--month", MONTH, "--format", "json")
        assert (answer.code, answer.object["letters"], server.letters) == (0, [], [])
    assert answer.object["notes"] == [f"2024年10月：今天（{day}）不催；催报日是 2024-11-01、2024-11-05、2024-11-06。"]


def test_the_days_are_settings_of_the_command(owing: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, "2024-11-04")
    asked = ["remind", "--dry-run", "--format", "json"]
    assert len(owing(*asked, "--before", "1").object["letters"]) == 3
    on(monkeypatch, "2024-11-08")
    assert len(owing(*asked, "--after", "3").object["letters"]) == 3
    assert owing(*asked, "--before", "26").code == 2


def test_a_dry_run_needs_no_server_and_sends_nothing(owing: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, ON_THE_DAY)
    assert owing("remind").code == 2
    assert "TRACKER_SMTP" in owing("remind").err
    answer = owing("remind", "--dry-run")
    assert (answer.code, answer.out.count("待发")) == (0, 4)
    with mail_server() as server:
        served(monkeypatch, server.server_address[1])
        owing("remind", "--dry-run")
        assert server.letters == []
        assert owing("remind", "--format", "json").object["sent"] == 3


def test_counties_that_nobody_can_be_written_to_for_are_named(owing: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    owing("account", "disable", "jiexiu")
    on(monkeypatch, ON_THE_DAY)
    answer = owing("remind", "--dry-run", "--format", "json").object
    assert [each["county_name"] for each in answer["unreachable"]] == ["介休市"]
    assert "请电话催报" in owing("remind", "--dry-run").out


def test_who_may_not_report_any_more_is_not_asked(owing: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    owing("month", "lock", MONTH)
    on(monkeypatch, ON_THE_DAY)
    assert owing("remind", "--dry-run", "--format", "json").object["letters"] == []


@pytest.mark.parametrize(("name", "value", "said"), [
    ("TRACKER_SMTP", "mail.example.cn", "smtp://"), ("TRACKER_SMTP", "http://mail.example.cn", "smtp://"),
    ("TRACKER_SMTP", "smtp://mail.example.cn:port", "写得不对"), ("TRACKER_MAIL_FROM", "", "发信人的邮箱"),
    ("TRACKER_MAIL_FROM", "专班", "发信人的邮箱"), ("TRACKER_MAIL_FROM", "a@b\nBcc: c@d", "发信人的邮箱"),
    ("TRACKER_ADDRESS", "10.0.0.8", "http://"),
])  # fmt: skip
def test_a_wrong_setting_is_a_sentence(
    owing: Call, monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv("TRACKER_SMTP", "smtp://127.0.0.1:9")
    monkeypatch.setenv(name, value)
    answer = owing("remind")
    assert (answer.code, said in answer.err) == (2, True)


def test_a_month_that_is_not_open_is_said(owing: Call) -> None:
    answer = owing("remind", "--dry-run", "--month", "2024-01")
    assert (answer.code, "没有可催的" in answer.err) == (1, True)


def day(text: str) -> datetime.date:
    return datetime.date.fromisoformat(text)


@pytest.mark.parametrize(("due", "expected"), [
    ("2024-11-05", ["2024-11-01", "2024-11-05", "2024-11-06"]),
    # The holiday takes in the day and the three days before: both come forward to the last workday, as one letter.
    ("2024-10-05", ["2024-09-30", "2024-10-08"]),
    # 2025-02-05 is the first day after the Spring Festival; 2025-02-08, a Saturday, is worked.
    ("2025-02-07", ["2025-01-27", "2025-02-07", "2025-02-08"]),
    ("2026-01-05", ["2025-12-31", "2026-01-05", "2026-01-06"]),
])  # fmt: skip
def test_reminders_fall_on_workdays_only(due: str, expected: list[str]) -> None:
    found = reminder_days(day(due), 3, 1, workdays())
    assert [each.isoformat() for each in found] == expected


def test_the_published_days_off_are_whole() -> None:
    known = workdays()
    assert {year: sum(each.year == year for each in known.off) for year in (2024, 2025, 2026)} == {
        2024: 28, 2025: 28, 2026: 33,
    }  # fmt: skip
    assert all(each.weekday() >= 5 for each in known.worked)
    assert {year: sum(each.year == year for each in known.worked) for year in (2024, 2025, 2026)} == {
        2024: 8, 2025: 5, 2026: 6,
    }  # fmt: skip
    assert known.off.isdisjoint(known.worked)
    assert not known.knows(day("2031-01-01"))
    assert known.works(day("2031-01-01"))


def test_a_day_beyond_the_file_is_said(owing: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    on(monkeypatch, "2031-03-03")
    notes: list[Any] = owing("remind", "--dry-run", "--format", "json").object["notes"]
    assert any(re.search("2031 年的放假安排没有收录", note) for note in notes)


def test_the_reminders_table_is_beside_the_truth(owing: Call, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    on(monkeypatch, ON_THE_DAY)
    with mail_server() as server:
        served(monkeypatch, server.server_address[1])
        owing("remind")
    ledger = open_ledger(tmp_path / "filled")
    rows = ledger.connection.execute("SELECT month, county, day, address FROM reminder ORDER BY address").fetchall()
    ledger.close()
    assert [tuple(row) for row in rows] == [
        (MONTH, "140781", ON_THE_DAY, "jiexiu@example.cn"), (MONTH, "140702", ON_THE_DAY, "one@example.cn"),
        (MONTH, "140702", ON_THE_DAY, "two@example.cn"),
    ]  # fmt: skip
    assert owing("check").out == "台账完好。\n"
