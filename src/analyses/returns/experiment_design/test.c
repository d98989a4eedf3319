/* test.c - returns.experiment-design: GeoLift's walkthrough, limits that hold, effects that no design
 * can find, and bad input. */
#include "check.h"

#include "base/date.h"
#include "base/text.h"
#include "kemudi/rng.h"
#include "whole_run.h"

enum { FIRST = 20454 }; /* 2026-01-01 */

typedef struct made {
    int regions, days;
    double noise; /* of a day, relative */
} made;

static const made usual = {8, 80, 0.02};

static const char *panel(whole_run *run, const made *m)
{
    ku_text csv = {0};
    ku_rng rng = ku_rng_make(9, 1);
    ku_text_add(&csv, "date,region,value\n");
    for (int t = 0; t < m->days; t++) {
        char date[KU_DATE_TEXT];
        double wave = 0.1 * sin(t / 6.0), season = 0.15 * (t % 7 == 5);
        ku_date_format(FIRST + t, date);
        for (int i = 0; i < m->regions; i++)
            ku_text_addf(&csv, "%s,Region %d,%.4f\n", date, i + 1,
                         (100 + 30 * i) * (1 + wave * (1 + 0.1 * (i % 3)) + season +
                                           m->noise * ku_rng_normal(&rng)));
    }
    const char *text = ku_arena_strdup(run->arena, ku_text_string(&csv));
    ku_text_clear(&csv);
    return text;
}

static void begin(whole_run *run, const made *m, const char *durations)
{
    whole_begin(run);
    whole_table(run, "outcome", panel(run, m));
    whole_param(run, "windows", "6");
    if (durations != NULL) whole_param(run, "durations", durations);
}

static void go(whole_run *run)
{
    check_ok(whole_go(run, "returns.experiment-design"), &run->err);
}

static void limits_hold(void **state)
{
    (void)state;
    whole_run run;
    begin(&run, &usual, "7,14");
    whole_param(&run, "with", "region 2");
    whole_param(&run, "without", "Region 8; Region 7");
    whole_param(&run, "reach", "0.4");
    whole_param(&run, "most", "3");
    go(&run);
    assert_true(whole_rows(&run, "designs") > 4);
    for (int64_t i = 0; i < whole_rows(&run, "designs"); i++) {
        const char *regions = whole_text(&run, "designs", "regions", i);
        assert_non_null(strstr(regions, "Region 2"));
        assert_null(strstr(regions, "Region 7"));
        assert_null(strstr(regions, "Region 8"));
        assert_true(whole_number(&run, "designs", "reach", i) <= 0.4);
        assert_true(whole_number(&run, "designs", "count", i) <= 3);
    }
    double weight = 0; /* the comparison of the best */
    for (int64_t i = 0; i < whole_rows(&run, "regions"); i++)
        if (whole_number(&run, "regions", "rank", i) == 1 &&
            strcmp(whole_text(&run, "regions", "role", i), "comparison") == 0)
            weight += whole_number(&run, "regions", "weight", i);
    check_near("weights of the comparison", 1, weight, 1e-3);
    whole_end(&run);
}

/* Larger lifts are found more surely on average, and the one hoped for is among those tried. */
static void power_grows(void **state)
{
    (void)state;
    whole_run run;
    double before = 0;
    bool hoped = false;
    begin(&run, &usual, "14");
    whole_param(&run, "lift", "0.033");
    whole_param(&run, "named", "1");
    go(&run);
    for (int64_t i = 0; i < whole_rows(&run, "power"); i++) {
        double lift = whole_number(&run, "power", "lift", i);
        double found = whole_number(&run, "power", "power", i);
        hoped = hoped || fabs(lift - 0.033) < 1e-12;
        assert_true(whole_number(&run, "power", "power_lo", i) <= found + 1e-12);
        assert_true(found >= before - 0.35); /* six windows */
        before = found;
    }
    assert_true(hoped);
    check_near("the largest lift is found", 1, before, 0);
    whole_end(&run);
}

static void none_can_find_it(void **state)
{
    (void)state;
    whole_run run;
    made loud = {8, 80, 0.15};
    begin(&run, &loud, "7");
    whole_param(&run, "lift", "0.005");
    go(&run);
    assert_true(whole_remarks(&run, "No design finds a lift of 0.5") ||
                whole_remarks(&run, "No design finds any lift up to"));
    whole_end(&run);

    begin(&run, &usual, "7"); /* what can be found is said, too */
    whole_param(&run, "lift", "0.001");
    whole_param(&run, "step", "0.02");
    go(&run);
    assert_true(whole_remarks(&run, "What would do: a campaign strong enough"));
    whole_end(&run);
}

static void budgets(void **state)
{
    (void)state;
    whole_run run;
    begin(&run, &usual, "14");
    whole_param(&run, "cost", "2");
    whole_param(&run, "budget", "1");
    go(&run);
    assert_true(whole_remarks(&run, "No design fits the budget of 1.00"));
    check_near("cost", 2 * whole_number(&run, "designs", "needed", 0),
               whole_number(&run, "designs", "cost", 0), 1e-12);
    whole_end(&run);

    begin(&run, &usual, "14");
    whole_param(&run, "budget", "500");
    go(&run);
    assert_true(whole_remarks(&run, "the budget was not used"));
    whole_end(&run);
}

static void refuses(const made *m, const char *durations, const char *name, const char *value,
                    ku_status status, const char *words)
{
    whole_run run;
    begin(&run, m, durations);
    if (name != NULL) whole_param(&run, name, value);
    check_fails(status, words, whole_go(&run, "returns.experiment-design"), &run.err);
    whole_end(&run);
}

static void bad_input(void **state)
{
    (void)state;
    made one = {1, 80, 0.02}, shorts = {8, 12, 0.02};
    refuses(&one, "7", NULL, NULL, KU_BAD_DATA, "one region only");
    refuses(&shorts, "7", NULL, NULL, KU_BAD_DATA, "the data have 12 dates, and a test of 7");
    refuses(&shorts, NULL, NULL, NULL, KU_BAD_DATA, "more past data, or shorter tests");
    refuses(&usual, "seven", NULL, NULL, KU_USAGE, "'seven' is no length");
    refuses(&usual, "7", "with", "Region 22", KU_BAD_DATA, "the data know no region 'Region 22'");
    refuses(&usual, "7", "least", "9", KU_BAD_DATA, "9 regions are to be treated");
    refuses(&usual, "7", "reach", "0.001", KU_BAD_DATA, "treats as little as asked for");
    refuses(&usual, "7", "until", "2025-01-01", KU_BAD_DATA, "no date of the data is that early");
}

static void too_long_is_left_out(void **state)
{
    (void)state;
    whole_run run;
    begin(&run, &usual, "7,60");
    go(&run);
    assert_true(whole_remarks(&run, "A test of 60 dates cannot be tried"));
    for (int64_t i = 0; i < whole_rows(&run, "designs"); i++)
        check_near("length", 7, whole_number(&run, "designs", "duration", i), 0);
    whole_end(&run);
}

/* GeoLift's first five market sets, in its own setting; the first with its investment. */
static void walkthrough(void **state)
{
    (void)state;
    static const char *const settings[][2] = {
        {"durations", "10,15"},  {"least", "2"},   {"most", "5"},        {"with", "chicago"},
        {"without", "honolulu"}, {"cost", "7.5"},  {"budget", "100000"}, {"windows", "1"},
        {"step", "0.05"},        {"test", "days"}, {"drawn", "0"}};
    static const char *const sets[] = {
        "chicago, portland", "chicago, portland", "chicago, cincinnati, houston, portland",
        "chicago, cincinnati, houston, portland", "chicago, houston, portland"};
    char path[512];
    whole_run run;
    data_path("returns/geolift/GeoLift_PreTest.csv", path, sizeof path);
    whole_begin(&run);
    run.files[0] = (ku_table_file){"outcome", path};
    run.file_count = 1;
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
        whole_param(&run, settings[i][0], settings[i][1]);
    go(&run);
    for (int64_t i = 0; i < 5; i++)
        assert_string_equal(whole_text(&run, "designs", "regions", i), sets[i]);
    check_near("length", 15, whole_number(&run, "designs", "duration", 0), 0);
    check_near("investment", 64563.75, whole_number(&run, "designs", "cost", 0), 1e-9);
    run.file_count = 0; /* not ours to remove */
    whole_end(&run);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_hold),      cmocka_unit_test(power_grows),
        cmocka_unit_test(none_can_find_it), cmocka_unit_test(budgets),
        cmocka_unit_test(bad_input),        cmocka_unit_test(too_long_is_left_out),
        cmocka_unit_test(walkthrough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
