"""Checking: what is wrong with a ledger, mending what follows from its truth, and taking records in again."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from tracker.ledger.attachments import ATTACHMENTS_NAME, attachment_defects
from tracker.ledger.audit import AUDIT_PLACE, chain_breaks
from tracker.ledger.bulletins import BULLETINS_NAME, bulletin_defects
from tracker.ledger.columns import FIELD_COLUMNS, from_columns
from tracker.ledger.dossiers import (
    DOSSIERS_NAME,
    LOCK_NAME,
    PROGRAMME_PREFIX,
    furthest_written,
    note_furthest,
    only_writer,
    present_words,
    write_dossiers,
)
from tracker.ledger.handle import DATABASE_NAME, Ledger, LedgerError
from tracker.ledger.months import months
from tracker.ledger.originals import ORIGINALS_NAME, original_defects
from tracker.ledger.programmes import programmes
from tracker.ledger.records import Record, insert_records
from tracker.ledger.schema import expected_schema, guards, schema_of
from tracker.ledger.states import (
    STATE_COLUMNS,
    Fresh,
    fresh_states,
    last_stated_month,
    rebuild_states,
    state_hash,
)
from tracker.ledger.surveying import Survey, continuation, survey
from tracker.ledger.verifying import Defect, Truth, attempted, database_defects, record_place, verify_truth
from tracker.model.months import chinese_month
from tracker.model.programme import Programme

__all__ = ["Defect", "check", "heal", "take_in"]

_MOST_MONTHS = 3


@dataclass(slots=True)
class _Findings:
    """Everything a check finds out, for those who mend."""

    truth: Truth
    survey: Survey = field(default_factory=Survey)
    present: dict[str, dict[str, str]] = field(default_factory=dict)
    defects: list[Defect] = field(default_factory=list)
    states: list[Defect] = field(default_factory=list)
    marks: list[Defect] = field(default_factory=list)


def check(ledger: Ledger) -> list[Defect]:
    """Look for everything that is not as it should be; an empty list means the ledger is sound.

    Reads one moment of the ledger while others may go on writing. Never raises, whatever is damaged.
    """
    return _examine(ledger).defects


def _examine(ledger: Ledger) -> _Findings:
    with _standing_still(ledger):
        defects = database_defects(ledger)
        findings = _Findings(verify_truth(ledger))
        findings.states = attempted(
            partial(_state_defects, ledger, findings), f"{DATABASE_NAME} 表 state", "推算的状态"
        )
        files = attempted(partial(_file_defects, ledger, findings), DOSSIERS_NAME, "档案文件")
        findings.marks = attempted(
            partial(_mark_defects, ledger, findings), f"{DATABASE_NAME} 表 dossier_file", "档案文件的标记"
        )
        papers = attempted(partial(attachment_defects, ledger), ATTACHMENTS_NAME, "附件")
        papers += attempted(partial(original_defects, ledger), ORIGINALS_NAME, "导入的原文件")
        papers += attempted(partial(bulletin_defects, ledger), BULLETINS_NAME, "印发的通报")
        log = attempted(lambda: [Defect(*found) for found in chain_breaks(ledger)], AUDIT_PLACE, "审计日志")
    truth = [
        Defect(defect.place, defect.sentence + _where_whole(defect, findings)) for defect in findings.truth.defects
    ]
    findings.defects = [*defects, *truth, *findings.states, *files, *findings.marks, *papers, *log]
    return findings


@contextmanager
def _standing_still(ledger: Ledger) -> Iterator[None]:
    """Keep files and database as they are towards each other: no file is written, one moment is read."""
    with _as_only_writer(ledger):
        try:
            ledger.connection.execute("BEGIN")
        except sqlite3.Error:
            yield
            return
        try:
            yield
        finally:
            if ledger.connection.in_transaction:
                ledger.connection.execute("ROLLBACK")


@contextmanager
def _as_only_writer(ledger: Ledger) -> Iterator[None]:
    """Be the only writer of dossiers where the disk lets anybody write."""
    lock = only_writer(ledger)
    try:
        lock.__enter__()
    except OSError:
        yield
        return
    try:
        yield
    finally:
        lock.__exit__(None, None, None)


def _where_whole(defect: Defect, findings: _Findings) -> str:
    """Say where a damaged or missing record is still whole."""
    for number, place in findings.survey.copies.items():
        if defect.place in (record_place(number), record_place(number, findings.truth.kept.get(number))):
            return f"档案文件 {DOSSIERS_NAME}/{place} 里的这一条是完好的。"
    return ""


def _state_defects(ledger: Ledger, findings: _Findings) -> list[Defect]:
    """Fold every programme's states anew and compare them row by row with those that are kept."""
    damaged = findings.truth.damaged_subjects
    defects: list[Defect] = []
    known: set[str] = set()
    for programme in programmes(ledger):
        for fresh in fresh_states(ledger, programme):
            known.add(fresh.project)
            if fresh.project not in damaged and PROGRAMME_PREFIX + programme.key not in damaged:
                findings.present[fresh.project] = _present_of(ledger, fresh)
                defects += attempted(
                    partial(_project_defects, ledger, fresh),
                    f"{DATABASE_NAME} 表 state（{fresh.project}）",
                    "推算的状态",
                )
        defects += _frozen_defects(ledger, programme)
    rows = ledger.connection.execute("SELECT project FROM state UNION SELECT project FROM state_corrected")
    for row in rows.fetchall():
        if row["project"] not in known:
            defects.append(Defect(f"{DATABASE_NAME} 表 state（{row['project']}）", "没有这个项目，却有它的状态。"))
    return defects


def _present_of(ledger: Ledger, fresh: Fresh) -> dict[str, str]:
    last = last_stated_month(ledger, fresh.project)
    for row in (*fresh.corrected, *fresh.kept):
        named = dict(zip(STATE_COLUMNS, row, strict=True))
        if named["month"] == last:
            return present_words(named["month"], from_columns({name: named[name] for name in FIELD_COLUMNS}))
    return {}


def _frozen_defects(ledger: Ledger, programme: Programme) -> list[Defect]:
    """Compare the states of closed months with what their closing says was frozen."""
    return [
        Defect(
            f"{DATABASE_NAME} 表 state",
            f"{chinese_month(month.month)}的状态与封账（第 {month.closing.sequence} 条记录）时冻结的不同。",
        )
        for month in months(ledger, programme.key).values()
        if month.closing and state_hash(ledger, programme.key, month.month) != month.closing.state_hash
    ]


def _project_defects(ledger: Ledger, expected: Fresh) -> list[Defect]:
    project = expected.project
    month = STATE_COLUMNS.index("month")
    fresh = {(row[month], "state"): row for row in expected.kept}
    fresh |= {(row[month], "state_corrected"): row for row in expected.corrected}
    kept = {
        (row["month"], table): tuple(row[name] for name in STATE_COLUMNS)
        for table in ("state", "state_corrected")
        for row in ledger.connection.execute(f"SELECT * FROM {table} WHERE project = ?", (project,))
    }
    differing = sorted(
        {name for name, table in fresh.keys() | kept.keys() if fresh.get((name, table)) != kept.get((name, table))}
    )
    if not differing:
        return []
    named = "、".join(chinese_month(name) for name in differing[:_MOST_MONTHS])
    more = f"等 {len(differing)} 个月" if len(differing) > _MOST_MONTHS else ""
    return [
        Defect(f"{DATABASE_NAME} 表 state（{project}）", f"项目 {project} {named}{more}的状态与按记录重新推算的不同。")
    ]


def _file_defects(ledger: Ledger, findings: _Findings) -> list[Defect]:
    findings.survey = survey(ledger, findings.truth, findings.present)
    defects = list(findings.survey.defects)
    ahead = findings.survey.ahead
    if ahead:
        by_place: dict[str, list[int]] = {}
        for place, record in ahead:
            by_place.setdefault(place, []).append(record.sequence)
        for place, numbers in by_place.items():
            text = f"有 {len(numbers)} 条记录（从第 {min(numbers)} 条起）是数据库没有的，不会被覆盖。"
            defects.append(Defect(f"{DOSSIERS_NAME}/{place}", text))
        defects.append(Defect(DOSSIERS_NAME, _ahead_sentence(findings)))
    head = findings.truth.last[0]
    noted = furthest_written(ledger)
    if noted > head and not ahead:
        text = f"写明档案写到第 {noted} 条，但数据库只到第 {head} 条，也没有档案文件更新。"
        defects.append(Defect(f"{DOSSIERS_NAME}/{LOCK_NAME}", text))
    return defects


def _ahead_sentence(findings: _Findings) -> str:
    count = len(findings.survey.ahead)
    start = f"档案文件比数据库多 {count} 条记录，数据库可能是用较早的备份恢复的。"
    try:
        _continued(findings)
    except ValueError as error:
        return f"{start}这些记录接不上数据库的校验链（{error}），不能自动收回；请保留这些文件。"
    return f"{start}它们接得上校验链，运行 app.py check --heal 可以收回。"


def _continued(findings: _Findings) -> list[Record]:
    """Give the records that the files hold beyond the database, in sequence. Raises ValueError."""
    truth = findings.truth
    if truth.damaged or truth.unread or truth.gaps:
        raise ValueError("数据库里已有的记录有损坏或缺失")
    previous = {subject: max(kept) for subject, kept in truth.by_subject().items()}
    records = continuation([record for _, record in findings.survey.ahead], truth.last, previous)
    for _, last in truth.missing:
        # The mark of the last record proves that there were more than even the files still hold.
        if last > records[-1].sequence:
            raise ValueError(f"缺第 {records[-1].sequence + 1} 条记录")
    return records


def _mark_defects(ledger: Ledger, findings: _Findings) -> list[Defect]:
    marks = {
        row["subject"]: (row["sequence"], row["written"])
        for row in ledger.connection.execute("SELECT subject, sequence, written FROM dossier_file")
    }
    expected = {subject: max(kept) for subject, kept in findings.truth.by_subject().items()}
    place = f"{DATABASE_NAME} 表 dossier_file"
    defects = []
    for subject in sorted(marks.keys() | expected.keys()):
        last = expected.get(subject)
        sequence, written = marks.get(subject, (None, None))
        if last is None:
            defects.append(Defect(place, f"有档案 {subject} 的标记，却没有它的记录。"))
        elif sequence != last:
            defects.append(Defect(place, f"档案 {subject} 的标记是第 {sequence or 0} 条，最后一条记录是第 {last} 条。"))
        elif subject in findings.survey.whole and written != last:
            defects.append(Defect(place, f"档案 {subject} 的文件已写到第 {last} 条，标记是第 {written} 条。"))
    return defects


def take_in(ledger: Ledger) -> int:
    """Put the records that only the dossier files hold back behind the database's last one; gives how many.

    All of them or none: they must continue the chain without a gap. Raises LedgerError where they do not.
    """
    findings = _examine(ledger)
    if not findings.survey.ahead:
        return 0
    try:
        records = _continued(findings)
    except ValueError as error:
        raise LedgerError(f"档案文件里多出的记录接不上数据库的校验链（{error}），没有收回。") from error
    connection = ledger.connection
    connection.execute("BEGIN IMMEDIATE")
    try:
        now = connection.execute("SELECT max(sequence) AS last FROM record").fetchone()["last"] or 0
        if now != findings.truth.last[0]:
            raise LedgerError("核对时台账又有新的登记，没有收回，请再运行一次。")
        insert_records(ledger, records)
        rebuild_states(ledger)
        connection.execute("COMMIT")
    except (sqlite3.Error, ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        raise LedgerError(f"档案文件里多出的记录不能收回（{error}）。") from error
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return len(records)


def heal(ledger: Ledger) -> list[str]:
    """Mend what follows from the truth; give what was done, and what was not, in Chinese sentences.

    Guards, the mark of the last record, states and dossiers are made anew; records that only the files hold
    are taken in where they continue the chain. The truth itself is never changed: where a record is damaged,
    nothing is derived from it and no file is overwritten by it.
    """
    done: list[str] = []
    try:
        done += _mend_guards(ledger)
        try:
            taken = take_in(ledger)
            done += [f"已从档案文件收回 {taken} 条记录。"] if taken else []
        except LedgerError as error:
            done.append(str(error))
        findings = _examine(ledger)
        if findings.truth.whole:
            done += _mend_derived(ledger, findings)
            done += _mend_files(ledger, findings)
        else:
            done.append(
                "数据库里有记录损坏或缺失，没有重建任何内容。请用最近的备份恢复（app.py restore 备份文件），"
                "或在档案文件都完好时由档案重建（app.py restore 档案文件夹）。"
            )
    except (sqlite3.Error, ValueError, TypeError, AttributeError, LookupError, ArithmeticError) as error:
        done.append(f"修复没有做完：数据库读写失败（{error}）。请用最近的备份恢复：app.py restore 备份文件。")
    except OSError as error:
        done.append(f"修复没有做完：档案文件写不进去（{error.strerror}）。")
    return done


def _mend_guards(ledger: Ledger) -> list[str]:
    """Make the guards of the truth as they should be, and drop triggers that do not belong here."""
    connection = ledger.connection
    found, expected = schema_of(ledger.database), expected_schema()
    triggers = {
        name
        for kind, name in found.statements.keys() | expected.statements.keys()
        if kind == "trigger" and found.statements.get((kind, name)) != expected.statements.get((kind, name))
    }
    if not triggers:
        return []
    connection.execute("BEGIN IMMEDIATE")
    try:
        for name in sorted(triggers):
            quoted = name.replace('"', '""')
            connection.execute(f'DROP TRIGGER IF EXISTS "{quoted}"')
            if name in guards():
                connection.execute(guards()[name])
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return [f"已恢复防改动的触发器（{len(triggers)} 个）。"]


def _mend_derived(ledger: Ledger, findings: _Findings) -> list[str]:
    """Make states, the mark of the last record and the marks of dossiers anew from the truth."""
    connection = ledger.connection
    connection.execute("BEGIN IMMEDIATE")
    try:
        last = connection.execute("SELECT sequence, chain_hash FROM record ORDER BY sequence DESC LIMIT 1").fetchone()
        head = connection.execute("SELECT sequence, chain_hash FROM head").fetchone()
        done = []
        if last is not None and (head is None or tuple(head) != tuple(last)):
            connection.execute("DELETE FROM head")
            connection.execute("INSERT INTO head (id, sequence, chain_hash) VALUES (1, ?, ?)", tuple(last))
            done.append("已重建最后一条记录的标记。")
        if findings.states:
            rebuild_states(ledger)
            done.append("已按记录重新推算全部状态。")
        if findings.marks or findings.survey.rewrite:
            _mend_marks(connection, findings.survey)
            done += ["已重建档案文件的标记。"] if findings.marks else []
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
    return done


def _mend_marks(connection: sqlite3.Connection, found: Survey) -> None:
    rows = connection.execute(
        f"SELECT coalesce(project, '{PROGRAMME_PREFIX}' || programme) AS subject, max(sequence) AS last "
        "FROM record GROUP BY subject"
    ).fetchall()
    connection.execute("DELETE FROM dossier_file")
    connection.executemany(
        "INSERT INTO dossier_file (subject, sequence, written) VALUES (?, ?, ?)",
        [(row["subject"], row["last"], row["last"] if row["subject"] in found.whole else 0) for row in rows],
    )


def _mend_files(ledger: Ledger, findings: _Findings) -> list[str]:
    """Write the dossiers that are behind or damaged, and remove what a crash left half-written."""
    done = []
    with only_writer(ledger):
        for path in findings.survey.leftovers:
            path.unlink(missing_ok=True)
        if findings.survey.leftovers:
            done.append(f"已删去 {len(findings.survey.leftovers)} 个没有写完的临时文件。")
        subjects = sorted(findings.survey.rewrite)
        kept = write_dossiers(ledger, subjects)
        if len(subjects) > len(kept):
            done.append(f"已重写 {len(subjects) - len(kept)} 份档案文件。")
        head = findings.truth.last[0]
        if not findings.survey.ahead and furthest_written(ledger) > head:
            note_furthest(ledger, head)
            done.append("已改正档案写到哪一条的标记。")
    return done + kept
