/* office.c - the SQLite database of a workspace: opening, schema, turns.
 *
 * The schema is a row of numbered files, schema/NNN_*.sql, applied in order, each in one
 * transaction that also raises PRAGMA user_version; so a crash leaves a whole version.
 * One connection serves the process and is lent to one thread at a time: work on it is
 * short, and writers of one process never meet in the database. Writers of several
 * processes wait for each other by the busy timeout. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/asset.h"
#include "base/text.h"
#include "workspace/sql.h"
#include "workspace/workspace_internal.h"

enum { OFFICE_MARK = 0x4b656d75, MIGRATIONS_MAX = 999 }; /* "Kemu" */

static ku_status execute(sqlite3 *db, const char *sql, const char *doing, ku_error *err)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK) return KU_OK;
    return ku_sql_error(db, err, doing);
}

static ku_status pragma_number(sqlite3 *db, const char *sql, int *number, ku_error *err)
{
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        ku_status status = ku_sql_error(db, err, "reading the version");
        sqlite3_finalize(statement);
        return status;
    }
    *number = sqlite3_column_int(statement, 0);
    sqlite3_finalize(statement);
    return KU_OK;
}

/* ---- the schema ----------------------------------------------------------------- */

typedef struct migrations {
    const char *path[MIGRATIONS_MAX + 1]; /* by number, from 1 */
    int last;
} migrations;

static void add_migration(void *data, const char *path)
{
    migrations *m = data;
    const char *name = strrchr(path, '/') + 1;
    int number = 0;
    for (int i = 0; i < 3; i++) {
        assert(name[i] >= '0' && name[i] <= '9' && "a schema file is named NNN_subject.sql");
        number = number * 10 + (name[i] - '0');
    }
    assert(number >= 1 && m->path[number] == NULL && "each number once");
    m->path[number] = path;
    if (number > m->last) m->last = number;
}

static ku_status migrate_one(sqlite3 *db, const migrations *m, int number, ku_error *err)
{
    int version = 0;
    const char *sql = ku_asset(m->path[number], NULL);
    KU_TRY(execute(db, "BEGIN IMMEDIATE", "updating the office's records", err));
    ku_status status = pragma_number(db, "PRAGMA user_version", &version, err);
    if (status == KU_OK && version < number) { /* nobody else was quicker */
        char set[64];
        snprintf(set, sizeof set, "PRAGMA user_version = %d", number);
        status = execute(db, sql, m->path[number], err);
        if (status == KU_OK) status = execute(db, set, m->path[number], err);
    }
    if (status == KU_OK) status = execute(db, "COMMIT", "updating the office's records", err);
    if (status != KU_OK) sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    return status;
}

static ku_status migrate(sqlite3 *db, ku_error *err)
{
    migrations m = {0};
    int version = 0;
    ku_asset_each("src/workspace/schema/", add_migration, &m);
    KU_TRY(pragma_number(db, "PRAGMA user_version", &version, err));
    if (version > m.last)
        return ku_error_set(err, KU_CONFLICT, "office.db",
                            "a newer Kemudi wrote this workspace (version %d; this one knows %d); "
                            "install that version",
                            version, m.last);
    for (int number = version + 1; number <= m.last; number++) {
        assert(m.path[number] != NULL && "schema files are numbered without gaps");
        KU_TRY(migrate_one(db, &m, number, err));
    }
    return KU_OK;
}

/* ---- opening -------------------------------------------------------------------- */

static ku_status check_mark(sqlite3 *db, bool create, ku_error *err)
{
    int mark = 0;
    char sql[64];
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d", OFFICE_MARK);
    if (create) return execute(db, sql, "marking the database", err);
    KU_TRY(pragma_number(db, "PRAGMA application_id", &mark, err));
    if (mark == OFFICE_MARK) return KU_OK;
    return ku_error_set(err, KU_BAD_DATA, "office.db", "this database is not one of Kemudi's");
}

static ku_status prepare(sqlite3 *db, bool create, ku_error *err)
{
    sqlite3_busy_timeout(db, OFFICE_BUSY_MS);
    sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    KU_TRY(execute(db,
                   "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF;"
                   "PRAGMA synchronous = FULL",
                   "opening", err));
    KU_TRY(check_mark(db, create, err));
    KU_TRY(execute(db, "PRAGMA journal_mode = WAL", "opening", err));
    return migrate(db, err);
}

ku_status ku_office_open(const char *path, bool create, sqlite3 **db, ku_error *err)
{
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | (create ? SQLITE_OPEN_CREATE : 0);
    sqlite3 *opened = NULL;
    if (sqlite3_open_v2(path, &opened, flags, NULL) != SQLITE_OK) {
        ku_status status = opened != NULL
                               ? ku_sql_error(opened, err, "opening")
                               : ku_error_set(err, KU_NO_MEMORY, path, "no memory to open it");
        sqlite3_close(opened);
        return status;
    }
    sqlite3_extended_result_codes(opened, 1);
    ku_status status = prepare(opened, create, err);
    if (status != KU_OK) {
        sqlite3_close(opened);
        return status;
    }
    *db = opened;
    return KU_OK;
}

/* ---- turns ---------------------------------------------------------------------- */

ku_status ku_workspace_office(ku_workspace *workspace, sqlite3 **db, ku_error *err)
{
    (void)err;
    int locked = pthread_mutex_lock(&workspace->office_lock);
    assert(locked == 0 && "a thread takes the office once at a time");
    (void)locked;
    *db = workspace->office;
    return KU_OK;
}

void ku_workspace_office_done(ku_workspace *workspace, sqlite3 *db)
{
    assert(db == workspace->office);
    /* A caller that failed half-way leaves its transaction open; nothing of it stays. */
    if (!sqlite3_get_autocommit(db)) sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL);
    pthread_mutex_unlock(&workspace->office_lock);
}
