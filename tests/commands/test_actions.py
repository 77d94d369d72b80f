"""The actions on projects: each with a reason, seen in the right months and in the dossier."""

from __future__ import annotations

import pytest

from tests.commands.conftest import Call

CODE = "140702-0002"
FROM = ["--month", "2024-09", "--reason", "市专班批复"]


def projects(call: Call, month: str, scope: str = "1407") -> int:
    """Give how many projects stand on an area's list."""
    counted = call("status", "--month", month, "--within", scope, "--format", "json").object["projects"]
    assert type(counted) is int
    return counted


def kinds(call: Call, code: str = CODE) -> list[str]:
    """Give the kinds of a dossier's records."""
    return [record["kind"] for record in call("dossier", code, "--format", "json").object["records"]]


def test_rename_keeps_the_code(call: Call) -> None:
    answer = call("project", "rename", CODE, "潇河综合治理工程", *FROM, "--as", "专班甲", "--format", "json")
    assert (answer.code, answer.object["code"]) == (0, CODE)
    given = call("dossier", CODE, "--format", "json").object
    assert given["now"]["项目名称"] == "潇河综合治理工程"
    assert (given["records"][-1]["reason"], given["records"][-1]["recorded_by"]) == ("市专班批复", "专班甲")
    assert kinds(call)[-1] == "renaming"
    for month, name in (("2024-08", "潇河湿地工程"), ("2024-10", "潇河综合治理工程")):
        unreported = call("status", "--month", month, "--format", "json").object["unreported"]
        assert {project["name"] for project in unreported if project["code"] == CODE} <= {name}


def test_move_counts_in_the_new_county_from_its_month_on(call: Call) -> None:
    assert call("project", "move", CODE, "--county", "140703", *FROM).code == 0
    assert [projects(call, "2024-08", place) for place in ("140702", "140703")] == [2, 0]
    assert [projects(call, "2024-09", place) for place in ("140702", "140703", "1407")] == [1, 1, 3]
    assert kinds(call)[-1] == "moving"


def test_terminate_leaves_the_list_from_its_month_on(call: Call) -> None:
    assert call("project", "terminate", CODE, *FROM).code == 0
    assert [projects(call, month) for month in ("2024-08", "2024-09", "2024-10")] == [3, 2, 2]
    assert call("project", "terminate", CODE, *FROM, "--format", "json").code == 1
    assert kinds(call)[-1] == "termination"


def test_split_replaces_a_project_by_its_parts(call: Call) -> None:
    answer = call(
        "project", "split", CODE, "--into", "潇河上游工程", "--into", "潇河下游工程", *FROM, "--format", "json"
    )
    assert (answer.code, answer.object["parts"]) == (0, ["140702-0003", "140702-0004"])
    assert [projects(call, month) for month in ("2024-08", "2024-09")] == [3, 4]
    assert kinds(call)[-1] == "splitting"
    assert kinds(call, "140702-0003") == ["registration"]
    assert call("project", "split", CODE, "--into", "只有一个", *FROM, "--format", "json").code == 1


def test_correct_lies_over_what_was_said_and_keeps_it(call: Call) -> None:
    arguments = ["project", "correct", CODE, "--month", "2024-08", "--reason", "县里更正", "--format", "json"]
    assert call(*arguments, "--set", "累计完成投资=25", "--set", "实际开工时间=清空").code == 0
    given = call("status", "--month", "2024-08", "--format", "json").object
    assert (given["cumulative_investment"], given["started"]) == ("125.50", 1)
    assert kinds(call) == ["registration", "return", "correction"]


@pytest.mark.parametrize("setting", ["总投资=约三千", "总投资=-1", "实际开工时间=2023.1", "建设阶段=快了"])
def test_a_faulty_correction_is_refused(call: Call, setting: str) -> None:
    arguments = ["project", "correct", CODE, "--month", "2024-08", "--reason", "更正", "--format", "json"]
    answer = call(*arguments, "--set", setting)
    assert answer.code == 1
    assert answer.object["error"].endswith("。")
    assert kinds(call) == ["registration", "return"]


def test_a_correction_that_is_only_asked_can_be_accepted(call: Call) -> None:
    arguments = ["project", "correct", CODE, "--month", "2024-08", "--reason", "更正", "--set", "实际开工时间=2023.1"]
    assert call(*arguments).code == 1
    assert call(*arguments, "--accept-warnings").code == 0


@pytest.mark.parametrize(
    "action", [["rename", CODE, "新名称"], ["terminate", CODE], ["move", CODE, "--county", "140703"]]
)
def test_every_action_needs_a_reason_and_a_month_that_knows_the_project(call: Call, action: list[str]) -> None:
    assert call("project", *action, "--month", "2024-09", "--format", "json").code == 2
    assert call("project", *action, "--month", "2024-09", "--reason", " ", "--format", "json").code == 1
    early = call("project", *action, "--month", "2024-07", "--reason", "批复", "--format", "json")
    assert early.code == 1
    assert "还没有登记" in early.object["error"]


def test_a_namesake_in_the_county_is_refused(call: Call) -> None:
    assert call("project", "rename", CODE, "污水处理厂提标工程", *FROM, "--format", "json").code == 1


def test_a_project_of_another_programme_is_refused(call: Call) -> None:
    assert call("project", "rename", CODE, "新名称", *FROM, "--programme", "没有", "--format", "json").code == 2
