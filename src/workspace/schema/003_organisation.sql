-- The organisation: units, the staffing table, people and who holds which position when.
CREATE TABLE org_unit (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    name    TEXT NOT NULL,
    code    TEXT NOT NULL UNIQUE,
    kind    TEXT NOT NULL,
    parent  INTEGER REFERENCES org_unit (id),
    purpose TEXT
) STRICT;
CREATE INDEX org_unit_parent ON org_unit (parent);

CREATE VIRTUAL TABLE org_unit_search USING fts5 (text, body);

CREATE TABLE person (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    name       TEXT NOT NULL,         -- overwritten when the person is erased
    language   TEXT,
    email      BLOB, phone BLOB, birthday BLOB, address BLOB, number BLOB, pay BLOB, -- sealed
    notes      BLOB                   -- sealed
) STRICT;
CREATE INDEX person_name ON person (name COLLATE NOCASE);
CREATE VIRTUAL TABLE person_search USING fts5 (text, body);

CREATE TABLE position (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    title   TEXT NOT NULL,
    unit    INTEGER NOT NULL REFERENCES org_unit (id),
    reports_to INTEGER REFERENCES position (id),
    head    INTEGER NOT NULL DEFAULT 0,
    fte     REAL NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX position_unit ON position (unit);
CREATE VIRTUAL TABLE position_search USING fts5 (text, body);

-- What the holder of a position is there for, and how much of the work each duty is.
CREATE TABLE duty (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    position INTEGER NOT NULL REFERENCES position (id),
    place    INTEGER NOT NULL,
    text     TEXT NOT NULL,
    weight   REAL NOT NULL,           -- share of the position's work
    evidence TEXT                     -- by what one sees that it was done
) STRICT;
CREATE INDEX duty_position ON duty (position, place);

CREATE TABLE assignment (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    person   INTEGER NOT NULL REFERENCES person (id),
    position INTEGER NOT NULL REFERENCES position (id),
    starts   TEXT NOT NULL, ends TEXT, -- dates, both included
    share    REAL NOT NULL DEFAULT 1,
    acting   INTEGER NOT NULL DEFAULT 0,
    order_number TEXT
) STRICT;
CREATE INDEX assignment_person ON assignment (person);
CREATE INDEX assignment_position ON assignment (position);

-- Days on which a person is away.
CREATE TABLE absence (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    person  INTEGER NOT NULL REFERENCES person (id),
    unit    INTEGER REFERENCES org_unit (id), -- of the person's position, for those who agree
    starts  TEXT NOT NULL, ends TEXT NOT NULL, -- dates, both included
    kind    BLOB NOT NULL,            -- sealed: why is the person's own affair
    covered INTEGER NOT NULL,         -- an order names a deputy for all of it
    notes   BLOB                      -- sealed
) STRICT;
CREATE INDEX absence_person ON absence (person, starts);
CREATE INDEX absence_starts ON absence (starts);

-- An order by which one person acts in the stead of a position's holder.
CREATE TABLE delegation (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    number   TEXT UNIQUE,             -- of the order, given when it is registered
    position INTEGER NOT NULL REFERENCES position (id),
    unit     INTEGER REFERENCES org_unit (id), -- of the position, for those who sign
    holder   INTEGER NOT NULL REFERENCES person (id), -- whom the deputy stands in for
    deputy   INTEGER NOT NULL REFERENCES person (id),
    scope    TEXT NOT NULL,           -- "all", "decide" or an entity's name
    amount   INTEGER,                 -- highest amount in minor units; NULL: none of its own
    starts   TEXT NOT NULL, ends TEXT NOT NULL, -- dates, both included
    reason   TEXT
) STRICT;
CREATE INDEX delegation_deputy ON delegation (deputy);
CREATE INDEX delegation_position ON delegation (position);
