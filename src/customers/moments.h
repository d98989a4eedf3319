/* moments.h - where the search for a model's parameters begins. Owns nothing. */
#ifndef KU_CUSTOMERS_MOMENTS_H
#define KU_CUSTOMERS_MOMENTS_H

#include "customers/model.h"

/* r and alpha of a gamma distribution of rates with which mean and variance of the purchases
 * are as seen if nobody leaves: Var x = m T + m^2 T^2 / r with m = r / alpha. r is kept
 * within 0.05 and 20, alpha above 0; with nothing bought or no time seen they are what one
 * purchase among all customers would give. */
void ku_buying_moments(const ku_buyers *buyers, double *r, double *alpha);

#endif
