/* spend.c - which model of spend holds, and what it expects of a customer. */
#include <math.h>

#include "customers/spend/spend_internal.h"
#include "num/cumulative.h"

static const double z95 = 1.959963984540054;

/* ---- the whole ---------------------------------------------------------------------------- */

/* Mean γp/(q-1) of a purchase; its interval by the delta method on the logarithm. */
void ku_spend_describe(ku_spend *s)
{
    s->mean = s->mean_lo = s->mean_hi = (double)NAN;
    if (!(s->q > 1)) return;
    double slope[] = {1, -s->q / (s->q - 1), 1}, variance = 0;
    for (int i = 0; i < 3; i++)
        for (int j = 0; j < 3; j++)
            variance += slope[i] * slope[j] * s->covariance[KU_SPEND_UNKNOWNS * i + j];
    double reach = exp(z95 * sqrt(fmax(variance, 0)));
    s->mean = s->gamma * s->p / (s->q - 1);
    s->mean_lo = s->mean / reach;
    s->mean_hi = s->mean * reach;
}

static ku_spend_why judge_data(const ku_spend_check *check)
{
    if (check->customers - check->losses < KU_SPEND_FEWEST) return KU_SPEND_FEW;
    if (check->loss_share > KU_SPEND_LOSSES) return KU_SPEND_LOSS;
    if (check->linked) return KU_SPEND_CORRELATED;
    return KU_SPEND_HOLDS;
}

static ku_spend_why judge_fit(const ku_spend *s)
{
    if (s->at_edge || !s->converged) return KU_SPEND_FLAT;
    return s->q > 1 ? KU_SPEND_HOLDS : KU_SPEND_NO_MEAN;
}

ku_status ku_spend_estimate(const ku_spenders *spenders, ku_arena *arena, ku_spend *spend,
                            ku_error *err)
{
    const double unknown = (double)NAN;
    ku_spend s = {.p = unknown,
                  .q = unknown,
                  .gamma = unknown,
                  .se_p = unknown,
                  .se_q = unknown,
                  .se_gamma = unknown,
                  .loglik = unknown};
    s.check = ku_spend_look(spenders);
    if (!(s.check.customers > 0))
        return ku_error_set(err, KU_BAD_DATA, "spend",
                            "No customer has a purchase to average: nothing tells what a purchase "
                            "is worth.");
    ku_spend_why why = judge_data(&s.check);
    if (why != KU_SPEND_FEW && why != KU_SPEND_LOSS) {
        KU_TRY(ku_gamma_gamma_estimate(spenders, arena, &s, err));
        if (why == KU_SPEND_HOLDS) why = judge_fit(&s);
    }
    if (why != KU_SPEND_HOLDS) ku_spend_draw_together(spenders, &s);
    s.why = why;
    *spend = s;
    return KU_OK;
}

/* ---- one customer ------------------------------------------------------------------------- */

ku_spend_tail ku_spend_tail_at(const ku_spend *s, double orders)
{
    ku_spend_tail tail = {.log_orders = orders > 1 ? log(orders) : 0};
    if (s->kind == KU_SPEND_DRAWN) return tail;
    double shape = s->q + s->p * orders;
    tail.lo = 1 / ku_gamma_quantile(0.975, shape);
    tail.hi = 1 / ku_gamma_quantile(0.025, shape);
    return tail;
}

/* The customer's rate ν is Gamma(px+q, γ+xz) after his purchases, his mean p/ν; Fader &
 * Hardie (2013), eq. (5) for its expectation. */
static ku_spend_outlook expect_gamma(const ku_spend *s, const ku_spend_tail *tail, double orders,
                                     double average)
{
    double known = average > 0 ? orders : 0;
    double shape = s->q + s->p * known, scale = s->gamma + (known > 0 ? known * average : 0);
    ku_spend_outlook o = {.mean = s->p * scale / (shape - 1)};
    o.lo = s->p * scale * tail->lo;
    o.hi = s->p * scale * tail->hi;
    double width = (o.hi - o.lo) / (2 * z95);
    o.variance = shape > 2 ? o.mean * o.mean / (shape - 2) : width * width;
    /* Just above 2 the variance is finite but of a tail nobody will see. */
    o.variance = fmin(o.variance, 4 * width * width);
    o.within = (o.mean * o.mean + o.variance) / s->p;
    o.slope[0] = o.mean * (1 - s->p * known / (shape - 1));
    o.slope[1] = -o.mean * s->q / (shape - 1);
    o.slope[2] = o.mean * s->gamma / scale;
    return o;
}

/* An interval of mean and variance: that of a lognormal where all customers bring something,
 * else that of a normal. */
static void put_interval(const ku_spend *s, ku_spend_outlook *o)
{
    if (s->check.losses == 0 && o->mean > 0) {
        double sigma2 = log1p(o->variance / (o->mean * o->mean)), sigma = sqrt(sigma2);
        o->lo = o->mean * exp(-sigma2 / 2 - z95 * sigma);
        o->hi = o->mean * exp(-sigma2 / 2 + z95 * sigma);
        return;
    }
    o->lo = o->mean - z95 * sqrt(o->variance);
    o->hi = o->mean + z95 * sqrt(o->variance);
}

static ku_spend_outlook expect_drawn(const ku_spend *s, const ku_spend_tail *tail, double orders,
                                     double average)
{
    double noise = orders > 0 ? s->within / orders : (double)INFINITY;
    double all = s->between + noise;
    double own = all > 0 && isfinite(all) ? s->between / all : 0; /* credibility */
    double usual = s->level + s->slope * tail->log_orders;
    ku_spend_outlook o = {.mean = usual + (own > 0 ? own * (average - usual) : 0)};
    o.variance = s->between * (1 - own);
    o.within = s->within;
    o.slope[0] = 1 - own;
    o.slope[1] = (1 - own) * tail->log_orders;
    put_interval(s, &o);
    return o;
}

ku_spend_outlook ku_spend_expect_at(const ku_spend *s, const ku_spend_tail *tail, double orders,
                                    double average)
{
    return s->kind == KU_SPEND_GAMMA ? expect_gamma(s, tail, orders, average)
                                     : expect_drawn(s, tail, orders, average);
}

ku_spend_outlook ku_spend_expect(const ku_spend *s, double orders, double average)
{
    bool loss = s->kind == KU_SPEND_GAMMA && !(average > 0);
    ku_spend_tail tail = ku_spend_tail_at(s, loss ? 0 : orders);
    return ku_spend_expect_at(s, &tail, orders, average);
}
