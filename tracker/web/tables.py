"""Tables room (报表): the official tables of a month and an area, as workbooks, as text and for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO

from flask import Blueprint, render_template, request, send_file
from flask.typing import ResponseReturnValue

from tracker.exchange.office_layouts.office_template import SEVERAL, TemplateError, write_in_layout
from tracker.exchange.tables.asking import BY_WORDS, ORDERS, Asked, annex_words
from tracker.exchange.tables.files import FORMS, SeveralTablesError, write_files
from tracker.exchange.tables.registry import KINDS, TableKind
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.listings import Choices, Wanted, choices_of
from tracker.ledger.office_templates import find_template, templates_in_force
from tracker.ledger.projects import project_programme, state_at
from tracker.ledger.ranking_table import UNFILLED
from tracker.ledger.whole import AreaStates
from tracker.model.measures import measures_of
from tracker.model.months import last_day
from tracker.web.page_ledger import page_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import Choice, NotThereError, Where, unknown_project, where_of

blueprint = Blueprint("tables", __name__)

KEPT = ("by", "order", "annex", "category", "level")
"""What goes along from one address of this room to another: how tables go, their annex number, their selection."""

_FORM_WORDS = {".xlsx": "Excel", ".csv": "CSV", ".json": "JSON"}
_LONGEST_ANNEX = 12
_MOST_STATES = 20_000
"""More months of projects than this take a page too long; the command line writes them."""

_COUNTS = {"dispatch": "projects", "list": "projects", "problems": "with_problem"}
_NONE = {
    "behind": "没有未按期开工、完工的项目",
    "problems": "没有填报问题的项目",
    "timeliness": "本月没有开放填报",
    "ranking": "只有一个单位，不排名",
}


@dataclass(frozen=True, slots=True)
class Offered:
    """One table as it is offered: what it is called and answers, how much is in it, its files as (words, address).

    `reason` says why there is none; `choices` are the ways to make it up, question by question, as (words, address,
    whether chosen).
    """

    key: str
    name: str
    answers: str
    number: str
    files: Sequence[tuple[str, str]]
    reason: str = ""
    choices: Sequence[Sequence[tuple[str, str, bool]]] = ()


@blueprint.get("/tables/<month>/<area>")
@room(Permission.READ)
def show(month: str, area: str) -> ResponseReturnValue:
    """Show an area's tables at a month (`?by=`, `?order=`, `?annex=`), of a selection (`?category=`, `?level=`)."""
    ledger = page_ledger()
    where = where_of(ledger, month, area)
    choices = choices_of(ledger, where.programme, where.month, where.area)
    if not choices.county:
        return render_template("overview_empty.html", where=where, room="bulletin")
    asked = _asked(ledger, where, choices)
    kept = _kept()
    offered = [_offered(where, asked, kind, kept) for kind in KINDS.values() if kind.key != "dossier"]
    return render_template(
        "tables.html",
        where=where,
        room="bulletin",
        kept=kept,
        offered=offered,
        questions=_questions(asked, choices),
        annex=kept.get("annex", ""),
        longest_annex=_LONGEST_ANNEX,
        words=[condition.words for condition in asked.conditions if condition.words],
        number=asked.tally["projects"],
        last_day=last_day(where.month),
        closing=asked.month_opened.closing if asked.month_opened else None,
        dossier=KINDS["dossier"],
    )


@blueprint.get("/tables/<month>/<area>/<action>")
@room(Permission.READ)
def fetch(month: str, area: str, action: str) -> ResponseReturnValue:
    """Give one table as a file; `action` is its kind and ending: `dispatch.xlsx`. A dossier names its `?project=`."""
    ledger = page_ledger()
    where = where_of(ledger, month, area)
    key, point, ending = action.rpartition(".")
    kind, ending = KINDS.get(key), f"{point}{ending}"
    if kind is None or ending not in FORMS:
        listed = "、".join(KINDS)
        raise NotThereError(f"没有“{action}”这张表。表有 {listed}，后缀有 {'、'.join(FORMS)}，例如 dispatch.xlsx。")
    asked = _asked(ledger, where, choices_of(ledger, where.programme, where.month, where.area))
    if kind.key == "dossier":
        check_project(ledger, where, asked.project)
    written = BytesIO()
    layout = request.args.get("template", "") if ending == ".xlsx" and kind.key not in SEVERAL else ""
    try:
        if kind.key == "ledger" and _too_long(asked):
            raise RefusedError(_TOO_LONG)
        tables = kind.make(asked)
        if layout:
            template = find_template(ledger, where.programme.key, where.places, where.area, kind.key, layout)
            write_in_layout(ledger, template, asked, tables[0], written)
        else:
            write_files(written, ending, kind.key, tables)
    except (SeveralTablesError, RefusedError, TemplateError) as refusal:
        raise NotThereError(str(refusal)) from refusal
    written.seek(0)
    of = asked.project if kind.key == "dossier" else where.full_name
    name = tables[0].name if len(tables) == 1 else kind.name
    answer = send_file(written, FORMS[ending], True, f"{of}{name}{where.month}{ending}")
    # What an office downloads stays out of a shared computer's cache.
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _asked(ledger: Ledger, where: Where, choices: Choices) -> Asked:
    """Read how the tables are asked for; what means nothing is passed over as if it were not said."""
    given = request.args
    by, order = given.get("by", "area"), given.get("order", ORDERS[0])
    selected: dict[str, str | None] = {}
    for name, values in (("category", choices.category), ("level", choices.level)):
        value = given.get(name)
        value = "" if value == UNFILLED else value or None
        selected[name] = value if value in values else None
    return Asked(
        ledger,
        where.programme,
        where.month,
        where.area,
        by if by in (*BY_WORDS, "county") else "area",
        order if order in ORDERS else ORDERS[0],
        Wanted(category=selected["category"], level=selected["level"]),
        annex_words(given.get("annex", "")[:_LONGEST_ANNEX]),
        given.get("project", ""),
    )


def _kept() -> dict[str, str]:
    return {name: request.args[name] for name in KEPT if request.args.get(name)}


def check_project(ledger: Ledger, where: Where, code: str) -> None:
    """Refuse a dossier of a project that does not stand in the area at the month. Raises NotThereError."""
    state = state_at(ledger, where.programme, code, where.month)
    place = where.places.find(state.values["county"]) if state else None
    if place is None or not place.within(where.area) or project_programme(ledger, code) != where.programme.key:
        raise unknown_project(code)


def _offered(where: Where, asked: Asked, kind: TableKind, kept: Mapping[str, str]) -> Offered:
    number, reason = _size(asked, kind)
    files = [
        (words, where.to("tables.fetch", action=f"{kind.key}{ending}", **kept))
        for ending, words in _FORM_WORDS.items()
        if not (kind.key == "ledger" and ending == ".csv")
    ]
    if kind.key == "list":
        files.append(("签字清单 PDF", where.to("printed.show", kind="list")))
    programme = where.programme.key
    for each in templates_in_force(asked.ledger, programme, where.places, where.area, kind.key):
        address = where.to("tables.fetch", action=f"{kind.key}.xlsx", template=each.name, **kept)
        files.append((f"按本单位格式“{each.name}”", address))
    return Offered(
        kind.key, kind.name, kind.answers, number, [] if reason else files, reason, _ways(where, asked, kind, kept)
    )


def _size(asked: Asked, kind: TableKind) -> tuple[str, str]:
    """Give how much is in a table, and the reason where there is nothing to give."""
    tally = asked.tally
    if kind.narrowed and not tally["projects"]:
        return "", "没有符合条件的项目"
    if kind.key in _COUNTS:
        found = tally[_COUNTS[kind.key]]
        return (f"{found} 项", "") if found else ("", _NONE[kind.key])
    if kind.key == "behind":
        late = tally["late_start"], tally["late_completion"]
        return (f"开工 {late[0]} 项，完工 {late[1]} 项", "") if any(late) else ("", _NONE[kind.key])
    if kind.key == "timeliness":
        return "", "" if asked.month_opened else _NONE[kind.key]
    if kind.key == "ranking":
        return "", _NONE[kind.key] if asked.is_unit and asked.by not in ("category", "level") else ""
    if kind.key == "ledger":
        return "", _TOO_LONG if _too_long(asked) else ""
    return "", ""


_TOO_LONG = "数据量大，请在本机运行 app.py export ledger"


def _too_long(asked: Asked) -> bool:
    return len(AreaStates(asked.ledger, asked.programme, asked.month, asked.area)) > _MOST_STATES


def _ways(where: Where, asked: Asked, kind: TableKind, kept: Mapping[str, str]) -> list[list[tuple[str, str, bool]]]:
    """Give what a table can go by, and what a ranking can be put in order by."""
    if not kind.by:
        return []
    found = dict(BY_WORDS)
    if kind.key == "ranking":
        found["area"] = "市" if asked.is_large else "县（市、区）"
        found |= {"county": "县（市、区）"} if asked.is_large else {}
    by = asked.by if asked.by in found else "area"
    ways = [[(f"按{words}", where.to("tables.show", **{**kept, "by": key}), key == by) for key, words in found.items()]]
    if kind.key == "ranking":
        titles = {key: measure.title for key, measure in measures_of(asked.programme).items()}
        ways.append([
            (f"{titles[key]}在先", where.to("tables.show", **{**kept, "order": key}), key == asked.order)
            for key in ORDERS
        ])  # fmt: skip
    return ways


def _questions(asked: Asked, choices: Choices) -> list[tuple[str, str, list[Choice]]]:
    """Give the questions of the selection, as (name, label, choices)."""
    found = []
    for name, label, values, chosen in (
        ("category", "类别", choices.category, asked.wanted.category),
        ("level", "级别", choices.level, asked.wanted.level),
    ):
        offered = [Choice("", "全部", chosen is None)]
        offered += [Choice(value or UNFILLED, value or UNFILLED, value == chosen) for value in values]
        found.append((name, label, offered))
    return found
