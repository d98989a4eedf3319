/* bfgs.c - see the header for the method.
 *
 * Near the minimum the value says nothing any more: what a step promises drowns in its last
 * bits. A step is therefore also accepted when the value stays within rounding and the
 * gradient along the step has become smaller. */
#include "num/bfgs.h"

#include <math.h>
#include <string.h>

#include "num/linear.h"

typedef struct state {
    const ku_bfgs_problem *problem;
    const ku_bfgs_options *options;
    int n;
    double value;
    double *x, *gradient, *hessian;
    double *factor, *step, *trial, *trial_gradient, *right, *curved;
    int *index; /* the free variables */
    int evaluations, updates;
} state;

size_t ku_bfgs_room(int unknowns)
{
    size_t n = (size_t)unknowns;
    return n * n + 6 * n;
}

static void carve(state *s, double *work)
{
    size_t n = (size_t)s->n;
    s->factor = work;
    s->step = s->factor + n * n;
    s->trial = s->step + n;
    s->trial_gradient = s->trial + n;
    s->right = s->trial_gradient + n;
    s->curved = s->right + n;
    s->index = (int *)(void *)(s->curved + n); /* an int fits where a double does */
}

static double dot(const double *a, const double *b, int n)
{
    double sum = 0;
    for (int i = 0; i < n; i++) sum += a[i] * b[i];
    return sum;
}

static double evaluate(state *s, const double *x, double *gradient)
{
    s->evaluations++;
    double value = s->problem->value(s->problem->data, x, gradient);
    bool finite = isfinite(value);
    for (int i = 0; i < s->n; i++) finite = finite && isfinite(gradient[i]);
    return finite ? value : INFINITY;
}

/* A diagonal with which the first step moves the steepest variable by a fifth. */
static void forget_curvature(state *s)
{
    double largest = 0;
    for (int i = 0; i < s->n; i++) largest = fmax(largest, fabs(s->gradient[i]));
    memset(s->hessian, 0, (size_t)(s->n * s->n) * sizeof *s->hessian);
    for (int i = 0; i < s->n; i++) s->hessian[i * s->n + i] = largest > 0 ? 5 * largest : 1;
    s->updates = 0;
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

/* The quasi-Newton step of the free variables; false when the curvature is spoilt. */
static bool solve(state *s, int count)
{
    for (int a = 0; a < count; a++) {
        s->right[a] = -s->gradient[s->index[a]];
        for (int b = 0; b <= a; b++)
            s->factor[a * s->n + b] = s->hessian[s->index[a] * s->n + s->index[b]];
    }
    if (!ku_cholesky(s->factor, count, s->n)) return false;
    ku_cholesky_solve(s->factor, count, s->n, s->right);
    for (int a = 0; a < count; a++) {
        if (!isfinite(s->right[a])) return false;
        s->step[s->index[a]] = s->right[a];
    }
    return true;
}

/* The step to try, of bounded length; by how much it promises to lower the value. */
static double find_step(state *s)
{
    int count = free_variables(s);
    if (count == 0) return 0;
    if (!solve(s, count)) {
        forget_curvature(s);
        if (!solve(s, count)) return 0;
    }
    double promise = -dot(s->gradient, s->step, s->n) / 2, largest = 0;
    for (int i = 0; i < s->n; i++) largest = fmax(largest, fabs(s->step[i]));
    double share = largest > s->options->longest ? s->options->longest / largest : 1;
    for (int i = 0; i < s->n; i++) s->step[i] *= share;
    return promise;
}

/* trial = x + share of the step, within the bounds; returns its slope. */
static double place_trial(state *s, double share)
{
    double slope = 0;
    for (int i = 0; i < s->n; i++) {
        double to = s->x[i] + share * s->step[i];
        s->trial[i] = fmin(fmax(to, s->problem->lower[i]), s->problem->upper[i]);
        slope += s->gradient[i] * (s->trial[i] - s->x[i]);
    }
    return slope;
}

/* Backtracks until the value is lower, or not to be told from it with a smaller slope. */
static bool search_line(state *s, double *value)
{
    double share = 1, noise = 1e-14 * (1 + fabs(s->value));
    while (s->evaluations < s->options->evaluations) {
        double slope = place_trial(s, share);
        if (!(slope < 0)) return false;
        *value = evaluate(s, s->trial, s->trial_gradient);
        if (*value <= s->value + 1e-4 * slope) return true;
        double end = 0;
        for (int i = 0; i < s->n; i++) end += s->trial_gradient[i] * (s->trial[i] - s->x[i]);
        if (*value <= s->value + noise && fabs(end) <= 0.9 * fabs(slope)) return true;
        /* The minimum of the parabola through both values and the slope. */
        double best = -slope / (2 * (*value - s->value - slope));
        share *= isfinite(*value) ? fmin(fmax(best, 0.1), 0.5) : 0.1;
        if (share < 1e-12) return false;
    }
    return false;
}

/* The damped update of the Hessian with the step taken; right and trial are spoilt. */
static void update(state *s)
{
    int n = s->n;
    double *taken = s->right, *change = s->trial;
    for (int i = 0; i < n; i++) {
        taken[i] = s->trial[i] - s->x[i];
        change[i] = s->trial_gradient[i] - s->gradient[i];
    }
    double across = dot(taken, change, n), square = dot(change, change, n);
    if (s->updates++ == 0 && across > 0) { /* the size of the curvature, once it is known */
        memset(s->hessian, 0, (size_t)(n * n) * sizeof *s->hessian);
        for (int i = 0; i < n; i++) s->hessian[i * n + i] = square / across;
    }
    for (int i = 0; i < n; i++) s->curved[i] = dot(s->hessian + i * n, taken, n);
    double size = dot(taken, s->curved, n);
    if (!(size > 0)) return;
    if (across < 0.2 * size) {
        double keep = 0.8 * size / (size - across);
        for (int i = 0; i < n; i++) change[i] = keep * change[i] + (1 - keep) * s->curved[i];
        across = dot(taken, change, n);
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < n; j++)
            s->hessian[i * n + j] += change[i] * change[j] / across -
                                     s->curved[i] * s->curved[j] / size;
}

static void accept(state *s, double value)
{
    size_t bytes = (size_t)s->n * sizeof *s->x;
    double *to = s->step; /* not needed any more */
    memcpy(to, s->trial, bytes);
    update(s);
    memcpy(s->x, to, bytes);
    memcpy(s->gradient, s->trial_gradient, bytes);
    s->value = value;
}

ku_bfgs_result ku_bfgs(const ku_bfgs_problem *problem, const ku_bfgs_options *options, double *x,
                       double *gradient, double *hessian, double *work)
{
    state s = {.problem = problem, .options = options, .n = problem->unknowns};
    s.x = x, s.gradient = gradient, s.hessian = hessian;
    carve(&s, work);
    s.value = evaluate(&s, x, gradient);
    if (!isfinite(s.value)) return (ku_bfgs_result){INFINITY, s.evaluations, false};
    if (hessian[0] > 0)
        s.updates = s.n;
    else
        forget_curvature(&s);
    bool converged = false, fresh = false;
    while (!converged && s.evaluations < options->evaluations) {
        if (options->enough != NULL && s.value < *options->enough) break;
        double value, promise = find_step(&s);
        converged = promise < options->tolerance && (s.updates >= s.n || promise == 0);
        if (converged) break;
        if (search_line(&s, &value)) {
            accept(&s, value);
            fresh = false;
        } else if (!fresh) { /* the curvature misleads: once more without it */
            forget_curvature(&s);
            fresh = true;
        } else {
            break;
        }
    }
    return (ku_bfgs_result){s.value, s.evaluations, converged};
}

void ku_bfgs_hessian(const ku_bfgs_problem *problem, const double *x, bool rough, double *hessian,
                     double *work)
{
    int n = problem->unknowns;
    double *at = work, *up = work + n, *down = work + 2 * n;
    memcpy(at, x, (size_t)n * sizeof *at);
    if (rough) problem->value(problem->data, x, down);
    for (int i = 0; i < n; i++) {
        double step = 1e-4 * fmax(1, fabs(x[i])), low = x[i];
        double high = fmin(x[i] + step, problem->upper[i]);
        if (!rough || high <= low) { /* at the upper bound to the other side */
            low = fmax(x[i] - step, problem->lower[i]);
            at[i] = low;
            problem->value(problem->data, at, down);
        }
        at[i] = high;
        problem->value(problem->data, at, up);
        for (int j = 0; j < n; j++) hessian[i * n + j] = (up[j] - down[j]) / (high - low);
        if (rough && low < x[i]) problem->value(problem->data, x, down);
        at[i] = x[i];
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            hessian[i * n + j] = hessian[j * n + i] = (hessian[i * n + j] + hessian[j * n + i]) / 2;
}
