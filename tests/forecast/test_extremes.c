/* test_extremes.c - input of impossible sizes is refused in plain words or carried through
 * without a number that is none. */
#include "check.h"

#include <string.h>

#include "forecast/outlook.h"
#include "forecast/reconcile/reconcile.h"
#include "forecast/regress/regress.h"
#include "forecast/series.h"

static ku_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = ku_arena_new();
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    ku_arena_free(arena);
    return 0;
}

/* Reads one series of three values at these days. */
static ku_status read_days(const int32_t day[3], ku_error *err)
{
    static const ku_field fields[] = {{"series", KU_TEXT}, {"date", KU_DATE}, {"value", KU_DOUBLE}};
    ku_frame_builder *table = ku_frame_builder_new("series", fields, 3);
    ku_series_set set;
    ku_frame *frame;
    for (int i = 0; i < 3; i++) {
        ku_build_text(table, 0, "a");
        ku_build_date(table, 1, day[i]);
        ku_build_double(table, 2, i);
        ku_build_row(table);
    }
    assert_int_equal(ku_frame_builder_finish(table, &frame, err), KU_OK);
    ku_status status = ku_series_read(frame, "auto", arena, &set, err);
    ku_frame_free(frame);
    return status;
}

static void dates_outside_the_calendar_are_refused(void **state)
{
    (void)state;
    static const int32_t late[3] = {20000, 20001, INT32_MAX}, early[3] = {INT32_MIN, 1, 2};
    static const int32_t last[3] = {2932894, 2932895, 2932896};
    ku_error err = {0};
    assert_int_equal(read_days(late, &err), KU_BAD_DATA);
    assert_non_null(strstr(err.message, "years 1 to 9999"));
    assert_int_equal(read_days(early, &err), KU_BAD_DATA);
    assert_int_equal(read_days(last, &err), KU_OK);
}

/* A forecast of 1000 such periods would leave the calendar. */
static void dates_centuries_apart_are_refused(void **state)
{
    (void)state;
    static const int32_t far[3] = {0, 1000000, 2000000}, near[3] = {0, 36525, 73050};
    ku_error err = {0};
    assert_int_equal(read_days(far, &err), KU_BAD_DATA);
    assert_non_null(strstr(err.message, "1000000 days apart"));
    assert_int_equal(read_days(near, &err), KU_OK);
}

/* Variances are squares: those of values near 1e120 overflowed when multiplied. */
static void variances_of_any_size_reconcile_alike(void **state)
{
    (void)state;
    static const int32_t all[4] = {0, 0, 0, 0}, pairs[4] = {0, 0, 1, 1}, cross[4] = {0, 1, 0, 1};
    const ku_level level[3] = {{all, 1}, {pairs, 2}, {cross, 2}};
    const ku_hierarchy *h = ku_hierarchy_new(arena, 4, level, 3);
    const double unit[2] = {1, 0x1p790}; /* 1e238 */
    double base[9], variance[9], out[2][9];
    for (int i = 0; i < 9; i++) base[i] = 1 + i % 4;
    for (int k = 0; k < 2; k++) {
        for (int i = 0; i < 9; i++) variance[i] = (1 + i) * unit[k];
        ku_reconcile_options options = {.method = KU_WLS_VARIANCE, .variance = variance};
        ku_reconciler *r = ku_reconciler_new(arena, h, &options);
        ku_reconcile(r, base, 1e-12, out[k], KU_ARRAY(arena, ku_reconciler_room(r), double));
    }
    for (int i = 0; i < 9; i++) check_near("node", out[0][i], out[1][i], 1e-12);
}

/* A regressor of tiny steps whose plan is immense: the variance of its effect overflowed. */
static void an_immense_plan_stays_printable(void **state)
{
    (void)state;
    enum { N = 40, H = 3 };
    double y[N], x[N + H], bound_room[KU_BOUNDS][H], mean[H], effect[H], variance[H];
    double *bound[KU_BOUNDS];
    for (int t = 0; t < N + H; t++) x[t] = t < N ? 1e-60 * (t * 7 % 5) : 1e120;
    for (int t = 0; t < N; t++) y[t] = 1e100 * (3 + t * 7 % 5 + t * 3 % 4);
    ku_regress_data data = {.y = y, .n = N, .season = 1, .columns = 1, .ahead = H, .x = x};
    ku_regress_fit fit;
    ku_regress_work *work = ku_regress_work_new(arena, N, 1, 1);
    assert_true(ku_regress_room(arena, 1, &fit));
    assert_true(ku_regress_estimate(work, &data, &fit));
    ku_regress_ahead(&data, &fit, NULL, H, KU_ARRAY(arena, ku_regress_ahead_room(N, 1, H), double),
                     effect, variance);
    for (int k = 0; k < H; k++) mean[k] = y[k];
    for (int b = 0; b < KU_BOUNDS; b++) {
        bound[b] = bound_room[b];
        for (int k = 0; k < H; k++) bound[b][k] = (b % 2 ? 2 : 0.5) * y[k];
    }
    ku_regress_restore(&data, &fit, effect, variance, H, true, mean, bound);
    for (int k = 0; k < H; k++) {
        assert_true(isfinite(effect[k]) && isfinite(variance[k]) && isfinite(mean[k]));
        for (int b = 0; b < KU_BOUNDS; b++) assert_true(isfinite(bound[b][k]));
        assert_true(bound[2][k] <= bound[0][k] && bound[1][k] <= bound[3][k]);
    }
}

/* One value near nothing and one beyond measure make a season whose fits are beyond 1e170;
 * their squares overflowed. */
static void a_tiny_and_a_huge_value_have_a_deviation(void **state)
{
    (void)state;
    enum { N = 194, H = 4 };
    double y[N];
    for (int t = 0; t < N; t++) y[t] = t == 58 ? 1.8e-322 : t == 115 ? 7e60 : 49;
    ku_past past = {.y = y, .n = N, .season = 2, .seasons = {2}, .season_count = 1};
    static const char *const models[] = {"auto", "theta"};
    for (int m = 0; m < 2; m++) {
        ku_outlook_options options = {
            .horizon = H, .shortest = 3, .model = ku_outlook_model(models[m])};
        ku_outlook_work *work = ku_outlook_work_new(arena, N, 2, &options);
        ku_outlook out = {0};
        assert_true(work && ku_outlook_room(arena, H, N, &out));
        ku_outlook_make(work, &past, ku_rng_make(1, 2), &out);
        assert_true(out.forecast && isfinite(out.deviation) && isfinite(out.smape));
        for (int k = 0; k < H; k++)
            for (int b = 0; b < KU_BOUNDS; b++) assert_true(isfinite(out.bound[b][k]));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(dates_outside_the_calendar_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dates_centuries_apart_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(variances_of_any_size_reconcile_alike, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_immense_plan_stays_printable, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_tiny_and_a_huge_value_have_a_deviation, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
