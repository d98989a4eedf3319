/* test.c - returns.mix: how columns of wide tables are known, the checks of the data held against
 * figures worked out by hand, true returns found again, and every kind of bad input said in plain
 * words with what can still be answered. */
#include "whole_run.h"

#include <math.h>

#include "analyses/returns/data.h"
#include "base/date.h"
#include "base/text.h"

/* ---- names of columns ------------------------------------------------------------------------ */

static void columns_are_known_by_their_names(void **state)
{
    (void)state;
    static const struct {
        const char *column;
        ku_returns_part part;
        const char *stem;
    } known[] = {
        {"Channel0_impression", KU_RETURNS_EXPOSURE, "Channel0"},
        {"Channel0_spend", KU_RETURNS_SPEND, "Channel0"},
        {"Channel3_reach", KU_RETURNS_REACH, "Channel3"},
        {"Channel3_frequency", KU_RETURNS_FREQUENCY, "Channel3"},
        {"Organic_channel0_impression", KU_RETURNS_EXPOSURE, "Organic_channel0"},
        {"competitor_sales_control", KU_RETURNS_A_CONTROL, "competitor_sales"},
        {"Promo", KU_RETURNS_A_TREATMENT, "Promo"},
        {"conversions", KU_RETURNS_OUTCOME_VALUE, "conversions"},
        {"revenue_per_conversion", KU_RETURNS_REVENUE_PER_UNIT, "revenue_per_conversion"},
        {"population", KU_RETURNS_POPULATION, "population"},
        {"geo", KU_RETURNS_REGION, "geo"},
        {"time", KU_RETURNS_DATE, "time"},
        {"DATE", KU_RETURNS_DATE, "DATE"},
        {"date_week", KU_RETURNS_DATE, "date_week"},
        {"tv_S", KU_RETURNS_SPEND, "tv"},
        {"facebook_I", KU_RETURNS_EXPOSURE, "facebook"},
        {"search_clicks_P", KU_RETURNS_EXPOSURE, "search"},
        {"competitor_sales_B", KU_RETURNS_A_CONTROL, "competitor_sales"},
        {"events", KU_RETURNS_AN_EVENT, "events"},
        {"x1", KU_RETURNS_SPEND, "x1"},
        {"x2_Social-Media", KU_RETURNS_SPEND, "Social-Media"},
        {"c1", KU_RETURNS_A_CONTROL, "c1"},
        {"c1_effect", KU_RETURNS_UNUSED, "c1_effect"}, /* the answer, not a control */
        {"event_1", KU_RETURNS_AN_EVENT, "event_1"},
        {"y", KU_RETURNS_OUTCOME_VALUE, "y"},
        {"dayofyear", KU_RETURNS_UNUSED, "dayofyear"},
        {"t", KU_RETURNS_UNUSED, "t"},
        {"newsletter", KU_RETURNS_UNUSED, "newsletter"},
        {"_spend", KU_RETURNS_UNUSED, "_spend"}, /* of nobody */
        {"", KU_RETURNS_UNUSED, ""},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char stem[64];
        ku_returns_part part = ku_returns_column_part(known[i].column, stem, sizeof stem);
        if (part != known[i].part || strcmp(stem, known[i].stem) != 0)
            print_error("%s: part %d, stem %s\n", known[i].column, (int)part, stem);
        assert_int_equal(part, known[i].part);
        assert_string_equal(stem, known[i].stem);
    }
}

/* ---- a company on paper ------------------------------------------------------------------------ */

/* Weekly outcome and spend of two channels in some towns: what each spec makes wrong. */
typedef struct paper {
    int regions, weeks, channels;
    double steady;          /* the first channel's spend never changes, at this much a week */
    bool twins;             /* the second channel is spent like the first */
    int hole_from, hole_to; /* weeks without outcome in the first region */
    double minus;           /* taken from the outcome of a week now and then */
    bool unseen;            /* the first channel's exposure is lost in every fourth week */
    bool unpaid;            /* its spend is lost in every fourth week, the exposure kept */
    double effect;          /* money of outcome per unit spent on the first channel */
} paper;

static const paper sound = {.regions = 5, .weeks = 60, .channels = 2, .effect = 3};

static double chance(int a, int b, int c)
{
    ku_rng rng = ku_rng_make(77,
                             ku_rng_stream((uint64_t)a, ku_rng_stream((uint64_t)b, (uint64_t)c)));
    return ku_rng_normal(&rng);
}

static double spend_at(const paper *p, int channel, int region, int week)
{
    if (channel == 0 && p->steady > 0) return p->steady;
    if (channel == 1 && p->twins) return 2 * spend_at(p, 0, region, week);
    double size = 100.0 * (region + 1);
    bool on = (week + 5 * channel + 3 * region) % 9 < 5;
    return on ? floor(size * exp(0.4 * chance(channel, region, week))) : 0;
}

static const char *day_of(int week, char text[KU_DATE_TEXT])
{
    return ku_date_format(ku_date_from_civil(2024, 1, 1) + 7 * week, text);
}

static void write_media(const paper *p, whole_run *run)
{
    ku_text csv = {0};
    char day[KU_DATE_TEXT];
    ku_text_add(&csv, "date,region,channel,spend,exposure\n");
    for (int t = 0; t < p->weeks; t++)
        for (int r = 0; r < p->regions; r++)
            for (int c = 0; c < p->channels; c++) {
                double spend = spend_at(p, c, r, t);
                bool lost = c == 0 && t % 4 == 0;
                ku_text_addf(&csv, "%s,Town %d,Channel %c,%.0f,%.0f\n", day_of(t, day), r + 1,
                             'A' + c, p->unpaid && lost ? 0 : spend,
                             p->unseen && lost ? 0 : 10 * spend);
            }
    whole_table(run, "media", ku_text_string(&csv));
    ku_text_clear(&csv);
}

/* Straight effects, nothing carried over, so that the true return is plain. */
static void write_outcome(const paper *p, whole_run *run)
{
    ku_text csv = {0};
    char day[KU_DATE_TEXT];
    ku_text_add(&csv, "date,region,value,population\n");
    for (int t = 0; t < p->weeks; t++)
        for (int r = 0; r < p->regions; r++) {
            double size = 100.0 * (r + 1);
            double value = size * (30 + 3 * sin(t / 8.3) + 0.8 * chance(9, r, t));
            value += p->effect * spend_at(p, 0, r, t);
            if (p->channels > 1 && !p->twins) value += 1.5 * spend_at(p, 1, r, t);
            if (p->minus > 0 && t % 11 == 4) value = -p->minus;
            if (r == 0 && t >= p->hole_from && t < p->hole_to) continue;
            ku_text_addf(&csv, "%s,Town %d,%.2f,%.0f\n", day_of(t, day), r + 1, value, 10 * size);
        }
    whole_table(run, "outcome", ku_text_string(&csv));
    ku_text_clear(&csv);
}

static void begin(whole_run *run, const paper *p)
{
    whole_begin(run);
    write_media(p, run);
    write_outcome(p, run);
    whole_param(run, "chains", "2");
    whole_param(run, "warmup", "200");
    whole_param(run, "draws", "200");
}

/* The row of a table whose columns have these texts; -1: none. */
static int64_t row_of(const whole_run *run, const char *table, const char *column, const char *text,
                      const char *column2, const char *text2)
{
    for (int64_t i = 0; i < whole_rows(run, table); i++)
        if (strcmp(whole_text(run, table, column, i), text) == 0 &&
            (column2 == NULL || strcmp(whole_text(run, table, column2, i), text2) == 0))
            return i;
    return -1;
}

static int64_t check_row(const whole_run *run, const char *check, const char *about)
{
    int64_t row = row_of(run, "checks", "check", check, "about", about);
    if (row < 0) print_error("no check %s of %s\n", check, about);
    assert_true(row >= 0);
    return row;
}

static void check_verdict(const whole_run *run, const char *check, const char *about,
                          const char *verdict)
{
    int64_t row = check_row(run, check, about);
    assert_string_equal(whole_text(run, "checks", "verdict", row), verdict);
}

static double return_of(const whole_run *run, const char *channel, const char *column)
{
    int64_t row = row_of(run, "return", "channel", channel, NULL, NULL);
    assert_true(row >= 0);
    return whole_number(run, "return", column, row);
}

static void go(whole_run *run)
{
    check_ok(whole_go(run, "returns.mix"), &run->err);
}

static void check_between(const char *what, double truth, double lo, double hi)
{
    if (truth >= lo && truth <= hi) return;
    print_error("%s: true %.4g lies outside %.4g .. %.4g\n", what, truth, lo, hi);
    fail();
}

static void check_holds(const whole_run *run, const char *channel, double truth)
{
    check_between(channel, truth, return_of(run, channel, "roi_lo"),
                  return_of(run, channel, "roi_hi"));
}

/* ---- answers ------------------------------------------------------------------------------------- */

static void true_returns_are_found(void **state)
{
    (void)state;
    whole_run run;
    begin(&run, &sound);
    whole_param(&run, "adstock", "none");
    whole_param(&run, "saturation", "none");
    go(&run);
    check_holds(&run, "Channel A", 3);
    check_holds(&run, "Channel B", 1.5);
    assert_true(return_of(&run, "Channel A", "roi_hi") - return_of(&run, "Channel A", "roi_lo") <
                1);
    assert_true(return_of(&run, "Channel A", "data") > 0.9);
    assert_true(return_of(&run, "Channel A", "pays") > 0.99);
    check_verdict(&run, "Gaps", "", "good");
    check_verdict(&run, "Regions", "", "good");
    check_verdict(&run, "Negative outcome", "", "good");
    whole_end(&run);
}

/* Baseline, channels and outcome of the waterfall; parts of the course; today on the curve. */
static void tables_agree_with_each_other(void **state)
{
    (void)state;
    const double tolerance = 1e-9;
    whole_run run;
    begin(&run, &sound);
    go(&run);
    double sum = 0;
    int64_t steps = whole_rows(&run, "contribution");
    for (int64_t i = 0; i + 1 < steps; i++) sum += whole_number(&run, "contribution", "money", i);
    check_near("waterfall", whole_number(&run, "contribution", "money", steps - 1) / sum, 1,
               tolerance);
    double by_region = 0, by_period = 0;
    for (int64_t i = 0; i < whole_rows(&run, "regions"); i++)
        if (strcmp(whole_text(&run, "regions", "channel", i), "Channel A") == 0)
            by_region += whole_number(&run, "regions", "contribution", i);
    for (int64_t i = 0; i < whole_rows(&run, "course"); i++)
        if (strcmp(whole_text(&run, "course", "part", i), "Channel A") == 0)
            by_period += whole_number(&run, "course", "money", i);
    double all = return_of(&run, "Channel A", "contribution");
    check_near("regions", by_region / all, 1, tolerance);
    check_near("periods", by_period / all, 1, tolerance);
    check_near("return", return_of(&run, "Channel A", "roi"),
               all / return_of(&run, "Channel A", "spend"), tolerance);
    int64_t today = row_of(&run, "curves", "channel", "Channel A", "mark", "today");
    check_near("today's spend", whole_number(&run, "curves", "spend", today) * sound.weeks,
               return_of(&run, "Channel A", "spend"), tolerance);
    check_near("today on the curve, of some of the draws",
               whole_number(&run, "curves", "outcome", today) * sound.weeks / all, 1, 0.03);
    whole_end(&run);
}

/* One row a draw, channel and region; the sum of coefficient x saturated adstock is what the
 * channel brought. Without carry-over and saturation that is coefficient x exposure / scale. */
static void responses_give_the_contribution_again(void **state)
{
    (void)state;
    whole_run run;
    begin(&run, &sound);
    whole_param(&run, "adstock", "none");
    whole_param(&run, "saturation", "none");
    whole_param(&run, "response-draws", "400");
    go(&run);
    int64_t rows = whole_rows(&run, "response"), draws = 0;
    double brought = 0;
    for (int64_t i = 0; i < rows; i++) {
        if (strcmp(whole_text(&run, "response", "channel", i), "Channel A") != 0) continue;
        int region = whole_text(&run, "response", "region", i)[5] - '1';
        double spend = 0;
        for (int t = 0; t < sound.weeks; t++) spend += spend_at(&sound, 0, region, t);
        draws += region == 0;
        brought += whole_number(&run, "response", "coefficient", i) * spend /
                   whole_number(&run, "response", "price", i) /
                   whole_number(&run, "response", "scale", i);
    }
    assert_int_equal(rows, draws * sound.regions * sound.channels);
    check_near("contribution",
               return_of(&run, "Channel A", "contribution") / (brought / (double)draws), 1, 1e-9);
    whole_end(&run);
}

static void same_seed_gives_same_bits(void **state)
{
    (void)state;
    whole_run a, b;
    begin(&a, &sound);
    begin(&b, &sound);
    go(&a);
    go(&b);
    for (int64_t i = 0; i < whole_rows(&a, "parameters"); i++)
        assert_true(whole_number(&a, "parameters", "mean", i) ==
                    whole_number(&b, "parameters", "mean", i));
    whole_end(&a);
    whole_end(&b);
}

/* ---- bad input ------------------------------------------------------------------------------------ */

static void exposure_without_spend_and_the_reverse_are_told(void **state)
{
    (void)state;
    whole_run run;
    paper p = sound;
    p.unpaid = true;
    begin(&run, &p);
    go(&run);
    int64_t row = check_row(&run, "Exposure without spend", "Channel A");
    check_near("share", 0.25, whole_number(&run, "checks", "figure", row), 0.05);
    whole_end(&run);
    p = sound;
    p.unseen = true;
    begin(&run, &p);
    go(&run);
    row = check_row(&run, "Spend without exposure", "Channel A");
    check_near("share", 0.25, whole_number(&run, "checks", "figure", row), 0.05);
    whole_end(&run);
}

static void steady_spend_leaves_the_prior(void **state)
{
    (void)state;
    whole_run run;
    paper p = sound;
    p.regions = 1;
    p.steady = 100;
    begin(&run, &p);
    go(&run);
    int64_t row = check_row(&run, "Variation", "Channel A");
    check_near("variation", 0, whole_number(&run, "checks", "figure", row), 1e-9);
    check_verdict(&run, "Variation", "Channel A", "take care");
    check_verdict(&run, "Regions", "", "take care");
    assert_true(return_of(&run, "Channel A", "data") < 0.3);
    assert_true(return_of(&run, "Channel A", "prior_lo") < 0.3);
    assert_true(whole_remarks(&run, "what was believed before"));
    whole_end(&run);
}

static void gaps_and_negative_sales_are_told_and_survived(void **state)
{
    (void)state;
    whole_run run;
    paper p = sound;
    p.hole_from = 10;
    p.hole_to = 16;
    p.minus = 500;
    begin(&run, &p);
    go(&run);
    int64_t gaps = check_row(&run, "Gaps", "");
    check_near("gaps", 6.0 / 300, whole_number(&run, "checks", "figure", gaps), 1e-12);
    check_verdict(&run, "Negative outcome", "", "take care");
    int64_t negative = check_row(&run, "Negative outcome", "");
    /* weeks 4, 15, 26, 37, 48, 59 in five towns, one of them in the gap */
    check_near("negative", 29, whole_number(&run, "checks", "figure", negative), 1e-12);
    assert_true(isfinite(return_of(&run, "Channel A", "roi")));
    whole_end(&run);
    begin(&run, &p);
    whole_param(&run, "family", "log_normal");
    check_fails(KU_BAD_DATA, "need an outcome above 0", whole_go(&run, "returns.mix"), &run.err);
    whole_end(&run);
}

static void channels_that_move_as_one_are_told(void **state)
{
    (void)state;
    whole_run run;
    paper p = sound;
    p.twins = true;
    begin(&run, &p);
    go(&run);
    int64_t row = check_row(&run, "Moving together", "Channel A and Channel B");
    check_near("correlation", 1, whole_number(&run, "checks", "figure", row), 1e-9);
    check_verdict(&run, "Moving together", "Channel A and Channel B", "not usable");
    assert_true(isfinite(return_of(&run, "All paid", "roi")));
    whole_end(&run);
}

static void more_channels_than_weeks_are_told(void **state)
{
    (void)state;
    whole_run run;
    paper p = {.regions = 1, .weeks = 8, .channels = 9, .effect = 3};
    begin(&run, &p);
    go(&run);
    check_verdict(&run, "Length", "", "not usable");
    assert_true(whole_remarks(&run, "no more weeks than channels"));
    assert_int_equal(whole_rows(&run, "return"), 10);
    whole_end(&run);
}

static const char lie[] = "experiment,channel,region,starts,ends,spend,effect,effect_error\n"
                          "Switched off,Channel A,,2024-02-05,2024-04-28,%.0f,%.0f,%.0f\n"
                          "Elsewhere,Radio,,2024-02-05,2024-04-28,100,100,10\n"
                          "Long ago,Channel A,,2019-02-04,2019-04-28,100,100,10\n"
                          "No error,Channel A,,2024-02-05,2024-04-28,100,100,\n"
                          "To the week after,Channel A,,2024-06-03,2025-02-27,10000,20000,9000\n";

/* A test that found a fifth of the true return, with a small error. */
static void experiments_that_contradict_are_told(void **state)
{
    (void)state;
    whole_run run;
    double spend = 0;
    for (int t = 5; t < 17; t++)
        for (int r = 0; r < sound.regions; r++) spend += spend_at(&sound, 0, r, t);
    begin(&run, &sound);
    whole_table(&run, "experiments",
                ku_arena_printf(run.arena, lie, spend, 0.6 * spend, 0.1 * spend));
    go(&run);
    int64_t row = row_of(&run, "experiments", "experiment", "Switched off", NULL, NULL);
    assert_string_equal(whole_text(&run, "experiments", "use", row), "compared");
    assert_true(whole_number(&run, "experiments", "apart", row) > 3);
    assert_true(row_of(&run, "health", "check", "Experiment", "verdict", "not usable") >= 0);
    assert_true(whole_remarks(&run, "a contradiction"));
    assert_int_equal(whole_rows(&run, "experiments"), 5);
    row = row_of(&run, "experiments", "experiment", "To the week after", NULL, NULL);
    assert_string_equal(whole_text(&run, "experiments", "use", row), "compared");
    assert_true(whole_remarks(&run, "No channel is called Radio"));
    assert_true(whole_remarks(&run, "not all within the data"));
    assert_true(whole_remarks(&run, "has no error"));
    double alone = return_of(&run, "Channel A", "roi");
    whole_param(&run, "experiments", "use");
    go(&run);
    assert_true(return_of(&run, "Channel A", "roi") < alone - 0.3);
    whole_end(&run);
}

/* ---- priors and parameters ------------------------------------------------------------------------- */

static void beliefs_of_a_table_are_taken(void **state)
{
    (void)state;
    whole_run run;
    begin(&run, &sound);
    whole_table(&run, "priors", "channel,quantity,low,high\nChannel B,roi,0.01,0.02\n");
    go(&run);
    check_near("prior, low", 0.01, return_of(&run, "Channel B", "prior_lo"), 1e-6);
    check_near("prior, high", 0.02, return_of(&run, "Channel B", "prior_hi"), 1e-6);
    check_near("the others' prior", exp(0.2), return_of(&run, "Channel A", "prior_roi"), 1e-6);
    whole_end(&run);
    begin(&run, &sound);
    whole_table(&run, "priors", "channel,quantity,low,high\nChannel Z,roi,1,2\n");
    check_fails(KU_BAD_DATA, "is called Channel Z", whole_go(&run, "returns.mix"), &run.err);
    whole_end(&run);
    begin(&run, &sound);
    whole_table(&run, "priors", "channel,quantity,kind,a\nChannel A,roi,gauss,1\n");
    check_fails(KU_BAD_DATA, "found the kind 'gauss'", whole_go(&run, "returns.mix"), &run.err);
    whole_end(&run);
    begin(&run, &sound);
    whole_param(&run, "prior-low", "2");
    check_fails(KU_USAGE, "give both", whole_go(&run, "returns.mix"), &run.err);
    whole_end(&run);
}

static void wrong_tables_are_refused_in_words(void **state)
{
    (void)state;
    whole_run run;
    whole_begin(&run);
    whole_table(&run, "wide", ",TV,Radio,Sales\n1,230.1,37.8,22.1\n2,44.5,39.3,10.4\n");
    check_fails(KU_BAD_DATA, "no column says when", whole_go(&run, "returns.mix"), &run.err);
    whole_end(&run);
    whole_begin(&run);
    whole_table(&run, "wide", "date,tv_spend,heads\n2024-01-01,1,2\n");
    check_fails(KU_BAD_DATA, "--outcome-column", whole_go(&run, "returns.mix"), &run.err);
    whole_end(&run);
    whole_begin(&run);
    whole_table(&run, "wide", "date,tv_spend,sales\n2024-01-01,1,2\nsoon,2,2\n");
    check_fails(KU_BAD_DATA, "found 'soon'", whole_go(&run, "returns.mix"), &run.err);
    whole_end(&run);
    whole_begin(&run);
    whole_table(&run, "wide", "date,sales\n2024-01-01,2\n");
    check_fails(KU_BAD_DATA, "no column is a channel", whole_go(&run, "returns.mix"), &run.err);
    whole_end(&run);
    whole_begin(&run);
    whole_table(&run, "wide",
                "date,tv_spend,sales\n2024-01-01,1,2\n2024-02-01,2,3\n2024-03-01,1,2\n");
    check_fails(KU_BAD_DATA, "--period month", whole_go(&run, "returns.mix"), &run.err);
    whole_param(&run, "media", "radio");
    check_fails(KU_USAGE, "no column called radio", whole_go(&run, "returns.mix"), &run.err);
    whole_end(&run);
    whole_begin(&run);
    whole_table(&run, "outcome", "date,value\n2024-01-01,2\n");
    check_fails(KU_BAD_DATA, "there is no spend", whole_go(&run, "returns.mix"), &run.err);
    whole_end(&run);
}

/* ---- other programs' data ---------------------------------------------------------------------------- */

static void begin_file(whole_run *run, const char *name, const char *table)
{
    char path[512];
    whole_begin(run);
    data_path(name, path, sizeof path);
    run->files[run->file_count++] = (ku_table_file){table, ku_arena_strdup(run->arena, path)};
}

/* Its folder has nothing of the run's own. */
static void end_file(whole_run *run)
{
    run->file_count = 0;
    whole_end(run);
}

/* Truths: data/returns/pymc_mmm_example/truth.json, member roas. */
static void pymc_marketings_example_is_found(void **state)
{
    (void)state;
    whole_run run;
    begin_file(&run, "returns/pymc_mmm_example/mmm_example.csv", "wide");
    whole_param(&run, "preset", "pymc");
    whole_param(&run, "seasons", "2");
    whole_param(&run, "trend", "yes");
    go(&run);
    check_holds(&run, "x1", 4967.83);
    check_holds(&run, "x2", 2274.88);
    assert_true(return_of(&run, "x1", "roi_hi") < 6500);
    end_file(&run);
}

/* Truths: data/returns/param_recovery/small_business_truth.json, member roas_values. */
static void a_small_business_is_found(void **state)
{
    (void)state;
    whole_run run;
    begin_file(&run, "returns/param_recovery/small_business.csv", "wide");
    go(&run);
    check_holds(&run, "Search-Ads", 8.1898);
    check_holds(&run, "Social-Media", 21.9485);
    check_holds(&run, "Local-Ads", 3.3196);
    check_holds(&run, "Email", 32.1274);
    end_file(&run);
}

static void robyns_columns_are_understood(void **state)
{
    (void)state;
    whole_run run;
    begin_file(&run, "returns/robyn_sim/dt_simulated_weekly.csv", "wide");
    whole_param(&run, "organic", "newsletter");
    whole_param(&run, "chains", "2");
    whole_param(&run, "warmup", "100");
    whole_param(&run, "draws", "100");
    go(&run);
    assert_int_equal(whole_rows(&run, "return"), 7); /* five paid, the newsletter, their sum */
    assert_true(isnan(return_of(&run, "newsletter", "roi")));
    check_near("spend on television, of the file", 3087490, return_of(&run, "tv", "spend"), 1e-5);
    end_file(&run);
}

int main(int argc, char **argv)
{
    int fd;
    if (ku_worker_asked(argc, argv, &fd)) return ku_worker_main(fd, NULL);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_are_known_by_their_names),
        cmocka_unit_test(true_returns_are_found),
        cmocka_unit_test(tables_agree_with_each_other),
        cmocka_unit_test(responses_give_the_contribution_again),
        cmocka_unit_test(same_seed_gives_same_bits),
        cmocka_unit_test(exposure_without_spend_and_the_reverse_are_told),
        cmocka_unit_test(steady_spend_leaves_the_prior),
        cmocka_unit_test(gaps_and_negative_sales_are_told_and_survived),
        cmocka_unit_test(channels_that_move_as_one_are_told),
        cmocka_unit_test(more_channels_than_weeks_are_told),
        cmocka_unit_test(experiments_that_contradict_are_told),
        cmocka_unit_test(beliefs_of_a_table_are_taken),
        cmocka_unit_test(wrong_tables_are_refused_in_words),
        cmocka_unit_test(pymc_marketings_example_is_found),
        cmocka_unit_test(a_small_business_is_found),
        cmocka_unit_test(robyns_columns_are_understood),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
