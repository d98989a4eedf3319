-- Runs: what was asked, on what, with what result. Rows are written once and then only
-- carried through their states; frames live as blobs.
CREATE TABLE run (
    number       INTEGER PRIMARY KEY,  -- in order of time; the id shown is made from it
    analysis     TEXT NOT NULL,
    version      TEXT NOT NULL,
    program      TEXT NOT NULL,
    state        TEXT NOT NULL CHECK (state IN
                     ('queued', 'reading', 'running', 'done', 'failed', 'cancelled')),
    seed         INTEGER NOT NULL,     -- the 64 bits of an unsigned number
    threads      INTEGER NOT NULL,
    memory_limit INTEGER NOT NULL,     -- bytes
    time_limit   INTEGER NOT NULL,     -- seconds
    actor        TEXT,
    again_of     INTEGER REFERENCES run (number),
    submitted    INTEGER NOT NULL,     -- microseconds since 1970
    as_of        INTEGER NOT NULL DEFAULT 0,
    started      INTEGER NOT NULL DEFAULT 0,
    ended        INTEGER NOT NULL DEFAULT 0,
    seconds      REAL NOT NULL DEFAULT 0,
    cpu_seconds  REAL NOT NULL DEFAULT 0,
    peak_bytes   INTEGER NOT NULL DEFAULT 0,
    progress     REAL NOT NULL DEFAULT 0,
    doing        TEXT NOT NULL DEFAULT '',
    input_hash   TEXT,
    output_hash  TEXT,
    failure_code TEXT,                 -- failed and cancelled only
    failure_where TEXT,
    failure_text TEXT
) STRICT;

CREATE INDEX run_analysis ON run (analysis, number);
CREATE INDEX run_open ON run (state) WHERE state IN ('queued', 'reading', 'running');

CREATE TABLE run_param (
    run   INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;

-- Files given as input; used once, when the run begins.
CREATE TABLE run_file (
    run        INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    place      INTEGER NOT NULL,
    table_name TEXT NOT NULL,
    path       TEXT NOT NULL,
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE run_table (
    run   INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    side  TEXT NOT NULL CHECK (side IN ('input', 'output')),
    place INTEGER NOT NULL,
    name  TEXT NOT NULL,
    blob  TEXT NOT NULL,               -- the packed frame
    hash  TEXT NOT NULL,               -- of the frame's values
    rows  INTEGER NOT NULL,
    PRIMARY KEY (run, side, place)
) STRICT, WITHOUT ROWID;

CREATE INDEX run_table_blob ON run_table (blob);

CREATE TABLE run_remark (
    run        INTEGER NOT NULL REFERENCES run (number) ON DELETE CASCADE,
    place      INTEGER NOT NULL,
    severity   TEXT NOT NULL CHECK (severity IN ('note', 'warn', 'fail')),
    check_name TEXT NOT NULL,
    text       TEXT NOT NULL,
    PRIMARY KEY (run, place)
) STRICT, WITHOUT ROWID;
