/* departure_between.c - the integral over the moment of departure for one customer: Gauss
 * and Legendre's 16 points on panels short enough that the integrand is nearly a
 * polynomial on each.
 *
 * A panel is at most a few times as long as its distance to the points where u or the hazard
 * is singular (both lie below 0), at most the hazard's reach, and spans at most a few powers
 * of e of the main factor. However sharp or flat the integrand, a handful of panels do. */
#include <assert.h>
#include <math.h>

#include "customers/departure_internal.h"
#include "num/gauss.h"
#include "num/lanes.h"

enum { POINTS = 16 };

/* How much longer than its distance to a singularity a panel may be; how far ln of the
 * integrand may fall on it where that is a power and where it is an exponential; how many
 * times the hazard's reach it may span. */
static const double stretch = 3.5, power_fall = 14, exponential_fall = 7, reaches = 1.5;
/* What is left beyond is no longer seen. */
static const double negligible = 1e-18;
/* From this multiple of all scales on, the integrand is the power it is in the end. */
static const double far = 1e17;

static double panel(double slope, double hazard, double scale, double reach, double t)
{
    double turns = slope / power_fall + hazard / exponential_fall + 1 / (stretch * (scale + t));
    return fmin(1 / turns, reaches * reach);
}

typedef struct integral {
    const ku_departure_law *law;
    const double *parameter;
    double alpha, R, from;
    ku_departure_at start; /* the law at `from` */
    ku_departure_value sum;
} integral;

/* Adds the panel's points: `at` is the law at `times`. */
static void add_panel(integral *in, const double *times, double width, const ku_departure_at *at)
{
    double u0 = in->alpha + in->from, per_u0 = 1 / u0, *by = in->sum.by;
    double rise[POINTS], main[POINTS];
    for (int j = 0; j < POINTS; j++) rise[j] = (times[j] - in->from) * per_u0;
    ku_lanes_log1p(rise, rise, POINTS);
    for (int j = 0; j < POINTS; j++) main[j] = at[j].stay - in->start.stay - in->R * rise[j];
    ku_lanes_exp(main, main, POINTS);
    double factor = in->R * in->alpha * per_u0;
    for (int j = 0; j < POINTS; j++) {
        double f = ku_gauss_16.weight[j] * width * at[j].hazard * main[j];
        in->sum.of += f;
        by[KU_DEPARTURE_R] -= f * rise[j];
        by[KU_DEPARTURE_ALPHA] += f * factor * (times[j] - in->from) / (in->alpha + times[j]);
        for (int k = 0; k < KU_DEPARTURE_PARAMETERS; k++)
            by[KU_DEPARTURE_LAW + k] += f * (at[j].hazard_by[k] + at[j].stay_by[k] -
                                             in->start.stay_by[k]);
    }
}

/* How far the logarithm of the main factor has fallen. */
static double drop_to(const integral *in, double t, const ku_departure_at *at)
{
    double rise = log1p((t - in->from) / (in->alpha + in->from));
    return in->R * rise - (at->stay - in->start.stay);
}

/* What is left from t to infinity where all has become a power or nearly nothing: the hazard's share of all
 * that ends the wait, p, times what the main factor has come to. */
static void add_rest(integral *in, double t, double drop, const ku_departure_at *at)
{
    double u0 = in->alpha + in->from, u = in->alpha + t, hazard = at->hazard * u;
    double p = hazard / (in->R + hazard), f = p * exp(-drop), rest = 1 - p;
    double *by = in->sum.by;
    in->sum.of += f;
    by[KU_DEPARTURE_R] -= f * (rest / in->R + log1p((t - in->from) / u0));
    by[KU_DEPARTURE_ALPHA] += f * in->R * in->alpha * (t - in->from) / (u0 * u);
    for (int k = 0; k < in->law->parameters; k++)
        by[KU_DEPARTURE_LAW + k] += f * (rest * at->hazard_by[k] + at->stay_by[k] -
                                         in->start.stay_by[k]);
}

ku_departure_value ku_departure_between(const ku_departure_law *law, const double *parameter,
                                        double R, double from, double to)
{
    const double *own = parameter + KU_DEPARTURE_LAW;
    double alpha = parameter[KU_DEPARTURE_ALPHA], scale = fmin(alpha, law->scale(own));
    integral in = {law, parameter, alpha, R, from, {.hazard = 0}, {.of = 0}};
    double end_scale = far * (alpha + law->scale(own) + from);
    ku_departure_at at[POINTS + 1];
    law->at(own, &from, 1, &in.start);
    at[POINTS] = in.start;
    for (double t = from; t < to;) {
        double times[POINTS + 1], slope = R / (alpha + t);
        double width = panel(slope, at[POINTS].hazard, scale, law->reach(own, t), t);
        double end = width < to - t ? t + width : to;
        if (!(end > t)) { /* it is over before the next number after t */
            add_rest(&in, t, drop_to(&in, t, &at[POINTS]), &at[POINTS]);
            break;
        }
        for (int j = 0; j < POINTS; j++) times[j] = t + ku_gauss_16.node[j] * (end - t);
        times[POINTS] = end;
        law->at(own, times, POINTS + 1, at);
        add_panel(&in, times, end - t, at);
        double drop = drop_to(&in, end, &at[POINTS]);
        if (drop > 700 || exp(-drop) < negligible * in.sum.of) break;
        if (isinf(to) && end > end_scale) {
            add_rest(&in, end, drop, &at[POINTS]);
            break;
        }
        t = end;
    }
    return in.sum;
}

double ku_departure_stay(const ku_departure_law *law, const double *parameter, double T, double t,
                         double discount)
{
    assert(discount >= 0 && (isfinite(t) || discount > 0));
    double scale = law->scale(parameter), sum = 0;
    ku_departure_at start, at[POINTS + 1];
    law->at(parameter, &T, 1, &start);
    at[POINTS] = start;
    for (double from = 0; from < t;) {
        double times[POINTS + 1], reach = law->reach(parameter, T + from);
        double width = panel(0, at[POINTS].hazard + discount, scale, reach, T + from);
        double end = width < t - from ? from + width : t;
        if (!(T + end > T + from)) break;
        for (int j = 0; j < POINTS; j++) times[j] = T + from + ku_gauss_16.node[j] * (end - from);
        times[POINTS] = T + end;
        law->at(parameter, times, POINTS + 1, at);
        for (int j = 0; j < POINTS; j++)
            sum += ku_gauss_16.weight[j] * (end - from) *
                   exp(at[j].stay - start.stay - discount * (times[j] - T));
        if (exp(at[POINTS].stay - start.stay - discount * end) * (scale + T + end) <
            negligible * sum)
            break;
        from = end;
    }
    return sum;
}
