/* Frames across the Arrow C Data Interface: both ways between us and DuckDB's own Arrow
 * export, and between export and import of our own. */
#include <duckdb.h>

#include "check.h"
#include "frames/arrow.h"
#include "frames/csv.h"
#include "frames/pack.h"

/* ---- DuckDB's export as frames -------------------------------------------------------- */

typedef struct engine {
    duckdb_database database;
    duckdb_connection connection;
} engine;

static int open_engine(void **state)
{
    static engine e;
    if (duckdb_open(NULL, &e.database) != DuckDBSuccess) return -1;
    if (duckdb_connect(e.database, &e.connection) != DuckDBSuccess) return -1;
    *state = &e;
    return 0;
}

static int close_engine(void **state)
{
    engine *e = *state;
    duckdb_disconnect(&e->connection);
    duckdb_close(&e->database);
    return 0;
}

static void no_arrow_error(duckdb_error_data error)
{
    if (duckdb_error_data_has_error(error)) fail_msg("%s", duckdb_error_data_message(error));
    duckdb_destroy_error_data(&error);
}

static void export_schema(duckdb_result *result, duckdb_arrow_options options,
                          struct ArrowSchema *schema)
{
    enum { MOST = 64 };
    duckdb_logical_type types[MOST];
    const char *names[MOST];
    idx_t count = duckdb_column_count(result);
    assert_true(count <= MOST);
    for (idx_t i = 0; i < count; i++) {
        types[i] = duckdb_column_logical_type(result, i);
        names[i] = duckdb_column_name(result, i);
    }
    no_arrow_error(duckdb_to_arrow_schema(options, types, names, count, schema));
    for (idx_t i = 0; i < count; i++) duckdb_destroy_logical_type(&types[i]);
}

/* The result of a query as DuckDB hands it over, one array a chunk. */
static ku_status query(engine *e, const char *sql, ku_frame **frame, ku_error *err)
{
    enum { MOST = 64 };
    duckdb_result result;
    struct ArrowSchema schema;
    struct ArrowArray batches[MOST];
    size_t count = 0;
    if (duckdb_query(e->connection, sql, &result) != DuckDBSuccess)
        fail_msg("%s", duckdb_result_error(&result));
    duckdb_arrow_options options = duckdb_result_get_arrow_options(&result);
    export_schema(&result, options, &schema);
    for (duckdb_data_chunk chunk; (chunk = duckdb_fetch_chunk(result)) != NULL; count++) {
        assert_true(count < MOST);
        no_arrow_error(duckdb_data_chunk_to_arrow(options, chunk, &batches[count]));
        duckdb_destroy_data_chunk(&chunk);
    }
    duckdb_destroy_arrow_options(&options);
    duckdb_destroy_result(&result);
    return ku_arrow_import("result", &schema, batches, count, frame, err);
}

static void check_csv(const ku_frame *frame, const char *expected)
{
    ku_text out = {0};
    ku_frame_csv_heading(frame, KU_CSV_EXACT, &out);
    ku_frame_csv_rows(frame, 0, frame->rows, KU_CSV_EXACT, &out);
    assert_string_equal(ku_text_string(&out), expected);
    ku_text_clear(&out);
}

static void check_query(engine *e, const char *sql, const char *expected)
{
    ku_frame *frame = NULL;
    ku_error err = {0};
    check_ok(query(e, sql, &frame, &err), &err);
    check_csv(frame, expected);
    ku_frame_free(frame);
}

static void every_type_of_duckdb_is_understood(void **state)
{
    engine *e = *state;
    check_query(e,
                "SELECT 1::TINYINT a, 200::UTINYINT b, -300::SMALLINT c, 60000::USMALLINT d, "
                "-70000::INTEGER e, 4000000000::UINTEGER f, -5000000000::BIGINT g, "
                "9000000000000000000::UBIGINT h, 170141183460469231::HUGEINT i",
                "a,b,c,d,e,f,g,h,i\n1,200,-300,60000,-70000,4000000000,-5000000000,"
                "9000000000000000000,170141183460469231\n");
    check_query(e,
                "SELECT 0.5::FLOAT a, 0.1::DOUBLE b, 123.45::DECIMAL(9,2) c, "
                "-0.001::DECIMAL(18,3) d, 1e30::DECIMAL(38,0) e, 'NaN'::DOUBLE f, true g",
                "a,b,c,d,e,f,g\n0.5,0.1,123.45,-0.001,1e+30,,true\n");
    check_query(e,
                "SELECT DATE '2026-11-23' a, TIMESTAMP '2026-11-23 17:50:33.25' b, "
                "TIMESTAMP_S '1969-12-31 23:59:59' c, TIMESTAMP_MS '2026-01-01 00:00:00.5' d, "
                "TIMESTAMP_NS '2026-01-01 00:00:00.000001' e, 'Ünï'::VARCHAR f, "
                "'red'::ENUM('blue', 'red') g",
                "a,b,c,d,e,f,g\n2026-11-23,2026-11-23T17:50:33.250000Z,1969-12-31T23:59:59Z,"
                "2026-01-01T00:00:00.500000Z,2026-01-01T00:00:00.000001Z,Ünï,red\n");
}

static void nulls_and_many_batches_are_joined(void **state)
{
    engine *e = *state;
    ku_frame *frame = NULL;
    ku_error err = {0};
    check_ok(query(e,
                   "SELECT CASE WHEN i % 3 = 0 THEN NULL ELSE i END a, i % 7 = 0 b, "
                   "CASE WHEN i % 5 = 0 THEN NULL ELSE 'name ' || (i % 11) END c "
                   "FROM range(10000) t(i) ORDER BY i",
                   &frame, &err),
             &err);
    assert_int_equal(frame->rows, 10000);
    const ku_column *a = ku_frame_column(frame, "a"), *c = ku_frame_column(frame, "c");
    assert_int_equal(a->nulls, 3334);
    assert_int_equal(c->nulls, 2000);
    assert_int_equal(c->dictionary.size, 11);
    ku_arena *arena = ku_arena_new();
    for (int64_t i = 0; i < frame->rows; i++) {
        assert_int_equal(ku_column_valid(a, i), i % 3 != 0);
        if (i % 3 != 0) assert_int_equal(a->as.i64[i], i);
        assert_int_equal(ku_column_bool(&frame->column[1], i), i % 7 == 0);
        if (i % 5 == 0) continue;
        char expected[16];
        snprintf(expected, sizeof expected, "name %d", (int)(i % 11));
        assert_string_equal(ku_column_text(c, i, arena), expected);
    }
    ku_arena_free(arena);
    ku_frame_free(frame);
    check_query(e, "SELECT 1 a, 'x' b WHERE false", "a,b\n");
}

static void a_type_not_understood_is_named(void **state)
{
    ku_frame *frame = NULL;
    ku_error err = {0};
    check_fails(KU_BAD_DATA, "not understood", query(*state, "SELECT [1, 2] AS list", &frame, &err),
                &err);
    assert_string_equal(err.where, "list");
    assert_null(frame);
    check_fails(KU_BAD_DATA, "too large",
                query(*state, "SELECT 18446744073709551615::UBIGINT AS big", &frame, &err), &err);
}

/* ---- there and back ------------------------------------------------------------------------ */

static ku_frame *sample(int64_t rows)
{
    static const ku_field fields[] = {{"whole", KU_INT64}, {"real", KU_DOUBLE},  {"yes", KU_BOOL},
                                      {"day", KU_DATE},    {"at", KU_TIMESTAMP}, {"word", KU_TEXT}};
    static const char *const words[] = {"red", "blue", "", "grün"};
    ku_frame_builder *builder = ku_frame_builder_new("sample", fields, 6);
    for (int64_t i = 0; i < rows; i++) {
        if (i % 3 != 1) ku_build_int(builder, 0, i * i - 50);
        ku_build_double(builder, 1, i % 4 == 3 ? NAN : (double)i / 8);
        if (i % 5 != 2) ku_build_bool(builder, 2, i % 2 == 0);
        ku_build_date(builder, 3, (int32_t)(20000 - i * 100));
        if (i % 7 != 0) ku_build_timestamp(builder, 4, i * 1000001 - 7);
        ku_build_text(builder, 5, i % 6 == 5 ? NULL : words[i % 4]);
        ku_build_row(builder);
    }
    ku_frame *frame = NULL;
    ku_error err = {0};
    check_ok(ku_frame_builder_finish(builder, &frame, &err), &err);
    return frame;
}

static void export_and_import_keep_every_bit(void **state)
{
    (void)state;
    static const int64_t sizes[] = {0, 1, 7, 8, 9, 1000};
    for (size_t s = 0; s < sizeof sizes / sizeof *sizes; s++) {
        ku_frame *frame = sample(sizes[s]);
        const void *values = frame->column[1].as.data;
        char before[KU_HASH_TEXT], after[KU_HASH_TEXT];
        struct ArrowSchema schema;
        struct ArrowArray array;
        ku_error err = {0};
        ku_frame_hash(frame, before);
        check_ok(ku_arrow_export(frame, &schema, &array, &err), &err);
        assert_int_equal(array.length, sizes[s]);
        check_ok(ku_arrow_import("sample", &schema, &array, 1, &frame, &err), &err);
        ku_frame_hash(frame, after);
        assert_string_equal(before, after);
        assert_ptr_equal(frame->column[1].as.data, values); /* not copied */
        ku_frame_free(frame);
    }
}

static void a_child_may_outlive_its_table(void **state)
{
    (void)state;
    struct ArrowSchema schema;
    struct ArrowArray array;
    ku_error err = {0};
    check_ok(ku_arrow_export(sample(100), &schema, &array, &err), &err);
    struct ArrowArray moved = *array.children[0];
    array.children[0]->release = NULL;
    array.release(&array);
    schema.release(&schema);
    assert_int_equal(((const int64_t *)moved.buffers[1])[99], 99 * 99 - 50);
    moved.release(&moved);
}

static void duckdb_reads_what_we_export(void **state)
{
    engine *e = *state;
    struct ArrowSchema schema;
    struct ArrowArray array;
    ku_error err = {0};
    check_ok(ku_arrow_export(sample(100), &schema, &array, &err), &err);
    duckdb_arrow_converted_schema converted = NULL;
    duckdb_data_chunk chunk = NULL;
    no_arrow_error(duckdb_schema_from_arrow(e->connection, &schema, &converted));
    no_arrow_error(duckdb_data_chunk_from_arrow(e->connection, &array, converted, &chunk));
    assert_int_equal(duckdb_data_chunk_get_size(chunk), 100);
    duckdb_vector whole = duckdb_data_chunk_get_vector(chunk, 0);
    assert_int_equal(((int64_t *)duckdb_vector_get_data(whole))[99], 99 * 99 - 50);
    assert_false(duckdb_validity_row_is_valid(duckdb_vector_get_validity(whole), 1));
    duckdb_destroy_data_chunk(&chunk);
    duckdb_destroy_arrow_converted_schema(&converted);
    if (array.release != NULL) array.release(&array);
    if (schema.release != NULL) schema.release(&schema);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_type_of_duckdb_is_understood),
        cmocka_unit_test(nulls_and_many_batches_are_joined),
        cmocka_unit_test(a_type_not_understood_is_named),
        cmocka_unit_test(export_and_import_keep_every_bit),
        cmocka_unit_test(a_child_may_outlive_its_table),
        cmocka_unit_test(duckdb_reads_what_we_export),
    };
    return cmocka_run_group_tests(tests, open_engine, close_engine);
}
