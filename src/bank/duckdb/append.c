/* append.c - rows of a frame into a table, through DuckDB's appender in chunks. Columns go
 * by name; the appender is told which columns come, the others are left null. */
#include <string.h>

#include "bank/duckdb/engine_internal.h"

static duckdb_type type_of(ku_type type)
{
    static const duckdb_type types[KU_TYPE_COUNT] = {
        [KU_INT64] = DUCKDB_TYPE_BIGINT,        [KU_DOUBLE] = DUCKDB_TYPE_DOUBLE,
        [KU_BOOL] = DUCKDB_TYPE_BOOLEAN,        [KU_DATE] = DUCKDB_TYPE_DATE,
        [KU_TIMESTAMP] = DUCKDB_TYPE_TIMESTAMP, [KU_TEXT] = DUCKDB_TYPE_VARCHAR};
    return types[type];
}

static void put_texts(duckdb_vector vector, const ku_column *column, int64_t first, idx_t count)
{
    for (idx_t i = 0; i < count; i++) {
        int64_t row = first + (int64_t)i;
        if (!ku_column_valid(column, row)) continue;
        int32_t length;
        const char *text = ku_dictionary_at(&column->dictionary, column->as.codes[row], &length);
        duckdb_vector_assign_string_element_len(vector, i, text, (idx_t)length);
    }
}

static void put_values(duckdb_vector vector, const ku_column *column, int64_t first, idx_t count)
{
    void *data = duckdb_vector_get_data(vector);
    switch (column->type) {
    case KU_TEXT:
        put_texts(vector, column, first, count);
        break;
    case KU_BOOL:
        for (idx_t i = 0; i < count; i++)
            ((bool *)data)[i] = ku_column_bool(column, first + (int64_t)i);
        break;
    case KU_DATE:
        memcpy(data, column->as.days + first, count * sizeof(int32_t));
        break;
    default:
        memcpy(data, column->as.i64 + first, count * sizeof(int64_t));
        break;
    }
}

static void put_column(duckdb_vector vector, const ku_column *column, int64_t first, idx_t count)
{
    put_values(vector, column, first, count);
    if (column->nulls == 0) return;
    duckdb_vector_ensure_validity_writable(vector);
    uint64_t *validity = duckdb_vector_get_validity(vector);
    for (idx_t i = 0; i < count; i++)
        duckdb_validity_set_row_validity(validity, i, ku_column_valid(column, first + (int64_t)i));
}

static ku_status append_error(duckdb_appender appender, ku_error *err)
{
    duckdb_error_data error = duckdb_appender_error_data(appender);
    ku_status status = ku_duckdb_error(duckdb_error_data_message(error), err);
    duckdb_destroy_error_data(&error);
    return status;
}

static ku_status append_chunks(duckdb_appender appender, const ku_frame *rows, ku_error *err)
{
    duckdb_logical_type *types = calloc((size_t)rows->columns + 1, sizeof(duckdb_logical_type));
    if (types == NULL) return ku_error_set(err, KU_NO_MEMORY, rows->name, "no memory to add rows");
    for (int32_t c = 0; c < rows->columns; c++)
        types[c] = duckdb_create_logical_type(type_of(rows->column[c].type));
    duckdb_data_chunk chunk = duckdb_create_data_chunk(types, (idx_t)rows->columns);
    idx_t size = duckdb_vector_size();
    ku_status status = KU_OK;
    for (int64_t first = 0; status == KU_OK && first < rows->rows; first += (int64_t)size) {
        idx_t count = rows->rows - first < (int64_t)size ? (idx_t)(rows->rows - first) : size;
        duckdb_data_chunk_reset(chunk);
        for (int32_t c = 0; c < rows->columns; c++)
            put_column(duckdb_data_chunk_get_vector(chunk, (idx_t)c), &rows->column[c], first,
                       count);
        duckdb_data_chunk_set_size(chunk, count);
        if (duckdb_append_data_chunk(appender, chunk) != DuckDBSuccess)
            status = append_error(appender, err);
    }
    duckdb_destroy_data_chunk(&chunk);
    for (int32_t c = 0; c < rows->columns; c++) duckdb_destroy_logical_type(&types[c]);
    free(types);
    return status;
}

/* A temporary table goes first and is named as such: looked for by its name alone, the engine
 * takes the bank itself for its place, which may be open for reading only. */
static duckdb_state create_appender(duckdb_connection handle, const char *table,
                                    duckdb_appender *appender)
{
    if (duckdb_appender_create_ext(handle, "temp", NULL, table, appender) == DuckDBSuccess)
        return DuckDBSuccess;
    duckdb_appender_destroy(appender);
    return duckdb_appender_create(handle, NULL, table, appender);
}

ku_status ku_duckdb_append(void *connection, const char *table, const ku_frame *rows, ku_error *err)
{
    duckdb_connection handle = ((ku_duckdb_connection *)connection)->handle;
    duckdb_appender appender = NULL;
    ku_status status = KU_OK;
    if (create_appender(handle, table, &appender) != DuckDBSuccess)
        status = append_error(appender, err);
    for (int32_t c = 0; status == KU_OK && c < rows->columns; c++)
        if (duckdb_appender_add_column(appender, rows->column[c].name) != DuckDBSuccess)
            status = append_error(appender, err);
    if (status == KU_OK) status = append_chunks(appender, rows, err);
    if (status == KU_OK && duckdb_appender_close(appender) != DuckDBSuccess)
        status = append_error(appender, err);
    duckdb_appender_destroy(&appender);
    return status;
}
