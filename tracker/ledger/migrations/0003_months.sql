-- Migration 3: the month. Counties send returns that count once they are accepted, the task force sends rows back,
-- closes months and permits latecomers; accounts, sessions and drafts stand beside the truth, the audit log grows with it.

INSERT INTO record_kind VALUES ('sending'), ('acceptance'), ('sending_back'), ('attachment'), ('locking'), ('unlocking'),
    ('permission'), ('closing');

-- A return that awaits the review counts from its final acceptance on; `answers` names the return that a verdict is about.
ALTER TABLE statement ADD COLUMN awaits INTEGER CHECK (awaits = 1);
ALTER TABLE statement ADD COLUMN answers INTEGER REFERENCES record (sequence);
ALTER TABLE statement ADD COLUMN final INTEGER CHECK (final IN (0, 1));
CREATE INDEX statement_answered ON statement (answers) WHERE answers IS NOT NULL;

-- 1 or 2; nothing where the definition does not say it, which means 1.
ALTER TABLE programme_version ADD COLUMN review_levels INTEGER CHECK (review_levels IN (1, 2));

-- One county's return as a whole: who signed it is the record's author.
CREATE TABLE sending (
    sequence INTEGER PRIMARY KEY REFERENCES record (sequence),
    county TEXT NOT NULL CHECK (county <> ''),
    projects INTEGER NOT NULL CHECK (projects >= 0),
    unchanged INTEGER NOT NULL CHECK (unchanged >= 0),
    on_time INTEGER NOT NULL CHECK (on_time IN (0, 1))
) STRICT;

-- What a county answered to doubts about its own row, and what the review asks to be mended, field by field.
CREATE TABLE answered_fault (
    sequence INTEGER NOT NULL REFERENCES statement (sequence),
    position INTEGER NOT NULL,
    field TEXT,
    said TEXT,
    message TEXT NOT NULL CHECK (message <> ''),
    answer TEXT NOT NULL CHECK (answer <> ''),
    PRIMARY KEY (sequence, position)
) STRICT;

CREATE TABLE returned_field (
    sequence INTEGER NOT NULL REFERENCES statement (sequence),
    position INTEGER NOT NULL,
    field TEXT NOT NULL CHECK (field <> ''),
    reason TEXT NOT NULL CHECK (reason <> ''),
    PRIMARY KEY (sequence, position)
) STRICT;

-- A photo or a paper; its bytes lie beside the database under their own SHA-256.
CREATE TABLE attachment (
    sequence INTEGER PRIMARY KEY REFERENCES record (sequence),
    name TEXT NOT NULL CHECK (name <> ''),
    media_type TEXT NOT NULL CHECK (media_type IN ('image/jpeg', 'image/png', 'image/webp', 'application/pdf')),
    bytes INTEGER NOT NULL CHECK (bytes > 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    taken_at TEXT CHECK (taken_at <> '')
) STRICT;
CREATE INDEX attachment_of_content ON attachment (sha256);

-- Late permission for one county, and the freezing of a month: the ledger's head then, and what was frozen.
CREATE TABLE permission (
    sequence INTEGER PRIMARY KEY REFERENCES record (sequence),
    county TEXT NOT NULL CHECK (county <> ''),
    until TEXT NOT NULL CHECK (until GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]')
) STRICT;

CREATE TABLE closing (
    sequence INTEGER PRIMARY KEY REFERENCES record (sequence),
    head_sequence INTEGER NOT NULL,
    head_hash TEXT NOT NULL CHECK (length(head_hash) = 64),
    projects INTEGER NOT NULL,
    started INTEGER NOT NULL,
    completed INTEGER NOT NULL,
    unreported INTEGER NOT NULL,
    state_hash TEXT NOT NULL CHECK (length(state_hash) = 64)
) STRICT;

-- What figures are counted and added up from, narrow beside the whole state: a trend over all months reads this alone.
CREATE INDEX state_figures ON state (
    programme, month, county, city, province, listed, reported, started, completed, effective_stage, start_due,
    completion_due, planned_start, on_schedule, category, level, year_plan, year_done, total_investment,
    cumulative_investment
);

-- The categories that projects bear, which few of the statements say.
CREATE INDEX statement_category ON statement (category) WHERE category IS NOT NULL;

-- Derived: what the states of closed months would be with what was recorded after the closing; `state` keeps what was
-- frozen. Only projects that differ have a row.
CREATE TABLE state_corrected (
    programme TEXT NOT NULL,
    month TEXT NOT NULL,
    project TEXT NOT NULL,
    province TEXT NOT NULL,
    city TEXT NOT NULL,
    listed INTEGER NOT NULL CHECK (listed IN (0, 1)),
    reported INTEGER NOT NULL CHECK (reported IN (0, 1)),
    started INTEGER NOT NULL CHECK (started IN (0, 1)),
    completed INTEGER NOT NULL CHECK (completed IN (0, 1)),
    effective_stage TEXT,
    start_due TEXT,
    completion_due TEXT,
    on_schedule INTEGER CHECK (on_schedule IN (0, 1)),
    year_opening INTEGER,
    year_done INTEGER,
    derived_cumulative INTEGER NOT NULL CHECK (derived_cumulative IN (0, 1)),
    name TEXT,
    county TEXT,
    further_counties TEXT,
    category TEXT,
    level TEXT,
    batch TEXT,
    package_of TEXT,
    content TEXT,
    nature TEXT,
    total_investment INTEGER,
    year_plan INTEGER,
    cumulative_investment INTEGER,
    year_investment INTEGER,
    month_investment INTEGER,
    funding_received INTEGER,
    funding_paid INTEGER,
    planned_start TEXT,
    planned_completion TEXT,
    actual_start TEXT,
    actual_completion TEXT,
    stage TEXT,
    progress TEXT,
    progress_percent INTEGER,
    sewage_capacity_planned INTEGER,
    sewage_capacity_done INTEGER,
    pipe_length_planned INTEGER,
    pipe_length_done INTEGER,
    river_length_planned INTEGER,
    river_length_done INTEGER,
    wetland_area_planned INTEGER,
    wetland_area_done INTEGER,
    greening_area_planned INTEGER,
    greening_area_done INTEGER,
    erosion_area_planned INTEGER,
    erosion_area_done INTEGER,
    responsible_unit TEXT,
    responsible_person TEXT,
    phone TEXT,
    contact_leader TEXT,
    problem TEXT,
    problem_owner TEXT,
    problem_limit TEXT,
    remark TEXT,
    PRIMARY KEY (programme, month, project)
) STRICT, WITHOUT ROWID;

-- Beside the truth: what changes and is not part of any dossier.

CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE COLLATE NOCASE CHECK (length(name) BETWEEN 2 AND 40),
    person TEXT NOT NULL CHECK (person <> ''),
    role TEXT CHECK (role IN ('reporter', 'lead', 'task_force', 'reader', 'system', 'security', 'audit')),
    scope TEXT CHECK (scope <> ''),
    email TEXT CHECK (email <> ''),
    password_hash TEXT,
    password_set_at TEXT,
    must_change INTEGER NOT NULL DEFAULT 1 CHECK (must_change IN (0, 1)),
    disabled INTEGER NOT NULL DEFAULT 0 CHECK (disabled IN (0, 1)),
    demonstration INTEGER NOT NULL DEFAULT 0 CHECK (demonstration IN (0, 1)),
    failures INTEGER NOT NULL DEFAULT 0 CHECK (failures >= 0),
    locked_until TEXT,
    created_at TEXT NOT NULL,
    created_by TEXT NOT NULL
) STRICT;

-- A session is known by the SHA-256 of its token, so that nobody who reads the database can use it.
CREATE TABLE session (
    token_hash TEXT PRIMARY KEY CHECK (length(token_hash) = 64),
    account INTEGER NOT NULL REFERENCES account (id),
    began_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    ended_at TEXT,
    address TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_of_account ON session (account);

CREATE TABLE policy (
    name TEXT PRIMARY KEY CHECK (name <> ''),
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One row a project and field of what is being filled in: the text as typed, right or wrong.
CREATE TABLE draft (
    programme TEXT NOT NULL,
    month TEXT NOT NULL,
    project TEXT NOT NULL,
    field TEXT NOT NULL CHECK (field <> ''),
    text TEXT NOT NULL,
    version INTEGER NOT NULL CHECK (version > 0),
    saved_at TEXT NOT NULL,
    saved_by TEXT NOT NULL,
    PRIMARY KEY (programme, month, project, field)
) STRICT, WITHOUT ROWID;

-- Every change and every refused attempt; rows are only added, by anyone, and chained.
CREATE TABLE audit (
    sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
    at TEXT NOT NULL,
    account TEXT NOT NULL,
    role TEXT,
    address TEXT,
    event TEXT NOT NULL CHECK (event <> ''),
    object TEXT,
    allowed INTEGER NOT NULL CHECK (allowed IN (0, 1)),
    detail TEXT,
    chain_hash TEXT NOT NULL CHECK (length(chain_hash) = 64)
) STRICT;
CREATE INDEX audit_of_day ON audit (at);

-- The log's last row, so that a dropped tail is seen.
CREATE TABLE audit_head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL,
    chain_hash TEXT NOT NULL
) STRICT;

-- Reminders that were sent: one a month, county and kind.
CREATE TABLE reminder (
    programme TEXT NOT NULL,
    month TEXT NOT NULL,
    county TEXT NOT NULL,
    day TEXT NOT NULL,
    address TEXT NOT NULL,
    sent_at TEXT NOT NULL,
    PRIMARY KEY (programme, month, county, day, address)
) STRICT, WITHOUT ROWID;
