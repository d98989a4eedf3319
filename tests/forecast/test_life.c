/* Outliers and jumps that were put there are found and no others; the end of a product, and
 * its successor. */
#include "base/date.h"
#include "check.h"
#include "forecast/life/life.h"
#include "forecast/life/outliers.h"

enum { LONG = 120 };

static void is_marked(const bool *marks, int n, int only)
{
    for (int t = 0; t < n; t++)
        if (marks[t] != (t == only)) {
            print_error("period %d is %smarked; expected %d only\n", t, marks[t] ? "" : "not ",
                        only);
            fail();
        }
}

/* Months with a season, a trend, noise of 2 and one order of 60 too many. */
static void one_large_order(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    for (int season = 1; season <= 12; season += 11) {
        ku_outliers_work *w = ku_outliers_work_new(arena, LONG, season);
        ku_rng rng = ku_rng_make(3, (uint64_t)season);
        double y[LONG], soft[LONG], clean = 0;
        bool odd[LONG], jump[LONG];
        for (int t = 0; t < LONG; t++) {
            double wave = season > 1 ? 20 * sin(t * 0.5235987755982988) : 0;
            y[t] = 100 + 0.2 * t + wave + 4 * (ku_rng_uniform(&rng) - 0.5);
        }
        clean = y[70];
        assert_int_equal(ku_outliers_find(w, y, LONG, season, odd, jump, soft), 0);
        y[70] += 60;
        assert_int_equal(ku_outliers_find(w, y, LONG, season, odd, jump, soft), 1);
        is_marked(odd, LONG, 70);
        is_marked(jump, LONG, -1);
        check_near("softened", clean, soft[70], 0.05);
        assert_true(soft[69] == y[69]);
    }
    ku_arena_free(arena);
}

static void a_new_level(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_outliers_work *w = ku_outliers_work_new(arena, LONG, 1);
    ku_rng rng = ku_rng_make(4, 1);
    double y[LONG], soft[LONG];
    bool odd[LONG], jump[LONG];
    for (int t = 0; t < LONG; t++) y[t] = (t < 50 ? 100 : 160) + 4 * (ku_rng_uniform(&rng) - 0.5);
    ku_outliers_find(w, y, LONG, 1, odd, jump, soft);
    is_marked(jump, LONG, 50);
    /* Sparse and constant series have neither. */
    for (int t = 0; t < LONG; t++) y[t] = t % 5 == 0 ? 40 : 0;
    assert_int_equal(ku_outliers_find(w, y, LONG, 1, odd, jump, soft), 0);
    for (int t = 0; t < LONG; t++) y[t] = 7;
    assert_int_equal(ku_outliers_find(w, y, LONG, 1, odd, jump, soft), 0);
    ku_arena_free(arena);
}

static void zeros_at_the_end(void **state)
{
    (void)state;
    double y[40];
    ku_series s = {.n = 40, .value = y};
    for (int t = 0; t < 40; t++) y[t] = t < 30 ? 5 + t % 3 : 0;
    assert_int_equal(ku_life_gone(&s, 1, 6), 10);
    for (int t = 20; t < 26; t++) y[t] = 0; /* it was away for as long before */
    assert_int_equal(ku_life_gone(&s, 1, 6), 0);
    for (int t = 0; t < 40; t++) y[t] = 0;
    assert_int_equal(ku_life_gone(&s, 1, 6), 0);
}

/* The new one sells half as much again and overlaps for two months. */
static void a_successor_goes_on(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    double old_value[12], new_value[6], old_x[12], new_x[7];
    for (int t = 0; t < 12; t++) old_value[t] = t < 10 ? 100 + t : 60, old_x[t] = t;
    for (int t = 0; t < 6; t++) new_value[t] = 90;
    for (int t = 0; t < 7; t++) new_x[t] = 50 + t;
    ku_series series[] = {{.name = "mk1",
                           .n = 12,
                           .first = ku_date_from_civil(2024, 1, 1),
                           .value = old_value,
                           .x = old_x},
                          {.name = "mk2",
                           .n = 6,
                           .ahead = 1,
                           .first = ku_date_from_civil(2024, 11, 1),
                           .value = new_value,
                           .x = new_x}};
    const char *names[] = {"price"};
    ku_series_set set = {.period = {.months = true, .step = 1},
                         .count = 2,
                         .series = series,
                         .longest = 12,
                         .columns = 1,
                         .column = names};
    static const ku_field fields[] = {{"old", KU_TEXT}, {"new", KU_TEXT}, {"date", KU_DATE}};
    static const char *const rows[][2] = {{"mk1", "mk2"}, {"mk1", "mk1"}, {"mk1", "mk9"}};
    const char *replaced[2] = {NULL, NULL};
    static const char *const words[] = {"", "cannot replace itself", "no series \"mk9\""};
    for (int i = 0; i < 3; i++) {
        ku_frame_builder *b = ku_frame_builder_new("replacement", fields, 3);
        ku_build_text(b, 0, rows[i][0]);
        ku_build_text(b, 1, rows[i][1]);
        ku_build_date(b, 2, ku_date_from_civil(2024, 10, 1));
        ku_build_row(b);
        ku_frame *frame = NULL;
        ku_error err = {0};
        check_ok(ku_frame_builder_finish(b, &frame, &err), &err);
        if (i == 0)
            check_ok(ku_life_replace(frame, &set, replaced, arena, &err), &err);
        else
            check_fails(KU_BAD_DATA, words[i], ku_life_replace(frame, &set, replaced, arena, &err),
                        &err);
        ku_frame_free(frame);
    }
    const ku_series *s = &series[1];
    assert_int_equal(s->n, 16);
    assert_int_equal(set.longest, 16);
    assert_int_equal((int)s->first, ku_date_from_civil(2024, 1, 1));
    check_near("scaled", 150, s->value[0], 1e-12); /* 180 of both to 120 */
    check_near("on its way out", 1.5 * 108, s->value[9], 1e-12);
    check_near("its own", 90, s->value[10], 0);
    check_near("price", 50, s->x[10], 0);
    check_near("planned price", 56, s->x[16], 0);
    assert_true(isnan(s->x[9]));
    assert_non_null(strstr(replaced[1], "Goes on from \"mk1\""));
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_large_order),
        cmocka_unit_test(a_new_level),
        cmocka_unit_test(zeros_at_the_end),
        cmocka_unit_test(a_successor_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
