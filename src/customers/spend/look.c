/* look.c - what the data say before any model of spend: losses, and whether those who buy
 * more often spend more or less a purchase. On logarithms, as spend is skewed: a single large
 * buyer would else decide. */
#include <math.h>

#include "customers/spend/spend_internal.h"
#include "num/share.h"

static const double z95 = 1.959963984540054;

/* Weighted first and second moments of (ln orders, ln mean). */
typedef struct moments {
    double n, x, y, xx, xy, yy;
} moments;

static double weight_of(const ku_spenders *s, size_t i)
{
    return s->weight != NULL ? s->weight[i] : 1;
}

static bool is_used(const ku_spenders *s, size_t i)
{
    return s->orders[i] > 0 && s->mean[i] > 0;
}

/* Around the means, in two passes. */
static moments gather(const ku_spenders *s)
{
    moments m = {0};
    for (size_t i = 0; i < s->rows; i++) {
        if (!is_used(s, i)) continue;
        double w = weight_of(s, i);
        m.n += w;
        m.x += w * log(s->orders[i]);
        m.y += w * log(s->mean[i]);
    }
    m.x /= m.n;
    m.y /= m.n;
    for (size_t i = 0; i < s->rows; i++) {
        if (!is_used(s, i)) continue;
        double w = weight_of(s, i), x = log(s->orders[i]) - m.x, y = log(s->mean[i]) - m.y;
        m.xx += w * x * x;
        m.xy += w * x * y;
        m.yy += w * y * y;
    }
    return m;
}

/* Squared standard error of the slope that allows for a spread that changes with orders
 * (White 1980). */
static double slope_variance(const ku_spenders *s, const moments *m)
{
    double sum = 0, slope = m->xy / m->xx;
    for (size_t i = 0; i < s->rows; i++) {
        if (!is_used(s, i)) continue;
        double x = log(s->orders[i]) - m->x, y = log(s->mean[i]) - m->y, e = y - slope * x;
        sum += weight_of(s, i) * x * x * e * e;
    }
    return sum / (m->xx * m->xx) * m->n / (m->n - 2);
}

static void relate(const ku_spenders *s, ku_spend_check *check)
{
    moments m = gather(s);
    if (!(m.n >= 4) || !(m.xx > 1e-12 * m.n) || !(m.yy > 1e-12 * m.n)) return;
    double r = fmin(fmax(m.xy / sqrt(m.xx * m.yy), -1 + 1e-12), 1 - 1e-12);
    double reach = z95 / sqrt(m.n - 3), slope = m.xy / m.xx;
    double error = z95 * sqrt(slope_variance(s, &m));
    check->correlation = r;
    check->correlation_lo = tanh(atanh(r) - reach);
    check->correlation_hi = tanh(atanh(r) + reach);
    check->doubled = exp2(slope);
    check->doubled_lo = exp2(slope - error);
    check->doubled_hi = exp2(slope + error);
    check->linked = check->correlation_lo > KU_SPEND_LINKED ||
                    check->correlation_hi < -KU_SPEND_LINKED;
}

ku_spend_check ku_spend_look(const ku_spenders *s)
{
    const double unknown = (double)NAN;
    ku_spend_check check = {.correlation = unknown,
                            .correlation_lo = unknown,
                            .correlation_hi = unknown,
                            .doubled = unknown,
                            .doubled_lo = unknown,
                            .doubled_hi = unknown,
                            .loss_hi = 1};
    for (size_t i = 0; i < s->rows; i++) {
        if (!(s->orders[i] > 0)) continue;
        check.customers += weight_of(s, i);
        if (!(s->mean[i] > 0)) check.losses += weight_of(s, i);
    }
    if (!(check.customers > 0)) return check;
    check.loss_share = check.losses / check.customers;
    ku_interval share = ku_wilson(check.losses, fmax(check.customers, 1), 0.95);
    check.loss_lo = share.lo;
    check.loss_hi = share.hi;
    if (check.customers > check.losses) relate(s, &check);
    return check;
}
