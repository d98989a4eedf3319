/* bgbb.c - BG/BB: at each opportunity a customer buys or does not, and before each he may
 * leave. Fader, Hardie & Shang (2010), Customer-base analysis in a discrete-time
 * noncontractual setting, Marketing Science 29(6).
 *
 * The probability to buy is Beta(alpha, beta) among customers, that to leave Beta(gamma,
 * delta). Time counts opportunities: x purchases at n = T of them, the last at the t_x-th.
 * Eq. (5) is a sum over the moment of departure, still here or gone after t_x, t_x + 1, ..,
 * n - 1:
 *
 *     P(still here) + sum over i = 0 .. n - t_x - 1 of
 *         B(alpha + x, beta + t_x - x + i) / B(alpha, beta)
 *         x B(gamma + 1, delta + t_x + i) / B(gamma, delta).
 *
 * Neighbouring terms differ by a rational factor below one, so the sum starts at its largest
 * term and needs logarithms only there. */
#include <assert.h>
#include <limits.h>
#include <math.h>

#include "customers/model.h"
#include "num/gamma.h"

enum { ALPHA, BETA, GAMMA, DELTA, COUNT };

/* ---- ratios of beta functions ------------------------------------------------------------------- */

enum { RUNGS = 128, SEVERAL = 64, SUMS = 6 };

/* ln Gamma(p + k) - ln Gamma(p) and its derivative for whole k: worked out step by step below
 * `rungs` where there are many rows, one by one elsewhere. */
typedef struct ladder {
    double from;
    int rungs;
    double value[RUNGS], slope[RUNGS];
} ladder;

/* Ladders of alpha, beta, their sum, gamma, delta, their sum: a beta function has three. */
typedef struct ladders {
    const double *parameter;
    ladder of[SUMS];
} ladders;

static void climb(ladder *l, double from, int rungs)
{
    l->from = from;
    l->rungs = rungs;
    l->value[0] = l->slope[0] = 0;
    for (int k = 1; k < rungs; k++) {
        l->value[k] = l->value[k - 1] + log(from + (k - 1));
        l->slope[k] = l->slope[k - 1] + 1 / (from + (k - 1));
    }
}

static void ladders_make(const double *parameter, size_t rows, ladders *to)
{
    int rungs = rows >= SEVERAL ? RUNGS : 1;
    to->parameter = parameter;
    for (int pair = 0; pair < 2; pair++) {
        double one = parameter[2 * pair], two = parameter[2 * pair + 1];
        climb(&to->of[3 * pair], one, rungs);
        climb(&to->of[3 * pair + 1], two, rungs);
        climb(&to->of[3 * pair + 2], one + two, rungs);
    }
}

/* A logarithm with its derivatives by the parameters as they are. */
typedef struct term {
    double log, by[COUNT];
} term;

static double step(const ladder *l, double k, double *slope)
{
    bool low = k < l->rungs;
    *slope = low ? l->slope[(int)k] : ku_digamma_step(l->from, k);
    return low ? l->value[(int)k] : ku_log_gamma_step(l->from, k);
}

/* Adds ln B(p + a, q + b) - ln B(p, q); pair 0 is alpha and beta, 1 gamma and delta. */
static void add_beta(const ladders *all, int pair, double a, double b, term *to)
{
    double one, two, both;
    const ladder *l = &all->of[3 * pair];
    to->log += step(&l[0], a, &one) + step(&l[1], b, &two) - step(&l[2], a + b, &both);
    to->by[2 * pair] += one - both;
    to->by[2 * pair + 1] += two - both;
}

/* Still here after n opportunities of which x were taken. */
static term still_here(const ladders *all, double x, double n)
{
    term t = {.log = 0};
    add_beta(all, 0, x, n - x, &t);
    add_beta(all, 1, 0, n, &t);
    return t;
}

/* Gone right after the t_x-th. */
static term gone_at(const ladders *all, double x, double t_x)
{
    term t = {.log = 0};
    add_beta(all, 0, x, t_x - x, &t);
    add_beta(all, 1, 1, t_x, &t);
    return t;
}

/* ---- one row -------------------------------------------------------------------------------------- */

/* A sum of positive terms beside its first: how many times it, and d ln sum / d parameter less
 * that of the first. */
typedef struct tail {
    double sum, by[COUNT];
} tail;

/* Over all moments of departure. What is left of the sum is at most the last term times the
 * number of those to come. */
static tail gone_later(const double *parameter, double x, double t_x, double n)
{
    double a = parameter[ALPHA], b = parameter[BETA] + t_x - x, c = parameter[GAMMA];
    double d = parameter[DELTA] + t_x, size = 1, by[COUNT] = {0};
    tail all = {.sum = 1};
    a += x + b;
    c += d + 1;
    for (double i = 0; i < n - t_x - 1 && size * (n - t_x - i) > 1e-17 * all.sum; i++) {
        double ia = 1 / (a + i), ic = 1 / (c + i);
        size *= (b + i) * ia * (d + i) * ic;
        by[ALPHA] -= ia;
        by[BETA] += 1 / (b + i) - ia;
        by[GAMMA] -= ic;
        by[DELTA] += 1 / (d + i) - ic;
        all.sum += size;
        for (int k = 0; k < COUNT; k++) all.by[k] += size * by[k];
    }
    for (int k = 0; k < COUNT; k++) all.by[k] /= all.sum;
    return all;
}

/* Log-likelihood of a row, its derivatives, and the share of it that is still here. */
static term row_term(const ladders *l, double x, double t_x, double n, double *alive)
{
    assert(x <= t_x && t_x <= n);
    term here = still_here(l, x, n);
    *alive = 1;
    if (!(n > t_x)) return here;
    term gone = gone_at(l, x, t_x);
    tail later = gone_later(l->parameter, x, t_x, n);
    gone.log += log(later.sum);
    double odds = exp(gone.log - here.log);
    *alive = 1 / (1 + odds);
    double left = gone.log < here.log ? odds * *alive : 1 / (1 + exp(here.log - gone.log));
    term all = {.log = fmax(here.log, gone.log) + log1p(exp(-fabs(gone.log - here.log)))};
    for (int k = 0; k < COUNT; k++)
        all.by[k] = *alive * here.by[k] + left * (gone.by[k] + later.by[k]);
    return all;
}

/* ---- the model -------------------------------------------------------------------------------------- */

static double bgbb_loglik(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                          double *gradient)
{
    double sum = 0, alive;
    ladders l;
    ladders_make(parameter, to - from, &l);
    for (size_t i = from; i < to; i++) {
        double weight = buyers->weight[i];
        term t = row_term(&l, buyers->x[i], buyers->t_x[i], buyers->T[i], &alive);
        sum += weight * t.log;
        if (gradient != NULL)
            for (int k = 0; k < COUNT; k++) gradient[k] += weight * parameter[k] * t.by[k];
    }
    return sum;
}

/* Fader, Hardie & Shang (2010), eq. (11). */
static void bgbb_alive(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                       double *out)
{
    ladders l;
    ladders_make(parameter, to - from, &l);
    for (size_t i = from; i < to; i++)
        row_term(&l, buyers->x[i], buyers->t_x[i], buyers->T[i], &out[i - from]);
}

/* Opportunities a customer still here after n is expected to be there for, of the next t: the
 * sum over j = 1 .. t of E (1 - theta)^j = B(gamma, delta + n + j) / B(gamma, delta + n), in
 * closed form. At gamma = 1 a power of 0 becomes a logarithm. */
static double stays(double gamma, double delta, double n, double t)
{
    double a = delta + n, below = gamma - 1;
    if (!(fabs(below) > 1e-12)) return a * ku_digamma_step(a + 1, t);
    double fall = ku_log_gamma_step(a + 1, below) - ku_log_gamma_step(a + 1 + t, below);
    return -a * expm1(fall) / below;
}

/* Fader, Hardie & Shang (2010), eq. (13). */
static void bgbb_expected(const double *parameter, const ku_buyers *buyers, size_t from, size_t to,
                          double t, double *out)
{
    bgbb_alive(parameter, buyers, from, to, out);
    for (size_t i = from; i < to; i++) {
        double n = buyers->T[i], p = parameter[ALPHA] + buyers->x[i];
        p /= parameter[ALPHA] + parameter[BETA] + n;
        out[i - from] *= p * stays(parameter[GAMMA], parameter[DELTA], n, t);
    }
}

/* Eq. (8). */
static double bgbb_expected_new(const double *parameter, double t)
{
    double p = parameter[ALPHA] / (parameter[ALPHA] + parameter[BETA]);
    return p * stays(parameter[GAMMA], parameter[DELTA], 0, t);
}

/* How many opportunities in a row a thing of that probability does not happen. */
static double wait_for(double probability, ku_rng *rng)
{
    return floor(log(ku_rng_uniform(rng)) / log1p(-fmin(probability, 1 - 1e-16)));
}

static int bgbb_draw(const double *parameter, double x, double t_x, double T, double t, ku_rng *rng,
                     double *times, int most)
{
    double alive;
    ladders l;
    ladders_make(parameter, 1, &l);
    row_term(&l, x, t_x, T, &alive);
    if (ku_rng_uniform(rng) >= alive) return 0;
    double p = ku_rng_beta(rng, parameter[ALPHA] + x, parameter[BETA] + T - x);
    double leave = ku_rng_beta(rng, parameter[GAMMA], parameter[DELTA] + T);
    double end = fmin(floor(t), wait_for(leave, rng));
    int count = 0;
    for (double at = wait_for(p, rng) + 1; at <= end && count < INT_MAX;
         at += wait_for(p, rng) + 1) {
        if (times != NULL && count < most) times[count] = at;
        count++;
    }
    return count;
}

/* Purchases an opportunity set alpha beside beta; few leave, many, hardly anybody, all alike. */
static void bgbb_start(const ku_buyers *buyers, int which, double *parameter)
{
    static const double shape[][3] = {
        /* alpha + beta, gamma, delta */
        {2, 0.7, 2.5}, {1, 1, 10}, {4, 0.3, 0.5}, {2, 0.2, 20}, {20, 5, 50},
    };
    const double *own = shape[which % 5];
    double bought = 1, chances = 2; /* so that a share is never 0 or 1 */
    for (size_t i = 0; i < buyers->rows; i++) {
        bought += buyers->weight[i] * buyers->x[i];
        chances += buyers->weight[i] * fmax(buyers->t_x[i], 0.7 * buyers->T[i]);
    }
    double share = fmin(0.98, bought / chances);
    parameter[ALPHA] = own[0] * share;
    parameter[BETA] = own[0] * (1 - share);
    parameter[GAMMA] = own[1];
    parameter[DELTA] = own[2];
}

static const char *const names[] = {"alpha", "beta", "gamma", "delta", NULL};

const ku_buying_model ku_buying_bgbb = {
    .name = "bgbb",
    .title = "BG/BB",
    .about = "buys or not at each opportunity, may leave before each",
    .parameters = COUNT,
    .parameter = names,
    .discrete = true,
    .leaves = true,
    .effect = {.rate = {[ALPHA] = 1}, .dropout = {[GAMMA] = 1}},
    .start = bgbb_start,
    .loglik = bgbb_loglik,
    .alive = bgbb_alive,
    .expected = bgbb_expected,
    .expected_new = bgbb_expected_new,
    .draw = bgbb_draw,
};
