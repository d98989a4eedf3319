/* test.c - customers.churn: regression and scores against R, and what the analysis makes of sales
 * that tell little. */
#include "check.h"

#include <fcntl.h>
#include <string.h>

#include "analyses/customers/churn/score.h"
#include "bank/bank.h"
#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "num/glm.h"
#include "runs/context.h"

#define ID "customers.churn"

/* ---- regression: R 4.2.2, glm with epsilon 1e-14, the sandwich by hand ------------------------ */

static const double x10[] = {-2, -1, -.5, 0, .3, .7, 1, 1.5, 2, 2.5};
static const double y10[] = {0, 0, 1, 0, 0, 1, 0, 1, 1, 1};

typedef struct numbers {
    ku_arena *arena;
    ku_error err;
    ku_glm fit;
} numbers;

static int numbers_new(void **state)
{
    numbers *n = calloc(1, sizeof *n);
    n->arena = ku_arena_new();
    *state = n;
    return 0;
}

static int numbers_end(void **state)
{
    numbers *n = *state;
    ku_arena_free(n->arena);
    free(n);
    return 0;
}

static void logistic_matches_reference(void **state)
{
    static const double none[2] = {0, 0};
    static const int64_t group[] = {1, 1, 1, 2, 2, 3, 3, 3, 4, 4};
    numbers *n = *state;
    ku_glm_rows rows = {.rows = 10, .dense = 1, .x = x10, .y = y10};
    check_ok(ku_glm_fit(KU_GLM_LOGIT, &rows, none, n->arena, NULL, &n->fit, &n->err), &n->err);
    assert_true(n->fit.converged);
    check_near("constant", -0.648386140787762, n->fit.beta[0], 1e-9);
    check_near("slope", 1.335502045966903, n->fit.beta[1], 1e-9);
    check_near("log-likelihood", -4.78980318024246, n->fit.loglik, 1e-12);
    check_near("variance of the constant", 0.999437308171578, n->fit.covariance[0], 1e-8);
    check_near("shared variance", -0.452028379219765, n->fit.covariance[1], 1e-8);
    check_near("variance of the slope", 0.482348225173907, n->fit.covariance[3], 1e-8);
    rows.belong = group;
    check_ok(ku_glm_fit(KU_GLM_LOGIT, &rows, none, n->arena, NULL, &n->fit, &n->err), &n->err);
    check_near("variance by group", 0.719180824579072, n->fit.covariance[0], 1e-8);
    check_near("shared by group", -0.347424032202115, n->fit.covariance[2], 1e-8);
    check_near("slope by group", 0.233850506192595, n->fit.covariance[3], 1e-8);
}

/* R's nlm on the penalised likelihood: penalty 2 on the slope. */
static void ridge_and_rates_match_reference(void **state)
{
    static const double ridge[2] = {0, 2}, none[2] = {0, 0};
    static const double counts[] = {1, 0, 3, 2, 2, 5, 4, 9, 14, 20};
    numbers *n = *state;
    ku_glm_rows rows = {.rows = 10, .dense = 1, .x = x10, .y = y10};
    check_ok(ku_glm_fit(KU_GLM_LOGIT, &rows, ridge, n->arena, NULL, &n->fit, &n->err), &n->err);
    check_near("constant", -0.316909895749, n->fit.beta[0], 1e-6);
    check_near("slope", 0.680964825293, n->fit.beta[1], 1e-6);
    rows.y = counts;
    check_ok(ku_glm_fit(KU_GLM_LOG, &rows, none, n->arena, NULL, &n->fit, &n->err), &n->err);
    check_near("constant of a rate", 0.861101610885072, n->fit.beta[0], 1e-9);
    check_near("slope of a rate", 0.855677581533603, n->fit.beta[1], 1e-9);
}

/* Levels as indicator columns and as dense columns are the same model. */
static void levels_are_columns(void **state)
{
    static const double ridge[4] = {0, 1, 1, 1};
    static const int32_t level[] = {1, 2, 3, 1, 2, 3, 1, 2, 3, -1};
    numbers *n = *state;
    double dense[30] = {0};
    for (int i = 0; i < 9; i++) dense[3 * i + level[i] - 1] = 1;
    ku_glm_rows sparse = {.rows = 10, .factors = 1, .levels = 3, .level = level, .y = y10};
    ku_glm_rows full = {.rows = 10, .dense = 3, .x = dense, .y = y10};
    ku_glm other;
    check_ok(ku_glm_fit(KU_GLM_LOGIT, &sparse, ridge, n->arena, NULL, &n->fit, &n->err), &n->err);
    check_ok(ku_glm_fit(KU_GLM_LOGIT, &full, ridge, n->arena, NULL, &other, &n->err), &n->err);
    for (int j = 0; j < 4; j++) check_near("coefficient", other.beta[j], n->fit.beta[j], 1e-12);
    for (int j = 0; j < 16; j++)
        check_near("covariance", other.covariance[j], n->fit.covariance[j], 1e-12);
    for (size_t i = 0; i < 10; i++)
        check_near("variance of a row", ku_glm_variance(&full, i, other.covariance),
                   ku_glm_variance(&sparse, i, n->fit.covariance), 1e-12);
}

static void regression_needs_rows(void **state)
{
    static const double none[2] = {0, 0}, same[] = {1, 1, 1}, y[] = {0, 1, 1};
    numbers *n = *state;
    ku_glm_rows rows = {.rows = 0, .dense = 1, .x = same, .y = y};
    check_fails(KU_BAD_DATA, "nothing to learn from",
                ku_glm_fit(KU_GLM_LOGIT, &rows, none, n->arena, NULL, &n->fit, &n->err), &n->err);
    rows.rows = 3;
    check_fails(KU_BAD_DATA, "depend on each other",
                ku_glm_fit(KU_GLM_LOGIT, &rows, none, n->arena, NULL, &n->fit, &n->err), &n->err);
}

/* ---- scores: the placements of DeLong et al. written out in R ------------------------------------- */

static void scores_match_reference(void **state)
{
    static const double p[] = {.1, .2, .2, .4, .35, .8, .7, .9, .55, .6, .3, .65};
    static const double y[] = {0, 0, 1, 0, 0, 1, 1, 1, 0, 1, 1, 0};
    numbers *n = *state;
    forecasts f = {12, p, y};
    tenth group[3];
    estimate auc = score_auc(&f, n->arena);
    check_near("area", 0.736111111111111, auc.value, 1e-12);
    check_near("area, low", 0.418187502156196, auc.lo, 1e-12);
    check_near("Brier", 0.207291666666667, score_brier(&f).value, 1e-12);
    assert_int_equal(score_groups(&f, 3, n->arena, group), 3);
    check_near("lowest third", 0.2, group[0].expected, 1e-12);
    forecasts all = {3, p, (const double[]){1, 1, 1}};
    assert_true(isnan(score_auc(&all, n->arena).value));
}

/* ---- runs from files --------------------------------------------------------------------------------- */

typedef struct run {
    ku_arena *arena;
    ku_bank *bank;
    ku_frames in, out;
    ku_control control;
    ku_error err;
    ku_param_text param[8];
    size_t params;
    uint64_t seed;
    ku_table_file file[2];
    char path[2][64];
    size_t files;
} run;

static int run_new(void **state)
{
    run *r = calloc(1, sizeof *r);
    r->arena = ku_arena_new();
    r->seed = 1;
    check_ok(ku_bank_open(NULL, NULL, &r->bank, &r->err), &r->err);
    ku_frames_init(&r->in);
    ku_frames_init(&r->out);
    *state = r;
    return 0;
}

static void forget_files(run *r)
{
    for (size_t i = 0; i < r->files; i++) unlink(r->path[i]);
    r->files = 0;
}

static int run_end(void **state)
{
    run *r = *state;
    forget_files(r);
    ku_frames_clear(&r->in);
    ku_frames_clear(&r->out);
    ku_bank_close(r->bank);
    ku_arena_free(r->arena);
    free(r);
    return 0;
}

static void with(run *r, const char *name, const char *value)
{
    r->param[r->params++] = (ku_param_text){name, value};
}

static void give(run *r, const char *table, const char *csv)
{
    char *path = r->path[r->files];
    snprintf(path, sizeof r->path[0], "/tmp/kemudi-churn-XXXXXX.csv");
    close(mkstemps(path, 4));
    check_ok(ku_file_write(path, csv, strlen(csv), 0600, &r->err), &r->err);
    r->file[r->files++] = (ku_table_file){table, path};
}

static ku_status go(run *r)
{
    const ku_analysis *analysis = ku_analysis_find(ID);
    ku_params *params;
    ku_frames_clear(&r->in);
    ku_frames_clear(&r->out);
    check_ok(ku_params_parse(analysis, r->param, r->params, r->arena, &params, &r->err), &r->err);
    KU_TRY(ku_bank_inputs(r->bank, analysis, params, r->file, r->files, &r->in, &r->err));
    ku_run_context context = {.analysis = analysis,
                              .arena = r->arena,
                              .seed = r->seed,
                              .control = &r->control,
                              .messages = open("/dev/null", O_WRONLY | O_CLOEXEC)};
    ku_status status = analysis->run(&r->in, params, &context, &r->out, &r->err);
    close(context.messages);
    return status;
}

static double number(const run *r, const char *table, const char *column, int64_t row)
{
    return ku_column_number(ku_frame_column(ku_frames_find(&r->out, table), column), row);
}

static const char *text(const run *r, const char *table, const char *column, int64_t row)
{
    return ku_column_text(ku_frame_column(ku_frames_find(&r->out, table), column), row, r->arena);
}

static int64_t rows(const run *r, const char *table)
{
    return ku_frames_find(&r->out, table)->rows;
}

static void sales(run *r, const char *csv)
{
    forget_files(r);
    give(r, "sales", csv);
    check_ok(go(r), &r->err);
}

/* No repeat buyer, one customer, one day: the list stands, without what cannot be known. */
static void little_to_learn(void **state)
{
    run *r = *state;
    sales(r, "customer,date,amount\nA,2026-01-01,5\nB,2026-01-05,5\nC,2026-02-01,9\n");
    assert_true(isnan(number(r, "customers", "leave", 0)));
    sales(r, "customer,date,amount\nA,2026-01-01,5\n");
    assert_int_equal(rows(r, "customers"), 1);
    sales(r, "customer,date,amount\nA,2026-01-01,5\nB,2026-01-01,6\n");
    assert_int_equal(rows(r, "customers"), 2);
    assert_int_equal(rows(r, "gain"), 0);
    /* Nobody is named; returns are larger than purchases. */
    sales(r, "customer,date,amount\n,2026-01-01,5\n,2026-03-01,6\n");
    assert_int_equal(rows(r, "customers"), 0);
    sales(r, "customer,date,amount\nA,2026-01-01,5\nA,2026-03-01,-60\nB,2026-03-02,1\n");
    assert_int_equal(rows(r, "customers"), 1);
}

static void save_rate_outside(void **state)
{
    run *r = *state;
    with(r, "save-rate", "0.5");
    give(r, "sales", "customer,date,amount\nA,2026-01-01,5\n");
    check_fails(KU_USAGE, "lies outside of", go(r), &r->err);
}

static void nothing_given(void **state)
{
    run *r = *state;
    check_fails(KU_BAD_DATA, "neither sales nor an experiment", go(r), &r->err);
}

/* ---- a company whose customers' rates of leaving are known ------------------------------------- */

enum { DAYS = 720, SENT = 540 };

/* Customers come all the time, buy about every second week and leave, those of the web sooner.
 * Of those with a letter on day SENT who would leave in the 60 days after it the share `keeps`
 * stays. */
static void live(run *r, int customers, double keeps, uint64_t seed)
{
    ku_text lines = {0}, letters = {0};
    int32_t start = ku_date_from_civil(2024, 1, 1);
    ku_text_add(&lines, "customer,date,amount,margin,channel\n");
    ku_text_add(&letters, "customer,arm,date,age\n");
    for (int c = 0; c < customers; c++) {
        ku_rng rng = ku_rng_make(seed, (uint64_t)c);
        bool web = ku_rng_below(&rng, 2) == 1, letter = ku_rng_below(&rng, 2) == 1;
        int first = (int)ku_rng_below(&rng, DAYS - 60);
        double gone = first + ku_rng_exponential(&rng) * (web ? 150 : 500);
        if (letter && gone > SENT && gone < SENT + 60 && ku_rng_uniform(&rng) < keeps) gone = DAYS;
        int seen = 0;
        for (int day = first; day < DAYS && day < gone;
             day += 1 + (int)(12 * ku_rng_exponential(&rng))) {
            char date[KU_DATE_TEXT];
            ku_date_format(start + day, date);
            ku_text_addf(&lines, "C%d,%s,%d,%d,%s\n", c, date, 20 + c % 10, 8 + c % 4,
                         web ? "Web" : "Shop");
            seen += day <= SENT && day > SENT - 60;
        }
        char sent[KU_DATE_TEXT];
        ku_date_format(start + SENT, sent);
        if (seen > 0)
            ku_text_addf(&letters, "C%d,%s,%s,%d\n", c, letter ? "letter" : "none", sent,
                         20 + (int)ku_rng_below(&rng, 50));
    }
    give(r, "sales", ku_text_string(&lines));
    give(r, "experiment", ku_text_string(&letters));
    ku_text_clear(&lines);
    ku_text_clear(&letters);
}

static double figure(const run *r, const char *measure, const char *column)
{
    for (int64_t i = 0; i < rows(r, "figures"); i++)
        if (strcmp(text(r, "figures", "measure", i), measure) == 0)
            return number(r, "figures", column, i);
    fail_msg("expected a figure '%s', found none", measure);
    return NAN;
}

/* A letter keeps most of the leavers: the experiment finds it and the list is reckoned with it. */
static void experiment_replaces_assumption(void **state)
{
    run *r = *state;
    with(r, "horizon", "60");
    with(r, "contact-cost", "0.5");
    live(r, 3000, 0.9, 3);
    check_ok(go(r), &r->err);
    assert_string_equal(text(r, "arms", "outcome", 0), "Stayed");
    double kept = number(r, "effects", "adjusted", 0);
    assert_true(number(r, "effects", "adjusted_lo", 0) > 0);
    assert_true(kept > 0.02 && kept < 0.3);
    /* The channel drives leaving, and the forecast tells customers apart. */
    assert_true(figure(r, "Gain of contacting them", "value") > 0);
    for (int64_t i = 1; i < rows(r, "customers"); i++) {
        double lo = number(r, "customers", "leave_lo", i), p = number(r, "customers", "leave", i);
        double hi = number(r, "customers", "leave_hi", i);
        assert_true(0 <= lo && lo <= p && p <= hi && hi <= 1);
    }
}

/* The list is in the order of gain, ends where contacting does not pay, and its gain adds up. */
static void list_adds_up(void **state)
{
    run *r = *state;
    with(r, "horizon", "60");
    with(r, "contact-cost", "0.5");
    live(r, 1500, 0, 4);
    r->files = 1; /* the sales alone */
    check_ok(go(r), &r->err);
    unlink(r->path[1]);
    double sum = 0, last = INFINITY;
    int64_t contacts = 0;
    for (int64_t i = 0; i < rows(r, "customers"); i++) {
        if (strcmp(text(r, "customers", "action", i), "contact") != 0) continue;
        double gain = number(r, "customers", "gain", i);
        assert_true(gain > 0 && gain <= last && i == contacts);
        last = gain;
        sum += gain;
        contacts++;
    }
    assert_true(contacts > 0);
    check_near("customers", (double)contacts, figure(r, "Worth contacting", "value"), 0);
    check_near("gain", sum, figure(r, "Gain of contacting them", "value"), 1e-9);
    assert_true(figure(r, "Gain of contacting them", "lo") < sum);
}

/* Forecasts of the last horizon hold what happened: the share that left lies in the interval of
 * the share expected. */
static void forecasts_hold_what_happened(void **state)
{
    run *r = *state;
    int inside = 0;
    enum { COMPANIES = 12 };
    with(r, "horizon", "60");
    for (uint64_t k = 0; k < COMPANIES; k++) {
        forget_files(r);
        live(r, 1200, 0, 100 + k);
        r->files = 1;
        check_ok(go(r), &r->err);
        double left = number(r, "holdout", "value", 1), expected = number(r, "holdout", "value", 2);
        double n = number(r, "holdout", "value", 0);
        /* Chance of who leaves, and of what was learned from four times as many. */
        double error = sqrt(expected * (1 - expected) / n * 1.25);
        inside += fabs(left - expected) < 1.959963984540054 * error;
        r->files = 2;
    }
    print_message("forecast within 95 %% of chance in %d of %d companies\n", inside, COMPANIES);
    assert_in_range(inside, 10, COMPANIES);
}

/* Nobody leaves; in November and December all buy three times as often. At the end of October
 * fewer are expected to be silent than in the average month, where a year and more is known. */
static void season_is_known(void **state)
{
    run *r = *state;
    ku_text lines = {0};
    int32_t first = ku_date_from_civil(2023, 1, 1), last = ku_date_from_civil(2025, 10, 31);
    ku_text_add(&lines, "customer,date,amount\n");
    for (int c = 0; c < 500; c++) {
        ku_rng rng = ku_rng_make(12, (uint64_t)c);
        for (int32_t day = first; day <= last; day++) {
            char date[KU_DATE_TEXT];
            double rate = ku_date_to_civil(day).month >= 11 ? 0.1 : 1 / 30.0;
            if (ku_rng_uniform(&rng) > rate) continue;
            ku_text_addf(&lines, "C%d,%s,10\n", c, ku_date_format(day, date));
        }
    }
    with(r, "horizon", "30");
    with(r, "until", "2025-10-31");
    sales(r, ku_text_string(&lines));
    ku_text_clear(&lines);
    int64_t all = rows(r, "hazard") - 1;
    assert_string_equal(text(r, "hazard", "by", all), "All");
    double before = number(r, "hazard", "left", all), now = number(r, "hazard", "leave", all);
    print_message("silent in the average month %.3f, expected in November %.3f\n", before, now);
    assert_true(before > 0.25 && now < 0.15);
}

/* ---- experiments ------------------------------------------------------------------------------------- */

/* People with a voucher spend 4 more if they are in the club, 0 else; `differs`: or all 2 more. */
static char *draw_experiment(ku_arena *arena, int people, bool differs, uint64_t seed)
{
    ku_text csv = {0};
    ku_rng rng = ku_rng_make(seed, 9);
    ku_text_add(&csv, "customer,arm,spend,club,age\n");
    for (int i = 0; i < people; i++) {
        bool sent = ku_rng_below(&rng, 2) == 1, club = ku_rng_below(&rng, 2) == 1;
        double effect = !sent ? 0 : !differs ? 2 : club ? 4 : 0;
        double spend = 10 + 3 * club + effect + 4 * ku_rng_normal(&rng);
        ku_text_addf(&csv, "P%d,%s,%.6f,%d,%d\n", i, sent ? "voucher" : "control", spend, club,
                     20 + (int)ku_rng_below(&rng, 50));
    }
    char *copy = ku_arena_strdup(arena, ku_text_string(&csv));
    ku_text_clear(&csv);
    return copy;
}

/* A voucher that pays with the club only: the rule finds it, and its value is near the truth,
 * (4 - 1) for half of the people. */
static void finds_whom_to_send_what(void **state)
{
    run *r = *state;
    with(r, "contact-cost", "1");
    give(r, "experiment", draw_experiment(r->arena, 4000, true, 1));
    check_ok(go(r), &r->err);
    assert_true(number(r, "effects", "adjusted_lo", 0) < 2 &&
                number(r, "effects", "adjusted_hi", 0) > 2);
    assert_true(number(r, "effects", "narrowed", 0) > 0.05);
    assert_true(number(r, "differences", "slope_lo", 0) > 0.8);
    int64_t last = rows(r, "policy") - 1;
    assert_string_equal(text(r, "policy", "policy", last), "Each what suits");
    assert_true(number(r, "policy", "recommended", last) == 1);
    assert_true(number(r, "policy", "person_lo", last) < 1.5 &&
                number(r, "policy", "person_hi", last) > 1.5);
    assert_string_equal(text(r, "reactions", "feature", 0), "club");
    assert_true(fabs(number(r, "reactions", "change", 0) - 4) < 0.6);
    assert_true(number(r, "reactions", "change_lo", 1) < 0 &&
                number(r, "reactions", "change_hi", 1) > 0); /* age does nothing */
    assert_string_equal(text(r, "targets", "send", 0), "voucher");
    assert_string_equal(text(r, "targets", "send", 3999), "nothing");
    check_near("steps of the curve", 21, (double)rows(r, "qini"), 0);
    check_near("all treated is all gained", number(r, "qini", "random", 20),
               number(r, "qini", "gain", 20), 1e-9);
}

/* Where all react alike, a difference is seldom claimed. */
static void claims_no_difference_where_none_is(void **state)
{
    run *r = *state;
    int claimed = 0;
    enum { TRIALS = 30 };
    with(r, "contact-cost", "1");
    for (uint64_t k = 0; k < TRIALS; k++) {
        forget_files(r);
        r->seed = k;
        give(r, "experiment", draw_experiment(r->arena, 800, false, 50 + k));
        check_ok(go(r), &r->err);
        claimed += strncmp(text(r, "differences", "finding", 0), "the effect differs", 18) == 0;
    }
    print_message("a difference claimed in %d of %d trials without one\n", claimed, TRIALS);
    assert_in_range(claimed, 0, 3);
}

static void refuses(run *r, const char *csv, const char *words)
{
    forget_files(r);
    give(r, "experiment", csv);
    check_fails(KU_BAD_DATA, words, go(r), &r->err);
}

static void bad_experiments(void **state)
{
    run *r = *state;
    refuses(r, "customer,spend\nA,1\n", "no column says who was in which arm");
    refuses(r, "arm,spend\nnone,1\n", "only one arm");
    refuses(r, "arm,spend\nnone,1\nletter,2\n", "at least 30 are needed");
    ku_text csv = {0};
    ku_text_add(&csv, "arm,spend\n");
    for (int i = 0; i < 40; i++) ku_text_addf(&csv, "red,%d\nblue,%d\n", i, i + 1);
    char *colours = ku_arena_strdup(r->arena, ku_text_string(&csv));
    refuses(r, colours, "say which got nothing by --control");
    ku_text_add(&csv, "red,\n");
    with(r, "control", "red");
    refuses(r, ku_text_string(&csv), "write 0 where nothing came of it");
    forget_files(r);
    give(r, "experiment", colours);
    check_ok(go(r), &r->err);
    check_near("no features: the plain effect", number(r, "effects", "effect", 0),
               number(r, "effects", "adjusted", 0), 0.05);
    ku_text_clear(&csv);
}

/* Hillstrom's e-mail challenge: the rates printed in the notes on these data. */
static void hillstrom(void **state)
{
    static const struct {
        const char *arm, *outcome;
        double people, mean;
    } printed[] = {
        {"Mens E-Mail", "Visited", 21307, .182757},  {"Mens E-Mail", "Bought", 21307, .012531},
        {"Mens E-Mail", "Spend", 21307, 1.422617},   {"Womens E-Mail", "Visited", 21387, .151400},
        {"Womens E-Mail", "Bought", 21387, .008837}, {"Womens E-Mail", "Spend", 21387, 1.077202},
        {"No E-Mail", "Visited", 21306, .106167},    {"No E-Mail", "Bought", 21306, .005726},
        {"No E-Mail", "Spend", 21306, .652789}};
    run *r = *state;
    char path[512];
    r->file[0] = (ku_table_file){
        "experiment", data_path("experiments/hillstrom/hillstrom.csv.gz", path, sizeof path)};
    r->files = 1;
    ku_status status = go(r);
    r->files = 0; /* not ours to remove */
    check_ok(status, &r->err);
    for (size_t k = 0; k < sizeof printed / sizeof *printed; k++) {
        int64_t i = 0;
        while (strcmp(text(r, "arms", "arm", i), printed[k].arm) != 0 ||
               strcmp(text(r, "arms", "outcome", i), printed[k].outcome) != 0)
            i++;
        check_near("people", printed[k].people, number(r, "arms", "people", i), 0);
        check_near(printed[k].arm, printed[k].mean, number(r, "arms", "mean", i), 5e-7);
    }
    /* Women's mail: the effect on visits differs between people, known of these data. */
    for (int64_t i = 0; i < rows(r, "differences"); i++)
        if (strcmp(text(r, "differences", "arm", i), "Womens E-Mail") == 0 &&
            strcmp(text(r, "differences", "outcome", i), "Visited") == 0)
            assert_true(number(r, "differences", "slope_lo", i) > 0.5);
    assert_int_equal(rows(r, "targets"), 64000);
}

#define NUMBERS(name) cmocka_unit_test_setup_teardown(name, numbers_new, numbers_end)
#define RUN(name)     cmocka_unit_test_setup_teardown(name, run_new, run_end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        NUMBERS(logistic_matches_reference),
        NUMBERS(ridge_and_rates_match_reference),
        NUMBERS(levels_are_columns),
        NUMBERS(regression_needs_rows),
        NUMBERS(scores_match_reference),
        RUN(little_to_learn),
        RUN(save_rate_outside),
        RUN(nothing_given),
        RUN(experiment_replaces_assumption),
        RUN(list_adds_up),
        RUN(forecasts_hold_what_happened),
        RUN(season_is_known),
        RUN(finds_whom_to_send_what),
        RUN(claims_no_difference_where_none_is),
        RUN(bad_experiments),
        RUN(hillstrom),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
