"""The month's workbook: what a county gets, and that all of it comes back."""

from __future__ import annotations

import subprocess
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl.utils import get_column_letter

from tests.exchange.month_books import (
    COUNTIES,
    MONTH,
    code,
    edited,
    entered,
    filled,
    made,
    place,
    planned,
    read,
    sent,
    texts,
    typed,
    written,
)
from tests.web.builders import YIHONG
from tracker.exchange.imports.draft_importing import import_drafts
from tracker.exchange.imports.importing import ImportRequest, import_sheets
from tracker.exchange.month_workbook.gathering import month_book
from tracker.exchange.month_workbook.marks import MARKS_SHEET, marks_of
from tracker.exchange.reading.workbooks import Cell, Sheet
from tracker.exchange.writing.table_layout import text_width
from tracker.ledger.closing import lock_month
from tracker.ledger.drafts import UNCHANGED
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.projects import correct
from tracker.ledger.returns import RowStatus, rows_of_month
from tracker.ledger.standings import states_at
from tracker.ledger.writing import writing
from tracker.model.faults import Severity

YUCI, TAIGU, JIEXIU = COUNTIES
ONE, TWO, THREE = (code(YUCI, number) for number in (1, 2, 3))


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


def test_titles_find_room_on_every_printed_page(ledger: Ledger) -> None:
    sheet = written(ledger, YUCI).worksheets[0]
    titles = [merged for merged in sheet.merged_cells.ranges if merged.max_row <= 2]
    assert len(titles) > 2  # there are several pages
    for merged in titles:
        columns = [get_column_letter(column) for column in range(merged.min_col, merged.max_col + 1)]
        room = sum(sheet.column_dimensions[column].width for column in columns)
        # Columns are measured in digits of 10 pt; the title is larger.
        size = sheet.cell(merged.min_row, merged.min_col).font.size or 10
        said = str(sheet.cell(merged.min_row, merged.min_col).value)
        assert text_width(said) * size / 11 < room, said


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
