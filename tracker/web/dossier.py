"""Dossier (一工程一档案): one project as of a month, everything recorded about it, and its file."""

from __future__ import annotations

from dataclasses import replace
from io import BytesIO

from flask import Blueprint, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from tracker.exchange.drawing.dossier_picture import picture_of
from tracker.ledger.attachments import attachments_of
from tracker.ledger.dossiers import build_dossier
from tracker.ledger.handle import Ledger, UnknownError
from tracker.ledger.histories import History, file_standing, history_of, neighbours_of
from tracker.ledger.projects import project_programme, state_at
from tracker.model.folding import State
from tracker.model.months import chinese_month, is_month, last_day
from tracker.model.places import Place
from tracker.model.problems import problems_of
from tracker.web.dossier_months import years_of
from tracker.web.dossier_sections import basics_of, decisions_of, entries_of, fact_groups
from tracker.web.dossier_top import dates_of, figures_of, title_of
from tracker.web.dossier_words import stage_said
from tracker.web.identity import identity
from tracker.web.lamps import lamp_of
from tracker.web.page_ledger import page_ledger
from tracker.web.project_actions import WORDS
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError, Where, short_code, unknown_project, where_of

blueprint = Blueprint("dossier", __name__)


@blueprint.get("/project/<code>")
@room(Permission.READ)
def show(code: str) -> ResponseReturnValue:
    """Show a project as of a month (`?month=`, else the latest) with everything recorded about it."""
    ledger = page_ledger()
    key = _programme_of(ledger, code)
    month = request.args.get("month") or None
    where = where_of(ledger, month if month is None or is_month(month) else None, None, key)
    if month is not None and not is_month(month):
        raise NotThereError(f"月份写的是“{month}”，应为“年-月”，例如 {where.month}。")
    history = history_of(ledger, where.programme, code)
    states = history.until(where.month)
    if not states and where.scope is not None:
        # Where it stood is not known here, so nothing is said that the caller may not know.
        raise unknown_project(code)
    if not states:
        raise NotThereError(_why_absent(history, where))
    state = states[-1]
    place = where.places.find(state.values["county"])
    stood = _standing_at(where, place, code)
    entries = entries_of(history, where.places)
    return render_template(
        "dossier.html",
        where=stood,
        room="dossier",
        kept={"code": code, "stood": place and short_code(place)},
        code=code,
        state=state,
        title=title_of(state, where.programme),
        stage=stage_said(state),
        lamp=lamp_of(state, where.month) if state.listed else None,
        last_day=last_day(where.month),
        reported=state.reported and state.month == where.month,
        figures=figures_of(states, where.programme, where.month),
        dates=dates_of(state),
        neighbours=_neighbour_links(ledger, stood, state, code),
        picture=picture_of(history, states),
        basics=basics_of(state, where.places),
        groups=fact_groups(state, where.places),
        years=years_of(history, states),
        problems=problems_of(states),
        decisions=decisions_of(ledger, history, where.month, where.places),
        standing=file_standing(ledger, history),
        file=url_for("dossier.file", code=code),
        actions=_actions(code, where.month),
        attachments=[
            (it, url_for("attachments.fetch", sequence=it.sequence))
            for it in reversed(attachments_of(ledger, where.programme.key, None, [code]))
            if it.month <= where.month
        ],
        entries=entries,
    )


@blueprint.get("/project/<code>/file")
@room(Permission.READ)
def file(code: str) -> ResponseReturnValue:
    """Give the dossier as its file should have it, whatever lies on the disk; phone numbers as recorded."""
    ledger = page_ledger()
    where = where_of(ledger, None, None, _programme_of(ledger, code))
    state = state_at(ledger, where.programme, code, where.month)
    place = where.places.find(state.values["county"]) if state else None
    # The whole history goes with it, so whoever sees the project now sees where it stood before.
    _standing_at(where, place, code)
    return send_file(BytesIO(build_dossier(ledger, code)), "application/json", True, f"{code}.json")


def _actions(code: str, month: str) -> list[tuple[str, str]]:
    """Give the ways to the actions that the caller may take, as (words, address)."""
    if not identity().may(Permission.PROJECTS):
        return []
    return [
        (words, url_for("project_actions.show", code=code, action=key, month=month)) for key, words in WORDS.items()
    ]


def _standing_at(where: Where, place: Place | None, code: str) -> Where:
    """Give where the project stands; beyond the caller's scope it is as unknown as one that never was."""
    if where.scope is not None and (place is None or not place.within(where.scope)):
        raise unknown_project(code)
    return where if place is None else replace(where, area=place)


def _programme_of(ledger: Ledger, code: str) -> str:
    try:
        return project_programme(ledger, code)
    except UnknownError as error:
        raise unknown_project(code) from error


def _why_absent(history: History, where: Where) -> str:
    taken_back = next((record for record in history.records if record.head["kind"] == "withdrawal"), None)
    if taken_back is not None and not history.states:
        return f"项目 {history.code} 的登记已撤销（{taken_back.head['reason']}），不在任何月份的清单里。"
    first = min([state.month for state in history.states] or [str(history.records[0].head["month"])])
    return f"{where.month_words}时项目 {history.code} 还没有登记，它自{chinese_month(first)}起在清单里。"


def _neighbour_links(ledger: Ledger, where: Where, state: State, code: str) -> list[tuple[str, str, str, str]]:
    """Give the ways to the projects before and after this one, as (relation, words, name, address)."""
    found = neighbours_of(ledger, where.programme, state, code)
    return [
        (relation, words, it[1], where.to_project(it[0]))
        for relation, words, it in (("prev", "上一项", found.before), ("next", "下一项", found.after))
        if it is not None
    ]
