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
    "import_choice",
    "sending",
    "answered_fault",
    "returned_field",
    "attachment",
    "permission",
    "closing",
    "bulletin",
)
"""Tables whose rows are added and never changed or deleted."""

ADDED_ONLY = (*TRUTH_TABLES, "audit")
"""Tables that triggers guard: the truth, and the log of who did what, which is no part of any dossier."""

DETAIL_TABLES = (
    "statement", "programme_version", "programme_term", "unit", "import_file", "accepted_fault", "import_choice",
    "sending", "answered_fault", "returned_field", "attachment", "permission", "closing",
    "bulletin",
)  # fmt: skip
"""Tables that hold what a record says, under the record's sequence number."""
