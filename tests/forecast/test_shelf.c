/* test_shelf.c - from a table with a column of stock to demand: which rows count as empty
 * shelves, what becomes of the columns, and of periods without a row. */
#include "check.h"

#include <string.h>

#include "base/date.h"
#include "forecast/stock/shelf.h"

enum { N = 24 };

typedef struct table {
    ku_arena *arena;
    ku_frame_builder *rows;
    ku_frame *frame;
    ku_series_set set;
    ku_stock_summary *lost;
    ku_error err;
} table;

static int table_new(void **state)
{
    static const ku_field fields[] = {{"series", KU_TEXT},      {"date", KU_DATE},
                                      {"value", KU_DOUBLE},     {"price", KU_DOUBLE},
                                      {"available", KU_DOUBLE}, {"promotion", KU_DOUBLE},
                                      {"stockout", KU_BOOL}};
    table *t = calloc(1, sizeof *t);
    t->arena = ku_arena_new();
    t->rows = ku_frame_builder_new("series", fields, 7);
    *state = t;
    return 0;
}

static int table_end(void **state)
{
    table *t = *state;
    ku_frame_builder_free(t->rows);
    ku_frame_free(t->frame);
    ku_arena_free(t->arena);
    free(t);
    return 0;
}

/* available NaN: empty; stockout below 0: empty. Price is 10, promotion the month. */
static void put(table *t, int month, double value, double available, int stockout)
{
    ku_build_text(t->rows, 0, "Tea");
    ku_build_date(t->rows, 1, ku_date_from_civil(2024 + month / 12, month % 12 + 1, 1));
    ku_build_double(t->rows, 2, value);
    ku_build_double(t->rows, 3, 10);
    ku_build_double(t->rows, 4, available);
    ku_build_double(t->rows, 5, month);
    if (stockout >= 0) ku_build_bool(t->rows, 6, stockout > 0);
    ku_build_row(t->rows);
}

static ku_status go(table *t, ku_pool *threads)
{
    if (t->rows != NULL) check_ok(ku_frame_builder_finish(t->rows, &t->frame, &t->err), &t->err);
    t->rows = NULL;
    t->set = (ku_series_set){0};
    check_ok(ku_series_read(t->frame, "auto", t->arena, &t->set, &t->err), &t->err);
    check_ok(ku_series_seasons(&t->set, "1", &t->err), &t->err);
    return ku_shelf_uncensor(&t->set, threads, t->arena, &t->lost, &t->err);
}

/* 12 a month, with a half month in stock in June and a whole one out in September. */
static void both_columns(void **state)
{
    table *t = *state;
    for (int m = 0; m < N; m++) {
        double value = 12 + (m % 2 ? 1 : -1);
        if (m == 5)
            put(t, m, 6, 0.5, -1);
        else if (m == 8)
            put(t, m, 0, 0, 1);
        else if (m == 14)
            put(t, m, 14, NAN, 1);
        else if (m != 11)
            put(t, m, value, m % 3 ? 1 : NAN, 0);
    }
    check_ok(go(t, NULL), &t->err);
    const ku_series *s = &t->set.series[0];
    assert_int_equal(t->set.columns, 2);
    assert_string_equal(t->set.column[0], "price");
    assert_string_equal(t->set.column[1], "promotion");
    for (int m = 0; m < N; m++) {
        if (m != 11) check_near("price", 10, s->x[m], 0);
        if (m != 11) check_near("promotion", m, s->x[(size_t)(s->n + s->ahead) + (size_t)m], 0);
    }
    assert_non_null(t->lost);
    assert_int_equal(t->lost[0].periods, 3); /* the month without a row is not one of them */
    check_near("lost", s->value[5] - 6 + s->value[8] + s->value[14] - 14, t->lost[0].lost, 1e-9);
    check_near("half a month", 12, s->value[5], 0.03);
    check_near("a month without stock", 12, s->value[8], 0.05);
    assert_true(s->value[14] > 14 && s->value[14] < 20); /* at least what was sold */
    check_near("as it was filled", 12, s->value[11], 0.1);
    assert_true(s->value[3] == 13);
    const char *remark = ku_shelf_remark(&t->lost[0], s->n, t->arena);
    assert_non_null(strstr(remark, "more would have been asked for (95 % interval"));
}

static void always_in_stock(void **state)
{
    table *t = *state;
    for (int m = 0; m < N; m++) put(t, m, 12 + m % 5, 1, 0);
    check_ok(go(t, NULL), &t->err);
    for (int m = 0; m < N; m++) assert_true(t->set.series[0].value[m] == 12 + m % 5);
    assert_int_equal(t->lost[0].periods, 0);
    assert_string_equal(ku_shelf_remark(&t->lost[0], N, t->arena), "");
}

static void no_column_no_change(void **state)
{
    table *t = *state;
    for (int m = 0; m < N; m++) put(t, m, 12, NAN, -1);
    check_ok(go(t, NULL), &t->err);
    assert_null(t->lost);
    assert_int_equal(t->set.columns, 2);
    assert_string_equal(ku_shelf_remark(NULL, N, t->arena), "");
}

static void hardly_ever_in_stock(void **state)
{
    table *t = *state;
    for (int m = 0; m < N; m++) put(t, m, 12, m < 2 ? 1 : 0.5, -1);
    check_ok(go(t, NULL), &t->err);
    assert_true(t->set.series[0].value[5] == 12);
    assert_non_null(strstr(ku_shelf_remark(&t->lost[0], N, t->arena), "Fewer than three periods"));
}

static void shares_in_percent_are_refused(void **state)
{
    table *t = *state;
    for (int m = 0; m < N; m++) put(t, m, 12, m == 3 ? 80 : 1, -1);
    check_fails(KU_BAD_DATA, "\"Tea\" has 80 at 2024-04-01; the share of the period in stock",
                go(t, NULL), &t->err);
}

static void same_for_two_threads(void **state)
{
    table *t = *state;
    double alone[N];
    for (int m = 0; m < N; m++) put(t, m, 5 + m % 4, m % 6 ? 1 : 0.6, -1);
    check_ok(go(t, NULL), &t->err);
    memcpy(alone, t->set.series[0].value, sizeof alone);
    ku_pool *two = ku_pool_new(2);
    check_ok(go(t, two), &t->err);
    ku_pool_free(two);
    assert_memory_equal(alone, t->set.series[0].value, sizeof alone);
    assert_true(alone[6] > 7 && alone[1] == 6);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, table_new, table_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(both_columns),
        TEST(always_in_stock),
        TEST(no_column_no_change),
        TEST(hardly_ever_in_stock),
        TEST(shares_in_percent_are_refused),
        TEST(same_for_two_threads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
