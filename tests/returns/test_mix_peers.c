/* test_mix_peers.c - simulated companies that other tools publish: the true parameters lie within
 * the intervals as often as these promise, and returns are no further off than PyMC-Marketing's.
 * Skipped without the data. */
#include "mix_files.h"

#include <string.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The 5 %, 50 % and 95 % of x[n], which is sorted. */
static void quantiles(double *x, size_t n, double *lo, double *middle, double *hi)
{
    qsort(x, n, sizeof *x, ascending);
    *lo = x[n / 20];
    *middle = x[n / 2];
    *hi = x[n - 1 - n / 20];
}

static void sample(const ku_mix_data *data, const ku_mix_spec *spec, ku_arena *arena,
                   ku_mix_fit *fit)
{
    ku_error err;
    const ku_mix_model *model;
    ku_pool *pool = ku_pool_new(2);
    ku_mix_options options = {.warmup = 300, .draws = 500, .seed = 2};
    check_ok(ku_mix_new(data, spec, arena, &model, &err), &err);
    check_ok(ku_mix_sample(model, &options, pool, NULL, arena, fit, &err), &err);
    ku_pool_free(pool);
    size_t evaluations = 0;
    for (int c = 0; c < fit->nuts.chains; c++) evaluations += fit->nuts.chain[c].evaluations;
    print_message("%d unknowns, rhat %.3f, ess %.0f, %d divergent, %zu evaluations\n",
                  ku_mix_unknowns(model), fit->rhat, fit->ess, fit->divergent, evaluations);
}

/* Whether the truth is within the 90 % of an unknown on its natural scale times `unit`. */
static bool covered(const ku_mix_fit *fit, int unknown, double unit, double truth, ku_arena *arena)
{
    size_t n = ku_mix_draws(fit);
    double *x = KU_ARRAY(arena, n, double), lo, middle, hi;
    for (size_t i = 0; i < n; i++)
        x[i] = unit * ku_mix_natural(fit->model, unknown, ku_mix_draw(fit, i)[unknown]);
    quantiles(x, n, &lo, &middle, &hi);
    print_message("%-16s true %.3f, found %.3f [%.3f, %.3f]\n", ku_mix_name(fit->model, unknown),
                  truth, middle, lo, hi);
    return lo <= truth && truth <= hi;
}

/* The contribution of a channel in a region (-1: all): its 90 % hold the truth or not; its mean's
 * relative error. */
static bool contribution_covered(const ku_mix_fit *fit, int channel, int region, int periods,
                                 double truth, double *error, ku_arena *arena)
{
    size_t n = ku_mix_draws(fit);
    double *x = KU_ARRAY(arena, n, double), lo, middle, hi, mean = 0;
    bool only[FILE_REGIONS] = {false};
    ku_mix_window window = {0, periods, NULL};
    ku_mix_view *view = ku_mix_view_new(fit->model, arena);
    if (region >= 0) only[region] = true;
    window.regions = region >= 0 ? only : NULL;
    for (size_t i = 0; i < n; i++) {
        ku_mix_look(view, ku_mix_draw(fit, i));
        x[i] = ku_mix_returns(view, channel, &window).contribution;
        mean += x[i] / (double)n;
    }
    quantiles(x, n, &lo, &middle, &hi);
    *error = mean / truth - 1;
    print_message("channel %d region %d: true %.0f, found %.0f [%.0f, %.0f], error %+.1f %%\n",
                  channel, region, truth, mean, lo, hi, 100 * *error);
    return lo <= truth && truth <= hi;
}

/* ---- PyMC-Marketing's example ------------------------------------------------------------------- */

/* pymc-labs/pymc-marketing, mmm_example.ipynb: alpha .4, .2, lambda 4, 3, beta 3, 2. */
static void test_pymc_example(void **state)
{
    (void)state;
    ku_arena *arena = ku_arena_new();
    panel *p = panel_read("returns/pymc_mmm_example/mmm_example.csv", arena);
    panel *true_p = panel_read("returns/pymc_mmm_example/truth_series.csv", arena);
    ku_mix_channel channel[2];
    for (int m = 0; m < 2; m++) {
        const double *x = panel_grid(p, m == 0 ? "x1" : "x2");
        channel[m] = (ku_mix_channel){m == 0 ? "x1" : "x2", x, NULL, x};
    }
    ku_mix_series control[3] = {{"event 1", panel_grid(p, "event_1"), false},
                                {"event 2", panel_grid(p, "event_2"), false},
                                {"t", panel_grid(p, "t"), false}};
    double *year = panel_grid(p, "dayofyear");
    for (int t = 0; t < p->periods; t++) year[t] /= 365.5;
    ku_mix_data data = {.regions = 1,
                        .periods = p->periods,
                        .channels = 2,
                        .controls = 3,
                        .outcome = panel_grid(p, "y"),
                        .year = year,
                        .channel = channel,
                        .control = control};
    ku_mix_spec *spec = ku_mix_spec_pymc(&data, arena);
    spec->fourier = 2;
    ku_mix_fit fit;
    sample(&data, spec, arena, &fit);
    assert_true(fit.rhat < 1.05);
    const double carry[2] = {.4, .2}, rate[2] = {4, 3}, size[2] = {3, 2};
    double most = 0;
    int inside = 0;
    for (int t = 0; t < p->periods; t++) most = fmax(most, data.outcome[t]);
    for (int m = 0; m < 2; m++) {
        inside += covered(&fit, ku_mix_find(fit.model, m, KU_MIX_PART_CARRY), 1, carry[m], arena);
        /* x2 is scaled by its largest, x1's is 1 within a hundredth */
        double unit = 1 / ku_mix_exposure_scale(fit.model, m, 0);
        inside += covered(&fit, ku_mix_find(fit.model, m, KU_MIX_PART_HALF), unit, rate[m], arena);
        inside += covered(&fit, ku_mix_find(fit.model, m, KU_MIX_PART_EFFECT), most / 1000, size[m],
                          arena);
    }
    for (int m = 0; m < 2; m++) {
        const double *brought = panel_grid(true_p, m == 0 ? "contrib_x1" : "contrib_x2");
        double truth = 0, error;
        for (int t = 0; t < p->periods; t++) truth += brought[t];
        inside += contribution_covered(&fit, m, -1, p->periods, truth, &error, arena);
        assert_true(fabs(error) < .1);
    }
    print_message("%d of 8 within their 90 %%\n", inside);
    assert_true(inside >= 7);
    ku_arena_free(arena);
}

/* ---- pymc-labs/mmm-param-recovery ------------------------------------------------------------------ */

typedef struct company {
    const char *file, *series;
    int channels;
    const char *channel[6];
} company;

/* A column of one region. */
static double *of_region(const panel *p, const char *name, int region)
{
    const double *grid = panel_grid(p, name);
    double *to = KU_ARRAY(p->arena, (size_t)p->periods, double);
    for (int t = 0; t < p->periods; t++) to[t] = grid[t * p->regions + region];
    return to;
}

/* One region as a company of its own, as PyMC-Marketing takes it: Hill's curve with a slope, a
 * trend and seasons. */
static void fit_region(const company *c, panel *p, int region, ku_mix_fit *fit)
{
    ku_arena *arena = p->arena;
    ku_mix_channel *channel = KU_ARRAY(arena, (size_t)c->channels, ku_mix_channel);
    for (int m = 0; m < c->channels; m++) {
        const char *name = ku_arena_printf(arena, "x%d_%s", m + 1, c->channel[m]);
        const double *x = of_region(p, name, region);
        channel[m] = (ku_mix_channel){c->channel[m], x, NULL, x};
    }
    ku_mix_series *control = KU_ARRAY(arena, 2, ku_mix_series);
    control[0] = (ku_mix_series){"c1", of_region(p, "c1", region), false};
    control[1] = (ku_mix_series){"c2", of_region(p, "c2", region), false};
    double *year = KU_ARRAY(arena, (size_t)p->periods, double);
    for (int t = 0; t < p->periods; t++) year[t] = fmod(t * 7 / 365.25, 1);
    ku_mix_data *data = KU_NEW(arena, ku_mix_data);
    *data = (ku_mix_data){.regions = 1,
                          .periods = p->periods,
                          .channels = c->channels,
                          .controls = 2,
                          .outcome = of_region(p, "y", region),
                          .year = year,
                          .channel = channel,
                          .control = control};
    ku_mix_spec *spec = ku_mix_spec_pymc(data, arena);
    spec->fourier = 2;
    spec->trend = true;
    for (int m = 0; m < c->channels; m++) {
        ku_mix_channel_spec *s = ku_mix_spec_channel(spec, m);
        s->form.saturation = KU_SATURATION_HILL;
        s->half = ku_prior_gamma(2, 4);
        s->half_is_rate = false;
        s->slope = ku_prior_log_normal(.1, .4);
    }
    sample(data, spec, arena, fit);
}

static void recover(const company *c, int least, double most)
{
    ku_arena *arena = ku_arena_new();
    panel *p = panel_read(c->file, arena), *true_p = panel_read(c->series, arena);
    int inside = 0, all = 0;
    double errors = 0;
    for (int g = 0; g < p->regions; g++) {
        ku_mix_fit fit;
        fit_region(c, p, g, &fit);
        for (int m = 0; m < c->channels; m++, all++) {
            const char *name = ku_arena_printf(arena, "contribution_x%d_%s", m + 1, c->channel[m]);
            const double *brought = of_region(true_p, name, g);
            double truth = 0, error;
            for (int t = 0; t < p->periods; t++) truth += brought[t];
            inside += contribution_covered(&fit, m, -1, p->periods, truth, &error, arena);
            errors += fabs(error);
        }
    }
    print_message("%s: %d of %d within their 90 %%, mean error %.1f %%\n", c->file, inside, all,
                  100 * errors / all);
    assert_true(inside >= least);
    assert_true(errors / all < most);
    ku_arena_free(arena);
}

static void test_small_business(void **state)
{
    (void)state;
    recover(&(company){"returns/param_recovery/small_business.csv",
                       "returns/param_recovery/small_business_truth_series.csv",
                       4,
                       {"Search-Ads", "Social-Media", "Local-Ads", "Email"}},
            3, .2);
}

static void test_growing_business(void **state)
{
    (void)state;
    recover(&(company){"returns/param_recovery/growing_business.csv",
                       "returns/param_recovery/growing_business_truth_series.csv",
                       6,
                       {"Search-Ads", "Search-Ads-Brand", "Video", "Social-Media", "Display-Ads",
                        "Email"}},
            10, .2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pymc_example),
        cmocka_unit_test(test_small_business),
        cmocka_unit_test(test_growing_business),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
