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

CREATE TABLE person (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    name       TEXT NOT NULL,         -- overwritten when the person is erased
    email      BLOB, phone BLOB, birthday BLOB, address BLOB, number BLOB, pay BLOB, -- sealed
    language   TEXT,
    notes      BLOB
) STRICT;
CREATE INDEX person_name ON person (name COLLATE NOCASE);

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

-- An order by which one person acts in the stead of a position's holder.
CREATE TABLE delegation (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    number   TEXT,                    -- of the order, given when it is registered
    position INTEGER NOT NULL REFERENCES position (id),
    holder   INTEGER NOT NULL REFERENCES person (id), -- whom the deputy stands in for
    deputy   INTEGER NOT NULL REFERENCES person (id),
    scope    TEXT NOT NULL,           -- "all", "decide" or an entity's name
    amount   INTEGER,                 -- highest amount in minor units; NULL: none of its own
    starts   TEXT NOT NULL, ends TEXT NOT NULL, -- dates, both included
    document INTEGER,
    reason   TEXT
) STRICT;
CREATE INDEX delegation_deputy ON delegation (deputy);
CREATE INDEX delegation_position ON delegation (position);
