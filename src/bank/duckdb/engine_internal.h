/* engine_internal.h - what the files of the DuckDB engine share. A connection is owned by
 * the session that asked for it. */
#ifndef KU_BANK_DUCKDB_ENGINE_INTERNAL_H
#define KU_BANK_DUCKDB_ENGINE_INTERNAL_H

#include <duckdb.h>
#include <pthread.h>

#include "bank/engine.h"

/* Feeds that can be read at the moment; owned by DuckDB's catalog, freed when the database
 * is closed. */
struct ku_duckdb_feeds;

typedef struct ku_duckdb_database {
    duckdb_database handle;
    struct ku_duckdb_feeds *feeds;
} ku_duckdb_database;

typedef struct ku_duckdb_connection {
    duckdb_connection handle;
    struct ku_duckdb_feeds *feeds; /* the database's */
} ku_duckdb_connection;

/* Fills `err` from what DuckDB says: the first line, without its own classification, and
 * with the status that fits it. NULL is KU_FAULT. */
ku_status ku_duckdb_error(const char *message, ku_error *err);

/* Opening and closing (open.c). */
ku_status ku_duckdb_open(const char *path, const ku_bank_options *options, void **database,
                         ku_error *err);
void ku_duckdb_close(void *database);

/* Statements (statement.c). */
ku_status ku_duckdb_exec(void *connection, const char *sql, const ku_bind *binds, size_t count,
                         int64_t *changed, ku_error *err);
ku_status ku_duckdb_query(void *connection, const char *name, const char *sql, const ku_bind *binds,
                          size_t count, ku_frame **frame, ku_error *err);

/* A new frame from a result that may still be streaming; does not destroy the result. */
ku_status ku_duckdb_frame(const char *name, duckdb_result *result, ku_frame **frame, ku_error *err);
/* The result piece by piece, see engine.h. */
ku_status ku_duckdb_pieces(const char *name, duckdb_result *result, const char *by,
                           const ku_cut *cut, int64_t total, ku_error *err);
ku_status ku_duckdb_query_pieces(void *connection, const char *name, const char *sql,
                                 const char *by, const ku_cut *cut, int64_t total, ku_error *err);

/* Rows of a frame into a table (append.c). */
ku_status ku_duckdb_append(void *connection, const char *table, const ku_frame *rows,
                           ku_error *err);

/* A checked file as a temporary table (attach.c). */
ku_status ku_duckdb_attach(void *connection, const ku_file_view *file, ku_error *err);

/* Feeds as a table (feed.c). */
ku_status ku_duckdb_register_feeds(duckdb_connection connection, struct ku_duckdb_feeds **feeds,
                                   ku_error *err);
ku_status ku_duckdb_feed(void *connection, const ku_feed *feed, int64_t *number, ku_error *err);
ku_status ku_duckdb_unfeed(void *connection, int64_t number, ku_error *err);

#endif
