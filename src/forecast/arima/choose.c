/* choose.c - the automatic choice of the order: differences by tests, then the smallest
 * AICc found by walking from order to neighbouring order, as R forecast's auto.arima does
 * (Hyndman & Khandakar 2008, J. Statistical Software 27, section 3.2).
 *
 * R approximates the likelihood on its walk where series or seasons are long, and fits
 * only the winner exactly. Here every order on the way gets its exact likelihood: begun
 * at the neighbour's parameters it takes a few Gauss-Newton steps, and an order that
 * cannot win any more is left early. */
#include <math.h>
#include <string.h>

#include "forecast/arima/arima_internal.h"
#include "num/linear.h"

enum { MOST_ORDERS = 94, LARGEST = 5, LARGEST_SEASONAL = 2 };
/* Seasonal ARMA terms are left out where observations times season pass this: one
 * likelihood would cost milliseconds. A seasonal difference is not affected. */
static const double largest_work = 5e5;
static const double nearest_root = 1.01;
/* A search is given up when its steps promise to end more than this above the best AICc. */
static const double hopeless = 4;

typedef struct candidate {
    int p, q, P, Q;
    bool constant;
} candidate;

typedef struct choice {
    ku_arima_work *work;
    const ku_arima_data *data;
    int d, D, season;
    candidate most; /* the largest orders; constant: whether one may be had */
    candidate tried[MOST_ORDERS];
    int count;
    bool prepared, with_constant; /* what work holds */
    candidate at;                 /* the best so far */
    ku_arima_fit best;
} choice;

/* ---- differences -------------------------------------------------------------------------- */

/* The series whose differences are counted: y on a scale of its own, without its
 * regression on the columns. */
static void series_to_test(ku_arima_work *w, const ku_arima_data *data, double *y)
{
    const ku_arima_order level = {.season = 1, .constant = true};
    if (!ku_arima_prepare(w, data, &level, data->n / 2)) return;
    ku_arima_remove_regression(w, data->columns == 0 ? 0 : w->kept);
    memcpy(y, w->rest, (size_t)data->n * sizeof(double));
}

/* Whether differencing turns a regressor that varies into a constant. */
static bool flattens(const ku_arima_data *data, int lag, int times, int season, int D, double *room)
{
    for (int k = 0; k < data->columns; k++) {
        int n = data->n;
        memcpy(room, data->x + (size_t)k * (size_t)data->rows, (size_t)n * sizeof(double));
        if (ku_arima_constant(room, n)) continue;
        for (int i = 0; i < D + times; i++) {
            int apart = i < D ? season : lag;
            n -= apart;
            for (int t = 0; t < n; t++) room[t] = room[t + apart] - room[t];
        }
        if (n < 1 || ku_arima_constant(room, n)) return true;
    }
    return false;
}

/* Sets d and D; true when the differenced series is constant. */
static bool count_differences(choice *c)
{
    ku_arima_work *w = c->work;
    int n = c->data->n, m = c->season;
    double *y = w->base, *room = w->jacobian;
    series_to_test(w, c->data, y);
    c->D = ku_arima_seasonal_differences(w->stl, y, n, m);
    if (c->D > 0 && flattens(c->data, m, 1, m, 0, room)) c->D = 0;
    if (c->D > 0) {
        n -= m;
        for (int t = 0; t < n; t++) y[t] = y[t + m] - y[t];
    }
    c->d = ku_arima_differences(y, n, 2, room);
    if (c->d > 0 && flattens(c->data, 1, c->d, m, c->D, room)) c->d--;
    for (int i = 0; i < c->d; i++, n--)
        for (int t = 0; t + 1 < n; t++) y[t] = y[t + 1] - y[t];
    return n < 1 || ku_arima_constant(y, n);
}

/* ---- one order ------------------------------------------------------------------------------ */

static ku_arima_order order_of(const choice *c, candidate k)
{
    return (ku_arima_order){.p = k.p,
                            .d = c->d,
                            .q = k.q,
                            .P = k.P,
                            .D = c->D,
                            .Q = k.Q,
                            .season = c->season,
                            .constant = k.constant};
}

static bool same(candidate a, candidate b)
{
    return a.p == b.p && a.q == b.q && a.P == b.P && a.Q == b.Q && a.constant == b.constant;
}

/* Near a root at 1 the order has a part too many, or a difference too few. */
static bool acceptable(const ku_arima_fit *fit)
{
    const ku_arima_order *o = &fit->order;
    double theta[KU_ARIMA_ORDER], Theta[KU_ARIMA_SEASONAL];
    for (int i = 0; i < o->q; i++) theta[i] = -fit->theta[i];
    for (int i = 0; i < o->Q; i++) Theta[i] = -fit->Theta[i];
    return isfinite(fit->aicc) && !ku_arima_root_within(fit->phi, o->p, 1, nearest_root) &&
           !ku_arima_root_within(theta, o->q, 1, nearest_root) &&
           !ku_arima_root_within(fit->Phi, o->P, o->season, nearest_root) &&
           !ku_arima_root_within(Theta, o->Q, o->season, nearest_root);
}

static bool prepare_for(choice *c, bool constant)
{
    if (c->prepared && c->with_constant == constant) return true;
    candidate largest = c->most;
    largest.constant = constant;
    ku_arima_order order = order_of(c, largest);
    c->with_constant = constant;
    c->prepared = ku_arima_prepare(c->work, c->data, &order,
                                   ku_arima_most_columns(&order, c->data->n));
    return c->prepared;
}

/* Fits an order not tried yet; true when it is the best so far. */
static bool try_order(choice *c, candidate k)
{
    ku_arima_fit fit;
    ku_arima_order order = order_of(c, k);
    const ku_arima_fit *near = isfinite(c->best.aicc) ? &c->best : NULL;
    if (!ku_arima_possible(&order, c->data->n) || !prepare_for(c, k.constant)) return false;
    if (!ku_arima_fit_prepared(c->work, &order, near, false, c->best.aicc + hopeless, &fit) ||
        !(fit.aicc < c->best.aicc) || !acceptable(&fit))
        return false;
    c->best = fit;
    c->at = k;
    return true;
}

static bool try_new(choice *c, candidate k)
{
    const candidate *most = &c->most;
    if (k.p < 0 || k.q < 0 || k.P < 0 || k.Q < 0 || k.p > most->p || k.q > most->q ||
        k.P > most->P || k.Q > most->Q || c->count == MOST_ORDERS)
        return false;
    for (int i = 0; i < c->count; i++)
        if (same(c->tried[i], k)) return false;
    c->tried[c->count++] = k;
    return try_order(c, k);
}

/* ---- the walk --------------------------------------------------------------------------------- */

static int least(int a, int b)
{
    return a < b ? a : b;
}

static void set_limits(choice *c)
{
    int n = c->data->n, m = c->season;
    bool seasonal = m > 1 && (double)n * m <= largest_work;
    c->most = (candidate){.p = least(LARGEST, n / 3),
                          .q = least(LARGEST, n / 3),
                          .P = seasonal ? least(LARGEST_SEASONAL, n / 3 / m) : 0,
                          .Q = seasonal ? least(LARGEST_SEASONAL, n / 3 / m) : 0,
                          .constant = c->d + c->D <= 1};
    if (c->most.P > 0) c->most.p = least(c->most.p, m - 1);
    if (c->most.Q > 0) c->most.q = least(c->most.q, m - 1);
}

static void try_first_orders(choice *c)
{
    bool enough = c->data->n >= 10, constant = c->most.constant;
    candidate first = {.p = least(enough ? 2 : 1, c->most.p),
                       .q = least(enough ? 2 : 1, c->most.q),
                       .P = least(enough, c->most.P),
                       .Q = least(enough, c->most.Q),
                       .constant = constant};
    try_new(c, first);
    try_new(c, (candidate){.constant = constant});
    try_new(c,
            (candidate){.p = least(1, c->most.p), .P = least(1, c->most.P), .constant = constant});
    try_new(c,
            (candidate){.q = least(1, c->most.q), .Q = least(1, c->most.Q), .constant = constant});
    if (constant) try_new(c, (candidate){.constant = false});
}

/* Steps to the first neighbour that is better; false when there is none. */
static bool step(choice *c)
{
    static const int moves[8][2] = {{-1, 0},  {0, -1}, {1, 0},  {0, 1},
                                    {-1, -1}, {-1, 1}, {1, -1}, {1, 1}};
    candidate at = c->at;
    for (int seasonal = 1; seasonal >= 0; seasonal--)
        for (int i = 0; i < 8; i++) {
            candidate to = at;
            *(seasonal ? &to.P : &to.p) += moves[i][0];
            *(seasonal ? &to.Q : &to.q) += moves[i][1];
            if (try_new(c, to)) return true;
        }
    candidate other = at;
    other.constant = !at.constant;
    return c->most.constant && try_new(c, other);
}

/* The best order once more, from every start; else as the walk found it. */
static bool settle(choice *c, ku_arima_fit *fit)
{
    ku_arima_order order = order_of(c, c->at);
    if (!isfinite(c->best.aicc) || !prepare_for(c, c->at.constant)) return false;
    return (ku_arima_fit_prepared(c->work, &order, &c->best, true, INFINITY, fit) &&
            fit->loglik > c->best.loglik && acceptable(fit)) ||
           ku_arima_refit(c->work, &c->best, fit);
}

bool ku_arima_choose(ku_arima_work *work, const ku_arima_data *data, int season, ku_arima_fit *fit)
{
    choice c = {.work = work, .data = data, .season = season < 1 ? 1 : season};
    c.best.aicc = INFINITY;
    if (data->n < 1 || data->n > work->observations) return false;
    if (c.season >= data->n || c.season > work->season) c.season = 1;
    bool flat = count_differences(&c);
    set_limits(&c);
    if (flat) {
        ku_arima_order order = order_of(&c, (candidate){.constant = data->columns == 0});
        return ku_arima_fit_order(work, data, &order, NULL, fit);
    }
    try_first_orders(&c);
    while (isfinite(c.best.aicc) && step(&c))
        ;
    if (settle(&c, fit)) return true;
    /* Too short for an AICc: the plainest order. */
    ku_arima_order order = order_of(&c, (candidate){.constant = false});
    return ku_arima_fit_order(work, data, &order, NULL, fit);
}
