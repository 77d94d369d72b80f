"""Records: the sequence that the ledger's truth grows by, its content hashes and its chain."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from tracker.ledger.handle import Ledger
from tracker.ledger.tables import DETAIL_TABLES

GENESIS = "0" * 64
"""What the first record's chain hash is chained to."""

RECORD_COLUMNS = (
    "sequence", "kind", "programme", "project", "month", "recorded_at", "recorded_by", "reason", "request",
    "import", "previous",
)  # fmt: skip
"""The columns of `record` that its content hash covers, beside the rows of its detail tables."""

_MULTIPLE = frozenset({"programme_term", "accepted_fault", "import_choice", "answered_fault", "returned_field"})
_BATCH = 500

Details = Mapping[str, list[dict[str, Any]]]


@dataclass(slots=True)
class Record:
    """One record as it is kept: `head` holds RECORD_COLUMNS, `details` the rows of its detail tables."""

    head: dict[str, Any]
    details: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    content_hash: str = ""
    chain_hash: str = ""

    @property
    def sequence(self) -> int:
        """Give the record's number."""
        number: int = self.head["sequence"]
        return number

    @property
    def subject(self) -> str:
        """Give the dossier the record belongs to: a project's code, or `programme:` and its key."""
        return self.head["project"] or f"programme:{self.head['programme']}"

    def content(self) -> dict[str, Any]:
        """Give what the content hash covers: everything the record says, without empty columns."""
        said = {name: value for name, value in self.head.items() if value is not None}
        if self.details:
            said["details"] = {
                table: [{name: value for name, value in row.items() if value is not None} for row in rows]
                for table, rows in self.details.items()
                if rows
            }
        return said

    def hashed(self, chained_to: str) -> Record:
        """Compute the record's hashes, its chain hash on top of the one before; gives itself."""
        self.content_hash = hash_of(self.content())
        self.chain_hash = chain(chained_to, self.content_hash)
        return self


def hash_of(content: Mapping[str, Any]) -> str:
    """Give the SHA-256 of a content in its one canonical form: JSON, keys sorted, no spaces, UTF-8."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def chain(before: str, content_hash: str) -> str:
    """Give the chain hash of a record from the chain hash before it and its content hash."""
    return hashlib.sha256(f"{before}{content_hash}".encode()).hexdigest()


def head_of(ledger: Ledger) -> tuple[int, str]:
    """Give the sequence number and the chain hash of the last record; 0 and GENESIS for an empty ledger.

    The number is the ledger's revision: it changes exactly when something was recorded.
    """
    row = ledger.connection.execute("SELECT sequence, chain_hash FROM head WHERE id = 1").fetchone()
    return (row["sequence"], row["chain_hash"]) if row else (0, GENESIS)


def insert_records(ledger: Ledger, records: Iterable[Record]) -> None:
    """Add hashed records to the open transaction: heads, details, the head of the chain, dossier marks."""
    connection = ledger.connection
    rows = list(records)
    if not rows:
        return
    columns = (*RECORD_COLUMNS, "content_hash", "chain_hash")
    names = ", ".join(f'"{name}"' for name in columns)
    connection.executemany(
        f"INSERT INTO record ({names}) VALUES ({', '.join('?' * len(columns))})",
        [(*(record.head[name] for name in RECORD_COLUMNS), record.content_hash, record.chain_hash) for record in rows],
    )
    by_shape: dict[tuple[str, tuple[str, ...]], list[tuple[Any, ...]]] = {}
    for record in rows:
        for table, details in record.details.items():
            for position, row in enumerate(details):
                extra = {"sequence": record.sequence}
                if table in _MULTIPLE:
                    extra["position"] = position
                full = {**extra, **row}
                by_shape.setdefault((table, tuple(full)), []).append(tuple(full.values()))
    for table in DETAIL_TABLES:
        for (name, shape), values in by_shape.items():
            if name == table:
                quoted = ", ".join(f'"{column}"' for column in shape)
                connection.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({', '.join('?' * len(shape))})", values)
    last = rows[-1]
    connection.execute(
        "INSERT INTO head (id, sequence, chain_hash) VALUES (1, ?, ?) "
        "ON CONFLICT (id) DO UPDATE SET sequence = excluded.sequence, chain_hash = excluded.chain_hash",
        (last.sequence, last.chain_hash),
    )
    marks = {record.subject: record.sequence for record in rows}
    connection.executemany(
        "INSERT INTO dossier_file (subject, sequence) VALUES (?, ?) "
        "ON CONFLICT (subject) DO UPDATE SET sequence = excluded.sequence",
        list(marks.items()),
    )


def load_records(ledger: Ledger, where: str = "1", parameters: Iterable[Any] = ()) -> Iterator[Record]:
    """Give the records that a condition over `record` selects, in sequence, with their details."""
    connection = ledger.connection
    cursor = connection.execute(f"SELECT * FROM record WHERE {where} ORDER BY sequence", tuple(parameters))
    while heads := cursor.fetchmany(_BATCH):
        numbers = [row["sequence"] for row in heads]
        details: dict[int, dict[str, list[dict[str, Any]]]] = {number: {} for number in numbers}
        marks = ", ".join("?" * len(numbers))
        for table in DETAIL_TABLES:
            order = "sequence, position" if table in _MULTIPLE else "sequence"
            for row in connection.execute(
                f"SELECT * FROM {table} WHERE sequence IN ({marks}) ORDER BY {order}", numbers
            ):
                said = {
                    name: value
                    for name, value in dict(row).items()
                    if name not in ("sequence", "position") and value is not None
                }
                details[row["sequence"]].setdefault(table, []).append(said)
        for row in heads:
            yield Record(
                {name: row[name] for name in RECORD_COLUMNS},
                details[row["sequence"]],
                row["content_hash"],
                row["chain_hash"],
            )
