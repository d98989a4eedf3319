/* test.c - returns.plan as it is used: limits and what happens where they cannot all hold, goals
 * that can and cannot be met, plans given by name, and bad input. What the optimiser itself does
 * is tested in tests/returns/test_plan.c. */
#include "../../../../tests/whole_run.h"

#include <math.h>
#include <stdlib.h>

#include "base/date.h"
#include "base/text.h"

enum { WEEKS = 60, DRAWS = 12 };

static void add_media(whole_run *run)
{
    ku_text csv = {0};
    ku_text_add(&csv, "date,region,channel,spend\n");
    for (int w = 0; w < WEEKS; w++) {
        char day[KU_DATE_TEXT];
        ku_date_format(ku_date_from_civil(2024, 1, 8) + 7 * w, day);
        for (int r = 0; r < 2; r++) {
            ku_text_addf(&csv, "%s,%s,TV,%d\n", day, r == 0 ? "North" : "South",
                         1000 + 300 * (w % 3));
            ku_text_addf(&csv, "%s,%s,Search,%d\n", day, r == 0 ? "North" : "South",
                         500 + 100 * (w % 4));
        }
    }
    whole_table(run, "media", ku_text_string(&csv));
    ku_text_clear(&csv);
}

static void add_response(whole_run *run, const char *saturation, double slope)
{
    ku_text csv = {0};
    ku_rng rng = ku_rng_make(4, 4);
    ku_text_add(&csv, "draw,channel,region,coefficient,carry,half,slope,scale,price,adstock,"
                      "saturation,lag,normalised\n");
    for (int d = 0; d < DRAWS; d++)
        for (int c = 0; c < 2; c++) {
            double carry = c == 0 ? 0.4 + 0.3 * ku_rng_uniform(&rng) : 0.1;
            double level = (c == 0 ? 3500 : 2600) * (0.6 + 0.8 * ku_rng_uniform(&rng));
            for (int r = 0; r < 2; r++)
                ku_text_addf(&csv, "%d,%s,%s,%.17g,%.17g,1,%g,%d,1,geometric,%s,6,true\n", d,
                             c == 0 ? "TV" : "Search", r == 0 ? "North" : "South", level, carry,
                             slope, c == 0 ? 1300 : 650, saturation);
        }
    whole_table(run, "response", ku_text_string(&csv));
    ku_text_clear(&csv);
}

static void begin(whole_run *run)
{
    whole_begin(run);
    add_response(run, "michaelis_menten", 1);
    add_media(run);
    whole_param(run, "months", "4");
}

static int64_t planned(const whole_run *run, const char *channel, const char *region,
                       const char *month)
{
    int64_t sum = 0;
    for (int64_t i = 0; i < whole_rows(run, "calendar"); i++) {
        char day[KU_DATE_TEXT];
        ku_date_format((int32_t)whole_number(run, "calendar", "month", i), day);
        if (channel != NULL && strcmp(whole_text(run, "calendar", "channel", i), channel) != 0)
            continue;
        if (region != NULL && strcmp(whole_text(run, "calendar", "region", i), region) != 0)
            continue;
        if (month != NULL && strncmp(day, month, 7) != 0) continue;
        sum += (int64_t)whole_number(run, "calendar", "minor_units", i);
    }
    return sum;
}

static void test_every_limit_holds_to_the_cent(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    whole_table(&run, "limits",
                "channel,region,month,least,most,booked\n"
                "TV,North,2025-03-01,,,7000.01\n"
                "Search,,2025-04-15,,3000.33,\n"
                ",South,,20000.5,,\n"
                "TV,,,,55000,\n");
    whole_table(&run, "cash", "month,most\n2025-05-01,16000.07\n");
    whole_param(&run, "total", "76543.21");
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    assert_true(planned(&run, NULL, NULL, NULL) == 7654321);
    assert_true(planned(&run, "TV", "North", "2025-03") >= 700001);
    assert_true(planned(&run, "Search", NULL, "2025-04") <= 300033);
    assert_true(planned(&run, NULL, "South", NULL) >= 2000050);
    assert_true(planned(&run, "TV", NULL, NULL) <= 5500000);
    assert_true(planned(&run, NULL, NULL, "2025-05") <= 1600007);
    assert_false(whole_remarks(&run, "Not all limits"));
    assert_true(whole_number(&run, "scenarios", "spend", 0) == 76543.21);
    assert_true(whole_number(&run, "scenarios", "spend", 1) == 76543.21);
    whole_end(&run);
}

static void test_more_is_booked_than_there_is_cash(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    whole_table(&run, "limits", "channel,month,booked\nTV,2025-04-01,9000\n");
    whole_table(&run, "cash", "month,most\n2025-04-01,8000\n");
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    assert_true(whole_remarks(&run, "the cash of 8,000 cannot be kept"));
    assert_true(planned(&run, "TV", NULL, "2025-04") >= 900000);
    assert_true(whole_rows(&run, "frontier") > 5);
    whole_end(&run);
}

static void test_a_total_beyond_the_caps(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    whole_table(&run, "limits", "channel,most\nTV,10000\nSearch,5000\n");
    whole_param(&run, "total", "40000");
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    assert_true(whole_remarks(&run, "Of the total, 40,000, 15,000 can be planned"));
    check_near("what can be planned", 1500000, (double)planned(&run, NULL, NULL, NULL), 1e-6);
    whole_end(&run);
}

static double best(const whole_run *run, const char *column)
{
    return whole_number(run, "scenarios", column, 1);
}

static void test_goals(void **state)
{
    (void)state;
    static const double met = 5e-3;
    whole_run run;
    begin(&run);
    whole_param(&run, "objective", "roi");
    whole_param(&run, "target", "1.6");
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    check_near("target return", 1.6, best(&run, "roi"), met);
    run.params[1].value = "volume";
    run.params[2].value = "60000";
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    check_near("target outcome", 60000, best(&run, "outcome"), met);
    double cost = best(&run, "spend");
    run.params[1].value = "profit"; /* the most for that money is that outcome */
    whole_param(&run, "total", ku_arena_printf(run.arena, "%.2f", cost));
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    check_near("the same plan from the other side", 60000, best(&run, "outcome"), met);
    run.param_count--;
    run.params[1].value = "marginal";
    run.params[2].value = "0.9";
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    assert_true(whole_remarks(&run, "one more unit of money in total would bring 0.90") ||
                whole_remarks(&run, "one more unit of money in total would bring 0.91"));
    whole_end(&run);
}

static void test_goals_out_of_reach(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    whole_param(&run, "objective", "volume");
    whole_param(&run, "target", "1e9");
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    assert_true(whole_remarks(&run, "The outcome of 1,000,000,000 cannot be reached"));
    assert_true(best(&run, "outcome") > 0);
    run.params[1].value = "roi";
    run.params[2].value = "50";
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    assert_true(whole_remarks(&run, "A return of 50.00 cannot be reached"));
    assert_true(whole_rows(&run, "calendar") > 0);
    run.param_count--;
    check_fails(KU_USAGE, "--target", whole_go(&run, "returns.plan"), &run.err);
    whole_end(&run);
}

static void test_named_plans_are_compared(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    whole_table(&run, "plans",
                "plan,channel,region,month,amount\n"
                "All on TV,TV,,,70000\n"
                "South first,TV,South,,20000\n"
                "South first,Search,South,2025-04-01,8000\n");
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    assert_int_equal(whole_rows(&run, "scenarios"), 4);
    assert_string_equal(whole_text(&run, "scenarios", "plan", 2), "All on TV");
    assert_true(whole_number(&run, "scenarios", "spend", 2) == 70000);
    assert_int_equal(whole_rows(&run, "comparison"), 6);
    for (int64_t i = 0; i < 6; i++) {
        double p = whole_number(&run, "comparison", "probability", i);
        assert_true(p >= 0 && p <= 1);
        assert_true(whole_number(&run, "comparison", "difference_lo", i) <=
                    whole_number(&run, "comparison", "difference_hi", i));
    }
    assert_true(whole_number(&run, "comparison", "difference", 0) > 0); /* Best, As today */
    whole_end(&run);
}

static void test_s_shaped_curves_say_so(void **state)
{
    (void)state;
    whole_run run;
    whole_begin(&run);
    add_response(&run, "hill", 2.5);
    add_media(&run);
    whole_param(&run, "months", "3");
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    assert_true(whole_remarks(&run, "S-shaped"));
    assert_false(whole_remarks(&run, "No other plan within the limits"));
    assert_true(whole_number(&run, "comparison", "difference", 0) > 0);
    whole_end(&run);
}

static void test_groups_and_weeks(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    whole_table(&run, "groups", "region,group\nNorth,Isle\nSouth,Isle\n");
    whole_param(&run, "by", "week");
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    assert_int_equal(whole_rows(&run, "calendar") % 2, 0);
    assert_true(whole_rows(&run, "calendar") >= 2 * 17);
    assert_string_equal(whole_text(&run, "calendar", "region", 0), "Isle");
    whole_end(&run);
}

static void fails_with(const char *table, const char *csv, ku_status status, const char *words)
{
    whole_run run;
    begin(&run);
    for (size_t i = 0; i < run.file_count; i++)
        if (strcmp(run.files[i].table, table) == 0) run.files[i] = run.files[--run.file_count];
    whole_table(&run, table, csv);
    check_fails(status, words, whole_go(&run, "returns.plan"), &run.err);
    whole_end(&run);
}

#define RESPONSE                                                                                   \
    "draw,channel,region,coefficient,carry,half,slope,scale,price,adstock,saturation,lag\n"

static void test_bad_input(void **state)
{
    (void)state;
    fails_with("limits", "channel,most\nRadio,5\n", KU_BAD_DATA, "no channel \"Radio\"");
    fails_with("limits", "channel,most\nTV,-5\n", KU_BAD_DATA, "below 0");
    fails_with("groups", "region,group\nEast,All\n", KU_BAD_DATA, "no region \"East\"");
    fails_with("plans", "plan,channel,amount\nX,Radio,5\n", KU_BAD_DATA, "row 1");
    fails_with("response", RESPONSE "0,TV,North,5,.5,1,1,1,1,arithmetic,hill,4\n", KU_BAD_DATA,
               "no kind of adstock");
    fails_with("response", RESPONSE "0,TV,North,5,1.5,1,1,1,1,geometric,hill,4\n", KU_BAD_DATA,
               "outside what they can be");
    fails_with("response",
               RESPONSE "0,TV,North,5,.5,1,1,1,1,geometric,hill,4\n"
                        "1,TV,South,5,.5,1,1,1,1,geometric,hill,4\n",
               KU_BAD_DATA, "has no row for");
    fails_with("response",
               RESPONSE "0,TV,North,5,.5,1,1,1,1,geometric,hill,4\n"
                        "0,TV,North,5,.5,1,1,1,1,geometric,hill,4\n",
               KU_BAD_DATA, "two rows");
    fails_with("response", RESPONSE "0,TV,North,5,.5,1,1,1,,geometric,hill,4\n", KU_BAD_DATA,
               "no channel has a price");
    fails_with("response", RESPONSE "0,TV,North,5,.5,1,1,1,1,geometric,hill,9999\n", KU_BAD_DATA,
               "a lag must be");
}

static void test_what_only_limits_the_use(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    whole_table(&run, "limits", "channel,month,most\nTV,2031-01-01,5\n");
    check_ok(whole_go(&run, "returns.plan"), &run.err);
    assert_true(whole_remarks(&run, "1 limits are of months that the plan does not have"));
    assert_true(whole_rows(&run, "learn") == 2);
    whole_end(&run);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_limit_holds_to_the_cent),
        cmocka_unit_test(test_more_is_booked_than_there_is_cash),
        cmocka_unit_test(test_a_total_beyond_the_caps),
        cmocka_unit_test(test_goals),
        cmocka_unit_test(test_goals_out_of_reach),
        cmocka_unit_test(test_named_plans_are_compared),
        cmocka_unit_test(test_s_shaped_curves_say_so),
        cmocka_unit_test(test_groups_and_weeks),
        cmocka_unit_test(test_bad_input),
        cmocka_unit_test(test_what_only_limits_the_use),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
