/* lifts.c - measured lifts as terms of the likelihood: what an experiment found, with its
 * error, against what the model says it must have found. The same response as everywhere: the
 * exposure differs from its counterfactual only within the experiment's own periods, so the
 * adstock ramps up from its start, and carry-over counts only as far as it was measured. */
#include "returns/mix/mix_internal.h"

#include <math.h>

/* ---- the grids cut out ------------------------------------------------------------------------ */

static int regions_of(const ku_mix_model *k, const ku_mix_experiment *e, int *to)
{
    int n = 0;
    for (int g = 0; g < k->regions; g++)
        if (e->regions == NULL || e->regions[g]) to[n++] = g;
    return n;
}

/* The rows of a media grid from `first` on, of the experiment's regions, times `factor` within
 * its own periods. */
static const double *cut(const ku_mix_model *k, const mix_lift *l, const double *x, double factor,
                         ku_arena *arena)
{
    int rows = l->grid.before + l->grid.periods, width = l->grid.width;
    int first = k->before + l->what->from - l->grid.before;
    double *to = KU_ARRAY(arena, (size_t)rows * (size_t)width, double);
    for (int i = 0; i < rows; i++) {
        int period = first + i - k->before;
        bool within = period >= l->what->from && period < l->what->to;
        for (int j = 0; j < width; j++)
            to[i * width + j] = x[(size_t)(first + i) * (size_t)k->regions + (size_t)l->region[j]] *
                                (within ? factor : 1);
    }
    return to;
}

void mix_prepare_lift(const ku_mix_model *k, const ku_mix_experiment *what, ku_arena *arena,
                      mix_lift *to)
{
    const mix_media *m = &k->media[what->channel];
    int *region = KU_ARRAY(arena, (size_t)k->regions, int);
    int history = k->before + what->from, lag = m->form.lag;
    *to = (mix_lift){.what = what, .region = region};
    to->grid.width = regions_of(k, what, region);
    to->grid.periods = what->until - what->from;
    to->grid.before = history < lag ? history : lag;
    to->x = cut(k, to, m->x, 1, arena);
    to->instead = cut(k, to, m->x, what->instead, arena);
    to->frequency = m->frequency != NULL ? cut(k, to, m->frequency, 1, arena) : NULL;
}

static size_t cells(const mix_lift *l)
{
    return (size_t)l->grid.periods * (size_t)l->grid.width;
}

size_t mix_lift_room(const ku_mix_model *k, const mix_lift *l)
{
    return 3 * cells(l) + 2 * mix_response_room(&k->media[l->what->channel], &l->grid);
}

/* ---- what the model predicts ------------------------------------------------------------------- */

typedef struct lift_work {
    double *out, *instead, *pull, *between, *between_instead;
} lift_work;

static lift_work carve(const ku_mix_model *k, const mix_lift *l, double *work)
{
    size_t n = cells(l), room = mix_response_room(&k->media[l->what->channel], &l->grid);
    return (lift_work){work, work + n, work + 2 * n, work + 3 * n, work + 3 * n + room};
}

/* What a difference of d in the prediction brings in a cell, in units of the outcome, and its
 * derivative: with an outcome in logarithms of what was observed there. */
static double brings(const ku_mix_model *k, size_t cell, double d, double *by_d)
{
    double each = k->data->revenue_per_unit != NULL ? k->data->revenue_per_unit[cell] : 1;
    double size = each > 0 ? k->money[cell] / each : 0;
    if (k->spec->family == KU_MIX_GAUSSIAN) {
        *by_d = size;
        return size * d;
    }
    double left = exp(-k->scale * d);
    *by_d = size * left;
    return size / k->scale * (1 - left);
}

double mix_lift_predicted(const ku_mix_model *k, mix_state *s, const mix_lift *l)
{
    const mix_media *m = &k->media[l->what->channel];
    const mix_media_state *c = &s->media[l->what->channel];
    lift_work w = carve(k, l, s->lift);
    double sum = 0, by_d;
    mix_respond(m, &c->values, &l->grid, l->x, l->frequency, w.out, w.between);
    mix_respond(m, &c->values, &l->grid, l->instead, l->frequency, w.instead, w.between_instead);
    for (int t = 0; t < l->grid.periods; t++)
        for (int j = 0; j < l->grid.width; j++) {
            int i = t * l->grid.width + j, period = l->what->from + t, g = l->region[j];
            size_t cell = (size_t)period * (size_t)k->regions + (size_t)g;
            double d = c->drift[period] * c->beta[g] * (w.out[i] - w.instead[i]);
            sum += brings(k, cell, d, &by_d);
        }
    return sum;
}

/* The way back: `each` is the gradient by the predicted lift. */
static void lift_back(const ku_mix_model *k, mix_state *s, const mix_lift *l, double each)
{
    const mix_media *m = &k->media[l->what->channel];
    mix_media_state *c = &s->media[l->what->channel];
    lift_work w = carve(k, l, s->lift);
    for (int t = 0; t < l->grid.periods; t++)
        for (int j = 0; j < l->grid.width; j++) {
            int i = t * l->grid.width + j, period = l->what->from + t, g = l->region[j];
            size_t cell = (size_t)period * (size_t)k->regions + (size_t)g;
            double e = c->drift[period], beta = c->beta[g], r = w.out[i] - w.instead[i], by_d;
            brings(k, cell, e * beta * r, &by_d);
            double pull = each * by_d;
            c->by_beta[g] += pull * e * r;
            c->by_drift[period] += pull * beta * r;
            w.pull[i] = pull * e * beta;
        }
    mix_respond_back(m, &c->values, &l->grid, l->x, l->frequency, w.out, w.pull, &c->by, w.between);
    for (size_t i = 0; i < cells(l); i++) w.pull[i] = -w.pull[i];
    mix_respond_back(m, &c->values, &l->grid, l->instead, l->frequency, w.instead, w.pull, &c->by,
                     w.between_instead);
}

double mix_lifts(const ku_mix_model *k, mix_state *s)
{
    double value = 0;
    for (int i = 0; i < k->data->experiments; i++) {
        const mix_lift *l = &k->lift[i];
        double miss = (l->what->lift - mix_lift_predicted(k, s, l)) / l->what->sd;
        value -= .5 * miss * miss;
        lift_back(k, s, l, miss / l->what->sd);
    }
    return value;
}
