/* jackknife.c - intervals from leaving out one period after the other (jackknife+).
 *
 * Each period before the window is left out in turn; the match without it gives a counterfactual
 * of the window and misses the period left out by some error. The interval's ends are quantiles of
 * counterfactual plus and less |error|: Barber, Candes, Ramdas & Tibshirani (2021), Annals of
 * Statistics 49, eq. (1.5), over time as in Ben-Michael, Feller & Rothstein (2021), section 5. */
#include <math.h>
#include <stdlib.h>

#include "returns/geolift/lift_internal.h"

typedef struct leaving {
    lift_work *work;
    int before, window;
    double *expected; /* (window + 1) x before: of each period of the window, then their mean */
    double *error;    /* before */
} leaving;

static void leave_one(void *data, size_t item, unsigned thread)
{
    const leaving *l = data;
    ku_synth *s = l->work->synth[thread];
    int out = (int)item;
    double mean = 0;
    ku_synth_fit_without(s, l->work->before, out, l->work->lambda);
    for (int k = 0; k < l->window; k++) {
        double expected = ku_synth_expected(s, l->before + k);
        l->expected[(size_t)k * (size_t)l->before + item] = expected;
        mean += expected / l->window;
    }
    l->expected[(size_t)l->window * (size_t)l->before + item] = mean;
    l->error[item] = fabs(ku_synth_gap(s, out));
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts `v`. The quantile of Hyndman & Fan (1996), definition 7. */
static double quantile(double *v, int n, double p)
{
    qsort(v, (size_t)n, sizeof *v, by_size);
    double at = p * (n - 1), whole = floor(at);
    int i = (int)whole;
    return i + 1 < n ? v[i] + (at - whole) * (v[i + 1] - v[i]) : v[n - 1];
}

/* Of what actually was less the counterfactual. */
static ku_lift_interval limits(const leaving *l, int row, double actual, double *room)
{
    const double *expected = l->expected + (size_t)row * (size_t)l->before;
    double tail = (1 - l->work->question->confidence) / 2;
    ku_lift_interval result;
    for (int i = 0; i < l->before; i++) room[i] = expected[i] + l->error[i];
    result.lo = actual - quantile(room, l->before, 1 - tail);
    for (int i = 0; i < l->before; i++) room[i] = expected[i] - l->error[i];
    result.hi = actual - quantile(room, l->before, tail);
    return result;
}

void lift_jackknife(lift_work *w)
{
    const ku_lift_question *q = w->question;
    leaving l = {.work = w, .before = q->first, .window = q->last - q->first + 1};
    size_t before = (size_t)l.before, window = (size_t)l.window;
    double *room = KU_ARRAY(w->arena, before, double), mean = 0;
    l.expected = KU_ARRAY(w->arena, before * (window + 1), double);
    l.error = KU_ARRAY(w->arena, before, double);
    ku_pool_each(w->pool, before, 1, leave_one, &l);
    for (int k = 0; k < l.window; k++) {
        double actual = w->series.target[q->first + k];
        w->out->each_jackknife[q->first + k] = limits(&l, k, actual, room);
        mean += actual / l.window;
    }
    w->out->jackknife = limits(&l, l.window, mean, room);
}
