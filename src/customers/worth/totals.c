/* totals.c - totals of groups, and what is not known of them.
 *
 * Given the parameters customers are independent: their variances add up. What is not known
 * of the parameters moves all in the same direction: the derivatives of the total add up and
 * meet the covariance once. The interval is that of a lognormal, which keeps what cannot be
 * negative positive; normal where the total can be. */
#include <math.h>
#include <string.h>

#include "customers/worth/worth_internal.h"

static const double z95 = 1.959963984540054;

typedef struct sums {
    double count_chance, value_chance;   /* variances */
    double by_count[KU_BUYING_UNKNOWNS]; /* of purchases, by the unknowns */
    double by_value[KU_BUYING_UNKNOWNS];
    double by_spend[KU_SPEND_UNKNOWNS]; /* of value, by those of spend */
} sums;

static void add_customer(const ku_worth *worth, size_t i, ku_worth_total *t, sums *s)
{
    const ku_worth_inside *in = worth->inside;
    const ku_worth_one *one = &worth->one[i];
    size_t row = in->customers->row != NULL ? in->customers->row[i] : i;
    int parameters = in->fit->model->parameters;
    const ku_worth_future *f = &in->futures[in->future_of[row]];
    const float *alive_slope = in->alive_slope + row / in->step * (size_t)parameters;
    const ku_buying_covariates *c = in->customers->covariates;
    const double *covariate = c != NULL ? c->value + row * (size_t)c->columns : NULL;
    double slope[KU_BUYING_PARAMETERS]; /* of purchases over mean, by ln parameters */
    for (int p = 0; p < parameters; p++)
        slope[p] = (double)alive_slope[p] + (double)in->alive[row] * f->slope[p];
    t->customers += 1;
    t->alive += (double)one->alive;
    t->purchases += (double)one->purchases;
    t->discounted += (double)one->discounted;
    t->value += (double)one->value;
    s->count_chance += (double)one->purchases_sd * (double)one->purchases_sd;
    s->value_chance += (double)one->value_sd * (double)one->value_sd;
    ku_worth_chain(in->fit, covariate, slope, f->mean, s->by_count);
    if (!worth->money) return;
    double money = in->margin * f->discounted;
    ku_worth_chain(in->fit, covariate, slope, money * (double)one->spend, s->by_value);
    const float *spend_slope = in->spend_slope + i * KU_SPEND_UNKNOWNS;
    for (int k = 0; k < KU_SPEND_UNKNOWNS; k++)
        s->by_spend[k] += money * (double)one->alive * (double)spend_slope[k];
}

static void put_interval(double mean, double variance, bool may_lose, double *lo, double *hi)
{
    double sd = sqrt(variance);
    if (may_lose || !(mean > 0)) {
        *lo = mean - z95 * sd;
        *hi = mean + z95 * sd;
        return;
    }
    double sigma = sqrt(log1p(variance / (mean * mean)));
    *lo = mean * exp(-z95 * sigma - sigma * sigma / 2);
    *hi = mean * exp(z95 * sigma - sigma * sigma / 2);
}

static void finish(const ku_worth *worth, const sums *s, ku_worth_total *t)
{
    const ku_worth_inside *in = worth->inside;
    double count = s->count_chance + ku_worth_knowledge(in->fit, s->by_count);
    put_interval(t->purchases, count, false, &t->purchases_lo, &t->purchases_hi);
    if (!worth->money) return;
    double known = ku_worth_knowledge(in->fit, s->by_value) +
                   ku_worth_spend_knowledge(in->spend, s->by_spend);
    bool may_lose = in->spend->check.losses > 0 && in->spend->kind == KU_SPEND_DRAWN;
    t->chance = sqrt(s->value_chance);
    t->knowledge = sqrt(known);
    put_interval(t->value, s->value_chance + known, may_lose, &t->value_lo, &t->value_hi);
}

void ku_worth_totals(const ku_worth *worth, const int32_t *group, int groups,
                     ku_worth_total *totals)
{
    sums *all = KU_ARRAY(worth->inside->arena, (size_t)groups, sums);
    memset(totals, 0, (size_t)groups * sizeof *totals);
    for (size_t i = 0; i < worth->customers; i++) {
        int32_t g = group != NULL ? group[i] : 0;
        if (g >= 0 && g < groups) add_customer(worth, i, &totals[g], &all[g]);
    }
    for (int g = 0; g < groups; g++)
        if (totals[g].customers > 0) finish(worth, &all[g], &totals[g]);
}
