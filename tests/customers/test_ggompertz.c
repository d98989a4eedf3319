/* test_ggompertz.c - Gamma-Gompertz/NBD: points and gradients against its integral at 40
 * digits (mpmath 1.3, quad, differences of 1e-12), its limit Pareto/NBD, and CDNOW. */
#include "cdnow.h"
#include "points.h"

#include "customers/fit.h"

/* r, alpha, b, s, beta */
static const point points[] = {
    {{.55, 10.6, .02, .6, .3},
     {0, 0, 39},
     -0.53417247677306504,
     0.28005807569026868,
     {-0.49003037053770967, 0.28894172772006443, 0.16782790264836556, 0.20642095489119369,
      -0.14397383025838858}},
    {{.55, 10.6, .02, .6, .3},
     {2, 30.4, 38.9},
     -9.5695602293400035,
     0.82035335506238325,
     {0.51736600245668335, -0.0068234490292968313, -0.5655764633823264, -0.76118355338679381,
      0.43237073247093017}},
    {{.6, 5, .05, 1, 3},
     {26, 30.86, 31},
     -35.600355089400282,
     0.99484177371479227,
     {1.6971269240207234, -3.094482255603898, -1.0805440800718036, -0.80003462564774264,
      0.55068680002131602}},
    {{1, 3, .5, .4, 30},
     {4, 20, 45},
     -14.726359112054482,
     0.00033798776114512177,
     {-0.05728166044203429, 0.40938650765559562, -3.5208688910181263, -2.1691160814478108,
      0.39916744206031489}},
    {{.2, 20, 3, .05, 1000},
     {1, 1.7, 38.9},
     -5.0054219765550192,
     0.0016858405008076597,
     {0.93854500555438899, -0.6950432150372023, 0.25532748152236342, 0.19343296782366636,
      -0.0054921704999990787}},
    {{.8, .5, .01, .4, 20},
     {2000, 5, 50},
     9779.0707632094263,
     0,
     {4.9341325518825618, -180.99999768203292, 1.0463553611369619, 0.99897531309648599,
      -0.99641818559581946}},
    {{.55, 10.6, .02, .6, .3}, /* t_x = T */
     {3, 39, 39},
     -12.742391972760337,
     1,
     {0.72179972625015004, -0.20866935483870962, -0.68913137561156576, -0.95820550297648787,
      0.47849924416946935}},
};

static const ku_buying_model *const model = &ku_buying_ggompertz;

static void points_of_the_integral(void **state)
{
    (void)state;
    check_points(model, points, sizeof points / sizeof *points, 5e-13);
}

static void expectations(void **state)
{
    (void)state;
    static const struct {
        double parameter[5], row[3], want;
    } known[] = {
        {{.55, 10.6, .02, .6, .3}, {2, 30.4, 38.9}, 1.4969899433838936},
        {{1, 3, .5, .4, 30}, {4, 20, 45}, 0.00017602993531880959},
        {{.55, 10.6, .02, .6, .3}, {0, 0, 0}, 1.4528246758224598},
    };
    for (int i = 0; i < 3; i++) {
        double x = known[i].row[0], t_x = known[i].row[1], T = known[i].row[2], one = 1, found;
        ku_buyers buyer = {1, &x, &t_x, &T, &one};
        model->expected(known[i].parameter, &buyer, 0, 1, 52, &found);
        check_near("52 weeks", 1, found / known[i].want, 1e-12);
    }
    check_near("a new customer", known[2].want, model->expected_new(known[2].parameter, 52), 1e-12);
}

/* b -> 0 with beta / b fixed is Pareto/NBD with that as its beta. */
static void slow_ageing_is_pareto(void **state)
{
    (void)state;
    const double b = 1e-8, pareto[] = {.55, 10.6, .6, 11.7}, p[] = {.55, 10.6, b, .6, 11.7 * b};
    for (int i = 0; i < 30; i++) {
        double x = i / 2, t_x = i < 2 ? 0 : 2 + i, T = 40 + i, one = 1, found[2];
        ku_buyers buyer = {1, &x, &t_x, &T, &one};
        check_near("loglik", ku_buying_pareto.loglik(pareto, &buyer, 0, 1, NULL),
                   model->loglik(p, &buyer, 0, 1, NULL), 1e-6);
        ku_buying_pareto.expected(pareto, &buyer, 0, 1, 52, &found[0]);
        model->expected(p, &buyer, 0, 1, 52, &found[1]);
        check_near("expected", found[0], found[1], 1e-5);
    }
}

/* Sudden ends: with b t in the hundreds nobody overflows, and many rows, whose table would
 * need too many panels, are still as single ones. */
static void sharp_ends(void **state)
{
    (void)state;
    enum { ROWS = 500 };
    static const double sets[][5] = {
        {.5, 10, 8, .01, 1e6}, {.5, 10, 40, 2, .3}, {2, .1, .9, .05, 1e-6}, {.5, 10, .001, 1, 1}};
    static double column[4][ROWS];
    ku_buyers buyers = {ROWS, column[0], column[1], column[2], column[3]};
    ku_rng rng = ku_rng_make(4, 4);
    for (int i = 0; i < ROWS; i++) {
        column[0][i] = i % 7;
        column[2][i] = 300 * ku_rng_uniform(&rng);
        column[1][i] = i % 7 > 0 ? column[2][i] * ku_rng_uniform(&rng) : 0;
        column[3][i] = 1;
    }
    for (int set = 0; set < 4; set++) {
        double whole[5] = {0}, parts[5] = {0}, sum = 0, size[5] = {0};
        double all = model->loglik(sets[set], &buyers, 0, ROWS, whole);
        for (size_t i = 0; i < ROWS; i++) {
            double own[5] = {0};
            sum += model->loglik(sets[set], &buyers, i, i + 1, own);
            for (int k = 0; k < 5; k++) parts[k] += own[k], size[k] += fabs(own[k]);
        }
        assert_true(isfinite(sum));
        check_near("loglik", sum, all, 1e-12);
        for (int k = 0; k < 5; k++)
            check_near("gradient", 0, (parts[k] - whole[k]) / size[k], 1e-11);
    }
}

/* Bemmaor & Glady (2012) print r .553, alpha 10.578, b .0002, s .603, beta .0026 and -9594.98.
 * b and beta lie on a ridge: only beta / b is known, along it the likelihood hardly changes, and
 * towards b = 0 it climbs to Pareto/NBD's. The search goes on to that end and says that b ran to
 * its limit; a point that rounds to what is printed has the likelihood printed. */
static double at(const ku_buyers *buyers, double r, double alpha, double b, double s, double beta)
{
    const double parameter[] = {r, alpha, b, s, beta};
    return model->loglik(parameter, buyers, 0, buyers->rows, NULL);
}

static void check_ridge(const ku_buyers *buyers)
{
    const double pareto = -9594.97618, ratio = 11.66872;
    check_near("as printed", 0, at(buyers, .553, 10.578, .0002, .603, .0026) + 9594.98, 1);
    check_near("rounds to it", 0, at(buyers, .553, 10.578, .00022, .603, .002555) + 9594.98, .005);
    for (double b = 2e-4, off = 2e-3; b > 1e-6; b /= 10, off /= 9)
        check_near("along the ridge", 0,
                   at(buyers, .55328, 10.57769, b, .60624, b * ratio) - pareto, off);
}

static void cdnow(void **state)
{
    (void)state;
    ku_error err;
    ku_arena *arena = ku_arena_new();
    ku_buyers buyers = cdnow_read(arena, NULL);
    ku_buying_fit fit;
    check_ridge(&buyers);
    check_ok(ku_buying_estimate(model, &buyers, NULL, arena, NULL, &fit, &err), &err);
    assert_true(fit.at_edge);
    check_near("loglik", 0, fit.loglik + 9594.9762, 1e-4);
    check_near("r", 1, fit.parameter[0] / .55328, 1e-3);
    check_near("alpha", 1, fit.parameter[1] / 10.57769, 1e-3);
    check_near("s", 1, fit.parameter[3] / .60624, 1e-3);
    check_near("beta / b", 1, fit.parameter[4] / fit.parameter[2] / 11.66872, 1e-3);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_of_the_integral),
        cmocka_unit_test(expectations),
        cmocka_unit_test(slow_ageing_is_pareto),
        cmocka_unit_test(sharp_ends),
        cmocka_unit_test(cdnow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
