/* test_stl.c - the decomposition into trend and seasons: against R's stl() and R forecast
 * 8.20's mstl(), and by identities that hold for any correct code. */
#include "check.h"

#include <string.h>
#include <time.h>

#include "forecast/mstl/mstl.h"
#include "kemudi/rng.h"

static const double reference_tolerance = 1e-9; /* R's results have 15 digits */
static const double rounding = 1e-11;

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

/* Column `wanted` (from 0) of a CSV file with a heading; returns the number of rows. */
static int read_column(const char *path, int wanted, double *to, int most)
{
    char line[4096];
    int n = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    while (n < most && fgets(line, sizeof line, file)) {
        const char *at = line;
        for (int i = 0; i < wanted; i++) {
            at = strchr(at, ',');
            assert_non_null(at);
            at++;
        }
        while (*at == '"' || *at == ' ') at++;
        to[n++] = strtod(at, NULL);
    }
    fclose(file);
    return n;
}

/* The airline passengers of the file of classic series. */
static int read_passengers(double *to)
{
    char path[512], line[256], name[32];
    int n = 0;
    double value;
    FILE *file = fopen(data_path("demand/oracle/classic_series.csv", path, sizeof path), "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file))
        if (sscanf(line, "%31[^,],%*d,%*[^,],%*d,%lf", name, &value) == 2 &&
            strcmp(name, "AirPassengers") == 0 && n < 144)
            to[n++] = value;
    fclose(file);
    return n;
}

static void passengers_as_in_r(void **state)
{
    (void)state;
    char path[512];
    double y[144], found[3][144], expected[144];
    data_path("demand/oracle/stl_AirPassengers_log_periodic.csv", path, sizeof path);
    assert_int_equal(read_passengers(y), 144);
    for (int t = 0; t < 144; t++) y[t] = log(y[t]);
    ku_stl_work *work = ku_stl_work_new(arena, 144, 12);
    ku_stl_options options = {.period = 12};
    assert_true(ku_stl(work, &options, y, 144, found[0], found[1], found[2]));
    for (int part = 0; part < 3; part++) {
        assert_int_equal(read_column(path, part, expected, 144), 144);
        for (int t = 0; t < 144; t++)
            check_near("part", expected[t], found[part][t], reference_tolerance);
    }
}

static ku_mstl_parts parts_of(int seasons, int n)
{
    ku_mstl_parts parts = {.count = 0};
    for (int i = 0; i < seasons; i++) parts.season[i] = KU_ARRAY(arena, (size_t)n, double);
    parts.trend = KU_ARRAY(arena, (size_t)n, double);
    parts.remainder = KU_ARRAY(arena, (size_t)n, double);
    return parts;
}

static void electricity_as_in_r(void **state)
{
    (void)state;
    enum { N = 4032, TAIL = 400 };
    static const int periods[] = {48, 336};
    char path[512], oracle[512];
    double expected[TAIL];
    double *y = KU_ARRAY(arena, N, double);
    data_path("demand/r_forecast/taylor.csv", path, sizeof path);
    data_path("demand/oracle/mstl_taylor_tail.csv", oracle, sizeof oracle);
    assert_int_equal(read_column(path, 1, y, N), N);
    ku_stl_work *work = ku_stl_work_new(arena, N, 336);
    ku_mstl_parts parts = parts_of(2, N);
    assert_true(ku_mstl(work, periods, 2, false, y, N, &parts));
    const double *found[] = {y, parts.trend, parts.season[0], parts.season[1], parts.remainder};
    for (int part = 0; part < 5; part++) {
        assert_int_equal(read_column(oracle, part, expected, TAIL), TAIL);
        for (int t = 0; t < TAIL; t++)
            check_near("part", expected[t], found[part][N - TAIL + t], reference_tolerance);
    }
}

/* A line, two seasons and noise of that size. */
static void make_series(double *y, int n, const int periods[2], double noise)
{
    ku_rng rng = ku_rng_make(7, 0);
    for (int t = 0; t < n; t++)
        y[t] = 100 + 0.1 * t + 8 * sin(6.283185307179586 * t / periods[0]) +
               5 * cos(6.283185307179586 * 2 * t / periods[1]) + noise * ku_rng_normal(&rng);
}

static void parts_add_up(void **state)
{
    (void)state;
    enum { N = 400 };
    static const int periods[] = {7, 30};
    double y[N];
    make_series(y, N, periods, 2);
    ku_stl_work *work = ku_stl_work_new(arena, N, 30);
    for (int robust = 0; robust < 2; robust++) {
        ku_mstl_parts parts = parts_of(2, N);
        assert_true(ku_mstl(work, periods, 2, robust, y, N, &parts));
        assert_int_equal(parts.count, 2);
        for (int t = 0; t < N; t++)
            check_near("sum", y[t],
                       parts.trend[t] + parts.season[0][t] + parts.season[1][t] +
                           parts.remainder[t],
                       rounding);
    }
}

/* Local lines reproduce a line and a season that does not change. */
static void exact_without_noise(void **state)
{
    (void)state;
    enum { N = 120 };
    static const double exact = 1e-9;
    double y[N], season[N], trend[N], remainder[N];
    ku_stl_work *work = ku_stl_work_new(arena, N, 12);
    for (int t = 0; t < N; t++) y[t] = 50 + 0.25 * t + (t % 12 - 5.5) * (t % 12 % 2 ? 1 : -1);
    double mean = 0; /* of the cycle: what the trend takes over */
    for (int j = 0; j < 12; j++) mean += (j - 5.5) * (j % 2 ? 1 : -1) / 12;
    ku_stl_options options = {.period = 12, .season_span = 11, .season_line = true};
    assert_true(ku_stl(work, &options, y, N, season, trend, remainder));
    for (int t = 0; t < N; t++) {
        check_near("trend", 50 + 0.25 * t + mean, trend[t], exact);
        check_near("remainder", 0, remainder[t], exact);
    }
    double cycle = 0;
    for (int t = 0; t < 12; t++) cycle += season[t];
    check_near("sum of a cycle", 0, cycle, exact);
}

static void outliers_do_not_bend_a_robust_trend(void **state)
{
    (void)state;
    enum { N = 144 };
    static const int periods[] = {12, 12};
    double clean[N], y[N], season[N], trend[2][N], remainder[N];
    make_series(clean, N, periods, 0.2);
    memcpy(y, clean, sizeof y);
    for (int t = 10; t < N; t += 29) y[t] += 60;
    ku_stl_work *work = ku_stl_work_new(arena, N, 12);
    ku_stl_options options = {.period = 12, .robust = true};
    assert_true(ku_stl(work, &options, clean, N, season, trend[0], remainder));
    assert_true(ku_stl(work, &options, y, N, season, trend[1], remainder));
    for (int t = 0; t < N; t++) check_near("trend", trend[0][t], trend[1][t], 2e-3);
    check_near("the outlier stays in the remainder", 60, remainder[10], 0.02);
}

static void strength_of_a_season(void **state)
{
    (void)state;
    enum { N = 240 };
    static const int periods[] = {12, 12};
    double y[N];
    ku_stl_work *work = ku_stl_work_new(arena, N, 12);
    make_series(y, N, periods, 1e-6);
    check_near("all season", 1, ku_stl_seasonality(work, y, N, 12), 1e-5);
    ku_rng rng = ku_rng_make(8, 0);
    for (int t = 0; t < N; t++) y[t] = ku_rng_normal(&rng);
    assert_true(ku_stl_seasonality(work, y, N, 12) < 0.5);
    for (int t = 0; t < N; t++) y[t] = 3;
    assert_true(ku_stl_seasonality(work, y, N, 12) == 0);
    assert_true(ku_stl_seasonality(work, y, 24, 12) == 0);
}

/* R 4.2: stl(AirPassengers, s.window = 9, robust = TRUE), October to December 1960. R's partial
 * sort is asked for the two middle remainders in falling order and does not always find them,
 * so its weights differ a little from those by the median. */
static void robust_as_in_r(void **state)
{
    (void)state;
    static const double expected[3][3] = {
        {-25.25790540464590, 490.6094536650168, -4.351548260370862},
        {-68.60625444170050, 495.3473974166928, -36.741142974992329},
        {-34.75366916958706, 500.0853411683689, -33.331671998781871},
    };
    static const double median_tolerance = 0.4; /* of values around 450 */
    double y[144], found[3][144];
    assert_int_equal(read_passengers(y), 144);
    ku_stl_work *work = ku_stl_work_new(arena, 144, 12);
    ku_stl_options options = {.period = 12, .season_span = 9, .robust = true};
    assert_true(ku_stl(work, &options, y, 144, found[0], found[1], found[2]));
    for (int t = 0; t < 3; t++)
        for (int part = 0; part < 3; part++)
            assert_true(fabs(expected[t][part] - found[part][141 + t]) < median_tolerance);
}

/* mstl() of R forecast 8.20: 1 - var(remainder) / var(season + remainder). */
static void strength_as_in_r(void **state)
{
    (void)state;
    double y[144];
    assert_int_equal(read_passengers(y), 144);
    ku_stl_work *work = ku_stl_work_new(arena, 144, 12);
    check_near("passengers", 0.9406724903102184, ku_stl_seasonality(work, y, 144, 12),
               reference_tolerance);
}

static void refuses_what_it_cannot_do(void **state)
{
    (void)state;
    double y[100] = {0}, season[100], trend[100], remainder[100];
    ku_stl_work *work = ku_stl_work_new(arena, 100, 50);
    ku_stl_options options = {.period = 50};
    assert_false(ku_stl(work, &options, y, 100, season, trend, remainder));
    options.period = 1;
    assert_false(ku_stl(work, &options, y, 100, season, trend, remainder));
    options.period = 49;
    assert_true(ku_stl(work, &options, y, 100, season, trend, remainder));
    for (int t = 0; t < 100; t++) assert_true(remainder[t] == 0);
    ku_mstl_parts parts = parts_of(2, 100);
    static const int periods[] = {7, 5000};
    assert_true(ku_mstl(work, periods, 2, false, y, 100, &parts));
    assert_int_equal(parts.count, 1);
    assert_false(ku_mstl(work, periods + 1, 1, false, y, 100, &parts));
}

/* Time must grow with the length only, however long the season. */
static void long_seasons_are_quick(void **state)
{
    (void)state;
    enum { N = 12000 };
    static const int periods[] = {24, 5000};
    double *y = KU_ARRAY(arena, N, double);
    make_series(y, N, periods, 1);
    ku_stl_work *work = ku_stl_work_new(arena, N, 5000);
    ku_mstl_parts parts = parts_of(2, N);
    clock_t began = clock();
    assert_true(ku_mstl(work, periods, 2, false, y, N, &parts));
    assert_true(clock() - began < 2 * CLOCKS_PER_SEC);
    assert_int_equal(parts.count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(passengers_as_in_r, set_up, tear_down),
        cmocka_unit_test_setup_teardown(electricity_as_in_r, set_up, tear_down),
        cmocka_unit_test_setup_teardown(parts_add_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(exact_without_noise, set_up, tear_down),
        cmocka_unit_test_setup_teardown(outliers_do_not_bend_a_robust_trend, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strength_of_a_season, set_up, tear_down),
        cmocka_unit_test_setup_teardown(strength_as_in_r, set_up, tear_down),
        cmocka_unit_test_setup_teardown(robust_as_in_r, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refuses_what_it_cannot_do, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_seasons_are_quick, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
