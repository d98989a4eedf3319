/* test_mix_gradient.c - the gradient of the mix model's density against central differences, for
 * every family, adstock, saturation, kind of prior and part of the model. */
#include "mix_made.h"

#include "returns/mix/mix_internal.h"

static const double gradient_tolerance = 2e-6; /* relative to the largest derivative */

/* The largest error of the gradient at a point near the middle of the prior. */
static void check_gradient(const char *what, const ku_mix_model *model, const ku_density *d,
                           uint64_t seed)
{
    int n = d->unknowns;
    ku_arena *arena = ku_arena_new();
    double *u = KU_ARRAY(arena, (size_t)n, double), *by = KU_ARRAY(arena, (size_t)n, double);
    double *other = KU_ARRAY(arena, (size_t)n, double), *work = KU_ARRAY(arena, d->room, double);
    ku_rng rng = ku_rng_make(seed, 7);
    ku_mix_draw_prior(model, &rng, u);
    for (int i = 0; i < n; i++) u[i] *= .4;
    double value = d->value(d->model, u, by, work), largest = 1;
    if (!isfinite(value)) fail_msg("%s: the density is %g", what, value);
    for (int i = 0; i < n; i++) largest = fmax(largest, fabs(by[i]));
    for (int i = 0; i < n; i++) {
        double at = u[i], h = 1e-5;
        u[i] = at + h;
        double up = d->value(d->model, u, other, work);
        u[i] = at - h;
        double down = d->value(d->model, u, other, work);
        u[i] = at;
        double found = (up - down) / (2 * h), error = fabs(found - by[i]) / largest;
        if (error > gradient_tolerance)
            fail_msg("%s, %s: gradient %.10g, differences %.10g, error %.3g, tolerance %.3g", what,
                     ku_mix_name(model, i), by[i], found, error, gradient_tolerance);
    }
    ku_arena_free(arena);
}

static void fit_and_check(const char *what, const ku_mix_data *data, const ku_mix_spec *spec,
                          ku_arena *arena)
{
    const ku_mix_model *model;
    ku_error err;
    check_ok(ku_mix_new(data, spec, arena, &model, &err), &err);
    check_gradient(what, model, ku_mix_density(model), 3);
}

/* The density as the sampler moves on it. */
static void test_ground(void **state)
{
    (void)state;
    for (int regions = 1; regions <= 4; regions += 3)
        for (int spread = 0; spread < 3; spread++) {
            ku_arena *arena = ku_arena_new();
            ku_mix_data data = made_data(regions, arena, 8);
            ku_mix_spec *spec = ku_mix_spec_meridian(&data, arena);
            spec->knots = KU_MIX_KNOTS_EVERY;
            spec->knots_number = 6;
            for (int m = 0; m < data.channels; m++)
                ku_mix_spec_channel(spec, m)->spread = (ku_mix_spread)spread;
            ku_mix_spec_channel(spec, 0)->drift_every = 9;
            const ku_mix_model *model;
            ku_error err;
            check_ok(ku_mix_new(&data, spec, arena, &model, &err), &err);
            mix_ground ground = {.model = model};
            assert_true(mix_find_ground(model, NULL, arena, &ground));
            ku_density on = {ku_mix_unknowns(model), mix_ground_room(&ground), mix_value_on_ground,
                             &ground};
            check_gradient("ground", model, &on, 5);
            ku_arena_free(arena);
        }
}

static void free_slopes(ku_mix_spec *spec, int channels)
{
    for (int m = 0; m < channels; m++)
        ku_mix_spec_channel(spec, m)->slope = ku_prior_log_normal(.1, .3);
}

static void test_presets(void **state)
{
    (void)state;
    for (int regions = 1; regions <= 4; regions += 3) {
        ku_arena *arena = ku_arena_new();
        ku_mix_data data = made_data(regions, arena, 1);
        fit_and_check("meridian", &data, ku_mix_spec_meridian(&data, arena), arena);
        fit_and_check("pymc", &data, ku_mix_spec_pymc(&data, arena), arena);
        ku_arena_free(arena);
    }
}

static void test_responses(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_mix_data data = made_data(3, arena, 2);
    for (int a = 0; a < KU_ADSTOCK_COUNT; a++)
        for (int s = 0; s < KU_SATURATION_COUNT; s++)
            for (int first = 0; first < 2; first++) {
                ku_mix_spec *spec = ku_mix_spec_meridian(&data, arena);
                free_slopes(spec, data.channels);
                for (int m = 0; m < data.channels; m++) {
                    ku_mix_channel_spec *c = ku_mix_spec_channel(spec, m);
                    c->form.adstock = (ku_adstock_kind)a;
                    c->form.saturation = (ku_saturation_kind)s;
                    c->form.saturated_first = first == 1;
                    c->delay = ku_prior_log_normal(.5, .3);
                    if (a >= KU_ADSTOCK_WEIBULL_CDF) c->carry = ku_prior_log_normal(.3, .2);
                }
                char what[96];
                snprintf(what, sizeof what, "%s %s%s", ku_adstock_name((ku_adstock_kind)a),
                         ku_saturation_name((ku_saturation_kind)s), first ? " first" : "");
                fit_and_check(what, &data, spec, arena);
            }
    ku_arena_free(arena);
}

static void test_families_and_effects(void **state)
{
    (void)state;
    static const char *const families[] = {"gaussian", "log-normal", "counts"};
    static const char *const effects[] = {"roi", "marginal roi", "contribution", "coefficient"};
    ku_arena *arena = ku_arena_new();
    ku_mix_data data = made_data(3, arena, 4);
    for (int f = 0; f < 3; f++)
        for (int e = 0; e < 4; e++)
            for (int spread = 0; spread < 3; spread++) {
                ku_mix_spec *spec = ku_mix_spec_meridian(&data, arena);
                spec->family = (ku_mix_family)f;
                spec->sigma_by_region = spread == 1;
                spec->trend = true;
                spec->fourier = 2;
                spec->knots = KU_MIX_KNOTS_EVERY;
                spec->knots_number = 7;
                for (int m = 0; m < data.channels; m++) {
                    ku_mix_channel_spec *c = ku_mix_spec_channel(spec, m);
                    c->spread = (ku_mix_spread)spread;
                    c->drift_every = m == 1 ? 8 : 0;
                    if (m == 2 && e < 2) continue; /* organic */
                    c->effect = (ku_mix_effect)e;
                    c->prior = e == 2 ? ku_prior_beta(2, 20) : ku_prior_log_normal(0, .5);
                }
                char what[96];
                snprintf(what, sizeof what, "%s %s spread %d", families[f], effects[e], spread);
                fit_and_check(what, &data, spec, arena);
            }
    ku_arena_free(arena);
}

static void test_lifts(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_mix_data data = made_data(4, arena, 5);
    static const bool two[] = {false, true, false, true};
    const ku_mix_experiment lifts[] = {
        {.channel = 0,
         .regions = two,
         .from = 5,
         .to = 9,
         .until = 12,
         .instead = 0,
         .lift = 900,
         .sd = 300},
        {.channel = 3, .from = 20, .to = 25, .until = 25, .instead = 1.5, .lift = -200, .sd = 80},
        {.channel = 1, .from = 0, .to = 3, .until = 8, .instead = .5, .lift = 400, .sd = 90},
    };
    data.experiments = 3;
    data.experiment = lifts;
    for (int f = 0; f < 3; f++) {
        ku_mix_spec *spec = ku_mix_spec_meridian(&data, arena);
        spec->family = (ku_mix_family)f;
        ku_mix_spec_channel(spec, 1)->drift_every = 6;
        fit_and_check("lifts", &data, spec, arena);
    }
    ku_arena_free(arena);
}

/* Television and mail that drive social. */
static void test_feeds(void **state)
{
    (void)state;
    for (int regions = 1; regions <= 4; regions += 3) {
        ku_arena *arena = ku_arena_new();
        ku_mix_data data = made_data(regions, arena, 9);
        ku_mix_spec *spec = ku_mix_spec_meridian(&data, arena);
        ku_mix_spec_channel(spec, 0)->feeds = 1;
        ku_mix_spec_channel(spec, 2)->feeds = 1;
        fit_and_check("feeds", &data, spec, arena);
        ku_arena_free(arena);
    }
}

/* Cells that are unknown or held out have no say. */
static void test_left_out(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    ku_mix_data data = made_data(3, arena, 6);
    size_t cells = (size_t)(data.regions * data.periods);
    double *y = KU_ARRAY(arena, cells, double);
    bool *held = KU_ARRAY(arena, cells, bool);
    memcpy(y, data.outcome, cells * sizeof *y);
    for (size_t i = 0; i < cells; i += 7) y[i] = NAN, held[(i + 3) % cells] = true;
    data.outcome = y;
    data.held_out = held;
    for (int f = 0; f < 3; f++) {
        ku_mix_spec *spec = ku_mix_spec_meridian(&data, arena);
        spec->family = (ku_mix_family)f;
        spec->knots = KU_MIX_KNOTS_AUTOMATIC;
        fit_and_check("left out", &data, spec, arena);
    }
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_presets),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_families_and_effects),
        cmocka_unit_test(test_lifts),
        cmocka_unit_test(test_feeds),
        cmocka_unit_test(test_left_out),
        cmocka_unit_test(test_ground),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
