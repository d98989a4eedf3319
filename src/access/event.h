/* event.h - the event log: one row for every change, denial, sign-in and reading of a secret,
 * each carrying the hash of the one before it. Rows are written inside the caller's
 * transaction, so that a change and its event are both there or neither. */
#ifndef KU_ACCESS_EVENT_H
#define KU_ACCESS_EVENT_H

#include "access/actor.h"
#include "base/hash.h"
#include "base/json.h"
#include "workspace/workspace.h"

typedef struct ku_event {
    const char *action; /* "add", "change", "approve", "read", "denied", "sign-in" */
    const char *entity; /* NULL: none */
    int64_t record;
    const char *before, *after; /* hashes of the record's canonical JSON, or NULL */
    const char *reason;         /* or NULL */
    int64_t delegation, stead;  /* acting for another, by this order; 0: no */
    const json_t *detail;       /* what may be read by those who may read the record; or NULL */
    const json_t *sealed;       /* personal and secret values; encrypted; or NULL */
    int64_t subject;            /* whose key seals them; 0: the workspace's own */
} ku_event;

/* Appends; *seq (may be NULL) its number. KU_CONFLICT when the clock stands before the last
 * event: then nothing may be written until it is set right. */
ku_status ku_event_add(ku_workspace *workspace, sqlite3 *db, const ku_actor *actor,
                       const ku_event *event, int64_t *seq, ku_error *err);
/* What an event sealed, opened (a new reference); KU_NOT_FOUND once the subject's key was
 * destroyed. Who may see which of the values is the caller's to decide. */
ku_status ku_event_unseal(ku_workspace *workspace, sqlite3 *db, int64_t seq, ku_arena *arena,
                          json_t **values, ku_error *err);
/* A denial, in a transaction of its own; the same one within a minute is only counted. */
ku_status ku_event_denied(ku_workspace *workspace, const ku_who *who, const char *what,
                          const char *why, ku_error *err);

/* Recomputes the whole chain and the signed daily heads. KU_BAD_DATA at the first event that
 * was altered, is missing or stands elsewhere, with its number and what is wrong. */
ku_status ku_events_verify(ku_workspace *workspace, void (*say)(void *, const char *), void *data,
                           ku_error *err);
/* Signs the last event of each finished day that has none yet (Ed25519, the workspace's key). */
ku_status ku_events_seal_days(ku_workspace *workspace, sqlite3 *db, int64_t now, ku_error *err);

/* The signed heads, oldest first: [{"day", "seq", "hash", "signature", "public"}], the last two
 * in hexadecimal; a new reference. What is kept elsewhere proves later what the log was. */
ku_status ku_events_heads(sqlite3 *db, json_t **heads, ku_error *err);
/* Whether the log still holds what such a list, kept elsewhere, says. KU_BAD_DATA names the first
 * day that does not. The list itself is checked too: by its signatures. */
ku_status ku_events_compare(sqlite3 *db, const json_t *heads, ku_error *err);

#endif
