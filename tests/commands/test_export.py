"""`export` and `import --undo`: what scripts get, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from tests.commands.conftest import Call
from tests.exchange.builders import write_xlsx

UNDO = ["--reason", "导错了月份", "--as", "专班甲", "--format", "json"]


def imported(call: Call, path: Path, month: str) -> int:
    answer = call("import", str(path), "--month", month, "--within", "1407", "--format", "json")
    assert answer.code == 0, answer.out
    number = answer.object["id"]
    assert type(number) is int
    return number


def test_a_list_goes_out_and_comes_back(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "晋中清单.xlsx"
    answer = call("export", "list", "--month", "2024-08", "--within", "1407", "-o", str(path), "--format", "json")
    assert (answer.code, answer.object) == (0, {"file": str(path), "projects": 3})
    back = call("import", str(path), "--month", "2024-08", "--within", "1407", "--format", "json")
    assert back.code == 0
    told = back.object
    assert (told["unchanged"], told["faults"], told["not_mentioned"], told["id"]) == (3, [], [], None)
    # The month after: nobody has reported, and reading the list back does not change that.
    assert call("export", "list", "--month", "2024-09", "--within", "1407", "-o", str(path)).code == 0
    assert call("import", str(path), "--month", "2024-09", "--within", "1407", "--format", "json").object["id"] is None
    assert len(call("status", "--month", "2024-09", "--format", "json").object["unreported"]) == 3


def test_a_list_goes_out_as_text(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "晋中清单.CSV"
    answer = call("export", "list", "--month", "2024-08", "--within", "1407", "-o", str(path), "--format", "json")
    assert (answer.code, answer.object) == (0, {"file": str(path), "projects": 3})
    lines = path.read_text("utf-8-sig").splitlines()
    assert len(lines) == 4
    assert lines[1].startswith("1,140702-0001,污水处理厂提标工程,榆次区,")


def test_an_export_replaces_a_file_whole_and_leaves_nothing_beside_it(call: Call, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    (folder / "清单.xlsx").write_text("old")
    assert call("export", "list", "--month", "2024-08", "-o", str(folder / "清单.xlsx")).code == 0
    assert [path.name for path in folder.iterdir()] == ["清单.xlsx"]
    assert openpyxl.load_workbook(folder / "清单.xlsx").worksheets[0].max_row == 7


@pytest.mark.parametrize("name", ["missing/清单.xlsx", "清单.xls", "清单", "folder.xlsx", "x" * 250 + ".xlsx"])
def test_an_export_that_cannot_be_written_says_so(call: Call, tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.xlsx").mkdir()
    answer = call("export", "list", "--month", "2024-08", "-o", str(tmp_path / name), "--format", "json")
    assert answer.code == 2
    assert name.split("/", maxsplit=1)[0].removesuffix(".xlsx") in answer.object["error"]
    assert answer.object["error"].endswith("。")
    assert not [path for path in tmp_path.rglob("*.writing") if "dossiers" not in path.parts]


def test_wrong_arguments_of_an_export(call: Call, tmp_path: Path) -> None:
    path = str(tmp_path / "清单.xlsx")
    assert call("export", "list", "--month", "2024-13", "-o", path).code == 2
    assert call("export", "list", "--month", "2024-08").code == 2
    assert call("export", "list", "--month", "2024-08", "--within", "99", "-o", path).code == 2
    assert call("export").code == 2


def test_an_annex_number_below_zero_is_refused(call: Call, tmp_path: Path) -> None:
    path = tmp_path / "调度表.xlsx"
    answer = call("export", "dispatch", "--month", "2024-08", "--annex", "-3", "-o", str(path), "--format", "json")
    assert answer.code == 2
    assert "“-3”" in answer.object["error"]
    assert not path.exists()


TABLES = ("dispatch", "summary", "ranking", "behind", "problems", "timeliness")


def test_every_table_goes_out_in_every_form(call: Call, tmp_path: Path) -> None:
    status = call("status", "--month", "2024-08", "--within", "1407", "--format", "json").object
    for kind in TABLES:
        for ending in ("xlsx", "csv", "json"):
            path = tmp_path / f"{kind}.{ending}"
            answer = call("export", kind, "--month", "2024-08", "--within", "1407", "-o", str(path), "--format", "json")
            assert answer.code == 0, answer.out
            assert (answer.object["file"], answer.object["table"], answer.object["tables"]) == (str(path), kind, 1)
            assert path.stat().st_size
        assert openpyxl.load_workbook(tmp_path / f"{kind}.xlsx").worksheets[0].max_row > 3
    total = json.loads((tmp_path / "summary.json").read_text("utf-8"))["lines"][0]
    assert total["rank"] == "total"
    said = {name: status[name] for name in ("projects", "started", "completed", "start_rate", "completion_rate",
                                            "total_investment", "year_plan", "cumulative_investment")}  # fmt: skip
    assert {name: total[name] for name in said} == said
    assert (total["investment_rate"], total["investment_of_total_rate"]) == (
        status["investment_rate_year"], status["investment_rate_total"])  # fmt: skip
    answer = call("export", "dispatch", "--month", "2024-08", "-o", str(tmp_path / "调度.xlsx"), "--annex", "2")
    assert answer.out == f"已把全国2024年8月的调度表（3 行）写到“{tmp_path / '调度.xlsx'}”。\n"


def test_a_table_goes_by_what_is_asked_for(call: Call, tmp_path: Path) -> None:
    def told(*arguments: str) -> list[dict[str, object]]:
        path = tmp_path / "表.json"
        assert call("export", *arguments, "--month", "2024-08", "--within", "1407", "-o", str(path)).code == 0
        lines: list[dict[str, object]] = json.loads(path.read_text("utf-8"))["lines"]
        return [line for line in lines if line["rank"] == "plain"]

    assert [line["name"] for line in told("summary", "--by", "category")] == ["污水处理", "湿地"]
    assert [line["name"] for line in told("ranking", "--by", "level")] == ["省级", "市级"]
    assert [line["name"] for line in told("ranking", "--order", "start")] == ["榆次区", "介休市"]
    assert [line["code"] for line in told("dispatch", "--category", "湿地", "--level", "省级")] == ["140702-0002"]
    assert [line["code"] for line in told("list", "--stage", "完工")] == ["140702-0001"]
    answer = call("export", "dispatch", "--month", "2024-08", "--category", "水利", "-o", str(tmp_path / "表.csv"))
    assert answer.code == 2
    assert answer.err == "全国没有类别为“水利”的项目，可选：污水处理、湿地。\n"
    assert call("export", "summary", "--by", "beauty", "--month", "2024-08", "-o", "表.csv").code == 2


def test_a_dossier_and_the_whole_ledger_are_several_tables(call: Call, tmp_path: Path) -> None:
    for arguments, tables in ((["dossier", "--project", "140702-0002"], 5), (["ledger", "--within", "1407"], 14)):
        for ending in ("xlsx", "json"):
            path = str(tmp_path / f"表.{ending}")
            answer = call("export", *arguments, "--month", "2024-08", "-o", path, "--format", "json")
            assert (answer.code, answer.object["tables"]) == (0, tables)
        answer = call("export", *arguments, "--month", "2024-08", "-o", str(tmp_path / "表.csv"), "--format", "json")
        assert answer.code == 2
        assert answer.object["error"].startswith(".csv 只能放一张表")
    assert not (tmp_path / "表.csv").exists()
    for project, month, code in (("140702-9999", "2024-08", 2), ("140702-0002", "2024-01", 2)):
        answer = call("export", "dossier", "--project", project, "--month", month, "-o", str(tmp_path / "档案.xlsx"))
        assert (answer.code, answer.out) == (code, "")
        assert project in answer.err


def test_an_import_is_taken_back(call: Call, made: dict[str, Path], tmp_path: Path) -> None:
    before = call("status", "--month", "2024-09", "--format", "json").object
    rows = [
        ["项目名称", "县（市、区）", "累计完成投资（万元）"],
        ["潇河湿地工程", "榆次区", 60],
        ["新工程", "太谷区", 1],
    ]
    number = imported(call, write_xlsx(tmp_path / "九月.xlsx", {"清单": rows}), "2024-09")
    assert call("status", "--month", "2024-09", "--format", "json").object["projects"] == 4
    answer = call("import", "--undo", str(number), *UNDO)
    assert (answer.code, answer.object) == (0, {
        "id": number, "file": "九月.xlsx", "month": "2024-09", "undone": 2,
        "projects_removed": [{"code": "140703-0001", "name": "新工程"}], "projects_kept": [],
    })  # fmt: skip
    assert call("status", "--month", "2024-09", "--format", "json").object == before
    assert call("check").code == 0
    told = call("dossier", "140702-0002").out
    assert "2024-09 撤销（" in told
    assert "专班甲，理由：导错了月份" in told
    assert call("dossier", "140703-0001").out.startswith("登记已撤销的项目（140703-0001）")
    assert imported(call, tmp_path / "九月.xlsx", "2024-09") > number
    assert call("dossier", "140703-0002").code == 0


def test_undoing_is_refused_with_a_sentence(call: Call, tmp_path: Path) -> None:
    rows = [["项目名称", "县（市、区）", "累计完成投资（万元）"], ["潇河湿地工程", "榆次区", 60]]
    number = str(imported(call, write_xlsx(tmp_path / "九月.xlsx", {"清单": rows}), "2024-09"))
    for arguments, code, word in (
        (["--undo", number], 1, "--reason"),
        (["--undo", number, "--reason", " "], 1, "--reason"),
        (["--undo", "99999", "--reason", "错"], 2, "99999"),
        (["--undo", "1", "--reason", "错"], 2, "编号为 1 "),
        (["--undo", "0", "--reason", "错"], 2, "--undo"),
        (["--undo", number, "--reason", "错", "--month", "2024-09"], 2, "--undo"),
        (["文件.xlsx", "--month", "2024-09", "--reason", "错"], 2, "--undo"),
        (["文件.xlsx"], 2, "--month"),
        (["--month", "2024-09"], 2, "文件"),
    ):
        answer = call("import", *arguments, "--format", "json")
        assert (answer.code, word in answer.object["error"]) == (code, True), (arguments, answer.out)
    assert call("import", "--undo", number, *UNDO).code == 0
    again = call("import", "--undo", number, *UNDO)
    assert again.code == 1
    assert "已由专班甲于" in again.object["error"]
