/* sql.c - short statements on the office's database: values always bound, errors in words. */
#include "workspace/sql.h"

#include <assert.h>
#include <stdio.h>

ku_status ku_sql_error(sqlite3 *db, ku_error *err, const char *doing)
{
    const char *where = "office.db";
    switch (sqlite3_errcode(db) & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return ku_error_set(err, KU_BUSY, where,
                            "another program has been writing the office's records for too "
                            "long; try again");
    case SQLITE_FULL:
        return ku_error_set(err, KU_NO_SPACE, where,
                            "the disk that holds the workspace is full; make room and try again");
    case SQLITE_NOMEM:
        return ku_error_set(err, KU_NO_MEMORY, where, "no memory: %s", doing);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ku_error_set(err, KU_BAD_DATA, where,
                            "the file is damaged or not a database; restore a backup");
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_IOERR:
    case SQLITE_PERM:
        return ku_error_set(err, KU_IO, where, "%s: %s", doing, sqlite3_errmsg(db));
    default:
        return ku_error_set(err, KU_FAULT, where, "%s: %s", doing, sqlite3_errmsg(db));
    }
}

static int bind_one(sqlite3_stmt *statement, int place, char type, va_list *args)
{
    const char *text;
    switch (type) {
    case 'i':
        return sqlite3_bind_int64(statement, place, va_arg(*args, int64_t));
    case 'd':
        return sqlite3_bind_double(statement, place, va_arg(*args, double));
    case 's':
        text = va_arg(*args, const char *);
        return sqlite3_bind_text(statement, place, text, -1, SQLITE_TRANSIENT);
    default:
        assert(0 && "i, d or s");
        return SQLITE_MISUSE;
    }
}

static ku_status prepare(sqlite3 *db, sqlite3_stmt **statement, ku_error *err, const char *sql,
                         const char *types, va_list *args)
{
    *statement = NULL;
    int failed = sqlite3_prepare_v2(db, sql, -1, statement, NULL);
    for (int place = 1; failed == SQLITE_OK && types[place - 1] != '\0'; place++)
        failed = bind_one(*statement, place, types[place - 1], args);
    if (failed == SQLITE_OK) return KU_OK;
    ku_status status = ku_sql_error(db, err, sql);
    sqlite3_finalize(*statement);
    *statement = NULL;
    return status;
}

ku_status ku_sql_prepare(sqlite3 *db, sqlite3_stmt **statement, ku_error *err, const char *sql,
                         const char *types, ...)
{
    va_list args;
    va_start(args, types);
    ku_status status = prepare(db, statement, err, sql, types, &args);
    va_end(args);
    return status;
}

ku_status ku_sql_step(sqlite3_stmt **statement, bool *row, ku_error *err)
{
    ku_status status = KU_OK;
    int step = sqlite3_step(*statement);
    *row = step == SQLITE_ROW;
    if (*row) return KU_OK;
    if (step != SQLITE_DONE)
        status = ku_sql_error(sqlite3_db_handle(*statement), err, sqlite3_sql(*statement));
    sqlite3_finalize(*statement);
    *statement = NULL;
    return status;
}

ku_status ku_sql_run(sqlite3 *db, ku_error *err, const char *sql, const char *types, ...)
{
    sqlite3_stmt *statement;
    bool row;
    va_list args;
    va_start(args, types);
    ku_status status = prepare(db, &statement, err, sql, types, &args);
    va_end(args);
    if (status != KU_OK) return status;
    status = ku_sql_step(&statement, &row, err);
    assert(statement == NULL && "no rows are expected");
    return status;
}

const char *ku_sql_text(sqlite3_stmt *statement, int column, ku_arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    if (text == NULL) return NULL;
    return ku_arena_strndup(arena, text, (size_t)sqlite3_column_bytes(statement, column));
}
