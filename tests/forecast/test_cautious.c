/* The level with a cautious season: against the same sums with dense matrices, on data whose
 * truth is known, on poor data, and what it is good for on short ends of real series. */
#include "forecast/cautious/cautious.h"

#include "forecast/method.h"
#include "kemudi/rng.h"
#include "m3.h"

enum { LONGEST = 200, AHEAD = 12 };

static ku_arena *arena;
static ku_cautious_work *work;
static double mean[AHEAD], variance[AHEAD], fitted[LONGEST];
static ku_cautious_fit fit;

static int setup(void **state)
{
    (void)state;
    arena = ku_arena_new();
    work = ku_cautious_work_new(arena, LONGEST, 24, AHEAD);
    return work == NULL;
}

static int teardown(void **state)
{
    (void)state;
    ku_arena_free(arena);
    return 0;
}

/* ---- the same with dense matrices ------------------------------------------------------------- */

enum { SMALL = 30 };

/* Inverse of the symmetric positive a by Gauss-Jordan; ln of its determinant. */
static double invert(double a[SMALL][SMALL], double inverse[SMALL][SMALL], int n)
{
    double logdet = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) inverse[i][j] = i == j;
    for (int k = 0; k < n; k++) {
        double pivot = a[k][k];
        logdet += log(pivot);
        for (int j = 0; j < n; j++) a[k][j] /= pivot, inverse[k][j] /= pivot;
        for (int i = 0; i < n; i++) {
            double times = a[i][k];
            for (int j = 0; i != k && j < n; j++) {
                a[i][j] -= times * a[k][j];
                inverse[i][j] -= times * inverse[k][j];
            }
        }
    }
    return logdet;
}

static double covariance(int i, int j, int season, double q, double k)
{
    return q * (i < j ? i : j) + (i % season == j % season ? k : 0);
}

typedef struct dense {
    double inverse[SMALL][SMALL];
    double information, mu, sigma2, deviance;
} dense;

static void dense_fit(const double *z, int n, int season, double q, double k, dense *d)
{
    static double a[SMALL][SMALL];
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) a[i][j] = covariance(i, j, season, q, k) + (i == j);
    double logdet = invert(a, d->inverse, n), sum = 0, squares = 0;
    d->information = 0;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            d->information += d->inverse[i][j], sum += d->inverse[i][j] * z[j];
    d->mu = sum / d->information;
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++) squares += (z[i] - d->mu) * d->inverse[i][j] * (z[j] - d->mu);
    d->sigma2 = squares / (n - 1);
    d->deviance = (n - 1) * log(d->sigma2) + logdet + log(d->information);
}

/* Universal kriging: mean and variance of z at place n + h. */
static void dense_predict(const dense *d, const double *z, int n, int season, double q, double k,
                          int at, double *to, double *spread)
{
    double weight_sum = 0, quadratic = 0, own = covariance(at, at, season, q, k) + 1;
    *to = d->mu;
    for (int i = 0; i < n; i++) {
        double w = 0;
        for (int j = 0; j < n; j++) w += d->inverse[i][j] * covariance(j, at, season, q, k);
        weight_sum += w;
        quadratic += w * covariance(i, at, season, q, k);
        *to += w * (z[i] - d->mu);
    }
    *spread = d->sigma2 * (own - quadratic + (1 - weight_sum) * (1 - weight_sum) / d->information);
}

static void it_is_what_dense_matrices_give(void **state)
{
    (void)state;
    static const double wanders[] = {0, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30},
                        seasons[] = {0, 0.1, 0.3, 1, 3, 10, 30}; /* those of cautious.c */
    enum { N = 17, SEASON = 6 };
    static dense d;
    double z[N], sums[AHEAD] = {0}, squares[AHEAD] = {0}, weights = 0, best = INFINITY;
    ku_rng rng = ku_rng_make(3, 1);
    for (int t = 0; t < N; t++)
        z[t] = 3 * sin(t * 1.1) + ku_rng_normal(&rng) - 2; /* no logarithms */
    for (int pass = 0; pass < 2; pass++)
        for (int a = 0; a < 9; a++)
            for (int b = 0; b < 7; b++) {
                dense_fit(z, N, SEASON, wanders[a], seasons[b], &d);
                if (pass == 0) best = fmin(best, d.deviance);
                double weight = exp((best - d.deviance) / 2);
                weights += pass ? weight : 0;
                for (int i = 0; pass && i < AHEAD; i++) {
                    double to, spread;
                    dense_predict(&d, z, N, SEASON, wanders[a], seasons[b], N + i, &to, &spread);
                    sums[i] += weight * to;
                    squares[i] += weight * (spread + to * to);
                }
            }
    assert_true(ku_cautious(work, z, N, SEASON, AHEAD, mean, variance, fitted, &fit));
    assert_false(fit.logarithms);
    check_near("likelihood", -best / 2, fit.loglik, 1e-9);
    for (int i = 0; i < AHEAD; i++) {
        double to = sums[i] / weights;
        check_near("mean", to, mean[i], 1e-7);
        check_near("variance", squares[i] / weights - to * to, variance[i], 1e-6);
    }
}

/* ---- known truth ------------------------------------------------------------------------------- */

static void a_clear_season_is_believed(void **state)
{
    (void)state;
    double y[26];
    ku_rng rng = ku_rng_make(5, 1);
    for (int t = 0; t < 26; t++)
        y[t] = exp(4 + 0.6 * sin(t * M_PI / 6) + 0.02 * ku_rng_normal(&rng));
    assert_true(ku_cautious(work, y, 26, 12, AHEAD, mean, variance, fitted, &fit));
    assert_true(fit.season > 1);
    for (int i = 0; i < AHEAD; i++) {
        double truth = 4 + 0.6 * sin((26 + i) * M_PI / 6);
        check_near("forecast, logarithm", truth, fit.logarithms ? mean[i] : log(mean[i]), 0.03);
    }
}

static void chance_is_not_taken_for_a_season(void **state)
{
    (void)state;
    double y[26], swing = 0, noise = 0;
    for (int series = 0; series < 50; series++) {
        ku_rng rng = ku_rng_make(7, (uint64_t)series);
        for (int t = 0; t < 26; t++) y[t] = 100 + 10 * ku_rng_normal(&rng);
        assert_true(ku_cautious(work, y, 26, 12, AHEAD, mean, variance, fitted, &fit));
        double middle = 0;
        for (int i = 0; i < AHEAD; i++) middle += mean[i] / AHEAD;
        for (int i = 0; i < AHEAD; i++) {
            double scale = fit.logarithms ? 100 : 1; /* of ln y: about the same in units */
            swing += (mean[i] - middle) * (mean[i] - middle) * scale * scale;
            noise += 100;
        }
    }
    assert_true(swing < 0.12 * noise); /* a mean of two or three values has .43 of it */
}

static void intervals_hold_what_the_model_makes(void **state)
{
    (void)state;
    double y[36 + AHEAD], effect[12];
    int inside = 0, all = 0;
    for (int series = 0; series < 300; series++) {
        ku_rng rng = ku_rng_make(11, (uint64_t)series);
        double level = 0;
        for (int j = 0; j < 12; j++) effect[j] = 2 * ku_rng_normal(&rng);
        for (int t = 0; t < 36 + AHEAD; t++) {
            y[t] = level + effect[t % 12] + ku_rng_normal(&rng);
            level += 0.3 * ku_rng_normal(&rng);
        }
        assert_true(ku_cautious(work, y, 36, 12, AHEAD, mean, variance, NULL, &fit));
        for (int i = 0; i < AHEAD; i++, all++)
            inside += fabs(y[36 + i] - mean[i]) < 1.959964 * sqrt(variance[i]);
    }
    check_near("coverage", 0.95, (double)inside / all, 0.015);
}

/* ---- poor data ---------------------------------------------------------------------------------- */

static void poor_series_are_refused_or_forecast(void **state)
{
    (void)state;
    double y[60] = {0};
    assert_false(ku_cautious(work, y, 60, 12, AHEAD, mean, variance, fitted, &fit)); /* zeros */
    for (int t = 0; t < 60; t++) y[t] = t + 1;
    assert_false(
        ku_cautious(work, y, 12, 12, AHEAD, mean, variance, fitted, &fit)); /* one season */
    assert_false(ku_cautious(work, y, 60, 1, AHEAD, mean, variance, fitted, &fit));
    assert_false(
        ku_cautious(work, y, 60, KU_CAUTIOUS_SEASON + 1, AHEAD, mean, variance, fitted, &fit));
    static const double sizes[] = {1e-120, 1, 1e120};
    for (int s = 0; s < 3; s++) {
        for (int t = 0; t < 60; t++) y[t] = sizes[s] * (t % 5 - 1.5) * (1 + t % 12);
        if (!ku_cautious(work, y, 60, 12, AHEAD, mean, variance, fitted, &fit)) continue;
        for (int i = 0; i < AHEAD; i++) assert_true(isfinite(mean[i]) && variance[i] >= 0);
    }
}

/* ---- short ends of real series -------------------------------------------------------------------- */

static double relative_error(const double *truth, const double *found, int h)
{
    double sum = 0;
    for (int i = 0; i < h; i++)
        sum += 2 * fabs(truth[i] - found[i]) / (fabs(truth[i]) + fabs(found[i]));
    return sum / h;
}

/* Two years of months from within the M3 training parts, the six months after them held
 * out: a season seen twice. */
static void two_years_are_enough_for_a_season(void **state)
{
    (void)state;
    enum { PAST = 24, H = 6 };
    m3_series *all = KU_ARRAY(arena, M3_SERIES, m3_series);
    double bound[KU_BOUNDS][H], centre[H], cautious = 0, ets = 0, repeated = 0;
    ku_ahead ahead = {.h = H, .mean = centre};
    const ku_method *methods[] = {ku_method_find("cautious"), ku_method_find("ets")};
    void *works[] = {methods[0]->work_new(arena, PAST, 12, H),
                     methods[1]->work_new(arena, PAST, 12, H)};
    int count = 0;
    for (int b = 0; b < KU_BOUNDS; b++) ahead.bound[b] = bound[b];
    m3_read_values(all);
    for (int i = 0; i < M3_SERIES; i++) {
        const double *y = all[i].past + all[i].n - H - PAST;
        if (all[i].season != 12) continue;
        ku_past past = {.y = y, .n = PAST, .season = 12, .seasons = {12}, .season_count = 1};
        assert_true(methods[0]->forecast(works[0], &past, ku_rng_make(1, 1), &ahead));
        cautious += relative_error(y + PAST, centre, H);
        assert_true(methods[1]->forecast(works[1], &past, ku_rng_make(1, 1), &ahead));
        ets += relative_error(y + PAST, centre, H);
        repeated += relative_error(y + PAST, y + PAST - 12, H);
        count++;
    }
    printf("# sMAPE of %d series: cautious %.2f %%, ETS %.2f %%, a year ago %.2f %%\n", count,
           100 * cautious / count, 100 * ets / count, 100 * repeated / count);
    assert_int_equal(count, 1428);
    assert_true(cautious < 0.88 * ets && cautious < 0.82 * repeated);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_what_dense_matrices_give),
        cmocka_unit_test(a_clear_season_is_believed),
        cmocka_unit_test(chance_is_not_taken_for_a_season),
        cmocka_unit_test(intervals_hold_what_the_model_makes),
        cmocka_unit_test(poor_series_are_refused_or_forecast),
        cmocka_unit_test(two_years_are_enough_for_a_season),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, setup, teardown);
}
