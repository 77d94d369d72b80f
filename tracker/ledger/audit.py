"""The audit log: who did what and when, what was refused, in rows that are only added and chained.

等保 (GB/T 22239-2019, 7.1.4.3) asks for every user, with time, user, event and result, kept for six months and
protected: triggers refuse any change of a row, the chain shows one that was made behind them, and nothing in the
program removes a row.
"""

from __future__ import annotations

import datetime
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from tracker.ledger.handle import DATABASE_NAME, Ledger, RefusedError, StorageError
from tracker.ledger.records import GENESIS, chain, hash_of
from tracker.model.record_words import RECORD_WORDS
from tracker.model.roles import Role
from tracker.model.written import clean_text

AUDIT_PLACE = f"{DATABASE_NAME} 表 audit"
"""How a defect names the log."""

NOBODY = "—"
"""Who acted where nobody was signed in and no name was given."""

EVENT_WORDS = {
    "sign_in": "登录",
    "sign_out": "退出",
    "account_added": "新增账号",
    "account_disabled": "停用账号",
    "account_enabled": "启用账号",
    "role_set": "设置角色",
    "password_reset": "重置密码",
    "password_changed": "修改密码",
    "policy_set": "修改安全策略",
    "restored": "恢复备份",
    "page": "访问页面",
    "audit_exported": "导出审计日志",
    "recording": "登记",
    **RECORD_WORDS,
    "reminder": "催报",
    "headings_remembered": "记住表头",
    "heading_forgotten": "删去记住的表头",
    "template_added": "增加本单位格式",
    "template_removed": "删去本单位格式",
}
"""Each event's Chinese word: what people do beside the records, and each kind of record."""

_NAME_LENGTH, _ADDRESS_LENGTH, _EVENT_LENGTH, _OBJECT_LENGTH, _DETAIL_LENGTH = 60, 64, 120, 200, 500
_MOST_NAMED = 5
_COLUMNS = ("sequence", "at", "account", "role", "address", "event", "object", "allowed", "detail")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: the account's or the person's name, the role where there is an account, and where from."""

    name: str
    role: Role | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log; `at` is ISO 8601 with its offset, `role` the role's key, `event` the event's key."""

    sequence: int
    at: str
    account: str
    role: str | None
    address: str | None
    event: str
    object: str | None
    allowed: bool
    detail: str | None

    @property
    def event_word(self) -> str:
        """Give the event in Chinese; several kinds of record in one request stand beside each other."""
        return "、".join(EVENT_WORDS.get(word, word) for word in self.event.split())


@dataclass(frozen=True, slots=True)
class Asked:
    """Which rows of the log are asked for.

    `since` and `until` are days `YYYY-MM-DD`, both included; `search` is looked for in account, address, event,
    object and detail; `event` is one event's key; `before` and `limit` page backwards from the newest.
    """

    search: str | None = None
    since: str | None = None
    until: str | None = None
    account: str | None = None
    event: str | None = None
    refused: bool = False
    before: int | None = None
    limit: int | None = None


def actor_of(ledger: Ledger) -> Actor:
    """Give who acts on a ledger now."""
    return ledger.actor or Actor(NOBODY)


def note(
    ledger: Ledger, event: str, allowed: bool, about: str | None = None, detail: str | None = None,
    actor: Actor | None = None,
) -> int:  # fmt: skip
    """Add one row to the log and give its number.

    Inside a transaction that may write it becomes part of it; otherwise it is a transaction of its own.
    `about` is what was acted on, `detail` a sentence; control characters and line breaks are taken out of
    everything, and long texts are cut. Raises StorageError where the disk refuses it.
    """
    connection = ledger.connection
    if connection.in_transaction:
        return _append(ledger, event, allowed, about, detail, actor or actor_of(ledger))
    try:
        connection.execute("BEGIN IMMEDIATE")
        number = _append(ledger, event, allowed, about, detail, actor or actor_of(ledger))
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise _storage_error(error) from error
    finally:
        _roll_back(connection)
    return number


def _append(ledger: Ledger, event: str, allowed: bool, about: str | None, detail: str | None, actor: Actor) -> int:
    last, link = _head(ledger)
    row: dict[str, Any] = {
        "sequence": last + 1,
        "at": ledger.clock().isoformat(),
        "account": _plain(actor.name, _NAME_LENGTH) or NOBODY,
        "role": actor.role.value if actor.role else None,
        "address": _plain(actor.address, _ADDRESS_LENGTH),
        "event": _plain(event, _EVENT_LENGTH),
        "object": _plain(about, _OBJECT_LENGTH),
        "allowed": int(allowed),
        "detail": _plain(detail, _DETAIL_LENGTH),
    }
    link = chain(link, hash_of(row))
    ledger.connection.execute(
        f"INSERT INTO audit ({', '.join(_COLUMNS)}, chain_hash) VALUES ({', '.join('?' * (len(_COLUMNS) + 1))})",
        (*row.values(), link),
    )
    ledger.connection.execute(
        "INSERT INTO audit_head (id, sequence, chain_hash) VALUES (1, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, chain_hash = excluded.chain_hash",
        (last + 1, link),
    )
    return last + 1


def _head(ledger: Ledger) -> tuple[int, str]:
    row = ledger.connection.execute("SELECT sequence, chain_hash FROM audit_head WHERE id = 1").fetchone()
    return (row["sequence"], row["chain_hash"]) if row else (0, GENESIS)


def _plain(text: str | None, length: int) -> str | None:
    """Give a text on one line, without characters that would forge a line or hide something, cut to a length."""
    if text is None:
        return None
    line = " ".join(clean_text(text).split())
    return (line if len(line) <= length else line[: length - 1] + "…") or None


class Change:
    """What is being changed beside the records; what is set here stands in the row of the log."""

    def __init__(self, about: str | None) -> None:
        """Start with what is acted on."""
        self.about = about
        self.detail: str | None = None


@contextmanager
def audited(ledger: Ledger, event: str, about: str | None = None, actor: Actor | None = None) -> Iterator[Change]:
    """Carry out one change of accounts, sessions or rules: one transaction, with its row in the log.

    A RefusedError inside the block leaves everything as it was, and the refusal in the log. Raises StorageError
    where the disk refuses.
    """
    connection = ledger.connection
    change = Change(about)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield change
        note(ledger, event, True, change.about, change.detail, actor)
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise _storage_error(error) from error
    except RefusedError as error:
        _roll_back(connection)
        note_refusal(ledger, event, change.about, str(error), actor)
        raise
    finally:
        _roll_back(connection)


def note_refusal(
    ledger: Ledger, event: str, about: str | None, sentence: str, actor: Actor | None = None
) -> None:  # fmt: skip
    """Add a refused attempt to the log; that this fails must not hide the refusal itself."""
    with suppress(StorageError, sqlite3.Error):
        note(ledger, event, False, about, sentence, actor)


def note_records(ledger: Ledger, by: str, heads: list[dict[str, Any]]) -> None:
    """Note, within their transaction, the records that one request leaves; `heads` are their columns, in order."""
    if not heads:
        return
    kinds = dict.fromkeys(head["kind"] for head in heads)
    projects = list(dict.fromkeys(head["project"] for head in heads if head["project"]))
    months = list(dict.fromkeys(head["month"] for head in heads if head["month"]))
    named = projects[:_MOST_NAMED] + ([f"等 {len(projects)} 个项目"] if len(projects) > _MOST_NAMED else [])
    about = " ".join([*months[-_MOST_NAMED:], *named]) or heads[0]["programme"]
    first, last = heads[0]["sequence"], heads[-1]["sequence"]
    reason = next((f"，{head['reason']}" for head in heads if head["reason"]), "")
    detail = f"第 {first} 条记录{reason}" if first == last else f"第 {first}—{last} 条记录{reason}"
    note(ledger, " ".join(kinds), True, about, detail, acting_as(ledger, by))


def acting_as(ledger: Ledger, name: str) -> Actor:
    """Give the present actor under the name that stands in the records."""
    present = actor_of(ledger)
    return Actor(name, present.role, present.address)


def entries(ledger: Ledger, asked: Asked = Asked()) -> Iterator[Entry]:
    """Give the rows that are asked for, the newest first."""
    where, parameters = _conditions(asked)
    limit = "" if asked.limit is None else " LIMIT ?"
    rows = ledger.connection.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM audit WHERE {where} ORDER BY sequence DESC{limit}",
        [*parameters, *([] if asked.limit is None else [asked.limit])],
    )
    for row in rows:
        yield Entry(**{name: row[name] for name in _COLUMNS if name != "allowed"}, allowed=bool(row["allowed"]))


def count_entries(ledger: Ledger, asked: Asked = Asked()) -> int:
    """Give how many rows are asked for, whatever the page."""
    where, parameters = _conditions(asked)
    found: int = ledger.connection.execute(f"SELECT count(*) FROM audit WHERE {where}", parameters).fetchone()[0]
    return found


def _conditions(asked: Asked) -> tuple[str, list[Any]]:
    conditions: list[tuple[str, list[Any]]] = []
    if asked.since:
        conditions.append(("at >= ?", [asked.since]))
    if asked.until:
        after = datetime.date.fromisoformat(asked.until) + datetime.timedelta(days=1)
        conditions.append(("at < ?", [after.isoformat()]))
    if asked.account:
        conditions.append(("account = ? COLLATE NOCASE", [asked.account]))
    if asked.event:
        conditions.append(("instr(' ' || event || ' ', ?)", [f" {asked.event} "]))
    if asked.refused:
        conditions.append(("allowed = 0", []))
    if asked.before is not None:
        conditions.append(("sequence < ?", [asked.before]))
    if asked.search:
        conditions.append(_searched(asked.search))
    return (
        " AND ".join(condition for condition, _ in conditions) or "1",
        [parameter for _, parameters in conditions for parameter in parameters],
    )


def _searched(text: str) -> tuple[str, list[Any]]:
    """Give the condition under which a row holds a text; an event is also found by its Chinese word."""
    columns = ("account", "address", "object", "detail", "event")
    literal = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    alike = [f"{column} LIKE ? ESCAPE '\\'" for column in columns]
    keys = [key for key, word in EVENT_WORDS.items() if text in word]
    named = ["instr(' ' || event || ' ', ?)"] * len(keys)
    return f"({' OR '.join([*alike, *named])})", [*[f"%{literal}%"] * len(alike), *(f" {key} " for key in keys)]


def chain_breaks(ledger: Ledger) -> Iterator[tuple[str, str]]:
    """Give every place where the log is not what was written, with a Chinese sentence: (place, sentence)."""
    before, expected = 0, {GENESIS}
    link = GENESIS
    for row in ledger.connection.execute("SELECT * FROM audit ORDER BY sequence"):
        number, link = row["sequence"], row["chain_hash"]
        content_hash = hash_of({name: row[name] for name in _COLUMNS})
        if number > before + 1:
            missing = str(before + 1) if number == before + 2 else f"{before + 1}—{number - 1}"
            yield f"{AUDIT_PLACE} 第 {missing} 行", "审计日志缺失。"
        elif all(chain(earlier, content_hash) != link for earlier in expected):
            yield f"{AUDIT_PLACE} 第 {number} 行", "审计日志的内容与校验链不符，被改动过或已损坏。"
        # One of the two is right even where only a row's hash was spoilt, so that it is named only once.
        expected = {link} | {chain(earlier, content_hash) for earlier in expected}
        before = number
    head = _head(ledger)
    if head[0] > before:
        yield f"{AUDIT_PLACE} 第 {before + 1} 行", f"审计日志缺失：写到第 {head[0]} 行，数据库里只到第 {before} 行。"
    elif head != (before, link):
        yield f"{AUDIT_PLACE}_head", f"标记与审计日志的最后一行（第 {before} 行）不符。"


def _storage_error(error: sqlite3.OperationalError) -> StorageError:
    return StorageError(f"没有写成（{error}）：磁盘已满、只读、出错，或别的程序一直占用着台账。请排除后再试一次。")


def _roll_back(connection: sqlite3.Connection) -> None:
    if connection.in_transaction:
        with suppress(sqlite3.OperationalError):
            connection.execute("ROLLBACK")
