"""Importing as a whole: all faults at once, all of a file or none, and months in any order."""

from __future__ import annotations

import itertools
from pathlib import Path

import openpyxl
import pytest

from tests.exchange.builders import sheet_of, write_xls, write_xlsx
from tests.exchange.lists import Office, Rows, at, listed, message
from tracker.exchange.reading.workbooks import Cell, Sheet, start_reading
from tracker.ledger.checking import check
from tracker.ledger.projects import correct, split, terminate
from tracker.ledger.records import head_of
from tracker.ledger.writing import writing
from tracker.model.dates import PartialDate

NAMES = ["污水处理厂提标工程", "潇河湿地工程（一期）", "潇河湿地工程（二期）", "雨污分流管网工程"]
HEAD: list[Cell] = [
    "序号",
    "县（市、区）",
    "项目名称",
    "总投资（万元）",
    "累计完成投资（万元）",
    "实际开工时间",
    "实际完工时间",
]
PLAIN: Rows = [
    HEAD,
    [1, "榆次区", NAMES[0], 100.5, 100.5, "2023-06-04", "2024-05-02"],
    [2, "榆次区", NAMES[1], 200, 20, "2023-07-09", None],
    [3, "介休市", NAMES[2], 300, 0, None, None],
    [4, "介休市", NAMES[3], 400, 40, "2023-08", None],
]


def forms(folder: Path) -> dict[str, list[Sheet]]:
    """Write the same four projects in the four forms that offices send, and read them."""
    headed: Rows = [
        ["附件1"],
        ["重点工程推进台账"],
        ["填报时间：2024年8月", None, None, None, None, None, "单位：万元"],
        ["序\n号", "县\n（市、区）", "工 程 名 称", "总投资", "累计完\n成投资", "推进情况", None],
        [None, None, None, None, None, "实际开工\n时间", "实际完工\n时间"],
        ["合  计", None, "共4项", 1000.5, 160.5],
        ["一、工业园区污水处理工程（2项）"],
        [1, "榆次区", "污水处理厂\n提标工程", "100.5万元", "100.50", "2023.06.04", "2024年5月2日"],
        [2, None, "潇河湿地工程(一期) ", "0.02亿元", "20", "2023年7月", "未完工"],
        ["二、其他工程（2项）"],
        [3, "介休市", "潇河湿地工程〔二期〕", 300, 0, "未开工", "/"],
        [4, None, "雨污分流管网工程", "4,00", 40, "2023年8月底", "—"],
        ["注：时间填到月。"],
    ]
    paths = [write_xlsx(folder / "1.xlsx", {"清单": PLAIN})]
    headed[-2][3] = "400"
    paths.append(write_xlsx(folder / "2.xlsx", {"台账": headed}, ["F4:G4", "A4:A5", "B4:B5", "B8:B9", "A7:G7"]))
    by_county: dict[str, Rows] = {
        county: [HEAD[2:], *(row[2:] for row in PLAIN[1:] if row[1] == county)] for county in ("榆次区", "介休市")
    }
    paths.append(write_xlsx(folder / "3.xlsx", {"说明": [["按月填报"]], **by_county}))
    paths.append(write_xls(folder / "5.xls", PLAIN))
    read = {path.name: start_reading(path).sheets() for path in paths}
    assert all(isinstance(sheets, list) for sheets in read.values()), read
    return {name: sheets for name, sheets in read.items() if isinstance(sheets, list)}


def test_the_same_projects_in_four_forms_and_any_order_are_registered_once(office: Office, tmp_path: Path) -> None:
    sent = forms(tmp_path)
    months = [f"2024-{number:02d}" for number in range(8, 12)]
    for order in list(itertools.permutations(sent))[::5]:
        for name in order:
            result = office.sends(sent[name], months[0], accept=True)
            assert not result.refused, result.faults
            before = office.content()
            again = office.sends(sent[name], months[0])
            assert (again.unchanged, again.id, again.refused) == (4, None, False), again.faults
            assert office.content() == before
        assert office.counts() == (4, 3, 1)
        settled = office.content()
        for name in order:
            assert office.sends(sent[name], months[0], accept=True).id is None
        assert office.content() == settled
    assert office.value("actual_start", "140702-0002") == PartialDate(2023, 7, 9)


@pytest.mark.parametrize("form", ["1.xlsx", "2.xlsx", "3.xlsx", "5.xls"])
def test_each_form_alone_gives_the_same_figures(office: Office, tmp_path: Path, form: str) -> None:
    result = office.sends(forms(tmp_path)[form], accept=True)
    assert (result.rows_read, result.projects_registered, result.returns_recorded) == (4, 4, 4)
    assert office.counts() == (4, 3, 1)
    total = office.ledger.connection.execute("SELECT sum(total_investment), sum(cumulative_investment) FROM state")
    assert tuple(total.fetchone()) == (100_050_000_0, 160_500_000)


FAULTY: Rows = [
    HEAD,
    [1, "榆茨区", NAMES[0], 100.5, 100.5, "2023-06-04", "2024-05-02"],
    [2, "榆次区", NAMES[1], "约三千", -120, "2026-03-04", "2024-03-04"],
    [3, "介休市", None, 300, 0, None, "2024-05"],
    [4, "介休市", NAMES[3], 100, 400, "2024年13月", None],
]
EXPECTED = [
    ("fix", "B2"), ("fix", "D3"), ("fix", "E3"), ("fix", "F3"), ("fix", "C4"), ("fix", "F4"), ("ask", "E5"),
    ("fix", "F5"),
]  # fmt: skip


@pytest.mark.parametrize("accept", [False, True])
@pytest.mark.parametrize("known", [False, True])
def test_all_faults_come_in_one_pass_and_nothing_is_written(office: Office, accept: bool, known: bool) -> None:
    if known:
        office.sends(PLAIN)
    before = office.content()
    result = office.sends(FAULTY, accept=accept)
    assert (result.refused, result.id, at(result)) == (True, None, EXPECTED)
    assert (result.projects_registered, result.returns_recorded, result.unchanged) == (0, 0, 0)
    assert office.content() == before
    assert all(fault.sheet == "清单" and fault.field and fault.message.startswith("第 ") for fault in result.faults)


def test_a_dry_run_writes_nothing_and_says_what_would_be(office: Office) -> None:
    before = office.content()
    result = office.sends(PLAIN, dry_run=True)
    assert (result.id, result.projects_registered, result.returns_recorded) == (None, 4, 4)
    assert office.content() == before


def test_questions_are_recorded_with_who_accepted_them(office: Office) -> None:
    rows = listed({"项目名称": "甲", "总投资（万元）": 10, "累计完成投资": 50, "实际开工时间": 2023.1})
    assert office.sends(rows).refused
    result = office.sends(rows, accept=True)
    found = office.ledger.connection.execute(
        "SELECT record.recorded_by, accepted_fault.cell, accepted_fault.message FROM accepted_fault "
        "JOIN record USING (sequence) ORDER BY accepted_fault.position"
    ).fetchall()
    assert [(row["recorded_by"], row["cell"]) for row in found] == [("填报员", "D2"), ("填报员", "E2")]
    assert [row["message"] for row in found] == [fault.message for fault in result.faults]
    assert at(office.sends(rows)) == []  # nothing is to be written, so nothing is asked


def test_a_question_at_a_merged_cell_stays_while_one_of_its_rows_is_written(office: Office) -> None:
    codes: list[dict[str, Cell]] = [{"项目编码": f"140702-000{number}"} for number in (1, 2)]
    office.knows({"项目名称": "甲"}, {"项目名称": "乙"})
    named = zip("甲乙", codes, strict=True)
    rows = listed(*({"县（市、区）": "太谷区", "项目名称": name, **code} for name, code in named))
    rows[2][1] = None
    assert at(office.sends(rows)) == [("ask", "B2")]
    office.sends(rows, accept=True)
    assert at(office.sends(rows)) == []
    rows[0].append("备注")
    rows[2].append("变了")
    assert at(office.sends(rows)) == [("ask", "B2")]


def test_rows_keep_the_sheets_own_numbers(office: Office) -> None:
    rows: Rows = [["清单"], [], *listed({"项目名称": "甲"}), [], [], ["乙", "榆次区", "约三千"], ["一点"]]
    result = office.sends(rows)
    assert ("fix", "C7") in at(result)
    assert result.faults[0].message.startswith("第 7 行“总投资（万元）”")


def test_sheets_without_headings_are_skipped_where_another_has_them(office: Office) -> None:
    noise = sheet_of([["说明"], ["请按月填报"]], name="说明")
    assert at(office.sends([noise, sheet_of(listed({"项目名称": "甲"}))])) == []
    result = office.sends([noise])
    assert [fault.severity.value for fault in result.faults] == ["stop"]
    assert "项目名称" in message(result)


@pytest.mark.parametrize("rows", [[], [["项目名称", "县（市、区）", "总投资（万元）"]]])
def test_a_workbook_without_projects_cannot_be_read_on(office: Office, rows: Rows) -> None:
    result = office.sends([sheet_of(rows)])
    assert [fault.severity.value for fault in result.faults] == ["stop"]


def test_headings_found_and_missing_are_named(office: Office) -> None:
    found = message(office.sends([["序号", "总投资（万元）", "项目名"], [1, 5, "甲"]]))
    assert "总投资" in found.split("缺少")[0]
    assert "项目名称" in found.split("缺少")[1]


def test_hidden_rows_and_columns_are_data(office: Office, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "hidden.xlsx", {"清单": PLAIN})
    workbook = openpyxl.load_workbook(path)
    sheet = workbook["清单"]
    sheet.row_dimensions[3].hidden = True
    sheet.column_dimensions["D"].hidden = True
    sheet.auto_filter.ref = "A1:G5"
    workbook.save(path)
    sheets = start_reading(path).sheets()
    assert isinstance(sheets, list)
    assert office.sends(sheets).rows_read == 4
    assert office.value("total_investment", "140702-0002") == 200


def test_totals_notes_signatures_and_stray_marks_are_no_projects(office: Office) -> None:
    rows: Rows = [
        *PLAIN, ["合计", None, None, 1000.5, 160.5], ["小计", None, "共2项", 300.5], ["其中", None, "污水", 100],
        [None, None, "注：时间填到月。"], ["填表人：示例", None, None, "审核：示例"], *([[]] * 60), [None, None, "√"],
    ]  # fmt: skip
    assert (office.sends(rows).rows_read, office.counts()[0]) == (4, 4)


def test_an_older_month_may_come_later_and_learns_the_project(office: Office) -> None:
    office.sends(PLAIN, "2024-08")
    older: Rows = [
        HEAD,
        [1, "榆次区", NAMES[0], 90, 30, "2023-06-04", None],
        [2, "榆次区", NAMES[1], 200, 5, None, None],
    ]
    result = office.sends(older, "2024-06")
    assert (result.projects_registered, result.returns_recorded) == (0, 2)
    assert [office.counts(f"2024-0{number}") for number in range(5, 9)] == [(0, 0, 0), (2, 1, 0), (2, 1, 0), (4, 3, 1)]
    assert office.value("total_investment", month="2024-06") == 90
    assert office.value("total_investment", month="2024-08") == 100.5
    assert office.sends(older, "2024-06").id is None
    assert check(office.ledger) == []


def test_a_late_month_is_followed_by_the_later_ones(office: Office) -> None:
    office.knows({"项目名称": "甲"}, month="2024-05")
    office.knows({"项目名称": "甲", "形象进度": "主体施工"}, month="2024-08")
    office.sends(listed({"项目名称": "甲", "实际开工时间": "2024-06"}), "2024-06")
    assert [office.counts(f"2024-0{number}")[1] for number in range(5, 9)] == [0, 1, 1, 1]


def test_a_list_grows_and_the_old_month_does_not(office: Office) -> None:
    first: list[dict[str, Cell]] = [{"项目名称": f"第{number}号工程"} for number in range(28)]
    office.sends(listed(*first), "2024-03")
    office.sends(listed(*first, *({"项目名称": f"增补{number}号河道治理"} for number in range(5))), "2024-08")
    assert [office.counts(month)[0] for month in ("2024-02", "2024-03", "2024-07", "2024-08")] == [0, 28, 28, 33]


def test_actions_are_seen_from_their_month_on(office: Office) -> None:
    for month in ("2024-06", "2024-07", "2024-08"):
        office.knows({"项目名称": "甲", "总投资（万元）": 10}, {"项目名称": "乙"}, {"项目名称": "丙"}, month=month)
    programme = office.programme
    with writing(office.ledger, "actions", "专班") as writes:
        terminate(writes, programme, "140702-0002", "2024-07", "停建")
        parts = split(writes, programme, "140702-0003", ["丙一", "丙二"], "2024-08", "分标")
        correct(writes, programme, "140702-0001", "2024-07", {"total_investment": 12}, [], "批复调整")
    assert parts == ["140702-0004", "140702-0005"]
    assert [office.counts(f"2024-0{number}")[0] for number in (6, 7, 8)] == [3, 2, 3]


def test_a_refused_import_leaves_the_head_of_the_records(office: Office) -> None:
    office.sends(PLAIN)
    before = head_of(office.ledger)
    assert office.sends(FAULTY, "2024-09", accept=True).refused
    assert head_of(office.ledger) == before
