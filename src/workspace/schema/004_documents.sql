-- Documents: forms, versions, acknowledgements, registers, contracts.

-- A kind of document with its numbers, class and time of keeping.
CREATE TABLE form (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    code      TEXT NOT NULL UNIQUE COLLATE NOCASE,
    title     TEXT NOT NULL,
    kind      TEXT NOT NULL,
    pattern   TEXT NOT NULL,             -- "ORD-{year}-{n:4}"
    secrecy   TEXT NOT NULL,             -- the least class of its documents
    retention INTEGER,                   -- years after the end; NULL: for ever
    route     TEXT NOT NULL,             -- how they are approved
    ack_days  INTEGER                    -- to acknowledge; NULL: nobody must
) STRICT;

-- The last number given, so that none is left out: year 0 where a form counts on for ever.
CREATE TABLE form_counter (
    form INTEGER NOT NULL REFERENCES form (id),
    year INTEGER NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (form, year)
) STRICT, WITHOUT ROWID;

-- Whom we deal with: clients, suppliers, authorities.
CREATE TABLE party (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    name    TEXT NOT NULL,
    kind    TEXT NOT NULL,
    tax     TEXT,
    address TEXT,
    email   TEXT,
    phone   TEXT,
    notes   TEXT
) STRICT;
CREATE INDEX party_name ON party (name COLLATE NOCASE, id);
CREATE VIRTUAL TABLE party_search USING fts5 (text, body, tokenize = "unicode61 remove_diacritics 2");

CREATE TABLE document (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    number       TEXT UNIQUE,            -- given when it is registered
    title        TEXT NOT NULL,
    kind         TEXT NOT NULL,
    form         INTEGER REFERENCES form (id),
    direction    TEXT NOT NULL,
    party        INTEGER REFERENCES party (id),
    their_number TEXT,
    owner        INTEGER REFERENCES person (id),
    author       INTEGER REFERENCES person (id),
    unit         INTEGER REFERENCES org_unit (id),
    secrecy      TEXT NOT NULL,
    date         TEXT,
    due          TEXT,
    summary      TEXT,
    latest       INTEGER,                -- number of the newest version; NULL: no file yet
    content      TEXT,                   -- BLAKE2b-256 of the newest version's bytes
    registered   TEXT,
    hold         INTEGER,                -- 1: legal hold
    hold_reason  TEXT,
    retain_until TEXT,                   -- set when archived; NULL: for ever
    replaced_by  INTEGER REFERENCES document (id),
    destroyed    TEXT
) STRICT;
CREATE INDEX document_title ON document (title COLLATE NOCASE, id);
CREATE INDEX document_date ON document (date, id);
CREATE INDEX document_due ON document (due, id);
CREATE INDEX document_retain ON document (retain_until, id) WHERE state = 'archived';
CREATE INDEX document_state ON document (state, id);
CREATE INDEX document_owner ON document (owner, id);
CREATE INDEX document_unit ON document (unit, id);
CREATE INDEX document_form ON document (form, id);
CREATE INDEX document_party ON document (party, id);
CREATE VIRTUAL TABLE document_search USING fts5 (text, body, tokenize = "unicode61 remove_diacritics 2");

-- A file of a document; never altered. When the document is destroyed only `blob` goes.
CREATE TABLE document_version (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    document INTEGER NOT NULL REFERENCES document (id),
    number   INTEGER NOT NULL,           -- 1, 2, 3, ... of its document
    name     TEXT NOT NULL,
    kind     TEXT NOT NULL,              -- by its bytes: "pdf"
    bytes    INTEGER NOT NULL,
    hash     TEXT NOT NULL,              -- BLAKE2b-256 of the content
    blob     TEXT,                       -- where the bytes lie; sealed ones under another name
    sealed   INTEGER NOT NULL,
    author   INTEGER REFERENCES person (id),
    secrecy  TEXT NOT NULL,              -- its document's
    words    TEXT,                       -- why no words can be found in it; NULL: they can
    remark   TEXT,
    UNIQUE (document, number)
) STRICT;
CREATE INDEX document_version_blob ON document_version (blob) WHERE blob IS NOT NULL;

-- Stored files that nothing needs any more; swept when the change that said so is sure.
CREATE TABLE blob_doomed (
    blob TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- Who may see a secret document. access_list, which the rule reads, follows it.
CREATE TABLE document_reader (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    document INTEGER NOT NULL REFERENCES document (id),
    person   INTEGER NOT NULL REFERENCES person (id),
    why      TEXT,
    given_by INTEGER REFERENCES person (id),
    UNIQUE (document, person)
) STRICT;
CREATE INDEX document_reader_person ON document_reader (person);

-- The register of trade secrets.
CREATE TABLE trade_secret (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    what     TEXT NOT NULL,
    document INTEGER NOT NULL REFERENCES document (id),
    why      TEXT NOT NULL,
    measures TEXT NOT NULL,
    holders  TEXT,
    keeper   INTEGER REFERENCES person (id),
    since    TEXT,
    until    TEXT
) STRICT;
CREATE INDEX trade_secret_document ON trade_secret (document);

CREATE TRIGGER document_reader_added AFTER INSERT ON document_reader BEGIN
    INSERT OR IGNORE INTO access_list (entity, record, person, since)
        VALUES ('document', NEW.document, NEW.person, NEW.created);
    INSERT OR IGNORE INTO access_list (entity, record, person, since)
        SELECT 'document_version', id, NEW.person, NEW.created
        FROM document_version WHERE document = NEW.document;
    INSERT OR IGNORE INTO access_list (entity, record, person, since)
        SELECT 'trade_secret', id, NEW.person, NEW.created
        FROM trade_secret WHERE document = NEW.document;
END;
CREATE TRIGGER document_reader_removed AFTER DELETE ON document_reader BEGIN
    DELETE FROM access_list WHERE person = OLD.person AND (
        (entity = 'document' AND record = OLD.document)
        OR (entity = 'document_version' AND record IN
            (SELECT id FROM document_version WHERE document = OLD.document))
        OR (entity = 'trade_secret' AND record IN
            (SELECT id FROM trade_secret WHERE document = OLD.document)));
END;
CREATE TRIGGER document_version_added AFTER INSERT ON document_version BEGIN
    INSERT OR IGNORE INTO access_list (entity, record, person, since)
        SELECT 'document_version', NEW.id, person, NEW.created
        FROM document_reader WHERE document = NEW.document;
END;
CREATE TRIGGER trade_secret_added AFTER INSERT ON trade_secret BEGIN
    INSERT OR IGNORE INTO access_list (entity, record, person, since)
        SELECT 'trade_secret', NEW.id, person, NEW.created
        FROM document_reader WHERE document = NEW.document;
END;

-- That a person has taken note of a version.
CREATE TABLE ack (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    document INTEGER NOT NULL REFERENCES document (id),
    of       INTEGER NOT NULL REFERENCES document_version (id),
    person   INTEGER NOT NULL REFERENCES person (id),
    due      TEXT NOT NULL,
    seen     INTEGER,
    signed   INTEGER,
    UNIQUE (of, person)
) STRICT;
CREATE INDEX ack_person ON ack (person, state, due);
CREATE INDEX ack_document ON ack (document);
CREATE INDEX ack_due ON ack (due, id);

CREATE TABLE contract (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    title    TEXT NOT NULL,
    party    INTEGER NOT NULL REFERENCES party (id),
    document INTEGER REFERENCES document (id),
    amount   INTEGER,
    starts   TEXT, ends TEXT,
    owner    INTEGER REFERENCES person (id),
    unit     INTEGER REFERENCES org_unit (id),
    signed   TEXT,
    summary  TEXT
) STRICT;
CREATE INDEX contract_title ON contract (title COLLATE NOCASE, id);
CREATE INDEX contract_ends ON contract (ends, id);
CREATE INDEX contract_party ON contract (party);
CREATE VIRTUAL TABLE contract_search USING fts5 (text, body, tokenize = "unicode61 remove_diacritics 2");

CREATE TABLE obligation (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    contract    INTEGER NOT NULL REFERENCES contract (id),
    deliverable TEXT NOT NULL,
    side        TEXT NOT NULL,           -- who owes it: us or them
    due         TEXT,
    amount      INTEGER,
    owner       INTEGER REFERENCES person (id),
    delivered   TEXT,
    accepted_by INTEGER REFERENCES person (id),
    accepted    TEXT
) STRICT;
CREATE INDEX obligation_contract ON obligation (contract);
CREATE INDEX obligation_due ON obligation (due, id);

-- What has been reminded of, once for each due date.
CREATE TABLE reminder (
    entity  TEXT NOT NULL,
    record  INTEGER NOT NULL,
    due     TEXT NOT NULL,
    person  INTEGER REFERENCES person (id),
    written INTEGER NOT NULL,
    PRIMARY KEY (entity, record, due)
) STRICT, WITHOUT ROWID;
CREATE INDEX reminder_person ON reminder (person);
