"""Words of a bulletin: the page on which the task force words it part by part, around figures that stay the ledger's.

Nothing that was typed is lost: what is refused, and what somebody else changed meanwhile, comes back in the form.
"""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue

from tracker.exchange.bulletins.composing import composed, wording_place
from tracker.exchange.tables.asking import Asked
from tracker.ledger.bulletins import (
    Issued,
    Wording,
    WordingConflictError,
    WordingPlace,
    own_bulletin,
    save_wordings,
    wordings_of,
)
from tracker.ledger.handle import StorageError
from tracker.model.faults import Severity
from tracker.web.bulletin_parts import Clash, PartRow, Typed, Words, unanswered
from tracker.web.bulletin_text import corrected_of, grouped_figures, ways_of
from tracker.web.forms import WritingForm
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import Where, where_of

blueprint = Blueprint("bulletin_words", __name__)


@blueprint.route("/bulletin/<month>/<area>/words", methods=["GET", "POST"])
@room(Permission.BULLETINS)
def edit(month: str, area: str) -> ResponseReturnValue:
    """Show the words of a bulletin part by part (`?corrects=` for those of a correction), and save them.

    The form's `do` says what a press asks for: to save, to look without saving, or to put a part's own words
    (`default|part`) or those that stand now (`standing|part`) into its field.
    """
    ledger = page_ledger()
    where = where_of(ledger, month, area)
    corrects = corrected_of(ledger, where, request.args.get("corrects"))
    asked = Asked(ledger, where.programme, where.month, where.area)
    place = wording_place(asked, corrects)
    words = Words(composed(asked, corrects=corrects, annexed=False), wordings_of(ledger, place), ways_of(where, asked))
    page = _Page(where, corrects, words, _issued(where) if corrects is None else None)
    if request.method == "GET":
        if page.issued or not asked.tally["projects"]:
            return redirect(where.to("bulletins.show"), 303)
        return page.shown(words.as_they_stand(), saved=_saved_parts(words))
    typed = words.typed_in(request.form)
    do, _, part = request.form.get("do", "save").partition("|")
    if page.issued:
        said = f"通报已经印发（{page.issued.number}），印发后不再改动；如果有错，请另发更正通报。"
        return page.shown(typed, said), 409
    if do in ("default", "standing") and part in typed:
        typed[part] = replace(typed[part], text=words.default(part) if do == "default" else words.standing(part))
    if do != "save":
        return page.shown(typed, looked=True)
    return _saved(page, place, typed)


def _saved(page: _Page, place: WordingPlace, typed: dict[str, Typed]) -> ResponseReturnValue:
    """Save what was touched, or show the form again with what keeps it from being saved."""
    words = page.words
    touched = {part: each for part, each in typed.items() if each.touched}
    faults = {part: found for part, found in words.faults(typed).items() if part in touched}
    to_mend = sum(fault.severity is not Severity.ASK for found in faults.values() for fault in found)
    to_answer = sum(len(unanswered(found, typed[part].sure)) for part, found in faults.items())
    if to_mend or to_answer:
        said = [f"{to_mend} 处要改"] * bool(to_mend) + [f"{to_answer} 处数字要核实"] * bool(to_answer)
        return page.shown(typed, f"没有保存：有 {'，'.join(said)}，见各段下面。您填的都还在。"), 422
    texts = {part: None if each.text == words.default(part) else each.text for part, each in touched.items()}
    try:
        with writable_ledger() as ledger:
            seen = {part: each.seen for part, each in typed.items()}
            save_wordings(ledger, place, texts, seen, identity().person)
    except WordingConflictError as conflict:
        return _conflict(page, typed, conflict), 409
    except StorageError as error:
        return page.shown(typed, f"{error}您填的都还在。"), 503
    return redirect(page.address(saved=" ".join(touched)), 303)


def _conflict(page: _Page, typed: dict[str, Typed], conflict: WordingConflictError) -> str:
    """Show what others saved meanwhile beside what was typed; saved once more, what was typed stands."""
    words = page.words
    for part, standing in conflict.standing.items():
        now = words.default(part) if standing.text is None else standing.text
        words.clashes[part] = Clash(typed[part].shown, now, standing.saved_at, standing.saved_by)
        typed[part] = replace(typed[part], shown=now, seen=standing.version)
    return page.shown(
        typed,
        f"没有保存：有 {len(conflict.standing)} 处在您打开以后别人改过，两份都在下面。您填的都还在，"
        "核对后再保存一次，以您填的为准。",
    )


class _Page:
    """The page of one bulletin's words."""

    def __init__(self, where: Where, corrects: Issued | None, words: Words, issued: Issued | None) -> None:
        self.where, self.corrects, self.words, self.issued = where, corrects, words, issued

    def address(self, endpoint: str = "bulletin_words.edit", **more: str | None) -> str:
        """Give the address of a page about the same bulletin."""
        return self.where.to(endpoint, corrects=self.corrects.number if self.corrects else None, **more)

    def shown(
        self, typed: dict[str, Typed], refusal: str = "", *, looked: bool = False, saved: list[str] | None = None
    ) -> str:
        """Give the page with a form that holds these words."""
        words = self.words
        rows = words.rows(typed)
        return render_template(
            "bulletin_words.html",
            where=self.where,
            room="bulletin",
            page=self,
            form=WritingForm(formdata=None),
            heads=[row for row in rows if row.head],
            sections=[row for row in rows if not row.head],
            changed=sum(row.changed for row in rows),
            unsaved=sum(row.text != words.standing(row.part) for row in rows),
            last=_last(rows),
            groups=grouped_figures(words.draft.bulletin.figures),
            refusal=refusal,
            looked=looked,
            saved=saved,
        )


def _issued(where: Where) -> Issued | None:
    return own_bulletin(page_ledger(), where.programme.key, where.month, where.area.code)


def _last(rows: list[PartRow]) -> Wording | None:
    """Give the words that were saved last."""
    return max((row.saved for row in rows if row.saved), key=lambda each: each.saved_at, default=None)


def _saved_parts(words: Words) -> list[str] | None:
    """Give the titles of the parts that were just saved, None where the address says nothing of it."""
    said = request.args.get("saved")
    return None if said is None else [words.title(part) for part in said.split() if part in words.draft.defaults]
