/* test.c - customers.churn: regression and scores against R, and what the analysis makes of sales
 * that tell little. */
#include "check.h"

#include <fcntl.h>
#include <string.h>

#include "analyses/customers/churn/score.h"
#include "bank/bank.h"
#include "base/file.h"
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
    char sales[64];
} run;

static int run_new(void **state)
{
    run *r = calloc(1, sizeof *r);
    r->arena = ku_arena_new();
    snprintf(r->sales, sizeof r->sales, "/tmp/kemudi-churn-XXXXXX.csv");
    close(mkstemps(r->sales, 4));
    check_ok(ku_bank_open(NULL, NULL, &r->bank, &r->err), &r->err);
    ku_frames_init(&r->in);
    ku_frames_init(&r->out);
    *state = r;
    return 0;
}

static int run_end(void **state)
{
    run *r = *state;
    unlink(r->sales);
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

static ku_status go(run *r, const char *csv)
{
    const ku_analysis *analysis = ku_analysis_find(ID);
    ku_params *params;
    ku_table_file file = {"sales", r->sales};
    ku_frames_clear(&r->in);
    ku_frames_clear(&r->out);
    check_ok(ku_file_write(r->sales, csv, strlen(csv), 0600, &r->err), &r->err);
    check_ok(ku_params_parse(analysis, r->param, r->params, r->arena, &params, &r->err), &r->err);
    KU_TRY(ku_bank_inputs(r->bank, analysis, params, &file, 1, &r->in, &r->err));
    ku_run_context context = {.analysis = analysis,
                              .arena = r->arena,
                              .seed = 1,
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

/* No repeat buyer, one customer, one day: the list stands, without what cannot be known. */
static void little_to_learn(void **state)
{
    run *r = *state;
    check_ok(go(r, "customer,date,amount\nA,2026-01-01,5\nB,2026-01-05,5\nC,2026-02-01,9\n"),
             &r->err);
    assert_true(isnan(number(r, "customers", "leave", 0)));
    check_ok(go(r, "customer,date,amount\nA,2026-01-01,5\n"), &r->err);
    assert_int_equal(ku_frames_find(&r->out, "customers")->rows, 1);
    check_ok(go(r, "customer,date,amount\nA,2026-01-01,5\nB,2026-01-01,6\n"), &r->err);
    assert_int_equal(ku_frames_find(&r->out, "customers")->rows, 2);
    assert_int_equal(ku_frames_find(&r->out, "gain")->rows, 0);
    /* Nobody is named; returns are larger than purchases. */
    check_ok(go(r, "customer,date,amount\n,2026-01-01,5\n,2026-03-01,6\n"), &r->err);
    assert_int_equal(ku_frames_find(&r->out, "customers")->rows, 0);
    check_ok(go(r, "customer,date,amount\nA,2026-01-01,5\nA,2026-03-01,-60\nB,2026-03-02,1\n"),
             &r->err);
    assert_int_equal(ku_frames_find(&r->out, "customers")->rows, 1);
}

static void save_rate_outside(void **state)
{
    run *r = *state;
    with(r, "save-rate", "0.5");
    check_fails(KU_USAGE, "lies outside of", go(r, "customer,date,amount\nA,2026-01-01,5\n"),
                &r->err);
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
