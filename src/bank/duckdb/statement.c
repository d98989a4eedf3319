/* statement.c - running SQL with its values bound by name. */
#include <assert.h>
#include <string.h>

#include "bank/duckdb/engine_internal.h"

static duckdb_connection handle_of(void *connection)
{
    return ((ku_duckdb_connection *)connection)->handle;
}

/* ---- binding ------------------------------------------------------------------------ */

static duckdb_state bind_value(duckdb_prepared_statement statement, idx_t at, const ku_bind *bind)
{
    if (bind->null) return duckdb_bind_null(statement, at);
    switch (bind->type) {
    case KU_INT64:
        return duckdb_bind_int64(statement, at, bind->as.i64);
    case KU_DOUBLE:
        return duckdb_bind_double(statement, at, bind->as.f64);
    case KU_BOOL:
        return duckdb_bind_boolean(statement, at, bind->as.boolean);
    case KU_DATE:
        return duckdb_bind_date(statement, at, (duckdb_date){bind->as.days});
    case KU_TIMESTAMP:
        return duckdb_bind_timestamp(statement, at, (duckdb_timestamp){bind->as.micros});
    case KU_TEXT:
        return duckdb_bind_varchar(statement, at, bind->as.text);
    default:
        break;
    }
    assert(!"a bind's type");
    return DuckDBError;
}

static const ku_bind *find_bind(const ku_bind *binds, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(binds[i].name, name) == 0) return &binds[i];
    return NULL;
}

static ku_status bind_all(duckdb_prepared_statement statement, const ku_bind *binds, size_t count,
                          ku_error *err)
{
    idx_t wanted = duckdb_nparams(statement);
    for (idx_t at = 1; at <= wanted; at++) {
        const char *name = duckdb_parameter_name(statement, at);
        const ku_bind *bind = find_bind(binds, count, name != NULL ? name : "");
        ku_status status = KU_OK;
        if (bind == NULL)
            status = ku_error_set(err, KU_FAULT, NULL, "the query names $%s, which has no value",
                                  name != NULL ? name : "?");
        else if (bind_value(statement, at, bind) != DuckDBSuccess)
            status = ku_error_set(err, KU_BAD_DATA, name, "the value cannot be used: %s",
                                  bind->type == KU_TEXT ? "it is not UTF-8" : "out of range");
        duckdb_free((void *)(uintptr_t)name);
        KU_TRY(status);
    }
    return KU_OK;
}

/* ---- running ------------------------------------------------------------------------ */

static ku_status run(duckdb_prepared_statement statement, const ku_bind *binds, size_t count,
                     bool streaming, duckdb_result *result, ku_error *err)
{
    KU_TRY(bind_all(statement, binds, count, err));
    duckdb_pending_result pending;
    duckdb_state state = streaming ? duckdb_pending_prepared_streaming(statement, &pending)
                                   : duckdb_pending_prepared(statement, &pending);
    if (state != DuckDBSuccess) {
        ku_status status = ku_duckdb_error(duckdb_pending_error(pending), err);
        duckdb_destroy_pending(&pending);
        return status;
    }
    state = duckdb_execute_pending(pending, result);
    duckdb_destroy_pending(&pending);
    if (state == DuckDBSuccess) return KU_OK;
    ku_status status = ku_duckdb_error(duckdb_result_error(result), err);
    duckdb_destroy_result(result);
    return status;
}

/* Calls `each` for the statements of the text, one after the other; stops at a failure. */
typedef ku_status statement_fn(duckdb_prepared_statement statement, void *data, ku_error *err);

static ku_status each_statement(duckdb_connection connection, const char *sql, idx_t most,
                                statement_fn *each, void *data, ku_error *err)
{
    duckdb_extracted_statements list;
    idx_t count = duckdb_extract_statements(connection, sql, &list);
    ku_status status = KU_OK;
    if (count == 0)
        status = ku_duckdb_error(duckdb_extract_statements_error(list), err);
    else if (count > most)
        status = ku_error_set(err, KU_FAULT, NULL, "a query must be one statement");
    for (idx_t i = 0; status == KU_OK && i < count; i++) {
        duckdb_prepared_statement statement;
        if (duckdb_prepare_extracted_statement(connection, list, i, &statement) == DuckDBSuccess)
            status = each(statement, data, err);
        else
            status = ku_duckdb_error(duckdb_prepare_error(statement), err);
        duckdb_destroy_prepare(&statement);
    }
    duckdb_destroy_extracted(&list);
    return status;
}

typedef struct exec_job {
    const ku_bind *binds;
    size_t count;
    int64_t changed;
} exec_job;

static ku_status exec_one(duckdb_prepared_statement statement, void *data, ku_error *err)
{
    exec_job *job = data;
    duckdb_result result;
    KU_TRY(run(statement, job->binds, job->count, false, &result, err));
    job->changed = (int64_t)duckdb_rows_changed(&result);
    duckdb_destroy_result(&result);
    return KU_OK;
}

ku_status ku_duckdb_exec(void *connection, const char *sql, const ku_bind *binds, size_t count,
                         int64_t *changed, ku_error *err)
{
    exec_job job = {.binds = binds, .count = count};
    KU_TRY(each_statement(handle_of(connection), sql, UINT64_MAX, exec_one, &job, err));
    if (changed != NULL) *changed = job.changed;
    return KU_OK;
}

typedef struct query_job {
    const char *name;
    const ku_bind *binds;
    size_t count;
    ku_frame **frame; /* the whole result, */
    const char *by;   /* or its pieces */
    const ku_cut *cut;
    int64_t total;
} query_job;

static ku_status query_one(duckdb_prepared_statement statement, void *data, ku_error *err)
{
    query_job *job = data;
    duckdb_statement_type type = duckdb_prepared_statement_type(statement);
    if (type != DUCKDB_STATEMENT_TYPE_SELECT && type != DUCKDB_STATEMENT_TYPE_EXPLAIN)
        return ku_error_set(err, KU_FAULT, NULL, "a query must only read");
    duckdb_result result;
    KU_TRY(run(statement, job->binds, job->count, true, &result, err));
    ku_status status = job->cut == NULL ? ku_duckdb_frame(job->name, &result, job->frame, err)
                                        : ku_duckdb_pieces(job->name, &result, job->by, job->cut,
                                                           job->total, err);
    duckdb_destroy_result(&result);
    return status;
}

ku_status ku_duckdb_query(void *connection, const char *name, const char *sql, const ku_bind *binds,
                          size_t count, ku_frame **frame, ku_error *err)
{
    query_job job = {.name = name, .binds = binds, .count = count, .frame = frame};
    return each_statement(handle_of(connection), sql, 1, query_one, &job, err);
}

ku_status ku_duckdb_query_pieces(void *connection, const char *name, const char *sql,
                                 const char *by, const ku_cut *cut, int64_t total, ku_error *err)
{
    query_job job = {.name = name, .by = by, .cut = cut, .total = total};
    return each_statement(handle_of(connection), sql, 1, query_one, &job, err);
}
