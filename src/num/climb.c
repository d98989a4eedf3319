/* climb.c - see the header: searches by bfgs.h, the best of them kept. */
#include "num/climb.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "num/bfgs.h"
#include "num/linear.h"

enum { N = KU_CLIMB_UNKNOWNS, ROOM = N * N + 6 * N, STARTS = 64 };
static const double edge_width = 1e-6;

/* Minus the log-likelihood an observation, of the order of 1. */
static double badness(void *data, const double *x, double *gradient)
{
    const ku_climb_problem *p = data;
    double loglik = p->loglik(p->data, x, gradient);
    for (int i = 0; i < p->unknowns; i++) gradient[i] = -gradient[i] / p->weight;
    return isfinite(loglik) ? -loglik / p->weight : INFINITY;
}

/* From x to the end of the climb; the log-likelihood there. */
static double climb(const ku_climb_problem *p, double *x)
{
    ku_bfgs_problem search = {p->unknowns, p->lower, p->upper, badness, (void *)p};
    ku_bfgs_options options = {.evaluations = 500, .tolerance = 1e-15, .longest = 2};
    double gradient[N], hessian[N * N], factor[N * N], work[ROOM];
    ku_bfgs_hessian(&search, x, false, hessian, work);
    memcpy(factor, hessian, sizeof factor);
    if (!ku_cholesky(factor, p->unknowns, p->unknowns)) memset(hessian, 0, sizeof hessian);
    return -ku_bfgs(&search, &options, x, gradient, hessian, work).value * p->weight;
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
    int n = p->unknowns, free[N] = {0}, count = 0;
    double full[N * N], part[N * N], column[N], work[ROOM];
    ku_bfgs_problem search = {n, p->lower, p->upper, badness, (void *)p};
    ku_bfgs_hessian(&search, peak->x, false, full, work);
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
        for (int a = 0; a < count; a++)
            peak->covariance[free[a] * n + free[b]] = column[a] / p->weight;
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
    double end[N], loglik[STARTS];
    ku_climb_peak peak = {.loglik = -INFINITY, .starts = count};
    assert(n <= N && count <= STARTS);
    for (int s = 0; s < count; s++) {
        memcpy(end, starts + s * n, (size_t)n * sizeof *end);
        loglik[s] = climb(problem, end);
        if (!(loglik[s] > peak.loglik)) continue;
        peak.loglik = loglik[s];
        memcpy(peak.x, end, (size_t)n * sizeof *end);
    }
    if (!isfinite(peak.loglik)) return peak;
    for (int s = 0; s < count; s++)
        if (peak.loglik - loglik[s] <= 1e-6 * fabs(peak.loglik)) peak.agreed++;
    find_edges(problem, &peak);
    peak.converged = is_flat(problem, &peak);
    peak.curved = invert_free(problem, &peak);
    if (!peak.curved) memset(peak.covariance, 0, sizeof peak.covariance);
    return peak;
}
