/* nelder.c - a simplex of n + 1 corners walks downhill by moving its worst corner through
 * the middle of the others. */
#include "num/nelder.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

static const double huge = 1e35; /* where x is not allowed, after the start */

typedef struct simplex {
    ku_nelder_fn *fn;
    void *data;
    int n, calls;
    double *corner; /* n + 1 of n */
    double *value;  /* n + 1 */
    double *middle, *trial, *further;
    int best, worst;
    double size; /* the smallest the simplex was after a shrinkage */
} simplex;

size_t ku_nelder_room(int unknowns)
{
    size_t n = (size_t)unknowns;
    return (n + 1) * n + (n + 1) + 3 * n;
}

static double evaluate(simplex *s, const double *x)
{
    double value = s->fn(s->data, x);
    s->calls++;
    return isfinite(value) ? value : huge;
}

static double *corner(const simplex *s, int j)
{
    return s->corner + (size_t)j * (size_t)s->n;
}

static void build(simplex *s, const double *x)
{
    double step = 0;
    for (int i = 0; i < s->n; i++) step = fmax(step, 0.1 * fabs(x[i]));
    if (step == 0) step = 0.1;
    s->size = 0;
    for (int j = 0; j <= s->n; j++) {
        memcpy(corner(s, j), x, (size_t)s->n * sizeof *x);
        if (j == 0) continue;
        double further = step;
        for (; corner(s, j)[j - 1] == x[j - 1]; further *= 10)
            corner(s, j)[j - 1] = x[j - 1] + further;
        s->size += further;
    }
    s->best = 0;
}

static void evaluate_corners(simplex *s)
{
    for (int j = 0; j <= s->n; j++)
        if (j != s->best) s->value[j] = evaluate(s, corner(s, j));
}

static void rank(simplex *s)
{
    int start = s->best;
    s->worst = start;
    for (int j = 0; j <= s->n; j++) {
        if (j == start) continue;
        if (s->value[j] < s->value[s->best]) s->best = j;
        if (s->value[j] > s->value[s->worst]) s->worst = j;
    }
}

static void replace_worst(simplex *s, const double *x, double value)
{
    memcpy(corner(s, s->worst), x, (size_t)s->n * sizeof *x);
    s->value[s->worst] = value;
}

/* All corners half way to the best one. False when that made nothing smaller. */
static bool shrink(simplex *s)
{
    double size = 0;
    const double *best = corner(s, s->best);
    for (int j = 0; j <= s->n; j++)
        for (int i = 0; j != s->best && i < s->n; i++) {
            double *x = &corner(s, j)[i];
            *x = 0.5 * (*x - best[i]) + best[i];
            size += fabs(*x - best[i]);
        }
    if (!(size < s->size)) return false;
    s->size = size;
    return true;
}

/* Moves the worst corner. False when only shrinking helps. */
static bool move(simplex *s)
{
    for (int i = 0; i < s->n; i++) {
        double sum = -corner(s, s->worst)[i];
        for (int j = 0; j <= s->n; j++) sum += corner(s, j)[i];
        s->middle[i] = sum / s->n;
        s->trial[i] = 2 * s->middle[i] - corner(s, s->worst)[i];
    }
    double before = s->value[s->worst], reflected = evaluate(s, s->trial);
    if (reflected < s->value[s->best]) {
        for (int i = 0; i < s->n; i++) s->further[i] = 2 * s->trial[i] - s->middle[i];
        double expanded = evaluate(s, s->further);
        bool farther = expanded < reflected;
        replace_worst(s, farther ? s->further : s->trial, farther ? expanded : reflected);
        return true;
    }
    if (reflected < before) replace_worst(s, s->trial, reflected);
    for (int i = 0; i < s->n; i++) s->trial[i] = 0.5 * corner(s, s->worst)[i] + 0.5 * s->middle[i];
    double contracted = evaluate(s, s->trial);
    if (contracted < s->value[s->worst]) {
        replace_worst(s, s->trial, contracted);
        return true;
    }
    return reflected < before;
}

double ku_nelder(ku_nelder_fn *fn, void *data, int unknowns, double tolerance, int evaluations,
                 double *x, double *room)
{
    size_t n = (size_t)unknowns;
    simplex s = {.fn = fn, .data = data, .n = unknowns, .corner = room};
    s.value = s.corner + (n + 1) * n;
    s.middle = s.value + n + 1;
    s.trial = s.middle + n;
    s.further = s.trial + n;
    double first = fn(data, x), close = tolerance * (fabs(first) + tolerance);
    s.calls = 1;
    build(&s, x);
    s.value[0] = first;
    for (bool fresh = true; s.calls <= evaluations;) {
        if (fresh) evaluate_corners(&s);
        rank(&s);
        if (s.value[s.worst] <= s.value[s.best] + close) break;
        fresh = !move(&s);
        if (fresh && !shrink(&s)) break;
    }
    memcpy(x, corner(&s, s.best), n * sizeof *x);
    return s.value[s.best];
}
