"""Office templates (本单位格式): an office sends its own layout of a table, sees what is wrong in it, takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from flask import Blueprint, redirect, render_template, request, send_file
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField, FileRequired
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired

from tracker.exchange.office_layouts.office_template import LIMITS, SEVERAL, WORDS, examine, known_columns, starter
from tracker.exchange.tables.asking import Asked
from tracker.exchange.tables.files import FORMS
from tracker.exchange.tables.registry import KINDS
from tracker.exchange.writing.printed_table import PrintedTable
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.office_templates import (
    LONGEST_NAME,
    add_template,
    content_of,
    office_templates,
    remove_template,
    templates_in_force,
)
from tracker.model.faults import Fault
from tracker.web.forms import WritingForm, choices
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.uploads import shown_name
from tracker.web.whereabouts import NotThereError, Where, where_of

blueprint = Blueprint("office_templates", __name__)

OFFERED = {key: kind.name for key, kind in KINDS.items() if key not in SEVERAL}
"""The kinds of table that an office may have a layout of, each with its name."""


class TemplateForm(WritingForm):
    """A layout that is sent: its workbook, what it is a layout of, and its name."""

    workbook = FileField("模板工作簿", [FileRequired("请选择带标记的 .xlsx 工作簿。")], render_kw={"accept": ".xlsx"})
    kind = SelectField("哪种表", choices=choices(OFFERED.items()))
    name = StringField(
        "名字", [InputRequired("请起一个名字，例如 市局调度表。")], render_kw={"maxlength": str(LONGEST_NAME)}
    )


class RemovalForm(WritingForm):
    """Which layout is to be taken back."""

    number = HiddenField()


@blueprint.get("/templates/<month>/<area>")
@room(Permission.IMPORT)
def show(month: str, area: str) -> ResponseReturnValue:
    """Show an office's layouts, how they are marked, and the form that takes one (`?kind=` chooses its table)."""
    where = where_of(page_ledger(), month, area)
    form = TemplateForm(formdata=None, data={"kind": _kind(request.args.get("kind"))})
    return _page(where, form)


@blueprint.post("/templates/<month>/<area>")
@room(Permission.IMPORT)
def add(month: str, area: str) -> ResponseReturnValue:
    """Take a layout where every mark is known; else show each fault with its cell."""
    ledger = page_ledger()
    where = where_of(ledger, month, area)
    form = TemplateForm()
    if not form.validate():
        return _page(where, form), 422
    sent = form.workbook.data
    name, content = shown_name(sent.filename), sent.stream.read(LIMITS.file_bytes + 1)
    found = examine(content, name, _table(ledger, where, form.kind.data))
    if isinstance(found, list):
        return _page(where, form, faults=found, file=name), 422
    with writable_ledger() as now:
        try:
            added = add_template(
                now,
                where.programme.key,
                where.area.code,
                form.kind.data,
                name=form.name.data or "",
                file=name,
                content=content,
                lost=found.lost,
            )
        except RefusedError as refusal:
            form.name.errors = [str(refusal)]
            return _page(where, form), 422
    return redirect(where.to("office_templates.show", added=str(added.number), kind=added.kind), 303)


@blueprint.post("/templates/<month>/<area>/remove")
@room(Permission.IMPORT)
def remove(month: str, area: str) -> ResponseReturnValue:
    """Take a layout back; tables that were made with it stay what they are."""
    where = where_of(page_ledger(), month, area)
    form = RemovalForm()
    number = form.number.data or ""
    if form.validate() and number.isascii() and number.isdigit() and len(number) < 10:
        with writable_ledger() as ledger:
            try:
                remove_template(ledger, where.programme.key, where.area.code, int(number))
            except RefusedError as refusal:
                return _page(where, TemplateForm(formdata=None), refusal=str(refusal)), 409
    return redirect(where.to("office_templates.show"), 303)


@blueprint.get("/templates/<month>/<area>/<action>")
@room(Permission.IMPORT)
def fetch(month: str, area: str, action: str) -> ResponseReturnValue:
    """Give a layout's workbook by its number, or what one begins with by its table: `3.xlsx`, `dispatch.xlsx`."""
    # A workbook's writer takes a while to load, and pages do not need it.
    from tracker.exchange.writing.table_workbook import write_tables  # noqa: PLC0415

    ledger = page_ledger()
    where = where_of(ledger, month, area)
    key = action.removesuffix(".xlsx")
    if key in OFFERED:
        written = BytesIO()
        write_tables(written, [starter(_table(ledger, where, key))])
        written.seek(0)
        return send_file(written, FORMS[".xlsx"], True, f"{OFFERED[key]}模板.xlsx")
    for each in office_templates(ledger, where.programme.key, where.area.code):
        if str(each.number) == key:
            return send_file(BytesIO(content_of(ledger, each)), FORMS[".xlsx"], True, each.file)
    raise NotThereError("没有这个模板，可能属于别的地区，或者地址不完整。")


def _kind(said: str | None) -> str:
    return said if said in OFFERED else next(iter(OFFERED))


def _table(ledger: Ledger, where: Where, kind: str) -> PrintedTable:
    """Give the table that a layout shall hold, as it is at the month and the area that are looked at."""
    return KINDS[kind].make(Asked(ledger, where.programme, where.month, where.area))[0]


def _page(
    where: Where, form: TemplateForm, *, faults: Sequence[Fault] = (), file: str = "", refusal: str = ""
) -> str:  # fmt: skip
    ledger = page_ledger()
    own = office_templates(ledger, where.programme.key, where.area.code)
    every = templates_in_force(ledger, where.programme.key, where.places, where.area)
    kind = _kind(form.kind.data)
    table = _table(ledger, where, kind)
    added = next((each for each in own if str(each.number) == request.args.get("added")), None)
    return render_template(
        "office_templates.html",
        where=where,
        room="bulletin",
        form=form,
        faults=faults,
        file=file,
        refusal=refusal,
        added=added,
        rows=[
            (each, OFFERED.get(each.kind, each.kind), RemovalForm(formdata=None, data={"number": str(each.number)}))
            for each in own
            if not each.ended_at
        ],
        former=[(each, OFFERED.get(each.kind, each.kind)) for each in own if each.ended_at],
        above=[(each, OFFERED.get(each.kind, each.kind)) for each in every if each.area != where.area.code],
        kinds=[(key, word, where.to("office_templates.show", kind=key), key == kind) for key, word in OFFERED.items()],
        kind=kind,
        words=WORDS,
        columns=known_columns(table),
        added_up=next((column.heading for column in table.columns if column.summed), ""),
        megabytes=LIMITS.file_bytes // 1_000_000,
    )
