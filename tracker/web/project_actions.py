"""Project actions: rename, move, terminate, split and correct a project, each from a month on and with a reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, redirect, render_template, request
from flask.typing import ResponseReturnValue
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired

from tracker.exchange.imports.correcting import Correction, read_correction
from tracker.ledger.handle import Ledger, RefusedError, UnknownError
from tracker.ledger.months import Phase, months
from tracker.ledger.projects import (
    Change,
    changes_of,
    correct,
    move,
    project_programme,
    rename,
    split,
    state_at,
    terminate,
)
from tracker.ledger.writing import AlreadyRecordedError, Writing, writing
from tracker.model.fields import FIELDS, Field
from tracker.model.folding import State
from tracker.model.months import chinese_month
from tracker.model.record_words import RECORD_WORDS
from tracker.web.forms import WritingForm, choices, new_key, request_key
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError, Where, unknown_project, where_of
from tracker.web.wording import DASH

blueprint = Blueprint("project_actions", __name__)

WORDS = {"rename": "更名", "move": "换县", "terminate": "终止", "split": "拆分", "correct": "更正"}
"""Each action's word, in the order of the menu."""

_EXPLAINED = {
    "rename": "编码不变；名称从所选月份起改用新的，以前各月的清单仍用原名。",
    "move": "编码不变；从所选月份起列入新的县（市、区），以前各月仍在原来的县。",
    "terminate": "从所选月份起离开清单；以前各月不变，档案保留。",
    "split": "原项目从所选月份起离开清单，各子项目登记为新项目，沿用县、类别、级别和计划时间。",
    "correct": "原来的记录保留，更正盖在上面，从所选月份起生效。",
}


class ActionForm(WritingForm):
    """What every action needs: from which month on, and why; `seen` is the number of the last change it was shown."""

    key = HiddenField()
    seen = HiddenField()
    month = SelectField("从哪个月起", validate_choice=False)
    reason = StringField("理由", [DataRequired("请写明理由，例如：县政府批复更名。")])


class RenameForm(ActionForm):
    """A new name."""

    name = StringField("新名称", [DataRequired("请填写新名称。")])


class MoveForm(ActionForm):
    """Another county or zone of the programme's area."""

    county = SelectField("换到哪个县（市、区）", validate_choice=False)


class SplitForm(ActionForm):
    """The parts' names, one a line."""

    names = TextAreaField("各子项目的名称，一行一个", [DataRequired("请填写至少两个子项目的名称，一行一个。")])


class CorrectForm(ActionForm):
    """A correction; its fields are read from the request by their names."""

    confirmed = BooleanField("上面的疑问已核对，属实")


_LONGEST_NUMBER = 16

SEEN = "seen-"
"""What stands before a field's name where the form says what the field showed."""

_FORMS: dict[str, type[ActionForm]] = {
    "rename": RenameForm, "move": MoveForm, "terminate": ActionForm, "split": SplitForm, "correct": CorrectForm,
}  # fmt: skip

CORRECTED: tuple[Field, ...] = tuple(field for field in FIELDS if field.name not in ("code", "name", "county"))
"""The fields that a correction may change; name and county have actions of their own."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The project that is acted on: where it stands at the month, and its state then."""

    code: str
    where: Where
    state: State

    @property
    def name(self) -> str:
        """Give its name at the month."""
        name: str = self.state.values["name"]
        return name


@dataclass(frozen=True, slots=True)
class Conflict:
    """What somebody else did about a project since a form was shown, and what it changed.

    `facts` are (heading, what held then, what holds now, what was filled in here).
    """

    changes: list[Change]
    facts: list[tuple[str, str, str, str]]

    @property
    def sentence(self) -> str:
        """Say what happened."""
        words = "、".join(dict.fromkeys(RECORD_WORDS[change.kind] for change in self.changes))
        return f"您打开本页以后，这个项目又登记了{words}，您的没有登记。您填的都还在，核对后再点一次，以您填的为准。"


class _MovedOnError(RefusedError):
    """Somebody else changed the project since the form was shown."""

    def __init__(self, conflict: Conflict) -> None:
        super().__init__(conflict.sentence)
        self.conflict = conflict


_NAME, _COUNTY, _LIST = "名称", "县（市、区）", "清单"


def _refuse_moved(ledger: Ledger, subject: Subject, action: str, form: Any) -> None:
    """Refuse what was filled in over a project that has changed since. Raises _MovedOnError."""
    # A correction tells field by field what moved on.
    written = form.seen.data or ""
    seen = int(written) if written.isascii() and written.isdecimal() and len(written) < _LONGEST_NUMBER else 0
    changes = changes_of(ledger, subject.code, seen)
    if action == "correct" or not changes:
        return
    where = subject.where
    now = state_at(ledger, where.programme, subject.code, where.month)
    then, holds = _facts(where, state_at(ledger, where.programme, subject.code, where.month, seen)), _facts(where, now)
    mine = _mine(where, action, form)
    facts = [
        (name, then[name], holds[name], mine.get(name, ""))
        for name in (_NAME, _COUNTY, _LIST)
        if then[name] != holds[name] or name in mine
    ]
    raise _MovedOnError(Conflict(changes, facts))


def _mine(where: Where, action: str, form: Any) -> dict[str, str]:
    """Give what an action would make of a project, by the heading of what it changes."""
    if action == "rename":
        return {_NAME: form.name.data or ""}
    if action == "move":
        return {_COUNTY: _place_name(where, form.county.data or "")}
    return {_LIST: f"{WORDS[action]}，离开清单"}


def _facts(where: Where, state: State | None) -> dict[str, str]:
    if state is None:
        return {_NAME: DASH, _COUNTY: DASH, _LIST: DASH}
    return {
        _NAME: state.values["name"],
        _COUNTY: _place_name(where, state.values["county"]),
        _LIST: "在清单内" if state.listed else "已离开清单",
    }


def _place_name(where: Where, code: str) -> str:
    place = where.places.find(code)
    return where.places.full_name(place) if place else code


def _subject(code: str, asked: str | None) -> Subject:
    """Find a project in the caller's scope at a month. Raises NotThereError."""
    ledger = page_ledger()
    try:
        key = project_programme(ledger, code)
    except UnknownError as error:
        raise unknown_project(code) from error
    where = where_of(ledger, asked or None, None, key)
    state = state_at(ledger, where.programme, code, where.month)
    place = where.places.find(state.values["county"]) if state else None
    if where.scope is not None and (place is None or not place.within(where.scope)):
        raise unknown_project(code)
    if state is None or place is None:
        raise NotThereError(f"{where.month_words}时项目 {code} 还没有登记，请选登记之后的月份。")
    return Subject(code, where_of(ledger, where.month, place.code, key), state)


@blueprint.get("/project/<code>/<action>")
@room(Permission.PROJECTS)
def show(code: str, action: str) -> ResponseReturnValue:
    """Show the form of an action about a project as of a month (`?month=`)."""
    kind = _kind(action)
    subject = _subject(code, request.args.get("month"))
    form = kind(formdata=None, data={"key": new_key(), "month": subject.where.month, "name": subject.name})
    form.seen.data = _last_change(code)
    return _page(subject, action, form, None)


def _last_change(code: str) -> str:
    return str(max((change.sequence for change in changes_of(page_ledger(), code)), default=0))


def _kind(action: str) -> type[ActionForm]:
    if action not in _FORMS:
        raise NotThereError(f"没有“{action}”这种操作；可以{'、'.join(WORDS.values())}。")
    return _FORMS[action]


def _page(
    subject: Subject, action: str, form: ActionForm, correction: Correction | None, refusal: str = "",
    conflict: Conflict | None = None,
) -> str:  # fmt: skip
    where = subject.where
    known = months(page_ledger(), where.programme.key)
    form.month.choices = choices(
        (each.month, chinese_month(each.month) + ("（已封账）" if each.phase is Phase.CLOSED else ""))
        for each in reversed(known.values())
    )
    if isinstance(form, MoveForm):
        form.county.choices = choices(
            (place.code, where.places.full_name(place)) for place in where.places.units(where.top)
        )
        if not form.is_submitted():
            form.county.data = where.area.code
    correction = correction or read_correction(where.programme, where.places, subject.state, where.month, {})
    return render_template(
        "project_action.html",
        where=where, room="dossier", kept={"code": subject.code}, subject=subject, action=action, words=WORDS,
        explained=_EXPLAINED[action], form=form, refusal=refusal, correction=correction,
        conflict=conflict, record_words=RECORD_WORDS,
        fields=CORRECTED if action == "correct" else (), seen=SEEN,
        closed=[each.month for each in known.values() if each.phase is Phase.CLOSED],
    )  # fmt: skip


@blueprint.post("/project/<code>/<action>")
@room(Permission.PROJECTS)
def act(code: str, action: str) -> ResponseReturnValue:
    """Carry an action out; the dossier shows it afterwards."""
    form = _kind(action)()
    subject = _subject(code, form.month.data)
    correction = None
    if action == "correct":
        texts, seen = _sent(""), _sent(SEEN)
        correction = read_correction(
            subject.where.programme, subject.where.places, subject.state, subject.where.month, texts, seen
        )
    if not form.validate():
        return _page(subject, action, form, correction), 422
    refusal = _refusal(correction, form)
    if refusal:
        return _page(subject, action, form, correction, refusal), 422
    try:
        with (
            writable_ledger() as ledger,
            writing(ledger, request_key(action, form.key.data), identity().person) as writes,
        ):
            _refuse_moved(ledger, subject, action, form)
            _ACTIONS[action](writes, subject, form, correction)
    except AlreadyRecordedError:
        pass
    except _MovedOnError as error:
        form.seen.data = str(error.conflict.changes[-1].sequence)
        return _page(subject, action, form, correction, str(error), error.conflict), 409
    except RefusedError as error:
        return _page(subject, action, form, correction, str(error)), 409
    return redirect(subject.where.to_project(code), 303)


def _sent(before: str) -> dict[str, str]:
    """Give the texts that the form sends of the fields, or of what they showed when it was filled."""
    return {field.name: request.form[before + field.name] for field in CORRECTED if before + field.name in request.form}


def _refusal(correction: Correction | None, form: ActionForm) -> str:
    if correction is None or not isinstance(form, CorrectForm):
        return ""
    if correction.moved:
        return (
            f"有 {len(correction.moved)} 栏在您填写时被别人改过，现在的值写在各栏下面；您填的都还在。"
            "核对后再点一次，以您填的为准。"
        )
    if correction.to_mend:
        return f"还有 {len(correction.to_mend)} 处要改，见各栏下面的红字。"
    if correction.doubts and not form.confirmed.data:
        return f"有 {len(correction.doubts)} 处疑问，见各栏下面；核对属实请勾选确认。"
    return "" if correction.values or correction.cleared else "没有改动任何一栏；请改好再更正。"


def _correct(writes: Writing, subject: Subject, form: Any, said: Correction | None) -> None:
    if said is not None:
        at, reason = subject.where, form.reason.data
        correct(writes, at.programme, subject.code, at.month, said.values, said.cleared, reason)


_Action = Callable[[Writing, Subject, Any, Correction | None], object]


def _place(subject: Subject, code: str | None) -> Any:
    place = subject.where.places.find(code or "")
    if place is None or not place.within(subject.where.top) or not subject.where.places.is_unit(place):
        raise RefusedError("请选一个县（市、区）或开发区。")
    return place


_ACTIONS: dict[str, _Action] = {
    "rename": lambda writes, at, form, _: rename(
        writes, at.where.programme, at.code, form.name.data, at.where.month, form.reason.data),
    "move": lambda writes, at, form, _: move(
        writes, at.where.programme, at.code, _place(at, form.county.data), at.where.month, form.reason.data),
    "terminate": lambda writes, at, form, _: terminate(
        writes, at.where.programme, at.code, at.where.month, form.reason.data),
    "split": lambda writes, at, form, _: split(
        writes, at.where.programme, at.code, [name for name in form.names.data.splitlines() if name.strip()],
        at.where.month, form.reason.data),
    "correct": _correct,
}  # fmt: skip
