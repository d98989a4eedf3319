/* loosen.c - limits that cannot all hold: which must give way, and by how much.
 *
 * Every limit on a sum gets an amount by which it may be missed on either side, at a price; the
 * cheapest way to satisfy all is one more problem for ku_quadratic_solve. What is missed then is
 * the least that can be, dear limits first kept. */
#include <math.h>
#include <string.h>

#include "returns/plan/plan_internal.h"
#include "returns/plan/quadratic.h"

/* The problem with 2 * rows further cells: 2k takes from the sum of row k, 2k + 1 adds to it. */
typedef struct elastic {
    ku_quadratic q;
    double *gain, *bend, *centre, *low, *high, *coefficient;
    int *start, *row;
} elastic;

static elastic elastic_new(const ku_plan_limits *l, int cells, ku_arena *arena)
{
    elastic e = {.gain = NULL};
    size_t all = (size_t)cells + 2 * (size_t)l->rows, members = (size_t)l->start[cells];
    double **own[] = {&e.gain, &e.bend, &e.centre, &e.low, &e.high};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        *own[i] = KU_ARRAY(arena, all + 1, double);
    e.start = KU_ARRAY(arena, all + 2, int);
    e.row = KU_ARRAY(arena, members + 2 * (size_t)l->rows + 1, int);
    e.coefficient = KU_ARRAY(arena, members + 2 * (size_t)l->rows + 1, double);
    memcpy(e.start, l->start, ((size_t)cells + 1) * sizeof *e.start);
    memcpy(e.row, l->row, members * sizeof *e.row);
    for (size_t m = 0; m < members; m++) e.coefficient[m] = 1;
    e.q = (ku_quadratic){.cells = (int)all, .rows = l->rows};
    return e;
}

static double largest_of(const ku_plan_limits *l, int cells)
{
    double sum = 1;
    for (int i = 0; i < cells; i++) sum += fabs(l->high[i]);
    for (int k = 0; k < l->rows; k++) {
        if (isfinite(l->least[k])) sum = fmax(sum, fabs(l->least[k]));
        if (isfinite(l->most[k])) sum = fmax(sum, fabs(l->most[k]));
    }
    return sum;
}

static void fill(elastic *e, const ku_plan_limits *l, int cells, const double *weight,
                 const double *amount)
{
    double largest = largest_of(l, cells);
    for (int i = 0; i < cells; i++) {
        e->low[i] = l->low[i];
        e->high[i] = l->high[i];
        e->centre[i] = fmin(fmax(amount[i], l->low[i]), l->high[i]);
        e->bend[i] = 1e-3 / largest;
    }
    for (int k = 0; k < 2 * l->rows; k++) {
        int i = cells + k, at = e->start[cells] + k;
        e->low[i] = 0;
        e->high[i] = 2 * largest;
        e->gain[i] = -weight[k / 2];
        e->bend[i] = 1e-6 * weight[k / 2] / largest;
        e->row[at] = k / 2;
        e->coefficient[at] = k % 2 == 0 ? -1 : 1;
        e->start[i + 1] = at + 1;
    }
    e->q.gain = e->gain;
    e->q.bend = e->bend;
    e->q.centre = e->centre;
    e->q.low = e->low;
    e->q.high = e->high;
    e->q.start = e->start;
    e->q.row = e->row;
    e->q.coefficient = e->coefficient;
    e->q.least = l->least;
    e->q.most = l->most;
}

int ku_plan_loosen(const ku_plan_limits *limits, int cells, const double *weight, ku_arena *arena,
                   double *least, double *most, double *amount)
{
    elastic e = elastic_new(limits, cells, arena);
    double *x = KU_ARRAY(arena, (size_t)e.q.cells + 1, double);
    double *sum = KU_ARRAY(arena, (size_t)limits->rows + 1, double);
    int changed = 0;
    fill(&e, limits, cells, weight, amount);
    if (!ku_quadratic_solve(&e.q, arena, x, NULL)) return 0;
    memcpy(amount, x, (size_t)cells * sizeof *amount);
    for (int i = 0; i < cells; i++)
        for (int at = limits->start[i]; at < limits->start[i + 1]; at++)
            sum[limits->row[at]] += x[i];
    for (int k = 0; k < limits->rows; k++) {
        bool over = sum[k] > most[k] + 0.5, under = sum[k] < least[k] - 0.5;
        if (over) most[k] = ceil(sum[k]);
        if (under) least[k] = floor(sum[k]);
        changed += over || under;
    }
    return changed;
}
