/* test_mix_meridian.c - Meridian's demonstration (40 regions, 156 weeks) in Meridian's own
 * configuration: the returns that it published. Two chains, briefly; with KEMUDI_FULL four
 * chains to full convergence. Skipped without the data. */
#include "mix_files.h"

#include <string.h>

#include "num/chains.h"

enum { PAID = 5 };

/* google/meridian, demo/Meridian_Getting_Started.ipynb: automatic knots, organic media and
 * promotion; the same from the JAX backend. */
static const double published[PAID] = {1.613, .939, 1.240, .798, 1.648};

/* Two engines differ by up to .015; on top, three errors of the mean for want of draws. */
static const double tolerance = .02;

static ku_mix_data demonstration(ku_arena *arena)
{
    panel *p = panel_read("returns/meridian_sim/geo_all_channels.csv.gz", arena);
    ku_mix_channel *channel = KU_ARRAY(arena, PAID + 1, ku_mix_channel);
    for (int m = 0; m < PAID; m++) {
        const char *name = ku_arena_printf(arena, "Channel%d", m);
        const char *exposure = ku_arena_printf(arena, "%s_impression", name);
        const char *spend = ku_arena_printf(arena, "%s_spend", name);
        channel[m] = (ku_mix_channel){name, panel_grid(p, exposure), NULL, panel_grid(p, spend)};
    }
    channel[PAID] = (ku_mix_channel){.name = "Organic",
                                     .exposure = panel_grid(p, "Organic_channel0_impression")};
    ku_mix_series *series = KU_ARRAY(arena, 3, ku_mix_series);
    series[0] = (ku_mix_series){"Promo", panel_grid(p, "Promo"), false};
    series[1] = (ku_mix_series){"Rival", panel_grid(p, "competitor_sales_control"), false};
    series[2] = (ku_mix_series){"Mood", panel_grid(p, "sentiment_score_control"), false};
    return (ku_mix_data){.regions = p->regions,
                         .periods = p->periods,
                         .channels = PAID + 1,
                         .treatments = 1,
                         .controls = 2,
                         .outcome = panel_grid(p, "conversions"),
                         .revenue_per_unit = panel_grid(p, "revenue_per_conversion"),
                         .population = panel_grid(p, "population"), /* its first row */
                         .channel = channel,
                         .treatment = series,
                         .control = series + 1,
                         .region = p->region};
}

/* Mean return of each channel, and the mean's own error. */
static void mean_returns(const ku_mix_fit *fit, int periods, ku_chain_summary *of, ku_arena *arena)
{
    ku_mix_view *view = ku_mix_view_new(fit->model, arena);
    ku_mix_window all = {0, periods, NULL};
    int chains = fit->nuts.chains, draws = fit->nuts.draws;
    size_t n = ku_mix_draws(fit);
    double *roi = KU_ARRAY(arena, PAID * n, double);
    double *work = KU_ARRAY(arena, ku_chains_room(chains, draws), double);
    for (size_t i = 0; i < n; i++) {
        ku_mix_look(view, ku_mix_draw(fit, i));
        for (size_t m = 0; m < PAID; m++) roi[m * n + i] = ku_mix_returns(view, (int)m, &all).roi;
    }
    for (size_t m = 0; m < PAID; m++) {
        ku_chains c = {chains, draws, roi + m * n, (size_t)draws, 1};
        of[m] = ku_chains_summarise(&c, work);
    }
}

static void test_published_returns(void **state)
{
    (void)state;
    bool full = getenv("KEMUDI_FULL") != NULL;
    ku_arena *arena = ku_arena_new();
    ku_pool *pool = ku_pool_new(2);
    ku_mix_data data = demonstration(arena);
    ku_mix_spec *spec = ku_mix_spec_meridian(&data, arena);
    spec->knots = KU_MIX_KNOTS_AUTOMATIC;
    const ku_mix_model *model;
    ku_mix_fit fit;
    ku_error err;
    ku_mix_options options = {
        .chains = full ? 4 : 2, .warmup = full ? 400 : 80, .draws = full ? 1000 : 80, .seed = 1};
    ku_chain_summary roi[PAID];
    check_ok(ku_mix_new(&data, spec, arena, &model, &err), &err);
    check_ok(ku_mix_sample(model, &options, pool, NULL, arena, &fit, &err), &err);
    mean_returns(&fit, data.periods, roi, arena);
    print_message("%d unknowns, rhat %.3f, ess %.0f, %d divergent\n", ku_mix_unknowns(model),
                  fit.rhat, fit.ess, fit.divergent);
    for (int m = 0; m < PAID; m++) {
        double most = tolerance + 3 * roi[m].mcse_mean;
        print_message("return %d: published %.3f, found %.3f, tolerance %.3f\n", m, published[m],
                      roi[m].mean, most);
        if (!(fabs(roi[m].mean - published[m]) <= most))
            fail_msg("channel %d: expected %g, found %g", m, published[m], roi[m].mean);
    }
    assert_true(fit.divergent == 0);
    assert_true(!full || (fit.rhat < 1.015 && fit.ess >= 400));
    ku_pool_free(pool);
    ku_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_published_returns)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
