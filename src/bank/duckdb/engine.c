/* engine.c - DuckDB behind the engine's table: connections, transactions, interrupts. The
 * larger pieces are open.c, statement.c, result.c, append.c and attach.c. */
#include "bank/duckdb/engine_internal.h"

static ku_status connect(void *database, void **connection, ku_error *err)
{
    ku_duckdb_connection *c = calloc(1, sizeof *c);
    if (c == NULL ||
        duckdb_connect(((ku_duckdb_database *)database)->handle, &c->handle) != DuckDBSuccess) {
        free(c);
        return ku_error_set(err, KU_NO_MEMORY, NULL, "the data bank gave no connection");
    }
    c->feeds = ((ku_duckdb_database *)database)->feeds;
    *connection = c;
    return KU_OK;
}

static void disconnect(void *connection)
{
    ku_duckdb_connection *c = connection;
    duckdb_disconnect(&c->handle);
    free(c);
}

static ku_status transaction(void *connection, ku_transaction step, ku_error *err)
{
    static const char *const words[] = {
        [KU_BEGIN] = "BEGIN TRANSACTION", [KU_COMMIT] = "COMMIT", [KU_ROLLBACK] = "ROLLBACK"};
    return ku_duckdb_exec(connection, words[step], NULL, 0, NULL, err);
}

static void interrupt(void *connection)
{
    duckdb_interrupt(((ku_duckdb_connection *)connection)->handle);
}

static double progress(void *connection)
{
    duckdb_query_progress_type p = duckdb_query_progress(
        ((ku_duckdb_connection *)connection)->handle);
    return p.percentage < 0 ? -1.0 : p.percentage / 100.0;
}

const ku_engine ku_engine_duckdb = {
    .name = "duckdb",
    .open = ku_duckdb_open,
    .close = ku_duckdb_close,
    .connect = connect,
    .disconnect = disconnect,
    .exec = ku_duckdb_exec,
    .query = ku_duckdb_query,
    .pieces = ku_duckdb_query_pieces,
    .append = ku_duckdb_append,
    .feed = ku_duckdb_feed,
    .unfeed = ku_duckdb_unfeed,
    .transaction = transaction,
    .attach = ku_duckdb_attach,
    .interrupt = interrupt,
    .progress = progress,
};
