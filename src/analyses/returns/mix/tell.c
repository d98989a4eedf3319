/* tell.c - asks the draws: what each channel brought in all, by region and by period, what the
 * next unit would bring, what other spends would, and what the outcome would have looked like.
 *
 * Draws are taken evenly from all and looked at in blocks that do not depend on the number of
 * threads; sums over draws are kept by block and added up in order, so the bits are the same. */
#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analyses/returns/mix/internal.h"

enum {
    DRAWS_LEAST = 800,
    DRAWS_MOST = 10000,
    VALUES_MOST = 20000000,
    CURVE_DRAWS = 200,
    PRIOR_DRAWS = 400,
    BLOCKS = 16
};
enum { STREAM_REPLICATE = 101, STREAM_PRIOR = 102 };

static const double levels[RMIX_LEVELS] = {0,    0.1,  0.25, 0.5, 0.75, 0.9, 1,
                                           1.15, 1.35, 1.6,  2,   2.5,  3};

double rmix_level(int k)
{
    return levels[k];
}

typedef struct asking {
    rmix_run_state *r;
    ku_mix_view **view; /* [thread] */
    double **grid;      /* [thread]: a grid */
    double **other;     /* [thread]: another one */
} asking;

/* Draw i of those told, among all. */
static size_t draw_at(const rmix_run_state *r, size_t i)
{
    return i * ku_mix_draws(&r->fit) / r->told.draws;
}

/* ---- one draw -------------------------------------------------------------------------------- */

static double by_period(const rmix_run_state *r, const double *grid, double *period)
{
    size_t regions = (size_t)r->data.regions;
    double all = 0;
    for (size_t t = 0; t < (size_t)r->data.periods; t++) {
        period[t] = 0;
        for (size_t g = 0; g < regions; g++) period[t] += grid[t * regions + g];
        all += period[t];
    }
    return all;
}

static void by_region(const rmix_run_state *r, const double *grid, double *region)
{
    size_t regions = (size_t)r->data.regions;
    memset(region, 0, regions * sizeof *region);
    for (size_t i = 0; i < (size_t)r->data.periods * regions; i++) region[i % regions] += grid[i];
}

static void ask_channels(const asking *a, ku_mix_view *view, double *grid, size_t i)
{
    rmix_run_state *r = a->r;
    size_t channels = (size_t)r->mix.channels, periods = (size_t)r->data.periods;
    size_t regions = (size_t)r->data.regions;
    const ku_mix_window all = {0, r->data.periods, NULL};
    for (size_t c = 0; c < channels; c++) {
        size_t at = i * channels + c;
        ku_mix_contribution(view, (int)c, grid, NULL);
        r->told.channel[at] = by_period(r, grid, r->told.channel_period + at * periods);
        by_region(r, grid, r->told.channel_region + at * regions);
        r->told.marginal[at] = ku_mix_returns(view, (int)c, &all).marginal;
    }
}

static void ask_rest(const asking *a, ku_mix_view *view, double *grid, size_t i)
{
    rmix_run_state *r = a->r;
    size_t treatments = (size_t)r->mix.treatments, periods = (size_t)r->data.periods;
    for (size_t n = 0; n < treatments; n++) {
        size_t at = i * treatments + n;
        ku_mix_treatment(view, (int)n, grid);
        r->told.treatment[at] = by_period(r, grid, r->told.treatment_period + at * periods);
    }
    ku_mix_baseline_money(view, grid);
    r->told.baseline[i] = by_period(r, grid, r->told.baseline_period + i * periods);
}

/* The outcome as this draw would have it: in money by period, and against each actual cell. */
static void ask_outcome(const asking *a, ku_mix_view *view, double *grid, size_t i, size_t block)
{
    rmix_run_state *r = a->r;
    size_t regions = (size_t)r->data.regions, cells = (size_t)r->data.periods * regions;
    ku_rng rng = ku_run_rng(r->context, ku_rng_stream(STREAM_REPLICATE, i));
    const double *expected = ku_mix_expected(view);
    double *period = r->told.replicate_period + i * (size_t)r->data.periods;
    ku_mix_replicate(view, &rng, grid);
    for (size_t k = 0; k < cells; k++) {
        r->told.expected[block * cells + k] += expected[k];
        if (!isfinite(r->data.outcome[k])) continue;
        r->told.below[block * cells + k] += grid[k] < r->data.outcome[k];
        period[k / regions] += grid[k] * (r->data.revenue != NULL ? r->data.revenue[k] : 1);
    }
    for (size_t t = 0; t < (size_t)r->data.periods; t++) r->told.replicate[i] += period[t];
}

static double money_of(const rmix_run_state *r, int channel)
{
    const double *spend = r->mix.channel[channel].spend;
    size_t regions = (size_t)r->data.regions;
    double sum = 0;
    for (size_t i = 0; i < (size_t)r->data.periods * regions && spend != NULL; i++)
        sum += spend[(size_t)r->data.before * regions + i];
    return sum;
}

static void ask_curves(const asking *a, ku_mix_view *view, size_t i)
{
    const double step = 0.01;
    rmix_run_state *r = a->r;
    const ku_mix_window all = {0, r->data.periods, NULL};
    if (i % r->told.curve_step != 0) return;
    for (int c = 0; c < r->mix.channels; c++) {
        double spend = money_of(r, c);
        size_t at = (i / r->told.curve_step * (size_t)r->mix.channels + (size_t)c) * RMIX_LEVELS;
        if (!(spend > 0)) continue;
        for (size_t k = 0; k < RMIX_LEVELS; k++) {
            double here = ku_mix_scaled_up(view, c, levels[k], &all);
            double more = ku_mix_scaled_up(view, c, levels[k] + step, &all);
            r->told.curve[at + k] = here;
            r->told.curve_next[at + k] = (more - here) / (step * spend);
        }
    }
}

static void ask_block(void *data, size_t block, unsigned thread)
{
    const asking *a = data;
    size_t from = block * a->r->told.draws / BLOCKS, to = (block + 1) * a->r->told.draws / BLOCKS;
    for (size_t i = from; i < to; i++) {
        if (ku_run_cancelled(a->r->context)) return;
        ku_mix_look(a->view[thread], ku_mix_draw(&a->r->fit, draw_at(a->r, i)));
        ask_channels(a, a->view[thread], a->grid[thread], i);
        ask_rest(a, a->view[thread], a->grid[thread], i);
        ask_outcome(a, a->view[thread], a->grid[thread], i, block);
        ask_curves(a, a->view[thread], i);
    }
}

/* ---- the prior --------------------------------------------------------------------------------- */

static void ask_prior(void *data, size_t i, unsigned thread)
{
    const asking *a = data;
    rmix_run_state *r = a->r;
    const ku_mix_window all = {0, r->data.periods, NULL};
    ku_rng rng = ku_run_rng(r->context, ku_rng_stream(STREAM_PRIOR, i));
    ku_mix_draw_prior(r->model, &rng, a->other[thread]);
    ku_mix_look(a->view[thread], a->other[thread]);
    for (int c = 0; c < r->mix.channels; c++)
        r->told.prior_roi[i * (size_t)r->mix.channels + (size_t)c] =
            ku_mix_returns(a->view[thread], c, &all).roi;
}

/* ---- experiments -------------------------------------------------------------------------------- */

static void ask_trials(rmix_run_state *r, ku_mix_view *view)
{
    ku_arena *scratch = ku_arena_new();
    if (scratch == NULL) return;
    for (size_t i = 0; i < r->told.draws && r->trials > 0; i++) {
        ku_mix_look(view, ku_mix_draw(&r->fit, draw_at(r, i)));
        for (int k = 0; k < r->trials; k++)
            r->told.lift[i * (size_t)r->trials + (size_t)k] = ku_mix_lift(view, &r->trial[k],
                                                                          scratch);
        ku_arena_reset(scratch);
    }
    ku_arena_free(scratch);
}

/* ---- all ------------------------------------------------------------------------------------------ */

/* All draws, unless what each says would not fit: the mean of a return with a long tail needs
 * many. */
static size_t draws_to_ask(const rmix_run_state *r)
{
    size_t all = ku_mix_draws(&r->fit), parts = (size_t)(r->mix.channels + r->mix.treatments + 2);
    size_t fit = VALUES_MOST / (parts * (size_t)(r->data.periods + r->data.regions));
    size_t most = fit < DRAWS_LEAST ? DRAWS_LEAST : fit > DRAWS_MOST ? DRAWS_MOST : fit;
    return all < most ? all : most;
}

static void make_room(rmix_run_state *r)
{
    rmix_told *t = &r->told;
    size_t channels = (size_t)r->mix.channels;
    size_t periods = (size_t)r->data.periods, cells = periods * (size_t)r->data.regions;
    size_t treatments = (size_t)r->mix.treatments;
    t->draws = draws_to_ask(r);
    assert(t->draws > 0);
    t->curve_step = 1 + (t->draws - 1) / CURVE_DRAWS;
    t->curve_draws = (t->draws + t->curve_step - 1) / t->curve_step;
    t->prior_draws = PRIOR_DRAWS;
    t->channel = KU_ARRAY(r->arena, t->draws * channels, double);
    t->marginal = KU_ARRAY(r->arena, t->draws * channels, double);
    t->channel_region = KU_ARRAY(r->arena, t->draws * channels * (size_t)r->data.regions, double);
    t->channel_period = KU_ARRAY(r->arena, t->draws * channels * periods, double);
    t->treatment = KU_ARRAY(r->arena, t->draws * treatments + 1, double);
    t->treatment_period = KU_ARRAY(r->arena, t->draws * treatments * periods + 1, double);
    t->baseline = KU_ARRAY(r->arena, t->draws, double);
    t->baseline_period = KU_ARRAY(r->arena, t->draws * periods, double);
    t->replicate_period = KU_ARRAY(r->arena, t->draws * periods, double);
    t->replicate = KU_ARRAY(r->arena, t->draws, double);
    t->expected = KU_ARRAY(r->arena, BLOCKS * cells, double);
    t->below = KU_ARRAY(r->arena, BLOCKS * cells, unsigned);
    t->curve = KU_ARRAY(r->arena, t->curve_draws * channels * RMIX_LEVELS, double);
    t->curve_next = KU_ARRAY(r->arena, t->curve_draws * channels * RMIX_LEVELS, double);
    t->lift = KU_ARRAY(r->arena, t->draws * (size_t)r->trials + 1, double);
    t->prior_roi = KU_ARRAY(r->arena, t->prior_draws * channels, double);
}

/* Blocks into the first, in order; the mean of the expected outcome. */
static void add_blocks(rmix_run_state *r)
{
    size_t cells = (size_t)r->data.periods * (size_t)r->data.regions;
    for (size_t b = 1; b < BLOCKS; b++)
        for (size_t i = 0; i < cells; i++) {
            r->told.expected[i] += r->told.expected[b * cells + i];
            r->told.below[i] += r->told.below[b * cells + i];
        }
    for (size_t i = 0; i < cells; i++) r->told.expected[i] /= (double)r->told.draws;
}

void rmix_tell(rmix_run_state *r)
{
    ku_pool *pool = ku_run_pool(r->context);
    size_t threads = pool != NULL ? ku_pool_threads(pool) : 1;
    size_t cells = (size_t)r->data.periods * (size_t)r->data.regions;
    asking a = {.r = r,
                .view = KU_ARRAY(r->arena, threads, ku_mix_view *),
                .grid = KU_ARRAY(r->arena, threads, double *),
                .other = KU_ARRAY(r->arena, threads, double *)};
    for (size_t i = 0; i < threads; i++) {
        a.view[i] = ku_mix_view_new(r->model, r->arena);
        a.grid[i] = KU_ARRAY(r->arena, cells, double);
        a.other[i] = KU_ARRAY(r->arena, (size_t)ku_mix_unknowns(r->model) + 1, double);
    }
    make_room(r);
    ku_pool_each(pool, BLOCKS, 1, ask_block, &a);
    add_blocks(r);
    ku_run_progress(r->context, 0.95, "asking the prior");
    ku_pool_each(pool, r->told.prior_draws, 0, ask_prior, &a);
    ask_trials(r, a.view[0]);
}
