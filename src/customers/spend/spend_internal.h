/* spend_internal.h - what the files of this folder share. Owns nothing. */
#ifndef KU_CUSTOMERS_SPEND_INTERNAL_H
#define KU_CUSTOMERS_SPEND_INTERNAL_H

#include "customers/spend/spend.h"

/* The log-likelihood with money, and so gamma, in units of the customers' mean. */
double ku_gamma_gamma_scaled(const ku_gamma_gamma *data, double p, double q, double gamma,
                             double *gradient);
/* Fills in mean, mean_lo and mean_hi of a Gamma-Gamma model. */
void ku_spend_describe(ku_spend *spend);
/* Level, slope, between, within and covariance of averages drawn together; mean with its
 * interval. There is at least one customer with orders > 0. */
void ku_spend_draw_together(const ku_spenders *spenders, ku_spend *spend);

#endif
