"""Tables: which of the ledger's tables hold the truth, and which of those hang under a record."""

from __future__ import annotations

TRUTH_TABLES = (
    "record_kind",
    "record",
    "statement",
    "programme_version",
    "programme_term",
    "unit",
    "import_file",
    "accepted_fault",
)
"""Tables whose rows are added and never changed or deleted."""

DETAIL_TABLES = ("statement", "programme_version", "programme_term", "unit", "import_file", "accepted_fault")
"""Tables that hold what a record says, under the record's sequence number."""
