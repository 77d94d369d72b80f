"""Month merging: what was typed into a month's workbook, merged field by field with what came about meanwhile.

Three texts meet in each field: what stood there when the workbook was made, what the workbook says now, and what the
return's page shows now. Where only the workbook changed, its text is entered; where both did, differently, both are
shown with who wrote the other one and when, and somebody decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from tracker.exchange.imports.contradictions import check_row
from tracker.exchange.imports.draft_plan import Conflict, Doubt, DraftPlan, Entry, LeftOut
from tracker.exchange.imports.draft_reading import REPORTED, DraftedRow, read_drafts
from tracker.exchange.month_workbook.gathering import TICKED, held_cell, tick_text
from tracker.exchange.month_workbook.marks import Marks
from tracker.exchange.month_workbook.returned import Returned, ReturnedRow, note_at, read_returned, wrong_book
from tracker.exchange.reading.cells import ReadRow
from tracker.exchange.reading.workbooks import Sheet
from tracker.ledger.drafts import ANSWER, UNCHANGED
from tracker.ledger.handle import Ledger
from tracker.ledger.histories import history_of
from tracker.ledger.months import admission
from tracker.ledger.programmes import places_of
from tracker.ledger.returns import STATUS_WORDS, TO_FILL, ReturnRow, rows_of_month
from tracker.model.faults import Fault, Flaw, Severity
from tracker.model.fields import FIELD
from tracker.model.folding import says_nothing_new
from tracker.model.months import chinese_month
from tracker.model.places import Place
from tracker.model.printing import print_value
from tracker.model.programme import Programme
from tracker.model.record_words import RECORD_WORDS
from tracker.model.values import said_text

_NAMED = 5
_LONGEST_SHOWN = 60


class _Writer(NamedTuple):
    """Who wrote what stands now, when, and in what."""

    by: str
    at: str
    how: str


def merge_workbook(
    ledger: Ledger, programme: Programme, month: str, within: Place, marks: Marks, sheets: Sequence[Sheet]
) -> DraftPlan:
    """Plan what a month's workbook that came back enters into its county's drafts."""
    places = places_of(ledger, programme)
    plan = DraftPlan(made_at=marks.made_at)
    wrong = wrong_book(marks, programme, month, within, places)
    if wrong is not None:
        plan.faults.append(wrong)
        return plan
    county = places.find(marks.county)
    if county is None:
        raise ValueError(f"no place {marks.county}")
    listed = {row.project: row for row in rows_of_month(ledger, programme, month, county)}
    names = {code: row.name for code, row in listed.items()}
    found = read_returned(marks, programme, county, places, names, sheets)
    plan.rows_read = len(found.rows)
    plan.faults += found.faults
    plan.left_out += found.left_out
    plan.unread += found.unread
    plan.notes += found.notes
    drafted = {each.row.project: each for each in read_drafts(ledger, programme, month, county).projects}
    refusal = admission(ledger, programme, month, county.code).refusal or ""
    if not drafted:
        plan.refusal = refusal
    if found.faults:
        return plan
    merging = _Merging(ledger, programme, month, marks, plan, found)
    for row in found.rows:
        if row.code in drafted:
            merging.merge(row, drafted[row.code])
        else:
            merging.leave_out(row, listed.get(row.code), refusal)
    merging.finish(listed)
    return plan


class _Merging:
    """One merge on its way: what it reads from, and the plan it fills."""

    def __init__(
        self, ledger: Ledger, programme: Programme, month: str, marks: Marks, plan: DraftPlan, found: Returned
    ) -> None:  # fmt: skip
        """Start with an empty plan and a workbook that was read."""
        self.ledger, self.programme, self.month = ledger, programme, month
        self.places = places_of(ledger, programme)
        self.marks, self.plan, self.found = marks, plan, found
        self._same = 0
        self._blanked: list[str] = []
        self._beside_tick: list[str] = []
        self._computed: list[str] = []
        self._rows: dict[tuple[str, int], DraftedRow] = {}
        self._left: set[tuple[str, int]] = set()

    def merge(self, row: ReturnedRow, drafted: DraftedRow) -> None:
        """Take in what a row says of a project that is still to be reported."""
        self._rows[row.read.sheet, row.read.number] = drafted
        self._blanked += [row.read.cell_of(name) for name in row.blanked]
        entered: set[str] = set()
        needless: set[tuple[str, str]] = set()
        for name in row.typed:
            if name not in row.read.values and name not in row.read.cleared:
                continue  # it must be mended first, and stands among the faults
            value = row.read.values.get(name)
            text = "" if value is None else print_value(name, value)
            theirs = held_cell(name, drafted, self.programme, self.places)
            if text == theirs.base or (theirs.value is not None and says_nothing_new(name, theirs.value, value)):
                self._same += 1
                needless.add((row.read.sheet, row.read.cell_of(name)))
                continue
            entered.add(name)
            self._enter(row, drafted, name, text, theirs.base, self.marks.bases[row.code][name])
        # Nothing is to be entered from these cells, so nothing is to be asked about them.
        self.found.book.drop_questions(needless)
        self._tick(row, drafted, changed=bool(entered or row.read.flawed))
        if entered:
            mark = drafted.drafts.get(UNCHANGED)
            if mark is not None and drafted.unchanged:
                self.plan.ticks[row.code] = mark.version
            self._check(row, drafted, entered)
            self._note_computed(drafted, entered)

    def _note_computed(self, drafted: DraftedRow, entered: set[str]) -> None:
        """Note a row whose cumulative investment will follow from the month's alone, though the sheet shows another."""
        said = entered | drafted.values.keys() | drafted.cleared
        known = drafted.before.values if drafted.before else {}
        if "month_investment" in entered and "cumulative_investment" not in said and "cumulative_investment" in known:
            self._computed.append(drafted.row.name)

    def _enter(
        self, row: ReturnedRow, drafted: DraftedRow, name: str, text: str, theirs: str, base: str,
        writer: _Writer | None = None,
    ) -> None:  # fmt: skip
        """Enter a text where what stands is what stood; ask where it is something else by now."""
        draft = drafted.drafts.get(name)
        cell = row.tick_cell if name == UNCHANGED else row.read.cell_of(name)
        seen = draft.version if draft else 0
        entry = Entry(row.code, drafted.row.name, name, text, theirs, seen, row.read.sheet, cell)
        if theirs == base:
            self.plan.entries.append(entry)
            return
        by, at, how = writer or self._writer(drafted, name)
        message = (
            f"第 {row.read.number} 行“{entry.heading}”：本表写的是{_quoted(shown_text(name, text))}，"
            f"{by}{f' {at[:16]} '.replace('T', ' ') if at else ''}已在{how}里写了{_quoted(theirs)}"
            f"（生成工作簿时是{_quoted(base)}）；确认后以本表为准。"
        )
        said = said_text(shown_text(name, text)) or None
        field = None if name == UNCHANGED else name
        fault = Fault(Severity.ASK, message, row.read.sheet, cell, field, said)
        self.plan.conflicts.append(Conflict(entry, theirs, by, at, how, fault))

    def _writer(self, drafted: DraftedRow, name: str) -> _Writer:
        """Find who wrote what stands in a field now: in a draft, in the return that was sent back, or in the ledger."""
        draft = drafted.drafts.get(name)
        if draft is not None:
            return _Writer(draft.saved_by, draft.saved_at, "草稿")
        if name in drafted.values or name in drafted.cleared:
            return _Writer(drafted.row.by, drafted.row.at, "退回的月报")
        history = history_of(self.ledger, self.programme, drafted.row.project)
        for record in reversed(history.records):
            said = history.said.get(record.sequence)
            if said is None or said.withdrawn or said.awaiting or said.month > self.month:
                continue
            if name in said.values or name in said.cleared:
                words = RECORD_WORDS[record.head["kind"]]
                return _Writer(record.head["recorded_by"], record.head["recorded_at"], words)
        return _Writer("别人", "", "台账")

    def _tick(self, row: ReturnedRow, drafted: DraftedRow, *, changed: bool) -> None:
        """Take in 本月无变化; what was changed in the row goes before it."""
        stood = self.marks.bases[row.code].get(UNCHANGED) == TICKED
        if row.ticked and changed:
            self._beside_tick.append(drafted.row.name)
        if row.ticked is None or row.ticked in (stood, drafted.unchanged) or changed:
            return
        typed = [name for name in REPORTED if name in drafted.drafts]
        said = [name for name in typed if name in drafted.values or name in drafted.cleared or name in drafted.flawed]
        if row.ticked and said:
            theirs = "；".join(f"{FIELD[name].heading} {drafted.texts[name] or '（清空）'}" for name in said)
            last = max((drafted.drafts[name] for name in said), key=lambda draft: draft.saved_at)
            writer = _Writer(last.saved_by, last.saved_at, "草稿")
            self._enter(row, drafted, UNCHANGED, tick_text(ticked=True), theirs, "", writer)
        else:
            held = tick_text(ticked=drafted.unchanged)
            self._enter(row, drafted, UNCHANGED, tick_text(ticked=row.ticked), held, held)

    def _check(self, row: ReturnedRow, drafted: DraftedRow, entered: set[str]) -> None:
        """Note the contradictions that the row brings about in the return, not those that are in it already."""
        columns = set(REPORTED)
        if "actual_start" in (drafted.known.values if drafted.known else {}):
            columns.discard("actual_start")
        already: set[tuple[str, str]] = set()
        brought: list[tuple[str, Flaw]] = []
        merged = ReadRow(row.read.sheet, row.read.raw)
        merged.values = {name: value for name, value in drafted.values.items() if name not in row.typed}
        merged.values |= {name: value for name, value in row.read.values.items() if name in entered}
        merged.cleared = (drafted.cleared - set(row.typed)) | (row.read.cleared & entered)
        merged.flawed = (drafted.flawed - set(row.typed)) | row.read.flawed
        check_row(
            drafted, self.month, columns, drafted.known, drafted.before,
            lambda _, name, flaw: already.add((name, flaw.message)),
        )  # fmt: skip
        check_row(
            merged, self.month, columns, drafted.known, drafted.before,
            lambda _, name, flaw: brought.append((name, flaw)),
        )  # fmt: skip
        for name, flaw in brought:
            if (name, flaw.message) not in already:
                note_at(self.found.book, row.read, name, flaw)

    def leave_out(self, row: ReturnedRow, listed: ReturnRow | None, refusal: str) -> None:
        """Show what a row says of a project that can no longer be reported; `refusal` says why not all may be."""
        name = listed.name if listed else self.marks.bases[row.code]["name"]
        why = f"这个项目已不在{chinese_month(self.month)}的清单里"
        if listed is not None and listed.status in TO_FILL:
            why = refusal.rstrip("。")
        elif listed is not None:
            why = f"这个项目{chinese_month(self.month)}已经报送（{STATUS_WORDS[listed.status]}）"
        # It is shown as it was typed, right or wrong: nobody has to mend what is not entered.
        self._left.add((row.read.sheet, row.read.number))
        for field in row.typed:
            said = row.read.values.get(field)
            text = said_text(row.read.raw.cells.get(field)) if said is None else print_value(field, said)
            self.plan.left_out.append(LeftOut(name, FIELD[field].heading, text, why))

    def finish(self, listed: dict[str, ReturnRow]) -> None:
        """Put into the plan what was found wrong, and what is to be said beside."""
        plan = self.plan
        for fault in self.found.book.faults():
            number = int((fault.cell or "0").lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ") or 0)
            at = (fault.sheet or "", number)
            if at in self._left:
                continue
            drafted = self._rows.get(at)
            if fault.severity is Severity.ASK and fault.field in REPORTED and drafted is not None:
                answer = drafted.drafts.get(f"{ANSWER}{fault.field}")
                code, name = drafted.row.project, drafted.row.name
                plan.doubts.append(Doubt(fault, code, name, fault.field or "", answer.version if answer else 0))
            else:
                plan.faults.append(fault)
        gone = [
            {"code": code, "name": listed[code].name}
            for code in self.marks.bases
            if code in listed and listed[code].status in TO_FILL and code not in {row.code for row in self.found.rows}
        ]
        plan.not_mentioned += gone
        if gone:
            named = _some([each["name"] for each in gone])
            plan.notes.append(f"表里少了 {len(gone)} 个项目，没有替它们填报：{named}。")
        if self._blanked:
            cells = "、".join(self._blanked[:_NAMED]) + "等" * (len(self._blanked) > _NAMED)
            plan.notes.append(
                f"{len(self._blanked)} 处只把原来的内容删空了（{cells}），按没有改动处理；要删掉内容请写“清空”。"
            )
        if self._computed:
            month, whole = FIELD["month_investment"].heading, FIELD["cumulative_investment"].heading
            rule = f"只填了{month}，{whole}按上月累计加本月计算"
            plan.notes.append(f"{len(self._computed)} 个项目{rule}：{_some(self._computed)}。")
        if self._same:
            plan.notes.append(f"{self._same} 处改动与系统里现在的一致，不用再记。")
        if self._beside_tick:
            plan.notes.append(f"有改动，没有记为“本月无变化”：{_some(self._beside_tick)}。")


def shown_text(name: str, text: str) -> str:
    """Give a draft's text as people read it."""
    return TICKED if name == UNCHANGED and text else text


def _quoted(text: str) -> str:
    short = text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"
    return f"“{' '.join(short.split())}”" if text else "空白"


def _some(names: list[str]) -> str:
    return "、".join(names[:_NAMED]) + "等" * (len(names) > _NAMED)
