"""The month on the command line: opened, reported, reviewed and closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.conftest import HEAD, ROWS, Call
from tests.exchange.builders import write_xlsx
from tracker.exchange.reading.workbooks import Cell

MONTH = "2024-09"
FIRST, SECOND, THIRD = "140702-0001", "140702-0002", "140781-0001"
YUCI = ["--month", MONTH, "--within", "140702"]
JSON = ["--format", "json"]


@pytest.fixture
def opened(call: Call) -> Call:
    """The filled ledger with a second month open."""
    assert call("month", "open", MONTH).code == 0
    return call


def workbook(tmp_path: Path, *rows: list[Cell]) -> str:
    return str(write_xlsx(tmp_path / "草稿.xlsx", {"清单": [HEAD, *rows]}))


def statuses(call: Call, month: str = MONTH) -> dict[str, str]:
    found = call("month", "status", month, *JSON).object
    return {county["code"]: county["status"] for county in found["counties"]}


def enter(call: Call, tmp_path: Path) -> None:
    """Enter the drafts of Yuci's two projects: one with a change, one without."""
    file = workbook(tmp_path, ROWS[1], [*ROWS[2][:7], 60, *ROWS[2][8:]])
    answer = call("import", file, *YUCI, "--draft", *JSON)
    assert (answer.code, answer.object["drafted"], answer.object["id"]) == (0, 2, None)


def test_a_month_from_opening_to_closing(opened: Call, tmp_path: Path) -> None:
    assert statuses(opened) == {"140702": "unreported", "140781": "unreported"}
    enter(opened, tmp_path)
    assert statuses(opened)["140702"] == "drafted"
    sent = opened("return", "send", *YUCI, "--as", "负责人", *JSON)
    assert sent.code == 0
    assert (sent.object["sent"], sent.object["unchanged"], sent.object["unfilled"]) == (2, 1, [])
    assert statuses(opened)["140702"] == "sent"
    back = opened("return", "send-back", *YUCI, "--project", SECOND, "--reason", "请核对累计", *JSON)
    assert (back.code, [project["code"] for project in back.object["projects"]]) == (0, [SECOND])
    assert statuses(opened)["140702"] == "sent_back"
    again = opened("return", "send", *YUCI, *JSON)
    assert (again.code, [fault["severity"] for fault in again.object["faults"]]) == (1, ["ask"])
    assert "退回理由：请核对累计；没有改动，请改正，或写明为什么不改" in again.object["faults"][0]["message"]
    assert opened("return", "send", *YUCI, "--reply", "与凭证一致", *JSON).object["sent"] == 1
    assert "重报没有改动”的答复：与凭证一致" in opened("dossier", SECOND).out
    accepted = opened("return", "accept", *YUCI, *JSON)
    assert (accepted.code, accepted.object["accepted"], accepted.object["final"]) == (0, 2, True)
    assert statuses(opened)["140702"] == "accepted"
    figures = opened("status", "--month", MONTH, *JSON).object
    assert [project["code"] for project in figures["unreported"]] == [THIRD]
    assert opened("month", "close", "2024-08").code == 0
    refused = opened("month", "close", MONTH, *JSON)
    assert (refused.code, [county["code"] for county in refused.object["missing"]]) == (1, ["140781"])
    closed = opened("month", "close", MONTH, "--reason", "一县停电", *JSON)
    assert (closed.code, closed.object["projects"], closed.object["unreported"]) == (0, 3, 1)
    assert opened("status", "--month", MONTH, *JSON).object == figures
    assert opened("month", "status", MONTH, *JSON).object["phase"] == "closed"
    assert opened("check").code == 0


def test_the_status_of_each_county_in_words_and_in_json(opened: Call, tmp_path: Path) -> None:
    enter(opened, tmp_path)
    opened("return", "send", *YUCI, "--as", "负责人")
    found = opened("month", "status", MONTH, "--within", "140702", *JSON).object
    assert (found["month"], found["phase"], found["deadline"]) == (MONTH, "open", "2024-10-05")
    (county,) = found["counties"]
    assert (county["name"], county["status_word"], county["rows"], county["sent"], county["sent_by"]) == (
        "榆次区", "已报待审", 2, 2, "负责人",
    )  # fmt: skip
    assert county["on_time"] is False
    text = opened("month", "status", MONTH).out
    assert "榆次区（140702）：已报待审" in text
    assert "迟报" in text
    assert "介休市（140781）：未报" in text


def test_a_month_that_was_not_opened_has_no_counties(call: Call) -> None:
    found = call("month", "status", MONTH, *JSON)
    assert (found.code, found.object["phase"], found.object["counties"]) == (0, None, [])
    assert "还没有开放填报" in call("month", "status", MONTH).out


def test_a_refused_closing_prints_what_is_missing(opened: Call) -> None:
    answer = opened("month", "close", MONTH)
    assert answer.code == 1
    assert "请按月份先后封账" in answer.out
    opened("month", "close", "2024-08")
    answer = opened("month", "close", MONTH)
    assert answer.code == 1
    assert "没有报全的有 2 个：榆次区、介休市" in answer.out


def test_a_locked_month_takes_drafts_and_returns_with_permission_only(opened: Call, tmp_path: Path) -> None:
    enter(opened, tmp_path)
    assert opened("month", "lock", MONTH, *JSON).object["phase"] == "locked"
    refused = opened("return", "send", *YUCI)
    assert refused.code == 1
    assert "没有准许迟报" in refused.err
    permit = ["month", "permit", MONTH, "--within", "140702", "--until", "2999-12-31"]
    assert opened(*permit).code == 1
    assert opened(*permit, "--reason", "受灾").code == 0
    assert opened("month", "status", MONTH, *JSON).object["permitted"] == {"140702": "2999-12-31"}
    assert opened("return", "send", *YUCI).code == 0
    assert opened("month", "unlock", MONTH, "--reason", "多数县未报", *JSON).object["phase"] == "open"


def test_what_was_sent_back_is_mended_in_a_locked_month(opened: Call, tmp_path: Path) -> None:
    enter(opened, tmp_path)
    opened("return", "send", *YUCI)
    opened("return", "send-back", *YUCI, "--project", SECOND, "--reason", "请核对累计")
    opened("month", "lock", MONTH)
    file = workbook(tmp_path, ROWS[1], [*ROWS[2][:7], 55, *ROWS[2][8:]], ROWS[3])
    answer = opened("import", file, "--month", MONTH, "--within", "1407", "--draft", *JSON)
    assert (answer.code, answer.object["drafted"]) == (0, 1)
    assert "没有记入草稿" in answer.object["notes"][0]
    assert "已经截止填报，没有准许迟报" in answer.object["notes"][0]
    late = opened("import", workbook(tmp_path, ROWS[3]), "--month", MONTH, "--within", "1407", "--draft")
    assert (late.code, "没有准许迟报" in late.err) == (1, True)
    assert opened("return", "send", *YUCI, *JSON).object["sent"] == 1
    assert statuses(opened) == {"140702": "sent", "140781": "unreported"}


def test_drafts_with_doubts_are_not_sent(opened: Call, tmp_path: Path) -> None:
    file = workbook(tmp_path, [*ROWS[2][:7], 5, *ROWS[2][8:]])
    asked = opened("import", file, *YUCI, "--draft", *JSON)
    assert (asked.code, [fault["severity"] for fault in asked.object["faults"]]) == (1, ["ask"])
    assert opened("return", "send", *YUCI).code == 1
    assert opened("import", file, *YUCI, "--draft", "--accept-warnings").code == 0
    sent = opened("return", "send", *YUCI, *JSON).object
    assert (sent["sent"], [project["code"] for project in sent["unfilled"]]) == (1, [FIRST])


def test_two_levels_pass_on_and_accept(opened: Call, tmp_path: Path) -> None:
    assert opened("programme", "set", "review_levels=2", "--reason", "两级审核", *JSON).object["review_levels"] == 2
    assert opened("programme", "list", *JSON).object["programmes"][0]["review_levels"] == 2
    enter(opened, tmp_path)
    opened("return", "send", *YUCI)
    city = ["--month", MONTH, "--within", "1407"]
    passed = opened("return", "accept", *city, *JSON).object
    assert (passed["accepted"], passed["final"]) == (2, False)
    assert statuses(opened)["140702"] == "passed_on"
    assert opened("return", "accept", *city).code == 1
    assert opened("return", "accept", "--month", MONTH, "--within", "14", *JSON).object["final"] is True
    assert statuses(opened)["140702"] == "accepted"
    back = ["return", "send-back", "--month", MONTH, "--project", SECOND, "--reason", "请核对", "--within"]
    refused = opened(*back, "1407")
    assert (refused.code, "只能由终审的专班退回" in refused.err) == (1, True)
    assert opened(*back, "14").code == 0


def test_an_import_into_a_closed_month_is_refused_unless_it_changes_nothing(
    call: Call, made: dict[str, Path], tmp_path: Path
) -> None:
    assert call("month", "close", "2024-08").code == 0
    same = call("import", str(made["list"]), "--month", "2024-08", "--within", "1407", *JSON)
    assert (same.code, same.object["unchanged"], same.object["id"]) == (0, 3, None)
    file = workbook(tmp_path, [*ROWS[2][:7], 60, *ROWS[2][8:]])
    for form in ([], JSON):
        refused = call("import", file, "--month", "2024-08", "--within", "1407", *form)
        assert refused.code == 1
        assert "2024年8月已经封账" in refused.out + refused.err


def test_a_corrected_closed_month_keeps_its_figures(call: Call) -> None:
    call("month", "close", "2024-08")
    before = call("status", "--month", "2024-08", *JSON).object
    where = ["--month", "2024-08", "--reason", "多报了"]
    assert call("project", "correct", SECOND, "--set", "累计完成投资=10", *where).code == 0
    assert call("status", "--month", "2024-08", *JSON).object == before
    call("month", "open", MONTH)
    now = call("status", "--month", MONTH, *JSON).object
    assert (before["cumulative_investment"], now["cumulative_investment"]) == ("120.50", "110.50")


REFUSED = [
    (["month", "open", "2024-08"], "已经开放过"),
    (["month", "lock", "2024-10"], "还没有开放"),
    (["month", "unlock", "2024-08", "--reason", "试"], "正在填报"),
    (["return", "accept", "--month", "2024-08", "--within", "1407"], "没有待审"),
    (["return", "send-back", "--month", "2024-08", "--within", "1407"], "没有待审"),
    (["return", "send-back", "--month", "2024-08", "--project", FIRST], "请写明退回的理由"),
    (["return", "accept", "--month", "2024-08", "--project", "140702-9999"], "不在"),
    (["return", "send", "--month", "2024-08", "--within", "140702"], "都已报送"),
]


@pytest.mark.parametrize(("arguments", "what"), REFUSED, ids=[" ".join(arguments) for arguments, _ in REFUSED])
def test_what_is_refused_says_why_and_ends_with_1(call: Call, arguments: list[str], what: str) -> None:
    answer = call(*arguments)
    assert (answer.code, answer.out) == (1, "")
    assert what in answer.err
    answer = call(*arguments, *JSON)
    assert (answer.code, answer.err) == (1, "")
    assert what in answer.object["error"]


UNUSABLE = [
    ["month", "open", "2999-01"],
    ["month", "open", "八月"],
    ["month", "close"],
    ["month", "permit", "2024-08", "--within", "140702", "--until", "明天", "--reason", "受灾"],
    ["month", "permit", "2024-08", "--within", "1407", "--until", "2999-01-01", "--reason", "受灾"],
    ["month", "permit", "2024-08", "--until", "2999-01-01", "--reason", "受灾"],
    ["return", "send", "--month", "2024-08"],
    ["return", "send", "--month", "2024-08", "--within", "1407"],
    ["import", "--undo", "3", "--draft", "--reason", "试"],
]


@pytest.mark.parametrize("arguments", UNUSABLE, ids=" ".join)
def test_what_cannot_be_used_ends_with_2(call: Call, arguments: list[str]) -> None:
    answer = call(*arguments, *JSON)
    assert (answer.code, answer.err) == (2, "")
    assert answer.object["error"]
