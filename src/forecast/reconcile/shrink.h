/* shrink.h - how far correlations estimated from few periods must be drawn towards zero.
 * Owns nothing. */
#ifndef KU_FORECAST_RECONCILE_SHRINK_H
#define KU_FORECAST_RECONCILE_SHRINK_H

/* The share (0..1) that the correlations of `nodes` series lose, from their errors in
 * `periods` periods: error[t * nodes + i] of node i in period t, scaled so that its mean
 * square over the periods is 1, or all 0 for a node without errors. Schaefer & Strimmer
 * (2005), Statistical Applications in Genetics and Molecular Biology 4(1), 32, "target D",
 * for correlations about zero as in Wickramasuriya, Athanasopoulos & Hyndman (2019). Time
 * is linear in the nodes: nodes x periods^2. `gram` holds periods^2 numbers. 1 when there
 * is nothing to estimate from. */
double ku_shrink_intensity(const double *error, int nodes, int periods, double *gram);

#endif
