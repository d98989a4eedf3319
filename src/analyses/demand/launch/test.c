/* test.c - demand.launch as a whole: forecasts before and after the first sales, likeness,
 * the replaced product, bad and meagre input, the bank's queries. The curves and draws
 * themselves are tested in tests/forecast/test_diffusion.c. */
#include "check.h"

#include <fcntl.h>
#include <string.h>

#include "analyses/check.h"
#include "bank/session.h"
#include "base/date.h"
#include "forecast/diffusion/launch.h"
#include "runs/context.h"

#define ID "demand.launch"

typedef struct run {
    ku_arena *arena;
    ku_frame_builder *rows, *launches;
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
    const ku_field fields[] = {{"series", KU_TEXT}, {"date", KU_DATE}, {"value", KU_DOUBLE}};
    const ku_field launch_fields[] = {{"product", KU_TEXT},       {"launched", KU_DATE},
                                      {"product_group", KU_TEXT}, {"brand", KU_TEXT},
                                      {"price", KU_DOUBLE},       {"weight", KU_DOUBLE}};
    r->arena = ku_arena_new();
    r->rows = ku_frame_builder_new("series", fields, 3);
    r->launches = ku_frame_builder_new("launches", launch_fields, 6);
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
    ku_frame_builder_free(r->launches);
    ku_frames_clear(&r->in);
    ku_frames_clear(&r->out);
    ku_arena_free(r->arena);
    free(r);
    return 0;
}

static int32_t month(int n)
{
    return ku_date_from_civil(2015 + n / 12, n % 12 + 1, 1);
}

static void put(run *r, const char *series, int at, double value)
{
    ku_build_text(r->rows, 0, series);
    ku_build_date(r->rows, 1, month(at));
    ku_build_double(r->rows, 2, value);
    ku_build_row(r->rows);
}

/* NAN leaves a number out, NULL a text. */
static void describe(run *r, const char *product, const char *group, double price, double weight)
{
    ku_build_text(r->launches, 0, product);
    ku_build_text(r->launches, 2, group);
    ku_build_double(r->launches, 4, price);
    ku_build_double(r->launches, 5, weight);
    ku_build_row(r->launches);
}

static void with(run *r, const char *name, const char *value)
{
    r->param[r->params++] = (ku_param_text){name, value};
}

static void finish(run *r, ku_frame_builder **rows)
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
    finish(r, &r->rows);
    finish(r, &r->launches);
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

/* Row of an analogue or a figure. */
static int64_t find(const run *r, const char *table, const char *column, const char *name)
{
    for (int64_t i = 0; i < rows(r, table); i++)
        if (strcmp(text(r, table, column, i), name) == 0) return i;
    print_error("no %s in %s\n", name, table);
    fail();
    return -1;
}

static void sound(const run *r)
{
    double total = 0;
    for (int64_t i = 0; i < rows(r, "course"); i++) {
        double value = number(r, "course", "value", i);
        assert_true(isfinite(value) && value >= 0);
        assert_true(number(r, "course", "total", i) >= total);
        total = number(r, "course", "total", i);
        if (strcmp(text(r, "course", "kind", i), "actual") == 0) continue;
        double lo95 = number(r, "course", "lo95", i), lo80 = number(r, "course", "lo80", i);
        double hi80 = number(r, "course", "hi80", i), hi95 = number(r, "course", "hi95", i);
        assert_true(0 <= lo95 && lo95 <= lo80 && lo80 <= value && value <= hi80 && hi80 <= hi95);
        assert_true(number(r, "course", "total_lo", i) <= total);
        assert_true(number(r, "course", "total_hi", i) >= total && isfinite(hi95));
    }
    double sum = 0;
    for (int64_t i = 0; i < rows(r, "analogues"); i++) {
        sum += number(r, "analogues", "weight", i);
        assert_true(text(r, "analogues", "why", i)[0] != '\0');
    }
    check_near("weights", 1, sum, 1e-12);
}

static void put_launch(run *r, const char *name, int at, int periods, bool again, double m,
                       double p, double q)
{
    double y[200];
    ku_bass b = ku_bass_of(m, p, q);
    ku_bass_curve(&b, again, periods, y);
    for (int t = 0; t < periods; t++) put(r, name, at + t, round(y[t] * (t % 2 ? 1.05 : 0.95)));
}

/* Something that was there from the start, and four launches. */
static void put_shop(run *r)
{
    for (int t = 0; t < 72; t++) put(r, "old lamp", t, 200 + t % 3);
    put_launch(r, "A", 6, 40, false, 4000, 0.02, 0.25);
    put_launch(r, "B", 12, 40, false, 5000, 0.02, 0.2);
    put_launch(r, "C", 20, 40, false, 3500, 0.03, 0.22);
    put_launch(r, "D", 26, 40, false, 40000, 0.02, 0.25);
}

/* ---- what comes out ----------------------------------------------------------------------------- */

static void descriptor_is_consistent(void **state)
{
    run *r = *state;
    check_ok(ku_analysis_check(ku_analysis_find(ID), &r->err), &r->err);
}

static void launch_without_a_past(void **state)
{
    run *r = *state;
    put_shop(r);
    describe(r, "new lamp", "Lamps", 50, NAN);
    describe(r, "A", "Lamps", 50, NAN);
    describe(r, "B", "Lamps", 55, NAN);
    describe(r, "C", "Lamps", 45, NAN);
    describe(r, "D", "Bulbs", 2, NAN);
    with(r, "product", "new lamp");
    with(r, "horizon", "40");
    check_ok(go(r), &r->err);
    sound(r);
    assert_int_equal(rows(r, "course"), 40);
    assert_int_equal((int)number(r, "course", "date", 0), month(72));
    /* The bulbs, ten times as many at a thirtieth of the price, count for little. */
    int64_t d = find(r, "analogues", "product", "D");
    assert_true(number(r, "analogues", "weight", d) < 0.01);
    assert_non_null(strstr(text(r, "analogues", "why", d), "Other group; price 96 % lower"));
    int64_t old = find(r, "analogues", "product", "old lamp");
    assert_string_equal(text(r, "analogues", "why", old), "Its launch is not in the data.");
    int64_t size = find(r, "figures", "measure", "Sales of its whole life");
    check_near("size", 4100, number(r, "figures", "value", size), 0.25);
    int64_t peak = find(r, "figures", "measure", "Peak after");
    check_near("peak", 10, number(r, "figures", "value", peak), 0.3);
    assert_true(number(r, "figures", "lo", peak) < 10 && number(r, "figures", "hi", peak) > 10);
}

/* Sales twice as high as the analogues': the forecast follows, and narrows. */
static void first_sales_count(void **state)
{
    run *r = *state;
    double y[40];
    ku_bass truth = ku_bass_of(9000, 0.025, 0.22);
    ku_bass_curve(&truth, false, 40, y);
    put_shop(r);
    for (int t = 0; t < 8; t++) put(r, "new lamp", 64 + t, round(y[t]));
    with(r, "product", "new lamp");
    with(r, "horizon", "12");
    with(r, "like", "A; B; C");
    check_ok(go(r), &r->err);
    sound(r);
    assert_int_equal(rows(r, "course"), 8 + 12);
    double after = 0;
    for (int t = 0; t < 20; t++) after += y[t];
    check_near("total", after, number(r, "course", "total", 19), 0.25);
    assert_true(number(r, "course", "total_lo", 19) < after);
    assert_true(number(r, "course", "total_hi", 19) > after);
    assert_true(number(r, "course", "total_hi", 19) < 3 * after);
    int64_t d = find(r, "analogues", "product", "D");
    check_near("not asked for", 0, number(r, "analogues", "weight", d), 0);
}

static void given_weights_decide(void **state)
{
    run *r = *state;
    put_shop(r);
    describe(r, "A", NULL, NAN, 0);
    describe(r, "B", NULL, NAN, 0);
    describe(r, "C", NULL, NAN, 0);
    describe(r, "D", NULL, NAN, 3);
    with(r, "product", "brand new");
    check_ok(go(r), &r->err);
    sound(r);
    int64_t size = find(r, "figures", "measure", "Sales of its whole life");
    check_near("size", 40000, number(r, "figures", "value", size), 0.15);
}

static void what_is_bought_again_rises_to_a_level(void **state)
{
    run *r = *state;
    for (int t = 0; t < 60; t++) put(r, "old", t, 10);
    put_launch(r, "A", 6, 40, true, 300, 0.05, 0.2);
    put_launch(r, "B", 12, 40, true, 400, 0.04, 0.25);
    put_launch(r, "C", 15, 40, true, 250, 0.06, 0.2);
    with(r, "product", "new");
    with(r, "horizon", "50");
    check_ok(go(r), &r->err);
    sound(r);
    int64_t level = find(r, "figures", "measure", "Level reached, a period");
    check_near("level", 310, number(r, "figures", "value", level), 0.2);
    assert_true(number(r, "course", "value", 49) > 0.9 * number(r, "course", "value", 30));
}

/* The old lamp sells 200 a month; half of what the new one sells is taken from it, and from
 * the seventh month on it is withdrawn. */
static void replaced_product_loses_its_part(void **state)
{
    run *r = *state;
    put_shop(r);
    with(r, "product", "new lamp");
    with(r, "like", "A;B;C");
    with(r, "horizon", "12");
    with(r, "replaces", "old lamp");
    with(r, "withdrawn", "2021-07-01");
    check_ok(go(r), &r->err);
    sound(r);
    assert_int_equal(rows(r, "replaced"), 12);
    for (int64_t k = 0; k < 12; k++) {
        double alone = number(r, "replaced", "alone", k), left = number(r, "replaced", "value", k);
        check_near("alone", 201, alone, 0.02);
        assert_true(number(r, "replaced", "lo95", k) >= 0);
        if (k < 6)
            check_near("left", alone - 0.5 * number(r, "course", "value", k), left, 0.1);
        else
            check_near("withdrawn", 0, left, 0);
    }
    find(r, "figures", "measure", "More than the old one alone");
}

/* ---- meagre and bad input -------------------------------------------------------------------------- */

static void latest_product_is_taken(void **state)
{
    run *r = *state;
    put_shop(r);
    put(r, "just out", 70, 20);
    put(r, "just out", 71, 30);
    check_ok(go(r), &r->err);
    sound(r);
    assert_int_equal(rows(r, "course"), 2 + 26);
}

static void one_analogue_is_enough(void **state)
{
    run *r = *state;
    for (int t = 0; t < 30; t++) put(r, "old", t, 10);
    put_launch(r, "A", 4, 24, false, 1000, 0.03, 0.3);
    with(r, "product", "new");
    check_ok(go(r), &r->err);
    sound(r);
}

static void no_past_launch_is_refused(void **state)
{
    run *r = *state;
    for (int t = 0; t < 30; t++) put(r, "old", t, 10);
    put(r, "short", 28, 1);
    put(r, "short", 29, 2);
    with(r, "product", "new");
    check_fails(KU_BAD_DATA, "no past launch to go by", go(r), &r->err);
}

static void strange_series_are_left_out(void **state)
{
    run *r = *state;
    put_shop(r);
    for (int t = 0; t < 20; t++) {
        put(r, "zero", 10 + t, 0);
        put(r, "negative", 10 + t, -5);
        put(r, "constant", 10 + t, 7);
        put(r, "spike", 10 + t, t == 3 ? 1e90 : 0);
        put(r, "falling", 10 + t, 1000 * exp(-t));
    }
    with(r, "product", "new");
    with(r, "like", "A; zero; negative; constant; falling");
    check_ok(go(r), &r->err);
    sound(r);
    check_near("zero", 0, number(r, "analogues", "weight", find(r, "analogues", "product", "zero")),
               0);
    r->params = 1;
    check_ok(go(r), &r->err);
    sound(r);
}

static void product_twice_is_refused(void **state)
{
    run *r = *state;
    put_shop(r);
    describe(r, "A", "Lamps", 1, NAN);
    describe(r, "A", "Bulbs", 1, NAN);
    check_fails(KU_BAD_DATA, "two rows for the product \"A\"", go(r), &r->err);
}

static void unknown_replaced_product_is_refused(void **state)
{
    run *r = *state;
    put_shop(r);
    with(r, "product", "new");
    with(r, "replaces", "nothing");
    check_fails(KU_USAGE, "there are no sales of \"nothing\"", go(r), &r->err);
}

static void product_with_a_long_past_is_no_launch(void **state)
{
    run *r = *state;
    put_shop(r);
    with(r, "product", "old lamp");
    check_fails(KU_BAD_DATA, "was on sale when the data begin", go(r), &r->err);
}

static void no_rows_are_refused(void **state)
{
    run *r = *state;
    check_fails(KU_BAD_DATA, "not one row", go(r), &r->err);
}

static void same_bits_for_any_threads(void **state)
{
    run *r = *state;
    double first = 0;
    put_shop(r);
    with(r, "product", "new");
    for (unsigned threads = 1; threads <= 2; threads++) {
        r->threads = threads;
        check_ok(go(r), &r->err);
        double value = number(r, "course", "total_hi", 25);
        if (threads == 1) first = value;
        assert_true(memcmp(&first, &value, sizeof value) == 0);
    }
}

/* ---- from the bank ----------------------------------------------------------------------------------- */

static void launches_of_the_bank(void **state)
{
    run *r = *state;
    ku_bank *bank;
    ku_session *session;
    ku_params *params;
    check_ok(ku_bank_open(NULL, NULL, &bank, &r->err), &r->err);
    check_ok(ku_session_open(bank, &session, &r->err), &r->err);
    check_ok(ku_session_exec(session,
                             "INSERT INTO sale (time, product, quantity, amount, batch)"
                             " SELECT TIMESTAMP '2023-01-02' + INTERVAL (i) DAY, p,"
                             " 2 + i % 3, 5, 1 FROM range(400) t(i),"
                             " (VALUES ('old', 0), ('tea', 60), ('rum', 120), ('new', 370)) v(p, f)"
                             " WHERE i >= f",
                             NULL, 0, NULL, &r->err),
             &r->err);
    check_ok(
        ku_session_exec(session,
                        "INSERT INTO product_rows (product, name, product_group, list_price, batch)"
                        " VALUES ('tea', 'Green', 'Hot', 5, 1), ('new', 'Black', 'Hot', 6, 1)",
                        NULL, 0, NULL, &r->err),
        &r->err);
    ku_session_close(session);
    with(r, "product", "new");
    const ku_analysis *analysis = ku_analysis_find(ID);
    check_ok(ku_params_parse(analysis, r->param, r->params, r->arena, &params, &r->err), &r->err);
    check_ok(ku_bank_inputs(bank, analysis, params, NULL, 0, &r->in, &r->err), &r->err);
    ku_bank_close(bank);
    assert_int_equal(ku_frames_find(&r->in, "launches")->rows, 3);
    ku_frame_builder_free(r->rows);
    ku_frame_builder_free(r->launches);
    r->rows = r->launches = NULL;
    check_ok(go(r), &r->err);
    sound(r);
    int64_t tea = find(r, "analogues", "product", "tea Green");
    assert_non_null(strstr(text(r, "analogues", "why", tea), "Same group; price 17 % lower"));
    assert_string_equal(text(r, "course", "kind", 0), "actual");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, run_new, run_end)
    const struct CMUnitTest tests[] = {
        TEST(descriptor_is_consistent),
        TEST(launch_without_a_past),
        TEST(first_sales_count),
        TEST(given_weights_decide),
        TEST(what_is_bought_again_rises_to_a_level),
        TEST(replaced_product_loses_its_part),
        TEST(latest_product_is_taken),
        TEST(one_analogue_is_enough),
        TEST(no_past_launch_is_refused),
        TEST(strange_series_are_left_out),
        TEST(product_twice_is_refused),
        TEST(unknown_replaced_product_is_refused),
        TEST(product_with_a_long_past_is_no_launch),
        TEST(no_rows_are_refused),
        TEST(same_bits_for_any_threads),
        TEST(launches_of_the_bank),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
