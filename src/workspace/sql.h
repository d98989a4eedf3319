/* sql.h - short statements on the office's database. A statement prepared here belongs to
 * the caller, who finalizes it; texts read go to the caller's arena. */
#ifndef KU_WORKSPACE_SQL_H
#define KU_WORKSPACE_SQL_H

#include <sqlite3.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>

#include "kemudi/arena.h"
#include "kemudi/error.h"

/* KU_BUSY, KU_NO_SPACE, KU_IO, KU_BAD_DATA or KU_FAULT for SQLite's last error. */
ku_status ku_sql_error(sqlite3 *db, ku_error *err, const char *doing);

/* Prepares constant SQL and binds ?1, ?2, ... by `types`, a letter each: i int64_t,
 * d double, s const char * (NULL: null). */
ku_status ku_sql_prepare(sqlite3 *db, sqlite3_stmt **statement, ku_error *err, const char *sql,
                         const char *types, ...);
/* Steps: *row tells whether there is one. At the end and on failure the statement is
 * finalized and set to NULL. */
ku_status ku_sql_step(sqlite3_stmt **statement, bool *row, ku_error *err);
/* Prepares, binds and runs a statement that gives no rows. */
ku_status ku_sql_run(sqlite3 *db, ku_error *err, const char *sql, const char *types, ...);

/* A column's text in the arena; NULL for a null. */
const char *ku_sql_text(sqlite3_stmt *statement, int column, ku_arena *arena);

#endif
