/* gamma_gamma.c - the likelihood of the Gamma-Gamma model and its maximum.
 *
 * For a customer with x purchases of z on average (Fader & Hardie 2013, eq. 1a):
 *
 *   lnΓ(px+q) - lnΓ(px) - lnΓ(q) + q ln γ + (px-1) ln z + px ln x - (px+q) ln(γ+xz)
 *
 * Of a million customers few differ in x, so the gamma functions are worked out once for each
 * x that occurs, and what is linear in p is a sum known beforehand. What remains for each
 * customer is one logarithm. Money is divided by its mean, which changes γ alone and makes
 * the search the same in any currency. */
#include <math.h>
#include <string.h>

#include "customers/spend/spend_internal.h"
#include "num/climb.h"
#include "num/gamma.h"

struct ku_gamma_gamma {
    double unit;           /* money that counts as one */
    double customers;      /* sum of weights */
    double log_mean;       /* sum of weight x ln z */
    double order_log_mean; /* of weight x x ln z */
    size_t kinds;          /* different x */
    double *kind, *count;  /* each, and the weights of those who have it */
    size_t rows;
    double *x, *total, *weight; /* total: x z */
};

static bool counts(const ku_spenders *s, size_t i)
{
    return s->orders[i] > 0 && s->mean[i] > 0;
}

static double weight_of(const ku_spenders *s, size_t i)
{
    return s->weight != NULL ? s->weight[i] : 1;
}

/* Collects the numbers of purchases that occur, by a table over them: they are whole. */
static void collect_kinds(ku_gamma_gamma *g, ku_arena *arena)
{
    size_t most = 0;
    for (size_t i = 0; i < g->rows; i++) most = g->x[i] > (double)most ? (size_t)g->x[i] : most;
    double *table = KU_ARRAY(arena, most + 1, double);
    for (size_t i = 0; i < g->rows; i++) table[(size_t)g->x[i]] += g->weight[i];
    for (size_t k = 1; k <= most; k++) g->kinds += table[k] > 0;
    g->kind = KU_ARRAY(arena, g->kinds, double);
    g->count = KU_ARRAY(arena, g->kinds, double);
    size_t to = 0;
    for (size_t k = 1; k <= most; k++) {
        if (!(table[k] > 0)) continue;
        g->kind[to] = (double)k;
        g->count[to++] = table[k];
    }
}

ku_gamma_gamma *ku_gamma_gamma_prepare(const ku_spenders *s, ku_arena *arena)
{
    size_t rows = 0;
    double sum = 0, all = 0;
    for (size_t i = 0; i < s->rows; i++) {
        if (!counts(s, i)) continue;
        rows++;
        sum += weight_of(s, i) * s->mean[i];
        all += weight_of(s, i);
    }
    if (rows == 0) return NULL;
    ku_gamma_gamma *g = KU_NEW(arena, ku_gamma_gamma);
    g->unit = sum / all;
    g->customers = all;
    g->x = KU_ARRAY(arena, rows, double);
    g->total = KU_ARRAY(arena, rows, double);
    g->weight = KU_ARRAY(arena, rows, double);
    for (size_t i = 0; i < s->rows; i++) {
        if (!counts(s, i)) continue;
        double x = fmin(floor(s->orders[i]), 1e6), z = s->mean[i] / g->unit;
        double w = weight_of(s, i);
        x = fmax(x, 1);
        g->x[g->rows] = x;
        g->total[g->rows] = x * z;
        g->weight[g->rows++] = w;
        g->log_mean += w * log(z);
        g->order_log_mean += w * x * log(z);
    }
    collect_kinds(g, arena);
    return g;
}

/* The sums over the numbers of purchases that occur: lnΓ(px+q) - lnΓ(px) + px ln x, and its
 * derivatives by p and q. */
static double by_kind(const ku_gamma_gamma *g, double p, double q, double *by_p, double *by_q)
{
    double sum = 0, dp = 0, dq = 0;
    for (size_t k = 0; k < g->kinds; k++) {
        double x = g->kind[k], n = g->count[k], log_x = log(x), a = p * x;
        sum += n * (ku_log_gamma_step(a, q) + a * log_x);
        if (by_p == NULL) continue;
        dp += n * x * (ku_digamma_step(a, q) + log_x);
        dq += n * ku_digamma(a + q);
    }
    if (by_p != NULL) {
        *by_p = dp;
        *by_q = dq;
    }
    return sum;
}

double ku_gamma_gamma_scaled(const ku_gamma_gamma *g, double p, double q, double gamma,
                             double *gradient)
{
    double by_p = 0, by_q = 0, log_gamma = log(gamma), n = g->customers;
    bool slopes = gradient != NULL;
    double logs = 0, order_logs = 0, shares = 0; /* of ln(γ+xz); of (px+q) / (γ+xz) */
    for (size_t i = 0; i < g->rows; i++) {
        double x = g->x[i], w = g->weight[i], all = gamma + g->total[i], l = w * log(all);
        logs += l;
        order_logs += x * l;
        if (slopes) shares += w * (p * x + q) / all;
    }
    double kinds = by_kind(g, p, q, slopes ? &by_p : NULL, &by_q);
    if (slopes) {
        gradient[0] = p * (by_p + g->order_log_mean - order_logs);
        gradient[1] = q * (by_q + n * (log_gamma - ku_digamma(q)) - logs);
        gradient[2] = gamma * (n * q / gamma - shares);
    }
    return kinds + n * (q * log_gamma - ku_log_gamma(q)) + p * g->order_log_mean - g->log_mean -
           p * order_logs - q * logs;
}

double ku_gamma_gamma_loglik(const ku_gamma_gamma *g, double p, double q, double gamma,
                             double *gradient)
{
    return ku_gamma_gamma_scaled(g, p, q, gamma / g->unit, gradient) - g->customers * log(g->unit);
}

/* ---- the maximum -------------------------------------------------------------------------- */

static double climb_loglik(void *data, const double *x, double *gradient)
{
    double value = ku_gamma_gamma_scaled(data, exp(x[0]), exp(x[1]), exp(x[2]), gradient);
    return isfinite(value) ? value : -INFINITY;
}

static const double lower[] = {-7, -7, -16}, upper[] = {12, 12, 18};

static ku_climb_peak climb(const ku_gamma_gamma *g, const double *starts, int count)
{
    ku_climb_problem problem = {.unknowns = 3,
                                .lower = lower,
                                .upper = upper,
                                .weight = g->customers,
                                .loglik = climb_loglik,
                                .data = (void *)g};
    return ku_climb(&problem, starts, count);
}

/* Every step-th row, for the first search over many. */
static const ku_gamma_gamma *thinned(const ku_gamma_gamma *g, size_t step, ku_arena *arena)
{
    ku_gamma_gamma *part = KU_NEW(arena, ku_gamma_gamma);
    size_t rows = (g->rows + step - 1) / step;
    part->unit = g->unit;
    part->x = KU_ARRAY(arena, rows, double);
    part->total = KU_ARRAY(arena, rows, double);
    part->weight = KU_ARRAY(arena, rows, double);
    for (size_t i = 0; i < g->rows; i += step) {
        double x = g->x[i], w = g->weight[i], log_z = log(g->total[i] / x);
        part->x[part->rows] = x;
        part->total[part->rows] = g->total[i];
        part->weight[part->rows++] = w;
        part->customers += w;
        part->log_mean += w * log_z;
        part->order_log_mean += w * x * log_z;
    }
    collect_kinds(part, arena);
    return part;
}

/* Customers alike and purchases not, the reverse, and between; γ such that the mean is one. */
static int make_starts(double *to)
{
    static const double p[] = {4, 1, 20, 0.5}, q[] = {4, 10, 2, 1.5};
    for (int i = 0; i < 4; i++) {
        to[3 * i] = log(p[i]);
        to[3 * i + 1] = log(q[i]);
        to[3 * i + 2] = log((q[i] - 1) / p[i]);
    }
    return 4;
}

enum { FIRST_ROWS = 20000 };

static void take_peak(const ku_climb_peak *peak, const ku_gamma_gamma *g, ku_spend *spend)
{
    double *parameter[] = {&spend->p, &spend->q, &spend->gamma};
    double *se[] = {&spend->se_p, &spend->se_q, &spend->se_gamma};
    for (int i = 0; i < 3; i++) {
        *parameter[i] = exp(peak->x[i]) * (i == 2 ? g->unit : 1);
        *se[i] = peak->curved && !peak->edge[i] ? *parameter[i] * sqrt(peak->covariance[4 * i])
                                                : (double)NAN;
    }
    memcpy(spend->covariance, peak->covariance, sizeof spend->covariance);
    spend->loglik = peak->loglik - g->customers * log(g->unit);
    spend->converged = peak->converged && peak->curved;
    spend->at_edge = peak->at_edge;
    spend->starts = peak->starts;
    spend->agreed = peak->agreed;
}

ku_status ku_gamma_gamma_estimate(const ku_spenders *spenders, ku_arena *arena, ku_spend *spend,
                                  ku_error *err)
{
    ku_gamma_gamma *g = ku_gamma_gamma_prepare(spenders, arena);
    if (g == NULL)
        return ku_error_set(err, KU_BAD_DATA, "spend",
                            "No customer has an average purchase above 0: nothing tells what a "
                            "purchase is worth.");
    double starts[12];
    int count = make_starts(starts), agreed = 0;
    bool many = g->rows > 2 * FIRST_ROWS;
    if (many) {
        ku_climb_peak first = climb(thinned(g, g->rows / FIRST_ROWS, arena), starts, count);
        agreed = first.agreed;
        memcpy(starts, first.x, sizeof first.x[0] * 3);
    }
    ku_climb_peak peak = climb(g, starts, many ? 1 : count);
    if (many) {
        peak.starts = count;
        peak.agreed = agreed;
    }
    spend->kind = KU_SPEND_GAMMA;
    spend->why = KU_SPEND_HOLDS;
    take_peak(&peak, g, spend);
    ku_spend_describe(spend);
    return KU_OK;
}
