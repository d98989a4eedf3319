/* contract_internal.h - what the files of this folder share. Owns nothing. */
#ifndef KU_CUSTOMERS_CONTRACT_INTERNAL_H
#define KU_CUSTOMERS_CONTRACT_INTERNAL_H

#include "customers/contract/contract.h"

/* ln of the share who renew the t-th time, t >= 1 and not necessarily whole:
 * S(t) / S(t - 1). */
double ku_contract_log_retention(double gamma, double delta, double c, double t);
/* ln of S(to) / S(from), to >= from >= 0. */
double ku_contract_log_survival(double gamma, double delta, double c, double from, double to);
/* The sum over k = 1 .. horizon of S(from + k) / S(from) x (1 + rate)^(1 - k); INFINITY where
 * it has no end. */
double ku_contract_future(double gamma, double delta, double c, double from, double rate,
                          double horizon);

#endif
