/* ratio.h - whether the arms of a test have the shares of units that they should have. If not,
 * assignment or counting is broken, and nothing else the test says can be trusted. Owns nothing. */
#ifndef KU_RETURNS_RATIO_H
#define KU_RETURNS_RATIO_H

/* The chance of counts as far from the shares as these, if assignment was right: Pearson's
 * chi-square with arms - 1 degrees of freedom. NAN with no unit. share[arms] adds up to 1. */
double ku_ab_ratio_p(const double *units, const double *share, int arms);

/* ln of the evidence that the shares are others: the Bayes factor of a Dirichlet prior about the
 * shares, worth `weight` units, over them. Where the shares are right it exceeds -ln(alpha) at
 * any look ever with a chance of alpha at most (Lindon & Malek 2022, Anytime-valid inference for
 * multinomial count data, NeurIPS 35, eq. 4 and theorem 1). */
double ku_ab_ratio_evidence(const double *units, const double *share, int arms, double weight);

#endif
