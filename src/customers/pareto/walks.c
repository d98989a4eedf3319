/* walks.c - the likelihood of Pareto/NBD under covariates that change.
 *
 * Let A(t) and B(t) be the time since the first purchase on the two clocks, of buying and of
 * leaving: straight in each period, with the slopes a = exp(rate' z) and b = exp(dropout' z).
 * With u = alpha + A, w = beta + B and R = r + x the likelihood is
 *
 *     Gamma(R) / Gamma(r) alpha^r beta^s prod a(purchases)
 *         x [ u_T^-R w_T^-s + s integral_t_x^T b(t) u^-R w^-(s+1) dt ].
 *
 * As in ../departure.c it is worked out beside the main factor at t_x, u_x^-R w_x^-s, from
 * its fall D up to T and the share J that leaves between. J is a sum over periods; in each it
 * is the integral of the static model with u / a and w / b in place of alpha and beta, and
 * as periods are short a rule of few points is exact. Everything is differentiated along. */
#include "customers/pareto/walks.h"

#include <math.h>
#include <string.h>

#include "customers/departure_internal.h"
#include "customers/pareto/pareto_internal.h"
#include "num/gamma.h"
#include "num/gauss.h"

enum {
    R = KU_PARETO_R,
    ALPHA = KU_PARETO_ALPHA,
    S = KU_PARETO_S,
    BETA = KU_PARETO_BETA,
    BASE = KU_PARETO_COUNT,
    MOST = KU_BUYING_COVARIATES,
    UNKNOWNS = BASE + 2 * MOST,
};

/* ---- going through the periods ------------------------------------------------------------------ */

/* alpha or beta plus the time on one clock, with derivatives by its logarithm and by the
 * effects. */
typedef struct dial {
    double at;
    double by[1 + MOST];
} dial;

/* A customer on the way. */
typedef struct walker {
    const ku_walk_parameters *p;
    const ku_walks *walks;
    size_t period, last;
    double t, a, b; /* the clocks' slopes now */
    dial u, w;
} walker;

static double slope(const ku_walks *walks, size_t period, const double *effect)
{
    double sum = 0;
    for (int k = 0; k < walks->columns; k++)
        sum += effect[k] * walks->value[period * (size_t)walks->columns + (size_t)k];
    return exp(fmin(fmax(sum, -40), 40));
}

static void enter(walker *go, size_t period)
{
    go->period = period;
    go->a = slope(go->walks, period, go->p->rate);
    go->b = slope(go->walks, period, go->p->dropout);
}

static walker set_off(const ku_walk_parameters *p, const ku_walks *walks, size_t row)
{
    walker go = {.p = p, .walks = walks, .last = walks->first[row + 1] - 1};
    go.u.at = go.u.by[0] = p->base[ALPHA];
    go.w.at = go.w.by[0] = p->base[BETA];
    enter(&go, walks->first[row]);
    return go;
}

/* How long it is to `to` or to the end of the period, whichever comes first. */
static double stretch(const walker *go, double to)
{
    double end = go->period < go->last ? go->walks->end[go->period] : INFINITY;
    return fmax(0, fmin(end, to) - go->t);
}

static void move_dial(dial *c, double by, const double *value, int columns)
{
    c->at += by;
    for (int k = 0; k < columns; k++) c->by[1 + k] += by * value[k];
}

static bool same_values(const ku_walks *walks, size_t a, size_t b)
{
    size_t columns = (size_t)walks->columns;
    if (columns == 0) return true;
    return memcmp(walks->value + a * columns, walks->value + b * columns,
                  columns * sizeof *walks->value) == 0;
}

/* On by a stretch found by the function above on the way to `to`. */
static void move(walker *go, double by, double to)
{
    const ku_walks *walks = go->walks;
    int columns = walks->columns;
    const double *value = walks->value + go->period * (size_t)columns;
    bool over = go->period < go->last && walks->end[go->period] <= to;
    move_dial(&go->u, go->a * by, value, columns);
    move_dial(&go->w, go->b * by, value, columns);
    go->t = over ? walks->end[go->period] : to;
    if (over && same_values(walks, go->period, go->period + 1))
        go->period++;
    else if (over)
        enter(go, go->period + 1);
}

/* ---- the integral over one stretch ------------------------------------------------------------------ */

/* The share J of the static model, from 0 to `length`; by R, ln alpha, ln s, ln beta. */
static ku_departure_value by_rule(const ku_gauss *rule, const double *p, double power,
                                  double length)
{
    ku_departure_value sum = {.of = 0};
    for (int j = 0; j < rule->points; j++) {
        double t = rule->node[j] * length, bought = log1p(t / p[ALPHA]), left = log1p(t / p[BETA]);
        double all = p[BETA] + t;
        double f = rule->weight[j] * length * p[S] / all * exp(-power * bought - p[S] * left);
        sum.of += f;
        sum.by[R] -= f * bought;
        sum.by[ALPHA] += f * power * t / (p[ALPHA] + t);
        sum.by[S] += f * (1 - p[S] * left);
        sum.by[BETA] += f * (p[S] * t - p[BETA]) / all;
    }
    return sum;
}

static ku_departure_value leaves_on_stretch(const double *p, double power, double length)
{
    double turn = fmax(length / p[ALPHA], length / p[BETA]);
    double fall = power * length / p[ALPHA] + (p[S] + 1) * length / p[BETA];
    if (turn < 0.1 && fall < 0.3) return by_rule(&ku_gauss_4, p, power, length);
    if (turn < 0.5 && fall < 2.5) return by_rule(&ku_gauss_8, p, power, length);
    return ku_departure_between(&ku_pareto_law, p, power, 0, length);
}

/* ---- one customer --------------------------------------------------------------------------------------- */

/* Where he is at t_x, what has come of the main factor since, and J so far. */
typedef struct parts {
    double power; /* R */
    dial u_x, w_x;
    double bought, left; /* ln u / u_x, ln w / w_x */
    double share;
    double by[UNKNOWNS]; /* of the share; by[R] by R itself */
    double still;        /* e^-D */
} parts;

/* Derivatives of D = R ln u / u_x + s ln w / w_x, times `size`, taken from `by`. */
static void take_drop(const walker *go, const parts *p, double size, double *by)
{
    int columns = go->walks->columns;
    double s = go->p->base[S];
    by[R] -= size * p->bought;
    by[S] -= size * s * p->left;
    for (int k = 0; k <= columns; k++) {
        double u = go->u.by[k] / go->u.at - p->u_x.by[k] / p->u_x.at;
        double w = go->w.by[k] / go->w.at - p->w_x.by[k] / p->w_x.at;
        by[k == 0 ? ALPHA : BASE + k - 1] -= size * p->power * u;
        by[k == 0 ? BETA : BASE + columns + k - 1] -= size * s * w;
    }
}

/* Adds the share that leaves on the next stretch. */
static void add_stretch(const walker *go, double length, parts *p)
{
    int columns = go->walks->columns;
    const double *value = go->walks->value + go->period * (size_t)columns;
    double own[BASE] = {go->p->base[R], go->u.at / go->a, go->p->base[S], go->w.at / go->b};
    double main = exp(-p->power * p->bought - go->p->base[S] * p->left);
    if (!(main > 0)) return;
    ku_departure_value j = leaves_on_stretch(own, p->power, length);
    p->share += main * j.of;
    take_drop(go, p, main * j.of, p->by);
    p->by[R] += main * j.by[R];
    p->by[S] += main * j.by[S];
    for (int k = 0; k <= columns; k++) {
        double u = go->u.by[k] / go->u.at - (k > 0 ? value[k - 1] : 0);
        double w = go->w.by[k] / go->w.at - (k > 0 ? value[k - 1] : 0);
        p->by[k == 0 ? ALPHA : BASE + k - 1] += main * j.by[ALPHA] * u;
        p->by[k == 0 ? BETA : BASE + columns + k - 1] += main * j.by[BETA] * w;
    }
}

/* To T; the walker is left there. */
static parts go_through(walker *go, const ku_buyers *buyers, size_t row)
{
    double t_x = buyers->t_x[row], T = buyers->T[row];
    parts p = {.power = go->p->base[R] + buyers->x[row]};
    while (go->t < t_x) move(go, stretch(go, t_x), t_x);
    p.u_x = go->u;
    p.w_x = go->w;
    while (go->t < T) {
        double length = stretch(go, T);
        add_stretch(go, length, &p);
        move(go, length, T);
        p.bought = log1p((go->u.at - p.u_x.at) / p.u_x.at);
        p.left = log1p((go->w.at - p.w_x.at) / p.w_x.at);
    }
    p.still = exp(-p.power * p.bought - go->p->base[S] * p.left);
    return p;
}

/* The purchases' own factors: the sum of rate' z over them; derivatives to by[columns]. */
static double bought_at(const ku_walk_parameters *p, const ku_walks *walks, size_t row, double *by)
{
    double sum = 0;
    size_t columns = (size_t)walks->columns;
    for (size_t period = walks->first[row]; period < walks->first[row + 1]; period++)
        for (size_t k = 0; k < columns && walks->bought[period] > 0; k++) {
            double value = walks->bought[period] * walks->value[period * columns + k];
            sum += p->rate[k] * value;
            by[k] += value;
        }
    return sum;
}

/* Log-likelihood of a row and its derivatives. */
static double row_loglik(const ku_walk_parameters *p, const ku_walks *walks, size_t row, double *by)
{
    int columns = walks->columns;
    double r = p->base[R], alpha = p->base[ALPHA], s = p->base[S], beta = p->base[BETA];
    double x = walks->buyers.x[row];
    walker go = set_off(p, walks, row);
    parts all = go_through(&go, &walks->buyers, row);
    double sum = all.share + all.still, u = all.u_x.at, w = all.w_x.at;
    double longer = log1p((u - alpha) / alpha), later = log1p((w - beta) / beta);
    memcpy(by, all.by, sizeof all.by);
    take_drop(&go, &all, all.still, by);
    for (int k = 0; k < BASE + 2 * columns; k++) by[k] /= sum;
    by[R] = r * (by[R] + ku_digamma_step(r, x) - longer);
    by[S] -= s * later;
    for (int k = 0; k <= columns; k++) {
        by[k == 0 ? ALPHA : BASE + k - 1] += (k == 0 ? r : 0) - all.power * all.u_x.by[k] / u;
        by[k == 0 ? BETA : BASE + columns + k - 1] += (k == 0 ? s : 0) - s * all.w_x.by[k] / w;
    }
    return ku_log_gamma_step(r, x) - r * longer - x * log(u) - s * later + log(sum) +
           bought_at(p, walks, row, by + BASE);
}

/* ---- what callers see ----------------------------------------------------------------------------------- */

double ku_walks_loglik(const ku_walk_parameters *parameters, const ku_walks *walks, size_t from,
                       size_t to, double *gradient)
{
    double sum = 0, by[UNKNOWNS];
    for (size_t row = from; row < to; row++) {
        double weight = walks->buyers.weight[row];
        sum += weight * row_loglik(parameters, walks, row, by);
        for (int k = 0; k < BASE + 2 * walks->columns && gradient != NULL; k++)
            gradient[k] += weight * by[k];
    }
    return sum;
}

void ku_walks_alive(const ku_walk_parameters *parameters, const ku_walks *walks, size_t from,
                    size_t to, double *out)
{
    for (size_t row = from; row < to; row++) {
        walker go = set_off(parameters, walks, row);
        parts p = go_through(&go, &walks->buyers, row);
        out[row - from] = p.still / (p.still + p.share);
    }
}

/* Ibid., eq. (14), in another order: P(alive) times the mean rate times, period by period, the
 * time on the clock of buying weighted with the probability to be there still. */
void ku_walks_expected(const ku_walk_parameters *parameters, const ku_walks *walks, size_t from,
                       size_t to, double t, double *out)
{
    double s = parameters->base[S];
    for (size_t row = from; row < to; row++) {
        walker go = set_off(parameters, walks, row);
        parts p = go_through(&go, &walks->buyers, row);
        double alive = p.still / (p.still + p.share), rate = p.power / go.u.at;
        double end = walks->buyers.T[row] + t, w_T = go.w.at, sum = 0;
        while (go.t < end) {
            double length = stretch(&go, end), stays = exp(-s * log(go.w.at / w_T));
            sum += go.a * stays * ku_pareto_stays(s, go.w.at / go.b, 0, length);
            move(&go, length, end);
        }
        out[row - from] = alive * rate * sum;
    }
}
