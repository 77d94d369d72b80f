"""Taking an import back: what it said counts no longer, everything else does, and nothing is lost."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ledger.builders import (
    DATONG_COUNTY,
    KEY,
    PINGYAO,
    PROGRAMME,
    TAIGU,
    YUCI,
    dump,
    lines,
    place,
    request,
    row_of,
    standing_clock,
    truth_of,
    values,
)
from tracker.ledger.checking import heal, take_in
from tracker.ledger.copying import backup, restore
from tracker.ledger.dossiers import build_dossier
from tracker.ledger.handle import DATABASE_NAME, SCHEMA_VERSION, Ledger, RefusedError, UnknownError, connect, described
from tracker.ledger.opening import open_ledger
from tracker.ledger.programmes import known_categories
from tracker.ledger.projects import by_name, correct, identities, rename, state_at
from tracker.ledger.schema import expected_schema, migrate, migrations, schema_of
from tracker.ledger.standings import listing
from tracker.ledger.states import STATE_COLUMNS, rebuild_states
from tracker.ledger.withdrawing import withdraw_import
from tracker.ledger.writing import Writing, writing
from tracker.model.folding import StatementKind

FILE = {"name": "清单.xlsx", "sha256": "a" * 64, "bytes": 1, "within": "140000", "rows_read": 1,
        "projects_registered": 0, "returns_recorded": 1, "unchanged": 0}  # fmt: skip
MONTHS = ("2024-06", "2024-07", "2024-08")


def imports(ledger: Ledger, month: str, said: dict[str, dict[str, Any]], known: dict[str, str]) -> int:
    """Record an import as the door does: unknown projects (by name) are registered, everyone gets a return."""
    with writing(ledger, request(), "填报员") as writes:
        _open(writes, month)
        number = writes.note_import(KEY, month, FILE, [])
        for name, row in said.items():
            county = row.get("county", YUCI)
            facts = values(**{field: value for field, value in row.items() if field != "county"})
            if name not in known:
                known[name] = writes.register(KEY, month, {"name": name, "county": county}, imported_by=number)
            writes.state(KEY, known[name], month, StatementKind.RETURN, facts, imported_by=number)
    return number


def _open(writes: Writing, month: str) -> None:
    opened = writes.ledger.connection.execute("SELECT 1 FROM record WHERE kind = 'month' AND month = ?", (month,))
    if opened.fetchone() is None:
        writes.open_month(KEY, month)


def kept(ledger: Ledger) -> list[tuple[Any, ...]]:
    rows = ledger.connection.execute(f"SELECT {', '.join(STATE_COLUMNS)} FROM state ORDER BY month, project")  # noqa: S608
    return [tuple(row) for row in rows]


def names_listed(ledger: Ledger, month: str) -> list[str]:
    return [project.name for project in listing(ledger, PROGRAMME, month, place(ledger, "140000"))]


def test_an_import_taken_back_leaves_the_states_as_they_were(ledger: Ledger) -> None:
    known: dict[str, str] = {}
    imports(ledger, "2024-07", {"甲": {"cumulative_investment": 10}, "乙": {"problem": "征地"}}, known)
    with writing(ledger, request(), "专班") as writes:
        _open(writes, "2024-08")
    before, records = kept(ledger), len(truth_of(ledger))
    number = imports(ledger, "2024-08", {"甲": {"cumulative_investment": 99}, "丙": {"category": "错的类别"}}, known)
    recorded = truth_of(ledger)
    done = withdraw_import(ledger, number, "专班", " 导错了文件 ")
    assert done.as_mapping() == {
        "id": number, "file": "清单.xlsx", "month": "2024-08", "undone": 2,
        "projects_removed": [{"code": known["丙"], "name": "丙"}], "projects_kept": [],
    }  # fmt: skip
    assert kept(ledger) == before
    assert truth_of(ledger)[: len(recorded)] == recorded
    # One record says that the import was taken back, and one stands against each of its three statements.
    assert len(truth_of(ledger)) == len(recorded) + 4 > records
    assert names_listed(ledger, "2024-08") == ["甲", "乙"]
    assert known["丙"] not in identities(ledger, PROGRAMME)
    assert (YUCI, "丙") not in by_name(identities(ledger, PROGRAMME), "2024-08")
    assert "错的类别" not in known_categories(ledger, PROGRAMME)
    assert lines(ledger) == ""


def test_the_code_of_a_removed_project_is_never_given_again(ledger: Ledger) -> None:
    known: dict[str, str] = {}
    number = imports(ledger, "2024-08", {"甲": {}}, known)
    withdraw_import(ledger, number, "专班", "导错了月份")
    assert state_at(ledger, PROGRAMME, known["甲"], "2024-08") is None
    again: dict[str, str] = {}
    imports(ledger, "2024-08", {"甲": {}}, again)
    assert (known["甲"], again["甲"]) == ("140702-0001", "140702-0002")
    assert names_listed(ledger, "2024-08") == ["甲"]
    with writing(ledger, request(), "专班") as writes, pytest.raises(RefusedError, match="随导入撤销"):
        rename(writes, PROGRAMME, known["甲"], "新名", "2024-08", "批复")


def test_a_project_that_others_speak_of_keeps_its_name_and_county_only(ledger: Ledger) -> None:
    known: dict[str, str] = {}
    first = imports(ledger, "2024-06", {"甲": {"total_investment": 900, "cumulative_investment": 5}}, known)
    second = imports(ledger, "2024-08", {"甲": {"cumulative_investment": 30}}, known)
    done = withdraw_import(ledger, first, "专班", "是另一个省的清单")
    code = known["甲"]
    assert (done.removed, done.kept) == ([], [{"code": code, "name": "甲"}])
    assert row_of(ledger, code, "2024-06") is None
    state = state_at(ledger, PROGRAMME, code, "2024-08")
    assert state is not None
    assert state.values == values(name="甲", county=YUCI, cumulative_investment=30)
    identity = identities(ledger, PROGRAMME)[code]
    assert (identity.first_month, identity.at("2024-08")) == ("2024-08", ("甲", YUCI))
    # What is said later is folded onto what is left, and taking the rest back removes the project.
    third = imports(ledger, "2024-07", {"甲": {"name": "甲", "county": YUCI, "progress": "备料"}}, known)
    assert names_listed(ledger, "2024-07") == ["甲"]
    assert lines(ledger) == ""
    withdraw_import(ledger, third, "专班", "重复")
    assert withdraw_import(ledger, second, "专班", "重复").as_mapping()["undone"] == 1
    assert kept(ledger) == []
    assert lines(ledger) == ""


def test_a_rename_in_a_month_that_only_a_withdrawn_import_introduced_still_stands(ledger: Ledger) -> None:
    known: dict[str, str] = {}
    imports(ledger, "2024-08", {"甲": {}}, known)
    with writing(ledger, request(), "填报员") as writes:
        _open(writes, "2024-06")
        number = writes.note_import(KEY, "2024-06", FILE, [])
        introduced = {"name": "甲", "county": YUCI, "progress": "备料"}
        writes.state(KEY, known["甲"], "2024-06", StatementKind.RETURN, introduced, imported_by=number)
    with writing(ledger, request(), "专班") as writes:
        correct(writes, PROGRAMME, known["甲"], "2024-06", values(total_investment=7), (), "漏填")
    withdraw_import(ledger, number, "专班", "导错了月份")
    state = state_at(ledger, PROGRAMME, known["甲"], "2024-06")
    assert state is not None
    assert state.values == values(name="甲", county=YUCI, total_investment=7)
    assert lines(ledger) == ""


def test_what_is_not_possible_is_refused_with_a_sentence_and_changes_nothing(ledger: Ledger) -> None:
    number = imports(ledger, "2024-08", {"甲": {}}, {})
    before = dump(ledger)
    for unknown in (number + 1, number - 1, 10**12):
        with pytest.raises(UnknownError, match=str(unknown)):
            withdraw_import(ledger, unknown, "专班", "导错了")
    for reason in (None, "", " \n"):
        with pytest.raises(RefusedError, match="--reason"):
            withdraw_import(ledger, number, "专班", reason)
    assert dump(ledger) == before
    withdraw_import(ledger, number, "王专班", "导错了月份")
    before = dump(ledger)
    with pytest.raises(RefusedError, match=r"王专班于 2024-09-01 08:30 撤销（理由：导错了月份）"):
        withdraw_import(ledger, number, "专班", "再来一次")
    assert dump(ledger) == before


def test_dossiers_say_who_took_what_back_and_why(ledger: Ledger) -> None:
    known: dict[str, str] = {}
    imports(ledger, "2024-07", {"甲": {"cumulative_investment": 10}}, known)
    number = imports(ledger, "2024-08", {"甲": {"cumulative_investment": 99}, "乙": {}}, known)
    withdraw_import(ledger, number, "专班", "导错了月份")
    told = json.loads(build_dossier(ledger, known["甲"]))
    assert told["now"]["填报月"] == "2024-07"
    assert told["now"]["累计完成投资（万元）"] == "10.00"
    last = told["records"][-1]
    assert (last["kind"], last["recorded_by"], last["reason"], last["import"]) == (
        "withdrawal", "专班", "导错了月份", number,
    )  # fmt: skip
    assert last["details"]["statement"] == [{"withdraws": told["records"][-2]["sequence"]}]
    assert json.loads(build_dossier(ledger, known["乙"]))["now"] == {}
    programme = json.loads(build_dossier(ledger, f"programme:{KEY}"))["records"][-1]
    assert (programme["kind"], programme["import"], programme["reason"]) == ("withdrawal", number, "导错了月份")


def test_a_ledger_with_withdrawals_comes_back_from_dossiers_and_from_a_backup(ledger: Ledger, tmp_path: Path) -> None:
    known: dict[str, str] = {}
    first = imports(ledger, "2024-07", {"甲": {"cumulative_investment": 10}, "乙": {}}, known)
    # The second import's statements have columns that the first withdrawal's order of writing has not met.
    withdraw_import(ledger, first, "专班", "导错了")
    second = imports(ledger, "2024-08", {"甲": {"progress": "主体", "total_investment": 5}}, known)
    withdraw_import(ledger, second, "专班", "又导错了")
    imports(ledger, "2024-08", {"丁": {"problem": "征地"}}, known)
    backup(ledger, tmp_path / "backup.zip")
    for name, source in (("dossiers", ledger.directory / "dossiers"), ("backup", tmp_path / "backup.zip")):
        restored = restore(source, tmp_path / name, standing_clock)
        assert dump(restored) == dump(ledger)
        assert lines(restored) == ""
        restored.close()


def test_withdrawals_that_only_the_files_hold_are_taken_in_and_states_are_healed(
    ledger: Ledger, tmp_path: Path
) -> None:
    known: dict[str, str] = {}
    number = imports(ledger, "2024-08", {"甲": {"cumulative_investment": 10}}, known)
    ledger.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(ledger.directory / DATABASE_NAME, tmp_path / "older")
    withdraw_import(ledger, number, "专班", "导错了")
    expected, directory = dump(ledger), ledger.directory
    ledger.close()
    for leftover in directory.glob("*-wal"), directory.glob("*-shm"):
        for path in leftover:
            path.unlink()
    shutil.copy(tmp_path / "older", directory / DATABASE_NAME)
    opened = open_ledger(directory, standing_clock)
    assert take_in(opened) == 3
    heal(opened)
    assert {name: rows for name, rows in dump(opened).items() if name != "dossier_file"} == {
        name: rows for name, rows in expected.items() if name != "dossier_file"
    }
    assert lines(opened) == ""
    opened.close()


def test_a_record_is_taken_back_at_most_once(ledger: Ledger) -> None:
    number = imports(ledger, "2024-08", {"甲": {}}, known := {})
    withdraw_import(ledger, number, "专班", "导错了")
    taken = ledger.connection.execute("SELECT min(withdraws) FROM statement").fetchone()[0]
    with pytest.raises(sqlite3.IntegrityError), writing(ledger, request(), "专班") as writes:
        writes.withdraw(KEY, known["甲"], "2024-08", taken, imported_by=number, reason="再撤")


def test_a_ledger_of_the_first_version_is_brought_up_to_date(tmp_path: Path) -> None:
    with closing(connect(tmp_path / "old.sqlite3")) as connection:
        migrations.apply(described(connection), stop_before="m0002_withdrawals")
        connection.execute("PRAGMA user_version = 1")
        assert "withdraws" not in schema_of(described(connection)).columns["statement"]
        migrate(described(connection))
        assert schema_of(described(connection)) == expected_schema()
        assert connection.execute("PRAGMA user_version").fetchone()[0] == SCHEMA_VERSION


COUNTIES = (YUCI, TAIGU, PINGYAO, DATONG_COUNTY)
facts = st.fixed_dictionaries(
    {},
    optional={
        "cumulative_investment": st.integers(0, 400),
        "month_investment": st.integers(0, 40),
        "total_investment": st.integers(0, 400),
        "planned_start": st.sampled_from(["2023-Q4", "2024-07", "2024-07-05"]),
        "actual_start": st.sampled_from(["2024-06", "2024-06-20"]),
        "problem": st.sampled_from(["征地", "资金"]),
    },
)
files = st.lists(
    st.tuples(st.sampled_from(MONTHS), st.dictionaries(st.integers(0, 3), facts, min_size=1)), min_size=1, max_size=5
)


@given(files=files, data=st.data())
def test_taking_one_import_back_is_as_if_it_had_never_been(
    fresh_directory: Path, files: list[tuple[str, dict[int, dict[str, Any]]]], data: st.DataObject
) -> None:
    """Every order of imports, any of them taken back, one after the other: the states of the ledger without them."""
    gone = data.draw(st.lists(st.integers(0, len(files) - 1), min_size=1, max_size=2, unique=True))
    stays = [file for position, file in enumerate(files) if position not in gone]
    with tempfile.TemporaryDirectory() as folder:
        whole = _replayed(fresh_directory, Path(folder, "whole"), files, files, gone)
        without = _replayed(fresh_directory, Path(folder, "without"), stays, files, [])
    assert whole == without


def _replayed(
    fresh: Path,
    directory: Path,
    files: Sequence[tuple[str, dict[int, dict[str, Any]]]],
    all_files: Sequence[tuple[str, dict[int, dict[str, Any]]]],
    gone: Sequence[int],
) -> tuple[list[tuple[Any, ...]], dict[str, Any]]:
    """Record files as imports, take some back; give states and identities. Each project has a county of its own."""
    shutil.copytree(fresh, directory)
    with closing(open_ledger(directory, standing_clock).connection) as connection:
        ledger = Ledger(directory, connection, standing_clock, being_made=True)
        connection.execute("PRAGMA synchronous = OFF")
        with writing(ledger, request(), "专班") as writes:
            for month in {month for month, _ in all_files}:
                writes.open_month(KEY, month)
        known: dict[int, str] = {}
        first: dict[int, str] = {}
        for month, rows in files:
            for project in rows:
                first[project] = min(month, first.get(project, month))
        numbers = []
        for month, rows in files:
            with writing(ledger, request(), "填报员") as writes:
                number = writes.note_import(KEY, month, FILE, [])
                for project, said in rows.items():
                    named = {"name": f"工程{project}", "county": COUNTIES[project]}
                    introduced = {}
                    if project not in known:
                        known[project] = writes.register(KEY, month, named, imported_by=number)
                    elif month < min(state_month for state_month in _months(ledger, known[project])):
                        introduced = named
                    returned = {**values(**said), **introduced}
                    writes.state(KEY, known[project], month, StatementKind.RETURN, returned, imported_by=number)
            numbers.append(number)
        for position in gone:
            withdraw_import(ledger, numbers[position], "专班", "导错了")
        incremental = kept(ledger)
        connection.execute("BEGIN")
        rebuild_states(ledger)
        assert kept(ledger) == incremental
        connection.execute("ROLLBACK")
        identified = {
            code: (identity.first_month, {identity.at(month) for month in MONTHS})
            for code, identity in identities(ledger, PROGRAMME).items()
        }
        return incremental, identified


def _months(ledger: Ledger, project: str) -> list[str]:
    rows = ledger.connection.execute("SELECT month FROM state WHERE project = ?", (project,))
    return [row["month"] for row in rows] or ["9999-12"]
