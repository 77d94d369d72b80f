"""Gallery: every piece that pages are made of, in all its states, with invented values: for whoever builds a page."""

from __future__ import annotations

import dataclasses
from fractions import Fraction
from functools import cache

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from markupsafe import escape
from wtforms import BooleanField, DateField, DecimalField, FileField, Form, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than the types
from wtforms.validators import InputRequired

from tracker.exchange.drawing.charts import NARROW, SMALL, WIDE, Column, Line, Rated, line_chart, place_chart, stacked
from tracker.exchange.drawing.charts import Size as PictureSize
from tracker.exchange.programme_file import SHANXI, read_programme
from tracker.ledger.reference import divisions
from tracker.model.measures import Measure, measures_of
from tracker.model.months import last_day
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.model.ranking import Placed
from tracker.web.figures import Figure, Movement
from tracker.web.lamps import Colour, Lamp
from tracker.web.overview import TableRow
from tracker.web.pictures import LinesPicture, StagesPicture, bars_of
from tracker.web.project_rows import ProjectRow, Total
from tracker.web.ranking_rows import FEW_PROJECTS, Asked, Standing, UnitRow
from tracker.web.rankings import SmallTrend
from tracker.web.rooms import Permission, room
from tracker.web.whereabouts import Where
from tracker.web.wording import DASH, bar_width, percent

blueprint = Blueprint("gallery", __name__)

MONTHS = ("2024-03", "2024-04", "2024-05", "2024-06", "2024-07", "2024-08")
HERE = "#top"
"""Where the invented links lead: nowhere but this page."""

_COUNTS = {"started": (3, 5, 8, 9, 11, 12), "completed": (0, 1, 1, 3, 5, 7), "due": (4, 6, 8, 10, 11, 14)}
_STAGES = (
    ("completed", "已完工", 7), ("under_construction", "在建", 5), ("suspended", "停工", 1), ("preparing", "前期", 2),
    ("not_started", "未开工", 4), ("planned", "谋划", 1), ("unknown", "阶段不明", 1),
)  # fmt: skip
_GREYS = {"completed": "#0B5C7D", "under_construction": "#85AEBE", "suspended": "#8A5300", "preparing": "#C4D3DB",
          "not_started": "#D7E0E8", "planned": "#E8EEF2", "unknown": "#F4F7F9"}  # fmt: skip
# Name, place, tied, movement, numerator, denominator: ties, every movement, a rate above 100 %, and one unknown.
_UNITS: tuple[tuple[str, Placed | None, Fraction | None], ...] = (
    ("示例甲市", Placed("1", 1, tied=False, change=2), Fraction(23, 20)),
    ("示例乙市", Placed("2", 2, tied=True, change=0), Fraction(3, 4)),
    ("示例丙市", Placed("3", 2, tied=True, change=-1), Fraction(3, 4)),
    ("名字很长很长的示例经济技术开发区", Placed("4", 4, tied=False), Fraction(1, 3)),
    ("示例丁市", None, None),
)


_STAGES_OFFERED = [SelectChoice("", "请选择"), SelectChoice("preparing", "前期"), SelectChoice("building", "在建")]


class ExampleForm(Form):
    """A form with one field of every kind; what is asked for is invented."""

    name = StringField("项目名称", [InputRequired()])
    total = DecimalField("总投资")
    done = StringField("累计完成投资")
    start = DateField("实际开工")
    stage = SelectField("阶段", choices=_STAGES_OFFERED)
    problem = TextAreaField("存在问题")
    same = BooleanField("与上月相同")
    workbook = FileField("项目清单（Excel）")


@cache
def _programme() -> Programme:
    return dataclasses.replace(read_programme(SHANXI)[0], name="示例专项", demonstration=True)


def _where(month: str = MONTHS[-1], *, several: bool = False) -> Where:
    places = divisions()
    area = places.find("140700")
    assert isinstance(area, Place)  # noqa: S101 - the shipped divisions hold it
    programme = _programme()
    other = dataclasses.replace(programme, key="other", name="另一个示例专项")
    return Where(programme, (programme, other) if several else (programme,), places, area, month, MONTHS)


@blueprint.get("/gallery")
@room(Permission.READ)
def show() -> ResponseReturnValue:
    """Show every piece in all its states."""
    programme = _programme()
    measures = measures_of(programme)
    shown = [measures[key] for key in ("start", "completion", "investment", "progress")]
    asked = Asked(measures["completion"], "city", {"city": "市"}, measures, shown)
    return render_template(
        "gallery.html",
        example=_where(),
        example_several=_where(several=True),
        example_not_open=_where("2024-10"),
        last_day=last_day(MONTHS[-1]),
        figures=_figures(),
        lamps=_lamps(),
        measure=measures["completion"],
        full=bar_width(Fraction(1), Fraction(23, 20)),
        ranked=_ranked(),
        ranked_whole=_table_row("合计", None, Fraction(7, 12), ""),
        asked=asked,
        units=[("设区的市", [_unit(asked, *unit) for unit in _UNITS])],
        whole=_unit(asked, "合计", None, Fraction(7, 12)),
        projects=_projects(),
        total=Total(24, "3200000.00", "1186000.50"),
        trend=_trend(),
        places=_places(),
        stage_picture=_stage_picture(),
        bars=bars_of(
            "示例：各市完工率",
            "五个虚构的市，两个并列第 2，一个缺数据。",
            [_rated(*unit, marked=index == 1) for index, unit in enumerate(_UNITS)],
        ),
        small=_small(),
        form=ExampleForm(data={"name": "示例县污水处理厂提质增效工程", "stage": "building", "same": True}),
        faulty=_faulty(),
    )


def _figures() -> list[Figure]:
    sentence = "示例：这里说明分子、分母各数什么"
    return [
        Figure("示例：上升", "63.6 %", "28 / 44 项", HERE, sentence, Movement(1, "2 项，比上月"), "11 市中第 1", 0, ""),
        Figure("示例：下降", "40.9 %", "18 / 44 项", HERE, sentence, Movement(-1, "1 项，比上月"), "", 0, ""),
        Figure("示例：持平，有缺数据的", "115 %", "31.20 / 27.13 亿元", HERE, sentence, Movement(0, "与上月持平"),
               "11 市中并列第 2", 3, HERE),
        Figure("示例：没有数据", DASH, "0 / 0 项", HERE, sentence, None, "", 0, ""),
    ]  # fmt: skip


def _lamps() -> list[Lamp]:
    return [
        Lamp(Colour.GREEN),
        Lamp(Colour.AMBER, ("应于2024年6月开工，已逾期 2 个月",), 2),
        Lamp(Colour.RED, ("应于2024年5月完工，已逾期 3 个月",), 3),
    ]


def _tally(projects: int, behind: int) -> dict[str, int]:
    return {"projects": projects, "behind": behind}


def _rate_words(rate: Fraction | None) -> str:
    return percent(rate, 1)


def _table_row(name: str, placed: Placed | None, rate: Fraction | None, beside: str) -> TableRow:
    of = rate or Fraction(0, 1)
    return TableRow(
        name=name,
        beside=beside,
        address=HERE if placed else "",
        placed=placed,
        rate=_rate_words(rate),
        bar=bar_width(rate, Fraction(23, 20)),
        numerator=of.numerator,
        denominator=of.denominator,
        fraction_address=escape(HERE),
        tally=_tally(of.denominator, of.denominator - of.numerator if of < 1 else 0),
        behind_address=escape(HERE),
        peers="设区的市" if not name.endswith("开发区") else "开发区",
    )


def _ranked() -> list[TableRow]:
    return [_table_row(name, placed, rate, "示例省" if placed and placed.tied else "") for name, placed, rate in _UNITS]


def _unit(asked: Asked, name: str, placed: Placed | None, rate: Fraction | None) -> UnitRow:
    def standing(measure: Measure) -> Standing:
        words = f"{rate.numerator} / {rate.denominator} 项" if rate is not None else ""
        return Standing(measure, placed, _rate_words(rate), bar_width(rate, Fraction(23, 20)), words, escape(HERE),
                        measure is asked.measure)  # fmt: skip

    projects = rate.denominator if rate is not None else 2
    return UnitRow(
        code=name,
        name=name,
        beside="",
        address=HERE if placed else "",
        projects=projects,
        projects_address=HERE,
        few=projects < FEW_PROJECTS,
        standings=[standing(measure) for measure in asked.shown],
        peers="",
    )


def _projects() -> list[ProjectRow]:
    green, amber, red = _lamps()
    return [
        ProjectRow("140702-0001", "示例甲县污水处理厂提质增效工程", HERE, "榆次区", "污水处理", "已完工", green,
                   "12000.00", "12000.00", "2023-09", "2023-09-12", "2024-06", "2024-06-30", DASH),
        ProjectRow("140702-0002", "示例乙县河道生态缓冲带建设工程（名字很长，要折行，二期）", HERE, "榆社县",
                   "生态修复", "未开工", amber, "3000.00", DASH, "2024-06", DASH, "2025-12", DASH, amber.reasons[0]),
        ProjectRow("140702-0003", "示例丙县岩溶大泉水源涵养工程", HERE, "介休市", DASH, DASH, red,
                   DASH, DASH, "2023-11", "2023-11", "2024-05", DASH, red.reasons[0]),
    ]  # fmt: skip


def _lines(*, plan: bool) -> list[Line]:
    def line(look: str, words: str, name: str, *, dashed: bool = False) -> Line:
        return Line(look, f"{words} {_COUNTS[name][-1]}", dict(zip(MONTHS, _COUNTS[name], strict=True)), dashed)

    drawn = [line("started", "已开工", "started"), line("done", "已完工", "completed")]
    return [line("started", "计划开工", "due", dashed=True), *drawn] if plan else drawn


def _trend() -> LinesPicture:
    lines = _lines(plan=True)
    return LinesPicture(
        "example-trend",
        "示例：开工、完工与计划",
        "六个月，虚构的累计项数：计划开工、已开工、已完工。",
        line_chart(lines, MONTHS, WIDE),
        line_chart(lines, MONTHS, NARROW),
        ("月份", "计划开工", "已开工", "已完工"),
        [(month, *(str(_COUNTS[name][index]) for name in ("due", "started", "completed")))
         for index, month in enumerate(MONTHS)],
    )  # fmt: skip


def _places() -> LinesPicture:
    values: dict[str, Fraction | int | None] = {MONTHS[0]: 5, MONTHS[1]: 3, MONTHS[3]: 2, MONTHS[4]: 2, MONTHS[5]: 1}
    line = Line("done", "示例甲市 第 1", values)
    return LinesPicture(
        "example-places",
        "示例：名次逐月，缺一个月",
        "虚构的名次：3月第 5，4月第 3，5月没有名次，8月第 1。",
        place_chart(line, MONTHS, 11, WIDE),
        place_chart(line, MONTHS, 11, NARROW),
        ("月份", "名次"),
        [(month, str(values.get(month, DASH))) for month in MONTHS],
    )


def _stage_picture() -> StagesPicture:
    total = sum(number for *_, number in _STAGES)
    column: Column = stacked(_STAGES, PictureSize(336, 272, top=16, bottom=16))
    shares = {look: percent(Fraction(number, total), 1) for look, _, number in _STAGES}
    return StagesPicture(
        "example-stages",
        "示例：所处阶段",
        "虚构的 21 项工程，从完工到阶段不明。",
        column,
        _GREYS,
        shares,
        ("阶段", "项目", "占比"),
        [(words, str(number), shares[look]) for look, words, number in _STAGES],
    )


def _rated(name: str, placed: Placed | None, rate: Fraction | None, *, marked: bool) -> Rated:
    printed = DASH if placed is None else f"{'并列' if placed.tied else ''}{placed.place}"
    return Rated(name, printed, placed.place if placed else None, rate, _rate_words(rate), marked)


def _small() -> list[SmallTrend]:
    found = []
    for number, (name, values) in enumerate(
        (("示例甲市", (1, 2, 4, 6, 7, 9)), ("示例乙市", (0, 0, 1, 1, 1, 2)), ("示例丙市", (5, None, 6, 6, 8, 8)))
    ):
        rates = {
            month: None if value is None else Fraction(value, 10) for month, value in zip(MONTHS, values, strict=True)
        }
        whole = Line("whole", "", {month: Fraction(index, 10) for index, month in enumerate(MONTHS)})
        chart = line_chart([whole, Line("done", "", rates)], MONTHS, SMALL, percent=True)
        last = percent(rates[MONTHS[-1]], 0)
        found.append(SmallTrend(f"example-small-{number}", name, last, f"虚构的逐月比率，最近 {last}。", HERE, chart))
    return found


def _faulty() -> ExampleForm:
    form = ExampleForm(prefix="faulty-", data={"name": "", "done": "约三千", "stage": "", "problem": ""})
    said = {
        "name": "项目名称没有填，应写清单上的全称。",
        "done": "“累计完成投资”写的是“约三千”，应为数字，例如 3000。",
        "start": "实际开工 2025-08-05 晚于填报月 2024年8月，应为已经发生的日期。",
        "stage": "阶段没有选。",
        "problem": "写了“有问题”却没有写是什么问题。",
        "same": "本月改了总投资，不能再选“与上月相同”。",
        "workbook": "文件“清单.doc”不是工作簿，应为 .xlsx。",
    }
    for name, sentence in said.items():
        form[name].errors = [sentence]
    return form
