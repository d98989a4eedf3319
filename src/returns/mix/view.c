/* view.c - what one draw says: contributions, returns, baseline, replicates. A contribution is
 * the outcome that would be missing without the channel, all else as it was. With a gaussian
 * outcome contributions and the baseline add up to the whole; with effects in per cent they do
 * not, as each counts the part that it shares with others. */
#include "returns/mix/mix_internal.h"

#include <math.h>
#include <string.h>

struct ku_mix_view {
    const ku_mix_model *model;
    mix_state s;
    double *x;           /* media grid: another exposure */
    double *out, *work;  /* its response, what that needs */
    double *grid, *less; /* whatever */
    double *expected;    /* grid */
};

ku_mix_view *ku_mix_view_new(const ku_mix_model *k, ku_arena *arena)
{
    ku_mix_view *v = KU_NEW(arena, ku_mix_view);
    ku_response_grid grid = {k->before, k->periods, k->regions};
    size_t media = (size_t)(k->before + k->periods) * (size_t)k->regions, room = 0;
    for (int m = 0; m < k->data->channels; m++) {
        size_t own = mix_response_room(&k->media[m], &grid);
        room = own > room ? own : room;
    }
    v->model = k;
    v->x = KU_ARRAY(arena, media, double);
    v->out = KU_ARRAY(arena, k->cells, double);
    v->grid = KU_ARRAY(arena, k->cells, double);
    v->less = KU_ARRAY(arena, k->cells, double);
    v->expected = KU_ARRAY(arena, k->cells, double);
    v->work = KU_ARRAY(arena, room, double);
    mix_state_carve(k, KU_ARRAY(arena, mix_state_room(k), double), &v->s);
    return v;
}

void ku_mix_look(ku_mix_view *v, const double *u)
{
    mix_forward(v->model, u, &v->s);
    for (size_t i = 0; i < v->model->cells; i++)
        v->expected[i] = mix_outcome(v->model, &v->s, i, v->s.predicted[i]);
}

const double *ku_mix_expected(const ku_mix_view *v)
{
    return v->expected;
}

ku_response_values ku_mix_response(const ku_mix_view *v, int channel)
{
    return v->s.media[channel].values;
}

double ku_mix_coefficient(const ku_mix_view *v, int channel, int region)
{
    const ku_mix_model *k = v->model;
    const mix_media_state *c = &v->s.media[channel];
    double money = 0;
    for (size_t i = (size_t)region; i < k->cells; i += (size_t)k->regions) money += k->money[i];
    return c->beta[region] * c->drift[k->periods - 1] * money / k->periods;
}

/* ---- contributions ---------------------------------------------------------------------------- */

static double revenue(const ku_mix_model *k, size_t cell)
{
    return k->data->revenue_per_unit != NULL ? k->data->revenue_per_unit[cell] : 1;
}

/* Money that a part d of a cell's prediction brings. */
static double brings(const ku_mix_view *v, size_t cell, double d)
{
    const ku_mix_model *k = v->model;
    if (k->spec->family == KU_MIX_GAUSSIAN) return k->money[cell] * d;
    return revenue(k, cell) * v->expected[cell] * -expm1(-k->scale * d);
}

/* A channel's part of a cell's prediction at a response. */
static double part(const ku_mix_view *v, int channel, size_t cell, double response)
{
    const mix_media_state *c = &v->s.media[channel];
    size_t regions = (size_t)v->model->regions;
    return c->drift[cell / regions] * c->beta[cell % regions] * response;
}

/* A fed channel's response without what `channel` drives, into v->out. */
static void respond_without(ku_mix_view *v, int channel, const double *out)
{
    const ku_mix_model *k = v->model;
    int fed = k->media[channel].spec->feeds;
    const mix_media *f = &k->media[fed];
    ku_response_grid grid = {k->before, k->periods, k->regions};
    size_t first = (size_t)k->before * (size_t)k->regions;
    double kappa = mix_take(&v->s, &k->media[channel].part[KU_MIX_PART_FEED]);
    memcpy(v->x, f->x, (first + k->cells) * sizeof *v->x);
    for (size_t i = 0; i < k->cells; i++)
        v->x[first + i] = fmax(0, f->x[first + i] - kappa * out[i]);
    mix_respond(f, &v->s.media[fed].values, &grid, v->x, f->frequency, v->out, v->work);
}

/* What `channel` brings at a response, of its own and through the channel it feeds. */
static void bring(ku_mix_view *v, int channel, const double *out, double *to, double *through)
{
    int fed = v->model->media[channel].spec->feeds;
    if (fed >= 0) respond_without(v, channel, out);
    for (size_t i = 0; i < v->model->cells; i++) {
        double own = part(v, channel, i, out[i]), other = 0;
        if (fed >= 0) other = part(v, fed, i, v->s.media[fed].out[i]) - part(v, fed, i, v->out[i]);
        to[i] = brings(v, i, own + other);
        if (through != NULL) through[i] = to[i] - brings(v, i, own);
    }
}

void ku_mix_contribution(ku_mix_view *v, int channel, double *to, double *through)
{
    bring(v, channel, v->s.media[channel].out, to, through);
}

void ku_mix_treatment(ku_mix_view *v, int treatment, double *to)
{
    const ku_mix_model *k = v->model;
    size_t regions = (size_t)k->regions;
    const double *gamma = v->s.gamma + (size_t)treatment * regions;
    for (size_t i = 0; i < k->cells; i++)
        to[i] = brings(v, i, gamma[i % regions] * k->treatment[treatment].against[i]);
}

void ku_mix_baseline_money(ku_mix_view *v, double *to)
{
    const ku_mix_model *k = v->model;
    size_t regions = (size_t)k->regions;
    for (size_t i = 0; i < k->cells; i++) {
        double predicted = v->s.predicted[i];
        for (int m = 0; m < k->data->channels; m++)
            predicted -= part(v, m, i, v->s.media[m].out[i]);
        for (int n = 0; n < k->data->treatments; n++)
            predicted -= v->s.gamma[(size_t)n * regions + i % regions] * k->treatment[n].against[i];
        to[i] = revenue(k, i) * mix_outcome(k, &v->s, i, predicted);
    }
}

/* ---- returns ------------------------------------------------------------------------------------ */

static double sum_within(const ku_mix_model *k, const ku_mix_window *w, const double *x)
{
    size_t regions = (size_t)k->regions;
    double sum = 0;
    for (size_t i = (size_t)w->from * regions; i < (size_t)w->to * regions; i++)
        if (w->regions == NULL || w->regions[i % regions]) sum += x[i];
    return sum;
}

/* The response of a channel to `factor` times its exposure, into v->out. */
static void respond_to(ku_mix_view *v, int channel, double factor)
{
    const ku_mix_model *k = v->model;
    const mix_media *m = &k->media[channel];
    ku_response_grid grid = {k->before, k->periods, k->regions};
    size_t media = (size_t)(k->before + k->periods) * (size_t)k->regions;
    for (size_t i = 0; i < media; i++) v->x[i] = factor * m->x[i];
    mix_respond(m, &v->s.media[channel].values, &grid, v->x, m->frequency, v->out, v->work);
}

/* The prediction that goes when the channel's response falls from today's to v->out. */
static void less(ku_mix_view *v, int channel, double *to)
{
    const ku_mix_model *k = v->model;
    const double *now = v->s.media[channel].out;
    int fed = k->media[channel].spec->feeds;
    for (size_t i = 0; i < k->cells; i++) {
        v->less[i] = now[i] - v->out[i];
        to[i] = part(v, channel, i, v->less[i]);
    }
    if (fed < 0) return;
    respond_without(v, channel, v->less);
    for (size_t i = 0; i < k->cells; i++)
        to[i] += part(v, fed, i, v->s.media[fed].out[i]) - part(v, fed, i, v->out[i]);
}

/* More than the outcome expected today is reckoned from today's. */
double ku_mix_scaled_up(ku_mix_view *v, int channel, double factor, const ku_mix_window *w)
{
    const ku_mix_model *k = v->model;
    ku_mix_contribution(v, channel, v->grid, NULL);
    double today = sum_within(k, w, v->grid);
    respond_to(v, channel, factor);
    less(v, channel, v->grid);
    for (size_t i = 0; i < k->cells; i++) v->grid[i] = brings(v, i, v->grid[i]);
    return today - sum_within(k, w, v->grid);
}

ku_mix_return ku_mix_returns(ku_mix_view *v, int channel, const ku_mix_window *w)
{
    const ku_mix_model *k = v->model;
    const double *spend = k->data->channel[channel].spend;
    ku_mix_return r = {.roi = NAN, .marginal = NAN};
    ku_mix_contribution(v, channel, v->grid, NULL);
    r.contribution = sum_within(k, w, v->grid);
    if (spend != NULL) r.spend = sum_within(k, w, spend + (size_t)k->before * (size_t)k->regions);
    if (!(r.spend > 0)) return r;
    r.roi = r.contribution / r.spend;
    r.marginal = (ku_mix_scaled_up(v, channel, 1.01, w) - r.contribution) / (.01 * r.spend);
    return r;
}

double ku_mix_lift(ku_mix_view *v, const ku_mix_experiment *experiment, ku_arena *arena)
{
    mix_lift lift;
    double *was = v->s.lift;
    mix_prepare_lift(v->model, experiment, arena, &lift);
    v->s.lift = KU_ARRAY(arena, mix_lift_room(v->model, &lift), double);
    double found = mix_lift_predicted(v->model, &v->s, &lift);
    v->s.lift = was;
    return found;
}

/* ---- the outcome -------------------------------------------------------------------------------- */

/* Poisson with a gamma-distributed mean. */
static double draw_count(double mean, double dispersion, ku_rng *rng)
{
    double size = 1 / dispersion;
    return (double)ku_rng_poisson(rng, mean * ku_rng_gamma(rng, size) / size);
}

void ku_mix_replicate(const ku_mix_view *v, ku_rng *rng, double *to)
{
    const ku_mix_model *k = v->model;
    for (size_t i = 0; i < k->cells; i++) {
        size_t g = i % (size_t)k->regions;
        if (k->spec->family == KU_MIX_COUNTS) {
            to[i] = draw_count(v->expected[i], mix_take(&v->s, &k->dispersion), rng);
            continue;
        }
        double sigma = mix_take(&v->s, &k->sigma[k->sigmas > 1 ? g : 0]);
        double z = k->center + k->scale * (v->s.predicted[i] + sigma * ku_rng_normal(rng));
        to[i] = k->head[g] * (k->spec->family == KU_MIX_LOG_NORMAL ? exp(z) : z);
    }
}

void ku_mix_log_likelihood(const ku_mix_view *v, double *to)
{
    for (size_t i = 0; i < v->model->cells; i++) to[i] = mix_cell_likelihood(v->model, &v->s, i);
}
