/* ahead.c - the future of those who are customers still.
 *
 * With F(t) the purchases expected within t, purchases at today's worth are the integral of
 * e^(-dt) dF, by parts e^(-dH) F(H) + d times the integral of e^(-dt) F: F is smooth, so few
 * places are enough (Gauss and Legendre's), closer to each other at the start, where F rises
 * fastest (t = H u^2). For a discrete model F is a step function; there the places are whole
 * and the sum is exact where all of them are looked at. */
#include <math.h>

#include "customers/worth/worth_internal.h"
#include "num/gauss.h"

enum { POINTS = 8 };

static void place_continuous(double horizon, double log_discount, ku_worth_nodes *nodes)
{
    double rate = -log_discount;
    for (int i = 0; i < POINTS; i++) {
        double u = ku_gauss_8.node[i];
        double t = horizon * u * u, weight = ku_gauss_8.weight[i] * 2 * horizon * u;
        nodes->t[i] = t;
        nodes->area[i] = weight;
        nodes->discounted[i] = weight * rate * exp(-rate * t);
        nodes->twice[i] = weight * 2 * rate * exp(-2 * rate * t);
    }
    nodes->t[POINTS] = horizon;
    nodes->area[POINTS] = 0;
    nodes->discounted[POINTS] = exp(-rate * horizon);
    nodes->twice[POINTS] = exp(-2 * rate * horizon);
    nodes->count = POINTS + 1;
}

/* The mean of e^(-rate k) over k = from + 1 .. to. */
static double mean_discount(double rate, double from, double to)
{
    double n = to - from;
    if (rate == 0) return 1;
    return exp(-rate * (from + 1)) * expm1(-rate * n) / expm1(-rate) / n;
}

/* The places are whole; between two of them purchases are as likely at each. */
static void place_discrete(double horizon, double log_discount, ku_worth_nodes *nodes)
{
    double last = fmax(1, floor(horizon)), rate = -log_discount;
    int count = (int)fmin(last, KU_WORTH_NODES);
    for (int i = 0; i < count; i++) {
        double share = (double)(i + 1) / count;
        nodes->t[i] = last <= KU_WORTH_NODES
                          ? i + 1
                          : fmax(i + 1, round((last - count) * share * share) + i + 1);
        nodes->discounted[i] = nodes->twice[i] = nodes->area[i] = 0;
    }
    for (int i = 0; i < count; i++) {
        double from = i > 0 ? nodes->t[i - 1] : 0, to = nodes->t[i], n = to - from;
        double once = mean_discount(rate, from, to), twice = mean_discount(2 * rate, from, to);
        nodes->discounted[i] += once;
        nodes->twice[i] += twice;
        nodes->area[i] += (n - 1) / 2; /* the sum over whole times before the last */
        if (i == 0) continue;
        nodes->discounted[i - 1] -= once;
        nodes->twice[i - 1] -= twice;
        nodes->area[i - 1] += (n + 1) / 2;
    }
    nodes->count = count;
}

void ku_worth_place_nodes(double horizon, double log_discount, bool discrete, ku_worth_nodes *nodes)
{
    if (discrete)
        place_discrete(horizon, log_discount, nodes);
    else
        place_continuous(horizon, log_discount, nodes);
}

/* ---- one history ---------------------------------------------------------------------------- */

static const double nobody = 1e-200; /* a share alive too small to divide by */

/* A single history as the models want it. */
typedef struct history {
    double x, t_x, T, weight;
    ku_buyers buyers;
} history;

static const ku_buyers *set_history(history *h, double x, double t_x, double T)
{
    h->x = x;
    h->t_x = t_x;
    h->T = T;
    h->weight = 1;
    h->buyers = (ku_buyers){1, &h->x, &h->t_x, &h->T, &h->weight};
    return &h->buyers;
}

static double alive_of(const ku_buying_model *model, const double *parameter, const ku_buyers *one)
{
    double alive = 1;
    if (model->alive != NULL) model->alive(parameter, one, 0, 1, &alive);
    return alive;
}

/* Purchases within t of a customer still: those who bought at T stand for all. */
static double mean_within(const ku_buying_model *model, const double *parameter,
                          const ku_buyers *one, double t)
{
    double expected;
    model->expected(parameter, one, 0, 1, t, &expected);
    return expected / alive_of(model, parameter, one);
}

/* No purchase within t means a history longer by t: the ratio of the likelihoods, of which
 * those who were customers no more are taken out. */
static double none_within(const ku_buying_model *model, const double *parameter, double x,
                          double t_x, double T, double t, double alive)
{
    history h;
    double now = model->loglik(parameter, set_history(&h, x, t_x, T), 0, 1, NULL);
    double then = model->loglik(parameter, set_history(&h, x, t_x, T + t), 0, 1, NULL);
    return fmin(fmax(1 + expm1(then - now) / alive, 0), 1);
}

static void take_slopes(const ku_buying_model *model, const ku_buyers *one, double horizon,
                        ku_worth_future *f)
{
    static const double step = 1e-4;
    double moved[KU_BUYING_PARAMETERS];
    for (int p = 0; p < model->parameters; p++) moved[p] = f->parameter[p];
    for (int p = 0; p < model->parameters; p++) {
        moved[p] = f->parameter[p] * exp(step);
        double up = mean_within(model, moved, one, horizon);
        moved[p] = f->parameter[p];
        f->slope[p] = f->mean > 0 ? (up / f->mean - 1) / step : 0;
    }
}

void ku_worth_look_ahead(const ku_buying_model *model, const ku_worth_nodes *nodes,
                         ku_worth_future *f)
{
    history h;
    double t_x = f->x > 0 ? f->T : 0, horizon = nodes->t[nodes->count - 1], area = 0;
    const ku_buyers *one = set_history(&h, f->x, t_x, f->T);
    f->alive_now = alive_of(model, f->parameter, one);
    f->mean = f->discounted = f->twice = f->second = 0;
    f->none = 1;
    if (!(f->alive_now > nobody)) return;
    for (int i = 0; i < nodes->count; i++) {
        double mean = 0;
        model->expected(f->parameter, one, 0, 1, nodes->t[i], &mean);
        mean /= f->alive_now;
        f->mean = mean; /* the last place is the horizon */
        f->discounted += nodes->discounted[i] * mean;
        f->twice += nodes->twice[i] * mean;
        area += nodes->area[i] * mean;
    }
    f->none = none_within(model, f->parameter, f->x, t_x, f->T, horizon, f->alive_now);
    take_slopes(model, one, horizon, f);
    /* Were leaving and buying independent, the mean of N (N - 1) would be the rate's second
     * moment times that of the time he stays, twice the integral of its survival times t.
     * The rate's second moment over its first is the rate of one who bought once more. */
    double soon = model->discrete ? 1 : 1e-6 * horizon;
    one = set_history(&h, f->x + 1, f->T, f->T);
    double rate = f->T > 0 || model->discrete ? mean_within(model, f->parameter, one, soon) / soon
                                              : f->mean / horizon;
    f->second = 2 * rate * fmax(horizon * f->mean - area, 0);
}
