/* test_nuts.c - the No-U-Turn sampler: known targets, the same bits on every number of threads,
 * and chains that do not work. Whether its draws are those of the posterior in general is asked
 * by test_nuts_calibration.c. */
#include "gradient.h"

#include <stdatomic.h>
#include <string.h>

#include "num/chains.h"

/* A mean may be off by this many of its own errors: one of 1,000 means in 16 million. */
static const double errors_off = 5.5;

typedef struct seen {
    double mean, sd, error, rhat, ess; /* error of the mean */
} seen;

static seen look(const ku_nuts_draws *d, int unknown)
{
    static double work[6 * 8 * 4000 + 4100];
    assert_true(ku_chains_room(d->chains, d->draws) <= sizeof work / sizeof *work);
    size_t n = (size_t)d->unknowns;
    ku_chains c = {d->chains, d->draws, d->x + unknown, (size_t)d->draws * n, n};
    ku_chain_summary s = ku_chains_summarise(&c, work);
    return (seen){s.mean, s.sd, s.mcse_mean, s.rhat, s.ess_bulk};
}

static void check_mean_at(const char *what, double expected, const seen *s, const char *file,
                          int line)
{
    if (fabs(s->mean - expected) <= errors_off * s->error && s->rhat < 1.02) return;
    print_error("%s: expected mean %.6g, found %.6g with error %.2g, R-hat %.4f\n", what, expected,
                s->mean, s->error, s->rhat);
    _fail(file, line);
}
#define check_mean(what, expected, s) check_mean_at((what), (expected), (s), __FILE__, __LINE__)

static ku_nuts_draws sample(const ku_density *density, const ku_nuts_options *options,
                            const double *starts, ku_arena *arena)
{
    ku_nuts_draws draws;
    ku_error err = {0};
    check_ok(ku_nuts(density, options, starts, NULL, NULL, arena, &draws, &err), &err);
    return draws;
}

/* ---- known targets -------------------------------------------------------------------------------- */

enum { WIDE = 50 };
static const double rho = 0.8;

/* Unknown i has mean i and sd 10^(i % 5 - 2); neighbours correlate with rho: the density of a
 * stationary autoregression, taken link by link. */
static double scale_of(int i)
{
    return pow(10, i % 5 - 2);
}

static double correlated(const void *model, const double *x, double *gradient, double *work)
{
    (void)model, (void)work;
    double sum = 0, before = 0;
    for (int i = 0; i < WIDE; i++) gradient[i] = 0;
    for (int i = 0; i < WIDE; i++) {
        double z = (x[i] - i) / scale_of(i), left = i == 0 ? z : z - rho * before;
        double precision = i == 0 ? 1 : 1 / (1 - rho * rho);
        sum -= 0.5 * precision * left * left;
        gradient[i] -= precision * left / scale_of(i);
        if (i > 0) gradient[i - 1] += precision * rho * left / scale_of(i - 1);
        before = z;
    }
    return sum;
}

static size_t sample_correlated(ku_nuts_metric metric, double least_ess)
{
    ku_arena *arena = ku_arena_new();
    ku_density density = {WIDE, 0, correlated, NULL};
    ku_nuts_options options = ku_nuts_defaults();
    options.seed = 1;
    options.metric = metric;
    ku_nuts_draws d = sample(&density, &options, NULL, arena);
    double least = INFINITY;
    size_t evaluations = 0;
    for (int i = 0; i < WIDE; i++) {
        seen s = look(&d, i);
        check_mean("of a normal", i, &s);
        check_near("its sd, relative", 1, s.sd / scale_of(i), 0.12);
        least = fmin(least, s.ess);
    }
    for (int c = 0; c < 4; c++) evaluations += d.chain[c].evaluations;
    print_message("# least ESS %.0f, %zu evaluations, step %.3f\n", least, evaluations,
                  d.chain[0].step);
    assert_true(least > least_ess && d.chain[0].divergent == 0);
    ku_arena_free(arena);
    return evaluations;
}

static void a_correlated_normal(void **state)
{
    (void)state;
    ku_density density = {WIDE, 0, correlated, NULL};
    double x[WIDE];
    for (int i = 0; i < WIDE; i++) x[i] = i + 0.3 * scale_of(i);
    check_gradient(&density, x, 1e-3, 1e-6);
    size_t alone = sample_correlated(KU_NUTS_DIAGONAL, 1000);
    /* With the directions known all is round: short trajectories that turn at their best. */
    size_t together = sample_correlated(KU_NUTS_LOW_RANK, 2000);
    assert_true(2 * together < alone);
}

/* More unknowns than draws in a window: all of sd 1, but along their sum of sd 20 and along an
 * alternating one of sd 0.05, which is what low rank is for. */
enum { MANY = 300 };

static double stretched(const void *model, const double *x, double *gradient, double *work)
{
    (void)model, (void)work;
    double up = 0, across = 0, squares = 0, root = sqrt(MANY);
    for (int i = 0; i < MANY; i++) {
        up += x[i] / root;
        across += (i % 2 ? -x[i] : x[i]) / root;
        squares += x[i] * x[i];
    }
    double low = 1 / 400.0 - 1, high = 400 - 1;
    for (int i = 0; i < MANY; i++)
        gradient[i] = -x[i] - low * up / root - (i % 2 ? -high : high) * across / root;
    return -0.5 * (squares + low * up * up + high * across * across);
}

static void two_directions_of_many(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_density density = {MANY, 0, stretched, NULL};
    ku_nuts_options options = ku_nuts_defaults();
    double steps[2], ess[2], x[MANY];
    for (int i = 0; i < MANY; i++) x[i] = sin(i);
    check_gradient(&density, x, 1e-3, 1e-6);
    options.seed = 6;
    options.warmup = options.draws = 400;
    for (int metric = 0; metric < 2; metric++) {
        options.metric = (ku_nuts_metric)metric;
        ku_nuts_draws d = sample(&density, &options, NULL, arena);
        double *up = KU_ARRAY(arena, 4 * 400, double);
        steps[metric] = 0;
        for (size_t i = 0; i < 4 * 400; i++) {
            for (size_t k = 0; k < MANY; k++) up[i] += d.x[i * MANY + k] / sqrt(MANY);
            steps[metric] += d.stat[i].steps / 1600.0;
        }
        d.x = up, d.unknowns = 1;
        seen s = look(&d, 0);
        print_message("# %.1f steps a draw, ESS along the sum %.0f\n", steps[metric], s.ess);
        ess[metric] = s.ess;
        if (metric == KU_NUTS_DIAGONAL) continue; /* too slow for a mean */
        check_mean("along the sum", 0, &s);
        check_near("sd along the sum", 20, s.sd, 0.15);
    }
    assert_true(4 * steps[KU_NUTS_LOW_RANK] < steps[KU_NUTS_DIAGONAL]);
    assert_true(ess[KU_NUTS_LOW_RANK] > 10 * ess[KU_NUTS_DIAGONAL]);
    ku_arena_free(arena);
}

/* Neal's funnel, v ~ N(0, 3), x_i ~ N(0, e^(v/2)): as it is, and with x_i = e^(v/2) z_i. */
enum { FUNNEL = 10 };

static double centred(const void *model, const double *x, double *gradient, double *work)
{
    (void)model, (void)work;
    double v = x[0], squares = 0;
    for (int i = 1; i < FUNNEL; i++) {
        squares += x[i] * x[i];
        gradient[i] = -x[i] * exp(-v);
    }
    gradient[0] = -v / 9 + 0.5 * squares * exp(-v) - 0.5 * (FUNNEL - 1);
    return -v * v / 18 - 0.5 * squares * exp(-v) - 0.5 * (FUNNEL - 1) * v;
}

static double non_centred(const void *model, const double *x, double *gradient, double *work)
{
    (void)model, (void)work;
    double sum = -x[0] * x[0] / 18;
    gradient[0] = -x[0] / 9;
    for (int i = 1; i < FUNNEL; i++) {
        sum -= 0.5 * x[i] * x[i];
        gradient[i] = -x[i];
    }
    return sum;
}

static void a_funnel(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_nuts_options options = ku_nuts_defaults();
    ku_density good = {FUNNEL, 0, non_centred, NULL}, bad = {FUNNEL, 0, centred, NULL};
    const double x[FUNNEL] = {0.5, 1, -1, 2, 0.1};
    options.seed = 2;
    check_gradient(&good, x, 1e-3, 1e-7);
    check_gradient(&bad, x, 1e-3, 1e-7);
    ku_nuts_draws d = sample(&good, &options, NULL, arena);
    seen v = look(&d, 0);
    check_mean("v", 0, &v);
    check_near("its sd", 3, v.sd, 0.05);
    for (int c = 0; c < 4; c++) assert_int_equal(d.chain[c].divergent, 0);
    d = sample(&bad, &options, NULL, arena);
    int divergent = 0, deep = 0;
    for (int c = 0; c < 4; c++) {
        const ku_nuts_chain *chain = &d.chain[c];
        divergent += chain->divergent;
        assert_int_equal(chain->places,
                         chain->divergent < KU_NUTS_PLACES ? chain->divergent : KU_NUTS_PLACES);
        for (int k = 0; k < chain->places; k++) deep += chain->place[k][0] < 0;
    }
    print_message("# centred: %d divergent, %d of their places in the neck\n", divergent, deep);
    assert_true(divergent > 0 && deep > 0);
    ku_arena_free(arena);
}

/* ---- eight schools ---------------------------------------------------------------------------------- */

enum { SCHOOLS = 8 };
static const double effect[SCHOOLS] = {28, 8, -3, 7, -1, 1, 18, 12};
static const double error_of[SCHOOLS] = {15, 10, 16, 11, 9, 11, 10, 18};

/* mu ~ N(0, 5), tau ~ half-Cauchy(5), theta_j = mu + tau z_j; unknowns mu, ln tau, z. */
static double schools(const void *model, const double *x, double *gradient, double *work)
{
    (void)model, (void)work;
    double mu = x[0], tau = exp(x[1]), square = tau * tau / 25;
    double sum = -mu * mu / 50 - log1p(square) + x[1];
    gradient[0] = -mu / 25;
    gradient[1] = 1 - 2 * square / (1 + square);
    for (int j = 0; j < SCHOOLS; j++) {
        double z = x[2 + j], off = (effect[j] - mu - tau * z) / error_of[j];
        sum -= 0.5 * (z * z + off * off);
        gradient[0] += off / error_of[j];
        gradient[1] += off / error_of[j] * tau * z;
        gradient[2 + j] = -z + off / error_of[j] * tau;
    }
    return sum;
}

/* The posterior means of mu, tau and the first school's effect. Given tau all else is normal,
 * so one integral over ln tau is left. */
static void schools_exactly(double mean[3])
{
    double total = 0;
    mean[0] = mean[1] = mean[2] = 0;
    for (double s = -14; s < 9; s += 0.001) {
        double tau = exp(s), precision = 1.0 / 25, pull = 0, log_weight = s - log1p(tau * tau / 25);
        for (int j = 0; j < SCHOOLS; j++) {
            double v = error_of[j] * error_of[j] + tau * tau;
            precision += 1 / v;
            pull += effect[j] / v;
            log_weight -= 0.5 * (log(v) + effect[j] * effect[j] / v);
        }
        double mu = pull / precision;
        double weight = exp(log_weight + 0.5 * pull * mu - 0.5 * log(precision));
        double own = tau * tau / (tau * tau + error_of[0] * error_of[0]);
        total += weight;
        mean[0] += weight * mu;
        mean[1] += weight * tau;
        mean[2] += weight * (own * effect[0] + (1 - own) * mu);
    }
    for (int k = 0; k < 3; k++) mean[k] /= total;
}

static void eight_schools(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_density density = {SCHOOLS + 2, 0, schools, NULL};
    ku_nuts_options options = ku_nuts_defaults();
    double exact[3], x[SCHOOLS + 2] = {3, 1, 0.5, -0.5, 1, -1, 0.2, 0.4, 0, 0.1};
    check_gradient(&density, x, 1e-3, 1e-7);
    schools_exactly(exact);
    /* Reference draws of posteriordb, eight_schools-eight_schools_noncentered: 4.4, 3.6, 6.2. */
    check_near("published mu", 4.4, exact[0], 0.02);
    check_near("published tau", 3.6, exact[1], 0.02);
    check_near("published theta[1]", 6.2, exact[2], 0.02);
    options.seed = 3;
    options.draws = 4000;
    options.accept = 0.9;
    ku_nuts_draws d = sample(&density, &options, NULL, arena);
    double *all = KU_ARRAY(arena, 4 * 4000 * 3, double);
    for (size_t i = 0; i < 4 * 4000; i++) {
        const double *at = d.x + i * (SCHOOLS + 2);
        all[3 * i] = at[0], all[3 * i + 1] = exp(at[1]);
        all[3 * i + 2] = at[0] + exp(at[1]) * at[2];
    }
    d.x = all, d.unknowns = 3;
    for (int k = 0; k < 3; k++) {
        seen s = look(&d, k);
        print_message("# mean %.3f, exactly %.3f, error %.3f, ESS %.0f\n", s.mean, exact[k],
                      s.error, s.ess);
        check_mean("of the schools", exact[k], &s);
    }
    ku_arena_free(arena);
}

/* ---- bounds ---------------------------------------------------------------------------------------- */

/* Gamma(5): nothing at or below 0, without a transformation. */
static double gamma_5(const void *model, const double *x, double *gradient, double *work)
{
    (void)model, (void)work;
    if (x[0] <= 0) return -INFINITY;
    gradient[0] = 4 / x[0] - 1;
    return 4 * log(x[0]) - x[0];
}

static void a_bound(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_density density = {1, 0, gamma_5, NULL};
    ku_nuts_options options = ku_nuts_defaults();
    options.seed = 4;
    options.draws = 4000;
    options.jitter = 1; /* from 0: half of the first tries have no density */
    ku_nuts_draws d = sample(&density, &options, NULL, arena);
    seen s = look(&d, 0);
    check_mean("of a gamma", 5, &s);
    check_near("its sd", sqrt(5), s.sd, 0.05);
    for (size_t i = 0; i < 4 * 4000; i++) assert_true(d.x[i] > 0);
    int tries = 0;
    for (int c = 0; c < 4; c++) tries += d.chain[c].tries;
    assert_true(tries > 4);
    ku_arena_free(arena);
}

static double nowhere(const void *model, const double *x, double *gradient, double *work)
{
    (void)model, (void)x, (void)work;
    gradient[0] = 0;
    return NAN;
}

/* Finite, but only the last chain's start is allowed. */
static double far_right(const void *model, const double *x, double *gradient, double *work)
{
    (void)model, (void)work;
    gradient[0] = -(x[0] - 100);
    return x[0] < 50 ? -INFINITY : -0.5 * (x[0] - 100) * (x[0] - 100);
}

static void impossible_starts(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_density density = {1, 0, nowhere, NULL};
    ku_nuts_options options = ku_nuts_defaults();
    ku_nuts_draws d;
    ku_error err = {0};
    check_fails(KU_BAD_DATA, "impossible at every one",
                ku_nuts(&density, &options, NULL, NULL, NULL, arena, &d, &err), &err);
    density.value = far_right;
    const double starts[4] = {0, 1, 2, 100};
    options.jitter = 0.1;
    d = sample(&density, &options, starts, arena);
    assert_true(d.chain[0].tries == 0 && d.chain[1].tries == 0 && d.chain[3].tries == 1);
    seen s = look(&d, 0);
    check_mean("of what is allowed", 100, &s);
    ku_arena_free(arena);
}

/* ---- threads, cancelling ------------------------------------------------------------------------------ */

static bool go_on(void *data, double done)
{
    atomic_int *calls = data;
    assert_true(done > 0 && done <= 1);
    atomic_fetch_add(calls, 1);
    return true;
}

static void the_same_bits_on_every_number_of_threads(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_density density = {SCHOOLS + 2, 3, schools, NULL};
    ku_nuts_options options = ku_nuts_defaults();
    ku_nuts_draws first = {.draws = 0};
    options.chains = 5;
    options.warmup = options.draws = 200;
    for (unsigned threads = 1; threads <= 3; threads++) {
        ku_pool *pool = ku_pool_new(threads);
        ku_nuts_draws d;
        ku_error err = {0};
        atomic_int calls = 0;
        ku_nuts_watch watch = {go_on, &calls};
        check_ok(ku_nuts(&density, &options, NULL, pool, &watch, arena, &d, &err), &err);
        ku_pool_free(pool);
        assert_int_equal(atomic_load(&calls), 5 * 400);
        if (threads == 1) first = d;
        size_t bytes = (size_t)5 * 200 * (SCHOOLS + 2) * sizeof(double);
        assert_memory_equal(first.x, d.x, bytes);
    }
    assert_memory_not_equal(first.x, first.x + 200 * (SCHOOLS + 2), 80);
    ku_arena_free(arena);
}

static bool stop_after(void *data, double done)
{
    (void)data;
    return done < 0.1;
}

static void cancelled(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_density density = {SCHOOLS + 2, 0, schools, NULL};
    ku_nuts_options options = ku_nuts_defaults();
    ku_nuts_draws d = {.chains = -1};
    ku_error err = {0};
    ku_nuts_watch watch = {stop_after, NULL};
    ku_pool *pool = ku_pool_new(2);
    check_fails(KU_CANCELLED, "stopped after",
                ku_nuts(&density, &options, NULL, pool, &watch, arena, &d, &err), &err);
    assert_int_equal(d.chains, -1);
    ku_pool_free(pool);
    ku_arena_free(arena);
}

/* ---- chains that do not work ---------------------------------------------------------------------------- */

enum { MODES = 10 };

/* Standard normal, and a place 30 away that is e^200 times less likely. */
static double two_places(const void *model, const double *x, double *gradient, double *work)
{
    (void)model, (void)work;
    double near = 0, far = 0;
    for (int i = 0; i < MODES; i++) near += x[i] * x[i], far += (x[i] - 30) * (x[i] - 30);
    bool at_far = -0.5 * far - 200 > -0.5 * near;
    for (int i = 0; i < MODES; i++) gradient[i] = at_far ? 30 - x[i] : -x[i];
    return at_far ? -0.5 * far - 200 : -0.5 * near;
}

/* Standard normal, but right of 20 it can hardly be moved in. */
static double a_spike(const void *model, const double *x, double *gradient, double *work)
{
    (void)model, (void)work;
    double sum = 0;
    for (int i = 0; i < MODES; i++) {
        double precision = x[0] > 20 ? 1e12 : 1, centre = x[0] > 20 ? 30 : 0;
        sum -= 0.5 * precision * (x[i] - centre) * (x[i] - centre);
        gradient[i] = -precision * (x[i] - centre);
    }
    return sum;
}

static ku_nuts_draws with_one_astray(ku_density *density, char *words, size_t size, ku_arena *arena)
{
    double starts[4][MODES] = {{0}};
    ku_nuts_options options = ku_nuts_defaults();
    options.seed = 5;
    options.jitter = 0.1;
    options.warmup = options.draws = 500;
    for (int i = 0; i < MODES; i++) starts[2][i] = 30;
    ku_nuts_draws d = sample(density, &options, starts[0], arena);
    for (int c = 0; c < 4; c++) {
        if (c == 2) continue;
        assert_int_equal(d.chain[c].fate, KU_NUTS_WELL);
        ku_nuts_explain(&d, c, words, size);
        assert_string_equal(words, "");
    }
    ku_nuts_explain(&d, 2, words, size);
    print_message("# %s\n", words);
    return d;
}

static void a_chain_apart(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_density density = {MODES, 0, two_places, NULL};
    char words[512];
    ku_nuts_draws d = with_one_astray(&density, words, sizeof words, arena);
    assert_int_equal(d.chain[2].fate, KU_NUTS_APART);
    assert_non_null(strstr(words, "Chain 3 of 4 settled"));
    assert_non_null(strstr(words, "(its log density is 200 lower)"));
    ku_arena_free(arena);
}

static void a_chain_that_stands_still(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_density density = {MODES, 0, a_spike, NULL};
    char words[512];
    ku_nuts_draws d = with_one_astray(&density, words, sizeof words, arena);
    assert_int_equal(d.chain[2].fate, KU_NUTS_STILL);
    assert_non_null(strstr(words, "Chain 3 of 4 got stuck"));
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_correlated_normal),
        cmocka_unit_test(two_directions_of_many),
        cmocka_unit_test(a_funnel),
        cmocka_unit_test(eight_schools),
        cmocka_unit_test(a_bound),
        cmocka_unit_test(impossible_starts),
        cmocka_unit_test(the_same_bits_on_every_number_of_threads),
        cmocka_unit_test(cancelled),
        cmocka_unit_test(a_chain_apart),
        cmocka_unit_test(a_chain_that_stands_still),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
