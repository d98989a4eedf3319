/* levenberg.c - see the header for the method. F is handled as ln F, so that a
 * likelihood is minimised without overflow whatever the unit of the data; the normal
 * equations come divided by F, so that a step's promise is a share of F. */
#include "num/levenberg.h"

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "num/linear.h"

typedef struct state {
    const ku_levenberg_problem *problem;
    int n;
    double *matrix, *factor, *gradient, *step, *trial, *right;
    int *index; /* the free variables */
    double *x;
} state;

size_t ku_levenberg_room(int unknowns)
{
    size_t n = (size_t)unknowns;
    return 2 * n * n + 5 * n;
}

static void carve(state *s, double *work)
{
    size_t n = (size_t)s->n;
    s->matrix = work;
    s->factor = s->matrix + n * n;
    s->gradient = s->factor + n * n;
    s->step = s->gradient + n;
    s->trial = s->step + n;
    s->right = s->trial + n;
    s->index = (int *)(void *)(s->right + n); /* an int fits where a double does */
}

/* Variables not held at a bound by the gradient; their number. */
static int free_variables(state *s)
{
    int count = 0;
    for (int i = 0; i < s->n; i++) {
        bool low = s->x[i] <= s->problem->lower[i] && s->gradient[i] >= 0;
        bool high = s->x[i] >= s->problem->upper[i] && s->gradient[i] <= 0;
        s->step[i] = 0;
        if (!low && !high) s->index[count++] = i;
    }
    return count;
}

static double entry(const state *s, int i, int j)
{
    return i >= j ? s->matrix[(size_t)i * (size_t)s->n + (size_t)j]
                  : s->matrix[(size_t)j * (size_t)s->n + (size_t)i];
}

/* Solves the damped system for the `count` free variables, the others' steps given. */
static bool solve(state *s, int count, double damping)
{
    for (int a = 0; a < count; a++) {
        int i = s->index[a];
        double right = -s->gradient[i];
        for (int j = 0; j < s->n; j++)
            if (s->step[j] != 0) right -= entry(s, i, j) * s->step[j];
        s->right[a] = right;
        double *row = s->factor + (size_t)a * (size_t)s->n;
        for (int b = 0; b <= a; b++) row[b] = entry(s, i, s->index[b]);
        row[a] += damping * fmax(row[a], 1e-10);
    }
    if (!ku_cholesky(s->factor, count, s->n)) return false;
    ku_cholesky_solve(s->factor, count, s->n, s->right);
    return true;
}

/* Moves free variables whose step leaves the bounds onto them; how many remain free. */
static int fix_at_bounds(state *s, int count)
{
    int kept = 0;
    for (int a = 0; a < count; a++) {
        int i = s->index[a];
        double to = s->x[i] + s->right[a];
        if (to < s->problem->lower[i])
            s->step[i] = s->problem->lower[i] - s->x[i];
        else if (to > s->problem->upper[i])
            s->step[i] = s->problem->upper[i] - s->x[i];
        else
            s->index[kept++] = i;
    }
    return kept;
}

/* The step for a damping; false when the system cannot be solved. */
static bool find_step(state *s, double damping)
{
    int count = free_variables(s);
    for (;;) {
        if (!solve(s, count, damping)) return false;
        int kept = fix_at_bounds(s, count);
        if (kept == count) break;
        count = kept;
    }
    for (int a = 0; a < count; a++) s->step[s->index[a]] = s->right[a];
    return true;
}

/* By what share of F the quadratic model says the step lowers it. */
static double promise(const state *s)
{
    double linear = 0, square = 0;
    for (int i = 0; i < s->n; i++) {
        const double *row = s->matrix + (size_t)i * (size_t)s->n;
        double half = 0.5 * row[i] * s->step[i];
        for (int j = 0; j < i; j++) half += row[j] * s->step[j];
        linear += s->gradient[i] * s->step[i];
        square += 2 * half * s->step[i];
    }
    return -(2 * linear + square);
}

static double try_step(state *s)
{
    for (int i = 0; i < s->n; i++) {
        double to = s->x[i] + s->step[i];
        s->trial[i] = fmin(fmax(to, s->problem->lower[i]), s->problem->upper[i]);
    }
    return s->problem->value(s->problem->data, s->trial);
}

ku_levenberg_result ku_levenberg(const ku_levenberg_problem *problem,
                                 const ku_levenberg_options *options, double *x, double *work)
{
    state s = {.problem = problem, .n = problem->unknowns, .x = x};
    carve(&s, work);
    ku_levenberg_result result = {problem->value(problem->data, x), 0};
    if (!isfinite(result.value)) return (ku_levenberg_result){INFINITY, 0};
    double damping = 1e-3, growth = 2;
    bool fresh = true;
    while (result.iterations < options->iterations) {
        if (fresh) problem->normal(problem->data, x, s.matrix, s.gradient);
        fresh = false;
        result.iterations++;
        double promised = find_step(&s, damping) ? promise(&s) : -1;
        if (promised >= 0 && promised < options->tolerance) break;
        double value = promised > 0 ? try_step(&s) : INFINITY;
        double gain = -expm1(value - result.value); /* the share of F really saved */
        if (value < result.value) {
            double ratio = gain / promised, t = 2 * ratio - 1;
            memcpy(x, s.trial, (size_t)s.n * sizeof *x);
            result.value = value;
            damping *= fmax(1.0 / 3, 1 - t * t * t);
            growth = 2;
            fresh = true;
            /* What further steps can save is of the order of what this one did. */
            if (result.value - 5 * gain > options->good_enough && gain < 0.02) break;
            if (gain < 0.1 * options->tolerance) break;
        } else {
            damping *= growth;
            growth *= 2;
            if (damping > 1e16) break;
        }
    }
    return result;
}
