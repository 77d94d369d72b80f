"""Whatever happens, in any order: closed months stand still, open ones follow, and corrections stand beside them."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.ledger.builders import (
    DONGGUAN,
    KEY,
    PINGYAO,
    PROGRAMME,
    YUCI,
    ZONE,
    frozen_rows,
    place,
    request,
    standing_clock,
    truth_of,
)
from tests.ledger.test_states_properties import kept_states, sums
from tracker.ledger.checking import check
from tracker.ledger.closing import close_month
from tracker.ledger.columns import FIELD_COLUMNS, from_columns
from tracker.ledger.copying import restore
from tracker.ledger.dossiers import write_behind
from tracker.ledger.handle import Ledger, RefusedError
from tracker.ledger.months import Phase, closings, months
from tracker.ledger.opening import open_ledger
from tracker.ledger.projects import correct, ensure_month, move, rename, terminate
from tracker.ledger.returns import TO_FILL, WAITING, Reported, RowStatus, accept, rows_of_month, send, send_back
from tracker.ledger.states import rebuild_states
from tracker.ledger.withdrawing import withdraw_import
from tracker.ledger.writing import Writing, writing
from tracker.model.folding import StatementKind
from tracker.model.measures import wan_of
from tracker.model.stages import Stage

YEARLY = ("year_plan", "year_investment")
TOLD = st.fixed_dictionaries(
    {},
    optional={
        "cumulative_investment": sums,
        "total_investment": sums,
        "year_plan": sums,
        "problem": st.sampled_from(["征地", "资金"]),
        "stage": st.sampled_from([Stage.PREPARING, Stage.UNDER_CONSTRUCTION, Stage.COMPLETED]),
    },
)
EMPTIED = st.sets(st.sampled_from(["problem", "cumulative_investment"]), max_size=1)
STEPS = ("register", "import", "undo", "send", "send", "accept", "accept", "pass on", "send back", "send back",
         "correct", "rename", "move", "terminate", "open", "close", "redefine")  # fmt: skip
step = st.tuples(
    st.sampled_from(STEPS), st.integers(0, 3), st.integers(0, 3), TOLD, EMPTIED, st.lists(TOLD, min_size=4, max_size=4)
)
LIFE = ("2023-11", "2023-12", "2024-01", "2024-02")


@dataclasses.dataclass
class Told:
    """What one record says, as the test itself remembers it; `counts` follows reviews and withdrawals."""

    project: str
    month: str
    values: dict[str, Any]
    cleared: set[str]
    returned: bool
    counts: bool


class Life:
    """A ledger through which steps are taken, and beside it the test's own memory of what was told."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.told: dict[int, Told] = {}
        self.imports: dict[int, list[int]] = {}
        self.frozen: dict[str, tuple[list[tuple[Any, ...]], dict[str, Any]]] = {}
        self.programme = PROGRAMME

    @property
    def projects(self) -> dict[str, str]:
        """The projects with their months of registration."""
        first: dict[str, str] = {}
        for told in self.told.values():
            first.setdefault(told.project, told.month)
        return first

    def record(
        self, act: Callable[[Writing], Any], said: dict[str, tuple[dict[str, Any], set[str]]], *, awaits: bool = False
    ) -> list[int]:
        """Carry out one request and remember what it told: `said` by project, under "" of a new one."""
        key = request()
        with writing(self.ledger, key, "测试员") as writes:
            act(writes)
        rows = self.ledger.connection.execute(
            "SELECT sequence, project, month, kind FROM record JOIN statement USING (sequence) WHERE request = ?",
            (key,),
        ).fetchall()
        for row in rows:
            if said:
                values, cleared = said.get(row["project"]) or said[""]
                returned = row["kind"] == "return"
                self.told[row["sequence"]] = Told(row["project"], row["month"], values, cleared, returned, not awaits)
        return [row["sequence"] for row in rows]

    def take(self, what: str, one: int, other: int, told: dict[str, Any], cleared: set[str], many: list[Any]) -> None:
        """Take one step; what the ledger refuses is no step."""
        month, county = LIFE[one], (YUCI, PINGYAO, ZONE.code, DONGGUAN)[other]
        known = sorted(self.projects)
        with suppress(RefusedError):
            if what == "register" or not known:
                self.register(month, county, told)
            elif what == "open":
                self.record(lambda writes: ensure_month(writes, self.programme, month), {})
            elif what == "close":
                self.close()
            elif what == "redefine":
                self.redefine(one)
            elif what == "undo":
                self.undo(other)
            elif what in ("send", "accept", "pass on", "send back"):
                self.review(what, one, many)
            else:
                code = known[other % len(known)]
                self.change(what, code, max(month, self.projects[code]), told, cleared - told.keys(), county)

    def register(self, month: str, county: str, told: dict[str, Any]) -> None:
        values = {**told, "name": f"工程{len(self.told)}", "county": county}

        def act(writes: Writing) -> None:
            ensure_month(writes, self.programme, month)
            writes.register(KEY, month, values)

        self.record(act, {"": (values, set())})

    def change(self, what: str, code: str, month: str, told: dict[str, Any], cleared: set[str], county: str) -> None:
        programme = self.programme
        if what == "import":
            numbers: list[int] = []

            def act(writes: Writing) -> None:
                ensure_month(writes, programme, month)
                file = {"name": "清单.xlsx", "sha256": "a" * 64, "bytes": 1, "within": "140000", "rows_read": 1,
                        "projects_registered": 0, "returns_recorded": 1, "unchanged": 0}  # fmt: skip
                numbers.append(writes.note_import(KEY, month, file, []))
                writes.state(KEY, code, month, StatementKind.RETURN, told, cleared, imported_by=numbers[0])

            recorded = self.record(act, {code: (told, cleared)})
            self.imports[numbers[0]] = recorded
        elif what == "correct":
            self.record(lambda w: correct(w, programme, code, month, told, cleared, "更正"), {code: (told, cleared)})
        elif what == "rename":
            name = f"改名{len(self.told)}"
            self.record(lambda w: rename(w, programme, code, name, month, "批复"), {code: ({"name": name}, set())})
        elif what == "move":
            to = place(self.ledger, county)
            self.record(lambda w: move(w, programme, code, to, month, "区划"), {code: ({"county": county}, set())})
        else:
            ended = {"stage": Stage.TERMINATED}
            self.record(lambda w: terminate(w, programme, code, month, "停建"), {code: (ended, set())})

    def undo(self, which: int) -> None:
        if self.imports:
            number = sorted(self.imports)[which % len(self.imports)]
            withdraw_import(self.ledger, number, "测试员", "导错")
            for sequence in self.imports[number]:
                self.told[sequence].counts = False

    def review(self, what: str, one: int, many: list[dict[str, Any]]) -> None:
        area = place(self.ledger, PROGRAMME.area)
        wanted = {"send": TO_FILL, "send back": WAITING | {RowStatus.ACCEPTED}, "accept": WAITING}.get(
            what, {RowStatus.SENT}
        )
        possible = {
            month: [row for row in rows_of_month(self.ledger, self.programme, month, area) if row.status in wanted]
            for month, found in months(self.ledger, KEY).items()
            if found.phase is not Phase.CLOSED
        }
        choices = [month for month, rows in possible.items() if rows]
        if not choices:
            return
        month = choices[one % len(choices)]
        rows = possible[month]
        if what == "send":
            chosen = [row for row in rows if row.county == rows[0].county]
            told = dict(zip([row.project for row in chosen], many, strict=False))
            reported = [Reported(code, values) for code, values in told.items()]
            county = place(self.ledger, rows[0].county)
            self.record(
                lambda w: send(w, self.programme, month, county, reported, {}),
                {code: (values, set()) for code, values in told.items()}, awaits=True,
            )  # fmt: skip
        elif what == "send back":
            judged = rows[one % len(rows)]
            found = (judged.project, judged.sequence or 0)
            self.record(lambda w: send_back(w, self.programme, month, area, found, "核对", {}, final=True), {})
            self.told[found[1]].counts = False
        else:
            final = what == "accept"
            seen = {row.project: row.sequence or 0 for row in rows}
            self.record(lambda w: accept(w, self.programme, month, area, seen, final=final), {})
            for sequence in seen.values():
                self.told[sequence].counts = final

    def redefine(self, number: int) -> None:
        stages = frozenset({Stage.COMPLETED}) if number % 2 else PROGRAMME.completed_stages
        self.programme = dataclasses.replace(PROGRAMME, review_levels=1 + number % 2, completed_stages=stages)
        with writing(self.ledger, request(), "测试员") as writes:
            writes.define_programme(self.programme, "试")

    def close(self) -> None:
        phases = months(self.ledger, KEY)
        open_ones = [each for each, found in phases.items() if found.phase is not Phase.CLOSED]
        for month in open_ones[:1]:
            with writing(self.ledger, request(), "测试员") as writes:
                close_month(writes, self.programme, month, place(self.ledger, PROGRAMME.area), "到期")
            self.frozen[month] = (frozen_rows(self.ledger, month), self.expected(month))

    def expected(self, month: str) -> dict[str, Any]:
        """Give what a month should be, folded by the test's own simple rule: later words lie over earlier ones."""
        found: dict[str, Any] = {}
        opened = months(self.ledger, KEY)
        for code in self.projects:
            mine = [told for _, told in sorted(self.told.items()) if told.project == code and told.counts]
            values: dict[str, Any] = {}
            reported, opening, before = False, None, ""
            for each in sorted(each for each in opened if self.projects[code] <= each <= month):
                if before and before[:4] != each[:4]:
                    opening = values.get("cumulative_investment")
                    values = {name: value for name, value in values.items() if name not in YEARLY}
                said = [told for told in mine if told.month == each]
                for told in said:
                    values = {name: v for name, v in {**values, **told.values}.items() if name not in told.cleared}
                reported, before = any(told.returned for told in said), each
            if before:
                found[code] = (values, reported, opening)
        return found

    def kept(self, month: str, table: str = "state") -> dict[str, Any]:
        """Give what the ledger keeps of a month, in the same form."""
        rows = self.ledger.connection.execute(f"SELECT * FROM {table} WHERE month = ?", (month,))  # noqa: S608
        return {
            row["project"]: (
                from_columns({name: row[name] for name in FIELD_COLUMNS}), bool(row["reported"]),
                None if row["year_opening"] is None else wan_of(row["year_opening"]),
            )
            for row in rows
        }  # fmt: skip

    def holds(self) -> None:
        """Assert that frozen months stand still, open ones follow, and corrections stand beside frozen ones."""
        for month in months(self.ledger, KEY):
            expected = self.expected(month)
            if month in self.frozen:
                rows, then = self.frozen[month]
                assert frozen_rows(self.ledger, month) == rows
                assert self.kept(month) == then
                changed = {code: state for code, state in expected.items() if then.get(code) != state}
                assert self.kept(month, "state_corrected") == changed
            else:
                assert self.kept(month) == expected


# Each example is a whole ledger, checked and restored: fewer of them than of plain folding.
@settings(max_examples=settings.default.max_examples // 3)
@given(steps=st.lists(step, min_size=1, max_size=30))
def test_whatever_happens_closed_months_stand_still_and_open_ones_follow(
    fresh_directory: Path, steps: list[Any]
) -> None:
    with tempfile.TemporaryDirectory() as directory:
        shutil.copytree(fresh_directory, Path(directory, "ledger"))
        ledger = open_ledger(Path(directory, "ledger"), standing_clock)
        try:
            ledger.being_made = True
            ledger.connection.execute("PRAGMA synchronous = OFF")
            life = Life(ledger)
            for one in steps:
                life.take(*one)
                life.holds()
            tables = ("state", "state_corrected")
            incremental = [kept_states(ledger, table) for table in tables]
            ledger.connection.execute("BEGIN")
            rebuild_states(ledger)
            assert [kept_states(ledger, table) for table in tables] == incremental
            ledger.connection.execute("ROLLBACK")
            write_behind(ledger)
            assert check(ledger) == []
            restored = restore(Path(directory, "ledger", "dossiers"), Path(directory, "again"), standing_clock)
            assert [kept_states(restored, table) for table in tables] == incremental
            assert (truth_of(restored), closings(restored, KEY)) == (truth_of(ledger), closings(ledger, KEY))
            restored.close()
        finally:
            ledger.close()
