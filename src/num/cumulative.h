/* cumulative.h - shares below a value, and quantiles, of the gamma, the beta and the negative
 * binomial distribution. Owns nothing, allocates nothing, safe from any thread. */
#ifndef KU_NUM_CUMULATIVE_H
#define KU_NUM_CUMULATIVE_H

/* The shares of the distributions at or below x; `_above` is the rest, with its own digits.
 * Gamma with shape > 0 and scale 1: series 6.5.29 or continued fraction 6.5.31.
 * Beta(a, b), 0 <= x <= 1: continued fraction (Press et al. 2007, Numerical Recipes, 6.4.5).
 * About 13 digits. */
double ku_gamma_below(double x, double shape);
double ku_gamma_above(double x, double shape);
double ku_beta_below(double x, double a, double b);
double ku_beta_above(double x, double a, double b);
/* P(N <= n) of the negative binomial with mean r p / (1 - p): r > 0, 0 <= p < 1, n >= 0;
 * the number of purchases with a Gamma(r, α) rate in a time t has p = t / (α + t). */
double ku_gamma_poisson_below(double n, double r, double p);

/* The x below which the share p in [0, 1] lies, to about 12 digits; for the negative
 * binomial the least whole n with P(N <= n) >= share. INFINITY where there is none. */
double ku_gamma_quantile(double p, double shape);
double ku_beta_quantile(double p, double a, double b);
double ku_gamma_poisson_quantile(double share, double r, double p);

#endif
