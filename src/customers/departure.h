/* departure.h - what the models share in which a customer may leave at any moment. Owns
 * nothing, allocates nothing; every function may be called from any thread.
 *
 * Purchases come at a rate that is Gamma(r, alpha) among customers; the law of departure says
 * what share S(t) of customers is still there t after the first purchase, and with what
 * hazard -S'(t) / S(t) they leave. With R = r + x the likelihood of x purchases, the last at
 * t_x, seen for T is
 *
 *     Gamma(R) / Gamma(r) alpha^r [ (alpha + T)^-R S(T) - integral_t_x^T (alpha + u)^-R dS(u) ]:
 *
 * still a customer, or gone at some u since. Pareto/NBD and Gamma-Gompertz/NBD are two laws.
 * A model's parameters are r, alpha, then those of the law. */
#ifndef KU_CUSTOMERS_DEPARTURE_H
#define KU_CUSTOMERS_DEPARTURE_H

#include "customers/model.h"

enum { KU_DEPARTURE_R, KU_DEPARTURE_ALPHA, KU_DEPARTURE_LAW };
#define KU_DEPARTURE_PARAMETERS 3 /* of a law, at most */
#define KU_DEPARTURE_AT_ONCE    64

/* A law at one time. Derivatives are by the logarithms of its parameters. */
typedef struct ku_departure_at {
    double stay;   /* ln S */
    double hazard; /* > 0 */
    double stay_by[KU_DEPARTURE_PARAMETERS];
    double hazard_by[KU_DEPARTURE_PARAMETERS]; /* of ln hazard */
} ku_departure_at;

typedef struct ku_departure_law {
    int parameters;
    /* out[i] at each of the n <= KU_DEPARTURE_AT_ONCE times t[i] >= 0. */
    void (*at)(const double *law, const double *t, int n, ku_departure_at *out);
    /* The hazard is smooth in ln(scale + t), */
    double (*scale)(const double *law);
    /* and from t on over about this long a time; INFINITY: for ever. */
    double (*reach)(const double *law, double t);
} ku_departure_law;

/* As in ku_buying_model; `parameter` as above. */
double ku_departure_loglik(const ku_departure_law *law, const double *parameter,
                           const ku_buyers *buyers, size_t from, size_t to, double *gradient);
void ku_departure_alive(const ku_departure_law *law, const double *parameter,
                        const ku_buyers *buyers, size_t from, size_t to, double *out);
int ku_departure_draw(const ku_departure_law *law, const double *parameter,
                      double (*remaining)(const double *law, double T, ku_rng *rng), double x,
                      double t_x, double T, double t, ku_rng *rng, double *times, int most);

/* The time a customer of T is expected to stay within the next t, each moment u from now
 * counted exp(-discount u): the integral over u from 0 to t of exp(-discount u) S(T+u) / S(T).
 * t may be INFINITY where the discount is above 0. `law` parameters alone. */
double ku_departure_stay(const ku_departure_law *law, const double *parameter, double T, double t,
                         double discount);
/* The same without discount for many T, into out[rows]; `parameter` of the whole model. */
void ku_departure_stays(const ku_departure_law *law, const double *parameter, double t,
                        const double *T, size_t rows, double *out);

#endif
