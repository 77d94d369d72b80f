"""Bulletin text: a bulletin's words as a page shows them, each figure leading to the list or table it comes from."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from tracker.exchange.bulletins.annexes import annex_plan, annex_titles
from tracker.exchange.bulletins.composing import paragraphs_of
from tracker.exchange.bulletins.document import MARK, Bulletin
from tracker.exchange.bulletins.figures import COUNTED, RANKED, RATES, SUMMED
from tracker.exchange.tables.asking import Asked
from tracker.ledger.bulletins import Issued, bulletins_of
from tracker.ledger.handle import Ledger
from tracker.ledger.ranking_table import UNFILLED
from tracker.model.measures import measures_of
from tracker.web.whereabouts import NotThereError, Where

Ways = Callable[[str], str]
"""Gives the address of the list or table behind a mark, "" where there is none."""


class Piece(NamedTuple):
    """A run of a text: plain words, or a figure with its mark and its address; `known` is False for no figure."""

    text: str
    mark: str = ""
    address: str = ""
    known: bool = True


class Annex(NamedTuple):
    """An annex as it is listed: `附件1`, its title, and the page of its table ("" where it has none)."""

    words: str
    title: str
    address: str


class ShownText(NamedTuple):
    """A bulletin to be read on a page; each paragraph is a list of pieces."""

    issuer: str
    number: str
    title: str
    addressees: str
    sections: Sequence[tuple[str, Sequence[Sequence[Piece]]]]
    annexes: Sequence[Annex]
    signed_by: str
    signed_on: str
    copied_to: str
    printed_by: str


def pieces_of(text: str, figures: Mapping[str, str], ways: Ways) -> list[Piece]:
    """Give a text with marks in pieces; a mark that stands for no figure stays as it is written."""
    found = []
    for at, run in enumerate(MARK.split(text)):
        mark = run.strip()
        if at % 2 == 0:
            found.append(Piece(run))
        elif mark in figures:
            found.append(Piece(figures[mark], mark, ways(mark)))
        else:
            found.append(Piece(f"【{run}】", mark, known=False))
    return [piece for piece in found if piece.text or piece.mark]


def paragraph_pieces(text: str, figures: Mapping[str, str], ways: Ways) -> list[list[Piece]]:
    """Give a section's text in paragraphs of pieces, as it will be printed."""
    return [pieces_of(paragraph, figures, ways) for paragraph in paragraphs_of(text)]


def shown_draft(where: Where, asked: Asked, bulletin: Bulletin) -> ShownText:
    """Give the text of a draft."""
    ways = ways_of(where, asked)
    return ShownText(
        bulletin.issuer, bulletin.number, bulletin.title, bulletin.addressees,
        [
            (each.heading, [pieces_of(text, bulletin.figures, ways) for text in each.paragraphs])
            for each in bulletin.sections
        ],
        _annexes(where, asked, _titles(asked, bulletin), bool(bulletin.corrects)),
        bulletin.signed_by, "", bulletin.copied_to, bulletin.printed_by,
    )  # fmt: skip


def shown_issued(where: Where, asked: Asked, said: Mapping[str, Any]) -> ShownText:
    """Give the text of an issued bulletin out of what it says (`said_of_bulletin`)."""
    ways = ways_of(where, asked)
    return ShownText(
        said["issuer"], said["number"], said["title"], said["addressees"],
        [
            (each["heading"], [pieces_of(text, said["figures"], ways) for text in each["marked"]])
            for each in said["sections"]
        ],
        _annexes(where, asked, [(each["annex"], each["title"]) for each in said["annexes"]], bool(said["corrects"])),
        said["signed_by"], said["signed_on"] or "", said["copied_to"], said["printed_by"],
    )  # fmt: skip


def _titles(asked: Asked, bulletin: Bulletin) -> list[tuple[str, str]]:
    """Give what the annexes of a draft are called; only a correction's table was made for the page."""
    return [(each.annex, each.title) for each in bulletin.annexes] if bulletin.corrects else annex_titles(asked)


def _annexes(where: Where, asked: Asked, named: Iterable[tuple[str, str]], correction: bool) -> list[Annex]:
    """Give annexes with the pages of their tables; the table of a correction stands on paper only."""
    listed = list(named)
    addresses = [] if correction else [_table(where, kind, by) for _, kind, by in annex_plan(asked)]
    if len(addresses) != len(listed):
        addresses = [""] * len(listed)
    return [Annex(words, title, address) for (words, title), address in zip(listed, addresses, strict=True)]


def _table(where: Where, kind: str, by: str = "area") -> str:
    return f"{where.to('tables.show', by=by if by != 'area' else None)}#{kind}"


_BEGINNINGS = (
    ("未按期开工", "late_start"), ("未按期完工", "late_completion"), ("问题", "with_problem"),
)  # fmt: skip
_OF_RETURNS = ("迟报", "未报全")
_OF_CORRECTIONS = ("更正", "附件·更正")
_OF_CATEGORIES = ("项目数", "已开工", "已完工", "开工率", "完工率", "累计完成投资")
_SUMMED_IN_LISTS = ("总投资", "累计完成投资", "累计投资")
"""The sums that the list of projects shows above its rows."""
_MOVEMENTS = ("增减", "升降", "与序时")
_RANKING = "排名"


def ways_of(where: Where, asked: Asked) -> Ways:
    """Give the ways from the figures of an area's bulletin to what they are counted from."""
    measures = measures_of(where.programme)
    annexed = {mark: _table(where, kind, by) for mark, kind, by in annex_plan(asked)}

    def rate(key: str) -> str:
        return where.to("overview.show", by=key) if where.is_unit else where.to("rankings.show", by=key)

    def counted(name: str, **more: str) -> str:
        return where.to("projects.show", count=name, **more)

    def part_of_rate(mark: str) -> str:
        for word, key in RATES.items():
            if mark == f"{word}应计":
                return counted(measures[key].denominator, of=key)
            if mark == f"{word}已计":
                return counted(measures[key].numerator, of=key)
            if mark == f"{word}不含":
                return counted(measures[key].unknown or "projects", of=key)
        return ""

    def of_category(mark: str) -> str:
        name, _, word = mark.rpartition("·")
        return counted(COUNTED.get(word, "projects"), category="" if name == UNFILLED else name)

    def address(mark: str) -> str:
        if mark in annexed:
            return annexed[mark]
        if _is_of_category(mark):
            return of_category(mark)
        if mark.startswith(_OF_CORRECTIONS):
            return where.to("overview.show")
        if mark.startswith(_OF_RETURNS):
            return _table(where, "timeliness")
        for word, key in RATES.items():
            if key in RANKED and mark.startswith(word + _RANKING):
                return rate(key)
        base = mark
        for ending in _MOVEMENTS:
            base = base.removesuffix(ending)
        if base in COUNTED or base in _SUMMED_IN_LISTS:
            return counted(COUNTED.get(base, "projects"))
        if base in RATES or base in SUMMED or base == "投资":
            return rate(RATES.get(base, "investment"))
        for beginning, name in _BEGINNINGS:
            if mark.startswith(beginning):
                return counted(name)
        return part_of_rate(mark)

    return address


def _is_of_category(mark: str) -> bool:
    """Say whether a mark is about one category: `岸线绿化提升·已开工`; a category may be called anything."""
    _, point, word = mark.rpartition("·")
    return bool(point) and word in _OF_CATEGORIES


_GROUPS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("分类进展", _is_of_category),
    ("附件", lambda mark: mark.startswith("附件")),
    ("更正", lambda mark: mark.startswith("更正")),
    ("排名", lambda mark: any(mark.startswith(word + _RANKING) for word in RATES)),
    ("与上次相比", lambda mark: mark.endswith(("增减", "升降")) or mark == "比较月"),
    ("未按期", lambda mark: mark.startswith("未按期")),
    ("问题和报送", lambda mark: mark.startswith(("问题", "有问题", "未报", *_OF_RETURNS, "没有项目"))),
    ("投资", lambda mark: "投资" in mark or mark == "序时进度"),
    ("项目数和比率", lambda mark: mark in COUNTED or mark.startswith(("开工率", "完工率"))),
    ("日期和其他", lambda _mark: True),
)
_ORDER = (
    "项目数和比率", "投资", "与上次相比", "排名", "未按期", "问题和报送", "更正", "分类进展", "附件", "日期和其他",
)  # fmt: skip


def grouped_figures(figures: Mapping[str, str]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give the figures that a text may use, in groups, as (mark, what it prints)."""
    found: dict[str, list[tuple[str, str]]] = {title: [] for title in _ORDER}
    for mark, text in figures.items():
        found[next(title for title, belongs in _GROUPS if belongs(mark))].append((mark, text))
    return [(title, marks) for title, marks in found.items() if marks]


def corrected_of(ledger: Ledger, where: Where, number: str | None) -> Issued | None:
    """Give the issued bulletin of the area and month that `?corrects=` names, None where it names none.

    Raises NotThereError for any other.
    """
    if not number:
        return None
    for each in bulletins_of(ledger, where.programme.key, where.month, where.area.code):
        if each.number == number:
            return each
    raise NotThereError(f"{where.full_name}{where.month_words}没有印发过“{number[:40]}”，不能更正它。")
