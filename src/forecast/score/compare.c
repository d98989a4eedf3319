/* compare.c - evidence for differences in accuracy.
 *
 * Two forecasts of the same periods err alike, and forecasts made one after the other err
 * alike too. Both make the plain standard error of a mean difference too small. The test
 * for one series allows for the overlap in time, the resampling for all series allows for
 * what their periods and their own ways have in common. */
#include "forecast/score/compare.h"

#include <assert.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "num/student.h"

/* ---- one series of differences ---------------------------------------------------------------- */

static double autocovariance(const double *d, int n, double mean, int lag)
{
    double sum = 0;
    for (int t = lag; t < n; t++) sum += (d[t] - mean) * (d[t - lag] - mean);
    return sum / n;
}

/* n times the variance of the mean; `weighted` by Bartlett, which keeps it above zero. */
static double long_variance(const double *d, int n, double mean, int overlap, bool weighted)
{
    double sum = autocovariance(d, n, mean, 0);
    for (int lag = 1; lag <= overlap; lag++)
        sum += 2 * (weighted ? 1 - lag / (overlap + 1.0) : 1) * autocovariance(d, n, mean, lag);
    return sum;
}

ku_accuracy_test ku_compare_accuracy(const double *d, int n, int overlap)
{
    double mean = 0;
    assert(n >= 1 && overlap >= 0);
    for (int t = 0; t < n; t++) mean += d[t] / n;
    ku_accuracy_test test = {mean, NAN, NAN, {NAN, NAN}};
    if (n < 3) return test;
    if (overlap > n - 2) overlap = n - 2;
    double variance = long_variance(d, n, mean, overlap, false);
    if (!(variance > 0)) variance = long_variance(d, n, mean, overlap, true);
    int h = overlap + 1;
    double correction = (n + 1 - 2.0 * h + h * (h - 1.0) / n) / n; /* above 0, as h < n */
    test.error = sqrt(fmax(variance, 0) / n / correction);
    double reach = ku_student_quantile(0.975, n - 1) * test.error;
    test.interval = (ku_interval){mean - reach, mean + reach};
    if (test.error > 0)
        test.p = 2 * ku_student_below(-fabs(mean / test.error), n - 1);
    else
        test.p = mean > 0 || mean < 0 ? 0 : 1; /* the same difference every time */
    return test;
}

/* ---- many series --------------------------------------------------------------------------------- */

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* How often each of n is drawn in n draws with replacement. */
static void draw_counts(ku_rng *rng, int n, double *count)
{
    for (int i = 0; i < n; i++) count[i] = 0;
    for (int i = 0; i < n; i++) count[ku_rng_below(rng, (uint64_t)n)]++;
}

static double weighted_skill(const double *loss, const double *yardstick, int series, int origins,
                             const double *by_series, const double *by_origin)
{
    double sum = 0, against = 0;
    for (int s = 0; s < series; s++) {
        double weight = by_series != NULL ? by_series[s] : 1;
        if (!(weight > 0)) continue;
        const double *l = loss + (size_t)s * (size_t)origins;
        const double *y = yardstick + (size_t)s * (size_t)origins;
        for (int o = 0; o < origins; o++) {
            if (isnan(l[o])) continue;
            double w = weight * (by_origin != NULL ? by_origin[o] : 1);
            sum += w * l[o];
            against += w * y[o];
        }
    }
    return against > 0 ? 1 - sum / against : NAN;
}

ku_skill ku_skill_of(const double *loss, const double *yardstick, int series, int origins,
                     int draws, ku_rng rng, double *room)
{
    double *by_series = room, *by_origin = room + series, *value = by_origin + origins;
    ku_skill skill = {weighted_skill(loss, yardstick, series, origins, NULL, NULL), {NAN, NAN}};
    int found = 0;
    if (isnan(skill.value) || (series < 2 && origins < 2)) return skill;
    for (int i = 0; i < draws; i++) {
        draw_counts(&rng, series, by_series);
        draw_counts(&rng, origins, by_origin);
        double drawn = weighted_skill(loss, yardstick, series, origins, by_series, by_origin);
        if (!isnan(drawn)) value[found++] = drawn;
    }
    if (found < draws / 2 || found < 20) return skill;
    qsort(value, (size_t)found, sizeof *value, ascending);
    skill.interval = (ku_interval){value[(int)(0.025 * (found - 1))],
                                   value[(int)ceil(0.975 * (found - 1))]};
    return skill;
}
