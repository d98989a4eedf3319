/* newcomer.c - what a customer not yet won will bring, and when that has paid for winning
 * him. Only knowledge enters the intervals: these are averages over many new customers. */
#include <math.h>

#include "customers/worth/worth_internal.h"

static const double z95 = 1.959963984540054;

typedef struct newcomer {
    const ku_buying_fit *fit;
    const ku_spend *spend;
    const ku_worth_terms *terms;
} newcomer;

/* Purchases after the first within t: as they are, or at today's worth. */
static double later(const newcomer *n, const double *parameter, double t, bool worth)
{
    const ku_buying_model *model = n->fit->model;
    ku_worth_nodes nodes;
    double sum = 0;
    if (model->discrete) t = floor(t);
    if (!(t > 0)) return 0;
    if (!worth) return model->expected_new(parameter, t);
    ku_worth_place_nodes(t, -log1p(n->terms->discount) / n->terms->year, model->discrete, &nodes);
    for (int i = 0; i < nodes.count; i++)
        sum += nodes.discounted[i] * model->expected_new(parameter, nodes.t[i]);
    return sum;
}

typedef struct figure {
    double mean, sigma; /* sigma: of the logarithm */
} figure;

/* All purchases within t, the first included, with what is not known of them. */
static figure purchases(const newcomer *n, double t, bool worth)
{
    static const double step = 1e-4;
    double moved[KU_BUYING_PARAMETERS], slope[KU_BUYING_PARAMETERS];
    double unknown[KU_BUYING_UNKNOWNS] = {0}, now = later(n, n->fit->parameter, t, worth);
    int parameters = n->fit->model->parameters;
    for (int p = 0; p < parameters; p++) moved[p] = n->fit->parameter[p];
    for (int p = 0; p < parameters; p++) {
        moved[p] = n->fit->parameter[p] * exp(step);
        slope[p] = (later(n, moved, t, worth) - now) / step;
        moved[p] = n->fit->parameter[p];
    }
    ku_worth_chain(n->fit, NULL, slope, 1, unknown);
    return (figure){1 + now, sqrt(ku_worth_knowledge(n->fit, unknown)) / (1 + now)};
}

/* Money within t at today's worth. */
static figure money(const newcomer *n, double t)
{
    figure f = purchases(n, t, true);
    const ku_spend *s = n->spend;
    double spend = (s->mean_hi - s->mean_lo) / (2 * z95) / fmax(fabs(s->mean), 1e-300);
    return (figure){f.mean * s->mean * n->terms->margin, sqrt(f.sigma * f.sigma + spend * spend)};
}

ku_worth_new ku_worth_of_new(const ku_buying_fit *fit, const ku_spend *spend,
                             const ku_worth_terms *terms)
{
    newcomer n = {fit, spend, terms};
    figure count = purchases(&n, terms->horizon, false);
    ku_worth_new new = {.purchases = count.mean,
                        .purchases_lo = fmax(1, count.mean * exp(-z95 * count.sigma)),
                        .purchases_hi = count.mean * exp(z95 * count.sigma)};
    if (spend == NULL) return new;
    figure value = money(&n, terms->horizon);
    double low = value.mean * exp(-z95 * value.sigma), high = value.mean * exp(z95 * value.sigma);
    new.value = value.mean;
    new.value_lo = fmin(low, high);
    new.value_hi = fmax(low, high);
    return new;
}

/* The time at which money(t) times exp(errors x sigma) has reached the cost. */
static double reached(const newcomer *n, double cost, double errors)
{
    double low = 0, high = n->terms->horizon;
    figure end = money(n, high), start = money(n, 0);
    if (!(end.mean * exp(errors * end.sigma) >= cost)) return INFINITY;
    if (start.mean * exp(errors * start.sigma) >= cost) return 0;
    for (int i = 0; i < 50 && high - low > 1e-9 * n->terms->horizon; i++) {
        double middle = (low + high) / 2;
        figure at = money(n, middle);
        if (at.mean * exp(errors * at.sigma) >= cost)
            high = middle;
        else
            low = middle;
    }
    return n->fit->model->discrete ? ceil(high) : high;
}

ku_worth_payback ku_worth_pays_back(const ku_buying_fit *fit, const ku_spend *spend,
                                    const ku_worth_terms *terms, double cost)
{
    newcomer n = {fit, spend, terms};
    figure value = money(&n, terms->horizon);
    ku_worth_payback back = {.time = reached(&n, cost, 0),
                             .time_lo = reached(&n, cost, z95),
                             .time_hi = reached(&n, cost, -z95)};
    back.ratio = value.mean / cost;
    back.ratio_lo = back.ratio * exp(-z95 * value.sigma);
    back.ratio_hi = back.ratio * exp(z95 * value.sigma);
    return back;
}
