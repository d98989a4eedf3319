/* test_nuts_calibration.c - whether the sampler's draws are those of the posterior: simulation-
 * based calibration (Talts, Betancourt, Simpson, Vehtari & Gelman 2018, arXiv:1804.06788).
 *
 * A truth is drawn from the prior, data from the truth, draws from the posterior given the data.
 * Then the truth's rank among the draws is uniform, whatever the model, if and only if draws are
 * right; a sampler with a bias or with a wrong spread, or a wrong gradient or prior, leaves
 * heaps. With KU_NUTS_LOW_RANK too. KEMUDI_FULL asks ten times as many worlds. */
#include "check.h"

#include "kemudi/rng.h"
#include "num/cumulative.h"
#include "num/nuts.h"

enum { GROUPS = 4, EACH = 3, UNKNOWNS = GROUPS + 2, RANKS = 100, THIN = 8, BINS = 20 };

/* mu ~ N(0, 1), ln tau ~ N(-0.5, 0.7), theta_j ~ N(mu, tau), y_jk ~ N(theta_j, 1); unknowns mu,
 * ln tau, z_j = (theta_j - mu) / tau. */
typedef struct world {
    double y[GROUPS][EACH];
    double tau_sd; /* as the sampler has it */
} world;

static double hierarchy(const void *model, const double *x, double *gradient, double *work)
{
    (void)work;
    const world *w = model;
    double tau = exp(x[1]), off = (x[1] + 0.5) / w->tau_sd, sum = -0.5 * (x[0] * x[0] + off * off);
    gradient[0] = -x[0];
    gradient[1] = -off / w->tau_sd;
    for (int j = 0; j < GROUPS; j++) {
        double z = x[2 + j], pull = 0;
        sum -= 0.5 * z * z;
        for (int k = 0; k < EACH; k++) {
            double left = w->y[j][k] - x[0] - tau * z;
            sum -= 0.5 * left * left;
            pull += left;
        }
        gradient[0] += pull;
        gradient[1] += pull * tau * z;
        gradient[2 + j] = pull * tau - z;
    }
    return sum;
}

static void imagine(ku_rng *rng, double *truth, world *w)
{
    truth[0] = ku_rng_normal(rng);
    truth[1] = 0.7 * ku_rng_normal(rng) - 0.5;
    for (int j = 0; j < GROUPS; j++) {
        truth[2 + j] = ku_rng_normal(rng);
        for (int k = 0; k < EACH; k++)
            w->y[j][k] = truth[0] + exp(truth[1]) * truth[2 + j] + ku_rng_normal(rng);
    }
}

/* Chi-square probabilities of the ranks, of each unknown, being uniform. */
static void calibrate(ku_nuts_metric metric, double tau_sd, int worlds, double p[UNKNOWNS])
{
    int count[UNKNOWNS][BINS] = {{0}};
    ku_nuts_options options = ku_nuts_defaults();
    options.chains = 1;
    options.warmup = 300;
    options.draws = (RANKS - 1) * THIN;
    options.metric = metric;
    options.accept = 0.9;
    ku_arena *arena = ku_arena_new();
    for (int i = 0; i < worlds; i++) {
        ku_rng rng = ku_rng_make(20, (uint64_t)i);
        double truth[UNKNOWNS];
        world w = {.tau_sd = tau_sd};
        ku_density density = {UNKNOWNS, 0, hierarchy, &w};
        ku_nuts_draws d;
        ku_error err = {0};
        imagine(&rng, truth, &w);
        options.stream = (uint64_t)i;
        check_ok(ku_nuts(&density, &options, NULL, NULL, NULL, arena, &d, &err), &err);
        for (int u = 0; u < UNKNOWNS; u++) {
            int rank = 0;
            for (int k = 0; k < RANKS - 1; k++)
                rank += d.x[(size_t)k * THIN * UNKNOWNS + (size_t)u] < truth[u];
            count[u][rank * BINS / RANKS]++;
        }
        ku_arena_reset(arena);
    }
    ku_arena_free(arena);
    for (int u = 0; u < UNKNOWNS; u++) {
        double expected = (double)worlds / BINS, square = 0;
        for (int b = 0; b < BINS; b++)
            square += (count[u][b] - expected) * (count[u][b] - expected) / expected;
        p[u] = ku_gamma_above(square / 2, (BINS - 1) / 2.0);
        print_message("# unknown %d: chi-square %.1f of %d, p %.4f\n", u, square, BINS - 1, p[u]);
    }
}

static int worlds(void)
{
    return getenv("KEMUDI_FULL") != NULL ? 4000 : 400;
}

/* Below this by chance once in 10,000 for each unknown. */
static const double least_p = 1e-4;

static void ranks_are_uniform(void **state)
{
    (void)state;
    for (int metric = KU_NUTS_DIAGONAL; metric <= KU_NUTS_LOW_RANK; metric++) {
        double p[UNKNOWNS];
        calibrate((ku_nuts_metric)metric, 0.7, worlds(), p);
        for (int u = 0; u < UNKNOWNS; u++)
            if (p[u] < least_p) {
                print_error("ranks of unknown %d: expected p >= %g, found %g\n", u, least_p, p[u]);
                fail();
            }
    }
}

/* The test can fail: a prior three times as wide is noticed. */
static void a_wrong_prior_is_noticed(void **state)
{
    (void)state;
    double p[UNKNOWNS];
    calibrate(KU_NUTS_DIAGONAL, 2.1, worlds(), p);
    assert_true(p[1] < least_p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranks_are_uniform),
        cmocka_unit_test(a_wrong_prior_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
