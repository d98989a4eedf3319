/* geometric.h - what the models share in which a customer may leave after each purchase:
 * the number of purchases is geometric. Owns nothing, allocates nothing.
 *
 * Rates are Gamma(r, alpha) among customers, the probability to leave after a purchase is
 * Beta(a, b). BG/NBD (Fader, Hardie & Lee 2005, Marketing Science 24) counts the occasions
 * to leave from the first repeat purchase on, MBG/NBD (Batislam, Denizel & Filiztekin 2007,
 * International Journal of Research in Marketing 24) from the purchase that made them
 * customers: the only difference is `first`, 0 or 1 occasions more than repeat purchases. */
#ifndef KU_CUSTOMERS_GEOMETRIC_H
#define KU_CUSTOMERS_GEOMETRIC_H

#include "customers/model.h"

enum { KU_GEOMETRIC_R, KU_GEOMETRIC_ALPHA, KU_GEOMETRIC_A, KU_GEOMETRIC_B, KU_GEOMETRIC_COUNT };

/* The functions of ku_buying_model with `first` before all. */
void ku_geometric_start(const ku_buyers *buyers, int which, double *parameter);
double ku_geometric_loglik(int first, const double *parameter, const ku_buyers *buyers, size_t from,
                           size_t to, double *gradient);
void ku_geometric_alive(int first, const double *parameter, const ku_buyers *buyers, size_t from,
                        size_t to, double *out);
void ku_geometric_expected(int first, const double *parameter, const ku_buyers *buyers, size_t from,
                           size_t to, double t, double *out);
double ku_geometric_expected_new(int first, const double *parameter, double t);
int ku_geometric_draw(int first, const double *parameter, double x, double t_x, double T, double t,
                      ku_rng *rng, double *times, int most);

/* Purchases expected in the next t of someone who is a customer, with rate Gamma(r, alpha)
 * and probability to leave Beta(a, b), all > 0, t >= 0: the integral over p of
 * [1 - (alpha / (alpha + p t))^r] / p. Relative error about 1e-12. */
double ku_geometric_future(double r, double alpha, double a, double b, double t);

#endif
