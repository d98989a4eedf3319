/* test_ets.c - the models of exponential smoothing by themselves: derivatives against
 * differences, likelihoods against R forecast 8.20, variances against simulation, and
 * identities that hold for any correct code. */
#include "check.h"

#include <string.h>

#include "forecast/ets/ets_internal.h"

/* International airline passengers, thousands a month, 1949-1960: Box & Jenkins (1976),
 * Time Series Analysis, series G. */
static const double passengers[144] = {
    112, 118, 132, 129, 121, 135, 148, 148, 136, 119, 104, 118, 115, 126, 141, 135, 125, 149,
    170, 170, 158, 133, 114, 140, 145, 150, 178, 163, 172, 178, 199, 199, 184, 162, 146, 166,
    171, 180, 193, 181, 183, 218, 230, 242, 209, 191, 172, 194, 196, 196, 236, 235, 229, 243,
    264, 272, 237, 211, 180, 201, 204, 188, 235, 227, 234, 264, 302, 293, 259, 229, 203, 229,
    242, 233, 267, 269, 270, 315, 364, 347, 312, 274, 237, 278, 284, 277, 317, 313, 318, 374,
    413, 405, 355, 306, 271, 306, 315, 301, 356, 348, 355, 422, 465, 467, 404, 347, 305, 336,
    340, 318, 362, 348, 363, 435, 491, 505, 404, 359, 310, 337, 360, 342, 406, 396, 420, 472,
    548, 559, 463, 407, 362, 405, 417, 391, 419, 461, 472, 535, 622, 606, 508, 461, 390, 432};

/* Log-likelihood of every model on the passengers by R forecast 8.20 (its simplex search
 * often stops early on seasonal models, so ours must reach it or pass it), in the order
 * of ku_ets_models. */
static const double passengers_loglik[KU_ETS_MODELS] = {
    -863.893377599251, -767.429538964823, -863.796068067338, -863.647302494784, -767.615445620952,
    -765.93584751167,  -833.950130596089, -775.396153368271, -715.657196897844, -833.411725631912,
    -831.8975770277,   -773.604971793605, -768.233410054098, -679.583216236956, -682.403619057806};

static const double loglik_tolerance = 0.01; /* of the log-likelihood, absolute */

static ku_arena *arena;

static int set_up(void **state)
{
    (void)state;
    arena = ku_arena_new();
    return arena == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    ku_arena_free(arena);
    return 0;
}

static void likelihood_reaches_reference(void **state)
{
    (void)state;
    ku_ets_work *work = ku_ets_work_new(arena, 144, 12);
    for (int i = 0; i < KU_ETS_MODELS; i++) {
        ku_ets_fit fit;
        char name[KU_ETS_NAME];
        ku_ets_name(ku_ets_models[i], name);
        assert_true(ku_ets_fit_model(work, ku_ets_models[i], passengers, 144, 12, &fit));
        if (fit.loglik > passengers_loglik[i] - loglik_tolerance) continue;
        print_error("%s: expected a log-likelihood of at least %.6f, found %.6f\n", name,
                    passengers_loglik[i], fit.loglik);
        fail();
    }
}

/* Models with few unknowns have one optimum, which both searches find. */
static void parameters_match_reference(void **state)
{
    (void)state;
    ku_ets_work *work = ku_ets_work_new(arena, 144, 12);
    ku_ets_fit fit;
    assert_true(
        ku_ets_fit_model(work, ku_ets_models[ku_ets_find("MNN")], passengers, 144, 12, &fit));
    check_near("loglik", -833.950130596089, fit.loglik, 1e-6);
    check_near("aicc", 1674.07168976361, fit.aicc, 1e-6);
    check_near("sigma2", 0.0118119794902168, fit.sigma2, 1e-6);
    check_near("alpha", 0.999899789664489, fit.alpha, 1e-6);
    check_near("level", 110.816010416505, fit.level0, 2e-3);
}

static void automatic_choice(void **state)
{
    (void)state;
    ku_ets_work *work = ku_ets_work_new(arena, 144, 12);
    ku_ets_fit fit, other;
    assert_true(ku_ets_choose(work, (1U << KU_ETS_MODELS) - 1, passengers, 144, 12, &fit));
    assert_int_equal(fit.model.error, 'M');
    assert_int_equal(fit.model.season, 'M');
    assert_true(fit.aicc <= 1400.63843247391 + loglik_tolerance); /* R's choice, ETS(M,Ad,M) */
    ku_ets_work *second = ku_ets_work_new(arena, 144, 12);
    for (int i = 0; i < KU_ETS_MODELS; i++) {
        assert_true(ku_ets_fit_model(second, ku_ets_models[i], passengers, 144, 12, &other));
        if (other.aicc < fit.aicc - 1e-6)
            fail_msg("model %d has AICc %.6f, chosen was %.6f", i, other.aicc, fit.aicc);
    }
}

/* ---- derivatives ------------------------------------------------------------------------- */

enum { QUARTERS = 40, SEASON = 4 };

static void quarterly(double *y)
{
    for (int t = 0; t < QUARTERS; t++)
        y[t] = (1 + 0.01 * t) * (1 + 0.2 * sin(1.57 * t)) + 0.03 * cos(7.0 * t);
}

/* Residuals for parameters by their columns in the Jacobian, a column moved by `step`. */
static void residuals(ku_ets_model model, const double *y, const ets_layout *l, int column,
                      double step, double *out)
{
    double p[16] = {0.3, 0.1, 0.15, 0.9, 1.02};
    double factor[SEASON] = {0.05, 0.2, -0.1}, natural[4], fitted[QUARTERS];
    if (l->slope >= 0) p[l->slope] = 0.012;
    for (int j = 0; l->seasonal >= 0 && j < SEASON - 1; j++)
        p[l->seasonal + j] = factor[j] + (model.season == 'M');
    if (column >= 0) p[column] += step;
    memcpy(natural, p, sizeof natural);
    if (model.trend != 'D') natural[ETS_PHI] = 1;
    double ring[SEASON], rest = model.season == 'M' ? SEASON : 0;
    for (int j = 0; l->seasonal >= 0 && j < SEASON - 1; j++) rest -= ring[j] = p[l->seasonal + j];
    ring[SEASON - 1] = rest;
    ets_states states = {p[ETS_LEVEL], l->slope >= 0 ? p[l->slope] : 0, ring};
    ets_sum sum;
    assert_true(ku_ets_run(model, y, QUARTERS, SEASON, natural, &states, &sum, fitted));
    for (int t = 0; t < QUARTERS; t++)
        out[t] = model.error == 'M' ? (y[t] - fitted[t]) / fitted[t] : y[t] - fitted[t];
}

static void derivatives_match_differences(void **state)
{
    (void)state;
    double y[QUARTERS], up[QUARTERS], down[QUARTERS], natural[4] = {0.3, 0.1, 0.15, 0.9};
    quarterly(y);
    for (int i = 0; i < KU_ETS_MODELS; i++) {
        ku_ets_model model = ku_ets_models[i];
        ets_layout l = ku_ets_layout(model, SEASON);
        size_t lanes = (size_t)l.lanes;
        double *jacobian = ku_arena_zero(arena, QUARTERS * lanes * sizeof(double));
        double *carried = ku_arena_zero(arena, (2 + SEASON) * lanes * sizeof(double));
        double *drift = ku_arena_zero(arena, 16 * sizeof(double)), r[QUARTERS];
        double ring[SEASON] = {0.05, 0.2, -0.1, -0.15};
        for (int j = 0; j < SEASON; j++) ring[j] += model.season == 'M';
        ets_states states = {1.02, model.trend == 'N' ? 0 : 0.012, ring};
        natural[ETS_PHI] = model.trend == 'D' ? 0.9 : 1;
        ku_ets_run_derivatives(model, y, QUARTERS, SEASON, natural, &l, &states, jacobian, r, drift,
                               carried);
        int columns = l.seasonal >= 0 ? l.seasonal + SEASON - 1 : ETS_LEVEL + 1 + (l.slope >= 0);
        for (int c = 0; c < columns; c++) {
            bool has = c > ETS_PHI || c == ETS_ALPHA || (c == ETS_BETA && model.trend != 'N') ||
                       (c == ETS_GAMMA && model.season != 'N') ||
                       (c == ETS_PHI && model.trend == 'D');
            if (!has) continue;
            residuals(model, y, &l, c, 1e-6, up);
            residuals(model, y, &l, c, -1e-6, down);
            for (int t = 0; t < QUARTERS; t++)
                check_near("derivative", (up[t] - down[t]) / 2e-6,
                           jacobian[(size_t)t * lanes + (size_t)c], 1e-7);
        }
    }
}

/* ---- forecasts ----------------------------------------------------------------------------- */

/* Class 1 in closed form: the variance of a level model grows by alpha squared. */
static void level_variance(void **state)
{
    (void)state;
    ku_ets_fit fit = {
        .model = {'A', 'N', 'N'}, .season = 1, .alpha = 0.3, .phi = 1, .level = 50, .sigma2 = 4};
    double mean[10], variance[10];
    ku_ets_predict(&fit, 10, mean, variance);
    for (int h = 0; h < 10; h++) {
        check_near("mean", 50, mean[h], 1e-15);
        check_near("variance", 4 * (1 + h * 0.09), variance[h], 1e-14);
    }
}

/* One future into path[h], as the model says (HKOS section 6.1); ring is a copy of the seasonal
 * factors. */
static void simulate_path(const ku_ets_fit *fit, int h, ku_rng *rng, double *ring, double *path)
{
    double level = fit->level, slope = fit->slope, deviation = sqrt(fit->sigma2);
    char season = fit->model.season;
    for (int i = 0; i < h; i++) {
        double carried = fit->model.trend == 'N' ? 0 : fit->phi * slope, q = level + carried;
        double *s = ring + i % fit->season;
        double f = season == 'N' ? q : season == 'A' ? q + *s : q * *s;
        double e = deviation * ku_rng_normal(rng);
        /* A relative error below -1 would turn demand negative; the model excludes it. */
        if (fit->model.error == 'M') e = fmax(e, -1) * f;
        double pull = season == 'M' ? (*s != 0 ? e / *s : 0) : e;
        path[i] = f + e;
        level = q + fit->alpha * pull;
        slope = carried + fit->beta * pull;
        if (season == 'A') *s += fit->gamma * e;
        if (season == 'M') *s += q != 0 ? fit->gamma * e / q : 0;
    }
}

/* Exact moments against 200,000 simulated futures, for the class with the longest
 * formula and beyond one season; tolerance 5 standard errors. */
static void moments_match_simulation(void **state)
{
    (void)state;
    enum { H = 9, PATHS = 200000 };
    static const char *const models[] = {"AAdA", "MNA", "MAdN", "MNM", "MAM", "MAdM"};
    double seasonal[2][4] = {{-12, 20, 5, -13}, {0.8, 1.3, 1.1, 0.8}};
    double *room = ku_arena_alloc(arena, PATHS * H * sizeof(double)), ring[4];
    for (size_t i = 0; i < sizeof models / sizeof *models; i++) {
        ku_ets_model model = ku_ets_models[ku_ets_find(models[i])];
        ku_ets_fit fit = {.model = model,
                          .season = 4,
                          .alpha = 0.4,
                          .beta = 0.1,
                          .gamma = 0.3,
                          .phi = model.trend == 'D' ? 0.9 : 1,
                          .level = 100,
                          .slope = 3,
                          .sigma2 = model.error == 'M' ? 0.01 : 25,
                          .seasonal = seasonal[model.season == 'M']};
        if (model.season == 'N') fit.season = 1;
        if (model.trend == 'N') fit.slope = fit.beta = 0;
        if (model.season == 'N') fit.gamma = 0;
        double mean[H], variance[H];
        ku_ets_predict(&fit, H, mean, variance);
        ku_rng rng = ku_rng_make(7, i);
        for (int k = 0; k < PATHS; k++) {
            memcpy(ring, fit.seasonal, sizeof ring);
            simulate_path(&fit, H, &rng, ring, room + k * H);
        }
        for (int h = 0; h < H; h++) {
            double sum = 0, square = 0;
            for (int k = 0; k < PATHS; k++) sum += room[k * H + h] / PATHS;
            for (int k = 0; k < PATHS; k++)
                square += (room[k * H + h] - sum) * (room[k * H + h] - sum) / PATHS;
            check_near(models[i], mean[h], sum, 5 * sqrt(variance[h] / PATHS) / fabs(mean[h]));
            check_near(models[i], variance[h], square, 5 * 3 / sqrt(PATHS));
        }
    }
}

/* In another unit (a power of two) every number is the same number in that unit. */
static void unit_does_not_matter(void **state)
{
    (void)state;
    double scaled[144];
    for (int t = 0; t < 144; t++) scaled[t] = passengers[t] * 1024;
    ku_ets_work *a = ku_ets_work_new(arena, 144, 12), *b = ku_ets_work_new(arena, 144, 12);
    for (int i = 0; i < KU_ETS_MODELS; i++) {
        ku_ets_fit x, y;
        double mean[2][24], variance[2][24];
        assert_true(ku_ets_fit_model(a, ku_ets_models[i], passengers, 144, 12, &x));
        assert_true(ku_ets_fit_model(b, ku_ets_models[i], scaled, 144, 12, &y));
        ku_ets_predict(&x, 24, mean[0], variance[0]);
        ku_ets_predict(&y, 24, mean[1], variance[1]);
        assert_true(x.alpha == y.alpha);
        for (int h = 0; h < 24; h++) assert_true(mean[0][h] * 1024 == mean[1][h]);
    }
}

/* A series made by the model itself with known parameters gives them back. */
static void recovers_parameters(void **state)
{
    (void)state;
    enum { N = 4000 };
    double *y = ku_arena_alloc(arena, N * sizeof *y), level = 100, slope = 0.5;
    double season[4] = {-20, 10, 30, -20};
    ku_rng rng = ku_rng_make(3, 1);
    for (int t = 0; t < N; t++) {
        double q = level + slope, e = 5 * ku_rng_normal(&rng);
        y[t] = q + season[t % 4] + e;
        level = q + 0.4 * e;
        slope += 0.05 * e;
        season[t % 4] += 0.1 * e;
    }
    ku_ets_work *work = ku_ets_work_new(arena, N, 4);
    ku_ets_fit fit;
    assert_true(ku_ets_fit_model(work, ku_ets_models[ku_ets_find("AAA")], y, N, 4, &fit));
    check_near("alpha", 0.4, fit.alpha, 0.05);
    check_near("beta", 0.05, fit.beta, 0.02);
    check_near("gamma", 0.1, fit.gamma, 0.03);
    check_near("sigma", 5, sqrt(fit.sigma2), 0.03);
}

/* Inside the usual bounds, yet the errors never fade: such parameters are not searched. */
static void forgetful_parameters(void **state)
{
    (void)state;
    double room[2 * 24 + 4];
    assert_true(ku_ets_forgets(0.5, 0, 0.3, 1, 12, room));
    assert_true(ku_ets_forgets(0.3, 0.05, 0.2, 1, 4, room));
    assert_true(ku_ets_forgets(0.3, 0.05, 0.2, 0.9, 12, room));
    assert_false(ku_ets_forgets(2.5, 1.5, 0.2, 1, 4, room));
    assert_false(ku_ets_forgets(0.9, 1.9, 0.5, 0.9, 4, room));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(likelihood_reaches_reference),
        cmocka_unit_test(parameters_match_reference),
        cmocka_unit_test(automatic_choice),
        cmocka_unit_test(derivatives_match_differences),
        cmocka_unit_test(level_variance),
        cmocka_unit_test(moments_match_simulation),
        cmocka_unit_test(unit_does_not_matter),
        cmocka_unit_test(recovers_parameters),
        cmocka_unit_test(forgetful_parameters),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
