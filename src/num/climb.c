/* climb.c - see the header. The search minimises ln F with F = exp(-2 loglik / weight), of
 * which levenberg.h asks for half the gradient and half the curvature: those of
 * -loglik / weight. Where the curvature is not positive definite a multiple of the identity
 * is added, which turns the step towards the steepest ascent. */
#include "num/climb.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "num/levenberg.h"
#include "num/linear.h"

enum { N = KU_CLIMB_UNKNOWNS, ROOM = 2 * N * N + 6 * N };
static const double edge_width = 1e-6;

static double value(void *data, const double *x)
{
    const ku_climb_problem *p = data;
    double loglik = p->loglik(p->data, x, NULL);
    return isfinite(loglik) ? -2 * loglik / p->weight : INFINITY;
}

/* Minus the second derivatives of the log-likelihood, from central differences of its
 * gradient; a bound in the way makes the difference one-sided. */
static void curvature(const ku_climb_problem *p, const double *x, double *matrix)
{
    int n = p->unknowns;
    double up[N], down[N], at[N];
    for (int i = 0; i < n; i++) {
        double step = 1e-4 * fmax(1, fabs(x[i]));
        double high = fmin(x[i] + step, p->upper[i]), low = fmax(x[i] - step, p->lower[i]);
        memcpy(at, x, (size_t)n * sizeof *at);
        at[i] = high;
        p->loglik(p->data, at, up);
        at[i] = low;
        p->loglik(p->data, at, down);
        for (int j = 0; j < n; j++) matrix[i * n + j] = -(up[j] - down[j]) / (high - low);
    }
    for (int i = 0; i < n; i++)
        for (int j = 0; j < i; j++)
            matrix[i * n + j] = matrix[j * n + i] = (matrix[i * n + j] + matrix[j * n + i]) / 2;
}

/* Adds to the diagonal until the matrix is positive definite. */
static void make_definite(double *matrix, int n)
{
    double largest = 0, shift = 0, trial[N * N];
    for (int i = 0; i < n * n; i++) {
        if (!isfinite(matrix[i])) matrix[i] = 0;
        largest = fmax(largest, fabs(matrix[i]));
    }
    if (largest == 0) largest = 1;
    for (int tries = 0; tries < 60; tries++) {
        memcpy(trial, matrix, (size_t)(n * n) * sizeof *trial);
        for (int i = 0; i < n; i++) trial[i * n + i] += shift;
        if (ku_cholesky(trial, n, n)) break;
        shift = shift == 0 ? 1e-6 * largest : 4 * shift;
    }
    for (int i = 0; i < n; i++) matrix[i * n + i] += shift;
}

static void normal(void *data, const double *x, double *matrix, double *gradient)
{
    const ku_climb_problem *p = data;
    int n = p->unknowns;
    p->loglik(p->data, x, gradient);
    curvature(p, x, matrix);
    for (int i = 0; i < n; i++) gradient[i] = -gradient[i] / p->weight;
    for (int i = 0; i < n * n; i++) matrix[i] /= p->weight;
    make_definite(matrix, n);
}

static void find_edges(const ku_climb_problem *p, ku_climb_peak *peak)
{
    for (int i = 0; i < p->unknowns; i++) {
        peak->edge[i] = peak->x[i] - p->lower[i] < edge_width ||
                        p->upper[i] - peak->x[i] < edge_width;
        peak->at_edge = peak->at_edge || peak->edge[i];
    }
}

/* The curvature's inverse in the free directions; false where it is none. */
static bool invert_free(const ku_climb_problem *p, ku_climb_peak *peak)
{
    int n = p->unknowns, free[N], count = 0;
    double full[N * N], part[N * N], column[N];
    curvature(p, peak->x, full);
    for (int i = 0; i < n; i++)
        if (!peak->edge[i]) free[count++] = i;
    for (int a = 0; a < count; a++)
        for (int b = 0; b < count; b++) part[a * count + b] = full[free[a] * n + free[b]];
    for (int a = 0; a < count * count; a++)
        if (!isfinite(part[a])) return false;
    if (!ku_cholesky(part, count, count)) return false;
    for (int b = 0; b < count; b++) {
        memset(column, 0, sizeof column);
        column[b] = 1;
        ku_cholesky_solve(part, count, count, column);
        for (int a = 0; a < count; a++) peak->covariance[free[a] * n + free[b]] = column[a];
    }
    return true;
}

/* Is there nothing more to win? In the free directions the gradient must be small beside
 * what an observation tells. */
static bool is_flat(const ku_climb_problem *p, const ku_climb_peak *peak)
{
    double gradient[N];
    p->loglik(p->data, peak->x, gradient);
    for (int i = 0; i < p->unknowns; i++)
        if (!peak->edge[i] && !(fabs(gradient[i]) <= 1e-5 * p->weight)) return false;
    return true;
}

ku_climb_peak ku_climb(const ku_climb_problem *problem, const double *starts, int count)
{
    int n = problem->unknowns;
    double room[ROOM], end[N], loglik[64];
    ku_levenberg_problem search = {n,     problem->lower, problem->upper,
                                   value, normal,         (void *)problem};
    ku_levenberg_options options = {200, 1e-14, INFINITY};
    ku_climb_peak peak = {.loglik = -INFINITY, .starts = count};
    for (int s = 0; s < count && s < 64; s++) {
        memcpy(end, starts + s * n, (size_t)n * sizeof *end);
        double least = ku_levenberg(&search, &options, end, room).value;
        loglik[s] = isfinite(least) ? -least * problem->weight / 2 : -INFINITY;
        if (loglik[s] <= peak.loglik) continue;
        peak.loglik = loglik[s];
        memcpy(peak.x, end, (size_t)n * sizeof *end);
    }
    if (!isfinite(peak.loglik)) return peak;
    for (int s = 0; s < count && s < 64; s++)
        if (peak.loglik - loglik[s] <= 1e-6 * fabs(peak.loglik)) peak.agreed++;
    find_edges(problem, &peak);
    peak.converged = is_flat(problem, &peak);
    peak.curved = invert_free(problem, &peak);
    if (!peak.curved) memset(peak.covariance, 0, sizeof peak.covariance);
    return peak;
}
