"""The months of a dossier: one row a month from registration on, the newest first, with what each of them changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

from tracker.ledger.changes import Changes
from tracker.ledger.histories import CHANGING, History, differences
from tracker.model.folding import State
from tracker.model.months import chinese_month, year_of
from tracker.model.programme import Programme
from tracker.model.record_words import RECORD_WORDS
from tracker.web.dossier_words import Signature, share_of, signature_of
from tracker.web.lamps import Lamp, lamp_of
from tracker.web.list_columns import words_of
from tracker.web.project_rows import printed, stage_words
from tracker.web.wording import DASH, percent

_SHORT = 12
"""Up to so many months stand open; of more, the earlier years are folded up."""


@dataclass(frozen=True, slots=True)
class MonthRow:
    """One month, printed; sums in 万元. `changed` names the cells that the month before did not show so.

    `lamp` is None and nothing is `due` once the project left the list; `reported` is the last return that counts,
    None where there was none; `kinds` are the other records of the month in words; `changes` says what changed,
    `progress_words` the stated progress where it did.
    """

    month: str
    stage: str
    lamp: Lamp | None
    cumulative: str
    this_month: str
    this_year: str
    progress: str
    changed: frozenset[str]
    kinds: str
    changes: str
    progress_words: str
    reported: Signature | None
    due: bool

    @property
    def month_words(self) -> str:
        """Give the month as people read it."""
        return chinese_month(self.month)


@dataclass(frozen=True, slots=True)
class Year:
    """The months of one year, the newest first; `words` says how it ended, `shown` whether it stands open."""

    year: int
    rows: Sequence[MonthRow]
    words: str
    shown: bool


def years_of(history: History, states: Sequence[State]) -> list[Year]:
    """Give a project's months by year, the newest first; one group where they are few."""
    cells = [_cells(state, history.programme) for state in states]
    rows = [
        _row(history, before, state, known, now)
        for before, state, known, now in zip([None, *states], states, [None, *cells], cells, strict=False)
    ]
    rows.reverse()
    if len(rows) <= _SHORT:
        return [Year(year_of(rows[0].month), rows, "", shown=True)]
    found: list[Year] = []
    for year, of_year in groupby(rows, key=lambda row: year_of(row.month)):
        those = list(of_year)
        last = those[0]
        sum_words = "" if last.cumulative == DASH else f"，累计完成 {last.cumulative} 万元"
        stage = "阶段未填" if last.stage == DASH else last.stage
        words = f"{len(those)} 个月；年末{stage}{sum_words}"
        # A year that has only begun would leave almost nothing to see.
        shown = not found or (len(found) == 1 and len(found[0].rows) < _SHORT // 2)
        found.append(Year(year, those, words, shown))
    return found


_Cells = dict[str, str]


def _row(history: History, before: State | None, state: State, known: _Cells | None, cells: _Cells) -> MonthRow:
    changes = Changes(before is None, () if before is None else differences(before, state))
    reports = history.reports_of(state.month)
    kinds = [said.kind for said in history.said.values() if said.month == state.month and said.kind in CHANGING]
    progress = str(state.values.get("progress", ""))
    if before is not None and before.values.get("progress") == progress:
        progress = ""
    # What is quoted need not be named as well.
    told = tuple(change for change in changes.fields if not (progress and change.field == "progress"))
    return MonthRow(
        month=state.month,
        stage=cells["stage"],
        lamp=_lamp(state),
        cumulative=cells["cumulative"],
        this_month=printed(state.values, "month_investment"),
        this_year=DASH if state.year_done is None else printed({"year_investment": state.year_done}, "year_investment"),
        progress=cells["progress"],
        changed=frozenset(name for name, words in cells.items() if known is not None and known[name] != words),
        kinds="、".join(dict.fromkeys(RECORD_WORDS[kind] for kind in kinds)),
        changes=words_of(Changes(changes.entered, told)) if changes.entered or told else "",
        progress_words=progress,
        reported=signature_of(reports[-1]) if reports else None,
        due=state.listed,
    )


def _lamp(state: State) -> Lamp | None:
    return lamp_of(state, state.month) if state.listed else None


def _cells(state: State, programme: Programme) -> _Cells:
    """Give the cells that are compared with those of the month before."""
    share, lamp = share_of(state), _lamp(state)
    return {
        "stage": stage_words(state),
        "lamp": lamp.word if lamp else "",
        "cumulative": printed(state.values, "cumulative_investment"),
        "progress": percent(share, programme.decimals),
    }
