-- Migration 5: office templates. Beside the truth: an office's own layouts for official tables, by the code of its area
-- and the kind of table. One of a name is in force; those before it, and those removed, stay with who ended them.

-- `lost` names what of a layout its exports will not keep.
-- A layout's workbook under its own SHA-256; one content may be many layouts'.
CREATE TABLE template_content (
    sha256 TEXT PRIMARY KEY CHECK (length(sha256) = 64),
    content BLOB NOT NULL
) STRICT;

CREATE TABLE office_template (
    number INTEGER PRIMARY KEY,
    programme TEXT NOT NULL CHECK (programme <> ''),
    area TEXT NOT NULL CHECK (area <> ''),
    kind TEXT NOT NULL CHECK (kind <> ''),
    name TEXT NOT NULL CHECK (name <> ''),
    file TEXT NOT NULL,
    sha256 TEXT NOT NULL REFERENCES template_content (sha256),
    lost TEXT NOT NULL,
    added_at TEXT NOT NULL,
    added_by TEXT NOT NULL CHECK (added_by <> ''),
    ended_at TEXT,
    ended_by TEXT,
    CHECK ((ended_at IS NULL) = (ended_by IS NULL))
) STRICT;

CREATE UNIQUE INDEX office_template_in_force ON office_template (programme, area, kind, name) WHERE ended_at IS NULL;
