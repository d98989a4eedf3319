/* placebo.c - the same estimate where nothing was done.
 *
 * In time: windows as long as the campaign's before it, each judged with what came before it
 * alone. An effect should be found there no more often than chance says, and the size of the
 * effects found shows what cannot be told from nothing. In space: every donor as if treated, by
 * the ratio of errors in the window and before it; Abadie, Diamond & Hainmueller (2010), section
 * 3.4. */
#include <math.h>

#include "num/nearest.h"
#include "returns/geolift/lift_internal.h"

enum { MOST_WINDOWS = 40 };

typedef struct trying {
    lift_work *work;
    int window, least, windows, step;
    double *effect, *p; /* windows */
    double *ratio;      /* donors */
    double **gram;      /* one a thread: the other donors' products, weights, work */
    int **room;
} trying;

static void try_window(void *data, size_t item, unsigned thread)
{
    const trying *y = data;
    ku_synth *s = y->work->synth[thread];
    int *period = y->work->period[thread];
    int before = y->least + (int)item * y->step;
    double sum = 0;
    for (int t = 0; t < before + y->window; t++) period[t] = t;
    ku_synth_fit(s, period, before, y->work->lambda);
    for (int k = 0; k < y->window; k++) sum += ku_synth_gap(s, before + k);
    y->effect[item] = sum / y->window;
    ku_synth_fit(s, period, before + y->window, y->work->lambda);
    y->p[item] = ku_conformal_blocks(s->residual, before + y->window, y->window, KU_LIFT_AVERAGE);
}

static void in_time(lift_work *w, trying *y)
{
    int before = w->question->first, last = before - y->window;
    y->least = y->window * 2 > 20 ? y->window * 2 : 20;
    if (y->least > last) return;
    y->step = (last - y->least) / MOST_WINDOWS + 1;
    y->windows = (last - y->least) / y->step + 1;
    y->effect = KU_ARRAY(w->arena, (size_t)y->windows, double);
    y->p = KU_ARRAY(w->arena, (size_t)y->windows, double);
    ku_pool_each(w->pool, (size_t)y->windows, 1, try_window, y);
    double sum = 0;
    for (int i = 0; i < y->windows; i++) {
        sum += y->effect[i] * y->effect[i];
        w->out->placebo.found += y->p[i] <= 1 - w->question->confidence + 1e-12;
    }
    w->out->placebo.windows = y->windows;
    w->out->placebo.window_error = sqrt(sum / y->windows) / fabs(w->out->level_before);
}

/* Errors in the window against those before, for a target less its level and weights of the
 * donors. */
static double ratio_of(const lift_work *w, const double *target, double level, double before_error,
                       const double *weight, int window)
{
    const ku_synth_case *of = &w->series;
    int before = w->question->first;
    double sum = 0;
    for (int t = before; t < before + window; t++) {
        double gap = target[t] - level;
        for (int j = 0; j < of->donors; j++)
            if (weight[j] != 0)
                gap -= weight[j] * (of->donor[(size_t)j * (size_t)of->periods + (size_t)t] -
                                    w->before->level[j]);
        sum += gap * gap;
    }
    return sqrt(sum / window) / (before_error / sqrt(before) + 1e-300);
}

/* The match of donor `item` by the others, from the products of all. */
static void try_region(void *data, size_t item, unsigned thread)
{
    const trying *y = data;
    const ku_synth *base = y->work->before;
    const ku_synth_case *of = &y->work->series;
    size_t n = (size_t)of->donors, to = 0;
    double *gram = y->gram[thread], *cross = gram + n * n, *weight = cross + n, *all = weight + n;
    for (size_t i = 0; i < n; i++) {
        if (i == item) continue;
        cross[to] = base->gram[item * n + i];
        for (size_t j = 0, k = 0; j < n; j++)
            if (j != item) gram[to * (n - 1) + k++] = base->gram[i * n + j];
        weight[to++] = 0;
    }
    ku_nearest_points points = {(int)n - 1, gram, cross, base->gram[item * n + item]};
    ku_nearest_result r = ku_nearest(&points, weight, all + n, y->room[thread]);
    for (size_t i = 0, k = 0; i < n; i++) all[i] = i == item ? 0 : weight[k++];
    y->ratio[item] = ratio_of(y->work, of->donor + item * (size_t)of->periods, base->level[item],
                              sqrt(r.square), all, y->window);
}

static void in_space(lift_work *w, trying *y)
{
    size_t threads = ku_pool_threads(w->pool), n = (size_t)w->series.donors;
    const ku_synth *own = w->before;
    if (n < 2) return;
    y->ratio = KU_ARRAY(w->arena, n, double);
    y->gram = KU_ARRAY(w->arena, threads, double *);
    y->room = KU_ARRAY(w->arena, threads, int *);
    for (size_t i = 0; i < threads; i++) {
        y->gram[i] = KU_ARRAY(w->arena, n * n + 3 * n + ku_nearest_room((int)n), double);
        y->room[i] = KU_ARRAY(w->arena, n, int);
    }
    ku_pool_each(w->pool, n, 1, try_region, y);
    double ratio = ratio_of(w, w->series.target, own->target_level, sqrt(own->mixture_square),
                            own->mixture, y->window);
    for (size_t j = 0; j < n; j++) w->out->placebo.as_large += y->ratio[j] >= ratio;
    w->out->placebo.regions = (int)n;
}

void lift_placebo(lift_work *w)
{
    trying y = {.work = w, .window = w->question->last - w->question->first + 1};
    in_time(w, &y);
    in_space(w, &y);
}
