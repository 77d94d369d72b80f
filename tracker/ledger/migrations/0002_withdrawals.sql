-- Migration 2: a statement may be taken back. The record that takes it back is of a kind of its own and names
-- the one that no longer counts; both stay.

INSERT INTO record_kind VALUES ('withdrawal');

ALTER TABLE statement ADD COLUMN withdraws INTEGER REFERENCES record (sequence);
CREATE UNIQUE INDEX statement_withdrawn ON statement (withdraws) WHERE withdraws IS NOT NULL;
