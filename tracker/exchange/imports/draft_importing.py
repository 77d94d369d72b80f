"""Draft importing: a county's list, or its month's workbook, becomes drafts of its returns, to be sent afterwards."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from tracker.exchange.imports.draft_plan import Conflict, Doubt, DraftPlan, Entry, projects_of
from tracker.exchange.imports.draft_reading import REPORTED
from tracker.exchange.imports.importing import ImportRequest, ImportResult
from tracker.exchange.imports.intake import Background, Plan, Planned, background_of, plan_import
from tracker.exchange.month_workbook.gathering import tick_text
from tracker.exchange.month_workbook.marks import marks_of, without_marks
from tracker.exchange.month_workbook.merging import merge_workbook, shown_text
from tracker.exchange.reading.workbooks import Sheet
from tracker.ledger.drafts import (
    ANSWER,
    UNCHANGED,
    Draft,
    DraftConflictError,
    DraftPlace,
    drafts_of,
    save_draft,
    saving_together,
)
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.months import Admission, admission
from tracker.ledger.returns import STATUS_WORDS, TO_FILL, ReturnRow, rows_of_month
from tracker.model.faults import Fault, Severity
from tracker.model.fields import FIELD
from tracker.model.folding import says_nothing_new
from tracker.model.months import chinese_month
from tracker.model.printing import print_value
from tracker.model.programme import Programme

_CONFIRMED = "导入时已确认属实"


def import_drafts(
    ledger: Ledger, programme: Programme, request: ImportRequest, sheets: list[Sheet] | Fault
) -> ImportResult:
    """Enter what was read of a file as drafts; gives what came of it.

    Nothing counts before it is sent. Only what counties report is entered, of known projects that are still to be
    reported; another text that somebody has typed is asked about, and replaced where warnings are accepted. Raises
    RefusedError where the month takes no returns.
    """
    result = ImportResult(None, request.file_name, request.month, drafted=0)
    plan = plan_drafts(ledger, programme, request, sheets)
    result.rows_read = plan.rows_read
    result.not_mentioned, result.faults = plan.not_mentioned, plan.all_faults
    result.notes = [*plan.notes, *(left.sentence for left in plan.left_out)]
    result.unread_columns = [{"sheet": sheet, "cell": cell, "heading": said} for sheet, cell, said in plan.unread]
    result.refused = plan.broken or (bool(result.faults) and not request.accept_warnings)
    if result.refused:
        return result
    ours = {conflict.mine.place for conflict in plan.conflicts}
    entries = decided(plan, ours, {doubt.place: _CONFIRMED for doubt in plan.doubts})
    result.drafted = len(projects_of(entries))
    result.unchanged = result.rows_read - result.drafted
    result.notes += [sentence_of_choice(conflict, ours) for conflict in plan.conflicts]
    refuse_unreportable(plan)
    if not request.dry_run:
        enter(ledger, programme, request, entries)
    return result


def plan_drafts(ledger: Ledger, programme: Programme, request: ImportRequest, sheets: list[Sheet] | Fault) -> DraftPlan:
    """Give what a file would enter into drafts, and what it has to be asked."""
    if isinstance(sheets, Fault):
        return DraftPlan(faults=[sheets])
    marks = marks_of(sheets)
    if marks is not None:
        return merge_workbook(ledger, programme, request.month, request.within, marks, sheets)
    lists = without_marks(sheets)
    plan = _plan_of_list(ledger, programme, request, lists)
    if len(lists) < len(sheets):
        plan.notes.insert(0, "工作簿里的隐藏标记被改动过，分不清哪些是新填的，按普通清单读。")
    return plan


def refuse_unreportable(plan: DraftPlan) -> None:
    """Refuse a plan of which the month takes nothing. Raises RefusedError."""
    if plan.refusal:
        raise RefusedError(plan.refusal)


def decided(plan: DraftPlan, ours: Collection[tuple[str, str]], answers: Mapping[tuple[str, str], str]) -> list[Entry]:
    """Give what is to be entered once the conflicts are decided.

    `ours` are the conflicts, by project and field, in which the file's text is to stand; `answers` are the county's
    to doubts, those without one are answered later, on the return's page.
    """
    entries = [*plan.entries, *(conflict.mine for conflict in plan.conflicts if conflict.mine.place in ours)]
    changed = {entry.project for entry in entries if entry.field in REPORTED}
    names = {entry.project: entry.name for entry in entries}
    entries += [
        Entry(project, names[project], UNCHANGED, "", tick_text(ticked=True), seen)
        for project, seen in plan.ticks.items()
        if project in changed
    ]
    settled = {conflict.mine.place for conflict in plan.conflicts} - set(ours)
    return entries + [
        Entry(doubt.project, doubt.name, f"{ANSWER}{doubt.field}", text, seen=doubt.seen)
        for doubt in plan.doubts
        if doubt.project in changed and doubt.place not in settled and (text := answers.get(doubt.place, "").strip())
    ]


def sentence_of_choice(conflict: Conflict, ours: Collection[tuple[str, str]]) -> str:
    """Say which of two texts was taken, and keep the other one in sight."""
    mine = conflict.mine
    text, theirs = shown_text(mine.field, mine.text) or "（空）", conflict.theirs or "（空）"
    where = f"“{mine.name}”的“{mine.heading}”"
    if mine.place in ours:
        return f"{where}以表为准，记为“{text}”；{conflict.by}在{conflict.how}里写的“{theirs}”不再保留。"
    return f"{where}以系统为准，仍是“{theirs}”（{conflict.by}，{conflict.how}）；表中的“{text}”没有记入。"


def enter(ledger: Ledger, programme: Programme, request: ImportRequest, entries: Iterable[Entry]) -> None:
    """Save entries as drafts, all of them or none.

    Raises RefusedError where somebody saved another text meanwhile, StorageError where the disk refuses.
    """
    with saving_together(ledger):
        for entry in entries:
            place = DraftPlace(programme.key, request.month, entry.project, entry.field)
            try:
                save_draft(ledger, place, entry.text, entry.seen, request.by)
            except DraftConflictError as error:
                raise RefusedError(
                    f"“{entry.name}”的草稿正由{error.standing.saved_by or '别人'}改动，什么也没有记入；请再来一次。"
                ) from error


def _plan_of_list(ledger: Ledger, programme: Programme, request: ImportRequest, sheets: Sequence[Sheet]) -> DraftPlan:
    plan = plan_import(ledger, programme, request.month, request.within, sheets, request.choices)
    rows = {row.project: row for row in rows_of_month(ledger, programme, request.month, request.within)}
    drafts = drafts_of(ledger, programme.key, request.month, [each.code for each in plan.rows if each.code])
    background = background_of(ledger, programme, request.month)
    made = DraftPlan(rows_read=len(plan.rows), not_mentioned=plan.not_mentioned, notes=plan.notes, unread=plan.unread)
    faults = plan.faults
    late: list[ReturnRow] = []
    admitted = {row.county: admission(ledger, programme, request.month, row.county) for row in rows.values()}
    for planned in plan.rows:
        fault = _unknown_fault(planned, rows, request.month)
        if fault is not None:
            # A cell gives one fault, and this one settles whatever was to be asked there.
            faults = [other for other in faults if (other.sheet, other.cell) != (fault.sheet, fault.cell)]
            faults.append(fault)
        elif planned.code is None or not planned.changes or rows[planned.code].status not in TO_FILL:
            continue
        elif not admitted[rows[planned.code].county].admits(sent_back=rows[planned.code].sent_back):
            late.append(rows[planned.code])
        else:
            _plan_row(made, planned, rows[planned.code], background, drafts[planned.code])
    _note_late(made, late, admitted)
    _note_left_out(made, plan, rows, background, request.month)
    _sort_faults(made, plan, faults, rows, drafts)
    if late and not made.entries and not made.conflicts:
        made.refusal = admitted[min(row.county for row in late)].refusal or ""
    return made


def _plan_row(
    made: DraftPlan, planned: Planned, row: ReturnRow, background: Background, standing: Mapping[str, Draft]
) -> None:
    """Plan a row of a list: each text that says something new, or the mark that nothing does."""
    known = background.now[row.project].values
    said = planned.row.values
    texts = {
        name: print_value(name, value)
        for name, value in said.items()
        if name in REPORTED and (name in standing or not says_nothing_new(name, known.get(name), value))
    }
    texts |= {name: "" for name in planned.row.cleared if name in REPORTED and (name in standing or name in known)}
    mark = standing.get(UNCHANGED)
    if texts and mark is not None:
        made.ticks[row.project] = mark.version
    if not texts and not any(name in REPORTED for name in standing):
        texts = {UNCHANGED: tick_text(ticked=True)}
    for name, text in texts.items():
        draft = standing.get(name)
        held = draft.text if draft else print_value(name, known[name]) if name in known else ""
        entry = Entry(
            row.project, row.name, name, text, held, draft.version if draft else 0, planned.row.sheet,
            planned.row.cell_of(name),
        )  # fmt: skip
        if draft is None or name == UNCHANGED or draft.text == text:
            made.entries.append(entry)
        else:
            made.conflicts.append(_conflict(planned, entry, draft))


def _conflict(planned: Planned, entry: Entry, draft: Draft) -> Conflict:
    message = (
        f"第 {planned.row.number} 行“{entry.heading}”：{draft.saved_by}已在草稿里写了“{draft.text}”，"
        f"本表写的是“{entry.text}”；确认后以本表为准。"
    )
    fault = Fault(Severity.ASK, message, entry.sheet, entry.cell, entry.field, entry.text)
    return Conflict(entry, draft.text, draft.saved_by, draft.saved_at, "草稿", fault)


def _unknown_fault(planned: Planned, rows: Mapping[str, ReturnRow], month: str) -> Fault | None:
    """Give the fault of a row that means no project on the month's list, None where it means one."""
    if planned.code in rows:
        return None
    row = planned.row
    name = str(row.values.get("name", ""))
    if planned.code is None:
        why = f"“{name}”是台账里没有的项目，新项目由专班登记；请核对名称，或先报专班列入清单。"
    else:
        why = f"“{name}”（{planned.code}）不在{chinese_month(month)}的清单里，不能填报；请从表中删去这一行。"
    message = f"第 {row.number} 行“{FIELD['name'].heading}”：{why}"
    return Fault(Severity.FIX, message, row.sheet, row.cell_of("name"), "name", name)


def _note_late(made: DraftPlan, late: Sequence[ReturnRow], admitted: Mapping[str, Admission]) -> None:
    """Say which rows come too late: only what was sent back may still be mended."""
    for county in sorted({row.county for row in late}):
        names = [row.name for row in late if row.county == county]
        named = "、".join(names[:5]) + "等" * (len(names) > 5)
        made.notes.append(f"{len(names)} 个项目没有记入草稿（{named}）：{admitted[county].refusal}")


def _note_left_out(
    made: DraftPlan, plan: Plan, rows: Mapping[str, ReturnRow], background: Background, month: str
) -> None:
    """Say which rows were sent before, and which columns are not a county's to change."""
    sent = [
        rows[planned.code]
        for planned in plan.rows
        if planned.code is not None and planned.code in rows and planned.changes
        and rows[planned.code].status not in TO_FILL
    ]  # fmt: skip
    if sent:
        named = "、".join(f"{row.name}（{STATUS_WORDS[row.status]}）" for row in sent[:5]) + "等" * (len(sent) > 5)
        made.notes.append(f"{len(sent)} 个项目{chinese_month(month)}已经报送，没有再记入草稿：{named}。")
    headings = {
        FIELD[name].heading
        for planned in plan.rows
        if planned.code is not None and planned.code in background.now
        for name, said in planned.row.values.items()
        if name in FIELD and name not in (*REPORTED, "name")
        and not says_nothing_new(name, background.now[planned.code].values.get(name), said)
    }  # fmt: skip
    if headings:
        made.notes.append(f"这些栏由专班更正，改动没有记入草稿：{'、'.join(sorted(headings))}。")


def _sort_faults(
    made: DraftPlan, plan: Plan, faults: Iterable[Fault], rows: Mapping[str, ReturnRow],
    drafts: Mapping[str, Mapping[str, Draft]],
) -> None:  # fmt: skip
    """Tell the doubts that a county can answer from all else that is wrong with the file."""
    places = {(planned.row.sheet, planned.row.cell_of(name)): planned.code
              for planned in plan.rows for name in planned.row.flawed}  # fmt: skip
    for fault in faults:
        code = places.get((fault.sheet or "", fault.cell or ""))
        if fault.severity is Severity.ASK and code is not None and code in rows and fault.field in REPORTED:
            answer = drafts[code].get(f"{ANSWER}{fault.field}")
            seen = answer.version if answer else 0
            made.doubts.append(Doubt(fault, code, rows[code].name, fault.field or "", seen))
        else:
            made.faults.append(fault)
