-- Migration 1: the truth (rows that are added, never changed), and beneath it what is derived from it.
-- Money is INTEGER 分 (0.01 元), quantities are thousandths of their unit, percentages hundredths of a
-- percent, dates keep their precision as text, months are YYYY-MM, divisions are codes.

CREATE TABLE record_kind (name TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
INSERT INTO record_kind VALUES ('programme'), ('unit'), ('month'), ('import'), ('registration'), ('return'),
    ('correction'), ('renaming'), ('moving'), ('termination'), ('splitting');

CREATE TABLE record (
    sequence INTEGER PRIMARY KEY CHECK (sequence > 0),
    kind TEXT NOT NULL REFERENCES record_kind (name),
    programme TEXT NOT NULL CHECK (programme <> ''),
    project TEXT CHECK (project <> ''),
    month TEXT CHECK (month GLOB '[12][0-9][0-9][0-9]-[01][0-9]'),
    recorded_at TEXT NOT NULL,
    recorded_by TEXT NOT NULL CHECK (recorded_by <> ''),
    reason TEXT CHECK (reason <> ''),
    request TEXT NOT NULL CHECK (request <> ''),
    import INTEGER REFERENCES record (sequence),
    previous INTEGER REFERENCES record (sequence),
    content_hash TEXT NOT NULL CHECK (length(content_hash) = 64),
    chain_hash TEXT NOT NULL CHECK (length(chain_hash) = 64)
) STRICT;
CREATE INDEX record_of_project ON record (project, month, sequence);
CREATE INDEX record_of_request ON record (request);
CREATE INDEX record_of_programme ON record (programme, kind, month);

CREATE TABLE statement (
    sequence INTEGER PRIMARY KEY REFERENCES record (sequence),
    name TEXT CHECK (name <> ''),
    county TEXT CHECK (county <> ''),
    further_counties TEXT CHECK (further_counties <> ''),
    category TEXT CHECK (category <> ''),
    level TEXT CHECK (level <> ''),
    batch TEXT CHECK (batch <> ''),
    package_of TEXT CHECK (package_of <> ''),
    content TEXT CHECK (content <> ''),
    nature TEXT CHECK (nature <> ''),
    total_investment INTEGER CHECK (total_investment >= 0),
    year_plan INTEGER CHECK (year_plan >= 0),
    cumulative_investment INTEGER CHECK (cumulative_investment >= 0),
    year_investment INTEGER CHECK (year_investment >= 0),
    month_investment INTEGER CHECK (month_investment >= 0),
    funding_received INTEGER CHECK (funding_received >= 0),
    funding_paid INTEGER CHECK (funding_paid >= 0),
    planned_start TEXT CHECK (planned_start GLOB '[12][0-9][0-9][0-9]-[01][0-9]' OR planned_start GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]' OR planned_start GLOB '[12][0-9][0-9][0-9]-Q[1-4]'),
    planned_completion TEXT CHECK (planned_completion GLOB '[12][0-9][0-9][0-9]-[01][0-9]' OR planned_completion GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]' OR planned_completion GLOB '[12][0-9][0-9][0-9]-Q[1-4]'),
    actual_start TEXT CHECK (actual_start GLOB '[12][0-9][0-9][0-9]-[01][0-9]' OR actual_start GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    actual_completion TEXT CHECK (actual_completion GLOB '[12][0-9][0-9][0-9]-[01][0-9]' OR actual_completion GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]'),
    stage TEXT CHECK (stage IN ('planned', 'not_started', 'preparing', 'under_construction', 'suspended', 'completed', 'accepted', 'in_operation', 'effective', 'terminated')),
    progress TEXT CHECK (progress <> ''),
    progress_percent INTEGER CHECK (progress_percent BETWEEN 0 AND 10000),
    sewage_capacity_planned INTEGER CHECK (sewage_capacity_planned >= 0),
    sewage_capacity_done INTEGER CHECK (sewage_capacity_done >= 0),
    pipe_length_planned INTEGER CHECK (pipe_length_planned >= 0),
    pipe_length_done INTEGER CHECK (pipe_length_done >= 0),
    river_length_planned INTEGER CHECK (river_length_planned >= 0),
    river_length_done INTEGER CHECK (river_length_done >= 0),
    wetland_area_planned INTEGER CHECK (wetland_area_planned >= 0),
    wetland_area_done INTEGER CHECK (wetland_area_done >= 0),
    greening_area_planned INTEGER CHECK (greening_area_planned >= 0),
    greening_area_done INTEGER CHECK (greening_area_done >= 0),
    erosion_area_planned INTEGER CHECK (erosion_area_planned >= 0),
    erosion_area_done INTEGER CHECK (erosion_area_done >= 0),
    responsible_unit TEXT CHECK (responsible_unit <> ''),
    responsible_person TEXT CHECK (responsible_person <> ''),
    phone TEXT CHECK (phone <> ''),
    contact_leader TEXT CHECK (contact_leader <> ''),
    problem TEXT CHECK (problem <> ''),
    problem_owner TEXT CHECK (problem_owner <> ''),
    problem_limit TEXT CHECK (problem_limit GLOB '[12][0-9][0-9][0-9]-[01][0-9]' OR problem_limit GLOB '[12][0-9][0-9][0-9]-[01][0-9]-[0-3][0-9]' OR problem_limit GLOB '[12][0-9][0-9][0-9]-Q[1-4]'),
    remark TEXT CHECK (remark <> ''),
    cleared TEXT CHECK (cleared <> ''),
    split_from TEXT CHECK (split_from <> '')
) STRICT;

CREATE TABLE programme_version (
    sequence INTEGER PRIMARY KEY REFERENCES record (sequence),
    name TEXT NOT NULL CHECK (name <> ''),
    area TEXT NOT NULL CHECK (length(area) = 6),
    expected_projects INTEGER CHECK (expected_projects >= 0),
    categories_complete INTEGER NOT NULL CHECK (categories_complete IN (0, 1)),
    decimals INTEGER NOT NULL CHECK (decimals BETWEEN 0 AND 2),
    tie_rule TEXT NOT NULL CHECK (tie_rule IN ('skip', 'dense')),
    start_denominator TEXT NOT NULL,
    completion_denominator TEXT NOT NULL,
    reporting_day INTEGER NOT NULL CHECK (reporting_day BETWEEN 1 AND 28),
    separate_groups INTEGER NOT NULL CHECK (separate_groups IN (0, 1)),
    demonstration INTEGER NOT NULL CHECK (demonstration IN (0, 1))
) STRICT;

CREATE TABLE programme_term (
    sequence INTEGER NOT NULL REFERENCES programme_version (sequence),
    position INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('category', 'level', 'synonym', 'batch', 'started', 'completed')),
    name TEXT NOT NULL CHECK (name <> ''),
    of TEXT,
    PRIMARY KEY (sequence, position)
) STRICT;

CREATE TABLE unit (
    sequence INTEGER PRIMARY KEY REFERENCES record (sequence),
    code TEXT NOT NULL CHECK (code <> ''),
    name TEXT NOT NULL CHECK (name <> ''),
    city TEXT NOT NULL CHECK (length(city) = 6)
) STRICT;

CREATE TABLE import_file (
    sequence INTEGER PRIMARY KEY REFERENCES record (sequence),
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    bytes INTEGER NOT NULL CHECK (bytes >= 0),
    within TEXT NOT NULL,
    rows_read INTEGER NOT NULL,
    projects_registered INTEGER NOT NULL,
    returns_recorded INTEGER NOT NULL,
    unchanged INTEGER NOT NULL
) STRICT;

CREATE TABLE accepted_fault (
    sequence INTEGER NOT NULL REFERENCES import_file (sequence),
    position INTEGER NOT NULL,
    sheet TEXT,
    cell TEXT,
    field TEXT,
    said TEXT,
    message TEXT NOT NULL,
    PRIMARY KEY (sequence, position)
) STRICT;

-- Derived: written in the same transaction as the truth it follows from, recomputed by `check`.

CREATE TABLE head (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    sequence INTEGER NOT NULL,
    chain_hash TEXT NOT NULL
) STRICT;

CREATE TABLE state (
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
CREATE INDEX state_of_project ON state (project, month);

-- One row a dossier: the last record it must hold, and the last one that its file on disk holds.
CREATE TABLE dossier_file (
    subject TEXT PRIMARY KEY,
    sequence INTEGER NOT NULL,
    written INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX dossier_behind ON dossier_file (subject) WHERE written < sequence;
