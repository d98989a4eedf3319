/* test_mix_fit.c - the mix model fitted to companies whose truth is known: it is found again, the
 * prior stays where data say nothing, experiments pull, and the draws are the same bits whatever
 * the threads. */
#include "mix_made.h"

#include <string.h>

/* Two channels whose contributions are known, one nation: outcome = 100 + 40 Hill(adstock) + ... */
enum { WEEKS = 104 };

typedef struct nation {
    ku_arena *arena;
    ku_mix_data data;
    ku_mix_channel channel[2];
    double exposure[2][WEEKS], outcome[WEEKS], truth[2];
} nation;

static const double true_carry[2] = {.5, .2}, true_size[2] = {60, 30};

/* Adstock over 8 weeks, then x / (x + 1) of it. */
static double true_response(const nation *n, int m, int t)
{
    double sum = 0, weights = 0, w = 1;
    for (int l = 0; l <= 8; l++, w *= true_carry[m]) {
        weights += w;
        sum += t >= l ? w * n->exposure[m][t - l] : 0;
    }
    double x = sum / weights;
    return x / (x + 1);
}

static void make_nation(nation *n, double noise)
{
    static const char *const name[] = {"TV", "Social"};
    ku_rng rng = ku_rng_make(5, 2);
    memset(n, 0, sizeof *n);
    n->arena = ku_arena_new();
    for (int m = 0; m < 2; m++) {
        for (int t = 0; t < WEEKS; t++)
            n->exposure[m][t] = ku_rng_uniform(&rng) < .5 ? 2 * ku_rng_uniform(&rng) : 0;
        n->channel[m] = (ku_mix_channel){name[m], n->exposure[m], NULL, n->exposure[m]};
    }
    for (int t = 0; t < WEEKS; t++) {
        n->outcome[t] = 100 + noise * ku_rng_normal(&rng);
        for (int m = 0; m < 2; m++) {
            double brought = true_size[m] * true_response(n, m, t);
            n->outcome[t] += brought;
            n->truth[m] += brought;
        }
    }
    n->data = (ku_mix_data){.regions = 1,
                            .periods = WEEKS,
                            .channels = 2,
                            .outcome = n->outcome,
                            .channel = n->channel};
}

static ku_mix_spec *wide(nation *n)
{
    ku_mix_spec *spec = ku_mix_spec_meridian(&n->data, n->arena);
    for (int m = 0; m < 2; m++) ku_mix_spec_channel(spec, m)->prior = ku_prior_log_normal(3, 1.5);
    return spec;
}

static void sample(nation *n, const ku_mix_spec *spec, int draws, unsigned threads, ku_mix_fit *fit)
{
    ku_error err;
    const ku_mix_model *model;
    ku_pool *pool = ku_pool_new(threads);
    ku_mix_options options = {.warmup = draws, .draws = draws, .seed = 9};
    check_ok(ku_mix_new(&n->data, spec, n->arena, &model, &err), &err);
    check_ok(ku_mix_sample(model, &options, pool, NULL, n->arena, fit, &err), &err);
    ku_pool_free(pool);
}

/* Mean and standard deviation of a channel's contribution. */
static void contribution(const ku_mix_fit *fit, int channel, ku_arena *arena, double *mean,
                         double *sd)
{
    ku_mix_view *view = ku_mix_view_new(fit->model, arena);
    size_t n = ku_mix_draws(fit);
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++) {
        ku_mix_look(view, ku_mix_draw(fit, i));
        double c = ku_mix_returns(view, channel, &(ku_mix_window){0, WEEKS, NULL}).contribution;
        sum += c;
        squares += c * c;
    }
    *mean = sum / (double)n;
    *sd = sqrt(squares / (double)n - *mean * *mean);
}

static void test_truth_is_found(void **state)
{
    (void)state;
    nation n;
    ku_mix_fit fit;
    make_nation(&n, 2);
    sample(&n, wide(&n), 300, 2, &fit);
    print_message("rhat %.3f, ess %.0f, %d divergent\n", fit.rhat, fit.ess, fit.divergent);
    assert_true(fit.rhat < 1.05);
    assert_true(fit.ess > 100);
    for (int m = 0; m < 2; m++) {
        double mean, sd;
        contribution(&fit, m, n.arena, &mean, &sd);
        if (fabs(mean - n.truth[m]) > 3 * sd || sd > .25 * n.truth[m])
            fail_msg("channel %d: expected %g, found %g +- %g", m, n.truth[m], mean, sd);
    }
    ku_arena_free(n.arena);
}

/* An outcome that the channels have nothing to do with leaves a prior of the carry-over alone. */
static void test_prior_stays(void **state)
{
    (void)state;
    nation n;
    ku_mix_fit fit;
    make_nation(&n, 2);
    ku_rng rng = ku_rng_make(3, 3);
    for (int t = 0; t < WEEKS; t++) n.outcome[t] = 1000 + 100 * ku_rng_normal(&rng);
    ku_mix_spec *spec = wide(&n);
    for (int m = 0; m < 2; m++)
        ku_mix_spec_channel(spec, m)->prior = ku_prior_log_normal(-3, .3); /* next to nothing */
    sample(&n, spec, 400, 2, &fit);
    size_t draws = ku_mix_draws(&fit);
    double *prior = KU_ARRAY(n.arena, draws, double), *work = KU_ARRAY(n.arena, 2 * draws, double);
    double *posterior = KU_ARRAY(n.arena, draws, double);
    int carry = ku_mix_find(fit.model, 0, KU_MIX_PART_CARRY);
    for (size_t i = 0; i < draws; i++) {
        prior[i] = ku_mix_natural(fit.model, carry, ku_rng_normal(&rng));
        posterior[i] = ku_mix_natural(fit.model, carry, ku_mix_draw(&fit, i)[carry]);
    }
    assert_true(ku_prior_learnt(prior, draws, posterior, draws, work) < .2);
    ku_arena_free(n.arena);
}

/* A precise experiment settles what the data left open. */
static void test_experiment_pulls(void **state)
{
    (void)state;
    nation n;
    ku_mix_fit without, with;
    make_nation(&n, 25);
    sample(&n, wide(&n), 300, 2, &without);
    double lift = 0, mean, sd, mean_with, sd_with;
    for (int t = 40; t < 60; t++) lift += true_size[0] * true_response(&n, 0, t);
    /* what was still to come of earlier weeks is not in it */
    double kept[WEEKS];
    memcpy(kept, n.exposure[0], sizeof kept);
    for (int t = 40; t < 60; t++) n.exposure[0][t] = 0;
    for (int t = 40; t < 60; t++) lift -= true_size[0] * true_response(&n, 0, t);
    memcpy(n.exposure[0], kept, sizeof kept);
    const ku_mix_experiment e = {.from = 40, .to = 60, .until = 60, .lift = lift, .sd = lift / 50};
    n.data.experiments = 1;
    n.data.experiment = &e;
    sample(&n, wide(&n), 300, 2, &with);
    contribution(&without, 0, n.arena, &mean, &sd);
    contribution(&with, 0, n.arena, &mean_with, &sd_with);
    print_message("truth %.0f, without %.0f +- %.0f, with %.0f +- %.0f\n", n.truth[0], mean, sd,
                  mean_with, sd_with);
    assert_true(sd_with < .5 * sd);
    assert_true(fabs(mean_with - n.truth[0]) < 3 * sd_with + .05 * n.truth[0]);
    ku_arena_free(n.arena);
}

static void test_same_bits(void **state)
{
    (void)state;
    nation n;
    ku_mix_fit fit[3];
    make_nation(&n, 5);
    for (unsigned threads = 1; threads <= 3; threads++)
        sample(&n, wide(&n), 40, threads, &fit[threads - 1]);
    size_t bytes = ku_mix_draws(&fit[0]) * (size_t)ku_mix_unknowns(fit[0].model) * sizeof(double);
    for (int i = 1; i < 3; i++) {
        assert_memory_equal(fit[0].nuts.x, fit[i].nuts.x, bytes);
        assert_true(fit[0].ess == fit[i].ess);
    }
    ku_arena_free(n.arena);
}

/* More channels than weeks: the priors carry it. */
static void test_more_channels_than_weeks(void **state)
{
    (void)state;
    enum { MANY = 16, FEW = 12 };
    ku_arena *arena = ku_arena_new();
    ku_mix_channel channel[MANY];
    ku_rng rng = ku_rng_make(8, 1);
    double *y = KU_ARRAY(arena, FEW, double);
    for (int m = 0; m < MANY; m++) {
        double *x = KU_ARRAY(arena, FEW, double);
        for (int t = 0; t < FEW; t++) x[t] = 10 * ku_rng_gamma(&rng, 2);
        channel[m] = (ku_mix_channel){ku_arena_printf(arena, "Channel %d", m), x, NULL, x};
    }
    for (int t = 0; t < FEW; t++) y[t] = 1000 + 50 * ku_rng_normal(&rng);
    ku_mix_data data = {
        .regions = 1, .periods = FEW, .channels = MANY, .outcome = y, .channel = channel};
    const ku_mix_model *model;
    ku_mix_fit fit;
    ku_error err;
    ku_mix_options options = {.warmup = 200, .draws = 200, .seed = 4};
    check_ok(ku_mix_new(&data, ku_mix_spec_meridian(&data, arena), arena, &model, &err), &err);
    check_ok(ku_mix_sample(model, &options, NULL, NULL, arena, &fit, &err), &err);
    print_message("rhat %.3f, ess %.0f\n", fit.rhat, fit.ess);
    assert_true(fit.rhat < 1.1);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truth_is_found),           cmocka_unit_test(test_prior_stays),
        cmocka_unit_test(test_experiment_pulls),         cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_more_channels_than_weeks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
