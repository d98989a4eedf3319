/* arms.c - from sums to the value of a metric in each arm.
 *
 * A ratio of sums moves with a unit as if the unit had the value R + (y - R d) / mean(d), so
 * that its variance, and its covariance with what was known before, follow from those of y and
 * d. From there on shares, means and ratios are the same. */
#include "returns/ab/arms.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "num/linear.h"

enum { Y, D, X };

void ku_ab_add(const ku_ab_metric *metric, ku_ab_arm *arm, const double *record, double sign)
{
    int size = X + metric->before;
    double off[KU_AB_SIZE];
    for (int i = 0; i < size; i++) off[i] = record[i] - metric->shift[i];
    arm->units += sign;
    for (int i = 0; i < size; i++) {
        arm->sum[i] += sign * off[i];
        for (int j = 0; j <= i; j++) arm->cross[i * KU_AB_SIZE + j] += sign * off[i] * off[j];
    }
}

static double mean_of(const ku_ab_metric *metric, const ku_ab_arm *arm, int i)
{
    return metric->shift[i] + arm->sum[i] / arm->units;
}

/* Sum of products about the means. */
static double about(const ku_ab_arm *arm, int i, int j)
{
    if (j > i) return about(arm, j, i);
    double found = arm->cross[i * KU_AB_SIZE + j] - arm->sum[i] * arm->sum[j] / arm->units;
    if (i != j) return found;
    /* Below this only rounding is left of the difference. */
    return found > 1e-12 * arm->cross[i * KU_AB_SIZE + i] ? found : 0;
}

/* An arm as sums of products of the unit's value u and the columns from before. */
typedef struct spread {
    double uu, ux[KU_AB_BEFORE];
} spread;

static spread spread_of(const ku_ab_metric *metric, const ku_ab_arm *arm, double ratio)
{
    spread s = {.uu = about(arm, Y, Y)};
    for (int k = 0; k < metric->before; k++) s.ux[k] = about(arm, Y, X + k);
    if (metric->kind != KU_AB_RATIO) return s;
    double size = mean_of(metric, arm, D);
    s.uu += ratio * ratio * about(arm, D, D) - 2 * ratio * about(arm, Y, D);
    s.uu = fmax(s.uu, 0) / (size * size);
    for (int k = 0; k < metric->before; k++)
        s.ux[k] = (s.ux[k] - ratio * about(arm, D, X + k)) / size;
    return s;
}

static double plain_value(const ku_ab_metric *metric, const ku_ab_arm *arm)
{
    double value = mean_of(metric, arm, Y);
    return metric->kind == KU_AB_RATIO ? value / mean_of(metric, arm, D) : value;
}

/* θ: solves Sxx θ = Sxu, both added up over the arms. A hair is added to the diagonal, for
 * columns that say the same. */
static bool find_weights(const ku_ab_metric *metric, const ku_ab_arm *arm, const spread *s,
                         int arms, double weight[KU_AB_BEFORE])
{
    int n = metric->before, place[KU_AB_BEFORE], count = 0;
    double a[KU_AB_BEFORE * KU_AB_BEFORE], b[KU_AB_BEFORE], scale[KU_AB_BEFORE];
    memset(weight, 0, KU_AB_BEFORE * sizeof *weight);
    for (int k = 0; k < n; k++) {
        double sum = 0;
        for (int g = 0; g < arms; g++) sum += arm[g].units > 1 ? about(&arm[g], X + k, X + k) : 0;
        if (!(sum > 0)) continue;
        scale[count] = sqrt(sum);
        place[count++] = k;
    }
    for (int i = 0; i < count; i++) {
        b[i] = 0;
        for (int g = 0; g < arms; g++)
            if (arm[g].units > 1) b[i] += s[g].ux[place[i]] / scale[i];
        for (int j = 0; j <= i; j++) {
            double sum = i == j ? 1e-9 : 0;
            for (int g = 0; g < arms; g++)
                if (arm[g].units > 1)
                    sum += about(&arm[g], X + place[i], X + place[j]) / scale[i] / scale[j];
            a[i * count + j] = sum;
        }
    }
    if (count == 0 || !ku_cholesky(a, count, count)) return false;
    ku_cholesky_solve(a, count, count, b);
    for (int i = 0; i < count; i++) weight[place[i]] = b[i] / scale[i];
    return true;
}

static double corrected_spread(const ku_ab_metric *metric, const ku_ab_arm *arm, const spread *s,
                               const double *weight)
{
    double sum = s->uu;
    for (int i = 0; i < metric->before; i++) {
        sum -= 2 * weight[i] * s->ux[i];
        for (int j = 0; j < metric->before; j++)
            sum += weight[i] * weight[j] * about(arm, X + i, X + j);
    }
    return fmax(sum, 0);
}

static void correct(const ku_ab_metric *metric, const ku_ab_arm *arm, const spread *s, int arms,
                    const double *weight, ku_ab_value *value)
{
    double mean[KU_AB_BEFORE] = {0}, units = 0;
    for (int g = 0; g < arms; g++) units += arm[g].units;
    for (int k = 0; k < metric->before; k++)
        for (int g = 0; g < arms; g++)
            if (arm[g].units > 0)
                mean[k] += mean_of(metric, &arm[g], X + k) * (arm[g].units / units);
    for (int g = 0; g < arms; g++) {
        if (!(arm[g].units > 1)) continue;
        for (int k = 0; k < metric->before; k++)
            value[g].mean -= weight[k] * (mean_of(metric, &arm[g], X + k) - mean[k]);
        value[g].error = sqrt(corrected_spread(metric, &arm[g], &s[g], weight) /
                              (arm[g].units - 1) / arm[g].units);
    }
}

ku_ab_values ku_ab_work_out(const ku_ab_metric *metric, const ku_ab_arm *arm, int arms,
                            ku_ab_value *value)
{
    ku_ab_values out = {0};
    spread s[KU_AB_ARMS];
    double before = 0, after = 0;
    assert(arms <= KU_AB_ARMS);
    for (int g = 0; g < arms; g++) {
        double n = arm[g].units;
        value[g] = (ku_ab_value){n, NAN, NAN, NAN, NAN, NAN};
        s[g] = (spread){0};
        if (!(n >= 1)) continue;
        value[g].plain = value[g].mean = plain_value(metric, &arm[g]);
        value[g].hits = metric->kind == KU_AB_SHARE ? round(value[g].plain * n) : NAN;
        s[g] = spread_of(metric, &arm[g], value[g].plain);
        if (n > 1) value[g].error = value[g].plain_error = sqrt(s[g].uu / (n - 1) / n);
    }
    out.adjusted = metric->before > 0 && find_weights(metric, arm, s, arms, out.weight);
    if (!out.adjusted) return out;
    correct(metric, arm, s, arms, out.weight, value);
    for (int g = 0; g < arms; g++) {
        if (!(arm[g].units > 1)) continue;
        before += s[g].uu;
        after += corrected_spread(metric, &arm[g], &s[g], out.weight);
    }
    out.saved = before > 0 ? 1 - after / before : 0;
    return out;
}

double ku_ab_uneven(const ku_ab_metric *metric, const ku_ab_arm *a, const ku_ab_arm *b, int column)
{
    int i = X + column;
    if (!(a->units > 1 && b->units > 1)) return NAN;
    double variance = about(a, i, i) / (a->units - 1) / a->units +
                      about(b, i, i) / (b->units - 1) / b->units;
    if (!(variance > 0)) return NAN;
    double z = (mean_of(metric, b, i) - mean_of(metric, a, i)) / sqrt(variance);
    return erfc(fabs(z) / sqrt(2));
}
