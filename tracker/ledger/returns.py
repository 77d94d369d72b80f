"""Returns: what each county has reported for a month, how far the review of it is, and what the review says.

A county's return is one `return` record a project, signed and sent as one by a `sending`. It counts from its
final acceptance on; until then the project keeps its last state. A return that an import made for the task
force counts at once.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tracker.ledger.columns import FIELD_COLUMNS, from_columns
from tracker.ledger.drafts import drafted_projects, drafts_of, drop_drafts
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.months import admission, deadline, local_day, refuse_closed
from tracker.ledger.programmes import standing_month
from tracker.ledger.standings import scope_condition, scope_parameters
from tracker.ledger.states import WITHDRAWN
from tracker.ledger.writing import Writing
from tracker.model.folding import StatementKind
from tracker.model.months import chinese_month
from tracker.model.places import Place
from tracker.model.programme import Programme


class RowStatus(StrEnum):
    """How far one project's return for a month is."""

    UNREPORTED = "unreported"
    DRAFTED = "drafted"
    SENT = "sent"
    PASSED_ON = "passed_on"
    SENT_BACK = "sent_back"
    ACCEPTED = "accepted"


STATUS_WORDS = {
    RowStatus.UNREPORTED: "未报",
    RowStatus.DRAFTED: "填报中",
    RowStatus.SENT: "已报待审",
    RowStatus.PASSED_ON: "市级通过，待省级审核",
    RowStatus.SENT_BACK: "退回",
    RowStatus.ACCEPTED: "通过",
}
"""Each status as the month's page says it, of a row and of a county."""

WAITING = frozenset({RowStatus.SENT, RowStatus.PASSED_ON})
"""The statuses that a review has still to decide."""

SEE_FIELDS = "见各栏"
"""The reason of a return of which only fields were sent back."""

ACCEPTABLE = {True: WAITING, False: frozenset({RowStatus.SENT})}
"""The statuses in which a return may be accepted, by whether the review is the final one."""

RETURNABLE = {True: WAITING | {RowStatus.ACCEPTED}, False: WAITING}
"""The statuses in which a return may be sent back: only the final review takes back what was accepted for good."""

TO_FILL = frozenset({RowStatus.UNREPORTED, RowStatus.DRAFTED, RowStatus.SENT_BACK})
"""The statuses in which a county may write."""


@dataclass(slots=True)
class ReturnRow:
    """One listed project's return for a month.

    `sequence` is the number of its last return (None where there is none), `unchanged` says that it states
    nothing new; `reason` and `fields` are what the last review asked to be mended; `verdict` is the number of
    that review's record. `on_time` says whether the county first sent it by the deadline, None where it did not.
    """

    project: str
    name: str
    county: str
    status: RowStatus
    sequence: int | None = None
    at: str = ""
    by: str = ""
    unchanged: bool = False
    imported: bool = False
    verdict: int | None = None
    verdict_by: str = ""
    reason: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    on_time: bool | None = None

    @property
    def sent_back(self) -> bool:
        """Say whether the review sent it back, and nothing was sent since."""
        return self.status is RowStatus.SENT_BACK


@dataclass(slots=True)
class CountyReturn:
    """One county's return for a month: its rows, and when and by whom it was first and last sent."""

    county: str
    rows: list[ReturnRow]
    sent_at: str = ""
    sent_by: str = ""
    first_sent_at: str = ""

    @property
    def on_time(self) -> bool | None:
        """Say whether every row was first sent by the deadline; None while rows are missing, or none was sent.

        What a review sends back and what the task force imports does not make a county late.
        """
        sent = [row.on_time for row in self.rows if row.on_time is not None]
        if not all(sent):
            return False
        return True if sent and not any(row.sequence is None for row in self.rows) else None

    @property
    def status(self) -> RowStatus:
        """Give the county's status: sent back before anything to fill in, that before anything to review."""
        found = {row.status for row in self.rows}
        if RowStatus.SENT_BACK in found:
            return RowStatus.SENT_BACK
        if found <= {RowStatus.ACCEPTED}:
            return RowStatus.ACCEPTED
        if not found & TO_FILL:
            return RowStatus.SENT if RowStatus.SENT in found else RowStatus.PASSED_ON
        if found == {RowStatus.UNREPORTED}:
            return RowStatus.UNREPORTED
        return RowStatus.DRAFTED

    @property
    def number_waiting(self) -> int:
        """Give how many of its rows a review has still to decide."""
        return self.number(*WAITING)

    def number(self, *statuses: RowStatus) -> int:
        """Give how many of its rows have one of the statuses."""
        return sum(row.status in statuses for row in self.rows)


_SAYS_SOMETHING = f"coalesce({', '.join(f'CAST(said.{name} AS TEXT)' for name in FIELD_COLUMNS)}, said.cleared)"

_ROWS = f"""
WITH listed AS (
    SELECT project, name, county FROM state
    WHERE programme = :programme AND month = :standing AND listed AND {{scope}}
), last_return AS (
    SELECT record.project, max(record.sequence) AS sequence,
        min(CASE WHEN record.import IS NULL THEN record.sequence END) AS first_sent
    FROM record JOIN statement USING (sequence)
    WHERE record.programme = :programme AND record.kind = 'return' AND record.month = :month AND NOT {WITHDRAWN}
    GROUP BY record.project
)
SELECT listed.*, said.sequence, said.awaits, {_SAYS_SOMETHING} IS NULL AS unchanged, written.recorded_at,
    written.recorded_by, written.import AS imported, judged.sequence AS verdict, judged.final, judgement.kind,
    judgement.reason, judgement.recorded_by AS judged_by, (
        SELECT sending.on_time FROM record AS signed JOIN sending USING (sequence)
        WHERE signed.request = began.request AND signed.sequence < began.sequence ORDER BY signed.sequence DESC LIMIT 1
    ) AS on_time
FROM listed LEFT JOIN last_return USING (project)
LEFT JOIN statement AS said ON said.sequence = last_return.sequence
LEFT JOIN record AS written ON written.sequence = last_return.sequence
LEFT JOIN record AS began ON began.sequence = last_return.first_sent
LEFT JOIN statement AS judged ON judged.sequence =
    (SELECT max(verdict.sequence) FROM statement AS verdict WHERE verdict.answers = last_return.sequence)
LEFT JOIN record AS judgement ON judgement.sequence = judged.sequence
ORDER BY listed.county, listed.project
"""


def rows_of_month(ledger: Ledger, programme: Programme, month: str, within: Place) -> list[ReturnRow]:
    """Give the listed projects of an area with their returns for a month, by county and code."""
    standing = standing_month(ledger, programme.key, month)
    if standing is None:
        return []
    rows = ledger.connection.execute(
        _ROWS.format(scope=scope_condition(within)), scope_parameters(programme, standing, month, within)
    ).fetchall()
    drafted = drafted_projects(ledger, programme.key, month)
    found = []
    for row in rows:
        status = _status(row, row["project"] in drafted)
        found.append(
            ReturnRow(
                row["project"], row["name"], row["county"], status, row["sequence"], row["recorded_at"] or "",
                row["recorded_by"] or "", bool(row["unchanged"]) and row["sequence"] is not None,
                row["imported"] is not None, row["verdict"], row["judged_by"] or "", row["reason"] or "",
                returned_fields(ledger, row["verdict"]) if status is RowStatus.SENT_BACK else {},
                None if row["on_time"] is None else bool(row["on_time"]),
            )
        )  # fmt: skip
    return found


def _status(row: Mapping[str, Any], drafted: bool) -> RowStatus:
    if row["sequence"] is None:
        return RowStatus.DRAFTED if drafted else RowStatus.UNREPORTED
    if row["verdict"] is None:
        return RowStatus.SENT if row["awaits"] else RowStatus.ACCEPTED
    if row["kind"] == StatementKind.SENDING_BACK.value:
        return RowStatus.SENT_BACK
    return RowStatus.ACCEPTED if row["final"] else RowStatus.PASSED_ON


def returned_fields(ledger: Ledger, verdict: int | None) -> dict[str, str]:
    """Give the fields that a sending back names, each with its reason."""
    rows = ledger.connection.execute(
        "SELECT field, reason FROM returned_field WHERE sequence = ? ORDER BY position", (verdict,)
    )
    return {row["field"]: row["reason"] for row in rows}


def stated_in(ledger: Ledger, sequence: int) -> tuple[dict[str, Any], frozenset[str]]:
    """Give the values that one return states, and the fields it empties."""
    row = ledger.connection.execute("SELECT * FROM statement WHERE sequence = ?", (sequence,)).fetchone()
    return from_columns({name: row[name] for name in FIELD_COLUMNS}), frozenset((row["cleared"] or "").split())


def county_returns(ledger: Ledger, programme: Programme, month: str, within: Place) -> list[CountyReturn]:
    """Give every county of an area that has listed projects, by code, with its return for a month."""
    found: dict[str, CountyReturn] = {}
    for row in rows_of_month(ledger, programme, month, within):
        found.setdefault(row.county, CountyReturn(row.county, [])).rows.append(row)
    for row in ledger.connection.execute(
        "SELECT sending.county, record.recorded_at, record.recorded_by FROM record "
        "JOIN sending USING (sequence) WHERE record.programme = ? AND record.kind = 'sending' AND record.month = ? "
        "ORDER BY record.sequence",
        (programme.key, month),
    ):
        county = found.get(row["county"])
        if county is not None:
            county.sent_at, county.sent_by = row["recorded_at"], row["recorded_by"]
            county.first_sent_at = county.first_sent_at or row["recorded_at"]
    return list(found.values())


def answered_faults(ledger: Ledger, sequence: int) -> list[dict[str, str]]:
    """Give the doubts about a return that its county confirmed: field, said, message, answer."""
    rows = ledger.connection.execute(
        "SELECT field, said, message, answer FROM answered_fault WHERE sequence = ? ORDER BY position", (sequence,)
    )
    return [{name: row[name] or "" for name in ("field", "said", "message", "answer")} for row in rows]


@dataclass(frozen=True, slots=True)
class Reported:
    """What a county reports of one project: fields' values, fields made empty, and its answers to doubts.

    `answers` are rows of `answered_fault`: field, said, message, answer. Nothing at all means 本月无变化.
    """

    project: str
    values: Mapping[str, Any] = field(default_factory=dict)
    cleared: frozenset[str] = frozenset()
    answers: tuple[Mapping[str, Any], ...] = ()


def send(
    writing: Writing,
    programme: Programme,
    month: str,
    county: Place,
    rows: Iterable[Reported],
    seen: Mapping[str, Mapping[str, int]],
) -> int:
    """Record a county's signed return for a month; gives the number of the sending.

    Its drafts go with it; `seen` gives the versions, by project and field, of those that the rows were read
    from. Raises RefusedError where the month does not take it, where it names a project that is not on the
    county's list, where a row has been sent already and no review sent it back, and where somebody saved
    another draft meanwhile.
    """
    ledger = writing.ledger
    admitted = admission(ledger, programme, month, county.code)
    reported = list(rows)
    if admitted.refusal and not (admitted.mending and reported):
        raise RefusedError(admitted.refusal)
    known = {row.project: row for row in rows_of_month(ledger, programme, month, county)}
    drafts = drafts_of(ledger, programme.key, month, [each.project for each in reported])
    for each in reported:
        row = known.get(each.project)
        if row is None:
            raise RefusedError(
                f"项目 {each.project} 已不在{county.name}{chinese_month(month)}的清单里，请重新打开本页。"
            )
        if row.status not in TO_FILL:
            raise RefusedError(
                f"“{row.name}”{chinese_month(month)}已经报送（{STATUS_WORDS[row.status]}），没有重复登记。"
            )
        if admitted.refusal and not admitted.admits(sent_back=row.sent_back):
            raise RefusedError(f"“{row.name}”还没有报过。{admitted.refusal}")
        versions = {name: draft.version for name, draft in drafts[each.project].items()}
        if versions != seen.get(each.project, {}):
            raise RefusedError(f"“{row.name}”在别处又有改动，还没有报送；请重新打开本页，核对后再报送。")
    if not reported:
        raise RefusedError("没有可报送的项目：本月的项目都已报送。")
    on_time = local_day(ledger) <= deadline(programme, month)
    number = writing.note_month(
        "sending", programme.key, month,
        {"sending": [{
            "county": county.code, "projects": len(reported),
            "unchanged": sum(not each.values and not each.cleared for each in reported), "on_time": int(on_time),
        }]}, None,
    )  # fmt: skip
    for each in reported:
        writing.state(
            programme.key, each.project, month, StatementKind.RETURN, each.values, each.cleared, awaits=True,
            answers=each.answers,
        )  # fmt: skip
    drop_drafts(ledger, programme.key, month, [each.project for each in reported])
    return number


def accept(
    writing: Writing, programme: Programme, month: str, within: Place, projects: Mapping[str, int], *, final: bool
) -> int:
    """Accept the returns of some projects, each known by its number as it was seen; gives how many.

    `final` says that they count from now on; where the programme reviews on two levels the city's acceptance
    passes them on. Raises RefusedError where a row was sent anew or judged meanwhile.
    """
    return len([
        writing.judge(StatementKind.ACCEPTANCE, programme.key, row.project, month, row.sequence or 0, final=final)
        for row in _judged(writing, programme, month, within, projects, ACCEPTABLE[final])
    ])  # fmt: skip


def send_back(
    writing: Writing,
    programme: Programme,
    month: str,
    within: Place,
    returned: tuple[str, int],
    reason: str,
    fields: Mapping[str, str],
    *,
    final: bool,
) -> None:
    """Send one return back with a reason for the row, for some of its fields, or both.

    `returned` is the project and the number of its return as it was seen; `final` says that theirs is the final
    review: only that one can send back what was accepted for good, until the month is closed; it stops counting.
    Raises RefusedError.
    """
    why = reason.strip()
    if not why and not fields:
        raise RefusedError("请写明退回的理由，例如：累计完成投资比上月少，请核对。")
    for row in _judged(writing, programme, month, within, dict([returned]), RETURNABLE[True]):
        if row.status not in RETURNABLE[final]:
            raise RefusedError(f"“{row.name}”已经终审通过，只能由终审的专班退回；确需退回，请联系上一级专班。")
        writing.judge(
            StatementKind.SENDING_BACK, programme.key, row.project, month, returned[1], final=False,
            reason=why or SEE_FIELDS, fields=fields,
        )  # fmt: skip


def _judged(
    writing: Writing, programme: Programme, month: str, within: Place, projects: Mapping[str, int],
    statuses: frozenset[RowStatus],
) -> list[ReturnRow]:  # fmt: skip
    refuse_closed(writing.ledger, programme.key, month)
    known = {row.project: row for row in rows_of_month(writing.ledger, programme, month, within)}
    found = []
    for project, seen in projects.items():
        row = known.get(project)
        if row is None:
            raise RefusedError(f"项目 {project} 不在{within.name}{chinese_month(month)}的清单里，请重新打开本页。")
        if row.sequence != seen or row.status not in statuses:
            raise RefusedError(
                f"“{row.name}”的月报已有变化，现在是“{STATUS_WORDS[row.status]}”，您看到的不是最新的一份；请重新打开本页再审。"
            )
        found.append(row)
    if not found:
        raise RefusedError("没有选中待审的项目。")
    return found


def quiet_months(ledger: Ledger, programme: Programme, month: str, within: Place) -> dict[str, int]:
    """Give for every listed project how many months up to this one its last returns stated nothing new."""
    standing = standing_month(ledger, programme.key, month)
    if standing is None:
        return {}
    rows = ledger.connection.execute(
        f"SELECT record.project, record.month, {_SAYS_SOMETHING} IS NULL AS unchanged FROM record "
        "JOIN statement AS said USING (sequence) "
        "WHERE record.programme = :programme AND record.kind = 'return' AND record.month <= :month "
        "AND record.project IN (SELECT project FROM state WHERE programme = :programme AND month = :standing "
        f"AND listed AND {scope_condition(within)}) "
        f"AND NOT {WITHDRAWN} ORDER BY record.month DESC, record.sequence DESC",
        scope_parameters(programme, standing, month, within),
    )
    last: dict[str, dict[str, bool]] = {}
    for row in rows:
        # What was sent anew after a review stands for its month alone.
        last.setdefault(row["project"], {}).setdefault(row["month"], bool(row["unchanged"]))
    quiet = {project: list(itertools.takewhile(bool, said.values())) for project, said in last.items()}
    return {project: len(said) for project, said in quiet.items() if said}
