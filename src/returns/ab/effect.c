/* effect.c - comparing arms.
 *
 * The usual interval is right at one look. Whoever looks every day and stops when it leaves 0
 * errs far more often than it says; the interval for every look is wider by a factor of about
 * 1.5 where it was planned for and errs no more often whenever one stops. Both are given. */
#include "returns/ab/effect.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

#include "num/gamma.h"
#include "num/student.h"

/* Hits expected in an arm below which a share's test is exact. */
static const double few_hits = 10;

/* ---- shares -------------------------------------------------------------------------------------- */

/* ln of the chance of x hits among the first n of n + m with `all` hits. */
static double log_chance(double x, double n, double m, double all)
{
    double y = all - x;
    return ku_log_gamma(n + 1) - ku_log_gamma(x + 1) - ku_log_gamma(n - x + 1) +
           ku_log_gamma(m + 1) - ku_log_gamma(y + 1) - ku_log_gamma(m - y + 1) -
           (ku_log_gamma(n + m + 1) - ku_log_gamma(all + 1) - ku_log_gamma(n + m - all + 1));
}

double ku_ab_fisher(double x, double n, double y, double m)
{
    double all = x + y, seen = log_chance(x, n, m, all), p = 0;
    for (double k = fmax(0, all - m); k <= fmin(n, all); k++) {
        double chance = log_chance(k, n, m, all);
        if (chance <= seen + 1e-7) p += exp(chance);
    }
    return fmin(p, 1);
}

static bool is_plain_share(const ku_ab_metric *metric, bool adjusted)
{
    return metric->kind == KU_AB_SHARE && !adjusted;
}

static void compare_shares(const ku_ab_value *a, const ku_ab_value *b, double confidence,
                           ku_ab_effect *e)
{
    ku_interval wa = ku_wilson(a->hits, a->units, confidence);
    ku_interval wb = ku_wilson(b->hits, b->units, confidence);
    e->lo = e->effect - hypot(b->plain - wb.lo, wa.hi - a->plain);
    e->hi = e->effect + hypot(wb.hi - b->plain, a->plain - wa.lo);
    double share = (a->hits + b->hits) / (a->units + b->units);
    double least = fmin(share, 1 - share) * fmin(a->units, b->units);
    if (least < few_hits) {
        e->p = ku_ab_fisher(a->hits, a->units, b->hits, b->units);
        return;
    }
    double z = e->effect / sqrt(share * (1 - share) * (1 / a->units + 1 / b->units));
    e->p = erfc(fabs(z) / sqrt(2));
}

ku_interval ku_ab_interval(const ku_ab_metric *metric, bool adjusted, const ku_ab_value *value,
                           double confidence)
{
    if (is_plain_share(metric, adjusted) && value->units >= 1)
        return ku_wilson(value->hits, value->units, confidence);
    if (!(value->units > 1)) return (ku_interval){NAN, NAN};
    double reach = ku_student_quantile((1 + confidence) / 2, value->units - 1) * value->error;
    return (ku_interval){value->mean - reach, value->mean + reach};
}

/* ---- means ---------------------------------------------------------------------------------------- */

/* Welch's degrees of freedom. */
static double freedom_of(const ku_ab_value *a, const ku_ab_value *b)
{
    double va = a->error * a->error, vb = b->error * b->error, all = va + vb;
    if (!(all > 0)) return 1;
    va /= all;
    vb /= all;
    return fmax(1, 1 / (va * va / (a->units - 1) + vb * vb / (b->units - 1)));
}

static void compare_means(const ku_ab_value *a, const ku_ab_value *b, double confidence,
                          ku_ab_effect *e)
{
    double freedom = freedom_of(a, b);
    double reach = ku_student_quantile((1 + confidence) / 2, freedom) * e->error;
    e->lo = e->effect - reach;
    e->hi = e->effect + reach;
    e->p = e->error > 0 ? 2 * ku_student_below(-fabs(e->effect / e->error), freedom) : NAN;
}

/* ---- at every look --------------------------------------------------------------------------------- */

double ku_ab_rho(double units, double alpha)
{
    double l = -2 * log(alpha);
    return sqrt((l + log1p(l)) / units);
}

double ku_ab_reach(double units, double error, double rho, double alpha)
{
    double m = units * rho * rho;
    return error * sqrt(2 * (m + 1) / m * (log1p(m) / 2 - log(alpha)));
}

double ku_ab_always_p(double units, double effect, double error, double rho)
{
    double m = units * rho * rho, z = effect / error;
    return fmin(1, exp(log1p(m) / 2 - z * z * m / (2 * (m + 1))));
}

static void look_always(const ku_ab_value *a, const ku_ab_value *b, const ku_ab_plan *plan,
                        ku_ab_effect *e)
{
    double alpha = 1 - plan->confidence, units = a->units + b->units;
    double rho = ku_ab_rho(plan->units, alpha);
    double reach = ku_ab_reach(units, e->error, rho, alpha);
    e->always_lo = e->effect - reach;
    e->always_hi = e->effect + reach;
    e->always_p = e->error > 0 ? ku_ab_always_p(units, e->effect, e->error, rho) : NAN;
}

/* ---- an effect -------------------------------------------------------------------------------------- */

/* The ratio of b to a less 1: its interval holds 0 where that of the difference does. */
static void compare_relative(const ku_ab_value *a, const ku_ab_value *b, double confidence,
                             ku_ab_effect *e)
{
    double size = fabs(a->plain), times = 1 + e->effect / a->plain;
    double z = ku_student_quantile((1 + confidence) / 2, freedom_of(a, b));
    double g = pow(z * a->error / size, 2);
    if (!(size > 3 * a->plain_error) || !(g < 0.5)) return;
    double reach = z * sqrt((1 - g) * b->error * b->error + pow(times * a->error, 2)) / size;
    double sign = a->plain > 0 ? 1 : -1, middle = sign * (times / (1 - g) - 1);
    e->relative = e->effect / size;
    e->relative_lo = middle - reach / (1 - g);
    e->relative_hi = middle + reach / (1 - g);
}

ku_ab_effect ku_ab_compare(const ku_ab_metric *metric, bool adjusted, const ku_ab_value *a,
                           const ku_ab_value *b, const ku_ab_plan *plan)
{
    ku_ab_effect e = {.effect = b->mean - a->mean, .error = hypot(a->error, b->error)};
    if (is_plain_share(metric, adjusted) && a->units >= 1 && b->units >= 1) {
        compare_shares(a, b, plan->confidence, &e);
    } else if (isfinite(e.error)) {
        compare_means(a, b, plan->confidence, &e);
    } else {
        e.lo = e.hi = e.p = NAN;
    }
    e.always_lo = e.always_hi = e.always_p = NAN;
    e.relative = e.relative_lo = e.relative_hi = NAN;
    if (!isfinite(e.error)) return e;
    look_always(a, b, plan, &e);
    compare_relative(a, b, plan->confidence, &e);
    return e;
}

double ku_ab_seen(double confidence, double power)
{
    return ku_normal_quantile((1 + confidence) / 2) + ku_normal_quantile(power);
}

/* ---- which is best ------------------------------------------------------------------------------------ */

static double draw_value(const ku_ab_metric *metric, bool adjusted, const ku_ab_value *v,
                         ku_rng *rng)
{
    if (is_plain_share(metric, adjusted))
        return ku_rng_beta(rng, v->hits + 0.5, v->units - v->hits + 0.5);
    return v->mean + v->error * ku_rng_normal(rng);
}

void ku_ab_best(const ku_ab_metric *metric, bool adjusted, const ku_ab_value *value, int arms,
                int control, int draws, ku_rng rng, ku_ab_chance *chance)
{
    double drawn[KU_AB_ARMS];
    assert(arms <= KU_AB_ARMS);
    for (int g = 0; g < arms; g++) chance[g] = (ku_ab_chance){0};
    for (int d = 0; d < draws; d++) {
        int top = 0;
        for (int g = 0; g < arms; g++) {
            drawn[g] = draw_value(metric, adjusted, &value[g], &rng);
            if (drawn[g] > drawn[top]) top = g;
        }
        chance[top].best += 1.0 / draws;
        for (int g = 0; g < arms; g++) {
            chance[g].better += (drawn[g] > drawn[control]) / (double)draws;
            chance[g].loss += (drawn[top] - drawn[g]) / draws;
        }
    }
}

/* ---- several tests -------------------------------------------------------------------------------------- */

/* Places of the p-values that are known, smallest first; how many. */
static int sort_known(const double *p, int count, int *order)
{
    int known = 0;
    for (int i = 0; i < count; i++) {
        if (isnan(p[i])) continue;
        int at = known++;
        for (; at > 0 && p[order[at - 1]] > p[i]; at--) order[at] = order[at - 1];
        order[at] = i;
    }
    return known;
}

void ku_ab_holm(const double *p, int count, double *out, int *order)
{
    int known = sort_known(p, count, order);
    double most = 0;
    for (int i = 0; i < count; i++) out[i] = NAN;
    for (int i = 0; i < known; i++) {
        most = fmax(most, fmin(1, (known - i) * p[order[i]]));
        out[order[i]] = most;
    }
}

void ku_ab_benjamini(const double *p, int count, double *out, int *order)
{
    int known = sort_known(p, count, order);
    double least = 1;
    for (int i = 0; i < count; i++) out[i] = NAN;
    for (int i = known - 1; i >= 0; i--) {
        least = fmin(least, p[order[i]] * known / (i + 1));
        out[order[i]] = least;
    }
}
