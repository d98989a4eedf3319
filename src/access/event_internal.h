/* event_internal.h - the columns of the event log and the hash over them. Cells point into the
 * statement or the event they were read from. */
#ifndef KU_ACCESS_EVENT_INTERNAL_H
#define KU_ACCESS_EVENT_INTERNAL_H

#include "access/event.h"

/* In the order they are hashed in; `hash` itself comes after them. */
#define KU_EVENT_COLUMNS                                                                           \
    "seq, time, user, person, actor, stead, delegation, via, action, entity, record, before,"      \
    " after, reason, detail, subject, sealed, previous"

enum {
    EVENT_SEQ,
    EVENT_TIME,
    EVENT_USER,
    EVENT_PERSON,
    EVENT_ACTOR,
    EVENT_STEAD,
    EVENT_DELEGATION,
    EVENT_VIA,
    EVENT_ACTION,
    EVENT_ENTITY,
    EVENT_RECORD,
    EVENT_BEFORE,
    EVENT_AFTER,
    EVENT_REASON,
    EVENT_DETAIL,
    EVENT_SUBJECT,
    EVENT_SEALED,
    EVENT_PREVIOUS,
    EVENT_CELLS
};

/* One value as SQLite holds it. */
typedef struct event_cell {
    int kind; /* SQLITE_NULL, _INTEGER, _TEXT, _BLOB */
    int64_t number;
    const void *bytes;
    size_t length;
} event_cell;

void ku_event_hash(const event_cell cells[EVENT_CELLS], char hex[KU_HASH_TEXT]);
/* Reads the cells from the statement's first columns. */
void ku_event_read(sqlite3_stmt *statement, event_cell cells[EVENT_CELLS]);

/* What a day's head signs: "kemudi head 1", the day, the number and the hash, a line each. */
#define KU_HEAD_TEXT 160
size_t ku_event_head_text(const char *day, int64_t seq, const char *hash, char to[KU_HEAD_TEXT]);

/* The hash the first event carries for the one before it. */
#define KU_EVENT_GENESIS "0000000000000000000000000000000000000000000000000000000000000000"

#endif
