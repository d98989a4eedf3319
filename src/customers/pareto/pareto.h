/* pareto.h - what Pareto/NBD offers beyond model.h. Owns nothing. */
#ifndef KU_CUSTOMERS_PARETO_H
#define KU_CUSTOMERS_PARETO_H

#include "customers/model.h"

/* Purchases to come for ever, each counted exp(-discount u) at the time u from now: the
 * discounted expected residual transactions of Fader, Hardie & Lee (2005), RFM and CLV,
 * Journal of Marketing Research 42, eq. (2). parameter: r, alpha, s, beta; discount > 0 a
 * unit of time, compounded continuously. */
double ku_pareto_residual(const double *parameter, double x, double t_x, double T, double discount);

/* A draw of what a customer with this history is like, from the posterior. */
typedef struct ku_pareto_draw {
    double rate;  /* purchases a unit of time while he stays: lambda */
    double leave; /* rate of leaving: mu */
    double left;  /* when he left, since the first purchase; INFINITY: he has not */
} ku_pareto_draw;
ku_pareto_draw ku_pareto_draw_rates(const double *parameter, double x, double t_x, double T,
                                    ku_rng *rng);

#endif
