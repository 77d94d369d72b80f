"""The county list as a file: the columns as seen, in their order, for whoever presses Excel or CSV beside it."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl
import pytest
from flask.testing import FlaskClient

from tests.web.builders import NOW, PHONE, YIHONG
from tests.web.reading_pages import ReadPage
from tests.web.test_county_list import codes
from tests.web.test_overview import area, page
from tracker.exchange.imports.intake import plan_import
from tracker.exchange.reading.workbooks import COMMAND_LIMITS, start_reading
from tracker.ledger.handle import Ledger
from tracker.web.list_columns import COLUMNS

WORKED_OUT = {
    "lamp": "亮灯",
    "year_done": "本年完成（万元）",
    "progress": "进度（%）",
    "changed": "本月变化",
    "phone": "电话尾号",
}


def rows_of(client: FlaskClient, address: str) -> list[list[object]]:
    """Give the rows of the workbook at an address, from its headings down, headings without line breaks."""
    response = client.get(address)
    assert response.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(response.get_data()), data_only=True).worksheets[0]
    heads, *rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=3)]
    return [["".join(str(head).split()) for head in heads], *rows]


def exports(client: FlaskClient, query: str, where: str = "1407") -> tuple[ReadPage, list[list[object]]]:
    read = page(client, f"/list/{NOW}/{where}?{query}")
    return read, rows_of(client, read.link_named("Excel"))


@pytest.mark.parametrize(
    "columns", ["level,phone,lamp", "total_investment,progress_words,reported,changed", "city", ""]
)
def test_the_workbook_has_the_columns_of_the_screen(client: FlaskClient, columns: str) -> None:
    read, (heads, total, *rows) = exports(client, f"column={columns}&sort=-total_investment" if columns else "")
    fields = {"level": "项目级别", "total_investment": "总投资（万元）", "progress_words": "形象进度", "city": "市",
              "reported": "本月填报", "county": "县（市、区）", "category": "工程类别", "stage": "建设阶段",
              "cumulative_investment": "累计完成投资（万元）"}  # fmt: skip
    keys = [key for key in COLUMNS if key in columns.split(",")] or [
        "county", "category", "stage", "lamp", "total_investment", "cumulative_investment", "progress", "changed",
    ]  # fmt: skip
    expected = ["序号", "项目编码", "项目名称", *({**fields, **WORKED_OUT}[key] for key in keys)]
    assert heads == [*expected, *(["本月填报"] * ("reported" not in keys))]
    assert [row[1] for row in rows] == codes(read)
    assert total[0] == "合计"


def test_what_is_worked_out_is_said_as_on_the_screen(client: FlaskClient) -> None:
    read, (heads, total, *rows) = exports(client, "column=lamp,year_done,progress,changed,phone")
    seen = [row for row in read.rows[2:] if row]
    assert len(seen) == len(rows)
    for shown, row in zip(seen, rows, strict=True):
        _, lamp, done, share, changed, phone = shown
        assert lamp.startswith(str(row[3]).split("：")[0], 2)
        said = [None if text == "—" else text for text in (done, share, changed, phone)]
        assert row[6:8] == said[2:]
        for text, value in zip(said[:2], row[4:6], strict=True):
            assert (text is None) == (value is None)
            assert text is None or float(text.rstrip(" %").replace(",", "")) == value
    assert total[heads.index(WORKED_OUT["year_done"])] == pytest.approx(sum(float(str(row[4] or 0)) for row in rows))


def test_phone_numbers_do_not_leave_with_the_list(client: FlaskClient) -> None:
    every = ",".join(COLUMNS)
    for query in (f"column={every}", "", "column=every"):
        response = client.get(f"/list/{NOW}/14/csv?{query}")
        assert response.status_code == 200
        assert PHONE not in response.get_data(as_text=True)


@pytest.mark.parametrize("query", [
    *(f"column={key}" for key in COLUMNS), f"column={','.join(COLUMNS)}", "column=every", "", "lamp=behind&sort=-stage",
])  # fmt: skip
def test_the_list_as_seen_reads_back_without_a_change(
    client: FlaskClient, ledger: Ledger, tmp_path: Path, query: str
) -> None:
    path = tmp_path / "清单.xlsx"
    path.write_bytes(client.get(f"/list/{NOW}/1407/excel?{query}").get_data())
    reading = start_reading(path, COMMAND_LIMITS)
    try:
        sheets = reading.sheets()
    finally:
        reading.stop()
    assert isinstance(sheets, list)
    plan = plan_import(ledger, YIHONG, NOW, area(ledger, "1407"), sheets)
    assert plan.faults == []
    assert plan.rows
    assert not [planned.code for planned in plan.rows if planned.changes or planned.code is None]


def test_every_column_and_text_stand_beside_the_list(client: FlaskClient) -> None:
    read = page(client, f"/list/{NOW}/1407?lamp=behind&column=level")
    every = rows_of(client, read.link_named("Excel（全部列）"))
    assert "计划开工时间" in every[0]
    response = client.get(read.link_named("CSV"))
    assert response.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(response.get_data().decode("utf-8-sig"), newline="")))
    assert rows[0] == ["序号", "项目编码", "项目名称", "项目级别", "本月填报"]
    assert [row[1] for row in rows[1:]] == [row[1] for row in every[2:]] == codes(read)
