/* density.c - the log posterior density and its gradient, by hand.
 *
 * Every unknown has a standard normal prior (priors.h), so the density is the likelihood's less
 * u'u / 2. One evaluation goes forward - natural values, responses, coefficients, prediction -
 * and once back through the same steps, each giving the gradient by what it was made from. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC optimize("O3", "no-trapping-math") /* loops over grids in vectors */
#endif

#include "returns/mix/mix_internal.h"

#include <math.h>
#include <string.h>

/* ---- memory -------------------------------------------------------------------------------- */

static size_t padded(size_t doubles)
{
    return (doubles + 7) / 8 * 8;
}

static size_t media_room(const ku_mix_model *k, const mix_media *m)
{
    ku_response_grid grid = {k->before, k->periods, k->regions};
    size_t room = 4 * padded((size_t)k->regions) + 2 * padded((size_t)k->periods);
    size_t response = padded(k->cells) + padded(mix_response_room(m, &grid));
    return room + (m->more != NULL ? 2 : 1) * response + (m->fed ? padded(k->cells) : 0);
}

static size_t media_states(const ku_mix_model *k)
{
    size_t bytes = (size_t)k->data->channels * sizeof(mix_media_state);
    return padded((bytes + sizeof(double) - 1) / sizeof(double));
}

static size_t linear_room(const ku_mix_model *k)
{
    return padded((size_t)(k->data->treatments + k->data->controls) * (size_t)k->regions);
}

size_t mix_state_room(const ku_mix_model *k)
{
    size_t room = 3 * padded((size_t)k->unknowns) + padded((size_t)k->periods);
    room += padded((size_t)k->regions) + padded(2 * (size_t)k->regions);
    room += padded(mix_take_out_room(k));
    room += linear_room(k) + 4 * padded(k->cells) + padded(k->lift_room) + media_states(k);
    for (int m = 0; m < k->data->channels; m++) room += media_room(k, &k->media[m]);
    return room;
}

static double *cut(double **work, size_t doubles)
{
    double *at = *work;
    *work += padded(doubles);
    return at;
}

static void carve_media(const ku_mix_model *k, const mix_media *m, double **work,
                        mix_media_state *c)
{
    ku_response_grid grid = {k->before, k->periods, k->regions};
    size_t regions = (size_t)k->regions, periods = (size_t)k->periods;
    c->beta = cut(work, regions);
    c->by_beta = cut(work, regions);
    c->factor = cut(work, regions);
    c->share = cut(work, regions);
    c->drift = cut(work, periods);
    c->by_drift = cut(work, periods);
    c->out = cut(work, k->cells);
    c->between = cut(work, mix_response_room(m, &grid));
    c->miss = m->fed ? cut(work, k->cells) : NULL;
    c->more = m->more != NULL ? cut(work, k->cells) : NULL;
    c->between_more = m->more != NULL ? cut(work, mix_response_room(m, &grid)) : NULL;
}

void mix_state_carve(const ku_mix_model *k, double *work, mix_state *s)
{
    size_t unknowns = (size_t)k->unknowns;
    s->natural = cut(&work, unknowns);
    s->by = cut(&work, unknowns);
    s->adjoint = cut(&work, unknowns);
    s->season = cut(&work, (size_t)k->periods);
    s->level = cut(&work, (size_t)k->regions);
    s->regions = cut(&work, 2 * (size_t)k->regions);
    s->gamma = cut(&work, linear_room(k));
    s->predicted = cut(&work, k->cells);
    s->treated = cut(&work, k->cells);
    s->pull = cut(&work, k->cells);
    s->temp = cut(&work, k->cells);
    s->lift = cut(&work, k->lift_room);
    s->rows = cut(&work, mix_take_out_room(k));
    s->media = (mix_media_state *)(void *)cut(&work, media_states(k));
    for (int m = 0; m < k->data->channels; m++) carve_media(k, &k->media[m], &work, &s->media[m]);
}

/* ---- forward -------------------------------------------------------------------------------- */

void mix_naturals(const ku_mix_model *k, const double *u, mix_state *s)
{
    for (int i = 0; i < k->unknowns; i++) {
        s->natural[i] = ku_prior_at(&k->prior[i], u[i], &s->by[i]);
        s->adjoint[i] = 0;
    }
    for (int m = 0; m < k->data->channels; m++) {
        s->media[m].by_level = false;
        s->media[m].by_feed = 0;
    }
}

static void response_values(const mix_media *m, const mix_state *s, mix_media_state *c)
{
    c->values = (ku_response_values){
        .carry = mix_take(s, &m->part[KU_MIX_PART_CARRY]),
        .delay = mix_take(s, &m->part[KU_MIX_PART_DELAY]),
        .half = mix_take(s, &m->part[KU_MIX_PART_HALF]),
        .slope = mix_take(s, &m->part[KU_MIX_PART_SLOPE]),
    };
    c->by = (ku_response_values){0};
    if (!m->spec->half_is_rate) return;
    c->rate = c->values.half;
    c->values.half = ku_logistic_half(c->rate);
}

/* E_t: steps of a random walk in logarithms, each taken little by little over its periods. */
static void drift(const ku_mix_model *k, const mix_media *m, const mix_state *s, mix_media_state *c)
{
    double size = m->drift < 0 ? 0 : mix_take(s, &m->part[KU_MIX_PART_DRIFT]), at = 0;
    int every = m->spec->drift_every;
    for (int t = 0; t < k->periods; t++) {
        c->by_drift[t] = 0;
        c->drift[t] = 1;
        if (m->drift < 0) continue;
        if (t > 0) at += size * s->natural[m->drift + (t - 1) / every] / every;
        c->drift[t] = exp(at);
    }
}

/* Money that a coefficient of 1 brings in each region. */
static void shares(const ku_mix_model *k, mix_media_state *c)
{
    int regions = k->regions;
    for (int g = 0; g < regions; g++) c->share[g] = 0;
    for (int t = 0; t < k->periods; t++) {
        size_t row = (size_t)t * (size_t)regions;
        const double *money = k->money + row, *out = c->out + row;
        double e = c->drift[t];
        if (c->more != NULL)
            for (int g = 0; g < regions; g++)
                c->share[g] += e * money[g] * (c->more[row + (size_t)g] - out[g]);
        else
            for (int g = 0; g < regions; g++) c->share[g] += e * money[g] * out[g];
    }
}

static bool channel_forward(const ku_mix_model *k, int channel, mix_state *s)
{
    const mix_media *m = &k->media[channel];
    mix_media_state *c = &s->media[channel];
    ku_response_grid grid = {k->before, k->periods, k->regions};
    response_values(m, s, c);
    mix_respond(m, &c->values, &grid, m->x, m->frequency, c->out, c->between);
    if (m->more != NULL)
        mix_respond(m, &c->values, &grid, m->more, m->frequency, c->more, c->between_more);
    drift(k, m, s, c);
    shares(k, c);
    for (int g = 0; g < k->regions; g++) c->by_beta[g] = 0;
    return mix_coefficients(m, k->regions, s, c);
}

static void levels_and_season(const ku_mix_model *k, mix_state *s)
{
    for (int g = 0, at = k->first_region; g < k->regions; g++)
        s->level[g] = k->first_region < 0 || g == k->base_region ? 0 : s->natural[at++];
    const double *knot = s->natural + k->first_knot, *column = s->natural + k->first_column;
    for (int t = 0; t < k->periods; t++) {
        int left = k->knot_left[t];
        double right = k->knot_right[t];
        s->season[t] = (1 - right) * knot[left] + (right > 0 ? right * knot[left + 1] : 0);
    }
    for (int j = 0; j < k->columns; j++) {
        const double *basis = k->basis + (size_t)j * (size_t)k->periods;
        for (int t = 0; t < k->periods; t++) s->season[t] += column[j] * basis[t];
    }
}

static void add_linear(const ku_mix_model *k, const mix_linear *l, const double *gamma,
                       double *predicted)
{
    size_t regions = (size_t)k->regions;
    for (size_t t = 0; t < (size_t)k->periods; t++)
        for (size_t g = 0; g < regions; g++)
            predicted[t * regions + g] += gamma[g] * l->z[t * regions + g];
}

bool mix_forward_treated(const ku_mix_model *k, mix_state *s)
{
    size_t regions = (size_t)k->regions;
    double *gamma = s->gamma;
    for (size_t i = 0; i < k->cells; i++) s->treated[i] = 0;
    for (int m = 0; m < k->data->channels; m++) {
        const mix_media_state *c = &s->media[m];
        if (!channel_forward(k, m, s)) return false;
        for (size_t t = 0; t < (size_t)k->periods; t++)
            for (size_t g = 0; g < regions; g++)
                s->treated[t * regions + g] += c->drift[t] * c->beta[g] * c->out[t * regions + g];
    }
    for (int n = 0; n < k->data->treatments; n++, gamma += regions) {
        mix_linear_coefficients(&k->treatment[n], k->regions, s, gamma);
        add_linear(k, &k->treatment[n], gamma, s->treated);
    }
    return true;
}

void mix_forward_rest(const ku_mix_model *k, mix_state *s)
{
    size_t regions = (size_t)k->regions;
    double *gamma = s->gamma + (size_t)k->data->treatments * regions;
    levels_and_season(k, s);
    for (size_t t = 0; t < (size_t)k->periods; t++)
        for (size_t g = 0; g < regions; g++)
            s->predicted[t * regions + g] = s->treated[t * regions + g] + s->season[t] +
                                            s->level[g];
    for (int n = 0; n < k->data->controls; n++, gamma += regions) {
        mix_linear_coefficients(&k->control[n], k->regions, s, gamma);
        add_linear(k, &k->control[n], gamma, s->predicted);
    }
}

bool mix_forward(const ku_mix_model *k, const double *u, mix_state *s)
{
    mix_naturals(k, u, s);
    if (!mix_forward_treated(k, s)) return false;
    mix_forward_rest(k, s);
    return true;
}

/* ---- back ------------------------------------------------------------------------------------- */

static void season_back(const ku_mix_model *k, mix_state *s)
{
    double *knot = s->adjoint + k->first_knot, *column = s->adjoint + k->first_column;
    for (int t = 0; t < k->periods; t++) {
        double sum = 0, right = k->knot_right[t];
        const double *pull = s->pull + (size_t)t * (size_t)k->regions;
        for (int g = 0; g < k->regions; g++) sum += pull[g];
        knot[k->knot_left[t]] += (1 - right) * sum;
        if (right > 0) knot[k->knot_left[t] + 1] += right * sum;
        for (int j = 0; j < k->columns; j++)
            column[j] += sum * k->basis[(size_t)j * (size_t)k->periods + (size_t)t];
    }
}

static void levels_back(const ku_mix_model *k, mix_state *s)
{
    if (k->first_region < 0) return;
    size_t regions = (size_t)k->regions;
    double *sum = s->regions;
    for (size_t g = 0; g < regions; g++) sum[g] = 0;
    for (size_t t = 0; t < (size_t)k->periods; t++)
        for (size_t g = 0; g < regions; g++) sum[g] += s->pull[t * regions + g];
    for (int g = 0, at = k->first_region; g < k->regions; g++)
        if (g != k->base_region) s->adjoint[at++] += sum[g];
}

static void linear_back(const ku_mix_model *k, const mix_linear *l, mix_state *s)
{
    size_t regions = (size_t)k->regions;
    double *sum = s->regions;
    for (size_t g = 0; g < regions; g++) sum[g] = 0;
    for (size_t t = 0; t < (size_t)k->periods; t++)
        for (size_t g = 0; g < regions; g++)
            sum[g] += s->pull[t * regions + g] * l->z[t * regions + g];
    mix_linear_back(l, k->regions, s, sum);
}

/* The coefficients' and the drift's part of the prediction's gradient. */
static void media_pull(const ku_mix_model *k, const mix_state *s, mix_media_state *c)
{
    size_t regions = (size_t)k->regions;
    for (size_t t = 0; t < (size_t)k->periods; t++) {
        const double *pull = s->pull + t * regions, *out = c->out + t * regions;
        double e = c->drift[t], sum = 0;
        for (size_t g = 0; g < regions; g++) {
            double p = pull[g] * out[g];
            c->by_beta[g] += e * p;
            sum += p * c->beta[g];
        }
        c->by_drift[t] += sum;
    }
}

/* The gradient by the response itself into s->temp; by the drift through the shares. */
static void response_pull(const ku_mix_model *k, const mix_state *s, const double *by_share,
                          mix_media_state *c)
{
    size_t regions = (size_t)k->regions;
    double sign = c->more != NULL ? -1 : 1;
    for (size_t t = 0; t < (size_t)k->periods; t++) {
        size_t row = t * regions;
        double e = c->drift[t], sum = 0;
        for (size_t g = 0; g < regions; g++) {
            double through = by_share[g] * k->money[row + g];
            double of = c->more != NULL ? c->more[row + g] - c->out[row + g] : c->out[row + g];
            s->temp[row + g] = e * (s->pull[row + g] * c->beta[g] + sign * through);
            sum += through * of;
        }
        c->by_drift[t] += sum;
    }
}

static void drift_back(const ku_mix_model *k, const mix_media *m, mix_state *s,
                       const mix_media_state *c)
{
    double later = 0, size = mix_take(s, &m->part[KU_MIX_PART_DRIFT]), by_size = 0;
    int every = m->spec->drift_every;
    for (int t = k->periods - 1; t > 0; t--) {
        int step = m->drift + (t - 1) / every;
        later += c->by_drift[t] * c->drift[t];
        s->adjoint[step] += later * size / every;
        by_size += later * s->natural[step] / every;
    }
    mix_give(s, &m->part[KU_MIX_PART_DRIFT], by_size);
}

static void channel_back(const ku_mix_model *k, int channel, mix_state *s)
{
    const mix_media *m = &k->media[channel];
    mix_media_state *c = &s->media[channel];
    ku_response_grid grid = {k->before, k->periods, k->regions};
    double *by_share = s->regions;
    media_pull(k, s, c);
    mix_coefficients_back(m, k->regions, s, c, by_share);
    response_pull(k, s, by_share, c);
    if (c->by_feed != 0) {
        const double *miss = s->media[m->spec->feeds].miss;
        for (size_t i = 0; i < k->cells; i++) s->temp[i] += c->by_feed * miss[i];
    }
    mix_respond_back(m, &c->values, &grid, m->x, m->frequency, c->out, s->temp, &c->by, c->between);
    if (m->more != NULL) {
        size_t regions = (size_t)k->regions;
        for (size_t i = 0; i < k->cells; i++)
            s->temp[i] = c->drift[i / regions] * by_share[i % regions] * k->money[i];
        mix_respond_back(m, &c->values, &grid, m->more, m->frequency, c->more, s->temp, &c->by,
                         c->between_more);
    }
    if (m->drift >= 0) drift_back(k, m, s, c);
    double by_half = m->spec->half_is_rate ? -c->by.half * c->values.half / c->rate : c->by.half;
    mix_give(s, &m->part[KU_MIX_PART_CARRY], c->by.carry);
    mix_give(s, &m->part[KU_MIX_PART_DELAY], c->by.delay);
    mix_give(s, &m->part[KU_MIX_PART_HALF], by_half);
    mix_give(s, &m->part[KU_MIX_PART_SLOPE], c->by.slope);
}

void mix_backward_rest(const ku_mix_model *k, mix_state *s)
{
    season_back(k, s);
    levels_back(k, s);
    for (int n = 0; n < k->data->controls; n++) linear_back(k, &k->control[n], s);
}

void mix_backward_treated(const ku_mix_model *k, mix_state *s)
{
    for (int n = 0; n < k->data->treatments; n++) linear_back(k, &k->treatment[n], s);
    for (int m = 0; m < k->data->channels; m++) channel_back(k, m, s);
}

/* ---- the density ------------------------------------------------------------------------------ */

double mix_value(const void *model, const double *u, double *gradient, double *work)
{
    const ku_mix_model *k = model;
    mix_state s;
    for (int i = 0; i < k->unknowns; i++)
        if (!(fabs(u[i]) < 30)) return -INFINITY;
    mix_state_carve(k, work, &s);
    if (!mix_forward(k, u, &s)) return -INFINITY;
    double value = mix_likelihood(k, &s) + mix_lifts(k, &s) + mix_feeds(k, &s);
    if (!isfinite(value)) return -INFINITY;
    mix_backward_rest(k, &s);
    mix_backward_treated(k, &s);
    for (int i = 0; i < k->unknowns; i++) {
        gradient[i] = s.adjoint[i] * s.by[i] - u[i];
        value -= .5 * u[i] * u[i];
    }
    return value;
}
