/* knots.c - where the baseline over time may bend: the placement of knots, and the line between
 * them (Meridian's specification: weights by distance, the nearest knot outside of all). */
#include "returns/mix/mix_internal.h"

#include <math.h>

/* Whole periods from the first to the last, rounded down as numpy's linspace to integers is. */
static int spaced(int periods, int number, int *at)
{
    if (number < 1) number = 1;
    if (number > periods) number = periods;
    for (int i = 0; i < number; i++)
        at[i] = number == 1 ? 0 : (int)((double)(periods - 1) * i / (number - 1) + 1e-9);
    return number;
}

static int every(int periods, int step, int *at)
{
    int n = 0;
    if (step < 1) step = 1;
    for (int t = 0; t < periods; t += step) at[n++] = t;
    if (at[n - 1] < periods - 1) at[n++] = periods - 1;
    return n;
}

/* A cell's outcome less its region's mean. */
static double centred(const ku_mix_model *k, const double *own, size_t cell)
{
    return k->used[cell] > 0 ? mix_scaled_outcome(k, cell) - own[cell % (size_t)k->regions] : 0;
}

/* The mean of the regions in each period after each region's own mean is taken off, and the sum
 * of squares around these means that no knot can explain. */
static int automatic(const ku_mix_model *k, ku_arena *arena, int *at)
{
    size_t regions = (size_t)k->regions;
    double *mean = KU_ARRAY(arena, (size_t)k->periods, double), within = 0;
    double *none = KU_ARRAY(arena, regions, double), *own = KU_ARRAY(arena, regions, double);
    for (size_t i = 0; i < k->cells; i++)
        own[i % regions] += centred(k, none, i) / fmax(1, k->used_by[i % regions]);
    for (size_t t = 0; t < (size_t)k->periods; t++) {
        double n = 0, sum = 0, squares = 0;
        for (size_t i = t * regions; i < (t + 1) * regions; i++) {
            double y = centred(k, own, i);
            n += k->used[i];
            sum += y;
            squares += y * y;
        }
        mean[t] = n > 0 ? sum / n : 0;
        within += squares - n * mean[t] * mean[t];
    }
    int features = k->data->channels + k->data->treatments + k->data->controls;
    return mix_choose_knots(mean, within, k->periods, k->regions, features, arena, at);
}

static int given(const ku_mix_spec *spec, int *at)
{
    for (int i = 0; i < spec->knots_number; i++) at[i] = spec->knots_at[i];
    return spec->knots_number;
}

static int place(const ku_mix_model *k, ku_arena *arena, int *at)
{
    const ku_mix_spec *spec = k->spec;
    switch (spec->knots) {
    case KU_MIX_KNOTS_EVERY:
        return every(k->periods, spec->knots_number, at);
    case KU_MIX_KNOTS_ALL:
        return spaced(k->periods, k->periods, at);
    case KU_MIX_KNOTS_GIVEN:
        return given(spec, at);
    case KU_MIX_KNOTS_AUTOMATIC: {
        int n = automatic(k, arena, at);
        return n > 0 ? n : spaced(k->periods, 1, at);
    }
    case KU_MIX_KNOTS_NUMBER:
        break;
    }
    return spaced(k->periods, spec->knots_number, at);
}

void mix_place_knots(ku_mix_model *k, ku_arena *arena)
{
    size_t periods = (size_t)k->periods;
    int *at = KU_ARRAY(arena, periods + 1, int), *left = KU_ARRAY(arena, periods, int);
    double *right = KU_ARRAY(arena, periods, double);
    int n = place(k, arena, at), i = 0;
    for (int t = 0; t < k->periods; t++) {
        while (i + 1 < n && at[i + 1] <= t) i++;
        left[t] = i;
        bool between = t > at[i] && i + 1 < n;
        right[t] = between ? (double)(t - at[i]) / (double)(at[i + 1] - at[i]) : 0;
    }
    k->knots = n;
    k->knot_at = at;
    k->knot_left = left;
    k->knot_right = right;
}
