/* test.c - demand.backtest as a whole: that nothing later than its moment is used, that the
 * measures tell what they should on series whose nature is known, bad and meagre input, the
 * bank's query, and the same bits for any threads. */
#include "check.h"

#include <fcntl.h>
#include <string.h>

#include "analyses/check.h"
#include "bank/session.h"
#include "base/date.h"
#include "runs/context.h"

#define ID "demand.backtest"

typedef struct run {
    ku_arena *arena;
    ku_frame_builder *rows;
    ku_frames in, out;
    ku_control control;
    ku_error err;
    ku_param_text param[12];
    size_t params;
    unsigned threads;
} run;

static void begin_rows(run *r)
{
    const ku_field fields[] = {{"series", KU_TEXT},      {"date", KU_DATE},
                               {"value", KU_DOUBLE},     {"complete", KU_BOOL},
                               {"cost_over", KU_DOUBLE}, {"cost_under", KU_DOUBLE}};
    ku_frames_clear(&r->in);
    r->rows = ku_frame_builder_new("series", fields, 6);
}

static int run_new(void **state)
{
    run *r = calloc(1, sizeof *r);
    r->arena = ku_arena_new();
    r->threads = 1;
    ku_frames_init(&r->in);
    ku_frames_init(&r->out);
    begin_rows(r);
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

static void put(run *r, const char *series, int month, double value)
{
    ku_build_text(r->rows, 0, series);
    ku_build_date(r->rows, 1, ku_date_from_civil(2015 + month / 12, month % 12 + 1, 1));
    ku_build_double(r->rows, 2, value);
    ku_build_row(r->rows);
}

static void with(run *r, const char *name, const char *value)
{
    r->param[r->params++] = (ku_param_text){name, value};
}

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

static int64_t rows(const run *r, const char *table)
{
    return ku_frames_find(&r->out, table)->rows;
}

static double number(const run *r, const char *table, const char *column, int64_t row)
{
    const ku_column *c = ku_frame_column(ku_frames_find(&r->out, table), column);
    return ku_column_valid(c, row) ? ku_column_number(c, row) : NAN;
}

static const char *text(const run *r, const char *table, const char *column, int64_t row)
{
    const char *value = ku_column_text(ku_frame_column(ku_frames_find(&r->out, table), column), row,
                                       r->arena);
    return value != NULL ? value : "";
}

/* No number of any table is other than finite. */
static void sound(const run *r)
{
    for (size_t t = 0; t < r->out.count; t++)
        for (int32_t c = 0; c < r->out.frame[t]->columns; c++) {
            const ku_column *column = &r->out.frame[t]->column[c];
            for (int64_t i = 0; column->type == KU_DOUBLE && i < column->rows; i++)
                if (ku_column_valid(column, i)) assert_true(isfinite(column->as.f64[i]));
        }
}

static void descriptor_is_consistent(void **state)
{
    run *r = *state;
    const ku_analysis *analysis = ku_analysis_find(ID);
    assert_non_null(analysis);
    check_ok(ku_analysis_check(analysis, &r->err), &r->err);
}

/* ---- nothing later than its moment --------------------------------------------------------------- */

/* Forecasts of the latest moment with what came after it replaced by nonsense: the same. */
static void the_future_is_not_used(void **state)
{
    run *r = *state;
    double first[6], second;
    with(r, "origins", "2");
    with(r, "model", "auto,ets");
    for (int spoilt = 0; spoilt < 2; spoilt++) {
        if (spoilt) begin_rows(r);
        for (int t = 0; t < 60; t++) {
            double value = 100 + 30 * sin(t * 0.5236) + t % 5;
            put(r, "a", t, spoilt && t >= 54 ? 1e6 + t * t : value);
        }
        check_ok(go(r), &r->err);
        int64_t last = rows(r, "course") - 6;
        assert_string_equal(text(r, "course", "kind", last), "forecast");
        for (int k = 0; k < 6; k++) {
            second = number(r, "course", "hi95", last + k);
            if (!spoilt) first[k] = second;
            assert_true(memcmp(&first[k], &second, sizeof second) == 0);
        }
    }
    assert_true(number(r, "methods", "smape", 0) > 1);
}

/* A gap at the end of what was known is filled from before it, though more is known today;
 * and a gap among the periods to compare with is no actual value. */
static void gaps_are_filled_from_before(void **state)
{
    run *r = *state;
    double first[6], second;
    with(r, "origins", "1");
    with(r, "model", "naive");
    with(r, "season", "1");
    for (int other = 0; other < 2; other++) {
        if (other) begin_rows(r);
        for (int t = 0; t < 40; t++)
            if (t != 33 && t != 36) put(r, "a", t, t < 34 ? 10 + t % 4 : other ? 900 : 12);
        check_ok(go(r), &r->err);
        int64_t last = rows(r, "course") - 6;
        for (int k = 0; k < 6; k++) {
            second = number(r, "course", "value", last + k);
            if (!other) first[k] = second;
            assert_true(memcmp(&first[k], &second, sizeof second) == 0);
        }
    }
    check_near("last known value", 10, first[0], 0);
    assert_int_equal(rows(r, "horizons"), 2 * 5); /* the third period ahead is not known */
}

/* ---- what the measures tell ------------------------------------------------------------------------ */

static void put_seasonal(run *r, int series, double noise)
{
    ku_rng rng = ku_rng_make(7, 1);
    for (int s = 0; s < series; s++) {
        char name[16];
        snprintf(name, sizeof name, "s%02d", s);
        for (int t = 0; t < 72; t++)
            put(r, name, t, 100 + s + 20 * sin(t * 0.5236) + noise * ku_rng_normal(&rng));
    }
}

/* A series whose season is steady: fitting it beats repeating last year's noise, the
 * intervals cover, the evidence is beyond chance. */
static void skill_is_found_where_it_is(void **state)
{
    run *r = *state;
    put_seasonal(r, 12, 5);
    with(r, "model", "ets");
    with(r, "horizon", "6");
    check_ok(go(r), &r->err);
    sound(r);
    assert_string_equal(text(r, "methods", "method", 0), "Exponential smoothing");
    assert_string_equal(text(r, "methods", "method", 1), "Repeating the past");
    assert_int_equal((int)number(r, "methods", "forecasts", 0), 72);
    assert_true(number(r, "methods", "skill", 0) > 0.1);
    assert_true(number(r, "methods", "skill_lo", 0) > 0);
    assert_true(number(r, "methods", "inside95_lo", 0) < 0.95);
    assert_true(number(r, "methods", "inside95_hi", 0) > 0.93);
    double crps = number(r, "methods", "crps", 0), mase = number(r, "methods", "mase", 0);
    assert_true(crps < mase && crps > 0.4 * mase);
    check_near("mase", 0.75, mase, 0.15); /* noise of one against that of two: 1 / sqrt 2 */
}

/* The method that is the yardstick has the skill 0 and nothing to show. */
static void yardstick_has_no_skill_over_itself(void **state)
{
    run *r = *state;
    put_seasonal(r, 4, 5);
    with(r, "model", "snaive");
    check_ok(go(r), &r->err);
    check_near("skill", 0, number(r, "methods", "skill", 0), 1e-12);
    check_near("chance", 1, number(r, "methods", "chance", 0), 0);
    check_near("mase", number(r, "methods", "mase", 1), number(r, "methods", "mase", 0), 0);
}

static void new_level_comes_first(void **state)
{
    run *r = *state;
    ku_rng rng = ku_rng_make(8, 1);
    for (int s = 0; s < 6; s++)
        for (int t = 0; t < 48; t++) {
            char name[16];
            snprintf(name, sizeof name, "s%d", s);
            put(r, name, t, 50 + 3 * ku_rng_normal(&rng) + (s == 4 && t >= 42 ? 80 : 0));
        }
    with(r, "model", "mean");
    with(r, "price", "2");
    check_ok(go(r), &r->err);
    assert_true(rows(r, "exceptions") >= 1);
    assert_string_equal(text(r, "exceptions", "series", 0), "s4");
    assert_non_null(
        strstr(text(r, "exceptions", "why", 0), "rose to a new level: 6 of the last 6"));
    assert_non_null(strstr(text(r, "exceptions", "why", 0), "of the cost of all errors"));
    double error = number(r, "exceptions", "error", 0);
    check_near("error x price x horizon", 12 * error, number(r, "exceptions", "stake", 0), 1e-9);
}

/* Promotions that lift demand by 60: known as planned they no longer are errors; and a
 * promotion after the moment does not teach what promotions do. */
static void regressors_are_used_as_planned(void **state)
{
    run *r = *state;
    double without = 0, with_plan = INFINITY;
    for (int planned = 0; planned < 2; planned++) {
        ku_rng rng = ku_rng_make(9, 1);
        const ku_field fields[] = {
            {"series", KU_TEXT}, {"date", KU_DATE}, {"value", KU_DOUBLE}, {"promo", KU_DOUBLE}};
        ku_frame_builder_free(r->rows);
        ku_frames_clear(&r->in);
        r->rows = ku_frame_builder_new("series", fields, planned ? 4 : 3);
        for (int t = 0; t < 60; t++) {
            double promo = ku_rng_uniform(&rng) < 0.3;
            if (planned) ku_build_double(r->rows, 3, promo);
            put(r, "a", t, 100 + 60 * promo + 3 * ku_rng_normal(&rng));
        }
        r->params = 0;
        with(r, "model", "mean");
        with(r, "season", "1");
        check_ok(go(r), &r->err);
        *(planned ? &with_plan : &without) = number(r, "series", "mae", 0);
    }
    assert_true(without > 15);
    assert_true(with_plan < 5);
}

/* Without costs there is no money, and the order is that of the volume. */
static void costs_come_from_columns(void **state)
{
    run *r = *state;
    for (int t = 0; t < 30; t++) {
        for (int s = 0; s < 2; s++) {
            ku_build_double(r->rows, 4, s ? 10 : 0.5);
            if (s || t > 3) ku_build_double(r->rows, 5, s ? 10 : 0.5);
            put(r, s ? "dear" : "cheap", t, t % 3 * (s ? 1 : 5));
        }
    }
    with(r, "model", "mean");
    with(r, "season", "1");
    check_ok(go(r), &r->err);
    double cheap = number(r, "series", "cost", 0), dear = number(r, "series", "cost", 2);
    assert_string_equal(text(r, "series", "series", 0), "cheap");
    check_near("twenty times the cost at a fifth of the size", 4, dear / cheap, 1e-9);
    check_near("cheap", 0.5 * 6 * number(r, "series", "mae", 0), cheap, 1e-9);
}

/* ---- meagre and bad input ------------------------------------------------------------------------------ */

static void meagre_series_are_named(void **state)
{
    run *r = *state;
    for (int t = 0; t < 40; t++) {
        put(r, "1 constant", t, 7);
        put(r, "2 zero", t, 0);
        put(r, "3 huge", t, 1e100 * (1 + t % 7));
        put(r, "4 negative", t, -50 - t % 5);
        put(r, "5 jump", t, t < 35 ? 1 : 1e12);
        if (t < 5) put(r, "6 short", t, t);
        if (t < 1) put(r, "7 one", t, 4);
        if (t == 0 || t == 39) put(r, "8 holes", t, 4);
    }
    with(r, "price", "3");
    check_ok(go(r), &r->err);
    sound(r);
    int named = 0;
    for (int64_t i = 0; i < rows(r, "exceptions"); i++) {
        const char *series = text(r, "exceptions", "series", i);
        const char *why = text(r, "exceptions", "why", i);
        named += strcmp(series, "6 short") == 0 && strstr(why, "Too short to be tested: 5");
        named += strcmp(series, "7 one") == 0 && strstr(why, "Too short");
        named += strcmp(series, "8 holes") == 0 && strstr(why, "half of its periods");
    }
    assert_int_equal(named, 3);
    check_near("constant", 0, number(r, "series", "mae", 0), 0);
    assert_true(isnan(number(r, "series", "mase", 0)));
}

static void all_too_short_gives_empty_tables(void **state)
{
    run *r = *state;
    for (int t = 0; t < 4; t++) put(r, "a", t, t);
    check_ok(go(r), &r->err);
    assert_int_equal(rows(r, "series"), 0);
    assert_int_equal(rows(r, "course"), 0);
    assert_int_equal(rows(r, "exceptions"), 1);
    check_near("forecasts", 0, number(r, "methods", "forecasts", 0), 0);
}

static void bad_methods_are_refused(void **state)
{
    run *r = *state;
    for (int t = 0; t < 30; t++) put(r, "a", t, t % 7);
    with(r, "model", "auto, oracle");
    check_fails(KU_USAGE, "no method \"oracle\"", go(r), &r->err);
    r->params = 0;
    with(r, "model", " , ");
    check_fails(KU_USAGE, "at least one method", go(r), &r->err);
    r->params = 0;
    with(r, "model", "MAM,MAA,MNM,MNN,MNA,AAN,ANN,ANA,AAA,MAN,MAdM,MAdN");
    check_fails(KU_USAGE, "at most 11 methods", go(r), &r->err);
}

static void bad_costs_are_refused(void **state)
{
    run *r = *state;
    for (int t = 0; t < 30; t++) {
        if (t == 3) ku_build_double(r->rows, 4, -1);
        put(r, "a", t, t % 7);
    }
    check_fails(KU_BAD_DATA, "what one unit costs", go(r), &r->err);
    assert_string_equal(r->err.where, "series, row 4, column cost_over");
}

static void bad_rows_are_refused(void **state)
{
    run *r = *state;
    check_fails(KU_BAD_DATA, "not one row", go(r), &r->err);
    begin_rows(r);
    put(r, "a", 0, 1);
    put(r, "a", 1, 2);
    put(r, "a", 1, 3);
    check_fails(KU_BAD_DATA, "two values", go(r), &r->err);
}

static void cancel_ends_the_run(void **state)
{
    run *r = *state;
    put_seasonal(r, 2, 1);
    atomic_store(&r->control.cancel, 1);
    check_fails(KU_CANCELLED, "cancelled", go(r), &r->err);
}

/* ---- the same bits ---------------------------------------------------------------------------------------- */

static void same_bits_for_any_threads(void **state)
{
    run *r = *state;
    static const char *const column[] = {"smape", "mase", "crps", "skill_lo", "inside95"};
    double first[2][5], again;
    put_seasonal(r, 30, 6);
    with(r, "model", "theta");
    for (unsigned threads = 1; threads <= 4; threads++) {
        r->threads = threads;
        check_ok(go(r), &r->err);
        for (int m = 0; m < 2; m++)
            for (int c = 0; c < 5; c++) {
                again = number(r, "methods", column[c], m);
                if (threads == 1) first[m][c] = again;
                assert_true(memcmp(&first[m][c], &again, sizeof again) == 0);
            }
    }
}

/* ---- from the bank ------------------------------------------------------------------------------------------ */

/* Tea at 5 a unit, 2 of it cost: a unit too little loses 3, one too much a quarter of 2. */
static void costs_of_the_bank(void **state)
{
    run *r = *state;
    ku_bank *bank;
    ku_session *session;
    ku_params *params;
    check_ok(ku_bank_open(NULL, NULL, &bank, &r->err), &r->err);
    check_ok(ku_session_open(bank, &session, &r->err), &r->err);
    check_ok(ku_session_exec(session,
                             "INSERT INTO sale (time, product, quantity, amount, cost, batch)"
                             " SELECT TIMESTAMP '2023-01-01' + INTERVAL (i) DAY,"
                             " CASE WHEN i % 2 = 0 THEN 'tea' ELSE 'rum' END, 2, 10,"
                             " CASE WHEN i % 2 = 0 THEN 4 END, 1 FROM range(400) t(i)",
                             NULL, 0, NULL, &r->err),
             &r->err);
    ku_session_close(session);
    with(r, "by", "product");
    with(r, "period", "month");
    with(r, "with", "price");
    const ku_analysis *analysis = ku_analysis_find(ID);
    check_ok(ku_params_parse(analysis, r->param, r->params, r->arena, &params, &r->err), &r->err);
    check_ok(ku_bank_inputs(bank, analysis, params, NULL, 0, &r->in, &r->err), &r->err);
    const ku_frame *series = ku_frames_find(&r->in, "series");
    assert_int_equal(series->rows, 2 * 14);
    const ku_column *over = ku_frame_column(series, "cost_over");
    const ku_column *under = ku_frame_column(series, "cost_under");
    check_near("rum, without a cost: its price", 1.25, ku_column_number(over, 0), 1e-9);
    check_near("rum, too little", 5, ku_column_number(under, 0), 1e-9);
    check_near("tea, too much", 0.5, ku_column_number(over, 14), 1e-9);
    check_near("tea, too little", 3, ku_column_number(under, 14), 1e-9);
    const ku_column *price = ku_frame_column(series, "price");
    assert_non_null(price);
    check_near("price paid", 5, ku_column_number(price, 3), 1e-9);
    ku_bank_close(bank);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, run_new, run_end)
    const struct CMUnitTest tests[] = {
        TEST(descriptor_is_consistent),
        TEST(the_future_is_not_used),
        TEST(gaps_are_filled_from_before),
        TEST(skill_is_found_where_it_is),
        TEST(yardstick_has_no_skill_over_itself),
        TEST(new_level_comes_first),
        TEST(costs_come_from_columns),
        TEST(regressors_are_used_as_planned),
        TEST(meagre_series_are_named),
        TEST(all_too_short_gives_empty_tables),
        TEST(bad_methods_are_refused),
        TEST(bad_costs_are_refused),
        TEST(bad_rows_are_refused),
        TEST(cancel_ends_the_run),
        TEST(same_bits_for_any_threads),
        TEST(costs_of_the_bank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
