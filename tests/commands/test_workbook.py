"""`workbook` and its way back with `import --draft`: what scripts get, and what is refused."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from tests.commands.conftest import Call
from tests.exchange.month_books import filled

MONTH = "2024-09"
FIRST, SECOND = "140702-0001", "140702-0002"
YUCI = ["--month", MONTH, "--within", "140702"]
JSON = ["--format", "json"]


@pytest.fixture
def opened(call: Call) -> Call:
    """The filled ledger with a second month open."""
    assert call("month", "open", MONTH).code == 0
    return call


def test_a_workbook_goes_out_is_filled_in_and_comes_back(opened: Call, tmp_path: Path) -> None:
    path = tmp_path / "月报.xlsx"
    made = opened("workbook", *YUCI, "-o", str(path), *JSON)
    assert (made.code, made.object) == (0, {"file": str(path), "projects": 2})
    back = opened("import", str(path), *YUCI, "--draft", *JSON)
    assert (back.code, back.object["drafted"], back.object["faults"], back.object["rows_read"]) == (0, 0, [], 2)
    filled(path, p1_unchanged="是", p2_cumulative_investment=60)
    elsewhere = opened("import", str(path), "--month", MONTH, "--within", "140781", "--draft", *JSON)
    assert elsewhere.code == 2
    assert "这是榆次区2024年9月的月报工作簿" in elsewhere.object["faults"][0]["message"]
    back = opened("import", str(path), "--month", MONTH, "--draft", *JSON)
    assert (back.code, back.object["drafted"]) == (0, 2)
    assert opened("import", str(path), *YUCI, "--draft", *JSON).object["drafted"] == 0
    sent = opened("return", "send", *YUCI, "--as", "负责人", *JSON).object
    assert (sent["sent"], sent["unchanged"], sent["unfilled"]) == (2, 1, [])
    refused = opened("workbook", *YUCI, "-o", str(path), *JSON)
    assert refused.code == 1
    assert "都已报送" in refused.object["error"]


def test_read_as_a_list_it_is_asked_about_first(opened: Call, tmp_path: Path) -> None:
    path = tmp_path / "月报.xlsx"
    opened("workbook", *YUCI, "-o", str(path))
    refused = opened("import", str(path), *YUCI, *JSON)
    assert (refused.code, refused.object["id"]) == (1, None)
    assert [fault["severity"] for fault in refused.object["faults"]] == ["ask"]
    assert "import --draft" in refused.object["faults"][0]["message"]
    taken = opened("import", str(path), *YUCI, "--accept-warnings", *JSON)
    assert (taken.code, taken.object["returns_recorded"]) == (0, 2)


def test_a_conflict_is_asked_about_and_both_texts_are_told(opened: Call, tmp_path: Path) -> None:
    first, second = tmp_path / "甲.xlsx", tmp_path / "乙.xlsx"
    for path, text in ((first, 60), (second, 70)):
        opened("workbook", *YUCI, "-o", str(path))
        filled(path, p2_cumulative_investment=text)
    assert opened("import", str(first), *YUCI, "--draft", "--as", "王会计").code == 0
    answer = opened("import", str(second), *YUCI, "--draft", *JSON)
    assert answer.code == 1
    [fault] = answer.object["faults"]
    assert fault["severity"] == "ask"
    assert all(said in fault["message"] for said in ("王会计", "“60.00”", "“70.00”", "“20.00”"))
    answer = opened("import", str(second), *YUCI, "--draft", "--accept-warnings", *JSON)
    assert (answer.code, answer.object["drafted"]) == (0, 1)
    assert any("60.00" in note and "王会计" in note for note in answer.object["notes"])


def test_all_counties_of_a_city_get_theirs_into_a_folder(opened: Call, tmp_path: Path) -> None:
    folder = tmp_path / "晋中"
    answer = opened("workbook", "--month", MONTH, "--within", "1407", "-o", str(folder), *JSON)
    assert answer.code == 0
    assert [(each["code"], each["projects"]) for each in answer.object["files"]] == [("140702", 2), ("140781", 1)]
    assert sorted(path.name for path in folder.iterdir()) == ["介休市2024年9月月报.xlsx", "榆次区2024年9月月报.xlsx"]
    assert openpyxl.load_workbook(folder / "介休市2024年9月月报.xlsx").worksheets[0]["B4"].value == "140781-0001"
    said = opened("workbook", "--month", MONTH, "--within", "1407", "-o", str(folder)).out
    assert "榆次区　2 个项目　榆次区2024年9月月报.xlsx" in said


@pytest.mark.parametrize(
    ("within", "name", "code", "said"),
    [
        ("1407", "月报.xlsx", 1, "榆次区（140702）、介休市（140781）"),
        ("140702", "月报.xls", 2, "应以 .xlsx 结尾"),
        ("140702", "没有/月报.xlsx", 2, "没有"),
        ("140725", "月报.xlsx", 1, "清单里没有项目"),
        ("140725", "文件夹", 1, "没有要报的县"),
    ],
)
def test_what_cannot_be_made_says_so(
    opened: Call, tmp_path: Path, within: str, name: str, code: int, said: str
) -> None:
    before = set(tmp_path.iterdir())
    answer = opened("workbook", "--month", MONTH, "--within", within, "-o", str(tmp_path / name), *JSON)
    assert (answer.code, said in answer.object["error"]) == (code, True), answer.object
    assert set(tmp_path.iterdir()) == before


def test_a_month_that_is_not_open_gets_none(call: Call, tmp_path: Path) -> None:
    answer = call("workbook", *YUCI, "-o", str(tmp_path / "月报.xlsx"), *JSON)
    assert (answer.code, "还没有开放填报" in answer.object["error"]) == (1, True)
