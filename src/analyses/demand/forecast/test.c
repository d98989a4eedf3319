/* test.c - demand.forecast as a whole: the worked example against R, the dates, every
 * kind of bad or meagre input, the bank's query, and the same bits for any threads. */
#include "check.h"

#include <fcntl.h>
#include <string.h>

#include "analyses/check.h"
#include "bank/session.h"
#include "base/date.h"
#include "forecast/series.h"
#include "runs/context.h"

#define ID "demand.forecast"
enum { MOST = 400 };

/* One run of the analysis and what it needs. */
typedef struct run {
    ku_arena *arena;
    ku_frame_builder *rows;
    ku_frames in, out;
    ku_control control;
    ku_error err;
    ku_param_text param[8];
    size_t params;
    unsigned threads;
} run;

/* Columns without a value are no regressors. */
static ku_frame_builder *series_rows(void)
{
    static const ku_field fields[] = {{"series", KU_TEXT},  {"date", KU_DATE_OR_INT64},
                                      {"value", KU_DOUBLE}, {"complete", KU_BOOL},
                                      {"price", KU_DOUBLE}, {"promotion", KU_BOOL},
                                      {"words", KU_TEXT}};
    return ku_frame_builder_new("series", fields, 7);
}

static int run_new(void **state)
{
    run *r = calloc(1, sizeof *r);
    r->arena = ku_arena_new();
    r->rows = series_rows();
    r->threads = 1;
    ku_frames_init(&r->in);
    ku_frames_init(&r->out);
    *state = r;
    return 0;
}

static int run_end(void **state)
{
    run *r = *state;
    ku_frame_builder_free(r->rows);
    ku_frames_clear(&r->in);
    ku_frames_clear(&r->out);
    ku_arena_free(r->arena);
    free(r);
    return 0;
}

static void put(run *r, const char *series, int32_t date, double value)
{
    ku_build_text(r->rows, 0, series);
    ku_build_date(r->rows, 1, date);
    ku_build_double(r->rows, 2, value);
    ku_build_row(r->rows);
}

/* Another input for the same test, with no settings. */
static void rows_again(run *r)
{
    ku_frames_clear(&r->in);
    ku_frames_clear(&r->out);
    ku_frame_builder_free(r->rows);
    r->rows = series_rows();
    r->params = 0;
}

static void with(run *r, const char *name, const char *value)
{
    r->param[r->params++] = (ku_param_text){name, value};
}

/* Runs on the rows put so far. */
static ku_status go(run *r)
{
    const ku_analysis *analysis = ku_analysis_find(ID);
    ku_params *params;
    assert_non_null(analysis);
    if (r->rows != NULL) {
        ku_frame *frame;
        check_ok(ku_frame_builder_finish(r->rows, &frame, &r->err), &r->err);
        check_ok(ku_frames_add(&r->in, frame, &r->err), &r->err);
        r->rows = NULL;
    }
    ku_frames_clear(&r->out);
    check_ok(ku_params_parse(analysis, r->param, r->params, r->arena, &params, &r->err), &r->err);
    ku_run_context context = {.analysis = analysis,
                              .arena = r->arena,
                              .seed = 5,
                              .pool = ku_pool_new(r->threads),
                              .control = &r->control,
                              .messages = open("/dev/null", O_WRONLY | O_CLOEXEC)};
    ku_status status = analysis->run(&r->in, params, &context, &r->out, &r->err);
    close(context.messages);
    ku_pool_free(context.pool);
    return status;
}

static double number(const run *r, const char *table, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(ku_frames_find(&r->out, table), column), row);
}

static const char *text(const run *r, const char *table, const char *column, int64_t row)
{
    const char *found = ku_column_text(ku_frame_column(ku_frames_find(&r->out, table), column), row,
                                       r->arena);
    return found != NULL ? found : "";
}

static int64_t rows(const run *r, const char *table)
{
    return ku_frames_find(&r->out, table)->rows;
}

static int32_t day(int year, int month, int date)
{
    return ku_date_from_civil(year, month, date);
}

/* Every number of the forecast is there and finite, and the bounds nest. */
static void sound(const run *r)
{
    for (int64_t i = 0; i < rows(r, "forecast"); i++) {
        double lo95 = number(r, "forecast", "lo95", i), lo80 = number(r, "forecast", "lo80", i);
        double mean = number(r, "forecast", "mean", i);
        double hi80 = number(r, "forecast", "hi80", i), hi95 = number(r, "forecast", "hi95", i);
        assert_true(isfinite(lo95) && isfinite(mean) && isfinite(hi95));
        assert_true(lo95 <= lo80 && lo80 <= mean && mean <= hi80 && hi80 <= hi95);
    }
}

/* ---- the worked example -------------------------------------------------------------------- */

static void put_example(run *r)
{
    const char *at = ku_analysis_file(ku_analysis_find(ID), "example/series.csv", NULL);
    assert_non_null(at);
    for (at = strchr(at, '\n') + 1; *at != '\0'; at = strchr(at, '\n') + 1) {
        char name[32];
        int year, month, date;
        double value = NAN;
        assert_true(sscanf(at, "%31[^,],%d-%d-%d,%lf", name, &year, &month, &date, &value) >= 4);
        put(r, name, day(year, month, date), value);
    }
}

static void descriptor_is_consistent(void **state)
{
    run *r = *state;
    check_ok(ku_analysis_check(ku_analysis_find(ID), &r->err), &r->err);
}

/* Coffee: R forecast 8.20's ets() chooses the same model and finds the same optimum.
 * Umbrellas: R stops at ETS(M,N,A) with AICc 366.64; the multiplied season, which made the
 * data, is better. */
static void smoothing_agrees_with_r(void **state)
{
    run *r = *state;
    put_example(r);
    with(r, "horizon", "6");
    with(r, "model", "ets");
    with(r, "intervals", "model");
    check_ok(go(r), &r->err);
    sound(r);
    assert_int_equal(rows(r, "forecast"), 18);
    assert_string_equal(text(r, "models", "model", 0), "ETS(A,N,N)");
    assert_string_equal(text(r, "models", "model", 1), "ETS(M,N,M)");
    check_near("loglik", -154.426748784192, number(r, "models", "loglik", 0), 1e-6);
    check_near("aicc", 315.603497568383, number(r, "models", "aicc", 0), 1e-6);
    assert_true(number(r, "models", "aicc", 1) < 366.640778);
    check_near("mean", 310.8423, number(r, "forecast", "mean", 5), 1e-4);
    check_near("lo80", 286.8891, number(r, "forecast", "lo80", 5), 1e-4);
    check_near("hi95", 347.4756, number(r, "forecast", "hi95", 5), 1e-4);
    assert_int_equal((int)number(r, "forecast", "date", 0), day(2026, 1, 1));
    assert_int_equal(rows(r, "course"), 3 * (36 + 6));
}

static void season_is_found_and_continued(void **state)
{
    run *r = *state;
    static const double shape[4] = {80, 120, 150, 50};
    for (int t = 0; t < 24; t++)
        put(r, "ice", day(2018 + t / 4, 1 + 3 * (t % 4), 1), shape[t % 4] + (t * 7 % 5) - 2);
    with(r, "horizon", "8");
    check_ok(go(r), &r->err);
    sound(r);
    assert_string_equal(text(r, "models", "period", 0), "quarter");
    check_near("season", 4, number(r, "models", "season", 0), 0);
    for (int h = 0; h < 8; h++)
        check_near("continued", shape[h % 4], number(r, "forecast", "mean", h), 0.03);
}

/* Three years of weeks under a wave of a year: the forecast must know the season. */
static void long_season_by_waves(void **state)
{
    run *r = *state;
    ku_rng rng = ku_rng_make(1, 1);
    for (int t = 0; t < 156; t++)
        put(r, "beer", day(2020, 1, 6) + 7 * t,
            1000 * exp(0.4 * sin(6.283185307179586 * t / 52) + 0.05 * ku_rng_normal(&rng)));
    with(r, "horizon", "26");
    with(r, "model", "ets");
    check_ok(go(r), &r->err);
    sound(r);
    assert_string_equal(text(r, "models", "period", 0), "week");
    check_near("season", 52, number(r, "models", "season", 0), 0);
    assert_non_null(strstr(text(r, "models", "parameters", 0), "multiplied"));
    for (int h = 0; h < 26; h++)
        check_near("wave", 1000 * exp(0.4 * sin(6.283185307179586 * h / 52)),
                   number(r, "forecast", "mean", h), 0.1);
}

/* ---- dates ------------------------------------------------------------------------------------ */

static void dates_run_on(void **state)
{
    run *r = *state;
    for (int t = 0; t < 14; t++) {
        int year = 2022 + (t + 10) / 12, month = (t + 10) % 12 + 1;
        put(r, "ends", day(year, month, ku_month_days(year, month)), 10 + t % 3);
    }
    with(r, "horizon", "3");
    check_ok(go(r), &r->err);
    assert_string_equal(text(r, "models", "period", 0), "month");
    assert_int_equal((int)number(r, "forecast", "date", 0), day(2024, 1, 31));
    assert_int_equal((int)number(r, "forecast", "date", 1), day(2024, 2, 29));
    assert_int_equal((int)number(r, "forecast", "date", 2), day(2024, 3, 31));
}

static void put_number(run *r, const char *series, int64_t date, double value)
{
    ku_build_text(r->rows, 0, series);
    ku_build_int(r->rows, 1, date);
    ku_build_double(r->rows, 2, value);
    ku_build_row(r->rows);
}

/* Whole numbers for dates, in any order, every second one, one left out. */
static void numbered_periods(void **state)
{
    run *r = *state;
    static const double shape[4] = {80, 120, 150, 50};
    for (int t = 23; t >= 0; t--)
        if (t != 9) put_number(r, "ice", 2 * t - 10, shape[t % 4] + (t * 7 % 5) - 2);
    with(r, "period", "4");
    with(r, "horizon", "8");
    check_ok(go(r), &r->err);
    sound(r);
    check_near("season", 4, number(r, "models", "season", 0), 0);
    check_near("periods", 24, number(r, "models", "periods", 0), 0);
    assert_true(ku_frame_column(ku_frames_find(&r->out, "forecast"), "date")->type == KU_INT64);
    assert_non_null(strstr(text(r, "models", "remark", 0), "1 of 24 periods are missing"));
    for (int h = 0; h < 8; h++) {
        check_near("date", 38 + 2 * h, number(r, "forecast", "date", h), 0);
        check_near("continued", shape[h % 4], number(r, "forecast", "mean", h), 0.03);
    }
}

static void numbers_tell_no_month(void **state)
{
    run *r = *state;
    put_number(r, "a", 1, 1);
    put_number(r, "a", 2, 1);
    with(r, "period", "month");
    check_fails(KU_USAGE, "whole numbers, which tell no month", go(r), &r->err);
}

static void too_large_date_is_refused(void **state)
{
    run *r = *state;
    put_number(r, "a", 1, 1);
    put_number(r, "a", INT64_MIN, 1);
    check_fails(KU_BAD_DATA, "too large", go(r), &r->err);
    assert_string_equal(r->err.where, "series, row 2");
}

static void seasons_are_read(void **state)
{
    (void)state;
    ku_series_set set = {0};
    ku_error err = {0};
    check_ok(ku_series_seasons(&set, " 168, 24,24,1", &err), &err);
    assert_int_equal(set.season, 24);
    assert_int_equal(set.season_count, 2);
    assert_int_equal(set.seasons[1], 168);
    check_ok(ku_series_seasons(&set, "1", &err), &err);
    assert_int_equal(set.season, 1);
    assert_int_equal(set.season_count, 0);
    static const char *const wrong[] = {"",     "0",         "12,",   "1.5",
                                        "12;4", "1,2,3,4,5", "10001", "week"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        check_fails(KU_USAGE, "whole numbers", ku_series_seasons(&set, wrong[i], &err), &err);
}

static void named_period_floors_dates(void **state)
{
    run *r = *state;
    for (int t = 0; t < 12; t++) put(r, "a", day(2023, t + 1, 1 + t), 5 + t % 2);
    with(r, "period", "month");
    with(r, "horizon", "1");
    check_ok(go(r), &r->err);
    assert_int_equal((int)number(r, "forecast", "date", 0), day(2024, 1, 1));
}

static void gap_is_filled_and_told(void **state)
{
    run *r = *state;
    for (int t = 0; t < 12; t++)
        if (t != 5) put(r, "a", day(2023, t + 1, 1), 10 * t);
    with(r, "horizon", "1");
    check_ok(go(r), &r->err);
    assert_non_null(strstr(text(r, "models", "remark", 0), "1 of 12 periods are missing"));
    check_near("filled", 50, number(r, "course", "value", 5), 1e-12);
}

static void mostly_gaps_get_no_forecast(void **state)
{
    run *r = *state;
    put(r, "full", day(2020, 1, 1), 1);
    put(r, "full", day(2020, 1, 2), 2);
    put(r, "full", day(2020, 1, 3), 1);
    put(r, "holes", day(1, 1, 1), 1);
    put(r, "holes", day(9999, 12, 31), 3);
    check_ok(go(r), &r->err);
    assert_string_equal(text(r, "models", "model", 1), "none");
    assert_non_null(strstr(text(r, "models", "remark", 1), "More than half"));
    assert_int_equal(rows(r, "forecast"), 12);
}

static void unfinished_period_is_left_out(void **state)
{
    run *r = *state;
    for (int t = 0; t < 10; t++) {
        ku_build_bool(r->rows, 3, t > 0 && t < 9);
        put(r, "a", day(2023, t + 1, 1), 10 + t % 4);
    }
    with(r, "horizon", "1");
    check_ok(go(r), &r->err);
    check_near("periods", 8, number(r, "models", "periods", 0), 0);
    assert_int_equal((int)number(r, "forecast", "date", 0), day(2023, 10, 1));
    assert_non_null(strstr(text(r, "models", "remark", 0), "unfinished"));
}

/* Parts that sold once or never lean on their many siblings: alone, one sale in two years is
 * all there is to go by. */
static void counts_lean_on_their_siblings(void **state)
{
    run *r = *state;
    double mean[2] = {0, 0};
    for (int others = 0; others < 2; others++) {
        if (others) rows_again(r);
        for (int t = 0; t < 24; t++) {
            put(r, "a", day(2022 + t / 12, t % 12 + 1, 1), t == 20);
            for (int k = 0; others && k < 40; k++) {
                char name[8];
                snprintf(name, sizeof name, "b%02d", k);
                put(r, name, day(2022 + t / 12, t % 12 + 1, 1), (t * 7 + k * 5) % 4 + 1);
            }
        }
        with(r, "model", "counts");
        with(r, "horizon", "3");
        check_ok(go(r), &r->err);
        mean[others] = number(r, "forecast", "mean", 0);
        assert_true(number(r, "forecast", "lo95", 0) >= 0);
    }
    printf("# alone %.3f, among siblings %.3f\n", mean[0], mean[1]);
    assert_true(mean[1] > 1.2 * mean[0] && mean[1] < 2.5); /* the siblings' rate is 2.5 */
}

/* ---- meagre and bad input ---------------------------------------------------------------------- */

static void meagre_series_get_a_plain_answer(void **state)
{
    run *r = *state;
    for (int t = 0; t < 24; t++) {
        int32_t date = day(2022 + t / 12, t % 12 + 1, 1);
        put(r, "1 constant", date, 7);
        put(r, "2 zero", date, 0);
        put(r, "3 negative", date, -50 - t % 5);
        put(r, "4 huge", date, 1e100 * (1 + t % 7));
        put(r, "5 tiny", date, 1e-100 * (1 + t % 7));
        put(r, "6 line", date, 3 * t);
        put(r, "7 falling", date, t < 12 ? 100 - 9 * t : 0);
        put(r, "8 jump", date, t < 20 ? 1 : 1e12);
        if (t < 2) put(r, "9 two", date, 4 + t);
        if (t < 3) put(r, "A three", date, 4 + t * t);
        if (t < 6) put(r, "B six", date, 4 + t * t % 7);
    }
    check_ok(go(r), &r->err);
    sound(r);
    assert_string_equal(text(r, "models", "model", 0), "constant");
    check_near("constant", 7, number(r, "forecast", "mean", 11), 0);
    check_near("zero", 0, number(r, "forecast", "hi95", 12), 0);
    assert_true(number(r, "forecast", "mean", 24) < -45);
    check_near("line", 72, number(r, "forecast", "mean", 60), 0.05); /* not all believe in trends */
    assert_true(number(r, "forecast", "lo95", 6 * 12 + 11) >= 0);
    assert_string_equal(text(r, "models", "model", 8), "none");
    assert_non_null(strstr(text(r, "models", "remark", 8), "2 periods only"));
    assert_string_equal(text(r, "models", "model", 9), "last value");
    check_near("last value", 8, number(r, "forecast", "mean", 8 * 12), 0);
    assert_int_equal(rows(r, "forecast"), 10 * 12);
}

static void two_values_of_one_date_are_refused(void **state)
{
    run *r = *state;
    put(r, "a", day(2023, 1, 1), 1);
    put(r, "a", day(2023, 2, 1), 2);
    put(r, "a", day(2023, 1, 1), 3);
    check_fails(KU_BAD_DATA, "two values", go(r), &r->err);
    assert_string_equal(r->err.where, "series, rows 1 and 3");
}

static void too_large_value_is_refused(void **state)
{
    run *r = *state;
    put(r, "a", day(2023, 1, 1), 1);
    put(r, "a", day(2023, 2, 1), 1e300);
    check_fails(KU_BAD_DATA, "usual size", go(r), &r->err);
    assert_string_equal(r->err.where, "series, row 2");
}

/* A row without a value is a gap among values, and the future behind them. */
static void missing_values_are_gaps(void **state)
{
    run *r = *state;
    for (int t = 0; t < 14; t++)
        put(r, "a", day(2023 + t / 12, t % 12 + 1, 1), t == 5 || t > 11 ? (double)NAN : 10.0 * t);
    put(r, "none", day(2023, 1, 1), NAN);
    with(r, "horizon", "1");
    check_ok(go(r), &r->err);
    check_near("periods", 12, number(r, "models", "periods", 0), 0);
    assert_non_null(strstr(text(r, "models", "remark", 0), "1 of 12 periods are missing"));
    check_near("filled", 50, number(r, "course", "value", 5), 1e-12);
    assert_int_equal((int)number(r, "forecast", "date", 0), day(2024, 1, 1));
    assert_non_null(strstr(text(r, "models", "remark", 1), "No period has a value"));
}

static void no_rows_are_refused(void **state)
{
    run *r = *state;
    check_fails(KU_BAD_DATA, "not one row", go(r), &r->err);
}

static void cancel_ends_the_run(void **state)
{
    run *r = *state;
    put_example(r);
    atomic_store(&r->control.cancel, 1);
    check_fails(KU_CANCELLED, "cancelled", go(r), &r->err);
}

static void model_that_does_not_fit_is_replaced(void **state)
{
    run *r = *state;
    for (int t = 0; t < 24; t++) put(r, "a", day(2022 + t / 12, t % 12 + 1, 1), t % 5 - 2);
    with(r, "model", "MAM");
    check_ok(go(r), &r->err);
    sound(r);
    assert_non_null(strstr(text(r, "models", "remark", 0), "another was chosen"));
    assert_non_null(strstr(text(r, "models", "why", 0), "Mean of"));
}

/* ---- regressors ---------------------------------------------------------------------------------- */

/* Demand 200 - 10 price + 60 in a promotion + noise, two years of weeks, six planned. */
static void put_driven(run *r, const char *series, bool planned)
{
    ku_rng rng = ku_rng_make(9, 9);
    for (int t = 0; t < 110; t++) {
        double price = 8 + ku_rng_uniform(&rng) * 4, promotion = ku_rng_uniform(&rng) < 0.2;
        double noise = 4 * ku_rng_normal(&rng);
        if (t >= 104) promotion = t == 105, price = 10;
        if (t < 104 || planned) {
            ku_build_double(r->rows, 4, price);
            ku_build_bool(r->rows, 5, promotion > 0);
        }
        ku_build_text(r->rows, 6, "words");
        put(r, series, day(2022, 1, 3) + 7 * t,
            t < 104 ? 200 - 10 * price + 60 * promotion + noise : (double)NAN);
    }
}

static void regressors_are_used(void **state)
{
    run *r = *state;
    put_driven(r, "planned", true);
    put_driven(r, "unplanned", false);
    with(r, "horizon", "6");
    with(r, "season", "1");
    check_ok(go(r), &r->err);
    sound(r);
    assert_int_equal(rows(r, "effects"), 4);
    assert_string_equal(text(r, "effects", "regressor", 0), "price");
    check_near("price", -10, number(r, "effects", "effect", 0), 0.1);
    check_near("promotion", 60, number(r, "effects", "effect", 1), 0.1);
    assert_true(number(r, "effects", "lo95", 0) < -10 && number(r, "effects", "hi95", 0) > -10);
    check_near("without", 100, number(r, "forecast", "mean", 0), 0.06);
    check_near("with the promotion", 160, number(r, "forecast", "mean", 1), 0.06);
    assert_non_null(strstr(text(r, "models", "remark", 1), "2 regressors are not planned"));
    /* Not knowing price and promotion costs certainty. */
    double known = number(r, "forecast", "hi95", 0) - number(r, "forecast", "lo95", 0);
    double unknown = number(r, "forecast", "hi95", 6) - number(r, "forecast", "lo95", 6);
    assert_true(unknown > 2 * known);
    check_near("fits know the promotion", 0.04, number(r, "models", "smape", 0), 0.03);
}

static void put_scenario(run *r, ku_frame_builder *b, const char *name, const char *series,
                         int week, double price)
{
    (void)r;
    ku_build_text(b, 0, name);
    ku_build_text(b, 1, series);
    ku_build_date(b, 2, day(2022, 1, 3) + 7 * (104 + week));
    ku_build_double(b, 3, price);
    ku_build_row(b);
}

static void scenarios_stand_side_by_side(void **state)
{
    run *r = *state;
    static const ku_field fields[] = {
        {"scenario", KU_TEXT}, {"series", KU_TEXT}, {"date", KU_DATE}, {"price", KU_DOUBLE}};
    ku_frame_builder *b = ku_frame_builder_new("scenario", fields, 4);
    for (int week = 0; week < 2; week++) put_scenario(r, b, "dear", NULL, week, 12);
    put_scenario(r, b, "dear", "planned", 1, 11);
    put_scenario(r, b, "cheap", NULL, 0, 8);
    ku_frame *frame = NULL;
    check_ok(ku_frame_builder_finish(b, &frame, &r->err), &r->err);
    check_ok(ku_frames_add(&r->in, frame, &r->err), &r->err);
    put_driven(r, "planned", true);
    with(r, "horizon", "3");
    with(r, "season", "1");
    check_ok(go(r), &r->err);
    assert_int_equal(rows(r, "scenarios"), 6);
    double effect = number(r, "effects", "effect", 0);
    assert_string_equal(text(r, "scenarios", "scenario", 0), "dear");
    check_near("dear", 2 * effect, number(r, "scenarios", "difference", 0), 1e-9);
    check_near("for this series", effect, number(r, "scenarios", "difference", 1), 1e-9);
    check_near("as planned", 0, number(r, "scenarios", "difference", 2), 1e-9);
    check_near("cheap", -2 * effect, number(r, "scenarios", "difference", 3), 1e-9);
}

static void scenarios_that_cannot_be(void **state)
{
    run *r = *state;
    static const ku_field fields[] = {
        {"scenario", KU_TEXT}, {"series", KU_TEXT}, {"date", KU_DATE}, {"pirce", KU_DOUBLE}};
    for (int i = 0; i < 3; i++) {
        ku_field named[4];
        memcpy(named, fields, sizeof named);
        if (i > 0) named[3].name = "price";
        ku_frame_builder *b = ku_frame_builder_new("scenario", named, 4);
        put_scenario(r, b, "x", i == 1 ? "nobody" : "planned", i == 2 ? -3 : 0, 1);
        ku_frame *frame = NULL;
        check_ok(ku_frame_builder_finish(b, &frame, &r->err), &r->err);
        ku_frames_clear(&r->in);
        check_ok(ku_frames_add(&r->in, frame, &r->err), &r->err);
        if (r->rows == NULL) r->rows = series_rows();
        put_driven(r, "planned", true);
        check_fails(KU_BAD_DATA,
                    i == 0   ? "'pirce' is not among"
                    : i == 1 ? "no series \"nobody\""
                             : "before the forecast",
                    go(r), &r->err);
    }
}

static void calendar_is_a_regressor(void **state)
{
    run *r = *state;
    for (int t = 0; t < 60; t++) { /* 5 a working day, 30 on each day of Easter */
        static const int easter[5][2] = {{2020, 3}, {2021, 3}, {2022, 3}, {2023, 3}, {2024, 2}};
        int year = 2020 + t / 12, month = t % 12, working = 0;
        for (int32_t d = day(year, month + 1, 1);
             d < day(year + month / 11, (month + 1) % 12 + 1, 1); d++)
            working += (d + 3) % 7 < 5;
        double days = month == easter[t / 12][1]   ? (year == 2024 ? 3 : 4)
                      : year == 2024 && month == 3 ? 1
                                                   : 0;
        put(r, "shop", day(year, month + 1, 1), 5.0 * working + 30 * days + 0.5 * (t * 7 % 5));
    }
    with(r, "calendar", "working-days, easter");
    with(r, "horizon", "5");
    check_ok(go(r), &r->err);
    sound(r);
    assert_string_equal(text(r, "effects", "regressor", 0), "working days");
    check_near("a working day", 5, number(r, "effects", "effect", 0), 0.05);
    check_near("a day of Easter", 30, number(r, "effects", "effect", 2), 0.05);
    check_near("Easter in April 2025", 5 * 22 + 120, number(r, "forecast", "mean", 3), 0.03);
}

/* ---- the life of products --------------------------------------------------------------------- */

static void outliers_are_softened_when_asked(void **state)
{
    run *r = *state;
    for (int t = 0; t < 48; t++)
        put(r, "a", day(2020 + t / 12, t % 12 + 1, 1), t == 46 ? 900 : 100 + t * 7 % 5);
    with(r, "outliers", "soften");
    with(r, "season", "1");
    check_ok(go(r), &r->err);
    sound(r);
    assert_non_null(strstr(text(r, "models", "remark", 0), "course of the others: 2023-11-01."));
    check_near("forecast", 102, number(r, "forecast", "mean", 0), 0.05);
    assert_true(number(r, "forecast", "hi95", 0) < 140);
    check_near("the past stays", 900, number(r, "course", "value", 46), 0);
}

static void gone_products_are_named(void **state)
{
    run *r = *state;
    for (int t = 0; t < 48; t++)
        put(r, "a", day(2020 + t / 12, t % 12 + 1, 1), t < 38 ? 100 + t * 7 % 5 : 0);
    with(r, "gone", "zero");
    check_ok(go(r), &r->err);
    sound(r);
    assert_non_null(strstr(text(r, "models", "remark", 0), "in the last 10 periods"));
    check_near("nothing", 0, number(r, "forecast", "hi95", 11), 0);
}

/* ---- the same bits --------------------------------------------------------------------------------- */

static void put_many(run *r)
{
    ku_rng rng = ku_rng_make(2, 2);
    for (int s = 0; s < 40; s++) {
        char name[16];
        snprintf(name, sizeof name, "series %d", s);
        for (int t = 0; t < 48; t++)
            put(r, name, day(2020 + t / 12, t % 12 + 1, 1),
                100 + s + 20 * sin(t * 0.5236) + 8 * ku_rng_normal(&rng));
    }
}

/* Threads do not matter, nor does the order of the rows. */
static void same_bits_for_any_threads(void **state)
{
    run *r = *state;
    double first[40 * 12];
    put_many(r);
    for (unsigned threads = 1; threads <= 4; threads++) {
        r->threads = threads;
        check_ok(go(r), &r->err);
        sound(r);
        for (int64_t i = 0; i < 40 * 12; i++) {
            double value = number(r, "forecast", "hi95", i);
            if (threads == 1) first[i] = value;
            assert_true(memcmp(&first[i], &value, sizeof value) == 0);
        }
    }
}

/* ---- from the bank ---------------------------------------------------------------------------------- */

/* Two products sold from 12 January to 20 April: January and April are not whole, and a
 * month in which one of them was not sold is a zero. */
static void sales_of_the_bank(void **state)
{
    run *r = *state;
    ku_bank *bank;
    ku_session *session;
    ku_params *params;
    check_ok(ku_bank_open(NULL, NULL, &bank, &r->err), &r->err);
    check_ok(ku_session_open(bank, &session, &r->err), &r->err);
    check_ok(ku_session_exec(session,
                             "INSERT INTO sale (time, product, quantity, amount, batch)"
                             " SELECT TIMESTAMP '2023-01-12' + INTERVAL (i) DAY,"
                             " CASE WHEN i % 2 = 0 THEN 'tea' ELSE 'rum' END, 2, 5, 1"
                             " FROM range(99) t(i) WHERE NOT (i % 2 = 1 AND i BETWEEN 48 AND 78)",
                             NULL, 0, NULL, &r->err),
             &r->err);
    check_ok(ku_session_exec(session,
                             "INSERT INTO spend (date, channel, amount, batch) VALUES"
                             " ('2023-02-03', 'tv', 40, 1), ('2023-02-27', 'web', 2, 1)",
                             NULL, 0, NULL, &r->err),
             &r->err);
    check_ok(ku_session_exec(session,
                             "INSERT INTO calendar (date, event, batch) VALUES"
                             " ('2023-03-04', 'fair', 1)",
                             NULL, 0, NULL, &r->err),
             &r->err);
    ku_session_close(session);
    with(r, "by", "product");
    with(r, "period", "month");
    with(r, "measure", "amount");
    with(r, "with", "price,media");
    with(r, "calendar", "events");
    const ku_analysis *analysis = ku_analysis_find(ID);
    check_ok(ku_params_parse(analysis, r->param, r->params, r->arena, &params, &r->err), &r->err);
    check_ok(ku_bank_inputs(bank, analysis, params, NULL, 0, &r->in, &r->err), &r->err);
    const ku_frame *series = ku_frames_find(&r->in, "series");
    assert_int_equal(series->rows, 8);
    const ku_column *value = ku_frame_column(series, "value");
    const ku_column *complete = ku_frame_column(series, "complete");
    static const double rum[4] = {50, 70, 0, 50}; /* January to April, at 5 a day */
    for (int i = 0; i < 4; i++) {
        check_near("rum", rum[i], ku_column_number(value, i), 0);
        assert_int_equal(ku_column_bool(complete, i), i == 1 || i == 2);
    }
    const ku_column *price = ku_frame_column(series, "price");
    const ku_column *media = ku_frame_column(series, "media");
    check_near("price", 2.5, ku_column_number(price, 0), 1e-12);
    assert_false(ku_column_valid(price, 2)); /* nothing sold */
    check_near("media", 42, ku_column_number(media, 1), 1e-12);
    check_near("media", 0, ku_column_number(media, 2), 0);
    assert_int_equal(ku_frame_column(series, "discounted")->nulls, 8);
    assert_int_equal(ku_frames_find(&r->in, "events")->rows, 1);
    ku_bank_close(bank);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, run_new, run_end)
    const struct CMUnitTest tests[] = {
        TEST(descriptor_is_consistent),
        TEST(smoothing_agrees_with_r),
        TEST(season_is_found_and_continued),
        TEST(long_season_by_waves),
        TEST(dates_run_on),
        TEST(numbered_periods),
        TEST(numbers_tell_no_month),
        TEST(too_large_date_is_refused),
        TEST(seasons_are_read),
        TEST(named_period_floors_dates),
        TEST(gap_is_filled_and_told),
        TEST(mostly_gaps_get_no_forecast),
        TEST(unfinished_period_is_left_out),
        TEST(counts_lean_on_their_siblings),
        TEST(meagre_series_get_a_plain_answer),
        TEST(two_values_of_one_date_are_refused),
        TEST(too_large_value_is_refused),
        TEST(missing_values_are_gaps),
        TEST(no_rows_are_refused),
        TEST(cancel_ends_the_run),
        TEST(model_that_does_not_fit_is_replaced),
        TEST(regressors_are_used),
        TEST(scenarios_stand_side_by_side),
        TEST(scenarios_that_cannot_be),
        TEST(calendar_is_a_regressor),
        TEST(outliers_are_softened_when_asked),
        TEST(gone_products_are_named),
        TEST(same_bits_for_any_threads),
        TEST(sales_of_the_bank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
