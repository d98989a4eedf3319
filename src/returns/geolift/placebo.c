/* placebo.c - the same estimate where nothing was done.
 *
 * In time: windows as long as the campaign's before it, each judged with what came before it
 * alone. An effect should be found there no more often than chance says, and the size of the
 * effects found shows what cannot be told from nothing. In space: every donor as if treated, by
 * the ratio of errors in the window and before it; Abadie, Diamond & Hainmueller (2010), section
 * 3.4. */
#include <math.h>
#include <string.h>

#include "returns/geolift/lift_internal.h"

enum { MOST_WINDOWS = 40 };

typedef struct trying {
    lift_work *work;
    int window, least, windows, step;
    double *effect, *p;    /* windows */
    double *ratio;         /* donors */
    ku_synth **synth;      /* one a thread, for a case with a donor less */
    ku_synth_case *series; /* one a thread */
    double **target, **rest;
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

static double ratio_of(const ku_synth *s, int before, int window)
{
    double after = 0;
    for (int k = 0; k < window; k++) {
        double gap = ku_synth_gap(s, before + k);
        after += gap * gap;
    }
    return sqrt(after / window) / (s->imbalance / sqrt(before) + 1e-300);
}

static void try_region(void *data, size_t item, unsigned thread)
{
    const trying *y = data;
    const ku_synth_case *of = &y->work->series;
    size_t periods = (size_t)of->periods, at = 0;
    int *period = y->work->period[thread], before = y->work->question->first;
    memcpy(y->target[thread], of->donor + item * periods, periods * sizeof(double));
    for (size_t j = 0; j < (size_t)of->donors; j++)
        if (j != item)
            memcpy(y->rest[thread] + at++ * periods, of->donor + j * periods,
                   periods * sizeof(double));
    for (int t = 0; t < before; t++) period[t] = t;
    ku_synth_fit(y->synth[thread], period, before, KU_NO_RIDGE);
    y->ratio[item] = ratio_of(y->synth[thread], before, y->window);
}

static void in_space(lift_work *w, trying *y)
{
    size_t threads = ku_pool_threads(w->pool), donors = (size_t)w->series.donors;
    size_t periods = (size_t)w->series.periods;
    if (donors < 2) return;
    y->ratio = KU_ARRAY(w->arena, donors, double);
    y->synth = KU_ARRAY(w->arena, threads, ku_synth *);
    y->series = KU_ARRAY(w->arena, threads, ku_synth_case);
    y->target = KU_ARRAY(w->arena, threads, double *);
    y->rest = KU_ARRAY(w->arena, threads, double *);
    for (size_t i = 0; i < threads; i++) {
        y->target[i] = KU_ARRAY(w->arena, periods, double);
        y->rest[i] = KU_ARRAY(w->arena, periods * (donors - 1), double);
        y->series[i] = (ku_synth_case){w->series.donors - 1, w->series.periods, y->target[i],
                                       y->rest[i]};
        y->synth[i] = ku_synth_new(w->arena, &y->series[i]);
    }
    ku_pool_each(w->pool, donors, 1, try_region, y);
    ku_synth *own = w->synth[0];
    for (int t = 0; t < w->question->first; t++) w->period[0][t] = t;
    ku_synth_fit(own, w->period[0], w->question->first, KU_NO_RIDGE);
    double ratio = ratio_of(own, w->question->first, y->window);
    for (size_t j = 0; j < donors; j++) w->out->placebo.as_large += y->ratio[j] >= ratio;
    w->out->placebo.regions = (int)donors;
}

void lift_placebo(lift_work *w)
{
    trying y = {.work = w, .window = w->question->last - w->question->first + 1};
    in_time(w, &y);
    in_space(w, &y);
}
