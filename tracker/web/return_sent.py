"""What a county has sent for a month: each row with its status, as the return's page shows it afterwards."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.exchange.imports.draft_reading import DraftedReturn
from tracker.ledger.handle import Ledger
from tracker.ledger.months import admission, deadline, local_day
from tracker.ledger.returns import STATUS_WORDS, TO_FILL, CountyReturn, RowStatus
from tracker.model.fields import FIELD
from tracker.web.months import COLOURS
from tracker.web.whereabouts import Where

_SHAPES = {"green": "●", "amber": "▲", "red": "■"}

_NEXT = {
    RowStatus.SENT: "专班正在审核。如被退回，会排在本页最前面，并写明要改什么。",
    RowStatus.PASSED_ON: "市专班已经通过，等待省专班审核。",
    RowStatus.ACCEPTED: "全部通过，已计入本月数字，不用再做什么。",
}
"""What happens next, by the status of a county that has nothing to fill in."""


@dataclass(frozen=True, slots=True)
class SentRow:
    """One project's row that was sent."""

    name: str
    address: str
    colour: str
    status: str
    at: str
    by: str
    said: str


def sent_rows(where: Where, county: CountyReturn | None) -> list[SentRow]:
    """Give the rows that were sent and did not come back, by code."""
    return [
        SentRow(
            row.name, where.to_project(row.project), COLOURS[row.status],
            f"{_SHAPES[COLOURS[row.status]]} {STATUS_WORDS[row.status]}", row.at, row.by,
            "导入" if row.imported else "本月无变化" if row.unchanged else "有改动",
        )
        for row in (county.rows if county else [])
        if row.status not in TO_FILL
    ]  # fmt: skip


def limits(ledger: Ledger, where: Where, drafted: DraftedReturn) -> str | None:
    """Say why a county may not report, or only mend what was sent back; None where it may report everything."""
    admitted = admission(ledger, where.programme, where.month, where.area.code)
    if admitted.refusal is None or not drafted.projects:
        return admitted.refusal
    return (
        f"{where.month_words}已截止填报，只能修改并重报退回的 {len(drafted.projects)} 项。"
        "没有报过的，确需补报，请联系专班准许迟报。"
    )


def late(ledger: Ledger, where: Where, drafted: DraftedReturn) -> bool:
    """Say whether what is sent now comes too late; what a review sent back does not."""
    overdue = local_day(ledger) > deadline(where.programme, where.month)
    return overdue and any(not each.row.sent_back for each in drafted.projects)


def sent_back_rows(where: Where, county: CountyReturn | None) -> list[tuple[str, str, list[str]]]:
    """Give the rows that came back, as (name, address, what is to be mended), where none can be filled in now."""
    return [
        (row.name, where.to_project(row.project),
         [row.reason, *(f"{FIELD[name].heading}：{why}" for name, why in row.fields.items())])
        for row in (county.rows if county else [])
        if row.status is RowStatus.SENT_BACK
    ]  # fmt: skip


def sent_clauses(where: Where, county: CountyReturn | None) -> list[str]:
    """Give the title of a return of which nothing can be filled in: how many rows have which status."""
    number = len(county.rows) if county else 0
    start = f"{where.full_name}{where.month_words}月报：{number} 项工程"
    counted = [(words, county.number(status)) for status, words in STATUS_WORDS.items()] if county else []
    told = [f"{words} {number} 项" for words, number in counted if number]
    return [f"{start}，" if told else start, *(f"{each}，" for each in told[:-1]), *told[-1:]]


def what_next(county: CountyReturn | None) -> str:
    """Say what happens next with a return of which nothing is left to fill in."""
    return _NEXT.get(county.status, "") if county else ""
