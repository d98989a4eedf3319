/* nodes.c - adding up the past, and what the forecasts of it missed. */
#include "analyses/demand/hierarchy/nodes.h"

#include <math.h>
#include <string.h>

#include "forecast/reconcile/futures.h"
#include "forecast/reconcile/reconcile.h"
#include "forecast/reconcile/shrink.h"

/* ---- gaps as zeros ------------------------------------------------------------------------- */

/* The series of each code of the column, NULL where it has none. */
static ku_series **series_of_codes(const ku_column *column, ku_series_set *set, ku_arena *arena)
{
    ku_series **of = KU_ARRAY(arena, (size_t)column->dictionary.size + 1, ku_series *);
    for (int32_t i = 0; i < column->dictionary.size; i++) {
        int32_t length;
        const char *text = ku_dictionary_at(&column->dictionary, i, &length);
        const ku_series *found = ku_series_find(set, ku_arena_strndup(arena, text, (size_t)length));
        of[i] = found ? &set->series[found - set->series] : NULL;
    }
    return of;
}

bool nodes_zero_gaps(const ku_frame *table, ku_series_set *set, ku_arena *arena)
{
    const ku_column *name = ku_frame_column(table, "series");
    const ku_column *date = ku_frame_column(table, "date");
    const ku_column *value = ku_frame_column(table, "value");
    ku_series **of = series_of_codes(name, set, arena);
    for (size_t i = 0; i < set->count; i++) {
        ku_series *s = &set->series[i];
        if (s->gaps == 0) continue;
        s->value = ku_arena_try(arena, (size_t)s->n * sizeof *s->value);
        if (!s->value) return false;
        memset(s->value, 0, (size_t)s->n * sizeof *s->value);
    }
    for (int64_t row = 0; row < table->rows; row++) {
        ku_series *s = of[name->as.codes[row]];
        if (!s || s->gaps == 0 || !ku_column_valid(value, row)) continue;
        int64_t at = ku_series_place(&set->period, s->first, (int64_t)ku_column_number(date, row));
        if (at >= 0 && at < s->n) s->value[at] = ku_column_number(value, row);
    }
    for (size_t i = 0; i < set->count; i++) set->series[i].gaps = 0;
    return true;
}

/* ---- the past ------------------------------------------------------------------------------ */

static void find_span(const ku_series *const *leaf, nodes_past *p)
{
    p->first = leaf[0]->first;
    for (int i = 1; i < p->h->leaves; i++)
        if (leaf[i]->first < p->first) p->first = leaf[i]->first;
    for (int i = 0; i < p->h->leaves; i++) {
        int start = (int)ku_series_place(&p->period, p->first, leaf[i]->first);
        p->start[p->h->aggregates + i] = start;
        if (start + leaf[i]->n > p->periods) p->periods = start + leaf[i]->n;
    }
}

static void put_leaves(const ku_series *const *leaf, nodes_past *p)
{
    size_t T = (size_t)p->periods;
    for (int i = 0; i < p->h->leaves; i++) {
        int node = p->h->aggregates + i, start = p->start[node];
        memcpy(p->value + (size_t)node * T + (size_t)start, leaf[i]->value,
               (size_t)leaf[i]->n * sizeof(double));
        if (start + leaf[i]->n < p->periods) p->ended++;
    }
}

static void put_sums(nodes_past *p)
{
    const ku_hierarchy *h = p->h;
    size_t T = (size_t)p->periods;
    for (int g = 0; g < h->aggregates; g++) p->start[g] = p->periods;
    for (int l = 0; l < h->levels; l++)
        for (int i = 0; i < h->leaves; i++) {
            int32_t node = h->member[(size_t)l * (size_t)h->leaves + (size_t)i];
            if (node < 0) continue;
            const double *from = p->value + (size_t)(h->aggregates + i) * T;
            double *to = p->value + (size_t)node * T;
            for (size_t t = 0; t < T; t++) to[t] += from[t];
            if (p->start[h->aggregates + i] < p->start[node])
                p->start[node] = p->start[h->aggregates + i];
        }
}

ku_status nodes_add_up(const ku_series *const *leaf, const ku_hierarchy *h,
                       const ku_series_period *period, ku_arena *arena, nodes_past *out,
                       ku_error *err)
{
    *out = (nodes_past){.h = h, .period = *period};
    out->start = KU_ARRAY(arena, (size_t)h->nodes, int);
    find_span(leaf, out);
    size_t size = (size_t)h->nodes * (size_t)out->periods * sizeof(double);
    out->value = ku_arena_try(arena, size);
    if (out->value == NULL)
        return ku_error_set(err, KU_NO_MEMORY, "series", "these series do not fit into the memory");
    memset(out->value, 0, size);
    put_leaves(leaf, out);
    put_sums(out);
    return KU_OK;
}

/* ---- what the forecasts missed ------------------------------------------------------------------ */

typedef struct scratch {
    double *missed, *score;
    int *order;
} scratch;

/* Row i of the tables of errors, from the periods [from, past->periods). */
static void errors_of(const nodes_past *past, const ku_outlook *o, int i, nodes_errors *to,
                      const scratch *s)
{
    int from = past->periods - to->periods, start = past->start[i], nodes = past->h->nodes;
    const double *y = past->value + (size_t)i * (size_t)past->periods;
    int begin = start > from ? start : from, n = past->periods - begin;
    double squares = 0, largest = 0;
    for (int t = begin; t < past->periods; t++) {
        s->missed[t - begin] = y[t] - o->fitted[t - start];
        largest = fmax(largest, fabs(y[t]));
        squares += s->missed[t - begin] * s->missed[t - begin];
    }
    /* What is left of a perfect fit is rounding. */
    bool none = n == 0 || sqrt(squares / n) <= 1e-12 * largest;
    to->variance[i] = none ? 0 : squares / n;
    if (!none) ku_normal_scores(s->missed, n, s->order, s->score);
    for (int t = 0; t < to->periods; t++) {
        size_t at = (size_t)t * (size_t)nodes + (size_t)i;
        int k = t + from - begin;
        bool has = !none && k >= 0;
        to->error[at] = has ? s->missed[k] * sqrt(to->periods / squares) : 0;
        to->score[at] = has ? (float)s->score[k] : NAN;
    }
}

bool nodes_find_errors(const nodes_past *past, const ku_outlook *outlook, ku_arena *arena,
                       nodes_errors *out)
{
    size_t n = (size_t)past->h->nodes;
    int T = past->periods < KU_RECONCILE_PERIODS ? past->periods : KU_RECONCILE_PERIODS;
    size_t t = (size_t)T;
    scratch s = {KU_ARRAY(arena, t, double), KU_ARRAY(arena, t, double), KU_ARRAY(arena, t, int)};
    double *gram = KU_ARRAY(arena, t * t, double);
    *out = (nodes_errors){.periods = T};
    out->variance = ku_arena_try(arena, n * sizeof(double));
    out->error = ku_arena_try(arena, n * t * sizeof(double));
    out->score = ku_arena_try(arena, n * t * sizeof(float));
    if (!out->variance || !out->error || !out->score) return false;
    for (int i = 0; i < past->h->nodes; i++) errors_of(past, &outlook[i], i, out, &s);
    out->shrinkage = ku_shrink_intensity(out->error, past->h->nodes, T, gram);
    return true;
}
