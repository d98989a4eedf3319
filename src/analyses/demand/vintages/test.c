/* test.c - demand.vintages as a whole: that the parts of a change are what they are called
 * and add up, that value added is found and blamed on the right person, bad and meagre input,
 * the bank, and the same bits for any threads. */
#include "check.h"

#include <fcntl.h>
#include <string.h>

#include "analyses/check.h"
#include "analyses/demand/vintages/vintages.h"
#include "bank/session.h"
#include "base/date.h"
#include "runs/context.h"

#define ID "demand.vintages"

typedef struct run {
    ku_arena *arena;
    ku_frame_builder *belief, *series, *override;
    ku_frames in, out;
    ku_control control;
    ku_error err;
    ku_param_text param[12];
    size_t params;
    unsigned threads;
} run;

static int run_new(void **state)
{
    run *r = calloc(1, sizeof *r);
    const ku_field belief[] = {{"made_at", KU_TIMESTAMP}, {"series", KU_TEXT}, {"date", KU_DATE},
                               {"mean", KU_DOUBLE},       {"lo95", KU_DOUBLE}, {"hi95", KU_DOUBLE},
                               {"model", KU_TEXT}};
    const ku_field series[] = {{"series", KU_TEXT}, {"date", KU_DATE}, {"value", KU_DOUBLE}};
    const ku_field override[] = {{"made_at", KU_TIMESTAMP}, {"series", KU_TEXT},
                                 {"date", KU_DATE},         {"value", KU_DOUBLE},
                                 {"person", KU_TEXT},       {"model_value", KU_DOUBLE}};
    r->arena = ku_arena_new();
    r->belief = ku_frame_builder_new("forecast", belief, 7);
    r->series = ku_frame_builder_new("series", series, 3);
    r->override = ku_frame_builder_new("forecast_override", override, 6);
    r->threads = 1;
    ku_frames_init(&r->in);
    ku_frames_init(&r->out);
    *state = r;
    return 0;
}

static int run_end(void **state)
{
    run *r = *state;
    ku_frame_builder_free(r->belief);
    ku_frame_builder_free(r->series);
    ku_frame_builder_free(r->override);
    ku_frames_clear(&r->in);
    ku_frames_clear(&r->out);
    ku_arena_free(r->arena);
    free(r);
    return 0;
}

static int32_t first_of(int month)
{
    return ku_date_from_civil(2015 + month / 12, month % 12 + 1, 1);
}

static int64_t instant(int month, int day)
{
    return (int64_t)(first_of(month) + day) * INT64_C(86400000000);
}

static void put(run *r, const char *series, int month, double value)
{
    ku_build_text(r->series, 0, series);
    ku_build_date(r->series, 1, first_of(month));
    ku_build_double(r->series, 2, value);
    ku_build_row(r->series);
}

/* A vintage made on the second day of the month `made`, about `month`. */
static void believe(run *r, const char *series, int made, int month, double mean, const char *model)
{
    ku_build_timestamp(r->belief, 0, instant(made, 1));
    ku_build_text(r->belief, 1, series);
    ku_build_date(r->belief, 2, first_of(month));
    ku_build_double(r->belief, 3, mean);
    ku_build_double(r->belief, 4, mean - 10);
    ku_build_double(r->belief, 5, mean + 10);
    ku_build_text(r->belief, 6, model);
    ku_build_row(r->belief);
}

static void decide(run *r, const char *series, int made, int month, double value,
                   const char *person)
{
    ku_build_timestamp(r->override, 0, instant(made, 4));
    ku_build_text(r->override, 1, series);
    ku_build_date(r->override, 2, first_of(month));
    ku_build_double(r->override, 3, value);
    ku_build_text(r->override, 4, person);
    ku_build_row(r->override);
}

static void with(run *r, const char *name, const char *value)
{
    r->param[r->params++] = (ku_param_text){name, value};
}

static void add(run *r, ku_frame_builder **rows)
{
    ku_frame *frame;
    if (*rows == NULL) return;
    check_ok(ku_frame_builder_finish(*rows, &frame, &r->err), &r->err);
    check_ok(ku_frames_add(&r->in, frame, &r->err), &r->err);
    *rows = NULL;
}

static ku_status go(run *r)
{
    const ku_analysis *analysis = ku_analysis_find(ID);
    ku_params *params;
    assert_non_null(analysis);
    add(r, &r->belief);
    add(r, &r->series);
    add(r, &r->override);
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

static void descriptor_is_consistent(void **state)
{
    run *r = *state;
    const ku_analysis *analysis = ku_analysis_find(ID);
    assert_non_null(analysis);
    check_ok(ku_analysis_check(analysis, &r->err), &r->err);
}

static void models_are_known_by_their_names(void **state)
{
    (void)state;
    assert_int_equal(ku_vintages_model("theta"), ku_outlook_model("theta"));
    assert_int_equal(ku_vintages_model("Last value"), ku_outlook_model("naive"));
    assert_int_equal(ku_vintages_model("MAdM"), ku_outlook_model("MAdM"));
    assert_int_equal(ku_vintages_model("ETS(M,Ad,M)"), ku_outlook_model("MAdM"));
    assert_int_equal(ku_vintages_model("ETS"), ku_outlook_model("ets"));
    assert_int_equal(ku_vintages_model("4 methods"), KU_OUTLOOK_AUTO);
    assert_int_equal(ku_vintages_model(""), KU_OUTLOOK_AUTO);
}

/* ---- what changed --------------------------------------------------------------------------------- */

/* The five parts of every period add up to its change, the periods to the series: to 1e-9
 * of the largest part. */
static void check_sums(const run *r)
{
    static const char *const part[] = {"level", "trend_season", "model", "plan", "override"};
    for (int t = 0; t < 2; t++) {
        const char *table = t == 0 ? "periods" : "changes";
        for (int64_t i = 0; i < rows(r, table); i++) {
            double sum = 0, size = 1;
            for (int p = 0; p < 5; p++) {
                sum += number(r, table, part[p], i);
                size = fmax(size, fabs(number(r, table, part[p], i)));
            }
            check_near("sum of parts", number(r, table, "change", i) / size, sum / size, 1e-9);
            double change = number(r, table, "now", i) - number(r, table, "before", i);
            check_near("difference", change / size, sum / size, 1e-9);
        }
    }
}

/* Forecasts kept exactly as a method gives them: all of the change is new actual values. */
static void new_actual_values_explain_all(void **state)
{
    run *r = *state;
    double y[40];
    for (int t = 0; t < 40; t++) put(r, "a", t, y[t] = 100 + 7 * t + (t % 5) * 4);
    /* The drift method: the last value and the mean step. */
    for (int made = 30; made <= 34; made += 4)
        for (int k = 1; k <= 8; k++)
            believe(r, "a", made, made + k - 1, y[made - 1] + k * (y[made - 1] - y[0]) / (made - 1),
                    "Last value with drift");
    with(r, "season", "1");
    check_ok(go(r), &r->err);
    check_sums(r);
    assert_int_equal(rows(r, "changes"), 1);
    check_near("periods", 4, number(r, "changes", "periods", 0), 0);
    check_near("plan", 0, number(r, "changes", "plan", 0), 1e-9);
    check_near("model", 0, number(r, "changes", "model", 0), 0);
    double first = number(r, "periods", "change", 0);
    check_near("level", 4 * first, number(r, "changes", "level", 0), 1e-9);
    assert_true(fabs(number(r, "changes", "trend_season", 0)) > 0.01);
}

/* No new actual values, another model and a plan of 5 a month. */
static void model_and_plan_are_told_apart(void **state)
{
    run *r = *state;
    double sum = 0;
    for (int t = 0; t < 24; t++) {
        double value = 10 + t % 4;
        put(r, "a", t, value);
        sum += value;
    }
    for (int k = 24; k < 30; k++) {
        believe(r, "a", 24, k, 13, "naive");
        ku_build_timestamp(r->belief, 0, instant(24, 9));
        ku_build_text(r->belief, 1, "a");
        ku_build_date(r->belief, 2, first_of(k));
        ku_build_double(r->belief, 3, sum / 24 + 5);
        ku_build_text(r->belief, 6, "mean");
        ku_build_row(r->belief);
    }
    with(r, "season", "1");
    check_ok(go(r), &r->err);
    check_sums(r);
    check_near("level", 0, number(r, "changes", "level", 0), 0);
    check_near("model", 6 * (sum / 24 - 13), number(r, "changes", "model", 0), 1e-9);
    check_near("plan", 30, number(r, "changes", "plan", 0), 1e-9);
    assert_non_null(strstr(text(r, "changes", "why", 0), "plan and settings (+30)"));
    assert_int_equal(rows(r, "value"), 0); /* nothing has come true yet */
}

/* An override that holds through both vintages hides their change. */
static void an_override_in_force_holds(void **state)
{
    run *r = *state;
    for (int t = 0; t < 24; t++) put(r, "a", t, t < 22 ? 10 : 20);
    for (int k = 24; k < 26; k++) {
        believe(r, "a", 22, k, 10, "naive");
        believe(r, "a", 24, k, 20, "naive");
    }
    decide(r, "a", 22, 24, 50, "Ana");
    with(r, "season", "1");
    check_ok(go(r), &r->err);
    check_sums(r);
    check_near("before", 50, number(r, "periods", "before", 0), 0);
    check_near("now", 50, number(r, "periods", "now", 0), 0);
    check_near("against the model", -10, number(r, "periods", "override", 0), 1e-9);
    check_near("without one", 10, number(r, "periods", "change", 1), 0);
}

/* ---- who was right ---------------------------------------------------------------------------------- */

/* Demand swings around 100; the model says 100, Ana halves its errors, Ben doubles them. */
static void put_people(run *r, int series)
{
    ku_rng rng = ku_rng_make(11, 1);
    for (int s = 0; s < series; s++) {
        char name[16];
        double y[48];
        snprintf(name, sizeof name, "s%02d", s);
        for (int t = 0; t < 48; t++) put(r, name, t, y[t] = 100 + 10 * ku_rng_normal(&rng));
        for (int made = 24; made < 48; made++)
            for (int k = 0; k < 3; k++) believe(r, name, made, made + k, 100, "mean");
        for (int t = 25; t < 48; t++)
            decide(r, name, t - 1, t, t % 2 ? (100 + y[t]) / 2 : 200 - y[t], t % 2 ? "Ana" : "Ben");
    }
}

static void value_added_is_found_by_person(void **state)
{
    run *r = *state;
    put_people(r, 8);
    with(r, "season", "1");
    with(r, "price", "2");
    check_ok(go(r), &r->err);
    assert_int_equal(rows(r, "value"), 4);
    assert_string_equal(text(r, "value", "who", 0), "Model");
    /* A mean errs by one deviation, a last value by the root of two. */
    check_near("model", 1 - sqrt(0.5), number(r, "value", "gain", 0), 0.08);
    assert_true(number(r, "value", "gain_lo", 0) > 0);
    assert_true(number(r, "value", "money", 0) > 0);
    assert_string_equal(text(r, "value", "who", 2), "Ana");
    check_near("Ana", 0.5, number(r, "value", "gain", 2), 1e-9);
    assert_true(number(r, "value", "gain_lo", 2) > 0.4);
    check_near("always", 1, number(r, "value", "better", 2), 0);
    assert_string_equal(text(r, "value", "who", 3), "Ben");
    check_near("Ben", -1, number(r, "value", "gain", 3), 1e-9);
    double saved = 0;
    for (int64_t i = 0; i < rows(r, "overrides"); i++) {
        bool ana = strcmp(text(r, "overrides", "person", i), "Ana") == 0;
        assert_string_equal(text(r, "overrides", "verdict", i), ana ? "better" : "worse");
        if (ana) saved += 2 * number(r, "overrides", "gain", i);
    }
    check_near("money", saved, number(r, "value", "money", 2), 1e-9);
}

static void grades_tell_where_it_lay(void **state)
{
    run *r = *state;
    for (int t = 0; t < 12; t++) put(r, "a", t, t == 10 ? 50 : t == 11 ? -50 : 5);
    for (int t = 9; t < 13; t++) believe(r, "a", 9, t, 5, "naive");
    check_ok(go(r), &r->err);
    assert_int_equal(rows(r, "grades"), 3);
    assert_string_equal(text(r, "grades", "grade", 0), "inside 95 %");
    assert_string_equal(text(r, "grades", "grade", 1), "above 95 %");
    assert_string_equal(text(r, "grades", "grade", 2), "below 95 %");
}

/* An override made when the period was over is no forecast. */
static void late_overrides_do_not_count(void **state)
{
    run *r = *state;
    for (int t = 0; t < 12; t++) put(r, "a", t, t);
    believe(r, "a", 10, 10, 5, "naive");
    decide(r, "a", 11, 10, 10, "Ana");
    decide(r, "a", 10, 10, 7, "Ben");
    decide(r, "a", 10, 3, 7, "Ben"); /* nothing was kept for that month */
    check_ok(go(r), &r->err);
    assert_int_equal(rows(r, "overrides"), 1);
    assert_string_equal(text(r, "overrides", "person", 0), "Ben");
}

/* ---- meagre and bad input ------------------------------------------------------------------------------ */

static void strangers_and_single_vintages_are_left_out(void **state)
{
    run *r = *state;
    for (int t = 0; t < 12; t++) put(r, "a", t, t);
    believe(r, "a", 12, 12, 5, "naive");
    believe(r, "unknown", 12, 12, 5, "naive");
    believe(r, "a", 12, 5000, 5, "naive"); /* far beyond anything */
    check_ok(go(r), &r->err);
    assert_int_equal(rows(r, "changes"), 0);
    assert_int_equal(rows(r, "grades"), 0);
}

static void odd_series_are_survived(void **state)
{
    run *r = *state;
    for (int t = 0; t < 30; t++) {
        put(r, "1 constant", t, 7);
        put(r, "2 zero", t, 0);
        put(r, "3 huge", t, 1e100 * (1 + t % 7));
        if (t < 2) put(r, "4 short", t, t);
        if (t == 0 || t == 29) put(r, "5 holes", t, t);
    }
    static const char *const name[] = {"1 constant", "2 zero", "3 huge", "4 short", "5 holes"};
    for (int s = 0; s < 5; s++)
        for (int made = 26; made <= 28; made += 2)
            for (int k = 0; k < 5; k++) believe(r, name[s], made, made + k, 9 + k, "4 methods");
    with(r, "price", "2");
    check_ok(go(r), &r->err);
    check_sums(r);
    for (size_t t = 0; t < r->out.count; t++)
        for (int32_t c = 0; c < r->out.frame[t]->columns; c++) {
            const ku_column *column = &r->out.frame[t]->column[c];
            for (int64_t i = 0; column->type == KU_DOUBLE && i < column->rows; i++)
                if (ku_column_valid(column, i)) assert_true(isfinite(column->as.f64[i]));
        }
}

static void nothing_kept_says_how(void **state)
{
    run *r = *state;
    put(r, "a", 1, 1);
    check_fails(KU_BAD_DATA, "kemudi import forecast --run", go(r), &r->err);
}

static void bad_numbers_are_refused(void **state)
{
    run *r = *state;
    for (int t = 0; t < 12; t++) put(r, "a", t, t);
    believe(r, "a", 12, 12, 5, "naive");
    believe(r, "a", 12, 13, 1e300, "naive");
    check_fails(KU_BAD_DATA, "usual size", go(r), &r->err);
    assert_string_equal(r->err.where, "forecast, row 2, column mean");
}

static void bad_overrides_are_refused(void **state)
{
    run *r = *state;
    for (int t = 0; t < 12; t++) put(r, "a", t, t);
    believe(r, "a", 12, 12, 5, "naive");
    decide(r, "a", 12, 12, -1e200, "Ana");
    check_fails(KU_BAD_DATA, "usual size", go(r), &r->err);
    assert_string_equal(r->err.where, "forecast_override, row 1, column value");
}

static void cancel_ends_the_run(void **state)
{
    run *r = *state;
    put_people(r, 2);
    atomic_store(&r->control.cancel, 1);
    check_fails(KU_CANCELLED, "cancelled", go(r), &r->err);
}

static void same_bits_for_any_threads(void **state)
{
    run *r = *state;
    double first[20][3], again;
    static const char *const column[] = {"level", "trend_season", "plan"};
    put_people(r, 20);
    for (unsigned threads = 1; threads <= 4; threads++) {
        r->threads = threads;
        check_ok(go(r), &r->err);
        assert_int_equal(rows(r, "changes"), 20);
        for (int i = 0; i < 20; i++)
            for (int c = 0; c < 3; c++) {
                again = number(r, "changes", column[c], i);
                if (threads == 1) first[i][c] = again;
                assert_true(memcmp(&first[i][c], &again, sizeof again) == 0);
            }
    }
}

/* ---- from the bank ---------------------------------------------------------------------------------------- */

static void from_the_bank(void **state)
{
    run *r = *state;
    ku_bank *bank;
    ku_session *session;
    ku_params *params;
    static const char *const sql[] = {
        "INSERT INTO sale (time, product, quantity, amount, cost, batch)"
        " SELECT TIMESTAMP '2023-01-01' + INTERVAL (i) DAY, 'tea', 2, 10, 4, 1 FROM range(365) "
        "t(i)",
        "INSERT INTO forecast (made_at, series, date, mean, model, batch)"
        " SELECT TIMESTAMP '2023-09-01' + INTERVAL (m * 30) DAY, 'tea',"
        " DATE '2023-10-01' + INTERVAL (k) MONTH, 60 + m, 'naive', 2"
        " FROM range(2) a(m), range(3) b(k)",
        "INSERT INTO forecast_override (made_at, series, date, value, person, batch)"
        " VALUES (TIMESTAMP '2023-10-05 09:00:00', 'tea', DATE '2023-11-01', 60, 'Ana', 3)",
    };
    check_ok(ku_bank_open(NULL, NULL, &bank, &r->err), &r->err);
    check_ok(ku_session_open(bank, &session, &r->err), &r->err);
    for (size_t i = 0; i < 3; i++)
        check_ok(ku_session_exec(session, sql[i], NULL, 0, NULL, &r->err), &r->err);
    ku_session_close(session);
    with(r, "by", "product");
    with(r, "period", "month");
    ku_frame_builder_free(r->belief);
    ku_frame_builder_free(r->series);
    ku_frame_builder_free(r->override);
    r->belief = r->series = r->override = NULL;
    const ku_analysis *analysis = ku_analysis_find(ID);
    check_ok(ku_params_parse(analysis, r->param, r->params, r->arena, &params, &r->err), &r->err);
    check_ok(ku_bank_inputs(bank, analysis, params, NULL, 0, &r->in, &r->err), &r->err);
    ku_bank_close(bank);
    check_ok(go(r), &r->err);
    check_sums(r);
    assert_int_equal(rows(r, "overrides"), 1);
    check_near("61 against 60 of 60", 1, number(r, "overrides", "gain", 0), 1e-9);
    check_near("a quarter of a cost of 2", 0.5, number(r, "overrides", "money", 0), 1e-9);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, run_new, run_end)
    const struct CMUnitTest tests[] = {
        TEST(descriptor_is_consistent),
        TEST(models_are_known_by_their_names),
        TEST(new_actual_values_explain_all),
        TEST(model_and_plan_are_told_apart),
        TEST(an_override_in_force_holds),
        TEST(value_added_is_found_by_person),
        TEST(grades_tell_where_it_lay),
        TEST(late_overrides_do_not_count),
        TEST(strangers_and_single_vintages_are_left_out),
        TEST(odd_series_are_survived),
        TEST(nothing_kept_says_how),
        TEST(bad_numbers_are_refused),
        TEST(bad_overrides_are_refused),
        TEST(cancel_ends_the_run),
        TEST(same_bits_for_any_threads),
        TEST(from_the_bank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
