"""Programmes: the system administrator makes them from a definition, sets them, and registers ranking units."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import Blueprint, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf.file import FileField
from wtforms import HiddenField, IntegerField, RadioField, SelectField, StringField
from wtforms.validators import DataRequired, InputRequired, Length, Optional

from tracker.exchange.programme_file import (
    LARGEST_DEFINITION,
    NATIONAL,
    SHANXI,
    DefinitionError,
    programme_in,
    read_programme,
    record_programme,
    record_unit,
)
from tracker.ledger.handle import LedgerError, RefusedError
from tracker.ledger.programmes import definition_number, months_of, places_of, programmes, units_of
from tracker.ledger.writing import AlreadyRecordedError, Writing, writing
from tracker.model.places import Unit
from tracker.model.programme import Denominator, Programme, TieRule, definition_faults
from tracker.model.stages import STAGE_WORDS, Stage
from tracker.web.forms import WritingForm, choices, new_key, request_key
from tracker.web.identity import identity
from tracker.web.page_ledger import page_ledger, writable_ledger
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import NotThereError

blueprint = Blueprint("programmes", __name__)

_SHIPPED = {path.stem: path for path in (SHANXI, NATIONAL)}
_FILE = "file"
_UNIT = "unit-"
"""What stands before the names of the unit's fields: two forms share the page."""
_LONGEST_REASON = 500
_REASON = Length(max=_LONGEST_REASON, message=f"理由最多 {_LONGEST_REASON} 个字，请写要点。")

TIE_WORDS = {TieRule.SKIP: "并列之后跳号：1、1、3", TieRule.DENSE: "并列之后连号：1、1、2"}
DENOMINATOR_WORDS = {
    Denominator.ALL: "全部项目",
    Denominator.START_THIS_YEAR: "计划当年开工的项目",
    Denominator.START_BY_NOW: "计划到本月应开工的项目",
    Denominator.COMPLETION_BY_NOW: "计划到本月应完工的项目",
}
_LEVELS = [("1", "一级：市或省审核一次"), ("2", "两级：市审核后，省终审")]
_YES_NO = [("yes", "是"), ("no", "否")]


class MakeForm(WritingForm):
    """A new programme: one of the definitions that come with the program, or an office's own."""

    key = HiddenField()
    source = RadioField("定义", validate_choice=False)
    file = FileField("专项定义文件（.toml）")
    reason = StringField("理由", [Optional(), _REASON])


class UnitForm(WritingForm):
    """A ranking unit that is no division: a development zone."""

    key = HiddenField()
    code = StringField("代码", [DataRequired("请填写代码，例如 140771。")])
    name = StringField("名称", [DataRequired("请填写名称，例如 晋中经济技术开发区。")])
    city = StringField("所属的市（代码）", [DataRequired("请填写市的代码，例如 1407。")])
    reason = StringField("理由", [DataRequired("请写明理由，例如：省专班通知单列排名。"), _REASON])


class SettingsForm(WritingForm):
    """A programme's settings; `seen` is the number of the definition that the form was filled from."""

    key = HiddenField()
    seen = HiddenField()
    name = StringField("名称", [DataRequired("请填写专项名称。")])
    expected_projects = IntegerField("公布的项目数", [Optional()])
    categories_complete = SelectField("类别名单是否完整", choices=choices(_YES_NO))
    decimals = IntegerField("比率的小数位数", [InputRequired("请填写 0、1 或 2。")])
    tie_rule = SelectField("并列后的名次", choices=choices(TIE_WORDS.items()))
    start_denominator = SelectField("开工率的分母", choices=choices(DENOMINATOR_WORDS.items()))
    completion_denominator = SelectField("完工率的分母", choices=choices(DENOMINATOR_WORDS.items()))
    reporting_day = IntegerField("报送日（次月）", [InputRequired("请填写 1 到 28。")])
    review_levels = SelectField("审核级数", choices=choices(_LEVELS))
    separate_groups = SelectField("县和开发区分开排名", choices=choices(_YES_NO))
    reason = StringField("理由", [DataRequired("请写明为什么改，例如：省专班通知改为每月 8 日报送。"), _REASON])


SETTINGS = tuple(
    name for name in SettingsForm.__dict__ if name not in ("key", "seen", "reason") and not name.startswith("_")
)
"""The settings that a page may change, the same as the command line's, in the order of the form."""

_OF_TEXT: dict[str, Callable[[str], Any]] = {
    "categories_complete": lambda said: said == "yes",
    "separate_groups": lambda said: said == "yes",
    "tie_rule": TieRule,
    "start_denominator": Denominator,
    "completion_denominator": Denominator,
    "review_levels": int,
    "name": lambda said: " ".join(said.split()),
}
_HINTS = {
    "expected_projects": "没有公布就空着",
    "categories_complete": "“是”表示名单以外的类别不收；“否”表示名单以外的类别先问一句",
    "decimals": "0 到 2",
    "reporting_day": "1 到 28；次月这一天以前报送为按时",
}


@blueprint.get("/programmes")
@room(Permission.PROGRAMMES)
def show() -> ResponseReturnValue:
    """Show the programmes of the ledger, and the form that makes one."""
    return _page(
        MakeForm(formdata=None, data={"key": new_key(), "source": "" if programmes(page_ledger()) else SHANXI.stem})
    )


def _page(form: MakeForm, faults: str = "") -> str:
    ledger = page_ledger()
    rows = [(each, _area(each), months_of(ledger, each.key)) for each in programmes(ledger)]
    shipped = {stem: read_programme(path)[0] for stem, path in _SHIPPED.items()}
    form.source.choices = choices(
        [
            *((stem, f"{each.name}（{_area(each)}，{_amount(each)}）") for stem, each in shipped.items()),
            (_FILE, "自己的定义文件"),
        ]
    )
    return render_template(
        "programmes.html", room="programmes", rows=rows, form=form, faults=faults, size=LARGEST_DEFINITION // 1024
    )


def _area(programme: Programme) -> str:
    place = places_of(page_ledger(), programme).find(programme.area)
    return place.name if place else programme.area


def _amount(programme: Programme) -> str:
    categories = f"类别 {len(programme.categories)} 个" if programme.categories else "类别不限"
    return f"{categories}，公布 {programme.expected_projects} 项" if programme.expected_projects else categories


@blueprint.post("/programmes")
@room(Permission.PROGRAMMES)
def make() -> ResponseReturnValue:
    """Make a programme from the chosen definition."""
    form = MakeForm()
    if not form.validate():
        return _page(form), 422
    try:
        programme, units = _definition(form)
        with (
            writable_ledger() as ledger,
            writing(ledger, request_key("programme", form.key.data), identity().person) as writes,
        ):
            record_programme(writes, programme, units, form.reason.data or None)
    except AlreadyRecordedError:
        pass
    except RefusedError as refusal:
        return _page(form, str(refusal)), 409
    except DefinitionError as error:
        return _page(form, str(error)), 422
    return redirect(url_for("programmes.show_one", key=programme.key), 303)


def _definition(form: MakeForm) -> tuple[Programme, list[Unit]]:
    """Read the chosen definition. Raises DefinitionError."""
    if form.source.data in _SHIPPED:
        return read_programme(_SHIPPED[form.source.data])
    if form.source.data != _FILE or not form.file.data:
        raise DefinitionError("请选一份随程序附带的定义，或选“自己的定义文件”并附上 .toml 文件。")
    name = (form.file.data.filename or "定义文件")[-100:]
    programme, units = programme_in(form.file.data.read(LARGEST_DEFINITION + 1), name)
    if programme.demonstration:
        # Invented data lets everybody at the machine in without a password: nobody may say that of a real ledger.
        raise DefinitionError(f"“{name}”里写了 demonstration（示例数据）；示例专项只能由 app.py init --demo 建立。")
    return programme, units


@blueprint.get("/programmes/<key>")
@room(Permission.PROGRAMMES)
def show_one(key: str) -> ResponseReturnValue:
    """Show one programme's definition, its ranking units, and the forms that change them."""
    programme = _programme(key)
    return _one_page(programme, _settings_form(programme), _unit_form())


def _programme(key: str) -> Programme:
    found = {each.key: each for each in programmes(page_ledger())}
    if key not in found:
        raise NotThereError(f"台账里没有代号为“{key}”的专项。")
    return found[key]


def _settings_form(programme: Programme) -> SettingsForm:
    held = {name: _as_chosen(getattr(programme, name)) for name in SETTINGS}
    seen = definition_number(page_ledger(), programme.key)
    return SettingsForm(formdata=None, data={"key": new_key(), "seen": str(seen), **held})


def _unit_form() -> UnitForm:
    return UnitForm(formdata=None, prefix=_UNIT, data={"key": new_key()})


def _as_chosen(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return getattr(value, "value", value)


def _one_page(
    programme: Programme, form: SettingsForm, unit: UnitForm, refusal: str = "", moved: dict[str, str] | None = None
) -> str:
    ledger = page_ledger()
    started = [STAGE_WORDS[stage] for stage in Stage if stage in programme.started_stages]
    completed = [STAGE_WORDS[stage] for stage in Stage if stage in programme.completed_stages]
    units = [(each, _city(programme, each.city)) for each in units_of(ledger, programme.key)]
    return render_template(
        "programme.html", room="programmes", programme=programme, area=_area(programme), form=form, unit=unit,
        units=units, settings=SETTINGS, hints=_HINTS, refusal=refusal, moved=moved or {},
        months=months_of(ledger, programme.key), started=started, completed=completed,
    )  # fmt: skip


def _city(programme: Programme, code: str) -> str:
    place = places_of(page_ledger(), programme).find(code)
    return place.name if place else code


@blueprint.post("/programmes/<key>")
@room(Permission.PROGRAMMES)
def change(key: str) -> ResponseReturnValue:
    """Change a programme's settings; every figure that follows from them is computed anew."""
    programme = _programme(key)
    form = SettingsForm()
    if not form.validate():
        return _one_page(programme, form, _unit_form()), 422
    if form.seen.data != str(definition_number(page_ledger(), key)):
        moved = _moved(programme, form)
        form.seen.data = str(definition_number(page_ledger(), key))
        sentence = "这个专项的设置刚刚有人改过；您填的都在下面，与现在不同的几栏注明了现在的值。核对后再保存。"
        return _one_page(programme, form, _unit_form(), sentence, moved), 409
    changed = replace(programme, **{name: _value(name, getattr(form, name).data) for name in SETTINGS})
    faults = definition_faults(changed)
    if any(each.name == changed.name for each in programmes(page_ledger()) if each.key != key):
        faults.append(f"已有名为“{changed.name}”的专项，请换一个名称。")
    if faults:
        return _one_page(programme, form, _unit_form(), "".join(faults)), 422

    def define(writes: Writing) -> None:
        if form.seen.data != str(definition_number(writes.ledger, key)):
            raise RefusedError("这个专项的设置刚刚有人改过，请再核对一遍。")
        writes.define_programme(changed, (form.reason.data or "").strip())

    if changed == programme:
        return _one_page(programme, form, _unit_form(), "设置本来就是这样，没有改动。"), 422
    refusal = _recorded(request_key("programme", form.key.data), define)
    if refusal:
        return _one_page(programme, form, _unit_form(), refusal), 409
    return redirect(url_for("programmes.show_one", key=key), 303)


def _value(name: str, said: Any) -> Any:
    return _OF_TEXT[name](said) if name in _OF_TEXT else said


def _moved(programme: Programme, form: SettingsForm) -> dict[str, str]:
    """Give, for every setting that the form says otherwise, what it is now, in the form's words."""
    moved = {}
    for name in SETTINGS:
        held, field = _as_chosen(getattr(programme, name)), getattr(form, name)
        if str(held if held is not None else "") != str(field.data if field.data is not None else ""):
            words = {each.value: each.label for each in getattr(field, "choices", None) or []}
            moved[name] = "空着" if held is None else words.get(str(held), str(held))
    return moved


@blueprint.post("/programmes/<key>/unit")
@room(Permission.PROGRAMMES)
def add_unit(key: str) -> ResponseReturnValue:
    """Register a ranking unit of a programme."""
    programme = _programme(key)
    form = UnitForm(prefix=_UNIT)
    if not form.validate():
        return _one_page(programme, _settings_form(programme), form), 422
    new = Unit((form.code.data or "").strip(), " ".join((form.name.data or "").split()), (form.city.data or "").strip())

    def register(writes: Writing) -> None:
        record_unit(writes, programme, new, (form.reason.data or "").strip())

    refusal = _recorded(request_key("unit", form.key.data), register)
    if refusal:
        form.code.errors = [refusal]
        return _one_page(programme, _settings_form(programme), form), 409
    return redirect(url_for("programmes.show_one", key=key), 303)


def _recorded(key: str, record: Callable[[Writing], None]) -> str:
    """Carry out one request; gives the sentence of a refusal, "" where it is done or was done before."""
    try:
        with writable_ledger() as ledger, writing(ledger, key, identity().person) as writes:
            record(writes)
    except AlreadyRecordedError:
        return ""
    except LedgerError as refusal:
        return str(refusal)
    return ""
