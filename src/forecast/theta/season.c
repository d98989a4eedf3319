/* season.c - is there a season, and what is it.
 *
 * The autocorrelations of a long season cost n times m, as does the moving average; both
 * are plain sums, because a running sum would carry the rounding of one outlier to the end
 * of the series. */
#include "forecast/theta/season.h"

#include <math.h>

static const double critical = 1.6448536269514722; /* normal quantile of .95 */
static const double least_factor = 1e-4;

static double mean_of(const double *y, int n)
{
    double sum = 0;
    for (int t = 0; t < n; t++) sum += y[t];
    return sum / n;
}

static double covariance(const double *y, int n, double mean, int lag)
{
    double sum = 0;
    for (int t = lag; t < n; t++) sum += (y[t] - mean) * (y[t - lag] - mean);
    return sum;
}

bool ku_theta_seasonal(const double *y, int n, int season)
{
    if (season < 2 || n / 2 < season || n == 2 * season) return false;
    double mean = mean_of(y, n), variance = covariance(y, n, mean, 0), shorter = 0;
    if (!(variance > 0)) return false;
    for (int lag = 1; lag < season; lag++) {
        double r = covariance(y, n, mean, lag) / variance;
        shorter += r * r;
    }
    double r = covariance(y, n, mean, season) / variance;
    return fabs(r) > critical * sqrt((1 + 2 * shorter) / n);
}

/* The mean of the m values around t; with an even m the two ends count half. */
static double moving_average(const double *y, int t, int m)
{
    int half = m / 2;
    double sum = m % 2 ? y[t - half] + y[t + half] : (y[t - half] + y[t + half]) / 2;
    for (int i = t - half + 1; i < t + half; i++) sum += y[i];
    return sum / m;
}

/* The factors from the moving average. False when they cannot be multipliers. */
static bool factors(const double *y, int n, int m, bool adds, const double *trend, double *factor)
{
    int half = m / 2;
    double sum = 0;
    for (int j = 0; j < m; j++) {
        int first = j < half ? j + m : j, count = 0;
        factor[j] = 0;
        for (int t = first; t < n - half; t += m, count++)
            factor[j] += adds ? y[t] - trend[t] : y[t] / trend[t];
        factor[j] /= count;
        sum += factor[j];
    }
    bool usable = true;
    for (int j = 0; j < m; j++) {
        factor[j] = adds ? factor[j] - sum / m : factor[j] / (sum / m);
        usable = usable && isfinite(factor[j]) && (adds || factor[j] >= least_factor);
    }
    return usable;
}

void ku_theta_season_find(const double *y, int n, int periods, ku_theta_season *season,
                          double *room)
{
    season->periods = 1;
    season->adds = false;
    season->factor[0] = 1;
    if (!ku_theta_seasonal(y, n, periods)) return;
    int half = periods / 2;
    for (int t = half; t < n - half; t++) room[t] = moving_average(y, t, periods);
    for (int t = 0; t < n; t++) season->adds = season->adds || y[t] < 0;
    if (!season->adds && !factors(y, n, periods, false, room, season->factor)) season->adds = true;
    if (season->adds) factors(y, n, periods, true, room, season->factor);
    season->periods = periods;
}

double ku_theta_season_remove(const ku_theta_season *season, int t, double value)
{
    double factor = season->factor[t % season->periods];
    return season->adds ? value - factor : value / factor;
}

double ku_theta_season_restore(const ku_theta_season *season, int t, double value)
{
    double factor = season->factor[t % season->periods];
    return season->adds ? value + factor : value * factor;
}
