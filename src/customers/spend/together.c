/* together.c - averages drawn towards those of customers who buy as often: what is left to
 * say of spend where the Gamma-Gamma model does not hold.
 *
 * The average of a customer with n purchases is level + slope ln(n) + his own deviation
 * (variance `between`) + chance (variance `within` / n). The line is fitted by weighted least
 * squares, the variances by the regression of its squared errors on 1/n; each helps the
 * other, so a few rounds. The customer's own mean is then best told (among linear rules) by
 * drawing his average towards the line, the more the fewer his purchases: credibility,
 * Buehlmann & Straub (1970), ASTIN Bulletin 5. Negative averages are as good as others. */
#include <math.h>

#include "customers/spend/spend_internal.h"

static const double z95 = 1.959963984540054;

typedef struct line {
    double n, x, y, xx, xy; /* sum of weights, means, centred moments */
    double level, slope;
} line;

static double weight_of(const ku_spenders *s, size_t i)
{
    return s->weight != NULL ? s->weight[i] : 1;
}

static double precision(const ku_spend *spend, double n)
{
    double variance = spend->between + spend->within / n;
    return variance > 0 ? 1 / variance : 1;
}

static line fit_line(const ku_spenders *s, const ku_spend *spend)
{
    line l = {0};
    for (size_t i = 0; i < s->rows; i++) {
        if (!(s->orders[i] > 0)) continue;
        double w = weight_of(s, i) * precision(spend, s->orders[i]);
        l.n += w;
        l.x += w * log(s->orders[i]);
        l.y += w * s->mean[i];
    }
    l.x /= l.n;
    l.y /= l.n;
    for (size_t i = 0; i < s->rows; i++) {
        if (!(s->orders[i] > 0)) continue;
        double w = weight_of(s, i) * precision(spend, s->orders[i]);
        double x = log(s->orders[i]) - l.x;
        l.xx += w * x * x;
        l.xy += w * x * (s->mean[i] - l.y);
    }
    l.slope = l.xx > 1e-9 * l.n ? l.xy / l.xx : 0;
    l.level = l.y - l.slope * l.x;
    return l;
}

/* Squared errors on 1 and 1/n, neither coefficient below 0; weighted as the errors' normal
 * likelihood would have it, by the squared precision. */
static void fit_variances(const ku_spenders *s, const line *l, ku_spend *spend)
{
    double n = 0, v = 0, e = 0, vv = 0, ve = 0;
    for (int centred = 0; centred < 2; centred++) {
        for (size_t i = 0; i < s->rows; i++) {
            if (!(s->orders[i] > 0)) continue;
            double inverse = 1 / s->orders[i], sure = precision(spend, s->orders[i]);
            double w = weight_of(s, i) * sure * sure;
            double error = s->mean[i] - l->level - l->slope * log(s->orders[i]);
            if (centred == 0) {
                n += w;
                v += w * inverse;
                e += w * error * error;
            } else {
                vv += w * (inverse - v) * (inverse - v);
                ve += w * (inverse - v) * (error * error - e);
            }
        }
        if (centred > 0) break;
        v /= n;
        e /= n;
    }
    /* All buy as often, or large averages lie with frequent buyers, so that chance would be
     * less than none: the two cannot be told apart, and no average is exact. */
    if (!(vv > 1e-9 * n) || !(ve > 0)) {
        spend->between = e / 2;
        spend->within = e / (2 * v);
        return;
    }
    spend->within = ve / vv;
    spend->between = e - spend->within * v;
    if (spend->between < 0) {
        spend->between = 0;
        spend->within = e / v;
    }
}

/* Covariance of level and slope, whatever the true variances (White 1980). */
static void line_covariance(const ku_spenders *s, const line *l, ku_spend *spend)
{
    double a = 0, b = 0, c = 0; /* of the centred line: level, both, slope */
    for (size_t i = 0; i < s->rows; i++) {
        if (!(s->orders[i] > 0)) continue;
        double p = precision(spend, s->orders[i]), x = log(s->orders[i]) - l->x;
        double error = p * (s->mean[i] - l->level - l->slope * log(s->orders[i]));
        double w = weight_of(s, i) * error * error;
        a += w;
        b += w * x;
        c += w * x * x;
    }
    bool sloped = l->xx > 1e-9 * l->n;
    a /= l->n * l->n;
    b = sloped ? b / (l->n * l->xx) : 0;
    c = sloped ? c / (l->xx * l->xx) : 0;
    double *to = spend->covariance;
    to[0] = a - 2 * l->x * b + l->x * l->x * c;
    to[1] = to[KU_SPEND_UNKNOWNS] = b - l->x * c;
    to[KU_SPEND_UNKNOWNS + 1] = c;
}

/* One or two customers tell nothing of how much customers differ: as much as they spend. */
static void allow_for_few(const line *l, double customers, ku_spend *spend)
{
    if (customers >= 3) return;
    double size = l->level != 0 ? l->level * l->level : 1;
    spend->between = fmax(spend->between, size);
    spend->within = fmax(spend->within, size);
    spend->slope = 0;
    spend->level = l->y;
    spend->covariance[0] = size / customers;
    spend->covariance[1] = spend->covariance[KU_SPEND_UNKNOWNS] = 0;
    spend->covariance[KU_SPEND_UNKNOWNS + 1] = 0;
}

/* The plain average over customers with its standard error. */
static void describe(const ku_spenders *s, ku_spend *spend)
{
    double n = 0, sum = 0, square = 0;
    for (size_t i = 0; i < s->rows; i++) {
        if (!(s->orders[i] > 0)) continue;
        n += weight_of(s, i);
        sum += weight_of(s, i) * s->mean[i];
    }
    for (size_t i = 0; i < s->rows; i++) {
        double e = s->orders[i] > 0 ? s->mean[i] - sum / n : 0;
        square += weight_of(s, i) * e * e;
    }
    double variance = n > 2 ? square / (n - 1) / n : spend->covariance[0];
    spend->mean = sum / n;
    spend->mean_lo = spend->mean - z95 * sqrt(variance);
    spend->mean_hi = spend->mean + z95 * sqrt(variance);
}

void ku_spend_draw_together(const ku_spenders *s, ku_spend *spend)
{
    spend->kind = KU_SPEND_DRAWN;
    spend->between = spend->within = 0;
    for (int i = 0; i < KU_SPEND_UNKNOWNS * KU_SPEND_UNKNOWNS; i++) spend->covariance[i] = 0;
    line l = fit_line(s, spend);
    for (int round = 0; round < 5; round++) {
        fit_variances(s, &l, spend);
        l = fit_line(s, spend);
    }
    spend->level = l.level;
    spend->slope = l.slope;
    line_covariance(s, &l, spend);
    allow_for_few(&l, spend->check.customers, spend);
    describe(s, spend);
}
