/* test.c - returns.refresh: moves add up, steps without a difference move nothing, corrected
 * figures, settings, beliefs and new channels are found, and there must be something to compare
 * with. */
#include "../../../../tests/whole_run.h"

#include <math.h>

#include "base/date.h"
#include "base/text.h"
#include "kemudi/rng.h"

enum { SMALL = 26, LARGE = 39, REGIONS = 2 };

/* Spend on TV in bursts and on Search always; sales rise with both. `radio`: a third channel;
 * `corrected`: one week of TV is given too high. */
static void add_tables(whole_run *run, const char *suffix, int weeks, bool radio, bool corrected)
{
    ku_text media = {0}, outcome = {0};
    ku_rng rng = ku_rng_make(6, 1);
    ku_text_add(&media, "date,region,channel,spend\n");
    ku_text_add(&outcome, "date,region,value\n");
    for (int w = 0; w < weeks; w++)
        for (int r = 0; r < REGIONS; r++) {
            char day[KU_DATE_TEXT];
            const char *region = r == 0 ? "North" : "South";
            double tv = (w + 2 * r) % 5 < 2 ? 800 + 40 * (w % 7) : 0,
                   search = 300 + 60 * (w * (r + 2) % 5);
            double air = radio ? 200 + 50 * ((w + r) % 4) : 0, noise = 150 * ku_rng_normal(&rng);
            ku_date_format(ku_date_from_civil(2025, 1, 6) + 7 * w, day);
            ku_text_addf(&media, "%s,%s,TV,%g\n", day, region, corrected && w == 5 ? tv + 500 : tv);
            ku_text_addf(&media, "%s,%s,Search,%g\n", day, region, search);
            if (radio) ku_text_addf(&media, "%s,%s,Radio,%g\n", day, region, air);
            ku_text_addf(&outcome, "%s,%s,%.2f\n", day, region,
                         9000 + 1000 * r + 1.5 * tv + 2 * search + noise);
        }
    whole_table(run, ku_arena_printf(run->arena, "media%s", suffix), ku_text_string(&media));
    whole_table(run, ku_arena_printf(run->arena, "outcome%s", suffix), ku_text_string(&outcome));
    ku_text_clear(&media);
    ku_text_clear(&outcome);
}

static void begin(whole_run *run)
{
    whole_begin(run);
    whole_param(run, "chains", "2");
    whole_param(run, "warmup", "150");
    whole_param(run, "draws", "150");
}

/* The move of a channel in a step; NAN where there is none. */
static double moved(const whole_run *run, const char *channel, const char *label)
{
    for (int64_t i = 0; i < whole_rows(run, "bridge"); i++)
        if (strcmp(whole_text(run, "bridge", "channel", i), channel) == 0 &&
            strcmp(whole_text(run, "bridge", "label", i), label) == 0)
            return whole_number(run, "bridge", "change", i);
    return NAN;
}

static void moves_add_up(const whole_run *run, const char *channel)
{
    static const char *const steps[] = {"Last model", "Restated data", "New data",
                                        "Settings",   "Beliefs",       "Later window"};
    double sum = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) sum += moved(run, channel, steps[i]);
    check_near(channel, moved(run, channel, "This model"), sum, 1e-12);
}

static bool differs(const whole_run *run, const char *kind, const char *about)
{
    for (int64_t i = 0; i < whole_rows(run, "differences"); i++)
        if (strcmp(whole_text(run, "differences", "kind", i), kind) == 0 &&
            strcmp(whole_text(run, "differences", "about", i), about) == 0)
            return true;
    return false;
}

static void test_all_the_same(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    add_tables(&run, "", SMALL, false, false);
    add_tables(&run, "_before", SMALL, false, false);
    check_ok(whole_go(&run, "returns.refresh"), &run.err);
    assert_true(whole_remarks(&run, "Nothing is other"));
    assert_int_equal(whole_rows(&run, "differences"), 0);
    assert_true(moved(&run, "TV", "New data") == 0 && moved(&run, "TV", "Restated data") == 0);
    moves_add_up(&run, "TV");
    whole_end(&run);
}

static void test_corrected_and_new(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    add_tables(&run, "", LARGE, false, false);
    add_tables(&run, "_before", SMALL, false, true);
    check_ok(whole_go(&run, "returns.refresh"), &run.err);
    assert_true(differs(&run, "Restated data", "Spend on TV"));
    assert_false(differs(&run, "Restated data", "Spend on Search"));
    assert_true(differs(&run, "New data", "periods"));
    assert_true(moved(&run, "TV", "Restated data") != 0 && moved(&run, "TV", "New data") != 0);
    assert_true(moved(&run, "TV", "Settings") == 0 && moved(&run, "TV", "Beliefs") == 0);
    moves_add_up(&run, "TV");
    moves_add_up(&run, "Search");
    whole_end(&run);
}

static void test_settings_and_beliefs(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    add_tables(&run, "", SMALL, false, false);
    add_tables(&run, "_before", SMALL, false, false);
    whole_table(&run, "settings_before", "name,value\nlag,2\n");
    whole_table(&run, "priors", "channel,quantity,low,high\nTV,roi,4,6\n");
    check_ok(whole_go(&run, "returns.refresh"), &run.err);
    assert_true(differs(&run, "Settings", "Longest lag"));
    assert_true(differs(&run, "Beliefs", "Beliefs"));
    assert_true(moved(&run, "TV", "Settings") != 0);
    assert_true(moved(&run, "TV", "Beliefs") > 0); /* one believes in more than there was */
    moves_add_up(&run, "TV");
    whole_end(&run);
}

static void test_a_new_channel(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    add_tables(&run, "", SMALL, true, false);
    add_tables(&run, "_before", SMALL, false, false);
    check_ok(whole_go(&run, "returns.refresh"), &run.err);
    assert_true(differs(&run, "Restated data", "Radio"));
    assert_true(isnan(moved(&run, "Radio", "Last model")));
    assert_true(isfinite(moved(&run, "Radio", "This model")));
    moves_add_up(&run, "Search");
    whole_end(&run);
}

static void test_nothing_to_compare_with(void **state)
{
    (void)state;
    whole_run run;
    begin(&run);
    add_tables(&run, "", SMALL, false, false);
    check_fails(KU_BAD_DATA, "nothing to compare with", whole_go(&run, "returns.refresh"),
                &run.err);
    add_tables(&run, "_before", SMALL, false, false);
    whole_table(&run, "settings_before", "name,value\nlagg,2\n");
    check_fails(KU_BAD_DATA, "no setting \"lagg\"", whole_go(&run, "returns.refresh"), &run.err);
    whole_end(&run);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_the_same),
        cmocka_unit_test(test_corrected_and_new),
        cmocka_unit_test(test_settings_and_beliefs),
        cmocka_unit_test(test_a_new_channel),
        cmocka_unit_test(test_nothing_to_compare_with),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
