/* scale.c - the data on the scales the model works in. Per head: media by population and by the
 * median of what is positive per head; the outcome per head and controls to mean 0 and standard
 * deviation 1 (Meridian). Largest: media and outcome by each region's largest value
 * (PyMC-Marketing). Cells that are not fitted take no part in the scales. */
#include "returns/mix/mix_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *x, size_t n)
{
    if (n == 0) return NAN;
    qsort(x, n, sizeof *x, ascending);
    return n % 2 == 1 ? x[n / 2] : .5 * (x[n / 2 - 1] + x[n / 2]);
}

static double population(const ku_mix_data *data, size_t region)
{
    return data->population != NULL ? data->population[region] : 1;
}

static size_t media_cells(const ku_mix_model *k)
{
    return (size_t)(k->before + k->periods) * (size_t)k->regions;
}

/* ---- media ------------------------------------------------------------------------------- */

/* Exposure units per scaled unit, by region. 1 where a region never had any. */
static const double *media_scale(const ku_mix_model *k, const ku_mix_channel *c, ku_arena *arena)
{
    size_t regions = (size_t)k->regions, n = media_cells(k), positive = 0;
    double *scale = KU_ARRAY(arena, regions, double), *x = KU_ARRAY(arena, n, double);
    for (size_t i = 0; i < n; i++) {
        size_t g = i % regions;
        if (c->exposure[i] > 0) x[positive++] = c->exposure[i] / population(k->data, g);
        if (c->exposure[i] > scale[g]) scale[g] = c->exposure[i];
    }
    double middle = median(x, positive);
    for (size_t g = 0; g < regions; g++) {
        if (k->spec->scaling == KU_MIX_PER_HEAD) scale[g] = population(k->data, g) * middle;
        if (!(scale[g] > 0)) scale[g] = 1;
    }
    return scale;
}

/* Money per exposure unit by region: with reach and frequency, of a contact. */
static const double *media_price(const ku_mix_model *k, const ku_mix_channel *c, ku_arena *arena)
{
    size_t regions = (size_t)k->regions;
    double *price = KU_ARRAY(arena, regions, double), *sum = KU_ARRAY(arena, regions, double);
    for (size_t i = 0; i < media_cells(k) && c->spend != NULL; i++) {
        double of = c->frequency != NULL ? c->frequency[i] : 1;
        price[i % regions] += c->spend[i];
        sum[i % regions] += c->exposure[i] * of;
    }
    for (size_t g = 0; g < regions; g++)
        price[g] = sum[g] > 0 && price[g] > 0 ? price[g] / sum[g] : NAN;
    return price;
}

static void scale_media(ku_mix_model *k, int channel, ku_arena *arena)
{
    const ku_mix_channel *c = &k->data->channel[channel];
    mix_media *m = &k->media[channel];
    size_t regions = (size_t)k->regions, n = media_cells(k);
    double *x = KU_ARRAY(arena, n, double), *more = KU_ARRAY(arena, n, double);
    m->scale = media_scale(k, c, arena);
    m->price = media_price(k, c, arena);
    m->frequency = c->frequency;
    for (size_t i = 0; i < n; i++) {
        x[i] = c->exposure[i] / m->scale[i % regions];
        more[i] = 1.01 * x[i];
    }
    m->x = x;
    m->more = m->spec->effect == KU_MIX_MARGINAL_ROI ? more : NULL;
    for (size_t i = (size_t)k->before * regions; i < n && c->spend != NULL; i++)
        m->spend += c->spend[i];
    m->money = m->spec->effect == KU_MIX_ROI            ? m->spend
               : m->spec->effect == KU_MIX_MARGINAL_ROI ? .01 * m->spend
               : m->spec->effect == KU_MIX_CONTRIBUTION ? k->total
                                                        : 0;
}

/* ---- the outcome --------------------------------------------------------------------------- */

static bool in_logs(const ku_mix_model *k)
{
    return k->spec->family != KU_MIX_GAUSSIAN;
}

/* The outcome per head, or its logarithm; zeros among counts are read as one half. */
static double of_head(const ku_mix_model *k, size_t cell)
{
    double y = k->data->outcome[cell], head = k->head[cell % (size_t)k->regions];
    if (k->spec->family == KU_MIX_COUNTS) return log((y > .5 ? y : .5) / head);
    return in_logs(k) ? log(y / head) : y / head;
}

double mix_scaled_outcome(const ku_mix_model *k, size_t cell)
{
    return (of_head(k, cell) - k->center) / k->scale;
}

static const double *heads(const ku_mix_model *k, ku_arena *arena)
{
    double *head = KU_ARRAY(arena, (size_t)k->regions, double);
    for (int g = 0; g < k->regions; g++) {
        for (size_t i = (size_t)g; i < k->cells; i += (size_t)k->regions)
            if (k->used[i] > 0 && fabs(k->data->outcome[i]) > head[g])
                head[g] = fabs(k->data->outcome[i]);
        if (k->spec->scaling == KU_MIX_PER_HEAD) head[g] = population(k->data, (size_t)g);
        if (!(head[g] > 0)) head[g] = 1;
    }
    return head;
}

static void mean_and_sd(const ku_mix_model *k, double *mean, double *sd)
{
    double n = 0, sum = 0, squares = 0;
    for (size_t i = 0; i < k->cells; i++)
        if (k->used[i] > 0) sum += of_head(k, i), n++;
    *mean = sum / n;
    for (size_t i = 0; i < k->cells; i++)
        if (k->used[i] > 0) squares += (of_head(k, i) - *mean) * (of_head(k, i) - *mean);
    *sd = sqrt(squares / n);
}

static void find_used(ku_mix_model *k, ku_arena *arena)
{
    double *used = KU_ARRAY(arena, k->cells, double);
    double *by = KU_ARRAY(arena, (size_t)k->regions, double);
    for (size_t i = 0; i < k->cells; i++) {
        bool held = k->data->held_out != NULL && k->data->held_out[i];
        used[i] = isnan(k->data->outcome[i]) || held ? 0 : 1;
        by[i % (size_t)k->regions] += used[i];
        k->fitted += used[i] > 0;
    }
    k->used = used;
    k->used_by = by;
}

/* Money that one unit of the prediction is worth in each cell, and the outcome's money in all. */
static void outcome_money(ku_mix_model *k, ku_arena *arena)
{
    double *money = KU_ARRAY(arena, k->cells, double);
    size_t regions = (size_t)k->regions;
    for (size_t i = 0; i < k->cells; i++) {
        double y = k->data->outcome[i], head = k->head[i % regions];
        double each = k->data->revenue_per_unit != NULL ? k->data->revenue_per_unit[i] : 1;
        double typical = in_logs(k) ? head * exp(k->center) : head * k->center;
        if (isnan(y)) y = typical;
        money[i] = each * k->scale * (in_logs(k) ? y : head);
        k->total += each * y;
    }
    k->money = money;
}

static ku_status scale_outcome(ku_mix_model *k, ku_arena *arena, ku_error *err)
{
    double mean, sd, *y = KU_ARRAY(arena, k->cells, double);
    find_used(k, arena);
    k->head = heads(k, arena);
    mean_and_sd(k, &mean, &sd);
    if (!(sd > 1e-12 * fabs(mean)))
        return ku_error_set(
            err, KU_BAD_DATA, NULL,
            "The outcome is the same in every period: there is nothing to explain.");
    bool per_head = k->spec->scaling == KU_MIX_PER_HEAD;
    k->center = per_head ? mean : 0;
    k->scale = per_head ? sd : 1;
    for (size_t i = 0; i < k->cells; i++) {
        if (k->used[i] == 0) continue;
        y[i] = k->spec->family == KU_MIX_COUNTS ? k->data->outcome[i] : mix_scaled_outcome(k, i);
    }
    k->y = y;
    outcome_money(k, arena);
    return KU_OK;
}

/* ---- treatments and controls --------------------------------------------------------------- */

static double per_head(const ku_mix_model *k, const ku_mix_series *series, size_t cell)
{
    size_t g = cell % (size_t)k->regions;
    return series->per_head ? series->value[cell] / population(k->data, g) : series->value[cell];
}

static void standardise(const ku_mix_model *k, const ku_mix_series *series, double *z, double *mean,
                        double *sd)
{
    double sum = 0, squares = 0, n = (double)k->cells;
    for (size_t i = 0; i < k->cells; i++) sum += z[i] = per_head(k, series, i);
    *mean = sum / n;
    for (size_t i = 0; i < k->cells; i++) squares += (z[i] - *mean) * (z[i] - *mean);
    *sd = sqrt(squares / n);
    if (k->spec->scaling != KU_MIX_PER_HEAD) *mean = 0, *sd = 1;
    for (size_t i = 0; i < k->cells; i++) z[i] = *sd > 0 ? (z[i] - *mean) / *sd : 0;
}

static void scale_control(ku_mix_model *k, int control, ku_arena *arena)
{
    double mean, sd, *z = KU_ARRAY(arena, k->cells, double);
    standardise(k, &k->data->control[control], z, &mean, &sd);
    k->control[control].z = z;
}

static double least_or_most(const double *z, size_t n, bool most)
{
    double at = z[0];
    for (size_t i = 1; i < n; i++)
        if (most ? z[i] > at : z[i] < at) at = z[i];
    return at;
}

static void scale_treatment(ku_mix_model *k, int treatment, ku_arena *arena)
{
    const ku_mix_treatment_spec *spec = &k->spec->treatment[treatment];
    mix_linear *l = &k->treatment[treatment];
    double *z = KU_ARRAY(arena, k->cells, double), *against = KU_ARRAY(arena, k->cells, double);
    double *share = KU_ARRAY(arena, (size_t)k->regions, double), mean, sd;
    standardise(k, &k->data->treatment[treatment], z, &mean, &sd);
    double base = spec->baseline == KU_MIX_VALUE
                      ? (sd > 0 ? (spec->value - mean) / sd : 0)
                      : least_or_most(z, k->cells, spec->baseline == KU_MIX_MOST);
    for (size_t i = 0; i < k->cells; i++) {
        against[i] = z[i] - base;
        share[i % (size_t)k->regions] += k->money[i] * against[i];
    }
    for (int g = 0; g < k->regions; g++) l->all += share[g];
    l->z = z;
    l->against = against;
    l->share = share;
    l->money = spec->effect == KU_MIX_CONTRIBUTION ? k->total : 0;
}

ku_status mix_scale(ku_mix_model *k, ku_arena *arena, ku_error *err)
{
    KU_TRY(scale_outcome(k, arena, err));
    for (int m = 0; m < k->data->channels; m++) scale_media(k, m, arena);
    for (int n = 0; n < k->data->treatments; n++) scale_treatment(k, n, arena);
    for (int n = 0; n < k->data->controls; n++) scale_control(k, n, arena);
    return KU_OK;
}
