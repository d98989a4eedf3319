/* rows.h - the rows of one file, checked: good ones go to the bank as a feed, refused ones
 * to the rejects file, remarkable ones are counted. A ku_rows is owned by the import; its
 * feed must not outlive it. */
#ifndef KU_BANK_IMPORT_ROWS_H
#define KU_BANK_IMPORT_ROWS_H

#include "bank/feed.h"
#include "bank/import/plan.h"
#include "bank/import/rejects.h"

typedef struct ku_rows ku_rows;

/* What was met in the rows of a file. */
typedef struct ku_reason_count {
    const char *column; /* "" for the row as a whole */
    const char *reason;
    int64_t rows;
} ku_reason_count;

typedef struct ku_tally {
    int64_t read, refused;
    int64_t missing[KU_FIELD_LIMIT], outside[KU_FIELD_LIMIT]; /* rows kept, by field */
    int64_t first, last; /* microseconds; first > last when no row is dated */
    ku_reason_count *reason;
    size_t reason_count;
} ku_tally;

/* Rows of the file that the plan describes. The plan, the rejects (may be NULL: only
 * counted), the gauge and *stop, which ends the reading once it is true, must outlive
 * it. */
typedef struct ku_rows_setup {
    const ku_plan *plan;
    ku_rejects *rejects;
    ku_stream_gauge *gauge;
    const atomic_bool *stop;
} ku_rows_setup;

ku_status ku_rows_open(const ku_rows_setup *setup, ku_rows **rows, ku_error *err);
void ku_rows_free(ku_rows *rows); /* NULL is safe */

/* The feed: one column for each field of the plan, then "_line" (int64), the line of the
 * file that the row starts on. */
const ku_feed *ku_rows_feed(ku_rows *rows);

/* What the reading, when it is over, came to; reasons sorted by frequency. Belongs to
 * `rows`. */
const ku_tally *ku_rows_tally(ku_rows *rows);

#endif
