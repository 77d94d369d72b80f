"""`import --marked`: the sender's workbook comes back with its faults in place, and nothing of the sender's is lost."""

from __future__ import annotations

from pathlib import Path

import openpyxl

from tests.commands.conftest import HEAD, ROWS, Call
from tests.exchange.builders import write_xls, write_xlsx
from tracker.exchange.marking.marking_words import SHEET_NAME
from tracker.exchange.reading.workbooks import Cell

WRONG: list[list[Cell]] = [
    HEAD, [1, "榆茨区", "甲工程", "污水处理", "省级", "约三千", 50, 10, "2024-01-04", None],
    [2, "介休市", "乙工程", "湿地", "省级", 100, 80, 900, "2023-07-09", None],
]  # fmt: skip
JSON = ["--format", "json"]
HOW = ["--month", "2024-08", "--within", "1407"]


def test_a_refused_list_comes_back_marked_and_mended_goes_in(call: Call, tmp_path: Path) -> None:
    source, marked = tmp_path / "清单.xlsx", tmp_path / "改.xlsx"
    before = write_xlsx(source, {"清单": WRONG}).read_bytes()
    answer = call("import", str(source), *HOW, "--marked", str(marked), *JSON)
    assert (answer.code, answer.object["marked"]) == (1, str(marked))
    assert [fault["cell"] for fault in answer.object["faults"]] == ["B2", "F2", "H3"]
    assert "标注了 3 个单元格" in answer.object["notes"][-1]
    assert source.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["filled", "改.xlsx", "清单.xlsx"]
    book = openpyxl.load_workbook(marked)
    assert {cell.coordinate for row in book["清单"] for cell in row if cell.comment} == {"B2", "F2", "H3"}
    book["清单"]["B2"], book["清单"]["F2"] = "榆次区", 3000
    book.save(marked)
    # What is only asked may be so: it goes in as it is, and still comes back marked.
    again = call("import", str(marked), *HOW, "--accept-warnings", "--marked", str(tmp_path / "二.xlsx"))
    assert again.code == 0
    assert f"标注了 1 个单元格，问题列在工作表“{SHEET_NAME}”" in again.out
    book = openpyxl.load_workbook(tmp_path / "二.xlsx")
    assert {cell.coordinate for row in book["清单"] for cell in row if cell.comment} == {"H3"}


def test_without_faults_no_file_is_written(call: Call, tmp_path: Path) -> None:
    source = write_xlsx(tmp_path / "清单.xlsx", {"清单": ROWS})
    answer = call("import", str(source), *HOW, "--dry-run", "--marked", str(tmp_path / "改.xlsx"), *JSON)
    assert (answer.code, answer.object["marked"]) == (0, None)
    assert "没有问题" in answer.object["notes"][-1]
    assert not (tmp_path / "改.xlsx").exists()
    assert "marked" not in call("import", str(source), *HOW, "--dry-run", *JSON).object


def test_an_old_workbook_comes_back_as_a_new_one(call: Call, tmp_path: Path) -> None:
    source, marked = write_xls(tmp_path / "旧.xls", WRONG), tmp_path / "改.xlsx"
    assert call("import", str(source), *HOW, "--dry-run", "--marked", str(marked)).code == 1
    book = openpyxl.load_workbook(marked)
    assert book.sheetnames == ["清单", SHEET_NAME]
    assert [cell.value for cell in book["清单"][3]][:3] == [2, "介休市", "乙工程"]


def test_where_it_may_not_be_written_is_refused_before_anything_is_done(call: Call, tmp_path: Path) -> None:
    source = write_xlsx(tmp_path / "清单.xlsx", {"清单": WRONG})
    before = source.read_bytes()
    (tmp_path / "链接.xlsx").symlink_to(source)
    for path, sentence in (
        (source, "原来的文件不能盖掉"),
        (tmp_path / "链接.xlsx", "原来的文件不能盖掉"),
        (tmp_path / "改.xls", "应以 .xlsx 结尾，例如 清单-标注.xlsx"),
        (tmp_path / "没有" / "改.xlsx", "请先建立它"),
    ):
        answer = call("import", str(source), *HOW, "--marked", str(path), *JSON)
        assert answer.code == 2
        assert sentence in answer.object["error"]
    assert source.read_bytes() == before
    missing = call("import", str(tmp_path / "没有.xlsx"), *HOW, "--marked", str(tmp_path / "改.xlsx"), *JSON)
    assert (missing.code, missing.object["marked"]) == (2, None)
    assert missing.object["notes"][-1].startswith("标注没有做成：")
    assert call("import", "--undo", "1", "--reason", "错", "--marked", str(tmp_path / "改.xlsx")).code == 2
