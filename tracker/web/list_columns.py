"""List columns: what a county list can show of a project, each column with its heading, its order and its printing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from markupsafe import Markup

from tracker.ledger.changes import Change, Changes
from tracker.ledger.standings import ProjectState
from tracker.model.fields import FIELD, Kind
from tracker.model.folding import progress_share
from tracker.model.months import year_of
from tracker.model.printing import print_value
from tracker.web.lamps import Lamp, lamp_of
from tracker.web.project_rows import printed, stage_words
from tracker.web.whereabouts import Where, place_words
from tracker.web.wording import DASH, masked_phone, percent


@dataclass(frozen=True, slots=True)
class Listed:
    """A listed project with what columns print of it beside its state."""

    project: ProjectState
    lamp: Lamp
    share: Fraction | None
    changes: Changes | None


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    `order` names what listings can be put in order by, "" where they cannot; `largest_first` is the order
    a first press gives; `style` is the class of its cells; `total` names the sum in the line of sums.
    """

    key: str
    heading: str
    printing: Callable[[Where, Listed], str]
    unit: str = ""
    style: str = ""
    order: str = ""
    largest_first: bool = False
    total: str = ""
    width: int = 100

    @property
    def title(self) -> str:
        """Give the heading with its unit."""
        return f"{self.heading}（{self.unit}）" if self.unit else self.heading

    @property
    def attributes(self) -> Markup:
        """Give what the tag of each of its cells carries, escaped once for all rows."""
        return Markup('class="cell-{} key-{}" data-label="{}"').format(self.style, self.key, self.title)


def listed_of(project: ProjectState, month: str, changes: Changes | None) -> Listed:
    """Give a project with what its columns need at a month."""
    state = project.state
    share = progress_share(state.values, state.started, state.completed)
    return Listed(project, lamp_of(state, month), share, changes)


def _field(name: str) -> Callable[[Where, Listed], str]:
    return lambda _where, listed: printed(listed.project.state.values, name)


def _of_this_year(printing: Callable[[Where, Listed], str]) -> Callable[[Where, Listed], str]:
    """Leave a year's sum out where the state that stands in is of another year."""

    def print_it(where: Where, listed: Listed) -> str:
        return printing(where, listed) if year_of(listed.project.state.month) == year_of(where.month) else DASH

    return print_it


def _year_done(_where: Where, listed: Listed) -> str:
    done = listed.project.state.year_done
    return DASH if done is None else print_value("cumulative_investment", done)


def _phone(_where: Where, listed: Listed) -> str:
    phone = listed.project.state.values.get("phone")
    return masked_phone(phone) if phone else DASH


def _reported(where: Where, listed: Listed) -> str:
    state = listed.project.state
    return "已报送" if state.reported and state.month == where.month else "未报送"


def _city(where: Where, listed: Listed) -> str:
    place = where.places.find(listed.project.county)
    return where.places.city(place).name if place else DASH


_NAMED_CHANGES = 2


def words_of(changes: Changes | None) -> str:
    """Say what a month changed of a project: the first few in words, the others by number; a dash for nothing."""
    if changes is None:
        return DASH
    if changes.entered:
        return "新列入清单"
    cumulative = any(change.field == "cumulative_investment" for change in changes.fields)
    # The year's sum grows with the cumulative one: once is enough.
    told = [change for change in changes.fields if not (cumulative and change.field == "year_investment")]
    said = "；".join(_change_words(change) for change in told[:_NAMED_CHANGES])
    return f"{said}，等 {len(told)} 处" if len(told) > _NAMED_CHANGES else said


def _change_words(change: Change) -> str:
    field = FIELD[change.field]
    heading = "阶段" if change.field == "stage" else field.heading
    if change.now is None:
        return f"{heading}已清空"
    if field.kind is Kind.STAGE:
        before = print_value(field.name, change.before) if change.before is not None else "未填"
        return f"{heading} {before}→{print_value(field.name, change.now)}"
    if field.kind is Kind.MONEY and change.before is not None:
        difference = change.now - change.before
        return f"{heading} {'+' if difference > 0 else '−'}{print_value(field.name, abs(difference))}"
    if field.kind in (Kind.PLANNED_DATE, Kind.ACTUAL_DATE, Kind.PERCENT):
        return f"{heading} {print_value(field.name, change.now)}{field.unit}"
    return f"{heading}{'有更新' if change.before is not None else '新填'}"


def _share(where: Where, listed: Listed) -> str:
    return percent(listed.share, where.programme.decimals)


def _money(name: str, heading: str) -> Column:
    printing = _of_this_year(_field(name)) if name == "year_plan" else _field(name)
    return Column(name, heading, printing, "万元", "number", name, True, name, 96)


def _date(name: str, heading: str) -> Column:
    return Column(name, heading, _field(name), "", "date", name, width=100)


_EVERY = (
    Column("city", "市", _city, style="short", order="county"),
    Column("county", "县（市、区）", lambda where, listed: place_words(where.places, listed.project.county),
           style="short", order="county"),
    Column("category", "类别", _field("category"), style="category", order="category", width=128),
    Column("level", "级别", _field("level"), style="short", order="level", width=72),
    Column("batch", "批次", _field("batch"), style="short", width=80),
    Column("nature", "性质", _field("nature"), style="short", width=72),
    Column("stage", "阶段", lambda _where, listed: stage_words(listed.project.state), style="stage", order="stage",
           width=80),
    Column("lamp", "亮灯", lambda _where, listed: "；".join(listed.lamp.reasons), style="lamp", order="lamp",
           width=176),
    _money("total_investment", "总投资"),
    _money("year_plan", "年度计划"),
    Column("year_done", "本年完成", _of_this_year(_year_done), "万元", "number", "year_done", True, "year_done", 96),
    _money("cumulative_investment", "累计完成"),
    Column("progress", "进度", _share, style="progress", order="progress", largest_first=True, width=112),
    _date("planned_start", "计划开工"),
    _date("actual_start", "实际开工"),
    _date("planned_completion", "计划完工"),
    _date("actual_completion", "实际完工"),
    Column("progress_words", "形象进度", _field("progress"), style="text", width=224),
    Column("problem", "存在问题", _field("problem"), style="text", width=224),
    Column("responsible_unit", "责任单位", _field("responsible_unit"), style="category", width=144),
    Column("responsible_person", "责任人", _field("responsible_person"), style="short", width=80),
    Column("phone", "联系电话", _phone, style="short", width=88),
    Column("reported", "本月报送", _reported, style="short", width=80),
    Column("changed", "本月变化", lambda _where, listed: words_of(listed.changes), style="change", width=200),
)  # fmt: skip

COLUMNS: Mapping[str, Column] = {column.key: column for column in _EVERY}
"""Every column beside the name, which always stands first, in the order lists show them."""

_ALWAYS_READ = (
    "planned_start", "planned_completion", "total_investment", "cumulative_investment", "progress_percent",
)  # fmt: skip
"""The fields that lamps and shares follow from, whatever is shown."""


def fields_of(columns: Iterable[Column]) -> tuple[str, ...]:
    """Give the fields whose values the printing of columns needs: the others need not be read."""
    printed_ones = ("progress" if column.key == "progress_words" else column.key for column in columns)
    return tuple(dict.fromkeys([*_ALWAYS_READ, *(name for name in printed_ones if name in FIELD)]))


USUAL = ("county", "category", "stage", "lamp", "total_investment", "cumulative_investment", "progress", "changed")
"""The columns shown where nobody has chosen any."""

NAME_WIDTH = 256
WIDEST = 1248
"""How wide a table may become, in px, before it scrolls within itself."""


def too_wide(columns: list[Column]) -> bool:
    """Say whether columns need more than the page's width."""
    return NAME_WIDTH + sum(column.width for column in columns) > WIDEST
