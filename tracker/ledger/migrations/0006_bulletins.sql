-- Migration 6: bulletins. What is issued stays: its number, and the SHA-256 of its file and of what it says; both lie
-- beside the database under their own SHA-256. Texts that are still being worded stand beside the truth.

INSERT INTO record_kind VALUES ('bulletin');

-- `number` is unlike any other of the ledger, so that it alone finds a bulletin; `corrects` names the bulletin that this
-- one corrects.
CREATE TABLE bulletin (
    sequence INTEGER PRIMARY KEY REFERENCES record (sequence),
    area TEXT NOT NULL CHECK (area <> ''),
    number TEXT NOT NULL UNIQUE CHECK (number <> ''),
    title TEXT NOT NULL CHECK (title <> ''),
    signed_on TEXT NOT NULL CHECK (signed_on GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    pages INTEGER NOT NULL CHECK (pages > 0),
    bytes INTEGER NOT NULL CHECK (bytes > 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    said_sha256 TEXT NOT NULL CHECK (length(said_sha256) = 64),
    corrects INTEGER REFERENCES bulletin (sequence)
) STRICT;
CREATE INDEX bulletin_of_content ON bulletin (sha256);

-- Beside the truth: one row a part of a bulletin that somebody worded anew; `text` is nothing where the program's own
-- words were taken back. `corrects` is the number of the bulletin that is being corrected, '' for the month's own.
CREATE TABLE wording (
    programme TEXT NOT NULL CHECK (programme <> ''),
    month TEXT NOT NULL,
    area TEXT NOT NULL CHECK (area <> ''),
    corrects TEXT NOT NULL,
    part TEXT NOT NULL CHECK (part <> ''),
    text TEXT,
    version INTEGER NOT NULL CHECK (version > 0),
    saved_at TEXT NOT NULL,
    saved_by TEXT NOT NULL,
    PRIMARY KEY (programme, month, area, corrects, part)
) STRICT, WITHOUT ROWID;
