-- Personal data: what people ask about their own data, and what came of it.
CREATE TABLE personal_request (
    id INTEGER PRIMARY KEY, version INTEGER NOT NULL, state TEXT NOT NULL,
    created INTEGER NOT NULL, changed INTEGER NOT NULL,
    person   INTEGER NOT NULL REFERENCES person (id),
    kind     TEXT NOT NULL,            -- export, erasure, correction
    received TEXT NOT NULL,
    due      TEXT NOT NULL,
    details  BLOB,                     -- sealed under the person's key
    answer   BLOB,                     -- the same
    closed   TEXT                      -- day of the answer
) STRICT;
CREATE INDEX personal_request_person ON personal_request (person);
CREATE INDEX personal_request_due ON personal_request (due, id);
