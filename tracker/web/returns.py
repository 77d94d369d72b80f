"""The return (月报): a county's month on one page, every project a row, saved as one types."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from flask import Blueprint, abort, get_template_attribute, jsonify, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.exchange.imports.draft_reading import DraftedReturn, read_drafts
from tracker.ledger.attachments import attachments_of
from tracker.ledger.drafts import UNCHANGED, Draft
from tracker.ledger.handle import Ledger, StorageError
from tracker.ledger.months import deadline
from tracker.ledger.returns import CountyReturn, county_returns, quiet_months, rows_of_month
from tracker.web.forms import WritingForm
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.return_fields import STAGE_CHOICES, Clash, plain
from tracker.web.return_rows import Tasks, in_order, put_back, row_of, state_words, tasks_of
from tracker.web.return_saving import (
    LONGEST_DRAFT,
    Saved,
    Typed,
    is_draft_field,
    is_version,
    save_typed,
    tick_quiet,
    typed_on,
)
from tracker.web.return_sent import late, limits, sent_back_rows, sent_clauses, sent_rows, what_next
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError, Where, where_of

blueprint = Blueprint("returns", __name__)

_CLOCK = slice(11, 16)
"""Hours and minutes of an ISO time."""


class ReturnForm(WritingForm):
    """The return's page: its fields are named by project and field, see `return_saving.typed_on`."""


@dataclass(slots=True)
class _Outcome:
    """What came of a post that leads nowhere else: texts that met others, texts that could not be saved, and why.

    `unsaved` have no field to stand in any more; `again` stand in theirs, to be saved once more.
    """

    clashes: Mapping[str, Mapping[str, Clash]] = field(default_factory=dict)
    unsaved: list[tuple[str, Typed]] = field(default_factory=list)
    refusal: str = ""
    again: list[Typed] = field(default_factory=list)


def county_where(month: str, area: str) -> Where:
    """Give what a return's page is about. Raises NotThereError for an area that is no county or zone."""
    where = where_of(page_ledger(), month, area)
    if not where.is_unit:
        raise NotThereError(f"月报按县（市、区）填写，{where.area.name}不是一个县（市、区）；请先在上方选到县级。")
    return where


@blueprint.get("/return/<month>/<area>")
@room(Permission.FILL)
def show(month: str, area: str) -> ResponseReturnValue:
    """Show a county's return: what is to be filled in, what was sent, or why nothing can be."""
    where = county_where(month, area)
    return _page(where, page_ledger(), _Outcome())


def _page(where: Where, ledger: Ledger, outcome: _Outcome) -> str:
    county = next(iter(county_returns(ledger, where.programme, where.month, where.area)), None)
    drafted = read_drafts(ledger, where.programme, where.month, where.area)
    tasks = tasks_of(drafted)
    quiet = quiet_months(ledger, where.programme, where.month, where.area) if drafted.projects else {}
    codes = [each.row.project for each in drafted.projects]
    attached = [each.project for each in attachments_of(ledger, where.programme.key, where.month, codes)]
    opened = request.args.get("open", "")
    rows = [
        row_of(
            each, outcome.clashes.get(each.row.project, {}), quiet.get(each.row.project, 0),
            attached.count(each.row.project), opened,
        )
        for each in in_order(drafted)
    ]  # fmt: skip
    put_back(rows, {(each.project, each.field): each.text for each in outcome.again})
    return render_template(
        "return.html",
        where=where, room="return", form=ReturnForm(formdata=None), rows=rows, tasks=tasks, stages=STAGE_CHOICES,
        clauses=_clauses(where, county, tasks) if rows else sent_clauses(where, county),
        county=county, sent=sent_rows(where, county), back=[] if rows else sent_back_rows(where, county),
        due=deadline(where.programme, where.month), overdue=late(ledger, where, drafted),
        refusal=limits(ledger, where, drafted), outcome=outcome, marked=_marked(), saved="saved" in request.args,
        next=what_next(county), here=where.to("returns.save"), draft=where.to("returns.draft"),
    )  # fmt: skip


def _clauses(where: Where, county: CountyReturn | None, tasks: Tasks) -> list[str]:
    number = len(county.rows) if county else 0
    return [
        f"{where.full_name}{where.month_words}月报：{number} 项工程，", f"已填 {tasks.filled} 项，",
        f"未填 {len(tasks.unfilled)} 项",
    ]  # fmt: skip


def _marked() -> int:
    said = request.args.get("marked", "")
    return int(said) if said.isdecimal() and len(said) < 5 else 0


@blueprint.post("/return/<month>/<area>")
@room(Permission.FILL)
def save(month: str, area: str) -> ResponseReturnValue:
    """Save everything that was typed on the page, then do what the pressed button says.

    `do` is save, quiet (tick the rows that `quiet` names), review, or `attachments:PROJECT`; `mine` is
    `PROJECT|FIELD|VERSION` of another's text that is to be replaced, `theirs` one that stays.
    """
    where = county_where(month, area)
    doing = request.form.get("do", "save")
    typed = _settled(typed_on(request.form))
    try:
        with writable_ledger() as ledger:
            outcome, drafted = _save_all(ledger, where, typed)
            if outcome is not None:
                return _page(where, ledger, outcome), 409
            if doing == "quiet":
                # What this very post filled in must not be counted as quiet.
                drafted = read_drafts(ledger, where.programme, where.month, where.area)
                shown = set(request.form.get("quiet", "").split())
                number = tick_quiet(ledger, where.programme.key, where.month, drafted, shown, identity().person)
                return redirect(where.to("returns.show", marked=str(number)), 303)
    except StorageError as error:
        return _page(where, page_ledger(), _Outcome(again=typed, refusal=str(error))), 503
    if doing == "review":
        return redirect(where.to("sending.show"), 303)
    if doing.startswith("attachments:"):
        return redirect(where.to("attachments.show", project=doing.removeprefix("attachments:")), 303)
    settled = request.form.get("mine") or request.form.get("theirs") or ""
    return redirect(where.to("returns.show", saved="yes", open=settled.partition("|")[0] or None), 303)


def _settled(typed: list[Typed]) -> list[Typed]:
    """Take in what was chosen where two texts met: mine over the version that was shown, or theirs."""
    mine = request.form.get("mine", "").split("|")
    theirs = request.form.get("theirs", "").split("|")
    left = [each for each in typed if [each.project, each.field] != theirs[:2]]
    if len(mine) != 3 or not is_version(mine[2]) or not is_draft_field(mine[1]):
        return left
    text = request.form.get(f"{mine[0]}:{mine[1]}", "")
    chosen = Typed(mine[0], mine[1], plain(text), int(mine[2]))
    return [each for each in left if [each.project, each.field] != mine[:2]] + [chosen]


def _save_all(ledger: Ledger, where: Where, typed: list[Typed]) -> tuple[_Outcome | None, DraftedReturn]:
    """Save what may be saved; gives an outcome to show where anything could not be, and the return as it was."""
    names = _names(ledger, where, {each.project for each in typed})
    drafted = read_drafts(ledger, where.programme, where.month, where.area)
    open_rows = {each.row.project for each in drafted.projects}
    fit = [each for each in typed if each.project in open_rows and len(each.text) <= LONGEST_DRAFT]
    unsaved = [(names[each.project], each) for each in typed if each not in fit]
    saved = Saved()
    if fit:
        saved = save_typed(ledger, where.programme.key, where.month, drafted, fit, identity().person)
    if not saved.clashes and not unsaved:
        return None, drafted
    why = limits(ledger, where, drafted) or ("这些项目的月报已经报送，或者写得太长。" if unsaved else "")
    return _Outcome(saved.clashes, unsaved, why), drafted


def _names(ledger: Ledger, where: Where, projects: set[str]) -> dict[str, str]:
    """Give the names of projects that were written into. Raises NotThereError for one that is not on the list."""
    known = {row.project: row.name for row in rows_of_month(ledger, where.programme, where.month, where.area)}
    for project in projects:
        if project not in known:
            raise NotThereError(f"项目 {project} 不在{where.full_name}{where.month_words}的清单里，什么都没有登记。")
    return known


@blueprint.post("/return/<month>/<area>/draft")
@room(Permission.FILL)
def draft(month: str, area: str) -> ResponseReturnValue:
    """Save one field as it is typed; answers in JSON with what the page is to show of its row.

    The form gives `project`, `field`, `text` and `seen`, the version that the page knows. 200: saved. 409 with
    `theirs`: somebody else saved another text. 409 with `refused`: a sentence why it cannot be saved.
    """
    where = county_where(month, area)
    said = request.form
    seen = said.get("seen", "0")
    if not is_draft_field(said.get("field", "")) or not is_version(seen):
        abort(400)
    typed = Typed(said.get("project", ""), said["field"], plain(said.get("text", "")), int(seen))
    with writable_ledger() as ledger:
        outcome, _ = _save_all(ledger, where, [typed])
        if outcome is not None and outcome.unsaved:
            return jsonify(refused=outcome.refusal), 409
        if outcome is not None and outcome.clashes:
            found = outcome.clashes[typed.project][typed.field]
            return jsonify(theirs=_told(found.theirs)), 409
        return jsonify(_answer(ledger, where, typed))


def _told(draft: Draft) -> dict[str, str | int]:
    return {"text": draft.text, "version": draft.version, "by": draft.saved_by, "at": draft.saved_at[_CLOCK]}


def _answer(ledger: Ledger, where: Where, typed: Typed) -> dict[str, object]:
    """Give what a page shows of a row after a field of it was saved; pieces of it come as they stand on the page."""
    drafted = read_drafts(ledger, where.programme, where.month, where.area)
    saved = next(each for each in drafted.projects if each.row.project == typed.project)
    county = next(iter(county_returns(ledger, where.programme, where.month, where.area)), None)
    row = row_of(saved, {}, 0, 0)
    below = get_template_attribute("pieces/return_row.html", "below")
    tasks = tasks_of(drafted)
    mark = saved.drafts.get(UNCHANGED)
    own = saved.drafts.get(typed.field)
    return {
        "version": own.version if own else 0,
        "at": own.saved_at[_CLOCK] if own else "",
        "unchanged": {"ticked": saved.unchanged, "version": mark.version if mark else 0},
        "below": {each.name: below(each) for each in row.fields},
        "state": get_template_attribute("pieces/return_row.html", "state")(state_words(saved)),
        "ignored": get_template_attribute("pieces/return_row.html", "ignored")(row.ignored),
        "title": get_template_attribute("pieces/words.html", "sentence")(_clauses(where, county, tasks)),
        "tasks": get_template_attribute("pieces/return_tasks.html", "tasks")(tasks),
        "quiet": len(tasks.quiet),
    }
