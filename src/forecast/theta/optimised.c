/* optimised.c - smoothing plus a share of the trend, all parameters estimated together.
 *
 * With q = (1 - alpha)^(t-1) the one-step forecast of observation t is
 *
 *     level_{t-1} + w (q A + (1 - (1 - alpha) q) / alpha B),
 *
 * A and B intercept and slope of the line known at the time (dynamic) or in the end
 * (static), w = 1 - 1/theta. For a given alpha this is linear in the start of the level,
 * which enters as q, and in w. So the search is over alpha alone and finds the smallest sum
 * of squares, where a search over all three may end in the next valley.
 *
 * The dynamic model has no line before the first observation; its forecast then is the bare
 * start, which the second observation already sees lifted by w A. One of the two must fit
 * badly, by an amount that depends on where the series' zero is. The first error is
 * therefore not counted, and nothing then depends on the zero: a series is worked on with
 * its first value taken off. */
#include "forecast/theta/optimised.h"

#include <math.h>
#include <string.h>

#include "num/brent.h"
#include "num/linear.h"

static const double lowest = 0.1, highest = 0.99, precision = 1e-9;
enum { SCAN = 16 };

typedef struct problem {
    const double *y;
    int n, first;              /* errors counted from this one */
    double base;               /* taken off all values */
    double *intercept, *slope; /* the line known before observation t */
    double fixed_weight;       /* NaN: to be found */
    /* what was found for the alpha tried last */
    double weight, start;
} problem;

/* The line through the values up to each time: Fiorucci et al., eqs. for A_t and B_t. */
static void lines(problem *p, bool dynamic)
{
    double mean = 0, slope = 0;
    for (int t = 0; t < p->n; t++) {
        double y = p->y[t] - p->base, count = t + 1;
        p->slope[t] = slope;
        p->intercept[t] = mean - count / 2 * slope;
        if (t > 0) slope = ((count - 2) * slope + 6 / count * (y - mean)) / (count + 1);
        mean += (y - mean) / count;
    }
    for (int t = 0; !dynamic && t < p->n; t++) {
        p->slope[t] = slope;
        p->intercept[t] = mean - (p->n + 1) / 2.0 * slope;
    }
}

/* Sums of squares and products of what is left of the series (r), the trend (d) and the
 * start (q) when each went through the smoothing. */
typedef struct products {
    double rr, rd, rq, dd, dq, qq;
} products;

static products run(const problem *p, double alpha)
{
    products s = {0};
    double level = 0, q = 1;
    for (int t = 0; t < p->n; t++) {
        double r = p->y[t] - p->base - level;
        double d = q * p->intercept[t] + (1 - (1 - alpha) * q) / alpha * p->slope[t];
        if (t >= p->first) {
            s.rr += r * r;
            s.rd += r * d;
            s.rq += r * q;
            s.dd += d * d;
            s.dq += d * q;
            s.qq += q * q;
        }
        level += alpha * r;
        q *= 1 - alpha;
    }
    return s;
}

static double squares(void *data, double alpha)
{
    problem *p = data;
    products s = run(p, alpha);
    double dd = s.dd - s.dq / s.qq * s.dq, rd = s.rd - s.dq / s.qq * s.rq;
    p->weight = p->fixed_weight;
    if (isnan(p->weight)) p->weight = dd > 1e-14 * s.dd ? fmin(fmax(rd / dd, 0), 1) : 0.5;
    double w = p->weight;
    p->start = (s.rq - w * s.dq) / s.qq;
    double rr = s.rr - s.rq / s.qq * s.rq;
    return fmax(rr - 2 * w * rd + w * w * dd, 0);
}

static problem make_problem(const double *y, int n, bool dynamic, double weight, double *room)
{
    problem p = {.y = y, .n = n, .first = dynamic ? 1 : 0, .base = y[0]};
    p.intercept = room;
    p.slope = room + n;
    p.fixed_weight = weight;
    lines(&p, dynamic);
    return p;
}

/* ---- forecasts --------------------------------------------------------------------------- */

/* What the model knows after `count` observations. */
enum { LEVEL, MEAN, SLOPE, STATES };
typedef struct knowledge {
    double state[STATES];
    double keep; /* (1 - alpha)^count */
    int count;
} knowledge;

/* The next observation's forecast is the product of `in` with the state. */
static void forecast_weights(const ku_optimised_theta *fit, const knowledge *k, double in[STATES])
{
    double a = fit->alpha, reach = (1 - (1 - a) * k->keep) / a;
    double middle = ((fit->dynamic ? k->count : fit->n) + 1) / 2.0;
    in[LEVEL] = 1;
    in[MEAN] = fit->weight * k->keep;
    in[SLOPE] = fit->weight * (reach - k->keep * middle);
}

/* The state after the next observation y is `from` times the state plus `gain` times y;
 * `from` has only a diagonal and the slope's share of the mean. */
typedef struct transition {
    double level, mean, slope, slope_of_mean;
    double gain[STATES];
} transition;

static transition next(const ku_optimised_theta *fit, int count)
{
    double new = count + 1, a = fit->alpha;
    if (!fit->dynamic) return (transition){1 - a, 1, 1, 0, {a, 0, 0}};
    double lift = count > 0 ? 6 / (new *(new + 1)) : 0;
    return (transition){
        1 - a, count / new, count > 0 ? (new - 2) / (new + 1) : 0, -lift, {a, 1 / new, lift}};
}

static double forecast_next(const ku_optimised_theta *fit, const knowledge *k)
{
    double in[STATES];
    forecast_weights(fit, k, in);
    return in[LEVEL] * k->state[LEVEL] + in[MEAN] * k->state[MEAN] + in[SLOPE] * k->state[SLOPE];
}

static void learn(const ku_optimised_theta *fit, knowledge *k, double y)
{
    transition f = next(fit, k->count);
    double mean = k->state[MEAN];
    k->state[LEVEL] = f.level * k->state[LEVEL] + f.gain[LEVEL] * y;
    k->state[MEAN] = f.mean * mean + f.gain[MEAN] * y;
    k->state[SLOPE] = f.slope * k->state[SLOPE] + f.slope_of_mean * mean + f.gain[SLOPE] * y;
    k->keep *= 1 - fit->alpha;
    k->count++;
}

/* The covariance of the state after an observation that is itself only a forecast. */
static void spread(const ku_optimised_theta *fit, const transition *f, const double in[STATES],
                   double covariance[STATES][STATES])
{
    double from[STATES][STATES] = {
        {f->level, 0, 0}, {0, f->mean, 0}, {0, f->slope_of_mean, f->slope}};
    double half[STATES][STATES] = {{0}}, full[STATES][STATES] = {{0}};
    for (int i = 0; i < STATES; i++)
        for (int j = 0; j < STATES; j++) from[i][j] += f->gain[i] * in[j];
    for (int i = 0; i < STATES; i++)
        for (int j = 0; j < STATES; j++)
            for (int k = 0; k < STATES; k++) half[i][j] += from[i][k] * covariance[k][j];
    for (int i = 0; i < STATES; i++)
        for (int j = 0; j < STATES; j++) {
            for (int k = 0; k < STATES; k++) full[i][j] += half[i][k] * from[j][k];
            full[i][j] += fit->sigma2 * f->gain[i] * f->gain[j];
        }
    memcpy(covariance, full, sizeof full);
}

void ku_optimised_theta_predict(const ku_optimised_theta *fit, int h, double *mean,
                                double *variance)
{
    knowledge k = {{fit->level, fit->mean, fit->slope}, pow(1 - fit->alpha, fit->n), fit->n};
    double covariance[STATES][STATES] = {{0}}, in[STATES];
    for (int step = 0; step < h; step++) {
        forecast_weights(fit, &k, in);
        mean[step] = forecast_next(fit, &k);
        variance[step] = fit->sigma2;
        for (int i = 0; i < STATES; i++)
            for (int j = 0; j < STATES; j++) variance[step] += in[i] * covariance[i][j] * in[j];
        transition f = next(fit, k.count);
        spread(fit, &f, in, covariance);
        learn(fit, &k, mean[step]);
    }
}

static knowledge beginning(const ku_optimised_theta *fit, const double *y)
{
    knowledge k = {
        {fit->level0, fit->dynamic ? y[0] : fit->mean, fit->dynamic ? 0 : fit->slope}, 1, 0};
    return k;
}

void ku_optimised_theta_fitted(const ku_optimised_theta *fit, const double *y, double *fitted)
{
    knowledge k = beginning(fit, y);
    for (int t = 0; t < fit->n; t++) {
        fitted[t] = forecast_next(fit, &k);
        learn(fit, &k, y[t]);
    }
}

/* ---- the fit ------------------------------------------------------------------------------ */

static void finish(problem *p, bool dynamic, double alpha, ku_optimised_theta *fit)
{
    fit->dynamic = dynamic;
    fit->n = p->n;
    fit->alpha = alpha;
    squares(p, alpha);
    fit->weight = p->weight;
    fit->mean = 0;
    for (int t = 0; t < p->n; t++) fit->mean += (p->y[t] - p->base) / p->n;
    fit->mean += p->base;
    double intercept;
    ku_line_fit(p->y, p->n, &intercept, &fit->slope);
    /* the base is part of the line's intercept, so w of it does not belong to the level */
    fit->level0 = p->start + p->base * (1 - p->weight);
    knowledge k = beginning(fit, p->y);
    fit->squares = 0;
    for (int t = 0; t < p->n; t++) {
        double e = p->y[t] - forecast_next(fit, &k);
        if (t >= p->first) fit->squares += e * e;
        learn(fit, &k, p->y[t]);
    }
    fit->level = k.state[LEVEL];
    fit->sigma2 = fit->squares / (p->n - p->first - 3);
}

void ku_optimised_theta_fit(const double *y, int n, bool dynamic, double *room,
                            ku_optimised_theta *fit)
{
    problem p = make_problem(y, n, dynamic, NAN, room);
    finish(&p, dynamic, ku_brent(squares, &p, lowest, highest, SCAN, precision, NULL), fit);
}

double ku_optimised_theta_at(const double *y, int n, bool dynamic, double alpha, double weight,
                             double *room, ku_optimised_theta *fit)
{
    problem p = make_problem(y, n, dynamic, weight, room);
    finish(&p, dynamic, alpha, fit);
    return fit->squares;
}
