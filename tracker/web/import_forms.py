"""Import forms: what is asked for when a list is sent, confirmed, given up or taken back."""

from __future__ import annotations

from flask_wtf.file import FileField, FileRequired
from wtforms import BooleanField, HiddenField, SelectField, StringField, SubmitField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError
from wtforms.widgets import MonthInput

from tracker.model.months import chinese_month, is_month
from tracker.model.places import Place, PlaceLevel
from tracker.web.forms import WritingForm
from tracker.web.whereabouts import Where, short_code

_LONGEST_REASON = 200

Choices = dict[str, list[tuple[str, str]]]
"""What a chooser offers: by the heading of each group, what is sent and what is read."""


class UploadForm(WritingForm):
    """A list and what it speaks of."""

    workbook = FileField(
        "清单文件",
        [FileRequired("请选择要导入的清单文件。如果刚才选过，浏览器不会保留，需要重新选一次。")],
        render_kw={"accept": ".xlsx,.xls,.ods,.csv,.txt"},
    )
    month = StringField(
        "填报月",
        [InputRequired("请写填报月，例如 2024-08。")],
        widget=MonthInput(),
        render_kw={"placeholder": "2024-08", "pattern": "[0-9]{4}-[0-9]{2}", "maxlength": 7},
    )
    area = SelectField("清单范围")
    programme = HiddenField()
    today: str
    """This month `YYYY-MM`: no later one can be reported yet."""

    def validate_month(self, field: StringField) -> None:
        """Refuse what is no month that has begun, in the words of the command line."""
        month = (field.data or "").strip()
        if not is_month(month):
            raise ValidationError(f"“{month}”应写成 YYYY-MM，例如 2024-08。")
        if month > self.today:
            raise ValidationError(f"{chinese_month(month)}还没有到，请核对月份。")
        field.data = month


class ConfirmForm(WritingForm):
    """The plan that was seen, and whether its questions are answered."""

    agreed = HiddenField()
    accept = BooleanField("“请确认”的内容都已核对属实，照样登记")


class DiscardForm(WritingForm):
    """Nothing but the token."""


class WorkForm(WritingForm):
    """Which of its two buttons was pressed on a page that tells how far a long list is."""

    stop = SubmitField("停止比对")
    again = SubmitField("重新比对")


class MappingForm(WritingForm):
    """The buttons of the mapping page; what it asks of each sheet and column has names of its own."""

    again = SubmitField("重新读表头")
    go_on = SubmitField("按这样读，去核对")


class ForgetForm(WritingForm):
    """Which remembered heading is to be forgotten; `owner` is the code of the area that it was chosen for."""

    owner = HiddenField()
    parent = HiddenField()
    heading = HiddenField()
    programme = HiddenField()


class UndoForm(WritingForm):
    """Why an import is taken back."""

    reason = StringField(
        "撤销的理由",
        [
            DataRequired("请写明为什么撤销，例如：导错了月份。"),
            Length(max=_LONGEST_REASON, message=f"理由请写在 {_LONGEST_REASON} 个字以内。"),
        ],
        render_kw={"maxlength": _LONGEST_REASON, "autocomplete": "off"},
    )


def upload_form(where: Where, today: str) -> UploadForm:
    """Give the form for a programme, set to a page's month and area; `today` is this month `YYYY-MM`."""
    form = UploadForm(month=where.month, area=where.code, programme=where.programme.key)
    form.today = today
    form.area.choices = area_choices(where)
    return form


def area_choices(where: Where) -> Choices:
    """Give the areas a list can be of: the whole, and beneath each of its parts that part and those in it."""
    top, places = where.top, where.places
    choices: Choices = {"全部": [_choice(top)]}
    for part in places.children(top):
        beneath = places.children(part)
        if top.level is PlaceLevel.COUNTRY:
            # Three thousand counties are no choice; whoever sends one county's list may name its city.
            beneath = [place for place in beneath if place.level is PlaceLevel.CITY]
        if beneath:
            choices[part.name] = [_choice(part), *map(_choice, beneath)]
        else:
            choices.setdefault(f"{top.name}各地", []).append(_choice(part))
    return choices


def _choice(place: Place) -> tuple[str, str]:
    return short_code(place), place.name
