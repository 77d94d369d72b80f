"""Figures: everything that a bulletin says in numbers, as the ledger itself counts it, each under the mark it bears.

Nothing is counted a second time: counts, sums and rates are `ledger/standings` and `model/measures`, places are
`ledger/ranking_table`, the named projects are the lines of the annexed tables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from tracker.exchange.bulletins.named import named_figures
from tracker.exchange.tables.asking import Asked, by_county
from tracker.exchange.tables.ranking import group_of
from tracker.ledger.corrected import Corrected, corrected_since, corrected_tally
from tracker.ledger.programmes import standing_month
from tracker.ledger.ranking_table import RankedRow, Ranking, competitors_of, rankings
from tracker.ledger.standings import ProjectState, tallies
from tracker.ledger.timeliness import Punctuality, timeliness
from tracker.model.measures import Measure, Tally, measures_of, print_wan, print_yi, rate_of, share_of
from tracker.model.months import chinese_month, last_day, shift_month, year_of
from tracker.model.ranking import print_rate, print_share

RANKED = ("start", "completion")
"""The measures whose places stand in the text."""

COUNTED = {
    "项目数": "projects", "已开工": "started", "已完工": "completed", "在建": "under_construction",
    "未开工": "not_started", "未按期开工": "late_start", "未按期完工": "late_completion", "有问题": "with_problem",
    "未报": "unreported",
}  # fmt: skip
"""The counts that stand in the text: mark and name of the ledger's count."""

SUMMED = {
    "总投资": "total_investment", "累计完成投资": "cumulative_investment", "年度计划投资": "year_plan",
    "本年完成投资": "year_done",
}  # fmt: skip
"""The sums that stand in the text."""

RATES = {
    "开工率": "start",
    "完工率": "completion",
    "年度投资完成率": "investment",
    "总投资完成率": "investment_of_total",
}
"""The rates that stand in the text: mark and key of the measure."""

NONE = "—"
"""What stands where a rate has no denominator."""

_YI = 10_000_000_000
"""1 亿元 in fen."""


@dataclass(frozen=True)
class Facts:
    """What a bulletin of a month and an area is written from."""

    asked: Asked
    categories: Sequence[tuple[str, Tally]]
    ranked: Mapping[str, Ranking]
    late_start: list[ProjectState]
    late_completion: list[ProjectState]
    problems: list[ProjectState]
    late_counties: list[str]
    missing_counties: list[str]
    corrected: list[Corrected]
    before: Tally | None
    before_month: str | None
    figures: dict[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Say whether the area has no project at all."""
        return not self.asked.tally["projects"]

    @cached_property
    def measures(self) -> dict[str, Measure]:
        """Give the programme's measures by key."""
        return measures_of(self.asked.programme)

    @cached_property
    def part_word(self) -> str:
        """Give what the parts of the area are called."""
        return "市" if self.asked.is_large else "县（市、区）"

    def part_of(self, county: str) -> str:
        """Give the name of the area's part that a county lies in or is."""
        return self.asked.city_of(county).name if self.asked.is_large else self.asked.place_name(county)

    def by_part(self, projects: Iterable[ProjectState]) -> dict[str, list[ProjectState]]:
        """Give projects by the part of the area they lie in, in the order of places."""
        found: dict[str, list[ProjectState]] = {}
        for county, own in by_county(projects).items():
            found.setdefault(self.part_of(county), []).extend(own)
        return found

    def money(self, fen: int) -> str:
        """Print a sum with two decimals: in 亿元 for a province and from 1 亿元 on, as texts do, else in 万元."""
        return f"{print_yi(fen)}亿元" if self.asked.is_large or abs(fen) >= _YI else f"{print_wan(fen)}万元"

    def rate(self, measure: Measure, tally: Tally) -> str:
        """Print a rate with its sign; NONE without a denominator."""
        share = share_of(measure, tally)
        return NONE if share is None else f"{print_share(*share, self.asked.programme.decimals)}%"


def facts_of(asked: Asked) -> Facts:
    """Give what a bulletin of a month and an area is written from, its figures among it.

    The area's whole list counts, whatever selection is asked for. Of a closed month these are the frozen figures.
    """
    ledger, programme, month, area = asked.ledger, asked.programme, asked.month, asked.area
    held = asked.tallies("category")
    categories = [
        (each.name, held[each.code])
        for each in competitors_of(ledger, programme, "category", area, held)
        if each.code in held
    ]
    ranked = {} if asked.is_unit else rankings(ledger, programme, month, RANKED, group_of(asked), area)
    earlier = standing_month(ledger, programme.key, shift_month(month, -1))
    before = tallies(ledger, programme, shift_month(month, -1), area)[""] if earlier else None
    opened = asked.month_opened
    timely = timeliness(ledger, programme, month, area) if opened else []

    def counties(how: Punctuality) -> list[str]:
        found = [each.county for each in timely if each.by_month.get(month) is how]
        return [asked.place_name(code) for code in sorted(found, key=asked.place_order)]

    facts = Facts(
        asked=asked,
        categories=categories,
        ranked=ranked,
        late_start=asked.projects("late_start"),
        late_completion=asked.projects("late_completion"),
        problems=asked.projects("with_problem"),
        late_counties=counties(Punctuality.LATE),
        missing_counties=counties(Punctuality.MISSING),
        corrected=corrected_since(ledger, programme, month, area) if opened and opened.closing else [],
        before=before if before and before["projects"] else None,
        before_month=earlier,
    )
    facts.figures.update(_totals(facts) | _movements(facts) | _by_category(facts) | _ranked(facts))
    facts.figures.update(named_figures(facts) | _corrected(facts))
    return facts


def _totals(facts: Facts) -> dict[str, str]:
    asked, tally = facts.asked, facts.asked.tally
    day = last_day(asked.month)
    said = {
        "填报月": chinese_month(asked.month),
        "截止日期": f"{day.year}年{day.month}月{day.day}日",
        "状态月": chinese_month(standing_month(asked.ledger, asked.programme.key, asked.month) or asked.month),
        "年度": str(year_of(asked.month)),
        "序时进度": f"{print_share(int(asked.month[5:]), 12, asked.programme.decimals)}%",
        "类别数": str(len([name for name, _ in facts.categories if name])),
    }
    said |= {mark: str(tally[name]) for mark, name in COUNTED.items()}
    said |= {mark: facts.money(tally[name]) for mark, name in SUMMED.items()}
    for mark, key in RATES.items():
        measure = facts.measures[key]
        said[mark] = facts.rate(measure, tally)
        if measure.unknown:
            said[f"{mark}不含"] = str(tally[measure.unknown])
        elif measure.denominator != "projects":
            said[f"{mark}应计"] = str(tally[measure.denominator])
            said[f"{mark}已计"] = str(tally[measure.numerator])
    rate = rate_of(facts.measures["investment"], tally)
    if rate is not None:
        ahead = rate - Fraction(int(asked.month[5:]), 12)
        said["投资与序时"] = _points(facts, ahead, "快于序时进度", "慢于序时进度", "与序时进度持平")
    return said


def _points(facts: Facts, by: Fraction, up: str, down: str, level: str) -> str:
    """Say by how many percentage points something lies above or below, rounded once from the exact fraction."""
    printed = print_rate(abs(by), facts.asked.programme.decimals)
    return level if not by else f"{up if by > 0 else down}{printed}个百分点"


def _movements(facts: Facts) -> dict[str, str]:
    before, tally = facts.before, facts.asked.tally
    if before is None:
        return {}
    usual = facts.before_month == shift_month(facts.asked.month, -1)
    said = {"比较月": "上月" if usual or facts.before_month is None else chinese_month(facts.before_month)}
    for mark, name in (("已开工增减", "started"), ("已完工增减", "completed"), ("项目数增减", "projects")):
        by = tally[name] - before[name]
        said[mark] = "持平" if not by else f"{'增加' if by > 0 else '减少'}{abs(by)}项"
    for mark, key in (("开工率升降", "start"), ("完工率升降", "completion")):
        now, then = (rate_of(facts.measures[key], each) for each in (tally, before))
        if now is not None and then is not None:
            said[mark] = _points(facts, now - then, "提高", "下降", "持平")
    by = tally["cumulative_investment"] - before["cumulative_investment"]
    said["累计投资增减"] = "持平" if not by else f"{'增加' if by > 0 else '减少'}{facts.money(abs(by))}"
    return said


def plain(name: str) -> str:
    """Give a name as it may stand in a text with marks: on one line, without what would begin or end one."""
    return " ".join(name.replace("【", "").replace("】", "").split())


def _by_category(facts: Facts) -> dict[str, str]:
    said = {}
    for name, tally in facts.categories:
        mark = plain(name)
        for word in ("项目数", "已开工", "已完工"):
            said[f"{mark}·{word}"] = str(tally[COUNTED[word]])
        for word in ("开工率", "完工率"):
            said[f"{mark}·{word}"] = facts.rate(facts.measures[RATES[word]], tally)
        said[f"{mark}·累计完成投资"] = facts.money(tally["cumulative_investment"])
    return said


def peers_of(ranking: Ranking) -> dict[str, list[RankedRow]]:
    """Give the rows that have a place by their peers, in order."""
    found: dict[str, list[RankedRow]] = {}
    for row in ranking.rows:
        if row.placed is not None:
            found.setdefault(row.peers, []).append(row)
    return found


def ranking_mark(rate: str, peers: str, several: bool) -> str:
    """Give the mark under which a ranking stands: `完工率排名`, or with its peers where there are several groups."""
    return f"{rate}排名·{peers}" if several else f"{rate}排名"


MOST_RANKED = 20
"""A group with more units is told by its best and worst; the annexed table has all."""

CUT = 3
"""How many places are best, how many are worst; a tie at the cut lengthens the list."""


def _ranked(facts: Facts) -> dict[str, str]:
    said = {}
    for ranking in facts.ranked.values():
        groups = peers_of(ranking)
        for peers, rows in groups.items():
            mark = ranking_mark(ranking.measure.title, peers, len(groups) > 1)
            said[mark] = _places(facts, rows)
            for word, extreme in (("靠前", best(rows)), ("靠后", worst(rows))):
                # Where all places stand in the text, names are enough.
                all_told = len(rows) <= MOST_RANKED
                said[f"{mark}{word}"] = (
                    "、".join(row.name for row in extreme) if all_told else _places(facts, extreme)
                )  # fmt: skip
            said[f"{mark}个数"] = str(len(rows))
            changes = [(row.name, row.placed.change or 0) for row in rows if row.placed]
            for verb, sign in (("上升", 1), ("下降", -1)):
                moved = [(name, change * sign) for name, change in changes if change * sign > 0]
                said[f"{mark}位次{verb}"] = moves_in_words(moved, verb)
    return said


def moves_in_words(moved: Sequence[tuple[str, int]], verb: str) -> str:
    """Print by how many places units moved, the farthest first: `祁县上升8位，榆社县、左权县各上升1位`."""
    by_places: dict[int, list[str]] = {}
    for name, places in sorted(moved, key=lambda each: -each[1]):
        by_places.setdefault(places, []).append(name)
    return "，".join(
        f"{'、'.join(names)}{'各' if len(names) > 1 else ''}{verb}{places}位" for places, names in by_places.items()
    )


def best(rows: Sequence[RankedRow]) -> list[RankedRow]:
    """Give the best of a group; a tie at the cut lengthens the list, or stands back where most would be best."""
    return _foremost(rows, 1)


def worst(rows: Sequence[RankedRow]) -> list[RankedRow]:
    """Give the worst of a group in the order of places; ties at the cut as of the best."""
    return _foremost(rows[::-1], -1)[::-1]


def _foremost(rows: Sequence[RankedRow], sign: int) -> list[RankedRow]:
    if len(rows) <= CUT:
        return list(rows)
    places = [row.placed.place * sign if row.placed else 0 for row in rows]
    last = places[CUT - 1]
    lengthened = sum(place <= last for place in places)
    return list(rows[: lengthened if lengthened * 2 <= len(rows) else sum(place < last for place in places)])


class Standing(NamedTuple):
    """A unit as it stands in a ranking: its name, place, whether others share it, and its printed rate."""

    name: str
    place: int
    tied: bool
    rate: str


def _places(facts: Facts, rows: Sequence[RankedRow]) -> str:
    decimals = facts.asked.programme.decimals
    return places_in_words([
        Standing(row.name, row.placed.place, row.placed.tied, print_share(*row.share, decimals))
        for row in rows
        if row.placed and row.share
    ])  # fmt: skip


def places_in_words(standings: Iterable[Standing]) -> str:
    """Print places in words, those of one tie together: `榆次区第1（80.0%），太谷区、祁县并列第2（75.0%）`."""
    runs: dict[int, list[Standing]] = {}
    for each in standings:
        runs.setdefault(each.place, []).append(each)
    return "，".join(
        f"{'、'.join(each.name for each in run)}{'并列' if run[0].tied else ''}第{place}（{run[0].rate}%）"
        for place, run in runs.items()
    )


def _corrected(facts: Facts) -> dict[str, str]:
    """Give what counts, sums and rates are with the corrections since the closing."""
    if not facts.corrected:
        return {}
    asked = facts.asked
    now = corrected_tally(asked.ledger, asked.programme, asked.month, asked.area)
    said = {f"更正后{mark}": str(now[name]) for mark, name in COUNTED.items()}
    said |= {f"更正后{mark}": facts.money(now[name]) for mark, name in SUMMED.items()}
    return said | {f"更正后{mark}": facts.rate(facts.measures[key], now) for mark, key in RATES.items()}
