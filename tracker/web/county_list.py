"""County list (一县一清单): an area's projects to search, filter, put in order, page through and read by column."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from io import BytesIO
from typing import NamedTuple

from flask import Blueprint, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from tracker.exchange.writing.list_table import CountyList, printed_list, projects_at
from tracker.exchange.writing.table_csv import table_as_csv
from tracker.ledger.changes import changes_of
from tracker.ledger.handle import Ledger
from tracker.ledger.listings import PAGE_SIZE, Selection, choices_of, select
from tracker.model.measures import print_wan
from tracker.model.months import last_day
from tracker.web.lamps import Lamp
from tracker.web.list_asking import Asked, address_of, asked_of, questions_of
from tracker.web.list_columns import COLUMNS, Column, Listed, fields_of, listed_of, too_wide
from tracker.web.list_export import exported_columns
from tracker.web.page_ledger import page_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import Where, where_of
from tracker.web.wording import DASH, bar_width

blueprint = Blueprint("county_list", __name__)

_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_EVERY_COLUMN = "every"
_NAME = Column("name", "项目", lambda _where, listed: listed.project.name, order="code")
"""The first column; it bears the code as well, which is its order."""


class Cell(NamedTuple):
    """One cell: what its tag carries, its kind (text, none, spare, lamp, bar or changed), its text, its lamp or bar."""

    attributes: Markup
    kind: str
    text: str
    more: Lamp | str | None = None


class Row(NamedTuple):
    """One project as the list shows it."""

    code: str
    name: str
    address: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Head:
    """One heading: what pressing it leads to, and which way the column now runs ("" where it is not the order)."""

    column: Column
    address: str
    runs: str


@blueprint.get("/list/<month>/<area>")
@room(Permission.READ)
def show(month: str, area: str) -> ResponseReturnValue:
    """Show an area's list at a month."""
    ledger = page_ledger()
    where = where_of(ledger, month, area)
    choices = choices_of(ledger, where.programme, where.month, where.area)
    whole = sum(choices.city.values())
    if not whole:
        return render_template("overview_empty.html", where=where, room="list")
    asked = asked_of(where, choices)
    if "" in request.args.values() and not asked.unheeded:
        # A form sends every choice, made or not; the address to keep and to pass on holds those made.
        return redirect(address_of(where, asked, page=asked.page))
    selection = _selected(ledger, where, asked)
    pages = max(1, -(-selection.number // PAGE_SIZE))
    if asked.page > pages:
        asked = asked.on_page(pages, f"这张清单只有 {pages} 页，已显示最后一页。")
        selection = _selected(ledger, where, asked)
    changes = {}
    if "changed" in asked.columns:
        codes = [project.code for project in selection.projects]
        changes = changes_of(ledger, where.programme, where.month, codes)
    columns = [COLUMNS[key] for key in asked.columns]
    attributes = [(column, column.attributes) for column in columns]
    listed = [listed_of(project, where.month, changes.get(project.code)) for project in selection.projects]
    return render_template(
        "county_list.html",
        where=where,
        room="list",
        kept=asked.kept,
        asked=asked,
        questions=questions_of(where, asked, choices),
        every_column=COLUMNS.values(),
        clauses=_clauses(where, whole, selection),
        last_day=last_day(where.month),
        selection=selection,
        name_head=_head(where, asked, _NAME),
        heads=[_head(where, asked, column) for column in columns],
        wide=too_wide(columns),
        total=_total(selection, columns),
        rows=[_row(where, each, attributes) for each in listed],
        first=(asked.page - 1) * PAGE_SIZE + 1,
        page=asked.page,
        pages=[(number, address_of(where, asked, page=number)) for number in range(1, pages + 1)],
        exports=_exports(where, asked),
        clear=where.to("county_list.show"),
    )


def _selected(ledger: Ledger, where: Where, asked: Asked) -> Selection:
    """Give the page of the list that is asked for, with what its columns print."""
    return select(
        ledger, where.programme, where.month, where.area, asked.wanted, asked.order,
        descending=asked.descending, page=asked.page, fields=fields_of(COLUMNS[key] for key in asked.columns),
    )  # fmt: skip


@blueprint.get("/list/<month>/<area>/excel")
@room(Permission.READ)
def excel(month: str, area: str) -> ResponseReturnValue:
    """Give the list as seen, all its pages, as a workbook."""
    # A workbook's writer takes a while to load, and pages do not need it.
    from tracker.exchange.writing.table_workbook import write_tables  # noqa: PLC0415

    where, shown = _to_export(month, area)
    written = BytesIO()
    write_tables(written, [printed_list(shown)])
    written.seek(0)
    return send_file(written, _WORKBOOK, True, f"{where.full_name}工程清单{where.month}.xlsx")


@blueprint.get("/list/<month>/<area>/csv")
@room(Permission.READ)
def as_csv(month: str, area: str) -> ResponseReturnValue:
    """Give the list as seen, all its pages, as text."""
    where, shown = _to_export(month, area)
    name = f"{where.full_name}工程清单{where.month}.csv"
    return send_file(BytesIO(table_as_csv(printed_list(shown))), "text/csv", True, name)


def _to_export(month: str, area: str) -> tuple[Where, CountyList]:
    """Give what an address asks for: its filters, its order and its columns, or every column."""
    ledger = page_ledger()
    where = where_of(ledger, month, area)
    asked = asked_of(where, choices_of(ledger, where.programme, where.month, where.area))
    selection = select(
        ledger, where.programme, where.month, where.area, asked.wanted, asked.order, descending=asked.descending
    )
    by_code = {each.code: each for each in projects_at(ledger, where.programme, where.month, where.area)}
    projects = [by_code[project.code] for project in selection.projects]
    columns = None
    if _EVERY_COLUMN not in request.args.getlist("column"):
        columns = exported_columns(ledger, where, asked.columns, selection.projects)
    sentence = "，".join(selection.words)
    return where, CountyList(where.programme, where.month, where.area, where.places, projects, sentence, columns)


def _exports(where: Where, asked: Asked) -> dict[str, str]:
    """Give the addresses of the list as a file, each by its words."""
    whole = dict(asked.address) | {"column": _EVERY_COLUMN}
    return {
        "Excel": address_of(where, asked, endpoint="county_list.excel"),
        "Excel（全部列）": where.to("county_list.excel", **whole),
        "CSV": address_of(where, asked, endpoint="county_list.as_csv"),
    }


def _clauses(where: Where, whole: int, selection: Selection) -> list[str]:
    clauses = [f"{where.full_name} {whole} 项工程，"]
    if selection.conditions:
        return [*clauses, f"符合条件的 {selection.number} 项"]
    return [*clauses, f"已开工 {selection.counts['started']} 项，", f"已完工 {selection.counts['completed']} 项"]


def _head(where: Where, asked: Asked, column: Column) -> Head:
    chosen = column.order == asked.order and bool(column.order)
    runs = ("descending" if asked.descending else "ascending") if chosen else ""
    descending = not asked.descending if chosen else column.largest_first
    address = address_of(where, asked, order=column.order, descending=descending) if column.order else ""
    return Head(column, address, runs)


def _total(selection: Selection, columns: list[Column]) -> list[Cell]:
    """Give the cells of the line of sums: money as far as it is known, nothing elsewhere."""
    cells = []
    for column in columns:
        fen = selection.sums[column.total] if column.total else None
        kind = "spare" if not column.total else "none" if fen is None else "text"
        cells.append(Cell(column.attributes, kind, "" if fen is None else print_wan(fen)))
    return cells


def _row(where: Where, listed: Listed, columns: list[tuple[Column, Markup]]) -> Row:
    project = listed.project
    cells = []
    for column, attributes in columns:
        text = column.printing(where, listed)
        if column.key == "lamp":
            cells.append(Cell(attributes, "lamp", text, listed.lamp))
        elif text == DASH:
            cells.append(Cell(attributes, "none", text))
        elif column.key == "progress":
            cells.append(Cell(attributes, "bar", text, bar_width(listed.share, Fraction(1))))
        else:
            cells.append(Cell(attributes, "changed" if column.key == "changed" else "text", text))
    return Row(project.code, project.name, where.to_project(project.code), tuple(cells))
