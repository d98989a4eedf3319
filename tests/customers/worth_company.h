/* worth_company.h - a simulated company whose customers' later purchases are known. Owns
 * nothing. */
#ifndef KU_TESTS_WORTH_COMPANY_H
#define KU_TESTS_WORTH_COMPANY_H

#include "check.h"

#include "customers/worth/worth_internal.h"

enum { CUSTOMERS = 2000 };

typedef struct company {
    size_t n;
    double x[CUSTOMERS], t_x[CUSTOMERS], T[CUSTOMERS], weight[CUSTOMERS];
    double orders[CUSTOMERS], average[CUSTOMERS];
    double later[CUSTOMERS], money[CUSTOMERS]; /* what they really did after T */
} company;

typedef struct world {
    bool with_purchases; /* leaves upon purchases: BG/NBD with s, beta as a, b; else Pareto/NBD */
    double r, alpha, s, beta;
    double p, q, gamma;
    double longest, horizon, log_discount;
} world;

/* One customer: purchases at rate lambda until he leaves; T is when we look. */
static inline void live(const world *w, company *c, ku_rng *rng)
{
    size_t i = c->n++;
    double rate = ku_rng_gamma(rng, w->r) / w->alpha, leave = 0, end = INFINITY;
    if (w->with_purchases)
        leave = ku_rng_beta(rng, w->s, w->beta);
    else
        end = ku_rng_exponential(rng) / (ku_rng_gamma(rng, w->s) / w->beta);
    double nu = ku_rng_gamma(rng, w->q) / w->gamma, total = 0;
    double T = floor(w->longest * (0.3 + 0.7 * ku_rng_uniform(rng)) * 7) / 7;
    c->x[i] = c->t_x[i] = c->later[i] = c->money[i] = 0;
    c->T[i] = T;
    c->weight[i] = 1;
    for (double t = ku_rng_exponential(rng) / rate; t < end && t <= T + w->horizon;
         t += ku_rng_exponential(rng) / rate) {
        double spent = ku_rng_gamma(rng, w->p) / nu;
        if (t <= T) {
            c->x[i]++;
            c->t_x[i] = t;
            total += spent;
        } else {
            c->later[i]++;
            c->money[i] += spent * exp(w->log_discount * (t - T));
        }
        if (w->with_purchases && ku_rng_uniform(rng) < leave) break;
    }
    c->orders[i] = c->x[i];
    c->average[i] = c->x[i] > 0 ? total / c->x[i] : 0;
}

static const world worlds[] = {
    {true, 0.4, 6, 0.8, 2.5, 6, 4, 15, 78, 104, 0},
    {false, 0.6, 8, 0.7, 12, 6, 4, 15, 78, 104, 0},
    {true, 1.5, 3, 0.6, 4, 6, 4, 15, 52, 260, 0},
};

#endif
