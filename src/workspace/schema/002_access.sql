-- Access: who may sign in, how, what they hold, and the log of what was done.

-- One who signs in. A person of the company has at most one user.
CREATE TABLE app_user (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL DEFAULT 1, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    name   TEXT NOT NULL UNIQUE COLLATE NOCASE,   -- what is typed to sign in
    person INTEGER UNIQUE REFERENCES person (id)
) STRICT;
CREATE VIRTUAL TABLE app_user_search USING fts5 (text, body);

-- How a user shows who they are. Secrets are hashed or sealed, never plain.
CREATE TABLE credential (
    id      INTEGER PRIMARY KEY,
    user    INTEGER NOT NULL REFERENCES app_user (id),
    kind    TEXT NOT NULL CHECK (kind IN ('password', 'totp', 'recovery', 'link', 'oidc')),
    secret  BLOB,                     -- Argon2id text, sealed TOTP key, hash of a code or link
    issuer  TEXT,                     -- oidc: issuer and subject
    subject TEXT,
    created INTEGER NOT NULL,
    expires INTEGER,
    used    INTEGER,                  -- recovery, link: when; totp: the last step accepted
    UNIQUE (issuer, subject)
) STRICT;
CREATE INDEX credential_user ON credential (user, kind);

CREATE TABLE user_session (
    id        INTEGER PRIMARY KEY,
    user      INTEGER NOT NULL REFERENCES app_user (id),
    token     BLOB NOT NULL UNIQUE,   -- BLAKE2b of what the cookie holds
    previous  BLOB,                   -- the one before it, good for a few seconds after a rotation
    created   INTEGER NOT NULL,
    rotated   INTEGER NOT NULL,
    seen      INTEGER NOT NULL,       -- written at most once a minute
    expires   INTEGER NOT NULL,       -- absolute
    confirmed INTEGER NOT NULL,       -- when they last showed who they are
    revoked   INTEGER,
    agent     TEXT                    -- the browser, shortened, for the list of sessions
) STRICT;
CREATE INDEX user_session_user ON user_session (user);
CREATE INDEX user_session_previous ON user_session (previous) WHERE previous IS NOT NULL;

CREATE TABLE api_token (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL DEFAULT 1, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    name    TEXT NOT NULL,
    user    INTEGER NOT NULL REFERENCES app_user (id),
    token   BLOB NOT NULL UNIQUE,     -- BLAKE2b of the token
    scopes  INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    used    INTEGER,
    revoked INTEGER
) STRICT;

-- Failed attempts, for throttling by user name and by address.
CREATE TABLE attempt (
    what  TEXT PRIMARY KEY,           -- "user:ana", "address:10.0.0.7"
    count INTEGER NOT NULL,
    last  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A role held by a position or by a person, for a unit and all below it (NULL: the company).
CREATE TABLE role_grant (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL DEFAULT 1, state TEXT NOT NULL DEFAULT '',
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    role     TEXT NOT NULL,
    position INTEGER REFERENCES position (id),
    person   INTEGER REFERENCES person (id),
    unit     INTEGER REFERENCES org_unit (id),
    highest  TEXT NOT NULL CHECK (highest IN ('open', 'internal', 'personal', 'secret')),
    starts   TEXT, ends TEXT,         -- dates, both included; NULL: open
    CHECK ((position IS NULL) <> (person IS NULL))
) STRICT;
CREATE INDEX role_grant_position ON role_grant (position);
CREATE INDEX role_grant_person ON role_grant (person);

-- Who may see one secret record.
CREATE TABLE access_list (
    entity  TEXT NOT NULL,
    record  INTEGER NOT NULL,
    person  INTEGER NOT NULL REFERENCES person (id),
    since   INTEGER NOT NULL,
    PRIMARY KEY (entity, record, person)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_list_person ON access_list (person, entity, record);

-- The event log; rows are only ever added. `hash` is over all other columns, `previous` among
-- them, so that none can be altered, taken out or put elsewhere unseen.
CREATE TABLE event (
    seq        INTEGER PRIMARY KEY,   -- 1, 2, 3, ... without gaps
    time       INTEGER NOT NULL,
    user       INTEGER,               -- NULL: this computer or the program
    person     INTEGER,
    actor      TEXT NOT NULL,         -- "user:3", "token:2", "local:root", "program"
    stead      INTEGER,               -- person acted for, by `delegation`
    delegation INTEGER,
    via        TEXT NOT NULL,
    action     TEXT NOT NULL,
    entity     TEXT,
    record     INTEGER,
    before     TEXT, after TEXT,      -- hashes of the record
    reason     TEXT,
    detail     TEXT,                  -- JSON
    subject    INTEGER,               -- whose key seals `sealed`; NULL: the workspace's
    sealed     BLOB,
    previous   TEXT NOT NULL,
    hash       TEXT NOT NULL
) STRICT;
CREATE INDEX event_record ON event (entity, record, seq);
CREATE INDEX event_person ON event (person, seq);
CREATE INDEX event_stead ON event (stead, seq) WHERE stead IS NOT NULL;
CREATE INDEX event_action ON event (action, seq);
CREATE INDEX event_subject ON event (subject) WHERE subject IS NOT NULL;

-- Refusals like one already in the log, counted for a minute, then written to it in one.
CREATE TABLE denial (
    what  TEXT PRIMARY KEY,           -- who and what
    since INTEGER NOT NULL,
    count INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The last event of each day, signed.
CREATE TABLE event_head (
    day       TEXT PRIMARY KEY,
    seq       INTEGER NOT NULL,
    hash      TEXT NOT NULL,
    signature BLOB NOT NULL,
    public    BLOB NOT NULL
) STRICT, WITHOUT ROWID;

-- One key for sealing and one pair for signing per person, wrapped by the master key.
CREATE TABLE person_key (
    person    INTEGER PRIMARY KEY,    -- 0: the workspace's own
    wrapped   BLOB,                   -- NULL once destroyed
    destroyed INTEGER
) STRICT;
CREATE TABLE person_signer (
    id      INTEGER PRIMARY KEY,
    person  INTEGER NOT NULL,         -- 0: the workspace's own
    public  BLOB NOT NULL,
    wrapped BLOB,
    created INTEGER NOT NULL,
    retired INTEGER
) STRICT;
CREATE INDEX person_signer_person ON person_signer (person);
