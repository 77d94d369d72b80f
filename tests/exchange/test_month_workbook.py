"""The month's workbook: what a county gets, and what comes of it when it comes back, merged field by field."""

from __future__ import annotations

import dataclasses
import shutil
import subprocess
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.exchange.month_books import (
    BEFORE,
    COUNTIES,
    HEAD,
    MONTH,
    code,
    edited,
    entered,
    filled,
    made,
    place,
    planned,
    read,
    sheets_made,
    texts,
    three_counties,
    typed,
    written,
)
from tests.web.builders import YIHONG
from tracker.exchange.imports.draft_importing import import_drafts, plan_drafts
from tracker.exchange.imports.draft_reading import read_drafts
from tracker.exchange.imports.importing import ImportRequest, import_sheets
from tracker.exchange.month_workbook.gathering import month_book
from tracker.exchange.month_workbook.marks import MARKS_SHEET, marks_of
from tracker.exchange.reading.workbooks import Cell, Sheet
from tracker.ledger.closing import lock_month
from tracker.ledger.drafts import UNCHANGED
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.opening import open_ledger
from tracker.ledger.projects import correct
from tracker.ledger.reading import reading
from tracker.ledger.returns import RowStatus, accept, rows_of_month, send, send_back
from tracker.ledger.standings import states_at
from tracker.ledger.writing import writing
from tracker.model.faults import Severity

YUCI, TAIGU, JIEXIU = COUNTIES
ONE, TWO, THREE = (code(YUCI, number) for number in (1, 2, 3))


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return three_counties(tmp_path_factory.mktemp("story") / "ledger")


@pytest.fixture
def ledger(story: Path, tmp_path: Path) -> Iterator[Ledger]:
    shutil.copytree(story, tmp_path / "ledger")
    opened = open_ledger(tmp_path / "ledger")
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def sheets(story: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Sheet]:
    """The first county's workbook as it is read; tests change copies."""
    with reading(story) as opened:
        return sheets_made(opened, YUCI, tmp_path_factory.mktemp("made"))


def sent(ledger: Ledger, county: str) -> None:
    """Sign and send what a county has drafted, and accept it."""
    drafted = read_drafts(ledger, YIHONG, MONTH, place(ledger, county))
    assert drafted.faults == []
    with writing(ledger, f"send {county}", "负责人") as writes:
        send(writes, YIHONG, MONTH, place(ledger, county), drafted.rows, drafted.seen)
    waiting = {row.project: row.sequence or 0 for row in rows_of_month(ledger, YIHONG, MONTH, place(ledger, county))
               if row.status is RowStatus.SENT}  # fmt: skip
    with writing(ledger, f"accept {county}", "专班") as writes:
        accept(writes, YIHONG, MONTH, place(ledger, county), waiting, final=True)


def test_the_workbook_is_locked_where_nothing_may_change_and_guides_where_something_may(ledger: Ledger) -> None:
    book = written(ledger, YUCI)
    sheet, guide, marks = book.worksheets
    assert (sheet.title, guide.title, marks.title) == ("月报", "填报说明", MARKS_SHEET)
    assert (sheet.sheet_state, guide.sheet_state, marks.sheet_state) == ("visible", "visible", "veryHidden")
    assert "示例数据" in str(sheet["D1"].value)
    assert "示例数据" in str(sheet.oddFooter.left.text)
    assert "示例数据" in str(guide["A1"].value)
    headings = ["".join(str(cell.value).split()) for cell in sheet[3]]
    assert headings[:7] == ["序号", "项目编码", "项目名称", "工程类别", "项目级别", "总投资（万元）", "计划开工时间"]
    first = headings.index("本月无变化")
    assert headings[first + 1 : first + 4] == ["建设阶段", "实际开工时间", "实际完工时间"]
    assert [cell.protection.locked for cell in sheet[4]] == [True] * first + [False] * (len(headings) - first)
    protection = sheet.protection
    assert (protection.sheet, protection.password, protection.formatColumns) == (True, None, False)
    values = dict(zip(headings, (cell.value for cell in sheet[4]), strict=True))
    assert values["项目编码"] == ONE
    assert str(values["实际开工时间"]) == "2024-03-05 00:00:00"
    assert (values["累计完成投资（万元）"], values["本年完成投资（万元）"]) == (500, 300.5)
    assert values["本月完成投资（万元）"] is None
    assert values["完成进度（%）"] == "0.6%"
    month_sum = sheet.cell(4, 1 + headings.index("本月完成投资（万元）"))
    assert month_sum.comment is not None
    assert month_sum.comment.text == "上月：40.00"
    assert sheet.freeze_panes == "D4"
    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    rules = {str(rule.sqref).rstrip("0123456789").split(":")[0].rstrip("0123456789"): rule
             for rule in sheet.data_validations.dataValidation}  # fmt: skip
    assert len(rules) == len(headings) - first
    assert {rule.errorStyle for rule in rules.values()} == {"warning"}
    assert all(rule.promptTitle and rule.prompt and rule.showInputMessage for rule in rules.values())
    letter = {name: sheet.cell(3, 1 + index).column_letter for index, name in enumerate(headings)}
    assert "在建" in rules[letter["建设阶段"]].formula1
    start = rules[letter["实际开工时间"]].formula1
    assert "ISTEXT" in start
    assert "DATE(2024,9,30)" in start
    assert ">=0" in rules[letter["累计完成投资（万元）"]].formula1


def test_an_untouched_workbook_says_nothing(ledger: Ledger, sheets: list[Sheet]) -> None:
    plan = planned(ledger, sheets)
    assert (plan.rows_read, plan.entries, plan.conflicts, plan.all_faults, plan.notes, plan.left_out) == (
        3, [], [], [], [], []
    )  # fmt: skip
    result = entered(ledger, sheets)
    assert (result.drafted, result.refused, result.not_mentioned) == (0, False, [])
    assert {row.status for row in rows_of_month(ledger, YIHONG, MONTH, place(ledger, YUCI))} == {RowStatus.UNREPORTED}


def test_three_counties_fill_in_offline_with_a_conflict_each_and_nothing_is_lost(
    ledger: Ledger, tmp_path: Path
) -> None:
    files = {county: made(ledger, county, tmp_path / f"{county}.xlsx") for county in COUNTIES}
    # The first county: somebody types on the page meanwhile, alike in one field and differently in another.
    filled(files[YUCI], p1_cumulative_investment=560, p1_progress="主体完工。", p2_problem=None, p3_unchanged="是",
           p2_actual_completion="2024年9月")  # fmt: skip
    typed(ledger, ONE, "cumulative_investment", "540", "王会计")
    typed(ledger, ONE, "progress", "主体完工。")
    typed(ledger, ONE, "remark", "网页上写的")
    # The second: the ledger moves on by a correction.
    filled(files[TAIGU], p1_cumulative_investment=620, p2_cumulative_investment=510, p3_unchanged="是")
    for number in (1, 2):
        with writing(ledger, f"correct {number}", "专班 更正员") as writes:
            correct(
                writes,
                YIHONG,
                code(TAIGU, number),
                MONTH,
                {"cumulative_investment": Decimal(510)},
                frozenset(),
                "原来少记",
            )
    # The third: nobody interferes.
    filled(files[JIEXIU], p1_month_investment=25, p2_unchanged="是", p3_unchanged="是")
    told = {county: entered(ledger, read(files[county]), county) for county in COUNTIES}
    assert "1 个项目只填了本月完成投资，累计完成投资按上月累计加本月计算" in told[JIEXIU].notes[0]
    assert {county: result.refused for county, result in told.items()} == {YUCI: True, TAIGU: True, JIEXIU: False}
    [mine] = told[YUCI].faults
    assert (mine.severity, mine.cell, mine.said) == (Severity.ASK, mine.cell, "560.00")
    for said in ("第 4 行“累计完成投资”", "560.00", "王会计", "540.00", "草稿", "500.00", "确认后以本表为准"):
        assert said in mine.message
    [moved] = told[TAIGU].faults
    for said in ("620.00", "专班 更正员", "更正", "510.00"):
        assert said in moved.message
    assert texts(ledger, ONE, code(TAIGU, 1)) == {
        ONE: {"cumulative_investment": "540", "progress": "主体完工。", "remark": "网页上写的"}, code(TAIGU, 1): {},
    }  # fmt: skip
    accepted = entered(ledger, read(files[YUCI]), YUCI, accept=True)
    assert accepted.drafted == 3
    assert any("王会计" in note and "540.00" in note for note in accepted.notes), (
        "the text that gives way stays in sight"
    )
    assert texts(ledger, ONE, TWO, THREE) == {
        ONE: {"cumulative_investment": "560.00", "progress": "主体完工。", "remark": "网页上写的"},
        TWO: {"problem": "", "actual_completion": "2024年9月"},
        THREE: {UNCHANGED: "yes"},
    }
    assert entered(ledger, read(files[YUCI]), YUCI).drafted == 0, "the same file once more says nothing new"
    entered(ledger, read(files[TAIGU]), TAIGU, accept=True)
    typed(ledger, code(TAIGU, 2), UNCHANGED, "yes")
    for county in COUNTIES:
        sent(ledger, county)
    states = states_at(ledger, YIHONG, MONTH)
    assert [states[code(county, 1)].values["cumulative_investment"] for county in COUNTIES] == [560, 620, 525]
    assert (states[TWO].completed, "problem" in states[TWO].values, states[ONE].values["remark"]) == (
        True, False, "网页上写的"
    )  # fmt: skip
    assert all(state.reported for state in states.values())


CHANGES: dict[str, tuple[Cell, str]] = {
    "stage": ("停工", "停工"), "cumulative_investment": (512.25, "512.25"), "year_investment": ("0.04亿元", "400.00"),
    "month_investment": (12, "12.00"), "progress_percent": (35, "35"), "progress": ("进展顺利", "进展顺利"),
    "problem": (None, ""), "problem_owner": ("水利局", "水利局"), "problem_limit": ("2024年12月", "2024年12月"),
    "year_plan": (900, "900.00"), "funding_paid": (1, "1.00"), "remark": ("备注一", "备注一"),
}  # fmt: skip
"""What a county may write into a cell, and the draft that it becomes."""


@given(chosen=st.sets(st.tuples(st.integers(1, 3), st.sampled_from(sorted(CHANGES)))))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_any_cells_that_are_changed_give_exactly_these_drafts(
    ledger: Ledger, sheets: list[Sheet], chosen: set[tuple[int, str]]
) -> None:
    cells = {f"p{number}_{field}": CHANGES[field][0] for number, field in chosen}
    plan = planned(ledger, edited(sheets, **cells))
    assert {(entry.project, entry.field, entry.text) for entry in plan.entries} == {
        (code(YUCI, number), field, CHANGES[field][1]) for number, field in chosen
    }
    assert plan.conflicts == []
    assert not plan.broken


def test_a_workbook_that_another_office_program_saved_comes_back_whole(ledger: Ledger, tmp_path: Path) -> None:
    path = made(ledger, YUCI, tmp_path / "月报.xlsx")
    changed = filled(path, into=tmp_path / "改过.xlsx", p1_progress="收尾", p2_unchanged="是")
    (tmp_path / "saved").mkdir()
    subprocess.run(
        ["soffice", f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "xlsx",
         "--outdir", str(tmp_path / "saved"), str(path), str(changed)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    plan = planned(ledger, read(tmp_path / "saved" / "月报.xlsx"))
    assert (plan.merged, plan.rows_read, plan.entries, plan.all_faults, plan.notes) == (True, 3, [], [], [])
    plan = planned(ledger, read(tmp_path / "saved" / "改过.xlsx"))
    assert [(entry.project, entry.field, entry.text) for entry in plan.entries] == [
        (ONE, "progress", "收尾"), (TWO, UNCHANGED, "yes")
    ]  # fmt: skip


def test_what_belongs_elsewhere_says_what_it_is_and_where_it_belongs(ledger: Ledger, sheets: list[Sheet]) -> None:
    def stopped(month: str, within: str, **programme: Any) -> str:
        other = dataclasses.replace(YIHONG, **programme)
        asked = ImportRequest(Path("月报.xlsx"), month, place(ledger, within), "填报员")
        [fault] = plan_drafts(ledger, other, asked, sheets).all_faults
        assert fault.severity is Severity.STOP
        return fault.message

    county = stopped(MONTH, TAIGU)
    assert "这是榆次区2024年9月的月报工作簿" in county
    assert "这里是太谷区2024年9月的月报" in county
    assert "请到榆次区2024年9月的月报页交回" in county
    assert "这里是榆次区2024年8月的月报" in stopped(BEFORE, YUCI)
    assert "这里是专项“另一个专项”" in stopped(MONTH, YUCI, key="other", name="另一个专项")


def test_rows_may_be_sorted_and_taken_out_but_not_added(ledger: Ledger, sheets: list[Sheet]) -> None:
    changed = edited(sheets, p1_progress="一", p3_progress="三")
    rows = changed[0].rows
    first, third = rows[HEAD + 1], rows[HEAD + 3]
    rows[HEAD + 1 :] = [(first[0], third[1]), (third[0], first[1])]
    plan = planned(ledger, changed)
    assert {(entry.project, entry.text) for entry in plan.entries} == {(ONE, "一"), (THREE, "三")}
    assert plan.not_mentioned == [{"code": TWO, "name": f"{YUCI}第2号治理工程"}]
    assert "表里少了 1 个项目" in plan.notes[0]
    assert plan.all_faults == []
    new: list[Cell] = [4, None, "自己加的工程", *[None] * 6, "在建"]
    plan = planned(ledger, [Sheet("月报", [*sheets[0].rows, (7, new)], sheets[0].merges), *sheets[1:]])
    [fault] = plan.all_faults
    assert (fault.severity, fault.cell) == (Severity.FIX, "C7")
    assert "新项目由专班登记" in fault.message
    plan = planned(ledger, [Sheet("月报", [*sheets[0].rows, (7, list(sheets[0].rows[-1][1]))], []), *sheets[1:]])
    assert [(fault.severity, fault.cell) for fault in plan.all_faults] == [(Severity.FIX, "C7")]


def test_columns_may_be_moved_and_renamed_and_codes_spoilt(ledger: Ledger, sheets: list[Sheet]) -> None:
    changed = edited(sheets, p1_progress="一", p1_funding_paid=7, p2_unchanged="√", p2_code="弄坏了")
    rows = changed[0].rows
    head = [str(cell) for cell in rows[HEAD][1]]
    for _, cells in rows[HEAD:]:
        cells.extend([None] * (len(head) - len(cells)))
        cells.append(cells.pop(head.index("建设阶段")))
    moved = [str(cell) for cell in rows[HEAD][1]]
    rows[HEAD][1][moved.index(next(one for one in moved if "支付资金" in one))] = "付了多少"
    # Behind the column that was moved away nothing stands where it stood, so this heading cannot be told.
    plan = planned(ledger, changed)
    assert {(entry.project, entry.field) for entry in plan.entries} == {(ONE, "progress"), (TWO, UNCHANGED)}
    assert [heading for _, _, heading in plan.unread] == ["付了多少"]
    assert any("支付资金" in note for note in plan.notes)
    renamed = edited(sheets, p1_funding_paid=7)
    head = [str(cell) for cell in renamed[0].rows[HEAD][1]]
    renamed[0].rows[HEAD][1][next(index for index, one in enumerate(head) if "支付资金" in one)] = "付了多少"
    plan = planned(ledger, renamed)
    assert [(entry.field, entry.text) for entry in plan.entries] == [("funding_paid", "7.00")]
    assert any("付了多少" in note for note in plan.notes)


def test_a_row_whose_code_and_name_disagree_is_asked_about(ledger: Ledger, sheets: list[Sheet]) -> None:
    plan = planned(ledger, edited(sheets, p1_name=f"{YUCI}第2号治理工程", p1_progress="一"))
    [fault] = plan.questions
    assert (fault.severity, fault.cell) == (Severity.ASK, "C4")
    assert "错位" in fault.message


def test_deleting_a_text_says_nothing_and_clearing_it_empties(ledger: Ledger, sheets: list[Sheet]) -> None:
    plan = planned(ledger, edited(sheets, p1_progress=None, p1_cumulative_investment=None, p2_actual_start="清空",
                                  p2_stage="前期", p1_problem="无"))  # fmt: skip
    assert {(entry.project, entry.field, entry.text) for entry in plan.entries} == {
        (TWO, "actual_start", ""), (TWO, "stage", "前期"), (ONE, "problem", ""),
    }  # fmt: skip
    assert any("2 处只把原来的内容删空了" in note for note in plan.notes)
    assert [doubt.field for doubt in plan.doubts] == ["stage"]


def test_unchanged_is_ticked_beside_nothing_else(ledger: Ledger, sheets: list[Sheet]) -> None:
    typed(ledger, THREE, "progress", "网页上写的", "李主任")
    plan = planned(
        ledger, edited(sheets, p1_unchanged="是", p1_progress="改了", p2_unchanged="不知道", p3_unchanged="是")
    )
    assert [(entry.project, entry.field) for entry in plan.entries] == [(ONE, "progress")]
    assert any("没有记为“本月无变化”" in note for note in plan.notes)
    [wrong] = [fault for fault in plan.all_faults if fault.severity is Severity.FIX]
    assert "“不知道”看不懂" in wrong.message
    [conflict] = plan.conflicts
    assert (conflict.mine.place, conflict.by, conflict.theirs) == (
        (THREE, UNCHANGED), "李主任", "形象进度 网页上写的"
    )  # fmt: skip
    # A change takes away the tick that somebody set meanwhile; taking the tick out of the workbook does as well.
    typed(ledger, TWO, UNCHANGED, "yes")
    assert entered(ledger, edited(sheets, p2_progress="改了")).drafted == 1
    assert texts(ledger, TWO) == {TWO: {"progress": "改了", UNCHANGED: ""}}


def test_a_tick_that_the_workbook_was_made_with_can_be_taken_out(ledger: Ledger, tmp_path: Path) -> None:
    typed(ledger, ONE, UNCHANGED, "yes")
    sheets = sheets_made(ledger, YUCI, tmp_path)
    assert planned(ledger, sheets).entries == []
    assert [(entry.field, entry.text) for entry in planned(ledger, edited(sheets, p1_unchanged=None)).entries] == [
        (UNCHANGED, "")
    ]


def test_a_draft_is_in_the_workbook_as_it_was_typed_right_or_wrong(ledger: Ledger, tmp_path: Path) -> None:
    typed(ledger, ONE, "cumulative_investment", "约六百")
    typed(ledger, ONE, "progress", "=1+1 _x0041_\n@第二行")
    sheets = sheets_made(ledger, YUCI, tmp_path)
    assert (planned(ledger, sheets).all_faults, planned(ledger, sheets).entries) == ([], [])
    [entry] = planned(ledger, edited(sheets, p1_cumulative_investment=600)).entries
    assert (entry.text, entry.held) == ("600.00", "约六百")
    plan = planned(ledger, edited(sheets, p1_cumulative_investment="约七百"))
    assert [(fault.severity, fault.said) for fault in plan.all_faults] == [(Severity.FIX, "约七百")]


def test_contradictions_are_found_at_their_cells_and_only_those_the_file_brings(
    ledger: Ledger, sheets: list[Sheet]
) -> None:
    typed(ledger, TWO, "actual_completion", "2024-01-01")
    plan = planned(ledger, edited(sheets, p1_actual_completion="2024-02-01", p2_progress="改了", p3_stage="#REF!"))
    assert [(fault.severity, fault.field) for fault in plan.all_faults] == [
        (Severity.FIX, "actual_completion"), (Severity.FIX, "stage")
    ]  # fmt: skip
    assert plan.all_faults[0].message.startswith("第 4 行“实际完工时间”：")
    plan = planned(ledger, edited(sheets, p1_cumulative_investment=10))
    [doubt] = plan.doubts
    assert "小于上月" in doubt.fault.message
    assert not entered(ledger, edited(sheets, p1_cumulative_investment=10), accept=True).refused
    assert texts(ledger, ONE)[ONE]["answer:cumulative_investment"] == "导入时已确认属实"


def test_what_can_no_longer_be_entered_stays_in_sight(ledger: Ledger, sheets: list[Sheet]) -> None:
    typed(ledger, ONE, "progress", "网页上写的")
    for project in (TWO, THREE):
        typed(ledger, project, UNCHANGED, "yes")
    sent(ledger, YUCI)
    plan = planned(ledger, edited(sheets, p1_progress="表里写的", p2_actual_start="胡写的", p3_total_investment=9))
    assert (plan.entries, plan.all_faults) == ([], [])
    assert [(left.heading, left.text) for left in plan.left_out] == [
        ("总投资", "9"), ("形象进度", "表里写的"), ("实际开工时间", "胡写的")
    ]  # fmt: skip
    assert "已经报送（通过）" in plan.left_out[1].sentence
    result = entered(ledger, edited(sheets, p1_progress="表里写的"))
    assert any("表里写的" in note for note in result.notes)


def test_a_row_that_was_sent_back_goes_out_with_the_reason_and_what_was_sent(ledger: Ledger, tmp_path: Path) -> None:
    typed(ledger, ONE, "cumulative_investment", "560")
    for project in (TWO, THREE):
        typed(ledger, project, UNCHANGED, "yes")
    drafted = read_drafts(ledger, YIHONG, MONTH, place(ledger, YUCI))
    with writing(ledger, "send", "负责人") as writes:
        send(writes, YIHONG, MONTH, place(ledger, YUCI), drafted.rows, drafted.seen)
    [row] = [row for row in rows_of_month(ledger, YIHONG, MONTH, place(ledger, YUCI)) if row.project == ONE]
    with writing(ledger, "back", "专班") as writes:
        reasons = {"cumulative_investment": "请核对"}
        send_back(writes, YIHONG, MONTH, place(ledger, YUCI), (ONE, row.sequence or 0), "", reasons, final=True)
    sheet = written(ledger, YUCI).worksheets[0]
    assert [sheet.cell(4, 2).value, sheet.cell(5, 2).value] == [ONE, None]
    comment = sheet.cell(4, 3).comment
    assert comment is not None
    assert "退回" in comment.text
    assert "累计完成投资：请核对" in comment.text
    sheets = sheets_made(ledger, YUCI, tmp_path)
    assert planned(ledger, sheets).entries == []
    [entry] = planned(ledger, edited(sheets, p1_cumulative_investment=555)).entries
    assert (entry.text, entry.held) == ("555.00", "560.00")


def test_without_its_marks_a_workbook_is_a_list_like_any(ledger: Ledger, sheets: list[Sheet]) -> None:
    bare = [sheet for sheet in edited(sheets, p1_progress="一") if sheet.visible]
    plan = planned(ledger, bare)
    assert not plan.merged
    assert [entry.field for entry in plan.entries if entry.project == ONE] == ["progress"]
    touched = edited(sheets, p1_progress="一")
    marks = next(sheet for sheet in touched if sheet.name == MARKS_SHEET)
    marks.rows[-2][1][1] = "改过的"
    assert marks_of(touched) is None
    plan = planned(ledger, touched)
    assert not plan.merged
    assert "隐藏标记被改动过" in plan.notes[0]


def test_the_hidden_sheet_is_never_taken_for_a_list(ledger: Ledger, sheets: list[Sheet]) -> None:
    asked = ImportRequest(Path("月报.xlsx"), MONTH, place(ledger, YUCI), "专班", dry_run=True)
    result = import_sheets(ledger, YIHONG, asked, sheets)
    assert ([fault.severity for fault in result.faults], result.rows_read) == ([Severity.ASK], 3)
    assert "这是月报工作簿" in result.faults[0].message


def test_a_workbook_is_made_for_a_county_with_something_to_report(ledger: Ledger) -> None:
    with pytest.raises(
        RefusedError, match=r"一县一本，晋中市不是一个县.*榆次区（140702）、太谷区（140703）、介休市（140781）"
    ):
        month_book(ledger, YIHONG, MONTH, place(ledger, "1407"))
    with pytest.raises(RefusedError, match="清单里没有项目"):
        month_book(ledger, YIHONG, MONTH, place(ledger, "140725"))
    with pytest.raises(RefusedError, match="2024年10月还没有开放填报"):
        month_book(ledger, YIHONG, "2024-10", place(ledger, YUCI))


def test_a_month_that_takes_no_returns_takes_no_workbook(ledger: Ledger, sheets: list[Sheet]) -> None:
    with writing(ledger, "lock", "专班") as writes:
        lock_month(writes, YIHONG, MONTH)
    asked = ImportRequest(Path("月报.xlsx"), MONTH, place(ledger, YUCI), "填报员")
    with pytest.raises(RefusedError, match="已经截止填报"):
        import_drafts(ledger, YIHONG, asked, edited(sheets, p1_progress="一"))
    assert texts(ledger, ONE) == {ONE: {}}
