/* test_query.c - what goes into the bank's engine comes back the same: types, nulls,
 * binds, large and empty results; and a query that is stopped. */
#include "bank/support.h"

#include <math.h>
#include <pthread.h>
#include <time.h>

#include "base/date.h"

static ku_frame *query(ku_bank *bank, const char *sql)
{
    ku_frame *frame = NULL;
    assert_ok(ku_bank_query, bank, "q", sql, NULL, 0, &frame);
    return frame;
}

static void types_round_trip(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    ku_frame *f = query(bank, "SELECT 42::TINYINT AS a, -7::BIGINT AS b, 2.5::FLOAT AS c, "
                              "1e300 AS d, true AS e, DATE '2024-02-29' AS f, "
                              "TIMESTAMP '1969-12-31 23:59:59.5' AS g, 'größer' AS h, "
                              "12.34::DECIMAL(9,2) AS i, 99::DECIMAL(30,0) AS j, "
                              "TIMESTAMP_MS '2024-02-29 12:00:00.123' AS k, "
                              "TIMESTAMP_NS '1969-12-31 23:59:59.999999999' AS l, "
                              "'b'::ENUM('a','b') AS m, 18446744073709551615::UBIGINT AS n");
    assert_int_equal(f->rows, 1);
    assert_string_equal(f->name, "q");
    assert_int_equal(int_at(f, "a", 0), 42);
    assert_int_equal(int_at(f, "b", 0), -7);
    assert_true(ku_frame_column(f, "c")->as.f64[0] == 2.5);
    assert_true(ku_frame_column(f, "d")->as.f64[0] == 1e300);
    assert_true(ku_column_bool(ku_frame_column(f, "e"), 0));
    assert_int_equal(ku_frame_column(f, "f")->as.days[0], ku_date_from_civil(2024, 2, 29));
    assert_int_equal(ku_frame_column(f, "g")->as.i64[0], -500000);
    assert_text_at(f, "h", 0, "größer");
    assert_true(ku_frame_column(f, "i")->as.f64[0] == 12.34);
    assert_int_equal(int_at(f, "j", 0), 99);
    assert_int_equal(ku_frame_column(f, "k")->as.i64[0],
                     ku_date_from_civil(2024, 2, 29) * KU_DAY_MICROS + 43200123000);
    assert_int_equal(ku_frame_column(f, "l")->as.i64[0], -1);
    assert_text_at(f, "m", 0, "b");
    assert_int_equal(ku_frame_column(f, "n")->type, KU_DOUBLE);
    assert_true(ku_frame_column(f, "n")->as.f64[0] == 18446744073709551615.0);
    ku_frame_free(f);
    ku_bank_close(bank);
}

static void nulls_and_what_counts_as_one(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    ku_frame *f = query(bank, "SELECT * FROM (VALUES (1, 'a', 1.0::DOUBLE, true), "
                              "(NULL, NULL, 'NaN'::DOUBLE, NULL), (3, '', NULL, false)) "
                              "AS t(i, t, d, b)");
    assert_int_equal(f->rows, 3);
    for (int c = 0; c < 2; c++) assert_int_equal(f->column[c].nulls, 1);
    assert_int_equal(ku_frame_column(f, "d")->nulls, 2);
    assert_false(ku_column_valid(ku_frame_column(f, "i"), 1));
    assert_int_equal(int_at(f, "i", 2), 3);
    assert_text_at(f, "t", 1, NULL);
    assert_text_at(f, "t", 2, "");
    assert_true(isnan(ku_column_number(ku_frame_column(f, "d"), 1)));
    assert_false(ku_column_bool(ku_frame_column(f, "b"), 2));
    ku_frame_free(f);
    f = query(bank, "SELECT DATE 'infinity' AS d, TIMESTAMP '-infinity' AS t");
    assert_int_equal(f->column[0].nulls + f->column[1].nulls, 2);
    ku_frame_free(f);
    ku_bank_close(bank);
}

static void whole_numbers_beyond_int64_make_the_column_double(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    ku_frame *f = query(bank, "SELECT v FROM (VALUES (1, 5::HUGEINT), (2, -9223372036854775808), "
                              "(3, NULL)) AS t(i, v) ORDER BY i");
    assert_int_equal(int_at(f, "v", 0), 5);
    assert_true(f->column[0].as.i64[1] == INT64_MIN);
    ku_frame_free(f);
    f = query(bank, "SELECT v FROM (VALUES (1, 5::HUGEINT), (2, NULL), "
                    "(3, -170141183460469231731687303715884105728)) AS t(i, v) ORDER BY i");
    assert_int_equal(f->column[0].type, KU_DOUBLE);
    assert_int_equal(f->column[0].nulls, 1);
    assert_true(f->column[0].as.f64[0] == 5.0);
    assert_true(f->column[0].as.f64[2] == -0x1p127);
    ku_frame_free(f);
    ku_bank_close(bank);
}

static void an_empty_result_has_its_columns(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    ku_frame *f = query(bank, "SELECT time, customer, amount FROM sale");
    assert_int_equal(f->rows, 0);
    assert_int_equal(f->columns, 3);
    assert_int_equal(ku_frame_column(f, "time")->type, KU_TIMESTAMP);
    assert_int_equal(ku_frame_column(f, "customer")->type, KU_TEXT);
    assert_int_equal(ku_frame_column(f, "amount")->type, KU_DOUBLE);
    ku_frame_free(f);
    ku_bank_close(bank);
}

/* Short texts, long texts that share their beginning, many different ones, over many chunks. */
static void texts_keep_their_rows(void **state)
{
    (void)state;
    enum { ROWS = 300000 };
    ku_bank *bank = memory_bank();
    ku_frame *f = query(bank, "SELECT i, 'p' || (i % 7) AS few, "
                              "'a rather long text number ' || (i % 5003) AS longer, "
                              "CASE WHEN i % 3 = 0 THEN NULL ELSE 'id' || i END AS each "
                              "FROM range(300000) AS t(i) ORDER BY i");
    assert_int_equal(f->rows, ROWS);
    assert_int_equal(ku_frame_column(f, "few")->dictionary.size, 7);
    assert_int_equal(ku_frame_column(f, "longer")->dictionary.size, 5003);
    assert_int_equal(ku_frame_column(f, "each")->dictionary.size, 200000);
    assert_int_equal(ku_frame_column(f, "each")->nulls, 100000);
    for (int64_t i = 0; i < ROWS; i += 997) {
        char expected[64];
        assert_int_equal(int_at(f, "i", i), i);
        snprintf(expected, sizeof expected, "p%d", (int)(i % 7));
        assert_text_at(f, "few", i, expected);
        snprintf(expected, sizeof expected, "a rather long text number %d", (int)(i % 5003));
        assert_text_at(f, "longer", i, expected);
        snprintf(expected, sizeof expected, "id%d", (int)i);
        assert_text_at(f, "each", i, i % 3 == 0 ? NULL : expected);
    }
    ku_frame_free(f);
    ku_bank_close(bank);
}

static void values_are_bound_by_name(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    const ku_bind binds[] = {
        {.name = "text", .type = KU_TEXT, .as.text = "'; DROP TABLE sale; --"},
        {.name = "n", .type = KU_INT64, .as.i64 = INT64_MIN},
        {.name = "x", .type = KU_DOUBLE, .as.f64 = 0.1},
        {.name = "yes", .type = KU_BOOL, .as.boolean = true},
        {.name = "day", .type = KU_DATE, .as.days = -1},
        {.name = "at", .type = KU_TIMESTAMP, .as.micros = 1},
        {.name = "none", .type = KU_TEXT, .null = true},
        {.name = "unused", .type = KU_TEXT, .as.text = "not in the query"},
    };
    ku_frame *f = NULL;
    assert_ok(ku_bank_query, bank, "q",
              "SELECT $none AS none, $text AS text, $n AS n, $x AS x, $yes AS yes, "
              "$day AS day, $at AS instant, $n + 1 AS again",
              binds, 8, &f);
    assert_text_at(f, "text", 0, "'; DROP TABLE sale; --");
    assert_true(int_at(f, "n", 0) == INT64_MIN);
    assert_true(int_at(f, "again", 0) == INT64_MIN + 1);
    assert_true(ku_frame_column(f, "x")->as.f64[0] == 0.1);
    assert_true(ku_column_bool(ku_frame_column(f, "yes"), 0));
    assert_int_equal(ku_frame_column(f, "day")->as.days[0], -1);
    assert_int_equal(ku_frame_column(f, "instant")->as.i64[0], 1);
    assert_int_equal(ku_frame_column(f, "none")->nulls, 1);
    ku_frame_free(f);
    ku_bank_close(bank);
}

static void wrong_queries_are_faults(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    ku_frame *f = NULL;
    ku_error err = {0};
    ku_bank_query(bank, "q", "SELECT $missing", NULL, 0, &f, &err);
    assert_says(&err, KU_FAULT, "", "$missing");
    ku_bank_query(bank, "q", "DROP TABLE sale", NULL, 0, &f, &err);
    assert_says(&err, KU_FAULT, "", "only read");
    ku_bank_query(bank, "q", "SELECT 1; SELECT 2", NULL, 0, &f, &err);
    assert_says(&err, KU_FAULT, "", "one statement");
    ku_bank_query(bank, "q", "SELECT nothing FROM sale", NULL, 0, &f, &err);
    assert_says(&err, KU_FAULT, "", "nothing");
    ku_bank_query(bank, "q", "SELECT [1, 2] AS list", NULL, 0, &f, &err);
    assert_says(&err, KU_FAULT, "list", "cannot hold");
    ku_bank_query(bank, "q", "SELECT error('late') FROM range(100000) t(i) WHERE i = 99999", NULL,
                  0, &f, &err);
    assert_says(&err, KU_BAD_DATA, "", "late");
    ku_bank_query(bank, "q", "INSTALL httpfs", NULL, 0, &f, &err);
    assert_int_equal(err.code, KU_FAULT);
    assert_null(f);
    ku_bank_close(bank);
}

static void nothing_is_fetched_by_itself(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    ku_frame *f = query(bank, "SELECT current_setting('autoinstall_known_extensions') AS a, "
                              "current_setting('autoload_known_extensions') AS b, "
                              "current_setting('allow_community_extensions') AS c, "
                              "current_setting('TimeZone') = 'UTC' AS utc");
    for (int i = 0; i < 3; i++) assert_false(ku_column_bool(&f->column[i], 0));
    assert_true(ku_column_bool(&f->column[3], 0));
    ku_frame_free(f);
    ku_bank_close(bank);
}

static void frames_append_and_come_back(void **state)
{
    (void)state;
    enum { ROWS = 5000 };
    ku_bank *bank = memory_bank();
    ku_frame_builder *b = ku_frame_builder_new("rows",
                                               (ku_field[]){{"name", KU_TEXT},
                                                            {"product", KU_TEXT},
                                                            {"unit_cost", KU_DOUBLE},
                                                            {"launched", KU_DATE},
                                                            {"batch", KU_INT64}},
                                               5);
    for (int i = 0; i < ROWS; i++) {
        char code[16];
        snprintf(code, sizeof code, "p%d", i);
        ku_build_text(b, 0, i % 4 == 0 ? NULL : "shared name");
        ku_build_text(b, 1, code);
        if (i % 2 == 0) ku_build_double(b, 2, i / 2.0);
        if (i % 5 != 0) ku_build_date(b, 3, i);
        ku_build_int(b, 4, 1);
        ku_build_row(b);
    }
    ku_frame *rows = NULL, *f = NULL;
    ku_session *session = NULL;
    assert_ok(ku_frame_builder_finish, b, &rows);
    assert_ok(ku_session_open, bank, &session);
    assert_ok(ku_session_append, session, "product_rows", rows);
    assert_ok(ku_session_query, session, "q", "SELECT * FROM product ORDER BY product[2:]::INT",
              NULL, 0, &f);
    assert_int_equal(f->rows, ROWS);
    assert_int_equal(ku_frame_column(f, "brand")->nulls, ROWS);
    assert_int_equal(ku_frame_column(f, "name")->nulls, ROWS / 4);
    for (int i = 0; i < ROWS; i += 7) {
        char code[16];
        snprintf(code, sizeof code, "p%d", i);
        assert_text_at(f, "product", i, code);
        assert_text_at(f, "name", i, i % 4 == 0 ? NULL : "shared name");
        assert_true(i % 2 == 0 ? ku_frame_column(f, "unit_cost")->as.f64[i] == i / 2.0
                               : !ku_column_valid(ku_frame_column(f, "unit_cost"), i));
        assert_true(i % 5 != 0 ? ku_frame_column(f, "launched")->as.days[i] == i
                               : !ku_column_valid(ku_frame_column(f, "launched"), i));
    }
    ku_frame_free(f);
    ku_frame_free(rows);
    ku_session_close(session);
    ku_bank_close(bank);
}

static void the_latest_row_of_a_key_is_shown(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    ku_session *s = NULL;
    ku_frame *f = NULL;
    assert_ok(ku_session_open, bank, &s);
    assert_ok(ku_session_exec, s,
              "INSERT INTO outlet_rows (outlet, name, batch) VALUES "
              "('a', 'old', 1), ('b', 'only', 1), ('a', 'new', 2)",
              NULL, 0, NULL);
    const char *names = "SELECT name FROM outlet ORDER BY outlet";
    assert_ok(ku_session_query, s, "q", names, NULL, 0, &f);
    assert_int_equal(f->rows, 2);
    assert_text_at(f, "name", 0, "new");
    assert_text_at(f, "name", 1, "only");
    ku_frame_free(f);
    int64_t changed = 0;
    assert_ok(ku_session_exec, s, "DELETE FROM outlet_rows WHERE batch = 2", NULL, 0, &changed);
    assert_int_equal(changed, 1);
    assert_ok(ku_session_query, s, "q", names, NULL, 0, &f);
    assert_text_at(f, "name", 0, "old");
    ku_frame_free(f);
    ku_session_close(s);
    ku_bank_close(bank);
}

static void what_is_not_committed_is_not_there(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    ku_session *s = NULL;
    int64_t rows = -1;
    const char *insert = "INSERT INTO calendar VALUES ('2024-01-01', 'New Year', NULL, 1, 1)";
    assert_ok(ku_session_open, bank, &s);
    assert_ok(ku_session_begin, s);
    assert_ok(ku_session_exec, s, insert, NULL, 0, NULL);
    ku_session_close(s);
    assert_ok(ku_session_open, bank, &s);
    assert_ok(ku_session_number, s, "SELECT count(*) FROM calendar", NULL, 0, &rows);
    assert_int_equal(rows, 0);
    assert_ok(ku_session_begin, s);
    assert_ok(ku_session_exec, s, insert, NULL, 0, NULL);
    assert_ok(ku_session_commit, s);
    ku_session_rollback(s);
    assert_ok(ku_session_number, s, "SELECT count(*) FROM calendar", NULL, 0, &rows);
    assert_int_equal(rows, 1);
    ku_session_close(s);
    ku_bank_close(bank);
}

typedef struct stopper {
    ku_bank *bank;
    volatile bool done;
} stopper;

static void *keep_interrupting(void *data)
{
    stopper *s = data;
    while (!s->done) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        ku_bank_interrupt(s->bank);
    }
    return NULL;
}

static void a_query_can_be_stopped(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    stopper s = {.bank = bank};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, keep_interrupting, &s), 0);
    ku_frame *f = NULL;
    ku_error err = {0};
    double began = ku_clock_seconds();
    ku_bank_query(bank, "q",
                  "SELECT sum(a.i * b.i % 7) FROM range(300000) a(i), range(300000) b(i)", NULL, 0,
                  &f, &err);
    s.done = true;
    pthread_join(thread, NULL);
    assert_says(&err, KU_CANCELLED, "", "cancelled");
    assert_true(ku_clock_seconds() - began < 10);
    f = query(bank, "SELECT 1 AS one");
    assert_int_equal(int_at(f, "one", 0), 1);
    ku_frame_free(f);
    ku_bank_close(bank);
}

static void an_interrupt_reaches_a_result_that_streams(void **state)
{
    (void)state;
    ku_bank *bank = memory_bank();
    stopper s = {.bank = bank};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, keep_interrupting, &s), 0);
    ku_frame *f = NULL;
    ku_error err = {0};
    ku_bank_query(bank, "q", "SELECT i FROM range(2000000000) t(i)", NULL, 0, &f, &err);
    s.done = true;
    pthread_join(thread, NULL);
    assert_int_equal(err.code, KU_CANCELLED);
    assert_null(f);
    ku_bank_close(bank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(types_round_trip),
        cmocka_unit_test(nulls_and_what_counts_as_one),
        cmocka_unit_test(whole_numbers_beyond_int64_make_the_column_double),
        cmocka_unit_test(an_empty_result_has_its_columns),
        cmocka_unit_test(texts_keep_their_rows),
        cmocka_unit_test(values_are_bound_by_name),
        cmocka_unit_test(wrong_queries_are_faults),
        cmocka_unit_test(nothing_is_fetched_by_itself),
        cmocka_unit_test(frames_append_and_come_back),
        cmocka_unit_test(the_latest_row_of_a_key_is_shown),
        cmocka_unit_test(what_is_not_committed_is_not_there),
        cmocka_unit_test(a_query_can_be_stopped),
        cmocka_unit_test(an_interrupt_reaches_a_result_that_streams),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
