"""Draft importing: a county's list becomes drafts of its returns, to be signed and sent afterwards."""

from __future__ import annotations

from typing import NamedTuple

from tracker.exchange.draft_reading import REPORTED
from tracker.exchange.importing import ImportRequest, ImportResult, report
from tracker.exchange.intake import Background, Plan, Planned, background_of, plan_import
from tracker.exchange.workbooks import Sheet
from tracker.ledger.drafts import ANSWER, UNCHANGED, Draft, DraftConflictError, DraftPlace, drafts_of, save_draft
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


class _Entry(NamedTuple):
    """One text that is to be kept as a draft, and the draft that stands in its place."""

    project: str
    field: str
    text: str
    standing: Draft | None


def import_drafts(
    ledger: Ledger, programme: Programme, request: ImportRequest, sheets: list[Sheet] | Fault
) -> ImportResult:
    """Enter what was read of a file as drafts; gives what came of it.

    Nothing counts before it is sent. Only what counties report is entered, of known projects that are still to be
    reported; another text that somebody has typed is asked about. Raises RefusedError where the month takes no
    returns.
    """
    result = ImportResult(None, request.path.name, request.month, drafted=0)
    if isinstance(sheets, Fault):
        result.faults, result.refused = [sheets], True
        return result
    plan = plan_import(ledger, programme, request.month, request.within, sheets)
    rows = {row.project: row for row in rows_of_month(ledger, programme, request.month, request.within)}
    drafts = drafts_of(ledger, programme.key, request.month, [each.code for each in plan.rows if each.code])
    background = background_of(ledger, programme, request.month)
    entries: list[_Entry] = []
    late: list[ReturnRow] = []
    admitted = {row.county: admission(ledger, programme, request.month, row.county) for row in rows.values()}
    for planned in plan.rows:
        fault = _unknown_fault(planned, rows, request.month)
        if fault is not None:
            # A cell gives one fault, and this one settles whatever was to be asked there.
            plan.faults = [other for other in plan.faults if (other.sheet, other.cell) != (fault.sheet, fault.cell)]
            plan.faults.append(fault)
        elif planned.code is None or not planned.changes or rows[planned.code].status not in TO_FILL:
            continue
        elif not admitted[rows[planned.code].county].admits(sent_back=rows[planned.code].sent_back):
            late.append(rows[planned.code])
        else:
            standing = drafts[planned.code]
            said = _texts(planned, background, standing)
            entries += [_Entry(planned.code, name, text, standing.get(name)) for name, text in said.items()]
            plan.faults += _conflicts(planned, said, standing)
    _note_late(plan, late, admitted)
    _note_left_out(plan, rows, background, request.month)
    report(result, plan, request)
    result.projects_registered = result.returns_recorded = 0
    if result.refused:
        return result
    entries += _answers(plan, drafts)
    drafted = {entry.project for entry in entries}
    result.drafted, result.unchanged = len(drafted), result.rows_read - len(drafted)
    if late and not drafted:
        raise RefusedError(admitted[min(row.county for row in late)].refusal or "")
    if not request.dry_run:
        _save(ledger, programme, request, entries)
    return result


def _unknown_fault(planned: Planned, rows: dict[str, ReturnRow], month: str) -> Fault | None:
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


def _texts(planned: Planned, background: Background, standing: dict[str, Draft]) -> dict[str, str]:
    """Give the texts to keep by field: what the row says that is new, or the mark that nothing is."""
    known = background.now[planned.code].values if planned.code else {}
    texts = {
        name: print_value(name, said)
        for name, said in planned.row.values.items()
        if name in REPORTED and (name in standing or not says_nothing_new(name, known.get(name), said))
    }
    texts |= {name: "" for name in planned.row.cleared if name in REPORTED and (name in standing or name in known)}
    if texts:
        return {**texts, **({UNCHANGED: ""} if UNCHANGED in standing else {})}
    return {} if any(name in REPORTED for name in standing) else {UNCHANGED: "yes"}


def _conflicts(planned: Planned, said: dict[str, str], standing: dict[str, Draft]) -> list[Fault]:
    row = planned.row
    return [
        Fault(
            Severity.ASK,
            f"第 {row.number} 行“{FIELD[name].heading}”：{standing[name].saved_by}已在草稿里写了"
            f"“{standing[name].text}”，本表写的是“{text}”；确认后以本表为准。",
            row.sheet, row.cell_of(name), name, text,
        )
        for name, text in said.items()
        if name in REPORTED and name in standing and standing[name].text != text
    ]  # fmt: skip


def _note_late(plan: Plan, late: list[ReturnRow], admitted: dict[str, Admission]) -> None:
    """Say which rows come too late: only what was sent back may still be mended."""
    for county in sorted({row.county for row in late}):
        names = [row.name for row in late if row.county == county]
        named = "、".join(names[:5]) + "等" * (len(names) > 5)
        plan.notes.append(f"{len(names)} 个项目没有记入草稿（{named}）：{admitted[county].refusal}")


def _note_left_out(plan: Plan, rows: dict[str, ReturnRow], background: Background, month: str) -> None:
    """Say which rows were sent before, and which columns are not a county's to change."""
    sent = [
        rows[planned.code]
        for planned in plan.rows
        if planned.code in rows and planned.changes and rows[planned.code].status not in TO_FILL
    ]
    if sent:
        named = "、".join(f"{row.name}（{STATUS_WORDS[row.status]}）" for row in sent[:5]) + "等" * (len(sent) > 5)
        plan.notes.append(f"{len(sent)} 个项目{chinese_month(month)}已经报送，没有再记入草稿：{named}。")
    headings = {
        FIELD[name].heading
        for planned in plan.rows
        if planned.code is not None and planned.code in background.now
        for name, said in planned.row.values.items()
        if name in FIELD and name not in (*REPORTED, "name")
        and not says_nothing_new(name, background.now[planned.code].values.get(name), said)
    }  # fmt: skip
    if headings:
        plan.notes.append(f"这些栏由专班更正，改动没有记入草稿：{'、'.join(sorted(headings))}。")


def _answers(plan: Plan, drafts: dict[str, dict[str, Draft]]) -> list[_Entry]:
    """Give the answers to the doubts that were accepted with the file, so that they are sent with the rows."""
    places = {(planned.row.sheet, planned.row.cell_of(name)): planned.code
              for planned in plan.rows for name in planned.row.flawed}  # fmt: skip
    found = []
    for fault in plan.faults:
        code = places.get((fault.sheet or "", fault.cell or ""))
        if code in drafts and fault.field in REPORTED:
            name = f"{ANSWER}{fault.field}"
            found.append(_Entry(code, name, _CONFIRMED, drafts[code].get(name)))
    return found


def _save(ledger: Ledger, programme: Programme, request: ImportRequest, entries: list[_Entry]) -> None:
    for entry in entries:
        place = DraftPlace(programme.key, request.month, entry.project, entry.field)
        seen = entry.standing.version if entry.standing else 0
        try:
            save_draft(ledger, place, entry.text, seen, request.by)
        except DraftConflictError as error:
            raise RefusedError(
                f"{entry.project} 的草稿正由{error.standing.saved_by or '别人'}改动，没有全部记入；请再导入一次。"
            ) from error
