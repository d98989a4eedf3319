/* parquet.c - reading Parquet through a DuckDB of its own.
 *
 * A column file needs DuckDB's reader, but the rows must pass the same checks as those of
 * any other file. So a small database in memory, apart from the bank and its transaction,
 * streams the file with every value as text, and the text goes the way of a CSV file. */
#include "bank/import/parquet.h"

#include <duckdb.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "bank/import/blocks.h"
#include "base/text.h"

typedef struct parquet_stream {
    ku_stream stream;
    ku_stream_gauge *gauge;
    duckdb_database database;
    duckdb_connection connection;
    duckdb_result result;
    bool has_result, begun, ended;
    idx_t columns;
    int64_t rows, rows_done;
    int fd;
    ku_text text; /* rows not read yet, from `at` */
    size_t at;
} parquet_stream;

static void parquet_free(ku_stream *stream)
{
    parquet_stream *s = (parquet_stream *)stream;
    if (s->has_result) duckdb_destroy_result(&s->result);
    if (s->connection != NULL) duckdb_disconnect(&s->connection);
    if (s->database != NULL) duckdb_close(&s->database);
    ku_text_clear(&s->text);
    if (s->fd >= 0) close(s->fd);
    free(s);
}

#define BY_NUMBER "/proc/self/fd/"

/* What DuckDB says about a file: its first line, up to the number by which it knows the
 * file, which says nothing to people. */
static ku_status refuse_file(const char *path, const char *message, ku_error *err)
{
    static const char tail[] = " in file";
    if (message == NULL) message = "no reason is given";
    const char *colon = strstr(message, ": "), *number;
    if (colon != NULL) message = colon + 2;
    size_t length = strcspn(message, "\n");
    number = strstr(message, BY_NUMBER);
    if (number != NULL && number > message && (size_t)(number - message) < length)
        length = (size_t)(number - message) - 1;
    while (length > 0 && message[length - 1] == ' ') length--;
    if (length > strlen(tail) && memcmp(message + length - strlen(tail), tail, strlen(tail)) == 0)
        length -= strlen(tail);
    return ku_error_set(err, KU_BAD_DATA, path, "the Parquet file cannot be read: %.*s",
                        (int)length, message);
}

/* ---- cells ------------------------------------------------------------------------------ */

static void add_names(parquet_stream *s)
{
    for (idx_t i = 0; i < s->columns; i++) {
        const char *name = duckdb_column_name(&s->result, i);
        if (i > 0) ku_text_addc(&s->text, KU_DIALECT_INNER.delimiter);
        ku_inner_cell(&s->text, name, strlen(name));
    }
    ku_text_addc(&s->text, KU_DIALECT_INNER.newline);
}

static void add_rows(parquet_stream *s, duckdb_data_chunk chunk)
{
    idx_t rows = duckdb_data_chunk_get_size(chunk);
    for (idx_t row = 0; row < rows; row++) {
        for (idx_t i = 0; i < s->columns; i++) {
            duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
            uint64_t *validity = duckdb_vector_get_validity(vector);
            duckdb_string_t *text = duckdb_vector_get_data(vector);
            if (i > 0) ku_text_addc(&s->text, KU_DIALECT_INNER.delimiter);
            if (duckdb_validity_row_is_valid(validity, row))
                ku_inner_cell(&s->text, duckdb_string_t_data(&text[row]),
                              duckdb_string_t_length(text[row]));
        }
        ku_text_addc(&s->text, KU_DIALECT_INNER.newline);
    }
    s->rows_done += (int64_t)rows;
    if (s->gauge != NULL && s->rows > 0)
        atomic_store(&s->gauge->done,
                     (uint64_t)((double)s->gauge->total * (double)s->rows_done / (double)s->rows));
}

static ku_status refill(parquet_stream *s, ku_error *err)
{
    ku_text_empty(&s->text);
    s->at = 0;
    if (!s->begun) add_names(s);
    s->begun = true;
    duckdb_data_chunk chunk = duckdb_fetch_chunk(s->result);
    if (chunk == NULL) {
        s->ended = true;
        const char *message = duckdb_result_error(&s->result);
        if (message != NULL && message[0] != '\0') return refuse_file(NULL, message, err);
        return ku_text_check(&s->text, err);
    }
    add_rows(s, chunk);
    duckdb_destroy_data_chunk(&chunk);
    return ku_text_check(&s->text, err);
}

static ku_status parquet_read(ku_stream *stream, char *to, size_t capacity, size_t *got,
                              ku_error *err)
{
    parquet_stream *s = (parquet_stream *)stream;
    *got = 0;
    if (s->at == s->text.length && !s->ended) KU_TRY(refill(s, err));
    size_t rest = s->text.length - s->at;
    *got = rest < capacity ? rest : capacity;
    if (*got > 0) memcpy(to, s->text.bytes + s->at, *got);
    s->at += *got;
    return KU_OK;
}

/* ---- opening ----------------------------------------------------------------------------- */

static ku_status open_database(parquet_stream *s, ku_error *err)
{
    static const char *const settings[][2] = {{"memory_limit", "512MB"},
                                              {"threads", "1"},
                                              {"autoinstall_known_extensions", "false"},
                                              {"autoload_known_extensions", "false"}};
    duckdb_config config;
    if (duckdb_create_config(&config) != DuckDBSuccess)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        duckdb_set_config(config, settings[i][0], settings[i][1]);
    duckdb_state state = duckdb_open_ext(NULL, &s->database, config, NULL);
    duckdb_destroy_config(&config);
    if (state == DuckDBSuccess && duckdb_connect(s->database, &s->connection) == DuckDBSuccess &&
        duckdb_query(s->connection, "SET TimeZone = 'UTC'", NULL) == DuckDBSuccess)
        return KU_OK;
    return ku_error_set(err, KU_NO_MEMORY, NULL, "there is not enough memory");
}

static ku_status run_query(parquet_stream *s, const char *path, const char *sql, bool streaming,
                           duckdb_result *result, ku_error *err)
{
    duckdb_prepared_statement statement;
    ku_status status = KU_OK;
    if (duckdb_prepare(s->connection, sql, &statement) != DuckDBSuccess) {
        status = refuse_file(path, duckdb_prepare_error(statement), err);
        duckdb_destroy_prepare(&statement);
        return status;
    }
    duckdb_pending_result pending;
    duckdb_bind_varchar(statement, 1, path);
    duckdb_state state = streaming ? duckdb_pending_prepared_streaming(statement, &pending)
                                   : duckdb_pending_prepared(statement, &pending);
    if (state != DuckDBSuccess)
        status = refuse_file(path, duckdb_pending_error(pending), err);
    else if (duckdb_execute_pending(pending, result) != DuckDBSuccess) {
        status = refuse_file(path, duckdb_result_error(result), err);
        duckdb_destroy_result(result);
    }
    duckdb_destroy_pending(&pending);
    duckdb_destroy_prepare(&statement);
    return status;
}

static ku_status start_query(parquet_stream *s, const char *path, ku_error *err)
{
    duckdb_result count;
    KU_TRY(run_query(s, path, "SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata($1)", false,
                     &count, err));
    duckdb_data_chunk chunk = duckdb_fetch_chunk(count);
    if (chunk != NULL) {
        s->rows = *(int64_t *)duckdb_vector_get_data(duckdb_data_chunk_get_vector(chunk, 0));
        duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_result(&count);
    KU_TRY(run_query(s, path, "SELECT COLUMNS(*)::VARCHAR FROM read_parquet($1)", true, &s->result,
                     err));
    s->has_result = true;
    s->columns = duckdb_column_count(&s->result);
    return KU_OK;
}

ku_status ku_parquet_open(const char *path, ku_stream_gauge *gauge, ku_stream **stream,
                          ku_error *err)
{
    ku_stream *file = NULL; /* only for its checks of the file and its size */
    KU_TRY(ku_stream_file(path, gauge, &file, err));
    ku_stream_free(file);
    parquet_stream *s = calloc(1, sizeof *s);
    if (s == NULL) return ku_error_set(err, KU_NO_MEMORY, path, "there is not enough memory");
    s->stream = (ku_stream){parquet_read, parquet_free};
    s->gauge = gauge;
    s->fd = open(path, O_RDONLY | O_CLOEXEC);
    char by_number[40]; /* DuckDB would take * and ? in a name for a pattern */
    snprintf(by_number, sizeof by_number, BY_NUMBER "%d", s->fd);
    ku_status status = s->fd >= 0 ? open_database(s, err)
                                  : ku_error_errno(err, errno, path, "opening the file");
    if (status == KU_OK) status = start_query(s, by_number, err);
    if (status != KU_OK) ku_error_at(err, "%s", path);
    if (status == KU_OK)
        *stream = &s->stream;
    else
        parquet_free(&s->stream);
    return status;
}
