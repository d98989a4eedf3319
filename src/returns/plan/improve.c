/* improve.c - the best amounts under limits.
 *
 * Step by step the mean outcome is replaced by a line bent down separately in each cell, which
 * ku_quadratic_solve can maximise under all limits at once. The bend of cell i is that of the
 * outcome along the direction v of all amounts together, -(H v)_i / v_i for the matrix H of
 * second derivatives. Where more money anywhere makes money elsewhere worth less (concave
 * curves, adstock), all elements of -H are at least 0 and so the parabola lies below the
 * outcome everywhere near: every step gains (Lange, Hunter & Yang 2000, J. Comput. Graph. Stat.
 * 9, optimization transfer; the bound of de Pierro 1995). At the end marginal returns are equal
 * wherever no limit stands in the way. Curves that bend up first have several such ends. */
#include <math.h>
#include <string.h>

#include "returns/plan/plan_internal.h"
#include "returns/plan/quadratic.h"

enum { STEPS = 60, HALVINGS = 12 };
static const double nudge = 1e-4; /* of the amounts, to see the bend */

typedef struct search {
    ku_plan_model *model;
    const ku_plan_limits *limits;
    ku_arena *arena; /* for one step */
    int every, cells;
    double *gain, *near_gain, *bend, *next, *trial, *floor, *prices;
} search;

static ku_quadratic parabola(const search *s, const double *gain, const double *bend,
                             const double *centre)
{
    const ku_plan_limits *l = s->limits;
    return (ku_quadratic){.cells = s->cells,
                          .rows = l->rows,
                          .gain = gain,
                          .bend = bend,
                          .centre = centre,
                          .low = l->low,
                          .high = l->high,
                          .start = l->start,
                          .row = l->row,
                          .least = l->least,
                          .most = l->most};
}

static double mean(const double *x, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += x[i];
    return n > 0 ? sum / n : 0;
}

/* Whether amounts satisfy the limits to the unit, once they are within the bounds of cells. */
static bool are_within(const search *s, double *amount)
{
    const ku_plan_limits *l = s->limits;
    double *sum = KU_ARRAY(s->model->arena, (size_t)l->rows + 1, double);
    for (int i = 0; i < s->cells; i++) {
        amount[i] = fmin(fmax(amount[i], l->low[i]), l->high[i]);
        for (int at = l->start[i]; at < l->start[i + 1]; at++) sum[l->row[at]] += amount[i];
    }
    for (int k = 0; k < l->rows; k++)
        if (sum[k] < l->least[k] - 1 || sum[k] > l->most[k] + 1) return false;
    return true;
}

/* The amounts within the limits nearest to those given. Limits that leave no room at all may
 * give the search for them nothing to hold on to; amounts that satisfy them already will do. */
static bool into_limits(search *s, double *amount)
{
    for (int i = 0; i < s->cells; i++) {
        s->gain[i] = 0;
        s->bend[i] = 1 / (fabs(amount[i]) + mean(amount, s->cells) + 1e-9);
    }
    ku_quadratic q = parabola(s, s->gain, s->bend, amount);
    ku_arena_reset(s->arena);
    if (!ku_quadratic_solve(&q, s->arena, s->next, NULL)) return are_within(s, amount);
    memcpy(amount, s->next, (size_t)s->cells * sizeof *amount);
    return true;
}

static void find_bend(search *s, const double *amount)
{
    double typical = mean(amount, s->cells), steepest = 0;
    for (int i = 0; i < s->cells; i++) {
        s->floor[i] = fmax(amount[i], 0) + 0.05 * typical + 1e-9;
        s->trial[i] = amount[i] + nudge * s->floor[i];
        steepest = fmax(steepest, fabs(s->gain[i]));
    }
    ku_plan_gradient(s->model, s->trial, s->every, s->near_gain);
    double least = 1e-3 * steepest / (20 * typical + 1e-9) + 1e-300;
    for (int i = 0; i < s->cells; i++) {
        double bend = (s->gain[i] - s->near_gain[i]) / (nudge * s->floor[i]);
        s->bend[i] = fmax(fabs(bend), least);
    }
}

static double promise(const search *s, const double *amount)
{
    double sum = 0;
    for (int i = 0; i < s->cells; i++) sum += s->gain[i] * (s->next[i] - amount[i]);
    return sum;
}

/* Goes from `amount` towards s->next as far as it gains; leaves the gradient there. */
static bool advance(search *s, double *amount, double *value)
{
    double share = 1;
    for (int n = 0; n < HALVINGS; n++, share /= 2) {
        for (int i = 0; i < s->cells; i++)
            s->trial[i] = amount[i] + share * (s->next[i] - amount[i]);
        double found = ku_plan_gradient(s->model, s->trial, s->every, s->near_gain);
        if (found < *value) continue;
        memcpy(amount, s->trial, (size_t)s->cells * sizeof *amount);
        memcpy(s->gain, s->near_gain, (size_t)s->cells * sizeof *s->gain);
        *value = found;
        return true;
    }
    return false;
}

/* The most that the tangent at the amounts promises anywhere within the limits. */
static double gap_of(search *s, const double *amount)
{
    double steepest = 0, widest = 1e-9;
    for (int i = 0; i < s->cells; i++) {
        steepest = fmax(steepest, fabs(s->gain[i]));
        widest = fmax(widest, s->limits->high[i]);
    }
    for (int i = 0; i < s->cells; i++) s->bend[i] = 1e-7 * (steepest + 1e-9) / widest;
    ku_quadratic q = parabola(s, s->gain, s->bend, amount);
    ku_arena_reset(s->arena);
    if (!ku_quadratic_solve(&q, s->arena, s->next, s->prices)) return NAN;
    return fmax(0, promise(s, amount));
}

static search search_of(ku_plan_model *model, const ku_plan_limits *limits, int every)
{
    int cells = model->cells.cells;
    search s = {
        .model = model, .limits = limits, .arena = ku_arena_new(), .every = every, .cells = cells};
    double **own[] = {&s.gain, &s.near_gain, &s.bend, &s.next, &s.trial, &s.floor};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        *own[i] = KU_ARRAY(model->arena, (size_t)cells + 1, double);
    s.prices = KU_ARRAY(model->arena, (size_t)limits->rows + 1, double);
    return s;
}

bool ku_plan_improve(ku_plan_model *model, const ku_plan_limits *limits, int every,
                     double tolerance, double *amount, double *prices, ku_plan_best *best)
{
    search s = search_of(model, limits, every);
    bool concave = ku_plan_concave(&model->media),
         fits = s.arena != NULL && into_limits(&s, amount);
    *best = (ku_plan_best){.gap = NAN};
    if (fits) best->value = ku_plan_gradient(model, amount, every, s.gain);
    double damping = 1;
    while (fits && best->steps < STEPS && !best->converged) {
        double before = best->value, hope;
        best->steps++;
        find_bend(&s, amount);
        for (int i = 0; i < s.cells; i++) s.bend[i] *= damping;
        ku_quadratic q = parabola(&s, s.gain, s.bend, amount);
        ku_arena_reset(s.arena);
        if (!ku_quadratic_solve(&q, s.arena, s.next, s.prices)) break;
        hope = promise(&s, amount);
        if (hope <= tolerance * fabs(best->value) || !advance(&s, amount, &best->value)) {
            best->converged = true;
            break;
        }
        /* A step that kept what the parabola promised may be bolder the next time. */
        damping = best->value - before > 0.4 * hope ? fmax(damping / 2, 0.05)
                                                    : fmin(damping * 2, 4);
    }
    if (fits && prices != NULL) memcpy(prices, s.prices, (size_t)limits->rows * sizeof *prices);
    if (fits && concave) best->gap = gap_of(&s, amount);
    ku_arena_free(s.arena);
    return fits;
}
