/* test.c - returns.geolift: GeoLift's file as it is, several campaigns, money, and bad input. */
#include "check.h"

#include "base/date.h"
#include "base/text.h"
#include "kemudi/rng.h"
#include "whole_run.h"

enum { REGIONS = 6, DAYS = 60, FIRST = 20454 }; /* 2026-01-01 */

static const char *const region[REGIONS] = {"North", "South", "East", "West", "Upland", "Coast"};

/* What a panel is made with. */
typedef struct made {
    double lift;        /* in North and South from day 46 on */
    int without;        /* a region has no rows on this day; -1: all have all */
    int without_region; /* which */
    bool units;         /* with a revenue per unit of 5 */
    int regions;
    bool odd; /* the first region moves like no other */
} made;

static const made usual = {.lift = 0.1, .without = -1, .regions = REGIONS};

static const char *panel(whole_run *run, const made *m)
{
    ku_text csv = {0};
    ku_rng rng = ku_rng_make(8, 1);
    ku_text_addf(&csv, "date,geo,sales%s\n", m->units ? ",revenue_per_unit" : "");
    for (int t = 0; t < DAYS; t++) {
        char date[KU_DATE_TEXT];
        double season = 10 * (t % 7 == 5) + 4 * (t % 7 == 4), wave = 6 * sin(t / 5.0);
        ku_date_format(FIRST + t, date);
        for (int i = 0; i < m->regions; i++) {
            double value = 100 + 20 * i + season * (1 + 0.2 * i) + wave * (1 + 0.1 * (i % 3)) +
                           ku_rng_normal(&rng);
            if (m->odd && i == 0) value = 100 + 30 * sin(t / 1.7) + 20 * (t % 5 == 1);
            if (i < 2 && t >= 46) value *= 1 + m->lift;
            if (t == m->without && i == m->without_region) continue;
            ku_text_addf(&csv, "%s,%s,%.4f%s\n", date, region[i], value, m->units ? ",5" : "");
        }
    }
    const char *text = ku_arena_strdup(run->arena, ku_text_string(&csv));
    ku_text_clear(&csv);
    return text;
}

static void begin(whole_run *run, const made *m, const char *regions, const char *starts)
{
    whole_begin(run);
    whole_table(run, "outcome", panel(run, m));
    if (regions != NULL) whole_param(run, "regions", regions);
    if (starts != NULL) whole_param(run, "starts", starts);
}

static void go(whole_run *run)
{
    check_ok(whole_go(run, "returns.geolift"), &run->err);
}

static double effect(const whole_run *run, const char *column)
{
    return whole_number(run, "effect", column, 0);
}

/* 14 days of two regions, 10 % added to each. */
static void finds_what_was_added(void **state)
{
    (void)state;
    whole_run run;
    begin(&run, &usual, "north, South", "2026-02-16");
    whole_param(&run, "spend", "150");
    whole_param(&run, "channel", "Radio");
    go(&run);
    assert_true(effect(&run, "lift_lo") < 0.1 && effect(&run, "lift_hi") > 0.1);
    assert_true(effect(&run, "lift_lo") > 0.07 && effect(&run, "lift_hi") < 0.13);
    check_near("total", 28 * effect(&run, "average"), effect(&run, "total"), 1e-12);
    check_near("return", effect(&run, "total") / 150, effect(&run, "return"), 1e-12);
    check_near("cost", 150 / effect(&run, "total"), effect(&run, "cost_each"), 1e-12);
    assert_int_equal(whole_rows(&run, "course"), DAYS);
    assert_int_equal(whole_rows(&run, "experiment"), 1);
    assert_string_equal(whole_text(&run, "experiment", "region", 0), "North; South");
    check_near("error", (effect(&run, "total_hi") - effect(&run, "total_lo")) / 3.919927969,
               whole_number(&run, "experiment", "effect_error", 0), 1e-9);
    assert_non_null(strstr(whole_text(&run, "effect", "verdict", 0), "won about"));
    whole_end(&run);
}

/* Orders worth 5 each. */
static void counts_in_money(void **state)
{
    (void)state;
    whole_run run;
    made m = usual;
    m.units = true;
    begin(&run, &m, "North,South", "2026-02-16");
    whole_param(&run, "spend", "150");
    go(&run);
    check_near("return", 5 * effect(&run, "total") / 150, effect(&run, "return"), 1e-9);
    assert_int_equal(whole_rows(&run, "experiment"), 0);
    assert_true(whole_remarks(&run, "without its channel"));
    whole_end(&run);
}

/* Each campaign against the four regions without any. */
static void several_campaigns(void **state)
{
    (void)state;
    whole_run run;
    begin(&run, &usual, NULL, "2026-02-16");
    whole_table(&run, "treated",
                "region,cell,spend,channel\nNorth,Social,90,Social\nSouth,Search,70,Search\n");
    go(&run);
    assert_int_equal(whole_rows(&run, "effect"), 2);
    assert_int_equal(whole_rows(&run, "experiment"), 2);
    for (int64_t i = 0; i < 2; i++) {
        assert_true(whole_number(&run, "effect", "lift_lo", i) < 0.1);
        assert_true(whole_number(&run, "effect", "lift_hi", i) > 0.1);
    }
    for (int64_t i = 0; i < whole_rows(&run, "weights"); i++) {
        const char *name = whole_text(&run, "weights", "region", i);
        assert_true(strcmp(name, "North") != 0 && strcmp(name, "South") != 0);
    }
    check_near("spend", 70, whole_number(&run, "effect", "spend", 1), 1e-12);
    whole_end(&run);
}

/* The one that cannot be answered is named, the other is answered. */
static void one_of_two_campaigns(void **state)
{
    (void)state;
    whole_run run;
    begin(&run, &usual, NULL, NULL);
    whole_table(&run, "treated",
                "region,cell,start,end\nNorth,Early,2026-02-16,2026-02-28\n"
                "South,Late,2026-05-01,2026-05-14\n");
    go(&run);
    assert_int_equal(whole_rows(&run, "effect"), 1);
    assert_true(whole_remarks(&run, "Late has no answer: the campaign starts on 1 May 2026"));
    whole_end(&run);
}

static void refuses(const made *m, const char *regions, const char *starts, const char *ends,
                    ku_status status, const char *words)
{
    whole_run run;
    begin(&run, m, regions, starts);
    if (ends != NULL) whole_param(&run, "ends", ends);
    check_fails(status, words, whole_go(&run, "returns.geolift"), &run.err);
    whole_end(&run);
}

static void bad_input(void **state)
{
    (void)state;
    made one = usual, two = usual;
    one.regions = 1;
    two.regions = 2;
    refuses(&usual, NULL, "2026-02-16", NULL, KU_USAGE, "name the regions");
    refuses(&usual, "North", NULL, NULL, KU_USAGE, "say when the campaign started");
    refuses(&usual, "Nort", "2026-02-16", NULL, KU_BAD_DATA, "(is it 'North'?)");
    refuses(&one, "North", "2026-02-16", NULL, KU_BAD_DATA, "one region only, North");
    refuses(&two, "North, South", "2026-02-16", NULL, KU_BAD_DATA, "all 2 regions");
    refuses(&usual, "North", "2026-06-01", NULL, KU_BAD_DATA, "the data end on 1 Mar 2026");
    refuses(&usual, "North", "2025-06-01", "2025-06-10", KU_BAD_DATA, "no date of the data lies");
    refuses(&usual, "North", "2026-02-16", "2026-02-10", KU_BAD_DATA, "before it starts");
    refuses(&usual, "North", "2026-01-03", NULL, KU_BAD_DATA, "have 2 dates before the campaign");
}

/* Answers that go as far as the data do, and say so. */
static void partial_answers(void **state)
{
    (void)state;
    whole_run run;
    begin(&run, &usual, "North, Nowhere", "2026-02-16");
    whole_param(&run, "ends", "2026-03-31");
    go(&run);
    assert_true(whole_remarks(&run, "no region 'Nowhere'"));
    assert_true(whole_remarks(&run, "the answer is for what there is"));
    check_near("periods", 14, effect(&run, "periods"), 0);
    whole_end(&run);

    begin(&run, &usual, "North", "2026-01-10"); /* 9 days before 51 */
    go(&run);
    assert_true(whole_remarks(&run, "9 dates before for 51 of the campaign are few"));
    whole_end(&run);

    begin(&run, &usual, "North", "2026-01-12");
    whole_param(&run, "ends", "2026-01-16"); /* 16 dates in all: no chance below 1 in 16 */
    go(&run);
    assert_true(whole_remarks(&run, "chances below 1 in 16 cannot be told"));
    check_near("jackknife", effect(&run, "jackknife_lo"), effect(&run, "total_lo"), 1e-12);
    whole_end(&run);

    made odd = usual;
    odd.odd = true;
    begin(&run, &odd, "North", "2026-02-16");
    go(&run);
    assert_true(whole_remarks(&run, "no mixture of the other 5 regions moves like"));
    whole_end(&run);
}

static void gaps(void **state)
{
    (void)state;
    whole_run run;
    made m = usual;
    m.without = 30;
    m.without_region = 4;
    begin(&run, &m, "North", "2026-02-16");
    go(&run);
    assert_true(whole_remarks(&run, "1 region has dates without a figure"));
    assert_true(whole_remarks(&run, "Upland"));
    whole_end(&run);

    m.without_region = 0;
    begin(&run, &m, "North", "2026-02-16");
    go(&run);
    assert_true(whole_remarks(&run, "On 1 date a region of the campaign has no figure"));
    assert_int_equal(whole_rows(&run, "course"), DAYS - 1);
    whole_end(&run);

    m.without_region = 4;
    begin(&run, &m, "North", "2026-02-16");
    whole_param(&run, "gaps", "zero");
    go(&run);
    assert_false(whole_remarks(&run, "without a figure"));
    whole_end(&run);
}

/* Weeks of the same data: eight whole ones. */
static void by_weeks(void **state)
{
    (void)state;
    whole_run run;
    begin(&run, &usual, "North", "2026-02-16");
    whole_param(&run, "period", "week");
    go(&run);
    assert_int_equal(whole_rows(&run, "course"), 8);
    check_near("periods", 2, effect(&run, "periods"), 0);
    whole_end(&run);
}

static void file_of_geolift(void **state)
{
    (void)state;
    char path[512];
    whole_run run;
    data_path("returns/geolift/GeoLift_Test.csv", path, sizeof path);
    whole_begin(&run);
    run.files[0] = (ku_table_file){"outcome", path};
    run.file_count = 1;
    whole_param(&run, "regions", "chicago, portland");
    whole_param(&run, "starts", "2021-04-01");
    check_ok(whole_go(&run, "returns.geolift"), &run.err);
    check_near("incremental", 4666.67, effect(&run, "total"), 1e-5);
    check_near("lift", 0.0542, effect(&run, "lift"), 1e-4);
    run.file_count = 0; /* not ours to remove */
    whole_end(&run);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_what_was_added),
        cmocka_unit_test(counts_in_money),
        cmocka_unit_test(several_campaigns),
        cmocka_unit_test(one_of_two_campaigns),
        cmocka_unit_test(bad_input),
        cmocka_unit_test(partial_answers),
        cmocka_unit_test(gaps),
        cmocka_unit_test(by_weeks),
        cmocka_unit_test(file_of_geolift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
