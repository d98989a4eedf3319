/* brent.h - the minimum of a function of one variable between bounds. Owns nothing and
 * allocates nothing. */
#ifndef KU_NUM_BRENT_H
#define KU_NUM_BRENT_H

typedef double ku_brent_fn(void *data, double x);

/* The x within [low, high] at which fn is least, and that least value in *value (NULL: not
 * wanted). The function is first tried at `points` places (at least 3), closer to each
 * other towards `low`; around the best of them the minimum is found by Brent's method
 * (Brent 1973, Algorithms for Minimization without Derivatives, chapter 5: parabolas,
 * golden section where they fail) to `tolerance` relative to x. The bounds themselves are
 * possible answers. INFINITY marks an x that is not allowed. */
double ku_brent(ku_brent_fn *fn, void *data, double low, double high, int points, double tolerance,
                double *value);

#endif
