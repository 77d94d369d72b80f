-- Migration 4: workbooks. The file of an import is kept beside the database, how it was read where the program alone
-- would have read it otherwise stands in its record, and an office's headings are remembered for its next list.

-- 1 where the file itself is kept; imports recorded before this migration kept none.
ALTER TABLE import_file ADD COLUMN kept INTEGER CHECK (kept = 1);

-- A sheet left out or read, the rows of its headings ("3" or "3-4"), what a heading means (a field, or nothing where
-- it is not read), the unit of a column's or a whole sheet's sums. `remembered` marks what an earlier list taught.
CREATE TABLE import_choice (
    sequence INTEGER NOT NULL REFERENCES import_file (sequence),
    position INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('sheet', 'rows', 'heading', 'unit')),
    sheet TEXT NOT NULL,
    heading TEXT,
    said TEXT,
    remembered INTEGER CHECK (remembered = 1),
    PRIMARY KEY (sequence, position)
) STRICT;

-- Beside the truth: what an office's headings mean, by the code of its area. `heading` is a heading as it is compared,
-- its group's in `parent`; `field` is '' for one that is not read, `unit` that of a sum whose heading says none, `corrects`
-- the field that the program read it as before somebody knew better.
CREATE TABLE heading_choice (
    programme TEXT NOT NULL CHECK (programme <> ''),
    area TEXT NOT NULL CHECK (area <> ''),
    parent TEXT NOT NULL,
    heading TEXT NOT NULL CHECK (heading <> ''),
    field TEXT NOT NULL,
    unit TEXT CHECK (unit IN ('元', '万元', '亿元')),
    corrects TEXT CHECK (corrects <> ''),
    chosen_at TEXT NOT NULL,
    chosen_by TEXT NOT NULL CHECK (chosen_by <> ''),
    PRIMARY KEY (programme, area, parent, heading)
) STRICT, WITHOUT ROWID;
