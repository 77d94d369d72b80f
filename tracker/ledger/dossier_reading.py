"""Reading dossiers back: which records a file still holds whole, and which entries of it are damaged."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from tracker.ledger.records import RECORD_COLUMNS, Record, hash_of
from tracker.ledger.tables import DETAIL_TABLES

_ENTRY = re.compile(r'\{\s*"sequence":\s*([0-9]{1,18})(?![0-9])')
_CHAIN_HASH = re.compile(rb'"chain_hash":\s*"([0-9a-f]{64})"')
_KEYS = frozenset({*RECORD_COLUMNS, "details", "content_hash", "chain_hash"})
_LARGEST = 2**63 - 1
_NOT_SAID = frozenset({"sequence", "position"})


@dataclass(slots=True)
class Contents:
    """What a dossier file still says.

    `records` are those whose content fits its hash, in the file's order; `damaged` are the numbers that the
    other entries claim to have.
    """

    records: list[Record] = field(default_factory=list)
    damaged: list[int] = field(default_factory=list)

    @property
    def entries(self) -> int:
        """Give how many records the file holds, whole or not."""
        return len({*self.damaged, *(record.sequence for record in self.records)})


def read_contents(raw: bytes) -> Contents:
    """Read whatever can still be read of a dossier file; never raises, whatever the bytes are.

    Every entry is looked at on its own, so that damage in one leaves the others readable.
    """
    # Bytes that are no UTF-8 become U+FFFD: they spoil the hash of their own record only.
    text = raw.decode("utf-8", errors="replace")
    decoder = json.JSONDecoder()
    found = Contents()
    position = 0
    while match := _ENTRY.search(text, position):
        try:
            entry, position = decoder.raw_decode(text, match.start())
            record = _record_of(entry)
        except (ValueError, RecursionError):
            position, record = match.end(), None
        if record is None:
            found.damaged.append(int(match.group(1)))
        else:
            found.records.append(record)
    return found


def chain_hashes(raw: bytes) -> set[str]:
    """Give the chain hashes that a dossier file names: a quick look at which history it belongs to."""
    return {found.decode("ascii") for found in _CHAIN_HASH.findall(raw)}


def _record_of(entry: dict[str, Any]) -> Record | None:
    """Give the record an entry holds, or None where it is no record or its content does not fit its hash."""
    details = entry.get("details", {})
    head = {name: entry.get(name) for name in RECORD_COLUMNS}
    well_formed = (
        entry.keys() <= _KEYS
        and all(map(_is_stored, head.values()))
        and isinstance(head["sequence"], int)
        and head["sequence"] > 0
        and all(isinstance(head[name], str) for name in ("kind", "programme", "recorded_at", "recorded_by", "request"))
        and isinstance(head["project"], str | None)
        and isinstance(details, dict)
        and all(_are_details(table, rows) for table, rows in details.items())
        and all(isinstance(entry.get(name), str) for name in ("content_hash", "chain_hash"))
    )
    if not well_formed:
        return None
    record = Record(head, details, entry["content_hash"], entry["chain_hash"])
    return record if fits_its_hash(record) else None


def _is_stored(value: Any) -> bool:
    """Say whether a value is one that a column may hold."""
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) <= _LARGEST
    return value is None or isinstance(value, str)


def _are_details(table: str, rows: Any) -> bool:
    """Say whether rows belong to a detail table: its name and its columns become part of a statement."""
    if table not in DETAIL_TABLES or not isinstance(rows, list):
        return False
    # Loaded when a file is read back, which everyday work never does.
    from tracker.ledger.schema import expected_schema  # noqa: PLC0415

    columns = set(expected_schema().columns[table]) - _NOT_SAID
    return all(isinstance(row, dict) and row.keys() <= columns and all(map(_is_stored, row.values())) for row in rows)


def fits_its_hash(record: Record) -> bool:
    """Say whether a record's content fits its content hash."""
    try:
        return hash_of(record.content()) == record.content_hash
    except (TypeError, ValueError):
        # A damaged column may hold what no record can: bytes, a lone surrogate.
        return False
