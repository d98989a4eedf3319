/* test_response.c - adstock and saturation against Meridian's own test vectors, closed forms and
 * finite differences, for every kind, with and without history, one series and many. */
#include "check.h"

#include <string.h>

#include "kemudi/rng.h"
#include "returns/response.h"

static const double exact = 1e-12;
/* Central differences with a step of 1e-6. */
static const double differences = 2e-7, step = 1e-6;

/* ---- Meridian's vectors (google/meridian@8ca83f6, meridian/model/adstock_hill_test.py) --------- */

static void check_weights(ku_adstock_kind kind, double carry, const double *from_oldest)
{
    ku_response_form form = {.adstock = kind, .lag = 4};
    ku_response_values values = {.carry = carry};
    double w[5];
    char what[64];
    ku_adstock_weights(&form, &values, w, NULL, NULL);
    for (int l = 0; l <= 4; l++) {
        snprintf(what, sizeof what, "%s %g, lag %d", ku_adstock_name(kind), carry, l);
        check_near(what, from_oldest[4 - l], w[l], exact);
    }
}

static void test_weights(void **state)
{
    (void)state;
    const double a = sqrt(.2), b = sqrt(.4), c = sqrt(.6), d = sqrt(.8);
    check_weights(KU_ADSTOCK_GEOMETRIC, 0, (double[]){0, 0, 0, 0, 1});
    check_weights(KU_ADSTOCK_GEOMETRIC, .5, (double[]){.0625, .125, .25, .5, 1});
    check_weights(KU_ADSTOCK_GEOMETRIC, 1, (double[]){1, 1, 1, 1, 1});
    check_weights(KU_ADSTOCK_BINOMIAL, 0, (double[]){0, 0, 0, 0, 1});
    check_weights(KU_ADSTOCK_BINOMIAL, .25, (double[]){.008, .064, .216, .512, 1});
    check_weights(KU_ADSTOCK_BINOMIAL, .5, (double[]){.2, .4, .6, .8, 1});
    check_weights(KU_ADSTOCK_BINOMIAL, 2. / 3, (double[]){a, b, c, d, 1});
    check_weights(KU_ADSTOCK_BINOMIAL, 1, (double[]){1, 1, 1, 1, 1});
}

static void test_three_media(void **state)
{
    (void)state;
    static const double media[3][5] = {
        {.12, .34, .91, .45, .78}, {.55, .71, .08, .82, .29}, {.89, .23, .67, .11, .95}};
    static const double carry[3] = {.1, .5, .9};
    static const double expected[2][3] = {{.751, .435, .572}, {.742, .463, .567}};
    static const double printed = 1e-2;
    ku_response_grid grid = {.periods = 5, .width = 1};
    for (int kind = 0; kind < 2; kind++) {
        ku_response_form form = {.adstock = kind == 0 ? KU_ADSTOCK_GEOMETRIC : KU_ADSTOCK_BINOMIAL,
                                 .lag = 4,
                                 .normalised = true};
        for (int m = 0; m < 3; m++) {
            double out[5];
            ku_adstock(&form, &(ku_response_values){.carry = carry[m]}, &grid, media[m], out);
            check_near(ku_adstock_name(form.adstock), expected[kind][m], out[4], printed);
        }
    }
}

/* Exposure of 1 in every period: (1 - a^min(t, L+1)) / (1 - a^(L+1)). */
static void test_constant_media(void **state)
{
    (void)state;
    enum { PERIODS = 30, LAG = 8 };
    ku_response_form form = {.adstock = KU_ADSTOCK_GEOMETRIC, .lag = LAG, .normalised = true};
    ku_response_grid grid = {.periods = PERIODS, .width = 1};
    double ones[PERIODS], out[PERIODS];
    for (int t = 0; t < PERIODS; t++) ones[t] = 1;
    ku_adstock(&form, &(ku_response_values){.carry = .7}, &grid, ones, out);
    for (int t = 1; t <= PERIODS; t++) {
        double counted = t < LAG + 1 ? t : LAG + 1;
        double expected = (1 - pow(.7, counted)) / (1 - pow(.7, LAG + 1));
        check_near("adstock of ones", expected, out[t - 1], exact);
    }
}

static void test_hill_points(void **state)
{
    (void)state;
    ku_response_form form = {.saturation = KU_SATURATION_HILL};
    for (double x = 0; x < 4; x += .5) {
        ku_response_values flat = {.half = 1.3, .slope = 0}, at = {.half = x, .slope = 1.7};
        check_near("Hill with slope 0", .5, ku_saturation(&form, &flat, x, NULL, NULL), exact);
        if (x > 0) check_near("Hill at half", .5, ku_saturation(&form, &at, x, NULL, NULL), exact);
    }
    ku_response_values steep = {.half = 2, .slope = 3};
    check_near("Hill", 1 / (1 + 8.), ku_saturation(&form, &steep, 1, NULL, NULL), exact);
    check_near("Hill of nothing", 0, ku_saturation(&form, &steep, 0, NULL, NULL), 0);
}

static void test_other_curves(void **state)
{
    (void)state;
    ku_response_form form = {.saturation = KU_SATURATION_LOGISTIC};
    ku_response_values values = {.half = ku_logistic_half(4), .slope = .5};
    double e = exp(-4 * .3);
    check_near("logistic", (1 - e) / (1 + e), ku_saturation(&form, &values, .3, NULL, NULL), exact);
    check_near("logistic at half", .5, ku_saturation(&form, &values, values.half, NULL, NULL),
               exact);
    form.saturation = KU_SATURATION_MICHAELIS_MENTEN;
    values.half = 3;
    check_near("Michaelis-Menten", .25, ku_saturation(&form, &values, 1, NULL, NULL), exact);
    form.saturation = KU_SATURATION_POWER;
    check_near("power", 1.5, ku_saturation(&form, &values, 2.25, NULL, NULL), exact);
    form.saturation = KU_SATURATION_NONE;
    check_near("none", 2.25, ku_saturation(&form, &values, 2.25, NULL, NULL), 0);
}

/* Weibull's weights by hand: shape 2, scale 3, lag 2. */
static void test_weibull(void **state)
{
    (void)state;
    ku_response_form form = {.adstock = KU_ADSTOCK_WEIBULL_CDF, .lag = 2};
    ku_response_values values = {.carry = 2, .delay = 3};
    double w[3], p[3];
    ku_adstock_weights(&form, &values, w, NULL, NULL);
    check_near("survival, lag 0", 1, w[0], exact);
    check_near("survival, lag 1", exp(-1. / 9), w[1], exact);
    check_near("survival, lag 2", exp(-1. / 9 - 4. / 9), w[2], exact);
    form.adstock = KU_ADSTOCK_WEIBULL_PDF;
    ku_adstock_weights(&form, &values, w, NULL, NULL);
    for (int l = 0; l < 3; l++) p[l] = 2. / 9 * (l + 1) * exp(-(l + 1) * (l + 1) / 9.);
    for (int l = 0; l < 3; l++) /* highest at 2, lowest at 1 */
        check_near("density", (p[l] - p[0]) / (p[1] - p[0]), w[l], exact);
}

/* ---- the same thing slowly, and differences -------------------------------------------------------- */

enum { BEFORE = 7, PERIODS = 23, MOST = 5, ROOM = 8 * (BEFORE + PERIODS + 2) * MOST };

typedef struct trial {
    ku_response_form form;
    ku_response_values values;
    ku_response_grid grid;
    double x[(BEFORE + PERIODS) * MOST], pull[PERIODS * MOST];
} trial;

static trial trial_of(ku_adstock_kind adstock, ku_saturation_kind saturation, int before, int width,
                      bool normalised, bool saturated_first)
{
    bool weibull = adstock == KU_ADSTOCK_WEIBULL_CDF || adstock == KU_ADSTOCK_WEIBULL_PDF;
    trial t = {
        .form = {adstock, saturation, 6, normalised, saturated_first},
        .values = {weibull ? 1.6 : .62, weibull ? 2.7 : 1.3, .8, 1.4},
        .grid = {before, PERIODS, width},
    };
    ku_rng rng = ku_rng_make(7, (uint64_t)adstock);
    for (int i = 0; i < (before + PERIODS) * width; i++)
        t.x[i] = i % 6 == 4 ? 0 : 2 * ku_rng_uniform(&rng);
    for (int i = 0; i < PERIODS * width; i++) t.pull[i] = ku_rng_normal(&rng);
    return t;
}

/* The response in one period, straight from the definition. */
static double slow_response(const trial *t, int period, int series)
{
    double w[7], sum = 0;
    ku_adstock_weights(&t->form, &t->values, w, NULL, NULL);
    for (int l = 0; l <= t->form.lag; l++) {
        int row = t->grid.before + period - l;
        if (row < 0) continue;
        double x = t->x[row * t->grid.width + series];
        if (t->form.saturated_first) x = ku_saturation(&t->form, &t->values, x, NULL, NULL);
        sum += w[l] * x;
    }
    return t->form.saturated_first ? sum : ku_saturation(&t->form, &t->values, sum, NULL, NULL);
}

static double pulled(const trial *t)
{
    double out[PERIODS * MOST], work[ROOM], sum = 0;
    assert_true(ku_response_room(&t->grid) <= ROOM);
    ku_response(&t->form, &t->values, &t->grid, t->x, out, work);
    for (int i = 0; i < PERIODS * t->grid.width; i++) sum += t->pull[i] * out[i];
    return sum;
}

static void check_derivative(trial *t, const char *what, double *at, double found)
{
    double was = *at, up, down;
    *at = was + step;
    up = pulled(t);
    *at = was - step;
    down = pulled(t);
    *at = was;
    check_near(what, (up - down) / (2 * step), found, differences);
}

static void check_trial(trial *t)
{
    double out[PERIODS * MOST], by_x[PERIODS * MOST], work[ROOM];
    ku_response_values by = {0}, again = {0};
    int width = t->grid.width;
    ku_response(&t->form, &t->values, &t->grid, t->x, out, work);
    for (int i = 0; i < PERIODS * width; i++)
        check_near("response", slow_response(t, i / width, i % width), out[i], exact);
    ku_response_back(&t->form, &t->values, &t->grid, t->x, out, t->pull, &by, by_x, work);
    ku_response(&t->form, &t->values, &t->grid, t->x, out, work);
    ku_response_back(&t->form, &t->values, &t->grid, t->x, out, t->pull, &again, NULL, work);
    assert_memory_equal(&by, &again, sizeof by);
    check_derivative(t, "carry", &t->values.carry, by.carry);
    check_derivative(t, "delay", &t->values.delay, by.delay);
    check_derivative(t, "half", &t->values.half, by.half);
    check_derivative(t, "slope", &t->values.slope, by.slope);
    for (int i = 0; i < PERIODS * width; i++) {
        double *x = &t->x[t->grid.before * width + i];
        bool alone = t->form.saturated_first || t->form.adstock == KU_ADSTOCK_NONE;
        if (*x > 0 || !alone) /* else there is no difference from both sides */
            check_derivative(t, "exposure", x, by_x[i]);
    }
}

static void test_every_kind(void **state)
{
    (void)state;
    for (int adstock = 0; adstock < KU_ADSTOCK_COUNT; adstock++)
        for (int saturation = 0; saturation < KU_SATURATION_COUNT; saturation++)
            for (int way = 0; way < 4; way++) {
                int before = way == 0 ? 0 : way == 1 ? 3 : BEFORE, width = way == 0 ? 1 : MOST;
                trial t = trial_of((ku_adstock_kind)adstock, (ku_saturation_kind)saturation, before,
                                   width, way % 2 == 1, way == 3);
                check_trial(&t);
            }
}

/* Series side by side and alone: the same bits. */
static void test_width_does_not_matter(void **state)
{
    (void)state;
    for (int adstock = 0; adstock < KU_ADSTOCK_COUNT; adstock++) {
        trial t = trial_of((ku_adstock_kind)adstock, KU_SATURATION_HILL, BEFORE, MOST, true, false);
        double all[PERIODS * MOST], one[PERIODS], x[BEFORE + PERIODS], work[ROOM];
        ku_response_grid alone = {BEFORE, PERIODS, 1};
        ku_response(&t.form, &t.values, &t.grid, t.x, all, work);
        for (int s = 0; s < MOST; s++) {
            for (int row = 0; row < BEFORE + PERIODS; row++) x[row] = t.x[row * MOST + s];
            ku_response(&t.form, &t.values, &alone, x, one, work);
            for (int p = 0; p < PERIODS; p++) assert_true(one[p] == all[p * MOST + s]);
        }
    }
}

/* At the ends of the carry-over the gradient is finite and right from the inside. */
static void test_ends_of_carry(void **state)
{
    (void)state;
    static const ku_adstock_kind kinds[] = {KU_ADSTOCK_GEOMETRIC, KU_ADSTOCK_BINOMIAL,
                                            KU_ADSTOCK_DELAYED};
    for (size_t k = 0; k < 3; k++)
        for (double carry = 0; carry <= 1; carry += 1) {
            trial t = trial_of(kinds[k], KU_SATURATION_MICHAELIS_MENTEN, BEFORE, MOST, true, false);
            double out[PERIODS * MOST], by_x[PERIODS * MOST], work[ROOM];
            ku_response_values by = {0};
            t.values.carry = carry;
            ku_response(&t.form, &t.values, &t.grid, t.x, out, work);
            ku_response_back(&t.form, &t.values, &t.grid, t.x, out, t.pull, &by, by_x, work);
            for (int i = 0; i < PERIODS * MOST; i++)
                check_near("response", slow_response(&t, i / MOST, i % MOST), out[i], exact);
            assert_true(isfinite(by.carry) && isfinite(by.half));
        }
}

static void test_names(void **state)
{
    (void)state;
    for (int kind = 0; kind < KU_ADSTOCK_COUNT; kind++)
        assert_int_equal(ku_adstock_find(ku_adstock_name((ku_adstock_kind)kind)), kind);
    for (int kind = 0; kind < KU_SATURATION_COUNT; kind++)
        assert_int_equal(ku_saturation_find(ku_saturation_name((ku_saturation_kind)kind)), kind);
    assert_int_equal(ku_adstock_find("geometry"), KU_ADSTOCK_COUNT);
    assert_int_equal(ku_saturation_find(""), KU_SATURATION_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weights),        cmocka_unit_test(test_three_media),
        cmocka_unit_test(test_constant_media), cmocka_unit_test(test_hill_points),
        cmocka_unit_test(test_other_curves),   cmocka_unit_test(test_weibull),
        cmocka_unit_test(test_every_kind),     cmocka_unit_test(test_width_does_not_matter),
        cmocka_unit_test(test_ends_of_carry),  cmocka_unit_test(test_names),
    };
    cmocka_set_message_output(CM_OUTPUT_TAP);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
