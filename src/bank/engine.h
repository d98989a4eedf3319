/* engine.h - the small table of functions behind which a database holds the facts.
 * An engine is a constant; the database and connections it opens belong to the bank
 * (bank.c), which is the only caller beside session.h.
 *
 * The SQL an engine is given is text of the program, found in folders of the engine's
 * name (bank/schema/<engine>/, bank/queries/<engine>/, an analysis' queries/<engine>/);
 * values are always bound. A connection belongs to one thread at a time; `interrupt` and
 * `progress` may be called from others. */
#ifndef KU_BANK_ENGINE_H
#define KU_BANK_ENGINE_H

#include "bank/bank.h"
#include "bank/feed.h"

typedef enum ku_transaction { KU_BEGIN, KU_COMMIT, KU_ROLLBACK } ku_transaction;

/* A file, the table it is to give, and that table's name in one connection. The fact (may
 * be NULL) knows other names of its columns and how to derive some. */
typedef struct ku_file_view {
    const char *view;
    const char *path;
    const ku_table_spec *table;
    const ku_fact *fact;
} ku_file_view;

typedef struct ku_engine {
    const char *name; /* "duckdb" */

    /* A file that is not there is made when the mode is WRITE, else KU_NOT_FOUND. Held
     * by another process: KU_BUSY at once, the caller waits. */
    ku_status (*open)(const char *path, const ku_bank_options *options, void **database,
                      ku_error *err);
    void (*close)(void *database);
    ku_status (*connect)(void *database, void **connection, ku_error *err);
    void (*disconnect)(void *connection); /* rolls back what is open */

    /* Statements without a result, one or several; `changed` (may be NULL) is the number
     * of rows the last one changed. Binds a statement does not name are left out. */
    ku_status (*exec)(void *connection, const char *sql, const ku_bind *binds, size_t count,
                      int64_t *changed, ku_error *err);
    /* One statement that reads; anything else is KU_FAULT. */
    ku_status (*query)(void *connection, const char *name, const char *sql, const ku_bind *binds,
                       size_t count, ku_frame **frame, ku_error *err);
    /* As query, but the result is handed over in pieces, each a frame of `cut->rows` rows
     * and the rest of the texts in column `by` that are equal to the last row's; so rows
     * of one text stay together if the query is sorted by it. `total` is passed on. */
    ku_status (*pieces)(void *connection, const char *name, const char *sql, const char *by,
                        const ku_cut *cut, int64_t total, ku_error *err);
    /* Adds the frame's rows to a table, column by name; columns of the table that the
     * frame has not are null. */
    ku_status (*append)(void *connection, const char *table, const ku_frame *rows, ku_error *err);
    /* Makes a feed readable as feed(number) until `unfeed`, which returns the feed's own
     * failure, if it had one. */
    ku_status (*feed)(void *connection, const ku_feed *feed, int64_t *number, ku_error *err);
    ku_status (*unfeed)(void *connection, int64_t number, ku_error *err);
    ku_status (*transaction)(void *connection, ku_transaction step, ku_error *err);

    /* Makes a checked file readable under a name; see ku_bank_inputs for the errors. */
    ku_status (*attach)(void *connection, const ku_file_view *file, ku_error *err);

    void (*interrupt)(void *connection);
    double (*progress)(void *connection); /* 0..1 of what runs, negative: not known */
} ku_engine;

extern const ku_engine ku_engine_duckdb;

#endif
