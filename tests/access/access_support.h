/* access_support.h - a workspace for the tests of access, and short ways to its database. The
 * fixture owns its folder, workspace and arena. */
#ifndef KU_TESTS_ACCESS_SUPPORT_H
#define KU_TESTS_ACCESS_SUPPORT_H

#include "check.h"

#include "../workspace/place.h"
#include "base/date.h"
#include "workspace/sql.h"
#include "workspace/workspace.h"

typedef struct access_fixture {
    char place[PLACE], path[2 * PLACE];
    ku_workspace *workspace;
    sqlite3 *db; /* taken between access_begin and access_end */
    ku_arena *arena;
} access_fixture;

/* Noon of 24 November 2026. */
#define NOON INT64_C(1795521600000000)

static inline void access_init(access_fixture *f)
{
    ku_error err = {0};
    place_make(f->place);
    place_path(f->place, "shop", f->path);
    f->db = NULL;
    f->arena = ku_arena_new();
    check_ok(ku_workspace_init(f->path, NULL, &err), &err);
    check_ok(ku_workspace_open(f->path, &f->workspace, &err), &err);
}

static inline void access_clear(access_fixture *f)
{
    ku_workspace_close(f->workspace);
    ku_arena_free(f->arena);
    place_remove(f->place);
}

static inline void access_begin(access_fixture *f)
{
    ku_error err = {0};
    check_ok(ku_workspace_office(f->workspace, &f->db, &err), &err);
    check_ok(ku_sql_run(f->db, &err, "BEGIN IMMEDIATE", ""), &err);
}

static inline void access_end(access_fixture *f)
{
    ku_error err = {0};
    check_ok(ku_sql_run(f->db, &err, "COMMIT", ""), &err);
    ku_workspace_office_done(f->workspace, f->db);
    f->db = NULL;
}

/* Within a transaction. */
static inline void access_sql(access_fixture *f, const char *sql)
{
    char *wrong = NULL;
    if (sqlite3_exec(f->db, sql, NULL, NULL, &wrong) == SQLITE_OK) return;
    print_error("%s\n%s\n", wrong, sql);
    fail();
}

/* In a transaction of its own. */
static inline void access_do(access_fixture *f, const char *sql)
{
    access_begin(f);
    access_sql(f, sql);
    access_end(f);
}

static inline int64_t access_number(access_fixture *f, const char *sql)
{
    sqlite3_stmt *statement;
    bool row;
    ku_error err = {0};
    sqlite3 *db = f->db;
    if (db == NULL) check_ok(ku_workspace_reader(f->workspace, &db, &err), &err);
    check_ok(ku_sql_prepare(db, &statement, &err, sql, ""), &err);
    check_ok(ku_sql_step(&statement, &row, &err), &err);
    assert_true(row);
    int64_t number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    if (f->db == NULL) ku_workspace_reader_done(f->workspace, db);
    return number;
}

#endif
