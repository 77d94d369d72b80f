"""The official tables: every figure is the ledger's own, in every month and area, and says so alike in every form."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import openpyxl
import pytest

from tests.exchange.asked_tables import AREAS, HOSTILE, HOSTILE_COUNTY, MONTHS, asked, lines, made_ledger, told
from tests.web.builders import BEFORE, NOW, PHONE, YIHONG, ZONE, area
from tracker.exchange.tables.asking import BY_WORDS, Asked, annex_words
from tracker.exchange.tables.files import SeveralTablesError, write_files
from tracker.exchange.tables.registry import KINDS
from tracker.exchange.tables.whole_ledger import whole_ledger
from tracker.exchange.writing.printed_table import LineRank, PrintedTable
from tracker.ledger.handle import Ledger, UnknownError
from tracker.ledger.histories import history_of
from tracker.ledger.listings import Wanted, select
from tracker.ledger.programmes import places_of, standing_month
from tracker.ledger.ranking_table import Group, ranking
from tracker.ledger.returns import RowStatus, county_returns
from tracker.ledger.standings import listing, tallies
from tracker.ledger.timeliness import PUNCTUALITY_WORDS, timeliness
from tracker.model.fields import FIELDS
from tracker.model.measures import Tally, measures_of, print_wan, rate_of
from tracker.model.problems import months_late, problems_of
from tracker.model.programme import Denominator, Programme
from tracker.model.ranking import print_rate

MONEY = ("total_investment", "year_plan", "month_done", "year_done", "cumulative_investment")
COUNTS = ("projects", "not_started", "under_construction", "completed", "started", "late_start", "late_completion",
          "with_problem")  # fmt: skip


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    opened = made_ledger(tmp_path_factory.mktemp("tables") / "ledger")
    yield opened
    opened.close()


def every_request(ledger: Ledger) -> list[Asked]:
    return [asked(ledger, code, month) for code in AREAS for month in MONTHS]


def rate(request: Asked, key: str, tally: Tally) -> str | None:
    return print_rate(rate_of(measures_of(request.programme)[key], tally), request.programme.decimals)


def table_of(kind: str, request: Asked) -> PrintedTable:
    (table,) = KINDS[kind].make(request)
    return table


def same_sums(table: PrintedTable) -> int:
    """Assert that each sum line's cells are the sums of the lines it names; give how many sums were looked at."""
    looked = 0
    for line in table.lines:
        for index, column in enumerate(table.columns):
            if not column.summed or not line.sums:
                continue
            values = [table.lines[position].cells[index].value for position in line.sums]
            found = math.fsum(value for value in values if isinstance(value, int | float))
            assert line.cells[index].value == pytest.approx(found, rel=1e-12), (table.key, column.key)
            looked += 1
    return looked


def test_a_dispatch_table_sums_up_as_the_ledger_does(ledger: Ledger) -> None:
    looked = 0
    for request in every_request(ledger):
        table = told("dispatch", request)
        looked += same_sums(table_of("dispatch", request))
        (total,) = lines(table, "total")
        whole = tallies(ledger, YIHONG, request.month, request.area)[""]
        assert [total[name] for name in MONEY] == [print_wan(whole[name]) for name in MONEY]
        assert (total["year_rate"], total["total_rate"]) == (
            rate(request, "investment", whole), rate(request, "investment_of_total", whole))  # fmt: skip
        listed = {each.code: each for each in listing(ledger, YIHONG, request.month, request.area)}
        assert sorted(line["code"] for line in lines(table)) == sorted(listed)
        assert [line["number"] for line in lines(table)] == list(range(1, len(listed) + 1))
        by_code = {}
        for group in ("city", "county"):
            by_code |= tallies(ledger, YIHONG, request.month, request.area, group)
        for line in lines(table, "subtotal", "part"):
            own = by_code[line["county_code"]]
            assert [line[name] for name in MONEY] == [print_wan(own[name]) for name in MONEY]
            assert line["name"].startswith(f"{own['projects']} 项")
        if request.month == standing_month(ledger, YIHONG.key, request.month):
            for line in lines(table):
                state = listed[line["code"]].state
                assert line["month_done"] == (
                    None if "month_investment" not in state.values else f"{state.values['month_investment']:.2f}"
                )
    assert looked > 500


def test_a_summary_says_what_the_ledger_counts(ledger: Ledger) -> None:
    for request in (replace(each, by=by) for each in every_request(ledger) for by in BY_WORDS):
        table = told("summary", request)
        assert same_sums(table_of("summary", request)) or len(table["lines"]) == 1
        groups = ("city", "county") if request.by == "area" else (request.by,)
        by_code: dict[str, Tally] = {}
        for group in groups:
            by_code |= tallies(ledger, YIHONG, request.month, request.area, group)
        whole = tallies(ledger, YIHONG, request.month, request.area)[""]
        for line in table["lines"]:
            tally = whole if line["rank"] == "total" else by_code[line["code"] or ""]
            assert [line[name] for name in COUNTS] == [tally[name] for name in COUNTS]
            assert [line[name] for name in MONEY if name != "month_done"] == [
                print_wan(tally[name]) for name in MONEY if name != "month_done"
            ]
            for key in ("start", "completion", "investment", "investment_of_total"):
                assert line[f"{key}_rate"] == rate(request, key, tally)
        if request.by != "area" or request.area.code == "140700":
            assert {line["code"] or "" for line in lines(table)} == set(by_code) - {"140700"}


def test_a_summary_of_the_province_has_its_counties_under_their_cities(ledger: Ledger) -> None:
    table = table_of("summary", asked(ledger, "14"))
    names = [str(line.cells[1].value) for line in table.lines]
    at = names.index("晋中市")
    assert table.lines[at].rank is LineRank.SUBTOTAL
    counties = tallies(ledger, YIHONG, NOW, area(ledger, "1407"), "county")
    assert len(table.lines[at].sums) == len(counties)
    assert names[at + 1].startswith("其中：")
    assert table.unit == "单位：亿元"
    total = tallies(ledger, YIHONG, NOW, area(ledger, "14"))[""]["total_investment"]
    position = [column.key for column in table.columns].index("total_investment")
    assert Fraction(str(table.lines[0].cells[position].value)) == Fraction(total, 10**10)
    assert any(note.startswith("没有项目的：") for note in table.notes)
    assert lines(told("summary", asked(ledger, "14")))[0]["name"][:2] != "其中"


def test_other_denominators_stand_beside_their_rates(ledger: Ledger) -> None:
    programme = replace(YIHONG, start_denominator=Denominator.START_BY_NOW)
    request = replace(asked(ledger), programme=programme)
    whole = tallies(ledger, programme, NOW, request.area)[""]
    for kind in ("summary", "ranking"):
        (total,) = lines(told(kind, request), "total")
        assert (total["start_numerator"], total["start_denominator"]) == (
            whole["started_of_start_by_now"], whole["start_by_now"])  # fmt: skip
        assert total["start_rate"] == rate(request, "start", whole)


def test_a_selection_narrows_every_table_of_projects_alike(ledger: Ledger) -> None:
    wanted = Wanted(category=YIHONG.categories[1])
    request = asked(ledger, "14", wanted=wanted)
    found = select(ledger, YIHONG, NOW, request.area, wanted)
    (dispatch,) = lines(told("dispatch", request), "total")
    (summary,) = lines(told("summary", request), "total")
    assert summary["projects"] == found.number > 0
    for name in ("total_investment", "year_plan", "cumulative_investment", "year_done"):
        assert dispatch[name] == summary[name] == print_wan(found.sums[name] or 0)
    assert {line["code"] for line in lines(told("list", request))} == {each.code for each in found.projects}
    assert f"范围：类别为“{YIHONG.categories[1]}”" in told("dispatch", request)["said"]
    assert "范围" not in told("ranking", request)["said"]


@pytest.mark.parametrize(("code", "by", "group"), [
    ("1407", "area", "county"), ("14", "area", "city"), ("14", "county", "county"), ("14", "category", "category"),
    ("1407", "level", "level"), ("140702", "area", "county"),
])  # fmt: skip
def test_a_ranking_table_has_the_ledgers_places(ledger: Ledger, code: str, by: str, group: str) -> None:
    for month in MONTHS:
        for order in ("start", "completion", "investment") if month == NOW else ("completion",):
            request = asked(ledger, code, month, by=by, order=order)
            table = told("ranking", request)
            same_sums(table_of("ranking", request))
            for key in ("start", "completion", "investment"):
                expected = ranking(ledger, YIHONG, month, key, cast(Group, group), request.area)
                by_code = {line["code"] or "": line for line in lines(table)}
                for row in expected.rows:
                    line = by_code[row.code]
                    placed = row.placed
                    assert (line[f"{key}_place"], line[f"{key}_tied"], line[f"{key}_change"]) == (
                        (placed.place, placed.tied, placed.change) if placed else (None, None, None))  # fmt: skip
                    assert line[f"{key}_rate"] == print_rate(row.rate, YIHONG.decimals)
                    numerator = print_wan(row.numerator) if key == "investment" else row.numerator
                    assert line[f"{key}_numerator"] == numerator
                assert all(name in "".join(table["notes"]) for _, name in expected.unknown[:20])
                assert not table["lines"][1:] or all(
                    name in "".join(table["notes"]) for _, name in expected.without_projects[:20]
                )
                if key == order:
                    known = [row.code for row in expected.rows]
                    assert [line["code"] or "" for line in lines(table) if (line["code"] or "") in known] == known


def test_counties_and_zones_are_ranked_apart(ledger: Ledger) -> None:
    table = told("ranking", asked(ledger))
    assert [line["text"] for line in lines(table, "section")] == ["县（市、区）", "开发区"]
    assert table["lines"][-1]["code"] == ZONE.code
    assert table["lines"][-1]["start_place"] == 1
    together: Programme = replace(YIHONG, separate_groups=False)
    assert not lines(told("ranking", replace(asked(ledger), programme=together)), "section")


def test_what_is_behind_is_named(ledger: Ledger) -> None:
    for request in every_request(ledger):
        table = told("behind", request)
        for count, word, planned in (
            ("late_start", "未按期开工", "planned_start"), ("late_completion", "未按期完工", "planned_completion")
        ):  # fmt: skip
            expected = {each.code: each for each in listing(ledger, YIHONG, request.month, request.area, count)}
            found = [line for line in lines(table) if line["kind"] == word]
            assert sorted(line["code"] for line in found) == sorted(expected)
            for line in found:
                plan = expected[line["code"]].state.values[planned]
                assert line["months_late"] == months_late(plan, request.month) >= 0
            assert any(f"{word}（{len(found)} 项）" in line["text"] for line in lines(table, "section"))


def test_problems_say_since_when_they_stand(ledger: Ledger) -> None:
    for request in every_request(ledger):
        table = told("problems", request)
        expected = {each.code: each for each in listing(ledger, YIHONG, request.month, request.area, "with_problem")}
        assert sorted(line["code"] for line in lines(table)) == sorted(expected)
        for line in lines(table):
            states = history_of(ledger, YIHONG, line["code"]).until(request.month)
            assert line["since"] == problems_of(states)[0].first
            assert line["problem"] == expected[line["code"]].state.values["problem"]
    overdue = [line["overdue"] for line in lines(told("problems", asked(ledger, HOSTILE_COUNTY)))]
    assert overdue.count("本月到期") == len(HOSTILE)


def test_reporting_is_told_as_the_months_page_tells_it(ledger: Ledger) -> None:
    for request in every_request(ledger):
        table = told("timeliness", request)
        same_sums(table_of("timeliness", request))
        ranked = timeliness(ledger, YIHONG, request.month, request.area)
        found = {line["code"]: line for line in lines(table)}
        for each in ranked:
            line = found[each.county]
            assert each.placed is not None
            assert (line["place"], line["tied"]) == (each.placed.place, each.placed.tied)
            assert line["rate"] == print_rate(each.rate, YIHONG.decimals)
            month = each.by_month.get(request.month)
            assert line["punctuality"] == (PUNCTUALITY_WORDS[month] if month else None)
        if request.month not in (BEFORE, NOW):
            assert all(line["projects"] is None for line in found.values())
            continue
        for county in county_returns(ledger, YIHONG, request.month, request.area):
            line = found[county.county]
            assert line["projects"] == len(county.rows)
            assert line["accepted"] == county.number(RowStatus.ACCEPTED)
            assert line["unreported"] == county.number(RowStatus.UNREPORTED, RowStatus.DRAFTED)


def test_a_closed_month_keeps_its_figures_and_says_what_was_corrected(ledger: Ledger) -> None:
    for kind in ("dispatch", "summary", "ranking", "behind"):
        table = told(kind, asked(ledger, "140702", BEFORE))
        assert "（已封账）" in table["said"]
        (note,) = [note for note in table["notes"] if "封账后更正 1 项" in note]
        assert "更正实际开工时间、建设阶段" in note
        assert "开工率" in note
        # A neighbour knows nothing of it.
        assert not [note for note in told(kind, asked(ledger, "140729", BEFORE))["notes"] if "更正" in note]
    assert "（尚未封账）" in told("dispatch", asked(ledger, "140702", NOW))["said"]


def test_empty_months_and_areas_give_honest_tables(ledger: Ledger, tmp_path: Path) -> None:
    for kind in (kind for kind in KINDS.values() if kind.key != "dossier"):
        for request in (asked(ledger, "1407", "2020-01"), asked(ledger, "140922")):
            tables = kind.make(request)
            write_files(tmp_path / "表.xlsx", ".xlsx", kind.key, tables)
            assert zipfile.is_zipfile(tmp_path / "表.xlsx")
            if kind.key in ("dispatch", "summary", "ranking"):
                assert [line.rank for line in tables[0].lines] == [LineRank.TOTAL]
                assert any("没有项目" in note for note in tables[0].notes)
    assert any("没有开放填报" in note for note in told("summary", asked(ledger, "1407", "2024-11"))["notes"])


def test_a_dossier_is_one_page_of_five_tables(ledger: Ledger, tmp_path: Path) -> None:
    code = next(each.code for each in listing(ledger, YIHONG, BEFORE, area(ledger, "140702")) if not each.state.started)
    tables = KINDS["dossier"].make(asked(ledger, project=code))
    assert [table.key for table in tables] == ["facts", "nodes", "months", "problems", "changes"]
    facts = {line.cells[0].value: line.cells[2].value for line in tables[0].lines}
    assert facts["county"] == "榆次区"
    assert "phone" not in facts
    assert [line.cells[0].said for line in tables[2].lines] == [BEFORE, NOW]
    (change,) = tables[4].lines
    assert change.cells[1].value == "更正"
    assert "实际开工时间：空 → 2024-06-03" in str(change.cells[2].value)
    # The month was closed before, and its line keeps what was frozen.
    assert tables[2].lines[0].cells[1].value != tables[2].lines[1].cells[1].value
    assert tables[2].notes
    write_files(tmp_path / "档案.xlsx", ".xlsx", "dossier", tables)
    sheet = openpyxl.load_workbook(tmp_path / "档案.xlsx").worksheets[0]
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) in ((1, 1), (None, None))
    assert sheet.page_setup.orientation != "landscape"
    with pytest.raises(UnknownError, match="还没有登记"):
        KINDS["dossier"].make(asked(ledger, month="2020-01", project=code))


def test_the_whole_ledger_is_every_table_and_a_dictionary(ledger: Ledger, tmp_path: Path) -> None:
    request = asked(ledger)
    tables = whole_ledger(request)
    by_key = {table.key: table for table in tables}
    assert {"list", "dispatch", "summary", "ranking", "behind", "problems", "timeliness"} <= by_key.keys()
    states = sum(len(listing(ledger, YIHONG, month, request.area)) for month in (BEFORE, NOW))
    assert len(by_key["states"].lines) == states
    assert {line.cells[0].value for line in by_key["dictionary"].lines} >= {field.name for field in FIELDS}
    headings = {column.key for table in tables for column in table.columns}
    assert "phone" not in headings
    (tmp_path / "x").mkdir()
    for ending in (".xlsx", ".json"):
        write_files(tmp_path / f"台账{ending}", ending, "ledger", tables)
    assert PHONE not in (tmp_path / "台账.json").read_text("utf-8")
    book = openpyxl.load_workbook(tmp_path / "台账.xlsx")
    assert len(book.worksheets) == len(tables)
    assert book.sheetnames[-1] == "数据字典"
    assert len(json.loads((tmp_path / "台账.json").read_text("utf-8"))["tables"]) == len(tables)
    with pytest.raises(SeveralTablesError, match=r"\.csv 只能放一张表"):
        write_files(tmp_path / "台账.csv", ".csv", "ledger", tables)


def test_sums_in_workbooks_are_formulas_with_the_sums_they_come_to(ledger: Ledger, tmp_path: Path) -> None:
    for kind, code in (("dispatch", "14"), ("summary", "14"), ("ranking", "1407"), ("timeliness", "1407")):
        path = tmp_path / "表.xlsx"
        write_files(path, ".xlsx", kind, KINDS[kind].make(asked(ledger, code, annex=annex_words("3"))))
        written, worked_out = (openpyxl.load_workbook(path, data_only=cached).worksheets[0] for cached in (False, True))
        assert "附件3" in [cell.value for cell in written[1]]
        formulas = 0
        for row in written.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    formulas += 1
                    value = worked_out[cell.coordinate].value
                    assert value == pytest.approx(added_up(worked_out, str(cell.value)), rel=1e-12), cell.coordinate
        assert formulas >= (100 if code == "14" else 4), kind
        assert written.print_title_rows
        assert written.freeze_panes


def added_up(sheet: Any, formula: str) -> float:
    """Add up what `=SUM(A1:A3,A7)` names."""
    found: list[Any] = []
    for part in formula.removeprefix("=SUM(").removesuffix(")").split(","):
        cells = sheet[part]
        found += [cell.value for row in cells for cell in row] if isinstance(cells, tuple) else [cells.value]
    return math.fsum(value for value in found if value is not None)


@pytest.mark.parametrize("kind", ["list", "dispatch", "behind", "problems"])
def test_hostile_texts_stay_texts_in_every_form(ledger: Ledger, tmp_path: Path, kind: str) -> None:
    tables = KINDS[kind].make(asked(ledger, HOSTILE_COUNTY))
    paths = {ending: tmp_path / f"表{ending}" for ending in (".xlsx", ".csv", ".json")}
    for ending, path in paths.items():
        write_files(path, ending, kind, tables)
    sheet = openpyxl.load_workbook(paths[".xlsx"]).worksheets[0]
    texts = [cell.value for row in sheet.iter_rows() for cell in row if cell.data_type == "s"]
    rows = list(csv.reader(io.StringIO(paths[".csv"].read_text("utf-8-sig"), newline="")))
    said = [line["name"] for line in json.loads(paths[".json"].read_text("utf-8"))["lines"] if line["rank"] == "plain"]
    for name in HOSTILE:
        # openpyxl reads the file's own way of writing _x0041_ back as the letter it stands for elsewhere.
        assert any(unescaped(text) == name for text in texts), name
        assert name in said
        assert any(name in (cell, cell.removeprefix("\u3000")) for row in rows for cell in row), name
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]
    assert not [cell for row in sheet.iter_rows() for cell in row
                if cell.data_type == "f" and "SUM(" not in str(cell.value)]  # fmt: skip
    assert PHONE not in paths[".csv"].read_text("utf-8-sig")


def unescaped(text: str) -> str:
    return text.replace("_x005F_", "_")


def test_every_kind_is_called_and_answers_something(ledger: Ledger) -> None:
    for kind in KINDS.values():
        if kind.key == "dossier":
            continue
        (first, *_) = kind.make(asked(ledger))
        assert "示例数据" in first.title
        assert first.demonstration
        assert "晋中市" in first.title
        assert "2024年8月" in first.title
        assert kind.answers
        assert len(first.name) <= 31
    assert annex_words(" 附件 2 ") == "附件2"
    assert [annex_words(number) for number in (" ", "-3", "附件 －3", "+1")] == [""] * 4
    assert places_of(ledger, YIHONG).find("1407") is not None
