"""Import preview: what a page shows of a list before it is imported: how it was read, what is wrong, what changes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Generic, TypeVar

from tracker.exchange.imports.rehearsing import Affected, Difference, Rehearsal
from tracker.exchange.reading.headings import Table, row_words
from tracker.exchange.reading.reading_choices import Origin, column_words, is_money
from tracker.exchange.reading.workbooks import column_letters
from tracker.model.faults import SEVERITY_WORDS, Fault, Severity
from tracker.model.fields import FIELD, Kind
from tracker.model.measures import print_wan
from tracker.model.places import Places
from tracker.model.printing import print_value
from tracker.web.whereabouts import place_words
from tracker.web.wording import DASH, masked_phone

SHOWN = 50
"""How many of a kind stand open on the page; the others are folded."""
MOST_FAULTS = 2000
"""How many faults of a kind a page holds: whoever has more mends these first."""
MOST_PROJECTS = 500
"""How many projects of a kind a page holds: more would be no page anybody reads."""

_TALLIES = (("projects", "项目", "项"), ("started", "已开工", "项"), ("completed", "已完工", "项"),
            ("total_investment", "总投资", "万元"), ("year_plan", "年度计划投资", "万元"),
            ("cumulative_investment", "累计完成投资", "万元"))  # fmt: skip
_EXPLAINED = {
    Severity.STOP: "没有读成，请照说明处理；要改文件的，改好后重新上传。",
    Severity.FIX: "请在原文件里改正这些单元格，保存后重新上传；改正以前什么也不会写入。",
    Severity.ASK: "这些内容可能没有错，请逐条核对：有错就改正后重新上传，属实就在下面确认。",
}

Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Folded(Generic[Item]):
    """A long list: what stands open, what is folded, how many there are, and how many are not on the page."""

    open: Sequence[Item]
    folded: Sequence[Item]
    number: int

    @property
    def left_out(self) -> int:
        """Give how many are not on the page."""
        return self.number - len(self.open) - len(self.folded)


def folded(items: Sequence[Item], most: int) -> Folded[Item]:
    """Fold a list, of which a page holds at most so many."""
    return Folded(items[:SHOWN], items[SHOWN:most], len(items))


@dataclass(frozen=True, slots=True)
class ShownFault:
    """A fault at its place: sheet and cell, the field's heading, what was said, and the sentence."""

    place: str
    heading: str
    said: str
    sentence: str


@dataclass(frozen=True, slots=True)
class FaultGroup:
    """The faults of one severity, what to do about them, and the severity's own name."""

    severity: str
    word: str
    explained: str
    faults: Folded[ShownFault]


@dataclass(frozen=True, slots=True)
class Understood:
    """One table as it was understood: its sheet, where its headings stand, its rows, the unit of its sums.

    `columns` are (letter, heading as written, field); `unread` are (cell, heading), `open` those of them that nobody
    has said anything about yet.
    """

    sheet: str
    heading_rows: str
    rows: int
    unit: str
    columns: list[tuple[str, str, str]]
    unread: list[tuple[str, str]]
    open: list[str]


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a project before and after."""

    title: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ChangedProject:
    """A project of the list, where it stands in the file and what becomes of it; `code` is "" for a new one."""

    name: str
    code: str
    county: str
    place: str
    lines: list[Line]


@dataclass(frozen=True, slots=True)
class Sum:
    """A count or a sum of the area before and after the import, and the difference with its sign, "" for none."""

    title: str
    before: str
    after: str
    difference: str


@dataclass(frozen=True, slots=True)
class Preview:
    """Everything the page shows of a list that is not imported yet.

    `headless` says that no list was found in the file, which somebody may be able to point out; `mendable` says that
    faults must be mended first, `asks` counts the questions, `silent` the projects that only get their return,
    `changes` says whether the import would write anything.
    """

    understood: list[Understood]
    groups: list[FaultGroup]
    summary: str
    headless: bool
    mendable: bool
    asks: int
    new: Folded[ChangedProject]
    changed: Folded[ChangedProject]
    silent: int
    unchanged: int
    rows: int
    not_mentioned: Folded[dict[str, str]]
    notes: list[str]
    sums: list[Sum]
    digest: str

    @property
    def changes(self) -> bool:
        """Say whether the import would write anything."""
        return bool(self.new.number or self.changed.number or self.silent)

    @property
    def undecided(self) -> list[str]:
        """Give the headings that nobody has said anything about."""
        return [heading for table in self.understood for heading in table.open]

    @property
    def markable(self) -> bool:
        """Say whether a fault stands in the workbook, where it can be marked."""
        return any(fault.place for group in self.groups for fault in group.faults.open)

    def as_mapping(self) -> dict[str, Any]:
        """Give the preview in the form that is kept as JSON."""
        return asdict(self)


def preview_from(said: dict[str, Any]) -> Preview:
    """Give the preview that a JSON value holds. Raises KeyError, TypeError and AttributeError for what is none."""

    def projects(name: str) -> Folded[ChangedProject]:
        return _folded_from(
            said[name], lambda one: ChangedProject(**{**one, "lines": [Line(**line) for line in one["lines"]]})
        )

    groups = [
        FaultGroup(**{**group, "faults": _folded_from(group["faults"], lambda one: ShownFault(**one))})
        for group in said["groups"]
    ]
    parts = {
        "understood": [Understood(**table) for table in said["understood"]],
        "groups": groups,
        "new": projects("new"),
        "changed": projects("changed"),
        "not_mentioned": _folded_from(said["not_mentioned"], dict),
        "sums": [Sum(**each) for each in said["sums"]],
    }
    return Preview(**{**said, **parts})


def _folded_from(said: dict[str, Any], made: Callable[[dict[str, Any]], Item]) -> Folded[Item]:
    return Folded([made(one) for one in said["open"]], [made(one) for one in said["folded"]], said["number"])


def preview_of(places: Places, rehearsal: Rehearsal) -> Preview:
    """Print what a rehearsal found."""
    result = rehearsal.result
    faults = result.faults
    asks = sum(fault.severity is Severity.ASK for fault in faults)
    changed = [affected for affected in rehearsal.known if affected.differences]
    return Preview(
        understood=[_understood(table, rehearsal.rows.get(table.sheet, 0)) for table in rehearsal.tables],
        groups=_groups(faults),
        summary=_summary(len(faults), asks),
        headless=bool(rehearsal.digest) and not rehearsal.tables and any(fault.sheet for fault in faults),
        mendable=result.refused,
        asks=asks,
        new=folded([_project(places, affected) for affected in rehearsal.new], MOST_PROJECTS),
        changed=folded([_project(places, affected) for affected in changed], MOST_PROJECTS),
        silent=len(rehearsal.known) - len(changed),
        unchanged=result.unchanged,
        rows=result.rows_read,
        not_mentioned=folded(result.not_mentioned, MOST_PROJECTS),
        notes=result.notes,
        sums=_sums(rehearsal),
        digest=rehearsal.digest,
    )


def _summary(faults: int, asks: int) -> str:
    """Say what the faults keep from happening, as the command line says it."""
    if not faults:
        return ""
    how = "核对属实后在下面确认" if asks == faults else "请改正后再导入"
    return f"共 {faults} 处问题，台账没有改动；{how}。"


def _groups(faults: list[Fault]) -> list[FaultGroup]:
    groups = []
    for severity, word in SEVERITY_WORDS.items():
        found = [_shown(fault) for fault in faults if fault.severity is severity]
        if found:
            groups.append(FaultGroup(severity.value, word, _EXPLAINED[severity], folded(found, MOST_FAULTS)))
    return groups


def _shown(fault: Fault) -> ShownFault:
    place = f"{fault.sheet}!{fault.cell}" if fault.sheet and fault.cell else fault.sheet or fault.cell or ""
    heading = FIELD[fault.field].heading if fault.field in FIELD else ""
    return ShownFault(place, heading, fault.said or "", fault.sentence)


def _understood(table: Table, rows: int) -> Understood:
    columns = sorted(table.columns.values(), key=lambda column: column.index)
    money = [column for column in columns if is_money(column.field)]
    units = dict.fromkeys(column.unit or table.corner_unit or "万元（没有写明，按万元读）" for column in money)
    return Understood(
        table.sheet,
        row_words((table.first_header_row, table.last_header_row)),
        rows,
        "、".join(units) or "没有金额",
        [
            (column_letters(column.index), "".join(column.heading.split()), column_words(column.field))
            for column in columns
        ],
        table.unread,
        [
            heading.own
            for heading in table.headings
            if not heading.field and heading.origin not in (Origin.CHOSEN, Origin.REMEMBERED)
        ],
    )


def _project(places: Places, affected: Affected) -> ChangedProject:
    return ChangedProject(
        affected.name,
        affected.code,
        place_words(places, affected.county),
        f"{affected.sheet} 第 {affected.row} 行",
        [_line(places, difference) for difference in affected.differences if difference.field not in _IDENTITY],
    )


_IDENTITY = frozenset({"name", "county"})
"""What a project's own line says already; a list never changes them."""


def _line(places: Places, difference: Difference) -> Line:
    before, after = (_printed(places, difference.field, value) for value in (difference.before, difference.after))
    return Line(FIELD[difference.field].title, before, after)


def _printed(places: Places, name: str, value: Any) -> str:
    if value is None:
        return DASH
    if FIELD[name].kind is Kind.PLACES:
        return "、".join(place_words(places, code) for code in value)
    text = print_value(name, value)
    return masked_phone(text) if name == "phone" else text


def _sums(rehearsal: Rehearsal) -> list[Sum]:
    if rehearsal.before is None or rehearsal.after is None:
        return []
    sums = []
    for key, title, unit in _TALLIES:
        before, after = rehearsal.before[key], rehearsal.after[key]
        printing = print_wan if unit == "万元" else str
        more = after - before
        difference = f"{'+' if more > 0 else '−'}{printing(abs(more))}" if more else ""
        sums.append(Sum(f"{title}（{unit}）", printing(before), printing(after), difference))
    return sums
