/* pareto_internal.h - what the files of Pareto/NBD share. Owns nothing. */
#ifndef KU_CUSTOMERS_PARETO_INTERNAL_H
#define KU_CUSTOMERS_PARETO_INTERNAL_H

#include "customers/departure.h"

enum { KU_PARETO_R, KU_PARETO_ALPHA, KU_PARETO_S, KU_PARETO_BETA, KU_PARETO_COUNT };

/* S(t) = (beta / (beta + t))^s; parameters s, beta. */
extern const ku_departure_law ku_pareto_law;

/* The time a customer of T is expected to stay within the next t: (beta + T) (1 - k^(s - 1)) /
 * (s - 1) with k = (beta + T) / (beta + T + t), and its limit at s = 1. */
double ku_pareto_stays(double s, double beta, double T, double t);

#endif
