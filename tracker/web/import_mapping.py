"""Import mapping: somebody says which sheets of an upload are read, where the headings stand and what they mean."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from tracker.exchange.reading.reading_choices import ReadingChoices, column_words
from tracker.exchange.reading.workbooks import Sheet
from tracker.ledger.handle import RefusedError
from tracker.ledger.heading_choices import HeadingChoice, choices_in_force, forget_heading
from tracker.ledger.imports import import_with_key
from tracker.model.faults import Fault
from tracker.web.import_forms import ForgetForm, MappingForm
from tracker.web.import_reading import OPEN, UNIT_CHOICES, choices_said, field_groups, shown_sheets
from tracker.web.import_work import work_in
from tracker.web.imports import read_upload, upload_sent
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.uploads import Upload, choices_of, keep_choices
from tracker.web.whereabouts import Where, place_words, short_code, where_of

blueprint = Blueprint("import_mapping", __name__)

_MOVED = "表头的行改了。下面是按新的行读到的各列，请核对后再继续。"


@blueprint.get("/import/<key>/reading")
@room(Permission.IMPORT)
def show(key: str) -> ResponseReturnValue:
    """Show how an upload's sheets are read, column by column."""
    return _page_of(key)


@blueprint.post("/import/<key>/reading")
@room(Permission.IMPORT)
def choose(key: str) -> ResponseReturnValue:
    """Keep how somebody wants an upload read, and lead on to what it then means."""
    if _is_recorded(key):
        return redirect(url_for("imports.look", key=key), 303)
    upload = upload_sent(key)
    where = where_of(page_ledger(), upload.month, upload.within, upload.programme)
    standing = work_in(upload.folder(page_ledger().directory))
    if standing.running and standing.verb == "confirm":
        return redirect(url_for("imports.look", key=key), 303)
    form = MappingForm()
    sheets = read_upload(page_ledger(), upload)
    if isinstance(sheets, Fault):
        return redirect(url_for("imports.look", key=key), 303)
    said = choices_said(request.form.to_dict(), sheets, _standing(where, upload))
    if said.faults:
        return _page(where, upload, sheets, said.choices, form, said.faults), 422
    keep_choices(upload, page_ledger().directory, said.choices)
    if said.moved:
        return redirect(url_for("import_mapping.show", key=key, moved="1"), 303)
    return redirect(url_for("import_mapping.show" if form.again.data else "imports.look", key=key), 303)


@blueprint.get("/import/headings/<area>")
@room(Permission.IMPORT)
def headings(area: str) -> ResponseReturnValue:
    """Show what the headings of an area's lists are remembered to mean."""
    return _headings_page(where_of(page_ledger(), None, area))


@blueprint.post("/import/headings/<area>")
@room(Permission.IMPORT)
def forget(area: str) -> ResponseReturnValue:
    """Forget what one heading means; lists that were imported stay as they are."""
    where = where_of(page_ledger(), None, area, request.form.get("programme") or None)
    form = ForgetForm()
    with writable_ledger() as ledger:
        # What a wider area chose is for those to change who see all of it.
        owner = where_of(ledger, None, form.owner.data or area, where.programme.key)
        try:
            forget_heading(
                ledger, where.programme.key, owner.area.code, form.parent.data or "", form.heading.data or ""
            )  # fmt: skip
        except RefusedError as error:
            return _headings_page(where, str(error)), 409
    return redirect(url_for("import_mapping.headings", area=where.code, programme=where.programme.key), 303)


def _is_recorded(key: str) -> bool:
    recorded = import_with_key(page_ledger(), key)
    if recorded is not None:
        where_of(page_ledger(), recorded.month, recorded.within, recorded.programme)
    return recorded is not None


def _page_of(key: str) -> ResponseReturnValue:
    if _is_recorded(key):
        return redirect(url_for("imports.look", key=key), 303)
    upload = upload_sent(key)
    where = where_of(page_ledger(), upload.month, upload.within, upload.programme)
    sheets = read_upload(page_ledger(), upload)
    if isinstance(sheets, Fault):
        # What cannot be opened has nothing to point out; the preview says why.
        return redirect(url_for("imports.look", key=key), 303)
    notice = _MOVED if request.args.get("moved") else ""
    return _page(where, upload, sheets, _standing(where, upload), MappingForm(formdata=None), notice=notice)


def _standing(where: Where, upload: Upload) -> ReadingChoices:
    ledger = page_ledger()
    remembered = choices_in_force(ledger, where.programme.key, where.places, where.area)
    return replace(choices_of(upload, ledger.directory), remembered=remembered)


def _page(
    where: Where,
    upload: Upload,
    sheets: list[Sheet],
    choices: ReadingChoices,
    form: MappingForm,
    faults: dict[int, list[str]] | None = None,
    notice: str = "",
) -> str:
    shown = shown_sheets(sheets, choices, faults)
    return render_template(
        "import_mapping.html", where=where, room="import", upload=upload, form=form, sheets=shown,
        groups=field_groups(), units=UNIT_CHOICES, open_token=OPEN, notice_text=notice,
        faults=(faults or {}).get(-1, []), wrong=any(each.faults for each in shown),
        remembered=len(choices.remembered),
        typed=request.form if faults else {},
    )  # fmt: skip


def _headings_page(where: Where, notice: str = "") -> str:
    ledger = page_ledger()
    found = choices_in_force(ledger, where.programme.key, where.places, where.area).values()
    return render_template(
        "import_headings.html", where=where, room="import", notice_text=notice,
        choices=[
            (each, _meaning(each), _owner(where, each), _may_forget(where, each), _forget_form(where, each))
            for each in found
        ],
        areas=_areas(where),
    )  # fmt: skip


def _areas(where: Where) -> list[tuple[str, str]]:
    """Give the areas beside this one whose headings are remembered on their own, as (code, name)."""
    listed = [where.top, *where.places.children(where.top)]
    if where.area not in listed:
        listed.append(where.area)
    return [(short_code(place), place.name) for place in listed]


def _meaning(choice: HeadingChoice) -> str:
    return f"{column_words(choice.field)}{f'（{choice.unit}）' if choice.unit else ''}"


def _owner(where: Where, choice: HeadingChoice) -> str:
    return place_words(where.places, choice.area)


def _may_forget(where: Where, choice: HeadingChoice) -> bool:
    owner = where.places.find(choice.area)
    return owner is not None and owner.within(where.top)


def _forget_form(where: Where, choice: HeadingChoice) -> ForgetForm:
    said = {"owner": choice.area, "parent": choice.parent, "heading": choice.heading, "programme": where.programme.key}
    return ForgetForm(formdata=None, data=said)
