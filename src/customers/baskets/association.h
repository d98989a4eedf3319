/* association.h - how sure it is that things are bought together more than by luck. Owns
 * nothing, allocates nothing. */
#ifndef KU_CUSTOMERS_ASSOCIATION_H
#define KU_CUSTOMERS_ASSOCIATION_H

#include <stdint.h>

/* Of `all` baskets, `a` have one thing, `b` another, `both` both of them: 0 <= both <=
 * min(a, b), a + b - both <= all. */
typedef struct ku_together {
    int64_t both, a, b, all;
} ku_together;

/* ln of the probability that at least `both` baskets have both, if the things did not care
 * for each other: Fisher's exact test, one-sided (the hypergeometric distribution's tail).
 * 0 where both = 0. To about 12 digits of the logarithm. */
double ku_together_luck(const ku_together *t);

/* The lift, both all / (a b), and where it lies at 95 %: normal on the logarithm, whose
 * variance by the delta method on the four cells of the table is
 * (1/p_ab - 1/p_a - 1/p_b + 2 p_ab / (p_a p_b) - 1) / all. NAN where a cell is empty that
 * the lift needs. */
typedef struct ku_lift {
    double value, lo, hi;
} ku_lift;
ku_lift ku_together_lift(const ku_together *t);

#endif
