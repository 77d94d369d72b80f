"""Printed: a month's documents as PDF: the bulletin's draft, the leader's page, the list, a project's dossier."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import Any

from flask import Blueprint, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from tracker.exchange.bulletins.composing import composed
from tracker.exchange.bulletins.dossier_paper import dossier_page
from tracker.exchange.bulletins.leader import leader_page
from tracker.exchange.bulletins.list_paper import list_table
from tracker.exchange.tables.asking import Asked
from tracker.exchange.writing.printed_table import PrintedTable
from tracker.ledger.bulletins import own_bulletin
from tracker.ledger.handle import Ledger, StorageError
from tracker.web.bulletin_text import corrected_of
from tracker.web.forms import WritingForm
from tracker.web.guarding import PDF_POLICY
from tracker.web.page_ledger import page_ledger
from tracker.web.printing_work import AT_ONCE, Printing, ask, begin, begin_anew, digest_of, printing_of
from tracker.web.rooms import Permission, room
from tracker.web.tables import check_project
from tracker.web.whereabouts import NotThereError, Where, where_of

blueprint = Blueprint("printed", __name__)

_SECONDS_TO_BEGIN, _CELLS_A_SECOND = 3, 5_000
"""How long printing takes on a slow machine: a start with the text, and the cells of its tables."""

_ROUNDED_TO = 5


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it was composed: what its printer takes, what it is called, about how long it takes to print."""

    content: object
    name: str
    what: str
    seconds: int


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of document: what composes it, and the page that it is asked for from."""

    compose: Callable[[Where, Asked], Paper]
    back: Callable[[Where, str], str]


def seconds_of(tables: Sequence[PrintedTable]) -> int:
    """Give about how many seconds a document with some tables takes to print, in fives."""
    cells = sum(len(table.lines) * len(table.columns) for table in tables)
    return math.ceil((_SECONDS_TO_BEGIN + cells / _CELLS_A_SECOND) / _ROUNDED_TO) * _ROUNDED_TO


def held(table: PrintedTable) -> PrintedTable:
    """Give a table with its lines made: what is printed later must not ask the ledger again."""
    return replace(table, lines=tuple(table.lines))


def _bulletin(where: Where, asked: Asked) -> Paper:
    corrects = corrected_of(asked.ledger, where, request.args.get("corrects"))
    bulletin = composed(asked, corrects=corrects).bulletin
    bulletin = replace(bulletin, annexes=tuple(held(table) for table in bulletin.annexes))
    word = "更正通报草稿" if corrects else "通报草稿"
    what = f"正文和 {len(bulletin.annexes)} 个附件" if bulletin.annexes else "正文"
    return Paper(bulletin, f"{where.full_name}{where.month_words}{word}", what, seconds_of(bulletin.annexes))


def _leader(where: Where, asked: Asked) -> Paper:
    return Paper(leader_page(asked), f"{where.full_name}{where.month_words}领导一页", "一页", seconds_of(()))


def _list(where: Where, asked: Asked) -> Paper:
    table = held(list_table(asked))
    content = (table, asked.area_name)
    return Paper(
        content, f"{where.full_name}{where.month_words}项目清单", f"{len(table.lines)} 行", seconds_of([table])
    )


def _dossier(where: Where, asked: Asked) -> Paper:
    check_project(asked.ledger, where, asked.project)
    page = dossier_page(asked)
    return Paper(page, f"{asked.project}工程档案（{where.month_words}）", page.name, seconds_of(()))


KINDS = {
    "bulletin": Kind(_bulletin, lambda where, _: where.to("bulletins.show", **_kept("corrects"))),
    "leader": Kind(_leader, lambda where, _: where.to("bulletins.show")),
    "list": Kind(_list, lambda where, _: where.to("county_list.show")),
    "dossier": Kind(_dossier, lambda where, project: where.to_project(project)),
}
"""What there is on paper of a month and an area."""


def _kept(*names: str) -> dict[str, str | None]:
    return {name: request.args.get(name) for name in names}


@blueprint.get("/printed/<month>/<area>/<kind>.pdf")
@room(Permission.READ)
def show(month: str, area: str, kind: str) -> ResponseReturnValue:
    """Give a document as PDF, or how far it is; a dossier names its `?project=`, a correction what it `?corrects=`.

    It is composed and begun once; the page that tells how far it is (`?job=`) only looks. An issued bulletin is its
    file, for good.
    """
    ledger = page_ledger()
    where = _asked_where(ledger, month, area, kind)
    standing = _asked_for(ledger, where, kind)
    if standing is not None:
        return _answer(ledger, where, kind, standing)
    own = own_bulletin(ledger, where.programme.key, where.month, where.area.code) if kind == "bulletin" else None
    if own and not request.args.get("corrects"):
        return redirect(url_for("bulletin_files.show", sequence=own.sequence), 303)
    project = request.args.get("project", "")
    paper = KINDS[kind].compose(where, Asked(ledger, where.programme, where.month, where.area, project=project))
    about = _about(where, kind)
    digest = digest_of(about, paper.content)
    job = {"kind": kind, "about": about, "name": paper.name, "what": paper.what, "seconds": paper.seconds}
    try:
        ask(ledger.directory, digest, job, paper.content)
    except StorageError as error:
        return _page(where, kind, job, None, str(error)), 503
    standing = printing_of(ledger.directory, digest)
    if standing is not None and standing.printed is not None:
        return _file(standing.printed, paper.name)
    return redirect(where.to("printed.show", kind=kind, **_kept("project", "corrects"), job=digest), 303)


@blueprint.post("/printed/<month>/<area>/<kind>.pdf")
@room(Permission.READ)
def again(month: str, area: str, kind: str) -> ResponseReturnValue:
    """Print once more what failed."""
    ledger = page_ledger()
    where = _asked_where(ledger, month, area, kind)
    standing = _asked_for(ledger, where, kind)
    try:
        if standing is not None and not standing.running and standing.printed is None:
            begin_anew(ledger.directory, standing.digest)
    except StorageError as error:
        return _page(where, kind, standing.job if standing else {}, None, str(error)), 503
    job = standing.digest if standing else None
    return redirect(where.to("printed.show", kind=kind, **_kept("project", "corrects"), job=job), 303)


def _asked_where(ledger: Ledger, month: str, area: str, kind: str) -> Where:
    where = where_of(ledger, month, area)
    if kind not in KINDS:
        listed = "、".join(KINDS)
        raise NotThereError(f"没有“{kind[:40]}.pdf”这种文件。可以打印的有 {listed}，例如 bulletin.pdf。")
    return where


def _about(where: Where, kind: str) -> dict[str, str]:
    """Give what an address asks for: work that was asked for by another address is none of its business."""
    return {
        "programme": where.programme.key, "month": where.month, "area": where.area.code, "kind": kind,
        "project": request.args.get("project", ""), "corrects": request.args.get("corrects", ""),
    }  # fmt: skip


def _asked_for(ledger: Ledger, where: Where, kind: str) -> Printing | None:
    standing = printing_of(ledger.directory, request.args.get("job", ""))
    return standing if standing is not None and standing.job.get("about") == _about(where, kind) else None


def _answer(ledger: Ledger, where: Where, kind: str, standing: Printing) -> ResponseReturnValue:
    """Give the file of what was asked for, or how far it is; it is begun where a process is free by now."""
    if standing.printed is not None:
        return _file(standing.printed, str(standing.job["name"]))
    try:
        begin(ledger.directory, standing.digest)
    except StorageError as error:
        return _page(where, kind, standing.job, None, str(error)), 503
    return _page(where, kind, standing.job, standing)


def _file(path: Path, name: str) -> ResponseReturnValue:
    content = BytesIO(path.read_bytes())
    response = send_file(content, "application/pdf", as_attachment=False, download_name=f"{name}.pdf")
    response.headers["Cache-Control"] = "no-store"
    response.headers["Content-Security-Policy"] = PDF_POLICY
    return response


def _page(where: Where, kind: str, job: Mapping[str, Any], standing: Printing | None, sentence: str = "") -> str:
    return progress_page(
        where,
        "list" if kind in ("list", "dossier") else "bulletin",
        job,
        standing,
        sentence or ((standing.outcome or {}).get("sentence", "") if standing else ""),
        here=where.to("printed.show", kind=kind, **_kept("project", "corrects", "job")),
        back=KINDS[kind].back(where, request.args.get("project", "")),
    )


def progress_page(
    where: Where, room_key: str, job: Mapping[str, Any], standing: Printing | None, sentence: str = "", *,
    here: str, back: str,
) -> str:  # fmt: skip
    """Give the page that tells how far a document is, or why it was not printed; `here` is its own address."""
    return render_template(
        "printing.html", where=where, room=room_key, job=job, standing=standing, sentence=sentence,
        at_once=AT_ONCE, here=here, back=back, form=WritingForm(formdata=None),
    )  # fmt: skip
