/* money.c - what customers are worth now and what they were worth a period ago. */
#include <math.h>

#include "analyses/customers/value/value.h"
#include "base/format.h"

static const double month_days = 365.25 / 12;

/* Gamma-Gamma or what stands in for it, said in words. */
static void remark_spend(const value_case *c)
{
    const ku_spend *s = &c->money.spend;
    const ku_spend_check *k = &s->check;
    switch (s->why) {
    case KU_SPEND_CORRELATED:
        ku_run_remark(c->context, KU_WARN, "spend and frequency",
                      "Who buys twice as often pays %+.0f %% a purchase (%+.0f to %+.0f %%), so the"
                      " Gamma-Gamma model of spend, for which the two have nothing to do with each"
                      " other, does not hold (correlation %.2f). Averages are drawn towards those"
                      " of customers who buy as often.",
                      100 * (k->doubled - 1), 100 * (k->doubled_lo - 1), 100 * (k->doubled_hi - 1),
                      k->correlation);
        break;
    case KU_SPEND_LOSS:
        ku_run_remark(c->context, KU_WARN, "losses",
                      "%.1f %% of customers who bought again (%.0f of %.0f) bring nothing or a loss"
                      " a purchase, which the Gamma-Gamma model of spend cannot hold. Averages are"
                      " drawn towards those of customers who buy as often.",
                      100 * k->loss_share, k->losses, k->customers);
        break;
    case KU_SPEND_NO_MEAN:
        ku_run_remark(c->context, KU_WARN, "spend",
                      "A few customers pay so much more than others that the Gamma-Gamma model of"
                      " spend has no mean (q = %.2f, more than 1 is needed). Averages are drawn"
                      " towards those of customers who buy as often.",
                      s->q);
        break;
    case KU_SPEND_FEW:
        ku_run_remark(c->context, KU_WARN, "spend",
                      "Only %.0f customers have an average to learn from, too few for a model of"
                      " spend; averages are drawn towards the common one.",
                      k->customers);
        break;
    case KU_SPEND_FLAT:
        ku_run_remark(c->context, KU_NOTE, "spend",
                      "Customers' averages differ no more than chance would have it; all count with"
                      " nearly the same.");
        break;
    default:
        break;
    }
}

static ku_status estimate_spend(value_case *c, ku_error *err)
{
    value_money *m = &c->money;
    const value_span *s = &c->span;
    m->kept = s->bought > 0 ? 1 - s->returned / s->bought : 0;
    m->money = m->kept > 0;
    if (!m->money) return KU_OK;
    const ku_spenders spenders = {c->now.customers, c->now.orders, c->now.average, NULL};
    KU_TRY(ku_spend_estimate(&spenders, c->arena, &m->spend, err));
    remark_spend(c);
    return KU_OK;
}

static ku_status worth_of(value_case *c, const value_history *h, ku_worth *worth, ku_error *err)
{
    const ku_worth_customers customers = {.buyers = &h->buyers,
                                          .covariates = value_covariates(h),
                                          .customers = h->customers,
                                          .row = h->row,
                                          .orders = h->orders,
                                          .average = h->average};
    return ku_worth_estimate(&c->choice.fit, c->money.money ? &c->money.spend : NULL, &customers,
                             &c->money.terms, c->arena, ku_run_pool(c->context), worth, err);
}

static void set_terms(value_case *c)
{
    double unit = c->span.unit_days, months = (double)ku_param_int(c->params, "horizon");
    ku_rng rng = ku_run_rng(c->context, 1);
    int32_t end = c->span.until_day + (int32_t)round(months * month_days);
    double horizon = value_days(c, c->span.until_day, end) / unit;
    if (c->choice.fit.model->discrete) horizon = fmax(1, round(months * month_days / unit));
    c->money.terms = (ku_worth_terms){.horizon = horizon,
                                      .year = 365.25 / unit,
                                      .discount = ku_param_real(c->params, "discount"),
                                      .margin = c->money.money ? c->money.kept : 1,
                                      .seed = ku_rng_u64(&rng)};
}

static void remark_horizon(const value_case *c)
{
    double ahead = (double)ku_param_int(c->params, "horizon") * month_days;
    double seen = c->span.until_day - c->span.first_day;
    if (ahead > 2 * seen)
        ku_run_remark(
            c->context, KU_WARN, "horizon",
            "Money is counted %.0f months ahead from %.0f months of sales; beyond what was"
            " seen the model is all there is.",
            ahead / month_days, seen / month_days);
}

static ku_status worth_before(value_case *c, ku_error *err)
{
    value_money *m = &c->money;
    if (c->before.customers == 0) {
        ku_run_remark(c->context, KU_NOTE, "bridge",
                      "The sales do not reach back a %s, so there is no bridge.", c->span.period);
        return KU_OK;
    }
    KU_TRY(worth_of(c, &c->before, &m->before, err));
    m->place_before = ku_arena_try(c->arena, (c->people.count + 1) * sizeof *m->place_before);
    if (m->place_before == NULL)
        return ku_error_set(err, KU_NO_MEMORY, NULL, "no memory for the bridge");
    for (size_t i = 0; i < c->people.count; i++) m->place_before[i] = -1;
    for (size_t i = 0; i < c->before.customers; i++) m->place_before[c->before.who[i]] = (int32_t)i;
    m->has_before = m->money;
    return KU_OK;
}

ku_status value_money_make(value_case *c, ku_error *err)
{
    if (c->choice.chosen < 0) return KU_OK;
    ku_run_progress(c->context, 0.65, "Spend");
    KU_TRY(estimate_spend(c, err));
    set_terms(c);
    remark_horizon(c);
    ku_run_progress(c->context, 0.7, "Value of each customer");
    KU_TRY(worth_of(c, &c->now, &c->money.now, err));
    ku_run_progress(c->context, 0.85, "A period ago");
    return worth_before(c, err);
}

void value_split(const double from[3], const double to[3], double part[3])
{
    for (int k = 0; k < 3; k++) {
        int a = (k + 1) % 3, b = (k + 2) % 3;
        double others = (from[a] * from[b] + to[a] * to[b]) / 3 +
                        (from[a] * to[b] + to[a] * from[b]) / 6;
        part[k] = (to[k] - from[k]) * others;
    }
}
