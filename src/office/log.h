/* log.h - the event log for people to read: every event, shown as far as the reader may see
 * what it is about; and why someone may or may not. What is handed out lives in the office. */
#ifndef KU_OFFICE_LOG_H
#define KU_OFFICE_LOG_H

#include "office/store.h"

typedef struct ku_log_query {
    const char *entity; /* NULL: all kinds */
    int64_t record;     /* 0: all */
    int64_t person;     /* whoever did it or was stood in for; 0: all */
    const char *action; /* "denied"; NULL: all */
    int64_t before;     /* only events with a lower number; 0: from the newest */
    int limit;          /* 1..200; 0: 50 */
} ku_log_query;

/* Newest first; *next: `before` of the next page, 0 when this is the last. KU_NOT_ALLOWED
 * unless the actor may read the log. Of a record the reader may not see an item tells that
 * something happened and by whom, neither what it is called nor what was changed. */
ku_status ku_log_list(ku_office *office, const ku_log_query *query, json_t **items, int64_t *next,
                      ku_error *err);

/* Why the person (0: the actor) may or may not do this with the record (id 0: with any):
 *   {"allowed", "because", "person", "roles": [{"role", "because"}],
 *    "actions": [{"action", "allowed", "because"}]}
 * Of others' rights may ask who reads the log. KU_NOT_FOUND for a record the asker may not see. */
ku_status ku_record_explain(ku_office *office, const ku_entity *entity, int64_t id, unsigned action,
                            int64_t person, json_t **explained, ku_error *err);

#endif
