"""Small ledgers for tests: a programme for the whole country, a clock that stands, and short ways to write."""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from typing import Any

from tracker.ledger.checking import check
from tracker.ledger.closing import close_month
from tracker.ledger.handle import DATABASE_NAME, SHANGHAI, Clock, Ledger
from tracker.ledger.opening import creating_ledger, open_ledger
from tracker.ledger.programmes import places_of
from tracker.ledger.returns import Reported, ReturnRow, accept, rows_of_month, send, send_back
from tracker.ledger.states import statements_of
from tracker.ledger.writing import writing
from tracker.model.dates import date_of_text
from tracker.model.folding import StatementKind
from tracker.model.measures import wan_of
from tracker.model.places import Place, Unit
from tracker.model.programme import Level, Programme

PROGRAMME = Programme(
    "works", "测试专项", categories=("水环境治理", "生态修复"), levels=(Level("省级", ("省级重点",)), Level("市级"))
)
KEY = PROGRAMME.key
ZONE = Unit("140771", "测试开发区", "140700")

YUCI, TAIGU, PINGYAO = "140702", "140703", "140728"
DATONG_COUNTY = "140215"
JIYUAN, DONGGUAN = "419001", "441900"

NOW = datetime.datetime(2024, 9, 1, 8, 30, tzinfo=SHANGHAI)


def standing_clock() -> datetime.datetime:
    return NOW


def new_ledger(directory: Path, programme: Programme = PROGRAMME, units: Iterable[Unit] = (ZONE,)) -> Ledger:
    """Make a ledger that knows one programme and nothing else, and open it."""
    with creating_ledger(directory, standing_clock) as ledger, writing(ledger, "first", "测试员") as writes:
        writes.define_programme(programme)
        for unit in units:
            writes.add_unit(programme.key, unit)
    return open_ledger(directory, standing_clock)


def values(**said: Any) -> dict[str, Any]:
    """Give fields' values: sums and shares from numbers, dates from their stored text."""
    dates = {"planned_start", "planned_completion", "actual_start", "actual_completion", "problem_limit"}
    made = {}
    for name, value in said.items():
        if name in dates:
            made[name] = date_of_text(value)
        elif isinstance(value, int | float):
            made[name] = Decimal(str(value))
        else:
            made[name] = value
    return made


_requests = iter(range(1, 10**9))


def request() -> str:
    """Give a request's key that no other has."""
    return f"request-{next(_requests)}"


def open_months(ledger: Ledger, *months: str) -> None:
    with writing(ledger, request(), "测试员") as writes:
        for month in months:
            writes.open_month(KEY, month)


def register(ledger: Ledger, month: str, name: str, county: str = YUCI, **said: Any) -> str:
    """Register a project in an open month and give its code."""
    with writing(ledger, request(), "测试员") as writes:
        return writes.register(KEY, month, values(name=name, county=county, **said))


def register_many(directory: Path, name: str) -> None:
    """Register ten projects with a return each, one request each, as one of several processes."""
    own = open_ledger(directory, standing_clock)
    for number in range(10):
        with writing(own, f"{name}-{number}", name) as writes:
            code = writes.register(KEY, "2024-07", {"name": f"{name}{number}", "county": YUCI})
            writes.state(KEY, code, "2024-07", StatementKind.RETURN, values(cumulative_investment=number))
    own.close()


def state(
    ledger: Ledger,
    code: str,
    month: str,
    kind: StatementKind = StatementKind.RETURN,
    cleared: Iterable[str] = (),
    **said: Any,
) -> None:
    """Record what is said of a project for an open month: by default its monthly return."""
    with writing(ledger, request(), "测试员") as writes:
        writes.state(KEY, code, month, kind, values(**said), cleared)


def row_of(ledger: Ledger, code: str, month: str) -> dict[str, Any] | None:
    """Give the kept state of a project at a month as it is stored, without what is unknown."""
    row = ledger.connection.execute("SELECT * FROM state WHERE project = ? AND month = ?", (code, month)).fetchone()
    return None if row is None else {name: row[name] for name in row.keys() if row[name] is not None}  # noqa: SIM118


def wan(row: dict[str, Any] | None, column: str) -> Decimal | None:
    """Give a kept sum in 万元, None where it is unknown."""
    assert row is not None
    return wan_of(row[column]) if column in row else None


def place(ledger: Ledger, code: str) -> Place:
    found = places_of(ledger, PROGRAMME).find(code)
    assert found is not None
    return found


def said_of(ledger: Ledger, code: str) -> list[StatementKind]:
    """Give the kinds of a project's statements, by month and then as recorded."""
    return [said.kind for said in statements_of(ledger, code)]


def dump(ledger: Ledger) -> dict[str, list[tuple[Any, ...]]]:
    """Give every row that the ledger holds, by table; the audit log, which notes refusals too, stays out."""
    tables = [
        row["name"]
        for row in ledger.connection.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
        if not row["name"].startswith(("_", "audit"))
    ]
    found = {}
    for table in tables:
        rows = ledger.connection.execute(f"SELECT * FROM {table}")  # noqa: S608
        found[table] = sorted(map(tuple, rows), key=repr)
    return found


def truth_of(ledger: Ledger) -> list[tuple[Any, ...]]:
    """Give all records with their hashes."""
    return [tuple(row) for row in ledger.connection.execute("SELECT * FROM record ORDER BY sequence")]


def behind_the_guards(directory: Path, *statements: str) -> None:
    """Change a closed ledger's database as somebody could who takes its guards away and puts them back."""
    with closing(sqlite3.connect(directory / DATABASE_NAME, isolation_level=None)) as connection:
        triggers = connection.execute("SELECT name, tbl_name, sql FROM sqlite_master WHERE type = 'trigger'").fetchall()
        for name, *_ in triggers:
            connection.execute(f"DROP TRIGGER {name}")
        for statement in statements:
            connection.execute(statement)
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for _, table, sql in triggers:
            if table in tables:
                connection.execute(sql)


def fill(ledger: Ledger) -> list[str]:
    """Give a new ledger two months and three projects in two counties; gives their codes."""
    open_months(ledger, "2024-07")
    codes = [
        register(ledger, "2024-07", "甲工程", YUCI, total_investment=3000, category="生态修复"),
        register(ledger, "2024-07", "乙工程", YUCI, total_investment=1200.5, planned_start="2024-Q2"),
        register(ledger, "2024-07", "丙工程", PINGYAO, actual_start="2024-03"),
    ]
    state(ledger, codes[0], "2024-07", cumulative_investment=100, actual_start="2024-02-03", problem="征地未完成")
    open_months(ledger, "2024-08")
    state(ledger, codes[0], "2024-08", cumulative_investment=180, progress="主体施工")
    state(ledger, codes[2], "2024-08", cumulative_investment=90, actual_completion="2024-08-20")
    return codes


def tampered(ledger: Ledger, *statements: str) -> Ledger:
    """Give the ledger reopened, after statements that its guards would have refused."""
    ledger.close()
    behind_the_guards(ledger.directory, *statements)
    return open_ledger(ledger.directory, standing_clock)


def lines(ledger: Ledger) -> str:
    return "\n".join(f"{defect.place}：{defect.sentence}" for defect in check(ledger))


def files_of(ledger: Ledger) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in sorted((ledger.directory / "dossiers").rglob("*.json"))}


class MovingClock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime.datetime:
        return self.now

    def move(self, **by: float) -> None:
        self.now += datetime.timedelta(**by)


def listed_row(ledger: Ledger, code: str, month: str, programme: Programme = PROGRAMME) -> ReturnRow:
    """Give one project's return for a month."""
    return next(
        row for row in rows_of_month(ledger, programme, month, place(ledger, programme.area)) if row.project == code
    )


def send_rows(
    ledger: Ledger, month: str, county: str, *rows: Reported, seen: dict[str, dict[str, int]] | None = None
) -> int:
    """Send a county's return of some rows as its lead does; gives the number of the sending."""
    with writing(ledger, request(), "负责人") as writes:
        return send(writes, PROGRAMME, month, place(ledger, county), rows, seen or {})


def accept_rows(ledger: Ledger, month: str, *codes: str, final: bool = True) -> int:
    """Accept the last returns of some projects as the task force does; gives how many."""
    seen = {code: listed_row(ledger, code, month).sequence or 0 for code in codes}
    with writing(ledger, request(), "专班") as writes:
        return accept(writes, PROGRAMME, month, place(ledger, PROGRAMME.area), seen, final=final)


def send_row_back(
    ledger: Ledger, month: str, code: str, reason: str = "请核对", fields: dict[str, str] | None = None, *,
    final: bool = True,
) -> None:  # fmt: skip
    """Send the last return of a project back as the task force does; `final` says that theirs is the final review."""
    seen = listed_row(ledger, code, month).sequence or 0
    with writing(ledger, request(), "专班") as writes:
        area = place(ledger, PROGRAMME.area)
        send_back(writes, PROGRAMME, month, area, (code, seen), reason, fields or {}, final=final)


def close(ledger: Ledger, month: str, reason: str = "按期封账") -> None:
    """Close a month as the task force does."""
    with writing(ledger, request(), "专班") as writes:
        close_month(writes, PROGRAMME, month, place(ledger, PROGRAMME.area), reason)


def at_day(day: str) -> Clock:
    """Give a clock that stands at nine in the morning of a day `YYYY-MM-DD` in Shanghai."""
    moment = datetime.datetime.combine(datetime.date.fromisoformat(day), datetime.time(9), SHANGHAI)
    return lambda: moment


def frozen_rows(ledger: Ledger, month: str) -> list[tuple[Any, ...]]:
    """Give a month's kept states as they are stored, by project."""
    rows = ledger.connection.execute("SELECT * FROM state WHERE month = ? ORDER BY project", (month,))
    return [tuple(row) for row in rows]
