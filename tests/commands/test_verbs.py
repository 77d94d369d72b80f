"""What each verb gives, key by key, in the form that scripts rely on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.commands.conftest import ROWS, Call
from tests.exchange.builders import write_xlsx
from tracker.exchange.programme_file import SHANXI
from tracker.exchange.reading.workbooks import Cell

MONTH = ["--month", "2024-08"]
MONEY = re.compile(r"-?[0-9]+\.[0-9]{2}")
RATE = re.compile(r"[0-9]+\.[0-9]")


def is_named(entries: Any) -> bool:
    """Say whether a value is a list of codes and names."""
    return isinstance(entries, list) and all(
        entry.keys() == {"code", "name"} and all(isinstance(text, str) for text in entry.values()) for entry in entries
    )


def listing(folder: Path, rows: list[list[Cell]], name: str = "清单.xlsx") -> str:
    """Write a list and give its path."""
    return str(write_xlsx(folder / name, {"清单": rows}))


def test_import_gives_its_keys(call: Call, made: dict[str, Path]) -> None:
    answer = call("import", str(made["list"]), *MONTH, "--within", "1407", "--format", "json", ledger="empty")
    given = answer.object
    assert answer.code == 0
    assert type(given["id"]) is int
    counted = ("rows_read", "projects_registered", "returns_recorded", "unchanged")
    assert [given[name] for name in ("file", "month", *counted)] == ["清单.xlsx", "2024-08", 3, 3, 3, 0]
    assert all(type(given[name]) is int for name in counted)
    assert (given["not_mentioned"], given["faults"]) == ([], [])
    again = call("import", str(made["list"]), *MONTH, "--within", "1407", "--format", "json", ledger="empty").object
    assert [again[name] for name in ("id", *counted)] == [None, 3, 0, 0, 3]


def test_import_gives_its_faults_and_who_is_not_mentioned(call: Call, tmp_path: Path) -> None:
    rows: list[list[Cell]] = [ROWS[0], [*ROWS[1][:5], "约三千", None, 500, None, None], ["2", "介休市", "新工程"]]
    path = listing(tmp_path, rows)
    for accept in ([], ["--accept-warnings"]):
        answer = call("import", path, *MONTH, "--within", "140702", *accept, "--format", "json")
        assert answer.code == 1
        found = [(f["severity"], f["sheet"], f["cell"], f["field"], f["said"]) for f in answer.object["faults"]]
        assert found == [
            ("fix", "清单", "F2", "total_investment", "约三千"),
            ("fix", "清单", "B3", "county", "介休市"),
        ]
        assert all(
            fault.keys() >= {"severity", "sheet", "cell", "field", "said", "message"}
            for fault in answer.object["faults"]
        )
        assert is_named(answer.object["not_mentioned"])
        assert [project["name"] for project in answer.object["not_mentioned"]] == ["潇河湿地工程"]
    assert call("status", *MONTH, "--format", "json").object["projects"] == 3


def test_questions_need_accepting_and_are_recorded_in_the_name_given(call: Call, tmp_path: Path) -> None:
    path = listing(tmp_path, [ROWS[0], [*ROWS[2][:7], 500, *ROWS[2][8:]]])
    arguments = ["import", path, *MONTH, "--format", "json"]
    refused = call(*arguments)
    assert (refused.code, [fault["severity"] for fault in refused.object["faults"]]) == (1, ["ask"])
    dry = call(*arguments, "--accept-warnings", "--dry-run")
    assert (dry.code, dry.object["id"], dry.object["returns_recorded"]) == (0, None, 1)
    assert call("status", *MONTH, "--format", "json").object["cumulative_investment"] == "120.50"
    accepted = call(*arguments, "--accept-warnings", "--as", "专班甲")
    assert (accepted.code, accepted.object["id"] is None) == (0, False)
    assert call("status", *MONTH, "--format", "json").object["cumulative_investment"] == "600.50"
    record = call("dossier", "140702-0002", "--format", "json").object["records"][-1]
    assert record["recorded_by"] == "专班甲"


def test_import_says_its_faults_to_people_with_their_cells(call: Call, tmp_path: Path) -> None:
    answer = call("import", listing(tmp_path, [ROWS[0], [1, "榆茨区", "甲工程"]]), *MONTH, "--within", "1407")
    assert answer.code == 1
    assert "【须改正】 清单!B2" in answer.out
    assert "台账没有改动" in answer.out


@pytest.mark.parametrize(("scope", "projects"), [
    (None, 3), ("14", 3), ("140000", 3), ("1407", 3), ("140700", 3), ("140702", 2), ("140781", 1), ("1401", 0),
    ("000000", 3),
])  # fmt: skip
def test_status_gives_its_keys_for_every_form_of_a_code(call: Call, scope: str | None, projects: int) -> None:
    answer = call("status", *MONTH, *(["--within", scope] if scope else []), "--format", "json")
    given = answer.object
    assert (answer.code, given["month"], given["projects"]) == (0, "2024-08", projects)
    assert all(type(given[name]) is int for name in ("projects", "started", "completed"))
    assert all(MONEY.fullmatch(given[name]) for name in ("total_investment", "year_plan", "cumulative_investment"))
    rates = ("start_rate", "completion_rate", "investment_rate_total", "investment_rate_year")
    assert all(given[name] is None or RATE.fullmatch(given[name]) for name in rates)
    assert is_named(given["unreported"])


def test_status_counts_and_rounds(call: Call) -> None:
    given = call("status", *MONTH, "--format", "json").object
    expected = {
        "projects": 3, "started": 2, "completed": 1, "start_rate": "66.7", "completion_rate": "33.3",
        "total_investment": "600.50", "year_plan": "190.00", "cumulative_investment": "120.50",
        "investment_rate_total": "20.1", "investment_rate_year": "201.0", "unreported": [],
    }  # fmt: skip
    assert {name: given[name] for name in expected} == expected


def test_a_scope_without_projects_gives_zeros_and_null(call: Call) -> None:
    given = call("status", *MONTH, "--within", "1401", "--format", "json").object
    assert [given[name] for name in ("projects", "started", "completed")] == [0, 0, 0]
    assert {given[name] for name in ("total_investment", "year_plan", "cumulative_investment")} == {"0.00"}
    rates = ("start_rate", "completion_rate", "investment_rate_total", "investment_rate_year")
    assert {given[name] for name in rates} == {None}


def test_a_month_before_the_first_knows_nothing_and_a_later_one_names_the_unreported(call: Call) -> None:
    assert call("status", "--month", "2024-07", "--format", "json").object["projects"] == 0
    later = call("status", "--month", "2024-09", "--format", "json").object
    assert (later["projects"], later["completed"]) == (3, 1)
    assert [project["code"] for project in later["unreported"]] == ["140702-0001", "140702-0002", "140781-0001"]


RANK_KEYS = {"place", "tied", "code", "name", "numerator", "denominator", "rate", "change"}


@pytest.mark.parametrize("by", ["start", "completion", "investment", "progress"])
@pytest.mark.parametrize("group", ["county", "city", "category", "level"])
def test_rank_gives_its_keys_for_every_measure_and_group(call: Call, by: str, group: str) -> None:
    answer = call("rank", *MONTH, "--by", by, "--group", group, "--within", "14", "--format", "json")
    assert answer.code == 0
    assert is_named(answer.object["without_projects"])
    assert is_named(answer.object["unknown"])
    for row in answer.object["rows"]:
        assert row.keys() >= RANK_KEYS
        assert (type(row["place"]), type(row["tied"])) == (int, bool)
        assert row["change"] is None or type(row["change"]) is int
        assert RATE.fullmatch(row["rate"])
        kind = MONEY.fullmatch if by == "investment" else lambda figure: type(figure) is int
        assert kind(row["numerator"])
        assert kind(row["denominator"])
    places = [row["place"] for row in answer.object["rows"]]
    assert places == sorted(places)


def test_rank_places_and_names_the_units_without_projects(call: Call) -> None:
    given = call("rank", *MONTH, "--by", "start", "--group", "county", "--within", "1407", "--format", "json").object
    placed = [(row["place"], row["name"], row["numerator"], row["denominator"], row["rate"]) for row in given["rows"]]
    assert placed == [(1, "榆次区", 2, 2, "100.0"), (2, "介休市", 0, 1, "0.0")]
    assert len(given["without_projects"]) == 9


def test_units_whose_projects_are_all_unknown_are_named_beside(call: Call) -> None:
    given = call(
        "rank", *MONTH, "--by", "investment", "--group", "county", "--within", "1407", "--format", "json"
    ).object
    assert given["unknown"] == [{"code": "140781", "name": "介休市"}]
    assert [(row["name"], row["numerator"], row["denominator"]) for row in given["rows"]] == [
        ("榆次区", "100.50", "50.00")
    ]


def test_every_listed_project_is_in_some_row_or_named_beside(call: Call) -> None:
    call("programme", "set", "start_denominator=start_this_year", "--reason", "试")
    given = call("rank", *MONTH, "--by", "start", "--group", "county", "--within", "1407", "--format", "json").object
    named = [entry["name"] for key in ("rows", "without_projects", "unknown", "unplaced") for entry in given[key]]
    assert sorted(named) == sorted(set(named))
    assert len(named) == 11


def test_decimals_are_the_programmes(call: Call) -> None:
    assert call("programme", "set", "decimals=0", "--reason", "通报取整").code == 0
    given = call("status", *MONTH, "--format", "json").object
    assert (given["start_rate"], given["completion_rate"]) == ("67", "33")


def test_dossier_tells_everything(call: Call) -> None:
    given = call("dossier", "140702-0001", "--format", "json").object
    assert given["now"]["项目名称"] == "污水处理厂提标工程"
    assert [record["kind"] for record in given["records"]] == ["registration", "return"]
    text = call("dossier", "140702-0001").out
    assert "榆次区（140702）" in text
    assert "2024-08 月报" in text


def test_several_programmes_need_one_named(call: Call, made: dict[str, Path]) -> None:
    assert call("programme", "add", str(SHANXI), "--format", "json").code == 0
    refused = call("status", *MONTH, "--format", "json")
    assert refused.code == 2
    assert "--programme" in refused.object["error"]
    for name in ("works", "工程清单"):
        assert call("status", *MONTH, "--programme", name, "--format", "json").object["projects"] == 3
    assert call("--programme", "yihong", "status", *MONTH, "--format", "json").object["projects"] == 0
    sent = call(
        "import", str(made["list"]), *MONTH, "--programme", "一泓清水入黄河", "--accept-warnings", "--format", "json"
    )
    assert (sent.code, sent.object["projects_registered"]) == (0, 3)
    assert call("status", *MONTH, "--programme", "works", "--format", "json").object["projects"] == 3
    assert len(call("programme", "list", "--format", "json").object["programmes"]) == 2
    assert call("programme", "add", str(SHANXI), "--format", "json").code == 1


def test_a_zone_is_counted_in_its_city(call: Call, tmp_path: Path) -> None:
    assert call("unit", "add", "140771", "晋中开发区", "--city", "1407", "--format", "json").code == 0
    assert call("unit", "add", "140771", "另一个", "--city", "1407", "--format", "json").code == 1
    rows: list[list[Cell]] = [ROWS[0], [1, "晋中开发区", "园区管网工程"], [2, "140771", "园区二期工程"]]
    assert call("import", listing(tmp_path, rows), *MONTH, "--format", "json").object["projects_registered"] == 2
    for scope, projects in (("140771", 2), ("1407", 5), ("140702", 2)):
        assert call("status", *MONTH, "--within", scope, "--format", "json").object["projects"] == projects
    cities = call("rank", *MONTH, "--by", "start", "--group", "city", "--within", "14", "--format", "json").object
    assert [(row["name"], row["denominator"]) for row in cities["rows"]] == [("晋中市", 5)]


def test_places_that_hang_on_a_province_or_have_no_counties_are_units(call: Call, tmp_path: Path) -> None:
    rows: list[list[Cell]] = [ROWS[0], [1, "济源市", "沁河工程"], [2, "东莞市", "石马河工程"]]
    assert call("import", listing(tmp_path, rows), *MONTH, "--format", "json").code == 0
    for scope in ("419001", "41", "4419", "441900", "440000"):
        assert call("status", *MONTH, "--within", scope, "--format", "json").object["projects"] == 1, scope
    by_city = call("rank", *MONTH, "--by", "start", "--group", "city", "--format", "json").object["rows"]
    assert {row["code"] for row in by_city} == {"140700", "419001", "441900"}


def test_backup_check_and_restore_agree(call: Call, tmp_path: Path) -> None:
    copy = str(tmp_path / "台账备份")
    assert call("backup", copy, "--format", "json").code == 0
    assert call("check", "--format", "json").code == 0
    assert call("restore", copy, "--format", "json", ledger="restored").code == 0
    assert call("status", *MONTH, "--format", "json", ledger="restored").object["projects"] == 3
    assert call("restore", copy, "--format", "json", ledger="filled").code == 1
    assert call("restore", "/nonexistent", "--format", "json", ledger="other").code == 2
