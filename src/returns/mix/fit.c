/* fit.c - draws from the posterior of a mix model, and whether they can be trusted. */
#include "returns/mix/mix_internal.h"

#include <math.h>

#include "num/chains.h"

static ku_nuts_options options_of(const ku_mix_options *from)
{
    ku_nuts_options o = ku_nuts_defaults();
    o.warmup = from->warmup > 0 ? from->warmup : 400;
    o.draws = from->draws > 0 ? from->draws : 1000;
    if (from->chains > 0) o.chains = from->chains;
    if (from->max_depth > 0) o.max_depth = from->max_depth;
    if (from->accept > 0) o.accept = from->accept;
    o.jitter = 1;
    o.seed = from->seed;
    return o;
}

/* ---- can they be trusted ------------------------------------------------------------------------ */

typedef struct trust {
    const ku_mix_fit *fit;
    double *rhat, *ess; /* [unknowns, then channels] */
    double *roi;        /* [channel][draws]: contributions of channels, as the draws go */
    double *work;       /* [thread] */
    ku_mix_view **view; /* [thread] */
    size_t room, draws;
} trust;

static void judge(trust *t, size_t i, ku_chains chains, double *work)
{
    t->rhat[i] = ku_chains_rhat(&chains, work);
    double bulk = ku_chains_ess_bulk(&chains, work), tail = ku_chains_ess_tail(&chains, work);
    t->ess[i] = bulk < tail ? bulk : tail;
}

static void judge_unknown(void *data, size_t i, unsigned thread)
{
    trust *t = data;
    const ku_nuts_draws *d = &t->fit->nuts;
    size_t n = (size_t)d->unknowns;
    ku_chains chains = {d->chains, d->draws, d->x + i, n * (size_t)d->draws, n};
    judge(t, i, chains, t->work + thread * t->room);
}

static void look_at_draw(void *data, size_t i, unsigned thread)
{
    trust *t = data;
    const ku_mix_model *k = t->fit->model;
    ku_mix_window all = {0, k->periods, NULL};
    ku_mix_look(t->view[thread], ku_mix_draw(t->fit, i));
    for (int m = 0; m < k->data->channels; m++)
        t->roi[(size_t)m * t->draws + i] = ku_mix_returns(t->view[thread], m, &all).contribution;
}

static void judge_channel(void *data, size_t m, unsigned thread)
{
    trust *t = data;
    const ku_nuts_draws *d = &t->fit->nuts;
    ku_chains chains = {d->chains, d->draws, t->roi + m * t->draws, (size_t)d->draws, 1};
    judge(t, (size_t)d->unknowns + m, chains, t->work + thread * t->room);
}

/* NAN counts as the worst. */
static void worst(const double *rhat, const double *ess, size_t n, double *most, double *least)
{
    *most = 0;
    *least = INFINITY;
    for (size_t i = 0; i < n; i++) {
        if (!(rhat[i] <= *most)) *most = rhat[i];
        if (!(ess[i] >= *least)) *least = ess[i];
        if (isnan(*most) || isnan(*least)) return;
    }
}

static void diagnose(ku_mix_fit *fit, ku_pool *pool, ku_arena *arena)
{
    const ku_mix_model *k = fit->model;
    size_t channels = (size_t)k->data->channels, n = (size_t)k->unknowns;
    size_t threads = pool != NULL ? ku_pool_threads(pool) : 1;
    trust t = {.fit = fit, .draws = ku_mix_draws(fit)};
    t.room = ku_chains_room(fit->nuts.chains, fit->nuts.draws);
    t.rhat = KU_ARRAY(arena, n + channels, double);
    t.ess = KU_ARRAY(arena, n + channels, double);
    t.roi = KU_ARRAY(arena, channels * t.draws, double);
    t.work = KU_ARRAY(arena, threads * t.room, double);
    t.view = KU_ARRAY(arena, threads, ku_mix_view *);
    for (size_t i = 0; i < threads; i++) t.view[i] = ku_mix_view_new(k, arena);
    ku_pool_each(pool, n, 0, judge_unknown, &t);
    ku_pool_each(pool, t.draws, 0, look_at_draw, &t);
    ku_pool_each(pool, channels, 0, judge_channel, &t);
    worst(t.rhat, t.ess, n + channels, &fit->rhat, &fit->ess);
    worst(t.rhat + n, t.ess + n, channels, &fit->rhat_returns, &fit->ess_returns);
    fit->unknown_rhat = t.rhat;
    fit->unknown_ess = t.ess;
    fit->divergent = 0;
    for (int c = 0; c < fit->nuts.chains; c++) fit->divergent += fit->nuts.chain[c].divergent;
}

/* ---- the fit ------------------------------------------------------------------------------------- */

/* Draws of v become draws of u. */
static void to_unknowns(const mix_ground *ground, ku_nuts_draws *draws, ku_arena *arena)
{
    size_t n = (size_t)draws->unknowns, all = (size_t)draws->chains * (size_t)draws->draws;
    double *x = KU_ARRAY(arena, all * n, double);
    double *work = KU_ARRAY(arena, mix_ground_room(ground), double);
    for (size_t i = 0; i < all; i++) mix_from_ground(ground, draws->x + i * n, x + i * n, work);
    draws->x = x;
}

ku_status ku_mix_sample(const ku_mix_model *k, const ku_mix_options *options, ku_pool *pool,
                        const ku_nuts_watch *watch, ku_arena *arena, ku_mix_fit *out, ku_error *err)
{
    ku_nuts_options o = options_of(options);
    mix_ground ground = {.model = k};
    *out = (ku_mix_fit){.model = k};
    if (mix_find_ground(k, pool, arena, &ground)) {
        ku_density density = {k->unknowns, mix_ground_room(&ground), mix_value_on_ground, &ground};
        KU_TRY(ku_nuts(&density, &o, NULL, pool, watch, arena, &out->nuts, err));
        to_unknowns(&ground, &out->nuts, arena);
    } else {
        KU_TRY(ku_nuts(&k->density, &o, NULL, pool, watch, arena, &out->nuts, err));
    }
    diagnose(out, pool, arena);
    return KU_OK;
}

const double *ku_mix_draw(const ku_mix_fit *fit, size_t i)
{
    return fit->nuts.x + i * (size_t)fit->nuts.unknowns;
}

size_t ku_mix_draws(const ku_mix_fit *fit)
{
    return (size_t)fit->nuts.chains * (size_t)fit->nuts.draws;
}
