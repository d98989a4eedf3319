/* test_mix_model.c - what a draw of the mix model says must agree with what its prior speaks of:
 * returns, contributions, lifts; knots where they belong; what cannot be fitted is said. */
#include "mix_made.h"

#include <string.h>

static const double exact = 1e-9;

typedef struct made {
    ku_arena *arena;
    ku_mix_data data;
    ku_mix_spec *spec;
    const ku_mix_model *model;
    ku_mix_view *view;
    double *u;
} made;

static void build(made *m)
{
    ku_error err;
    check_ok(ku_mix_new(&m->data, m->spec, m->arena, &m->model, &err), &err);
    m->view = ku_mix_view_new(m->model, m->arena);
    m->u = KU_ARRAY(m->arena, (size_t)ku_mix_unknowns(m->model), double);
}

static made begin(int regions)
{
    made m = {.arena = ku_arena_new()};
    m.data = made_data(regions, m.arena, 11);
    m.spec = ku_mix_spec_meridian(&m.data, m.arena);
    return m;
}

/* Looks at a draw from the prior. */
static void look(made *m, uint64_t seed)
{
    ku_rng rng = ku_rng_make(seed, 1);
    ku_mix_draw_prior(m->model, &rng, m->u);
    ku_mix_look(m->view, m->u);
}

static double natural(const made *m, int channel, ku_mix_part part)
{
    int at = ku_mix_find(m->model, channel, part);
    assert_true(at >= 0);
    return ku_mix_natural(m->model, at, m->u[at]);
}

static void refuse(made *m, ku_status status, const char *words)
{
    ku_error err = {0};
    const ku_mix_model *model;
    check_fails(status, words, ku_mix_new(&m->data, m->spec, m->arena, &model, &err), &err);
    ku_arena_free(m->arena);
}

/* The return that the unknown stands for is the return that the contributions give. */
static void test_effects_are_what_they_say(void **state)
{
    (void)state;
    for (int spread = 0; spread < 3; spread++)
        for (int e = 0; e < 3; e++) {
            made m = begin(4);
            m.spec->knots = KU_MIX_KNOTS_EVERY;
            m.spec->knots_number = 10;
            ku_mix_channel_spec *c = ku_mix_spec_channel(m.spec, 0);
            c->effect = (ku_mix_effect)e;
            c->spread = (ku_mix_spread)spread;
            c->drift_every = 10;
            build(&m);
            ku_mix_window all = {0, MADE_PERIODS, NULL};
            double total = 0;
            for (int i = 0; i < MADE_PERIODS * 4; i++)
                total += m.data.outcome[i] * m.data.revenue_per_unit[i];
            for (uint64_t seed = 1; seed < 5; seed++) {
                look(&m, seed);
                ku_mix_return r = ku_mix_returns(m.view, 0, &all);
                double found = e == 0 ? r.roi : e == 1 ? r.marginal : r.contribution / total;
                double said = natural(&m, 0, KU_MIX_PART_EFFECT);
                check_near("effect", said, found, e == 1 ? 1e-7 : exact);
            }
            ku_arena_free(m.arena);
        }
}

/* With a gaussian outcome the parts make the whole. */
static void test_parts_add_up(void **state)
{
    (void)state;
    made m = begin(3);
    build(&m);
    look(&m, 3);
    size_t cells = (size_t)(MADE_PERIODS * 3);
    double *sum = KU_ARRAY(m.arena, cells, double), *part = KU_ARRAY(m.arena, cells, double);
    ku_mix_baseline_money(m.view, sum);
    for (int c = 0; c <= MADE_CHANNELS; c++) {
        if (c < MADE_CHANNELS)
            ku_mix_contribution(m.view, c, part, NULL);
        else
            ku_mix_treatment(m.view, 0, part);
        for (size_t i = 0; i < cells; i++) sum[i] += part[i];
    }
    for (size_t i = 0; i < cells; i++)
        check_near("money", ku_mix_expected(m.view)[i] * m.data.revenue_per_unit[i], sum[i], exact);
    ku_arena_free(m.arena);
}

/* Twice the exposure with a linear response is twice the contribution, once none. */
static void test_curve(void **state)
{
    (void)state;
    made m = begin(3);
    ku_mix_spec_channel(m.spec, 0)->form.saturation = KU_SATURATION_NONE;
    build(&m);
    look(&m, 4);
    ku_mix_window window = {5, 20, NULL};
    double once = ku_mix_returns(m.view, 0, &window).contribution;
    check_near("twice", 2 * once, ku_mix_scaled_up(m.view, 0, 2, &window), exact);
    check_near("none", 0, ku_mix_scaled_up(m.view, 0, 0, &window), exact);
    ku_arena_free(m.arena);
}

/* Switching a channel off from the first period on costs its contribution less what was still to
 * come of earlier exposure; an experiment does not count what it did not wait for. */
static void test_lifts(void **state)
{
    (void)state;
    made m = begin(3);
    ku_mix_channel_spec *c = ku_mix_spec_channel(m.spec, 0);
    c->form.saturation = KU_SATURATION_NONE;
    c->carry = ku_prior_fixed(.6);
    m.data.revenue_per_unit = NULL;
    build(&m);
    look(&m, 5);
    static const bool east[] = {false, true, false};
    ku_mix_experiment e = {
        .regions = east, .from = 8, .to = 9, .until = MADE_PERIODS, .instead = 0};
    double *x = (double *)m.data.channel[0].exposure; /* [media periods][3] */
    double whole = ku_mix_lift(m.view, &e, m.arena), weights = 0, seen = 0;
    for (int l = 0; l <= 8; l++) weights += pow(.6, l);
    for (int l = 0; l < 3; l++) seen += pow(.6, l);
    e.until = 11;
    assert_true(x[(MADE_BEFORE + 8) * 3 + 1] > 0);
    check_near("ramp-up", whole * seen / weights, ku_mix_lift(m.view, &e, m.arena), exact);
    ku_arena_free(m.arena);
}

/* Television drives social: what it brings through social is social's response to the exposure
 * that it would not have had, and nothing where it drives none of it. */
static void test_feeds(void **state)
{
    (void)state;
    made m = begin(2);
    ku_mix_spec_channel(m.spec, 0)->feeds = 1;
    ku_mix_spec_channel(m.spec, 0)->feed = ku_prior_fixed(.3);
    ku_mix_spec_channel(m.spec, 1)->form.saturation = KU_SATURATION_NONE;
    ku_mix_spec_channel(m.spec, 1)->form.adstock = KU_ADSTOCK_NONE;
    build(&m);
    look(&m, 6);
    size_t cells = (size_t)(MADE_PERIODS * 2);
    double *all = KU_ARRAY(m.arena, cells, double), *through = KU_ARRAY(m.arena, cells, double);
    double *social = KU_ARRAY(m.arena, cells, double);
    ku_mix_contribution(m.view, 0, all, through);
    ku_mix_contribution(m.view, 1, social, NULL);
    double sum = 0, some = 0;
    for (size_t i = 0; i < cells; i++) {
        assert_true(through[i] >= 0 && through[i] <= social[i] + 1e-9 * fabs(social[i]));
        sum += all[i];
        some += through[i];
    }
    assert_true(some > 0 && some < sum);
    ku_mix_window whole = {0, MADE_PERIODS, NULL};
    check_near("as it is", sum, ku_mix_scaled_up(m.view, 0, 1, &whole), exact);
    check_near("without", 0, ku_mix_scaled_up(m.view, 0, 0, &whole), exact);
    ku_arena_free(m.arena);
    m = begin(2);
    ku_mix_spec_channel(m.spec, 0)->feeds = 0;
    refuse(&m, KU_USAGE, "not another one");
}

static void check_knots(ku_mix_knots kind, int number, int periods, const int *want, int count)
{
    made m = begin(1);
    m.data.periods = periods;
    m.spec->knots = kind;
    m.spec->knots_number = number;
    build(&m);
    const int *at;
    assert_int_equal(count, ku_mix_knots_of(m.model, &at));
    for (int i = 0; i < count; i++) assert_int_equal(want[i], at[i]);
    ku_arena_free(m.arena);
}

/* Meridian's own examples: google/meridian, model/knots_test.py. */
static void test_knots(void **state)
{
    (void)state;
    check_knots(KU_MIX_KNOTS_NUMBER, 3, 6, (const int[]){0, 2, 5}, 3);
    check_knots(KU_MIX_KNOTS_NUMBER, 1, 6, (const int[]){0}, 1);
    check_knots(KU_MIX_KNOTS_EVERY, 4, 9, (const int[]){0, 4, 8}, 3);
}

/* A baseline that bends once, far above its noise: knots are found where it bends. */
static void test_automatic_knots(void **state)
{
    (void)state;
    made m = begin(1);
    double *y = KU_ARRAY(m.arena, MADE_PERIODS, double);
    ku_rng rng = ku_rng_make(1, 1);
    for (int t = 0; t < MADE_PERIODS; t++)
        y[t] = 1000 + 300 * (t > 14 ? t - 14 : 0) + 20 * ku_rng_normal(&rng);
    m.data.outcome = y;
    m.spec->knots = KU_MIX_KNOTS_AUTOMATIC;
    build(&m);
    const int *at;
    int n = ku_mix_knots_of(m.model, &at), near = 0;
    for (int i = 0; i < n; i++) near += abs(at[i] - 14) <= 1;
    assert_in_range(n, 1, 6);
    assert_in_range(near, 1, 2);
    ku_arena_free(m.arena);
}

/* ---- what cannot be fitted, and what is only said -------------------------------------------- */

static void test_refused(void **state)
{
    (void)state;
    made m = begin(2);
    double *y = (double *)m.data.outcome;
    y[7] = -5;
    m.spec->family = KU_MIX_LOG_NORMAL;
    refuse(&m, KU_BAD_DATA, "outcome above 0");
    m = begin(2);
    y = (double *)m.data.outcome;
    y[7] = 2.5;
    m.spec->family = KU_MIX_COUNTS;
    refuse(&m, KU_BAD_DATA, "whole numbers");
    m = begin(2);
    ku_mix_spec_channel(m.spec, 2)->effect = KU_MIX_ROI;
    refuse(&m, KU_BAD_DATA, "no spend");
    m = begin(2);
    memset((double *)m.data.channel[1].exposure, 0,
           sizeof(double) * 2 * (MADE_BEFORE + MADE_PERIODS));
    refuse(&m, KU_BAD_DATA, "no exposure");
    m = begin(2);
    ku_mix_spec_channel(m.spec, 0)->half = ku_prior_uniform(2, 1);
    refuse(&m, KU_USAGE, "no distribution");
    m = begin(2);
    const ku_mix_experiment late = {.from = 28, .to = 40, .until = 40, .sd = 1};
    m.data.experiments = 1;
    m.data.experiment = &late;
    refuse(&m, KU_BAD_DATA, "periods of the data");
    m = begin(2);
    for (int i = 0; i < 2 * MADE_PERIODS; i++) ((double *)m.data.outcome)[i] = 9;
    m.data.population = NULL;
    refuse(&m, KU_BAD_DATA, "nothing to explain");
}

static bool warned(const made *m, ku_mix_flag flag, int channel)
{
    const ku_mix_warning *w;
    int n = ku_mix_warnings(m->model, &w);
    for (int i = 0; i < n; i++)
        if (w[i].flag == flag && w[i].channel == channel) return true;
    return false;
}

static void test_warned(void **state)
{
    (void)state;
    made m = begin(1);
    m.data.periods = 12; /* fewer than there are unknowns */
    for (int i = 0; i < MADE_BEFORE + MADE_PERIODS; i++)
        ((double *)m.data.channel[1].exposure)[i] = 500;
    ((double *)m.data.channel[0].exposure)[MADE_BEFORE + 3] = 0;
    ((double *)m.data.channel[0].spend)[MADE_BEFORE + 3] = 9999;
    build(&m);
    assert_true(warned(&m, KU_MIX_FEW_PERIODS, -1));
    assert_true(warned(&m, KU_MIX_ONE_REGION, -1));
    assert_true(warned(&m, KU_MIX_SPEND_CONSTANT, 1));
    assert_true(warned(&m, KU_MIX_SPEND_UNSEEN, 0));
    assert_false(warned(&m, KU_MIX_SPEND_CONSTANT, 0));
    ku_arena_free(m.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_effects_are_what_they_say),
        cmocka_unit_test(test_parts_add_up),
        cmocka_unit_test(test_curve),
        cmocka_unit_test(test_lifts),
        cmocka_unit_test(test_feeds),
        cmocka_unit_test(test_knots),
        cmocka_unit_test(test_automatic_knots),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_warned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
