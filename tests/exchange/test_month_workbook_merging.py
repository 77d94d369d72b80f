"""A month's workbook that was worked on: merged cell by cell with what stands meanwhile, and nothing is lost."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

from tests.exchange.month_books import (
    BEFORE,
    COUNTIES,
    HEAD,
    MONTH,
    code,
    edited,
    entered,
    place,
    planned,
    sent,
    sheets_made,
    texts,
    typed,
    written,
)
from tests.web.builders import YIHONG
from tracker.exchange.imports.draft_importing import plan_drafts
from tracker.exchange.imports.draft_reading import read_drafts
from tracker.exchange.imports.importing import ImportRequest
from tracker.exchange.reading.workbooks import Cell, Sheet
from tracker.ledger.drafts import UNCHANGED
from tracker.ledger.handle import Ledger
from tracker.ledger.returns import rows_of_month, send, send_back
from tracker.ledger.writing import writing
from tracker.model.faults import Severity

YUCI, TAIGU, JIEXIU = COUNTIES
ONE, TWO, THREE = (code(YUCI, number) for number in (1, 2, 3))


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
