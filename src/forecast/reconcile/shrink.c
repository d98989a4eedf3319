/* shrink.c - the shrinkage intensity without ever writing down a correlation matrix.
 *
 * It is the sum over all pairs i <> j of the variance of the estimated correlation, over
 * the sum of the squared correlations:
 *   Var r_ij = (sum_t x_it^2 x_jt^2 - T r_ij^2) / (T (T - 1)),   r_ij = sum_t x_it x_jt / T.
 * Both sums over pairs are traces: with the T x T matrix G = X'X, sum_ij r_ij^2 is
 * |G|^2 / T^2, and the sum over pairs of sum_t x_it^2 x_jt^2 is sum_t G_tt^2. What the
 * pairs i = j bring is taken off again. */
#include "forecast/reconcile/shrink.h"

#include <stddef.h>

/* gram = X'X, both triangles, in blocks of nodes that fit into the cache. */
static void products(const double *x, int nodes, int periods, double *gram)
{
    enum { BLOCK = 256 };
    for (int k = 0; k < periods * periods; k++) gram[k] = 0;
    for (int from = 0; from < nodes; from += BLOCK) {
        int to = from + BLOCK < nodes ? from + BLOCK : nodes;
        for (int t = 0; t < periods; t++)
            for (int u = 0; u <= t; u++) {
                const double *a = x + (size_t)t * (size_t)nodes;
                const double *b = x + (size_t)u * (size_t)nodes;
                double sum = 0;
                for (int i = from; i < to; i++) sum += a[i] * b[i];
                gram[t * periods + u] += sum;
            }
    }
    for (int t = 0; t < periods; t++)
        for (int u = 0; u < t; u++) gram[u * periods + t] = gram[t * periods + u];
}

double ku_shrink_intensity(const double *error, int nodes, int periods, double *gram)
{
    double T = periods, square = 0, trace = 0, fourth = 0, own = 0;
    if (periods < 2) return 1;
    products(error, nodes, periods, gram);
    for (int t = 0; t < periods; t++) {
        trace += gram[t * periods + t] * gram[t * periods + t];
        for (int u = 0; u < periods; u++) square += gram[t * periods + u] * gram[t * periods + u];
    }
    for (int i = 0; i < nodes; i++) {
        double sum = 0;
        for (int t = 0; t < periods; t++) {
            double x = error[(size_t)t * (size_t)nodes + (size_t)i];
            sum += x * x;
            fourth += x * x * x * x;
        }
        own += sum * sum;
    }
    double correlations = (square - own) / (T * T);
    double variances = (trace - fourth - (square - own) / T) / (T * (T - 1));
    if (!(correlations > 0)) return 1;
    double share = variances / correlations;
    return share < 0 ? 0 : share > 1 ? 1 : share;
}
