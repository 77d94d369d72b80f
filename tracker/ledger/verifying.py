"""Verifying: whether the database is sound and every record of it is the one that was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from tracker.ledger.columns import ABOUT_COLUMNS, FIELD_COLUMNS
from tracker.ledger.dossier_reading import fits_its_hash
from tracker.ledger.handle import DATABASE_NAME, SCHEMA_VERSION, Ledger
from tracker.ledger.records import GENESIS, Record, chain, load_records
from tracker.ledger.schema import expected_schema, guards, migrations, schema_of
from tracker.ledger.states import STATE_COLUMNS

_MOST_MESSAGES = 20
_TYPE_WORDS = {"table": "表", "index": "索引", "trigger": "触发器", "view": "视图"}


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is not as it should be: the file or record it stands in, and a Chinese sentence."""

    place: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a readable record beside its number: its dossier and its two hashes as stored."""

    subject: str
    content_hash: str
    chain_hash: str


@dataclass(slots=True)
class Truth:
    """What came of verifying all records.

    `kept` holds the readable records by number, `damaged` what is wrong with some of them, `missing` the
    first and last numbers of each gap, `unread` whether part of the table could not be read at all.
    """

    kept: dict[int, Kept] = field(default_factory=dict)
    damaged: dict[int, str] = field(default_factory=dict)
    missing: list[tuple[int, int]] = field(default_factory=list)
    unread: bool = False
    defects: list[Defect] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        """Say whether every record that there should be is there and unchanged."""
        return not (self.damaged or self.missing or self.unread)

    @property
    def last(self) -> tuple[int, str]:
        """Give number and chain hash of the last record; 0 and GENESIS where there is none."""
        if not self.kept:
            return 0, GENESIS
        number = max(self.kept)
        return number, self.kept[number].chain_hash

    @property
    def gaps(self) -> bool:
        """Say whether records are missing before the last one there is."""
        return any(first <= self.last[0] for first, _ in self.missing)

    @property
    def damaged_subjects(self) -> set[str]:
        """Give the dossiers of which a record is damaged."""
        return {self.kept[number].subject for number in self.damaged if number in self.kept}

    def by_subject(self) -> dict[str, dict[int, Kept]]:
        """Give the readable records of each dossier, in sequence."""
        found: dict[str, dict[int, Kept]] = {}
        for number, kept in self.kept.items():
            found.setdefault(kept.subject, {})[number] = kept
        return found


def record_place(number: int, kept: Kept | None = None) -> str:
    """Name a record of the database, with its project where that is known."""
    return f"{DATABASE_NAME} 第 {number} 条记录" + (f"（{kept.subject}）" if kept else "")


def attempted(look: Callable[[], list[Defect]], place: str, what: str) -> list[Defect]:
    """Give what a look finds; where it breaks off, that is itself the defect.

    Damaged pages make SQLite and everything that reads its rows fail in many ways: none may end the check.
    """
    try:
        return look()
    except Exception as error:
        return [Defect(place, f"{what}读不出（{error}）。")]


def database_defects(ledger: Ledger) -> list[Defect]:
    """Give what is wrong with the database file, its tables and the guards of its truth."""
    looks: tuple[tuple[Callable[[Ledger], list[Defect]], str], ...] = (
        (_integrity_defects, "数据库"),
        (_foreign_key_defects, "记录之间的引用"),
        (_schema_defects, "表结构"),
        (_version_defects, "结构版本"),
    )
    return [defect for look, what in looks for defect in attempted(partial(look, ledger), DATABASE_NAME, what)]


def _integrity_defects(ledger: Ledger) -> list[Defect]:
    rows = ledger.connection.execute(f"PRAGMA integrity_check({_MOST_MESSAGES})").fetchall()
    messages = [str(row[0]) for row in rows if row[0] != "ok"]
    return [Defect(DATABASE_NAME, f"数据库文件结构损坏：{message}。") for message in messages]


def _foreign_key_defects(ledger: Ledger) -> list[Defect]:
    rows = ledger.connection.execute("PRAGMA foreign_key_check").fetchmany(_MOST_MESSAGES)
    return [Defect(f"{DATABASE_NAME} 表 {row[0]} 第 {row[1]} 行", f"引用的 {row[2]} 行不存在。") for row in rows]


def _schema_defects(ledger: Ledger) -> list[Defect]:
    found, expected = schema_of(ledger.database), expected_schema()
    defects = []
    for key in sorted(expected.statements.keys() | found.statements.keys()):
        word, name = _TYPE_WORDS.get(key[0], key[0]), key[1]
        guard = "（防改动）" if name in guards() else ""
        if key not in found.statements:
            defects.append(Defect(DATABASE_NAME, f"缺少{word} {name}{guard}。"))
        elif key not in expected.statements:
            defects.append(Defect(DATABASE_NAME, f"多出{word} {name}。"))
        elif found.statements[key] != expected.statements[key]:
            defects.append(Defect(DATABASE_NAME, f"{word} {name}{guard}与程序定义的不同。"))
    stated = {
        "statement": ("sequence", *FIELD_COLUMNS, *ABOUT_COLUMNS),
        "state": STATE_COLUMNS,
        "state_corrected": STATE_COLUMNS,
    }
    for table, columns in stated.items():
        if set(found.columns.get(table, ())) != set(columns):
            differing = "、".join(sorted(set(found.columns.get(table, ())) ^ set(columns)))
            defects.append(Defect(DATABASE_NAME, f"表 {table} 的列与程序声明的字段不符：{differing}。"))
    if found.kinds != expected.kinds:
        defects.append(Defect(DATABASE_NAME, "表 record_kind 的内容与程序定义的不同。"))
    return defects


def _version_defects(ledger: Ledger) -> list[Defect]:
    version = ledger.connection.execute("PRAGMA user_version").fetchone()[0]
    defects = []
    if version != SCHEMA_VERSION:
        defects.append(Defect(DATABASE_NAME, f"结构版本写的是 {version}，本程序为 {SCHEMA_VERSION}。"))
    if migrations.pending(ledger.database):
        defects.append(Defect(DATABASE_NAME, "结构升级的记载不完整。"))
    return defects


def verify_truth(ledger: Ledger) -> Truth:
    """Verify every record: its content, its place in the sequence, in the chain and in its dossier.

    Never raises; a part that cannot be read is named.
    """
    truth = Truth()
    previous: dict[str, int] = {}
    before, expected = 0, {GENESIS}
    for number, record in _readable(ledger, truth):
        if number > before + 1:
            truth.missing.append((before + 1, number - 1))
            expected = set()
        before = number
        if record is None:
            expected = set()
            continue
        wrong = _wrong_with(record, expected, previous.get(record.subject), truth)
        # One of the two is right even where a flipped bit spoilt the other, so that it is named only once.
        expected = {record.chain_hash} | {chain(link, record.content_hash) for link in expected}
        previous[record.subject] = number
        truth.kept[number] = Kept(record.subject, record.content_hash, record.chain_hash)
        if wrong:
            truth.damaged[number] = wrong
    truth.defects += [
        Defect(record_place(number, truth.kept.get(number)), wrong) for number, wrong in truth.damaged.items()
    ]
    truth.defects += [
        Defect(record_place(first) if first == last else f"{DATABASE_NAME} 第 {first}—{last} 条记录", "记录缺失。")
        for first, last in truth.missing
    ]
    truth.defects += attempted(partial(_head_defects, ledger, truth), f"{DATABASE_NAME} 表 head", "最后一条记录的标记")
    return truth


def _wrong_with(record: Record, expected: set[str], previous: int | None, truth: Truth) -> str:
    """Say what is wrong with a record; `expected` are the chain hashes that the one before may have."""
    if not fits_its_hash(record):
        return "内容与校验值不符，记录被改动或已损坏。"
    if expected and all(chain(link, record.content_hash) != record.chain_hash for link in expected):
        return "校验链在这里断开，记录被改动、插入或删去过。"
    if truth.whole and record.head["previous"] != previous:
        return f"所记的上一条应为第 {previous or 0} 条，写的是第 {record.head['previous'] or 0} 条。"
    return ""


def _readable(ledger: Ledger, truth: Truth) -> Iterator[tuple[int, Record | None]]:
    """Give the records by number, None for those that cannot be read; what cannot be read is noted."""
    last = 0
    try:
        for record in load_records(ledger):
            last = record.sequence
            yield last, record
    except Exception as error:
        whole_table = error
    else:
        return
    # A page is damaged: go on one by one, with the numbers from wherever they can still be read.
    numbers: set[int] = set()
    for way in ("NOT INDEXED", "INDEXED BY record_of_request"):
        try:
            for row in ledger.connection.execute(f"SELECT sequence FROM record {way}"):
                numbers.add(row["sequence"])
        except Exception:
            truth.unread = True
    if truth.unread:
        truth.defects.append(Defect(record_place(last + 1), f"从这条起，有记录读不出（{whole_table}）。"))
    for number in sorted(number for number in numbers if number > last):
        try:
            record = next(load_records(ledger, "sequence = ?", (number,)))
        except Exception as error:
            truth.damaged[number] = f"记录读不出（{error}）。"
            yield number, None
        else:
            yield number, record


def _head_defects(ledger: Ledger, truth: Truth) -> list[Defect]:
    row = ledger.connection.execute("SELECT sequence, chain_hash FROM head WHERE id = 1").fetchone()
    number, link = truth.last
    place = f"{DATABASE_NAME} 表 head"
    if row is None:
        return [Defect(place, "没有写明最后一条记录。")] if number else []
    if row["sequence"] > number and row["chain_hash"] != link:
        first = record_place(number + 1)
        truth.missing.append((number + 1, row["sequence"]))
        return [Defect(first, f"记录缺失：台账写到第 {row['sequence']} 条，数据库里只到第 {number} 条。")]
    if (row["sequence"], row["chain_hash"]) != (number, link):
        return [Defect(place, f"标记与最后一条记录（第 {number} 条）不符。")]
    return []
