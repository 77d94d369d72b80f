"""List asking: what an address asks of a county list, read with patience and written into other addresses."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from flask import request

from tracker.ledger.listings import LAMP_CONDITIONS, ORDERS, Choices, Wanted
from tracker.ledger.ranking_table import UNFILLED
from tracker.model.places import PlaceLevel
from tracker.model.stages import STAGE_WORDS, Stage
from tracker.web.list_columns import COLUMNS, USUAL
from tracker.web.whereabouts import Choice, Where, place_words, short_code

LONGEST_SEARCH = 60
_LAMPS = {"behind": "预警或提醒", "red": "预警", "amber": "提醒", "green": "正常"}
_YES_OR_NO = {
    "reported": ("不限", "已报送", "未报送"),
    "problem": ("不限", "有", "没有"),
    "changed": ("不限", "有变化", "没有变化"),
}
_ORDER_WORDS = {"code": "项目编码"} | {
    column.order: column.heading for column in COLUMNS.values() if column.order and column.key != "city"
}
_KNOWN = frozenset({
    "programme", "q", "city", "county", "category", "level", "stage", "lamp", "reported", "problem", "changed",
    "sort", "column", "page",
})  # fmt: skip
LIST_KEPT = ("q", "category", "level", "stage", "lamp", "reported", "problem", "changed", "sort", "column")
"""What goes along to another month or area; places within the area do not."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks: the filters, the order, the columns and the page.

    `address` is the same again as parts of an address, without what is usual; `unheeded` are sentences
    about parts that were left aside.
    """

    wanted: Wanted
    order: str
    descending: bool
    columns: tuple[str, ...]
    page: int
    address: Mapping[str, str]
    unheeded: tuple[str, ...]

    @property
    def kept(self) -> dict[str, str]:
        """Give what goes along to another month or area."""
        return {name: self.address[name] for name in LIST_KEPT if name in self.address}

    @property
    def chose_columns(self) -> bool:
        """Say whether somebody chose the columns."""
        return "column" in self.address

    def on_page(self, page: int, why: str) -> Asked:
        """Give the same on another page, and say why."""
        return dataclasses.replace(self, page=page, unheeded=(*self.unheeded, why))


@dataclass(frozen=True, slots=True)
class Question:
    """One choice of the sentence of filters: its name, its words and what it offers."""

    name: str
    label: str
    choices: tuple[Choice, ...]


class _Reading:
    """Reads the address part by part and gathers what had to be left aside."""

    def __init__(self) -> None:
        self.address: dict[str, str] = {}
        self.unheeded: list[str] = []

    def written(self, name: str) -> str:
        return request.args.get(name, "").strip()

    def one_of(self, name: str, title: str, allowed: Iterable[str]) -> str | None:
        """Give the value of a choice; "" for UNFILLED, None where nothing (or nothing possible) is asked."""
        written = self.written(name)
        if not written:
            return None
        value = "" if written == UNFILLED else written
        if value not in allowed:
            self.unheeded.append(f"{title}“{written[:LONGEST_SEARCH]}”不可选，没有按它筛选。")
            return None
        self.address[name] = written
        return value

    def yes_or_no(self, name: str, title: str) -> bool | None:
        found = self.one_of(name, title, ("yes", "no"))
        return None if found is None else found == "yes"


def asked_of(where: Where, choices: Choices) -> Asked:
    """Read the address of a list; what it does not offer is left aside with a sentence, never refused."""
    read = _Reading()
    search = read.written("q")
    if len(search) > LONGEST_SEARCH:
        read.unheeded.append(f"搜索的内容太长，只用了前 {LONGEST_SEARCH} 个字。")
        search = search[:LONGEST_SEARCH].rstrip()
    if search:
        read.address["q"] = search
    programme = where.programme
    wanted = Wanted(
        search=search,
        city=_place(read, where, "city", "市", choices.city),
        county=_place(read, where, "county", "县（市、区）", choices.county),
        category=read.one_of("category", "类别", (*choices.category, *programme.categories, "")),
        level=read.one_of("level", "级别", (*choices.level, *(level.name for level in programme.levels), "")),
        stage=read.one_of("stage", "阶段", (*Stage, "")),
        lamp=read.one_of("lamp", "亮灯", LAMP_CONDITIONS),
        reported=read.yes_or_no("reported", "报送情况"),
        problem=read.yes_or_no("problem", "存在问题"),
        changed=read.yes_or_no("changed", "本月变化"),
    )
    order, descending = _order(read)
    columns = _columns(read, where)
    page = _page(read)
    unknown = [name for name in request.args if name not in _KNOWN]
    if unknown:
        named = "、".join(name[:20] for name in unknown[:3])
        read.unheeded.append(f"地址里的“{named}”这里用不上，没有理会。")
    return Asked(wanted, order, descending, columns, page, read.address, tuple(read.unheeded))


def _place(read: _Reading, where: Where, name: str, title: str, codes: Mapping[str, int]) -> str | None:
    written = read.written(name)
    place = where.places.find(written) if written else None
    if place is None or (place.code not in codes and not place.within(where.area)):
        return read.one_of(name, title, ())
    read.address[name] = short_code(place)
    return place.code


def _order(read: _Reading) -> tuple[str, bool]:
    written = read.written("sort")
    order = written.removeprefix("-")
    if not written or order not in ORDERS:
        if written:
            read.unheeded.append(f"不能按“{written[:LONGEST_SEARCH]}”排序，已按项目编码排序。")
        return "code", False
    if written != "code":
        read.address["sort"] = written
    return order, written.startswith("-")


def usual_columns(where: Where) -> tuple[str, ...]:
    """Give the columns shown where nobody has chosen any."""
    return tuple(key for key in USUAL if not (where.is_unit and key == "county"))


def _columns(read: _Reading, where: Where) -> tuple[str, ...]:
    usual = usual_columns(where)
    written = {key for part in request.args.getlist("column") for key in part.split(",") if key}
    foreign = sorted(written - set(COLUMNS))
    if foreign:
        read.unheeded.append(f"没有名为“{foreign[0][:LONGEST_SEARCH]}”的列，没有显示。")
    chosen = tuple(key for key in COLUMNS if key in written)
    if not chosen or chosen == usual:
        return usual
    read.address["column"] = ",".join(chosen)
    return chosen


def _page(read: _Reading) -> int:
    written = read.written("page")
    if not written:
        return 1
    if written.isascii() and written.isdigit() and 1 <= len(written) <= 6 and int(written):
        return int(written)
    read.unheeded.append(f"没有第“{written[:LONGEST_SEARCH]}”页，已显示第 1 页。")
    return 1


def address_of(
    where: Where,
    asked: Asked,
    *,
    order: str | None = None,
    descending: bool = False,
    page: int = 1,
    endpoint: str = "county_list.show",
) -> str:
    """Give the address of the same list in another order or on another page."""
    parts: dict[str, str | None] = dict(asked.address)
    if order is not None:
        sort = f"-{order}" if descending else order
        parts["sort"] = None if sort == "code" else sort
    if page > 1:
        parts["page"] = str(page)
    return where.to(endpoint, **parts)


def questions_of(where: Where, asked: Asked, choices: Choices) -> list[Question]:
    """Give the sentence of filters, choice by choice; what an area leaves no choice in is left out."""
    chosen = asked.address
    found = []
    if where.area.level in (PlaceLevel.COUNTRY, PlaceLevel.PROVINCE):
        found.append(Question("city", "市", _places(where, choices.city, chosen.get("city"))))
    # A province's hundred counties would be no choice: its city comes first.
    if not where.is_unit and (not found or "city" in chosen or "county" in chosen):
        found.append(Question("county", "县（市、区）", _places(where, choices.county, chosen.get("county"))))
    stage_words = {stage: STAGE_WORDS[Stage(stage)] if stage else UNFILLED for stage in choices.stage}
    found += [
        Question("category", "类别", _values("全部", _own(choices.category), chosen.get("category"))),
        Question("level", "级别", _values("全部", _own(choices.level), chosen.get("level"))),
        Question("stage", "阶段", _values("全部", stage_words, chosen.get("stage"))),
        Question("lamp", "亮灯", _values("不限", _LAMPS, chosen.get("lamp"))),
    ]
    for name, label in (("reported", "本月报送"), ("problem", "存在问题"), ("changed", "本月变化")):
        nothing, yes, no = _YES_OR_NO[name]
        found.append(Question(name, label, _values(nothing, {"yes": yes, "no": no}, chosen.get(name))))
    sort = chosen.get("sort", "code")
    orders = {
        f"-{order}" if _largest_first(order) else order: f"{words}{'（大的在前）' if _largest_first(order) else ''}"
        for order, words in _ORDER_WORDS.items()
    }
    if sort not in orders:
        towards = "由大到小" if sort.startswith("-") else "由小到大"
        orders[sort] = f"{_ORDER_WORDS[sort.removeprefix('-')]}（{towards}）"
    found.append(
        Question("sort", "排序", tuple(Choice(value, words, value == sort) for value, words in orders.items()))
    )
    return found


def _largest_first(order: str) -> bool:
    return any(column.largest_first for column in COLUMNS.values() if column.order == order)


def _own(counted: Mapping[str, int]) -> dict[str, str]:
    return {value: value or UNFILLED for value in counted}


def _values(nothing: str, words: Mapping[str, str], chosen: str | None) -> tuple[Choice, ...]:
    offered = {value or UNFILLED: said for value, said in words.items()}
    if chosen is not None:
        offered.setdefault(chosen, STAGE_WORDS[Stage(chosen)] if chosen in list(Stage) else chosen)
    return (Choice("", nothing), *(Choice(value, said, value == chosen) for value, said in offered.items()))


def _places(where: Where, codes: Mapping[str, int], chosen: str | None) -> tuple[Choice, ...]:
    offered = {}
    for code in codes:
        place = where.places.find(code)
        if place is not None:
            offered[short_code(place)] = place.name
    if chosen is not None and chosen not in offered:
        offered[chosen] = place_words(where.places, chosen)
    return (Choice("", "全部"), *(Choice(code, name, code == chosen) for code, name in offered.items()))
