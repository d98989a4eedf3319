/* hyper.h - Gauss' hypergeometric function ₂F₁ on [0, 1), as its logarithm, with
 * derivatives. Owns nothing, allocates nothing, safe from any thread. */
#ifndef KU_NUM_HYPER_H
#define KU_NUM_HYPER_H

/* A value of the power series sum of (a)_n (b)_n / (c)_n z^n / n!. */
typedef struct ku_hyper_sum {
    double value;            /* INFINITY where it does not fit: use ku_log_hyper */
    double by_a, by_b, by_c; /* its derivatives */
    int terms;
} ku_hyper_sum;

/* The series itself (Abramowitz & Stegun 1964, 15.1.1): any real a and b, c > 0 and
 * 0 <= z < 1. Meant for z that is not close to 1 or c large beside a and b: of n terms at
 * the end each is z times the one before. With a or b not above 0 terms change sign; the
 * caller sees to it that they do not cancel. */
ku_hyper_sum ku_hyper_series(double a, double b, double c, double z);

/* ln ₂F₁(a, b; c; z) for a, b >= 0, c > 0, 0 <= z < 1, whatever its size: all terms are
 * positive. Euler's transformation (15.3.3) is taken where it makes them smaller. Unless
 * `by` is NULL, by[0], by[1], by[2] become the derivatives by a, b and c. */
double ku_log_hyper(double a, double b, double c, double z, double by[3]);

#endif
