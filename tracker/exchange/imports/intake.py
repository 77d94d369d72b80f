"""Intake: from a workbook's sheets to what an import would write, with every fault found on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from tracker.exchange.imports.contradictions import check_row
from tracker.exchange.imports.matching import Match, Matcher
from tracker.exchange.reading.cells import ReadRow, RowReader
from tracker.exchange.reading.chosen_headings import remembered_notes, to_remember, used_choices
from tracker.exchange.reading.faultbook import FaultBook
from tracker.exchange.reading.heading_words import REPORTING, UNREPORTED
from tracker.exchange.reading.headings import NoTable, Table, find_table
from tracker.exchange.reading.notices import months_named, print_months
from tracker.exchange.reading.reading_choices import NO_CHOICES, ReadingChoices
from tracker.exchange.reading.rows import each_project_row
from tracker.exchange.reading.workbooks import Sheet
from tracker.ledger.handle import Ledger
from tracker.ledger.heading_choices import HeadingChoice, choices_in_force
from tracker.ledger.programmes import known_categories, places_of
from tracker.ledger.projects import Identity, identities
from tracker.ledger.standings import states_at
from tracker.model.faults import Fault, Flaw, Severity
from tracker.model.fields import FIELD
from tracker.model.folding import State, advance, says_nothing_new
from tracker.model.months import chinese_month, shift_month
from tracker.model.names import plain_name
from tracker.model.places import Place
from tracker.model.programme import Programme
from tracker.model.values import said_text

Progress = Callable[[str, int, int], None]
"""Hears how far a long import is: `reading`, `comparing`, `recording` or `counting`; the rows done, of how many."""

_EVERY = 100
"""After how many rows progress is told."""


def untold(_step: str, _done: int, _of: int) -> None:
    """Hear of no progress."""


@dataclass(slots=True)
class Planned:
    """What one row would write: to a known project (`code`) or as a new one (None).

    `changes` is False where the ledger already says all of it for the month. `known` is the state that holds
    at the month before anything is written. `introduced` are name and county of a project that is registered
    in a later month only: its older month has to learn them.
    """

    row: ReadRow
    code: str | None
    changes: bool
    known: State | None
    introduced: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    """What an import would do.

    `faults` in the order of the file; `not_mentioned` are codes and names of the scope's listed projects
    that the file leaves out; `notes` are sentences about what was computed; `unread` are columns whose
    heading means no field, as (sheet, cell, heading); `tables` are what was found in the sheets;
    `computed_from` are last month's cumulative sums that a month's own is added to, by code. `used` are the choices
    that the file was read by (rows of `import_choice`), `taught` what the office's next list is to be read by.
    """

    month: str
    within: Place
    tables: list[Table] = field(default_factory=list)
    rows: list[Planned] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    not_mentioned: list[dict[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    unread: list[tuple[str, str, str]] = field(default_factory=list)
    computed_from: dict[str, Any] = field(default_factory=dict)
    used: list[dict[str, Any]] = field(default_factory=list)
    taught: list[HeadingChoice] = field(default_factory=list)

    def refused(self, accept_warnings: bool) -> bool:
        """Say whether the faults keep everything from being written."""
        gravest = {fault.severity for fault in self.faults}
        return bool(gravest - {Severity.ASK}) or (Severity.ASK in gravest and not accept_warnings)

    def digest(self) -> str:
        """Give a digest that changes with anything this plan would write, writes over, asks or leaves out."""
        rows = [
            (
                planned.code,
                sorted(planned.row.values.items(), key=_by_name),
                sorted(planned.row.cleared),
                sorted(planned.introduced.items()),
                planned.row.county and planned.row.county.code,
                planned.known and (planned.known.reported, sorted(planned.known.values.items(), key=_by_name)),
            )
            for planned in self.rows
            if planned.changes
        ]
        said = [self.month, self.within.code, rows, self.faults, self.not_mentioned, self.notes, self.computed_from,
                self.used, self.taught]  # fmt: skip
        return hashlib.sha256(repr(said).encode("utf-8", "surrogatepass")).hexdigest()


_COUNTED = ("name", "month_investment", "cumulative_investment")
"""The values that the notes of a plan are made from."""


def _by_name(item: tuple[str, Any]) -> str:
    return item[0]


@dataclass(frozen=True, slots=True)
class Background:
    """What the ledger knows before an import.

    Identities, the states that hold at the month (carried forward where the month is not open yet) and
    the states at the end of the month before.
    """

    known: Mapping[str, Identity]
    now: Mapping[str, State]
    before: Mapping[str, State]


def background_of(ledger: Ledger, programme: Programme, month: str) -> Background:
    """Gather what an import of a month is compared with."""
    now = {
        code: state if state.month == month else advance(state, month, (), programme)
        for code, state in states_at(ledger, programme, month).items()
    }
    return Background(identities(ledger, programme), now, states_at(ledger, programme, shift_month(month, -1)))


def plan_import(
    ledger: Ledger,
    programme: Programme,
    month: str,
    within: Place,
    sheets: Iterable[Sheet],
    choices: ReadingChoices = NO_CHOICES,
    progress: Progress = untold,
    *,
    keep_values: bool = True,
) -> Plan:
    """Read a workbook's sheets against the ledger and give what would be written, and every fault at once.

    `choices` say how somebody wants the sheets read; what the office's headings are remembered to mean is looked up.
    Where the rows are only counted, `keep_values` False spares the memory of their values; the plan has no digest then.
    """
    plan = Plan(month, within)
    places = places_of(ledger, programme)
    choices = replace(choices, remembered=choices_in_force(ledger, programme.key, places, within))
    tables = _tables(sheets, plan, choices)
    plan.tables = [table for _, table in tables]
    if not tables:
        return plan
    plan.used = used_choices(choices, plan.tables)
    plan.taught = to_remember(choices, plan.tables, within.code)
    plan.notes += remembered_notes(plan.tables)
    total = sum(len(sheet.rows) for sheet, _ in tables)
    categories = list(programme.categories) if programme.categories_complete else known_categories(ledger, programme)
    background = background_of(ledger, programme, month)
    homes = {code: identity.at(month)[1] for code, identity in background.known.items()}
    book = FaultBook()
    matcher = Matcher(background.known, month, places, within)
    readers: dict[str, RowReader] = {}
    for sheet, table in tables:
        _check_month(table, month, book)
        plan.unread += [(table.sheet, cell, heading) for cell, heading in table.unread]
        reader = RowReader(table, programme, places, within, categories, homes, book)
        readers[table.sheet], columns = reader, set(table.columns)
        for raw in each_project_row(sheet, table):
            row = reader.read(raw)
            match = matcher.match(row)
            for name, flaw in match.flaws:
                reader.fault(row, name, flaw)
            known = background.now.get(match.code) if match.code else None
            before = background.before.get(match.code) if match.code else None
            check_row(row, month, columns, known, before, reader.fault)
            plan.rows.append(_planned(row, match, known, background, month))
            row.forget_cells()
            if not keep_values:
                row.forget_values(_COUNTED)
            if len(plan.rows) % _EVERY == 0:
                progress("reading", len(plan.rows), total)
    progress("comparing", len(plan.rows), len(plan.rows))
    for row, flaw in matcher.near_names():
        readers[row.sheet].fault(row, "name", flaw)
    _drop_needless_questions(plan.rows, book)
    if not plan.rows:
        plan.faults.append(_no_rows([table for _, table in tables]))
    plan.faults += book.faults()
    _note_unmentioned(plan, background, {place.code for place in places.units(within)})
    _note_computed(plan, background)
    return plan


def _tables(sheets: Iterable[Sheet], plan: Plan, choices: ReadingChoices) -> list[tuple[Sheet, Table]]:
    found: list[tuple[Sheet, Table]] = []
    without: list[NoTable] = []
    unknown = set(choices.sheets)
    left_out = False
    for sheet in sheets:
        choice = choices.of(sheet.name)
        unknown.discard(sheet.name)
        left_out = left_out or choice.read is False
        if not sheet.rows or choice.read is False:
            continue
        table = find_table(sheet, choices)
        if isinstance(table, Table):
            found.append((sheet, table))
        elif isinstance(table, NoTable) and choice.read:
            plan.faults.append(_no_table([table]))
        elif isinstance(table, NoTable):
            without.append(table)
        else:
            plan.faults.append(table)
    if unknown:
        plan.faults.append(Fault(Severity.STOP, f"文件里没有“{min(unknown)}”这张工作表，请重新选要读的工作表。"))
    if not found and not without and left_out and not plan.faults:
        plan.faults.append(Fault(Severity.STOP, "没有选要读的工作表，请至少选一张。"))
    if not found and not plan.faults:
        plan.faults.append(_no_table(without))
    return found if not plan.faults else []


def _no_table(without: list[NoTable]) -> Fault:
    if not without:
        message = "工作簿里没有内容。请选有项目清单的工作簿，表头至少要有“项目名称”和另外两列。"
        return Fault(Severity.STOP, message)
    best = max(without, key=lambda table: len(table.found))
    seen = f"认出的表头有：{'、'.join(best.found)}" if best.found else "没有认出任何表头"
    message = (
        f"工作表“{best.sheet}”里找不到项目清单的表头：{seen}；缺少：{'、'.join(best.missing)}。"
        "请在数据上方加一行表头，例如：项目名称、县（市、区）、总投资（万元）、实际开工时间、实际完工时间。"
    )
    return Fault(Severity.STOP, message, sheet=best.sheet)


def _no_rows(tables: list[Table]) -> Fault:
    message = f"工作表“{tables[0].sheet}”只有表头，没有项目。请核对是否选对了文件。"
    return Fault(Severity.STOP, message, sheet=tables[0].sheet)


def _check_month(table: Table, month: str, book: FaultBook) -> None:
    """Ask about every title or 填报时间 that names another month than the one imported."""
    for cell, text in table.notices:
        months = months_named(text, month)
        if months and month not in months:
            now = chinese_month(month)
            message = f"表上写的是 {print_months(months)}，这次导入的是 {now}，请核对月份；确认后按 {now} 登记。"
            flaw = Flaw(Severity.ASK, message)
            book.note(table.sheet, cell, flaw, field=None, said=said_text(text), heading="", row=None)


def _planned(row: ReadRow, match: Match, known: State | None, background: Background, month: str) -> Planned:
    # A list we made says which projects have not reported: reading it back unchanged must not report for them.
    reporting = row.raw.cells.get(REPORTING)
    silent = reporting is not None and plain_name(said_text(reporting)) == UNREPORTED
    recorded = known is not None and ((known.reported and known.month == month) or silent)
    changes = known is None or not recorded or _changes(row, known)
    planned = Planned(row, match.code, changes, known)
    identity = background.known[match.code] if match.code else None
    if identity is not None and month < identity.first_month:
        name, county = identity.at(month)
        planned.introduced = {"name": name, "county": county}
    return planned


def _drop_needless_questions(rows: list[Planned], book: FaultBook) -> None:
    """Forget the questions about rows from which nothing would be written.

    A merged cell may stand for several rows: its question stays while one of them is to be written.
    """
    asked: dict[bool, set[tuple[str, str]]] = {True: set(), False: set()}
    for planned in rows:
        row = planned.row
        asked[planned.changes] |= {(row.sheet, row.cell_of(name)) for name in row.flawed}
        if row.raw.sub_heading is not None and "category" in row.flawed:
            asked[planned.changes].add((row.sheet, row.raw.sub_heading[0]))
    book.drop_questions(asked[False] - asked[True])


def _changes(row: ReadRow, known: State) -> bool:
    for name, said in row.values.items():
        if name != "name" and not says_nothing_new(name, known.values.get(name), said):
            return True
    return any(name in known.values for name in row.cleared)


def _note_unmentioned(plan: Plan, background: Background, units: set[str]) -> None:
    mentioned = {planned.code for planned in plan.rows}
    for code in sorted(background.now):
        state = background.now[code]
        if state.listed and code not in mentioned and state.values["county"] in units:
            plan.not_mentioned.append({"code": code, "name": state.values["name"]})


def _note_computed(plan: Plan, background: Background) -> None:
    """Say for which projects the cumulative investment follows from the month's alone, and where it cannot."""
    computed: list[str] = []
    unknown: list[str] = []
    for planned in plan.rows:
        values: Mapping[str, Any] = planned.row.values
        said = "cumulative_investment" in values or "cumulative_investment" in planned.row.cleared
        if "month_investment" not in values or said or not planned.changes:
            continue
        before = background.before.get(planned.code) if planned.code else None
        name = values.get("name", "")
        if planned.code and before is not None and "cumulative_investment" in before.values:
            computed.append(name)
            plan.computed_from[planned.code] = before.values["cumulative_investment"]
        else:
            unknown.append(name)
    heading = FIELD["month_investment"].heading
    if computed:
        rule = "累计完成投资按上月累计加本月计算"
        plan.notes.append(f"{len(computed)} 个项目只填了{heading}，{rule}：{_some(computed)}。")
    if unknown:
        rule = "上月累计不明，累计完成投资仍为不明"
        plan.notes.append(f"{len(unknown)} 个项目只填了{heading}，{rule}：{_some(unknown)}。")


def _some(names: list[str]) -> str:
    return "、".join(names[:5]) + ("等" if len(names) > 5 else "")
