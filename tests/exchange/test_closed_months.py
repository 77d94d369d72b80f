"""Lists and the months: nothing is imported into a closed month, and a county's list may become drafts only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from tests.exchange.builders import sheet_of
from tests.exchange.lists import MONTH, Office, at, listed, message
from tracker.exchange.imports.draft_importing import import_drafts
from tracker.exchange.imports.draft_reading import read_drafts
from tracker.exchange.imports.importing import ImportRequest, ImportResult
from tracker.exchange.reading.workbooks import Cell
from tracker.ledger.checking import check
from tracker.ledger.closing import close_month, open_month
from tracker.ledger.drafts import ANSWER, UNCHANGED, DraftPlace, drafts_of, save_draft
from tracker.ledger.handle import RefusedError
from tracker.ledger.programmes import places_of
from tracker.ledger.projects import correct
from tracker.ledger.records import head_of
from tracker.ledger.returns import Reported, send
from tracker.ledger.withdrawing import withdraw_import
from tracker.ledger.writing import writing
from tracker.model.places import Place

BEFORE = "2024-07"
ONE, TWO = "140702-0001", "140702-0002"
PROJECTS: list[dict[str, Cell]] = [
    {"项目名称": "甲", "总投资（万元）": 300, "累计完成投资": 100, "存在问题": "征地"},
    {"项目名称": "乙", "总投资（万元）": 200, "累计完成投资": 20},
]


def place(office: Office, code: str) -> Place:
    found = places_of(office.ledger, office.programme).find(code)
    assert found is not None
    return found


def close(office: Office, month: str = BEFORE) -> None:
    with writing(office.ledger, f"close {month}", "专班") as writes:
        close_month(writes, office.programme, month, place(office, office.programme.area), "到期")


@pytest.fixture
def county(office: Office) -> Office:
    """An office that knows two projects since July, with August open."""
    office.knows(*PROJECTS, month=BEFORE)
    with writing(office.ledger, "open", "专班") as writes:
        open_month(writes, office.programme, MONTH)
    return office


def enters(
    office: Office, *projects: Mapping[str, Cell], accept: bool = False, dry_run: bool = False, within: str = "1407"
) -> ImportResult:
    """Import a list as drafts for August."""
    path = Path(office.ledger.directory.parent, "清单.xlsx")
    request = ImportRequest(path, MONTH, place(office, within), "填报员", accept, dry_run)
    return import_drafts(office.ledger, office.programme, request, [sheet_of(listed(*projects))])


def texts(office: Office, code: str) -> dict[str, str]:
    found = drafts_of(office.ledger, office.programme.key, MONTH, [code])[code]
    return {name: draft.text for name, draft in found.items()}


def type_in(office: Office, code: str, field: str, text: str, seen: int = 0) -> None:
    save_draft(office.ledger, DraftPlace(office.programme.key, MONTH, code, field), text, seen, "县里的人")


@pytest.mark.parametrize("dry_run", [False, True])
def test_nothing_is_imported_into_a_closed_month(office: Office, dry_run: bool) -> None:
    office.knows(*PROJECTS, month=BEFORE)
    close(office)
    before = head_of(office.ledger), office.state(ONE, BEFORE)
    for rows in (listed({**PROJECTS[0], "累计完成投资": 120}), listed({"项目名称": "新工程", "总投资（万元）": 5})):
        with pytest.raises(RefusedError, match="2024年7月已经封账"):
            office.sends(rows, BEFORE, accept=True, dry_run=dry_run)
    assert (head_of(office.ledger), office.state(ONE, BEFORE)) == before


def test_the_same_list_into_a_closed_month_is_unchanged(office: Office) -> None:
    office.knows(*PROJECTS, month=BEFORE)
    close(office)
    before = office.content()
    result = office.sends(listed(*PROJECTS), BEFORE)
    assert (result.refused, result.id, result.unchanged, result.faults) == (False, None, 2, [])
    assert office.content() == before


def test_faults_come_before_the_closed_month(office: Office) -> None:
    office.knows(*PROJECTS, month=BEFORE)
    close(office)
    result = office.sends(listed({**PROJECTS[0], "累计完成投资": "约三千"}), BEFORE)
    assert (result.refused, [severity for severity, _ in at(result)]) == (True, ["fix"])


def test_a_list_is_compared_with_what_was_corrected_after_the_closing(office: Office) -> None:
    office.knows(*PROJECTS, month=BEFORE)
    close(office)
    with writing(office.ledger, "correct", "专班") as writes:
        correct(writes, office.programme, ONE, BEFORE, {"cumulative_investment": 40}, (), "多报了")
    result = office.sends(listed({**PROJECTS[0], "累计完成投资": 50}))
    assert at(result) == []  # 50 is less than the frozen 100, and more than the corrected 40
    assert office.value("cumulative_investment") == 50
    assert check(office.ledger) == []


def test_an_import_is_taken_back_after_its_month_was_closed(office: Office) -> None:
    result = office.sends(listed(*PROJECTS), BEFORE, accept=True)
    close(office)
    counted = office.counts(BEFORE)
    assert result.id is not None
    withdraw_import(office.ledger, result.id, "专班", "导错了月份")
    assert (office.counts(BEFORE), counted) == ((2, 0, 0), (2, 0, 0))
    with writing(office.ledger, "open", "专班") as writes:
        open_month(writes, office.programme, MONTH)
    assert office.counts() == (0, 0, 0)
    assert check(office.ledger) == []


def test_a_list_becomes_drafts_and_counts_nothing(county: Office) -> None:
    before = county.counts(), county.state(ONE)
    result = enters(county, {"项目名称": "甲", "累计完成投资": 150, "形象进度": "主体施工"}, {"项目名称": "乙"})
    assert (result.refused, result.id, result.drafted, result.returns_recorded) == (False, None, 2, 0)
    assert texts(county, ONE) == {"cumulative_investment": "150.00", "progress": "主体施工"}
    assert texts(county, TWO) == {UNCHANGED: "yes"}
    assert (county.counts(), county.state(ONE)) == before
    assert check(county.ledger) == []


def test_drafts_of_a_list_read_back_as_the_list_said(county: Office) -> None:
    enters(
        county,
        {
            "项目名称": "甲",
            "累计完成投资": "0.0151亿元",
            "实际开工时间": "2024年8月",
            "建设阶段": "在建",
            "存在问题": "",
        },
        {"项目名称": "乙", "累计完成投资": 20.5, "完成进度": "12.5%", "实际开工时间": "2024-08-03"},
    )  # fmt: skip
    drafted = read_drafts(county.ledger, county.programme, MONTH, place(county, "140702"))
    assert drafted.faults == []
    county.sends(
        listed(
            {"项目名称": "甲", "累计完成投资": 151, "实际开工时间": "2024年8月", "建设阶段": "在建", "存在问题": None},
            {"项目名称": "乙", "累计完成投资": 20.5, "完成进度": "12.5%", "实际开工时间": "2024-08-03"},
        )
    )
    for row in drafted.rows:
        state = county.state(row.project).values
        assert {name: state[name] for name in row.values} == dict(row.values)
        assert not row.cleared & state.keys()
    assert drafted.rows[0].cleared == {"problem"}
    assert set(drafted.rows[1].values) == {"cumulative_investment", "progress_percent", "actual_start"}


def test_a_dry_run_enters_nothing(county: Office) -> None:
    before = county.content()
    assert enters(county, {"项目名称": "甲", "累计完成投资": 150}, dry_run=True).drafted == 1
    assert county.content() == before


def test_a_new_project_is_the_task_forces_to_register(county: Office) -> None:
    before = county.content()
    result = enters(county, {"项目名称": "甲", "累计完成投资": 150}, {"项目名称": "丙", "累计完成投资": 1}, accept=True)
    assert (result.refused, at(result)) == (True, [("fix", "A3")])
    assert "新项目由专班登记" in message(result)
    assert county.content() == before


def test_a_faulty_list_enters_nothing(county: Office) -> None:
    before = county.content()
    result = enters(county, {"项目名称": "甲", "累计完成投资": "约三千"}, {"项目名称": "乙", "累计完成投资": 30})
    assert (result.refused, result.drafted) == (True, 0)
    assert county.content() == before


def test_an_accepted_doubt_is_answered_in_the_drafts(county: Office) -> None:
    row: dict[str, Cell] = {"项目名称": "甲", "累计完成投资": 60}
    assert at(enters(county, row)) == [("ask", "C2")]
    assert texts(county, ONE) == {}
    enters(county, row, accept=True)
    assert texts(county, ONE).keys() == {"cumulative_investment", f"{ANSWER}cumulative_investment"}
    drafted = read_drafts(county.ledger, county.programme, MONTH, place(county, "140702"))
    assert drafted.faults == []
    assert [answer["field"] for answer in drafted.rows[0].answers] == ["cumulative_investment"]


def test_what_somebody_typed_is_overwritten_only_where_that_was_accepted(county: Office) -> None:
    type_in(county, ONE, "progress", "县里写的")
    row: dict[str, Cell] = {"项目名称": "甲", "形象进度": "表里写的"}
    result = enters(county, row)
    assert (result.refused, at(result)) == (True, [("ask", "C2")])
    assert "县里写的" in message(result)
    assert texts(county, ONE) == {"progress": "县里写的"}
    enters(county, row, accept=True)
    assert texts(county, ONE)["progress"] == "表里写的"


def test_a_change_takes_the_mark_of_no_change_away(county: Office) -> None:
    enters(county, {"项目名称": "甲"})
    assert texts(county, ONE) == {UNCHANGED: "yes"}
    enters(county, {"项目名称": "甲", "形象进度": "主体施工"})
    drafted = read_drafts(county.ledger, county.programme, MONTH, place(county, "140702"))
    assert drafted.rows[0].values == {"progress": "主体施工"}


def test_what_was_sent_and_what_is_not_the_countys_is_left_out_and_said(county: Office) -> None:
    with writing(county.ledger, "send", "负责人") as writes:
        send(writes, county.programme, MONTH, place(county, "140702"), [Reported(ONE)], {})
    result = enters(
        county, {"项目名称": "甲", "累计完成投资": 150}, {"项目名称": "乙", "累计完成投资": 30, "总投资（万元）": 250}
    )
    assert result.drafted == 1
    assert (texts(county, ONE), texts(county, TWO)) == ({}, {"cumulative_investment": "30.00"})
    assert "甲（已报待审）" in result.notes[0]
    assert "总投资" in result.notes[1]


def test_drafts_are_refused_where_the_month_takes_no_returns(office: Office) -> None:
    office.knows(*PROJECTS, month=BEFORE)
    before = office.content()
    with pytest.raises(RefusedError, match="还没有开放填报"):
        enters(office, {"项目名称": "甲", "累计完成投资": 150})
    assert office.content() == before


def test_a_definition_says_how_many_levels_review() -> None:
    from tracker.exchange.programme_file import DefinitionError, programme_of  # noqa: PLC0415

    document = {"key": "works", "name": "测试"}
    assert programme_of(document, "x.toml")[0].review_levels == 1
    two = programme_of({**document, "review_levels": 2}, "x.toml")[0]
    assert two == replace(programme_of(document, "x.toml")[0], review_levels=2)
    with pytest.raises(DefinitionError, match="审核级数写的是 3"):
        programme_of({**document, "review_levels": 3}, "x.toml")
