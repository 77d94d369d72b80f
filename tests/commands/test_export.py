"""`export list` and `import --undo`: what scripts get, and what is refused."""

from __future__ import annotations

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
