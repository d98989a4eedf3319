/* store.h - records of the office: reading, adding, changing, moving. A ku_office is one
 * transaction by one actor; everything it hands out lives in its arena and ends with it.
 * A ku_office is used by one thread; any number may read at once, one writes.
 *
 * Records cross this interface as JSON objects: "id", "version", "state", "created",
 * "changed" and the fields, a REF as its id with the other's name beside it in "labels"; what the
 * actor may not see is left out and named in "hidden". */
#ifndef KU_OFFICE_STORE_H
#define KU_OFFICE_STORE_H

#include "access/actor.h"
#include "access/authorize.h"
#include "base/json.h"
#include "kemudi/entity.h"
#include "workspace/workspace.h"

typedef struct ku_office {
    ku_workspace *workspace;
    sqlite3 *db;
    ku_actor *actor;
    ku_arena *arena;
    int64_t now; /* microseconds; one instant for the whole transaction */
    bool writing;
} ku_office;

/* Begins a transaction (reading: a snapshot on a connection of its own; writing: BEGIN
 * IMMEDIATE) and loads the actor within it. KU_NOT_ALLOWED, KU_BUSY. On KU_OK the caller ends
 * it with _commit and _end; _end alone takes everything back. */
ku_status ku_office_begin(ku_workspace *workspace, const ku_who *who, bool write,
                          ku_office **office, ku_error *err);
ku_status ku_office_commit(ku_office *office, ku_error *err);
void ku_office_end(ku_office *office); /* NULL is allowed */
/* Calls `then` once the transaction has been committed and ended, for work that must not be
 * done for one taken back; the same one is called once. */
void ku_office_when_done(ku_office *office, void (*then)(ku_workspace *workspace));

/* ---- reading --------------------------------------------------------------------------- */

typedef struct ku_filter {
    const char *field; /* also "state", "id", "created", "changed" */
    enum { KU_IS, KU_IS_NOT, KU_FROM, KU_TO, KU_EMPTY, KU_CONTAINS } how;
    const char *value; /* as text; NULL for KU_EMPTY */
} ku_filter;

typedef struct ku_query {
    const ku_filter *filters;
    size_t filter_count;
    const char *words;  /* full text, or NULL */
    const char *sort;   /* "name", "-due"; NULL: the entity's */
    const char *cursor; /* `next` of the page before, or NULL */
    int limit;          /* 1..200; 0: 50 */
    bool closed;        /* also records in a closed state */
    unsigned action;    /* records this is allowed on; 0: KU_SEE */
} ku_query;

typedef struct ku_page {
    json_t *items;    /* an array, owned by the office */
    const char *next; /* or NULL */
} ku_page;

ku_status ku_records_list(ku_office *office, const ku_entity *entity, const ku_query *query,
                          ku_page *page, ku_error *err);
/* How many there are; counts no further than 10,000 (*more then). */
ku_status ku_records_count(ku_office *office, const ku_entity *entity, const ku_query *query,
                           int64_t *count, bool *more, ku_error *err);
/* A secret record's reading is written to the log, so it takes a writing office. Besides the
 * fields: "may" (actions), "moves": [{name,label,help,reason,sign,asks,refused}]. The record is
 * the office's. KU_NOT_FOUND also for what may not be seen. */
ku_status ku_record_get(ku_office *office, const ku_entity *entity, int64_t id, json_t **record,
                        ku_error *err);
/* Its events, newest first, values shown as far as the actor may see the fields. */
ku_status ku_record_history(ku_office *office, const ku_entity *entity, int64_t id, json_t **items,
                            ku_error *err);

/* ---- changing ---------------------------------------------------------------------------- */

/* What a check, guard or effect is handed. */
struct ku_change {
    ku_office *office;
    const ku_entity *entity;
    int64_t id;                      /* 0 in the check of an addition */
    const json_t *before;            /* the whole record as it was; NULL for an addition */
    json_t *values;                  /* the whole record as it is to be; a check may alter it */
    const ku_transition *transition; /* NULL: added or changed */
    const json_t *asked;             /* values of `asks`; NULL: none */
    const char *reason;              /* or NULL */
    const ku_grant *grant;           /* by which the actor may; NULL: as owner or staff */
};

/* Values are checked against the descriptor: unknown, hidden, derived and fixed fields are
 * refused by name. KU_BAD_DATA names the field in err->where. */
ku_status ku_record_add(ku_office *office, const ku_entity *entity, const json_t *values,
                        const char *reason, int64_t *id, ku_error *err);
/* `version` is the one the actor saw; KU_CONFLICT when there is a newer one. */
ku_status ku_record_change(ku_office *office, const ku_entity *entity, int64_t id, int64_t version,
                           const json_t *values, const char *reason, ku_error *err);
ku_status ku_record_move(ku_office *office, const ku_entity *entity, int64_t id, int64_t version,
                         const char *transition, const json_t *asked, const char *reason,
                         ku_error *err);
ku_status ku_record_remove(ku_office *office, const ku_entity *entity, int64_t id, int64_t version,
                           const char *reason, ku_error *err);

/* ---- for workflow: checks, guards, effects --------------------------------------------------
 * These ask nobody's leave: the transition that calls them has been authorized. They check
 * the values and write events as the others do, under the action's name. */
ku_status ku_workflow_read(ku_office *office, const ku_entity *entity, int64_t id, json_t **record,
                           ku_error *err);
/* The entity's `after` runs, its `check` does not. */
ku_status ku_workflow_add(ku_office *office, const ku_entity *entity, const char *action,
                          const json_t *values, int64_t *id, ku_error *err);
/* Writes the members of `values`; "state" among them moves it. Hooks do not run. */
ku_status ku_workflow_write(ku_office *office, const ku_entity *entity, int64_t id,
                            const char *action, const json_t *values, const char *reason,
                            ku_error *err);
/* The record's facts that count for authority. */
ku_status ku_record_standing(ku_office *office, const ku_entity *entity, int64_t id,
                             ku_standing *standing, ku_error *err);

#endif
