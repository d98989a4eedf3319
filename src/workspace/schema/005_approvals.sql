-- Approvals: the signing matrix, what was asked, who decided, and their signatures.
CREATE TABLE route_rule (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    category TEXT,                    -- NULL: any
    lowest   INTEGER, highest INTEGER, -- amount, minor units: lowest <= amount < highest
    unit     INTEGER REFERENCES org_unit (id), -- and all below it; NULL: any
    place    INTEGER NOT NULL,        -- steps of one place run side by side
    position INTEGER NOT NULL REFERENCES position (id),
    needed   INTEGER,                 -- how many of the place's positions; NULL: all
    days     INTEGER NOT NULL
) STRICT;
CREATE INDEX route_rule_kind ON route_rule (kind, place);

CREATE TABLE approval (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    title    TEXT NOT NULL,
    kind     TEXT NOT NULL,
    document INTEGER REFERENCES document (id),
    contract INTEGER REFERENCES contract (id),
    category TEXT,
    amount   INTEGER,
    unit     INTEGER REFERENCES org_unit (id),
    asked_by INTEGER NOT NULL REFERENCES person (id),
    content  TEXT NOT NULL,           -- hash of what is to be approved
    place    INTEGER NOT NULL,        -- where in the route it stands
    due      TEXT
) STRICT;
CREATE INDEX approval_state ON approval (state, id);
CREATE VIRTUAL TABLE approval_search USING fts5 (text, body);

-- The route as it was in the matrix when the approval was asked for.
CREATE TABLE approval_step (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    approval INTEGER NOT NULL REFERENCES approval (id),
    place    INTEGER NOT NULL,
    position INTEGER NOT NULL REFERENCES position (id),
    needed   INTEGER,
    days     INTEGER NOT NULL
) STRICT;
CREATE INDEX approval_step_approval ON approval_step (approval, place);
CREATE INDEX approval_step_position ON approval_step (position, state);

CREATE TABLE approval_decision (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    approval INTEGER NOT NULL REFERENCES approval (id),
    place    INTEGER NOT NULL,
    position INTEGER NOT NULL REFERENCES position (id),
    person   INTEGER NOT NULL REFERENCES person (id),
    stead    INTEGER REFERENCES person (id),
    delegation INTEGER REFERENCES delegation (id),
    decision TEXT NOT NULL,
    remarks  TEXT,
    content  TEXT NOT NULL,
    decided  INTEGER NOT NULL,
    signature TEXT NOT NULL,          -- Ed25519 over all of the above, hex
    public_key TEXT NOT NULL
) STRICT;
CREATE INDEX approval_decision_approval ON approval_decision (approval, place);
