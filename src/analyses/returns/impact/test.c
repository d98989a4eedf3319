/* test.c - returns.impact from tables to tables: input of every kind, and bad input in words. */
#include "whole_run.h"

#include "kemudi/rng.h"

typedef struct table_text {
    char at[16384];
    size_t length;
} table_text;

static void add(table_text *to, const char *format, ...) KU_PRINTF(2, 3);

static void add(table_text *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(to->at + to->length, sizeof to->at - to->length, format, args);
    va_end(args);
    assert_true(n >= 0 && (size_t)n < sizeof to->at - to->length);
    to->length += (size_t)n;
}

/* 60 numbered periods; 10 more from period 41 on. */
static void wide(table_text *to, const char *head, const char *(*more)(int t, double market))
{
    ku_rng rng = ku_rng_make(1, 0);
    add(to, "date,value,market%s\n", head);
    for (int t = 1; t <= 60; t++) {
        double market = 100 + 8 * sin(t / 5.0) + 2 * ku_rng_normal(&rng);
        double value = 20 + 1.5 * market + ku_rng_normal(&rng) + (t > 40 ? 10 : 0);
        add(to, "%d,%.2f,%.2f%s\n", t, value, market, more != NULL ? more(t, market) : "");
    }
}

static void finds_the_effect(void **state)
{
    whole_run *run = *state;
    table_text csv = {.length = 0};
    wide(&csv, "", NULL);
    whole_table(run, "series", csv.at);
    whole_param(run, "start-number", "41");
    whole_param(run, "cost", "100");
    check_ok(whole_go(run, "returns.impact"), &run->err);
    assert_int_equal(whole_rows(run, "course"), 60);
    assert_int_equal(whole_rows(run, "placebo"), 6);
    double lo = whole_number(run, "summary", "effect_lo", 0);
    double hi = whole_number(run, "summary", "effect_hi", 0);
    check_near("effect", 10, whole_number(run, "summary", "effect", 0), 0.08);
    assert_true(lo < 10 && 10 < hi && hi - lo < 6);
    check_near("sum", 20 * whole_number(run, "summary", "effect", 0),
               whole_number(run, "summary", "effect", 1), 1e-9);
    check_near("so far", whole_number(run, "summary", "effect", 1),
               whole_number(run, "course", "cumulative", 59), 1e-9);
    check_near("return", whole_number(run, "summary", "effect", 1) / 100,
               whole_number(run, "figures", "value", 4), 1e-9);
    check_near("counts", 1, whole_number(run, "coefficients", "counts", 0), 0.01);
    check_near("coefficient", 1.5, whole_number(run, "coefficients", "coefficient", 0), 0.1);
    assert_true(whole_remarks(run, "It raised the outcome"));
    for (int64_t row = 0; row < whole_rows(run, "checks"); row++)
        assert_string_not_equal(whole_text(run, "checks", "verdict", row), "bad");
}

/* The same towns below each other give the same answer as beside each other. */
static void long_and_wide_are_one(void **state)
{
    whole_run *run = *state;
    table_text csv = {.length = 0}, below = {.length = 0};
    wide(&csv, "", NULL);
    whole_table(run, "series", csv.at);
    whole_param(run, "start-number", "41");
    check_ok(whole_go(run, "returns.impact"), &run->err);
    double effect = whole_number(run, "summary", "effect", 0);
    add(&below, "series,date,value\n");
    for (char *line = strchr(csv.at, '\n') + 1; *line != '\0'; line = strchr(line, '\n') + 1) {
        double value, market;
        int t;
        assert_int_equal(sscanf(line, "%d,%lf,%lf", &t, &value, &market), 3);
        add(&below, "Here,%d,%.2f\nThere,%d,%.2f\n", t, value, t, market);
    }
    whole_forget(run);
    whole_table(run, "series", below.at);
    check_fails(KU_USAGE, "say in which of them it was done: \"Here\", \"There\"",
                whole_go(run, "returns.impact"), &run->err);
    whole_param(run, "series", "here");
    check_ok(whole_go(run, "returns.impact"), &run->err);
    check_near("effect", effect, whole_number(run, "summary", "effect", 0), 1e-9);
    assert_string_equal(whole_text(run, "coefficients", "compared", 0), "There");
    run->params[run->param_count - 1].value = "Nowhere";
    check_fails(KU_USAGE, "no series \"Nowhere\"", whole_go(run, "returns.impact"), &run->err);
}

/* Columns: one always the same, one mostly missing, one with a gap, the outcome again, a text. */
static const char *odd(int t, double market)
{
    static char text[128];
    double value = 3 * market;
    char gap[32] = "";
    if (t != 7) snprintf(gap, sizeof gap, "%.2f", value);
    snprintf(text, sizeof text, ",5,%s,%s,word", t < 30 ? "" : "1.5", gap);
    return text;
}

static void columns_of_no_use_are_left_out(void **state)
{
    whole_run *run = *state;
    table_text csv = {.length = 0};
    wide(&csv, ",fixed,late,gappy,words", odd);
    whole_table(run, "series", csv.at);
    whole_param(run, "start-number", "41");
    check_ok(whole_go(run, "returns.impact"), &run->err);
    assert_int_equal(whole_rows(run, "coefficients"), 2);
    assert_string_equal(whole_text(run, "coefficients", "compared", 1), "gappy");
    assert_true(whole_remarks(run, "never change before the start and was left out: fixed"));
    assert_true(whole_remarks(run, "more than a tenth of the periods before or after the start"));
    assert_true(whole_remarks(run, "Single missing values of 1 comparisons"));
    assert_true(whole_remarks(run, "Columns of text are not compared with: words"));
}

static const char *follower(int t, double market)
{
    static char text[32];
    snprintf(text, sizeof text, ",%.2f", market * 0.5 + (t > 40 ? 30 : 0));
    return text;
}

static void a_comparison_that_moved(void **state)
{
    whole_run *run = *state;
    table_text csv = {.length = 0};
    wide(&csv, ",neighbour", follower);
    whole_table(run, "series", csv.at);
    whole_param(run, "start-number", "41");
    check_ok(whole_go(run, "returns.impact"), &run->err);
    assert_true(whole_remarks(run, "\"neighbour\" changed by"));
    assert_true(whole_remarks(run, "is outside all it was before the start"));
}

static void nothing_to_compare_with(void **state)
{
    whole_run *run = *state;
    table_text csv = {.length = 0};
    ku_rng rng = ku_rng_make(2, 0);
    add(&csv, "date,value\n");
    for (int t = 0; t < 120; t++) /* from Thursday, 1 January 2026 */
        add(&csv, "2026-%02d-%02d,%.2f\n", 1 + t / 28, 1 + t % 28, 50.0);
    whole_table(run, "series", csv.at);
    whole_param(run, "start", "2026-04-01");
    check_fails(KU_BAD_DATA, "is always 50", whole_go(run, "returns.impact"), &run->err);
    csv.length = 0;
    add(&csv, "date,value\n");
    for (int t = 0; t < 28; t++)
        add(&csv, "2026-02-%02d,%.2f\n", 1 + t,
            (t % 7 < 2 ? 100 : 50) + ku_rng_normal(&rng) + (t > 21 ? 20 : 0));
    whole_forget(run);
    whole_table(run, "series", csv.at);
    run->params[0].value = "2026-02-23";
    check_ok(whole_go(run, "returns.impact"), &run->err);
    assert_true(whole_remarks(run, "There is nothing to compare with"));
    assert_int_equal(whole_rows(run, "coefficients"), 0);
    double lo = whole_number(run, "summary", "effect_lo", 0);
    double hi = whole_number(run, "summary", "effect_hi", 0);
    print_message("effect 20, found %.2f to %.2f\n", lo, hi);
    assert_true(lo < 20 && 20 < hi && lo > 0);
}

static void periods_that_cannot_be_studied(void **state)
{
    whole_run *run = *state;
    table_text csv = {.length = 0};
    wide(&csv, "", NULL);
    whole_table(run, "series", csv.at);
    check_fails(KU_USAGE, "say in which period it began", whole_go(run, "returns.impact"),
                &run->err);
    whole_param(run, "start-number", "1");
    check_fails(KU_BAD_DATA, "nothing to learn from before the start",
                whole_go(run, "returns.impact"), &run->err);
    run->params[0].value = "61";
    check_fails(KU_BAD_DATA, "behind the data, whose last value is for 60",
                whole_go(run, "returns.impact"), &run->err);
    run->params[0].value = "3";
    check_fails(KU_BAD_DATA, "only 2 values lie before the start", whole_go(run, "returns.impact"),
                &run->err);
    run->params[0].value = "41";
    whole_param(run, "end-number", "30");
    check_fails(KU_USAGE, "the end lies before the start", whole_go(run, "returns.impact"),
                &run->err);
    run->params[1].value = "99";
    whole_param(run, "season", "30");
    check_fails(KU_USAGE, "needs at least 60 before the start", whole_go(run, "returns.impact"),
                &run->err);
    run->params[2].value = "1";
    check_ok(whole_go(run, "returns.impact"), &run->err);
    assert_true(whole_remarks(run, "The data end with 60"));
}

static void row_of_an_experiment(void **state)
{
    whole_run *run = *state;
    table_text csv = {.length = 0};
    ku_rng rng = ku_rng_make(3, 0);
    add(&csv, "series,date,value\n");
    for (int t = 0; t < 28; t++) {
        double market = 100 + 5 * ku_rng_normal(&rng);
        add(&csv, "North,2026-02-%02d,%.2f\n", 1 + t,
            market + ku_rng_normal(&rng) + (t > 21 ? 20 : 0));
        add(&csv, "South,2026-02-%02d,%.2f\n", 1 + t, 2 * market);
    }
    whole_table(run, "series", csv.at);
    whole_param(run, "series", "North");
    whole_param(run, "start", "2026-02-23");
    whole_param(run, "season", "1");
    whole_param(run, "channel", "Radio");
    check_ok(whole_go(run, "returns.impact"), &run->err);
    assert_true(whole_remarks(run, "needs dates and --cost"));
    whole_param(run, "cost", "50");
    whole_param(run, "worth", "0.5");
    check_ok(whole_go(run, "returns.impact"), &run->err);
    assert_string_equal(whole_text(run, "experiment", "region", 0), "North");
    assert_string_equal(whole_text(run, "experiment", "experiment", 0), "North, from 2026-02-23");
    check_near("effect", whole_number(run, "summary", "effect", 1) / 2,
               whole_number(run, "experiment", "effect", 0), 1e-9);
    check_near("days", 5,
               whole_number(run, "experiment", "ends", 0) -
                   whole_number(run, "experiment", "starts", 0),
               0);
}

/* Nothing is found where nothing was done, and what could have been seen is said. */
static void no_effect(void **state)
{
    whole_run *run = *state;
    table_text csv = {.length = 0};
    ku_rng rng = ku_rng_make(9, 0);
    add(&csv, "date,value,x\n");
    for (int t = 1; t <= 40; t++) {
        double x = ku_rng_normal(&rng);
        if (t == 30)
            add(&csv, "%d,,%.3f\n", t, x);
        else
            add(&csv, "%d,%.3f,%.3f\n", t, x + ku_rng_normal(&rng), x);
    }
    whole_table(run, "series", csv.at);
    whole_param(run, "start-number", "29");
    check_ok(whole_go(run, "returns.impact"), &run->err);
    assert_int_equal(whole_number(run, "summary", "periods", 0), 11);
    assert_true(isnan(whole_number(run, "course", "effect", 29)));
    assert_true(isnan(whole_number(run, "summary", "relative", 0))); /* of about nothing */
    assert_true(whole_remarks(run, "could hardly have been seen"));
    assert_true(whole_remarks(run, "1 of 12 periods from the start on have no value"));
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(finds_the_effect, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(long_and_wide_are_one, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(columns_of_no_use_are_left_out, whole_setup,
                                        whole_teardown),
        cmocka_unit_test_setup_teardown(a_comparison_that_moved, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(nothing_to_compare_with, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(periods_that_cannot_be_studied, whole_setup,
                                        whole_teardown),
        cmocka_unit_test_setup_teardown(no_effect, whole_setup, whole_teardown),
        cmocka_unit_test_setup_teardown(row_of_an_experiment, whole_setup, whole_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
